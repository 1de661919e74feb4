/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -chardev and its short forms: see chardev.h. The back ends are in their own files. */
#include "chardev/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static GPtrArray *chardevs;

static const struct backend {
    const char *name;
    bool (*make)(const struct chardev_args *a, GError **error);
} backends[] = {
    {"null", chardev_null}, {"file", chardev_file},   {"pipe", chardev_pipe},
    {"pty", chardev_pty},   {"stdio", chardev_stdio}, {"socket", chardev_socket},
    {"vc", chardev_vc},
};

/* -- what back ends share -- */

void chardev_enter(struct chardev *c, const struct chardev_args *a)
{
    c->line = a->line;
    c->log_fd = a->log_fd;
    if (!chardevs) {
        chardevs = g_ptr_array_new();
    }
    g_ptr_array_add(chardevs, c);
}

void chardev_leave(struct chardev *c)
{
    g_ptr_array_remove(chardevs, c);
    if (c->log_fd >= 0) {
        close(c->log_fd);
        c->log_fd = -1;
    }
}

static struct chardev *find(const struct line *l)
{
    for (guint i = 0; chardevs && i < chardevs->len; i++) {
        struct chardev *c = g_ptr_array_index(chardevs, i);

        if (c->line == l) {
            return c;
        }
    }
    return NULL;
}

int chardev_take_fd(struct line *l)
{
    struct chardev *c = find(l);

    return c && c->take_fd ? c->take_fd(c) : -1;
}

void chardev_make_private(struct line *l)
{
    struct chardev *c = find(l);

    if (c) {
        c->private = true;
    }
    if (c && c->trusted && !c->trusted(c)) { /* came before us: wait=on */
        chardev_hang_up(l);
    }
}

void chardev_finish(struct line *l)
{
    struct chardev *c = find(l);

    if (c && c->finish) {
        c->finish(c);
    }
}

bool chardev_when_shown(struct line *l, chardev_monitor_fn *fn)
{
    struct chardev *c = find(l);

    if (!c || !c->when_shown) {
        return false;
    }
    chardev_make_private(l);
    c->when_shown(c, fn);
    return true;
}

void chardev_hang_up(struct line *l)
{
    struct chardev *c = find(l);

    if (c && c->hang_up) {
        c->hang_up(c);
    }
}

void chardev_failed(struct chardev *c, bool log, int err)
{
    bool *failing = log ? &c->log_failing : &c->failing;
    GVariantBuilder b;

    if (*failing) {
        return;
    }
    *failing = true;
    if (!report_allowed(&c->site)) { /* a disk that is full every other moment */
        return;
    }
    report("chardev %s: writing %s: %s; output is dropped until it works again", line_name(c->line),
           log ? "the logfile" : line_label(c->line), g_strerror(err));
    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "id", g_variant_new_string(line_name(c->line)));
    g_variant_builder_add(&b, "{sv}", "error", g_variant_new_string(g_strerror(err)));
    g_variant_builder_add(&b, "{sv}", "nospace", g_variant_new_boolean(err == ENOSPC));
    event_raise("CHARDEV_WRITE_ERROR", g_variant_builder_end(&b));
}

void chardev_worked(struct chardev *c, bool log)
{
    *(log ? &c->log_failing : &c->failing) = false;
}

static void log_bytes(struct chardev *c, const uint8_t *buf, uint32_t n)
{
    while (n) {
        ssize_t w = write(c->log_fd, buf, n);

        if (w < 0 && errno == EINTR) {
            continue;
        }
        if (w <= 0) {
            chardev_failed(c, true, w < 0 ? errno : ENOSPC);
            return;
        }
        buf += w;
        n -= (uint32_t)w;
    }
    chardev_worked(c, true);
}

uint32_t chardev_take(struct chardev *c, uint8_t *buf, uint32_t max)
{
    uint32_t n = line_take(c->line, buf, max);

    if (n && c->log_fd >= 0) {
        log_bytes(c, buf, n);
    }
    return c->dropping ? 0 : n;
}

void chardev_discard(struct chardev *c, bool on)
{
    c->dropping = on && c->log_fd >= 0;
    line_host_discard(c->line, on && c->log_fd < 0);
}

/* -- -chardev -- */

static const struct backend *find_backend(struct keyval *kv, GError **error)
{
    const char *name = keyval_take_last(kv, "backend");

    for (size_t i = 0; name && i < G_N_ELEMENTS(backends); i++) {
        if (strcmp(backends[i].name, name) == 0) {
            return &backends[i];
        }
    }
    keyval_error(kv, error, "%s%s%s; the back ends are null, file, pipe, pty, stdio, socket, vc",
                 name ? "no back end \"" : "names no back end", name ? name : "", name ? "\"" : "");
    return NULL;
}

/* logfile=, logappend=, mux=. False on error. */
static bool take_common(struct keyval *kv, int *log_fd, GError **error)
{
    const char *path = keyval_take_last(kv, "logfile");
    bool append = false, mux = false;

    if (!keyval_take_bool(kv, "logappend", &append, error) ||
        !keyval_take_bool(kv, "mux", &mux, error)) {
        return false;
    }
    if (mux) {
        keyval_error(kv, error,
                     "mux=on: one chardev cannot serve two devices; use one chardev for each");
        return false;
    }
    if (path) {
        *log_fd =
            open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | (append ? O_APPEND : O_TRUNC),
                 0666);
        if (*log_fd < 0) {
            keyval_error(kv, error, "logfile=%s: %s", path, g_strerror(errno));
            return false;
        }
    }
    return true;
}

static struct line *make(struct keyval *kv, bool escape, bool port, GError **error)
{
    struct chardev_args a = {.kv = kv, .log_fd = -1, .escape = escape, .port = port};
    const char *id = keyval_take_last(kv, "id");
    const struct backend *b = find_backend(kv, error);

    if (!b) {
        return NULL;
    }
    if (!id || !*id) {
        keyval_error(kv, error, "%s needs id=NAME", b->name);
        return NULL;
    }
    if (!take_common(kv, &a.log_fd, error)) {
        return NULL;
    }
    a.line = line_new(id);
    if (!a.line) {
        keyval_error(kv, error, "id=%s is taken by another chardev", id);
    } else if (b->make(&a, error)) {
        if (keyval_finish(kv, error)) {
            return a.line;
        }
        line_free(a.line); /* closes the log, too, where a back end took it */
        return NULL;
    } else {
        line_free(a.line);
    }
    if (a.log_fd >= 0) {
        close(a.log_fd);
    }
    return NULL;
}

struct line *chardev_new(struct keyval *kv, GError **error)
{
    return make(kv, false, false, error);
}

/* -- -serial and the like -- */

/* Double the commas of a path that is one word. */
static char *quote(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++) {
        g_string_append_c(out, *text);
        if (*text == ',') {
            g_string_append_c(out, ',');
        }
    }
    return g_string_free(out, FALSE);
}

/* HOST:PORT[,options] or [v6]:PORT to -chardev words; NULL when there is no port. */
static char *tcp_words(const char *rest, const char *more)
{
    size_t len = strcspn(rest, ",");
    g_autofree char *where = g_strndup(rest, len);
    char *colon = strrchr(where, ':');
    char *host = where;

    if (!colon) {
        return NULL;
    }
    *colon = 0;
    if (host[0] == '[' && colon > host && colon[-1] == ']') {
        colon[-1] = 0;
        host++;
    }
    return g_strdup_printf("socket,host=%s,port=%s%s%s", host, colon + 1, more, rest + len);
}

/* The -chardev words for a short form, NULL if it is not one. */
static char *spec_words(const char *spec)
{
    static const char *const bare[] = {"null", "stdio", "pty"};

    for (size_t i = 0; i < G_N_ELEMENTS(bare); i++) {
        size_t n = strlen(bare[i]);

        if (strncmp(spec, bare[i], n) == 0 && (spec[n] == 0 || spec[n] == ',')) {
            return g_strdup(spec);
        }
    }
    if (g_str_has_prefix(spec, "file:")) {
        g_autofree char *path = quote(spec + 5);

        return g_strconcat("file,path=", path, NULL);
    }
    if (g_str_has_prefix(spec, "pipe:")) {
        g_autofree char *path = quote(spec + 5);

        return g_strconcat("pipe,path=", path, NULL);
    }
    if (g_str_has_prefix(spec, "unix:")) {
        return g_strconcat("socket,path=", spec + 5, NULL);
    }
    if (g_str_has_prefix(spec, "tcp:")) {
        return tcp_words(spec + 4, "");
    }
    if (g_str_has_prefix(spec, "telnet:")) {
        return tcp_words(spec + 7, ",telnet=on");
    }
    return chardev_vc_words(spec);
}

struct line *chardev_from_spec(const char *option, const char *id, const char *spec, GError **error)
{
    g_autofree char *words = NULL, *text = NULL, *name = quote(id);
    bool mon = g_str_has_prefix(spec, "mon:");
    struct keyval *kv;
    struct line *l;

    if (strcmp(spec, "none") == 0) {
        return NULL;
    }
    if (g_str_has_prefix(spec, "chardev:")) {
        l = line_find(spec + 8);
        if (!l) {
            g_set_error(error, CHARDEV_ERROR, 0, "%s %s: no -chardev has that id", option, spec);
        }
        return l;
    }
    words = spec_words(mon ? spec + 4 : spec);
    if (!words) {
        g_set_error(error, CHARDEV_ERROR, 0,
                    "%s %s: expected stdio, null, none, pty, file:PATH, pipe:PATH, unix:PATH, "
                    "tcp:HOST:PORT, telnet:HOST:PORT, vc[:COLUMNSCxROWSC] or chardev:ID",
                    option, spec);
        return NULL;
    }
    text = g_strdup_printf("%s,id=%s", words, name);
    kv = keyval_parse(option, text, "backend", error);
    if (!kv) {
        return NULL;
    }
    l = make(kv, mon, strcmp(option, "-serial") == 0, error);
    keyval_free(kv);
    return l;
}
