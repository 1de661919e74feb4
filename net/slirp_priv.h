/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of user-mode networking: options (slirp_config.c), forwards (slirp_forward.c), slirp.c. */
#ifndef NET_SLIRP_PRIV_H
#define NET_SLIRP_PRIV_H

#include "core/keyval.h"

#include <glib.h>
#include <libslirp.h>

/* What -netdev user,... says. Strings belong to the keyval; dnssearch ends with NULL. */
struct net_user_config {
    SlirpConfig slirp;
    GPtrArray *dnssearch;
};

/* Take all keys but hostfwd, with QEMU's defaults. False with an error that names the key. */
bool net_user_config_parse(struct net_user_config *c, struct keyval *kv, GError **error);
void net_user_config_clear(struct net_user_config *c);

/* A port forward in QEMU's spelling. */
struct net_forward {
    bool udp;
    struct in_addr host, guest;
    int host_port, guest_port;
};

/* Parse; `guest` false: only the host's part ("tcp::2222"). */
bool net_forward_parse(struct net_forward *f, const char *spec, bool guest, GError **error);
bool net_forward_add(Slirp *slirp, const char *spec, GError **error);
bool net_forward_remove(Slirp *slirp, const char *spec, GError **error);

#endif
