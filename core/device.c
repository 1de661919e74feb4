/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and their properties: see device.h. */
#include "core/device.h"

#include "core/disk.h"
#include "core/line.h"
#include "core/link.h"
#include "core/space.h"
#include "core/stats.h"
#include "core/trace.h"

#include <string.h>

static GPtrArray *realized;
static struct device_set *shown; /* atomic; a copy of `realized` for readers */
static GSList *outdated;         /* earlier ones, which readers may still hold */
static unsigned numbers, user_places, board_places;

GQuark device_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-device");
}

GPtrArray *device_list(void)
{
    if (!realized) {
        realized = g_ptr_array_new();
    }
    return realized;
}

/* Make the list as it is now the one that readers see. */
static void show_list(void)
{
    struct device_set *set = g_malloc(sizeof(*set) + device_list()->len * sizeof(struct device *));

    set->n = realized->len;
    memcpy(set->d, realized->pdata, realized->len * sizeof(struct device *));
    if (shown) {
        outdated = g_slist_prepend(outdated, shown);
    }
    __atomic_store_n(&shown, set, __ATOMIC_RELEASE);
}

const struct device_set *device_set_get(void)
{
    static const struct device_set none = {.n = 0};
    const struct device_set *set = __atomic_load_n(&shown, __ATOMIC_ACQUIRE);

    return set ? set : &none;
}

struct device *device_find(const char *id)
{
    GPtrArray *list = device_list();

    for (guint i = 0; i < list->len; i++) {
        struct device *d = g_ptr_array_index(list, i);

        if (d->id && strcmp(d->id, id) == 0) {
            return d;
        }
    }
    return NULL;
}

const struct device_class *device_class_find(const char *name)
{
    for (const struct device_class *const *c = device_classes; *c; c++) {
        if (strcmp((*c)->name, name) == 0 || g_strcmp0((*c)->alias, name) == 0) {
            return *c;
        }
    }
    return NULL;
}

bool device_class_hotpluggable(const struct device_class *cls)
{
    return cls->bus == BUS_PCI && cls->user && !cls->fixed;
}

void device_path_from(unsigned n)
{
    board_places = n;
}

char *device_path(const struct device *d)
{
    if (d->id) {
        return g_strconcat("/machine/peripheral/", d->id, NULL);
    }
    return g_strdup_printf("/machine/%s/device[%u]", d->by_user ? "peripheral-anon" : "unattached",
                           d->place);
}

/* -- properties -- */

static const struct prop *prop_find(const struct device_class *cls, const char *name)
{
    for (const struct prop *p = cls->props; p && p->name; p++) {
        if (strcmp(p->name, name) == 0) {
            return p;
        }
    }
    return NULL;
}

static bool fail(const struct device *d, const struct prop *p, const char *value, const char *want,
                 GError **error)
{
    g_set_error(error, DEVICE_ERROR, 0, "-device %s: %s=%s: %s", d->cls->name, p->name, value,
                want);
    return false;
}

static bool parse_number(const char *text, bool suffixes, uint64_t *out)
{
    char *end;
    uint64_t v, unit = 1;

    if (!g_ascii_isdigit(text[0])) {
        return false;
    }
    errno = 0;
    v = g_ascii_strtoull(text, &end, 0);
    if (errno) {
        return false;
    }
    if (suffixes && *end) {
        static const char letters[] = "kmgt";
        const char *at = strchr(letters, g_ascii_tolower(*end));

        if (!at) {
            return false;
        }
        unit = UINT64_C(1) << (10 * (at - letters + 1));
        end++;
    }
    return *end == 0 && !__builtin_mul_overflow(v, unit, out);
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
    for (int i = 0; i < 6; i++) {
        int hi = g_ascii_xdigit_value(text[0]);
        int lo = hi < 0 ? -1 : g_ascii_xdigit_value(text[1]);

        if (lo < 0 || text[2] != (i < 5 ? ':' : 0)) {
            return false;
        }
        mac[i] = (uint8_t)(hi << 4 | lo);
        text += 3;
    }
    return true;
}

static bool parse_addr(const char *text, uint32_t *devfn)
{
    char *end;
    uint64_t slot, fn = 0;

    if (!g_ascii_isxdigit(text[0])) {
        return false;
    }
    slot = g_ascii_strtoull(text, &end, 16);
    if (*end == '.' && g_ascii_isdigit(end[1])) {
        fn = g_ascii_strtoull(end + 1, &end, 8);
    }
    if (*end || slot > 31 || fn > 7) {
        return false;
    }
    *devfn = (uint32_t)(slot << 3 | fn);
    return true;
}

static bool parse_bool(const char *text, bool *out)
{
    static const char *const on[] = {"on", "true", "yes", NULL};
    static const char *const off[] = {"off", "false", "no", NULL};

    *out = g_strv_contains(on, text);
    return *out || g_strv_contains(off, text);
}

static uint64_t type_max(enum prop_type t)
{
    switch (t) {
    case PROP_U8:
        return UINT8_MAX;
    case PROP_U16:
        return UINT16_MAX;
    case PROP_U32:
        return UINT32_MAX;
    default:
        return UINT64_MAX;
    }
}

static bool set_number(struct device *d, const struct prop *p, const char *value, GError **error)
{
    void *to = (uint8_t *)d + p->offset;
    uint64_t max = p->max ? p->max : type_max(p->type);
    uint64_t v;

    if (!parse_number(value, p->type == PROP_SIZE, &v) || v < p->min || v > max) {
        g_autofree char *want = g_strdup_printf(
            "expected a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, p->min, max);

        return fail(d, p, value, want, error);
    }
    switch (p->type) {
    case PROP_U8:
        *(uint8_t *)to = (uint8_t)v;
        break;
    case PROP_U16:
        *(uint16_t *)to = (uint16_t)v;
        break;
    case PROP_U32:
        *(uint32_t *)to = (uint32_t)v;
        break;
    default:
        *(uint64_t *)to = v;
        break;
    }
    return true;
}

/* The host objects: found by id among those the command line made. */
static bool set_object(struct device *d, const struct prop *p, const char *value, GError **error)
{
    void **to = (void **)(void *)((uint8_t *)d + p->offset);
    const char *kind;

    switch (p->type) {
    case PROP_LINK:
        *to = link_find(value);
        kind = "no -netdev has that id";
        break;
    case PROP_LINE:
        *to = line_find(value);
        kind = "no -chardev has that id";
        break;
    default:
        *to = disk_find(value);
        kind = "no -drive has that id";
        break;
    }
    return *to || fail(d, p, value, kind, error);
}

static bool set_prop(struct device *d, const struct prop *p, const char *value, GError **error)
{
    void *to = (uint8_t *)d + p->offset;

    switch (p->type) {
    case PROP_BOOL:
        return parse_bool(value, to) || fail(d, p, value, "expected on or off", error);
    case PROP_STRING:
        g_free(*(char **)to);
        *(char **)to = g_strdup(value);
        return true;
    case PROP_MAC: {
        uint8_t mac[6];

        if (!parse_mac(value, mac)) {
            return fail(d, p, value, "expected six hex bytes as 52:54:00:12:34:56", error);
        }
        if (mac[0] & 1) {
            return fail(d, p, value, "is a multicast address; the first byte must be even", error);
        }
        memcpy(to, mac, sizeof(mac));
        return true;
    }
    case PROP_ADDR:
        return parse_addr(value, to) ||
               fail(d, p, value, "expected a PCI slot as 05 or 05.0 (hex, 0 to 1f)", error);
    case PROP_LINK:
    case PROP_LINE:
    case PROP_DISK:
        return set_object(d, p, value, error);
    default:
        return set_number(d, p, value, error);
    }
}

bool device_set(struct device *d, const char *name, const char *value, GError **error)
{
    const struct prop *p = prop_find(d->cls, name);

    if (!p) {
        g_autoptr(GString) known = g_string_new(NULL);

        for (p = d->cls->props; p && p->name; p++) {
            g_string_append_printf(known, "%s%s", known->len ? ", " : "", p->name);
        }
        g_set_error(error, DEVICE_ERROR, 0, "-device %s: unknown property \"%s\"; it has: %s",
                    d->cls->name, name, known->len ? known->str : "none");
        return false;
    }
    return set_prop(d, p, value, error);
}

char *device_get(const struct device *d, const char *name)
{
    const struct prop *p = prop_find(d->cls, name);
    const uint8_t *from;

    if (!p) {
        return NULL;
    }
    from = (const uint8_t *)d + p->offset;
    switch (p->type) {
    case PROP_BOOL:
        return g_strdup(*(const bool *)from ? "on" : "off");
    case PROP_U8:
        return g_strdup_printf("%u", *from);
    case PROP_U16:
        return g_strdup_printf("%u", *(const uint16_t *)(const void *)from);
    case PROP_U32:
        return g_strdup_printf("%u", *(const uint32_t *)(const void *)from);
    case PROP_U64:
    case PROP_SIZE:
        return g_strdup_printf("%" G_GUINT64_FORMAT, *(const uint64_t *)(const void *)from);
    case PROP_STRING:
        return g_strdup(*(char *const *)(const void *)from);
    case PROP_MAC:
        return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", from[0], from[1], from[2], from[3],
                               from[4], from[5]);
    case PROP_ADDR: {
        uint32_t devfn = *(const uint32_t *)(const void *)from;

        return g_strdup_printf("%02x.%u", devfn >> 3 & 31, devfn & 7);
    }
    case PROP_LINK: {
        const struct link *l = *(struct link *const *)(const void *)from;

        return g_strdup(l ? link_name(l) : "");
    }
    case PROP_LINE: {
        const struct line *l = *(struct line *const *)(const void *)from;

        return g_strdup(l ? line_name(l) : "");
    }
    case PROP_DISK: {
        const struct disk *k = *(struct disk *const *)(const void *)from;

        return g_strdup(k ? disk_name(k) : "");
    }
    }
    return NULL;
}

/* -- life -- */

struct device *device_new(const struct device_class *cls, const char *id)
{
    struct device *d = g_malloc0(cls->size);

    d->cls = cls;
    d->id = g_strdup(id);
    lock_init(&d->own_lock, cls->name, LOCK_DEVICE);
    d->lock = &d->own_lock;
    for (const struct prop *p = cls->props; p && p->name; p++) {
        if (p->type == PROP_ADDR) {
            *(uint32_t *)(void *)((uint8_t *)d + p->offset) = 0xff;
        }
        if (p->def) {
            g_autoptr(GError) error = NULL;

            if (!set_prop(d, p, p->def, &error)) {
                g_error("%s", error->message); /* our own table is wrong */
            }
        }
    }
    return d;
}

void device_share_lock(struct device *d, struct lock *domain)
{
    d->lock = domain;
}

static void free_memory(struct device *d)
{
    for (const struct prop *p = d->cls->props; p && p->name; p++) {
        if (p->type == PROP_STRING) {
            g_free(*(char **)(void *)((uint8_t *)d + p->offset));
        }
    }
    for (GSList *i = d->regions; i; i = i->next) {
        stats_range_gone(i->data);
    }
    g_slist_free(d->regions);
    lock_clear(&d->own_lock);
    g_free(d->id);
    g_free(d);
}

bool device_realize(struct device *d, struct board *b, GError **error)
{
    if (d->id && device_find(d->id)) {
        g_set_error(error, DEVICE_ERROR, 0, "-device %s: id=%s is taken by another device",
                    d->cls->name, d->id);
        free_memory(d);
        return false;
    }
    if (d->cls->realize && !d->cls->realize(d, b, error)) {
        free_memory(d);
        return false;
    }
    d->realized = true;
    d->number = ++numbers;
    if (!d->id) {
        d->place = d->by_user ? user_places++ : board_places++;
    }
    g_ptr_array_add(device_list(), d);
    show_list();
    return true;
}

void device_free(struct device *d)
{
    if (g_ptr_array_remove(device_list(), d)) {
        show_list();
    }
    if (d->realized && d->cls->unrealize) {
        d->cls->unrealize(d);
    }
    if (outdated) {
        space_synchronize(); /* nobody looks at an old list, nor at the device in it */
        g_slist_free_full(g_steal_pointer(&outdated), g_free);
    }
    free_memory(d);
}

void device_enter(struct device *d)
{
    lock_acquire(d->lock);
}

void device_leave(struct device *d)
{
    lock_release(d->lock);
}

void device_reset(struct device *d)
{
    device_enter(d);
    if (d->cls->reset) {
        d->cls->reset(d);
    }
    if (d->cls->settle) {
        d->cls->settle(d);
    }
    device_leave(d);
}

void device_reset_all(void)
{
    GPtrArray *list = device_list();

    if (trace_active()) {
        trace_event(TRACE_RESET, 0, 0);
    }
    for (guint i = 0; i < list->len; i++) {
        device_reset(g_ptr_array_index(list, i));
    }
}

void *device_state(struct device *d)
{
    return d->cls->state ? (uint8_t *)d + d->cls->state_offset : NULL;
}

const char *device_check(struct device *d)
{
    const struct state_layout *l = d->cls->state;

    return l && l->check ? l->check(device_state(d)) : NULL;
}

void device_save(struct device *d, GByteArray *out)
{
    if (d->cls->state) {
        device_enter(d);
        state_save(d->cls->state, device_state(d), out);
        device_leave(d);
    }
}

bool device_load(struct device *d, const uint8_t *data, size_t len, GError **error)
{
    bool ok;

    if (!d->cls->state) {
        return true;
    }
    device_enter(d);
    ok = state_load(d->cls->state, device_state(d), data, len, error);
    if (ok && d->cls->settle) {
        d->cls->settle(d);
    }
    device_leave(d);
    return ok;
}
