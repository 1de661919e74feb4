/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saving and loading by layout: see state.h. */
#include "core/state.h"

#include <string.h>

/* Fields of a layout after flattening nested structs: far above any real device. */
#define MAX_FIELDS 4096

GQuark state_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-state");
}

typedef bool visit_fn(void *opaque, const char *name, uint32_t width, uint32_t count,
                      size_t offset);

/* Call fn for each flat field, with its name and its offset in the outermost struct. */
static bool visit(const struct state_layout *l, const char *prefix, size_t base, visit_fn *fn,
                  void *opaque)
{
    for (const struct state_field *f = l->fields; f->name; f++) {
        if (!f->nested) {
            g_autofree char *name = g_strconcat(prefix, f->name, NULL);

            if (!fn(opaque, name, f->width, f->count, base + f->offset)) {
                return false;
            }
            continue;
        }
        for (uint32_t i = 0; i < f->count; i++) {
            g_autofree char *inner = f->count > 1 ? g_strdup_printf("%s%s[%u].", prefix, f->name, i)
                                                  : g_strdup_printf("%s%s.", prefix, f->name);

            if (!visit(f->nested, inner, base + f->offset + (size_t)i * f->width, fn, opaque)) {
                return false;
            }
        }
    }
    return true;
}

static void put_u32(GByteArray *out, uint32_t v)
{
    uint32_t le = GUINT32_TO_LE(v);

    g_byte_array_append(out, (const uint8_t *)&le, sizeof(le));
}

struct saver {
    const uint8_t *state;
    GByteArray *out;
    uint32_t fields;
};

static bool save_field(void *opaque, const char *name, uint32_t width, uint32_t count,
                       size_t offset)
{
    struct saver *s = opaque;
    uint8_t len = (uint8_t)strlen(name);
    uint8_t w = (uint8_t)width;

    g_byte_array_append(s->out, &len, 1);
    g_byte_array_append(s->out, (const uint8_t *)name, len);
    g_byte_array_append(s->out, &w, 1);
    put_u32(s->out, count);
    /* hosts are little endian: x86 is all that vmx-dm runs on */
    g_byte_array_append(s->out, s->state + offset, width * count);
    s->fields++;
    return true;
}

void state_save(const struct state_layout *l, const void *state, GByteArray *out)
{
    struct saver s = {.state = state, .out = out};
    guint count_at;
    uint32_t le;

    put_u32(out, l->version);
    count_at = out->len;
    put_u32(out, 0);
    visit(l, "", 0, save_field, &s);
    le = GUINT32_TO_LE(s.fields);
    memcpy(out->data + count_at, &le, sizeof(le));
}

struct loader {
    const struct state_layout *layout;
    const uint8_t *p, *end;
    uint8_t *copy;
    uint32_t left;
    GError **error;
};

static bool take(struct loader *s, void *to, size_t n)
{
    if ((size_t)(s->end - s->p) < n) {
        return false;
    }
    memcpy(to, s->p, n);
    s->p += n;
    return true;
}

static bool bad(struct loader *s, const char *field, const char *why)
{
    g_set_error(s->error, STATE_ERROR, 0, "state of %s: field %s %s", s->layout->name, field, why);
    return false;
}

static bool load_field(void *opaque, const char *name, uint32_t width, uint32_t count,
                       size_t offset)
{
    struct loader *s = opaque;
    uint8_t len, w;
    char got[256];
    uint32_t n;

    if (s->left-- == 0) {
        return bad(s, name, "is missing");
    }
    if (!take(s, &len, 1) || !take(s, got, len)) {
        return bad(s, name, "is cut short");
    }
    got[len] = 0;
    if (strcmp(got, name) != 0) {
        return bad(s, name, "is missing or out of order");
    }
    if (!take(s, &w, 1) || !take(s, &n, sizeof(n))) {
        return bad(s, name, "is cut short");
    }
    if (w != width || GUINT32_FROM_LE(n) != count) {
        return bad(s, name, "has another size");
    }
    if (!take(s, s->copy + offset, (size_t)width * count)) {
        return bad(s, name, "is cut short");
    }
    return true;
}

bool state_load(const struct state_layout *l, void *state, const uint8_t *data, size_t len,
                GError **error)
{
    g_autofree uint8_t *copy = g_malloc0(l->size);
    struct loader s = {.layout = l, .p = data, .copy = copy, .error = error};
    uint32_t version, fields;
    const char *wrong;

    s.end = len ? data + len : data; /* an empty one may be NULL */
    if (!take(&s, &version, 4) || !take(&s, &fields, 4)) {
        return bad(&s, "version", "is cut short");
    }
    version = GUINT32_FROM_LE(version);
    s.left = GUINT32_FROM_LE(fields);
    if (version > l->version || version < l->min_version) {
        g_set_error(error, STATE_ERROR, 0, "state of %s: version %u, this program takes %u to %u",
                    l->name, version, l->min_version, l->version);
        return false;
    }
    if (s.left > MAX_FIELDS) {
        return bad(&s, "count", "is out of range");
    }
    if (!visit(l, "", 0, load_field, &s)) {
        return false;
    }
    if (s.left != 0 || s.p != s.end) {
        return bad(&s, "count", "leaves data over");
    }
    wrong = l->check ? l->check(copy) : NULL;
    if (wrong) {
        return bad(&s, wrong, "has a value that no guest can reach");
    }
    memcpy(state, copy, l->size);
    return true;
}

struct cover {
    uint8_t *seen;
    size_t size, bad;
};

static bool cover_field(void *opaque, const char *name, uint32_t width, uint32_t count,
                        size_t offset)
{
    struct cover *c = opaque;
    size_t len = (size_t)width * count;

    (void)name;
    for (size_t i = offset; i < offset + len; i++) {
        if (i >= c->size || c->seen[i]++) {
            c->bad = i;
            return false;
        }
    }
    return true;
}

size_t state_layout_gap(const struct state_layout *l)
{
    g_autofree uint8_t *seen = g_malloc0(l->size);
    struct cover c = {.seen = seen, .size = l->size, .bad = SIZE_MAX};

    if (!visit(l, "", 0, cover_field, &c)) {
        return c.bad;
    }
    for (size_t i = 0; i < l->size; i++) {
        if (!seen[i]) {
            return i;
        }
    }
    return SIZE_MAX;
}
