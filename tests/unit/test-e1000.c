/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82540EM: registers, EEPROM, PHY, interrupts, frames in both directions. */
#include "tests/unit/e1000-rig.h"

const struct device_class *const device_classes[] = {&e1000_class, NULL};

static void test_identity(void)
{
    struct nic *r = nic_new(&e1000_class);

    g_assert_cmphex(nic_cfg(r, 0, 4), ==, 0x100e8086);
    g_assert_cmphex(nic_cfg(r, 8, 4), ==, 0x02000003);
    g_assert_cmphex(nic_cfg(r, 0x2c, 4), ==, 0x11001af4);
    g_assert_cmphex(nic_cfg(r, PCI_INTERRUPT_PIN, 1), ==, 1);
    nic_set_cfg(r, PCI_BAR0, 4, UINT32_MAX);
    g_assert_cmphex(nic_cfg(r, PCI_BAR0, 4), ==, 0xfffe0000);
    nic_set_cfg(r, PCI_BAR0 + 4, 4, UINT32_MAX);
    g_assert_cmphex(nic_cfg(r, PCI_BAR0 + 4, 4), ==, 0xffffffc1);
    nic_save_load(r);
    nic_free(r);
}

/* All that is not zero, as QEMU 7.2 shows it. */
static void test_reset_values(void)
{
    static const uint32_t want[][2] = {
        {0x00000, 0x00140240}, {0x00008, 0x80080783}, {0x00010, 0x00000188},
        {0x00038, 0x8100},     {0x00e00, 0x00000602}, {0x01000, 0x00100030},
        {0x05400, 0x12005452}, {0x05404, 0x80005634}, {0x05820, 0x00222300},
    };
    struct nic *r = nic_new(&e1000_class);
    unsigned n = 0;

    for (uint32_t at = 0; at < 0x20000; at += 4) {
        uint32_t v = rd(r, at);

        if (v) {
            g_assert_cmphex(at, ==, want[n][0]);
            g_assert_cmphex(v, ==, want[n][1]);
            n++;
        }
    }
    g_assert_cmpuint(n, ==, G_N_ELEMENTS(want));
    nic_free(r);
}

/* The patterns of Linux' self-test. */
static void test_register_patterns(void)
{
    static const struct {
        uint32_t at, mask;
    } regs[] = {
        {0x28, 0xffffffff},   {0x2c, 0xffff},       {0x30, 0xffff},       {0x38, 0xffff},
        {0x2820, 0xffff},     {RDBAH, 0xffffffff},  {RDLEN, 0xfff80},     {RDH, 0xffff},
        {RDT, 0xffff},        {0x2168, 0xfff8},     {0x170, 0xffff},      {0x410, 0x3fffffff},
        {TDBAH, 0xffffffff},  {TDLEN, 0xfff80},     {RCTL, 0x06dfb3fe},   {RDBAL, 0xfffffff0},
        {TDBAL, 0xfffffff0},  {0x3820, 0xffff},     {RA(0), 0xffffffff},  {RA(1), 0x8003ffff},
        {MTA(0), 0xffffffff}, {MTA(7), 0xffffffff}, {VFTA(3), 0xffffffff}};
    static const uint32_t patterns[] = {0x5a5a5a5a, 0xa5a5a5a5, 0, 0xffffffff};
    struct nic *r = nic_new(&e1000_class);

    for (unsigned i = 0; i < G_N_ELEMENTS(regs); i++) {
        for (unsigned p = 0; p < 4; p++) {
            wr(r, regs[i].at, patterns[p]);
            g_assert_cmphex(rd(r, regs[i].at) & regs[i].mask, ==, patterns[p] & regs[i].mask);
        }
        wr(r, regs[i].at, 0);
    }
    wr(r, STATUS, 0);
    g_assert_cmphex(rd(r, STATUS), ==, 0x80080783);
    wr(r, CTRL, 0x04000000);
    g_assert_cmphex(rd(r, CTRL), ==, 0x00140240);
    g_assert_cmphex(rd(r, RA(0)), ==, 0x12005452);
    g_assert_cmphex(rd(r, RCTL), ==, 0);
    nic_free(r);
}

static void test_io_window(void)
{
    struct nic *r = nic_new(&e1000_class);
    struct space *ports = r->stub->board.ports;

    space_write(ports, NIC_IO + 256, 4, 0x5400);
    g_assert_cmphex(space_read(ports, NIC_IO + 256, 4), ==, 0x5400);
    g_assert_cmphex(space_read(ports, NIC_IO + 260, 4), ==, 0x12005452);
    space_write(ports, NIC_IO + 256, 4, 0x5200);
    space_write(ports, NIC_IO + 260, 4, 0xabcd);
    g_assert_cmphex(rd(r, MTA(0)), ==, 0xabcd);
    space_write(ports, NIC_IO + 256, 4, 0x20000); /* beyond the window */
    g_assert_cmphex(space_read(ports, NIC_IO + 260, 4), ==, 0);
    space_write(ports, NIC_IO + 260, 4, 1);
    nic_free(r);
}

static void test_eeprom(void)
{
    struct nic *r = nic_new(&e1000_class);
    uint16_t sum = 0;

    for (unsigned w = 0; w < 64; w++) {
        sum = (uint16_t)(sum + eerd(r, w));
    }
    g_assert_cmphex(sum, ==, 0xbaba);
    g_assert_cmphex(eerd(r, 0), ==, 0x5452);
    g_assert_cmphex(eerd(r, 2), ==, 0x5634);
    g_assert_cmphex(eerd(r, 13), ==, 0x100e);
    g_assert_cmphex(eerd(r, 63), ==, 0x79ad); /* as QEMU's */
    wr(r, EERD, 64 << 8 | 1);
    g_assert_cmphex(rd(r, EERD), ==, 0x4010);
    wr(r, EERD, 5 << 8);
    g_assert_cmphex(rd(r, EERD), ==, 0x500);
    nic_free(r);
}

static void clock_in(struct nic *r, unsigned bit)
{
    wr(r, EECD, 2 | bit << 2);
    wr(r, EECD, 3 | bit << 2);
    wr(r, EECD, 2 | bit << 2);
}

static unsigned clock_out(struct nic *r)
{
    unsigned bit;

    wr(r, EECD, 3);
    bit = rd(r, EECD) >> 3 & 1;
    wr(r, EECD, 2);
    return bit;
}

static void test_microwire(void)
{
    struct nic *r = nic_new(&e1000_class);

    wr(r, EECD, 0x40);
    g_assert_cmphex(rd(r, EECD) & 0x80, ==, 0x80);
    for (unsigned w = 0; w < 64; w += 7) {
        uint32_t v = 0;

        wr(r, EECD, 0);
        wr(r, EECD, 2);
        clock_in(r, 0); /* before the start bit zeros mean nothing */
        for (int i = 8; i >= 0; i--) {
            clock_in(r, (6u << 6 | w) >> i & 1);
        }
        g_assert_cmpuint(rd(r, EECD) >> 3 & 1, ==, 0); /* the leading zero */
        for (unsigned i = 0; i < 32; i++) {            /* on into the next word */
            v = v << 1 | clock_out(r);
        }
        g_assert_cmphex(v >> 16, ==, eerd(r, w));
        g_assert_cmphex(v & 0xffff, ==, eerd(r, (w + 1) % 64));
        nic_save_load(r);
    }
    wr(r, EECD, 0);
    for (int i = 8; i >= 0; i--) { /* a write is taken and changes nothing; then ready */
        clock_in(r, (5u << 6 | 3) >> i & 1);
    }
    g_assert_cmphex(rd(r, EECD) & 8, ==, 8);
    g_assert_cmphex(eerd(r, 3), ==, 0);
    nic_free(r);
}

static void test_phy(void)
{
    static const uint16_t want[] = {0x1140, 0x794d, 0x0141, 0x0c20, 0x0de1, 0x01e0, 0x0000};
    struct nic *r = nic_new(&e1000_class);

    for (unsigned i = 0; i < G_N_ELEMENTS(want); i++) {
        g_assert_cmphex(mdic(r, i), ==, want[i]);
    }
    wr(r, MDIC, 0x08200000);
    g_assert_cmphex(rd(r, MDIC), ==, 0x18201140);
    wr(r, MDIC, 0x08400000); /* no such PHY */
    g_assert_cmphex(rd(r, MDIC), ==, 0x58400000);
    wr(r, MDIC, 0x28200000); /* with interrupt */
    g_assert_cmphex(rd(r, ICR), ==, 0x200);

    wr(r, IMS, 4);
    set_mdic(r, 0, 0x1340); /* restart autonegotiation */
    g_assert_true(r->irq);
    g_assert_cmphex(rd(r, ICR), ==, 4);
    g_assert_cmphex(rd(r, STATUS) & 2, ==, 0);
    g_assert_cmphex(mdic(r, 0), ==, 0x1140);
    g_assert_cmphex(mdic(r, 1), ==, 0x7949);
    nic_save_load(r);
    clock_step(r->stub->board.clock, 499 * NS_PER_MS);
    g_assert_cmphex(rd(r, STATUS) & 2, ==, 0);
    clock_step(r->stub->board.clock, 2 * NS_PER_MS);
    g_assert_true(r->irq);
    g_assert_cmphex(rd(r, ICR), ==, 4);
    g_assert_cmphex(rd(r, STATUS) & 2, ==, 2);
    g_assert_cmphex(mdic(r, 1), ==, 0x7969); /* it was down */
    g_assert_cmphex(mdic(r, 1), ==, 0x796d);
    g_assert_cmphex(mdic(r, 5), ==, 0x41e0);
    set_mdic(r, 0, 0x8000);
    g_assert_cmphex(mdic(r, 0), ==, 0x1140);
    g_assert_cmphex(mdic(r, 5), ==, 0x01e0);
    nic_free(r);
}

static void test_cable(void)
{
    struct nic *r = nic_new(&e1000_class);

    wr(r, IMS, 4);
    link_set_carrier(r->link, false);
    g_assert_true(r->irq);
    g_assert_cmphex(rd(r, ICR), ==, 4);
    g_assert_cmphex(rd(r, STATUS) & 2, ==, 0);
    link_set_carrier(r->link, true);
    g_assert_cmphex(rd(r, STATUS) & 2, ==, 2);
    g_assert_cmphex(mdic(r, 1) & 4, ==, 0);
    g_assert_cmphex(mdic(r, 1) & 4, ==, 4);
    nic_free(r);
}

static void test_interrupts(void)
{
    struct nic *r = nic_new(&e1000_class);
    struct clock *c = r->stub->board.clock;

    wr(r, ICS, 0x80);
    g_assert_false(r->irq);
    wr(r, IMS, 0x81);
    g_assert_cmphex(rd(r, IMS), ==, 0x81);
    g_assert_true(r->irq);
    wr(r, IMC, 0x80);
    g_assert_false(r->irq);
    wr(r, IMS, 0x80);
    g_assert_true(r->irq);
    g_assert_cmphex(rd(r, ICS), ==, 0x80);
    g_assert_cmphex(rd(r, ICR), ==, 0x80);
    g_assert_cmphex(rd(r, ICR), ==, 0);
    g_assert_false(r->irq);

    wr(r, ITR, 4000); /* 1024 us between two */
    wr(r, ICS, 0x80);
    g_assert_true(r->irq);
    rd(r, ICR);
    clock_step(c, 100 * NS_PER_US);
    wr(r, ICS, 1);
    g_assert_false(r->irq);
    nic_save_load(r);
    clock_step(c, 900 * NS_PER_US);
    g_assert_false(r->irq);
    clock_step(c, 25 * NS_PER_US);
    g_assert_true(r->irq);
    rd(r, ICR);
    wr(r, ICS, 1);
    g_assert_false(r->irq);
    wr(r, IMC, UINT32_MAX); /* nothing is left to wait for */
    clock_step(c, NS_PER_SEC);
    g_assert_false(r->irq);
    nic_free(r);
}

static void test_send(void)
{
    struct nic *r = nic_new(&e1000_class);
    const uint8_t *f;
    gsize len;

    e1000_open(r);
    wr(r, IMS, 1);
    make_frame(ram(r, TX_BUF), 200, nic_all, 1);
    e1000_send(r, TX_BUF, 200, EOP | IFCS | RS);
    g_assert_true(r->irq);
    g_assert_cmphex(rd(r, ICR) & 1, ==, 1);
    g_assert_cmphex(*ram(r, TX_RING + 12), ==, 1);
    g_assert_cmpuint(rd(r, TDH), ==, 1);
    f = sent(r, 0, &len);
    g_assert_cmpmem(f, len, ram(r, TX_BUF), 200);

    e1000_send(r, TX_BUF, 14, IFCS); /* in three pieces, padded by PSP */
    e1000_send(r, TX_BUF + 14, 0, IFCS);
    e1000_send(r, TX_BUF + 14, 6, EOP | IFCS | RS);
    f = sent(r, 1, &len);
    g_assert_cmpuint(len, ==, 60);
    g_assert_cmpmem(f, 20, ram(r, TX_BUF), 20);
    for (unsigned i = 20; i < 60; i++) {
        g_assert_cmphex(f[i], ==, 0);
    }
    g_assert_cmpuint(rd(r, STAT(0x80)), ==, 2); /* GPTC clears */
    g_assert_cmpuint(rd(r, STAT(0x80)), ==, 0);
    g_assert_cmpuint(rd(r, STAT(0x90)), ==, 204 + 64); /* GOTCL with GOTCH */
    g_assert_cmpuint(rd(r, STAT(0x90)), ==, 204 + 64);
    rd(r, STAT(0x94));
    g_assert_cmpuint(rd(r, STAT(0x90)), ==, 0);
    g_assert_cmpuint(rd(r, STAT(0xd8)), ==, 1); /* PTC64 */
    g_assert_cmpuint(rd(r, STAT(0xe0)), ==, 1); /* PTC255 */
    g_assert_cmpuint(rd(r, STAT(0xf4)), ==, 2); /* BPTC */
    nic_free(r);
}

/* Sixty-four frames fill the link; the rest follows when there is room. */
static void test_full_link(void)
{
    struct nic *r = nic_new(&e1000_class);
    gsize len;

    e1000_open(r);
    wr(r, TDLEN, 128 * 16);
    wr(r, TDBAL, 0x8000);
    r->deaf = true;
    for (unsigned i = 0; i < 100; i++) {
        make_frame(ram(r, TX_BUF + 64 * i), 60, nic_all, i);
        e1000_desc(r, 0x8000 + 16 * i, TX_BUF + 64 * i, 60 | (EOP | IFCS | RS) << 24, 0);
    }
    wr(r, TDT, 100);
    g_assert_cmpuint(rd(r, TDH), ==, 64);
    nic_save_load(r);
    r->deaf = false;
    nic_pending(r);
    nic_loop();
    clock_step(r->stub->board.clock, 20 * NS_PER_MS);
    nic_loop();
    g_assert_cmpuint(rd(r, TDH), ==, 100);
    g_assert_cmpuint(r->sent->len, ==, 100);
    for (unsigned i = 0; i < 100; i++) {
        g_assert_cmpmem(sent(r, i, &len), 60, ram(r, TX_BUF + 64 * i), 60);
    }
    nic_free(r);
}

static void test_receive(void)
{
    struct nic *r = nic_new(&e1000_class);
    uint8_t f[LINK_FRAME_MAX];

    e1000_open(r);
    wr(r, IMS, 0x80);
    make_frame(f, 300, nic_mac, 0);
    g_assert_true(deliver(r, 300, nic_mac, 0));
    g_assert_true(r->irq);
    g_assert_cmphex(rd(r, ICR) & 0x80, ==, 0x80);
    g_assert_cmpuint(rd(r, RDH), ==, 1);
    g_assert_cmpuint(get16(ram(r, RX_RING + 8)), ==, 300);
    g_assert_cmphex(*ram(r, RX_RING + 12), ==, 7);
    g_assert_cmpmem(ram(r, RX_BUF), 300, f, 300);

    wr(r, RCTL, 0x00038002); /* 256 bytes a buffer, FCS kept */
    g_assert_true(deliver(r, 600, nic_all, 9));
    g_assert_cmpuint(rd(r, RDH), ==, 4);
    g_assert_cmphex(*ram(r, RX_RING + 16 + 12), ==, 1);
    g_assert_cmphex(*ram(r, RX_RING + 48 + 12), ==, 7);
    g_assert_cmpuint(get16(ram(r, RX_RING + 48 + 8)), ==, 604 - 512);
    g_assert_true(deliver(r, 20, nic_mac, 1)); /* short ones are padded */
    g_assert_cmpuint(get16(ram(r, RX_RING + 64 + 8)), ==, 64);

    g_assert_cmpuint(rd(r, STAT(0x74)), ==, 3); /* GPRC */
    g_assert_cmpuint(rd(r, STAT(0x78)), ==, 1); /* BPRC */
    g_assert_cmpuint(rd(r, STAT(0x88)), ==, 304 + 604 + 64);
    wr(r, RCTL, 0x8000);
    g_assert_true(deliver(r, 60, nic_all, 1)); /* off: nobody listens */
    g_assert_cmpuint(rd(r, RDH), ==, 5);
    nic_free(r);
}

static void test_filters(void)
{
    static const uint8_t group[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
    static const uint8_t other[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x57};
    struct nic *r = nic_new(&e1000_class);

    e1000_open(r);
    deliver(r, 60, other, 0);
    deliver(r, 60, group, 0);
    g_assert_cmpuint(rd(r, RDH), ==, 0);
    wr(r, MTA(0x010 / 32), 1u << 0x10); /* bits 47 to 36 of the address: 010h */
    deliver(r, 60, group, 0);
    g_assert_cmpuint(rd(r, RDH), ==, 1);
    wr(r, MTA(0), 0);
    wr(r, RCTL, 0x04008012); /* MPE */
    deliver(r, 60, group, 0);
    deliver(r, 60, other, 0);
    g_assert_cmpuint(rd(r, RDH), ==, 2);
    wr(r, RCTL, 0x0400800a); /* UPE */
    deliver(r, 60, other, 0);
    deliver(r, 60, group, 0);
    g_assert_cmpuint(rd(r, RDH), ==, 3);
    wr(r, RCTL, 0x04000002); /* no BAM */
    deliver(r, 60, nic_all, 0);
    g_assert_cmpuint(rd(r, RDH), ==, 3);
    wr(r, RA(30), 0x12005452); /* the last exact address */
    wr(r, RA(31), 0x80005734);
    deliver(r, 60, other, 0);
    g_assert_cmpuint(rd(r, RDH), ==, 4);
    wr(r, RA(31), 0x00005734); /* not valid */
    deliver(r, 60, other, 0);
    g_assert_cmpuint(rd(r, RDH), ==, 4);
    g_assert_cmpuint(rd(r, STAT(0xd0)), ==, 10); /* TPR counts all */
    nic_free(r);
}

static void test_vlan(void)
{
    struct nic *r = nic_new(&e1000_class);
    uint8_t f[100];
    const uint8_t *p;
    gsize len;

    e1000_open(r);
    make_frame(f, sizeof(f), nic_mac, 3);
    memcpy(f + 12, (const uint8_t[]){0x81, 0x00, 0x20, 0x05}, 4);
    wr(r, RCTL, 0x04048002); /* VFE */
    link_deliver(r->link, f, sizeof(f));
    g_assert_cmpuint(rd(r, RDH), ==, 0);
    wr(r, VFTA(0), 1u << 5);
    link_deliver(r->link, f, sizeof(f));
    g_assert_cmpuint(rd(r, RDH), ==, 1);
    g_assert_cmpuint(get16(ram(r, RX_RING + 8)), ==, 100);
    wr(r, CTRL, rd(r, CTRL) | 0x40000000); /* VME: strip */
    link_deliver(r->link, f, sizeof(f));
    g_assert_cmpuint(get16(ram(r, RX_RING + 16 + 8)), ==, 96);
    g_assert_cmphex(*ram(r, RX_RING + 16 + 12), ==, 0xf);
    g_assert_cmphex(get16(ram(r, RX_RING + 16 + 14)), ==, 0x2005);
    g_assert_cmpmem(ram(r, RX_BUF + RX_BUF_SIZE + 12), 84, f + 16, 84);

    make_frame(ram(r, TX_BUF), 80, nic_all, 3);
    e1000_desc(r, TX_RING, TX_BUF, 80 | (EOP | IFCS | VLE) << 24, 0x2005u << 16);
    wr(r, TDT, 1);
    p = sent(r, 0, &len);
    g_assert_cmpuint(len, ==, 84);
    g_assert_cmpmem(p + 12, 4, f + 12, 4);
    g_assert_cmpmem(p + 16, 68, ram(r, TX_BUF + 12), 68);
    nic_free(r);
}

/* A frame without a descriptor waits, and comes when the driver gives one. */
static void test_no_descriptor(void)
{
    struct nic *r = nic_new(&e1000_class);

    e1000_open(r);
    wr(r, RDT, 2);
    for (unsigned i = 0; i < 5; i++) {
        deliver(r, 60, nic_all, i);
    }
    g_assert_cmpuint(rd(r, RDH), ==, 2);
    g_assert_cmphex(rd(r, ICR) & 0xd0, ==, 0xd0); /* RXDMT0, RXO, RXT0 */
    g_assert_cmpuint(rd(r, STAT(0xa0)), ==, 1);   /* RNBC */
    nic_save_load(r);
    wr(r, RDT, 8);
    nic_loop();
    g_assert_cmpuint(rd(r, RDH), ==, 5);
    g_assert_cmphex(ram(r, RX_BUF + 4 * RX_BUF_SIZE)[20], ==, 20 * 7 + 4);
    nic_free(r);
}

static void test_loopback(void)
{
    struct nic *r = nic_new(&e1000_class);

    e1000_open(r);
    set_mdic(r, 0, 0x4140);
    make_frame(ram(r, TX_BUF), 100, nic_mac, 5);
    e1000_send(r, TX_BUF, 100, EOP | IFCS | RS);
    g_assert_cmpuint(rd(r, RDH), ==, 1);
    g_assert_cmpmem(ram(r, RX_BUF), 100, ram(r, TX_BUF), 100);
    nic_loop();
    g_assert_cmpuint(r->sent->len, ==, 0);
    deliver(r, 60, nic_all, 0); /* the wire is cut off */
    g_assert_cmpuint(rd(r, RDH), ==, 1);
    wr(r, RDT, 1);
    e1000_send(r, TX_BUF, 100, EOP | IFCS | RS);
    g_assert_cmpuint(rd(r, STAT(0x10)), ==, 1); /* MPC: a looped frame does not wait */
    nic_free(r);
}

static void test_damaged_state(void)
{
    struct nic *r = nic_new(&e1000_class);
    struct e1000_state *s = device_state(r->dev);

    g_assert_null(device_check(r->dev));
    s->reg[R_RDLEN] = 1;
    g_assert_cmpstr(device_check(r->dev), ==, "RDLEN");
    s->reg[R_RDLEN] = 0;
    s->tx.phase = 4;
    g_assert_cmpstr(device_check(r->dev), ==, "tx.phase");
    s->tx.phase = E1000_TX_DATA;
    g_assert_cmpstr(device_check(r->dev), ==, "tx.open");
    s->tx.phase = 0;
    s->tx.tse = 1;
    g_assert_cmpstr(device_check(r->dev), ==, "tx.now.mss");
    s->tx.tse = 0;
    s->tx.len = LINK_FRAME_MAX + 1;
    g_assert_cmpstr(device_check(r->dev), ==, "tx.len");
    s->tx.len = 0;
    s->pci.intx = 1;
    g_assert_cmpstr(device_check(r->dev), ==, "pci.intx");
    s->pci.intx = 0;
    nic_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/identity", test_identity);
    g_test_add_func("/e1000/reset-values", test_reset_values);
    g_test_add_func("/e1000/register-patterns", test_register_patterns);
    g_test_add_func("/e1000/io-window", test_io_window);
    g_test_add_func("/e1000/eeprom", test_eeprom);
    g_test_add_func("/e1000/microwire", test_microwire);
    g_test_add_func("/e1000/phy", test_phy);
    g_test_add_func("/e1000/cable", test_cable);
    g_test_add_func("/e1000/interrupts", test_interrupts);
    g_test_add_func("/e1000/send", test_send);
    g_test_add_func("/e1000/full-link", test_full_link);
    g_test_add_func("/e1000/receive", test_receive);
    g_test_add_func("/e1000/filters", test_filters);
    g_test_add_func("/e1000/vlan", test_vlan);
    g_test_add_func("/e1000/no-descriptor", test_no_descriptor);
    g_test_add_func("/e1000/loopback", test_loopback);
    g_test_add_func("/e1000/damaged-state", test_damaged_state);
    return g_test_run();
}
