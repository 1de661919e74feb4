/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The MC146818A real-time clock with 128 bytes of CMOS RAM: see mc146818.c. */
#ifndef HW_TIMER_MC146818_H
#define HW_TIMER_MC146818_H

#include "core/clock.h"
#include "core/event_gate.h"
#include "core/device.h"
#include "core/irq.h"
#include "core/space.h"

#define MC146818_BYTES 128

struct mc146818_state {
    int64_t offset_s;   /* what the RTC shows minus the wall clock; plus ... */
    uint32_t offset_ns; /* ... 0 to 999999999 */
    uint8_t flags;      /* register C: PF, AF, UF */
    uint8_t index;      /* port 70h; bit 7 masks NMI */
    uint8_t pad[2];
    int64_t seen_second;          /* second up to which UF and AF have been worked off */
    uint64_t seen_tick;           /* divider tick up to which PF has been */
    uint64_t divider_start;       /* guest ns at which the divider chain left its reset */
    uint8_t cmos[MC146818_BYTES]; /* time bytes are valid while the clock stands */
};

struct mc146818 {
    struct device dev;
    struct mc146818_state s;
    struct clock *clock;
    struct timer timer;
    struct irq_line *irq_line;
    struct irq_pin irq;
    struct region ports;
    struct event_gate changed; /* the guest has set it: RTC_CHANGE */
};

extern const struct device_class mc146818_class;

/* Ports 70h and 71h; the interrupt drives `irq8`. Shows clock_wall(). */
struct mc146818 *mc146818_new(struct board *b, struct irq_line *irq8, GError **error);

/* Power-on content of a CMOS byte; survives reset. Time and control registers are left alone. */
void mc146818_set_cmos(struct mc146818 *rtc, uint8_t index, uint8_t value);

/* Show the wall clock plus `seconds`, at most a day either way: for local time. */
void mc146818_set_offset(struct mc146818 *rtc, int64_t seconds);

/* What it shows, in seconds since 1970. Takes its lock. */
int64_t mc146818_now(struct mc146818 *rtc);

/* True while bit 7 of port 70h keeps NMI from the CPU. */
bool mc146818_nmi_masked(struct mc146818 *rtc);

#endif
