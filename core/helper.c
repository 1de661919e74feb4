/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting processes of our own: see helper.h. Every descriptor of ours is close-on-exec. */
#include "core/helper.h"

#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CONFIG_MODULE_DIR
#define CONFIG_MODULE_DIR "/usr/local/lib/vmx-dm"
#endif

extern char **environ;

char *helper_path(const char *program)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = self ? g_path_get_dirname(self) : g_strdup(".");
    char *path = g_build_filename(dir, program, NULL);

    if (access(path, X_OK) < 0) {
        g_free(path);
        path = g_build_filename(CONFIG_MODULE_DIR, program, NULL);
    }
    return path;
}

int helper_start(const struct helper_start *s, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    int err;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    if (!s->terminal) {
        /* no terminal or pipe of ours: nobody shall wait for its end of them */
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
        posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDOUT_FILENO);
    }
    if (!s->terminal && !s->says_errors) {
        posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDERR_FILENO);
    }
    posix_spawn_file_actions_adddup2(&files, s->fd, s->as);
    if (s->dir) {
        posix_spawn_file_actions_addchdir_np(&files, s->dir);
    }
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    err = posix_spawn(pid, s->path, &files, &attr, s->argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return err;
}

char *helper_cause(int status)
{
    if (WIFSIGNALED(status)) {
        return g_strdup_printf("was ended by signal %d (%s)", WTERMSIG(status),
                               g_strsignal(WTERMSIG(status)));
    }
    return g_strdup_printf("has ended with code %d", WEXITSTATUS(status));
}
