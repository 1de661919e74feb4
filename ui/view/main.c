/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmx-dm-view: a window onto a running machine. The machine starts one for -display sdl; others may
 * be started and closed at any time. It has no access to what the machine has: guest RAM, disks,
 * the hypervisor.
 */
#include "core/loop.h"
#include "core/report.h"
#include "ui/runtime.h"
#include "ui/client/remote.h"
#include "ui/view/sdl.h"

#include <stdlib.h>
#include <string.h>

static void frame(void)
{
    sdl_draw();
    remote_ready();
}

static void end(bool said)
{
    (void)said; /* one that dies says why itself */
    loop_quit();
}

static const struct remote_ops ops = {.frame = frame, .status = sdl_status, .end = end};

/* "--scale" and "--grab-mod": one of the words. */
static bool word(const char *option, const char *value, const char *const *words, int *to)
{
    for (int i = 0; words[i]; i++) {
        if (!value || strcmp(value, words[i]) == 0) {
            *to = i;
            return true;
        }
    }
    report("%s=%s: expected one of %s, %s, %s", option, value, words[0], words[1], words[2]);
    return false;
}

struct arguments {
    gboolean machine, full_screen;
    char *scale, *grab_mod;
    char **rest;
};

static bool parse(struct arguments *a, struct sdl_config *cfg, int argc, char **argv)
{
    static const char *const scales[] = {VIEW_SCALES};
    static const char *const mods[] = {VIEW_GRAB_MODS};
    const GOptionEntry entries[] = {
        {"full-screen", 'f', 0, G_OPTION_ARG_NONE, &a->full_screen, "Fill the screen", NULL},
        {"scale", 's', 0, G_OPTION_ARG_STRING, &a->scale,
         "How the screen fills the window: fit, integer, free", "HOW"},
        {"grab-mod", 'g', 0, G_OPTION_ARG_STRING, &a->grab_mod,
         "Keys held for window commands: ctrl-alt, shift-ctrl-alt, rctrl", "KEYS"},
        {"machine", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &a->machine, NULL, NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->rest, NULL, "[MACHINE]"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) c = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    int scale = 0, mod = 0;

    g_option_context_set_summary(c, "A window onto a running vmx-dm: by its name, its process id "
                                    "or a socket; the only one that runs needs no naming.");
    g_option_context_add_main_entries(c, entries, NULL);
    if (!g_option_context_parse(c, &argc, &argv, &error)) {
        report("%s", error->message);
        return false;
    }
    if (a->rest && a->rest[0] && a->rest[1]) {
        report("one machine at a time: \"%s\" is one too many", a->rest[1]);
        return false;
    }
    if (!word("--scale", a->scale, scales, &scale) ||
        !word("--grab-mod", a->grab_mod, mods, &mod)) {
        return false;
    }
    cfg->scale = (enum scale_mode)scale;
    cfg->grab_mod = (enum grab_mod)mod;
    cfg->full_screen = a->full_screen;
    cfg->of_machine = a->machine;
    return true;
}

/* True when there was a window. */
static bool look(struct arguments *a, struct sdl_config *cfg, GError **error)
{
    int fd = a->machine ? VIEW_FD : runtime_connect(a->rest ? a->rest[0] : NULL, error);
    g_autofree char *name = fd >= 0 ? remote_open(fd, &ops, &cfg->close, error) : NULL;

    if (!name) {
        return false;
    }
    cfg->name = name;
    if (!sdl_open(cfg, error)) {
        return false;
    }
    remote_shown(true);
    remote_ready();
    loop_run();
    sdl_close();
    return true;
}

int main(int argc, char **argv)
{
    struct arguments a = {0};
    struct sdl_config cfg = {0};
    g_autoptr(GError) error = NULL;
    int exit_code = EXIT_SUCCESS;

    report_as("vmx-dm-view");
    if (!parse(&a, &cfg, argc, argv)) {
        return EXIT_FAILURE;
    }
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
    g_free(a.scale);
    g_free(a.grab_mod);
    g_strfreev(a.rest);
    return exit_code;
}
