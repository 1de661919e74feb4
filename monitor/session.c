/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients of monitors: see session.h. */
#include "monitor/session.h"

#include "chardev/chardev.h"
#include "core/report.h"
#include "monitor/command.h"

#define OUTPUT_WAIT (64u << 10) /* more than this unread: no further command is served */
#define OUTPUT_MAX (1u << 20)   /* more than this: the client is hung up on */

struct session *session_current;
static GSList *sessions;

/* -- output -- */

static void flush(struct session *s)
{
    uint32_t n;

    if (s->out->len) {
        n = line_write(s->line, s->out->data, s->out->len);
        g_byte_array_remove_range(s->out, 0, n);
    }
    if (s->out->len == 0) {
        s->muted = false; /* one that cannot be hung up on, but reads again */
        if (s->ended) {
            chardev_finish(s->line);
        }
    }
}

static void drop(void *opaque)
{
    struct session *s = opaque;

    chardev_hang_up(s->line);
}

void session_send(struct session *s, const void *buf, gsize len)
{
    if (s->muted) {
        return;
    }
    if (len > OUTPUT_MAX || s->out->len + len > OUTPUT_MAX) {
        report_limited("monitor %s does not read its answers; the connection is closed",
                       line_name(s->line));
        s->muted = true;
        loop_kick(&s->drop);
        return;
    }
    g_byte_array_append(s->out, buf, (guint)len);
    flush(s);
}

/* -- input: a byte at a time, so that what follows a command waits with the back end -- */

static uint32_t room(void *opaque)
{
    const struct session *s = opaque;

    return s->busy || s->out->len >= OUTPUT_WAIT ? 0 : 1;
}

static void receive(void *opaque, const uint8_t *buf, uint32_t len)
{
    struct session *s = opaque;

    session_current = s;
    for (uint32_t i = 0; i < len; i++) {
        s->busy = s->kind->feed(s, buf[i]) || s->busy;
    }
    session_current = NULL;
    if (s->busy) {
        loop_kick(&s->more);
    }
}

static void more(void *opaque)
{
    struct session *s = opaque;

    s->busy = false;
    line_ready(s->line);
}

static void forget(struct session *s)
{
    loop_kick_cancel(&s->more);
    loop_kick_cancel(&s->drop);
    g_byte_array_set_size(s->out, 0);
    s->busy = false;
    s->ended = false;
    s->muted = false;
    s->kind->closed(s);
}

static void changed(void *opaque, enum line_event event)
{
    struct session *s = opaque;

    if (event == LINE_ENDED) {
        s->ended = true;
        flush(s);
        return;
    }
    if (event == LINE_BREAK) {
        return;
    }
    forget(s);
    if (event == LINE_OPENED) {
        s->kind->opened(s);
    }
}

static void drained(void *opaque)
{
    struct session *s = opaque;

    flush(s);
    if (s->out->len < OUTPUT_WAIT) {
        line_ready(s->line);
    }
}

static const struct line_guest_ops line_ops = {
    .room = room,
    .receive = receive,
    .event = changed,
    .drained = drained,
};

static void event(void *opaque, const char *name, GVariant *data, int64_t time_us)
{
    struct session *s = opaque;

    if (s->kind->event) {
        s->kind->event(s, name, data, time_us);
    }
}

/* -- life -- */

struct session *session_new(struct line *line, const struct session_kind *kind, void *opaque,
                            GError **error)
{
    struct session *s;

    if (line_attached(line)) {
        return qmp_fail(error, "chardev %s is in use by another device", line_name(line));
    }
    s = g_new0(struct session, 1);
    s->line = line;
    s->kind = kind;
    s->opaque = opaque;
    s->out = g_byte_array_new();
    loop_kick_init(&s->more, more, s);
    loop_kick_init(&s->drop, drop, s);
    line_attach(line, NULL, &line_ops, s);
    chardev_make_private(line);
    event_listen(event, s);
    sessions = g_slist_prepend(sessions, s);
    return s;
}

void session_free_all(void)
{
    while (sessions) {
        struct session *s = sessions->data;

        event_unlisten(event, s);
        flush(s);
        loop_kick_cancel(&s->more);
        loop_kick_cancel(&s->drop);
        line_detach(s->line);
        s->kind->free(s);
        g_byte_array_free(s->out, TRUE);
        g_free(s);
        sessions = g_slist_delete_link(sessions, sessions);
    }
}
