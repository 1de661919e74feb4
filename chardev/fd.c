/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of bytes over descriptors, for terminals, ptys, pipes and sockets. Nothing blocks: what
 * the peer does not take now waits in `out` (64 KiB), behind it in the line's queue, and then the
 * guest sees it. A peer that takes nothing for ten seconds loses output until it reads again. Input
 * is read 4 KiB ahead, so that a peer's end is seen early. Descriptors that come with input over a
 * unix socket are kept, 16 at most.
 */
#include "chardev/priv.h"
#include "core/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLUSH_MS 200 /* for what is still to be written when a line is freed */

static void stream_output(struct stream *s);

/* -- descriptors from the peer -- */

static void keep_fd(struct stream *s, int fd)
{
    if (s->nfds < STREAM_FDS) {
        s->fds[s->nfds++] = fd;
    } else {
        close(fd);
    }
}

static int stream_take_fd(struct chardev *c)
{
    struct stream *s = (struct stream *)c;
    int fd;

    if (s->nfds == 0) {
        return -1;
    }
    fd = s->fds[0];
    s->nfds--;
    memmove(s->fds, s->fds + 1, s->nfds * sizeof(s->fds[0]));
    return fd;
}

static ssize_t receive(struct stream *s, uint8_t *buf, size_t len)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(STREAM_FDS * sizeof(int))];
    } control;
    struct iovec iov = {.iov_base = buf, .iov_len = len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n;

    if (!s->socket) {
        return read(s->in_fd, buf, len);
    }
    msg.msg_control = control.bytes;
    msg.msg_controllen = sizeof(control.bytes);
    n = recvmsg(s->in_fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0) {
        return n;
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
        size_t bytes = c->cmsg_len - CMSG_LEN(0);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        for (size_t i = 0; i + sizeof(int) <= bytes; i += sizeof(int)) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i, sizeof(fd));
            keep_fd(s, fd);
        }
    }
    return n;
}

static ssize_t transmit(const struct stream *s, const uint8_t *buf, size_t len)
{
    return s->socket ? send(s->out_fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT)
                     : write(s->out_fd, buf, len);
}

/* -- the peer comes and goes -- */

static void tell_open(struct stream *s)
{
    if (s->open && !s->told && line_attached(s->base.line)) {
        s->told = true;
        line_host_event(s->base.line, LINE_OPENED);
    }
}

void stream_open(struct stream *s, int in_fd, int out_fd, bool socket)
{
    s->in_fd = in_fd;
    s->out_fd = out_fd;
    s->socket = socket;
    s->open = true;
    s->ended = false;
    s->end_told = false;
    s->finishing = false;
    s->in_pos = 0;
    s->in_len = 0;
    s->out_pos = 0;
    s->out_len = 0;
    s->telnet_state = TELNET_DATA;
    s->escape_on = false;
    chardev_discard(&s->base, false);
    tell_open(s);
    stream_watch(s);
}

static void unwatch(struct stream *s)
{
    loop_unwatch(&s->in_tag);
    loop_unwatch(&s->out_tag);
    if (s->stall_tag) {
        g_source_remove(s->stall_tag);
        s->stall_tag = 0;
    }
    s->stalled = false;
}

void stream_shut(struct stream *s)
{
    unwatch(s);
    if (!s->keep_fds) {
        if (s->out_fd >= 0 && s->out_fd != s->in_fd) {
            close(s->out_fd);
        }
        if (s->in_fd >= 0) {
            close(s->in_fd);
        }
    }
    s->in_fd = -1;
    s->out_fd = -1;
    s->out_pos = 0;
    s->out_len = 0;
    while (s->nfds) {
        close(s->fds[--s->nfds]);
    }
    chardev_discard(&s->base, true);
    if (s->open) {
        s->open = false;
        if (s->told) {
            s->told = false;
            line_host_event(s->base.line, LINE_CLOSED);
        }
    }
}

static void hang_up(struct stream *s)
{
    stream_shut(s);
    if (s->ops && s->ops->hangup) {
        s->ops->hangup(s);
    }
}

static void stream_hang_up(struct chardev *c)
{
    struct stream *s = (struct stream *)c;

    if (s->open && s->socket) {
        hang_up(s);
    }
}

bool stream_trusts(int fd)
{
    struct ucred cred;
    socklen_t len = sizeof(cred), domain_len = sizeof(int);
    int domain = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_len) < 0 || domain != AF_UNIX) {
        return true;
    }
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
           (cred.uid == 0 || cred.uid == geteuid());
}

static bool stream_trusted(struct chardev *c)
{
    const struct stream *s = (const struct stream *)c;

    return !s->open || !s->socket || stream_trusts(s->in_fd);
}

bool stream_lingers(const struct stream *s)
{
    return s->ended && s->in_pos < s->in_len;
}

/* -- input -- */

void stream_offer(struct stream *s)
{
    while (s->in_pos < s->in_len) {
        uint32_t n = line_deliver(s->base.line, s->in + s->in_pos, s->in_len - s->in_pos);

        if (n == 0) {
            return;
        }
        s->in_pos += n;
    }
    s->in_pos = 0;
    s->in_len = 0;
}

/* All input of a peer that sends no more has been taken. */
static void input_done(struct stream *s)
{
    if (!s->base.private) {
        hang_up(s);
    } else if (!s->end_told) {
        s->end_told = true;
        line_host_event(s->base.line, LINE_ENDED);
    }
}

/* No more input. The output side of a pair (stdin at its end) may live on. */
static void input_ended(struct stream *s)
{
    s->ended = true;
    loop_unwatch(&s->in_tag);
    if (s->in_fd == s->out_fd && !stream_lingers(s)) {
        input_done(s);
    }
}

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    struct stream *s = opaque;
    ssize_t n;

    (void)fd;
    (void)cond;
    if (s->in_pos > 0) {
        memmove(s->in, s->in + s->in_pos, s->in_len - s->in_pos);
        s->in_len -= s->in_pos;
        s->in_pos = 0;
    }
    if (s->in_len < STREAM_IN) {
        n = receive(s, s->in + s->in_len, STREAM_IN - s->in_len);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return G_SOURCE_CONTINUE;
        }
        if (n <= 0) {
            s->in_tag = 0;
            input_ended(s);
            return G_SOURCE_REMOVE;
        }
        s->in_len += filter_input(s, s->in + s->in_len, (uint32_t)n);
        stream_offer(s);
    }
    if (s->in_len - s->in_pos >= STREAM_IN) {
        s->in_tag = 0; /* full: guest_ready() takes it up again */
        return G_SOURCE_REMOVE;
    }
    return s->in_tag != 0;
}

void stream_watch(struct stream *s)
{
    if (s->open && s->in_fd >= 0 && !s->in_tag && !s->ended && s->in_len - s->in_pos < STREAM_IN) {
        s->in_tag = loop_watch(s->in_fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, s);
    }
}

static void guest_ready(void *opaque)
{
    struct stream *s = opaque;

    tell_open(s);
    stream_offer(s);
    if (s->open && s->ended && s->in_fd == s->out_fd && !stream_lingers(s)) {
        input_done(s);
        return;
    }
    stream_watch(s);
}

/* -- output -- */

static gboolean stalled(void *opaque)
{
    struct stream *s = opaque;

    s->stall_tag = 0;
    if (s->base.private && s->socket) {
        report_limited("chardev %s: the other side takes nothing; the connection is closed",
                       line_name(s->base.line));
        hang_up(s);
        return G_SOURCE_REMOVE;
    }
    s->stalled = true;
    s->out_pos = s->out_len; /* until it is writable again */
    report_limited("chardev %s: the other side takes nothing; output is dropped",
                   line_name(s->base.line));
    chardev_discard(&s->base, true);
    return G_SOURCE_REMOVE;
}

static void progress(struct stream *s)
{
    if (s->stall_tag) {
        g_source_remove(s->stall_tag);
        s->stall_tag = 0;
    }
    if (s->stalled) {
        s->stalled = false;
        chardev_discard(&s->base, false);
    }
}

static gboolean writable(int fd, GIOCondition cond, void *opaque)
{
    struct stream *s = opaque;

    (void)fd;
    (void)cond;
    s->out_tag = 0;
    if (s->stalled) {
        progress(s);
    }
    stream_output(s);
    return G_SOURCE_REMOVE;
}

static void wait_writable(struct stream *s)
{
    if (!s->out_tag) {
        s->out_tag = loop_watch(s->out_fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, writable, s);
    }
    if (!s->stall_tag && !s->stalled && !s->no_stall) {
        s->stall_tag = g_timeout_add(STREAM_STALL_MS, stalled, s);
    }
}

/* Refill `out` from the line. False when there is nothing. */
static bool refill(struct stream *s)
{
    uint8_t raw[STREAM_OUT / 2];

    s->out_pos = 0;
    s->out_len = 0;
    if (s->telnet) {
        uint32_t n = chardev_take(&s->base, raw, sizeof(raw));

        s->out_len = filter_output(raw, n, s->out);
    } else {
        s->out_len = chardev_take(&s->base, s->out, sizeof(s->out));
    }
    return s->out_len > 0;
}

/* Write what there is; false when it cannot go on now. */
static bool push(struct stream *s)
{
    while (s->out_pos < s->out_len) {
        ssize_t n = transmit(s, s->out + s->out_pos, s->out_len - s->out_pos);

        if (n > 0) {
            s->out_pos += (uint32_t)n;
            progress(s);
            chardev_worked(&s->base, false);
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            wait_writable(s);
            return false;
        }
        if (errno == ENOSPC || errno == EDQUOT || s->in_fd != s->out_fd) {
            chardev_failed(&s->base, false, errno);
            s->out_pos = s->out_len;
            return true;
        }
        hang_up(s); /* EPIPE, ECONNRESET, a terminal's EIO */
        return false;
    }
    return true;
}

static bool has_peer(const struct stream *s)
{
    return s->open && s->out_fd >= 0 && !s->stalled;
}

static void put_out(struct stream *s)
{
    /* at most two rounds, so that a fast guest does not keep the loop here */
    for (int round = 0; round < 2; round++) {
        if (has_peer(s) && (s->out_tag || !push(s))) {
            return;
        }
        if (!refill(s)) {
            return;
        }
        if (!has_peer(s)) {
            s->out_len = 0; /* logged, and gone */
        }
    }
    if (has_peer(s) && s->out_pos < s->out_len) {
        wait_writable(s); /* the rest with the next turn of the loop */
    }
}

static void stream_output(struct stream *s)
{
    put_out(s);
    if (s->open && s->finishing && s->out_pos == s->out_len && line_queued(s->base.line) == 0) {
        hang_up(s);
    }
}

static void stream_finish(struct chardev *c)
{
    struct stream *s = (struct stream *)c;

    if (s->open && s->socket) {
        s->finishing = true;
        stream_output(s);
    }
}

static void pending(void *opaque)
{
    stream_output(opaque);
}

void stream_send(struct stream *s, const uint8_t *buf, uint32_t len)
{
    if (!s->open || s->out_fd < 0) {
        return;
    }
    if (s->out_pos == s->out_len) {
        s->out_pos = 0;
        s->out_len = 0;
    }
    len = MIN(len, STREAM_OUT - s->out_len);
    memcpy(s->out + s->out_len, buf, len);
    s->out_len += len;
    wait_writable(s);
}

/* -- life -- */

/* What the guest said last shall not be lost; a peer that does not read gets FLUSH_MS. */
static void last_flush(struct stream *s)
{
    int left = FLUSH_MS;

    while (s->open && s->out_fd >= 0 && left > 0) {
        struct pollfd p = {.fd = s->out_fd, .events = POLLOUT};
        uint32_t before = s->out_len - s->out_pos + line_queued(s->base.line);

        if (before == 0) {
            return;
        }
        loop_unwatch(&s->out_tag);
        stream_output(s);
        if (!s->open || s->out_len - s->out_pos + line_queued(s->base.line) == before) {
            left -= 20;
            poll(&p, s->open ? 1 : 0, 20);
        }
    }
}

static void stream_close(void *opaque)
{
    struct stream *s = opaque;

    s->no_stall = true;
    last_flush(s);
    if (s->ops && s->ops->closing) {
        s->ops->closing(s);
    }
    s->ops = NULL;
    s->told = false;
    stream_shut(s);
    chardev_leave(&s->base);
    line_host_attach(s->base.line, NULL, NULL);
    g_free(s);
}

static const struct line_host_ops stream_host_ops = {
    .pending = pending,
    .guest_ready = guest_ready,
    .close = stream_close,
};

void stream_init(struct stream *s, const struct chardev_args *a, const struct stream_ops *ops)
{
    chardev_enter(&s->base, a);
    s->base.take_fd = stream_take_fd;
    s->base.trusted = stream_trusted;
    s->base.hang_up = stream_hang_up;
    s->base.finish = stream_finish;
    s->ops = ops;
    s->in_fd = -1;
    s->out_fd = -1;
    s->escape = a->escape;
    line_host_attach(a->line, &stream_host_ops, s);
    chardev_discard(&s->base, true);
}
