/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest time and its timers: see clock.h. Timers sit in one binary heap under a leaf lock; a
 * timerfd in the loop carries the earliest deadline, so that precision is not bound to poll's ms.
 */
#include "core/clock.h"

#include "core/device.h"
#include "core/loop.h"

#include <glib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define IDLE UINT32_MAX
/* Stepped clocks begin their calendar here: 2020-01-01 00:00:00 UTC. */
#define STEPPED_EPOCH_NS (INT64_C(1577836800) * (int64_t)NS_PER_SEC)

struct clock {
    GMutex lock; /* leaf: heap, and changes of the fields below */
    GPtrArray *heap;
    bool stepped;
    int running;     /* atomic */
    uint64_t frozen; /* guest time while stopped or stepped; atomic */
    uint64_t offset; /* monotonic minus guest time while running; atomic */
    int64_t wall_offset;
    bool wall_follows_guest;
    int fd;
    unsigned watch;
    uint64_t programmed; /* deadline the timerfd carries */
    uint32_t epoch;      /* changes of the past: clock_restore() */
};

static uint64_t monotonic(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static int64_t realtime(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * (int64_t)NS_PER_SEC + ts.tv_nsec;
}

uint64_t clock_now(const struct clock *c)
{
    if (__atomic_load_n(&c->running, __ATOMIC_ACQUIRE)) {
        return monotonic() - __atomic_load_n(&c->offset, __ATOMIC_RELAXED);
    }
    return __atomic_load_n(&c->frozen, __ATOMIC_RELAXED);
}

bool clock_is_stepped(const struct clock *c)
{
    return c->stepped;
}

bool clock_running(const struct clock *c)
{
    return __atomic_load_n(&c->running, __ATOMIC_RELAXED) != 0;
}

/* -- the heap; c->lock held -- */

static struct timer *at(const struct clock *c, uint32_t i)
{
    return g_ptr_array_index(c->heap, i);
}

static void put(struct clock *c, uint32_t i, struct timer *t)
{
    c->heap->pdata[i] = t;
    t->heap_index = i;
}

static void sift_up(struct clock *c, uint32_t i, struct timer *t)
{
    while (i > 0 && at(c, (i - 1) / 2)->deadline > t->deadline) {
        put(c, i, at(c, (i - 1) / 2));
        i = (i - 1) / 2;
    }
    put(c, i, t);
}

static void sift_down(struct clock *c, uint32_t i, struct timer *t)
{
    for (;;) {
        uint32_t child = 2 * i + 1;

        if (child >= c->heap->len) {
            break;
        }
        if (child + 1 < c->heap->len && at(c, child + 1)->deadline < at(c, child)->deadline) {
            child++;
        }
        if (at(c, child)->deadline >= t->deadline) {
            break;
        }
        put(c, i, at(c, child));
        i = child;
    }
    put(c, i, t);
}

static void heap_remove(struct clock *c, struct timer *t)
{
    uint32_t i = t->heap_index;
    struct timer *last;

    if (i == IDLE) {
        return;
    }
    last = at(c, c->heap->len - 1);
    g_ptr_array_set_size(c->heap, (int)c->heap->len - 1);
    t->heap_index = IDLE;
    t->deadline = TIMER_NEVER;
    if (last != t) {
        if (i > 0 && at(c, (i - 1) / 2)->deadline > last->deadline) {
            sift_up(c, i, last);
        } else {
            sift_down(c, i, last);
        }
    }
}

static void heap_add(struct clock *c, struct timer *t)
{
    g_ptr_array_add(c->heap, t);
    sift_up(c, c->heap->len - 1, t);
}

/* Put the earliest deadline on the timerfd, if it changed; c->lock held. */
static void program(struct clock *c)
{
    uint64_t next = c->running && c->heap->len ? at(c, 0)->deadline : TIMER_NEVER;
    struct itimerspec its = {0};

    if (c->stepped || next == c->programmed) {
        return;
    }
    c->programmed = next;
    if (next != TIMER_NEVER) {
        /* guest time of a restored machine may be more than the host has been up */
        uint64_t now = clock_now(c), host = monotonic();

        host += MIN(next > now ? next - now : 0, (uint64_t)INT64_MAX - host);
        its.it_value.tv_sec = (time_t)(host / NS_PER_SEC);
        its.it_value.tv_nsec = (long)(host % NS_PER_SEC);
    }
    timerfd_settime(c->fd, TFD_TIMER_ABSTIME, &its, NULL);
}

/*
 * Fire the earliest timer if it is due at `now`. The clock's lock is dropped to take the device's
 * first, so the timer is looked at again: it may have been moved meanwhile.
 */
static bool fire_one(struct clock *c, uint64_t now)
{
    struct timer *t;
    struct device *dev;
    bool due;

    g_mutex_lock(&c->lock);
    t = c->heap->len ? at(c, 0) : NULL;
    if (!t || t->deadline > now) {
        g_mutex_unlock(&c->lock);
        return false;
    }
    dev = t->dev;
    g_mutex_unlock(&c->lock);

    if (dev) {
        device_enter(dev);
    }
    g_mutex_lock(&c->lock);
    due = t->heap_index != IDLE && t->deadline <= now;
    if (due) {
        t->last_fired = now;
        t->epoch = c->epoch;
        heap_remove(c, t);
    }
    g_mutex_unlock(&c->lock);
    if (due) {
        t->fire(t->opaque);
    }
    if (dev) {
        device_leave(dev);
    }
    return true;
}

static gboolean expired(int fd, GIOCondition cond, void *opaque)
{
    struct clock *c = opaque;
    uint64_t n;

    (void)cond;
    if (read(fd, &n, sizeof(n)) < 0) {
        /* re-programmed since: nothing is due, or fire_one() will see */
    }
    if (clock_running(c)) {
        uint64_t now = clock_now(c);

        while (fire_one(c, now)) {
        }
    }
    g_mutex_lock(&c->lock);
    c->programmed = TIMER_NEVER;
    program(c);
    g_mutex_unlock(&c->lock);
    return G_SOURCE_CONTINUE;
}

/* -- public -- */

struct clock *clock_new(bool stepped)
{
    struct clock *c = g_new0(struct clock, 1);

    g_mutex_init(&c->lock);
    c->heap = g_ptr_array_new();
    c->stepped = stepped;
    c->fd = -1;
    c->programmed = TIMER_NEVER;
    if (!stepped) {
        c->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        c->watch = loop_watch(c->fd, G_IO_IN, expired, c);
    }
    c->wall_offset = stepped ? STEPPED_EPOCH_NS : 0;
    c->wall_follows_guest = stepped;
    return c;
}

void clock_free(struct clock *c)
{
    if (!c) {
        return;
    }
    loop_unwatch(&c->watch);
    if (c->fd >= 0) {
        close(c->fd);
    }
    g_ptr_array_free(c->heap, TRUE);
    g_mutex_clear(&c->lock);
    g_free(c);
}

void clock_start(struct clock *c)
{
    g_mutex_lock(&c->lock);
    if (!c->stepped && !c->running) {
        __atomic_store_n(&c->offset, monotonic() - c->frozen, __ATOMIC_RELAXED);
        __atomic_store_n(&c->running, 1, __ATOMIC_RELEASE);
        program(c);
    }
    g_mutex_unlock(&c->lock);
}

void clock_stop(struct clock *c)
{
    g_mutex_lock(&c->lock);
    if (c->running) {
        __atomic_store_n(&c->frozen, monotonic() - c->offset, __ATOMIC_RELAXED);
        __atomic_store_n(&c->running, 0, __ATOMIC_RELEASE);
        program(c);
    }
    g_mutex_unlock(&c->lock);
}

uint64_t clock_deadline(struct clock *c)
{
    uint64_t next;

    g_mutex_lock(&c->lock);
    next = c->heap->len ? at(c, 0)->deadline : TIMER_NEVER;
    g_mutex_unlock(&c->lock);
    return next;
}

uint64_t clock_set(struct clock *c, uint64_t target)
{
    for (;;) {
        uint64_t now = clock_now(c);
        uint64_t next = clock_deadline(c);

        if (next > target) {
            break;
        }
        if (next > now) {
            __atomic_store_n(&c->frozen, next, __ATOMIC_RELAXED);
            now = next;
        }
        fire_one(c, now);
    }
    if (target > clock_now(c)) {
        __atomic_store_n(&c->frozen, target, __ATOMIC_RELAXED);
    }
    return clock_now(c);
}

uint64_t clock_step(struct clock *c, uint64_t ns)
{
    uint64_t now = clock_now(c);

    return clock_set(c, ns < TIMER_NEVER - 1 - now ? now + ns : TIMER_NEVER - 1);
}

void clock_restore(struct clock *c, uint64_t now)
{
    g_mutex_lock(&c->lock);
    __atomic_store_n(&c->frozen, now, __ATOMIC_RELAXED);
    c->epoch++;
    g_mutex_unlock(&c->lock);
}

int64_t clock_wall(const struct clock *c)
{
    int64_t base = c->wall_follows_guest ? (int64_t)clock_now(c) : realtime();

    return (int64_t)((uint64_t)base + (uint64_t)c->wall_offset);
}

void clock_wall_set(struct clock *c, int64_t now_ns)
{
    int64_t base = c->wall_follows_guest ? (int64_t)clock_now(c) : realtime();

    c->wall_offset = (int64_t)((uint64_t)now_ns - (uint64_t)base);
}

void clock_wall_follow_guest(struct clock *c, bool follow)
{
    int64_t now = clock_wall(c);

    c->wall_follows_guest = follow || c->stepped;
    clock_wall_set(c, now);
}

void timer_init(struct timer *t, struct clock *c, struct device *dev, void (*fire)(void *opaque),
                void *opaque)
{
    *t = (struct timer){
        .clock = c,
        .dev = dev,
        .fire = fire,
        .opaque = opaque,
        .deadline = TIMER_NEVER,
        .min_period = TIMER_MIN_PERIOD_NS,
        .heap_index = IDLE,
    };
}

void timer_set_min_period(struct timer *t, uint64_t ns)
{
    t->min_period = ns;
}

void timer_arm(struct timer *t, uint64_t deadline)
{
    struct clock *c = t->clock;
    uint64_t earliest = 0;

    if (deadline == TIMER_NEVER) {
        timer_cancel(t);
        return;
    }
    g_mutex_lock(&c->lock);
    /* a firing from before clock_restore() is another past's */
    if (t->last_fired && t->epoch == c->epoch) {
        earliest = t->last_fired + t->min_period;
    }
    if (deadline < earliest) {
        deadline = earliest;
    }
    if (t->heap_index == IDLE || t->deadline != deadline) {
        heap_remove(c, t);
        t->deadline = deadline;
        heap_add(c, t);
        program(c);
    }
    g_mutex_unlock(&c->lock);
}

void timer_cancel(struct timer *t)
{
    struct clock *c = t->clock;

    if (!c) {
        return;
    }
    g_mutex_lock(&c->lock);
    heap_remove(c, t);
    /* the timerfd is left as it is: a stray wake costs less than a system call here */
    g_mutex_unlock(&c->lock);
}

bool timer_armed(const struct timer *t)
{
    return __atomic_load_n(&t->heap_index, __ATOMIC_RELAXED) != IDLE;
}
