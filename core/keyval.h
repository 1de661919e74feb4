/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Option arguments as QEMU spells them: "first,key=value,flag,key=a,,b". A doubled comma is one
 * comma of the value; a bare word is key=on ("nofoo" of the old spelling is foo=off for keys that
 * the reader asks as booleans). Readers take what they know; what is left over is an error that
 * names the word and the nearest known one.
 */
#ifndef CORE_KEYVAL_H
#define CORE_KEYVAL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct keyval;

/*
 * Parse. `option` ("-netdev") is for messages; `implied` is the key of a first word without "=",
 * or NULL. NULL with an error on an empty key.
 */
struct keyval *keyval_parse(const char *option, const char *text, const char *implied,
                            GError **error);
void keyval_free(struct keyval *kv);

/* The option this was parsed from. */
const char *keyval_option(const struct keyval *kv);

/*
 * The next untaken value of a key, NULL when there is none (left). Owned by kv. Each call marks
 * the key as known for suggestions.
 */
const char *keyval_take(struct keyval *kv, const char *key);
/* The last value of a key, taking all of them: for keys that may be given once or overridden. */
const char *keyval_take_last(struct keyval *kv, const char *key);
/* Is the key there, taken or not? Does not take it. */
bool keyval_has(const struct keyval *kv, const char *key);
/* Typed: *out is unchanged when the key is absent; false with an error on a bad value. */
bool keyval_take_bool(struct keyval *kv, const char *key, bool *out, GError **error);
bool keyval_take_uint(struct keyval *kv, const char *key, uint64_t min, uint64_t max, uint64_t *out,
                      GError **error);
/* With suffix k M G T; a plain number is in `unit` bytes. */
bool keyval_take_size(struct keyval *kv, const char *key, uint64_t unit, uint64_t *out,
                      GError **error);

/* Walk what is untaken, in order, taking it: for -device, whose keys are properties. */
bool keyval_next(struct keyval *kv, const char **key, const char **value);

/* What is untaken as one text to parse elsewhere, taking it; g_free by the caller. */
char *keyval_take_rest(struct keyval *kv);

/* True when nothing is left; else an error that names the first unknown word. */
bool keyval_finish(struct keyval *kv, GError **error);

/* An error of this option: "-netdev user: message". */
void keyval_error(const struct keyval *kv, GError **error, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);

/* The nearest of NULL-ended `words` to `word` within a third of its length, or NULL. */
const char *keyval_nearest(const char *word, const char *const *words);

#define KEYVAL_ERROR (keyval_error_quark())
GQuark keyval_error_quark(void);

#endif
