/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a page of live figures (core/stats_format.h), one's own or another process's. What is in
 * it is not trusted: counts are clamped, texts ended, each word is taken once.
 */
#ifndef CORE_STATS_READ_H
#define CORE_STATS_READ_H

#include "core/stats_format.h"

#include <glib.h>
#include <stdbool.h>

/*
 * Map what came with VIEW_STATS, read-only. NULL with an error when it is no such page, of another
 * version, or could shrink under the reader. The descriptor stays the caller's, and may be closed.
 */
const struct stats_page *stats_map(int fd, GError **error);
void stats_unmap(const struct stats_page *page);

/* How many of each there are, at most STATS_RANGES, ... */
unsigned stats_ranges(const struct stats_page *p);
unsigned stats_cpus(const struct stats_page *p);
unsigned stats_nets(const struct stats_page *p);
unsigned stats_disks(const struct stats_page *p);
uint64_t stats_hz(const struct stats_page *p); /* never 0 */
double stats_ns(const struct stats_page *p, double ticks);

/* Copies, with texts ended and fit for a terminal. The index must be below the count. */
struct stats_range stats_get_range(const struct stats_page *p, unsigned i);
struct stats_net stats_get_net(const struct stats_page *p, unsigned i);
struct stats_disk stats_get_disk(const struct stats_page *p, unsigned i);
/* Without the histograms; .count is not filled in either. */
struct stats_load {
    uint32_t thread;
    uint64_t guest, model, waiting, exits;
};
struct stats_load stats_get_load(const struct stats_page *p, unsigned cpu);

/* All networks, all disks: for activity lights. */
struct stats_traffic {
    uint64_t tx_frames, tx_bytes, rx_frames, rx_bytes;
    uint64_t reads, read_bytes, writes, write_bytes, disk_errors;
};
struct stats_traffic stats_traffic(const struct stats_page *p);

/* Samples of a range, or of several. */
struct stats_sum {
    uint64_t exits, accesses, ticks, max, coalesced;
    uint64_t bucket[STATS_BUCKETS];
};

/* Add what all threads have of a range. */
void stats_sum_add(struct stats_sum *s, const struct stats_page *p, unsigned range);
/* Add all of another, or take an earlier reading away; `max` stays that of the whole. */
void stats_sum_join(struct stats_sum *s, const struct stats_sum *other);
void stats_sum_since(struct stats_sum *s, const struct stats_sum *earlier);
/*
 * Ticks that `per_mille` of 1000 samples do not exceed: the upper end of their bucket, so at most an
 * eighth too much, and never above max. 0 without samples.
 */
uint64_t stats_sum_quantile(const struct stats_sum *s, unsigned per_mille);

/* What people ask of it, in nanoseconds. */
struct stats_figures {
    double mean, p50, p99, p999, max;
};
struct stats_figures stats_figures(const struct stats_page *p, const struct stats_sum *s);

#endif
