/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmx-dm-top on a terminal. */
#ifndef UI_TOP_SCREEN_H
#define UI_TOP_SCREEN_H

#include "ui/top/table.h"

struct screen {
    struct look look;
    gint64 period_us;
    char *chosen;    /* its entry; NULL: the first */
    unsigned scroll; /* lines of the details above the screen */
    bool help;
};

/* What a key asks for besides another look. */
enum screen_wish { SCREEN_NOTHING, SCREEN_QUIT, SCREEN_NOW };

/* False: this terminal cannot be used. */
bool screen_open(GError **error);
void screen_close(void);
void screen_draw(struct screen *s, const struct machines *all);
/* Keys that have been pressed, and a change of size; then draw. */
enum screen_wish screen_keys(struct screen *s, const struct machines *all);

#endif
