/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop thread on GLib's main context: see loop.h. Kicks sit on a lock-free stack that the loop
 * looks at before it polls. It says first that it will sleep, and who kicks looks at that last: of two
 * at the same time at least one sees the other. Only a kick that finds it asleep writes the eventfd, so
 * that of those under load, and of all that the loop's own callbacks make, few are a system call.
 */
#include "core/loop.h"

#include <glib-unix.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct post {
    loop_fn *fn;
    void *opaque;
};

static GMainLoop *main_loop;
static GThread *loop_thread;
static int wake_fd = -1;
static gpointer wake_tag;
static struct loop_kick *kicked; /* atomic stack head */
static int asleep;               /* atomic: the loop polls, or is about to */

static GMutex post_lock;
static GQueue posts = G_QUEUE_INIT;
static struct loop_kick post_kick;

static struct loop_kick *running; /* the part taken off the stack; loop thread only */

static void push(struct loop_kick *k)
{
    struct loop_kick *head = __atomic_load_n(&kicked, __ATOMIC_RELAXED);
    uint64_t one = 1;

    do {
        k->next = head;
    } while (
        !__atomic_compare_exchange_n(&kicked, &head, k, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    if (__atomic_load_n(&asleep, __ATOMIC_SEQ_CST) &&
        __atomic_exchange_n(&asleep, 0, __ATOMIC_SEQ_CST) &&
        write(wake_fd, &one, sizeof(one)) < 0) {
        /* the counter is full, so the loop is awake already */
    }
}

/* Append what was kicked to `running`, oldest first. */
static void take_kicked(void)
{
    struct loop_kick *list = __atomic_exchange_n(&kicked, NULL, __ATOMIC_ACQ_REL);
    struct loop_kick *ordered = NULL, **tail = &running;

    while (list) { /* the stack is last in, first out: turn it round */
        struct loop_kick *next = list->next;

        list->next = ordered;
        ordered = list;
        list = next;
    }
    while (*tail) {
        tail = &(*tail)->next;
    }
    *tail = ordered;
}

static void run_kicks(void)
{
    take_kicked();
    while (running) {
        struct loop_kick *k = running;

        running = k->next;
        __atomic_store_n(&k->pending, 0, __ATOMIC_RELEASE);
        k->fn(k->opaque);
    }
}

static bool waiting(void)
{
    return running || __atomic_load_n(&kicked, __ATOMIC_SEQ_CST);
}

/* -- the source of kicks -- */

static gboolean kicks_prepare(GSource *source, gint *timeout)
{
    (void)source;
    (void)timeout; /* true is at once */
    __atomic_store_n(&asleep, 1, __ATOMIC_SEQ_CST);
    if (!waiting()) {
        return FALSE;
    }
    __atomic_store_n(&asleep, 0, __ATOMIC_RELAXED);
    return TRUE;
}

static gboolean kicks_check(GSource *source)
{
    __atomic_store_n(&asleep, 0, __ATOMIC_RELAXED);
    return waiting() || g_source_query_unix_fd(source, wake_tag);
}

static gboolean kicks_dispatch(GSource *source, GSourceFunc fn, gpointer opaque)
{
    uint64_t n;

    (void)fn;
    (void)opaque;
    if (g_source_query_unix_fd(source, wake_tag) && read(wake_fd, &n, sizeof(n)) < 0) {
        /* spurious: nothing to clear */
    }
    run_kicks();
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs kicks = {
    .prepare = kicks_prepare,
    .check = kicks_check,
    .dispatch = kicks_dispatch,
};

static void run_posts(void *opaque)
{
    (void)opaque;
    for (;;) {
        struct post *p;

        g_mutex_lock(&post_lock);
        p = g_queue_pop_head(&posts);
        g_mutex_unlock(&post_lock);
        if (!p) {
            return;
        }
        p->fn(p->opaque);
        g_free(p);
    }
}

void loop_init(void)
{
    GSource *source;

    if (main_loop) {
        return;
    }
    main_loop = g_main_loop_new(NULL, FALSE);
    loop_thread = g_thread_self();
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    source = g_source_new(&kicks, sizeof(GSource));
    wake_tag = g_source_add_unix_fd(source, wake_fd, G_IO_IN);
    g_source_attach(source, NULL);
    g_source_unref(source);
    loop_kick_init(&post_kick, run_posts, NULL);
}

void loop_run(void)
{
    g_main_loop_run(main_loop);
}

static void quit(void *opaque)
{
    (void)opaque;
    g_main_loop_quit(main_loop);
}

void loop_quit(void)
{
    loop_post(quit, NULL); /* posted: a quit before loop_run() still ends it */
}

bool loop_iterate(bool block)
{
    return g_main_context_iteration(NULL, block);
}

bool loop_here(void)
{
    return g_thread_self() == loop_thread;
}

void loop_post(loop_fn *fn, void *opaque)
{
    struct post *p = g_new(struct post, 1);

    p->fn = fn;
    p->opaque = opaque;
    g_mutex_lock(&post_lock);
    g_queue_push_tail(&posts, p);
    g_mutex_unlock(&post_lock);
    loop_kick(&post_kick);
}

void loop_kick_init(struct loop_kick *k, loop_fn *fn, void *opaque)
{
    k->fn = fn;
    k->opaque = opaque;
    k->pending = 0;
    k->next = NULL;
}

void loop_kick(struct loop_kick *k)
{
    if (__atomic_exchange_n(&k->pending, 1, __ATOMIC_ACQ_REL) == 0) {
        push(k);
    }
}

void loop_kick_cancel(struct loop_kick *k)
{
    take_kicked();
    for (struct loop_kick **p = &running; *p; p = &(*p)->next) {
        if (*p == k) {
            *p = k->next;
            __atomic_store_n(&k->pending, 0, __ATOMIC_RELEASE);
            break;
        }
    }
}

unsigned loop_watch(int fd, GIOCondition cond,
                    gboolean (*fn)(int fd, GIOCondition cond, void *opaque), void *opaque)
{
    return g_unix_fd_add(fd, cond, fn, opaque);
}

void loop_unwatch(unsigned *tag)
{
    if (*tag) {
        g_source_remove(*tag);
        *tag = 0;
    }
}
