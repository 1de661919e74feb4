/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware configuration: items by number, files by name. The board and system/ fill it before the
 * first run; the guest only reads. See fw_cfg.c.
 */
#ifndef HW_PC_FW_CFG_H
#define HW_PC_FW_CFG_H

#include "hw/pc/board.h"

#define FW_CFG_SIGNATURE 0x00
#define FW_CFG_ID 0x01
#define FW_CFG_UUID 0x02
#define FW_CFG_RAM_SIZE 0x03
#define FW_CFG_NOGRAPHIC 0x04
#define FW_CFG_NB_CPUS 0x05
#define FW_CFG_KERNEL_ADDR 0x07
#define FW_CFG_KERNEL_SIZE 0x08
#define FW_CFG_INITRD_ADDR 0x0a
#define FW_CFG_INITRD_SIZE 0x0b
#define FW_CFG_NUMA 0x0d
#define FW_CFG_BOOT_MENU 0x0e
#define FW_CFG_MAX_CPUS 0x0f
#define FW_CFG_KERNEL_DATA 0x11
#define FW_CFG_INITRD_DATA 0x12
#define FW_CFG_CMDLINE_ADDR 0x13
#define FW_CFG_CMDLINE_SIZE 0x14
#define FW_CFG_CMDLINE_DATA 0x15
#define FW_CFG_SETUP_ADDR 0x16
#define FW_CFG_SETUP_SIZE 0x17
#define FW_CFG_SETUP_DATA 0x18
#define FW_CFG_FILE_DIR 0x19
#define FW_CFG_FILE_FIRST 0x20
#define FW_CFG_WRITE_CHANNEL 0x4000 /* ignored in a key */
#define FW_CFG_ARCH_LOCAL 0x8000
#define FW_CFG_IRQ0_OVERRIDE (FW_CFG_ARCH_LOCAL + 2)

#define FW_CFG_FILES 128
#define FW_CFG_NAME 56 /* with the ending NUL */
#define FW_CFG_ITEM_MAX 0x7fffffffu

struct fw_cfg;
extern const struct device_class fw_cfg_class;

/* Make the device and set b->fw_cfg. */
struct fw_cfg *fw_cfg_new(struct board *b, GError **error);

/* Set the content of a numbered item (not a file); copies. An out-of-range key is ignored. */
void fw_cfg_add_bytes(struct fw_cfg *fw, uint16_t key, const void *data, size_t len);
void fw_cfg_add_u16(struct fw_cfg *fw, uint16_t key, uint16_t value);
void fw_cfg_add_u32(struct fw_cfg *fw, uint16_t key, uint32_t value);
void fw_cfg_add_u64(struct fw_cfg *fw, uint16_t key, uint64_t value);
/* With the ending NUL. */
void fw_cfg_add_string(struct fw_cfg *fw, uint16_t key, const char *text);

/*
 * Add a file; copies. False when the name is taken or longer than 55 bytes, or there are 128 of
 * them. Files are numbered in order of name: add all before the first run.
 */
bool fw_cfg_add_file(struct fw_cfg *fw, const char *name, const void *data, size_t len);

#endif
