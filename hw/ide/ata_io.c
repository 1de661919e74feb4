/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ATA channel: sectors between the disk and the host, by PIO or by bus master.
 *
 * The saved phase says what a command waits for, and ata_run() starts it; so a state that was saved
 * with a request in flight asks again after a load. One request a drive: after a reset the next
 * command's request waits until the stale one has ended, so writes keep their order.
 *
 * What the page cache holds is answered within the guest's own access, up to SYNC_BYTES: a guest
 * that takes interrupts must bear one before its next instruction anyway, and polling ones find the
 * drive ready. More than that, and what would block, goes by the loop thread.
 *
 * PIO reads fetch up to 16 sectors at once, and PIO writes with the write cache enabled store up to
 * 16 at once; blocks and interrupts are as the command says. When a group fails it is done again
 * sector by sector, so that the registers name the bad one.
 */
#include "core/report.h"
#include "hw/ide/ata_priv.h"

#include <errno.h>
#include <string.h>

#define SYNC_BYTES (256u * 1024)

struct io {
    enum disk_op op;
    uint64_t lba;
    uint32_t sectors;
};

static uint32_t min3(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t m = a < b ? a : b;

    return (uint32_t)(m < c ? m : c);
}

/* End with an error at a sector; the count register says how many were not done. */
static void fail_at(struct ata_channel *c, uint8_t error, uint64_t lba, uint32_t left)
{
    ata_set_address(c, lba, left);
    ata_fail(c, error);
}

static void report_error(struct ata_drive *d, enum disk_op op, int error)
{
    GVariantBuilder b;

    if (!report_allowed(&d->events)) {
        return;
    }
    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "device", g_variant_new_string(disk_name(d->disk)));
    g_variant_builder_add(&b, "{sv}", "operation",
                          g_variant_new_string(op == DISK_READ ? "read" : "write"));
    g_variant_builder_add(&b, "{sv}", "action", g_variant_new_string("report"));
    g_variant_builder_add(&b, "{sv}", "nospace", g_variant_new_boolean(error == -ENOSPC));
    g_variant_builder_add(&b, "{sv}", "reason", g_variant_new_string(g_strerror(-error)));
    event_raise("BLOCK_IO_ERROR", g_variant_builder_end(&b));
}

static void disk_failed(struct ata_channel *c, const struct io *io, int error)
{
    uint32_t done = (uint32_t)(io->lba - c->s->lba); /* of a block partly fetched */

    if (error != -EROFS) { /* that one is the guest's doing, each time */
        report_error(ata_drive_of(c), io->op, error);
    }
    if (io->op == DISK_FLUSH) {
        ata_fail(c, ERROR_ABRT);
        return;
    }
    fail_at(c, io->op == DISK_READ ? ERROR_UNC : ERROR_ABRT, io->lba,
            c->s->left > done ? c->s->left - done : 0);
}

/* -- PIO blocks -- */

/* Give the host the next block of what has been fetched. */
static void begin_in(struct ata_channel *c)
{
    struct ata_state *s = c->s;
    uint32_t blocks = s->left < s->block ? s->left : s->block;

    s->block_end = s->pio.h.pos + blocks * ATA_SECTOR;
    ata_phase(c, PHASE_PIO_IN);
    ata_raise(c);
}

/* The host has read a block. */
void ata_block_in_done(struct ata_channel *c)
{
    struct ata_state *s = c->s;
    uint32_t n = s->left < s->block ? s->left : s->block;

    if (s->kind == KIND_DATA) {
        ata_phase(c, PHASE_IDLE);
        return;
    }
    s->lba += n;
    s->left -= n;
    if (s->left == 0) {
        /* ATA-3 7.2: the registers are left at the last sector; no interrupt after the data */
        ata_set_address(c, s->lba - 1, 0);
        ata_phase(c, PHASE_IDLE);
        return;
    }
    n = s->left < s->block ? s->left : s->block;
    if (xfer_left(&s->pio) >= n * ATA_SECTOR) {
        begin_in(c);
        return;
    }
    s->moved = 0;
    ata_phase(c, PHASE_FETCH);
    ata_run(c);
}

/* Ask the host for the next block, behind what is held already. */
static void extend_out(struct ata_channel *c)
{
    struct ata_state *s = c->s;
    uint32_t held = s->pio.h.pos / ATA_SECTOR;
    uint32_t n = min3(s->left - held, s->block, ATA_PIO_SECTORS - held);

    s->pio.h.len = s->block_end = (held + n) * ATA_SECTOR;
    ata_phase(c, PHASE_PIO_OUT);
}

void ata_begin_out(struct ata_channel *c)
{
    xfer_begin(&c->s->pio, 0);
    c->s->moved = 0;
    extend_out(c);
}

void ata_block_out_done(struct ata_channel *c)
{
    struct ata_state *s = c->s;
    struct ata_drive *d = ata_drive_of(c);
    uint32_t held = s->pio.h.pos / ATA_SECTOR;
    uint32_t next = held < s->left ? min3(s->left - held, s->block, ATA_PIO_SECTORS) : 0;

    /* a group that is never cut by a reset: ata_write_behind() needs the request free */
    if (next && ata_regs_of(c)->write_cache && !d->req.busy && held + next <= ATA_PIO_SECTORS &&
        s->lba + held < d->total) {
        extend_out(c);
        ata_raise(c);
        return;
    }
    s->moved = 0;
    ata_phase(c, PHASE_STORE);
    ata_run(c);
}

void ata_write_behind(struct ata_channel *c)
{
    struct ata_state *s = c->s;
    struct ata_drive *d = ata_drive_of(c);
    uint32_t sectors = s->pio.h.pos / ATA_SECTOR;

    if (s->phase != PHASE_PIO_OUT || s->kind != KIND_PIO || !d->disk || d->req.busy) {
        return;
    }
    /* whole blocks only: the one in progress was never acknowledged */
    sectors -= sectors % s->block;
    if (sectors == 0 || s->lba >= d->total) {
        return;
    }
    sectors = min3(sectors, s->left, d->total - s->lba);
    memcpy(d->buffer, s->pio.data, sectors * ATA_SECTOR);
    d->req.op = DISK_WRITE;
    d->req.offset = s->lba * ATA_SECTOR;
    d->req.length = sectors * ATA_SECTOR;
    d->req.buffer = d->buffer;
    d->req.generation = c->generation; /* the caller moves on: nobody hears the end */
    disk_submit(&d->req);
}

/* -- what comes next from or to the disk -- */

static bool next_fetch(struct ata_channel *c, struct io *io)
{
    const struct ata_state *s = c->s;
    uint64_t total = ata_drive_of(c)->total;
    uint32_t want = s->left < ATA_PIO_SECTORS ? s->left : ATA_PIO_SECTORS;
    uint64_t at = s->lba + s->moved;

    if (at >= total || s->moved >= want) {
        fail_at(c, ERROR_IDNF, at, s->left > s->moved ? s->left - s->moved : 0);
        return false;
    }
    *io = (struct io){DISK_READ, at, min3(s->single ? 1 : want, want - s->moved, total - at)};
    return true;
}

static bool next_store(struct ata_channel *c, struct io *io)
{
    const struct ata_state *s = c->s;
    struct ata_drive *d = ata_drive_of(c);
    uint32_t held = s->pio.h.len / ATA_SECTOR;
    uint32_t n;

    if (s->lba >= d->total || s->moved >= held) {
        fail_at(c, ERROR_IDNF, s->lba, s->left);
        return false;
    }
    n = min3(s->single ? 1 : held, held - s->moved, d->total - s->lba);
    n = n < s->left ? n : s->left;
    memcpy(d->buffer, s->pio.data + s->moved * ATA_SECTOR, n * ATA_SECTOR);
    *io = (struct io){DISK_WRITE, s->lba, n};
    return true;
}

/* Verify and DMA: as much as the buffer takes. */
static bool next_large(struct ata_channel *c, struct io *io, enum disk_op op)
{
    const struct ata_state *s = c->s;
    uint64_t total = ata_drive_of(c)->total;

    if (s->lba >= total) {
        fail_at(c, ERROR_IDNF, s->lba, s->left);
        return false;
    }
    *io = (struct io){op, s->lba, min3(s->single ? 1 : ATA_DMA_SECTORS, s->left, total - s->lba)};
    return true;
}

/*
 * The table was too short: the transfer ends there, without interrupt, and the bus master shows
 * neither Active nor Interrupt (PIIX section 5.2.3). Guests find it by their timeout.
 */
static void end_short(struct ata_channel *c)
{
    ata_phase(c, PHASE_IDLE);
    c->host->dma_end(c->opaque, ATA_DMA_SHORT, false);
}

/* Memory did not answer: an abort is what a drive whose host gives up can say. */
static void end_bus_error(struct ata_channel *c)
{
    struct ata_state *s = c->s;

    s->kind = KIND_DATA; /* the end of the DMA is told here */
    ata_set_address(c, s->lba, s->left);
    c->host->dma_end(c->opaque, ATA_DMA_ERROR, false);
    ata_fail(c, ERROR_ABRT);
}

static bool next_dma_out(struct ata_channel *c, struct io *io)
{
    struct ata_drive *d = ata_drive_of(c);
    enum ata_dma r;
    uint32_t got = 0;

    if (!next_large(c, io, DISK_WRITE)) {
        return false;
    }
    r = c->host->dma_fetch(c->opaque, d->buffer, io->sectors * ATA_SECTOR, &got);
    c->dma_short = r == ATA_DMA_SHORT;
    if (r == ATA_DMA_ERROR) {
        end_bus_error(c);
        return false;
    }
    if (c->dma_short) {
        io->sectors = min3(io->sectors, got / ATA_SECTOR, ATA_DMA_SECTORS);
        if (io->sectors == 0) {
            end_short(c);
            return false;
        }
    }
    return true;
}

static bool dma_armed(const struct ata_channel *c)
{
    return c->host->dma_armed && c->host->dma_armed(c->opaque);
}

/* Is there something to do with the disk? False also when the command has ended in here. */
static bool next_io(struct ata_channel *c, struct io *io)
{
    switch (c->s->phase) {
    case PHASE_FETCH:
        return next_fetch(c, io);
    case PHASE_STORE:
        return next_store(c, io);
    case PHASE_VERIFY:
        return next_large(c, io, DISK_READ);
    case PHASE_FLUSH:
        *io = (struct io){.op = DISK_FLUSH};
        return true;
    case PHASE_DMA_IN:
        return dma_armed(c) && next_large(c, io, DISK_READ);
    case PHASE_DMA_OUT:
        return dma_armed(c) && next_dma_out(c, io);
    default:
        return false;
    }
}

/* -- what has come -- */

static void advance(struct ata_channel *c, uint32_t n)
{
    c->s->lba += n;
    c->s->left -= n < c->s->left ? n : c->s->left;
}

/* All sectors of a write are with the disk. Without a write cache they must be on the medium. */
static void written(struct ata_channel *c)
{
    ata_set_address(c, c->s->lba - 1, 0);
    if (!ata_regs_of(c)->write_cache) {
        ata_phase(c, PHASE_FLUSH);
    } else {
        ata_complete(c);
    }
}

static void fetched(struct ata_channel *c, uint32_t n)
{
    struct ata_state *s = c->s;
    uint32_t block = s->left < s->block ? s->left : s->block;

    if (s->moved == 0) {
        xfer_begin(&s->pio, 0);
    }
    s->pio.h.pos = s->moved * ATA_SECTOR;
    s->moved += n;
    s->pio.h.len = s->moved * ATA_SECTOR;
    xfer_put(&s->pio, ata_drive_of(c)->buffer, n * ATA_SECTOR);
    if (s->moved >= block) {
        s->pio.h.pos = 0;
        begin_in(c);
    }
}

static void stored(struct ata_channel *c, uint32_t n)
{
    struct ata_state *s = c->s;

    advance(c, n);
    s->moved += n;
    if (s->moved * ATA_SECTOR < s->pio.h.len && s->left) {
        return; /* the rest of the group */
    }
    if (s->left) {
        ata_begin_out(c);
        ata_raise(c);
    } else {
        written(c);
    }
}

static void dma_in(struct ata_channel *c, uint32_t n)
{
    uint32_t moved;
    enum ata_dma r = c->host->dma_store(c->opaque, ata_drive_of(c)->buffer, n * ATA_SECTOR, &moved);

    if (r == ATA_DMA_ERROR) {
        end_bus_error(c);
        return;
    }
    if (r == ATA_DMA_SHORT) {
        end_short(c);
        return;
    }
    advance(c, n);
    if (c->s->left == 0) {
        ata_set_address(c, c->s->lba - 1, 0);
        ata_complete(c);
    }
}

static void dma_out(struct ata_channel *c, uint32_t n)
{
    c->host->dma_commit(c->opaque);
    advance(c, n);
    if (c->dma_short) {
        c->dma_short = false;
        end_short(c);
    } else if (c->s->left == 0) {
        written(c);
    }
}

/* A request of the present command has ended; may end the command or leave work for ata_run(). */
static void io_ended(struct ata_channel *c, const struct io *io, int error)
{
    if (error) {
        if (io->sectors > 1) {
            c->s->single = 1;
        } else {
            disk_failed(c, io, error);
        }
        return;
    }
    switch (c->s->phase) {
    case PHASE_FETCH:
        fetched(c, io->sectors);
        break;
    case PHASE_STORE:
        stored(c, io->sectors);
        break;
    case PHASE_VERIFY:
        advance(c, io->sectors);
        if (c->s->left == 0) {
            ata_set_address(c, c->s->lba - 1, 0);
            ata_complete(c);
        }
        break;
    case PHASE_FLUSH:
        ata_complete(c);
        break;
    case PHASE_DMA_IN:
        dma_in(c, io->sectors);
        break;
    case PHASE_DMA_OUT:
        dma_out(c, io->sectors);
        break;
    default:
        break;
    }
}

static int try_now(struct ata_drive *d, const struct io *io, uint32_t *budget)
{
    uint32_t len = io->sectors * ATA_SECTOR;
    int error = -EAGAIN;

    if (len <= *budget && io->op != DISK_FLUSH) {
        *budget -= len;
        error = io->op == DISK_READ ? disk_read_now(d->disk, io->lba * ATA_SECTOR, d->buffer, len)
                                    : disk_write_now(d->disk, io->lba * ATA_SECTOR, d->buffer, len);
    }
    return error;
}

void ata_run(struct ata_channel *c)
{
    struct ata_drive *d = ata_drive_of(c);
    uint32_t budget = SYNC_BYTES;
    struct io io;

    /* each turn spends budget, ends the command or submits */
    while (d->disk && !d->req.busy && next_io(c, &io)) {
        int error = try_now(d, &io, &budget);

        if (error != -EAGAIN) {
            io_ended(c, &io, error);
            continue;
        }
        d->req_lba = io.lba;
        d->req_sectors = io.sectors;
        d->req.op = io.op;
        d->req.offset = io.lba * ATA_SECTOR;
        d->req.length = io.sectors * ATA_SECTOR;
        d->req.buffer = d->buffer;
        d->req.generation = c->generation;
        disk_submit(&d->req);
        return;
    }
}

void ata_io_done(void *opaque, struct disk_request *req, int error)
{
    struct ata_drive *d = opaque;
    struct ata_channel *c = d->channel;

    if (req->generation == c->generation && d == ata_drive_of(c)) {
        struct io io = {req->op, d->req_lba, d->req_sectors};

        io_ended(c, &io, error);
    }
    ata_run(c);
}
