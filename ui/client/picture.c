/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as pixels: see picture.h. Colours are VGA's first sixteen; nothing blinks. */
#include "ui/client/picture.h"

#include "ui/client/font.h"

#include <glib.h>
#include <string.h>

#define CURSOR_ROWS 2u /* of a letter, at its bottom */

static struct {
    struct surface_cells *shape; /* and its cells; NULL: there is no screen */
    struct surface surface;
} picture;

static const uint32_t colours[16] = {
    0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa,
    0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
};

void picture_drop(void)
{
    g_clear_pointer(&picture.shape, g_free);
    g_clear_pointer(&picture.surface.pixels, g_free);
}

static void draw_cell(uint32_t column, uint32_t row, uint16_t cell)
{
    const struct surface_cells *c = picture.shape;
    uint32_t fg = colours[cell >> 8 & 15], bg = colours[cell >> 12];
    uint8_t glyph[FONT_HEIGHT];
    bool cursor = c->cursor && c->cursor_x == column && c->cursor_y == row;

    font_cp437((uint8_t)cell, glyph);
    for (uint32_t y = 0; y < FONT_HEIGHT; y++) {
        uint32_t *to = picture.surface.pixels +
                       (size_t)(row * FONT_HEIGHT + y) * picture.surface.width +
                       column * FONT_WIDTH;
        unsigned bits = cursor && y >= FONT_HEIGHT - CURSOR_ROWS ? 0xff : glyph[y];

        for (uint32_t x = 0; x < FONT_WIDTH; x++) {
            to[x] = bits & (0x80 >> x) ? fg : bg;
        }
    }
}

/* The cell that has the cursor, drawn as it now is. */
static struct surface_rect draw_cursor(uint32_t x, uint32_t y)
{
    const struct surface_cells *c = picture.shape;

    if (x >= c->columns || y >= c->rows) {
        return (struct surface_rect){0};
    }
    draw_cell(x, y, c->cells[(size_t)y * c->columns + x]);
    return (struct surface_rect){x * FONT_WIDTH, y * FONT_HEIGHT, FONT_WIDTH, FONT_HEIGHT};
}

bool picture_mode(const struct surface_cells *shape, struct surface *out, struct surface_rect r[2])
{
    struct surface_cells *c = picture.shape;
    bool resized = !c || c->columns != shape->columns || c->rows != shape->rows;
    uint32_t x, y;

    memset(r, 0, 2 * sizeof(*r));
    if (resized) {
        picture_drop();
        c = picture.shape = g_new0(struct surface_cells, 1);
        c->columns = shape->columns;
        c->rows = shape->rows;
        picture.surface.width = shape->columns * FONT_WIDTH;
        picture.surface.height = shape->rows * FONT_HEIGHT;
        picture.surface.stride = picture.surface.width * 4;
        picture.surface.pixels =
            g_new0(uint32_t, (size_t)picture.surface.width * picture.surface.height);
    }
    x = c->cursor_x;
    y = c->cursor_y;
    c->cursor = shape->cursor;
    c->cursor_x = shape->cursor_x;
    c->cursor_y = shape->cursor_y;
    if (!resized) {
        r[0] = draw_cursor(x, y);
        r[1] = draw_cursor(c->cursor_x, c->cursor_y);
    }
    *out = picture.surface;
    return resized;
}

struct surface_rect picture_row(uint32_t row, const uint16_t cells[SURFACE_MAX_COLUMNS])
{
    struct surface_cells *c = picture.shape;

    if (!c || row >= c->rows) {
        return (struct surface_rect){0};
    }
    for (uint32_t x = 0; x < c->columns; x++) {
        c->cells[(size_t)row * c->columns + x] = cells[x];
        draw_cell(x, row, cells[x]);
    }
    return (struct surface_rect){0, row * FONT_HEIGHT, picture.surface.width, FONT_HEIGHT};
}
