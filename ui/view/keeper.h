/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window has no right to write a file. A process beside it, the keeper, makes those for pictures:
 * new ones, in one directory, by names of its own. It hears nobody but the window, gets no bytes of
 * the picture, and ends with it.
 */
#ifndef UI_VIEW_KEEPER_H
#define UI_VIEW_KEEPER_H

#include <stdbool.h>

/*
 * Start it, while there are no threads, nor descriptors of worth: it keeps those there are. Pictures
 * go to $XDG_PICTURES_DIR, to where the desktop has them, or here. False with errno.
 */
bool keeper_start(bool confined);

/* A new file for a picture of the machine `name`, and its path (g_free). -1 with errno. */
int keeper_create(const char *name, char **path);

/* Remove the one that was created last: it has become nothing. */
void keeper_remove(void);

void keeper_stop(void);

#endif
