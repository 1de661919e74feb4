/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening monitors: see monitor.h. */
#include "monitor/monitor.h"

#include "chardev/chardev.h"
#include "core/report.h"
#include "system/firmware.h"

#include <string.h>

static const struct qmp_module *qmp;
static struct machine *machine;

static bool attach(struct machine *m, struct line *line, enum monitor_mode mode, GError **error)
{
    if (!qmp) {
        qmp = module_symbol("qmp", "qmp_module", error);
    }
    return qmp && qmp->attach(m, line, mode, error);
}

/* -mon [chardev=]ID[,mode=readline|control][,pretty=on] */
static bool open_mon(struct machine *m, struct keyval *kv, GError **error)
{
    const char *id = keyval_take_last(kv, "chardev");
    const char *mode = keyval_take_last(kv, "mode");
    struct line *line = id ? line_find(id) : NULL;
    bool pretty = false, control = mode && strcmp(mode, "control") == 0;

    if (!keyval_take_bool(kv, "pretty", &pretty, error) || !keyval_finish(kv, error)) {
        return false;
    }
    if (mode && !control && strcmp(mode, "readline") != 0) {
        keyval_error(kv, error, "mode=%s: expected readline (for people) or control (QMP)", mode);
        return false;
    }
    if (!line) {
        keyval_error(kv, error, "chardev=%s: no -chardev has that id", id ? id : "");
        return false;
    }
    return attach(m, line,
                  !control ? MONITOR_READLINE
                  : pretty ? MONITOR_PRETTY
                           : MONITOR_CONTROL,
                  error);
}

/* Ctrl-A c, or somebody has turned to a text console: few ever do. */
static void open_late(struct line *line)
{
    g_autoptr(GError) error = NULL;

    if (!attach(machine, line, MONITOR_READLINE, &error)) {
        report("%s", error->message);
    }
}

/* -qmp DEV and the like. */
static bool open_short(struct machine *m, const struct saved_option *s, unsigned n, GError **error)
{
    g_autofree char *id = g_strdup_printf("compat_monitor%u", n);
    enum monitor_mode mode = strcmp(s->name, "-monitor") == 0 ? MONITOR_READLINE
                             : strcmp(s->name, "-qmp") == 0   ? MONITOR_CONTROL
                                                              : MONITOR_PRETTY;
    GError *failed = NULL;
    struct line *line;

    line = chardev_from_spec(s->name, id, s->arg, &failed);
    if (failed) {
        g_propagate_error(error, failed);
        return false;
    }
    return !line || (mode == MONITOR_READLINE && chardev_when_shown(line, open_late)) ||
           attach(m, line, mode, error);
}

bool monitor_open(struct machine *m, GError **error)
{
    static const char *const mons[] = {"-mon", NULL};
    static const char *const shorts[] = {"-monitor", "-qmp", "-qmp-pretty", NULL};
    static const struct saved_option by_default = {.name = "-monitor", .arg = "vc"};
    struct options *o = machine_options(m);
    const struct saved_option *s;
    bool any = o->nodefaults || o->nographic;
    unsigned n = 0;
    bool ok = true;

    machine = m;
    chardev_on_monitor(open_late);
    while (ok && (s = options_next(o, mons)) != NULL) {
        struct keyval *kv = keyval_parse(s->name, s->arg, "chardev", error);

        ok = kv && open_mon(m, kv, error);
        keyval_free(kv);
        any = true;
    }
    while (ok && (s = options_next(o, shorts)) != NULL) {
        ok = open_short(m, s, n++, error);
        any = true;
    }
    return ok && (any || open_short(m, &by_default, 0, error));
}

void monitor_close(void)
{
    chardev_on_monitor(NULL);
    if (qmp) {
        qmp->close();
        qmp = NULL;
    }
}
