/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The back ends that net.c chooses among. */
#ifndef NET_NET_PRIV_H
#define NET_NET_PRIV_H

#include "net/net.h"

/* Attach to `l` a user-mode network as kv's keys say; all keys but type and id are taken. */
bool net_user_attach(struct link *l, struct keyval *kv, GError **error);

#endif
