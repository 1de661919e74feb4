/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text screen for viewers that can show nothing else: see wire.h. It is fetched once a tick and
 * compared with what was there; a viewer is told what differs from what it was told before.
 */
#include "ui/server_priv.h"

#include <string.h>

struct viewer_cells {
    unsigned generation;      /* wholly told */
    struct view_message mode; /* as told; type 0: not yet */
    bool said;                /* something, for which READY is to come */
    bool known[SURFACE_MAX_ROWS];
    uint16_t rows[SURFACE_MAX_ROWS][SURFACE_MAX_COLUMNS];
};

static struct surface_cells screens[2]; /* what there is, and room for the next look */
static unsigned now;                    /* index of the first */
static struct view_message mode;        /* of it */
static unsigned generation;             /* 0: not looked yet */

static bool wanted(void)
{
    for (unsigned i = 0; i < view_server.viewers->len; i++) {
        const struct viewer *v = view_server.viewers->pdata[i];

        if (v->shown && (v->wants & VIEW_WANT_CELLS) && !v->console) {
            return true;
        }
    }
    return false;
}

static void describe(const struct surface_cells *c, uint32_t width, uint32_t height, bool blank,
                     struct view_message *m)
{
    memset(m, 0, sizeof(*m));
    m->type = VIEW_TEXT_MODE;
    m->text_mode.width = width;
    m->text_mode.height = height;
    m->text_mode.blank = blank;
    m->text_mode.columns = c->columns;
    m->text_mode.rows = c->rows;
    m->text_mode.cursor_x = c->cursor_x;
    m->text_mode.cursor_y = c->cursor_y;
    m->text_mode.cursor = c->cursor;
    m->text_mode.block = c->block;
    m->text_mode.blink = c->blink;
}

static bool same_mode(const struct view_message *a, const struct view_message *b)
{
    return memcmp(&a->text_mode, &b->text_mode, sizeof(a->text_mode)) == 0;
}

bool cells_look(void)
{
    struct surface_cells *next = &screens[1 - now];
    const struct surface *s = surface_current();
    struct view_message m;

    if (!wanted()) {
        return false;
    }
    if (!surface_cells(next)) {
        next->columns = next->rows = 0;
        next->cursor = false;
    }
    describe(next, s->width, s->height, s->blank, &m);
    if (generation && same_mode(&m, &mode) &&
        memcmp(next->cells, screens[now].cells,
               sizeof(next->cells[0]) * next->columns * next->rows) == 0) {
        return false;
    }
    mode = m;
    now = 1 - now;
    generation = MAX(generation + 1, 1);
    return true;
}

/* False: the socket has no room. */
static bool tell_mode(struct viewer *v, const struct view_message *m)
{
    struct viewer_cells *told = v->cells;

    if (told->mode.type && same_mode(&told->mode, m)) {
        return true;
    }
    if (!viewer_send(v, m, -1)) {
        return false;
    }
    if (told->mode.text_mode.columns != m->text_mode.columns ||
        told->mode.text_mode.rows != m->text_mode.rows) {
        memset(told->known, 0, sizeof(told->known));
    }
    told->mode = *m;
    told->said = true;
    return true;
}

static bool tell_rows(struct viewer *v, const struct surface_cells *c)
{
    struct viewer_cells *told = v->cells;
    size_t size = c->columns * sizeof(c->cells[0]);
    struct view_message m = {.type = VIEW_TEXT_ROW};

    for (uint32_t y = 0; y < c->rows; y++) {
        const uint16_t *row = &c->cells[(size_t)y * c->columns];

        if (told->known[y] && memcmp(told->rows[y], row, size) == 0) {
            continue;
        }
        m.row.row = y;
        memcpy(m.row.cells, row, size);
        if (!viewer_send(v, &m, -1)) {
            return false;
        }
        memcpy(told->rows[y], row, size);
        told->known[y] = true;
        told->said = true;
    }
    return true;
}

/* What changed and changed back was not said: no READY answers that. */
static void all_is_told(struct viewer *v, unsigned of)
{
    v->cells->generation = of;
    v->cells_ready = !v->cells->said;
    v->cells->said = false;
}

/* A text console has the size that letters of the PC's own size make. */
static void flush_console(struct viewer *v)
{
    static struct surface_cells text;
    struct view_message m, end = {.type = VIEW_DAMAGE};
    uint32_t newest = console_generation(v->console);

    if (v->cells->generation == newest) {
        return;
    }
    console_cells(v->console, v->console_top, &text);
    describe(&text, 8 * text.columns, 16 * text.rows, false, &m);
    if (tell_mode(v, &m) && tell_rows(v, &text) &&
        (!(v->wants & VIEW_WANT_PIXELS) || !v->cells->said || viewer_send(v, &end, -1))) {
        all_is_told(v, newest);
    }
}

static void flush_guest(struct viewer *v)
{
    if (v->cells->generation == 0) {
        cells_look(); /* nobody may have wanted to for long */
    }
    if (v->cells->generation != generation && tell_mode(v, &mode) && tell_rows(v, &screens[now])) {
        all_is_told(v, generation);
    }
}

void cells_flush(struct viewer *v)
{
    if (!v->shown || !v->cells_ready || (!v->console && !(v->wants & VIEW_WANT_CELLS))) {
        return;
    }
    if (!v->cells) {
        v->cells = g_new0(struct viewer_cells, 1);
    }
    if (v->console) {
        flush_console(v);
    } else {
        flush_guest(v);
    }
}

void cells_forget(struct viewer *v)
{
    g_clear_pointer(&v->cells, g_free);
}

void cells_again(struct viewer *v)
{
    if (v->cells) {
        v->cells->generation = 0;
    }
}
