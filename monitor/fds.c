/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that clients pass with SCM_RIGHTS: by name (getfd), or in numbered sets (add-fd) that
 * "/dev/fdset/N" stands for wherever a command names a file to write.
 */
#include "monitor/command.h"
#include "monitor/session.h"

#include "chardev/chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FDS_MAX 256u

struct named {
    char *name;
    int fd;
};

struct set_fd {
    gint64 set;
    int fd;
    char *opaque;
};

static GArray *names; /* struct named */
static GArray *fds;   /* struct set_fd, in order of sets */

static void init(void)
{
    if (!names) {
        names = g_array_new(FALSE, FALSE, sizeof(struct named));
        fds = g_array_new(FALSE, FALSE, sizeof(struct set_fd));
    }
}

/* The descriptor that came with this command. */
static int take(GError **error)
{
    int fd = session_current ? chardev_take_fd(session_current->line) : -1;

    init();
    if (fd < 0) {
        qmp_fail(error, "No file descriptor supplied via SCM_RIGHTS");
    } else if (names->len + fds->len >= FDS_MAX) {
        close(fd);
        fd = -1;
        qmp_fail(error, "too many file descriptors, %u are kept", FDS_MAX);
    }
    return fd;
}

/* -- by name -- */

static int find_name(const char *name)
{
    for (guint i = 0; names && i < names->len; i++) {
        if (strcmp(g_array_index(names, struct named, i).name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

JsonNode *qmp_getfd(JsonObject *args, GError **error)
{
    const char *name = json_object_get_string_member(args, "fdname");
    int fd = take(error), at;
    struct named n;

    if (fd < 0) {
        return NULL;
    }
    if (g_ascii_isdigit(name[0])) {
        close(fd);
        return qmp_fail(error, "Parameter 'fdname' expects a name not starting with a digit");
    }
    at = find_name(name);
    if (at >= 0) {
        close(g_array_index(names, struct named, at).fd);
        g_array_index(names, struct named, at).fd = fd;
        return qmp_nothing();
    }
    n = (struct named){g_strdup(name), fd};
    g_array_append_val(names, n);
    return qmp_nothing();
}

static void forget(int at)
{
    close(g_array_index(names, struct named, at).fd);
    g_free(g_array_index(names, struct named, at).name);
    g_array_remove_index(names, (guint)at);
}

JsonNode *qmp_closefd(JsonObject *args, GError **error)
{
    const char *name = json_object_get_string_member(args, "fdname");
    int at = find_name(name);

    if (at < 0) {
        return qmp_fail(error, "File descriptor named '%s' not found", name);
    }
    forget(at);
    return qmp_nothing();
}

int fds_copy(const char *name)
{
    int at = find_name(name);

    return at < 0 ? -1 : fcntl(g_array_index(names, struct named, at).fd, F_DUPFD_CLOEXEC, 0);
}

void fds_forget(const char *name)
{
    int at = find_name(name);

    if (at >= 0) {
        forget(at);
    }
}

/* -- in sets -- */

static struct set_fd *set_at(guint i)
{
    return &g_array_index(fds, struct set_fd, i);
}

static bool set_exists(gint64 set)
{
    for (guint i = 0; fds && i < fds->len; i++) {
        if (set_at(i)->set == set) {
            return true;
        }
    }
    return false;
}

JsonNode *qmp_add_fd(JsonObject *args, GError **error)
{
    gint64 set = arg_int(args, "fdset-id", -1);
    struct set_fd f = {.fd = take(error)};
    JsonObject *o;
    guint at = 0;

    if (f.fd < 0) {
        return NULL;
    }
    if (set < 0 && json_object_has_member(args, "fdset-id")) {
        close(f.fd);
        return qmp_fail(error, "Parameter 'fdset-id' expects a non-negative value");
    }
    for (gint64 free = 0; set < 0; free++) {
        set = set_exists(free) ? -1 : free;
    }
    f.set = set;
    f.opaque = g_strdup(arg_str(args, "opaque", NULL));
    while (at < fds->len && set_at(at)->set <= set) {
        at++;
    }
    g_array_insert_val(fds, at, f);
    o = json_object_new();
    json_object_set_int_member(o, "fdset-id", set);
    json_object_set_int_member(o, "fd", f.fd);
    return qmp_object(o);
}

JsonNode *qmp_remove_fd(JsonObject *args, GError **error)
{
    gint64 set = json_object_get_int_member(args, "fdset-id");
    gint64 fd = arg_int(args, "fd", -1);
    bool one = json_object_has_member(args, "fd"), found = false;

    for (guint i = fds ? fds->len : 0; i-- > 0;) {
        if (set_at(i)->set == set && (!one || set_at(i)->fd == fd)) {
            found = true;
            close(set_at(i)->fd);
            g_free(set_at(i)->opaque);
            g_array_remove_index(fds, i);
        }
    }
    if (found) {
        return qmp_nothing();
    }
    if (one) {
        return qmp_fail(error,
                        "File descriptor named 'fdset-id:%" G_GINT64_FORMAT ", fd:%" G_GINT64_FORMAT
                        "' not found",
                        set, fd);
    }
    return qmp_fail(error, "File descriptor named 'fdset-id:%" G_GINT64_FORMAT "' not found", set);
}

JsonNode *qmp_query_fdsets(JsonObject *args, GError **error)
{
    JsonArray *sets = json_array_new(), *members = NULL;

    (void)args;
    (void)error;
    for (guint i = 0; fds && i < fds->len; i++) {
        JsonObject *o = json_object_new();

        if (i == 0 || set_at(i)->set != set_at(i - 1)->set) {
            JsonObject *set = json_object_new();

            members = json_array_new();
            json_object_set_int_member(set, "fdset-id", set_at(i)->set);
            json_object_set_array_member(set, "fds", members);
            json_array_add_object_element(sets, set);
        }
        json_object_set_int_member(o, "fd", set_at(i)->fd);
        if (set_at(i)->opaque) {
            json_object_set_string_member(o, "opaque", set_at(i)->opaque);
        }
        json_array_add_object_element(members, o);
    }
    return qmp_array(sets);
}

/* -- files -- */

/* A writable descriptor of a set, duplicated; -1 with errno. */
static int from_set(const char *number)
{
    gint64 set = g_ascii_strtoll(number, NULL, 10);

    for (guint i = 0; fds && i < fds->len; i++) {
        int mode = fcntl(set_at(i)->fd, F_GETFL) & O_ACCMODE;

        if (set_at(i)->set == set && (mode == O_WRONLY || mode == O_RDWR)) {
            return fcntl(set_at(i)->fd, F_DUPFD_CLOEXEC, 3);
        }
    }
    errno = ENOENT;
    return -1;
}

int monitor_create(const char *path, const char *cannot, GError **error)
{
    int fd;

    if (g_str_has_prefix(path, "/dev/fdset/")) {
        fd = from_set(path + strlen("/dev/fdset/"));
    } else {
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    }
    if (fd < 0) {
        qmp_fail(error, "%s '%s': %s", cannot, path, g_strerror(errno));
    }
    return fd;
}

void fds_close(void)
{
    for (guint i = 0; names && i < names->len; i++) {
        close(g_array_index(names, struct named, i).fd);
        g_free(g_array_index(names, struct named, i).name);
    }
    for (guint i = 0; fds && i < fds->len; i++) {
        close(set_at(i)->fd);
        g_free(set_at(i)->opaque);
    }
    g_clear_pointer(&names, g_array_unref);
    g_clear_pointer(&fds, g_array_unref);
}
