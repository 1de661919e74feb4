/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frame links: see link.h. The transmit queue is one producer (the NIC, under its lock) and one
 * consumer (the loop), so two counters suffice; the receive queue lives in the loop thread alone.
 */
#include "core/link.h"

#include "core/device.h"
#include "core/loop.h"
#include "core/stats.h"
#include "core/trace.h"

#include <string.h>

struct frame {
    uint32_t len;
    uint8_t data[LINK_FRAME_MAX];
};

struct tap {
    const struct link_tap_ops *ops;
    void *opaque;
};

struct link {
    char *name;
    struct device *dev;
    const struct link_guest_ops *guest;
    void *guest_opaque;
    const struct link_host_ops *host;
    void *host_opaque;
    struct loop_kick pending, writable, ready;
    bool carrier; /* atomic: line && !unplugged */
    bool line, unplugged;
    bool removed;              /* from the list: freed with link_detach() */
    GSList *taps;              /* struct tap * */
    struct frame *tx, *rx;     /* made on first use */
    uint32_t tx_head, tx_tail; /* atomic; head: next to take, tail: next to fill */
    bool tx_blocked;           /* atomic */
    uint32_t rx_head, rx_len;
    bool host_blocked;
    struct stats_net *stats, own; /* counters atomic */
};

static GPtrArray *links;

static void count(uint64_t *field, uint64_t n)
{
    __atomic_fetch_add(field, n, __ATOMIC_RELAXED);
}

static void enter(const struct link *l)
{
    if (l->dev) {
        device_enter(l->dev);
    }
}

static void leave(const struct link *l)
{
    if (l->dev) {
        device_leave(l->dev);
    }
}

static void show(const struct link *l, const uint8_t *frame, uint32_t len, bool to_guest)
{
    for (GSList *i = l->taps; i; i = i->next) {
        const struct tap *t = i->data;

        t->ops->frame(t->opaque, frame, len, to_guest);
    }
}

/* Throw away what the guest sent; who waits for room is told. */
static void drain(struct link *l)
{
    uint32_t len;

    while (link_take(l, &len)) {
        link_take_done(l);
    }
}

static void run_pending(void *opaque)
{
    struct link *l = opaque;

    if (l->removed) {
        drain(l);
    } else if (l->host && l->host->pending) {
        l->host->pending(l->host_opaque);
    }
}

static void run_writable(void *opaque)
{
    struct link *l = opaque;

    if (l->guest && l->guest->writable) {
        enter(l);
        l->guest->writable(l->guest_opaque);
        leave(l);
    }
}

/* Offer a frame to the NIC. */
static bool offer(struct link *l, const uint8_t *frame, uint32_t len)
{
    bool taken;

    enter(l);
    taken = l->guest->receive(l->guest_opaque, frame, len);
    if (taken && trace_active()) {
        trace_data(TRACE_FRAME, "link", l->name, frame, len);
    }
    leave(l);
    return taken;
}

/* Offer the queued frames until the NIC says no. */
static void run_ready(void *opaque)
{
    struct link *l = opaque;

    while (l->guest && l->rx_len) {
        const struct frame *f = &l->rx[l->rx_head];

        if (!offer(l, f->data, f->len)) {
            return;
        }
        l->rx_head = (l->rx_head + 1) % LINK_RX_FRAMES;
        l->rx_len--;
    }
    if (l->host_blocked && l->host && l->host->guest_ready) {
        l->host_blocked = false;
        l->host->guest_ready(l->host_opaque);
    }
}

struct link *link_new(const char *name)
{
    struct link *l;

    if (link_find(name)) {
        return NULL;
    }
    l = g_new0(struct link, 1);
    l->name = g_strdup(name);
    l->stats = stats_net(name);
    if (!l->stats) {
        l->stats = &l->own;
    }
    l->carrier = true;
    l->line = true;
    loop_kick_init(&l->pending, run_pending, l);
    loop_kick_init(&l->writable, run_writable, l);
    loop_kick_init(&l->ready, run_ready, l);
    if (!links) {
        links = g_ptr_array_new();
    }
    g_ptr_array_add(links, l);
    return l;
}

struct link *link_find(const char *name)
{
    for (guint i = 0; links && i < links->len; i++) {
        struct link *l = g_ptr_array_index(links, i);

        if (strcmp(l->name, name) == 0) {
            return l;
        }
    }
    return NULL;
}

void link_each(void (*fn)(struct link *l, void *opaque), void *opaque)
{
    for (guint i = 0; links && i < links->len; i++) {
        fn(g_ptr_array_index(links, i), opaque);
    }
}

const char *link_name(const struct link *l)
{
    return l->name;
}

/* Everything on the host's side of the link. */
static void close_host(struct link *l)
{
    const struct link_host_ops *host = l->host;

    __atomic_store_n(&l->host, NULL, __ATOMIC_RELAXED);
    if (host && host->close) {
        host->close(l->host_opaque);
    }
    while (l->taps) {
        struct tap *t = l->taps->data;

        if (t->ops->close) {
            t->ops->close(t->opaque);
        }
        l->taps = g_slist_delete_link(l->taps, l->taps);
        g_free(t);
    }
}

static void free_rest(struct link *l)
{
    loop_kick_cancel(&l->pending);
    loop_kick_cancel(&l->writable);
    loop_kick_cancel(&l->ready);
    g_free(l->tx);
    g_free(l->rx);
    g_free(l->name);
    g_free(l);
}

void link_free(struct link *l)
{
    close_host(l);
    g_ptr_array_remove(links, l);
    stats_net_gone(l->stats);
    free_rest(l);
}

void link_remove(struct link *l)
{
    if (!l->guest || !l->dev) { /* a hub lets go by itself */
        link_free(l);
        return;
    }
    link_set_carrier(l, false); /* nothing is queued from now on, and the guest hears of it */
    close_host(l);
    g_ptr_array_remove(links, l);
    stats_net_gone(l->stats);
    l->removed = true;
    l->rx_len = 0;
    drain(l);
}

void link_free_all(void)
{
    while (links && links->len) {
        link_free(g_ptr_array_index(links, links->len - 1));
    }
}

struct link_stats link_stats(struct link *l)
{
    struct link_stats s;

    s.tx_frames = __atomic_load_n(&l->stats->tx_frames, __ATOMIC_RELAXED);
    s.tx_bytes = __atomic_load_n(&l->stats->tx_bytes, __ATOMIC_RELAXED);
    s.rx_frames = __atomic_load_n(&l->stats->rx_frames, __ATOMIC_RELAXED);
    s.rx_bytes = __atomic_load_n(&l->stats->rx_bytes, __ATOMIC_RELAXED);
    s.rx_dropped = __atomic_load_n(&l->stats->rx_dropped, __ATOMIC_RELAXED);
    return s;
}

char *link_describe(struct link *l)
{
    return l->host && l->host->describe ? l->host->describe(l->host_opaque) : g_strdup("none");
}

/* -- guest side -- */

bool link_attach(struct link *l, struct device *dev, const struct link_guest_ops *ops, void *opaque)
{
    if (l->guest) {
        return false;
    }
    l->dev = dev;
    l->guest_opaque = opaque;
    if (!l->tx) {
        l->tx = g_new0(struct frame, LINK_TX_FRAMES);
        l->rx = g_new0(struct frame, LINK_RX_FRAMES);
    }
    l->guest = ops;
    stats_name_device(l->stats->device, dev);
    return true;
}

void link_detach(struct link *l)
{
    l->guest = NULL;
    l->dev = NULL;
    l->rx_len = 0;
    loop_kick_cancel(&l->writable);
    if (l->removed) {
        free_rest(l);
        return;
    }
    stats_name_device(l->stats->device, NULL);
    if (l->host_blocked) {
        loop_kick(&l->ready);
    }
}

void link_flush(struct link *l)
{
    l->rx_len = 0;
    if (l->host_blocked) {
        loop_kick(&l->ready);
    }
}

bool link_attached(const struct link *l)
{
    return l->guest != NULL;
}

struct device *link_device(const struct link *l)
{
    return l->dev;
}

bool link_send(struct link *l, const uint8_t *frame, uint32_t len)
{
    uint32_t tail, head;
    struct frame *f;

    if (len == 0 || len > LINK_FRAME_MAX || !__atomic_load_n(&l->host, __ATOMIC_RELAXED) ||
        !link_carrier(l)) {
        return true;
    }
    tail = __atomic_load_n(&l->tx_tail, __ATOMIC_RELAXED);
    head = __atomic_load_n(&l->tx_head, __ATOMIC_ACQUIRE);
    if (tail - head >= LINK_TX_FRAMES) {
        __atomic_store_n(&l->tx_blocked, true, __ATOMIC_SEQ_CST);
        /* the loop may have emptied it just before it could see the flag */
        if (tail - __atomic_load_n(&l->tx_head, __ATOMIC_SEQ_CST) >= LINK_TX_FRAMES) {
            return false;
        }
        __atomic_store_n(&l->tx_blocked, false, __ATOMIC_RELAXED);
    }
    f = &l->tx[tail % LINK_TX_FRAMES];
    memcpy(f->data, frame, len);
    f->len = len;
    __atomic_store_n(&l->tx_tail, tail + 1, __ATOMIC_RELEASE);
    count(&l->stats->tx_frames, 1);
    count(&l->stats->tx_bytes, len);
    loop_kick(&l->pending);
    return true;
}

void link_ready(struct link *l)
{
    loop_kick(&l->ready);
}

bool link_carrier(const struct link *l)
{
    return __atomic_load_n(&l->carrier, __ATOMIC_RELAXED);
}

/* -- host side -- */

void link_host_attach(struct link *l, const struct link_host_ops *ops, void *opaque)
{
    l->host_opaque = opaque;
    l->host = ops;
}

const uint8_t *link_take(struct link *l, uint32_t *len)
{
    uint32_t head = __atomic_load_n(&l->tx_head, __ATOMIC_RELAXED);
    const struct frame *f;

    if (head == __atomic_load_n(&l->tx_tail, __ATOMIC_ACQUIRE)) {
        return NULL;
    }
    f = &l->tx[head % LINK_TX_FRAMES];
    *len = f->len;
    return f->data;
}

void link_take_done(struct link *l)
{
    uint32_t head = __atomic_load_n(&l->tx_head, __ATOMIC_RELAXED);

    if (l->taps) {
        show(l, l->tx[head % LINK_TX_FRAMES].data, l->tx[head % LINK_TX_FRAMES].len, false);
    }
    __atomic_store_n(&l->tx_head, head + 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&l->tx_blocked, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(&l->tx_blocked, false, __ATOMIC_RELAXED);
        loop_kick(&l->writable);
    }
}

bool link_can_deliver(const struct link *l)
{
    return l->guest && l->rx_len < LINK_RX_FRAMES;
}

uint32_t link_queued(const struct link *l)
{
    return l->rx_len;
}

bool link_deliver(struct link *l, const uint8_t *frame, uint32_t len)
{
    struct frame *f;

    if (!l->guest || len == 0 || len > LINK_FRAME_MAX || !link_carrier(l)) {
        count(&l->stats->rx_dropped, 1);
        return false;
    }
    if (l->taps) {
        show(l, frame, len, true);
    }
    if (l->rx_len == 0 && offer(l, frame, len)) {
        count(&l->stats->rx_frames, 1);
        count(&l->stats->rx_bytes, len);
        return true;
    }
    if (l->rx_len >= LINK_RX_FRAMES) {
        l->host_blocked = true;
        count(&l->stats->rx_dropped, 1);
        return false;
    }
    f = &l->rx[(l->rx_head + l->rx_len) % LINK_RX_FRAMES];
    memcpy(f->data, frame, len);
    f->len = len;
    l->rx_len++;
    count(&l->stats->rx_frames, 1);
    count(&l->stats->rx_bytes, len);
    return true;
}

void link_want_room(struct link *l)
{
    l->host_blocked = true;
    if (link_can_deliver(l) || !l->guest) {
        loop_kick(&l->ready);
    }
}

static void update_carrier(struct link *l)
{
    bool up = l->line && !l->unplugged;

    if (link_carrier(l) == up) {
        return;
    }
    __atomic_store_n(&l->carrier, up, __ATOMIC_RELAXED);
    if (l->guest && l->guest->carrier) {
        enter(l);
        l->guest->carrier(l->guest_opaque, up);
        leave(l);
    }
}

void link_set_carrier(struct link *l, bool up)
{
    l->line = up;
    update_carrier(l);
}

/* -- for people -- */

void link_set_plugged(struct link *l, bool plugged)
{
    l->unplugged = !plugged;
    update_carrier(l);
}

bool link_plugged(const struct link *l)
{
    return !l->unplugged;
}

void link_add_tap(struct link *l, const struct link_tap_ops *ops, void *opaque)
{
    struct tap *t = g_new(struct tap, 1);

    *t = (struct tap){ops, opaque};
    l->taps = g_slist_append(l->taps, t);
}

void link_remove_tap(struct link *l, const void *opaque)
{
    for (GSList *i = l->taps; i; i = i->next) {
        struct tap *t = i->data;

        if (t->opaque == opaque) {
            l->taps = g_slist_delete_link(l->taps, i);
            g_free(t);
            return;
        }
    }
}
