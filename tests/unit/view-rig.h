/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine with a screen and a sink of input, and viewers that are a test's. */
#ifndef TESTS_UNIT_VIEW_RIG_H
#define TESTS_UNIT_VIEW_RIG_H

#include "hw/pc/board.h"
#include "stub-board.h"
#include "ui/server.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

const struct device_class *const device_classes[] = {NULL};

static struct stub *stub;
static struct device *screen;
static unsigned width, height, drawn, keys_down, closed_calls;
static unsigned at_x, at_y, commands; /* of the pointer; 1 << command */
static unsigned refreshed;            /* how often: once in each round of the pace */
static int32_t moved;
static struct surface_cells text;

static inline void refresh(void *opaque, bool full)
{
    (void)opaque;
    (void)full;
    refreshed++;
    surface_resize(width, height);
    if (drawn) {
        surface_current()->pixels[0] = drawn;
        surface_damage(0, 0, 1, 1);
    }
}

static inline bool cells(void *opaque, struct surface_cells *out)
{
    (void)opaque;
    *out = text;
    return text.columns != 0;
}

static inline void key(void *opaque, uint16_t code, bool down)
{
    (void)opaque;
    (void)code;
    keys_down += down ? 1u : -1u;
}

static inline void motion(void *opaque, int32_t dx, int32_t dy, int32_t dz)
{
    (void)opaque;
    (void)dy;
    (void)dz;
    moved += dx;
}

static inline void on_closed(void *opaque)
{
    (void)opaque;
    closed_calls++;
}

static inline void position(void *opaque, uint32_t x, uint32_t y)
{
    (void)opaque;
    at_x = x;
    at_y = y;
}

static inline void on_command(void *opaque, enum view_command c)
{
    (void)opaque;
    commands |= 1u << c;
}

static const struct device_class screen_class = {.name = "screen", .size = sizeof(struct device)};
static const struct surface_source_ops source = {.refresh = refresh, .cells = cells};
static const struct input_sink_ops sink = {.key = key, .motion = motion, .position = position};

static inline void begin(void)
{
    static const struct view_config cfg = {
        .name = "a test", .closed = on_closed, .command = on_command};

    stub = stub_new(0);
    screen = device_new(&screen_class, NULL);
    g_assert_true(device_realize(screen, &stub->board, NULL));
    width = 8;
    height = 4;
    drawn = keys_down = closed_calls = 0;
    moved = 0;
    g_assert_true(surface_attach(screen, &source, NULL));
    g_assert_true(input_attach(screen, &sink, NULL));
    view_init(&cfg);
}

static inline void end(void)
{
    view_close_all();
    input_detach(screen);
    surface_detach(screen);
    device_free(screen);
    stub_free(stub);
}

static inline void serve(void)
{
    for (int i = 0; i < 20; i++) {
        loop_iterate(false);
    }
}

/* Rounds of the pace: what viewers that look are told by itself, however long it takes. */
static inline void serve_rounds(unsigned n)
{
    for (unsigned before = refreshed; refreshed - before < n;) {
        loop_iterate(true);
    }
}

/* Its socket takes so many bytes; 0: as many as usual. */
static inline int viewer_with_room(int bytes)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), ==, 0);
    if (bytes) {
        setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    }
    view_add(fds[0]);
    return fds[1];
}

static inline int viewer(void)
{
    return viewer_with_room(0);
}

static inline void say(int fd, uint32_t type, uint32_t value)
{
    struct view_message m = {.type = type, .value = value};

    g_assert_cmpint(send(fd, &m, sizeof(m), MSG_NOSIGNAL), ==, sizeof(m));
}

static inline void press(int fd, uint32_t code, bool down)
{
    struct view_message m = {.type = VIEW_KEY, .key = {code, down}};

    g_assert_cmpint(send(fd, &m, sizeof(m), MSG_NOSIGNAL), ==, sizeof(m));
}

/* The next message's type, 0 when there is none, UINT32_MAX when the connection has ended. */
static inline uint32_t hear(int fd, struct view_message *m, int *extra)
{
    int got;
    ssize_t n = view_receive(fd, m, &got, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN) {
        return 0;
    }
    if (n <= 0) {
        return UINT32_MAX;
    }
    g_assert_cmpint(n, ==, sizeof(*m));
    if (got >= 0) {
        g_assert_nonnull(extra);
        *extra = got;
    }
    return m->type;
}

static inline bool is_gone(int fd)
{
    struct view_message m;
    uint32_t type;
    int extra = -1;

    do {
        type = hear(fd, &m, &extra);
        if (extra >= 0) {
            close(extra);
            extra = -1;
        }
    } while (type != 0 && type != UINT32_MAX);
    return type == UINT32_MAX;
}

#endif
