/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events at a bounded rate: see event_gate.h. */
#include "core/event_gate.h"

#define PERIOD_US G_USEC_PER_SEC

static void raise_now(struct event_gate *g)
{
    g->next_us = g_get_monotonic_time() + PERIOD_US;
    g->raise(g->opaque);
}

static gboolean due(void *opaque)
{
    struct event_gate *g = opaque;

    g->timer = 0;
    raise_now(g);
    return G_SOURCE_REMOVE;
}

static void rung(void *opaque)
{
    struct event_gate *g = opaque;
    gint64 left = g->next_us - g_get_monotonic_time();

    if (g->timer) {
        return; /* it will speak for this one, too */
    }
    if (left <= 0) {
        raise_now(g);
    } else {
        g->timer = g_timeout_add((guint)(left / 1000 + 1), due, g);
    }
}

void event_gate_init(struct event_gate *g, void (*raise)(void *opaque), void *opaque)
{
    *g = (struct event_gate){.raise = raise, .opaque = opaque};
    loop_kick_init(&g->kick, rung, g);
}

void event_gate_ring(struct event_gate *g)
{
    loop_kick(&g->kick);
}

void event_gate_exit(struct event_gate *g)
{
    loop_kick_cancel(&g->kick);
    loop_unwatch(&g->timer);
}
