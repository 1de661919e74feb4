/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the recorded command line to that of a replay: see replay.h. The trace may come from anybody:
 * only options that are known to touch nothing but the board go through, and files are only read.
 */
#include "tests/tools/trace/replay.h"

#include <string.h>
#include <sys/stat.h>

struct out {
    GPtrArray *args;
    const char *cwd, *dir;
    unsigned disks;
    bool serial, nographic, own_chips;
};

static void add(struct out *o, const char *option, char *arg)
{
    g_ptr_array_add(o->args, g_strdup(option));
    if (arg) {
        g_ptr_array_add(o->args, arg);
    }
}

/* -- words of an argument, at single commas -- */

static GPtrArray *words_of(const char *arg)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    GString *w = g_string_new(NULL);

    for (;; arg++) {
        if (arg[0] == ',' && arg[1] == ',') {
            g_string_append(w, ",,");
            arg++;
        } else if (*arg == ',' || *arg == 0) {
            g_ptr_array_add(words, g_string_free(w, FALSE));
            w = g_string_new(NULL);
            if (*arg == 0) {
                break;
            }
        } else {
            g_string_append_c(w, *arg);
        }
    }
    g_string_free(w, TRUE);
    return words;
}

/* Does "key=value" have one of the NULL-ended keys? */
static bool has_key(const char *word, const char *const *keys)
{
    for (; *keys; keys++) {
        size_t n = strlen(*keys);

        if (strncmp(word, *keys, n) == 0 && word[n] == '=') {
            return true;
        }
    }
    return false;
}

/* `first`, and those words that have one of the keys. */
static char *keep_keys(const char *first, const char *arg, const char *const *keys)
{
    g_autoptr(GPtrArray) words = words_of(arg);
    GString *s = g_string_new(first);

    for (guint i = 0; i < words->len; i++) {
        if (has_key(g_ptr_array_index(words, i), keys)) {
            g_string_append_printf(s, ",%s", (char *)g_ptr_array_index(words, i));
        }
    }
    return g_string_free(s, FALSE);
}

/* All words but those with one of the keys. NULL when nothing is left. */
static char *drop_keys(const char *arg, const char *const *keys)
{
    g_autoptr(GPtrArray) words = words_of(arg);
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < words->len; i++) {
        if (!has_key(g_ptr_array_index(words, i), keys)) {
            g_string_append_printf(s, "%s%s", s->len ? "," : "",
                                   (char *)g_ptr_array_index(words, i));
        }
    }
    return g_string_free(s, s->len == 0);
}

/* -- disks -- */

/* A copy that the replay may write to; sparse, and shared with the image where that is possible. */
static char *copy_disk(struct out *o, const char *file, GError **error)
{
    g_autofree char *copy = g_strdup_printf("%s/disk%u", o->dir, o->disks++);
    g_autofree char *from =
        o->cwd && file[0] != '/' ? g_strdup_printf("%s/%s", o->cwd, file) : g_strdup(file);
    const char *argv[] = {"cp", "--sparse=always", "--reflink=auto", "-L", "--", from, copy, NULL};
    g_autofree char *said = NULL;
    struct stat st;
    int status = 0;

    if (!o->dir) {
        return g_strdup(from);
    }
    if (stat(from, &st) < 0 || !S_ISREG(st.st_mode)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "the disk %s is not here, or is no file: give the whole configuration "
                    "behind --",
                    from);
        return NULL;
    }
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said,
                      &status, error)) {
        return NULL;
    }
    if (status) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "cannot copy the disk: %s",
                    said ? g_strstrip(said) : "");
        return NULL;
    }
    return g_steal_pointer(&copy);
}

/* One comma, where the argument has two. */
static char *single_commas(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",,", -1);

    return g_strjoinv(",", parts);
}

static bool add_drive(struct out *o, const char *arg, GError **error)
{
    static const char *const locking[] = {"file.locking", "cache", "aio", NULL};
    g_autoptr(GPtrArray) words = words_of(arg);
    g_autoptr(GString) s = g_string_new(NULL);

    for (guint i = 0; i < words->len; i++) {
        const char *w = g_ptr_array_index(words, i);

        if (strncmp(w, "file=", 5) == 0) {
            g_autofree char *file = single_commas(w + 5);
            g_autofree char *copy = copy_disk(o, file, error);

            if (!copy) {
                return false;
            }
            g_string_append_printf(s, "%sfile=%s", s->len ? "," : "", copy);
        } else if (!has_key(w, locking)) {
            g_string_append_printf(s, "%s%s", s->len ? "," : "", w);
        }
    }
    add(o, "-drive", g_strdup(s->str));
    return true;
}

/* -- options -- */

static void add_nic(struct out *o, const char *option, const char *arg)
{
    static const char *const nic[] = {"model", "mac", "macaddr", "addr", NULL};
    static const char *const netdev[] = {"id", NULL};

    if (strcmp(arg, "none") == 0 || (strcmp(option, "-net") == 0 && g_str_has_prefix(arg, "nic"))) {
        add(o, option, g_strdup(arg));
    } else if (strcmp(option, "-netdev") == 0) {
        add(o, option, keep_keys("null", arg, netdev));
    } else {
        add(o, option, keep_keys("null", arg, nic));
    }
}

static void add_serial(struct out *o, const char *option, const char *arg)
{
    bool keep = strcmp(arg, "none") == 0 || g_str_has_prefix(arg, "chardev:");

    o->serial = o->serial || strcmp(option, "-serial") == 0;
    add(o, option, g_strdup(keep ? arg : "null"));
}

static void add_machine(struct out *o, const char *option, const char *arg)
{
    static const char *const accel[] = {"accel", "kernel-irqchip", NULL};
    char *rest = drop_keys(arg, accel);

    o->own_chips = o->own_chips || strstr(arg, "kernel-irqchip=off") != NULL;
    if (strcmp(option, "-accel") == 0) {
        g_free(rest);
    } else if (rest) {
        add(o, option, rest);
    }
}

/* One option of the recorded command line. False with an error. */
static bool take(struct out *o, const char *option, const char *arg, GError **error)
{
    static const char *const as_is[] = {"-m",      "-smp",    "-cpu",    "-no-acpi", "-no-hpet",
                                        "-boot",   "-vga",    "-uuid",   "-L",       "-nodefaults",
                                        "-bios",   "-kernel", "-initrd", "-append",  "-fw_cfg",
                                        "-device", NULL};
    static const char *const outside[] = {"-display", "-name",  "-rtc",   "-mon",       "-qmp",
                                          "-pidfile", "-trace", "-qtest", "-qtest-log", NULL};
    static const char *const disks[] = {"-hda", "-hdb", "-hdc",   "-hdd",
                                        "-fda", "-fdb", "-cdrom", NULL};
    static const char *const ids[] = {"id", NULL};

    if (g_strv_contains(as_is, option)) {
        add(o, option, arg ? g_strdup(arg) : NULL);
    } else if (!arg) {
        o->nographic = o->nographic || strcmp(option, "-nographic") == 0;
    } else if (strcmp(option, "-M") == 0 || strcmp(option, "-machine") == 0 ||
               strcmp(option, "-accel") == 0) {
        add_machine(o, option, arg);
    } else if (g_strv_contains(disks, option)) {
        char *copy = copy_disk(o, arg, error);

        if (!copy) {
            return false;
        }
        add(o, option, copy);
    } else if (strcmp(option, "-drive") == 0) {
        return add_drive(o, arg, error);
    } else if (strcmp(option, "-nic") == 0 || strcmp(option, "-netdev") == 0 ||
               strcmp(option, "-net") == 0) {
        add_nic(o, option, arg);
    } else if (strcmp(option, "-serial") == 0 || strcmp(option, "-debugcon") == 0) {
        add_serial(o, option, arg);
    } else if (strcmp(option, "-chardev") == 0) {
        add(o, option, keep_keys("null", arg, ids));
    } else if (!g_strv_contains(outside, option)) {
        fprintf(stderr, "vmx-dm-trace: %s is left out\n", option);
    }
    return true;
}

static bool take_recorded(struct out *o, const struct trace_file *f, GError **error)
{
    for (guint i = 1; i < f->config->len; i++) {
        const char *text = g_ptr_array_index(f->config, i);
        const char *space = strchr(text, ' ');
        g_autofree char *option = space ? g_strndup(text, (gsize)(space - text)) : g_strdup(text);

        if (!take(o, option, space ? space + 1 : NULL, error)) {
            return false;
        }
    }
    return true;
}

static bool take_given(struct out *o, char **given, GError **error)
{
    for (; *given; given++) {
        const char *option = *given[0] == '-' && given[0][1] == '-' ? *given + 1 : *given;
        const char *arg = NULL;

        if (option[0] != '-') {
            arg = option;
            option = "-hda";
        } else if (given[1] && given[1][0] != '-') {
            arg = *++given;
        }
        if (!take(o, option, arg, error)) {
            return false;
        }
    }
    return true;
}

const char *config_cwd(const struct trace_file *f)
{
    const char *dir = f->config->len ? g_ptr_array_index(f->config, 0) : NULL;

    return dir && g_path_is_absolute(dir) && g_file_test(dir, G_FILE_TEST_IS_DIR) ? dir : NULL;
}

/* The clock of the replay begins where the recorded one did. */
static char *rtc(const struct trace_file *f)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(f->header.wall_ns / 1000000000);
    g_autofree char *text = t && f->header.wall_ns > 0 ? g_date_time_format(t, "%Y-%m-%dT%H:%M:%S")
                                                       : g_strdup("2000-01-01T00:00:00");

    return g_strdup_printf("base=%s,clock=vm", text);
}

char **config_args(const struct trace_file *f, char **given, const char *dir, GError **error)
{
    struct out o = {
        .args = g_ptr_array_new_with_free_func(g_free),
        .cwd = given ? NULL : config_cwd(f),
        .dir = dir,
    };

    if (!given && (f->header.config_lost || f->config->len == 0)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "the trace does not hold the whole command line: give it behind --");
    }
    if ((error && *error) ||
        !(given ? take_given(&o, given, error) : take_recorded(&o, f, error))) {
        g_ptr_array_free(o.args, TRUE);
        return NULL;
    }
    if (o.nographic && !o.serial) {
        add(&o, "-serial", g_strdup("null"));
    }
    add(&o, "-accel", g_strdup(o.own_chips ? "qtest,kernel-irqchip=off" : "qtest"));
    add(&o, "-rtc", rtc(f));
    add(&o, "-display", g_strdup("none"));
    add(&o, "-no-shutdown", NULL);
    add(&o, "-qtest", g_strdup("stdio"));
    add(&o, "-qtest-log", g_strdup("none"));
    g_ptr_array_add(o.args, NULL);
    return (char **)g_ptr_array_free(o.args, FALSE);
}
