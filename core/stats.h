/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live figures: how long the device model takes to answer each exit, by range, and what went over
 * networks and disks. Always on. They lie in a page that others may map (core/stats_format.h).
 *
 * A sample is the time from the hypervisor's return to the end of the handler: dispatch, the wait
 * for the device's lock, the handler. The way of the exit through the kernel is not in it, nor is
 * what the handler leaves to other threads. Coalesced writes that an exit has to deliver first are
 * a sample of their own (STATS_DRAIN). Each vCPU thread writes a table of its own: no lock, no
 * atomic addition, no cache line that two threads write, no allocation; the first sample of a range
 * in a thread costs a page fault.
 */
#ifndef CORE_STATS_H
#define CORE_STATS_H

#include "core/stats_format.h"

#include <stdbool.h>
#include <stdint.h>

struct device;
struct region;

/*
 * Make the page; before regions, links and disks that shall be in it. Where memory or descriptors
 * are short there is none, and nothing is counted. Loop thread, whose table is STATS_LOOP.
 */
void stats_open(unsigned cpus);
void stats_close(void); /* for tests: no thread may be counting, no link or disk be left */

/* A descriptor that can be mapped read-only; -1: none. Not to be closed. Loop thread. */
int stats_fd(void);
/* The page as it is now; NULL: none. Loop thread. */
const struct stats_page *stats_now(void);
/* Begin all `max` anew. */
void stats_clear_max(void);

/* -- who counts; any thread -- */

/* The bus: a region was mapped at its base, or unmapped. */
void stats_range_mapped(struct region *r, bool ports);
void stats_range_unmapped(struct region *r);
/* Its device is freed: a region of the same names counts on where this one stopped. */
void stats_range_gone(const struct region *r);

/*
 * Counters of a network or a disk: atomic additions by anybody. NULL: there is no page, or no room.
 * `device` may be NULL: none yet, or none any more.
 */
struct stats_net *stats_net(const char *name);
struct stats_disk *stats_disk(const char *name);
/* The network is freed: one of the same name counts on. */
void stats_net_gone(const struct stats_net *net);
void stats_name_device(char to[32], const struct device *device);

/* -- vCPU threads -- */

struct stats_thread {
    struct stats_table *table; /* NULL: this thread counts nothing */
    uint64_t mark;             /* up to here its time is accounted for */
    uint16_t range;            /* that answered last */
};

extern _Thread_local struct stats_thread stats_self;

/* The calling thread is this vCPU, or STATS_LOOP. */
void stats_thread(unsigned table);

/* The hypervisor returned. */
void stats_returned(void);
/* It had been waited, not run. */
void stats_waited(void);
/* The exit has been answered, by one request of so many accesses; by whom, dispatch knows. */
void stats_answered(uint32_t accesses);
/* The exit has been answered by this range. */
void stats_answered_by(unsigned range);
/* Coalesced writes to the range that answered last. Any thread. */
void stats_coalesced(uint32_t writes);

/* Dispatch: this region answers. */
static inline void stats_touch(uint16_t range)
{
    stats_self.range = range;
}

#endif
