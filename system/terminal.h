/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -display term: our terminal is lent to vmx-dm-term. Messages that we would print on it meanwhile
 * go to a file in memory, which the viewer has as its stderr: it shows the last of them and prints
 * all when it has given the terminal back, even when we are no more; where it dies, we do.
 */
#ifndef SYSTEM_TERMINAL_H
#define SYSTEM_TERMINAL_H

#include "system/options.h"

/* Whether it can be lent; from then on no back end gets stdin and stdout. Before the machine. */
bool terminal_check(const struct options *o, GError **error);

/* Lend it; it comes back when the viewer ends. */
bool terminal_lend(const struct options *o, GError **error);

/* After the viewers were told good-bye: wait until it is back. */
void terminal_await(void);

#endif
