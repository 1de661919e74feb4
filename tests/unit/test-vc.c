/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text consoles: a chardev of type vc, and viewers that turn to it. */
#include "chardev/chardev.h"
#include "core/console.h"
#include "view-rig.h"

#include <string.h>

static GString *received;
static uint32_t room;

static uint32_t guest_room(void *opaque)
{
    (void)opaque;
    return MIN(room, 2); /* some take little at a time */
}

static void guest_receive(void *opaque, const uint8_t *buf, uint32_t len)
{
    (void)opaque;
    g_assert_cmpuint(len, <=, room);
    room -= len;
    g_string_append_len(received, (const char *)buf, len);
}

static const struct line_guest_ops guest_ops = {.room = guest_room, .receive = guest_receive};

static struct line *make(const char *option, const char *id, const char *spec)
{
    g_autoptr(GError) error = NULL;
    struct line *l = chardev_from_spec(option, id, spec, &error);

    g_assert_no_error(error);
    if (received) {
        g_string_free(received, TRUE);
    }
    received = g_string_new(NULL);
    room = 4096;
    g_assert_true(line_attach(l, NULL, &guest_ops, NULL));
    return l;
}

static void says(struct line *l, const char *bytes)
{
    const struct console *c = console_nth(0, true);
    uint32_t before = console_generation(c);

    g_assert_cmpuint(line_write(l, bytes, (uint32_t)strlen(bytes)), ==, strlen(bytes));
    for (int i = 0; i < 3000 && console_generation(c) == before; i++) {
        loop_iterate(false);
        g_usleep(10000);
    }
    g_assert_cmpuint(console_generation(c), !=, before);
}

static void size_is(const char *spec, uint32_t columns, uint32_t rows)
{
    static struct surface_cells seen;
    struct line *l = make("-serial", "s", spec);

    g_assert_cmpstr(line_label(l), ==, "vc");
    g_assert_cmpstr(console_name(console_nth(0, true)), ==, "s");
    console_cells(console_nth(0, true), CONSOLE_FOLLOW, &seen);
    g_assert_cmpuint(seen.columns, ==, columns);
    g_assert_cmpuint(seen.rows, ==, rows);
    line_free(l);
    g_assert_null(console_nth(0, true));
}

static void refused(const char *spec, const char *part)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(chardev_from_spec("-serial", "s", spec, &error));
    g_assert_nonnull(strstr(error->message, part));
}

static void test_sizes(void)
{
    begin();
    size_is("vc", 80, 25);
    size_is("vc:80Cx24C", 80, 24);
    size_is("vc:800x600", 100, 37);
    size_is("vc:807x48C", 100, 48);
    refused("vc:0Cx25C", "cols=0");
    refused("vc:80Cx999C", "rows=999");
    refused("vc:7x600", "width=7");
    refused("vc:80", "expected stdio");
    refused("vcx", "expected stdio");
    end();
}

/* Monitors come before the board's ports, as their users know it. */
static void test_order(void)
{
    struct line *port, *monitor;

    begin();
    port = make("-serial", "serial0", "vc");
    monitor = make("-monitor", "monitor0", "vc");
    g_assert_cmpstr(console_name(console_nth(0, true)), ==, "monitor0");
    g_assert_cmpstr(console_name(console_nth(1, true)), ==, "serial0");
    g_assert_null(console_nth(2, true));
    chardev_make_private(monitor);
    g_assert_cmpstr(console_name(console_nth(0, false)), ==, "serial0");
    g_assert_null(console_nth(1, false));
    line_free(monitor);
    line_free(port);
    end();
}

/* What is typed reaches the guest in order, whenever it has room; there is an end to it. */
static void test_typed(void)
{
    g_autofree char *much = g_strnfill(60000, 'x');
    const struct console *c;
    struct line *l;

    begin();
    l = make("-serial", "s", "vc");
    c = console_nth(0, true);
    room = 3;
    console_type(c, (const uint8_t *)"12345", 5);
    g_assert_cmpstr(received->str, ==, "123");
    room = 100;
    line_ready(l);
    serve();
    g_assert_cmpstr(received->str, ==, "12345");
    says(l, "\033[6n");
    g_assert_cmpstr(received->str, ==, "12345\033[1;1R");
    room = 0;
    console_type(c, (const uint8_t *)much, 60000);
    console_type(c, (const uint8_t *)much, 60000);
    room = 1000000;
    line_ready(l);
    serve();
    g_assert_cmpuint(received->len, ==, 5 + 6 + 60000);
    line_free(l);
    end();
}

static unsigned shown;

static void first_shown(struct line *l)
{
    (void)l;
    shown++;
}

/* -- viewers -- */

/* All that is there to be heard; the last of each kind is kept. */
static struct heard {
    unsigned surfaces, modes, rows, damages, ends;
    struct view_message mode, consoles, row[SURFACE_MAX_ROWS];
} heard;

static void hear_all(int fd)
{
    struct view_message m;
    int pixels = -1;
    uint32_t type;

    memset(&heard, 0, sizeof(heard));
    while ((type = hear(fd, &m, &pixels)) != 0) {
        g_assert_cmpuint(type, !=, UINT32_MAX);
        heard.surfaces += type == VIEW_SURFACE;
        heard.damages += type == VIEW_DAMAGE && m.count > 0;
        heard.ends += type == VIEW_DAMAGE && m.count == 0;
        if (type == VIEW_TEXT_MODE) {
            heard.modes++;
            heard.mode = m;
        } else if (type == VIEW_TEXT_ROW) {
            g_assert_cmpuint(m.row.row, <, SURFACE_MAX_ROWS);
            heard.rows++;
            heard.row[m.row.row] = m;
        } else if (type == VIEW_CONSOLES) {
            heard.consoles = m;
        }
        if (pixels >= 0) {
            close(pixels);
            pixels = -1;
        }
    }
}

static void row_is(unsigned row, const char *want)
{
    for (size_t i = 0; want[i]; i++) {
        g_assert_cmpuint(heard.row[row].row.cells[i], ==, 0x0700 | (uint8_t)want[i]);
    }
}

static void type(int fd, const char *bytes)
{
    struct view_message m = {.type = VIEW_TYPE, .count = (uint32_t)strlen(bytes)};

    memcpy(m.text, bytes, m.count);
    g_assert_cmpint(send(fd, &m, sizeof(m), MSG_NOSIGNAL), ==, sizeof(m));
    serve();
}

static void tell(int fd, enum view_type what, uint32_t value)
{
    say(fd, what, value);
    serve();
    hear_all(fd);
}

static void test_viewer(void)
{
    struct line *l;
    int fd;

    begin();
    l = make("-serial", "s", "vc:40Cx4C");
    fd = viewer();
    say(fd, VIEW_SHOWN, 1);
    say(fd, VIEW_READY, 0);
    serve();
    hear_all(fd);
    g_assert_cmpuint(heard.consoles.count, ==, 1);
    g_assert_cmpstr(heard.consoles.text, ==, "s\n");
    g_assert_cmpuint(heard.modes, ==, 0);
    says(l, "hello\r\nyou\r\n3\r\n4\r\n5");
    type(fd, "not there");
    g_assert_cmpstr(received->str, ==, "");
    tell(fd, VIEW_READY, 0);
    tell(fd, VIEW_CONSOLE, 1);
    g_assert_cmpuint(heard.modes, ==, 1);
    g_assert_cmpuint(heard.mode.text_mode.columns, ==, 40);
    g_assert_cmpuint(heard.mode.text_mode.width, ==, 320);
    g_assert_cmpuint(heard.mode.text_mode.height, ==, 64);
    g_assert_cmpuint(heard.mode.text_mode.cursor_y, ==, 3);
    g_assert_cmpuint(heard.rows, ==, 4);
    row_is(0, "you");
    row_is(3, "5");
    g_assert_cmpuint(heard.ends, ==, 1);
    drawn = 1; /* the guest's screen changes: not for this viewer */
    width = 16;
    says(l, "!");
    hear_all(fd);
    g_assert_cmpuint(heard.rows + heard.modes + heard.surfaces, ==, 0); /* it is not ready */
    tell(fd, VIEW_READY, 0);
    g_assert_cmpuint(heard.rows, ==, 1);
    row_is(3, "5!");
    g_assert_cmpuint(heard.surfaces + heard.damages, ==, 0);
    type(fd, "typed");
    g_assert_cmpstr(received->str, ==, "typed");
    tell(fd, VIEW_READY, 0);
    tell(fd, VIEW_SCROLL, (uint32_t)-1);
    row_is(0, "hello");
    tell(fd, VIEW_READY, 0);
    type(fd, "x"); /* shows where it is typed again */
    hear_all(fd);
    row_is(0, "you");
    tell(fd, VIEW_READY, 0);
    tell(fd, VIEW_CONSOLE, 2); /* there is none */
    g_assert_cmpuint(heard.modes + heard.surfaces, ==, 0);
    tell(fd, VIEW_CONSOLE, 0);
    g_assert_cmpuint(heard.surfaces, ==, 1);
    g_assert_cmpuint(heard.damages, ==, 1);
    tell(fd, VIEW_CONSOLE, 1);
    g_assert_cmpuint(heard.rows, ==, 4);
    tell(fd, VIEW_READY, 0);
    line_free(l); /* it goes while it is looked at */
    serve();
    hear_all(fd);
    g_assert_cmpuint(heard.consoles.type, ==, VIEW_CONSOLES);
    g_assert_cmpuint(heard.consoles.count, ==, 0);
    g_assert_cmpuint(heard.surfaces, ==, 1);
    close(fd);
    end();
}

/* A viewer of letters goes between the guest's text and a console's. */
static void test_cells(void)
{
    struct line *l;
    int fd;

    begin();
    text = (struct surface_cells){.columns = 40, .rows = 4};
    text.cells[0] = 0x0700 | 'g';
    l = make("-serial", "s", "vc:40Cx4C");
    says(l, "console");
    fd = viewer();
    say(fd, VIEW_WANT, VIEW_WANT_CELLS);
    say(fd, VIEW_SHOWN, 1);
    tell(fd, VIEW_READY, 0);
    row_is(0, "g");
    tell(fd, VIEW_READY, 0);
    tell(fd, VIEW_CONSOLE, 1);
    g_assert_cmpuint(heard.modes, ==, 1);
    g_assert_cmpuint(heard.rows, ==, 4);
    g_assert_cmpuint(heard.ends, ==, 0);
    row_is(0, "console");
    tell(fd, VIEW_READY, 0);
    says(l, "\033[D\033[C"); /* as it was: no word, nor an answer to wait for */
    hear_all(fd);
    g_assert_cmpuint(heard.modes + heard.rows, ==, 0);
    says(l, "!");
    hear_all(fd);
    g_assert_cmpuint(heard.rows, ==, 1);
    row_is(0, "console!");
    tell(fd, VIEW_READY, 0);
    tell(fd, VIEW_CONSOLE, 0);
    g_assert_cmpuint(heard.rows, ==, 4);
    row_is(0, "g");
    text.columns = 0;
    close(fd);
    line_free(l);
    end();
}

/* A monitor's console begins when somebody turns to it, and only those who may are told of it. */
static void test_private(void)
{
    struct line *l;
    int fd;

    begin();
    l = make("-monitor", "m", "vc");
    g_assert_true(chardev_when_shown(l, first_shown));
    fd = viewer();
    say(fd, VIEW_SHOWN, 1);
    tell(fd, VIEW_READY, 0);
    g_assert_cmpstr(heard.consoles.text, ==, "m\n"); /* it came by itself: our own user */
    g_assert_cmpuint(shown, ==, 0);
    tell(fd, VIEW_READY, 0);
    tell(fd, VIEW_CONSOLE, 1);
    g_assert_cmpuint(shown, ==, 1);
    tell(fd, VIEW_READY, 0);
    tell(fd, VIEW_CONSOLE, 0);
    tell(fd, VIEW_CONSOLE, 1);
    g_assert_cmpuint(shown, ==, 1);
    close(fd);
    line_free(l);
    l = make("-serial", "s", "null");
    g_assert_false(chardev_when_shown(l, first_shown));
    line_free(l);
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vc/sizes", test_sizes);
    g_test_add_func("/vc/order", test_order);
    g_test_add_func("/vc/typed", test_typed);
    g_test_add_func("/vc/viewer", test_viewer);
    g_test_add_func("/vc/cells", test_cells);
    g_test_add_func("/vc/private", test_private);
    return g_test_run();
}
