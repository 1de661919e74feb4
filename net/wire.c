/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages between vmx-dm and vmx-dm-slirp: see wire.h. Part of both. */
#include "net/wire.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum wire_received wire_receive(int fd, struct wire_message *m)
{
    struct iovec iov[2] = {{&m->head, sizeof(m->head)}, {m->in.buf, sizeof(m->in.buf)}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
    ssize_t n;

    frames_reset(&m->in);
    while ((n = recvmsg(fd, &msg, MSG_DONTWAIT)) < 0) {
        if (errno == EAGAIN) {
            return WIRE_NONE;
        }
        if (errno != EINTR) {
            return WIRE_END;
        }
    }
    if (n < (ssize_t)sizeof(m->head)) {
        return WIRE_END;
    }
    frames_added(&m->in, (uint32_t)n - (uint32_t)sizeof(m->head));
    return WIRE_ONE;
}

const uint8_t *wire_frame(struct wire_message *m, uint32_t *len)
{
    const uint8_t *frame;

    if (frames_next(&m->in, &frame, len) == FRAMES_ONE) {
        return frame;
    }
    frames_reset(&m->in);
    return NULL;
}

int wire_send(int fd, enum wire_type type, uint16_t serial, const void *payload, size_t len)
{
    struct wire_head h = {.type = (uint16_t)type, .serial = serial};
    struct iovec iov[2] = {{&h, sizeof(h)}, {(void *)payload, len}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

    while (sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (errno == EAGAIN || errno == ENOBUFS) {
            return EAGAIN;
        }
        if (errno != EINTR) {
            return EPIPE;
        }
    }
    return 0;
}
