/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bus: dispatch, widths, priorities, blocks, the flat memory map and its differences. */
#include "tests/unit/stub-board.h"

#include <string.h>

struct probe {
    struct device dev;
    struct region region;
    uint8_t cells[64];
    unsigned reads, writes, blocks;
    unsigned widths; /* OR of widths seen */
    bool locked;     /* the lock was held in every call */
};

static const struct device_class probe_class = {.name = "probe", .size = sizeof(struct probe)};
const struct device_class *const device_classes[] = {&probe_class, NULL};

static uint64_t probe_read(void *opaque, uint64_t offset, unsigned width)
{
    struct probe *p = opaque;
    uint64_t v = 0;

    p->reads++;
    p->widths |= width;
    p->locked = p->locked && lock_held(p->dev.lock);
    g_assert_cmpuint(offset + width, <=, p->region.size);
    memcpy(&v, p->cells + offset % 64, MIN(width, 64 - offset % 64));
    return v;
}

static void probe_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct probe *p = opaque;

    p->writes++;
    p->widths |= width;
    p->locked = p->locked && lock_held(p->dev.lock);
    g_assert_cmpuint(offset + width, <=, p->region.size);
    memcpy(p->cells + offset % 64, &value, MIN(width, 64 - offset % 64));
}

/* Serves at most three elements a call, so that the loop behind it is exercised. */
static uint32_t probe_read_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                 void *buf)
{
    struct probe *p = opaque;
    uint32_t n = MIN(count, 3);

    (void)offset;
    p->blocks++;
    memset(buf, 0x5a, (size_t)n * width);
    return n;
}

static const struct region_ops byte_ops = {.read = probe_read, .write = probe_write};
static const struct region_ops block_ops = {
    .read = probe_read, .write = probe_write, .read_block = probe_read_block, .impl = 1 | 2};
static const struct region_ops dword_ops = {
    .read = probe_read, .write = probe_write, .valid = 1 | 2 | 4, .impl = 4};
static const struct region_ops strict_ops = {
    .read = probe_read, .write = probe_write, .valid = 4, .impl = 4};

static struct probe *probe_new(const struct region_ops *ops, uint64_t size, int prio)
{
    struct probe *p = (struct probe *)(void *)device_new(&probe_class, NULL);

    p->region = (struct region){.name = "probe", .ops = ops, .size = size, .prio = prio};
    p->region.dev = &p->dev;
    p->region.opaque = p;
    p->locked = true;
    return p;
}

static void test_open_bus(void)
{
    struct stub *s = stub_new(0);

    for (unsigned port = 0; port < 65536; port++) {
        g_assert_cmphex(space_read(s->board.ports, port, 1), ==, 0xff);
        g_assert_cmphex(space_read(s->board.ports, port, 2), ==, 0xffff);
        g_assert_cmphex(space_read(s->board.ports, port, 4), ==, 0xffffffff);
        space_write(s->board.ports, port, 1, 0);
        space_write(s->board.ports, port, 2, 0);
        space_write(s->board.ports, port, 4, 0);
    }
    g_assert_cmphex(space_read(s->board.mem, 0, 8), ==, UINT64_MAX);
    g_assert_cmphex(space_read(s->board.mem, UINT64_MAX - 2, 8), ==, UINT64_MAX);
    stub_free(s);
}

static void test_bad_width(void)
{
    struct stub *s = stub_new(4096);
    uint8_t buf[64];

    memset(buf, 0, sizeof(buf));
    g_assert_cmphex(space_read(s->board.ports, 0, 3), ==, UINT64_MAX);
    space_write(s->board.mem, 0, 5, 1);
    space_access(s->board.mem, 0, 3, 2, false, buf);
    for (int i = 0; i < 6; i++) {
        g_assert_cmphex(buf[i], ==, 0xff);
    }
    space_access(s->board.mem, 0, 0, 7, false, buf);
    space_access(s->board.ports, 0, 16, 1, true, buf);
    stub_free(s);
}

static void test_split(void)
{
    struct stub *s = stub_new(0);
    struct probe *p = probe_new(&byte_ops, 4, PRIO_FIXED);

    g_assert_true(space_map(s->board.ports, &p->region, 0x60, NULL));
    space_write(s->board.ports, 0x60, 4, 0x44332211);
    g_assert_cmpuint(p->writes, ==, 4);
    g_assert_cmpuint(p->widths, ==, 1);
    g_assert_cmphex(space_read(s->board.ports, 0x60, 4), ==, 0x44332211);
    /* half on the region, half on open bus */
    g_assert_cmphex(space_read(s->board.ports, 0x62, 4), ==, 0xffff4433);
    g_assert_cmphex(space_read(s->board.ports, 0x5f, 2), ==, 0x11ff);
    g_assert_true(p->locked);
    /* the port space wraps */
    space_unmap(&p->region);
    g_assert_true(space_map(s->board.ports, &p->region, 0, NULL));
    g_assert_cmphex(space_read(s->board.ports, 0xffff, 2), ==, 0x11ff);
    space_unmap(&p->region);
    device_free(&p->dev);
    stub_free(s);
}

static void test_widen(void)
{
    struct stub *s = stub_new(0);
    struct probe *p = probe_new(&dword_ops, 8, PRIO_FIXED);
    struct probe *q = probe_new(&strict_ops, 4, PRIO_FIXED);

    g_assert_true(space_map(s->board.mem, &p->region, 0x1000, NULL));
    space_write(s->board.mem, 0x1000, 4, 0x44332211);
    g_assert_cmphex(space_read(s->board.mem, 0x1001, 1), ==, 0x22);
    g_assert_cmphex(space_read(s->board.mem, 0x1002, 2), ==, 0x4433);
    space_write(s->board.mem, 0x1001, 1, 0xaa); /* its neighbours stay */
    g_assert_cmphex(space_read(s->board.mem, 0x1000, 4), ==, 0x4433aa11);
    g_assert_cmpuint(p->widths, ==, 4);

    g_assert_true(space_map(s->board.ports, &q->region, 0xcf8, NULL));
    space_write(s->board.ports, 0xcf8, 4, 0x80000000);
    space_write(s->board.ports, 0xcf9, 1, 0x06); /* not decoded: open bus */
    space_write(s->board.ports, 0xcf8, 2, 0);
    g_assert_cmpuint(q->writes, ==, 1);
    g_assert_cmphex(space_read(s->board.ports, 0xcf8, 1), ==, 0xff);
    g_assert_cmphex(space_read(s->board.ports, 0xcf8, 4), ==, 0x80000000);
    space_unmap(&p->region);
    space_unmap(&q->region);
    device_free(&p->dev);
    device_free(&q->dev);
    stub_free(s);
}

static void test_overlap(void)
{
    struct stub *s = stub_new(0);
    struct probe *a = probe_new(&byte_ops, 8, PRIO_FIXED);
    struct probe *b = probe_new(&byte_ops, 8, PRIO_FIXED);
    struct probe *c = probe_new(&byte_ops, 2, PRIO_OVERLAY);
    g_autoptr(GError) error = NULL;

    a->region.name = "alpha";
    b->region.name = "beta";
    memset(a->cells, 0xa0, 64);
    memset(c->cells, 0xc0, 64);
    g_assert_true(space_map(s->board.ports, &a->region, 0x300, NULL));
    g_assert_false(space_map(s->board.ports, &b->region, 0x307, &error));
    g_assert_nonnull(strstr(error->message, "alpha"));
    g_assert_nonnull(strstr(error->message, "beta"));
    g_assert_false(region_mapped(&b->region));
    g_clear_error(&error);
    g_assert_true(space_map(s->board.ports, &b->region, 0x308, NULL)); /* touching is no overlap */
    space_unmap(&b->region);

    g_assert_true(space_map(s->board.ports, &c->region, 0x302, NULL));
    g_assert_cmphex(space_read(s->board.ports, 0x301, 4), ==, 0xa0c0c0a0);
    space_unmap(&c->region); /* what was below shows again */
    g_assert_cmphex(space_read(s->board.ports, 0x301, 4), ==, 0xa0a0a0a0);
    space_unmap(&a->region);

    a->region.size = 0;
    g_assert_false(space_map(s->board.ports, &a->region, 0x300, &error));
    g_clear_error(&error);
    a->region.size = 8;
    g_assert_false(space_map(s->board.ports, &a->region, 0xfff9, &error));
    g_clear_error(&error);
    a->region.size = 6; /* a byte at 5 would be widened to 4 to 7 */
    a->region.ops = &dword_ops;
    g_assert_false(space_map(s->board.ports, &a->region, 0x300, &error));
    g_assert_nonnull(strstr(error->message, "alpha"));
    g_clear_error(&error);
    a->region.ops = &byte_ops;
    g_assert_true(space_map(s->board.ports, &a->region, 0xfff8, NULL));
    space_unmap(&a->region);
    a->region.size = 16;
    g_assert_false(space_map(s->board.mem, &a->region, UINT64_MAX - 14, &error));
    device_free(&a->dev);
    device_free(&b->dev);
    device_free(&c->dev);
    stub_free(s);
}

static void test_block(void)
{
    struct stub *s = stub_new(0);
    struct probe *p = probe_new(&block_ops, 2, PRIO_FIXED);
    uint16_t buf[10] = {0};

    g_assert_true(space_map(s->board.ports, &p->region, 0x310, NULL));
    space_access(s->board.ports, 0x310, 2, 10, false, buf);
    g_assert_cmpuint(p->blocks, ==, 1);
    g_assert_cmpuint(p->reads, ==, 7); /* the rest one by one */
    g_assert_cmphex(buf[2], ==, 0x5a5a);
    g_assert_cmphex(buf[3], ==, 0);
    space_unmap(&p->region);
    space_access(s->board.ports, 0x310, 2, 10, false, buf);
    g_assert_cmphex(buf[9], ==, 0xffff);
    device_free(&p->dev);
    stub_free(s);
}

static void test_ram_and_rom(void)
{
    struct stub *s = stub_new(0x4000);
    struct ram_block *rom = ram_block_new("rom", 0x1000, NULL);
    struct region r = {
        .name = "rom", .kind = REGION_ROM, .ram = rom, .size = 0x1000, .prio = PRIO_OVERLAY};
    uint8_t buf[16];

    memset(rom->host, 0x77, rom->size);
    g_assert_true(space_map(s->board.mem, &r, 0x1000, NULL));
    space_write(s->board.mem, 0xffe, 4, 0x11223344); /* half to RAM, half to ROM */
    g_assert_cmphex(space_read(s->board.mem, 0xffe, 4), ==, 0x77773344);
    g_assert_false(ram_write(s->board.mem, 0xff8, "0123456789abcdef", 16));
    g_assert_true(ram_read(s->board.mem, 0xff8, buf, 16));
    g_assert_cmpmem(buf, 16, "01234567wwwwwwww", 16);
    g_assert_false(ram_read(s->board.mem, 0x3ff8, buf, 16));
    g_assert_cmphex(buf[7], ==, 0);
    g_assert_cmphex(buf[8], ==, 0xff);
    g_assert_false(ram_read(s->board.mem, UINT64_MAX - 3, buf, 16)); /* wraps */
    g_assert_cmphex(buf[0], ==, 0xff);
    g_assert_true(ram_read(s->board.mem, 0x123456, buf, 0));
    space_unmap(&r);
    g_assert_true(ram_write(s->board.mem, 0xff8, "0123456789abcdef", 16));
    stub_free(s);
    ram_block_free(rom);
}

static void test_dma_never_reaches_devices(void)
{
    struct stub *s = stub_new(0x1000);
    struct probe *p = probe_new(&byte_ops, 0x1000, PRIO_FIXED);
    uint8_t buf[8] = {0};

    g_assert_true(space_map(s->board.mem, &p->region, 0x1000, NULL));
    g_assert_false(ram_write(s->board.mem, 0xffc, buf, 8));
    g_assert_false(ram_read(s->board.mem, 0xffc, buf, 8));
    g_assert_cmpuint(p->reads + p->writes, ==, 0);
    space_unmap(&p->region);
    device_free(&p->dev);
    stub_free(s);
}

static void test_dirty(void)
{
    struct stub *s = stub_new(0x4000);

    ram_block_track(s->ram);
    g_assert_true(ram_write(s->board.mem, 0x1ffe, "abcd", 4));
    space_write(s->board.mem, 0x3000, 1, 1);
    g_assert_false(ram_block_test_clear(s->ram, 0));
    g_assert_true(ram_block_test_clear(s->ram, 1));
    g_assert_false(ram_block_test_clear(s->ram, 1));
    g_assert_true(ram_block_test_clear(s->ram, 2));
    g_assert_true(ram_block_test_clear(s->ram, 3));
    stub_free(s);
}

struct heard {
    GArray *add, *del;
};

static void hear(void *opaque, const struct map_diff *d)
{
    struct heard *h = opaque;

    g_array_append_vals(h->add, d->add, d->nadd);
    g_array_append_vals(h->del, d->del, d->ndel);
}

#define RANGE(a, i) g_array_index(a, struct space_range, i)

static void test_listener(void)
{
    struct stub *s = stub_new(0x10000);
    struct heard h = {g_array_new(FALSE, FALSE, sizeof(struct space_range)),
                      g_array_new(FALSE, FALSE, sizeof(struct space_range))};
    struct space_listener l = {.changed = hear, .opaque = &h};
    struct probe *p = probe_new(&byte_ops, 0x1000, PRIO_OVERLAY);

    space_listen(s->board.mem, &l);
    g_assert_cmpuint(h.add->len, ==, 1);
    g_assert_cmphex(RANGE(h.add, 0).last, ==, 0xffff);
    g_array_set_size(h.add, 0);

    g_assert_true(space_map(s->board.mem, &p->region, 0x4000, NULL));
    g_assert_cmpuint(h.del->len, ==, 1);
    g_assert_cmpuint(h.add->len, ==, 2); /* RAM on both sides; the device itself is not mapped */
    g_assert_cmphex(RANGE(h.add, 0).last, ==, 0x3fff);
    g_assert_cmphex(RANGE(h.add, 1).first, ==, 0x5000);
    g_assert_cmphex(RANGE(h.add, 1).offset, ==, 0x5000);
    g_array_set_size(h.add, 0);
    g_array_set_size(h.del, 0);

    space_begin(s->board.mem); /* away and back again is no change */
    space_unmap(&p->region);
    g_assert_true(space_map(s->board.mem, &p->region, 0x4000, NULL));
    space_commit(s->board.mem);
    g_assert_cmpuint(h.del->len + h.add->len, ==, 0);

    space_unmap(&p->region);
    g_assert_cmpuint(h.del->len, ==, 2);
    g_assert_cmpuint(h.add->len, ==, 1);
    device_free(&p->dev);
    stub_free(s);
    g_array_free(h.add, TRUE);
    g_array_free(h.del, TRUE);
}

static const struct span spans[] = {{2, 1}, {4, 2}, {0, 0}};
static const struct region_ops coalesced_ops = {
    .read = probe_read, .write = probe_write, .coalesced = spans};

static void hear_span(void *opaque, struct space *s, uint64_t addr, uint32_t len, bool on)
{
    GString *log = opaque;

    (void)s;
    g_string_append_printf(log, "%c%x+%u ", on ? '+' : '-', (unsigned)addr, len);
}

static void test_coalesce(void)
{
    struct stub *s = stub_new(0);
    struct probe *p = probe_new(&coalesced_ops, 8, PRIO_FIXED);
    g_autoptr(GString) log = g_string_new(NULL);
    struct space_listener l = {.coalesce = hear_span, .opaque = log};

    g_assert_true(space_map(s->board.ports, &p->region, 0x300, NULL));
    space_listen(s->board.ports, &l);
    space_unmap(&p->region);
    g_assert_true(space_map(s->board.ports, &p->region, 0x320, NULL));
    g_assert_cmpstr(log->str, ==, "+302+1 +304+2 -302+1 -304+2 +322+1 +324+2 ");
    space_unmap(&p->region);
    device_free(&p->dev);
    stub_free(s);
}

/* The flat map against a byte-by-byte model, over random regions. */
static void test_flat_model(void)
{
    struct stub *s = stub_new(0);
    struct probe *p[8];
    int prio[8];

    for (int i = 0; i < 8; i++) {
        p[i] = probe_new(&byte_ops, 1, prio[i] = i + 1);
        memset(p[i]->cells, i, 64);
    }
    for (int round = 0; round < 400; round++) {
        int i = g_test_rand_int_range(0, 8);

        space_unmap(&p[i]->region);
        p[i]->region.size = (uint64_t)g_test_rand_int_range(1, 40);
        if (g_test_rand_bit()) {
            uint64_t base = (uint64_t)g_test_rand_int_range(0, 100);

            g_assert_true(space_map(s->board.mem, &p[i]->region, base, NULL));
        }
        for (uint64_t a = 0; a < 140; a++) {
            int best = -1;

            for (int k = 0; k < 8; k++) {
                if (region_mapped(&p[k]->region) && a >= p[k]->region.base &&
                    a < p[k]->region.base + p[k]->region.size &&
                    (best < 0 || prio[k] > prio[best])) {
                    best = k;
                }
            }
            g_assert_cmphex(space_read(s->board.mem, a, 1), ==, best < 0 ? 0xff : (uint64_t)best);
        }
        loop_iterate(false);
    }
    for (int i = 0; i < 8; i++) {
        space_unmap(&p[i]->region);
        device_free(&p[i]->dev);
    }
    stub_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/space/open-bus", test_open_bus);
    g_test_add_func("/space/bad-width", test_bad_width);
    g_test_add_func("/space/split", test_split);
    g_test_add_func("/space/widen", test_widen);
    g_test_add_func("/space/overlap-named", test_overlap);
    g_test_add_func("/space/block", test_block);
    g_test_add_func("/space/ram-rom", test_ram_and_rom);
    g_test_add_func("/space/dma-ram-only", test_dma_never_reaches_devices);
    g_test_add_func("/space/dirty", test_dirty);
    g_test_add_func("/space/listener-difference", test_listener);
    g_test_add_func("/space/coalesce", test_coalesce);
    g_test_add_func("/space/flat-model", test_flat_model);
    return g_test_run();
}
