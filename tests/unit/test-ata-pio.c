/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ATA channel alone: sectors by PIO, errors, resets in flight, saved states. */
#include "ata-rig.h"

const struct device_class *const device_classes[] = {NULL};

#define READY 0x50
#define READY_ERR 0x51
#define WANTS_DATA 0x58
#define BUSY 0x80

#define ABRT 0x04
#define IDNF 0x10
#define UNC 0x40

static void fill(uint8_t *buf, unsigned sectors, unsigned seed)
{
    for (unsigned i = 0; i < sectors * SECTOR; i++) {
        buf[i] = (uint8_t)(i * 11 + i / SECTOR + seed);
    }
}

/* -- reading -- */

static void test_read_lba28(void)
{
    for (unsigned now = 0; now < 2; now++) {
        struct rig *r = rig_new(3, 1 << 20);
        uint8_t data[SECTOR];

        for (unsigned u = 0; u < 2; u++) {
            r->d[u].now = now;
            r->edges = 0;
            rig_lba28(r, u, 0x20, 0x54321, 40);
            for (unsigned i = 0; i < 40; i++) {
                rig_settle(r);
                g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
                g_assert_cmpuint(r->edges, ==, i + 1);
                rig_data_in(r, data, SECTOR);
                assert_sector(r, u, 0x54321 + i, data);
            }
            g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
            g_assert_cmpuint(r->edges, ==, 40); /* none after the last block */
            g_assert_cmphex(rig_get_lba28(r), ==, 0x54321 + 39);
            g_assert_cmpuint(rig_in(r, ATA_REG_COUNT), ==, 0);
        }
        /* sectors are fetched by the group */
        g_assert_cmpuint(now ? r->d[0].nows : r->d[0].requests, ==, 3);
        rig_free(r);
    }
}

static void test_count_zero(void)
{
    struct rig *r = rig_new(1, 1 << 20);
    g_autofree uint8_t *data = g_malloc(256 * SECTOR);

    rig_lba28(r, 0, 0x20, 1000, 0);
    rig_data_in(r, data, 256 * SECTOR);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    assert_sector(r, 0, 1000, data);
    assert_sector(r, 0, 1255, data + 255 * SECTOR);
    rig_lba48(r, 0, 0x24, 1000, 0);
    g_assert_cmpuint(r->state.left, ==, 65536);
    rig_free(r);
}

static void test_read_widths(void)
{
    struct rig *r = rig_new(1, 1000);
    uint8_t data[SECTOR];
    uint32_t at = 0;

    rig_lba28(r, 0, 0x20, 3, 1);
    for (unsigned i = 0; at < SECTOR; i++) { /* words and dwords mixed */
        uint32_t n = i & 1 ? 4 : 2;

        n = MIN(n, SECTOR - at);
        rig_data_in(r, data + at, n);
        at += n;
    }
    assert_sector(r, 0, 3, data);
    rig_free(r);
}

static void set_chs(struct rig *r, uint8_t cmd, unsigned c, unsigned h, unsigned s, uint8_t count)
{
    rig_out(r, ATA_REG_DEVICE, (uint8_t)(0xa0 | h));
    rig_out(r, ATA_REG_COUNT, count);
    rig_out(r, ATA_REG_LBA_LOW, (uint8_t)s);
    rig_out(r, ATA_REG_LBA_MID, (uint8_t)c);
    rig_out(r, ATA_REG_LBA_HIGH, (uint8_t)(c >> 8));
    rig_out(r, ATA_REG_STATUS, cmd);
}

static void test_chs(void)
{
    struct rig *r = rig_new(1, 300 * 16 * 63);
    uint8_t data[4 * SECTOR];

    set_chs(r, 0x20, 261, 15, 62, 4); /* over the end of a cylinder */
    rig_data_in(r, data, sizeof(data));
    assert_sector(r, 0, (261 * 16 + 15) * 63 + 61, data);
    assert_sector(r, 0, 262 * 16 * 63 + 1, data + 3 * SECTOR);
    g_assert_cmpuint(rig_in(r, ATA_REG_LBA_LOW), ==, 2);
    g_assert_cmpuint(rig_in(r, ATA_REG_LBA_MID), ==, 262 & 0xff);
    g_assert_cmpuint(rig_in(r, ATA_REG_LBA_HIGH), ==, 1);
    g_assert_cmphex(rig_in(r, ATA_REG_DEVICE), ==, 0xa0);
    set_chs(r, 0x20, 0, 0, 0, 1); /* sectors count from 1 */
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY_ERR);
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, IDNF);
    set_chs(r, 0x20, 0, 0, 64, 1);
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, IDNF);
    set_chs(r, 0x20, 300, 0, 1, 1);
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, IDNF);
    rig_out(r, ATA_REG_DEVICE, 0xa3);
    rig_out(r, ATA_REG_COUNT, 17);
    rig_out(r, ATA_REG_STATUS, 0x91);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    set_chs(r, 0x20, 5, 3, 17, 1);
    rig_data_in(r, data, SECTOR);
    assert_sector(r, 0, (5 * 4 + 3) * 17 + 16, data);
    set_chs(r, 0x20, 5, 4, 1, 1);
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, IDNF);
    rig_out(r, ATA_REG_COUNT, 0);
    rig_out(r, ATA_REG_STATUS, 0x91);
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, ABRT);
    rig_free(r);
}

static void test_read_lba48(void)
{
    const uint64_t lba = UINT64_C(0x123456789abc) - 3;
    struct rig *r = rig_new(1, UINT64_C(0x123456789abc));
    uint8_t data[3 * SECTOR];

    rig_lba48(r, 0, 0x24, lba, 3);
    rig_data_in(r, data, sizeof(data));
    assert_sector(r, 0, lba + 2, data + 2 * SECTOR);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_LOW), ==, 0xbb);
    rig_control(r, 0x80);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_LOW), ==, 0x56);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_MID), ==, 0x34);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_HIGH), ==, 0x12);
    rig_lba48(r, 0, 0x24, UINT64_C(0xffffffffffff), 1);
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, IDNF);
    rig_free(r);
}

static void test_multiple(void)
{
    struct rig *r = rig_new(1, 100000);
    uint8_t data[16 * SECTOR];
    unsigned done = 0;

    for (unsigned n = 0; n < 256; n++) {
        bool ok = n <= 16 && (n & (n - 1)) == 0;

        rig_out(r, ATA_REG_COUNT, (uint8_t)n);
        rig_out(r, ATA_REG_STATUS, 0xc6);
        g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, ok ? READY : READY_ERR);
    }
    rig_out(r, ATA_REG_COUNT, 0);
    rig_out(r, ATA_REG_STATUS, 0xc6);
    rig_lba28(r, 0, 0xc4, 0, 1); /* disabled */
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, ABRT);
    rig_lba28(r, 0, 0xc5, 0, 1);
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, ABRT);
    rig_out(r, ATA_REG_COUNT, 8);
    rig_out(r, ATA_REG_STATUS, 0xc6);
    r->edges = 0;
    rig_in(r, ATA_REG_STATUS);
    rig_lba28(r, 0, 0xc4, 77, 21);
    for (unsigned i = 0; i < 3; i++) { /* 8, 8, 5 */
        unsigned n = MIN(8, 21 - done);

        g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
        rig_data_in(r, data, n * SECTOR);
        assert_sector(r, 0, 77 + done, data);
        assert_sector(r, 0, 77 + done + n - 1, data + (n - 1) * SECTOR);
        done += n;
    }
    g_assert_cmpuint(r->edges, ==, 3);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    rig_lba48(r, 0, 0x29, 500, 2);
    rig_data_in(r, data, 2 * SECTOR);
    assert_sector(r, 0, 501, data + SECTOR);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    rig_free(r);
}

/* -- writing -- */

static void test_write(void)
{
    for (unsigned mode = 0; mode < 4; mode++) { /* page cache or not, write cache or not */
        struct rig *r = rig_new(1, 100000);
        g_autofree uint8_t *data = g_malloc(37 * SECTOR);
        unsigned writes;

        r->d[0].now = mode & 1;
        if (mode & 2) {
            rig_out(r, ATA_REG_ERROR, 0x82);
            rig_out(r, ATA_REG_STATUS, 0xef);
            rig_settle(r);
            rig_in(r, ATA_REG_STATUS);
        }
        r->d[0].flushes = r->d[0].nows = r->d[0].requests = 0;
        r->edges = 0;
        fill(data, 37, 1);
        rig_lba28(r, 0, 0x30, 4000, 37);
        g_assert_cmpuint(r->edges, ==, 0); /* no interrupt before the first block */
        for (unsigned i = 0; i < 37; i++) {
            rig_settle(r);
            g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
            rig_data_out(r, data + i * SECTOR, SECTOR);
            rig_settle(r);
            g_assert_cmpuint(r->edges, ==, i + 1);
        }
        g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
        for (unsigned i = 0; i < 37; i++) {
            assert_sector(r, 0, 4000 + i, data + i * SECTOR);
        }
        g_assert_cmphex(rig_get_lba28(r), ==, 4036);
        writes = mode & 1 ? r->d[0].nows : r->d[0].requests - r->d[0].flushes;
        g_assert_cmpuint(writes, ==, mode & 2 ? 37 : 3);
        g_assert_cmpuint(r->d[0].flushes, ==, mode & 2 ? 1 : 0);
        rig_free(r);
    }
}

static void test_write_multiple_ext(void)
{
    struct rig *r = rig_new(1, 100000);
    g_autofree uint8_t *data = g_malloc(37 * SECTOR);

    fill(data, 37, 9);
    rig_lba48(r, 0, 0x39, 60, 37);
    rig_data_out(r, data, 16 * SECTOR);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
    rig_data_out(r, data + 16 * SECTOR, 21 * SECTOR);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    for (unsigned i = 0; i < 37; i++) {
        assert_sector(r, 0, 60 + i, data + i * SECTOR);
    }
    g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 37);
    rig_free(r);
}

static void test_readonly(void)
{
    static const uint8_t writes[] = {0x30, 0x31, 0x34, 0x35, 0x39, 0xc5, 0xca, 0xcb};
    struct rig *r = rig_new_full(1, 1000, true);
    uint8_t data[SECTOR];

    for (unsigned i = 0; i < G_N_ELEMENTS(writes); i++) {
        rig_lba28(r, 0, writes[i], 0, 1);
        g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY_ERR);
        g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, ABRT);
    }
    rig_lba28(r, 0, 0x20, 0, 1);
    rig_data_in(r, data, SECTOR);
    assert_sector(r, 0, 0, data);
    g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 0);
    rig_free(r);
}

/* -- errors -- */

static void assert_error(struct rig *r, uint8_t error, uint32_t lba, unsigned left)
{
    rig_settle(r);
    g_assert_true(r->level);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY_ERR);
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, error);
    g_assert_cmphex(rig_get_lba28(r), ==, lba);
    g_assert_cmpuint(rig_in(r, ATA_REG_COUNT), ==, left);
}

static void test_read_errors(void)
{
    for (unsigned now = 0; now < 2; now++) {
        struct rig *r = rig_new(1, 5000);
        uint8_t data[16 * SECTOR];

        r->d[0].now = now;
        r->d[0].bad = 1023;
        rig_lba28(r, 0, 0x20, 1000, 40);
        for (unsigned i = 0; i < 23; i++) {
            rig_settle(r);
            g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
            rig_data_in(r, data, SECTOR);
            assert_sector(r, 0, 1000 + i, data);
        }
        assert_error(r, UNC, 1023, 17);
        rig_lba28(r, 0, 0xc4, 1000, 40);
        rig_settle(r);
        rig_data_in(r, data, 16 * SECTOR); /* the good block */
        assert_error(r, UNC, 1023, 17);
        rig_lba28(r, 0, 0x40, 1000, 40); /* READ VERIFY */
        assert_error(r, UNC, 1023, 17);
        r->d[0].bad = UINT64_MAX;
        rig_lba28(r, 0, 0x40, 1000, 40);
        rig_settle(r);
        g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
        rig_lba28(r, 0, 0x20, 4990, 20); /* the end of the disk */
        for (unsigned i = 0; i < 10; i++) {
            rig_settle(r);
            rig_data_in(r, data, SECTOR);
            assert_sector(r, 0, 4990 + i, data);
        }
        assert_error(r, IDNF, 5000, 10);
        rig_lba28(r, 0, 0x40, 4990, 11);
        assert_error(r, IDNF, 5000, 1);
        rig_lba28(r, 0, 0x20, 5000, 1);
        assert_error(r, IDNF, 5000, 1);
        rig_free(r);
    }
}

static void test_write_errors(void)
{
    for (unsigned now = 0; now < 2; now++) {
        struct rig *r = rig_new(1, 5000);
        g_autofree uint8_t *data = g_malloc(32 * SECTOR);

        fill(data, 32, 3);
        r->d[0].now = now;
        r->d[0].bad = 1010;
        r->d[0].bad_errno = -ENOSPC;
        rig_lba28(r, 0, 0x30, 1000, 32);
        for (unsigned i = 0; i < 32 && rig_alt(r) == WANTS_DATA; i++) {
            rig_data_out(r, data + i * SECTOR, SECTOR);
            rig_settle(r);
        }
        assert_error(r, ABRT, 1010, 22);
        assert_sector(r, 0, 1009, data + 9 * SECTOR);
        g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 10);
        r->d[0].bad = UINT64_MAX;
        rig_lba28(r, 0, 0x30, 4995, 20);
        for (unsigned i = 0; i < 20 && rig_alt(r) == WANTS_DATA; i++) {
            rig_data_out(r, data + i * SECTOR, SECTOR);
            rig_settle(r);
        }
        assert_error(r, IDNF, 5000, 15);
        assert_sector(r, 0, 4999, data + 4 * SECTOR);
        g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 15);
        r->d[0].bad = UINT64_MAX - 1; /* the flush fails */
        rig_out(r, ATA_REG_STATUS, 0xe7);
        rig_settle(r);
        g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, ABRT);
        rig_free(r);
    }
}

static void heard(void *opaque, const char *name, GVariant *data, int64_t time_us)
{
    GString *s = opaque;
    const char *device = "?", *operation = "?", *action = "?";

    (void)time_us;
    g_variant_lookup(data, "device", "&s", &device);
    g_variant_lookup(data, "operation", "&s", &operation);
    g_variant_lookup(data, "action", "&s", &action);
    g_string_append_printf(s, "%s %s %s %s;", name, device, operation, action);
}

static void test_error_event(void)
{
    struct rig *r = rig_new(1, 5000);
    g_autoptr(GString) s = g_string_new(NULL);

    event_listen(heard, s);
    r->d[0].bad = 7;
    rig_lba28(r, 0, 0x20, 7, 1);
    rig_settle(r);
    g_assert_cmpstr(s->str, ==, "BLOCK_IO_ERROR master read report;");
    rig_lba28(r, 0, 0x20, 6000, 1); /* the guest's own mistake is no event */
    for (unsigned i = 0; i < 1000; i++) {
        rig_lba28(r, 0, 0x40, 7, 1);
    }
    rig_settle(r);
    g_assert_cmpuint(s->len, <, 500); /* nor can it flood the listeners */
    event_unlisten(heard, s);
    rig_free(r);
}

/* -- asynchronous -- */

static void test_busy(void)
{
    struct rig *r = rig_new(3, 3000);
    uint8_t data[SECTOR];

    r->d[0].now = false;
    r->d[0].hold = true;
    rig_lba28(r, 0, 0x20, 50, 1);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS) & BUSY, ==, BUSY);
    rig_out(r, ATA_REG_COUNT, 99);
    rig_out(r, ATA_REG_DEVICE, 0xb0);
    rig_out(r, ATA_REG_STATUS, 0xec);
    rig_data_in(r, data, SECTOR);
    g_assert_cmphex(data[0], ==, 0);
    fake_release(&r->d[0]);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
    g_assert_cmphex(rig_in(r, ATA_REG_DEVICE), ==, 0xe0);
    rig_data_in(r, data, SECTOR);
    assert_sector(r, 0, 50, data);
    rig_free(r);
}

/* A reset during a write must not send it elsewhere: sector 0 and all others stay. */
static void test_cve_2023_5088(void)
{
    struct rig *r = rig_new(1, 3000);
    uint8_t data[SECTOR], sector[SECTOR];

    fill(data, 1, 5);
    r->d[0].now = false;
    r->d[0].hold = true;
    rig_lba28(r, 0, 0x30, 1234, 1);
    rig_data_out(r, data, SECTOR);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS) & BUSY, ==, BUSY);
    rig_control(r, 4);
    rig_control(r, 0);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    /* the next command waits for the stale one and gets its own data */
    rig_lba28(r, 0, 0x20, 1234, 1);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS) & BUSY, ==, BUSY);
    r->d[0].hold = false;
    fake_release(&r->d[0]);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
    rig_data_in(r, sector, SECTOR);
    g_assert_cmpmem(sector, SECTOR, data, SECTOR);
    g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 1);
    rig_free(r);
}

static void test_stale_read(void)
{
    struct rig *r = rig_new(1, 3000);

    r->d[0].now = false;
    r->d[0].hold = true;
    rig_lba28(r, 0, 0x20, 50, 8);
    rig_control(r, 4);
    rig_control(r, 0);
    fake_release(&r->d[0]);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    g_assert_cmpuint(r->edges, ==, 0);
    rig_free(r);
}

/* What the drive has acknowledged is in its write cache, and a reset does not lose that. */
static void test_srst_keeps_acknowledged(void)
{
    struct rig *r = rig_new(1, 3000);
    g_autofree uint8_t *data = g_malloc(8 * SECTOR);

    fill(data, 8, 0);
    rig_lba28(r, 0, 0x30, 100, 8);
    rig_data_out(r, data, 5 * SECTOR + 100);
    rig_control(r, 4);
    rig_control(r, 0);
    rig_settle(r);
    g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 5);
    assert_sector(r, 0, 104, data + 4 * SECTOR);
    rig_free(r);
}

/* -- state -- */

static void save_load(struct rig *r)
{
    g_autoptr(GByteArray) a = g_byte_array_new();
    g_autoptr(GByteArray) b = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    device_enter(r->dev);
    state_save(&ata_state_layout, &r->state, a);
    ata_reset(&r->c);
    ata_settle(&r->c);
    g_assert_true(state_load(&ata_state_layout, &r->state, a->data, a->len, &error));
    state_save(&ata_state_layout, &r->state, b);
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
    ata_settle(&r->c);
    device_leave(r->dev);
    rig_check(r);
}

static void test_layout(void)
{
    g_assert_cmpuint(state_layout_gap(&ata_state_layout), ==, SIZE_MAX);
    g_assert_cmpuint(state_layout_gap(&bmdma_state_layout), ==, SIZE_MAX);
}

static void test_save_read(void)
{
    struct rig *r = rig_new(1, 30000);
    uint8_t data[SECTOR];

    for (unsigned hold = 0; hold < 2; hold++) {
        r->d[0].now = !hold;
        rig_lba28(r, 0, 0x20, 500, 40);
        for (unsigned i = 0; i < 40; i++) {
            r->d[0].hold = hold;
            save_load(r);
            r->d[0].hold = false;
            fake_release(&r->d[0]);
            g_assert_true(r->level);
            rig_in(r, ATA_REG_STATUS);
            rig_data_in(r, data, 200);
            save_load(r);
            rig_data_in(r, data + 200, SECTOR - 200);
            assert_sector(r, 0, 500 + i, data);
        }
        g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    }
    rig_free(r);
}

static void test_save_write(void)
{
    struct rig *r = rig_new(1, 30000);
    g_autofree uint8_t *data = g_malloc(20 * SECTOR);

    fill(data, 20, 77);
    rig_lba28(r, 0, 0xc5, 500, 20);
    for (unsigned at = 0; at < 20 * SECTOR; at += 320) {
        rig_data_out(r, data + at, 320);
        save_load(r);
        rig_settle(r);
    }
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    for (unsigned i = 0; i < 20; i++) {
        assert_sector(r, 0, 500 + i, data + i * SECTOR);
    }
    rig_free(r);
}

static void test_check_rejects(void)
{
    struct rig *r = rig_new(1, 30000);
    struct ata_state s;

#define REJECTS(change, field)                                                                     \
    s = r->state;                                                                                  \
    change;                                                                                        \
    g_assert_cmpstr(ata_state_layout.check(&s), ==, field)
    rig_lba28(r, 0, 0x20, 500, 40);
    REJECTS(s.unit = 2, "unit");
    REJECTS(s.phase = 99, "phase");
    REJECTS(s.phase = 0, "drive.status");
    REJECTS(s.control = 4, "phase");
    REJECTS(s.control = 1, "control");
    REJECTS(s.pio.h.pos = 600, "block_end");
    REJECTS(s.pio.h.pos = 70000, "pio");
    REJECTS(s.pio.h.len = 70000, "pio");
    REJECTS(s.block_end = 1 << 20, "block");
    REJECTS(s.block = 0, "block");
    REJECTS(s.left = 0, "left");
    REJECTS(s.left = 1 << 20, "left");
    REJECTS(s.kind = 9, "kind");
    REJECTS(s.kind = 2, "kind");
    REJECTS(s.drive[1].status = 0x58, "drive.status"); /* which is not selected */
    REJECTS(s.drive[1].heads = 0, "drive.heads");
    REJECTS(s.drive[1].sectors = 0, "drive.heads");
    REJECTS(s.drive[0].multiple = 3, "drive.multiple");
    REJECTS(s.drive[0].dma_mode = 0x30, "drive.dma_mode");
    REJECTS(s.pad[1] = 1, "pad");
#undef REJECTS
    rig_free(r);
}

/* Any order of anything, with disks that stall and fail. */
static void test_random(void)
{
    for (unsigned seed = 0; seed < 40; seed++) {
        struct rig *r = rig_new(seed & 3, 3000);
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
        g_autofree uint8_t *data = g_malloc0(20000);

        for (unsigned step = 0; step < 4000; step++) {
            unsigned what = g_rand_int_range(rand, 0, 12);
            uint8_t value = (uint8_t)g_rand_int(rand);
            unsigned u = value & 1;

            if (what < 5) {
                rig_out(r, 1 + what + (value & 1), value);
            } else if (what == 5) {
                rig_out(r, ATA_REG_STATUS,
                        g_rand_boolean(rand) ? value
                                             : (uint8_t) "\x20\x30\xc4\xc5\x24\x34"[value % 6]);
            } else if (what < 8) {
                uint32_t n = (uint32_t)g_rand_int_range(rand, 0, value < 20 ? 20000 : 600);

                if (value & 1) {
                    rig_data_in(r, data, n);
                } else {
                    rig_data_out(r, data, n);
                }
            } else if (what == 8 && value < 40) {
                rig_control(r, value & 0x86);
            } else if (what == 8) {
                rig_control(r, 0);
            } else if (what == 9 && r->d[u].disk) {
                r->d[u].now = value & 2;
                r->d[u].hold = value & 4;
                r->d[u].bad = value & 8 ? value * 10u : UINT64_MAX;
            } else if (what == 10 && r->d[u].disk) {
                fake_release(&r->d[u]);
                rig_check(r);
            } else if (value < 8) {
                save_load(r);
            }
        }
        rig_free(r);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ata-pio/read-lba28", test_read_lba28);
    g_test_add_func("/ata-pio/count-zero", test_count_zero);
    g_test_add_func("/ata-pio/read-widths", test_read_widths);
    g_test_add_func("/ata-pio/chs", test_chs);
    g_test_add_func("/ata-pio/read-lba48", test_read_lba48);
    g_test_add_func("/ata-pio/multiple", test_multiple);
    g_test_add_func("/ata-pio/write", test_write);
    g_test_add_func("/ata-pio/write-multiple-ext", test_write_multiple_ext);
    g_test_add_func("/ata-pio/readonly", test_readonly);
    g_test_add_func("/ata-pio/read-errors", test_read_errors);
    g_test_add_func("/ata-pio/write-errors", test_write_errors);
    g_test_add_func("/ata-pio/error-event", test_error_event);
    g_test_add_func("/ata-pio/busy", test_busy);
    g_test_add_func("/ata-pio/cve_2023_5088", test_cve_2023_5088);
    g_test_add_func("/ata-pio/stale-read", test_stale_read);
    g_test_add_func("/ata-pio/srst-keeps-acknowledged", test_srst_keeps_acknowledged);
    g_test_add_func("/ata-pio/layout", test_layout);
    g_test_add_func("/ata-pio/save-read", test_save_read);
    g_test_add_func("/ata-pio/save-write", test_save_write);
    g_test_add_func("/ata-pio/check-rejects", test_check_rejects);
    g_test_add_func("/ata-pio/random", test_random);
    return g_test_run();
}
