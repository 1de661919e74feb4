/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing JSON: see json.h. */
#include "monitor/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define INDENT 4

/* -- reading: what is right is copied, with " for ', for json-glib -- */

struct reader {
    const char *p, *end;
    GString *out;
    unsigned members; /* of all objects */
    const char *why;
};

static bool value(struct reader *r);

static bool fail(struct reader *r, const char *why)
{
    r->why = why;
    return false;
}

/* The next byte that is no space, 0 at the end. */
static char peek(struct reader *r)
{
    while (r->p < r->end && strchr(" \t\r\n", *r->p) && *r->p) {
        r->p++;
    }
    return r->p < r->end ? *r->p : 0;
}

static char at(const struct reader *r, gsize n)
{
    return (gsize)(r->end - r->p) > n ? r->p[n] : 0;
}

static bool take(struct reader *r, char c)
{
    if (peek(r) != c) {
        return false;
    }
    g_string_append_c(r->out, c);
    r->p++;
    return true;
}

/* Four digits behind \u; -1: there are not. */
static int hex4(const struct reader *r, gsize from)
{
    int v = 0;

    for (gsize i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(at(r, from + i));

        if (digit < 0) {
            return -1;
        }
        v = v << 4 | digit;
    }
    return v;
}

/* A \u, which stands at r->p. */
static bool unicode(struct reader *r)
{
    int first = hex4(r, 2), second;
    gsize len = 6;

    if (first < 0) {
        return fail(r, "JSON parse error, invalid hex escape in string");
    }
    if (first == 0) {
        return fail(r, "JSON parse error, \\u0000 in string");
    }
    if ((first & 0xf800) == 0xd800) {
        second = at(r, 6) == '\\' && at(r, 7) == 'u' ? hex4(r, 8) : -1;
        if (first >= 0xdc00 || (second & 0xfc00) != 0xdc00) {
            return fail(r, "JSON parse error, half of a surrogate pair in string");
        }
        len = 12;
    }
    g_string_append_len(r->out, r->p, (gssize)len);
    r->p += len;
    return true;
}

static bool escape(struct reader *r)
{
    char c = at(r, 1);

    if (c == 'u') {
        return unicode(r);
    }
    if (c == '\'') {
        g_string_append_c(r->out, c);
    } else if (c && strchr("\"\\/bfnrt", c)) {
        g_string_append_len(r->out, r->p, 2);
    } else {
        return fail(r, "JSON parse error, invalid escape sequence in string");
    }
    r->p += 2;
    return true;
}

static bool string(struct reader *r)
{
    char quote = *r->p++;

    g_string_append_c(r->out, '"');
    while (r->p < r->end && *r->p != quote) {
        char c = *r->p;

        if ((guint8)c < 0x20) {
            return fail(r, "JSON parse error, control character in string");
        }
        if (c == '\\') {
            if (!escape(r)) {
                return false;
            }
            continue;
        }
        if (c == '"') { /* in single quotes */
            g_string_append_c(r->out, '\\');
        }
        g_string_append_c(r->out, c);
        r->p++;
    }
    if (r->p == r->end) {
        return fail(r, "JSON parse error, unterminated string");
    }
    r->p++;
    g_string_append_c(r->out, '"');
    return true;
}

static gsize digits(struct reader *r)
{
    const char *from = r->p;

    while (r->p < r->end && g_ascii_isdigit(*r->p)) {
        r->p++;
    }
    return (gsize)(r->p - from);
}

static bool in_range(const char *text, bool whole)
{
    errno = 0;
    if (whole) {
        (void)g_ascii_strtoll(text, NULL, 10);
        return errno == 0;
    }
    return isfinite(g_ascii_strtod(text, NULL));
}

static bool number(struct reader *r)
{
    const char *from = r->p;
    g_autofree char *text = NULL;
    bool zero, whole = true, ok;

    r->p += *r->p == '-';
    zero = r->p < r->end && *r->p == '0';
    ok = zero ? r->p++ < r->end : digits(r) > 0;
    if (ok && r->p < r->end && *r->p == '.') {
        r->p++;
        whole = false;
        ok = digits(r) > 0;
    }
    if (ok && r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
        r->p++;
        whole = false;
        r->p += r->p < r->end && (*r->p == '+' || *r->p == '-');
        ok = digits(r) > 0;
    }
    /* 010, 0x10, 1f */
    if (!ok || (r->p < r->end && (g_ascii_isalnum(*r->p) || *r->p == '.'))) {
        return fail(r, "JSON parse error, invalid number");
    }
    text = g_strndup(from, (gsize)(r->p - from));
    g_string_append(r->out, text);
    return in_range(text, whole) || fail(r, "JSON parse error, the number is too large");
}

static bool keyword(struct reader *r)
{
    static const char *const words[] = {"true", "false", "null"};
    gsize len = 0;

    while (g_ascii_isalnum(at(r, len))) {
        len++;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strlen(words[i]) == len && memcmp(words[i], r->p, len) == 0) {
            g_string_append(r->out, words[i]);
            r->p += len;
            return true;
        }
    }
    return fail(r, len ? "JSON parse error, invalid keyword" : "JSON parse error, expecting value");
}

static bool array(struct reader *r)
{
    take(r, '[');
    if (take(r, ']')) {
        return true;
    }
    do {
        if (!value(r)) {
            return false;
        }
    } while (take(r, ','));
    return take(r, ']') || fail(r, "JSON parse error, expected separator in list");
}

static bool object(struct reader *r)
{
    char c;

    take(r, '{');
    if (take(r, '}')) {
        return true;
    }
    do {
        c = peek(r);
        if (c != '"' && c != '\'') {
            return fail(r, "JSON parse error, key is not a string in object");
        }
        if (!string(r)) {
            return false;
        }
        r->members++;
        if (!take(r, ':')) {
            return fail(r, "JSON parse error, missing : in object pair");
        }
        if (!value(r)) {
            return false;
        }
    } while (take(r, ','));
    return take(r, '}') || fail(r, "JSON parse error, expected separator in dict");
}

static bool value(struct reader *r)
{
    char c = peek(r);

    switch (c) {
    case '{':
        return object(r);
    case '[':
        return array(r);
    case '"':
    case '\'':
        return string(r);
    default:
        return c == '-' || g_ascii_isdigit(c) ? number(r) : keyword(r);
    }
}

/* How many members there are in all: fewer than were read, when one was there twice. */
static unsigned count(JsonNode *node)
{
    unsigned n = 0;

    if (JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *a = json_node_get_array(node);

        for (guint i = 0; i < json_array_get_length(a); i++) {
            n += count(json_array_get_element(a, i));
        }
    } else if (JSON_NODE_HOLDS_OBJECT(node)) {
        g_autoptr(GList) list = json_object_get_values(json_node_get_object(node));

        for (GList *l = list; l; l = l->next) {
            n += 1 + count(l->data);
        }
    }
    return n;
}

JsonNode *json_read(const char *text, gsize len, const char **why)
{
    g_autoptr(GString) out = g_string_sized_new(len + 1);
    struct reader r = {.p = text, .end = text + len, .out = out};
    g_autoptr(JsonParser) parser = NULL;
    JsonNode *root;

    if (!value(&r) || (peek(&r) && !fail(&r, "JSON parse error, more follows the value"))) {
        *why = r.why;
        return NULL;
    }
    parser = json_parser_new();
    if (!g_utf8_validate_len(out->str, out->len, NULL) ||
        !json_parser_load_from_data(parser, out->str, (gssize)out->len, NULL)) {
        *why = "JSON parse error, invalid UTF-8 sequence in string";
        return NULL;
    }
    root = json_parser_steal_root(parser);
    if (count(root) != r.members) {
        json_node_unref(root);
        *why = "JSON parse error, duplicate key";
        return NULL;
    }
    return root;
}

/* -- writing -- */

static void write_node(GString *out, JsonNode *node, bool pretty, unsigned depth);

static void write_string(GString *out, const char *s)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";

    g_string_append_c(out, '"');
    for (; *s; s = g_utf8_next_char(s)) {
        gunichar c = g_utf8_get_char(s);
        const char *special = c < 0x80 ? strchr(plain, (int)c) : NULL;

        if (special) {
            g_string_append_c(out, '\\');
            g_string_append_c(out, letters[special - plain]);
        } else if (c >= 0x20 && c < 0x7f) {
            g_string_append_c(out, (char)c);
        } else if (c < 0x10000) {
            g_string_append_printf(out, "\\u%04X", c);
        } else {
            g_string_append_printf(out, "\\u%04X\\u%04X", 0xd7c0 + (c >> 10), 0xdc00 | (c & 0x3ff));
        }
    }
    g_string_append_c(out, '"');
}

static void write_scalar(GString *out, JsonNode *node)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    if (JSON_NODE_HOLDS_NULL(node)) {
        g_string_append(out, "null");
    } else if (json_node_get_value_type(node) == G_TYPE_STRING) {
        write_string(out, json_node_get_string(node));
    } else if (json_node_get_value_type(node) == G_TYPE_BOOLEAN) {
        g_string_append(out, json_node_get_boolean(node) ? "true" : "false");
    } else if (json_node_get_value_type(node) == G_TYPE_DOUBLE) {
        g_string_append(
            out, g_ascii_formatd(number, sizeof(number), "%.17g", json_node_get_double(node)));
    } else {
        g_string_append_printf(out, "%" G_GINT64_FORMAT, json_node_get_int(node));
    }
}

static void new_line(GString *out, bool pretty, unsigned depth)
{
    if (pretty) {
        g_string_append_printf(out, "\n%*s", (int)depth * INDENT, "");
    }
}

/* What stands before element number n. */
static void separate(GString *out, guint n, bool pretty, unsigned depth)
{
    if (n) {
        g_string_append(out, pretty ? "," : ", ");
    }
    new_line(out, pretty, depth);
}

static void write_array(GString *out, JsonArray *a, bool pretty, unsigned depth)
{
    g_string_append_c(out, '[');
    for (guint i = 0; i < json_array_get_length(a); i++) {
        separate(out, i, pretty, depth + 1);
        write_node(out, json_array_get_element(a, i), pretty, depth + 1);
    }
    new_line(out, pretty, depth);
    g_string_append_c(out, ']');
}

static void write_object(GString *out, JsonObject *o, bool pretty, unsigned depth)
{
    g_autoptr(GList) names = json_object_get_members(o);
    guint n = 0;

    g_string_append_c(out, '{');
    for (GList *l = names; l; l = l->next) {
        separate(out, n++, pretty, depth + 1);
        write_string(out, l->data);
        g_string_append(out, ": ");
        write_node(out, json_object_get_member(o, l->data), pretty, depth + 1);
    }
    new_line(out, pretty, depth);
    g_string_append_c(out, '}');
}

static void write_node(GString *out, JsonNode *node, bool pretty, unsigned depth)
{
    if (JSON_NODE_HOLDS_OBJECT(node)) {
        write_object(out, json_node_get_object(node), pretty, depth);
    } else if (JSON_NODE_HOLDS_ARRAY(node)) {
        write_array(out, json_node_get_array(node), pretty, depth);
    } else {
        write_scalar(out, node);
    }
}

void json_write(GString *out, JsonNode *node, bool pretty)
{
    write_node(out, node, pretty, 0);
}
