/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen for viewers: see server.h and wire.h. */
#include "ui/server.h"

#include "core/helper.h"
#include "core/loop.h"
#include "core/report.h"
#include "ui/runtime.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROGRAM "vmx-dm-view"
#define FAST_MS 33u
#define SLOW_MS 200u
#define STILL_TICKS 15 /* unchanged ones before it goes slow */
#define MAX_VIEWERS 16u
#define MAX_MESSAGES 64u  /* of one viewer in a row: the others wait */
#define START_SECONDS 20u /* for a window of our own to open */

struct viewer {
    int fd;
    unsigned watch;
    bool spawned; /* by us: closing it is closing the machine's window */
    bool there;   /* its window is */
    bool shown, ready;
    bool surface_due, status_due;
    unsigned rect_count;
    struct surface_rect rects[VIEW_RECTS];
};

static struct {
    struct view_config cfg;
    GPtrArray *viewers;
    unsigned timer, timer_ms, still;
    bool viewing; /* hears of the surface */
    char *path;   /* of the listening socket */
    int listener;
    unsigned listener_watch;
    char *failure; /* of a viewer that had no window */
} server = {.listener = -1};

/* -- to viewers -- */

static bool send_with(struct viewer *v, const struct view_message *m, int fd)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec iov = {(void *)m, sizeof(*m)};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    if (fd >= 0) {
        msg.msg_control = &control;
        msg.msg_controllen = sizeof(control);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    }
    return sendmsg(v->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(*m);
}

static bool send_text(struct viewer *v, enum view_type type, const char *text)
{
    struct view_message m = {.type = type};

    g_strlcpy(m.text, text ? text : "", sizeof(m.text));
    return send_with(v, &m, -1);
}

static struct surface_rect around(struct surface_rect a, struct surface_rect b)
{
    uint32_t x = MIN(a.x, b.x), y = MIN(a.y, b.y);

    return (struct surface_rect){x, y, MAX(a.x + a.width, b.x + b.width) - x,
                                 MAX(a.y + a.height, b.y + b.height) - y};
}

/* Too many become the one around them. */
static void add_rect(struct viewer *v, const struct surface_rect *r)
{
    if (v->rect_count == VIEW_RECTS) {
        while (v->rect_count > 1) {
            v->rect_count--;
            v->rects[0] = around(v->rects[0], v->rects[v->rect_count]);
        }
        v->rects[0] = around(v->rects[0], *r);
    } else {
        v->rects[v->rect_count++] = *r;
    }
}

/* What is due, in order; what the socket has no room for stays due. */
static void flush(struct viewer *v)
{
    const struct surface *s = surface_current();
    struct view_message m = {.type = VIEW_SURFACE};

    if (v->surface_due && surface_fd() >= 0) {
        m.surface.width = s->width;
        m.surface.height = s->height;
        m.surface.stride = s->stride;
        if (!send_with(v, &m, surface_fd())) {
            return;
        }
        v->surface_due = false;
        v->rects[0] = (struct surface_rect){0, 0, s->width, s->height};
        v->rect_count = 1;
    }
    if (v->status_due) {
        const char *status = server.cfg.status ? server.cfg.status(server.cfg.opaque) : NULL;

        if (!send_text(v, VIEW_STATUS, status)) {
            return;
        }
        v->status_due = false;
    }
    if (v->rect_count && v->ready && v->shown && !v->surface_due) {
        m.type = VIEW_DAMAGE;
        m.count = v->rect_count;
        memcpy(m.rects, v->rects, v->rect_count * sizeof(v->rects[0]));
        if (send_with(v, &m, -1)) {
            v->ready = false;
            v->rect_count = 0;
        }
    }
}

/* -- pace: the guest draws while somebody looks -- */

static gboolean tick(void *opaque);

static void set_pace(unsigned ms)
{
    if (server.timer && server.timer_ms == ms) {
        return;
    }
    if (server.timer) {
        g_source_remove(server.timer);
    }
    server.timer_ms = ms;
    server.timer = g_timeout_add(ms, tick, NULL);
}

static void wake(void)
{
    server.still = 0;
    set_pace(FAST_MS);
}

static bool anybody_looks(void)
{
    for (unsigned i = 0; i < server.viewers->len; i++) {
        const struct viewer *v = server.viewers->pdata[i];

        if (v->shown) {
            return true;
        }
    }
    return false;
}

static gboolean tick(void *opaque)
{
    unsigned mine = server.timer;
    bool changed = false;

    (void)opaque;
    if (!anybody_looks()) {
        server.timer = 0;
        return G_SOURCE_REMOVE;
    }
    surface_refresh(false);
    for (unsigned i = 0; i < server.viewers->len; i++) {
        struct viewer *v = server.viewers->pdata[i];

        changed |= v->shown && v->rect_count != 0;
        flush(v);
    }
    if (changed) {
        wake();
    } else if (++server.still >= STILL_TICKS) {
        server.still = STILL_TICKS;
        set_pace(SLOW_MS);
    }
    return mine == server.timer;
}

static void resized(void *opaque, const struct surface *s)
{
    (void)opaque;
    (void)s;
    for (unsigned i = 0; i < server.viewers->len; i++) {
        struct viewer *v = server.viewers->pdata[i];

        v->surface_due = true;
        v->rect_count = 0;
    }
}

static void damaged(void *opaque, const struct surface_rect *r)
{
    (void)opaque;
    for (unsigned i = 0; i < server.viewers->len; i++) {
        add_rect(server.viewers->pdata[i], r);
    }
}

static const struct surface_view_ops view = {.resized = resized, .damaged = damaged};

/* -- from viewers -- */

static void drop(struct viewer *v)
{
    g_ptr_array_remove(server.viewers, v);
    loop_unwatch(&v->watch);
    close(v->fd);
    g_free(v);
    input_release_all();
}

/* "...: the guest runs on", and how to look at it again. */
static void say_it_runs_on(const char *what)
{
    g_autofree char *name = server.path ? g_path_get_basename(server.path) : NULL;

    report("%s, the guest runs on%s%s%s", what, name ? ": " PROGRAM " " : "", name ? name : "",
           name ? " shows it again" : "");
}

static void closed_by_user(const struct viewer *v, bool ends)
{
    if (ends && v->spawned && server.cfg.close != VIEW_CLOSE_DETACH && server.cfg.closed) {
        server.cfg.closed(server.cfg.opaque);
    } else if (v->spawned) {
        say_it_runs_on("the window is closed");
    }
}

/* False: the viewer goes. */
static bool serve(struct viewer *v, struct view_message *m)
{
    switch (m->type) {
    case VIEW_READY:
        v->there = v->ready = true;
        flush(v);
        return true;
    case VIEW_SHOWN:
        v->shown = m->value != 0;
        if (v->shown) {
            wake();
        }
        return true;
    case VIEW_KEY:
        wake();
        input_key(m->key.code <= UINT16_MAX ? (uint16_t)m->key.code : 0, m->key.down != 0);
        return true;
    case VIEW_MOTION:
        wake();
        input_motion(CLAMP(m->motion.dx, -32768, 32767), CLAMP(m->motion.dy, -32768, 32767),
                     CLAMP(m->motion.dz, -128, 127));
        return true;
    case VIEW_BUTTONS:
        wake();
        input_buttons(m->value &
                      (INPUT_LEFT | INPUT_RIGHT | INPUT_MIDDLE | INPUT_SIDE | INPUT_EXTRA));
        return true;
    case VIEW_RELEASE:
        input_release_all();
        return true;
    case VIEW_FAILED:
        m->text[VIEW_TEXT - 1] = 0;
        g_free(server.failure);
        server.failure = g_strdup(m->text);
        return false;
    case VIEW_CLOSED:
        closed_by_user(v, m->value != 0);
        return false;
    default:
        return false;
    }
}

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    struct viewer *v = opaque;
    struct view_message m;

    (void)cond;
    for (unsigned i = 0; i < MAX_MESSAGES; i++) {
        ssize_t n = recv(fd, &m, sizeof(m), MSG_DONTWAIT | MSG_TRUNC);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return true;
        }
        if (n < 0 && errno == ECONNRESET) {
            continue; /* it went without reading; what it said last comes now */
        }
        if (n != (ssize_t)sizeof(m) || !serve(v, &m)) {
            v->watch = 0; /* removed by what is returned */
            drop(v);
            return false;
        }
    }
    return true;
}

static struct viewer *add(int fd)
{
    struct view_message m = {.type = VIEW_HELLO};
    struct viewer *v;

    if (server.viewers->len >= MAX_VIEWERS) {
        close(fd);
        return NULL;
    }
    v = g_new0(struct viewer, 1);
    v->fd = fd;
    v->surface_due = v->status_due = true;
    m.hello.version = VIEW_VERSION;
    m.hello.close = server.cfg.close;
    g_strlcpy(m.hello.name, server.cfg.name ? server.cfg.name : "", sizeof(m.hello.name));
    g_ptr_array_add(server.viewers, v);
    if (!server.viewing) {
        server.viewing = true;
        surface_view_add(&view, NULL);
    }
    v->watch = loop_watch(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, v);
    send_with(v, &m, -1);
    surface_refresh(false);
    flush(v);
    return v;
}

bool view_add(int fd)
{
    return add(fd) != NULL;
}

unsigned view_count(void)
{
    return server.viewers->len;
}

/* -- a viewer of our own -- */

static void ended(GPid pid, int status, void *opaque)
{
    (void)opaque;
    g_spawn_close_pid(pid);
    if (status) {
        g_autofree char *cause = helper_cause(status);
        g_autofree char *what = g_strdup_printf("the window's process %s", cause);

        say_it_runs_on(what);
    }
}

static bool is_there(const struct viewer *v)
{
    return g_ptr_array_find(server.viewers, v, NULL);
}

static gboolean too_late(void *opaque)
{
    *(bool *)opaque = true;
    return G_SOURCE_CONTINUE;
}

/* Serve the loop until the window is there. */
static bool await(const struct viewer *v, const char *path, GError **error)
{
    bool late = false;
    unsigned timer = g_timeout_add_seconds(START_SECONDS, too_late, &late);

    g_clear_pointer(&server.failure, g_free);
    while (is_there(v) && !v->there && !late) {
        loop_iterate(true);
    }
    g_source_remove(timer);
    if (is_there(v) && v->there) {
        return true;
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s%s",
                server.failure ? server.failure : path,
                server.failure ? ""
                : late         ? " has not opened a window in time"
                               : " has ended before there was a window");
    return false;
}

bool view_spawn(GError **error)
{
    g_autofree char *path = helper_path(PROGRAM);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    struct helper_start start = {.path = path, .as = VIEW_FD, .says_errors = true};
    struct viewer *v;
    int fds[2], err;
    pid_t pid;

    g_ptr_array_add(argv, (char *)PROGRAM);
    for (char *const *o = server.cfg.options; o && *o; o++) {
        g_ptr_array_add(argv, *o);
    }
    g_ptr_array_add(argv, (char *)"--machine");
    g_ptr_array_add(argv, NULL);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "socketpair: %s", g_strerror(errno));
        return false;
    }
    start.fd = fds[1];
    start.argv = (char *const *)argv->pdata;
    err = helper_start(&start, &pid);
    close(fds[1]);
    if (err) {
        close(fds[0]);
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "cannot start %s: %s; it is installed with vmx-dm, unless built without SDL",
                    path, g_strerror(err));
        return false;
    }
    v = add(fds[0]);
    if (!v || !await(v, path, error)) {
        if (v && is_there(v)) {
            drop(v);
        }
        return false;
    }
    v->spawned = true;
    g_child_watch_add(pid, ended, NULL);
    return true;
}

/* -- those who come by themselves -- */

static gboolean accept_one(int fd, GIOCondition cond, void *opaque)
{
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    struct ucred who = {.uid = (uid_t)-1};
    socklen_t len = sizeof(who);

    (void)cond;
    (void)opaque;
    if (client < 0) {
        return true;
    }
    if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 ||
        (who.uid != 0 && who.uid != geteuid())) {
        close(client);
    } else {
        add(client);
    }
    return true;
}

void view_listen(void)
{
    server.listener = runtime_listen(server.cfg.name, &server.path);
    if (server.listener >= 0) {
        server.listener_watch = loop_watch(server.listener, G_IO_IN, accept_one, NULL);
    }
}

/* -- begin and end -- */

void view_init(const struct view_config *cfg)
{
    server.cfg = *cfg;
    server.viewers = g_ptr_array_new();
}

void view_status_changed(void)
{
    for (unsigned i = 0; server.viewers && i < server.viewers->len; i++) {
        struct viewer *v = server.viewers->pdata[i];

        v->status_due = true;
        flush(v);
    }
}

void view_close_all(void)
{
    struct view_message m = {.type = VIEW_END};

    if (!server.viewers) {
        return;
    }
    while (server.viewers->len) {
        struct viewer *v = server.viewers->pdata[0];

        send_with(v, &m, -1);
        drop(v);
    }
    if (server.timer) {
        g_source_remove(server.timer);
        server.timer = 0;
    }
    if (server.viewing) {
        surface_view_remove(&view, NULL);
        server.viewing = false;
    }
    loop_unwatch(&server.listener_watch);
    if (server.listener >= 0) {
        unlink(server.path);
        close(server.listener);
        server.listener = -1;
    }
    g_clear_pointer(&server.path, g_free);
    g_clear_pointer(&server.failure, g_free);
    g_ptr_array_unref(server.viewers);
    server.viewers = NULL;
}
