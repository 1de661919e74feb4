/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process behind -netdev user: killed, hung, confined, taken over, missing; what it starts with and
 * what it leads to (guestfwd=).
 */
#include "net/wire.h"
#include "tests/unit/slirp-guest.h"

#include <signal.h>
#include <stdio.h>

const struct device_class *const device_classes[] = {&guest_class, NULL};

/* Killed under load: the carrier falls and comes back, forwards too, and the guest is served again. */
static void test_killed(void)
{
    unsigned port = free_port(SOCK_STREAM), later = free_port(SOCK_STREAM);
    g_autofree char *text =
        g_strdup_printf("user,id=n,ipv6=off,hostfwd=tcp:127.0.0.1:%u-:22", port);
    g_autofree char *spec = g_strdup_printf(":127.0.0.1:%u-:23", later);
    g_autofree char *shown = g_strdup_printf("%u", later), *gone = g_strdup_printf("%u", port);
    g_autofree char *removed = g_strdup_printf("tcp:127.0.0.1:%u", port);
    struct guest *g = guest_new(text);
    char *info;

    g_assert_true(net_user_hostfwd_add(g->link, spec, NULL));
    g_assert_true(net_user_hostfwd_remove(g->link, removed, NULL));
    for (unsigned round = 0; round < 3; round++) {
        int pid = net_user_process(g->link);

        g_assert_cmpint(pid, >, 0);
        send_ping(g);
        expect_only(g, is_pong);
        for (unsigned i = 0; i < 200; i++) {
            send_ping(g);
            if (i == 100) {
                g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
            }
        }
        wait_carrier(g, false);
        info = link_describe(g->link);
        g_assert_nonnull(strstr(info, "down"));
        g_free(info);
        info = net_user_info(g->link);
        g_assert_nonnull(strstr(info, "does not answer"));
        g_free(info);
        g_assert_false(net_user_hostfwd_add(g->link, spec, NULL));
        send_ping(g); /* into the void */
        wait_carrier(g, true);
        g_assert_cmpint(net_user_process(g->link), !=, pid);
    }
    g_ptr_array_set_size(g->got, 0);
    send_ping(g);
    expect_only(g, is_pong);
    info = net_user_info(g->link);
    g_assert_nonnull(strstr(info, shown));
    g_assert_null(strstr(info, gone)); /* was taken away before */
    g_free(info);
    guest_free(g);
}

/* The port of the host's end that `info usernet` shows, 0 for none. */
static unsigned shown_port(struct guest *g)
{
    g_autofree char *info = net_user_info(g->link);
    const char *at = strstr(info, "HOST_FORWARD]");
    unsigned port = 0;

    g_assert_true(!at || sscanf(at, "HOST_FORWARD] %*d 127.0.0.1 %u", &port) == 1);
    return port;
}

static void kill_process(struct guest *g)
{
    g_assert_cmpint(kill(net_user_process(g->link), SIGKILL), ==, 0);
    wait_carrier(g, false);
    wait_carrier(g, true);
}

/* Port 0 of the host is a free one, and stays that one until it is taken away. */
static void any_port(struct guest *g)
{
    unsigned port = shown_port(g);
    g_autofree char *gone = g_strdup_printf(":127.0.0.1:%u", port);

    g_assert_cmpuint(port, >, 0);
    kill_process(g);
    g_assert_cmpuint(shown_port(g), ==, port);
    g_assert_true(net_user_hostfwd_remove(g->link, gone, NULL));
    kill_process(g);
    g_assert_cmpuint(shown_port(g), ==, 0);
}

static void test_any_port(void)
{
    struct guest *g = guest_new("user,id=n,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22");

    any_port(g);
    g_assert_true(net_user_hostfwd_add(g->link, "tcp:127.0.0.1:0-:23", NULL));
    any_port(g);
    guest_free(g);
}

/* One that hangs holds up the guest's card for some seconds, then it is replaced. */
static void test_hung(void)
{
    struct guest *g = guest_new("user,id=n,ipv6=off");
    uint8_t frame[1514] = {0x52};
    int pid = net_user_process(g->link);
    unsigned refused = 0;

    g->falls = 0;
    kill(pid, SIGSTOP);
    g_assert_false(net_user_hostfwd_add(g->link, "tcp:127.0.0.1:1-:1", NULL)); /* one second */
    while (refused < 10 && g->falls == 0) {
        refused += !link_send(g->link, frame, sizeof(frame));
        loop_iterate(false);
    }
    g_assert_cmpuint(refused, >, 0);
    wait_up_again(g);
    g_assert_cmpint(net_user_process(g->link), !=, pid);
    send_ping(g);
    expect_only(g, is_pong);
    guest_free(g);
}

/* No capability, no new privileges, a filter; it ends with its parent's socket and leaves no zombie. */
static void test_confined(void)
{
    struct guest *g = guest_new("user,id=n,tftp=/tmp");
    int pid = net_user_process(g->link);
    g_autofree char *file = g_strdup_printf("/proc/%d/status", pid), *status = NULL;
    g_autofree char *fds = g_strdup_printf("/proc/%d/fd", pid);
    const char *name;
    GDir *dir;

    g_assert_true(g_file_get_contents(file, &status, NULL, NULL));
    g_assert_nonnull(strstr(status, "NoNewPrivs:\t1"));
    g_assert_nonnull(strstr(status, "Seccomp:\t2"));
    g_assert_nonnull(strstr(status, "CapEff:\t0000000000000000"));
    g_assert_nonnull(strstr(status, "CapPrm:\t0000000000000000"));
    g_assert_nonnull(strstr(status, "Threads:\t1"));
    dir = g_dir_open(fds, 0, NULL); /* 0 to 2 are /dev/null, 3 is ours */
    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *one = g_build_filename(fds, name, NULL);
        g_autofree char *to = g_file_read_link(one, NULL);

        g_assert_true(!to || strcmp(name, "2") == 0 || strcmp(to, "/dev/null") == 0 ||
                      g_str_has_prefix(to, "socket:"));
    }
    if (dir) {
        g_dir_close(dir);
    }
    guest_free(g);
    g_assert_cmpint(kill(pid, 0), ==, -1);
    g_assert_cmpint(errno, ==, ESRCH);
}

/* -- a process that has been taken over -- */

/* Frames, some with a length that is not theirs; the last is cut off. */
static size_t nearly_frames(struct frames_out *o, unsigned *seed)
{
    static const uint32_t lengths[] = {0,    1,    13,    60,    1514,       1515,      2048,
                                       2049, 9000, 65536, 69632, 0x7fffffff, UINT32_MAX};
    static const uint8_t frame[LINK_FRAME_MAX];

    o->len = 0;
    while (frames_fits(o)) {
        uint32_t len = 14 + (uint32_t)rand_r(seed) % 1501, at = o->len;

        frames_put(o, frame, len);
        if (rand_r(seed) % 30 == 0) {
            put32(o->buf + at, lengths[(unsigned)rand_r(seed) % G_N_ELEMENTS(lengths)]);
        }
    }
    return o->len - (unsigned)rand_r(seed) % 100;
}

/* This program as vmx-dm-slirp: ready, then noise, some of it nearly right. Does not return. */
static void be_hostile(void)
{
    static const char hello[] = "9.9\0user,net=\033[31mred\n\xff";
    static struct {
        struct wire_head head;
        uint8_t payload[WIRE_PAYLOAD];
    } m;
    static struct frames_out out;
    unsigned seed = (unsigned)getpid();

    wire_send(WIRE_FD, WIRE_READY, WIRE_VERSION, hello, sizeof(hello) - 1);
    for (unsigned i = 0; i < 20000; i++) {
        size_t len = (size_t)rand_r(&seed) % (i % 70 ? 80 : sizeof(m));

        for (size_t k = 0; k < MIN(len, sizeof(m)); k++) {
            ((uint8_t *)&m)[k] = (uint8_t)rand_r(&seed);
        }
        m.head.type = (uint16_t)(i % 5 ? i % 12 : (unsigned)rand_r(&seed));
        m.head.serial = (uint16_t)(i % 3);
        len = MAX(len, sizeof(m.head));
        if (i % 20 == 19) {
            m.head.type = WIRE_FRAMES;
            len = sizeof(m.head) + nearly_frames(&out, &seed);
            memcpy(m.payload, out.buf, len - sizeof(m.head));
        }
        if (i % 400 == 399) {
            usleep(1000);
        }
        if (send(WIRE_FD, &m, len, MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    send(WIRE_FD, &m, 1, MSG_NOSIGNAL); /* not even a head */
    usleep(100000);
    _exit(3);
}

/* Noise from the process is bounded and survived; frames are of a length that a card takes. */
static void test_hostile_process(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL), *text = NULL;
    struct guest *g;

    g_setenv("BE_HOSTILE", "1", TRUE);
    net_user_set_program(self);
    g = guest_new("user,id=n");
    text = link_describe(g->link);
    g_assert_true(g_str_has_prefix(text, "user,net="));
    g_assert_true(g_str_is_ascii(text) && !strchr(text, '\n') && !strchr(text, '\033'));
    for (unsigned i = 0; i < 3; i++) {
        wait_carrier(g, false);
        g_free(net_user_info(g->link));
        net_user_hostfwd_add(g->link, "tcp::1-:1", NULL);
        wait_carrier(g, true);
        g_free(net_user_info(g->link));
        send_ping(g);
    }
    g_assert_cmpuint(g->got->len, >, 0);
    for (guint i = 0; i < g->got->len; i++) {
        g_assert_cmpuint(g_bytes_get_size(g->got->pdata[i]), <=, 1514);
    }
    guest_free(g);
    g_unsetenv("BE_HOSTILE");
    find_helper();
}

static void test_no_helper(void)
{
    struct keyval *kv = parse("user,id=n");
    GError *error = NULL;

    net_user_set_program("/nowhere/vmx-dm-slirp");
    g_assert_null(net_new(kv, NULL, &error));
    g_assert_nonnull(strstr(error->message, "/nowhere/vmx-dm-slirp"));
    g_clear_error(&error);
    keyval_free(kv);
    kv = parse("user,id=n");
    net_user_set_program("/bin/false"); /* one that says nothing */
    g_assert_null(net_new(kv, NULL, &error));
    g_assert_nonnull(strstr(error->message, "code 1"));
    g_clear_error(&error);
    keyval_free(kv);
    find_helper();
}

/* Two that start at once, waited for at the end; the error of one is its own. */
static void test_deferred(void)
{
    GError *error = NULL;
    struct keyval *kv;

    net_defer();
    g_assert_false(link_carrier(user_new("user,id=a")));
    user_new("user,id=b");
    g_assert_true(net_started(&error));
    g_assert_no_error(error);
    g_assert_true(link_carrier(link_find("a")) && link_carrier(link_find("b")));
    net_defer();
    kv = parse("user,id=c,hostfwd=what");
    g_assert_nonnull(net_new(kv, NULL, NULL));
    keyval_free(kv);
    g_assert_false(net_started(&error));
    g_assert_nonnull(strstr(error->message, "-netdev: hostfwd=what"));
    g_clear_error(&error);
    link_free_all();
}

/* -redir: a forward before there is a network. */
static void test_preset(void)
{
    unsigned port = free_port(SOCK_STREAM);
    g_autofree char *spec = g_strdup_printf("tcp:127.0.0.1:%u-:22", port);
    g_autofree char *shown = g_strdup_printf("%u", port);
    char *info;

    net_user_preset(spec);
    g_assert_cmpstr(net_user_preset_left(), ==, spec);
    user_new("user,id=a");
    g_assert_null(net_user_preset_left());
    user_new("user,id=b");
    info = net_user_info(link_find("a"));
    g_assert_nonnull(strstr(info, shown));
    g_free(info);
    link_free_all();
}

/* -- guestfwd -- */

#define FORWARD 0x0a000264u

/* The guest connects to 10.0.2.100, says a word, and what comes back starts with `answer`. */
static void converse(const char *text, const char *word, const char *answer)
{
    struct guest *g = guest_new(text);
    uint32_t seq, got = 0;
    unsigned port = 7;
    char said[64] = {0};

    while (got < strlen(answer)) {
        GBytes *b;
        const uint8_t *f;
        unsigned len, head;

        if (got == 0) {
            g_ptr_array_set_size(g->got, 0);
            send_tcp_to(g, FORWARD, port, 1000, 0, 0x02, "");
        }
        b = expect(g, is_tcp);
        f = g_bytes_get_data(b, NULL);
        g_assert_cmphex(f[47] & 0x12, ==, 0x12); /* SYN, ACK */
        seq = get32(f + 38) + 1;
        g_bytes_unref(b);
        send_tcp_to(g, FORWARD, port, 1001, seq, 0x10, "");
        send_tcp_to(g, FORWARD, port, 1001, seq, 0x18, word);
        while (got < strlen(answer)) {
            b = expect(g, is_tcp);
            f = g_bytes_get_data(b, NULL);
            head = 34u + (f[46] >> 4) * 4u;
            len = get16(f + 16) + 14 - head;
            if (len && get32(f + 38) == seq) {
                g_assert_cmpuint(got + len, <, sizeof(said));
                memcpy(said + got, f + head, len);
                got += len;
                seq += len;
                send_tcp_to(g, FORWARD, port, 1001 + (uint32_t)strlen(word), seq, 0x10, "");
            }
            g_bytes_unref(b);
        }
    }
    g_assert_true(g_str_has_prefix(said, answer));
    guest_free(g);
}

static gboolean echo(int fd, GIOCondition cond, gpointer opaque)
{
    char buf[64];
    int peer = accept(fd, NULL, NULL);
    ssize_t n = recv(peer, buf, sizeof(buf), 0);

    (void)cond;
    (void)opaque;
    g_assert_cmpint(n, >, 0);
    g_assert_cmpint(send(peer, "echo ", 5, 0), ==, 5);
    g_assert_cmpint(send(peer, buf, (size_t)n, 0), ==, n);
    close(peer);
    return G_SOURCE_CONTINUE;
}

static void test_guestfwd(void)
{
    unsigned port;
    int fd = host_socket(SOCK_STREAM, &port);
    unsigned tag = loop_watch(fd, G_IO_IN, echo, NULL);
    g_autofree char *tcp =
        g_strdup_printf("user,id=n,guestfwd=tcp:10.0.2.100:7-tcp:127.0.0.1:%u", port);

    g_assert_cmpint(listen(fd, 4), ==, 0);
    converse("user,id=n,restrict=on,guestfwd=tcp:10.0.2.100:7-cmd:cat", "hello", "hello");
    converse("user,id=n,guestfwd=tcp:10.0.2.100:7-cmd:sh -c 'read x; echo \"<$x>\"'", "word\n",
             "<word>");
    converse(tcp, "hello", "echo hello");
    loop_unwatch(&tag);
    close(fd);
}

int main(int argc, char **argv)
{
    if (g_getenv("BE_HOSTILE")) {
        be_hostile();
    }
    g_test_init(&argc, &argv, NULL);
    loop_init();
    find_helper();
    g_test_add_func("/slirp/killed", test_killed);
    g_test_add_func("/slirp/any-port", test_any_port);
    g_test_add_func("/slirp/hung", test_hung);
    g_test_add_func("/slirp/confined", test_confined);
    g_test_add_func("/slirp/hostile-process", test_hostile_process);
    g_test_add_func("/slirp/no-helper", test_no_helper);
    g_test_add_func("/slirp/deferred", test_deferred);
    g_test_add_func("/slirp/preset", test_preset);
    g_test_add_func("/slirp/guestfwd", test_guestfwd);
    return g_test_run();
}
