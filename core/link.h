/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A link of Ethernet frames between a NIC and a host back end. Both directions are bounded queues
 * of frames in preallocated memory. Guest to host: link_send() queues and wakes the loop; a full
 * queue is told to the NIC, which stops until writable(). Host to guest: link_deliver() hands the
 * frame to the NIC or queues it while the NIC has no room; a full queue drops (as a wire does) and
 * counts. Frames carry no FCS. A link without back end swallows. The carrier is up while the back end
 * has it up and the plug is in.
 */
#ifndef CORE_LINK_H
#define CORE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define LINK_FRAME_MAX 2048u
#define LINK_TX_FRAMES 64u
#define LINK_RX_FRAMES 256u

struct device;
struct link;

/* What a NIC provides; called with its lock held. */
struct link_guest_ops {
    /* Take a frame: true when taken or rightly ignored, false when there is no room now. */
    bool (*receive)(void *opaque, const uint8_t *frame, uint32_t len);
    void (*writable)(void *opaque);         /* after a failed link_send(); may be NULL */
    void (*carrier)(void *opaque, bool up); /* may be NULL */
};

/* What a back end provides; loop thread. */
struct link_host_ops {
    /* Frames wait in link_take(). */
    void (*pending)(void *opaque);
    /* After link_deliver() refused: there is room again. May be NULL. */
    void (*guest_ready)(void *opaque);
    /* One line for `info network`; g_free by the caller. May be NULL. */
    char *(*describe)(void *opaque);
    void (*close)(void *opaque);
};

/* Somebody who sees each frame as the back end takes it or brings it; loop thread. */
struct link_tap_ops {
    void (*frame)(void *opaque, const uint8_t *frame, uint32_t len, bool to_guest);
    void (*close)(void *opaque); /* link_free(); may be NULL */
};

struct link_stats {
    uint64_t tx_frames, tx_bytes, rx_frames, rx_bytes, rx_dropped;
};

struct link *link_new(const char *name); /* NULL when the name is taken */
struct link *link_find(const char *name);
const char *link_name(const struct link *l);
void link_free(struct link *l);
void link_free_all(void);
/*
 * netdev_del: the back end and what listens go, and the name is free for another. A NIC that has the
 * link keeps a dead cable, and the rest goes with its link_detach().
 */
void link_remove(struct link *l);
void link_each(void (*fn)(struct link *l, void *opaque), void *opaque);
struct link_stats link_stats(struct link *l);
char *link_describe(struct link *l);

/* -- guest side -- */

/* Take the guest end. False when another NIC has it. dev may be NULL: the other side is the loop. */
bool link_attach(struct link *l, struct device *dev, const struct link_guest_ops *ops,
                 void *opaque);
void link_detach(struct link *l);
/* Drop the frames that wait for the NIC. */
void link_flush(struct link *l);
bool link_attached(const struct link *l);
struct device *link_device(const struct link *l);

/*
 * Queue a frame of 1 to LINK_FRAME_MAX bytes for the host; copied. False: no room, and writable()
 * will be called. True also when it is dropped because the carrier is down. Any thread, leaf.
 */
bool link_send(struct link *l, const uint8_t *frame, uint32_t len);

/* The NIC has room again: queued frames are offered, in the loop thread. Any thread, leaf. */
void link_ready(struct link *l);
bool link_carrier(const struct link *l);

/* -- host side; loop thread -- */

void link_host_attach(struct link *l, const struct link_host_ops *ops, void *opaque);

/*
 * The oldest frame of the guest, valid until link_take_done(); NULL when there is none. *len is
 * its length.
 */
const uint8_t *link_take(struct link *l, uint32_t *len);
void link_take_done(struct link *l);

/* Hand a frame to the guest. False when it had to be dropped. Over-long frames are dropped. */
bool link_deliver(struct link *l, const uint8_t *frame, uint32_t len);
/* True while link_deliver() would not drop. */
bool link_can_deliver(const struct link *l);
/* How many frames wait for the NIC to have room. */
uint32_t link_queued(const struct link *l);
/* Ask for guest_ready() once there is room; for a back end that holds a frame back itself. */
void link_want_room(struct link *l);

/* The back end's own line: a peer is connected, or not. */
void link_set_carrier(struct link *l, bool up);

/* -- for people; loop thread -- */

/* set_link: pull the plug, put it back. */
void link_set_plugged(struct link *l, bool plugged);
bool link_plugged(const struct link *l);

void link_add_tap(struct link *l, const struct link_tap_ops *ops, void *opaque);
void link_remove_tap(struct link *l, const void *opaque);

#endif
