/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making files, and nothing else: see keeper.h. */
#include "ui/view/keeper.h"

#include "core/confine.h"
#include "ui/view/rights.h"
#include "ui/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_TRIES 100 /* of one second */
#define MEMORY (UINT64_C(1) << 30)

struct ask {
    uint32_t remove; /* the last, or else create one */
    char name[VIEW_TEXT];
};

struct reply {
    int32_t err; /* 0: a descriptor is with it */
    char path[PATH_MAX];
};

static int keeper = -1;

/* -- in the process of its own -- */

/* Where they go, as the window knows it when it starts. */
static const char *directory(void)
{
    const char *dir = g_getenv("XDG_PICTURES_DIR");

    if (!dir || !g_path_is_absolute(dir)) {
        dir = g_get_user_special_dir(G_USER_DIRECTORY_PICTURES);
    }
    return dir && g_file_test(dir, G_FILE_TEST_IS_DIR) ? dir : ".";
}

static char *today(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();

    return now ? g_date_time_format(now, "%Y-%m-%d-%H%M%S") : g_strdup("now");
}

/* A name that is not taken: a file is never overwritten. -1 with errno. */
static int create(const char *dir, struct ask *a, char **path)
{
    g_autofree char *date = today();

    a->name[VIEW_TEXT - 1] = 0;
    g_strcanon(a->name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-", '_');
    for (int i = 1; i < MAX_TRIES; i++) {
        g_autofree char *more = i > 1 ? g_strdup_printf("-%d", i) : g_strdup("");
        int fd;

        g_free(*path);
        *path = g_strdup_printf("%s/vmx-dm-%s-%s%s.png", dir, a->name[0] ? a->name : "screen", date,
                                more);
        fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
    errno = EEXIST;
    return -1;
}

static void serve_create(int socket, const char *dir, struct ask *a, char **path)
{
    struct reply r = {0};
    int fd = create(dir, a, path);

    r.err = fd < 0 ? errno : 0;
    g_strlcpy(r.path, *path, sizeof(r.path));
    packet_send(socket, &r, sizeof(r), fd, 0);
    if (fd < 0) {
        g_clear_pointer(path, g_free); /* it is not ours */
    } else {
        close(fd);
    }
}

static void give_up_rights(const char *dir)
{
    static const unsigned short calls[] = {SYS_open, SYS_openat, SYS_unlink, 0};
    const struct confine_path paths[] = {
        {dir, CONFINE_WRITE | CONFINE_CREATE},
        {"/etc/localtime", CONFINE_READ},
        {"/usr/share/zoneinfo", CONFINE_READ},
        {NULL, 0},
    };
    const struct confine c = {.memory = MEMORY, .fds = 16, .paths = paths, .calls = calls};

    confine(&c);
}

/* Until the window's end of the socket is closed. */
static _Noreturn void serve(int socket, bool confined)
{
    g_autofree char *dir = g_strdup(directory()), *last = NULL;
    struct ask a = {0};
    int fd;

    prctl(PR_SET_NAME, "vmx-dm-view-png");
    signal(SIGINT, SIG_IGN); /* of the terminal that both have: the window decides */
    g_free(today());         /* which reads the time zone */
    if (confined) {
        give_up_rights(dir);
    }
    while (packet_receive(socket, &a, sizeof(a), &fd, 0) == (ssize_t)sizeof(a)) {
        if (fd >= 0) {
            close(fd);
        }
        if (!a.remove) {
            serve_create(socket, dir, &a, &last);
        } else if (last) {
            unlink(last);
            g_clear_pointer(&last, g_free);
        }
    }
    _exit(EXIT_SUCCESS);
}

/* -- in the window's -- */

bool keeper_start(bool confined)
{
    int fds[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
        return false;
    }
    pid = fork();
    if (pid == 0) {
        rights_seal(fds[1]); /* the machine shall not wait for us */
        serve(fds[1], confined);
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return false;
    }
    keeper = fds[0];
    return true;
}

int keeper_create(const char *name, char **path)
{
    struct ask a = {0};
    struct reply r = {0};
    int fd = -1;

    *path = NULL;
    g_strlcpy(a.name, name, sizeof(a.name));
    if (!packet_send(keeper, &a, sizeof(a), -1, 0)) {
        return -1;
    }
    if (packet_receive(keeper, &r, sizeof(r), &fd, 0) != (ssize_t)sizeof(r)) {
        errno = EPIPE;
        return -1;
    }
    r.path[PATH_MAX - 1] = 0;
    *path = g_strdup(r.path);
    errno = r.err ? r.err : EMFILE; /* or it is there */
    return fd;
}

void keeper_remove(void)
{
    const struct ask a = {.remove = 1};

    packet_send(keeper, &a, sizeof(a), -1, 0);
}

void keeper_stop(void)
{
    if (keeper >= 0) {
        close(keeper);
        keeper = -1;
    }
}
