/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a VNC client's keys and pointer become for the guest. */
#include "core/loop.h"
#include "core/surface.h"
#include "ui/client/remote.h"
#include "ui/vnc/vnc.h"

#include <string.h>

#define SHIFT 0xffe1u
#define SHIFT_R 0xffe2u
#define CONTROL 0xffe3u
#define CAPS 0xffe5u
#define ALT_R 0xffeau
#define LEVEL3 0xfe03u
#define KP_4 0xffb4u
#define KP_LEFT 0xff96u
#define KP_DECIMAL 0xffaeu
#define KP_ADD 0xffabu
#define LEFT 0xff51u
#define LIGHT_NUM 2u
#define LIGHT_CAPS 4u

/* -- the guest -- */

static GString *heard; /* "1e+ 1e- " */
static unsigned presses, releases;

void input_key(uint16_t code, bool down)
{
    g_string_append_printf(heard, "%x%c ", code, down ? '+' : '-');
    presses += down;
    releases += !down;
}

void input_motion(int32_t dx, int32_t dy, int32_t dz)
{
    g_string_append_printf(heard, "motion %d %d %d ", dx, dy, dz);
}

void input_position(uint32_t x, uint32_t y)
{
    g_string_append_printf(heard, "position %u %u ", x, y);
}

void input_buttons(uint32_t held)
{
    g_string_append_printf(heard, "buttons %x ", held);
}

static unsigned console, consoles;

unsigned remote_consoles(void)
{
    return consoles;
}

unsigned remote_console(void)
{
    return console;
}

void remote_turn(unsigned n)
{
    console = n;
    g_string_append_printf(heard, "turn %u ", n);
}

void remote_type(const char *bytes, size_t n)
{
    g_autofree char *all = g_strndup(bytes, n);
    g_autofree char *text = g_strescape(all, NULL);

    g_string_append_printf(heard, "type %s ", n == 1 && !bytes[0] ? "NUL" : text);
}

void remote_scroll(int lines)
{
    g_string_append_printf(heard, "scroll %d ", lines);
}

/* -- the client -- */

static void layout(const char *name, bool lock_sync, unsigned delay_ms)
{
    static struct vnc_config cfg;
    g_autoptr(GError) error = NULL;

    keymap_free(cfg.keymap);
    cfg.keymap = keymap_new(name, &error);
    g_assert_no_error(error);
    cfg.lock_sync = lock_sync;
    cfg.key_delay_ms = delay_ms;
    keys_open(&cfg);
    keys_leds(0);
    g_string_truncate(heard, 0);
}

static void hears(const char *want)
{
    g_assert_cmpstr(heard->str, ==, want);
    g_string_truncate(heard, 0);
}

static void tap(uint32_t keysym)
{
    keys_keysym(true, keysym);
    keys_keysym(false, keysym);
}

static void tap_code(uint32_t code, uint32_t keysym)
{
    keys_code(true, code, keysym);
    keys_code(false, code, keysym);
}

/* -- Shift and AltGr, by layout -- */

static void test_levels(void)
{
    layout("en-us", true, 0);
    tap('a');
    hears("1e+ 1e- ");
    tap('A'); /* of a program that sends no Shift */
    hears("2a+ 1e+ 2a- 1e- ");
    keys_keysym(true, SHIFT);
    tap('A');
    tap('/'); /* a layout that has it on Shift+7 */
    keys_keysym(false, SHIFT);
    hears("2a+ 1e+ 1e- 2a- 35+ 2a+ 35- 2a- ");
    keys_keysym(true, SHIFT_R);
    tap('"');
    keys_keysym(false, SHIFT_R);
    hears("36+ 28+ 28- 36- ");
    keys_keysym(true, CONTROL);
    tap('C'); /* a command: its key, and no Shift that the client does not hold */
    keys_keysym(false, CONTROL);
    hears("1d+ 2e+ 2e- 1d- ");

    layout("de", true, 0);
    tap('z');
    hears("15+ 15- ");
    tap('@');
    hears("e038+ 10+ e038- 10- ");
    keys_keysym(true, LEVEL3);
    tap('@');
    keys_keysym(false, LEVEL3);
    hears("e038+ 10+ 10- e038- ");
    keys_keysym(true, SHIFT); /* a US client */
    tap('@');
    keys_keysym(false, SHIFT);
    hears("2a+ 2a- e038+ 10+ e038- 2a+ 10- 2a- ");

    layout("fr", true, 0);
    tap('1');
    hears("2a+ 2+ 2a- 2- ");
    tap('a');
    hears("10+ 10- ");
    tap(0x4e00); /* no key of it */
    hears("");
}

/* The keysym that comes up is not the one that went down: its key is released all the same. */
static void test_crossed(void)
{
    layout("en-us", true, 0);
    keys_keysym(true, 'a');
    keys_keysym(true, SHIFT);
    keys_keysym(false, 'A');
    keys_keysym(false, SHIFT);
    hears("1e+ 2a+ 1e- 2a- ");
    keys_keysym(false, 'b'); /* pressed elsewhere */
    hears("");
    keys_code(false, 0x38, 0);
    hears("");
}

/* -- locks -- */

static void test_num_lock(void)
{
    layout("en-us", true, 0);
    tap(KP_4); /* the client's Num Lock is on */
    hears("45+ 45- 4b+ 4b- ");
    tap(KP_4); /* it is not pressed again, though the guest has not told of its light */
    hears("4b+ 4b- ");
    keys_leds(LIGHT_NUM);
    tap(KP_DECIMAL);
    hears("53+ 53- ");
    tap(KP_LEFT);
    hears("45+ 45- 4b+ 4b- ");
    keys_leds(0);
    tap(KP_ADD); /* the same with and without */
    tap(LEFT);   /* not of the keypad */
    hears("4e+ 4e- e04b+ e04b- ");
    keys_keysym(true, SHIFT);
    tap(KP_4);
    keys_keysym(false, SHIFT);
    hears("2a+ 4b+ 4b- 2a- ");

    tap_code(0x4b, KP_4);
    hears("45+ 45- 4b+ 4b- ");
    tap_code(0x4b, '4'); /* as some have it */
    hears("4b+ 4b- ");
    tap_code(0x4b, 0); /* no telling */
    hears("4b+ 4b- ");
    tap_code(0xcb, LEFT);
    hears("e04b+ e04b- ");
    tap_code(0x4b, LEFT);
    hears("45+ 45- 4b+ 4b- ");

    layout("en-us", false, 0);
    tap(KP_4);
    tap_code(0x4b, KP_4);
    hears("4b+ 4b- 4b+ 4b- ");
}

/* Where keys come as codes the guest makes characters of them: its Caps Lock has to be right. */
static void test_caps_codes(void)
{
    layout("en-us", true, 0);
    tap_code(0x1e, 'a');
    hears("1e+ 1e- ");
    tap_code(0x1e, 'A');
    hears("3a+ 3a- 1e+ 1e- ");
    tap_code(0x30, 'B');
    hears("30+ 30- ");
    keys_code(true, 0x2a, SHIFT);
    tap_code(0x1e, 'a');
    keys_code(false, 0x2a, SHIFT);
    hears("2a+ 1e+ 1e- 2a- ");
    tap_code(0x02, '1'); /* says nothing */
    hears("2+ 2- ");
    keys_code(true, 0x1d, CONTROL);
    tap_code(0x1e, 'a');
    keys_code(false, 0x1d, CONTROL);
    hears("1d+ 1e+ 1e- 1d- ");
    keys_leds(0); /* the guest has turned it off */
    tap_code(0x1e, 'A');
    hears("3a+ 3a- 1e+ 1e- ");
    tap_code(0x3a, CAPS); /* pressed by the user: the client's is off now, too */
    tap_code(0x1e, 'a');
    hears("3a+ 3a- 1e+ 1e- ");
    keys_code(true, 0x3a, CAPS);
    keys_code(true, 0x3a, CAPS); /* which repeats, and toggles once */
    keys_code(false, 0x3a, CAPS);
    tap_code(0x1e, 'A');
    hears("3a+ 3a+ 3a- 1e+ 1e- ");
}

/* Where they come as characters, Shift gives the right one. */
static void test_caps_keysyms(void)
{
    layout("en-us", true, 0);
    keys_leds(LIGHT_CAPS);
    tap('a');
    tap('A');
    hears("2a+ 1e+ 2a- 1e- 1e+ 1e- ");
    tap('1');
    hears("2+ 2- ");
    tap(CAPS);
    tap('A'); /* the guest need not have told yet */
    hears("3a+ 3a- 2a+ 1e+ 2a- 1e- ");
}

/* -- codes -- */

static void test_codes(void)
{
    layout("en-us", true, 0);
    tap_code(0x54, 0xff15); /* Alt+Print: the guest's keyboard makes SysRq of it */
    tap_code(0xb7, 0xff61);
    hears("e037+ e037- e037+ e037- ");
    tap_code(0xc6, 0xff6b); /* Ctrl+Pause: Break */
    hears("e11d+ e11d- ");
    keys_code(true, 0x9d, 0xffe4);
    tap_code(0xc6, 0xff6b);
    keys_code(false, 0x9d, 0xffe4);
    hears("e01d+ e11d+ e11d- e01d- ");
    tap_code(0, 'a');
    tap_code(0x100, 'a');
    tap_code(0xffffffff, 'a');
    hears("");
}

/* -- the queue -- */

/* However much comes, little waits; and every key that went down comes up. */
static void test_flood(void)
{
    gint64 until = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;

    layout("en-us", true, 1);
    presses = releases = 0;
    for (unsigned i = 0; i < 5000; i++) {
        keys_keysym(true, 'a' + i % 3);
    }
    for (unsigned i = 0; i < 100000; i++) {
        keys_keysym(false, 'a' + i % 3);
        keys_code(false, 1 + i % 0x7f, 0);
    }
    while (releases < 3 && g_get_monotonic_time() < until) {
        loop_iterate(true);
    }
    g_assert_cmpuint(presses, ==, 1025); /* the first went at once */
    g_assert_cmpuint(releases, ==, 3);
    g_assert_true(g_str_has_suffix(heard->str, "1e- 30- 2e- ") ||
                  g_str_has_suffix(heard->str, "2e- 1e- 30- ") ||
                  g_str_has_suffix(heard->str, "30- 2e- 1e- "));
    layout("en-us", true, 0);
}

/* -- the pointer -- */

static void test_pointer(void)
{
    pointer_absolute(true);
    pointer_event(0, 0, 0, 640, 400);
    pointer_event(1, 639, 399, 640, 400);
    hears("position 0 0 position 32767 32767 buttons 1 ");
    pointer_event(0, 65535, 65535, 640, 400);
    hears("position 32767 32767 buttons 0 ");
    pointer_event(0x08, 0, 0, 1, 1);
    hears("position 0 0 motion 0 0 -1 ");
    pointer_event(0x10, 0, 0, 0, 0);
    hears("position 0 0 motion 0 0 1 ");
    pointer_event(0, 0, 0, 640, 400);
    pointer_absolute(false);
    g_string_truncate(heard, 0);
    pointer_event(0, 100, 100, 640, 400); /* from where is not known */
    hears("");
    pointer_event(4, 90, 120, 640, 400);
    hears("motion -10 20 0 buttons 2 ");
    pointer_differences();
    pointer_event(4, 0x7fff, 0x7fff, 640, 400);
    hears("");
    pointer_event(0, 0x7fff - 3, 0x7fff + 4, 640, 400);
    hears("motion -3 4 0 buttons 0 ");
}

/* Ctrl+Alt and a digit; what is typed there is not the guest's. */
static void test_consoles(void)
{
    const uint32_t control = 0xffe3, alt = 0xffe9, up = 0xff52, page_up = 0xff55;

    layout("de", true, 0);
    keys_keysym(true, control);
    keys_keysym(true, alt);
    tap('2'); /* there are none: the guest's */
    hears("1d+ 38+ 3+ 3- ");
    consoles = 1;
    tap('3'); /* one that is not there: too */
    hears("4+ 4- ");
    tap('2');
    hears("turn 1 ");
    keys_keysym(false, alt);
    tap('z');
    hears("type \\032 ");
    keys_keysym(false, control);
    tap('z');
    tap(0xe4); /* ae */
    tap(0xff0d);
    tap(up);
    tap(KP_4);
    tap(KP_LEFT);
    tap(0xff08);
    hears("type z type \\303\\244 type \\r type \\033[A type 4 type \\033[D type \\177 ");
    keys_keysym(true, SHIFT);
    tap('A');
    tap(page_up);
    keys_keysym(false, SHIFT);
    hears("type A scroll -12 ");
    tap_code(0x1e, 'a'); /* the same by codes */
    tap_code(0xc8, up);
    hears("type a type \\033[A ");
    pointer_event(1, 5, 5, 640, 400);
    pointer_event(0x10, 5, 5, 640, 400);
    hears("scroll 3 ");
    pointer_event(0, 5, 5, 640, 400);
    keys_code(true, 0x1d, control);
    keys_code(true, 0x38, alt);
    tap_code(2, '1');
    keys_code(false, 0x38, alt);
    keys_code(false, 0x1d, control);
    hears("turn 0 ");
    tap('z');
    hears("15+ 15- ");
    consoles = 0;
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    loop_init();
    heard = g_string_new(NULL);
    g_test_add_func("/vnc-keys/levels", test_levels);
    g_test_add_func("/vnc-keys/crossed", test_crossed);
    g_test_add_func("/vnc-keys/num-lock", test_num_lock);
    g_test_add_func("/vnc-keys/caps-codes", test_caps_codes);
    g_test_add_func("/vnc-keys/caps-keysyms", test_caps_keysyms);
    g_test_add_func("/vnc-keys/codes", test_codes);
    g_test_add_func("/vnc-keys/flood", test_flood);
    g_test_add_func("/vnc-keys/pointer", test_pointer);
    g_test_add_func("/vnc-keys/consoles", test_consoles);
    return g_test_run();
}
