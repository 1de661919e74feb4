/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vmx-dm and its vmx-dm-slirp process say to each other, over a SOCK_SEQPACKET socket pair: one
 * message, one packet, a head and up to WIRE_PAYLOAD bytes. Either side takes the other for hostile:
 * lengths and types are checked, texts are cut and cleaned before they are shown. The socket's own
 * buffers are the queue; who cannot send waits, and what he waits for holds back its own sources.
 *
 * Frames travel together, as many as are there or fit, each behind its length (frames.h): a packet
 * costs both sides a system call and a wake-up, and the kernel lets as few as ten of them wait.
 */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include "net/frames.h"

#include <stdint.h>
#include <sys/types.h>

#define WIRE_FD 3 /* in the helper */
#define WIRE_PAYLOAD FRAMES_BUFFER
/* Serial of WIRE_CONFIG and WIRE_READY: an upgrade may put another program in place of a running one's. */
#define WIRE_VERSION 2u

enum wire_type {
    /* to the helper */
    WIRE_CONFIG = 1, /* the option, NUL, its words; once, first */
    WIRE_ADD,        /* hostfwd_add */
    WIRE_REMOVE,     /* hostfwd_remove */
    WIRE_INFO,
    /* both ways */
    WIRE_FRAMES,
    /* from the helper */
    WIRE_READY, /* libslirp's version, NUL, what the network is, for people, NUL, ports of hostfwd= */
    WIRE_FAILED, /* of WIRE_CONFIG: why */
    WIRE_DONE,   /* of a request: '+' or '-', then text; of WIRE_ADD, the host's port */
    WIRE_LOG,
};

struct wire_head {
    uint16_t type;
    uint16_t serial; /* of a request, repeated in its WIRE_DONE */
};

struct wire_message {
    struct wire_head head;
    struct frames_in in; /* the payload, from `pos` to `len` */
};

_Static_assert(sizeof(struct wire_head) == 4, "no padding");

enum wire_received {
    WIRE_ONE,
    WIRE_NONE, /* none is there now */
    WIRE_END,  /* the other side is gone, or sends what is no message */
};

enum wire_received wire_receive(int fd, struct wire_message *m);
/* The next frame of a WIRE_FRAMES, in `m`; NULL: that was all, or what follows is none. */
const uint8_t *wire_frame(struct wire_message *m, uint32_t *len);

/* 0 when sent, EAGAIN, or EPIPE: gone. */
int wire_send(int fd, enum wire_type type, uint16_t serial, const void *payload, size_t len);

#endif
