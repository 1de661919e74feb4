/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PS/2 keyboard and mouse by themselves: commands, scan code sets, packets, queues. */
#include "core/surface.h"
#include "hw/input/ps2_kbd.h"
#include "hw/input/ps2_mouse.h"

#include <glib.h>

/* core/device.c wants a list */
#include "core/device.h"
const struct device_class *const device_classes[] = {NULL};

static struct ps2_kbd_state k;
static struct ps2_mouse_state m;

/* What is queued, as hex. */
static void expect(struct ps2_state *s, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);

    while (!fifo_empty(&s->reply) || !fifo_empty(&s->events)) {
        uint8_t byte = fifo_empty(&s->reply) ? ps2_take_event(s) : ps2_take_reply(s);

        g_string_append_printf(got, "%s%02x", got->len ? " " : "", byte);
    }
    g_assert_cmpstr(got->str, ==, want);
}

static void kbd(uint8_t byte, const char *want)
{
    ps2_kbd_write(&k, byte);
    g_assert_null(ps2_kbd_check(&k));
    expect(&k.q, want);
}

static void key(uint16_t code, bool down, const char *want)
{
    ps2_kbd_key(&k, code, down);
    g_assert_null(ps2_kbd_check(&k));
    expect(&k.q, want);
}

static void test_commands(void)
{
    ps2_kbd_reset(&k);
    kbd(0xee, "ee");
    kbd(0xf2, "fa ab 83");
    kbd(0xff, "fa aa");
    kbd(0xf6, "fa");
    kbd(0x00, "fe");
    kbd(0xed, "fa");
    kbd(0x07, "fa");
    g_assert_cmphex(input_leds(), ==, 7);
    kbd(0xed, "fa");
    kbd(0x08, "fe"); /* not a legal value: once more */
    kbd(0x01, "fa");
    g_assert_cmphex(k.leds, ==, 1);
    kbd(0xed, "fa");
    kbd(0xf4, "fa"); /* a command instead */
    g_assert_cmphex(k.q.phase, ==, 0);
    kbd(0xed, "fa");
    kbd(0x99, "fe");
    kbd(0x99, "fc");
    kbd(0xf0, "fa");
    kbd(0x00, "fa 02");
    kbd(0xf3, "fa");
    kbd(0x7f, "fa");
    g_assert_cmphex(k.typematic, ==, 0x7f);
    kbd(0xee, "ee");
    kbd(0xfe, "ee");
    kbd(0xfe, "ee");
    kbd(0xf5, "fa");
    key(0x1e, true, "");
    kbd(0xf4, "fa");
    key(0x1e, true, "1c");
    kbd(0xff, "fa aa");
    g_assert_cmphex(k.leds, ==, 0);
}

static void test_overtake(void)
{
    ps2_kbd_reset(&k);
    ps2_kbd_key(&k, 0x1e, true);
    ps2_kbd_write(&k, 0xf2);
    ps2_kbd_write(&k, 0xee); /* drops the rest of the answer, not the key */
    expect(&k.q, "ee 1c");
}

static void test_set1_and_2(void)
{
    ps2_kbd_reset(&k);
    key(0x01, true, "76");
    key(0x01, false, "f0 76");
    key(0x41, true, "83");
    key(0xe01d, true, "e0 14");
    key(0xe01d, false, "e0 f0 14");
    key(INPUT_KEY_PAUSE, true, "e1 14 77 e1 f0 14 f0 77");
    key(INPUT_KEY_PAUSE, false, "");
    key(INPUT_KEY_PRINT, true, "e0 12 e0 7c");
    key(INPUT_KEY_PRINT, false, "e0 f0 7c e0 f0 12");
    key(0x1d, true, "14");
    key(INPUT_KEY_PAUSE, true, "e0 7e e0 f0 7e");
    key(INPUT_KEY_PRINT, true, "e0 7c");
    key(0x1d, false, "f0 14");
    key(INPUT_KEY_PRINT, false, "e0 f0 7c"); /* as it went down */
    key(0x38, true, "11");
    key(INPUT_KEY_PRINT, true, "84");
    key(INPUT_KEY_PRINT, false, "f0 84");
    key(0x38, false, "f0 11");
    kbd(0xf0, "fa");
    kbd(0x01, "fa");
    kbd(0xf0, "fa");
    kbd(0x00, "fa 01");
    key(0x1e, true, "1e");
    key(0x1e, false, "9e");
    key(0xe048, false, "e0 c8");
    key(INPUT_KEY_PAUSE, true, "e1 1d 45 e1 9d c5");
    key(INPUT_KEY_PRINT, true, "e0 2a e0 37");
    key(INPUT_KEY_PRINT, false, "e0 b7 e0 aa");
    key(0xe038, true, "e0 38");
    key(INPUT_KEY_PRINT, true, "54");
    key(INPUT_KEY_PRINT, false, "d4");
}

static void test_set3(void)
{
    ps2_kbd_reset(&k);
    kbd(0xf0, "fa");
    kbd(0x03, "fa");
    key(0x1e, true, "1c");
    key(0x1e, true, "1c"); /* repeats */
    key(0x1e, false, "");  /* and says nothing when released */
    key(0x2a, true, "12");
    key(0x2a, true, ""); /* a shift does the opposite */
    key(0x2a, false, "f0 12");
    key(0x3b, true, "07");
    key(0x3b, true, "");
    key(0x3b, false, "");
    key(INPUT_KEY_PAUSE, true, "62");
    key(0xe05b, true, "8b");
    kbd(0xfa, "fa"); /* all: typematic, make and break */
    key(0x1e, true, "1c");
    key(0x1e, true, "1c");
    key(0x1e, false, "f0 1c");
    kbd(0xf8, "fa");
    key(0x1e, true, "1c");
    key(0x1e, true, "");
    key(0x1e, false, "f0 1c");
    kbd(0xf9, "fa");
    key(0x1e, true, "1c");
    key(0x1e, false, "");
    kbd(0xfc, "fa"); /* A and B report releases */
    kbd(0x1c, "fa");
    kbd(0x32, "fa");
    key(0x1e, true, ""); /* scanning stopped */
    key(0x1e, false, "");
    kbd(0xf4, "fa");
    key(0x1e, true, "1c");
    key(0x1e, false, "f0 1c");
    key(0x30, true, "32");
    key(0x30, false, "f0 32");
    key(0x20, true, "23");
    key(0x20, false, "");
    kbd(0xf6, "fa"); /* back to set 2 */
    key(0x1e, true, "1c");
    key(0x1e, false, "f0 1c");
}

static void test_overrun(void)
{
    ps2_kbd_reset(&k);
    for (int i = 0; i < 10000000 / 100; i++) { /* CVE-2017-8379: a flood of keys is bounded */
        ps2_kbd_key(&k, 0x1e, i & 1);
    }
    expect(&k.q, "f0 1c 1c f0 1c 1c f0 1c 1c f0 1c 1c f0 1c 1c 00");
    key(0x1f, true, "1b");
    kbd(0xf0, "fa");
    kbd(0x01, "fa");
    for (int i = 0; i < 30; i++) {
        ps2_kbd_key(&k, 0x1f, true);
    }
    expect(&k.q, "1f 1f 1f 1f 1f 1f 1f 1f 1f 1f 1f 1f 1f 1f 1f 1f ff");
}

static void mouse(uint8_t byte, const char *want)
{
    ps2_mouse_write(&m, byte);
    g_assert_null(ps2_mouse_check(&m));
    expect(&m.q, want);
}

static void knock(uint8_t a, uint8_t b, uint8_t c)
{
    uint8_t rate[3] = {a, b, c};

    for (int i = 0; i < 3; i++) {
        mouse(0xf3, "fa");
        mouse(rate[i], "fa");
    }
}

static uint64_t now;

static void sample(const char *want)
{
    now += 100000000;
    ps2_mouse_sample(&m, now);
    g_assert_null(ps2_mouse_check(&m));
    expect(&m.q, want);
}

static void test_mouse_commands(void)
{
    ps2_mouse_reset(&m);
    mouse(0xff, "fa aa 00");
    mouse(0xf2, "fa 00");
    mouse(0xe9, "fa 00 02 64");
    mouse(0xe8, "fa");
    mouse(0x03, "fa");
    mouse(0xe8, "fa");
    mouse(0x04, "fe");
    mouse(0x05, "fc"); /* twice wrong: ended */
    mouse(0xf3, "fa");
    mouse(33, "fe");
    mouse(40, "fa");
    mouse(0xe7, "fa");
    mouse(0xf4, "fa");
    ps2_mouse_buttons(&m, INPUT_LEFT | INPUT_MIDDLE);
    mouse(0xe9, "fa 36 03 28");
    mouse(0xf0, "fa");
    mouse(0xe9, "fa 76 03 28");
    ps2_mouse_motion(&m, 10, -20, 0);
    sample(""); /* remote: only when asked */
    mouse(0xeb, "fa 0d 0a 14");
    mouse(0xeb, "fa 0d 00 00");
    mouse(0xea, "fa");
    mouse(0xee, "fa");
    mouse(0xf2, "f2"); /* wrap: everything comes back */
    mouse(0x55, "55");
    mouse(0xec, "fa");
    mouse(0xf6, "fa");
    mouse(0xe9, "fa 06 02 64");
    mouse(0xe1, "fe");
    mouse(0xee, "fa");
    mouse(0xff, "fa aa 00");
    mouse(0xfe, "00");
}

static void test_mouse_packets(void)
{
    ps2_mouse_reset(&m);
    ps2_mouse_motion(&m, 5, 5, 0); /* not reporting: forgotten */
    mouse(0xf4, "fa");
    sample("");
    ps2_mouse_motion(&m, 5, -7, 3);
    sample("08 05 07");
    ps2_mouse_motion(&m, -5, 7, 0);
    sample("38 fb f9");
    ps2_mouse_motion(&m, 300, 0, 0); /* nine bits, then the rest */
    sample("08 ff 00");
    sample("08 2d 00");
    ps2_mouse_motion(&m, -256, 0, 0);
    sample("18 01 00");
    sample("18 ff 00");
    ps2_mouse_buttons(&m, INPUT_RIGHT | INPUT_SIDE);
    sample("0a 00 00");
    ps2_mouse_buttons(&m, INPUT_RIGHT); /* a button that this mouse has not */
    sample("");
    mouse(0xe7, "fa");
    for (int i = 1; i <= 7; i++) {
        static const char *const want[] = {"0a 01 00", "0a 01 00", "0a 03 00", "0a 06 00",
                                           "0a 09 00", "0a 0c 00", "0a 0e 00"};

        ps2_mouse_motion(&m, i, 0, 0);
        sample(want[i - 1]);
    }
    ps2_mouse_motion(&m, INT32_MAX, INT32_MIN, INT32_MAX);
    ps2_mouse_motion(&m, INT32_MAX, INT32_MIN, INT32_MAX);
    g_assert_null(ps2_mouse_check(&m));
}

static void test_mouse_wheel(void)
{
    ps2_mouse_reset(&m);
    knock(200, 200, 80); /* without the first knock, too, as QEMU and most mice do */
    mouse(0xff, "fa aa 00");
    knock(200, 100, 80);
    mouse(0xf2, "fa 03");
    mouse(0xf4, "fa");
    ps2_mouse_motion(&m, 0, 0, 1);
    sample("08 00 00 01");
    ps2_mouse_motion(&m, 0, 0, -10);
    sample("08 00 00 f8");
    sample("08 00 00 fe");
    knock(200, 200, 80);
    mouse(0xf2, "fa 04");
    ps2_mouse_buttons(&m, INPUT_SIDE | INPUT_LEFT);
    sample("09 00 00 10");
    ps2_mouse_buttons(&m, INPUT_EXTRA);
    ps2_mouse_motion(&m, 0, 0, -1);
    sample("08 00 00 2f");
    knock(200, 100, 80);
    mouse(0xf2, "fa 04"); /* no way back but reset */
    mouse(0xff, "fa aa 00");
    mouse(0xf2, "fa 00");
}

static void test_mouse_queue(void)
{
    ps2_mouse_reset(&m);
    mouse(0xf4, "fa");
    for (int i = 0; i < 100000; i++) {
        ps2_mouse_buttons(&m, i & 1 ? INPUT_LEFT : 0);
        ps2_mouse_motion(&m, 1, 1, 1);
        g_assert_null(ps2_mouse_check(&m));
    }
    g_assert_cmpuint(fifo_len(&m.q.events), <=, PS2_MOUSE_BUFFER);
    g_assert_cmpuint(fifo_len(&m.q.events) % 3, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ps2/commands", test_commands);
    g_test_add_func("/ps2/overtake", test_overtake);
    g_test_add_func("/ps2/set1-and-2", test_set1_and_2);
    g_test_add_func("/ps2/set3", test_set3);
    g_test_add_func("/ps2/overrun", test_overrun);
    g_test_add_func("/ps2/mouse-commands", test_mouse_commands);
    g_test_add_func("/ps2/mouse-packets", test_mouse_packets);
    g_test_add_func("/ps2/mouse-wheel", test_mouse_wheel);
    g_test_add_func("/ps2/mouse-queue", test_mouse_queue);
    return g_test_run();
}
