/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices and networks that come and go. Programs give JSON, which becomes the words of -device and
 * -netdev: members of objects are "a.b", elements of arrays the same word again.
 */
#include "monitor/command.h"

#include "net/net.h"
#include "system/plug.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- JSON into words -- */

static bool put_value(GString *out, const char *key, JsonNode *v, GError **error);

static void put_word(GString *out, const char *key, const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);
    g_autofree char *escaped = g_strjoinv(",,", parts);

    g_string_append_printf(out, "%s%s=%s", out->len ? "," : "", key, escaped);
}

static bool put_object(GString *out, const char *key, JsonObject *o, GError **error)
{
    g_autoptr(GList) names = json_object_get_members(o);
    bool ok = true;

    for (GList *l = names; ok && l; l = l->next) {
        const char *name = l->data;
        g_autofree char *full = *key ? g_strconcat(key, ".", name, NULL) : g_strdup(name);

        if (!*name || strpbrk(name, ",=")) {
            qmp_fail(error, "Parameter '%s' is unexpected", name);
            return false;
        }
        ok = put_value(out, full, json_object_get_member(o, name), error);
    }
    return ok;
}

/* An element is a word, or as QEMU has lists of words: {"str": word}. */
static bool put_array(GString *out, const char *key, JsonArray *a, GError **error)
{
    bool ok = true;

    for (guint i = 0; ok && i < json_array_get_length(a); i++) {
        JsonNode *v = json_array_get_element(a, i);
        JsonObject *o = JSON_NODE_HOLDS_OBJECT(v) ? json_node_get_object(v) : NULL;

        ok = put_value(out, key,
                       o && json_object_has_member(o, "str") ? json_object_get_member(o, "str") : v,
                       error);
    }
    return ok;
}

static bool put_value(GString *out, const char *key, JsonNode *v, GError **error)
{
    g_autofree char *number = NULL;

    if (JSON_NODE_HOLDS_OBJECT(v)) {
        return put_object(out, key, json_node_get_object(v), error);
    }
    if (JSON_NODE_HOLDS_ARRAY(v)) {
        return put_array(out, key, json_node_get_array(v), error);
    }
    if (JSON_NODE_HOLDS_NULL(v) || json_node_get_value_type(v) == G_TYPE_DOUBLE) {
        qmp_fail(error, "Invalid parameter type for '%s', expected: string", key);
        return false;
    }
    if (json_node_get_value_type(v) == G_TYPE_STRING) {
        put_word(out, key, json_node_get_string(v));
    } else if (json_node_get_value_type(v) == G_TYPE_BOOLEAN) {
        put_word(out, key, json_node_get_boolean(v) ? "on" : "off");
    } else {
        number = g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(v));
        put_word(out, key, number);
    }
    return true;
}

static struct keyval *parse_json(const char *command, JsonObject *args, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    return put_object(text, "", args, error) ? keyval_parse(command, text->str, NULL, error) : NULL;
}

/* -- devices -- */

static JsonNode *add_device(struct keyval *kv, GError **error)
{
    bool ok = kv && plug_device(kv, error);

    keyval_free(kv);
    return ok ? qmp_nothing() : NULL;
}

JsonNode *qmp_device_add(JsonObject *args, GError **error)
{
    return add_device(parse_json("device_add", args, error), error);
}

static JsonNode *list_models(void)
{
    GString *out = g_string_new("Network devices:\n");

    for (const struct device_class *const *c = device_classes; *c; c++) {
        if (device_class_hotpluggable(*c)) {
            g_string_append_printf(out, "name \"%s\", bus PCI, desc \"%s\"\n", (*c)->name,
                                   (*c)->desc);
        }
    }
    return qmp_text(g_string_free(out, FALSE));
}

static JsonNode *list_properties(const struct device_class *cls)
{
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "%s options:\n", cls->name);
    for (const struct prop *p = cls->props; p && p->name; p++) {
        g_autofree char *name = g_strdup_printf("%s=<%s>", p->name, qom_prop_type(p));

        g_string_append_printf(out, "  %-22s - %s", name, p->help ? p->help : "");
        g_string_append_printf(out, p->def ? " (default: %s)\n" : "\n", p->def);
    }
    return qmp_text(g_string_free(out, FALSE));
}

static bool is_question(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "?") == 0;
}

JsonNode *hmp_device_add(JsonObject *args, GError **error)
{
    const char *words = arg_str(args, "device", "");
    g_auto(GStrv) parts = g_strsplit(words, ",", 3);
    const struct device_class *cls = parts[0] && parts[1] ? device_class_find(parts[0]) : NULL;

    if (is_question(words)) {
        return list_models();
    }
    if (cls && is_question(parts[1])) {
        return list_properties(cls);
    }
    return add_device(keyval_parse("device_add", words, "driver", error), error);
}

/* By id, or by the path of an object. */
JsonNode *cmd_device_del(JsonObject *args, GError **error)
{
    const char *id = json_object_get_string_member(args, "id");
    bool object = false;
    struct device *d = *id == '/' ? qom_device(id, &object) : device_find(id);

    if (!d && object) {
        return qmp_fail(error, "%s is not a hotpluggable device", id);
    }
    if (!d) {
        return qmp_no_device(id, error);
    }
    return plug_unplug(d, error) ? qmp_nothing() : NULL;
}

/* -- networks -- */

/*
 * "fd=NAME" of getfd: give the network a copy, by number, and close ours when it has taken it. What
 * refuses a descriptor early does not close it.
 */
struct borrowed {
    char *name;
    int fd;
    struct stat st;
};

static bool lend(JsonObject *args, const char *member, struct borrowed *b, GError **error)
{
    const char *name = arg_str(args, member, NULL);
    g_autofree char *number = NULL;

    if (!name || g_ascii_isdigit(name[0])) {
        return true;
    }
    b->fd = fds_copy(name);
    if (b->fd < 0 || fstat(b->fd, &b->st) < 0) {
        qmp_fail(error, "File descriptor named '%s' has not been found", name);
        return false;
    }
    b->name = g_strdup(name);
    number = g_strdup_printf("%d", b->fd);
    json_object_set_string_member(args, member, number);
    return true;
}

static void settle_loan(struct borrowed *b, bool taken)
{
    struct stat st;

    if (b->name && taken) {
        fds_forget(b->name);
    } else if (b->name && fstat(b->fd, &st) == 0 && st.st_dev == b->st.st_dev &&
               st.st_ino == b->st.st_ino) {
        close(b->fd);
    }
    g_free(b->name);
}

static JsonNode *add_network(struct keyval *kv, GError **error)
{
    const char *id;
    bool ok = kv != NULL;

    if (!ok) {
        return NULL;
    }
    id = keyval_take_last(kv, "id");
    if (!id) {
        ok = qmp_fail(error, "Parameter 'id' is missing") != NULL;
    } else if (!plug_id_ok(id)) {
        ok = qmp_fail(error, "Parameter 'id' expects an identifier") != NULL;
    } else if (link_find(id)) {
        ok = qmp_fail(error, "Duplicate ID '%s'", id) != NULL;
    } else {
        ok = net_new(kv, id, error) != NULL;
    }
    keyval_free(kv);
    return ok ? qmp_nothing() : NULL;
}

/* An address of type fd. */
static JsonObject *address(JsonObject *args, const char *member)
{
    JsonNode *node = json_object_get_member(args, member);

    return node ? json_node_get_object(node) : NULL; /* args_check() has seen to its type */
}

JsonNode *qmp_netdev_add(JsonObject *args, GError **error)
{
    JsonObject *addr = address(args, "addr"), *local = address(args, "local");
    struct borrowed b[] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
    JsonNode *result = NULL;

    if (lend(args, "fd", &b[0], error) && (!addr || lend(addr, "str", &b[1], error)) &&
        (!local || lend(local, "str", &b[2], error))) {
        result = add_network(parse_json("netdev_add", args, error), error);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(b); i++) {
        settle_loan(&b[i], result != NULL);
    }
    return result;
}

JsonNode *hmp_netdev_add(JsonObject *args, GError **error)
{
    const char *words = arg_str(args, "netdev", "");

    if (is_question(words)) {
        g_autofree char *types = net_types();
        g_auto(GStrv) list = g_strsplit(types, ", ", -1);
        g_autofree char *lines = g_strjoinv("\n", list);

        return qmp_text(g_strdup_printf("Available netdev backend types:\n%s\n", lines));
    }
    return add_network(keyval_parse("netdev_add", words, "type", error), error);
}

JsonNode *cmd_netdev_del(JsonObject *args, GError **error)
{
    const char *id = json_object_get_string_member(args, "id");
    struct link *l = link_find(id);

    if (!l) {
        return qmp_no_device(id, error);
    }
    link_remove(l);
    return qmp_nothing();
}
