/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums: see filter.h. The time from an access to the next one of the same vCPU is counted to its
 * register: what the access took, and what the guest then did until the next. A register that is
 * polled stands at the top.
 */
#include "tests/tools/trace/filter.h"

#include <inttypes.h>
#include <string.h>

/* Regions larger than this are memory, not registers. */
#define REGISTERS_MAX 4096u
/* Lines that a hostile file can make us keep. */
#define LINES_MAX 100000u

struct line {
    uint64_t key;
    char *what;
    uint64_t reads, writes, bytes, ns;
};

struct last {
    uint64_t time;
    uint64_t key;
    bool valid;
};

static uint64_t key_of(const struct trace_record *r)
{
    uint64_t offset = r->addr - r->name->base;

    if (r->type != TRACE_ACCESS) {
        return (uint64_t)r->type << 60 | r->name_number;
    }
    if (r->name_number == 0) {
        offset = r->memory ? r->addr >> 12 : r->addr;
    } else if (r->name->size > REGISTERS_MAX) {
        offset = 0;
    }
    return UINT64_C(1) << 60 | (uint64_t)r->memory << 59 | (uint64_t)r->name_number << 48 |
           (offset & ((UINT64_C(1) << 48) - 1));
}

static char *label_of(const struct trace_record *r)
{
    const struct trace_name *n = r->name;
    g_autofree char *reg = trace_register(r);

    if (r->type != TRACE_ACCESS) {
        static const char *const words[] = {
            [TRACE_DMA] = "DMA",     [TRACE_FRAME] = "frame in",   [TRACE_BYTES] = "bytes in",
            [TRACE_KEY] = "key",     [TRACE_MOTION] = "mouse",     [TRACE_BUTTONS] = "buttons",
            [TRACE_RESET] = "reset", [TRACE_POSITION] = "pointer", [TRACE_REGS] = "registers"};

        return g_strdup_printf("%s: %s", words[r->type], reg);
    }
    if (r->name_number == 0) {
        return g_strdup_printf("%s %s 0x%" PRIx64, reg, r->memory ? "page" : "port",
                               r->memory ? r->addr & ~UINT64_C(0xfff) : r->addr);
    }
    if (n->size > REGISTERS_MAX) {
        return g_strdup_printf("%s %s (memory)", n->device, n->region);
    }
    return g_strdup(reg);
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const struct line *x = *(const struct line *const *)a, *y = *(const struct line *const *)b;

    if (x->ns != y->ns) {
        return x->ns < y->ns ? 1 : -1;
    }
    return strcmp(x->what, y->what);
}

static void free_line(gpointer p)
{
    struct line *l = p;

    g_free(l->what);
    g_free(l);
}

static struct line *line_for(GHashTable *lines, const struct trace_record *r)
{
    uint64_t key = key_of(r);
    struct line *l = g_hash_table_lookup(lines, &key);

    if (!l && g_hash_table_size(lines) < LINES_MAX) {
        l = g_new0(struct line, 1);
        l->key = key;
        l->what = label_of(r);
        g_hash_table_insert(lines, &l->key, l);
    }
    return l;
}

static void add(GHashTable *lines, struct last *last, const struct trace_record *r)
{
    struct line *l = line_for(lines, r), *before;

    if (last->valid && r->type == TRACE_ACCESS) {
        before = g_hash_table_lookup(lines, &last->key);
        if (before && r->time > last->time) {
            before->ns += r->time - last->time;
        }
    }
    if (!l) {
        return;
    }
    *(r->write ? &l->writes : &l->reads) += r->type == TRACE_ACCESS ? r->count : 1;
    l->bytes += r->type == TRACE_ACCESS ? (uint64_t)r->count * r->width : r->count;
    if (r->type == TRACE_ACCESS) {
        *last = (struct last){.time = r->time, .key = l->key, .valid = true};
    }
}

void print_sum(struct trace_file *f, const struct filter *filter, FILE *out)
{
    g_autoptr(GHashTable) lines =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_line);
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    g_autofree struct trace_record *r = g_new(struct trace_record, 1);
    g_autofree struct last *last = g_new0(struct last, 256);
    uint64_t total = 0, records = 0;
    GHashTableIter i;
    gpointer value;

    trace_file_rewind(f);
    while (trace_file_next(f, r)) {
        if (filter_wants(filter, r)) {
            add(lines, &last[r->cpu], r);
            records++;
        }
    }
    g_hash_table_iter_init(&i, lines);
    while (g_hash_table_iter_next(&i, NULL, &value)) {
        g_ptr_array_add(sorted, value);
        total += ((struct line *)value)->ns;
    }
    g_ptr_array_sort(sorted, by_time);
    fprintf(out, "%10s %10s %12s %12s %6s  %s\n", "reads", "writes", "bytes", "ms", "time",
            "register");
    for (guint n = 0; n < sorted->len; n++) {
        const struct line *l = g_ptr_array_index(sorted, n);

        fprintf(out, "%10" PRIu64 " %10" PRIu64 " %12" PRIu64 " %12.3f %5.1f%%  %s\n", l->reads,
                l->writes, l->bytes, (double)l->ns / 1e6,
                total ? 100.0 * (double)l->ns / (double)total : 0.0, l->what);
    }
    fprintf(out, "%" PRIu64 " records, %.3f s\n", records, (double)total / 1e9);
}
