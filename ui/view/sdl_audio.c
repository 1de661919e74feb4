/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's sound. A device is opened with the first samples and closed when they cease: one
 * that is open wakes the host a hundred times a second. What would be heard too late is dropped.
 */
#include "core/report.h"
#include "ui/view/sdl.h"

#define RATE 48000u
#define FRAME (2 * sizeof(int16_t))
#define BYTES(ms) ((ms)*RATE / 1000 * FRAME)
#define LATE BYTES(200) /* more than this waiting: what comes is dropped, ... */
#define FINE BYTES(60)  /* ... until it is this */
#define START BYTES(40) /* collected before it is heard */
#define DEVICE_FRAMES 480
#define IDLE_MS 2000u

static struct {
    SDL_AudioDeviceID device; /* 0: none */
    bool muted, failed, playing, dropping;
    bool came; /* samples since the timer last looked */
    unsigned idle;
} audio;

void audio_close(void)
{
    if (audio.idle) {
        g_source_remove(audio.idle);
        audio.idle = 0;
    }
    if (audio.device) {
        SDL_CloseAudioDevice(audio.device);
        SDL_QuitSubSystem(SDL_INIT_AUDIO);
        audio.device = 0;
    }
    audio.playing = audio.dropping = false;
}

static gboolean idle(void *opaque)
{
    (void)opaque;
    if (audio.came) {
        audio.came = false;
        return G_SOURCE_CONTINUE;
    }
    audio.idle = 0; /* removed by what is returned */
    audio_close();
    return G_SOURCE_REMOVE;
}

static bool has_socket(const char *name)
{
    const char *dir = g_getenv("XDG_RUNTIME_DIR");
    g_autofree char *path = g_build_filename(dir ? dir : "/nonexistent", name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static bool has_card(void)
{
    g_autoptr(GDir) dir = g_dir_open("/dev/snd", 0, NULL);
    const char *name = NULL;

    while (dir && (name = g_dir_read_name(dir)) != NULL && !g_str_has_prefix(name, "pcm")) {
    }
    return name != NULL;
}

/* ALSA's library says in eight lines on stderr that there is no card. */
static bool may_have_device(void)
{
    return g_getenv("SDL_AUDIODRIVER") || g_getenv("PULSE_SERVER") || g_getenv("AUDIODEV") ||
           has_socket("pulse/native") || has_socket("pipewire-0") ||
           g_file_test("/var/run/pulse/native", G_FILE_TEST_EXISTS) || has_card();
}

static bool init_audio(void)
{
    if (may_have_device()) {
        return SDL_InitSubSystem(SDL_INIT_AUDIO) == 0;
    }
    SDL_SetError("this host has no sound card and no sound server");
    return false;
}

/* Once: without one the guest is as silent as with speakers that are off. */
static bool open_device(void)
{
    const SDL_AudioSpec want = {
        .freq = RATE, .format = AUDIO_S16SYS, .channels = 2, .samples = DEVICE_FRAMES};

    if (audio.device || audio.failed) {
        return audio.device != 0;
    }
    if (init_audio()) {
        audio.device = SDL_OpenAudioDevice(NULL, 0, &want, NULL, 0);
        if (!audio.device) {
            SDL_QuitSubSystem(SDL_INIT_AUDIO);
        }
    }
    if (!audio.device) {
        audio.failed = true;
        report("no sound: %s", SDL_GetError());
        status_message("No sound: %s", SDL_GetError());
        return false;
    }
    audio.idle = g_timeout_add(IDLE_MS, idle, NULL);
    return true;
}

void audio_play(const int16_t *samples, uint32_t frames)
{
    uint32_t waiting;

    if (audio.muted || !frames || !open_device()) {
        return;
    }
    audio.came = true;
    waiting = SDL_GetQueuedAudioSize(audio.device);
    audio.dropping = waiting > (audio.dropping ? FINE : LATE);
    if (audio.dropping) {
        return;
    }
    if (SDL_QueueAudio(audio.device, samples, (uint32_t)(frames * FRAME)) == 0 && !audio.playing &&
        waiting + frames * FRAME >= START) {
        audio.playing = true;
        SDL_PauseAudioDevice(audio.device, 0);
    }
}

void audio_toggle_mute(void)
{
    audio.muted = !audio.muted;
    audio.failed = false;
    if (audio.muted) {
        audio_close();
    }
    status_changed();
}

bool audio_is_muted(void)
{
    return audio.muted;
}
