/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening the user interface: see display.h. */
#include "system/display.h"

#include "core/report.h"
#include "system/firmware.h"
#include "system/vm.h"
#include "ui/ui.h"

static const struct ui_ops *ui;

static void closed(void *opaque)
{
    const struct options *o = opaque;

    if (o->window_close) {
        vm_quit(VM_BY_UI, 0);
    }
}

static const char *status(void *opaque)
{
    (void)opaque;
    return vm_running() ? NULL : vm_state_name();
}

static bool session_has_display(void)
{
    const char *x = g_getenv("DISPLAY"), *wayland = g_getenv("WAYLAND_DISPLAY");

    return (x && x[0]) || (wayland && wayland[0]);
}

bool display_open(const struct options *o, GError **error)
{
    struct ui_config cfg = {
        .name = o->name,
        .full_screen = o->full_screen,
        .window_close = o->window_close,
        .closed = closed,
        .status = status,
        .opaque = (void *)o,
    };
    bool asked = o->display == DISPLAY_SDL;

    if (o->display == DISPLAY_NONE || (!asked && (o->nodefaults || o->qtest))) {
        return true;
    }
    if (!asked && !session_has_display()) {
        report("no display: the guest runs without a screen (-display none says so, -nographic "
               "puts COM1 on this terminal)");
        return true;
    }
    ui = module_symbol("sdl", "ui_sdl", error);
    if (!ui || !ui->open(&cfg, error)) {
        ui = NULL;
        g_prefix_error(error, "-display sdl: ");
        return false;
    }
    return true;
}

void display_close(void)
{
    if (ui) {
        ui->close();
        ui = NULL;
    }
}

void display_status_changed(void)
{
    if (ui && ui->status_changed) {
        ui->status_changed();
    }
}
