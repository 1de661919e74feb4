/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev tap and bridge: an interface of the host. It is made or opened here (ifname=), handed down
 * (fd=), or comes from QEMU's setuid bridge helper (helper=, -netdev bridge). Loop thread.
 *
 * Bounds: BATCH frames a turn each way; without room in the guest nothing is read, and the kernel drops.
 * Offloads stay off; the header that a handed-down interface may put before each frame (vnet_hdr) is
 * passed over, and sent as zeros. Not here: vhost and more than one queue, which no card of this board
 * has.
 */
#include "core/loop.h"
#include "core/report.h"
#include "net/tap_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define BATCH 64
#define HEADER_MAX 64

struct tap {
    struct link *link;
    int fd, header; /* header: bytes before each frame */
    bool blocked;
    unsigned in_tag, out_tag;
    struct loop_kick more;
    char *text, *ifname, *downscript;
};

static void output(void *opaque);

static void failed(struct tap *t, int err)
{
    report("network %s: %s: %s", link_name(t->link), t->text, g_strerror(err));
    loop_unwatch(&t->in_tag);
    loop_unwatch(&t->out_tag);
    link_set_carrier(t->link, false);
}

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    struct tap *t = opaque;
    uint8_t buf[HEADER_MAX + LINK_FRAME_MAX + 1];

    (void)cond;
    for (int i = 0; i < BATCH; i++) {
        ssize_t n;

        if (!net_can_deliver(t->link)) {
            t->blocked = true;
            loop_unwatch(&t->in_tag);
            link_want_room(t->link);
            break;
        }
        n = read(fd, buf, sizeof(buf));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno != EAGAIN && errno != EIO) { /* EIO: the interface is down */
            failed(t, errno);
        }
        if (n <= t->header) {
            break;
        }
        if (n - t->header <= (ssize_t)LINK_FRAME_MAX) {
            net_deliver(t->link, buf + t->header, (uint32_t)(n - t->header));
        }
    }
    return t->in_tag != 0;
}

static void watch(struct tap *t)
{
    if (!t->in_tag) {
        t->in_tag = loop_watch(t->fd, G_IO_IN | G_IO_ERR | G_IO_HUP, readable, t);
    }
}

static void guest_ready(void *opaque)
{
    struct tap *t = opaque;

    if (t->blocked) {
        t->blocked = false;
        watch(t);
    }
}

static gboolean writable(int fd, GIOCondition cond, void *opaque)
{
    struct tap *t = opaque;

    (void)fd;
    (void)cond;
    t->out_tag = 0;
    output(t);
    return G_SOURCE_REMOVE;
}

static void output(void *opaque)
{
    static const uint8_t zeros[HEADER_MAX];
    struct tap *t = opaque;
    const uint8_t *frame;
    uint32_t len;

    for (int i = 0; i < BATCH && !t->out_tag; i++) {
        struct iovec iov[2] = {{(void *)zeros, (size_t)t->header}};
        ssize_t n;

        frame = link_take(t->link, &len);
        if (!frame) {
            return;
        }
        iov[1] = (struct iovec){(void *)frame, len};
        n = t->header ? writev(t->fd, iov, 2) : write(t->fd, frame, len);
        if (n < 0 && errno == EAGAIN) {
            t->out_tag = loop_watch(t->fd, G_IO_OUT | G_IO_ERR, writable, t);
            return;
        }
        link_take_done(t->link); /* sent, or lost: the interface is down */
    }
    if (!t->out_tag) {
        loop_kick(&t->more);
    }
}

static char *describe(void *opaque)
{
    return g_strdup(((struct tap *)opaque)->text);
}

static void close_tap(void *opaque)
{
    struct tap *t = opaque;

    loop_kick_cancel(&t->more);
    loop_unwatch(&t->in_tag);
    loop_unwatch(&t->out_tag);
    if (t->downscript) {
        g_autoptr(GError) error = NULL;

        if (!tap_script(t->downscript, t->ifname, &error)) {
            report("network %s: %s", link_name(t->link), error->message);
        }
    }
    if (t->fd >= 0) {
        close(t->fd);
    }
    g_free(t->text);
    g_free(t->ifname);
    g_free(t->downscript);
    g_free(t);
}

static const struct link_host_ops host_ops = {
    .pending = output,
    .guest_ready = guest_ready,
    .describe = describe,
    .close = close_tap,
};

/* -- opening -- */

/* What it says of itself; false when it is no tap interface. */
static bool inspect(struct tap *t, struct keyval *kv, const char *what, GError **error)
{
    struct ifreq r;

    memset(&r, 0, sizeof(r));
    if (ioctl(t->fd, TUNGETIFF, &r) < 0) {
        keyval_error(kv, error, "%s: %s", what,
                     errno == EBADF ? "is not open" : "is not a tap interface");
        return false;
    }
    if (!(r.ifr_flags & IFF_TAP) || !(r.ifr_flags & IFF_NO_PI)) {
        keyval_error(kv, error, "%s: interface %s carries no plain Ethernet (IFF_TAP, IFF_NO_PI)",
                     what, r.ifr_name);
        return false;
    }
    if (r.ifr_flags & IFF_VNET_HDR) {
        if (ioctl(t->fd, TUNGETVNETHDRSZ, &t->header) < 0 || t->header < 0 ||
            t->header > HEADER_MAX) {
            t->header = 10; /* struct virtio_net_hdr */
        }
        ioctl(t->fd, TUNSETOFFLOAD, 0UL);
    }
    fcntl(t->fd, F_SETFD, FD_CLOEXEC);
    fcntl(t->fd, F_SETFL, fcntl(t->fd, F_GETFL) | O_NONBLOCK);
    t->ifname = g_strdup(r.ifr_name);
    return true;
}

static bool take_fd(struct tap *t, struct keyval *kv, const char *text, GError **error)
{
    g_autofree char *what = g_strdup_printf("fd=%s", text);
    char *end = NULL;
    uint64_t n = g_ascii_isdigit(text[0]) ? g_ascii_strtoull(text, &end, 10) : 0;

    if (!end || *end || n > INT32_MAX) {
        keyval_error(kv, error, "%s: expected the number of an open descriptor", what);
        return false;
    }
    t->fd = (int)n;
    if (!inspect(t, kv, what, error)) {
        t->fd = -1; /* whatever it is, it is not ours */
        return false;
    }
    t->text = g_strdup_printf("tap,fd=%d,ifname=%s", t->fd, t->ifname);
    return true;
}

static const char *tun_remedy(int err)
{
    switch (err) {
    case ENOENT:
    case ENODEV:
        return "; the host's kernel has no tun driver loaded (modprobe tun)";
    case EPERM:
    case EACCES:
        return "; it takes root, or an interface made for this user: ip tuntap add dev NAME mode "
               "tap user USER";
    case EBUSY:
        return "; another program has this interface";
    case EINVAL:
        return "; an interface of that name is not a tap interface of one queue";
    default:
        return "";
    }
}

static bool open_tun(struct tap *t, struct keyval *kv, const char *ifname, GError **error)
{
    struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    g_autofree char *what = g_strdup_printf("ifname=%s", ifname ? ifname : "tap%d");

    if (strlen(what + 7) >= IFNAMSIZ || !what[7]) {
        keyval_error(kv, error, "%s: expected 1 to %d characters", what, IFNAMSIZ - 1);
        return false;
    }
    t->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (t->fd < 0) {
        int err = errno;

        keyval_error(kv, error, "/dev/net/tun: %s%s", g_strerror(err), tun_remedy(err));
        return false;
    }
    g_strlcpy(r.ifr_name, what + 7, IFNAMSIZ);
    if (ioctl(t->fd, TUNSETIFF, &r) < 0) {
        int err = errno;

        keyval_error(kv, error, "%s: %s%s", what, g_strerror(err), tun_remedy(err));
        return false;
    }
    t->ifname = g_strdup(r.ifr_name);
    t->text = g_strdup_printf("tap,ifname=%s", t->ifname);
    return true;
}

static bool from_helper(struct tap *t, struct keyval *kv, const char *helper, const char *bridge,
                        GError **error)
{
    t->fd = tap_from_helper(helper, bridge, error);
    if (t->fd < 0) {
        g_prefix_error(error, "%s: br=%s: ", keyval_option(kv), bridge);
        return false;
    }
    if (!inspect(t, kv, "helper=", error)) {
        return false;
    }
    t->text = g_strdup_printf("tap,br=%s,ifname=%s", bridge, t->ifname);
    return true;
}

/* -- the words -- */

/* What no card here could use is refused when it is asked for, and not when it is declined. */
static bool refuse(struct keyval *kv, GError **error)
{
    static const char *const never[] = {"fds", "vhostfd", "vhostfds"};
    static const char *const unless_off[] = {"vhost", "vhostforce"};
    uint64_t queues = 1, poll_us = 0;
    bool header = false;

    for (unsigned i = 0; i < G_N_ELEMENTS(never); i++) {
        if (keyval_take_last(kv, never[i])) {
            keyval_error(kv, error, "%s=: there is no vhost and one queue only", never[i]);
            return false;
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(unless_off); i++) {
        bool on = false;

        if (!keyval_take_bool(kv, unless_off[i], &on, error)) {
            return false;
        }
        if (on) {
            keyval_error(kv, error, "%s=on: no card of this board uses it", unless_off[i]);
            return false;
        }
    }
    return keyval_take_bool(kv, "vnet_hdr", &header, error) &&
           keyval_take_uint(kv, "poll-us", 0, UINT32_MAX, &poll_us, error) &&
           keyval_take_uint(kv, "queues", 1, 1, &queues, error);
}

static bool excludes(struct keyval *kv, const char *key, const char *const *others, GError **error)
{
    for (; *others; others++) {
        if (keyval_has(kv, *others)) {
            keyval_error(kv, error, "%s= goes without %s=", key, *others);
            return true;
        }
    }
    return false;
}

/* script= and downscript=: "no", a file, or QEMU's usual place where there is one. */
static char *script_of(struct keyval *kv, const char *key, const char *usual)
{
    const char *text = keyval_take_last(kv, key);

    if (!text) {
        return access(usual, X_OK) == 0 ? g_strdup(usual) : NULL;
    }
    return text[0] && strcmp(text, "no") != 0 ? g_strdup(text) : NULL;
}

static bool open_interface(struct tap *t, struct keyval *kv, GError **error)
{
    const char *ifname = keyval_take_last(kv, "ifname");
    g_autofree char *script = script_of(kv, "script", "/etc/qemu-ifup");
    g_autofree char *down = script_of(kv, "downscript", "/etc/qemu-ifdown");

    keyval_take_last(kv, "br"); /* for scripts of others */
    if (!keyval_finish(kv, error) || !open_tun(t, kv, ifname, error)) {
        return false;
    }
    if (script && !tap_script(script, t->ifname, error)) {
        g_prefix_error(error, "%s: ", keyval_option(kv));
        return false;
    }
    t->downscript = g_steal_pointer(&down);
    return true;
}

static bool open_any(struct tap *t, struct keyval *kv, GError **error)
{
    static const char *const not_fd[] = {"ifname", "script", "br", "downscript", "helper", NULL};
    static const char *const not_helper[] = {"ifname", "script", "downscript", NULL};
    const char *fd = keyval_take_last(kv, "fd"), *helper, *bridge;
    uint64_t sndbuf = 0;

    if (!refuse(kv, error) || !keyval_take_size(kv, "sndbuf", 1, &sndbuf, error)) {
        return false;
    }
    if (fd) {
        return !excludes(kv, "fd", not_fd, error) && keyval_finish(kv, error) &&
               take_fd(t, kv, fd, error);
    }
    helper = keyval_take_last(kv, "helper");
    if (helper || (keyval_has(kv, "br") && !keyval_has(kv, "ifname"))) {
        bridge = keyval_take_last(kv, "br");
        return !excludes(kv, helper ? "helper" : "br", not_helper, error) &&
               keyval_finish(kv, error) &&
               from_helper(t, kv, helper, bridge ? bridge : "br0", error);
    }
    if (!open_interface(t, kv, error)) {
        return false;
    }
    if (sndbuf) {
        int size = (int)MIN(sndbuf, INT32_MAX);

        ioctl(t->fd, TUNSETSNDBUF, &size);
    }
    return true;
}

static bool attach(struct link *l, struct keyval *kv,
                   bool (*open_it)(struct tap *t, struct keyval *kv, GError **error),
                   GError **error)
{
    struct tap *t = g_new0(struct tap, 1);

    t->link = l;
    t->fd = -1;
    loop_kick_init(&t->more, output, t);
    if (!open_it(t, kv, error)) {
        close_tap(t);
        return false;
    }
    watch(t);
    link_host_attach(l, &host_ops, t);
    return true;
}

bool net_tap_attach(struct link *l, struct keyval *kv, GError **error)
{
    return attach(l, kv, open_any, error);
}

static bool open_bridge(struct tap *t, struct keyval *kv, GError **error)
{
    const char *helper = keyval_take_last(kv, "helper"), *bridge = keyval_take_last(kv, "br");

    return keyval_finish(kv, error) && from_helper(t, kv, helper, bridge ? bridge : "br0", error);
}

bool net_bridge_attach(struct link *l, struct keyval *kv, GError **error)
{
    return attach(l, kv, open_bridge, error);
}
