/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SMBIOS 2.8 (DMTF DSP0134): what the machine says of itself to those who ask. Types 1, 3, 4, 16,
 * 17, 19, 32 and 127; the firmware adds its own type 0, and places and sums all.
 */
#include "hw/pc/acpi.h"

#include "hw/pc/fw_cfg.h"
#include "hw/pci/i440fx.h"

#include <string.h>

#define ANCHOR_SIZE 0x1f
#define MAKER "vmx-dm"
#define PRODUCT "Standard PC (i440FX + PIIX, 1996)"

#define SYSTEM 0x0100
#define CHASSIS 0x0300
#define PROCESSOR 0x0400
#define MEMORY_ARRAY 0x1000
#define MEMORY_DEVICE 0x1100
#define MEMORY_RANGE 0x1300
#define BOOT_INFO 0x2000
#define END_OF_TABLE 0x7f00

#define NO_HANDLE 0xffff
#define NO_ERROR_HANDLE 0xfffe
#define OTHER 1
#define UNKNOWN 2
#define SAFE 3

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)

struct smbios {
    GByteArray *out;
    guint start; /* of the structure being written */
    uint16_t count, largest;
};

static void put(struct smbios *s, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t b = (uint8_t)(v >> (8 * i));

        g_byte_array_append(s->out, &b, 1);
    }
}

static void begin(struct smbios *s, uint16_t handle, uint8_t type)
{
    s->start = s->out->len;
    put(s, type, 1);
    put(s, 0, 1);
    put(s, handle, 2);
}

/* The strings, in the order of their numbers from 1, NULL ended. */
static void end(struct smbios *s, const char *const *strings)
{
    guint len;

    s->out->data[s->start + 1] = (uint8_t)(s->out->len - s->start);
    for (unsigned i = 0; strings && strings[i]; i++) {
        g_byte_array_append(s->out, (const guint8 *)strings[i], (guint)strlen(strings[i]) + 1);
    }
    put(s, 0, strings ? 1 : 2);
    len = s->out->len - s->start;
    s->largest = len > s->largest ? (uint16_t)len : s->largest;
    s->count++;
}

/* The first three fields of a UUID are little endian here. */
static void put_uuid(struct smbios *s, const uint8_t *uuid)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

    for (unsigned i = 0; i < 16; i++) {
        put(s, uuid ? uuid[order[i]] : 0, 1);
    }
}

static void add_system(struct smbios *s, const uint8_t *uuid)
{
    static const char *const strings[] = {MAKER, PRODUCT, "pc", NULL};

    begin(s, SYSTEM, 1);
    put(s, 0x030201, 3); /* manufacturer, product, version */
    put(s, 0, 1);
    put_uuid(s, uuid);
    put(s, 6, 1); /* woken by the power switch */
    put(s, 0, 2);
    end(s, strings);
}

static void add_chassis(struct smbios *s)
{
    static const char *const strings[] = {MAKER, "pc", NULL};

    begin(s, CHASSIS, 3);
    put(s, 1, 1);
    put(s, OTHER, 1);
    put(s, 2, 1);
    put(s, 0, 2);
    put(s, SAFE, 1); /* boot-up, power supply, thermal */
    put(s, SAFE, 1);
    put(s, SAFE, 1);
    put(s, UNKNOWN, 1);
    put(s, 0, 4); /* OEM */
    put(s, 0, 4); /* height, cords, contained elements */
    put(s, 0, 1);
    end(s, strings);
}

static void add_processor(struct smbios *s, unsigned n)
{
    g_autofree char *socket = g_strdup_printf("CPU %u", n);
    const char *const strings[] = {socket, MAKER, NULL};

    begin(s, (uint16_t)(PROCESSOR + n), 4);
    put(s, 1, 1);
    put(s, 3, 1); /* central processor */
    put(s, OTHER, 1);
    put(s, 2, 1);
    put(s, 0, 8); /* CPUID knows better */
    put(s, 0, 1);
    put(s, 0, 1);    /* voltage */
    put(s, 0, 6);    /* clock and speeds: unknown */
    put(s, 0x41, 1); /* socket populated, CPU enabled */
    put(s, OTHER, 1);
    put(s, NO_HANDLE, 2);
    put(s, NO_HANDLE, 2);
    put(s, NO_HANDLE, 2);
    put(s, 0, 3);
    put(s, 1, 1); /* cores, enabled cores, threads */
    put(s, 1, 1);
    put(s, 1, 1);
    put(s, UNKNOWN, 2);
    put(s, OTHER, 2);
    end(s, strings);
}

static void add_memory(struct smbios *s, uint64_t ram)
{
    static const char *const strings[] = {"DIMM 0", MAKER, NULL};
    uint64_t mib = ram / MIB;
    bool big = mib >= 0x7fff;

    begin(s, MEMORY_ARRAY, 16);
    put(s, OTHER, 1);
    put(s, 3, 1); /* system memory */
    put(s, 3, 1); /* no error correction */
    put(s, ram / KIB < 0x80000000 ? ram / KIB : 0x80000000, 4);
    put(s, NO_ERROR_HANDLE, 2);
    put(s, 1, 2);
    put(s, ram / KIB < 0x80000000 ? 0 : ram, 8);
    end(s, NULL);

    begin(s, MEMORY_DEVICE, 17);
    put(s, MEMORY_ARRAY, 2);
    put(s, NO_ERROR_HANDLE, 2);
    put(s, 0xffff, 2); /* widths: unknown */
    put(s, 0xffff, 2);
    put(s, big ? 0x7fff : mib, 2);
    put(s, 9, 1); /* DIMM */
    put(s, 0, 1);
    put(s, 1, 1);
    put(s, 0, 1);
    put(s, 7, 1); /* RAM */
    put(s, 2, 2); /* other */
    put(s, 0, 2);
    put(s, 2, 1);
    put(s, 0, 4);
    put(s, big ? mib : 0, 4);
    put(s, 0, 2);
    put(s, 0, 6); /* voltages */
    end(s, strings);
}

static void add_range(struct smbios *s, uint16_t n, uint64_t base, uint64_t size)
{
    uint64_t last = base + size - 1;
    bool big = last / KIB >= 0xffffffff;

    if (size == 0) {
        return;
    }
    begin(s, (uint16_t)(MEMORY_RANGE + n), 19);
    put(s, big ? 0xffffffff : base / KIB, 4);
    put(s, big ? 0xffffffff : last / KIB, 4);
    put(s, MEMORY_ARRAY, 2);
    put(s, 1, 1);
    put(s, big ? base : 0, 8);
    put(s, big ? last : 0, 8);
    end(s, NULL);
}

static void add_rest(struct smbios *s)
{
    begin(s, BOOT_INFO, 32);
    put(s, 0, 6);
    put(s, 0, 1); /* no error */
    end(s, NULL);
    begin(s, END_OF_TABLE, 127);
    end(s, NULL);
}

/* Table address and both checksums are the firmware's to fill in. */
static void add_anchor(struct fw_cfg *fw, const struct smbios *s)
{
    struct smbios a = {.out = g_byte_array_new()};

    g_byte_array_append(a.out, (const guint8 *)"_SM_", 4);
    put(&a, 0, 1);
    put(&a, ANCHOR_SIZE, 1);
    put(&a, 2, 1);
    put(&a, 8, 1);
    put(&a, s->largest, 2);
    put(&a, 0, 6);
    g_byte_array_append(a.out, (const guint8 *)"_DMI_", 5);
    put(&a, 0, 1);
    put(&a, s->out->len, 2);
    put(&a, 0, 4);
    put(&a, s->count, 2);
    put(&a, 0x28, 1);
    fw_cfg_add_file(fw, "etc/smbios/smbios-anchor", a.out->data, a.out->len);
    g_byte_array_unref(a.out);
}

void smbios_add(struct fw_cfg *fw, const struct acpi_config *cfg)
{
    struct smbios s = {.out = g_byte_array_new()};
    uint64_t low = i440fx_low_ram(cfg->ram_size);

    add_system(&s, cfg->uuid);
    add_chassis(&s);
    for (unsigned i = 0; i < cfg->cpus && i < 256; i++) {
        add_processor(&s, i);
    }
    add_memory(&s, cfg->ram_size);
    add_range(&s, 0, 0, low);
    add_range(&s, 1, I440FX_HIGH_RAM_BASE, cfg->ram_size - low);
    add_rest(&s);
    fw_cfg_add_file(fw, "etc/smbios/smbios-tables", s.out->data, s.out->len);
    add_anchor(fw, &s);
    g_byte_array_unref(s.out);
}
