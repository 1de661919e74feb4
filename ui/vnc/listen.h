/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets that vmx-dm-vnc listens on, made before it is confined. */
#ifndef UI_VNC_LISTEN_H
#define UI_VNC_LISTEN_H

#include "ui/wire.h"

#include <glib.h>

#define LISTENERS_MAX 8u

struct listener {
    int fd;
    bool websocket;
    struct view_peer peer;
};

struct listeners {
    unsigned count;
    struct listener all[LISTENERS_MAX];
};

/* A socket of mode 0600. False with an error. */
bool listen_unix(struct listeners *l, const char *path, bool websocket, GError **error);

/* All addresses of a host, on the first port from `port` to `to` that is free. */
bool listen_inet(struct listeners *l, const char *host, unsigned port, unsigned to, bool websocket,
                 GError **error);

#endif
