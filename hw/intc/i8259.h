/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's two 8259A interrupt controllers with the PIIX3 edge/level registers: see i8259.c. */
#ifndef HW_INTC_I8259_H
#define HW_INTC_I8259_H

#include "core/device.h"
#include "core/irq.h"
#include "core/space.h"

#define I8259_REGIONS 3

/* One controller. Bit n of a byte belongs to input n. */
struct i8259_chip {
    uint8_t latch;       /* edge-triggered requests not yet acknowledged */
    uint8_t lines;       /* levels of the inputs now; master bit 2 is the slave's INT */
    uint8_t isr;         /* in service */
    uint8_t imr;         /* masked */
    uint8_t elcr;        /* 1 = level triggered */
    uint8_t vector;      /* ICW2: base vector, multiple of 8 */
    uint8_t lowest;      /* input of lowest priority: 7 unless rotated */
    uint8_t expect;      /* initialisation: 0 = done, else the number of the ICW awaited */
    uint8_t single;      /* ICW1 SNGL: no ICW3 follows */
    uint8_t want_icw4;   /* ICW1 IC4 */
    uint8_t auto_eoi;    /* ICW4 AEOI */
    uint8_t sfnm;        /* ICW4 SFNM */
    uint8_t rotate_aeoi; /* OCW2: rotate in automatic EOI mode */
    uint8_t smm;         /* OCW3: special mask mode */
    uint8_t poll;        /* OCW3: the next read is a poll */
    uint8_t read_isr;    /* OCW3: A0=0 reads ISR, not IRR */
};

struct i8259_state {
    struct i8259_chip chip[2]; /* master, slave */
};

struct i8259;

struct i8259_port {
    struct i8259 *pic;
    unsigned chip;
};

struct i8259 {
    struct device dev;
    struct i8259_state s;
    irq_fn *intr;
    void *intr_opaque;
    bool int_level; /* what the CPU was told last */
    struct i8259_port port[2];
    struct region region[I8259_REGIONS];
};

extern const struct device_class i8259_class;

/* Both controllers. intr(opaque, 0, level) is the master's INT pin; a leaf, called on change. */
struct i8259 *i8259_new(struct board *b, irq_fn *intr, void *intr_opaque, GError **error);

/* Level of ISA IRQ n, 0 to 15 (2 is the cascade and ignored). An irq_fn. */
void i8259_set_irq(void *i8259, unsigned n, bool level);

/* The INTA cycle: the vector, also when the request has gone (spurious IRQ 7 or 15). No lock held. */
uint8_t i8259_ack(struct i8259 *pic);

#endif
