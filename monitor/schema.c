/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checking values against the types of types.c, and query-qmp-schema. */
#include "monitor/command.h"

#include <string.h>

#define CHECK_DEPTH 32

static const char *const builtins[][2] = {
    {"str", "string"},   {"int", "int"},   {"number", "number"},
    {"bool", "boolean"}, {"any", "value"}, {"null", "null"},
};

/* -- reading specifications -- */

static void copy_word(char *to, size_t size, const char *from, size_t len)
{
    len = MIN(len, size - 1);
    memcpy(to, from, len);
    to[len] = 0;
}

bool arg_next(const char **spec, struct arg *a)
{
    const char *p = *spec, *end, *colon;

    while (p && *p == ' ') {
        p++;
    }
    if (!p || !*p || *p == '|' || *p == '.') {
        return false;
    }
    a->flag = 0;
    if (p[0] == '-' && p[1] && p[2] == '/') {
        a->flag = p[1];
        p += 3;
    }
    end = p + strcspn(p, " ");
    colon = p + strcspn(p, ":");
    a->optional = colon > p && colon[-1] == '?';
    copy_word(a->name, sizeof(a->name), p, (size_t)(colon - p) - a->optional);
    copy_word(a->type, sizeof(a->type), colon + 1, (size_t)(end - colon) - 1);
    *spec = end;
    return true;
}

const char *type_base(const char *type)
{
    const char *def = type_definition(type);

    return def && *def == '~' ? def + 1 : type;
}

const char *type_words(const char *type)
{
    const char *def = type_definition(type);

    return def && *def == '=' ? def + 1 : NULL;
}

static const char *json_type(const char *builtin)
{
    for (size_t i = 0; i < G_N_ELEMENTS(builtins); i++) {
        if (strcmp(builtins[i][0], builtin) == 0) {
            return builtins[i][1];
        }
    }
    return NULL;
}

/* -- checking -- */

static bool is_value(JsonNode *n, GType type)
{
    return JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == type;
}

static bool wrong(const char *name, const char *expected, GError **error)
{
    g_set_error(error, QMP_ERROR, QMP_GENERIC, "Invalid parameter type for '%s', expected: %s",
                name, expected);
    return false;
}

static bool has_word(const char *words, const char *word)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);

    return g_strv_contains((const char *const *)list, word);
}

static bool check(const char *type, JsonNode *v, const char *name, int depth, GError **error);

/* Where a member is: "events[0].data.down". */
static char *member_path(const char *path, const char *member)
{
    return *path ? g_strconcat(path, ".", member, NULL) : g_strdup(member);
}

/* All members of `o`, and of the variant that it chooses, are there, known and right. */
static bool check_object(const char *spec, JsonObject *o, const char *path, int depth,
                         GError **error)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GList) names = json_object_get_members(o);
    const char *p = spec;
    bool more;
    struct arg a;

    while (true) {
        while (arg_next(&p, &a)) {
            g_autofree char *name = member_path(path, a.name);
            JsonNode *v = json_object_get_member(o, a.name);

            g_ptr_array_add(known, g_strdup(a.name));
            if (!v && !a.optional) {
                g_set_error(error, QMP_ERROR, QMP_GENERIC, "Parameter '%s' is missing", name);
                return false;
            }
            if (v && !check(a.type, v, name, depth + 1, error)) {
                return false;
            }
        }
        p = strchr(p ? p : "", '|');
        if (!p) {
            break;
        }
        /* the variant that the tag names */
        copy_word(a.name, sizeof(a.name), p + 1, strcspn(p + 1, " "));
        {
            g_autofree char *tag = g_strdup(json_object_get_string_member(o, a.name));

            p += strcspn(p, " ");
            do {
                more = arg_next(&p, &a);
            } while (more && strcmp(a.name, tag) != 0);
            p = more ? type_definition(a.type) : NULL; /* not every word has members of its own */
        }
    }
    g_ptr_array_add(known, NULL);
    for (GList *l = g_str_has_suffix(spec, "...") ? NULL : names; l; l = l->next) {
        if (!g_strv_contains((const char *const *)known->pdata, l->data)) {
            g_autofree char *name = member_path(path, l->data);

            g_set_error(error, QMP_ERROR, QMP_GENERIC, "Parameter '%s' is unexpected", name);
            return false;
        }
    }
    return true;
}

static bool check_array(const char *type, JsonNode *v, const char *name, int depth, GError **error)
{
    g_autofree char *element = g_strndup(type + 1, strlen(type) - 2);
    JsonArray *array;

    if (!JSON_NODE_HOLDS_ARRAY(v)) {
        return wrong(name, "array", error);
    }
    array = json_node_get_array(v);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        g_autofree char *at = g_strdup_printf("%s[%u]", name, i);

        if (!check(element, json_array_get_element(array, i), at, depth + 1, error)) {
            return false;
        }
    }
    return true;
}

static bool check_builtin(const char *type, JsonNode *v, const char *name, GError **error)
{
    if (strcmp(type, "str") == 0) {
        return is_value(v, G_TYPE_STRING) || wrong(name, "string", error);
    }
    if (strcmp(type, "int") == 0) {
        return is_value(v, G_TYPE_INT64) || wrong(name, "integer", error);
    }
    if (strcmp(type, "number") == 0) {
        return is_value(v, G_TYPE_INT64) || is_value(v, G_TYPE_DOUBLE) ||
               wrong(name, "number", error);
    }
    if (strcmp(type, "bool") == 0) {
        return is_value(v, G_TYPE_BOOLEAN) || wrong(name, "boolean", error);
    }
    return true;
}

static bool check(const char *type, JsonNode *v, const char *name, int depth, GError **error)
{
    const char *words = type_words(type);

    if (depth > CHECK_DEPTH) {
        return wrong(name, "less nesting", error);
    }
    type = type_base(type);
    if (*type == '[') {
        return check_array(type, v, name, depth, error);
    }
    if (json_type(type)) {
        return check_builtin(type, v, name, error);
    }
    if (words) {
        if (!is_value(v, G_TYPE_STRING)) {
            return wrong(name, "string", error);
        }
        if (!has_word(words, json_node_get_string(v))) {
            const char *dot = strrchr(name, '.'); /* QEMU says the last name only, here */

            g_set_error(error, QMP_ERROR, QMP_GENERIC, "Parameter '%s' does not accept value '%s'",
                        dot ? dot + 1 : name, json_node_get_string(v));
            return false;
        }
        return true;
    }
    if (!JSON_NODE_HOLDS_OBJECT(v)) {
        return wrong(name, "object", error);
    }
    return check_object(type_definition(type), json_node_get_object(v), name, depth, error);
}

bool type_check(const char *type, JsonNode *value, const char *name, GError **error)
{
    return check(type, value, name, 0, error);
}

bool args_check(const char *spec, JsonObject *o, GError **error)
{
    g_autoptr(JsonObject) none = o ? NULL : json_object_new();

    return check_object(spec ? spec : "", o ? o : none, "", 0, error);
}

/* -- query-qmp-schema -- */

struct schema {
    JsonArray *out;
    GHashTable *seen;
};

static void need(struct schema *s, const char *type);

static JsonObject *entity(struct schema *s, const char *name, const char *meta)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "name", name);
    json_object_set_string_member(o, "meta-type", meta);
    json_array_add_object_element(s->out, o);
    return o;
}

/* Members, and variants, into an object's entity. */
static void put_members(struct schema *s, JsonObject *o, const char *spec)
{
    JsonArray *members = json_array_new(), *variants;
    struct arg a;

    while (arg_next(&spec, &a)) {
        JsonObject *m = json_object_new();

        json_object_set_string_member(m, "name", a.name);
        json_object_set_string_member(m, "type", type_base(a.type));
        if (a.optional) {
            json_object_set_null_member(m, "default");
        }
        json_array_add_object_element(members, m);
        need(s, a.type);
    }
    json_object_set_array_member(o, "members", members);
    spec = strchr(spec ? spec : "", '|');
    if (!spec) {
        return;
    }
    copy_word(a.name, sizeof(a.name), spec + 1, strcspn(spec + 1, " "));
    json_object_set_string_member(o, "tag", a.name);
    spec += strcspn(spec, " ");
    variants = json_array_new();
    while (arg_next(&spec, &a)) {
        JsonObject *v = json_object_new();

        json_object_set_string_member(v, "case", a.name);
        json_object_set_string_member(v, "type", a.type);
        json_array_add_object_element(variants, v);
        need(s, a.type);
    }
    json_object_set_array_member(o, "variants", variants);
}

static void put_enum(struct schema *s, const char *type, const char *words)
{
    JsonObject *o = entity(s, type, "enum");
    JsonArray *values = json_array_new(), *members = json_array_new();
    g_auto(GStrv) list = g_strsplit(words, " ", -1);

    for (char **w = list; *w; w++) {
        JsonObject *m = json_object_new();

        json_object_set_string_member(m, "name", *w);
        json_array_add_object_element(members, m);
        json_array_add_string_element(values, *w);
    }
    json_object_set_array_member(o, "members", members);
    json_object_set_array_member(o, "values", values);
}

/* Put a type that is used, and all that it uses, once. */
static void need(struct schema *s, const char *type)
{
    const char *words = type_words(type);

    type = type_base(type);
    if (!g_hash_table_add(s->seen, g_strdup(type))) {
        return;
    }
    if (*type == '[') {
        g_autofree char *element = g_strndup(type + 1, strlen(type) - 2);

        json_object_set_string_member(entity(s, type, "array"), "element-type", type_base(element));
        need(s, element);
    } else if (json_type(type)) {
        json_object_set_string_member(entity(s, type, "builtin"), "json-type", json_type(type));
    } else if (words) {
        put_enum(s, type, words);
    } else {
        put_members(s, entity(s, type, "object"), type_definition(type));
    }
}

static void put_args(struct schema *s, JsonObject *o, const char *name, const char *spec)
{
    g_autofree char *type = g_strdup_printf("q_obj_%s-arg", name);

    if (!spec || !*spec) {
        json_object_set_string_member(o, "arg-type", "q_empty");
        return;
    }
    json_object_set_string_member(o, "arg-type", type);
    put_members(s, entity(s, type, "object"), spec);
}

JsonNode *qmp_query_schema(JsonObject *args, GError **error)
{
    struct schema s = {.out = json_array_new(),
                       .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};

    (void)args;
    (void)error;
    put_members(&s, entity(&s, "q_empty", "object"), "");
    for (const struct command *c = commands; c->run; c++) {
        if (c->qmp) {
            JsonObject *o = entity(&s, c->qmp, "command");

            put_args(&s, o, c->qmp, c->args);
            json_object_set_string_member(o, "ret-type", c->returns ? c->returns : "q_empty");
            json_object_set_boolean_member(o, "allow-oob", c->oob);
            if (c->returns) {
                need(&s, c->returns);
            }
        }
    }
    for (const struct event_type *e = event_types; e->name; e++) {
        put_args(&s, entity(&s, e->name, "event"), e->name, e->data);
    }
    g_hash_table_unref(s.seen);
    return qmp_array(s.out);
}

JsonNode *qmp_query_events(JsonObject *args, GError **error)
{
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    for (const struct event_type *e = event_types; e->name; e++) {
        JsonObject *o = json_object_new();

        json_object_set_string_member(o, "name", e->name);
        json_array_add_object_element(a, o);
    }
    return qmp_array(a);
}
