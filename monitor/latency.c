/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query-latency and "info latency": the histograms of core/stats.h, merged over all threads. To begin
 * anew nobody's counters are cleared, since only their threads write them: what was there is kept, and
 * taken away from later answers.
 */
#include "monitor/command.h"

#include "core/stats.h"
#include "core/stats_read.h"

#include <string.h>

/* At the last reset. */
static struct {
    struct stats_sum *sums;
    unsigned ranges;
    struct stats_load load[STATS_CPUS];
    gint64 us;
} begin;

/* -- the answer -- */

static gint64 whole(double ns)
{
    return (gint64)MIN(ns + 0.5, 9e18);
}

static gint64 counted(uint64_t n)
{
    return (gint64)MIN(n, (uint64_t)G_MAXINT64);
}

static void set_text(JsonObject *o, const char *name, const char *text)
{
    if (*text) {
        json_object_set_string_member(o, name, text);
    }
}

static void set_figures(JsonObject *o, const struct stats_page *p, const struct stats_sum *s)
{
    struct stats_figures f = stats_figures(p, s);

    json_object_set_int_member(o, "exits", counted(s->exits));
    json_object_set_int_member(o, "accesses", counted(s->accesses));
    json_object_set_int_member(o, "coalesced", counted(s->coalesced));
    json_object_set_int_member(o, "mean-ns", whole(f.mean));
    json_object_set_int_member(o, "p50-ns", whole(f.p50));
    json_object_set_int_member(o, "p99-ns", whole(f.p99));
    json_object_set_int_member(o, "p999-ns", whole(f.p999));
    json_object_set_int_member(o, "max-ns", whole(f.max));
}

static JsonObject *cpu_row(const struct stats_page *p, unsigned cpu)
{
    struct stats_load l = stats_get_load(p, cpu);
    const struct stats_load *b = &begin.load[cpu];
    JsonObject *o = json_object_new();

    json_object_set_int_member(o, "cpu-index", cpu);
    json_object_set_int_member(o, "thread-id", l.thread);
    json_object_set_int_member(o, "exits", counted(l.exits - b->exits));
    json_object_set_int_member(o, "guest-ns", whole(stats_ns(p, (double)(l.guest - b->guest))));
    json_object_set_int_member(o, "model-ns", whole(stats_ns(p, (double)(l.model - b->model))));
    json_object_set_int_member(o, "waiting-ns",
                               whole(stats_ns(p, (double)(l.waiting - b->waiting))));
    return o;
}

static JsonObject *range_row(const struct stats_page *p, unsigned i, const struct stats_sum *s)
{
    struct stats_range r = stats_get_range(p, i);
    JsonObject *o = json_object_new();

    set_text(o, "device", r.device);
    set_text(o, "id", r.id);
    json_object_set_string_member(o, "range", r.region);
    json_object_set_string_member(o, "space",
                                  i < STATS_FIRST         ? "none"
                                  : r.flags & STATS_PORTS ? "io"
                                                          : "memory");
    if (i >= STATS_FIRST) {
        json_object_set_int_member(o, "base", (gint64)r.base);
        json_object_set_int_member(o, "size", (gint64)r.size);
        json_object_set_boolean_member(o, "mapped", (r.flags & STATS_MAPPED) != 0);
    }
    set_figures(o, p, s);
    return o;
}

static bool same_device(const struct stats_range *a, const struct stats_range *b)
{
    return strcmp(a->device, b->device) == 0 && strcmp(a->id, b->id) == 0;
}

/* One row for all ranges of a device, at the first of them. */
static void add_device(JsonArray *a, const struct stats_page *p, const struct stats_sum *sums,
                       unsigned n, unsigned i)
{
    struct stats_range r = stats_get_range(p, i);
    struct stats_sum all = {0};
    JsonObject *o;

    for (unsigned k = STATS_FIRST; k < n; k++) {
        struct stats_range other = stats_get_range(p, k);

        if (same_device(&r, &other)) {
            if (k < i) {
                return;
            }
            stats_sum_join(&all, &sums[k]);
        }
    }
    o = json_object_new();
    json_object_set_string_member(o, "device", r.device);
    set_text(o, "id", r.id);
    set_figures(o, p, &all);
    json_array_add_object_element(a, o);
}

static void reset(const struct stats_page *p, const struct stats_sum *raw, unsigned n)
{
    g_free(begin.sums);
    begin.sums = g_memdup2(raw, n * sizeof(*raw));
    begin.ranges = n;
    begin.us = g_get_monotonic_time();
    for (unsigned i = 0; i < stats_cpus(p); i++) {
        begin.load[i] = stats_get_load(p, i);
    }
    stats_clear_max();
}

JsonNode *qmp_query_latency(JsonObject *args, GError **error)
{
    const struct stats_page *p = stats_now();
    JsonArray *cpus, *devices, *ranges;
    g_autofree struct stats_sum *sums = NULL, *raw = NULL;
    JsonObject *o;
    unsigned n;

    if (!p) {
        return qmp_fail(error, "nothing was counted: there was no memory for it at the start");
    }
    n = stats_ranges(p);
    raw = g_new0(struct stats_sum, n);
    for (unsigned i = 0; i < n; i++) {
        stats_sum_add(&raw[i], p, i);
    }
    sums = g_memdup2(raw, n * sizeof(*raw));
    for (unsigned i = 0; i < begin.ranges; i++) {
        stats_sum_since(&sums[i], &begin.sums[i]);
    }
    cpus = json_array_new();
    devices = json_array_new();
    ranges = json_array_new();
    for (unsigned i = 0; i < stats_cpus(p); i++) {
        json_array_add_object_element(cpus, cpu_row(p, i));
    }
    for (unsigned i = 0; i < n; i++) {
        json_array_add_object_element(ranges, range_row(p, i, &sums[i]));
        if (i >= STATS_FIRST) {
            add_device(devices, p, sums, n, i);
        }
    }
    o = json_object_new();
    json_object_set_int_member(
        o, "elapsed-ns",
        (g_get_monotonic_time() - (begin.sums ? begin.us : p->head.start_ns / 1000)) * 1000);
    json_object_set_array_member(o, "cpus", cpus);
    json_object_set_array_member(o, "devices", devices);
    json_object_set_array_member(o, "ranges", ranges);
    if (arg_bool(args, "reset", false)) {
        reset(p, raw, n);
    }
    return qmp_object(o);
}

/* -- for people -- */

static gint64 num(JsonObject *o, const char *name)
{
    return json_object_get_int_member_with_default(o, name, 0);
}

static const char *str(JsonObject *o, const char *name)
{
    return json_object_get_string_member_with_default(o, name, "");
}

static void put_cpu(GString *out, JsonObject *o)
{
    double guest = (double)num(o, "guest-ns"), model = (double)num(o, "model-ns"),
           waiting = (double)num(o, "waiting-ns"), all = MAX(guest + model + waiting, 1);

    g_string_append_printf(out,
                           "CPU %d: %" G_GINT64_FORMAT
                           " exits; in the guest %.1f %%, in the device "
                           "model %.2f %%, waiting %.1f %%\n",
                           (int)num(o, "cpu-index"), num(o, "exits"), guest * 100 / all,
                           model * 100 / all, waiting * 100 / all);
}

static void put_figures(GString *out, const char *label, JsonObject *o)
{
    g_string_append_printf(out, "%-44s %10" G_GINT64_FORMAT " %10" G_GINT64_FORMAT, label,
                           num(o, "exits"), num(o, "coalesced"));
    if (num(o, "exits")) {
        g_string_append_printf(out, " %9.2f %9.2f %9.2f %9.2f", (double)num(o, "p50-ns") / 1000,
                               (double)num(o, "p99-ns") / 1000, (double)num(o, "p999-ns") / 1000,
                               (double)num(o, "max-ns") / 1000);
    }
    g_string_append_c(out, '\n');
}

static bool silent(JsonObject *o)
{
    return !num(o, "exits") && !num(o, "coalesced");
}

static void put_range(GString *out, JsonObject *o)
{
    g_autofree char *where = NULL, *label = NULL;
    guint64 base = (guint64)num(o, "base"), last = base + (guint64)num(o, "size") - 1;
    bool io = strcmp(str(o, "space"), "io") == 0;

    if (strcmp(str(o, "space"), "none") == 0) {
        label = g_strdup(str(o, "range"));
    } else {
        where = g_strdup_printf(io ? "%04" G_GINT64_MODIFIER "x-%04" G_GINT64_MODIFIER "x"
                                   : "%08" G_GINT64_MODIFIER "x-%08" G_GINT64_MODIFIER "x",
                                base, last);
        label = g_strdup_printf("  %-22s %s", str(o, "range"), where);
    }
    put_figures(out, label, o);
}

static void put_device(GString *out, JsonObject *device, JsonArray *ranges)
{
    g_autofree char *label =
        *str(device, "id") ? g_strdup_printf("%s \"%s\"", str(device, "device"), str(device, "id"))
                           : g_strdup(str(device, "device"));

    put_figures(out, label, device);
    for (guint i = 0; i < json_array_get_length(ranges); i++) {
        JsonObject *o = json_array_get_object_element(ranges, i);

        if (!silent(o) && strcmp(str(o, "space"), "none") != 0 &&
            strcmp(str(o, "device"), str(device, "device")) == 0 &&
            strcmp(str(o, "id"), str(device, "id")) == 0) {
            put_range(out, o);
        }
    }
}

void show_latency(JsonNode *result, GString *out)
{
    JsonObject *o = json_node_get_object(result);
    JsonArray *cpus = json_object_get_array_member(o, "cpus"),
              *devices = json_object_get_array_member(o, "devices"),
              *ranges = json_object_get_array_member(o, "ranges");

    for (guint i = 0; i < json_array_get_length(cpus); i++) {
        put_cpu(out, json_array_get_object_element(cpus, i));
    }
    g_string_append_printf(out, "%-44s %10s %10s %9s %9s %9s %9s\n", "", "exits", "coalesced",
                           "p50 us", "p99 us", "p99.9 us", "max us");
    for (guint i = 0; i < json_array_get_length(devices); i++) {
        JsonObject *d = json_array_get_object_element(devices, i);

        if (!silent(d)) {
            put_device(out, d, ranges);
        }
    }
    for (guint i = 0; i < STATS_FIRST; i++) {
        JsonObject *r = json_array_get_object_element(ranges, i);

        if (!silent(r)) {
            put_range(out, r);
        }
    }
}
