/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keyboard controller with its keyboard and mouse: see i8042.c. */
#ifndef HW_INPUT_I8042_H
#define HW_INPUT_I8042_H

#include "core/clock.h"
#include "core/device.h"
#include "core/irq.h"
#include "core/space.h"
#include "hw/input/ps2_kbd.h"
#include "hw/input/ps2_mouse.h"

struct i8042_state {
    struct ps2_mouse_state mouse;
    uint64_t event_at;    /* guest ns before which no scan code or packet byte arrives */
    FIFO(8) answers;      /* of the controller itself */
    FIFO(8) loop;         /* D3h: bytes that shall look like the mouse's */
    uint8_t ram[32];      /* byte 0 is the command byte */
    uint8_t outport;      /* bit 0 not reset, bit 1 A20 */
    uint8_t command;      /* the command whose data byte is awaited, 0 when none */
    uint8_t data;         /* output buffer */
    uint8_t full;         /* OBF */
    uint8_t from_mouse;   /* the output buffer is the mouse's */
    uint8_t from_event;   /* it is a scan code or packet byte, not an answer */
    uint8_t last_command; /* the last write went to port 64h */
    uint8_t release;      /* translation has seen F0h */
    uint8_t pad[4];
    struct ps2_kbd_state kbd;
};

struct i8042 {
    struct device dev;
    struct i8042_state s;
    struct region data_region, command_region;
    struct irq_pin irq_kbd, irq_mouse, a20;
    struct irq_line *a20_line;
    struct timer timer;
    bool attached; /* input_attach() has taken it */
};

extern const struct device_class i8042_class;

/* The board's; a20 is high while the controller lets A20 through (may be NULL). NULL on error. */
struct i8042 *i8042_new(struct board *b, struct irq_line *a20, GError **error);

/*
 * The mouse interrupts as if it had moved a little: how VMware's mouse, which has no interrupt of
 * its own, says that something waits. The lock is held.
 */
void i8042_mouse_nudge(struct i8042 *d);

/* A byte of scan code set 2 as one of set 1, whose release bit is the caller's to set. */
uint8_t i8042_translate(uint8_t code);

#endif
