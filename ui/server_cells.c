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

        if (v->shown && (v->wants & VIEW_WANT_CELLS)) {
            return true;
        }
    }
    return false;
}

static void describe(const struct surface_cells *c, struct view_message *m)
{
    const struct surface *s = surface_current();

    memset(m, 0, sizeof(*m));
    m->type = VIEW_TEXT_MODE;
    m->text_mode.width = s->width;
    m->text_mode.height = s->height;
    m->text_mode.blank = s->blank;
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
    struct view_message m;

    if (!wanted()) {
        return false;
    }
    if (!surface_cells(next)) {
        next->columns = next->rows = 0;
        next->cursor = false;
    }
    describe(next, &m);
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
static bool tell_mode(struct viewer *v, struct viewer_cells *told)
{
    if (told->mode.type && same_mode(&told->mode, &mode)) {
        return true;
    }
    if (!viewer_send(v, &mode, -1)) {
        return false;
    }
    if (told->mode.text_mode.columns != mode.text_mode.columns ||
        told->mode.text_mode.rows != mode.text_mode.rows) {
        memset(told->known, 0, sizeof(told->known));
    }
    told->mode = mode;
    return true;
}

static bool tell_rows(struct viewer *v, struct viewer_cells *told)
{
    const struct surface_cells *c = &screens[now];
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
    }
    return true;
}

void cells_flush(struct viewer *v)
{
    if (!(v->wants & VIEW_WANT_CELLS) || !v->shown || !v->cells_ready) {
        return;
    }
    if (!v->cells) {
        v->cells = g_new0(struct viewer_cells, 1);
        cells_look(); /* nobody may have wanted to for long */
    }
    if (v->cells->generation != generation && tell_mode(v, v->cells) && tell_rows(v, v->cells)) {
        v->cells->generation = generation;
        v->cells_ready = false;
    }
}
