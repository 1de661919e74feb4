/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -netdev: from a type to a back end. */
#include "net/net.h"

#include "net/net_priv.h"

#include <string.h>

struct net_type {
    const char *name;
    bool (*attach)(struct link *l, struct keyval *kv, GError **error);
};

/* No back end: what is sent is swallowed, nothing comes. */
static bool null_attach(struct link *l, struct keyval *kv, GError **error)
{
    (void)l;
    return keyval_finish(kv, error);
}

static const struct net_type types[] = {
#ifdef CONFIG_SLIRP
    {"user", net_user_attach},
#endif
    {"stream", net_stream_attach}, {"dgram", net_dgram_attach},
    {"socket", net_socket_attach}, {"tap", net_tap_attach},
    {"bridge", net_bridge_attach}, {"hubport", net_hub_attach},
    {"null", null_attach},         {NULL, NULL},
};

static void type_names(const char *names[G_N_ELEMENTS(types)])
{
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        names[i] = types[i].name;
    }
}

char *net_types(void)
{
    const char *names[G_N_ELEMENTS(types)];

    type_names(names);
    return g_strjoinv(", ", (char **)names);
}

static const struct net_type *find_type(struct keyval *kv, GError **error)
{
    const char *name = keyval_take_last(kv, "type"), *near;
    const char *names[G_N_ELEMENTS(types)];
    g_autofree char *known = net_types();

    for (unsigned i = 0; types[i].name; i++) {
        if (name && strcmp(types[i].name, name) == 0) {
            return &types[i];
        }
    }
    type_names(names);
    near = name ? keyval_nearest(name, names) : NULL;
    if (name) {
        keyval_error(kv, error, "type %s is not known%s%s%s; this build has: %s", name,
                     near ? ", did you mean " : "", near ? near : "", near ? "?" : "", known);
    } else {
        keyval_error(kv, error, "a type is missing; this build has: %s", known);
    }
    return NULL;
}

struct link *net_new(struct keyval *kv, const char *id, GError **error)
{
    const struct net_type *type = find_type(kv, error);
    const char *given = keyval_take_last(kv, "id");
    struct link *l;

    if (!type) {
        return NULL;
    }
    id = given ? given : id;
    if (!id || !id[0]) {
        keyval_error(kv, error, "id= is missing; write %s,id=net0", type->name);
        return NULL;
    }
    l = link_new(id);
    if (!l) {
        keyval_error(kv, error, "id=%s is taken by another -netdev", id);
        return NULL;
    }
    if (!type->attach(l, kv, error)) {
        link_free(l);
        return NULL;
    }
    return l;
}

bool net_deliver(struct link *l, const uint8_t *frame, uint32_t len)
{
    uint8_t padded[NET_FRAME_MIN];

    if (len >= sizeof(padded)) {
        return link_deliver(l, frame, len);
    }
    memset(padded, 0, sizeof(padded));
    memcpy(padded, frame, len);
    return link_deliver(l, padded, sizeof(padded));
}

void net_drain(struct link *l)
{
    uint32_t len;

    while (link_take(l, &len)) {
        link_take_done(l);
    }
}

void net_fill(struct frames_out *f, struct link *l)
{
    const uint8_t *frame;
    uint32_t len;

    while (frames_fits(f) && (frame = link_take(l, &len)) != NULL) {
        frames_put(f, frame, len);
        link_take_done(l);
    }
}
