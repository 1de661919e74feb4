/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's picture in the window. It is drawn in software into the window's surface, only where
 * the machine says that something changed: a still one costs nothing. Its place, in pixels of the
 * surface, is what the status line leaves. Only SDL's calls about the window's own size count in
 * points, which on some desktops hold several pixels.
 */
#include "ui/view/sdl.h"

#include "core/loop.h"

#define MAX_RECTS 64 /* more are drawn as one */
#define FIRST_WIDTH 720
#define FIRST_HEIGHT 400

static struct {
    bool user_sized;             /* the user chose the size: modes no longer do */
    int times;                   /* of the guest's size, 0: as the desktop's scale has it */
    int want_width, want_height; /* of the window, as we asked for it */
    struct scale_fit fit;
    struct scale_pan pan;
    pixman_region32_t dirty; /* of the surface */
    bool draw_posted;
} pic;

/* -- sizes -- */

static SDL_Point window_size(void)
{
    SDL_Point p = {1, 1};

    SDL_GetWindowSize(sdl.window, &p.x, &p.y);
    return (SDL_Point){MAX(p.x, 1), MAX(p.y, 1)};
}

SDL_Point picture_surface_size(void)
{
#if SDL_VERSION_ATLEAST(2, 26, 0)
    SDL_Point p = {1, 1};

    SDL_GetWindowSizeInPixels(sdl.window, &p.x, &p.y);
    return (SDL_Point){MAX(p.x, 1), MAX(p.y, 1)};
#else
    return window_size();
#endif
}

SDL_Point picture_event_at(int x, int y)
{
    SDL_Point pixels = picture_surface_size(), points = window_size();

    return (SDL_Point){x * pixels.x / points.x, y * pixels.y / points.y};
}

/* Ask for a surface of this size. */
static void ask_for(int width, int height)
{
    SDL_Point pixels = picture_surface_size(), points = window_size();

    pic.want_width = (width * points.x + pixels.x - 1) / pixels.x;
    pic.want_height = (height * points.y + pixels.y - 1) / pixels.y;
    if (sdl.window && (points.x != pic.want_width || points.y != pic.want_height)) {
        SDL_SetWindowSize(sdl.window, pic.want_width, pic.want_height);
    }
}

SDL_Point picture_window_size(void)
{
    return (SDL_Point){pic.want_width, pic.want_height};
}

bool picture_user_sized(void)
{
    return pic.user_sized;
}

/*
 * Whole multiples for desktops of twice the usual fineness and more; a small screen is doubled, one
 * that is too large for the display made to fit.
 */
static void natural_size(uint32_t width, uint32_t height, int *w, int *h)
{
    SDL_Rect room = {0, 0, 1024, 768};
    SDL_Point pixels = picture_surface_size(), points = window_size();
    uint32_t n = pic.times ? (uint32_t)pic.times
                           : (uint32_t)sdl.start_n * (width <= 400 && height <= 300 ? 2 : 1);

    SDL_GetDisplayUsableBounds(MAX(SDL_GetWindowDisplayIndex(sdl.window), 0), &room);
    room.w = room.w * pixels.x / points.x;
    room.h = MAX(room.h * pixels.y / points.y - status_height(), 1);
    if (sdl.cfg.scale == SCALE_ONE) {
        n = 1;
    }
    while (n > 1 && (width * n > (uint32_t)room.w || height * n > (uint32_t)room.h)) {
        n--;
    }
    *w = (int)(width * n);
    *h = (int)(height * n);
    if (*w > room.w || *h > room.h) {
        struct scale_fit f =
            scale_fit(SCALE_FIT, width, height, (uint32_t)room.w, (uint32_t)room.h, pic.pan);

        *w = sdl.cfg.scale == SCALE_ONE ? MIN(*w, room.w) : (int)f.width;
        *h = sdl.cfg.scale == SCALE_ONE ? MIN(*h, room.h) : (int)f.height;
    }
}

static void size_by_mode(void)
{
    const struct surface *s = surface_current();
    int w, h;

    natural_size(s->width ? s->width : FIRST_WIDTH, s->height ? s->height : FIRST_HEIGHT, &w, &h);
    ask_for(w, h + status_height());
}

SDL_Point picture_first_size(void)
{
    pic.times = sdl.cfg.times;
    size_by_mode();
    return picture_window_size();
}

/* -- the place of the picture -- */

static void draw_later(void);

void picture_dirty(const SDL_Rect *r)
{
    SDL_Point size = picture_surface_size();

    draw_later();
    if (r) {
        pixman_region32_union_rect(&pic.dirty, &pic.dirty, r->x, r->y, (unsigned)MAX(r->w, 0),
                                   (unsigned)MAX(r->h, 0));
    } else {
        pixman_region32_fini(&pic.dirty);
        pixman_region32_init_rect(&pic.dirty, 0, 0, (unsigned)size.x, (unsigned)size.y);
    }
}

static SDL_Point room(void)
{
    SDL_Point size = picture_surface_size();

    return (SDL_Point){size.x, MAX(size.y - status_height(), 1)};
}

void picture_refit(void)
{
    const struct surface *s = surface_current();
    SDL_Point size = room();

    pic.fit =
        scale_fit(sdl.cfg.scale, s->width, s->height, (uint32_t)size.x, (uint32_t)size.y, pic.pan);
    menu_refit();
    picture_dirty(NULL);
}

void picture_status_resized(void)
{
    if (!sdl.full_screen && !pic.user_sized) {
        size_by_mode();
    }
    picture_refit();
}

void picture_set_scale(enum scale_mode mode)
{
    sdl.cfg.scale = mode;
    picture_refit();
}

void picture_natural_size(int times)
{
    if (!sdl.full_screen && surface_current()->width) {
        pic.user_sized = false;
        pic.times = times;
        size_by_mode();
    }
}

void picture_window_resized(int width, int height)
{
    if (!sdl.full_screen && (width != pic.want_width || height != pic.want_height)) {
        pic.user_sized = true;
    }
}

static void pan(int x, int y)
{
    struct scale_pan to = {(uint32_t)CLAMP(x, 0, 1000), (uint32_t)CLAMP(y, 0, 1000)};

    if (to.x != pic.pan.x || to.y != pic.pan.y) {
        pic.pan = to;
        picture_refit();
    }
}

bool picture_can_pan(void)
{
    SDL_Point size = room();

    return sdl.cfg.scale == SCALE_ONE &&
           (pic.fit.width > (uint32_t)size.x || pic.fit.height > (uint32_t)size.y);
}

void picture_pan_to(int x, int y)
{
    SDL_Point size = room();

    if (picture_can_pan()) {
        pan(x * 1000 / MAX(size.x - 1, 1), y * 1000 / MAX(size.y - 1, 1));
    }
}

void picture_pan_by(int dx, int dy)
{
    pan((int)pic.pan.x + dx * 125, (int)pic.pan.y + dy * 125);
}

bool picture_to_guest(SDL_Point at, uint32_t *x, uint32_t *y)
{
    const struct scale_fit *f = &pic.fit;

    *x = scale_position(at.x, f->x, f->width);
    *y = scale_position(at.y, f->y, f->height);
    return at.x >= f->x && at.y >= f->y && at.x - f->x < (int64_t)f->width &&
           at.y - f->y < (int64_t)f->height && at.y < room().y;
}

/* -- what the machine says -- */

static void resized(void *opaque, const struct surface *s)
{
    (void)opaque;
    (void)s;
    pic.pan = (struct scale_pan){0, 0};
    picture_status_resized();
}

static void damaged(void *opaque, const struct surface_rect *r)
{
    pixman_box32_t b = scale_rect(&pic.fit, r);

    (void)opaque;
    pixman_region32_union_rect(&pic.dirty, &pic.dirty, b.x1, b.y1, (unsigned)(b.x2 - b.x1),
                               (unsigned)(b.y2 - b.y1));
}

static const struct surface_view_ops view = {.resized = resized, .damaged = damaged};

/* -- drawing -- */

static pixman_format_code_t pixman_format(const SDL_PixelFormat *f)
{
    switch (f->format) {
    case SDL_PIXELFORMAT_RGB565:
        return PIXMAN_r5g6b5;
    case SDL_PIXELFORMAT_XRGB1555:
    case SDL_PIXELFORMAT_ARGB1555:
        return PIXMAN_x1r5g5b5;
    case SDL_PIXELFORMAT_XBGR8888:
    case SDL_PIXELFORMAT_ABGR8888:
        return PIXMAN_x8b8g8r8;
    case SDL_PIXELFORMAT_BGRX8888:
    case SDL_PIXELFORMAT_BGRA8888:
        return PIXMAN_b8g8r8x8;
    default:
        return f->BytesPerPixel == 4 ? PIXMAN_x8r8g8b8 : PIXMAN_r8g8b8;
    }
}

static void show_rects(void)
{
    const pixman_box32_t *boxes;
    SDL_Rect rects[MAX_RECTS];
    int n;

    boxes = pixman_region32_rectangles(&pic.dirty, &n);
    if (n > MAX_RECTS) {
        boxes = pixman_region32_extents(&pic.dirty);
        n = 1;
    }
    for (int i = 0; i < n; i++) {
        rects[i] = (SDL_Rect){boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                              boxes[i].y2 - boxes[i].y1};
    }
    SDL_UpdateWindowSurfaceRects(sdl.window, rects, n);
}

/* Status line and menu lie over what is drawn below them. */
static void draw_over(pixman_image_t *image, SDL_Rect place, void (*draw)(pixman_image_t *to))
{
    pixman_box32_t box = {place.x, place.y, place.x + place.w, place.y + place.h};

    if (place.w > 0 && place.h > 0 &&
        pixman_region32_contains_rectangle(&pic.dirty, &box) != PIXMAN_REGION_OUT) {
        pixman_image_set_clip_region32(image, &pic.dirty);
        draw(image);
        pixman_image_set_clip_region32(image, NULL);
    }
}

void picture_draw(void)
{
    SDL_Surface *to = sdl.hidden ? NULL : SDL_GetWindowSurface(sdl.window);
    pixman_image_t *image;

    if (!to || !pixman_region32_not_empty(&pic.dirty)) {
        return;
    }
    pixman_region32_intersect_rect(&pic.dirty, &pic.dirty, 0, 0, (unsigned)to->w, (unsigned)to->h);
    image = pixman_image_create_bits_no_clear(pixman_format(to->format), to->w, to->h, to->pixels,
                                              to->pitch);
    if (image) { /* without a display adapter: black */
        scale_draw(surface_current(), &pic.fit, image, &pic.dirty);
        draw_over(image, status_place(), status_draw);
        draw_over(image, menu_place(), menu_draw);
        pixman_image_unref(image);
        show_rects();
    }
    pixman_region32_fini(&pic.dirty);
    pixman_region32_init(&pic.dirty);
}

static void draw_posted(void *opaque)
{
    (void)opaque;
    pic.draw_posted = false;
    if (sdl.window) {
        picture_draw();
    }
}

static void draw_later(void)
{
    if (!pic.draw_posted) {
        pic.draw_posted = true;
        loop_post(draw_posted, NULL);
    }
}

void picture_open(void)
{
    pixman_region32_init(&pic.dirty);
    surface_view_add(&view, NULL);
    picture_refit();
}

void picture_close(void)
{
    surface_view_remove(&view, NULL);
    pixman_region32_fini(&pic.dirty);
}
