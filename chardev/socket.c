/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unix and TCP sockets, as server or client, telnet on request. A server has one peer at a time;
 * the next is accepted when it has left. A unix server's socket file is private (0600), replaces a
 * stale one, and is removed at the end. A client with reconnect=N tries again every N seconds.
 * Addresses are resolved once, at the start: the only thing besides wait=on that may block.
 */
#include "chardev/priv.h"
#include "core/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECT_MS 10000
#define MAX_RECONNECT_S 86400

struct socket {
    struct stream s;
    bool server, unix_path, nodelay;
    uint64_t reconnect; /* seconds, 0: never */
    int listen_fd, connect_fd;
    unsigned accept_tag, connect_tag, timer;
    char *path; /* of our socket file, NULL: none to remove */
    dev_t path_dev;
    ino_t path_ino;
    struct sockaddr_storage addr;
    socklen_t addr_len;
};

struct options {
    const char *path, *host, *port;
    bool server, wait, telnet, nodelay, ipv4, ipv6;
    uint64_t fd, reconnect;
    bool has_fd;
};

static void listen_on(struct socket *k);
static void connect_later(struct socket *k);

/* -- a peer -- */

static void set_nodelay(const struct socket *k, int fd)
{
    int one = 1;

    if (k->nodelay) { /* a unix socket refuses, which does not matter */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    }
}

static void peer_came(struct socket *k, int fd)
{
    set_nodelay(k, fd);
    stream_open(&k->s, fd, fd, true);
    if (k->s.telnet) {
        filter_telnet_start(&k->s);
    }
}

static void socket_hangup(struct stream *s)
{
    struct socket *k = (struct socket *)s;

    if (k->listen_fd >= 0) {
        listen_on(k);
    } else if (k->reconnect) {
        connect_later(k);
    }
}

/* -- server -- */

static gboolean acceptable(int fd, GIOCondition cond, void *opaque)
{
    struct socket *k = opaque;
    int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)cond;
    if (peer < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            report_limited("chardev %s: accept: %s", line_name(k->s.base.line), g_strerror(errno));
        }
        return G_SOURCE_CONTINUE;
    }
    if (k->s.base.private && !stream_trusts(peer)) {
        report_limited("chardev %s: a connection of another user is refused",
                       line_name(k->s.base.line));
        close(peer);
        return G_SOURCE_CONTINUE;
    }
    k->accept_tag = 0;
    peer_came(k, peer);
    return G_SOURCE_REMOVE;
}

static void listen_on(struct socket *k)
{
    if (!k->accept_tag) {
        k->accept_tag = loop_watch(k->listen_fd, G_IO_IN, acceptable, k);
    }
}

/* True when a server answers there. */
static bool alive(const struct sockaddr_un *sun)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool yes = fd >= 0 && (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
                           errno == EAGAIN || errno == EACCES);

    if (fd >= 0) {
        close(fd);
    }
    return yes;
}

static bool bind_unix(struct socket *k, int fd, struct keyval *kv, GError **error)
{
    const struct sockaddr_un *sun = (const struct sockaddr_un *)&k->addr;
    struct stat st;

    fchmod(fd, 0600); /* what bind() makes inherits it: there is no moment with more */
    if (bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) < 0) {
        if (errno != EADDRINUSE || stat(sun->sun_path, &st) < 0) {
            keyval_error(kv, error, "cannot bind to \"%s\": %s", sun->sun_path, g_strerror(errno));
            return false;
        }
        if (!S_ISSOCK(st.st_mode)) {
            keyval_error(kv, error, "\"%s\" exists and is not a socket", sun->sun_path);
            return false;
        }
        if (alive(sun)) {
            keyval_error(kv, error, "\"%s\" is in use by another process", sun->sun_path);
            return false;
        }
        if (unlink(sun->sun_path) < 0 || bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) < 0) {
            keyval_error(kv, error, "cannot replace the stale socket \"%s\": %s", sun->sun_path,
                         g_strerror(errno));
            return false;
        }
    }
    if (stat(sun->sun_path, &st) == 0) {
        k->path = g_strdup(sun->sun_path);
        k->path_dev = st.st_dev;
        k->path_ino = st.st_ino;
    }
    return true;
}

static void remove_path(struct socket *k)
{
    struct stat st;

    if (k->path && stat(k->path, &st) == 0 && st.st_dev == k->path_dev &&
        st.st_ino == k->path_ino) {
        unlink(k->path);
    }
    g_clear_pointer(&k->path, g_free);
}

static bool start_server(struct socket *k, struct keyval *kv, GError **error)
{
    int fd = socket(k->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;

    if (fd < 0) {
        keyval_error(kv, error, "socket: %s", g_strerror(errno));
        return false;
    }
    if (k->unix_path) {
        if (!bind_unix(k, fd, kv, error)) {
            close(fd);
            return false;
        }
    } else {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        if (bind(fd, (struct sockaddr *)&k->addr, k->addr_len) < 0) {
            keyval_error(kv, error, "cannot listen on %s: %s", line_label(k->s.base.line),
                         g_strerror(errno));
            close(fd);
            return false;
        }
    }
    if (listen(fd, 1) < 0) {
        keyval_error(kv, error, "listen: %s", g_strerror(errno));
        remove_path(k);
        close(fd);
        return false;
    }
    k->listen_fd = fd;
    return true;
}

/* wait=on: the machine is not started before a peer is there. */
static bool wait_for_peer(struct socket *k, struct keyval *kv, GError **error)
{
    struct pollfd p = {.fd = k->listen_fd, .events = POLLIN};

    report("chardev %s: waiting for a connection to %s", line_name(k->s.base.line),
           line_label(k->s.base.line));
    while (!k->s.open) {
        if (poll(&p, 1, -1) < 0) {
            keyval_error(kv, error, "waiting for a connection: %s", g_strerror(errno));
            return false;
        }
        acceptable(k->listen_fd, G_IO_IN, k);
    }
    return true;
}

/* -- client -- */

static void connect_done(struct socket *k, int err)
{
    int fd = k->connect_fd;

    k->connect_fd = -1;
    if (err == 0) {
        peer_came(k, fd);
        return;
    }
    close(fd);
    connect_later(k);
}

static gboolean connectable(int fd, GIOCondition cond, void *opaque)
{
    struct socket *k = opaque;
    int err = 0;
    socklen_t len = sizeof(err);

    (void)cond;
    k->connect_tag = 0;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0) {
        err = errno;
    }
    connect_done(k, err);
    return G_SOURCE_REMOVE;
}

/* Start to connect: 0 when done, EINPROGRESS, or another errno with nothing left open. */
static int connect_start(struct socket *k)
{
    int fd = socket(k->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int err;

    if (fd < 0) {
        return errno;
    }
    k->connect_fd = fd;
    if (connect(fd, (struct sockaddr *)&k->addr, k->addr_len) == 0) {
        return 0;
    }
    err = errno;
    if (err != EINPROGRESS) {
        close(fd);
        k->connect_fd = -1;
    }
    return err;
}

static gboolean reconnect_due(void *opaque)
{
    struct socket *k = opaque;
    int err;

    k->timer = 0;
    err = connect_start(k);
    if (err == 0) {
        connect_done(k, 0);
    } else if (err == EINPROGRESS) {
        k->connect_tag = loop_watch(k->connect_fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, connectable, k);
    } else {
        connect_later(k);
    }
    return G_SOURCE_REMOVE;
}

static void connect_later(struct socket *k)
{
    if (k->reconnect && !k->timer) {
        k->timer = g_timeout_add_seconds((guint)k->reconnect, reconnect_due, k);
    }
}

/* At the start, without reconnect: there must be somebody. */
static bool connect_now(struct socket *k, struct keyval *kv, GError **error)
{
    int err = connect_start(k);
    socklen_t len = sizeof(err);

    if (err == EINPROGRESS) {
        struct pollfd p = {.fd = k->connect_fd, .events = POLLOUT};

        if (poll(&p, 1, CONNECT_MS) != 1) {
            err = ETIMEDOUT;
        } else if (getsockopt(k->connect_fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0) {
            err = errno;
        }
    }
    if (err) {
        keyval_error(kv, error, "cannot connect to %s: %s", line_label(k->s.base.line),
                     g_strerror(err));
        return false;
    }
    connect_done(k, 0);
    return true;
}

/* -- life -- */

static void socket_closing(struct stream *s)
{
    struct socket *k = (struct socket *)s;

    loop_unwatch(&k->accept_tag);
    loop_unwatch(&k->connect_tag);
    if (k->timer) {
        g_source_remove(k->timer);
    }
    if (k->connect_fd >= 0) {
        close(k->connect_fd);
    }
    if (k->listen_fd >= 0) {
        remove_path(k);
        close(k->listen_fd);
    }
    g_clear_pointer(&k->path, g_free);
}

static const struct stream_ops socket_ops = {.hangup = socket_hangup, .closing = socket_closing};

static bool take_options(struct keyval *kv, struct options *o, GError **error)
{
    bool delay = true;

    *o = (struct options){.wait = true, .ipv4 = true, .ipv6 = true};
    o->path = keyval_take_last(kv, "path");
    o->host = keyval_take_last(kv, "host");
    o->port = keyval_take_last(kv, "port");
    o->has_fd = keyval_has(kv, "fd");
    if (!keyval_take_uint(kv, "fd", 0, INT32_MAX, &o->fd, error) ||
        !keyval_take_bool(kv, "server", &o->server, error) ||
        !keyval_take_bool(kv, "wait", &o->wait, error) ||
        !keyval_take_bool(kv, "telnet", &o->telnet, error) ||
        !keyval_take_bool(kv, "nodelay", &o->nodelay, error) ||
        !keyval_take_bool(kv, "delay", &delay, error) ||
        !keyval_take_bool(kv, "ipv4", &o->ipv4, error) ||
        !keyval_take_bool(kv, "ipv6", &o->ipv6, error) ||
        !keyval_take_uint(kv, "reconnect", 0, MAX_RECONNECT_S, &o->reconnect, error)) {
        return false;
    }
    o->nodelay |= !delay;
    if (!!o->path + (o->host || o->port) + o->has_fd != 1) {
        keyval_error(kv, error, "socket needs one of path=FILE, host=HOST,port=PORT and fd=N");
        return false;
    }
    if ((o->host || o->port) && (!o->port || !*o->port)) {
        keyval_error(kv, error, "socket needs port=PORT beside host=");
        return false;
    }
    if (o->server && o->reconnect) {
        keyval_error(kv, error, "reconnect= is for clients, not with server=on");
        return false;
    }
    return true;
}

static bool resolve_path(struct socket *k, const struct options *o, struct keyval *kv,
                         GError **error)
{
    struct sockaddr_un *sun = (struct sockaddr_un *)&k->addr;
    size_t len = strlen(o->path);

    if (len == 0 || len >= sizeof(sun->sun_path)) {
        keyval_error(kv, error, "path=%s: a socket's path has 1 to %zu bytes", o->path,
                     sizeof(sun->sun_path) - 1);
        return false;
    }
    k->unix_path = true;
    sun->sun_family = AF_UNIX;
    memcpy(sun->sun_path, o->path, len + 1);
    k->addr_len = sizeof(*sun);
    return true;
}

static bool resolve_host(struct socket *k, const struct options *o, struct keyval *kv,
                         GError **error)
{
    struct addrinfo *found = NULL;
    struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM,
        .ai_family = !o->ipv6   ? AF_INET
                     : !o->ipv4 ? AF_INET6
                                : AF_UNSPEC,
        .ai_flags = o->server ? AI_PASSIVE : 0,
    };
    const char *host = o->host && *o->host ? o->host : NULL;
    int err = getaddrinfo(host, o->port, &hints, &found);

    if (err) {
        keyval_error(kv, error, "host=%s,port=%s: %s", host ? host : "", o->port,
                     gai_strerror(err));
        return false;
    }
    memcpy(&k->addr, found->ai_addr, found->ai_addrlen);
    k->addr_len = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

/* fd=N: a socket from whoever started us; listening with server=on. */
static bool use_fd(struct socket *k, const struct options *o, struct keyval *kv, GError **error)
{
    int fd = (int)o->fd, listening = 0;
    socklen_t len = sizeof(listening);
    struct stat st;

    if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode)) {
        keyval_error(kv, error, "fd=%d is not a socket", fd);
        return false;
    }
    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len);
    if (!listening == o->server) {
        keyval_error(kv, error, "fd=%d is %s socket, which %s server=on", fd,
                     listening ? "a listening" : "a connected", listening ? "needs" : "excludes");
        return false;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (o->server) {
        k->listen_fd = fd;
    } else {
        peer_came(k, fd);
    }
    return true;
}

static void label(const struct socket *k, const struct options *o)
{
    g_autofree char *text = NULL;
    const char *end = o->server ? ",server=on" : "";

    if (o->has_fd) {
        text = g_strdup_printf("fd:%d%s", (int)o->fd, end);
    } else if (o->path) {
        text = g_strdup_printf("unix:%s%s", o->path, end);
    } else {
        text = g_strdup_printf("%s:%s:%s%s", o->telnet ? "telnet" : "tcp", o->host ? o->host : "",
                               o->port, end);
    }
    line_set_label(k->s.base.line, text);
}

static bool start(struct socket *k, const struct options *o, struct keyval *kv, GError **error)
{
    if (o->has_fd) {
        if (!use_fd(k, o, kv, error)) {
            return false;
        }
    } else {
        if (!(o->path ? resolve_path : resolve_host)(k, o, kv, error)) {
            return false;
        }
        if (o->server && !start_server(k, kv, error)) {
            return false;
        }
    }
    if (o->server) {
        if (o->wait) {
            return wait_for_peer(k, kv, error);
        }
        listen_on(k);
        return true;
    }
    if (!o->has_fd && o->reconnect) {
        reconnect_due(k);
        return true;
    }
    return o->has_fd || connect_now(k, kv, error);
}

bool chardev_socket(const struct chardev_args *a, GError **error)
{
    struct options o;
    struct socket *k;

    if (!take_options(a->kv, &o, error)) {
        return false;
    }
    k = g_new0(struct socket, 1);
    k->listen_fd = -1;
    k->connect_fd = -1;
    k->server = o.server;
    k->nodelay = o.nodelay;
    k->reconnect = o.reconnect;
    stream_init(&k->s, a, &socket_ops);
    k->s.base.log_fd = a->log_fd;
    k->s.telnet = o.telnet;
    label(k, &o);
    if (start(k, &o, a->kv, error)) {
        return true;
    }
    k->s.base.log_fd = -1; /* stays the caller's on failure */
    return false;          /* who frees the line, and us with it */
}
