/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -vnc ADDRESS[,...] and -display vnc=ADDRESS[,...], in QEMU's spelling: see vnc.h. */
#include "system/options.h"
#include "system/vnc.h"

#include <string.h>

#define KEY_DELAY_MAX 1000u

/* "HOST:NUMBER", "[v6]:NUMBER", ":NUMBER"; the host is NULL where there is none. */
static bool split_address(const char *text, char **host, uint64_t *number, uint64_t most)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;

    if (!colon || !g_ascii_string_to_unsigned(colon + 1, 10, 0, most, number, NULL)) {
        return false;
    }
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        *host = g_strndup(text + 1, len - 2);
        return true;
    }
    *host = len ? g_strndup(text, len) : NULL;
    return !memchr(text, ':', len) && !strpbrk(len ? *host : "", "[]/");
}

static bool take_address(struct vnc_options *v, struct keyval *kv, GError **error)
{
    const char *address = keyval_take_last(kv, "vnc");
    uint64_t display = 0;

    if (address && strcmp(address, "none") == 0) {
        return true;
    }
    v->on = true;
    if (address && g_str_has_prefix(address, "unix:") && address[5]) {
        v->unix_path = g_canonicalize_filename(address + 5, NULL);
        return true;
    }
    if (!address || !split_address(address, &v->host, &display, G_MAXUINT16 - VNC_PORT)) {
        keyval_error(
            kv, error,
            "\"%s\": expected :DISPLAY or HOST:DISPLAY, where 1 is port 5901, unix:PATH or "
            "none",
            address ? address : "");
        return false;
    }
    v->port = v->to = VNC_PORT + (unsigned)display;
    return true;
}

/* websocket, websocket=on|off|PORT|HOST:PORT */
static bool take_websocket(struct vnc_options *v, struct keyval *kv, GError **error)
{
    const char *w = keyval_take_last(kv, "websocket");
    uint64_t port = 0;
    bool ok = true;

    v->websocket = w && strcmp(w, "off") != 0;
    if (!v->websocket) {
        return true;
    }
    if (strcmp(w, "on") == 0) {
        port = v->port ? v->port - VNC_PORT + VNC_WEBSOCKET_PORT : 0;
    } else if (strchr(w, ':')) {
        ok = split_address(w, &v->websocket_host, &port, G_MAXUINT16);
    } else {
        ok = g_ascii_string_to_unsigned(w, 10, 1, G_MAXUINT16, &port, NULL);
    }
    if (!ok || port == 0) {
        keyval_error(kv, error, "websocket=%s: expected on%s, off, PORT or HOST:PORT", w,
                     v->unix_path ? " (not with unix:)" : "");
        return false;
    }
    v->websocket_port = (unsigned)port;
    return true;
}

static bool take_share(struct vnc_options *v, struct keyval *kv, GError **error)
{
    static const char *const words[] = {"allow-exclusive", "force-shared", "ignore", NULL};
    const char *share = keyval_take_last(kv, "share");

    for (int i = 0; share && words[i]; i++) {
        if (strcmp(share, words[i]) == 0) {
            v->share = words[i];
            return true;
        }
    }
    if (share) {
        keyval_error(kv, error, "share=%s: expected allow-exclusive, force-shared or ignore",
                     share);
    }
    return !share;
}

/* What QEMU has and we do not. */
static bool refuse(struct keyval *kv, GError **error)
{
    static const char *const missing[] = {"tls-creds", "tls-authz",    "sasl",     "sasl-authz",
                                          "acl",       "reverse",      "audiodev", "lossy",
                                          "display",   "non-adaptive", "ipv4",     "ipv6",
                                          "head",      "connections",  NULL};

    for (int i = 0; missing[i]; i++) {
        if (keyval_has(kv, missing[i])) {
            keyval_error(kv, error,
                         "%s= is not there; for encryption, lead the port through ssh or "
                         "stunnel",
                         missing[i]);
            return false;
        }
    }
    return true;
}

bool vnc_parse(struct options *o, struct keyval *kv, GError **error)
{
    struct vnc_options *v = &o->vnc;
    uint64_t to = 0, delay = 0;
    const char *id = keyval_take_last(kv, "id");
    bool power = false, lock_sync = true, monitor = false;

    if (v->given) {
        keyval_error(kv, error, "there is one VNC server at most");
        return false;
    }
    v->given = true;
    v->id = g_strdup(id ? id : "default");
    v->share = "allow-exclusive";
    v->key_delay_ms = -1;
    if (!refuse(kv, error) || !take_address(v, kv, error) || !take_websocket(v, kv, error) ||
        !take_share(v, kv, error) || !keyval_take_bool(kv, "password", &v->password, error) ||
        !keyval_take_bool(kv, "power-control", &power, error) ||
        !keyval_take_bool(kv, "lock-key-sync", &lock_sync, error) ||
        !keyval_take_bool(kv, "monitor", &monitor, error) ||
        !keyval_take_uint(kv, "to", 0, G_MAXUINT16 - VNC_PORT, &to, error)) {
        return false;
    }
    if (keyval_has(kv, "key-delay-ms")) {
        if (!keyval_take_uint(kv, "key-delay-ms", 0, KEY_DELAY_MAX, &delay, error)) {
            return false;
        }
        v->key_delay_ms = (int)delay;
    }
    v->power = power;
    v->lock_sync = lock_sync;
    v->monitor = monitor;
    v->to = MAX(v->to, VNC_PORT + (unsigned)to);
    v->secret = g_strdup(keyval_take_last(kv, "password-secret"));
    v->password |= v->secret != NULL;
    return keyval_finish(kv, error);
}

bool vnc_option(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg, "vnc", error);
    bool ok = kv != NULL && vnc_parse(o, kv, error);

    keyval_free(kv);
    return ok;
}

void vnc_options_clear(struct vnc_options *v)
{
    g_free(v->id);
    g_free(v->unix_path);
    g_free(v->host);
    g_free(v->websocket_host);
    g_free(v->secret);
    memset(v, 0, sizeof(*v));
}
