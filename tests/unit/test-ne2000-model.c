/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The NE2000 beside a reference model: a second, slow and simple description of the ring, the
 * filters, the counters and remote DMA, a byte at a time, that shares nothing with the device. Both
 * get the same random operations and must show the same. NE2000_OPS: how many for each card (half a
 * million).
 */
#include "tests/unit/ne2000-rig.h"

#include <stdlib.h>

const struct device_class *const device_classes[] = {&ne2k_isa_class, &ne2k_pci_class, NULL};

enum { PRX = 0x01, RXE = 0x04, OVW = 0x10, CNT = 0x20, RDC = 0x40, RST = 0x80 };
enum { IDLE, READ, WRITE };

struct model {
    uint8_t cell[65536]; /* as remote DMA sees it */
    unsigned start, stop, bnry, curr, rcr, isr, rsr, missed;
    uint8_t par[6], mar[8];
    bool stopped, off, full, reading;
    unsigned rsar, rbcr, dma, next;
    bool words, sending;
};

static uint32_t crc_of[256];

/* A byte at a time; as slow_fcs(), which checks it. */
static uint32_t model_fcs(const uint8_t *p, unsigned len)
{
    uint32_t crc = UINT32_MAX;

    while (len--) {
        crc = crc >> 8 ^ crc_of[(crc ^ *p++) & 0xff];
    }
    return ~crc;
}

static void make_crc(void)
{
    uint8_t probe[64];

    for (unsigned i = 0; i < 256; i++) {
        crc_of[i] = i;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc_of[i] = crc_of[i] & 1 ? crc_of[i] >> 1 ^ 0xedb88320u : crc_of[i] >> 1;
        }
    }
    make_frame(probe, sizeof(probe), rig_mac, 99);
    g_assert_cmphex(model_fcs(probe, sizeof(probe)), ==, slow_fcs(probe, sizeof(probe)));
}

static unsigned any(unsigned below)
{
    return (unsigned)g_test_rand_int_range(0, (int32_t)below);
}

/* -- the model -- */

static void poke(struct model *m, unsigned at, unsigned value)
{
    if (at & 0x4000) { /* 16 KiB, twice */
        m->cell[at] = m->cell[at ^ 0x8000] = (uint8_t)value;
    }
}

static unsigned next_page(const struct model *m, unsigned page)
{
    page = (page + 1) % 256;
    return page == m->stop ? m->start : page;
}

static unsigned boundary(const struct model *m)
{
    return (m->bnry + 1) % 256 == m->start ? (m->stop + 255) % 256 : m->bnry;
}

static void give_back(struct model *m, unsigned page)
{
    m->bnry = page;
    m->full = false;
    m->reading = m->isr & PRX;
}

static void put(struct model *m, unsigned *at, unsigned value)
{
    poke(m, *at, value);
    *at = *at % 256 == 255 ? next_page(m, *at / 256) * 256 : *at + 1;
}

static void miss(struct model *m)
{
    if (m->missed < 0xc0) {
        m->missed++;
    }
    m->isr |= m->missed & 0x80 ? CNT : 0;
}

static unsigned hash_of(const uint8_t *a)
{
    uint32_t crc = UINT32_MAX;

    for (unsigned i = 0; i < 48; i++) {
        bool one = (crc >> 31 ^ a[i / 8] >> i % 8) & 1;

        crc = crc << 1 ^ (one ? 0x04c11db7u : 0);
    }
    return crc >> 26;
}

static bool wanted(const struct model *m, const uint8_t *f, unsigned len)
{
    bool broadcast = memcmp(f, "\xff\xff\xff\xff\xff\xff", 6) == 0;
    unsigned hash = hash_of(f);

    if (len < 60 && !(m->rcr & 0x02)) {
        return false;
    }
    if (broadcast && m->rcr & 0x04) {
        return true;
    }
    if (f[0] & 1) {
        return m->rcr & 0x08 && m->mar[hash / 8] >> hash % 8 & 1;
    }
    return m->rcr & 0x10 || memcmp(f, m->par, 6) == 0;
}

static void receive(struct model *m, const uint8_t *f, unsigned len)
{
    unsigned page = m->curr, at = m->curr * 256, group = f[0] & 1 ? 0x20 : 0;
    unsigned bnry = boundary(m);
    uint32_t fcs;

    if (len < 14 || len > 1518 || m->stopped || !wanted(m, f, len)) {
        return;
    }
    if (m->off || m->rcr & 0x20) {
        m->rsr = 0x10 | group;
        miss(m);
        return;
    }
    for (int left = (int)len + 8; left > 0; left -= 256) {
        page = next_page(m, page);
        if (page == bnry) {
            m->rsr = 0x10 | group;
            m->isr |= OVW | RXE;
            m->off = m->full = true;
            miss(m);
            return;
        }
    }
    fcs = model_fcs(f, len);
    m->rsr = 0x01 | group;
    put(m, &at, m->rsr);
    put(m, &at, page);
    put(m, &at, (len + 4) % 256);
    put(m, &at, (len + 4) / 256);
    for (unsigned i = 0; i < len; i++) {
        put(m, &at, f[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        put(m, &at, fcs >> 8 * i & 0xff);
    }
    m->curr = page;
    m->isr |= PRX;
}

static void remote_end(struct model *m)
{
    m->dma = IDLE;
    m->isr |= RDC;
    if (m->sending) {
        m->sending = false;
        give_back(m, m->next);
    }
}

/* One cycle at the data port: what it reads, or takes value. */
static unsigned remote_cycle(struct model *m, unsigned want, unsigned value)
{
    unsigned step = m->words ? 2 : 1, got = 0;

    if (m->dma != want || m->rbcr == 0) {
        return m->words ? 0xffff : 0xff;
    }
    m->rsar -= m->rsar % step;
    for (unsigned i = 0; i < step; i++) {
        if (want == READ) {
            got |= (unsigned)m->cell[m->rsar + i] << 8 * i;
        } else {
            poke(m, m->rsar + i, value >> 8 * i & 0xff);
        }
    }
    m->rsar = (m->rsar + step) % 65536;
    m->rsar = m->rsar == m->stop * 256 ? m->start * 256 : m->rsar;
    m->rbcr -= m->rbcr < step ? m->rbcr : step;
    if (m->rbcr == 0) {
        remote_end(m);
    }
    return got;
}

static void remote_start(struct model *m, unsigned want)
{
    m->dma = want;
    if (m->rbcr == 0) {
        remote_end(m);
    }
}

/* -- operations, on both -- */

static void op_frame(struct rig *r, struct model *m, unsigned op)
{
    static const uint8_t far[6] = {0x02, 0, 0, 0, 0, 9};
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t group[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, (uint8_t)any(16)};
    unsigned kind = any(16), size = any(16);
    unsigned len = size == 0 ? 1 + any(1600) : size < 3 ? 60 + any(1455) : 60 + any(300);
    uint8_t f[2048];

    make_frame(f, len < 6 ? 6 : len,
               kind == 0   ? far
               : kind == 1 ? all
               : kind < 4  ? group
                           : m->par,
               op);
    g_assert_true(link_deliver(r->link, f, len));
    receive(m, f, len);
}

/* Remote DMA of some bytes, in one burst or in cycles, more or fewer than the count. */
static void transfer(struct rig *r, struct model *m, unsigned want)
{
    unsigned width = m->words ? 2 : 1, cycles = 1 + any(40);
    uint8_t buf[80], mine[80];

    for (unsigned i = 0; i < cycles * width; i++) {
        buf[i] = (uint8_t)(i * 11 + m->rsar);
    }
    for (unsigned i = 0; i < cycles; i++) {
        unsigned v = m->words ? buf[2 * i] | (unsigned)buf[2 * i + 1] << 8 : buf[i];

        v = remote_cycle(m, want, v);
        mine[i * width] = (uint8_t)v;
        mine[i * width + width - 1] = (uint8_t)(v >> 8 * (width - 1));
    }
    if (cycles % 2) {
        space_access(r->stub->board.ports, DATA, width, cycles, want == WRITE, buf);
    } else {
        for (unsigned i = 0; i < cycles; i++) {
            space_access(r->stub->board.ports, DATA, width, 1, want == WRITE, buf + i * width);
        }
    }
    if (want == READ) {
        g_assert_cmpmem(buf, cycles * width, mine, cycles * width);
    }
}

static void op_remote(struct rig *r, struct model *m)
{
    unsigned want = any(2) ? READ : WRITE;

    m->words = any(3) != 0;
    out(r, 0xe, 0x48u | m->words);
    m->rsar = any(4) ? m->start * 256 + any(65536 - 255 * 256) : any(65536);
    m->rsar = any(4) ? m->rsar : (m->stop * 256 + 65536 - any(64)) % 65536;
    m->rbcr = any(90);
    dma_setup(r, m->rsar, m->rbcr, want == READ ? 0x0a : 0x12);
    m->stopped = false;
    m->sending = false;
    remote_start(m, want);
    transfer(r, m, any(16) ? want : WRITE + READ - want);
}

static void op_send_packet(struct rig *r, struct model *m)
{
    m->rsar = m->bnry * 256;
    m->next = m->cell[m->rsar + 1];
    m->rbcr = m->cell[m->rsar + 2] | (unsigned)m->cell[m->rsar + 3] << 8;
    m->sending = true;
    out(r, 0, m->stopped ? 0x19 : 0x1a);
    remote_start(m, READ);
    transfer(r, m, READ);
}

/* As a driver: the header at the next page, then BNRY follows. */
static void op_read_frame(struct rig *r, struct model *m)
{
    unsigned page = next_page(m, m->bnry);
    uint8_t h[4];

    if (page == m->curr) {
        return;
    }
    m->words = true;
    out(r, 0xe, 0x49);
    m->rsar = page * 256;
    m->rbcr = 4;
    dma_setup(r, m->rsar, 4, 0x0a);
    m->stopped = m->sending = false;
    remote_start(m, READ);
    space_access(r->stub->board.ports, DATA, 2, 2, false, h);
    for (unsigned i = 0; i < 4; i += 2) {
        g_assert_cmphex(remote_cycle(m, READ, 0), ==, h[i] | h[i + 1] << 8);
    }
    give_back(m, (h[1] == m->start ? m->stop - 1 : h[1] - 1u) % 256);
    out(r, 3, m->bnry);
}

static void op_filters(struct rig *r, struct model *m)
{
    m->rcr = any(4) ? 0x0c : any(64);
    out(r, 0xc, m->rcr);
    for (unsigned i = 0; i < 8; i++) {
        m->mar[i] = (uint8_t)any(256);
        set_paged(r, 1, 8 + i, m->mar[i]);
    }
    m->par[5] = (uint8_t)any(3);
    set_paged(r, 1, 6, m->par[5]);
}

/* PRX comes back while a driver that reads has not read all. */
static void op_acknowledge(struct rig *r, struct model *m)
{
    unsigned mask = any(256);
    bool unread = m->curr != boundary(m) && m->curr != next_page(m, boundary(m));

    m->isr &= ~mask;
    if (mask & PRX) {
        m->isr |= m->reading && !m->stopped && unread ? PRX : 0;
        m->reading = false;
    }
    out(r, 7, mask);
    g_assert_cmphex(in(r, 0xf), ==, m->missed);
    m->missed = 0;
}

static void op_stop(struct rig *r, struct model *m)
{
    out(r, 0, 0x21);
    m->stopped = true;
    m->dma = IDLE;
    m->sending = false;
    if (any(4)) {
        out(r, 0, 0x22);
        m->stopped = m->off = m->full = false;
    }
}

static void op_ring(struct rig *r, struct model *m)
{
    bool sane = any(4) != 0;

    m->start = sane ? 0x40 + any(0x20) : any(256);
    m->stop = sane ? 0x68 + any(0x19) : any(256);
    give_back(m, sane ? m->start : any(256));
    m->curr = sane ? m->start + 1 : any(256);
    out(r, 0, 0x21);
    out(r, 1, m->start);
    out(r, 2, m->stop);
    out(r, 3, m->bnry);
    set_paged(r, 1, 7, m->curr);
    out(r, 0, 0x22);
    m->dma = IDLE;
    m->sending = m->stopped = m->off = m->full = false;
}

/* A start by the way, as the command of remote DMA gives one, ends an overflow too. */
static void op_any(struct rig *r, struct model *m, unsigned op)
{
    unsigned kind = any(64);
    bool was = m->stopped;

    if (kind < 40) {
        op_frame(r, m, op);
    } else if (kind < 52) {
        op_read_frame(r, m);
    } else if (kind < 56) {
        op_remote(r, m);
    } else if (kind < 58) {
        op_filters(r, m);
    } else if (kind < 60) {
        op_acknowledge(r, m);
    } else if (kind < 61) {
        op_send_packet(r, m);
    } else if (kind < 63) {
        op_stop(r, m);
    } else if (any(8) == 0) {
        op_ring(r, m);
    }
    if (was && !m->stopped) {
        m->off = m->full = false;
    }
}

static void compare(struct rig *r, const struct model *m, bool whole)
{
    g_assert_cmphex(in(r, 0xc), ==, m->rsr | (m->rcr & 0x20 ? 0x40 : 0));
    g_assert_cmphex(in(r, 7), ==, m->isr | (m->stopped || m->full ? RST : 0));
    g_assert_cmphex(in(r, 3), ==, m->bnry);
    g_assert_cmphex(in(r, 8) | in(r, 9) << 8, ==, m->rsar);
    g_assert_cmphex(r->core->s->curr, ==, m->curr);
    if (whole) {
        g_assert_cmphex(paged(r, 1, 7), ==, m->curr);
        g_assert_cmpmem(r->core->s->ram, NE2000_RAM, m->cell + 0x4000, NE2000_RAM);
        g_assert_null(device_check(r->dev));
    }
}

static void test_model(void)
{
    const char *text = getenv("NE2000_OPS");
    unsigned long ops = text ? strtoul(text, NULL, 0) : 500000;
    struct rig *r = rig_wire();
    struct model *m = g_new0(struct model, 1);

    for (unsigned i = 0; i < 65536; i++) {
        m->cell[i] = i & 0x4000 ? 0 : r->core->prom[i % 32];
    }
    memcpy(m->par, rig_mac, 6);
    m->rcr = 0x04;
    m->words = true;
    rig_open(r);
    op_ring(r, m);
    for (unsigned long i = 0; i < ops; i++) {
        op_any(r, m, (unsigned)i);
        compare(r, m, i % 64 == 0);
    }
    g_free(m);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    make_crc();
    rig_add("model", test_model);
    return g_test_run();
}
