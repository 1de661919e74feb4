/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen for viewers: see server.h and wire.h. */
#include "core/loop.h"
#include "core/report.h"
#include "core/stats.h"
#include "ui/runtime.h"
#include "ui/server_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAST_MS 33u
#define SLOW_MS 200u
#define STILL_TICKS 15 /* unchanged ones before it goes slow */
#define MAX_VIEWERS 32u
#define MAX_MESSAGES 64u /* of one viewer in a row: the others wait */

struct view_server view_server = {.listener = -1};

/* -- to viewers -- */

bool viewer_send(struct viewer *v, const struct view_message *m, int fd)
{
    return packet_send(v->fd, m, sizeof(*m), fd, MSG_DONTWAIT);
}

static bool send_text(struct viewer *v, enum view_type type, const char *text)
{
    struct view_message m = {.type = type};

    g_strlcpy(m.text, text ? text : "", sizeof(m.text));
    return viewer_send(v, &m, -1);
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

/* What changes by itself, a number each. False: the socket has no room. */
static bool tell_values(struct viewer *v)
{
    struct view_message leds = {.type = VIEW_LEDS, .value = view_server.leds};
    struct view_message pointer = {.type = VIEW_POINTER, .value = view_server.absolute};

    v->leds_due = v->leds_due && !viewer_send(v, &leds, -1);
    v->pointer_due = v->pointer_due && !viewer_send(v, &pointer, -1);
    return !v->leds_due && !v->pointer_due;
}

void viewer_flush(struct viewer *v)
{
    const struct surface *s = surface_current();
    struct view_message m = {.type = VIEW_SURFACE};

    bool pixels = (v->wants & VIEW_WANT_PIXELS) && !v->console;

    if (!tell_values(v) || (v->consoles_due && !consoles_tell(v))) {
        return;
    }
    if (v->surface_due && pixels && surface_fd() >= 0) {
        m.surface.width = s->width;
        m.surface.height = s->height;
        m.surface.stride = s->stride;
        if (!viewer_send(v, &m, surface_fd())) {
            return;
        }
        v->surface_due = false;
        v->rects[0] = (struct surface_rect){0, 0, s->width, s->height};
        v->rect_count = 1;
    }
    if (v->status_due) {
        const char *status =
            view_server.cfg.status ? view_server.cfg.status(view_server.cfg.opaque) : NULL;

        if (!send_text(v, VIEW_STATUS, status)) {
            return;
        }
        v->status_due = false;
    }
    if (v->stats_due && stats_fd() >= 0) {
        m.type = VIEW_STATS;
        if (!viewer_send(v, &m, stats_fd())) {
            return;
        }
        v->stats_due = false;
    }
    cells_flush(v);
    if (v->rect_count && v->ready && v->shown && !v->surface_due && pixels) {
        m.type = VIEW_DAMAGE;
        m.count = v->rect_count;
        memcpy(m.rects, v->rects, v->rect_count * sizeof(v->rects[0]));
        if (viewer_send(v, &m, -1)) {
            v->ready = false;
            v->rect_count = 0;
        }
    }
}

/* -- pace: the guest draws while somebody looks -- */

static gboolean tick(void *opaque);

static void set_pace(unsigned ms)
{
    if (view_server.timer && view_server.timer_ms == ms) {
        return;
    }
    if (view_server.timer) {
        g_source_remove(view_server.timer);
    }
    view_server.timer_ms = ms;
    view_server.timer = g_timeout_add(ms, tick, NULL);
}

static void wake(void)
{
    view_server.still = 0;
    set_pace(FAST_MS);
}

static bool anybody_looks(void)
{
    for (unsigned i = 0; i < view_server.viewers->len; i++) {
        const struct viewer *v = view_server.viewers->pdata[i];

        if (v->shown) {
            return true;
        }
    }
    return false;
}

/* The guest's lights, and what its pointing device follows. */
static void look_at_values(void)
{
    bool leds = input_leds() != view_server.leds;
    bool absolute = input_absolute() != view_server.absolute;

    view_server.leds = input_leds();
    view_server.absolute = input_absolute();
    for (unsigned i = 0; (leds || absolute) && i < view_server.viewers->len; i++) {
        struct viewer *v = view_server.viewers->pdata[i];

        v->leds_due |= leds;
        v->pointer_due |= absolute;
    }
}

static gboolean tick(void *opaque)
{
    unsigned mine = view_server.timer;
    bool changed;

    (void)opaque;
    if (!anybody_looks()) {
        view_server.timer = 0;
        return G_SOURCE_REMOVE;
    }
    surface_refresh(false);
    changed = cells_look();
    look_at_values();
    for (unsigned i = 0; i < view_server.viewers->len; i++) {
        struct viewer *v = view_server.viewers->pdata[i];

        changed |= v->shown && v->rect_count != 0 && !v->console;
        viewer_flush(v);
    }
    if (changed) {
        wake();
    } else if (++view_server.still >= STILL_TICKS) {
        view_server.still = STILL_TICKS;
        set_pace(SLOW_MS);
    }
    return mine == view_server.timer;
}

static void resized(void *opaque, const struct surface *s)
{
    (void)opaque;
    (void)s;
    for (unsigned i = 0; i < view_server.viewers->len; i++) {
        struct viewer *v = view_server.viewers->pdata[i];

        v->surface_due = true;
        v->rect_count = 0;
    }
}

static void damaged(void *opaque, const struct surface_rect *r)
{
    (void)opaque;
    for (unsigned i = 0; i < view_server.viewers->len; i++) {
        struct viewer *v = view_server.viewers->pdata[i];

        if (v->wants & VIEW_WANT_PIXELS) {
            add_rect(v, r);
        }
    }
}

static const struct surface_view_ops view = {.resized = resized, .damaged = damaged};

/* -- from viewers -- */

void viewer_drop(struct viewer *v)
{
    bool held = v->held;

    g_ptr_array_remove(view_server.viewers, v);
    loop_unwatch(&v->watch);
    close(v->fd);
    g_free(v->cells);
    g_free(v);
    sound_look();
    if (held) { /* who only looked lets the others type on */
        input_release_all();
    }
}

static void closed_by_user(const struct viewer *v, bool ends)
{
    if (ends && v->start.window && view_server.cfg.close != VIEW_CLOSE_DETACH &&
        view_server.cfg.closed) {
        view_server.cfg.closed(view_server.cfg.opaque);
    } else if (v->start.window) {
        viewer_say_gone(&v->start,
                        v->start.terminal ? "the terminal is left" : "the window is closed");
    }
}

static void command(const struct viewer *v, uint32_t c)
{
    bool may = !v->start.program || v->start.commands;

    if (may && c >= VIEW_PAUSE && c <= VIEW_QUIT && view_server.cfg.command) {
        view_server.cfg.command(view_server.cfg.opaque, (enum view_command)c);
    }
}

static void want(struct viewer *v, unsigned wants)
{
    unsigned more = wants & ~v->wants;

    v->stats_due |= (more & VIEW_WANT_STATS) != 0;
    v->surface_due |= (more & VIEW_WANT_PIXELS) != 0; /* and all of it: nothing was kept */
    if (!(wants & VIEW_WANT_PIXELS)) {
        v->rect_count = 0;
    }
    v->wants = wants;
    sound_look();
}

/* Another viewer, of those that this one serves. Takes *fd over. */
static void add_other(const struct viewer *v, int *fd)
{
    struct viewer *other = v->start.adds && *fd >= 0 ? viewer_add(*fd) : NULL;

    if (v->start.adds) {
        *fd = -1;
    }
    if (other) {
        other->start.program = v->start.program;
        other->start.commands = v->start.commands;
        other->start.monitor = v->start.monitor;
    }
}

static void tell_peer(const struct viewer *v, struct view_peer *p)
{
    p->host[VIEW_HOST - 1] = 0;
    p->service[VIEW_SERVICE - 1] = 0;
    if (v->start.peer) {
        v->start.peer(v->start.opaque, p);
    }
}

/* False: the viewer goes. */
static bool serve(struct viewer *v, struct view_message *m, int *fd)
{
    switch (m->type) {
    case VIEW_READY:
        v->there = v->ready = v->cells_ready = true;
        sound_look();
        viewer_flush(v);
        return true;
    case VIEW_SHOWN:
        v->shown = m->value != 0;
        if (v->shown) {
            wake();
        }
        return true;
    case VIEW_KEY:
        wake();
        v->held = true;
        input_key(m->key.code <= UINT16_MAX ? (uint16_t)m->key.code : 0, m->key.down != 0);
        return true;
    case VIEW_MOTION:
        wake();
        input_motion(CLAMP(m->motion.dx, -32768, 32767), CLAMP(m->motion.dy, -32768, 32767),
                     CLAMP(m->motion.dz, -128, 127));
        return true;
    case VIEW_BUTTONS:
        wake();
        v->held = true;
        input_buttons(m->value &
                      (INPUT_LEFT | INPUT_RIGHT | INPUT_MIDDLE | INPUT_SIDE | INPUT_EXTRA));
        return true;
    case VIEW_POSITION:
        wake();
        input_position(m->position.x, m->position.y);
        return true;
    case VIEW_RELEASE:
        input_release_all();
        return true;
    case VIEW_WANT:
        want(v, m->value);
        viewer_flush(v);
        return true;
    case VIEW_COMMAND:
        command(v, m->value);
        return true;
    case VIEW_ADD:
        add_other(v, fd);
        return true;
    case VIEW_PEER:
        tell_peer(v, &m->peer);
        return true;
    case VIEW_CONSOLE:
    case VIEW_TYPE:
    case VIEW_SCROLL:
        consoles_serve(v, m);
        return true;
    case VIEW_FAILED:
        m->text[VIEW_TEXT - 1] = 0;
        g_free(view_server.failure);
        view_server.failure = g_strdup(m->text);
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
        int extra;
        ssize_t n = view_receive(fd, &m, &extra, MSG_DONTWAIT | MSG_TRUNC);
        bool ok;

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return true;
        }
        if (n < 0 && errno == ECONNRESET) {
            continue; /* it went without reading; what it said last comes now */
        }
        ok = n == (ssize_t)sizeof(m) && serve(v, &m, &extra);
        if (extra >= 0) {
            close(extra);
        }
        if (!ok) {
            v->watch = 0; /* removed by what is returned */
            viewer_drop(v);
            return false;
        }
    }
    return true;
}

struct viewer *viewer_add(int fd)
{
    struct view_message m = {.type = VIEW_HELLO};
    struct viewer *v;

    if (view_server.viewers->len >= MAX_VIEWERS) {
        close(fd);
        return NULL;
    }
    v = g_new0(struct viewer, 1);
    v->fd = fd;
    v->wants = VIEW_WANT_PIXELS;
    v->surface_due = v->status_due = true;
    v->leds_due = view_server.leds != 0;
    v->pointer_due = view_server.absolute;
    v->consoles_due = console_nth(0, true) != NULL;
    m.hello.version = VIEW_VERSION;
    m.hello.close = view_server.cfg.close;
    g_strlcpy(m.hello.name, view_server.cfg.name ? view_server.cfg.name : "", sizeof(m.hello.name));
    g_ptr_array_add(view_server.viewers, v);
    if (!view_server.viewing) {
        view_server.viewing = true;
        surface_view_add(&view, NULL);
    }
    v->watch = loop_watch(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, v);
    viewer_send(v, &m, -1);
    surface_refresh(false);
    viewer_flush(v);
    return v;
}

bool viewer_is_there(const struct viewer *v)
{
    return g_ptr_array_find(view_server.viewers, v, NULL);
}

bool view_add(int fd)
{
    return viewer_add(fd) != NULL;
}

unsigned view_count(void)
{
    return view_server.viewers->len;
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
        viewer_add(client);
    }
    return true;
}

void view_listen(void)
{
    view_server.listener = runtime_listen(view_server.cfg.name, &view_server.path);
    if (view_server.listener >= 0) {
        view_server.listener_watch = loop_watch(view_server.listener, G_IO_IN, accept_one, NULL);
    }
}

/* -- begin and end -- */

void view_init(const struct view_config *cfg)
{
    view_server.cfg = *cfg;
    view_server.viewers = g_ptr_array_new();
    consoles_open();
}

void view_status_changed(void)
{
    for (unsigned i = 0; view_server.viewers && i < view_server.viewers->len; i++) {
        struct viewer *v = view_server.viewers->pdata[i];

        v->status_due = true;
        viewer_flush(v);
    }
}

void view_close_all(void)
{
    struct view_message m = {.type = VIEW_END};

    if (!view_server.viewers) {
        return;
    }
    consoles_close();
    while (view_server.viewers->len) {
        struct viewer *v = view_server.viewers->pdata[0];

        viewer_send(v, &m, -1);
        viewer_drop(v);
    }
    if (view_server.timer) {
        g_source_remove(view_server.timer);
        view_server.timer = 0;
    }
    if (view_server.viewing) {
        surface_view_remove(&view, NULL);
        view_server.viewing = false;
    }
    loop_unwatch(&view_server.listener_watch);
    if (view_server.listener >= 0) {
        unlink(view_server.path);
        close(view_server.listener);
        view_server.listener = -1;
    }
    g_clear_pointer(&view_server.path, g_free);
    g_clear_pointer(&view_server.failure, g_free);
    g_ptr_array_unref(view_server.viewers);
    view_server.viewers = NULL;
}
