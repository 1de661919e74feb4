/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both ATA channels and their bus masters, descriptor tables in RAM, slow and failing disks. */
#include "tests/fuzz/board.h"

#define IDE_DEVFN 9
#define BM 0xc000
#define OPS_MAX 1000

static uint16_t base_of(uint8_t channel)
{
    return channel & 1 ? 0x170 : 0x1f0;
}

static void whole_command(struct fuzz_in *in)
{
    uint8_t where = in8(in), cmd = in8(in);
    uint16_t base = base_of(where);

    outb(base + 6, (uint8_t)(0xa0 | (where & 0x5f)));
    for (unsigned reg = 1; reg < 6; reg++) {
        if (where & 0x80) {
            outb((uint16_t)(base + reg), in8(in));
        }
        outb((uint16_t)(base + reg), in8(in));
    }
    outb(base + 7, cmd);
}

/* A table of descriptors at 1000h or near the end of RAM. */
static void table(struct fuzz_in *in)
{
    uint8_t n = in8(in);
    uint32_t at = n & 0x80 ? FUZZ_RAM - 8 : 0x1000;

    for (unsigned i = 0; i < (n & 15u) + 1; i++) {
        uint32_t prd[2] = {in32(in), in32(in)};

        prd[0] = n & 0x40 ? prd[0] : (uint32_t)(prd[0] % FUZZ_RAM);
        ram_write(fuzz.mem, at + 8 * i, prd, 8);
    }
    outl((uint16_t)(BM + 4 + (n & 0x20 ? 8 : 0)), at);
}

static void op(struct fuzz_in *in)
{
    uint8_t v = in8(in);
    uint16_t base = base_of(v >> 7);
    uint16_t bm = (uint16_t)(BM + (v >> 7) * 8);

    switch (v & 15) {
    case 0:
    case 1:
        whole_command(in);
        break;
    case 2:
        outb((uint16_t)(base + (v >> 4 & 7)), in8(in));
        break;
    case 3:
        space_read(fuzz.ports, base + (v >> 4 & 7), 1u << (in8(in) & 3));
        break;
    case 4:
        fuzz_block(fuzz.ports, base, 1u << (v >> 4 & 3), in16(in), false, in);
        break;
    case 5:
        fuzz_block(fuzz.ports, base, 1u << (v >> 4 & 3), in16(in), true, in);
        break;
    case 6:
        outb(base + 0x206, in8(in));
        break;
    case 7:
        space_read(fuzz.ports, base + 0x206, 1);
        break;
    case 8:
        table(in);
        break;
    case 9:
        outb(bm, v & 0x40 ? in8(in) : v & 0x10 ? 9 : 1);
        break;
    case 10:
        space_write(fuzz.ports, bm + (v >> 4 & 7), 1, in8(in));
        break;
    case 11:
        space_read(fuzz.ports, bm + (v >> 4 & 7), 1u << (in8(in) & 3));
        break;
    case 12:
        fuzz_disk_mood(in8(in));
        break;
    case 13:
        fuzz_loop();
        break;
    case 14:
        if (v & 0x40) {
            fuzz_save_load(fuzz_device_named("piix3-ide"));
        } else if (v & 0x20) {
            device_reset(fuzz_device_named("piix3-ide"));
        } else {
            config_write(IDE_DEVFN, in8(in), 1, in8(in));
        }
        break;
    default:
        fuzz_step(in8(in));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};

    fuzz_begin();
    config_write(IDE_DEVFN, PCI_BAR0 + 16, 4, BM | 1);
    config_write(IDE_DEVFN, PCI_COMMAND, 2, 5);
    for (unsigned i = 0; in.left && i < OPS_MAX; i++) {
        op(&in);
        fuzz_check(fuzz_device_named("piix3-ide"));
    }
    fuzz_end();
    return 0;
}
