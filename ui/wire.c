/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking a packet of a machine: see wire.h. */
#include "ui/wire.h"

#include <string.h>
#include <sys/socket.h>

ssize_t view_receive(int socket, struct view_message *m, int *fd, int flags)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = {m, sizeof(*m)};
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
