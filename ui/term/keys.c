/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of terminals: ECMA-48 control sequences as the DEC VT220, xterm, rxvt and the Linux console
 * use them (xterm: "XTerm Control Sequences"; console_codes(4)). terminfo is not asked: it knows no
 * modifiers, and a terminal that sends what these do needs no entry.
 */
#include "ui/term/keys.h"

#include <string.h>

#define ESC 0x1bu
#define KEY_ESC 0x01u
#define KEY_TAB 0x0fu
#define KEY_BACKSPACE 0x0eu
#define KEY_ENTER 0x1cu
#define KEY_SPACE 0x39u
#define KEY_DELETE 0xe053u
#define PARAMETERS 3u
#define PARAMETER_MAX 0x10ffffu /* a character */

static size_t take(struct term_key *key, size_t n, uint16_t code, uint32_t unicode,
                   unsigned modifiers)
{
    *key = (struct term_key){code, unicode, modifiers};
    return n;
}

static uint16_t function_key(unsigned n) /* 1 to 12 */
{
    return (uint16_t)(n <= 10 ? 0x3a + n : 0x4c + n);
}

/* The last byte of "CSI ..." and "SS3 ...". */
static uint16_t letter(uint8_t last)
{
    static const uint16_t cursor[] = {
        0xe048, 0xe050, 0xe04d, 0xe04b, 0x4c, 0xe04f, 0, 0xe047, /* A to H */
    };
    static const uint16_t keypad[] = {
        0x37, 0x4e, 0x7e, 0x4a, 0x53, 0xe035,                         /* j to o: * + , - . / */
        0x52, 0x4f, 0x50, 0x51, 0x4b, 0x4c,   0x4d, 0x47, 0x48, 0x49, /* p to y: 0 to 9 */
    };

    if (last >= 'A' && last <= 'H') {
        return cursor[last - 'A'];
    }
    if (last >= 'P' && last <= 'S') {
        return function_key(last - 'P' + 1u);
    }
    if (last >= 'j' && last <= 'y') {
        return keypad[last - 'j'];
    }
    return last == 'M' ? 0xe01c : 0;
}

/* The number of "CSI n ~". */
static uint16_t number(uint32_t n, unsigned *modifiers)
{
    static const uint16_t editing[] = {0,      0xe047, 0xe052, 0xe053, 0xe04f,
                                       0xe049, 0xe051, 0xe047, 0xe04f};
    static const uint8_t functions[] = {11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24};
    static const uint8_t shifted[] = {25, 26, 28, 29, 31, 32, 33, 34}; /* F13 to F20 there */

    if (n < sizeof(editing) / sizeof(editing[0])) {
        return editing[n];
    }
    for (unsigned i = 0; i < sizeof(functions); i++) {
        if (functions[i] == n) {
            return function_key(i + 1);
        }
    }
    for (unsigned i = 0; i < sizeof(shifted); i++) {
        if (shifted[i] == n) {
            *modifiers |= TERM_SHIFT;
            return function_key(i + 1);
        }
    }
    return 0;
}

/* "CSI n" of an editing or function key. */
static size_t numbered(uint32_t number_of, unsigned modifiers, size_t n, struct term_key *key)
{
    uint16_t code = number(number_of, &modifiers);

    return take(key, n, code, 0, modifiers);
}

static size_t control(uint8_t c, uint8_t erase, unsigned modifiers, size_t n, struct term_key *key)
{
    if (c == erase) {
        return take(key, n, KEY_BACKSPACE, 0, modifiers);
    }
    switch (c) {
    case 0:
        return take(key, n, KEY_SPACE, 0, modifiers | TERM_CTRL);
    case '\t':
        return take(key, n, KEY_TAB, 0, modifiers);
    case '\r':
        return take(key, n, KEY_ENTER, 0, modifiers);
    case ESC:
        return take(key, n, KEY_ESC, 0, modifiers);
    case 0x7f:
        return take(key, n, KEY_DELETE, 0, modifiers);
    default: /* a letter, or one of \ ] ^ _ */
        return take(key, n, 0, c < ESC ? c + 0x60u : c + 0x40u, modifiers | TERM_CTRL);
    }
}

/* A character by its number, as terminals send that have been told to. */
static size_t character(uint32_t unicode, uint8_t erase, unsigned modifiers, size_t n,
                        struct term_key *key)
{
    if (unicode < 0x20 || unicode == 0x7f) {
        return control(unicode == 0x7f ? erase : (uint8_t)unicode, erase, modifiers, n, key);
    }
    return take(key, n, 0, unicode, modifiers);
}

/* "CSI p;p;p last", n bytes with the last. */
static size_t sequence(const uint8_t *bytes, size_t n, uint8_t erase, struct term_key *key)
{
    uint32_t p[PARAMETERS] = {0};
    uint8_t last = bytes[n - 1];
    unsigned at = 0, modifiers;

    for (size_t i = 2; i + 1 < n; i++) {
        if (bytes[i] == ';' && at < PARAMETERS - 1) {
            at++;
        } else if (bytes[i] >= '0' && bytes[i] <= '9') {
            p[at] = p[at] * 10 + (bytes[i] - '0'); /* 32 digits at most; may wrap, is no key then */
        } else {
            return take(key, n, 0, 0, 0); /* a terminal's answer, or the like */
        }
    }
    modifiers = p[1] >= 1 && p[1] <= 16 ? (unsigned)(p[1] - 1) & 7 : 0;
    switch (last) {
    case '~':
        if (p[0] == 27 && at == 2 && p[2] <= PARAMETER_MAX) {
            return character(p[2], erase, modifiers, n, key);
        }
        return numbered(p[0], modifiers, n, key);
    case 'u':
        return p[0] <= PARAMETER_MAX ? character(p[0], erase, modifiers, n, key)
                                     : take(key, n, 0, 0, 0);
    case '$':
        return numbered(p[0], modifiers | TERM_SHIFT, n, key);
    case '^':
        return numbered(p[0], modifiers | TERM_CTRL, n, key);
    case '@':
        return numbered(p[0], modifiers | TERM_SHIFT | TERM_CTRL, n, key);
    case 'Z':
        return take(key, n, KEY_TAB, 0, modifiers | TERM_SHIFT);
    case 'a':
    case 'b':
    case 'c':
    case 'd':
        return take(key, n, letter((uint8_t)(last - 0x20)), 0, TERM_SHIFT);
    default:
        return take(key, n, last < 'a' ? letter(last) : 0, 0, modifiers);
    }
}

/* Bytes of what begins with "CSI", 0: it goes on. */
static size_t sequence_length(const uint8_t *bytes, size_t n)
{
    for (size_t i = 2; i < n; i++) {
        bool ends = (bytes[i] >= 0x40 && bytes[i] <= 0x7e && !(i == 2 && bytes[i] == '[')) ||
                    bytes[i] == '$';

        if (ends || bytes[i] < 0x20 || bytes[i] > 0x7e) {
            return ends ? i + 1 : i; /* or torn off by the next */
        }
    }
    return n >= TERM_SEQUENCE_MAX ? n : 0;
}

static size_t decode_csi(const uint8_t *bytes, size_t n, bool complete, uint8_t erase,
                         struct term_key *key)
{
    size_t len = sequence_length(bytes, n);

    if (len == 0) {
        return complete ? n == 2 ? take(key, 2, 0, '[', TERM_ALT) : take(key, n, 0, 0, 0) : 0;
    }
    if (len == 4 && bytes[2] == '[') { /* F1 to F5 of the Linux console */
        bool known = bytes[3] >= 'A' && bytes[3] <= 'E';

        return take(key, 4, known ? function_key(bytes[3] - 'A' + 1u) : 0, 0, 0);
    }
    return len == 2 ? take(key, 2, 0, '[', TERM_ALT) : sequence(bytes, len, erase, key);
}

static size_t decode_ss3(const uint8_t *bytes, size_t n, bool complete, struct term_key *key)
{
    unsigned modifiers = 0;
    size_t i = 2;

    if (i < n && bytes[i] >= '2' && bytes[i] <= '8') {
        modifiers = bytes[i++] - '1';
    }
    if (i == n) {
        return complete ? take(key, 2, 0, 'O', TERM_ALT) : 0;
    }
    if (bytes[i] >= 'a' && bytes[i] <= 'd') {
        return take(key, i + 1, letter((uint8_t)(bytes[i] - 0x20)), 0, TERM_CTRL);
    }
    if (letter(bytes[i]) == 0) {
        return take(key, 2, 0, 'O', TERM_ALT);
    }
    return take(key, i + 1, letter(bytes[i]), 0, modifiers);
}

/* Several bytes, or one of ISO 8859-1. */
static size_t decode_utf8(const uint8_t *bytes, size_t n, bool complete, struct term_key *key)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = bytes[0];
    size_t len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    uint32_t c = first & (0x7fu >> len);

    if (first < 0xc2 || first > 0xf4) {
        return take(key, 1, 0, first, 0);
    }
    for (size_t i = 1; i < len; i++) {
        if (i == n) {
            return complete ? take(key, 1, 0, first, 0) : 0;
        }
        if ((bytes[i] & 0xc0) != 0x80) {
            return take(key, 1, 0, first, 0);
        }
        c = c << 6 | (bytes[i] & 0x3f);
    }
    return c >= least[len] && c <= PARAMETER_MAX ? take(key, len, 0, c, 0)
                                                 : take(key, 1, 0, first, 0);
}

size_t term_key_decode(const uint8_t *bytes, size_t n, bool complete, uint8_t erase,
                       struct term_key *key)
{
    bool alt = bytes[0] == ESC;
    size_t used;

    if (alt && n == 1) {
        return complete ? take(key, 1, KEY_ESC, 0, 0) : 0;
    }
    if (alt && bytes[1] == '[') {
        return decode_csi(bytes, n, complete, erase, key);
    }
    if (alt && bytes[1] == 'O') {
        return decode_ss3(bytes, n, complete, key);
    }
    if (alt && bytes[1] == ESC) { /* Escape twice, or with Alt a key that begins with it */
        if (n == 2) {
            return complete ? take(key, 1, KEY_ESC, 0, 0) : 0;
        }
        if (bytes[2] != '[' && bytes[2] != 'O') {
            return take(key, 1, KEY_ESC, 0, 0);
        }
        used = bytes[2] == '[' ? decode_csi(bytes + 1, n - 1, complete, erase, key)
                               : decode_ss3(bytes + 1, n - 1, complete, key);
        key->modifiers |= used ? TERM_ALT : 0;
        return used ? used + 1 : 0;
    }
    bytes += alt;
    n -= alt;
    if (bytes[0] >= 0x80) {
        used = decode_utf8(bytes, n, complete, key);
    } else {
        used = bytes[0] < 0x20 || bytes[0] == 0x7f ? control(bytes[0], erase, 0, 1, key)
                                                   : take(key, 1, 0, bytes[0], 0);
    }
    if (used && alt) {
        key->modifiers |= TERM_ALT;
    }
    return used ? used + alt : 0;
}
