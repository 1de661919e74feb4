/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RTL8139C+: descriptor mode, offloads, and what broke other models of the chip. */
#include "hw/net/rtl8139.h"
#include "tests/unit/chip-test.h"
#include "tests/unit/nic-ring-rig.h"

const struct device_class *const device_classes[] = {&rtl8139_class, NULL};

#define TX_RING 0x1000u
#define TX_HIGH 0x1800u
#define RX_RING 0x2000u
#define TALLY 0x3000u
#define PACKET 0x10000u
#define RX_BUF 0x80000u
#define OWN 0x80000000u
#define EOR 0x40000000u
#define FS 0x20000000u
#define LS 0x10000000u
#define LGSEN 0x08000000u
#define TX_STATUS 0x02ff0000u
#define CSUM_IP 0x00040000u
#define CSUM_UDP 0x00020000u
#define CSUM_TCP 0x00010000u

static void desc(struct rig *r, uint32_t ring, unsigned n, uint32_t flags, uint32_t vlan,
                 uint32_t addr)
{
    poke(r, ring + 16 * n, flags);
    poke(r, ring + 16 * n + 4, vlan);
    poke(r, ring + 16 * n + 8, addr);
    poke(r, ring + 16 * n + 12, 0);
}

static void open_card(struct rig *r, unsigned cpcr)
{
    out(r, 0x37, 1, 0x10);
    out(r, 0xe0, 2, cpcr);
    out(r, 0x20, 4, TX_RING);
    out(r, 0x24, 4, 0);
    out(r, 0x28, 4, TX_HIGH);
    out(r, 0x2c, 4, 0);
    out(r, 0xe4, 4, RX_RING);
    out(r, 0xe8, 4, 0);
    out(r, 0x37, 1, 0x0c);
    out(r, 0x44, 4, 0x0f);
    out(r, 0x40, 4, 0x03000700);
    out(r, 0x3c, 2, 0xe1ff);
}

static void rx_ring(struct rig *r, unsigned n, unsigned room)
{
    for (unsigned i = 0; i < n; i++) {
        desc(r, RX_RING, i, OWN | room | (i == n - 1 ? EOR : 0), 0, RX_BUF + i * 2048);
    }
}

static void poll(struct rig *r)
{
    out(r, 0xd9, 1, 0x40);
}

/* -- packets -- */

static uint16_t ones_sum(const uint8_t *p, unsigned len, uint32_t start)
{
    for (unsigned i = 0; i < len; i++) {
        start += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    }
    while (start >> 16) {
        start = (start & 0xffff) + (start >> 16);
    }
    return (uint16_t)start;
}

/* TCP or UDP in IPv4 without checksums; `ihl` in dwords. */
static unsigned make_ip(uint8_t *f, unsigned ihl, unsigned protocol, unsigned payload)
{
    unsigned l4 = 14 + ihl * 4, header = protocol == 6 ? 20 : 8;
    unsigned total = ihl * 4 + header + payload;

    memset(f, 0, 14 + total);
    memcpy(f, rig_all, 6);
    f[12] = 8;
    f[14] = (uint8_t)(0x40 | ihl);
    f[16] = (uint8_t)(total >> 8);
    f[17] = (uint8_t)total;
    f[18] = 0x12;
    f[22] = 64;
    f[23] = (uint8_t)protocol;
    memcpy(f + 26, "\x0a\x00\x02\x0f\x0a\x00\x02\x02", 8);
    f[l4] = 0x30;
    f[l4 + 3] = 80;
    if (protocol == 6) {
        f[l4 + 7] = 100; /* sequence number */
        f[l4 + 12] = 0x50;
        f[l4 + 13] = 0x19; /* ACK PSH FIN */
    } else {
        f[l4 + 4] = (uint8_t)((8 + payload) >> 8);
        f[l4 + 5] = (uint8_t)(8 + payload);
    }
    for (unsigned i = 0; i < payload; i++) {
        f[l4 + header + i] = (uint8_t)(i * 11 + (i >> 8));
    }
    return 14 + total;
}

static bool ip_good(const uint8_t *f)
{
    return ones_sum(f + 14, (f[14] & 15u) * 4u, 0) == 0xffff;
}

static bool l4_good(const uint8_t *f)
{
    unsigned hlen = (f[14] & 15u) * 4u, total = (unsigned)(f[16] << 8 | f[17]);

    return ones_sum(f + 14 + hlen, total - hlen, ones_sum(f + 26, 8, f[23] + total - hlen)) ==
           0xffff;
}

/* -- transmit -- */

static void test_send(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);
    gsize len;

    open_card(r, 1);
    make_frame(ram(r, PACKET), 1514, rig_all, 1);
    for (unsigned i = 0; i < 5; i++) { /* five frames over a ring of two, in three pieces each */
        desc(r, TX_RING, 0, OWN | FS | 10, 0, PACKET);
        desc(r, TX_RING, 1, OWN | 50, 0, PACKET + 10);
        desc(r, TX_RING, 2, EOR | LS | (40 + i), 0, PACKET + 60);
        poll(r); /* not complete: nothing is taken */
        rig_loop();
        g_assert_cmpuint(r->sent->len, ==, i);
        g_assert_cmphex(peek(r, TX_RING), ==, OWN | FS | 10);
        poke(r, TX_RING + 32, OWN | EOR | LS | (40 + i));
        poll(r);
        sent(r, i, &len);
        g_assert_cmpmem(sent(r, i, &len), 100 + i, ram(r, PACKET), 100 + i);
        g_assert_cmpuint(len, ==, 100 + i);
        g_assert_cmphex(peek(r, TX_RING), ==, FS | 10);
        g_assert_cmphex(peek(r, TX_RING + 32), ==, EOR | LS | (40 + i));
        g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0084);
        out(r, 0x3e, 2, 0xffff);
    }
    desc(r, TX_HIGH, 0, OWN | FS | LS | 61, 0, PACKET);
    desc(r, TX_RING, 0, OWN | FS | LS | 62, 0, PACKET);
    out(r, 0xd9, 1, 0xc0); /* the high priority ring goes first */
    sent(r, 5, &len);
    g_assert_cmpuint(len, ==, 61);
    sent(r, 6, &len);
    g_assert_cmpuint(len, ==, 62);
    rig_free(r);
}

static void test_checksums(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);
    guint n = 0;

    open_card(r, 1);
    for (unsigned ihl = 5; ihl <= 15; ihl++) {
        for (unsigned payload = 0; payload < 1400; payload += 333) {
            for (unsigned tcp = 0; tcp < 2; tcp++) {
                unsigned len = make_ip(ram(r, PACKET), ihl, tcp ? 6 : 17, payload);
                const uint8_t *f;
                gsize got;

                desc(r, TX_RING, 0,
                     OWN | EOR | FS | LS | CSUM_IP | (tcp ? CSUM_TCP : CSUM_UDP) | len, 0, PACKET);
                poll(r);
                f = sent(r, n++, &got);
                g_assert_cmpuint(got, ==, len);
                g_assert_true(ip_good(f));
                g_assert_true(l4_good(f));
            }
        }
    }
    rig_free(r);
}

static void test_vlan(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);
    const uint8_t *f;
    gsize len;

    open_card(r, 0x43);
    rx_ring(r, 4, 2048 & 0x1fff);
    make_frame(ram(r, PACKET), 100, rig_all, 1);
    desc(r, TX_RING, 0, OWN | EOR | FS | LS | 100, 0x2320a, PACKET); /* tag 0a32h as on the wire */
    poll(r);
    f = sent(r, 0, &len);
    g_assert_cmpuint(len, ==, 104);
    g_assert_cmpmem(f, 12, ram(r, PACKET), 12);
    g_assert_cmpmem(f + 12, 4, "\x81\x00\x0a\x32", 4);
    g_assert_cmpmem(f + 16, 88, ram(r, PACKET + 12), 88);
    g_assert_true(link_deliver(r->link, f, (uint32_t)len));
    g_assert_cmphex(peek(r, RX_RING + 4), ==, 0x1320a);
    g_assert_cmphex(peek(r, RX_RING), ==, FS | LS | 0x01000000 | 104);
    g_assert_cmpmem(ram(r, RX_BUF), 100, ram(r, PACKET), 100);
    rig_free(r);
}

static void test_large_send(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);
    unsigned len = make_ip(ram(r, PACKET), 5, 6, 10000), at = 0;

    open_card(r, 1);
    r->deaf = true;
    desc(r, TX_RING, 0, OWN | FS | LGSEN | 100 << 16 | 30, 0, PACKET);
    desc(r, TX_RING, 1, OWN | EOR | LS | (len - 30), 0, PACKET + 30);
    poll(r); /* 100 frames: more than the link takes at once */
    g_assert_cmphex(peek(r, TX_RING) & OWN, ==, OWN);
    chip_round_trip(&r->dev->dev);
    rig_hear(r);
    /* what was the MSS are errors and collisions now */
    g_assert_cmphex(peek(r, TX_RING) & (OWN | TX_STATUS), ==, 0);
    g_assert_cmpuint(r->sent->len, ==, 100);
    for (unsigned i = 0; i < 100; i++) {
        gsize got;
        const uint8_t *f = sent(r, i, &got);

        g_assert_cmpuint(got, ==, 54 + 100);
        g_assert_true(ip_good(f));
        g_assert_true(l4_good(f));
        g_assert_cmpuint((unsigned)(f[18] << 8 | f[19]), ==, 0x1200 + i);
        g_assert_cmpuint((unsigned)(f[38] << 24 | f[39] << 16 | f[40] << 8 | f[41]), ==, 100 + at);
        g_assert_cmphex(f[47], ==, i == 99 ? 0x19 : 0x10);
        g_assert_cmpmem(f + 54, 100, ram(r, PACKET + 54 + at), 100);
        at += 100;
    }
    rig_free(r);
}

static void test_tally(void)
{
    struct rig *r = rig_wire(&rtl8139_class);

    open_card(r, 3);
    rx_ring(r, 2, 2000);
    deliver(r, 100, rig_mac, 0);
    deliver(r, 100, rig_all, 0);
    deliver(r, 100, rig_all, 0); /* missed */
    g_assert_cmphex(in(r, 0x3e, 2), ==, 0x0011);
    out(r, 0x14, 4, 0);
    out(r, 0x10, 4, TALLY | 8);
    g_assert_cmphex(in(r, 0x10, 4), ==, TALLY);
    g_assert_cmpuint(peek(r, TALLY + 8), ==, 2);
    g_assert_cmpuint(peek(r, TALLY + 28) & 0xffff, ==, 1);
    g_assert_cmpuint(peek(r, TALLY + 40), ==, 1);
    g_assert_cmpuint(peek(r, TALLY + 48), ==, 1);
    rig_free(r);
}

/* -- receive -- */

static void test_receive(void)
{
    struct rig *r = rig_wire(&rtl8139_class);

    open_card(r, 2);
    rx_ring(r, 3, 2000);
    for (unsigned i = 0; i < 10; i++) {
        unsigned n = i % 3, len = 60 + i * 100;
        uint8_t want[LINK_FRAME_MAX + 4];
        uint32_t fcs;

        desc(r, RX_RING, n, OWN | 2000 | (n == 2 ? EOR : 0), 0, RX_BUF + n * 2048);
        g_assert_true(deliver(r, len, rig_mac, i));
        make_frame(want, len, rig_mac, i);
        fcs = slow_fcs(want, len);
        memcpy(want + len, &fcs, 4);
        g_assert_cmphex(peek(r, RX_RING + 16 * n), ==,
                        FS | LS | 0x02000000 | (n == 2 ? EOR : 0) | (len + 4));
        g_assert_cmpmem(ram(r, RX_BUF + n * 2048), (int)len + 4, want, (int)len + 4);
    }
    /* one frame over many small buffers */
    open_card(r, 2);
    rx_ring(r, 64, 17);
    g_assert_true(deliver(r, 500, rig_mac, 5));
    g_assert_cmphex(peek(r, RX_RING), ==, FS | 0x02000000 | 17);
    g_assert_cmphex(peek(r, RX_RING + 16), ==, 0x02000000 | 17);
    g_assert_cmphex(peek(r, RX_RING + 16 * 29), ==, LS | 0x02000000 | 504);
    g_assert_cmphex(peek(r, RX_RING + 16 * 30), ==, OWN | 17);
    rig_free(r);
}

static void test_rx_checksums(void)
{
    struct rig *r = rig_wire(&rtl8139_class);
    static const struct {
        unsigned protocol, spoil;
        uint32_t verdict;
    } cases[] = {
        {6, 0, 0x10000},   {17, 0, 0x20000}, {6, 60, 0x12000},
        {17, 60, 0x24000}, {6, 19, 0x18000}, {1, 0, 0x30000},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        unsigned len = make_ip(ram(r, PACKET), 5, cases[i].protocol, 100);
        uint8_t f[LINK_FRAME_MAX];
        gsize got;

        open_card(r, 0x21);
        desc(r, TX_RING, 0, OWN | EOR | FS | LS | CSUM_IP | CSUM_TCP | CSUM_UDP | len, 0, PACKET);
        poll(r);
        memcpy(f, sent(r, i, &got), len);
        f[cases[i].spoil] = (uint8_t)(f[cases[i].spoil] ^ (cases[i].spoil ? 1 : 0));
        open_card(r, 0x22);
        rx_ring(r, 1, 2000);
        g_assert_true(link_deliver(r->link, f, len));
        g_assert_cmphex(peek(r, RX_RING) & 0x3e000, ==, cases[i].verdict);
    }
    rig_free(r);
}

/* -- what broke other models -- */

/* Every lie about lengths, with every offload: what goes out is bytes of the packet, no others. */
static void cve_2015_5165(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);
    g_autoptr(GRand) rand = g_rand_new_with_seed(5165);

    open_card(r, 1);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned real = make_ip(ram(r, PACKET), (unsigned)g_rand_int_range(rand, 0, 16),
                                g_rand_boolean(rand) ? 6 : 17, 80);
        unsigned len = (unsigned)g_rand_int_range(rand, 0, (gint32)real + 1);

        for (int n = g_rand_int_range(rand, 0, 4); n > 0; n--) {
            *ram(r, PACKET + 14 + (unsigned)g_rand_int_range(rand, 0, 40)) =
                (uint8_t)g_rand_int(rand);
        }
        desc(r, TX_RING, 0, OWN | EOR | FS | LS | (g_rand_int(rand) & 0x0fff0000) | len,
             g_rand_int(rand), PACKET);
        open_card(r, 1);
        poll(r);
        rig_loop();
        for (guint k = 0; k < r->sent->len; k++) {
            g_assert_cmpuint(g_bytes_get_size(g_ptr_array_index(r->sent, k)), <=, len + 4);
        }
        g_ptr_array_set_size(r->sent, 0);
    }
    rig_free(r);
}

/* A ring whose descriptors stay owned: in ROM, or self-linked. */
static void cve_2016_8910(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);

    open_card(r, 1);
    for (unsigned i = 0; i < 64; i++) {
        desc(r, TX_RING, i, OWN, 0, PACKET);
    }
    poll(r); /* no frame begins or ends anywhere */
    for (unsigned i = 0; i < 64; i++) {
        desc(r, TX_RING, i, OWN | FS, 0, TX_RING); /* begins for ever */
    }
    open_card(r, 1);
    poll(r);
    r->stub->ram_region.kind = REGION_ROM; /* what is written back is lost */
    desc(r, TX_RING, 0, OWN | EOR | FS | LS | 60, 0, PACKET);
    open_card(r, 1);
    poll(r);
    rig_loop();
    g_assert_cmpuint(r->sent->len, <=, 64);
    r->stub->ram_region.kind = REGION_RAM;
    rig_free(r);
}

/* Sizes at every border, into rings of every size. */
static void cve_2018_17958(void)
{
    struct rig *r = rig_wire(&rtl8139_class);

    for (unsigned len = 1; len <= LINK_FRAME_MAX; len++) {
        for (unsigned mode = 0; mode < 8; mode++) {
            out(r, 0x37, 1, 0x10);
            out(r, 0x30, 4, mode & 1 ? 0xfffffff0 : RX_BUF);
            out(r, 0x37, 1, 0x08);
            out(r, 0x44, 4, 0x0f | (mode & 3) << 11 | (mode & 4 ? 0x80 : 0));
            out(r, 0x38, 2, len * 77);
            deliver(r, len, rig_mac, mode);
        }
        open_card(r, 2);
        rx_ring(r, 64, len & 0x1fff);
        deliver(r, len, rig_mac, 0);
        rig_check(r);
    }
    rig_free(r);
}

/* Lengths of transmission up to what the field holds. */
static void test_transmit_lengths(void)
{
    struct rig *r = rig_new(&rtl8139_class, NULL);

    for (unsigned len = 0; len < 8192; len += len < 2100 ? 1 : 61) {
        guint before = r->sent->len;

        out(r, 0x37, 1, 0x10);
        out(r, 0x37, 1, 0x04);
        out(r, 0x20, 4, PACKET);
        out(r, 0x10, 4, len);
        rig_loop();
        g_assert_cmphex(in(r, 0x10, 4), ==, 0xa000 | len);
        g_assert_cmpuint(r->sent->len - before, ==, len > 0 && len <= 1518);
    }
    open_card(r, 1);
    for (unsigned n = 1; n <= 64; n++) { /* together far more than any packet may have */
        for (unsigned i = 0; i < n; i++) {
            desc(r, TX_RING, i,
                 OWN | 0xffff | (i == 0 ? FS | LGSEN : 0) | (i == n - 1 ? LS | EOR : 0), 0, PACKET);
        }
        open_card(r, 1);
        poll(r);
        rig_check(r);
    }
    rig_free(r);
}

/* Loopback with every combination of offload bits; and DMA onto the card itself. */
static void cve_2021_3416(void)
{
    struct rig *r = rig_wire(&rtl8139_class);

    for (unsigned i = 0; i < 0x800; i++) {
        unsigned len = make_ip(ram(r, PACKET), 5, i & 1 ? 6 : 17, i % 1400);

        open_card(r, 0x63);
        rx_ring(r, 4, 2000);
        out(r, 0x40, 4, 0x00060000);
        desc(r, TX_RING, 0, OWN | EOR | FS | LS | i << 17 | len, i << 7, PACKET);
        poll(r);
        rig_check(r);
    }
    open_card(r, 3);
    out(r, 0x40, 4, 0x00060000);
    desc(r, RX_RING, 0, OWN | EOR | 2000, 0, (uint32_t)MMIO);
    desc(r, TX_RING, 0, OWN | EOR | FS | LS | 100, 0, (uint32_t)MMIO);
    poll(r);
    g_assert_cmphex(in(r, 0x3e, 2) & 0x8000, ==, 0x8000);
    out(r, 0x20, 4, (uint32_t)MMIO);
    out(r, 0xe4, 4, (uint32_t)MMIO);
    poll(r);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139-cplus/send", test_send);
    g_test_add_func("/rtl8139-cplus/checksums", test_checksums);
    g_test_add_func("/rtl8139-cplus/vlan", test_vlan);
    g_test_add_func("/rtl8139-cplus/large-send", test_large_send);
    g_test_add_func("/rtl8139-cplus/tally", test_tally);
    g_test_add_func("/rtl8139-cplus/receive", test_receive);
    g_test_add_func("/rtl8139-cplus/rx-checksums", test_rx_checksums);
    g_test_add_func("/rtl8139-cplus/cve_2015_5165", cve_2015_5165);
    g_test_add_func("/rtl8139-cplus/cve_2016_8910", cve_2016_8910);
    g_test_add_func("/rtl8139-cplus/cve_2018_17958", cve_2018_17958);
    g_test_add_func("/rtl8139-cplus/transmit-lengths", test_transmit_lengths);
    g_test_add_func("/rtl8139-cplus/cve_2021_3416", cve_2021_3416);
    return g_test_run();
}
