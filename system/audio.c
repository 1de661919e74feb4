/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who hears the machine: see audio.h. There is one sound of it, so a back end has all of it or
 * nothing: with -machine pcspk-audiodev= the one that is named, else each that is given; viewers, when
 * none is.
 */
#include "system/audio.h"

#include "ui/wav.h"

#include <string.h>

#define DRIVERS "none, sdl, wav"

static GPtrArray *files; /* struct wav * */
static bool viewers;

static bool open_one(struct keyval *kv, const char *speaker, bool *named, GError **error)
{
    const char *driver = keyval_take_last(kv, "driver");
    const char *id = keyval_take_last(kv, "id");
    const char *path = keyval_take_last(kv, "path");
    bool wav = g_strcmp0(driver, "wav") == 0;
    struct wav *w;

    if (!driver || (!wav && strcmp(driver, "none") != 0 && strcmp(driver, "sdl") != 0)) {
        keyval_error(kv, error, "driver \"%s\" is not one of: " DRIVERS, driver ? driver : "");
        return false;
    }
    if (!id || !id[0]) {
        keyval_error(kv, error, "id=NAME is missing");
        return false;
    }
    if (path && !wav) {
        keyval_error(kv, error, "path= is for the driver wav");
        return false;
    }
    if (!keyval_finish(kv, error)) {
        return false;
    }
    if (speaker && strcmp(speaker, id) != 0) {
        return true;
    }
    *named = true;
    viewers |= strcmp(driver, "sdl") == 0;
    if (!wav) {
        return true;
    }
    w = wav_open(path ? path : "qemu.wav", error); /* QEMU's name for it */
    if (w) {
        g_ptr_array_add(files, w);
    }
    return w != NULL;
}

bool audio_open(struct options *o, GError **error)
{
    static const char *const names[] = {"-audiodev", NULL};
    const struct saved_option *s;
    bool named = false, any = false, ok = true;

    files = g_ptr_array_new();
    viewers = false;
    while (ok && (s = options_next(o, names)) != NULL) {
        struct keyval *kv = keyval_parse(s->name, s->arg, "driver", error);

        ok = kv && open_one(kv, o->pcspk_audiodev, &named, error);
        any = true;
        keyval_free(kv);
    }
    if (ok && o->pcspk_audiodev && !named) {
        g_set_error(error, KEYVAL_ERROR, 0, "-machine pcspk-audiodev=%s: no -audiodev has that id",
                    o->pcspk_audiodev);
        return false;
    }
    viewers |= !any;
    return ok;
}

bool audio_for_viewers(void)
{
    return viewers;
}

void audio_close(void)
{
    for (guint i = 0; files && i < files->len; i++) {
        wav_close(files->pdata[i]);
    }
    g_clear_pointer(&files, g_ptr_array_unref);
}
