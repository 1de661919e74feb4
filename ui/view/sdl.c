/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A window by SDL 2. Everything runs in the loop thread. The screen is drawn in software into the
 * window's surface, only where the machine says that something changed: a still one costs nothing.
 * When the window loses focus all keys and buttons are released.
 */
#include "ui/view/sdl.h"

#include "core/loop.h"
#include "core/report.h"
#include "ui/client/remote.h"

#include <stdlib.h>
#include <unistd.h>

#define POLL_MS 16u  /* events, where there is no descriptor to watch */
#define MAX_RECTS 64 /* more are drawn as one */

static struct {
    struct sdl_config cfg;
    char *status;
    SDL_Window *window;
    bool grabbed, full_screen;
    bool user_sized; /* the user chose the size: modes no longer do */
    bool hidden;
    int want_width, want_height; /* what we asked for */
    SDL_Rect before;             /* full screen */
    struct scale_fit fit;
    pixman_region32_t dirty; /* of the window */
    bool draw_posted;
    GSource *events;
    unsigned poll;  /* timer, where no descriptor says that there are events */
    unsigned watch; /* of the descriptor */
} ui;

/* -- the window -- */

static void update_title(void)
{
    g_autoptr(GString) t = g_string_new(NULL);

    if (!ui.window) {
        return;
    }
    if (ui.cfg.name[0]) {
        g_string_append_printf(t, "%s - ", ui.cfg.name);
    }
    g_string_append(t, "vmx-dm");
    if (ui.status && ui.status[0]) {
        g_string_append_printf(t, " [%s]", ui.status);
    }
    if (ui.grabbed) {
        g_string_append_printf(t, " - Press %s+G to release the mouse", sdl_grab_keys());
    }
    SDL_SetWindowTitle(ui.window, t->str);
}

void sdl_status(const char *status)
{
    g_free(ui.status);
    ui.status = g_strdup(status);
    update_title();
}

bool sdl_grabbed(void)
{
    return ui.grabbed;
}

void sdl_grab(bool on)
{
    if (on == ui.grabbed) {
        return;
    }
    ui.grabbed = on;
    SDL_SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
    SDL_SetWindowGrab(ui.window, on ? SDL_TRUE : SDL_FALSE);
    update_title();
}

static void draw_later(void);

static void all_dirty(void)
{
    int w, h;

    draw_later();
    SDL_GetWindowSize(ui.window, &w, &h);
    pixman_region32_fini(&ui.dirty);
    pixman_region32_init_rect(&ui.dirty, 0, 0, (unsigned)MAX(w, 1), (unsigned)MAX(h, 1));
}

static void refit(void)
{
    const struct surface *s = surface_current();
    int w, h;

    SDL_GetWindowSize(ui.window, &w, &h);
    ui.fit = scale_fit(ui.cfg.scale, s->width, s->height, (uint32_t)MAX(w, 1), (uint32_t)MAX(h, 1));
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
        struct scale_fit f =
            scale_fit(SCALE_FIT, width, height, (uint32_t)room.w, (uint32_t)room.h);

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

void sdl_draw(void)
{
    const struct surface *s = surface_current();
    SDL_Surface *to = ui.hidden ? NULL : SDL_GetWindowSurface(ui.window);
    pixman_image_t *image;

    if (!to || !pixman_region32_not_empty(&ui.dirty)) {
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

static void draw_posted(void *opaque)
{
    (void)opaque;
    ui.draw_posted = false;
    if (ui.window) {
        sdl_draw();
    }
}

static void draw_later(void)
{
    if (!ui.draw_posted) {
        ui.draw_posted = true;
        loop_post(draw_posted, NULL);
    }
}

/* -- events -- */

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

void sdl_toggle_full_screen(void)
{
    set_full_screen(!ui.full_screen);
}

void sdl_natural_size(void)
{
    const struct surface *s = surface_current();

    if (!ui.full_screen && s->width) {
        ui.user_sized = false;
        ui.want_width = (int)s->width;
        ui.want_height = (int)s->height;
        SDL_SetWindowSize(ui.window, ui.want_width, ui.want_height);
    }
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
        sdl_release();
        sdl_grab(false);
        break;
    case SDL_WINDOWEVENT_HIDDEN:
    case SDL_WINDOWEVENT_MINIMIZED:
        ui.hidden = true;
        remote_shown(false);
        break;
    case SDL_WINDOWEVENT_SHOWN:
    case SDL_WINDOWEVENT_RESTORED:
    case SDL_WINDOWEVENT_MAXIMIZED:
        ui.hidden = false;
        remote_shown(true);
        all_dirty();
        break;
    default:
        break;
    }
}

/* Keep looking (0), leave the machine running, or end it. */
static int ask(void)
{
    static const SDL_MessageBoxButtonData buttons[] = {
        {SDL_MESSAGEBOX_BUTTON_ESCAPEKEY_DEFAULT, 0, "Cancel"},
        {0, 2, "Power off"},
        {SDL_MESSAGEBOX_BUTTON_RETURNKEY_DEFAULT, 1, "Keep running"},
    };
    const SDL_MessageBoxData box = {
        .window = ui.window,
        .title = "vmx-dm",
        .message = "Close the window and keep the machine running, or power it off?",
        .numbuttons = G_N_ELEMENTS(buttons),
        .buttons = buttons,
    };
    int choice = 0;

    return SDL_ShowMessageBox(&box, &choice) == 0 ? choice : 1;
}

static void on_close(void)
{
    int choice = ui.cfg.close == VIEW_CLOSE_END ? 2 : 1;

    if (ui.cfg.close == VIEW_CLOSE_ASK && ui.cfg.of_machine) {
        sdl_release();
        sdl_grab(false);
        choice = ask();
    }
    if (choice) {
        remote_closed(choice == 2);
        loop_quit();
    }
}

static void on_event(const SDL_Event *e)
{
    switch (e->type) {
    case SDL_WINDOWEVENT:
        on_window(&e->window);
        break;
    case SDL_QUIT:
        on_close();
        break;
    default:
        sdl_input(e);
        break;
    }
}

static void serve_events(void)
{
    SDL_Event e;

    while (SDL_PollEvent(&e)) {
        on_event(&e);
    }
}

/*
 * Any call of SDL may take events from the connection into its queue: before the loop sleeps, that
 * is looked through.
 */
static gboolean events_wait(GSource *source, int *timeout)
{
    (void)source;
    *timeout = -1;
    return SDL_PollEvent(NULL);
}

static gboolean events_came(GSource *source)
{
    (void)source;
    return SDL_PollEvent(NULL);
}

static gboolean events_serve(GSource *source, GSourceFunc fn, void *opaque)
{
    (void)source;
    (void)fn;
    (void)opaque;
    serve_events();
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs event_source = {events_wait, events_came, events_serve, NULL, NULL, NULL};

static gboolean poll_tick(void *opaque)
{
    (void)opaque;
    return G_SOURCE_CONTINUE; /* it was enough to wake the loop */
}

/* The machine releases our keys. Nothing of SDL can be called any more, not even to close. */
static void server_lost(void)
{
    report("the display server has gone: the guest runs on without a window");
    _exit(EXIT_SUCCESS);
}

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    (void)fd;
    (void)opaque;
    SDL_PumpEvents();
    if (cond & (G_IO_HUP | G_IO_ERR)) {
        server_lost();
    }
    return G_SOURCE_CONTINUE;
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

bool sdl_open(const struct sdl_config *cfg, GError **error)
{
    int fd;

    ui.cfg = *cfg;
    sdl_input_init(cfg->grab_mod);
    ui.want_width = 720;
    ui.want_height = 400;
    if (!make_window(error)) {
        return false;
    }
    pixman_region32_init(&ui.dirty);
    sdl_icon(ui.window);
    SDL_StopTextInput();
    SDL_SetWindowMinimumSize(ui.window, 160, 100);
    update_title();
    ui.fit = scale_fit(SCALE_FIT, 1, 1, 720, 400);
    surface_view_add(&view, NULL);
    if (cfg->full_screen) {
        set_full_screen(true);
    }
    ui.events = g_source_new(&event_source, sizeof(GSource));
    g_source_attach(ui.events, NULL);
    fd = sdl_x11_watch(ui.window, server_lost);
    if (fd >= 0) {
        ui.watch = loop_watch(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, NULL);
    } else {
        ui.poll = g_timeout_add(POLL_MS, poll_tick, NULL);
    }
    refit();
    return true;
}

void sdl_close(void)
{
    if (!ui.window) {
        return;
    }
    surface_view_remove(&view, NULL);
    loop_unwatch(&ui.watch);
    g_source_destroy(ui.events);
    g_source_unref(ui.events);
    if (ui.poll) {
        g_source_remove(ui.poll);
        ui.poll = 0;
    }
    sdl_grab(false);
    SDL_DestroyWindow(ui.window);
    SDL_Quit();
    pixman_region32_fini(&ui.dirty);
    g_clear_pointer(&ui.status, g_free);
    ui.window = NULL;
}
