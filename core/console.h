/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text consoles between those that write them (a chardev of type vc) and user interfaces, which show
 * one of them in place of the guest's screen when their user turns to it. Loop thread.
 */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include "core/surface.h"

/* Where a screen ends is what is shown, also when it moves on. */
#define CONSOLE_FOLLOW UINT64_MAX

struct console_ops {
    /* The screen whose first line has this number; CONSOLE_FOLLOW: the last one. */
    void (*cells)(void *opaque, uint64_t top, struct surface_cells *out);
    /* That many lines on, or back: the number of its first line. */
    uint64_t (*scroll)(void *opaque, uint64_t top, int32_t lines);
    /* What a terminal sends for what its user types; what finds no room is dropped. */
    void (*type)(void *opaque, const uint8_t *buf, uint32_t len);
};

struct console;

/* Borrows ops. `last`: behind those that are not, as a board's own serial ports are in QEMU. */
struct console *console_add(const char *name, bool last, const struct console_ops *ops,
                            void *opaque);
void console_remove(struct console *c);
/* Who types here commands the machine: for those who may. */
void console_make_private(struct console *c);
/* It has written something. */
void console_changed(struct console *c);

/* -- for user interfaces -- */

/* The n-th, from 0, of all or of those that are not private; NULL: there are fewer. */
struct console *console_nth(unsigned n, bool all);
const char *console_name(const struct console *c);
/* Not 0, and another one after each change. */
uint32_t console_generation(const struct console *c);
void console_cells(const struct console *c, uint64_t top, struct surface_cells *out);
uint64_t console_scroll(const struct console *c, uint64_t top, int32_t lines);
void console_type(const struct console *c, const uint8_t *buf, uint32_t len);
/* Called when one has come, gone (NULL) or written. NULL: nobody listens. */
void console_listen(void (*changed)(const struct console *c));

#endif
