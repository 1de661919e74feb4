/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A port that ends the process: see debug_exit.c. */
#ifndef HW_CHAR_DEBUG_EXIT_H
#define HW_CHAR_DEBUG_EXIT_H

#include "core/device.h"
#include "core/space.h"

struct debug_exit {
    struct device dev;
    struct region region;
    uint16_t iobase, iosize; /* properties */
};

extern const struct device_class debug_exit_class;

#endif
