/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boxes and letters of the window's own parts. */
#include "ui/client/font.h"
#include "ui/view/sdl.h"

#define MAX_BOXES 256

static pixman_color_t color_of(uint32_t rgb)
{
    return (pixman_color_t){(uint16_t)((rgb >> 16 & 0xff) * 0x101),
                            (uint16_t)((rgb >> 8 & 0xff) * 0x101), (uint16_t)((rgb & 0xff) * 0x101),
                            0xffff};
}

void paint_box(pixman_image_t *to, const SDL_Rect *r, uint32_t rgb)
{
    pixman_color_t color = color_of(rgb);
    pixman_box32_t box = {r->x, r->y, r->x + r->w, r->y + r->h};

    pixman_image_fill_boxes(PIXMAN_OP_SRC, to, &color, 1, &box);
}

struct pen {
    pixman_image_t *to;
    pixman_color_t color;
    int n, count;
    pixman_box32_t boxes[MAX_BOXES];
};

static void flush(struct pen *p)
{
    if (p->count) {
        pixman_image_fill_boxes(PIXMAN_OP_SRC, p->to, &p->color, p->count, p->boxes);
        p->count = 0;
    }
}

/* Each run of pixels in a row is a box. */
static void letter(struct pen *p, int x, int y, unsigned char c)
{
    const uint8_t *rows = font_glyph(c);

    for (int row = 0; row < FONT_HEIGHT; row++) {
        for (int first = 0, end; first < FONT_WIDTH; first = end + 1) {
            for (end = first; end < FONT_WIDTH && rows[row] >> (FONT_WIDTH - 1 - end) & 1; end++) {
            }
            if (end > first) {
                if (p->count == MAX_BOXES) {
                    flush(p);
                }
                p->boxes[p->count++] = (pixman_box32_t){x + first * p->n, y + row * p->n,
                                                        x + end * p->n, y + (row + 1) * p->n};
            }
        }
    }
}

static bool begins_letter(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

void paint_text(pixman_image_t *to, int x, int y, int n, uint32_t rgb, const char *text, int max)
{
    struct pen p = {.to = to, .color = color_of(rgb), .n = n};

    for (; *text && max > 0; text++) {
        if (begins_letter(*text)) {
            letter(&p, x, y, (unsigned char)*text);
            x += FONT_WIDTH * n;
            max--;
        }
    }
    flush(&p);
}

int paint_length(const char *text)
{
    int n = 0;

    for (; *text; text++) {
        n += begins_letter(*text);
    }
    return n;
}
