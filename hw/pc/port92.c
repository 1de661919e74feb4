/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System control port A of the PS/2 (Technical Reference, "System Control Port A"): bit 1 gates
 * A20, a rising bit 0 resets. The other bits (security lock, activity lights) are kept only. Bit 0
 * reads back until the reset, as in QEMU.
 *
 * Threading: this device's lock; A20 is a line, reset a request to the machine.
 */
#include "hw/pc/port92.h"

#include "core/power.h"

#include <string.h>

#define PORT 0x92
#define CONTROL_RESET 0x01u
#define CONTROL_A20 0x02u

static struct port92 *self(struct device *d)
{
    return (struct port92 *)(void *)d;
}

static void update(struct port92 *p)
{
    irq_set(&p->a20, (p->state.control & CONTROL_A20) != 0);
}

static uint64_t control_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct port92 *p = opaque;

    (void)offset;
    (void)width;
    return p->state.control;
}

static void control_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct port92 *p = opaque;
    uint8_t old = p->state.control;

    (void)offset;
    (void)width;
    p->state.control = (uint8_t)value;
    update(p);
    if ((value & CONTROL_RESET) && !(old & CONTROL_RESET)) {
        power_request(POWER_RESET, 0);
    }
}

static const struct region_ops ops = {
    .read = control_read,
    .write = control_write,
    .valid = 1,
    .impl = 1,
};

static void reset(struct device *d)
{
    memset(&self(d)->state, 0, sizeof(struct port92_state));
}

static void settle(struct device *d)
{
    update(self(d));
}

static const char *check(const void *state)
{
    const struct port92_state *s = state;

    return s->pad[0] || s->pad[1] || s->pad[2] ? "pad" : NULL;
}

static bool realize(struct device *d, struct board *b, GError **error)
{
    struct port92 *p = self(d);

    irq_pin_init(&p->a20, p->a20_line);
    p->ports = (struct region){
        .name = "port92", .dev = d, .opaque = p, .ops = &ops, .size = 1, .prio = PRIO_FIXED};
    d->regions = g_slist_append(d->regions, &p->ports);
    return space_map(b->ports, &p->ports, PORT, error);
}

static void unrealize(struct device *d)
{
    struct port92 *p = self(d);

    space_unmap(&p->ports);
    space_synchronize();
    irq_set(&p->a20, false);
}

static const struct state_field port92_fields[] = {
    STATE_FIELD(struct port92_state, control),
    STATE_ARRAY(struct port92_state, pad),
    STATE_END,
};

static const struct state_layout port92_layout = {
    .name = "port92",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct port92_state),
    .fields = port92_fields,
    .check = check,
};

const struct device_class port92_class = {
    .name = "port92",
    .desc = "System control port A",
    .bus = BUS_BOARD,
    .size = sizeof(struct port92),
    .state_offset = offsetof(struct port92, state),
    .state = &port92_layout,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};

struct port92 *port92_new(struct board *b, struct irq_line *a20, GError **error)
{
    struct device *d = device_new(&port92_class, NULL);

    self(d)->a20_line = a20;
    return device_realize(d, b, error) ? self(d) : NULL;
}
