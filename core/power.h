/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest can ask of the machine as a whole. Devices call; system/ listens and acts later, in
 * the loop thread. A leaf: any thread, any lock.
 */
#ifndef CORE_POWER_H
#define CORE_POWER_H

#include <stdbool.h>

enum power_request {
    POWER_RESET,    /* hard reset of the machine: 8042, port 92h, CF9, triple fault */
    POWER_OFF,      /* soft-off */
    POWER_EXIT,     /* end the process with a code: isa-debug-exit */
    POWER_PANICKED, /* the guest says that it crashed */
    POWER_SUSPEND,
};

typedef void power_fn(void *opaque, enum power_request what, int code);

void power_listen(power_fn *fn, void *opaque);
void power_request(enum power_request what, int code);

#endif
