/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the SDL module. */
#ifndef UI_SDL_H
#define UI_SDL_H

#include "core/surface.h"

#include <SDL.h>
#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

/* -- sdl_keys.c -- */

/* Make code of a key as core/surface.h names it, 0 for what a PC keyboard does not have. */
uint16_t sdl_key_code(SDL_Scancode scancode);

/* -- scale.c -- */

/* Where the guest's screen lies in the window. */
struct scale_fit {
    uint32_t src_width, src_height;
    uint32_t x, y, width, height; /* in the window */
};

/* The largest place of the source's shape, centred. Nothing is 0. */
struct scale_fit scale_fit(uint32_t src_width, uint32_t src_height, uint32_t width,
                           uint32_t height);

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
