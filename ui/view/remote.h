/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine as its viewer sees it. Offers what core/surface.h does, so that a user interface
 * knows no difference: surface_current(), views, input. Loop thread.
 */
#ifndef UI_VIEW_REMOTE_H
#define UI_VIEW_REMOTE_H

#include "ui/wire.h"

#include <glib.h>

struct remote_ops {
    void (*frame)(void); /* all damage of a round has been told: draw, then remote_ready() */
    void (*status)(const char *status); /* empty while running */
    void (*end)(bool said);             /* the machine has ended; not `said`: it has gone */
};

/*
 * Take over the connected socket and wait for the machine's greeting. Its name (g_free), NULL with
 * an error.
 */
char *remote_open(int fd, const struct remote_ops *ops, enum view_close *close, GError **error);

void remote_ready(void);
void remote_shown(bool shown);
/* The user closed the window. */
void remote_closed(bool end_machine);
void remote_failed(const char *why);
void remote_close(void);

#endif
