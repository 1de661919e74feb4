/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 16550A UART on the ISA bus: see serial.c. */
#ifndef HW_CHAR_SERIAL_H
#define HW_CHAR_SERIAL_H

#include "core/clock.h"
#include "core/device.h"
#include "core/fifo.h"
#include "core/irq.h"
#include "core/line.h"
#include "core/space.h"

#define SERIAL_FIFO 16u
#define SERIAL_PORTS 4u /* COM1 to COM4 */

struct serial_state {
    uint64_t timeout_at; /* guest ns of the character timeout, TIMER_NEVER when not running */
    uint64_t retry_at;   /* when transmission is tried again, TIMER_NEVER when nothing waits */
    FIFO(SERIAL_FIFO) rx;
    FIFO(SERIAL_FIFO) tx; /* what the host would not take yet; else empty */
    uint16_t divisor;
    uint16_t breaks; /* bit n: the n-th oldest character in rx is a break */
    uint8_t ier, fcr, lcr, mcr, scr;
    uint8_t errors; /* LSR bits 1 to 4 */
    uint8_t msr;
    uint8_t rbr; /* what an empty receiver gives */
    uint8_t thre_int, timeout_int;
    uint8_t pad[2];
};

struct serial {
    struct device dev;
    struct serial_state s;
    struct region region;
    struct irq_pin irq_pin;
    struct timer timeout, retry;
    /* properties */
    struct line *line;
    uint8_t index; /* 0 to 3, 255: the first free */
    uint16_t iobase;
    uint8_t irq; /* 0: that of the index */
};

extern const struct device_class serial_class;

/* A port of the board; line may be NULL: characters vanish. NULL on error. */
struct serial *serial_new(struct board *b, unsigned index, struct line *line, GError **error);

#endif
