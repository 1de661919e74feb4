/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the bytes that a terminal gets mean: text, ECMA-48 control functions (5th edition, section
 * 8.3), and those of DEC's VT102 (user guide, appendix C) and of xterm that programs use.
 */
#include "chardev/terminal_priv.h"
#include "core/cp437.h"

#include <glib.h>
#include <string.h>

/* -- text -- */

/* VT100's special graphics, 60h to 7eh, in code page 437. */
static const uint8_t drawing[] = {
    0x04, 0xb1, 0x09, 0x0c, 0x0d, 0x0a, 0xf8, 0xf1, 0x0a, 0x0b, 0xd9, 0xbf, 0xda, 0xc0, 0xc5, 0xc4,
    0xc4, 0xc4, 0xc4, 0x5f, 0xc3, 0xb4, 0xc1, 0xc2, 0xb3, 0xf3, 0xf2, 0xe3, 0xd8, 0x9c, 0xfa,
};

/* Its code in code page 437, 0 where that has none. */
static uint8_t cp437_of(uint32_t code)
{
    for (unsigned i = 1; i < 255; i++) {
        if (cp437_unicode[i] == code) {
            return (uint8_t)i;
        }
    }
    return code == 0xa0 ? ' ' : 0;
}

/* What was taken for UTF-8 is none: each byte for itself. */
static void give_up_utf8(struct terminal *t)
{
    for (unsigned i = 0; i < t->seen_count; i++) {
        terminal_put(t, t->seen[i]);
    }
    t->more = 0;
    t->seen_count = 0;
}

static void begin_utf8(struct terminal *t, uint8_t byte)
{
    static const struct {
        uint8_t mask, is, more;
        uint32_t min;
    } forms[] = {{0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}};

    for (unsigned i = 0; i < G_N_ELEMENTS(forms); i++) {
        if ((byte & forms[i].mask) == forms[i].is) {
            t->code = byte & (uint8_t)~forms[i].mask;
            t->code_min = forms[i].min;
            t->more = forms[i].more;
            t->seen[0] = byte;
            t->seen_count = 1;
            return;
        }
    }
    terminal_put(t, byte);
}

static void go_on_utf8(struct terminal *t, uint8_t byte)
{
    t->seen[t->seen_count++] = byte;
    t->code = t->code << 6 | (byte & 0x3f);
    if (--t->more == 0) {
        uint8_t c = cp437_of(t->code);

        /* two bytes for what is not had are more likely two of the code page's boxes */
        if (t->code < t->code_min || (!c && t->seen_count == 2)) {
            give_up_utf8(t);
        } else {
            t->seen_count = 0;
            terminal_put(t, c ? c : '?');
        }
    }
}

static void text(struct terminal *t, uint8_t byte)
{
    if (t->more && (byte & 0xc0) == 0x80) {
        go_on_utf8(t, byte);
        return;
    }
    give_up_utf8(t);
    if (byte >= 0x80) {
        begin_utf8(t, byte);
    } else if (byte >= 0x60 && byte < 0x7f && t->pen.drawing[t->pen.shifted]) {
        terminal_put(t, drawing[byte - 0x60]);
    } else if (byte != 0x7f) {
        terminal_put(t, byte);
    }
}

/* -- control characters -- */

static void control(struct terminal *t, uint8_t byte)
{
    give_up_utf8(t);
    switch (byte) {
    case '\b':
        terminal_go(t, (int64_t)t->pen.x - 1, t->pen.y);
        break;
    case '\t':
        terminal_tab(t, 1, 1);
        break;
    case '\n':
    case '\v':
    case '\f':
        terminal_down(t);
        if (t->newline) {
            t->pen.x = 0;
        }
        break;
    case '\r':
        terminal_go(t, 0, t->pen.y);
        break;
    case 0x0e:
    case 0x0f:
        t->pen.shifted = byte == 0x0e;
        break;
    case 0x18: /* CAN, SUB: no sequence any more */
    case 0x1a:
        t->parse = PARSE_TEXT;
        break;
    case 0x1b:
        t->parse = PARSE_ESCAPE;
        break;
    default:
        break;
    }
}

/* -- control sequences -- */

static void csi(struct terminal *t, uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        uint32_t *p;

        if (t->count == 0) {
            t->count = 1;
        }
        p = &t->params[t->count - 1];
        *p = MIN(*p * 10 + (uint32_t)(byte - '0'), TERMINAL_PARAM_MAX);
    } else if (byte == ';' || byte == ':') {
        if (t->count == 0) {
            t->count = 1;
        }
        if (t->count < TERMINAL_PARAMS) {
            t->params[t->count++] = 0;
        }
    } else if (byte >= '<' && byte <= '?') {
        t->private = byte;
    } else if (byte >= 0x20 && byte < 0x30) {
        t->between = byte;
    } else {
        t->parse = PARSE_TEXT;
        terminal_sequence(t, byte);
    }
}

/* -- escape sequences -- */

static void begin_csi(struct terminal *t)
{
    t->parse = PARSE_CSI;
    t->private = t->between = 0;
    t->count = 0;
    memset(t->params, 0, sizeof(t->params));
}

static void escape(struct terminal *t, uint8_t byte)
{
    t->parse = PARSE_TEXT;
    switch (byte) {
    case '[':
        begin_csi(t);
        break;
    case ']': /* OSC, DCS, SOS, PM, APC: a string, up to its end */
    case 'P':
    case 'X':
    case '^':
    case '_':
        t->parse = PARSE_STRING;
        t->string_escape = false;
        break;
    case '(':
    case ')':
    case '*':
    case '+':
    case '#':
    case '%':
    case ' ':
        t->parse = PARSE_CHARSET;
        t->set = byte;
        break;
    case '7':
    case '8':
        terminal_keep_cursor(t, byte == '8');
        break;
    case 'D':
        terminal_down(t);
        break;
    case 'E':
        terminal_down(t);
        t->pen.x = 0;
        break;
    case 'M':
        terminal_up(t);
        break;
    case 'H':
        t->tabs[t->pen.x] = true;
        break;
    case 'Z':
        t->reply(t->opaque, "\033[?6c", 5);
        break;
    case 'c':
        terminal_reset(t);
        break;
    default:
        break;
    }
}

static void charset(struct terminal *t, uint8_t byte)
{
    t->parse = PARSE_TEXT;
    if (t->set == '(' || t->set == ')') {
        t->pen.drawing[t->set == ')'] = byte == '0';
    }
}

/* It ends with BEL or ESC \; another sequence ends it, too. */
static void string(struct terminal *t, uint8_t byte)
{
    if (t->string_escape) {
        t->parse = PARSE_TEXT;
        if (byte != '\\') {
            escape(t, byte);
        }
    } else if (byte == 0x1b) {
        t->string_escape = true;
    } else if (byte == '\a' || byte == 0x18 || byte == 0x1a) {
        t->parse = PARSE_TEXT;
    }
}

void terminal_byte(struct terminal *t, uint8_t byte)
{
    if (t->parse == PARSE_STRING) {
        string(t, byte);
    } else if (byte < 0x20) {
        control(t, byte);
    } else if (t->parse == PARSE_ESCAPE) {
        escape(t, byte);
    } else if (t->parse == PARSE_CHARSET) {
        charset(t, byte);
    } else if (t->parse == PARSE_CSI) {
        csi(t, byte);
    } else {
        text(t, byte);
    }
}
