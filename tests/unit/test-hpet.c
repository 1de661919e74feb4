/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hw/timer/hpet.c: IA-PC HPET 1.0a. */
#include "hw/timer/hpet.h"

#include "tests/unit/chip-test.h"

const struct device_class *const device_classes[] = {&hpet_class, NULL};

#define CONF 0x10
#define ISR 0x20
#define COUNT 0xf0
#define T_CONF(n) (0x100 + 0x20 * (n))
#define T_CMP(n) (0x108 + 0x20 * (n))

#define ENABLE 1u
#define LEGACY 2u
#define LEVEL 0x2u
#define INT 0x4u
#define PERIODIC 0x8u
#define VAL_SET 0x40u
#define MODE32 0x100u
#define ROUTE(n) ((n) << 9)

struct rig {
    struct stub *s;
    struct hpet *h;
    struct irq_pin pit, rtc;
    unsigned mutes;
    bool muted;
};

static void mute(void *opaque, bool on)
{
    struct rig *r = opaque;

    r->mutes++;
    r->muted = on;
}

static struct rig *start(void)
{
    struct rig *r = g_new0(struct rig, 1);
    GError *error = NULL;

    r->s = stub_new(0);
    r->h = hpet_new(&r->s->board, mute, r, &error);
    g_assert_no_error(error);
    irq_pin_init(&r->pit, hpet_legacy_line(r->h, 0));
    irq_pin_init(&r->rtc, hpet_legacy_line(r->h, 1));
    device_reset(&r->h->dev);
    return r;
}

static void stop(struct rig *r)
{
    irq_set(&r->pit, false);
    irq_set(&r->rtc, false);
    stub_free(r->s);
    g_free(r);
}

static uint64_t rd(struct rig *r, unsigned at, unsigned width)
{
    return space_read(r->s->board.mem, HPET_BASE + at, width);
}

static void wr(struct rig *r, unsigned at, uint64_t v)
{
    space_write(r->s->board.mem, HPET_BASE + at, 4, v);
}

static void wr64(struct rig *r, unsigned at, uint64_t v)
{
    space_write(r->s->board.mem, HPET_BASE + at, 8, v);
}

static void step(struct rig *r, uint64_t ns)
{
    clock_step(r->s->board.clock, ns);
}

static void test_registers(void)
{
    struct rig *r = start();

    g_assert_cmphex(rd(r, 0, 8), ==, 0x009896808086a201);
    g_assert_cmphex(rd(r, 0, 4), ==, 0x8086a201);
    g_assert_cmpuint(rd(r, 4, 4), ==, 10000000); /* 10 ns in fs */
    g_assert_cmphex(rd(r, CONF, 4), ==, 0);
    g_assert_cmphex(rd(r, COUNT, 8), ==, 0);
    for (unsigned n = 0; n < 3; n++) {
        g_assert_cmphex(rd(r, T_CONF(n), 8), ==, 0x00ff000000000030);
        g_assert_cmphex(rd(r, T_CMP(n), 8), ==, UINT64_MAX);
    }
    g_assert_cmphex(rd(r, T_CONF(3), 8), ==, 0);
    wr64(r, 0, 0);
    g_assert_cmphex(rd(r, 0, 4), ==, 0x8086a201);
    wr64(r, CONF, UINT64_MAX & ~UINT64_C(1));
    g_assert_cmphex(rd(r, CONF, 8), ==, 2);
    wr(r, T_CONF(0), ROUTE(20u));
    wr(r, T_CONF(0), 0xffffffff & ~(0x3e00u)); /* route 0 is none of ours: it stays */
    g_assert_cmphex(rd(r, T_CONF(0), 4), ==, 0x17e | ROUTE(20u));
    stop(r);
}

static void test_counter(void)
{
    struct rig *r = start();

    step(r, 1000);
    g_assert_cmpuint(rd(r, COUNT, 8), ==, 0); /* halted */
    wr64(r, COUNT, UINT64_C(0xfffffff0));
    wr(r, CONF, ENABLE);
    step(r, 320);
    g_assert_cmphex(rd(r, COUNT, 8), ==, UINT64_C(0x100000010));
    g_assert_cmphex(rd(r, COUNT + 4, 4), ==, 1);
    wr64(r, COUNT, 5); /* not while it runs */
    g_assert_cmphex(rd(r, COUNT, 4), ==, 0x10);
    wr(r, CONF, 0);
    step(r, 1000000);
    g_assert_cmphex(rd(r, COUNT, 4), ==, 0x10);
    wr(r, COUNT + 4, 7);
    g_assert_cmphex(rd(r, COUNT, 8), ==, UINT64_C(0x700000010));
    wr(r, CONF, ENABLE);
    step(r, 10);
    g_assert_cmphex(rd(r, COUNT, 8), ==, UINT64_C(0x700000011));
    stop(r);
}

static void test_one_shot(void)
{
    struct rig *r = start();
    unsigned *raised = r->s->raised;

    wr(r, CONF, ENABLE);
    wr(r, T_CONF(2), INT | ROUTE(20u));
    wr64(r, T_CMP(2), 100000);
    step(r, 999990);
    g_assert_cmpuint(raised[20], ==, 0);
    step(r, 10);
    g_assert_cmpuint(raised[20], ==, 1); /* an edge: the line is low again */
    g_assert_false(r->s->level[20]);
    g_assert_cmphex(rd(r, ISR, 4), ==, 0);
    step(r, 10 * NS_PER_SEC);
    g_assert_cmpuint(raised[20], ==, 1);
    wr64(r, T_CMP(2), 5); /* too late: at once */
    g_assert_cmpuint(raised[20], ==, 2);
    wr(r, T_CONF(2), ROUTE(20u)); /* disabled */
    wr64(r, T_CMP(2), rd(r, COUNT, 8) + 10);
    step(r, NS_PER_SEC);
    g_assert_cmpuint(raised[20], ==, 2);
    g_assert_cmpuint(clock_deadline(r->s->board.clock), ==, TIMER_NEVER);
    stop(r);
}

static void test_level(void)
{
    struct rig *r = start();

    wr(r, CONF, ENABLE);
    wr(r, T_CONF(1), INT | LEVEL | ROUTE(21u));
    wr64(r, T_CMP(1), 10000);
    step(r, 100000);
    g_assert_true(r->s->level[21]);
    g_assert_cmphex(rd(r, ISR, 4), ==, 2);
    wr(r, T_CONF(1), INT | LEVEL | ROUTE(22u)); /* moves along */
    g_assert_false(r->s->level[21]);
    g_assert_true(r->s->level[22]);
    wr(r, CONF, 0);
    g_assert_false(r->s->level[22]);
    wr(r, CONF, ENABLE);
    g_assert_true(r->s->level[22]);
    wr(r, ISR, 2);
    g_assert_false(r->s->level[22]);
    g_assert_cmphex(rd(r, ISR, 4), ==, 0);
    stop(r);
}

/* As Linux sets up its tick: legacy routing, 32 bits, periodic with VAL_SET. */
static void test_legacy_periodic(void)
{
    struct rig *r = start();
    unsigned *raised = r->s->raised;

    irq_set(&r->pit, true);
    g_assert_true(r->s->level[0]); /* passes through */
    irq_set(&r->rtc, true);
    g_assert_true(r->s->level[8]);
    irq_set(&r->rtc, false);
    wr(r, CONF, ENABLE | LEGACY);
    g_assert_true(r->muted);
    g_assert_false(r->s->level[0]);
    irq_set(&r->pit, false);
    irq_set(&r->pit, true);
    irq_set(&r->rtc, true);
    g_assert_false(r->s->level[0] || r->s->level[8]);
    raised[0] = raised[8] = 0;
    wr(r, T_CONF(0), INT | PERIODIC | VAL_SET | MODE32);
    wr(r, T_CMP(0), 100000);
    wr(r, T_CMP(0), 400000); /* 4 ms */
    g_assert_cmphex(rd(r, T_CONF(0), 4) & VAL_SET, ==, 0);
    step(r, NS_PER_MS);
    g_assert_cmpuint(raised[0], ==, 1);
    g_assert_cmpuint(rd(r, T_CMP(0), 8), ==, 500000);
    for (unsigned i = 0; i < 249; i++) {
        step(r, 4 * NS_PER_MS);
    }
    g_assert_cmpuint(raised[0], ==, 250);
    g_assert_cmpuint(raised[8], ==, 0);
    wr(r, T_CONF(1), INT);
    wr64(r, T_CMP(1), rd(r, COUNT, 8) + 1000);
    step(r, NS_PER_MS);
    g_assert_cmpuint(raised[8], ==, 1);
    wr(r, CONF, ENABLE); /* given back */
    g_assert_false(r->muted);
    g_assert_cmpuint(r->mutes, ==, 2);
    g_assert_true(r->s->level[0] && r->s->level[8]);
    stop(r);
}

/* The comparator of 32 bits goes round with the counter; a long stop costs one interrupt. */
static void test_wrap_and_catch_up(void)
{
    struct rig *r = start();
    unsigned *raised = r->s->raised;

    wr64(r, COUNT, UINT64_C(0xfffffff0));
    wr(r, CONF, ENABLE);
    wr(r, T_CONF(0), INT | PERIODIC | VAL_SET | MODE32 | ROUTE(16u));
    wr(r, T_CMP(0), 0x10000);
    wr(r, T_CMP(0), 0x20000);
    step(r, 10 * (0x10000 + 0x10));
    g_assert_cmpuint(raised[16], ==, 1);
    g_assert_cmphex(rd(r, T_CMP(0), 8), ==, 0x30000);
    wr(r, T_CONF(0), PERIODIC | MODE32 | ROUTE(16u));
    step(r, 3600 * NS_PER_SEC);
    wr(r, T_CONF(0), INT | PERIODIC | MODE32 | ROUTE(16u));
    g_assert_cmpuint(raised[16], <=, 2);
    step(r, 10 * 0x20000);
    g_assert_cmpuint(raised[16], <=, 3);
    g_assert_cmpuint(raised[16], >=, 2);
    /* a period of nothing is no timer */
    wr(r, T_CMP(0), 0);
    step(r, NS_PER_SEC);
    g_assert_cmpuint(clock_deadline(r->s->board.clock), ==, TIMER_NEVER);
    /* a period of one tick is as fast as the core lets it be */
    wr(r, T_CMP(0), 1);
    raised[16] = 0;
    step(r, 10 * NS_PER_MS);
    g_assert_cmpuint(raised[16], <=, 10 * NS_PER_MS / TIMER_MIN_PERIOD_NS + 1);
    g_assert_cmpuint(raised[16], >, 0);
    stop(r);
}

static void test_state(void)
{
    struct rig *r = start();
    struct device *d = &r->h->dev;
    g_autoptr(GByteArray) saved = NULL;

    g_assert_cmpuint(state_layout_gap(hpet_class.state), ==, SIZE_MAX);
    wr(r, CONF, ENABLE | LEGACY);
    wr(r, T_CONF(0), INT | LEVEL);
    wr64(r, T_CMP(0), 100);
    step(r, NS_PER_MS);
    g_assert_true(r->s->level[0]);
    saved = chip_save(d);
    device_reset(d);
    g_assert_false(r->s->level[0]);
    g_assert_false(r->muted);
    g_assert_true(device_load(d, saved->data, saved->len, NULL));
    g_assert_true(r->s->level[0]);
    g_assert_true(r->muted);
    chip_reset_twice(d);
    for (uint32_t seed = 1; seed < 4; seed++) {
        wr(r, CONF, ENABLE | LEGACY);
        chip_walk(r->s, d, seed, 20000);
    }
    stop(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hpet/registers", test_registers);
    g_test_add_func("/hpet/counter", test_counter);
    g_test_add_func("/hpet/one-shot", test_one_shot);
    g_test_add_func("/hpet/level", test_level);
    g_test_add_func("/hpet/legacy-periodic", test_legacy_periodic);
    g_test_add_func("/hpet/wrap-and-catch-up", test_wrap_and_catch_up);
    g_test_add_func("/hpet/state", test_state);
    return g_test_run();
}
