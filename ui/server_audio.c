/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sound for viewers that want it: see server.h. A packet that a viewer's socket has no room for is
 * lost to it, as it would come too late.
 */
#include "core/audio.h"
#include "ui/server_priv.h"

#include <string.h>

_Static_assert(VIEW_SAMPLES == AUDIO_FRAMES, "a packet is a message");

static bool listening;

static bool wants_sound(const struct viewer *v)
{
    return v->there && (v->wants & VIEW_WANT_AUDIO);
}

static void packet(void *opaque, uint64_t first, const int16_t *samples)
{
    struct view_message m = {.type = VIEW_AUDIO, .audio.frames = AUDIO_FRAMES};

    (void)opaque;
    (void)first;
    memcpy(m.audio.samples, samples, sizeof(m.audio.samples));
    for (unsigned i = 0; i < view_server.viewers->len; i++) {
        struct viewer *v = view_server.viewers->pdata[i];

        if (wants_sound(v)) {
            viewer_send(v, &m, -1);
        }
    }
}

static struct audio_listener ear = {.packet = packet};

void sound_look(void)
{
    bool wanted = false;

    for (unsigned i = 0; !view_server.cfg.silent && i < view_server.viewers->len; i++) {
        wanted |= wants_sound(view_server.viewers->pdata[i]);
    }
    if (wanted == listening) {
        return;
    }
    listening = wanted;
    if (wanted) {
        audio_listen(&ear);
    } else {
        audio_unlisten(&ear);
    }
}
