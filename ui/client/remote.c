/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's screen and input at the other end of a socket: see remote.h and ui/wire.h. */
#include "ui/client/remote.h"

#include "core/loop.h"
#include "ui/client/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    int fd;
    unsigned watch;
    uint32_t wants; /* OR of enum view_want */
    const struct remote_ops *ops;
    const struct surface_view_ops *view;
    void *view_opaque;
    struct surface surface;
    void *map;
    size_t map_size;
    char **consoles; /* names, or NULL */
    unsigned console;
} remote = {.fd = -1, .wants = VIEW_WANT_PIXELS};

/* -- to the machine: it reads, or it has gone -- */

static void say(const struct view_message *m)
{
    if (remote.fd >= 0) {
        while (send(remote.fd, m, sizeof(*m), MSG_NOSIGNAL) < 0 && errno == EINTR) {
        }
    }
}

static void say_value(enum view_type type, uint32_t value)
{
    struct view_message m = {.type = type, .value = value};

    say(&m);
}

void remote_want(uint32_t what)
{
    remote.wants = what;
    say_value(VIEW_WANT, what);
}

void remote_command(enum view_command command)
{
    say_value(VIEW_COMMAND, command);
}

void remote_ready(void)
{
    say_value(VIEW_READY, 0);
}

void remote_shown(bool shown)
{
    say_value(VIEW_SHOWN, shown);
}

void remote_closed(bool end_machine)
{
    say_value(VIEW_CLOSED, end_machine);
}

/* -- text consoles -- */

unsigned remote_consoles(void)
{
    return remote.consoles ? g_strv_length(remote.consoles) : 0;
}

const char *remote_console_name(unsigned n)
{
    return n - 1 < remote_consoles() ? remote.consoles[n - 1] : "";
}

unsigned remote_console(void)
{
    return remote.console;
}

void remote_turn(unsigned n)
{
    if (n <= remote_consoles() && n != remote.console) {
        input_release_all();
        remote.console = n;
        say_value(VIEW_CONSOLE, n);
    }
}

void remote_type(const char *bytes, size_t n)
{
    struct view_message m = {.type = VIEW_TYPE};

    for (; n; n -= m.count, bytes += m.count) {
        m.count = (uint32_t)MIN(n, sizeof(m.text));
        memcpy(m.text, bytes, m.count);
        say(&m);
    }
}

void remote_scroll(int lines)
{
    struct view_message m = {.type = VIEW_SCROLL, .lines = lines};

    say(&m);
}

/* The one that is shown may have gone. */
static bool take_consoles(struct view_message *m)
{
    g_autofree char *shown = g_strdup(remote_console_name(remote.console));

    m->text[VIEW_TEXT - 1] = 0;
    if (m->count > VIEW_TEXT) {
        return false;
    }
    g_strfreev(remote.consoles);
    remote.consoles = g_strsplit(m->text, "\n", -1);
    if (remote_consoles()) { /* what is behind the last newline */
        g_clear_pointer(&remote.consoles[remote_consoles() - 1], g_free);
    }
    if (remote.console && strcmp(shown, remote_console_name(remote.console)) != 0) {
        remote.console = 0;
        say_value(VIEW_CONSOLE, 0);
    }
    if (remote.ops->consoles) {
        remote.ops->consoles();
    }
    return true;
}

void remote_failed(const char *why)
{
    struct view_message m = {.type = VIEW_FAILED};

    g_strlcpy(m.text, why, sizeof(m.text));
    say(&m);
}

void input_key(uint16_t key, bool down)
{
    struct view_message m = {.type = VIEW_KEY, .key = {key, down}};

    say(&m);
}

void input_motion(int32_t dx, int32_t dy, int32_t dz)
{
    struct view_message m = {.type = VIEW_MOTION, .motion = {dx, dy, dz}};

    say(&m);
}

void input_buttons(uint32_t held)
{
    say_value(VIEW_BUTTONS, held);
}

void input_position(uint32_t x, uint32_t y)
{
    struct view_message m = {.type = VIEW_POSITION, .position = {x, y}};

    say(&m);
}

void input_release_all(void)
{
    say_value(VIEW_RELEASE, 0);
}

/* -- the surface -- */

struct surface *surface_current(void)
{
    return &remote.surface;
}

void surface_view_add(const struct surface_view_ops *ops, void *opaque)
{
    remote.view = ops;
    remote.view_opaque = opaque;
    if (remote.surface.pixels) {
        ops->resized(opaque, &remote.surface);
    }
}

void surface_view_remove(const struct surface_view_ops *ops, void *opaque)
{
    (void)ops;
    (void)opaque;
    remote.view = NULL;
}

static void unmap(void)
{
    if (remote.map) {
        munmap(remote.map, remote.map_size);
        if (remote.surface.pixels == remote.map) {
            remote.surface = (struct surface){0}; /* nothing of it can be damaged */
        }
        remote.map = NULL;
    }
}

/* It is and stays as long as this. */
static bool is_at_least(int fd, uint64_t size)
{
    int seals = fd >= 0 ? fcntl(fd, F_GET_SEALS) : -1;
    struct stat st;

    return seals >= 0 && (seals & F_SEAL_SHRINK) && fstat(fd, &st) == 0 && st.st_size >= 0 &&
           (uint64_t)st.st_size >= size;
}

/* Nothing of it is believed that could make a read go past the file's end. */
static bool take_surface(const struct view_message *m, int fd)
{
    uint32_t w = m->surface.width, h = m->surface.height, stride = m->surface.stride;
    uint64_t size = (uint64_t)stride * h;
    void *map;

    if (w == 0 || h == 0 || w > SURFACE_MAX_WIDTH || h > SURFACE_MAX_HEIGHT || stride < w * 4 ||
        stride % 4 || !is_at_least(fd, size)) {
        return false;
    }
    map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return false;
    }
    unmap();
    picture_drop();
    remote.map = map;
    remote.map_size = size;
    remote.surface = (struct surface){.width = w, .height = h, .stride = stride, .pixels = map};
    if (remote.view) {
        remote.view->resized(remote.view_opaque, &remote.surface);
    }
    return true;
}

static bool take_damage(const struct view_message *m)
{
    const struct surface *s = &remote.surface;

    if (m->count > VIEW_RECTS) {
        return false;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        struct surface_rect r = m->rects[i];

        if (r.x >= s->width || r.y >= s->height) {
            continue;
        }
        r.width = MIN(r.width, s->width - r.x);
        r.height = MIN(r.height, s->height - r.y);
        if (remote.view) {
            remote.view->damaged(remote.view_opaque, &r);
        }
    }
    remote.ops->frame();
    return true;
}

/* -- text, drawn as pixels -- */

static void told_damage(const struct surface_rect *r)
{
    if (remote.view && r->width && r->height) {
        remote.view->damaged(remote.view_opaque, r);
    }
}

static void draw_mode(const struct surface_cells *shape)
{
    struct surface_rect r[2];
    bool resized;

    if (shape->columns == 0 || shape->rows == 0) {
        return;
    }
    resized = picture_mode(shape, &remote.surface, r);
    unmap();
    if (resized && remote.view) {
        remote.view->resized(remote.view_opaque, &remote.surface);
    }
    told_damage(&r[0]);
    told_damage(&r[1]);
}

/* -- from the machine -- */

static bool take_text_mode(const struct view_message *m)
{
    static struct surface_cells shape;
    struct surface size = {0};

    shape.columns = m->text_mode.columns;
    shape.rows = m->text_mode.rows;
    shape.cursor_x = m->text_mode.cursor_x;
    shape.cursor_y = m->text_mode.cursor_y;
    shape.cursor = m->text_mode.cursor != 0;
    shape.block = m->text_mode.block != 0;
    shape.blink = m->text_mode.blink != 0;
    size.width = m->text_mode.width;
    size.height = m->text_mode.height;
    size.blank = m->text_mode.blank != 0;
    if (shape.columns > SURFACE_MAX_COLUMNS || shape.rows > SURFACE_MAX_ROWS ||
        size.width > SURFACE_MAX_WIDTH || size.height > SURFACE_MAX_HEIGHT) {
        return false;
    }
    if (remote.wants & VIEW_WANT_PIXELS) {
        draw_mode(&shape);
    } else if (remote.ops->text_mode) {
        remote.ops->text_mode(&shape, &size);
    }
    return true;
}

static bool take_text_row(const struct view_message *m)
{
    struct surface_rect r;

    if (m->row.row >= SURFACE_MAX_ROWS) {
        return false;
    }
    if (remote.wants & VIEW_WANT_PIXELS) {
        r = picture_row(m->row.row, m->row.cells);
        told_damage(&r);
    } else if (remote.ops->text_row) {
        remote.ops->text_row(m->row.row, m->row.cells);
    }
    return true;
}

/* What only some viewers ask for. */
static bool serve_more(struct view_message *m, int *fd)
{
    const struct remote_ops *ops = remote.ops;

    switch (m->type) {
    case VIEW_LEDS:
        if (ops->leds) {
            ops->leds((uint8_t)m->value);
        }
        return true;
    case VIEW_POINTER:
        if (ops->pointer) {
            ops->pointer(m->value != 0);
        }
        return true;
    case VIEW_TEXT_MODE:
        return take_text_mode(m);
    case VIEW_TEXT_ROW:
        return take_text_row(m);
    case VIEW_CONSOLES:
        return take_consoles(m);
    case VIEW_AUDIO:
        if (ops->audio && m->audio.frames <= VIEW_SAMPLES) {
            ops->audio(m->audio.samples, m->audio.frames);
        }
        return m->audio.frames <= VIEW_SAMPLES;
    case VIEW_STATS:
        if (ops->stats && *fd >= 0) {
            ops->stats(*fd);
            *fd = -1;
        }
        return true;
    case VIEW_SECRET:
        m->text[VIEW_TEXT - 1] = 0;
        if (ops->secret) {
            ops->secret(m->text);
        }
        return true;
    default:
        return false;
    }
}

/* False: this is no machine of ours, or it has ended. */
static bool serve(struct view_message *m, int fd)
{
    bool ok = true;

    switch (m->type) {
    case VIEW_SURFACE:
        ok = !(remote.wants & VIEW_WANT_PIXELS) || take_surface(m, fd);
        break;
    case VIEW_DAMAGE:
        ok = take_damage(m);
        break;
    case VIEW_STATUS:
        m->text[VIEW_TEXT - 1] = 0;
        remote.ops->status(m->text);
        break;
    case VIEW_END:
        remote.ops->end(true);
        break;
    default:
        ok = serve_more(m, &fd);
        break;
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static gboolean readable(int socket, GIOCondition cond, void *opaque)
{
    struct view_message m;

    (void)socket;
    (void)cond;
    (void)opaque;
    while (remote.fd >= 0) {
        int fd;
        ssize_t n = view_receive(remote.fd, &m, &fd, MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return true;
        }
        if (n < 0 && errno == ECONNRESET) {
            continue; /* it went without reading; what it said last comes now */
        }
        if (n != (ssize_t)sizeof(m) && fd >= 0) {
            close(fd);
        }
        if (n != (ssize_t)sizeof(m) || !serve(&m, fd)) {
            remote.watch = 0; /* removed by what is returned */
            remote.ops->end(false);
            return false;
        }
    }
    return false;
}

char *remote_open(int fd, const struct remote_ops *ops, enum view_close *when_closed,
                  GError **error)
{
    struct view_message m = {0};
    int extra;
    ssize_t n;

    remote.fd = fd;
    remote.ops = ops;
    n = view_receive(fd, &m, &extra, 0);
    if (extra >= 0) {
        close(extra); /* a greeting has none */
    }
    if (n != (ssize_t)sizeof(m) || m.type != VIEW_HELLO || m.hello.version != VIEW_VERSION) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    n <= 0 ? "the machine closed the connection: 32 viewers at most"
                           : "what answers there is not a vmx-dm of this version");
        return NULL;
    }
    *when_closed =
        m.hello.close <= VIEW_CLOSE_ASK ? (enum view_close)m.hello.close : VIEW_CLOSE_DETACH;
    m.hello.name[VIEW_TEXT - 1] = 0;
    remote.watch = loop_watch(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, NULL);
    return g_strdup(m.hello.name);
}

void remote_close(void)
{
    loop_unwatch(&remote.watch);
    if (remote.fd >= 0) {
        close(remote.fd);
        remote.fd = -1;
    }
    unmap();
    picture_drop();
    remote.surface = (struct surface){0};
    g_clear_pointer(&remote.consoles, g_strfreev);
}
