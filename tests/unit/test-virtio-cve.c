/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtio: what broke other models of the queues and of the network card, one test each. */
#include "tests/unit/virtio-rig.h"

const struct device_class *const device_classes[] = {&virtio_net_class, NULL};

/* It stopped, said so, and comes back by a reset. */
static void must_be_broken(struct nic *r)
{
    g_assert_cmpuint(net_state(r)->virtio.broken, ==, 1);
    g_assert_cmphex(mem_in(r, COMMON(0x14), 1) & 0x40, ==, 0x40);
    g_assert_true(r->irq);
    g_assert_cmphex(mem_in(r, ISR_REG, 1) & 2, ==, 2);
    g_assert_null(device_check(r->dev));
    nic_save_load(r);
    modern_open(r, F_MAC | F_CTRL | F_CTRL_RX | F_INDIRECT);
    g_assert_cmpuint(net_state(r)->virtio.broken, ==, 0);
}

static struct nic *open_card(void)
{
    struct nic *r = nic_new(&virtio_net_class);

    modern_open(r, F_MAC | F_CTRL | F_CTRL_RX | F_INDIRECT);
    return r;
}

static void modern_notify(struct nic *r, unsigned q)
{
    mem_out(r, NOTIFY(q), 2, q);
    nic_loop();
}

/* Queue sizes and places in a saved state that no driver can make. */
static void cve_2013_4149(void)
{
    static const uint16_t sizes[] = {3, 255, 512, 1024, 0x8000, 0xffff};
    struct nic *r = open_card();
    struct virtio_net_state *s = net_state(r);

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        s->queue[RX].size = sizes[i];
        g_assert_cmpstr(device_check(r->dev), ==, "queue.size");
    }
    s->queue[RX].size = 0;
    g_assert_cmpstr(device_check(r->dev), ==, "queue.size");
    s->queue[RX].size = 256;
    s->unicast = 40; /* CVE-2013-4149: a table longer than its room */
    s->multicast = 25;
    g_assert_cmpstr(device_check(r->dev), ==, "unicast");
    s->unicast = s->multicast = 0;
    s->virtio.features |= 1; /* never offered */
    g_assert_cmpstr(device_check(r->dev), ==, "virtio.features");
    s->virtio.features &= ~UINT64_C(1);
    nic_free(r);
}

/* The table of addresses: counts that are not there, that wrap, that are many. */
static void cve_2014_0150(void)
{
    static const uint32_t counts[] = {0,          1,          63,         64,         65,
                                      1000,       0x2aaaaaab, 0x55555556, 0x7fffffff, 0x80000000,
                                      0xaaaaaaab, 0xfffffffe, 0xffffffff};
    struct nic *r = open_card();

    for (unsigned i = 0; i < G_N_ELEMENTS(counts) * G_N_ELEMENTS(counts); i++) {
        uint32_t first = counts[i % G_N_ELEMENTS(counts)];
        uint32_t second = counts[i / G_N_ELEMENTS(counts)];
        uint8_t data[4 + 6 * 1000 + 4 + 6 * 1000];
        unsigned fits = first <= 1000 ? 4 + first * 6 : 10;
        unsigned len = fits + 4 + (second <= 1000 ? second * 6 : 10);

        memset(data, 2, sizeof(data));
        put32(data, first);
        put32(data + fits, second);
        memcpy(ram(r, 0x60000), (const uint8_t[]){1, 0}, 2);
        memcpy(ram(r, 0x60002), data, len);
        set_desc(r, CTRL, 0, 0x60000, 2 + len, D_NEXT, 1);
        set_desc(r, CTRL, 1, 0x50000, 1, D_WRITE, 0);
        offer_chain(r, CTRL, 0);
        modern_notify(r, CTRL);
        g_assert_cmpuint(*ram(r, 0x50000), ==, !(first <= 1000 && second <= 1000));
        g_assert_null(device_check(r->dev));
        g_assert_cmpuint(net_state(r)->unicast + net_state(r)->multicast, <=, 64);
    }
    nic_free(r);
}

/* Without merged buffers a frame longer than the buffer: it is dropped, and life goes on. */
static void cve_2015_7295(void)
{
    struct nic *r = open_card();

    give_buffers(r, 0, 2, 200);
    for (unsigned i = 0; i < 100; i++) {
        g_assert_true(deliver(r, 1514, nic_mac, i));
    }
    g_assert_cmpuint(used_index(r, RX), ==, 0);
    g_assert_true(deliver(r, 100, nic_mac, 0));
    g_assert_cmpuint(used_index(r, RX), ==, 1);
    nic_free(r);
}

/* Descriptors of no length: chains of nothing but these, in every queue. */
static void cve_2016_6490(void)
{
    for (unsigned q = 0; q < 3; q++) {
        struct nic *r = open_card();

        for (unsigned i = 0; i < 60; i++) {
            set_desc(r, q, i, BUFFERS, 0, (i < 59 ? D_NEXT : 0) | (q == RX ? D_WRITE : 0), i + 1);
        }
        offer_chain(r, q, 0);
        modern_notify(r, q);
        deliver(r, 100, nic_mac, 0);
        must_be_broken(r);
        nic_free(r);
    }
}

/* Chains that never end, or lead outside, or nest tables. */
static void descriptor_loops(void)
{
    static const struct {
        uint32_t len;
        unsigned flags, next;
    } bad[] = {
        {64, D_NEXT, 0},   /* itself */
        {64, D_NEXT, 256}, /* outside */
        {64, D_NEXT, 0xffff},
        {0, D_INDIRECT, 0}, /* a table of nothing */
        {15, D_INDIRECT, 0},
        {16 * 1025, D_INDIRECT, 0},
        {0xfffffff0, D_INDIRECT, 0},
        {64, D_INDIRECT | D_NEXT, 1},
        {64, D_INDIRECT, 0},       /* whose table is another */
        {64, D_NEXT | D_WRITE, 1}, /* readable after writable */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct nic *r = open_card();

        set_desc(r, TX, 0, q_desc(TX) + 16, bad[i].len, bad[i].flags, bad[i].next);
        set_desc(r, TX, 1, 0x1000, 64, bad[i].flags & D_WRITE ? 0 : D_INDIRECT, 0);
        offer_chain(r, TX, 0);
        modern_notify(r, TX);
        must_be_broken(r);
        nic_free(r);
    }
}

/* Indices that jump, heads outside. */
static void wild_indices(void)
{
    struct nic *r = open_card();

    put16(ram(r, q_avail(TX) + 2), 257);
    modern_notify(r, TX);
    must_be_broken(r);
    put16(ram(r, q_avail(RX) + 2), 0xffff);
    deliver(r, 100, nic_mac, 0);
    must_be_broken(r);
    offer_chain(r, TX, 256);
    modern_notify(r, TX);
    must_be_broken(r);
    mem_out(r, NOTIFY(3), 2, 3); /* queues that are not there */
    mem_out(r, MEM_BASE + 0x3ffc, 4, 0xffffffff);
    io_out(r, 16, 2, 0xffff);
    nic_free(r);
}

/* Queues in places that are not RAM, at the end of it, in each other and in the card itself. */
static void cve_2021_20203(void)
{
    static const uint64_t places[] = {0,
                                      1,
                                      NIC_RAM - 1,
                                      NIC_RAM - 64,
                                      NIC_RAM,
                                      NIC_MEM,
                                      NIC_MEM + MEM_BASE + 0x3000,
                                      UINT64_MAX,
                                      UINT64_MAX - 4095,
                                      0x10000};

    for (unsigned i = 0; i < 1000; i++) {
        struct nic *r = nic_new(&virtio_net_class);

        mem_out(r, COMMON(8), 4, 1);
        mem_out(r, COMMON(0xc), 4, 1);
        mem_out(r, COMMON(0x14), 1, 0xb);
        for (unsigned q = 0; q < 3; q++) {
            mem_out(r, COMMON(0x16), 2, q);
            mem_out(r, COMMON(0x18), 2, 1u << i % 9);
            mem_out(r, COMMON(0x20), 8, places[i % 10]);
            mem_out(r, COMMON(0x28), 8, places[i / 10 % 10]);
            mem_out(r, COMMON(0x30), 8, places[i / 100 % 10]);
            mem_out(r, COMMON(0x1c), 2, 1);
        }
        memset(ram(r, 0x10000), (int)i, 4096);
        mem_out(r, COMMON(0x14), 1, 0xf);
        for (unsigned q = 0; q < 3; q++) {
            modern_notify(r, q);
        }
        deliver(r, 100, nic_mac, 0);
        clock_step(r->stub->board.clock, NS_PER_SEC);
        nic_loop();
        g_assert_null(device_check(r->dev));
        nic_free(r);
    }
}

/* Merged buffers that lie over each other, over the header's count, and over the queue. */
static void cve_2021_3748(void)
{
    struct nic *r = nic_new(&virtio_net_class);

    for (unsigned size = 1; size < 400; size = size * 3 / 2 + 1) {
        modern_open(r, F_MAC | F_MRG);
        for (unsigned i = 0; i < 255; i++) {
            uint64_t at = i % 3 == 0 ? BUFFERS : i % 3 == 1 ? q_used(RX) : NIC_MEM + MEM_BASE;

            set_desc(r, RX, i, at, size, D_WRITE, 0);
            offer_chain(r, RX, i);
        }
        deliver(r, 1514, nic_mac, 0);
        deliver(r, 60, nic_mac, 0);
        nic_loop();
        g_assert_null(device_check(r->dev));
    }
    modern_open(r, F_MAC | F_MRG); /* one-byte buffers: more than a frame may take */
    give_buffers(r, 0, 200, 1);
    g_assert_true(deliver(r, 1514, nic_mac, 0));
    g_assert_cmpuint(used_index(r, RX), ==, 0);
    g_assert_cmpuint(net_state(r)->queue[RX].next, ==, 0);
    nic_free(r);
}

/* Commands without room for the answer, answers without a command. */
static void short_chains(void)
{
    struct nic *r = open_card();

    set_desc(r, CTRL, 0, BUFFERS, 8, 0, 0);
    offer_chain(r, CTRL, 0);
    modern_notify(r, CTRL);
    must_be_broken(r);
    set_desc(r, CTRL, 0, BUFFERS, 8, D_WRITE, 0);
    offer_chain(r, CTRL, 0);
    modern_notify(r, CTRL);
    must_be_broken(r);
    set_desc(r, TX, 0, BUFFERS, 11, 0, 0); /* less than a header */
    offer_chain(r, TX, 0);
    modern_notify(r, TX);
    must_be_broken(r);
    set_desc(r, TX, 0, 0, 0xffffffff, D_NEXT, 1); /* far more than a frame */
    set_desc(r, TX, 1, 0, 0xffffffff, 0, 0);
    offer_chain(r, TX, 0);
    modern_notify(r, TX);
    g_assert_cmpuint(used_index(r, TX), ==, 1);
    g_assert_cmpuint(r->sent->len, ==, 0);
    nic_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-cve/cve_2013_4149", cve_2013_4149);
    g_test_add_func("/virtio-cve/cve_2014_0150", cve_2014_0150);
    g_test_add_func("/virtio-cve/cve_2015_7295", cve_2015_7295);
    g_test_add_func("/virtio-cve/descriptor_loops", descriptor_loops);
    g_test_add_func("/virtio-cve/cve_2016_6490", cve_2016_6490);
    g_test_add_func("/virtio-cve/wild_indices", wild_indices);
    g_test_add_func("/virtio-cve/cve_2021_20203", cve_2021_20203);
    g_test_add_func("/virtio-cve/cve_2021_3748", cve_2021_3748);
    g_test_add_func("/virtio-cve/short_chains", short_chains);
    return g_test_run();
}
