/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI and SMBIOS tables of the board, handed to the firmware by fw_cfg. See acpi.c, smbios.c. */
#ifndef HW_PC_ACPI_H
#define HW_PC_ACPI_H

#include "hw/pc/board.h"

/* What the tables say of the board. */
struct acpi_config {
    uint64_t ram_size;
    unsigned cpus;
    bool apic;           /* local APICs and an IOAPIC */
    bool hpet;           /* at HPET_BASE */
    bool com[4];         /* serial ports at their usual places */
    uint32_t fixed;      /* PCI slots, a bit each, whose cards stay */
    const uint8_t *uuid; /* 16 bytes in order of the text; NULL: zero */
};

/* "etc/acpi/tables", "etc/acpi/rsdp" and "etc/table-loader". */
void acpi_add(struct fw_cfg *fw, const struct acpi_config *cfg);

/* The DSDT with its header, checksum still 0; g_byte_array_unref. acpi_dsdt.c */
GByteArray *acpi_dsdt(const struct acpi_config *cfg);

/* "etc/smbios/smbios-tables" and "etc/smbios/smbios-anchor". */
void smbios_add(struct fw_cfg *fw, const struct acpi_config *cfg);

/* A table header with length and checksum 0; `length` bytes follow later. */
#define ACPI_HEADER 36
void acpi_header(GByteArray *t, const char signature[4], uint8_t revision);
void acpi_set_length(GByteArray *t);

#endif
