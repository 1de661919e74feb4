/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal shared by the guest's console and a monitor: Ctrl-A c says whose the keys are. What
 * either prints goes to the terminal. The monitor is made when it is first asked for.
 */
#include "chardev/priv.h"
#include "core/loop.h"

#include <string.h>

#define RETRY_MS 20 /* the terminal is paused */
#define HOLD 256u

struct mux {
    struct stream *s;
    struct line *line; /* the monitor's */
    bool active;
    unsigned retry;
    uint8_t hold[HOLD]; /* keys that the monitor has no time for yet */
    uint32_t held;
};

static chardev_monitor_fn *opener;

void chardev_on_monitor(chardev_monitor_fn *fn)
{
    opener = fn;
}

static void output(void *opaque);

static gboolean retry(void *opaque)
{
    struct mux *m = opaque;

    m->retry = 0;
    output(m);
    return G_SOURCE_REMOVE;
}

static void output(void *opaque)
{
    struct mux *m = opaque;
    const struct stream *s = m->s;
    uint32_t room = STREAM_OUT - (s->out_pos == s->out_len ? 0 : s->out_len);
    uint8_t buf[1024];
    uint32_t n;

    while (room && (n = line_take(m->line, buf, MIN(room, sizeof(buf)))) > 0) {
        stream_send(m->s, buf, n);
        room -= n;
    }
    if (line_queued(m->line) && !m->retry) {
        m->retry = g_timeout_add(RETRY_MS, retry, m);
    }
}

static void offer(void *opaque)
{
    struct mux *m = opaque;
    uint32_t done = 0, n;

    while (done < m->held && (n = line_deliver(m->line, m->hold + done, m->held - done)) > 0) {
        done += n;
    }
    m->held -= done;
    memmove(m->hold, m->hold + done, m->held);
}

static void closing(void *opaque)
{
    struct mux *m = opaque;

    if (m->retry) {
        g_source_remove(m->retry);
    }
    m->s->mux = NULL;
    g_free(m);
}

static const struct line_host_ops ops = {.pending = output, .guest_ready = offer, .close = closing};

static struct mux *make(struct stream *s)
{
    g_autofree char *name = g_strconcat(line_name(s->base.line), "-monitor", NULL);
    struct line *line = opener ? line_new(name) : NULL;
    struct mux *m;

    if (!line) {
        return NULL;
    }
    m = g_new0(struct mux, 1);
    m->s = s;
    m->line = line;
    line_set_label(line, "mux");
    line_host_attach(line, &ops, m);
    opener(line);
    if (line_attached(line)) {
        line_host_event(line, LINE_OPENED);
        return m;
    }
    s->mux = m; /* closing() takes it back */
    line_free(line);
    return NULL;
}

void mux_toggle(struct stream *s)
{
    static const char none[] = "\r\nthere is no monitor\r\n";
    bool fresh = s->mux == NULL;

    if (fresh) {
        s->mux = make(s);
    }
    if (!s->mux) {
        stream_send(s, (const uint8_t *)none, sizeof(none) - 1);
        return;
    }
    s->mux->active = !s->mux->active;
    if (s->mux->active && !fresh) {
        mux_input(s, '\r'); /* a prompt on a line of its own */
    }
}

bool mux_input(struct stream *s, uint8_t byte)
{
    struct mux *m = s->mux;

    if (!m || !m->active) {
        return false;
    }
    if (m->held < HOLD) {
        m->hold[m->held++] = byte;
    }
    offer(m);
    return true;
}
