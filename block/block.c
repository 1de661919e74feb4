/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drive options to an open image: see block.h. A format is never guessed: what a guest writes into
 * its disk must not decide how the disk is read next time. Without format= the image is raw.
 */
#include "block/block.h"

#include "block/raw.h"

#include <string.h>

static const struct {
    const char *name;
    bool direct, dsync, no_flush;
} cache_modes[] = {
    {"writeback", false, false, false},   {"none", true, false, false},
    {"writethrough", false, true, false}, {"directsync", true, true, false},
    {"unsafe", false, false, true},
};

static bool take_word(struct keyval *kv, const char *key, const char *const *allowed,
                      const char *why, unsigned *index, GError **error)
{
    const char *v = keyval_take_last(kv, key);
    g_autofree char *list = NULL;

    for (unsigned i = 0; v && allowed[i]; i++) {
        if (strcmp(v, allowed[i]) == 0) {
            if (index) {
                *index = i;
            }
            return true;
        }
    }
    if (!v) {
        return true;
    }
    list = g_strjoinv(", ", (char **)(uintptr_t)allowed);
    keyval_error(kv, error, "%s=%s: expected one of: %s%s", key, v, list, why);
    return false;
}

static bool take_cache(struct keyval *kv, struct raw_options *o, GError **error)
{
    const char *names[G_N_ELEMENTS(cache_modes) + 1] = {NULL};
    unsigned mode = 0;
    bool writeback;

    for (unsigned i = 0; i < G_N_ELEMENTS(cache_modes); i++) {
        names[i] = cache_modes[i].name;
    }
    if (!take_word(kv, "cache", names, "", &mode, error)) {
        return false;
    }
    o->direct = cache_modes[mode].direct;
    o->dsync = cache_modes[mode].dsync;
    o->no_flush = cache_modes[mode].no_flush;
    writeback = !o->dsync;
    if (!keyval_take_bool(kv, "cache.direct", &o->direct, error) ||
        !keyval_take_bool(kv, "cache.no-flush", &o->no_flush, error) ||
        !keyval_take_bool(kv, "cache.writeback", &writeback, error)) {
        return false;
    }
    o->dsync = !writeback;
    return true;
}

/* Keys that change nothing a guest could see: checked, then left alone. */
static bool take_harmless(struct keyval *kv, GError **error)
{
    static const char *const aio[] = {"threads", "native", "io_uring", NULL};
    static const char *const discard[] = {"ignore", "off", "unmap", "on", NULL};
    static const char *const zeroes[] = {"off", "on", "unmap", NULL};
    static const char *const onerror[] = {"report", NULL};
    static const char *const copy[] = {"off", NULL};
    static const char stop[] = " (the machine does not stop on disk errors yet)";

    return take_word(kv, "aio", aio, "", NULL, error) &&
           take_word(kv, "discard", discard, "", NULL, error) &&
           take_word(kv, "detect-zeroes", zeroes, "", NULL, error) &&
           take_word(kv, "copy-on-read", copy, "", NULL, error) &&
           take_word(kv, "werror", onerror, stop, NULL, error) &&
           take_word(kv, "rerror", onerror, stop, NULL, error);
}

static bool take_locking(struct keyval *kv, struct raw_options *o, GError **error)
{
    static const char *const words[] = {"auto", "on", "off", NULL};
    unsigned mode = RAW_LOCK_AUTO;

    _Static_assert(RAW_LOCK_AUTO == 0 && RAW_LOCK_ON == 1 && RAW_LOCK_OFF == 2, "order of words");
    if (!take_word(kv, "locking", words, "", &mode, error) ||
        !take_word(kv, "file.locking", words, "", &mode, error)) {
        return false;
    }
    o->locking = mode;
    return true;
}

static bool take_options(struct keyval *kv, struct raw_options *o, GError **error)
{
    static const char *const formats[] = {"raw", NULL};

    o->file = keyval_take_last(kv, "file");
    if (!o->file) {
        o->file = keyval_take_last(kv, "file.filename");
    }
    if (!o->file || !o->file[0]) {
        keyval_error(kv, error, "file= is missing: name the image file or block device");
        return false;
    }
    return take_word(kv, "format", formats, "; convert others with qemu-img convert -O raw", NULL,
                     error) &&
           take_word(kv, "driver", formats, "", NULL, error) &&
           keyval_take_bool(kv, "readonly", &o->readonly, error) &&
           keyval_take_bool(kv, "read-only", &o->readonly, error) && take_cache(kv, o, error) &&
           take_locking(kv, o, error) && take_harmless(kv, error);
}

struct disk *block_open(struct keyval *kv, const char *id, GError **error)
{
    struct raw_options o = {0};
    struct disk *d;
    struct raw *r;

    if (!take_options(kv, &o, error)) {
        return NULL;
    }
    d = disk_new(id);
    if (!d) {
        keyval_error(kv, error, "id=%s is taken by another drive", id);
        return NULL;
    }
    r = raw_open(&o, error);
    if (!r) {
        g_prefix_error(error, "%s: ", keyval_option(kv));
        disk_free(d);
        return NULL;
    }
    disk_insert(d, &raw_disk_ops, r, raw_size(r), o.readonly, o.file, "raw");
    return d;
}
