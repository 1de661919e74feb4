/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event that a guest can cause as often as it likes: raised at most once a second, and the last
 * time is never lost.
 */
#ifndef CORE_EVENT_GATE_H
#define CORE_EVENT_GATE_H

#include "core/loop.h"

struct event_gate {
    void (*raise)(void *opaque); /* in the loop thread; calls event_raise() */
    void *opaque;
    struct loop_kick kick;
    unsigned timer;
    gint64 next_us; /* earliest time of the next */
};

void event_gate_init(struct event_gate *g, void (*raise)(void *opaque), void *opaque);
/* It happened. Any thread, any lock; no allocation. */
void event_gate_ring(struct event_gate *g);
/* Loop thread; nobody rings any more. */
void event_gate_exit(struct event_gate *g);

#endif
