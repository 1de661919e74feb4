/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a viewer hears of a machine that was taken over: messages of every type and length, with
 * descriptors that are pixels, or something else, or two. Every pixel that the viewer was told of is
 * read; whatever came, it holds no descriptor afterwards.
 */
#include "tests/fuzz/board.h"
#include "ui/client/remote.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGES 64

static unsigned rounds;
static bool ended;

static void on_frame(void)
{
    rounds++;
}

static void on_status(const char *text)
{
    rounds += (unsigned)strlen(text);
}

static void on_end(bool said)
{
    (void)said;
    ended = true;
}

static void on_leds(uint8_t leds)
{
    rounds += leds;
}

static void on_text_mode(const struct surface_cells *shape, const struct surface *size)
{
    if (shape->columns > SURFACE_MAX_COLUMNS || shape->rows > SURFACE_MAX_ROWS ||
        size->width > SURFACE_MAX_WIDTH || size->height > SURFACE_MAX_HEIGHT) {
        fuzz_fail("text mode", "beyond the caps");
    }
}

static void on_text_row(uint32_t row, const uint16_t cells[SURFACE_MAX_COLUMNS])
{
    if (row >= SURFACE_MAX_ROWS) {
        fuzz_fail("row", "beyond the cap");
    }
    rounds += cells[SURFACE_MAX_COLUMNS - 1];
}

static void on_audio(const int16_t *samples, uint32_t frames)
{
    for (uint32_t i = 0; i < 2 * frames; i++) {
        rounds += (unsigned)samples[i];
    }
}

static void on_stats(int fd)
{
    close(fd);
}

static void on_consoles(void)
{
    for (unsigned n = 0; n <= remote_consoles(); n++) {
        rounds += (unsigned)strlen(remote_console_name(n));
    }
    remote_turn(rounds % 3);
}

static const struct remote_ops ops = {
    .consoles = on_consoles,
    .frame = on_frame,
    .status = on_status,
    .end = on_end,
    .leds = on_leds,
    .text_mode = on_text_mode,
    .text_row = on_text_row,
    .audio = on_audio,
    .stats = on_stats,
    .secret = on_status,
};

static void look(const struct surface_rect *r)
{
    const struct surface *s = surface_current();

    for (uint32_t y = r->y; y < r->y + r->height; y += 1 + r->height / 8) {
        const uint8_t *row = (const uint8_t *)s->pixels + (size_t)y * s->stride;

        for (uint32_t x = r->x; x < r->x + r->width; x += 1 + r->width / 8) {
            rounds += row[x * 4 + 3];
        }
    }
    if (r->width && r->height) {
        rounds += s->pixels[(size_t)(r->y + r->height - 1) * s->stride / 4 + r->x + r->width - 1];
    }
}

static void on_resized(void *opaque, const struct surface *s)
{
    const struct surface_rect all = {0, 0, s->width, s->height};

    (void)opaque;
    look(&all);
}

static void on_damaged(void *opaque, const struct surface_rect *r)
{
    (void)opaque;
    look(r);
}

static const struct surface_view_ops view = {.resized = on_resized, .damaged = on_damaged};

/* Of some size, sealed or not; or what is no file. */
static int descriptor(struct fuzz_in *in)
{
    uint8_t how = in8(in);
    int fd = memfd_create("pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (how & 1) {
        close(fd);
        return dup(STDIN_FILENO);
    }
    if (ftruncate(fd, how & 2 ? in8(in) * 4096 : in16(in)) < 0 ||
        fcntl(fd, F_ADD_SEALS, how & 4 ? 0 : F_SEAL_SHRINK) < 0) {
        fuzz_fail("memfd", strerror(errno));
    }
    return fd;
}

/* One whose files are wide open, as a careless sender has it. */
static void send_message(int to, const void *data, size_t size, const int *fds, unsigned count)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct iovec iov = {(void *)data, size};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    if (count) {
        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(&control.head), fds, count * sizeof(int));
    }
    sendmsg(to, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void tell(int machine, struct fuzz_in *in)
{
    struct view_message m;
    uint8_t how = in8(in);
    unsigned count = how & 3;
    int fds[2];

    memset(&m, 0, sizeof(m));
    m.type = how & 4 ? in32(in) : in8(in) % 14;
    if (m.type == VIEW_SURFACE && (how & 8)) { /* one that may be right */
        m.surface.width = in8(in);
        m.surface.height = in8(in);
        m.surface.stride = m.surface.width * 4 + (how & 16 ? in8(in) : 0);
    } else {
        m.count = in8(in);
        in_bytes(in, &m.value, how & 32 ? sizeof(m) - offsetof(struct view_message, value) : 24);
    }
    count = count == 3 ? 1 : count;
    for (unsigned i = 0; i < count; i++) {
        fds[i] = descriptor(in);
    }
    send_message(machine, &m, how & 64 ? in16(in) % (sizeof(m) + 1) : sizeof(m), fds, count);
    for (unsigned i = 0; i < count; i++) {
        close(fds[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct view_message hello = {.type = VIEW_HELLO, .hello = {.version = VIEW_VERSION}};
    struct fuzz_in in = {data, len};
    static bool begun;
    enum view_close when_closed;
    unsigned before;
    int pair[2];
    uint8_t how = in8(&in);
    char *name;

    if (!begun) {
        loop_init();
        loop_iterate(false); /* makes its own descriptor */
        begun = true;
    }
    before = fuzz_fds();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        fuzz_fail("socketpair", strerror(errno));
    }
    ended = false;
    if (how & 1) {
        tell(pair[0], &in);
    }
    send_message(pair[0], &hello, sizeof(hello), NULL, 0);
    name = remote_open(pair[1], &ops, &when_closed, NULL);
    surface_view_add(&view, NULL);
    for (unsigned i = 0; name && in.left && !ended && i < MESSAGES; i++) {
        tell(pair[0], &in);
        fuzz_loop();
    }
    g_free(name);
    surface_view_remove(&view, NULL);
    remote_close();
    close(pair[0]);
    if (fuzz_fds() != before) {
        fuzz_fail("a descriptor", "is left open");
    }
    return 0;
}
