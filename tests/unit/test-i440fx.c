/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hw/pci/i440fx.c and piix3.c: configuration ports, PAM, SMRAM, RAM layout, PIRQ routing, CF9. */
#include "hw/pci/i440fx.h"
#include "hw/pci/piix3.h"

#include "core/power.h"
#include "tests/unit/stub-board.h"

#include <string.h>

#define MIB UINT64_C(0x100000)
#define FN(slot, fn) ((slot) << 3 | (fn))

const struct device_class *const device_classes[] = {&i440fx_class, &piix3_class, NULL};

struct machine {
    struct stub *s;
    struct ram_block *ram;
    struct i440fx *host;
    struct piix3 *isa;
};

static unsigned resets;

static void on_power(void *opaque, enum power_request what, int code)
{
    (void)opaque;
    (void)code;
    resets += what == POWER_RESET;
}

static struct machine start(uint64_t ram)
{
    struct machine m = {.s = stub_new(0)};

    m.ram = ram_block_new("ram", ram, NULL);
    m.host = i440fx_new(&m.s->board, m.ram, NULL);
    g_assert_nonnull(m.host);
    m.isa = piix3_new(&m.s->board, m.host, NULL);
    g_assert_nonnull(m.isa);
    device_reset_all();
    resets = 0;
    power_listen(on_power, NULL);
    return m;
}

static void finish(struct machine *m)
{
    stub_free(m->s);
    ram_block_free(m->ram);
    power_listen(NULL, NULL);
}

static uint32_t in(struct machine *m, uint16_t port, unsigned width)
{
    return (uint32_t)space_read(m->s->board.ports, port, width);
}

static void out(struct machine *m, uint16_t port, unsigned width, uint32_t v)
{
    space_write(m->s->board.ports, port, width, v);
}

static uint32_t cfg_read(struct machine *m, unsigned devfn, unsigned at, unsigned width)
{
    out(m, 0xcf8, 4, 0x80000000u | devfn << 8 | (at & 0xfc));
    return in(m, (uint16_t)(0xcfc + (at & 3)), width);
}

static void cfg_write(struct machine *m, unsigned devfn, unsigned at, unsigned width, uint32_t v)
{
    out(m, 0xcf8, 4, 0x80000000u | devfn << 8 | (at & 0xfc));
    out(m, (uint16_t)(0xcfc + (at & 3)), width, v);
}

static uint64_t peek(struct machine *m, uint64_t addr)
{
    return space_read(m->s->board.mem, addr, 4);
}

static void poke(struct machine *m, uint64_t addr, uint32_t v)
{
    space_write(m->s->board.mem, addr, 4, v);
}

static void test_mechanism(void)
{
    struct machine m = start(16 * MIB);

    g_assert_cmphex(cfg_read(&m, 0, 0, 4), ==, 0x12378086);
    g_assert_cmphex(cfg_read(&m, 0, 2, 2), ==, 0x1237);
    g_assert_cmphex(cfg_read(&m, 0, 3, 1), ==, 0x12);
    g_assert_cmphex(cfg_read(&m, 0, 1, 2), ==, 0x3780);
    g_assert_cmphex(cfg_read(&m, 0, 0x2c, 4), ==, 0x11001af4);
    g_assert_cmphex(cfg_read(&m, 0, 8, 4), ==, 0x06000002);
    g_assert_cmphex(cfg_read(&m, FN(1, 0), 0, 4), ==, 0x70008086);
    g_assert_cmphex(cfg_read(&m, FN(1, 0), 0xc, 4), ==, 0x00800000);
    g_assert_cmphex(cfg_read(&m, FN(31, 7), 0, 4), ==, UINT32_MAX);
    /* reserved bits, and the probes of operating systems */
    out(&m, 0xcf8, 4, 0x80000000);
    g_assert_cmphex(in(&m, 0xcf8, 4), ==, 0x80000000);
    out(&m, 0xcf8, 4, UINT32_MAX);
    g_assert_cmphex(in(&m, 0xcf8, 4), ==, 0x80fffffc);
    g_assert_cmphex(in(&m, 0xcfc, 4), ==, UINT32_MAX); /* bus 255 */
    /* narrow accesses do not reach CONFADD */
    out(&m, 0xcf8, 4, 0x80000000);
    out(&m, 0xcfb, 1, 1);
    out(&m, 0xcf8, 2, 0x1234);
    g_assert_cmphex(in(&m, 0xcf8, 4), ==, 0x80000000);
    g_assert_cmphex(in(&m, 0xcf8, 1), ==, 0xff);
    g_assert_cmphex(in(&m, 0xcfa, 2), ==, 0xffff);
    /* disabled; across the border of the two registers; beyond */
    g_assert_cmphex(in(&m, 0xcfa, 4), ==, 0x8086ffff);
    g_assert_cmphex(in(&m, 0xcfe, 4), ==, 0xffff1237);
    out(&m, 0xcf8, 4, 0);
    g_assert_cmphex(in(&m, 0xcfc, 4), ==, UINT32_MAX);
    out(&m, 0xcfc, 4, 0);
    finish(&m);
}

/* Writable bits of each function against the datasheet's, all others fixed. */
static void test_write_ones(void)
{
    struct machine m = start(128 * MIB);
    static const struct {
        uint8_t fn, reg, mask;
    } rw[] = {
        {0, 4, 7},       {0, 5, 5},       {0, 0xc, 0xff},  {0, 0x3c, 0xff}, {0, 0x59, 0x30},
        {0, 0x5a, 0x33}, {0, 0x5b, 0x33}, {0, 0x5c, 0x33}, {0, 0x5d, 0x33}, {0, 0x5e, 0x33},
        {0, 0x5f, 0x33}, {0, 0x72, 0x68}, {8, 4, 7},       {8, 5, 5},       {8, 0xc, 0xff},
        {8, 0x3c, 0xff}, {8, 0x4c, 0x7f}, {8, 0x4e, 0xff}, {8, 0x4f, 0x01}, {8, 0x60, 0x8f},
        {8, 0x61, 0x8f}, {8, 0x62, 0x8f}, {8, 0x63, 0x8f}, {8, 0x69, 0xfe}, {8, 0x76, 0x8f},
        {8, 0x77, 0x8f}, {8, 0x78, 0xff}, {8, 0x79, 0xff}, {8, 0x80, 0x7f}, {8, 0x82, 0x0f},
    };

    for (unsigned fn = 0; fn <= 8; fn += 8) {
        for (unsigned reg = 0; reg < 256; reg++) {
            uint8_t want = 0, zero, one;

            for (unsigned i = 0; i < G_N_ELEMENTS(rw); i++) {
                want = rw[i].fn == fn && rw[i].reg == reg ? rw[i].mask : want;
            }
            cfg_write(&m, fn, reg, 1, 0);
            zero = (uint8_t)cfg_read(&m, fn, reg, 1);
            cfg_write(&m, fn, reg, 1, fn == 0 && reg == 0x72 ? 0xef : 0xff); /* D_LCK apart */
            one = (uint8_t)cfg_read(&m, fn, reg, 1);
            g_assert_cmphex(zero ^ one, ==, want);
        }
    }
    finish(&m);
}

/* What QEMU's pc shows after reset. */
static void test_reset_values(void)
{
    struct machine m = start(128 * MIB);
    static const struct {
        uint8_t fn, reg;
        uint32_t value;
    } want[] = {
        {0, 0x04, 0},          {0, 0x0c, 0},          {0, 0x54, 0x10000000}, {0, 0x58, 0},
        {0, 0x5c, 0},          {0, 0x70, 0x00020000}, {8, 0x04, 0x02000000}, {8, 0x08, 0x06010000},
        {8, 0x4c, 0x0003004d}, {8, 0x60, 0x80808080}, {8, 0x68, 0x00000200}, {8, 0x70, 0x00000080},
        {8, 0x74, 0x0c0c0000}, {8, 0x78, 0x00000002}, {8, 0xa0, 0x00000008}, {8, 0xa8, 0x0000000f},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(want); i++) {
        g_assert_cmphex(cfg_read(&m, want[i].fn, want[i].reg, 4), ==, want[i].value);
    }
    finish(&m);
}

static const struct {
    uint32_t base, size;
    uint8_t reg, shift;
} pam[] = {
    {0xf0000, 0x10000, 0x59, 4}, {0xc0000, 0x4000, 0x5a, 0}, {0xc4000, 0x4000, 0x5a, 4},
    {0xc8000, 0x4000, 0x5b, 0},  {0xcc000, 0x4000, 0x5b, 4}, {0xd0000, 0x4000, 0x5c, 0},
    {0xd4000, 0x4000, 0x5c, 4},  {0xd8000, 0x4000, 0x5d, 0}, {0xdc000, 0x4000, 0x5d, 4},
    {0xe0000, 0x4000, 0x5e, 0},  {0xe4000, 0x4000, 0x5e, 4}, {0xe8000, 0x4000, 0x5f, 0},
    {0xec000, 0x4000, 0x5f, 4},
};

static void set_pam(struct machine *m, unsigned i, uint8_t attr)
{
    uint8_t v = (uint8_t)cfg_read(m, 0, pam[i].reg, 1);

    v = (uint8_t)((v & ~(3u << pam[i].shift)) | (unsigned)attr << pam[i].shift);
    cfg_write(m, 0, pam[i].reg, 1, v);
}

static void test_pam(void)
{
    struct machine m = start(4 * MIB);

    for (unsigned i = 0; i < G_N_ELEMENTS(pam); i++) {
        uint64_t first = pam[i].base, last = first + pam[i].size - 4;

        set_pam(&m, i, 3);
        poke(&m, first, 0xa5a50000 + i);
        poke(&m, last, 0x5a5a0000 + i);
        g_assert_cmphex(peek(&m, first), ==, 0xa5a50000 + i);
        g_assert_cmpmem(m.ram->host + first, 4, &(uint32_t){0xa5a50000 + i}, 4);
        set_pam(&m, i, 1); /* as ROM */
        poke(&m, first, 0);
        g_assert_cmphex(peek(&m, first), ==, 0xa5a50000 + i);
        g_assert_cmphex(peek(&m, last), ==, 0x5a5a0000 + i);
        set_pam(&m, i, 2); /* write-only: reads and writes go to PCI */
        poke(&m, first, 0);
        g_assert_cmphex(peek(&m, first), ==, UINT32_MAX);
        set_pam(&m, i, 0);
        g_assert_cmphex(peek(&m, first), ==, UINT32_MAX);
        g_assert_cmphex(peek(&m, last), ==, UINT32_MAX);
        set_pam(&m, i, 3); /* content kept */
        g_assert_cmphex(peek(&m, first), ==, 0xa5a50000 + i);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(pam); i++) {
        g_assert_cmphex(peek(&m, pam[i].base), ==, 0xa5a50000 + i);
    }
    device_reset_all();
    g_assert_cmphex(peek(&m, 0xf0000), ==, UINT32_MAX);
    finish(&m);
}

static unsigned slot_changes;

static void count_big(void *opaque, const struct map_diff *diff)
{
    (void)opaque;
    for (uint32_t i = 0; i < diff->ndel + diff->nadd; i++) {
        const struct space_range *r = i < diff->ndel ? &diff->del[i] : &diff->add[i - diff->ndel];

        slot_changes += r->first < 0xa0000 || r->first >= 0x100000;
    }
}

/* However the guest flips segments, the large slots of RAM stay as they are. */
static void test_pam_slots(void)
{
    struct machine m = start(4 * MIB);
    static const struct space_listener ear = {.changed = count_big};
    GRand *r = g_rand_new_with_seed(1);

    space_listen(m.s->board.mem, &ear);
    g_assert_cmpuint(slot_changes, ==, 2);
    for (unsigned i = 0; i < 2000; i++) {
        cfg_write(&m, 0, 0x58 + 4 * (i & 1), 4, g_rand_int(r));
        cfg_write(&m, 0, 0x72, 1, g_rand_int(r) & 0x6f);
        g_assert_null(device_check(&m.host->pci.dev));
        while (loop_iterate(false)) {
        }
    }
    g_assert_cmpuint(slot_changes, ==, 2);
    g_rand_free(r);
    finish(&m);
}

static void test_smram(void)
{
    struct machine m = start(4 * MIB);

    poke(&m, 0xa0000, 1);
    g_assert_cmphex(peek(&m, 0xa0000), ==, UINT32_MAX);
    cfg_write(&m, 0, 0x72, 1, 0x4a);
    poke(&m, 0xa0000, 0x11223344);
    poke(&m, 0xbfffc, 0x55667788);
    g_assert_cmphex(peek(&m, 0xa0000), ==, 0x11223344);
    cfg_write(&m, 0, 0x72, 1, 0x0a);
    g_assert_cmphex(peek(&m, 0xa0000), ==, UINT32_MAX);
    /* lock: closes, and stays */
    cfg_write(&m, 0, 0x72, 1, 0x5a);
    g_assert_cmphex(cfg_read(&m, 0, 0x72, 1), ==, 0x1a);
    g_assert_cmphex(peek(&m, 0xa0000), ==, UINT32_MAX);
    cfg_write(&m, 0, 0x72, 1, 0x40);
    g_assert_cmphex(cfg_read(&m, 0, 0x72, 1), ==, 0x1a);
    device_reset_all();
    g_assert_cmphex(cfg_read(&m, 0, 0x72, 1), ==, 0x02);
    cfg_write(&m, 0, 0x72, 1, 0x40);
    g_assert_cmphex(peek(&m, 0xbfffc), ==, 0x55667788);
    finish(&m);
}

static void test_ram_layout(void)
{
    struct machine m = start(0xe0000000 + 64 * MIB);

    g_assert_cmphex(i440fx_low_ram(0xe0000000), ==, 0xe0000000);
    g_assert_cmphex(i440fx_low_ram(0x80000000), ==, 0x80000000);
    poke(&m, 0, 0x01020304);
    poke(&m, 0x9fffc, 0x05060708);
    poke(&m, 0x100000, 0x090a0b0c);
    poke(&m, 0xdffffffc, 0x0d0e0f10);
    poke(&m, UINT64_C(0x100000000), 0x11121314);
    poke(&m, UINT64_C(0x103fffffc), 0x15161718);
    poke(&m, UINT64_C(0x104000000), 0x191a1b1c);
    poke(&m, 0xe0000000, 0x191a1b1c);
    g_assert_cmphex(peek(&m, 0x9fffc), ==, 0x05060708);
    g_assert_cmphex(peek(&m, 0x100000), ==, 0x090a0b0c);
    g_assert_cmphex(peek(&m, 0xdffffffc), ==, 0x0d0e0f10);
    g_assert_cmphex(peek(&m, UINT64_C(0x103fffffc)), ==, 0x15161718);
    g_assert_cmphex(peek(&m, UINT64_C(0x104000000)), ==, UINT32_MAX);
    g_assert_cmphex(peek(&m, 0xe0000000), ==, UINT32_MAX);
    g_assert_cmpmem(m.ram->host + 0xe0000000, 4, &(uint32_t){0x11121314}, 4);
    finish(&m);
}

/* -- PIIX3 -- */

static void pirq_set(struct irq_pin *p, bool level)
{
    irq_set(p, level);
}

static void test_routing(void)
{
    struct machine m = start(4 * MIB);
    struct irq_pin pin;

    irq_pin_init(&pin, pci_bus_pirq(m.s->board.pci, 1));
    pirq_set(&pin, true);
    for (unsigned i = 0; i < BOARD_GSIS; i++) {
        g_assert_false(m.s->level[i]);
    }
    for (unsigned v = 0; v < 256; v++) {
        unsigned irq = v & 15;
        bool routed = !(v & 0x80) && irq > 2 && irq != 8 && irq != 13;

        cfg_write(&m, 8, 0x61, 1, v); /* while asserted: the level moves along */
        for (unsigned i = 0; i < BOARD_GSIS; i++) {
            g_assert_cmpint(m.s->level[i], ==, routed && i == irq);
        }
    }
    cfg_write(&m, 8, 0x60, 4, 0x0b0b0b0b);
    g_assert_true(m.s->level[11]);
    pirq_set(&pin, false);
    g_assert_false(m.s->level[11]);
    pirq_set(&pin, true);
    device_reset_all(); /* routing gone, wire still up */
    g_assert_false(m.s->level[11]);
    cfg_write(&m, 8, 0x61, 1, 10);
    g_assert_true(m.s->level[10]);
    pirq_set(&pin, false);
    finish(&m);
}

/* Interrupts on one thread, routing changes on another: no deadlock, no lost level. */
static gpointer toggle(gpointer opaque)
{
    struct machine *m = opaque;
    struct irq_pin pin;
    struct lock device;

    lock_init(&device, "device", LOCK_DEVICE);
    irq_pin_init(&pin, pci_bus_pirq(m->s->board.pci, 2));
    for (unsigned i = 0; i <= 20000; i++) {
        lock_acquire(&device);
        irq_set(&pin, (i & 1) == 0);
        lock_release(&device);
    }
    return NULL;
}

static void test_routing_threads(void)
{
    struct machine m = start(4 * MIB);
    GThread *t = g_thread_new("toggle", toggle, &m);

    for (unsigned i = 0; i < 20000; i++) {
        cfg_write(&m, 8, 0x62, 1, 9 + i % 3);
    }
    g_thread_join(t);
    cfg_write(&m, 8, 0x62, 1, 5);
    g_assert_true(m.s->level[5]);
    g_assert_false(m.s->level[9] || m.s->level[10] || m.s->level[11]);
    finish(&m);
}

static void test_cf9(void)
{
    struct machine m = start(4 * MIB);

    out(&m, 0xcf8, 4, 0x80000040);
    out(&m, 0xcf9, 1, 0x02);
    g_assert_cmpuint(resets, ==, 0);
    g_assert_cmphex(in(&m, 0xcf9, 1), ==, 0x02);
    g_assert_cmphex(in(&m, 0xcf8, 4), ==, 0x80000040);
    out(&m, 0xcf9, 1, 0x06);
    g_assert_cmpuint(resets, ==, 1);
    g_assert_cmphex(in(&m, 0xcf9, 1), ==, 0x02);
    out(&m, 0xcf9, 1, 0x04);
    g_assert_cmpuint(resets, ==, 2);
    out(&m, 0xcf9, 2, 0x0606); /* a word is not the register */
    g_assert_cmpuint(resets, ==, 2);
    finish(&m);
}

static void test_state(void)
{
    struct machine m = start(4 * MIB);
    g_autoptr(GByteArray) a = g_byte_array_new(), b = g_byte_array_new();
    struct device *d = &m.host->pci.dev;
    GError *error = NULL;

    g_assert_cmpuint(state_layout_gap(d->cls->state), ==, SIZE_MAX);
    g_assert_cmpuint(state_layout_gap(m.isa->pci.dev.cls->state), ==, SIZE_MAX);
    cfg_write(&m, 0, 0x59, 1, 0x30);
    cfg_write(&m, 0, 0x72, 1, 0x1a);
    poke(&m, 0xf0000, 0xcafe);
    device_save(d, a);
    device_reset_all();
    g_assert_cmphex(peek(&m, 0xf0000), ==, UINT32_MAX);
    g_assert_true(device_load(d, a->data, a->len, NULL));
    g_assert_cmphex(peek(&m, 0xf0000), ==, 0xcafe);
    cfg_write(&m, 0, 0x72, 1, 0x40); /* still locked */
    g_assert_cmphex(cfg_read(&m, 0, 0x72, 1), ==, 0x1a);
    cfg_write(&m, 0, 0x72, 1, 0);
    device_load(d, a->data, a->len, NULL);
    device_save(d, b);
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
    m.host->state.config_addr = 1;
    g_byte_array_set_size(b, 0);
    device_save(d, b);
    m.host->state.config_addr = 0;
    g_assert_false(device_load(d, b->data, b->len, &error));
    g_clear_error(&error);
    m.isa->state.rcr = 4;
    g_assert_cmpstr(device_check(&m.isa->pci.dev), ==, "rcr");
    finish(&m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i440fx/mechanism", test_mechanism);
    g_test_add_func("/i440fx/write-ones", test_write_ones);
    g_test_add_func("/i440fx/reset-values", test_reset_values);
    g_test_add_func("/i440fx/pam", test_pam);
    g_test_add_func("/i440fx/pam-slots", test_pam_slots);
    g_test_add_func("/i440fx/smram", test_smram);
    g_test_add_func("/i440fx/ram-layout", test_ram_layout);
    g_test_add_func("/piix3/routing", test_routing);
    g_test_add_func("/piix3/routing-threads", test_routing_threads);
    g_test_add_func("/piix3/cf9", test_cf9);
    g_test_add_func("/i440fx/state", test_state);
    return g_test_run();
}
