/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -rtc [base=utc|localtime|DATE][,clock=host|vm] */
#include "system/options.h"

#include <string.h>

static bool fail(GError **error, const char *option, const char *arg, const char *want)
{
    g_set_error(error, KEYVAL_ERROR, 0, "%s %s: %s", option, arg, want);
    return false;
}

bool rtc_option(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg, "base", error);
    const char *base, *clock;
    bool ok = kv != NULL;

    if (!ok) {
        return false;
    }
    base = keyval_take_last(kv, "base");
    if (base && strcmp(base, "localtime") == 0) {
        o->rtc_localtime = true;
    } else if (base && strcmp(base, "utc") != 0) {
        g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
        g_autofree char *full =
            strchr(base, 'T') ? g_strdup(base) : g_strconcat(base, "T00:00:00", NULL);
        g_autoptr(GDateTime) t = g_date_time_new_from_iso8601(full, utc);

        if (!t) {
            ok = fail(error, name, arg,
                      "expected base=utc, localtime or a date as 1998-05-11T12:00:00");
        } else {
            o->rtc_base_ns = g_date_time_to_unix(t) * (int64_t)1000000000;
        }
    }
    clock = keyval_take_last(kv, "clock");
    if (ok && clock && strcmp(clock, "vm") == 0) {
        o->rtc_guest_clock = true;
    } else if (ok && clock && strcmp(clock, "host") != 0) {
        ok = fail(error, name, arg, "expected clock=host or clock=vm");
    }
    ok = ok && keyval_finish(kv, error);
    keyval_free(kv);
    return ok;
}
