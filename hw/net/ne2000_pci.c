/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NE2000 on PCI: Realtek RTL8029AS, 10ec:8029; its data sheet, "PCI configuration space" and
 * "register descriptions". BAR 0 is 32 ports: 00h to 0Fh the chip, 10h to 17h the data port, 18h to
 * 1Fh the reset port. INTA is a level and stays until ISR or IMR take its cause away.
 *
 * A wider access to the chip registers or the reset port is one cycle for each byte, low address
 * first. A dword at the data port is two word cycles, as drivers use them with insl and outsl.
 * Subsystem 1af4:1100 is QEMU's, so that a guest installed there finds the card it knows.
 *
 * The expansion ROM is iPXE's for this card, when it is installed, or the one of romfile=; romfile=
 * with nothing behind it means none. The ids in its PCI data structure are made the card's.
 *
 * Coalesced are the same registers as on ISA, for the same reasons; see ne2000_isa.c.
 *
 * Not modelled: power management (the chip has no such capability, drivers find none); flash memory
 * behind the ROM BAR (FMWP); HLTCLK.
 */
#include "hw/net/ne2000_pci.h"
#include "hw/pci/pci_rom.h"

#define PCI_PORTS 0x20u
#define DATA_PORT 0x10u
#define RESET_PORT 0x18u
#define DEFAULT_ROM "pxe-ne2k_pci.rom"
#define STATUS_DEVSEL_MEDIUM 0x02u /* bits 10, 9 of STATUS, in its upper byte */

static struct ne2k_pci *from_device(struct device *dev)
{
    return (struct ne2k_pci *)(void *)dev;
}

static bool at_data_port(uint64_t offset)
{
    return offset >= DATA_PORT && offset < RESET_PORT;
}

static uint64_t data_read(struct ne2k_pci *d, unsigned width)
{
    uint64_t value = ne2000_data_read(&d->core, width);

    if (width == 4) {
        value |= (uint64_t)ne2000_data_read(&d->core, 2) << 16;
    }
    return value;
}

static uint64_t ports_read(void *opaque, uint64_t offset, unsigned width)
{
    struct ne2k_pci *d = opaque;
    uint64_t value = 0;

    if (at_data_port(offset)) {
        return data_read(d, width);
    }
    for (unsigned i = 0; i < width; i++) {
        unsigned at = (unsigned)offset + i;
        uint64_t byte = at < DATA_PORT    ? ne2000_read(&d->core, at)
                        : at < RESET_PORT ? data_read(d, 1)
                                          : ne2000_reset_read(&d->core);

        value |= (byte & 0xff) << (8 * i);
    }
    return value;
}

static void data_write(struct ne2k_pci *d, unsigned width, uint64_t value)
{
    ne2000_data_write(&d->core, width == 1 ? 1 : 2, (uint16_t)value);
    if (width == 4) {
        ne2000_data_write(&d->core, 2, (uint16_t)(value >> 16));
    }
}

/* Writing the reset port ends the pulse, which here ended by itself. */
static void ports_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct ne2k_pci *d = opaque;

    if (at_data_port(offset)) {
        data_write(d, width, value);
        return;
    }
    for (unsigned i = 0; i < width; i++) {
        unsigned at = (unsigned)offset + i;
        uint8_t byte = (uint8_t)(value >> (8 * i));

        if (at < DATA_PORT) {
            ne2000_write(&d->core, at, byte);
        } else if (at < RESET_PORT) {
            data_write(d, 1, byte);
        }
    }
}

/* Do data port accesses of this width move exactly their own bytes? Then a burst is one copy. */
static bool dense(const struct ne2k_pci *d, uint64_t offset, unsigned width)
{
    return at_data_port(offset) && (ne2000_data_step(&d->core) == 2) == (width >= 2);
}

static uint32_t ports_read_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                 void *buf)
{
    struct ne2k_pci *d = opaque;

    if (!dense(d, offset, width)) {
        return 0;
    }
    ne2000_data_read_bulk(&d->core, buf, count * width);
    return count;
}

static uint32_t ports_write_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                  const void *buf)
{
    struct ne2k_pci *d = opaque;

    if (!dense(d, offset, width)) {
        return 0;
    }
    ne2000_data_write_bulk(&d->core, buf, count * width);
    return count;
}

static const struct span coalesced[] = {{0x4, 3}, {0x8, 4}, {DATA_PORT, 8}, {0, 0}};

static const struct region_ops ports_ops = {
    .read = ports_read,
    .write = ports_write,
    .read_block = ports_read_block,
    .write_block = ports_write_block,
    .impl = 1 | 2 | 4,
    .coalesced = coalesced,
};

static const struct span late_coalesced[] = {{0x0, 1}, {0x3, 1}, {0x7, 1}, {0, 0}};

static const struct region_ops late_ops = {
    .read = ports_read,
    .write = ports_write,
    .impl = 1 | 2 | 4,
    .coalesced = late_coalesced,
};

/* Over the chip registers of BAR 0, whose other coalesced registers stay so. */
static void set_late(void *opaque, bool on)
{
    struct ne2k_pci *d = opaque;

    if (on && region_mapped(&d->ports)) {
        space_map_or_warn(d->ports.space, &d->late, d->ports.base);
    } else if (region_mapped(&d->late)) {
        space_unmap(&d->late);
    }
}

/* The BAR may have moved, or be gone. */
static void config_written(struct pci_device *pci, uint8_t offset, unsigned len)
{
    struct ne2k_pci *d = from_device(&pci->dev);

    (void)offset;
    (void)len;
    if (region_mapped(&d->late) && !(region_mapped(&d->ports) && d->ports.base == d->late.base)) {
        ne2000_not_late(&d->core);
    }
}

static void interrupt(void *opaque, bool level)
{
    struct ne2k_pci *d = opaque;

    if (d->s.pci.intx != level) {
        pci_set_intx(&d->pci, level);
    }
}

static bool realize(struct device *dev, struct board *b, GError **error)
{
    static const struct pci_ids ids = {
        .vendor = 0x10ec,
        .device = 0x8029,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_base = 0x02,
        .interrupt_pin = 1,
    };
    struct ne2k_pci *d = from_device(dev);
    struct ne2000_setup setup = {
        .state = &d->s.chip,
        .model = &ne2000_rtl8029,
        .options = &d->options,
        .dev = dev,
        .clock = b->clock,
        .intr = interrupt,
        .set_late = set_late,
        .opaque = d,
    };

    if (!pci_device_init(&d->pci, &d->s.pci, b, &ids, error)) {
        return false;
    }
    d->pci.reset_config[PCI_STATUS + 1] = STATUS_DEVSEL_MEDIUM;
    d->ports = (struct region){.name = "ne2k_pci",
                               .dev = dev,
                               .opaque = d,
                               .ops = &ports_ops,
                               .kind = REGION_IO,
                               .size = PCI_PORTS};
    pci_bar_add(&d->pci, 0, &d->ports, true, false);
    d->late = (struct region){.name = "ne2k_pci-late",
                              .dev = dev,
                              .opaque = d,
                              .ops = &late_ops,
                              .kind = REGION_IO,
                              .size = DATA_PORT,
                              .prio = PRIO_BAR(d->pci.devfn, 1)};
    d->pci.config_written = config_written;
    if (!pci_option_rom(&d->pci, d->romfile, DEFAULT_ROM, error)) {
        pci_device_exit(&d->pci);
        return false;
    }
    if (!ne2000_init(&d->core, &setup, error)) {
        pci_device_exit(&d->pci);
        return false;
    }
    return true;
}

static void unrealize(struct device *dev)
{
    struct ne2k_pci *d = from_device(dev);

    device_enter(dev);
    ne2000_not_late(&d->core);
    d->core.late_after = UINT32_MAX; /* never again */
    device_leave(dev);
    pci_device_exit(&d->pci); /* no vCPU is in our handlers after it */
    ne2000_exit(&d->core);
}

static void reset(struct device *dev)
{
    struct ne2k_pci *d = from_device(dev);

    pci_device_reset(&d->pci);
    ne2000_power_on(&d->core);
}

static void settle(struct device *dev)
{
    struct ne2k_pci *d = from_device(dev);

    pci_device_settle(&d->pci);
    ne2000_settle(&d->core);
}

static const char *check(const void *state)
{
    const struct ne2k_pci_state *s = state;
    const char *wrong = pci_state_check(&s->pci);

    if (!wrong) {
        wrong = ne2000_state_layout.check(&s->chip);
    }
    return !wrong && s->pci.intx != ne2000_interrupts(&s->chip) ? "pci.intx" : wrong;
}

static const struct state_field fields[] = {
    STATE_STRUCT(struct ne2k_pci_state, pci, &pci_state_layout),
    STATE_STRUCT(struct ne2k_pci_state, chip, &ne2000_state_layout),
    STATE_END,
};

static const struct state_layout layout = {
    .name = "ne2k_pci",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct ne2k_pci_state),
    .fields = fields,
    .check = check,
};

static const struct prop props[] = {
    PCI_PROPS(struct ne2k_pci),
    NE2000_PROPS(struct ne2k_pci, options),
    PCI_ROM_PROP(struct ne2k_pci, romfile, DEFAULT_ROM),
    {.name = NULL},
};

const struct device_class ne2k_pci_class = {
    .name = "ne2k_pci",
    .desc = "NE2000 Ethernet adapter on PCI (RTL8029AS)",
    .bus = BUS_PCI,
    .user = true,
    .size = sizeof(struct ne2k_pci),
    .state_offset = offsetof(struct ne2k_pci, s),
    .state = &layout,
    .props = props,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};
