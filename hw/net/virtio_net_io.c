/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtio network card: frames in both directions. Virtual I/O Device 1.0, sections 5.1.6.2 to
 * 5.1.6.4.
 *
 * Modelled: one queue for each direction, any layout of header and data, merged receive buffers,
 * back-pressure from the link.
 * Not modelled: checksums and segmentation; the fields of the header for them are zero, or ignored.
 *
 * A received frame goes to memory only when all chains for it are at hand; until then it waits in the
 * link. Without merged buffers a frame that is longer than the next chain is dropped. The
 * transmitter handles a bounded number of chains in one run, and goes on by timer. A run that found
 * any also looks again after PAUSE_NS by itself, and asks for notifications only when it then finds
 * none: of a guest that sends many small frames not every one is an exit.
 */
#include "hw/net/virtio_net_priv.h"

#include "hw/net/ethernet.h"

#include <string.h>

#define HEADER_MAX 12u
#define HEADER_BUFFERS 10u /* num_buffers, little endian */
#define CHAINS_MAX 256u    /* in one run of the transmitter; as many as the queue has */
#define PAUSE_NS TIMER_MIN_PERIOD_NS
#define RETRY_NS (10 * NS_PER_MS)

/* The count of buffers is there with merged buffers, and always in 1.0. */
static uint32_t header_size(const struct virtio_net *n)
{
    return virtio_has(&n->v, NET_F_MRG_RXBUF | VIRTIO_F_VERSION_1) ? HEADER_MAX : HEADER_BUFFERS;
}

/* -- receiver -- */

void virtio_net_offer(struct virtio_net *n)
{
    if (n->s.waiting) {
        n->s.waiting = 0;
        if (n->netdev) {
            link_ready(n->netdev);
        }
    }
}

enum gather {
    GATHER_READY,
    GATHER_WAIT,
    GATHER_DROP,
};

/* Take chains with room for `need` bytes, all or none. */
static enum gather gather(struct virtio_net *n, struct virtq_chain *chains, uint16_t *taken,
                          uint32_t need)
{
    struct virtq *q = &n->v.queue[RX];
    bool merge = virtio_has(&n->v, NET_F_MRG_RXBUF);
    uint64_t room = 0;

    n->sg.n = 0;
    for (*taken = 0; room < need; (*taken)++) {
        enum virtq_pop got;

        if (*taken == (merge ? VIRTIO_NET_MERGED : 1)) { /* too small, or far too many */
            virtq_unpop(q, *taken);
            return GATHER_DROP;
        }
        got = virtq_pop(q, &n->sg, &chains[*taken]);
        if (got == VIRTQ_EMPTY) {
            virtq_unpop(q, *taken);
            return GATHER_WAIT;
        }
        if (got == VIRTQ_BROKEN || chains[*taken].in_len == 0) {
            virtio_fail(&n->v, "a receive queue without buffers to write");
            return GATHER_DROP;
        }
        room += chains[*taken].in_len;
    }
    return GATHER_READY;
}

/* Write a frame with its header over the chains. */
static void scatter(struct virtio_net *n, const struct virtq_chain *chains, uint16_t taken,
                    const uint8_t *frame, uint32_t len)
{
    struct virtq *q = &n->v.queue[RX];
    uint32_t header = header_size(n), total = header + len;
    uint8_t packet[HEADER_MAX + LINK_FRAME_MAX] = {0};
    uint32_t done = 0;

    packet[HEADER_BUFFERS] = (uint8_t)taken; /* under the frame if there is no such field */
    memcpy(packet + header, frame, len);
    for (uint16_t i = 0; i < taken; i++) {
        uint32_t wrote = virtq_write(q, &n->sg, &chains[i], 0, packet + done, total - done);

        virtq_push(q, &chains[i], wrote);
        done += wrote;
    }
    virtio_flush(&n->v, RX);
}

bool virtio_net_receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    struct virtio_net *n = opaque;
    struct virtq *q = &n->v.queue[RX];
    struct virtq_chain chains[VIRTIO_NET_MERGED];
    uint16_t taken;
    enum gather how;

    if (!virtio_running(&n->v, RX) || !n->s.link || len < ETH_HEADER || len > LINK_FRAME_MAX ||
        !virtio_net_wants(&n->s, frame, len)) {
        return true;
    }
    how = gather(n, chains, &taken, header_size(n) + len);
    if (how == GATHER_WAIT) { /* ask for a notification, and look once more */
        virtq_want_notify(q, true);
        how = gather(n, chains, &taken, header_size(n) + len);
    }
    if (how == GATHER_READY) {
        virtq_want_notify(q, false);
        scatter(n, chains, taken, frame, len);
    } else if (how == GATHER_WAIT) {
        n->s.waiting = 1;
        return false;
    }
    return true;
}

/* -- transmitter -- */

/* False when the link is full; the chain was then not used. */
static bool send(struct virtio_net *n, const struct virtq_chain *c)
{
    struct virtq *q = &n->v.queue[TX];
    uint32_t header = header_size(n);
    uint8_t frame[LINK_FRAME_MAX];
    uint64_t len = c->out_len - header;

    if (len <= sizeof(frame) && len >= ETH_HEADER && n->netdev && n->s.link) {
        uint32_t got = virtq_read(q, &n->sg, c, header, frame, (uint32_t)len);

        if (!link_send(n->netdev, frame, got)) {
            return false;
        }
    }
    virtq_push(q, c, 0);
    return true;
}

/*
 * The next chain; false when there is nothing to do now. *wait is when to go on without a kick.
 * `first`: this run has found none yet.
 */
static bool step(struct virtio_net *n, bool first, uint64_t *wait)
{
    struct virtq *q = &n->v.queue[TX];
    struct virtq_chain c;

    n->sg.n = 0;
    switch (virtq_pop(q, &n->sg, &c)) {
    case VIRTQ_EMPTY:
        if (!first) {
            return false;
        }
        virtq_want_notify(q, true);
        if (virtq_waiting(q)) {
            return true;
        }
        *wait = 0;
        return false;
    case VIRTQ_BROKEN:
        virtio_fail(&n->v, "a transmit queue that is not one");
        *wait = 0;
        return false;
    default:
        break;
    }
    if (c.out_len < header_size(n)) {
        virtio_fail(&n->v, "a frame without header");
        *wait = 0;
        return false;
    }
    if (!send(n, &c)) {
        virtq_unpop(q, 1);
        *wait = RETRY_NS;
        return false;
    }
    return true;
}

void virtio_net_tx_run(struct virtio_net *n)
{
    struct virtio_net_state *s = &n->s;
    uint64_t wait = PAUSE_NS;

    s->tx_due = 0;
    if (virtio_running(&n->v, TX)) {
        virtq_want_notify(&n->v.queue[TX], false);
        for (unsigned i = 0; i < CHAINS_MAX && step(n, i == 0, &wait); i++) {
        }
        virtio_flush(&n->v, TX);
        s->tx_due = wait ? clock_now(n->clock) + wait : 0;
    }
    if (s->tx_due) {
        timer_arm(&n->tx_timer, s->tx_due);
    } else if (timer_armed(&n->tx_timer)) {
        timer_cancel(&n->tx_timer);
    }
}
