/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mixer: see audio.h. */
#include "core/audio.h"

#include "core/clock.h"
#include "core/device.h"

/* Packets made at once when the loop was late; what is older is lost. */
#define CATCH_UP 256u

static struct audio_source *sources;
static struct audio_listener *listeners;
static bool heard; /* atomic: there are listeners */
static struct timer timer;

/* Leaf: taken with device locks held. */
static GMutex lock;
static bool running;    /* the timer is armed */
static uint64_t packet; /* the next one */

bool audio_heard(void)
{
    return __atomic_load_n(&heard, __ATOMIC_ACQUIRE);
}

static uint64_t packet_end(uint64_t n)
{
    return (n + 1) * AUDIO_PACKET_NS;
}

static void start(void)
{
    uint64_t now = clock_now(timer.clock) / AUDIO_PACKET_NS;

    g_mutex_lock(&lock);
    if (!running || packet > now + 1) { /* a restored clock may have gone back */
        running = true;
        packet = now;
        timer_arm(&timer, packet_end(packet));
    }
    g_mutex_unlock(&lock);
}

void audio_source_wake(struct audio_source *s)
{
    __atomic_store_n(&s->active, true, __ATOMIC_RELEASE);
    if (audio_heard()) {
        start();
    }
}

/* -- mixing; loop thread -- */

static void render(struct audio_source *s, uint64_t first, int32_t *mix)
{
    device_enter(s->dev);
    if (!s->ops->render(s->opaque, first, mix)) {
        __atomic_store_n(&s->active, false, __ATOMIC_RELEASE);
    }
    device_leave(s->dev);
}

static void make_packet(uint64_t n)
{
    int32_t mix[AUDIO_FRAMES * AUDIO_CHANNELS] = {0};
    int16_t samples[AUDIO_FRAMES * AUDIO_CHANNELS];
    bool any = false;

    for (struct audio_source *s = sources; s; s = s->next) {
        if (__atomic_load_n(&s->active, __ATOMIC_ACQUIRE)) {
            render(s, n * AUDIO_FRAMES, mix);
            any = true;
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(mix); i++) {
        samples[i] = (int16_t)CLAMP(mix[i], INT16_MIN, INT16_MAX);
    }
    for (struct audio_listener *l = listeners; any && l; l = l->next) {
        l->packet(l->opaque, n * AUDIO_FRAMES, samples);
    }
}

/* On to the next packet, or to rest: a source that wakes meanwhile is seen here or starts anew. */
static void go_on(void)
{
    bool active = false;

    g_mutex_lock(&lock);
    for (const struct audio_source *s = sources; s; s = s->next) {
        active |= __atomic_load_n(&s->active, __ATOMIC_ACQUIRE);
    }
    running = active && listeners;
    if (running) {
        timer_arm(&timer, packet_end(packet));
    }
    g_mutex_unlock(&lock);
}

static void fire(void *opaque)
{
    uint64_t now = clock_now(timer.clock);

    (void)opaque;
    if (packet_end(packet + CATCH_UP) < now) {
        packet = now / AUDIO_PACKET_NS - CATCH_UP;
    }
    while (packet_end(packet) <= now) {
        make_packet(packet);
        packet++;
    }
    go_on();
}

/* -- who is there; loop thread -- */

void audio_source_add(struct audio_source *s, struct clock *clock)
{
    if (!sources) {
        timer_init(&timer, clock, NULL, fire, NULL);
    }
    s->next = sources;
    sources = s;
    audio_source_wake(s);
}

void audio_source_remove(struct audio_source *s)
{
    struct audio_source **at = &sources;

    while (*at && *at != s) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = s->next;
    }
    if (!sources) {
        g_mutex_lock(&lock);
        running = false;
        timer_cancel(&timer);
        g_mutex_unlock(&lock);
    }
}

void audio_listen(struct audio_listener *l)
{
    l->next = listeners;
    listeners = l;
    __atomic_store_n(&heard, true, __ATOMIC_RELEASE);
    for (struct audio_source *s = sources; s; s = s->next) {
        audio_source_wake(s); /* it says by itself when there is nothing */
    }
}

void audio_unlisten(struct audio_listener *l)
{
    struct audio_listener **at = &listeners;

    while (*at && *at != l) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = l->next;
    }
    __atomic_store_n(&heard, listeners != NULL, __ATOMIC_RELEASE);
}
