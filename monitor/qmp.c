/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP sessions: QEMU's wire format over a line. Input is cut into JSON values by counting braces
 * outside of strings, under limits of length and depth; each value is then parsed as a whole.
 * Output that the peer does not read is kept up to a limit, then dropped with the session muted
 * until it drains: a slow reader costs nobody else anything.
 */
#include "monitor/qmp.h"

#include "core/report.h"
#include "system/version.h"

#include <string.h>

#define INPUT_MAX 65536u
#define DEPTH_MAX 32
#define OUTPUT_MAX (1u << 20)

struct session {
    struct line *line;
    bool negotiated;
    GString *in;
    int depth;
    bool in_string, escaped, skipping; /* skipping: to the end of a bad line */
    GByteArray *out;
    bool muted;
};

struct machine *qmp_machine;
static GSList *sessions;

GQuark qmp_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-qmp");
}

JsonNode *qmp_object(JsonObject *o)
{
    JsonNode *n = json_node_new(JSON_NODE_OBJECT);

    json_node_take_object(n, o);
    return n;
}

JsonNode *qmp_array(JsonArray *a)
{
    JsonNode *n = json_node_new(JSON_NODE_ARRAY);

    json_node_take_array(n, a);
    return n;
}

JsonNode *qmp_nothing(void)
{
    return qmp_object(json_object_new());
}

/* -- output -- */

static void flush(struct session *s)
{
    uint32_t n;

    if (s->out->len == 0) {
        return;
    }
    n = line_write(s->line, s->out->data, s->out->len);
    g_byte_array_remove_range(s->out, 0, n);
    if (s->out->len == 0) {
        s->muted = false;
    }
}

/* Send one message; takes ownership of the node. */
static void send(struct session *s, JsonNode *node)
{
    g_autofree char *text = json_to_string(node, FALSE);
    size_t len = strlen(text);

    json_node_unref(node);
    if (s->muted || s->out->len + len > OUTPUT_MAX) {
        if (!s->muted) {
            report_limited("monitor %s does not read its answers; they are dropped",
                           line_name(s->line));
        }
        s->muted = true;
        return;
    }
    g_byte_array_append(s->out, (const uint8_t *)text, (guint)len);
    g_byte_array_append(s->out, (const uint8_t *)"\r\n", 2);
    flush(s);
}

static void greet(struct session *s)
{
    JsonObject *qmp = json_object_new(), *version = json_object_new(), *qemu = json_object_new();
    JsonObject *top = json_object_new();
    JsonArray *caps = json_array_new();

    json_object_set_int_member(qemu, "micro", QEMU_MICRO);
    json_object_set_int_member(qemu, "minor", QEMU_MINOR);
    json_object_set_int_member(qemu, "major", QEMU_MAJOR);
    json_object_set_object_member(version, "qemu", qemu);
    json_object_set_string_member(version, "package", "vmx-dm " VMX_DM_VERSION);
    json_object_set_object_member(qmp, "version", version);
    json_array_add_string_element(caps, "oob");
    json_object_set_array_member(qmp, "capabilities", caps);
    json_object_set_object_member(top, "QMP", qmp);
    send(s, qmp_object(top));
}

static void send_error(struct session *s, JsonNode *id, int code, const char *text)
{
    static const char *const classes[] = {"GenericError", "CommandNotFound", "DeviceNotFound"};
    JsonObject *top = json_object_new(), *error = json_object_new();

    json_object_set_string_member(error, "class", classes[CLAMP(code, 0, 2)]);
    json_object_set_string_member(error, "desc", text);
    if (id) {
        json_object_set_member(top, "id", json_node_copy(id));
    }
    json_object_set_object_member(top, "error", error);
    send(s, qmp_object(top));
}

/* -- commands -- */

static const struct qmp_command *find(const char *name)
{
    for (const struct qmp_command *c = qmp_commands; c->name; c++) {
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

static bool args_known(const struct qmp_command *c, JsonObject *args, GError **error)
{
    g_autoptr(GList) names = args ? json_object_get_members(args) : NULL;

    for (GList *l = names; l; l = l->next) {
        if (!g_strv_contains(c->args, l->data)) {
            g_set_error(error, QMP_ERROR, QMP_GENERIC, "Parameter '%s' is unexpected",
                        (const char *)l->data);
            return false;
        }
    }
    return true;
}

static JsonNode *run(struct session *s, JsonObject *request, GError **error)
{
    JsonNode *exec = json_object_get_member(request, "execute");
    JsonNode *oob = json_object_get_member(request, "exec-oob");
    JsonNode *arg = json_object_get_member(request, "arguments");
    const struct qmp_command *c;
    JsonObject *args = NULL;
    const char *name;
    JsonNode *result;

    exec = exec ? exec : oob;
    if (!exec || !JSON_NODE_HOLDS_VALUE(exec) || json_node_get_value_type(exec) != G_TYPE_STRING) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC,
                    exec ? "QMP input member 'execute' must be a string"
                         : "QMP input lacks member 'execute'");
        return NULL;
    }
    if (arg && !JSON_NODE_HOLDS_OBJECT(arg)) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC,
                    "QMP input member 'arguments' must be an object");
        return NULL;
    }
    args = arg ? json_node_get_object(arg) : NULL;
    name = json_node_get_string(exec);
    if (!s->negotiated && strcmp(name, "qmp_capabilities") != 0) {
        g_set_error(error, QMP_ERROR, QMP_COMMAND_NOT_FOUND,
                    "Expecting capabilities negotiation with 'qmp_capabilities'");
        return NULL;
    }
    c = find(name);
    if (!c || (s->negotiated && strcmp(name, "qmp_capabilities") == 0)) {
        g_set_error(error, QMP_ERROR, QMP_COMMAND_NOT_FOUND, "The command %s has not been found",
                    name);
        return NULL;
    }
    if (!args_known(c, args, error)) {
        return NULL;
    }
    result = c->run(args, error);
    if (result && !s->negotiated) {
        s->negotiated = true;
    }
    return result;
}

static bool members_known(JsonObject *request, GError **error)
{
    static const char *const known[] = {"execute", "exec-oob", "arguments", "id", NULL};
    g_autoptr(GList) names = json_object_get_members(request);

    for (GList *l = names; l; l = l->next) {
        if (!g_strv_contains(known, l->data)) {
            g_set_error(error, QMP_ERROR, QMP_GENERIC, "QMP input member '%s' is unexpected",
                        (const char *)l->data);
            return false;
        }
    }
    return true;
}

static void request(struct session *s, const char *text, size_t len)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    JsonNode *root, *id = NULL, *result = NULL;
    JsonObject *o;

    if (!json_parser_load_from_data(parser, text, (gssize)len, NULL)) {
        send_error(s, NULL, QMP_GENERIC, "JSON parse error, the input is not valid JSON");
        return;
    }
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        send_error(s, NULL, QMP_GENERIC, "QMP input must be a JSON object");
        return;
    }
    o = json_node_get_object(root);
    id = json_object_get_member(o, "id");
    if (members_known(o, &error)) {
        result = run(s, o, &error);
    }
    if (!result) {
        send_error(s, id, error->domain == QMP_ERROR ? error->code : QMP_GENERIC, error->message);
    } else {
        JsonObject *top = json_object_new();

        json_object_set_member(top, "return", result);
        if (id) {
            json_object_set_member(top, "id", json_node_copy(id));
        }
        send(s, qmp_object(top));
    }
}

/* -- input -- */

static void input_reset(struct session *s)
{
    g_string_truncate(s->in, 0);
    s->depth = 0;
    s->in_string = false;
    s->escaped = false;
}

static void refuse(struct session *s, const char *why)
{
    input_reset(s);
    s->skipping = true;
    send_error(s, NULL, QMP_GENERIC, why);
}

/* One byte of the stream; complete values are served at once. */
static void feed(struct session *s, char c)
{
    if (s->skipping) {
        s->skipping = c != '\n';
        return;
    }
    if (s->in->len == 0) {
        if (g_ascii_isspace(c) || c == 0) {
            return;
        }
        if (c != '{') {
            refuse(s, "JSON parse error, expecting an object");
            return;
        }
    }
    if (s->in->len >= INPUT_MAX) {
        refuse(s, "JSON parse error, the command is longer than 64 KiB");
        return;
    }
    g_string_append_c(s->in, c);
    if (s->in_string) {
        if (s->escaped) {
            s->escaped = false;
        } else if (c == '\\') {
            s->escaped = true;
        } else {
            s->in_string = c != '"';
        }
        return;
    }
    if (c == '"') {
        s->in_string = true;
    } else if (c == '{' || c == '[') {
        if (++s->depth > DEPTH_MAX) {
            refuse(s, "JSON parse error, nested deeper than 32 levels");
        }
    } else if ((c == '}' || c == ']') && --s->depth == 0) {
        g_autofree char *text = g_strndup(s->in->str, s->in->len);
        size_t len = s->in->len;

        input_reset(s);
        request(s, text, len);
    }
}

static void receive(void *opaque, const uint8_t *buf, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        feed(opaque, (char)buf[i]);
    }
}

static void changed(void *opaque, enum line_event event)
{
    struct session *s = opaque;

    input_reset(s);
    s->skipping = false;
    s->negotiated = false;
    s->muted = false;
    g_byte_array_set_size(s->out, 0);
    if (event == LINE_OPENED) {
        greet(s);
    }
}

static void drained(void *opaque)
{
    flush(opaque);
}

static const struct line_guest_ops line_ops = {
    .receive = receive,
    .event = changed,
    .drained = drained,
};

/* -- events -- */

static void event(void *opaque, const char *name, GVariant *data, int64_t time_us)
{
    struct session *s = opaque;
    JsonObject *top = json_object_new(), *stamp = json_object_new();

    if (!s->negotiated) {
        json_object_unref(top);
        json_object_unref(stamp);
        return;
    }
    json_object_set_int_member(stamp, "seconds", time_us / G_USEC_PER_SEC);
    json_object_set_int_member(stamp, "microseconds", time_us % G_USEC_PER_SEC);
    json_object_set_object_member(top, "timestamp", stamp);
    json_object_set_string_member(top, "event", name);
    if (data) {
        json_object_set_member(top, "data", json_gvariant_serialize(data));
    }
    send(s, qmp_object(top));
}

static bool attach(struct machine *m, struct line *line, GError **error)
{
    struct session *s;

    if (line_attached(line)) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC, "chardev %s is in use by another device",
                    line_name(line));
        return false;
    }
    qmp_machine = m;
    s = g_new0(struct session, 1);
    s->line = line;
    s->in = g_string_new(NULL);
    s->out = g_byte_array_new();
    line_attach(line, NULL, &line_ops, s);
    event_listen(event, s);
    sessions = g_slist_prepend(sessions, s);
    return true;
}

static void close_all(void)
{
    while (sessions) {
        struct session *s = sessions->data;

        event_unlisten(event, s);
        flush(s);
        line_detach(s->line);
        g_string_free(s->in, TRUE);
        g_byte_array_free(s->out, TRUE);
        g_free(s);
        sessions = g_slist_delete_link(sessions, sessions);
    }
}

extern const struct qmp_module qmp_module;
const struct qmp_module qmp_module = {.attach = attach, .close = close_all};
