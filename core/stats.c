/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writer of the page of live figures: see stats.h. */
#include "core/stats.h"

#include "core/device.h"
#include "core/shared.h"
#include "core/space.h"

#include <cpuid.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define NS_PER_S 1000000000u

static struct {
    struct stats_page *page;
    int fd;
    bool tsc;
    GMutex lock;                              /* leaf: the tables of names */
    const struct region *owner[STATS_RANGES]; /* NULL: gone with its device */
    bool net_gone[STATS_NETS];
} st = {.fd = -1};

_Thread_local struct stats_thread stats_self;

/* -- time -- */

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Does it count at one rate, whatever the CPU's clock and sleep states do? (CPUID 80000007h) */
static bool tsc_invariant(void)
{
    unsigned a, b, c, d;

    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
}

static inline uint64_t ticks(void)
{
    return __builtin_expect(st.tsc, 1) ? __rdtsc() : now_ns();
}

/* -- the page -- */

void stats_open(unsigned cpus)
{
    struct stats_page *p;

    if (st.page) {
        return;
    }
    p = shared_new("figures", sizeof(*p), &st.fd);
    if (!p) {
        return;
    }
    st.tsc = tsc_invariant();
    p->head = (struct stats_header){
        .magic = STATS_MAGIC,
        .version = STATS_VERSION,
        .size = sizeof(*p),
        .ticks_hz = NS_PER_S,
        .start_ns = (int64_t)now_ns(),
        .start_tick = ticks(),
        .pid = (uint32_t)getpid(),
        .clock = st.tsc ? STATS_CLOCK_TSC : STATS_CLOCK_NS,
        .cpus = MIN(cpus, STATS_CPUS),
        .ranges = STATS_FIRST,
    };
    g_strlcpy(p->range[STATS_OPEN_BUS].region, "open bus", sizeof(p->range->region));
    g_strlcpy(p->range[STATS_DRAIN].region, "coalesced writes", sizeof(p->range->region));
    g_strlcpy(p->range[STATS_EOI].region, "end of interrupt", sizeof(p->range->region));
    st.page = p;
    stats_thread(STATS_LOOP);
}

void stats_close(void)
{
    if (st.page) {
        shared_free(st.page, sizeof(*st.page), st.fd);
        st.page = NULL;
        st.fd = -1;
        memset(st.owner, 0, sizeof(st.owner));
        memset(st.net_gone, 0, sizeof(st.net_gone));
        stats_self = (struct stats_thread){0};
    }
}

/*
 * The longer the machine has run, the better it is known how fast the TSC counts: no time is spent
 * on finding out, and no reader needs a TSC.
 */
static void measure_hz(void)
{
    struct stats_header *h = &st.page->head;
    uint64_t ns = now_ns() - (uint64_t)h->start_ns, n = ticks() - h->start_tick;

    if (st.tsc && ns) {
        double hz = (double)n * NS_PER_S / (double)ns;

        __atomic_store_n(&h->ticks_hz, (uint64_t)hz, __ATOMIC_RELAXED);
    }
}

int stats_fd(void)
{
    if (st.page) {
        measure_hz();
    }
    return st.fd;
}

const struct stats_page *stats_now(void)
{
    if (st.page) {
        measure_hz();
    }
    return st.page;
}

void stats_clear_max(void)
{
    uint32_t n = st.page ? __atomic_load_n(&st.page->head.ranges, __ATOMIC_ACQUIRE) : 0;

    for (unsigned t = 0; t < STATS_TABLES; t++) {
        for (unsigned i = 0; i < n; i++) {
            uint64_t *max = &st.page->table[t].count[i].max;

            if (__atomic_load_n(max, __ATOMIC_RELAXED)) { /* a store makes memory of a hole */
                __atomic_store_n(max, 0, __ATOMIC_RELAXED);
            }
        }
    }
}

/* -- names -- */

void stats_name_device(char to[32], const struct device *d)
{
    g_strlcpy(to, !d ? "" : d->id ? d->id : d->cls->name, 32);
}

/* The number of this region, or of one (NULL) that is gone, under these names; 0: none. */
static uint16_t number_under(const struct region *r, const struct stats_range *want)
{
    for (uint32_t i = STATS_FIRST; i < st.page->head.ranges; i++) {
        const struct stats_range *have = &st.page->range[i];

        if (st.owner[i] == r && strcmp(have->region, want->region) == 0 &&
            strcmp(have->device, want->device) == 0 && strcmp(have->id, want->id) == 0) {
            return (uint16_t)i;
        }
    }
    return 0;
}

/*
 * The number that this region has had; else that of a card which was unplugged and is back; else the
 * next one, or 0 when there is none left.
 */
static uint16_t number_of(const struct region *r, const struct stats_range *want)
{
    uint32_t n = number_under(r, want);

    n = n ? n : number_under(NULL, want);
    if (n) {
        st.owner[n] = r;
        return (uint16_t)n;
    }
    n = st.page->head.ranges;
    if (n == STATS_RANGES) {
        return STATS_OPEN_BUS;
    }
    st.owner[n] = r;
    st.page->range[n] = *want;
    __atomic_store_n(&st.page->head.ranges, n + 1, __ATOMIC_RELEASE);
    return (uint16_t)n;
}

void stats_range_mapped(struct region *r, bool ports)
{
    struct stats_range want = {
        .base = r->base, .size = r->size, .flags = STATS_MAPPED | (ports ? STATS_PORTS : 0)};
    uint16_t n;

    if (!st.page || r->kind != REGION_IO) {
        return;
    }
    g_strlcpy(want.region, r->name ? r->name : "", sizeof(want.region));
    if (r->dev) {
        g_strlcpy(want.device, r->dev->cls->name, sizeof(want.device));
        g_strlcpy(want.id, r->dev->id ? r->dev->id : "", sizeof(want.id));
    }
    g_mutex_lock(&st.lock);
    n = number_of(r, &want);
    if (n) {
        __atomic_store_n(&st.page->range[n].base, want.base, __ATOMIC_RELAXED);
        __atomic_store_n(&st.page->range[n].flags, want.flags, __ATOMIC_RELAXED);
    }
    g_mutex_unlock(&st.lock);
    __atomic_store_n(&r->stats_id, n, __ATOMIC_RELAXED);
}

void stats_range_unmapped(struct region *r)
{
    uint16_t n = __atomic_load_n(&r->stats_id, __ATOMIC_RELAXED);

    if (st.page && n) {
        __atomic_and_fetch(&st.page->range[n].flags, ~(uint32_t)STATS_MAPPED, __ATOMIC_RELAXED);
    }
}

void stats_range_gone(const struct region *r)
{
    g_mutex_lock(&st.lock);
    for (uint32_t i = STATS_FIRST; st.page && i < st.page->head.ranges; i++) {
        if (st.owner[i] == r) {
            st.owner[i] = NULL;
        }
    }
    g_mutex_unlock(&st.lock);
}

void stats_net_gone(const struct stats_net *net)
{
    for (uint32_t i = 0; st.page && i < st.page->head.nets; i++) {
        st.net_gone[i] = st.net_gone[i] || net == &st.page->net[i];
    }
}

struct stats_net *stats_net(const char *name)
{
    uint32_t n = st.page ? st.page->head.nets : STATS_NETS;

    for (uint32_t i = 0; st.page && i < n; i++) {
        if (st.net_gone[i] &&
            strncmp(st.page->net[i].name, name, sizeof(st.page->net[i].name) - 1) == 0) {
            st.net_gone[i] = false;
            return &st.page->net[i];
        }
    }
    if (n == STATS_NETS) {
        return NULL;
    }
    g_strlcpy(st.page->net[n].name, name, sizeof(st.page->net[n].name));
    __atomic_store_n(&st.page->head.nets, n + 1, __ATOMIC_RELEASE);
    return &st.page->net[n];
}

struct stats_disk *stats_disk(const char *name)
{
    uint32_t n = st.page ? st.page->head.disks : STATS_DISKS;

    if (n == STATS_DISKS) {
        return NULL;
    }
    g_strlcpy(st.page->disk[n].name, name, sizeof(st.page->disk[n].name));
    __atomic_store_n(&st.page->head.disks, n + 1, __ATOMIC_RELEASE);
    return &st.page->disk[n];
}

/* -- the threads that count -- */

void stats_thread(unsigned table)
{
    if (st.page && table < STATS_TABLES) {
        stats_self.table = &st.page->table[table];
        stats_self.mark = ticks();
        __atomic_store_n(&stats_self.table->thread, (uint32_t)syscall(SYS_gettid),
                         __ATOMIC_RELAXED);
    }
}

/* One writer, so no atomic addition; atomic halves, since others read. */
static inline void add(uint64_t *counter, uint64_t n)
{
    __atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

/* The time since the mark, which moves on. A TSC that went back, as by a resumed host, gives 0. */
static inline uint64_t lap(struct stats_thread *self)
{
    uint64_t now = ticks(), n = now - self->mark;

    self->mark = now;
    return __builtin_expect((int64_t)n < 0, 0) ? 0 : n;
}

static inline void sample(struct stats_thread *self, unsigned range, uint32_t accesses)
{
    struct stats_table *t = self->table;
    struct stats_count *c = &t->count[range];
    uint64_t n = lap(self);

    add(&t->model, n);
    add(&c->exits, 1);
    add(&c->accesses, accesses);
    add(&c->ticks, n);
    if (n > __atomic_load_n(&c->max, __ATOMIC_RELAXED)) {
        __atomic_store_n(&c->max, n, __ATOMIC_RELAXED);
    }
    add(&t->bucket[range][stats_bucket(n)], 1);
}

void stats_returned(void)
{
    struct stats_thread *self = &stats_self;

    if (self->table) {
        add(&self->table->guest, lap(self));
        add(&self->table->exits, 1);
        self->range = STATS_OPEN_BUS;
    }
}

void stats_waited(void)
{
    struct stats_thread *self = &stats_self;

    if (self->table) {
        add(&self->table->waiting, lap(self));
    }
}

void stats_answered(uint32_t accesses)
{
    struct stats_thread *self = &stats_self;

    if (self->table) {
        sample(self, self->range, accesses);
    }
}

void stats_answered_by(unsigned range)
{
    struct stats_thread *self = &stats_self;

    if (self->table) {
        sample(self, range, 1);
    }
}

void stats_coalesced(uint32_t writes)
{
    const struct stats_thread *self = &stats_self;

    if (self->table) {
        add(&self->table->count[self->range].coalesced, writes);
    }
}
