/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of our own beside the machine's: they hold what is worth keeping away from guest RAM,
 * disks and the hypervisor, and talk over one socket.
 */
#ifndef CORE_HELPER_H
#define CORE_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The path of a program of ours: beside our own executable, as in a build tree or where both are
 * installed, else in the library directory. g_free. It need not exist.
 */
char *helper_path(const char *program);

struct helper_start {
    const char *path;
    char *const *argv;
    int fd, as;       /* our descriptor `fd` is its descriptor `as`, its only one from us */
    const char *dir;  /* its working directory; NULL: ours */
    bool says_errors; /* it has our stderr; otherwise, as its stdin and stdout, /dev/null */
    bool terminal;    /* it has our stdin, stdout and stderr */
};

/*
 * Start it, with no signal blocked or ignored. 0, or an errno value. The caller waits for it
 * (g_child_watch_add). Any thread.
 */
int helper_start(const struct helper_start *s, pid_t *pid);

/* How it ended, from a wait status: "was ended by signal 9 (Killed)". g_free. */
char *helper_cause(int status);

#endif
