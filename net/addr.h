/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a network back end's socket is: QEMU's SocketAddress words, and opening it. Loop thread. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include "core/keyval.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct net_addr {
    bool given;
    int fd; /* type=fd: the caller's until taken; else -1 */
    struct sockaddr_storage sa;
    socklen_t len;
    char *text; /* for people: "unix:/run/x", "127.0.0.1:1234", "fd:5" */
    char *host, *port;
    /* our socket file, to remove at the end */
    char *path;
    dev_t path_dev;
    ino_t path_ino;
};

void net_addr_init(struct net_addr *a);
void net_addr_clear(struct net_addr *a);

/*
 * Take PREFIX.type, .path, .host, .port, .str and the like; a->given stays false when there is no
 * PREFIX.type. Resolves names, which may block. `type` is SOCK_STREAM or SOCK_DGRAM.
 */
bool net_addr_take(struct net_addr *a, struct keyval *kv, const char *prefix, int type,
                   bool passive, GError **error);
/* "HOST:PORT" or ":PORT" of an older word. */
bool net_addr_parse(struct net_addr *a, struct keyval *kv, const char *key, const char *text,
                    int type, bool passive, GError **error);
/* fd=N: a socket of that type from whoever started us. */
bool net_addr_fd(struct net_addr *a, struct keyval *kv, const char *key, const char *text, int type,
                 GError **error);

/* A socket bound to the address, -1 with an error. A stale socket file is replaced. */
int net_addr_bind(struct net_addr *a, int type, struct keyval *kv, GError **error);
/* A nonblocking connect: *err is 0, EINPROGRESS, or why it failed (then -1 is returned). */
int net_addr_connect(const struct net_addr *a, int *err);
bool net_addr_multicast(const struct net_addr *a);

#endif
