/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ATA channel alone: registers, resets, commands without sectors. ATA/ATAPI-4 to 6. */
#include "ata-rig.h"

const struct device_class *const device_classes[] = {NULL};

#define READY 0x50
#define READY_ERR 0x51
#define WANTS_DATA 0x58
#define BUSY 0x80

#define ABRT 0x04
#define IDNF 0x10
#define UNC 0x40

/* -- resets and selection -- */

static void assert_signature(struct rig *r, uint8_t device)
{
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, 0x01);
    g_assert_cmphex(rig_in(r, ATA_REG_COUNT), ==, 0x01);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_LOW), ==, 0x01);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_MID), ==, 0x00);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_HIGH), ==, 0x00);
    g_assert_cmphex(rig_in(r, ATA_REG_DEVICE), ==, device);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
}

static void test_power_on(void)
{
    struct rig *r = rig_new(3, 1000);

    assert_signature(r, 0xa0);
    rig_out(r, ATA_REG_DEVICE, 0xb0);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    g_assert_false(r->level);
    rig_free(r);
}

static void test_srst(void)
{
    struct rig *r = rig_new(3, 1000);

    rig_out(r, ATA_REG_DEVICE, 0xf5);
    rig_out(r, ATA_REG_COUNT, 0x77);
    rig_control(r, 0x04);
    g_assert_cmphex(rig_alt(r), ==, BUSY);
    rig_out(r, ATA_REG_COUNT, 0x12); /* a busy drive hears nothing */
    rig_out(r, ATA_REG_STATUS, 0xec);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, BUSY);
    rig_control(r, 0x00);
    assert_signature(r, 0xa0); /* device 0 is selected */
    g_assert_cmpuint(r->edges, ==, 0);
    rig_free(r);
}

static void test_srst_keeps_or_reverts(void)
{
    struct rig *r = rig_new(1, 100000);

    rig_out(r, ATA_REG_DEVICE, 0xa7);
    rig_out(r, ATA_REG_COUNT, 17);
    rig_out(r, ATA_REG_STATUS, 0x91);
    rig_control(r, 4);
    rig_control(r, 0);
    g_assert_cmpuint(r->state.drive[0].heads, ==, 8);
    rig_out(r, ATA_REG_ERROR, 0xcc);
    rig_out(r, ATA_REG_STATUS, 0xef);
    rig_control(r, 4);
    rig_control(r, 0);
    g_assert_cmpuint(r->state.drive[0].heads, ==, 16);
    g_assert_cmpuint(r->state.drive[0].sectors, ==, 63);
    rig_free(r);
}

static void test_no_drives(void)
{
    struct rig *r = rig_new(0, 0);

    for (unsigned u = 0; u < 2; u++) {
        rig_out(r, ATA_REG_DEVICE, (uint8_t)(0xa0 | u << 4));
        for (unsigned reg = 1; reg < ATA_REGS; reg++) {
            rig_out(r, reg, 0xec);
            g_assert_cmphex(rig_in(r, reg), ==, 0);
        }
        g_assert_cmphex(rig_alt(r), ==, 0);
    }
    rig_control(r, 4);
    g_assert_cmphex(rig_alt(r), ==, 0);
    rig_control(r, 0);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, 0);
    g_assert_false(r->level);
    rig_free(r);
}

static void test_absent_slave(void)
{
    struct rig *r = rig_new(1, 1000);

    rig_out(r, ATA_REG_DEVICE, 0xb0);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, 0);
    g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, 0);
    rig_out(r, ATA_REG_COUNT, 0x55); /* device 0 answers for it */
    g_assert_cmphex(rig_in(r, ATA_REG_COUNT), ==, 0x55);
    g_assert_cmphex(rig_in(r, ATA_REG_DEVICE), ==, 0xb0);
    rig_out(r, ATA_REG_STATUS, 0xec);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, 0);
    g_assert_cmpuint(r->edges, ==, 0);
    rig_out(r, ATA_REG_DEVICE, 0xa0);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    rig_free(r);
}

static void test_absent_master(void)
{
    struct rig *r = rig_new(2, 1000);
    uint8_t data[SECTOR];

    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, 0);
    rig_out(r, ATA_REG_STATUS, 0xec);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, 0);
    rig_out(r, ATA_REG_DEVICE, 0xb0);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    rig_lba28(r, 1, 0x20, 9, 1);
    rig_data_in(r, data, SECTOR);
    assert_sector(r, 1, 9, data);
    rig_free(r);
}

static void test_diagnostic(void)
{
    for (unsigned drives = 1; drives <= 3; drives++) {
        for (unsigned u = 0; u < 2; u++) {
            struct rig *r = rig_new(drives, 1000);

            rig_out(r, ATA_REG_DEVICE, (uint8_t)(0xa0 | u << 4));
            rig_out(r, ATA_REG_COUNT, 0x99);
            rig_out(r, ATA_REG_STATUS, 0x90);
            g_assert_cmphex(rig_in(r, ATA_REG_DEVICE), ==, 0xa0);
            g_assert_cmpuint(r->edges, ==, drives & 1);
            if (drives & 1) {
                assert_signature(r, 0xa0);
            }
            rig_free(r);
        }
    }
}

static void test_both_hear_writes(void)
{
    struct rig *r = rig_new(3, 1000);

    rig_out(r, ATA_REG_COUNT, 0x21);
    rig_out(r, ATA_REG_LBA_MID, 0x43);
    rig_out(r, ATA_REG_DEVICE, 0xb0);
    g_assert_cmphex(rig_in(r, ATA_REG_COUNT), ==, 0x21);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_MID), ==, 0x43);
    rig_free(r);
}

static void test_hob(void)
{
    struct rig *r = rig_new(1, 1000);

    for (unsigned reg = ATA_REG_ERROR; reg <= ATA_REG_LBA_HIGH; reg++) {
        rig_out(r, reg, (uint8_t)(0x10 + reg));
        rig_out(r, reg, (uint8_t)(0x20 + reg));
    }
    rig_control(r, 0x80);
    for (unsigned reg = ATA_REG_ERROR; reg <= ATA_REG_LBA_HIGH; reg++) {
        g_assert_cmphex(rig_in(r, reg), ==, 0x10 + reg);
    }
    rig_out(r, ATA_REG_LBA_HIGH, 0x77); /* any write of the command block clears HOB */
    for (unsigned reg = ATA_REG_COUNT; reg < ATA_REG_LBA_HIGH; reg++) {
        g_assert_cmphex(rig_in(r, reg), ==, 0x20 + reg);
    }
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_HIGH), ==, 0x77);
    rig_free(r);
}

/* -- interrupt -- */

static void test_intrq(void)
{
    struct rig *r = rig_new(3, 1000);

    rig_out(r, ATA_REG_STATUS, 0xe7);
    rig_settle(r);
    g_assert_true(r->level);
    rig_alt(r);
    g_assert_true(r->level);
    rig_out(r, ATA_REG_DEVICE, 0xb0); /* the other drive drives the line now */
    g_assert_false(r->level);
    rig_out(r, ATA_REG_DEVICE, 0xa0);
    g_assert_true(r->level);
    rig_control(r, 0x02);
    g_assert_false(r->level);
    rig_control(r, 0x00); /* still pending */
    g_assert_true(r->level);
    rig_in(r, ATA_REG_STATUS);
    g_assert_false(r->level);
    rig_out(r, ATA_REG_STATUS, 0xe5);
    g_assert_true(r->level);
    rig_control(r, 0x04); /* reset takes it away */
    g_assert_false(r->level);
    rig_control(r, 0x02);
    rig_out(r, ATA_REG_STATUS, 0xe5);
    g_assert_false(r->level);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    rig_control(r, 0x00);
    g_assert_false(r->level);
    rig_free(r);
}

static void test_command_clears_intrq(void)
{
    struct rig *r = rig_new(1, 1000);

    r->d[0].now = false;
    r->d[0].hold = true;
    rig_out(r, ATA_REG_STATUS, 0xe5);
    g_assert_true(r->level);
    rig_lba28(r, 0, 0x20, 0, 1);
    g_assert_false(r->level);
    fake_release(&r->d[0]);
    g_assert_true(r->level);
    rig_free(r);
}

/* -- IDENTIFY -- */

static unsigned word(const uint8_t *id, unsigned w)
{
    return id[2 * w] | (unsigned)id[2 * w + 1] << 8;
}

static void identify(struct rig *r, unsigned u, uint8_t *id)
{
    rig_out(r, ATA_REG_DEVICE, (uint8_t)(0xa0 | u << 4));
    rig_out(r, ATA_REG_STATUS, 0xec);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
    rig_data_in(r, id, SECTOR);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
}

static void test_identify(void)
{
    const uint64_t sectors = (UINT64_C(1) << 33) + 5;
    struct rig *r = rig_new(3, sectors);
    uint8_t id[SECTOR], sum = 0;

    identify(r, 0, id);
    g_assert_cmphex(word(id, 0) & 0x8000, ==, 0);
    g_assert_cmpuint(word(id, 1), ==, 16383);
    g_assert_cmpuint(word(id, 3), ==, 16);
    g_assert_cmpuint(word(id, 6), ==, 63);
    g_assert_cmphex(word(id, 49) & 0x0300, ==, 0x0300);
    g_assert_cmpuint(word(id, 60) | word(id, 61) << 16, ==, 0x0fffffff);
    g_assert_cmpuint(word(id, 100) | (uint64_t)word(id, 101) << 16 | (uint64_t)word(id, 102) << 32,
                     ==, sectors);
    g_assert_cmpuint(word(id, 57) | word(id, 58) << 16, ==, 16383 * 16 * 63);
    g_assert_cmphex(word(id, 83), ==, 0x7400);
    g_assert_cmphex(word(id, 47), ==, 0x8010);
    g_assert_cmphex(word(id, 59), ==, 0x0110);
    g_assert_cmphex(word(id, 88), ==, 0x203f);
    g_assert_cmphex(id[510], ==, 0xa5);
    for (unsigned i = 0; i < SECTOR; i++) {
        sum = (uint8_t)(sum + id[i]);
    }
    g_assert_cmphex(sum, ==, 0);
    g_assert_cmphex(word(id, 27), ==, 'V' << 8 | 'M');
    g_assert_cmphex(word(id, 10), ==, 'V' << 8 | 'M');
    g_assert_cmphex(word(id, 12), ==, '0' << 8 | '0');
    identify(r, 1, id);
    g_assert_cmphex(word(id, 13) & 0xff, ==, '2');
    rig_free(r);
}

static void test_identify_follows_settings(void)
{
    struct rig *r = rig_new(1, 504000);
    uint8_t id[SECTOR];
    static const struct {
        uint8_t feature, count;
    } set[] = {{0x82, 0}, {0x55, 0}, {0x03, 0x22}};

    for (unsigned i = 0; i < G_N_ELEMENTS(set); i++) {
        rig_out(r, ATA_REG_ERROR, set[i].feature);
        rig_out(r, ATA_REG_COUNT, set[i].count);
        rig_out(r, ATA_REG_STATUS, 0xef);
        rig_settle(r);
        g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    }
    rig_out(r, ATA_REG_DEVICE, 0xa7);
    rig_out(r, ATA_REG_COUNT, 21);
    rig_out(r, ATA_REG_STATUS, 0x91);
    rig_out(r, ATA_REG_COUNT, 0);
    rig_out(r, ATA_REG_STATUS, 0xc6);
    identify(r, 0, id);
    g_assert_cmphex(word(id, 85) & 0x60, ==, 0);
    g_assert_cmphex(word(id, 63), ==, 0x0407);
    g_assert_cmphex(word(id, 88), ==, 0x003f);
    g_assert_cmpuint(word(id, 1), ==, 500);
    g_assert_cmpuint(word(id, 54), ==, 3000);
    g_assert_cmpuint(word(id, 55), ==, 8);
    g_assert_cmpuint(word(id, 56), ==, 21);
    g_assert_cmpuint(word(id, 57) | word(id, 58) << 16, ==, 504000);
    g_assert_cmphex(word(id, 59), ==, 0);
    rig_free(r);
}

static void test_geometry(void)
{
    static const struct disk_geometry given = {306, 4, 17};
    struct fake_disk d = {0};
    struct rig *r = rig_new(0, 0);
    struct disk *disks[2];
    uint8_t id[SECTOR];

    fake_new(&d, "old", 306 * 4 * 17, false);
    disk_set_geometry(d.disk, &given);
    disk_set_serial(d.disk, "A serial number longer than twenty");
    disks[0] = NULL;
    disks[1] = d.disk;
    g_assert_true(ata_init(&r->c, &r->state, &rig_host, r, r->dev, disks, 0, NULL));
    ata_reset(&r->c);
    identify(r, 1, id);
    g_assert_cmpuint(word(id, 1), ==, 306);
    g_assert_cmpuint(word(id, 3), ==, 4);
    g_assert_cmpuint(word(id, 6), ==, 17);
    g_assert_cmphex(word(id, 19), ==, 'n' << 8 | 'g');
    rig_free(r);
    fake_free(&d);
}

/* -- commands without data -- */

static uint8_t run(struct rig *r, uint8_t cmd)
{
    rig_out(r, ATA_REG_STATUS, cmd);
    rig_settle(r);
    g_assert_true(r->level);
    return rig_in(r, ATA_REG_STATUS);
}

static void test_simple(void)
{
    struct rig *r = rig_new(1, UINT64_C(1) << 30);

    for (unsigned i = 0; i < 16; i++) {
        g_assert_cmphex(run(r, (uint8_t)(0x10 + i)), ==, READY);
        rig_lba28(r, 0, (uint8_t)(0x70 + i), 100, 0);
        g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    }
    g_assert_cmphex(run(r, 0x00), ==, READY_ERR);
    g_assert_cmphex(run(r, 0x08), ==, READY_ERR); /* DEVICE RESET is for packet devices */
    g_assert_cmphex(run(r, 0xa1), ==, READY_ERR);
    g_assert_cmphex(run(r, 0xe7), ==, READY);
    g_assert_cmphex(run(r, 0xea), ==, READY);
    rig_lba28(r, 0, 0xf8, 0, 0);
    g_assert_cmphex(rig_get_lba28(r), ==, 0x0ffffffe);
    rig_lba48(r, 0, 0x27, 0, 0);
    rig_control(r, 0x80);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_LOW), ==, 0x3f);
    rig_control(r, 0x00);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_LOW), ==, 0xff);
    rig_free(r);
}

static void test_power(void)
{
    static const struct {
        uint8_t cmd, says;
    } steps[] = {{0xe1, 0x80}, {0xe0, 0x00}, {0xe3, 0x80}, {0xe2, 0x00}, {0x95, 0x80},
                 {0x94, 0x00}, {0x97, 0x80}, {0x96, 0x00}, {0xe6, 0x00}, {0x99, 0x00}};
    struct rig *r = rig_new(1, 1000);
    uint8_t data[SECTOR];

    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_assert_cmphex(run(r, steps[i].cmd), ==, READY);
        run(r, 0xe5);
        g_assert_cmphex(rig_in(r, ATA_REG_COUNT), ==, steps[i].says);
        rig_lba28(r, 0, 0x20, 0, 1);
        rig_data_in(r, data, SECTOR);
        run(r, 0x98);
        g_assert_cmphex(rig_in(r, ATA_REG_COUNT), ==, 0xff);
    }
    rig_free(r);
}

static void test_features(void)
{
    struct rig *r = rig_new(1, 1000);

    for (unsigned f = 0; f < 256; f++) {
        bool known = f == 0x02 || f == 0x82 || f == 0xaa || f == 0x55 || f == 0x66 || f == 0xcc;

        if (f == 0x03) {
            continue;
        }
        rig_out(r, ATA_REG_ERROR, (uint8_t)f);
        g_assert_cmphex(run(r, 0xef), ==, known ? READY : READY_ERR);
    }
    for (unsigned m = 0; m < 256; m++) {
        bool known = m <= 1 || (m >= 8 && m <= 0x0c) || (m >= 0x10 && m <= 0x12) ||
                     (m >= 0x20 && m <= 0x22) || (m >= 0x40 && m <= 0x45);

        rig_out(r, ATA_REG_ERROR, 0x03);
        rig_out(r, ATA_REG_COUNT, (uint8_t)m);
        g_assert_cmphex(run(r, 0xef), ==, known ? READY : READY_ERR);
    }
    rig_free(r);
}

static void smart(struct rig *r, uint8_t sub)
{
    rig_out(r, ATA_REG_ERROR, sub);
    rig_out(r, ATA_REG_LBA_MID, 0x4f);
    rig_out(r, ATA_REG_LBA_HIGH, 0xc2);
    rig_out(r, ATA_REG_STATUS, 0xb0);
}

static void test_smart(void)
{
    struct rig *r = rig_new(1, 1000);
    uint8_t data[SECTOR], sum;

    rig_out(r, ATA_REG_ERROR, 0xda); /* without the key */
    g_assert_cmphex(run(r, 0xb0), ==, READY_ERR);
    smart(r, 0xda);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_MID), ==, 0x4f);
    g_assert_cmphex(rig_in(r, ATA_REG_LBA_HIGH), ==, 0xc2);
    for (unsigned page = 0xd0; page <= 0xd1; page++) {
        smart(r, (uint8_t)page);
        rig_data_in(r, data, SECTOR);
        sum = 0;
        for (unsigned i = 0; i < SECTOR; i++) {
            sum = (uint8_t)(sum + data[i]);
        }
        g_assert_cmphex(sum, ==, 0);
    }
    smart(r, 0xd9);
    smart(r, 0xd0);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY_ERR);
    smart(r, 0xd8);
    smart(r, 0xda);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    rig_free(r);
}

/* SMART self-test log: an index ran one past its end. Here every subcommand is bounded. */
static void test_cve_2014_2894(void)
{
    struct rig *r = rig_new(1, 1000);
    uint8_t data[SECTOR];

    for (unsigned sub = 0; sub < 256; sub++) {
        for (unsigned test = 0; test < 256; test++) {
            rig_out(r, ATA_REG_LBA_LOW, (uint8_t)test);
            smart(r, (uint8_t)sub);
            rig_data_in(r, data, SECTOR);
            g_assert_cmphex(rig_in(r, ATA_REG_STATUS) & 0x88, ==, 0);
            smart(r, 0xd8);
        }
    }
    rig_free(r);
}

/* Commands in states that they did not expect: all opcodes, all kinds of channel. */
static void test_cve_2015_6855(void)
{
    for (unsigned drives = 0; drives < 4; drives++) {
        struct rig *r = rig_new(drives, 3000);
        uint8_t data[SECTOR];

        for (unsigned op = 0; op < 512; op++) {
            rig_lba28(r, op >> 8, (uint8_t)op, op * 5, (uint8_t)op);
            rig_settle(r);
            rig_data_in(r, data, 10);
            rig_data_out(r, data, 10);
            rig_in(r, ATA_REG_STATUS);
            rig_bm_out(r, 0, 9);
            rig_bm_out(r, 0, 0);
            rig_control(r, 4);
            rig_control(r, 0);
        }
        rig_free(r);
    }
}

static bool implemented(unsigned op)
{
    static const uint8_t known[] = {
        0x20, 0x21, 0x24, 0x25, 0x27, 0x29, 0x30, 0x31, 0x34, 0x35, 0x39, 0x40, 0x41, 0x42,
        0x90, 0x91, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0xb0, 0xc4, 0xc5, 0xc6, 0xc8, 0xc9,
        0xca, 0xcb, 0xe0, 0xe1, 0xe2, 0xe3, 0xe5, 0xe6, 0xe7, 0xea, 0xec, 0xef, 0xf8};

    return op >> 4 == 1 || op >> 4 == 7 || memchr(known, (int)op, sizeof(known));
}

static void test_unknown_abort(void)
{
    struct rig *r = rig_new(1, 3000);

    for (unsigned op = 0; op < 256; op++) {
        if (!implemented(op)) {
            g_assert_cmphex(run(r, (uint8_t)op), ==, READY_ERR);
            g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, ABRT);
        }
    }
    rig_free(r);
}

/* The data port beyond a block: nothing of the buffer comes out or changes. */
static void test_cve_2015_5154(void)
{
    struct rig *r = rig_new(1, 3000);
    g_autofree uint8_t *data = g_malloc(65536);

    rig_out(r, ATA_REG_STATUS, 0xec);
    rig_data_in(r, data, 65536);
    for (unsigned i = SECTOR; i < 65536; i++) {
        g_assert_cmphex(data[i], ==, 0);
    }
    memset(data, 0xee, 65536);
    rig_data_out(r, data, 65536);
    g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 0);
    rig_lba28(r, 0, 0x30, 10, 1);
    rig_data_out(r, data, 65536);
    g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 1);
    rig_lba28(r, 0, 0x30, 10, 1);
    rig_data_in(r, data, 4096); /* the wrong way */
    g_assert_cmphex(data[0], ==, 0);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
    rig_free(r);
}

static void test_attach_errors(void)
{
    struct rig *r = rig_new(0, 0);
    struct ata_channel c;
    struct ata_state s;
    struct fake_disk d = {0};
    struct disk *disks[2], *empty = disk_new("empty");
    g_autoptr(GError) error = NULL;

    fake_new(&d, "one", 100, false);
    disks[0] = disks[1] = d.disk;
    g_assert_false(ata_init(&c, &s, &rig_host, r, r->dev, disks, 0, &error));
    g_assert_nonnull(strstr(error->message, "\"one\" is in use"));
    g_clear_error(&error);
    disks[0] = NULL;
    disks[1] = empty;
    g_assert_false(ata_init(&c, &s, &rig_host, r, r->dev, disks, 0, &error));
    g_assert_nonnull(strstr(error->message, "no medium"));
    g_assert_null(disk_device(d.disk));
    fake_free(&d);
    disk_free(empty);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ata/power-on", test_power_on);
    g_test_add_func("/ata/srst", test_srst);
    g_test_add_func("/ata/srst-keeps-or-reverts", test_srst_keeps_or_reverts);
    g_test_add_func("/ata/no-drives", test_no_drives);
    g_test_add_func("/ata/absent-slave", test_absent_slave);
    g_test_add_func("/ata/absent-master", test_absent_master);
    g_test_add_func("/ata/diagnostic", test_diagnostic);
    g_test_add_func("/ata/both-hear-writes", test_both_hear_writes);
    g_test_add_func("/ata/hob", test_hob);
    g_test_add_func("/ata/intrq", test_intrq);
    g_test_add_func("/ata/command-clears-intrq", test_command_clears_intrq);
    g_test_add_func("/ata/identify", test_identify);
    g_test_add_func("/ata/identify-follows-settings", test_identify_follows_settings);
    g_test_add_func("/ata/geometry", test_geometry);
    g_test_add_func("/ata/simple", test_simple);
    g_test_add_func("/ata/power", test_power);
    g_test_add_func("/ata/features", test_features);
    g_test_add_func("/ata/smart", test_smart);
    g_test_add_func("/ata/cve_2014_2894", test_cve_2014_2894);
    g_test_add_func("/ata/cve_2015_6855", test_cve_2015_6855);
    g_test_add_func("/ata/unknown-abort", test_unknown_abort);
    g_test_add_func("/ata/cve_2015_5154", test_cve_2015_5154);
    g_test_add_func("/ata/attach-errors", test_attach_errors);
    return g_test_run();
}
