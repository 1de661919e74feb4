/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets, and descriptors with them: see wire.h. */
#include "ui/wire.h"

#include <string.h>
#include <sys/socket.h>

union control {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
};

ssize_t packet_receive(int socket, void *to, size_t len, int *fd, int flags)
{
    union control control;
    struct iovec iov = {to, len};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         /* no padding: a second descriptor would find room in it, and stay open */
                         .msg_controllen = CMSG_LEN(sizeof(int))};
    ssize_t n = recvmsg(socket, &msg, flags | MSG_CMSG_CLOEXEC);
    const struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&msg) : NULL;

    *fd = -1;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(fd, CMSG_DATA(c), sizeof(*fd));
    }
    return n;
}

bool packet_send(int socket, const void *data, size_t len, int fd, int flags)
{
    union control control = {0};
    struct iovec iov = {(void *)data, len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    if (fd >= 0) {
        msg.msg_control = &control;
        msg.msg_controllen = sizeof(control);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    }
    return sendmsg(socket, &msg, flags | MSG_NOSIGNAL) == (ssize_t)len;
}

ssize_t view_receive(int socket, struct view_message *m, int *fd, int flags)
{
    return packet_receive(socket, m, sizeof(*m), fd, flags);
}
