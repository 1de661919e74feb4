/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmx-dm-top on a terminal, by ncurses: see screen.h. */
#include "ui/top/screen.h"

#include <ncurses.h>
#include <string.h>
#include <unistd.h>

#define PERIOD_MIN_US (G_USEC_PER_SEC / 4)
#define PERIOD_MAX_US (64 * G_USEC_PER_SEC)

static const char *const help[] = {
    "up, down, k, j   choose a machine, whose devices are shown below",
    "PgUp, PgDn       scroll them",
    "w                each window (ports, memory) of a device by itself, or devices",
    "t                figures since the machine's start, or of the last interval",
    "s, S             sort the machines by the next column, or the one before",
    "+, -             longer, shorter intervals",
    "space            look now",
    "h, ?             this, or not",
    "q                quit",
    NULL,
};

bool screen_open(GError **error)
{
    const char *term = g_getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "this is no terminal: with -b figures are printed as text");
        return false;
    }
    if (!newterm(NULL, stdout, stdin)) {
        g_set_error(
            error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
            "TERM=%s: not a terminal that ncurses knows; with -b figures are printed as text",
            term ? term : "");
        return false;
    }
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    return true;
}

void screen_close(void)
{
    endwin();
}

/* -- drawing -- */

static void put_line(int row, enum line_style style, const char *text)
{
    attr_t how = style == LINE_HEAD ? A_BOLD : style == LINE_CHOSEN ? A_REVERSE : A_NORMAL;
    int width = getmaxx(stdscr);
    g_autofree char *cut =
        g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), MAX(width - 1, 0)));

    attrset(how);
    mvaddstr(row, 0, cut);
    if (style == LINE_CHOSEN) {
        for (int x = getcurx(stdscr); x < width - 1; x++) {
            addch(' ');
        }
    }
    attrset(A_NORMAL);
    clrtoeol();
}

static const struct machine *chosen_of(const struct screen *s, const GPtrArray *order, guint *at)
{
    *at = 0;
    for (guint i = 0; s->chosen && i < order->len; i++) {
        if (strcmp(((const struct machine *)order->pdata[i])->entry, s->chosen) == 0) {
            *at = i;
        }
    }
    return order->len ? order->pdata[*at] : NULL;
}

static void put_title(const struct screen *s, guint machines)
{
    g_autofree char *text =
        g_strdup_printf("vmx-dm-top: %u machine%s, by %s; figures %s, every %.3g s; h: help",
                        machines, machines == 1 ? "" : "s", sort_names[s->look.sort],
                        s->look.total ? "since the start" : "of the interval",
                        (double)s->period_us / G_USEC_PER_SEC);

    put_line(0, LINE_PLAIN, text);
}

/* The machines, scrolled so that the chosen one is seen; returns the row behind. */
static int put_list(int row, int room, const GArray *lines, guint chosen)
{
    guint first = 1, shown = (guint)MAX(room - 1, 1);

    if (chosen + 1 > shown) {
        first = chosen + 2 - shown;
    }
    put_line(row++, LINE_HEAD, g_array_index(lines, struct line, 0).text);
    for (guint i = first; i < lines->len && i < first + shown; i++) {
        const struct line *l = &g_array_index(lines, struct line, i);

        put_line(row++, l->style, l->text);
    }
    return row;
}

static void put_details(struct screen *s, int row, const struct machine *m)
{
    g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    int rows = getmaxy(stdscr);

    table_details(lines, m, &s->look);
    s->scroll = MIN(s->scroll, lines->len ? lines->len - 1 : 0);
    for (guint i = s->scroll; i < lines->len && row < rows; i++) {
        const struct line *l = &g_array_index(lines, struct line, i);

        put_line(row++, l->style, l->text);
    }
}

void screen_draw(struct screen *s, const struct machines *all)
{
    g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    g_autoptr(GPtrArray) order = table_order(all, s->look.sort);
    const struct machine *m;
    guint at;
    int row = 2;

    m = chosen_of(s, order, &at);
    erase();
    put_title(s, order->len);
    if (s->help) {
        for (int i = 0; help[i]; i++) {
            put_line(row++, LINE_PLAIN, help[i]);
        }
    } else if (!m) {
        put_line(row, LINE_PLAIN, "no machine of this user is running");
    } else {
        table_machines(lines, order, m);
        row = put_list(row, MAX(getmaxy(stdscr) / 3, 2), lines, at);
        put_details(s, row + 1, m);
    }
    refresh();
}

/* -- keys -- */

static void choose(struct screen *s, const struct machines *all, int step)
{
    g_autoptr(GPtrArray) order = table_order(all, s->look.sort);
    guint at;

    if (chosen_of(s, order, &at)) {
        at = (guint)CLAMP((int)at + step, 0, (int)order->len - 1);
        g_free(s->chosen);
        s->chosen = g_strdup(((const struct machine *)order->pdata[at])->entry);
        s->scroll = 0;
    }
}

static enum screen_wish key(struct screen *s, const struct machines *all, int k)
{
    switch (k) {
    case 'q':
        return SCREEN_QUIT;
    case ' ':
        return SCREEN_NOW;
    case KEY_UP:
    case 'k':
        choose(s, all, -1);
        break;
    case KEY_DOWN:
    case 'j':
        choose(s, all, 1);
        break;
    case KEY_PPAGE:
        s->scroll -= MIN(s->scroll, 10);
        break;
    case KEY_NPAGE:
        s->scroll += 10;
        break;
    case 'w':
        s->look.windows = !s->look.windows;
        break;
    case 't':
        s->look.total = !s->look.total;
        break;
    case 's':
        s->look.sort = (s->look.sort + 1) % SORTS;
        break;
    case 'S':
        s->look.sort = (s->look.sort + SORTS - 1) % SORTS;
        break;
    case '+':
        s->period_us = MIN(s->period_us * 2, PERIOD_MAX_US);
        break;
    case '-':
        s->period_us = MAX(s->period_us / 2, PERIOD_MIN_US);
        break;
    case 'h':
    case '?':
        s->help = !s->help;
        break;
    default:
        break; /* KEY_RESIZE, too: drawing is all it asks for */
    }
    return SCREEN_NOTHING;
}

enum screen_wish screen_keys(struct screen *s, const struct machines *all)
{
    enum screen_wish wish = SCREEN_NOTHING;
    int k;

    while (wish != SCREEN_QUIT && (k = getch()) != ERR) {
        enum screen_wish w = key(s, all, k);

        wish = w ? w : wish;
    }
    screen_draw(s, all);
    return wish;
}
