/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMP: a person's words become the arguments of the same commands. The prompt is "(qemu) " because
 * that is what expect scripts and test frameworks wait for.
 */
#include "monitor/command.h"
#include "monitor/edit.h"
#include "monitor/session.h"

#include "core/device.h"
#include "core/disk.h"
#include "core/link.h"
#include "system/version.h"

#include <string.h>

#define PROMPT "(qemu) "
#define WORD_MAX 1024u

/* -- finding the row -- */

/* Is `word` one of "stop|s"? */
static bool one_of(const char *names, const char *word, size_t len)
{
    while (*names) {
        size_t n = strcspn(names, "|");

        if (n == len && strncmp(names, word, len) == 0) {
            return true;
        }
        names += n + (names[n] == '|');
    }
    return false;
}

/* The row of a name as people write it: "stop", "info status". */
static const struct command *find(const char *name, size_t len)
{
    for (const struct command *c = commands; c->run; c++) {
        if (c->hmp && one_of(c->hmp, name, len)) {
            return c;
        }
    }
    return NULL;
}

static bool is_info(const struct command *c)
{
    return g_str_has_prefix(c->hmp, "info ");
}

/* -- words into arguments -- */

struct parse {
    const char *p;
    GString *out; /* of messages */
    const struct command *c;
    char *name; /* of the command, as typed */
    JsonObject *args;
};

static void skip_spaces(struct parse *s)
{
    while (*s->p == ' ' || *s->p == '\t') {
        s->p++;
    }
}

static void hint(struct parse *s)
{
    g_string_append_printf(s->out, "Try \"help %s\" for more information\n", s->name);
}

static bool complain(struct parse *s, const char *what)
{
    const char *name = g_str_has_prefix(s->c->hmp, "info ") ? s->c->hmp + 5 : s->c->hmp;

    g_string_append_printf(s->out, "%s: %s\n", name, what);
    hint(s);
    return false;
}

/* What should be at the end of the line. */
static bool complain_missing(struct parse *s, const char *type)
{
    if (strcmp(type_base(type), "int") == 0) {
        g_string_append(s->out, "unexpected end of expression\n");
        hint(s);
        return false;
    }
    return complain(s, strcmp(type, "disk") == 0       ? "block device name expected"
                       : strcmp(type, "filename") == 0 ? "filename expected"
                                                       : "string expected");
}

/* A word, or a "quoted \"string\"", g_free; NULL when it does not end. */
static char *take_word(struct parse *s)
{
    GString *w = g_string_new(NULL);
    bool quoted = *s->p == '"';

    for (s->p += quoted; *s->p && (quoted ? *s->p != '"' : !g_ascii_isspace(*s->p)); s->p++) {
        char c = *s->p;

        if (quoted && c == '\\' && s->p[1]) {
            c = *++s->p;
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
        g_string_append_c(w, c);
    }
    if (quoted && *s->p != '"') {
        g_string_free(w, TRUE);
        return NULL;
    }
    s->p += quoted;
    return g_string_free(w, FALSE);
}

static bool parse_bool(const char *word, gboolean *b)
{
    static const char *const yes[] = {"on", "true", "yes", "y", NULL};
    static const char *const no[] = {"off", "false", "no", "n", NULL};

    *b = g_strv_contains(yes, word);
    return *b || g_strv_contains(no, word);
}

static bool take_int(struct parse *s, const struct arg *a)
{
    g_autoptr(GError) error = NULL;
    uint64_t v = 0;

    if (!expr_parse(&s->p, &v, &error)) {
        g_string_append_printf(s->out, "%s\n", error->message);
        hint(s);
        return false;
    }
    json_object_set_int_member(s->args, a->name, (gint64)v);
    return true;
}

static bool take_fmt(struct parse *s, const struct arg *a)
{
    if (*s->p == '/') {
        size_t n = strcspn(++s->p, " \t");
        g_autofree char *fmt = g_strndup(s->p, n);

        json_object_set_string_member(s->args, a->name, fmt);
        s->p += n;
    }
    return true;
}

/* The value of one argument; there is something to take it from. */
static bool take_value(struct parse *s, const struct arg *a)
{
    const char *type = type_base(a->type);
    g_autofree char *word = NULL;
    gboolean b;

    if (strcmp(type, "int") == 0) {
        return take_int(s, a);
    }
    if (strcmp(a->type, "rest") == 0) {
        word = g_strdup(s->p);
        s->p += strlen(s->p);
    } else {
        word = take_word(s);
    }
    if (!word) {
        return complain(s, "the string does not end");
    }
    if (strcmp(type, "bool") == 0) {
        if (!parse_bool(word, &b)) {
            return complain(s, "expected 'on' or 'off'");
        }
        json_object_set_boolean_member(s->args, a->name, b);
        return true;
    }
    json_object_set_string_member(s->args, a->name, word);
    return true;
}

static bool has_flag(const char *spec, char flag)
{
    struct arg a;

    while (arg_next(&spec, &a)) {
        if (a.flag == flag) {
            return true;
        }
    }
    return false;
}

/* "-f", or "-f VALUE". False on a wrong one; it may be absent. */
static bool take_flag(struct parse *s, const struct arg *a)
{
    if (s->p[0] == '-' && g_ascii_isalpha(s->p[1]) && !has_flag(s->c->words, s->p[1])) {
        g_autofree char *what = g_strdup_printf("unsupported option -%c", s->p[1]);

        return complain(s, what);
    }
    if (s->p[0] != '-' || s->p[1] != a->flag || (s->p[2] && !g_ascii_isspace(s->p[2]))) {
        return true;
    }
    s->p += 2;
    skip_spaces(s);
    if (strcmp(a->type, "bool") == 0) {
        json_object_set_boolean_member(s->args, a->name, TRUE);
        return true;
    }
    return *s->p ? take_value(s, a) : complain(s, "a flag lacks its value");
}

static bool take_args(struct parse *s)
{
    const char *spec = s->c->words ? s->c->words : s->c->args;
    struct arg a;

    while (arg_next(&spec, &a)) {
        skip_spaces(s);
        if (a.flag) {
            if (!take_flag(s, &a)) {
                return false;
            }
        } else if (strcmp(a.type, "fmt") == 0) {
            take_fmt(s, &a);
        } else if (*s->p) {
            if (!take_value(s, &a)) {
                return false;
            }
        } else if (!a.optional) {
            return complain_missing(s, a.type);
        }
    }
    skip_spaces(s);
    return *s->p == 0 || complain(s, "extraneous characters at the end of line");
}

/* -- running -- */

static void help_line(const struct command *c, GString *out)
{
    g_string_append_printf(out, "%s%s%s -- %s\n", c->hmp, *c->params ? " " : "", c->params,
                           c->help);
}

static void help_info(GString *out)
{
    for (const struct command *c = commands; c->run; c++) {
        if (c->hmp && is_info(c)) {
            help_line(c, out);
        }
    }
}

JsonNode *hmp_help(JsonObject *args, GError **error)
{
    const char *name = arg_str(args, "name", "");
    const struct command *wanted = find(name, strlen(name));
    GString *out = g_string_new(NULL);

    (void)error;
    if (strcmp(name, "info") == 0) {
        help_info(out);
    } else if (*name && wanted) {
        help_line(wanted, out);
    } else if (*name) {
        g_string_append_printf(out, "unknown command: '%s'\n", name);
    } else {
        for (const struct command *c = commands; c->run; c++) {
            if (c->hmp && !is_info(c)) {
                help_line(c, out);
            }
        }
        g_string_append(out, "info [subcommand] -- show what there is to know; "
                             "help info lists it\n");
    }
    return qmp_text(g_string_free(out, FALSE));
}

static void execute(const struct command *c, JsonObject *args, GString *out)
{
    g_autoptr(GError) error = NULL;
    JsonNode *result = NULL;

    if (args_check(c->words ? c->words : c->args, args, &error)) {
        result = c->run(args, &error);
    }
    if (!result) {
        g_string_append_printf(out, "Error: %s\n", error ? error->message : "failed");
        return;
    }
    if (c->show) {
        c->show(result, out);
    } else if (JSON_NODE_HOLDS_VALUE(result) && json_node_get_string(result)) {
        g_string_append(out, json_node_get_string(result));
    }
    json_node_unref(result);
}

void hmp_run(const char *line, GString *out)
{
    struct parse s = {.p = line, .out = out};
    size_t len, name_len;
    const char *name;

    skip_spaces(&s);
    if (*s.p == 0) {
        return;
    }
    if (!g_utf8_validate(line, -1, NULL)) {
        g_string_append(out, "Error: the line is not UTF-8\n");
        return;
    }
    name = s.p;
    len = strcspn(s.p, " \t/");
    s.p += len;
    if (len == 4 && strncmp(name, "info", 4) == 0) {
        g_autofree char *full = NULL;

        skip_spaces(&s);
        name_len = strcspn(s.p, " \t");
        if (name_len == 0) {
            help_info(out);
            return;
        }
        full = g_strdup_printf("info %.*s", (int)name_len, s.p);
        s.c = find(full, strlen(full));
        s.p += name_len;
        len = (size_t)(s.p - name);
    } else {
        s.c = find(name, len);
    }
    if (!s.c) {
        g_string_append_printf(out, "unknown command: '%.*s'\n", (int)len, name);
        return;
    }
    s.name = g_strndup(name, len);
    s.args = json_object_new();
    if (take_args(&s)) {
        execute(s.c, s.args, out);
    }
    json_object_unref(s.args);
    g_free(s.name);
}

JsonNode *qmp_human_monitor_command(JsonObject *args, GError **error)
{
    gint64 cpu = arg_int(args, "cpu-index", -1);
    unsigned before = monitor_cpu();
    GString *out;
    g_auto(GStrv) lines = NULL;

    if (cpu >= 0 && !monitor_choose_cpu(cpu)) {
        return qmp_fail(error, "Parameter 'cpu-index' expects a CPU number");
    }
    out = g_string_new(NULL);
    hmp_run(json_object_get_string_member(args, "command-line"), out);
    if (cpu >= 0) {
        monitor_choose_cpu(before);
    }
    lines = g_strsplit(out->str, "\n", -1);
    g_string_free(out, TRUE);
    return qmp_text(g_strjoinv("\r\n", lines));
}

/* -- completion -- */

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

static void offer_devices(struct candidates *c)
{
    GPtrArray *list = device_list();

    for (guint i = 0; i < list->len; i++) {
        const struct device *d = g_ptr_array_index(list, i);

        if (d->id) {
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
        if (row->hmp && is_info(row) == info) {
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

    while (dir && (name = g_dir_read_name(dir)) != NULL && c->words->len < WORD_MAX) {
        g_autofree char *path = g_strconcat(folder, name, NULL);

        if (!strchr(name, ' ')) {
            offer(c, path);
        }
    }
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
        g_auto(GStrv) list = g_strsplit(words, " ", -1);

        for (char **w = list; *w; w++) {
            offer(c, *w);
        }
    } else if (strcmp(a.type, "disk") == 0) {
        disk_each(offer_disk, c);
    } else if (strcmp(a.type, "link") == 0) {
        link_each(offer_link, c);
    } else if (strcmp(a.type, "device") == 0) {
        offer_devices(c);
    } else if (strcmp(a.type, "model") == 0) {
        offer_models(c);
    } else if (strcmp(a.type, "keys") == 0) {
        input_key_names(c->prefix, c->words);
    } else if (strcmp(a.type, "path") == 0 || strcmp(a.type, "filename") == 0) {
        offer_path(c);
    }
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
    info = done->len && strcmp(g_ptr_array_index(done, 0), "info") == 0;
    help = done->len && strcmp(g_ptr_array_index(done, 0), "help") == 0;
    if (done->len == 0 || (done->len == 1 && (info || help))) {
        offer_commands(&c, info);
        return c.words;
    }
    full = info ? g_strconcat("info ", (char *)g_ptr_array_index(done, 1), NULL)
                : g_strdup(g_ptr_array_index(done, 0));
    row = find(full, strcspn(full, "/"));
    if (row) {
        offer_values(&c, row, done->len - (info ? 2 : 1));
    }
    return c.words;
}

/* -- a session -- */

static void put(void *opaque, const char *buf, gsize len)
{
    session_send(opaque, buf, len);
}

static GPtrArray *complete(void *opaque, const char *line)
{
    (void)opaque;
    return hmp_complete(line);
}

static const struct edit_ops edit_ops = {.put = put, .complete = complete};

static bool feed(struct session *s, uint8_t byte)
{
    g_autofree char *line = edit_feed(s->opaque, byte);
    g_autoptr(GString) out = NULL;

    if (!line) {
        return false;
    }
    out = g_string_new(NULL);
    hmp_run(line, out);
    g_string_replace(out, "\n", "\r\n", 0);
    session_send(s, out->str, out->len);
    edit_prompt(s->opaque);
    return true;
}

static void opened(struct session *s)
{
    static const char hello[] =
        "vmx-dm " VMX_DM_VERSION " monitor - type 'help' for more information\r\n";

    session_send(s, hello, sizeof(hello) - 1);
    edit_prompt(s->opaque);
}

static void closed(struct session *s)
{
    edit_reset(s->opaque);
}

static void free_hmp(struct session *s)
{
    edit_free(s->opaque);
}

static const struct session_kind kind = {
    .feed = feed,
    .opened = opened,
    .closed = closed,
    .free = free_hmp,
};

struct session *hmp_attach(struct line *line, GError **error)
{
    struct session *s = session_new(line, &kind, NULL, error);

    if (s) {
        s->opaque = edit_new(PROMPT, &edit_ops, s);
    }
    return s;
}
