/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Background, pid file, signals: see daemon.h. */
#include "system/daemon.h"

#include "core/loop.h"
#include "system/firmware.h"
#include "system/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready_fd = -1;
static char *pidfile;
static int pidfile_fd = -1;
static int signal_fd = -1;
static volatile sig_atomic_t signals_seen;

bool daemon_fork(GError **error)
{
    int fds[2];
    pid_t pid;
    char ok = 1;

    if (pipe2(fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        g_set_error(error, FIRMWARE_ERROR, 0, "-daemonize: %s", g_strerror(errno));
        return false;
    }
    if (pid > 0) { /* the parent's exit code tells how the start went */
        ssize_t n;

        close(fds[1]);
        do {
            n = read(fds[0], &ok, 1);
        } while (n < 0 && errno == EINTR);
        _exit(n == 1 && ok == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    close(fds[0]);
    ready_fd = fds[1];
    setsid();
    umask(0077);
    return true;
}

static void tell_parent(char code)
{
    if (ready_fd >= 0) {
        if (write(ready_fd, &code, 1) < 0) {
            /* the parent was killed: nobody to tell */
        }
        close(ready_fd);
        ready_fd = -1;
    }
}

void daemon_ready(void)
{
    int null;

    if (ready_fd < 0) {
        return;
    }
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        close(null);
    }
    if (chdir("/") < 0) {
        /* staying where we are is no harm */
    }
    tell_parent(0);
}

void daemon_failed(void)
{
    tell_parent(1);
}

bool daemon_pidfile(const char *path, GError **error)
{
    g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());

    if (!path) {
        return true;
    }
    pidfile_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (pidfile_fd < 0) {
        g_set_error(error, FIRMWARE_ERROR, 0, "-pidfile %s: %s", path, g_strerror(errno));
        return false;
    }
    if (flock(pidfile_fd, LOCK_EX | LOCK_NB) < 0) {
        g_set_error(error, FIRMWARE_ERROR, 0,
                    "-pidfile %s: another running guest has it; "
                    "choose another file",
                    path);
        close(pidfile_fd);
        pidfile_fd = -1;
        return false;
    }
    if (ftruncate(pidfile_fd, 0) < 0 ||
        write(pidfile_fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        g_set_error(error, FIRMWARE_ERROR, 0, "-pidfile %s: %s", path, g_strerror(errno));
        return false;
    }
    pidfile = realpath(path, NULL);
    return true;
}

void daemon_remove_pidfile(void)
{
    if (pidfile) {
        unlink(pidfile);
        free(pidfile);
        pidfile = NULL;
    }
}

/* Async-signal context: note it, wake the loop; the second one ends at once. */
static void on_signal(int number)
{
    uint64_t one = 1;
    int saved = errno;

    if (signals_seen++) {
        _exit(128 + number);
    }
    if (write(signal_fd, &one, sizeof(one)) < 0) {
        _exit(128 + number);
    }
    errno = saved;
}

static gboolean signalled(int fd, GIOCondition cond, void *opaque)
{
    uint64_t n;

    (void)cond;
    (void)opaque;
    if (read(fd, &n, sizeof(n)) > 0) {
        vm_quit(VM_BY_SIGNAL, 0);
    }
    return G_SOURCE_CONTINUE;
}

void daemon_signals(void)
{
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop_watch(signal_fd, G_IO_IN, signalled, NULL);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);
}
