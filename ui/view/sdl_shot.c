/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's screen, pixel by pixel, into a file of its own. */
#include "core/png.h"
#include "ui/view/sdl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_TRIES 100 /* of one second */

/* $XDG_PICTURES_DIR, what the desktop has set for it, or here. */
static const char *directory(void)
{
    const char *dir = g_getenv("XDG_PICTURES_DIR");

    if (!dir || !g_path_is_absolute(dir)) {
        dir = g_get_user_special_dir(G_USER_DIRECTORY_PICTURES);
    }
    return dir && g_file_test(dir, G_FILE_TEST_IS_DIR) ? dir : ".";
}

/* A name that is not taken: a file is never overwritten. -1 with errno. */
static int create(char **path)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *date = now ? g_date_time_format(now, "%Y-%m-%d-%H%M%S") : NULL;
    g_autofree char *name = g_strdup(sdl.cfg.name[0] ? sdl.cfg.name : "screen");

    g_strcanon(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-", '_');
    for (int i = 1; i < MAX_TRIES; i++) {
        g_autofree char *more = i > 1 ? g_strdup_printf("-%d", i) : g_strdup("");
        int fd;

        *path =
            g_strdup_printf("%s/vmx-dm-%s-%s%s.png", directory(), name, date ? date : "now", more);
        fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
        g_clear_pointer(path, g_free);
    }
    *path = g_strdup(directory());
    errno = EEXIST;
    return -1;
}

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
    fd = create(&path);
    f = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!f) {
        status_message("%s: %s", path, g_strerror(errno));
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
        unlink(path);
        status_message("%s: %s", path, g_strerror(err));
    }
}
