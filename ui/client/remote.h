/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine as its viewer sees it. Offers what core/surface.h does, so that a user interface
 * knows no difference: surface_current(), views, input. Loop thread.
 */
#ifndef UI_CLIENT_REMOTE_H
#define UI_CLIENT_REMOTE_H

#include "ui/wire.h"

#include <glib.h>

struct remote_ops {
    void (*frame)(void); /* all damage of a round has been told: draw, then remote_ready() */
    void (*status)(const char *status); /* empty while running */
    void (*end)(bool said);             /* the machine has ended; not `said`: it has gone */
    /* The rest may be NULL. */
    void (*leds)(uint8_t leds);     /* keyboard lights */
    void (*pointer)(bool absolute); /* what the guest follows: positions or movements */
    void (*consoles)(void);         /* there are others to turn to */
    /* Sizes are within the caps; 0 columns: no text mode. The cursor may lie outside. No pixels. */
    void (*text_mode)(const struct surface_cells *shape, const struct surface *size);
    void (*text_row)(uint32_t row, const uint16_t cells[SURFACE_MAX_COLUMNS]); /* row < cap */
    void (*audio)(const int16_t *samples, uint32_t frames);
    void (*stats)(int fd); /* takes it over */
    void (*secret)(const char *secret);
};

/*
 * Take over the connected socket and wait for the machine's greeting. Its name (g_free), NULL with
 * an error.
 */
char *remote_open(int fd, const struct remote_ops *ops, enum view_close *close, GError **error);

/* OR of enum view_want; pixels only until then. */
void remote_want(uint32_t what);
void remote_command(enum view_command command);

/*
 * Text consoles, from 1 on; 0 is the guest's screen. Where pixels are wanted, one that is turned to
 * is the surface, drawn here.
 */
unsigned remote_consoles(void);
const char *remote_console_name(unsigned n);
unsigned remote_console(void);
/* Turn to it, if it is there; every key is released. */
void remote_turn(unsigned n);
/* What a terminal sends for what was typed. */
void remote_type(const char *bytes, size_t n);
void remote_scroll(int lines);
void remote_ready(void);
void remote_shown(bool shown);
/* The user closed the window. */
void remote_closed(bool end_machine);
void remote_failed(const char *why);
void remote_close(void);

#endif
