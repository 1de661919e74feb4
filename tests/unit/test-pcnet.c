/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCnet-PCI II: registers, both I/O modes, descriptors in all software styles, frames. Reset values
 * are QEMU's pcnet as it answers over its test protocol, unless a comment says otherwise.
 */
#include "hw/net/pcnet.h"
#include "tests/unit/chip-test.h"
#include "tests/unit/nic-ring-rig.h"

const struct device_class *const device_classes[] = {&pcnet_class, NULL};

#define BLOCK 0x1000u
#define RX_RING 0x2000u
#define TX_RING 0x4000u
#define RX_BUF 0x20000u
#define TX_BUF 0x10000u
#define OWN 0x80000000u
#define ERR 0x40000000u
#define STP 0x02000000u
#define ENP 0x01000000u

static unsigned style;

static unsigned csr(struct rig *r, unsigned n)
{
    out(r, 0x12, 2, n);
    return in(r, 0x10, 2);
}

static void set_csr(struct rig *r, unsigned n, unsigned v)
{
    out(r, 0x12, 2, n);
    out(r, 0x10, 2, v);
}

static unsigned bcr(struct rig *r, unsigned n)
{
    out(r, 0x12, 2, n);
    return in(r, 0x16, 2);
}

static void set_bcr(struct rig *r, unsigned n, unsigned v)
{
    out(r, 0x12, 2, n);
    out(r, 0x16, 2, v);
}

/* -- descriptors: flags in the places of the 32-bit styles -- */

static uint32_t place(uint32_t ring, unsigned n)
{
    return ring + n * (style ? 16 : 8);
}

static void desc(struct rig *r, uint32_t ring, unsigned n, uint32_t flags, uint32_t addr,
                 unsigned len)
{
    uint32_t at = place(ring, n), count = 0xf000u | ((4096 - len) & 0xfff);

    if (style == 0) {
        poke(r, at, addr | (flags & 0xff000000));
        poke(r, at + 4, count);
        return;
    }
    poke(r, at + (style == 3 ? 8 : 0), addr);
    poke(r, at + 4, flags | count);
    poke(r, at + (style == 3 ? 0 : 8), 0);
}

static uint32_t flags_of(struct rig *r, uint32_t ring, unsigned n)
{
    uint32_t at = place(ring, n);

    return style ? peek(r, at + 4) & 0xfff00000 : peek(r, at) & 0xff000000;
}

static uint32_t misc_of(struct rig *r, uint32_t ring, unsigned n)
{
    uint32_t at = place(ring, n);

    return style ? peek(r, at + (style == 3 ? 0 : 8)) : peek(r, at + 4) >> 16;
}

/* Rings of 8; started with interrupts on. */
static void open_card(struct rig *r, unsigned mode)
{
    in(r, 0x14, 2);
    set_bcr(r, 20, style);
    memset(ram(r, BLOCK), 0, 28);
    poke(r, BLOCK, mode);
    if (style) {
        poke(r, BLOCK, mode | 3 << 20 | 3u << 28);
        memcpy(ram(r, BLOCK + 4), rig_mac, 6);
        poke(r, BLOCK + 20, RX_RING);
        poke(r, BLOCK + 24, TX_RING);
    } else {
        memcpy(ram(r, BLOCK + 2), rig_mac, 6);
        poke(r, BLOCK + 16, RX_RING | 3u << 29);
        poke(r, BLOCK + 20, TX_RING | 3u << 29);
    }
    for (unsigned i = 0; i < 8; i++) {
        desc(r, RX_RING, i, OWN, RX_BUF + i * 2048, 1536);
        desc(r, TX_RING, i, 0, TX_BUF, 60);
    }
    set_csr(r, 1, BLOCK);
    set_csr(r, 2, 0);
    set_csr(r, 4, 0x0115);
    set_csr(r, 0, 0x0041);
    g_assert_cmphex(csr(r, 0), ==, 0x01c1);
    g_assert_true(irq(r));
    set_csr(r, 0, 0x0142);
    g_assert_cmphex(csr(r, 0) & ~0x30u, ==, 0x0043);
    g_assert_false(irq(r));
}

static void demand(struct rig *r)
{
    set_csr(r, 0, 0x0048);
}

static void acknowledge(struct rig *r)
{
    set_csr(r, 0, 0x7f40);
    g_assert_false(irq(r));
}

static void send(struct rig *r, unsigned n, unsigned len)
{
    desc(r, TX_RING, n, OWN | STP | ENP, TX_BUF, len);
    demand(r);
}

/* -- registers -- */

static void test_identity(void)
{
    struct rig *r = rig_new(&pcnet_class, NULL);

    g_assert_cmphex(rig_cfg(r, 0, 4), ==, 0x20001022);
    g_assert_cmphex(rig_cfg(r, 6, 2), ==, 0x0280);
    g_assert_cmphex(rig_cfg(r, 8, 4), ==, 0x02000010);
    g_assert_cmphex(rig_cfg(r, 0x2c, 4), ==, 0);
    g_assert_cmphex(rig_cfg(r, 0x3c, 4), ==, 0xff060100);
    for (unsigned bar = 0; bar < 2; bar++) {
        uint32_t was = rig_cfg(r, 0x10 + 4 * bar, 4);

        rig_set_cfg(r, 0x10 + 4 * bar, 4, 0xffffffff);
        g_assert_cmphex(rig_cfg(r, 0x10 + 4 * bar, 4), ==, bar ? 0xffffffe0 : 0xffffffe1);
        rig_set_cfg(r, 0x10 + 4 * bar, 4, was);
    }
    g_assert_cmphex(in(r, 0, 4), ==, 0x12005452);
    g_assert_cmphex(in(r, 4, 2), ==, 0x5634);
    g_assert_cmphex(in(r, 9, 1), ==, 0x11);
    g_assert_cmphex(in(r, 12, 4), ==, 0x57570201); /* sum of all others, WW */
    g_assert_cmphex((uint32_t)space_read(r->stub->board.mem, MMIO, 4), ==, 0x12005452);
    out(r, 0, 1, 0);
    g_assert_cmphex(in(r, 0, 1), ==, 0x52);
    set_bcr(r, 2, 0x0102);
    out(r, 0, 1, 0x56);
    g_assert_cmphex(in(r, 0, 1), ==, 0x56);
    g_assert_cmpuint(state_layout_gap(pcnet_class.state), ==, SIZE_MAX);
    rig_free(r);
}

static void test_reset_values(void)
{
    static const struct {
        uint8_t n;
        uint16_t value;
    } csrs[] = {{0, 4},       {3, 0},       {4, 0x0115},  {5, 0},        {12, 0x5452},
                {13, 0x1200}, {14, 0x5634}, {15, 0},      {58, 0x0200},  {80, 0x1410},
                {88, 0x1003}, {89, 0x0262}, {100, 0x200}, {103, 0x0105}, {112, 0}};
    static const uint16_t bcrs[] = {5, 5, 2, 0, 0x80c0, 0x84, 0x88, 0x90};
    struct rig *r = rig_new(&pcnet_class, NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(csrs); i++) {
        g_assert_cmphex(csr(r, csrs[i].n), ==, csrs[i].value);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bcrs); i++) {
        g_assert_cmphex(bcr(r, i), ==, bcrs[i]);
    }
    g_assert_cmphex(bcr(r, 18), ==, 0x9001);
    g_assert_cmphex(bcr(r, 19), ==, 0x0002);
    g_assert_cmphex(bcr(r, 20), ==, 0x0200);
    g_assert_cmphex(bcr(r, 22), ==, 0xff06);
    g_assert_cmphex(bcr(r, 32), ==, 0);
    for (unsigned at = 0x10; at < 0x20; at++) {
        g_assert_cmphex(in(r, at, 1), ==, 0xff);
    }
    g_assert_cmphex(in(r, 0x18, 2), ==, 0xffff);
    out(r, 0x12, 2, 0xffff);
    g_assert_cmphex(in(r, 0x12, 2), ==, 0x7f);
    link_set_carrier(r->link, false);
    g_assert_cmphex(bcr(r, 4), ==, 0x00c0);
    rig_free(r);
}

static void test_masks(void)
{
    static const struct {
        uint8_t n;
        uint16_t ones;
    } csrs[] = {{1, 0xffff},  {2, 0xffff},  {3, 0xffff},  {8, 0xffff},  {12, 0xffff},
                {15, 0xffff}, {16, 0xffff}, {24, 0xffff}, {47, 0xffff}, {72, 0xffff},
                {76, 0xffff}, {88, 0x1003}, {112, 0xffff}};
    struct rig *r = rig_new(&pcnet_class, NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(csrs); i++) {
        set_csr(r, csrs[i].n, 0xffff);
        g_assert_cmphex(csr(r, csrs[i].n), ==, csrs[i].ones);
        rig_check(r);
    }
    g_assert_cmphex(csr(r, 1), ==, 0xffff); /* by its alias 16 too */
    for (unsigned v = 0; v < 6; v++) {
        static const uint16_t want[] = {0x200, 0x101, 0x302, 0x303, 0x200, 0x200};

        set_csr(r, 58, v);
        g_assert_cmphex(bcr(r, 20), ==, want[v]);
        g_assert_cmphex(csr(r, 58), ==, want[v]);
    }
    set_csr(r, 3, 0);
    set_csr(r, 15, 0);
    style = 2;
    open_card(r, 0);
    set_csr(r, 1, 0x5555); /* it runs: not now */
    g_assert_cmphex(csr(r, 1), ==, BLOCK);
    set_csr(r, 5, 1);
    g_assert_cmphex(csr(r, 5), ==, 1);
    set_csr(r, 1, 0x5555); /* suspended: yes */
    g_assert_cmphex(csr(r, 1), ==, 0x5555);
    set_csr(r, 0, 4);
    g_assert_cmphex(csr(r, 0), ==, 4);
    g_assert_cmphex(csr(r, 5), ==, 0);
    rig_free(r);
}

static void test_dword_mode(void)
{
    struct rig *r = rig_new(&pcnet_class, NULL);

    out(r, 0x10, 4, 0x1234);
    out(r, 0x14, 4, 88);
    g_assert_cmphex(in(r, 0x14, 4), ==, 88);
    g_assert_cmphex(in(r, 0x10, 4), ==, 0x1003);
    out(r, 0x14, 4, 18);
    g_assert_cmphex(in(r, 0x1c, 4), ==, 0x9081);
    g_assert_cmphex(in(r, 0x10, 2), ==, 0xffff);
    g_assert_cmphex(in(r, 0, 2), ==, 0x5452);
    g_assert_cmphex(in(r, 0x18, 4), ==, 0); /* a software reset stays in dword mode */
    out(r, 0x14, 4, 0);
    g_assert_cmphex(in(r, 0x10, 4), ==, 4);
    device_reset(&r->dev->dev);
    rig_place(r);
    g_assert_cmphex(csr(r, 88), ==, 0x1003);
    rig_free(r);
}

static void test_interrupts(void)
{
    struct rig *r = rig_new(&pcnet_class, NULL);

    style = 0;
    open_card(r, 0);
    g_assert_false(irq(r));
    set_csr(r, 4, 0x0195); /* UINTCMD */
    g_assert_true(irq(r));
    g_assert_cmphex(csr(r, 4) & 0x40, ==, 0x40);
    g_assert_cmphex(csr(r, 0) & 0x80, ==, 0x80);
    set_csr(r, 4, 0x0155);
    g_assert_false(irq(r));
    send(r, 0, 60);
    g_assert_true(irq(r));
    g_assert_cmphex(csr(r, 4) & 0x08, ==, 0x08); /* TXSTRT, masked */
    set_csr(r, 3, 0x0200);
    g_assert_false(irq(r)); /* TINT masked */
    set_csr(r, 4, 0x0111);
    g_assert_true(irq(r)); /* TXSTRT not */
    set_csr(r, 4, 0x0119);
    g_assert_false(irq(r));
    set_csr(r, 3, 0);
    g_assert_true(irq(r));
    set_csr(r, 0, 0); /* IENA off */
    g_assert_false(irq(r));
    acknowledge(r);
    set_csr(r, 4, 0x0115);
    set_csr(r, 5, 0x8000); /* TOKINTD */
    send(r, 1, 60);
    g_assert_false(irq(r));
    set_csr(r, 5, 0x4000); /* LTINTEN */
    send(r, 2, 60);
    g_assert_false(irq(r));
    desc(r, TX_RING, 3, OWN | STP | ENP | 0x10000000, TX_BUF, 60);
    demand(r);
    g_assert_true(irq(r));
    rig_free(r);
}

/* -- frames -- */

static void test_transmit(void)
{
    for (style = 0; style < 4; style++) {
        struct rig *r = rig_new(&pcnet_class, NULL);
        guint n = 0;
        gsize len;

        open_card(r, 0);
        make_frame(ram(r, TX_BUF), 1514, rig_all, style);
        for (; n < 20; n++) {
            send(r, n % 8, 60 + n * 70);
            g_assert_cmphex(flags_of(r, TX_RING, n % 8), ==, STP | ENP);
            g_assert_cmphex(csr(r, 0), ==, 0x02f3);
            acknowledge(r);
            sent(r, n, &len);
            g_assert_cmpmem(sent(r, n, &len), (int)len, ram(r, TX_BUF), (int)(60 + n * 70));
        }
        /* three buffers; not before all are there */
        desc(r, TX_RING, 4, OWN | STP, TX_BUF, 10);
        desc(r, TX_RING, 5, OWN, TX_BUF + 10, 200);
        demand(r);
        g_assert_false(irq(r));
        desc(r, TX_RING, 6, OWN | ENP, TX_BUF + 210, 300);
        clock_step(r->stub->board.clock, 50 * NS_PER_MS); /* it looks by itself */
        g_assert_true(irq(r));
        g_assert_cmpmem(sent(r, n, &len), 510, ram(r, TX_BUF), 510);
        g_assert_cmphex(flags_of(r, TX_RING, 4), ==, STP);
        g_assert_cmphex(flags_of(r, TX_RING, 5), ==, 0);
        g_assert_cmphex(flags_of(r, TX_RING, 6), ==, ENP);
        rig_free(r);
    }
}

static void test_fcs_and_padding(void)
{
    struct rig *r = rig_new(&pcnet_class, NULL);
    gsize len;

    style = 2;
    open_card(r, 0x0008); /* DXMTFCS: software makes it */
    make_frame(ram(r, TX_BUF), 200, rig_all, 1);
    send(r, 0, 104);
    sent(r, 0, &len);
    g_assert_cmpuint(len, ==, 100);
    desc(r, TX_RING, 1, OWN | STP | ENP | 0x20000000, TX_BUF, 104); /* ADD_FCS */
    demand(r);
    sent(r, 1, &len);
    g_assert_cmpuint(len, ==, 104);
    set_csr(r, 4, 0x0915); /* APAD_XMT */
    send(r, 2, 20);
    g_assert_cmphex(sent(r, 2, &len)[20], ==, 0);
    g_assert_cmpuint(len, ==, 60);
    send(r, 3, 3000); /* babble */
    g_assert_cmphex(csr(r, 0) & 0xc000, ==, 0xc000);
    rig_loop();
    g_assert_cmpuint(r->sent->len, ==, 3);
    acknowledge(r);
    link_set_carrier(r->link, false);
    send(r, 4, 60);
    g_assert_cmphex(flags_of(r, TX_RING, 4), ==, ERR | STP | ENP);
    g_assert_cmphex(misc_of(r, TX_RING, 4), ==, 0x08000000);
    rig_free(r);
}

static void test_transmit_blocked(void)
{
    struct rig *r = rig_new(&pcnet_class, NULL);

    style = 3;
    open_card(r, 0);
    r->deaf = true;
    for (unsigned i = 0; i < LINK_TX_FRAMES; i++) {
        send(r, i % 8, 60);
    }
    acknowledge(r);
    send(r, 0, 77);
    g_assert_cmphex(flags_of(r, TX_RING, 0) & OWN, ==, OWN);
    g_assert_false(irq(r));
    chip_round_trip(&r->dev->dev);
    rig_hear(r);
    clock_step(r->stub->board.clock, 50 * NS_PER_MS);
    g_assert_true(irq(r));
    rig_loop();
    g_assert_cmpuint(r->sent->len, ==, LINK_TX_FRAMES + 1);
    rig_free(r);
}

static void test_receive(void)
{
    for (style = 0; style < 4; style++) {
        struct rig *r = rig_wire(&pcnet_class);
        uint8_t want[LINK_FRAME_MAX + 4];

        open_card(r, 0);
        for (unsigned i = 0; i < 20; i++) {
            unsigned n = i % 8, len = 30 + i * 70, real = len < 60 ? 60 : len;
            uint32_t fcs;

            desc(r, RX_RING, n, OWN, RX_BUF + n * 2048, 1536);
            g_assert_true(deliver(r, len, i & 1 ? rig_mac : rig_all, i));
            g_assert_cmphex(csr(r, 0), ==, 0x04f3);
            acknowledge(r);
            memset(want, 0, sizeof(want));
            make_frame(want, len, i & 1 ? rig_mac : rig_all, i);
            fcs = slow_fcs(want, real);
            memcpy(want + real, &fcs, 4);
            g_assert_cmphex(flags_of(r, RX_RING, n), ==,
                            STP | ENP |
                                (style == 0 ? 0
                                 : i & 1    ? 0x00400000
                                            : 0x00100000));
            g_assert_cmpuint(misc_of(r, RX_RING, n), ==, real + 4);
            g_assert_cmpmem(ram(r, RX_BUF + n * 2048), (int)real + 4, want, (int)real + 4);
        }
        rig_free(r);
    }
}

static void test_receive_chain(void)
{
    struct rig *r = rig_wire(&pcnet_class);
    uint8_t want[500];

    style = 2;
    open_card(r, 0);
    for (unsigned i = 0; i < 8; i++) {
        desc(r, RX_RING, i, OWN, RX_BUF + i * 100, 100);
    }
    g_assert_true(deliver(r, 346, rig_mac, 3));
    make_frame(want, 346, rig_mac, 3);
    g_assert_cmpmem(ram(r, RX_BUF), 346, want, 346);
    g_assert_cmphex(flags_of(r, RX_RING, 0), ==, STP);
    g_assert_cmphex(flags_of(r, RX_RING, 1), ==, 0);
    g_assert_cmphex(flags_of(r, RX_RING, 3), ==, ENP | 0x00400000);
    g_assert_cmpuint(misc_of(r, RX_RING, 3), ==, 350);
    g_assert_true(deliver(r, 600, rig_mac, 3)); /* only four are left */
    g_assert_cmphex(flags_of(r, RX_RING, 4), ==, STP);
    g_assert_cmphex(flags_of(r, RX_RING, 7), ==, ERR | 0x14000000);
    acknowledge(r);
    g_assert_true(deliver(r, 60, rig_mac, 3));
    g_assert_cmphex(csr(r, 0) & 0x9480, ==, 0x9080); /* MISS, no RINT */
    g_assert_cmpuint(csr(r, 112), ==, 1);
    rig_free(r);
}

static void test_strip(void)
{
    struct rig *r = rig_wire(&pcnet_class);
    uint8_t f[60] = {0};

    style = 2;
    open_card(r, 0);
    set_csr(r, 4, 0x0515); /* ASTRP_RCV */
    memcpy(f, rig_mac, 6);
    f[13] = 20;
    g_assert_true(link_deliver(r->link, f, 60));
    g_assert_cmpuint(misc_of(r, RX_RING, 0), ==, 34);
    f[13] = 46;
    g_assert_true(link_deliver(r->link, f, 60));
    g_assert_cmpuint(misc_of(r, RX_RING, 1), ==, 64);
    rig_free(r);
}

static void test_filter(void)
{
    static const uint8_t other[6] = {0x52, 0x54, 0, 1, 2, 3}, group[6] = {1, 0, 0x5e, 0, 0, 1};
    static const struct {
        unsigned mode;
        const uint8_t *dst;
        bool taken;
    } cases[] = {
        {0, rig_mac, true},       {0, rig_all, true},      {0, other, false},
        {0x8000, other, true},    {0x8000, group, true},   {0x4000, rig_all, false},
        {0x2000, rig_mac, false}, {0xe000, rig_mac, true}, {0, group, false},
        {0x10000, group, true}, /* with its bit in LADRF */
    };

    style = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rig *r = rig_wire(&pcnet_class);

        open_card(r, cases[i].mode & 0xffff);
        set_csr(r, 5, 1);
        /* the CRC of 01:00:5e:00:00:01 begins with 36h */
        set_csr(r, 11, cases[i].mode & 0x10000 ? 0x0040 : 0xffbf);
        set_csr(r, 5, 0);
        deliver(r, 64, cases[i].dst, 0);
        g_assert_cmpint(irq(r), ==, cases[i].taken);
        rig_free(r);
    }
}

static void test_loopback(void)
{
    struct rig *r = rig_wire(&pcnet_class);
    uint32_t fcs;

    style = 2;
    open_card(r, 0x0044);
    make_frame(ram(r, TX_BUF), 100, rig_mac, 9);
    send(r, 0, 100);
    g_assert_cmphex(csr(r, 0) & 0x0600, ==, 0x0600);
    g_assert_cmpuint(misc_of(r, RX_RING, 0), ==, 104);
    g_assert_cmpmem(ram(r, RX_BUF), 100, ram(r, TX_BUF), 100);
    fcs = slow_fcs(ram(r, TX_BUF), 100);
    g_assert_cmpmem(ram(r, RX_BUF + 100), 4, &fcs, 4);
    deliver(r, 100, rig_mac, 1); /* the wire is not heard */
    g_assert_cmphex(flags_of(r, RX_RING, 1), ==, OWN);
    /* software's FCS, bad and good */
    open_card(r, 0x004c);
    send(r, 0, 104);
    g_assert_cmphex(flags_of(r, RX_RING, 0), ==, ERR | 0x08000000 | STP | ENP | 0x00400000);
    memcpy(ram(r, TX_BUF + 100), &fcs, 4);
    send(r, 1, 104);
    g_assert_cmphex(flags_of(r, RX_RING, 1), ==, STP | ENP | 0x00400000);
    g_assert_cmpuint(misc_of(r, RX_RING, 1), ==, 104);
    rig_loop();
    g_assert_cmpuint(r->sent->len, ==, 0);
    rig_free(r);
}

/* Frames wait in the link while there is no descriptor, and while the chip is suspended. */
static void test_hold(void)
{
    struct rig *r = rig_new(&pcnet_class, NULL);

    style = 2;
    open_card(r, 0);
    for (unsigned i = 0; i < 12; i++) {
        g_assert_true(deliver(r, 100, rig_mac, i));
    }
    acknowledge(r);
    for (unsigned i = 0; i < 4; i++) {
        desc(r, RX_RING, i, OWN, RX_BUF + i * 2048, 1536);
    }
    clock_step(r->stub->board.clock, 5 * NS_PER_MS); /* nobody told: it looks */
    rig_loop();
    g_assert_cmphex(csr(r, 0) & 0x1400, ==, 0x0400);
    g_assert_cmphex(flags_of(r, RX_RING, 3), ==, STP | ENP | 0x00400000);
    deliver(r, 100, rig_mac, 1);
    for (unsigned i = 0; i < 600; i++) {
        clock_step(r->stub->board.clock, 2 * NS_PER_MS);
        rig_loop();
    }
    g_assert_cmphex(csr(r, 0) & 0x1000, ==, 0x1000);
    open_card(r, 0);
    set_csr(r, 5, 1);
    deliver(r, 100, rig_mac, 1);
    g_assert_false(irq(r));
    set_csr(r, 5, 0);
    rig_loop();
    g_assert_true(irq(r));
    rig_free(r);
}

static void test_life(void)
{
    struct rig *r = rig_new(&pcnet_class, NULL);
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);

    chip_reset_twice(&r->dev->dev);
    rig_place(r);
    style = 0;
    open_card(r, 0);
    deliver(r, 100, rig_mac, 1);
    send(r, 0, 100);
    chip_round_trip(&r->dev->dev);
    g_assert_true(irq(r));
    chip_mutate(&r->dev->dev, rand, 2000);
    rig_free(r);
}

/* -- what broke other models -- */

/* Loopback with FCS by either side, at every length, into buffers of every size. */
static void cve_2015_7504(void)
{
    struct rig *r = rig_wire(&pcnet_class);

    for (unsigned len = 1; len <= 4096; len += len < 2100 ? 1 : 13) {
        style = len & 3;
        open_card(r, len & 4 ? 0x8044 : 0x804c);
        for (unsigned i = 0; i < 8; i++) {
            desc(r, RX_RING, i, OWN, RX_BUF, len & 8 ? 4096 : 1 + len % 256);
        }
        send(r, 0, len);
        rig_check(r);
    }
    rig_free(r);
}

/* A frame that goes on over descriptor after descriptor, far beyond any buffer. */
static void cve_2015_3209(void)
{
    struct rig *r = rig_new(&pcnet_class, NULL);

    for (style = 0; style < 4; style++) {
        for (unsigned mode = 0; mode < 2; mode++) {
            open_card(r, mode ? 0x8004 : 0);
            for (unsigned i = 0; i < 8; i++) {
                desc(r, TX_RING, i, OWN | (i == 0 ? STP : 0) | (i == 7 ? ENP : 0), TX_BUF, 4096);
            }
            demand(r);
            g_assert_cmphex(csr(r, 0) & 0x4000, ==, 0x4000);
            g_assert_cmphex(flags_of(r, TX_RING, 7), ==, ENP);
            for (unsigned i = 0; i < 8; i++) { /* begins in every descriptor, ends in none */
                desc(r, TX_RING, i, OWN | STP, TX_BUF, 4096);
            }
            demand(r);
            g_assert_cmphex(flags_of(r, TX_RING, 7) & OWN, ==, 0);
            for (unsigned i = 0; i < 8; i++) { /* begins nowhere */
                desc(r, TX_RING, i, OWN, TX_BUF, 60);
            }
            demand(r);
            g_assert_cmphex(flags_of(r, TX_RING, 7) & OWN, ==, 0);
            rig_loop();
            g_assert_cmpuint(r->sent->len, ==, 0);
        }
    }
    rig_free(r);
}

/* Ring lengths and counters of every kind. */
static void cve_2016_7909(void)
{
    static const uint16_t values[] = {0, 1, 2, 512, 0x7fff, 0x8000, 0xfe00, 0xfffe, 0xffff};
    struct rig *r = rig_wire(&pcnet_class);
    unsigned n = G_N_ELEMENTS(values);

    for (unsigned i = 0; i < n * n * 4; i++) {
        style = i & 3;
        open_card(r, 0x8000);
        set_csr(r, 0, 4);
        set_csr(r, 72, values[i / 4 % n]);
        set_csr(r, 74, values[i / 4 % n]);
        set_csr(r, 76, values[i / 4 / n]);
        set_csr(r, 78, values[i / 4 / n]);
        set_csr(r, 24, i & 1 ? 0xfff0 : RX_RING); /* across the end of memory, or at home */
        set_csr(r, 25, i & 1 ? 0xffff : 0);
        set_csr(r, 0, 0x42);
        deliver(r, 1514, rig_mac, i);
        send(r, 0, 60);
        rig_check(r);
    }
    rig_free(r);
}

/* A frame from the wire of every length, into buffers of many. */
static void receive_all(uint32_t where)
{
    struct rig *r = rig_wire(&pcnet_class);

    for (unsigned len = 1; len <= LINK_FRAME_MAX; len++) {
        style = len & 3;
        open_card(r, 0x8000);
        for (unsigned i = 0; i < 8; i++) {
            desc(r, RX_RING, i, OWN, where, len & 4 ? 4096 : 1 + len * 7 % 900);
        }
        deliver(r, len, rig_mac, len);
        rig_check(r);
        if (len >= 14 && where == RX_BUF && (len & 4)) { /* it fits: nothing past it is written */
            unsigned total = (len < 60 ? 60 : len) + 4;

            g_assert_cmpuint(misc_of(r, RX_RING, 0) & 0xfff, ==, total);
            g_assert_cmphex(*ram(r, RX_BUF + total), ==, 0xa5);
        }
        memset(ram(r, RX_BUF), 0xa5, 4096);
    }
    rig_free(r);
}

static void cve_2015_7512(void)
{
    receive_all(RX_BUF);
}

static void cve_2018_17962(void) /* sizes that wrap: to the end of memory, and of the addresses */
{
    receive_all(RIG_RAM - 100);
    receive_all(0xffffff80);
}

/* Descriptors that stay owned, DMA onto the card itself, initialization from nowhere. */
static void cve_2021_3416(void)
{
    struct rig *r = rig_wire(&pcnet_class);

    for (style = 0; style < 4; style++) {
        open_card(r, 0x8004);
        for (unsigned i = 0; i < 8; i++) {
            desc(r, TX_RING, i, OWN | STP | ENP, TX_BUF, 60);
            desc(r, RX_RING, i, OWN, RX_BUF, 4);
        }
        r->stub->ram_region.kind = REGION_ROM; /* what is written back is lost */
        demand(r);
        clock_step(r->stub->board.clock, NS_PER_SEC);
        r->stub->ram_region.kind = REGION_RAM;
        open_card(r, 0x8004);
        if (style) {
            desc(r, RX_RING, 0, OWN, (uint32_t)MMIO, 2000);
            desc(r, TX_RING, 0, OWN | STP | ENP, (uint32_t)MMIO, 60);
            desc(r, TX_RING, 1, OWN | STP | ENP, TX_BUF, 60);
            demand(r);
            g_assert_cmphex(csr(r, 0) & 0x0800, ==, 0x0800);
        }
        in(r, 0x14, 2);
        set_csr(r, 1, 0);
        set_csr(r, 2, (unsigned)(MMIO >> 16));
        set_csr(r, 0, 0x43);
        g_assert_cmphex(csr(r, 0) & 0x0900, ==, 0x0800);
    }
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pcnet/identity", test_identity);
    g_test_add_func("/pcnet/reset-values", test_reset_values);
    g_test_add_func("/pcnet/masks", test_masks);
    g_test_add_func("/pcnet/dword-mode", test_dword_mode);
    g_test_add_func("/pcnet/interrupts", test_interrupts);
    g_test_add_func("/pcnet/transmit", test_transmit);
    g_test_add_func("/pcnet/fcs-and-padding", test_fcs_and_padding);
    g_test_add_func("/pcnet/transmit-blocked", test_transmit_blocked);
    g_test_add_func("/pcnet/receive", test_receive);
    g_test_add_func("/pcnet/receive-chain", test_receive_chain);
    g_test_add_func("/pcnet/strip", test_strip);
    g_test_add_func("/pcnet/filter", test_filter);
    g_test_add_func("/pcnet/loopback", test_loopback);
    g_test_add_func("/pcnet/hold", test_hold);
    g_test_add_func("/pcnet/life", test_life);
    g_test_add_func("/pcnet/cve_2015_3209", cve_2015_3209);
    g_test_add_func("/pcnet/cve_2015_7504", cve_2015_7504);
    g_test_add_func("/pcnet/cve_2015_7512", cve_2015_7512);
    g_test_add_func("/pcnet/cve_2016_7909", cve_2016_7909);
    g_test_add_func("/pcnet/cve_2018_17962", cve_2018_17962);
    g_test_add_func("/pcnet/cve_2021_3416", cve_2021_3416);
    return g_test_run();
}
