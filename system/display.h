/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user interface of -display, if any. Loop thread. */
#ifndef SYSTEM_DISPLAY_H
#define SYSTEM_DISPLAY_H

#include "system/options.h"

struct machine;

/* Take the argument of -display; none: -curses. */
bool display_parse(struct options *o, const char *name, const char *arg, GError **error);

/* Whether what it asks for can be had; before the machine is made. */
bool display_check(const struct options *o, GError **error);

/*
 * Open what the options ask for. With no -display, SDL where the session has a display, otherwise
 * none, said once. Borrows the machine, for what a user asks of it in the window.
 */
bool display_open(const struct options *o, struct machine *m, GError **error);
void display_close(void);
/* The run state changed: titles show it. */
void display_status_changed(void);

#endif
