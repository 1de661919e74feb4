/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMware's backdoor port and the mouse behind it: see vmmouse.c. */
#ifndef HW_INPUT_VMMOUSE_H
#define HW_INPUT_VMMOUSE_H

#include "core/device.h"
#include "core/fifo.h"
#include "core/space.h"

#define VMMOUSE_QUEUE 1024u /* bytes: 64 events of four words */

struct i8042;

struct vmmouse_state {
    FIFO(VMMOUSE_QUEUE) queue; /* words for the driver, low byte first */
    uint16_t status;           /* VMMOUSE_OK or VMMOUSE_OFF */
    uint16_t x, y;             /* as last told, 0 to FFFFh */
    uint8_t mode;              /* enum vmmouse_mode */
    uint8_t buttons;           /* INPUT_LEFT, _RIGHT, _MIDDLE that are held */
};

struct vmmouse {
    struct device dev;
    struct vmmouse_state s;
    struct region port;
    struct i8042 *i8042;
    uint64_t ram_size;
    uint8_t uuid[16];
    uint8_t announced; /* what the core knows of the mode */
    bool attached;
};

extern const struct device_class vmmouse_class;

/* The board's, beside the PS/2 mouse that it interrupts by. NULL on error. */
struct vmmouse *vmmouse_new(struct board *b, struct i8042 *i8042, uint64_t ram_size,
                            const uint8_t uuid[16], GError **error);

#endif
