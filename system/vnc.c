/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VNC server's life, password and clients: see vnc.h. */
#include "system/vnc.h"

#include "core/helper.h"
#include "core/report.h"
#include "system/options.h"
#include "system/secret.h"
#include "ui/server.h"

#include <string.h>
#include <unistd.h>

#define SERVERS_MAX 8u
#define CLIENTS_MAX 16u
#define RESTART_MS 500u       /* doubled each time */
#define RESTART_MAX_MS 60000u /* at most */
#define HEALTHY_SECONDS 60    /* after which it counts as well */

static struct {
    const struct options *o;
    GPtrArray *argv; /* of the process */
    unsigned viewer, restart_timer, restart_ms;
    gint64 started;
    char *password;
    bool expired;
    unsigned expire_timer;
    unsigned server_count, client_count;
    struct view_peer servers[SERVERS_MAX];
    struct vnc_client clients[CLIENTS_MAX];
} vnc;

/* -- who is connected -- */

const struct vnc_options *vnc_config(void)
{
    return vnc.o ? &vnc.o->vnc : NULL;
}

unsigned vnc_servers(const struct view_peer **out)
{
    *out = vnc.servers;
    return vnc.server_count;
}

unsigned vnc_clients(const struct vnc_client **out)
{
    *out = vnc.clients;
    return vnc.client_count;
}

const char *vnc_family_name(const struct view_peer *p)
{
    static const char *const names[] = {"ipv4", "ipv6", "unix", "unknown"};

    return names[MIN(p->family, PEER_UNKNOWN)];
}

/* Text from the other process, for JSON. */
static GVariant *text(const char *t)
{
    return g_variant_new_take_string(g_utf8_make_valid(t, -1));
}

static GVariant *describe(const struct view_peer *p, bool server)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    if (server) {
        g_variant_builder_add(&b, "{sv}", "auth", text(vnc.o->vnc.password ? "vnc" : "none"));
    }
    g_variant_builder_add(&b, "{sv}", "family", text(vnc_family_name(p)));
    g_variant_builder_add(&b, "{sv}", "service", text(p->service));
    g_variant_builder_add(&b, "{sv}", "host", text(p->host));
    g_variant_builder_add(&b, "{sv}", "websocket", g_variant_new_boolean(p->websocket != 0));
    return g_variant_builder_end(&b);
}

static void raise_event(const char *name, const struct view_peer *client)
{
    struct view_peer none = {.family = PEER_UNKNOWN};
    const struct view_peer *server = vnc.server_count ? &vnc.servers[0] : &none;
    GVariantBuilder b;

    for (unsigned i = 0; i < vnc.server_count; i++) { /* the one that it came by, by its kind */
        if (!vnc.servers[i].websocket == !client->websocket) {
            server = &vnc.servers[i];
            break;
        }
    }
    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "server", describe(server, true));
    g_variant_builder_add(&b, "{sv}", "client", describe(client, false));
    event_raise(name, g_variant_builder_end(&b));
}

static struct vnc_client *find(uint32_t id)
{
    for (unsigned i = 0; i < vnc.client_count; i++) {
        if (vnc.clients[i].peer.id == id) {
            return &vnc.clients[i];
        }
    }
    return NULL;
}

static void remove_client(struct vnc_client *c)
{
    struct view_peer p = c->peer;

    *c = vnc.clients[--vnc.client_count];
    raise_event("VNC_DISCONNECTED", &p);
}

static void peer(void *opaque, const struct view_peer *p)
{
    struct vnc_client *c = find(p->id);

    (void)opaque;
    switch (p->event) {
    case PEER_LISTENS:
        if (vnc.server_count < SERVERS_MAX) {
            vnc.servers[vnc.server_count++] = *p;
        }
        break;
    case PEER_CONNECTED:
        if (!c && vnc.client_count < CLIENTS_MAX) {
            vnc.clients[vnc.client_count++] = (struct vnc_client){.peer = *p};
            raise_event("VNC_CONNECTED", p);
        }
        break;
    case PEER_INITIALIZED:
        if (c && !c->initialized) {
            c->initialized = true;
            raise_event("VNC_INITIALIZED", &c->peer);
        }
        break;
    case PEER_GONE:
        if (c) {
            remove_client(c);
        }
        break;
    default:
        break;
    }
}

/* -- the password -- */

static void tell_password(void)
{
    struct view_message m = {.type = VIEW_SECRET};

    if (vnc.password && !vnc.expired) {
        g_strlcpy(m.text, vnc.password, sizeof(m.text));
    }
    view_tell(vnc.viewer, &m);
    explicit_bzero(&m, sizeof(m));
}

static void keep_password(const char *password)
{
    if (vnc.password) {
        explicit_bzero(vnc.password, strlen(vnc.password));
    }
    g_free(vnc.password);
    vnc.password = g_strdup(password);
}

static bool has_password(GError **error)
{
    if (vnc.o && vnc.o->vnc.password) {
        return true;
    }
    g_set_error(error, KEYVAL_ERROR, 0, "%s",
                vnc.o ? "the VNC server asks for no password; start it with -vnc ...,password=on"
                      : "there is no VNC server; start one with -vnc");
    return false;
}

bool vnc_set_password(const char *password, GError **error)
{
    if (!has_password(error)) {
        return false;
    }
    keep_password(password);
    tell_password();
    return true;
}

static gboolean expire(void *opaque)
{
    (void)opaque;
    vnc.expire_timer = 0;
    vnc.expired = true;
    tell_password();
    return G_SOURCE_REMOVE;
}

bool vnc_expire_password(const char *when, GError **error)
{
    bool from_now = when[0] == '+', never = strcmp(when, "never") == 0;
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    guint64 n = 0;

    if (!has_password(error)) {
        return false;
    }
    if (!never && strcmp(when, "now") != 0 &&
        !g_ascii_string_to_unsigned(when + from_now, 10, 0, G_MAXINT32 * 4ULL, &n, NULL)) {
        g_set_error(error, KEYVAL_ERROR, 0,
                    "\"%s\": expected now, never, +SECONDS or seconds since 1970", when);
        return false;
    }
    if (vnc.expire_timer) {
        g_source_remove(vnc.expire_timer);
        vnc.expire_timer = 0;
    }
    if (!from_now) {
        n = n > (guint64)now ? n - (guint64)now : 0;
    }
    vnc.expired = !never && n == 0;
    if (!never && n) {
        vnc.expire_timer = g_timeout_add_seconds((guint)MIN(n, G_MAXINT32), expire, NULL);
    }
    tell_password();
    return true;
}

/* -- the process -- */

static void ended(void *opaque, int status);

static const struct view_start how_base = {
    .program = "vmx-dm-vnc", .adds = true, .ended = ended, .peer = peer};

static bool start(GError **error)
{
    struct view_start how = how_base;

    how.options = (char *const *)vnc.argv->pdata;
    how.commands = vnc.o->vnc.power;
    how.monitor = vnc.o->vnc.monitor;
    vnc.server_count = 0;
    vnc.viewer = view_start(&how, error);
    if (!vnc.viewer) {
        return false;
    }
    vnc.started = g_get_monotonic_time();
    tell_password();
    return true;
}

static void start_later(void);

static gboolean start_again(void *opaque)
{
    g_autoptr(GError) error = NULL;

    (void)opaque;
    vnc.restart_timer = 0;
    if (start(&error)) {
        report("-vnc: clients can connect again");
    } else {
        report("-vnc: %s", error->message);
        start_later();
    }
    return G_SOURCE_REMOVE;
}

static void start_later(void)
{
    if (g_get_monotonic_time() - vnc.started > HEALTHY_SECONDS * G_USEC_PER_SEC) {
        vnc.restart_ms = RESTART_MS;
    }
    vnc.restart_timer = g_timeout_add(vnc.restart_ms, start_again, NULL);
    vnc.restart_ms = MIN(vnc.restart_ms * 2, RESTART_MAX_MS);
    vnc.started = g_get_monotonic_time();
}

static void ended(void *opaque, int status)
{
    g_autofree char *cause = helper_cause(status);

    (void)opaque;
    if (!vnc.o) {
        return;
    }
    report("-vnc: vmx-dm-vnc %s; the guest runs on, it is started again", cause);
    while (vnc.client_count) {
        remove_client(&vnc.clients[0]);
    }
    vnc.viewer = 0;
    start_later();
}

static void add(const char *format, ...) G_GNUC_PRINTF(1, 2);

static void add(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(vnc.argv, g_strdup_vprintf(format, args));
    va_end(args);
}

static void make_argv(const struct options *o)
{
    const struct vnc_options *v = &o->vnc;

    vnc.argv = g_ptr_array_new_with_free_func(g_free);
    if (v->unix_path) {
        add("--unix=%s", v->unix_path);
    } else {
        add("--port=%u", v->port);
        add("--to=%u", v->to);
    }
    if (v->host) {
        add("--host=%s", v->host);
    }
    if (v->websocket) {
        add("--websocket-port=%u", v->websocket_port);
    }
    if (v->websocket_host) {
        add("--websocket-host=%s", v->websocket_host);
    }
    if (v->password) {
        add("--password");
    }
    if (v->power) {
        add("--power-control");
    }
    if (!v->lock_sync) {
        add("--no-lock-key-sync");
    }
    if (v->key_delay_ms >= 0) {
        add("--key-delay-ms=%d", v->key_delay_ms);
    }
    add("--share=%s", v->share);
    if (o->keymap) {
        add("--keymap=%s", o->keymap);
    }
    g_ptr_array_add(vnc.argv, NULL);
}

bool vnc_open(const struct options *o, GError **error)
{
    const struct vnc_options *v = &o->vnc;
    const char *secret = v->secret ? secret_find(v->secret) : NULL;

    if (!v->on) {
        return true;
    }
    if (v->secret && !secret) {
        g_set_error(error, KEYVAL_ERROR, 0,
                    "-vnc password-secret=%s: there is no -object secret,id=%s", v->secret,
                    v->secret);
        return false;
    }
    vnc.o = o;
    vnc.restart_ms = RESTART_MS;
    keep_password(secret);
    make_argv(o);
    if (start(error)) {
        return true;
    }
    g_prefix_error(error, "-vnc: ");
    vnc.o = NULL;
    return false;
}

void vnc_close(void)
{
    const char *path = vnc.o ? vnc.o->vnc.unix_path : NULL;

    vnc.o = NULL;
    if (path) {
        unlink(path);
    }
    if (vnc.restart_timer) {
        g_source_remove(vnc.restart_timer);
        vnc.restart_timer = 0;
    }
    if (vnc.expire_timer) {
        g_source_remove(vnc.expire_timer);
        vnc.expire_timer = 0;
    }
    keep_password(NULL);
    g_clear_pointer(&vnc.argv, g_ptr_array_unref);
}
