/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames in a byte stream as QEMU and passt send them: a 32-bit big-endian length, then that many
 * bytes. What comes in is bounded: a frame that no card takes is passed over, and a length that not
 * even the largest offload has ends the connection. Fixed memory.
 */
#ifndef NET_FRAMES_H
#define NET_FRAMES_H

#include "core/link.h"

#include <stdbool.h>
#include <stdint.h>

#define FRAMES_HEAD 4u
#define FRAMES_LENGTH_MAX (65536u + 4096u) /* what QEMU accepts */
#define FRAMES_BUFFER 65536u

struct frames_in {
    uint32_t pos, len; /* of buf: next to read, end */
    uint32_t skip;     /* bytes of a frame that is passed over */
    uint8_t buf[FRAMES_BUFFER];
};

enum frames_next {
    FRAMES_NONE, /* more bytes are needed */
    FRAMES_ONE,
    FRAMES_BAD, /* *len is the impossible length */
};

void frames_reset(struct frames_in *f);
/* Where to put more bytes; *room is at least 1 after frames_next() said FRAMES_NONE. */
uint8_t *frames_room(struct frames_in *f, uint32_t *room);
void frames_added(struct frames_in *f, uint32_t n);
/* The next frame of 1 to LINK_FRAME_MAX bytes, valid until frames_room(). */
enum frames_next frames_next(struct frames_in *f, const uint8_t **frame, uint32_t *len);

struct frames_out {
    uint32_t pos, len;
    uint8_t buf[FRAMES_BUFFER];
};

/* Is there room for another frame of any length? */
bool frames_fits(const struct frames_out *f);
void frames_put(struct frames_out *f, const uint8_t *frame, uint32_t len);

#endif
