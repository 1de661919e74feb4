/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NE2000 on the ISA bus: 32 ports. 00h to 0Fh are the chip, 10h to 17h the data port, 18h to 1Fh the
 * reset port. In an 8-bit slot the bus makes two byte cycles of a word access. Page 3 says what an
 * RTL8019AS with jumpers would: the chosen IRQ and base.
 *
 * Coalesced, that is delivered late but in order: writes to the data port (remote DMA has no effect
 * outside the RAM until a register is read) and to registers 4 to 6 and 8 to Bh (TPSR, TBCR, RSAR,
 * RBCR; in page 1 addresses and multicast bits), which act only when CR is written. CR, BNRY and
 * ISR join them while the guest polls, see ne2000_write(). All others act at once.
 *
 * Not modelled: ISA Plug and Play isolation; a boot ROM.
 */
#include "hw/net/ne2000_isa.h"

#define ISA_PORTS 0x20u
#define DATA_PORT 0x10u
#define RESET_PORT 0x18u

static uint64_t chip_read(void *opaque, uint64_t offset, unsigned width)
{
    struct ne2k_isa *d = opaque;

    (void)width;
    return ne2000_read(&d->core, (unsigned)offset);
}

static void chip_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct ne2k_isa *d = opaque;

    (void)width;
    ne2000_write(&d->core, (unsigned)offset, (uint8_t)value);
}

static uint64_t data_read(void *opaque, uint64_t offset, unsigned width)
{
    struct ne2k_isa *d = opaque;

    (void)offset;
    return ne2000_data_read(&d->core, width);
}

static void data_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct ne2k_isa *d = opaque;

    (void)offset;
    ne2000_data_write(&d->core, width, (uint16_t)value);
}

/* Do accesses of this width move exactly their own bytes? Then a burst is one copy. */
static bool dense(const struct ne2k_isa *d, unsigned width)
{
    unsigned step = ne2000_data_step(&d->core);

    return d->slot == 8 ? step == 1 : step == 2 ? width >= 2 : width == 1;
}

static uint32_t data_read_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                void *buf)
{
    struct ne2k_isa *d = opaque;

    (void)offset;
    if (!dense(d, width)) {
        return 0;
    }
    ne2000_data_read_bulk(&d->core, buf, count * width);
    return count;
}

static uint32_t data_write_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                 const void *buf)
{
    struct ne2k_isa *d = opaque;

    (void)offset;
    if (!dense(d, width)) {
        return 0;
    }
    ne2000_data_write_bulk(&d->core, buf, count * width);
    return count;
}

static uint64_t reset_read(void *opaque, uint64_t offset, unsigned width)
{
    struct ne2k_isa *d = opaque;

    (void)offset;
    (void)width;
    return ne2000_reset_read(&d->core);
}

static const struct span chip_coalesced[] = {{0x4, 3}, {0x8, 4}, {0, 0}};
static const struct span late_coalesced[] = {{0x0, 1}, {0x3, 1}, {0x7, 1}, {0, 0}};
static const struct span data_coalesced[] = {{0x0, 8}, {0, 0}};

static const struct region_ops chip_ops = {
    .read = chip_read,
    .write = chip_write,
    .impl = 1,
    .coalesced = chip_coalesced,
};
static const struct region_ops late_ops = {
    .read = chip_read,
    .write = chip_write,
    .impl = 1,
    .coalesced = late_coalesced,
};
static const struct region_ops data16_ops = {
    .read = data_read,
    .write = data_write,
    .read_block = data_read_block,
    .write_block = data_write_block,
    .impl = 1 | 2,
    .coalesced = data_coalesced,
};
static const struct region_ops data8_ops = {
    .read = data_read,
    .write = data_write,
    .read_block = data_read_block,
    .write_block = data_write_block,
    .impl = 1,
    .coalesced = data_coalesced,
};
/* Writing ends the pulse, which here ended by itself. */
static const struct region_ops reset_ops = {.read = reset_read, .impl = 1};

/* On top of the chip's region, which keeps its own coalesced registers. */
static void set_late(void *opaque, bool on)
{
    struct ne2k_isa *d = opaque;

    if (on) {
        space_map_or_warn(d->ports, &d->late, d->iobase);
    } else if (region_mapped(&d->late)) {
        space_unmap(&d->late);
    }
}

static void interrupt(void *opaque, bool level)
{
    struct ne2k_isa *d = opaque;

    irq_set(&d->irq, level);
}

/* CONFIG1 of an RTL8019AS: IRQEN, IRQS2 to 0, IOS3 to 0. */
static uint8_t config1(const struct ne2k_isa *d)
{
    static const uint8_t irqs[8] = {9, 3, 4, 5, 10, 11, 12, 15};
    unsigned v = 0x80;

    for (unsigned i = 0; i < sizeof(irqs); i++) {
        if (irqs[i] == d->irq_number) {
            v |= i << 4;
        }
    }
    if (d->iobase >= 0x200 && d->iobase < 0x400) { /* 300h is 0, 200h is 8 */
        v |= ((d->iobase >> 5) & 7u) | (d->iobase < 0x300 ? 8u : 0);
    }
    return (uint8_t)v;
}

static bool bad_value(const struct ne2k_isa *d, GError **error)
{
    if (d->slot != 8 && d->slot != 16) {
        g_set_error(error, DEVICE_ERROR, 0, "-device %s: slot=%u: expected 8 or 16",
                    d->dev.cls->name, d->slot);
        return true;
    }
    if (d->iobase % ISA_PORTS) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-device %s: iobase=0x%x: expected a multiple of 0x20, such as 0x300",
                    d->dev.cls->name, d->iobase);
        return true;
    }
    return false;
}

static struct region window(struct ne2k_isa *d, const char *name, const struct region_ops *ops,
                            uint16_t size)
{
    return (struct region){
        .name = name,
        .dev = &d->dev,
        .opaque = d,
        .ops = ops,
        .kind = REGION_IO,
        .size = size,
        .prio = PRIO_FIXED,
    };
}

static bool map(struct ne2k_isa *d, struct board *b, struct region *r, const char *name,
                const struct region_ops *ops, uint16_t offset, uint16_t size, GError **error)
{
    *r = window(d, name, ops, size);
    if (!space_map(b->ports, r, d->iobase + offset, error)) {
        g_prefix_error(error, "-device %s: iobase=0x%x: ", d->dev.cls->name, d->iobase);
        return false;
    }
    d->dev.regions = g_slist_append(d->dev.regions, r);
    return true;
}

static void unplug(struct device *dev)
{
    struct ne2k_isa *d = (struct ne2k_isa *)dev;

    if (region_mapped(&d->chip)) {
        space_unmap(&d->chip);
    }
    if (region_mapped(&d->data)) {
        space_unmap(&d->data);
    }
    if (region_mapped(&d->reset)) {
        space_unmap(&d->reset);
    }
    ne2000_exit(&d->core);
}

static bool realize(struct device *dev, struct board *b, GError **error)
{
    struct ne2k_isa *d = (struct ne2k_isa *)dev;
    struct ne2000_setup setup = {
        .state = &d->s,
        .model = &ne2000_rtl8019,
        .options = &d->options,
        .dev = dev,
        .clock = b->clock,
        .slot8 = d->slot == 8,
        .config1 = config1(d),
        .intr = interrupt,
        .set_late = set_late,
        .opaque = d,
    };

    if (bad_value(d, error)) {
        return false;
    }
    /* the connector's IRQ 2 is wired to IRQ 9 on an AT */
    irq_pin_init(&d->irq, &b->gsi[d->irq_number == 2 ? 9 : d->irq_number]);
    if (!ne2000_init(&d->core, &setup, error)) {
        return false;
    }
    d->ports = b->ports;
    d->late = window(d, "ne2k_isa-late", &late_ops, DATA_PORT);
    d->late.prio = PRIO_FIXED + 1;
    if (!map(d, b, &d->chip, "ne2k_isa", &chip_ops, 0, DATA_PORT, error) ||
        !map(d, b, &d->data, "ne2k_isa-data", d->slot == 8 ? &data8_ops : &data16_ops, DATA_PORT,
             RESET_PORT - DATA_PORT, error) ||
        !map(d, b, &d->reset, "ne2k_isa-reset", &reset_ops, RESET_PORT, ISA_PORTS - RESET_PORT,
             error)) {
        unplug(dev);
        return false;
    }
    return true;
}

static void reset(struct device *dev)
{
    ne2000_power_on(&((struct ne2k_isa *)dev)->core);
}

static void settle(struct device *dev)
{
    ne2000_settle(&((struct ne2k_isa *)dev)->core);
}

#define AT(field) offsetof(struct ne2k_isa, field)
static const struct prop props[] = {
    NE2000_PROPS(struct ne2k_isa, options),
    {.name = "iobase",
     .type = PROP_U16,
     .offset = AT(iobase),
     .max = 0x10000 - ISA_PORTS,
     .def = "0x300",
     .help = "first of 32 ports"},
    {.name = "irq",
     .type = PROP_U8,
     .offset = AT(irq_number),
     .min = 2,
     .max = 15,
     .def = "9",
     .help = "ISA interrupt"},
    {.name = "slot", .type = PROP_U8, .offset = AT(slot), .def = "16", .help = "16 or 8 bits wide"},
    {.name = NULL},
};
#undef AT

const struct device_class ne2k_isa_class = {
    .name = "ne2k_isa",
    .desc = "NE2000 Ethernet adapter (RTL8019AS)",
    .bus = BUS_ISA,
    .user = true,
    .size = sizeof(struct ne2k_isa),
    .state_offset = offsetof(struct ne2k_isa, s),
    .state = &ne2000_state_layout,
    .props = props,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unplug,
};
