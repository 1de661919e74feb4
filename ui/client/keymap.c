/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layouts come from the XKB database of the host by libxkbcommon; its key codes are Linux' plus 8,
 * whose codes up to 88 were made after set 1 (linux/input-event-codes.h).
 */
#include "ui/client/keymap.h"

#include "core/surface.h"

#include <linux/input-event-codes.h>
#include <string.h>
#include <xkbcommon/xkbcommon.h>

#define XKB_OFFSET 8u
#define XKB_LEVEL3 84u /* no key: XKB has AltGr's symbol there as well */
#define LEVELS_MAX 8u
#define MASKS_MAX 16u
#define LAYOUT_MAX 64u /* characters of a name */

struct keymap {
    GHashTable *keysyms, *chars; /* to code | modifiers << 16 */
};

/* -- names -- */

static const struct {
    const char *name, *layout, *variant;
} names[] = {
    {"ar", "ara", NULL}, {"bepo", "fr", "bepo"}, {"cz", "cz", NULL},    {"da", "dk", NULL},
    {"de", "de", NULL},  {"de-ch", "ch", "de"},  {"en-gb", "gb", NULL}, {"en-us", "us", NULL},
    {"es", "es", NULL},  {"et", "ee", NULL},     {"fi", "fi", NULL},    {"fo", "fo", NULL},
    {"fr", "fr", NULL},  {"fr-be", "be", NULL},  {"fr-ca", "ca", NULL}, {"fr-ch", "ch", "fr"},
    {"hr", "hr", NULL},  {"hu", "hu", NULL},     {"is", "is", NULL},    {"it", "it", NULL},
    {"ja", "jp", NULL},  {"lt", "lt", NULL},     {"lv", "lv", NULL},    {"mk", "mk", NULL},
    {"nl", "nl", NULL},  {"nl-be", "be", NULL},  {"no", "no", NULL},    {"pl", "pl", NULL},
    {"pt", "pt", NULL},  {"pt-br", "br", NULL},  {"ru", "ru", NULL},    {"sl", "si", NULL},
    {"sv", "se", NULL},  {"th", "th", NULL},     {"tr", "tr", NULL},
};

/* "layout(variant)" in two; false when it is neither that nor "layout". */
static bool split(const char *text, char **layout, char **variant)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t n = strspn(text, letters), v;

    if (n == 0 || strlen(text) > LAYOUT_MAX) {
        return false;
    }
    if (text[n] == 0) {
        *layout = g_strdup(text);
        return true;
    }
    v = text[n] == '(' ? strspn(text + n + 1, letters) : 0;
    if (v == 0 || strcmp(text + n + 1 + v, ")") != 0) {
        return false;
    }
    *layout = g_strndup(text, n);
    *variant = g_strndup(text + n + 1, v);
    return true;
}

static void fail(GError **error, const char *layout)
{
    g_autoptr(GString) known = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_string_append_printf(known, "%s%s", i ? " " : "", names[i].name);
    }
    g_set_error(
        error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
        "no keyboard layout \"%s\" (package xkb-data has them); known are %s, and XKB's own "
        "names, as us(dvorak)",
        layout, known->str);
}

/* -- keys -- */

/* From the code of Linux, from KEY_RO on; below it is the same in both. 0: none. */
static const uint16_t codes[] = {
    [KEY_RO] = 0x73,
    [KEY_KATAKANA] = 0x78,
    [KEY_HIRAGANA] = 0x77,
    [KEY_HENKAN] = 0x79,
    [KEY_KATAKANAHIRAGANA] = 0x70,
    [KEY_MUHENKAN] = 0x7b,
    [KEY_KPJPCOMMA] = 0x5c,
    [KEY_KPENTER] = 0xe01c,
    [KEY_RIGHTCTRL] = 0xe01d,
    [KEY_KPSLASH] = 0xe035,
    [KEY_SYSRQ] = INPUT_KEY_PRINT,
    [KEY_RIGHTALT] = 0xe038,
    [KEY_HOME] = 0xe047,
    [KEY_UP] = 0xe048,
    [KEY_PAGEUP] = 0xe049,
    [KEY_LEFT] = 0xe04b,
    [KEY_RIGHT] = 0xe04d,
    [KEY_END] = 0xe04f,
    [KEY_DOWN] = 0xe050,
    [KEY_PAGEDOWN] = 0xe051,
    [KEY_INSERT] = 0xe052,
    [KEY_DELETE] = 0xe053,
    [KEY_MUTE] = 0xe020,
    [KEY_VOLUMEDOWN] = 0xe02e,
    [KEY_VOLUMEUP] = 0xe030,
    [KEY_POWER] = 0xe05e,
    [KEY_KPEQUAL] = 0x59,
    [KEY_PAUSE] = INPUT_KEY_PAUSE,
    [KEY_KPCOMMA] = 0x7e,
    [KEY_YEN] = 0x7d,
    [KEY_LEFTMETA] = 0xe05b,
    [KEY_RIGHTMETA] = 0xe05c,
    [KEY_COMPOSE] = 0xe05d,
};

static uint16_t code_of(xkb_keycode_t key)
{
    uint32_t linux_code = key >= XKB_OFFSET ? key - XKB_OFFSET : 0;

    if (linux_code == KEY_ZENKAKUHANKAKU) {
        return 0x76;
    }
    if (linux_code == XKB_LEVEL3) {
        return 0;
    }
    if (linux_code < KEY_RO) {
        return (uint16_t)linux_code;
    }
    return linux_code < G_N_ELEMENTS(codes) ? codes[linux_code] : 0;
}

/* -- levels -- */

struct reader {
    struct keymap *k;
    struct xkb_keymap *xkb;
    xkb_mod_mask_t shift, altgr, num;
};

static unsigned cost(uint32_t entry)
{
    unsigned modifiers = entry >> 16;

    return (modifiers & 1) + (modifiers >> 1);
}

/* The entry with the fewest modifiers stays, of equals the first. */
static void put(GHashTable *table, uint32_t key, uint32_t entry)
{
    uint32_t old = GPOINTER_TO_UINT(g_hash_table_lookup(table, GUINT_TO_POINTER(key)));

    if (!old || cost(entry) < cost(old)) {
        g_hash_table_insert(table, GUINT_TO_POINTER(key), GUINT_TO_POINTER(entry));
    }
}

/* Shift and AltGr that lead to a level, if they alone do. */
static bool modifiers_of(const struct reader *r, xkb_keycode_t key, xkb_level_index_t level,
                         unsigned *out)
{
    xkb_mod_mask_t masks[MASKS_MAX];
    size_t n = xkb_keymap_key_get_mods_for_level(r->xkb, key, 0, level, masks, MASKS_MAX);
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        /* the lights are the guest's: a keypad's digit is its key */
        xkb_mod_mask_t m = masks[i] & ~r->num;
        unsigned is = (m & r->shift ? KEYMAP_SHIFT : 0) | (m & r->altgr ? KEYMAP_ALTGR : 0);

        if ((m & ~(r->shift | r->altgr)) == 0 && (!found || cost(is << 16) < cost(*out << 16))) {
            *out = is;
            found = true;
        }
    }
    return found;
}

static bool is_keypad(xkb_keysym_t sym)
{
    return sym >= XKB_KEY_KP_Space && sym <= XKB_KEY_KP_Equal;
}

static void read_key(struct xkb_keymap *xkb, xkb_keycode_t key, void *opaque)
{
    const struct reader *r = opaque;
    xkb_level_index_t levels = xkb_keymap_num_levels_for_key(xkb, key, 0);
    uint16_t code = code_of(key);

    for (xkb_level_index_t l = 0; code && l < MIN(levels, LEVELS_MAX); l++) {
        const xkb_keysym_t *syms;
        unsigned modifiers = 0;
        uint32_t unicode, entry;

        if (xkb_keymap_key_get_syms_by_level(xkb, key, 0, l, &syms) != 1 ||
            syms[0] == XKB_KEY_NoSymbol || !modifiers_of(r, key, l, &modifiers)) {
            continue;
        }
        entry = code | modifiers << 16;
        put(r->k->keysyms, syms[0], entry);
        unicode = is_keypad(syms[0]) ? 0 : xkb_keysym_to_utf32(syms[0]);
        if (unicode) {
            put(r->k->chars, unicode, entry);
        }
    }
}

static xkb_mod_mask_t mask_of(struct xkb_keymap *xkb, const char *modifier)
{
    xkb_mod_index_t i = xkb_keymap_mod_get_index(xkb, modifier);

    return i < 32 ? (xkb_mod_mask_t)1 << i : 0;
}

/* What is there already stays. */
static bool read_layout(struct keymap *k, struct xkb_context *c, const char *layout,
                        const char *variant)
{
    const struct xkb_rule_names rule = {
        .rules = "evdev", .model = "pc105", .layout = layout, .variant = variant, .options = ""};
    struct reader r = {.k = k, .xkb = xkb_keymap_new_from_names(c, &rule, 0)};

    if (!r.xkb) {
        return false;
    }
    r.shift = mask_of(r.xkb, XKB_MOD_NAME_SHIFT);
    r.altgr = mask_of(r.xkb, "Mod5");
    r.num = mask_of(r.xkb, XKB_MOD_NAME_NUM);
    xkb_keymap_key_for_each(r.xkb, read_key, &r);
    xkb_keymap_unref(r.xkb);
    return true;
}

/* Layouts of other scripts: their users switch to Latin letters and back, which stand as in the US. */
static void add_latin(struct keymap *k, struct xkb_context *c)
{
    struct keymap_key key;

    if (!keymap_find_char(k, 'a', &key)) {
        read_layout(k, c, "us", NULL);
    }
}

static void silent(struct xkb_context *c, enum xkb_log_level level, const char *format,
                   va_list args)
{
    (void)c;
    (void)level;
    (void)format;
    (void)args;
}

struct keymap *keymap_new(const char *layout, GError **error)
{
    g_autofree char *own_layout = NULL, *own_variant = NULL;
    const char *l = NULL, *v = NULL;
    struct xkb_context *c = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
    struct keymap *k = g_new0(struct keymap, 1);
    bool ok = c != NULL;

    k->keysyms = g_hash_table_new(NULL, NULL);
    k->chars = g_hash_table_new(NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names) && !l; i++) {
        if (strcmp(names[i].name, layout) == 0) {
            l = names[i].layout;
            v = names[i].variant;
        }
    }
    if (ok && !l && (ok = split(layout, &own_layout, &own_variant))) {
        l = own_layout;
        v = own_variant;
    }
    if (ok) {
        xkb_context_set_log_fn(c, silent);
        ok = read_layout(k, c, l, v) && g_hash_table_size(k->keysyms) != 0;
    }
    if (ok) {
        add_latin(k, c);
    } else {
        fail(error, layout);
        g_clear_pointer(&k, keymap_free);
    }
    if (c) {
        xkb_context_unref(c);
    }
    return k;
}

void keymap_free(struct keymap *k)
{
    if (k) {
        g_hash_table_unref(k->keysyms);
        g_hash_table_unref(k->chars);
        g_free(k);
    }
}

static bool find(GHashTable *table, uint32_t key, struct keymap_key *out)
{
    uint32_t entry = GPOINTER_TO_UINT(g_hash_table_lookup(table, GUINT_TO_POINTER(key)));

    out->code = (uint16_t)entry;
    out->modifiers = entry >> 16;
    return entry != 0;
}

bool keymap_find_char(const struct keymap *k, uint32_t unicode, struct keymap_key *out)
{
    return find(k->chars, unicode == '\n' ? '\r' : unicode, out);
}

uint32_t keymap_character(uint32_t keysym)
{
    return xkb_keysym_to_utf32(keysym);
}

bool keymap_find(const struct keymap *k, uint32_t keysym, struct keymap_key *out)
{
    uint32_t unicode;

    if (find(k->keysyms, keysym, out)) {
        return true;
    }
    /* many characters have two keysyms, an old one and that of Unicode */
    unicode = is_keypad(keysym) ? 0 : xkb_keysym_to_utf32(keysym);
    return unicode && keymap_find_char(k, unicode, out);
}
