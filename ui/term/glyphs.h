/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters of code page 437 where a terminal has no Unicode. */
#ifndef UI_TERM_GLYPHS_H
#define UI_TERM_GLYPHS_H

/* The nearest of ASCII, 256 of them. */
extern const char term_ascii[257];

/* The letter of the VT100's line drawing set, 0: none; box lines of both widths are one there. */
extern const char term_line[256];

#endif
