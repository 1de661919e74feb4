/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot loader for -kernel: Linux/x86 boot protocol 2.00 and later, by the description in the
 * kernel's Documentation/x86/boot. Here the header is checked and filled in; the ROM in
 * linuxboot.asm moves the pieces into guest memory at the addresses decided here.
 *
 *   protocol     setup     command line         kernel
 *   2.02 on      10000h    20000h               100000h
 *   2.00, 2.01   90000h    below 9A000h         100000h, or 10000h for a zImage
 *
 * The initial RAM disk goes as high as the kernel and the firmware's tables let it.
 */
#include "hw/pc/linuxboot.h"

#include "hw/pc/fw_cfg.h"
#include "hw/pci/i440fx.h"

#include <string.h>

#define SECTOR 512u

/* Offsets of the header's fields in the file */
#define HDR_SETUP_SECTS 0x1f1
#define HDR_VID_MODE 0x1fa
#define HDR_BOOT_FLAG 0x1fe
#define BOOT_FLAG 0xaa55u
#define HDR_MAGIC 0x202
#define HDR_VERSION 0x206
#define HDR_TYPE_OF_LOADER 0x210
#define LOADER_UNDEFINED 0xff
#define HDR_LOADFLAGS 0x211
#define LOADED_HIGH 0x01u
#define CAN_USE_HEAP 0x80u
#define HDR_RAMDISK_IMAGE 0x218
#define HDR_RAMDISK_SIZE 0x21c
#define HDR_HEAP_END_PTR 0x224
#define HDR_CMD_LINE_PTR 0x228
#define HDR_INITRD_ADDR_MAX 0x22c
#define HDR_CMDLINE_SIZE 0x238
#define HDR_PREF_ADDRESS 0x258
#define HDR_INIT_SIZE 0x260
#define HDR_END 0x264
/* The way of protocols before 2.02 */
#define OLD_CMD_LINE_MAGIC 0x20
#define CMD_LINE_MAGIC 0xa33fu
#define OLD_CMD_LINE_OFFSET 0x22

#define DEFAULT_SETUP_SECTS 4
#define DEFAULT_INITRD_MAX 0x37ffffffu
#define DEFAULT_CMDLINE_MAX 255u

#define SETUP_NEW 0x10000u
#define CMDLINE_NEW 0x20000u
#define SETUP_OLD 0x90000u
#define CMDLINE_OLD_END 0x9a000u
#define KERNEL_HIGH 0x100000u
#define KERNEL_LOW 0x10000u
#define HEAP_MIN 0x1000u
#define CMDLINE_LIMIT 0x10000u /* up to 30000h: the firmware is far above */
/* ACPI and other tables that the firmware keeps at the end of RAM */
#define FIRMWARE_TABLES 0x40000u

struct image {
    const struct pc_linux *l;
    const uint8_t *data;
    gsize len;
    uint16_t version;
    uint32_t setup_len, cmdline_len;
    uint32_t setup_at, cmdline_at, kernel_at, initrd_at;
    uint64_t ram_end; /* of what may be used below 4 GiB */
};

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | get16(p + 2) << 16;
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

static bool fail(GError **error, const struct image *im, const char *why)
{
    g_set_error(error, DEVICE_ERROR, 0, "-kernel %s: %s", im->l->kernel_file, why);
    return false;
}

/* -- what the file is -- */

static bool check_header(struct image *im, GError **error)
{
    uint32_t sects;

    im->data = g_bytes_get_data(im->l->kernel, &im->len);
    if (im->len < HDR_END || get16(im->data + HDR_BOOT_FLAG) != BOOT_FLAG) {
        return fail(error, im,
                    "not a Linux kernel image (no boot flag); give a bzImage, such as /boot/"
                    "vmlinuz-*, not an ELF vmlinux");
    }
    if (memcmp(im->data + HDR_MAGIC, "HdrS", 4) != 0) {
        return fail(error, im,
                    "not a Linux kernel image (no \"HdrS\" header); give a bzImage of Linux 2.0 "
                    "or later");
    }
    im->version = (uint16_t)get16(im->data + HDR_VERSION);
    if (im->version < 0x200) {
        return fail(error, im, "its boot protocol is older than 2.00; boot it from a disk");
    }
    sects = im->data[HDR_SETUP_SECTS];
    im->setup_len = ((sects ? sects : DEFAULT_SETUP_SECTS) + 1) * SECTOR;
    if (im->setup_len >= im->len) {
        return fail(error, im, "the file is cut off: it ends within its setup code");
    }
    return true;
}

/* -- where everything goes -- */

static bool place_low(struct image *im, GError **error)
{
    const char *cmdline = im->l->append ? im->l->append : "";
    uint32_t most = im->version >= 0x206 ? get32(im->data + HDR_CMDLINE_SIZE) : DEFAULT_CMDLINE_MAX;
    bool high = im->data[HDR_LOADFLAGS] & LOADED_HIGH;
    bool recent = im->version >= 0x202 && high;

    if (most == 0 || most >= CMDLINE_LIMIT) {
        most = CMDLINE_LIMIT - 1;
    }
    if (strlen(cmdline) > most) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-append: %zu characters; this kernel takes a command line of at most %u",
                    strlen(cmdline), most);
        return false;
    }
    im->cmdline_len = (uint32_t)strlen(cmdline) + 1;
    im->setup_at = recent ? SETUP_NEW : SETUP_OLD;
    im->cmdline_at = recent ? CMDLINE_NEW : (CMDLINE_OLD_END - im->cmdline_len) & ~15u;
    im->kernel_at = high ? KERNEL_HIGH : KERNEL_LOW;
    if (im->setup_at + im->setup_len + HEAP_MIN > im->cmdline_at) {
        return fail(error, im, "its setup code is too long for the place of its protocol");
    }
    if (!high && im->len - im->setup_len > SETUP_OLD - KERNEL_LOW) {
        return fail(error, im, "too long for a zImage; is the file damaged?");
    }
    return true;
}

/* The first byte that the kernel leaves alone once it is unpacked. */
static uint64_t kernel_end(const struct image *im)
{
    uint64_t end = im->kernel_at + (im->len - im->setup_len);

    if (im->version >= 0x20a) {
        uint64_t at = get32(im->data + HDR_PREF_ADDRESS);
        uint64_t unpacked = at + get32(im->data + HDR_INIT_SIZE);

        end = unpacked > end ? unpacked : end;
    }
    return end;
}

static bool place_initrd(struct image *im, GError **error)
{
    uint64_t top =
        im->version >= 0x203 ? get32(im->data + HDR_INITRD_ADDR_MAX) : DEFAULT_INITRD_MAX;
    uint64_t end = im->kernel_at == KERNEL_LOW ? KERNEL_HIGH : kernel_end(im);
    gsize len = g_bytes_get_size(im->l->initrd);

    top = top + 1 < im->ram_end ? top + 1 : im->ram_end;
    if (len > top || ((top - len) & ~(RAM_PAGE - 1)) < end) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-initrd %s: its %" G_GSIZE_FORMAT " KiB do not fit between the kernel, up to "
                    "%" G_GUINT64_FORMAT " KiB, and %" G_GUINT64_FORMAT
                    " KiB; give the machine more RAM with -m",
                    im->l->initrd_file, len / 1024, end / 1024, top / 1024);
        return false;
    }
    im->initrd_at = (uint32_t)((top - len) & ~(RAM_PAGE - 1));
    return true;
}

static bool place(struct image *im, GError **error)
{
    if (!place_low(im, error)) {
        return false;
    }
    if (im->kernel_at == KERNEL_HIGH && kernel_end(im) > im->ram_end) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-kernel %s: it takes RAM up to %" G_GUINT64_FORMAT
                    " MiB; give the machine more with -m",
                    im->l->kernel_file,
                    (kernel_end(im) + FIRMWARE_TABLES + (1u << 20) - 1) / (1u << 20));
        return false;
    }
    return !im->l->initrd || place_initrd(im, error);
}

/* -- what the kernel is told -- */

/* vga= is for the boot loader; false when there is none that can be understood. */
static bool video_mode(const char *cmdline, uint16_t *mode)
{
    static const struct {
        const char *word;
        uint16_t mode;
    } words[] = {{"normal", 0xffff}, {"ext", 0xfffe}, {"ask", 0xfffd}};
    const char *at = strstr(cmdline, "vga=");
    g_auto(GStrv) value = NULL;
    guint64 number;

    if (!at || (at != cmdline && at[-1] != ' ')) {
        return false;
    }
    value = g_strsplit(at + 4, " ", 2);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_strcmp0(value[0], words[i].word) == 0) {
            *mode = words[i].mode;
            return true;
        }
    }
    number = g_ascii_strtoull(value[0] ? value[0] : "", NULL, 0);
    *mode = (uint16_t)number;
    return number > 0 && number <= 0xffff;
}

static void fill_header(const struct image *im, uint8_t *setup)
{
    const char *cmdline = im->l->append ? im->l->append : "";
    uint16_t mode;

    if (video_mode(cmdline, &mode)) {
        put16(setup + HDR_VID_MODE, mode);
    }
    setup[HDR_TYPE_OF_LOADER] = LOADER_UNDEFINED;
    if (im->version >= 0x201) {
        setup[HDR_LOADFLAGS] |= CAN_USE_HEAP;
        put16(setup + HDR_HEAP_END_PTR, im->cmdline_at - im->setup_at - 0x200);
    }
    if (im->version >= 0x202) {
        put32(setup + HDR_CMD_LINE_PTR, im->cmdline_at);
    } else {
        put16(setup + OLD_CMD_LINE_MAGIC, CMD_LINE_MAGIC);
        put16(setup + OLD_CMD_LINE_OFFSET, im->cmdline_at - im->setup_at);
    }
    if (im->l->initrd) {
        put32(setup + HDR_RAMDISK_IMAGE, im->initrd_at);
        put32(setup + HDR_RAMDISK_SIZE, (uint32_t)g_bytes_get_size(im->l->initrd));
    }
}

/* -- into fw_cfg -- */

static uint8_t sum(const uint8_t *p, size_t n)
{
    uint8_t v = 0;

    for (size_t i = 0; i < n; i++) {
        v = (uint8_t)(v + p[i]);
    }
    return v;
}

static void add_rom(struct fw_cfg *fw)
{
    uint8_t rom[LINUXBOOT_ROM_SIZE];
    uint8_t *pnp;

    memcpy(rom, linuxboot_rom, sizeof(rom));
    pnp = rom + rom[0x1a];
    pnp[9] = (uint8_t)-sum(pnp, 32);
    rom[sizeof(rom) - 1] = (uint8_t)-sum(rom, sizeof(rom));
    fw_cfg_add_file(fw, LINUXBOOT_ROM_FILE, rom, sizeof(rom));
}

static void add_piece(struct fw_cfg *fw, uint16_t addr_key, uint32_t addr, uint16_t size_key,
                      uint16_t data_key, const void *data, size_t len)
{
    fw_cfg_add_u32(fw, addr_key, addr);
    fw_cfg_add_u32(fw, size_key, (uint32_t)len);
    fw_cfg_add_bytes(fw, data_key, data, len);
}

bool linuxboot_add(struct fw_cfg *fw, const struct pc_linux *linux_boot, uint64_t ram_size,
                   GError **error)
{
    uint64_t low = i440fx_low_ram(ram_size);
    struct image im = {.l = linux_boot,
                       .ram_end = low > FIRMWARE_TABLES ? low - FIRMWARE_TABLES : 0};
    g_autofree uint8_t *setup = NULL;

    if (!check_header(&im, error) || !place(&im, error)) {
        return false;
    }
    setup = g_memdup2(im.data, im.setup_len);
    fill_header(&im, setup);
    add_piece(fw, FW_CFG_SETUP_ADDR, im.setup_at, FW_CFG_SETUP_SIZE, FW_CFG_SETUP_DATA, setup,
              im.setup_len);
    add_piece(fw, FW_CFG_CMDLINE_ADDR, im.cmdline_at, FW_CFG_CMDLINE_SIZE, FW_CFG_CMDLINE_DATA,
              im.l->append ? im.l->append : "", im.cmdline_len);
    add_piece(fw, FW_CFG_KERNEL_ADDR, im.kernel_at, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA,
              im.data + im.setup_len, im.len - im.setup_len);
    if (im.l->initrd) {
        add_piece(fw, FW_CFG_INITRD_ADDR, im.initrd_at, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA,
                  g_bytes_get_data(im.l->initrd, NULL), g_bytes_get_size(im.l->initrd));
    }
    add_rom(fw);
    return true;
}
