/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * isa-debug-exit: a write of V asks the machine to end the process with the code (V << 1) | 1, so
 * that a test kernel can report success or failure and 0 stays for an ordinary end. Reads give 0.
 * No hardware to follow, no state. Never part of a machine unless asked for.
 *
 * Threading: callbacks come with the device's lock held; power_request() is a leaf.
 */
#include "hw/char/debug_exit.h"

#include "core/power.h"
#include "hw/pc/board.h"

static uint64_t debug_exit_read(void *opaque, uint64_t offset, unsigned width)
{
    (void)opaque;
    (void)offset;
    (void)width;
    return 0;
}

static void debug_exit_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    (void)opaque;
    (void)offset;
    (void)width;
    power_request(POWER_EXIT, (int)((value << 1 | 1) & INT32_MAX));
}

static const struct region_ops debug_exit_ops = {
    .read = debug_exit_read,
    .write = debug_exit_write,
    .valid = 1 | 2 | 4,
    .impl = 1 | 2 | 4,
};

static bool debug_exit_realize(struct device *dev, struct board *b, GError **error)
{
    struct debug_exit *d = (struct debug_exit *)dev;

    d->region = (struct region){
        .name = "isa-debug-exit",
        .dev = dev,
        .opaque = d,
        .ops = &debug_exit_ops,
        .kind = REGION_IO,
        .size = d->iosize,
        .prio = PRIO_FIXED,
    };
    if (!space_map(b->ports, &d->region, d->iobase, error)) {
        return false;
    }
    dev->regions = g_slist_append(dev->regions, &d->region);
    return true;
}

static void debug_exit_unrealize(struct device *dev)
{
    struct debug_exit *d = (struct debug_exit *)dev;

    space_unmap(&d->region);
    space_synchronize();
}

static const struct prop debug_exit_props[] = {
    {.name = "iobase",
     .type = PROP_U16,
     .offset = offsetof(struct debug_exit, iobase),
     .def = "0x501",
     .help = "first port"},
    {.name = "iosize",
     .type = PROP_U16,
     .offset = offsetof(struct debug_exit, iosize),
     .min = 1,
     .max = 256,
     .def = "2",
     .help = "number of ports"},
    {.name = NULL},
};

const struct device_class debug_exit_class = {
    .name = "isa-debug-exit",
    .desc = "port that ends the process with a code",
    .bus = BUS_ISA,
    .user = true,
    .size = sizeof(struct debug_exit),
    .props = debug_exit_props,
    .realize = debug_exit_realize,
    .unrealize = debug_exit_unrealize,
};
