/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -machine, -accel and their other spellings: see options.h. */
#include "system/options_priv.h"

#include <string.h>

static bool set_irqchip(struct options *o, struct keyval *kv, const char *key, GError **error)
{
    static const char *const words[] = {"on", "split", "off", NULL};
    const char *v = keyval_take_last(kv, key);

    if (!v) {
        return true;
    }
    for (int i = 0; words[i]; i++) {
        if (strcmp(v, words[i]) == 0) {
            o->irqchip = (enum accel_irqchip)i;
            o->irqchip_set = true;
            return true;
        }
    }
    keyval_error(kv, error, "%s=%s: expected on, split or off", key, v);
    return false;
}

/* "kvm:qtest" or one name. */
static bool add_accels(struct options *o, struct keyval *kv, const char *list, GError **error)
{
    g_auto(GStrv) names = g_strsplit(list, ":", -1);

    for (int i = 0; names[i]; i++) {
        if (!accel_find(names[i])) {
            g_autoptr(GString) known = g_string_new(NULL);

            for (int a = 0; accel_all[a]; a++) {
                g_string_append_printf(known, "%s%s", a ? ", " : "", accel_all[a]->name);
            }
            keyval_error(kv, error, "accelerator \"%s\" is not one of: %s", names[i], known->str);
            return false;
        }
        g_ptr_array_add(o->accels, g_strdup(names[i]));
    }
    return true;
}

bool options_accel(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg, "accel", error);
    const char *v;
    bool ok = kv != NULL;

    if (ok && (v = keyval_take_last(kv, "accel")) != NULL) {
        ok = add_accels(o, kv, v, error);
    }
    ok = ok && set_irqchip(o, kv, "kernel-irqchip", error) && keyval_finish(kv, error);
    keyval_free(kv);
    return ok;
}

/* -machine vmport=on|off|auto */
static bool set_vmport(struct options *o, struct keyval *kv, GError **error)
{
    static const char *const words[] = {"on", "off", "auto", NULL};
    const char *v = keyval_take_last(kv, "vmport");

    if (v && !g_strv_contains(words, v)) {
        keyval_error(kv, error, "vmport=%s: expected on, off or auto", v);
        return false;
    }
    if (v) {
        o->no_vmport = strcmp(v, "off") == 0;
    }
    return true;
}

/* -machine pcspk-audiodev=ID; whether there is such a one shows later */
static void set_speaker(struct options *o, struct keyval *kv)
{
    const char *v = keyval_take_last(kv, "pcspk-audiodev");

    if (v) {
        g_free(o->pcspk_audiodev);
        o->pcspk_audiodev = g_strdup(v);
    }
}

/* -machine acpi=on|off,hpet=on|off */
static bool set_tables(struct options *o, struct keyval *kv, GError **error)
{
    bool acpi = !o->no_acpi, hpet = !o->no_hpet;
    bool ok =
        keyval_take_bool(kv, "acpi", &acpi, error) && keyval_take_bool(kv, "hpet", &hpet, error);

    o->no_acpi = !acpi;
    o->no_hpet = !hpet;
    return ok;
}

bool options_machine(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg, "type", error);
    const char *v;
    bool ok = kv != NULL;

    if (ok && (v = keyval_take_last(kv, "type")) != NULL && strcmp(v, "pc") != 0) {
        keyval_error(kv, error, "machine \"%s\" is not known; the one board here is \"pc\"", v);
        ok = false;
    }
    if (ok && (v = keyval_take_last(kv, "accel")) != NULL) {
        ok = add_accels(o, kv, v, error);
    }
    if (ok) {
        set_speaker(o, kv);
    }
    ok = ok && set_irqchip(o, kv, "kernel-irqchip", error) && set_tables(o, kv, error) &&
         set_vmport(o, kv, error) && keyval_finish(kv, error);
    keyval_free(kv);
    return ok;
}

bool options_enable_kvm(struct options *o, const char *name, const char *arg, GError **error)
{
    (void)name;
    (void)arg;
    (void)error;
    g_ptr_array_add(o->accels, g_strdup("kvm"));
    return true;
}
