/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen as a picture file, with or without a user interface. */
#ifndef CORE_SCREENDUMP_H
#define CORE_SCREENDUMP_H

#include <glib.h>
#include <stdbool.h>

/*
 * Draw the whole screen and write it to `fd`, which is closed, as a binary PPM or as PNG. Loop
 * thread. The error names `path`; a regular file that was begun and failed is removed.
 */
bool surface_screendump(int fd, bool png, const char *path, GError **error);

#endif
