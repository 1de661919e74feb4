/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where running machines are found: a directory of the user's own, mode 0700, with a socket for
 * each, named NAME-PID (PID where the machine has no name).
 */
#ifndef UI_RUNTIME_H
#define UI_RUNTIME_H

#include <glib.h>
#include <stdbool.h>

/* $XDG_RUNTIME_DIR/vmx-dm, or /tmp/vmx-dm-UID. g_free. */
char *runtime_dir(void);

/*
 * Listen there (SOCK_SEQPACKET, mode 0600). The descriptor and its path (g_free), or -1: there is no
 * such directory to be had that belongs to us alone.
 */
int runtime_listen(const char *name, char **path);

/*
 * Connect to a machine: a path of a socket, a name, a name with process id, or a process id; NULL:
 * the only one there is. -1 with an error that lists those there are. Sockets of machines that have
 * gone are removed on the way.
 */
int runtime_connect(const char *what, GError **error);

/* -- for those who look at many -- */

/* Names of the sockets there (char *, owned); of machines that have gone, too. */
GPtrArray *runtime_list(void);
/* Is `entry` of the list the one that the user means? NULL: any is. */
bool runtime_meant(const char *entry, const char *what);
/* Connect to one of the list without waiting: non-blocking, -1 with errno. */
int runtime_open(const char *entry);

#endif
