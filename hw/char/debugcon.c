/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug console: one port; each byte written appears on the host. A read gives a constant (E9h), by
 * which a guest (SeaBIOS at 402h, Bochs-style kernels at E9h) finds out that the port is there.
 * There is no hardware to follow, and no state. No back-pressure either: what the host does not
 * take is lost, because the guest has no way to ask.
 *
 * Threading: callbacks come with the device's lock held. The line is a leaf.
 */
#include "hw/char/debugcon.h"

#include "hw/pc/board.h"

static uint64_t debugcon_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct debugcon *d = opaque;

    (void)offset;
    (void)width;
    return d->readback;
}

static void debugcon_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct debugcon *d = opaque;
    uint8_t byte = (uint8_t)value;

    (void)offset;
    (void)width;
    if (d->line) {
        line_write(d->line, &byte, 1);
    }
}

static uint32_t debugcon_write_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                     const void *buf)
{
    struct debugcon *d = opaque;

    (void)offset;
    if (width != 1) {
        return 0;
    }
    if (d->line) {
        line_write(d->line, buf, count);
    }
    return count;
}

/* Nothing the guest can see follows from a write: it may arrive late. */
static const struct span debugcon_coalesced[] = {{.offset = 0, .len = 1}, {.len = 0}};

static const struct region_ops debugcon_ops = {
    .read = debugcon_read,
    .write = debugcon_write,
    .write_block = debugcon_write_block,
    .valid = 1,
    .coalesced = debugcon_coalesced,
};

static bool debugcon_realize(struct device *dev, struct board *b, GError **error)
{
    struct debugcon *d = (struct debugcon *)dev;

    d->region = (struct region){
        .name = "isa-debugcon",
        .dev = dev,
        .opaque = d,
        .ops = &debugcon_ops,
        .kind = REGION_IO,
        .size = 1,
        .prio = PRIO_FIXED,
    };
    if (d->line && !line_attach(d->line, dev, NULL, d)) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-device isa-debugcon: chardev=%s is taken by another device",
                    line_name(d->line));
        return false;
    }
    if (!space_map(b->ports, &d->region, d->iobase, error)) {
        if (d->line) {
            line_detach(d->line);
        }
        return false;
    }
    dev->regions = g_slist_append(dev->regions, &d->region);
    return true;
}

static void debugcon_unrealize(struct device *dev)
{
    struct debugcon *d = (struct debugcon *)dev;

    space_unmap(&d->region);
    space_synchronize();
    if (d->line) {
        line_detach(d->line);
    }
}

static const struct prop debugcon_props[] = {
    {.name = "chardev", .type = PROP_LINE, .offset = offsetof(struct debugcon, line)},
    {.name = "iobase",
     .type = PROP_U16,
     .offset = offsetof(struct debugcon, iobase),
     .def = "0xe9",
     .help = "the port; 0x402 for SeaBIOS"},
    {.name = "readback",
     .type = PROP_U8,
     .offset = offsetof(struct debugcon, readback),
     .def = "0xe9",
     .help = "what a read gives"},
    {.name = NULL},
};

const struct device_class debugcon_class = {
    .name = "isa-debugcon",
    .desc = "debug console port",
    .bus = BUS_ISA,
    .user = true,
    .size = sizeof(struct debugcon),
    .props = debugcon_props,
    .realize = debugcon_realize,
    .unrealize = debugcon_unrealize,
};

struct debugcon *debugcon_new(struct board *b, uint16_t port, struct line *line, GError **error)
{
    struct device *dev = device_new(&debugcon_class, NULL);
    struct debugcon *d = (struct debugcon *)dev;

    d->iobase = port;
    d->line = line;
    return device_realize(dev, b, error) ? d : NULL;
}
