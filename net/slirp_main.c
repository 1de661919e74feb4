/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmx-dm-slirp: libslirp in a process of its own, started by vmx-dm for each -netdev user, with one
 * end of a socket pair (wire.h) as descriptor 3. It reads its configuration, opens the forwards, gives
 * up every right it does not need, says that it is ready, and passes frames until the socket ends.
 *
 * Bounds: frames for the guest that find the socket full wait in a ring of WAITING, and while any waits
 * no socket of the outside is read, which holds the senders back by TCP.
 */
#include "net/slirp_priv.h"
#include "net/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define WAITING 64u
#define MESSAGES_A_TURN 64

struct waiting_frame {
    uint32_t len;
    uint8_t data[SLIRP_FRAME_MAX];
};

static struct stack *stack;
static struct waiting_frame waiting[WAITING];
static uint32_t head, count; /* of waiting */

/* -- sending -- */

/* False when the socket is full; ends with the machine. */
static bool transmit(const struct wire_head *h, const void *payload, size_t len)
{
    struct iovec iov[2] = {{(void *)h, sizeof(*h)}, {(void *)payload, len}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

    for (;;) {
        if (sendmsg(WIRE_FD, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            return true;
        }
        if (errno == EAGAIN || errno == ENOBUFS) {
            return false;
        }
        if (errno != EINTR) {
            _exit(0);
        }
    }
}

/* Texts wait for room: the other side reads them, or is gone. */
static void say(enum wire_type type, uint16_t serial, const char *text, size_t len)
{
    struct wire_head h = {.type = (uint16_t)type, .serial = serial};

    len = MIN(len, WIRE_PAYLOAD);
    while (!transmit(&h, text, len)) {
        struct pollfd p = {.fd = WIRE_FD, .events = POLLOUT};

        poll(&p, 1, -1);
    }
}

static void flush_waiting(void)
{
    static const struct wire_head h = {.type = WIRE_FRAME};

    while (count && transmit(&h, waiting[head].data, waiting[head].len)) {
        head = (head + 1) % WAITING;
        count--;
    }
}

static void deliver(void *opaque, const uint8_t *frame, uint32_t len)
{
    static const struct wire_head h = {.type = WIRE_FRAME};
    struct waiting_frame *f;

    (void)opaque;
    if (count) {
        flush_waiting();
    }
    if (count == 0 && transmit(&h, frame, len)) {
        return;
    }
    if (count < WAITING) { /* beyond that it is lost, as on a wire */
        f = &waiting[(head + count++) % WAITING];
        memcpy(f->data, frame, len);
        f->len = len;
    }
}

/* What can be said more than once goes the way of frames: not at all when there is no room. */
static void say_log(void *opaque, const char *text)
{
    static const struct wire_head h = {.type = WIRE_LOG};

    (void)opaque;
    transmit(&h, text, MIN(strlen(text), 400));
}

static void glib_log(const char *domain, GLogLevelFlags level, const char *text, gpointer opaque)
{
    (void)domain;
    (void)opaque;
    if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) {
        say_log(NULL, text);
    }
}

static const struct stack_ops ops = {.deliver = deliver, .log = say_log};

/* -- requests -- */

static void done(uint16_t serial, bool ok, const char *text)
{
    g_autofree char *all = g_strconcat(ok ? "+" : "-", text, NULL);

    say(WIRE_DONE, serial, all, strlen(all));
}

static void request(struct wire_message *m, size_t len)
{
    g_autofree char *text = g_strndup((const char *)m->payload, len);
    g_autoptr(GError) error = NULL;
    bool ok = true;

    switch (m->head.type) {
    case WIRE_FRAME:
        stack_input(stack, m->payload, (uint32_t)len);
        return;
    case WIRE_ADD:
        ok = net_forward_add(stack_slirp(stack), text, &error);
        break;
    case WIRE_REMOVE:
        ok = net_forward_remove(stack_slirp(stack), text, &error);
        break;
    case WIRE_INFO: {
        g_autofree char *info = slirp_connection_info(stack_slirp(stack));

        done(m->head.serial, true, info);
        return;
    }
    default:
        return;
    }
    done(m->head.serial, ok, error ? error->message : "");
}

/* The payload's length; -1: nothing there. Ends with the machine. */
static ssize_t receive(struct wire_message *m)
{
    for (;;) {
        ssize_t n = recv(WIRE_FD, m, sizeof(*m), MSG_DONTWAIT);

        if (n >= (ssize_t)sizeof(m->head)) {
            return n - (ssize_t)sizeof(m->head);
        }
        if (n < 0 && errno == EAGAIN) {
            return -1;
        }
        if (n == 0 || (n < 0 && errno != EINTR)) {
            _exit(0);
        }
    }
}

static void messages(void)
{
    static struct wire_message m;
    ssize_t n;

    for (int i = 0; i < MESSAGES_A_TURN && (n = receive(&m)) >= 0; i++) {
        if (m.head.type == WIRE_FRAME) {
            stack_input(stack, m.payload, (uint32_t)n);
        } else {
            request(&m, (size_t)n);
        }
    }
}

/* -- life -- */

static void run(void)
{
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));

    for (;;) {
        struct pollfd wire = {.fd = WIRE_FD, .events = POLLIN};
        bool polled = false;
        int ms;

        if (count) {
            flush_waiting();
        }
        g_array_set_size(fds, 0);
        wire.events = (short)(wire.events | (count ? POLLOUT : 0));
        g_array_append_val(fds, wire);
        if (count == 0) {
            ms = stack_prepare(stack, fds);
            polled = true;
        } else {
            ms = stack_timeout(stack);
        }
        if (poll((struct pollfd *)(void *)fds->data, fds->len, ms) < 0) {
            continue; /* EINTR: the answers are not to be had */
        }
        stack_dispatch(stack, fds, polled);
        if (g_array_index(fds, struct pollfd, 0).revents) {
            messages();
        }
    }
}

static bool configure(GError **error)
{
    static struct wire_message m;
    struct pollfd p = {.fd = WIRE_FD, .events = POLLIN};
    g_autofree char *text = NULL;
    struct keyval *kv;
    const char *words;
    ssize_t n;

    while ((n = receive(&m)) < 0) {
        poll(&p, 1, -1);
    }
    if (m.head.type != WIRE_CONFIG || m.head.serial != WIRE_VERSION) {
        g_set_error(error, KEYVAL_ERROR, 0,
                    "vmx-dm-slirp is of another version than the running vmx-dm");
        return false;
    }
    text = g_malloc0((gsize)n + 1); /* ends with NUL whatever came */
    memcpy(text, m.payload, (size_t)n);
    words = memchr(text, 0, (size_t)n) ? strchr(text, 0) + 1 : "";
    kv = keyval_parse(text, words, NULL, error);
    if (kv && strcmp(text, "-nic") == 0) { /* taken before, but good to suggest */
        keyval_take_last(kv, "model");
        keyval_take_last(kv, "mac");
    }
    stack = kv ? stack_new(kv, &ops, NULL, error) : NULL;
    keyval_free(kv);
    return stack != NULL;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *ready = NULL;
    int type = 0;
    socklen_t len = sizeof(type);
    size_t n;

    (void)argc;
    if (getsockopt(WIRE_FD, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_SEQPACKET) {
        fprintf(stderr, "%s is started by vmx-dm for -netdev user, not by hand\n", argv[0]);
        return EXIT_FAILURE;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    syscall(SYS_close_range, WIRE_FD + 1, ~0U, 0);
    fcntl(WIRE_FD, F_SETFD, FD_CLOEXEC);
    signal(SIGINT, SIG_IGN); /* of the terminal: the machine decides when it ends */
    signal(SIGHUP, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    g_log_set_default_handler(glib_log, NULL);
    if (!configure(&error)) {
        say(WIRE_FAILED, 0, error->message, strlen(error->message));
        _exit(EXIT_FAILURE);
    }
    if (!slirp_confine(stack_tftp(stack))) {
        say_log(NULL, "this kernel has no seccomp; libslirp runs less confined");
    }
    ready = g_strconcat(slirp_version_string(), "|", stack_text(stack), NULL);
    n = strlen(ready);
    *strchr(ready, '|') = 0;
    say(WIRE_READY, WIRE_VERSION, ready, n);
    run();
}
