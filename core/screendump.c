/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PPM (P6): a header line, then three bytes a pixel, row by row. PNG: see png.c. */
#include "core/screendump.h"

#include "core/png.h"
#include "core/surface.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void pack_row(const struct surface *s, uint32_t y, uint8_t *to)
{
    const uint8_t *row = (const uint8_t *)s->pixels + (size_t)y * s->stride;
    const uint32_t *from = (const uint32_t *)(const void *)row;

    for (uint32_t x = 0; x < s->width; x++, to += 3) {
        to[0] = (uint8_t)(from[x] >> 16);
        to[1] = (uint8_t)(from[x] >> 8);
        to[2] = (uint8_t)from[x];
    }
}

static bool write_ppm(FILE *f, const struct surface *s)
{
    size_t len = (size_t)s->width * 3;
    g_autofree uint8_t *row = g_malloc(len);

    if (fprintf(f, "P6\n%u %u\n255\n", s->width, s->height) < 0) {
        return false;
    }
    for (uint32_t y = 0; y < s->height; y++) {
        pack_row(s, y, row);
        if (fwrite(row, 1, len, f) != len) {
            return false;
        }
    }
    return true;
}

static bool failed(const char *path, int err, GError **error)
{
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(err), "screendump: %s: %s", path,
                g_strerror(err));
    return false;
}

bool surface_screendump(int fd, bool png, const char *path, GError **error)
{
    FILE *f = fdopen(fd, "wb");
    const struct surface *s;
    struct stat st;
    bool ok;
    int err;

    if (!f) {
        err = errno;
        close(fd);
        return failed(path, err, error);
    }
    surface_refresh(true);
    s = surface_current();
    errno = ENODEV; /* no display adapter */
    ok = s->pixels && (png ? png_write(f, s) : write_ppm(f, s));
    err = errno;
    if (fclose(f) != 0 && ok) {
        err = errno;
        ok = false;
    }
    if (!ok && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        unlink(path);
    }
    return ok || failed(path, err, error);
}
