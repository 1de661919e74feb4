/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VNC server, as the machine has it: a process of its own (vmx-dm-vnc) that it starts, starts
 * again when it dies, and tells the password; who is connected, for the monitor. Loop thread.
 */
#ifndef SYSTEM_VNC_H
#define SYSTEM_VNC_H

#include "core/keyval.h"
#include "ui/wire.h"

struct options;

#define VNC_PORT 5900u
#define VNC_WEBSOCKET_PORT 5700u

/* Of -vnc and -display vnc=, with words as vmx-dm-vnc takes them. */
struct vnc_options {
    bool given; /* "none" is given, too */
    bool on;
    char *id, *unix_path, *host; /* no host: this machine's own users only */
    unsigned port, to;
    bool websocket;
    char *websocket_host; /* NULL: as the other */
    unsigned websocket_port;
    bool password, power, lock_sync;
    bool monitor; /* text consoles with a monitor are its clients' to use */
    char *secret; /* the id of one */
    const char *share;
    int key_delay_ms; /* -1: as it likes */
};

/* Take the arguments; -vnc has "vnc" for the first, as -display vnc= does. */
bool vnc_parse(struct options *o, struct keyval *kv, GError **error);
bool vnc_option(struct options *o, const char *name, const char *arg, GError **error);
void vnc_options_clear(struct vnc_options *v);

/* Start what the options ask for, if anything. Borrows them. */
bool vnc_open(const struct options *o, GError **error);
void vnc_close(void);

/* -- for the monitor -- */

struct vnc_client {
    struct view_peer peer;
    bool initialized;
};

/* NULL: there is no VNC server. */
const struct vnc_options *vnc_config(void);
/* Its addresses and clients; the number of them. */
unsigned vnc_servers(const struct view_peer **out);
unsigned vnc_clients(const struct vnc_client **out);
const char *vnc_family_name(const struct view_peer *p);
/* False with an error: there is no server, or none with a password. */
bool vnc_set_password(const char *password, GError **error);
/* "now", "never", "+SECONDS", or seconds since 1970. */
bool vnc_expire_password(const char *when, GError **error);

#endif
