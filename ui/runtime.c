/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where running machines are found: see runtime.h. */
#include "ui/runtime.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME_MAX_LEN 48u

char *runtime_dir(void)
{
    const char *run = g_getenv("XDG_RUNTIME_DIR");

    if (run && g_path_is_absolute(run)) {
        return g_build_filename(run, "vmx-dm", NULL);
    }
    return g_strdup_printf("/tmp/vmx-dm-%u", (unsigned)geteuid());
}

/* It, or nothing when it is somebody else's, a link, or open to others. */
static char *own_dir(bool make)
{
    g_autofree char *dir = runtime_dir();
    struct stat st;

    if (make) {
        mkdir(dir, 0700);
    }
    if (lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 077)) {
        return NULL;
    }
    return g_steal_pointer(&dir);
}

static bool address(struct sockaddr_un *a, const char *path)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    return g_strlcpy(a->sun_path, path, sizeof(a->sun_path)) < sizeof(a->sun_path);
}

int runtime_listen(const char *name, char **path)
{
    g_autofree char *dir = own_dir(true);
    g_autofree char *safe = g_strndup(name && name[0] ? name : "", NAME_MAX_LEN);
    g_autofree char *at = NULL;
    struct sockaddr_un a;
    mode_t mask;
    int fd;

    if (!dir) {
        return -1;
    }
    for (char *p = safe; *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr("._-", *p)) {
            *p = '_';
        }
    }
    at = g_strdup_printf("%s/%s%s%d", dir, safe, safe[0] ? "-" : "", (int)getpid());
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || !address(&a, at)) {
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    unlink(at);
    mask = umask(0177);
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 4) < 0) {
        close(fd);
        fd = -1;
    } else {
        *path = g_steal_pointer(&at);
    }
    umask(mask);
    return fd;
}

/* -1 with errno. `how`: 0 or SOCK_NONBLOCK. */
static int try_path(const char *path, int how)
{
    struct sockaddr_un a;
    int fd, err;

    if (!address(&a, path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | how, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
        return fd;
    }
    err = errno;
    close(fd);
    errno = err;
    return -1;
}

bool runtime_meant(const char *entry, const char *what)
{
    const char *pid = strrchr(entry, '-');
    size_t len = pid ? (size_t)(pid - entry) : 0;

    return !what || strcmp(entry, what) == 0 || (pid && strcmp(pid + 1, what) == 0) ||
           (pid && strlen(what) == len && strncmp(entry, what, len) == 0);
}

GPtrArray *runtime_list(void)
{
    g_autofree char *dir = own_dir(false);
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    GDir *d = dir ? g_dir_open(dir, 0, NULL) : NULL;
    const char *entry;

    while (d && (entry = g_dir_read_name(d))) {
        g_ptr_array_add(list, g_strdup(entry));
    }
    if (d) {
        g_dir_close(d);
    }
    return list;
}

int runtime_open(const char *entry)
{
    g_autofree char *dir = own_dir(false);
    g_autofree char *path = dir ? g_build_filename(dir, entry, NULL) : NULL;

    if (!path) {
        errno = ENOENT;
        return -1;
    }
    return try_path(path, SOCK_NONBLOCK);
}

static int connect_named(const char *what, GError **error)
{
    g_autofree char *dir = own_dir(false);
    g_autoptr(GPtrArray) entries = runtime_list();
    g_autoptr(GString) list = g_string_new(NULL);
    unsigned found = 0;
    int fd = -1;

    for (guint i = 0; dir && i < entries->len; i++) {
        const char *entry = entries->pdata[i];
        g_autofree char *path = g_build_filename(dir, entry, NULL);
        int got = try_path(path, 0);

        if (got < 0) {
            if (errno == ECONNREFUSED) {
                unlink(path);
            }
            continue;
        }
        g_string_append_printf(list, "%s%s", list->len ? ", " : "", entry);
        if (runtime_meant(entry, what) && found++ == 0) {
            fd = got;
        } else {
            close(got);
        }
    }
    if (found == 1) {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (!list->len) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "no machine of this user is running");
    } else if (found) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                    "%s%s%s more than one machine; say which of: %s", what ? "\"" : "",
                    what ? what : "there is", what ? "\" fits" : "", list->str);
    } else {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "no machine \"%s\"; there are: %s",
                    what, list->str);
    }
    return -1;
}

int runtime_connect(const char *what, GError **error)
{
    int fd;

    if (!what || !strchr(what, '/')) {
        return connect_named(what, error);
    }
    fd = try_path(what, 0);
    if (fd < 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s", what, g_strerror(errno));
    }
    return fd;
}
