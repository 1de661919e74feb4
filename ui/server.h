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
    bool silent; /* viewers hear nothing */
    /* The user asked, by closing the window, for the end of the machine. */
    void (*closed)(void *opaque);
    const char *(*status)(void *opaque); /* "paused", or NULL while running */
    /* It may not close viewers before it has returned. */
    void (*command)(void *opaque, enum view_command command);
    void *opaque;
};

/* Borrows what cfg points to until view_close_all(). */
void view_init(const struct view_config *cfg);

/*
 * Let viewers of this user (and root) in by a socket of mode 0600 in the user's runtime directory;
 * `vmx-dm-view` finds it there. Silently not where no such directory can be had.
 */
void view_listen(void);

/* A viewer of our own. */
struct view_start {
    const char *program;  /* of ours, by name */
    char *const *options; /* its arguments, NULL at the end, or NULL; borrowed until it is there */
    bool terminal;        /* it has our stdin, stdout and stderr */
    bool window;          /* it is the machine's window: closing it is for `close` to decide */
    bool commands;        /* what VIEW_COMMAND names is its user's to ask */
    bool monitor;         /* text consoles that have a monitor are its user's to use */
    bool adds; /* it serves others: each is a viewer, as VIEW_ADD says, that may the same */
    void (*peer)(void *opaque,
                 const struct view_peer *peer); /* what it says of them; may be NULL */
    void (*ended)(void *opaque, int status);    /* it has gone: its wait status; may be NULL */
    void *opaque;
};

/*
 * Start it and wait until its window is there, or until it says why not. A number that names it, 0
 * with an error.
 */
unsigned view_start(const struct view_start *how, GError **error);

/* Send it a message. False when it has gone, or does not read. */
bool view_tell(unsigned viewer, const struct view_message *m);

/* Take over a connected SOCK_SEQPACKET socket as a viewer's. False: there are too many. */
bool view_add(int fd);

/* Viewers now connected. */
unsigned view_count(void);

/* The run state changed. */
void view_status_changed(void);

/* Say good-bye to all and remove the socket. */
void view_close_all(void);

#endif
