/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One client of a monitor on a line, whichever language it speaks. Input is served a command at a
 * time, so that a flood of one client leaves the loop to the others; while answers wait that the
 * client does not read, its commands wait, too; one that lets too much pile up is hung up on.
 */
#ifndef MONITOR_SESSION_H
#define MONITOR_SESSION_H

#include "core/line.h"
#include "core/loop.h"
#include "monitor/monitor.h"

#include <glib.h>

struct session;

struct session_kind {
    /* Take one byte; true when that completed a command, which has been run. */
    bool (*feed)(struct session *s, uint8_t byte);
    void (*opened)(struct session *s); /* a client is there: greet it */
    void (*closed)(struct session *s); /* forget what it said */
    void (*event)(struct session *s, const char *name, GVariant *data, int64_t time_us);
    void (*free)(struct session *s);
};

struct session {
    struct line *line;
    const struct session_kind *kind;
    void *opaque; /* the kind's */
    bool pretty;
    /* the session's own */
    bool busy;  /* a command has run in this turn of the loop */
    bool ended; /* the client sends no more; it may read on */
    GByteArray *out;
    bool muted;
    struct loop_kick more, drop;
};

/* The one whose command runs, NULL in between. */
extern struct session *session_current;

struct session *session_new(struct line *line, const struct session_kind *kind, void *opaque,
                            GError **error);
void session_send(struct session *s, const void *buf, gsize len);
void session_free_all(void);

/* The kinds: qmp.c, hmp.c. */
struct session *qmp_attach(struct line *line, bool pretty, GError **error);
struct session *hmp_attach(struct line *line, GError **error);

#endif
