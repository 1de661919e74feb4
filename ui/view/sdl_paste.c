/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clipboard's text typed on the guest's keyboard, at a pace that a BIOS with room for fifteen
 * keys keeps up with; any key of the user ends it. It waits while the machine is paused. What no key
 * gives can be typed by its number, as the INT 9 handler of PC BIOSes (IBM PC/AT Technical Reference,
 * "Keyboard routine") and Windows take it: Alt held, its digits on the keypad, Alt released.
 */
#include "core/cp437.h"
#include "core/report.h"
#include "ui/client/keymap.h"
#include "ui/client/remote.h"
#include "ui/view/sdl.h"

#include <string.h>

#define MAX_TEXT 65536u
#define KEY_SHIFT 0x2a
#define KEY_ALT 0x38
#define KEY_ALTGR 0xe038
#define LEDS_CAPS 4u

static struct {
    struct keymap *keymap;
    char *text;
    const char *next;
    bool pressed; /* the key is down, to be released next */
    struct keymap_key key;
    char number[8];                              /* of a character that no key gives */
    const char *digit;                           /* the next of it, NULL: there is none */
    unsigned timer, typed, total, skipped, told; /* told: hundredths in the status line */
} paste;

bool paste_is_busy(void)
{
    return paste.timer != 0;
}

static void end(void)
{
    if (paste.timer) {
        g_source_remove(paste.timer);
        paste.timer = 0;
    }
    g_clear_pointer(&paste.text, g_free);
    input_release_all();
}

void paste_stop(void)
{
    if (paste_is_busy()) {
        end();
        status_message("Pasting stopped after %u of %u characters", paste.typed, paste.total);
    }
}

void paste_close(void)
{
    paste_stop();
    keymap_free(paste.keymap);
    paste.keymap = NULL;
}

static void say_end(void)
{
    if (paste.skipped) {
        status_message("Pasted; %u of %u characters are not on the keyboard%s", paste.skipped,
                       paste.total, sdl.cfg.alt_codes ? "" : " (menu: Send keys, Alt codes)");
    } else {
        status_message("Pasted %u characters", paste.total);
    }
}

static void say_progress(void)
{
    unsigned hundredth = paste.typed * 100 / paste.total;

    if (hundredth / 10 != paste.told) {
        paste.told = hundredth / 10;
        status_message("Pasting, %u %%; any key stops it", hundredth);
    }
}

/* Caps Lock makes the other case of letters that one key has both of. */
static void mind_caps_lock(uint32_t c, struct keymap_key *key)
{
    uint32_t other = g_unichar_isupper(c) ? g_unichar_tolower(c) : g_unichar_toupper(c);
    struct keymap_key k;

    if ((sdl.leds & LEDS_CAPS) && other != c && keymap_find_char(paste.keymap, other, &k) &&
        k.code == key->code && (k.modifiers ^ key->modifiers) == KEYMAP_SHIFT) {
        key->modifiers = k.modifiers;
    }
}

static bool find(uint32_t c, struct keymap_key *key)
{
    switch (c) {
    case '\n':
        *key = (struct keymap_key){0x1c, 0};
        return true;
    case '\t':
        *key = (struct keymap_key){0x0f, 0};
        return true;
    default:
        if (c < ' ' || c == 0x7f || !keymap_find_char(paste.keymap, c, key)) {
            return false;
        }
        mind_caps_lock(c, key);
        return true;
    }
}

/* In Windows' code page 1252, 0: none. */
static unsigned windows_code(uint32_t c)
{
    static const uint16_t from_80h[32] = {
        0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(from_80h); i++) {
        if (from_80h[i] == c) {
            return 0x80 + i;
        }
    }
    return (c >= ' ' && c < 0x7f) || (c >= 0xa0 && c <= 0xff) ? c : 0;
}

static unsigned dos_code(uint32_t c)
{
    for (unsigned i = ' '; i < G_N_ELEMENTS(cp437_unicode); i++) {
        if (cp437_unicode[i] == c) {
            return i;
        }
    }
    return 0;
}

static bool find_number(uint32_t c)
{
    bool windows = sdl.cfg.alt_codes == ALT_CODES_WINDOWS;
    unsigned code = 0;

    if (c >= ' ' && sdl.cfg.alt_codes != ALT_CODES_OFF) {
        code = windows ? windows_code(c) : dos_code(c);
    }
    if (code) {
        g_snprintf(paste.number, sizeof(paste.number), windows ? "0%u" : "%u", code);
        paste.digit = paste.number;
    }
    return code != 0;
}

/* The next character that has a key. False: there is none. */
static bool take_next(void)
{
    while (*paste.next) {
        uint32_t c = g_utf8_get_char(paste.next);

        paste.next = g_utf8_next_char(paste.next);
        if (c == '\r') { /* with a newline or instead of one */
            if (*paste.next == '\n') {
                paste.typed++;
                continue;
            }
            c = '\n';
        }
        paste.typed++;
        if (find(c, &paste.key) || find_number(c)) {
            return true;
        }
        paste.skipped++;
    }
    return false;
}

static void press_digit(bool down)
{
    static const uint16_t keypad[] = {0x52, 0x4f, 0x50, 0x51, 0x4b, 0x4c, 0x4d, 0x47, 0x48, 0x49};

    if (down && paste.digit == paste.number) {
        input_key(KEY_ALT, true);
    }
    input_key(keypad[*paste.digit - '0'], down);
    if (!down && !*++paste.digit) {
        input_key(KEY_ALT, false); /* the guest has it now */
        paste.digit = NULL;
    }
}

static void press(bool down)
{
    static const struct {
        unsigned modifier;
        uint16_t code;
    } modifiers[] = {{KEYMAP_SHIFT, KEY_SHIFT}, {KEYMAP_ALTGR, KEY_ALTGR}};

    if (paste.digit) {
        press_digit(down);
        return;
    }
    if (!down) {
        input_key(paste.key.code, false);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(modifiers); i++) {
        if (paste.key.modifiers & modifiers[i].modifier) {
            input_key(modifiers[i].code, down);
        }
    }
    if (down) {
        input_key(paste.key.code, true);
    }
}

/* Down and up in turn. */
static gboolean step(void *opaque)
{
    (void)opaque;
    if (sdl.state && sdl.state[0]) {
        return G_SOURCE_CONTINUE;
    }
    if (paste.pressed) {
        paste.pressed = false;
        press(false);
    } else if (paste.digit || take_next()) {
        paste.pressed = true;
        press(true);
        say_progress();
    } else {
        paste.timer = 0; /* removed by what is returned */
        end();
        say_end();
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static bool have_keymap(void)
{
    g_autoptr(GError) error = NULL;

    if (!paste.keymap) {
        paste.keymap = keymap_new(sdl.cfg.keymap ? sdl.cfg.keymap : "en-us", &error);
    }
    if (!paste.keymap) {
        report("%s", error->message);
        status_message("%s", error->message);
    }
    return paste.keymap != NULL;
}

void paste_begin(void)
{
    char *text;

    paste_stop();
    if (!have_keymap()) {
        return;
    }
    text = SDL_GetClipboardText();
    if (!text || !text[0]) {
        status_message("There is no text to paste");
    } else if (strlen(text) > MAX_TEXT) {
        status_message("Too long to paste: %zu bytes, of 65536 at most", strlen(text));
    } else if (!g_utf8_validate(text, -1, NULL)) {
        status_message("What is to be pasted is not text");
    } else if (remote_console()) {
        console_paste(text);
    } else {
        paste.text = g_strdup(text);
        paste.next = paste.text;
        paste.typed = paste.skipped = 0;
        paste.total = (unsigned)g_utf8_strlen(text, -1);
        paste.told = UINT32_MAX;
        paste.pressed = false;
        paste.digit = NULL;
        paste.timer = g_timeout_add(MAX(sdl.cfg.key_ms / 2, 1), step, NULL);
    }
    SDL_free(text);
}
