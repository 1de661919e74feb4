/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmx-dm-slirp: libslirp in a process of its own, started by vmx-dm for each -netdev user, with one
 * end of a socket pair (wire.h) as descriptor 3. It reads its configuration, opens the forwards, gives
 * up every right it does not need, says that it is ready, and passes frames until the socket ends.
 *
 * Bounds: frames for the guest are collected for a turn, or until they fill a message. While one finds
 * the socket full no socket of the outside is read, which holds the senders back by TCP.
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
#include <unistd.h>

#define MESSAGES_A_TURN 16

static struct stack *stack;
static struct wire_message message; /* the last one received */
static struct frames_out out;       /* what the guest is sent next */

/* -- sending -- */

/* False when the socket is full; ends with the machine. */
static bool transmit(enum wire_type type, uint16_t serial, const void *payload, size_t len)
{
    int err = wire_send(WIRE_FD, type, serial, payload, len);

    if (err && err != EAGAIN) {
        _exit(0);
    }
    return err == 0;
}

/* Texts wait for room: the other side reads them, or is gone. */
static void say(enum wire_type type, uint16_t serial, const char *text, size_t len)
{
    len = MIN(len, WIRE_PAYLOAD);
    while (!transmit(type, serial, text, len)) {
        struct pollfd p = {.fd = WIRE_FD, .events = POLLOUT};

        poll(&p, 1, -1);
    }
}

/* False when the socket is full. */
static bool flush(void)
{
    if (out.len && !transmit(WIRE_FRAMES, 0, out.buf, out.len)) {
        return false;
    }
    out.len = 0;
    return true;
}

static void deliver(void *opaque, const uint8_t *frame, uint32_t len)
{
    (void)opaque;
    if (frames_fits(&out) || flush()) { /* otherwise it is lost, as on a wire */
        frames_put(&out, frame, len);
    }
}

/* What can be said more than once goes the way of frames: not at all when there is no room. */
static void say_log(void *opaque, const char *text)
{
    (void)opaque;
    transmit(WIRE_LOG, 0, text, MIN(strlen(text), 400));
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

static void frames(void)
{
    const uint8_t *frame;
    uint32_t len;

    while ((frame = wire_frame(&message, &len)) != NULL) {
        stack_input(stack, frame, len);
    }
}

static void request(void)
{
    const struct wire_head *h = &message.head;
    g_autofree char *text = g_strndup((const char *)message.in.buf, message.in.len);
    g_autoptr(GError) error = NULL;
    bool ok = true;

    switch (h->type) {
    case WIRE_ADD: {
        int port = net_forward_add(stack_slirp(stack), text, &error);
        g_autofree char *said = g_strdup_printf("%d", port);

        done(h->serial, port != 0, port ? said : error->message);
        return;
    }
    case WIRE_REMOVE:
        ok = net_forward_remove(stack_slirp(stack), text, &error);
        break;
    case WIRE_INFO: {
        g_autofree char *info = slirp_connection_info(stack_slirp(stack));

        done(h->serial, true, info);
        return;
    }
    default:
        return;
    }
    done(h->serial, ok, error ? error->message : "");
}

/* False: none is there. Ends with the machine. */
static bool receive(void)
{
    enum wire_received got = wire_receive(WIRE_FD, &message);

    if (got == WIRE_END) {
        _exit(0);
    }
    return got == WIRE_ONE;
}

static void messages(void)
{
    for (int i = 0; i < MESSAGES_A_TURN && receive(); i++) {
        if (message.head.type == WIRE_FRAMES) {
            frames();
        } else {
            request();
        }
    }
}

/* -- life -- */

static void run(void)
{
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));

    for (;;) {
        struct pollfd wire = {.fd = WIRE_FD, .events = POLLIN};
        bool room = flush();
        int ms;

        g_array_set_size(fds, 0);
        wire.events = (short)(wire.events | (room ? 0 : POLLOUT));
        g_array_append_val(fds, wire);
        ms = room ? stack_prepare(stack, fds) : stack_timeout(stack);
        if (poll((struct pollfd *)(void *)fds->data, fds->len, ms) < 0) {
            continue; /* EINTR: the answers are not to be had */
        }
        stack_dispatch(stack, fds, room);
        if (g_array_index(fds, struct pollfd, 0).revents) {
            messages();
        }
    }
}

static bool configure(GError **error)
{
    const struct wire_head *h = &message.head;
    struct pollfd p = {.fd = WIRE_FD, .events = POLLIN};
    g_autofree char *text = NULL;
    struct keyval *kv;
    const char *words;
    size_t n;

    while (!receive()) {
        poll(&p, 1, -1);
    }
    if (h->type != WIRE_CONFIG || h->serial != WIRE_VERSION) {
        g_set_error(error, KEYVAL_ERROR, 0,
                    "vmx-dm-slirp is of another version than the running vmx-dm");
        return false;
    }
    n = message.in.len;
    text = g_malloc0(n + 1); /* ends with NUL whatever came */
    memcpy(text, message.in.buf, n);
    words = memchr(text, 0, n) ? strchr(text, 0) + 1 : "";
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
    g_autoptr(GString) ready = NULL;
    int type = 0;
    socklen_t len = sizeof(type);

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
    ready = g_string_new(slirp_version_string());
    g_string_append_c(ready, 0);
    g_string_append(ready, stack_text(stack));
    g_string_append_c(ready, 0);
    g_string_append(ready, stack_ports(stack));
    say(WIRE_READY, WIRE_VERSION, ready->str, ready->len);
    run();
}
