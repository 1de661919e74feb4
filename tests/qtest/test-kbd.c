/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 8042, keyboard and PS/2 mouse: the dialogue of BIOSes and of i8042.c, atkbd and psmouse. */
#include "tests/qtest/libqtest.h"

#define OBF 0x01
#define IBF 0x02
#define AUX 0x20

static void ready(struct qtest *q)
{
    for (int i = 0; qtest_inb(q, 0x64) & IBF; i++) {
        g_assert_cmpint(i, <, 100);
        qtest_clock_step(q, 1000000);
    }
}

static void command(struct qtest *q, uint8_t c)
{
    ready(q);
    qtest_outb(q, 0x64, c);
}

static void data(struct qtest *q, uint8_t c)
{
    ready(q);
    qtest_outb(q, 0x60, c);
}

/* The next byte, from the keyboard side or the mouse's. */
static uint8_t get(struct qtest *q, bool aux)
{
    uint8_t status;

    for (int i = 0; !((status = qtest_inb(q, 0x64)) & OBF); i++) {
        g_assert_cmpint(i, <, 1000);
        qtest_clock_step(q, 1000000);
    }
    g_assert_cmphex(status & AUX, ==, aux ? AUX : 0);
    return qtest_inb(q, 0x60);
}

static void flush(struct qtest *q)
{
    for (int i = 0; i < 32; i++) {
        if (qtest_inb(q, 0x64) & OBF) {
            qtest_inb(q, 0x60);
        }
        qtest_clock_step(q, 1000000);
    }
    g_assert_cmphex(qtest_inb(q, 0x64) & OBF, ==, 0);
}

static void mouse(struct qtest *q, uint8_t c)
{
    command(q, 0xd4);
    data(q, c);
    g_assert_cmphex(get(q, true), ==, 0xfa);
}

static void test_controller(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    flush(q);
    command(q, 0xaa);
    g_assert_cmphex(get(q, false), ==, 0x55);
    command(q, 0xab);
    g_assert_cmphex(get(q, false), ==, 0x00);
    command(q, 0xa9);
    g_assert_cmphex(get(q, false), ==, 0x00);
    command(q, 0x60);
    data(q, 0x65);
    command(q, 0x20);
    g_assert_cmphex(get(q, false), ==, 0x65);
    command(q, 0xa7); /* mouse off, as bit 5 of the command byte shows */
    command(q, 0x20);
    g_assert_cmphex(get(q, false) & 0x20, ==, 0x20);
    command(q, 0xa8);
    command(q, 0x20);
    g_assert_cmphex(get(q, false) & 0x20, ==, 0x00);
    command(q, 0xd3); /* write the mouse's output buffer: how i8042.c finds the AUX port */
    data(q, 0x5a);
    g_assert_cmphex(get(q, true), ==, 0x5a);
    qtest_quit(q);
}

static void test_keyboard(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    flush(q);
    command(q, 0x60);
    data(q, 0x20); /* no translation, no interrupts */
    data(q, 0xff);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    g_assert_cmphex(get(q, false), ==, 0xaa);
    data(q, 0xf2);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    g_assert_cmphex(get(q, false), ==, 0xab);
    g_assert_cmphex(get(q, false), ==, 0x83);
    data(q, 0xee);
    g_assert_cmphex(get(q, false), ==, 0xee);
    data(q, 0xed);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    data(q, 0x02);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    data(q, 0xf0); /* which scan code set? */
    g_assert_cmphex(get(q, false), ==, 0xfa);
    data(q, 0x00);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    g_assert_cmphex(get(q, false), ==, 0x02);
    data(q, 0xf3);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    data(q, 0x2b);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    data(q, 0xf4);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    qtest_quit(q);
}

/* A key goes down, and up after a while. */
static void press(struct qtest *q, const char *key)
{
    qtest_qmp_ok(q,
                 "{'execute':'send-key','arguments':{'keys':[{'type':'qcode','data':'%s'}],"
                 "'hold-time':10}}",
                 key);
}

static void test_keys(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    flush(q);
    command(q, 0x60);
    data(q, 0x41); /* translated, with interrupts */
    data(q, 0xf4);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    g_assert_false(qtest_irq(q, 1));
    press(q, "a");
    qtest_irq_wait(q, 1, 100);
    g_assert_cmphex(get(q, false), ==, 0x1e);
    g_assert_false(qtest_irq(q, 1));
    g_assert_cmphex(get(q, false), ==, 0x9e);
    press(q, "up");
    g_assert_cmphex(get(q, false), ==, 0xe0);
    g_assert_cmphex(get(q, false), ==, 0x48);
    g_assert_cmphex(get(q, false), ==, 0xe0);
    g_assert_cmphex(get(q, false), ==, 0xc8);
    /* set 2 as the keyboard sends it */
    command(q, 0x60);
    data(q, 0x01);
    press(q, "f1");
    g_assert_cmphex(get(q, false), ==, 0x05);
    g_assert_cmphex(get(q, false), ==, 0xf0);
    g_assert_cmphex(get(q, false), ==, 0x05);
    /* scanning disabled: nothing comes */
    data(q, 0xf5);
    g_assert_cmphex(get(q, false), ==, 0xfa);
    press(q, "b");
    qtest_clock_step(q, 100000000);
    g_assert_cmphex(qtest_inb(q, 0x64) & OBF, ==, 0);
    qtest_quit(q);
}

static void test_mouse(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    flush(q);
    command(q, 0xa8);
    command(q, 0x60);
    data(q, 0x43);
    mouse(q, 0xff);
    g_assert_cmphex(get(q, true), ==, 0xaa);
    g_assert_cmphex(get(q, true), ==, 0x00);
    mouse(q, 0xf2);
    g_assert_cmphex(get(q, true), ==, 0x00);
    /* the knock of the wheel mouse */
    mouse(q, 0xf3);
    mouse(q, 200);
    mouse(q, 0xf3);
    mouse(q, 100);
    mouse(q, 0xf3);
    mouse(q, 80);
    mouse(q, 0xf2);
    g_assert_cmphex(get(q, true), ==, 0x03);
    mouse(q, 0xe9); /* status: stream mode, disabled, resolution, rate */
    g_assert_cmphex(get(q, true) & 0x60, ==, 0x00);
    get(q, true);
    g_assert_cmpuint(get(q, true), ==, 80);
    mouse(q, 0xf4);
    if (!qtest_has_command(q, "input-send-event")) {
        g_test_skip("the identity of the mouse is right; its motion: no input-send-event");
        qtest_quit(q);
        return;
    }
    qtest_qmp_ok(q, "{'execute':'input-send-event','arguments':{'events':["
                    "{'type':'rel','data':{'axis':'x','value':5}},"
                    "{'type':'rel','data':{'axis':'y','value':3}}]}}");
    qtest_irq_wait(q, 12, 100);
    g_assert_cmphex(get(q, true) & 0x2f, ==, 0x28); /* y is negative: up is positive there */
    g_assert_cmphex(get(q, true), ==, 5);
    g_assert_cmphex(get(q, true), ==, (uint8_t)-3);
    g_assert_cmphex(get(q, true), ==, 0); /* wheel */
    qtest_quit(q);
}

static void test_a20(void)
{
    struct qtest *q = qtest_start("-m 16");
    uint8_t out;

    if (!q) {
        return;
    }
    flush(q);
    command(q, 0xd1);
    data(q, 0xdf);
    command(q, 0xd0);
    out = get(q, false);
    g_assert_cmphex(out & 0x03, ==, 0x03);
    qtest_outb(q, 0x92, (qtest_inb(q, 0x92) | 0x02) & 0xfe);
    g_assert_cmphex(qtest_inb(q, 0x92) & 0x03, ==, 0x02);
    qtest_quit(q);
}

/* FEh pulses the reset line, as does bit 0 of port 92h. */
static void test_reset(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_outb(q, 0x21, 0x5a);
    command(q, 0xfe);
    g_free(qtest_qmp_event(q, "RESET"));
    qtest_outb(q, 0x92, 0x03);
    g_free(qtest_qmp_event(q, "RESET"));
    g_assert_cmphex(qtest_inb(q, 0x64) & IBF, ==, 0);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kbd/controller", test_controller);
    g_test_add_func("/kbd/keyboard", test_keyboard);
    g_test_add_func("/kbd/keys", test_keys);
    g_test_add_func("/kbd/mouse", test_mouse);
    g_test_add_func("/kbd/a20", test_a20);
    g_test_add_func("/kbd/reset", test_reset);
    return g_test_run();
}
