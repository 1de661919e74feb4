/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells to a terminal: see screen.h. */
#include "ui/term/screen.h"

#include "core/cp437.h"
#include "ui/term/glyphs.h"

#include <langinfo.h>
#include <ncurses.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define ROOM 256 /* characters of a line of our own */

static struct {
    bool open, unicode;
    struct surface_cells guest; /* rows of SURFACE_MAX_COLUMNS cells in `cells` below */
    struct surface size;
    char status[ROOM], notice[ROOM];
    const char *const *box;
    int left, top; /* of the part that is seen */
    bool panned;   /* by hand; else it follows the cursor */
} screen;

static uint16_t cells[SURFACE_MAX_ROWS][SURFACE_MAX_COLUMNS];
static struct termios before;
static char leave[ROOM]; /* what gives the terminal back, for a dying process */

/* -- opening and closing -- */

static void fatal(int sig)
{
    ssize_t n = write(STDOUT_FILENO, leave, strlen(leave));

    (void)n;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    raise(sig); /* SA_RESETHAND: as if we had not been here */
}

static void catch_fatal(void)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
    static const char *const names[] = {"sgr0", "cnorm", "rmcup"};
    const struct sigaction sa = {.sa_handler = fatal, .sa_flags = (int)SA_RESETHAND};

    leave[0] = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *s = tigetstr((char *)names[i]);

        if (s && s != (const char *)-1) {
            g_strlcat(leave, s, sizeof(leave));
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(deadly); i++) {
        sigaction(deadly[i], &sa, NULL);
    }
}

/* A colour of the CGA among the sixteen of terminals, whose red and blue are exchanged. */
static short colour(unsigned cga)
{
    return (short)((cga & 0x0a) | (cga & 1) << 2 | (cga & 4) >> 2);
}

/* It has all sixteen, each on each; else eight, of which letters that are bold are bright. */
static bool has_all_pairs(void)
{
    return COLORS >= 16 && COLOR_PAIRS > 256;
}

/* Of 256 pairs and the terminal's own, which is number 0, or of the 64 of eight colours. */
static int pair_of(unsigned fg, unsigned bg)
{
    if (has_all_pairs()) {
        return (int)(bg << 4 | fg) + 1;
    }
    return (int)((bg & 7) * 8 + (7 - (fg & 7))); /* grey on black is what it has anyhow */
}

static void make_pairs(void)
{
    unsigned n = has_all_pairs() ? 16 : 8;

    for (unsigned bg = 0; has_colors() && bg < n; bg++) {
        for (unsigned fg = 0; fg < n; fg++) {
            int pair = pair_of(fg, bg);

            if (pair > 0 && pair < COLOR_PAIRS) {
                init_pair((short)pair, colour(fg), colour(bg));
            }
        }
    }
}

bool screen_open(GError **error)
{
    const char *term = g_getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) < 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "standard %s is not a terminal; vmx-dm-view shows the screen in a window",
                    isatty(STDIN_FILENO) ? "output" : "input");
        return false;
    }
    if (!newterm(NULL, stdout, stdin)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "TERM=%s: not a terminal that ncurses knows", term ? term : "");
        return false;
    }
    screen.open = true;
    screen.unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    catch_fatal();
    raw();
    noecho();
    nonl();
    typeahead(-1); /* we read it ourselves */
    if (has_colors()) {
        start_color();
        make_pairs();
    }
    return true;
}

void screen_close(void)
{
    if (screen.open) {
        screen.open = false;
        curs_set(1);
        endwin();
    }
}

uint8_t screen_erase(void)
{
    return before.c_cc[VERASE] == 0x08 ? 0x08 : 0x7f;
}

/* -- what is to be seen -- */

void screen_mode(const struct surface_cells *shape, const struct surface *size)
{
    if (shape->columns != screen.guest.columns || shape->rows != screen.guest.rows) {
        memset(cells, 0, sizeof(cells));
        screen.panned = false;
        screen.left = screen.top = 0;
    }
    screen.guest.columns = shape->columns;
    screen.guest.rows = shape->rows;
    screen.guest.cursor_x = shape->cursor_x;
    screen.guest.cursor_y = shape->cursor_y;
    screen.guest.cursor =
        shape->cursor && shape->cursor_x < shape->columns && shape->cursor_y < shape->rows;
    screen.guest.block = shape->block;
    screen.guest.blink = shape->blink;
    screen.size = *size;
}

void screen_row(uint32_t row, const uint16_t from[SURFACE_MAX_COLUMNS])
{
    memcpy(cells[row], from, sizeof(cells[row]));
}

static void take_text(char *to, const char *from)
{
    g_strlcpy(to, from ? from : "", ROOM);
    for (char *p = to; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f) {
            *p = ' '; /* no sequence of others' reaches the terminal */
        }
    }
}

void screen_status(const char *status)
{
    take_text(screen.status, status);
}

void screen_notice(const char *text)
{
    take_text(screen.notice, text);
}

void screen_box(const char *const *lines)
{
    screen.box = lines;
}

/* -- the part that is seen -- */

void screen_pan(int x, int y)
{
    screen.panned = true;
    screen.left += x * MAX(COLS / 2, 1);
    screen.top += y * MAX(LINES / 2, 1);
}

void screen_follow(void)
{
    screen.panned = false;
}

/* The first of `seen` out of `all`, so that `at` is among them. */
static int part(int first, int seen, int all, int at)
{
    if (at >= 0) {
        first = CLAMP(first, at - seen + 1, at);
    }
    return CLAMP(first, 0, MAX(all - seen, 0));
}

static void place(void)
{
    const struct surface_cells *g = &screen.guest;
    bool follow = !screen.panned && g->cursor;

    if (follow && (int)g->cursor_x < COLS) {
        screen.left = 0; /* with the prompt before it */
    }
    screen.left = part(screen.left, COLS, (int)g->columns, follow ? (int)g->cursor_x : -1);
    screen.top = part(screen.top, LINES, (int)g->rows, follow ? (int)g->cursor_y : -1);
}

/* -- drawing -- */

/* A character with its attributes, one column wide. */
static void glyph(uint8_t ch, attr_t attributes, short pair, cchar_t *out)
{
    wchar_t text[CCHARW_MAX + 1] = {(wchar_t)cp437_unicode[ch]};
    short unused;

    if (!screen.unicode && term_line[ch]) {
        attr_t line;

        getcchar(NCURSES_WACS(term_line[ch]), text, &line, &unused, NULL);
        attributes |= line;
    } else if (!screen.unicode || wcwidth(text[0]) != 1) {
        text[0] = (wchar_t)term_ascii[ch];
    }
    setcchar(out, text, attributes, pair, NULL);
}

static void cell(uint16_t word, cchar_t *out)
{
    unsigned fg = word >> 8 & 15, bg = word >> 12 & 15;
    attr_t how = A_NORMAL;
    int pair = 0;

    if (screen.guest.blink && (bg & 8)) {
        how |= A_BLINK;
        bg &= 7;
    }
    if (has_colors()) {
        pair = pair_of(fg, bg);
        how |= !has_all_pairs() && (fg & 8) ? A_BOLD : 0;
    } else {
        how |= (fg & 8 ? A_BOLD : 0) | (bg & 7 ? A_REVERSE : 0);
        how |= fg == bg ? A_INVIS : 0;
    }
    glyph((uint8_t)word, how, (short)pair, out);
}

static void draw_cells(void)
{
    int columns = MIN((int)screen.guest.columns - screen.left, COLS);
    int rows = MIN((int)screen.guest.rows - screen.top, LINES);

    for (int y = 0; y < rows; y++) {
        const uint16_t *from = &cells[screen.top + y][screen.left];

        for (int x = 0; x < columns; x++) {
            cchar_t c;

            cell(from[x], &c);
            mvadd_wch(y, x, &c);
        }
    }
}

static void put_line(int y, int x, const char *text)
{
    mvaddnstr(y, x, text, MAX(COLS - x, 0));
}

static void draw_box(void)
{
    int width = 0, height = 0, y, x;

    for (; screen.box[height]; height++) {
        width = MAX(width, (int)strlen(screen.box[height]));
    }
    y = MAX((LINES - height) / 2, 0);
    x = MAX((COLS - width - 2) / 2, 0);
    attrset(A_REVERSE);
    for (int i = 0; i < height && y + i < LINES; i++) {
        g_autofree char *line = g_strdup_printf(" %-*s ", width, screen.box[i]);

        put_line(y + i, x, line);
    }
    attrset(A_NORMAL);
}

static void draw_bottom(void)
{
    g_autofree char *status = screen.status[0] ? g_strdup_printf("[%s]", screen.status) : NULL;
    const char *text = screen.notice[0] ? screen.notice : status;

    if (text) {
        attrset(A_REVERSE);
        put_line(LINES - 1, 0, text);
        attrset(A_NORMAL);
        clrtoeol();
    }
}

static void draw_no_text(void)
{
    g_autofree char *text = NULL;

    if (screen.size.width == 0 || screen.size.blank) {
        text = g_strdup("the screen is off");
    } else {
        text = g_strdup_printf("%" G_GUINT32_FORMAT "x%" G_GUINT32_FORMAT
                               " graphics mode; vmx-dm-view shows it",
                               screen.size.width, screen.size.height);
    }
    put_line(LINES / 2, MAX((COLS - (int)strlen(text)) / 2, 0), text);
}

void screen_draw(void)
{
    int x, y;

    if (!screen.open) {
        return;
    }
    place();
    erase();
    if (screen.guest.columns) {
        draw_cells();
    } else {
        draw_no_text();
    }
    if (screen.box) {
        draw_box();
    }
    draw_bottom();
    x = (int)screen.guest.cursor_x - screen.left;
    y = (int)screen.guest.cursor_y - screen.top;
    if (screen.guest.columns && screen.guest.cursor && !screen.box && x >= 0 && x < COLS &&
        y >= 0 && y < LINES) {
        move(y, x);
        if (curs_set(screen.guest.block ? 2 : 1) == ERR) {
            curs_set(1);
        }
    } else {
        curs_set(0);
    }
    refresh();
}

void screen_redraw(void)
{
    struct winsize size;

    if (!screen.open) {
        return;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col) {
        resizeterm(size.ws_row, size.ws_col);
    }
    clearok(curscr, TRUE);
    screen_draw();
}

void screen_stop(void)
{
    if (screen.open) {
        curs_set(1);
        endwin();
    }
    raise(SIGSTOP);
    /* continued: the terminal may not be as it was left */
    screen_redraw();
}
