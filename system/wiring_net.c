/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks from the saved options, in all of QEMU's spellings, new and old: see wiring.h. */
#include "net/net.h"
#include "system/secret.h"
#include "system/wiring.h"

#include <string.h>

static void free_nic(gpointer p)
{
    struct wiring_nic *n = p;

    g_free(n->model);
    g_free(n->mac);
    g_free(n);
}

static struct wiring_nic *new_nic(struct wiring *w, const char *model, const char *mac,
                                  struct link *link)
{
    struct wiring_nic *n = g_new0(struct wiring_nic, 1);

    n->model = g_strdup(model);
    n->mac = g_strdup(mac);
    n->link = link;
    g_ptr_array_add(w->nics, n);
    return n;
}

static bool add_netdevs(struct options *o, GError **error)
{
    static const char *const names[] = {"-netdev", NULL};
    const struct saved_option *s;
    bool ok = true;

    while (ok && (s = options_next(o, names)) != NULL) {
        struct keyval *kv = keyval_parse(s->name, s->arg, "type", error);

        ok = kv && net_new(kv, NULL, error);
        keyval_free(kv);
    }
    return ok;
}

/* -nic BACKEND[,model=][,mac=][,back end's own words] */
static bool add_nics(struct wiring *w, struct options *o, GError **error)
{
    static const char *const names[] = {"-nic", NULL};
    const struct saved_option *s;
    bool ok = true;

    while (ok && (s = options_next(o, names)) != NULL) {
        g_autofree char *id = g_strdup_printf("net%u", w->nics->len);
        struct keyval *kv = keyval_parse(s->name, s->arg, "type", error);
        struct link *link = NULL;

        if (kv) {
            const char *model = keyval_take_last(kv, "model");
            const char *mac = keyval_take_last(kv, "mac");
            struct wiring_nic *n = new_nic(w, model, mac, NULL);

            link = net_new(kv, id, error);
            n->link = link;
        }
        ok = link != NULL;
        keyval_free(kv);
    }
    return ok;
}

/* -- the oldest spelling: "-net nic" and "-net BACKEND" meet on a hub -- */

/* One hub; the older vlan=N names it. */
struct meeting {
    uint64_t vlan;
    GPtrArray *cards; /* struct wiring_nic * */
    GPtrArray *links; /* struct link * */
};

static void free_meeting(gpointer p)
{
    struct meeting *m = p;

    g_ptr_array_free(m->cards, TRUE);
    g_ptr_array_free(m->links, TRUE);
    g_free(m);
}

static struct meeting *meeting_of(GPtrArray *list, uint64_t vlan)
{
    struct meeting *m;

    for (guint i = 0; i < list->len; i++) {
        m = g_ptr_array_index(list, i);
        if (m->vlan == vlan) {
            return m;
        }
    }
    m = g_new0(struct meeting, 1);
    m->vlan = vlan;
    m->cards = g_ptr_array_new();
    m->links = g_ptr_array_new();
    g_ptr_array_add(list, m);
    return m;
}

/* -net nic[,model=][,macaddr=][,netdev=ID] */
static bool old_card(struct wiring *w, struct meeting *m, struct keyval *kv, GError **error)
{
    const char *model, *mac, *mac_too, *netdev;
    struct wiring_nic *n;

    keyval_take(kv, "type");
    keyval_take_last(kv, "name");
    keyval_take_last(kv, "vectors");
    model = keyval_take_last(kv, "model");
    mac_too = keyval_take_last(kv, "mac");
    mac = keyval_take_last(kv, "macaddr");
    netdev = keyval_take_last(kv, "netdev");
    if (!keyval_finish(kv, error)) {
        return false;
    }
    n = new_nic(w, model, mac ? mac : mac_too, NULL);
    if (!netdev) {
        g_ptr_array_add(m->cards, n);
        return true;
    }
    n->link = link_find(netdev);
    if (!n->link) {
        keyval_error(kv, error, "netdev=%s: no -netdev has that id", netdev);
    }
    return n->link != NULL;
}

static bool old_word(struct wiring *w, GPtrArray *list, struct keyval *kv, const char *arg,
                     GError **error)
{
    g_autofree char *id = NULL;
    struct meeting *m;
    struct link *link;
    uint64_t vlan = 0;

    if (!keyval_take_uint(kv, "vlan", 0, INT32_MAX, &vlan, error)) {
        return false;
    }
    m = meeting_of(list, vlan);
    if (g_str_has_prefix(arg, "nic") && (arg[3] == 0 || arg[3] == ',')) {
        return old_card(w, m, kv, error);
    }
    id = g_strdup_printf("hub%uport%u", (unsigned)vlan, m->links->len);
    link = net_new(kv, id, error);
    g_ptr_array_add(m->links, link);
    return link != NULL;
}

static struct link *new_port(const struct meeting *m, const char *id, const struct link *back,
                             GError **error)
{
    g_autofree char *text = g_strdup_printf("hubport,hubid=%u%s%s", (unsigned)m->vlan,
                                            back ? ",netdev=" : "", back ? link_name(back) : "");
    struct keyval *kv = keyval_parse("-net", text, "type", error);
    struct link *l = kv ? net_new(kv, id, error) : NULL;

    keyval_free(kv);
    return l;
}

static bool on_hub(const struct meeting *m, GError **error)
{
    unsigned vlan = (unsigned)m->vlan;

    for (guint i = 0; i < m->cards->len; i++) {
        g_autofree char *id = g_strdup_printf("hub%unic%u", vlan, i);
        struct wiring_nic *n = g_ptr_array_index(m->cards, i);

        n->link = new_port(m, id, NULL, error);
        if (!n->link) {
            return false;
        }
    }
    for (guint i = 0; i < m->links->len; i++) {
        g_autofree char *id = g_strdup_printf("hub%uback%u", vlan, i);

        if (!new_port(m, id, g_ptr_array_index(m->links, i), error)) {
            return false;
        }
    }
    return true;
}

static bool names_hub(const struct options *o)
{
    for (guint i = 0; i < o->saved->len; i++) {
        const struct saved_option *s = &g_array_index(o->saved, struct saved_option, i);

        if (strcmp(s->name, "-netdev") == 0 && g_str_has_prefix(s->arg, "hubport")) {
            return true;
        }
    }
    return false;
}

/* One card and one back end need no hub between them. */
static bool introduce(struct wiring *w, const struct options *o, const struct meeting *m,
                      GError **error)
{
    if (m->cards->len == 0 && !names_hub(o)) {
        for (guint i = 0; i < m->links->len; i++) { /* "-net user" alone means the default card */
            new_nic(w, NULL, NULL, g_ptr_array_index(m->links, i));
        }
        return true;
    }
    if (m->cards->len == 1 && m->links->len == 1 && !names_hub(o)) {
        ((struct wiring_nic *)g_ptr_array_index(m->cards, 0))->link =
            g_ptr_array_index(m->links, 0);
        return true;
    }
    return on_hub(m, error);
}

static bool add_old_net(struct wiring *w, struct options *o, GError **error)
{
    static const char *const names[] = {"-net", NULL};
    g_autoptr(GPtrArray) meetings = g_ptr_array_new_with_free_func(free_meeting);
    const struct saved_option *s;
    bool ok = true;

    while (ok && (s = options_next(o, names)) != NULL) {
        struct keyval *kv = keyval_parse(s->name, s->arg, "type", error);

        ok = kv && old_word(w, meetings, kv, s->arg, error);
        keyval_free(kv);
    }
    for (guint i = 0; ok && i < meetings->len; i++) {
        ok = introduce(w, o, g_ptr_array_index(meetings, i), error);
    }
    return ok;
}

/* -- the default -- */

/* Is this -device a network card? */
static bool names_nic(const char *arg)
{
    g_auto(GStrv) words = g_strsplit(arg, ",", 2);
    const char *name = words[0] && g_str_has_prefix(words[0], "driver=") ? words[0] + 7 : words[0];
    const struct device_class *cls = name ? device_class_find(name) : NULL;

    for (const struct prop *p = cls ? cls->props : NULL; p && p->name; p++) {
        if (p->type == PROP_LINK) {
            return true;
        }
    }
    return false;
}

/* QEMU's default: one card on user networking, unless any card was spoken of. */
static bool default_nic(struct wiring *w, struct options *o, GError **error)
{
#ifdef CONFIG_SLIRP
    struct keyval *kv;
    struct link *link;
#endif

    if (o->nodefaults || o->no_net || w->nics->len) {
        return true;
    }
    for (guint i = 0; i < o->saved->len; i++) {
        const struct saved_option *s = &g_array_index(o->saved, struct saved_option, i);

        if (strcmp(s->name, "-netdev") == 0 ||
            (strcmp(s->name, "-device") == 0 && names_nic(s->arg))) {
            return true;
        }
    }
    if (o->qtest) {
        return true; /* a test says what it wants */
    }
#ifdef CONFIG_SLIRP
    kv = keyval_parse("default network", "user", "type", error);
    link = kv ? net_new(kv, "net0", error) : NULL;
    keyval_free(kv);
    if (!link) {
        return false;
    }
    new_nic(w, NULL, NULL, link);
#else
    (void)error;
    new_nic(w, NULL, NULL, NULL); /* this build has nothing to plug it into */
#endif
    w->default_nic = true;
    return true;
}

/* -- -object -- */

static bool add_objects(struct options *o, GError **error)
{
    static const char *const names[] = {"-object", NULL};
    const struct saved_option *s;
    bool ok = true;

    while (ok && (s = options_next(o, names)) != NULL) {
        struct keyval *kv = keyval_parse(s->name, s->arg, "qom-type", error);
        const char *type = kv ? keyval_take_last(kv, "qom-type") : NULL;

        ok = false;
        if (kv && g_strcmp0(type, "secret") == 0) {
            ok = secret_new(kv, error);
        } else if (kv && g_strcmp0(type, "filter-dump") == 0) {
            ok = net_dump_new(kv, error);
        } else if (kv) {
            keyval_error(kv, error, "\"%s\" is not known; there are filter-dump and secret",
                         type ? type : "");
        }
        keyval_free(kv);
    }
    return ok;
}

/* -redir [tcp|udp]:HOSTPORT:[GUEST]:GUESTPORT, before -net: hostfwd= of the first user network. */
static bool add_redirections(struct options *o, GError **error)
{
    static const char *const names[] = {"-redir", NULL};
    const struct saved_option *s;

    while ((s = options_next(o, names)) != NULL) {
        g_auto(GStrv) part = g_strsplit(s->arg, ":", 4);
        g_autofree char *spec = NULL;

        if (g_strv_length(part) != 4 || !part[1][0] || !part[3][0]) {
            g_set_error(error, KEYVAL_ERROR, 0,
                        "-redir %s: expected [tcp|udp]:HOSTPORT:[GUEST]:GUESTPORT, such as "
                        "tcp:2222::22",
                        s->arg);
            return false;
        }
        spec = g_strdup_printf("%s::%s-%s:%s", part[0], part[1], part[2], part[3]);
#ifdef CONFIG_SLIRP
        net_user_preset(spec);
#else
        g_set_error(error, KEYVAL_ERROR, 0, "-redir %s: this build has no user networks", s->arg);
        return false;
#endif
    }
    return true;
}

static bool all_redirected(GError **error)
{
#ifdef CONFIG_SLIRP
    const char *left = net_user_preset_left();

    if (left) {
        g_set_error(error, KEYVAL_ERROR, 0,
                    "-redir (hostfwd=%s): there is no user network (-netdev user, -nic user)",
                    left);
        return false;
    }
#else
    (void)error;
#endif
    return true;
}

bool wiring_networks_started(GError **error)
{
#ifdef CONFIG_SLIRP
    return net_started(error);
#else
    (void)error;
    return true;
#endif
}

bool wiring_networks(struct wiring *w, struct options *o, GError **error)
{
    w->nics = g_ptr_array_new_with_free_func(free_nic);
#ifdef CONFIG_SLIRP
    net_defer();
#endif
    return add_redirections(o, error) && add_netdevs(o, error) && add_nics(w, o, error) &&
           add_old_net(w, o, error) && default_nic(w, o, error) && all_redirected(error) &&
           add_objects(o, error);
}
