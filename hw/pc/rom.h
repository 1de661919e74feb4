/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board's firmware ROM. */
#ifndef HW_PC_ROM_H
#define HW_PC_ROM_H

#include "hw/pc/board.h"

struct rom {
    struct ram_block *block;
    struct region high; /* the whole image, up to 4 GiB */
    struct region low;  /* its last 128 KiB, up to 1 MiB */
};

/* Load a firmware file and map it. On error rom_free() is still due. */
bool rom_load(struct rom *rom, struct board *b, const char *file, GError **error);
void rom_free(struct rom *rom);

#endif
