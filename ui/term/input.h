/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys from the terminal to the guest, and the commands behind Ctrl-A. */
#ifndef UI_TERM_INPUT_H
#define UI_TERM_INPUT_H

#include "ui/wire.h"

#include <glib.h>

struct input_config {
    const char *layout;
    bool of_machine; /* it started us: leaving is for `close` to decide */
    enum view_close close;
    void (*leave)(void);
    void (*stop)(void); /* until continued; NULL: not for us to do */
};

/* Reads the layout's files. Borrows cfg. */
bool input_open(const struct input_config *cfg, GError **error);
void input_start(void); /* watch the terminal */
void input_close(void);

#endif
