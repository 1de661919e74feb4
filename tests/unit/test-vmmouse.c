/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMware's backdoor and its mouse: calls in registers, events, whose turn it is, life. */
#include "core/cpu_regs.h"
#include "core/surface.h"
#include "hw/input/i8042.h"
#include "hw/input/vmmouse.h"
#include "tests/unit/chip-test.h"

const struct device_class *const device_classes[] = {&i8042_class, &vmmouse_class, NULL};

#define MAGIC 0x564d5868u
#define DATA 39
#define STATUS 40
#define COMMAND 41
#define READ_ID 0x45414552u
#define ABSOLUTE 0x53424152u
#define RELATIVE 0x4c455252u
#define DISABLE 0xf5u

static struct stub *s;
static struct i8042 *i8042;
static struct vmmouse *d;
static struct cpu_regs regs;
static GRand *shuffle; /* of the random walk: registers are never the same */

static bool get(void *opaque, struct cpu_regs *out)
{
    static const uint32_t words[] = {READ_ID, ABSOLUTE, RELATIVE, DISABLE, 1, 4, 7};

    (void)opaque;
    if (shuffle) {
        regs.r[CPU_AX] = MAGIC;
        regs.r[CPU_BX] = words[g_rand_int(shuffle) % G_N_ELEMENTS(words)];
        regs.r[CPU_CX] = g_rand_int(shuffle) % 48;
        regs.r[CPU_CX] = regs.r[CPU_CX] < 36 ? DATA + regs.r[CPU_CX] % 3 : regs.r[CPU_CX];
    }
    *out = regs;
    return true;
}

static void set(void *opaque, const struct cpu_regs *in)
{
    (void)opaque;
    regs = *in;
}

static const struct cpu_regs_ops regs_ops = {.get = get, .set = set};

static void begin(void)
{
    static const uint8_t uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

    s = stub_new(0);
    i8042 = i8042_new(&s->board, NULL, NULL);
    g_assert_nonnull(i8042);
    d = vmmouse_new(&s->board, i8042, UINT64_C(0x12345678), uuid, NULL);
    g_assert_nonnull(d);
    device_reset(&i8042->dev);
    device_reset(&d->dev);
    cpu_regs_provide(&regs_ops, NULL);
}

static void end(void)
{
    cpu_regs_provide(NULL, NULL);
    stub_free(s);
}

/* IN EAX, 5658h. Gives EAX; the rest is in regs. */
static uint32_t call(uint32_t command, uint32_t argument)
{
    regs = (struct cpu_regs){
        {UINT64_C(0xffffffff00000000) | MAGIC, argument, command, 0x5658, 0x51515151, 0xd1d1d1d1}};
    regs.r[CPU_AX] = (uint32_t)space_read(s->board.ports, 0x5658, 4);
    g_assert_null(device_check(&d->dev));
    return (uint32_t)regs.r[CPU_AX];
}

static uint32_t status(void)
{
    return call(STATUS, 0);
}

static void enable(uint32_t mode)
{
    call(COMMAND, READ_ID);
    g_assert_cmphex(call(DATA, 1), ==, 0x3442554a);
    call(COMMAND, mode);
}

static void expect(uint32_t buttons, uint32_t x, uint32_t y, uint32_t z)
{
    g_assert_cmphex(call(DATA, 4), ==, buttons);
    g_assert_cmphex(regs.r[CPU_BX], ==, x);
    g_assert_cmphex(regs.r[CPU_CX], ==, y);
    g_assert_cmphex(regs.r[CPU_DX], ==, z);
    g_assert_cmphex(regs.r[CPU_SI], ==, 0x51515151);
    g_assert_cmphex(regs.r[CPU_DI], ==, 0xd1d1d1d1);
}

static void test_board(void)
{
    begin();
    g_assert_cmphex(call(10, 0), ==, 6);
    g_assert_cmphex(regs.r[CPU_BX], ==, MAGIC);
    g_assert_cmphex(regs.r[CPU_CX], ==, 2);
    g_assert_cmphex(regs.r[CPU_DX], ==, 0x5658);
    g_assert_cmphex(call(20, 0), ==, 0x12345678);
    g_assert_cmphex(call(19, 0), ==, 0x04030201);
    g_assert_cmphex(regs.r[CPU_DX], ==, 0x100f0e0d);
    g_assert_cmphex(call(0x33, 77), ==, UINT32_MAX);
    g_assert_cmphex(regs.r[CPU_BX], ==, 77);
    call(45, 0);
    g_assert_cmphex(regs.r[CPU_BX], ==, UINT32_MAX);
    end();
}

/* Without the magic number, by another width, and by no CPU. */
static void test_others(void)
{
    begin();
    regs = (struct cpu_regs){{0x12345678, READ_ID, COMMAND}};
    g_assert_cmphex(space_read(s->board.ports, 0x5658, 4), ==, UINT32_MAX);
    regs.r[CPU_AX] = MAGIC;
    g_assert_cmphex(space_read(s->board.ports, 0x5658, 2), ==, UINT16_MAX);
    g_assert_cmphex(space_read(s->board.ports, 0x565a, 4), ==, UINT32_MAX);
    cpu_regs_provide(NULL, NULL);
    g_assert_cmphex(space_read(s->board.ports, 0x5658, 4), ==, UINT32_MAX);
    cpu_regs_provide(&regs_ops, NULL);
    g_assert_cmphex(status(), ==, 0xffff0000);
    regs = (struct cpu_regs){{MAGIC, READ_ID, COMMAND}}; /* OUT calls too, and gives EAX */
    space_write(s->board.ports, 0x5658, 4, 0);
    regs = (struct cpu_regs){{MAGIC, 0, STATUS}};
    space_write(s->board.ports, 0x5658, 4, 0);
    g_assert_cmphex(regs.r[CPU_AX], ==, 1);
    end();
}

static void test_absolute(void)
{
    begin();
    call(COMMAND, ABSOLUTE); /* not before its identity was asked for */
    g_assert_false(input_absolute());
    input_position(5, 5);
    g_assert_cmphex(status(), ==, 0xffff0000);
    enable(ABSOLUTE);
    g_assert_true(input_absolute());
    g_assert_cmphex(status(), ==, 0);
    input_position(0, INPUT_POSITION_MAX);
    g_assert_cmphex(status(), ==, 4);
    input_buttons(INPUT_LEFT | INPUT_EXTRA);
    input_buttons(INPUT_LEFT); /* nothing that it has */
    input_position(1000, 500);
    input_motion(7, 7, 0); /* positions are all that counts */
    input_motion(0, 0, -1);
    input_buttons(INPUT_RIGHT | INPUT_MIDDLE);
    expect(0, 0, 0xffff, 0);
    expect(0x20, 0, 0xffff, 0);
    expect(0x20, 2000, 1000, 0);
    expect(0x20, 2000, 1000, UINT32_MAX);
    expect(0x18, 2000, 1000, 0);
    g_assert_cmphex(status(), ==, 0);
    call(COMMAND, DISABLE);
    g_assert_false(input_absolute());
    input_position(9, 9);
    g_assert_cmphex(status(), ==, 0xffff0000);
    end();
}

static void test_relative(void)
{
    begin();
    enable(RELATIVE);
    g_assert_false(input_absolute());
    input_motion(10, -5, 1);
    input_position(3, 3);
    input_buttons(INPUT_LEFT);
    expect(0x10000, 10, 5, 1);
    expect(0x10020, 0, 0, 0);
    call(COMMAND, ABSOLUTE);
    g_assert_true(input_absolute());
    end();
}

/* More than there is turns it off. */
static void test_too_much(void)
{
    static const uint32_t counts[] = {0, 7, 5, UINT32_MAX};

    begin();
    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        enable(ABSOLUTE);
        input_position(1, 1);
        call(DATA, counts[i]);
        g_assert_cmphex(status() >> 16, ==, 0xffff);
        g_assert_false(input_absolute());
        device_reset(&d->dev);
    }
    end();
}

/* A driver that never fetches loses movements first, then buttons; what it gets is whole. */
static void test_full(void)
{
    begin();
    enable(ABSOLUTE);
    for (uint32_t i = 0; i < 1000; i++) {
        input_position(i, i);
    }
    g_assert_cmpuint(status(), ==, 4 * 48);
    for (uint32_t i = 0; i < 1000; i++) {
        input_buttons(i & 1);
    }
    g_assert_cmpuint(status(), ==, 4 * 64);
    call(COMMAND, READ_ID);
    g_assert_cmpuint(status(), ==, 4 * 64);
    for (uint32_t i = 0; i < 48; i++) {
        expect(0, i * 2, i * 2, 0);
    }
    end();
}

/* The PS/2 mouse interrupts for it, and hears nothing else while the turn is not its own. */
static void test_interrupt(void)
{
    begin();
    stub_outb(s, 0x64, 0x60);
    stub_outb(s, 0x60, 0x03);
    stub_outb(s, 0x64, 0xd4);
    stub_outb(s, 0x60, 0xf4);
    g_assert_cmphex(stub_inb(s, 0x60), ==, 0xfa);
    g_assert_false(s->level[12]);
    enable(ABSOLUTE);
    input_position(77, 77);
    clock_step(s->board.clock, 20 * NS_PER_MS);
    g_assert_true(s->level[12]);
    g_assert_cmphex(stub_inb(s, 0x60), ==, 0x08);
    clock_step(s->board.clock, NS_PER_MS);
    g_assert_cmphex(stub_inb(s, 0x60), ==, 0x01);
    clock_step(s->board.clock, NS_PER_MS);
    g_assert_cmphex(stub_inb(s, 0x60), ==, 0x00);
    input_buttons(INPUT_LEFT);
    clock_step(s->board.clock, 20 * NS_PER_MS);
    g_assert_cmphex(stub_inb(s, 0x60), ==, 0x08); /* no button there */
    end();
}

/* query-mice and mouse_set: the user has the last word until a driver asks again. */
static void test_turns(void)
{
    struct input_pointer p[INPUT_POINTERS];

    begin();
    g_assert_cmpuint(input_pointers(p), ==, 1);
    g_assert_cmpstr(p[0].name, ==, "QEMU PS/2 Mouse");
    g_assert_cmpuint(p[0].index, ==, 2);
    g_assert_true(p[0].current && !p[0].absolute);
    g_assert_false(input_pointer_use(3));
    enable(ABSOLUTE);
    g_assert_cmpuint(input_pointers(p), ==, 2);
    g_assert_cmpstr(p[1].name, ==, "vmmouse");
    g_assert_cmpuint(p[1].index, ==, 3);
    g_assert_true(p[1].current && p[1].absolute && !p[0].current);
    input_buttons(INPUT_LEFT);
    g_assert_true(input_pointer_use(2));
    g_assert_false(input_absolute());
    g_assert_false(input_pointer_use(0));
    g_assert_false(input_pointer_use(99));
    input_buttons(INPUT_LEFT | INPUT_RIGHT); /* the one that lost its turn is told: none */
    g_assert_cmpuint(status(), ==, 8);
    expect(0x20, 0, 0, 0);
    expect(0, 0, 0, 0);
    g_assert_true(input_pointer_use(3));
    g_assert_true(input_absolute());
    device_reset(&d->dev);
    g_assert_false(input_absolute());
    end();
}

static void test_life(void)
{
    g_autoptr(GByteArray) saved = NULL;
    struct vmmouse_state good;

    begin();
    g_assert_cmpuint(state_layout_gap(vmmouse_class.state), ==, SIZE_MAX);
    chip_reset_twice(&d->dev);
    enable(ABSOLUTE);
    input_position(100, 200);
    saved = chip_save(&d->dev);
    device_reset(&d->dev);
    g_assert_false(input_absolute());
    g_assert_true(device_load(&d->dev, saved->data, saved->len, NULL));
    g_assert_true(input_absolute());
    expect(0, 200, 400, 0);
    good = d->s;
#define REFUSED(change)                                                                            \
    do {                                                                                           \
        d->s.change;                                                                               \
        g_assert_nonnull(device_check(&d->dev));                                                   \
        d->s = good;                                                                               \
    } while (0)
    REFUSED(queue.h.len = 3);
    REFUSED(queue.h.len = VMMOUSE_QUEUE + 4);
    REFUSED(queue.h.head = VMMOUSE_QUEUE);
    REFUSED(status = 1);
    REFUSED(status = 0xffff);
    REFUSED(mode = 3);
    REFUSED(buttons = INPUT_SIDE);
#undef REFUSED
    end();
}

static void test_walk(void)
{
    begin();
    shuffle = g_rand_new_with_seed(7);
    for (unsigned i = 0; i < 40; i++) {
        input_position(i * 100, i);
        input_motion((int32_t)i, 1, i % 3 - 1);
        input_buttons(i);
        chip_walk(s, &d->dev, i, 200);
    }
    g_rand_free(shuffle);
    shuffle = NULL;
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vmmouse/board", test_board);
    g_test_add_func("/vmmouse/others", test_others);
    g_test_add_func("/vmmouse/absolute", test_absolute);
    g_test_add_func("/vmmouse/relative", test_relative);
    g_test_add_func("/vmmouse/too-much", test_too_much);
    g_test_add_func("/vmmouse/full", test_full);
    g_test_add_func("/vmmouse/interrupt", test_interrupt);
    g_test_add_func("/vmmouse/turns", test_turns);
    g_test_add_func("/vmmouse/life", test_life);
    g_test_add_func("/vmmouse/walk", test_walk);
    return g_test_run();
}
