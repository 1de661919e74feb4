/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What code page 437 has beside ASCII, composed: an accent over a letter, lines from the middle. */
#include "ui/client/font.h"

#include <stdbool.h>
#include <string.h>

/* -- letters with accents: 80h to afh -- */

enum accent { PLAIN, ACUTE, GRAVE, CIRCUMFLEX, DIAERESIS, TILDE, RING, CEDILLA };

static const uint8_t marks[][3] = {
    [PLAIN] = {0, 0, 0},           [ACUTE] = {0x08, 0x10, 0},
    [GRAVE] = {0x20, 0x10, 0},     [CIRCUMFLEX] = {0x10, 0x28, 0},
    [DIAERESIS] = {0x28, 0x28, 0}, [TILDE] = {0x34, 0x58, 0},
    [RING] = {0x18, 0x24, 0x18},   [CEDILLA] = {0x08, 0x30, 0},
};

static const struct {
    char letter;
    uint8_t accent; /* enum accent */
} composed[] = {
    {'C', CEDILLA},   {'u', DIAERESIS}, {'e', ACUTE},      {'a', CIRCUMFLEX}, {'a', DIAERESIS},
    {'a', GRAVE},     {'a', RING},      {'c', CEDILLA},    {'e', CIRCUMFLEX}, {'e', DIAERESIS},
    {'e', GRAVE},     {'i', DIAERESIS}, {'i', CIRCUMFLEX}, {'i', GRAVE},      {'A', DIAERESIS},
    {'A', RING},      {'E', ACUTE},     {'a', PLAIN},      {'A', PLAIN},      {'o', CIRCUMFLEX},
    {'o', DIAERESIS}, {'o', GRAVE},     {'u', CIRCUMFLEX}, {'u', GRAVE},      {'y', DIAERESIS},
    {'O', DIAERESIS}, {'U', DIAERESIS}, {'c', PLAIN},      {'L', PLAIN},      {'Y', PLAIN},
    {'P', PLAIN},     {'f', PLAIN},     {'a', ACUTE},      {'i', ACUTE},      {'o', ACUTE},
    {'u', ACUTE},     {'n', TILDE},     {'N', TILDE},      {'a', PLAIN},      {'o', PLAIN},
    {'?', PLAIN},     {'-', PLAIN},     {'-', PLAIN},      {'/', PLAIN},      {'/', PLAIN},
    {'!', PLAIN},     {'<', PLAIN},     {'>', PLAIN},
};

static void accented(char letter, enum accent accent, uint8_t glyph[FONT_HEIGHT])
{
    unsigned row = accent == CEDILLA ? 12 : letter >= 'a' ? 2 : 0;

    memcpy(glyph, font_glyph((unsigned char)letter), FONT_HEIGHT);
    if (letter == 'i' && accent != PLAIN) { /* it takes the place of the dot */
        memset(glyph, 0, 5);
    }
    for (unsigned i = 0; i < 3; i++) {
        glyph[row + i] |= marks[accent][i];
    }
}

/* -- lines: b3h to dah; how many go left, right, up, down, two bits each -- */

#define L(n) ((n) << 6)
#define R(n) ((n) << 4)
#define U(n) ((n) << 2)
#define D(n) (n)

static const uint8_t lines[] = {
    U(1) | D(1),
    L(1) | U(1) | D(1),
    L(2) | U(1) | D(1),
    L(1) | U(2) | D(2),
    L(1) | D(2),
    L(2) | D(1),
    L(2) | U(2) | D(2),
    U(2) | D(2),
    L(2) | D(2),
    L(2) | U(2),
    L(1) | U(2),
    L(2) | U(1),
    L(1) | D(1),
    R(1) | U(1),
    L(1) | R(1) | U(1),
    L(1) | R(1) | D(1),
    R(1) | U(1) | D(1),
    L(1) | R(1),
    L(1) | R(1) | U(1) | D(1),
    R(2) | U(1) | D(1),
    R(1) | U(2) | D(2),
    R(2) | U(2),
    R(2) | D(2),
    L(2) | R(2) | U(2),
    L(2) | R(2) | D(2),
    R(2) | U(2) | D(2),
    L(2) | R(2),
    L(2) | R(2) | U(2) | D(2),
    L(2) | R(2) | U(1),
    L(1) | R(1) | U(2),
    L(2) | R(2) | D(1),
    L(1) | R(1) | D(2),
    R(1) | U(2),
    R(2) | U(1),
    R(2) | D(1),
    R(1) | D(2),
    L(1) | R(1) | U(2) | D(2),
    L(2) | R(2) | U(1) | D(1),
    L(1) | U(1),
    R(1) | D(1),
};

_Static_assert(sizeof(lines) == 0xdb - 0xb3, "each has its lines");

#define MIDDLE 0x10 /* of a row */
#define PAIR 0x28
#define MIDDLE_ROW 7u

static void line_art(uint8_t arms, uint8_t glyph[FONT_HEIGHT])
{
    unsigned left = arms >> 6, right = arms >> 4 & 3, up = arms >> 2 & 3, down = arms & 3;
    unsigned across = left > right ? left : right;
    uint8_t row = (uint8_t)((left ? 0xf0 : 0) | (right ? 0x1f : 0));
    unsigned first = across == 2 ? MIDDLE_ROW - 1 : MIDDLE_ROW;
    unsigned last = across == 2 ? MIDDLE_ROW + 1 : MIDDLE_ROW;

    memset(glyph, 0, FONT_HEIGHT);
    for (unsigned y = 0; up && y <= last; y++) {
        glyph[y] |= up == 2 ? PAIR : MIDDLE;
    }
    for (unsigned y = first; down && y < FONT_HEIGHT; y++) {
        glyph[y] |= down == 2 ? PAIR : MIDDLE;
    }
    if (across) {
        glyph[first] |= row;
        glyph[last] |= row;
    }
}

/* -- the rest -- */

/* What ASCII comes nearest: 01h to 1fh, and e0h to feh. */
static const char low[] = "**<*^*.o*O%@dd*>>|!PS=|^v>-^-^v";
static const char high[] = "aBGpSsutFTOd8of^=+><fJ/=o..vn2#";

static char nearest(unsigned char c)
{
    if (c > 0 && c < ' ') {
        return low[c - 1];
    }
    if (c >= 0xe0 && c < 0xff) {
        return high[c - 0xe0];
    }
    return c == 0x7f ? '^' : ' ';
}

static void block(unsigned char c, uint8_t glyph[FONT_HEIGHT])
{
    static const uint8_t shades[3][2] = {{0x22, 0x88}, {0x55, 0xaa}, {0xdd, 0x77}};

    for (unsigned y = 0; y < FONT_HEIGHT; y++) {
        bool lower = y >= FONT_HEIGHT / 2;

        glyph[y] = c <= 0xb2   ? shades[c - 0xb0][y & 1]
                   : c == 0xdb ? 0xff
                   : c == 0xdc ? (lower ? 0xff : 0)
                   : c == 0xdd ? 0xf0
                   : c == 0xde ? 0x0f
                               : (lower ? 0 : 0xff);
    }
}

void font_cp437(unsigned char c, uint8_t glyph[FONT_HEIGHT])
{
    if (c >= ' ' && c < 0x7f) {
        memcpy(glyph, font_glyph(c), FONT_HEIGHT);
    } else if (c >= 0x80 && c < 0xb0) {
        accented(composed[c - 0x80].letter, (enum accent)composed[c - 0x80].accent, glyph);
    } else if (c >= 0xb3 && c < 0xdb) {
        line_art(lines[c - 0xb3], glyph);
    } else if (c >= 0xb0 && c < 0xe0) {
        block(c, glyph);
    } else {
        accented(nearest(c), PLAIN, glyph);
    }
}
