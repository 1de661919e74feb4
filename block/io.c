/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Worker threads: see io.h. The queue is bounded by the drives' requests, one each. */
#include "block/io.h"

#include "core/report.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#define THREADS_MAX 4
#define STACK_BYTES (128 * 1024)

static GMutex lock;
static GCond work_there;     /* for workers */
static GCond target_drained; /* for io_drain() */
static struct io_target *first, *last;
static unsigned threads, idle, queued;

static void push_target(struct io_target *t)
{
    t->next = NULL;
    t->waiting = true;
    if (last) {
        last->next = t;
    } else {
        first = t;
    }
    last = t;
}

static struct io_target *pop_target(void)
{
    struct io_target *t = first;

    first = t->next;
    if (!first) {
        last = NULL;
    }
    t->waiting = false;
    return t;
}

static struct disk_request *pop_request(struct io_target *t)
{
    struct disk_request *req = t->head;

    t->head = req->backend;
    if (!t->head) {
        t->tail = NULL;
    }
    req->backend = NULL;
    queued--;
    return req;
}

static void serve_one(void)
{
    struct io_target *t = pop_target();
    struct disk_request *req = pop_request(t);
    int error;

    if (t->head) { /* round robin among images */
        push_target(t);
    }
    t->running++;
    g_mutex_unlock(&lock);
    error = t->work(t, req);
    disk_complete(req, error);
    g_mutex_lock(&lock);
    if (--t->running == 0 && !t->head) {
        g_cond_broadcast(&target_drained);
    }
}

static void *worker(void *unused)
{
    (void)unused;
    pthread_setname_np(pthread_self(), "vmx-io");
    g_mutex_lock(&lock);
    for (;;) {
        while (!first) {
            idle++;
            g_cond_wait(&work_there, &lock);
            idle--;
        }
        serve_one();
    }
    return NULL;
}

/* One more thread, with all signals left to the others. `lock` held. */
static void start_thread(void)
{
    pthread_attr_t attr;
    sigset_t all, old;
    pthread_t thread;

    sigfillset(&all);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    if (pthread_create(&thread, &attr, worker, NULL) == 0) {
        threads++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
}

void io_submit(struct io_target *t, struct disk_request *req)
{
    bool refused;

    req->backend = NULL;
    g_mutex_lock(&lock);
    if (idle <= queued && threads < THREADS_MAX) {
        start_thread();
    }
    refused = threads == 0;
    if (!refused) {
        if (t->tail) {
            t->tail->backend = req;
        } else {
            t->head = req;
        }
        t->tail = req;
        queued++;
        if (!t->waiting) {
            push_target(t);
        }
        g_cond_signal(&work_there);
    }
    g_mutex_unlock(&lock);
    if (refused) {
        report_limited("no thread for disk requests: raise the limit of processes (ulimit -u)");
        disk_complete(req, -EAGAIN);
    }
}

void io_drain(struct io_target *t)
{
    g_mutex_lock(&lock);
    while (t->head || t->running) {
        g_cond_wait(&target_drained, &lock);
    }
    g_mutex_unlock(&lock);
}
