/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the terminal's control sequences do, when all of one has come: see terminal_escape.c. */
#include "chardev/terminal_priv.h"

#include <glib.h>
#include <string.h>

/* A parameter; 0 or none is its default. */
static uint32_t param(const struct terminal *t, unsigned n, uint32_t by_default)
{
    return n < t->count && t->params[n] ? t->params[n] : by_default;
}

/* Colours of ECMA-48 are blue at the top, VGA's red. */
static uint8_t vga_colour(uint32_t c)
{
    return (uint8_t)((c & 1) << 2 | (c & 2) | (c >> 2 & 1) | (c & 8));
}

/* 38 and 48: a colour of 256 (the first 16 are had) or of all; how many parameters it took. */
static unsigned extended_colour(const struct terminal *t, unsigned at, uint8_t *colour)
{
    uint32_t kind = at + 1 < t->count ? t->params[at + 1] : 0;

    if (kind == 5 && at + 2 < t->count && t->params[at + 2] < 16) {
        *colour = vga_colour(t->params[at + 2]);
    }
    return kind == 5 ? 2 : kind == 2 ? 4 : 0;
}

/* SGR: one parameter, and how many more it took. */
static unsigned rendition(struct terminal *t, unsigned at)
{
    struct terminal_pen *p = &t->pen;
    uint32_t n = t->params[at];

    switch (n) {
    case 0:
        p->fg = 7;
        p->bg = 0;
        p->bold = p->dim = p->reverse = p->hidden = p->underline = false;
        break;
    case 1:
        p->bold = true;
        break;
    case 2:
        p->dim = true;
        break;
    case 4:
    case 24:
        p->underline = n == 4;
        break;
    case 7:
    case 27:
        p->reverse = n == 7;
        break;
    case 8:
    case 28:
        p->hidden = n == 8;
        break;
    case 21:
    case 22:
        p->bold = p->dim = false;
        break;
    case 38:
        return extended_colour(t, at, &p->fg);
    case 39:
        p->fg = 7;
        break;
    case 48:
        return extended_colour(t, at, &p->bg);
    case 49:
        p->bg = 0;
        break;
    default:
        if (n >= 30 && n <= 37) {
            p->fg = vga_colour(n - 30);
        } else if (n >= 40 && n <= 47) {
            p->bg = vga_colour(n - 40);
        } else if (n >= 90 && n <= 97) {
            p->fg = vga_colour(n - 90 + 8);
        } else if (n >= 100 && n <= 107) {
            p->bg = vga_colour(n - 100 + 8);
        }
        break;
    }
    return 0;
}

static void renditions(struct terminal *t)
{
    if (t->count == 0) {
        t->params[t->count++] = 0;
    }
    for (unsigned i = 0; i < t->count; i++) {
        i += rendition(t, i);
    }
}

/* ED: the part of the screen, EL: of the line, before, behind or all. */
static void erase_screen(struct terminal *t, uint32_t part)
{
    uint32_t y = t->pen.y, x = t->pen.x;

    for (uint32_t i = 0; i < t->rows; i++) {
        if ((i < y && part >= 1) || (i > y && part != 1) || (i == y && part >= 2)) {
            terminal_erase(t, i, 0, t->columns);
        }
    }
    if (part == 0) {
        terminal_erase(t, y, x, t->columns);
    } else if (part == 1) {
        terminal_erase(t, y, 0, x + 1);
    }
}

static void erase_line(struct terminal *t, uint32_t part)
{
    uint32_t x = t->pen.x;

    terminal_erase(t, t->pen.y, part == 0 ? x : 0, part == 1 ? x + 1 : t->columns);
}

void terminal_keep_cursor(struct terminal *t, bool restore)
{
    if (restore) {
        t->pen = t->saved;
        t->pen.origin = false;
        terminal_go(t, t->pen.x, t->pen.y);
        t->pen.origin = t->saved.origin;
    } else {
        t->saved = t->pen;
    }
}

static void set_private_mode(struct terminal *t, uint32_t mode, bool on)
{
    switch (mode) {
    case 6:
        t->pen.origin = on;
        terminal_go(t, 0, 0);
        break;
    case 7:
        t->no_wrap = !on;
        break;
    case 25:
        t->no_cursor = !on;
        break;
    case 1049:
        if (on) {
            terminal_keep_cursor(t, false);
        }
        terminal_alternate(t, on);
        if (!on) {
            terminal_keep_cursor(t, true);
        }
        break;
    case 47:
    case 1047:
        terminal_alternate(t, on);
        break;
    default:
        break;
    }
}

static void set_modes(struct terminal *t, bool on)
{
    for (unsigned i = 0; i < t->count; i++) {
        if (t->private == '?') {
            set_private_mode(t, t->params[i], on);
        } else if (t->private == 0 && t->params[i] == 4) {
            t->insert = on;
        } else if (t->private == 0 && t->params[i] == 20) {
            t->newline = on;
        }
    }
}

static void set_region(struct terminal *t)
{
    uint32_t top = param(t, 0, 1), bottom = MIN(param(t, 1, t->rows), t->rows);

    if (top < bottom) {
        t->top = top - 1;
        t->bottom = bottom - 1;
        terminal_go(t, 0, t->pen.origin ? t->top : 0);
    }
}

static void report(struct terminal *t)
{
    uint32_t row = t->pen.y - (t->pen.origin ? t->top : 0);
    char answer[32];

    if (param(t, 0, 0) == 5) {
        t->reply(t->opaque, "\033[0n", 4);
    } else if (param(t, 0, 0) == 6) {
        int n = g_snprintf(answer, sizeof(answer), "\033[%u;%uR", row + 1, t->pen.x + 1);

        t->reply(t->opaque, answer, (uint32_t)n);
    }
}

static void clear_tabs(struct terminal *t)
{
    if (param(t, 0, 0) == 3) {
        memset(t->tabs, 0, sizeof(t->tabs));
    } else if (param(t, 0, 0) == 0) {
        t->tabs[t->pen.x] = false;
    }
}

void terminal_tab(struct terminal *t, int by, uint32_t n)
{
    uint32_t x = t->pen.x;

    for (n = MIN(n, t->columns); n > 0; n--) {
        do {
            if (by < 0 ? x == 0 : x == t->columns - 1) {
                break;
            }
            x += (uint32_t)by;
        } while (!t->tabs[x]);
    }
    terminal_go(t, x, t->pen.y);
}

/* Those that move the cursor. False: it is another one. */
static bool move(struct terminal *t, uint8_t final)
{
    int64_t x = t->pen.x, y = t->pen.y, n = param(t, 0, 1);
    int64_t origin = t->pen.origin ? t->top : 0;
    /* the region holds those that are in it */
    int64_t above = y >= t->top ? t->top : 0, below = y <= t->bottom ? t->bottom : t->rows - 1;

    switch (final) {
    case 'A':
        terminal_go(t, x, MAX(y - n, above));
        break;
    case 'B':
    case 'e':
        terminal_go(t, x, MIN(y + n, below));
        break;
    case 'C':
    case 'a':
        terminal_go(t, x + n, y);
        break;
    case 'D':
        terminal_go(t, x - n, y);
        break;
    case 'E':
        terminal_go(t, 0, MIN(y + n, below));
        break;
    case 'F':
        terminal_go(t, 0, MAX(y - n, above));
        break;
    case 'G':
    case '`':
        terminal_go(t, n - 1, y);
        break;
    case 'd':
        terminal_go(t, x, origin + n - 1);
        break;
    case 'H':
    case 'f':
        terminal_go(t, (int64_t)param(t, 1, 1) - 1, origin + n - 1);
        break;
    case 'I':
        terminal_tab(t, 1, (uint32_t)n);
        break;
    case 'Z':
        terminal_tab(t, -1, (uint32_t)n);
        break;
    default:
        return false;
    }
    return true;
}

static bool in_region(const struct terminal *t)
{
    return t->pen.y >= t->top && t->pen.y <= t->bottom;
}

/* Those that change cells. False: it is another one. */
static bool edit(struct terminal *t, uint8_t final)
{
    uint32_t n = param(t, 0, 1);

    switch (final) {
    case '@':
        terminal_insert(t, n);
        break;
    case 'P':
        terminal_delete(t, n);
        break;
    case 'X':
        terminal_erase(t, t->pen.y, t->pen.x, n);
        break;
    case 'J':
        erase_screen(t, param(t, 0, 0));
        break;
    case 'K':
        erase_line(t, param(t, 0, 0));
        break;
    case 'L':
    case 'M':
        if (in_region(t)) {
            terminal_shift(t, t->pen.y, final == 'M' ? (int64_t)n : -(int64_t)n);
            terminal_go(t, 0, t->pen.y);
        }
        break;
    case 'S':
    case 'T':
        terminal_shift(t, t->top, final == 'S' ? (int64_t)n : -(int64_t)n);
        break;
    default:
        return false;
    }
    return true;
}

void terminal_sequence(struct terminal *t, uint8_t final)
{
    if (t->between) {
        return; /* none that has an intermediate character is had */
    }
    if (final == 'h' || final == 'l') {
        set_modes(t, final == 'h');
        return;
    }
    if (t->private || move(t, final) || edit(t, final)) {
        return;
    }
    switch (final) {
    case 'm':
        renditions(t);
        break;
    case 'r':
        set_region(t);
        break;
    case 's':
    case 'u':
        terminal_keep_cursor(t, final == 'u');
        break;
    case 'n':
        report(t);
        break;
    case 'c':
        t->reply(t->opaque, "\033[?6c", 5); /* a VT102 */
        break;
    case 'g':
        clear_tabs(t);
        break;
    default:
        break;
    }
}
