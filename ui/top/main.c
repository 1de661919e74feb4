/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmx-dm-top: what the machines of this user do, as they do it. It maps each machine's page of
 * figures read-only and asks nothing else of it: a machine does not notice.
 */
#include "core/report.h"
#include "ui/top/screen.h"

#include "ui/runtime.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GREETING_US G_USEC_PER_SEC /* for the machines' first words */
#define SECONDS_MIN 0.1
#define SECONDS_MAX 3600.0

struct top {
    gboolean batch, json;
    int count; /* 0: no end */
    double seconds;
    char **rest;
    struct screen screen;
    struct machines all;
};

/* -- options -- */

static bool choose_sort(struct look *look, const char *name)
{
    for (int i = 0; name && i < SORTS; i++) {
        if (strcmp(name, sort_names[i]) == 0) {
            look->sort = (enum sort)i;
            return true;
        }
    }
    if (name) {
        g_autofree char *words = g_strjoinv(", ", (char **)sort_names);

        report("--sort=%s: expected one of %s", name, words);
    }
    return name == NULL;
}

static bool check(struct top *t)
{
    if (t->rest && t->rest[0] && t->rest[1]) {
        report("one machine, or all: \"%s\" is one too many", t->rest[1]);
        return false;
    }
    if (!(t->seconds >= SECONDS_MIN && t->seconds <= SECONDS_MAX)) {
        report("--delay=%g: expected seconds between %g and %g", t->seconds, SECONDS_MIN,
               SECONDS_MAX);
        return false;
    }
    if (t->count < 0) {
        report("--count=%d: expected 1 or more, or 0 for no end", t->count);
        return false;
    }
    return true;
}

static bool parse(struct top *t, int argc, char **argv)
{
    gboolean windows = FALSE, total = FALSE;
    g_autofree char *sort = NULL;
    const GOptionEntry entries[] = {
        {"batch", 'b', 0, G_OPTION_ARG_NONE, &t->batch, "Print text, for a file or a pipe", NULL},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &t->json, "Print JSON, a line for each reading", NULL},
        {"count", 'n', 0, G_OPTION_ARG_INT, &t->count, "End after so many readings", "COUNT"},
        {"delay", 'd', 0, G_OPTION_ARG_DOUBLE, &t->seconds, "Time between two (2)", "SECONDS"},
        {"sort", 's', 0, G_OPTION_ARG_STRING, &sort, "Machines by name, cpu, model, exits or rss",
         "COLUMN"},
        {"windows", 'w', 0, G_OPTION_ARG_NONE, &windows, "Each window of a device by itself", NULL},
        {"total", 't', 0, G_OPTION_ARG_NONE, &total,
         "Figures since the machine's start, not of the interval", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &t->rest, NULL, "[MACHINE]"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) c = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(c, "What the running vmx-dm of this user do: all, or one by its "
                                    "name or process id.");
    g_option_context_add_main_entries(c, entries, NULL);
    if (!g_option_context_parse(c, &argc, &argv, &error)) {
        report("%s", error->message);
        return false;
    }
    t->screen.look.windows = windows;
    t->screen.look.total = total;
    t->batch |= t->json;
    return check(t) && choose_sort(&t->screen.look, sort);
}

/* -- waiting -- */

static bool all_known(const struct machines *all)
{
    for (guint i = 0; i < all->list->len; i++) {
        const struct machine *m = all->list->pdata[i];

        if (!m->page && !m->trouble) {
            return false;
        }
    }
    return true;
}

enum woken { BY_TIME, BY_KEY, BY_HANGUP };

/* Serve the machines until then, or until there is a key. */
static enum woken serve_until(struct top *t, gint64 until, bool keys)
{
    for (;;) {
        struct machines *all = &t->all;
        g_autofree struct pollfd *p = g_new0(struct pollfd, all->list->len + 1);
        gint64 left = until - g_get_monotonic_time();
        int n;

        if (left <= 0) {
            return BY_TIME;
        }
        p[0] = (struct pollfd){.fd = keys ? STDIN_FILENO : -1, .events = POLLIN};
        for (guint i = 0; i < all->list->len; i++) {
            p[i + 1].fd = ((struct machine *)all->list->pdata[i])->fd;
            p[i + 1].events = POLLIN;
        }
        n = poll(p, all->list->len + 1, (int)((left + 999) / 1000));
        if (n < 0) {
            return keys ? BY_KEY : BY_TIME; /* a change of size, perhaps */
        }
        machines_serve(all);
        if (p[0].revents & POLLIN) {
            return BY_KEY;
        }
        if (p[0].revents) {
            return BY_HANGUP;
        }
    }
}

static void wait_for_greetings(struct top *t)
{
    gint64 limit = g_get_monotonic_time() + GREETING_US;

    while (!all_known(&t->all) && g_get_monotonic_time() < limit) {
        serve_until(t, MIN(g_get_monotonic_time() + GREETING_US / 100, limit), false);
    }
}

static void look_again(struct top *t)
{
    machines_serve(&t->all);
    machines_read(&t->all);
}

/* -- without a screen -- */

static void put_lines(GString *out, const GArray *lines)
{
    for (guint i = 0; i < lines->len; i++) {
        g_autofree char *text = g_strchomp(g_strdup(g_array_index(lines, struct line, i).text));

        g_string_append_printf(out, "%s\n", text);
    }
}

static void put_text(GString *out, const struct top *t, const GPtrArray *order)
{
    g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(struct line));

    table_machines(lines, order, NULL);
    put_lines(out, lines);
    for (guint i = 0; i < order->len; i++) {
        const struct machine *m = order->pdata[i];

        g_array_set_size(lines, 0);
        table_details(lines, m, &t->screen.look);
        g_string_append_printf(out, "\n%s, %d:\n", m->name, (int)m->pid);
        put_lines(out, lines);
    }
}

static bool print_reading(const struct top *t, bool first)
{
    g_autoptr(GPtrArray) order = table_order(&t->all, t->screen.look.sort);
    g_autoptr(GString) out = g_string_new(NULL);

    if (t->json) {
        table_json(out, order, &t->screen.look);
    } else {
        g_string_append(out, first ? "" : "\n\n");
        put_text(out, t, order);
    }
    if (fwrite(out->str, 1, out->len, stdout) != out->len || fflush(stdout) != 0) {
        report("the output cannot be written: %s", g_strerror(errno));
        return false;
    }
    return true;
}

static bool run_batch(struct top *t)
{
    for (int i = 0; t->count == 0 || i < t->count; i++) {
        serve_until(t, g_get_monotonic_time() + t->screen.period_us, false);
        look_again(t);
        if (t->all.what && t->all.list->len == 0) {
            return true; /* it has ended */
        }
        if (!print_reading(t, i == 0)) {
            return false;
        }
        machines_find(&t->all);
    }
    return true;
}

/* -- with one -- */

static bool run_screen(struct top *t)
{
#ifdef CONFIG_CURSES
    g_autoptr(GError) error = NULL;
    enum screen_wish wish = SCREEN_NOTHING;
    gint64 last = g_get_monotonic_time();
    int frames = 0;

    if (!screen_open(&error)) {
        report("%s", error->message);
        return false;
    }
    screen_draw(&t->screen, &t->all);
    while (wish != SCREEN_QUIT) {
        enum woken by = serve_until(t, last + t->screen.period_us, true);

        wish = by == BY_KEY ? screen_keys(&t->screen, &t->all) : SCREEN_NOTHING;
        if (by == BY_HANGUP) {
            break;
        }
        if (by == BY_KEY && wish != SCREEN_NOW) {
            continue;
        }
        look_again(t);
        screen_draw(&t->screen, &t->all);
        if (++frames == t->count) {
            break;
        }
        machines_find(&t->all);
        last = g_get_monotonic_time();
    }
    screen_close();
    return true;
#else
    (void)t;
    report("built without ncurses: with -b figures are printed as text");
    return false;
#endif
}

/* No such machine: runtime_connect() has the words for it. */
static bool find_named(struct top *t)
{
    g_autoptr(GError) error = NULL;
    int fd;

    if (!t->all.what || t->all.list->len) {
        return true;
    }
    fd = runtime_connect(t->all.what, &error);
    if (fd >= 0) {
        close(fd); /* it has just come: the next look finds it */
        return true;
    }
    report("%s", error->message);
    return false;
}

int main(int argc, char **argv)
{
    struct top t = {.seconds = 2};
    bool good = false;

    setlocale(LC_ALL, "");
    report_as("vmx-dm-top");
    if (!parse(&t, argc, argv)) {
        return EXIT_FAILURE;
    }
    t.screen.period_us = (gint64)(t.seconds * G_USEC_PER_SEC);
    machines_init(&t.all, t.rest ? t.rest[0] : NULL);
    machines_find(&t.all);
    if (find_named(&t)) {
        wait_for_greetings(&t);
        look_again(&t);
        good = t.batch ? run_batch(&t) : run_screen(&t);
    }
    machines_free(&t.all);
    g_free(t.screen.chosen);
    g_strfreev(t.rest);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
