/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live figures: what is counted, by whom, the edges of the histogram's buckets, what a reader makes
 * of a page that lies, and what a sample costs.
 */
#include "core/stats.h"
#include "core/stats_read.h"

#include "core/disk.h"
#include "core/link.h"
#include "tests/unit/stub-board.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PORT 0x300

const struct device_class *const device_classes[] = {NULL};

static const struct device_class probe_class = {.name = "probe", .size = sizeof(struct device)};

static uint64_t probe_read(void *opaque, uint64_t offset, unsigned width)
{
    (void)opaque;
    return offset + width;
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
    const struct stats_page *page;
};

static void rig_make(struct rig *g)
{
    *g = (struct rig){0};
    stats_open(2);
    g->page = stats_now();
    g_assert_nonnull(g->page);
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
}

static void rig_free(struct rig *g)
{
    space_unmap(&g->ports);
    space_unmap(&g->mem);
    device_free(g->dev);
    stub_free(g->s);
    stats_close();
}

/* As a vCPU thread does at an exit. */
static void exit_at(struct space *s, uint64_t addr, unsigned width, uint32_t count, bool write)
{
    uint8_t data[64] = {0};

    stats_returned();
    space_access(s, addr, width, count, write, data);
    stats_answered(count);
}

static struct stats_sum sum_of(const struct rig *g, unsigned range)
{
    struct stats_sum s = {0};

    stats_sum_add(&s, g->page, range);
    return s;
}

static void test_counts(void)
{
    struct stats_sum regs, window, bus;
    struct stats_range r;
    struct rig g;

    rig_make(&g);
    stats_thread(1);
    for (int i = 0; i < 5; i++) {
        exit_at(g.s->board.ports, PORT + 4, 2, 1, false);
    }
    exit_at(g.s->board.ports, PORT, 1, 8, true);
    exit_at(g.s->board.mem, 0xd0000100, 4, 1, true);
    exit_at(g.s->board.ports, 0x999, 1, 1, false);

    g_assert_cmpuint(stats_ranges(g.page), ==, STATS_FIRST + 2); /* the stub's RAM is none */
    regs = sum_of(&g, g.ports.stats_id);
    g_assert_cmpuint(regs.exits, ==, 6);
    g_assert_cmpuint(regs.accesses, ==, 13);
    g_assert_cmpuint(regs.ticks, >, 0);
    g_assert_cmpuint(regs.max, <=, regs.ticks);
    window = sum_of(&g, g.mem.stats_id);
    g_assert_cmpuint(window.exits, ==, 1);
    bus = sum_of(&g, STATS_OPEN_BUS);
    g_assert_cmpuint(bus.exits, ==, 1);
    g_assert_cmpuint(g.page->table[1].exits, ==, 8);
    g_assert_cmpuint(g.page->table[1].model, ==, regs.ticks + window.ticks + bus.ticks);
    g_assert_cmpuint(g.page->table[1].thread, ==, (uint32_t)getpid());
    g_assert_cmpuint(g.page->table[0].exits, ==, 0);

    r = stats_get_range(g.page, g.ports.stats_id);
    g_assert_cmpstr(r.device, ==, "probe");
    g_assert_cmpstr(r.id, ==, "p0");
    g_assert_cmpstr(r.region, ==, "regs");
    g_assert_cmpuint(r.base, ==, PORT);
    g_assert_cmpuint(r.size, ==, 16);
    g_assert_cmpuint(r.flags, ==, STATS_PORTS | STATS_MAPPED);
    rig_free(&g);
}

/* A window that moves keeps its number and its counts. */
static void test_moves(void)
{
    struct rig g;
    uint16_t id;

    rig_make(&g);
    stats_thread(0);
    id = g.mem.stats_id;
    exit_at(g.s->board.mem, 0xd0000000, 1, 1, false);
    space_unmap(&g.mem);
    g_assert_cmpuint(stats_get_range(g.page, id).flags, ==, 0);
    exit_at(g.s->board.mem, 0xd0000000, 1, 1, false);
    g_assert_true(space_map(g.s->board.mem, &g.mem, 0xe0000000, NULL));
    g_assert_cmpuint(g.mem.stats_id, ==, id);
    g_assert_cmpuint(stats_get_range(g.page, id).base, ==, 0xe0000000);
    exit_at(g.s->board.mem, 0xe0000000, 1, 1, false);
    g_assert_cmpuint(sum_of(&g, id).exits, ==, 2);
    g_assert_cmpuint(sum_of(&g, STATS_OPEN_BUS).exits, ==, 1);
    rig_free(&g);
}

/* A card that was unplugged and comes back counts on; so does a network. */
static void test_plugged(void)
{
    struct region again;
    struct stats_net *net, *other;
    struct rig g;
    uint16_t id;

    rig_make(&g);
    stats_thread(0);
    id = g.mem.stats_id;
    exit_at(g.s->board.mem, 0xd0000000, 1, 1, false);
    space_unmap(&g.mem);
    stats_range_gone(&g.mem);
    again = g.mem;
    again.stats_id = 0;
    g_assert_true(space_map(g.s->board.mem, &again, 0xd0000000, NULL));
    g_assert_cmpuint(again.stats_id, ==, id);
    exit_at(g.s->board.mem, 0xd0000000, 1, 1, false);
    g_assert_cmpuint(sum_of(&g, id).exits, ==, 2);
    space_unmap(&again);

    net = stats_net("n0");
    g_assert_nonnull(net);
    other = stats_net("n0"); /* still there: not the same */
    g_assert_true(other != net);
    stats_net_gone(net);
    g_assert_true(stats_net("n1") != net);
    g_assert_true(stats_net("n0") == net);
    rig_free(&g);
}

/* More regions than the page has room for: they work, and count as nobody's. */
static void test_full(void)
{
    struct region *many = g_new0(struct region, STATS_RANGES);
    struct rig g;

    rig_make(&g);
    stats_thread(0);
    for (unsigned i = 0; i < STATS_RANGES; i++) {
        many[i] = (struct region){
            .name = "one", .dev = g.dev, .ops = &ops, .size = 1, .prio = PRIO_FIXED};
        g_assert_true(space_map(g.s->board.ports, &many[i], 0x1000 + i, NULL));
    }
    g_assert_cmpuint(stats_ranges(g.page), ==, STATS_RANGES);
    g_assert_cmpuint(many[STATS_RANGES - 1].stats_id, ==, STATS_OPEN_BUS);
    exit_at(g.s->board.ports, 0x1000 + STATS_RANGES - 1, 1, 1, false);
    g_assert_cmpuint(sum_of(&g, STATS_OPEN_BUS).exits, ==, 1);
    for (unsigned i = 0; i < STATS_RANGES; i++) {
        space_unmap(&many[i]);
    }
    rig_free(&g);
    g_free(many);
}

static void test_coalesced(void)
{
    struct stats_sum s;
    uint8_t data[8] = {0};
    struct rig g;

    rig_make(&g); /* this thread is the loop's */
    space_access(g.s->board.ports, PORT, 1, 8, true, data);
    stats_coalesced(8);
    s = sum_of(&g, g.ports.stats_id);
    g_assert_cmpuint(s.coalesced, ==, 8);
    g_assert_cmpuint(s.exits, ==, 0);
    g_assert_cmpuint(g.page->table[STATS_LOOP].count[g.ports.stats_id].coalesced, ==, 8);
    stats_thread(0);
    stats_returned();
    stats_answered_by(STATS_DRAIN);
    g_assert_cmpuint(sum_of(&g, STATS_DRAIN).exits, ==, 1);
    rig_free(&g);
}

/* -- quantiles -- */

static void test_buckets(void)
{
    uint64_t values[] = {0,
                         1,
                         7,
                         8,
                         9,
                         15,
                         16,
                         17,
                         18,
                         19,
                         31,
                         32,
                         1000,
                         123456789,
                         (UINT64_C(1) << STATS_TOP_BIT) - 1,
                         UINT64_C(1) << STATS_TOP_BIT,
                         UINT64_MAX};

    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        uint64_t v = values[i];
        unsigned b = stats_bucket(v);

        g_assert_cmpuint(b, <, STATS_BUCKETS);
        g_assert_cmpuint(stats_bucket_end(b), >=, v);
        if (b > 0) {
            g_assert_cmpuint(stats_bucket_end(b - 1), <, v);
        }
        if (b < STATS_BUCKETS - 1) {
            g_assert_cmpuint(stats_bucket_end(b) - v, <=, v / 8);
        }
    }
    for (unsigned b = 0; b < STATS_BUCKETS - 1; b++) {
        g_assert_cmpuint(stats_bucket(stats_bucket_end(b)), ==, b);
        g_assert_cmpuint(stats_bucket(stats_bucket_end(b) + 1), ==, b + 1);
    }
}

static void test_quantiles(void)
{
    struct stats_sum s = {0}, earlier;

    g_assert_cmpuint(stats_sum_quantile(&s, 500), ==, 0);
    s.bucket[5] = 1;
    s.max = 5;
    g_assert_cmpuint(stats_sum_quantile(&s, 1), ==, 5);
    g_assert_cmpuint(stats_sum_quantile(&s, 1000), ==, 5);
    s.bucket[5] = 990;
    s.bucket[16] = 9; /* 16 and 17 */
    s.bucket[255] = 1;
    s.exits = 1000;
    s.max = UINT64_C(1) << 40;
    g_assert_cmpuint(stats_sum_quantile(&s, 500), ==, 5);
    g_assert_cmpuint(stats_sum_quantile(&s, 990), ==, 5);
    g_assert_cmpuint(stats_sum_quantile(&s, 991), ==, 17);
    g_assert_cmpuint(stats_sum_quantile(&s, 999), ==, 17);
    g_assert_cmpuint(stats_sum_quantile(&s, 1000), ==, UINT64_C(1) << 40);
    s.max = 0; /* begun anew */
    g_assert_cmpuint(stats_sum_quantile(&s, 1000), >=, UINT64_C(15) << 30);
    g_assert_cmpuint(stats_sum_quantile(&s, 1000), <=, UINT64_C(16) << 30);
    s.max = UINT64_C(1) << 40;
    earlier = s;
    s.bucket[16] += 1;
    s.exits++;
    stats_sum_since(&s, &earlier);
    g_assert_cmpuint(s.exits, ==, 1);
    g_assert_cmpuint(stats_sum_quantile(&s, 500), ==, 17);
    stats_sum_join(&s, &earlier);
    g_assert_cmpuint(s.exits, ==, 1001);
    stats_sum_since(&earlier, &s); /* counters that went back */
    g_assert_cmpuint(earlier.exits, ==, 0);
}

static void test_max(void)
{
    struct rig g;

    rig_make(&g);
    stats_thread(0);
    exit_at(g.s->board.ports, PORT, 1, 1, false);
    g_assert_cmpuint(sum_of(&g, g.ports.stats_id).max, >, 0);
    stats_clear_max();
    g_assert_cmpuint(sum_of(&g, g.ports.stats_id).max, ==, 0);
    g_assert_cmpuint(sum_of(&g, g.ports.stats_id).exits, ==, 1);
    rig_free(&g);
}

/* -- networks and disks -- */

static void test_traffic(void)
{
    static const struct link_host_ops host = {.pending = NULL};
    static const struct link_guest_ops guest = {.receive = NULL};
    struct stats_traffic t;
    struct disk_request req;
    uint8_t frame[100] = {0};
    struct link *l;
    struct disk *d;
    struct rig g;

    rig_make(&g);
    l = link_new("net0");
    d = disk_new("disk0");
    g_assert_cmpuint(disk_stats(d).last, ==, 0);
    link_host_attach(l, &host, NULL);
    g_assert_true(link_attach(l, g.dev, &guest, NULL));
    g_assert_true(disk_attach(d, g.dev));
    g_assert_true(link_send(l, frame, sizeof(frame)));
    disk_request_init(&req, d, NULL, NULL);
    req.length = 512;
    disk_complete(&req, 0);
    disk_complete(&req, -5);
    req.op = DISK_WRITE;
    req.offset = 1024;
    req.started = disk_host_time() - 5000;
    disk_complete(&req, 0);
    req.offset = 0; /* does not move the end back */
    disk_complete(&req, 0);
    loop_kick_cancel(&req.complete);
    t = stats_traffic(g.page);
    g_assert_cmpuint(t.tx_frames, ==, 1);
    g_assert_cmpuint(t.tx_bytes, ==, 100);
    g_assert_cmpuint(t.reads, ==, 1);
    g_assert_cmpuint(t.read_bytes, ==, 512);
    g_assert_cmpuint(t.disk_errors, ==, 1);
    g_assert_cmpuint(stats_nets(g.page), ==, 1);
    g_assert_cmpstr(stats_get_net(g.page, 0).name, ==, "net0");
    g_assert_cmpstr(stats_get_net(g.page, 0).device, ==, "p0");
    g_assert_cmpstr(stats_get_disk(g.page, 0).name, ==, "disk0");
    g_assert_cmpstr(stats_get_disk(g.page, 0).device, ==, "p0");
    g_assert_cmpuint(disk_stats(d).reads, ==, 1);
    g_assert_cmpuint(disk_stats(d).failed[DISK_READ], ==, 1);
    g_assert_cmpuint(disk_stats(d).failed[DISK_WRITE], ==, 0);
    g_assert_cmpuint(disk_stats(d).ns[DISK_WRITE], >=, 10000);
    g_assert_cmpuint(disk_stats(d).write_end, ==, 1536);
    g_assert_cmpuint(disk_stats(d).last, !=, 0);
    g_assert_cmpuint(link_stats(l).tx_bytes, ==, 100);
    disk_detach(d);
    link_detach(l);
    link_free(l);
    disk_free(d);
    rig_free(&g);
}

/* More of them than the page takes, or no page: they count for themselves. */
static void test_traffic_without(void)
{
    static const struct link_host_ops host = {.pending = NULL};
    static const struct link_guest_ops guest = {.receive = NULL};
    uint8_t frame[60] = {0};
    struct stub *s = stub_new(0);
    struct link *l;

    g_assert_null(stats_now());
    g_assert_cmpint(stats_fd(), ==, -1);
    l = link_new("alone");
    link_host_attach(l, &host, NULL);
    g_assert_true(link_attach(l, NULL, &guest, NULL));
    g_assert_true(link_send(l, frame, sizeof(frame)));
    g_assert_cmpuint(link_stats(l).tx_bytes, ==, 60);
    link_free(l);
    stats_returned();
    stats_answered(1);
    stats_coalesced(1);
    stats_waited();
    stub_free(s);
}

/* -- readers -- */

static void test_read_only(void)
{
    const struct stats_page *p;
    GError *error = NULL;
    struct rig g;

    rig_make(&g);
    p = stats_map(stats_fd(), &error);
    g_assert_no_error(error);
    g_assert_cmpmem(&p->head, sizeof(p->head), &g.page->head, sizeof(g.page->head));
    g_assert_cmpuint(p->head.pid, ==, (uint32_t)getpid());
    stats_unmap(p);
    g_assert_true(mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED, stats_fd(), 0) ==
                  MAP_FAILED);
    g_assert_cmpint(ftruncate(stats_fd(), 4096), ==, -1);
    rig_free(&g);
}

static int lying_file(size_t size, int seals)
{
    int fd = memfd_create("lies", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, (off_t)size), ==, 0);
    g_assert_cmpint(fcntl(fd, F_ADD_SEALS, seals), ==, 0);
    return fd;
}

static void refused(int fd, const char *why)
{
    GError *error = NULL;

    g_assert_null(stats_map(fd, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, why));
    g_error_free(error);
}

static void test_refused(void)
{
    struct stats_header good = {
        .magic = STATS_MAGIC, .version = STATS_VERSION, .size = sizeof(struct stats_page)};
    struct stats_header h;
    int fd = lying_file(4096, F_SEAL_SHRINK);

    refused(-1, "Bad file descriptor");
    refused(fd, "size of another version");
    close(fd);
    fd = lying_file(sizeof(struct stats_page), 0);
    refused(fd, "not sealed");
    close(fd);
    fd = lying_file(sizeof(struct stats_page), F_SEAL_SHRINK);
    refused(fd, "it is none");
    h = good;
    h.version++;
    g_assert_cmpint(pwrite(fd, &h, sizeof(h), 0), ==, sizeof(h));
    refused(fd, "another version");
    h = good;
    h.size--;
    g_assert_cmpint(pwrite(fd, &h, sizeof(h), 0), ==, sizeof(h));
    refused(fd, "another version");
    close(fd);
}

/* Whatever stands in a page of the right kind, reading it stays inside and comes to an end. */
static void test_lies(void)
{
    int fd = lying_file(sizeof(struct stats_page), F_SEAL_SHRINK);
    struct stats_page *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const struct stats_page *p;
    GError *error = NULL;

    g_assert_true(w != MAP_FAILED);
    for (unsigned round = 0; round < 8; round++) {
        for (size_t i = 0; i < sizeof(*w) / 4; i += round + 1) {
            ((uint32_t *)(void *)w)[i] = round == 0 ? UINT32_MAX : (uint32_t)g_test_rand_int();
        }
        memcpy(w->head.magic, STATS_MAGIC, sizeof(w->head.magic));
        w->head.version = STATS_VERSION;
        w->head.size = sizeof(*w);
        w->head.ticks_hz = round == 1 ? 0 : w->head.ticks_hz;
        p = stats_map(fd, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(stats_hz(p), >, 0);
        g_assert_cmpuint(stats_cpus(p), <=, STATS_CPUS);
        for (unsigned i = 0; i < stats_ranges(p); i++) {
            struct stats_range r = stats_get_range(p, i);
            struct stats_sum s = {0};

            g_assert_cmpuint(strlen(r.region), <, sizeof(r.region));
            stats_sum_add(&s, p, i);
            stats_sum_quantile(&s, 999);
        }
        for (unsigned i = 0; i < stats_nets(p); i++) {
            struct stats_net n = stats_get_net(p, i);

            g_assert_cmpuint(strlen(n.name), <, sizeof(n.name));
            for (const char *c = n.name; *c; c++) {
                g_assert_true(g_ascii_isprint(*c));
            }
        }
        stats_traffic(p);
        stats_unmap(p);
    }
    munmap(w, sizeof(*w));
    close(fd);
}

/* -- threads: each counts in its own table -- */

struct busy {
    struct rig *g;
    unsigned cpu;
};

static void *busy_main(void *opaque)
{
    const struct busy *b = opaque;

    space_reader_register();
    stats_thread(b->cpu);
    for (int i = 0; i < 20000; i++) {
        exit_at(b->g->s->board.ports, PORT, 1, 1, false);
    }
    space_reader_unregister();
    return NULL;
}

static void test_threads(void)
{
    struct busy b[2];
    GThread *t[2];
    struct rig g;

    rig_make(&g);
    for (unsigned i = 0; i < 2; i++) {
        b[i] = (struct busy){&g, i};
        t[i] = g_thread_new("busy", busy_main, &b[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        g_thread_join(t[i]);
        g_assert_cmpuint(g.page->table[i].count[g.ports.stats_id].exits, ==, 20000);
    }
    g_assert_cmpuint(sum_of(&g, g.ports.stats_id).exits, ==, 40000);
    rig_free(&g);
}

/* Told, not judged: the machine may be busy with other things. */
static void test_cost(void)
{
    const unsigned n = 200000, rounds = 15;
    double best = 1e9;
    struct rig g;

    rig_make(&g);
    stats_thread(0);
    for (unsigned r = 0; r < rounds; r++) {
        int64_t begin = g_get_monotonic_time();

        for (unsigned i = 0; i < n; i++) {
            stats_returned();
            stats_touch(g.ports.stats_id);
            stats_answered(1);
        }
        best = MIN(best, (double)(g_get_monotonic_time() - begin) * 1000 / n);
    }
    g_test_message("a sample takes %.1f ns, of the clock %s", best,
                   g.page->head.clock == STATS_CLOCK_TSC ? "TSC" : "CLOCK_MONOTONIC");
    g_assert_cmpuint(sum_of(&g, g.ports.stats_id).exits, ==, n * rounds);
    rig_free(&g);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/latency/counts", test_counts);
    g_test_add_func("/latency/moves", test_moves);
    g_test_add_func("/latency/plugged", test_plugged);
    g_test_add_func("/latency/full", test_full);
    g_test_add_func("/latency/coalesced", test_coalesced);
    g_test_add_func("/latency/buckets", test_buckets);
    g_test_add_func("/latency/quantiles", test_quantiles);
    g_test_add_func("/latency/max", test_max);
    g_test_add_func("/latency/traffic", test_traffic);
    g_test_add_func("/latency/traffic-without", test_traffic_without);
    g_test_add_func("/latency/read-only", test_read_only);
    g_test_add_func("/latency/refused", test_refused);
    g_test_add_func("/latency/lies", test_lies);
    g_test_add_func("/latency/threads", test_threads);
    g_test_add_func("/latency/cost", test_cost);
    return g_test_run();
}
