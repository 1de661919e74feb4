/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets that vmx-dm-vnc listens on: see listen.h. */
#include "ui/vnc/listen.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 8

static bool fail(GError **error, const char *what, const char *why)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot listen on %s: %s", what, why);
    return false;
}

static void add(struct listeners *l, int fd, bool websocket, struct view_peer peer)
{
    peer.event = PEER_LISTENS;
    peer.websocket = websocket;
    l->all[l->count++] = (struct listener){fd, websocket, peer};
}

bool listen_unix(struct listeners *l, const char *path, bool websocket, GError **error)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct view_peer peer = {.family = PEER_UNIX};
    struct stat st;
    mode_t old;
    int fd, err;

    if (strlen(path) >= sizeof(a.sun_path)) {
        return fail(error, path, "the path of a socket has 107 characters at most");
    }
    g_strlcpy(a.sun_path, path, sizeof(a.sun_path));
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        unlink(path); /* of one that has ended */
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    old = umask(0177);
    err = fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, BACKLOG) < 0
              ? errno
              : 0;
    umask(old);
    if (err) {
        if (fd >= 0) {
            close(fd);
        }
        return fail(error, path, g_strerror(err));
    }
    g_strlcpy(peer.service, path, sizeof(peer.service));
    add(l, fd, websocket, peer);
    return true;
}

static int listen_at(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1, err;

    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (a->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    }
    if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
        err = errno;
        close(fd);
        errno = err;
        return -1;
    }
    return fd;
}

static void undo(struct listeners *l, unsigned count)
{
    while (l->count > count) {
        close(l->all[--l->count].fd);
    }
}

/* At all addresses of the name. 0, or why at one of them not. */
static int listen_all(struct listeners *l, const struct addrinfo *found, bool websocket)
{
    unsigned before = l->count;
    int err = 0;

    for (const struct addrinfo *a = found; a && l->count < LISTENERS_MAX; a = a->ai_next) {
        struct view_peer peer = {.family = a->ai_family == AF_INET6 ? PEER_IPV6 : PEER_IPV4};
        int fd = listen_at(a);

        if (fd >= 0) {
            getnameinfo(a->ai_addr, a->ai_addrlen, peer.host, sizeof(peer.host), peer.service,
                        sizeof(peer.service), NI_NUMERICHOST | NI_NUMERICSERV);
            add(l, fd, websocket, peer);
        } else if (errno == EADDRINUSE) {
            undo(l, before);
            return EADDRINUSE;
        } else {
            err = errno; /* a family that the host has not */
        }
    }
    return l->count > before ? 0 : err ? err : EADDRNOTAVAIL;
}

bool listen_inet(struct listeners *l, const char *host, unsigned port, unsigned to, bool websocket,
                 GError **error)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    g_autofree char *what = g_strdup_printf(strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
    int err = EADDRINUSE;

    for (; port <= to && err == EADDRINUSE; port++) {
        g_autofree char *service = g_strdup_printf("%u", port);
        struct addrinfo *found;
        int bad = getaddrinfo(host, service, &hints, &found);

        if (bad) {
            return fail(error, what, gai_strerror(bad));
        }
        err = listen_all(l, found, websocket);
        freeaddrinfo(found);
    }
    return err == 0 || fail(error, what, g_strerror(err));
}
