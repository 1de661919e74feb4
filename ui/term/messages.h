/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine says while we have its terminal: it writes to a file, which is our stderr too,
 * and whose end is looked at from time to time.
 */
#ifndef UI_TERM_MESSAGES_H
#define UI_TERM_MESSAGES_H

/* The last line of what has come since the last call (g_free), or NULL. */
char *messages_new(void);

/* Print all of them on stdout, once the terminal is given back, and forget them. */
void messages_print(void);

#endif
