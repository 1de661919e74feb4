/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupt and other level lines. A line is a wire with one sink; pins are the outputs that drive
 * it, wired-OR. The sink hears changes of the wire only, in order. Lines are leaves: a pin may be
 * set with a device's lock held; the sink may take locks of higher rank and never calls back.
 */
#ifndef CORE_IRQ_H
#define CORE_IRQ_H

#include <glib.h>
#include <stdbool.h>

typedef void irq_fn(void *opaque, unsigned n, bool level);

struct irq_line {
    GMutex lock;
    irq_fn *sink;
    void *opaque;
    unsigned n; /* passed to the sink */
    unsigned asserted;
    irq_fn *spy; /* a test's view, called after the sink */
    void *spy_opaque;
};

struct irq_pin {
    struct irq_line *line; /* NULL: not connected */
    bool level;
};

/* Prepare a wire at level 0; sink may be NULL until irq_line_connect(). */
void irq_line_init(struct irq_line *l, irq_fn *sink, void *opaque, unsigned n);
void irq_line_connect(struct irq_line *l, irq_fn *sink, void *opaque, unsigned n);
void irq_line_spy(struct irq_line *l, irq_fn *spy, void *opaque);
bool irq_line_level(struct irq_line *l);

/* Connect an output, at level 0, to a wire; NULL leaves it open. */
void irq_pin_init(struct irq_pin *p, struct irq_line *line);

/* Move an open or low pin to another wire, keeping its level. */
void irq_pin_move(struct irq_pin *p, struct irq_line *line);

/* Drive the pin. Cheap when the level does not change. Owner's lock held. */
void irq_set(struct irq_pin *p, bool level);

#endif
