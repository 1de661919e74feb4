/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev user with a guest made of a few lines: ARP, DHCP, ping, forwards, restrict, hostile frames.
 * libslirp is in its own process, as always; the outside world is 127.0.0.1.
 */
#include "net/wire.h"
#include "tests/unit/slirp-guest.h"

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
        {"user,id=n,hostfwd=tcp::65536-:22", "host's part", "0 to 65535"},
        {"user,id=n,hostfwd=tcp::2222-:0", "guest's part", "1 to 65535"},
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
    if (passes) { /* the kernel may be a moment behind */
        wait_recv(fd, buf, sizeof(buf));
        g_assert_cmpmem(buf, 3, "out", 3);
    } else {
        g_assert_cmpint(recv(fd, buf, sizeof(buf), 0), ==, -1);
    }
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
    guint tag = g_timeout_add_seconds(60, too_long, NULL);
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
    for (unsigned i = 0; i < 4000; i++) {
        send_ping_of(g, 1400);
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
    /*
     * The kernel keeps 208 KiB, and what exceeds that when it is not full yet; each side has a message.
     * As much may still have been on its way to a slow process.
     */
    g_assert_cmpuint(pongs, <=,
                     LINK_RX_FRAMES + LINK_TX_FRAMES + 2 * (208 * 1024 + 3 * WIRE_PAYLOAD) / 1434);
    send_ping(g);
    expect_only(g, is_pong);
    guest_free(g);
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
    return g_test_run();
}
