/* SPDX-License-Identifier: GPL-2.0-or-later */
/* High precision event timer. See hpet.c. */
#ifndef HW_TIMER_HPET_H
#define HW_TIMER_HPET_H

#include "core/clock.h"
#include "core/device.h"
#include "core/irq.h"
#include "core/space.h"

#define HPET_BASE UINT32_C(0xfed00000)
#define HPET_SIZE 0x400u
#define HPET_TIMERS 3
#define HPET_TICK_NS 10
/* Low half of the capabilities: Intel, legacy routing, 64 bits, 3 timers, revision 1 */
#define HPET_BLOCK_ID UINT32_C(0x8086a201)

struct hpet_timer_state {
    uint32_t conf;    /* the writable bits of the configuration */
    uint32_t waiting; /* 1: the comparator has not matched since it was set */
    uint64_t comparator;
    uint64_t period;
};

struct hpet_state {
    uint64_t count; /* the counter while halted, else what it is ahead of guest time */
    uint64_t seen;  /* counter up to which matches have been worked off */
    uint32_t conf;
    uint32_t isr;
    struct hpet_timer_state timer[HPET_TIMERS];
};

struct hpet;

struct hpet_timer {
    struct hpet *hpet;
    struct timer timer;
    struct irq_pin pin;
};

struct hpet {
    struct device dev;
    struct hpet_state s;
    struct board *board;
    struct region regs;
    struct hpet_timer timer[HPET_TIMERS];
    struct irq_line in[2]; /* what the PIT and the RTC drive */
    bool in_level[2];
    struct irq_pin through[2]; /* IRQ 0 and 8 while routing is not ours */
    /* Keep a PIT in the hypervisor from IRQ 0 while we drive it. NULL: it is on in[0]. */
    void (*mute_pit)(void *opaque, bool mute);
    void *mute_opaque;
    bool muted;
};

extern const struct device_class hpet_class;

struct hpet *hpet_new(struct board *b, void (*mute_pit)(void *opaque, bool mute), void *opaque,
                      GError **error);
/* Where the PIT's OUT0 (n 0) and the RTC's interrupt (n 1) go on a board with an HPET. */
struct irq_line *hpet_legacy_line(struct hpet *h, unsigned n);

#endif
