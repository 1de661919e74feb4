/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User interfaces. Each graphical one is a loadable module, so that a headless run needs none of
 * its libraries; the module exports one struct ui_ops.
 */
#ifndef UI_UI_H
#define UI_UI_H

#include "core/surface.h"

#include <glib.h>
#include <stdbool.h>

struct ui_config {
    const char *name; /* of the guest, may be NULL */
    bool full_screen;
    bool window_close; /* closing the window ends the machine */
    /* Loop thread. */
    void (*closed)(void *opaque);        /* the user closed the window */
    const char *(*status)(void *opaque); /* "paused", or NULL while running: for the title */
    void *opaque;
};

struct ui_ops {
    const char *name; /* "sdl" */
    bool (*open)(const struct ui_config *cfg, GError **error);
    void (*status_changed)(void); /* title must be made anew */
    void (*close)(void);
};

/* The symbol that the SDL module exports. */
extern const struct ui_ops ui_sdl;

#endif
