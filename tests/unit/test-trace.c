/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traces: what the writer records is what the reader gives; rings that go round; damaged files. */
#include "core/trace.h"

#include "core/ram.h"
#include "tests/unit/stub-board.h"
#include "tests/tools/trace/file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PORT 0x300
#define SMALL (UINT64_C(64) << 10)

const struct device_class *const device_classes[] = {NULL};

static const struct device_class probe_class = {.name = "probe", .size = sizeof(struct device)};
static char *path;

static uint64_t probe_read(void *opaque, uint64_t offset, unsigned width)
{
    (void)opaque;
    return 0x11 * (offset + 1) + width;
}

static void probe_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    (void)opaque;
    (void)offset;
    (void)width;
    (void)value;
}

static const struct region_ops ops = {.read = probe_read, .write = probe_write, .impl = 1 | 2 | 4};

struct rig {
    struct stub *s;
    struct device *dev;
    struct region ports, mem;
    struct trace_file *f;
    struct trace_record r;
};

static void rig_make(struct rig *g, uint64_t size)
{
    static const char *const options[] = {"-m 64", "-nodefaults", NULL};
    GError *error = NULL;

    g->s = stub_new(1 << 20);
    g->dev = device_new(&probe_class, "p0");
    g_assert_true(device_realize(g->dev, &g->s->board, NULL));
    g->ports =
        (struct region){.name = "regs", .dev = g->dev, .ops = &ops, .size = 16, .prio = PRIO_FIXED};
    g->mem = g->ports;
    g->mem.name = "window";
    g->mem.size = 4096;
    g_assert_true(space_map(g->s->board.ports, &g->ports, PORT, NULL));
    g_assert_true(space_map(g->s->board.mem, &g->mem, 0xd0000000, NULL));
    trace_open(path, size, &error);
    g_assert_no_error(error);
    trace_describe("test", 2, "1.2", options);
    trace_start(g->s->board.clock);
}

static void rig_read(struct rig *g)
{
    GError *error = NULL;

    trace_close();
    g->f = trace_file_open(path, &error);
    g_assert_no_error(error);
}

static void rig_free(struct rig *g)
{
    trace_close();
    trace_file_free(g->f);
    space_unmap(&g->ports);
    space_unmap(&g->mem);
    stub_free(g->s);
    g_unlink(path);
    g_free(g);
}

static struct trace_record *next(struct rig *g)
{
    g_assert_true(trace_file_next(g->f, &g->r));
    return &g->r;
}

/* -- what is recorded -- */

static void test_accesses(void)
{
    struct rig *g = g_new0(struct rig, 1);
    uint8_t words[600], answers[8];
    const struct trace_record *r;

    rig_make(g, SMALL);
    for (unsigned i = 0; i < sizeof(words); i++) {
        words[i] = (uint8_t)(i * 7);
    }
    clock_step(g->s->board.clock, 1000);
    trace_set_cpu(1);
    space_write(g->s->board.ports, PORT + 3, 2, 0x1234);
    space_read(g->s->board.ports, PORT + 1, 4);
    clock_step(g->s->board.clock, 500);
    space_access(g->s->board.ports, PORT, 2, 300, true, words);
    space_access(g->s->board.mem, 0xd0000010, 4, 2, false, answers);
    trace_set_cpu(TRACE_CPU_NONE);
    space_read(g->s->board.ports, 0x999, 1);
    space_read(g->s->board.ports, PORT, 3); /* no width: never an access */
    rig_read(g);

    g_assert_cmpstr(g_ptr_array_index(g->f->config, 1), ==, "-m 64");
    g_assert_cmpstr(g_ptr_array_index(g->f->config, 2), ==, "-nodefaults");
    g_assert_cmpuint(g->f->config->len, ==, 3);
    g_assert_cmpstr(g->f->header.accel, ==, "test");
    r = next(g);
    g_assert_true(r->write && !r->memory && r->width == 2 && r->count == 1 && r->cpu == 1);
    g_assert_cmpuint(r->time, ==, 1000);
    g_assert_cmphex(r->addr, ==, PORT + 3);
    g_assert_cmphex(trace_element(r, 0), ==, 0x1234);
    g_assert_cmpstr(r->name->device, ==, "probe");
    g_assert_cmpstr(r->name->id, ==, "p0");
    g_assert_cmpstr(r->name->region, ==, "regs");
    r = next(g);
    g_assert_true(!r->write && r->width == 4);
    g_assert_cmphex(trace_element(r, 0), ==, 0x11 * 2 + 4);
    r = next(g);
    g_assert_cmpuint(r->time, ==, 1500);
    g_assert_cmpuint(r->count, ==, 300);
    g_assert_cmpmem(r->data, r->len, words, sizeof(words));
    r = next(g);
    g_assert_true(r->memory && r->count == 2 && r->len == 8 && r->addr == 0xd0000010);
    g_assert_cmpstr(r->name->region, ==, "window");
    r = next(g);
    g_assert_cmpuint(r->name_number, ==, 0);
    g_assert_cmpuint(r->cpu, ==, TRACE_CPU_NONE);
    g_assert_cmphex(trace_element(r, 0), ==, 0xff);
    g_assert_false(trace_file_next(g->f, &g->r));
    g_assert_cmpuint(g->f->lost, ==, 0);
    rig_free(g);
}

static void test_strings(void)
{
    struct rig *g = g_new0(struct rig, 1);
    g_autofree uint8_t *many = g_malloc(9000);

    rig_make(g, SMALL);
    for (unsigned i = 0; i < 9000; i++) {
        many[i] = (uint8_t)(i ^ i >> 8);
    }
    for (uint32_t n = 2; n <= 9000; n = n * 3 / 2 + 1) {
        space_access(g->s->board.ports, PORT, 1, n, true, many);
    }
    rig_read(g);
    for (uint32_t n = 2; n <= 9000; n = n * 3 / 2 + 1) {
        const struct trace_record *r = next(g);

        g_assert_cmpuint(r->count, ==, n);
        g_assert_cmpmem(r->data, r->len, many, MIN(n, TRACE_DATA_MAX));
        g_assert_cmpint(r->cut, ==, n > TRACE_DATA_MAX);
    }
    g_assert_false(trace_file_next(g->f, &g->r));
    rig_free(g);
}

static void test_others(void)
{
    struct rig *g = g_new0(struct rig, 1);
    uint8_t data[10000];

    rig_make(g, SMALL);
    memset(data, 0x77, sizeof(data));
    g_assert_true(ram_write(g->s->board.mem, 0x1000, data, sizeof(data)));
    device_enter(g->dev); /* without: a test, not a device */
    g_assert_true(ram_read(g->s->board.mem, 0x1000, data, sizeof(data)));
    g_assert_true(ram_write(g->s->board.mem, 0x8000, data, sizeof(data)));
    g_assert_false(ram_write(g->s->board.mem, 0xffffff, data, 2));  /* nothing there */
    g_assert_false(ram_read(g->s->board.mem, 0xd0000000, data, 2)); /* a device */
    device_leave(g->dev);
    trace_data(TRACE_FRAME, "link", "net0", data, 60);
    trace_event(TRACE_KEY, 0, 0x1c << 1 | 1);
    device_reset_all();
    rig_read(g);
    for (uint32_t done = 0; done < sizeof(data);) {
        const struct trace_record *r = next(g);

        g_assert_true(r->type == TRACE_DMA && !r->write);
        g_assert_cmphex(r->addr, ==, 0x1000 + done);
        g_assert_cmphex(r->data[r->len - 1], ==, 0x77);
        done += r->len;
    }
    g_assert_true(next(g)->type == TRACE_DMA && g->r.write && g->r.addr == 0x8000);
    g_assert_true(g->r.cut && g->r.count == sizeof(data) && g->r.len == TRACE_WRITTEN_MAX);
    g_assert_cmpstr(g->r.name->id, ==, "p0");
    g_assert_cmpint(next(g)->type, ==, TRACE_FRAME);
    g_assert_cmpuint(g->r.len, ==, 60);
    g_assert_cmpstr(g->r.name->region, ==, "net0");
    g_assert_cmpint(next(g)->type, ==, TRACE_KEY);
    g_assert_cmphex(g->r.value, ==, 0x39);
    g_assert_cmpint(next(g)->type, ==, TRACE_RESET);
    g_assert_false(trace_file_next(g->f, &g->r));
    rig_free(g);
}

/* A region that was mapped elsewhere has another entry. */
static void test_moved(void)
{
    struct rig *g = g_new0(struct rig, 1);

    rig_make(g, SMALL);
    for (uint64_t i = 0; i < 2000; i++) { /* more places than names */
        space_unmap(&g->mem);
        g_assert_true(space_map(g->s->board.mem, &g->mem, 0xd0000000 + (i << 12), NULL));
        space_read(g->s->board.mem, 0xd0000004 + (i << 12), 1);
    }
    rig_read(g);
    for (uint64_t i = 0; i < 2000; i++) {
        next(g);
        g_assert_cmphex(g->r.addr, ==, 0xd0000004 + (i << 12));
        if (i < TRACE_NAMES - 1) {
            g_assert_cmphex(g->r.name->base, ==, 0xd0000000 + (i << 12));
        } else {
            g_assert_cmpuint(g->r.name_number, ==, 0);
        }
    }
    rig_free(g);
}

/* -- the ring -- */

static void test_round(void)
{
    struct rig *g = g_new0(struct rig, 1);
    uint8_t data[100] = {0};
    uint64_t first = 0, last = 0, n = 0;

    rig_make(g, SMALL);
    for (uint32_t i = 0; i < 10000; i++) {
        memcpy(data, &i, sizeof(i));
        if (i % 3) {
            space_write(g->s->board.ports, PORT, 4, i);
        } else {
            space_access(g->s->board.ports, PORT, 4, 25, true, data);
        }
    }
    rig_read(g);
    g_assert_true(trace_file_wrapped(g->f));
    for (; trace_file_next(g->f, &g->r); n++) {
        uint64_t v = trace_element(&g->r, 0);

        first = n ? first : v;
        g_assert_true(n == 0 || v == last + 1);
        g_assert_cmpuint(g->r.count, ==, v % 3 ? 1 : 25);
        last = v;
    }
    g_assert_cmpuint(last, ==, 9999);
    g_assert_cmpuint(n, >, 2048 / 8);
    g_assert_cmpuint(g->f->lost, <, 5); /* the rest of the oldest record */
    rig_free(g);
}

struct writer {
    struct rig *g;
    uint8_t cpu;
};

#define WRITES 20000u

static void *write_many(void *opaque)
{
    struct writer *w = opaque;
    uint32_t data[30];

    space_reader_register();
    trace_set_cpu(w->cpu);
    for (uint32_t i = 0; i < WRITES; i++) {
        if (i % 8) {
            space_write(w->g->s->board.ports, PORT, 4, (uint64_t)w->cpu << 24 | i);
        } else {
            for (unsigned k = 0; k < 30; k++) {
                data[k] = (uint32_t)w->cpu << 24 | i;
            }
            space_access(w->g->s->board.ports, PORT, 4, 30, true, data);
        }
        space_reader_quiescent();
    }
    space_reader_unregister();
    return NULL;
}

/* Whatever four threads do to a ring, what the reader gives is whole and in order. */
static void threads(uint64_t size)
{
    struct rig *g = g_new0(struct rig, 1);
    struct writer w[4];
    GThread *t[4];
    uint64_t seen[4] = {0}, n = 0;

    rig_make(g, size);
    space_reader_offline();
    for (uint8_t i = 0; i < 4; i++) {
        w[i] = (struct writer){g, i};
        t[i] = g_thread_new("writer", write_many, &w[i]);
    }
    for (int i = 0; i < 4; i++) {
        g_thread_join(t[i]);
    }
    space_reader_online();
    rig_read(g);
    for (; trace_file_next(g->f, &g->r); n++) {
        uint64_t v = trace_element(&g->r, 0), i = v & 0xffffff;

        g_assert_cmpuint(v >> 24, ==, g->r.cpu);
        g_assert_cmpuint(g->r.cpu, <, 4);
        g_assert_cmpuint(g->r.count, ==, i % 8 ? 1 : 30);
        for (uint32_t k = 1; k < g->r.count; k++) {
            g_assert_cmphex(trace_element(&g->r, k), ==, v);
        }
        g_assert_true(i + 1 > seen[g->r.cpu]);
        seen[g->r.cpu] = i + 1;
    }
    if (trace_file_wrapped(g->f)) {
        g_assert_cmpuint(n, >, 100);
    } else {
        g_assert_cmpuint(n, ==, 4 * WRITES);
        g_assert_cmpuint(g->f->lost, ==, 0);
    }
    rig_free(g);
}

static void test_threads(void)
{
    threads(SMALL);
    threads(UINT64_C(16) << 20);
}

/* -- files -- */

static void expect(const char *where, uint64_t size, const char *text)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(trace_open(where, size, &error));
    g_assert_nonnull(strstr(error->message, text));
    g_assert_nonnull(strstr(error->message, "-trace file="));
}

static void test_open(void)
{
    g_autofree char *dir = g_path_get_dirname(path);
    struct rig *g = g_new0(struct rig, 1);

    expect("/nowhere/trace", SMALL, "No such file");
    expect(dir, SMALL, "no trace");
    expect("/dev/null", SMALL, "no trace");
    expect(path, SMALL - 1, "size=");
    expect(path, TRACE_SIZE_MAX + 1, "size=");
    g_assert_true(g_file_set_contents(path, "a disk image", -1, NULL));
    expect(path, SMALL, "no trace");
    g_unlink(path);
    rig_make(g, SMALL);
    expect(path, SMALL, "already");
    rig_read(g);
    rig_free(g);
    g = g_new0(struct rig, 1); /* an older trace is replaced */
    g_assert_true(g_file_set_contents(path, TRACE_MAGIC, -1, NULL));
    rig_make(g, SMALL);
    rig_read(g);
    g_assert_false(trace_file_next(g->f, &g->r));
    rig_free(g);
}

static void refused(const char *data, gsize len, const char *text)
{
    g_autoptr(GError) error = NULL;
    struct trace_file *f = trace_file_from((const uint8_t *)data, len, "it", &error);

    g_assert_null(f);
    g_assert_nonnull(strstr(error->message, text));
}

/* Every prefix, and every byte of the header changed: an error, or records that are sane. */
static void test_damaged(void)
{
    struct rig *g = g_new0(struct rig, 1);
    g_autofree char *data = NULL;
    gsize len;
    uint8_t words[64] = {1, 2, 3};

    rig_make(g, SMALL);
    for (unsigned i = 0; i < 100; i++) {
        space_access(g->s->board.ports, PORT, 2, 1 + i % 32, true, words);
    }
    rig_read(g);
    g_assert_true(g_file_get_contents(path, &data, &len, NULL));
    refused(data, 0, "no trace");
    refused(data, 511, "no trace");
    refused(data, 512, "truncated");
    refused(data, len - 1, "truncated");
    for (gsize i = 0; i < sizeof(struct trace_header); i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct trace_file *f;
            char old = data[i];

            data[i] = (char)(old ^ 1 << bit);
            f = trace_file_from((const uint8_t *)data, len, "it", NULL);
            for (unsigned n = 0; f && n < 300 && trace_file_next(f, &g->r); n++) {
                g_assert_cmpuint(g->r.len, <=, TRACE_DATA_MAX);
            }
            trace_file_free(f);
            data[i] = old;
        }
    }
    memset(data, 'x', 8);
    refused(data, len, "no trace of vmx-dm");
    rig_free(g);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    path = g_strdup_printf("%s/test-trace-%d", g_get_tmp_dir(), (int)getpid());
    g_test_add_func("/trace/accesses", test_accesses);
    g_test_add_func("/trace/strings", test_strings);
    g_test_add_func("/trace/others", test_others);
    g_test_add_func("/trace/moved", test_moved);
    g_test_add_func("/trace/round", test_round);
    g_test_add_func("/trace/threads", test_threads);
    g_test_add_func("/trace/open", test_open);
    g_test_add_func("/trace/damaged", test_damaged);
    status = g_test_run();
    g_free(path);
    return status;
}
