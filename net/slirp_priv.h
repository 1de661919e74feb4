/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the vmx-dm-slirp process: options (slirp_config.c), forwards (slirp_forward.c,
 * slirp_guestfwd.c), libslirp (slirp_stack.c), confinement (slirp_confine.c), messages (slirp_main.c).
 */
#ifndef NET_SLIRP_PRIV_H
#define NET_SLIRP_PRIV_H

#include "core/keyval.h"

#include <glib.h>
#include <libslirp.h>
#include <poll.h>

#define SLIRP_FRAME_MIN 60u   /* without FCS */
#define SLIRP_FRAME_MAX 1514u /* MTU 1500 */

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
/* The host's port, which for port 0 is one that is free; 0 with an error. */
int net_forward_add(Slirp *slirp, const char *spec, GError **error);
bool net_forward_remove(Slirp *slirp, const char *spec, GError **error);

/* -- guestfwd= -- */

/* Where a connection of the guest goes. */
struct net_guestfwd {
    struct in_addr guest;
    int guest_port;
    enum { GUESTFWD_CMD, GUESTFWD_TCP, GUESTFWD_UNIX } kind;
    char **argv;       /* cmd: */
    char *host, *port; /* tcp: */
    char *path;        /* unix:, or where the broker listens for it */
};

bool net_guestfwd_parse(struct net_guestfwd *f, const char *spec, GError **error);
void net_guestfwd_clear(struct net_guestfwd *f);
/*
 * Take all guestfwd= of kv. Commands and TCP connections are made by a process of their own, which is
 * forked here and ends with this one, so that this one may do neither.
 */
bool net_guestfwd_add_all(Slirp *slirp, struct keyval *kv, GError **error);

/* -- libslirp -- */

struct stack;

struct stack_ops {
    void (*deliver)(void *opaque, const uint8_t *frame, uint32_t len); /* to the guest */
    void (*log)(void *opaque, const char *text);
};

/* Takes all words of kv and finishes it. */
struct stack *stack_new(struct keyval *kv, const struct stack_ops *ops, void *opaque,
                        GError **error);
void stack_free(struct stack *s);
Slirp *stack_slirp(struct stack *s);
const char *stack_text(const struct stack *s); /* "user,net=10.0.2.0/24,..." */
/* The host's ports of hostfwd=, in their order, a space between: "2222 49152". */
const char *stack_ports(const struct stack *s);
const char *stack_tftp(const struct stack *s); /* tftp=, or NULL */
/* A frame of the guest, of any length and content. */
void stack_input(struct stack *s, const uint8_t *frame, uint32_t len);
/*
 * Add what libslirp polls, all of struct pollfd, and give the time to wait in ms, -1 for ever; then
 * tell what came of it. `first` is the place of its first descriptor. Without stack_prepare() in this
 * turn, `polled` is false: only timers run.
 */
int stack_prepare(struct stack *s, GArray *fds);
void stack_dispatch(struct stack *s, const GArray *fds, bool polled);
int stack_timeout(const struct stack *s); /* of its own timers */

/* -- confinement -- */

/*
 * From here on: no capability, no new one, files only for reading, no other process, and the system
 * calls of libslirp. `tftp` is a directory that stays readable, or NULL. False when the kernel filters
 * no system calls.
 */
bool slirp_confine(const char *tftp);

#endif
