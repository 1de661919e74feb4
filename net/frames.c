/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames in a byte stream: see frames.h. */
#include "net/frames.h"

#include <glib.h>
#include <string.h>

_Static_assert(FRAMES_BUFFER >= 2 * (FRAMES_HEAD + LINK_FRAME_MAX), "a frame must fit");

void frames_reset(struct frames_in *f)
{
    f->pos = 0;
    f->len = 0;
    f->skip = 0;
}

uint8_t *frames_room(struct frames_in *f, uint32_t *room)
{
    if (f->pos) {
        memmove(f->buf, f->buf + f->pos, f->len - f->pos);
        f->len -= f->pos;
        f->pos = 0;
    }
    *room = FRAMES_BUFFER - f->len;
    return f->buf + f->len;
}

void frames_added(struct frames_in *f, uint32_t n)
{
    f->len += n;
}

enum frames_next frames_next(struct frames_in *f, const uint8_t **frame, uint32_t *len)
{
    for (;;) {
        const uint8_t *p = f->buf + f->pos;
        uint32_t left = f->len - f->pos, n;

        if (f->skip) {
            n = MIN(left, f->skip);
            f->pos += n;
            f->skip -= n;
            if (f->skip) {
                return FRAMES_NONE;
            }
            continue;
        }
        if (left < FRAMES_HEAD) {
            return FRAMES_NONE;
        }
        n = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        if (n > FRAMES_LENGTH_MAX) {
            *len = n;
            return FRAMES_BAD;
        }
        if (n == 0 || n > LINK_FRAME_MAX) {
            f->pos += FRAMES_HEAD;
            f->skip = n;
            continue;
        }
        if (left - FRAMES_HEAD < n) {
            return FRAMES_NONE;
        }
        *frame = p + FRAMES_HEAD;
        *len = n;
        f->pos += FRAMES_HEAD + n;
        return FRAMES_ONE;
    }
}

bool frames_fits(const struct frames_out *f)
{
    return FRAMES_BUFFER - f->len >= FRAMES_HEAD + LINK_FRAME_MAX;
}

void frames_put(struct frames_out *f, const uint8_t *frame, uint32_t len)
{
    uint8_t *p = f->buf + f->len;

    p[0] = (uint8_t)(len >> 24);
    p[1] = (uint8_t)(len >> 16);
    p[2] = (uint8_t)(len >> 8);
    p[3] = (uint8_t)len;
    memcpy(p + FRAMES_HEAD, frame, len);
    f->len += FRAMES_HEAD + len;
}
