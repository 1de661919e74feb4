/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host back ends of frame links. Loop thread. */
#ifndef NET_NET_H
#define NET_NET_H

#include "core/keyval.h"
#include "core/link.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * -netdev TYPE,id=ID,...: make a link with that back end. kv was parsed with implied key "type";
 * takes all its keys and finishes kv. `id` overrides a missing "id" key (for -nic and -net); NULL:
 * the key is required.
 */
struct link *net_new(struct keyval *kv, const char *id, GError **error);

/* "user, stream, ...", what this build has; g_free by the caller. */
char *net_types(void);

/*
 * -object filter-dump,id=ID,netdev=ID,file=FILE[,maxlen=N][,queue=all|rx|tx][,status=on|off]: each
 * frame of that link into a pcap file. kv was parsed with implied key "qom-type", which is taken;
 * finishes kv.
 */
bool net_dump_new(struct keyval *kv, GError **error);

/* -- what back ends share -- */

#define NET_FRAME_MIN 60u   /* without FCS */
#define NET_FRAME_MAX 1514u /* MTU 1500 */

/*
 * Hand a frame to the guest as a wire would: short ones padded with zeros to 60 bytes. False when it
 * had to be dropped.
 */
bool net_deliver(struct link *l, const uint8_t *frame, uint32_t len);

/* -- user-mode networks (net/user.c); a link of another type is an error or NULL -- */

/*
 * From now on net_new() does not wait for the processes of user networks; net_started() does, and says
 * what went wrong. The machine is built meanwhile.
 */
void net_defer(void);
bool net_started(GError **error);

/* A forward (as hostfwd=) for the first user network made after this. */
void net_user_preset(const char *spec);
/* What no user network took, or NULL. */
const char *net_user_preset_left(void);

bool net_is_user(const struct link *l);
/* Connections and forwards for `info usernet`; g_free by the caller. NULL: not a user network. */
char *net_user_info(struct link *l);
/* hostfwd_add, hostfwd_remove: "[tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport", and without
 * the guest's part. May wait for the process, at most a second. */
bool net_user_hostfwd_add(struct link *l, const char *spec, GError **error);
bool net_user_hostfwd_remove(struct link *l, const char *spec, GError **error);
/* libslirp's, "4.7.0", once a user network has started; else "". For query-version. */
const char *net_user_version(void);
/* The process of a user network, 0 while there is none. */
int net_user_process(const struct link *l);
/* Another program than the vmx-dm-slirp beside ours or in the installed directory. For tests. */
void net_user_set_program(const char *path);

#endif
