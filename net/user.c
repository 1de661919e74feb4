/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev user: a private network that needs no privileges. libslirp, which parses whatever the guest
 * and the internet send, runs in a confined process of its own, vmx-dm-slirp; this is its other end
 * (wire.h). Loop thread.
 *
 * Bounds: the link's queues, a message each way and the socket's buffers. A guest without room stops
 * the reading, which holds the process back, and it the outside. A process that takes no frame for STALL_MS is ended. One
 * that ended is started again after 100 ms, twice that after each failure, up to BACKOFF_MAX_MS;
 * meanwhile the carrier is down and the guest goes on. Open connections are lost, forwards come back.
 */
#include "core/helper.h"
#include "core/loop.h"
#include "core/report.h"
#include "net/net_priv.h"
#include "net/user_priv.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 4 /* of a message each, before others have their turn */
#define STALL_MS 4000u
#define START_MS 20000
#define BACKOFF_MS 100u
#define BACKOFF_MAX_MS 10000u
#define HEALTHY_US (10 * G_USEC_PER_SEC)
#define REAP_MS 10u

static GPtrArray *users, *presets;
static bool deferred;
static char *version;

static void died(struct user *u);
static void output(void *opaque);

#define SAY(u, ...)                                                                                \
    do {                                                                                           \
        if (report_allowed(&(u)->site)) {                                                          \
            report(__VA_ARGS__);                                                                   \
        }                                                                                          \
    } while (0)

/* -- from the process -- */

static void ready(struct user *u, const uint8_t *payload, size_t len)
{
    const uint8_t *nul = memchr(payload, 0, len), *ports;
    g_autofree char *text = NULL;

    if (u->state != USER_STARTING || !nul) {
        return;
    }
    g_free(version);
    g_free(u->text);
    version = user_proc_text(payload, (size_t)(nul - payload), false);
    len -= (size_t)(nul + 1 - payload);
    u->text = user_proc_text(nul + 1, len, false);
    ports = memchr(nul + 1, 0, len);
    if (ports) {
        text = user_proc_text(ports + 1, len - (size_t)(ports - nul), false);
        user_settle_ports(u, text);
    }
    u->state = USER_RUNNING;
    u->since_us = g_get_monotonic_time();
    u->first = false;
    net_drain(u->link);
    link_set_carrier(u->link, true);
}

static void handle(struct user *u)
{
    const struct wire_head *h = &u->message.head;
    const uint8_t *payload = u->message.in.buf;
    size_t len = u->message.in.len;
    g_autofree char *text = NULL;

    switch (h->type) {
    case WIRE_FRAMES:
        u->frames = u->state == USER_RUNNING;
        break;
    case WIRE_READY:
        if (h->serial == WIRE_VERSION) {
            ready(u, payload, len);
        }
        break;
    case WIRE_FAILED:
        if (u->state == USER_STARTING) {
            g_free(u->failed);
            u->failed = user_proc_text(payload, len, false);
        }
        break;
    case WIRE_DONE:
        if (h->serial == u->serial && !u->answer) {
            u->answer = user_proc_text(payload, len, true);
        }
        break;
    case WIRE_LOG:
        text = user_proc_text(payload, MIN(len, 400), false);
        SAY(u, "network %s: %s", link_name(u->link), text);
        break;
    default:
        break;
    }
}

/* The next frame of the message goes to the guest, or is lost; false: there is none. */
static bool pass_one(struct user *u)
{
    const uint8_t *frame;
    uint32_t len;

    frame = u->frames ? wire_frame(&u->message, &len) : NULL;
    u->frames = frame != NULL;
    if (frame && len <= NET_FRAME_MAX) {
        net_deliver(u->link, frame, len);
    }
    return u->frames;
}

/* Hand on the frames of the message; false: the guest has no room for the rest. */
static bool pass(struct user *u)
{
    do {
        if (!net_can_deliver(u->link)) {
            u->blocked = true;
            loop_unwatch(&u->in_tag);
            link_want_room(u->link);
            return false;
        }
    } while (pass_one(u));
    return true;
}

/* One message, the frames of which are then to be passed; false: none now, or the process is gone. */
static bool receive_one(struct user *u)
{
    enum wire_received got = u->fd < 0 ? WIRE_NONE : wire_receive(u->fd, &u->message);

    if (got == WIRE_END) {
        died(u);
    }
    if (got == WIRE_ONE) {
        handle(u);
    }
    return got == WIRE_ONE;
}

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    struct user *u = opaque;

    (void)fd;
    (void)cond;
    for (int i = 0; i < ROUNDS && receive_one(u) && pass(u); i++) {
    }
    return u->in_tag != 0;
}

static void watch(struct user *u)
{
    if (u->fd >= 0 && !u->in_tag) {
        u->in_tag = loop_watch(u->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, u);
    }
}

static void guest_ready(void *opaque)
{
    struct user *u = opaque;

    if (!u->blocked) {
        return;
    }
    u->blocked = false;
    if (pass(u)) {
        watch(u);
    }
}

/* -- to the process -- */

static gboolean stall(void *opaque)
{
    struct user *u = opaque;

    u->stall_tag = 0;
    SAY(u, "network %s: its process %d takes nothing and is ended", link_name(u->link),
        (int)u->pid);
    kill(u->pid, SIGKILL); /* we see its end by the socket's */
    return G_SOURCE_REMOVE;
}

static gboolean writable(int fd, GIOCondition cond, void *opaque)
{
    struct user *u = opaque;

    (void)fd;
    (void)cond;
    u->out_tag = 0;
    output(u);
    return G_SOURCE_REMOVE;
}

/* Send what is in the buffer; false when it must wait or the process is gone. */
static bool push(struct user *u)
{
    int err = wire_send(u->fd, WIRE_FRAMES, 0, u->out.buf, u->out.len);

    if (err == EAGAIN) {
        u->out_tag = loop_watch(u->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, writable, u);
        if (!u->stall_tag) {
            u->stall_tag = g_timeout_add(STALL_MS, stall, u);
        }
        return false;
    }
    loop_unwatch(&u->stall_tag);
    u->out.len = 0;
    if (err) {
        died(u);
        return false;
    }
    return true;
}

static void output(void *opaque)
{
    struct user *u = opaque;

    if (u->state != USER_RUNNING) {
        net_drain(u->link);
        return;
    }
    for (int i = 0; i < ROUNDS; i++) {
        if (u->out_tag) {
            return;
        }
        net_fill(&u->out, u->link);
        if (u->out.len == 0 || !push(u)) {
            return;
        }
    }
    loop_kick(&u->more);
}

/* -- its life -- */

/* The words, with the forwards as they are now. */
static bool send_config(struct user *u)
{
    g_autoptr(GString) s = g_string_new(u->option);

    g_string_append_c(s, 0);
    g_string_append(s, u->words);
    for (guint i = 0; i < u->forwards->len; i++) {
        g_auto(GStrv) parts = g_strsplit(g_ptr_array_index(u->forwards, i), ",", -1);
        g_autofree char *escaped = g_strjoinv(",,", parts);

        g_string_append_printf(s, "%shostfwd=%s", s->str[s->len - 1] ? "," : "", escaped);
    }
    if (s->len > WIRE_PAYLOAD) {
        return false;
    }
    /* dead already? That is seen soon */
    wire_send(u->fd, WIRE_CONFIG, WIRE_VERSION, s->str, s->len);
    return true;
}

static bool start(struct user *u, GError **error)
{
    u->state = USER_STARTING;
    g_clear_pointer(&u->failed, g_free);
    u->fd = user_proc_start(&u->pid, u->dir, error);
    if (u->fd < 0) {
        u->pid = 0;
        return false;
    }
    if (!send_config(u)) {
        g_set_error(error, KEYVAL_ERROR, 0, "its words are too many");
        return false;
    }
    watch(u);
    return true;
}

static void start_later(struct user *u);

static gboolean start_due(void *opaque)
{
    struct user *u = opaque;
    g_autoptr(GError) error = NULL;

    u->timer = 0;
    if (!start(u, &error)) {
        SAY(u, "network %s: %s", link_name(u->link), error->message);
        u->state = USER_DEAD;
        start_later(u);
    }
    return G_SOURCE_REMOVE;
}

static void start_later(struct user *u)
{
    if (!u->timer) {
        u->timer = g_timeout_add(u->backoff_ms, start_due, u);
        u->backoff_ms = MIN(u->backoff_ms * 2, BACKOFF_MAX_MS);
    }
}

/* Its socket ends a moment before it does. */
static gboolean reap(void *opaque)
{
    struct user *u = opaque;
    int status = 0;
    pid_t pid = waitpid(u->pid, &status, WNOHANG);

    if (pid == 0) {
        if (++u->reaps == 20) {
            kill(u->pid, SIGKILL);
        }
        return G_SOURCE_CONTINUE;
    }
    u->reap_tag = 0;
    if (u->failed) {
        SAY(u, "%s; network %s is down, and tried again", u->failed, link_name(u->link));
    } else {
        g_autofree char *cause = helper_cause(status);

        SAY(u, "network %s: its process %d %s; it is started again, connections are lost",
            link_name(u->link), (int)u->pid, cause);
    }
    u->pid = 0;
    start_later(u);
    return G_SOURCE_REMOVE;
}

static void disconnect(struct user *u)
{
    loop_unwatch(&u->in_tag);
    loop_unwatch(&u->out_tag);
    loop_unwatch(&u->stall_tag);
    u->blocked = false;
    u->frames = false;
    u->out.len = 0;
    if (u->fd >= 0) {
        close(u->fd);
        u->fd = -1;
    }
}

static void died(struct user *u)
{
    if (u->state == USER_DEAD) {
        return;
    }
    if (u->state == USER_RUNNING && g_get_monotonic_time() - u->since_us >= HEALTHY_US) {
        u->backoff_ms = BACKOFF_MS;
    }
    u->state = USER_DEAD;
    disconnect(u);
    link_set_carrier(u->link, false);
    net_drain(u->link);
    if (u->first) {
        return; /* whoever waits for the start says so */
    }
    u->reaps = 0;
    if (reap(u)) {
        u->reap_tag = g_timeout_add(REAP_MS, reap, u);
    }
}

void user_wait(struct user *u, char *const *what, enum user_state until, int ms)
{
    int64_t end = g_get_monotonic_time() + (int64_t)ms * 1000;

    while (u->fd >= 0 && u->state != until && !(what && *what)) {
        struct pollfd p = {.fd = u->fd, .events = POLLIN};
        int64_t left = (end - g_get_monotonic_time()) / 1000;

        while (pass_one(u)) { /* the guest's room is not waited for */
        }
        if (!receive_one(u) && u->fd >= 0 && (left <= 0 || poll(&p, 1, (int)left) == 0)) {
            return;
        }
    }
}

static bool started(struct user *u, GError **error)
{
    int status = 0;
    pid_t pid;

    user_wait(u, NULL, USER_RUNNING, START_MS);
    if (u->state == USER_RUNNING) {
        return true;
    }
    if (u->failed) {
        g_set_error_literal(error, KEYVAL_ERROR, 0, u->failed);
        return false;
    }
    disconnect(u);
    for (int i = 0; (pid = waitpid(u->pid, &status, WNOHANG)) == 0 && i < 500; i++) {
        g_usleep(2000); /* its socket ends a moment before it does */
    }
    if (pid == 0) {
        kill(u->pid, SIGKILL);
        pid = waitpid(u->pid, &status, 0);
    }
    if (pid == u->pid) {
        g_autofree char *cause = helper_cause(status);

        g_set_error(error, KEYVAL_ERROR, 0, "%s: the process vmx-dm-slirp %s", u->option, cause);
    } else {
        g_set_error(error, KEYVAL_ERROR, 0, "%s: vmx-dm-slirp does not start", u->option);
    }
    u->pid = 0;
    return false;
}

void net_defer(void)
{
    deferred = true;
}

bool net_started(GError **error)
{
    deferred = false;
    for (guint i = 0; users && i < users->len; i++) {
        struct user *u = g_ptr_array_index(users, i);

        if (u->first && !started(u, error)) {
            return false;
        }
    }
    return true;
}

char *user_describe(const struct user *u)
{
    return u->state == USER_RUNNING ? g_strdup(u->text)
                                    : g_strdup_printf("%s,down", u->text ? u->text : "user");
}

static char *describe(void *opaque)
{
    return user_describe(opaque);
}

static void close_user(void *opaque)
{
    struct user *u = opaque;

    g_ptr_array_remove(users, u);
    loop_kick_cancel(&u->more);
    loop_unwatch(&u->timer);
    loop_unwatch(&u->reap_tag);
    disconnect(u);
    if (u->pid > 0) {
        kill(u->pid, SIGKILL);
        waitpid(u->pid, NULL, 0);
    }
    g_ptr_array_free(u->forwards, TRUE);
    g_free(u->option);
    g_free(u->words);
    g_free(u->dir);
    g_free(u->text);
    g_free(u->answer);
    g_free(u->failed);
    g_free(u);
}

static const struct link_host_ops host_ops = {
    .pending = output,
    .guest_ready = guest_ready,
    .describe = describe,
    .close = close_user,
};

bool net_user_attach(struct link *l, struct keyval *kv, GError **error)
{
    struct user *u = g_new0(struct user, 1);
    const char *spec;

    u->link = l;
    u->fd = -1;
    u->first = true;
    u->backoff_ms = BACKOFF_MS;
    u->option = g_strdup(keyval_option(kv));
    u->dir = g_get_current_dir();
    u->forwards = g_ptr_array_new_with_free_func(g_free);
    while ((spec = keyval_take(kv, "hostfwd")) != NULL) {
        g_ptr_array_add(u->forwards, g_strdup(spec));
    }
    while (presets && presets->len) {
        g_ptr_array_add(u->forwards, g_ptr_array_steal_index(presets, 0));
    }
    u->words = keyval_take_rest(kv);
    loop_kick_init(&u->more, output, u);
    if (!users) {
        users = g_ptr_array_new();
    }
    g_ptr_array_add(users, u);
    link_set_carrier(l, false);
    if (!start(u, error)) {
        g_prefix_error(error, "%s: ", u->option);
        close_user(u);
        return false;
    }
    if (!deferred && !started(u, error)) {
        close_user(u);
        return false;
    }
    link_host_attach(l, &host_ops, u);
    return true;
}

void net_user_preset(const char *spec)
{
    if (!presets) {
        presets = g_ptr_array_new_with_free_func(g_free);
    }
    g_ptr_array_add(presets, g_strdup(spec));
}

const char *net_user_preset_left(void)
{
    return presets && presets->len ? g_ptr_array_index(presets, 0) : NULL;
}

struct user *user_find(const struct link *l)
{
    for (guint i = 0; users && i < users->len; i++) {
        struct user *u = g_ptr_array_index(users, i);

        if (u->link == l) {
            return u;
        }
    }
    return NULL;
}

const char *net_user_version(void)
{
    return version ? version : "";
}
