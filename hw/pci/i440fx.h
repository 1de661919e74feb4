/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host bridge of the board: configuration ports, RAM and its shadows, PCI bus 0. See i440fx.c. */
#ifndef HW_PCI_I440FX_H
#define HW_PCI_I440FX_H

#include "hw/pci/pci.h"

#define I440FX_PAM_SEGMENTS 13
/* RAM below 4 GiB ends here at the latest; the rest starts at 4 GiB. */
#define I440FX_LOW_RAM_MAX UINT64_C(0xe0000000)
#define I440FX_HIGH_RAM_BASE (UINT64_C(1) << 32)
#define I440FX_RAM_MIN (UINT64_C(1) << 20)
/* From here to 4 GiB the chip set answers, never a PCI device: APICs, firmware. */
#define I440FX_RESERVED_BASE UINT64_C(0xfec00000)

struct i440fx_state {
    struct pci_state pci;
    uint32_t config_addr; /* CONFADD */
    uint32_t pad;
};

/* The byte at CF9h, inside CONFADD, belongs to the ISA bridge. No lock of its own is held. */
struct i440fx_cf9 {
    uint8_t (*read)(void *opaque);
    void (*write)(void *opaque, uint8_t value);
    void *opaque;
};

struct i440fx {
    struct pci_device pci;
    struct i440fx_state state;
    struct board *board;
    struct ram_block *ram;
    struct i440fx_cf9 cf9;
    struct region confadd, confdata;
    struct region low, middle, high, reserved, smram;
    struct region pam_ram[I440FX_PAM_SEGMENTS], pam_rom[I440FX_PAM_SEGMENTS];
};

extern const struct device_class i440fx_class;

/* Make the bridge with all of `ram` behind it; sets b->pci. */
struct i440fx *i440fx_new(struct board *b, struct ram_block *ram, GError **error);
void i440fx_set_cf9(struct i440fx *f, const struct i440fx_cf9 *cf9);

/* How much of ram_size lies below 4 GiB. */
uint64_t i440fx_low_ram(uint64_t ram_size);

#endif
