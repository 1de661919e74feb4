/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine and a viewer say to each other, over a SOCK_SEQPACKET socket of this host: one
 * struct view_message a packet, whole, in the host's byte order. Neither side trusts the other: a
 * packet of another size or an unknown type ends the connection.
 *
 * The machine begins with HELLO and SURFACE, whose packet carries the descriptor of the pixels: a
 * memfd that can be neither resized nor mapped for writing. DAMAGE may follow each READY of the
 * viewer, once; what changes meanwhile is kept and merged, so that a viewer that is slow, stopped
 * or dead costs the machine nothing and delays nobody.
 *
 * A viewer that has turned to a text console gets TEXT_MODE and TEXT_ROW of that, whatever it wants,
 * and, if that is pixels, a DAMAGE without rectangles behind them; SURFACE follows when it turns
 * back.
 */
#ifndef UI_WIRE_H
#define UI_WIRE_H

#include "core/surface.h"

#include <sys/types.h>

#define VIEW_VERSION 3u
#define VIEW_RECTS 32u
#define VIEW_TEXT 256u
#define VIEW_SAMPLES 120u /* frames in a packet: 2.5 ms */
#define VIEW_FD 3         /* where a viewer that the machine starts has its socket */

enum view_type {
    /* from the machine */
    VIEW_HELLO = 1, /* hello */
    VIEW_SURFACE,   /* surface, with a descriptor */
    VIEW_DAMAGE,    /* rects */
    VIEW_STATUS,    /* text: "paused", empty while running */
    VIEW_END,       /* the machine has ended */
    VIEW_LEDS,      /* value: keyboard lights, as input_leds(); 0 before it */
    VIEW_POINTER,   /* value: 1 while the guest follows positions, 0 (as before it) movements */
    VIEW_TEXT_MODE, /* text_mode; all rows follow where the size is a new one */
    VIEW_TEXT_ROW,  /* row */
    VIEW_AUDIO,     /* audio */
    VIEW_STATS,     /* nothing, with the descriptor of the counters (core/stats.h) */
    VIEW_CONSOLES,  /* count, text: names of the text consoles, each with a newline behind it */
    VIEW_SECRET,    /* text: what those who come over a network must know; empty: nobody may */
    /* from a viewer */
    VIEW_READY = 0x100, /* DAMAGE is welcome; the first says that the window is there */
    VIEW_SHOWN,         /* value: 0 while nobody can see the window */
    VIEW_KEY,           /* key */
    VIEW_MOTION,        /* motion */
    VIEW_BUTTONS,       /* value: all that are held */
    VIEW_RELEASE,       /* every key and button */
    VIEW_FAILED,        /* text: why there is no window */
    VIEW_CLOSED,        /* value: 1 when the machine shall end with the window */
    VIEW_WANT,          /* value: OR of enum view_want; before it, pixels */
    VIEW_POSITION,      /* position */
    VIEW_COMMAND,       /* value: enum view_command */
    VIEW_ADD,           /* nothing, with a descriptor: the socket of another viewer; from our own */
    VIEW_PEER,          /* peer: of a viewer that serves others */
    VIEW_CONSOLE,       /* value: show this text console, from 1 on; 0: the guest's screen */
    VIEW_TYPE,          /* count, text: bytes that its user typed there */
    VIEW_SCROLL,        /* lines: show what was there before, or what came after */
};

enum view_want {
    VIEW_WANT_PIXELS = 1, /* SURFACE and DAMAGE */
    VIEW_WANT_CELLS = 2,  /* TEXT_MODE and TEXT_ROW: changes follow each READY, once */
    VIEW_WANT_AUDIO = 4,
    VIEW_WANT_STATS = 8, /* STATS, once */
};

/* What a user may ask of the machine. Ignored from viewers that may not. */
enum view_command {
    VIEW_PAUSE = 1,
    VIEW_CONTINUE,
    VIEW_RESET,
    VIEW_POWERDOWN, /* the power button */
    VIEW_QUIT,
};

/* Words of the viewer's options, which -display checks and hands on; NULL at the end. */
#define VIEW_SCALES "fit", "integer", "free", "1:1", "2", "3", "4", "5", "6", "7", "8", NULL
#define VIEW_GRAB_MODS "ctrl-alt", "shift-ctrl-alt", "rctrl", NULL
#define VIEW_ALT_CODES "off", "dos", "windows", NULL

/* Milliseconds that each key of pasted text may take. */
#define VIEW_KEY_MS_MIN 2
#define VIEW_KEY_MS_MAX 1000

enum view_close { VIEW_CLOSE_DETACH, VIEW_CLOSE_END, VIEW_CLOSE_ASK };

enum view_peer_event {
    PEER_LISTENS = 1, /* an address of the server's own */
    PEER_CONNECTED,   /* a client */
    PEER_INITIALIZED, /* has been let in */
    PEER_GONE,
};

enum view_peer_family { PEER_IPV4, PEER_IPV6, PEER_UNIX, PEER_UNKNOWN };

#define VIEW_HOST 64u
#define VIEW_SERVICE 108u /* a port, or, with no host, the path of a socket */

struct view_peer {
    uint32_t event; /* enum view_peer_event */
    uint32_t id;    /* of a client; 0: the server */
    uint32_t family, websocket;
    char host[VIEW_HOST], service[VIEW_SERVICE];
};

struct view_message {
    uint32_t type;
    uint32_t count; /* of rects */
    union {
        struct {
            uint32_t version;
            uint32_t close; /* enum view_close */
            char name[VIEW_TEXT];
        } hello;
        struct {
            uint32_t width, height, stride;
        } surface;
        struct surface_rect rects[VIEW_RECTS];
        char text[VIEW_TEXT];
        struct {
            uint32_t code, down;
        } key;
        struct {
            int32_t dx, dy, dz;
        } motion;
        struct {
            uint32_t columns, rows;                            /* 0: not a text mode */
            uint32_t cursor_x, cursor_y, cursor, block, blink; /* as struct surface_cells */
            uint32_t width, height, blank;                     /* as struct surface */
        } text_mode;
        struct {
            uint32_t row;
            uint16_t cells[SURFACE_MAX_COLUMNS];
        } row;
        struct {
            uint32_t frames;                   /* of two samples, at 48000 a second */
            int16_t samples[VIEW_SAMPLES * 2]; /* left and right in turn */
        } audio;
        struct {
            uint32_t x, y; /* to INPUT_POSITION_MAX */
        } position;
        struct view_peer peer;
        int32_t lines; /* down */
        uint32_t value;
    };
};

/* For viewers: take a packet, and the descriptor that came with it, or -1. As recvmsg(). */
ssize_t view_receive(int socket, struct view_message *m, int *fd, int flags);

/* The same with any packet, and its sending: `fd` goes with it unless it is -1. False with errno. */
ssize_t packet_receive(int socket, void *to, size_t len, int *fd, int flags);
bool packet_send(int socket, const void *data, size_t len, int fd, int flags);

#endif
