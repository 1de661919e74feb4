/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening the user interface: see display.h. */
#include "system/display.h"

#include "core/loop.h"
#include "core/report.h"
#include "system/audio.h"
#include "system/machine.h"
#include "system/secret.h"
#include "system/terminal.h"
#include "system/vm.h"
#include "ui/server.h"

#include <string.h>

/* Options of the window that are one of some words, for -display and for vmx-dm-view. */
static const char *const scales[] = {VIEW_SCALES};
static const char *const mods[] = {VIEW_GRAB_MODS};
static const char *const alts[] = {VIEW_ALT_CODES};
static const char *const closes[] = {"off", "on", "ask", NULL};
static const char *const on_off[] = {"off", "on", NULL};
static const struct {
    const char *key;
    const char *const *words;
} viewer_words[DISPLAY_WORDS] = {
    [DISPLAY_SCALE] = {"scale", scales},
    [DISPLAY_GRAB_MOD] = {"grab-mod", mods},
    [DISPLAY_STATUS] = {"status", on_off},
    [DISPLAY_AUDIO] = {"audio", on_off},
    [DISPLAY_SHOW_CURSOR] = {"show-cursor", on_off},
    [DISPLAY_ALT_CODES] = {"alt-codes", alts},
    [DISPLAY_CONFINE] = {"confine", on_off},
};

static char *viewer_options[DISPLAY_WORDS + 4];

/* The index of a word of the list, which is NULL at the end; *to stays where there is no such key. */
static bool take_word(struct keyval *kv, const char *key, const char *const *words, int *to,
                      GError **error)
{
    const char *value = keyval_take(kv, key);

    for (int i = 0; value && words[i]; i++) {
        if (strcmp(value, words[i]) == 0) {
            *to = i;
            return true;
        }
    }
    if (value) {
        g_autofree char *all = g_strjoinv(", ", (char **)words);

        keyval_error(kv, error, "%s=%s: expected one of %s", key, value, all);
    }
    return !value;
}

/* What is for the viewer. */
static bool take_viewer(struct keyval *kv, struct options *o, GError **error)
{
    bool integer = false;
    uint64_t ms = o->display_key_ms;

    for (unsigned i = 0; i < DISPLAY_WORDS; i++) {
        const char *const *words = viewer_words[i].words;
        int n = -1;

        if (!take_word(kv, viewer_words[i].key, words, &n, error)) {
            return false;
        }
        o->display_word[i] = n >= 0 ? words[n] : o->display_word[i];
    }
    if (!keyval_take_bool(kv, "integer", &integer, error) ||
        !keyval_take_uint(kv, "key-delay", VIEW_KEY_MS_MIN, VIEW_KEY_MS_MAX, &ms, error)) {
        return false;
    }
    if (integer) { /* another spelling */
        o->display_word[DISPLAY_SCALE] = scales[1];
    }
    o->display_key_ms = (uint32_t)ms;
    return true;
}

/* A viewer on a terminal; nobody loses a machine by leaving it, unless the user says so. */
static bool parse_terminal(struct keyval *kv, struct options *o, GError **error)
{
    int close = VIEW_CLOSE_ASK;

    if (!take_word(kv, "window-close", closes, &close, error) || !keyval_finish(kv, error)) {
        return false;
    }
    o->display = DISPLAY_TERM;
    o->window_close = (enum view_close)close;
    return true;
}

bool display_parse(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg ? arg : "term", "type", error);
    const char *type = kv ? keyval_take_last(kv, "type") : NULL;
    int close = (int)o->window_close;
    bool ok = kv != NULL;

    if (ok && !type && keyval_has(kv, "vnc")) {
        ok = vnc_parse(o, kv, error);
        o->display = DISPLAY_NONE;
        keyval_free(kv);
        return ok;
    }
    if (ok && type && (strcmp(type, "term") == 0 || strcmp(type, "curses") == 0)) {
        ok = parse_terminal(kv, o, error);
        keyval_free(kv);
        return ok;
    }
    if (ok && type && strcmp(type, "none") == 0) {
        o->display = DISPLAY_NONE;
    } else if (ok && type && strcmp(type, "sdl") == 0) {
        o->display = DISPLAY_SDL;
    } else if (ok) {
        keyval_error(kv, error, "display \"%s\" is not one of: sdl, term, vnc=, none",
                     type ? type : "");
        ok = false;
    }
    ok = ok && keyval_take_bool(kv, "full-screen", &o->full_screen, error) &&
         take_word(kv, "window-close", closes, &close, error) && take_viewer(kv, o, error) &&
         keyval_finish(kv, error);
    if (ok) {
        o->window_close = (enum view_close)close;
    }
    keyval_free(kv);
    return ok;
}

static void closed(void *opaque)
{
    (void)opaque;
    vm_quit(VM_BY_UI, 0);
}

static const char *status(void *opaque)
{
    (void)opaque;
    return vm_running() ? NULL : vm_state_name();
}

static void command(void *opaque, enum view_command c)
{
    struct machine *m = opaque;

    switch (c) {
    case VIEW_PAUSE:
        vm_stop(VM_PAUSED);
        break;
    case VIEW_CONTINUE:
        vm_cont();
        break;
    case VIEW_RESET:
        vm_reset(VM_BY_UI);
        break;
    case VIEW_POWERDOWN:
        machine_power_button(m);
        break;
    case VIEW_QUIT:
        vm_quit(VM_BY_UI, 0);
        break;
    }
}

static bool session_has_display(void)
{
    const char *x = g_getenv("DISPLAY"), *wayland = g_getenv("WAYLAND_DISPLAY");

    return (x && x[0]) || (wayland && wayland[0]);
}

/* After the guest has started: it does not wait for that. */
static void listen_late(void *opaque)
{
    (void)opaque;
    view_listen();
}

static void set_viewer_options(const struct options *o)
{
    unsigned n = 0;

    if (o->full_screen) {
        viewer_options[n++] = g_strdup("--full-screen");
    }
    for (unsigned i = 0; i < DISPLAY_WORDS; i++) {
        if (o->display_word[i]) {
            viewer_options[n++] =
                g_strdup_printf("--%s=%s", viewer_words[i].key, o->display_word[i]);
        }
    }
    if (o->display_key_ms) {
        viewer_options[n++] = g_strdup_printf("--key-delay=%u", o->display_key_ms);
    }
    if (o->keymap) {
        viewer_options[n++] = g_strdup_printf("--keymap=%s", o->keymap);
    }
}

bool display_check(const struct options *o, GError **error)
{
    return o->display != DISPLAY_TERM || terminal_check(o, error);
}

bool display_open(const struct options *o, struct machine *m, GError **error)
{
    struct view_config cfg = {
        .name = o->name,
        .close = o->window_close,
        .silent = !audio_for_viewers(),
        .closed = closed,
        .status = status,
        .command = command,
        .opaque = m,
    };
    const struct view_start window = {.program = "vmx-dm-view",
                                      .options = viewer_options,
                                      .window = true,
                                      .commands = true,
                                      .monitor = true};
    bool asked = o->display == DISPLAY_SDL || o->display == DISPLAY_TERM;

    set_viewer_options(o);
    view_init(&cfg);
    if (!o->qtest || asked) {
        loop_post(listen_late, NULL);
    }
    if (!vnc_open(o, error)) {
        return false;
    }
    if (o->display == DISPLAY_NONE || (!asked && (o->nodefaults || o->qtest || o->vnc.given))) {
        return true;
    }
    if (!asked && !session_has_display()) {
        report("no display: the guest runs without a screen (-display none says so, -nographic "
               "puts COM1 on this terminal)");
        return true;
    }
    if (o->display == DISPLAY_TERM) {
        return terminal_lend(o, error);
    }
    if (!view_start(&window, error)) {
        g_prefix_error(error, "-display sdl: ");
        return false;
    }
    return true;
}

void display_close(void)
{
    vnc_close();
    view_close_all();
    terminal_await();
    secret_free_all();
    for (unsigned i = 0; i < G_N_ELEMENTS(viewer_options); i++) {
        g_clear_pointer(&viewer_options[i], g_free);
    }
}

void display_status_changed(void)
{
    view_status_changed();
}
