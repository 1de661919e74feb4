/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev stream: frames over a connection to one peer, as QEMU and passt speak. Loop thread, nothing
 * blocks but a first connect without reconnect=, which must succeed for the machine to start.
 *
 * Bounds: 64 KiB each way (frames.h) beside the link's own queues. A guest without room stops the
 * reading, which holds the peer back; a peer that takes nothing for STALL_MS loses frames until it
 * reads again, as on a wire, so that the guest's card never hangs. A server has one peer at a time.
 * The carrier is up while a peer is connected.
 */
#include "core/loop.h"
#include "core/report.h"
#include "net/frames.h"
#include "net/net_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define STALL_MS 2000u
#define CONNECT_MS 10000
#define GONE_MS 60000 /* without an acknowledgement */
#define ROUNDS 4      /* of a buffer each, before others have their turn */

struct stream {
    struct link *link;
    const char *type;
    struct net_addr addr;
    bool server, events, blocked, stalled;
    uint64_t reconnect_ms;
    int listen_fd, connect_fd, fd; /* -1: none */
    unsigned accept_tag, connect_tag, in_tag, out_tag, stall_tag, timer;
    struct loop_kick more;
    struct frames_in in;
    struct frames_out out;
};

static void listen_on(struct stream *s);
static void connect_later(struct stream *s);
static void input(struct stream *s);

/* -- a peer -- */

static void tell(const struct stream *s, bool connected)
{
    GVariantBuilder b, addr;

    if (!s->events) {
        return;
    }
    g_variant_builder_init(&b, G_VARIANT_TYPE("a{sv}"));
    g_variant_builder_add(&b, "{sv}", "netdev-id", g_variant_new_string(link_name(s->link)));
    if (connected) {
        g_variant_builder_init(&addr, G_VARIANT_TYPE("a{sv}"));
        if (s->addr.host) {
            g_variant_builder_add(&addr, "{sv}", "host", g_variant_new_string(s->addr.host));
            g_variant_builder_add(&addr, "{sv}", "port", g_variant_new_string(s->addr.port));
            g_variant_builder_add(&addr, "{sv}", "type", g_variant_new_string("inet"));
        } else {
            bool path = g_str_has_prefix(s->addr.text, "unix:");

            g_variant_builder_add(&addr, "{sv}", path ? "path" : "str",
                                  g_variant_new_string(strchr(s->addr.text, ':') + 1));
            g_variant_builder_add(&addr, "{sv}", "type",
                                  g_variant_new_string(path ? "unix" : "fd"));
        }
        g_variant_builder_add(&b, "{sv}", "addr", g_variant_builder_end(&addr));
    }
    event_raise(connected ? "NETDEV_STREAM_CONNECTED" : "NETDEV_STREAM_DISCONNECTED",
                g_variant_builder_end(&b));
}

static void shut(struct stream *s)
{
    loop_unwatch(&s->in_tag);
    loop_unwatch(&s->out_tag);
    loop_unwatch(&s->stall_tag);
    s->blocked = false;
    s->stalled = false;
    if (s->fd >= 0) {
        close(s->fd);
        s->fd = -1;
        tell(s, false);
    }
}

static void hang_up(struct stream *s)
{
    if (s->fd < 0) {
        return;
    }
    shut(s);
    link_set_carrier(s->link, false);
    net_drain(s->link);
    if (s->listen_fd >= 0) {
        listen_on(s);
    } else if (s->reconnect_ms) {
        connect_later(s);
    } else {
        report("network %s: the connection to %s has ended; without reconnect= that was all",
               link_name(s->link), s->addr.text);
    }
}

/* -- from the peer -- */

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    struct stream *s = opaque;

    (void)fd;
    (void)cond;
    input(s);
    return s->in_tag != 0;
}

/* Hand on whole frames. False: no more now, the guest has no room or the peer is gone. */
static bool pass(struct stream *s)
{
    const uint8_t *frame;
    uint32_t len = 0;

    for (;;) {
        if (!net_can_deliver(s->link)) {
            s->blocked = true;
            loop_unwatch(&s->in_tag);
            link_want_room(s->link);
            return false;
        }
        switch (frames_next(&s->in, &frame, &len)) {
        case FRAMES_NONE:
            return true;
        case FRAMES_ONE:
            net_deliver(s->link, frame, len);
            break;
        case FRAMES_BAD:
            report_limited("network %s: %s announces a frame of %u bytes, which is no Ethernet; "
                           "the connection is closed",
                           link_name(s->link), s->addr.text, len);
            hang_up(s);
            return false;
        }
    }
}

static void input(struct stream *s)
{
    for (int round = 0; round < ROUNDS && pass(s); round++) {
        uint32_t room;
        uint8_t *to = frames_room(&s->in, &room);
        ssize_t n = recv(s->fd, to, room, MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n <= 0) {
            hang_up(s);
            return;
        }
        frames_added(&s->in, (uint32_t)n);
        if ((uint32_t)n < room) { /* that was all there is */
            pass(s);
            return;
        }
    }
}

static void guest_ready(void *opaque)
{
    struct stream *s = opaque;

    if (!s->blocked) {
        return;
    }
    s->blocked = false;
    if (s->fd >= 0 && pass(s) && !s->in_tag) {
        s->in_tag = loop_watch(s->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, s);
    }
}

/* -- to the peer -- */

static void output(void *opaque);

static gboolean stall(void *opaque)
{
    struct stream *s = opaque;

    s->stall_tag = 0;
    s->stalled = true;
    report_limited("network %s: %s takes nothing; frames are dropped until it does",
                   link_name(s->link), s->addr.text);
    net_drain(s->link);
    return G_SOURCE_REMOVE;
}

static gboolean writable(int fd, GIOCondition cond, void *opaque)
{
    struct stream *s = opaque;

    (void)fd;
    (void)cond;
    s->out_tag = 0;
    output(s);
    return G_SOURCE_REMOVE;
}

/* Write what is in the buffer; false when the rest must wait or the peer is gone. */
static bool push(struct stream *s)
{
    while (s->out.pos < s->out.len) {
        ssize_t n = send(s->fd, s->out.buf + s->out.pos, s->out.len - s->out.pos,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            if (!s->out_tag) {
                s->out_tag = loop_watch(s->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, writable, s);
            }
            if (!s->stall_tag && !s->stalled) {
                s->stall_tag = g_timeout_add(STALL_MS, stall, s);
            }
            return false;
        }
        if (n <= 0) {
            hang_up(s);
            return false;
        }
        s->out.pos += (uint32_t)n;
        s->stalled = false;
        loop_unwatch(&s->stall_tag);
    }
    s->out.pos = 0;
    s->out.len = 0;
    return true;
}

static void output(void *opaque)
{
    struct stream *s = opaque;

    for (int round = 0; round < ROUNDS; round++) {
        if (s->fd < 0 || (s->stalled && s->out_tag)) {
            net_drain(s->link);
            return;
        }
        if (s->out_tag || !push(s)) {
            return;
        }
        net_fill(&s->out, s->link);
        if (s->out.len == 0) {
            return;
        }
    }
    loop_kick(&s->more);
}

/* A peer whose host has vanished must not keep the place for ever. A unix socket refuses all of it. */
static void set_tcp(int fd)
{
    const struct {
        int name, value;
    } options[] = {
        {TCP_NODELAY, 1}, {TCP_KEEPIDLE, 60},          {TCP_KEEPINTVL, 15},
        {TCP_KEEPCNT, 4}, {TCP_USER_TIMEOUT, GONE_MS},
    };
    int one = 1;

    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    for (unsigned i = 0; i < G_N_ELEMENTS(options); i++) {
        setsockopt(fd, IPPROTO_TCP, options[i].name, &options[i].value, sizeof(int));
    }
}

static void peer_came(struct stream *s, int fd)
{
    set_tcp(fd);
    s->fd = fd;
    frames_reset(&s->in);
    s->out.pos = 0;
    s->out.len = 0;
    net_drain(s->link);
    s->in_tag = loop_watch(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, s);
    link_set_carrier(s->link, true);
    tell(s, true);
}

/* -- server -- */

static gboolean acceptable(int fd, GIOCondition cond, void *opaque)
{
    struct stream *s = opaque;
    int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)cond;
    if (peer < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            report_limited("network %s: accept: %s", link_name(s->link), g_strerror(errno));
        }
        return G_SOURCE_CONTINUE;
    }
    s->accept_tag = 0;
    peer_came(s, peer);
    return G_SOURCE_REMOVE;
}

static void listen_on(struct stream *s)
{
    if (!s->accept_tag) {
        s->accept_tag = loop_watch(s->listen_fd, G_IO_IN, acceptable, s);
    }
}

/* -- client -- */

static gboolean connectable(int fd, GIOCondition cond, void *opaque)
{
    struct stream *s = opaque;
    int err = 0;
    socklen_t len = sizeof(err);

    (void)cond;
    s->connect_tag = 0;
    s->connect_fd = -1;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0 || err) {
        close(fd);
        connect_later(s);
    } else {
        peer_came(s, fd);
    }
    return G_SOURCE_REMOVE;
}

static gboolean connect_due(void *opaque)
{
    struct stream *s = opaque;
    int err, fd;

    s->timer = 0;
    fd = net_addr_connect(&s->addr, &err);
    if (err == 0) {
        peer_came(s, fd);
    } else if (err == EINPROGRESS) {
        s->connect_fd = fd;
        s->connect_tag = loop_watch(fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, connectable, s);
    } else {
        connect_later(s);
    }
    return G_SOURCE_REMOVE;
}

static void connect_later(struct stream *s)
{
    if (!s->timer) {
        s->timer = g_timeout_add((guint)s->reconnect_ms, connect_due, s);
    }
}

/* At the start, without reconnect: there must be somebody. */
static bool connect_now(struct stream *s, struct keyval *kv, GError **error)
{
    int err, fd = net_addr_connect(&s->addr, &err);
    socklen_t len = sizeof(err);

    if (err == EINPROGRESS) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};

        if (poll(&p, 1, CONNECT_MS) != 1) {
            err = ETIMEDOUT;
        } else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0) {
            err = errno;
        }
        if (err) {
            close(fd);
        }
    }
    if (err) {
        keyval_error(kv, error, "cannot connect to %s: %s (reconnect=SECONDS keeps trying)",
                     s->addr.text, g_strerror(err));
        return false;
    }
    peer_came(s, fd);
    return true;
}

/* -- life -- */

static char *describe(void *opaque)
{
    const struct stream *s = opaque;

    return g_strdup_printf("%s,%s %s", s->type,
                           s->fd >= 0          ? "connected to"
                           : s->listen_fd >= 0 ? "listening on"
                           : s->reconnect_ms   ? "connecting to"
                                               : "disconnected from",
                           s->addr.text);
}

static void close_stream(void *opaque)
{
    struct stream *s = opaque;

    s->events = false;
    if (s->fd >= 0) {
        output(s); /* what the guest said last, as far as it goes at once */
    }
    s->reconnect_ms = 0;
    shut(s);
    loop_kick_cancel(&s->more);
    loop_unwatch(&s->accept_tag);
    loop_unwatch(&s->connect_tag);
    loop_unwatch(&s->timer);
    if (s->connect_fd >= 0) {
        close(s->connect_fd);
    }
    if (s->listen_fd >= 0) {
        close(s->listen_fd);
    }
    net_addr_clear(&s->addr);
    g_free(s);
}

static const struct link_host_ops host_ops = {
    .pending = output,
    .guest_ready = guest_ready,
    .describe = describe,
    .close = close_stream,
};

static bool start_server(struct stream *s, struct keyval *kv, GError **error)
{
    s->listen_fd = s->addr.fd >= 0 ? s->addr.fd : net_addr_bind(&s->addr, SOCK_STREAM, kv, error);
    s->addr.fd = -1;
    if (s->listen_fd < 0) {
        return false;
    }
    if (listen(s->listen_fd, 1) < 0) {
        keyval_error(kv, error, "%s: %s", s->addr.text, g_strerror(errno));
        return false;
    }
    listen_on(s);
    return true;
}

static bool start(struct stream *s, struct keyval *kv, GError **error)
{
    int listening = 0;
    socklen_t len = sizeof(listening);

    if (s->addr.fd >= 0) {
        getsockopt(s->addr.fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len);
        if (!listening == s->server) {
            keyval_error(kv, error, "%s is %s socket, which %s server=on", s->addr.text,
                         listening ? "a listening" : "a connected",
                         listening ? "needs" : "excludes");
            return false;
        }
        if (!s->server) {
            peer_came(s, s->addr.fd);
            s->addr.fd = -1;
            return true;
        }
    }
    if (s->server) {
        return start_server(s, kv, error);
    }
    if (s->reconnect_ms) {
        connect_due(s);
        return true;
    }
    return connect_now(s, kv, error);
}

bool net_stream_start(struct link *l, struct net_stream_setup *setup, struct keyval *kv,
                      GError **error)
{
    struct stream *s = g_new0(struct stream, 1);

    s->link = l;
    s->type = setup->type;
    s->addr = setup->addr;
    s->server = setup->server;
    s->events = setup->events;
    s->reconnect_ms = setup->reconnect_ms;
    s->listen_fd = -1;
    s->connect_fd = -1;
    s->fd = -1;
    loop_kick_init(&s->more, output, s);
    link_set_carrier(l, false);
    if (!keyval_finish(kv, error) || !start(s, kv, error)) {
        close_stream(s);
        return false;
    }
    link_host_attach(l, &host_ops, s);
    return true;
}

bool net_stream_attach(struct link *l, struct keyval *kv, GError **error)
{
    struct net_stream_setup setup = {.type = "stream", .events = true};
    uint64_t seconds = 0;

    net_addr_init(&setup.addr);
    if (!keyval_take_bool(kv, "server", &setup.server, error) ||
        !keyval_take_uint(kv, "reconnect", 0, 86400, &seconds, error) ||
        !keyval_take_uint(kv, "reconnect-ms", 0, 86400000, &setup.reconnect_ms, error) ||
        !net_addr_take(&setup.addr, kv, "addr", SOCK_STREAM, setup.server, error)) {
        net_addr_clear(&setup.addr);
        return false;
    }
    if (seconds) {
        setup.reconnect_ms = seconds * 1000;
    }
    if (!setup.addr.given) {
        if (keyval_finish(kv, error)) { /* a word nearly right explains it better */
            keyval_error(kv, error, "addr.type= is missing: unix, inet or fd");
        }
        return false;
    }
    if (setup.reconnect_ms && (setup.server || setup.addr.fd >= 0)) {
        keyval_error(kv, error, "reconnect= goes with a client that has an address");
        net_addr_clear(&setup.addr);
        return false;
    }
    return net_stream_start(l, &setup, kv, error);
}
