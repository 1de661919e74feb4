/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A font of our own, so that no file or library has to be found. */
#ifndef UI_CLIENT_FONT_H
#define UI_CLIENT_FONT_H

#include <stdint.h>

#define FONT_WIDTH 8
#define FONT_HEIGHT 16

/* Signs beside ASCII. */
#define FONT_CHECK "\1"
#define FONT_ARROW "\2"
#define FONT_MENU "\3"
#define FONT_ON "\4"
#define FONT_OFF "\5"

/* FONT_HEIGHT bytes, a row each, the leftmost pixel in bit 7. What it lacks is a question mark. */
const uint8_t *font_glyph(unsigned char c);

/* The same of code page 437: letters with accents, lines and boxes, too. */
void font_cp437(unsigned char c, uint8_t glyph[FONT_HEIGHT]);

#endif
