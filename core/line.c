/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Byte lines: see line.h. */
#include "core/line.h"

#include "core/device.h"
#include "core/loop.h"
#include "core/trace.h"

#include <string.h>

struct line {
    char *name;
    char *label;
    /* guest end */
    struct device *dev;
    const struct line_guest_ops *guest;
    void *guest_opaque;
    bool attached;
    /* host end */
    const struct line_host_ops *host;
    void *host_opaque;
    struct loop_kick pending, ready, drained, settings, opened;
    bool open; /* a peer is there */
    /* leaf */
    GMutex lock;
    uint8_t *queue; /* LINE_QUEUE bytes, made with the host end */
    uint32_t head, len;
    bool discard;
    bool short_write;
    bool params_set;
    struct line_params params;
    uint8_t modem_out, modem_in;
};

static GPtrArray *lines;

static void run_pending(void *opaque)
{
    struct line *l = opaque;

    if (l->host && l->host->pending) {
        l->host->pending(l->host_opaque);
    }
}

static void run_ready(void *opaque)
{
    struct line *l = opaque;

    if (l->host && l->host->guest_ready) {
        l->host->guest_ready(l->host_opaque);
    }
}

static void run_settings(void *opaque)
{
    struct line *l = opaque;
    struct line_params p;
    uint8_t modem;
    bool set;

    g_mutex_lock(&l->lock);
    p = l->params;
    set = l->params_set;
    modem = l->modem_out;
    g_mutex_unlock(&l->lock);
    if (l->host && l->host->params && set) {
        l->host->params(l->host_opaque, &p);
    }
    if (l->host && l->host->modem) {
        l->host->modem(l->host_opaque, modem);
    }
}

static void enter(const struct line *l)
{
    if (l->dev) {
        device_enter(l->dev);
    }
}

static void leave(const struct line *l)
{
    if (l->dev) {
        device_leave(l->dev);
    }
}

static void run_drained(void *opaque)
{
    struct line *l = opaque;

    if (l->guest && l->guest->drained) {
        enter(l);
        l->guest->drained(l->guest_opaque);
        leave(l);
    }
}

/* A guest end that attaches to an open line hears so. */
static void run_opened(void *opaque)
{
    struct line *l = opaque;

    if (l->open && l->guest && l->guest->event) {
        enter(l);
        l->guest->event(l->guest_opaque, LINE_OPENED);
        leave(l);
    }
}

struct line *line_new(const char *name)
{
    struct line *l;

    if (line_find(name)) {
        return NULL;
    }
    l = g_new0(struct line, 1);
    l->name = g_strdup(name);
    l->label = g_strdup("null");
    g_mutex_init(&l->lock);
    loop_kick_init(&l->pending, run_pending, l);
    loop_kick_init(&l->ready, run_ready, l);
    loop_kick_init(&l->drained, run_drained, l);
    loop_kick_init(&l->settings, run_settings, l);
    loop_kick_init(&l->opened, run_opened, l);
    l->modem_in = LINE_CTS | LINE_DSR | LINE_DCD;
    if (!lines) {
        lines = g_ptr_array_new();
    }
    g_ptr_array_add(lines, l);
    return l;
}

struct line *line_find(const char *name)
{
    for (guint i = 0; lines && i < lines->len; i++) {
        struct line *l = g_ptr_array_index(lines, i);

        if (strcmp(l->name, name) == 0) {
            return l;
        }
    }
    return NULL;
}

void line_each(void (*fn)(struct line *l, void *opaque), void *opaque)
{
    for (guint i = 0; lines && i < lines->len; i++) {
        fn(g_ptr_array_index(lines, i), opaque);
    }
}

const char *line_name(const struct line *l)
{
    return l->name;
}

const char *line_label(const struct line *l)
{
    return l->label;
}

void line_set_label(struct line *l, const char *label)
{
    g_free(l->label);
    l->label = g_strdup(label);
}

void line_free(struct line *l)
{
    if (l->host && l->host->close) {
        l->host->close(l->host_opaque);
    }
    loop_kick_cancel(&l->pending);
    loop_kick_cancel(&l->ready);
    loop_kick_cancel(&l->drained);
    loop_kick_cancel(&l->settings);
    loop_kick_cancel(&l->opened);
    g_ptr_array_remove(lines, l);
    g_mutex_clear(&l->lock);
    g_free(l->queue);
    g_free(l->label);
    g_free(l->name);
    g_free(l);
}

void line_free_all(void)
{
    while (lines && lines->len) {
        line_free(g_ptr_array_index(lines, lines->len - 1));
    }
}

/* -- guest side -- */

bool line_attach(struct line *l, struct device *dev, const struct line_guest_ops *ops, void *opaque)
{
    if (l->attached) {
        return false;
    }
    l->attached = true;
    l->dev = dev;
    l->guest_opaque = opaque;
    l->guest = ops;
    loop_kick(&l->opened);
    loop_kick(&l->ready);
    return true;
}

void line_detach(struct line *l)
{
    l->guest = NULL;
    l->dev = NULL;
    l->attached = false;
    loop_kick_cancel(&l->drained);
}

bool line_attached(const struct line *l)
{
    return l->attached;
}

uint32_t line_write(struct line *l, const void *buf, uint32_t len)
{
    const uint8_t *from = buf;
    uint32_t n;

    if (!l->host) {
        return len;
    }
    g_mutex_lock(&l->lock);
    if (l->discard) {
        g_mutex_unlock(&l->lock);
        return len;
    }
    n = MIN(len, LINE_QUEUE - l->len);
    for (uint32_t i = 0; i < n; i++) {
        l->queue[(l->head + l->len + i) % LINE_QUEUE] = from[i];
    }
    l->len += n;
    l->short_write = n < len;
    g_mutex_unlock(&l->lock);
    if (n) {
        loop_kick(&l->pending);
    }
    return n;
}

void line_ready(struct line *l)
{
    loop_kick(&l->ready);
}

void line_set_params(struct line *l, const struct line_params *p)
{
    g_mutex_lock(&l->lock);
    l->params = *p;
    l->params_set = true;
    g_mutex_unlock(&l->lock);
    loop_kick(&l->settings);
}

void line_set_modem(struct line *l, uint8_t out)
{
    g_mutex_lock(&l->lock);
    l->modem_out = out;
    g_mutex_unlock(&l->lock);
    loop_kick(&l->settings);
}

uint8_t line_modem(const struct line *l)
{
    return __atomic_load_n(&l->modem_in, __ATOMIC_RELAXED);
}

/* -- host side -- */

void line_host_attach(struct line *l, const struct line_host_ops *ops, void *opaque)
{
    if (!l->queue) {
        l->queue = g_malloc(LINE_QUEUE);
    }
    l->host_opaque = opaque;
    l->host = ops;
}

uint32_t line_take(struct line *l, uint8_t *buf, uint32_t max)
{
    uint32_t n;
    bool tell;

    g_mutex_lock(&l->lock);
    n = MIN(max, l->len);
    for (uint32_t i = 0; i < n; i++) {
        buf[i] = l->queue[(l->head + i) % LINE_QUEUE];
    }
    l->head = (l->head + n) % LINE_QUEUE;
    l->len -= n;
    tell = n && l->short_write;
    l->short_write = l->short_write && !tell;
    g_mutex_unlock(&l->lock);
    if (tell) {
        loop_kick(&l->drained);
    }
    return n;
}

uint32_t line_queued(const struct line *l)
{
    return __atomic_load_n(&l->len, __ATOMIC_RELAXED);
}

uint32_t line_room(struct line *l)
{
    uint32_t room = 0;

    if (l->guest && l->guest->receive) {
        enter(l);
        room = l->guest->room ? l->guest->room(l->guest_opaque) : UINT32_MAX;
        leave(l);
    }
    return room;
}

uint32_t line_deliver(struct line *l, const uint8_t *buf, uint32_t len)
{
    uint32_t room;

    if (!l->guest || !l->guest->receive) {
        return 0;
    }
    enter(l);
    room = l->guest->room ? l->guest->room(l->guest_opaque) : len;
    len = MIN(len, room);
    if (len) {
        if (l->dev && trace_active()) {
            trace_data(TRACE_BYTES, "line", l->name, buf, len);
        }
        l->guest->receive(l->guest_opaque, buf, len);
    }
    leave(l);
    return len;
}

void line_host_event(struct line *l, enum line_event event)
{
    if (event == LINE_OPENED || event == LINE_CLOSED) {
        l->open = event == LINE_OPENED;
        loop_kick_cancel(&l->opened);
    }
    if (l->guest && l->guest->event) {
        enter(l);
        l->guest->event(l->guest_opaque, event);
        leave(l);
    }
}

void line_host_modem(struct line *l, uint8_t in)
{
    __atomic_store_n(&l->modem_in, in, __ATOMIC_RELAXED);
}

void line_host_discard(struct line *l, bool discard)
{
    bool tell;

    g_mutex_lock(&l->lock);
    l->discard = discard;
    if (discard) {
        l->head = 0;
        l->len = 0;
    }
    tell = discard && l->short_write;
    l->short_write = l->short_write && !tell;
    g_mutex_unlock(&l->lock);
    if (tell) {
        loop_kick(&l->drained);
    }
}
