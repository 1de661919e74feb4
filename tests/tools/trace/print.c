/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as text: see filter.h. */
#include "tests/tools/trace/filter.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SHOWN 32u /* bytes of a string */

/* -- filter -- */

bool filter_names(const char *pattern, const struct trace_name *n)
{
    return g_ascii_strcasecmp(pattern, n->device) == 0 ||
           (n->id[0] && g_ascii_strcasecmp(pattern, n->id) == 0) ||
           g_ascii_strcasecmp(pattern, n->region) == 0;
}

static bool in(const uint64_t range[2], uint64_t first, uint64_t last)
{
    return last >= range[0] && first <= range[1];
}

bool filter_wants(const struct filter *f, const struct trace_record *r)
{
    uint64_t span = r->memory && r->type == TRACE_ACCESS ? (uint64_t)r->width * r->count : r->width;
    uint64_t last = r->addr + MIN(span - 1, UINT64_MAX - r->addr);
    bool known = f->devices == NULL;

    for (char **d = f->devices; d && *d && !known; d++) {
        known = filter_names(*d, r->name);
    }
    if (!known || (f->cpu >= 0 && r->cpu != f->cpu) || r->time < f->from || r->time > f->to) {
        return false;
    }
    if (r->type != TRACE_ACCESS) {
        return !f->ports && !f->addrs && !f->reads && !f->writes;
    }
    if ((f->reads && r->write && !f->writes) || (f->writes && !r->write && !f->reads)) {
        return false;
    }
    if (f->ports || f->addrs) {
        return r->memory ? f->addrs && in(f->addr, r->addr, last)
                         : f->ports && in(f->port, r->addr, last);
    }
    return true;
}

static bool number(const char *text, char end, uint64_t *out, const char **rest)
{
    char *stop;

    if (!g_ascii_isdigit(text[0])) {
        return false;
    }
    errno = 0;
    *out = g_ascii_strtoull(text, &stop, 0);
    *rest = stop;
    return errno == 0 && (*stop == 0 || *stop == end);
}

bool filter_range(const char *text, uint64_t range[2])
{
    const char *rest;

    if (!number(text, '-', &range[0], &rest)) {
        return false;
    }
    range[1] = range[0];
    return *rest == 0 || (number(rest + 1, 0, &range[1], &rest) && range[1] >= range[0]);
}

bool filter_time(const char *text, uint64_t *ns)
{
    uint64_t s = 0, frac = 0, unit = 100000000;

    for (; g_ascii_isdigit(*text); text++) {
        s = s * 10 + (uint64_t)(*text - '0');
        if (s > 1000000000) {
            return false;
        }
    }
    if (*text == '.') {
        for (text++; g_ascii_isdigit(*text) && unit; text++, unit /= 10) {
            frac += (uint64_t)(*text - '0') * unit;
        }
    }
    *ns = s * 1000000000 + frac;
    return *text == 0;
}

/* -- print -- */

void print_header(const struct trace_file *f, FILE *out)
{
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(f->header.wall_ns / 1000000000);
    g_autofree char *when = t ? g_date_time_format(t, "%Y-%m-%d %H:%M:%S UTC") : NULL;

    fprintf(out, "# vmx-dm %s, %s, %u CPU%s, started %s\n#", f->header.program, f->header.accel,
            f->header.cpus, f->header.cpus == 1 ? "" : "s", when ? when : "at no time");
    for (guint i = 1; i < f->config->len; i++) {
        g_autofree char *text = g_strescape(g_ptr_array_index(f->config, i), NULL);

        fprintf(out, " %s", text);
    }
    fprintf(out, "%s\n", f->header.config_lost ? " (and more)" : "");
    if (trace_file_wrapped(f)) {
        fprintf(out, "# it begins in the middle: the ring went round, older records are gone\n");
    }
}

static void print_bytes(const struct trace_record *r, FILE *out)
{
    uint32_t n = MIN(r->len, SHOWN);

    for (uint32_t i = 0; i < n; i++) {
        fprintf(out, "%s%02x", i && i % 4 == 0 ? " " : "", r->data[i]);
    }
    fprintf(out, "%s", r->len > n || r->cut ? "..." : "");
}

static void print_access(const struct trace_record *r, FILE *out)
{
    g_autofree char *reg = trace_register(r);

    fprintf(out, "%-3s 0x%0*" PRIx64 " ",
            r->memory  ? r->write ? "wr" : "rd"
            : r->write ? "out"
                       : "in",
            r->memory ? 8 : 4, r->addr);
    if (r->count == 1) {
        fprintf(out, "%u 0x%0*" PRIx64, r->width, (int)r->width * 2, trace_element(r, 0));
    } else {
        fprintf(out, "%u x %u: ", r->width, r->count);
        print_bytes(r, out);
    }
    fprintf(out, "  %s\n", reg);
}

static void print_regs(const struct trace_record *r, FILE *out)
{
    static const char *const names[CPU_REGS] = {"ax", "bx", "cx", "dx", "si", "di"};

    fprintf(out, "registers");
    for (unsigned i = 0; i < CPU_REGS; i++) {
        fprintf(out, " %s=%" PRIx64, names[i], trace_reg(r, i));
    }
    fprintf(out, "\n");
}

void print_record(const struct trace_record *r, FILE *out)
{
    char cpu[8] = "-";

    if (r->cpu != TRACE_CPU_NONE) {
        g_snprintf(cpu, sizeof(cpu), "%u", r->cpu);
    }
    fprintf(out, "%8" PRIu64 " %4" PRIu64 ".%09" PRIu64 " %s ", r->slot, r->time / 1000000000,
            r->time % 1000000000, cpu);
    switch (r->type) {
    case TRACE_ACCESS:
        print_access(r, out);
        return;
    case TRACE_DMA:
        fprintf(out, "%s 0x%08" PRIx64 " %u bytes: ", r->write ? "dma-write" : "dma-read", r->addr,
                r->count);
        break;
    case TRACE_FRAME:
        fprintf(out, "frame %u bytes: ", r->count);
        break;
    case TRACE_BYTES:
        fprintf(out, "bytes %u: ", r->count);
        break;
    case TRACE_KEY:
        fprintf(out, "key 0x%" PRIx64 " %s\n", r->value >> 1, r->value & 1 ? "down" : "up");
        return;
    case TRACE_MOTION:
        fprintf(out, "mouse %d %d %d\n", (int32_t)r->addr, (int32_t)(r->value >> 32),
                (int32_t)r->value);
        return;
    case TRACE_BUTTONS:
        fprintf(out, "buttons 0x%" PRIx64 "\n", r->value);
        return;
    case TRACE_RESET:
        fprintf(out, "reset\n");
        return;
    case TRACE_POSITION:
        fprintf(out, "pointer %u %u\n", (uint32_t)(r->value >> 32), (uint32_t)r->value);
        return;
    case TRACE_REGS:
        print_regs(r, out);
        return;
    case TRACE_MORE:
        return;
    }
    print_bytes(r, out);
    {
        g_autofree char *reg = trace_register(r);

        fprintf(out, "  %s\n", reg);
    }
}
