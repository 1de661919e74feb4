/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Viewers that the machine starts: see server.h. */
#include "core/helper.h"
#include "core/loop.h"
#include "core/report.h"
#include "ui/server_priv.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define START_SECONDS 20u /* for a window of our own to open */

void viewer_say_gone(const struct view_start *viewer, const char *what)
{
    g_autofree char *name = view_server.path ? g_path_get_basename(view_server.path) : NULL;

    if (name) {
        report("%s, the guest runs on: %s %s shows it again", what, viewer->program, name);
    } else {
        report("%s, the guest runs on", what);
    }
}

static void ended(GPid pid, int status, void *opaque)
{
    struct view_start *how = opaque;

    g_spawn_close_pid(pid);
    if (how->ended) {
        how->ended(how->opaque, status);
    }
    if (status && view_server.viewers && (how->window || !how->ended)) {
        g_autofree char *cause = helper_cause(status);
        g_autofree char *what = g_strdup_printf("%s %s", how->program, cause);

        viewer_say_gone(how, what);
    }
    g_free(how);
}

static gboolean too_late(void *opaque)
{
    *(bool *)opaque = true;
    return G_SOURCE_CONTINUE;
}

/* Serve the loop until the window is there. */
static bool await(const struct viewer *v, const char *path, GError **error)
{
    bool late = false;
    unsigned timer = g_timeout_add_seconds(START_SECONDS, too_late, &late);

    g_clear_pointer(&view_server.failure, g_free);
    while (viewer_is_there(v) && !v->there && !late) {
        loop_iterate(true);
    }
    g_source_remove(timer);
    if (viewer_is_there(v) && v->there) {
        return true;
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s%s",
                view_server.failure ? view_server.failure : path,
                view_server.failure ? ""
                : late              ? " has not opened a window in time"
                                    : " has ended before there was a window");
    return false;
}

/* Its process; the other end of its socket, or -1 with an error. */
static int start_process(const struct view_start *how, const char *path, pid_t *pid, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    struct helper_start start = {
        .path = path, .as = VIEW_FD, .says_errors = true, .terminal = how->terminal};
    int fds[2], err;

    g_ptr_array_add(argv, (char *)how->program);
    for (char *const *o = how->options; o && *o; o++) {
        g_ptr_array_add(argv, *o);
    }
    g_ptr_array_add(argv, (char *)"--machine");
    g_ptr_array_add(argv, NULL);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "socketpair: %s", g_strerror(errno));
        return -1;
    }
    start.fd = fds[1];
    start.argv = (char *const *)argv->pdata;
    err = helper_start(&start, pid);
    close(fds[1]);
    if (err) {
        close(fds[0]);
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "cannot start %s: %s; it is installed with vmx-dm, unless built without it",
                    path, g_strerror(err));
        return -1;
    }
    return fds[0];
}

unsigned view_start(const struct view_start *how, GError **error)
{
    static unsigned last_id;
    g_autofree char *path = helper_path(how->program);
    struct viewer *v;
    pid_t pid;
    int fd = start_process(how, path, &pid, error);

    v = fd >= 0 ? viewer_add(fd) : NULL;
    if (!v) {
        return 0;
    }
    v->start = *how;
    v->id = ++last_id;
    if (!await(v, path, error)) {
        if (viewer_is_there(v)) {
            viewer_drop(v);
        }
        return 0;
    }
    g_child_watch_add(pid, ended, g_memdup2(how, sizeof(*how)));
    return v->id;
}

bool view_tell(unsigned viewer, const struct view_message *m)
{
    for (unsigned i = 0; viewer && i < view_server.viewers->len; i++) {
        struct viewer *v = view_server.viewers->pdata[i];

        if (v->id == viewer) {
            return viewer_send(v, m, -1);
        }
    }
    return false;
}
