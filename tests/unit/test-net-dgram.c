/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -netdev dgram, socket,mcast= and udp=, hubport; -object filter-dump, its file read back. */
#include "tests/unit/net-rig.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void exchange(struct card *a, struct card *b)
{
    for (unsigned i = 0; i < 100; i++) {
        card_send(a, 60 + i, i);
        card_send(b, 1514 - i, i);
        WAIT(a->frames == i + 1 && b->frames == i + 1);
    }
    g_assert_cmpuint(b->last_len, ==, 159);
    g_assert_cmpuint(a->last_len, ==, 1415);
}

static void test_inet(void)
{
    unsigned one = rig_port(SOCK_DGRAM), two = rig_port(SOCK_DGRAM);
    struct card a, b;
    char *text;

    card_new(&a,
             "dgram,id=a,local.type=inet,local.host=127.0.0.1,local.port=%u,remote.type=inet,"
             "remote.host=127.0.0.1,remote.port=%u",
             one, two);
    g_assert_true(link_carrier(a.link));
    card_send(&a, 60, 1); /* nobody there: lost, and the next ones still pass */
    settle_loop();
    card_new(&b, "socket,id=b,udp=127.0.0.1:%u,localaddr=127.0.0.1:%u", one, two);
    exchange(&a, &b);
    text = link_describe(a.link);
    g_assert_nonnull(strstr(text, "dgram,local 127.0.0.1:"));
    g_free(text);
    link_free_all();
}

static void test_unix(void)
{
    g_autofree char *one = rig_path("1.sock"), *two = rig_path("2.sock");
    struct card a, b;

    card_new(&a, "dgram,id=a,local.type=unix,local.path=%s,remote.type=unix,remote.path=%s", one,
             two);
    card_new(&b, "dgram,id=b,local.type=unix,local.path=%s,remote.type=unix,remote.path=%s", two,
             one);
    exchange(&a, &b);
    for (unsigned i = 0; i < LINK_TX_FRAMES; i++) { /* more than the kernel keeps of one peer */
        card_send(&a, 60, i);
    }
    WAIT(b.frames == 100 + LINK_TX_FRAMES);
    link_free_all();
    g_assert_cmpint(g_access(one, F_OK), !=, 0);
    rig_end();
}

static void test_fd(void)
{
    struct card a, b;
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), ==, 0);
    card_new(&a, "dgram,id=a,local.type=fd,local.str=%d", fds[0]);
    card_new(&b, "socket,id=b,fd=%d", fds[1]);
    exchange(&a, &b);
    link_free(b.link);
    for (unsigned i = 0; i < 200; i++) { /* the other end is gone: lost, no more */
        card_send(&a, 60, i);
        while (loop_iterate(false)) {
        }
    }
    link_free_all();
}

/* Datagrams that no frame is, and more than the guest takes. */
static void test_hostile(void)
{
    struct card c;
    uint8_t buf[9000] = {0};
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), ==, 0);
    card_new(&c, "dgram,id=c,local.type=fd,local.str=%d", fds[0]);
    for (unsigned len = 1; len < sizeof(buf); len = len * 3 / 2 + 1) {
        WAIT(send(fds[1], buf, len, 0) == (ssize_t)len);
    }
    WAIT(c.frames == 17);
    settle_loop();
    g_assert_cmpuint(c.frames, ==, 17); /* up to 2048 */
    g_assert_cmpuint(c.bad, ==, 0);
    c.busy = true;
    for (unsigned i = 0; i < 2000; i++) {
        if (send(fds[1], buf, 100, 0) < 0) {
            g_assert_cmpint(errno, ==, EAGAIN);
        }
        loop_iterate(false);
    }
    c.busy = false;
    link_ready(c.link);
    settle_loop();
    g_assert_cmpuint(c.frames, >=, 17 + LINK_RX_FRAMES);
    g_assert_cmpuint(c.frames, <, 17 + LINK_RX_FRAMES + 600);
    close(fds[1]);
    link_free_all();
}

/* Three on a group: each hears the others and not itself. */
static void test_multicast(void)
{
    unsigned port = rig_port(SOCK_DGRAM);
    struct card c[3];

    for (unsigned i = 0; i < 3; i++) {
        g_autofree char *text = g_strdup_printf(
            i < 2 ? "socket,id=c%u,mcast=230.0.0.1:%u,localaddr=127.0.0.1"
                  : "dgram,id=c%u,remote.type=inet,remote.host=230.0.0.1,remote.port=%u,"
                    "local.type=inet,local.host=127.0.0.1,local.port=0",
            i, port);
        GError *error = NULL;
        struct link *l = net_try(text, &error);

        if (!l) {
            g_test_skip(error->message);
            g_error_free(error);
            link_free_all();
            return;
        }
        card_on(&c[i], l);
    }
    card_send(&c[0], 100, 1);
    WAIT(c[1].frames == 1 && c[2].frames == 1);
    card_send(&c[2], 100, 1);
    WAIT(c[1].frames == 2 && c[0].frames == 1);
    settle_loop();
    g_assert_cmpuint(c[0].frames, ==, 1);
    g_assert_cmpuint(c[2].frames, ==, 1);
    link_free_all();
}

static void test_dgram_errors(void)
{
    static const struct {
        const char *text, *a, *b;
    } bad[] = {
        {"dgram,id=n", "local.type=", "missing"},
        {"dgram,id=n,local.typ=unix", "local.typ", "did you mean \"local.type\""},
        {"dgram,id=n,local.type=inet,local.host=127.0.0.1,local.port=0", "remote.type=", "missing"},
        {"dgram,id=n,remote.type=inet,remote.host=127.0.0.1,remote.port=9", "local.type=", ""},
        {"dgram,id=n,local.type=inet,local.host=192.0.2.9,local.port=0,remote.type=inet,"
         "remote.host=127.0.0.1,remote.port=9",
         "192.0.2.9", "not an address of this host"},
        {"dgram,id=n,local.type=unix,local.path=/tmp/x,remote.type=inet,remote.host=127.0.0.1,"
         "remote.port=9",
         "different kinds", ""},
        {"dgram,id=n,local.type=fd,local.str=999", "local.str=999", "not open"},
        {"dgram,id=n,remote.type=fd,remote.str=0", "remote.str=0", ""},
        {"hubport,id=n", "hubid=", "missing"},
        {"hubport,id=n,hubid=x", "hubid=x", "number"},
        {"hubport,id=n,hubid=0,netdev=none", "netdev=none", "no -netdev"},
        {"hubport,id=n,hubid=0,netdev=n", "netdev=n", "no -netdev"},
        {"hubport,id=n,hubid=0,hupid=1", "hupid", "hubid"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        expect_error(bad[i].text, bad[i].a, bad[i].b);
        g_assert_null(link_find("n"));
    }
}

/* -- hub -- */

static void test_hub(void)
{
    struct card a, b, c, out;
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    card_new(&a, "hubport,id=a,hubid=1");
    card_new(&b, "hubport,id=b,hubid=1");
    card_new(&c, "hubport,id=c,hubid=2");
    {
        g_autofree char *text = g_strdup_printf("stream,id=s,addr.type=fd,addr.str=%d", fds[0]);

        g_assert_nonnull(net_try(text, NULL));
    }
    g_assert_nonnull(net_try("hubport,id=p,hubid=1,netdev=s", NULL));
    expect_error("hubport,id=q,hubid=1,netdev=s", "netdev=s", "in use");
    expect_error("hubport,id=q,hubid=2,netdev=a", "netdev=a", "hubport itself");
    card_new(&out, "stream,id=out,addr.type=fd,addr.str=%d", fds[1]);
    card_send(&a, 100, 1);
    WAIT(b.frames == 1 && out.frames == 1);
    card_send(&out, 200, 1);
    WAIT(a.frames == 1 && b.frames == 2);
    b.busy = true; /* one that takes nothing does not hold up the others */
    for (unsigned i = 0; i < 1000; i++) {
        card_send(&a, 60, i);
        WAIT(out.frames == i + 2);
    }
    g_assert_cmpuint(b.frames, ==, 2);
    g_assert_cmpuint(link_stats(b.link).rx_dropped, ==, 1000 - LINK_RX_FRAMES);
    g_assert_cmpuint(c.frames, ==, 0);
    link_free(link_find("s")); /* the back end goes first */
    card_send(&a, 60, 1);
    settle_loop();
    link_free_all();
    for (unsigned i = 0; i < 32; i++) {
        g_autofree char *text = g_strdup_printf("hubport,id=h%u,hubid=3", i);

        g_assert_nonnull(net_try(text, NULL));
    }
    expect_error("hubport,id=more,hubid=3", "hub 3", "32 ports");
    link_free_all();
}

/* -- dump -- */

static bool dump_try(const char *text, GError **error)
{
    struct keyval *kv = keyval_parse("-object", text, "qom-type", NULL);
    bool ok = net_dump_new(kv, error);

    keyval_free(kv);
    return ok;
}

static void dump_new(const char *fmt, const char *file)
{
    g_autofree char *text = g_strdup_printf(fmt, file);
    GError *error = NULL;

    dump_try(text, &error);
    g_assert_no_error(error);
}

static uint32_t word(const char *p)
{
    uint32_t v;

    memcpy(&v, p, 4);
    return v;
}

/* Walk a pcap file: the number of whole records; fails on anything else in it. */
static unsigned check_pcap(const char *file, uint32_t snaplen, uint32_t len)
{
    g_autofree char *data = NULL;
    gsize size, at = 24;
    unsigned n = 0;
    uint32_t last = 0;

    g_assert_true(g_file_get_contents(file, &data, &size, NULL));
    g_assert_cmpuint(size, >=, 24);
    g_assert_cmphex(word(data), ==, 0xa1b2c3d4);
    g_assert_cmphex(word(data + 4), ==, 0x00040002);
    g_assert_cmpuint(word(data + 16), ==, snaplen);
    g_assert_cmpuint(word(data + 20), ==, 1);
    for (; at < size; n++) {
        uint32_t captured;

        g_assert_cmpuint(size - at, >=, 16);
        captured = word(data + at + 8);
        g_assert_cmpuint(word(data + at), >=, last);
        g_assert_cmpuint(word(data + at + 4), <, 1000000);
        g_assert_cmpuint(word(data + at + 12), ==, len);
        g_assert_cmpuint(captured, ==, MIN(len, snaplen));
        g_assert_cmpuint(size - at - 16, >=, captured);
        last = word(data + at);
        at += 16 + captured;
    }
    g_assert_cmpuint(at, ==, size);
    return n;
}

static void test_dump(void)
{
    g_autofree char *all = rig_path("all.pcap"), *in = rig_path("in.pcap"),
                    *out = rig_path("out.pcap"), *cut = rig_path("cut.pcap");
    struct card a, b;
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    card_new(&a, "stream,id=a,addr.type=fd,addr.str=%d", fds[0]);
    card_new(&b, "stream,id=b,addr.type=fd,addr.str=%d", fds[1]);
    dump_new("filter-dump,id=all,netdev=a,file=%s", all);
    dump_new("filter-dump,id=in,netdev=a,file=%s,queue=tx", in);
    dump_new("filter-dump,id=out,netdev=a,file=%s,queue=rx", out);
    dump_new("filter-dump,id=cut,netdev=a,file=%s,maxlen=96", cut);
    for (unsigned i = 0; i < 100; i++) {
        card_send(&a, 1000, i);
        WAIT(b.frames == i + 1);
    }
    for (unsigned i = 0; i < 30; i++) {
        card_send(&b, 1000, i);
        WAIT(a.frames == i + 1);
    }
    link_free_all(); /* flushes */
    g_assert_cmpuint(check_pcap(all, 65536, 1000), ==, 130);
    g_assert_cmpuint(check_pcap(in, 65536, 1000), ==, 30);
    g_assert_cmpuint(check_pcap(out, 65536, 1000), ==, 100);
    g_assert_cmpuint(check_pcap(cut, 96, 1000), ==, 130);
    g_unlink(all);
    g_unlink(in);
    g_unlink(out);
    g_unlink(cut);
    rig_end();
}

/* A file that cannot grow: dumping stops at a whole record, frames pass. */
static void test_dump_full(void)
{
    g_autofree char *file = rig_path("full.pcap");
    struct rlimit limit, old;
    struct card a, b;
    unsigned n;
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    card_new(&a, "stream,id=a,addr.type=fd,addr.str=%d", fds[0]);
    card_new(&b, "stream,id=b,addr.type=fd,addr.str=%d", fds[1]);
    dump_new("filter-dump,id=d,netdev=a,file=%s", file);
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 100000;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    for (unsigned i = 0; i < 500; i++) {
        card_send(&a, 1000, i);
        WAIT(b.frames == i + 1);
    }
    link_free_all();
    setrlimit(RLIMIT_FSIZE, &old);
    n = check_pcap(file, 65536, 1000);
    g_assert_cmpuint(n, >=, 60);
    g_assert_cmpuint(n, <=, 98);
    g_unlink(file);
    rig_end();
    if (g_access("/dev/full", W_OK) == 0) {
        struct link *l = link_new("n");

        g_assert_false(dump_try("filter-dump,id=d,netdev=n,file=/dev/full", NULL));
        link_free(l);
    }
}

/* A pipe: nobody reads is an error; a slow reader misses whole records. */
static void test_dump_pipe(void)
{
    g_autofree char *file = rig_path("pipe"), *text = NULL;
    GError *error = NULL;
    struct card a, b;
    int fds[2], reader;
    char buf[4096];
    uint64_t got = 0;
    ssize_t n;

    g_assert_cmpint(mkfifo(file, 0600), ==, 0);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    card_new(&a, "stream,id=a,addr.type=fd,addr.str=%d", fds[0]);
    card_new(&b, "stream,id=b,addr.type=fd,addr.str=%d", fds[1]);
    text = g_strdup_printf("filter-dump,id=d,netdev=a,file=%s", file);
    g_assert_false(dump_try(text, &error));
    g_assert_nonnull(strstr(error->message, "nobody reads"));
    g_clear_error(&error);
    reader = open(file, O_RDONLY | O_NONBLOCK);
    g_assert_true(dump_try(text, NULL));
    for (unsigned i = 0; i < 500; i++) {
        card_send(&a, 1000, i);
        WAIT(b.frames == i + 1);
    }
    while ((n = read(reader, buf, sizeof(buf))) > 0) {
        got += (uint64_t)n;
    }
    link_free_all();
    while ((n = read(reader, buf, sizeof(buf))) > 0) {
        got += (uint64_t)n;
    }
    g_assert_cmpuint((got - 24) % 1016, ==, 0);
    g_assert_cmpuint(got, >, 100 * 1016);
    close(reader);
    g_unlink(file);
    rig_end();
}

static void test_dump_errors(void)
{
    static const struct {
        const char *text, *a;
    } bad[] = {
        {"filter-dump", "id="},
        {"filter-dump,id=d", "netdev="},
        {"filter-dump,id=d,netdev=n", "file="},
        {"filter-dump,id=d,netdev=m,file=/tmp/never.pcap", "no -netdev"},
        {"filter-dump,id=d,netdev=n,file=/nowhere/x.pcap", "/nowhere/x.pcap"},
        {"filter-dump,id=d,netdev=n,file=/tmp/never.pcap,queue=up", "queue=up"},
        {"filter-dump,id=d,netdev=n,file=/tmp/never.pcap,maxlen=0", "maxlen=0"},
        {"filter-dump,id=d,netdev=n,file=/tmp/never.pcap,snaplen=1", "snaplen"},
    };
    struct link *l = link_new("n");

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        GError *error = NULL;

        g_assert_false(dump_try(bad[i].text, &error));
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, bad[i].a));
        g_error_free(error);
    }
    dump_new("filter-dump,id=d,netdev=n,file=%s", "/dev/null");
    g_assert_false(dump_try("filter-dump,id=d,netdev=n,file=/dev/null", NULL)); /* id twice */
    link_free(l);
    g_assert_cmpint(g_access("/tmp/never.pcap", F_OK), !=, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    loop_init();
    g_test_add_func("/net/dgram/inet", test_inet);
    g_test_add_func("/net/dgram/unix", test_unix);
    g_test_add_func("/net/dgram/fd", test_fd);
    g_test_add_func("/net/dgram/hostile", test_hostile);
    g_test_add_func("/net/dgram/multicast", test_multicast);
    g_test_add_func("/net/dgram/errors", test_dgram_errors);
    g_test_add_func("/net/hub", test_hub);
    g_test_add_func("/net/dump/file", test_dump);
    g_test_add_func("/net/dump/full", test_dump_full);
    g_test_add_func("/net/dump/pipe", test_dump_pipe);
    g_test_add_func("/net/dump/errors", test_dump_errors);
    return g_test_run();
}
