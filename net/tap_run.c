/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts and the bridge helper of -netdev tap: see tap_priv.h. */
#include "net/tap_priv.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER_FD 3

extern char **environ;

static const char *const helpers[] = {"/usr/lib/qemu/qemu-bridge-helper",
                                      "/usr/libexec/qemu-bridge-helper",
                                      "/usr/local/libexec/qemu-bridge-helper"};

/* Start argv with `fd` (or -1) as descriptor 3; 0 or an errno. */
static int spawn(pid_t *pid, char *const *argv, int fd)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    int err;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    if (fd >= 0) {
        posix_spawn_file_actions_adddup2(&files, fd, HELPER_FD);
    }
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    err = posix_spawn(pid, argv[0], &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return err;
}

static bool wait_for(pid_t pid, const char *what, GError **error)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    g_set_error(error, KEYVAL_ERROR, 0, "%s %s %d", what,
                WIFSIGNALED(status) ? "was ended by signal" : "ended with code",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return false;
}

bool tap_script(const char *script, const char *ifname, GError **error)
{
    char *argv[] = {(char *)script, (char *)ifname, NULL};
    g_autofree char *what = g_strdup_printf("script %s %s", script, ifname);
    pid_t pid;
    int err = spawn(&pid, argv, -1);

    if (err) {
        g_set_error(error, KEYVAL_ERROR, 0, "%s: %s (script=no, downscript=no run none)", what,
                    g_strerror(err));
        return false;
    }
    return wait_for(pid, what, error);
}

static int receive_fd(int from)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof(control.bytes)};
    const struct cmsghdr *c;
    ssize_t n;
    int fd = -1;

    do {
        n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(&fd, CMSG_DATA(c), sizeof(fd));
    }
    return fd;
}

static const char *installed(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(helpers); i++) {
        if (access(helpers[i], X_OK) == 0) {
            return helpers[i];
        }
    }
    return helpers[0];
}

int tap_from_helper(const char *helper, const char *bridge, GError **error)
{
    g_autofree char *br = g_strconcat("--br=", bridge, NULL);
    g_autofree char *fd_word = g_strdup_printf("--fd=%d", HELPER_FD);
    g_autofree char *command = NULL;
    const char *name = helper ? helper : installed();
    char *direct[] = {(char *)name, fd_word, br, NULL};
    char *shell[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, NULL, NULL};
    int fds[2], fd, err;
    pid_t pid;

    if (strchr(name, ' ')) { /* a command, perhaps with its own --br= */
        command = strstr(name, "--br=") ? g_strdup_printf("%s %s", name, fd_word)
                                        : g_strdup_printf("%s %s %s", name, fd_word, br);
        shell[2] = command;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error(error, KEYVAL_ERROR, 0, "socketpair: %s", g_strerror(errno));
        return -1;
    }
    err = spawn(&pid, command ? shell : direct, fds[1]);
    close(fds[1]);
    if (err) {
        close(fds[0]);
        g_set_error(error, KEYVAL_ERROR, 0, "helper %s: %s (Debian: qemu-system-common has it)",
                    name, g_strerror(err));
        return -1;
    }
    fd = receive_fd(fds[0]);
    close(fds[0]);
    if (!wait_for(pid, name, error)) {
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    if (fd < 0) {
        g_set_error(error, KEYVAL_ERROR, 0, "helper %s gives no interface", name);
    }
    return fd;
}
