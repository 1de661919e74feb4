/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A viewer and a machine that is not what it should be. */
#include "core/loop.h"
#include "hw/pc/board.h"
#include "ui/client/remote.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

const struct device_class *const device_classes[] = {NULL};

static unsigned frames, ends, sizes;
static struct surface_rect last;

static void on_frame(void)
{
    frames++;
}

static void on_status(const char *text)
{
    (void)text;
}

static void on_end(bool said)
{
    (void)said;
    ends++;
}

static void on_resized(void *opaque, const struct surface *s)
{
    (void)opaque;
    sizes += s->width;
}

static void on_damaged(void *opaque, const struct surface_rect *r)
{
    (void)opaque;
    last = *r;
}

static const struct remote_ops ops = {.frame = on_frame, .status = on_status, .end = on_end};
static const struct surface_view_ops view = {.resized = on_resized, .damaged = on_damaged};

static void tell(int machine, const struct view_message *m, int fd)
{
    g_assert_true(packet_send(machine, m, sizeof(*m), fd, 0));
}

static void serve(void)
{
    for (int i = 0; i < 20; i++) {
        loop_iterate(false);
    }
}

/* A machine's end of the socket, whose greeting was heard. */
static int begin(void)
{
    struct view_message hello = {.type = VIEW_HELLO, .hello = {.version = VIEW_VERSION}};
    g_autoptr(GError) error = NULL;
    g_autofree char *name = NULL;
    enum view_close when_closed;
    int pair[2];

    frames = ends = sizes = 0;
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
    strcpy(hello.hello.name, "a test");
    tell(pair[0], &hello, -1);
    name = remote_open(pair[1], &ops, &when_closed, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(name, ==, "a test");
    surface_view_add(&view, NULL);
    return pair[0];
}

static void end(int machine)
{
    surface_view_remove(&view, NULL);
    remote_close();
    close(machine);
}

static int pixels(size_t size, int seals)
{
    int fd = memfd_create("pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    g_assert_cmpint(ftruncate(fd, (off_t)size), ==, 0);
    g_assert_cmpint(fcntl(fd, F_ADD_SEALS, seals), ==, 0);
    return fd;
}

static void tell_surface(int machine, uint32_t width, uint32_t height, uint32_t stride, int fd)
{
    struct view_message m = {.type = VIEW_SURFACE, .surface = {width, height, stride}};

    tell(machine, &m, fd);
    if (fd >= 0) {
        close(fd);
    }
    serve();
}

static void test_surface(void)
{
    struct view_message m = {.type = VIEW_DAMAGE, .count = 1};
    int machine = begin();

    tell_surface(machine, 8, 4, 32, pixels(128, F_SEAL_SHRINK));
    g_assert_cmpuint(sizes, ==, 8);
    g_assert_cmpuint(ends, ==, 0);
    m.rects[0] = (struct surface_rect){6, 3, UINT32_MAX, UINT32_MAX};
    tell(machine, &m, -1);
    serve();
    g_assert_cmpuint(frames, ==, 1);
    g_assert_cmpuint(last.x + last.width, ==, 8);
    g_assert_cmpuint(last.y + last.height, ==, 4);
    end(machine);
}

/* Each ends the connection; none is mapped. */
static void test_refused(void)
{
    static const struct {
        uint32_t width, height, stride;
        size_t size;
        int seals;
    } bad[] = {
        {8, 4, 32, 128, 0}, /* could shrink while it is read */
        {8, 4, 32, 127, F_SEAL_SHRINK},
        {8, 4, 28, 128, F_SEAL_SHRINK},
        {8, 4, 33, 256, F_SEAL_SHRINK},
        {0, 4, 32, 128, F_SEAL_SHRINK},
        {8, 0, 32, 128, F_SEAL_SHRINK},
        {4097, 1, 16388, 16388, F_SEAL_SHRINK},
        {1, 4097, 4, 16388, F_SEAL_SHRINK},
        {0x40000001, 1, 4, 128, F_SEAL_SHRINK},
        {4096, 4096, 0xfffffffc, 128, F_SEAL_SHRINK},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        int machine = begin();

        tell_surface(machine, bad[i].width, bad[i].height, bad[i].stride,
                     pixels(bad[i].size, bad[i].seals));
        if (sizes || ends != 1) {
            g_test_message("%zu: taken", i);
            g_test_fail();
        }
        end(machine);
    }
}

/* A packet that is no message. */
static void test_short(void)
{
    static const uint32_t type = VIEW_DAMAGE;
    int machine = begin();

    g_assert_cmpint(send(machine, &type, sizeof(type), 0), ==, sizeof(type));
    serve();
    g_assert_cmpuint(ends, ==, 1);
    g_assert_cmpuint(frames, ==, 0);
    end(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    loop_init();
    g_test_add_func("/remote/surface", test_surface);
    g_test_add_func("/remote/refused", test_refused);
    g_test_add_func("/remote/short", test_short);
    return g_test_run();
}
