/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NE2000: registers, transmitter, the probes of real drivers, properties, state. */
#include "hw/net/ne2000_priv.h"
#include "tests/unit/ne2000-rig.h"

const struct device_class *const device_classes[] = {&ne2k_isa_class, &ne2k_pci_class, NULL};

/* -- reset, registers, pages -- */

static void test_power_on(void)
{
    struct rig *r = rig_new(NULL);

    g_assert_cmphex(in(r, 0), ==, 0x21);
    g_assert_cmphex(in(r, 7), ==, 0x80);
    g_assert_cmphex(in(r, 0xf), ==, 0);
    g_assert_false(r->stub->level[9]);
    g_assert_cmpuint(state_layout_gap(&ne2000_state_layout), ==, SIZE_MAX);
    rig_free(r);
}

static void test_pages(void)
{
    static const uint8_t page2[16] = {0,    0x4c, 0x80, 0xff, 0x40, 0xff, 0,    0,
                                      0xff, 0xff, 0xff, 0xff, 0xc4, 0xe0, 0xc9, 0x15};
    struct rig *r = rig_new(NULL);

    rig_open(r);
    out(r, 0xf, 0x95);
    for (unsigned i = 0; i < 6; i++) {
        g_assert_cmphex(paged(r, 1, 1 + i), ==, rig_mac[i]);
    }
    g_assert_cmphex(paged(r, 1, 7), ==, RX_START + 1);
    for (unsigned i = 0; i < 8; i++) {
        set_paged(r, 1, 8 + i, 0x11 * i);
        g_assert_cmphex(paged(r, 1, 8 + i), ==, 0x11 * i);
    }
    for (unsigned i = 1; i < 16; i++) {
        if (i != 3 && i != 5 && i != 6 && i != 7) {
            g_assert_cmphex(paged(r, 2, i), ==, page2[i]);
        }
    }
    set_paged(r, 2, 3, 0x77);
    set_paged(r, 2, 5, 0x66);
    set_paged(r, 2, 6, 0x12);
    set_paged(r, 2, 7, 0x34);
    g_assert_cmphex(paged(r, 2, 3), ==, 0x77);
    g_assert_cmphex(paged(r, 2, 5), ==, 0x66);
    g_assert_cmphex(paged(r, 0, 1), ==, 0x34); /* CLDA */
    g_assert_cmphex(paged(r, 2, 6), ==, 0x12);
    g_assert_cmphex(paged(r, 2, 7), ==, 0x34);
    g_assert_cmphex(paged(r, 0, 2), ==, 0x12);
    g_assert_cmphex(paged(r, 0, 0xa), ==, 0x50); /* RTL8019AS */
    g_assert_cmphex(paged(r, 0, 0xb), ==, 0x70);
    rig_free(r);
}

static void test_page3(void)
{
    struct rig *r = rig_new(NULL);

    g_assert_cmphex(paged(r, 3, 4), ==, 0x80); /* IRQEN, IRQ 9, 300h */
    set_paged(r, 3, 6, 0xff);
    g_assert_cmphex(paged(r, 3, 6), ==, 0); /* closed */
    set_paged(r, 3, 1, 0xff);
    g_assert_cmphex(paged(r, 3, 1), ==, 0xce);
    set_paged(r, 3, 6, 0xff);
    g_assert_cmphex(paged(r, 3, 6), ==, 0x06);
    set_paged(r, 3, 2, 0x5a);
    g_assert_cmphex(paged(r, 3, 2), ==, 0x5a);
    g_assert_cmphex(paged(r, 3, 0xd), ==, 0); /* CONFIG4 */
    g_assert_cmphex(paged(r, 3, 0xf), ==, 0xff);
    rig_free(r);
}

/* CR is not a latch: ELKS and TLVC write page numbers alone, and 000 in RD. */
static void test_cr(void)
{
    struct rig *r = rig_new(NULL);

    out(r, 0, 0x00);
    g_assert_cmphex(in(r, 0), ==, 0x21);
    out(r, 0, 0x02);
    g_assert_cmphex(in(r, 0), ==, 0x22);
    g_assert_cmphex(in(r, 7) & 0x80, ==, 0);
    out(r, 0, 0x40);
    g_assert_cmphex(in(r, 0), ==, 0x62);
    out(r, 0, 0x20);
    g_assert_cmphex(in(r, 0), ==, 0x22);
    out(r, 0, 0x23); /* STP wins */
    g_assert_cmphex(in(r, 0), ==, 0x21);
    g_assert_cmphex(in(r, 7) & 0x80, ==, 0x80);
    out(r, 7, 0xff); /* RST is not cleared by writing */
    g_assert_cmphex(in(r, 7), ==, 0x80);
    rig_free(r);
}

static void test_reset_port(void)
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    out(r, 0xf, 0x40);
    dma_setup(r, 0x4000, 0, 0x0a);
    g_assert_true(r->stub->level[9]);
    dma_setup(r, 0x4000, 32, 0x0a);
    stub_outb(r->stub, RESET, stub_inb(r->stub, RESET));
    g_assert_false(r->stub->level[9]);
    g_assert_cmphex(in(r, 0), ==, 0x21);
    g_assert_cmphex(in(r, 7) & 0x80, ==, 0x80);
    g_assert_cmphex(inw(r, 0x10), ==, 0xffff); /* the remote read is gone */
    rig_free(r);
}

/* -- the probes of real drivers -- */

/* Linux ne.c: counter clears on read, reset, PROM in byte mode, IRQ found by a read of nothing. */
static void test_probe_linux(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t prom[32];

    rig_probe(r, 0x48, prom);
    check_prom_bytes(prom, 'W');
    out(r, 0xf, 0x50);
    set_word(r, 0xa, 0);
    out(r, 0, 0x0a);
    g_assert_true(r->stub->level[9]);
    out(r, 0xf, 0);
    g_assert_false(r->stub->level[9]);
    rig_free(r);
}

/* FreeBSD if_ed, iPXE: no RAM at 2000h in byte mode, RAM at 4000h in word mode. */
static void test_probe_bsd(void)
{
    static const uint8_t pattern[32] = "THIS is A memory TEST pattern";
    struct rig *r = rig_new(NULL);
    uint8_t got[32];

    stub_outb(r->stub, RESET, stub_inb(r->stub, RESET));
    out(r, 0, 0x21);
    g_assert_cmphex(in(r, 0) & 0x27, ==, 0x21);
    g_assert_cmphex(in(r, 7) & 0x80, ==, 0x80);
    out(r, 0xc, 0x20);
    out(r, 0xe, 0x48);
    out(r, 1, 0x20);
    out(r, 2, 0x40);
    dma_setup(r, 0x2000, 32, 0x12);
    for (unsigned i = 0; i < 32; i++) {
        stub_outb(r->stub, DATA, pattern[i]);
    }
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0x40); /* iPXE waits for it without end */
    dma_setup(r, 0x2000, 32, 0x0a);
    for (unsigned i = 0; i < 32; i++) {
        got[i] = stub_inb(r->stub, DATA);
    }
    g_assert_cmpint(memcmp(got, pattern, 32), !=, 0);
    out(r, 0xe, 0x49);
    out(r, 1, 0x40);
    out(r, 2, 0x80);
    dma_put(r, 0x4000, pattern, 32);
    dma_get(r, 0x4000, got, 32);
    g_assert_cmpmem(got, 32, pattern, 32);
    dma_get(r, 0, got, 32);
    check_prom_bytes(got, 'W');
    rig_free(r);
}

/* Crynwr: word mode, count 32, sixteen byte reads: each takes the low half and moves by a word. */
static void test_probe_crynwr(void)
{
    struct rig *r = rig_new(NULL);

    out(r, 0xe, 0x49);
    dma_setup(r, 0, 32, 0x0a);
    for (unsigned i = 0; i < 16; i++) {
        uint8_t v = stub_inb(r->stub, DATA);

        if (i < 6) {
            g_assert_cmphex(v, ==, rig_mac[i]);
        }
        g_assert_cmphex(in(r, 7) & 0x40, ==, i == 15 ? 0x40 : 0);
    }
    rig_free(r);
}

/* An 8-bit slot: 'B', and a word access is two byte cycles. */
static void test_slot8(void)
{
    static const char *const props[] = {"slot", "8", NULL};
    struct rig *r = rig_new(props);
    uint8_t prom[32];

    out(r, 0xe, 0x48);
    dma_setup(r, 0, 32, 0x0a);
    space_access(r->stub->board.ports, DATA, 2, 16, false, prom);
    check_prom_bytes(prom, 'B');
    dma_setup(r, 0x4000, 4, 0x12);
    outw(r, 0x10, 0x2211);
    stub_outb(r->stub, DATA, 0x33);
    stub_outb(r->stub, DATA, 0x44);
    dma_setup(r, 0x4000, 4, 0x0a);
    g_assert_cmphex(inw(r, 0x10), ==, 0x2211);
    g_assert_cmphex(inw(r, 0x10), ==, 0x4433);
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0x40);
    rig_free(r);
}

/* -- transmitter -- */

static void test_transmit(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t f[1514];

    rig_open(r);
    make_frame(f, sizeof(f), (const uint8_t *)"\1\2\3\4\5\6", 9);
    dma_put(r, 0x4000, f, sizeof(f));
    out(r, 7, 0xff);
    out(r, 0xf, 0x02);
    send_one(r, 0x40, sizeof(f));
    g_assert_cmphex(in(r, 0), ==, 0x26); /* TXP until it is out */
    g_assert_cmphex(in(r, 7), ==, 0);
    g_assert_false(r->stub->level[9]);
    out(r, 0, 0x26); /* again: ignored */
    wire_done(r);
    g_assert_cmphex(in(r, 0), ==, 0x22);
    g_assert_cmphex(in(r, 7), ==, 0x02);
    g_assert_cmphex(in(r, 4), ==, 0x03);
    g_assert_true(r->stub->level[9]);
    g_assert_cmpuint(r->sent->len, ==, 1);
    g_assert_cmpmem(g_bytes_get_data(r->sent->pdata[0], NULL), 1514, f, 1514);
    out(r, 7, 0x02);
    g_assert_false(r->stub->level[9]);
    rig_free(r);
}

/* A polling guest needs no timer to fire. */
static void test_transmit_polled(void)
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    send_one(r, 0x40, 60);
    g_assert_cmpuint(clock_deadline(r->stub->board.clock), ==, TIMER_NEVER);
    clock_step(r->stub->board.clock, 10 * NS_PER_US);
    g_assert_cmphex(in(r, 7) & 2, ==, 2);
    send_one(r, 0x40, 60);
    out(r, 7, 0xff);
    out(r, 0xf, 0x02); /* unmasked while under way: now the timer is needed */
    g_assert_cmpuint(clock_deadline(r->stub->board.clock), !=, TIMER_NEVER);
    wire_done(r);
    g_assert_true(r->stub->level[9]);
    rig_free(r);
}

/* In real time the loop thread, woken for the frame, ends its transmission; no timer is set. */
static void test_transmit_kicked(void)
{
    struct rig *r = rig_new(NULL);
    struct clock *stepped = r->core->clock, *real = clock_new(false);

    rig_open(r);
    clock_start(real);
    r->core->clock = real;
    timer_init(&r->core->tx_timer, real, r->dev, ne2000_tx_fire, r->core);
    out(r, 0xf, 0x02);
    send_one(r, 0x40, 60);
    g_assert_false(timer_armed(&r->core->tx_timer));
    while (!r->stub->level[9]) {
        rig_loop();
    }
    g_assert_cmphex(in(r, 7), ==, 0x02);
    out(r, 7, 0xff);
    send_one(r, 0x40, 60);
    if (r->core->s->tx == NE2000_TX_WIRE) { /* it comes too early: then a timer */
        r->core->s->tx_due = clock_now(real) + 3600 * NS_PER_SEC;
        rig_loop();
        g_assert_true(timer_armed(&r->core->tx_timer));
    }
    out(r, 0xf, 0);
    g_assert_false(timer_armed(&r->core->tx_timer));
    rig_reset(r);
    r->core->clock = stepped;
    timer_init(&r->core->tx_timer, stepped, r->dev, ne2000_tx_fire, r->core);
    clock_free(real);
    rig_free(r);
}

/* -- CR, BNRY and ISR come late to a guest that polls -- */

static bool late(struct rig *r)
{
    return region_mapped(rig_on_pci ? &((struct ne2k_pci *)r->dev)->late
                                    : &((struct ne2k_isa *)r->dev)->late);
}

static void poll_for(struct rig *r, unsigned writes)
{
    while (writes--) {
        out(r, 7, 0xff);
    }
}

static void test_late(void)
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    for (unsigned i = 0; i < 1000; i++) { /* as Linux: masked for a dozen writes */
        out(r, 0xf, 0);
        poll_for(r, 12);
        out(r, 0xf, 0x3f);
    }
    g_assert_false(late(r));
    out(r, 0xf, 0);
    poll_for(r, NE2000_LATE_AFTER - 1);
    g_assert_false(late(r));
    out(r, 0, 0x22);
    g_assert_true(late(r));
    send_one(r, 0x40, 60); /* TXP was written long ago, for what we know */
    g_assert_cmphex(in(r, 0), ==, 0x22);
    g_assert_cmphex(in(r, 7), ==, 0x02);
    out(r, 0xf, 0x02);
    g_assert_false(late(r));
    g_assert_true(r->stub->level[9]);
    out(r, 0xf, 0);
    poll_for(r, NE2000_LATE_AFTER); /* twice as long now */
    g_assert_false(late(r));
    poll_for(r, NE2000_LATE_AFTER);
    g_assert_true(late(r));
    if (rig_on_pci) { /* the BAR moves, and is switched off */
        rig_config(r, PCI_BAR0, 4, 0xc000);
        g_assert_false(late(r));
        rig_enable(r);
        poll_for(r, 4 * NE2000_LATE_AFTER);
        g_assert_true(late(r));
        rig_config(r, PCI_COMMAND, 2, 0);
        g_assert_false(late(r));
        rig_enable(r);
        poll_for(r, 8 * NE2000_LATE_AFTER);
        g_assert_true(late(r));
    }
    rig_reset(r);
    g_assert_false(late(r));
    poll_for(r, 16 * NE2000_LATE_AFTER);
    g_assert_true(late(r)); /* and is unplugged so */
    rig_free(r);
}

static void test_transmit_odd(void)
{
    struct rig *r = rig_new(NULL);
    const uint8_t *sent;
    gsize len;

    rig_open(r);
    send_one(r, 0x40, 0); /* Windows for Workgroups */
    g_assert_cmphex(in(r, 0), ==, 0x22);
    wire_done(r);
    g_assert_cmphex(in(r, 7) & 2, ==, 0);
    out(r, 0, 0x25); /* stopped: no transmission */
    out(r, 0, 0x22);
    set_word(r, 5, 60);
    out(r, 0, 0x21);
    out(r, 0, 0x25);
    wire_done(r);
    g_assert_cmpuint(r->sent->len, ==, 0);
    out(r, 0, 0x22);
    send_one(r, 0x40, 100); /* stopped while sending: it completes, RST comes then */
    out(r, 0, 0x21);
    g_assert_cmphex(in(r, 7) & 0x82, ==, 0);
    wire_done(r);
    g_assert_cmphex(in(r, 7) & 0x82, ==, 0x82);
    g_assert_cmpuint(r->sent->len, ==, 1);
    out(r, 0, 0x22);
    r->core->s->ram[0x3fff] = 0x77; /* NetWare: from C0h, and across the end of RAM */
    r->core->s->ram[0] = 0x88;
    send_one(r, 0xff, 257);
    wire_done(r);
    sent = g_bytes_get_data(r->sent->pdata[1], &len);
    g_assert_cmpuint(len, ==, 257);
    g_assert_cmphex(sent[255], ==, 0x77);
    g_assert_cmphex(sent[256], ==, rig_mac[0]); /* 0000h is the PROM */
    send_one(r, 0xc0, 60);
    wire_done(r);
    g_assert_cmphex(*(const uint8_t *)g_bytes_get_data(r->sent->pdata[2], NULL), ==, 0x88);
    rig_free(r);
}

static void test_back_pressure(void)
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    r->deaf = true;
    for (unsigned i = 0; i < LINK_TX_FRAMES; i++) {
        send_one(r, 0x40, 60);
        wire_done(r);
        g_assert_cmphex(in(r, 0), ==, 0x22);
    }
    out(r, 7, 0xff);
    r->core->s->ram[0] = 0x99;
    send_one(r, 0x40, 60);
    wire_done(r);
    wire_done(r);
    g_assert_cmphex(in(r, 0), ==, 0x26); /* still under way */
    g_assert_cmphex(in(r, 7), ==, 0);
    r->deaf = false;
    rig_pending(r);
    rig_loop();
    wire_done(r);
    g_assert_cmphex(in(r, 0), ==, 0x22);
    g_assert_cmphex(in(r, 7), ==, 2);
    g_assert_cmpuint(r->sent->len, ==, LINK_TX_FRAMES + 1);
    g_assert_cmphex(*(const uint8_t *)g_bytes_get_data(r->sent->pdata[LINK_TX_FRAMES], NULL), ==,
                    0x99);
    out(r, 7, 0xff); /* the retry that needs no call: the timer's */
    r->deaf = true;
    for (unsigned i = 0; i < LINK_TX_FRAMES + 1; i++) {
        send_one(r, 0x40, 60);
        clock_step(r->stub->board.clock, 10 * NS_PER_US);
    }
    g_assert_cmphex(in(r, 0), ==, 0x26);
    r->deaf = false;
    rig_pending(r);
    clock_step(r->stub->board.clock, 20 * NS_PER_MS);
    g_assert_cmphex(in(r, 0), ==, 0x22);
    rig_loop();
    link_set_carrier(r->link, false); /* no cable: CRS, but it completes */
    send_one(r, 0x40, 60);
    wire_done(r);
    g_assert_cmphex(in(r, 4), ==, 0x13);
    rig_free(r);
}

/* -- properties, state -- */

static void test_properties(void)
{
    static const char *const bad[][2] = {{"slot", "12"}, {"iobase", "0x308"}, {"ram", "24"}};
    struct rig *r = rig_new(NULL);
    struct device *second = device_new(&ne2k_isa_class, NULL);
    char *mac;

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct device *d = device_new(&ne2k_isa_class, NULL);
        GError *error = NULL;

        g_assert_true(device_set(d, bad[i][0], bad[i][1], NULL));
        g_assert_false(device_realize(d, &r->stub->board, &error));
        g_assert_nonnull(strstr(error->message, bad[i][1]));
        g_clear_error(&error);
        d = device_new(&ne2k_isa_class, NULL); /* at 300h there is one */
        g_assert_false(device_realize(d, &r->stub->board, &error));
        g_assert_nonnull(strstr(error->message, "0x300"));
        g_clear_error(&error);
        d = device_new(&ne2k_isa_class, NULL);
        g_assert_true(device_set(d, "netdev", "net0", NULL));
        g_assert_false(device_realize(d, &r->stub->board, &error));
        g_assert_nonnull(strstr(error->message, "net0 is in use"));
        g_clear_error(&error);
    }
    g_assert_true(device_set(second, "iobase", "0x320", NULL));
    g_assert_true(device_set(second, "irq", "2", NULL));
    g_assert_true(device_realize(second, &r->stub->board, NULL));
    mac = device_get(second, "mac");
    g_assert_cmpstr(mac, ==, "52:54:00:12:34:57");
    g_free(mac);
    device_reset(second);
    stub_outb(r->stub, 0x32f, 0x40); /* without a cable; IRQ 2 is IRQ 9 */
    stub_outb(r->stub, 0x320, 0x0a);
    g_assert_true(r->stub->level[9]);
    stub_outb(r->stub, 0x325, 60);
    stub_outb(r->stub, 0x320, 0x26);
    wire_done(r);
    g_assert_cmphex(stub_inb(r->stub, 0x324), ==, 0x13);
    rig_free(r);
}

static void test_state(void)
{
    struct rig *r = rig_new(NULL);
    GByteArray *a = g_byte_array_new(), *b = g_byte_array_new();
    struct ne2000_state *s = r->core->s, *bad = g_new(struct ne2000_state, 1);
    GError *error = NULL;

    rig_open(r);
    out(r, 0xf, 0x7f);
    deliver(r, 700, rig_mac, 1);
    send_one(r, 0x40, 60);
    g_assert_true(r->stub->level[9]);
    device_save(r->dev, a);
    device_reset(r->dev);
    g_assert_false(r->stub->level[9]);
    g_assert_true(device_load(r->dev, a->data, a->len, &error));
    device_save(r->dev, b);
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
    g_assert_true(r->stub->level[9]);
    wire_done(r);
    g_assert_cmphex(in(r, 7), ==, 0x03);
    *bad = *s;
    bad->cntr[2] = 0xc1;
    g_assert_cmpstr(ne2000_state_layout.check(bad), ==, "cntr");
    *bad = *s;
    bad->fifo_pos = 8;
    g_assert_cmpstr(ne2000_state_layout.check(bad), ==, "fifo_pos");
    *bad = *s;
    bad->dma = 3;
    g_assert_cmpstr(ne2000_state_layout.check(bad), ==, "dma");
    g_free(bad);
    g_byte_array_unref(a);
    g_byte_array_unref(b);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_add("power-on", test_power_on);
    g_test_add_func("/ne2000/isa/pages", test_pages);
    g_test_add_func("/ne2000/isa/page3", test_page3);
    rig_add("cr", test_cr);
    rig_add("reset-port", test_reset_port);
    rig_add("probe/linux", test_probe_linux);
    rig_add("probe/bsd", test_probe_bsd);
    rig_add("probe/crynwr", test_probe_crynwr);
    g_test_add_func("/ne2000/isa/slot8", test_slot8);
    rig_add("tx/interrupt", test_transmit);
    rig_add("tx/polled", test_transmit_polled);
    rig_add("tx/kicked", test_transmit_kicked);
    rig_add("late", test_late);
    rig_add("tx/odd", test_transmit_odd);
    rig_add("tx/back-pressure", test_back_pressure);
    g_test_add_func("/ne2000/isa/properties", test_properties);
    rig_add("state", test_state);
    return g_test_run();
}
