/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vmx-dm and its vmx-dm-slirp process say to each other, over a SOCK_SEQPACKET socket pair: one
 * message, one packet, a head and up to WIRE_PAYLOAD bytes. Either side takes the other for hostile:
 * lengths and types are checked, texts are cut and cleaned before they are shown. The socket's own
 * buffers are the queue; who cannot send waits, and what he waits for holds back its own sources.
 */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include "core/link.h"

#include <stdint.h>

#define WIRE_FD 3 /* in the helper */
#define WIRE_PAYLOAD 16384u
/* Serial of WIRE_CONFIG and WIRE_READY: an upgrade may put another program in place of a running one's. */
#define WIRE_VERSION 1u

enum wire_type {
    /* to the helper */
    WIRE_CONFIG = 1, /* the option, NUL, its words; once, first */
    WIRE_ADD,        /* hostfwd_add */
    WIRE_REMOVE,     /* hostfwd_remove */
    WIRE_INFO,
    /* both ways */
    WIRE_FRAME,
    /* from the helper */
    WIRE_READY,  /* libslirp's version, NUL, what the network is, for people */
    WIRE_FAILED, /* of WIRE_CONFIG: why */
    WIRE_DONE,   /* of a request: '+' or '-', then text */
    WIRE_LOG,
};

struct wire_head {
    uint16_t type;
    uint16_t serial; /* of a request, repeated in its WIRE_DONE */
};

struct wire_message {
    struct wire_head head;
    uint8_t payload[WIRE_PAYLOAD];
};

_Static_assert(sizeof(struct wire_head) == 4, "no padding");
_Static_assert(WIRE_PAYLOAD > LINK_FRAME_MAX, "a frame fits");

#endif
