/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sound between the devices that make it and whoever listens: one mixer, 48000 frames of two 16-bit
 * samples a second of guest time, in packets of 2.5 ms. A packet is made when its time is over, so a
 * device knows all that happened in it. Nothing runs while every source is silent, or nobody
 * listens.
 */
#ifndef CORE_AUDIO_H
#define CORE_AUDIO_H

#include <stdbool.h>
#include <stdint.h>

#define AUDIO_HZ 48000u
#define AUDIO_FRAMES 120u /* of a packet */
#define AUDIO_CHANNELS 2u
#define AUDIO_PACKET_NS UINT64_C(2500000)

struct clock;
struct device;

/* What a device provides; its lock is held. */
struct audio_source_ops {
    /*
     * Add the frames from number `first` on, counted from guest time 0, to `mix`: left and right in
     * turn, 16-bit range. False: silent from here on, until audio_source_wake().
     */
    bool (*render)(void *opaque, uint64_t first, int32_t mix[AUDIO_FRAMES * AUDIO_CHANNELS]);
};

struct audio_source {
    struct device *dev;
    const struct audio_source_ops *ops;
    void *opaque;
    bool active; /* atomic: to be rendered */
    struct audio_source *next;
};

/* Loop thread. Every source has the same clock. */
void audio_source_add(struct audio_source *s, struct clock *clock);
void audio_source_remove(struct audio_source *s);

/* It sounds, or may. Any thread, the device's lock held. */
void audio_source_wake(struct audio_source *s);

/* Does anybody listen? A source need not follow what happens otherwise. Any thread. */
bool audio_heard(void);

struct audio_listener {
    /* Packets come in order; between two there may be silence. Loop thread. */
    void (*packet)(void *opaque, uint64_t first,
                   const int16_t samples[AUDIO_FRAMES * AUDIO_CHANNELS]);
    void *opaque;
    struct audio_listener *next;
};

/* Loop thread; not from within packet(). */
void audio_listen(struct audio_listener *l);
void audio_unlisten(struct audio_listener *l);

#endif
