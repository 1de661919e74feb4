/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the terminal share: its screen, and the sequences that change it. */
#ifndef CHARDEV_TERMINAL_PRIV_H
#define CHARDEV_TERMINAL_PRIV_H

#include "chardev/terminal.h"

#define TERMINAL_PARAMS 16u
#define TERMINAL_PARAM_MAX 9999u
#define TERMINAL_BLANK 0x0700u /* a space would be 0720h; both show nothing */

struct terminal_pen {
    uint32_t x, y;
    uint8_t fg, bg; /* of 16, in VGA's order */
    bool bold, dim, reverse, hidden, underline;
    bool drawing[2]; /* G0, G1: DEC's special graphics */
    bool shifted;    /* G1 is used */
    bool wrap_due;   /* the last column is written; the next letter goes to the next line */
    bool origin;     /* lines count from the scroll region */
};

enum terminal_parse { PARSE_TEXT, PARSE_ESCAPE, PARSE_CHARSET, PARSE_CSI, PARSE_STRING };

struct terminal {
    uint32_t columns, rows;
    uint64_t base; /* number of the screen's first line; the first ever is 0 */
    struct terminal_pen pen, saved;
    uint32_t top, bottom; /* of the scroll region, both in it */
    bool no_wrap, insert, newline, no_cursor;
    uint16_t *lines;   /* rows + TERMINAL_HISTORY of them, by number modulo that */
    uint16_t *primary; /* the screen below the alternate one, or NULL */
    bool tabs[SURFACE_MAX_COLUMNS];
    terminal_reply_fn *reply;
    void *opaque;
    /* of the sequence being read */
    enum terminal_parse parse;
    uint8_t set;              /* PARSE_CHARSET: which */
    uint8_t private, between; /* of a control sequence: its first, its intermediate character */
    uint32_t params[TERMINAL_PARAMS], count;
    bool string_escape; /* PARSE_STRING: ESC has come, \ may follow */
    /* UTF-8 */
    uint32_t code, code_min;
    unsigned more; /* bytes that are to come */
    uint8_t seen[4], seen_count;
};

/* Take one byte; it may be one of a sequence. */
void terminal_byte(struct terminal *t, uint8_t byte);

/* -- terminal_csi.c -- */

/* A control sequence has ended with this; its parameters are in t. */
void terminal_sequence(struct terminal *t, uint8_t final);
/* n stops on (by 1) or back (by -1). */
void terminal_tab(struct terminal *t, int by, uint32_t n);
void terminal_keep_cursor(struct terminal *t, bool restore);

/* -- the screen -- */

uint16_t *terminal_line(const struct terminal *t, uint32_t y);
/* A character of code page 437 at the cursor. */
void terminal_put(struct terminal *t, uint8_t c);
/* To this place, or as near to it as the screen allows. */
void terminal_go(struct terminal *t, int64_t x, int64_t y);
/* Lines of the region, up (n > 0) or down; `first` to its bottom. */
void terminal_shift(struct terminal *t, uint32_t first, int64_t n);
void terminal_down(struct terminal *t); /* and scroll at the end of the region */
void terminal_up(struct terminal *t);
/* Columns from x on, in line y. */
void terminal_erase(struct terminal *t, uint32_t y, uint32_t x, uint32_t n);
void terminal_insert(struct terminal *t, uint32_t n);
void terminal_delete(struct terminal *t, uint32_t n);
void terminal_alternate(struct terminal *t, bool on);
void terminal_reset(struct terminal *t);

#endif
