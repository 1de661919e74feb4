/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest time and timers. Guest time is nanoseconds since the machine was made; it stands still
 * while the guest is stopped. In stepped mode (tests) it moves only by clock_step().
 *
 * A timer fires in the loop thread (or in the stepping thread) with its device's lock held. Arming
 * and cancelling are leaves: any thread, any lock. A device computes deadlines as pure functions of
 * (state, now) and re-arms in settle().
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_SEC UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_US UINT64_C(1000)
#define TIMER_NEVER UINT64_MAX

/* Two firings of one timer are never closer than this, unless it asks for more. */
#define TIMER_MIN_PERIOD_NS UINT64_C(50000)

struct device;
struct clock;

struct timer {
    struct clock *clock;
    struct device *dev; /* whose lock is held when it fires; may be NULL */
    void (*fire)(void *opaque);
    void *opaque;
    uint64_t deadline; /* TIMER_NEVER when idle */
    uint64_t last_fired;
    uint64_t min_period;
    uint32_t heap_index; /* UINT32_MAX when idle */
    uint32_t epoch;      /* of last_fired: how often time had been restored */
};

/* Make a clock. It starts stopped at 0. `stepped` clocks have no relation to host time. */
struct clock *clock_new(bool stepped);
void clock_free(struct clock *c);
bool clock_is_stepped(const struct clock *c);

/* Guest time in ns. Any thread, no lock, cheap. */
uint64_t clock_now(const struct clock *c);

/* Let guest time run, or stand. Loop thread. No effect on a stepped clock. */
void clock_start(struct clock *c);
void clock_stop(struct clock *c);
bool clock_running(const struct clock *c);

/*
 * Stepped mode: move on by ns, to an absolute time (never back), or find the next deadline
 * (TIMER_NEVER if none), firing timers at their own deadlines on the way. Returns the new time.
 */
uint64_t clock_step(struct clock *c, uint64_t ns);
uint64_t clock_set(struct clock *c, uint64_t ns);
uint64_t clock_deadline(struct clock *c);

/* Restore guest time from a saved state; timers are re-armed by settle(). Guest stopped. */
void clock_restore(struct clock *c, uint64_t now);

/*
 * Wall clock in ns since 1970 UTC, for the RTC: host real time plus an offset; in stepped mode, or
 * with clock_wall_follow_guest(), a base plus guest time.
 */
int64_t clock_wall(const struct clock *c);
void clock_wall_set(struct clock *c, int64_t now_ns);
void clock_wall_follow_guest(struct clock *c, bool follow);

/* Prepare a timer, idle. min_period_ns 0 means TIMER_MIN_PERIOD_NS. */
void timer_init(struct timer *t, struct clock *c, struct device *dev, void (*fire)(void *opaque),
                void *opaque);
void timer_set_min_period(struct timer *t, uint64_t ns);

/* Fire once at `deadline` (guest ns); a time in the past fires at once. Replaces an earlier one. */
void timer_arm(struct timer *t, uint64_t deadline);
void timer_cancel(struct timer *t);
bool timer_armed(const struct timer *t);

/* value * mul / div without overflow, rounded down; div must not be 0. */
static inline uint64_t muldiv64(uint64_t value, uint32_t mul, uint32_t div)
{
    return (uint64_t)((unsigned __int128)value * mul / div);
}

#endif
