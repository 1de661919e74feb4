/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's text screen on the terminal, by ncurses. */
#ifndef UI_TERM_SCREEN_H
#define UI_TERM_SCREEN_H

#include "core/surface.h"

#include <glib.h>

/* Take the terminal on stdin and stdout. False with an error. Before screen_close() it is not ours
 * to print on. */
bool screen_open(GError **error);
/* Give it back as it was. May be called again. */
void screen_close(void);
/* What it sends for Backspace. */
uint8_t screen_erase(void);

/* -- what is to be seen; drawn by screen_draw() -- */
/* 0 columns: no text mode. */
void screen_mode(const struct surface_cells *shape, const struct surface *size);
void screen_row(uint32_t row, const uint16_t cells[SURFACE_MAX_COLUMNS]);
/* "paused"; empty while running. */
void screen_status(const char *status);
/* A line at the bottom in place of the guest's; NULL: none. */
void screen_notice(const char *text);
/* Some lines in a box, NULL at the end; NULL: none. */
void screen_box(const char *const *lines);

/* Another part of a screen that is larger than the terminal: by columns and rows, by half pages. */
void screen_pan(int x, int y);
/* The part where the cursor is. */
void screen_follow(void);

void screen_draw(void);
/* The terminal has another size, or another program has drawn on it. */
void screen_redraw(void);
/* Give it back until the process is continued. */
void screen_stop(void);

#endif
