/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMP: a person's words become the arguments of the same commands. The prompt is "(qemu) " because
 * that is what expect scripts and test frameworks wait for.
 */
#include "monitor/command.h"
#include "monitor/edit.h"
#include "monitor/session.h"

#include "system/version.h"

#include <string.h>

#define PROMPT "(qemu) "

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
const struct command *hmp_find(const char *name, size_t len)
{
    for (const struct command *c = commands; c->run; c++) {
        if (c->hmp && one_of(c->hmp, name, len)) {
            return c;
        }
    }
    return NULL;
}

bool hmp_is_info(const struct command *c)
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

static bool complain_plainly(struct parse *s, const char *what)
{
    g_string_append_printf(s->out, "%s\n", what);
    hint(s);
    return false;
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
        return complain_plainly(s, "unexpected end of expression");
    }
    if (strcmp(type, "bool") == 0) {
        return complain_plainly(s, "Expected 'on' or 'off'");
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
        return complain_plainly(s, error->message);
    }
    json_object_set_int_member(s->args, a->name, (gint64)v);
    return true;
}

static bool take_fmt(struct parse *s, const struct arg *a)
{
    if (*s->p == '/') {
        size_t n = strcspn(++s->p, " \t");
        g_autofree char *fmt = g_strndup(s->p, n);
        g_autoptr(GError) error = NULL;

        if (!format_check(fmt, &error)) {
            return complain_plainly(s, error->message);
        }
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
            return complain_plainly(s, "Expected 'on' or 'off'");
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
            if (!take_fmt(s, &a)) {
                return false;
            }
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

static char *help_line(const struct command *c)
{
    return g_strdup_printf("%s %s -- %s\n", c->hmp, c->params, c->help);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of all commands, or of all after "info", in order of their names. */
static void help_list(GString *out, bool info)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    for (const struct command *c = commands; c->run; c++) {
        if (c->hmp && hmp_is_info(c) == info) {
            g_ptr_array_add(lines, help_line(c));
        }
    }
    if (!info) {
        g_ptr_array_add(lines, g_strdup("info [subcommand] -- show what there is to know; "
                                        "help info lists it\n"));
    }
    g_ptr_array_sort(lines, by_name);
    for (guint i = 0; i < lines->len; i++) {
        g_string_append(out, g_ptr_array_index(lines, i));
    }
}

JsonNode *hmp_help(JsonObject *args, GError **error)
{
    const char *name = arg_str(args, "name", "");
    bool info = g_str_has_prefix(name, "info ");
    /* "help stop now" is about stop */
    size_t len = info ? 5 + strcspn(name + 5, " ") : strcspn(name, " ");
    const struct command *wanted = hmp_find(name, len);
    GString *out = g_string_new(NULL);

    (void)error;
    if (*name == 0 || strcmp(name, "info") == 0) {
        help_list(out, *name != 0);
    } else if (wanted) {
        g_autofree char *line = help_line(wanted);

        g_string_append(out, line);
    } else {
        g_string_append_printf(out, "unknown command: '%s'\n", name);
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
            help_list(out, true);
            return;
        }
        full = g_strdup_printf("info %.*s", (int)name_len, s.p);
        s.c = hmp_find(full, strlen(full));
        s.p += name_len;
        len = (size_t)(s.p - name);
    } else {
        s.c = hmp_find(name, len);
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

/* -- a session -- */

struct hmp {
    struct edit *edit;
    hmp_answer *asked; /* who gets the next line, NULL: it is a command */
};

static const struct session_kind kind;

static struct hmp *current(void)
{
    return session_current && session_current->kind == &kind ? session_current->opaque : NULL;
}

bool hmp_ask(const char *prompt, hmp_answer *fn)
{
    struct hmp *h = current();

    if (!h) {
        return false;
    }
    h->asked = fn;
    edit_secret(h->edit, prompt);
    return true;
}

JsonNode *info_history(JsonObject *args, GError **error)
{
    struct hmp *h = current();
    GString *out = g_string_new(NULL);

    (void)args;
    (void)error;
    for (guint i = 0; h && edit_history(h->edit, i); i++) {
        g_string_append_printf(out, "%u: '%s'\n", i, edit_history(h->edit, i));
    }
    return qmp_text(g_string_free(out, FALSE));
}

static void put(void *opaque, const char *buf, gsize len)
{
    session_send(opaque, buf, len);
}

static GPtrArray *complete(void *opaque, const char *line)
{
    (void)opaque;
    return hmp_complete(line);
}

/* ^C: what was asked for does not come. */
static void cancelled(void *opaque)
{
    struct session *s = opaque;

    ((struct hmp *)s->opaque)->asked = NULL;
}

static const struct edit_ops edit_ops = {.put = put, .complete = complete, .cancelled = cancelled};

static void answer(hmp_answer *fn, const char *line, GString *out)
{
    g_autoptr(GError) error = NULL;

    if (!fn(line, &error)) {
        g_string_append_printf(out, "Error: %s\n", error ? error->message : "failed");
    }
}

static bool feed(struct session *s, uint8_t byte)
{
    struct hmp *h = s->opaque;
    g_autofree char *line = edit_feed(h->edit, byte);
    g_autoptr(GString) out = NULL;
    hmp_answer *asked = h->asked;

    if (!line) {
        return false;
    }
    out = g_string_new(NULL);
    h->asked = NULL;
    if (asked) {
        answer(asked, line, out);
        memset(line, 0, strlen(line));
    } else {
        hmp_run(line, out);
    }
    g_string_replace(out, "\n", "\r\n", 0);
    session_send(s, out->str, out->len);
    edit_prompt(h->edit);
    return true;
}

static void opened(struct session *s)
{
    static const char hello[] =
        "vmx-dm " VMX_DM_VERSION " monitor - type 'help' for more information\r\n";

    session_send(s, hello, sizeof(hello) - 1);
    edit_prompt(((struct hmp *)s->opaque)->edit);
}

static void closed(struct session *s)
{
    struct hmp *h = s->opaque;

    h->asked = NULL;
    edit_reset(h->edit);
}

static void free_hmp(struct session *s)
{
    struct hmp *h = s->opaque;

    edit_free(h->edit);
    g_free(h);
}

static const struct session_kind kind = {
    .feed = feed,
    .opened = opened,
    .closed = closed,
    .free = free_hmp,
};

struct session *hmp_attach(struct line *line, GError **error)
{
    struct hmp *h = g_new0(struct hmp, 1);
    struct session *s = session_new(line, &kind, h, error);

    if (s) {
        h->edit = edit_new(PROMPT, &edit_ops, s);
    } else {
        g_free(h);
    }
    return s;
}
