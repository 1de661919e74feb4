/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev hubport: ports of a hub. Each frame goes to all other ports of the hub, at once, and is
 * lost where there is no room, as on a repeater. A port has a card on it, or with netdev=ID another
 * back end, which is never a hubport: hubs in a ring would repeat for ever. Loop thread.
 */
#include "core/loop.h"
#include "net/net_priv.h"

#include <string.h>

#define PORTS 32u
#define BATCH 64

struct port {
    struct link *link; /* this port's own name, where a card plugs in */
    struct link *back; /* netdev=: we are its guest; NULL: none */
    uint64_t hub;
    struct loop_kick more;
};

static GPtrArray *ports;

static void give(struct port *p, const uint8_t *frame, uint32_t len)
{
    if (p->back) {
        link_send(p->back, frame, len);
    } else {
        link_deliver(p->link, frame, len);
    }
}

static void flood(struct port *from, const uint8_t *frame, uint32_t len)
{
    for (guint i = 0; i < ports->len; i++) {
        struct port *p = g_ptr_array_index(ports, i);

        if (p != from && p->hub == from->hub) {
            give(p, frame, len);
        }
    }
}

/* The card on this port has sent. */
static void pending(void *opaque)
{
    struct port *p = opaque;
    const uint8_t *frame;
    uint32_t len;

    for (int i = 0; i < BATCH; i++) {
        frame = link_take(p->link, &len);
        if (!frame) {
            return;
        }
        flood(p, frame, len);
        link_take_done(p->link);
    }
    loop_kick(&p->more);
}

/* The back end on this port has received. */
static bool receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    flood(opaque, frame, len);
    return true;
}

static const struct link_guest_ops guest_ops = {.receive = receive};

static char *describe(void *opaque)
{
    const struct port *p = opaque;

    return g_strdup_printf("hubport,hub %" G_GUINT64_FORMAT "%s%s", p->hub,
                           p->back ? ",netdev " : "", p->back ? link_name(p->back) : "");
}

/* The back end behind the port may be freed before it; then nothing is left to detach from. */
static void forget_back(void *opaque)
{
    ((struct port *)opaque)->back = NULL;
}

static void nothing(void *opaque, const uint8_t *frame, uint32_t len, bool to_guest)
{
    (void)opaque;
    (void)frame;
    (void)len;
    (void)to_guest;
}

static const struct link_tap_ops back_tap = {.frame = nothing, .close = forget_back};

static void close_port(void *opaque)
{
    struct port *p = opaque;

    loop_kick_cancel(&p->more);
    if (p->back) {
        link_remove_tap(p->back, p);
        link_detach(p->back);
    }
    g_ptr_array_remove(ports, p);
    g_free(p);
}

static const struct link_host_ops host_ops = {
    .pending = pending,
    .describe = describe,
    .close = close_port,
};

static bool take_back(struct port *p, struct keyval *kv, GError **error)
{
    const char *id = keyval_take_last(kv, "netdev");
    struct link *back = id ? link_find(id) : NULL;

    if (!id) {
        return true;
    }
    if (!back || back == p->link) {
        keyval_error(kv, error, "netdev=%s: no -netdev before it has that id", id);
        return false;
    }
    for (guint i = 0; i < ports->len; i++) {
        if (((struct port *)g_ptr_array_index(ports, i))->link == back) {
            keyval_error(kv, error, "netdev=%s is a hubport itself", id);
            return false;
        }
    }
    if (!link_attach(back, NULL, &guest_ops, p)) {
        keyval_error(kv, error, "netdev=%s is in use", id);
        return false;
    }
    p->back = back;
    link_add_tap(back, &back_tap, p);
    return true;
}

bool net_hub_attach(struct link *l, struct keyval *kv, GError **error)
{
    struct port *p;
    uint64_t hub = UINT64_MAX;
    unsigned n = 0;

    if (!keyval_take_uint(kv, "hubid", 0, INT32_MAX, &hub, error)) {
        return false;
    }
    if (hub == UINT64_MAX) {
        if (keyval_finish(kv, error)) {
            keyval_error(kv, error, "hubid= is missing: the number of the hub");
        }
        return false;
    }
    for (guint i = 0; ports && i < ports->len; i++) {
        n += ((struct port *)g_ptr_array_index(ports, i))->hub == hub;
    }
    if (n >= PORTS) {
        keyval_error(kv, error, "hub %" G_GUINT64_FORMAT " has all its %u ports", hub, PORTS);
        return false;
    }
    p = g_new0(struct port, 1);
    p->link = l;
    p->hub = hub;
    loop_kick_init(&p->more, pending, p);
    if (!ports) {
        ports = g_ptr_array_new();
    }
    g_ptr_array_add(ports, p);
    if (!take_back(p, kv, error) || !keyval_finish(kv, error)) {
        close_port(p);
        return false;
    }
    link_host_attach(l, &host_ops, p);
    return true;
}
