/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev user with a guest made of a few lines: ARP, DHCP, ping, forwards, restrict, hostile frames.
 * libslirp is in its own process, as always; the outside world is 127.0.0.1.
 */
#include "tests/unit/slirp-guest.h"

#include <signal.h>

const struct device_class *const device_classes[] = {&guest_class, NULL};

static void test_arp_ping(void)
{
    struct guest *g = guest_new("user,id=n,ipv6=off");

    send_arp(g, 1, GUEST, GATEWAY);
    expect_only(g, is_arp_reply);
    send_ping(g);
    expect_only(g, is_pong);
    guest_free(g);
}

/* DHCP message type 1 or 3; returns the reply's type, checks the address. */
static unsigned dhcp(struct guest *g, unsigned type)
{
    uint8_t d[300] = {1, 1, 6, 0, 'x', 'i', 'd', '1'};
    static const uint8_t cookie[] = {99, 130, 83, 99, 53, 1};
    GBytes *b;
    const uint8_t *f;
    gsize size;
    unsigned reply = 0;

    memcpy(d + 28, guest_mac, 6);
    memcpy(d + 236, cookie, sizeof(cookie));
    d[242] = (uint8_t)type;
    d[243] = 50; /* requested address */
    d[244] = 4;
    put32(d + 245, GUEST);
    d[249] = 255;
    send_udp(g, 0, 68, UINT32_MAX, 67, d, sizeof(d));
    b = expect(g, is_dhcp);
    f = g_bytes_get_data(b, &size);
    g_assert_cmpuint(size, >, 42 + 243);
    g_assert_cmpmem(f + 42 + 4, 4, "xid1", 4);
    g_assert_cmphex(get32(f + 42 + 16), ==, GUEST);
    for (gsize i = 42 + 240; i + 2 < size && f[i] != 255; i += 2u + f[i + 1]) {
        if (f[i] == 53) {
            reply = f[i + 2];
        }
    }
    g_bytes_unref(b);
    return reply;
}

static void test_dhcp(void)
{
    struct guest *g = guest_new("user,id=n");

    g_assert_cmpuint(dhcp(g, 1), ==, 2); /* offer */
    g_assert_cmpuint(dhcp(g, 3), ==, 5); /* ack */
    guest_free(g);
}

static gboolean tick_on(gpointer opaque)
{
    (void)opaque;
    return G_SOURCE_CONTINUE;
}

/* The outside world's socket is not in our loop. */
static void wait_recv(int fd, char *buf, size_t len)
{
    guint tag = g_timeout_add_seconds(30, too_long, NULL), tick = g_timeout_add(5, tick_on, NULL);

    while (recv(fd, buf, len, 0) < 0) {
        loop_iterate(true);
    }
    g_source_remove(tag);
    g_source_remove(tick);
}

static void test_forward_udp(void)
{
    unsigned port = free_port(SOCK_DGRAM), mine;
    g_autofree char *text = g_strdup_printf("user,id=n,hostfwd=udp:127.0.0.1:%u-10.0.2.15:7", port);
    struct guest *g = guest_new(text);
    int fd = host_socket(SOCK_DGRAM, &mine);
    struct sockaddr_in to = local(port);
    GBytes *b;
    const uint8_t *f;
    char buf[16];

    g_assert_cmpint(sendto(fd, "question", 8, 0, (struct sockaddr *)&to, sizeof(to)), ==, 8);
    b = expect(g, is_udp7);
    f = g_bytes_get_data(b, NULL);
    g_assert_cmpmem(f + 42, 8, "question", 8);
    send_udp(g, GUEST, 7, get32(f + 26), get16(f + 34), "answer", 6);
    g_bytes_unref(b);
    wait_recv(fd, buf, sizeof(buf));
    g_assert_cmpmem(buf, 6, "answer", 6);
    close(fd);
    guest_free(g);
}

static void test_forward_tcp(void)
{
    unsigned port = free_port(SOCK_STREAM);
    g_autofree char *text = g_strdup_printf("user,id=n,hostfwd=tcp:127.0.0.1:%u-:22", port);
    struct guest *g = guest_new(text);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in to = local(port);
    GBytes *b;
    const uint8_t *f;
    unsigned peer;
    uint32_t seq;
    char buf[16];

    g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof(to)), ==, -1);
    g_assert_cmpint(errno, ==, EINPROGRESS);
    b = expect(g, is_tcp);
    f = g_bytes_get_data(b, NULL);
    g_assert_cmphex(f[47] & 0x12, ==, 0x02); /* SYN */
    g_assert_cmpuint(get16(f + 36), ==, 22);
    peer = get16(f + 34);
    seq = get32(f + 38) + 1;
    g_bytes_unref(b);
    send_tcp(g, peer, 1000, seq, 0x12, "");
    expect_only(g, is_tcp); /* ACK */
    send_tcp(g, peer, 1001, seq, 0x18, "SSH-2.0");
    wait_recv(fd, buf, sizeof(buf));
    g_assert_cmpmem(buf, 7, "SSH-2.0", 7);
    close(fd);
    guest_free(g);
}

static gboolean tick(gpointer opaque)
{
    (*(unsigned *)opaque)++;
    return G_SOURCE_CONTINUE;
}

/* The loop turns for others all the time: what the guest lost still comes again. */
static void test_sent_again(void)
{
    unsigned port = free_port(SOCK_STREAM), ticks = 0;
    g_autofree char *text = g_strdup_printf("user,id=n,hostfwd=tcp:127.0.0.1:%u-:22", port);
    struct guest *g = guest_new(text);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in to = local(port);
    guint tag = g_timeout_add(20, tick, &ticks);

    g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof(to)), ==, -1);
    for (unsigned i = 0; i < 2; i++) {
        GBytes *b = expect(g, is_tcp);
        const uint8_t *f = g_bytes_get_data(b, NULL);

        g_assert_cmphex(f[47] & 0x12, ==, 0x02); /* SYN */
        g_bytes_unref(b);
    }
    g_assert_cmpuint(ticks, >, 0);
    g_source_remove(tag);
    close(fd);
    guest_free(g);
}

static void expect_error(const char *text, const char *a, const char *b)
{
    struct keyval *kv = parse(text);
    GError *error = NULL;

    g_assert_null(net_new(kv, NULL, &error));
    g_assert_nonnull(error);
    g_test_message("%s", error->message);
    g_assert_true(g_str_has_prefix(error->message, "-netdev: "));
    g_assert_null(strchr(error->message, '\n'));
    g_assert_nonnull(strstr(error->message, a));
    g_assert_nonnull(strstr(error->message, b));
    g_error_free(error);
    keyval_free(kv);
}

static void test_port_in_use(void)
{
    unsigned tcp, udp;
    int t = host_socket(SOCK_STREAM, &tcp), u = host_socket(SOCK_DGRAM, &udp);
    g_autofree char *tcp_text = g_strdup_printf("user,id=n,hostfwd=tcp::%u-:22", tcp);
    g_autofree char *udp_text = g_strdup_printf("user,id=n,hostfwd=udp::%u-:22", udp);
    g_autofree char *tcp_port = g_strdup_printf("port %u is in use", tcp);
    g_autofree char *udp_port = g_strdup_printf("port %u is in use", udp);

    g_assert_cmpint(listen(t, 1), ==, 0);
    expect_error(tcp_text, tcp_port, "choose another");
    expect_error(udp_text, udp_port, "choose another");
    close(t);
    close(u);
}

static void test_options(void)
{
    static const struct {
        const char *text, *a, *b;
    } bad[] = {
        {"taps,id=n", "taps", "this build has: user, "},
        {"user", "id=", "id=net0"},
        {"user,id=n,net=10.0.2.0/33", "net=10.0.2.0/33", "4 to 28"},
        {"user,id=n,net=ten", "net=ten", "10.0.2.0/24"},
        {"user,id=n,net=10.0.2.0/31", "net=", "4 to 28"},
        {"user,id=n,net=10.0.2.0/255.0.255.0", "net=", "4 to 28"},
        {"user,id=n,host=10.0.3.2", "host=10.0.3.2", "inside net="},
        {"user,id=n,dns=10.0.2.2", "host=", "dns="},
        {"user,id=n,dhcpstart=10.0.2.3", "dns=", "dhcpstart="},
        {"user,id=n,host=gateway", "host=gateway", "IPv4"},
        {"user,id=n,ipv4=off,ipv6=off", "ipv4=off", "-nic none"},
        {"user,id=n,ipv6-net=fec0::/127", "ipv6-net", "fec0::/64"},
        {"user,id=n,ipv6-host=fec1::2", "ipv6-host=fec1::2", "ipv6-net"},
        {"user,id=n,ipv6-dns=fec0::2", "ipv6-host", "ipv6-dns"},
        {"user,id=n,restrict=maybe", "restrict=maybe", "on or off"},
        {"user,id=n,tftp=/nonexistent", "tftp=/nonexistent", "no such directory"},
        {"user,id=n,hostname=a23456789012345678901234567890123", "hostname=", "32"},
        {"user,id=n,tftp-server-name=0123456789012345678901234567890123456789012345678901234567890123"
         "45",
         "tftp-server-name=", "64"}, /* libslirp 4.7.0 never frees a good one */
        {"user,id=n,guestfwd=tcp:10.0.2.9:1", "guestfwd=", "such as tcp:10.0.2.100:7-cmd:cat"},
        {"user,id=n,guestfwd=udp:10.0.2.9:1-cmd:x", "guestfwd=", "expected tcp:ADDRESS"},
        {"user,id=n,guestfwd=tcp:10.0.2.9:0-cmd:x", "guestfwd=", "1 to 65535"},
        {"user,id=n,guestfwd=tcp:10.0.2.9:1-cmd:'x", "guestfwd=", "quot"},
        {"user,id=n,guestfwd=tcp:10.0.2.9:1-tcp:x", "guestfwd=", "tcp:HOST:PORT"},
        {"user,id=n,guestfwd=tcp:10.0.2.9:1-unix:", "guestfwd=", "unix:PATH"},
        {"user,id=n,guestfwd=tcp:10.0.2.9:1-chardev:x", "guestfwd=", "leads to cmd:"},
        {"user,id=n,guestfwd=tcp:10.0.3.9:1-cmd:x", "guestfwd=", "inside net="},
        {"user,id=n,guestfwd=tcp:10.0.2.2:1-cmd:x", "guestfwd=", "is taken"},
        {"user,id=n,smb=/tmp", "smb=", "not supported"},
        {"user,id=n,hostfw=tcp::1-:1", "hostfw", "hostfwd"},
        {"user,id=n,hostfwd=tcp:2222", "hostfwd=tcp:2222", "such as tcp::2222-:22"},
        {"user,id=n,hostfwd=sctp::2222-:22", "sctp", "neither tcp nor udp"},
        {"user,id=n,hostfwd=tcp::0-:22", "host's part", "1 to 65535"},
        {"user,id=n,hostfwd=tcp::2222-:65536", "guest's part", "1 to 65535"},
        {"user,id=n,hostfwd=tcp:192.0.2.77:2222-:22", "192.0.2.77", "not an address of this host"},
    };
    struct link *l;
    char *text;

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        expect_error(bad[i].text, bad[i].a, bad[i].b);
        g_assert_null(link_find("n"));
    }
    l = user_new(
        "user,id=n,net=192.168.76.0/24,ipv6=off,restrict=on,hostname=pc,dnssearch=a.example,"
        "dnssearch=b.example,domainname=example,tftp=/tmp,bootfile=/pxe,"
        "dhcpstart=192.168.76.9");
    text = link_describe(l);
    g_assert_cmpstr(text, ==, "user,net=192.168.76.0/24,restrict=on");
    g_free(text);
    expect_error("user,id=n", "id=n", "taken");
    link_free_all();
    l = user_new("user,id=n");
    text = link_describe(l);
    g_assert_cmpstr(text, ==, "user,net=10.0.2.0/24,ipv6-net=fec0::/64,restrict=off");
    g_free(text);
    link_free_all();
    l = user_new("user,id=n,ipv6=on"); /* as in QEMU: that alone is IPv6 alone */
    text = link_describe(l);
    g_assert_cmpstr(text, ==, "user,ipv6-net=fec0::/64,restrict=off");
    g_free(text);
    link_free_all();
}

static void test_forward_at_run_time(void)
{
    unsigned port = free_port(SOCK_STREAM);
    g_autofree char *spec = g_strdup_printf("tcp:127.0.0.1:%u-:22", port);
    g_autofree char *gone = g_strdup_printf("tcp:127.0.0.1:%u", port);
    g_autofree char *shown = g_strdup_printf("%u", port);
    struct link *l = user_new("user,id=n"), *bare = link_new("bare");
    GError *error = NULL;
    char *info;

    g_assert_true(net_user_hostfwd_add(l, spec, &error));
    g_assert_false(net_user_hostfwd_add(l, spec, &error));
    g_assert_nonnull(strstr(error->message, shown));
    g_clear_error(&error);
    info = net_user_info(l);
    g_assert_nonnull(strstr(info, shown));
    g_assert_nonnull(strstr(info, "HOST_FORWARD"));
    g_free(info);
    g_assert_true(net_user_hostfwd_remove(l, gone, &error));
    g_assert_false(net_user_hostfwd_remove(l, gone, &error));
    g_assert_nonnull(strstr(error->message, "no such forward"));
    g_clear_error(&error);
    g_assert_false(net_user_hostfwd_remove(l, spec, &error));
    g_clear_error(&error);
    g_assert_false(net_user_hostfwd_add(bare, spec, &error));
    g_assert_nonnull(strstr(error->message, "not a user network"));
    g_clear_error(&error);
    g_assert_null(net_user_info(bare));
    g_assert_nonnull(net_user_version());
    link_free_all();
}

/* Guest to a host socket on 10.0.2.2, which is 127.0.0.1 outside; restrict=on keeps it in. */
static void restricted(const char *text, bool passes)
{
    struct guest *g = guest_new(text);
    unsigned port;
    int fd = host_socket(SOCK_DGRAM, &port);
    char buf[16];

    g_assert_cmpuint(dhcp(g, 1), ==, 2); /* the network's own services stay */
    send_udp(g, GUEST, 999, GATEWAY, port, "out", 3);
    send_arp(g, 1, GUEST, GATEWAY); /* answered after it */
    expect_only(g, is_arp_reply);
    g_assert_cmpint(recv(fd, buf, sizeof(buf), 0), ==, passes ? 3 : -1);
    close(fd);
    guest_free(g);
}

static void test_restrict(void)
{
    restricted("user,id=n", true);
    restricted("user,id=n,restrict=on", false);
}

static bool is_tftp_error(const uint8_t *f)
{
    return is_ip(f, 17) && get16(f + 36) == 999 && get16(f + 42) == 5;
}

static bool is_arp_first(const uint8_t *f)
{
    g_assert_false(is_tftp_error(f));
    return is_arp_reply(f);
}

static void ask_tftp(struct guest *g)
{
    static const char request[] = "\0\1/no-such-file\0octet";

    send_udp(g, GUEST, 999, GATEWAY, 69, request, sizeof(request));
    send_arp(g, 1, GUEST, GATEWAY); /* answered after it */
}

/* Without tftp= there is no server at all. */
static void test_tftp(void)
{
    struct guest *g = guest_new("user,id=n,tftp=/tmp");

    g_assert_cmpuint(dhcp(g, 1), ==, 2); /* teaches the address */
    ask_tftp(g);
    expect_only(g, is_tftp_error);
    guest_free(g);
    g = guest_new("user,id=n");
    g_assert_cmpuint(dhcp(g, 1), ==, 2);
    ask_tftp(g);
    expect_only(g, is_arp_first);
    guest_free(g);
}

/* Cut frames of every protocol at every length, and noise: the network still works after it. */
static void test_malformed(void)
{
    static const unsigned types[] = {0x0800, 0x0806, 0x86dd, 0x88f8, 0x8100, 0x0000};
    static const uint8_t protocols[] = {1, 2, 6, 17, 58, 255};
    struct guest *g = guest_new("user,id=n,tftp=/tmp");
    uint8_t f[LINK_FRAME_MAX];

    for (unsigned round = 0; round < 40; round++) {
        for (unsigned len = 0; len <= 64; len++) {
            for (unsigned i = 0; i < sizeof(f); i++) {
                f[i] = (uint8_t)g_test_rand_int();
            }
            ethernet(f, types[round % 6]);
            if (round % 6 == 0) {
                f[14] = round % 4 ? 0x45 : 0x4f;
                put16(f + 16, round % 8 ? len - 14 : 0xffff);
                f[23] = protocols[len % 6];
                put32(f + 30, round % 16 ? GATEWAY : 0x0a000203);
                put16(f + 24, 0);
                put16(f + 24, fold(sum(f + 14, 20, 0)));
                put16(f + 36, (unsigned[]){53, 67, 69, 7}[len % 4]);
            } else if (round % 6 == 2) {
                f[14] = 0x60;
                f[20] = protocols[len % 6];
            }
            link_send(g->link, f, len);
            while (loop_iterate(false)) {
            }
        }
    }
    for (unsigned len = 1500; len <= LINK_FRAME_MAX; len += 7) {
        link_send(g->link, f, len);
        while (loop_iterate(false)) {
        }
    }
    g_assert_cmpuint(dhcp(g, 1), ==, 2);
    guest_free(g);
}

static bool is_arp_no_pong(const uint8_t *f)
{
    g_assert_false(is_pong(f));
    return is_arp_reply(f);
}

/*
 * Fragments: in order, in disorder, and such that libslirp 4.7.0 does not survive (a last fragment
 * alone), overlaps, and pieces beyond the end.
 */
static void test_fragments(void)
{
    struct guest *g = guest_new("user,id=n,ipv6=off");
    uint8_t ping[3000] = {8, 0, 0, 0, 0x12, 0x34, 0, 1};

    put16(ping + 2, fold(sum(ping, sizeof(ping), 0)));
    send_arp(g, 1, GUEST, GATEWAY);
    expect_only(g, is_arp_reply);
    send_fragment(g, ping, 0, 1480, true, 1);
    send_fragment(g, ping, 1480, 1480, true, 1);
    send_fragment(g, ping, 2960, 40, false, 1);
    expect_only(g, is_pong);
    send_fragment(g, ping, 2960, 40, false, 2);
    send_fragment(g, ping, 0, 1480, true, 2);
    send_fragment(g, ping, 1480, 1480, true, 2);
    expect_only(g, is_pong);
    g_ptr_array_set_size(g->got, 0);
    send_fragment(g, ping, 1480, 24, false, 3); /* alone, and again */
    send_fragment(g, ping, 1480, 24, false, 3);
    send_fragment(g, ping, 0, 1480, true, 4); /* overlap */
    send_fragment(g, ping, 1472, 1480, true, 4);
    send_fragment(g, ping, 2960, 40, false, 4);
    send_fragment(g, ping, 1480, 1480, true, 5); /* beyond the last */
    send_fragment(g, ping, 8, 40, false, 5);
    send_arp(g, 1, GUEST, GATEWAY); /* answered after all of them */
    expect_only(g, is_arp_no_pong);
    for (unsigned i = 0; i < 5000; i++) {
        send_fragment(g, ping, (unsigned)g_test_rand_int_range(0, 180) * 8,
                      (unsigned)g_test_rand_int_range(1, 185) * 8, g_test_rand_bit(),
                      (unsigned)g_test_rand_int_range(6, 12));
    }
    send_ping(g);
    expect_only(g, is_pong);
    guest_free(g);
}

static gboolean ask_again(gpointer opaque)
{
    send_arp(opaque, 1, GUEST, GATEWAY);
    return G_SOURCE_CONTINUE;
}

/* Ask something, again where it was lost in the crowd; how many pongs came before the answer. */
static unsigned pongs_until_answer(struct guest *g)
{
    guint tag = g_timeout_add_seconds(30, too_long, NULL);
    guint again = g_timeout_add(100, ask_again, g);

    send_arp(g, 1, GUEST, GATEWAY);
    for (;;) {
        unsigned pongs = 0;

        for (guint i = 0; i < g->got->len; i++) {
            const uint8_t *f = g_bytes_get_data(g->got->pdata[i], NULL);

            if (is_arp_reply(f)) {
                g_ptr_array_remove_range(g->got, 0, i + 1);
                g_source_remove(tag);
                g_source_remove(again);
                return pongs;
            }
            pongs += is_pong(f);
        }
        loop_iterate(true);
    }
}

/*
 * A guest that takes nothing bounds what is kept, in the link, the socket and the process; when it takes
 * again it gets that, in order.
 */
static void test_back_pressure(void)
{
    struct guest *g = guest_new("user,id=n,ipv6=off");
    unsigned pongs = 0, more;

    send_arp(g, 1, GUEST, GATEWAY);
    expect_only(g, is_arp_reply);
    g->busy = true;
    for (unsigned i = 0; i < 2000; i++) {
        send_ping(g);
        while (loop_iterate(false)) {
        }
    }
    g_assert_cmpuint(g->got->len, ==, 0);
    g->busy = false;
    link_ready(g->link);
    do {
        more = pongs_until_answer(g);
        pongs += more;
    } while (more || pongs < LINK_RX_FRAMES);
    g_assert_cmpuint(pongs, <=, LINK_RX_FRAMES + 64 + 600); /* the kernel keeps 208 KiB */
    send_ping(g);
    expect_only(g, is_pong);
    guest_free(g);
}

/* -- the process -- */

static void wait_carrier(struct guest *g, bool up)
{
    guint tag = g_timeout_add_seconds(30, too_long, NULL), tick = g_timeout_add(5, tick_on, NULL);

    while (link_carrier(g->link) != up) {
        loop_iterate(true);
    }
    g_source_remove(tag);
    g_source_remove(tick);
}

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

/* One that hangs holds up the guest's card for some seconds, then it is replaced. */
static void test_hung(void)
{
    struct guest *g = guest_new("user,id=n,ipv6=off");
    uint8_t frame[1514] = {0x52};
    int pid = net_user_process(g->link);
    unsigned refused = 0;

    kill(pid, SIGSTOP);
    g_assert_false(net_user_hostfwd_add(g->link, "tcp:127.0.0.1:1-:1", NULL)); /* one second */
    while (refused < 10) {
        refused += !link_send(g->link, frame, sizeof(frame));
        loop_iterate(false);
    }
    wait_carrier(g, false);
    wait_carrier(g, true);
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
    g_test_init(&argc, &argv, NULL);
    loop_init();
    find_helper();
    g_test_add_func("/slirp/arp-ping", test_arp_ping);
    g_test_add_func("/slirp/dhcp", test_dhcp);
    g_test_add_func("/slirp/forward-udp", test_forward_udp);
    g_test_add_func("/slirp/forward-tcp", test_forward_tcp);
    g_test_add_func("/slirp/sent-again", test_sent_again);
    g_test_add_func("/slirp/port-in-use", test_port_in_use);
    g_test_add_func("/slirp/tftp", test_tftp);
    g_test_add_func("/slirp/options", test_options);
    g_test_add_func("/slirp/forward-at-run-time", test_forward_at_run_time);
    g_test_add_func("/slirp/restrict", test_restrict);
    g_test_add_func("/slirp/malformed", test_malformed);
    g_test_add_func("/slirp/fragments", test_fragments);
    g_test_add_func("/slirp/back-pressure", test_back_pressure);
    g_test_add_func("/slirp/killed", test_killed);
    g_test_add_func("/slirp/hung", test_hung);
    g_test_add_func("/slirp/confined", test_confined);
    g_test_add_func("/slirp/no-helper", test_no_helper);
    g_test_add_func("/slirp/deferred", test_deferred);
    g_test_add_func("/slirp/preset", test_preset);
    g_test_add_func("/slirp/guestfwd", test_guestfwd);
    return g_test_run();
}
