/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages and events: see report.h. */
#include "core/report.h"

#include "core/loop.h"

#include <stdarg.h>
#include <stdio.h>

#define SITE_BURST 5
#define SITE_PERIOD_US (10 * G_USEC_PER_SEC)

struct listener {
    event_fn *fn;
    void *opaque;
};

struct pending {
    char *name;
    GVariant *data;
    int64_t time_us;
};

static GSList *listeners;
static GQueue waiting; /* struct pending */
static GMutex waiting_lock;
static const char *program = "vmx-dm";

void report_as(const char *name)
{
    program = name;
}

void report(const char *fmt, ...)
{
    char line[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    fprintf(stderr, "%s: %s\n", program, line);
}

bool report_allowed(struct report_site *site)
{
    static GMutex mutex;
    int64_t now = g_get_monotonic_time();
    bool allowed;

    g_mutex_lock(&mutex);
    allowed = site->count < SITE_BURST || now >= site->next_us;
    if (allowed) {
        site->next_us = now + SITE_PERIOD_US;
        site->count++;
    } else {
        site->dropped++;
    }
    g_mutex_unlock(&mutex);
    return allowed;
}

static void deliver(struct pending *p)
{
    for (GSList *l = listeners, *next; l; l = next) {
        struct listener *li = l->data;

        next = l->next; /* a listener may remove itself */
        li->fn(li->opaque, p->name, p->data, p->time_us);
    }
    if (p->data) {
        g_variant_unref(p->data);
    }
    g_free(p->name);
    g_free(p);
}

static struct pending *next_waiting(void)
{
    struct pending *p;

    g_mutex_lock(&waiting_lock);
    p = g_queue_pop_head(&waiting);
    g_mutex_unlock(&waiting_lock);
    return p;
}

void event_deliver(void)
{
    struct pending *p;

    while ((p = next_waiting()) != NULL) {
        deliver(p);
    }
}

/* The one that was posted, unless it went earlier. */
static void posted(void *opaque)
{
    struct pending *p = next_waiting();

    (void)opaque;
    if (p) {
        deliver(p);
    }
}

void event_raise(const char *name, GVariant *data)
{
    struct pending *p = g_new0(struct pending, 1);

    p->name = g_strdup(name);
    p->data = data ? g_variant_ref_sink(data) : NULL;
    p->time_us = g_get_real_time();
    g_mutex_lock(&waiting_lock);
    g_queue_push_tail(&waiting, p);
    g_mutex_unlock(&waiting_lock);
    loop_post(posted, NULL);
}

void event_listen(event_fn *fn, void *opaque)
{
    struct listener *li = g_new0(struct listener, 1);

    li->fn = fn;
    li->opaque = opaque;
    listeners = g_slist_append(listeners, li);
}

void event_unlisten(event_fn *fn, void *opaque)
{
    for (GSList *l = listeners; l; l = l->next) {
        struct listener *li = l->data;

        if (li->fn == fn && li->opaque == opaque) {
            listeners = g_slist_delete_link(listeners, l);
            g_free(li);
            return;
        }
    }
}
