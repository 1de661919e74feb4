/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device locks. There is no big lock: each device, or each group of devices that is wired tightly
 * together (a lock domain), has one of these. The core takes it around every callback, so a device
 * file has no mutex of its own. A lock may only be taken while every lock already held by the
 * thread has a lower rank; a build with --enable-debug checks that.
 */
#ifndef CORE_LOCK_H
#define CORE_LOCK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum lock_rank {
    LOCK_HOST_BRIDGE, /* PCI configuration space: calls into the functions behind it */
    LOCK_DEVICE,      /* nearly everything */
    LOCK_BRIDGE,      /* ISA bridge: routes the lines of devices */
    LOCK_INTC,        /* interrupt controllers */
};

struct lock {
    GMutex mutex;
    uintptr_t owner; /* identity of the holding thread, 0 when free; atomic */
    enum lock_rank rank;
    const char *name;
};

/* Prepare a lock. `name` is borrowed and must outlive it. */
void lock_init(struct lock *l, const char *name, enum lock_rank rank);
void lock_clear(struct lock *l);

/* Take and release. Not recursive. Blocks; may be called from any thread. */
void lock_acquire(struct lock *l);
void lock_release(struct lock *l);

/* True when the calling thread holds `l`. */
bool lock_held(struct lock *l);

#endif
