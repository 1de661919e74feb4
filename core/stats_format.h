/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page of live figures: a memfd that the machine writes and others map read-only (ui/wire.h,
 * VIEW_STATS). Byte order of the host. The writer is core/stats.c, the reader core/stats_read.c.
 *
 * Every counter only grows, in plain 64-bit stores of one thread (a `table` has one writer), so that
 * a reader may take any at any time; what belongs together may differ by what happens meanwhile. Only
 * `max` goes back to 0, when somebody asks for that (query-latency with reset). Parts are used from
 * their first element on: the counts in the header, which grow too, say how far. Untouched parts are
 * holes of the file; who reads a histogram whose `exits` is 0 makes memory of it for nothing.
 *
 * Times are ticks of the TSC, where it is one that never stops or changes its rate, else nanoseconds;
 * ticks_hz says how many there are in a second. A histogram counts values below 8 each by itself,
 * above that eight buckets for each power of two: a bucket is at most an eighth wide, the last one
 * takes all that is 2^34 or more.
 */
#ifndef CORE_STATS_FORMAT_H
#define CORE_STATS_FORMAT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define STATS_MAGIC "VMXDMSTA"
#define STATS_VERSION 1u

#define STATS_RANGES 256u
#define STATS_CPUS 8u
#define STATS_LOOP STATS_CPUS /* table of the loop thread: coalesced writes only */
#define STATS_TABLES (STATS_CPUS + 1)
#define STATS_NETS 16u
#define STATS_DISKS 16u
#define STATS_BUCKETS 256u
#define STATS_SUB_BITS 3u /* 8 buckets a power of two */
#define STATS_TOP_BIT 34u /* this and more: the last bucket */

/* Ranges that are no device's. */
enum {
    STATS_OPEN_BUS, /* nothing answers there, or RAM does */
    STATS_DRAIN,    /* an exit that first had to deliver coalesced writes: the time for those */
    STATS_EOI,      /* end of a level interrupt, told by the hypervisor */
    STATS_FIRST,    /* of the devices' */
};

enum { STATS_CLOCK_NS, STATS_CLOCK_TSC };
enum { STATS_PORTS = 1, STATS_MAPPED = 2 }; /* of a range */

struct stats_header {
    char magic[8];
    uint32_t version;
    uint32_t size; /* of all of it */
    uint64_t ticks_hz;
    int64_t start_ns;    /* CLOCK_MONOTONIC */
    uint64_t start_tick; /* at that moment */
    uint32_t pid;
    uint32_t clock; /* STATS_CLOCK_* */
    uint32_t cpus, ranges, nets, disks;
    uint8_t pad[192];
};

struct stats_range {
    char device[32]; /* class; empty for the first three */
    char id[32];     /* of the device, if it has one */
    char region[40];
    uint64_t base, size; /* base: where it is now, or was */
    uint32_t flags;
    uint8_t pad[4];
};

struct stats_net {
    char name[32];                                                 /* of the network */
    char device[32];                                               /* class or id of the card */
    uint64_t tx_frames, tx_bytes, rx_frames, rx_bytes, rx_dropped; /* tx: from the guest */
    uint8_t pad[24];
};

struct stats_disk {
    char name[32];
    char device[32]; /* class or id of the controller */
    uint64_t reads, writes, flushes, read_bytes, write_bytes, errors;
    uint8_t pad[16];
};

struct stats_count {
    uint64_t exits;      /* samples in the histogram */
    uint64_t accesses;   /* in them: an exit can be a string of accesses */
    uint64_t ticks, max; /* of the samples: sum and greatest */
    uint64_t coalesced;  /* writes that came without an exit */
    uint8_t pad[24];
};

struct stats_table {
    uint32_t thread; /* host thread id; 0: has not run yet */
    uint32_t pad0;
    uint64_t guest;   /* ticks in the hypervisor: guest code, exits, halted in the kernel */
    uint64_t model;   /* ticks of all samples */
    uint64_t waiting; /* ticks parked, or halted without a chip in the kernel */
    uint64_t exits;   /* returns of the hypervisor, those without an access included */
    uint8_t pad[24];
    struct stats_count count[STATS_RANGES];
    uint64_t bucket[STATS_RANGES][STATS_BUCKETS];
};

struct stats_page {
    struct stats_header head;
    struct stats_net net[STATS_NETS];
    struct stats_disk disk[STATS_DISKS];
    struct stats_range range[STATS_RANGES];
    struct stats_table table[STATS_TABLES];
};

static_assert(sizeof(struct stats_header) == 256, "packed");
static_assert(sizeof(struct stats_range) == 128, "packed");
static_assert(sizeof(struct stats_net) == 128, "packed");
static_assert(sizeof(struct stats_disk) == 128, "packed");
static_assert(sizeof(struct stats_count) == 64, "one cache line");
static_assert(offsetof(struct stats_table, count) == 64, "cache lines");
static_assert(sizeof(struct stats_page) ==
                  256 + 16 * 128 * 2 + 256 * 128 + 9 * (64 + 256 * (64 + 256 * 8)),
              "packed");

/* Which bucket a value is counted in, ... */
static inline unsigned stats_bucket(uint64_t n)
{
    unsigned top;

    if (n < 1u << STATS_SUB_BITS) {
        return (unsigned)n;
    }
    top = 63 - (unsigned)__builtin_clzll(n);
    if (top >= STATS_TOP_BIT) {
        return STATS_BUCKETS - 1;
    }
    return ((top - STATS_SUB_BITS) << STATS_SUB_BITS) + (unsigned)(n >> (top - STATS_SUB_BITS));
}

/* ... and the greatest that a bucket takes. */
static inline uint64_t stats_bucket_end(unsigned bucket)
{
    unsigned shift = bucket >> STATS_SUB_BITS, subs = 1u << STATS_SUB_BITS;

    if (bucket >= STATS_BUCKETS - 1) {
        return UINT64_MAX;
    }
    if (bucket < subs) {
        return bucket;
    }
    return ((uint64_t)(subs + bucket % subs + 1) << (shift - 1)) - 1;
}

#endif
