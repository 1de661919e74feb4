/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two 8237s and the page registers, as floppy and sound drivers program them. */
#include "tests/qtest/libqtest.h"

static void set16(struct qtest *q, uint16_t flip, uint16_t port, uint16_t v)
{
    qtest_outb(q, flip, 0);
    qtest_outb(q, port, v & 0xff);
    qtest_outb(q, port, v >> 8);
}

static uint16_t get16(struct qtest *q, uint16_t flip, uint16_t port)
{
    uint16_t lo;

    qtest_outb(q, flip, 0);
    lo = qtest_inb(q, port);
    return (uint16_t)(lo | qtest_inb(q, port) << 8);
}

static void test_channels(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_outb(q, 0x0d, 0);
    qtest_outb(q, 0xda, 0);
    for (unsigned ch = 0; ch < 4; ch++) {
        set16(q, 0x0c, (uint16_t)(2 * ch), (uint16_t)(0x1234 + ch));
        set16(q, 0x0c, (uint16_t)(2 * ch + 1), (uint16_t)(0xfedc - ch));
        set16(q, 0xd8, (uint16_t)(0xc0 + 4 * ch), (uint16_t)(0x4321 + ch));
        set16(q, 0xd8, (uint16_t)(0xc2 + 4 * ch), (uint16_t)(0x0fed - ch));
    }
    for (unsigned ch = 0; ch < 4; ch++) {
        g_assert_cmphex(get16(q, 0x0c, (uint16_t)(2 * ch)), ==, 0x1234 + ch);
        g_assert_cmphex(get16(q, 0x0c, (uint16_t)(2 * ch + 1)), ==, 0xfedc - ch);
        g_assert_cmphex(get16(q, 0xd8, (uint16_t)(0xc0 + 4 * ch)), ==, 0x4321 + ch);
        g_assert_cmphex(get16(q, 0xd8, (uint16_t)(0xc2 + 4 * ch)), ==, 0x0fed - ch);
    }
    qtest_quit(q);
}

/* Low and high byte alternate; master clear and FLIP-FLOP clear start with the low one. */
static void test_flip_flop(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    if (qtest_is_qemu()) {
        g_test_skip("QEMU loads the current address with the high byte only");
        qtest_quit(q);
        return;
    }
    qtest_outb(q, 0x0d, 0);
    qtest_outb(q, 0x02, 0x11);
    qtest_outb(q, 0x02, 0x22);
    qtest_outb(q, 0x02, 0x33); /* low again */
    qtest_outb(q, 0x0c, 0);
    g_assert_cmphex(qtest_inb(q, 0x02), ==, 0x33);
    g_assert_cmphex(qtest_inb(q, 0x02), ==, 0x22);
    qtest_inb(q, 0x02);
    qtest_outb(q, 0x0d, 0);
    g_assert_cmphex(qtest_inb(q, 0x02), ==, 0x33);
    qtest_quit(q);
}

static void test_pages(void)
{
    static const uint16_t page[] = {0x87, 0x83, 0x81, 0x82, 0x8b, 0x89, 0x8a};
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(page); i++) {
        qtest_outb(q, page[i], (uint8_t)(0x30 + i));
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(page); i++) {
        g_assert_cmphex(qtest_inb(q, page[i]), ==, 0x30 + i);
    }
    qtest_quit(q);
}

/* Master clear masks all channels and clears status; reads of the mask are a PIIX extension. */
static void test_mask_status(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    if (qtest_is_qemu()) {
        g_test_skip("QEMU shows the mask of single channels only");
        qtest_quit(q);
        return;
    }
    qtest_outb(q, 0x0d, 0);
    g_assert_cmphex(qtest_inb(q, 0x0f) & 0x0f, ==, 0x0f);
    qtest_outb(q, 0x0a, 0x02);
    g_assert_cmphex(qtest_inb(q, 0x0f) & 0x0f, ==, 0x0b);
    qtest_outb(q, 0x0a, 0x06);
    g_assert_cmphex(qtest_inb(q, 0x0f) & 0x0f, ==, 0x0f);
    qtest_outb(q, 0x0e, 0); /* clear mask */
    g_assert_cmphex(qtest_inb(q, 0x0f) & 0x0f, ==, 0x00);
    qtest_outb(q, 0x0f, 0x05);
    g_assert_cmphex(qtest_inb(q, 0x0f) & 0x0f, ==, 0x05);
    qtest_outb(q, 0x0d, 0);
    g_assert_cmphex(qtest_inb(q, 0x08) & 0x0f, ==, 0x00);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dma/channels", test_channels);
    g_test_add_func("/dma/flip-flop", test_flip_flop);
    g_test_add_func("/dma/pages", test_pages);
    g_test_add_func("/dma/mask-status", test_mask_status);
    return g_test_run();
}
