/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What drawing remembers between refreshes: shared by vga_draw.c and vga_text.c. */
#ifndef HW_DISPLAY_VGA_DRAW_H
#define HW_DISPLAY_VGA_DRAW_H

#include "hw/display/vga.h"

#define VGA_FONT_SIZE 8192u /* 256 characters of 32 lines */

struct vga_draw {
    bool valid; /* mode, palette, cells and font are what the surface shows */
    struct vga_mode mode;
    uint32_t palette[256]; /* of pixel values, as the surface has them */
    uint8_t font[2][VGA_FONT_SIZE];
    uint32_t *cells; /* what each cell of text shows: character, attribute, how */
    uint32_t ncells;
    uint64_t lfb_base; /* where BAR 0 was; UINT64_MAX: unmapped */
    uint64_t *dirty;   /* a bit a page of vram */
    uint32_t words;    /* of dirty */
};

/* Where the text cursor is; it is not part of the mode, since it moves. */
struct vga_cursor {
    uint32_t address;
    uint32_t first, last; /* lines; first > last: none */
};

/* Draw what changed of a text mode. */
void vga_text_draw(struct vga *v, struct surface *sf, bool all);
/* Forget the cells; make room for the mode's. */
void vga_text_forget(struct vga_draw *d);
char *vga_text_get(void *opaque);
bool vga_text_cells(void *opaque, struct surface_cells *out);

#endif
