/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real-time clock against the MC146818A datasheet. The clock begins at 2020-01-01 00:00:00. */
#include "hw/timer/calendar.h"
#include "hw/timer/mc146818.h"
#include "tests/unit/chip-test.h"

#include <time.h>

const struct device_class *const device_classes[] = {&mc146818_class, NULL};

static struct stub *s;
static struct mc146818 *rtc;

static void setup(void)
{
    s = stub_new(0);
    rtc = mc146818_new(&s->board, &s->board.gsi[8], NULL);
    g_assert_nonnull(rtc);
    device_reset(&rtc->dev);
}

static uint8_t get(uint8_t reg)
{
    stub_outb(s, 0x70, reg);
    return stub_inb(s, 0x71);
}

static void set(uint8_t reg, uint8_t v)
{
    stub_outb(s, 0x70, reg);
    stub_outb(s, 0x71, v);
}

static void step_ms(uint64_t ms)
{
    clock_step(s->board.clock, ms * NS_PER_MS);
}

static void assert_time(uint8_t c, uint8_t y, uint8_t mo, uint8_t d, uint8_t h, uint8_t mi,
                        uint8_t sec)
{
    g_assert_cmphex(get(0x32), ==, c);
    g_assert_cmphex(get(9), ==, y);
    g_assert_cmphex(get(8), ==, mo);
    g_assert_cmphex(get(7), ==, d);
    g_assert_cmphex(get(4), ==, h);
    g_assert_cmphex(get(2), ==, mi);
    g_assert_cmphex(get(0), ==, sec);
}

static void test_calendar(void)
{
    for (int64_t t = INT64_C(-62167219200); t < INT64_C(253402300800); t += 86400 * 13 + 12345) {
        struct calendar c = calendar_from_seconds(t);
        time_t host = (time_t)t;
        struct tm tm;

        gmtime_r(&host, &tm);
        g_assert_cmpint(c.year, ==, tm.tm_year + 1900);
        g_assert_cmpint(c.month, ==, tm.tm_mon + 1);
        g_assert_cmpint(c.day, ==, tm.tm_mday);
        g_assert_cmpint(c.weekday, ==, tm.tm_wday + 1);
        g_assert_cmpint(c.hour, ==, tm.tm_hour);
        g_assert_cmpint(c.minute, ==, tm.tm_min);
        g_assert_cmpint(c.second, ==, tm.tm_sec);
        g_assert_cmpint(calendar_to_seconds(&c), ==, t);
    }
    for (int64_t y = 0; y < 800; y++) { /* every leap day and its neighbours */
        struct calendar c = {.year = y, .month = 3, .day = 1};
        int64_t t = calendar_to_seconds(&c);
        bool leap = y % 4 == 0 && (y % 100 || y % 400 == 0);

        g_assert_cmpint(calendar_from_seconds(t - 1).day, ==, leap ? 29 : 28);
        g_assert_cmpint(calendar_from_seconds(t).day, ==, 1);
    }
}

static void test_registers(void)
{
    setup();
    g_assert_cmphex(stub_inb(s, 0x70), ==, 0xff);
    g_assert_cmphex(get(0x0a), ==, 0x26);
    g_assert_cmphex(get(0x0b), ==, 0x02);
    g_assert_cmphex(get(0x0c), ==, 0);
    g_assert_cmphex(get(0x0d), ==, 0x80);
    set(0x0c, 0xff);
    set(0x0d, 0);
    g_assert_cmphex(get(0x0c), ==, 0);
    g_assert_cmphex(get(0x0d), ==, 0x80);
    set(0x0a, 0xaf); /* UIP is read-only */
    g_assert_cmphex(get(0x0a), ==, 0x2f);
    for (uint8_t reg = 0x0e; reg < 0x80; reg++) {
        if (reg != 0x32 && reg != 0x37) {
            set(reg, (uint8_t)(reg ^ 0x5a));
        }
    }
    for (uint8_t reg = 0x0e; reg < 0x80; reg++) {
        if (reg != 0x32 && reg != 0x37) {
            g_assert_cmphex(get(reg), ==, reg ^ 0x5a);
            g_assert_cmphex(get(reg | 0x80), ==, reg ^ 0x5a);
        }
    }
    g_assert_true(mc146818_nmi_masked(rtc));
    stub_outb(s, 0x70, 0x0d);
    g_assert_false(mc146818_nmi_masked(rtc));
    for (uint8_t reg = 1; reg <= 5; reg += 2) {
        set(reg, 0xc1);
        g_assert_cmphex(get(reg), ==, 0xc1);
    }
    stub_free(s);
}

static void test_time(void)
{
    setup();
    assert_time(0x20, 0x20, 0x01, 0x01, 0x00, 0x00, 0x00);
    g_assert_cmphex(get(6), ==, 4); /* Wednesday */
    step_ms((23 * 3600 + 59 * 60 + 58) * UINT64_C(1000));
    assert_time(0x20, 0x20, 0x01, 0x01, 0x23, 0x59, 0x58);
    set(0x0b, 0x06); /* binary */
    assert_time(20, 20, 1, 1, 23, 59, 58);
    set(0x0b, 0x00); /* BCD, 12 hours */
    assert_time(0x20, 0x20, 0x01, 0x01, 0x91, 0x59, 0x58);
    step_ms(2000);
    assert_time(0x20, 0x20, 0x01, 0x02, 0x12, 0x00, 0x00);
    set(0x0b, 0x04); /* binary, 12 hours */
    step_ms(12 * 3600 * UINT64_C(1000));
    assert_time(20, 20, 1, 2, 0x8c, 0, 0);
    g_assert_cmphex(get(0x37), ==, 20);
    stub_free(s);
}

static void test_set(void)
{
    setup();
    step_ms(300);
    set(0x0b, 0x92); /* SET; clears UIE */
    g_assert_cmphex(get(0x0b), ==, 0x82);
    set(0x32, 0x19);
    set(9, 0x99);
    set(8, 0x12);
    set(7, 0x31);
    set(4, 0x23);
    set(2, 0x59);
    set(0, 0x59);
    step_ms(10000); /* stands */
    assert_time(0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59);
    g_assert_cmpint(mc146818_now(rtc), ==, 946684799);
    g_assert_cmphex(get(0x0a) & 0x80, ==, 0);
    g_assert_cmphex(get(0x0c) & 0x30, ==, 0);
    set(0x0b, 0x02);
    assert_time(0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59);
    step_ms(699); /* the divider chain went on: 0.3 s were gone */
    assert_time(0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59);
    step_ms(1);
    assert_time(0x20, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00);
    g_assert_cmpint(mc146818_now(rtc), ==, 946684800);
    g_assert_cmphex(get(6), ==, 7);
    set(2, 0x30); /* on the run */
    set(4, 0x11);
    step_ms(1000);
    assert_time(0x20, 0x00, 0x01, 0x01, 0x11, 0x30, 0x01);
    device_reset(&rtc->dev); /* the battery holds it */
    assert_time(0x20, 0x00, 0x01, 0x01, 0x11, 0x30, 0x01);
    set(0x0b, 0x82); /* nonsense is a time, too */
    for (uint8_t reg = 0; reg < 10; reg++) {
        set(reg, 0xff);
    }
    set(0x32, 0xff);
    set(0x0b, 0x02);
    step_ms(5000);
    g_assert_cmpstr(device_check(&rtc->dev), ==, NULL);
    for (uint8_t reg = 0; reg < 10; reg += 2) {
        g_assert_cmphex(get(reg) & 0x0f, <=, 9);
    }
    stub_free(s);
}

/* 32768 Hz: UIP comes 244 us before the second turns. */
static void test_uip(void)
{
    setup();
    clock_step(s->board.clock, NS_PER_SEC - 245000);
    g_assert_cmphex(get(0x0a), ==, 0x26);
    clock_step(s->board.clock, 1000);
    g_assert_cmphex(get(0x0a), ==, 0xa6);
    g_assert_cmphex(get(0), ==, 0);
    clock_step(s->board.clock, 243999);
    g_assert_cmphex(get(0x0a), ==, 0xa6);
    clock_step(s->board.clock, 1);
    g_assert_cmphex(get(0x0a), ==, 0x26);
    g_assert_cmphex(get(0), ==, 1);
    set(0x0b, 0x82);
    clock_step(s->board.clock, NS_PER_SEC - 1000);
    g_assert_cmphex(get(0x0a), ==, 0x26);
    stub_free(s);
}

static void test_update_ended(void)
{
    setup();
    step_ms(1500);
    g_assert_cmphex(get(0x0c), ==, 0x50); /* flags without enables, and no IRQF */
    g_assert_cmphex(get(0x0c), ==, 0x00);
    set(0x0a, 0x20);
    set(0x0b, 0x12);
    step_ms(499);
    g_assert_false(s->level[8]);
    step_ms(1);
    g_assert_true(s->level[8]);
    step_ms(5000);
    g_assert_cmpuint(s->raised[8], ==, 1); /* until register C is read */
    g_assert_cmphex(get(0x0c), ==, 0x90);
    g_assert_false(s->level[8]);
    step_ms(1000);
    g_assert_cmpuint(s->raised[8], ==, 2);
    set(0x0b, 0x02); /* disabling lowers the line, the flag stays */
    g_assert_false(s->level[8]);
    g_assert_cmphex(get(0x0c), ==, 0x10);
    stub_free(s);
}

static void test_periodic(void)
{
    static const unsigned hz[16] = {0,   256, 128, 8192, 4096, 2048, 1024, 512,
                                    256, 128, 64,  32,   16,   8,    4,    2};

    for (uint8_t rs = 0; rs < 16; rs++) {
        unsigned n = 0;
        uint64_t end;

        setup();
        set(0x0a, 0x20 | rs);
        set(0x0b, 0x42);
        end = NS_PER_SEC;
        for (uint64_t next; (next = clock_deadline(s->board.clock)) <= end;) {
            clock_set(s->board.clock, next);
            if (s->level[8]) {
                n++;
                g_assert_cmphex(get(0x0c) & 0xc0, ==, 0xc0);
            }
        }
        g_assert_cmpuint(n, ==, hz[rs]);
        stub_free(s);
    }
}

static void test_alarm(void)
{
    setup();
    set(0x0a, 0x20);
    set(1, 0x30);
    set(3, 0x02);
    set(5, 0x00);
    set(0x0b, 0x22);
    step_ms(149999);
    g_assert_false(s->level[8]);
    step_ms(1);
    g_assert_true(s->level[8]);
    g_assert_cmphex(get(0x0c), ==, 0xb0);
    step_ms(86400 * UINT64_C(1000) - 1);
    g_assert_false(s->level[8]);
    step_ms(1);
    g_assert_true(s->level[8]);
    get(0x0c);
    set(5, 0xff); /* any hour */
    step_ms(3600 * 1000 - 1);
    g_assert_false(s->level[8]);
    step_ms(1);
    g_assert_true(s->level[8]);
    get(0x0c);
    set(3, 0xc0); /* any minute */
    step_ms(60000);
    g_assert_true(s->level[8]);
    get(0x0c);
    set(1, 0xf0); /* any second */
    for (unsigned i = 0; i < 5; i++) {
        step_ms(1000);
        g_assert_true(s->level[8]);
        get(0x0c);
    }
    set(1, 0x75); /* never */
    step_ms(86400 * UINT64_C(2000));
    g_assert_cmphex(get(0x0c), ==, 0x10);
    set(1, 0x00); /* polled, without the interrupt */
    set(3, 0x00);
    set(5, 0x07);
    set(0x0b, 0x02);
    get(0x0c);
    step_ms(86400 * UINT64_C(1000));
    g_assert_cmphex(get(0x0c), ==, 0x30);
    set(0x0b, 0x00); /* 12 hours: 7 pm */
    set(5, 0x87);
    set(4, 0x86);
    set(2, 0x59);
    set(0, 0x59);
    get(0x0c);
    step_ms(1000);
    g_assert_cmphex(get(0x0c), ==, 0x30);
    stub_free(s);
}

/* Out of its reset the divider needs half a second to the first update. */
static void test_divider(void)
{
    setup();
    step_ms(1700);
    set(0x0a, 0x66);
    step_ms(7000);
    g_assert_cmphex(get(0), ==, 0x01);
    set(0, 0x30);
    get(0x0c);
    set(0x0a, 0x2f);
    g_assert_cmphex(get(0), ==, 0x30);
    step_ms(499);
    g_assert_cmphex(get(0), ==, 0x30);
    g_assert_cmphex(get(0x0c), ==, 0);
    step_ms(1);
    g_assert_cmphex(get(0), ==, 0x31);
    g_assert_cmphex(get(0x0c), ==, 0x50);
    step_ms(1000);
    g_assert_cmphex(get(0), ==, 0x32);
    stub_free(s);
}

/* The host's clock steps anywhere: no loop, no stuck timer, no failed check. */
static void test_host_steps(void)
{
    static const int64_t jumps[] = {-3600, 3600, 31536000,    -31536000,
                                    1,     -1,   -9000000000, 9000000000};
    g_autoptr(GRand) r = g_rand_new_with_seed(4);

    setup();
    set(1, 0xff);
    set(3, 0x00);
    set(5, 0xff);
    set(0x0b, 0x72);
    for (unsigned i = 0; i < 4000; i++) {
        int64_t wall = clock_wall(s->board.clock);

        if (i % 3 == 0) {
            wall = jumps[g_rand_int(r) % G_N_ELEMENTS(jumps)] * (int64_t)NS_PER_SEC +
                   (i % 2 ? wall : INT64_C(1600000000000000000)) % INT64_C(100000000000000000);
            clock_wall_set(s->board.clock, wall);
        }
        switch (g_rand_int(r) % 6) {
        case 0:
            set(0x0a, (uint8_t)g_rand_int(r));
            break;
        case 1:
            set(0x0b, (uint8_t)(g_rand_int(r) | 0x70));
            break;
        case 2:
            set(g_rand_int(r) % 10, (uint8_t)g_rand_int(r));
            break;
        default:
            get(0x0c);
            break;
        }
        clock_step(s->board.clock, g_rand_int(r));
        g_assert_cmpstr(device_check(&rtc->dev), ==, NULL);
    }
    clock_wall_set(s->board.clock, INT64_MAX);
    step_ms(5000);
    clock_wall_set(s->board.clock, INT64_MIN);
    step_ms(5000);
    set(0x0a, 0x26);
    set(0x0b, 0x82);
    set(0x0b, 0x12);
    get(0x0c);
    step_ms(1000); /* and it still ticks */
    g_assert_true(s->level[8]);
    stub_free(s);
}

/* After a step forwards over an alarm it is there within a second; back, no flood. */
static void test_step_over_alarm(void)
{
    setup();
    set(0x0a, 0x20);
    set(1, 0);
    set(3, 0);
    set(5, 0x12);
    set(0x0b, 0x22);
    step_ms(500);
    clock_wall_set(s->board.clock, clock_wall(s->board.clock) + 14 * 3600 * (int64_t)NS_PER_SEC);
    step_ms(1000);
    g_assert_true(s->level[8]);
    get(0x0c);
    clock_wall_set(s->board.clock, clock_wall(s->board.clock) - 15 * 3600 * (int64_t)NS_PER_SEC);
    step_ms(5000);
    g_assert_cmpuint(s->raised[8], ==, 1);
    step_ms(14 * 3600 * UINT64_C(1000)); /* past the alarm again */
    get(0x0c);
    clock_wall_set(s->board.clock, clock_wall(s->board.clock) / (86400 * (int64_t)NS_PER_SEC) *
                                           (86400 * (int64_t)NS_PER_SEC) +
                                       12 * 3600 * (int64_t)NS_PER_SEC);
    g_assert_cmphex(get(0x0c) & 0x20, ==, 0x20); /* back onto the very second */
    stub_free(s);
}

static void test_cmos(void)
{
    setup();
    mc146818_set_cmos(rtc, 0x10, 0x40);
    mc146818_set_cmos(rtc, 0x7f, 0x7f);
    mc146818_set_cmos(rtc, 0x0a, 0xff); /* not these */
    mc146818_set_cmos(rtc, 0x32, 0xff);
    mc146818_set_cmos(rtc, 0x80, 0xff);
    mc146818_set_cmos(rtc, 0xff, 0xff);
    set(0x0f, 0x0a);
    device_reset(&rtc->dev);
    g_assert_cmphex(get(0x10), ==, 0x40);
    g_assert_cmphex(get(0x7f), ==, 0x7f);
    g_assert_cmphex(get(0x0a), ==, 0x26);
    g_assert_cmphex(get(0x32), ==, 0x20);
    g_assert_cmphex(get(0x0f), ==, 0x0a); /* the shutdown code outlives the reset it is for */
    mc146818_set_offset(rtc, 3600);
    g_assert_cmphex(get(4), ==, 0x01);
    stub_free(s);
}

static void test_life(void)
{
    setup();
    g_assert_cmpuint(state_layout_gap(mc146818_class.state), ==, SIZE_MAX);
    set(0x0b, 0x7a);
    step_ms(2000);
    g_assert_true(s->level[8]);
    chip_round_trip(&rtc->dev);
    device_reset(&rtc->dev);
    g_assert_false(s->level[8]);
    g_assert_cmphex(get(0x0b), ==, 0x02);
    for (uint32_t seed = 1; seed <= 4; seed++) {
        chip_walk(s, &rtc->dev, seed, 4000);
        for (uint8_t reg = 0; reg < 14; reg++) {
            set(reg, (uint8_t)(seed * 31 * reg));
            chip_walk(s, &rtc->dev, seed + reg, 200);
        }
    }
    chip_reset_twice(&rtc->dev);
    stub_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mc146818/calendar", test_calendar);
    g_test_add_func("/mc146818/registers", test_registers);
    g_test_add_func("/mc146818/time", test_time);
    g_test_add_func("/mc146818/set", test_set);
    g_test_add_func("/mc146818/uip", test_uip);
    g_test_add_func("/mc146818/update-ended", test_update_ended);
    g_test_add_func("/mc146818/periodic", test_periodic);
    g_test_add_func("/mc146818/alarm", test_alarm);
    g_test_add_func("/mc146818/divider", test_divider);
    g_test_add_func("/mc146818/host-steps", test_host_steps);
    g_test_add_func("/mc146818/step-over-alarm", test_step_over_alarm);
    g_test_add_func("/mc146818/cmos", test_cmos);
    g_test_add_func("/mc146818/life", test_life);
    return g_test_run();
}
