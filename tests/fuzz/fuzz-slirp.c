/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a guest into user-mode networking, which may not reach the world (restrict=on). The
 * input is a list of frames: a kind, which picks a header to begin with, and bytes to lay over it.
 * libslirp itself is not instrumented; what is looked for is that it ends the process. The program is
 * what vmx-dm-slirp is made of, without the process.
 */
#include "net/slirp_priv.h"
#include "tests/fuzz/board.h"

#define FRAMES_MAX 100

static struct stack *wire;

static void receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    (void)opaque;
    if (len == 0 || len > SLIRP_FRAME_MAX) {
        fuzz_fail("slirp", "a frame of bad length");
    }
    g_free(g_memdup2(frame, len));
}

static void say(void *opaque, const char *text)
{
    (void)opaque;
    g_free(g_strdup(text));
}

static const struct stack_ops ops = {.deliver = receive, .log = say};

/* One turn of its loop, without waiting. */
static void turn(void)
{
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));

    stack_prepare(wire, fds);
    poll((struct pollfd *)(void *)fds->data, fds->len, 0);
    stack_dispatch(wire, fds, true);
}

static void start(void)
{
    struct keyval *kv = keyval_parse("-netdev", "restrict=on", NULL, NULL);

    wire = stack_new(kv, &ops, NULL, NULL);
    keyval_free(kv);
    if (!wire) {
        fuzz_fail("slirp", "does not start");
    }
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* RFC 1071, over an even number of bytes. */
static unsigned sum(const uint8_t *p, unsigned n, unsigned s)
{
    for (unsigned i = 0; i + 1 < n; i += 2) {
        s += (unsigned)p[i] << 8 | p[i + 1];
    }
    while (s >> 16) {
        s = (s & 0xffff) + (s >> 16);
    }
    return s;
}

/* A header of 10.0.2.15 to 10.0.2.2 or beyond; checksums come last. */
static void ip4(uint8_t *f, uint32_t len, uint8_t how)
{
    static const uint8_t protocols[4] = {1, 6, 17, 2};

    put16(f + 12, 0x0800);
    f[14] = 0x45;
    put16(f + 16, len - 14);
    f[22] = 64;
    f[23] = protocols[how & 3];
    memcpy(f + 26, (const uint8_t[]){10, 0, 2, 15}, 4);
    memcpy(f + 30, (const uint8_t[]){10, 0, 2, how & 4 ? 2 : how & 8 ? 3 : 255}, 4);
    if ((how & 3) == 2) {
        static const uint8_t ports[4] = {67, 69, 53, 7};

        put16(f + 34, 68);
        put16(f + 36, ports[how >> 4 & 3]);
        put16(f + 38, len - 34);
    }
}

static void ip6(uint8_t *f, uint32_t len, uint8_t how)
{
    static const uint8_t next[4] = {58, 6, 17, 0};

    put16(f + 12, 0x86dd);
    f[14] = 0x60;
    put16(f + 18, len - 54);
    f[20] = next[how & 3];
    f[21] = 255;
    memcpy(f + 22, (const uint8_t[]){0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}, 16);
    memcpy(f + 38, (const uint8_t[]){0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, 16);
    if (how & 4) {
        memcpy(f + 38, (const uint8_t[]){0xfe, 0xc0, 0, 0, 0, 0, 0, 0}, 8);
    }
    if ((how & 3) == 2) {
        put16(f + 54, 546);
        put16(f + 56, how & 0x10 ? 547 : 69);
        put16(f + 58, len - 54);
    }
}

static void arp(uint8_t *f)
{
    put16(f + 12, 0x0806);
    memcpy(f + 14, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1}, 8);
    memcpy(f + 28, (const uint8_t[]){10, 0, 2, 15}, 4);
    memcpy(f + 38, (const uint8_t[]){10, 0, 2, 2}, 4);
}

static void finish4(uint8_t *f, uint32_t len)
{
    unsigned head = (f[14] & 15u) * 4;

    if (14 + head > len) {
        return;
    }
    put16(f + 24, 0);
    put16(f + 24, ~sum(f + 14, head, 0));
    if (f[23] == 1 && 14 + head + 4 <= len) {
        put16(f + 14 + head + 2, 0);
        put16(f + 14 + head + 2, ~sum(f + 14 + head, len - 14 - head, 0));
    } else if (f[23] == 6 && 14 + head + 20 <= len) {
        put16(f + 14 + head + 16, 0);
        put16(f + 14 + head + 16,
              ~sum(f + 14 + head, len - 14 - head, sum(f + 26, 8, 6 + len - 14 - head)));
    } else if (f[23] == 17 && 14 + head + 8 <= len) {
        put16(f + 14 + head + 6, 0);
    }
}

static void finish6(uint8_t *f, uint32_t len)
{
    unsigned at = f[20] == 58 ? 56 : f[20] == 6 ? 70 : 60;

    if (at + 2 <= len) {
        put16(f + at, 0);
        put16(f + at, ~sum(f + 54, len - 54, sum(f + 22, 32, f[20] + len - 54)));
    }
}

static uint32_t make(struct fuzz_in *in, uint8_t *f)
{
    uint8_t kind = in8(in), how = in8(in), where, edits;
    uint32_t len = 60 + (kind & 0x80 ? in16(in) % 1455 : 2u * (in8(in) & 0x7f));

    memset(f, 0, SLIRP_FRAME_MAX);
    memset(f, 0xff, 6);
    memcpy(f + 6, (const uint8_t[]){0x52, 0x54, 0, 0x12, 0x34, 0x56}, 6);
    if ((kind & 3) == 0) {
        arp(f);
    } else if ((kind & 3) == 1) {
        ip6(f, len, how);
    } else {
        ip4(f, len, how);
    }
    for (edits = in8(in) & 15; edits; edits--) {
        where = in8(in);
        in_bytes(in, f + 12 + where, (kind >> 2 & 15) + 1u);
    }
    if (!(kind & 0x40)) {
        if ((kind & 3) == 1) {
            finish6(f, len);
        } else if (kind & 2) {
            finish4(f, len);
        }
    }
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};

    if (!wire) {
        start();
    }
    for (unsigned i = 0; in.left && i < FRAMES_MAX; i++) {
        uint8_t frame[SLIRP_FRAME_MAX + 300];
        uint32_t n = make(&in, frame);

        stack_input(wire, frame, MIN(n, SLIRP_FRAME_MAX));
        if ((i & 31) == 31) {
            turn();
        }
    }
    turn();
    return 0;
}
