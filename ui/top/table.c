/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures as lines of text: see table.h. */
#include "ui/top/table.h"

#include <string.h>

#define NAME_WIDTH 22

const char *const sort_names[] = {"name", "cpu", "model", "exits", "rss", NULL};

static void G_GNUC_PRINTF(3, 4) put(GArray *lines, enum line_style style, const char *fmt, ...)
{
    struct line l = {.style = style};
    va_list ap;

    va_start(ap, fmt);
    g_vsnprintf(l.text, sizeof(l.text), fmt, ap);
    va_end(ap);
    g_array_append_val(lines, l);
}

/* Cut, or filled with blanks, to so many characters. */
static char *fit(const char *text, long width)
{
    long have = g_utf8_strlen(text, -1);

    if (have > width) {
        g_autofree char *begin = g_utf8_substring(text, 0, width - 1);

        return g_strconcat(begin, "+", NULL);
    }
    return g_strdup_printf("%s%*s", text, (int)(width - have), "");
}

/* 999, 12.3k, 4.56M */
static const char *human(char to[16], double n)
{
    static const char units[] = " kMGT";
    unsigned u = 0;

    while (n >= 999.5 && u < 4) {
        n /= 1000;
        u++;
    }
    if (u == 0) {
        g_snprintf(to, 16, "%.0f", n);
    } else {
        g_snprintf(to, 16, "%.*f%c", n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n, units[u]);
    }
    return to;
}

/* -- machines -- */

static double sort_key(const struct machine *m, enum sort sort)
{
    struct rates r;

    machine_rates(m, &r);
    return sort == SORT_CPU     ? r.cpu
           : sort == SORT_MODEL ? r.model
           : sort == SORT_EXITS ? r.exits
                                : (double)m->rss_kib;
}

static gint by_key(gconstpointer a, gconstpointer b, gpointer sort)
{
    const struct machine *const *x = a, *const *y = b;
    double d = sort_key(*y, *(enum sort *)sort) - sort_key(*x, *(enum sort *)sort);

    return d < 0 ? -1 : d > 0;
}

GPtrArray *table_order(const struct machines *all, enum sort sort)
{
    GPtrArray *order = g_ptr_array_new();

    for (guint i = 0; i < all->list->len; i++) {
        g_ptr_array_add(order, all->list->pdata[i]);
    }
    if (sort != SORT_NAME) {
        g_ptr_array_sort_with_data(order, by_key, &sort);
    }
    return order;
}

static const char *state_of(const struct machine *m)
{
    return m->trouble ? "?" : !m->greeted ? "no answer" : *m->status ? m->status : "running";
}

static void put_machine(GArray *lines, const struct machine *m, enum line_style style)
{
    g_autofree char *name = fit(m->name, NAME_WIDTH);
    g_autofree char *state = fit(state_of(m), 10);
    struct rates r;
    char cpu[16] = "-", exits[16];

    if (m->trouble) {
        put(lines, style, "%s %7d %s", name, (int)m->pid, m->trouble);
    } else if (!machine_rates(m, &r)) {
        put(lines, style, "%s %7d %s %7s %8s %9s %9.1f", name, (int)m->pid, state, "-", "-", "-",
            (double)m->rss_kib / 1024);
    } else {
        if (r.cpu >= 0) {
            g_snprintf(cpu, sizeof(cpu), "%.1f", r.cpu);
        }
        put(lines, style, "%s %7d %s %7s %8.2f %9s %9.1f", name, (int)m->pid, state, cpu, r.model,
            human(exits, r.exits), (double)m->rss_kib / 1024);
    }
}

void table_machines(GArray *lines, const GPtrArray *order, const struct machine *chosen)
{
    put(lines, LINE_HEAD, "%-*s %7s %-10s %7s %8s %9s %9s", NAME_WIDTH, "MACHINE", "PID", "STATE",
        "CPU %", "MODEL %", "EXITS/s", "RSS MiB");
    for (guint i = 0; i < order->len; i++) {
        const struct machine *m = order->pdata[i];

        put_machine(lines, m, m == chosen ? LINE_CHOSEN : LINE_PLAIN);
    }
}

/* -- one of them -- */

static double per_second(const struct rates *r, uint64_t now, uint64_t before)
{
    return now > before ? (double)(now - before) / r->seconds : 0;
}

static void put_answers(GArray *lines, const struct machine *m, const struct look *look,
                        const struct rates *r)
{
    g_autoptr(GArray) list = machine_answers(m, look->windows, look->total);
    double seconds = look->total ? 1 : r->seconds;
    int width = look->windows ? 36 : 26;

    put(lines, LINE_HEAD, "%-*s %10s %12s %8s %8s %9s", width, look->windows ? "WINDOW" : "DEVICE",
        look->total ? "EXITS" : "EXITS/s", look->total ? "COALESCED" : "COALESCED/s", "p50 us",
        "p99 us", "max us");
    for (guint i = 0; i < list->len; i++) {
        const struct answers *a = &g_array_index(list, struct answers, i);
        struct stats_figures f = stats_figures(m->page, &a->sum);
        g_autofree char *label = fit(a->label, width);
        char exits[16], coalesced[16];

        human(exits, (double)a->sum.exits / seconds);
        human(coalesced, (double)a->sum.coalesced / seconds);
        if (a->sum.exits) {
            put(lines, LINE_PLAIN, "%s %10s %12s %8.2f %8.2f %9.1f", label, exits, coalesced,
                f.p50 / 1000, f.p99 / 1000, f.max / 1000);
        } else {
            put(lines, LINE_PLAIN, "%s %10s %12s %8s %8s %9s", label, exits, coalesced, "-", "-",
                "-");
        }
    }
}

static void put_nets(GArray *lines, const struct machine *m, const struct rates *r)
{
    if (m->now.nets) {
        put(lines, LINE_HEAD, "%-15s %-15s %9s %9s %9s %9s %7s", "NETWORK", "CARD", "RX/s",
            "RX B/s", "TX/s", "TX B/s", "DROPPED");
    }
    for (unsigned i = 0; i < m->now.nets; i++) {
        const struct stats_net *b = &m->now.net[i], *a = &m->before.net[i];
        char rx[16], rxb[16], tx[16], txb[16], dropped[16];

        put(lines, LINE_PLAIN, "%-15.15s %-15.15s %9s %9s %9s %9s %7s", b->name, b->device,
            human(rx, per_second(r, b->rx_frames, a->rx_frames)),
            human(rxb, per_second(r, b->rx_bytes, a->rx_bytes)),
            human(tx, per_second(r, b->tx_frames, a->tx_frames)),
            human(txb, per_second(r, b->tx_bytes, a->tx_bytes)),
            human(dropped, (double)b->rx_dropped));
    }
}

static void put_disks(GArray *lines, const struct machine *m, const struct rates *r)
{
    if (m->now.disks) {
        put(lines, LINE_HEAD, "%-15s %-15s %9s %9s %9s %9s %7s", "DISK", "CONTROLLER", "READS/s",
            "READ B/s", "WRITES/s", "WRITE B/s", "ERRORS");
    }
    for (unsigned i = 0; i < m->now.disks; i++) {
        const struct stats_disk *b = &m->now.disk[i], *a = &m->before.disk[i];
        char rd[16], rdb[16], wr[16], wrb[16], errors[16];

        put(lines, LINE_PLAIN, "%-15.15s %-15.15s %9s %9s %9s %9s %7s", b->name, b->device,
            human(rd, per_second(r, b->reads, a->reads)),
            human(rdb, per_second(r, b->read_bytes, a->read_bytes)),
            human(wr, per_second(r, b->writes, a->writes)),
            human(wrb, per_second(r, b->write_bytes, a->write_bytes)),
            human(errors, (double)b->errors));
    }
}

void table_details(GArray *lines, const struct machine *m, const struct look *look)
{
    struct rates r;

    if (m->trouble || !machine_rates(m, &r)) {
        put(lines, LINE_PLAIN, "%s: %s", m->name,
            m->trouble    ? m->trouble
            : !m->greeted ? "it does not answer"
                          : "no figures yet");
        return;
    }
    put_answers(lines, m, look, &r);
    put_nets(lines, m, &r);
    put_disks(lines, m, &r);
}
