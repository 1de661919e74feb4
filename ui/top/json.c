/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures as JSON: one object of all machines, in one line. */
#include "ui/top/table.h"

#include <inttypes.h>

/* What was printable UTF-8 before. */
static void put_string(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') {
            g_string_append_c(out, '\\');
        }
        g_string_append_c(out, *c);
    }
    g_string_append_c(out, '"');
}

static void member(GString *out, const char *name)
{
    char last = out->str[out->len - 1];

    g_string_append_printf(out, "%s\"%s\":", last == '{' ? "" : ",", name);
}

static void put_text(GString *out, const char *name, const char *text)
{
    member(out, name);
    put_string(out, text);
}

static void put_count(GString *out, const char *name, uint64_t n)
{
    member(out, name);
    g_string_append_printf(out, "%" PRIu64, n);
}

/* With a point, whatever the locale has. */
static void put_number(GString *out, const char *name, double n)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    member(out, name);
    g_string_append(out, g_ascii_formatd(text, sizeof(text), "%.3f", n));
}

static void open_list(GString *out, const char *name)
{
    member(out, name);
    g_string_append_c(out, '[');
}

static void next(GString *out, unsigned i)
{
    g_string_append(out, i ? ",{" : "{");
}

static void put_answers(GString *out, const struct machine *m, const struct look *look,
                        const struct rates *r)
{
    g_autoptr(GArray) list = machine_answers(m, look->windows, look->total);

    open_list(out, look->windows ? "windows" : "devices");
    for (guint i = 0; i < list->len; i++) {
        const struct answers *a = &g_array_index(list, struct answers, i);
        struct stats_figures f = stats_figures(m->page, &a->sum);

        next(out, i);
        put_text(out, "name", a->label);
        put_count(out, "exits", a->sum.exits);
        put_count(out, "accesses", a->sum.accesses);
        put_count(out, "coalesced", a->sum.coalesced);
        if (!look->total) {
            put_number(out, "exits-per-s", (double)a->sum.exits / r->seconds);
            put_number(out, "coalesced-per-s", (double)a->sum.coalesced / r->seconds);
        }
        put_number(out, "mean-us", f.mean / 1000);
        put_number(out, "p50-us", f.p50 / 1000);
        put_number(out, "p99-us", f.p99 / 1000);
        put_number(out, "p999-us", f.p999 / 1000);
        put_number(out, "max-us", f.max / 1000);
        g_string_append_c(out, '}');
    }
    g_string_append_c(out, ']');
}

static void put_rate(GString *out, const char *name, const struct rates *r, uint64_t now,
                     uint64_t before)
{
    put_number(out, name, now > before ? (double)(now - before) / r->seconds : 0);
}

static void put_nets(GString *out, const struct machine *m, const struct rates *r)
{
    open_list(out, "networks");
    for (unsigned i = 0; i < m->now.nets; i++) {
        const struct stats_net *b = &m->now.net[i], *a = &m->before.net[i];

        next(out, i);
        put_text(out, "name", b->name);
        put_text(out, "card", b->device);
        put_count(out, "rx-frames", b->rx_frames);
        put_count(out, "rx-bytes", b->rx_bytes);
        put_count(out, "rx-dropped", b->rx_dropped);
        put_count(out, "tx-frames", b->tx_frames);
        put_count(out, "tx-bytes", b->tx_bytes);
        put_rate(out, "rx-bytes-per-s", r, b->rx_bytes, a->rx_bytes);
        put_rate(out, "tx-bytes-per-s", r, b->tx_bytes, a->tx_bytes);
        g_string_append_c(out, '}');
    }
    g_string_append_c(out, ']');
}

static void put_disks(GString *out, const struct machine *m, const struct rates *r)
{
    open_list(out, "disks");
    for (unsigned i = 0; i < m->now.disks; i++) {
        const struct stats_disk *b = &m->now.disk[i], *a = &m->before.disk[i];

        next(out, i);
        put_text(out, "name", b->name);
        put_text(out, "controller", b->device);
        put_count(out, "reads", b->reads);
        put_count(out, "read-bytes", b->read_bytes);
        put_count(out, "writes", b->writes);
        put_count(out, "write-bytes", b->write_bytes);
        put_count(out, "flushes", b->flushes);
        put_count(out, "errors", b->errors);
        put_rate(out, "read-bytes-per-s", r, b->read_bytes, a->read_bytes);
        put_rate(out, "write-bytes-per-s", r, b->write_bytes, a->write_bytes);
        g_string_append_c(out, '}');
    }
    g_string_append_c(out, ']');
}

static void put_machine(GString *out, const struct machine *m, const struct look *look)
{
    struct rates r;

    put_text(out, "name", m->name);
    put_text(out, "socket", m->entry);
    put_count(out, "pid", (uint64_t)m->pid);
    put_count(out, "rss-kib", (uint64_t)m->rss_kib);
    if (m->trouble) {
        put_text(out, "error", m->trouble);
        return;
    }
    if (m->greeted) {
        put_text(out, "state", *m->status ? m->status : "running");
    }
    if (!machine_rates(m, &r)) {
        return;
    }
    put_number(out, "seconds", r.seconds);
    if (r.cpu >= 0) {
        put_number(out, "cpu-percent", r.cpu);
    }
    put_number(out, "model-percent", r.model);
    put_number(out, "exits-per-s", r.exits);
    put_answers(out, m, look, &r);
    put_nets(out, m, &r);
    put_disks(out, m, &r);
}

void table_json(GString *out, const GPtrArray *order, const struct look *look)
{
    g_string_append_c(out, '{');
    put_number(out, "time", (double)g_get_real_time() / 1e6);
    open_list(out, "machines");
    for (guint i = 0; i < order->len; i++) {
        next(out, i);
        put_machine(out, order->pdata[i], look);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "]}\n");
}
