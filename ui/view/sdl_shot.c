/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's screen, pixel by pixel, into a file of its own. */
#include "core/png.h"
#include "ui/view/keeper.h"
#include "ui/view/sdl.h"

#include <errno.h>
#include <stdio.h>

void shot_take(void)
{
    const struct surface *s = surface_current();
    g_autofree char *path = NULL;
    FILE *f;
    int fd, err;
    bool ok;

    if (!s->pixels) {
        status_message("There is no picture yet");
        return;
    }
    fd = keeper_create(sdl.cfg.name, &path);
    f = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!f) {
        status_message("%s: %s", path ? path : "No picture", g_strerror(errno));
        return;
    }
    errno = 0;
    ok = png_write(f, s);
    err = errno;
    if (fclose(f) != 0 && ok) {
        ok = false;
        err = errno;
    }
    if (ok) {
        status_message("Saved %s", path);
    } else {
        keeper_remove();
        status_message("%s: %s", path, g_strerror(err));
    }
}
