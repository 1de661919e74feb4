/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A WAV file (RIFF, PCM, 48000 Hz, two channels of 16 bits) of what the machine sounds like, in guest
 * time from its first sound on. Silence is a hole in the file. The header tells the right length once
 * a second of sound, and at the end.
 */
#include "ui/wav.h"

#include "core/audio.h"
#include "core/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HEADER 44u
#define FRAME (AUDIO_CHANNELS * sizeof(int16_t))
#define PACKETS_A_SECOND (AUDIO_HZ / AUDIO_FRAMES)
/* Lengths have 32 bits. */
#define FRAMES_MAX ((UINT32_MAX - HEADER) / FRAME - AUDIO_FRAMES)

struct wav {
    struct audio_listener ear;
    int fd;
    char *path;
    bool begun, failed;
    uint64_t base;   /* frame of guest time that is the first of the file */
    uint64_t frames; /* in the file */
    unsigned packets;
};

static void put(uint8_t *to, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        to[i] = (uint8_t)(v >> 8 * i);
    }
}

static bool write_at(struct wav *w, const void *data, size_t len, uint64_t at)
{
    ssize_t n = pwrite(w->fd, data, len, (off_t)at);

    if (n == (ssize_t)len) {
        return true;
    }
    if (!w->failed) {
        report("-audiodev wav,path=%s: %s; the sound from here on is lost", w->path,
               n < 0 ? g_strerror(errno) : "no space left");
        w->failed = true;
    }
    return false;
}

static bool write_header(struct wav *w)
{
    uint8_t h[HEADER] = {0};
    uint64_t bytes = w->frames * FRAME;

    memcpy(h, "RIFF", 4);
    put(h + 4, HEADER - 8 + bytes, 4);
    memcpy(h + 8, "WAVEfmt ", 8);
    put(h + 16, 16, 4);
    put(h + 20, 1, 2); /* PCM */
    put(h + 22, AUDIO_CHANNELS, 2);
    put(h + 24, AUDIO_HZ, 4);
    put(h + 28, AUDIO_HZ * FRAME, 4);
    put(h + 32, FRAME, 2);
    put(h + 34, 16, 2);
    memcpy(h + 36, "data", 4);
    put(h + 40, bytes, 4);
    return write_at(w, h, sizeof(h), 0);
}

static void packet(void *opaque, uint64_t first, const int16_t *samples)
{
    struct wav *w = opaque;
    uint8_t bytes[AUDIO_FRAMES * FRAME];
    bool silent = true;

    for (unsigned i = 0; i < AUDIO_FRAMES * AUDIO_CHANNELS; i++) {
        put(bytes + sizeof(int16_t) * i, (uint16_t)samples[i], sizeof(int16_t));
        silent = silent && samples[i] == 0;
    }
    if (w->failed || (!w->begun && silent)) {
        return;
    }
    if (!w->begun || first < w->base) { /* a loaded state may take time back */
        w->base = first - w->frames;
        w->begun = true;
    }
    if (first - w->base > FRAMES_MAX) {
        report_once("-audiodev wav: the file is full, at 4 GiB");
        return;
    }
    if (write_at(w, bytes, sizeof(bytes), HEADER + (first - w->base) * FRAME)) {
        w->frames = MAX(w->frames, first - w->base + AUDIO_FRAMES);
        if (++w->packets % PACKETS_A_SECOND == 0) {
            write_header(w);
        }
    }
}

struct wav *wav_open(const char *path, GError **error)
{
    struct wav *w = g_new0(struct wav, 1);

    w->ear = (struct audio_listener){.packet = packet, .opaque = w};
    w->path = g_strdup(path);
    w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->fd < 0 || !write_header(w)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "-audiodev wav,path=%s: %s", path,
                    g_strerror(errno));
        if (w->fd >= 0) {
            close(w->fd);
        }
        g_free(w->path);
        g_free(w);
        return NULL;
    }
    audio_listen(&w->ear);
    return w;
}

void wav_close(struct wav *w)
{
    audio_unlisten(&w->ear);
    if (!w->failed) {
        write_header(w);
    }
    close(w->fd);
    g_free(w->path);
    g_free(w);
}
