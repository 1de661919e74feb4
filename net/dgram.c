/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev dgram: one frame a datagram, to one peer or to a multicast group, as QEMU does. Loop
 * thread. There is no connection, so the carrier is always up; what nobody takes is lost.
 *
 * Bounds: BATCH datagrams a turn each way. Without room in the guest nothing is read, and the kernel
 * drops. A unix peer's queue is short: a frame waits for it up to RETRIES ms, then is lost. In a
 * multicast group frames leave by a socket of their own, by whose address our own are told apart when
 * they come back: a guest that hears itself takes its own name for taken.
 */
#include "core/loop.h"
#include "core/report.h"
#include "net/net_priv.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define BATCH 64
#define RETRIES 20u

struct dgram {
    struct link *link;
    const char *type;
    struct net_addr local, remote;
    int fd, send_fd; /* send_fd: that of a group, else -1 */
    struct sockaddr_in self;
    bool blocked, connected;
    unsigned in_tag, retry_tag, retries;
    struct loop_kick more;
};

static void input(struct dgram *d);

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    struct dgram *d = opaque;

    (void)fd;
    (void)cond;
    input(d);
    return d->in_tag != 0;
}

static bool from_self(const struct dgram *d, const struct sockaddr_storage *from)
{
    const struct sockaddr_in *sin = (const struct sockaddr_in *)from;

    return d->send_fd >= 0 && sin->sin_family == AF_INET && sin->sin_port == d->self.sin_port &&
           sin->sin_addr.s_addr == d->self.sin_addr.s_addr;
}

static void input(struct dgram *d)
{
    for (int i = 0; i < BATCH; i++) {
        uint8_t frame[LINK_FRAME_MAX];
        struct sockaddr_storage from = {0};
        socklen_t from_len = sizeof(from);
        ssize_t n;

        if (!net_can_deliver(d->link)) {
            d->blocked = true;
            loop_unwatch(&d->in_tag);
            link_want_room(d->link);
            return;
        }
        n = recvfrom(d->fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_TRUNC,
                     (struct sockaddr *)&from, &from_len);
        if (n < 0) {
            if (errno == ECONNREFUSED || errno == EINTR) { /* the peer is away: a later send's */
                continue;
            }
            if (errno != EAGAIN) {
                report_limited("network %s: %s: %s", link_name(d->link), d->type,
                               g_strerror(errno));
                loop_unwatch(&d->in_tag);
            }
            return;
        }
        if (n > 0 && n <= (ssize_t)sizeof(frame) && !from_self(d, &from)) {
            net_deliver(d->link, frame, (uint32_t)n);
        } else if (n == 0 && d->local.fd >= 0) { /* a socketpair whose other end is gone */
            loop_unwatch(&d->in_tag);
            return;
        }
    }
}

static void watch(struct dgram *d)
{
    if (!d->in_tag && !d->blocked) {
        d->in_tag = loop_watch(d->fd, G_IO_IN | G_IO_ERR, readable, d);
    }
}

static void guest_ready(void *opaque)
{
    struct dgram *d = opaque;

    if (d->blocked) {
        d->blocked = false;
        watch(d);
    }
}

static ssize_t transmit(const struct dgram *d, const uint8_t *frame, uint32_t len)
{
    int fd = d->send_fd >= 0 ? d->send_fd : d->fd;

    if (d->connected) {
        return send(fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return sendto(fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL,
                  (const struct sockaddr *)&d->remote.sa, d->remote.len);
}

static void output(void *opaque);

static gboolean retry(void *opaque)
{
    struct dgram *d = opaque;

    d->retry_tag = 0;
    output(d);
    return G_SOURCE_REMOVE;
}

static void output(void *opaque)
{
    struct dgram *d = opaque;
    const uint8_t *frame;
    uint32_t len;

    if (d->retry_tag) {
        return;
    }
    for (int i = 0; i < BATCH; i++) {
        frame = link_take(d->link, &len);
        if (!frame) {
            return;
        }
        if (transmit(d, frame, len) < 0 && errno == EAGAIN && d->retries < RETRIES) {
            d->retries++;
            d->retry_tag = g_timeout_add(1, retry, d);
            return;
        }
        d->retries = 0; /* sent, or lost: nobody is there, the network is down */
        link_take_done(d->link);
    }
    loop_kick(&d->more);
}

static char *describe(void *opaque)
{
    const struct dgram *d = opaque;

    return g_strdup_printf("%s%s%s%s%s", d->type, d->local.given ? ",local " : "",
                           d->local.given ? d->local.text : "", d->remote.given ? ",remote " : "",
                           d->remote.given ? d->remote.text : "");
}

static void close_dgram(void *opaque)
{
    struct dgram *d = opaque;

    loop_kick_cancel(&d->more);
    loop_unwatch(&d->in_tag);
    loop_unwatch(&d->retry_tag);
    if (d->fd >= 0) {
        close(d->fd);
    }
    if (d->send_fd >= 0) {
        close(d->send_fd);
    }
    d->local.fd = -1; /* was d->fd */
    net_addr_clear(&d->local);
    net_addr_clear(&d->remote);
    g_free(d);
}

static const struct link_host_ops host_ops = {
    .pending = output,
    .guest_ready = guest_ready,
    .describe = describe,
    .close = close_dgram,
};

/* Join the group; local, if given, says on which interface. */
static bool open_group(struct dgram *d, struct keyval *kv, GError **error)
{
    const struct sockaddr_in *group = (const struct sockaddr_in *)&d->remote.sa;
    const struct sockaddr_in *at = (const struct sockaddr_in *)&d->local.sa;
    struct ip_mreq join = {.imr_multiaddr = group->sin_addr};
    socklen_t len = sizeof(d->self);
    int one = 1;

    if (d->local.given) {
        join.imr_interface = at->sin_addr;
    }
    d->fd = net_addr_bind(&d->remote, SOCK_DGRAM, kv, error);
    if (d->fd < 0) {
        return false;
    }
    d->send_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (setsockopt(d->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof(join)) < 0 ||
        setsockopt(d->send_fd, IPPROTO_IP, IP_MULTICAST_LOOP, &one, sizeof(one)) < 0 ||
        (d->local.given && setsockopt(d->send_fd, IPPROTO_IP, IP_MULTICAST_IF, &join.imr_interface,
                                      sizeof(join.imr_interface)) < 0) ||
        connect(d->send_fd, (const struct sockaddr *)group, sizeof(*group)) < 0 ||
        getsockname(d->send_fd, (struct sockaddr *)&d->self, &len) < 0) {
        keyval_error(kv, error, "group %s: %s", d->remote.text, g_strerror(errno));
        return false;
    }
    d->connected = true;
    return true;
}

static bool open_pair(struct dgram *d, struct keyval *kv, GError **error)
{
    if (d->local.fd >= 0) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof(peer);

        d->fd = d->local.fd;
        d->connected = !d->remote.given;
        if (d->connected && getpeername(d->fd, (struct sockaddr *)&peer, &len) < 0) {
            keyval_error(kv, error, "%s is not connected, and no remote is given", d->local.text);
            return false;
        }
        return true;
    }
    if (!d->local.given || !d->remote.given) { /* net_dgram_start() found no strange word */
        keyval_error(kv, error, "%s is missing: where frames %s",
                     d->local.given ? "remote.type=" : "local.type=",
                     d->local.given ? "go to" : "come from");
        return false;
    }
    if (d->local.sa.ss_family != d->remote.sa.ss_family) {
        keyval_error(kv, error, "local and remote are addresses of different kinds");
        return false;
    }
    d->fd = net_addr_bind(&d->local, SOCK_DGRAM, kv, error);
    return d->fd >= 0;
}

bool net_dgram_start(struct link *l, struct net_dgram_setup *setup, struct keyval *kv,
                     GError **error)
{
    struct dgram *d = g_new0(struct dgram, 1);

    d->link = l;
    d->type = setup->type;
    d->local = setup->local;
    d->remote = setup->remote;
    d->fd = -1;
    d->send_fd = -1;
    loop_kick_init(&d->more, output, d);
    if (!keyval_finish(kv, error) ||
        !(net_addr_multicast(&d->remote) && d->local.fd < 0 ? open_group : open_pair)(d, kv,
                                                                                      error)) {
        if (d->fd < 0 && d->local.fd >= 0) {
            d->fd = d->local.fd;
        }
        close_dgram(d);
        return false;
    }
    watch(d);
    link_host_attach(l, &host_ops, d);
    return true;
}

bool net_dgram_attach(struct link *l, struct keyval *kv, GError **error)
{
    struct net_dgram_setup setup = {.type = "dgram"};

    net_addr_init(&setup.local);
    net_addr_init(&setup.remote);
    if (net_addr_take(&setup.local, kv, "local", SOCK_DGRAM, true, error) &&
        net_addr_take(&setup.remote, kv, "remote", SOCK_DGRAM, false, error)) {
        if (setup.remote.fd < 0) {
            return net_dgram_start(l, &setup, kv, error);
        }
        keyval_error(kv, error, "remote.type=fd: a descriptor belongs to local.type=fd");
    }
    net_addr_clear(&setup.local);
    net_addr_clear(&setup.remote);
    return false;
}
