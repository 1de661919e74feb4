/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping of regions: see space.h. The port map is a table patched in place, one port at a time.
 * The memory map is rebuilt as a new array from the regions in order of priority, published, and
 * the old one freed by the loop thread when no reader can hold it.
 */
#include "core/space.h"

#include "core/device.h"
#include "core/loop.h"
#include "core/ram.h"
#include "core/report.h"
#include "core/space_priv.h"
#include "core/stats.h"

#include <inttypes.h>

#include <string.h>
#define _LGPL_SOURCE
#include <urcu-qsbr.h>

GQuark space_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-space");
}

/* -- readers -- */

void space_reader_register(void)
{
    rcu_register_thread();
}

void space_reader_unregister(void)
{
    rcu_unregister_thread();
}

void space_reader_quiescent(void)
{
    rcu_quiescent_state();
}

void space_reader_offline(void)
{
    rcu_thread_offline();
}

void space_reader_online(void)
{
    rcu_thread_online();
}

void space_synchronize(void)
{
    synchronize_rcu();
}

/*
 * Free old maps, all that wait by one grace period: a guest that moves windows about in a loop makes
 * maps faster than grace periods pass, and must not fill memory with them.
 */
static void free_retired(void *opaque)
{
    struct space *s = opaque;
    GPtrArray *old;

    g_rec_mutex_lock(&s->lock);
    old = s->retired;
    s->retired = g_ptr_array_new_with_free_func(g_free);
    g_rec_mutex_unlock(&s->lock);
    synchronize_rcu();
    g_ptr_array_free(old, TRUE);
}

/* -- making -- */

static struct space *space_new(void)
{
    struct space *s = g_new0(struct space, 1);

    g_rec_mutex_init(&s->lock);
    s->regions = g_ptr_array_new();
    return s;
}

struct space *space_new_ports(void)
{
    struct space *s = space_new();

    s->ports = true;
    s->port_map = g_new0(uint16_t, PORT_COUNT);
    s->port_table = g_new0(struct region *, PORT_REGIONS);
    return s;
}

struct space *space_new_memory(void)
{
    struct space *s = space_new();

    s->map = g_new0(struct space_map, 1);
    s->retired = g_ptr_array_new_with_free_func(g_free);
    loop_kick_init(&s->retire, free_retired, s);
    return s;
}

void space_free(struct space *s)
{
    if (!s) {
        return;
    }
    if (s->retired) {
        loop_kick_cancel(&s->retire);
        g_ptr_array_free(s->retired, TRUE);
    }
    g_ptr_array_free(s->regions, TRUE);
    g_free(s->port_map);
    g_free(s->port_table);
    g_free(s->map);
    g_rec_mutex_clear(&s->lock);
    g_free(s);
}

bool space_is_ports(const struct space *s)
{
    return s->ports;
}

static uint64_t last_of(const struct region *r)
{
    return r->base + (r->size - 1);
}

/* -- ports -- */

/*
 * A free slot of the table, 0 when all are taken. A reader may still hold the number of a slot that
 * is given to another region: it then finds its port outside that region and answers open bus.
 */
static uint32_t port_slot(const struct space *s)
{
    for (uint32_t i = 1; i < PORT_REGIONS; i++) {
        if (!s->port_table[i]) {
            return i;
        }
    }
    return 0;
}

/* Look up again who answers the ports [first, last]. */
static void port_refresh(struct space *s, uint64_t first, uint64_t last)
{
    for (uint64_t p = first; p <= last; p++) {
        uint16_t slot = 0;

        for (guint i = 0; i < s->regions->len && !slot; i++) {
            struct region *r = g_ptr_array_index(s->regions, i);

            if (p >= r->base && p <= last_of(r)) {
                slot = (uint16_t)r->index;
            }
        }
        __atomic_store_n(&s->port_map[p], slot, __ATOMIC_RELEASE);
    }
}

struct region *space_port_region(const struct space *s, uint16_t port)
{
    uint16_t slot = __atomic_load_n(&s->port_map[port], __ATOMIC_ACQUIRE);

    return __atomic_load_n(&s->port_table[slot], __ATOMIC_ACQUIRE);
}

/* -- the flat memory map -- */

static int by_address(const void *a, const void *b)
{
    const struct space_range *x = a, *y = b;

    return x->first < y->first ? -1 : x->first > y->first;
}

/* Add the parts of a region that no earlier (higher) one covers; the array stays sorted. */
static void flat_add(GArray *ranges, struct region *r)
{
    g_autoptr(GArray) fresh = g_array_new(FALSE, FALSE, sizeof(struct space_range));
    uint64_t pos = r->base, end = last_of(r);
    bool done = false;

    for (guint i = 0; i < ranges->len && !done; i++) {
        const struct space_range *have = &g_array_index(ranges, struct space_range, i);

        if (have->last < pos) {
            continue;
        }
        if (have->first > end) {
            break;
        }
        if (have->first > pos) {
            struct space_range gap = {pos, have->first - 1, r, pos - r->base};

            g_array_append_val(fresh, gap);
        }
        done = have->last >= end;
        pos = have->last + 1;
    }
    if (!done) {
        struct space_range rest = {pos, end, r, pos - r->base};

        g_array_append_val(fresh, rest);
    }
    g_array_append_vals(ranges, fresh->data, fresh->len);
    g_array_sort(ranges, by_address);
}

static bool mappable(const struct space_range *r)
{
    return r->region->kind != REGION_IO;
}

static bool same_range(const struct space_range *a, const struct space_range *b)
{
    return a->first == b->first && a->last == b->last && a->region == b->region &&
           a->offset == b->offset;
}

/* Append to `out` the mappable ranges of a that b does not have. Both are sorted. */
static void diff_into(const struct space_map *a, const struct space_map *b, GArray *out)
{
    uint32_t j = 0;

    for (uint32_t i = 0; i < a->n; i++) {
        while (j < b->n && b->r[j].first < a->r[i].first) {
            j++;
        }
        if (mappable(&a->r[i]) && !(j < b->n && same_range(&a->r[i], &b->r[j]))) {
            g_array_append_val(out, a->r[i]);
        }
    }
}

static void tell(struct space *s, const struct space_map *old, const struct space_map *now)
{
    g_autoptr(GArray) del = g_array_new(FALSE, FALSE, sizeof(struct space_range));
    g_autoptr(GArray) add = g_array_new(FALSE, FALSE, sizeof(struct space_range));
    struct map_diff diff;

    if (!s->listening || !s->listener.changed) {
        return;
    }
    diff_into(old, now, del);
    diff_into(now, old, add);
    if (del->len == 0 && add->len == 0) {
        return;
    }
    diff = (struct map_diff){
        .ndel = del->len,
        .nadd = add->len,
        .del = (const struct space_range *)(const void *)del->data,
        .add = (const struct space_range *)(const void *)add->data,
    };
    s->listener.changed(s->listener.opaque, &diff);
}

static void rebuild(struct space *s)
{
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(struct space_range));
    struct space_map *old = s->map, *map;

    for (guint i = 0; i < s->regions->len; i++) {
        flat_add(ranges, g_ptr_array_index(s->regions, i));
    }
    map = g_malloc0(sizeof(*map) + ranges->len * sizeof(struct space_range));
    map->n = ranges->len;
    if (ranges->len) {
        memcpy(map->r, ranges->data, ranges->len * sizeof(struct space_range));
    }
    rcu_set_pointer(&s->map, map);
    tell(s, old, map);
    g_ptr_array_add(s->retired, old);
    loop_kick(&s->retire);
}

const struct space_map *space_map_get(const struct space *s)
{
    return rcu_dereference(s->map);
}

const struct space_range *space_map_find(const struct space_map *m, uint64_t addr, uint64_t *last)
{
    static _Thread_local struct {
        const struct space_map *map;
        uint32_t i;
    } hit;
    uint32_t lo = 0, hi = m->n;

    if (hit.map == m && hit.i < m->n && addr >= m->r[hit.i].first && addr <= m->r[hit.i].last) {
        *last = m->r[hit.i].last;
        return &m->r[hit.i];
    }
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        if (m->r[mid].last < addr) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo < m->n && addr >= m->r[lo].first) {
        hit.map = m;
        hit.i = lo;
        *last = m->r[lo].last;
        return &m->r[lo];
    }
    *last = lo < m->n ? m->r[lo].first - 1 : UINT64_MAX;
    return NULL;
}

uint8_t *space_range_host(const struct space_range *r, uint64_t addr)
{
    return r->region->ram->host + r->region->ram_offset + r->offset + (addr - r->first);
}

/* -- mapping -- */

static void changed(struct space *s)
{
    if (s->depth) {
        s->stale = true;
    } else {
        rebuild(s);
    }
}

void space_begin(struct space *s)
{
    g_rec_mutex_lock(&s->lock);
    s->depth++;
}

void space_commit(struct space *s)
{
    if (--s->depth == 0 && s->stale) {
        s->stale = false;
        rebuild(s);
    }
    g_rec_mutex_unlock(&s->lock);
}

static void tell_coalesced(struct space *s, const struct region *r, bool on)
{
    if (!s->listening || !s->listener.coalesce || r->kind != REGION_IO || !r->ops->coalesced) {
        return;
    }
    for (const struct span *c = r->ops->coalesced; c->len; c++) {
        s->listener.coalesce(s->listener.opaque, s, r->base + c->offset, c->len, on);
    }
}

/* The bus widens narrower accesses to it: that must not go beyond the region's end. */
static uint64_t narrowest(const struct region *r)
{
    unsigned impl = r->kind == REGION_IO ? r->ops->impl : 0;

    return impl ? impl & -impl : 1;
}

static bool fits(const struct space *s, const struct region *r, uint64_t base, GError **error)
{
    uint64_t top = s->ports ? PORT_COUNT - 1 : UINT64_MAX;

    if (r->size % narrowest(r)) {
        g_set_error(error, SPACE_ERROR, 0,
                    "%s: 0x%" PRIx64 " bytes are no whole number of its narrowest registers",
                    r->name, r->size);
        return false;
    }

    if (r->size == 0 || base > top || r->size - 1 > top - base) {
        g_set_error(error, SPACE_ERROR, 0,
                    "%s: 0x%" PRIx64 " bytes at 0x%" PRIx64 " do not fit the address space",
                    r->name, r->size, base);
        return false;
    }
    for (guint i = 0; i < s->regions->len; i++) {
        const struct region *o = g_ptr_array_index(s->regions, i);

        if (o->prio == r->prio && base <= last_of(o) && o->base <= base + (r->size - 1)) {
            g_set_error(error, SPACE_ERROR, 0,
                        "%s at 0x%" PRIx64 " overlaps %s at 0x%" PRIx64
                        ": give one of them another address",
                        r->name, base, o->name, o->base);
            return false;
        }
    }
    return true;
}

bool space_map(struct space *s, struct region *r, uint64_t base, GError **error)
{
    guint at = 0;

    g_rec_mutex_lock(&s->lock);
    if (!fits(s, r, base, error)) {
        g_rec_mutex_unlock(&s->lock);
        return false;
    }
    r->index = s->ports ? port_slot(s) : 0;
    if (s->ports && r->index == 0) {
        g_set_error(error, SPACE_ERROR, 0, "%s: no room for more port regions", r->name);
        g_rec_mutex_unlock(&s->lock);
        return false;
    }
    r->base = base;
    r->space = s;
    __atomic_store_n(&r->trace_id, 0, __ATOMIC_RELAXED);
    stats_range_mapped(r, s->ports);
    while (at < s->regions->len &&
           ((struct region *)g_ptr_array_index(s->regions, at))->prio >= r->prio) {
        at++;
    }
    g_ptr_array_insert(s->regions, (int)at, r);
    if (s->ports) {
        __atomic_store_n(&s->port_table[r->index], r, __ATOMIC_RELEASE);
        port_refresh(s, base, last_of(r));
    } else {
        changed(s);
    }
    tell_coalesced(s, r, true);
    g_rec_mutex_unlock(&s->lock);
    return true;
}

bool space_map_or_warn(struct space *s, struct region *r, uint64_t base)
{
    g_autoptr(GError) error = NULL;

    if (space_map(s, r, base, &error)) {
        return true;
    }
    report_limited("%s", error->message);
    return false;
}

void space_unmap(struct region *r)
{
    struct space *s = r->space;

    if (!s) {
        return;
    }
    g_rec_mutex_lock(&s->lock);
    tell_coalesced(s, r, false);
    g_ptr_array_remove(s->regions, r);
    stats_range_unmapped(r);
    r->space = NULL;
    if (s->ports) {
        port_refresh(s, r->base, last_of(r));
        __atomic_store_n(&s->port_table[r->index], NULL, __ATOMIC_RELEASE);
    } else {
        changed(s);
    }
    g_rec_mutex_unlock(&s->lock);
}

void space_listen(struct space *s, const struct space_listener *l)
{
    static const struct space_map empty = {.n = 0};

    g_rec_mutex_lock(&s->lock);
    s->listener = *l;
    s->listening = true;
    if (!s->ports) {
        tell(s, &empty, s->map);
    }
    for (guint i = 0; i < s->regions->len; i++) {
        tell_coalesced(s, g_ptr_array_index(s->regions, i), true);
    }
    g_rec_mutex_unlock(&s->lock);
}

GPtrArray *space_regions(struct space *s)
{
    GPtrArray *copy = g_ptr_array_new();

    g_rec_mutex_lock(&s->lock);
    for (guint i = 0; i < s->regions->len; i++) {
        g_ptr_array_add(copy, g_ptr_array_index(s->regions, i));
    }
    g_rec_mutex_unlock(&s->lock);
    return copy;
}
