/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 8254 and port 61h: the system tick, the speaker channel, what calibration loops read. */
#include "tests/qtest/libqtest.h"

#define NS_MS UINT64_C(1000000)

static void load(struct qtest *q, unsigned ch, uint8_t mode, uint16_t count)
{
    qtest_outb(q, 0x43, (uint8_t)(ch << 6 | 0x30 | mode << 1));
    qtest_outb(q, (uint16_t)(0x40 + ch), count & 0xff);
    qtest_outb(q, (uint16_t)(0x40 + ch), count >> 8);
}

static uint16_t latch(struct qtest *q, unsigned ch)
{
    uint16_t lo;

    qtest_outb(q, 0x43, (uint8_t)(ch << 6));
    lo = qtest_inb(q, (uint16_t)(0x40 + ch));
    return (uint16_t)(lo | qtest_inb(q, (uint16_t)(0x40 + ch)) << 8);
}

/* Mode 2, 100 Hz: what an operating system sets. */
static void test_tick(void)
{
    struct qtest *q = qtest_start("-m 16");
    unsigned before, n;

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    load(q, 0, 2, 11932);
    qtest_clock_step(q, 20 * NS_MS);
    before = qtest_irq_count(q, 0);
    qtest_clock_step(q, 500 * NS_MS);
    n = qtest_irq_count(q, 0) - before;
    g_assert_cmpuint(n, >=, qtest_is_qemu() ? 40 : 49);
    g_assert_cmpuint(n, <=, qtest_is_qemu() ? 70 : 51);
    /* divisor 0 is 65536: 18.2 Hz */
    load(q, 0, 3, 0);
    qtest_clock_step(q, 60 * NS_MS);
    before = qtest_irq_count(q, 0);
    qtest_clock_step(q, 1000 * NS_MS);
    n = qtest_irq_count(q, 0) - before;
    g_assert_cmpuint(n, >=, 17);
    g_assert_cmpuint(n, <=, qtest_is_qemu() ? 22 : 19);
    qtest_quit(q);
}

/* Mode 0: one interrupt at the terminal count, none after it. */
static void test_one_shot(void)
{
    struct qtest *q = qtest_start("-m 16");
    unsigned before;

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    load(q, 0, 0, 23864); /* 20 ms */
    qtest_clock_step(q, 1 * NS_MS);
    before = qtest_irq_count(q, 0);
    g_assert_false(qtest_irq(q, 0));
    qtest_clock_step(q, 25 * NS_MS);
    g_assert_true(qtest_irq(q, 0));
    qtest_clock_step(q, 100 * NS_MS);
    g_assert_cmpuint(qtest_irq_count(q, 0), ==, before + 1);
    qtest_quit(q);
}

static void test_latch(void)
{
    struct qtest *q = qtest_start("-m 16");
    uint16_t a, b, lo;

    if (!q) {
        return;
    }
    load(q, 0, 2, 0xffff);
    qtest_clock_step(q, 1 * NS_MS);
    a = latch(q, 0);
    qtest_clock_step(q, 10 * NS_MS);
    b = latch(q, 0);
    g_assert_cmpuint(a, >, b);
    g_assert_cmpuint(a - b, >=, 11900);
    if (!qtest_is_qemu()) {
        g_assert_cmpuint(a - b, <=, 11960);
    }
    /* a latched value waits to be read whatever the time */
    qtest_outb(q, 0x43, 0x00);
    qtest_clock_step(q, 1 * NS_MS);
    lo = qtest_inb(q, 0x40);
    lo |= (uint16_t)(qtest_inb(q, 0x40) << 8);
    g_assert_cmpuint(latch(q, 0), <, lo);
    qtest_quit(q);
}

/* Read-back command: status of two channels at once, and status before count. */
static void test_read_back(void)
{
    struct qtest *q = qtest_start("-m 16");
    uint8_t s;

    if (!q) {
        return;
    }
    load(q, 0, 2, 0x1234);
    load(q, 2, 3, 0x4321);
    qtest_clock_step(q, 100000);
    qtest_outb(q, 0x43, 0xe0 | 0x02 | 0x08); /* status only of channels 0 and 2 */
    s = qtest_inb(q, 0x40);
    g_assert_cmphex(s & 0x3f, ==, 0x34);
    s = qtest_inb(q, 0x42);
    g_assert_cmphex(s & 0x3f, ==, 0x36);
    qtest_outb(q, 0x43, 0xc0 | 0x02); /* status and count of channel 0 */
    s = qtest_inb(q, 0x40);
    g_assert_cmphex(s & 0x3f, ==, 0x34);
    s = qtest_inb(q, 0x40); /* low, then high byte of the count */
    g_assert_cmpuint(s | qtest_inb(q, 0x40) << 8, <=, 0x1234);
    qtest_quit(q);
}

/* Linux calibrates its TSC with channel 2: gate on, mode 0, wait for OUT in port 61h. */
static void test_channel2(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_outb(q, 0x61, (qtest_inb(q, 0x61) & 0x0c) | 0x01);
    load(q, 2, 0, 59659); /* 50 ms */
    g_assert_cmphex(qtest_inb(q, 0x61) & 0x20, ==, 0);
    qtest_clock_step(q, 20 * NS_MS);
    if (!qtest_is_qemu()) {
        g_assert_cmphex(qtest_inb(q, 0x61) & 0x20, ==, 0);
    }
    qtest_clock_step(q, 35 * NS_MS);
    g_assert_cmphex(qtest_inb(q, 0x61) & 0x20, ==, 0x20);
    g_assert_cmphex(qtest_inb(q, 0x61) & 0x03, ==, 0x01);
    qtest_quit(q);
}

/* The gate stops the square wave of mode 3. */
static void test_gate(void)
{
    struct qtest *q = qtest_start("-m 16");
    uint16_t a, b;

    if (!q) {
        return;
    }
    if (qtest_is_qemu()) {
        g_test_skip("QEMU does not stop a count by its gate");
        qtest_quit(q);
        return;
    }
    qtest_outb(q, 0x61, 0x01);
    load(q, 2, 2, 0xf000);
    qtest_clock_step(q, 5 * NS_MS);
    qtest_outb(q, 0x61, 0x00);
    a = latch(q, 2);
    qtest_clock_step(q, 5 * NS_MS);
    b = latch(q, 2);
    g_assert_cmpuint(a, ==, b);
    qtest_outb(q, 0x61, 0x01); /* a rising edge reloads */
    qtest_clock_step(q, 1000);
    g_assert_cmpuint(latch(q, 2), >, 0xefe0);
    qtest_quit(q);
}

/* Bit 4 of port 61h toggles with the refresh: delay loops of old BIOSes watch it. */
static void test_refresh(void)
{
    struct qtest *q = qtest_start("-m 16");
    unsigned changes = 0;
    uint8_t last;

    if (!q) {
        return;
    }
    last = qtest_inb(q, 0x61) & 0x10;
    for (int i = 0; i < 40; i++) {
        uint8_t now;

        qtest_clock_step(q, 10000);
        now = qtest_inb(q, 0x61) & 0x10;
        changes += now != last;
        last = now;
    }
    g_assert_cmpuint(changes, >=, 10);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pit/tick", test_tick);
    g_test_add_func("/pit/one-shot", test_one_shot);
    g_test_add_func("/pit/latch", test_latch);
    g_test_add_func("/pit/read-back", test_read_back);
    g_test_add_func("/pit/channel2", test_channel2);
    g_test_add_func("/pit/gate", test_gate);
    g_test_add_func("/pit/refresh", test_refresh);
    return g_test_run();
}
