/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ATA channel: registers, selection, reset, interrupt, data port.
 *
 * Datasheet: ATA/ATAPI-6 (T13 1410D) sections 6 (registers), 9.2 to 9.4 (resets and diagnostics).
 *
 * Modelled: task file with its previous contents (HOB), both drives hearing every write, nIEN, SRST
 * held and released, signature, absent drives, INTRQ cleared by status and by command.
 * Not modelled: ATAPI and CD-ROM (drives are hard disks), 8-bit and CFA transfers, HPA, security,
 * overlap and queueing. A channel without drives reads zeros, as QEMU's does and as a bus with its
 * pull-down and cable detection would after the BIOS gave up; guests take it for "none".
 *
 * Threads: register accesses come from vCPUs, completions from the loop thread, all under the
 * owner's lock.
 */
#include "hw/ide/ata_priv.h"

#include <string.h>

#define POWER_ON_MULTIPLE 16
#define POWER_ON_DMA_MODE 0x45 /* what a BIOS that sets nothing may count on */
#define POWER_ON_PIO_MODE 4

/* -- state -- */

static const struct state_field drive_fields[] = {
    STATE_FIELD(struct ata_drive_state, error),
    STATE_FIELD(struct ata_drive_state, status),
    STATE_FIELD(struct ata_drive_state, device),
    STATE_FIELD(struct ata_drive_state, feature),
    STATE_FIELD(struct ata_drive_state, count),
    STATE_FIELD(struct ata_drive_state, lba_low),
    STATE_FIELD(struct ata_drive_state, lba_mid),
    STATE_FIELD(struct ata_drive_state, lba_high),
    STATE_FIELD(struct ata_drive_state, hob_feature),
    STATE_FIELD(struct ata_drive_state, hob_count),
    STATE_FIELD(struct ata_drive_state, hob_lba_low),
    STATE_FIELD(struct ata_drive_state, hob_lba_mid),
    STATE_FIELD(struct ata_drive_state, hob_lba_high),
    STATE_FIELD(struct ata_drive_state, intrq),
    STATE_FIELD(struct ata_drive_state, heads),
    STATE_FIELD(struct ata_drive_state, sectors),
    STATE_FIELD(struct ata_drive_state, multiple),
    STATE_FIELD(struct ata_drive_state, pio_mode),
    STATE_FIELD(struct ata_drive_state, dma_mode),
    STATE_FIELD(struct ata_drive_state, write_cache),
    STATE_FIELD(struct ata_drive_state, look_ahead),
    STATE_FIELD(struct ata_drive_state, smart),
    STATE_FIELD(struct ata_drive_state, revert),
    STATE_FIELD(struct ata_drive_state, power),
    STATE_END,
};

_Static_assert(sizeof(struct ata_drive_state) == 24, "no padding");

static const struct state_layout drive_layout = {
    .name = "ata-drive",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct ata_drive_state),
    .fields = drive_fields,
};

static bool dma_mode_valid(uint8_t m)
{
    return (m >= 0x10 && m <= 0x12) || (m >= 0x20 && m <= 0x22) || (m >= 0x40 && m <= 0x45);
}

static const char *check_drive(const struct ata_drive_state *d, unsigned unit)
{
    if ((d->device & (DEVICE_OBSOLETE | DEVICE_DEV)) != (DEVICE_OBSOLETE | unit << 4)) {
        return "drive.device";
    }
    if (d->heads < 1 || d->heads > 16 || d->sectors < 1) {
        return "drive.heads";
    }
    if (d->multiple > ATA_PIO_SECTORS || (d->multiple & (d->multiple - 1))) {
        return "drive.multiple";
    }
    if (d->pio_mode > 4 || !dma_mode_valid(d->dma_mode)) {
        return "drive.dma_mode";
    }
    if ((d->intrq | d->write_cache | d->look_ahead | d->smart | d->revert) > 1) {
        return "drive.write_cache";
    }
    return NULL;
}

static uint8_t phase_status(unsigned phase)
{
    switch (phase) {
    case PHASE_IDLE:
        return STATUS_READY;
    case PHASE_SRST:
        return STATUS_BSY;
    case PHASE_PIO_IN:
    case PHASE_PIO_OUT:
    case PHASE_DMA_IN:
    case PHASE_DMA_OUT:
        return STATUS_READY | STATUS_DRQ;
    default:
        return STATUS_READY | STATUS_BSY;
    }
}

/* Busy are both drives in a software reset, else the selected one while it is at a command. */
static bool status_valid(const struct ata_state *s, unsigned unit)
{
    uint8_t status = s->drive[unit].status;

    if (s->phase == PHASE_IDLE || (s->phase != PHASE_SRST && unit != s->unit)) {
        return !(status & (STATUS_BSY | STATUS_DRQ));
    }
    return status == phase_status(s->phase);
}

static const char *check_phase(const struct ata_state *s)
{
    if (s->phase >= PHASES || (s->phase == PHASE_SRST) != !!(s->control & CONTROL_SRST)) {
        return "phase";
    }
    if (!status_valid(s, 0) || !status_valid(s, 1)) {
        return "drive.status";
    }
    if (s->phase == PHASE_IDLE || s->phase == PHASE_SRST) {
        return NULL;
    }
    if (s->phase != PHASE_FLUSH && s->kind != KIND_DATA && s->left == 0) {
        return "left";
    }
    if ((s->phase == PHASE_DMA_IN || s->phase == PHASE_DMA_OUT) && s->kind != KIND_DMA) {
        return "kind";
    }
    if ((s->phase == PHASE_FETCH || s->phase == PHASE_STORE || s->phase == PHASE_PIO_OUT) &&
        s->kind != KIND_PIO) {
        return "kind";
    }
    if (s->phase == PHASE_PIO_IN && s->kind > KIND_PIO) {
        return "kind";
    }
    if (s->phase == PHASE_VERIFY && s->kind != KIND_VERIFY) {
        return "kind";
    }
    return NULL;
}

static const char *ata_check(const void *state)
{
    const struct ata_state *s = state;
    const char *wrong;

    if (s->unit > 1) {
        return "unit";
    }
    for (unsigned u = 0; u < 2; u++) {
        wrong = check_drive(&s->drive[u], u);
        if (wrong) {
            return wrong;
        }
    }
    if (s->control & ~(CONTROL_HOB | CONTROL_SRST | CONTROL_NIEN)) {
        return "control";
    }
    if (s->kind >= KINDS || s->address >= ADDRESSES) {
        return "kind";
    }
    if (!xfer_valid(&s->pio)) {
        return "pio";
    }
    if (s->block_end > xfer_capacity(&s->pio) || s->block < 1 || s->block > ATA_PIO_SECTORS ||
        s->single > 1) {
        return "block";
    }
    if (s->moved > ATA_PIO_SECTORS || s->left > 65536 || s->lba >> 49) {
        return "left";
    }
    if ((s->phase == PHASE_PIO_IN || s->phase == PHASE_PIO_OUT) &&
        (s->pio.h.pos >= s->block_end || s->block_end > s->pio.h.len)) {
        return "block_end";
    }
    for (unsigned i = 0; i < sizeof(s->pad); i++) {
        if (s->pad[i]) {
            return "pad";
        }
    }
    return check_phase(s);
}

static const struct state_field channel_fields[] = {
    STATE_STRUCTS(struct ata_state, drive, &drive_layout),
    STATE_FIELD(struct ata_state, lba),
    STATE_FIELD(struct ata_state, left),
    STATE_FIELD(struct ata_state, block_end),
    STATE_FIELD(struct ata_state, moved),
    STATE_FIELD(struct ata_state, unit),
    STATE_FIELD(struct ata_state, control),
    STATE_FIELD(struct ata_state, command),
    STATE_FIELD(struct ata_state, phase),
    STATE_FIELD(struct ata_state, kind),
    STATE_FIELD(struct ata_state, address),
    STATE_FIELD(struct ata_state, block),
    STATE_FIELD(struct ata_state, single),
    STATE_ARRAY(struct ata_state, pad),
    STATE_XFER(struct ata_state, pio),
    STATE_END,
};

_Static_assert(sizeof(struct ata_state) == 88 + ATA_PIO_SECTORS * ATA_SECTOR, "no padding");

const struct state_layout ata_state_layout = {
    .name = "ata-channel",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct ata_state),
    .fields = channel_fields,
    .check = ata_check,
};

/* -- interrupt and phases -- */

static bool present(const struct ata_channel *c, unsigned unit)
{
    return c->drive[unit & 1].disk != NULL;
}

static bool any_present(const struct ata_channel *c)
{
    return present(c, 0) || present(c, 1);
}

/* Only the selected drive drives INTRQ; nIEN lets it float. */
void ata_update_irq(struct ata_channel *c)
{
    bool level = ata_regs_of(c)->intrq && !(c->s->control & CONTROL_NIEN) && present(c, c->s->unit);

    c->host->intrq(c->opaque, level);
}

void ata_raise(struct ata_channel *c)
{
    ata_regs_of(c)->intrq = 1;
    ata_update_irq(c);
}

void ata_phase(struct ata_channel *c, unsigned phase)
{
    c->s->phase = (uint8_t)phase;
    ata_regs_of(c)->status = phase_status(phase);
}

void ata_complete(struct ata_channel *c)
{
    bool dma = c->s->kind == KIND_DMA && c->s->phase != PHASE_IDLE;

    ata_phase(c, PHASE_IDLE);
    if (dma) {
        c->host->dma_end(c->opaque, ATA_DMA_OK, true);
    }
    ata_raise(c);
}

void ata_fail(struct ata_channel *c, uint8_t error)
{
    struct ata_drive_state *d = ata_regs_of(c);
    bool dma = c->s->kind == KIND_DMA && c->s->phase != PHASE_IDLE;

    ata_phase(c, PHASE_IDLE);
    d->status |= STATUS_ERR;
    d->error = error;
    if (dma) {
        c->host->dma_end(c->opaque, ATA_DMA_OK, false);
    }
    ata_raise(c);
}

/* -- reset -- */

/* Section 9.12: what a device without PACKET feature set leaves after reset and diagnostic. */
static void sign(struct ata_channel *c, unsigned unit)
{
    struct ata_drive_state *d = &c->s->drive[unit];

    d->error = DIAG_PASSED;
    d->count = d->lba_low = 1;
    d->lba_mid = d->lba_high = 0;
    d->hob_feature = d->hob_count = d->hob_lba_low = d->hob_lba_mid = d->hob_lba_high = 0;
    d->device = (uint8_t)(DEVICE_OBSOLETE | unit << 4);
    d->intrq = 0;
    d->status = present(c, unit) ? STATUS_READY : 0;
}

void ata_signature(struct ata_channel *c)
{
    sign(c, 0);
    sign(c, 1);
    c->s->unit = 0;
}

/* Settings that power-on makes; a software reset only after SET FEATURES CCh. */
static void set_defaults(struct ata_channel *c, unsigned unit)
{
    struct ata_drive_state *d = &c->s->drive[unit];
    const struct ata_drive *drive = &c->drive[unit];

    d->heads = drive->heads;
    d->sectors = drive->sectors;
    d->multiple = POWER_ON_MULTIPLE;
    d->pio_mode = POWER_ON_PIO_MODE;
    d->dma_mode = POWER_ON_DMA_MODE;
    d->write_cache = d->look_ahead = 1;
}

/* Drop the command in progress. A request on its way ends unheard, in its own buffer. */
static void cancel(struct ata_channel *c)
{
    struct ata_state *s = c->s;

    ata_write_behind(c);
    c->generation++;
    c->dma_short = false;
    s->phase = PHASE_IDLE;
    s->kind = KIND_DATA;
    s->left = s->block_end = s->moved = 0;
    s->block = 1;
    s->single = 0;
    memset(&s->pio, 0, sizeof(s->pio));
}

void ata_reset(struct ata_channel *c)
{
    cancel(c);
    memset(c->s, 0, sizeof(*c->s));
    c->s->block = 1;
    for (unsigned u = 0; u < 2; u++) {
        set_defaults(c, u);
        c->s->drive[u].smart = 1;
        c->s->drive[u].power = POWER_ACTIVE;
    }
    ata_signature(c);
}

void ata_settle(struct ata_channel *c)
{
    /* a request from before a load is not this state's */
    c->generation++;
    c->dma_short = false;
    if (c->s->phase != PHASE_IDLE && c->s->phase != PHASE_SRST && !present(c, c->s->unit)) {
        cancel(c); /* a state of a machine with another drive here */
        ata_regs_of(c)->status = 0;
    }
    ata_update_irq(c);
    ata_run(c);
}

static void srst_begin(struct ata_channel *c)
{
    cancel(c);
    c->s->phase = PHASE_SRST;
    for (unsigned u = 0; u < 2; u++) {
        struct ata_drive_state *d = &c->s->drive[u];

        d->status = STATUS_BSY;
        d->intrq = 0;
        d->power = POWER_ACTIVE;
        if (d->revert) {
            set_defaults(c, u);
        }
    }
}

static void srst_end(struct ata_channel *c)
{
    c->s->phase = PHASE_IDLE;
    ata_signature(c);
}

void ata_control_write(struct ata_channel *c, uint8_t value)
{
    uint8_t old = c->s->control;

    c->s->control = value & (CONTROL_HOB | CONTROL_SRST | CONTROL_NIEN);
    if ((old ^ c->s->control) & CONTROL_SRST) {
        if (c->s->control & CONTROL_SRST) {
            srst_begin(c);
        } else {
            srst_end(c);
        }
    }
    ata_update_irq(c);
}

/* -- task file -- */

static uint8_t status(const struct ata_channel *c)
{
    return present(c, c->s->unit) ? c->s->drive[c->s->unit].status : 0;
}

uint8_t ata_alt_status(const struct ata_channel *c)
{
    return status(c);
}

uint8_t ata_reg_read(struct ata_channel *c, unsigned reg)
{
    struct ata_drive_state *d = ata_regs_of(c);
    bool hob = c->s->control & CONTROL_HOB;
    uint8_t value;

    if (!any_present(c)) {
        return 0;
    }
    switch (reg) {
    case ATA_REG_ERROR:
        if (!present(c, c->s->unit)) {
            return 0;
        }
        return hob ? d->hob_feature : d->error;
    case ATA_REG_COUNT:
        return hob ? d->hob_count : d->count;
    case ATA_REG_LBA_LOW:
        return hob ? d->hob_lba_low : d->lba_low;
    case ATA_REG_LBA_MID:
        return hob ? d->hob_lba_mid : d->lba_mid;
    case ATA_REG_LBA_HIGH:
        return hob ? d->hob_lba_high : d->lba_high;
    case ATA_REG_DEVICE:
        return d->device;
    case ATA_REG_STATUS:
        value = status(c);
        d->intrq = 0;
        ata_update_irq(c);
        return value;
    default:
        return 0xff;
    }
}

static void set_both(struct ata_channel *c, size_t reg, size_t hob, uint8_t value)
{
    for (unsigned u = 0; u < 2; u++) {
        uint8_t *d = (uint8_t *)&c->s->drive[u];

        d[hob] = d[reg];
        d[reg] = value;
    }
}

#define SET_BOTH(c, field, value)                                                                  \
    set_both(c, offsetof(struct ata_drive_state, field),                                           \
             offsetof(struct ata_drive_state, hob_##field), value)

static void select_write(struct ata_channel *c, uint8_t value)
{
    c->s->drive[0].device = (uint8_t)((value & ~DEVICE_DEV) | DEVICE_OBSOLETE);
    c->s->drive[1].device = (uint8_t)(value | DEVICE_DEV | DEVICE_OBSOLETE);
    c->s->unit = value >> 4 & 1;
    ata_update_irq(c);
}

static void command_write(struct ata_channel *c, uint8_t value)
{
    ata_regs_of(c)->intrq = 0;
    ata_update_irq(c);
    ata_command(c, value);
}

void ata_reg_write(struct ata_channel *c, unsigned reg, uint8_t value)
{
    /* section 6.1: a busy device takes no writes to the command block, nor does one with DRQ */
    if (!any_present(c) || c->s->phase != PHASE_IDLE) {
        return;
    }
    c->s->control &= (uint8_t)~CONTROL_HOB; /* section 7.8: any write clears it */
    switch (reg) {
    case ATA_REG_ERROR:
        SET_BOTH(c, feature, value);
        break;
    case ATA_REG_COUNT:
        SET_BOTH(c, count, value);
        break;
    case ATA_REG_LBA_LOW:
        SET_BOTH(c, lba_low, value);
        break;
    case ATA_REG_LBA_MID:
        SET_BOTH(c, lba_mid, value);
        break;
    case ATA_REG_LBA_HIGH:
        SET_BOTH(c, lba_high, value);
        break;
    case ATA_REG_DEVICE:
        select_write(c, value);
        break;
    case ATA_REG_STATUS:
        command_write(c, value);
        break;
    default:
        break;
    }
}

/* -- data port -- */

void ata_data_read(struct ata_channel *c, void *buf, uint32_t n)
{
    struct ata_state *s = c->s;
    uint8_t *to = buf;

    while (n && s->phase == PHASE_PIO_IN) {
        uint32_t left = s->block_end > s->pio.h.pos ? s->block_end - s->pio.h.pos : 0;
        uint32_t got = xfer_get(&s->pio, to, n < left ? n : left);

        to += got;
        n -= got;
        if (s->pio.h.pos >= s->block_end || got == 0) {
            ata_block_in_done(c);
        }
    }
    memset(to, 0, n);
}

void ata_data_write(struct ata_channel *c, const void *buf, uint32_t n)
{
    struct ata_state *s = c->s;
    const uint8_t *from = buf;

    while (n && s->phase == PHASE_PIO_OUT) {
        uint32_t left = s->block_end > s->pio.h.pos ? s->block_end - s->pio.h.pos : 0;
        uint32_t put = xfer_put(&s->pio, from, n < left ? n : left);

        from += put;
        n -= put;
        if (s->pio.h.pos >= s->block_end || put == 0) {
            ata_block_out_done(c);
        }
    }
}

/* -- bus master -- */

void ata_dma_started(struct ata_channel *c)
{
    ata_run(c);
}

/*
 * What is on its way is dropped (writes still land where they were meant to); the drive goes on
 * asking, and a new start resumes at the sector that was not confirmed.
 */
void ata_dma_stopped(struct ata_channel *c)
{
    if (c->s->phase == PHASE_DMA_IN || c->s->phase == PHASE_DMA_OUT) {
        c->generation++;
        c->dma_short = false;
    }
}
