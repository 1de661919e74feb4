/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 8254 programmable interval timer as wired in a PC, and port 61h around it.
 *
 * Datasheets: Intel 8254 (231164-005), "Operational description", "Mode definitions"; 82371SB
 * (290550-002) section 2.5.4.2, "NMI status and control".
 *
 * Modelled: three counters, modes 0 to 5, binary and BCD, counter latch, read-back, status with
 * null count, access by low, high or both bytes, the gate of counter 2, a new count in modes 2 and
 * 3 taking over at the end of the (half) cycle; port 61h: speaker gate and data, refresh toggle,
 * OUT2. The output is a pure function of (state, tick); the timer serves IRQ 0 only.
 *
 * Differs: power-on state is undefined by the datasheet; here all counters are idle with OUT low.
 * The one-clock low pulses of modes 2, 4 and 5 reach the line as a fall and rise at their end. Late
 * by several periods, IRQ 0 sees one edge, not a burst. Edges come no faster than the core's
 * minimum timer period.
 *
 * The speaker hears counter 2 and port 61h: hw/audio/pcspk.c.
 *
 * Not modelled: SERR# and IOCHK# (port 61h bits 2, 3, 6, 7 read 0); digits above 9 in BCD
 * beyond giving some valid count.
 *
 * Threading: own device lock.
 */
#include "hw/timer/i8254.h"

#include "hw/pc/board.h"

#define PIT_BASE 0x40
#define NMI_SC 0x61

#define CW_SELECT(v) ((v) >> 6)
#define SELECT_READ_BACK 3

#define RB_NO_STATUS 0x10
#define RB_NO_COUNT 0x20

_Static_assert(sizeof(struct i8254_state) == 152, "no padding");

/* -- time -- */

static uint64_t tick_at(uint64_t ns)
{
    return TICK_BIAS + muldiv64(ns, I8254_HZ, NS_PER_SEC);
}

/* First ns at which tick_at() is `tick`. */
static uint64_t ns_at(uint64_t tick)
{
    unsigned __int128 ticks = tick - TICK_BIAS;

    return (uint64_t)((ticks * NS_PER_SEC + I8254_HZ - 1) / I8254_HZ);
}

/* Work off what has passed; drive IRQ 0 from what is now. Returns the tick. */
static uint64_t update(struct i8254 *pit)
{
    uint64_t t = tick_at(clock_now(pit->clock));
    struct i8254_counter *c = pit->s.counter;
    bool rose = i8254_advance(&c[0], t);
    uint64_t next;

    pcspk_until(&pit->spk, &c[2], pit->s.port61 & SC_SPEAKER, t);
    i8254_advance(&c[1], t);
    i8254_advance(&c[2], t);
    if (rose) { /* seen too late: the edge still counts */
        irq_set(&pit->out0, false);
        irq_set(&pit->out0, true);
    }
    pit->s.line = i8254_line(&c[0], t);
    irq_set(&pit->out0, pit->s.line);
    next = i8254_next_event(&c[0]);
    if (next == TIMER_NEVER) {
        timer_cancel(&pit->timer);
    } else {
        timer_arm(&pit->timer, ns_at(next));
    }
    return t;
}

static bool render(void *opaque, uint64_t first, int32_t *mix)
{
    struct i8254 *pit = opaque;
    const struct i8254_counter *c = &pit->s.counter[2];
    bool on = pit->s.port61 & SC_SPEAKER;
    uint64_t t = update(pit);

    pcspk_from(&pit->spk, c, on, t); /* when somebody has begun to listen */
    return pcspk_render(&pit->spk, c, on, first, mix);
}

static const struct audio_source_ops sound_ops = {.render = render};

static void expired(void *opaque)
{
    update(opaque);
}

/* -- ports -- */

static void read_back(struct i8254 *pit, uint64_t t, uint8_t v)
{
    for (unsigned i = 0; i < I8254_COUNTERS; i++) {
        struct i8254_counter *c = &pit->s.counter[i];

        if (!(v >> (i + 1) & 1)) {
            continue;
        }
        if (!(v & RB_NO_COUNT)) {
            i8254_latch_count(c, t);
        }
        if (!(v & RB_NO_STATUS)) {
            i8254_latch_status(c, t);
        }
    }
}

static void pit_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct i8254 *pit = opaque;
    uint64_t t = update(pit);
    uint8_t v = (uint8_t)value;

    (void)width;
    if (offset < I8254_COUNTERS) {
        i8254_write(&pit->s.counter[offset], t, v);
    } else if (CW_SELECT(v) == SELECT_READ_BACK) {
        read_back(pit, t, v);
    } else if (CW_ACCESS(v) == 0) {
        i8254_latch_count(&pit->s.counter[CW_SELECT(v)], t);
    } else {
        i8254_control(&pit->s.counter[CW_SELECT(v)], v);
    }
    update(pit);
    pcspk_from(&pit->spk, &pit->s.counter[2], pit->s.port61 & SC_SPEAKER, t);
}

/* The control port is write-only; reads as 0, as elsewhere. */
static uint64_t pit_read(void *opaque, uint64_t offset, unsigned width)
{
    struct i8254 *pit = opaque;
    uint64_t t = update(pit);

    (void)width;
    return offset < I8254_COUNTERS ? i8254_read(&pit->s.counter[offset], t) : 0;
}

static void nmi_sc_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct i8254 *pit = opaque;
    uint64_t t = update(pit);

    (void)offset;
    (void)width;
    pit->s.port61 = value & (SC_GATE2 | SC_SPEAKER);
    i8254_gate(&pit->s.counter[2], t, value & SC_GATE2);
    pcspk_from(&pit->spk, &pit->s.counter[2], pit->s.port61 & SC_SPEAKER, t);
}

static uint64_t nmi_sc_read(void *opaque, uint64_t offset, unsigned width)
{
    struct i8254 *pit = opaque;
    uint64_t t = update(pit);

    (void)offset;
    (void)width;
    return (uint64_t)(pit->s.port61 | (t / SC_REFRESH_TICKS & 1 ? SC_REFRESH : 0) |
                      (i8254_out(&pit->s.counter[2], t) ? SC_OUT2 : 0));
}

/* -- state -- */

static void i8254_reset(struct device *d)
{
    struct i8254 *pit = (struct i8254 *)d;

    pit->s = (struct i8254_state){0};
    for (unsigned i = 0; i < I8254_COUNTERS; i++) {
        pit->s.counter[i] = (struct i8254_counter){.access = 3, .gate = i != 2};
    }
}

/* The line as it was driven, even if time has gone on: what came since is the timer's to do. */
static void i8254_settle(struct device *d)
{
    struct i8254 *pit = (struct i8254 *)d;
    uint64_t next = i8254_next_event(&pit->s.counter[0]);

    irq_set(&pit->out0, pit->s.line);
    if (next == TIMER_NEVER) {
        timer_cancel(&pit->timer);
    } else {
        timer_arm(&pit->timer, ns_at(next));
    }
    pcspk_settle(&pit->spk);
}

static const char *i8254_check(const void *state)
{
    const struct i8254_state *s = state;

    for (unsigned i = 0; i < I8254_COUNTERS; i++) {
        const char *wrong = i8254_counter_check(&s->counter[i]);

        if (wrong) {
            return wrong;
        }
        if (s->counter[i].gate != (i == 2 ? s->port61 & SC_GATE2 : 1)) {
            return "gate";
        }
    }
    if (s->port61 & ~(SC_GATE2 | SC_SPEAKER)) {
        return "port61";
    }
    for (unsigned i = 0; i < sizeof(s->pad); i++) {
        if (s->pad[i]) {
            return "pad";
        }
    }
    return s->line > 1 ? "line" : NULL;
}

static const struct state_field i8254_fields[] = {
    STATE_STRUCTS(struct i8254_state, counter, &i8254_counter_layout),
    STATE_FIELD(struct i8254_state, port61),
    STATE_FIELD(struct i8254_state, line),
    STATE_ARRAY(struct i8254_state, pad),
    STATE_END,
};

static const struct state_layout i8254_layout = {
    .name = "i8254",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct i8254_state),
    .fields = i8254_fields,
    .check = i8254_check,
};

/* -- life -- */

static const struct region_ops pit_ops = {.read = pit_read, .write = pit_write};
static const struct region_ops nmi_sc_ops = {.read = nmi_sc_read, .write = nmi_sc_write};

static void i8254_unrealize(struct device *d)
{
    struct i8254 *pit = (struct i8254 *)d;

    pcspk_exit(&pit->spk);
    timer_cancel(&pit->timer);
    irq_set(&pit->out0, false);
    space_unmap(&pit->nmi_sc);
    space_unmap(&pit->ports);
}

static bool i8254_realize(struct device *d, struct board *b, GError **error)
{
    struct i8254 *pit = (struct i8254 *)d;

    pit->clock = b->clock;
    timer_init(&pit->timer, b->clock, d, expired, pit);
    irq_pin_init(&pit->out0, pit->out0_line);
    i8254_reset(d);
    pit->ports = (struct region){
        .name = "pit", .dev = d, .opaque = pit, .ops = &pit_ops, .size = 4, .prio = PRIO_FIXED};
    pit->nmi_sc = (struct region){.name = "port61",
                                  .dev = d,
                                  .opaque = pit,
                                  .ops = &nmi_sc_ops,
                                  .size = 1,
                                  .prio = PRIO_FIXED};
    if (!space_map(b->ports, &pit->ports, PIT_BASE, error)) {
        return false;
    }
    if (!space_map(b->ports, &pit->nmi_sc, NMI_SC, error)) {
        space_unmap(&pit->ports);
        return false;
    }
    d->regions = g_slist_append(d->regions, &pit->ports);
    d->regions = g_slist_append(d->regions, &pit->nmi_sc);
    pcspk_init(&pit->spk, d, &sound_ops, pit, b->clock);
    return true;
}

const struct device_class i8254_class = {
    .name = "i8254",
    .desc = "8254 interval timer and port 61h",
    .bus = BUS_BOARD,
    .size = sizeof(struct i8254),
    .state_offset = offsetof(struct i8254, s),
    .state = &i8254_layout,
    .realize = i8254_realize,
    .reset = i8254_reset,
    .settle = i8254_settle,
    .unrealize = i8254_unrealize,
};

struct i8254 *i8254_new(struct board *b, struct irq_line *out0, GError **error)
{
    struct i8254 *pit = (struct i8254 *)device_new(&i8254_class, NULL);

    pit->out0_line = out0;
    return device_realize(&pit->dev, b, error) ? pit : NULL;
}
