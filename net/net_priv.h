/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The back ends that net.c chooses among. */
#ifndef NET_NET_PRIV_H
#define NET_NET_PRIV_H

#include "net/addr.h"
#include "net/frames.h"
#include "net/net.h"

/*
 * Each attaches to `l` what kv's keys say; all keys but type and id are taken. On failure nothing is
 * attached.
 */
bool net_user_attach(struct link *l, struct keyval *kv, GError **error);
bool net_stream_attach(struct link *l, struct keyval *kv, GError **error);
bool net_dgram_attach(struct link *l, struct keyval *kv, GError **error);
bool net_socket_attach(struct link *l, struct keyval *kv, GError **error);
bool net_hub_attach(struct link *l, struct keyval *kv, GError **error);
bool net_tap_attach(struct link *l, struct keyval *kv, GError **error);
bool net_bridge_attach(struct link *l, struct keyval *kv, GError **error);

/* -- what sockets share -- */

struct net_stream_setup {
    const char *type; /* "stream", for people */
    struct net_addr addr;
    bool server;
    uint64_t reconnect_ms; /* 0: never */
    bool events;           /* NETDEV_STREAM_CONNECTED and so on */
};

/* Consumes the address also on failure. Finishes kv. */
bool net_stream_start(struct link *l, struct net_stream_setup *setup, struct keyval *kv,
                      GError **error);

struct net_dgram_setup {
    const char *type;
    struct net_addr local, remote; /* at least one given */
};

bool net_dgram_start(struct link *l, struct net_dgram_setup *setup, struct keyval *kv,
                     GError **error);

/* May a frame be handed over now? Nobody listening counts: it goes nowhere. */
static inline bool net_can_deliver(const struct link *l)
{
    return !link_attached(l) || link_can_deliver(l);
}

/* Throw away what the guest sent. */
void net_drain(struct link *l);
/* Take what the guest sent, as much as fits. */
void net_fill(struct frames_out *f, struct link *l);

#endif
