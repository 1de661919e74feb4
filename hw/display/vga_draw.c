/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Video memory to pixels: the refresh, graphics modes, and what is dirty. Only the resolved mode
 * says where to read (rule 7); every word of a legacy mode is fetched under its mask, every row of
 * a linear one was proven to be inside video memory.
 *
 * A line is drawn again if a page that it reads is dirty: written by us (the block's bitmap) or by
 * the guest through a slot or BAR 0 (the hypervisor's log). Text is compared with what was shown.
 * A change of mode or palette draws all. Queued writes were drained before the refresh.
 */
#include "core/ram.h"
#include "hw/display/vga_draw.h"

#include <string.h>

#define PAGE ((uint32_t)RAM_PAGE)
#define MAX_DOTS 2400u /* 257 words of 9 dots, and what panning hides */

struct vga_draw *vga_draw_new(const struct vga *v)
{
    struct vga_draw *d = g_new0(struct vga_draw, 1);

    d->words = v->size / PAGE / 64 + 1;
    d->dirty = g_new0(uint64_t, d->words);
    return d;
}

void vga_draw_free(struct vga_draw *d)
{
    if (d) {
        g_free(d->dirty);
        g_free(d->cells);
        g_free(d);
    }
}

void vga_draw_forget(struct vga *v)
{
    v->draw->valid = false;
}

/* -- palette -- */

static uint32_t dac_rgb(const struct vga_state *s, uint8_t index)
{
    const uint8_t *c = &s->dac[(index & s->dac_mask) * 3];
    uint32_t r = c[0], g = c[1], b = c[2];

    if (!(s->vbe[VBE_ENABLE] & VBE_8BIT_DAC)) {
        r = (r << 2 & 0xff) | (r >> 4 & 3);
        g = (g << 2 & 0xff) | (g >> 4 & 3);
        b = (b << 2 & 0xff) | (b >> 4 & 3);
    }
    return r << 16 | g << 8 | b;
}

/* The attribute controller's way from four bits to a DAC index. */
static uint8_t attribute(const struct vga_state *s, uint32_t value)
{
    uint8_t index = s->attr[value & 15];

    if (s->attr[0x10] & 0x80) {
        return (uint8_t)((index & 0x0f) | (s->attr[0x14] & 0x0f) << 4);
    }
    return (uint8_t)((index & 0x3f) | (s->attr[0x14] & 0x0c) << 4);
}

/* False when it is what it was. */
static bool make_palette(const struct vga *v, const struct vga_mode *m, uint32_t palette[256])
{
    uint32_t now[256];

    for (uint32_t i = 0; i < 256; i++) {
        now[i] = dac_rgb(v->s, m->depth == 4 ? attribute(v->s, i) : (uint8_t)i);
    }
    if (memcmp(now, palette, sizeof(now)) == 0) {
        return false;
    }
    memcpy(palette, now, sizeof(now));
    return true;
}

/* -- dirty pages -- */

/* Fetch and clear. */
static void collect_dirty(struct vga *v)
{
    struct vga_draw *d = v->draw;

    memset(d->dirty, 0, d->words * sizeof(d->dirty[0]));
    if (v->board->dirty_log) {
        v->board->dirty_log(v->board->accel_opaque, v->vram, d->dirty);
    }
    for (uint32_t w = 0; w < d->words; w++) {
        if (__atomic_load_n(&v->vram->dirty[w], __ATOMIC_RELAXED)) {
            d->dirty[w] |= __atomic_exchange_n(&v->vram->dirty[w], 0, __ATOMIC_ACQ_REL);
        }
    }
}

/* Bytes [first, last] of vram; both are inside it. */
static bool is_dirty(const struct vga_draw *d, uint32_t first, uint32_t last)
{
    for (uint32_t page = first / PAGE; page <= last / PAGE; page++) {
        if (d->dirty[page / 64] >> (page % 64) & 1) {
            return true;
        }
    }
    return false;
}

/* -- legacy graphics: a word of four planes a column -- */

/* Eight bits to eight bytes of 0 or 1, the leftmost pixel first in memory. */
static uint64_t spread(uint32_t bits)
{
    return ((bits & 0xff) * UINT64_C(0x8040201008040201)) >> 7 & UINT64_C(0x0101010101010101);
}

static void planes_dots(uint32_t word, uint32_t planes, uint8_t out[8])
{
    uint64_t v =
        spread(word) | spread(word >> 8) << 1 | spread(word >> 16) << 2 | spread(word >> 24) << 3;

    v &= planes * UINT64_C(0x0101010101010101);
    v = GUINT64_TO_LE(v);
    memcpy(out, &v, 8);
}

/* Planes 0 and 2 give four pixels, then planes 1 and 3. */
static void pairs_dots(uint32_t word, uint32_t planes, uint8_t out[8])
{
    for (unsigned i = 0; i < 8; i++) {
        uint32_t pair = word >> (i < 4 ? 0 : 8);
        unsigned shift = 6 - 2 * (i & 3);

        out[i] = (uint8_t)(((pair >> shift & 3) | (pair >> 16 >> shift & 3) << 2) & planes);
    }
}

static void bytes_dots(uint32_t word, uint8_t out[8])
{
    for (unsigned i = 0; i < 8; i++) {
        out[i] = (uint8_t)(word >> (8 * (i / 2)));
    }
}

static void draw_legacy(const struct vga *v, const struct vga_mode *m, const struct vga_line *l,
                        uint32_t *to)
{
    const uint32_t *palette = v->draw->palette;
    uint8_t dots[SURFACE_MAX_WIDTH + 32];

    for (uint32_t x = 0; x <= m->columns; x++) {
        uint8_t *out = &dots[(size_t)x * 8];
        uint32_t word;

        memcpy(&word, v->vram->host + (size_t)vga_mode_address(m, l, x) * 4, 4);
        switch (m->kind) {
        case VGA_PAIRS:
            pairs_dots(word, m->planes, out);
            break;
        case VGA_BYTES:
            bytes_dots(word, out);
            break;
        default:
            planes_dots(word, m->planes, out);
            break;
        }
    }
    if (m->dot == 1) {
        for (uint32_t x = 0; x < m->width; x++) {
            to[x] = palette[dots[x + l->pan]];
        }
    } else {
        for (uint32_t x = 0; x < m->width / 2; x++) {
            to[2 * x] = to[2 * x + 1] = palette[dots[x + l->pan]];
        }
    }
}

static bool legacy_dirty(const struct vga_draw *d, const struct vga_mode *m,
                         const struct vga_line *l)
{
    uint32_t first = vga_mode_address(m, l, 0), last = vga_mode_address(m, l, m->columns);

    if (last < first) { /* around the end */
        return is_dirty(d, 0, 4 * last + 3) || is_dirty(d, 4 * first, 4 * m->mask + 3);
    }
    return is_dirty(d, 4 * first, 4 * last + 3);
}

/* -- DISPI linear modes -- */

static uint32_t five(uint32_t v)
{
    v &= 31;
    return v << 3 | v >> 2;
}

static uint32_t six(uint32_t v)
{
    v &= 63;
    return v << 2 | v >> 4;
}

static void draw_linear(const uint8_t *from, uint32_t depth, uint32_t n, const uint32_t *palette,
                        uint32_t *to)
{
    switch (depth) {
    case 8:
        for (uint32_t x = 0; x < n; x++) {
            to[x] = palette[from[x]];
        }
        break;
    case 15:
        for (uint32_t x = 0; x < n; x++, from += 2) {
            uint32_t p = from[0] | (uint32_t)from[1] << 8;

            to[x] = five(p >> 10) << 16 | five(p >> 5) << 8 | five(p);
        }
        break;
    case 16:
        for (uint32_t x = 0; x < n; x++, from += 2) {
            uint32_t p = from[0] | (uint32_t)from[1] << 8;

            to[x] = five(p >> 11) << 16 | six(p >> 5) << 8 | five(p);
        }
        break;
    case 24:
        for (uint32_t x = 0; x < n; x++, from += 3) {
            to[x] = (uint32_t)from[2] << 16 | (uint32_t)from[1] << 8 | from[0];
        }
        break;
    default:
        for (uint32_t x = 0; x < n; x++, from += 4) {
            to[x] = (uint32_t)from[2] << 16 | (uint32_t)from[1] << 8 | from[0];
        }
        break;
    }
}

/* -- lines -- */

static uint32_t *surface_line(const struct surface *sf, uint32_t y)
{
    return (uint32_t *)(void *)((uint8_t *)sf->pixels + (size_t)y * sf->stride);
}

/* False when nothing of it changed. */
static bool draw_line(const struct vga *v, const struct surface *sf, uint32_t y, bool all)
{
    const struct vga_draw *d = v->draw;
    const struct vga_mode *m = &d->mode;
    uint32_t *to = surface_line(sf, y);
    struct vga_line l;

    if (m->kind == VGA_LINEAR) {
        uint32_t first = m->offset + y * m->pitch, len = m->width * ((m->depth + 7) / 8);

        if (!all && !is_dirty(d, first, first + len - 1)) {
            return false;
        }
        draw_linear(v->vram->host + first, m->depth, m->width, d->palette, to);
        return true;
    }
    l = vga_mode_line(m, y);
    if (!all && !legacy_dirty(d, m, &l)) {
        return false;
    }
    if (y > 0) { /* the line above again, as doubled lines and rows of bytes are */
        struct vga_line above = vga_mode_line(m, y - 1);

        if (above.address == l.address && above.pan == l.pan &&
            (above.scan == l.scan || (!m->row0 && !m->row1))) {
            memcpy(to, surface_line(sf, y - 1), (size_t)m->width * 4);
            return true;
        }
    }
    draw_legacy(v, m, &l, to);
    return true;
}

static void draw_graphics(const struct vga *v, const struct surface *sf, bool all)
{
    const struct vga_mode *m = &v->draw->mode;
    uint32_t start = 0, run = 0;

    for (uint32_t y = 0; y < m->height; y++) {
        if (draw_line(v, sf, y, all)) {
            start = run ? start : y;
            run++;
        } else if (run) {
            surface_damage(0, start, m->width, run);
            run = 0;
        }
    }
    if (run) {
        surface_damage(0, start, m->width, run);
    }
}

/* While the display is off, for the length of a mode change say, the size does not follow. */
static struct surface *surface_for(const struct vga_mode *m)
{
    struct surface *sf = surface_current();

    return m->kind == VGA_BLANK && sf->pixels ? sf : surface_resize(m->width, m->height);
}

static void draw_blank(struct surface *sf)
{
    for (uint32_t y = 0; y < sf->height; y++) {
        memset(surface_line(sf, y), 0, (size_t)sf->width * 4);
    }
    surface_damage(0, 0, sf->width, sf->height);
}

/* -- the refresh -- */

static void refresh(void *opaque, bool full)
{
    struct vga *v = opaque;
    struct vga_draw *d = v->draw;
    struct vga_mode m = vga_resolve_mode(v->s, v->size);
    uint64_t lfb = region_mapped(&v->lfb) ? v->lfb.base : UINT64_MAX;
    bool all = full || !d->valid;
    struct surface *sf;

    if (memcmp(&m, &d->mode, sizeof(m)) != 0 || lfb != d->lfb_base) {
        d->mode = m; /* what the log had of pages at the old place is lost */
        d->lfb_base = lfb;
        all = true;
    }
    if (m.kind != VGA_BLANK && m.kind != VGA_TEXT) {
        vga_text_sync(v);
    }
    collect_dirty(v);
    if (make_palette(v, &m, d->palette)) {
        all = true;
    }
    sf = surface_for(&m);
    sf->blank = m.kind == VGA_BLANK;
    if (!d->valid || all) {
        vga_text_forget(d);
    }
    d->valid = true;
    switch (m.kind) {
    case VGA_BLANK:
        if (all) {
            draw_blank(sf);
        }
        break;
    case VGA_TEXT:
        vga_text_draw(v, sf, all);
        break;
    default:
        draw_graphics(v, sf, all);
        break;
    }
}

const struct surface_source_ops vga_surface_ops = {
    .refresh = refresh,
    .text = vga_text_get,
    .cells = vga_text_cells,
};
