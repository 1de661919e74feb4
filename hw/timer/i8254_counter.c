/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One counter of the 8254: what its output, its count and its next event are at a tick, and what
 * control words, counts, latches and the gate do to it. Datasheet 231164-005, "Mode definitions".
 * No clock and no line here: everything follows from (counter, tick). See i8254.c for the chip.
 */
#include "hw/timer/i8254_counter.h"

#define CW_BCD 0x01
#define CW_MODE(v) ((v) >> 1 & 7)

#define ST_OUT 0x80
#define ST_NULL 0x40

_Static_assert(sizeof(struct i8254_counter) == 48, "no padding");

/* -- pure helpers of (counter, tick) -- */

static uint32_t modulus(const struct i8254_counter *c)
{
    return c->bcd ? 10000 : 65536;
}

static uint64_t elapsed(const struct i8254_counter *c, uint64_t t)
{
    if (c->phase == PHASE_HELD) {
        return c->held;
    }
    return t > c->start ? t - c->start : 0;
}

static bool periodic(const struct i8254_counter *c)
{
    return c->mode == 2 || c->mode == 3;
}

static bool triggered(const struct i8254_counter *c)
{
    return c->mode == 1 || c->mode == 5;
}

/* Mode 3: OUT is high for (N + 1) / 2 ticks, low for the rest. */
static uint32_t high_half(const struct i8254_counter *c)
{
    return (c->ce + 1) / 2;
}

bool i8254_out(const struct i8254_counter *c, uint64_t t)
{
    uint64_t d = elapsed(c, t);

    if (c->phase == PHASE_IDLE || c->phase == PHASE_WAIT ||
        (c->phase == PHASE_HELD && periodic(c)) || (c->phase == PHASE_COUNTING && t < c->start)) {
        return c->mode != 0;
    }
    switch (c->mode) {
    case 2:
        return d % c->ce != c->ce - 1;
    case 3:
        return d % c->ce < high_half(c);
    case 4:
    case 5:
        return d != c->ce;
    default:
        return d >= c->ce;
    }
}

/* What the line shows: pulses of one tick are left to update(). */
bool i8254_line(const struct i8254_counter *c, uint64_t t)
{
    return c->mode == 2 || c->mode == 4 || c->mode == 5 ? true : i8254_out(c, t);
}

static uint16_t to_bcd(uint32_t v)
{
    return (uint16_t)(v % 10 | v / 10 % 10 << 4 | v / 100 % 10 << 8 | v / 1000 % 10 << 12);
}

/* The counting element as the CPU reads it. */
static uint16_t count(const struct i8254_counter *c, uint64_t t)
{
    uint32_t mod = modulus(c);
    uint64_t d = elapsed(c, t);
    uint32_t v, r;

    if (c->phase == PHASE_IDLE || c->phase == PHASE_WAIT) {
        return 0;
    }
    switch (c->mode) {
    case 2:
        v = c->ce - (uint32_t)(d % c->ce);
        break;
    case 3: /* counts by twos, through an even value, once in each half */
        r = (uint32_t)(d % c->ce);
        v = (c->ce & ~1u) - 2 * (r < high_half(c) ? r : r - high_half(c));
        break;
    default:
        v = c->ce + mod - (uint32_t)(d % mod);
        break;
    }
    v %= mod;
    return c->bcd ? to_bcd(v) : (uint16_t)v;
}

static bool null_count(const struct i8254_counter *c, uint64_t t)
{
    return c->phase == PHASE_IDLE || c->phase == PHASE_WAIT || c->pending ||
           (c->phase == PHASE_COUNTING && t < c->start);
}

/* Modes 2 and 3: the first end of a cycle, or in mode 3 of a half, after t. */
static uint64_t next_boundary(const struct i8254_counter *c, uint64_t t)
{
    uint64_t d = elapsed(c, t);
    uint64_t cycle = c->start + d / c->ce * c->ce;

    if (c->mode == 3 && d % c->ce < high_half(c)) {
        return cycle + high_half(c);
    }
    return cycle + c->ce;
}

/* The first tick after t at which OUT goes from low to high; TIMER_NEVER if none. */
static uint64_t next_rise(const struct i8254_counter *c, uint64_t t)
{
    uint64_t once;

    if (c->phase != PHASE_COUNTING) {
        return TIMER_NEVER;
    }
    if (periodic(c)) {
        /* a count of 1 is illegal in both modes: OUT stands still */
        return c->ce < 2 ? TIMER_NEVER : c->start + (elapsed(c, t) / c->ce + 1) * c->ce;
    }
    once = c->start + c->ce + (c->mode >= 4);
    return once > t ? once : TIMER_NEVER;
}

/* When update() must next look at counter 0. */
uint64_t i8254_next_event(const struct i8254_counter *c)
{
    if (c->phase == PHASE_COUNTING && c->mode == 3 && c->ce >= 2) {
        return next_boundary(c, c->seen);
    }
    return next_rise(c, c->seen);
}

/* -- time passes -- */

/* Modes 2 and 3: the new count takes over at tick b, the end of a cycle or half cycle. */
static void take_over(struct i8254_counter *c, uint64_t b)
{
    bool low_half = c->mode == 3 && (b - c->start) % c->ce != 0;

    c->ce = c->cr;
    c->start = low_half ? b - high_half(c) : b;
    c->pending = 0;
}

/* Of the first d ticks since the start, those at which OUT is high. */
static uint64_t high_of(const struct i8254_counter *c, uint64_t d)
{
    switch (c->mode) {
    case 2:
        return d - d / c->ce;
    case 3:
        return d / c->ce * high_half(c) + MIN(d % c->ce, high_half(c));
    case 4:
    case 5:
        return d - (d > c->ce);
    default:
        return d > c->ce ? d - c->ce : 0;
    }
}

static uint64_t high_between(const struct i8254_counter *c, uint64_t from, uint64_t to)
{
    uint64_t n = 0;

    if (c->phase != PHASE_COUNTING || to <= c->start) {
        return i8254_out(c, from) ? to - from : 0;
    }
    if (from < c->start) {
        n = i8254_out(c, from) ? c->start - from : 0;
        from = c->start;
    }
    return n + high_of(c, to - c->start) - high_of(c, from - c->start);
}

uint64_t i8254_high(struct i8254_counter *c, uint64_t from, uint64_t to)
{
    uint64_t n = 0;

    if (c->phase == PHASE_COUNTING && c->pending && periodic(c)) {
        uint64_t b = next_boundary(c, from);

        if (b <= to) {
            n = high_between(c, from, b);
            take_over(c, b);
            from = b;
        }
    }
    return n + high_between(c, from, to);
}

/* Bring a counter to tick t. True when OUT rose on the way. */
bool i8254_advance(struct i8254_counter *c, uint64_t t)
{
    bool rose = false;

    if (t <= c->seen) {
        return false;
    }
    if (c->phase == PHASE_COUNTING && c->pending && periodic(c)) {
        uint64_t b = next_boundary(c, c->seen);

        if (b <= t) {
            rose = next_rise(c, c->seen) <= b;
            take_over(c, b);
            c->seen = b;
        }
    }
    rose |= next_rise(c, c->seen) <= t;
    c->seen = t;
    return rose;
}

/* -- what the CPU and the gate do -- */

static void load(struct i8254_counter *c, uint64_t t)
{
    c->ce = c->cr;
    c->pending = 0;
    c->held = 0;
    c->start = t + 1; /* the clock pulse that follows */
    c->phase = c->gate || triggered(c) ? PHASE_COUNTING : PHASE_HELD;
}

static void write_count(struct i8254_counter *c, uint64_t t, uint16_t value)
{
    uint32_t v = value;

    if (c->bcd) {
        v = (v & 15) + (v >> 4 & 15) * 10 + (v >> 8 & 15) * 100 + (v >> 12) * 1000;
        v = MIN(v, 10000);
    }
    c->cr = v ? v : modulus(c);
    if (triggered(c)) {
        if (c->phase == PHASE_COUNTING) {
            c->pending = 1;
        } else {
            c->phase = PHASE_WAIT;
        }
    } else if (periodic(c) && c->phase != PHASE_IDLE && (c->phase == PHASE_HELD || t >= c->start)) {
        c->pending = 1;
    } else {
        load(c, t);
    }
}

void i8254_write(struct i8254_counter *c, uint64_t t, uint8_t v)
{
    switch (c->access) {
    case 1:
        write_count(c, t, v);
        break;
    case 2:
        write_count(c, t, (uint16_t)(v << 8));
        break;
    default:
        if (c->write_high) {
            c->write_high = 0;
            write_count(c, t, (uint16_t)(v << 8 | c->write_low));
        } else {
            c->write_high = 1;
            c->write_low = v;
            if (c->mode == 0) { /* the first byte stops the count and takes OUT low */
                c->phase = PHASE_IDLE;
                c->pending = 0;
            }
        }
        break;
    }
}

void i8254_latch_count(struct i8254_counter *c, uint64_t t)
{
    if (!c->latched) {
        c->latch = count(c, t);
        c->latched = c->access == 2 ? 2 : 1;
    }
}

void i8254_latch_status(struct i8254_counter *c, uint64_t t)
{
    if (!c->status_latched) {
        c->status = (uint8_t)((i8254_out(c, t) ? ST_OUT : 0) | (null_count(c, t) ? ST_NULL : 0) |
                              c->access << 4 | c->mode << 1 | c->bcd);
        c->status_latched = 1;
    }
}

uint8_t i8254_read(struct i8254_counter *c, uint64_t t)
{
    uint16_t v;
    bool high;

    if (c->status_latched) {
        c->status_latched = 0;
        return c->status;
    }
    if (c->latched) {
        v = c->latch;
        high = c->latched == 2;
        c->latched = c->access == 3 && !high ? 2 : 0;
    } else {
        v = count(c, t);
        high = c->access == 2 || (c->access == 3 && c->read_high);
        c->read_high = c->access == 3 && !high;
    }
    return (uint8_t)(high ? v >> 8 : v);
}

void i8254_control(struct i8254_counter *c, uint8_t v)
{
    uint8_t mode = CW_MODE(v);

    *c = (struct i8254_counter){
        .seen = c->seen,
        .gate = c->gate,
        .bcd = v & CW_BCD,
        .mode = mode > 5 ? mode & 3 : mode, /* bit 2 does not count in modes 2 and 3 */
        .access = CW_ACCESS(v),
        .phase = PHASE_IDLE,
    };
}

void i8254_gate(struct i8254_counter *c, uint64_t t, bool level)
{
    if (c->gate == level) {
        return;
    }
    c->gate = level;
    if (triggered(c)) {
        if (level && c->phase != PHASE_IDLE) {
            load(c, t);
        }
    } else if (!level && c->phase == PHASE_COUNTING) {
        c->held = elapsed(c, t);
        c->phase = PHASE_HELD;
    } else if (level && c->phase == PHASE_HELD) {
        if (periodic(c)) {
            load(c, t);
        } else {
            /* not before the time that a start can have, whatever a loaded state holds */
            c->start = t - MIN(c->held, t - TICK_BIAS / 2);
            c->phase = PHASE_COUNTING;
        }
    }
}

/* -- state -- */

static const char *check_flags(const struct i8254_counter *c)
{
    if (c->latched > 2 || (c->latched == 1 && c->access == 2) ||
        (c->latched == 2 && c->access == 1)) {
        return "latched";
    }
    if (c->status_latched > 1 || c->pending > 1 || c->write_high > 1 || c->read_high > 1 ||
        (c->access != 3 && (c->write_high || c->read_high))) {
        return "flags";
    }
    return c->pad[0] | c->pad[1] ? "pad" : NULL;
}

const char *i8254_counter_check(const struct i8254_counter *c)
{
    uint32_t mod = modulus(c);

    if (c->mode > 5) {
        return "mode";
    }
    if (c->bcd > 1) {
        return "bcd";
    }
    if (c->access < 1 || c->access > 3) {
        return "access";
    }
    if (c->phase > PHASE_HELD || (c->phase == PHASE_WAIT && !triggered(c)) ||
        (c->phase == PHASE_HELD && (triggered(c) || c->gate))) {
        return "phase";
    }
    if (c->start > TICK_LIMIT || c->held > TICK_LIMIT || c->seen > TICK_LIMIT ||
        (c->phase == PHASE_COUNTING && (c->start < TICK_BIAS / 2 || c->seen < TICK_BIAS))) {
        return "start";
    }
    if (c->ce > mod || (c->phase >= PHASE_COUNTING && c->ce == 0)) {
        return "ce";
    }
    if (c->cr > mod || (c->phase != PHASE_IDLE && c->cr == 0)) {
        return "cr";
    }
    return check_flags(c);
}

static const struct state_field counter_fields[] = {
    STATE_FIELD(struct i8254_counter, start),
    STATE_FIELD(struct i8254_counter, held),
    STATE_FIELD(struct i8254_counter, seen),
    STATE_FIELD(struct i8254_counter, ce),
    STATE_FIELD(struct i8254_counter, cr),
    STATE_FIELD(struct i8254_counter, latch),
    STATE_FIELD(struct i8254_counter, latched),
    STATE_FIELD(struct i8254_counter, status),
    STATE_FIELD(struct i8254_counter, status_latched),
    STATE_FIELD(struct i8254_counter, mode),
    STATE_FIELD(struct i8254_counter, bcd),
    STATE_FIELD(struct i8254_counter, access),
    STATE_FIELD(struct i8254_counter, phase),
    STATE_FIELD(struct i8254_counter, pending),
    STATE_FIELD(struct i8254_counter, gate),
    STATE_FIELD(struct i8254_counter, write_high),
    STATE_FIELD(struct i8254_counter, write_low),
    STATE_FIELD(struct i8254_counter, read_high),
    STATE_ARRAY(struct i8254_counter, pad),
    STATE_END,
};

const struct state_layout i8254_counter_layout = {
    .name = "i8254 counter",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct i8254_counter),
    .fields = counter_fields,
};
