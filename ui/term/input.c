/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal tells of characters, not of keys, and of no releases: a key is released as soon as it
 * is pressed, with the modifiers that its character needs. Pasted text comes faster than any typing:
 * keys wait here, since a keyboard controller holds a few only.
 */
#include "ui/term/input.h"

#include "core/loop.h"
#include "ui/client/keymap.h"
#include "ui/client/remote.h"
#include "ui/client/typed.h"
#include "ui/term/keys.h"
#include "ui/term/screen.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ESCAPE_MS 50u /* after which a lone Escape is that key */
#define KEY_MS 15u    /* between two keys */
#define KEYS_MAX 4096u

#define CODE_CTRL 0x1du
#define CODE_SHIFT 0x2au
#define CODE_ALT 0x38u
#define CODE_ALTGR 0xe038u
#define CODE_DELETE 0xe053u
#define CODE_F1 0x3bu

static struct {
    const struct input_config *cfg;
    struct keymap *layout;
    unsigned watch, escape_timer, key_timer;
    uint8_t bytes[256]; /* not yet understood */
    size_t n;
    GQueue keys; /* struct term_key, for the guest */
    bool prefix, asking, helping;
} input;

static const char *const help[] = {
    "Ctrl-A h     this help; any key ends it",
    "Ctrl-A x     leave the machine",
    "Ctrl-A d     Ctrl-Alt-Delete for the guest",
    "Ctrl-A 1..0  F1 to F10 for the guest",
    "Ctrl-A arrow another part of a large screen",
    "Ctrl-A Home  the part where the cursor is",
    "Ctrl-A n     next of the text consoles, and the guest's screen again",
    "Ctrl-A PgUp  what a text console showed before; PgDn: after",
    "Ctrl-A r     draw all again",
    "Ctrl-A z     stop vmx-dm-term (not that of -display term)",
    "Ctrl-A a     Ctrl-A for the guest",
    NULL,
};

/* -- to the guest -- */

static const struct {
    unsigned bit;
    uint16_t code;
} modifier_keys[] = {{TERM_CTRL, CODE_CTRL}, {TERM_ALT, CODE_ALT}, {TERM_SHIFT, CODE_SHIFT}};

static void press(uint16_t code, unsigned modifiers, bool altgr)
{
    for (size_t i = 0; i < G_N_ELEMENTS(modifier_keys); i++) {
        if (modifiers & modifier_keys[i].bit) {
            input_key(modifier_keys[i].code, true);
        }
    }
    if (altgr) {
        input_key(CODE_ALTGR, true);
    }
    input_key(code, true);
    input_key(code, false);
    if (altgr) {
        input_key(CODE_ALTGR, false);
    }
    for (size_t i = G_N_ELEMENTS(modifier_keys); i-- > 0;) {
        if (modifiers & modifier_keys[i].bit) {
            input_key(modifier_keys[i].code, false);
        }
    }
}

static void type(const struct term_key *k)
{
    struct keymap_key key;
    char utf8[7] = {0};

    if (k->code) {
        press(k->code, k->modifiers, false);
    } else if (keymap_find_char(input.layout, k->unicode, &key)) {
        press(key.code, k->modifiers | (key.modifiers & KEYMAP_SHIFT ? TERM_SHIFT : 0),
              (key.modifiers & KEYMAP_ALTGR) != 0);
    } else if (g_unichar_validate(k->unicode)) {
        g_autofree char *text = NULL;

        g_unichar_to_utf8(k->unicode, utf8);
        text = g_strdup_printf("no key of layout %s gives %s", input.cfg->layout, utf8);
        screen_notice(text);
        screen_draw();
    }
}

static gboolean next_key(void *opaque)
{
    g_autofree struct term_key *k = g_queue_pop_head(&input.keys);

    (void)opaque;
    if (!k) {
        input.key_timer = 0;
        return G_SOURCE_REMOVE;
    }
    type(k);
    return G_SOURCE_CONTINUE;
}

/* As if the text console were this terminal. */
static void to_console(const struct term_key *k)
{
    const char *bytes = k->code ? typed_key(k->code) : NULL;
    int control = k->modifiers & TERM_CTRL ? typed_control(k->unicode) : -1;
    char text[8] = {'\033'};
    int n = (k->modifiers & TERM_ALT) != 0;

    if (bytes) {
        remote_type(bytes, strlen(bytes));
    } else if (!k->code) {
        if (control >= 0) {
            text[n++] = (char)control;
        } else {
            n += g_unichar_to_utf8(k->unicode, text + n);
        }
        remote_type(text, (size_t)n);
    }
}

static void to_guest(const struct term_key *k)
{
    if (remote_console()) {
        to_console(k);
    } else if (!input.key_timer) {
        input.key_timer = g_timeout_add(KEY_MS, next_key, NULL);
        type(k);
    } else if (g_queue_get_length(&input.keys) < KEYS_MAX) {
        g_queue_push_tail(&input.keys, g_memdup2(k, sizeof(*k)));
    }
}

/* -- commands -- */

static void leave(bool end_machine)
{
    remote_closed(end_machine);
    input.cfg->leave();
}

static void wish_to_leave(void)
{
    if (!input.cfg->of_machine || input.cfg->close == VIEW_CLOSE_DETACH) {
        leave(false);
    } else if (input.cfg->close == VIEW_CLOSE_END) {
        leave(true);
    } else {
        input.asking = true;
        screen_notice(
            "End the machine? y: yes, d: no, but leave it alone; another key: back to it");
    }
}

static void answer(const struct term_key *k)
{
    input.asking = false;
    screen_notice(NULL);
    if (k->unicode == 'y' || k->unicode == 'Y') {
        leave(true);
    } else if (k->unicode == 'd' || k->unicode == 'D') {
        leave(false);
    }
}

/* An arrow, or Home. False: another key. */
static bool look_elsewhere(uint16_t code)
{
    switch (code) {
    case 0xe048:
        screen_pan(0, -1);
        return true;
    case 0xe050:
        screen_pan(0, 1);
        return true;
    case 0xe04b:
        screen_pan(-1, 0);
        return true;
    case 0xe04d:
        screen_pan(1, 0);
        return true;
    case 0xe047:
        screen_follow();
        return true;
    case 0xe049:
        remote_scroll(-TYPED_PAGE_LINES);
        return true;
    case 0xe051:
        remote_scroll(TYPED_PAGE_LINES);
        return true;
    default:
        return false;
    }
}

static void turn_to_next(void)
{
    unsigned n = remote_console() < remote_consoles() ? remote_console() + 1 : 0;

    if (remote_consoles() == 0) {
        screen_notice("There are no text consoles (-serial vc, -monitor vc)");
        return;
    }
    remote_turn(n);
    screen_notice(n ? remote_console_name(n) : "The guest's screen");
}

static void function_key(unsigned n)
{
    const struct term_key k = {.code = (uint16_t)(CODE_F1 + n - 1)};

    to_guest(&k);
}

static void command(const struct term_key *k)
{
    const struct term_key ctrl_a = {.unicode = 'a', .modifiers = TERM_CTRL};

    if (look_elsewhere(k->code)) {
        return;
    }
    switch (k->unicode) {
    case 'x':
        wish_to_leave();
        return;
    case 'h':
    case '?':
        input.helping = true;
        screen_box(help);
        return;
    case 'd':
        press(CODE_DELETE, TERM_CTRL | TERM_ALT, false);
        return;
    case 'a': /* with Ctrl, too */
        to_guest(&ctrl_a);
        return;
    case 'r':
        screen_redraw();
        return;
    case 'z':
        if (input.cfg->stop) {
            input.cfg->stop();
        }
        return;
    case '0':
        function_key(10);
        return;
    case 'n':
        turn_to_next();
        return;
    default:
        if (k->unicode >= '1' && k->unicode <= '9') {
            function_key(k->unicode - '0');
        } else {
            screen_notice("Ctrl-A h lists what follows Ctrl-A");
        }
    }
}

static void take_key(const struct term_key *k)
{
    if (k->code == 0 && k->unicode == 0) {
        return;
    }
    if (input.helping) {
        input.helping = false;
        screen_box(NULL);
    } else if (input.asking) {
        answer(k);
    } else if (input.prefix) {
        input.prefix = false;
        screen_notice(NULL);
        command(k);
    } else if (k->unicode == 'a' && k->modifiers == TERM_CTRL) {
        input.prefix = true;
        return;
    } else {
        screen_notice(NULL);
        screen_follow();
        to_guest(k);
    }
    screen_draw();
}

/* -- from the terminal -- */

static gboolean escape_alone(void *opaque);

static void understand(bool complete)
{
    size_t used = 0, at = 0;

    while (at < input.n) {
        struct term_key k = {0};

        used = term_key_decode(input.bytes + at, input.n - at, complete, screen_erase(), &k);
        if (used == 0) {
            break;
        }
        at += used;
        take_key(&k);
    }
    input.n -= at;
    memmove(input.bytes, input.bytes + at, input.n);
    if (input.escape_timer) {
        g_source_remove(input.escape_timer);
        input.escape_timer = 0;
    }
    if (input.n) {
        input.escape_timer = g_timeout_add(ESCAPE_MS, escape_alone, NULL);
    }
}

static gboolean escape_alone(void *opaque)
{
    (void)opaque;
    input.escape_timer = 0;
    understand(true);
    return G_SOURCE_REMOVE;
}

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    ssize_t n = read(fd, input.bytes + input.n, sizeof(input.bytes) - input.n);

    (void)cond;
    (void)opaque;
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return true;
    }
    if (n <= 0) { /* the terminal has gone */
        input.watch = 0;
        input.cfg->leave();
        return false;
    }
    input.n += (size_t)n;
    understand(false);
    return true;
}

bool input_open(const struct input_config *cfg, GError **error)
{
    input.cfg = cfg;
    g_queue_init(&input.keys);
    input.layout = keymap_new(cfg->layout, error);
    return input.layout != NULL;
}

void input_start(void)
{
    input.watch = loop_watch(STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, NULL);
}

void input_close(void)
{
    loop_unwatch(&input.watch);
    if (input.escape_timer) {
        g_source_remove(input.escape_timer);
    }
    if (input.key_timer) {
        g_source_remove(input.key_timer);
    }
    g_queue_clear_full(&input.keys, g_free);
    g_clear_pointer(&input.layout, keymap_free);
    memset(&input, 0, sizeof(input));
}
