/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio network card: both interfaces, queues, frames, the control queue. */
#include "tests/unit/virtio-rig.h"

const struct device_class *const device_classes[] = {&virtio_net_class, NULL};

#define OFFERED                                                                                    \
    (F_MAC | F_MRG | F_STATUS | F_CTRL | F_CTRL_RX | F_CTRL_VLAN | 1u << 20 | F_CTRL_MAC)

static void test_identity(void)
{
    struct nic *r = nic_new(&virtio_net_class);
    unsigned at, seen = 0;

    g_assert_true(device_class_find("virtio-net") == &virtio_net_class);
    g_assert_true(device_class_find("virtio-net-pci") == &virtio_net_class);
    g_assert_cmphex(nic_cfg(r, 0, 4), ==, 0x10001af4);
    g_assert_cmphex(nic_cfg(r, 8, 4), ==, 0x02000000);
    g_assert_cmphex(nic_cfg(r, 0x2c, 4), ==, 0x00011af4);
    g_assert_cmphex(nic_cfg(r, PCI_STATUS, 2), ==, 0x10);
    nic_set_cfg(r, PCI_BAR0, 4, UINT32_MAX);
    g_assert_cmphex(nic_cfg(r, PCI_BAR0, 4), ==, 0xffffffe1);
    nic_set_cfg(r, PCI_BAR0 + 16, 4, UINT32_MAX);
    g_assert_cmphex(nic_cfg(r, PCI_BAR0 + 16, 4), ==, 0xffffc000);
    for (at = nic_cfg(r, PCI_CAPABILITIES, 1); at; at = nic_cfg(r, at + 1, 1)) {
        g_assert_cmphex(nic_cfg(r, at, 1), ==, 9);
        seen |= 1u << nic_cfg(r, at + 3, 1);
    }
    g_assert_cmphex(seen, ==, 0x3e);
    /* as on QEMU 7.2 */
    g_assert_cmphex(nic_cfg(r, 0x40, 4), ==, 0x01100009);
    g_assert_cmphex(nic_cfg(r, 0x50, 4), ==, 0x03104009);
    g_assert_cmphex(nic_cfg(r, 0x60, 4), ==, 0x04105009);
    g_assert_cmphex(nic_cfg(r, 0x70, 4), ==, 0x02146009);
    g_assert_cmphex(nic_cfg(r, 0x84, 4), ==, 0x05147009);
    nic_save_load(r);
    nic_free(r);
}

static void test_legacy_registers(void)
{
    struct nic *r = nic_new(&virtio_net_class);

    g_assert_cmphex(io_in(r, 0, 4), ==, OFFERED | F_ON_EMPTY | 1u << 27 | F_INDIRECT | F_EVENT);
    g_assert_cmphex(io_in(r, 4, 4), ==, 0);
    g_assert_cmphex(io_in(r, 8, 4), ==, 0);
    g_assert_cmphex(io_in(r, 12, 4), ==, 0x100);
    g_assert_cmphex(io_in(r, 20, 4), ==, 0x12005452);
    g_assert_cmphex(io_in(r, 24, 4), ==, 0x00015634);
    g_assert_cmphex(io_in(r, 28, 4), ==, 0xffffffff);
    io_out(r, 4, 4, UINT32_MAX);
    g_assert_cmphex(io_in(r, 4, 4), ==, io_in(r, 0, 4));
    io_out(r, 14, 2, 3); /* no such queue */
    g_assert_cmpuint(io_in(r, 12, 2), ==, 0);
    io_out(r, 8, 4, 0x123);
    io_out(r, 14, 2, 2);
    g_assert_cmpuint(io_in(r, 12, 2), ==, 64);
    io_out(r, 8, 4, 0x123);
    g_assert_cmphex(io_in(r, 8, 4), ==, 0x123);
    g_assert_null(device_check(r->dev));
    io_out(r, 18, 1, 0);
    g_assert_cmphex(io_in(r, 8, 4), ==, 0);
    g_assert_cmphex(io_in(r, 4, 4), ==, 0);
    nic_set_cfg(r, PCI_COMMAND, 2, 3);
    legacy_open(r, 0); /* switches bus mastering on */
    g_assert_cmphex(nic_cfg(r, PCI_COMMAND, 2), ==, 7);
    nic_free(r);
}

static void test_modern_registers(void)
{
    struct nic *r = nic_new(&virtio_net_class);

    mem_out(r, COMMON(0), 4, 0);
    g_assert_cmphex(mem_in(r, COMMON(4), 4), ==, OFFERED | F_INDIRECT | F_EVENT);
    mem_out(r, COMMON(0), 4, 1);
    g_assert_cmphex(mem_in(r, COMMON(4), 4), ==, 1);
    mem_out(r, COMMON(0), 4, 2);
    g_assert_cmphex(mem_in(r, COMMON(4), 4), ==, 0);
    g_assert_cmpuint(mem_in(r, COMMON(0x12), 2), ==, 3);
    g_assert_cmphex(mem_in(r, COMMON(0x10), 2), ==, 0xffff);
    g_assert_cmphex(mem_in(r, DEVICE(0), 4), ==, 0x12005452);
    g_assert_cmphex(mem_in(r, DEVICE(6), 2), ==, 1);
    mem_out(r, COMMON(0x14), 1, 0xb); /* VERSION_1 is missing */
    g_assert_cmphex(mem_in(r, COMMON(0x14), 1), ==, 0x3);
    modern_open(r, F_MAC);
    mem_out(r, COMMON(0xc), 4, UINT32_MAX); /* too late */
    mem_out(r, COMMON(8), 4, 0);
    g_assert_cmphex(mem_in(r, COMMON(0xc), 4), ==, F_MAC);
    mem_out(r, COMMON(0x16), 2, 1);
    g_assert_cmphex(mem_in(r, COMMON(0x20), 4), ==, q_desc(1));
    g_assert_cmphex(mem_in(r, COMMON(0x24), 4), ==, 0);
    g_assert_cmphex(mem_in(r, COMMON(0x30), 4), ==, q_used(1));
    g_assert_cmphex(mem_in(r, COMMON(0x1e), 2), ==, 1);
    mem_out(r, COMMON(0x20), 4, 0x1000); /* it runs */
    g_assert_cmphex(mem_in(r, COMMON(0x20), 4), ==, q_desc(1));
    nic_save_load(r);
    mem_out(r, COMMON(0x14), 1, 0);
    g_assert_cmphex(mem_in(r, COMMON(0x14), 1), ==, 0);
    mem_out(r, COMMON(0x16), 2, 0);
    mem_out(r, COMMON(0x18), 2, 100); /* not a power of two; too large; right */
    g_assert_cmpuint(mem_in(r, COMMON(0x18), 2), ==, 256);
    mem_out(r, COMMON(0x18), 2, 512);
    g_assert_cmpuint(mem_in(r, COMMON(0x18), 2), ==, 256);
    mem_out(r, COMMON(0x18), 2, 16);
    g_assert_cmpuint(mem_in(r, COMMON(0x18), 2), ==, 16);
    nic_free(r);
}

static void test_window(void)
{
    struct nic *r = nic_new(&virtio_net_class);

    nic_set_cfg(r, 0x88, 1, 4);
    nic_set_cfg(r, 0x8c, 4, 0x2000);
    nic_set_cfg(r, 0x90, 4, 4);
    g_assert_cmphex(nic_cfg(r, 0x94, 4), ==, 0x12005452);
    nic_set_cfg(r, 0x8c, 4, 0x16); /* the queue selector */
    nic_set_cfg(r, 0x90, 4, 2);
    nic_set_cfg(r, 0x94, 2, 2);
    nic_set_cfg(r, 0x8c, 4, 0x18);
    g_assert_cmphex(nic_cfg(r, 0x94, 2), ==, 64);
    nic_set_cfg(r, 0x8c, 4, 0x4000); /* outside */
    nic_set_cfg(r, 0x94, 4, UINT32_MAX);
    nic_cfg(r, 0x94, 4);
    nic_set_cfg(r, 0x90, 4, 3);
    nic_set_cfg(r, 0x8c, 4, 1);
    nic_set_cfg(r, 0x94, 4, 1);
    g_assert_null(device_check(r->dev));
    nic_free(r);
}

/* Header and data apart and together, in many layouts. */
static void test_send(void)
{
    for (unsigned cut = 0; cut < 40; cut += 3) {
        struct nic *r = nic_new(&virtio_net_class);
        const uint8_t *f;
        gsize len;

        legacy_open(r, F_MAC);
        make_frame(ram(r, BUFFERS + 10), 120, nic_all, cut);
        set_desc(r, TX, 7, BUFFERS, cut, D_NEXT, 3);
        set_desc(r, TX, 3, BUFFERS + cut, 0, D_NEXT, 200);
        set_desc(r, TX, 200, BUFFERS + cut, 130 - cut, 0, 0);
        offer_chain(r, TX, 7);
        notify(r, TX);
        f = sent(r, 0, &len);
        g_assert_cmpmem(f, len, ram(r, BUFFERS + 10), 120);
        g_assert_cmpuint(used_index(r, TX), ==, 1);
        g_assert_cmpuint(used_id(r, TX, 0), ==, 7);
        g_assert_true(r->irq);
        g_assert_cmphex(io_in(r, 19, 1), ==, 1);
        g_assert_false(r->irq);
        nic_free(r);
    }
}

static void test_indirect(void)
{
    struct nic *r = nic_new(&virtio_net_class);
    const uint8_t *f;
    gsize len;

    modern_open(r, F_MAC | F_INDIRECT);
    make_frame(ram(r, BUFFERS + 12), 500, nic_all, 1);
    for (unsigned i = 0; i < 8; i++) { /* a table of eight at 70000h */
        uint8_t *d = ram(r, 0x70000 + 16 * i);

        put64(d, BUFFERS + 64 * i);
        put32(d + 8, 64);
        put16(d + 12, i < 7 ? D_NEXT : 0);
        put16(d + 14, (uint16_t)(i + 1));
    }
    set_desc(r, TX, 0, 0x70000, 8 * 16, D_INDIRECT, 0);
    offer_chain(r, TX, 0);
    mem_out(r, NOTIFY(TX), 2, TX);
    f = sent(r, 0, &len);
    g_assert_cmpmem(f, len, ram(r, BUFFERS + 12), 500);
    g_assert_cmphex(mem_in(r, ISR_REG, 1), ==, 1);
    g_assert_false(r->irq);
    nic_free(r);
}

static void test_full_link(void)
{
    struct nic *r = nic_new(&virtio_net_class);

    legacy_open(r, F_MAC);
    r->deaf = true;
    for (unsigned i = 0; i < 100; i++) {
        make_frame(ram(r, BUFFERS + 256 * i + 10), 60, nic_all, i);
        set_desc(r, TX, i, BUFFERS + 256 * i, 70, 0, 0);
        offer_chain(r, TX, i);
    }
    notify(r, TX);
    g_assert_cmpuint(used_index(r, TX), ==, 64);
    nic_save_load(r);
    r->deaf = false;
    nic_pending(r);
    nic_loop();
    clock_step(r->stub->board.clock, 20 * NS_PER_MS);
    nic_loop();
    g_assert_cmpuint(used_index(r, TX), ==, 100);
    g_assert_cmpuint(r->sent->len, ==, 100);
    nic_free(r);
}

static void test_receive(void)
{
    struct nic *r = nic_new(&virtio_net_class);
    uint8_t f[LINK_FRAME_MAX];

    legacy_open(r, F_MAC);
    give_buffers(r, 0, 4, 1530);
    notify(r, RX);
    make_frame(f, 600, nic_mac, 4);
    g_assert_true(deliver(r, 600, nic_mac, 4));
    g_assert_cmpuint(used_index(r, RX), ==, 1);
    g_assert_cmpuint(used_len(r, RX, 0), ==, 610);
    g_assert_cmpmem(ram(r, BUFFERS + 10), 600, f, 600);
    g_assert_true(r->irq);
    g_assert_cmphex(io_in(r, 19, 1), ==, 1);

    put16(ram(r, q_avail(RX)), 1); /* no interrupts, please */
    g_assert_true(deliver(r, 600, nic_mac, 4));
    g_assert_false(r->irq);
    put16(ram(r, q_avail(RX)), 0);
    g_assert_true(deliver(r, 60, nic_all, 4));
    g_assert_true(r->irq);
    deliver(r, 60, nic_all, 4);
    g_assert_cmpuint(used_index(r, RX), ==, 4);
    g_assert_cmpuint(get16(ram(r, q_used(RX))), ==, 1); /* it need not notify us */
    for (unsigned i = 0; i < 3; i++) { /* these wait for buffers, of which we want to hear */
        deliver(r, 100, nic_all, i);
    }
    g_assert_cmpuint(get16(ram(r, q_used(RX))), ==, 0);
    nic_save_load(r);
    give_buffers(r, 4, 8, 1530);
    notify(r, RX);
    nic_loop();
    g_assert_cmpuint(used_index(r, RX), ==, 7);
    g_assert_cmphex(*ram(r, BUFFERS + 2048 * 6 + 10 + 50), ==, (uint8_t)(50 * 7 + 2));
    nic_free(r);
}

static void test_merged(void)
{
    struct nic *r = nic_new(&virtio_net_class);
    uint8_t f[LINK_FRAME_MAX], got[LINK_FRAME_MAX];

    modern_open(r, F_MAC | F_MRG);
    give_buffers(r, 0, 10, 256);
    make_frame(f, 1000, nic_mac, 4);
    deliver(r, 1000, nic_mac, 4);
    g_assert_cmpuint(used_index(r, RX), ==, 4);
    g_assert_cmpuint(get16(ram(r, BUFFERS + 10)), ==, 4);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmpuint(used_id(r, RX, i), ==, i);
        g_assert_cmpuint(used_len(r, RX, i), ==, i < 3 ? 256 : 1012 - 768);
        memcpy(got + 256 * i, ram(r, BUFFERS + 2048 * i), 256);
    }
    g_assert_cmpmem(got + 12, 1000, f, 1000);
    deliver(r, 1500, nic_mac, 5); /* six are left, of which it takes all */
    g_assert_cmpuint(used_index(r, RX), ==, 10);
    give_buffers(r, 10, 2, 256);
    deliver(r, 1000, nic_mac, 6); /* two are not enough: they stay */
    g_assert_cmpuint(used_index(r, RX), ==, 10);
    give_buffers(r, 12, 4, 256);
    mem_out(r, NOTIFY(RX), 2, RX);
    nic_loop();
    g_assert_cmpuint(used_index(r, RX), ==, 14);
    nic_free(r);
}

static void test_event_index(void)
{
    struct nic *r = nic_new(&virtio_net_class);

    modern_open(r, F_MAC | F_EVENT);
    give_buffers(r, 0, 100, 2000);
    put16(ram(r, q_avail(RX) + 4 + 2 * 256), 4); /* interrupt when the fifth is used */
    for (unsigned i = 0; i < 10; i++) {
        deliver(r, 60, nic_mac, i);
        g_assert_cmpint(r->irq, ==, i == 4);
        mem_in(r, ISR_REG, 1);
    }
    nic_free(r);
}

/* After a frame the queue is looked at once more without a notification, then one is asked for. */
static void test_look_again(void)
{
    struct nic *r = nic_new(&virtio_net_class);
    const uint8_t *event = ram(r, q_used(TX) + 4 + 8 * 256);

    modern_open(r, F_MAC | F_EVENT);
    for (unsigned i = 0; i < 3; i++) {
        make_frame(ram(r, BUFFERS + 12), 60, nic_all, i);
        set_desc(r, TX, i, BUFFERS, 72, 0, 0);
        offer_chain(r, TX, i);
        if (i == 0) {
            mem_out(r, NOTIFY(TX), 2, TX);
        } else {
            clock_step(r->stub->board.clock, TIMER_MIN_PERIOD_NS);
        }
        nic_loop();
        g_assert_cmpuint(r->sent->len, ==, i + 1);
        g_assert_cmpuint(used_index(r, TX), ==, i + 1);
        g_assert_cmpuint(get16(event), ==, 0);
        nic_save_load(r);
    }
    clock_step(r->stub->board.clock, TIMER_MIN_PERIOD_NS);
    g_assert_cmpuint(get16(event), ==, 3); /* tell us of the next */
    g_assert_cmpuint(net_state(r)->tx_due, ==, 0);
    nic_free(r);
}

static void test_control(void)
{
    static const uint8_t other[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x57};
    static const uint8_t group[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
    struct nic *r = nic_new(&virtio_net_class);
    uint8_t data[2 * (4 + 6 * 100)] = {0};

    legacy_open(r, F_MAC | F_CTRL | F_CTRL_RX | F_CTRL_VLAN | F_CTRL_MAC);
    give_buffers(r, 0, 200, 1600);
    deliver(r, 60, other, 0); /* promiscuous until told otherwise */
    g_assert_cmpuint(used_index(r, RX), ==, 1);
    g_assert_cmpuint(control(r, 0, 0, "\0", 1), ==, 0);
    g_assert_cmpuint(used_index(r, CTRL), ==, 1);
    g_assert_cmpuint(used_len(r, CTRL, 0), ==, 1);
    deliver(r, 60, other, 0);
    deliver(r, 60, group, 0);
    g_assert_cmpuint(used_index(r, RX), ==, 1);
    deliver(r, 60, nic_mac, 0);
    deliver(r, 60, nic_all, 0);
    g_assert_cmpuint(used_index(r, RX), ==, 3);

    put32(data, 1); /* one of each in the table */
    memcpy(data + 4, other, 6);
    put32(data + 10, 1);
    memcpy(data + 14, group, 6);
    g_assert_cmpuint(control(r, 1, 0, data, 20), ==, 0);
    deliver(r, 60, other, 0);
    deliver(r, 60, group, 0);
    g_assert_cmpuint(used_index(r, RX), ==, 5);
    put32(data, 0);
    memset(data + 4, 0, sizeof(data) - 4);
    put32(data + 4, 70); /* more groups than we keep */
    g_assert_cmpuint(control(r, 1, 0, data, 8 + 420), ==, 0);
    deliver(r, 60, group, 0);
    deliver(r, 60, other, 0);
    g_assert_cmpuint(used_index(r, RX), ==, 6);

    g_assert_cmpuint(control(r, 1, 1, other, 6), ==, 0);
    g_assert_cmphex(io_in(r, 22, 4), ==, 0x57341200);
    deliver(r, 60, other, 0);
    deliver(r, 60, nic_mac, 0);
    g_assert_cmpuint(used_index(r, RX), ==, 7);
    g_assert_cmpuint(control(r, 0, 5, "\1", 1), ==, 0); /* NOBCAST */
    deliver(r, 60, nic_all, 0);
    g_assert_cmpuint(used_index(r, RX), ==, 7);
    nic_save_load(r);

    g_assert_cmpuint(control(r, 0, 6, "\1", 1), ==, 1); /* unknown, or of wrong length */
    g_assert_cmpuint(control(r, 9, 0, "\1", 1), ==, 1);
    g_assert_cmpuint(control(r, 1, 1, other, 5), ==, 1);
    g_assert_cmpuint(control(r, 2, 0, "\0\x10", 2), ==, 1);
    nic_free(r);
}

static void test_vlan(void)
{
    struct nic *r = nic_new(&virtio_net_class);
    uint8_t f[80];

    legacy_open(r, F_MAC | F_CTRL | F_CTRL_RX | F_CTRL_VLAN);
    give_buffers(r, 0, 20, 1600);
    control(r, 0, 0, "\0", 1);
    make_frame(f, sizeof(f), nic_mac, 0);
    memcpy(f + 12, (const uint8_t[]){0x81, 0x00, 0xa1, 0x23}, 4);
    link_deliver(r->link, f, sizeof(f));
    g_assert_cmpuint(used_index(r, RX), ==, 0);
    g_assert_cmpuint(control(r, 2, 0, "\x23\x01", 2), ==, 0);
    link_deliver(r->link, f, sizeof(f));
    g_assert_cmpuint(used_index(r, RX), ==, 1);
    g_assert_cmpuint(control(r, 2, 1, "\x23\x01", 2), ==, 0);
    link_deliver(r->link, f, sizeof(f));
    g_assert_cmpuint(used_index(r, RX), ==, 1);
    nic_free(r);
}

static void test_cable(void)
{
    struct nic *r = nic_new(&virtio_net_class);

    modern_open(r, F_MAC | F_STATUS);
    link_set_carrier(r->link, false);
    g_assert_true(r->irq);
    g_assert_cmphex(mem_in(r, ISR_REG, 1), ==, 2);
    g_assert_cmphex(mem_in(r, DEVICE(6), 2), ==, 0);
    g_assert_cmphex(mem_in(r, COMMON(0x15), 1), ==, 1);
    link_set_carrier(r->link, true);
    g_assert_cmphex(mem_in(r, DEVICE(6), 2), ==, 1);
    nic_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-net/identity", test_identity);
    g_test_add_func("/virtio-net/legacy-registers", test_legacy_registers);
    g_test_add_func("/virtio-net/modern-registers", test_modern_registers);
    g_test_add_func("/virtio-net/window", test_window);
    g_test_add_func("/virtio-net/send", test_send);
    g_test_add_func("/virtio-net/indirect", test_indirect);
    g_test_add_func("/virtio-net/full-link", test_full_link);
    g_test_add_func("/virtio-net/receive", test_receive);
    g_test_add_func("/virtio-net/merged", test_merged);
    g_test_add_func("/virtio-net/event-index", test_event_index);
    g_test_add_func("/virtio-net/look-again", test_look_again);
    g_test_add_func("/virtio-net/control", test_control);
    g_test_add_func("/virtio-net/vlan", test_vlan);
    g_test_add_func("/virtio-net/cable", test_cable);
    return g_test_run();
}
