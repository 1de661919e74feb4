/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the board's chips share: life cycle checks and a random walk. */
#ifndef TESTS_UNIT_CHIP_TEST_H
#define TESTS_UNIT_CHIP_TEST_H

#include "tests/unit/stub-board.h"

static inline GByteArray *chip_save(struct device *d)
{
    GByteArray *a = g_byte_array_new();

    device_save(d, a);
    return a;
}

static inline void chip_assert_same(GByteArray *a, GByteArray *b)
{
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
}

/* The layout covers the struct; save, load, save gives the same bytes; the state checks. */
static inline void chip_round_trip(struct device *d)
{
    g_autoptr(GByteArray) a = chip_save(d);
    g_autoptr(GByteArray) b = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_cmpstr(device_check(d), ==, NULL);
    g_assert_true(device_load(d, a->data, a->len, &error));
    g_assert_no_error(error);
    b = chip_save(d);
    chip_assert_same(a, b);
}

/* Loading a state with one byte changed either fails or leaves one that checks. */
static inline void chip_mutate(struct device *d, GRand *r, unsigned times)
{
    g_autoptr(GByteArray) good = chip_save(d);

    for (unsigned i = 0; i < times; i++) {
        g_autoptr(GByteArray) a = g_byte_array_new();

        g_byte_array_append(a, good->data, good->len);
        a->data[g_rand_int_range(r, 0, (gint32)a->len)] ^= (guint8)g_rand_int_range(r, 1, 256);
        if (device_load(d, a->data, a->len, NULL)) {
            g_assert_cmpstr(device_check(d), ==, NULL);
        }
    }
    g_assert_true(device_load(d, good->data, good->len, NULL));
}

/* Random accesses to all regions of a device, with time passing. */
static inline void chip_walk(struct stub *s, struct device *d, uint32_t seed, unsigned steps)
{
    g_autoptr(GRand) r = g_rand_new_with_seed(seed);
    guint n = g_slist_length(d->regions);

    for (unsigned i = 0; i < steps; i++) {
        struct region *reg = g_slist_nth_data(d->regions, g_rand_int(r) % n);
        uint64_t addr = reg->base + g_rand_int(r) % MIN(reg->size, 256);
        unsigned width = 1u << g_rand_int(r) % 3;

        switch (g_rand_int(r) % 8) {
        case 0:
        case 1:
        case 2:
            space_read(reg->space, addr, width);
            break;
        case 7:
            clock_step(s->board.clock, g_rand_int(r) % (i % 16 ? 100000 : 1000000000));
            break;
        default:
            space_write(reg->space, addr, width, g_rand_int(r));
            break;
        }
        if (i % 8 == 0) {
            bool level[BOARD_GSIS];

            memcpy(level, s->level, sizeof(level));
            chip_round_trip(d);
            g_assert_cmpmem(level, sizeof(level), s->level, sizeof(level));
        }
        g_assert_cmpstr(device_check(d), ==, NULL);
        if (i % 512 == 0) {
            chip_mutate(d, r, 64);
        }
    }
}

/* Reset twice gives what reset once gives. */
static inline void chip_reset_twice(struct device *d)
{
    g_autoptr(GByteArray) a = NULL;
    g_autoptr(GByteArray) b = NULL;

    device_reset(d);
    a = chip_save(d);
    device_reset(d);
    b = chip_save(d);
    chip_assert_same(a, b);
}

#endif
