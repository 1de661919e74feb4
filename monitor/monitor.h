/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control of the machine from outside: QMP for programs, HMP for people. Both need json-glib and
 * are in a module, loaded when an option asks for it, so that a machine without a monitor starts
 * without it. Loop thread.
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include "core/line.h"
#include "system/machine.h"

enum monitor_mode {
    MONITOR_CONTROL, /* QMP */
    MONITOR_PRETTY,  /* QMP, indented */
    MONITOR_READLINE,
};

/* Open the monitors of -mon, -monitor, -qmp and -qmp-pretty. */
bool monitor_open(struct machine *m, GError **error);
void monitor_close(void);

/* What the module exports under the name `qmp_module`. */
struct qmp_module {
    /* Serve a language on a line; several lines may be attached. */
    bool (*attach)(struct machine *m, struct line *line, enum monitor_mode mode, GError **error);
    void (*close)(void);
};

#endif
