/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device locks with owner and rank: see lock.h. */
#include "core/lock.h"

/* Its address is the identity of a thread; its value the number of locks held by rank. */
static _Thread_local struct {
    uint8_t held[LOCK_INTC + 1];
} self;

void lock_init(struct lock *l, const char *name, enum lock_rank rank)
{
    g_mutex_init(&l->mutex);
    l->owner = 0;
    l->rank = rank;
    l->name = name;
}

void lock_clear(struct lock *l)
{
    g_mutex_clear(&l->mutex);
}

#ifdef VMX_DEBUG
static void check_order(const struct lock *l)
{
    for (unsigned r = l->rank; r <= LOCK_INTC; r++) {
        if (self.held[r] != 0) {
            g_error("lock %s (rank %d) taken while a lock of rank %u is held", l->name, l->rank, r);
        }
    }
}
#endif

void lock_acquire(struct lock *l)
{
#ifdef VMX_DEBUG
    check_order(l);
#endif
    g_mutex_lock(&l->mutex);
    __atomic_store_n(&l->owner, (uintptr_t)&self, __ATOMIC_RELAXED);
    self.held[l->rank]++;
}

void lock_release(struct lock *l)
{
    self.held[l->rank]--;
    __atomic_store_n(&l->owner, 0, __ATOMIC_RELAXED);
    g_mutex_unlock(&l->mutex);
}

bool lock_held(struct lock *l)
{
    return __atomic_load_n(&l->owner, __ATOMIC_RELAXED) == (uintptr_t)&self;
}
