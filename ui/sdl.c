/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A window by SDL 2. Everything runs in the loop thread. The screen is drawn in software into the
 * window's surface, only where something changed. While things move the guest is asked 30 times a
 * second, after half a second of stillness 5 times; a still screen is not drawn.
 *
 * A click takes mouse and keyboard, Ctrl+Alt+G gives them back; Ctrl+Alt+F is full screen. When the
 * window loses focus all keys and buttons are released. When the X server goes, the guest runs on.
 */
#include "ui/sdl.h"

#include "core/loop.h"
#include "core/report.h"
#include "ui/ui.h"

#include <string.h>

#define FAST_MS 33u
#define SLOW_MS 200u
#define POLL_MS 16u    /* events, where there is no descriptor to watch */
#define STILL_TICKS 15 /* unchanged ones before it goes slow */
#define MAX_RECTS 64   /* more are drawn as one */
#define HINT "Press Ctrl+Alt+G to release the mouse"

static struct {
    struct ui_config cfg;
    char *name;
    SDL_Window *window;
    bool lost; /* the display server has gone: nothing of SDL may be called */
    bool grabbed, full_screen;
    bool user_sized; /* the user chose the size: modes no longer do */
    bool hidden;
    int want_width, want_height; /* what we asked for */
    SDL_Rect before;             /* full screen */
    struct scale_fit fit;
    pixman_region32_t dirty; /* of the window */
    unsigned timer, timer_ms, still;
    unsigned poll;  /* timer of events */
    unsigned watch; /* of the descriptor */
    uint32_t buttons;
    bool down[SDL_NUM_SCANCODES]; /* keys whose press the guest has heard of */
} ui;

/* -- the window -- */

static void update_title(void)
{
    const char *status = ui.cfg.status ? ui.cfg.status(ui.cfg.opaque) : NULL;
    g_autoptr(GString) t = g_string_new(NULL);

    if (ui.lost || !ui.window) {
        return;
    }
    if (ui.name && ui.name[0]) {
        g_string_append_printf(t, "%s - ", ui.name);
    }
    g_string_append(t, "vmx-dm");
    if (status) {
        g_string_append_printf(t, " [%s]", status);
    }
    if (ui.grabbed) {
        g_string_append(t, " - " HINT);
    }
    SDL_SetWindowTitle(ui.window, t->str);
}

static void set_grab(bool on)
{
    if (on == ui.grabbed) {
        return;
    }
    ui.grabbed = on;
    SDL_SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
    SDL_SetWindowGrab(ui.window, on ? SDL_TRUE : SDL_FALSE);
    update_title();
}

static void all_dirty(void)
{
    int w, h;

    SDL_GetWindowSize(ui.window, &w, &h);
    pixman_region32_fini(&ui.dirty);
    pixman_region32_init_rect(&ui.dirty, 0, 0, (unsigned)MAX(w, 1), (unsigned)MAX(h, 1));
}

static void refit(void)
{
    const struct surface *s = surface_current();
    int w, h;

    SDL_GetWindowSize(ui.window, &w, &h);
    ui.fit = scale_fit(s->width, s->height, (uint32_t)MAX(w, 1), (uint32_t)MAX(h, 1));
    all_dirty();
}

/* A small screen is doubled, one that is too large for the display made to fit. */
static void natural_size(uint32_t width, uint32_t height, int *w, int *h)
{
    SDL_Rect room = {0, 0, 1024, 768};
    unsigned n = width <= 400 && height <= 300 ? 2 : 1;

    SDL_GetDisplayUsableBounds(MAX(SDL_GetWindowDisplayIndex(ui.window), 0), &room);
    *w = (int)(width * n);
    *h = (int)(height * n);
    if (*w > room.w || *h > room.h) {
        struct scale_fit f = scale_fit(width, height, (uint32_t)room.w, (uint32_t)room.h);

        *w = (int)f.width;
        *h = (int)f.height;
    }
}

static void resized(void *opaque, const struct surface *s)
{
    (void)opaque;
    if (!ui.full_screen && !ui.user_sized) {
        natural_size(s->width, s->height, &ui.want_width, &ui.want_height);
        SDL_SetWindowSize(ui.window, ui.want_width, ui.want_height);
    }
    refit();
}

static void damaged(void *opaque, const struct surface_rect *r)
{
    pixman_box32_t b = scale_rect(&ui.fit, r);

    (void)opaque;
    pixman_region32_union_rect(&ui.dirty, &ui.dirty, b.x1, b.y1, (unsigned)(b.x2 - b.x1),
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

    boxes = pixman_region32_rectangles(&ui.dirty, &n);
    if (n > MAX_RECTS) {
        boxes = pixman_region32_extents(&ui.dirty);
        n = 1;
    }
    for (int i = 0; i < n; i++) {
        rects[i] = (SDL_Rect){boxes[i].x1, boxes[i].y1, boxes[i].x2 - boxes[i].x1,
                              boxes[i].y2 - boxes[i].y1};
    }
    SDL_UpdateWindowSurfaceRects(ui.window, rects, n);
}

static void draw(void)
{
    const struct surface *s = surface_current();
    SDL_Surface *to = SDL_GetWindowSurface(ui.window);
    pixman_image_t *image;

    if (!to) {
        return;
    }
    pixman_region32_intersect_rect(&ui.dirty, &ui.dirty, 0, 0, (unsigned)to->w, (unsigned)to->h);
    image = pixman_image_create_bits_no_clear(pixman_format(to->format), to->w, to->h, to->pixels,
                                              to->pitch);
    if (image) { /* without a display adapter: black */
        scale_draw(s, &ui.fit, image, &ui.dirty);
        pixman_image_unref(image);
        show_rects();
    }
    pixman_region32_fini(&ui.dirty);
    pixman_region32_init(&ui.dirty);
}

/* -- pace -- */

static gboolean tick(void *opaque);
static void server_lost(void);

static void set_pace(unsigned ms)
{
    if (ui.timer && ui.timer_ms == ms) {
        return;
    }
    if (ui.timer) {
        g_source_remove(ui.timer);
    }
    ui.timer_ms = ms;
    ui.timer = g_timeout_add(ms, tick, NULL);
}

static void wake(void)
{
    ui.still = 0;
    set_pace(FAST_MS);
}

/* -- events -- */

static void release_all(void)
{
    memset(ui.down, 0, sizeof(ui.down));
    ui.buttons = 0;
    input_release_all();
}

/* SDL asks the window manager and takes for done what nobody does where there is none. */
static void set_full_screen(bool on)
{
    SDL_Rect r;

    ui.full_screen = on;
    if (on) {
        SDL_GetWindowPosition(ui.window, &ui.before.x, &ui.before.y);
        SDL_GetWindowSize(ui.window, &ui.before.w, &ui.before.h);
        SDL_GetDisplayBounds(MAX(SDL_GetWindowDisplayIndex(ui.window), 0), &r);
    }
    SDL_SetWindowFullscreen(ui.window, on ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    if (!on && !ui.user_sized) {
        SDL_SetWindowSize(ui.window, ui.want_width, ui.want_height);
        ui.before.w = ui.want_width;
        ui.before.h = ui.want_height;
    }
    sdl_x11_place(ui.window, on ? &r : &ui.before);
}

static void hot_key(SDL_Scancode key)
{
    release_all();
    if (key == SDL_SCANCODE_G) {
        set_grab(!ui.grabbed);
    } else {
        set_full_screen(!ui.full_screen);
    }
}

static void on_key(const SDL_KeyboardEvent *e)
{
    SDL_Scancode key = e->keysym.scancode;
    bool hot = (e->keysym.mod & KMOD_CTRL) && (e->keysym.mod & KMOD_ALT) &&
               (key == SDL_SCANCODE_G || key == SDL_SCANCODE_F);
    uint16_t code = sdl_key_code(key);

    if (hot) {
        if (e->state == SDL_PRESSED && !e->repeat) {
            hot_key(key);
        }
    } else if (code && (e->state == SDL_PRESSED || ui.down[key])) {
        ui.down[key] = e->state == SDL_PRESSED;
        input_key(code, ui.down[key]);
    }
}

static uint32_t button_bit(uint8_t button)
{
    switch (button) {
    case SDL_BUTTON_LEFT:
        return INPUT_LEFT;
    case SDL_BUTTON_RIGHT:
        return INPUT_RIGHT;
    case SDL_BUTTON_MIDDLE:
        return INPUT_MIDDLE;
    case SDL_BUTTON_X1:
        return INPUT_SIDE;
    case SDL_BUTTON_X2:
        return INPUT_EXTRA;
    default:
        return 0;
    }
}

/* The click that takes the mouse is not the guest's. */
static void on_button(const SDL_MouseButtonEvent *e)
{
    uint32_t bit = button_bit(e->button);

    if (!ui.grabbed) {
        if (e->state == SDL_PRESSED && e->button == SDL_BUTTON_LEFT) {
            set_grab(true);
        }
        return;
    }
    if (e->state == SDL_PRESSED) {
        ui.buttons |= bit;
    } else if (ui.buttons & bit) {
        ui.buttons &= ~bit;
    } else {
        return; /* its press was not */
    }
    input_buttons(ui.buttons);
}

static void on_window(const SDL_WindowEvent *e)
{
    switch (e->event) {
    case SDL_WINDOWEVENT_RESIZED:
        if (!ui.full_screen && (e->data1 != ui.want_width || e->data2 != ui.want_height)) {
            ui.user_sized = true;
        }
        break;
    case SDL_WINDOWEVENT_SIZE_CHANGED:
        refit();
        break;
    case SDL_WINDOWEVENT_EXPOSED:
        all_dirty();
        break;
    case SDL_WINDOWEVENT_FOCUS_LOST:
        release_all();
        set_grab(false);
        break;
    case SDL_WINDOWEVENT_HIDDEN:
    case SDL_WINDOWEVENT_MINIMIZED:
        ui.hidden = true;
        break;
    case SDL_WINDOWEVENT_SHOWN:
    case SDL_WINDOWEVENT_RESTORED:
    case SDL_WINDOWEVENT_MAXIMIZED:
        ui.hidden = false;
        all_dirty();
        break;
    default:
        break;
    }
}

static void on_event(const SDL_Event *e)
{
    switch (e->type) {
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        on_key(&e->key);
        break;
    case SDL_MOUSEMOTION:
        if (ui.grabbed && (e->motion.xrel || e->motion.yrel)) {
            input_motion(e->motion.xrel, e->motion.yrel, 0);
        }
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        on_button(&e->button);
        break;
    case SDL_MOUSEWHEEL:
        if (ui.grabbed && e->wheel.y) {
            input_motion(0, 0,
                         e->wheel.direction == SDL_MOUSEWHEEL_FLIPPED ? e->wheel.y : -e->wheel.y);
        }
        break;
    case SDL_WINDOWEVENT:
        on_window(&e->window);
        break;
    case SDL_QUIT:
        if (ui.cfg.closed) {
            ui.cfg.closed(ui.cfg.opaque);
        }
        break;
    default:
        break;
    }
}

static void serve_events(void)
{
    SDL_Event e;
    bool any = false;

    while (!ui.lost && SDL_PollEvent(&e)) {
        on_event(&e);
        any = true;
    }
    if (any && !ui.lost) {
        wake();
    }
}

static gboolean poll_tick(void *opaque)
{
    (void)opaque;
    serve_events();
    return G_SOURCE_CONTINUE;
}

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    (void)fd;
    (void)opaque;
    serve_events();
    if (cond & (G_IO_HUP | G_IO_ERR)) {
        server_lost();
    }
    if (ui.lost) {
        ui.watch = 0; /* removed by what is returned */
    }
    return !ui.lost;
}

/* One round: let the guest's display draw, then show it. */
static gboolean tick(void *opaque)
{
    unsigned mine = ui.timer;

    (void)opaque;
    serve_events();
    if (ui.lost || ui.hidden) {
        return G_SOURCE_CONTINUE; /* drop() removes it */
    }
    surface_refresh(false);
    if (pixman_region32_not_empty(&ui.dirty)) {
        ui.still = 0;
        draw();
        set_pace(FAST_MS);
    } else if (++ui.still >= STILL_TICKS) {
        ui.still = STILL_TICKS;
        set_pace(SLOW_MS);
    }
    return mine == ui.timer;
}

/* -- losing the server -- */

static void drop(void *opaque)
{
    (void)opaque;
    surface_view_remove(&view, NULL);
    loop_unwatch(&ui.watch);
    if (ui.timer) {
        g_source_remove(ui.timer);
    }
    if (ui.poll) {
        g_source_remove(ui.poll);
    }
    ui.timer = ui.poll = 0;
    release_all();
    report("the display server has gone: the guest runs on without a window");
}

static void server_lost(void)
{
    if (!ui.lost) {
        ui.lost = true;
        loop_post(drop, NULL);
    }
}

/* -- open and close -- */

/*
 * SDL would try what no one asked for, say so on stderr, and fall back to drivers that show
 * nothing. Only a server that the session names is tried, or the driver that SDL's variable names.
 */
static bool open_video(void)
{
    bool x11 = g_getenv("DISPLAY"), wayland = g_getenv("WAYLAND_DISPLAY");

    if (!g_getenv("SDL_VIDEODRIVER")) {
        if (!x11 && !wayland) {
            SDL_SetError("the session has no display server");
            return false;
        }
        SDL_SetHint(SDL_HINT_VIDEODRIVER, !wayland ? "x11" : x11 ? "x11,wayland" : "wayland");
    }
    return SDL_Init(SDL_INIT_VIDEO) == 0;
}

static bool make_window(GError **error)
{
    const char *display = g_getenv("DISPLAY");

    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_GRAB_KEYBOARD, "1");
    SDL_SetMainReady();
    if (open_video()) {
        ui.window = SDL_CreateWindow("vmx-dm", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
                                     ui.want_width, ui.want_height, SDL_WINDOW_RESIZABLE);
        if (ui.window) {
            return true;
        }
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                "cannot open a window: %s; DISPLAY is %s%s%s; set it to a running X server, or use "
                "-display none",
                SDL_GetError(), display ? "\"" : "not set", display ? display : "",
                display ? "\"" : "");
    SDL_Quit();
    return false;
}

static bool ui_open(const struct ui_config *cfg, GError **error)
{
    int fd;

    ui.cfg = *cfg;
    ui.want_width = 720;
    ui.want_height = 400;
    if (!make_window(error)) {
        return false;
    }
    ui.name = g_strdup(cfg->name);
    pixman_region32_init(&ui.dirty);
    sdl_icon(ui.window);
    SDL_StopTextInput();
    SDL_SetWindowMinimumSize(ui.window, 160, 100);
    update_title();
    ui.fit = scale_fit(1, 1, 720, 400);
    surface_view_add(&view, NULL);
    if (cfg->full_screen) {
        set_full_screen(true);
    }
    fd = sdl_x11_watch(ui.window, server_lost);
    if (fd >= 0) {
        ui.watch = loop_watch(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, NULL);
    } else {
        ui.poll = g_timeout_add(POLL_MS, poll_tick, NULL);
    }
    refit();
    wake();
    return true;
}

static void ui_close(void)
{
    if (!ui.window) {
        return;
    }
    if (!ui.lost) {
        surface_view_remove(&view, NULL);
        loop_unwatch(&ui.watch);
        if (ui.timer) {
            g_source_remove(ui.timer);
        }
        if (ui.poll) {
            g_source_remove(ui.poll);
        }
        ui.timer = ui.poll = 0;
        set_grab(false);
        SDL_DestroyWindow(ui.window);
        SDL_Quit();
    }
    pixman_region32_fini(&ui.dirty);
    g_clear_pointer(&ui.name, g_free);
    ui.window = NULL;
}

const struct ui_ops ui_sdl = {
    .name = "sdl",
    .open = ui_open,
    .status_changed = update_title,
    .close = ui_close,
};
