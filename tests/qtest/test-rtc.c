/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MC146818A and the PC's CMOS, as a BIOS and a clock driver use it. */
#include "tests/qtest/libqtest.h"

#define SEC 0
#define SEC_ALARM 1
#define MINUTE 2
#define MIN_ALARM 3
#define HOUR 4
#define HOUR_ALARM 5
#define WDAY 6
#define MDAY 7
#define MONTH 8
#define YEAR 9
#define REG_A 10
#define REG_B 11
#define REG_C 12
#define REG_D 13
#define CENTURY 0x32

#define A_UIP 0x80
#define B_SET 0x80
#define B_PIE 0x40
#define B_AIE 0x20
#define B_UIE 0x10
#define B_DM 0x04
#define B_24H 0x02

#define NS_SEC UINT64_C(1000000000)

static uint8_t get(struct qtest *q, uint8_t index)
{
    qtest_outb(q, 0x70, index);
    return qtest_inb(q, 0x71);
}

static void put(struct qtest *q, uint8_t index, uint8_t value)
{
    qtest_outb(q, 0x70, index);
    qtest_outb(q, 0x71, value);
}

/* Wait for the end of an update, as every driver does. */
static void settle(struct qtest *q)
{
    for (int i = 0; get(q, REG_A) & A_UIP; i++) {
        g_assert_cmpint(i, <, 100);
        qtest_clock_step(q, 1000000);
    }
}

static void set_time(struct qtest *q, uint8_t b, const uint8_t t[7])
{
    put(q, REG_A, 0x26);
    put(q, REG_B, b | B_SET);
    put(q, SEC, t[0]);
    put(q, MINUTE, t[1]);
    put(q, HOUR, t[2]);
    put(q, MDAY, t[3]);
    put(q, MONTH, t[4]);
    put(q, YEAR, t[5]);
    put(q, CENTURY, t[6]);
    put(q, REG_B, b);
}

static void test_power_on(void)
{
    struct qtest *q = qtest_start("-m 16");
    uint8_t v;

    if (!q) {
        return;
    }
    settle(q);
    g_assert_cmphex(get(q, REG_D), ==, 0x80);
    g_assert_cmphex(get(q, REG_A) & 0x7f, ==, 0x26);
    g_assert_cmphex(get(q, REG_B), ==, 0x02);
    v = get(q, MONTH);
    g_assert_cmphex(v & 0x0f, <=, 9);
    g_assert_cmphex(v, >=, 1);
    g_assert_cmphex(v, <=, 0x12);
    g_assert_cmphex(get(q, HOUR), <=, 0x23);
    g_assert_cmphex(get(q, CENTURY), >=, 0x19);
    /* status and memory size, as QEMU leaves them for the BIOS: 640 KiB, 15 MiB above the first */
    g_assert_cmphex(get(q, 0x15) | get(q, 0x16) << 8, ==, 640);
    g_assert_cmphex(get(q, 0x17) | get(q, 0x18) << 8, ==, 15 * 1024);
    qtest_quit(q);
}

static void test_nvram(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    for (unsigned i = 0x40; i < 0x80; i++) {
        put(q, (uint8_t)i, (uint8_t)(i * 7 + 1));
    }
    for (unsigned i = 0x40; i < 0x80; i++) {
        g_assert_cmphex(get(q, (uint8_t)(i | 0x80)), ==, (uint8_t)(i * 7 + 1)); /* NMI bit */
    }
    qtest_qmp_ok(q, "{'execute':'system_reset'}");
    g_free(qtest_qmp_event(q, "RESET"));
    for (unsigned i = 0x40; i < 0x50; i++) {
        g_assert_cmphex(get(q, (uint8_t)i), ==, (uint8_t)(i * 7 + 1));
    }
    /* read-only registers stay */
    put(q, REG_C, 0xff);
    put(q, REG_D, 0);
    g_assert_cmphex(get(q, REG_D), ==, 0x80);
    g_assert_cmphex(get(q, REG_C) & 0x0f, ==, 0);
    qtest_quit(q);
}

/* The turn of the millennium, in BCD and 24 hours. */
static void test_rollover(void)
{
    static const uint8_t eve[7] = {0x59, 0x59, 0x23, 0x31, 0x12, 0x99, 0x19};
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    set_time(q, B_24H, eve);
    qtest_clock_step(q, NS_SEC + NS_SEC / 2);
    settle(q);
    g_assert_cmphex(get(q, SEC), <=, 0x01);
    g_assert_cmphex(get(q, MINUTE), ==, 0x00);
    g_assert_cmphex(get(q, HOUR), ==, 0x00);
    g_assert_cmphex(get(q, MDAY), ==, 0x01);
    g_assert_cmphex(get(q, MONTH), ==, 0x01);
    g_assert_cmphex(get(q, YEAR), ==, 0x00);
    g_assert_cmphex(get(q, CENTURY), ==, 0x20);
    qtest_quit(q);
}

/* Leap day, in binary and 12 hours. */
static void test_binary_12h(void)
{
    static const uint8_t early[7] = {10, 59, 0x80 | 11, 28, 2, 24, 20};
    static const uint8_t late[7] = {59, 59, 0x80 | 11, 28, 2, 24, 20};
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    set_time(q, B_DM, early);
    settle(q);
    g_assert_cmphex(get(q, HOUR), ==, 0x80 | 11);
    set_time(q, B_DM, late);
    qtest_clock_step(q, NS_SEC + NS_SEC / 2);
    settle(q);
    g_assert_cmpuint(get(q, HOUR), ==, 12); /* 12 AM */
    g_assert_cmpuint(get(q, MDAY), ==, 29);
    g_assert_cmpuint(get(q, MONTH), ==, 2);
    qtest_quit(q);
}

/* SET holds the time. */
static void test_set_holds(void)
{
    static const uint8_t t[7] = {0x10, 0x20, 0x12, 0x15, 0x06, 0x21, 0x20};
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    set_time(q, B_24H | B_SET, t);
    qtest_clock_step(q, 2 * NS_SEC + NS_SEC / 2);
    g_assert_cmphex(get(q, SEC), ==, 0x10);
    g_assert_cmphex(get(q, REG_A) & A_UIP, ==, 0);
    put(q, REG_B, B_24H);
    qtest_clock_step(q, NS_SEC + NS_SEC / 2);
    settle(q);
    g_assert_cmphex(get(q, SEC), >=, 0x11);
    g_assert_cmphex(get(q, SEC), <=, 0x12);
    qtest_quit(q);
}

static void test_alarm(void)
{
    static const uint8_t t[7] = {0x10, 0x20, 0x12, 0x15, 0x06, 0x21, 0x20};
    struct qtest *q = qtest_start("-m 16");
    uint8_t c;

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    set_time(q, B_24H, t);
    put(q, SEC_ALARM, 0x12);
    put(q, MIN_ALARM, 0xc0); /* don't care */
    put(q, HOUR_ALARM, 0xff);
    get(q, REG_C);
    put(q, REG_B, B_24H | B_AIE);
    g_assert_false(qtest_irq(q, 8));
    qtest_irq_wait(q, 8, 3500);
    settle(q);
    g_assert_cmphex(get(q, SEC), ==, 0x12);
    c = get(q, REG_C);
    g_assert_cmphex(c & 0xa0, ==, 0xa0);
    g_assert_false(qtest_irq(q, 8));
    g_assert_cmphex(get(q, REG_C) & 0xa0, ==, 0);
    qtest_quit(q);
}

/* 1024 Hz is what a timer of DOS games and /dev/rtc uses. */
static void test_periodic(void)
{
    struct qtest *q = qtest_start("-m 16");
    unsigned n = 0;

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    put(q, REG_A, 0x2c); /* 16 Hz */
    get(q, REG_C);
    put(q, REG_B, B_24H | B_PIE);
    for (int i = 0; i < 100; i++) { /* one second */
        qtest_clock_step(q, NS_SEC / 100);
        if (qtest_irq(q, 8)) {
            g_assert_cmphex(get(q, REG_C) & 0xc0, ==, 0xc0);
            g_assert_false(qtest_irq(q, 8));
            n++;
        }
    }
    if (qtest_is_qemu()) {
        g_assert_cmpuint(n, >=, 14);
    } else {
        g_assert_cmpuint(n, >=, 15);
        g_assert_cmpuint(n, <=, 17);
    }
    /* not acknowledged: no second edge */
    n = qtest_irq_count(q, 8);
    qtest_clock_step(q, NS_SEC / 2);
    g_assert_cmpuint(qtest_irq_count(q, 8) - n, <=, 1);
    put(q, REG_B, B_24H);
    get(q, REG_C);
    n = qtest_irq_count(q, 8);
    qtest_clock_step(q, NS_SEC / 2);
    g_assert_cmpuint(qtest_irq_count(q, 8), ==, n);
    qtest_quit(q);
}

static void test_update_ended(void)
{
    struct qtest *q = qtest_start("-m 16");
    uint8_t before;

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    put(q, REG_A, 0x26);
    get(q, REG_C);
    put(q, REG_B, B_24H | B_UIE);
    qtest_irq_wait(q, 8, 1500);
    g_assert_cmphex(get(q, REG_C) & 0x90, ==, 0x90);
    /* right after an update there is nearly a second in which the time can be read */
    g_assert_cmphex(get(q, REG_A) & A_UIP, ==, 0);
    before = get(q, SEC);
    qtest_irq_wait(q, 8, 1500);
    g_assert_cmphex(get(q, SEC), !=, before);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtc/power-on", test_power_on);
    g_test_add_func("/rtc/nvram", test_nvram);
    g_test_add_func("/rtc/rollover", test_rollover);
    g_test_add_func("/rtc/binary-12h", test_binary_12h);
    g_test_add_func("/rtc/set-holds", test_set_holds);
    g_test_add_func("/rtc/alarm", test_alarm);
    g_test_add_func("/rtc/periodic", test_periodic);
    g_test_add_func("/rtc/update-ended", test_update_ended);
    return g_test_run();
}
