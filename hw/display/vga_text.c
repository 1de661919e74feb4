/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text modes: cells of a character and an attribute, glyphs from plane 2. A cell is drawn when it
 * shows something else than before: character, attribute with its blink, cursor, or its place.
 * Modelled: 8 and 9 dot cells, two fonts, 512 characters, blink, underline in monochrome, cursor
 * shape and blink, preset row, panning, split screen.
 * Blink runs at half the chip's rate, which a viewer at five frames a second can still show.
 */
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

/* Code page 437, 80h to FFh. */
static const uint16_t high[128] = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x0020,
};

/* 00h to 1Fh. */
static const uint16_t low[32] = {
    0x0020, 0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022, 0x25d8, 0x25cb, 0x25d9,
    0x2642, 0x2640, 0x266a, 0x266b, 0x263c, 0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6, 0x00a7,
    0x25ac, 0x21a8, 0x2191, 0x2193, 0x2192, 0x2190, 0x221f, 0x2194, 0x25b2, 0x25bc,
};

static gunichar unicode(uint8_t ch)
{
    return ch >= 0x80 ? high[ch - 0x80] : ch < 0x20 ? low[ch] : ch == 0x7f ? 0x2302 : ch;
}

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
            gunichar ch = unicode((uint8_t)fetch(v, vga_mode_address(&m, &b.first, x)));

            g_string_append_unichar(out, ch);
            end = ch == ' ' ? end : out->len;
        }
        g_string_truncate(out, end);
        g_string_append_c(out, '\n');
        y += b.lines;
    }
    return g_string_free(out, FALSE);
}
