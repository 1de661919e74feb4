/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening monitors: see monitor.h. */
#include "monitor/monitor.h"

#include "chardev/chardev.h"
#include "system/firmware.h"

#include <string.h>

static const struct qmp_module *qmp;

static bool attach(struct machine *m, struct line *line, GError **error)
{
    if (!qmp) {
        qmp = module_symbol("qmp", "qmp_module", error);
    }
    return qmp && qmp->attach(m, line, error);
}

/* -mon [chardev=]ID,mode=control */
static bool open_mon(struct machine *m, struct keyval *kv, GError **error)
{
    const char *id = keyval_take_last(kv, "chardev");
    const char *mode = keyval_take_last(kv, "mode");
    struct line *line = id ? line_find(id) : NULL;
    bool pretty = false;

    if (!keyval_take_bool(kv, "pretty", &pretty, error) || !keyval_finish(kv, error)) {
        return false;
    }
    if (!mode || strcmp(mode, "control") != 0) {
        keyval_error(kv, error, "mode=%s: only mode=control (QMP) is there so far",
                     mode ? mode : "readline");
        return false;
    }
    if (!line) {
        keyval_error(kv, error, "chardev=%s: no -chardev has that id", id ? id : "");
        return false;
    }
    return attach(m, line, error);
}

bool monitor_open(struct machine *m, GError **error)
{
    static const char *const mons[] = {"-mon", NULL};
    static const char *const qmps[] = {"-qmp", NULL};
    struct options *o = machine_options(m);
    const struct saved_option *s;
    unsigned n = 0;
    bool ok = true;

    while (ok && (s = options_next(o, mons)) != NULL) {
        struct keyval *kv = keyval_parse(s->name, s->arg, "chardev", error);

        ok = kv && open_mon(m, kv, error);
        keyval_free(kv);
    }
    while (ok && (s = options_next(o, qmps)) != NULL) {
        g_autofree char *id = g_strdup_printf("compat_monitor%u", n++);
        GError *failed = NULL;
        struct line *line = chardev_from_spec("-qmp", id, s->arg, &failed);

        if (failed) {
            g_propagate_error(error, failed);
            return false;
        }
        ok = !line || attach(m, line, error);
    }
    return ok;
}

void monitor_close(void)
{
    if (qmp) {
        qmp->close();
        qmp = NULL;
    }
}
