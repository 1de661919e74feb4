/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debug console port: see debugcon.c. */
#ifndef HW_CHAR_DEBUGCON_H
#define HW_CHAR_DEBUGCON_H

#include "core/device.h"
#include "core/line.h"
#include "core/space.h"

struct debugcon {
    struct device dev;
    struct region region;
    /* properties */
    struct line *line;
    uint16_t iobase;
    uint8_t readback;
};

extern const struct device_class debugcon_class;

/* One at 402h (firmware) or E9h; line may be NULL. NULL on error. */
struct debugcon *debugcon_new(struct board *b, uint16_t port, struct line *line, GError **error);

#endif
