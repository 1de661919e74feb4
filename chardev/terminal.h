/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal in memory: the bytes that a program or a guest sends to it, and the screen that makes.
 * It does what programs that take TERM=linux or vt102 for granted ask for: ECMA-48 cursor movement,
 * erasure, insertion, scroll regions and colours, DEC's line drawing set, UTF-8. Text that UTF-8
 * does not explain is taken for code page 437. What it does not know it swallows. One thread at a
 * time.
 */
#ifndef CHARDEV_TERMINAL_H
#define CHARDEV_TERMINAL_H

#include "core/surface.h"

#define TERMINAL_HISTORY 1000u /* lines above the screen */

struct terminal;

/* It answers a question: where the cursor is, and what it is. */
typedef void terminal_reply_fn(void *opaque, const void *buf, uint32_t len);

/* 1 to the caps of surface.h each. */
struct terminal *terminal_new(uint32_t columns, uint32_t rows, terminal_reply_fn *reply,
                              void *opaque);
void terminal_free(struct terminal *t);
void terminal_write(struct terminal *t, const uint8_t *buf, uint32_t len);
/* As in core/console.h. */
void terminal_cells(const struct terminal *t, uint64_t top, struct surface_cells *out);
uint64_t terminal_scroll(const struct terminal *t, uint64_t top, int32_t lines);

#endif
