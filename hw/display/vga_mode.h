/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mode: what the registers mean for whoever reads video memory to show it. It is resolved once
 * a refresh, proven to lie inside video memory, and then nothing else looks at a mode register
 * (rule 7).
 */
#ifndef HW_DISPLAY_VGA_MODE_H
#define HW_DISPLAY_VGA_MODE_H

#include "core/surface.h"

#include <stdbool.h>
#include <stdint.h>

struct vga_state;

enum vga_kind {
    VGA_BLANK,  /* black, width x height */
    VGA_TEXT,   /* characters of plane 0, attributes of plane 1, fonts of plane 2 */
    VGA_PLANES, /* a bit of each plane per pixel */
    VGA_PAIRS,  /* CGA: two bits per pixel, even planes then odd planes */
    VGA_BYTES,  /* 256 colours, a byte of each plane in turn, each two dots wide */
    VGA_LINEAR, /* DISPI, 8 to 32 bits a pixel */
};

struct vga_mode {
    uint32_t kind;
    uint32_t width, height; /* of the surface */
    uint32_t depth;         /* bits per pixel: 4, 8, 15, 16, 24, 32 */
    /*
     * LINEAR: bytes; row y is [offset + y * pitch, + width * bytes a pixel), inside video memory.
     * Others: 32-bit words; every address is taken & mask, and 4 * mask + 4 is inside it.
     */
    uint32_t offset, pitch, mask;
    uint32_t columns;    /* words a row shows */
    uint32_t dot;        /* horizontal repetition of a dot, 1 or 2 */
    uint32_t cell;       /* dots of a word: 8, or 9 in text */
    uint32_t scans;      /* lines of a row, 1 to 32 */
    uint32_t repeat;     /* times a line is shown, 1 or 2 */
    uint32_t preset;     /* line of the row that comes first */
    uint32_t split;      /* from this y on, the address counts from 0; >= height: never */
    uint32_t pan;        /* dots hidden on the left, 0 to 8 */
    uint32_t split_pan;  /* the same below the split */
    uint32_t row0, row1; /* address bits replaced by bits 0 and 1 of the row's line, or 0 */
    uint32_t font[2];    /* plane 2 offsets, for attribute bit 3 clear and set */
    uint32_t underline;  /* line of the underline in monochrome text, 32 = none */
    uint32_t planes;     /* mask of colour planes */
    uint32_t flags;
};
#define VGA_FLAG_BLINK 1u      /* attribute bit 7 blinks */
#define VGA_FLAG_LINE_CHARS 2u /* C0h-DFh repeat their eighth dot */

_Static_assert(SURFACE_MAX_WIDTH >= 2048 && SURFACE_MAX_HEIGHT >= 1024, "legacy modes fit");

/* One line of the screen of a mode that is not LINEAR. */
struct vga_line {
    uint32_t address; /* of the row's first word, before the mask */
    uint32_t scan;    /* line of the row */
    uint32_t row;     /* number of the row on the screen; rows above and below a split differ */
    uint32_t pan;
};

/* Resolve. Never fails: what makes no sense, or does not fit, is BLANK. */
struct vga_mode vga_resolve_mode(const struct vga_state *s, uint32_t vram_size);

/* The proof; true for all that vga_resolve_mode() returns. */
bool vga_mode_fits(const struct vga_mode *m, uint32_t vram_size);

struct vga_line vga_mode_line(const struct vga_mode *m, uint32_t y);

/* Address of a word: column x of a line. At most mask. */
static inline uint32_t vga_mode_address(const struct vga_mode *m, const struct vga_line *l,
                                        uint32_t x)
{
    uint32_t a = l->address + x;

    if (m->row0) {
        a = l->scan & 1 ? a | m->row0 : a & ~m->row0;
    }
    if (m->row1) {
        a = l->scan & 2 ? a | m->row1 : a & ~m->row1;
    }
    return a & m->mask;
}

#endif
