/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control of the machine from outside. QMP needs json-glib and is a module, loaded when an option
 * asks for it, so that a machine without a monitor starts without it. Loop thread.
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include "core/line.h"
#include "system/machine.h"

/* Open the monitors of -mon and -qmp. */
bool monitor_open(struct machine *m, GError **error);
void monitor_close(void);

/* What the QMP module exports under the name `qmp_module`. */
struct qmp_module {
    /* Serve QMP on a line; several lines may be attached. */
    bool (*attach)(struct machine *m, struct line *line, GError **error);
    void (*close)(void);
};

#endif
