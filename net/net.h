/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host back ends of frame links. Loop thread. */
#ifndef NET_NET_H
#define NET_NET_H

#include "core/keyval.h"
#include "core/link.h"

/*
 * -netdev TYPE,id=ID,...: make a link with that back end. kv was parsed with implied key "type";
 * takes all its keys and finishes kv. `id` overrides a missing "id" key (for -nic and -net); NULL:
 * the key is required.
 */
struct link *net_new(struct keyval *kv, const char *id, GError **error);

#endif
