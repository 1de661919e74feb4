/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine hears of viewers that were taken over, several at once, on a whole board: messages
 * of every type and length, with descriptors of any kind; viewers that come by themselves and those
 * that the machine started, for whose kinds more is allowed. Afterwards no descriptor is left open, no
 * key held, and nothing was done that its sender might not ask for.
 */
#include "tests/fuzz/board.h"
#include "ui/server_priv.h"

#include <sys/socket.h>
#include <unistd.h>

#define STEPS 200
#define FDS 8

static const char program[] = "viewer";
static bool may;      /* a command */
static bool sees_all; /* the console that is private, too */
static int ends[FDS]; /* of ours */
static unsigned count;

static void on_closed(void *opaque)
{
    (void)opaque;
}

static const char *on_status(void *opaque)
{
    (void)opaque;
    return "paused";
}

static void on_command(void *opaque, enum view_command c)
{
    (void)opaque;
    if (!may || c < VIEW_PAUSE || c > VIEW_QUIT) {
        fuzz_fail("command", "of one who may not");
    }
}

static void on_peer(void *opaque, const struct view_peer *p)
{
    (void)opaque;
    if (strlen(p->host) >= VIEW_HOST || strlen(p->service) >= VIEW_SERVICE) {
        fuzz_fail("peer", "without an end");
    }
}

/* -- text consoles: `private` is one of them -- */

static const char private[] = "private";

static void cells(void *opaque, uint64_t top, struct surface_cells *out)
{
    if (opaque == private && !sees_all) {
        fuzz_fail("console", "shown to one who may not see it");
    }
    out->columns = 80;
    out->rows = 2;
    out->cells[0] = (uint16_t)top;
}

static uint64_t scroll(void *opaque, uint64_t top, int32_t lines)
{
    (void)opaque;
    return top + (uint64_t)(int64_t)lines;
}

static void type(void *opaque, const uint8_t *buf, uint32_t len)
{
    (void)buf;
    if (len > VIEW_TEXT || (opaque == private && !sees_all)) {
        fuzz_fail("typed", "too much, or by one who may not");
    }
}

static const struct console_ops console_ops = {.cells = cells, .scroll = scroll, .type = type};

/* One more, by itself (0) or of the kind that these bits say. */
static void come(uint8_t kind)
{
    struct viewer *v;
    int pair[2];

    if (count == FDS || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        return;
    }
    v = viewer_add(pair[0]);
    if (v && kind) {
        v->start = (struct view_start){.program = program,
                                       .window = kind & 1,
                                       .commands = kind & 2,
                                       .adds = kind & 4,
                                       .monitor = kind & 8,
                                       .peer = kind & 4 ? on_peer : NULL};
    }
    may |= !kind || (kind & 2);
    sees_all |= !kind || (kind & 8);
    ends[count++] = pair[1];
}

static void go(unsigned n)
{
    close(ends[n]);
    ends[n] = ends[--count];
}

/* A descriptor for the machine: a viewer of ours, or anything. */
static int descriptor(uint8_t how)
{
    int pair[2];

    if ((how & 3) || count == FDS) {
        return open(how & 1 ? "/dev/null" : "/", O_RDONLY | O_CLOEXEC);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        return -1;
    }
    ends[count++] = pair[1];
    return pair[0];
}

static void say(struct fuzz_in *in, int to, uint8_t how)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct view_message m;
    struct iovec iov = {&m, sizeof(m)};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    int fds[2] = {-1, -1};
    unsigned n = how & 0x40 ? 1 + (how >> 5 & 1) : 0;

    memset(&m, 0, sizeof(m));
    m.type =
        how & 0x80 ? in32(in) : (uint32_t)VIEW_READY + in8(in) % (VIEW_SCROLL - VIEW_READY + 2);
    if (how & 0x10) {
        in_bytes(in, &m.count, sizeof(m) - offsetof(struct view_message, count));
    } else {
        in_bytes(in, &m.value, 12);
    }
    if (m.type == VIEW_CLOSED || m.type == VIEW_FAILED) {
        m.value |= 1; /* the other is reported */
    }
    if (how & 8) {
        iov.iov_len = in16(in) % (sizeof(m) + 1);
    }
    for (unsigned i = 0; i < n; i++) {
        fds[i] = descriptor(in8(in));
    }
    if (n && fds[0] >= 0 && (n == 1 || fds[1] >= 0)) {
        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(&control.head), fds, n * sizeof(int));
    }
    sendmsg(to, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
    for (unsigned i = 0; i < n; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
}

static void step(struct fuzz_in *in)
{
    uint8_t what = in8(in), which = in8(in);
    char bytes[4096];

    switch (what & 7) {
    case 0:
        come(which);
        break;
    case 1:
        if (count) {
            go(which % count);
        }
        break;
    case 2:
        surface_refresh(which & 1);
        break;
    case 3:
        view_status_changed();
        break;
    case 4: /* one of them reads */
        for (int i = 0; count && i < 64; i++) {
            if (recv(ends[which % count], bytes, sizeof(bytes), MSG_DONTWAIT) <= 0) {
                break;
            }
        }
        break;
    default:
        if (count) {
            say(in, ends[which % count], what);
        }
        break;
    }
    fuzz_loop();
    if (view_count() > 32) {
        fuzz_fail("viewers", "too many");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct view_config cfg = {.name = "fuzz",
                                           .close = VIEW_CLOSE_END,
                                           .closed = on_closed,
                                           .command = on_command,
                                           .status = on_status};
    struct fuzz_in in = {data, len};
    struct console *one, *other;
    unsigned before;

    fuzz_begin();
    surface_refresh(true); /* its pixels have two */
    before = fuzz_fds();
    may = sees_all = false;
    count = 0;
    view_init(&cfg);
    one = console_add("one", false, &console_ops, NULL);
    other = console_add(private, true, &console_ops, (void *)private);
    console_make_private(other);
    for (unsigned i = 0; in.left && i < STEPS; i++) {
        step(&in);
    }
    console_remove(one); /* while somebody may look at it */
    view_close_all();
    console_remove(other);
    while (count) {
        go(0);
    }
    fuzz_end();
    if (fuzz_fds() != before) {
        fuzz_fail("a descriptor", "is left open");
    }
    return 0;
}
