/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bus: address spaces and dispatch. Every guest access, whatever the hypervisor, is one
 * space_access(). Two spaces exist: ports (65536, a direct table) and memory (a sorted array of
 * disjoint ranges, rebuilt on change and published with an atomic pointer).
 *
 * A region's handlers see an offset from its base and a width that `impl` names, with the owning
 * device's lock held. What the region does not answer, and what no region covers, is open bus:
 * reads give all ones, writes vanish.
 *
 * Threads that access spaces or RAM are readers (userspace-RCU, QSBR): they call
 * space_reader_register() once, space_reader_quiescent() between accesses, and go offline around
 * anything that blocks. The loop thread and vCPU threads do; no other thread may access.
 */
#ifndef CORE_SPACE_H
#define CORE_SPACE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct device;
struct ram_block;

enum region_kind {
    REGION_IO,  /* handlers */
    REGION_RAM, /* mapped into the guest */
    REGION_ROM, /* mapped read-only; writes vanish */
};

/*
 * Who wins where regions overlap: the higher. Two regions of equal priority may not overlap: for
 * fixed ones that is a start-up error that names both. PCI BARs, which the guest moves at will, use
 * PRIO_BAR(devfn, bar), so that none is equal to another.
 */
#define PRIO_BAR(devfn, bar) (1 + (int)(devfn)*8 + (int)(bar))
#define PRIO_FIXED 4096
#define PRIO_OVERLAY 8192

struct span {
    uint32_t offset, len; /* len 0 ends a table */
};

struct region_ops {
    /* Width is one that `impl` names; the value in the low bits, upper bits of a result ignored. */
    uint64_t (*read)(void *opaque, uint64_t offset, unsigned width);
    void (*write)(void *opaque, uint64_t offset, unsigned width, uint64_t value);
    /*
     * Optional: count accesses of one width at one offset (REP INS, REP OUTS, coalesced bursts).
     * Return how many were served; the bus loops over the rest. buf is not aligned.
     */
    uint32_t (*read_block)(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                           void *buf);
    uint32_t (*write_block)(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                            const void *buf);
    /*
     * OR of 1, 2, 4, 8. `valid`: what the device decodes; other widths are open bus, or for a
     * wider access are split. 0 means 1|2|4. `impl`: what the handlers take; the bus splits wider
     * accesses (low address first) and widens narrower reads. A narrower write than any in `impl`
     * is widened with a read. 0 means 1.
     */
    uint8_t valid, impl;
    /* Write-only-effect registers that may be delivered late but in order; NULL = none. */
    const struct span *coalesced;
};

struct region {
    const char *name;
    struct device *dev; /* its lock is taken; for RAM and ROM may be NULL */
    void *opaque;
    const struct region_ops *ops; /* REGION_IO */
    enum region_kind kind;
    struct ram_block *ram; /* REGION_RAM, REGION_ROM */
    uint64_t ram_offset;
    uint64_t size;
    int prio;
    bool log_dirty; /* RAM: the hypervisor shall keep a dirty log */
    /* set by space_map() */
    struct space *space;
    uint64_t base;
    uint32_t index;
    uint16_t trace_id; /* atomic; number of its name in a trace, 0: none yet */
    uint16_t stats_id; /* atomic; its number in core/stats.h, 0: none */
};

/* A maximal piece of one region in the flattened memory map. */
struct space_range {
    uint64_t first, last; /* inclusive */
    struct region *region;
    uint64_t offset; /* of `first` in the region */
};

struct space_map {
    uint32_t n;
    struct space_range r[];
};

/* What changed between two flat maps: apply `del`, then `add`. */
struct map_diff {
    uint32_t ndel, nadd;
    const struct space_range *del;
    const struct space_range *add;
};

/* The hypervisor backend's ear. Called with the space's update lock held: a leaf, no callbacks. */
struct space_listener {
    /* Memory spaces only; RAM and ROM ranges only. */
    void (*changed)(void *opaque, const struct map_diff *diff);
    /* A coalesced span appeared at, or left, [addr, addr+len). */
    void (*coalesce)(void *opaque, struct space *s, uint64_t addr, uint32_t len, bool on);
    void *opaque;
};

struct space *space_new_ports(void);
struct space *space_new_memory(void);
void space_free(struct space *s);
bool space_is_ports(const struct space *s);

/*
 * Put a region at base. False, with an error that names both, on zero size, wrap, or overlap with
 * a region of equal priority. The region must stay valid until unmapped and quiescent. May be
 * called with device locks held.
 */
bool space_map(struct space *s, struct region *r, uint64_t base, GError **error);
/* The same for tables that cannot conflict by construction, and BARs: a conflict is reported on
 * stderr (rate-limited) and the region left unmapped. */
bool space_map_or_warn(struct space *s, struct region *r, uint64_t base);
void space_unmap(struct region *r);
static inline bool region_mapped(const struct region *r)
{
    return r->space != NULL;
}

/* Group changes of a memory space into one rebuild; nests. Holds the update lock between. */
void space_begin(struct space *s);
void space_commit(struct space *s);

/* One listener a space. It hears of everything mapped before, as additions. */
void space_listen(struct space *s, const struct space_listener *l);

/*
 * The one entrance. `width` 1, 2, 4 or 8 and `count` >= 1; anything else is open bus. In a port
 * space all elements go to one address; in a memory space they follow each other. `data` holds
 * count * width bytes, little endian, not necessarily aligned. addr is masked to the space.
 */
void space_access(struct space *s, uint64_t addr, unsigned width, uint32_t count, bool write,
                  void *data);

/* Single accesses in terms of values. */
uint64_t space_read(struct space *s, uint64_t addr, unsigned width);
void space_write(struct space *s, uint64_t addr, unsigned width, uint64_t value);

/* -- reading the flat memory map (for ram.c, backends, monitor) -- */
const struct space_map *space_map_get(const struct space *s);
/* The range that holds addr, or NULL; *last is the end of the range or of the gap. */
const struct space_range *space_map_find(const struct space_map *m, uint64_t addr, uint64_t *last);
/* Host address of a guest address inside a RAM or ROM range. */
uint8_t *space_range_host(const struct space_range *r, uint64_t addr);
/* The region that answers a port, NULL for open bus. */
struct region *space_port_region(const struct space *s, uint16_t port);
/* All mapped regions, highest priority first: for `info mtree` and tests. Caller frees array. */
GPtrArray *space_regions(struct space *s);

/* -- readers -- */
void space_reader_register(void);
void space_reader_unregister(void);
void space_reader_quiescent(void);
void space_reader_offline(void);
void space_reader_online(void);
/* Wait until no reader can still be inside what was unmapped before. Loop thread, no lock held. */
void space_synchronize(void);

#define SPACE_ERROR (space_error_quark())
GQuark space_error_quark(void);

#endif
