/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev user: a private network behind libslirp, which needs no privileges. Everything runs in the
 * loop thread. libslirp's sockets are polled as one GSource of the main context.
 *
 * Bounds: a guest frame has 14 to 1514 bytes and is padded to 60 before libslirp sees it, so that no
 * header read leaves it, and IPv4 fragments are put together before it (ipfrag.h); frames for the guest that find the link full wait in a ring of WAITING, and
 * while any waits no socket is read, which holds the senders back by TCP. The MTU stays libslirp's
 * default. Protocol emulation (enable_emu) is off.
 *
 * Clock: the host's monotonic one; connections to the outside do not stop with the guest.
 */
#include "core/loop.h"
#include "core/report.h"
#include "net/ipfrag.h"
#include "net/net.h"
#include "net/net_priv.h"
#include "net/slirp_priv.h"

#include <string.h>

#define TFTP_PORT 69
#define WAITING 64u
#define FRAMES_A_TURN 64u
#define RETRY_MS 5u

struct waiting_frame {
    uint32_t len;
    uint8_t data[NET_FRAME_MAX];
};

struct user;

struct poll_source {
    GSource base;
    struct user *user;
};

struct user_timer {
    struct user *user;
    SlirpTimerId id;
    void *cb_opaque;
    guint source;
};

struct user {
    struct link *link;
    Slirp *slirp;
    struct poll_source *source;
    GPtrArray *fds;      /* GPollFD *, all added to the source */
    guint used;          /* of fds, since the last prepare */
    bool filled;         /* sockets know their places in fds */
    bool tftp;           /* tftp= was given */
    bool poke;           /* the guest spoke: what waited for its ARP answer can go */
    int64_t deadline_us; /* libslirp is called then at the latest, for its timers */
    struct loop_kick more;
    struct ipfrag *fragments;
    struct waiting_frame *waiting;
    uint32_t head, count; /* of waiting */
    char *net;            /* for people */
};

static GPtrArray *users;

/* -- to the guest -- */

static void flush_waiting(struct user *u)
{
    while (u->count) {
        struct waiting_frame *f = &u->waiting[u->head];

        if (link_attached(u->link)) {
            if (!link_can_deliver(u->link)) {
                return;
            }
            net_deliver(u->link, f->data, f->len);
        }
        u->head = (u->head + 1) % WAITING;
        u->count--;
    }
}

static ssize_t send_packet(const void *buf, size_t len, void *opaque)
{
    struct user *u = opaque;
    struct waiting_frame *f;

    if (len == 0 || len > NET_FRAME_MAX || !link_attached(u->link)) {
        return (ssize_t)len;
    }
    flush_waiting(u);
    if (u->count == 0 && link_can_deliver(u->link)) {
        net_deliver(u->link, buf, (uint32_t)len);
        return (ssize_t)len;
    }
    if (u->count < WAITING) { /* beyond that it is lost, as on a wire */
        f = &u->waiting[(u->head + u->count++) % WAITING];
        memcpy(f->data, buf, len);
        f->len = (uint32_t)len;
    }
    return (ssize_t)len;
}

/* -- from the guest -- */

/* The protocols of a user network; libslirp would also answer NC-SI, which no PC speaks. */
static bool known_protocol(const uint8_t *frame)
{
    unsigned type = (unsigned)frame[12] << 8 | frame[13];

    return type == 0x0800 || type == 0x0806 || type == 0x86dd;
}

/*
 * libslirp listens for TFTP even when it has nothing to serve, and its older versions fall over
 * their own sessions: without tftp= it hears nothing of them. `frame` has at least 60 bytes.
 */
static bool is_tftp(const uint8_t *frame, uint32_t len)
{
    bool four = frame[12] == 0x08 && frame[13] == 0x00;
    uint32_t udp = 14u + (four ? (frame[14] & 15u) * 4 : 40);

    return frame[four ? 23 : 20] == IPPROTO_UDP && udp + 4 <= len && frame[udp + 2] == 0 &&
           frame[udp + 3] == TFTP_PORT;
}

static void input(struct user *u, const uint8_t *frame, uint32_t len)
{
    uint8_t padded[NET_FRAME_MIN];

    if (len < 14 || len > NET_FRAME_MAX || !known_protocol(frame)) {
        return;
    }
    if (len < sizeof(padded)) {
        memset(padded, 0, sizeof(padded));
        memcpy(padded, frame, len);
        frame = padded;
        len = sizeof(padded);
    }
    if (ipfrag_is_fragment(frame)) {
        frame = ipfrag_add(u->fragments, frame, len, g_get_monotonic_time(), &len);
        if (!frame || len < NET_FRAME_MIN) {
            return;
        }
    }
    if (!u->tftp && is_tftp(frame, len)) {
        return;
    }
    slirp_input(u->slirp, frame, (int)len);
}

static void pending(void *opaque)
{
    struct user *u = opaque;
    const uint8_t *frame;
    uint32_t len;

    for (unsigned i = 0; i < FRAMES_A_TURN; i++) {
        frame = link_take(u->link, &len);
        if (!frame) {
            return;
        }
        input(u, frame, len);
        link_take_done(u->link);
        u->poke = true;
    }
    loop_kick(&u->more); /* others want their turn */
}

/* -- polling -- */

static void remove_fd(struct user *u, guint i)
{
    GPollFD *p = g_ptr_array_index(u->fds, i);

    g_source_remove_poll(&u->source->base, p);
    g_free(p);
}

/* The place of a socket; most often the same socket had it the last time. */
static int add_poll(int fd, int events, void *opaque)
{
    struct user *u = opaque;
    guint i = u->used++;
    GPollFD *p = i < u->fds->len ? g_ptr_array_index(u->fds, i) : NULL;

    if (p && p->fd != fd) {
        remove_fd(u, i);
        p = NULL;
    }
    if (!p) {
        p = g_new0(GPollFD, 1);
        p->fd = fd;
        if (i < u->fds->len) {
            u->fds->pdata[i] = p;
        } else {
            g_ptr_array_add(u->fds, p);
        }
        g_source_add_poll(&u->source->base, p);
    }
    p->events = (gushort)((events & SLIRP_POLL_IN ? G_IO_IN : 0) |
                          (events & SLIRP_POLL_OUT ? G_IO_OUT : 0) |
                          (events & SLIRP_POLL_PRI ? G_IO_PRI : 0) | G_IO_ERR | G_IO_HUP);
    p->revents = 0;
    return (int)i;
}

static int get_revents(int idx, void *opaque)
{
    struct user *u = opaque;
    const GPollFD *p;

    if (idx < 0 || (guint)idx >= u->used) {
        return 0;
    }
    p = g_ptr_array_index(u->fds, (guint)idx);
    return (p->revents & G_IO_IN ? SLIRP_POLL_IN : 0) |
           (p->revents & G_IO_OUT ? SLIRP_POLL_OUT : 0) |
           (p->revents & G_IO_PRI ? SLIRP_POLL_PRI : 0) |
           (p->revents & (G_IO_ERR | G_IO_NVAL) ? SLIRP_POLL_ERR : 0) |
           (p->revents & G_IO_HUP ? SLIRP_POLL_HUP : 0);
}

static gint timeout_ms(const struct user *u)
{
    int64_t us = u->deadline_us - g_get_monotonic_time();

    if (u->deadline_us == INT64_MAX) {
        return -1;
    }
    return us <= 0 ? 0 : (gint)MIN((us + 999) / 1000, INT32_MAX);
}

static gboolean prepare(GSource *source, gint *timeout)
{
    struct user *u = ((struct poll_source *)source)->user;
    uint32_t ms = UINT32_MAX;

    flush_waiting(u);
    u->used = 0;
    u->filled = u->count == 0;
    if (u->filled) {
        slirp_pollfds_fill(u->slirp, &ms, add_poll, u);
    } else {
        ms = RETRY_MS;
    }
    while (u->fds->len > u->used) {
        remove_fd(u, u->fds->len - 1);
        g_ptr_array_set_size(u->fds, (int)u->fds->len - 1);
    }
    if (u->poke && u->filled) {
        u->poke = false;
        ms = 0;
    }
    /* the loop also turns for others: what slirp is owed by then does not move */
    if (ms <= INT32_MAX) {
        u->deadline_us = MIN(u->deadline_us, g_get_monotonic_time() + (int64_t)ms * 1000);
    }
    *timeout = timeout_ms(u);
    return FALSE;
}

static gboolean check(GSource *source)
{
    struct user *u = ((struct poll_source *)source)->user;

    for (guint i = 0; i < u->used; i++) {
        if (((GPollFD *)g_ptr_array_index(u->fds, i))->revents) {
            return TRUE;
        }
    }
    return g_get_monotonic_time() >= u->deadline_us;
}

static gboolean dispatch(GSource *source, GSourceFunc fn, gpointer opaque)
{
    struct user *u = ((struct poll_source *)source)->user;

    (void)fn;
    (void)opaque;
    u->deadline_us = INT64_MAX;
    if (u->filled) {
        slirp_pollfds_poll(u->slirp, 0, get_revents, u);
    }
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {.prepare = prepare, .check = check, .dispatch = dispatch};

/* -- libslirp's other needs -- */

static void guest_error(const char *msg, void *opaque)
{
    struct user *u = opaque;

    report_limited("network %s: %s", link_name(u->link), msg);
}

static int64_t clock_get_ns(void *opaque)
{
    (void)opaque;
    return g_get_monotonic_time() * 1000;
}

static void init_completed(Slirp *slirp, void *opaque)
{
    ((struct user *)opaque)->slirp = slirp;
}

static void *timer_new_opaque(SlirpTimerId id, void *cb_opaque, void *opaque)
{
    struct user_timer *t = g_new0(struct user_timer, 1);

    t->user = opaque;
    t->id = id;
    t->cb_opaque = cb_opaque;
    return t;
}

static void timer_stop(struct user_timer *t)
{
    if (t->source) {
        g_source_remove(t->source);
        t->source = 0;
    }
}

static void timer_free(void *timer, void *opaque)
{
    (void)opaque;
    timer_stop(timer);
    g_free(timer);
}

static gboolean timer_expired(gpointer opaque)
{
    struct user_timer *t = opaque;

    t->source = 0;
    slirp_handle_timer(t->user->slirp, t->id, t->cb_opaque);
    return G_SOURCE_REMOVE;
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    struct user_timer *t = timer;
    int64_t wait = expire_ms - g_get_monotonic_time() / 1000;

    (void)opaque;
    timer_stop(t);
    t->source = g_timeout_add((guint)CLAMP(wait, 1, G_MAXINT), timer_expired, t);
}

static void poll_fd_changed(int fd, void *opaque)
{
    (void)fd; /* prepare() asks for all of them anyhow */
    (void)opaque;
}

static void notify(void *opaque)
{
    (void)opaque; /* called in the loop, which prepares again before it sleeps */
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_get_ns,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = poll_fd_changed,
    .unregister_poll_fd = poll_fd_changed,
    .notify = notify,
    .init_completed = init_completed,
    .timer_new_opaque = timer_new_opaque,
};

/* -- life -- */

static char *describe(void *opaque)
{
    return g_strdup(((struct user *)opaque)->net);
}

static void close_user(void *opaque)
{
    struct user *u = opaque;

    if (users) {
        g_ptr_array_remove(users, u);
    }
    loop_kick_cancel(&u->more);
    if (u->source) {
        for (guint i = 0; i < u->fds->len; i++) {
            remove_fd(u, i);
        }
        g_source_destroy(&u->source->base);
        g_source_unref(&u->source->base);
    }
    if (u->slirp) {
        slirp_cleanup(u->slirp);
    }
    g_ptr_array_free(u->fds, TRUE);
    ipfrag_free(u->fragments);
    g_free(u->waiting);
    g_free(u->net);
    g_free(u);
}

static const struct link_host_ops host_ops = {
    .pending = pending,
    .describe = describe,
    .close = close_user,
};

static char *net_text(const SlirpConfig *c)
{
    GString *s = g_string_new("user");
    char text[INET6_ADDRSTRLEN];

    if (c->in_enabled) {
        g_string_append_printf(s, ",net=%s/%d", inet_ntoa(c->vnetwork),
                               __builtin_popcount(c->vnetmask.s_addr));
    }
    if (c->in6_enabled && inet_ntop(AF_INET6, &c->vprefix_addr6, text, sizeof(text))) {
        g_string_append_printf(s, ",ipv6-net=%s/%u", text, c->vprefix_len);
    }
    g_string_append_printf(s, ",restrict=%s", c->restricted ? "on" : "off");
    return g_string_free(s, FALSE);
}

static bool add_forwards(struct user *u, struct keyval *kv, GError **error)
{
    const char *spec;

    while ((spec = keyval_take(kv, "hostfwd")) != NULL) {
        if (!net_forward_add(u->slirp, spec, error)) {
            g_prefix_error(error, "%s: ", keyval_option(kv));
            return false;
        }
    }
    return true;
}

bool net_user_attach(struct link *l, struct keyval *kv, GError **error)
{
    struct net_user_config c;
    struct user *u;

    if (!net_user_config_parse(&c, kv, error)) {
        return false;
    }
    u = g_new0(struct user, 1);
    u->link = l;
    u->fds = g_ptr_array_new();
    u->fragments = ipfrag_new();
    u->waiting = g_new0(struct waiting_frame, WAITING);
    u->net = net_text(&c.slirp);
    u->tftp = c.slirp.tftp_path != NULL;
    u->deadline_us = INT64_MAX;
    loop_kick_init(&u->more, pending, u);
    u->slirp = slirp_new(&c.slirp, &callbacks, u);
    net_user_config_clear(&c);
    if (!u->slirp) {
        keyval_error(kv, error, "libslirp %s refuses this configuration", slirp_version_string());
        close_user(u);
        return false;
    }
    if (!add_forwards(u, kv, error) || !keyval_finish(kv, error)) {
        close_user(u);
        return false;
    }
    u->source = (struct poll_source *)g_source_new(&source_funcs, sizeof(struct poll_source));
    u->source->user = u;
    g_source_set_name(&u->source->base, "slirp");
    g_source_attach(&u->source->base, NULL);
    if (!users) {
        users = g_ptr_array_new();
    }
    g_ptr_array_add(users, u);
    link_host_attach(l, &host_ops, u);
    return true;
}

/* -- for the monitor -- */

static struct user *find(struct link *l)
{
    for (guint i = 0; users && i < users->len; i++) {
        struct user *u = g_ptr_array_index(users, i);

        if (u->link == l) {
            return u;
        }
    }
    return NULL;
}

static struct user *find_or_fail(struct link *l, GError **error)
{
    struct user *u = find(l);

    if (!u) {
        g_set_error(error, KEYVAL_ERROR, 0, "%s is not a user network (-netdev user)",
                    link_name(l));
    }
    return u;
}

char *net_user_info(struct link *l)
{
    struct user *u = find(l);
    g_autofree char *connections = u ? slirp_connection_info(u->slirp) : NULL;

    return u ? g_strdup_printf("%s: %s\n%s", link_name(l), u->net, connections) : NULL;
}

bool net_user_hostfwd_add(struct link *l, const char *spec, GError **error)
{
    struct user *u = find_or_fail(l, error);

    return u && net_forward_add(u->slirp, spec, error);
}

bool net_user_hostfwd_remove(struct link *l, const char *spec, GError **error)
{
    struct user *u = find_or_fail(l, error);

    return u && net_forward_remove(u->slirp, spec, error);
}

const char *net_user_version(void)
{
    return slirp_version_string();
}
