/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that are questions: -help, -version, -device help and the like. */
#include "system/options.h"

#include "core/device.h"
#include "net/net.h"
#include "system/version.h"

#include <stdio.h>
#include <string.h>

/* -device help and -device MODEL,help */
static bool device_help(const char *arg)
{
    g_auto(GStrv) words = g_strsplit(arg, ",", 3);
    const struct device_class *cls;

    if (strcmp(arg, "help") == 0 || strcmp(arg, "?") == 0) {
        for (const struct device_class *const *c = device_classes; *c; c++) {
            if ((*c)->user) {
                printf("%-16s %s\n", (*c)->name, (*c)->desc);
            }
        }
        printf("%-16s %s\n", "ide-hd", "IDE disk: drive=ID[,bus=ide.0|ide.1][,unit=0|1]");
        return true;
    }
    if (!words[0] || !words[1] || strcmp(words[1], "help") != 0) {
        return false;
    }
    cls = device_class_find(words[0]);
    if (!cls) {
        return false;
    }
    for (const struct prop *p = cls->props; p && p->name; p++) {
        printf("  %-12s %s%s%s%s\n", p->name, p->help ? p->help : "", p->def ? " (default " : "",
               p->def ? p->def : "", p->def ? ")" : "");
    }
    return true;
}

/* -nic BACKEND,model=help, -net nic,model=help: everything that plugs into a network. */
static bool nic_help(const char *arg)
{
    g_auto(GStrv) words = g_strsplit(arg, ",", -1);

    if (!g_strv_contains((const char *const *)words, "model=help")) {
        return false;
    }
    for (const struct device_class *const *c = device_classes; *c; c++) {
        for (const struct prop *p = (*c)->props; (*c)->user && p && p->name; p++) {
            if (p->type == PROP_LINK) {
                printf("%-16s %s\n", (*c)->name, (*c)->desc);
            }
        }
    }
    return true;
}

static bool netdev_help(const char *arg)
{
    g_autofree char *known = net_types();

    if (strcmp(arg, "help") != 0 && strcmp(arg, "?") != 0) {
        return false;
    }
    printf("%s\n", known);
    return true;
}

bool options_answered(const char *word, const char *next)
{
    if (strcmp(word, "-help") == 0 || strcmp(word, "-h") == 0) {
        options_help();
        return true;
    }
    if (strcmp(word, "-version") == 0) {
        printf("vmx-dm " VMX_DM_VERSION "\n");
        return true;
    }
    if (strcmp(word, "-device") == 0 && next) {
        return device_help(next);
    }
    if (strcmp(word, "-netdev") == 0 && next) {
        return netdev_help(next);
    }
    if ((strcmp(word, "-nic") == 0 || strcmp(word, "-net") == 0) && next) {
        return nic_help(next) || netdev_help(next);
    }
    if ((strcmp(word, "-M") == 0 || strcmp(word, "-machine") == 0) && next &&
        strcmp(next, "help") == 0) {
        printf("pc                   i440FX and PIIX, 1996 (default)\n");
        return true;
    }
    if (strcmp(word, "-accel") == 0 && next && strcmp(next, "help") == 0) {
        for (int i = 0; accel_all[i]; i++) {
            printf("%s\n", accel_all[i]->name);
        }
        return true;
    }
    if (strcmp(word, "-cpu") == 0 && next && strcmp(next, "help") == 0) {
        g_autofree char *text = accel_cpu_help();

        fputs(text, stdout);
        return true;
    }
    return false;
}
