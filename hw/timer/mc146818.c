/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Motorola MC146818A real-time clock and CMOS RAM as in a PC.
 *
 * Datasheets: Motorola MC146818A (ADI-1026), "Register A" to "Register D", "Update cycle",
 * "Interrupts", "Power-down considerations"; 82371SB (290550-002) section 2.5.6.
 *
 * Modelled: time, alarm with "don't care" (C0h to FFh), calendar with century at 32h (also seen at
 * 37h, as some systems expect), BCD and binary, 12 and 24 hours; SET; the divider chain with its
 * reset and the first update half a second after; UIP 244 us before the update; periodic, alarm and
 * update-ended interrupts, flags whether enabled or not; register C clears on read; NMI mask.
 *
 * The clock shows the wall clock plus an offset that the guest's setting changes. Nothing is
 * counted: bytes, flags and deadlines follow from (state, now), so that a host clock that steps by
 * hours in either direction costs one flag, not a loop. Periods come from guest time, which does
 * not step. The weekday follows from the date.
 *
 * Not modelled: daylight saving (DSE) and its special updates; square wave output; time bases other
 * than 32768 Hz (any DV but 11x runs as 010); battery failure (VRT is 1); re-injection of periodic
 * ticks that the guest was too late to take; the extended bank at 72h.
 *
 * Threading: own device lock.
 */
#include "hw/timer/mc146818.h"

#include "core/report.h"
#include "hw/pc/board.h"
#include "hw/timer/rtc_bytes.h"

#include <string.h>

#define RTC_BASE 0x70
#define PORT_INDEX 0
#define INDEX_MASK 0x7f
#define INDEX_NMI 0x80

#define A_POWER_ON 0x26 /* 32768 Hz, 1024 Hz periodic */
#define B_POWER_ON B_24H
#define DIVIDER_HZ 32768
#define UIP_NS (uint32_t)(8 * NS_PER_SEC / DIVIDER_HZ + 1)
#define HALF_SECOND (uint32_t)(NS_PER_SEC / 2)
#define DAY 86400

/* What any bytes can be set to lies within year 16665 or so; and the wall clock within 292 years. */
#define SECONDS_LIMIT INT64_C(1000000000000)

_Static_assert(sizeof(struct mc146818_state) == 40 + MC146818_BYTES, "no padding");
_Static_assert((uint8_t)C_UF == B_UIE && (uint8_t)C_AF == B_AIE && (uint8_t)C_PF == B_PIE,
               "a flag and its enable share a bit");

struct moment {
    int64_t second;
    uint32_t ns;
};

/* -- pure helpers -- */

static bool divider_reset(const struct mc146818_state *s)
{
    return (s->cmos[REG_A] & A_DV_RESET) == A_DV_RESET;
}

/* Does the time stand? */
static bool stopped(const struct mc146818_state *s)
{
    return (s->cmos[REG_B] & B_SET) || divider_reset(s);
}

/* What the RTC would show at a wall clock time. */
static struct moment rtc_time(const struct mc146818_state *s, int64_t wall)
{
    int64_t second = wall / (int64_t)NS_PER_SEC;
    int64_t ns = wall % (int64_t)NS_PER_SEC;

    if (ns < 0) {
        ns += (int64_t)NS_PER_SEC;
        second--;
    }
    ns += s->offset_ns;
    second += s->offset_s + ns / (int64_t)NS_PER_SEC;
    return (struct moment){.second = second, .ns = (uint32_t)(ns % (int64_t)NS_PER_SEC)};
}

static bool is_time(uint8_t reg)
{
    return reg == REG_SECOND || reg == REG_MINUTE || reg == REG_HOUR ||
           (reg >= REG_WEEKDAY && reg <= REG_YEAR) || reg == REG_CENTURY;
}

/* Ticks of the divider between periodic interrupts, 0 for none. */
static uint64_t period(const struct mc146818_state *s)
{
    unsigned rs = s->cmos[REG_A] & A_RS;

    if (rs == 0 || divider_reset(s)) {
        return 0;
    }
    /* the two fastest taps come out slower than their place says */
    return rs <= 2 ? UINT64_C(1) << (rs + 6) : UINT64_C(1) << (rs - 1);
}

static uint64_t divider_tick(const struct mc146818_state *s, uint64_t now)
{
    return now > s->divider_start ? muldiv64(now - s->divider_start, DIVIDER_HZ, NS_PER_SEC) : 0;
}

/* First ns at which divider_tick() is `tick`, TIMER_NEVER past the end of time. */
static uint64_t divider_ns(const struct mc146818_state *s, uint64_t tick)
{
    unsigned __int128 ns =
        ((unsigned __int128)tick * NS_PER_SEC + DIVIDER_HZ - 1) / DIVIDER_HZ + s->divider_start;

    return ns < TIMER_NEVER ? (uint64_t)ns : TIMER_NEVER;
}

/* -- time passes -- */

static void pass_seconds(struct mc146818_state *s, int64_t second)
{
    int64_t alarm;

    if (second == s->seen_second) {
        return;
    }
    s->flags |= C_UF;
    if (second > s->seen_second) {
        alarm = rtc_alarm_in(s->cmos, s->seen_second);
        if (alarm && second - s->seen_second >= alarm) {
            s->flags |= C_AF;
        }
    } else if (rtc_alarm_in(s->cmos, second - 1) == 1) { /* the host's clock went back */
        s->flags |= C_AF;
    }
    s->seen_second = second;
}

/* Set the flags for everything that has happened up to now. */
static void advance(struct mc146818 *rtc)
{
    struct mc146818_state *s = &rtc->s;
    uint64_t tick = divider_tick(s, clock_now(rtc->clock));
    uint64_t p = period(s);

    if (tick > s->seen_tick) {
        if (p && tick / p > s->seen_tick / p) {
            s->flags |= C_PF;
        }
        s->seen_tick = tick;
    }
    if (!stopped(s)) {
        pass_seconds(s, rtc_time(s, clock_wall(rtc->clock)).second);
    }
}

/* The earliest moment at which an enabled flag that is clear may become set. */
static uint64_t deadline(const struct mc146818 *rtc)
{
    const struct mc146818_state *s = &rtc->s;
    uint8_t wanted = s->cmos[REG_B] & (uint8_t)~s->flags & C_FLAGS;
    uint64_t p = period(s);
    uint64_t at = TIMER_NEVER;

    if ((wanted & C_PF) && p) {
        at = divider_ns(s, (s->seen_tick / p + 1) * p);
    }
    /*
     * The wall clock may be set meanwhile, so an alarm looks at it once a second, too: no later
     * than the seconds hand would.
     */
    if (!stopped(s) &&
        ((wanted & C_UF) || ((wanted & C_AF) && rtc_alarm_in(s->cmos, s->seen_second)))) {
        uint64_t now = clock_now(rtc->clock);
        struct moment m = rtc_time(s, clock_wall(rtc->clock));

        at = MIN(at, m.second == s->seen_second ? now + (uint32_t)NS_PER_SEC - m.ns : now);
    }
    return at;
}

/* From the state to the line and the timer. */
static void drive(struct mc146818 *rtc)
{
    uint64_t at = deadline(rtc);

    irq_set(&rtc->irq, rtc->s.flags & rtc->s.cmos[REG_B] & C_FLAGS);
    if (at == TIMER_NEVER) {
        timer_cancel(&rtc->timer);
    } else {
        timer_arm(&rtc->timer, at);
    }
}

static void expired(void *opaque)
{
    advance(opaque);
    drive(opaque);
}

/* -- setting the time -- */

/* The time stands from now on: leave it in the bytes. */
static void stop_clock(struct mc146818 *rtc)
{
    rtc_show(rtc->s.cmos, rtc_time(&rtc->s, clock_wall(rtc->clock)).second);
}

/* The time goes on from what the bytes say. */
static void start_clock(struct mc146818 *rtc)
{
    struct mc146818_state *s = &rtc->s;
    int64_t second = rtc_shown(s->cmos);

    s->offset_s += second - rtc_time(s, clock_wall(rtc->clock)).second;
    s->seen_second = second;
    event_gate_ring(&rtc->changed);
}

/* Seconds that the guest's clock is ahead of ours, for who starts the machine next time. */
static void raise_changed(void *opaque)
{
    struct mc146818 *rtc = opaque;
    g_autofree char *path = device_path(&rtc->dev);
    GVariantBuilder b;
    int64_t offset;

    device_enter(&rtc->dev);
    offset = rtc->s.offset_s;
    device_leave(&rtc->dev);
    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "offset", g_variant_new_int64(offset));
    g_variant_builder_add(&b, "{sv}", "qom-path", g_variant_new_string(path));
    event_raise("RTC_CHANGE", g_variant_builder_end(&b));
}

/* The divider chain leaves its reset half way to the next update. */
static void start_divider(struct mc146818 *rtc)
{
    struct mc146818_state *s = &rtc->s;
    uint32_t ns = rtc_time(s, clock_wall(rtc->clock)).ns;

    s->offset_ns = (uint32_t)((s->offset_ns + NS_PER_SEC + HALF_SECOND - ns) % NS_PER_SEC);
    s->divider_start = clock_now(rtc->clock);
    s->seen_tick = 0;
}

/* -- registers -- */

static void write_a(struct mc146818 *rtc, uint8_t v)
{
    struct mc146818_state *s = &rtc->s;
    bool stood = stopped(s), held = divider_reset(s);

    if (!stood && (v & A_DV_RESET) == A_DV_RESET) {
        stop_clock(rtc);
    }
    s->cmos[REG_A] = v & (uint8_t)~A_UIP;
    if (held && !divider_reset(s)) {
        start_divider(rtc);
    }
    if (stood && !stopped(s)) {
        start_clock(rtc);
    }
}

static void write_b(struct mc146818 *rtc, uint8_t v)
{
    struct mc146818_state *s = &rtc->s;
    bool stood = stopped(s);

    if (v & B_SET) {
        v &= (uint8_t)~B_UIE;
        if (!stood) {
            stop_clock(rtc);
        }
    }
    s->cmos[REG_B] = v;
    if (stood && !stopped(s)) {
        start_clock(rtc);
    }
}

static void write_time(struct mc146818 *rtc, uint8_t reg, uint8_t v)
{
    bool stands = stopped(&rtc->s);

    if (!stands) {
        stop_clock(rtc);
    }
    rtc->s.cmos[reg] = v;
    if (!stands) {
        start_clock(rtc);
    }
}

/* The byte that the index selects. */
static uint8_t selected(const struct mc146818_state *s)
{
    uint8_t reg = s->index & INDEX_MASK;

    return reg == REG_CENTURY_PS2 ? REG_CENTURY : reg;
}

static void write_data(struct mc146818 *rtc, uint8_t v)
{
    uint8_t reg = selected(&rtc->s);

    switch (reg) {
    case REG_A:
        write_a(rtc, v);
        break;
    case REG_B:
        write_b(rtc, v);
        break;
    case REG_C:
    case REG_D:
        break;
    default:
        if (is_time(reg)) {
            write_time(rtc, reg, v);
        } else {
            rtc->s.cmos[reg] = v;
        }
        break;
    }
}

static uint8_t read_a(const struct mc146818 *rtc)
{
    const struct mc146818_state *s = &rtc->s;
    bool uip =
        !stopped(s) && rtc_time(s, clock_wall(rtc->clock)).ns >= (uint32_t)NS_PER_SEC - UIP_NS;

    return s->cmos[REG_A] | (uip ? A_UIP : 0);
}

static uint8_t read_c(struct mc146818_state *s)
{
    uint8_t v = s->flags;

    s->flags = 0;
    return v & s->cmos[REG_B] ? v | C_IRQF : v;
}

static uint8_t read_data(struct mc146818 *rtc)
{
    struct mc146818_state *s = &rtc->s;
    uint8_t reg = selected(s);

    switch (reg) {
    case REG_A:
        return read_a(rtc);
    case REG_C:
        return read_c(s);
    default:
        if (is_time(reg) && !stopped(s)) {
            uint8_t now[MC146818_BYTES];

            memcpy(now, s->cmos, sizeof(now));
            rtc_show(now, rtc_time(s, clock_wall(rtc->clock)).second);
            return now[reg];
        }
        return s->cmos[reg];
    }
}

static void rtc_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct mc146818 *rtc = opaque;

    (void)width;
    if (offset == PORT_INDEX) {
        rtc->s.index = (uint8_t)value;
        return;
    }
    advance(rtc);
    write_data(rtc, (uint8_t)value);
    drive(rtc);
}

/* The index port is write-only. */
static uint64_t rtc_read(void *opaque, uint64_t offset, unsigned width)
{
    struct mc146818 *rtc = opaque;
    uint8_t v;

    (void)width;
    if (offset == PORT_INDEX) {
        return 0xff;
    }
    advance(rtc);
    v = read_data(rtc);
    drive(rtc);
    return v;
}

/* -- the board's side -- */

void mc146818_set_cmos(struct mc146818 *rtc, uint8_t index, uint8_t value)
{
    if (index >= MC146818_BYTES || index <= REG_D || index == REG_CENTURY ||
        index == REG_CENTURY_PS2) {
        return;
    }
    device_enter(&rtc->dev);
    rtc->s.cmos[index] = value;
    device_leave(&rtc->dev);
}

void mc146818_set_offset(struct mc146818 *rtc, int64_t seconds)
{
    device_enter(&rtc->dev);
    rtc->s.offset_s = CLAMP(seconds, -DAY, DAY);
    rtc->s.seen_second = rtc_time(&rtc->s, clock_wall(rtc->clock)).second;
    drive(rtc);
    device_leave(&rtc->dev);
}

bool mc146818_nmi_masked(struct mc146818 *rtc)
{
    bool masked;

    device_enter(&rtc->dev);
    masked = rtc->s.index & INDEX_NMI;
    device_leave(&rtc->dev);
    return masked;
}

/* -- state -- */

/* The RESET pin clears enables and flags; time and RAM have a battery. */
static void mc146818_reset(struct device *d)
{
    struct mc146818 *rtc = (struct mc146818 *)d;
    struct mc146818_state *s = &rtc->s;

    s->cmos[REG_B] &= (uint8_t) ~(B_PIE | B_AIE | B_UIE | B_SQWE);
    s->index = 0;
    advance(rtc);
    s->flags = 0;
}

static void mc146818_settle(struct device *d)
{
    drive((struct mc146818 *)d);
}

static bool in_range(int64_t second)
{
    return second >= -SECONDS_LIMIT && second <= SECONDS_LIMIT;
}

static const char *mc146818_check(const void *state)
{
    const struct mc146818_state *s = state;

    if (!in_range(s->offset_s)) {
        return "offset_s";
    }
    if (s->offset_ns >= NS_PER_SEC) {
        return "offset_ns";
    }
    if (!in_range(s->seen_second)) {
        return "seen_second";
    }
    if (s->seen_tick > UINT64_MAX / 2) {
        return "seen_tick";
    }
    if (s->flags & ~C_FLAGS) {
        return "flags";
    }
    if ((s->cmos[REG_A] & A_UIP) || s->cmos[REG_C] || s->cmos[REG_D] != D_VRT ||
        ((s->cmos[REG_B] & B_SET) && (s->cmos[REG_B] & B_UIE))) {
        return "cmos";
    }
    return s->pad[0] | s->pad[1] ? "pad" : NULL;
}

static const struct state_field mc146818_fields[] = {
    STATE_FIELD(struct mc146818_state, offset_s),
    STATE_FIELD(struct mc146818_state, offset_ns),
    STATE_FIELD(struct mc146818_state, flags),
    STATE_FIELD(struct mc146818_state, index),
    STATE_ARRAY(struct mc146818_state, pad),
    STATE_FIELD(struct mc146818_state, seen_second),
    STATE_FIELD(struct mc146818_state, seen_tick),
    STATE_FIELD(struct mc146818_state, divider_start),
    STATE_ARRAY(struct mc146818_state, cmos),
    STATE_END,
};

static const struct state_layout mc146818_layout = {
    .name = "mc146818rtc",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct mc146818_state),
    .fields = mc146818_fields,
    .check = mc146818_check,
};

/* -- life -- */

static const struct region_ops rtc_ops = {.read = rtc_read, .write = rtc_write};

static void mc146818_unrealize(struct device *d)
{
    struct mc146818 *rtc = (struct mc146818 *)d;

    timer_cancel(&rtc->timer);
    irq_set(&rtc->irq, false);
    space_unmap(&rtc->ports);
    space_synchronize();
    event_gate_exit(&rtc->changed);
}

int64_t mc146818_now(struct mc146818 *rtc)
{
    int64_t second;

    device_enter(&rtc->dev);
    second = stopped(&rtc->s) ? rtc_shown(rtc->s.cmos)
                              : rtc_time(&rtc->s, clock_wall(rtc->clock)).second;
    device_leave(&rtc->dev);
    return second;
}

static bool mc146818_realize(struct device *d, struct board *b, GError **error)
{
    struct mc146818 *rtc = (struct mc146818 *)d;

    rtc->clock = b->clock;
    timer_init(&rtc->timer, b->clock, d, expired, rtc);
    irq_pin_init(&rtc->irq, rtc->irq_line);
    event_gate_init(&rtc->changed, raise_changed, rtc);
    rtc->s.cmos[REG_A] = A_POWER_ON;
    rtc->s.cmos[REG_B] = B_POWER_ON;
    rtc->s.cmos[REG_D] = D_VRT;
    mc146818_reset(d);
    rtc->ports = (struct region){
        .name = "rtc", .dev = d, .opaque = rtc, .ops = &rtc_ops, .size = 2, .prio = PRIO_FIXED};
    if (!space_map(b->ports, &rtc->ports, RTC_BASE, error)) {
        return false;
    }
    d->regions = g_slist_append(d->regions, &rtc->ports);
    return true;
}

const struct device_class mc146818_class = {
    .name = "mc146818rtc",
    .desc = "MC146818A real-time clock and CMOS RAM",
    .bus = BUS_BOARD,
    .size = sizeof(struct mc146818),
    .state_offset = offsetof(struct mc146818, s),
    .state = &mc146818_layout,
    .realize = mc146818_realize,
    .reset = mc146818_reset,
    .settle = mc146818_settle,
    .unrealize = mc146818_unrealize,
};

struct mc146818 *mc146818_new(struct board *b, struct irq_line *irq8, GError **error)
{
    struct mc146818 *rtc = (struct mc146818 *)device_new(&mc146818_class, NULL);

    rtc->irq_line = irq8;
    return device_realize(&rtc->dev, b, error) ? rtc : NULL;
}
