/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a peer of -netdev stream sends, in pieces of any size: every byte is accounted for, every frame
 * is of a length that a link takes, and the same bytes in one piece give the same frames.
 */
#include "net/frames.h"
#include "tests/fuzz/board.h"

static uint64_t sum;
static bool bad;

static void drain(struct frames_in *f)
{
    const uint8_t *frame;
    uint32_t len = 0;

    for (;;) {
        switch (frames_next(f, &frame, &len)) {
        case FRAMES_NONE:
            return;
        case FRAMES_BAD:
            if (len <= FRAMES_LENGTH_MAX) {
                fuzz_fail("frames", "a good length called bad");
            }
            bad = true;
            return;
        case FRAMES_ONE:
            if (len == 0 || len > LINK_FRAME_MAX || frame < f->buf ||
                frame + len > f->buf + f->len) {
                fuzz_fail("frames", "a frame out of bounds");
            }
            for (uint32_t i = 0; i < len; i++) {
                sum = sum * 31 + frame[i];
            }
            sum = sum * 31 + len;
        }
    }
}

static void feed(struct frames_in *f, const uint8_t *data, size_t len, size_t piece)
{
    sum = 0;
    bad = false;
    frames_reset(f);
    while (len && !bad) {
        uint32_t room, n;
        uint8_t *to = frames_room(f, &room);

        if (room == 0) {
            fuzz_fail("frames", "no room after all frames were taken");
        }
        n = (uint32_t)MIN(MIN(piece, len), room);
        memcpy(to, data, n);
        frames_added(f, n);
        data += n;
        len -= n;
        drain(f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct frames_in f;
    uint64_t whole;
    bool whole_bad;

    if (len < 2) {
        return 0;
    }
    feed(&f, data + 1, len - 1, FRAMES_BUFFER);
    whole = sum;
    whole_bad = bad;
    feed(&f, data + 1, len - 1, data[0] + 1u);
    if (sum != whole || bad != whole_bad) {
        fuzz_fail("frames", "pieces make a difference");
    }
    return 0;
}
