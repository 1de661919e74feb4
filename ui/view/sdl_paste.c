/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clipboard's text typed on the guest's keyboard, at a pace that a BIOS with room for fifteen
 * keys keeps up with; any key of the user ends it. It waits while the machine is paused.
 */
#include "core/report.h"
#include "ui/client/keymap.h"
#include "ui/view/sdl.h"

#include <string.h>

#define MAX_TEXT 65536u
#define KEY_SHIFT 0x2a
#define KEY_ALTGR 0xe038

static struct {
    struct keymap *keymap;
    char *text;
    const char *next;
    bool pressed; /* the key is down, to be released next */
    struct keymap_key key;
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
        status_message("Pasted; %u of %u characters are not on the keyboard", paste.skipped,
                       paste.total);
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
        return c >= ' ' && c != 0x7f && keymap_find_char(paste.keymap, c, key);
    }
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
        if (find(c, &paste.key)) {
            return true;
        }
        paste.skipped++;
    }
    return false;
}

static void press(bool down)
{
    static const struct {
        unsigned modifier;
        uint16_t code;
    } modifiers[] = {{KEYMAP_SHIFT, KEY_SHIFT}, {KEYMAP_ALTGR, KEY_ALTGR}};

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
    } else if (take_next()) {
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
    } else {
        paste.text = g_strdup(text);
        paste.next = paste.text;
        paste.typed = paste.skipped = 0;
        paste.total = (unsigned)g_utf8_strlen(text, -1);
        paste.told = UINT32_MAX;
        paste.pressed = false;
        paste.timer = g_timeout_add(MAX(sdl.cfg.key_ms / 2, 1), step, NULL);
    }
    SDL_free(text);
}
