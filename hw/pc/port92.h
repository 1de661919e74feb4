/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System control port A (92h): fast A20 and fast reset. See port92.c. */
#ifndef HW_PC_PORT92_H
#define HW_PC_PORT92_H

#include "hw/pc/board.h"

struct port92_state {
    uint8_t control;
    uint8_t pad[3];
};

struct port92 {
    struct device dev;
    struct port92_state state;
    struct region ports;
    struct irq_line *a20_line;
    struct irq_pin a20;
};

extern const struct device_class port92_class;

struct port92 *port92_new(struct board *b, struct irq_line *a20, GError **error);

#endif
