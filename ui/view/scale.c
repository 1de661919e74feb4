/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's screen in a window of another size and pixel format. Whole multiples keep their
 * pixels sharp, other sizes are interpolated.
 */
#include "ui/view/sdl.h"

#define NEAR 1       /* window pixels around a rectangle that interpolation reaches */
#define PAN_MAX 1000 /* of struct scale_pan */

/* What is larger than its room begins before it. */
static int32_t place(uint64_t room, uint64_t size, uint32_t pan)
{
    return size <= room ? (int32_t)(room - size) / 2
                        : -(int32_t)((size - room) * MIN(pan, PAN_MAX) / PAN_MAX);
}

struct scale_fit scale_fit(enum scale_mode mode, uint32_t src_width, uint32_t src_height,
                           uint32_t width, uint32_t height, struct scale_pan pan)
{
    struct scale_fit f = {.src_width = src_width ? src_width : 1,
                          .src_height = src_height ? src_height : 1};
    uint64_t w = width ? width : 1, h = height ? height : 1;

    if (mode == SCALE_ONE) {
        f.width = f.src_width;
        f.height = f.src_height;
    } else if (mode == SCALE_FREE) {
        f.width = (uint32_t)w;
        f.height = (uint32_t)h;
    } else if (mode == SCALE_INTEGER && w >= f.src_width && h >= f.src_height) {
        uint64_t n = MIN(w / f.src_width, h / f.src_height);

        f.width = (uint32_t)(n * f.src_width);
        f.height = (uint32_t)(n * f.src_height);
    } else if (w * f.src_height <= h * f.src_width) { /* bound by the width */
        f.width = (uint32_t)w;
        f.height = (uint32_t)(w * f.src_height / f.src_width);
    } else {
        f.width = (uint32_t)(h * f.src_width / f.src_height);
        f.height = (uint32_t)h;
    }
    f.width = f.width ? f.width : 1;
    f.height = f.height ? f.height : 1;
    f.x = place(w, f.width, pan.x);
    f.y = place(h, f.height, pan.y);
    return f;
}

uint32_t scale_position(int at, int32_t place, uint32_t size)
{
    int64_t in = (int64_t)at - place, last = (int64_t)size - 1;

    /* rounded up: whoever scales it back and rounds down finds the same pixel */
    return last > 0 ? (uint32_t)((CLAMP(in, 0, last) * INPUT_POSITION_MAX + last - 1) / last) : 0;
}

static bool whole_multiple(const struct scale_fit *f)
{
    return f->width % f->src_width == 0 && f->height % f->src_height == 0;
}

/* First and past-last window coordinate of [at, at + len) of the source. */
static void stretch(uint32_t at, uint32_t len, uint32_t src, int32_t start, uint32_t size,
                    uint32_t margin, int32_t *first, int32_t *end)
{
    uint64_t a = (uint64_t)at * size / src;
    uint64_t b = ((uint64_t)(at + len) * size + src - 1) / src;

    a = a > margin ? a - margin : 0;
    b = b + margin < size ? b + margin : size;
    *first = start + (int32_t)a;
    *end = start + (int32_t)b;
}

pixman_box32_t scale_rect(const struct scale_fit *f, const struct surface_rect *r)
{
    uint32_t margin = whole_multiple(f) ? 0 : NEAR + f->width / f->src_width;
    pixman_box32_t box;

    stretch(r->x, r->width, f->src_width, f->x, f->width, margin, &box.x1, &box.x2);
    stretch(r->y, r->height, f->src_height, f->y, f->height, margin, &box.y1, &box.y2);
    return box;
}

static void set_scale(pixman_image_t *image, const struct scale_fit *f)
{
    pixman_transform_t t;

    if (f->width == f->src_width && f->height == f->src_height) {
        return;
    }
    pixman_transform_init_scale(&t, (pixman_fixed_t)(((uint64_t)f->src_width << 16) / f->width),
                                (pixman_fixed_t)(((uint64_t)f->src_height << 16) / f->height));
    pixman_image_set_transform(image, &t);
    pixman_image_set_filter(image, whole_multiple(f) ? PIXMAN_FILTER_NEAREST : PIXMAN_FILTER_GOOD,
                            NULL, 0);
    pixman_image_set_repeat(image, PIXMAN_REPEAT_PAD);
}

static void black_around(pixman_image_t *window, const struct scale_fit *f,
                         pixman_region32_t *dirty)
{
    static const pixman_color_t black = {0, 0, 0, 0xffff};
    pixman_region32_t around, screen;
    const pixman_box32_t *boxes;
    int n;

    pixman_region32_init(&around);
    pixman_region32_init_rect(&screen, f->x, f->y, f->width, f->height);
    pixman_region32_subtract(&around, dirty, &screen);
    boxes = pixman_region32_rectangles(&around, &n);
    pixman_image_fill_boxes(PIXMAN_OP_SRC, window, &black, n, boxes);
    pixman_region32_fini(&around);
    pixman_region32_fini(&screen);
}

void scale_draw(const struct surface *s, const struct scale_fit *f, pixman_image_t *window,
                pixman_region32_t *dirty)
{
    pixman_image_t *from;

    black_around(window, f, dirty);
    if (!s->pixels) {
        return;
    }
    from = pixman_image_create_bits_no_clear(PIXMAN_x8r8g8b8, (int)s->width, (int)s->height,
                                             s->pixels, (int)s->stride);
    if (!from) {
        return;
    }
    set_scale(from, f);
    pixman_image_set_clip_region32(window, dirty);
    pixman_image_composite32(PIXMAN_OP_SRC, from, NULL, window, 0, 0, 0, 0, f->x, f->y,
                             (int)f->width, (int)f->height);
    pixman_image_set_clip_region32(window, NULL);
    pixman_image_unref(from);
}
