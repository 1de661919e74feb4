/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers to mode. IBM VGA: CRTC, sequencer, graphics and attribute controller; Bochs DISPI.
 * Where a register has a value that no monitor could show, the result is still a mode within the
 * caps of core/surface.h, or BLANK.
 *
 * Modelled: 8 and 9 dot text, planar, CGA and 256-colour shift modes, half dot clock, row and line
 * doubling, CGA and Hercules interleave, preset row, byte and pixel panning, split screen.
 * Not modelled: overscan, interlace, skew, blanking narrower than the display.
 */
#include "hw/display/vga.h"

#include <string.h>

#define MIN_WIDTH 160u /* of a display that is off: below, nobody has set a mode yet */
#define MIN_HEIGHT 100u
#define PLANE_MASK 0xffffu /* the address counter has 16 bits */

static uint32_t umin(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t overflow_bits(const struct vga_state *s, unsigned low, unsigned bit8, unsigned bit9)
{
    return s->crtc[low] | (uint32_t)(s->crtc[0x07] >> bit8 & 1) << 8 |
           (uint32_t)(s->crtc[0x07] >> bit9 & 1) << 9;
}

/* Character map select: fonts lie 8 KiB apart, the even ones first. */
static uint32_t font_offset(uint32_t low, uint32_t high)
{
    return low << 14 | high << 13;
}

static void resolve_fonts(const struct vga_state *s, struct vga_mode *m)
{
    uint8_t sel = s->seq[3];

    m->font[0] = font_offset(sel & 3, sel >> 4 & 1);
    m->font[1] = font_offset(sel >> 2 & 3, sel >> 5 & 1);
}

/* How far the counter is shifted on its way to memory, and so which of its bits are MA13, MA14. */
static void resolve_interleave(const struct vga_state *s, struct vga_mode *m)
{
    uint8_t mode = s->crtc[0x17];
    unsigned shift = s->crtc[0x14] & 0x40 ? 2 : mode & 0x40 ? 0 : 1;

    m->row0 = mode & 1 ? 0 : 1u << (13 - shift);
    m->row1 = mode & 2 ? 0 : 1u << (14 - shift);
}

static void resolve_panning(const struct vga_state *s, struct vga_mode *m)
{
    uint32_t pan = s->attr[0x13] & 0x0f;

    if (m->cell == 9) { /* 8 is no shift, 0 is one dot */
        pan = pan >= 8 ? 0 : pan + 1;
    } else {
        pan &= 7;
    }
    m->pan = pan;
    m->split_pan = s->attr[0x10] & 0x20 ? 0 : pan;
}

static void resolve_legacy(const struct vga_state *s, struct vga_mode *m)
{
    bool text = !(s->gc[6] & 1);
    uint32_t last;

    m->kind = text              ? VGA_TEXT
              : s->gc[5] & 0x40 ? VGA_BYTES
              : s->gc[5] & 0x20 ? VGA_PAIRS
                                : VGA_PLANES;
    m->depth = m->kind == VGA_BYTES ? 8 : 4;
    m->cell = text && !(s->seq[1] & 1) ? 9 : 8;
    m->dot = s->seq[1] & 8 ? 2 : 1;
    m->columns = umin(s->crtc[0x01] + 1u, SURFACE_MAX_WIDTH / (m->cell * m->dot));
    m->width = m->columns * m->cell * m->dot;
    m->height = overflow_bits(s, 0x12, 1, 6) + 1;
    m->mask = PLANE_MASK;
    m->offset = (uint32_t)s->crtc[0x0c] << 8 | s->crtc[0x0d];
    m->offset = (m->offset + (s->crtc[0x08] >> 5 & 3)) & PLANE_MASK;
    m->pitch = s->crtc[0x13] * 2u;
    m->scans = (s->crtc[0x09] & 0x1fu) + 1;
    m->repeat = s->crtc[0x09] & 0x80 ? 2 : 1;
    m->preset = umin(s->crtc[0x08] & 0x1f, m->scans - 1);
    last = s->crtc[0x18] | (uint32_t)(s->crtc[0x07] >> 4 & 1) << 8 |
           (uint32_t)(s->crtc[0x09] >> 6 & 1) << 9;
    m->split = last + 1;
    resolve_panning(s, m);
    resolve_interleave(s, m);
    m->planes = s->attr[0x12] & 0x0f;
    m->underline = 32;
    if (text) {
        resolve_fonts(s, m);
        m->underline = s->attr[0x10] & 2 ? s->crtc[0x14] & 0x1f : 32;
        m->flags = (s->attr[0x10] & 8 ? VGA_FLAG_BLINK : 0) |
                   (s->attr[0x10] & 4 ? VGA_FLAG_LINE_CHARS : 0);
    }
}

/* The legacy CRTC has no say while DISPI is on: what it holds cannot disagree (CVE-2016-3712). */
static void resolve_vbe(const struct vga_state *s, uint32_t vram_size, struct vga_mode *m)
{
    uint32_t bpp = s->vbe[VBE_BPP], bytes = (bpp + 7) / 8;
    uint32_t virt = s->vbe[VBE_VIRT_WIDTH], x = s->vbe[VBE_X_OFFSET], y = s->vbe[VBE_Y_OFFSET];

    m->width = s->vbe[VBE_XRES];
    m->height = s->vbe[VBE_YRES];
    m->depth = bpp;
    if (bpp == 4) {
        m->kind = VGA_PLANES;
        m->pitch = virt / 8;
        m->offset = y * m->pitch + x / 8;
        m->pan = m->split_pan = x & 7;
        m->mask = vram_size / 4 - 1;
        m->columns = m->width / 8;
        m->split = m->height;
        m->underline = 32;
        m->planes = s->attr[0x12] & 0x0f;
        m->cell = 8;
        m->dot = m->scans = m->repeat = 1;
    } else {
        m->kind = VGA_LINEAR;
        m->pitch = virt * bytes;
        m->offset = y * m->pitch + x * bytes;
        m->mask = vram_size - 1;
    }
}

static bool linear_fits(const struct vga_mode *m, uint32_t vram_size)
{
    uint64_t row = (uint64_t)m->width * ((m->depth + 7) / 8);

    if (m->depth != 8 && m->depth != 15 && m->depth != 16 && m->depth != 24 && m->depth != 32) {
        return false;
    }
    return m->pitch >= row && m->offset + (uint64_t)m->pitch * (m->height - 1) + row <= vram_size;
}

bool vga_mode_fits(const struct vga_mode *m, uint32_t vram_size)
{
    if (m->width == 0 || m->width > SURFACE_MAX_WIDTH || m->height == 0 ||
        m->height > SURFACE_MAX_HEIGHT) {
        return false;
    }
    switch (m->kind) {
    case VGA_BLANK:
        return true;
    case VGA_LINEAR:
        return linear_fits(m, vram_size);
    case VGA_TEXT:
    case VGA_PLANES:
    case VGA_PAIRS:
    case VGA_BYTES:
        return 4 * ((uint64_t)m->mask + 1) <= vram_size && (m->mask & (m->mask + 1)) == 0 &&
               m->offset <= m->mask && (m->cell == 8 || m->cell == 9) &&
               (m->dot == 1 || m->dot == 2) && m->scans >= 1 && m->scans <= 32 &&
               (m->repeat == 1 || m->repeat == 2) && m->preset < m->scans && m->pan <= 8 &&
               m->split_pan <= 8 && m->columns * m->cell * m->dot == m->width &&
               m->font[0] <= 0xe000 && m->font[1] <= 0xe000 && m->underline <= 32 &&
               m->planes <= 15;
    default:
        return false;
    }
}

struct vga_mode vga_resolve_mode(const struct vga_state *s, uint32_t vram_size)
{
    struct vga_mode m;

    memset(&m, 0, sizeof(m));
    if (vga_vbe_on(s)) {
        resolve_vbe(s, vram_size, &m);
    } else {
        resolve_legacy(s, &m);
    }
    if (!vga_mode_fits(&m, vram_size) || !(s->attr_index & 0x20) || (s->seq[1] & 0x20)) {
        bool sound = m.width >= MIN_WIDTH && m.width <= SURFACE_MAX_WIDTH &&
                     m.height >= MIN_HEIGHT && m.height <= SURFACE_MAX_HEIGHT;
        uint32_t width = sound ? m.width : 720, height = sound ? m.height : 400;

        memset(&m, 0, sizeof(m));
        m.width = width;
        m.height = height;
    }
    return m;
}

struct vga_line vga_mode_line(const struct vga_mode *m, uint32_t y)
{
    bool below = y >= m->split;
    uint32_t line = (below ? y - m->split : y) / m->repeat + (below ? 0 : m->preset);
    uint32_t row = line / m->scans;

    return (struct vga_line){
        .address = (below ? 0 : m->offset) + row * m->pitch,
        .scan = line % m->scans,
        .row = below ? row + SURFACE_MAX_HEIGHT : row,
        .pan = below ? m->split_pan : m->pan,
    };
}
