/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keyboard layout backwards: which key, with which modifiers, gives a character. For viewers that
 * hear of characters rather than of keys, and to type a text. The layout is the guest's.
 */
#ifndef UI_CLIENT_KEYMAP_H
#define UI_CLIENT_KEYMAP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define KEYMAP_SHIFT 1u
#define KEYMAP_ALTGR 2u

struct keymap;

struct keymap_key {
    uint16_t code; /* as core/surface.h names keys */
    unsigned modifiers;
};

/*
 * By QEMU's name of a layout ("de-ch"), or XKB's: "layout" or "layout(variant)". Reads files. NULL
 * with an error that names the layout.
 */
struct keymap *keymap_new(const char *layout, GError **error);
void keymap_free(struct keymap *k);

/* The key of a keysym of X11, of a character. False where no single key gives it. */
bool keymap_find(const struct keymap *k, uint32_t keysym, struct keymap_key *out);
/* The character that a keysym stands for; 0: none. */
uint32_t keymap_character(uint32_t keysym);
bool keymap_find_char(const struct keymap *k, uint32_t unicode, struct keymap_key *out);

#endif
