/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The content of fw_cfg on this board: the items and files of QEMU's PC that SeaBIOS and its like
 * read. ACPI and SMBIOS tables are in acpi.c and smbios.c.
 */
#include "hw/pc/pc_fw.h"

#include "hw/pc/fw_cfg.h"
#include "hw/pci/i440fx.h"

#include <string.h>

#define E820_RAM 1u
#define E820_ENTRY 20
#define UUID_LEN 36

/* uuid[] in the order of its text: 8-4-4-4-12 hexadecimal digits. */
static bool uuid_parse(const char *text, uint8_t uuid[16], GError **error)
{
    unsigned digits = 0;
    bool ok = strlen(text) == UUID_LEN;

    for (unsigned i = 0; ok && i < UUID_LEN; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            ok = text[i] == '-';
        } else {
            int v = g_ascii_xdigit_value(text[i]);

            ok = v >= 0;
            uuid[digits / 2] = (uint8_t)(uuid[digits / 2] << 4 | (v & 0xf));
            digits++;
        }
    }
    if (!ok) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-uuid %s: expected the form 12345678-1234-1234-1234-123456789abc", text);
    }
    return ok;
}

static void e820_add(GByteArray *table, uint64_t base, uint64_t size)
{
    uint8_t e[E820_ENTRY];

    if (size == 0) {
        return;
    }
    for (unsigned i = 0; i < 8; i++) {
        e[i] = (uint8_t)(base >> (8 * i));
        e[8 + i] = (uint8_t)(size >> (8 * i));
    }
    for (unsigned i = 0; i < 4; i++) {
        e[16 + i] = (uint8_t)(E820_RAM >> (8 * i));
    }
    g_byte_array_append(table, e, sizeof(e));
}

static void add_e820(struct fw_cfg *fw, uint64_t ram_size)
{
    g_autoptr(GByteArray) table = g_byte_array_new();
    uint64_t low = i440fx_low_ram(ram_size);

    e820_add(table, 0, low);
    e820_add(table, I440FX_HIGH_RAM_BASE, ram_size - low);
    fw_cfg_add_file(fw, "etc/e820", table->data, table->len);
}

/* One node: its number of nodes is 0, followed by the node of each CPU. */
static void add_numa(struct fw_cfg *fw, unsigned cpus)
{
    g_autofree uint64_t *zeros = g_new0(uint64_t, cpus + 1);

    fw_cfg_add_bytes(fw, FW_CFG_NUMA, zeros, (cpus + 1) * sizeof(*zeros));
}

static void add_files(struct fw_cfg *fw, const struct pc_config *cfg)
{
    /* S0 to S5: bit 7 says that the state exists: running and soft off, no suspend or hibernate */
    static const uint8_t system_states[6] = {0x80, 0x00, 0x00, 0x01, 0x02, 0x80};
    static const uint8_t fail_wait[4] = {0xff, 0xff, 0xff, 0xff}; /* never boot again */

    fw_cfg_add_file(fw, "etc/system-states", system_states, sizeof(system_states));
    fw_cfg_add_file(fw, "etc/boot-fail-wait", fail_wait, sizeof(fail_wait));
    if (cfg->boot_splash_ms) {
        uint16_t ms = (uint16_t)(cfg->boot_splash_ms < 0xffff ? cfg->boot_splash_ms : 0xffff);
        uint8_t wait[2] = {(uint8_t)ms, (uint8_t)(ms >> 8)};

        fw_cfg_add_file(fw, "etc/boot-menu-wait", wait, sizeof(wait));
    }
    add_e820(fw, cfg->ram_size);
}

static bool add_user_files(struct fw_cfg *fw, const GPtrArray *files, GError **error)
{
    for (guint i = 0; files && i < files->len; i++) {
        const struct pc_fw_file *f = g_ptr_array_index(files, i);
        gsize len;
        const void *data = g_bytes_get_data(f->data, &len);

        if (!fw_cfg_add_file(fw, f->name, data, len)) {
            g_set_error(error, DEVICE_ERROR, 0,
                        "-fw_cfg name=%s: the name must be new and have 1 to %d characters, the "
                        "file at most 2 GiB, and there is room for %d files",
                        f->name, FW_CFG_NAME - 1, FW_CFG_FILES);
            return false;
        }
    }
    return true;
}

bool pc_fw_uuid(const struct pc_config *cfg, uint8_t uuid[16], GError **error)
{
    memset(uuid, 0, 16);
    return !cfg->uuid || uuid_parse(cfg->uuid, uuid, error);
}

bool pc_fw_fill(struct fw_cfg *fw, const struct pc_config *cfg, GError **error)
{
    uint8_t uuid[16];

    if (!pc_fw_uuid(cfg, uuid, error)) {
        return false;
    }
    fw_cfg_add_bytes(fw, FW_CFG_UUID, uuid, sizeof(uuid));
    fw_cfg_add_u64(fw, FW_CFG_RAM_SIZE, cfg->ram_size);
    fw_cfg_add_u16(fw, FW_CFG_NOGRAPHIC, 0);
    fw_cfg_add_u16(fw, FW_CFG_NB_CPUS, (uint16_t)cfg->cpus);
    fw_cfg_add_u16(fw, FW_CFG_MAX_CPUS, (uint16_t)cfg->cpus);
    fw_cfg_add_u16(fw, FW_CFG_BOOT_MENU, cfg->boot_menu);
    /* the timer's interrupt is at pin 2 of the IOAPIC */
    fw_cfg_add_u32(fw, FW_CFG_IRQ0_OVERRIDE, 1);
    add_numa(fw, cfg->cpus);
    add_files(fw, cfg);
    return add_user_files(fw, cfg->fw_files, error);
}
