/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the board leaves in CMOS RAM for the firmware. See cmos.c. */
#ifndef HW_PC_CMOS_H
#define HW_PC_CMOS_H

#include "hw/pc/board.h"

struct mc146818;

/* The bytes 38h and 3Dh for -boot letters. The error names the letter at fault. */
struct cmos_boot {
    uint8_t first_two; /* 3Dh */
    uint8_t third;     /* 38h */
};
bool cmos_boot_parse(const char *letters, struct cmos_boot *boot, GError **error);

/* Memory sizes, equipment, CPUs and boot order. */
void cmos_fill(struct mc146818 *rtc, uint64_t ram_size, unsigned cpus,
               const struct cmos_boot *boot);

/* Hard disk types, geometries and translations; ide[channel][unit], NULL: none. */
void cmos_fill_disks(struct mc146818 *rtc, struct disk *const ide[2][2]);

#endif
