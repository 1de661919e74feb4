/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -netdev stream and socket: friends, strangers and enemies on the other side. */
#include "tests/unit/net-rig.h"

#include <signal.h>
#include <sys/wait.h>

static void both_ways(struct card *a, struct card *b)
{
    WAIT(link_carrier(a->link) && link_carrier(b->link));
    for (unsigned i = 0; i < 300; i++) {
        card_send(a, 60 + i, i);
        card_send(b, 1514 - i, i);
        if (i % 32 == 31) {
            WAIT(a->frames == i + 1 && b->frames == i + 1);
        }
    }
    WAIT(a->frames == 300 && b->frames == 300);
    g_assert_cmpuint(b->last_len, ==, 60 + 299);
    g_assert_cmpuint(a->last_len, ==, 1514 - 299);
    g_assert_cmphex(b->last[50], ==, 299 & 0xff);
    card_send(a, 20, 7); /* the wire's shortest is 60 */
    WAIT(b->frames == 301);
    g_assert_cmpuint(b->last_len, ==, 60);
    g_assert_cmphex(b->last[59], ==, 0);
}

static void test_unix(void)
{
    g_autofree char *path = rig_path("a.sock");
    struct card a, b;
    char *text;

    card_new(&a, "stream,id=a,server=on,addr.type=unix,addr.path=%s", path);
    g_assert_false(link_carrier(a.link));
    text = link_describe(a.link);
    g_assert_nonnull(strstr(text, "stream,listening on unix:"));
    g_free(text);
    card_new(&b, "stream,id=b,server=off,addr.type=unix,addr.path=%s", path);
    both_ways(&a, &b);
    text = link_describe(b.link);
    g_assert_nonnull(strstr(text, "stream,connected to unix:"));
    g_free(text);
    link_free_all();
    g_assert_cmpint(g_access(path, F_OK), !=, 0);
    rig_end();
}

static void test_inet(void)
{
    unsigned port = rig_port(SOCK_STREAM);
    struct card a, b;

    card_new(&a, "stream,id=a,server=on,addr.type=inet,addr.host=127.0.0.1,addr.port=%u", port);
    card_new(&b, "stream,id=b,addr.type=inet,addr.host=127.0.0.1,addr.port=%u", port);
    both_ways(&a, &b);
    link_free_all();
}

static void test_fd(void)
{
    struct card a, b;
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    card_new(&a, "stream,id=a,addr.type=fd,addr.str=%d", fds[0]);
    card_new(&b, "socket,id=b,fd=%d", fds[1]);
    both_ways(&a, &b);
    link_free_all();
}

static void test_socket(void)
{
    unsigned port = rig_port(SOCK_STREAM);
    struct card a, b;

    card_new(&b, "socket,id=b,connect=127.0.0.1:%u", port); /* before there is somebody */
    card_new(&a, "socket,id=a,listen=127.0.0.1:%u", port);
    both_ways(&a, &b);
    link_free_all();
}

/* Peers come and go: the carrier follows, and a client keeps trying. */
static void test_reconnect(void)
{
    g_autofree char *path = rig_path("r.sock");
    struct card c;
    int listener, fd;

    card_new(&c, "stream,id=c,reconnect-ms=20,addr.type=unix,addr.path=%s", path);
    g_assert_false(link_carrier(c.link));
    card_send(&c, 60, 1); /* into the void */
    for (unsigned i = 0; i < 3; i++) {
        listener = unix_socket(path, SOCK_STREAM, true);
        WAIT(link_carrier(c.link));
        fd = accept(listener, NULL, NULL);
        g_assert_cmpint(fd, >=, 0);
        put_frame(fd, 100, 100);
        WAIT(c.frames == i + 1);
        close(listener);
        g_unlink(path);
        close(fd);
        WAIT(!link_carrier(c.link));
    }
    g_assert_cmpuint(c.carriers, ==, 6);
    link_free_all();
    rig_end();
}

/* The server takes the next one after the last has left, and one at a time. */
static void test_server_again(void)
{
    g_autofree char *path = rig_path("s.sock");
    struct card c;
    int one, two;

    card_new(&c, "stream,id=c,server=on,addr.type=unix,addr.path=%s", path);
    one = unix_socket(path, SOCK_STREAM, false);
    WAIT(link_carrier(c.link));
    two = unix_socket(path, SOCK_STREAM, false);
    put_frame(two, 64, 64);
    settle_loop();
    g_assert_cmpuint(c.frames, ==, 0);
    close(one);
    WAIT(c.frames == 1);
    close(two);
    link_free_all();
    rig_end();
}

/* Split anywhere, many in one piece, with frames that no card takes in between. */
static void test_split(void)
{
    struct card c;
    uint8_t buf[8 * 4 + 100 + 1500 + 1 + 5000 + 60 + 65550];
    const uint32_t lens[] = {100, 0, 1500, 1, 5000, 65550, 60};
    uint32_t n = 0;
    int fds[2];

    memset(buf, 0x5a, sizeof(buf));
    for (unsigned i = 0; i < G_N_ELEMENTS(lens); i++) {
        uint32_t be = htonl(lens[i]);

        memcpy(buf + n, &be, 4);
        n += 4 + lens[i];
    }
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    card_new(&c, "stream,id=c,addr.type=fd,addr.str=%d", fds[0]);
    for (unsigned step = 1; step < n; step = step * 5 + 1) {
        c.frames = 0;
        for (uint32_t at = 0; at < n;) {
            ssize_t k = send(fds[1], buf + at, MIN(step, n - at), MSG_DONTWAIT);

            at += k > 0 ? (uint32_t)k : 0;
            while (loop_iterate(false)) {
            }
        }
        WAIT(c.frames == 4);
    }
    g_assert_cmpuint(c.bad, ==, 0);
    g_assert_cmpuint(c.last_len, ==, 60);
    close(fds[1]);
    link_free_all();
}

/* A length that no frame has ends the connection, not the machine; the next peer is welcome. */
static void test_oversize(void)
{
    static const uint32_t lies[] = {65536 + 4096 + 1, 0x7fffffff, 0x80000000, 0xffffffff};
    g_autofree char *path = rig_path("o.sock");
    struct card c;
    int fd;

    card_new(&c, "stream,id=c,server=on,addr.type=unix,addr.path=%s", path);
    for (unsigned i = 0; i < 20; i++) {
        fd = unix_socket(path, SOCK_STREAM, false);
        put_frame(fd, 60, 60);
        put_frame(fd, lies[i % 4], 100);
        WAIT(is_closed(fd));
        g_assert_false(link_carrier(c.link));
        close(fd);
    }
    g_assert_cmpuint(c.frames, ==, 20);
    fd = unix_socket(path, SOCK_STREAM, false);
    put_frame(fd, 65536 + 4096, 0); /* the largest there is is passed over */
    put_frame(fd, 0, 65532);
    put_frame(fd, 60, 60);
    settle_loop();
    g_assert_true(link_carrier(c.link));
    close(fd);
    WAIT(!link_carrier(c.link));
    fd = unix_socket(path, SOCK_STREAM, false);
    put_frame(fd, 60, 30); /* truncated, then gone */
    WAIT(link_carrier(c.link));
    close(fd);
    WAIT(!link_carrier(c.link));
    g_assert_cmpuint(c.frames, ==, 20);
    link_free_all();
    rig_end();
}

/* A peer that is done sending is done; one that says nothing is no trouble. */
static void test_half_open(void)
{
    g_autofree char *path = rig_path("h.sock");
    struct card c;
    int fd;

    card_new(&c, "stream,id=c,server=on,addr.type=unix,addr.path=%s", path);
    for (unsigned i = 0; i < 3; i++) {
        fd = unix_socket(path, SOCK_STREAM, false);
        WAIT(link_carrier(c.link));
        settle_loop();
        g_assert_true(link_carrier(c.link));
        g_assert_cmpint(send(fd, "\0\0", 2, 0), ==, 2); /* half of a length */
        shutdown(fd, SHUT_WR);
        WAIT(!link_carrier(c.link));
        g_assert_true(is_closed(fd));
        close(fd);
    }
    g_assert_cmpuint(c.frames, ==, 0);
    link_free_all();
    rig_end();
}

/* A flood into a guest that takes nothing: bounded, and the peer is held back. */
static void test_flood(void)
{
    struct card c;
    uint64_t sent = 0, late = 0;
    uint8_t buf[4 + 1000] = {0, 0, 1000 >> 8, 1000 & 0xff};
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    card_new(&c, "stream,id=c,addr.type=fd,addr.str=%d", fds[0]);
    c.busy = true;
    for (unsigned idle = 0; idle < 100;) {
        ssize_t n = send(fds[1], buf, sizeof(buf), MSG_DONTWAIT);

        g_assert_true(n < 0 || n == sizeof(buf));
        sent += n > 0;
        idle = n > 0 ? 0 : idle + 1;
        loop_iterate(false);
    }
    g_assert_cmpuint(sent, <, 2000); /* 256 in the link, 64 KiB here, the rest in the kernel */
    g_assert_cmpuint(c.frames, ==, 0);
    c.busy = false;
    link_ready(c.link);
    WAIT(c.frames == sent);
    g_assert_cmpuint(link_stats(c.link).rx_dropped, ==, 0); /* held back, not lost */
    for (; late < 10; late++) {
        put_frame(fds[1], 1000, 1000);
    }
    WAIT(c.frames == sent + late);
    close(fds[1]);
    link_free_all();
}

/* A peer that reads nothing: the guest's card goes on, frames are lost; then it reads again. */
static void test_stall(void)
{
    struct card c;
    unsigned refused = 0, taken = 0;
    uint8_t frame[1514] = {0x52}, buf[65536], last[4] = {0};
    uint64_t got = 0;
    int fds[2];
    ssize_t n;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
    card_new(&c, "stream,id=c,addr.type=fd,addr.str=%d", fds[0]);
    while (refused < 100 && taken < 5000) { /* as many: we were stopped, and the wait is over */
        bool full = !link_send(c.link, frame, sizeof(frame));

        refused += full;
        taken += !full;
        c.writable &= !full;
        loop_iterate(false);
    }
    WAIT(c.writable || taken == 5000); /* the wait is over: from now on they are lost */
    for (unsigned i = 0; i < 1000; i++) {
        g_assert_true(link_send(c.link, frame, sizeof(frame)));
        while (loop_iterate(false)) {
        }
    }
    while ((n = recv(fds[1], buf, sizeof(buf), 0)) > 0 || loop_iterate(false)) {
        got += n > 0 ? (uint64_t)n : 0; /* what was under way: whole frames */
    }
    settle_loop();
    while ((n = recv(fds[1], buf, sizeof(buf), 0)) > 0) {
        got += (uint64_t)n;
    }
    g_assert_cmpuint(got % (4 + sizeof(frame)), ==, 0);
    g_assert_true(link_send(c.link, frame, 60));
    WAIT(recv(fds[1], last, 4, 0) == 4);
    g_assert_cmpuint(last[3], ==, 60);
    close(fds[1]);
    link_free_all();
}

/* Noise of many lengths; closing in the middle; nothing may fall over or leak descriptors. */
static void test_noise(void)
{
    g_autofree char *path = rig_path("n.sock");
    struct card c;
    int first = -1, last = -1;

    card_new(&c, "stream,id=c,server=on,addr.type=unix,addr.path=%s", path);
    for (unsigned i = 0; i < 200; i++) {
        int fd = unix_socket(path, SOCK_STREAM, false);
        uint8_t buf[3000];

        first = first < 0 ? fd : first;
        last = fd;
        for (unsigned k = 0; k < sizeof(buf); k++) {
            buf[k] = (uint8_t)(g_test_rand_int() >> (i % 3 * 8));
        }
        buf[0] = buf[1] = i & 1 ? 0 : buf[0];
        send(fd, buf, (size_t)g_test_rand_int_range(1, sizeof(buf)), MSG_NOSIGNAL);
        while (loop_iterate(false)) {
        }
        close(fd);
        WAIT(!link_carrier(c.link));
    }
    g_assert_cmpint(last, <, first + 4);
    g_assert_cmpuint(c.bad, ==, 0);
    link_free_all();
    rig_end();
}

/* QEMU as a hub between two of ours: its framing is ours, both ways. */
static void test_qemu(void)
{
    g_autofree char *one = rig_path("1.sock"), *two = rig_path("2.sock");
    g_autofree char *a_text =
        g_strdup_printf("stream,id=a,server=on,addr.type=unix,addr.path=%s", one);
    g_autofree char *b_text =
        g_strdup_printf("stream,id=b,server=on,addr.type=unix,addr.path=%s", two);
    char *argv[] = {"qemu-system-x86_64",
                    "-machine",
                    "none",
                    "-nodefaults",
                    "-display",
                    "none",
                    "-netdev",
                    a_text,
                    "-netdev",
                    b_text,
                    "-netdev",
                    "hubport,id=p,hubid=0,netdev=a",
                    "-netdev",
                    "hubport,id=q,hubid=0,netdev=b",
                    NULL};
    int64_t begin = g_get_monotonic_time();
    struct card a, b;
    GPid pid;

    if (!g_spawn_async(NULL, argv, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                           G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                       NULL, NULL, &pid, NULL)) {
        g_test_skip("there is no qemu-system-x86_64");
        rig_end();
        return;
    }
    WAIT(waitpid(pid, NULL, WNOHANG) != 0 || g_access(two, F_OK) == 0);
    g_usleep(100000); /* bound, and then listening */
    if (waitpid(pid, NULL, WNOHANG) != 0) {
        g_test_skip("qemu-system-x86_64 has no -netdev stream");
        rig_end();
        return;
    }
    card_new(&a, "stream,id=a,addr.type=unix,addr.path=%s,reconnect-ms=50", one);
    card_new(&b, "stream,id=b,addr.type=unix,addr.path=%s,reconnect-ms=50", two);
    WAIT(link_carrier(a.link) && link_carrier(b.link));
    for (unsigned i = 0; b.frames == 0; i++) { /* its other end may not be there yet */
        card_send(&a, 60, i);
        settle_loop();
        g_assert_cmpint(g_get_monotonic_time() - begin, <, 60 * G_USEC_PER_SEC);
    }
    card_send(&a, 61, 0);
    WAIT(b.last_len == 61); /* none of the others is still on its way */
    a.frames = 0;
    b.frames = 0;
    both_ways(&a, &b);
    link_free_all();
    kill(pid, SIGKILL);
    g_spawn_close_pid(pid);
    g_unlink(one);
    g_unlink(two);
    rig_end();
}

static void test_errors(void)
{
    static const struct {
        const char *text, *a, *b;
    } bad[] = {
        {"stream,id=n", "addr.type=", "unix, inet or fd"},
        {"stream,id=n,addr.type=unix", "addr.path=", "missing"},
        {"stream,id=n,addr.type=unix,addr.path=/nowhere/x", "/nowhere/x", "reconnect="},
        {"stream,id=n,server=on,addr.type=unix,addr.path=/nowhere/x", "/nowhere/x", "No such"},
        {"stream,id=n,server=on,addr.type=unix,addr.path=/dev/null", "/dev/null", "not a socket"},
        {"stream,id=n,addr.type=tcp", "addr.type=tcp", "unix, inet or fd"},
        {"stream,id=n,addr.type=inet,addr.host=127.0.0.1", "addr.port=", "missing"},
        {"stream,id=n,addr.type=inet,addr.host=no.such.invalid,addr.port=1", "no.such.invalid", ""},
        {"stream,id=n,addr.type=inet,addr.host=127.0.0.1,addr.port=1", "127.0.0.1:1", "refused"},
        {"stream,id=n,addr.type=fd,addr.str=999", "addr.str=999", "not open"},
        {"stream,id=n,addr.type=fd,addr.str=x", "addr.str=x", "number"},
        {"stream,id=n,addr.type=fd,addr.str=0", "addr.str=0", "not a"},
        {"stream,id=n,addr.typ=unix", "addr.typ", "did you mean \"addr.type\""},
        {"stream,id=n,server=on,reconnect=1,addr.type=unix,addr.path=/x", "reconnect=", "client"},
        {"stream,id=n,server=on,addr.type=unix,addr.path=/tmp/never,addr.pat=/y", "addr.pat",
         "addr.path"},
        {"socket,id=n", "listen=", "connect="},
        {"socket,id=n,listen=:1,connect=:2", "expected one of", "mcast="},
        {"socket,id=n,connect=1234", "connect=1234", "HOST:PORT"},
        {"socket,id=n,fd=999", "fd=999", "not open"},
        {"socket,id=n,udp=127.0.0.1:1", "udp=", "localaddr="},
        {"socket,id=n,mcast=10.0.0.1:1234", "10.0.0.1", "multicast"},
        {"streem,id=n", "streem", "did you mean stream"},
    };
    g_autofree char *path = rig_path("e.sock"), *long_path = g_strnfill(108, 'x');
    g_autofree char *busy =
        g_strdup_printf("stream,id=n,server=on,addr.type=unix,addr.path=%s", path);
    g_autofree char *far = g_strdup_printf("stream,id=n,addr.type=unix,addr.path=%s", long_path);
    int fd;

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        expect_error(bad[i].text, bad[i].a, bad[i].b);
        g_assert_null(link_find("n"));
    }
    expect_error(far, "addr.path=", "longer than 107");
    fd = unix_socket(path, SOCK_STREAM, true);
    expect_error(busy, path, "in use by another");
    close(fd); /* stale now: replaced */
    g_assert_nonnull(net_try(busy, NULL));
    link_free_all();
    rig_end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    loop_init();
    g_test_add_func("/net/stream/unix", test_unix);
    g_test_add_func("/net/stream/inet", test_inet);
    g_test_add_func("/net/stream/fd", test_fd);
    g_test_add_func("/net/stream/socket", test_socket);
    g_test_add_func("/net/stream/reconnect", test_reconnect);
    g_test_add_func("/net/stream/server-again", test_server_again);
    g_test_add_func("/net/stream/split", test_split);
    g_test_add_func("/net/stream/oversize", test_oversize);
    g_test_add_func("/net/stream/half-open", test_half_open);
    g_test_add_func("/net/stream/flood", test_flood);
    g_test_add_func("/net/stream/stall", test_stall);
    g_test_add_func("/net/stream/noise", test_noise);
    g_test_add_func("/net/stream/qemu", test_qemu);
    g_test_add_func("/net/stream/errors", test_errors);
    return g_test_run();
}
