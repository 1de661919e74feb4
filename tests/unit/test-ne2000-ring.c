/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NE2000 receiver: filters, ring, overflow, counters, loopback. */
#include "tests/unit/ne2000-rig.h"

const struct device_class *const device_classes[] = {&ne2k_isa_class, &ne2k_pci_class, NULL};

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t other[6] = {0x02, 0, 0, 0, 0, 1};

static uint8_t curr(struct rig *r)
{
    return paged(r, 1, 7);
}

static void test_receive(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t f[600], got[600 + 8];
    uint32_t fcs;

    rig_open(r);
    out(r, 0xf, 0x01);
    make_frame(f, sizeof(f), rig_mac, 5);
    fcs = slow_fcs(f, sizeof(f));
    g_assert_true(link_deliver(r->link, f, sizeof(f)));
    g_assert_true(r->stub->level[9]);
    g_assert_cmphex(in(r, 7), ==, 0x01);
    g_assert_cmphex(in(r, 0xc), ==, 0x01);
    g_assert_cmphex(curr(r), ==, RX_START + 4);
    dma_get(r, (RX_START + 1) << 8, got, sizeof(got));
    g_assert_cmphex(got[0], ==, 0x01);
    g_assert_cmphex(got[1], ==, RX_START + 4);
    g_assert_cmpuint(got[2] | got[3] << 8, ==, 604);
    g_assert_cmpmem(got + 4, 600, f, 600);
    g_assert_cmpmem(got + 604, 4, &fcs, 4);
    out(r, 7, 0x01);
    g_assert_false(r->stub->level[9]);
    deliver(r, 60, rig_mac, 0); /* edge-driven users need the line to drop and rise */
    g_assert_cmpuint(r->stub->raised[9], ==, 2);
    rig_free(r);
}

/* How many pages a frame takes: header, data and FCS. */
static void test_pages_taken(void)
{
    static const struct {
        unsigned len, pages;
    } t[] = {{60, 1}, {248, 1}, {249, 2}, {504, 2}, {505, 3}, {1514, 6}};
    struct rig *r = rig_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(t); i++) {
        rig_open(r);
        deliver(r, t[i].len, rig_mac, 0);
        g_assert_cmpuint(curr(r), ==, RX_START + 1 + t[i].pages);
    }
    rig_free(r);
}

static bool accepted(struct rig *r, unsigned rcr, const uint8_t *dst, unsigned len)
{
    bool got;

    rig_open(r);
    out(r, 0xc, rcr);
    deliver(r, len, dst, 0);
    got = in(r, 7) & 1;
    if (got) {
        g_assert_cmphex(in(r, 0xc), ==, dst[0] & 1 ? 0x21 : 0x01);
    }
    return got;
}

static void test_filter(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t group[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};

    g_assert_true(accepted(r, 0x00, rig_mac, 60));
    g_assert_false(accepted(r, 0x00, other, 60));
    g_assert_true(accepted(r, 0x10, other, 60));
    g_assert_false(accepted(r, 0x00, broadcast, 60));
    g_assert_true(accepted(r, 0x04, broadcast, 60));
    g_assert_false(accepted(r, 0x14, group, 60)); /* promiscuous is for physical addresses */
    g_assert_false(accepted(r, 0x00, rig_mac, 59));
    g_assert_true(accepted(r, 0x02, rig_mac, 59)); /* AR */
    g_assert_false(accepted(r, 0x02, rig_mac, 13));
    g_assert_false(accepted(r, 0x1e, rig_mac, 1519));
    /* the address registers count, not the PROM */
    rig_open(r);
    for (unsigned i = 0; i < 6; i++) {
        set_paged(r, 1, 1 + i, other[i]);
    }
    deliver(r, 60, rig_mac, 0);
    g_assert_cmphex(in(r, 7), ==, 0);
    deliver(r, 60, other, 0);
    g_assert_cmphex(in(r, 7), ==, 1);
    rig_free(r);
}

/* The hash by the data sheet: CRC with the generator's high bit first, its top six bits. */
static unsigned slow_hash(const uint8_t *a)
{
    uint32_t crc = UINT32_MAX;

    for (unsigned i = 0; i < 6; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bool one = (crc >> 31 ^ a[i] >> bit) & 1;

            crc = crc << 1 ^ (one ? 0x04c11db7u : 0);
        }
    }
    return crc >> 26;
}

static void test_multicast(void)
{
    struct rig *r = rig_new(NULL);

    for (unsigned round = 0; round < 500; round++) {
        uint8_t group[6];
        unsigned hash;

        for (unsigned i = 0; i < 6; i++) {
            group[i] = (uint8_t)g_test_rand_int();
        }
        group[0] |= 1;
        hash = slow_hash(group);
        for (unsigned i = 0; i < 8; i++) {
            set_paged(r, 1, 8 + i, i == hash / 8 ? 1u << hash % 8 : 0);
        }
        g_assert_true(accepted(r, 0x08, group, 60));
        g_assert_false(accepted(r, 0x00, group, 60));
        for (unsigned i = 0; i < 8; i++) {
            set_paged(r, 1, 8 + i, i == hash / 8 ? ~(1u << hash % 8) & 0xff : 0xff);
        }
        g_assert_false(accepted(r, 0x08, group, 60));
    }
    rig_free(r);
}

/* Monitor mode: counted, not stored; the counter stops at C0h and clears when read. */
static void test_monitor(void)
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    out(r, 0xc, 0x24);
    out(r, 0xf, 0x20);
    for (unsigned i = 1; i <= 0x7f; i++) {
        deliver(r, 60, rig_mac, 0);
        deliver(r, 60, other, 0); /* not ours */
    }
    g_assert_cmphex(in(r, 7), ==, 0);
    deliver(r, 60, rig_mac, 0);
    g_assert_cmphex(in(r, 7), ==, 0x20);
    g_assert_true(r->stub->level[9]);
    g_assert_cmphex(in(r, 0xc), ==, 0x50); /* DIS, MPA */
    for (unsigned i = 0; i < 200; i++) {
        deliver(r, 60, rig_mac, 0);
    }
    g_assert_cmphex(in(r, 0xf), ==, 0xc0);
    g_assert_cmphex(in(r, 0xf), ==, 0);
    g_assert_cmphex(curr(r), ==, RX_START + 1);
    rig_free(r);
}

static void test_stopped(void)
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    out(r, 0, 0x21);
    g_assert_true(deliver(r, 60, rig_mac, 0));
    out(r, 0, 0x22);
    rig_loop();
    g_assert_cmphex(in(r, 7), ==, 0); /* nothing was kept */
    rig_free(r);
}

/* Fill the ring until nothing more fits. */
static unsigned fill(struct rig *r)
{
    unsigned n = 0;

    for (uint8_t before = curr(r);; n++) {
        deliver(r, 1514, rig_mac, n);
        if (curr(r) == before) {
            return n;
        }
        before = curr(r);
    }
}

/* DP8390D, "Buffer Ring Overflow": what the chip does, and the way back. */
static void recover(struct rig *r)
{
    out(r, 0, 0x21);
    set_word(r, 0xa, 0);
    g_assert_cmphex(in(r, 7) & 0x80, ==, 0x80);
    out(r, 0xd, 0x02);
    out(r, 0, 0x22);
    out(r, 3, curr(r) - 1); /* all read */
    out(r, 7, 0x10);
    out(r, 0xd, 0x00);
}

static void test_overflow_wire(void)
{
    struct rig *r = rig_wire();

    rig_open(r);
    out(r, 0xf, 0x10);
    g_assert_cmpuint(fill(r), ==, 8); /* 51 pages, six each */
    g_assert_true(r->stub->level[9]);
    g_assert_cmphex(in(r, 7) & 0x95, ==, 0x95); /* RST, OVW, RXE, PRX */
    g_assert_cmphex(in(r, 0xc) & 0x10, ==, 0x10);
    g_assert_cmphex(in(r, 0xf), ==, 1);
    out(r, 7, 0xff);
    g_assert_cmphex(in(r, 7), ==, 0x80); /* RST stands until a packet is removed */
    out(r, 3, curr(r) - 1);
    g_assert_cmphex(in(r, 7), ==, 0);
    deliver(r, 60, rig_mac, 0); /* emptied, but the receiver stays off */
    g_assert_cmphex(in(r, 7), ==, 0);
    g_assert_cmphex(in(r, 0xf), ==, 1);
    recover(r);
    deliver(r, 60, rig_mac, 0);
    g_assert_cmphex(in(r, 7), ==, 1);
    rig_free(r);
}

/* Linux' BNRY is one page behind what it reads next: PSTART - 1 protects the ring, too. */
static void test_boundary_before_start(void)
{
    struct rig *r = rig_wire();

    rig_open(r);
    out(r, 3, RX_START - 1);
    set_paged(r, 1, 7, RX_START);
    g_assert_cmpuint(fill(r), ==, 8);
    g_assert_cmphex(curr(r), ==, RX_START + 48);
    g_assert_cmphex(in(r, 7) & 0x10, ==, 0x10);
    rig_free(r);
}

/* The default: frames wait for the driver, so that a burst loses nothing. */
static void test_hold(void)
{
    struct rig *r = rig_new(NULL);
    unsigned got = 0;

    rig_open(r);
    for (unsigned i = 0; i < 100; i++) {
        g_assert_true(deliver(r, 1000, rig_mac, i));
    }
    for (uint8_t next = RX_START + 1; next != curr(r); got++) {
        uint8_t h[6 + 10];

        dma_get(r, next << 8, h, sizeof(h));
        g_assert_cmphex(h[15], ==, (11 * 7 + got) & 0xff); /* in order */
        out(r, 3, next);
        next = h[1];
        rig_loop();
    }
    g_assert_cmpuint(got, ==, 100);
    g_assert_cmphex(in(r, 7) & 0x10, ==, 0);
    rig_free(r);
}

/* Linux takes nine frames, then acknowledges: a frame that waits must call it again. */
static void test_hold_prx(void)
{
    struct rig *r = rig_new(NULL);
    unsigned raised;

    rig_open(r);
    out(r, 0xf, 0x3f);
    fill(r);
    raised = r->stub->raised[9];
    out(r, 7, 0x01);
    g_assert_cmphex(in(r, 7), ==, 0x01);
    g_assert_true(r->stub->level[9]);
    g_assert_cmpuint(r->stub->raised[9], ==, raised + 1); /* an edge */
    out(r, 3, RX_START + 1);                              /* one page is not enough */
    rig_loop();
    out(r, 7, 0xff);
    g_assert_cmphex(in(r, 7), ==, 0x01);
    out(r, 3, curr(r) - 1); /* all: it comes in */
    rig_loop();
    out(r, 3, curr(r) - 1);
    out(r, 7, 0x01);
    g_assert_cmphex(in(r, 7), ==, 0x00);
    rig_free(r);
}

/* A driver like Linux': reads nine, acknowledges, returns. What it has been called for. */
static unsigned read_nine(struct rig *r)
{
    unsigned got = 0;

    while (got < 9) {
        uint8_t page = (uint8_t)(in(r, 3) + 1u), h[4];

        page = page == RX_STOP ? RX_START : page;
        if (page == curr(r)) {
            break;
        }
        dma_get(r, page << 8, h, sizeof(h));
        out(r, 3, h[1] == RX_START ? RX_STOP - 1 : h[1] - 1u);
        got++;
    }
    out(r, 7, 0x45);
    return got;
}

/* A burst that comes at once is read to its end, by an edge for each call. */
static void burst_to_its_end(struct rig *r)
{
    unsigned raised;

    rig_open(r);
    out(r, 0xf, 0x3f);
    for (unsigned round = 0; round < 5; round++) {
        raised = r->stub->raised[9];
        for (unsigned i = 0; i < 30; i++) {
            deliver(r, 60, rig_mac, i);
        }
        for (unsigned left = 30; left; left -= left < 9 ? left : 9) {
            g_assert_true(r->stub->level[9]);
            raised++;
            g_assert_cmpuint(r->stub->raised[9], ==, raised);
            g_assert_cmpuint(read_nine(r), ==, left < 9 ? left : 9);
        }
        g_assert_cmphex(in(r, 7), ==, 0);
        g_assert_false(r->stub->level[9]);
    }
    rig_free(r);
}

static void test_burst(void)
{
    burst_to_its_end(rig_new(NULL));
}

static void test_burst_wire(void)
{
    burst_to_its_end(rig_wire());
}

/* A frame between the driver's last look and its acknowledgement. */
static void test_burst_race(void)
{
    struct rig *r = rig_wire();

    rig_open(r);
    out(r, 0xf, 0x3f);
    deliver(r, 60, rig_mac, 0);
    out(r, 3, curr(r) - 1);
    deliver(r, 60, rig_mac, 1);
    out(r, 7, 0x01);
    g_assert_cmphex(in(r, 7), ==, 0x01);
    g_assert_true(r->stub->level[9]);
    g_assert_cmpuint(read_nine(r), ==, 1);
    g_assert_false(r->stub->level[9]);
    rig_free(r);
}

/* Who acknowledges first and then reads all is called once; who reads nothing, not again. */
static void test_burst_acknowledged_first(void)
{
    struct rig *r = rig_new(NULL);
    unsigned raised;

    rig_open(r);
    out(r, 0xf, 0x3f);
    for (unsigned round = 0; round < 3; round++) {
        raised = r->stub->raised[9];
        for (unsigned i = 0; i < 30; i++) {
            deliver(r, 60, rig_mac, i);
        }
        out(r, 7, 0x01);
        g_assert_cmphex(in(r, 7), ==, 0);
        out(r, 3, curr(r) - 1);
        out(r, 7, 0x01);
        g_assert_cmphex(in(r, 7), ==, 0);
        g_assert_cmpuint(r->stub->raised[9], ==, raised + 1);
    }
    deliver(r, 60, rig_mac, 0);
    out(r, 3, in(r, 3)); /* then stop: nothing comes back while it is down, or of its past after */
    out(r, 0, 0x21);
    out(r, 7, 0x01);
    out(r, 0, 0x22);
    g_assert_cmphex(in(r, 7), ==, 0);
    rig_free(r);
}

/* Room is offered when half of the ring is free, or all; what has waited for long gets less. */
static void test_hold_room(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t full;

    rig_open(r);
    for (unsigned i = 0; i < 20; i++) {
        deliver(r, 1514, rig_mac, i);
    }
    full = curr(r);
    out(r, 3, RX_START + 12); /* two frames read, 13 pages free */
    rig_loop();
    g_assert_cmphex(curr(r), ==, full);
    out(r, 3, RX_START + 24); /* four */
    rig_loop();
    g_assert_cmphex(curr(r), !=, full);
    full = curr(r);
    out(r, 3, in(r, 3) + 12);
    rig_loop();
    g_assert_cmphex(curr(r), ==, full);
    clock_step(r->stub->board.clock, 101 * NS_PER_MS);
    rig_loop();
    g_assert_cmphex(curr(r), !=, full);
    g_assert_cmphex(in(r, 7) & 0x10, ==, 0); /* there was room */
    rig_free(r);
}

/* A driver that is stuck sees the overflow, once the hold is over; recovery loses one frame. */
static void test_hold_over(void)
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    fill(r);
    deliver(r, 100, rig_mac, 1);
    rig_loop();
    g_assert_cmphex(in(r, 7) & 0x10, ==, 0);
    clock_step(r->stub->board.clock, 99 * NS_PER_MS);
    rig_loop();
    g_assert_cmphex(in(r, 7) & 0x10, ==, 0);
    clock_step(r->stub->board.clock, 2 * NS_PER_MS);
    rig_loop();
    g_assert_cmphex(in(r, 7) & 0x90, ==, 0x90);
    g_assert_cmphex(in(r, 0xf), ==, 1);
    out(r, 7, 0xff);
    recover(r);
    rig_loop();
    g_assert_cmphex(in(r, 7), ==, 1);
    g_assert_cmphex(in(r, 0xf), ==, 0);
    /* a card that is reset forgets what waited */
    fill(r);
    rig_reset(r);
    rig_loop();
    rig_open(r);
    rig_loop();
    g_assert_cmphex(in(r, 7), ==, 0);
    rig_free(r);
}

/* The send-packet command: the packet at BNRY with its count, then BNRY moves on. */
static void test_send_packet(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t got[104];

    rig_open(r);
    out(r, 3, RX_START + 1);
    set_paged(r, 1, 7, RX_START + 1);
    deliver(r, 100, rig_mac, 2);
    deliver(r, 60, rig_mac, 3);
    out(r, 7, 0xff);
    out(r, 0, 0x1a);
    space_access(r->stub->board.ports, DATA, 2, 52, false, got);
    g_assert_cmphex(in(r, 7), ==, 0x40);
    g_assert_cmphex(in(r, 3), ==, RX_START + 2);
    g_assert_cmphex(got[1], ==, RX_START + 2);
    g_assert_cmpmem(got + 4, 6, rig_mac, 6);
    rig_free(r);
}

/* -- loopback: DP8390D section 12, AN-937 -- */

static void test_loopback(void)
{
    static const uint8_t tsr[4] = {0x03, 0x53, 0x43, 0x03};
    struct rig *r = rig_new(NULL);
    uint8_t *ram = r->core->s->ram;
    uint32_t fcs;

    rig_open(r);
    make_frame(ram, 64, rig_mac, 3);
    fcs = slow_fcs(ram, 60);
    for (unsigned mode = 1; mode <= 3; mode++) {
        loop_once(r, mode << 1, 60);
        g_assert_cmphex(in(r, 4), ==, tsr[mode]);
        g_assert_cmphex(in(r, 7), ==, 0x06);
        g_assert_cmphex(in(r, 0xc), ==, 0x02);
        g_assert_cmphex(in(r, 6), ==, 64); /* byte count, low, high, high */
        g_assert_cmphex(in(r, 6), ==, 0);
        g_assert_cmphex(in(r, 6), ==, 0);
        g_assert_cmphex(in(r, 6), ==, ram[59]);
        for (unsigned i = 0; i < 4; i++) {
            g_assert_cmphex(in(r, 6), ==, fcs >> (8 * i) & 0xff);
        }
    }
    g_assert_cmpuint(in(r, 0xe), ==, 3); /* CRC errors, counted */
    memcpy(ram + 60, &fcs, 4);
    loop_once(r, 3, 64); /* test A: ours, good */
    g_assert_cmphex(in(r, 0xc), ==, 0x01);
    ram[60] ^= 1;
    loop_once(r, 3, 64); /* test B: ours, bad */
    g_assert_cmphex(in(r, 0xc), ==, 0x02);
    ram[5] ^= 1;
    loop_once(r, 3, 64); /* test C: not ours, bad */
    g_assert_cmphex(in(r, 0xc), ==, 0x01);
    g_assert_cmphex(in(r, 7), ==, 0x02);
    g_assert_cmpuint(r->sent->len, ==, 0);
    /* a guest that polls for PTX and wants to be told of errors is told by its own read */
    ram[5] ^= 1;
    out(r, 0xf, 0x04);
    loop_once(r, 3, 64);
    g_assert_cmphex(in(r, 0), ==, 0x22);
    g_assert_true(r->stub->level[9]);
    g_assert_null(device_check(r->dev));
    out(r, 0xf, 0);
    g_assert_false(r->stub->level[9]);
    /* in word mode one byte lane takes part, BOS says which */
    out(r, 0, 0x21);
    for (unsigned bos = 0; bos < 2; bos++) {
        out(r, 0xe, 0x41u | bos << 1);
        out(r, 0xd, 0x02);
        out(r, 0, 0x22);
        send_one(r, 0x40, 120);
        wire_done(r);
        g_assert_cmphex(in(r, 6), ==, 64);
        in(r, 6);
        in(r, 6);
        g_assert_cmphex(in(r, 6), ==, ram[119 - bos]);
        for (unsigned i = 0; i < 4; i++) {
            in(r, 6);
        }
    }
    /* the receiver hears the transmitter: what comes from outside waits, or is lost */
    g_assert_true(deliver(r, 60, rig_mac, 0));
    g_assert_cmphex(curr(r), ==, RX_START + 1);
    out(r, 0xd, 0);
    out(r, 0xe, 0x49);
    rig_loop();
    g_assert_cmphex(curr(r), ==, RX_START + (r->core->hold_ns ? 2 : 1));
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_add("rx/frame", test_receive);
    rig_add("rx/pages", test_pages_taken);
    rig_add("rx/filter", test_filter);
    rig_add("rx/multicast", test_multicast);
    rig_add("rx/monitor", test_monitor);
    rig_add("rx/stopped", test_stopped);
    rig_add("rx/overflow-wire", test_overflow_wire);
    rig_add("rx/boundary-before-start", test_boundary_before_start);
    rig_add("rx/hold", test_hold);
    rig_add("rx/hold-prx", test_hold_prx);
    rig_add("rx/burst", test_burst);
    rig_add("rx/burst-wire", test_burst_wire);
    rig_add("rx/burst-race", test_burst_race);
    rig_add("rx/burst-acknowledged-first", test_burst_acknowledged_first);
    rig_add("rx/hold-room", test_hold_room);
    rig_add("rx/hold-over", test_hold_over);
    rig_add("rx/send-packet", test_send_packet);
    rig_add("loopback", test_loopback);
    return g_test_run();
}
