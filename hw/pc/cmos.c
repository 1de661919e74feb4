/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CMOS RAM as firmware for QEMU's PC expects it: the IBM AT's map (Technical Reference, "CMOS RAM")
 * up to 33h, and the extensions of Bochs and QEMU above: 34h/35h memory above 16 MiB, 38h/3Dh boot
 * order, 39h disk translation, 5Bh to 5Dh memory above 4 GiB, 5Fh number of CPUs less one.
 * The century (32h, 37h) belongs to the clock.
 */
#include "hw/pc/cmos.h"

#include "hw/pci/i440fx.h"
#include "hw/timer/mc146818.h"

#include <string.h>

#define FLOPPY_TYPES 0x10
#define DISK_TYPES 0x12
#define EQUIPMENT 0x14
#define EQUIPMENT_FPU 0x02u
#define EQUIPMENT_MOUSE 0x04u
#define BASE_MEMORY 0x15
#define EXT_MEMORY 0x17
#define DISK_TYPE_EXT 0x19
#define DISK_INFO 0x1b
#define DISK_INFO_LEN 9
#define EXT_MEMORY_2 0x30
#define MEMORY_ABOVE_16M 0x34
#define BOOT_THIRD 0x38
#define TRANSLATION 0x39
#define BOOT_FIRST_TWO 0x3d
#define MEMORY_ABOVE_4G 0x5b
#define CPUS 0x5f

#define TYPE_EXTENDED 0xfu /* in DISK_TYPES: see DISK_TYPE_EXT */
#define TYPE_USER 47       /* geometry is in DISK_INFO */
#define TRANSLATION_LBA 1u

#define BOOT_DEVICES 3

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define SECTOR 512
#define CYLINDERS_MAX 16383

static void put_le(struct mc146818 *rtc, unsigned index, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        mc146818_set_cmos(rtc, (uint8_t)(index + i), (uint8_t)(value >> (8 * i)));
    }
}

static uint64_t at_most(uint64_t value, uint64_t limit)
{
    return value < limit ? value : limit;
}

/* -- boot order -- */

bool cmos_boot_parse(const char *letters, struct cmos_boot *boot, GError **error)
{
    uint8_t code[BOOT_DEVICES] = {0};

    if (strlen(letters) > BOOT_DEVICES) {
        g_set_error(error, DEVICE_ERROR, 0, "-boot order=%s: at most %d devices can be named",
                    letters, BOOT_DEVICES);
        return false;
    }
    for (unsigned i = 0; letters[i]; i++) {
        static const char known[] = "acdn"; /* their codes are 1 to 4 */
        const char *at = strchr(known, letters[i]);

        if (!at) {
            g_set_error(error, DEVICE_ERROR, 0,
                        "-boot order=%s: no device '%c'; use a (floppy), c (disk), d (CD-ROM) or "
                        "n (network)",
                        letters, letters[i]);
            return false;
        }
        code[i] = (uint8_t)(at - known + 1);
    }
    boot->first_two = (uint8_t)(code[1] << 4 | code[0]);
    boot->third = (uint8_t)(code[2] << 4);
    return true;
}

/* -- memory and the rest -- */

static void fill_memory(struct mc146818 *rtc, uint64_t ram_size)
{
    uint64_t low = i440fx_low_ram(ram_size);
    uint64_t ext = low > MIB ? (low - MIB) / KIB : 0;
    uint64_t above_16m = low > 16 * MIB ? (low - 16 * MIB) / (64 * KIB) : 0;

    put_le(rtc, BASE_MEMORY, 640, 2);
    put_le(rtc, EXT_MEMORY, at_most(ext, 0xffff), 2);
    put_le(rtc, EXT_MEMORY_2, at_most(ext, 0xffff), 2);
    put_le(rtc, MEMORY_ABOVE_16M, at_most(above_16m, 0xffff), 2);
    put_le(rtc, MEMORY_ABOVE_4G, at_most((ram_size - low) / (64 * KIB), 0xffffff), 3);
}

void cmos_fill(struct mc146818 *rtc, uint64_t ram_size, unsigned cpus, const struct cmos_boot *boot)
{
    fill_memory(rtc, ram_size);
    mc146818_set_cmos(rtc, FLOPPY_TYPES, 0);
    mc146818_set_cmos(rtc, EQUIPMENT, EQUIPMENT_FPU | EQUIPMENT_MOUSE);
    mc146818_set_cmos(rtc, CPUS, (uint8_t)(cpus - 1));
    mc146818_set_cmos(rtc, BOOT_FIRST_TWO, boot->first_two);
    mc146818_set_cmos(rtc, BOOT_THIRD, boot->third);
}

/* -- disks -- */

/* As the drive itself has it: what it is not told is 16 heads of 63 sectors, and all its size. */
static struct disk_geometry geometry_of(const struct disk *d)
{
    struct disk_geometry g = disk_geometry(d);

    g.heads = g.heads >= 1 && g.heads <= 16 ? g.heads : 16;
    g.sectors = g.sectors >= 1 && g.sectors <= 255 ? g.sectors : 63;
    if (g.cylinders == 0) {
        uint64_t cylinders = disk_size(d) / SECTOR / g.heads / g.sectors;

        g.cylinders = cylinders < 2 ? 2 : (uint32_t)at_most(cylinders, CYLINDERS_MAX);
    }
    g.cylinders = (uint32_t)at_most(g.cylinders, CYLINDERS_MAX);
    return g;
}

/* The BIOS interface reaches 1024 cylinders of a disk that is not translated. */
static bool translated(const struct disk_geometry *g)
{
    return g->cylinders > 1024 || g->sectors > 63;
}

static void fill_disk(struct mc146818 *rtc, unsigned unit, const struct disk_geometry *g)
{
    unsigned at = DISK_INFO + unit * DISK_INFO_LEN;

    mc146818_set_cmos(rtc, (uint8_t)(DISK_TYPE_EXT + unit), TYPE_USER);
    put_le(rtc, at, g->cylinders, 2);
    put_le(rtc, at + 2, g->heads, 1);
    put_le(rtc, at + 3, 0xffff, 2);                             /* no write precompensation */
    put_le(rtc, at + 5, 0xc0u | (g->heads > 8 ? 0x08u : 0), 1); /* control byte */
    put_le(rtc, at + 6, g->cylinders, 2);                       /* landing zone */
    put_le(rtc, at + 8, g->sectors, 1);
}

void cmos_fill_disks(struct mc146818 *rtc, struct disk *const ide[2][2])
{
    uint8_t types = 0, translation = 0;

    for (unsigned i = 0; i < 4; i++) {
        const struct disk *d = ide[i / 2][i % 2];
        struct disk_geometry g;

        if (!d || !disk_present(d)) {
            continue;
        }
        g = geometry_of(d);
        if (translated(&g)) {
            translation |= (uint8_t)(TRANSLATION_LBA << (2 * i));
        }
        if (i < 2) { /* the AT knew two drives */
            types |= (uint8_t)(TYPE_EXTENDED << (4 * (1 - i)));
            fill_disk(rtc, i, &g);
        }
    }
    mc146818_set_cmos(rtc, DISK_TYPES, types);
    mc146818_set_cmos(rtc, TRANSLATION, translation);
}
