/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of the board as a whole, for the table in options.c: options_machine.c. */
#ifndef SYSTEM_OPTIONS_PRIV_H
#define SYSTEM_OPTIONS_PRIV_H

#include "system/options.h"

bool options_machine(struct options *o, const char *name, const char *arg, GError **error);
bool options_accel(struct options *o, const char *name, const char *arg, GError **error);
bool options_enable_kvm(struct options *o, const char *name, const char *arg, GError **error);

#endif
