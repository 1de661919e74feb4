/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ATA channel on the bench: drives of unlimited size whose contents are computed, with a few
 * sectors written over, answering at once or only when released, and failing where told to.
 */
#ifndef TESTS_UNIT_ATA_RIG_H
#define TESTS_UNIT_ATA_RIG_H

#include "core/loop.h"
#include "core/report.h"
#include "hw/ide/bmdma.h"

#include <errno.h>
#include <string.h>

#define SECTOR 512u

struct fake_disk {
    struct disk *disk;
    GHashTable *written; /* sector number to 512 bytes */
    bool now;            /* answers out of the page cache */
    bool hold;           /* requests wait for rig_release() */
    GQueue held;         /* struct disk_request * */
    uint64_t bad;        /* this sector fails, UINT64_MAX: none */
    int bad_errno;
    unsigned flushes, requests, nows;
};

struct rig {
    struct device *dev;
    struct ata_state state;
    struct bmdma_state bm_state;
    struct ata_channel c;
    struct bmdma bm;
    struct fake_disk d[2];
    bool present[2];
    bool level;
    unsigned edges;
    uint8_t *ram;
    uint64_t ram_size;
    uint64_t fetches; /* of descriptors: reads of 8 bytes */
};

static const struct device_class rig_class = {.name = "rig", .size = sizeof(struct device)};

static inline void sector_of(struct fake_disk *d, uint64_t lba, uint8_t *out)
{
    const uint8_t *w = g_hash_table_lookup(d->written, &lba);

    if (w) {
        memcpy(out, w, SECTOR);
        return;
    }
    for (unsigned i = 0; i < SECTOR; i++) {
        out[i] = (uint8_t)(lba * 7 + (lba >> 8) * 3 + (lba >> 24) + i * 5);
    }
}

static inline int fake_do(struct fake_disk *d, bool write, uint64_t offset, uint8_t *buf,
                          uint32_t len)
{
    for (uint32_t at = 0; at < len; at += SECTOR) {
        uint64_t lba = (offset + at) / SECTOR;

        if (lba == d->bad) {
            return d->bad_errno;
        }
        if (write) {
            g_hash_table_insert(d->written, g_memdup2(&lba, sizeof(lba)),
                                g_memdup2(buf + at, SECTOR));
        } else {
            sector_of(d, lba, buf + at);
        }
    }
    return 0;
}

static inline void fake_end(struct disk_request *req, struct fake_disk *d)
{
    int error = 0;

    if (req->op == DISK_FLUSH) {
        d->flushes++;
        error = d->bad == UINT64_MAX - 1 ? -EIO : 0;
    } else {
        error = fake_do(d, req->op == DISK_WRITE, req->offset, req->buffer, req->length);
    }
    disk_complete(req, error);
}

static inline void fake_submit(void *opaque, struct disk_request *req)
{
    struct fake_disk *d = opaque;

    d->requests++;
    if (d->hold) {
        g_queue_push_tail(&d->held, req);
    } else {
        fake_end(req, d);
    }
}

static inline int fake_read_now(void *opaque, uint64_t offset, void *buf, uint32_t len)
{
    struct fake_disk *d = opaque;

    d->nows++;
    return d->now ? fake_do(d, false, offset, buf, len) : -EAGAIN;
}

static inline int fake_write_now(void *opaque, uint64_t offset, const void *buf, uint32_t len)
{
    struct fake_disk *d = opaque;

    d->nows++;
    return d->now ? fake_do(d, true, offset, (uint8_t *)(uintptr_t)buf, len) : -EAGAIN;
}

static inline void fake_close(void *opaque)
{
    (void)opaque;
}

static const struct disk_ops fake_ops = {
    .submit = fake_submit,
    .read_now = fake_read_now,
    .write_now = fake_write_now,
    .close = fake_close,
};

static inline void fake_new(struct fake_disk *d, const char *name, uint64_t sectors, bool readonly)
{
    d->disk = disk_new(name);
    d->written = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    d->now = true;
    d->bad = UINT64_MAX;
    d->bad_errno = -EIO;
    disk_insert(d->disk, &fake_ops, d, sectors * SECTOR, readonly, "fake", "raw");
}

static inline void fake_free(struct fake_disk *d)
{
    if (d->disk) {
        disk_free(d->disk);
        g_hash_table_destroy(d->written);
        d->disk = NULL;
    }
}

/* Let what was held end, and hear it. */
static inline void fake_release(struct fake_disk *d)
{
    struct disk_request *req;

    while ((req = g_queue_pop_head(&d->held)) != NULL) {
        fake_end(req, d);
    }
    while (loop_iterate(false)) {
    }
}

/* -- the channel's surroundings -- */

static inline void rig_intrq(void *opaque, bool level)
{
    struct rig *r = opaque;

    bmdma_intrq(&r->bm, level);
    r->edges += level && !r->level;
    r->level = level;
}

static inline bool rig_dma_armed(void *opaque)
{
    return bmdma_armed(&((struct rig *)opaque)->bm);
}

static inline enum ata_dma rig_dma_fetch(void *opaque, void *buf, uint32_t len, uint32_t *moved)
{
    return bmdma_fetch(&((struct rig *)opaque)->bm, buf, len, moved);
}

static inline void rig_dma_commit(void *opaque)
{
    bmdma_commit(&((struct rig *)opaque)->bm);
}

static inline enum ata_dma rig_dma_store(void *opaque, const void *buf, uint32_t len,
                                         uint32_t *moved)
{
    return bmdma_store(&((struct rig *)opaque)->bm, buf, len, moved);
}

static inline void rig_dma_end(void *opaque, enum ata_dma how, bool ok)
{
    bmdma_end(&((struct rig *)opaque)->bm, how, ok);
}

static const struct ata_host rig_host = {
    .intrq = rig_intrq,
    .dma_armed = rig_dma_armed,
    .dma_fetch = rig_dma_fetch,
    .dma_commit = rig_dma_commit,
    .dma_store = rig_dma_store,
    .dma_end = rig_dma_end,
};

static inline bool rig_mem_read(void *opaque, uint64_t addr, void *buf, uint64_t len)
{
    struct rig *r = opaque;

    r->fetches += len == 8;
    if (addr > r->ram_size || len > r->ram_size - addr) {
        return false;
    }
    memcpy(buf, r->ram + addr, len);
    return true;
}

static inline bool rig_mem_write(void *opaque, uint64_t addr, const void *buf, uint64_t len)
{
    struct rig *r = opaque;

    if (addr > r->ram_size || len > r->ram_size - addr) {
        return false;
    }
    memcpy(r->ram + addr, buf, len);
    return true;
}

/* Bit 0, 1 of `drives`: which units are there. */
static inline struct rig *rig_new_full(unsigned drives, uint64_t sectors, bool readonly)
{
    struct rig *r = g_new0(struct rig, 1);
    struct disk *disks[2] = {NULL, NULL};
    g_autoptr(GError) error = NULL;

    loop_init();
    r->dev = device_new(&rig_class, NULL);
    r->ram_size = 1 << 20;
    r->ram = g_malloc0(r->ram_size);
    r->bm = (struct bmdma){
        .s = &r->bm_state, .read = rig_mem_read, .write = rig_mem_write, .opaque = r};
    for (unsigned u = 0; u < 2; u++) {
        if (drives >> u & 1) {
            fake_new(&r->d[u], u ? "slave" : "master", sectors, readonly);
            disks[u] = r->d[u].disk;
            r->present[u] = true;
        }
    }
    g_assert_true(ata_init(&r->c, &r->state, &rig_host, r, r->dev, disks, 0, &error));
    device_enter(r->dev);
    bmdma_reset(&r->bm);
    ata_reset(&r->c);
    ata_settle(&r->c);
    device_leave(r->dev);
    return r;
}

static inline struct rig *rig_new(unsigned drives, uint64_t sectors)
{
    return rig_new_full(drives, sectors, false);
}

static inline void rig_free(struct rig *r)
{
    for (unsigned u = 0; u < 2; u++) {
        if (r->d[u].disk) {
            fake_release(&r->d[u]);
        }
    }
    ata_exit(&r->c);
    fake_free(&r->d[0]);
    fake_free(&r->d[1]);
    g_free(r->ram);
    device_free(r->dev);
    g_free(r);
}

/* Hear completions that are due. */
static inline void rig_settle(struct rig *r)
{
    (void)r;
    while (loop_iterate(false)) {
    }
}

/* The states of drives and bus master are ones that a load would take. */
static inline void rig_check(struct rig *r)
{
    g_assert_cmpstr(ata_state_layout.check(&r->state), ==, NULL);
    g_assert_cmpstr(bmdma_state_layout.check(&r->bm_state), ==, NULL);
}

static inline uint8_t rig_in(struct rig *r, unsigned reg)
{
    uint8_t v;

    device_enter(r->dev);
    v = ata_reg_read(&r->c, reg);
    device_leave(r->dev);
    rig_check(r);
    return v;
}

static inline void rig_out(struct rig *r, unsigned reg, uint8_t value)
{
    device_enter(r->dev);
    ata_reg_write(&r->c, reg, value);
    device_leave(r->dev);
    rig_check(r);
}

static inline void rig_control(struct rig *r, uint8_t value)
{
    device_enter(r->dev);
    ata_control_write(&r->c, value);
    device_leave(r->dev);
    rig_check(r);
}

static inline uint8_t rig_alt(struct rig *r)
{
    return ata_alt_status(&r->c);
}

static inline void rig_data_in(struct rig *r, void *buf, uint32_t n)
{
    device_enter(r->dev);
    ata_data_read(&r->c, buf, n);
    device_leave(r->dev);
    rig_check(r);
}

static inline void rig_data_out(struct rig *r, const void *buf, uint32_t n)
{
    device_enter(r->dev);
    ata_data_write(&r->c, buf, n);
    device_leave(r->dev);
    rig_check(r);
}

static inline uint8_t rig_bm_in(struct rig *r, unsigned reg)
{
    return bmdma_reg_read(&r->bm, reg);
}

static inline void rig_bm_out(struct rig *r, unsigned reg, uint8_t value)
{
    device_enter(r->dev);
    bmdma_reg_write(&r->bm, &r->c, reg, value);
    device_leave(r->dev);
    rig_check(r);
}

/* Registers for an LBA28 command, unit u, and the command. */
static inline void rig_lba28(struct rig *r, unsigned u, uint8_t cmd, uint32_t lba, uint8_t count)
{
    rig_out(r, ATA_REG_DEVICE, (uint8_t)(0xe0 | u << 4 | (lba >> 24 & 15)));
    rig_out(r, ATA_REG_COUNT, count);
    rig_out(r, ATA_REG_LBA_LOW, (uint8_t)lba);
    rig_out(r, ATA_REG_LBA_MID, (uint8_t)(lba >> 8));
    rig_out(r, ATA_REG_LBA_HIGH, (uint8_t)(lba >> 16));
    rig_out(r, ATA_REG_STATUS, cmd);
}

static inline void rig_lba48(struct rig *r, unsigned u, uint8_t cmd, uint64_t lba, uint16_t count)
{
    rig_out(r, ATA_REG_DEVICE, (uint8_t)(0xe0 | u << 4));
    rig_out(r, ATA_REG_COUNT, (uint8_t)(count >> 8));
    rig_out(r, ATA_REG_COUNT, (uint8_t)count);
    for (unsigned i = 0; i < 3; i++) {
        rig_out(r, ATA_REG_LBA_LOW + i, (uint8_t)(lba >> (24 + 8 * i)));
        rig_out(r, ATA_REG_LBA_LOW + i, (uint8_t)(lba >> (8 * i)));
    }
    rig_out(r, ATA_REG_STATUS, cmd);
}

static inline uint32_t rig_get_lba28(struct rig *r)
{
    return (uint32_t)(rig_in(r, ATA_REG_DEVICE) & 15) << 24 |
           (uint32_t)rig_in(r, ATA_REG_LBA_HIGH) << 16 | (uint32_t)rig_in(r, ATA_REG_LBA_MID) << 8 |
           rig_in(r, ATA_REG_LBA_LOW);
}

static inline void assert_sector(struct rig *r, unsigned u, uint64_t lba, const uint8_t *data)
{
    uint8_t want[SECTOR];

    sector_of(&r->d[u], lba, want);
    g_assert_cmpmem(data, SECTOR, want, SECTOR);
}

#endif
