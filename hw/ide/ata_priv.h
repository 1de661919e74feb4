/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the ATA channel. */
#ifndef HW_IDE_ATA_PRIV_H
#define HW_IDE_ATA_PRIV_H

#include "hw/ide/ata.h"

/* Status, ATA-6 section 7.15 */
#define STATUS_BSY 0x80
#define STATUS_DRDY 0x40
#define STATUS_DF 0x20
#define STATUS_DSC 0x10
#define STATUS_DRQ 0x08
#define STATUS_ERR 0x01
#define STATUS_READY (STATUS_DRDY | STATUS_DSC)

/* Error, section 7.9 */
#define ERROR_UNC 0x40
#define ERROR_IDNF 0x10
#define ERROR_ABRT 0x04
#define DIAG_PASSED 0x01

/* Device control, section 7.8 */
#define CONTROL_HOB 0x80
#define CONTROL_SRST 0x04
#define CONTROL_NIEN 0x02

/* Device/head */
#define DEVICE_OBSOLETE 0xa0 /* bits 7 and 5 read as ones */
#define DEVICE_LBA 0x40
#define DEVICE_DEV 0x10
#define DEVICE_HEAD 0x0f

#define POWER_STANDBY 0x00
#define POWER_IDLE 0x80
#define POWER_ACTIVE 0xff

/* What the channel is doing. */
enum {
    PHASE_IDLE,
    PHASE_PIO_IN,  /* DRQ: the host reads a block */
    PHASE_PIO_OUT, /* DRQ: the host writes a block */
    PHASE_FETCH,   /* BSY: from disk into `pio` */
    PHASE_STORE,   /* BSY: from `pio` to disk */
    PHASE_VERIFY,  /* BSY: from disk to nowhere */
    PHASE_FLUSH,   /* BSY: write cache to the medium, then done */
    PHASE_DMA_IN,  /* DRQ: from disk to memory while the bus master runs */
    PHASE_DMA_OUT,
    PHASE_SRST, /* BSY: software reset is held */
    PHASES
};

/* What kind of command is in progress. */
enum {
    KIND_DATA, /* no medium sectors: IDENTIFY and the like */
    KIND_PIO,
    KIND_DMA,
    KIND_VERIFY,
    KINDS
};

/* How the command addresses sectors. */
enum { ADDRESS_CHS, ADDRESS_LBA28, ADDRESS_LBA48, ADDRESSES };

static inline struct ata_drive *ata_drive_of(struct ata_channel *c)
{
    return &c->drive[c->s->unit & 1];
}

static inline struct ata_drive_state *ata_regs_of(struct ata_channel *c)
{
    return &c->s->drive[c->s->unit & 1];
}

/* ata.c */
void ata_update_irq(struct ata_channel *c);
void ata_raise(struct ata_channel *c);
void ata_phase(struct ata_channel *c, unsigned phase);
/* The one way out of a command: status DRDY, or ERR and the error bits. With interrupt. */
void ata_complete(struct ata_channel *c);
void ata_fail(struct ata_channel *c, uint8_t error);
void ata_signature(struct ata_channel *c);

/* ata_cmd.c */
void ata_command(struct ata_channel *c, uint8_t opcode);
uint64_t ata_capacity28(const struct ata_drive *d);
/* The sector the registers name; false when CHS is outside the translation. */
bool ata_get_address(struct ata_channel *c, uint64_t *lba);
void ata_set_address(struct ata_channel *c, uint64_t lba, uint32_t count);

/* ata_io.c: everything that waits for the disk */
void ata_run(struct ata_channel *c);
void ata_io_done(void *opaque, struct disk_request *req, int error);
void ata_begin_out(struct ata_channel *c);
void ata_block_in_done(struct ata_channel *c);
void ata_block_out_done(struct ata_channel *c);
/* Sectors that the host believes written go on their way; before any reset. */
void ata_write_behind(struct ata_channel *c);

/* ata_identify.c: fill one sector */
void ata_identify(const struct ata_channel *c, const struct ata_drive *d, uint8_t *data);
void ata_smart_data(uint8_t *data);
void ata_smart_thresholds(uint8_t *data);

#endif
