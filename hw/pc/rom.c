/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware ROM of a PC: the image ends at 4 GiB, where the CPU starts, and its last 128 KiB
 * appear below 1 MiB as well, under the host bridge's shadow RAM.
 */
#include "hw/pc/rom.h"

#include "core/ram.h"

#include <string.h>

#define ROM_UNIT (64u << 10)
#define ROM_MAX (16u << 20)
#define LOW_MAX (128u << 10)
#define LOW_END (UINT64_C(1) << 20)
#define HIGH_END (UINT64_C(1) << 32)

static bool size_ok(const char *file, gsize len, GError **error)
{
    if (len > 0 && len <= ROM_MAX && len % ROM_UNIT == 0) {
        return true;
    }
    g_set_error(error, DEVICE_ERROR, 0,
                "-bios %s: the file has %" G_GSIZE_FORMAT
                " bytes; firmware must be a multiple of 64 KiB and at most 16 MiB",
                file, len);
    return false;
}

static struct region rom_region(const struct rom *rom, const char *name, uint64_t offset,
                                uint64_t size)
{
    return (struct region){
        .name = name,
        .kind = REGION_ROM,
        .ram = rom->block,
        .ram_offset = offset,
        .size = size,
        .prio = PRIO_FIXED,
    };
}

bool rom_load(struct rom *rom, struct board *b, const char *file, GError **error)
{
    g_autoptr(GBytes) image = b->firmware(b->firmware_opaque, file, error);
    const void *data;
    gsize len;
    uint64_t low;

    if (!image) {
        return false;
    }
    data = g_bytes_get_data(image, &len);
    if (!size_ok(file, len, error)) {
        return false;
    }
    rom->block = b->ram_alloc(b->accel_opaque, "bios", len, error);
    if (!rom->block) {
        return false;
    }
    memcpy(rom->block->host, data, len);
    low = len < LOW_MAX ? len : LOW_MAX;
    rom->high = rom_region(rom, "bios", 0, len);
    rom->low = rom_region(rom, "bios-low", len - low, low);
    return space_map(b->mem, &rom->high, HIGH_END - len, error) &&
           space_map(b->mem, &rom->low, LOW_END - low, error);
}

void rom_free(struct rom *rom)
{
    space_unmap(&rom->high);
    space_unmap(&rom->low);
    space_synchronize();
    ram_block_free(rom->block);
    rom->block = NULL;
}
