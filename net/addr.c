/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Socket addresses of network back ends: see addr.h. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

void net_addr_init(struct net_addr *a)
{
    memset(a, 0, sizeof(*a));
    a->fd = -1;
}

static void remove_path(struct net_addr *a)
{
    struct stat st;

    if (a->path && stat(a->path, &st) == 0 && st.st_dev == a->path_dev &&
        st.st_ino == a->path_ino) {
        unlink(a->path);
    }
    g_clear_pointer(&a->path, g_free);
}

void net_addr_clear(struct net_addr *a)
{
    remove_path(a);
    if (a->fd >= 0) {
        close(a->fd);
        a->fd = -1;
    }
    g_clear_pointer(&a->text, g_free);
    g_clear_pointer(&a->host, g_free);
    g_clear_pointer(&a->port, g_free);
}

/* -- the words -- */

static bool set_path(struct net_addr *a, struct keyval *kv, const char *prefix, GError **error)
{
    struct sockaddr_un *sun = (struct sockaddr_un *)&a->sa;
    g_autofree char *key = g_strconcat(prefix, ".path", NULL);
    g_autofree char *key_abstract = g_strconcat(prefix, ".abstract", NULL);
    g_autofree char *key_tight = g_strconcat(prefix, ".tight", NULL);
    const char *path = keyval_take_last(kv, key);
    bool abstract = false, tight = true;
    size_t len = path ? strlen(path) : 0;

    if (!keyval_take_bool(kv, key_abstract, &abstract, error) ||
        !keyval_take_bool(kv, key_tight, &tight, error)) {
        return false;
    }
    if (len == 0) {
        keyval_error(kv, error, "%s= is missing", key);
        return false;
    }
    if (len + 1 > sizeof(sun->sun_path)) {
        keyval_error(kv, error, "%s=%s: longer than %zu characters", key, path,
                     sizeof(sun->sun_path) - 1);
        return false;
    }
    sun->sun_family = AF_UNIX;
    memcpy(sun->sun_path + abstract, path, len);
    a->len = abstract && tight ? (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)
                               : sizeof(*sun);
    a->text = g_strdup_printf("unix:%s%s", abstract ? "@" : "", path);
    return true;
}

static bool resolve(struct net_addr *a, struct keyval *kv, const char *key, int family, int type,
                    bool passive, GError **error)
{
    struct addrinfo *found = NULL;
    struct addrinfo hints = {
        .ai_family = family, .ai_socktype = type, .ai_flags = passive ? AI_PASSIVE : 0};
    int err = getaddrinfo(a->host[0] ? a->host : NULL, a->port, &hints, &found);

    if (err) {
        keyval_error(kv, error, "%s %s:%s: %s", key, a->host, a->port, gai_strerror(err));
        return false;
    }
    memcpy(&a->sa, found->ai_addr, found->ai_addrlen);
    a->len = found->ai_addrlen;
    freeaddrinfo(found);
    a->text = strchr(a->host, ':') ? g_strdup_printf("[%s]:%s", a->host, a->port)
                                   : g_strdup_printf("%s:%s", a->host, a->port);
    return true;
}

static bool set_host(struct net_addr *a, struct keyval *kv, const char *prefix, int type,
                     bool passive, GError **error)
{
    g_autofree char *key_host = g_strconcat(prefix, ".host", NULL);
    g_autofree char *key_port = g_strconcat(prefix, ".port", NULL);
    g_autofree char *key4 = g_strconcat(prefix, ".ipv4", NULL);
    g_autofree char *key6 = g_strconcat(prefix, ".ipv6", NULL);
    g_autofree char *key_alive = g_strconcat(prefix, ".keep-alive", NULL);
    g_autofree char *key_numeric = g_strconcat(prefix, ".numeric", NULL);
    const char *host = keyval_take_last(kv, key_host), *port = keyval_take_last(kv, key_port);
    bool has4 = keyval_has(kv, key4), has6 = keyval_has(kv, key6), unused = false;
    bool v4 = !has6, v6 = !has4;

    if (!keyval_take_bool(kv, key4, &v4, error) || !keyval_take_bool(kv, key6, &v6, error) ||
        !keyval_take_bool(kv, key_alive, &unused, error) ||
        !keyval_take_bool(kv, key_numeric, &unused, error)) {
        return false;
    }
    if (!port || !host) {
        keyval_error(kv, error, "%s= is missing", port ? key_host : key_port);
        return false;
    }
    a->host = g_strdup(host);
    a->port = g_strdup(port);
    return resolve(a, kv, prefix,
                   v4 == v6 ? AF_UNSPEC
                   : v4     ? AF_INET
                            : AF_INET6,
                   type, passive, error);
}

bool net_addr_fd(struct net_addr *a, struct keyval *kv, const char *key, const char *text, int type,
                 GError **error)
{
    int got = 0;
    socklen_t len = sizeof(got);
    char *end = NULL;
    uint64_t n = g_ascii_isdigit(text[0]) ? g_ascii_strtoull(text, &end, 10) : 0;
    int fd = (int)n;

    if (!end || *end || n > INT32_MAX) {
        keyval_error(kv, error, "%s=%s: expected the number of an open descriptor", key, text);
        return false;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &got, &len) < 0) {
        keyval_error(kv, error, "%s=%d is %s", key, fd,
                     errno == EBADF ? "not open" : "not a socket");
        return false;
    }
    if (got != type) {
        keyval_error(kv, error, "%s=%d is not a %s socket", key, fd,
                     type == SOCK_STREAM ? "stream" : "datagram");
        return false;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    a->given = true;
    a->fd = fd;
    a->text = g_strdup_printf("fd:%d", fd);
    return true;
}

bool net_addr_take(struct net_addr *a, struct keyval *kv, const char *prefix, int type,
                   bool passive, GError **error)
{
    g_autofree char *key = g_strconcat(prefix, ".type", NULL);
    const char *kind = keyval_take_last(kv, key);

    if (!kind) {
        return true;
    }
    a->given = true;
    if (strcmp(kind, "unix") == 0) {
        return set_path(a, kv, prefix, error);
    }
    if (strcmp(kind, "inet") == 0) {
        return set_host(a, kv, prefix, type, passive, error);
    }
    if (strcmp(kind, "fd") == 0) {
        g_autofree char *key_str = g_strconcat(prefix, ".str", NULL);
        const char *text = keyval_take_last(kv, key_str);

        if (!text) {
            keyval_error(kv, error, "%s= is missing", key_str);
            return false;
        }
        return net_addr_fd(a, kv, key_str, text, type, error);
    }
    keyval_error(kv, error, "%s=%s: expected unix, inet or fd", key, kind);
    return false;
}

bool net_addr_parse(struct net_addr *a, struct keyval *kv, const char *key, const char *text,
                    int type, bool passive, GError **error)
{
    const char *colon = strrchr(text, ':');
    gsize n = colon ? (gsize)(colon - text) : 0;

    if (!colon || !colon[1]) {
        keyval_error(kv, error, "%s=%s: expected HOST:PORT", key, text);
        return false;
    }
    if (n >= 2 && text[0] == '[' && colon[-1] == ']') {
        a->host = g_strndup(text + 1, n - 2);
    } else {
        a->host = g_strndup(text, n);
    }
    a->port = g_strdup(colon + 1);
    a->given = true;
    return resolve(a, kv, key, a->host[0] ? AF_UNSPEC : AF_INET, type, passive, error);
}

/* -- sockets -- */

static bool alive(const struct sockaddr_un *sun, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool yes = fd >= 0 && (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
                           errno == EAGAIN || errno == EACCES);

    if (fd >= 0) {
        close(fd);
    }
    return yes;
}

/* A path that nobody listens on any more is replaced; the new one is private. */
static bool bind_path(struct net_addr *a, int fd, int type, struct keyval *kv, GError **error)
{
    const struct sockaddr_un *sun = (const struct sockaddr_un *)&a->sa;
    const struct sockaddr *sa = (const struct sockaddr *)&a->sa;
    struct stat st;

    fchmod(fd, 0600);
    if (bind(fd, sa, a->len) < 0) {
        if (errno != EADDRINUSE || !sun->sun_path[0] || stat(sun->sun_path, &st) < 0) {
            keyval_error(kv, error, "cannot bind to %s: %s", a->text, g_strerror(errno));
            return false;
        }
        if (!S_ISSOCK(st.st_mode)) {
            keyval_error(kv, error, "%s exists and is not a socket", a->text);
            return false;
        }
        if (alive(sun, type)) {
            keyval_error(kv, error, "%s is in use by another process", a->text);
            return false;
        }
        if (unlink(sun->sun_path) < 0 || bind(fd, sa, a->len) < 0) {
            keyval_error(kv, error, "cannot replace the stale socket %s: %s", a->text,
                         g_strerror(errno));
            return false;
        }
    }
    if (sun->sun_path[0] && stat(sun->sun_path, &st) == 0) {
        a->path = g_strdup(sun->sun_path);
        a->path_dev = st.st_dev;
        a->path_ino = st.st_ino;
    }
    return true;
}

int net_addr_bind(struct net_addr *a, int type, struct keyval *kv, GError **error)
{
    int fd = socket(a->sa.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;

    if (fd < 0) {
        keyval_error(kv, error, "socket: %s", g_strerror(errno));
        return -1;
    }
    if (a->sa.ss_family == AF_UNIX) {
        if (!bind_path(a, fd, type, kv, error)) {
            close(fd);
            return -1;
        }
        return fd;
    }
    if (type == SOCK_STREAM || net_addr_multicast(a)) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    }
    if (bind(fd, (const struct sockaddr *)&a->sa, a->len) < 0) {
        int err = errno;

        keyval_error(kv, error, "%s: %s", a->text,
                     err == EADDRINUSE      ? "the port is in use; choose another one"
                     : err == EADDRNOTAVAIL ? "not an address of this host"
                     : err == EACCES        ? "the port needs privileges; choose one from 1024 up"
                                            : g_strerror(err));
        close(fd);
        return -1;
    }
    return fd;
}

int net_addr_connect(const struct net_addr *a, int *err)
{
    int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    *err = 0;
    if (fd < 0) {
        *err = errno;
        return -1;
    }
    if (connect(fd, (const struct sockaddr *)&a->sa, a->len) < 0) {
        *err = errno;
        if (*err != EINPROGRESS) {
            close(fd);
            return -1;
        }
    }
    return fd;
}

bool net_addr_multicast(const struct net_addr *a)
{
    const struct sockaddr_in *sin = (const struct sockaddr_in *)&a->sa;

    return a->given && sin->sin_family == AF_INET && IN_MULTICAST(ntohl(sin->sin_addr.s_addr));
}
