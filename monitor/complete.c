/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion of what a person types: names of commands and whatever their arguments name. */
#include "monitor/command.h"

#include "core/device.h"
#include "core/disk.h"
#include "core/link.h"

#include <string.h>

#define WORDS_MAX 1024u

struct candidates {
    const char *prefix;
    GPtrArray *words;
};

static void offer(struct candidates *c, const char *word)
{
    if (g_str_has_prefix(word, c->prefix)) {
        g_ptr_array_add(c->words, g_strdup(word));
    }
}

static void offer_disk(struct disk *d, void *opaque)
{
    offer(opaque, disk_name(d));
}

static void offer_link(struct link *l, void *opaque)
{
    offer(opaque, link_name(l));
}

static bool is_card(const struct device *d)
{
    g_autofree char *netdev = device_get(d, "netdev");

    return netdev != NULL;
}

static void offer_devices(struct candidates *c, bool only_cards)
{
    GPtrArray *list = device_list();

    for (guint i = 0; i < list->len; i++) {
        const struct device *d = g_ptr_array_index(list, i);

        if (d->id && (!only_cards || is_card(d))) {
            offer(c, d->id);
        }
    }
}

static void offer_models(struct candidates *c)
{
    for (const struct device_class *const *cls = device_classes; *cls; cls++) {
        if (device_class_hotpluggable(*cls)) {
            offer(c, (*cls)->name);
        }
    }
}

/* Names of commands; of "info" their second words. */
static void offer_commands(struct candidates *c, bool info)
{
    for (const struct command *row = commands; row->run; row++) {
        if (row->hmp && hmp_is_info(row) == info) {
            g_auto(GStrv) names = g_strsplit(row->hmp + (info ? 5 : 0), "|", -1);

            for (char **n = names; *n; n++) {
                offer(c, *n);
            }
        }
    }
    if (!info) {
        offer(c, "info");
    }
}

static void offer_path(struct candidates *c)
{
    const char *slash = strrchr(c->prefix, '/');
    g_autofree char *folder =
        slash ? g_strndup(c->prefix, (gsize)(slash - c->prefix) + 1) : g_strdup("");
    g_autoptr(GDir) dir = g_dir_open(*folder ? folder : ".", 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL && c->words->len < WORDS_MAX) {
        g_autofree char *path = g_strconcat(folder, name, NULL);
        g_autofree char *into = g_strconcat(path, "/", NULL);

        if (!strchr(name, ' ')) {
            offer(c, g_file_test(path, G_FILE_TEST_IS_DIR) ? into : path);
        }
    }
}

static void offer_words(struct candidates *c, const char *words)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);

    for (char **w = list; *w; w++) {
        offer(c, *w);
    }
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What argument number n of a row may be. */
static void offer_values(struct candidates *c, const struct command *row, unsigned n)
{
    const char *spec = row->words ? row->words : row->args;
    struct arg a;
    const char *words;

    do {
        if (!arg_next(&spec, &a)) {
            return;
        }
    } while (a.flag || strcmp(a.type, "fmt") == 0 || n--);
    words = strcmp(a.type, "bool") == 0 ? "on off" : type_words(a.type);
    if (words) {
        offer_words(c, words);
    } else if (strcmp(a.type, "disk") == 0) {
        disk_each(offer_disk, c);
    } else if (strcmp(a.type, "link") == 0) {
        link_each(offer_link, c);
    } else if (strcmp(a.type, "cable") == 0) {
        link_each(offer_link, c);
        offer_devices(c, true);
    } else if (strcmp(a.type, "device") == 0) {
        offer_devices(c, false);
    } else if (strcmp(a.type, "network") == 0) {
        offer_words(c, type_words("NetClientDriver"));
    } else if (strcmp(a.type, "model") == 0) {
        offer_models(c);
    } else if (strcmp(a.type, "keys") == 0) {
        input_key_names(c->prefix, c->words);
    } else if (strcmp(a.type, "path") == 0 || strcmp(a.type, "filename") == 0) {
        offer_path(c);
    }
}

static const struct command *help_row(void)
{
    return hmp_find("help", strlen("help"));
}

GPtrArray *hmp_complete(const char *line)
{
    g_auto(GStrv) parts = g_strsplit_set(line, " \t", -1);
    g_autoptr(GPtrArray) done = g_ptr_array_new(); /* words before the one at the end */
    struct candidates c = {.words = g_ptr_array_new_with_free_func(g_free), .prefix = ""};
    const struct command *row;
    g_autofree char *full = NULL;
    bool info, help;

    for (char **p = parts; *p; p++) {
        if (!p[1]) {
            c.prefix = *p;
        } else if (**p) {
            g_ptr_array_add(done, *p);
        }
    }
    help = done->len && hmp_find(g_ptr_array_index(done, 0), strlen(done->pdata[0])) == help_row();
    if (help) { /* names of commands again */
        g_ptr_array_remove_index(done, 0);
    }
    info = done->len && strcmp(g_ptr_array_index(done, 0), "info") == 0;
    if (done->len == 0 || (done->len == 1 && info)) {
        offer_commands(&c, info);
    } else if (!help) {
        full = info ? g_strconcat("info ", (char *)g_ptr_array_index(done, 1), NULL)
                    : g_strdup(g_ptr_array_index(done, 0));
        row = hmp_find(full, strcspn(full, "/"));
        if (row) {
            offer_values(&c, row, done->len - (info ? 2 : 1));
        }
    }
    g_ptr_array_sort(c.words, by_text);
    return c.words;
}
