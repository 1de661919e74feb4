/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ATA channel: what a drive says of itself (IDENTIFY DEVICE, ATA/ATAPI-6 section 8.15; SMART
 * sections 8.55.5 and the vendor pages), and its making: geometry and serial number.
 */
#include "hw/ide/ata_priv.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_HEADS 16
#define DEFAULT_SECTORS 63
#define MAX_CYLINDERS 16383

#define MODEL "VMX-DM HARDDISK"
#define FIRMWARE "1.0"

/* -- making -- */

static void choose_geometry(struct ata_drive *d)
{
    struct disk_geometry g = {0};
    uint64_t cylinders;

    if (d->disk) {
        g = disk_geometry(d->disk);
    }
    d->heads = g.heads >= 1 && g.heads <= 16 ? (uint8_t)g.heads : DEFAULT_HEADS;
    d->sectors = g.sectors >= 1 && g.sectors <= 255 ? (uint8_t)g.sectors : DEFAULT_SECTORS;
    cylinders = g.cylinders ? g.cylinders : d->total / d->heads / d->sectors;
    /* tiny disks: two, as QEMU; the last sectors may then lack, which every access checks */
    cylinders = cylinders < 2 && !g.cylinders ? 2 : cylinders;
    d->cylinders = (uint32_t)(cylinders < MAX_CYLINDERS ? cylinders : MAX_CYLINDERS);
}

static bool plug(struct ata_channel *c, unsigned unit, struct disk *disk, struct device *dev,
                 unsigned index, GError **error)
{
    struct ata_drive *d = &c->drive[unit];
    const char *serial = disk ? disk_serial(disk) : "";

    d->channel = c;
    if (disk) {
        if (disk_size(disk) < ATA_SECTOR) {
            g_set_error(error, DEVICE_ERROR, 0,
                        "IDE: drive \"%s\" has no medium: give it file=", disk_name(disk));
            return false;
        }
        if (!disk_attach(disk, dev)) {
            g_set_error(error, DEVICE_ERROR, 0, "IDE: drive \"%s\" is in use by another device",
                        disk_name(disk));
            return false;
        }
        d->disk = disk;
        d->total = disk_size(disk) / ATA_SECTOR;
        /* untouched pages cost nothing; aligned for hosts that read past their page cache */
        d->buffer = g_aligned_alloc0(ATA_DMA_SECTORS, ATA_SECTOR, 4096);
        disk_request_init(&d->req, disk, ata_io_done, d);
    }
    choose_geometry(d);
    if (serial[0]) {
        g_strlcpy(d->serial, serial, sizeof(d->serial));
    } else {
        snprintf(d->serial, sizeof(d->serial), "VMX%05u", index + unit + 1);
    }
    return true;
}

bool ata_init(struct ata_channel *c, struct ata_state *s, const struct ata_host *host, void *opaque,
              struct device *dev, struct disk *const disks[2], unsigned index, GError **error)
{
    *c = (struct ata_channel){.s = s, .host = host, .opaque = opaque};
    for (unsigned u = 0; u < 2; u++) {
        if (!plug(c, u, disks[u], dev, index, error)) {
            ata_exit(c);
            return false;
        }
    }
    return true;
}

void ata_exit(struct ata_channel *c)
{
    c->generation++;
    for (unsigned u = 0; u < 2; u++) {
        struct ata_drive *d = &c->drive[u];

        while (d->disk && d->req.busy) {
            loop_iterate(true);
        }
        if (d->disk) {
            disk_detach(d->disk);
        }
        g_aligned_free(d->buffer);
        d->disk = NULL;
        d->buffer = NULL;
    }
}

/* -- IDENTIFY DEVICE -- */

static void put16(uint8_t *data, unsigned word, unsigned value)
{
    data[2 * word] = (uint8_t)value;
    data[2 * word + 1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *data, unsigned word, uint64_t value)
{
    put16(data, word, (unsigned)(value & 0xffff));
    put16(data, word + 1, (unsigned)(value >> 16 & 0xffff));
}

/* Text in words of two swapped characters, padded with spaces. */
static void put_text(uint8_t *data, unsigned word, unsigned words, const char *text)
{
    size_t len = strlen(text);

    for (unsigned i = 0; i < 2 * words; i++) {
        uint8_t ch = i < len ? (uint8_t)text[i] : ' ';

        data[(2 * word + i) ^ 1] = ch >= ' ' && ch < 0x7f ? ch : ' ';
    }
}

static void put_translation(const struct ata_drive *d, const struct ata_drive_state *r,
                            uint8_t *data)
{
    uint64_t per = (uint64_t)r->heads * r->sectors;
    uint64_t cylinders = d->cylinders;

    if (r->heads != d->heads || r->sectors != d->sectors) {
        cylinders = ata_capacity28(d) / per;
        cylinders = cylinders < 65535 ? cylinders : 65535;
    }
    put16(data, 1, d->cylinders);
    put16(data, 3, d->heads);
    put16(data, 4, d->sectors * ATA_SECTOR);
    put16(data, 5, ATA_SECTOR);
    put16(data, 6, d->sectors);
    put16(data, 53, 0x0007); /* words 54-58, 64-70 and 88 are valid */
    put16(data, 54, (unsigned)cylinders);
    put16(data, 55, r->heads);
    put16(data, 56, r->sectors);
    put32(data, 57, cylinders * per);
}

static void put_modes(const struct ata_drive_state *r, uint8_t *data)
{
    unsigned bit = 0x100u << (r->dma_mode & 7);

    put16(data, 51, 0x0200);
    put16(data, 52, 0x0200);
    put16(data, 62, 0x0007 | (r->dma_mode >> 4 == 1 ? bit : 0));
    put16(data, 63, 0x0007 | (r->dma_mode >> 4 == 2 ? bit : 0));
    put16(data, 64, 0x0003); /* PIO 3 and 4 */
    for (unsigned w = 65; w <= 68; w++) {
        put16(data, w, 120); /* ns a cycle */
    }
    put16(data, 88, 0x003f | (r->dma_mode >> 4 == 4 ? bit : 0));
    put16(data, 93, 0x6001); /* 80-conductor cable, device 0 by jumper */
}

void ata_identify(const struct ata_channel *c, const struct ata_drive *d, uint8_t *data)
{
    const struct ata_drive_state *r = &c->s->drive[d - c->drive];
    unsigned sum = 0;

    put16(data, 0, 0x0040); /* fixed disk */
    put_translation(d, r, data);
    put_text(data, 10, 10, d->serial);
    put16(data, 20, 3); /* dual-ported buffer with look-ahead */
    put16(data, 21, ATA_PIO_SECTORS);
    put16(data, 22, 4);
    put_text(data, 23, 4, FIRMWARE);
    put_text(data, 27, 20, MODEL);
    put16(data, 47, 0x8000 | ATA_PIO_SECTORS);
    put16(data, 48, 1);      /* 32-bit data port */
    put16(data, 49, 0x0f00); /* IORDY may be disabled, IORDY, LBA, DMA */
    put16(data, 50, 0x4000);
    put16(data, 59, r->multiple ? 0x0100u | r->multiple : 0);
    put32(data, 60, ata_capacity28(d));
    put_modes(r, data);
    put16(data, 80, 0x0070); /* ATA/ATAPI-4, 5 and 6 */
    put16(data, 81, 0x0018);
    put16(data, 82, 0x4069); /* NOP, look-ahead, write cache, power management, SMART */
    put16(data, 83, 0x7400); /* FLUSH CACHE, FLUSH CACHE EXT, 48-bit */
    put16(data, 84, 0x4000);
    put16(data, 85,
          0x4008 | (r->look_ahead ? 0x40u : 0) | (r->write_cache ? 0x20u : 0) | (r->smart & 1u));
    put16(data, 86, 0x3400);
    put16(data, 87, 0x4000);
    put32(data, 100, d->total & 0xffffffff);
    put32(data, 102, d->total >> 32);
    data[510] = 0xa5;
    for (unsigned i = 0; i < 511; i++) {
        sum += data[i];
    }
    data[511] = (uint8_t)(0x100 - (sum & 0xff));
}

/* -- SMART -- */

/* Attribute table: id, flags, value, worst, raw. Bytes 2 to 361, twelve each. */
static const struct {
    uint8_t id, flags, value, threshold;
} attributes[] = {
    {0x01, 0x03, 100, 6},  /* raw read error rate */
    {0x05, 0x03, 100, 36}, /* reallocated sectors */
    {0x09, 0x03, 100, 0},  /* power-on hours */
};

static void finish_page(uint8_t *data)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < 511; i++) {
        sum += data[i];
    }
    data[511] = (uint8_t)(0x100 - (sum & 0xff));
}

void ata_smart_data(uint8_t *data)
{
    data[0] = 1;
    for (unsigned i = 0; i < G_N_ELEMENTS(attributes); i++) {
        uint8_t *a = data + 2 + (size_t)i * 12;

        a[0] = attributes[i].id;
        a[1] = attributes[i].flags;
        a[3] = attributes[i].value;
        a[4] = attributes[i].value;
    }
    data[368] = 0x03; /* saves before standby, autosaves; no off-line tests: byte 367 is 0 */
    finish_page(data);
}

void ata_smart_thresholds(uint8_t *data)
{
    data[0] = 1;
    for (unsigned i = 0; i < G_N_ELEMENTS(attributes); i++) {
        uint8_t *a = data + 2 + (size_t)i * 12;

        a[0] = attributes[i].id;
        a[1] = attributes[i].threshold;
    }
    finish_page(data);
}
