/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bus-master IDE of one channel: registers and the walk over the descriptor table (Programming
 * Interface for Bus Master IDE Controller 1.0; 82371SB section 2.7). Knows memory only by two
 * functions, so that it is testable without a PCI bus. Owner's lock held.
 */
#ifndef HW_IDE_BMDMA_H
#define HW_IDE_BMDMA_H

#include "core/state.h"
#include "hw/ide/ata.h"

#define BMDMA_REGS 8

/* Where in the table a transfer is. */
struct bmdma_walk {
    uint64_t base;  /* next byte of the present entry */
    uint32_t next;  /* address of the next entry */
    uint32_t left;  /* bytes of the present entry, at most 64 KiB */
    uint32_t steps; /* entries fetched since the start */
    uint8_t last;   /* the present entry has EOT */
    uint8_t pad[3];
};

struct bmdma_state {
    struct bmdma_walk walk;
    uint32_t table; /* BMIDTP */
    uint8_t command, status;
    uint8_t intrq; /* the drive's line, for edges */
    uint8_t pad;
};
extern const struct state_layout bmdma_state_layout;

struct bmdma {
    struct bmdma_state *s;
    bool (*read)(void *opaque, uint64_t addr, void *buf, uint64_t len);
    bool (*write)(void *opaque, uint64_t addr, const void *buf, uint64_t len);
    void *opaque;
    struct bmdma_walk ahead; /* after a fetch that is not committed */
};

void bmdma_reset(struct bmdma *b);

/* Registers; `drives` are told when the bus master starts or stops. */
uint8_t bmdma_reg_read(const struct bmdma *b, unsigned reg);
void bmdma_reg_write(struct bmdma *b, struct ata_channel *drives, unsigned reg, uint8_t value);

/* The drive's interrupt line: its rising edge sets the Interrupt bit. */
void bmdma_intrq(struct bmdma *b, bool level);

/* For struct ata_host. */
bool bmdma_armed(const struct bmdma *b);
enum ata_dma bmdma_fetch(struct bmdma *b, void *buf, uint32_t len, uint32_t *moved);
void bmdma_commit(struct bmdma *b);
enum ata_dma bmdma_store(struct bmdma *b, const void *buf, uint32_t len, uint32_t *moved);
void bmdma_end(struct bmdma *b, enum ata_dma how, bool ok);

#endif
