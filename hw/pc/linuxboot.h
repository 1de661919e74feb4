/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Booting a Linux kernel without a disk: -kernel, -initrd, -append. See linuxboot.c. */
#ifndef HW_PC_LINUXBOOT_H
#define HW_PC_LINUXBOOT_H

#include "hw/pc/board.h"

#define LINUXBOOT_ROM_SIZE 512
#define LINUXBOOT_ROM_FILE "genroms/linuxboot.bin"
/* Its place in the boot order. */
#define LINUXBOOT_DEVICE "/rom@" LINUXBOOT_ROM_FILE

extern const uint8_t linuxboot_rom[LINUXBOOT_ROM_SIZE];

/* Check the kernel, decide where everything goes, and put it with the boot ROM into fw_cfg. */
bool linuxboot_add(struct fw_cfg *fw, const struct pc_linux *linux_boot, uint64_t ram_size,
                   GError **error);

#endif
