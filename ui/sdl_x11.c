/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two things SDL does not offer on X: the connection's descriptor, so that an idle window costs no
 * polling, and to outlive the server: Xlib's own answer to a lost connection is exit(). SDL has
 * loaded libX11 by itself; its functions are looked up, not linked. An old libX11 lacks the exit
 * handler: then the end of the server is the end of the process, as elsewhere.
 */
#include "ui/sdl.h"

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

int sdl_x11_watch(SDL_Window *window, void (*lost)(void))
{
    void (*set_handler)(Display *, void (*)(Display *, void *), void *);
    XIOErrorHandler (*set_error)(XIOErrorHandler);
    int (*connection)(Display *);
    SDL_SysWMinfo info;
    void *lib;

    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_X11) {
        return -1;
    }
    lib = dlopen("libX11.so.6", RTLD_LAZY | RTLD_NOLOAD);
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

#else

int sdl_x11_watch(SDL_Window *window, void (*lost)(void))
{
    (void)window;
    (void)lost;
    return -1;
}

#endif
