/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmx-dm-slirp process as its parent sees it: see user_priv.h. */
#include "net/user_priv.h"

#include "core/keyval.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "vmx-dm-slirp"
#ifndef CONFIG_MODULE_DIR
#define CONFIG_MODULE_DIR "/usr/local/lib/vmx-dm"
#endif

extern char **environ;

static char *program;

void net_user_set_program(const char *path)
{
    g_free(program);
    program = g_strdup(path);
}

/* Beside our own, as in a build tree, or where it is installed. */
static const char *find_program(void)
{
    g_autofree char *self = NULL, *dir = NULL;

    if (!program) {
        self = g_file_read_link("/proc/self/exe", NULL);
        dir = self ? g_path_get_dirname(self) : g_strdup(".");
        program = g_build_filename(dir, PROGRAM, NULL);
        if (access(program, X_OK) < 0) {
            net_user_set_program(CONFIG_MODULE_DIR "/" PROGRAM);
        }
    }
    return program;
}

static int spawn(pid_t *pid, int fd, const char *dir)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    char *argv[] = {(char[]){PROGRAM}, NULL};
    int err;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    /* no terminal or pipe of ours: nobody shall wait for its end of them */
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDOUT_FILENO);
#ifndef VMX_DEBUG
    posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDERR_FILENO);
#endif
    posix_spawn_file_actions_adddup2(&files, fd, WIRE_FD);
    posix_spawn_file_actions_addchdir_np(&files, dir);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    err = posix_spawn(pid, find_program(), &files, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return err;
}

int user_proc_start(pid_t *pid, const char *dir, GError **error)
{
    int fds[2], err;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error(error, KEYVAL_ERROR, 0, "socketpair: %s", g_strerror(errno));
        return -1;
    }
    err = spawn(pid, fds[1], dir);
    close(fds[1]);
    if (err) {
        g_set_error(error, KEYVAL_ERROR, 0, "cannot start %s: %s; it is installed with vmx-dm",
                    find_program(), g_strerror(err));
        close(fds[0]);
        return -1;
    }
    return fds[0];
}

ssize_t user_proc_receive(int fd, struct wire_message *m)
{
    for (;;) {
        ssize_t n = recv(fd, m, sizeof(*m), MSG_DONTWAIT);

        if (n >= (ssize_t)sizeof(m->head)) {
            return n - (ssize_t)sizeof(m->head);
        }
        if (n < 0 && errno == EAGAIN) {
            return -1;
        }
        if (n >= 0 || errno != EINTR) {
            return -2; /* its end, or a message without head */
        }
    }
}

int user_proc_send(int fd, enum wire_type type, uint16_t serial, const void *payload, size_t len)
{
    struct wire_head h = {.type = (uint16_t)type, .serial = serial};
    struct iovec iov[2] = {{&h, sizeof(h)}, {(void *)payload, len}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

    while (sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (errno == EAGAIN || errno == ENOBUFS) {
            return EAGAIN;
        }
        if (errno != EINTR) {
            return EPIPE;
        }
    }
    return 0;
}

char *user_proc_text(const uint8_t *payload, size_t len, bool lines)
{
    char *text = g_strndup((const char *)payload, len);
    char *end;

    for (char *p = text; *p; p++) {
        if ((unsigned char)*p < 0x20 && !(lines && *p == '\n')) {
            *p = ' ';
        }
    }
    if (!g_utf8_validate(text, -1, (const char **)&end)) {
        *end = 0;
    }
    return g_strchomp(text);
}

char *user_proc_cause(int status)
{
    if (WIFSIGNALED(status)) {
        return g_strdup_printf("was ended by signal %d (%s)", WTERMSIG(status),
                               g_strsignal(WTERMSIG(status)));
    }
    return g_strdup_printf("has ended with code %d", WEXITSTATUS(status));
}
