/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest of a few lines on a -netdev user: makes packets, waits for packets. */
#ifndef TESTS_UNIT_SLIRP_GUEST_H
#define TESTS_UNIT_SLIRP_GUEST_H

#include "core/device.h"
#include "core/link.h"
#include "core/loop.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GATEWAY 0x0a000202u
#define GUEST 0x0a00020fu

static const uint8_t guest_mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
static const uint8_t everyone[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct guest {
    struct device dev;
    struct link *link;
    GPtrArray *got; /* GBytes */
    bool busy;
    bool arp;       /* answer for 10.0.2.15 */
    unsigned falls; /* of the carrier */
};

static const struct device_class guest_class = {.name = "guest", .size = sizeof(struct guest)};
/* -- packets -- */

static inline void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

static inline unsigned get16(const uint8_t *p)
{
    return (unsigned)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
    return get16(p) << 16 | get16(p + 2);
}

static inline uint32_t sum(const uint8_t *p, unsigned len, uint32_t s)
{
    for (unsigned i = 0; i + 1 < len; i += 2) {
        s += get16(p + i);
    }
    return len & 1 ? s + (uint32_t)(p[len - 1] << 8) : s;
}

static inline unsigned fold(uint32_t s)
{
    s = (s & 0xffff) + (s >> 16);
    s = (s & 0xffff) + (s >> 16);
    return ~s & 0xffff;
}

/* Send, waiting for room if need be: the process behind may be slower than this loop. */
static inline void put(struct guest *g, const uint8_t *frame, uint32_t len)
{
    while (!link_send(g->link, frame, len)) {
        loop_iterate(true);
    }
}

static inline void ethernet(uint8_t *f, unsigned type)
{
    memcpy(f, everyone, 6);
    memcpy(f + 6, guest_mac, 6);
    put16(f + 12, type);
}

static inline void send_ip(struct guest *g, unsigned proto, uint32_t src, uint32_t dst,
                           const uint8_t *data, unsigned len, unsigned checksum_at)
{
    uint8_t f[1514] = {0}, *ip = f + 14;

    ethernet(f, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, 20 + len);
    ip[8] = 64;
    ip[9] = (uint8_t)proto;
    put32(ip + 12, src);
    put32(ip + 16, dst);
    put16(ip + 10, fold(sum(ip, 20, 0)));
    memcpy(ip + 20, data, len);
    put16(ip + 20 + checksum_at, 0);
    if (proto == 1) {
        put16(ip + 20 + checksum_at, fold(sum(ip + 20, len, 0)));
    } else {
        put16(ip + 20 + checksum_at, fold(sum(ip + 12, 8, proto + len) + sum(ip + 20, len, 0)));
    }
    put(g, f, 34 + len);
}

static inline void send_udp(struct guest *g, uint32_t src, unsigned sport, uint32_t dst,
                            unsigned dport, const void *data, unsigned len)
{
    uint8_t u[1400] = {0};

    put16(u, sport);
    put16(u + 2, dport);
    put16(u + 4, 8 + len);
    memcpy(u + 8, data, len);
    send_ip(g, 17, src, dst, u, 8 + len, 6);
}

static inline void send_tcp_to(struct guest *g, uint32_t to, unsigned dport, uint32_t seq,
                               uint32_t ack, unsigned flags, const char *data)
{
    uint8_t t[64] = {0};
    unsigned len = (unsigned)strlen(data);

    put16(t, 22);
    put16(t + 2, dport);
    put32(t + 4, seq);
    put32(t + 8, ack);
    t[12] = 0x50;
    t[13] = (uint8_t)flags;
    put16(t + 14, 8192);
    memcpy(t + 20, data, len);
    send_ip(g, 6, GUEST, to, t, 20 + len, 16);
}

static inline void send_tcp(struct guest *g, unsigned dport, uint32_t seq, uint32_t ack,
                            unsigned flags, const char *data)
{
    send_tcp_to(g, GATEWAY, dport, seq, ack, flags, data);
}

static inline void send_arp(struct guest *g, unsigned op, uint32_t sender, uint32_t target)
{
    static const uint8_t head[] = {0, 1, 8, 0, 6, 4};
    uint8_t f[42] = {0};

    ethernet(f, 0x0806);
    memcpy(f + 14, head, 6);
    put16(f + 20, op);
    memcpy(f + 22, guest_mac, 6);
    put32(f + 28, sender);
    put32(f + 38, target);
    put(g, f, sizeof(f));
}

static inline void send_ping_of(struct guest *g, unsigned len)
{
    static const uint8_t echo[1480] = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g'};

    send_ip(g, 1, GUEST, GATEWAY, echo, len, 2);
}

static inline void send_ping(struct guest *g)
{
    send_ping_of(g, 12);
}

static inline void send_fragment(struct guest *g, const uint8_t *data, unsigned offset,
                                 unsigned len, bool more, unsigned id)
{
    uint8_t f[1514] = {0}, *ip = f + 14;

    ethernet(f, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, 20 + len);
    put16(ip + 4, id);
    put16(ip + 6, (more ? 0x2000u : 0) | offset / 8);
    ip[8] = 64;
    ip[9] = 1;
    put32(ip + 12, GUEST);
    put32(ip + 16, GATEWAY);
    put16(ip + 10, fold(sum(ip, 20, 0)));
    memcpy(ip + 20, data + offset, len);
    put(g, f, 34 + len);
    while (loop_iterate(false)) {
    }
}

/* -- the guest -- */

/* The vmx-dm-slirp of this build. */
static inline void find_helper(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = g_path_get_dirname(self);
    g_autofree char *path = g_build_filename(dir, "..", "..", "vmx-dm-slirp", NULL);

    net_user_set_program(path);
}

static inline bool receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    struct guest *g = opaque;

    if (g->busy) {
        return false;
    }
    g_assert_cmpuint(len, >=, 60);
    g_ptr_array_add(g->got, g_bytes_new(frame, len));
    if (g->arp && get16(frame + 12) == 0x0806 && get16(frame + 20) == 1 &&
        get32(frame + 38) == GUEST) {
        send_arp(g, 2, GUEST, GATEWAY);
    }
    return true;
}

static inline void carrier(void *opaque, bool up)
{
    ((struct guest *)opaque)->falls += !up;
}

static const struct link_guest_ops guest_ops = {.receive = receive, .carrier = carrier};

static inline struct keyval *parse(const char *text)
{
    return keyval_parse("-netdev", text, "type", NULL);
}

static inline struct link *user_new(const char *text)
{
    struct keyval *kv = parse(text);
    GError *error = NULL;
    struct link *l = net_new(kv, NULL, &error);

    g_assert_no_error(error);
    keyval_free(kv);
    return l;
}

static inline gboolean too_long(gpointer opaque)
{
    (void)opaque;
    g_error("nothing happened for a minute");
    return G_SOURCE_REMOVE;
}

static inline struct guest *guest_new(const char *text)
{
    struct guest *g = (struct guest *)device_new(&guest_class, NULL);

    g_assert_true(device_realize(&g->dev, NULL, NULL));
    g->link = user_new(text);
    g->got = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g->arp = true;
    g_assert_true(link_attach(g->link, &g->dev, &guest_ops, g));
    return g;
}

static inline void guest_free(struct guest *g)
{
    link_detach(g->link);
    link_free_all();
    g_ptr_array_free(g->got, TRUE);
    device_free(&g->dev);
}

typedef bool match_fn(const uint8_t *f);

static inline bool is_arp_reply(const uint8_t *f)
{
    return get16(f + 12) == 0x0806 && get16(f + 20) == 2 && get32(f + 28) == GATEWAY;
}

static inline bool is_ip(const uint8_t *f, unsigned proto)
{
    return get16(f + 12) == 0x0800 && f[23] == proto;
}

static inline bool is_pong(const uint8_t *f)
{
    return is_ip(f, 1) && f[34] == 0 && get16(f + 38) == 0x1234 && get32(f + 26) == GATEWAY;
}

static inline bool is_dhcp(const uint8_t *f)
{
    return is_ip(f, 17) && get16(f + 34) == 67 && get16(f + 36) == 68;
}

static inline bool is_udp7(const uint8_t *f)
{
    return is_ip(f, 17) && get16(f + 36) == 7;
}

static inline bool is_tcp(const uint8_t *f)
{
    return is_ip(f, 6);
}

/* The next frame of a kind; the loop runs until it is there. Owned by the caller. */
static GBytes *expect(struct guest *g, match_fn *match)
{
    guint tag = g_timeout_add_seconds(60, too_long, NULL);

    for (;;) {
        for (guint i = 0; i < g->got->len; i++) {
            GBytes *b = g->got->pdata[i];

            if (match(g_bytes_get_data(b, NULL))) {
                g_bytes_ref(b);
                g_ptr_array_remove_range(g->got, 0, i + 1);
                g_source_remove(tag);
                return b;
            }
        }
        loop_iterate(true);
    }
}

static inline void expect_only(struct guest *g, match_fn *match)
{
    g_bytes_unref(expect(g, match));
}

static inline gboolean tick_on(gpointer opaque)
{
    (void)opaque;
    return G_SOURCE_CONTINUE;
}

/* Run the loop until the carrier is up, or down. */
static inline void wait_carrier(struct guest *g, bool up)
{
    guint tag = g_timeout_add_seconds(60, too_long, NULL), tick = g_timeout_add(5, tick_on, NULL);

    while (link_carrier(g->link) != up) {
        loop_iterate(true);
    }
    g_source_remove(tag);
    g_source_remove(tick);
}

/* Run it until the carrier has fallen, whenever that was, and is up. */
static inline void wait_up_again(struct guest *g)
{
    guint tag = g_timeout_add_seconds(60, too_long, NULL), tick = g_timeout_add(5, tick_on, NULL);

    while (g->falls == 0 || !link_carrier(g->link)) {
        loop_iterate(true);
    }
    g_source_remove(tag);
    g_source_remove(tick);
}

/* -- host sockets -- */

/* The outside world's socket is not in our loop. */
static inline void wait_recv(int fd, char *buf, size_t len)
{
    guint tag = g_timeout_add_seconds(60, too_long, NULL), tick = g_timeout_add(5, tick_on, NULL);

    while (recv(fd, buf, len, 0) < 0) {
        loop_iterate(true);
    }
    g_source_remove(tag);
    g_source_remove(tick);
}

static inline struct sockaddr_in local(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static inline int host_socket(int type, unsigned *port)
{
    struct sockaddr_in sin = local(0);
    socklen_t len = sizeof(sin);
    int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&sin, &len), ==, 0);
    *port = ntohs(sin.sin_port);
    return fd;
}

static inline unsigned free_port(int type)
{
    unsigned port;

    close(host_socket(type, &port));
    return port;
}

#endif
