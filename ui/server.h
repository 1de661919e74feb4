/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen for viewers: processes of their own, as many as like to, that come and go while the
 * machine runs. Loop thread.
 */
#ifndef UI_SERVER_H
#define UI_SERVER_H

#include "ui/wire.h"

#include <glib.h>

struct view_config {
    const char *name; /* of the guest, may be NULL */
    enum view_close close;
    char *const *options; /* for the viewer that view_spawn() starts, NULL at the end */
    /* The user asked, by closing the window, for the end of the machine. */
    void (*closed)(void *opaque);
    const char *(*status)(void *opaque); /* "paused", or NULL while running */
    void *opaque;
};

/* Borrows what cfg points to until view_close_all(). */
void view_init(const struct view_config *cfg);

/*
 * Let viewers of this user (and root) in by a socket of mode 0600 in the user's runtime directory;
 * `vmx-dm-view` finds it there. Silently not where no such directory can be had.
 */
void view_listen(void);

/* Start a viewer and wait until its window is there, or until it says why not. */
bool view_spawn(GError **error);

/* Take over a connected SOCK_SEQPACKET socket as a viewer's. False: there are too many. */
bool view_add(int fd);

/* Viewers now connected. */
unsigned view_count(void);

/* The run state changed. */
void view_status_changed(void);

/* Say good-bye to all and remove the socket. */
void view_close_all(void);

#endif
