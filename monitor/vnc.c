/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VNC server's addresses and clients, and its password. */
#include "monitor/command.h"

#include "system/vnc.h"

#include <string.h>

/* -- queries -- */

static JsonObject *basic(const struct view_peer *p)
{
    g_autofree char *host = g_utf8_make_valid(p->host, -1);
    g_autofree char *service = g_utf8_make_valid(p->service, -1);
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "host", host);
    json_object_set_string_member(o, "service", service);
    json_object_set_string_member(o, "family", vnc_family_name(p));
    json_object_set_boolean_member(o, "websocket", p->websocket != 0);
    return o;
}

static JsonArray *client_list(void)
{
    const struct vnc_client *c;
    unsigned n = vnc_clients(&c);
    JsonArray *a = json_array_new();

    for (unsigned i = 0; i < n; i++) {
        json_array_add_object_element(a, basic(&c[i].peer));
    }
    return a;
}

static const char *auth(void)
{
    return vnc_config()->password ? "vnc" : "none";
}

JsonNode *qmp_query_vnc(JsonObject *args, GError **error)
{
    const struct view_peer *server;
    JsonObject *o;

    (void)args;
    (void)error;
    if (vnc_config() && vnc_servers(&server)) {
        o = basic(&server[0]);
        json_object_remove_member(o, "websocket");
        json_object_set_string_member(o, "auth", auth());
        json_object_set_array_member(o, "clients", client_list());
    } else {
        o = json_object_new();
    }
    json_object_set_boolean_member(o, "enabled", vnc_config() != NULL);
    return qmp_object(o);
}

JsonNode *qmp_query_vnc_servers(JsonObject *args, GError **error)
{
    JsonArray *all = json_array_new(), *list;
    const struct view_peer *servers;
    unsigned n = vnc_servers(&servers);
    JsonObject *o;

    (void)args;
    (void)error;
    if (!vnc_config()) {
        return qmp_array(all);
    }
    list = json_array_new();
    for (unsigned i = 0; i < n; i++) {
        JsonObject *s = basic(&servers[i]);

        json_object_set_string_member(s, "auth", auth());
        json_array_add_object_element(list, s);
    }
    o = json_object_new();
    json_object_set_string_member(o, "id", vnc_config()->id);
    json_object_set_string_member(o, "auth", auth());
    json_object_set_array_member(o, "server", list);
    json_object_set_array_member(o, "clients", client_list());
    json_array_add_object_element(all, o);
    return qmp_array(all);
}

static void show_peer(GString *out, const char *what, JsonObject *o)
{
    g_string_append_printf(
        out, "  %s: %s:%s (%s%s)\n", what, json_object_get_string_member(o, "host"),
        json_object_get_string_member(o, "service"), json_object_get_string_member(o, "family"),
        json_object_get_boolean_member(o, "websocket") ? " (Websocket)" : "");
}

void show_vnc(JsonNode *result, GString *out)
{
    JsonArray *all = json_node_get_array(result);

    if (json_array_get_length(all) == 0) {
        g_string_append(out, "None\n");
    }
    for (guint i = 0; i < json_array_get_length(all); i++) {
        JsonObject *o = json_array_get_object_element(all, i);
        JsonArray *servers = json_object_get_array_member(o, "server");
        JsonArray *list = json_object_get_array_member(o, "clients");

        g_string_append_printf(out, "%s:\n", json_object_get_string_member(o, "id"));
        for (guint k = 0; k < json_array_get_length(servers); k++) {
            show_peer(out, "Server", json_array_get_object_element(servers, k));
            g_string_append_printf(out, "    Auth: %s (Sub: none)\n", auth());
        }
        for (guint k = 0; k < json_array_get_length(list); k++) {
            show_peer(out, "Client", json_array_get_object_element(list, k));
        }
    }
}

/* -- the password -- */

/* What QEMU's commands have beside password and time. */
static bool is_ours(JsonObject *args, GError **error)
{
    const char *display = arg_str(args, "display", NULL);

    if (strcmp(arg_str(args, "protocol", "vnc"), "vnc") != 0) {
        g_set_error_literal(error, QMP_ERROR, QMP_DEVICE_NOT_ACTIVE, "SPICE is not in use");
        return false;
    }
    if (strcmp(arg_str(args, "connected", "keep"), "keep") != 0) {
        qmp_fail(error, "Invalid parameter 'connected'"); /* VNC keeps clients as they are */
        return false;
    }
    if (display && vnc_config() && strcmp(display, vnc_config()->id) != 0) {
        qmp_fail(error, "there is no VNC server \"%s\", but \"%s\"", display, vnc_config()->id);
        return false;
    }
    return true;
}

JsonNode *qmp_set_password(JsonObject *args, GError **error)
{
    bool ok = is_ours(args, error) && vnc_set_password(arg_str(args, "password", ""), error);

    return ok ? qmp_nothing() : NULL;
}

JsonNode *qmp_expire_password(JsonObject *args, GError **error)
{
    bool ok = is_ours(args, error) && vnc_expire_password(arg_str(args, "time", ""), error);

    return ok ? qmp_nothing() : NULL;
}

static bool password_typed(const char *line, GError **error)
{
    return vnc_set_password(line, error);
}

JsonNode *hmp_change(JsonObject *args, GError **error)
{
    const char *target = arg_str(args, "target", "");
    const char *password = arg_str(args, "arg", NULL);

    if (strcmp(arg_str(args, "device", ""), "vnc") != 0) {
        return qmp_not_removable(args, error);
    }
    if (strcmp(target, "password") != 0 && strcmp(target, "passwd") != 0) {
        return qmp_text(g_strdup("Expected 'password' after 'vnc'\n"));
    }
    if (!password) {
        return hmp_ask("Password: ", password_typed)
                   ? qmp_nothing()
                   : qmp_text(g_strdup("terminal does not support password prompting\n"));
    }
    return vnc_set_password(password, error) ? qmp_nothing() : NULL;
}
