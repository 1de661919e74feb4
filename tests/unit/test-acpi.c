/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hw/pc/acpi*.c, aml.c, smbios.c: the tables as a firmware would see them, taken through the real
 * fw_cfg device and put together by the list of commands; iasl reads the DSDT when installed.
 */
#include "hw/pc/acpi.h"

#include "hw/pc/aml.h"
#include "hw/pc/fw_cfg.h"
#include "hw/pci/piix4_pm.h"
#include "hw/timer/hpet.h"
#include "tests/unit/stub-board.h"

#include <glib/gstdio.h>
#include <string.h>

const struct device_class *const device_classes[] = {&fw_cfg_class, NULL};

#define MIB (UINT64_C(1) << 20)
#define TABLES_AT 0x3ff0000u /* where our firmware puts the two files */
#define RSDP_AT 0xf0000u

struct file {
    uint8_t data[65536];
    uint32_t len;
};

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)(p[0] | p[1] << 8 | p[2] << 16) | (uint32_t)p[3] << 24;
}

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)(p[0] | p[1] << 8);
}

static void fetch(struct stub *s, const char *name, struct file *f)
{
    uint8_t e[64];
    uint32_t n;

    memset(f, 0, sizeof(*f));
    space_write(s->board.ports, 0x510, 2, 0x19);
    for (unsigned i = 0; i < 4; i++) {
        e[i] = stub_inb(s, 0x511);
    }
    n = e[3];
    for (uint32_t i = 0; i < n; i++) {
        for (unsigned j = 0; j < sizeof(e); j++) {
            e[j] = stub_inb(s, 0x511);
        }
        if (strcmp((const char *)e + 8, name) == 0) {
            f->len = (uint32_t)(e[1] << 16 | e[2] << 8 | e[3]);
            g_assert_cmpuint(f->len, <=, sizeof(f->data));
            space_write(s->board.ports, 0x510, 2, (uint16_t)(e[4] << 8 | e[5]));
            for (uint32_t j = 0; j < f->len; j++) {
                f->data[j] = stub_inb(s, 0x511);
            }
            return;
        }
    }
    g_assert_not_reached();
}

/* -- a firmware -- */

struct firmware {
    struct stub *s;
    struct file tables, rsdp, loader;
    bool placed[2];
};

static struct file *file_of(struct firmware *fw, const uint8_t *name)
{
    if (strcmp((const char *)name, "etc/acpi/tables") == 0) {
        return &fw->tables;
    }
    g_assert_cmpstr((const char *)name, ==, "etc/acpi/rsdp");
    return &fw->rsdp;
}

static uint32_t address_of(struct firmware *fw, const struct file *f)
{
    g_assert_true(fw->placed[f == &fw->rsdp]);
    return f == &fw->rsdp ? RSDP_AT : TABLES_AT;
}

static uint8_t sum(const uint8_t *p, uint32_t n)
{
    uint8_t v = 0;

    for (uint32_t i = 0; i < n; i++) {
        v = (uint8_t)(v + p[i]);
    }
    return v;
}

static void run_command(struct firmware *fw, const uint8_t *c)
{
    struct file *f = file_of(fw, c + 4), *to;
    uint32_t at, start, len, v;

    switch (get32(c)) {
    case 1:
        g_assert_cmpuint(get32(c + 60), ==, f == &fw->rsdp ? 16 : 64);
        g_assert_cmpuint(c[64], ==, f == &fw->rsdp ? 2 : 1);
        fw->placed[f == &fw->rsdp] = true;
        break;
    case 2:
        to = file_of(fw, c + 60);
        at = get32(c + 116);
        g_assert_cmpuint(c[120], ==, 4);
        g_assert_cmpuint(at + 4, <=, f->len);
        v = get32(f->data + at);
        g_assert_cmpuint(v, <, to->len);
        v += address_of(fw, to);
        memcpy(f->data + at, &v, 4);
        break;
    case 3:
        at = get32(c + 60);
        start = get32(c + 64);
        len = get32(c + 68);
        g_assert_cmpuint(start + len, <=, f->len);
        g_assert_true(at >= start && at < start + len);
        f->data[at] = 0;
        f->data[at] = (uint8_t)-sum(f->data + start, len);
        break;
    default:
        g_assert_not_reached();
    }
}

static struct firmware *boot(const struct acpi_config *cfg)
{
    struct firmware *fw = g_new0(struct firmware, 1);
    GError *error = NULL;

    fw->s = stub_new(0);
    g_assert_nonnull(fw_cfg_new(&fw->s->board, &error));
    acpi_add(fw->s->board.fw_cfg, cfg);
    smbios_add(fw->s->board.fw_cfg, cfg);
    fetch(fw->s, "etc/acpi/tables", &fw->tables);
    fetch(fw->s, "etc/acpi/rsdp", &fw->rsdp);
    fetch(fw->s, "etc/table-loader", &fw->loader);
    g_assert_cmpuint(fw->loader.len % 128, ==, 0);
    for (uint32_t i = 0; i < fw->loader.len; i += 128) {
        run_command(fw, fw->loader.data + i);
    }
    return fw;
}

static void shut(struct firmware *fw)
{
    stub_free(fw->s);
    g_free(fw);
}

static const uint8_t *at_address(struct firmware *fw, uint32_t addr)
{
    g_assert_true(addr >= TABLES_AT && addr < TABLES_AT + fw->tables.len);
    return fw->tables.data + (addr - TABLES_AT);
}

/* A table by signature, its checksum verified, through RSDP and RSDT; NULL when there is none. */
static const uint8_t *table(struct firmware *fw, const char *signature)
{
    const uint8_t *rsdt = at_address(fw, get32(fw->rsdp.data + 16));

    g_assert_cmpmem(rsdt, 4, "RSDT", 4);
    g_assert_cmpuint(sum(rsdt, get32(rsdt + 4)), ==, 0);
    for (uint32_t i = 36; i < get32(rsdt + 4); i += 4) {
        const uint8_t *t = at_address(fw, get32(rsdt + i));

        g_assert_cmpuint(sum(t, get32(t + 4)), ==, 0);
        if (memcmp(t, signature, 4) == 0) {
            return t;
        }
    }
    return NULL;
}

static const struct acpi_config usual = {
    .ram_size = 128 * MIB, .cpus = 2, .apic = true, .hpet = true, .com = {true, true}};

static void test_roots(void)
{
    struct firmware *fw = boot(&usual);
    const uint8_t *fadt, *facs, *dsdt;

    g_assert_cmpuint(fw->rsdp.len, ==, 20);
    g_assert_cmpmem(fw->rsdp.data, 8, "RSD PTR ", 8);
    g_assert_cmpuint(sum(fw->rsdp.data, 20), ==, 0);
    g_assert_cmpuint(fw->rsdp.data[15], ==, 0);
    fadt = table(fw, "FACP");
    g_assert_nonnull(fadt);
    g_assert_cmpuint(get32(fadt + 4), ==, 116);
    facs = at_address(fw, get32(fadt + 36));
    g_assert_cmpuint(get32(fadt + 36) % 64, ==, 0);
    g_assert_cmpmem(facs, 4, "FACS", 4);
    g_assert_cmpuint(get32(facs + 4), ==, 64);
    dsdt = at_address(fw, get32(fadt + 40));
    g_assert_cmpmem(dsdt, 4, "DSDT", 4);
    g_assert_cmpuint(sum(dsdt, get32(dsdt + 4)), ==, 0);
    g_assert_cmpuint(fadt[44], ==, 1);
    g_assert_cmpuint(get16(fadt + 46), ==, 9);
    g_assert_cmphex(get32(fadt + 48), ==, 0xb2);
    g_assert_cmphex(fadt[52], ==, 0xf1);
    g_assert_cmphex(fadt[53], ==, 0xf0);
    g_assert_cmphex(get32(fadt + 56), ==, 0x600);
    g_assert_cmphex(get32(fadt + 64), ==, 0x604);
    g_assert_cmphex(get32(fadt + 76), ==, 0x608);
    g_assert_cmphex(get32(fadt + 80), ==, 0xafe0);
    g_assert_cmphex(get32(fadt + 88), ==, 0x04000204);
    g_assert_cmphex(get16(fadt + 92), ==, 0x0004);
    g_assert_cmphex(fadt[108], ==, 0x32);
    g_assert_cmphex(get32(fadt + 112), ==, 0x65);
    g_assert_nonnull(table(fw, "WAET"));
    shut(fw);
}

static void test_madt(void)
{
    struct firmware *fw = boot(&usual);
    const uint8_t *t = table(fw, "APIC");
    uint32_t len, lapics = 0, ioapics = 0, overrides = 0, nmis = 0;

    g_assert_nonnull(t);
    len = get32(t + 4);
    g_assert_cmphex(get32(t + 36), ==, 0xfee00000);
    g_assert_cmphex(get32(t + 40), ==, 1);
    for (uint32_t i = 44; i < len; i += t[i + 1]) {
        g_assert_cmpuint(t[i + 1], >=, 6);
        g_assert_cmpuint(i + t[i + 1], <=, len);
        switch (t[i]) {
        case 0:
            g_assert_cmpuint(t[i + 3], ==, lapics++);
            g_assert_cmpuint(get32(t + i + 4), ==, 1);
            break;
        case 1:
            g_assert_cmphex(get32(t + i + 4), ==, 0xfec00000);
            ioapics++;
            break;
        case 2:
            g_assert_cmpuint(get32(t + i + 4), ==, t[i + 3] ? t[i + 3] : 2);
            g_assert_cmphex(get16(t + i + 8), ==, t[i + 3] ? 0xd : 0);
            overrides++;
            break;
        case 4:
            nmis++;
            break;
        default:
            g_assert_not_reached();
        }
    }
    g_assert_cmpuint(lapics, ==, 2);
    g_assert_cmpuint(ioapics, ==, 1);
    g_assert_cmpuint(overrides, ==, 5);
    g_assert_cmpuint(nmis, ==, 1);
    t = table(fw, "HPET");
    g_assert_cmphex(get32(t + 36), ==, HPET_BLOCK_ID);
    g_assert_cmphex(get32(t + 44), ==, HPET_BASE);
    g_assert_cmpuint(get32(t + 4), ==, 56);
    shut(fw);
}

static void test_small(void)
{
    struct acpi_config cfg = {.ram_size = 4 * MIB, .cpus = 1};
    struct firmware *fw = boot(&cfg);

    g_assert_null(table(fw, "APIC"));
    g_assert_null(table(fw, "HPET"));
    g_assert_cmpuint(table(fw, "FACP")[44], ==, 0);
    shut(fw);
}

/* -- AML -- */

static void assert_aml(GByteArray *a, const char *bytes, guint n)
{
    g_assert_cmpmem(a->data, a->len, bytes, n);
    g_byte_array_unref(a);
}

#define ASSERT_AML(a, bytes) assert_aml(aml_finish(&(a)), bytes, sizeof(bytes) - 1)

static void test_encodings(void)
{
    struct aml a;

    aml_init(&a);
    aml_int(&a, 0);
    aml_int(&a, 1);
    aml_int(&a, 0xff);
    aml_int(&a, 0x100);
    aml_int(&a, 0x10000);
    aml_int(&a, UINT64_C(0x100000000));
    ASSERT_AML(a, "\x00\x01\x0a\xff\x0b\x00\x01\x0c\x00\x00\x01\x00"
                  "\x0e\x00\x00\x00\x00\x01\x00\x00\x00");
    aml_init(&a);
    aml_name(&a, "\\_S5");
    aml_name(&a, "\\_SB.PCI0");
    aml_name(&a, "A.B.C");
    aml_name(&a, "^X");
    ASSERT_AML(a, "\\_S5_"
                  "\\\x2e_SB_PCI0"
                  "\x2f\x03"
                  "A___B___C___^X___");
    aml_init(&a);
    aml_eisaid(&a, "PNP0A03");
    ASSERT_AML(a, "\x0c\x41\xd0\x0a\x03");
    aml_init(&a);
    aml_method_open(&a, "ABCD", 2, true);
    aml_op(&a, AML_RETURN);
    aml_int(&a, 0);
    aml_close(&a);
    ASSERT_AML(a, "\x14\x08"
                  "ABCD\x0a\xa4\x00");
    aml_init(&a);
    aml_resources_open(&a);
    aml_res_io(&a, 0x3f8, 8);
    aml_res_irq(&a, 4);
    aml_close(&a);
    ASSERT_AML(a, "\x11\x11\x0b\x0d\x00\x47\x01\xf8\x03\xf8\x03\x01\x08\x22\x10\x00\x79\x00");
}

/* Package lengths that need one byte, two and three. */
static void test_lengths(void)
{
    static const struct {
        guint body;
        const char *want;
        guint bytes;
    } lengths[] = {
        {62, "\x3f", 1},           {63, "\x41\x04", 2},        {4093, "\x4f\xff", 2},
        {4094, "\x81\x00\x01", 3}, {65536, "\x83\x00\x10", 3},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
        struct aml a;
        GByteArray *out;

        aml_init(&a);
        aml_if_open(&a);
        for (guint n = 0; n < lengths[i].body; n++) {
            aml_op(&a, 0xa3);
        }
        aml_close(&a);
        out = aml_finish(&a);
        g_assert_cmpuint(out->len, ==, 1 + lengths[i].bytes + lengths[i].body);
        g_assert_cmpmem(out->data + 1, lengths[i].bytes, lengths[i].want, lengths[i].bytes);
        g_assert_cmphex(out->data[1 + lengths[i].bytes], ==, 0xa3);
        g_byte_array_unref(out);
    }
}

/* Does the text hold this, whatever white space is between the words? */
static bool holds(const char *text, const char *want)
{
    g_autofree char *pattern = NULL;
    g_autofree char *escaped = g_regex_escape_string(want, -1);
    g_auto(GStrv) words = g_strsplit(escaped, " ", -1);

    pattern = g_strjoinv("\\s*", words);
    return g_regex_match_simple(pattern, text, 0, 0);
}

/*
 * iasl disassembles the DSDT, and compiles what comes out without a warning but two: a root bus with
 * _HID and _ADR (3073), and Processor terms (3168), both as systems have met them since 1996.
 */
static void check_with_iasl(const struct acpi_config *cfg, const char *const *wants)
{
    g_autofree char *dir = g_dir_make_tmp("vmx-acpi-XXXXXX", NULL);
    g_autofree char *aml = g_build_filename(dir, "dsdt.aml", NULL);
    g_autofree char *dsl = g_build_filename(dir, "dsdt.dsl", NULL);
    g_autofree char *command = g_strdup_printf(
        "cd %s && iasl -d dsdt.aml 2>&1 && iasl -we -vr -vw 3073 -vw 3168 dsdt.dsl 2>&1", dir);
    g_autofree char *clean = g_strdup_printf("rm -rf %s", dir);
    g_autofree char *out = NULL, *text = NULL;
    struct firmware *fw = boot(cfg);
    const uint8_t *dsdt = at_address(fw, get32(table(fw, "FACP") + 40));
    const char *argv[] = {"sh", "-c", command, NULL};
    int status = 0;

    g_assert_true(g_file_set_contents(aml, (const char *)dsdt, get32(dsdt + 4), NULL));
    g_assert_true(g_spawn_sync(NULL, (char **)(void *)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                               &out, NULL, &status, NULL));
    g_test_message("%s", out);
    g_assert_cmpint(status, ==, 0);
    g_assert_null(strstr(out, "Could not"));
    g_assert_null(strstr(out, "invalid"));
    g_assert_true(g_file_get_contents(dsl, &text, NULL, NULL));
    for (unsigned i = 0; wants[i]; i++) {
        if (!holds(text, wants[i])) {
            g_error("the DSDT lacks: %s\n%s", wants[i], text);
        }
    }
    g_assert_cmpint(system(clean), ==, 0);
    shut(fw);
}

static void test_iasl(void)
{
    static const char *const wants[] = {
        "Name (\\_S5, Package",
        "Device (PCI0) { Name (_HID, EisaId (\"PNP0A03\")",
        "Device (LNKD)",
        "Device (LNKS)",
        "Device (HPET)",
        "Device (COM2)",
        "Processor (C001, 0x01",
        "OperationRegion (PIRR, PCI_Config, 0x60, 0x04)",
        "Package (0x04) { 0x0002FFFF, Zero, LNKB, Zero }",
        "Package (0x04) { 0x0001FFFF, Zero, LNKS, Zero }",
        "Package (0x04) { 0x001FFFFF, 0x03, LNKB, Zero }",
        "0x08000000, // Range Minimum 0xFEBFFFFF,",
        "OperationRegion (PCST, SystemIO, 0xAE00, 0x0C)",
        "Field (PCST, DWordAcc, NoLock, WriteAsZeros) { PCIU, 32, PCID, 32, PCEJ, 32",
        "Device (S28) { Name (_ADR, 0x00050000)",
        "Device (SF8) { Name (_ADR, 0x001F0000)",
        "Notify (S28, One)",
        "Notify (SF8, 0x03)",
        "\\_SB.PCI0.PCNT ()",
        NULL,
    };
    static const char *const small[] = {"Processor (C000, 0x00", "0x00400000, // Range Minimum",
                                        NULL};
    struct acpi_config least = {.ram_size = 4 * MIB, .cpus = 1};
    struct acpi_config most = usual;
    g_autofree char *iasl = g_find_program_in_path("iasl");

    if (!iasl) {
        g_test_skip("iasl is not installed (Debian: acpica-tools)");
        return;
    }
    check_with_iasl(&usual, wants);
    check_with_iasl(&least, small);
    most.cpus = 8;
    most.ram_size = 8192 * MIB;
    most.com[2] = most.com[3] = true;
    check_with_iasl(&most, wants + G_N_ELEMENTS(wants) - 1);
}

/* -- SMBIOS -- */

static unsigned walk_smbios(const struct file *t, unsigned types[128], uint32_t *largest)
{
    uint32_t at = 0;
    unsigned n = 0;

    while (at < t->len) {
        uint32_t start = at;
        uint8_t type = t->data[at];

        g_assert_cmpuint(type, <, 128);
        types[type]++;
        n++;
        at += t->data[at + 1];
        while (t->data[at] || t->data[at + 1]) {
            at++;
        }
        at += 2;
        *largest = MAX(*largest, at - start);
        if (type == 127) {
            break;
        }
    }
    g_assert_cmpuint(at, ==, t->len);
    return n;
}

static void test_smbios(void)
{
    static const uint8_t uuid[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                     0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    static const uint8_t want[16] = {0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
                                     0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    struct acpi_config cfg = usual;
    unsigned types[128] = {0};
    uint32_t largest = 0;
    struct firmware *fw;
    struct file anchor, t;
    unsigned n;

    cfg.uuid = uuid;
    cfg.ram_size = 8192 * MIB;
    fw = boot(&cfg);
    fetch(fw->s, "etc/smbios/smbios-anchor", &anchor);
    fetch(fw->s, "etc/smbios/smbios-tables", &t);
    n = walk_smbios(&t, types, &largest);
    g_assert_cmpuint(types[0], ==, 0);
    g_assert_cmpuint(types[1], ==, 1);
    g_assert_cmpuint(types[4], ==, 2);
    g_assert_cmpuint(types[17], ==, 1);
    g_assert_cmpuint(types[19], ==, 2);
    g_assert_cmpuint(types[127], ==, 1);
    g_assert_cmpmem(t.data + 8, 16, want, 16);
    g_assert_cmpuint(anchor.len, ==, 31);
    g_assert_cmpmem(anchor.data, 4, "_SM_", 4);
    g_assert_cmpmem(anchor.data + 16, 5, "_DMI_", 5);
    g_assert_cmpuint(get16(anchor.data + 8), ==, largest);
    g_assert_cmpuint(get16(anchor.data + 22), ==, t.len);
    g_assert_cmpuint(get16(anchor.data + 28), ==, n);
    shut(fw);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/acpi/roots", test_roots);
    g_test_add_func("/acpi/madt", test_madt);
    g_test_add_func("/acpi/small", test_small);
    g_test_add_func("/acpi/encodings", test_encodings);
    g_test_add_func("/acpi/lengths", test_lengths);
    g_test_add_func("/acpi/iasl", test_iasl);
    g_test_add_func("/acpi/smbios", test_smbios);
    return g_test_run();
}
