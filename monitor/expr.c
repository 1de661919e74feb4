/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expressions of a person: numbers (10, 0x1f, 'c'), $registers, unary + - ~, binary * / % + - & | ^
 * with the first three binding closer than + and -, these closer than the rest, and parentheses.
 * Arithmetic is in 64 bits, as in a C compiler with -fwrapv.
 */
#include "accel/accel.h"
#include "monitor/command.h"

#include <errno.h>
#include <string.h>

#define DEPTH_MAX 32

struct expr {
    const char *p;
    int depth;
    GError **error;
};

static bool bits(struct expr *e, uint64_t *v);

static char peek(struct expr *e)
{
    while (*e->p == ' ' || *e->p == '\t') {
        e->p++;
    }
    return *e->p;
}

static bool fail(struct expr *e, const char *why)
{
    qmp_fail(e->error, "%s", why);
    return false;
}

static bool invalid(struct expr *e, char c)
{
    qmp_fail(e->error, "invalid char '%c' in expression", c);
    return false;
}

/* Register names by index in accel_regs.gpr; short ones are parts of them. */
static bool gpr(const struct accel_regs *r, const char *name, uint64_t *v)
{
    static const char *const names[] = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *v = r->gpr[i] & 0xffff;
            return true;
        }
        if ((name[0] == 'e' || name[0] == 'r') && strcmp(name + 1, names[i]) == 0) {
            *v = name[0] == 'r' ? r->gpr[i] : (uint32_t)r->gpr[i];
            return true;
        }
    }
    if (name[0] == 'r' && g_ascii_isdigit(name[1])) {
        guint64 n = g_ascii_strtoull(name + 1, NULL, 10);

        *v = n >= 8 && n <= 15 ? r->gpr[n] : 0;
        return n >= 8 && n <= 15;
    }
    return false;
}

static bool special(const struct accel_regs *r, const char *name, uint64_t *v)
{
    static const char *const segments[] = {"es", "cs", "ss", "ds", "fs", "gs"};
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"pc", r->seg[1].base + r->rip},
        {"rip", r->rip},
        {"eip", r->rip},
        {"eflags", r->rflags},
        {"rflags", r->rflags},
        {"cr0", r->cr0},
        {"cr2", r->cr2},
        {"cr3", r->cr3},
        {"cr4", r->cr4},
        {"efer", r->efer},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *v = rows[i].value;
            return true;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(segments); i++) {
        if (strcmp(segments[i], name) == 0) {
            *v = r->seg[i].selector;
            return true;
        }
        if (g_str_has_prefix(name, segments[i]) && strcmp(name + 2, ".base") == 0) {
            *v = r->seg[i].base;
            return true;
        }
    }
    return false;
}

static bool reg(struct expr *e, uint64_t *v)
{
    struct accel_regs regs;
    char name[16];
    size_t n = 0;

    for (e->p++; g_ascii_isalnum(*e->p) || *e->p == '.'; e->p++) {
        if (n < sizeof(name) - 1) {
            name[n++] = g_ascii_tolower(*e->p);
        }
    }
    name[n] = 0;
    return monitor_regs(-1, &regs, e->error) &&
           (gpr(&regs, name, v) || special(&regs, name, v) || fail(e, "unknown register"));
}

static bool number(struct expr *e, uint64_t *v)
{
    char *end;

    if (!*e->p) {
        return fail(e, "unexpected end of expression");
    }
    if (!g_ascii_isdigit(*e->p)) {
        return invalid(e, *e->p);
    }
    errno = 0;
    *v = g_ascii_strtoull(e->p, &end, 0);
    if (errno == ERANGE) {
        return fail(e, "number too large");
    }
    if (g_ascii_isalnum(*end)) {
        return invalid(e, *end);
    }
    e->p = end;
    return true;
}

static bool atom(struct expr *e, uint64_t *v)
{
    char c = peek(e);
    bool ok;

    if (e->depth >= DEPTH_MAX) {
        return fail(e, "expression is nested too deeply");
    }
    switch (c) {
    case '+':
    case '-':
    case '~':
        e->p++;
        e->depth++;
        ok = atom(e, v);
        e->depth--;
        if (ok) {
            *v = c == '-' ? -*v : c == '~' ? ~*v : *v;
        }
        return ok;
    case '(':
        e->p++;
        e->depth++;
        ok = bits(e, v);
        e->depth--;
        if (ok && peek(e) != ')') {
            return fail(e, "')' expected");
        }
        e->p += ok;
        return ok;
    case '\'':
        if (!e->p[1] || e->p[2] != '\'') {
            return fail(e, "character constant expected");
        }
        *v = (uint8_t)e->p[1];
        e->p += 3;
        return true;
    case '$':
        return reg(e, v);
    default:
        return number(e, v);
    }
}

/* "256 /tmp/x" is a number and a file, not a division. */
static bool divides(struct expr *e)
{
    const char *p = e->p + 1;

    while (*p == ' ' || *p == '\t') {
        p++;
    }
    return !*p || g_ascii_isdigit(*p) || strchr("($'+-~", *p);
}

static bool product(struct expr *e, uint64_t *v)
{
    uint64_t right;
    char c;

    if (!atom(e, v)) {
        return false;
    }
    while ((c = peek(e)) == '*' || (c == '/' && divides(e)) || c == '%') {
        e->p++;
        if (!atom(e, &right)) {
            return false;
        }
        if (c != '*' && right == 0) {
            return fail(e, "division by zero");
        }
        *v = c == '*' ? *v * right : c == '/' ? *v / right : *v % right;
    }
    return true;
}

static bool sum(struct expr *e, uint64_t *v)
{
    uint64_t right;
    char c;

    if (!product(e, v)) {
        return false;
    }
    while ((c = peek(e)) == '+' || c == '-') {
        e->p++;
        if (!product(e, &right)) {
            return false;
        }
        *v = c == '+' ? *v + right : *v - right;
    }
    return true;
}

static bool bits(struct expr *e, uint64_t *v)
{
    uint64_t right;
    char c;

    if (!sum(e, v)) {
        return false;
    }
    while ((c = peek(e)) == '&' || c == '|' || c == '^') {
        e->p++;
        if (!sum(e, &right)) {
            return false;
        }
        *v = c == '&' ? *v & right : c == '|' ? *v | right : *v ^ right;
    }
    return true;
}

bool expr_parse(const char **text, uint64_t *value, GError **error)
{
    struct expr e = {.p = *text, .error = error};
    bool ok = bits(&e, value);

    *text = e.p;
    return ok;
}
