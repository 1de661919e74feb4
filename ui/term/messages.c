/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's messages: see messages.h. */
#include "ui/term/messages.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#define LINE_ROOM 1024u

static off_t seen;

char *messages_new(void)
{
    char text[LINE_ROOM + 1];
    off_t size = lseek(STDERR_FILENO, 0, SEEK_END);
    ssize_t n;
    char *line;

    if (size <= seen) {
        return NULL;
    }
    n = pread(STDERR_FILENO, text, LINE_ROOM, MAX(size - (off_t)LINE_ROOM, seen));
    if (n <= 0) {
        return NULL;
    }
    seen = size;
    text[n] = 0;
    g_strchomp(text);
    line = strrchr(text, '\n');
    return g_strdup(line ? line + 1 : text);
}

void messages_print(void)
{
    char text[LINE_ROOM];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(STDERR_FILENO, text, sizeof(text), at)) > 0 &&
           write(STDOUT_FILENO, text, (size_t)n) == n) {
        at += n;
    }
    if (ftruncate(STDERR_FILENO, 0) < 0) {
        return; /* then they are said twice */
    }
}
