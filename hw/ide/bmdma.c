/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bus-master IDE: registers and descriptor table. See bmdma.h for the datasheets.
 *
 * A table is at most 64 KiB, 8192 entries (BMIDE 1.0 section 1.2 forbids it to cross a 64 KiB
 * boundary): a guest that forgets EOT gets the end of the table there. Each entry is fetched once
 * a transfer. An entry may have any even length, whatever the sectors; a transfer in the direction
 * the drive does not want, or to what is not RAM below 4 GiB, is a bus error: Error set, Active
 * cleared, the command aborted. QEMU's drives ignore the direction bit; the chip cannot.
 */
#include "hw/ide/bmdma.h"

#define COMMAND_START 0x01 /* SSBM */
#define COMMAND_READ 0x08  /* RWCON: the bus master writes memory, the drive is read */
#define STATUS_ACTIVE 0x01
#define STATUS_ERROR 0x02
#define STATUS_INTERRUPT 0x04
#define STATUS_CAPABLE 0x60 /* drives set up for DMA by the BIOS: storage only */

#define REG_COMMAND 0
#define REG_STATUS 2
#define REG_TABLE 4

#define ENTRY_BYTES 8u
#define ENTRIES_MAX 8192u
#define ENTRY_LAST 0x80000000u
#define REGION_MAX 0x10000u

static const struct state_field walk_fields[] = {
    STATE_FIELD(struct bmdma_walk, base),
    STATE_FIELD(struct bmdma_walk, next),
    STATE_FIELD(struct bmdma_walk, left),
    STATE_FIELD(struct bmdma_walk, steps),
    STATE_FIELD(struct bmdma_walk, last),
    STATE_ARRAY(struct bmdma_walk, pad),
    STATE_END,
};
static const struct state_layout walk_layout = {
    .name = "bmdma-walk",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct bmdma_walk),
    .fields = walk_fields,
};
_Static_assert(sizeof(struct bmdma_walk) == 24, "no padding");

static const char *bmdma_check(const void *state)
{
    const struct bmdma_state *s = state;
    const struct bmdma_walk *w = &s->walk;

    if (w->base > (UINT64_C(1) << 32) || w->left > REGION_MAX || (w->left & 1) || w->last > 1 ||
        (w->next & 3) || w->steps > ENTRIES_MAX) {
        return "walk";
    }
    if (w->pad[0] | w->pad[1] | w->pad[2] | s->pad) {
        return "pad";
    }
    if (s->table & 3) {
        return "table";
    }
    if (s->command & ~(COMMAND_START | COMMAND_READ)) {
        return "command";
    }
    if ((s->status & ~(STATUS_CAPABLE | STATUS_INTERRUPT | STATUS_ERROR | STATUS_ACTIVE)) ||
        ((s->status & STATUS_ACTIVE) && !(s->command & COMMAND_START))) {
        return "status";
    }
    return s->intrq > 1 ? "intrq" : NULL;
}

static const struct state_field fields[] = {
    STATE_STRUCT(struct bmdma_state, walk, &walk_layout),
    STATE_FIELD(struct bmdma_state, table),
    STATE_FIELD(struct bmdma_state, command),
    STATE_FIELD(struct bmdma_state, status),
    STATE_FIELD(struct bmdma_state, intrq),
    STATE_FIELD(struct bmdma_state, pad),
    STATE_END,
};
const struct state_layout bmdma_state_layout = {
    .name = "bmdma",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct bmdma_state),
    .fields = fields,
    .check = bmdma_check,
};
_Static_assert(sizeof(struct bmdma_state) == 32, "no padding");

void bmdma_reset(struct bmdma *b)
{
    *b->s = (struct bmdma_state){0};
    b->ahead = b->s->walk;
}

/* -- the table -- */

/* Make the next entry the present one. Short: there is none. */
static enum ata_dma next_entry(struct bmdma *b, struct bmdma_walk *w)
{
    uint32_t entry[2];

    if (w->last || w->steps >= ENTRIES_MAX) {
        return ATA_DMA_SHORT;
    }
    if (!b->read(b->opaque, w->next, entry, ENTRY_BYTES)) {
        return ATA_DMA_ERROR;
    }
    w->base = entry[0] & ~1u;
    w->left = entry[1] & 0xfffe;
    if (w->left == 0) {
        w->left = REGION_MAX;
    }
    w->last = (entry[1] & ENTRY_LAST) != 0;
    w->next += ENTRY_BYTES;
    w->steps++;
    return ATA_DMA_OK;
}

/* Bytes that can be moved at w->base, up to len. */
static enum ata_dma next_piece(struct bmdma *b, struct bmdma_walk *w, uint32_t len, uint32_t *n)
{
    if (w->left == 0) {
        enum ata_dma r = next_entry(b, w);

        if (r != ATA_DMA_OK) {
            return r;
        }
    }
    *n = len < w->left ? len : w->left;
    /* a PCI address has 32 bits here: the chip knows no dual address cycle */
    return w->base + *n > UINT64_C(1) << 32 ? ATA_DMA_ERROR : ATA_DMA_OK;
}

static void consume(struct bmdma_walk *w, uint32_t n)
{
    w->base += n;
    w->left -= n;
}

enum ata_dma bmdma_fetch(struct bmdma *b, void *buf, uint32_t len, uint32_t *moved)
{
    struct bmdma_walk w = b->s->walk;
    uint8_t *to = buf;

    *moved = 0;
    if (b->s->command & COMMAND_READ) {
        return ATA_DMA_ERROR;
    }
    while (*moved < len) {
        uint32_t n = 0;
        enum ata_dma r = next_piece(b, &w, len - *moved, &n);

        if (r == ATA_DMA_OK && !b->read(b->opaque, w.base, to + *moved, n)) {
            r = ATA_DMA_ERROR;
        }
        if (r != ATA_DMA_OK) {
            b->ahead = w;
            return r;
        }
        consume(&w, n);
        *moved += n;
    }
    b->ahead = w;
    return ATA_DMA_OK;
}

void bmdma_commit(struct bmdma *b)
{
    b->s->walk = b->ahead;
}

enum ata_dma bmdma_store(struct bmdma *b, const void *buf, uint32_t len, uint32_t *moved)
{
    struct bmdma_walk *w = &b->s->walk;
    const uint8_t *from = buf;

    *moved = 0;
    if (!(b->s->command & COMMAND_READ)) {
        return ATA_DMA_ERROR;
    }
    while (*moved < len) {
        uint32_t n = 0;
        enum ata_dma r = next_piece(b, w, len - *moved, &n);

        if (r == ATA_DMA_OK && !b->write(b->opaque, w->base, from + *moved, n)) {
            r = ATA_DMA_ERROR;
        }
        if (r != ATA_DMA_OK) {
            return r;
        }
        consume(w, n);
        *moved += n;
    }
    return ATA_DMA_OK;
}

/* -- for the drives -- */

bool bmdma_armed(const struct bmdma *b)
{
    return (b->s->command & COMMAND_START) && (b->s->status & STATUS_ACTIVE);
}

/* Active stays while the table has more than the drive took: 82371SB table 8. */
void bmdma_end(struct bmdma *b, enum ata_dma how, bool ok)
{
    const struct bmdma_walk *w = &b->s->walk;

    if (how == ATA_DMA_ERROR) {
        b->s->status |= STATUS_ERROR;
    }
    if (how != ATA_DMA_OK || !ok || (w->left == 0 && w->last)) {
        b->s->status &= (uint8_t)~STATUS_ACTIVE;
    }
}

void bmdma_intrq(struct bmdma *b, bool level)
{
    if (level && !b->s->intrq) {
        b->s->status |= STATUS_INTERRUPT;
    }
    b->s->intrq = level;
}

/* -- registers -- */

static void command_write(struct bmdma *b, struct ata_channel *drives, uint8_t value)
{
    struct bmdma_state *s = b->s;
    bool was = s->command & COMMAND_START;

    if (was && (value & COMMAND_START)) {
        return; /* the direction must not change while it runs */
    }
    s->command = value & (COMMAND_START | COMMAND_READ);
    if (!was && (value & COMMAND_START)) {
        s->walk = (struct bmdma_walk){.next = s->table};
        s->status |= STATUS_ACTIVE;
        ata_dma_started(drives);
    } else if (was) {
        s->status &= (uint8_t)~STATUS_ACTIVE;
        ata_dma_stopped(drives);
    }
}

uint8_t bmdma_reg_read(const struct bmdma *b, unsigned reg)
{
    switch (reg) {
    case REG_COMMAND:
        return b->s->command;
    case REG_STATUS:
        return b->s->status;
    case REG_TABLE:
    case REG_TABLE + 1:
    case REG_TABLE + 2:
    case REG_TABLE + 3:
        return (uint8_t)(b->s->table >> (8 * (reg - REG_TABLE)));
    default:
        return 0xff; /* reserved: as QEMU */
    }
}

void bmdma_reg_write(struct bmdma *b, struct ata_channel *drives, unsigned reg, uint8_t value)
{
    struct bmdma_state *s = b->s;
    unsigned shift;

    switch (reg) {
    case REG_COMMAND:
        command_write(b, drives, value);
        break;
    case REG_STATUS:
        s->status = (uint8_t)((value & STATUS_CAPABLE) | (s->status & STATUS_ACTIVE) |
                              (s->status & ~value & (STATUS_ERROR | STATUS_INTERRUPT)));
        break;
    case REG_TABLE:
    case REG_TABLE + 1:
    case REG_TABLE + 2:
    case REG_TABLE + 3:
        shift = 8 * (reg - REG_TABLE);
        s->table = ((s->table & ~(0xffu << shift)) | (uint32_t)value << shift) & ~3u;
        break;
    default:
        break;
    }
}
