/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process among other processes: background, pid file, signals. Main thread. */
#ifndef SYSTEM_DAEMON_H
#define SYSTEM_DAEMON_H

#include <glib.h>
#include <stdbool.h>

/*
 * -daemonize: fork; the parent waits here and exits with 0 when the child calls daemon_ready(),
 * with 1 when it fails. Before any thread exists. Returns in the child.
 */
bool daemon_fork(GError **error);
void daemon_ready(void);
void daemon_failed(void);

/* Write the process id; NULL: nothing to do. Refuses a file that a living process holds locked. */
bool daemon_pidfile(const char *path, GError **error);
void daemon_remove_pidfile(void);

/*
 * SIGINT, SIGTERM, SIGHUP end the machine cleanly, images flushed; a second one ends the process at
 * once. SIGPIPE is ignored.
 */
void daemon_signals(void);

#endif
