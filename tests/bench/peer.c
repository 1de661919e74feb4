/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The far end of the wire for net.asm, the same for every program: a Unix stream socket on which
 * each frame has its length in front (as -netdev stream has it). It swallows what comes; a frame
 * whose data begin with 01h asks for frames without end of the size in the two bytes after it, 0
 * for silence.
 *
 *   peer SOCKET     serves one connection after another until it is killed
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FRAME_MAX 2048
#define BURST 16
#define DATA 14
#define ASKS 0x01

static struct {
    uint8_t in[65536], out[BURST * (4 + FRAME_MAX)];
    size_t have;      /* bytes in `in` */
    size_t len, sent; /* of `out`; len 0: silent */
    size_t size;      /* of the frames asked for */
} p;

static void make_frames(void)
{
    uint32_t be = htonl((uint32_t)p.size);

    memset(p.out, 0xa5, sizeof(p.out));
    p.len = 0;
    p.sent = 0;
    for (unsigned i = 0; i < BURST; i++) {
        uint8_t *f = p.out + p.len;

        memcpy(f, &be, 4);
        memset(f + 4, 0xff, 6);
        memcpy(f + 10, "\x52\x54\x00\x99\x99\x99\x88\xb5", 8);
        p.len += 4 + p.size;
    }
}

static void take_frame(const uint8_t *f, size_t len)
{
    if (len > DATA + 3 && f[DATA] == ASKS) {
        p.size = (size_t)(f[DATA + 1] | f[DATA + 2] << 8);
        if (p.size > FRAME_MAX) {
            p.size = 0;
        }
    }
}

static int take(int fd)
{
    size_t at = 0;
    ssize_t n = read(fd, p.in + p.have, sizeof(p.in) - p.have);

    if (n <= 0) {
        return n < 0 && errno == EAGAIN;
    }
    p.have += (size_t)n;
    while (p.have - at >= 4) {
        uint32_t be;
        size_t len;

        memcpy(&be, p.in + at, 4);
        len = ntohl(be);
        if (len > FRAME_MAX) {
            return 0;
        }
        if (p.have - at < 4 + len) {
            break;
        }
        take_frame(p.in + at + 4, len);
        at += 4 + len;
    }
    memmove(p.in, p.in + at, p.have -= at);
    return 1;
}

static int give(int fd)
{
    ssize_t n = write(fd, p.out + p.sent, p.len - p.sent);

    if (n < 0) {
        return errno == EAGAIN;
    }
    p.sent += (size_t)n;
    if (p.sent == p.len) { /* between frames: another size, or silence? */
        p.len = 0;
    }
    return 1;
}

static void serve(int fd)
{
    int good = 1;

    memset(&p, 0, sizeof(p));
    while (good) {
        struct pollfd w = {.fd = fd, .events = POLLIN};

        if (p.len == 0 && p.size) {
            make_frames();
        }
        w.events |= p.len ? POLLOUT : 0;
        good = poll(&w, 1, -1) > 0;
        if (good && (w.revents & (POLLIN | POLLHUP | POLLERR))) {
            good = take(fd);
        }
        if (good && (w.revents & POLLOUT)) {
            good = give(fd);
        }
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

    if (argc != 2 || strlen(argv[1]) >= sizeof(a.sun_path)) {
        fprintf(stderr, "usage: peer SOCKET\n");
        return 2;
    }
    memcpy(a.sun_path, argv[1], strlen(argv[1]) + 1);
    unlink(argv[1]);
    if (listener < 0 || bind(listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
        listen(listener, 1) < 0) {
        perror("peer");
        return 1;
    }
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        serve(fd);
        close(fd);
    }
    return 1;
}
