/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cards of a few lines on -netdev links, sockets of the outside world, and patience. */
#ifndef TESTS_UNIT_NET_RIG_H
#define TESTS_UNIT_NET_RIG_H

#include "core/device.h"
#include "core/link.h"
#include "core/loop.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

const struct device_class *const device_classes[] = {NULL};

struct card {
    struct link *link;
    unsigned frames, bad, carriers;
    uint64_t bytes;
    uint32_t last_len;
    uint8_t last[LINK_FRAME_MAX];
    bool busy, writable;
};

static inline bool card_receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    struct card *c = opaque;

    if (c->busy) {
        return false;
    }
    c->frames++;
    c->bytes += len;
    c->bad += len < 60 || len > LINK_FRAME_MAX;
    c->last_len = len;
    memcpy(c->last, frame, len);
    return true;
}

static inline void card_carrier(void *opaque, bool up)
{
    (void)up;
    ((struct card *)opaque)->carriers++;
}

static inline void card_writable(void *opaque)
{
    ((struct card *)opaque)->writable = true;
}

static const struct link_guest_ops card_ops = {
    .receive = card_receive, .carrier = card_carrier, .writable = card_writable};

static inline struct link *net_try(const char *text, GError **error)
{
    struct keyval *kv = keyval_parse("-netdev", text, "type", error);
    struct link *l = kv ? net_new(kv, NULL, error) : NULL;

    keyval_free(kv);
    return l;
}

static inline void card_on(struct card *c, struct link *l)
{
    memset(c, 0, sizeof(*c));
    c->link = l;
    g_assert_true(link_attach(l, NULL, &card_ops, c));
}

static inline void card_new(struct card *c, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static inline void card_new(struct card *c, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    GError *error = NULL;
    struct link *l;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    l = net_try(text, &error);
    g_assert_no_error(error);
    card_on(c, l);
}

/* A frame with a number in it. */
static inline void card_send(struct card *c, uint32_t len, unsigned n)
{
    uint8_t f[LINK_FRAME_MAX];

    memset(f, (int)(n & 0xff), sizeof(f));
    f[0] = 0x52;
    g_assert_true(link_send(c->link, f, len));
}

static inline void expect_error(const char *text, const char *a, const char *b)
{
    GError *error = NULL;

    g_assert_null(net_try(text, &error));
    g_assert_nonnull(error);
    g_test_message("%s", error->message);
    g_assert_true(g_str_has_prefix(error->message, "-netdev: "));
    g_assert_null(strchr(error->message, '\n'));
    g_assert_nonnull(strstr(error->message, a));
    g_assert_nonnull(strstr(error->message, b));
    g_error_free(error);
}

static inline gboolean rig_too_long(gpointer opaque)
{
    (void)opaque;
    g_error("nothing happened for a minute");
    return G_SOURCE_REMOVE;
}

/* Run the loop until it holds. */
#define WAIT(cond)                                                                                 \
    do {                                                                                           \
        guint tag_ = g_timeout_add_seconds(60, rig_too_long, NULL);                                \
        guint tick_ = g_timeout_add(5, rig_tick, NULL);                                            \
        while (!(cond)) {                                                                          \
            loop_iterate(true);                                                                    \
        }                                                                                          \
        g_source_remove(tag_);                                                                     \
        g_source_remove(tick_);                                                                    \
    } while (0)

static inline gboolean rig_tick(gpointer opaque)
{
    (void)opaque;
    return G_SOURCE_CONTINUE;
}

static inline void settle_loop(void)
{
    for (unsigned i = 0; i < 50; i++) {
        while (loop_iterate(false)) {
        }
        g_usleep(200);
    }
}

/* -- the outside world -- */

static char *rig_dir;

static inline char *rig_path(const char *name)
{
    if (!rig_dir) {
        rig_dir = g_dir_make_tmp("net-XXXXXX", NULL);
    }
    return g_build_filename(rig_dir, name, NULL);
}

static inline void rig_end(void)
{
    if (rig_dir) {
        g_rmdir(rig_dir);
        g_clear_pointer(&rig_dir, g_free);
    }
}

static inline int unix_socket(const char *path, int type, bool listener)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    g_strlcpy(a.sun_path, path, sizeof(a.sun_path));
    if (listener) {
        g_assert_cmpint(bind(fd, (struct sockaddr *)&a, sizeof(a)), ==, 0);
        g_assert_true(type != SOCK_STREAM || listen(fd, 4) == 0);
    } else {
        g_assert_cmpint(connect(fd, (struct sockaddr *)&a, sizeof(a)), ==, 0);
    }
    return fd;
}

static inline unsigned rig_port(int type)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(sin);
    int fd = socket(AF_INET, type, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), ==, 0);
    getsockname(fd, (struct sockaddr *)&sin, &len);
    close(fd);
    return ntohs(sin.sin_port);
}

/* Has the peer been left? Reads away what is there. */
static inline bool is_closed(int fd)
{
    char buf[4096];
    ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

    return n == 0 || (n < 0 && errno != EAGAIN);
}

static inline void put_frame(int fd, uint32_t announced, uint32_t len)
{
    uint8_t buf[4 + 70000] = {0};
    uint32_t be = htonl(announced);

    memcpy(buf, &be, 4);
    g_assert_cmpint(send(fd, buf, 4 + len, MSG_NOSIGNAL | MSG_DONTWAIT), ==, (ssize_t)(4 + len));
}

#endif
