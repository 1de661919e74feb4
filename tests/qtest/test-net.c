/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two boards on one wire: NE2000 to NE2000 over -netdev stream, socket and dgram; dumps; a lost peer. */
#include "tests/qtest/libqtest.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define IO 0x300
#define CR IO
#define DATA (IO + 0x10)
#define ISR (IO + 7)
#define TX_PAGE 0x40
#define RX_START 0x46
#define RX_STOP 0x80
#define ISR_PRX 0x01
#define ISR_RDC 0x40

static char *dir;

static struct qtest *board(unsigned n, const char *netdev)
{
    struct qtest *q = qtest_start("-m 16 -nodefaults -netdev %s -device "
                                  "ne2k_isa,netdev=n0,mac=52:54:00:00:00:%02x",
                                  netdev, n);

    if (!q) {
        return NULL;
    }
    qtest_outb(q, IO + 0x1f, qtest_inb(q, IO + 0x1f));
    qtest_clock_step(q, 2000000);
    qtest_outb(q, CR, 0x21);
    qtest_outb(q, IO + 14, 0x49);
    qtest_outb(q, IO + 10, 0);
    qtest_outb(q, IO + 11, 0);
    qtest_outb(q, IO + 13, 0x02);
    qtest_outb(q, IO + 1, RX_START);
    qtest_outb(q, IO + 3, RX_STOP - 1);
    qtest_outb(q, IO + 2, RX_STOP);
    qtest_outb(q, ISR, 0xff);
    qtest_outb(q, CR, 0x61);
    for (unsigned i = 0; i < 6; i++) {
        qtest_outb(q, (uint16_t)(IO + 1 + i), i == 5 ? (uint8_t)n : "\x52\x54\0\0\0"[i]);
    }
    qtest_outb(q, IO + 7, RX_START);
    qtest_outb(q, CR, 0x22);
    qtest_outb(q, IO + 13, 0x00);
    qtest_outb(q, IO + 12, 0x04);
    return q;
}

static void remote(struct qtest *q, unsigned addr, unsigned len, uint8_t cmd)
{
    qtest_outb(q, CR, 0x22);
    qtest_outb(q, ISR, ISR_RDC);
    qtest_outb(q, IO + 10, (uint8_t)len);
    qtest_outb(q, IO + 11, (uint8_t)(len >> 8));
    qtest_outb(q, IO + 8, (uint8_t)addr);
    qtest_outb(q, IO + 9, (uint8_t)(addr >> 8));
    qtest_outb(q, CR, cmd);
}

static void transmit(struct qtest *q, const uint8_t *f, unsigned len)
{
    remote(q, TX_PAGE << 8, len, 0x12);
    for (unsigned i = 0; i < len; i += 2) {
        qtest_outw(q, DATA, (uint16_t)(f[i] | f[i + 1] << 8));
    }
    qtest_outb(q, IO + 4, TX_PAGE);
    qtest_outb(q, IO + 5, (uint8_t)len);
    qtest_outb(q, IO + 6, (uint8_t)(len >> 8));
    qtest_outb(q, CR, 0x26);
    qtest_clock_step(q, 5000000);
}

/* The first frame in the ring; its length with FCS, 0 when there is none. */
static unsigned first_frame(struct qtest *q, uint8_t *f, unsigned len)
{
    uint8_t head[4];

    if (!(qtest_inb(q, ISR) & ISR_PRX)) {
        return 0;
    }
    remote(q, RX_START << 8, 4, 0x0a);
    for (unsigned i = 0; i < 4; i += 2) {
        uint16_t v = qtest_inw(q, DATA);

        head[i] = (uint8_t)v;
        head[i + 1] = (uint8_t)(v >> 8);
    }
    remote(q, (RX_START << 8) + 4, len, 0x0a);
    for (unsigned i = 0; i < len; i += 2) {
        uint16_t v = qtest_inw(q, DATA);

        f[i] = (uint8_t)v;
        f[i + 1] = (uint8_t)(v >> 8);
    }
    return head[2] | (unsigned)head[3] << 8;
}

/* Board 1 sends, board 2 gets it; again while the wire is not there yet. */
static void one_way(struct qtest *from, struct qtest *to, unsigned n, uint8_t mark)
{
    uint8_t f[200], got[200];
    unsigned len = 0;

    memset(f, mark, sizeof(f));
    memcpy(f, "\x52\x54\0\0\0", 5);
    f[5] = (uint8_t)n;
    memcpy(f + 6, "\x52\x54\0\0\0\x09\x88\xb5", 8);
    for (unsigned i = 0; len == 0; i++) {
        g_assert_cmpuint(i, <, 60000);
        if (i % 100 == 0) {
            transmit(from, f, sizeof(f));
        }
        g_usleep(1000);
        qtest_clock_step(to, 100000);
        len = first_frame(to, got, sizeof(got));
    }
    g_assert_cmpuint(len, ==, sizeof(f) + 4);
    g_assert_cmpint(memcmp(f, got, sizeof(f)), ==, 0);
}

static void exchange(const char *first, const char *second)
{
    struct qtest *a, *b;

    if (!qtest_has_option("stream")) {
        return;
    }
    a = board(1, first);
    if (!a) {
        return;
    }
    b = board(2, second);
    one_way(a, b, 2, 0xa5);
    one_way(b, a, 1, 0x5a);
    qtest_quit(b);
    qtest_quit(a);
}

static char *path(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static void test_stream(void)
{
    g_autofree char *sock = path("wire.sock");
    g_autofree char *one =
        g_strdup_printf("stream,id=n0,server=on,addr.type=unix,addr.path=%s", sock);
    g_autofree char *two =
        g_strdup_printf("stream,id=n0,server=off,addr.type=unix,addr.path=%s", sock);

    exchange(one, two);
    g_unlink(sock);
}

static void test_dgram(void)
{
    g_autofree char *s1 = path("1.sock"), *s2 = path("2.sock");
    g_autofree char *one = g_strdup_printf("dgram,id=n0,local.type=unix,local.path=%s,"
                                           "remote.type=unix,remote.path=%s",
                                           s1, s2);
    g_autofree char *two = g_strdup_printf("dgram,id=n0,local.type=unix,local.path=%s,"
                                           "remote.type=unix,remote.path=%s",
                                           s2, s1);

    exchange(one, two);
    g_unlink(s1);
    g_unlink(s2);
}

static unsigned records(const char *file)
{
    g_autofree char *data = NULL;
    gsize size = 0, at = 24;
    unsigned n = 0;

    g_assert_true(g_file_get_contents(file, &data, &size, NULL));
    while (at + 16 <= size) {
        uint32_t captured;

        memcpy(&captured, data + at + 8, 4);
        at += 16 + captured;
        n++;
    }
    g_assert_cmpuint(at, ==, size);
    return n;
}

/* The other board ends, another comes: the same wire again. All that passed is in the dump. */
static void test_peer_again(void)
{
    g_autofree char *sock = path("again.sock"), *file = path("again.pcap");
    g_autofree char *one = g_strdup_printf("stream,id=n0,server=on,addr.type=unix,addr.path=%s "
                                           "-object filter-dump,id=f0,netdev=n0,file=%s",
                                           sock, file);
    g_autofree char *two =
        g_strdup_printf("stream,id=n0,addr.type=unix,addr.path=%s,reconnect=1", sock);
    struct qtest *a, *b;

    if (qtest_is_qemu()) { /* 7.2 has no reconnect= */
        return;
    }
    a = board(1, one);
    if (!a) {
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        b = board(2, two);
        one_way(a, b, 2, (uint8_t)(0x11 + i));
        qtest_quit(b);
    }
    qtest_quit(a);
    g_assert_cmpuint(records(file), >=, 2);
    g_unlink(sock);
    g_unlink(file);
}

/* A hub between the card and the wire. */
static void test_hub(void)
{
    g_autofree char *sock = path("hub.sock");
    g_autofree char *one = g_strdup_printf("hubport,id=n0,hubid=0 -netdev stream,id=s0,server=on,"
                                           "addr.type=unix,addr.path=%s "
                                           "-netdev hubport,id=p0,hubid=0,netdev=s0",
                                           sock);
    g_autofree char *two = g_strdup_printf("stream,id=n0,addr.type=unix,addr.path=%s", sock);

    exchange(one, two);
    g_unlink(sock);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    dir = g_dir_make_tmp("net-XXXXXX", NULL);
    g_test_add_func("/net/boards/stream", test_stream);
    g_test_add_func("/net/boards/dgram", test_dgram);
    g_test_add_func("/net/boards/peer-again", test_peer_again);
    g_test_add_func("/net/boards/hub", test_hub);
    status = g_test_run();
    g_rmdir(dir);
    g_free(dir);
    return status;
}
