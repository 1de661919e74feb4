/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82540EM's transmitter: checksums, segmentation, and what broke other models of the chip. */
#include "tests/unit/e1000-rig.h"

const struct device_class *const device_classes[] = {&e1000_class, NULL};

#define CONTEXT 0x00000000u
#define DATA 0x00100000u
#define TUCMD_TCP 0x01u
#define TUCMD_IP 0x02u
#define POPTS_IP 0x01u
#define POPTS_TCP 0x02u
#define HEADER4 54u
#define HEADER6 74u
#define PSH_ACK 0x18

static void be16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static unsigned get_be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* Addresses and protocol of the pseudo header, without the length. */
static uint32_t pseudo(const uint8_t *ip, bool v6, unsigned protocol)
{
    return net_sum(ip + (v6 ? 8 : 12), v6 ? 32 : 8, protocol);
}

/* Ethernet, IP and TCP (or UDP) as a stack leaves them for segmentation; payload counts up. */
static void make_packet(uint8_t *p, bool v6, bool tcp, unsigned payload)
{
    unsigned l4 = v6 ? 54 : 34, header = l4 + (tcp ? 20 : 8);

    memset(p, 0, header);
    memcpy(p, nic_all, 6);
    memcpy(p + 6, nic_mac, 6);
    be16(p + 12, v6 ? 0x86dd : 0x0800);
    if (v6) {
        p[14] = 0x60;
        p[20] = tcp ? 6 : 17;
        p[21] = 64;
        memset(p + 22, 0x20, 16);
        memset(p + 38, 0x30, 16);
    } else {
        p[14] = 0x45;
        be16(p + 18, 0xfffe); /* identification, about to wrap */
        p[22] = 64;
        p[23] = tcp ? 6 : 17;
        memcpy(p + 26, (const uint8_t[]){10, 0, 2, 15, 10, 0, 2, 2}, 8);
    }
    be16(p + l4, 1234);
    be16(p + l4 + 2, 80);
    if (tcp) {
        memcpy(p + l4 + 4, (const uint8_t[]){0xff, 0xff, 0xff, 0x00}, 4);
        p[l4 + 12] = 0x50;
        p[l4 + 13] = PSH_ACK | 1; /* and FIN */
        be16(p + l4 + 14, 0x1000);
    }
    be16(p + l4 + (tcp ? 16 : 6), pseudo(p + 14, v6, tcp ? 6 : 17));
    for (unsigned i = 0; i < payload; i++) {
        p[header + i] = (uint8_t)(i * 3 + (i >> 8));
    }
}

static void check_segment(struct nic *r, guint n, bool v6, bool tcp, unsigned mss, unsigned payload)
{
    unsigned l4 = v6 ? 54 : 34, header = l4 + (tcp ? 20 : 8);
    unsigned data = payload - n * mss < mss ? payload - n * mss : mss;
    bool last = (n + 1) * mss >= payload;
    gsize len;
    const uint8_t *f = sent(r, n, &len);

    g_assert_cmpuint(len, ==, header + data);
    if (v6) {
        g_assert_cmpuint(get_be16(f + 18), ==, len - 54);
    } else {
        g_assert_cmpuint(get_be16(f + 16), ==, len - 14);
        g_assert_cmphex(get_be16(f + 18), ==, (0xfffe + n) & 0xffff);
        g_assert_cmphex(net_sum(f + 14, 20, 0), ==, 0xffff);
    }
    if (tcp) {
        uint32_t seq = get_be16(f + l4 + 4) << 16 | get_be16(f + l4 + 6);

        g_assert_cmphex(seq, ==, 0xffffff00u + n * mss);
        g_assert_cmphex(f[l4 + 13], ==, last ? PSH_ACK | 1 : PSH_ACK & ~9);
    } else {
        g_assert_cmpuint(get_be16(f + l4 + 4), ==, len - l4);
    }
    g_assert_cmphex(
        net_sum(f + l4, (unsigned)len - l4, pseudo(f + 14, v6, tcp ? 6 : 17) + (uint32_t)len - l4),
        ==, 0xffff);
    for (unsigned i = 0; i < data; i++) {
        unsigned at = n * mss + i;

        g_assert_cmphex(f[header + i], ==, (uint8_t)(at * 3 + (at >> 8)));
    }
}

static void context(struct nic *r, uint32_t *at, bool v6, bool tcp, unsigned mss, unsigned payload)
{
    unsigned l4 = v6 ? 54 : 34;
    const uint8_t sums[8] = {14, 24, 33, 0, (uint8_t)l4, (uint8_t)(l4 + (tcp ? 16 : 6)), 0, 0};
    uint32_t cmd = TSE | (v6 ? 0 : TUCMD_IP) | (tcp ? TUCMD_TCP : 0);

    e1000_context(r, at, sums, cmd, (uint8_t)(l4 + (tcp ? 20 : 8)), (uint16_t)mss, payload);
}

static void segment(bool v6, bool tcp, unsigned mss, unsigned payload, unsigned split)
{
    struct nic *r = nic_new(&e1000_class);
    unsigned total = (v6 ? 54u : 34u) + (tcp ? 20 : 8) + payload;
    uint32_t options = (v6 ? POPTS_TCP : POPTS_TCP | POPTS_IP) << 8, at = 0;

    e1000_open(r);
    make_packet(ram(r, TX_BUF), v6, tcp, payload);
    context(r, &at, v6, tcp, mss, payload);
    e1000_queue(r, &at, TX_BUF, split | DATA | (DEXT | TSE) << 24, options);
    e1000_queue(r, &at, TX_BUF + split,
                (total - split) | DATA | (EOP | IFCS | RS | DEXT | TSE) << 24, 0);
    wr(r, TDT, at);
    nic_loop();
    g_assert_cmpuint(rd(r, TDH), ==, at);
    g_assert_cmpuint(r->sent->len, ==, (payload + mss - 1) / mss);
    for (guint n = 0; n < r->sent->len; n++) {
        check_segment(r, n, v6, tcp, mss, payload);
    }
    nic_free(r);
}

static void test_segmentation(void)
{
    segment(false, true, 1000, 3000, 54);
    segment(false, true, 1460, 5000, 700);
    segment(false, true, 100, 5000, 20); /* the header in two pieces */
    segment(true, true, 1440, 5000, 74);
    segment(false, false, 512, 2000, 42);
    segment(false, true, 1460, 100, 60); /* fits into one */
    segment(false, true, 536, 536 * 4, 54 + 536);
}

static void test_checksums(void)
{
    static const uint8_t sums[8] = {14, 24, 33, 0, 34, 50, 0, 0};
    struct nic *r = nic_new(&e1000_class);
    const uint8_t *f;
    uint32_t at = 0;
    gsize len;

    e1000_open(r);
    make_packet(ram(r, TX_BUF), false, true, 500);
    be16(ram(r, TX_BUF + 16), 540);
    be16(ram(r, TX_BUF + 50), net_sum(ram(r, TX_BUF + 26), 8, 6 + 520)); /* with the length */
    e1000_context(r, &at, sums, TUCMD_IP | TUCMD_TCP, 0, 0, 0);
    e1000_queue(r, &at, TX_BUF, 554 | DATA | (EOP | IFCS | RS | DEXT) << 24,
                (POPTS_IP | POPTS_TCP) << 8);
    e1000_queue(r, &at, TX_BUF, 554 | (EOP | IFCS | IC) << 24 | 50u << 16,
                34u << 8); /* legacy: CSO 50, CSS 34 */
    wr(r, TDT, at);
    f = sent(r, 0, &len);
    g_assert_cmpuint(len, ==, 554);
    g_assert_cmphex(net_sum(f + 14, 20, 0), ==, 0xffff);
    g_assert_cmphex(net_sum(f + 34, 520, pseudo(f + 14, false, 6) + 520), ==, 0xffff);
    f = sent(r, 1, &len);
    g_assert_cmphex(net_sum(f + 34, 520, pseudo(f + 14, false, 6) + 520), ==, 0xffff);
    g_assert_cmpmem(f, 50, ram(r, TX_BUF), 50);
    nic_free(r);
}

/* Offsets that point anywhere, also beyond the frame: nothing else is touched. */
static void test_wild_offsets(void)
{
    struct nic *r = nic_new(&e1000_class);
    uint8_t sums[8];
    gsize len;

    e1000_open(r);
    make_packet(ram(r, TX_BUF), false, true, 3000);
    for (unsigned i = 0; i < 512; i++) {
        uint32_t at = rd(r, TDT);

        for (unsigned n = 0; n < 8; n++) {
            sums[n] = (uint8_t)((i * 37 + n * 101) >> (n & 1));
        }
        e1000_context(r, &at, sums, (i & 3) | TSE, (uint8_t)(i * 5), (uint16_t)(1 + i * 3),
                      0xfffff);
        e1000_queue(r, &at, TX_BUF, (60 + i % 100) | DATA | (EOP | IFCS | DEXT | (i & TSE)) << 24,
                    0x300);
        e1000_queue(r, &at, TX_BUF, (14 + i % 50) | (EOP | IC) << 24 | (i & 0xff) << 16,
                    (i * 7 & 0xff) << 8);
        wr(r, TDT, at);
        nic_loop();
        g_assert_cmpuint(rd(r, TDH), ==, at);
        g_assert_null(device_check(r->dev));
    }
    for (guint i = 0; i < r->sent->len; i++) {
        sent(r, i, &len);
        g_assert_cmpuint(len, >=, 60);
        g_assert_cmpuint(len, <=, LINK_FRAME_MAX);
    }
    nic_free(r);
}

/* Time until the transmitter rests; it must. */
static void drain(struct nic *r)
{
    for (unsigned i = 0; i < 100000 && ((struct e1000 *)r->dev)->s.tx_due; i++) {
        clock_step(r->stub->board.clock, NS_PER_MS);
        nic_loop();
        g_ptr_array_set_size(r->sent, 0);
    }
    g_assert_cmpuint(((struct e1000 *)r->dev)->s.tx_due, ==, 0);
    g_assert_null(device_check(r->dev));
}

/* Receiving with long frames off: nothing longer than a tagged frame reaches memory. */
static void cve_2012_6075(void)
{
    struct nic *r = nic_new(&e1000_class);

    e1000_open(r);
    for (unsigned len = 1500; len <= LINK_FRAME_MAX; len++) {
        uint32_t before = rd(r, RDH);

        wr(r, RDT, (before + RING_SIZE - 1) % RING_SIZE);
        g_assert_true(deliver(r, len, nic_all, len));
        g_assert_cmpint(rd(r, RDH) != before, ==, len <= 1518);
    }
    g_assert_cmpuint(rd(r, STAT(0xac)), ==, LINK_FRAME_MAX - 1518); /* ROC */
    nic_free(r);
}

/* Segments of no size: header and segment 0 bytes long, data without end. */
static void cve_2015_6815(void)
{
    for (unsigned mss = 0; mss < 3; mss++) {
        for (unsigned header = 0; header < 256; header += 51) {
            struct nic *r = nic_new(&e1000_class);
            uint32_t at = 0;

            e1000_open(r);
            e1000_context(r, &at, (const uint8_t[8]){0}, TSE, (uint8_t)header, (uint16_t)mss, 0);
            e1000_queue(r, &at, TX_BUF, 2000 | DATA | (EOP | IFCS | RS | DEXT | TSE) << 24, 0x300);
            wr(r, TDT, at);
            drain(r);
            g_assert_cmpuint(rd(r, TDH), ==, at);
            nic_free(r);
        }
    }
}

/* Heads and tails outside of their rings, rings of no length. */
static void cve_2016_1981(void)
{
    static const uint32_t values[] = {0, 1, 7, 8, 15, 16, 17, 0x100, 0xfffe, 0xffff};
    struct nic *r = nic_new(&e1000_class);

    e1000_open(r);
    for (unsigned i = 0; i < 10 * 10 * 4; i++) {
        uint32_t bytes = (const uint32_t[]){0, 128, 256, 0xfff80}[i / 100];

        wr(r, RDLEN, bytes);
        wr(r, RDH, values[i % 10]);
        wr(r, RDT, values[i / 10 % 10]);
        deliver(r, 1500, nic_all, i);
        wr(r, TDLEN, bytes);
        wr(r, TDH, values[i % 10]);
        wr(r, TDT, values[i / 10 % 10]);
        nic_loop();
        drain(r);
    }
    nic_free(r);
}

/* A long ring of descriptors that ask for nothing, or for a great many segments each. */
static void cve_2017_9503(void)
{
    struct nic *r = nic_new(&e1000_class);
    uint32_t at = 0;

    e1000_open(r);
    wr(r, TDLEN, 0xfff80);
    wr(r, TDBAL, 0);
    memset(ram(r, 0), 0, NIC_RAM);
    wr(r, TDT, 0xfff7);
    g_assert_cmpuint(rd(r, TDH), <, 2048); /* one access does a bounded part */
    drain(r);
    g_assert_cmpuint(rd(r, TDH), ==, 0xfff7);

    wr(r, CTRL, 0x04000000);
    e1000_open(r);
    e1000_context(r, &at, (const uint8_t[8]){0}, TSE, 0, 1, 0);
    e1000_queue(r, &at, 0, 0xfffff | DATA | (EOP | RS | DEXT | TSE) << 24, 0);
    r->deaf = true;
    wr(r, TDT, at);
    nic_loop();
    nic_save_load(r); /* in the middle */
    g_assert_cmpuint(rd(r, TDH), ==, 1);
    wr(r, CTRL, 0x04000000);
    g_assert_cmpuint(((struct e1000 *)r->dev)->s.tx_due, ==, 0);
    nic_free(r);
}

/* Receive descriptors without buffers, all round the ring. */
static void cve_2020_28916(void)
{
    struct nic *r = nic_new(&e1000_class);

    e1000_open(r);
    for (unsigned i = 0; i < RING_SIZE; i++) {
        memset(ram(r, RX_RING + 16 * i), 0, 16);
    }
    for (unsigned i = 0; i < 100; i++) {
        wr(r, RDT, (rd(r, RDH) + RING_SIZE - 1) % RING_SIZE);
        deliver(r, 1500, nic_all, i);
    }
    g_assert_cmphex(*ram(r, 0), ==, 0);
    nic_free(r);
}

/* A context between the pieces of a packet makes its segments smaller than what is there. */
static void cve_2021_20257(void)
{
    for (unsigned mss = 0; mss < 400; mss += 13) {
        struct nic *r = nic_new(&e1000_class);
        uint32_t at = 0;

        e1000_open(r);
        e1000_context(r, &at, (const uint8_t[8]){0}, TSE, 54, 1400, 0);
        e1000_queue(r, &at, TX_BUF, 1000 | DATA | (DEXT | TSE) << 24, 0x300);
        e1000_context(r, &at, (const uint8_t[8]){0}, TSE, (uint8_t)mss, (uint16_t)(mss / 2), 0);
        e1000_queue(r, &at, TX_BUF, 1000 | DATA | (EOP | RS | DEXT | TSE) << 24, 0);
        wr(r, TDT, at);
        nic_loop();
        g_assert_cmpuint(rd(r, TDH), ==, at);
        g_assert_cmpuint(r->sent->len, ==, 2); /* as the packet began */
        nic_free(r);
    }
}

/* Loopback with the rings in each other's place and in the chip's own window. */
static void cve_2021_3416(void)
{
    static const uint64_t places[] = {TX_RING, RX_RING, NIC_MEM,        NIC_MEM + TDT,
                                      NIC_RAM, 0xa0000, UINT64_MAX - 15};
    struct nic *r = nic_new(&e1000_class);

    for (unsigned i = 0; i < 7 * 7; i++) {
        e1000_open(r);
        set_mdic(r, 0, 0x4140);
        for (unsigned n = 0; n < RING_SIZE; n++) {
            put64(ram(r, RX_RING + 16 * n), places[i % 7]);
            e1000_desc(r, TX_RING + 16 * n, places[i / 7], 1000 | (EOP | RS) << 24, 0);
        }
        wr(r, RCTL, 0x0400800a);
        wr(r, TDT, RING_SIZE - 1);
        drain(r);
        wr(r, RDBAL, (uint32_t)places[i % 7]);
        wr(r, TDBAL, (uint32_t)places[i / 7]);
        wr(r, TDT, (i * 3) % RING_SIZE);
        drain(r);
        wr(r, CTRL, 0x04000000);
    }
    nic_free(r);
}

/* Pieces that add up to more than any frame. */
static void cve_2015_3209(void)
{
    struct nic *r = nic_new(&e1000_class);

    e1000_open(r);
    for (unsigned i = 0; i < 200; i++) {
        e1000_send(r, TX_BUF, 0xffff, RS);
        drain(r);
    }
    e1000_send(r, TX_BUF, 100, EOP | RS);
    drain(r);
    make_frame(ram(r, TX_BUF), 100, nic_all, 0);
    e1000_send(r, TX_BUF, 100, EOP | RS);
    nic_loop();
    g_assert_cmpuint(r->sent->len, ==, 1);
    nic_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000-tx/segmentation", test_segmentation);
    g_test_add_func("/e1000-tx/checksums", test_checksums);
    g_test_add_func("/e1000-tx/wild-offsets", test_wild_offsets);
    g_test_add_func("/e1000-tx/cve_2012_6075", cve_2012_6075);
    g_test_add_func("/e1000-tx/cve_2015_3209", cve_2015_3209);
    g_test_add_func("/e1000-tx/cve_2015_6815", cve_2015_6815);
    g_test_add_func("/e1000-tx/cve_2016_1981", cve_2016_1981);
    g_test_add_func("/e1000-tx/cve_2017_9503", cve_2017_9503);
    g_test_add_func("/e1000-tx/cve_2020_28916", cve_2020_28916);
    g_test_add_func("/e1000-tx/cve_2021_20257", cve_2021_20257);
    g_test_add_func("/e1000-tx/cve_2021_3416", cve_2021_3416);
    return g_test_run();
}
