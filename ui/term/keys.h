/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a terminal sends, as keys. Pure. */
#ifndef UI_TERM_KEYS_H
#define UI_TERM_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of xterm's modifier parameter. */
#define TERM_SHIFT 1u
#define TERM_ALT 2u
#define TERM_CTRL 4u

#define TERM_SEQUENCE_MAX 32u /* bytes of a key; longer ones are none */

/* Either the code of a key, as core/surface.h names it, or a character; neither: no key. */
struct term_key {
    uint16_t code;
    uint32_t unicode;
    unsigned modifiers; /* beside what the character itself needs */
};

/*
 * The first key of n >= 1 bytes, in UTF-8 or else ISO 8859-1. `complete`: no more bytes come, so that
 * an Escape is the key. `erase` is what the terminal sends for Backspace, 08h or 7fh. Returns the
 * bytes it takes; 0: they are the beginning of a key.
 */
size_t term_key_decode(const uint8_t *bytes, size_t n, bool complete, uint8_t erase,
                       struct term_key *key);

#endif
