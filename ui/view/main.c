/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmx-dm-view: a window onto a running machine. The machine starts one for -display sdl; others may
 * be started and closed at any time. It has no access to what the machine has, guest RAM, disks,
 * the hypervisor, and gives up access to the rest (rights.h).
 */
#include "core/loop.h"
#include "core/report.h"
#include "ui/runtime.h"
#include "ui/client/remote.h"
#include "ui/view/keeper.h"
#include "ui/view/rights.h"
#include "ui/view/sdl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MS 30 /* of pasted text, each key */

static void frame(void)
{
    picture_draw();
    remote_ready();
}

static void end(bool said)
{
    (void)said; /* one that dies says why itself */
    loop_quit();
}

static const struct remote_ops ops = {
    .frame = frame,
    .status = sdl_state,
    .end = end,
    .leds = status_leds,
    .pointer = sdl_pointer,
    .consoles = console_changed,
    .audio = audio_play,
    .stats = status_stats,
};

/* One of the words that an option takes. */
static bool word(const char *option, const char *value, const char *const *words, int *to)
{
    g_autofree char *all = NULL;

    for (int i = 0; words[i]; i++) {
        if (!value || strcmp(value, words[i]) == 0) {
            *to = i;
            return true;
        }
    }
    all = g_strjoinv(", ", (char **)words);
    report("%s=%s: expected one of %s", option, value, all);
    return false;
}

/* "on" or "off"; `*to` stays where there is neither. */
static bool on_off(const char *option, const char *value, bool *to)
{
    static const char *const words[] = {"off", "on", NULL};
    int i = *to;

    if (value && !word(option, value, words, &i)) {
        return false;
    }
    *to = i != 0;
    return true;
}

struct arguments {
    gboolean machine, full_screen;
    char *scale, *grab_mod, *status, *sound, *show_cursor, *keymap, *alt_codes, *confine;
    int key_ms;
    bool plays; /* sound */
    bool confined;
    char **rest;
};

static void free_arguments(struct arguments *a)
{
    g_free(a->scale);
    g_free(a->grab_mod);
    g_free(a->status);
    g_free(a->sound);
    g_free(a->show_cursor);
    g_free(a->keymap);
    g_free(a->alt_codes);
    g_free(a->confine);
    g_strfreev(a->rest);
}

/* What GOption does not check. */
static bool check(struct arguments *a, struct sdl_config *cfg)
{
    static const char *const scales[] = {VIEW_SCALES};
    static const char *const mods[] = {VIEW_GRAB_MODS};
    static const char *const alts[] = {VIEW_ALT_CODES};
    int scale = 0, mod = 0, alt = 0;

    if (a->rest && a->rest[0] && a->rest[1]) {
        report("one machine at a time: \"%s\" is one too many", a->rest[1]);
        return false;
    }
    if (a->key_ms < VIEW_KEY_MS_MIN || a->key_ms > VIEW_KEY_MS_MAX) {
        report("--key-delay=%d: expected %d to %d", a->key_ms, VIEW_KEY_MS_MIN, VIEW_KEY_MS_MAX);
        return false;
    }
    cfg->status = a->plays = a->confined = true;
    if (!word("--scale", a->scale, scales, &scale) ||
        !word("--grab-mod", a->grab_mod, mods, &mod) ||
        !word("--alt-codes", a->alt_codes, alts, &alt) ||
        !on_off("--status", a->status, &cfg->status) || !on_off("--audio", a->sound, &a->plays) ||
        !on_off("--show-cursor", a->show_cursor, &cfg->show_cursor) ||
        !on_off("--confine", a->confine, &a->confined)) {
        return false;
    }
    /* after the modes come numbers, from 2 on */
    cfg->scale = scale > SCALE_ONE ? SCALE_INTEGER : (enum scale_mode)scale;
    cfg->times = scale > SCALE_ONE ? scale - SCALE_ONE + 1 : 0;
    cfg->grab_mod = (enum grab_mod)mod;
    cfg->alt_codes = (enum alt_codes)alt;
    cfg->keymap = a->keymap;
    cfg->key_ms = (unsigned)a->key_ms;
    cfg->full_screen = a->full_screen;
    cfg->of_machine = a->machine;
    return true;
}

static bool parse(struct arguments *a, struct sdl_config *cfg, int argc, char **argv)
{
    const GOptionEntry entries[] = {
        {"full-screen", 'f', 0, G_OPTION_ARG_NONE, &a->full_screen, "Fill the screen", NULL},
        {"scale", 's', 0, G_OPTION_ARG_STRING, &a->scale,
         "How the screen fills the window: fit, integer, free, 1:1; 2 to 8: at first so large",
         "HOW"},
        {"status", 0, 0, G_OPTION_ARG_STRING, &a->status, "The line below the screen: on, off",
         "on|off"},
        {"grab-mod", 'g', 0, G_OPTION_ARG_STRING, &a->grab_mod,
         "Keys held for window commands: ctrl-alt, shift-ctrl-alt, rctrl", "KEYS"},
        {"show-cursor", 0, 0, G_OPTION_ARG_STRING, &a->show_cursor,
         "The host's pointer is seen over a guest that draws its own: on, off", "on|off"},
        {"audio", 0, 0, G_OPTION_ARG_STRING, &a->sound, "The machine is heard: on, off", "on|off"},
        {"keymap", 'k', 0, G_OPTION_ARG_STRING, &a->keymap,
         "The guest's keyboard, for text that is pasted: en-us, de, ...", "LAYOUT"},
        {"key-delay", 0, 0, G_OPTION_ARG_INT, &a->key_ms,
         "Milliseconds for each key of pasted text: 30", "MS"},
        {"alt-codes", 0, 0, G_OPTION_ARG_STRING, &a->alt_codes,
         "Text that is not on the guest's keyboard, by its number: off, dos, windows", "HOW"},
        {"confine", 0, 0, G_OPTION_ARG_STRING, &a->confine,
         "This program gives up what it does not need: on, off", "on|off"},
        {"machine", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &a->machine, NULL, NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->rest, NULL, "[MACHINE]"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) c = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(c, "A window onto a running vmx-dm: by its name, its process id "
                                    "or a socket; the only one that runs needs no naming.");
    g_option_context_add_main_entries(c, entries, NULL);
    if (!g_option_context_parse(c, &argc, &argv, &error)) {
        report("%s", error->message);
        return false;
    }
    return check(a, cfg);
}

/* The machine's name, heard when it can do no harm any more; NULL with an error. */
static char *meet(const struct arguments *a, struct sdl_config *cfg, GError **error)
{
    int fd;

    if (!keeper_start(a->confined)) {
        report("no process for pictures: %s", g_strerror(errno));
    }
    fd = a->machine ? VIEW_FD : runtime_connect(a->rest ? a->rest[0] : NULL, error);
    if (fd < 0) {
        return NULL;
    }
    if (a->confined) {
        rights_drop_files();
    }
    return remote_open(fd, &ops, &cfg->close, error);
}

/* True when there was a window. */
static bool look(struct arguments *a, struct sdl_config *cfg, GError **error)
{
    g_autofree char *name = meet(a, cfg, error);

    if (!name) {
        return false;
    }
    cfg->name = name;
    while (loop_iterate(false)) { /* the screen's size comes with the greeting */
    }
    if (!sdl_open(cfg, error)) {
        return false;
    }
    if (a->confined) {
        rights_drop_network(a->plays);
    }
    remote_want(VIEW_WANT_PIXELS | VIEW_WANT_STATS | (a->plays ? VIEW_WANT_AUDIO : 0));
    remote_shown(true);
    remote_ready();
    loop_run();
    sdl_close();
    return true;
}

int main(int argc, char **argv)
{
    struct arguments a = {.key_ms = KEY_MS};
    struct sdl_config cfg = {0};
    g_autoptr(GError) error = NULL;
    int exit_code = EXIT_SUCCESS;

    report_as("vmx-dm-view");
    if (!parse(&a, &cfg, argc, argv)) {
        free_arguments(&a);
        return EXIT_FAILURE;
    }
    rights_seal(a.machine ? VIEW_FD : -1);
    loop_init();
    if (!look(&a, &cfg, &error)) {
        exit_code = EXIT_FAILURE;
        if (a.machine) {
            remote_failed(error->message); /* which says it */
        } else {
            report("%s", error->message);
        }
    }
    remote_close();
    keeper_stop();
    free_arguments(&a);
    return exit_code;
}
