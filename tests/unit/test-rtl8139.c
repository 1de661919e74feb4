/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTL8139C+: registers, EEPROM, timer, slots and ring of C mode. Reset values are QEMU's rtl8139 as
 * it answers over its test protocol, unless a comment says otherwise.
 */
#include "hw/net/rtl8139.h"
#include "tests/unit/chip-test.h"
#include "tests/unit/nic-ring-rig.h"

const struct device_class *const device_classes[] = {&rtl8139_class, NULL};

#define RING 0x20000u
#define FRAME 0x10000u

static void open_card(struct rig *r, unsigned rblen)
{
    out(r, 0x37, 1, 0x10);
    g_assert_cmphex(in(r, 0x37, 1), ==, 0x01);
    out(r, 0x30, 4, RING);
    out(r, 0x37, 1, 0x0c);
    out(r, 0x44, 4, 0x0e | rblen << 11);
    out(r, 0x40, 4, 0x03000700);
    out(r, 0x3c, 2, 0xe07f);
}

static void send_slot(struct rig *r, unsigned n, unsigned len)
{
    out(r, 0x20 + 4 * n, 4, FRAME);
    out(r, 0x10 + 4 * n, 4, len);
}

static void test_identity(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);

    g_assert_cmphex(rig_cfg(r, 0, 4), ==, 0x813910ec);
    g_assert_cmphex(rig_cfg(r, 8, 4), ==, 0x02000020);
    g_assert_cmphex(rig_cfg(r, 0x2c, 4), ==, 0x11001af4);
    g_assert_cmphex(rig_cfg(r, 0x3c, 2), ==, 0x0100);
    rig_set_cfg(r, 0x30, 4, 0xffffffff);
    g_assert_cmphex(rig_cfg(r, 0x30, 4) & 1, ==, 1); /* a boot ROM */
    rig_set_cfg(r, 0x30, 4, 0);
    for (unsigned bar = 0; bar < 2; bar++) {
        uint32_t was = rig_cfg(r, 0x10 + 4 * bar, 4);

        rig_set_cfg(r, 0x10 + 4 * bar, 4, 0xffffffff);
        g_assert_cmphex(rig_cfg(r, 0x10 + 4 * bar, 4), ==, bar ? 0xffffff00 : 0xffffff01);
        rig_set_cfg(r, 0x10 + 4 * bar, 4, was);
    }
    g_assert_cmphex(space_read(r->stub->board.mem, MMIO + 0x40, 4), ==, 0x74800000);
    g_assert_cmpuint(state_layout_gap(rtl8139_class.state), ==, SIZE_MAX);
    rig_free(r);
}

static void test_reset_values(void)
{
    static const struct {
        uint8_t reg, width;
        uint32_t value;
    } want[] = {
        {0x00, 4, 0x12005452}, {0x04, 2, 0x5634}, {0x08, 4, 0},      {0x10, 4, 0x2000},
        {0x1c, 4, 0x2000},     {0x36, 1, 0},      {0x37, 1, 0x01},   {0x38, 2, 0xfff0},
        {0x3a, 2, 0},          {0x3c, 2, 0},      {0x3e, 2, 0},      {0x40, 4, 0x74800000},
        {0x44, 4, 0},          {0x4c, 4, 0},      {0x50, 1, 0},      {0x51, 1, 0},
        {0x52, 1, 0x0c},       {0x58, 1, 0xd0},   {0x59, 1, 0x01},   {0x5a, 1, 0},
        {0x5e, 1, 0x20},       {0x60, 2, 0x000f}, {0x62, 2, 0x1000}, {0x64, 2, 0x782d},
        {0x66, 2, 0x05e1},     {0x68, 2, 0x05e1}, {0x6a, 2, 0x0001}, {0x74, 2, 0x0340},
        {0xd8, 1, 0},          {0xe0, 2, 0},      {0xe4, 4, 0},
    };
    struct rig *r = rig_new(&rtl8139_class, NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(want); i++) {
        g_assert_cmphex(in(r, want[i].reg, want[i].width), ==, want[i].value);
    }
    /* by parts: low and high bytes, across registers */
    g_assert_cmphex(in(r, 0x65, 1), ==, 0x78);
    g_assert_cmphex(in(r, 0x42, 2), ==, 0x7480);
    g_assert_cmphex(in(r, 0x64, 4), ==, 0x05e1782d);
    g_assert_cmphex(in(r, 0x03, 4), ==, 0x00563412);
    rig_free(r);
}

static void test_masks(void)
{
    static const struct {
        uint8_t reg, width;
        uint32_t ones, zeros;
    } want[] = {
        {0x51, 1, 0x07, 0},        {0x52, 1, 0xff, 0x0c},    {0x59, 1, 0x71, 0x01},
        {0x5a, 1, 0xf5, 0},        {0xd8, 1, 0x7f, 0},       {0x58, 1, 0xd0, 0xd0},
        {0x3c, 2, 0xe1ff, 0},      {0x5c, 2, 0x0fff, 0},     {0x64, 2, 0x782d, 0x782d},
        {0x74, 2, 0x0340, 0x0340}, {0xe0, 2, 0x7b, 0},       {0x40, 4, 0x778f07f0, 0x74800000},
        {0x44, 4, 0x0f03ffbf, 0},  {0x4c, 4, 0, 0},          {0x54, 4, 0xffffffff, 0},
        {0x30, 4, 0xffffffff, 0},  {0x20, 4, 0xffffffff, 0}, {0xe8, 4, 0xffffffff, 0},
    };
    struct rig *r = rig_new(&rtl8139_class, NULL);

    out(r, 0x50, 1, 0xc0);
    for (unsigned i = 0; i < G_N_ELEMENTS(want); i++) {
        out(r, want[i].reg, want[i].width, 0xffffffff);
        g_assert_cmphex(in(r, want[i].reg, want[i].width), ==, want[i].ones);
        out(r, want[i].reg, want[i].width, 0);
        g_assert_cmphex(in(r, want[i].reg, want[i].width), ==, want[i].zeros);
        rig_check(r);
    }
    rig_free(r);
}

static void test_config_lock(void)
{
    static const uint8_t regs[] = {0x51, 0x52, 0x59, 0x5a, 0xd8};
    struct rig *r = rig_new(&rtl8139_class, NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(regs); i++) {
        uint32_t was = in(r, regs[i], 1);

        out(r, regs[i], 1, 0xff);
        g_assert_cmphex(in(r, regs[i], 1), ==, was);
    }
    out(r, 0x62, 2, 0x2100);
    g_assert_cmphex(in(r, 0x62, 2), ==, 0x1000);
    out(r, 0x50, 1, 0xc0);
    out(r, 0x62, 2, 0x2300); /* restart is over at once */
    g_assert_cmphex(in(r, 0x62, 2), ==, 0x2100);
    out(r, 0x62, 2, 0x8000);
    g_assert_cmphex(in(r, 0x62, 2), ==, 0x1000);
    out(r, 0x00, 4, 0xddccbbaa);
    out(r, 0x50, 1, 0x40); /* autoload */
    g_assert_cmphex(in(r, 0x00, 4), ==, 0x12005452);
    g_assert_cmphex(in(r, 0x50, 1), ==, 0);
    rig_free(r);
}

/* -- EEPROM, by its pins -- */

static void ee_bit(struct rig *r, bool di)
{
    unsigned v = 0x88u | (di ? 2 : 0);

    out(r, 0x50, 1, v);
    out(r, 0x50, 1, v | 4);
}

static void ee_command(struct rig *r, unsigned bits, unsigned n)
{
    out(r, 0x50, 1, 0x80);
    out(r, 0x50, 1, 0x88);
    while (n--) {
        ee_bit(r, bits >> n & 1);
    }
}

static unsigned ee_read(struct rig *r, unsigned address, unsigned abits)
{
    unsigned v = 0;

    ee_command(r, 6u << abits | address, 3 + abits + 2);
    out(r, 0x50, 1, 0x88);
    for (unsigned i = 0; i < 16; i++) {
        out(r, 0x50, 1, 0x8c);
        v = v << 1 | (in(r, 0x50, 1) & 1);
        out(r, 0x50, 1, 0x88);
    }
    out(r, 0x50, 1, 0x80);
    return v;
}

static void test_eeprom(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);

    g_assert_cmphex(ee_read(r, 0, 6), ==, 0x8129);
    g_assert_cmphex(ee_read(r, 1, 6), ==, 0x10ec);
    g_assert_cmphex(ee_read(r, 2, 6), ==, 0x8139);
    g_assert_cmphex(ee_read(r, 7, 6), ==, 0x5452);
    g_assert_cmphex(ee_read(r, 8, 6), ==, 0x1200);
    g_assert_cmphex(ee_read(r, 9, 6), ==, 0x5634);
    /* asked as if it were a 93C56 it gives something else: that is how drivers tell them apart */
    g_assert_cmphex(ee_read(r, 0, 8), !=, 0x8129);
    /* write: not before EWEN */
    ee_command(r, (5u << 6 | 63) << 16 | 0x1234, 25);
    out(r, 0x50, 1, 0x80);
    g_assert_cmphex(ee_read(r, 63, 6), ==, 0);
    ee_command(r, 4u << 6 | 0x30, 9);
    ee_command(r, (5u << 6 | 63) << 16 | 0x1234, 25);
    out(r, 0x50, 1, 0x80);
    g_assert_cmphex(ee_read(r, 63, 6), ==, 0x1234);
    ee_command(r, 7u << 6 | 63, 9); /* erase */
    out(r, 0x50, 1, 0x80);
    g_assert_cmphex(ee_read(r, 63, 6), ==, 0xffff);
    ee_command(r, 4u << 6, 9);                          /* EWDS */
    ee_command(r, (4u << 6 | 0x10) << 16 | 0x5555, 25); /* WRAL */
    out(r, 0x50, 1, 0x80);
    g_assert_cmphex(ee_read(r, 5, 6), ==, 0);
    out(r, 0x50, 1, 0);
    rig_free(r);
}

static void test_timer(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);
    struct clock *c = r->stub->board.clock;

    out(r, 0x3c, 2, 0x4000);
    out(r, 0x54, 4, 100000); /* 3 ms */
    out(r, 0x48, 4, 1);
    g_assert_cmphex(in(r, 0x48, 4), ==, 0);
    clock_step(c, 2999 * NS_PER_US);
    g_assert_false(irq(r));
    g_assert_cmpuint(in(r, 0x48, 4), ==, 99966);
    clock_step(c, NS_PER_US);
    g_assert_true(irq(r));
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0x4000);
    out(r, 0x3e, 2, 0x4000);
    g_assert_false(irq(r));
    clock_step(c, NS_PER_SEC);
    g_assert_false(irq(r)); /* once a turn */
    out(r, 0x54, 4, 0);
    out(r, 0x48, 4, 0);
    clock_step(c, 200 * NS_PER_SEC);
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0);
    out(r, 0xd9, 1, 1); /* a software interrupt */
    out(r, 0x3c, 2, 0x0100);
    g_assert_true(irq(r));
    rig_free(r);
}

static void test_transmit(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);
    gsize len;

    make_frame(ram(r, FRAME), 1514, rig_all, 3);
    send_slot(r, 0, 60); /* TE is off */
    rig_loop();
    g_assert_cmpuint(r->sent->len, ==, 0);
    open_card(r, 0);
    for (unsigned i = 0; i < 8; i++) {
        send_slot(r, i % 4, 60 + i);
        g_assert_cmphex(in(r, 0x10 + 4 * (i % 4), 4), ==, 0xa000 | (60 + i));
        g_assert_true(irq(r));
        out(r, 0x3e, 2, 0xffff);
        g_assert_false(irq(r));
        g_assert_cmpmem(sent(r, i, &len), 60 + i, ram(r, FRAME), 60 + i);
        g_assert_cmpuint(len, ==, 60 + i);
    }
    g_assert_cmphex(in(r, 0x60, 2), ==, 0xf00f);
    out(r, 0x10, 2, 60); /* part of a TSD does nothing */
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0);
    out(r, 0x40, 4, 0x03010700); /* the driver's own CRC */
    send_slot(r, 0, 64);
    sent(r, 8, &len);
    g_assert_cmpuint(len, ==, 60);
    rig_free(r);
}

/* The link is full: the slot waits, and goes on by itself. */
static void test_transmit_blocked(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);

    open_card(r, 0);
    r->deaf = true;
    for (unsigned i = 0; i < LINK_TX_FRAMES; i++) {
        send_slot(r, i % 4, 60);
    }
    out(r, 0x3e, 2, 0xffff);
    send_slot(r, 0, 77);
    g_assert_cmphex(in(r, 0x10, 4), ==, 77);
    g_assert_false(irq(r));
    chip_round_trip(&r->dev->dev);
    rig_hear(r);
    g_assert_cmphex(in(r, 0x10, 4), ==, 0xa000 | 77);
    g_assert_true(irq(r));
    g_assert_cmpuint(r->sent->len, ==, LINK_TX_FRAMES + 1);
    rig_free(r);
}

/* One frame in the ring at offset `at`; returns where the next one will be. */
static unsigned expect(struct rig *r, unsigned size, unsigned at, unsigned len, unsigned status,
                       const uint8_t *dst, unsigned seed)
{
    uint8_t want[LINK_FRAME_MAX + 4], got[LINK_FRAME_MAX + 8];
    unsigned real = len < 60 ? 60 : len;
    uint32_t fcs;

    for (unsigned i = 0; i < real + 8; i++) {
        got[i] = *ram(r, RING + (at + i) % size);
    }
    g_assert_cmphex(got[0] | got[1] << 8, ==, status);
    g_assert_cmpuint(got[2] | got[3] << 8, ==, real + 4);
    memset(want, 0, sizeof(want));
    make_frame(want, len, dst, seed);
    fcs = slow_fcs(want, real);
    memcpy(want + real, &fcs, 4);
    g_assert_cmpmem(got + 4, real + 4, want, real + 4);
    return (at + 4 + real + 4 + 3) / 4 * 4 % size;
}

static void test_receive(void)
{
    struct rig *r = rig_wire(&rtl8139_class);

    for (unsigned rblen = 0; rblen < 4; rblen++) {
        unsigned size = 8192u << rblen, at = 0;

        open_card(r, rblen);
        for (unsigned i = 0; i < 300; i++) {
            unsigned len = 20 + i * 37 % 1495;

            g_assert_cmphex(in(r, 0x37, 1), ==, 0x0d);
            g_assert_true(deliver(r, len, i & 1 ? rig_mac : rig_all, i));
            g_assert_true(irq(r));
            g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0001);
            g_assert_cmphex(in(r, 0x37, 1), ==, 0x0c);
            at = expect(r, size, at, len, i & 1 ? 0x4001 : 0x2001, i & 1 ? rig_mac : rig_all, i);
            g_assert_cmphex(in(r, 0x3a, 2), ==, at & 0xffff);
            out(r, 0x38, 2, at - 16);
            out(r, 0x3e, 2, 0xffff);
        }
    }
    rig_free(r);
}

static void test_wrap(void) /* WRAP: the frame goes on past the ring's end */
{
    struct rig *r = rig_wire(&rtl8139_class);

    open_card(r, 0);
    out(r, 0x44, 4, 0x8e);
    memset(ram(r, RING), 0xaa, 8192 + 2048);
    for (unsigned i = 0; i < 6; i++) {
        g_assert_true(deliver(r, 1500, rig_mac, i));
        out(r, 0x38, 2, in(r, 0x3a, 2) - 16);
    }
    g_assert_cmpuint(in(r, 0x3a, 2), ==, 6 * 1508 - 8192);
    expect(r, 1 << 20, 5 * 1508, 1500, 0x4001, rig_mac, 5);
    g_assert_cmphex(*ram(r, RING + 6 * 1508), ==, 0xaa);
    expect(r, 8192, 0, 1500, 0x4001, rig_mac, 0);
    rig_free(r);
}

static void test_filter(void)
{
    static const uint8_t other[6] = {0x52, 0x54, 0, 1, 2, 3}, group[6] = {1, 0, 0x5e, 0, 0, 1};
    struct rig *r = rig_wire(&rtl8139_class);
    static const struct {
        unsigned rcr;
        const uint8_t *dst;
        bool taken;
    } cases[] = {
        {0x0, rig_mac, false}, {0x2, rig_mac, true}, {0x2, rig_all, false}, {0x8, rig_all, true},
        {0x8, rig_mac, false}, {0x2, other, false},  {0x1, other, true},    {0x1, group, true},
        {0xa, group, false},   {0x4, group, true},
    };

    open_card(r, 0);
    out(r, 0x0c, 4, 0);
    out(r, 0x08, 4, 0x80000000); /* 01:00:5e:00:00:01 hashes to 1Fh */
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        out(r, 0x44, 4, cases[i].rcr);
        out(r, 0x3e, 2, 0xffff);
        deliver(r, 64, cases[i].dst, 0);
        g_assert_cmpint(irq(r), ==, cases[i].taken);
        out(r, 0x38, 2, in(r, 0x3a, 2) - 16);
    }
    out(r, 0x08, 4, 0x7fffffff);
    out(r, 0x3e, 2, 0xffff);
    deliver(r, 64, group, 0);
    g_assert_false(irq(r));
    rig_free(r);
}

static void test_overflow(void)
{
    struct rig *r = rig_wire(&rtl8139_class);
    unsigned i;

    open_card(r, 0);
    for (i = 0; i < 20 && !(in(r, 0x3e, 2) & 0x10); i++) {
        deliver(r, 1500, rig_mac, i);
    }
    g_assert_cmpuint(i, ==, 6); /* five of 1508 fit */
    g_assert_cmpuint(in(r, 0x4c, 4), ==, 1);
    out(r, 0x4c, 4, 0);
    g_assert_cmpuint(in(r, 0x4c, 4), ==, 0);
    rig_free(r);
}

/* Frames wait in the link until the driver has made room; only after a while they are lost. */
static void test_hold(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);
    unsigned at = 0;

    open_card(r, 0);
    for (unsigned i = 0; i < 12; i++) {
        g_assert_true(deliver(r, 1500, rig_mac, i));
    }
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0001);
    for (unsigned i = 0; i < 12; i++) {
        at = expect(r, 8192, at, 1500, 0x4001, rig_mac, i);
        out(r, 0x38, 2, at - 16);
        rig_loop();
    }
    g_assert_cmphex(in(r, 0x37, 1), ==, 0x0d);
    for (unsigned i = 0; i < 6; i++) {
        deliver(r, 1500, rig_mac, i);
    }
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0001);
    chip_round_trip(&r->dev->dev); /* drops what waits */
    deliver(r, 1500, rig_mac, 7);
    out(r, 0x3e, 2, 0x0001); /* ROK comes back, since some had been read */
    out(r, 0x3e, 2, 0x0001); /* a driver that then leaves is called again */
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0);
    clock_step(r->stub->board.clock, 2 * NS_PER_MS);
    rig_loop();
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0001);
    for (unsigned i = 0; i < 600; i++) {
        clock_step(r->stub->board.clock, 2 * NS_PER_MS);
        rig_loop();
    }
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0011);
    g_assert_cmpuint(in(r, 0x4c, 4), ==, 1);
    rig_free(r);
}

/* The end of a burst calls a driver that acknowledges after reading, and nobody else. */
static void test_burst(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);
    unsigned at = 0;

    open_card(r, 0);
    for (unsigned i = 0; i < 6; i++) {
        deliver(r, 60, rig_mac, i);
    }
    for (unsigned i = 0; i < 6; i++) { /* as 8139too does: CAPR, then ROK, for each frame */
        g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0001);
        at = expect(r, 8192, at, 60, 0x4001, rig_mac, i);
        out(r, 0x38, 2, at - 16);
        chip_round_trip(&r->dev->dev);
        out(r, 0x3e, 2, 0x0001);
    }
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0); /* all of it has been read */
    deliver(r, 60, rig_mac, 6);
    deliver(r, 60, rig_mac, 7);
    out(r, 0x3e, 2, 0x0001); /* first, and reads then */
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0);
    at = expect(r, 8192, at, 60, 0x4001, rig_mac, 6);
    out(r, 0x38, 2, at - 16);
    out(r, 0x3e, 2, 0x0001); /* a second time: it reads on by itself */
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0);
    rig_free(r);
}

static void test_loopback(void)
{
    struct rig *r = rig_wire(&rtl8139_class);

    open_card(r, 0);
    out(r, 0x40, 4, 0x03060700);
    make_frame(ram(r, FRAME), 100, rig_mac, 9);
    send_slot(r, 0, 100);
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0005);
    expect(r, 8192, 0, 100, 0x4001, rig_mac, 9);
    deliver(r, 100, rig_mac, 1); /* the wire is not heard */
    g_assert_cmpuint(in(r, 0x3a, 2), ==, 108);
    rig_loop();
    g_assert_cmpuint(r->sent->len, ==, 0);
    rig_free(r);
}

static void test_carrier(void)
{
    struct rig *r = rig_wire(&rtl8139_class);

    open_card(r, 0);
    link_set_carrier(r->link, false);
    g_assert_true(irq(r));
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0020);
    g_assert_cmphex(in(r, 0x64, 2), ==, 0x7809);
    g_assert_cmphex(in(r, 0x58, 1), ==, 0xd4);
    out(r, 0x3e, 2, 0x20);
    link_set_carrier(r->link, true);
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0020);
    g_assert_cmphex(in(r, 0x64, 2), ==, 0x782d);
    rig_free(r);
}

static void test_no_rom(void)
{
    static const char *const none[] = {"romfile", "", NULL};
    struct rig *r = rig_new(&rtl8139_class, none);
    struct device *d = device_new(&rtl8139_class, NULL);
    GError *error = NULL;

    rig_set_cfg(r, 0x30, 4, 0xffffffff);
    g_assert_cmphex(rig_cfg(r, 0x30, 4), ==, 0);
    g_assert_true(device_set(d, "romfile", "nowhere.bin", NULL));
    g_assert_false(device_realize(d, &r->stub->board, &error));
    g_assert_nonnull(strstr(error->message, "nowhere.bin"));
    g_clear_error(&error);
    d = device_new(&rtl8139_class, NULL);
    g_assert_true(device_set(d, "netdev", "net0", NULL));
    g_assert_false(device_realize(d, &r->stub->board, &error));
    g_assert_nonnull(strstr(error->message, "net0"));
    g_clear_error(&error);
    rig_free(r);
}

/* The chip without C+ mode: what Linux 8139too binds to. */
static void test_plain(void)
{
    static const char *const plain[] = {"cplus", "off", NULL};
    struct rig *r = rig_new(&rtl8139_class, plain);

    g_autoptr(GRand) rand = g_rand_new_with_seed(8);

    g_assert_cmphex(rig_cfg(r, 8, 4), ==, 0x02000010);
    g_assert_cmphex(in(r, 0x5e, 1), ==, 0x10);
    g_assert_cmphex(in(r, 0x40, 4), ==, 0x74000000);
    open_card(r, 1);
    g_assert_cmphex(in(r, 0x40, 4), ==, 0x77000700);
    out(r, 0xd8, 1, 0xff); /* CONFIG5 is locked, and the last register */
    for (unsigned reg = 0xd8; reg < 0x100; reg += 4) {
        out(r, reg, 4, 0xffffffff);
        g_assert_cmphex(in(r, reg, 4), ==, 0);
    }
    out(r, 0xe0, 2, 0x0003); /* C+ mode does not come on: slots and ring go on */
    g_assert_cmphex(in(r, 0xe0, 2), ==, 0);
    make_frame(ram(r, FRAME), 100, rig_all, 3);
    send_slot(r, 0, 100);
    rig_loop();
    g_assert_cmpuint(r->sent->len, ==, 1);
    deliver(r, 100, rig_mac, 1);
    g_assert_cmphex(in(r, 0x37, 1) & 1, ==, 0);
    g_assert_cmphex(peek(r, RING) & 1, ==, 1);
    chip_round_trip(&r->dev->dev);
    g_assert_cmphex(in(r, 0x40, 4), ==, 0x77000700);
    chip_mutate(&r->dev->dev, rand, 2000);
    g_assert_cmphex(in(r, 0x40, 4) & 0x7cf00000, ==, 0x74000000);
    g_assert_cmphex(in(r, 0xe0, 2), ==, 0);
    rig_free(r);
}

static void test_life(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);

    g_autoptr(GRand) rand = g_rand_new_with_seed(7);

    chip_reset_twice(&r->dev->dev);
    rig_place(r);
    open_card(r, 1);
    deliver(r, 100, rig_mac, 1);
    send_slot(r, 0, 100);
    chip_round_trip(&r->dev->dev);
    g_assert_true(irq(r));
    chip_mutate(&r->dev->dev, rand, 2000);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/identity", test_identity);
    g_test_add_func("/rtl8139/reset-values", test_reset_values);
    g_test_add_func("/rtl8139/masks", test_masks);
    g_test_add_func("/rtl8139/config-lock", test_config_lock);
    g_test_add_func("/rtl8139/eeprom", test_eeprom);
    g_test_add_func("/rtl8139/timer", test_timer);
    g_test_add_func("/rtl8139/transmit", test_transmit);
    g_test_add_func("/rtl8139/transmit-blocked", test_transmit_blocked);
    g_test_add_func("/rtl8139/receive", test_receive);
    g_test_add_func("/rtl8139/wrap", test_wrap);
    g_test_add_func("/rtl8139/filter", test_filter);
    g_test_add_func("/rtl8139/overflow", test_overflow);
    g_test_add_func("/rtl8139/hold", test_hold);
    g_test_add_func("/rtl8139/burst", test_burst);
    g_test_add_func("/rtl8139/loopback", test_loopback);
    g_test_add_func("/rtl8139/carrier", test_carrier);
    g_test_add_func("/rtl8139/no-rom", test_no_rom);
    g_test_add_func("/rtl8139/plain", test_plain);
    g_test_add_func("/rtl8139/life", test_life);
    return g_test_run();
}
