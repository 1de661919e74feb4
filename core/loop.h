/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop thread: the thread that ran loop_init(), on GLib's default main context. Host back ends
 * and timers live here. Work reaches it from other threads by loop_post() or, on hot paths, by a
 * preallocated loop_kick.
 */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <glib.h>
#include <stdbool.h>

typedef void loop_fn(void *opaque);

/* A preallocated request to run fn(opaque) in the loop thread; kicks before it runs merge. */
struct loop_kick {
    loop_fn *fn;
    void *opaque;
    int pending;            /* atomic */
    struct loop_kick *next; /* owned by the loop while pending */
};

/* Make the calling thread the loop thread. Once, before anything else here. Cannot fail. */
void loop_init(void);

/* Serve until loop_quit(). Loop thread only. */
void loop_run(void);

/* End loop_run() after the current callback. Any thread; async-signal-unsafe. */
void loop_quit(void);

/* Serve at most one round of ready sources, waiting when `block`. For tests and shutdown. */
bool loop_iterate(bool block);

/* True in the loop thread. */
bool loop_here(void);

/* Run fn(opaque) once in the loop thread, in order of posting. Any thread. Allocates. */
void loop_post(loop_fn *fn, void *opaque);

/* Prepare a kick; it must stay valid until it has run or loop_kick_cancel() returned. */
void loop_kick_init(struct loop_kick *k, loop_fn *fn, void *opaque);

/* Ask for the kick to run. Any thread, any lock; no allocation; wakes the loop if it sleeps. */
void loop_kick(struct loop_kick *k);

/* Make sure the kick is not pending. Loop thread only. */
void loop_kick_cancel(struct loop_kick *k);

/*
 * Watch a descriptor. fn is called in the loop thread with the conditions that hold; it returns
 * false to remove the watch. Returns a tag for loop_unwatch(). Loop thread only.
 */
unsigned loop_watch(int fd, GIOCondition cond,
                    gboolean (*fn)(int fd, GIOCondition cond, void *opaque), void *opaque);
void loop_unwatch(unsigned *tag);

#endif
