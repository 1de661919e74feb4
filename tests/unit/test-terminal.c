/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal in memory: what programs send, and the screen that makes. */
#include "chardev/terminal.h"
#include "core/console.h"

#include <glib.h>
#include <string.h>

#define COLUMNS 20u
#define ROWS 5u

static struct surface_cells seen;
static GString *answers;

static void reply(void *opaque, const void *buf, uint32_t len)
{
    (void)opaque;
    g_string_append_len(answers, buf, len);
}

static struct terminal *begin(void)
{
    answers = g_string_new(NULL);
    return terminal_new(COLUMNS, ROWS, reply, NULL);
}

static void end(struct terminal *t)
{
    terminal_free(t);
    g_string_free(answers, TRUE);
}

static void say(struct terminal *t, const char *text)
{
    terminal_write(t, (const uint8_t *)text, (uint32_t)strlen(text));
}

/* Rows, without what is blank behind them, with | between. */
static char *picture(const struct terminal *t, uint64_t top)
{
    GString *s = g_string_new(NULL);

    terminal_cells(t, top, &seen);
    for (uint32_t y = 0; y < seen.rows; y++) {
        size_t keep = s->len;

        for (uint32_t x = 0; x < seen.columns; x++) {
            char c = (char)seen.cells[y * seen.columns + x];

            g_string_append_c(s, c ? c : ' ');
            keep = c && c != ' ' ? s->len : keep;
        }
        g_string_truncate(s, keep);
        g_string_append_c(s, '|');
    }
    while (s->len && s->str[s->len - 1] == '|') {
        g_string_truncate(s, s->len - 1);
    }
    return g_string_free(s, FALSE);
}

/* From a screen like a new one: this output makes this picture, with the cursor there. */
static void makes(const char *output, const char *want, uint32_t x, uint32_t y)
{
    struct terminal *t = begin();
    g_autofree char *got = NULL;

    say(t, output);
    got = picture(t, CONSOLE_FOLLOW);
    if (strcmp(got, want) != 0 || seen.cursor_x != x || seen.cursor_y != y) {
        g_autofree char *shown = g_strescape(output, NULL);

        g_error("%s makes \"%s\" with the cursor at %u %u, not \"%s\" at %u %u", shown, got,
                seen.cursor_x, seen.cursor_y, want, x, y);
    }
    end(t);
}

static void test_text(void)
{
    makes("", "", 0, 0);
    makes("hello", "hello", 5, 0);
    makes("a\r\nb\nc", "a|b| c", 2, 2);
    makes("ab\b\bc", "cb", 1, 0);
    makes("a\tb\tc", "a       b       c", 17, 0);
    makes("a\t\t\t\tb", "a                  b", 19, 0);
    makes("\a\017a\177\001b", "ab", 2, 0);
    /* the last column waits for what comes */
    makes("12345678901234567890", "12345678901234567890", 19, 0);
    makes("12345678901234567890\r\nx", "12345678901234567890|x", 1, 1);
    makes("123456789012345678901", "12345678901234567890|1", 1, 1);
    makes("\033[?7l123456789012345678901", "12345678901234567891", 19, 0);
    makes("1\n2\n3\n4\n5\r\nlast", " 2|  3|   4|    5|last", 4, 4);
    makes("\033[20ha\nb", "a|b", 1, 1);
}

static void test_move(void)
{
    makes("\033[3;4Hx", "||   x", 4, 2);
    makes("\033[99;99fx", "||||                   x", 19, 4);
    makes("\033[Hx\033[2Ay", "xy", 2, 0);
    makes("a\033[Bb\033[3Cc\033[2Dd\033[Ae", "a    e| b  dc", 6, 0);
    makes("abc\033[Ed\033[2;9Hf\033[Fg\033[5Gh\033[3di", "gbc h|d       f|     i", 6, 2);
    makes("a\0337\033[4;4Hb\0338c", "ac|||   b", 2, 0);
    makes("a\033[s\033[4;4Hb\033[uc", "ac|||   b", 2, 0);
    makes("a\033Db\033Mc\033Ed", "a c|db", 1, 1);
    makes("\033[12G\033[Zx\033[3g\r\ty", "        x          y", 19, 0);
    makes("\033[5G\033H\r\tx", "    x", 5, 0);
}

static void test_erase(void)
{
    makes("abcdef\033[3D\033[K", "abc", 3, 0);
    makes("abcdef\033[3D\033[1K", "    ef", 3, 0);
    makes("abcdef\033[2K", "", 6, 0);
    makes("a\r\nb\r\nc\033[2;1H\033[J", "a", 0, 1);
    makes("a\r\nb\r\nc\033[2;1H\033[1J", "||c", 0, 1);
    makes("a\r\nb\033[2J", "", 1, 1);
    makes("abcdef\033[4D\033[2X", "ab  ef", 2, 0);
    makes("abcdef\033[4D\033[2P", "abef", 2, 0);
    makes("abcdef\033[4D\033[2@", "ab  cdef", 2, 0);
    makes("abc\033[H\033[4hXY\033[4lZ", "XYZbc", 3, 0);
    makes("a\r\nb\r\nc\033[2H\033[L", "a||b|c", 0, 1);
    makes("a\r\nb\r\nc\033[2H\033[M", "a|c", 0, 1);
    makes("a\r\nb\r\nc\033[2H\033[9999M", "a", 0, 1);
}

static void test_region(void)
{
    const char *five = "1\r\n2\r\n3\r\n4\r\n5";
    g_autofree char *down = g_strconcat(five, "\033[2;4r\033[4;1H\nx", NULL);
    g_autofree char *up = g_strconcat(five, "\033[2;4r\033[2;1H\033Mx", NULL);
    g_autofree char *shift = g_strconcat(five, "\033[2;4r\033[S", NULL);
    g_autofree char *back = g_strconcat(five, "\033[2;4r\033[2T", NULL);
    g_autofree char *origin = g_strconcat(five, "\033[2;4r\033[?6h\033[9;1Hx\033[1;2Hy", NULL);
    g_autofree char *below = g_strconcat(five, "\033[2;4r\033[5;1H\n\nx", NULL);

    makes(down, "1|3|4|x|5", 1, 3);
    makes(up, "1|x|2|3|5", 1, 1);
    makes(shift, "1|3|4||5", 0, 0);
    makes(back, "1|||2|5", 0, 0);
    makes(origin, "1|2y|3|x|5", 2, 1);
    makes(below, "1|2|3|4|x", 1, 4); /* outside of it nothing scrolls */
    makes("\033[4;2rx", "x", 1, 0);
}

static void test_utf8(void)
{
    makes("\303\244x", "\204x", 2, 0);   /* ae */
    makes("\342\224\200", "\304", 1, 0); /* a line */
    makes("\342\202\254", "?", 1, 0);    /* no euro in 1981 */
    makes("\333\262", "\333\262", 2, 0); /* not UTF-8, though it starts so: code page 437 */
    makes("\304\304\304x", "\304\304\304x", 4, 0);
    makes("\303", "", 0, 0); /* waits */
    makes("\303\r\ny", "\303|y", 1, 1);
    makes("\300\200", "\300\200", 2, 0); /* longer than need be */
    makes("\360\237\230\200", "?", 1, 0);
    makes("\377\200", "\377\200", 2, 0);
    makes("\033(0lqk\033(Bq", "\332\304\277q", 4, 0);
    makes("\033)0\016x\017x", "\263x", 2, 0);
}

static uint16_t attribute_of(const char *output)
{
    struct terminal *t = begin();
    uint16_t cell;

    say(t, output);
    terminal_cells(t, CONSOLE_FOLLOW, &seen);
    cell = seen.cells[0];
    end(t);
    return (uint16_t)(cell >> 8);
}

static void test_colours(void)
{
    g_assert_cmphex(attribute_of("x"), ==, 0x07);
    g_assert_cmphex(attribute_of("\033[31mx"), ==, 0x04);
    g_assert_cmphex(attribute_of("\033[1;33;44mx"), ==, 0x1e);
    g_assert_cmphex(attribute_of("\033[94;101mx"), ==, 0xc9);
    g_assert_cmphex(attribute_of("\033[7mx"), ==, 0x70);
    g_assert_cmphex(attribute_of("\033[31;7mx"), ==, 0x40);
    g_assert_cmphex(attribute_of("\033[4mx"), ==, 0x0f);
    g_assert_cmphex(attribute_of("\033[2mx"), ==, 0x08);
    g_assert_cmphex(attribute_of("\033[8;44mx"), ==, 0x11);
    g_assert_cmphex(attribute_of("\033[1;31m\033[mx"), ==, 0x07);
    g_assert_cmphex(attribute_of("\033[31;39;44;49;1;22mx"), ==, 0x07);
    g_assert_cmphex(attribute_of("\033[38;5;9mx"), ==, 0x0c);
    g_assert_cmphex(attribute_of("\033[38;5;200;48;5;1mx"), ==, 0x47);
    g_assert_cmphex(attribute_of("\033[38;2;1;2;3;32mx"), ==, 0x02);
    g_assert_cmphex(attribute_of("\033[38mx"), ==, 0x07);
    g_assert_cmphex(attribute_of("\033[44m\033[K"), ==, 0x17);
}

static void test_swallowed(void)
{
    makes("\033]0;a title\007x", "x", 1, 0);
    makes("\033]0;a title\033\\x", "x", 1, 0);
    makes("\033P1;2|text\033[31mx", "x", 1, 0); /* another sequence ends it */
    makes("\033[>0;1qx\033[1 qy\033#8z\033%Gw", "xyzw", 4, 0);
    makes("\033[?2004h\033[?1hx", "x", 1, 0);
    makes("\033[12\030x", "x", 1, 0);
    makes("ab\033[1\r2Cx", "ab          x", 13,
          0); /* a control character in a sequence is done at once */
    makes("\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20mx", "x", 1, 0);
    makes("\033[99999999999999999999Bx", "||||x", 1, 4);
}

static void test_answers(void)
{
    struct terminal *t = begin();

    say(t, "\033[3;7H\033[6n\033[5n\033[c\033Z\033[>c");
    g_assert_cmpstr(answers->str, ==, "\033[3;7R\033[0n\033[?6c\033[?6c");
    end(t);
}

static void test_alternate(void)
{
    struct terminal *t = begin();
    char *p;

    say(t, "shell\033[?1049h\033[Heditor\r\n\n\n\n\n\n\n");
    p = picture(t, CONSOLE_FOLLOW);
    g_assert_cmpstr(p, ==, "");
    g_free(p);
    say(t, "\033[?1049l");
    p = picture(t, CONSOLE_FOLLOW);
    g_assert_cmpstr(p, ==, "shell");
    g_assert_cmpuint(seen.cursor_x, ==, 5);
    g_free(p);
    say(t, "\033[?25l");
    terminal_cells(t, CONSOLE_FOLLOW, &seen);
    g_assert_false(seen.cursor);
    say(t, "\033[?1049h\033c");
    p = picture(t, CONSOLE_FOLLOW);
    g_assert_cmpstr(p, ==, "");
    g_assert_true(seen.cursor);
    g_free(p);
    end(t);
}

static void test_history(void)
{
    struct terminal *t = begin();
    uint64_t top;
    char *p;

    for (unsigned i = 0; i < 3000; i++) {
        g_autofree char *line = g_strdup_printf("%u\r\n", i);

        say(t, line);
    }
    top = terminal_scroll(t, CONSOLE_FOLLOW, -2);
    p = picture(t, top);
    g_assert_cmpstr(p, ==, "2994|2995|2996|2997|2998");
    g_assert_false(seen.cursor);
    g_free(p);
    say(t, "more\r\n"); /* what is looked at stays */
    p = picture(t, top);
    g_assert_cmpstr(p, ==, "2994|2995|2996|2997|2998");
    g_free(p);
    g_assert_true(terminal_scroll(t, top, 3) == CONSOLE_FOLLOW);
    g_assert_true(terminal_scroll(t, top, INT32_MAX) == CONSOLE_FOLLOW);
    top = terminal_scroll(t, CONSOLE_FOLLOW, INT32_MIN);
    p = picture(t, top);
    g_assert_cmpstr(p, ==, "1997|1998|1999|2000|2001");
    g_free(p);
    p = picture(t, 0); /* long gone: the oldest */
    g_assert_cmpstr(p, ==, "1997|1998|1999|2000|2001");
    g_free(p);
    top = terminal_scroll(t, CONSOLE_FOLLOW, -1);
    terminal_cells(t, top, &seen);
    g_assert_false(seen.cursor);
    end(t);
    t = begin();
    say(t, "1\r\n2\r\n3\r\n4\r\n5\r\n6\033[H");
    top = terminal_scroll(t, CONSOLE_FOLLOW, -1);
    terminal_cells(t, top, &seen);
    g_assert_true(seen.cursor); /* it is in what is still seen */
    g_assert_cmpuint(seen.cursor_y, ==, 1);
    end(t);
}

/* Anything at all, at every size: nothing outside is touched, and it stays a terminal. */
static void test_noise(void)
{
    static const char often[] = "\033\033[[[[;;;??0123456789hlmrHABCDJKLMPSTX@cnsu(0\r\n\t\b";
    static const uint32_t sizes[][2] = {{1, 1}, {2, 1}, {1, 3}, {80, 25}, {240, 128}};

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct terminal *t;
        GRand *r = g_rand_new_with_seed(i);

        answers = g_string_new(NULL);
        t = terminal_new(sizes[i][0], sizes[i][1], reply, NULL);
        for (unsigned n = 0; n < 200000; n++) {
            uint32_t x = g_rand_int(r);
            uint8_t b = x & 0x100 ? (uint8_t)x : (uint8_t)often[x % (sizeof(often) - 1)];

            terminal_write(t, &b, 1);
            if (n % 5000 == 0) {
                terminal_cells(t, terminal_scroll(t, CONSOLE_FOLLOW, -(int32_t)(x % 2000)), &seen);
                g_string_truncate(answers, 0);
            }
        }
        say(t, "\033\\\030\033cok");
        terminal_cells(t, CONSOLE_FOLLOW, &seen);
        g_assert_cmphex(seen.cells[0] & 0xff, ==, sizes[i][0] * sizes[i][1] > 1 ? 'o' : 'k');
        end(t);
        g_rand_free(r);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/terminal/text", test_text);
    g_test_add_func("/terminal/move", test_move);
    g_test_add_func("/terminal/erase", test_erase);
    g_test_add_func("/terminal/region", test_region);
    g_test_add_func("/terminal/utf8", test_utf8);
    g_test_add_func("/terminal/colours", test_colours);
    g_test_add_func("/terminal/swallowed", test_swallowed);
    g_test_add_func("/terminal/answers", test_answers);
    g_test_add_func("/terminal/alternate", test_alternate);
    g_test_add_func("/terminal/history", test_history);
    g_test_add_func("/terminal/noise", test_noise);
    return g_test_run();
}
