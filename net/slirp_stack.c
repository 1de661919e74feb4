/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libslirp behind frames and poll(): see slirp_priv.h. A private network that needs no privileges.
 *
 * Bounds: a guest frame has 14 to 1514 bytes and is padded to 60 before libslirp sees it, so that no
 * header read leaves it, and IPv4 fragments are put together before it (ipfrag.h). The MTU stays
 * libslirp's default. Protocol emulation (enable_emu) is off.
 *
 * Clock: the host's monotonic one; connections to the outside do not stop with the guest.
 */
#include "net/ipfrag.h"
#include "net/slirp_priv.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TFTP_PORT 69

struct stack_timer {
    struct stack *stack;
    SlirpTimerId id;
    void *cb_opaque;
    int64_t expires_ms; /* INT64_MAX: not running */
};

struct stack {
    const struct stack_ops *ops;
    void *opaque;
    Slirp *slirp;
    GPtrArray *timers; /* struct stack_timer * */
    guint first;       /* place of our first descriptor in fds */
    GArray *fds;       /* of this turn, the caller's */
    struct ipfrag *fragments;
    bool poke; /* the guest spoke: what waited for its ARP answer can go */
    bool deaf; /* the host permits no ICMP sockets */
    bool said_deaf;
    uint32_t network, mask; /* host order; IPv4 */
    char *text, *tftp;
    GString *ports; /* of hostfwd= */
};

/* -- to the guest -- */

static ssize_t send_packet(const void *buf, size_t len, void *opaque)
{
    struct stack *s = opaque;

    if (len > 0 && len <= SLIRP_FRAME_MAX) {
        s->ops->deliver(s->opaque, buf, (uint32_t)len);
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

/*
 * An echo request to the outside goes out by an unprivileged ICMP socket, which a host may not permit;
 * the guest sees no answer and its owner should know why.
 */
static void explain_ping(struct stack *s, const uint8_t *frame)
{
    uint32_t to = (uint32_t)frame[30] << 24 | (uint32_t)frame[31] << 16 | (uint32_t)frame[32] << 8 |
                  frame[33];
    g_autofree char *text = NULL;

    if (!s->deaf || s->said_deaf || frame[12] != 0x08 || frame[13] != 0x00 || frame[14] != 0x45 ||
        frame[23] != IPPROTO_ICMP || frame[34] != 8 || (to & s->mask) == s->network) {
        return;
    }
    s->said_deaf = true;
    text = g_strdup_printf("the guest's ping to %u.%u.%u.%u gets no answer: this host permits no "
                           "ICMP sockets to group %u; sysctl "
                           "net.ipv4.ping_group_range=\"0 2147483647\" does",
                           frame[30], frame[31], frame[32], frame[33], (unsigned)getgid());
    s->ops->log(s->opaque, text);
}

void stack_input(struct stack *s, const uint8_t *frame, uint32_t len)
{
    uint8_t padded[SLIRP_FRAME_MIN];

    s->poke = true;
    if (len < 14 || len > SLIRP_FRAME_MAX || !known_protocol(frame)) {
        return;
    }
    if (len < sizeof(padded)) {
        memset(padded, 0, sizeof(padded));
        memcpy(padded, frame, len);
        frame = padded;
        len = sizeof(padded);
    }
    if (ipfrag_is_fragment(frame)) {
        frame = ipfrag_add(s->fragments, frame, len, g_get_monotonic_time(), &len);
        if (!frame || len < SLIRP_FRAME_MIN) {
            return;
        }
    }
    if (!s->tftp && is_tftp(frame, len)) {
        return;
    }
    explain_ping(s, frame);
    slirp_input(s->slirp, frame, (int)len);
}

/* -- polling -- */

static int add_poll(int fd, int events, void *opaque)
{
    struct stack *s = opaque;
    struct pollfd p = {
        .fd = fd,
        .events = (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
                          (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
                          (events & SLIRP_POLL_PRI ? POLLPRI : 0)),
    };

    g_array_append_val(s->fds, p);
    return (int)(s->fds->len - 1 - s->first);
}

static int get_revents(int idx, void *opaque)
{
    const struct stack *s = opaque;
    short r;

    if (idx < 0 || (guint)idx >= s->fds->len - s->first) {
        return 0;
    }
    r = g_array_index(s->fds, struct pollfd, s->first + (guint)idx).revents;
    return (r & POLLIN ? SLIRP_POLL_IN : 0) | (r & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (r & POLLPRI ? SLIRP_POLL_PRI : 0) | (r & (POLLERR | POLLNVAL) ? SLIRP_POLL_ERR : 0) |
           (r & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

int stack_timeout(const struct stack *s)
{
    int64_t next = INT64_MAX, now = now_ms();

    for (guint i = 0; i < s->timers->len; i++) {
        next = MIN(next, ((const struct stack_timer *)s->timers->pdata[i])->expires_ms);
    }
    return next == INT64_MAX ? -1 : (int)CLAMP(next - now, 0, G_MAXINT);
}

int stack_prepare(struct stack *s, GArray *fds)
{
    uint32_t ms = UINT32_MAX;
    int own = stack_timeout(s);

    s->fds = fds;
    s->first = fds->len;
    slirp_pollfds_fill(s->slirp, &ms, add_poll, s);
    if (s->poke) {
        s->poke = false;
        return 0;
    }
    if (ms > INT32_MAX) {
        return own;
    }
    return own >= 0 ? MIN(own, (int)ms) : (int)ms;
}

void stack_dispatch(struct stack *s, const GArray *fds, bool polled)
{
    int64_t now = now_ms();

    for (guint i = 0; i < s->timers->len; i++) {
        struct stack_timer *t = s->timers->pdata[i];

        if (t->expires_ms <= now) {
            t->expires_ms = INT64_MAX;
            slirp_handle_timer(s->slirp, t->id, t->cb_opaque);
        }
    }
    if (polled && fds == s->fds) {
        slirp_pollfds_poll(s->slirp, 0, get_revents, s);
    }
}

/* -- libslirp's other needs -- */

static void guest_error(const char *msg, void *opaque)
{
    struct stack *s = opaque;

    s->ops->log(s->opaque, msg);
}

static int64_t clock_get_ns(void *opaque)
{
    (void)opaque;
    return g_get_monotonic_time() * 1000;
}

static void init_completed(Slirp *slirp, void *opaque)
{
    ((struct stack *)opaque)->slirp = slirp;
}

static void *timer_new_opaque(SlirpTimerId id, void *cb_opaque, void *opaque)
{
    struct stack *s = opaque;
    struct stack_timer *t = g_new0(struct stack_timer, 1);

    t->stack = s;
    t->id = id;
    t->cb_opaque = cb_opaque;
    t->expires_ms = INT64_MAX;
    g_ptr_array_add(s->timers, t);
    return t;
}

static void timer_free(void *timer, void *opaque)
{
    g_ptr_array_remove(((struct stack *)opaque)->timers, timer);
    g_free(timer);
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    (void)opaque;
    ((struct stack_timer *)timer)->expires_ms = expire_ms;
}

static void poll_fd_changed(int fd, void *opaque)
{
    (void)fd; /* stack_prepare() asks for all of them anyhow */
    (void)opaque;
}

static void notify(void *opaque)
{
    (void)opaque; /* there is one thread, which prepares again before it sleeps */
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

static char *net_text(const SlirpConfig *c)
{
    GString *t = g_string_new("user");
    char text[INET6_ADDRSTRLEN];

    if (c->in_enabled) {
        g_string_append_printf(t, ",net=%s/%d", inet_ntoa(c->vnetwork),
                               __builtin_popcount(c->vnetmask.s_addr));
    }
    if (c->in6_enabled && inet_ntop(AF_INET6, &c->vprefix_addr6, text, sizeof(text))) {
        g_string_append_printf(t, ",ipv6-net=%s/%u", text, c->vprefix_len);
    }
    g_string_append_printf(t, ",restrict=%s", c->restricted ? "on" : "off");
    return g_string_free(t, FALSE);
}

static bool add_forwards(struct stack *s, struct keyval *kv, GError **error)
{
    const char *spec;
    int port;

    while ((spec = keyval_take(kv, "hostfwd")) != NULL) {
        port = net_forward_add(s->slirp, spec, error);
        if (!port) {
            g_prefix_error(error, "%s: ", keyval_option(kv));
            return false;
        }
        g_string_append_printf(s->ports, "%s%d", s->ports->len ? " " : "", port);
    }
    return true;
}

struct stack *stack_new(struct keyval *kv, const struct stack_ops *ops, void *opaque,
                        GError **error)
{
    struct net_user_config c;
    struct stack *s;
    int icmp;

    if (!net_user_config_parse(&c, kv, error)) {
        return NULL;
    }
    s = g_new0(struct stack, 1);
    s->ops = ops;
    s->opaque = opaque;
    s->timers = g_ptr_array_new();
    s->ports = g_string_new("");
    s->fragments = ipfrag_new();
    s->text = net_text(&c.slirp);
    s->tftp = g_strdup(c.slirp.tftp_path);
    s->mask = ntohl(c.slirp.vnetmask.s_addr);
    s->network = ntohl(c.slirp.vnetwork.s_addr);
    icmp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
    s->deaf = icmp < 0;
    if (icmp >= 0) {
        close(icmp);
    }
    s->slirp = slirp_new(&c.slirp, &callbacks, s);
    net_user_config_clear(&c);
    if (!s->slirp) {
        keyval_error(kv, error, "libslirp %s refuses this configuration", slirp_version_string());
        stack_free(s);
        return NULL;
    }
    /* the broker is forked first, so that it does not hold the sockets of hostfwd= */
    if (!net_guestfwd_add_all(s->slirp, kv, error) || !add_forwards(s, kv, error) ||
        !keyval_finish(kv, error)) {
        stack_free(s);
        return NULL;
    }
    return s;
}

void stack_free(struct stack *s)
{
    if (s->slirp) {
        slirp_cleanup(s->slirp);
    }
    g_ptr_array_free(s->timers, TRUE);
    ipfrag_free(s->fragments);
    g_string_free(s->ports, TRUE);
    g_free(s->text);
    g_free(s->tftp);
    g_free(s);
}

Slirp *stack_slirp(struct stack *s)
{
    return s->slirp;
}

const char *stack_text(const struct stack *s)
{
    return s->text;
}

const char *stack_ports(const struct stack *s)
{
    return s->ports->str;
}

const char *stack_tftp(const struct stack *s)
{
    return s->tftp;
}
