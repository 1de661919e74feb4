/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACPI tables: RSDP, RSDT, FADT and FACS of ACPI 1.0b (section 5.2), MADT and WAET, HPET (IA-PC HPET
 * 1.0a section 3.2.4). The DSDT is in acpi_dsdt.c.
 *
 * Revision 1 throughout: what the board has needs no more, and every system takes it. There is no
 * reset register then; systems reset by the keyboard controller.
 *
 * The firmware fetches two files, places them, and works off a list of commands that fills in the
 * addresses and checksums it changes ("etc/table-loader" of QEMU's firmware configuration).
 */
#include "hw/pc/acpi.h"

#include "hw/pc/fw_cfg.h"
#include "hw/pci/piix4_pm.h"
#include "hw/timer/hpet.h"

#include <string.h>

#define TABLES "etc/acpi/tables"
#define RSDP "etc/acpi/rsdp"
#define LOADER "etc/table-loader"

#define OEM_ID "VMXDM "
#define OEM_TABLE_ID "VMXDM PC"
#define CREATOR "VMXD"

#define HEADER_LENGTH 4
#define HEADER_CHECKSUM 9
#define FACS_SIZE 64
#define RSDP_SIZE 20
#define RSDP_CHECKSUM 8
#define RSDP_RSDT 16
#define FADT_FACS 36
#define FADT_DSDT 40
#define FADT_SIZE 116
#define TABLES_MAX 8

#define FADT_WBINVD 0x01u
#define FADT_PROC_C1 0x04u
#define FADT_SLP_BUTTON 0x20u /* not in the fixed registers: there is none */
#define FADT_FIX_RTC 0x40u    /* no RTC status in the fixed registers */
#define LATENCY_NONE 0xfff    /* C2 and C3: more than the state allows */
#define RTC_CENTURY 0x32

#define MADT_PCAT_COMPAT 1u
#define MADT_LAPIC 0
#define MADT_IOAPIC 1
#define MADT_OVERRIDE 2
#define MADT_LAPIC_NMI 4
#define LAPIC_BASE 0xfee00000u
#define IOAPIC_BASE 0xfec00000u
#define ACTIVE_HIGH_LEVEL 0x0d
#define ALL_CPUS 0xff

#define WAET_PM_TIMER_GOOD 0x2u

static void put(GByteArray *t, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t b = (uint8_t)(v >> (8 * i));

        g_byte_array_append(t, &b, 1);
    }
}

static void put_text(GByteArray *t, const char *text)
{
    g_byte_array_append(t, (const guint8 *)text, (guint)strlen(text));
}

static void set32(GByteArray *t, guint at, uint32_t v)
{
    for (guint i = 0; i < 4; i++) {
        t->data[at + i] = (uint8_t)(v >> (8 * i));
    }
}

void acpi_header(GByteArray *t, const char signature[4], uint8_t revision)
{
    g_byte_array_append(t, (const guint8 *)signature, 4);
    put(t, 0, 4);
    put(t, revision, 1);
    put(t, 0, 1);
    put_text(t, OEM_ID);
    put_text(t, OEM_TABLE_ID);
    put(t, 1, 4);
    put_text(t, CREATOR);
    put(t, 1, 4);
}

void acpi_set_length(GByteArray *t)
{
    set32(t, HEADER_LENGTH, t->len);
}

/* For a table that the firmware does not change. */
static void set_checksum(GByteArray *t)
{
    uint8_t sum = 0;

    t->data[HEADER_CHECKSUM] = 0;
    for (guint i = 0; i < t->len; i++) {
        sum = (uint8_t)(sum + t->data[i]);
    }
    t->data[HEADER_CHECKSUM] = (uint8_t)-sum;
}

/* -- the list of commands: 128 bytes each -- */

enum { COMMAND_ALLOCATE = 1, COMMAND_POINTER, COMMAND_CHECKSUM };
enum { ZONE_HIGH = 1, ZONE_FSEG };

static void put_file(GByteArray *l, const char *name)
{
    char field[FW_CFG_NAME] = {0};

    g_strlcpy(field, name, sizeof(field));
    g_byte_array_append(l, (const guint8 *)field, sizeof(field));
}

static void end_command(GByteArray *l)
{
    while (l->len % 128) {
        put(l, 0, 1);
    }
}

static void allocate(GByteArray *l, const char *file, uint32_t align, uint8_t zone)
{
    put(l, COMMAND_ALLOCATE, 4);
    put_file(l, file);
    put(l, align, 4);
    put(l, zone, 1);
    end_command(l);
}

/* The 4 bytes at `at` of file hold an offset in the tables: make an address of it. */
static void pointer(GByteArray *l, const char *file, uint32_t at)
{
    put(l, COMMAND_POINTER, 4);
    put_file(l, file);
    put_file(l, TABLES);
    put(l, at, 4);
    put(l, 4, 1);
    end_command(l);
}

static void checksum(GByteArray *l, const char *file, uint32_t at, uint32_t start, uint32_t len)
{
    put(l, COMMAND_CHECKSUM, 4);
    put_file(l, file);
    put(l, at, 4);
    put(l, start, 4);
    put(l, len, 4);
    end_command(l);
}

/* -- tables; offsets are those in the file of all tables -- */

static GByteArray *facs(void)
{
    GByteArray *t = g_byte_array_new();

    put_text(t, "FACS");
    put(t, FACS_SIZE, 4);
    while (t->len < FACS_SIZE) {
        put(t, 0, 4);
    }
    return t;
}

static GByteArray *fadt(const struct acpi_config *cfg, uint32_t facs_at, uint32_t dsdt_at)
{
    GByteArray *t = g_byte_array_new();

    acpi_header(t, "FACP", 1);
    put(t, facs_at, 4);
    put(t, dsdt_at, 4);
    put(t, cfg->apic, 1); /* INT_MODEL */
    put(t, 0, 1);
    put(t, PIIX4_PM_SCI, 2);
    put(t, PIIX4_PM_SMI_CMD, 4);
    put(t, PIIX4_PM_ACPI_ENABLE, 1);
    put(t, PIIX4_PM_ACPI_DISABLE, 1);
    put(t, 0, 2); /* no S4BIOS */
    put(t, PIIX4_PM_BASE + PIIX4_PM_EVT, 4);
    put(t, 0, 4);
    put(t, PIIX4_PM_BASE + PIIX4_PM_CNT, 4);
    put(t, 0, 4);
    put(t, 0, 4); /* no PM2 */
    put(t, PIIX4_PM_BASE + PIIX4_PM_TMR, 4);
    put(t, PIIX4_GPE_PORT, 4);
    put(t, 0, 4);
    put(t, 4, 1); /* lengths: PM1_EVT, PM1_CNT, PM2_CNT, PM_TM, GPE0, GPE1 */
    put(t, 2, 1);
    put(t, 0, 1);
    put(t, 4, 1);
    put(t, PIIX4_GPE_PORTS, 1);
    put(t, 0, 1);
    put(t, 0, 2); /* GPE1_BASE */
    put(t, LATENCY_NONE, 2);
    put(t, LATENCY_NONE, 2);
    put(t, 0, 4); /* WBINVD flushes: no sizes */
    put(t, 0, 4); /* duty cycle, alarms */
    put(t, RTC_CENTURY, 1);
    put(t, 0, 3);
    put(t, FADT_WBINVD | FADT_PROC_C1 | FADT_SLP_BUTTON | FADT_FIX_RTC, 4);
    acpi_set_length(t);
    return t;
}

static void override(GByteArray *t, uint8_t irq, uint32_t gsi, uint16_t flags)
{
    put(t, MADT_OVERRIDE, 1);
    put(t, 10, 1);
    put(t, 0, 1); /* ISA */
    put(t, irq, 1);
    put(t, gsi, 4);
    put(t, flags, 2);
}

static GByteArray *madt(const struct acpi_config *cfg)
{
    /* what PIRQs and SCI lead to: level, and high since the PIIX3 inverts them */
    static const uint8_t level[] = {5, PIIX4_PM_SCI, 10, 11};
    GByteArray *t = g_byte_array_new();

    acpi_header(t, "APIC", 1);
    put(t, LAPIC_BASE, 4);
    put(t, MADT_PCAT_COMPAT, 4);
    for (unsigned i = 0; i < cfg->cpus; i++) {
        put(t, MADT_LAPIC, 1);
        put(t, 8, 1);
        put(t, i, 1); /* processor id, as in the DSDT */
        put(t, i, 1); /* APIC id */
        put(t, 1, 4); /* enabled */
    }
    put(t, MADT_IOAPIC, 1);
    put(t, 12, 1);
    put(t, 0, 2);
    put(t, IOAPIC_BASE, 4);
    put(t, 0, 4);
    override(t, 0, 2, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(level); i++) {
        override(t, level[i], level[i], ACTIVE_HIGH_LEVEL);
    }
    put(t, MADT_LAPIC_NMI, 1);
    put(t, 6, 1);
    put(t, ALL_CPUS, 1);
    put(t, 0, 2);
    put(t, 1, 1); /* LINT1 */
    acpi_set_length(t);
    set_checksum(t);
    return t;
}

static GByteArray *hpet_table(void)
{
    GByteArray *t = g_byte_array_new();

    acpi_header(t, "HPET", 1);
    put(t, HPET_BLOCK_ID, 4);
    put(t, 0, 4); /* address: memory, no width or offset */
    put(t, HPET_BASE, 8);
    put(t, 0, 1); /* number */
    put(t, 0, 2); /* no least period in periodic mode */
    put(t, 0, 1);
    acpi_set_length(t);
    set_checksum(t);
    return t;
}

/* One read of the PM timer is enough: no latch to race with. */
static GByteArray *waet(void)
{
    GByteArray *t = g_byte_array_new();

    acpi_header(t, "WAET", 1);
    put(t, WAET_PM_TIMER_GOOD, 4);
    acpi_set_length(t);
    set_checksum(t);
    return t;
}

/* -- the files -- */

struct tables {
    GByteArray *file, *loader;
    uint32_t root[TABLES_MAX]; /* what the RSDT points to */
    unsigned nroot;
};

/* Append a table, 16-byte aligned, and free it. Returns where it is. */
static uint32_t add(struct tables *f, GByteArray *t)
{
    uint32_t at;

    while (f->file->len % 16) {
        put(f->file, 0, 1);
    }
    at = f->file->len;
    g_byte_array_append(f->file, t->data, t->len);
    g_byte_array_unref(t);
    return at;
}

static void add_root(struct tables *f, GByteArray *t)
{
    if (f->nroot < TABLES_MAX) {
        f->root[f->nroot++] = add(f, t);
    }
}

static void add_fadt(struct tables *f, const struct acpi_config *cfg)
{
    uint32_t facs_at = add(f, facs()); /* the first: on a 64-byte boundary */
    GByteArray *t = acpi_dsdt(cfg);
    uint32_t at;

    set_checksum(t);
    at = add(f, t);
    add_root(f, fadt(cfg, facs_at, at));
    at = f->root[0];
    pointer(f->loader, TABLES, at + FADT_FACS);
    pointer(f->loader, TABLES, at + FADT_DSDT);
    checksum(f->loader, TABLES, at + HEADER_CHECKSUM, at, FADT_SIZE);
}

static uint32_t add_rsdt(struct tables *f)
{
    GByteArray *t = g_byte_array_new();
    uint32_t at, len;

    acpi_header(t, "RSDT", 1);
    for (unsigned i = 0; i < f->nroot; i++) {
        put(t, f->root[i], 4);
    }
    acpi_set_length(t);
    len = t->len;
    at = add(f, t);
    for (unsigned i = 0; i < f->nroot; i++) {
        pointer(f->loader, TABLES, at + ACPI_HEADER + 4 * i);
    }
    checksum(f->loader, TABLES, at + HEADER_CHECKSUM, at, len);
    return at;
}

static void add_rsdp(struct tables *f, struct fw_cfg *fw, uint32_t rsdt)
{
    g_autoptr(GByteArray) t = g_byte_array_new();

    put_text(t, "RSD PTR ");
    put(t, 0, 1);
    put_text(t, OEM_ID);
    put(t, 0, 1); /* ACPI 1.0 */
    put(t, rsdt, 4);
    pointer(f->loader, RSDP, RSDP_RSDT);
    checksum(f->loader, RSDP, RSDP_CHECKSUM, 0, RSDP_SIZE);
    fw_cfg_add_file(fw, RSDP, t->data, t->len);
}

void acpi_add(struct fw_cfg *fw, const struct acpi_config *cfg)
{
    struct tables f = {.file = g_byte_array_new(), .loader = g_byte_array_new()};

    allocate(f.loader, TABLES, 64, ZONE_HIGH);
    allocate(f.loader, RSDP, 16, ZONE_FSEG);
    add_fadt(&f, cfg);
    if (cfg->apic) {
        add_root(&f, madt(cfg));
    }
    if (cfg->hpet) {
        add_root(&f, hpet_table());
    }
    add_root(&f, waet());
    add_rsdp(&f, fw, add_rsdt(&f));
    fw_cfg_add_file(fw, TABLES, f.file->data, f.file->len);
    fw_cfg_add_file(fw, LOADER, f.loader->data, f.loader->len);
    g_byte_array_unref(f.file);
    g_byte_array_unref(f.loader);
}
