/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PIIX3 IDE function, 8086:7010.
 *
 * Datasheet: Intel 82371SB (PIIX3), sections 2.3 (configuration), 2.7 (bus master), 5.2.
 *
 * Modelled: legacy ports of both channels on ISA IRQ 14 and 15, bus master in BAR 4, IDETIM and
 * SIDETIM as storage, data port of 16 and 32 bits with string accesses served whole.
 * Not modelled: timing. The legacy ports answer whatever IDETIM's decode bit and the command
 * register say, as in QEMU, so that an operating system without a BIOS finds its disks; the chip
 * would keep still until they are set.
 *
 * 1F1h to 1F6h only store: they are coalesced, so that a command costs one exit, not six. A read or
 * the command register, which are exits, bring them in first. 3F6h acts at once.
 */
#include "hw/ide/piix3_ide.h"

#include <string.h>

#define IDETIM 0x40 /* two words */
#define SIDETIM 0x44
#define BM_BAR 4
#define BM_PORTS 16

static const struct {
    uint16_t command, control;
    uint8_t gsi;
} legacy[2] = {{0x1f0, 0x3f6, 14}, {0x170, 0x376, 15}};

/* -- between the chips -- */

static void host_intrq(void *opaque, bool level)
{
    struct piix3_ide_channel *ch = opaque;

    bmdma_intrq(&ch->bm, level);
    irq_set(&ch->irq, level);
}

static bool host_dma_armed(void *opaque)
{
    const struct piix3_ide_channel *ch = opaque;

    return bmdma_armed(&ch->bm);
}

static enum ata_dma host_dma_fetch(void *opaque, void *buf, uint32_t len, uint32_t *moved)
{
    struct piix3_ide_channel *ch = opaque;

    return bmdma_fetch(&ch->bm, buf, len, moved);
}

static void host_dma_commit(void *opaque)
{
    struct piix3_ide_channel *ch = opaque;

    bmdma_commit(&ch->bm);
}

static enum ata_dma host_dma_store(void *opaque, const void *buf, uint32_t len, uint32_t *moved)
{
    struct piix3_ide_channel *ch = opaque;

    return bmdma_store(&ch->bm, buf, len, moved);
}

static void host_dma_end(void *opaque, enum ata_dma how, bool ok)
{
    struct piix3_ide_channel *ch = opaque;

    bmdma_end(&ch->bm, how, ok);
}

static const struct ata_host host = {
    .intrq = host_intrq,
    .dma_armed = host_dma_armed,
    .dma_fetch = host_dma_fetch,
    .dma_commit = host_dma_commit,
    .dma_store = host_dma_store,
    .dma_end = host_dma_end,
};

static bool memory_read(void *opaque, uint64_t addr, void *buf, uint64_t len)
{
    struct piix3_ide_channel *ch = opaque;

    return pci_dma_read(&ch->ide->pci, addr, buf, len);
}

static bool memory_write(void *opaque, uint64_t addr, const void *buf, uint64_t len)
{
    struct piix3_ide_channel *ch = opaque;

    return pci_dma_write(&ch->ide->pci, addr, buf, len);
}

/* -- command block -- */

/* The data port takes words and dwords; every other register is a byte. */
static uint64_t command_read(void *opaque, uint64_t offset, unsigned width)
{
    struct piix3_ide_channel *ch = opaque;
    uint64_t value = 0;

    if (offset == ATA_REG_DATA) {
        uint8_t raw[4] = {0xff};

        if (width > 1) {
            ata_data_read(&ch->ata, raw, width);
        }
        for (unsigned i = 0; i < width; i++) {
            value |= (uint64_t)raw[i] << (8 * i);
        }
        return value;
    }
    for (unsigned i = 0; i < width; i++) {
        value |= (uint64_t)ata_reg_read(&ch->ata, (unsigned)offset + i) << (8 * i);
    }
    return value;
}

static void command_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct piix3_ide_channel *ch = opaque;

    if (offset == ATA_REG_DATA) {
        uint8_t raw[4];

        for (unsigned i = 0; i < width; i++) {
            raw[i] = (uint8_t)(value >> (8 * i));
        }
        if (width > 1) {
            ata_data_write(&ch->ata, raw, width);
        }
        return;
    }
    for (unsigned i = 0; i < width; i++) {
        ata_reg_write(&ch->ata, (unsigned)offset + i, (uint8_t)(value >> (8 * i)));
    }
}

static uint32_t command_read_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                   void *buf)
{
    struct piix3_ide_channel *ch = opaque;

    if (offset != ATA_REG_DATA || width == 1 || count > UINT32_MAX / 4) {
        return 0;
    }
    ata_data_read(&ch->ata, buf, width * count);
    return count;
}

static uint32_t command_write_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                    const void *buf)
{
    struct piix3_ide_channel *ch = opaque;

    if (offset != ATA_REG_DATA || width == 1 || count > UINT32_MAX / 4) {
        return 0;
    }
    ata_data_write(&ch->ata, buf, width * count);
    return count;
}

static const struct span command_coalesced[] = {
    {ATA_REG_ERROR, ATA_REG_DEVICE - ATA_REG_ERROR + 1},
    {0, 0},
};

static const struct region_ops command_ops = {
    .read = command_read,
    .write = command_write,
    .read_block = command_read_block,
    .write_block = command_write_block,
    .valid = 1 | 2 | 4,
    .impl = 1 | 2 | 4,
    .coalesced = command_coalesced,
};

static uint64_t control_read(void *opaque, uint64_t offset, unsigned width)
{
    struct piix3_ide_channel *ch = opaque;

    (void)offset;
    (void)width;
    return ata_alt_status(&ch->ata);
}

static void control_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct piix3_ide_channel *ch = opaque;

    (void)offset;
    (void)width;
    ata_control_write(&ch->ata, (uint8_t)value);
}

static const struct region_ops control_ops = {
    .read = control_read,
    .write = control_write,
    .valid = 1,
    .impl = 1,
};

/* -- bus master -- */

static uint64_t bm_read(void *opaque, uint64_t offset, unsigned width)
{
    struct piix3_ide *ide = opaque;

    (void)width;
    return bmdma_reg_read(&ide->channel[offset / BMDMA_REGS & 1].bm,
                          (unsigned)(offset % BMDMA_REGS));
}

static void bm_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct piix3_ide *ide = opaque;
    struct piix3_ide_channel *ch = &ide->channel[offset / BMDMA_REGS & 1];

    (void)width;
    bmdma_reg_write(&ch->bm, &ch->ata, (unsigned)(offset % BMDMA_REGS), (uint8_t)value);
}

static const struct region_ops bm_ops = {
    .read = bm_read,
    .write = bm_write,
    .valid = 1 | 2 | 4,
    .impl = 1,
};

/* -- life -- */

static bool make_channel(struct piix3_ide *ide, struct board *b, unsigned i, GError **error)
{
    struct piix3_ide_channel *ch = &ide->channel[i];
    struct device *dev = &ide->pci.dev;

    ch->ide = ide;
    ch->index = i;
    ch->bm = (struct bmdma){
        .s = &ide->s.bm[i], .read = memory_read, .write = memory_write, .opaque = ch};
    irq_pin_init(&ch->irq, &b->gsi[legacy[i].gsi]);
    if (!ata_init(&ch->ata, &ide->s.channel[i], &host, ch, dev, ide->disks[i], 2 * i, error)) {
        return false;
    }
    ch->command = (struct region){.name = i ? "ide-secondary" : "ide-primary",
                                  .dev = dev,
                                  .opaque = ch,
                                  .ops = &command_ops,
                                  .size = ATA_REGS,
                                  .prio = PRIO_FIXED};
    ch->control = (struct region){.name = i ? "ide-secondary-control" : "ide-primary-control",
                                  .dev = dev,
                                  .opaque = ch,
                                  .ops = &control_ops,
                                  .size = 1,
                                  .prio = PRIO_FIXED};
    dev->regions = g_slist_append(dev->regions, &ch->command);
    dev->regions = g_slist_append(dev->regions, &ch->control);
    return space_map(b->ports, &ch->command, legacy[i].command, error) &&
           space_map(b->ports, &ch->control, legacy[i].control, error);
}

/* Undo as much as was made: ports first, so that no vCPU is inside when the drives go. */
static void take_apart(struct piix3_ide *ide)
{
    for (unsigned i = 0; i < 2; i++) {
        space_unmap(&ide->channel[i].command);
        space_unmap(&ide->channel[i].control);
    }
    pci_device_exit(&ide->pci);
    for (unsigned i = 0; i < 2; i++) {
        if (ide->channel[i].ide) {
            irq_set(&ide->channel[i].irq, false);
            ata_exit(&ide->channel[i].ata);
        }
    }
}

static bool realize(struct device *dev, struct board *b, GError **error)
{
    static const struct pci_ids ids = {
        .vendor = 0x8086,
        .device = 0x7010,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_base = 0x01,
        .class_sub = 0x01,
        .class_prog = 0x80, /* both channels at legacy ports, bus master */
    };
    struct piix3_ide *ide = (struct piix3_ide *)dev;

    if (!b->pci) {
        g_set_error(error, DEVICE_ERROR, 0, "piix3-ide: this board has no PCI bus");
        return false;
    }
    if (!pci_device_init(&ide->pci, &ide->s.pci, b, &ids, error)) {
        return false;
    }
    memset(ide->pci.wmask + IDETIM, 0xff, 4);
    ide->pci.wmask[SIDETIM] = 0xff;
    ide->pci.reset_config[PCI_STATUS] = 0x80; /* fast back-to-back, medium DEVSEL */
    ide->pci.reset_config[PCI_STATUS + 1] = 0x02;
    if (!make_channel(ide, b, 0, error) || !make_channel(ide, b, 1, error)) {
        take_apart(ide);
        return false;
    }
    ide->bm_region = (struct region){
        .name = "ide-busmaster", .dev = dev, .opaque = ide, .ops = &bm_ops, .size = BM_PORTS};
    pci_bar_add(&ide->pci, BM_BAR, &ide->bm_region, true, false);
    return true;
}

static void reset(struct device *dev)
{
    struct piix3_ide *ide = (struct piix3_ide *)dev;

    pci_device_reset(&ide->pci);
    for (unsigned i = 0; i < 2; i++) {
        bmdma_reset(&ide->channel[i].bm);
        ata_reset(&ide->channel[i].ata);
    }
}

static void settle(struct device *dev)
{
    struct piix3_ide *ide = (struct piix3_ide *)dev;

    pci_device_settle(&ide->pci);
    for (unsigned i = 0; i < 2; i++) {
        ata_settle(&ide->channel[i].ata);
    }
}

static void unrealize(struct device *dev)
{
    struct piix3_ide *ide = (struct piix3_ide *)dev;

    take_apart(ide);
}

/* -- tables -- */

static const char *check(const void *state)
{
    const struct piix3_ide_state *s = state;
    const char *wrong = pci_state_check(&s->pci);

    for (unsigned i = 0; i < 2 && !wrong; i++) {
        wrong = ata_state_layout.check(&s->channel[i]);
        if (!wrong) {
            wrong = bmdma_state_layout.check(&s->bm[i]);
        }
    }
    return wrong;
}

static const struct state_field fields[] = {
    STATE_STRUCT(struct piix3_ide_state, pci, &pci_state_layout),
    STATE_STRUCTS(struct piix3_ide_state, channel, &ata_state_layout),
    STATE_STRUCTS(struct piix3_ide_state, bm, &bmdma_state_layout),
    STATE_END,
};

static const struct state_layout layout = {
    .name = "piix3-ide",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct piix3_ide_state),
    .fields = fields,
    .check = check,
};

static const struct prop props[] = {
    PCI_PROPS(struct piix3_ide),
    {.name = NULL},
};

const struct device_class piix3_ide_class = {
    .name = "piix3-ide",
    .desc = "PIIX3 IDE controller",
    .bus = BUS_BOARD,
    .size = sizeof(struct piix3_ide),
    .state_offset = offsetof(struct piix3_ide, s),
    .state = &layout,
    .props = props,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};

struct piix3_ide *piix3_ide_new(struct board *b, uint32_t devfn, struct disk *drives[2][2],
                                GError **error)
{
    struct device *dev = device_new(&piix3_ide_class, NULL);
    struct piix3_ide *ide = (struct piix3_ide *)dev;

    ide->pci.devfn = devfn;
    memcpy(ide->disks, drives, sizeof(ide->disks));
    return device_realize(dev, b, error) ? ide : NULL;
}
