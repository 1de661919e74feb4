/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal's screen: lines in a ring, of which the last `rows` are seen. See terminal.h. */
#include "chardev/terminal_priv.h"
#include "core/console.h"

#include <glib.h>
#include <string.h>

static uint64_t ring(const struct terminal *t)
{
    return t->rows + (uint64_t)TERMINAL_HISTORY;
}

static uint16_t *line_number(const struct terminal *t, uint64_t number)
{
    return t->lines + number % ring(t) * t->columns;
}

uint16_t *terminal_line(const struct terminal *t, uint32_t y)
{
    return line_number(t, t->base + y);
}

/* -- attributes -- */

/* As VGA has it with 16 backgrounds. */
static uint16_t attribute(const struct terminal_pen *p)
{
    unsigned fg = p->fg, bg = p->bg;

    if (p->underline && fg == 7) {
        fg = 15; /* a line below would need a character of its own */
    }
    if (p->bold) {
        fg |= 8;
    } else if (p->dim) {
        fg = 8;
    }
    if (p->reverse) {
        unsigned was = fg;

        fg = bg;
        bg = was & 7;
    }
    if (p->hidden) {
        fg = bg;
    }
    return (uint16_t)((bg << 4 | fg) << 8);
}

/* What an erased cell has: the background, no more. */
static uint16_t blank(const struct terminal *t)
{
    return (uint16_t)((unsigned)t->pen.bg << 12 | TERMINAL_BLANK);
}

static void fill(uint16_t *cells, uint32_t n, uint16_t with)
{
    for (uint32_t i = 0; i < n; i++) {
        cells[i] = with;
    }
}

/* -- moving lines -- */

static void clear_line(struct terminal *t, uint32_t y)
{
    fill(terminal_line(t, y), t->columns, blank(t));
}

static void move_line(struct terminal *t, uint32_t to, uint32_t from)
{
    memcpy(terminal_line(t, to), terminal_line(t, from), t->columns * sizeof(uint16_t));
}

void terminal_shift(struct terminal *t, uint32_t first, int64_t n)
{
    uint32_t last = t->bottom, count = last - first + 1;

    if (first > last) {
        return;
    }
    if (n > 0) {
        uint32_t by = (uint32_t)MIN(n, count);

        if (first == 0 && last == t->rows - 1 && !t->primary) { /* into the history */
            t->base += by;
        } else {
            for (uint32_t y = first; y + by <= last; y++) {
                move_line(t, y, y + by);
            }
        }
        for (uint32_t i = 0; i < by; i++) {
            clear_line(t, last - i);
        }
    } else if (n < 0) {
        uint32_t by = (uint32_t)MIN(-n, count);

        for (uint32_t y = last; y >= first + by; y--) {
            move_line(t, y, y - by);
        }
        for (uint32_t i = 0; i < by; i++) {
            clear_line(t, first + i);
        }
    }
}

void terminal_down(struct terminal *t)
{
    t->pen.wrap_due = false;
    if (t->pen.y == t->bottom) {
        terminal_shift(t, t->top, 1);
    } else if (t->pen.y < t->rows - 1) {
        t->pen.y++;
    }
}

void terminal_up(struct terminal *t)
{
    t->pen.wrap_due = false;
    if (t->pen.y == t->top) {
        terminal_shift(t, t->top, -1);
    } else if (t->pen.y > 0) {
        t->pen.y--;
    }
}

/* -- cells -- */

void terminal_go(struct terminal *t, int64_t x, int64_t y)
{
    int64_t top = t->pen.origin ? t->top : 0, bottom = t->pen.origin ? t->bottom : t->rows - 1;

    t->pen.x = (uint32_t)CLAMP(x, 0, (int64_t)t->columns - 1);
    t->pen.y = (uint32_t)CLAMP(y, top, bottom);
    t->pen.wrap_due = false;
}

void terminal_erase(struct terminal *t, uint32_t y, uint32_t x, uint32_t n)
{
    if (y < t->rows && x < t->columns) {
        fill(terminal_line(t, y) + x, MIN(n, t->columns - x), blank(t));
    }
}

void terminal_insert(struct terminal *t, uint32_t n)
{
    uint16_t *at = terminal_line(t, t->pen.y) + t->pen.x;
    uint32_t rest = t->columns - t->pen.x;

    n = MIN(n, rest);
    memmove(at + n, at, (rest - n) * sizeof(*at));
    fill(at, n, blank(t));
    t->pen.wrap_due = false;
}

void terminal_delete(struct terminal *t, uint32_t n)
{
    uint16_t *at = terminal_line(t, t->pen.y) + t->pen.x;
    uint32_t rest = t->columns - t->pen.x;

    n = MIN(n, rest);
    memmove(at, at + n, (rest - n) * sizeof(*at));
    fill(at + rest - n, n, blank(t));
    t->pen.wrap_due = false;
}

void terminal_put(struct terminal *t, uint8_t c)
{
    if (t->pen.wrap_due) {
        t->pen.x = 0;
        terminal_down(t);
    }
    if (t->insert) {
        terminal_insert(t, 1);
    }
    terminal_line(t, t->pen.y)[t->pen.x] = (uint16_t)(attribute(&t->pen) | c);
    if (t->pen.x < t->columns - 1) {
        t->pen.x++;
    } else {
        t->pen.wrap_due = !t->no_wrap;
    }
}

/* -- all of it -- */

static void clear(struct terminal *t)
{
    for (uint32_t y = 0; y < t->rows; y++) {
        clear_line(t, y);
    }
}

void terminal_alternate(struct terminal *t, bool on)
{
    if (on == (t->primary != NULL)) {
        return;
    }
    if (on) {
        t->primary = g_new(uint16_t, (size_t)t->rows * t->columns);
        for (uint32_t y = 0; y < t->rows; y++) {
            memcpy(t->primary + (size_t)y * t->columns, terminal_line(t, y),
                   t->columns * sizeof(uint16_t));
        }
        clear(t);
    } else {
        for (uint32_t y = 0; y < t->rows; y++) {
            memcpy(terminal_line(t, y), t->primary + (size_t)y * t->columns,
                   t->columns * sizeof(uint16_t));
        }
        g_clear_pointer(&t->primary, g_free);
    }
}

void terminal_reset(struct terminal *t)
{
    g_clear_pointer(&t->primary, g_free);
    t->pen = t->saved = (struct terminal_pen){.fg = 7};
    t->top = 0;
    t->bottom = t->rows - 1;
    t->no_wrap = t->insert = t->newline = t->no_cursor = false;
    for (uint32_t x = 0; x < SURFACE_MAX_COLUMNS; x++) {
        t->tabs[x] = x % 8 == 0;
    }
    clear(t);
}

struct terminal *terminal_new(uint32_t columns, uint32_t rows, terminal_reply_fn *reply,
                              void *opaque)
{
    struct terminal *t = g_new0(struct terminal, 1);

    t->columns = CLAMP(columns, 1, SURFACE_MAX_COLUMNS);
    t->rows = CLAMP(rows, 1, SURFACE_MAX_ROWS);
    t->reply = reply;
    t->opaque = opaque;
    t->lines = g_new0(uint16_t, ring(t) * t->columns); /* shows nothing */
    terminal_reset(t);
    return t;
}

void terminal_free(struct terminal *t)
{
    if (t) {
        g_free(t->primary);
        g_free(t->lines);
        g_free(t);
    }
}

void terminal_write(struct terminal *t, const uint8_t *buf, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        terminal_byte(t, buf[i]);
    }
}

/* -- for those who look -- */

/* The oldest line that is still there. */
static uint64_t oldest(const struct terminal *t)
{
    return t->base > TERMINAL_HISTORY ? t->base - TERMINAL_HISTORY : 0;
}

uint64_t terminal_scroll(const struct terminal *t, uint64_t top, int32_t lines)
{
    uint64_t at = CLAMP(top, oldest(t), t->base);

    if (lines < 0) {
        at -= MIN((uint64_t) - (int64_t)lines, at - oldest(t));
    } else {
        at += MIN((uint64_t)lines, t->base - at);
    }
    return at == t->base ? CONSOLE_FOLLOW : at;
}

void terminal_cells(const struct terminal *t, uint64_t top, struct surface_cells *out)
{
    uint64_t at = CLAMP(top, oldest(t), t->base);
    uint64_t cursor = t->base + t->pen.y - at;

    out->columns = t->columns;
    out->rows = t->rows;
    out->cursor_x = t->pen.x;
    out->cursor_y = (uint32_t)MIN(cursor, t->rows - 1);
    out->cursor = !t->no_cursor && cursor < t->rows;
    out->block = out->blink = false;
    for (uint32_t y = 0; y < t->rows; y++) {
        memcpy(out->cells + (size_t)y * t->columns, line_number(t, at + y),
               t->columns * sizeof(uint16_t));
    }
}
