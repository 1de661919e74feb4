/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Coalesced writes: the kernel puts them in a ring of 170 entries and lets the guest run on; 0.6 us
 * in place of 6.6. The ring is emptied, in order, before the next exit of any vCPU is served, when
 * the machine pauses or saves, when a device asks (drain), and by a timer, so that a guest that
 * writes and then waits is seen. The timer runs each 10 ms while writes come and each 200 ms else.
 *
 * drain_lock is held while the handlers run, so a second vCPU that exits meanwhile waits and keeps
 * the order; the ring's `first` moves on only after the writes it covers were served.
 *
 * Taking a zone from the kernel costs 8 ms (a grace period), and guests move BARs about when they
 * probe. So a zone whose region left stays registered, marked: what is written there is still
 * delivered, in order, to whoever answers, and a region that comes back finds its zone in place.
 * Only when something else answers there, seen at delivery, is the zone taken away.
 */
#include "accel/vmx/kvm.h"

#include "core/report.h"
#include "core/stats.h"

#include <string.h>
#include <unistd.h>

#define TICK_BUSY_MS 10
#define TICK_IDLE_MS 200
#define BATCH 170

/* -- zones -- */

static int set_zone(struct accel *a, const struct kvm_zone *z, bool on)
{
    struct kvm_coalesced_mmio_zone k = {.addr = z->addr, .size = z->len, .pio = z->pio};

    return kvm_ioctl(a->vm, on ? KVM_REGISTER_COALESCED_MMIO : KVM_UNREGISTER_COALESCED_MMIO, &k);
}

static void zone_on(struct accel *a, const struct kvm_zone *want)
{
    for (unsigned i = 0; i < a->zones; i++) {
        struct kvm_zone *z = &a->zone[i];

        if (z->pio == want->pio && z->addr == want->addr && z->len == want->len) {
            if (!z->wanted) {
                z->wanted = true;
                __atomic_sub_fetch(&a->stale_zones, 1, __ATOMIC_RELAXED);
            }
            return;
        }
    }
    if (a->zones < KVM_ZONES && set_zone(a, want, true) == 0) {
        a->zone[a->zones++] = *want;
    }
}

static void zone_off(struct accel *a, const struct kvm_zone *leave)
{
    for (unsigned i = 0; i < a->zones; i++) {
        struct kvm_zone *z = &a->zone[i];

        if (z->wanted && z->pio == leave->pio && z->addr == leave->addr && z->len == leave->len) {
            z->wanted = false;
            __atomic_add_fetch(&a->stale_zones, 1, __ATOMIC_RELAXED);
        }
    }
}

void kvm_coalesce(void *opaque, struct space *s, uint64_t addr, uint32_t len, bool on)
{
    struct accel *a = opaque;
    struct kvm_zone z = {.addr = addr, .len = len, .pio = space_is_ports(s), .wanted = true};

    if (!a->ring_page || (z.pio && !a->pio_ring)) {
        return;
    }
    g_mutex_lock(&a->zone_lock);
    if (on) {
        zone_on(a, &z);
    } else {
        zone_off(a, &z);
    }
    g_mutex_unlock(&a->zone_lock);
}

static bool answered(struct accel *a, bool pio, uint64_t addr)
{
    uint64_t last;

    if (pio) {
        return space_port_region(a->host.ports, (uint16_t)addr) != NULL;
    }
    return space_map_find(space_map_get(a->host.mem), addr, &last) != NULL;
}

/* A write came to a zone whose region left: does another one answer there? */
static void check_stale(struct accel *a, bool pio, uint64_t addr)
{
    g_mutex_lock(&a->zone_lock);
    for (unsigned i = 0; i < a->zones; i++) {
        struct kvm_zone *z = &a->zone[i];

        if (!z->wanted && z->pio == pio && addr - z->addr < z->len && answered(a, pio, addr)) {
            set_zone(a, z, false);
            *z = a->zone[--a->zones];
            __atomic_sub_fetch(&a->stale_zones, 1, __ATOMIC_RELAXED);
            break;
        }
    }
    g_mutex_unlock(&a->zone_lock);
}

/* -- delivery -- */

void kvm_access(struct space *s, uint64_t addr, unsigned len, bool write, uint8_t *data)
{
    while (len) {
        unsigned w = len >= 8 ? 8 : len >= 4 ? 4 : len >= 2 ? 2 : 1;

        space_access(s, addr, w, 1, write, data);
        addr += w;
        data += w;
        len -= w;
    }
}

static bool follows(const struct kvm_coalesced_mmio *first, uint32_t n,
                    const struct kvm_coalesced_mmio *next)
{
    uint64_t step = first->pio ? 0 : (uint64_t)n * first->len;

    return next->pio == first->pio && next->len == first->len &&
           next->phys_addr == first->phys_addr + step;
}

/*
 * Copy entries from `at` that make one burst: to one port, or to memory in ascending order.
 * Returns how many.
 */
static uint32_t gather(const struct kvm_coalesced_mmio_ring *ring, uint32_t at, uint32_t last,
                       uint32_t size, struct kvm_coalesced_mmio *head, uint8_t *data)
{
    uint32_t n = 0;

    while (at != last && n < BATCH) {
        struct kvm_coalesced_mmio e = ring->coalesced_mmio[at];

        if (n == 0) {
            *head = e;
        } else if (!follows(head, n, &e)) {
            break;
        }
        if (e.len == 0 || e.len > 8) { /* not from a sane kernel: dropped alone */
            return n ? n : 1;
        }
        memcpy(data + (size_t)n * e.len, e.data, e.len);
        n++;
        at = (at + 1) % size;
    }
    return n;
}

static void deliver(struct accel *a, const struct kvm_coalesced_mmio *head, uint32_t n,
                    uint8_t *data)
{
    struct space *s = head->pio ? a->host.ports : a->host.mem;
    uint32_t w = head->len;

    stats_touch(STATS_OPEN_BUS);
    if (w == 1 || w == 2 || w == 4 || w == 8) {
        space_access(s, head->phys_addr, w, n, true, data);
    } else if (w && w < 8) {
        for (uint32_t i = 0; i < n; i++) {
            kvm_access(s, head->phys_addr + (head->pio ? 0 : (uint64_t)i * w), w, true,
                       data + (size_t)i * w);
        }
    }
    stats_coalesced(n);
    if (__atomic_load_n(&a->stale_zones, __ATOMIC_RELAXED)) {
        check_stale(a, head->pio != 0, head->phys_addr);
    }
}

void kvm_drain(struct accel *a)
{
    struct kvm_coalesced_mmio_ring *ring = a->ring;
    uint32_t size, at, last;
    uint8_t data[BATCH * 8];
    uint16_t asking = stats_self.range; /* a device may be, in the middle of an access */

    if (!kvm_ring_waits(a)) {
        return;
    }
    size = (uint32_t)((4096 - sizeof(*ring)) / sizeof(ring->coalesced_mmio[0]));
    g_mutex_lock(&a->drain_lock);
    at = __atomic_load_n(&ring->first, __ATOMIC_RELAXED) % size;
    last = __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE) % size;
    while (at != last) {
        struct kvm_coalesced_mmio head = {.len = 0};
        uint32_t n = gather(ring, at, last, size, &head, data);

        deliver(a, &head, n, data);
        at = (at + n) % size;
        __atomic_store_n(&ring->first, at, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&a->drained, 1, __ATOMIC_RELAXED);
    g_mutex_unlock(&a->drain_lock);
    stats_touch(asking);
}

/* -- the timer, in the loop thread -- */

static gboolean tick(gpointer opaque)
{
    struct accel *a = opaque;
    unsigned ms;

    kvm_drain(a);
    ms = __atomic_exchange_n(&a->drained, 0, __ATOMIC_RELAXED) ? TICK_BUSY_MS : TICK_IDLE_MS;
    if (ms == a->tick_ms) {
        return G_SOURCE_CONTINUE;
    }
    a->tick_ms = ms;
    a->tick = g_timeout_add(ms, tick, a);
    return G_SOURCE_REMOVE;
}

void kvm_tick_start(struct accel *a)
{
    if (a->ring && !a->tick) {
        a->tick_ms = TICK_BUSY_MS;
        a->tick = g_timeout_add(a->tick_ms, tick, a);
    }
}

void kvm_tick_stop(struct accel *a)
{
    if (a->tick) {
        g_source_remove(a->tick);
        a->tick = 0;
    }
}
