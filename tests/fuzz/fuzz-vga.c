/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA and DISPI registers, the window, the linear memory, refreshes in between. */
#include "tests/fuzz/board.h"

#define OPS_MAX 400
#define VGA_DEVFN 16
#define LFB 0xe0000000u
#define MMIO 0xe2000000u

static void indexed(uint16_t port, uint8_t index, uint8_t value)
{
    outb(port, index);
    outb(port + 1, value);
}

static void dispi(unsigned index, unsigned value)
{
    space_write(fuzz.ports, 0x1ce, 2, index);
    space_write(fuzz.ports, 0x1cf, 2, value);
}

static void dispi_mode(struct fuzz_in *in)
{
    static const uint8_t depths[] = {4, 8, 15, 16, 24, 32, 0, 1};
    uint8_t flags = in8(in);

    dispi(4, 0);
    dispi(1, in16(in));
    dispi(2, in16(in));
    dispi(3, depths[flags & 7]);
    dispi(4, 1 | (flags & 0xe2));
}

static void op(struct fuzz_in *in)
{
    uint8_t v = in8(in);

    switch (v & 15) {
    case 0:
        indexed(0x3c4, v >> 4 & 7, in8(in));
        break;
    case 1:
        indexed(0x3ce, v >> 4, in8(in));
        break;
    case 2:
    case 3:
        indexed(v & 0x10 ? 0x3b4 : 0x3d4, in8(in), in8(in));
        break;
    case 4:
        space_read(fuzz.ports, 0x3da, 1);
        outb(0x3c0, v & 0x80 ? in8(in) : (uint8_t)(v >> 4 | 0x10));
        outb(0x3c0, in8(in));
        outb(0x3c0, 0x20);
        break;
    case 5:
        dispi_mode(in);
        break;
    case 6:
        dispi(v >> 4, in16(in));
        break;
    case 7:
        fuzz_access(fuzz.mem, 0xa0000 + in_n(in, 3) % 0x20000, v >> 4, in);
        break;
    case 8:
        fuzz_access(fuzz.mem, LFB + in_n(in, 3), v >> 4, in);
        break;
    case 9:
        fuzz_access(fuzz.mem, MMIO + in16(in) % 0x1000, v >> 4, in);
        break;
    case 10:
        fuzz_access(fuzz.ports, 0x3b0 + in8(in) % 0x30, v >> 4, in);
        break;
    case 11:
    case 12:
        fuzz_screen(v >> 4);
        break;
    case 13:
        fuzz_step(in8(in));
        break;
    case 14:
        outb(0x3c2, in8(in));
        break;
    default:
        if (v & 0x80) {
            fuzz_save_load(fuzz_device_named("VGA"));
        } else {
            config_write(VGA_DEVFN, in8(in), 1, in8(in));
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    const struct pci_device *vga;

    fuzz_begin();
    vga = (const struct pci_device *)(void *)fuzz_device_named("VGA");
    config_write(vga->devfn, PCI_BAR0, 4, LFB);
    config_write(vga->devfn, PCI_BAR0 + 8, 4, MMIO);
    config_write(vga->devfn, PCI_COMMAND, 2, 3);
    for (unsigned i = 0; in.left && i < OPS_MAX; i++) {
        op(&in);
        fuzz_check(fuzz_device_named("VGA"));
    }
    fuzz_screen(3);
    fuzz_end();
    return 0;
}
