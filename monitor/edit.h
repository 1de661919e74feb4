/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of a person's input, with cursor, history and completion, on a terminal that understands
 * ANSI (ECMA-48) cursor movement. Knows no terminal: bytes in, bytes out.
 */
#ifndef MONITOR_EDIT_H
#define MONITOR_EDIT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define EDIT_LINE_MAX 4095u
#define EDIT_HISTORY 64u

struct edit;

struct edit_ops {
    void (*put)(void *opaque, const char *buf, gsize len);
    /* Whole words (char *, owned) that could stand at the end of `line`; never NULL. */
    GPtrArray *(*complete)(void *opaque, const char *line);
    void (*cancelled)(void *opaque); /* ^C, before the prompt comes again */
};

struct edit *edit_new(const char *prompt, const struct edit_ops *ops, void *opaque);
void edit_free(struct edit *e);
/* Show the prompt with an empty line. */
void edit_prompt(struct edit *e);
/* The next line is secret: asked for with `prompt`, shown as *, not kept. Then all is as before. */
void edit_secret(struct edit *e, const char *prompt);
/* Line n of the history from the oldest on, NULL behind its end. */
const char *edit_history(const struct edit *e, guint n);
/* Forget the line and an escape sequence begun. */
void edit_reset(struct edit *e);
/* Take a byte; returns the line (g_free) when it ends one. The prompt is not shown again. */
char *edit_feed(struct edit *e, uint8_t byte);

#endif
