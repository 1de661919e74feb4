/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * High precision event timer, IA-PC HPET specification 1.0a, section 2.3: one block of three timers
 * at FED00000h, 100 MHz.
 *
 * Modelled: the 64-bit counter; one-shot and periodic mode and 32-bit mode on all timers; edge and
 * level interrupts; legacy replacement: while it is on, timer 0 has IRQ 0 and timer 1 has IRQ 8,
 * and the PIT and the RTC are cut off from them. Otherwise timers reach the IOAPIC's inputs 16 to
 * 23, which nothing else on this board uses.
 * Not modelled: interrupts by message (FSB); a 32-bit one-shot timer's further matches as the
 * counter wraps.
 *
 * Differs: the specification has a timer match when counter and comparator are equal. Here a
 * one-shot timer whose comparator was set too late matches at once, as elsewhere: a CPU that is off
 * for a millisecond between reading the counter and setting the comparator would otherwise wait 43
 * seconds. Late by several periods, a periodic timer interrupts once. Matches of one timer come no
 * faster than the core's least timer period.
 *
 * The counter follows from (state, now); comparators are worked off at each access and by timers.
 *
 * Threading: own lock of rank LOCK_BRIDGE, as lines of the PIT and the RTC pass through with their
 * locks held. Nothing here asks those lines for their level.
 */
#include "hw/timer/hpet.h"

#include "hw/pc/board.h"

#include <string.h>

#define GCAP_ID 0x000
#define GEN_CONF 0x010
#define GEN_CONF_ENABLE 0x1u
#define GEN_CONF_LEG_RT 0x2u
#define GEN_CONF_WMASK 0x3u
#define GINTR_STA 0x020
#define MAIN_CNT 0x0f0
#define TN_BASE 0x100
#define TN_SIZE 0x20
#define TN_CONF_CAP 0x00
#define TN_COMPARATOR 0x08

#define TN_INT_TYPE_LEVEL 0x0002u
#define TN_INT_ENB 0x0004u
#define TN_TYPE_PERIODIC 0x0008u
#define TN_PER_INT_CAP 0x0010u
#define TN_SIZE_CAP 0x0020u
#define TN_VAL_SET 0x0040u
#define TN_32MODE 0x0100u
#define TN_ROUTE_SHIFT 9
#define TN_ROUTE 0x3e00u
#define TN_WMASK                                                                                   \
    (TN_INT_TYPE_LEVEL | TN_INT_ENB | TN_TYPE_PERIODIC | TN_VAL_SET | TN_32MODE | TN_ROUTE)
#define TN_ROUTE_CAP UINT32_C(0x00ff0000)

#define PERIOD_FS (UINT64_C(1000000) * HPET_TICK_NS)
#define ISR_MASK ((1u << HPET_TIMERS) - 1)
#define NEVER UINT64_MAX

_Static_assert(sizeof(struct hpet_timer_state) == 24, "no padding");
_Static_assert(sizeof(struct hpet_state) == 24 + HPET_TIMERS * 24, "no padding");
_Static_assert((HPET_BLOCK_ID >> 8 & 0x1f) == HPET_TIMERS - 1, "the id tells the last timer");

static struct hpet *self(struct device *d)
{
    return (struct hpet *)(void *)d;
}

/* -- pure helpers -- */

static bool enabled(const struct hpet_state *s)
{
    return s->conf & GEN_CONF_ENABLE;
}

static bool legacy(const struct hpet_state *s)
{
    return (s->conf & GEN_CONF_WMASK) == (GEN_CONF_ENABLE | GEN_CONF_LEG_RT);
}

static uint64_t counter_at(const struct hpet_state *s, uint64_t now)
{
    return enabled(s) ? s->count + now / HPET_TICK_NS : s->count;
}

static bool periodic(const struct hpet_timer_state *t)
{
    return t->conf & TN_TYPE_PERIODIC;
}

static uint64_t width_mask(const struct hpet_timer_state *t)
{
    return t->conf & TN_32MODE ? UINT32_MAX : UINT64_MAX;
}

/* Where the comparator was when last looked at: more than half the circle ahead is behind. */
static bool was_behind(const struct hpet_state *s, const struct hpet_timer_state *t)
{
    return ((t->comparator - s->seen) & width_mask(t)) > width_mask(t) >> 1;
}

/* Ticks from counter c to the next match, 0: it is due, NEVER: there is none. */
static uint64_t ticks_left(const struct hpet_state *s, const struct hpet_timer_state *t, uint64_t c)
{
    uint64_t ahead = (t->comparator - s->seen) & width_mask(t);
    uint64_t passed = c - s->seen;

    if (periodic(t) ? t->period == 0 : !t->waiting) {
        return NEVER;
    }
    return was_behind(s, t) || ahead <= passed ? 0 : ahead - passed;
}

/* How long ago a match was due that is. */
static uint64_t ticks_late(const struct hpet_state *s, const struct hpet_timer_state *t, uint64_t c)
{
    if (was_behind(s, t)) {
        return c - s->seen + ((s->seen - t->comparator) & width_mask(t));
    }
    return c - s->seen - ((t->comparator - s->seen) & width_mask(t));
}

static bool route_ok(unsigned route)
{
    return TN_ROUTE_CAP >> (route & 31) & 1;
}

static unsigned route_of(const struct hpet_timer_state *t)
{
    return (t->conf & TN_ROUTE) >> TN_ROUTE_SHIFT;
}

/* -- outputs -- */

static struct irq_line *line_of(const struct hpet *h, unsigned n)
{
    unsigned route = route_of(&h->s.timer[n]);

    if (legacy(&h->s) && n < 2) {
        return &h->board->gsi[n == 0 ? 0 : 8];
    }
    return route_ok(route) ? &h->board->gsi[route] : NULL;
}

static bool interrupts(const struct hpet_state *s, unsigned n)
{
    return enabled(s) && (s->timer[n].conf & TN_INT_ENB);
}

static void update_lines(struct hpet *h)
{
    const struct hpet_state *s = &h->s;
    bool ours = legacy(s);

    if (h->mute_pit && h->muted != ours) {
        h->muted = ours;
        h->mute_pit(h->mute_opaque, ours);
    }
    for (unsigned i = 0; i < 2; i++) {
        irq_set(&h->through[i], !ours && h->in_level[i]);
    }
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        struct irq_pin *pin = &h->timer[n].pin;
        struct irq_line *line = line_of(h, n);

        if (pin->line != line) {
            irq_set(pin, false);
            irq_pin_move(pin, line);
        }
        irq_set(pin,
                interrupts(s, n) && (s->timer[n].conf & TN_INT_TYPE_LEVEL) && (s->isr >> n & 1));
    }
}

static void update_timer(struct hpet *h, unsigned n, uint64_t now)
{
    uint64_t left = ticks_left(&h->s, &h->s.timer[n], counter_at(&h->s, now));
    uint64_t tick = now / HPET_TICK_NS;

    if (!interrupts(&h->s, n) || left >= TIMER_NEVER / HPET_TICK_NS - tick) {
        timer_cancel(&h->timer[n].timer);
    } else {
        timer_arm(&h->timer[n].timer, (tick + left) * HPET_TICK_NS);
    }
}

static void update(struct hpet *h, uint64_t now)
{
    update_lines(h);
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        update_timer(h, n, now);
    }
}

/* -- time passes -- */

static void match(struct hpet *h, unsigned n, uint64_t c)
{
    struct hpet_timer_state *t = &h->s.timer[n];

    if (periodic(t)) {
        t->comparator += (ticks_late(&h->s, t, c) / t->period + 1) * t->period;
        t->comparator &= width_mask(t);
    }
    t->waiting = 0;
    if (!interrupts(&h->s, n)) {
        return;
    }
    if (t->conf & TN_INT_TYPE_LEVEL) {
        h->s.isr |= 1u << n;
    } else {
        irq_set(&h->timer[n].pin, true);
        irq_set(&h->timer[n].pin, false);
    }
}

/* Work off the matches up to now. Returns the counter. */
static uint64_t advance(struct hpet *h, uint64_t now)
{
    uint64_t c = counter_at(&h->s, now);

    for (unsigned n = 0; enabled(&h->s) && n < HPET_TIMERS; n++) {
        if (ticks_left(&h->s, &h->s.timer[n], c) == 0) {
            match(h, n, c);
        }
    }
    h->s.seen = c;
    return c;
}

static void expired(void *opaque)
{
    struct hpet_timer *t = opaque;
    uint64_t now = clock_now(t->hpet->board->clock);

    advance(t->hpet, now);
    update(t->hpet, now);
}

static void legacy_changed(void *opaque, unsigned n, bool level)
{
    struct hpet *h = opaque;

    device_enter(&h->dev);
    h->in_level[n & 1] = level;
    irq_set(&h->through[n & 1], !legacy(&h->s) && level);
    device_leave(&h->dev);
}

/* -- registers -- */

static uint64_t read_timer(const struct hpet_timer_state *t, uint64_t reg)
{
    switch (reg) {
    case TN_CONF_CAP:
        return t->conf | TN_PER_INT_CAP | TN_SIZE_CAP | (uint64_t)TN_ROUTE_CAP << 32;
    case TN_COMPARATOR:
        return t->comparator;
    default:
        return 0;
    }
}

static uint64_t read_register(const struct hpet_state *s, uint64_t reg, uint64_t counter)
{
    uint64_t n = (reg - TN_BASE) / TN_SIZE;

    if (reg >= TN_BASE) {
        return n < HPET_TIMERS ? read_timer(&s->timer[n], (reg - TN_BASE) % TN_SIZE) : 0;
    }
    switch (reg) {
    case GCAP_ID:
        return PERIOD_FS << 32 | HPET_BLOCK_ID;
    case GEN_CONF:
        return s->conf;
    case GINTR_STA:
        return s->isr;
    case MAIN_CNT:
        return counter;
    default:
        return 0;
    }
}

static uint64_t hpet_read(void *opaque, uint64_t offset, unsigned width)
{
    struct hpet *h = opaque;
    uint64_t now = clock_now(h->board->clock);
    uint64_t value = read_register(&h->s, offset & ~UINT64_C(7), advance(h, now));

    (void)width;
    update(h, now);
    return value >> (8 * (offset & 4));
}

static uint64_t merge(uint64_t old, uint64_t value, uint64_t mask)
{
    return (old & ~mask) | (value & mask);
}

static void configure_timer(struct hpet_timer_state *t, uint64_t value)
{
    uint32_t conf = (uint32_t)value & TN_WMASK;

    if (!route_ok((conf & TN_ROUTE) >> TN_ROUTE_SHIFT)) {
        conf = (conf & ~TN_ROUTE) | (t->conf & TN_ROUTE);
    }
    t->conf = conf;
    t->comparator &= width_mask(t);
    t->period &= width_mask(t) >> 1;
}

static void set_comparator(struct hpet_timer_state *t, uint64_t value, uint64_t mask)
{
    if (!periodic(t) || (t->conf & TN_VAL_SET)) {
        t->comparator = merge(t->comparator, value, mask) & width_mask(t);
    }
    if (periodic(t)) {
        t->period = merge(t->period, value, mask) & width_mask(t) >> 1;
    }
    t->conf &= ~TN_VAL_SET;
    t->waiting = 1;
}

/* The counter goes on from where it stands. */
static void configure(struct hpet_state *s, uint64_t value, uint64_t now)
{
    uint64_t c = counter_at(s, now);

    s->conf = (uint32_t)value & GEN_CONF_WMASK;
    s->count = enabled(s) ? c - now / HPET_TICK_NS : c;
}

static void write_register(struct hpet_state *s, uint64_t reg, uint64_t value, uint64_t mask,
                           uint64_t now)
{
    uint64_t n = (reg - TN_BASE) / TN_SIZE;

    if (reg >= TN_BASE) {
        struct hpet_timer_state *t = n < HPET_TIMERS ? &s->timer[n] : NULL;
        uint64_t at = (reg - TN_BASE) % TN_SIZE;

        if (t && at == TN_CONF_CAP) {
            configure_timer(t, merge(t->conf, value, mask));
        } else if (t && at == TN_COMPARATOR) {
            set_comparator(t, value, mask);
        }
        return;
    }
    switch (reg) {
    case GEN_CONF:
        configure(s, merge(s->conf, value, mask), now);
        break;
    case GINTR_STA:
        s->isr &= ~(uint32_t)(value & mask);
        break;
    case MAIN_CNT:
        if (!enabled(s)) {
            s->count = s->seen = merge(s->count, value, mask);
        }
        break;
    default:
        break;
    }
}

static void hpet_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct hpet *h = opaque;
    uint64_t now = clock_now(h->board->clock);
    unsigned shift = (unsigned)(8 * (offset & 4));
    uint64_t mask = (width == 8 ? UINT64_MAX : UINT32_MAX) << shift;

    advance(h, now);
    write_register(&h->s, offset & ~UINT64_C(7), value << shift, mask, now);
    advance(h, now); /* what was set too late */
    update(h, now);
}

static const struct region_ops ops = {
    .read = hpet_read,
    .write = hpet_write,
    .valid = 4 | 8,
    .impl = 4 | 8,
};

/* -- life -- */

static void reset(struct device *d)
{
    struct hpet_state *s = &self(d)->s;

    memset(s, 0, sizeof(*s));
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        s->timer[n].comparator = UINT64_MAX;
    }
}

static void settle(struct device *d)
{
    struct hpet *h = self(d);

    update(h, clock_now(h->board->clock));
}

static const char *check_timer(const void *state)
{
    const struct hpet_timer_state *t = state;

    if ((t->conf & ~TN_WMASK) || (route_of(t) && !route_ok(route_of(t)))) {
        return "conf";
    }
    if (t->waiting > 1) {
        return "waiting";
    }
    if (t->comparator & ~width_mask(t)) {
        return "comparator";
    }
    return t->period & ~(width_mask(t) >> 1) ? "period" : NULL;
}

static const char *check(const void *state)
{
    const struct hpet_state *s = state;

    if (s->conf & ~GEN_CONF_WMASK) {
        return "conf";
    }
    if (s->isr & ~ISR_MASK) {
        return "isr";
    }
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        if (check_timer(&s->timer[n])) {
            return check_timer(&s->timer[n]);
        }
    }
    return NULL;
}

static void unrealize(struct device *d)
{
    struct hpet *h = self(d);

    space_unmap(&h->regs);
    space_synchronize();
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        timer_cancel(&h->timer[n].timer);
        irq_set(&h->timer[n].pin, false);
    }
    for (unsigned i = 0; i < 2; i++) {
        irq_line_connect(&h->in[i], NULL, NULL, i);
        irq_set(&h->through[i], false);
    }
}

static bool realize(struct device *d, struct board *b, GError **error)
{
    struct hpet *h = self(d);

    h->board = b;
    lock_clear(&d->own_lock);
    lock_init(&d->own_lock, d->cls->name, LOCK_BRIDGE);
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        h->timer[n].hpet = h;
        timer_init(&h->timer[n].timer, b->clock, d, expired, &h->timer[n]);
        irq_pin_init(&h->timer[n].pin, NULL);
    }
    for (unsigned i = 0; i < 2; i++) {
        irq_line_init(&h->in[i], legacy_changed, h, i);
        irq_pin_init(&h->through[i], &b->gsi[i == 0 ? 0 : 8]);
    }
    reset(d);
    h->regs = (struct region){
        .name = "hpet", .dev = d, .opaque = h, .ops = &ops, .size = HPET_SIZE, .prio = PRIO_FIXED};
    d->regions = g_slist_append(d->regions, &h->regs);
    return space_map(b->mem, &h->regs, HPET_BASE, error);
}

/* -- tables -- */

static const struct state_field timer_fields[] = {
    STATE_FIELD(struct hpet_timer_state, conf),
    STATE_FIELD(struct hpet_timer_state, waiting),
    STATE_FIELD(struct hpet_timer_state, comparator),
    STATE_FIELD(struct hpet_timer_state, period),
    STATE_END,
};

static const struct state_layout timer_layout = {
    .name = "timer",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct hpet_timer_state),
    .fields = timer_fields,
    .check = check_timer,
};

static const struct state_field fields[] = {
    STATE_FIELD(struct hpet_state, count),
    STATE_FIELD(struct hpet_state, seen),
    STATE_FIELD(struct hpet_state, conf),
    STATE_FIELD(struct hpet_state, isr),
    STATE_STRUCTS(struct hpet_state, timer, &timer_layout),
    STATE_END,
};

static const struct state_layout layout = {
    .name = "hpet",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct hpet_state),
    .fields = fields,
    .check = check,
};

const struct device_class hpet_class = {
    .name = "hpet",
    .desc = "High precision event timer",
    .bus = BUS_BOARD,
    .size = sizeof(struct hpet),
    .state_offset = offsetof(struct hpet, s),
    .state = &layout,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};

struct hpet *hpet_new(struct board *b, void (*mute_pit)(void *opaque, bool mute), void *opaque,
                      GError **error)
{
    struct device *d = device_new(&hpet_class, NULL);

    self(d)->mute_pit = mute_pit;
    self(d)->mute_opaque = opaque;
    return device_realize(d, b, error) ? self(d) : NULL;
}

struct irq_line *hpet_legacy_line(struct hpet *h, unsigned n)
{
    return &h->in[n & 1];
}
