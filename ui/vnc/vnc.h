/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmx-dm-vnc: the screen over RFB, in many processes. The first listens, lets in and knows the
 * password (main.c, clients.c); it reads nothing of what comes from the network. Each connection is a
 * process of its own with libvncserver (session.c), which has the one socket, and neither pixels nor
 * input until the first has let it in; then it is a viewer like others. One that is slow, stuck or
 * taken over is alone with that.
 */
#ifndef UI_VNC_VNC_H
#define UI_VNC_VNC_H

#include "ui/client/keymap.h"
#include "ui/wire.h"

#include <glib.h>
#include <poll.h>

#define VNC_CLIENTS 16u
#define VNC_PASSWORD 8u /* characters of it that VncAuth uses */
#define VNC_CHALLENGE 16u

enum vnc_share { VNC_SHARE_IGNORE, VNC_SHARE_ALLOW_EXCLUSIVE, VNC_SHARE_FORCE_SHARED };

struct vnc_config {
    char *name; /* of the guest */
    bool password, power, lock_sync;
    enum vnc_share share;
    unsigned key_delay_ms;
    struct keymap *keymap;
};

/* -- between the first process and a connection's: packets of a SOCK_SEQPACKET socket -- */

enum vnc_ask_type {
    VNC_ENTER = 1,   /* challenge and response, where there is a password */
    VNC_INITIALIZED, /* shared */
};

struct vnc_ask {
    uint32_t type, shared;
    uint8_t challenge[VNC_CHALLENGE], response[VNC_CHALLENGE];
};

/* The answer to VNC_ENTER has the socket of a viewer with it. */
struct vnc_answer {
    uint32_t yes;
};

/* -- clients.c -- */

/* Take over a connection. */
void clients_accept(int listener, bool websocket);
/* For poll(); the number of them. `p` has room for VNC_CLIENTS. */
unsigned clients_poll(struct pollfd *p);
void clients_serve(const struct pollfd *p, unsigned n);
/* End those that were not let in in time; when to look again, -1: no need. */
int clients_look(void);
void clients_open(const struct vnc_config *cfg, int machine);
/* What a client must know; empty: nobody comes in. */
void clients_secret(const char *secret);

/* -- session.c: the process of a connection; ends with it -- */

struct vnc_session {
    const struct vnc_config *cfg;
    int client, control;
    bool websocket;
};

_Noreturn void session_run(const struct vnc_session *s);

/* -- input.c: of the session's client -- */

void keys_open(const struct vnc_config *cfg);
/* A keysym goes down or up, as its client's layout has it. */
void keys_keysym(bool down, uint32_t keysym);
/* A key of the client's keyboard, by its XT code as RFB has it, and what it gives there. */
void keys_code(bool down, uint32_t code, uint32_t keysym);
/* All are up: the machine has heard so. */
void keys_forget(void);
void keys_leds(uint8_t leds);
/* The guest follows positions; the client is told where it likes to know. */
void pointer_absolute(bool on);
bool pointer_is_absolute(void);
/* The client sends movements as differences to 7FFFh while the guest follows those. */
void pointer_differences(void);
void pointer_event(uint32_t buttons, int x, int y, uint32_t width, uint32_t height);

/* -- console.c: text consoles -- */

/*
 * Ctrl+Alt and a digit turn to one, or to the guest's screen (1); what is typed there is not the
 * guest's. True: the key was none of the guest's. `code`: as core/surface.h names keys, or 0.
 */
bool console_key(bool down, uint32_t keysym, uint16_t code);
/* The same of the pointer: only the wheel has a use. */
bool console_pointer(uint32_t wheel_up, uint32_t wheel_down);

#endif
