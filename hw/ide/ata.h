/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ATA channel with up to two hard disks: registers and commands. It knows neither PCI nor where
 * its ports are: whoever cables it answers for the interrupt line and for bus-master DMA by struct
 * ata_host. All functions: owner's lock held.
 */
#ifndef HW_IDE_ATA_H
#define HW_IDE_ATA_H

#include "core/device.h"
#include "core/disk.h"
#include "core/fifo.h"
#include "core/report.h"

#define ATA_SECTOR 512u
/* The largest DRQ block of READ/WRITE MULTIPLE, and what PIO commands move to or from disk at once. */
#define ATA_PIO_SECTORS 16u
/* One request of a DMA command. */
#define ATA_DMA_SECTORS 256u

/* Registers, as offsets from the command block's base; read / write. */
#define ATA_REG_DATA 0
#define ATA_REG_ERROR 1 /* / features */
#define ATA_REG_COUNT 2
#define ATA_REG_LBA_LOW 3 /* sector number */
#define ATA_REG_LBA_MID 4 /* cylinder low */
#define ATA_REG_LBA_HIGH 5
#define ATA_REG_DEVICE 6
#define ATA_REG_STATUS 7 /* / command */
#define ATA_REGS 8

/* Saved state of one drive. An absent drive has one, too: both hear every register write. */
struct ata_drive_state {
    uint8_t error, status, device;
    uint8_t feature, count, lba_low, lba_mid, lba_high;
    uint8_t hob_feature, hob_count, hob_lba_low, hob_lba_mid, hob_lba_high;
    uint8_t intrq;          /* wants service; seen on the line when selected and not nIEN */
    uint8_t heads, sectors; /* translation in force: 1 to 16, 1 to 255 */
    uint8_t multiple;       /* sectors of a READ MULTIPLE block: 0 (disabled), 1, 2, 4, 8, 16 */
    uint8_t pio_mode;       /* 0 to 4 */
    uint8_t dma_mode;       /* as in SET FEATURES 03h: 10h-12h, 20h-22h, 40h-45h */
    uint8_t write_cache, look_ahead, smart, revert; /* 0 or 1 */
    uint8_t power;                                  /* as CHECK POWER MODE says it */
};

/* Saved state of a channel. Only the selected drive can have a command in progress. */
struct ata_state {
    struct ata_drive_state drive[2];
    uint64_t lba;       /* next sector of the command */
    uint32_t left;      /* sectors of the command not finished */
    uint32_t block_end; /* in `pio`: where the present DRQ block ends */
    uint32_t moved;     /* sectors of `pio` already read from, or written to, the disk */
    uint8_t unit;       /* selected */
    uint8_t control;    /* HOB, SRST, nIEN */
    uint8_t command, phase, kind, address;
    uint8_t block;  /* sectors of a DRQ block */
    uint8_t single; /* sector by sector, to find a bad one */
    uint8_t pad[4];
    XFER(ATA_PIO_SECTORS *ATA_SECTOR) pio;
};
extern const struct state_layout ata_state_layout;

/* How a part of a DMA transfer ended. */
enum ata_dma {
    ATA_DMA_OK,
    ATA_DMA_SHORT, /* the descriptor table ended first */
    ATA_DMA_ERROR, /* not RAM, or in the wrong direction */
};

struct ata_host {
    void (*intrq)(void *opaque, bool level);
    /* Bus master; all NULL when there is none (DMA commands are then aborted). */
    bool (*dma_armed)(void *opaque);
    /* Memory to drive. What was consumed counts only after dma_commit(). */
    enum ata_dma (*dma_fetch)(void *opaque, void *buf, uint32_t len, uint32_t *moved);
    void (*dma_commit)(void *opaque);
    /* Drive to memory. */
    enum ata_dma (*dma_store)(void *opaque, const void *buf, uint32_t len, uint32_t *moved);
    /* The drive needs no more; ok is false when it failed. */
    void (*dma_end)(void *opaque, enum ata_dma how, bool ok);
};

struct ata_channel;

struct ata_drive {
    struct ata_channel *channel;
    struct disk *disk; /* NULL: no drive */
    uint64_t total;    /* sectors */
    uint32_t cylinders;
    uint8_t heads, sectors; /* default translation */
    char serial[21];
    uint8_t *buffer; /* ATA_DMA_SECTORS, the request's own */
    struct disk_request req;
    uint32_t req_sectors;
    uint64_t req_lba;
    struct report_site events; /* a guest that retries for ever is not heard for ever */
};

struct ata_channel {
    struct ata_state *s; /* in the owner's state struct */
    const struct ata_host *host;
    void *opaque;
    struct ata_drive drive[2];
    uint32_t generation; /* of the command in progress: others' completions are stale */
    bool dma_short;      /* the write in flight is the last: the table ended */
};

/*
 * Cable a channel up; disks may be NULL. `index` numbers default serials. False, with an error that
 * names the disk, when one has no medium or belongs to another drive.
 */
bool ata_init(struct ata_channel *c, struct ata_state *s, const struct ata_host *host, void *opaque,
              struct device *dev, struct disk *const disks[2], unsigned index, GError **error);
/* Let go of the disks, after their last request has ended. */
void ata_exit(struct ata_channel *c);

void ata_reset(struct ata_channel *c);  /* power-on */
void ata_settle(struct ata_channel *c); /* INTRQ, and requests of a command in progress */

/* Command block. Offset 0 is not for these: see ata_data_*. */
uint8_t ata_reg_read(struct ata_channel *c, unsigned reg);
void ata_reg_write(struct ata_channel *c, unsigned reg, uint8_t value);
/* Control block: alternate status and device control. */
uint8_t ata_alt_status(const struct ata_channel *c);
void ata_control_write(struct ata_channel *c, uint8_t value);
/* Data port, n bytes. Beyond a DRQ block reads give zeros and writes vanish. */
void ata_data_read(struct ata_channel *c, void *buf, uint32_t n);
void ata_data_write(struct ata_channel *c, const void *buf, uint32_t n);

/* The bus master was started; or stopped before the drive was done. */
void ata_dma_started(struct ata_channel *c);
void ata_dma_stopped(struct ata_channel *c);

#endif
