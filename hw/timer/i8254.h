/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8254 interval timer and port 61h: see i8254.c. */
#ifndef HW_TIMER_I8254_H
#define HW_TIMER_I8254_H

#include "core/clock.h"
#include "core/device.h"
#include "core/irq.h"
#include "core/space.h"
#include "hw/audio/pcspk.h"
#include "hw/timer/i8254_counter.h"

#define I8254_COUNTERS 3
#define I8254_HZ UINT32_C(1193182)

struct i8254_state {
    struct i8254_counter counter[I8254_COUNTERS];
    uint8_t port61; /* bits 0 and 1 */
    uint8_t line;   /* level of OUT0 as driven */
    uint8_t pad[6];
};

struct i8254 {
    struct device dev;
    struct i8254_state s;
    struct clock *clock;
    struct timer timer;
    struct irq_line *out0_line;
    struct irq_pin out0;
    struct region ports, nmi_sc;
    struct pcspk spk;
};

extern const struct device_class i8254_class;

/* Ports 40h to 43h and 61h; OUT of counter 0 drives `out0`. */
struct i8254 *i8254_new(struct board *b, struct irq_line *out0, GError **error);

#endif
