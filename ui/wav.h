/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sound into a file: see wav.c. Loop thread. */
#ifndef UI_WAV_H
#define UI_WAV_H

#include <glib.h>
#include <stdbool.h>

struct wav;

/* Begin a file, over one that is there, and listen. NULL with an error that names it. */
struct wav *wav_open(const char *path, GError **error);

/* Write what its length is, and close it. */
void wav_close(struct wav *w);

#endif
