/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and pins: see irq.h. */
#include "core/irq.h"

void irq_line_init(struct irq_line *l, irq_fn *sink, void *opaque, unsigned n)
{
    *l = (struct irq_line){.sink = sink, .opaque = opaque, .n = n};
    g_mutex_init(&l->lock);
}

void irq_line_connect(struct irq_line *l, irq_fn *sink, void *opaque, unsigned n)
{
    g_mutex_lock(&l->lock);
    l->sink = sink;
    l->opaque = opaque;
    l->n = n;
    if (sink && l->asserted) {
        sink(opaque, n, true);
    }
    g_mutex_unlock(&l->lock);
}

void irq_line_spy(struct irq_line *l, irq_fn *spy, void *opaque)
{
    g_mutex_lock(&l->lock);
    l->spy = spy;
    l->spy_opaque = opaque;
    g_mutex_unlock(&l->lock);
}

bool irq_line_level(struct irq_line *l)
{
    bool level;

    g_mutex_lock(&l->lock);
    level = l->asserted > 0;
    g_mutex_unlock(&l->lock);
    return level;
}

void irq_pin_init(struct irq_pin *p, struct irq_line *line)
{
    p->line = line;
    p->level = false;
}

static void drive(struct irq_line *l, bool level)
{
    bool changed;

    g_mutex_lock(&l->lock);
    if (level) {
        changed = l->asserted++ == 0;
    } else {
        changed = --l->asserted == 0;
    }
    if (changed) {
        if (l->sink) {
            l->sink(l->opaque, l->n, level);
        }
        if (l->spy) {
            l->spy(l->spy_opaque, l->n, level);
        }
    }
    g_mutex_unlock(&l->lock);
}

void irq_pin_move(struct irq_pin *p, struct irq_line *line)
{
    bool level = p->level;

    irq_set(p, false);
    p->line = line;
    irq_set(p, level);
}

void irq_set(struct irq_pin *p, bool level)
{
    if (p->level == level) {
        return;
    }
    p->level = level;
    if (p->line) {
        drive(p->line, level);
    }
}
