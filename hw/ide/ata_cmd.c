/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ATA channel: the commands, ATA/ATAPI-6 section 8 (and ATA-3 for those it dropped).
 *
 * One table {opcode, flags, handler}; what is not in it is aborted. SLEEP is treated as STANDBY:
 * the next access to the medium wakes the drive, where real ones want a reset first.
 */
#include "hw/ide/ata_priv.h"

#include <string.h>

#define LBA28_MAX UINT64_C(0x0fffffff)

enum {
    CMD_EXT = 1,     /* 48-bit addresses and 16-bit count */
    CMD_MEDIUM = 2,  /* takes an address and a count, and wakes the drive */
    CMD_NO_DRIVE = 4 /* carried out even if the selected drive is absent */
};

struct ata_cmd {
    uint8_t opcode, flags;
    void (*run)(struct ata_channel *c);
};

/* -- addresses -- */

uint64_t ata_capacity28(const struct ata_drive *d)
{
    return d->total < LBA28_MAX ? d->total : LBA28_MAX;
}

bool ata_get_address(struct ata_channel *c, uint64_t *lba)
{
    const struct ata_drive_state *d = ata_regs_of(c);
    uint64_t cylinder = (uint64_t)d->lba_high << 8 | d->lba_mid;
    uint8_t head = d->device & DEVICE_HEAD;

    switch (c->s->address) {
    case ADDRESS_LBA48:
        *lba = (uint64_t)d->hob_lba_high << 40 | (uint64_t)d->hob_lba_mid << 32 |
               (uint64_t)d->hob_lba_low << 24 | cylinder << 8 | d->lba_low;
        return true;
    case ADDRESS_LBA28:
        *lba = (uint64_t)head << 24 | cylinder << 8 | d->lba_low;
        return true;
    default:
        if (head >= d->heads || d->lba_low == 0 || d->lba_low > d->sectors) {
            return false;
        }
        *lba = (cylinder * d->heads + head) * d->sectors + (d->lba_low - 1u);
        return true;
    }
}

void ata_set_address(struct ata_channel *c, uint64_t lba, uint32_t count)
{
    struct ata_drive_state *d = ata_regs_of(c);
    uint64_t cylinder = lba >> 8;
    uint64_t head = lba >> 24;
    uint64_t low = lba;

    d->count = (uint8_t)count;
    if (c->s->address == ADDRESS_LBA48) {
        d->hob_count = (uint8_t)(count >> 8);
        d->hob_lba_low = (uint8_t)(lba >> 24);
        d->hob_lba_mid = (uint8_t)(lba >> 32);
        d->hob_lba_high = (uint8_t)(lba >> 40);
    } else {
        if (c->s->address == ADDRESS_CHS) {
            uint64_t track = lba / d->sectors; /* never 0: check_drive() */

            low = lba % d->sectors + 1;
            head = track % d->heads;
            cylinder = track / d->heads;
        }
        d->device = (uint8_t)((d->device & (uint8_t)~DEVICE_HEAD) | (head & DEVICE_HEAD));
    }
    d->lba_low = (uint8_t)low;
    d->lba_mid = (uint8_t)cylinder;
    d->lba_high = (uint8_t)(cylinder >> 8);
}

static void take_address_mode(struct ata_channel *c, bool ext)
{
    if (ext) {
        c->s->address = ADDRESS_LBA48;
    } else {
        c->s->address = ata_regs_of(c)->device & DEVICE_LBA ? ADDRESS_LBA28 : ADDRESS_CHS;
    }
}

/* Address and count into the state; the command has failed when false. */
static bool take_range(struct ata_channel *c)
{
    const struct ata_drive_state *d = ata_regs_of(c);
    bool ext = c->s->address == ADDRESS_LBA48;
    uint32_t count = d->count | (ext ? (uint32_t)d->hob_count << 8 : 0);

    c->s->left = count ? count : (ext ? 65536 : 256);
    if (!ata_get_address(c, &c->s->lba) || c->s->lba >= ata_drive_of(c)->total) {
        ata_fail(c, ERROR_IDNF);
        return false;
    }
    return true;
}

static void abort_command(struct ata_channel *c)
{
    ata_fail(c, ERROR_ABRT);
}

/* -- medium -- */

static void pio_in(struct ata_channel *c, uint8_t block)
{
    c->s->block = block;
    c->s->kind = KIND_PIO;
    ata_phase(c, PHASE_FETCH);
    ata_run(c);
}

static void pio_out(struct ata_channel *c, uint8_t block)
{
    if (disk_readonly(ata_drive_of(c)->disk)) {
        abort_command(c);
        return;
    }
    c->s->block = block;
    c->s->kind = KIND_PIO;
    ata_begin_out(c); /* no interrupt before the first block: section 9.6 */
}

static void cmd_read_sectors(struct ata_channel *c)
{
    pio_in(c, 1);
}

static void cmd_write_sectors(struct ata_channel *c)
{
    pio_out(c, 1);
}

static void cmd_read_multiple(struct ata_channel *c)
{
    if (ata_regs_of(c)->multiple == 0) {
        abort_command(c);
    } else {
        pio_in(c, ata_regs_of(c)->multiple);
    }
}

static void cmd_write_multiple(struct ata_channel *c)
{
    if (ata_regs_of(c)->multiple == 0) {
        abort_command(c);
    } else {
        pio_out(c, ata_regs_of(c)->multiple);
    }
}

static void dma(struct ata_channel *c, unsigned phase)
{
    if (!c->host->dma_armed) {
        abort_command(c);
        return;
    }
    c->s->kind = KIND_DMA;
    ata_phase(c, phase);
    ata_run(c);
}

static void cmd_read_dma(struct ata_channel *c)
{
    dma(c, PHASE_DMA_IN);
}

static void cmd_write_dma(struct ata_channel *c)
{
    if (disk_readonly(ata_drive_of(c)->disk)) {
        abort_command(c);
    } else {
        dma(c, PHASE_DMA_OUT);
    }
}

static void cmd_verify(struct ata_channel *c)
{
    c->s->kind = KIND_VERIFY;
    ata_phase(c, PHASE_VERIFY);
    ata_run(c);
}

static void cmd_flush(struct ata_channel *c)
{
    ata_phase(c, PHASE_FLUSH);
    ata_run(c);
}

/* Seeking cannot fail on a disk without arms, but its address can. */
static void cmd_seek(struct ata_channel *c)
{
    uint64_t lba;

    if (!ata_get_address(c, &lba) || lba >= ata_drive_of(c)->total) {
        ata_fail(c, ERROR_IDNF);
    } else {
        ata_complete(c);
    }
}

/* -- without data -- */

static void cmd_done(struct ata_channel *c)
{
    ata_complete(c);
}

static void cmd_diagnostic(struct ata_channel *c)
{
    ata_signature(c);
    ata_raise(c);
}

/* INITIALIZE DEVICE PARAMETERS: heads and sectors of the translation, ATA-3 section 7.10. */
static void cmd_set_translation(struct ata_channel *c)
{
    struct ata_drive_state *d = ata_regs_of(c);

    if (d->count == 0) {
        abort_command(c);
        return;
    }
    d->heads = (uint8_t)((d->device & DEVICE_HEAD) + 1);
    d->sectors = d->count;
    ata_complete(c);
}

static void cmd_set_multiple(struct ata_channel *c)
{
    struct ata_drive_state *d = ata_regs_of(c);

    if (d->count > ATA_PIO_SECTORS || (d->count & (d->count - 1))) {
        abort_command(c);
        return;
    }
    d->multiple = d->count;
    ata_complete(c);
}

static void cmd_native_max(struct ata_channel *c)
{
    struct ata_drive *d = ata_drive_of(c);
    uint64_t n = c->s->address == ADDRESS_LBA48 ? d->total : ata_capacity28(d);

    ata_set_address(c, n - 1, ata_regs_of(c)->count);
    ata_complete(c);
}

static void cmd_check_power(struct ata_channel *c)
{
    ata_regs_of(c)->count = ata_regs_of(c)->power;
    ata_complete(c);
}

static void cmd_idle(struct ata_channel *c)
{
    ata_regs_of(c)->power = POWER_IDLE;
    ata_complete(c);
}

static void cmd_standby(struct ata_channel *c)
{
    ata_regs_of(c)->power = POWER_STANDBY;
    ata_phase(c, PHASE_FLUSH); /* section 8.38: the cache is written before the disk stops */
    ata_run(c);
}

/* -- SET FEATURES -- */

/* Subcommand 03h: table 45. */
static bool set_transfer_mode(struct ata_drive_state *d, uint8_t mode)
{
    if (mode <= 0x01) {
        d->pio_mode = 0; /* default mode, with or without IORDY */
    } else if (mode >= 0x08 && mode <= 0x0c) {
        d->pio_mode = mode & 7;
    } else if ((mode >= 0x10 && mode <= 0x12) || (mode >= 0x20 && mode <= 0x22) ||
               (mode >= 0x40 && mode <= 0x45)) {
        d->dma_mode = mode;
    } else {
        return false;
    }
    return true;
}

static void cmd_set_features(struct ata_channel *c)
{
    struct ata_drive_state *d = ata_regs_of(c);
    bool ok = true;

    switch (d->feature) {
    case 0x02:
        d->write_cache = 1;
        break;
    case 0x82:
        d->write_cache = 0;
        ata_phase(c, PHASE_FLUSH);
        ata_run(c);
        return;
    case 0xaa:
        d->look_ahead = 1;
        break;
    case 0x55:
        d->look_ahead = 0;
        break;
    case 0x66:
        d->revert = 0;
        break;
    case 0xcc:
        d->revert = 1;
        break;
    case 0x03:
        ok = set_transfer_mode(d, d->count);
        break;
    default:
        ok = false;
        break;
    }
    if (ok) {
        ata_complete(c);
    } else {
        abort_command(c);
    }
}

/* -- a sector of the drive's own data -- */

static void send_sector(struct ata_channel *c, const uint8_t *data)
{
    struct ata_state *s = c->s;

    xfer_begin(&s->pio, ATA_SECTOR);
    xfer_put(&s->pio, data, ATA_SECTOR);
    s->pio.h.pos = 0;
    s->block_end = ATA_SECTOR;
    ata_phase(c, PHASE_PIO_IN);
    ata_raise(c);
}

static void cmd_identify(struct ata_channel *c)
{
    uint8_t data[ATA_SECTOR] = {0};

    ata_identify(c, ata_drive_of(c), data);
    send_sector(c, data);
}

/* SMART: section 8.55. The key in LBA mid and high guards every subcommand. */
static void cmd_smart(struct ata_channel *c)
{
    struct ata_drive_state *d = ata_regs_of(c);
    uint8_t data[ATA_SECTOR] = {0};

    if (d->lba_mid != 0x4f || d->lba_high != 0xc2 || (!d->smart && d->feature != 0xd8)) {
        abort_command(c);
        return;
    }
    switch (d->feature) {
    case 0xd0:
        ata_smart_data(data);
        send_sector(c, data);
        return;
    case 0xd1:
        ata_smart_thresholds(data);
        send_sector(c, data);
        return;
    case 0xd2: /* attribute autosave: nothing ever changes */
        break;
    case 0xd8:
        d->smart = 1;
        break;
    case 0xd9:
        d->smart = 0;
        break;
    case 0xda: /* threshold not exceeded: the key stays as it is */
        break;
    default: /* self-tests and logs */
        abort_command(c);
        return;
    }
    ata_complete(c);
}

/* -- the table -- */

static const struct ata_cmd commands[] = {
    {0x00, 0, abort_command}, /* NOP: aborts by definition */
    {0x20, CMD_MEDIUM, cmd_read_sectors},
    {0x21, CMD_MEDIUM, cmd_read_sectors},
    {0x24, CMD_MEDIUM | CMD_EXT, cmd_read_sectors},
    {0x25, CMD_MEDIUM | CMD_EXT, cmd_read_dma},
    {0x27, CMD_EXT, cmd_native_max},
    {0x29, CMD_MEDIUM | CMD_EXT, cmd_read_multiple},
    {0x30, CMD_MEDIUM, cmd_write_sectors},
    {0x31, CMD_MEDIUM, cmd_write_sectors},
    {0x34, CMD_MEDIUM | CMD_EXT, cmd_write_sectors},
    {0x35, CMD_MEDIUM | CMD_EXT, cmd_write_dma},
    {0x39, CMD_MEDIUM | CMD_EXT, cmd_write_multiple},
    {0x40, CMD_MEDIUM, cmd_verify},
    {0x41, CMD_MEDIUM, cmd_verify},
    {0x42, CMD_MEDIUM | CMD_EXT, cmd_verify},
    {0x90, CMD_NO_DRIVE, cmd_diagnostic},
    {0x91, 0, cmd_set_translation},
    {0x94, 0, cmd_standby}, /* 94h to 99h: the opcodes of ATA-1 */
    {0x95, 0, cmd_idle},
    {0x96, 0, cmd_standby},
    {0x97, 0, cmd_idle},
    {0x98, 0, cmd_check_power},
    {0x99, 0, cmd_standby},
    {0xb0, 0, cmd_smart},
    {0xc4, CMD_MEDIUM, cmd_read_multiple},
    {0xc5, CMD_MEDIUM, cmd_write_multiple},
    {0xc6, 0, cmd_set_multiple},
    {0xc8, CMD_MEDIUM, cmd_read_dma},
    {0xc9, CMD_MEDIUM, cmd_read_dma},
    {0xca, CMD_MEDIUM, cmd_write_dma},
    {0xcb, CMD_MEDIUM, cmd_write_dma},
    {0xe0, 0, cmd_standby},
    {0xe1, 0, cmd_idle},
    {0xe2, 0, cmd_standby},
    {0xe3, 0, cmd_idle},
    {0xe5, 0, cmd_check_power},
    {0xe6, 0, cmd_standby},
    {0xe7, 0, cmd_flush},
    {0xea, 0, cmd_flush},
    {0xec, 0, cmd_identify},
    {0xef, 0, cmd_set_features},
    {0xf8, 0, cmd_native_max},
};

static const struct ata_cmd recalibrate = {0x10, 0, cmd_done};
static const struct ata_cmd seek = {0x70, 0, cmd_seek};
static const struct ata_cmd unknown = {0xff, 0, abort_command};

static const struct ata_cmd *find(uint8_t opcode)
{
    if (opcode >> 4 == 1) {
        return &recalibrate;
    }
    if (opcode >> 4 == 7) {
        return &seek;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].opcode == opcode) {
            return &commands[i];
        }
    }
    return &unknown;
}

void ata_command(struct ata_channel *c, uint8_t opcode)
{
    const struct ata_cmd *cmd = find(opcode);
    struct ata_state *s = c->s;

    if (!ata_drive_of(c)->disk && !(cmd->flags & CMD_NO_DRIVE)) {
        return;
    }
    s->command = opcode;
    s->kind = KIND_DATA;
    s->block = 1;
    s->single = 0;
    s->left = s->moved = s->block_end = 0;
    xfer_begin(&s->pio, 0);
    c->generation++;
    c->dma_short = false;
    ata_regs_of(c)->error = 0;
    take_address_mode(c, cmd->flags & CMD_EXT);
    if (cmd->flags & CMD_MEDIUM) {
        ata_regs_of(c)->power = POWER_ACTIVE;
        if (!take_range(c)) {
            return;
        }
    }
    cmd->run(c);
}
