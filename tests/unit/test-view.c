/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen for viewers: what a viewer gets, and what a bad one can not do. */
#include "core/audio.h"
#include "core/clock.h"
#include "core/stats.h"
#include "core/stats_read.h"
#include "hw/pc/board.h"
#include "stub-board.h"
#include "ui/runtime.h"
#include "ui/server.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

const struct device_class *const device_classes[] = {NULL};

static struct stub *stub;
static struct device *screen;
static unsigned width, height, drawn, keys_down, closed_calls;
static unsigned at_x, at_y, commands; /* of the pointer; 1 << command */
static int32_t moved;
static struct surface_cells text;

static void refresh(void *opaque, bool full)
{
    (void)opaque;
    (void)full;
    surface_resize(width, height);
    if (drawn) {
        surface_current()->pixels[0] = drawn;
        surface_damage(0, 0, 1, 1);
    }
}

static bool cells(void *opaque, struct surface_cells *out)
{
    (void)opaque;
    *out = text;
    return text.columns != 0;
}

static void key(void *opaque, uint16_t code, bool down)
{
    (void)opaque;
    (void)code;
    keys_down += down ? 1u : -1u;
}

static void motion(void *opaque, int32_t dx, int32_t dy, int32_t dz)
{
    (void)opaque;
    (void)dy;
    (void)dz;
    moved += dx;
}

static void on_closed(void *opaque)
{
    (void)opaque;
    closed_calls++;
}

static void position(void *opaque, uint32_t x, uint32_t y)
{
    (void)opaque;
    at_x = x;
    at_y = y;
}

static void on_command(void *opaque, enum view_command c)
{
    (void)opaque;
    commands |= 1u << c;
}

static const struct device_class screen_class = {.name = "screen", .size = sizeof(struct device)};
static const struct surface_source_ops source = {.refresh = refresh, .cells = cells};
static const struct input_sink_ops sink = {.key = key, .motion = motion, .position = position};

static void begin(void)
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

static void end(void)
{
    view_close_all();
    input_detach(screen);
    surface_detach(screen);
    device_free(screen);
    stub_free(stub);
}

static void serve(void)
{
    for (int i = 0; i < 20; i++) {
        loop_iterate(false);
    }
}

/* Until the refresh timer has run. */
static void serve_ms(unsigned ms)
{
    int64_t until = g_get_monotonic_time() + ms * 1000;

    while (g_get_monotonic_time() < until) {
        loop_iterate(false);
        g_usleep(1000);
    }
}

/* Its socket takes so many bytes; 0: as many as usual. */
static int viewer_with_room(int bytes)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), ==, 0);
    if (bytes) {
        setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    }
    view_add(fds[0]);
    return fds[1];
}

static int viewer(void)
{
    return viewer_with_room(0);
}

static void say(int fd, uint32_t type, uint32_t value)
{
    struct view_message m = {.type = type, .value = value};

    g_assert_cmpint(send(fd, &m, sizeof(m), MSG_NOSIGNAL), ==, sizeof(m));
}

static void press(int fd, uint32_t code, bool down)
{
    struct view_message m = {.type = VIEW_KEY, .key = {code, down}};

    g_assert_cmpint(send(fd, &m, sizeof(m), MSG_NOSIGNAL), ==, sizeof(m));
}

/* The next message's type, 0 when there is none, UINT32_MAX when the connection has ended. */
static uint32_t hear(int fd, struct view_message *m, int *extra)
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

static bool is_gone(int fd)
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

static void test_greeting(void)
{
    struct view_message m;
    struct stat st;
    int fd, pixels = -1;
    void *map;

    begin();
    fd = viewer();
    g_assert_cmpuint(hear(fd, &m, NULL), ==, VIEW_HELLO);
    g_assert_cmpuint(m.hello.version, ==, VIEW_VERSION);
    g_assert_cmpstr(m.hello.name, ==, "a test");
    g_assert_cmpuint(hear(fd, &m, &pixels), ==, VIEW_SURFACE);
    g_assert_cmpuint(m.surface.width, ==, 8);
    g_assert_cmpuint(m.surface.height, ==, 4);
    g_assert_cmpuint(m.surface.stride, ==, 32);
    g_assert_cmpint(fstat(pixels, &st), ==, 0);
    g_assert_cmpint(st.st_size, >=, 128);
    /* it may look, not write, and not cut off what we draw in */
    map = mmap(NULL, 128, PROT_READ | PROT_WRITE, MAP_SHARED, pixels, 0);
    g_assert_true(map == MAP_FAILED);
    g_assert_cmpint(ftruncate(pixels, 0), <, 0);
    g_assert_cmpint(pwrite(pixels, "x", 1, 0), <, 0);
    map = mmap(NULL, 128, PROT_READ, MAP_SHARED, pixels, 0);
    g_assert_true(map != MAP_FAILED);
    g_assert_cmpuint(hear(fd, &m, NULL), ==, VIEW_STATUS);
    g_assert_cmpstr(m.text, ==, "");
    g_assert_cmpuint(hear(fd, &m, NULL), ==, 0);
    say(fd, VIEW_SHOWN, 1);
    say(fd, VIEW_READY, 0);
    serve();
    g_assert_cmpuint(hear(fd, &m, NULL), ==, VIEW_DAMAGE);
    g_assert_cmpuint(m.count, ==, 1);
    g_assert_cmpuint(m.rects[0].width, ==, 8);
    drawn = 0x123456;
    serve_ms(100);
    g_assert_cmpuint(hear(fd, &m, NULL), ==, 0); /* not ready */
    say(fd, VIEW_READY, 0);
    serve();
    g_assert_cmpuint(hear(fd, &m, NULL), ==, VIEW_DAMAGE);
    g_assert_cmpuint(*(uint32_t *)map, ==, 0x123456);
    view_close_all();
    g_assert_cmpuint(hear(fd, &m, NULL), ==, VIEW_END);
    munmap(map, 128);
    close(pixels);
    close(fd);
    end();
}

/* One that never reads costs one message, however long it takes; others get all. */
static void test_slow(void)
{
    struct view_message m;
    int slow, fast, pixels;
    unsigned frames = 0;

    begin();
    slow = viewer();
    say(slow, VIEW_SHOWN, 1);
    say(slow, VIEW_READY, 0);
    fast = viewer();
    say(fast, VIEW_SHOWN, 1);
    say(fast, VIEW_READY, 0);
    for (int i = 0; i < 40; i++) {
        uint32_t type;

        drawn = (unsigned)i + 1;
        width = 8 + (unsigned)i % 3; /* modes come and go */
        serve_ms(35);
        while ((type = hear(fast, &m, &pixels)) != 0) {
            g_assert_cmpuint(type, !=, UINT32_MAX);
            if (type == VIEW_SURFACE) {
                close(pixels);
            } else if (type == VIEW_DAMAGE) {
                frames++;
                say(fast, VIEW_READY, 0);
            }
        }
    }
    g_assert_cmpuint(frames, >, 15);
    g_assert_cmpuint(view_count(), ==, 2);
    close(slow);
    close(fast);
    serve();
    g_assert_cmpuint(view_count(), ==, 0);
    end();
}

static void test_input(void)
{
    struct view_message m = {.type = VIEW_MOTION, .motion = {INT32_MAX, INT32_MIN, INT32_MAX}};
    int fd;

    begin();
    fd = viewer();
    press(fd, 0x1e, true);
    press(fd, 0x2a, true);
    press(fd, 0x12345678, true); /* no such key */
    serve();
    g_assert_cmpuint(keys_down, ==, 2);
    g_assert_cmpint(send(fd, &m, sizeof(m), 0), ==, sizeof(m));
    serve();
    g_assert_cmpint(moved, ==, 32767);
    say(fd, VIEW_RELEASE, 0);
    serve();
    g_assert_cmpuint(keys_down, ==, 0);
    press(fd, 0x1e, true);
    serve();
    close(fd);
    serve();
    g_assert_cmpuint(keys_down, ==, 0); /* it has gone with a key held */
    end();
}

/* The page of figures, once, for who asks; and its going disturbs nobody. */
static void test_stats(void)
{
    const struct stats_page *page;
    struct view_message m;
    int typist, fd, pixels = -1, got = -1;

    stats_open(1);
    begin();
    typist = viewer();
    press(typist, 0x1e, true);
    fd = viewer();
    while (hear(fd, &m, &pixels) != VIEW_STATUS) {
    }
    close(pixels);
    say(fd, VIEW_WANT, VIEW_WANT_STATS);
    say(fd, VIEW_WANT, VIEW_WANT_STATS);
    serve();
    g_assert_cmpuint(hear(fd, &m, &got), ==, VIEW_STATS);
    g_assert_cmpuint(hear(fd, &m, NULL), ==, 0);
    page = stats_map(got, NULL);
    g_assert_nonnull(page);
    g_assert_cmpuint(page->head.pid, ==, (uint32_t)getpid());
    stats_unmap(page);
    close(got);
    drawn = 1;
    serve_ms(100);
    g_assert_cmpuint(hear(fd, &m, NULL), ==, 0);
    close(fd);
    serve();
    g_assert_cmpuint(view_count(), ==, 1);
    g_assert_cmpuint(keys_down, ==, 1);
    close(typist);
    end();
    stats_close();
}

/* Only the window that the machine opened may end it. */
static void test_close(void)
{
    int fd;

    begin();
    fd = viewer();
    say(fd, VIEW_CLOSED, 1);
    serve();
    g_assert_cmpuint(view_count(), ==, 0);
    g_assert_cmpuint(closed_calls, ==, 0);
    close(fd);
    end();
}

/* The message that a viewer of cells is told next, with nothing of pixels before it. */
static uint32_t hear_cells(int fd, struct view_message *m)
{
    uint32_t type = hear(fd, m, NULL);

    g_assert_cmpuint(type, !=, VIEW_DAMAGE);
    g_assert_cmpuint(type, !=, VIEW_SURFACE);
    return type;
}

/* All of it once, then what changes, a round for each READY. */
static void test_cells(void)
{
    struct view_message m;
    int fd, pixels = -1;

    begin();
    text = (struct surface_cells){.columns = 3, .rows = 2, .cells = {1, 2, 3, 4, 5, 6}};
    fd = viewer();
    while (hear(fd, &m, &pixels)) {
    }
    close(pixels);
    say(fd, VIEW_WANT, VIEW_WANT_CELLS);
    say(fd, VIEW_SHOWN, 1);
    say(fd, VIEW_READY, 0);
    drawn = 1;
    serve_ms(100);
    g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_MODE);
    g_assert_cmpuint(m.text_mode.columns, ==, 3);
    g_assert_cmpuint(m.text_mode.width, ==, 8);
    for (unsigned y = 0; y < 2; y++) {
        g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_ROW);
        g_assert_cmpuint(m.row.row, ==, y);
        g_assert_cmpuint(m.row.cells[2], ==, y * 3 + 3);
    }
    g_assert_cmpuint(hear_cells(fd, &m), ==, 0);
    text.cells[4] = 7;
    serve_ms(100);
    g_assert_cmpuint(hear_cells(fd, &m), ==, 0); /* not ready */
    text.cursor = true;
    text.cells[1] = 9;
    serve_ms(100);
    text.cells[1] = 2; /* as it was: nothing to tell */
    serve_ms(100);
    say(fd, VIEW_READY, 0);
    serve();
    g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_MODE);
    g_assert_cmpuint(m.text_mode.cursor, ==, 1);
    g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_ROW);
    g_assert_cmpuint(m.row.row, ==, 1);
    g_assert_cmpuint(m.row.cells[1], ==, 7);
    say(fd, VIEW_READY, 0);
    serve_ms(100);
    g_assert_cmpuint(hear_cells(fd, &m), ==, 0); /* nothing has changed */
    text.columns = 0;                            /* graphics */
    serve_ms(100);
    g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_MODE);
    g_assert_cmpuint(m.text_mode.columns, ==, 0);
    g_assert_cmpuint(hear_cells(fd, &m), ==, 0);
    say(fd, VIEW_WANT, VIEW_WANT_PIXELS);
    say(fd, VIEW_READY, 0);
    serve_ms(250);
    g_assert_cmpuint(hear(fd, &m, &pixels), ==, VIEW_SURFACE);
    close(pixels);
    g_assert_cmpuint(hear(fd, &m, NULL), ==, VIEW_DAMAGE);
    close(fd);
    end();
}

/* What the socket has no room for comes later; each row is what it is then. */
static void test_cells_room(void)
{
    struct view_message m;
    int fd, pixels = -1;
    unsigned rows = 0;
    uint32_t type;

    begin();
    text = (struct surface_cells){.columns = 2, .rows = SURFACE_MAX_ROWS};
    fd = viewer_with_room(4096);
    while (hear(fd, &m, &pixels)) {
    }
    close(pixels);
    say(fd, VIEW_WANT, VIEW_WANT_CELLS);
    say(fd, VIEW_SHOWN, 1);
    say(fd, VIEW_READY, 0);
    serve_ms(100);
    text.cells[2 * SURFACE_MAX_ROWS - 1] = 5;
    for (int i = 0; i < 100 && rows < SURFACE_MAX_ROWS; i++) {
        while ((type = hear_cells(fd, &m)) != 0) {
            if (type == VIEW_TEXT_ROW) {
                g_assert_cmpuint(m.row.row, ==, rows++);
            }
        }
        serve_ms(40);
    }
    g_assert_cmpuint(rows, ==, SURFACE_MAX_ROWS);
    g_assert_cmpuint(m.row.cells[1], ==, 5);
    close(fd);
    end();
}

/* Lights and the pointer's kind are told when they change; commands come through. */
static void test_console(void)
{
    struct view_message m = {.type = VIEW_POSITION, .position = {UINT32_MAX, 5}};
    int fd, pixels = -1;

    begin();
    fd = viewer();
    say(fd, VIEW_SHOWN, 1);
    serve();
    while (hear(fd, &m, &pixels)) {
        g_assert_cmpuint(m.type, !=, VIEW_LEDS);
    }
    close(pixels);
    input_set_leds(2);
    input_pointer_on(screen, true);
    serve_ms(300);
    g_assert_cmpuint(hear(fd, &m, &pixels), ==, VIEW_LEDS);
    g_assert_cmpuint(m.value, ==, 2);
    g_assert_cmpuint(hear(fd, &m, &pixels), ==, VIEW_POINTER);
    g_assert_cmpuint(m.value, ==, 1);
    input_set_leds(0);
    input_pointer_on(screen, false);
    m = (struct view_message){.type = VIEW_POSITION, .position = {UINT32_MAX, 5}};
    g_assert_cmpint(send(fd, &m, sizeof(m), MSG_NOSIGNAL), ==, sizeof(m));
    say(fd, VIEW_COMMAND, VIEW_PAUSE);
    say(fd, VIEW_COMMAND, 99);
    serve();
    g_assert_cmpuint(at_x, ==, INPUT_POSITION_MAX);
    g_assert_cmpuint(at_y, ==, 5);
    g_assert_cmpuint(commands, ==, 1u << VIEW_PAUSE);
    close(fd);
    end();
}

static void test_hostile(void)
{
    static const uint32_t types[] = {0,          VIEW_HELLO,  VIEW_SURFACE, VIEW_DAMAGE,
                                     VIEW_END,   VIEW_STATUS, 0xff,         0x1ff,
                                     UINT32_MAX, VIEW_FAILED};
    char large[4096] = {0};
    int fd, good;

    begin();
    good = viewer();
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        fd = viewer();
        say(fd, types[i], 1);
        serve();
        g_assert_true(is_gone(fd));
        close(fd);
    }
    for (size_t len = 1; len <= sizeof(large); len = len * 3 + 1) {
        fd = viewer();
        if (len != sizeof(struct view_message)) {
            g_assert_cmpint(send(fd, large, len, 0), ==, (ssize_t)len);
            serve();
            g_assert_true(is_gone(fd));
        }
        close(fd);
    }
    g_assert_cmpuint(view_count(), ==, 1);
    g_assert_false(is_gone(good));
    close(good);
    end();
}

static void test_many(void)
{
    int fds[36];
    unsigned refused = 0;

    begin();
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++) {
        fds[i] = viewer();
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++) {
        refused += is_gone(fds[i]);
        close(fds[i]);
    }
    g_assert_cmpuint(refused, ==, 4);
    end();
}

/* One that came by itself may not bring others, nor say who they are. */
static void test_adds(void)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct view_message m = {.type = VIEW_ADD};
    struct iovec iov = {&m, sizeof(m)};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    int pair[2], fd;

    begin();
    fd = viewer();
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), ==, 0);
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.head), &pair[0], sizeof(int));
    g_assert_cmpint(sendmsg(fd, &msg, 0), ==, (ssize_t)sizeof(m));
    close(pair[0]);
    m.type = VIEW_PEER;
    g_assert_cmpint(send(fd, &m, sizeof(m), 0), ==, (ssize_t)sizeof(m));
    serve();
    g_assert_cmpuint(view_count(), ==, 1);
    g_assert_false(is_gone(fd));
    g_assert_cmpint(recv(pair[1], &m, sizeof(m), MSG_DONTWAIT), ==, 0); /* closed, not kept */
    close(pair[1]);
    close(fd);
    end();
}

/* -- where they meet -- */

static void test_runtime(void)
{
    g_autofree char *dir = g_dir_make_tmp("vmx-view-XXXXXX", NULL);
    g_autofree char *sub = g_build_filename(dir, "vmx-dm", NULL);
    g_autoptr(GError) error = NULL;
    struct stat st;
    char *path = NULL, *other = NULL;
    int fd, fd2;

    g_setenv("XDG_RUNTIME_DIR", dir, TRUE);
    g_assert_cmpint(runtime_connect(NULL, &error), ==, -1);
    g_assert_nonnull(strstr(error->message, "no machine of this user"));
    g_clear_error(&error);
    fd = runtime_listen("../a b\n", &path);
    g_assert_cmpint(fd, >=, 0);
    g_assert_true(g_str_has_prefix(path, sub));
    g_assert_nonnull(strstr(path, "/.._a_b_-"));
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpuint(st.st_mode & 0777, ==, 0600);
    g_assert_cmpint(stat(sub, &st), ==, 0);
    g_assert_cmpuint(st.st_mode & 0777, ==, 0700);
    fd2 = runtime_connect(NULL, &error);
    g_assert_no_error(error);
    close(fd2);
    fd2 = runtime_connect(".._a_b_", &error);
    g_assert_no_error(error);
    close(fd2);
    fd2 = runtime_connect(path, &error);
    g_assert_no_error(error);
    close(fd2);
    g_assert_cmpint(runtime_connect("c", &error), ==, -1);
    g_assert_nonnull(strstr(error->message, "there are: .._a_b_-"));
    g_clear_error(&error);
    close(fd);
    /* it has died: its socket is cleared away */
    g_assert_cmpint(runtime_connect(NULL, &error), ==, -1);
    g_clear_error(&error);
    g_assert_cmpint(access(path, F_OK), <, 0);
    /* a directory that others may write in is not used */
    g_assert_cmpint(g_chmod(sub, 0777), ==, 0);
    g_assert_cmpint(runtime_listen("x", &other), ==, -1);
    g_assert_null(other);
    g_assert_cmpint(g_rmdir(sub), ==, 0);
    g_assert_cmpint(symlink("/tmp", sub), ==, 0);
    g_assert_cmpint(runtime_listen("x", &other), ==, -1);
    g_unlink(sub);
    g_rmdir(dir);
    g_free(path);
}

/* Sound goes to who wants it; while nobody does, nothing runs. */
static bool hum(void *opaque, uint64_t first, int32_t *mix)
{
    (void)opaque;
    (void)first;
    for (unsigned i = 0; i < AUDIO_FRAMES * AUDIO_CHANNELS; i++) {
        mix[i] += (int32_t)i;
    }
    return true;
}

static void test_sound(void)
{
    static const struct audio_source_ops ops = {.render = hum};
    struct audio_source hummer = {.ops = &ops};
    struct clock *clock = clock_new(true);
    struct view_message m;
    unsigned packets = 0;
    uint32_t type;
    int fd, pixels;

    begin();
    hummer.dev = screen;
    audio_source_add(&hummer, clock);
    fd = viewer();
    say(fd, VIEW_READY, 0);
    serve();
    g_assert_false(audio_heard());
    g_assert_cmpuint(clock_deadline(clock), ==, TIMER_NEVER);
    say(fd, VIEW_WANT, VIEW_WANT_AUDIO);
    serve();
    g_assert_true(audio_heard());
    clock_step(clock, 4 * AUDIO_PACKET_NS);
    while ((type = hear(fd, &m, &pixels)) != 0) {
        g_assert_cmpuint(type, !=, UINT32_MAX);
        if (type == VIEW_SURFACE) {
            close(pixels);
        } else if (type == VIEW_AUDIO) {
            packets++;
            g_assert_cmpuint(m.audio.frames, ==, VIEW_SAMPLES);
            g_assert_cmpint(m.audio.samples[239], ==, 239);
        }
    }
    g_assert_cmpuint(packets, ==, 4);
    clock_step(clock, NS_PER_SEC); /* it does not read: what has no room is lost */
    serve();
    g_assert_cmpuint(view_count(), ==, 1);
    close(fd);
    serve();
    g_assert_false(audio_heard());
    clock_step(clock, NS_PER_SEC);
    g_assert_cmpuint(clock_deadline(clock), ==, TIMER_NEVER);
    audio_source_remove(&hummer);
    end();
    clock_free(clock);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/greeting", test_greeting);
    g_test_add_func("/view/slow", test_slow);
    g_test_add_func("/view/input", test_input);
    g_test_add_func("/view/stats", test_stats);
    g_test_add_func("/view/close", test_close);
    g_test_add_func("/view/cells", test_cells);
    g_test_add_func("/view/cells_room", test_cells_room);
    g_test_add_func("/view/console", test_console);
    g_test_add_func("/view/sound", test_sound);
    g_test_add_func("/view/hostile", test_hostile);
    g_test_add_func("/view/many", test_many);
    g_test_add_func("/view/adds", test_adds);
    g_test_add_func("/view/runtime", test_runtime);
    return g_test_run();
}
