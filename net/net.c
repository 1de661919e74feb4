/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -netdev: from a type to a back end. */
#include "net/net.h"

#include "net/net_priv.h"

#include <string.h>

struct net_type {
    const char *name;
    bool (*attach)(struct link *l, struct keyval *kv, GError **error);
};

static const struct net_type types[] = {
#ifdef CONFIG_SLIRP
    {"user", net_user_attach},
#endif
    {NULL, NULL},
};

static const struct net_type *find_type(struct keyval *kv, GError **error)
{
    const char *name = keyval_take_last(kv, "type");
    g_autoptr(GString) known = g_string_new(NULL);

    for (unsigned i = 0; types[i].name; i++) {
        if (name && strcmp(types[i].name, name) == 0) {
            return &types[i];
        }
        g_string_append_printf(known, "%s%s", i ? ", " : "", types[i].name);
    }
    if (name) {
        keyval_error(kv, error, "type %s is not known; this build has: %s", name,
                     known->len ? known->str : "none");
    } else {
        keyval_error(kv, error, "a type is missing; this build has: %s",
                     known->len ? known->str : "none");
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
