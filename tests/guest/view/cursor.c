/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many pixels of the X server's pointer, as it is now, can be seen: 0 where a program hides it.
 * The libraries come with SDL; their headers need not be there (X Fixes Extension, version 5.0,
 * GetCursorImage).
 */
#include <dlfcn.h>
#include <stdio.h>

struct cursor_image {
    short x, y;
    unsigned short width, height, xhot, yhot;
    unsigned long serial;
    unsigned long *pixels; /* of 32 bits, alpha in the highest eight */
    unsigned long atom;
    const char *name;
};

int main(void)
{
    void *x11 = dlopen("libX11.so.6", RTLD_NOW | RTLD_GLOBAL);
    void *fixes = dlopen("libXfixes.so.3", RTLD_NOW);
    void *(*open_display)(const char *) = NULL;
    struct cursor_image *(*get)(void *) = NULL;
    struct cursor_image *image;
    void *display;
    unsigned seen = 0;

    if (x11 && fixes) {
        *(void **)&open_display = dlsym(x11, "XOpenDisplay");
        *(void **)&get = dlsym(fixes, "XFixesGetCursorImage");
    }
    display = open_display ? open_display(NULL) : NULL;
    image = display && get ? get(display) : NULL;
    if (!image) {
        fprintf(stderr, "no X server, or none with XFixes\n");
        return 1;
    }
    for (unsigned i = 0; i < (unsigned)image->width * image->height; i++) {
        seen += image->pixels[i] >> 24 != 0;
    }
    printf("%u\n", seen);
    return 0;
}
