/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmx-dm-term: what terminals send, and characters they cannot show. */
#include "core/cp437.h"
#include "core/surface.h"
#include "hw/pc/board.h"
#include "ui/term/glyphs.h"
#include "ui/term/keys.h"

#include <glib.h>
#include <string.h>

const struct device_class *const device_classes[] = {NULL};

#define SHIFT TERM_SHIFT
#define ALT TERM_ALT
#define CTRL TERM_CTRL

static size_t decode(const char *bytes, bool complete, struct term_key *k)
{
    memset(k, 0, sizeof(*k));
    return term_key_decode((const uint8_t *)bytes, strlen(bytes), complete, 0x7f, k);
}

static const struct {
    const char *bytes;
    uint16_t code;
    uint32_t unicode;
    unsigned modifiers;
} keys[] = {
    {"a", 0, 'a', 0},
    {"A", 0, 'A', 0},
    {" ", 0, ' ', 0},
    {"\r", 0x1c, 0, 0},
    {"\t", 0x0f, 0, 0},
    {"\x7f", 0x0e, 0, 0},
    {"\x01", 0, 'a', CTRL},
    {"\x08", 0, 'h', CTRL},
    {"\n", 0, 'j', CTRL},
    {"\x1a", 0, 'z', CTRL},
    {"\x1c", 0, '\\', CTRL},
    {"\x1f", 0, '_', CTRL},
    {"\033a", 0, 'a', ALT},
    {"\033\r", 0x1c, 0, ALT},
    {"\033\x18", 0, 'x', ALT | CTRL},
    {"\xc3\xa9", 0, 0xe9, 0}, /* UTF-8 */
    {"\033\xc3\xa9", 0, 0xe9, ALT},
    {"\xe2\x82\xac", 0, 0x20ac, 0},
    {"\xf0\x9f\x98\x80", 0, 0x1f600, 0},
    {"\033[A", 0xe048, 0, 0}, /* xterm, VT220 */
    {"\033[D", 0xe04b, 0, 0},
    {"\033OB", 0xe050, 0, 0},
    {"\033[H", 0xe047, 0, 0},
    {"\033OF", 0xe04f, 0, 0},
    {"\033[1;5C", 0xe04d, 0, CTRL},
    {"\033[1;4A", 0xe048, 0, SHIFT | ALT},
    {"\033[1;8F", 0xe04f, 0, SHIFT | ALT | CTRL},
    {"\033[Z", 0x0f, 0, SHIFT},
    {"\033[2~", 0xe052, 0, 0},
    {"\033[3;5~", 0xe053, 0, CTRL},
    {"\033[5~", 0xe049, 0, 0},
    {"\033[6~", 0xe051, 0, 0},
    {"\033[1~", 0xe047, 0, 0},
    {"\033[8~", 0xe04f, 0, 0},
    {"\033OP", 0x3b, 0, 0},
    {"\033OS", 0x3e, 0, 0},
    {"\033O5Q", 0x3c, 0, CTRL},
    {"\033[1;3R", 0x3d, 0, ALT},
    {"\033[11~", 0x3b, 0, 0},
    {"\033[15~", 0x3f, 0, 0},
    {"\033[17~", 0x40, 0, 0},
    {"\033[21~", 0x44, 0, 0},
    {"\033[23~", 0x57, 0, 0},
    {"\033[24;2~", 0x58, 0, SHIFT},
    {"\033[25~", 0x3b, 0, SHIFT},
    {"\033[[A", 0x3b, 0, 0}, /* Linux console */
    {"\033[[E", 0x3f, 0, 0},
    {"\033[a", 0xe048, 0, SHIFT}, /* rxvt */
    {"\033Od", 0xe04b, 0, CTRL},
    {"\033[3$", 0xe053, 0, SHIFT},
    {"\033[5^", 0xe049, 0, CTRL},
    {"\033[5@", 0xe049, 0, SHIFT | CTRL},
    {"\033\033[A", 0xe048, 0, ALT},
    {"\033OM", 0xe01c, 0, 0}, /* keypad */
    {"\033Oq", 0x4f, 0, 0},
    {"\033Ok", 0x4e, 0, 0},
    {"\033[97;5u", 0, 'a', CTRL}, /* characters by number */
    {"\033[27;6;65~", 0, 'A', SHIFT | CTRL},
    {"\033[13;2u", 0x1c, 0, SHIFT},
    {"\033[127;3u", 0x0e, 0, ALT},
    {"\033[27u", 0x01, 0, 0},
    {"\033[?62;4c", 0, 0, 0}, /* no keys */
    {"\033[99~", 0, 0, 0},
    {"\033[99999999999;5u", 0, 0, 0},
};

/* Each is one key, whole; none of its beginnings is one, unless nothing more comes. */
static void test_keys(void)
{
    struct term_key k;

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        size_t len = strlen(keys[i].bytes);

        g_test_message("%zu: %s", i, keys[i].bytes + (keys[i].bytes[0] == 0x1b));
        g_assert_cmpuint(decode(keys[i].bytes, false, &k), ==, len);
        g_assert_cmphex(k.code, ==, keys[i].code);
        g_assert_cmphex(k.unicode, ==, keys[i].unicode);
        g_assert_cmphex(k.modifiers, ==, keys[i].modifiers);
        for (size_t part = 1; part < len; part++) {
            g_autofree char *begin = g_strndup(keys[i].bytes, part);

            g_assert_cmpuint(decode(begin, false, &k), ==, 0);
            g_assert_cmpuint(decode(begin, true, &k), >, 0);
        }
    }
}

static void test_escape(void)
{
    struct term_key k;

    g_assert_cmpuint(decode("\033", true, &k), ==, 1);
    g_assert_cmphex(k.code, ==, 0x01);
    g_assert_cmpuint(decode("\033\033", true, &k), ==, 1);
    g_assert_cmphex(k.code, ==, 0x01);
    g_assert_cmpuint(decode("\033[", true, &k), ==, 2);
    g_assert_cmphex(k.unicode, ==, '[');
    g_assert_cmphex(k.modifiers, ==, ALT);
    g_assert_cmpuint(decode("\033O", true, &k), ==, 2);
    g_assert_cmphex(k.unicode, ==, 'O');
    /* two keys: the first alone is taken */
    g_assert_cmpuint(decode("\033[Ab", false, &k), ==, 3);
    g_assert_cmphex(k.code, ==, 0xe048);
}

/* A terminal whose Backspace is Ctrl-H. */
static void test_erase(void)
{
    struct term_key k;

    g_assert_cmpuint(term_key_decode((const uint8_t *)"\x08", 1, false, 0x08, &k), ==, 1);
    g_assert_cmphex(k.code, ==, 0x0e);
    g_assert_cmpuint(term_key_decode((const uint8_t *)"\x7f", 1, false, 0x08, &k), ==, 1);
    g_assert_cmphex(k.code, ==, 0xe053);
}

/* Whatever comes: some bytes are taken, no more than there are, and never is it waited for long. */
static void test_noise(void)
{
    static const char likely[] = "\033[O;0123456789~uABPZ$^@\xc3\xa9\xf0";

    for (int i = 0; i < 200000; i++) {
        uint8_t bytes[TERM_SEQUENCE_MAX + 2];
        size_t n = (size_t)g_test_rand_int_range(1, (int)sizeof(bytes) + 1), used;
        bool complete = g_test_rand_bit();
        struct term_key k = {0};

        for (size_t b = 0; b < n; b++) {
            bytes[b] = g_test_rand_int_range(0, 8)
                           ? (uint8_t)likely[g_test_rand_int_range(0, (int)sizeof(likely) - 1)]
                           : (uint8_t)g_test_rand_int_range(0, 256);
        }
        used = term_key_decode(bytes, n, complete, 0x7f, &k);
        g_assert_cmpuint(used, <=, n);
        g_assert_true(used || (!complete && n <= TERM_SEQUENCE_MAX));
        g_assert_false(k.code && k.unicode);
        g_assert_cmpuint(k.unicode, <=, 0x10ffff);
        g_assert_cmpuint(k.modifiers, <, 8);
    }
}

/* The one table in Unicode is that of iconv; the others have something for each. */
static void test_glyphs(void)
{
    for (unsigned c = 0x20; c < 0xff; c++) {
        const char in = (char)c;
        g_autofree char *out = g_convert(&in, 1, "UTF-8", "CP437", NULL, NULL, NULL);

        if (out && c != 0x7f) {
            g_assert_cmphex(cp437_unicode[c], ==, g_utf8_get_char(out));
        }
    }
    g_assert_cmphex(cp437_unicode[0], ==, ' ');
    g_assert_cmphex(cp437_unicode[0x7f], ==, 0x2302);
    g_assert_cmphex(cp437_unicode[0xff], ==, ' ');
    for (unsigned c = 0; c < 256; c++) {
        g_assert_true(term_ascii[c] >= 0x20 && term_ascii[c] < 0x7f);
        if (c >= 0x20 && c < 0x7f) {
            g_assert_cmpint(term_ascii[c], ==, (int)c);
            g_assert_cmpint(term_line[c], ==, 0);
        }
    }
    g_assert_cmpint(term_line[0xc4], ==, 'q');
    g_assert_cmpint(term_line[0xcd], ==, 'q');
    g_assert_cmpint(term_line[0xda], ==, 'l');
    g_assert_cmpint(term_ascii[0x81], ==, 'u');
    g_assert_cmpint(term_ascii[0xe1], ==, 's');
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/term/keys", test_keys);
    g_test_add_func("/term/escape", test_escape);
    g_test_add_func("/term/erase", test_erase);
    g_test_add_func("/term/noise", test_noise);
    g_test_add_func("/term/glyphs", test_glyphs);
    return g_test_run();
}
