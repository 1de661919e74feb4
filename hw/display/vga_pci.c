/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's standard VGA on PCI, 1234:1111. BAR 0 is video memory, BAR 2 the registers in memory: the
 * VGA's ports 3C0h to 3DFh at 400h, DISPI at 500h, size and byte order at 600h. Revision 2 says
 * that BAR 2 is there. The legacy ports and the window at A0000h answer whatever the command
 * register says, as on QEMU.
 * Not modelled: EDID (000h reads as zero), a big-endian frame buffer.
 */
#include "hw/display/vga_pci.h"

#define MMIO_SIZE 4096u
#define MMIO_PORTS 0x400u
#define MMIO_PORTS_END 0x420u
#define MMIO_DISPI 0x500u
#define MMIO_DISPI_END 0x516u
#define MMIO_EXT_SIZE 0x600u
#define MMIO_EXT_ORDER 0x604u
#define ORDER_LITTLE 0x1e1e1e1eu

static struct vga_pci *from_device(struct device *d)
{
    return (struct vga_pci *)(void *)d;
}

/* DISPI is made of 16-bit registers; any part of one may be read. */
static uint64_t dispi_part(const struct vga *v, uint64_t offset, unsigned width)
{
    uint64_t value = vga_vbe_read(v, (unsigned)(offset / 2));

    if (width == 4) {
        value |= (uint64_t)vga_vbe_read(v, (unsigned)(offset / 2) + 1) << 16;
    }
    return value >> (8 * (offset & 1));
}

static uint64_t mmio_read(void *opaque, uint64_t offset, unsigned width)
{
    struct vga_pci *d = opaque;
    uint64_t value = 0;

    if (offset >= MMIO_PORTS && offset < MMIO_PORTS_END) {
        for (unsigned i = 0; i < width; i++) {
            uint16_t port = (uint16_t)(0x3c0 + (offset + i - MMIO_PORTS));

            value |= (uint64_t)vga_port_read(&d->vga, port) << (8 * i);
        }
        return value;
    }
    if (offset >= MMIO_DISPI && offset < MMIO_DISPI_END) {
        return dispi_part(&d->vga, offset - MMIO_DISPI, width);
    }
    if (offset >= MMIO_EXT_SIZE && offset < MMIO_EXT_SIZE + 8) {
        value = (uint64_t)ORDER_LITTLE << 32 | 8;
        return value >> (8 * (offset - MMIO_EXT_SIZE));
    }
    return 0;
}

static void mmio_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct vga_pci *d = opaque;

    if (offset >= MMIO_PORTS && offset < MMIO_PORTS_END) {
        for (unsigned i = 0; i < width; i++) {
            vga_port_write(&d->vga, (uint16_t)(0x3c0 + (offset + i - MMIO_PORTS)),
                           (uint8_t)(value >> (8 * i)));
        }
    } else if (offset >= MMIO_DISPI && offset < MMIO_DISPI_END && width >= 2 && !(offset & 1)) {
        for (unsigned i = 0; i < width; i += 2) {
            vga_vbe_write(&d->vga, (unsigned)(offset - MMIO_DISPI + i) / 2,
                          (uint16_t)(value >> (8 * i)));
        }
    }
}

static const struct region_ops mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .valid = 1 | 2 | 4,
    .impl = 1 | 2 | 4,
};

static bool realize(struct device *dev, struct board *b, GError **error)
{
    static const struct pci_ids ids = {
        .vendor = 0x1234,
        .device = 0x1111,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .revision = 2,
        .class_base = 0x03,
    };
    struct vga_pci *d = from_device(dev);

    if (d->vgamem_mb & (d->vgamem_mb - 1)) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-device VGA: vgamem_mb=%u: expected a power of two from 1 to 256",
                    d->vgamem_mb);
        return false;
    }
    if (!pci_device_init(&d->pci, &d->s.pci, b, &ids, error)) {
        return false;
    }
    if (!vga_init(&d->vga, dev, b, &d->s.vga, (uint64_t)d->vgamem_mb << 20, error)) {
        pci_device_exit(&d->pci);
        return false;
    }
    d->mmio = (struct region){.name = "vga-mmio",
                              .dev = dev,
                              .opaque = d,
                              .ops = &mmio_ops,
                              .kind = REGION_IO,
                              .size = MMIO_SIZE};
    pci_bar_add(&d->pci, 0, &d->vga.lfb, false, true);
    pci_bar_add(&d->pci, 2, &d->mmio, false, false);
    if (!pci_rom_add(&d->pci, "vgabios-stdvga.bin", error)) {
        vga_exit(&d->vga);
        pci_device_exit(&d->pci);
        return false;
    }
    return true;
}

static void unrealize(struct device *dev)
{
    struct vga_pci *d = from_device(dev);

    pci_device_exit(&d->pci);
    vga_exit(&d->vga);
}

static void reset(struct device *dev)
{
    struct vga_pci *d = from_device(dev);

    pci_device_reset(&d->pci);
    vga_reset(&d->vga);
}

static void settle(struct device *dev)
{
    struct vga_pci *d = from_device(dev);

    pci_device_settle(&d->pci);
    vga_settle(&d->vga);
}

static const char *check(const void *state)
{
    const struct vga_pci_state *s = state;
    const char *wrong = pci_state_check(&s->pci);

    return wrong ? wrong : vga_check(&s->vga);
}

static const struct state_field fields[] = {
    STATE_STRUCT(struct vga_pci_state, pci, &pci_state_layout),
    STATE_STRUCT(struct vga_pci_state, vga, &vga_state_layout),
    STATE_END,
};

static const struct state_layout layout = {
    .name = "VGA",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct vga_pci_state),
    .fields = fields,
    .check = check,
};

static const struct prop props[] = {
    PCI_PROPS(struct vga_pci),
    {.name = "vgamem_mb",
     .type = PROP_U32,
     .offset = offsetof(struct vga_pci, vgamem_mb),
     .min = 1,
     .max = 256,
     .def = "16",
     .help = "video memory in MiB, a power of two"},
    {.name = NULL},
};

const struct device_class vga_pci_class = {
    .name = "VGA",
    .desc = "standard VGA with Bochs DISPI",
    .bus = BUS_PCI,
    .user = true,
    .fixed = true,
    .size = sizeof(struct vga_pci),
    .state_offset = offsetof(struct vga_pci, s),
    .state = &layout,
    .props = props,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};
