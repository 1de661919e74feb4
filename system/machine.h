/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From options to a machine that is ready to run, and back. Loop thread. */
#ifndef SYSTEM_MACHINE_H
#define SYSTEM_MACHINE_H

#include "hw/pc/board.h"
#include "system/options.h"

struct machine;

/* Build everything; the machine is stopped in "prelaunch". NULL with an error for a person. */
struct machine *machine_new(struct options *o, GError **error);

/* Stop CPUs, flush and close disks and lines, free. */
void machine_free(struct machine *m);

struct pc *machine_pc(struct machine *m);
/* Press the power button; POWERDOWN is raised. Loop thread. */
void machine_power_button(struct machine *m);
struct options *machine_options(struct machine *m);

#endif
