/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One counter of the 8254, for i8254.c alone: see i8254_counter.c. `t` is the tick it is now. */
#ifndef HW_TIMER_I8254_COUNTER_H
#define HW_TIMER_I8254_COUNTER_H

#include "core/clock.h"
#include "core/state.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Ticks are counted from this value at time 0, so that a cycle that began before a moment of guest
 * time never begins before tick 0.
 */
#define TICK_BIAS (UINT64_C(1) << 17)
/* Above any tick that 64 bits of ns can give: for checks. */
#define TICK_LIMIT (UINT64_C(1) << 56)

struct i8254_counter {
    uint64_t start;  /* tick at which the initial count was loaded */
    uint64_t held;   /* ticks counted when the gate stopped it */
    uint64_t seen;   /* tick up to which reloads and edges have been worked off */
    uint32_t ce;     /* initial count in effect, 1 to 65536; 0 = none */
    uint32_t cr;     /* count written last, 1 to 65536; 0 = none */
    uint16_t latch;  /* latched count as read, in binary or BCD */
    uint8_t latched; /* 0 = no, 1 = low byte is next, 2 = high byte is next */
    uint8_t status;  /* latched status */
    uint8_t status_latched;
    uint8_t mode; /* 0 to 5 */
    uint8_t bcd;
    uint8_t access;  /* 1 = low byte, 2 = high byte, 3 = low, then high */
    uint8_t phase;   /* enum i8254_phase */
    uint8_t pending; /* cr waits for the end of the cycle, or a trigger */
    uint8_t gate;
    uint8_t write_high; /* access 3: low byte written */
    uint8_t write_low;  /* that byte */
    uint8_t read_high;  /* access 3: low byte read */
    uint8_t pad[2];
};

enum i8254_phase {
    PHASE_IDLE,     /* control word, no count yet */
    PHASE_WAIT,     /* modes 1 and 5: count, no trigger yet */
    PHASE_COUNTING, /* from `start` on */
    PHASE_HELD,     /* stopped by the gate */
};

/* Control word: 0 is the counter latch command. */
#define CW_ACCESS(v) ((uint8_t)((v) >> 4 & 3))

extern const struct state_layout i8254_counter_layout;

/* OUT; and what the line to IRQ 0 shows of it: low pulses of one tick are edges, not levels. */
bool i8254_out(const struct i8254_counter *c, uint64_t t);
bool i8254_line(const struct i8254_counter *c, uint64_t t);

/* Bring a counter to tick t. True when OUT rose on the way. All below want this done before. */
bool i8254_advance(struct i8254_counter *c, uint64_t t);

/*
 * At how many of the ticks from `from` to before `to` OUT is high, when nothing comes between; `from`
 * is not before the tick it was brought to. A count that waits takes over on the way.
 */
uint64_t i8254_high(struct i8254_counter *c, uint64_t from, uint64_t to);

/* The first tick after the one it was brought to at which the line changes; or TIMER_NEVER. */
uint64_t i8254_next_event(const struct i8254_counter *c);

/* A control word for this counter; a byte of the count; a byte of whatever is to be read. */
void i8254_control(struct i8254_counter *c, uint8_t v);
void i8254_write(struct i8254_counter *c, uint64_t t, uint8_t v);
uint8_t i8254_read(struct i8254_counter *c, uint64_t t);
void i8254_latch_count(struct i8254_counter *c, uint64_t t);
void i8254_latch_status(struct i8254_counter *c, uint64_t t);
void i8254_gate(struct i8254_counter *c, uint64_t t, bool level);

/* NULL, or the field that is out of reach. */
const char *i8254_counter_check(const struct i8254_counter *c);

#endif
