/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A window by SDL 2. Everything runs in the loop thread, which sleeps until there is an event, a
 * message of the machine, or a timer of something that moves. When the window loses focus all keys
 * and buttons are released.
 */
#include "ui/view/sdl.h"

#include "core/loop.h"
#include "core/report.h"
#include "ui/client/remote.h"

#include <stdlib.h>
#include <unistd.h>

#define POLL_MS 16u /* events, where there is no descriptor to watch */
#define MAX_SCALE 400
#define MIN_WIDTH 160
#define MIN_HEIGHT 100

struct sdl sdl;

static struct {
    SDL_Rect before; /* full screen */
    GSource *events;
    unsigned poll;  /* timer, where no descriptor says that there are events */
    unsigned watch; /* of the descriptor */
} ui;

/* -- the window -- */

void sdl_title(void)
{
    g_autoptr(GString) t = g_string_new(NULL);

    if (!sdl.window) {
        return;
    }
    if (sdl.cfg.name[0]) {
        g_string_append_printf(t, "%s - ", sdl.cfg.name);
    }
    g_string_append(t, "vmx-dm");
    if (remote_console()) {
        g_string_append_printf(t, ": %s", remote_console_name(remote_console()));
    }
    if (sdl.state && sdl.state[0]) {
        g_string_append_printf(t, " [%s]", sdl.state);
    }
    if (sdl.grabbed) {
        g_string_append_printf(t, " - Press %s+G to release the %s", command_grab_keys(),
                               sdl.absolute ? "keyboard" : "mouse");
    }
    SDL_SetWindowTitle(sdl.window, t->str);
    status_changed();
    menu_refit();
}

void sdl_state(const char *state)
{
    g_free(sdl.state);
    sdl.state = g_strdup(state);
    sdl_title();
}

/* A pointer that has a place is not held. */
void sdl_grab(bool on)
{
    SDL_SetRelativeMouseMode(on && !sdl.absolute ? SDL_TRUE : SDL_FALSE);
    if (on != sdl.grabbed) {
        sdl.grabbed = on;
        SDL_SetWindowGrab(sdl.window, on ? SDL_TRUE : SDL_FALSE);
        sdl_title();
    }
    sdl_cursor();
}

void sdl_pointer(bool absolute)
{
    sdl.absolute = absolute;
    if (sdl.window) {
        sdl_release();
        sdl_grab(sdl.grabbed);
        sdl_title();
    }
}

/* -- events -- */

/* SDL asks the window manager and takes for done what nobody does where there is none. */
static void set_full_screen(bool on)
{
    SDL_Rect r;

    if (on) {
        SDL_GetWindowPosition(sdl.window, &ui.before.x, &ui.before.y);
        SDL_GetWindowSize(sdl.window, &ui.before.w, &ui.before.h);
        SDL_GetDisplayBounds(MAX(SDL_GetWindowDisplayIndex(sdl.window), 0), &r);
    }
    sdl.full_screen = on;
    status_window_changed();
    SDL_SetWindowFullscreen(sdl.window, on ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    if (!on) {
        picture_status_resized(); /* to what the mode now has, unless the user chose */
        if (!picture_user_sized()) {
            SDL_Point size = picture_window_size();

            ui.before.w = size.x;
            ui.before.h = size.y;
        }
    }
    sdl_x11_place(sdl.window, on ? &r : &ui.before);
    picture_refit();
}

void sdl_toggle_full_screen(void)
{
    set_full_screen(!sdl.full_screen);
}

static void set_hidden(bool hidden)
{
    sdl.hidden = hidden;
    remote_shown(!hidden);
    status_window_changed();
    if (!hidden) {
        picture_dirty(NULL);
    }
}

static void on_window(const SDL_WindowEvent *e)
{
    switch (e->event) {
    case SDL_WINDOWEVENT_RESIZED:
        picture_window_resized(e->data1, e->data2);
        break;
    case SDL_WINDOWEVENT_SIZE_CHANGED:
        picture_refit();
        break;
    case SDL_WINDOWEVENT_EXPOSED:
        picture_dirty(NULL);
        break;
    case SDL_WINDOWEVENT_FOCUS_GAINED:
        sdl_forget_desktop_keys();
        break;
    case SDL_WINDOWEVENT_FOCUS_LOST:
        sdl_release();
        sdl_grab(false);
        menu_close();
        break;
    case SDL_WINDOWEVENT_LEAVE:
        sdl_cursor();
        break;
    case SDL_WINDOWEVENT_HIDDEN:
    case SDL_WINDOWEVENT_MINIMIZED:
        set_hidden(true);
        break;
    case SDL_WINDOWEVENT_SHOWN:
    case SDL_WINDOWEVENT_RESTORED:
    case SDL_WINDOWEVENT_MAXIMIZED:
        set_hidden(false);
        break;
    default:
        break;
    }
}

void sdl_leave(bool end_machine)
{
    remote_closed(end_machine);
    loop_quit();
}

/* A message box of SDL would be a process or a program of its own, which a confined one has not. */
void sdl_close_window(void)
{
    if (sdl.cfg.close == VIEW_CLOSE_ASK && sdl.cfg.of_machine) {
        sdl_release();
        if (sdl.hidden) {
            SDL_RestoreWindow(sdl.window);
        }
        menu_ask_close();
    } else {
        sdl_leave(sdl.cfg.close == VIEW_CLOSE_END);
    }
}

static void on_event(const SDL_Event *e)
{
    switch (e->type) {
    case SDL_WINDOWEVENT:
        on_window(&e->window);
        break;
    case SDL_QUIT:
        sdl_close_window();
        break;
    default:
        if (menu_is_open()) {
            menu_event(e);
        } else {
            sdl_input(e);
        }
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

/* How much larger than pixels the desktop draws its own, in per cent. */
static int desktop_scale(void)
{
    const char *gdk = g_getenv("GDK_SCALE"), *qt = g_getenv("QT_SCALE_FACTOR");
    SDL_Point pixels = picture_surface_size(), points = {1, 1};
    int scale = (int)sdl_x11_dpi(sdl.window) * 100 / 96;

    SDL_GetWindowSize(sdl.window, &points.x, &points.y);
    scale = MAX(scale, pixels.x * 100 / MAX(points.x, 1));
    if (gdk) {
        scale = MAX(scale, (int)(CLAMP(g_ascii_strtod(gdk, NULL), 1, 4) * 100));
    }
    if (qt) {
        scale = MAX(scale, (int)(CLAMP(g_ascii_strtod(qt, NULL), 1, 4) * 100));
    }
    return CLAMP(scale, 100, MAX_SCALE);
}

static SDL_Window *new_window(SDL_Point size, uint32_t flags)
{
    return SDL_CreateWindow("vmx-dm", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, size.x,
                            size.y, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI | flags);
}

/* One that nobody sees tells how large the other has to be: it shall come at its place and stay. */
static bool measure(void)
{
    int scale;

    sdl.window = new_window((SDL_Point){MIN_WIDTH, MIN_HEIGHT}, SDL_WINDOW_HIDDEN);
    if (!sdl.window) {
        return false;
    }
    scale = desktop_scale();
    sdl.n = (scale + 50) / 100;
    sdl.start_n = scale / 100;
    SDL_DestroyWindow(sdl.window);
    sdl.window = NULL;
    return true;
}

static bool make_window(GError **error)
{
    const char *display = g_getenv("DISPLAY");

    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_GRAB_KEYBOARD, "1");
    /* the click that brings the focus is for the guest, too */
    SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1");
    SDL_SetMainReady();
    if (open_video() && measure()) {
        sdl.window = new_window(picture_first_size(), 0);
        if (sdl.window) {
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

    sdl.cfg = *cfg;
    status_open(cfg->status);
    if (!make_window(error)) {
        return false;
    }
    sdl_icon(sdl.window);
    SDL_StopTextInput();
    SDL_SetWindowMinimumSize(sdl.window, MIN_WIDTH, MIN_HEIGHT);
    picture_open();
    sdl_title();
    if (cfg->full_screen) {
        set_full_screen(true);
    }
    ui.events = g_source_new(&event_source, sizeof(GSource));
    g_source_attach(ui.events, NULL);
    fd = sdl_x11_watch(sdl.window, server_lost);
    if (fd >= 0) {
        ui.watch = loop_watch(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, NULL);
    } else {
        ui.poll = g_timeout_add(POLL_MS, poll_tick, NULL);
    }
    return true;
}

void sdl_close(void)
{
    if (!sdl.window) {
        return;
    }
    paste_close();
    menu_close();
    audio_close();
    status_close();
    picture_close();
    loop_unwatch(&ui.watch);
    g_source_destroy(ui.events);
    g_source_unref(ui.events);
    if (ui.poll) {
        g_source_remove(ui.poll);
        ui.poll = 0;
    }
    sdl_grab(false);
    SDL_DestroyWindow(sdl.window);
    SDL_Quit();
    g_clear_pointer(&sdl.state, g_free);
    sdl.window = NULL;
}
