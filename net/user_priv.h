/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of -netdev user: the process and messages (user_proc.c), frames and life (user.c), requests of
 * the monitor (user_ask.c).
 */
#ifndef NET_USER_PRIV_H
#define NET_USER_PRIV_H

#include "core/loop.h"
#include "core/report.h"
#include "net/wire.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

enum user_state {
    USER_STARTING,
    USER_RUNNING,
    USER_DEAD,
};

struct user {
    struct link *link;
    enum user_state state;
    char *option, *words, *dir;
    GPtrArray *forwards; /* char *, as hostfwd= */
    char *text;          /* what the network is */
    pid_t pid;
    int fd;
    bool blocked;
    bool frames; /* of `message` may be some that are not passed yet */
    bool first;  /* it has never run: errors are the user's */
    unsigned in_tag, out_tag, stall_tag, timer, reap_tag, reaps;
    unsigned backoff_ms;
    int64_t since_us; /* READY */
    uint16_t serial;
    char *answer; /* of the request that is waited for */
    char *failed; /* why it did not start */
    struct report_site site;
    struct loop_kick more;
    struct wire_message message; /* the last one received */
    struct frames_out out;       /* what the process is sent next */
};

/* NULL: not a user network. */
struct user *user_find(const struct link *l);
char *user_describe(const struct user *u);
/* Forwards that left the choice of the host's port have it from now on: "2222 49152", in their order. */
void user_settle_ports(struct user *u, const char *ports);
/* Serve its messages until `*what` (may be NULL) is there, the state is `until`, or the time is over. */
void user_wait(struct user *u, char *const *what, enum user_state until, int ms);

/* Start vmx-dm-slirp in directory `dir`; its socket, -1 with an error. */
int user_proc_start(pid_t *pid, const char *dir, GError **error);

/* A text of the other side, cut and without control characters but newlines; g_free. */
char *user_proc_text(const uint8_t *payload, size_t len, bool lines);

#endif
