/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages between vmx-dm and vmx-dm-slirp: frames together, and what a hostile end sends. */
#include "net/wire.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct wire_message m;
static struct frames_out out;
static int end[2];

static void open_pair(void)
{
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end), ==, 0);
    out.len = 0;
}

static void close_pair(void)
{
    close(end[0]);
    close(end[1]);
}

static void put(uint32_t len, uint8_t fill)
{
    uint8_t frame[LINK_FRAME_MAX];

    memset(frame, fill, sizeof(frame));
    frames_put(&out, frame, len);
}

static void put_length(uint32_t at, uint32_t len)
{
    out.buf[at] = (uint8_t)(len >> 24);
    out.buf[at + 1] = (uint8_t)(len >> 16);
    out.buf[at + 2] = (uint8_t)(len >> 8);
    out.buf[at + 3] = (uint8_t)len;
}

static void expect(uint32_t len, uint8_t fill)
{
    uint32_t got = 0;
    const uint8_t *frame = wire_frame(&m, &got);

    g_assert_nonnull(frame);
    g_assert_cmpuint(got, ==, len);
    g_assert_cmpuint(frame[0], ==, fill);
    g_assert_cmpuint(frame[len - 1], ==, fill);
    g_assert_true(frame >= m.in.buf && frame + len <= m.in.buf + sizeof(m.in.buf));
}

static void expect_end(void)
{
    uint32_t len;

    g_assert_null(wire_frame(&m, &len));
    g_assert_null(wire_frame(&m, &len)); /* and it stays that */
}

/* As many as fit, of all lengths, in their order, in one packet. */
static void test_together(void)
{
    unsigned n = 0;

    open_pair();
    g_assert_cmpint(wire_receive(end[1], &m), ==, WIRE_NONE);
    for (; frames_fits(&out); n++) {
        put(1 + n * 97 % LINK_FRAME_MAX, (uint8_t)n);
    }
    g_assert_cmpuint(n, >, 32);
    g_assert_cmpint(wire_send(end[0], WIRE_FRAMES, 7, out.buf, out.len), ==, 0);
    g_assert_cmpint(wire_receive(end[1], &m), ==, WIRE_ONE);
    g_assert_cmpuint(m.head.type, ==, WIRE_FRAMES);
    g_assert_cmpuint(m.head.serial, ==, 7);
    for (unsigned i = 0; i < n; i++) {
        expect(1 + i * 97 % LINK_FRAME_MAX, (uint8_t)i);
    }
    expect_end();
    g_assert_cmpint(wire_receive(end[1], &m), ==, WIRE_NONE);
    close_pair();
}

static void pass(size_t len)
{
    g_assert_cmpint(wire_send(end[0], WIRE_FRAMES, 0, out.buf, len), ==, 0);
    g_assert_cmpint(wire_receive(end[1], &m), ==, WIRE_ONE);
}

/* A length that no frame has ends the message, the next message begins anew. */
static void test_lengths(void)
{
    static const uint32_t bad[] = {61, 2048, 2049, 65536, 69632, 69633, 0x7fffffff, UINT32_MAX};

    open_pair();
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        out.len = 0;
        put(60, 1);
        put(60, 2);
        put_length(64, bad[i]);
        pass(out.len);
        expect(60, 1);
        expect_end();
    }
    out.len = 0;
    put(60, 1);
    put(60, 2);
    put(60, 3);
    put_length(64, 0); /* nothing, and its bytes are the next length: none */
    pass(out.len);
    expect(60, 1);
    for (uint32_t len = 0; wire_frame(&m, &len);) {
        g_assert_cmpuint(len, <=, LINK_FRAME_MAX);
    }
    put_length(64, 2049); /* passed over with what follows */
    pass(out.len);
    expect(60, 1);
    expect_end();
    put_length(64, 60);
    pass(out.len);
    for (uint8_t i = 1; i <= 3; i++) {
        expect(60, i);
    }
    expect_end();
    close_pair();
}

/* Cut anywhere: whole frames come, and no byte of an earlier message. */
static void test_cut(void)
{
    open_pair();
    for (unsigned i = 0; i < 5; i++) {
        put(60, (uint8_t)i);
    }
    for (uint32_t cut = 0; cut <= out.len; cut++) {
        pass(cut);
        for (uint32_t i = 0; i < cut / 64; i++) {
            expect(60, (uint8_t)i);
        }
        expect_end();
    }
    close_pair();
}

/* A packet that is longer than any message, and shorter. */
static void test_packets(void)
{
    static uint8_t large[2 * WIRE_PAYLOAD];
    const uint16_t type = WIRE_FRAMES;

    open_pair();
    memcpy(large, &type, sizeof(type));
    for (size_t at = 4; at + 64 <= sizeof(large); at += 64) {
        large[at + 3] = 60;
        memset(large + at + 4, 9, 60);
    }
    g_assert_cmpint(send(end[0], large, sizeof(large), 0), ==, sizeof(large));
    g_assert_cmpint(wire_receive(end[1], &m), ==, WIRE_ONE);
    g_assert_cmpuint(m.in.len, ==, WIRE_PAYLOAD);
    for (unsigned i = 0; i < WIRE_PAYLOAD / 64; i++) {
        expect(60, 9);
    }
    expect_end();
    g_assert_cmpint(send(end[0], large, 4, 0), ==, 4);
    g_assert_cmpint(wire_receive(end[1], &m), ==, WIRE_ONE);
    expect_end();
    g_assert_cmpint(send(end[0], large, 3, 0), ==, 3);
    g_assert_cmpint(wire_receive(end[1], &m), ==, WIRE_END);
    close_pair();
}

/* Nobody reads: the socket is full, nothing is lost; then the reader is gone. */
static void test_full(void)
{
    unsigned sent = 0, got = 0;
    int err;

    open_pair();
    while (frames_fits(&out)) {
        put(1514, 5);
    }
    while ((err = wire_send(end[0], WIRE_FRAMES, (uint16_t)sent, out.buf, out.len)) == 0) {
        sent++;
        g_assert_cmpuint(sent, <, 1000);
    }
    g_assert_cmpint(err, ==, EAGAIN);
    for (; wire_receive(end[1], &m) == WIRE_ONE; got++) {
        g_assert_cmpuint(m.head.serial, ==, got);
        expect(1514, 5);
    }
    g_assert_cmpuint(got, ==, sent);
    g_assert_cmpint(wire_send(end[0], WIRE_FRAMES, 0, out.buf, out.len), ==, 0);
    close(end[0]);
    g_assert_cmpint(wire_receive(end[1], &m), ==, WIRE_ONE); /* what it sent before its end */
    g_assert_cmpint(wire_receive(end[1], &m), ==, WIRE_END);
    g_assert_cmpint(wire_send(end[1], WIRE_FRAMES, 0, out.buf, out.len), ==, EPIPE);
    close(end[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/together", test_together);
    g_test_add_func("/wire/lengths", test_lengths);
    g_test_add_func("/wire/cut", test_cut);
    g_test_add_func("/wire/packets", test_packets);
    g_test_add_func("/wire/full", test_full);
    return g_test_run();
}
