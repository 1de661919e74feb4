/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PC speaker: OUT of the 8254's counter 2 and bit 1 of port 61h, through an AND gate and an
 * amplifier to a coil. IBM PC/AT Technical Reference (6139362), "Speaker".
 *
 * Modelled: the level at every tick of 1.19 MHz, however it was made: square waves, the speaker bit
 * alone, pulses of varying length (mode 0 or 1, reloaded for each sample). A frame of sound is the
 * part of its ticks at which the level was high, so that all of these come out as the coil and the
 * ear made them; then a high pass at 15 Hz, as a coil that stands out makes no sound.
 *
 * Not modelled: the resonance of the cone.
 *
 * Threading: the lock of the device that has port 61h.
 */
#include "hw/audio/pcspk.h"

#include "hw/timer/i8254.h"

#include <string.h>

#define LOUDNESS 8192 /* from low to high: a quarter of the range of 16 bits */
#define POINT 16      /* bits of a fraction */
#define FULL (1 << POINT)
#define HIGH_PASS 9 /* what remains of a level after 2^9 frames: 1/e */

/* -- ticks and frames -- */

static uint64_t tick_of(uint64_t frame)
{
    return TICK_BIAS + muldiv64(frame, I8254_HZ, AUDIO_HZ);
}

/* The frame that tick t lies in. */
static uint64_t frame_of(uint64_t t)
{
    uint64_t n = t - TICK_BIAS;
    uint64_t f = muldiv64(n, AUDIO_HZ, I8254_HZ);

    return tick_of(f + 1) <= t ? f + 1 : f;
}

/* -- the level -- */

/* As the high pass takes it. */
static int32_t level(const struct i8254_counter *c, bool on, uint64_t t)
{
    return on && i8254_out(c, t) ? FULL : 0;
}

/* Does the level change by itself? */
static bool sounds(const struct i8254_counter *c, bool on)
{
    return on && i8254_next_event(c) != TIMER_NEVER;
}

/* Silence, at the level of now. */
static void rest(struct pcspk *s, int32_t at)
{
    s->follows = false;
    s->wave = 0;
    s->last = at;
}

/* What nobody has fetched for so long is lost. */
static void skip(struct pcspk *s, uint64_t frame)
{
    if (tick_of(frame) > s->tick) {
        s->tick = tick_of(frame);
    }
    s->first = frame;
}

void pcspk_until(struct pcspk *s, const struct i8254_counter *c, bool on, uint64_t t)
{
    struct i8254_counter now = *c;

    if (!s->follows || t <= s->tick) {
        return;
    }
    if (!audio_heard()) {
        rest(s, level(c, on, t));
        return;
    }
    if (frame_of(t) >= s->first + PCSPK_FRAMES) {
        skip(s, frame_of(t) - PCSPK_FRAMES / 128);
    }
    while (s->tick < t) {
        uint64_t frame = frame_of(s->tick);
        uint64_t end = MIN(tick_of(frame + 1), t);

        if (s->tick == tick_of(frame)) {
            s->high[frame % PCSPK_FRAMES] = 0;
        }
        if (on) {
            s->high[frame % PCSPK_FRAMES] =
                (uint8_t)(s->high[frame % PCSPK_FRAMES] + i8254_high(&now, s->tick, end));
        }
        s->tick = end;
    }
}

void pcspk_from(struct pcspk *s, const struct i8254_counter *c, bool on, uint64_t t)
{
    int32_t is = level(c, on, t);

    if (s->follows) {
        return;
    }
    if (!audio_heard()) {
        s->last = is;
        return;
    }
    if (!sounds(c, on) && is == s->last) {
        return;
    }
    s->follows = true;
    s->first = frame_of(t);
    s->tick = t;
    s->high[s->first % PCSPK_FRAMES] = (uint8_t)(s->last ? t - tick_of(s->first) : 0);
    audio_source_wake(&s->source);
}

void pcspk_settle(struct pcspk *s)
{
    s->follows = false;
    s->wave = 0;
    audio_source_wake(&s->source);
}

/* -- sound -- */

/* The level of a frame; of one before or behind what is kept: unchanged. */
static int32_t input(const struct pcspk *s, uint64_t frame)
{
    uint64_t ticks = tick_of(frame + 1) - tick_of(frame);

    if (frame < s->first || tick_of(frame + 1) > s->tick) {
        return s->last;
    }
    return (int32_t)((uint32_t)s->high[frame % PCSPK_FRAMES] * FULL / ticks);
}

/* Is there something behind the frames that were made? */
static bool more(const struct pcspk *s, const struct i8254_counter *c, bool on, uint64_t frame)
{
    for (; tick_of(frame + 1) <= s->tick; frame++) {
        if (input(s, frame) != s->last) {
            return true;
        }
    }
    return sounds(c, on) || level(c, on, s->tick) != s->last;
}

bool pcspk_render(struct pcspk *s, const struct i8254_counter *c, bool on, uint64_t first,
                  int32_t *mix)
{
    bool silent = true;

    if (!s->follows) {
        return false;
    }
    for (unsigned i = 0; i < AUDIO_FRAMES; i++) {
        int32_t x = input(s, first + i);
        int32_t sample;

        s->wave += ((int64_t)x - s->last) * (1 << HIGH_PASS);
        s->wave -= s->wave >> HIGH_PASS;
        s->last = x;
        sample = (int32_t)((s->wave >> HIGH_PASS) * LOUDNESS >> POINT);
        mix[AUDIO_CHANNELS * i] += sample;
        mix[AUDIO_CHANNELS * i + 1] += sample;
        silent = silent && (sample == 0 || sample == -1);
    }
    s->first = MAX(s->first, first + AUDIO_FRAMES);
    if (silent && !more(s, c, on, s->first)) {
        rest(s, s->last);
    }
    return s->follows;
}

void pcspk_init(struct pcspk *s, struct device *dev, const struct audio_source_ops *ops,
                void *opaque, struct clock *clock)
{
    s->tick = TICK_BIAS;
    s->source = (struct audio_source){.dev = dev, .ops = ops, .opaque = opaque};
    audio_source_add(&s->source, clock);
}

void pcspk_exit(struct pcspk *s)
{
    audio_source_remove(&s->source);
}
