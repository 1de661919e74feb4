/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port 61h, "NMI status and control", of a board whose 8254 the hypervisor has: the gate of counter 2
 * and the speaker. 82371SB (290550-002) section 2.5.4.2. With an 8254 of our own, that has the port.
 *
 * The hypervisor is asked what counter 2 is, at each access and, while the speaker is on and somebody
 * listens, at each packet of sound: a new count is heard from its right moment on, but of several in
 * 2.5 ms the last alone.
 *
 * Differs: the gate does not reach the hypervisor, whose state can only be set as a whole, its counter
 * 0 with it, which would then skip a beat. So OUT2 and the speaker obey the gate, but the count in port
 * 42h runs on: it does so in KVM's own port 61h, too, but for starting anew when the gate rises.
 *
 * Not modelled: SERR# and IOCHK# (bits 2, 3, 6, 7 read 0).
 *
 * Threading: own device lock.
 */
#include "hw/timer/port61.h"

#include "hw/timer/i8254.h"

#include <string.h>

#define PORT 0x61

_Static_assert(sizeof(struct port61_state) == 16, "no padding");

static uint64_t tick_now(const struct port61 *p)
{
    return TICK_BIAS + muldiv64(clock_now(p->clock), I8254_HZ, NS_PER_SEC);
}

static bool speaker_on(const struct port61 *p)
{
    return p->s.bits & SC_SPEAKER;
}

/* -- counter 2 -- */

static bool periodic(const struct i8254_counter *c)
{
    return c->mode == 2 || c->mode == 3;
}

/* The counter at tick t, from what was seen of it and from the gate. */
static struct i8254_counter interpret(const struct port61 *p, uint64_t t)
{
    const struct pc_counter *from = &p->seen;
    struct i8254_counter c = {
        .mode = from->mode, .access = 3, .gate = p->s.bits & SC_GATE2, .seen = t};

    if (from->mode > 5 || from->count == 0 || from->count > 65536) {
        c.mode = 3; /* nothing was loaded: OUT is high */
        return c;
    }
    c.ce = c.cr = from->count;
    c.start = p->loaded;
    if (c.mode != 0 && c.mode != 4 && p->s.gate_at > c.start) {
        c.start = p->s.gate_at;
    }
    c.phase = periodic(&c) && !c.gate ? PHASE_HELD : PHASE_COUNTING;
    return c;
}

/* What was heard until now ends with what counter 2 was; what it is begins. */
static uint64_t update(struct port61 *p)
{
    uint64_t t = tick_now(p);
    struct pc_counter now = {.mode = UINT8_MAX};
    bool known = p->read_counter2(p->opaque, &now);

    if (known &&
        (now.stamp != p->seen.stamp || now.count != p->seen.count || now.mode != p->seen.mode)) {
        struct i8254_counter old = p->counter;
        uint64_t age = muldiv64(now.age_ns, I8254_HZ, NS_PER_SEC);

        p->seen = now;
        p->loaded = age < t ? t - age : 0;
        p->counter = interpret(p, t);
        pcspk_until(&p->spk, &old, speaker_on(p), MIN(t, p->counter.start));
    }
    pcspk_until(&p->spk, &p->counter, speaker_on(p), t);
    p->counter.seen = t;
    return t;
}

/* -- sound -- */

static bool render(void *opaque, uint64_t first, int32_t *mix)
{
    struct port61 *p = opaque;
    uint64_t t = update(p);

    pcspk_from(&p->spk, &p->counter, speaker_on(p), t);
    /* a count may come at any time while both are on, and nobody tells */
    return pcspk_render(&p->spk, &p->counter, speaker_on(p), first, mix) ||
           p->s.bits == (SC_GATE2 | SC_SPEAKER);
}

static const struct audio_source_ops sound_ops = {.render = render};

/* -- the port -- */

static uint64_t port_read(void *opaque, uint64_t offset, unsigned width)
{
    struct port61 *p = opaque;
    uint64_t t = update(p);

    (void)offset;
    (void)width;
    return (uint64_t)(p->s.bits | (t / SC_REFRESH_TICKS & 1 ? SC_REFRESH : 0) |
                      (i8254_out(&p->counter, t) ? SC_OUT2 : 0));
}

static void port_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct port61 *p = opaque;
    uint8_t bits = value & (SC_GATE2 | SC_SPEAKER);
    uint64_t t;

    (void)offset;
    (void)width;
    if (bits == p->s.bits) {
        return;
    }
    t = update(p);
    if (bits & ~p->s.bits & SC_GATE2) {
        p->s.gate_at = t;
    }
    p->s.bits = bits;
    p->counter = interpret(p, t);
    pcspk_from(&p->spk, &p->counter, speaker_on(p), t);
    if (bits == (SC_GATE2 | SC_SPEAKER)) {
        audio_source_wake(&p->spk.source);
    }
}

/* -- life -- */

static void port61_reset(struct device *d)
{
    struct port61 *p = (struct port61 *)d;

    p->s = (struct port61_state){0};
}

static void port61_settle(struct device *d)
{
    struct port61 *p = (struct port61 *)d;

    p->seen = (struct pc_counter){.mode = UINT8_MAX};
    p->counter = interpret(p, tick_now(p));
    pcspk_settle(&p->spk);
}

static const char *port61_check(const void *state)
{
    const struct port61_state *s = state;
    static const uint8_t zero[sizeof(s->pad)];

    if (s->gate_at > TICK_LIMIT) {
        return "gate_at";
    }
    if (s->bits & ~(SC_GATE2 | SC_SPEAKER)) {
        return "bits";
    }
    return memcmp(s->pad, zero, sizeof(zero)) ? "pad" : NULL;
}

static const struct state_field port61_fields[] = {
    STATE_FIELD(struct port61_state, gate_at),
    STATE_FIELD(struct port61_state, bits),
    STATE_ARRAY(struct port61_state, pad),
    STATE_END,
};

static const struct state_layout port61_layout = {
    .name = "port61",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct port61_state),
    .fields = port61_fields,
    .check = port61_check,
};

static const struct region_ops port_ops = {.read = port_read, .write = port_write};

static bool port61_realize(struct device *d, struct board *b, GError **error)
{
    struct port61 *p = (struct port61 *)d;

    p->clock = b->clock;
    port61_reset(d);
    p->port = (struct region){
        .name = "port61", .dev = d, .opaque = p, .ops = &port_ops, .size = 1, .prio = PRIO_FIXED};
    if (!space_map(b->ports, &p->port, PORT, error)) {
        return false;
    }
    d->regions = g_slist_append(d->regions, &p->port);
    pcspk_init(&p->spk, d, &sound_ops, p, b->clock);
    return true;
}

static void port61_unrealize(struct device *d)
{
    struct port61 *p = (struct port61 *)d;

    pcspk_exit(&p->spk);
    space_unmap(&p->port);
    space_synchronize();
}

const struct device_class port61_class = {
    .name = "port61",
    .desc = "port 61h beside a timer in the hypervisor",
    .bus = BUS_BOARD,
    .size = sizeof(struct port61),
    .state_offset = offsetof(struct port61, s),
    .state = &port61_layout,
    .realize = port61_realize,
    .reset = port61_reset,
    .settle = port61_settle,
    .unrealize = port61_unrealize,
};

struct port61 *port61_new(struct board *b,
                          bool (*read_counter2)(void *opaque, struct pc_counter *out), void *opaque,
                          GError **error)
{
    struct port61 *p = (struct port61 *)device_new(&port61_class, NULL);

    p->read_counter2 = read_counter2;
    p->opaque = opaque;
    return device_realize(&p->dev, b, error) ? p : NULL;
}
