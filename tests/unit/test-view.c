/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen for viewers: what a viewer gets, and what a bad one can not do. */
#include "ui/runtime.h"
#include "view-rig.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

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
    serve_rounds(2);
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
    int slow, fast, pixels = -1;
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
        serve_rounds(1);
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
    g_assert_cmpuint(frames, >=, 39);
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
    struct view_message m = {.type = VIEW_ADD};
    int pair[2], fd;

    begin();
    fd = viewer();
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), ==, 0);
    g_assert_true(packet_send(fd, &m, sizeof(m), pair[0], 0));
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

/* More descriptors than a message has are not kept: who sends them could use up the machine's. */
static void test_descriptors(void)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct view_message m = {.type = VIEW_ADD};
    struct iovec iov = {&m, sizeof(m)};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    int fds[2] = {STDIN_FILENO, STDIN_FILENO}, fd, free_before, free_after;

    begin();
    fd = viewer();
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof(fds));
    memcpy(CMSG_DATA(&control.head), fds, sizeof(fds));
    free_before = dup(STDIN_FILENO); /* the lowest one */
    close(free_before);
    g_assert_cmpint(sendmsg(fd, &msg, 0), ==, (ssize_t)sizeof(m));
    serve();
    free_after = dup(STDIN_FILENO);
    close(free_after);
    g_assert_cmpint(free_after, ==, free_before);
    g_assert_false(is_gone(fd));
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/greeting", test_greeting);
    g_test_add_func("/view/slow", test_slow);
    g_test_add_func("/view/input", test_input);
    g_test_add_func("/view/close", test_close);
    g_test_add_func("/view/hostile", test_hostile);
    g_test_add_func("/view/many", test_many);
    g_test_add_func("/view/adds", test_adds);
    g_test_add_func("/view/descriptors", test_descriptors);
    g_test_add_func("/view/runtime", test_runtime);
    return g_test_run();
}
