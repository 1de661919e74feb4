/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's own page tables, walked as its CPU would. Loop thread. */
#ifndef MONITOR_WALK_H
#define MONITOR_WALK_H

#include "accel/accel.h"

/* The physical address of a linear one; false where nothing is mapped. */
bool walk(const struct accel_regs *r, struct space *mem, uint64_t va, uint64_t *pa);

#endif
