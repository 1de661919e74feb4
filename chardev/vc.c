/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal in memory that user interfaces show (core/console.h). Output is looked at every 20 ms,
 * or when there is much of it: nobody sees more, and a guest that writes letter by letter does not
 * wake the loop for each. What is typed faster than the guest reads is dropped.
 */
#include "chardev/priv.h"
#include "chardev/terminal.h"
#include "core/console.h"
#include "core/loop.h"

#include <string.h>

#define BATCH_MS 20
#define BATCH_BYTES 16384u
#define TYPED_MAX 65536u
#define COLUMNS 80u
#define ROWS 25u
#define LETTER_WIDTH 8u
#define LETTER_HEIGHT 16u

struct vc {
    struct chardev base;
    struct terminal *terminal;
    struct console *console;
    unsigned timer;
    GByteArray *typed; /* the guest has no room for it yet */
    chardev_monitor_fn *when_shown;
};

static void take_output(struct vc *v)
{
    uint8_t buf[4096];
    uint32_t n;

    while ((n = chardev_take(&v->base, buf, sizeof(buf))) > 0) {
        terminal_write(v->terminal, buf, n);
    }
    console_changed(v->console);
}

static gboolean batch_due(void *opaque)
{
    struct vc *v = opaque;

    v->timer = 0;
    take_output(v);
    return G_SOURCE_REMOVE;
}

static void vc_pending(void *opaque)
{
    struct vc *v = opaque;

    if (line_queued(v->base.line) >= BATCH_BYTES) {
        take_output(v);
    } else if (!v->timer) {
        v->timer = g_timeout_add(BATCH_MS, batch_due, v);
    }
}

static void deliver(void *opaque)
{
    struct vc *v = opaque;
    uint32_t done = 0, n = 1;

    while (n && done < v->typed->len) { /* a monitor takes a byte at a time */
        n = line_deliver(v->base.line, v->typed->data + done, v->typed->len - done);
        done += n;
    }
    if (done) {
        g_byte_array_remove_range(v->typed, 0, done);
    }
}

static void type(void *opaque, const uint8_t *buf, uint32_t len)
{
    struct vc *v = opaque;

    if (v->typed->len + len <= TYPED_MAX) {
        g_byte_array_append(v->typed, buf, len);
        deliver(v);
    }
}

static void reply(void *opaque, const void *buf, uint32_t len)
{
    type(opaque, buf, len);
}

static void cells(void *opaque, uint64_t top, struct surface_cells *out)
{
    struct vc *v = opaque;
    chardev_monitor_fn *fn = v->when_shown;

    v->when_shown = NULL;
    if (fn) {
        fn(v->base.line);
    }
    terminal_cells(v->terminal, top, out);
}

static uint64_t scroll(void *opaque, uint64_t top, int32_t lines)
{
    return terminal_scroll(((struct vc *)opaque)->terminal, top, lines);
}

static const struct console_ops console_ops = {.cells = cells, .scroll = scroll, .type = type};

static void vc_close(void *opaque)
{
    struct vc *v = opaque;

    if (v->timer) {
        g_source_remove(v->timer);
    }
    chardev_leave(&v->base);
    line_host_attach(v->base.line, NULL, NULL);
    console_remove(v->console);
    terminal_free(v->terminal);
    g_byte_array_unref(v->typed);
    g_free(v);
}

static const struct line_host_ops vc_host_ops = {
    .pending = vc_pending,
    .guest_ready = deliver,
    .close = vc_close,
};

/* Whoever is shown it may do so: who that is, the user interface knows. */
static bool vc_trusted(struct chardev *c)
{
    console_make_private(((struct vc *)(void *)c)->console);
    return true;
}

static void vc_when_shown(struct chardev *c, chardev_monitor_fn *fn)
{
    ((struct vc *)(void *)c)->when_shown = fn;
}

/* cols= or, in pixels, width=. */
static bool take_size(struct keyval *kv, const char *cells_key, const char *pixels_key,
                      uint32_t pixels, uint32_t max, uint64_t *out, GError **error)
{
    uint64_t size = *out * pixels;

    if (!keyval_take_uint(kv, pixels_key, pixels, (uint64_t)max * pixels + pixels - 1, &size,
                          error)) {
        return false;
    }
    *out = size / pixels;
    return keyval_take_uint(kv, cells_key, 1, max, out, error);
}

char *chardev_vc_words(const char *spec)
{
    g_autoptr(GRegex) form = g_regex_new("^vc:(\\d+)(C?)x(\\d+)(C?)$", 0, 0, NULL);
    g_autoptr(GMatchInfo) m = NULL;
    g_autofree char *columns = NULL, *c1 = NULL, *rows = NULL, *c2 = NULL;

    if (strcmp(spec, "vc") == 0) {
        return g_strdup(spec);
    }
    if (!g_regex_match(form, spec, 0, &m)) {
        return NULL;
    }
    columns = g_match_info_fetch(m, 1);
    c1 = g_match_info_fetch(m, 2);
    rows = g_match_info_fetch(m, 3);
    c2 = g_match_info_fetch(m, 4);
    return g_strdup_printf("vc,%s=%s,%s=%s", c1[0] ? "cols" : "width", columns,
                           c2[0] ? "rows" : "height", rows);
}

bool chardev_vc(const struct chardev_args *a, GError **error)
{
    uint64_t columns = COLUMNS, rows = ROWS;
    struct vc *v;

    if (!take_size(a->kv, "cols", "width", LETTER_WIDTH, SURFACE_MAX_COLUMNS, &columns, error) ||
        !take_size(a->kv, "rows", "height", LETTER_HEIGHT, SURFACE_MAX_ROWS, &rows, error)) {
        return false;
    }
    v = g_new0(struct vc, 1);
    chardev_enter(&v->base, a);
    v->base.trusted = vc_trusted;
    v->base.when_shown = vc_when_shown;
    v->typed = g_byte_array_new();
    v->terminal = terminal_new((uint32_t)columns, (uint32_t)rows, reply, v);
    v->console = console_add(line_name(a->line), a->port, &console_ops, v);
    line_set_label(a->line, "vc");
    line_host_attach(a->line, &vc_host_ops, v);
    line_host_event(a->line, LINE_OPENED);
    return true;
}
