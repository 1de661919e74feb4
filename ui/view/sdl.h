/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of vmx-dm-view. */
#ifndef UI_VIEW_SDL_H
#define UI_VIEW_SDL_H

#include "ui/wire.h"

#include <SDL.h>
#include <glib.h>
#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

/* -- sdl.c -- */

enum scale_mode {
    SCALE_FIT,     /* as large as fits, the shape kept */
    SCALE_INTEGER, /* the largest whole multiple that fits */
    SCALE_FREE,    /* the whole window */
};
enum grab_mod { GRAB_CTRL_ALT, GRAB_SHIFT_CTRL_ALT, GRAB_RIGHT_CTRL };

struct sdl_config {
    const char *name; /* of the guest; may be empty */
    bool full_screen;
    bool of_machine; /* the window that the machine opened, not one more to look in by */
    enum view_close close;
    enum scale_mode scale;
    enum grab_mod grab_mod;
};

/* Open the window. Borrows the name. Loop thread, as all here. */
bool sdl_open(const struct sdl_config *cfg, GError **error);
void sdl_draw(void);
/* "paused", empty while running: for the title. */
void sdl_status(const char *status);
void sdl_close(void);

bool sdl_grabbed(void);
void sdl_grab(bool on);
void sdl_toggle_full_screen(void);
/* A window in which a pixel is a pixel of the guest. */
void sdl_natural_size(void);

/* -- sdl_input.c -- */

void sdl_input_init(enum grab_mod mod);
/* The keys held for the window's commands, by name. */
const char *sdl_grab_keys(void);
/* Keys, buttons and motion for the guest, or commands for the window; others are none of it. */
void sdl_input(const SDL_Event *e);
/* Release what the guest has heard of. */
void sdl_release(void);

/* -- sdl_keys.c -- */

/* Make code of a key as core/surface.h names it, 0 for what a PC keyboard does not have. */
uint16_t sdl_key_code(SDL_Scancode scancode);

/* -- scale.c -- */

/* Where the guest's screen lies in the window. */
struct scale_fit {
    uint32_t src_width, src_height;
    uint32_t x, y, width, height; /* in the window */
};

/* The place that the mode gives it, centred. Nothing is 0. */
struct scale_fit scale_fit(enum scale_mode mode, uint32_t src_width, uint32_t src_height,
                           uint32_t width, uint32_t height);

/* A rectangle of the source as one of the window that holds every pixel it has a part in. */
pixman_box32_t scale_rect(const struct scale_fit *f, const struct surface_rect *r);

/* Draw what `dirty`, in window coordinates, holds: the screen scaled, black around it. */
void scale_draw(const struct surface *s, const struct scale_fit *f, pixman_image_t *window,
                pixman_region32_t *dirty);

/* -- sdl_x11.c -- */

/*
 * The descriptor to watch for events, -1 if there is none to be had. `lost` is called, once, when
 * the server has gone; nothing of SDL may be called from then on.
 */
int sdl_x11_watch(SDL_Window *window, void (*lost)(void));

/* Move and size the window past SDL, where no window manager would do it. False: not needed. */
bool sdl_x11_place(SDL_Window *window, const SDL_Rect *r);

/* -- sdl_icon.c -- */

void sdl_icon(SDL_Window *window);

#endif
