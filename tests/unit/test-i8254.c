/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interval timer against the 8254 datasheet. */
#include "hw/timer/i8254.h"
#include "tests/unit/chip-test.h"

const struct device_class *const device_classes[] = {&i8254_class, NULL};

static struct stub *s;
static struct i8254 *pit;

static void setup(void)
{
    s = stub_new(0);
    pit = i8254_new(&s->board, &s->board.gsi[0], NULL);
    g_assert_nonnull(pit);
    device_reset(&pit->dev);
}

/* Move to the ns at which so many ticks of the PIT have passed since time 0. */
static uint64_t ticks_done;

static void to_tick(uint64_t tick)
{
    ticks_done = tick;
    clock_set(s->board.clock, (tick * NS_PER_SEC + I8254_HZ - 1) / I8254_HZ);
}

static void ticks(uint64_t n)
{
    to_tick(ticks_done + n);
}

static void begin(void)
{
    setup();
    to_tick(100);
}

static void program(unsigned counter, uint8_t control, uint32_t count)
{
    uint8_t access = control >> 4 & 3;

    stub_outb(s, 0x43, (uint8_t)(counter << 6 | control));
    if (access & 1) {
        stub_outb(s, (uint16_t)(0x40 + counter), (uint8_t)count);
    }
    if (access & 2) {
        stub_outb(s, (uint16_t)(0x40 + counter), (uint8_t)(count >> 8));
    }
}

static uint8_t status(unsigned counter)
{
    stub_outb(s, 0x43, (uint8_t)(0xe0 | 2u << counter));
    return stub_inb(s, (uint16_t)(0x40 + counter));
}

static uint32_t value(unsigned counter)
{
    uint32_t v;

    stub_outb(s, 0x43, (uint8_t)(counter << 6));
    v = stub_inb(s, (uint16_t)(0x40 + counter));
    return v | (uint32_t)stub_inb(s, (uint16_t)(0x40 + counter)) << 8;
}

static bool out(unsigned counter)
{
    return status(counter) & 0x80;
}

static bool out2(void)
{
    return stub_inb(s, 0x61) & 0x20;
}

static void gate2(bool level)
{
    stub_outb(s, 0x61, level);
}

/* CVE-2015-3214, CVE-2010-0309: the control port has no counter behind it. */
static void test_read_control(void)
{
    begin();
    for (unsigned i = 0; i < 256; i++) {
        stub_outb(s, 0x43, (uint8_t)i);
        g_assert_cmphex(stub_inb(s, 0x43), ==, 0);
        g_assert_cmphex(space_read(s->board.ports, 0x40, 4) >> 24, ==, 0);
    }
    stub_free(s);
}

static void test_mode0(void)
{
    begin();
    program(0, 0x30, 1000);
    g_assert_cmphex(status(0), ==, 0x70); /* null until the next clock */
    ticks(1);
    g_assert_cmphex(status(0), ==, 0x30);
    g_assert_cmpuint(value(0), ==, 1000);
    ticks(400);
    g_assert_cmpuint(value(0), ==, 600);
    g_assert_false(s->level[0]);
    stub_outb(s, 0x40, 0x2c); /* the first byte stops the count */
    ticks(5000);
    g_assert_false(out(0));
    stub_outb(s, 0x40, 0x01); /* 300 */
    ticks(300);
    g_assert_false(out(0));
    g_assert_cmpuint(s->raised[0], ==, 0);
    ticks(1); /* N + 1 clocks after the write */
    g_assert_true(out(0));
    g_assert_true(s->level[0]);
    g_assert_cmpuint(s->raised[0], ==, 1);
    ticks(10); /* goes on counting through 0 */
    g_assert_cmpuint(value(0), ==, 65526);
    ticks(200000);
    g_assert_cmpuint(s->raised[0], ==, 1);
    stub_free(s);
}

static void test_mode1(void)
{
    begin();
    program(2, 0x32, 100);
    ticks(500);
    g_assert_true(out2()); /* armed, not triggered */
    g_assert_cmphex(status(2), ==, 0xf2);
    gate2(true);
    ticks(1);
    g_assert_false(out2());
    g_assert_cmphex(status(2), ==, 0x32);
    ticks(50);
    g_assert_cmpuint(value(2), ==, 50);
    gate2(false); /* only the rise counts */
    gate2(true);  /* retriggers */
    ticks(100);
    g_assert_false(out2());
    ticks(1);
    g_assert_true(out2());
    gate2(false);
    stub_outb(s, 0x42, 10); /* a new count waits for a trigger */
    stub_outb(s, 0x42, 0);
    g_assert_cmphex(status(2) & 0x40, ==, 0x40);
    gate2(true);
    ticks(10);
    g_assert_false(out2());
    ticks(1);
    g_assert_true(out2());
    stub_free(s);
}

static void test_mode2(void)
{
    uint64_t raised;

    begin();
    program(0, 0x34, 1000);
    ticks(1);
    g_assert_cmpuint(value(0), ==, 1000);
    ticks(998);
    g_assert_cmpuint(value(0), ==, 2);
    g_assert_true(out(0));
    ticks(1);
    g_assert_cmpuint(value(0), ==, 1);
    g_assert_false(out(0)); /* low for one clock */
    raised = s->raised[0];
    ticks(1);
    g_assert_true(out(0));
    g_assert_cmpuint(value(0), ==, 1000);
    g_assert_cmpuint(s->raised[0], ==, raised + 1);
    ticks(1000 * 50);
    g_assert_cmpuint(s->raised[0], ==, raised + 51);
    ticks(300);
    stub_outb(s, 0x40, 0x64); /* 100: from the end of this cycle on */
    stub_outb(s, 0x40, 0);
    g_assert_cmphex(status(0), ==, 0xf4);
    g_assert_cmpuint(value(0), ==, 700);
    ticks(699);
    g_assert_cmpuint(value(0), ==, 1);
    ticks(1);
    g_assert_cmpuint(value(0), ==, 100);
    g_assert_cmphex(status(0), ==, 0xb4);
    g_assert_cmpuint(s->raised[0], ==, raised + 52);
    ticks(1000);
    g_assert_cmpuint(s->raised[0], ==, raised + 62);
    stub_free(s);
}

static void check_mode3(uint32_t n)
{
    begin();
    program(0, 0x36, n);
    for (uint32_t cycle = 0; cycle < 3; cycle++) {
        for (uint32_t i = 0; i < n; i++) {
            uint32_t high = (n + 1) / 2, in = i < high ? i : i - high;

            ticks(1);
            g_assert_cmpuint(out(0), ==, i < high);
            g_assert_cmpuint(value(0), ==, (n & ~1u) - 2 * in);
        }
    }
    stub_free(s);
}

static void test_mode3(void)
{
    uint64_t raised;

    check_mode3(10);
    check_mode3(11);
    check_mode3(2);
    check_mode3(3);
    begin();
    program(0, 0x36, 0); /* 65536: the 18.2 Hz of a PC */
    raised = s->raised[0];
    ticks(1 + 65536 * 20);
    g_assert_cmpuint(s->raised[0], ==, raised + 20);
    g_assert_true(s->level[0]);
    ticks(32768);
    g_assert_false(s->level[0]);
    ticks(100); /* in the low half: a new count takes over at its end */
    stub_outb(s, 0x40, 0xe8);
    stub_outb(s, 0x40, 0x03);
    ticks(32667);
    g_assert_cmphex(status(0), ==, 0x76);
    ticks(1);
    g_assert_cmphex(status(0), ==, 0xb6);
    g_assert_cmpuint(value(0), ==, 1000);
    g_assert_true(s->level[0]);
    ticks(200); /* in the high half: takes over for the low half */
    stub_outb(s, 0x40, 0x58);
    stub_outb(s, 0x40, 0x02);
    ticks(299);
    g_assert_true(out(0));
    ticks(1);
    g_assert_false(out(0));
    g_assert_cmpuint(value(0), ==, 600);
    ticks(299);
    g_assert_false(out(0));
    ticks(1);
    g_assert_true(out(0));
    stub_free(s);
}

static void test_mode4(void)
{
    uint64_t raised;

    begin();
    program(0, 0x38, 500);
    raised = s->raised[0];
    ticks(500);
    g_assert_true(out(0));
    ticks(1);
    g_assert_false(out(0));
    ticks(1);
    g_assert_true(out(0));
    g_assert_cmpuint(s->raised[0], ==, raised + 1);
    ticks(300000);
    g_assert_cmpuint(s->raised[0], ==, raised + 1);
    stub_free(s);
}

static void test_mode5(void)
{
    begin();
    program(2, 0x3a, 500);
    ticks(1000);
    g_assert_true(out2());
    gate2(true);
    ticks(500);
    g_assert_true(out2());
    ticks(1);
    g_assert_false(out2());
    ticks(1);
    g_assert_true(out2());
    stub_free(s);
}

/* Gate low holds modes 0 and 4, and stops and restarts modes 2 and 3 with OUT high. */
static void test_gate(void)
{
    begin();
    gate2(true);
    program(2, 0x30, 1000);
    ticks(101);
    gate2(false);
    ticks(5000);
    g_assert_cmpuint(value(2), ==, 900);
    gate2(true);
    ticks(899);
    g_assert_false(out2());
    ticks(1);
    g_assert_true(out2());
    for (uint8_t mode = 2; mode <= 3; mode++) {
        gate2(true);
        program(2, (uint8_t)(0x30 | mode << 1), 1000);
        ticks(1000);
        g_assert_false(out2());
        gate2(false);
        g_assert_true(out2());
        ticks(123);
        g_assert_true(out2());
        stub_outb(s, 0x42, 0xc8);
        stub_outb(s, 0x42, 0);
        gate2(true);
        ticks(1);
        g_assert_cmpuint(value(2), ==, 200);
    }
    gate2(false);
    program(2, 0x34, 100); /* counts nothing until the gate opens */
    ticks(777);
    g_assert_cmpuint(value(2), ==, 100);
    stub_free(s);
}

static void test_bcd(void)
{
    begin();
    program(0, 0x35, 0x1234);
    ticks(1);
    g_assert_cmphex(value(0), ==, 0x1234);
    ticks(35);
    g_assert_cmphex(value(0), ==, 0x1199);
    program(0, 0x31, 0); /* 10000 */
    ticks(1);
    g_assert_cmphex(value(0), ==, 0);
    ticks(1);
    g_assert_cmphex(value(0), ==, 0x9999);
    ticks(9998);
    g_assert_false(out(0));
    ticks(1);
    g_assert_true(out(0));
    ticks(1);
    g_assert_cmphex(value(0), ==, 0x9999);
    for (unsigned v = 0; v < 0x10000; v += 7) { /* any digits */
        program(0, 0x35, v);
        ticks(3);
        g_assert_cmpstr(device_check(&pit->dev), ==, NULL);
    }
    stub_free(s);
}

static void test_access(void)
{
    begin();
    program(0, 0x10, 0x80); /* low byte only, mode 0 */
    ticks(1);
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x80);
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x80);
    program(0, 0x20, 0x8000); /* high byte only */
    ticks(1);
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x80);
    ticks(256);
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x7f);
    stub_outb(s, 0x43, 0);
    ticks(256);
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x7f); /* latched, one byte */
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x7e);
    program(1, 0x30, 0x1234);
    ticks(1);
    g_assert_cmphex(stub_inb(s, 0x41), ==, 0x34);
    g_assert_cmphex(stub_inb(s, 0x41), ==, 0x12);
    g_assert_cmphex(stub_inb(s, 0x41), ==, 0x34);
    stub_free(s);
}

static void test_latch_and_read_back(void)
{
    begin();
    program(0, 0x34, 0x1000);
    program(1, 0x16, 0x12);
    program(2, 0x30, 0x2000);
    ticks(1);
    stub_outb(s, 0x43, 0x00);
    ticks(0x10);
    stub_outb(s, 0x43, 0x00); /* the first latch stands */
    stub_outb(s, 0x43, 0xc0 | 0x02);
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0xb4); /* status comes first */
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x00);
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x10);
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0xf0); /* live again */
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x0f);
    stub_outb(s, 0x43, 0xc0 | 0x0e); /* all counters, both */
    ticks(5);
    g_assert_cmphex(stub_inb(s, 0x42), ==, 0x30);
    g_assert_cmphex(stub_inb(s, 0x42), ==, 0x00); /* held by its gate */
    g_assert_cmphex(stub_inb(s, 0x42), ==, 0x20);
    g_assert_cmphex(stub_inb(s, 0x41) & 0x7f, ==, 0x16);
    g_assert_cmphex(stub_inb(s, 0x41), ==, 0x12 - 2 * (0x10 % 9));
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0xb4);
    stub_outb(s, 0x43, 0xf0 | 0x0e); /* neither */
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0xf0);
    g_assert_cmphex(stub_inb(s, 0x40), ==, 0x0f);
    stub_outb(s, 0x43, 0x00);
    stub_outb(s, 0x43, 0x34); /* a control word drops what was latched */
    g_assert_cmphex(status(0), ==, 0xf4);
    stub_free(s);
}

static void test_port61(void)
{
    unsigned toggles = 0;
    uint8_t last;

    begin();
    g_assert_cmphex(stub_inb(s, 0x61) & ~0x10, ==, 0);
    stub_outb(s, 0x61, 0xff);
    g_assert_cmphex(stub_inb(s, 0x61) & ~0x10, ==, 3);
    stub_outb(s, 0x61, 0xfe);
    g_assert_cmphex(stub_inb(s, 0x61) & ~0x10, ==, 2);
    last = stub_inb(s, 0x61);
    for (unsigned i = 0; i < 1000; i++) { /* 1 ms: every 15.1 us */
        clock_step(s->board.clock, 1000);
        toggles += (stub_inb(s, 0x61) ^ last) >> 4 & 1;
        last = stub_inb(s, 0x61);
    }
    g_assert_cmpuint(toggles, >=, 65);
    g_assert_cmpuint(toggles, <=, 67);
    stub_free(s);
}

/* The shortest periods do not fire faster than the core allows; edges are not lost altogether. */
static void test_storm(void)
{
    for (uint8_t mode = 2; mode <= 3; mode++) {
        for (uint32_t n = 1; n < 5; n++) {
            unsigned before;

            begin();
            program(0, (uint8_t)(0x30 | mode << 1), n);
            before = s->raised[0];
            clock_step(s->board.clock, 100 * NS_PER_MS);
            g_assert_cmpuint(s->raised[0] - before, <=, 2001);
            g_assert_cmpuint(s->raised[0] - before, >=, n < 2 ? 0 : 1900);
            stub_free(s);
        }
    }
}

/* A timer that is served late gives one edge, whatever the level is by then. */
static void test_late(void)
{
    begin();
    program(0, 0x36, 1000);
    ticks(1);
    g_assert_cmpuint(s->raised[0], ==, 1); /* the control word takes OUT high */
    timer_cancel(&pit->timer);             /* as if the loop were busy */
    ticks(5700);                           /* high, fell and rose five times, low now */
    g_assert_cmpuint(s->raised[0], ==, 1);
    g_assert_false(out(0));
    g_assert_cmpuint(s->raised[0], ==, 2);
    g_assert_false(s->level[0]);
    timer_cancel(&pit->timer);
    ticks(1000 * 3 + 500);
    stub_inb(s, 0x43);
    g_assert_cmpuint(s->raised[0], ==, 3);
    g_assert_true(s->level[0]);
    ticks(10000); /* and goes on */
    g_assert_cmpuint(s->raised[0], ==, 13);
    stub_free(s);
}

static void test_life(void)
{
    begin();
    g_assert_cmpuint(state_layout_gap(i8254_class.state), ==, SIZE_MAX);
    program(0, 0x36, 1000);
    program(2, 0x34, 1000);
    ticks(1234);
    chip_round_trip(&pit->dev);
    for (uint32_t seed = 1; seed <= 8; seed++) {
        chip_walk(s, &pit->dev, seed, 4000);
    }
    chip_reset_twice(&pit->dev);
    g_assert_false(s->level[0]);
    g_assert_cmpuint(clock_deadline(s->board.clock), ==, TIMER_NEVER);
    stub_free(s);
}

/* A state may claim that more was counted than time has passed; the gate makes no bad one of it. */
static void test_held_too_long(void)
{
    g_autoptr(GByteArray) state = g_byte_array_new();

    begin();
    program(2, 0x30, 1000); /* mode 0, the gate is low */
    pit->s.counter[2].held = UINT64_C(1) << 40;
    g_assert_cmpstr(device_check(&pit->dev), ==, NULL);
    device_save(&pit->dev, state);
    g_assert_true(device_load(&pit->dev, state->data, state->len, NULL));
    stub_outb(s, 0x61, 0x01);
    g_assert_cmpstr(device_check(&pit->dev), ==, NULL);
    g_assert_cmphex(stub_inb(s, 0x61) & 0x20, ==, 0x20); /* the count ended long ago */
    stub_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8254/read-control", test_read_control);
    g_test_add_func("/i8254/mode0", test_mode0);
    g_test_add_func("/i8254/mode1", test_mode1);
    g_test_add_func("/i8254/mode2", test_mode2);
    g_test_add_func("/i8254/mode3", test_mode3);
    g_test_add_func("/i8254/mode4", test_mode4);
    g_test_add_func("/i8254/mode5", test_mode5);
    g_test_add_func("/i8254/gate", test_gate);
    g_test_add_func("/i8254/bcd", test_bcd);
    g_test_add_func("/i8254/access", test_access);
    g_test_add_func("/i8254/latch-and-read-back", test_latch_and_read_back);
    g_test_add_func("/i8254/port61", test_port61);
    g_test_add_func("/i8254/storm", test_storm);
    g_test_add_func("/i8254/late", test_late);
    g_test_add_func("/i8254/held-too-long", test_held_too_long);
    g_test_add_func("/i8254/life", test_life);
    return g_test_run();
}
