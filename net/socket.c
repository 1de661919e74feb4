/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -netdev socket: the older words for what stream and dgram do. */
#include "net/net_priv.h"

#include <string.h>

static bool exactly_one(struct keyval *kv, GError **error)
{
    static const char *const ways[] = {"fd", "listen", "connect", "mcast", "udp"};
    unsigned n = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        n += keyval_has(kv, ways[i]);
    }
    if (n != 1) {
        keyval_error(kv, error, "expected one of listen=, connect=, mcast=, udp= and fd=");
    }
    return n == 1;
}

static bool attach_stream(struct link *l, struct keyval *kv, const char *key, const char *text,
                          GError **error)
{
    struct net_stream_setup setup = {.type = "socket", .server = strcmp(key, "listen") == 0};
    bool fd = strcmp(key, "fd") == 0;

    net_addr_init(&setup.addr);
    if (!(fd ? net_addr_fd(&setup.addr, kv, key, text, SOCK_STREAM, error)
             : net_addr_parse(&setup.addr, kv, key, text, SOCK_STREAM, setup.server, error))) {
        net_addr_clear(&setup.addr);
        return false;
    }
    /* QEMU's connect= tries again while nobody listens, once a second is what users wait for */
    setup.reconnect_ms = strcmp(key, "connect") == 0 ? 1000 : 0;
    return net_stream_start(l, &setup, kv, error);
}

/* localaddr= is ADDRESS for a group, HOST:PORT otherwise. */
static bool take_local(struct net_addr *a, struct keyval *kv, bool group, GError **error)
{
    const char *text = keyval_take_last(kv, "localaddr");
    g_autofree char *full = NULL;

    if (!text) {
        if (!group) {
            keyval_error(kv, error, "udp= needs localaddr=HOST:PORT");
        }
        return group;
    }
    full = group ? g_strconcat(text, ":0", NULL) : g_strdup(text);
    return net_addr_parse(a, kv, "localaddr", full, SOCK_DGRAM, true, error);
}

static bool attach_dgram(struct link *l, struct keyval *kv, const char *key, const char *text,
                         GError **error)
{
    struct net_dgram_setup setup = {.type = "socket"};
    bool group = strcmp(key, "mcast") == 0, ok;

    net_addr_init(&setup.local);
    net_addr_init(&setup.remote);
    if (strcmp(key, "fd") == 0) {
        ok = net_addr_fd(&setup.local, kv, key, text, SOCK_DGRAM, error);
    } else {
        ok = net_addr_parse(&setup.remote, kv, key, text, SOCK_DGRAM, false, error) &&
             take_local(&setup.local, kv, group, error);
        if (ok && group && !net_addr_multicast(&setup.remote)) {
            keyval_error(kv, error,
                         "mcast=%s: not a multicast address (224.0.0.0 to "
                         "239.255.255.255)",
                         text);
            ok = false;
        }
    }
    if (ok) {
        return net_dgram_start(l, &setup, kv, error);
    }
    net_addr_clear(&setup.local);
    net_addr_clear(&setup.remote);
    return false;
}

static bool is_dgram(const char *text)
{
    int type = 0;
    socklen_t len = sizeof(type);

    return getsockopt((int)g_ascii_strtoll(text, NULL, 10), SOL_SOCKET, SO_TYPE, &type, &len) ==
               0 &&
           type == SOCK_DGRAM;
}

bool net_socket_attach(struct link *l, struct keyval *kv, GError **error)
{
    static const char *const streams[] = {"listen", "connect"};
    static const char *const dgrams[] = {"mcast", "udp"};
    const char *text;

    if (!exactly_one(kv, error)) {
        return false;
    }
    for (unsigned i = 0; i < 2; i++) {
        text = keyval_take_last(kv, streams[i]);
        if (text) {
            return attach_stream(l, kv, streams[i], text, error);
        }
        text = keyval_take_last(kv, dgrams[i]);
        if (text) {
            return attach_dgram(l, kv, dgrams[i], text, error);
        }
    }
    text = keyval_take_last(kv, "fd");
    return (is_dgram(text) ? attach_dgram : attach_stream)(l, kv, "fd", text, error);
}
