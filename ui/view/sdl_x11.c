/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four things SDL does not offer on X: the connection's descriptor, so that an idle window costs
 * no polling; to outlive the server: Xlib's own answer to a lost connection is exit(); full screen
 * where no window manager runs; and how large the desktop writes. SDL has loaded libX11 by itself; its functions are looked
 * up, not linked. An old libX11 lacks the exit handler: then the end of the server is the end of
 * the process, as elsewhere.
 */
#include "ui/view/sdl.h"

#include <SDL_syswm.h>
#include <dlfcn.h>

#ifdef SDL_VIDEO_DRIVER_X11

static void (*on_lost)(void);

/* In place of the one that prints and, in some versions, exits. */
static int io_error(Display *display)
{
    (void)display;
    return 0;
}

static void io_error_exit(Display *display, void *data)
{
    (void)display;
    (void)data;
    on_lost();
}

/* The window's display, and the library it is used by; NULL where X is not what SDL uses. */
static void *library(SDL_Window *window, SDL_SysWMinfo *info)
{
    SDL_VERSION(&info->version);
    if (!SDL_GetWindowWMInfo(window, info) || info->subsystem != SDL_SYSWM_X11) {
        return NULL;
    }
    return dlopen("libX11.so.6", RTLD_LAZY | RTLD_NOLOAD);
}

int sdl_x11_watch(SDL_Window *window, void (*lost)(void))
{
    void (*set_handler)(Display *, void (*)(Display *, void *), void *);
    XIOErrorHandler (*set_error)(XIOErrorHandler);
    int (*connection)(Display *);
    SDL_SysWMinfo info;
    void *lib = library(window, &info);

    if (!lib) {
        return -1;
    }
    on_lost = lost;
    *(void **)&set_handler = dlsym(lib, "XSetIOErrorExitHandler");
    *(void **)&set_error = dlsym(lib, "XSetIOErrorHandler");
    if (set_handler && set_error) {
        set_error(io_error);
        set_handler(info.info.x11.display, io_error_exit, NULL);
    }
    *(void **)&connection = dlsym(lib, "XConnectionNumber");
    return connection ? connection(info.info.x11.display) : -1;
}

/* A window manager that can do full screen says so on the root window (EWMH). */
static bool managed(void *lib, Display *display)
{
    Atom (*intern)(Display *, const char *, Bool);
    int (*property)(Display *, Window, Atom, long, long, Bool, Atom, Atom *, int *, unsigned long *,
                    unsigned long *, unsigned char **);
    Window (*root)(Display *);
    int (*release)(void *);
    unsigned long items = 0, rest;
    unsigned char *data = NULL;
    Atom name, type;
    int format;

    *(void **)&intern = dlsym(lib, "XInternAtom");
    *(void **)&property = dlsym(lib, "XGetWindowProperty");
    *(void **)&root = dlsym(lib, "XDefaultRootWindow");
    *(void **)&release = dlsym(lib, "XFree");
    if (!intern || !property || !root || !release) {
        return true;
    }
    name = intern(display, "_NET_SUPPORTING_WM_CHECK", False);
    if (property(display, root(display), name, 0, 1, False, AnyPropertyType, &type, &format, &items,
                 &rest, &data) != Success) {
        return true;
    }
    if (data) {
        release(data);
    }
    return items > 0;
}

bool sdl_x11_place(SDL_Window *window, const SDL_Rect *r)
{
    int (*place)(Display *, Window, int, int, unsigned, unsigned);
    SDL_SysWMinfo info;
    void *lib = library(window, &info);

    if (!lib || managed(lib, info.info.x11.display)) {
        return false;
    }
    *(void **)&place = dlsym(lib, "XMoveResizeWindow");
    return place && place(info.info.x11.display, info.info.x11.window, r->x, r->y, (unsigned)r->w,
                          (unsigned)r->h);
}

unsigned sdl_x11_dpi(SDL_Window *window)
{
    char *(*get_default)(Display *, const char *, const char *);
    SDL_SysWMinfo info;
    void *lib = library(window, &info);
    const char *dpi = NULL;

    *(void **)&get_default = lib ? dlsym(lib, "XGetDefault") : NULL;
    if (get_default) {
        dpi = get_default(info.info.x11.display, "Xft", "dpi");
    }
    return dpi ? (unsigned)CLAMP(g_ascii_strtod(dpi, NULL), 0, 1000) : 0;
}

#else

int sdl_x11_watch(SDL_Window *window, void (*lost)(void))
{
    (void)window;
    (void)lost;
    return -1;
}

bool sdl_x11_place(SDL_Window *window, const SDL_Rect *r)
{
    (void)window;
    (void)r;
    return false;
}

unsigned sdl_x11_dpi(SDL_Window *window)
{
    (void)window;
    return 0;
}

#endif
