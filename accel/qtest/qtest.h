/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The qtest backend: a machine without a CPU. A test program is the CPU; it speaks QEMU's qtest
 * line protocol (docs/devel/qtest of QEMU) over a byte line.
 */
#ifndef ACCEL_QTEST_QTEST_H
#define ACCEL_QTEST_QTEST_H

#include "accel/accel.h"
#include "core/clock.h"
#include "core/line.h"

/*
 * Serve the protocol on a line: -qtest. After start(), loop thread, once a machine. `log_path` is
 * -qtest-log: NULL is stderr, "none" no log. `gsi` are the ACCEL_GSIS interrupt lines of the board.
 * False when `a` is another backend, the line is taken or the log cannot be written.
 */
bool qtest_attach(struct accel *a, struct line *line, const char *log_path, struct clock *clock,
                  struct irq_line *gsi, GError **error);

/* Let go of the line and of the interrupt lines. destroy() does the same. */
void qtest_detach(struct accel *a);

#endif
