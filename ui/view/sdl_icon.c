/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window's icon, drawn here so that no file has to be found: a screen with a prompt. */
#include "ui/view/sdl.h"

#define SIZE 64

static const struct {
    SDL_Rect at;
    uint32_t argb;
} parts[] = {
    {{4, 6, 56, 42}, 0xff3a3f44},                                  /* case */
    {{6, 8, 52, 38}, 0xffd8d4c8},                                  /* its front */
    {{10, 12, 44, 30}, 0xff101418},                                /* screen */
    {{10, 12, 44, 5}, 0xff0000aa},                                 /* title */
    {{14, 21, 20, 3}, 0xffaaaaaa},                                 /* lines of text */
    {{14, 27, 28, 3}, 0xffaaaaaa},  {{14, 34, 8, 3}, 0xff55ff55},  /* prompt and cursor */
    {{25, 33, 5, 4}, 0xff55ff55},   {{24, 48, 16, 6}, 0xffb0aca0}, /* foot */
    {{14, 53, 36, 5}, 0xff3a3f44},  {{15, 54, 34, 3}, 0xffd8d4c8},
};

void sdl_icon(SDL_Window *window)
{
    SDL_Surface *s = SDL_CreateRGBSurfaceWithFormat(0, SIZE, SIZE, 32, SDL_PIXELFORMAT_ARGB8888);

    if (!s) {
        return;
    }
    for (size_t i = 0; i < SDL_arraysize(parts); i++) {
        SDL_FillRect(s, &parts[i].at, parts[i].argb);
    }
    SDL_SetWindowIcon(window, s);
    SDL_FreeSurface(s);
}
