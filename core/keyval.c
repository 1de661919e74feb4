/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Option arguments: see keyval.h. */
#include "core/keyval.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

struct pair {
    char *key, *value; /* value NULL: a bare word */
    bool taken;
};

struct keyval {
    char *option;
    GArray *pairs;
    GPtrArray *known; /* keys that were asked for */
};

GQuark keyval_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-option");
}

static struct pair *pair_at(const struct keyval *kv, guint i)
{
    return &g_array_index(kv->pairs, struct pair, i);
}

/* Copy up to a single comma, halving doubled ones; *text moves behind it. */
static char *next_word(const char **text)
{
    GString *word = g_string_new(NULL);
    const char *p = *text;

    for (; *p; p++) {
        if (*p == ',') {
            if (p[1] != ',') {
                break;
            }
            p++;
        }
        g_string_append_c(word, *p);
    }
    *text = *p == ',' ? p + 1 : p;
    return g_string_free(word, FALSE);
}

struct keyval *keyval_parse(const char *option, const char *text, const char *implied,
                            GError **error)
{
    struct keyval *kv = g_new0(struct keyval, 1);
    bool first = true;

    kv->option = g_strdup(option);
    kv->pairs = g_array_new(FALSE, TRUE, sizeof(struct pair));
    kv->known = g_ptr_array_new_with_free_func(g_free);
    while (*text) {
        g_autofree char *word = next_word(&text);
        char *eq = strchr(word, '=');
        struct pair p = {0};

        if (first && implied && !eq) {
            p.key = g_strdup(implied);
            p.value = g_strdup(word);
        } else if (eq) {
            p.key = g_strndup(word, (gsize)(eq - word));
            p.value = g_strdup(eq + 1);
        } else {
            p.key = g_strdup(word);
        }
        first = false;
        g_array_append_val(kv->pairs, p);
        if (p.key[0] == 0) {
            keyval_error(kv, error, "an empty word; write key=value, separated by single commas");
            keyval_free(kv);
            return NULL;
        }
    }
    return kv;
}

void keyval_free(struct keyval *kv)
{
    if (!kv) {
        return;
    }
    for (guint i = 0; i < kv->pairs->len; i++) {
        g_free(pair_at(kv, i)->key);
        g_free(pair_at(kv, i)->value);
    }
    g_array_free(kv->pairs, TRUE);
    g_ptr_array_free(kv->known, TRUE);
    g_free(kv->option);
    g_free(kv);
}

const char *keyval_option(const struct keyval *kv)
{
    return kv->option;
}

static void know(struct keyval *kv, const char *key)
{
    for (guint i = 0; i < kv->known->len; i++) {
        if (strcmp(g_ptr_array_index(kv->known, i), key) == 0) {
            return;
        }
    }
    g_ptr_array_add(kv->known, g_strdup(key));
}

const char *keyval_take(struct keyval *kv, const char *key)
{
    know(kv, key);
    for (guint i = 0; i < kv->pairs->len; i++) {
        struct pair *p = pair_at(kv, i);

        if (!p->taken && strcmp(p->key, key) == 0) {
            p->taken = true;
            return p->value ? p->value : "on";
        }
    }
    return NULL;
}

const char *keyval_take_last(struct keyval *kv, const char *key)
{
    const char *last = NULL, *v;

    while ((v = keyval_take(kv, key)) != NULL) {
        last = v;
    }
    return last;
}

bool keyval_has(const struct keyval *kv, const char *key)
{
    for (guint i = 0; i < kv->pairs->len; i++) {
        if (strcmp(pair_at(kv, i)->key, key) == 0) {
            return true;
        }
    }
    return false;
}

bool keyval_take_bool(struct keyval *kv, const char *key, bool *out, GError **error)
{
    static const char *const yes[] = {"on", "yes", "true", NULL};
    static const char *const no[] = {"off", "no", "false", NULL};
    g_autofree char *negated = g_strconcat("no", key, NULL);
    const char *v = keyval_take_last(kv, key);

    for (guint i = 0; !v && i < kv->pairs->len; i++) {
        struct pair *p = pair_at(kv, i);

        if (!p->value && strcmp(p->key, negated) == 0) {
            p->taken = true;
            v = "off";
        }
    }
    if (!v) {
        return true;
    }
    if (g_strv_contains(yes, v) || g_strv_contains(no, v)) {
        *out = g_strv_contains(yes, v);
        return true;
    }
    keyval_error(kv, error, "%s=%s: expected on or off", key, v);
    return false;
}

bool keyval_take_uint(struct keyval *kv, const char *key, uint64_t min, uint64_t max, uint64_t *out,
                      GError **error)
{
    const char *v = keyval_take_last(kv, key);
    char *end = NULL;
    uint64_t n = 0;

    if (!v) {
        return true;
    }
    errno = 0;
    if (g_ascii_isdigit(v[0])) {
        n = g_ascii_strtoull(v, &end, 0);
    }
    if (!end || *end || errno || n < min || n > max) {
        keyval_error(kv, error,
                     "%s=%s: expected a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                     key, v, min, max);
        return false;
    }
    *out = n;
    return true;
}

bool keyval_take_size(struct keyval *kv, const char *key, uint64_t unit, uint64_t *out,
                      GError **error)
{
    static const char letters[] = "bkmgt";
    const char *v = keyval_take_last(kv, key);
    char *end = NULL;
    double n = 0;

    if (!v) {
        return true;
    }
    if (g_ascii_isdigit(v[0])) {
        n = g_ascii_strtod(v, &end);
        if (*end) {
            const char *at = strchr(letters, g_ascii_tolower(*end));

            if (at) {
                unit = UINT64_C(1) << (10 * (at - letters));
                end++;
            }
        }
    }
    if (!end || *end || n * (double)unit >= 9e18) {
        keyval_error(kv, error, "%s=%s: expected a size such as 512M or 2G", key, v);
        return false;
    }
    *out = (uint64_t)(n * (double)unit);
    return true;
}

bool keyval_next(struct keyval *kv, const char **key, const char **value)
{
    for (guint i = 0; i < kv->pairs->len; i++) {
        struct pair *p = pair_at(kv, i);

        if (!p->taken) {
            p->taken = true;
            *key = p->key;
            *value = p->value ? p->value : "on";
            return true;
        }
    }
    return false;
}

static void append_escaped(GString *to, const char *text)
{
    for (; *text; text++) {
        g_string_append_c(to, *text);
        if (*text == ',') {
            g_string_append_c(to, ',');
        }
    }
}

char *keyval_take_rest(struct keyval *kv)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < kv->pairs->len; i++) {
        struct pair *p = pair_at(kv, i);

        if (p->taken) {
            continue;
        }
        p->taken = true;
        if (text->len) {
            g_string_append_c(text, ',');
        }
        append_escaped(text, p->key);
        if (p->value) {
            g_string_append_c(text, '=');
            append_escaped(text, p->value);
        }
    }
    return g_string_free(text, FALSE);
}

/* Edit distance of two words, capped rows. */
static unsigned distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    g_autofree unsigned *row = g_new(unsigned, n + 1);

    for (unsigned j = 0; j <= n; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i]; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < n; j++) {
            unsigned up = row[j + 1];
            unsigned best = diagonal + (a[i] != b[j]);

            best = MIN(best, up + 1);
            best = MIN(best, row[j] + 1);
            row[j + 1] = best;
            diagonal = up;
        }
    }
    return row[n];
}

const char *keyval_nearest(const char *word, const char *const *words)
{
    unsigned limit = (unsigned)strlen(word) / 3 + 1, best = limit + 1;
    const char *nearest = NULL;

    if (strlen(word) > 64) {
        return NULL;
    }
    for (; *words; words++) {
        unsigned d = distance(word, *words);

        if (d < best) {
            best = d;
            nearest = *words;
        }
    }
    return nearest;
}

bool keyval_finish(struct keyval *kv, GError **error)
{
    const char *near;

    for (guint i = 0; i < kv->pairs->len; i++) {
        const struct pair *p = pair_at(kv, i);

        if (p->taken) {
            continue;
        }
        g_ptr_array_add(kv->known, NULL);
        near = keyval_nearest(p->key, (const char *const *)kv->known->pdata);
        keyval_error(kv, error, "unknown word \"%s\"%s%s%s", p->key,
                     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        g_ptr_array_set_size(kv->known, (int)kv->known->len - 1);
        return false;
    }
    return true;
}

void keyval_error(const struct keyval *kv, GError **error, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    g_propagate_error(error, g_error_new_valist(KEYVAL_ERROR, 0, fmt, ap));
    va_end(ap);
    g_prefix_error(error, "%s: ", kv->option);
}
