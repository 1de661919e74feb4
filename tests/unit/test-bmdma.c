/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bus-master IDE: registers, descriptor tables good and bad, stops and resets in flight.
 * Programming Interface for Bus Master IDE 1.0.
 */
#include "ata-rig.h"

const struct device_class *const device_classes[] = {NULL};

#define READY 0x50
#define READY_ERR 0x51
#define WANTS_DATA 0x58

#define START 0x01
#define TO_MEMORY 0x08
#define ACTIVE 0x01
#define ERROR 0x02
#define INTERRUPT 0x04

#define TABLE 0x1000u
#define BUFFER 0x20000u
#define LAST 0x80000000u

static void prd(struct rig *r, unsigned n, uint32_t base, uint32_t count)
{
    uint32_t e[2] = {base, count};

    memcpy(r->ram + TABLE + n * 8, e, 8);
}

static void set_table(struct rig *r, uint32_t addr)
{
    for (unsigned i = 0; i < 4; i++) {
        rig_bm_out(r, 4 + i, (uint8_t)(addr >> (8 * i)));
    }
}

/* Start a DMA command the way drivers do: stop, clear, table, command, start. */
static void go(struct rig *r, unsigned u, uint8_t cmd, uint32_t lba, uint8_t count)
{
    uint8_t dir = cmd == 0xc8 ? TO_MEMORY : 0;

    rig_bm_out(r, 0, 0);
    rig_bm_out(r, 2, ERROR | INTERRUPT);
    set_table(r, TABLE);
    rig_bm_out(r, 0, dir);
    rig_lba28(r, u, cmd, lba, count);
    rig_bm_out(r, 0, dir | START);
}

static void expect(struct rig *r, uint8_t bm, uint8_t status)
{
    rig_settle(r);
    g_assert_cmphex(rig_bm_in(r, 2), ==, bm);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, status);
}

static void fill_ram(struct rig *r)
{
    for (uint32_t i = BUFFER; i < r->ram_size; i++) {
        r->ram[i] = (uint8_t)(i * 13 + (i >> 9) + 1);
    }
}

/* -- registers -- */

static void test_registers(void)
{
    struct rig *r = rig_new(1, 1000);

    rig_bm_out(r, 2, 0xff);
    g_assert_cmphex(rig_bm_in(r, 2), ==, 0x60);
    rig_bm_out(r, 2, 0x20);
    g_assert_cmphex(rig_bm_in(r, 2), ==, 0x20);
    set_table(r, 0xffffffff);
    g_assert_cmphex(rig_bm_in(r, 4), ==, 0xfc);
    g_assert_cmphex(rig_bm_in(r, 7), ==, 0xff);
    g_assert_cmphex(rig_bm_in(r, 1), ==, 0xff);
    g_assert_cmphex(rig_bm_in(r, 3), ==, 0xff);
    rig_bm_out(r, 0, 0xff);
    g_assert_cmphex(rig_bm_in(r, 0), ==, 0x09);
    g_assert_cmphex(rig_bm_in(r, 2), ==, 0x21);
    rig_bm_out(r, 0, START); /* the direction holds while it runs */
    g_assert_cmphex(rig_bm_in(r, 0), ==, 0x09);
    rig_bm_out(r, 0, 0);
    g_assert_cmphex(rig_bm_in(r, 2), ==, 0x20);
    rig_out(r, ATA_REG_STATUS, 0xe5); /* any interrupt of the channel sets the bit */
    g_assert_cmphex(rig_bm_in(r, 2), ==, 0x24);
    rig_bm_out(r, 2, INTERRUPT);
    g_assert_cmphex(rig_bm_in(r, 2), ==, 0x00);
    rig_free(r);
}

/* -- good tables -- */

static void test_read(void)
{
    for (unsigned mode = 0; mode < 4; mode++) { /* page cache or not; start before or after */
        struct rig *r = rig_new(3, 100000);
        unsigned u = mode & 1;

        r->d[u].now = mode & 1;
        prd(r, 0, BUFFER, 1024);
        prd(r, 1, BUFFER + 8192, (8 * SECTOR - 1024) | LAST);
        if (mode & 2) {
            set_table(r, TABLE);
            rig_bm_out(r, 0, TO_MEMORY | START);
            g_assert_cmphex(rig_bm_in(r, 2), ==, ACTIVE);
            rig_lba28(r, u, 0xc8, 777, 8);
        } else {
            go(r, u, 0xc8, 777, 8);
        }
        expect(r, INTERRUPT, READY);
        for (unsigned i = 0; i < 8; i++) {
            assert_sector(r, u, 777 + i, r->ram + BUFFER + i * SECTOR + (i < 2 ? 0 : 8192 - 1024));
        }
        g_assert_cmpuint(r->edges, ==, 1);
        g_assert_cmpuint(r->fetches, ==, 2);
        rig_free(r);
    }
}

static void test_write(void)
{
    for (unsigned mode = 0; mode < 4; mode++) {
        struct rig *r = rig_new(1, 100000);

        fill_ram(r);
        r->d[0].now = mode & 1;
        r->state.drive[0].write_cache = !(mode & 2);
        prd(r, 0, BUFFER + 2, 514);
        prd(r, 1, BUFFER + 4096, (3 * SECTOR - 514) | LAST);
        go(r, 0, 0xca, 99990, 3);
        expect(r, INTERRUPT, READY);
        {
            uint8_t want[3 * SECTOR];

            memcpy(want, r->ram + BUFFER + 2, 514);
            memcpy(want + 514, r->ram + BUFFER + 4096, sizeof(want) - 514);
            for (unsigned i = 0; i < 3; i++) {
                assert_sector(r, 0, 99990 + i, want + i * SECTOR);
            }
        }
        g_assert_cmpuint(r->d[0].flushes, ==, mode & 2 ? 1 : 0);
        g_assert_cmpuint(r->fetches, ==, 2); /* each descriptor once */
        rig_free(r);
    }
}

static void test_zero_is_64k(void)
{
    struct rig *r = rig_new(1, 100000);

    prd(r, 0, BUFFER, 0);
    prd(r, 1, BUFFER + 0x10000, 0 | LAST);
    go(r, 0, 0xc8, 5, 0);
    expect(r, INTERRUPT, READY);
    for (unsigned i = 0; i < 256; i++) {
        assert_sector(r, 0, 5 + i, r->ram + BUFFER + i * SECTOR);
    }
    rig_free(r);
}

/* 2 MiB: beyond what is answered at once, and through one window of memory again and again. */
static void test_large(void)
{
    for (unsigned now = 0; now < 2; now++) {
        struct rig *r = rig_new(1, 100000);

        r->d[0].now = now;
        for (unsigned i = 0; i < 32; i++) {
            prd(r, i, BUFFER, i == 31 ? LAST : 0);
        }
        set_table(r, TABLE);
        rig_lba48(r, 0, 0x25, 64, 4096);
        rig_bm_out(r, 0, TO_MEMORY | START);
        if (now) {
            g_assert_cmpuint(r->d[0].requests, >, 0); /* the guest does not wait for all of it */
        }
        for (unsigned i = 0; i < 100; i++) {
            rig_settle(r);
        }
        expect(r, INTERRUPT, READY);
        assert_sector(r, 0, 64 + 4095, r->ram + BUFFER + 0x10000 - SECTOR);
        g_assert_cmpuint(r->fetches, ==, 32);
        rig_free(r);
    }
}

/* -- bad tables -- */

/* Active without Interrupt is "more table than data": here both, section 3.1 of BMIDE. */
static void test_long_table(void)
{
    struct rig *r = rig_new(1, 1000);

    prd(r, 0, BUFFER, 8192 | LAST);
    go(r, 0, 0xc8, 3, 2);
    expect(r, ACTIVE | INTERRUPT, READY);
    assert_sector(r, 0, 4, r->ram + BUFFER + SECTOR);
    g_assert_cmphex(r->ram[BUFFER + 1024], ==, 0);
    rig_bm_out(r, 0, 0);
    g_assert_cmphex(rig_bm_in(r, 2), ==, INTERRUPT);
    rig_free(r);
}

static void test_short_table(void)
{
    for (unsigned now = 0; now < 2; now++) {
        struct rig *r = rig_new(1, 1000);

        r->d[0].now = now;
        fill_ram(r);
        prd(r, 0, BUFFER, 700 | LAST);
        go(r, 0, 0xc8, 3, 2);
        expect(r, 0, READY);
        assert_sector(r, 0, 3, r->ram + BUFFER);
        go(r, 0, 0xca, 3, 4);
        expect(r, 0, READY);
        g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 1); /* whole sectors only */
        rig_free(r);
    }
}

/* Entries of less than a sector, of nothing whole, one after the other. */
static void test_cve_2014_9718(void)
{
    static const uint32_t counts[] = {2, 4, 100, 510, 511, 512, 513, 514, 1022, 1024, 4094};

    for (unsigned w = 0; w < 2; w++) {
        for (unsigned c = 0; c < G_N_ELEMENTS(counts); c++) {
            struct rig *r = rig_new(1, 1000);
            unsigned step = counts[c] & 0xfffe, total = 4 * SECTOR, n = 0;

            fill_ram(r);
            for (unsigned at = 0; at < total; at += step, n++) {
                unsigned len = MIN(step, total - at);

                prd(r, n, BUFFER + at, len | (at + len == total ? LAST : 0) | (counts[c] & 1));
            }
            go(r, 0, w ? 0xca : 0xc8, 50, 4);
            expect(r, INTERRUPT, READY);
            for (unsigned i = 0; i < 4; i++) {
                assert_sector(r, 0, 50 + i, r->ram + BUFFER + i * SECTOR);
            }
            rig_free(r);
        }
    }
}

/* A table whose sum is no multiple of a sector, of any length: no assertion, no hang. */
static void test_cve_2019_20175(void)
{
    for (unsigned w = 0; w < 2; w++) {
        for (unsigned len = 2; len < 3 * SECTOR; len += 2) {
            struct rig *r = rig_new(1, 1000);

            r->d[0].now = len & 2;
            prd(r, 0, BUFFER, len | LAST);
            go(r, 0, w ? 0xca : 0xc8, 50, 3);
            expect(r, 0, READY);
            go(r, 0, w ? 0xca : 0xc8, 50, 1);
            expect(r, len < SECTOR ? 0 : len == SECTOR ? INTERRUPT : ACTIVE | INTERRUPT, READY);
            rig_free(r);
        }
    }
}

static void test_unterminated(void)
{
    for (unsigned w = 0; w < 2; w++) {
        struct rig *r = rig_new(1, 100000);

        g_free(r->ram);
        r->ram_size = 1 << 21;
        r->ram = g_malloc0(r->ram_size);
        for (unsigned i = 0; i < 8192 * 2; i++) { /* two bytes each, no end */
            prd(r, i, BUFFER + 0x40000, 2);
        }
        go(r, 0, w ? 0xca : 0xc8, 50, 0);
        expect(r, 0, READY);
        g_assert_cmpuint(r->fetches, ==, 8192);
        rig_free(r);
    }
}

static void test_wrong_direction(void)
{
    struct rig *r = rig_new(1, 1000);

    fill_ram(r);
    for (unsigned w = 0; w < 2; w++) {
        prd(r, 0, BUFFER, SECTOR | LAST);
        rig_bm_out(r, 0, 0);
        rig_bm_out(r, 2, 6);
        set_table(r, TABLE);
        rig_lba28(r, 0, w ? 0xca : 0xc8, 5, 1);
        rig_bm_out(r, 0, START | (w ? TO_MEMORY : 0));
        expect(r, ERROR | INTERRUPT, READY_ERR);
        g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, 0x04);
    }
    g_assert_cmpuint(g_hash_table_size(r->d[0].written), ==, 0);
    g_assert_cmphex(r->ram[BUFFER], ==, (uint8_t)(BUFFER * 13 + (BUFFER >> 9) + 1));
    rig_free(r);
}

static void test_bus_error(void)
{
    static const uint32_t bad[] = {0xfee00000, 0x000fff00, 0xfffffe02, 0x00100000};

    for (unsigned w = 0; w < 2; w++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
            struct rig *r = rig_new(1, 1000);

            r->d[0].now = i & 1;
            prd(r, 0, BUFFER, SECTOR);
            prd(r, 1, bad[i], SECTOR | LAST);
            go(r, 0, w ? 0xca : 0xc8, 5, 2);
            expect(r, ERROR | INTERRUPT, READY_ERR);
            g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, 0x04);
            set_table(r, 0xfffffffc); /* the table itself */
            rig_bm_out(r, 2, 6);
            rig_bm_out(r, 0, 0);
            rig_lba28(r, 0, w ? 0xca : 0xc8, 5, 1);
            rig_bm_out(r, 0, START | (w ? 0 : TO_MEMORY));
            expect(r, ERROR | INTERRUPT, READY_ERR);
            /* and the next good transfer works */
            prd(r, 0, BUFFER, SECTOR | LAST);
            go(r, 0, 0xc8, 9, 1);
            expect(r, INTERRUPT, READY);
            assert_sector(r, 0, 9, r->ram + BUFFER);
            rig_free(r);
        }
    }
}

/* Addresses have 32 bits: an entry that ends above does not reach RAM there. */
static void test_wrap(void)
{
    struct rig *r = rig_new(1, 1000);

    fill_ram(r);
    prd(r, 0, 0xffffff00, SECTOR | LAST);
    go(r, 0, 0xc8, 9, 1);
    expect(r, ERROR | INTERRUPT, READY_ERR);
    g_assert_cmphex(r->ram[0], ==, 0);
    rig_free(r);
}

/* -- medium errors -- */

static void test_medium_errors(void)
{
    for (unsigned mode = 0; mode < 4; mode++) {
        struct rig *r = rig_new(1, 5000);
        bool w = mode & 2;

        r->d[0].now = mode & 1;
        r->d[0].bad = 110;
        fill_ram(r);
        prd(r, 0, BUFFER, 0 | LAST);
        go(r, 0, w ? 0xca : 0xc8, 100, 32);
        expect(r, INTERRUPT, READY_ERR);
        g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, w ? 0x04 : 0x40);
        g_assert_cmphex(rig_get_lba28(r), ==, 110);
        g_assert_cmpuint(rig_in(r, ATA_REG_COUNT), ==, 22);
        assert_sector(r, 0, 109, r->ram + BUFFER + 9 * SECTOR);
        go(r, 0, w ? 0xca : 0xc8, 4990, 32); /* over the end */
        expect(r, INTERRUPT, READY_ERR);
        g_assert_cmphex(rig_in(r, ATA_REG_ERROR), ==, 0x10);
        g_assert_cmphex(rig_get_lba28(r), ==, 5000);
        assert_sector(r, 0, 4999, r->ram + BUFFER + 9 * SECTOR);
        rig_free(r);
    }
}

/* -- stops and resets in flight -- */

static void test_no_start(void)
{
    struct rig *r = rig_new(1, 1000);
    uint8_t data[SECTOR];

    rig_lba28(r, 0, 0xc8, 9, 1);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
    rig_data_in(r, data, SECTOR); /* DRQ of a DMA command is not for the data port */
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
    rig_control(r, 4);
    rig_control(r, 0);
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, READY);
    g_assert_cmpuint(r->edges, ==, 0);
    rig_free(r);
}

static void test_stop_and_resume(void)
{
    struct rig *r = rig_new(1, 1000);

    r->d[0].now = false;
    r->d[0].hold = true;
    prd(r, 0, BUFFER, 8 * SECTOR | LAST);
    go(r, 0, 0xc8, 9, 8);
    g_assert_cmphex(rig_bm_in(r, 2), ==, ACTIVE);
    rig_bm_out(r, 0, TO_MEMORY);
    g_assert_cmphex(rig_bm_in(r, 2), ==, 0);
    fake_release(&r->d[0]);
    g_assert_cmphex(r->ram[BUFFER + 4], ==, 0); /* nothing arrives after the stop */
    g_assert_cmphex(rig_in(r, ATA_REG_STATUS), ==, WANTS_DATA);
    r->d[0].hold = false;
    rig_bm_out(r, 0, TO_MEMORY | START);
    expect(r, INTERRUPT, READY);
    assert_sector(r, 0, 16, r->ram + BUFFER + 7 * SECTOR);
    rig_free(r);
}

/* Reset while a DMA write is in flight: it lands where it was meant to, or not at all. */
static void test_cve_2023_5088(void)
{
    for (unsigned how = 0; how < 3; how++) {
        struct rig *r = rig_new(3, 1000);
        uint8_t before[SECTOR], after[SECTOR];

        sector_of(&r->d[1], 0, before);
        fill_ram(r);
        r->d[1].now = false;
        r->d[1].hold = true;
        prd(r, 0, BUFFER, 8 * SECTOR | LAST);
        go(r, 1, 0xca, 500, 8);
        if (how == 0) {
            rig_control(r, 4);
            rig_control(r, 0);
        } else if (how == 1) {
            rig_bm_out(r, 0, 0);
            rig_control(r, 4);
            rig_control(r, 0);
        } else {
            device_enter(r->dev);
            bmdma_reset(&r->bm);
            ata_reset(&r->c);
            ata_settle(&r->c);
            device_leave(r->dev);
        }
        r->edges = 0;
        fake_release(&r->d[1]);
        g_assert_cmpuint(r->edges, ==, 0);
        sector_of(&r->d[1], 0, after);
        g_assert_cmpmem(before, SECTOR, after, SECTOR);
        g_assert_cmpuint(g_hash_table_size(r->d[1].written), ==, 8);
        assert_sector(r, 1, 507, r->ram + BUFFER + 7 * SECTOR);
        rig_free(r);
    }
}

/* One unit absent, a request pending on the other, then SRST and diagnostic: all eight ways. */
static void test_qemu_4052(void)
{
    for (unsigned drives = 1; drives <= 3; drives++) {
        for (unsigned pending = 0; pending < 2; pending++) {
            for (unsigned selected = 0; selected < 2; selected++) {
                struct rig *r = rig_new(drives, 1000);

                for (unsigned u = 0; u < 2; u++) {
                    r->d[u].now = false;
                    r->d[u].hold = true;
                }
                prd(r, 0, BUFFER, SECTOR | LAST);
                go(r, pending, 0xca, 500, 1);
                rig_out(r, ATA_REG_DEVICE, (uint8_t)(0xa0 | selected << 4));
                rig_control(r, 4);
                rig_control(r, 0);
                rig_out(r, ATA_REG_DEVICE, (uint8_t)(0xa0 | selected << 4));
                rig_out(r, ATA_REG_STATUS, 0x90);
                for (unsigned u = 0; u < 2; u++) {
                    if (r->d[u].disk) {
                        fake_release(&r->d[u]);
                    }
                }
                rig_check(r);
                rig_free(r);
            }
        }
    }
}

/* -- state -- */

static void test_save_in_flight(void)
{
    for (unsigned w = 0; w < 2; w++) {
        struct rig *r = rig_new(1, 1000);
        struct ata_state saved;
        struct bmdma_state bm_saved;

        fill_ram(r);
        r->d[0].now = false;
        r->d[0].hold = true;
        prd(r, 0, BUFFER, 600);
        prd(r, 1, BUFFER + 600, (2 * SECTOR - 600) | LAST);
        go(r, 0, w ? 0xca : 0xc8, 500, 2);
        saved = r->state;
        bm_saved = r->bm_state;
        device_enter(r->dev);
        bmdma_reset(&r->bm);
        ata_reset(&r->c);
        ata_settle(&r->c);
        device_leave(r->dev);
        fake_release(&r->d[0]);
        r->d[0].hold = false;
        r->edges = 0;
        device_enter(r->dev);
        r->state = saved;
        r->bm_state = bm_saved;
        rig_check(r);
        ata_settle(&r->c);
        device_leave(r->dev);
        expect(r, INTERRUPT, READY);
        g_assert_cmpuint(r->edges, ==, 1);
        assert_sector(r, 0, 500, r->ram + BUFFER);
        assert_sector(r, 0, 501, r->ram + BUFFER + SECTOR);
        rig_free(r);
    }
}

static void test_check_rejects(void)
{
    struct rig *r = rig_new(1, 1000);
    struct bmdma_state s;

#define REJECTS(change, field)                                                                     \
    s = r->bm_state;                                                                               \
    change;                                                                                        \
    g_assert_cmpstr(bmdma_state_layout.check(&s), ==, field)
    REJECTS(s.table = 2, "table");
    REJECTS(s.command = 2, "command");
    REJECTS(s.status = 1, "status");
    REJECTS(s.status = 0x80, "status");
    REJECTS(s.intrq = 2, "intrq");
    REJECTS(s.walk.left = 0x10002, "walk");
    REJECTS(s.walk.left = 3, "walk");
    REJECTS(s.walk.steps = 8193, "walk");
    REJECTS(s.walk.base = UINT64_C(1) << 40, "walk");
    REJECTS(s.pad = 1, "pad");
#undef REJECTS
    rig_free(r);
}

/* Random tables, commands and moments; every state is one that a load would take. */
static void test_random(void)
{
    static const uint8_t commands[] = {0xc8, 0xca, 0x25, 0x35, 0x20, 0x30, 0xe7, 0x40};

    for (unsigned seed = 0; seed < 40; seed++) {
        struct rig *r = rig_new(1 + seed % 3, 3000);
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);

        for (unsigned step = 0; step < 3000; step++) {
            unsigned what = g_rand_int_range(rand, 0, 10);
            unsigned u = g_rand_int_range(rand, 0, 2);
            uint32_t v = g_rand_int(rand);

            if (what == 0) {
                for (unsigned i = 0; i < 20; i++) {
                    prd(r, i, g_rand_int_range(rand, 0, 20) ? g_rand_int(rand) & 0xfffff : v,
                        g_rand_int(rand) & (v & 1 ? 0x8000ffff : 0x800007ff));
                }
            } else if (what < 3) {
                rig_bm_out(r, v & 7, (uint8_t)(v >> 8));
            } else if (what < 5) {
                rig_bm_out(r, 0, v & 9);
            } else if (what == 5) {
                set_table(r, v & 1 ? TABLE : v);
            } else if (what < 8) {
                rig_lba28(r, u, commands[v % 8], v >> 8 & 0xfff, (uint8_t)(v >> 20));
            } else if (what == 8 && r->d[u].disk) {
                r->d[u].now = v & 1;
                r->d[u].hold = v & 2;
                r->d[u].bad = v & 4 ? v >> 20 : UINT64_MAX;
                fake_release(&r->d[u]);
                rig_check(r);
            } else if (v % 8 == 0) {
                rig_control(r, 4);
                rig_control(r, 0);
            } else {
                rig_in(r, ATA_REG_STATUS);
            }
        }
        rig_free(r);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bmdma/registers", test_registers);
    g_test_add_func("/bmdma/read", test_read);
    g_test_add_func("/bmdma/write", test_write);
    g_test_add_func("/bmdma/zero-is-64k", test_zero_is_64k);
    g_test_add_func("/bmdma/large", test_large);
    g_test_add_func("/bmdma/long-table", test_long_table);
    g_test_add_func("/bmdma/short-table", test_short_table);
    g_test_add_func("/bmdma/cve_2014_9718", test_cve_2014_9718);
    g_test_add_func("/bmdma/cve_2019_20175", test_cve_2019_20175);
    g_test_add_func("/bmdma/unterminated", test_unterminated);
    g_test_add_func("/bmdma/wrong-direction", test_wrong_direction);
    g_test_add_func("/bmdma/bus-error", test_bus_error);
    g_test_add_func("/bmdma/wrap", test_wrap);
    g_test_add_func("/bmdma/medium-errors", test_medium_errors);
    g_test_add_func("/bmdma/no-start", test_no_start);
    g_test_add_func("/bmdma/stop-and-resume", test_stop_and_resume);
    g_test_add_func("/bmdma/cve_2023_5088", test_cve_2023_5088);
    g_test_add_func("/bmdma/qemu_4052", test_qemu_4052);
    g_test_add_func("/bmdma/save-in-flight", test_save_in_flight);
    g_test_add_func("/bmdma/check-rejects", test_check_rejects);
    g_test_add_func("/bmdma/random", test_random);
    return g_test_run();
}
