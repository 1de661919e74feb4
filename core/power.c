/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one sink of machine-wide requests: see power.h. */
#include "core/power.h"

#include <stddef.h>

static power_fn *listener;
static void *listener_opaque;

void power_listen(power_fn *fn, void *opaque)
{
    listener = fn;
    listener_opaque = opaque;
}

void power_request(enum power_request what, int code)
{
    if (listener) {
        listener(listener_opaque, what, code);
    }
}
