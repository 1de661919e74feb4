/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP: QEMU's wire format. Input is cut into JSON values by counting braces outside of strings,
 * under limits of length and depth; each value is then parsed as a whole.
 */
#include "monitor/command.h"
#include "monitor/json.h"
#include "monitor/session.h"

#include "core/report.h"
#include "system/version.h"

#include <string.h>

#define INPUT_MAX 65536u
#define DEPTH_MAX 32

struct qmp {
    bool negotiated, oob;
    GString *in;
    int depth;
    char quote;             /* of the string that goes on, 0: none does */
    bool escaped, skipping; /* skipping: to the end of a bad line */
};

/* -- output -- */

/* Send one message; takes ownership of the node. */
static void send(struct session *s, JsonNode *node)
{
    g_autoptr(GString) message = g_string_new(NULL);

    json_write(message, node, s->pretty);
    json_node_unref(node);
    g_string_append(message, "\r\n");
    session_send(s, message->str, message->len);
}

static void greet(struct session *s)
{
    JsonObject *qmp = json_object_new(), *top = json_object_new();
    JsonArray *caps = json_array_new();

    json_object_set_member(qmp, "version", command_qmp("query-version")->run(NULL, NULL));
    json_array_add_string_element(caps, "oob");
    json_object_set_array_member(qmp, "capabilities", caps);
    json_object_set_object_member(top, "QMP", qmp);
    send(s, qmp_object(top));
}

static void send_error(struct session *s, JsonNode *id, int code, const char *text)
{
    static const char *const classes[] = {"GenericError", "CommandNotFound", "DeviceNotFound",
                                          "DeviceNotActive"};
    JsonObject *top = json_object_new(), *error = json_object_new();
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    json_object_set_string_member(error, "class",
                                  classes[CLAMP(code, 0, (int)G_N_ELEMENTS(classes) - 1)]);
    json_object_set_string_member(error, "desc", valid);
    if (id) {
        json_object_set_member(top, "id", json_node_copy(id));
    }
    json_object_set_object_member(top, "error", error);
    send(s, qmp_object(top));
}

/* -- commands -- */

static void negotiate(struct qmp *q, JsonObject *args)
{
    JsonNode *enable = json_object_get_member(args, "enable");

    q->negotiated = true;
    q->oob = enable && json_array_get_length(json_node_get_array(enable)) > 0;
}

static const struct command *find(const struct qmp *q, const char *name, GError **error)
{
    const struct command *c = command_qmp(name);
    const char *text = "The command %s has not been found";

    if (!q->negotiated && strcmp(name, "qmp_capabilities") != 0) {
        text = "Expecting capabilities negotiation with 'qmp_capabilities'";
    } else if (q->negotiated && strcmp(name, "qmp_capabilities") == 0) {
        text = "Capabilities negotiation is already complete, command ignored";
    } else if (c) {
        return c;
    } else {
        g_set_error(error, QMP_ERROR, QMP_COMMAND_NOT_FOUND, "The command %s has not been found",
                    name);
        return NULL;
    }
    g_set_error_literal(error, QMP_ERROR, QMP_COMMAND_NOT_FOUND, text);
    return NULL;
}

static JsonNode *run(struct qmp *q, JsonObject *request, GError **error)
{
    JsonNode *exec = json_object_get_member(request, "execute");
    JsonNode *oob = json_object_get_member(request, "exec-oob");
    JsonNode *arg = json_object_get_member(request, "arguments");
    g_autoptr(JsonObject) none = json_object_new();
    const struct command *c;
    JsonNode *result;
    JsonObject *args;

    if (oob && !q->oob) {
        return qmp_fail(error, "QMP input member 'exec-oob' is unexpected");
    }
    if (exec && oob) {
        return qmp_fail(error, "QMP input member 'exec-oob' clashes with 'execute'");
    }
    exec = exec ? exec : oob;
    if (!exec) {
        return qmp_fail(error, "QMP input lacks member 'execute'");
    }
    if (!JSON_NODE_HOLDS_VALUE(exec) || json_node_get_value_type(exec) != G_TYPE_STRING) {
        return qmp_fail(error, "QMP input member '%s' must be a string",
                        oob ? "exec-oob" : "execute");
    }
    if (arg && !JSON_NODE_HOLDS_OBJECT(arg)) {
        return qmp_fail(error, "QMP input member 'arguments' must be an object");
    }
    args = arg ? json_node_get_object(arg) : none;
    c = find(q, json_node_get_string(exec), error);
    if (!c) {
        return NULL;
    }
    if (oob && !c->oob) {
        return qmp_fail(error, "The command %s does not support OOB", c->qmp);
    }
    if (!args_check(c->args, args, error)) {
        return NULL;
    }
    result = c->run(args, error);
    if (c->run != cmd_quit) {
        event_deliver(); /* what a command has done is heard of before its answer */
    }
    if (result && !q->negotiated) {
        negotiate(q, args);
    }
    return result;
}

static bool members_known(JsonObject *request, GError **error)
{
    static const char *const known[] = {"execute", "exec-oob", "arguments", "id", NULL};
    g_autoptr(GList) names = json_object_get_members(request);

    for (GList *l = names; l; l = l->next) {
        if (!g_strv_contains(known, l->data)) {
            qmp_fail(error, "QMP input member '%s' is unexpected", (const char *)l->data);
            return false;
        }
    }
    return true;
}

static const char not_object[] = "QMP input must be a JSON object";

static void request(struct session *s, const char *text, size_t len)
{
    const char *why = NULL;
    g_autoptr(JsonNode) root = json_read(text, len, &why);
    g_autoptr(GError) error = NULL;
    JsonNode *id = NULL, *result = NULL;
    JsonObject *o;

    if (!root) {
        send_error(s, NULL, QMP_GENERIC, why);
        return;
    }
    if (!JSON_NODE_HOLDS_OBJECT(root)) {
        send_error(s, NULL, QMP_GENERIC, not_object);
        return;
    }
    o = json_node_get_object(root);
    id = json_object_get_member(o, "id");
    if (members_known(o, &error)) {
        result = run(s->opaque, o, &error);
    }
    if (!result) {
        send_error(s, id, error && error->domain == QMP_ERROR ? error->code : QMP_GENERIC,
                   error ? error->message : "failed");
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

static void input_reset(struct qmp *q)
{
    g_string_truncate(q->in, 0);
    q->depth = 0;
    q->quote = 0;
    q->escaped = false;
}

static bool refuse(struct session *s, const char *why)
{
    struct qmp *q = s->opaque;

    input_reset(q);
    q->skipping = true;
    send_error(s, NULL, QMP_GENERIC, why);
    return true;
}

/* Inside of a string nothing but its end counts. */
static void feed_string(struct qmp *q, char c)
{
    if (q->escaped) {
        q->escaped = false;
    } else if (c == '\\') {
        q->escaped = true;
    } else if (c == q->quote) {
        q->quote = 0;
    }
}

static bool feed(struct session *s, uint8_t byte)
{
    struct qmp *q = s->opaque;
    char c = (char)byte;

    if (q->skipping) {
        q->skipping = c != '\n';
        return false;
    }
    if (q->in->len == 0) {
        if (g_ascii_isspace(c) || c == 0) {
            return false;
        }
        if (c != '{' && c != '[') {
            return refuse(s, c == '"' || c == '\'' || c == '-' || g_ascii_isalnum(c)
                                 ? not_object
                                 : "JSON parse error, expecting value");
        }
    }
    if (q->in->len >= INPUT_MAX) {
        return refuse(s, "JSON parse error, the command is longer than 64 KiB");
    }
    g_string_append_c(q->in, c);
    if (q->quote) {
        feed_string(q, c);
    } else if (c == '"' || c == '\'') {
        q->quote = c;
    } else if (c == '{' || c == '[') {
        if (++q->depth > DEPTH_MAX) {
            return refuse(s, "JSON parse error, nested deeper than 32 levels");
        }
    } else if ((c == '}' || c == ']') && --q->depth == 0) {
        g_autofree char *text = g_strndup(q->in->str, q->in->len);
        size_t len = q->in->len;

        input_reset(q);
        request(s, text, len);
        return true;
    }
    return false;
}

static void closed(struct session *s)
{
    struct qmp *q = s->opaque;

    input_reset(q);
    q->skipping = false;
    q->negotiated = false;
    q->oob = false;
}

/* -- events -- */

static void event(struct session *s, const char *name, GVariant *data, int64_t time_us)
{
    const struct qmp *q = s->opaque;
    JsonObject *top, *stamp;

    if (!q->negotiated) {
        return;
    }
    top = json_object_new();
    stamp = json_object_new();
    json_object_set_int_member(stamp, "seconds", time_us / G_USEC_PER_SEC);
    json_object_set_int_member(stamp, "microseconds", time_us % G_USEC_PER_SEC);
    json_object_set_object_member(top, "timestamp", stamp);
    json_object_set_string_member(top, "event", name);
    if (data) {
        json_object_set_member(top, "data", json_gvariant_serialize(data));
    }
    send(s, qmp_object(top));
}

static void free_qmp(struct session *s)
{
    struct qmp *q = s->opaque;

    g_string_free(q->in, TRUE);
    g_free(q);
}

static const struct session_kind kind = {
    .feed = feed,
    .opened = greet,
    .closed = closed,
    .event = event,
    .free = free_qmp,
};

struct session *qmp_attach(struct line *line, bool pretty, GError **error)
{
    struct qmp *q = g_new0(struct qmp, 1);
    struct session *s;

    q->in = g_string_new(NULL);
    s = session_new(line, &kind, q, error);
    if (!s) {
        g_string_free(q->in, TRUE);
        g_free(q);
        return NULL;
    }
    s->pretty = pretty;
    return s;
}

/* -- the module -- */

static bool attach(struct machine *m, struct line *line, enum monitor_mode mode, GError **error)
{
    monitor_machine = m;
    return mode == MONITOR_READLINE ? hmp_attach(line, error) != NULL
                                    : qmp_attach(line, mode == MONITOR_PRETTY, error) != NULL;
}

static void close_all(void)
{
    session_free_all();
    fds_close();
}

extern const struct qmp_module qmp_module;
const struct qmp_module qmp_module = {.attach = attach, .close = close_all};
