/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text modes: cells of a character and an attribute, glyphs from plane 2. A cell is drawn when it
 * shows something else than before: character, attribute with its blink, cursor, or its place.
 * Modelled: 8 and 9 dot cells, two fonts, 512 characters, blink, underline in monochrome, cursor
 * shape and blink, preset row, panning, split screen.
 * Blink runs at half the chip's rate, which a viewer at five frames a second can still show.
 */
#include "core/cp437.h"
#include "core/ram.h"
#include "hw/display/vga_draw.h"

#include <string.h>

#define FRAME_NS (NS_PER_SEC / 70)
#define CURSOR_FRAMES 16
#define BLINK_FRAMES 32
#define FONT_END 0x40000u /* bytes of vram that can hold fonts */
#define TEXT_WORDS (VGA_TEXT_SIZE / 2)

/* cells[]: bits 0-7 character, 8-15 attribute, 16 hidden by blink, 17-26 cursor lines, 31 set */
#define CELL_HIDDEN 0x10000u
#define CELL_CURSOR(first, last) (((first) << 17) | ((last) << 22))
#define CELL_SHOWN 0x80000000u

/* A row of the screen: consecutive lines of the same text. */
struct band {
    uint32_t y, lines;
    struct vga_line first;
};

void vga_text_forget(struct vga_draw *d)
{
    const struct vga_mode *m = &d->mode;

    if (m->kind == VGA_TEXT) {
        uint32_t n = (m->columns + 1) * m->height; /* a row may be one line high */

        if (n > d->ncells) {
            g_free(d->cells);
            d->cells = g_new0(uint32_t, n);
            d->ncells = n;
        }
        memset(d->cells, 0, sizeof(d->cells[0]) * d->ncells);
    }
}

/* Character and attribute of a word; address is at most the mode's mask. */
static uint32_t fetch(const struct vga *v, uint32_t address)
{
    const uint8_t *p;

    if (v->s->slot == VGA_SLOT_TEXT && address < TEXT_WORDS) {
        p = v->text->host + (size_t)address * 2;
    } else {
        p = v->vram->host + (size_t)address * 4;
    }
    return p[0] | (uint32_t)p[1] << 8;
}

/* False when the fonts are what they were. */
static bool load_fonts(struct vga *v)
{
    struct vga_draw *d = v->draw;
    bool changed = false;

    for (unsigned f = 0; f < 2; f++) {
        const uint8_t *from = v->vram->host + 4 * (size_t)d->mode.font[f] + 2;

        for (uint32_t i = 0; i < VGA_FONT_SIZE; i++) {
            changed |= d->font[f][i] != from[4 * (size_t)i];
            d->font[f][i] = from[4 * (size_t)i];
        }
    }
    return changed;
}

static bool font_pages_dirty(const struct vga_draw *d)
{
    _Static_assert(FONT_END / RAM_PAGE == 64, "one word of the bitmap");
    return d->dirty[0] != 0;
}

static struct vga_cursor cursor_of(const struct vga *v)
{
    const struct vga_state *s = v->s;
    uint64_t frame = clock_now(v->board->clock) / FRAME_NS;
    bool off = (s->crtc[0x0a] & 0x20) || (frame / CURSOR_FRAMES & 1);

    return (struct vga_cursor){
        .address = (uint32_t)s->crtc[0x0e] << 8 | s->crtc[0x0f],
        .first = off ? 32 : s->crtc[0x0a] & 0x1f,
        .last = s->crtc[0x0b] & 0x1f,
    };
}

static struct band band_at(const struct vga_mode *m, uint32_t y)
{
    struct band b = {.y = y, .lines = 1, .first = vga_mode_line(m, y)};

    while (y + b.lines < m->height && vga_mode_line(m, y + b.lines).row == b.first.row) {
        b.lines++;
    }
    return b;
}

/* The dots of a line of a glyph, the leftmost in bit 8, nine of them. */
static uint32_t glyph(const struct vga_draw *d, uint32_t cell, uint32_t scan)
{
    const struct vga_mode *m = &d->mode;
    uint32_t ch = cell & 0xff, attr = cell >> 8 & 0xff;
    uint32_t dots = (uint32_t)d->font[attr >> 3 & 1][ch * 32 + scan] << 1;

    if ((m->flags & VGA_FLAG_LINE_CHARS) && ch >= 0xc0 && ch <= 0xdf) {
        dots |= dots >> 1 & 1;
    }
    if (cell & CELL_HIDDEN) {
        dots = 0;
    }
    if (scan == m->underline && (attr & 7) == 1) {
        dots = 0x1ff;
    }
    if (scan >= (cell >> 17 & 31) && scan <= (cell >> 22 & 31)) {
        dots = 0x1ff;
    }
    return dots;
}

/* Dots go to x, x+1...; what lies outside of the surface is left out. */
static void draw_dots(const struct vga_draw *d, uint32_t *to, int32_t x, uint32_t dots,
                      uint32_t attr)
{
    const struct vga_mode *m = &d->mode;
    uint32_t back = attr >> 4 & (m->flags & VGA_FLAG_BLINK ? 7 : 15);
    uint32_t fg = d->palette[attr & m->planes & 15], bg = d->palette[back & m->planes];

    for (uint32_t i = 0; i < m->cell * m->dot; i++) {
        int32_t at = x + (int32_t)i;

        if (at >= 0 && at < (int32_t)m->width) {
            to[at] = dots >> (8 - i / m->dot) & 1 ? fg : bg;
        }
    }
}

static void draw_cell(const struct vga_draw *d, const struct surface *sf, const struct band *b,
                      uint32_t column, uint32_t cell)
{
    const struct vga_mode *m = &d->mode;
    int32_t x = (int32_t)(column * m->cell * m->dot) - (int32_t)(b->first.pan * m->dot);

    for (uint32_t i = 0; i < b->lines; i++) {
        uint32_t y = b->y + i, scan = vga_mode_line(m, y).scan;
        uint8_t *row = (uint8_t *)sf->pixels + (size_t)y * sf->stride;

        draw_dots(d, (uint32_t *)(void *)row, x, glyph(d, cell, scan), cell >> 8 & 0xff);
    }
}

/* What a cell shows now. */
static uint32_t cell_now(const struct vga *v, const struct band *b, const struct vga_cursor *c,
                         uint32_t column, bool blink_off)
{
    const struct vga_mode *m = &v->draw->mode;
    uint32_t address = vga_mode_address(m, &b->first, column);
    uint32_t cell = fetch(v, address) | CELL_SHOWN;

    if (blink_off && (cell & 0x8000)) {
        cell |= CELL_HIDDEN;
    }
    if (address == c->address && c->first <= c->last) {
        return cell | CELL_CURSOR(c->first, c->last);
    }
    return cell | CELL_CURSOR(31u, 0u);
}

static void draw_band(struct vga *v, const struct surface *sf, const struct band *b,
                      const struct vga_cursor *c, bool blink_off, uint32_t *shown)
{
    const struct vga_mode *m = &v->draw->mode;
    uint32_t wide = m->cell * m->dot, first = UINT32_MAX, last = 0;

    for (uint32_t x = 0; x <= m->columns; x++) {
        uint32_t cell;

        if (x == m->columns && b->first.pan == 0) {
            break;
        }
        cell = cell_now(v, b, c, x, blink_off);
        if (cell != shown[x]) {
            shown[x] = cell;
            draw_cell(v->draw, sf, b, x, cell);
            first = first == UINT32_MAX ? x : first;
            last = x;
        }
    }
    if (first != UINT32_MAX) {
        uint32_t left = first ? (first - 1) * wide : 0; /* panned cells begin further left */

        surface_damage(b->first.pan ? left : first * wide, b->y,
                       (last - first + (b->first.pan ? 2 : 1)) * wide, b->lines);
    }
}

void vga_text_draw(struct vga *v, struct surface *sf, bool all)
{
    struct vga_draw *d = v->draw;
    const struct vga_mode *m = &d->mode;
    struct vga_cursor c = cursor_of(v);
    uint64_t frame = clock_now(v->board->clock) / FRAME_NS;
    bool blink_off = (m->flags & VGA_FLAG_BLINK) && (frame / BLINK_FRAMES & 1);
    uint32_t *shown = d->cells;

    if ((all || font_pages_dirty(d)) && load_fonts(v)) {
        vga_text_forget(d);
    }
    for (uint32_t y = 0; y < m->height;) {
        struct band b = band_at(m, y);

        draw_band(v, sf, &b, &c, blink_off, shown);
        shown += m->columns + 1;
        y += b.lines;
    }
}

/* -- the screen as text -- */

/* Rows end in a newline; blanks before it are left out. */
char *vga_text_get(void *opaque)
{
    const struct vga *v = opaque;
    struct vga_mode m = vga_resolve_mode(v->s, v->size);
    GString *out;

    if (m.kind != VGA_TEXT) {
        return NULL;
    }
    out = g_string_new(NULL);
    for (uint32_t y = 0; y < m.height;) {
        struct band b = band_at(&m, y);
        gsize end = out->len;

        for (uint32_t x = 0; x < m.columns; x++) {
            gunichar ch = cp437_unicode[fetch(v, vga_mode_address(&m, &b.first, x)) & 0xff];

            g_string_append_unichar(out, ch);
            end = ch == ' ' ? end : out->len;
        }
        g_string_truncate(out, end);
        g_string_append_c(out, '\n');
        y += b.lines;
    }
    return g_string_free(out, FALSE);
}

/* A word as it is displayed: colours that are switched off are black, of blink there is the bit. */
static uint16_t displayed(const struct vga_mode *m, uint32_t word)
{
    uint32_t colours = m->planes | m->planes << 4;

    return (uint16_t)(word & (0xff | colours << 8 | (m->flags & VGA_FLAG_BLINK ? 0x8000 : 0)));
}

bool vga_text_cells(void *opaque, struct surface_cells *out)
{
    const struct vga *v = opaque;
    const struct vga_state *s = v->s;
    struct vga_mode m = vga_resolve_mode(s, v->size);
    uint32_t first = s->crtc[0x0a] & 0x1f, last = MIN(s->crtc[0x0b] & 0x1fu, m.scans - 1);
    uint32_t at = (uint32_t)s->crtc[0x0e] << 8 | s->crtc[0x0f];
    bool cursor = !(s->crtc[0x0a] & 0x20) && m.scans && first <= last;

    if (m.kind != VGA_TEXT) {
        return false;
    }
    *out = (struct surface_cells){.columns = MIN(m.columns, SURFACE_MAX_COLUMNS),
                                  .block = cursor && (last - first + 1) * 2 >= m.scans,
                                  .blink = (m.flags & VGA_FLAG_BLINK) != 0};
    for (uint32_t y = 0; y < m.height && out->rows < SURFACE_MAX_ROWS; out->rows++) {
        struct band b = band_at(&m, y);
        uint16_t *row = &out->cells[(size_t)out->rows * out->columns];

        for (uint32_t x = 0; x < out->columns; x++) {
            uint32_t address = vga_mode_address(&m, &b.first, x);

            row[x] = displayed(&m, fetch(v, address));
            if (cursor && !out->cursor && address == at) {
                out->cursor = true;
                out->cursor_x = x;
                out->cursor_y = out->rows;
            }
        }
        y += b.lines;
    }
    return true;
}
