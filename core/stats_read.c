/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of a page of live figures: see stats_read.h. */
#include "core/stats_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* -- mapping -- */

static bool bad(GError **error, const char *why)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "the machine's page of figures: %s", why);
    return false;
}

static bool check_file(int fd, GError **error)
{
    int seals = fcntl(fd, F_GET_SEALS);
    struct stat st;

    if (fstat(fd, &st) < 0) {
        return bad(error, g_strerror(errno));
    }
    if (st.st_size != (off_t)sizeof(struct stats_page)) {
        return bad(error, "it has the size of another version");
    }
    if (seals < 0 || !(seals & F_SEAL_SHRINK)) {
        return bad(error, "it is not sealed against shrinking");
    }
    return true;
}

static bool check_header(const struct stats_header *h, GError **error)
{
    if (memcmp(h->magic, STATS_MAGIC, sizeof(h->magic)) != 0) {
        return bad(error, "it is none");
    }
    if (h->version != STATS_VERSION || h->size != sizeof(struct stats_page)) {
        return bad(error, "it is of another version");
    }
    return true;
}

const struct stats_page *stats_map(int fd, GError **error)
{
    struct stats_page *p;

    if (!check_file(fd, error)) {
        return NULL;
    }
    p = mmap(NULL, sizeof(*p), PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        bad(error, g_strerror(errno));
        return NULL;
    }
    if (!check_header(&p->head, error)) {
        stats_unmap(p);
        return NULL;
    }
    return p;
}

void stats_unmap(const struct stats_page *page)
{
    if (page) {
        munmap((void *)(uintptr_t)page, sizeof(*page));
    }
}

/* -- words -- */

static uint64_t get(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static unsigned count(const uint32_t *word, unsigned max)
{
    return MIN(__atomic_load_n(word, __ATOMIC_ACQUIRE), max);
}

unsigned stats_ranges(const struct stats_page *p)
{
    return count(&p->head.ranges, STATS_RANGES);
}

unsigned stats_cpus(const struct stats_page *p)
{
    return count(&p->head.cpus, STATS_CPUS);
}

unsigned stats_nets(const struct stats_page *p)
{
    return count(&p->head.nets, STATS_NETS);
}

unsigned stats_disks(const struct stats_page *p)
{
    return count(&p->head.disks, STATS_DISKS);
}

uint64_t stats_hz(const struct stats_page *p)
{
    return MAX(get(&p->head.ticks_hz), 1);
}

double stats_ns(const struct stats_page *p, double ticks)
{
    return ticks * 1e9 / (double)stats_hz(p);
}

/* The text was copied, so that it stays as it is. Names are words of ASCII. */
static void clean(char *text, size_t size)
{
    text[size - 1] = 0;
    for (char *c = text; *c; c++) {
        if (!g_ascii_isprint(*c)) {
            *c = '?';
        }
    }
}

struct stats_range stats_get_range(const struct stats_page *p, unsigned i)
{
    struct stats_range r = p->range[i];

    clean(r.device, sizeof(r.device));
    clean(r.id, sizeof(r.id));
    clean(r.region, sizeof(r.region));
    return r;
}

struct stats_net stats_get_net(const struct stats_page *p, unsigned i)
{
    struct stats_net n = p->net[i];

    clean(n.name, sizeof(n.name));
    clean(n.device, sizeof(n.device));
    return n;
}

struct stats_disk stats_get_disk(const struct stats_page *p, unsigned i)
{
    struct stats_disk d = p->disk[i];

    clean(d.name, sizeof(d.name));
    clean(d.device, sizeof(d.device));
    return d;
}

struct stats_load stats_get_load(const struct stats_page *p, unsigned cpu)
{
    const struct stats_table *t = &p->table[cpu];

    return (struct stats_load){
        .thread = __atomic_load_n(&t->thread, __ATOMIC_RELAXED),
        .guest = get(&t->guest),
        .model = get(&t->model),
        .waiting = get(&t->waiting),
        .exits = get(&t->exits),
    };
}

struct stats_traffic stats_traffic(const struct stats_page *p)
{
    struct stats_traffic t = {0};

    for (unsigned i = 0; i < stats_nets(p); i++) {
        const struct stats_net *n = &p->net[i];

        t.tx_frames += get(&n->tx_frames);
        t.tx_bytes += get(&n->tx_bytes);
        t.rx_frames += get(&n->rx_frames);
        t.rx_bytes += get(&n->rx_bytes);
    }
    for (unsigned i = 0; i < stats_disks(p); i++) {
        const struct stats_disk *d = &p->disk[i];

        t.reads += get(&d->reads);
        t.read_bytes += get(&d->read_bytes);
        t.writes += get(&d->writes);
        t.write_bytes += get(&d->write_bytes);
        t.disk_errors += get(&d->errors);
    }
    return t;
}

/* -- histograms -- */

void stats_sum_add(struct stats_sum *s, const struct stats_page *p, unsigned range)
{
    unsigned cpus = stats_cpus(p);

    for (unsigned i = 0; i <= cpus; i++) {
        unsigned table = i < cpus ? i : STATS_LOOP;
        const struct stats_count *c = &p->table[table].count[range];
        uint64_t exits = get(&c->exits);

        s->exits += exits;
        s->accesses += get(&c->accesses);
        s->ticks += get(&c->ticks);
        s->max = MAX(s->max, get(&c->max));
        s->coalesced += get(&c->coalesced);
        for (unsigned b = 0; exits && b < STATS_BUCKETS; b++) {
            s->bucket[b] += get(&p->table[table].bucket[range][b]);
        }
    }
}

void stats_sum_join(struct stats_sum *s, const struct stats_sum *other)
{
    s->exits += other->exits;
    s->accesses += other->accesses;
    s->ticks += other->ticks;
    s->max = MAX(s->max, other->max);
    s->coalesced += other->coalesced;
    for (unsigned b = 0; b < STATS_BUCKETS; b++) {
        s->bucket[b] += other->bucket[b];
    }
}

/* A counter of a page that is not what it should be may go back. */
static void less(uint64_t *now, uint64_t earlier)
{
    *now = *now > earlier ? *now - earlier : 0;
}

void stats_sum_since(struct stats_sum *s, const struct stats_sum *earlier)
{
    less(&s->exits, earlier->exits);
    less(&s->accesses, earlier->accesses);
    less(&s->ticks, earlier->ticks);
    less(&s->coalesced, earlier->coalesced);
    for (unsigned b = 0; b < STATS_BUCKETS; b++) {
        less(&s->bucket[b], earlier->bucket[b]);
    }
}

uint64_t stats_sum_quantile(const struct stats_sum *s, unsigned per_mille)
{
    uint64_t all = 0, seen = 0, rank;
    unsigned b;

    for (b = 0; b < STATS_BUCKETS; b++) {
        all += s->bucket[b];
    }
    if (all == 0) {
        return 0;
    }
    /* rounded up, in two parts for the sake of counters that nobody has counted */
    rank = all / 1000 * per_mille + (all % 1000 * per_mille + 999) / 1000;
    for (b = 0; b < STATS_BUCKETS - 1; b++) {
        seen += s->bucket[b];
        if (seen >= rank) {
            break;
        }
    }
    if (b == STATS_BUCKETS - 1) { /* which has no end */
        return MAX(s->max, stats_bucket_end(b - 1) + 1);
    }
    return s->max ? MIN(stats_bucket_end(b), s->max) : stats_bucket_end(b);
}

struct stats_figures stats_figures(const struct stats_page *p, const struct stats_sum *s)
{
    return (struct stats_figures){
        .mean = s->exits ? stats_ns(p, (double)s->ticks / (double)s->exits) : 0,
        .p50 = stats_ns(p, (double)stats_sum_quantile(s, 500)),
        .p99 = stats_ns(p, (double)stats_sum_quantile(s, 990)),
        .p999 = stats_ns(p, (double)stats_sum_quantile(s, 999)),
        .max = stats_ns(p, (double)s->max),
    };
}
