/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of bytes between a guest device (UART, debug console, monitor) and a host back end.
 * Guest to host: a bounded queue that the back end drains in the loop thread. Host to guest: offered
 * in the loop thread, taken as far as the device has room; the rest stays with the back end.
 * A line without back end ("null") swallows and never offers.
 */
#ifndef CORE_LINE_H
#define CORE_LINE_H

#include <stdbool.h>
#include <stdint.h>

#define LINE_QUEUE 65536u

struct device;
struct line;

enum line_event {
    LINE_OPENED, /* a peer is there */
    LINE_CLOSED,
    LINE_BREAK,
    LINE_ENDED, /* the peer sends no more, but may still read: only after chardev_make_private() */
};

/* Modem and control signals, for pass-through to a real port. */
#define LINE_DTR 0x01u
#define LINE_RTS 0x02u
#define LINE_CTS 0x10u
#define LINE_DSR 0x20u
#define LINE_RI 0x40u
#define LINE_DCD 0x80u

struct line_params {
    uint32_t baud;
    uint8_t data_bits, stop_bits;
    char parity; /* N, E, O, M, S */
};

/* What the guest side provides; called with the device's lock held. All may be NULL. */
struct line_guest_ops {
    uint32_t (*room)(void *opaque); /* bytes that receive() will take now */
    void (*receive)(void *opaque, const uint8_t *buf, uint32_t len); /* len <= room() */
    void (*event)(void *opaque, enum line_event event);
    void (*drained)(void *opaque); /* the queue has space again after line_write() fell short */
};

/* What the host side provides; loop thread unless said otherwise. All may be NULL. */
struct line_host_ops {
    void (*pending)(void *opaque);     /* bytes wait in line_take() */
    void (*guest_ready)(void *opaque); /* line_deliver() may be tried again */
    void (*params)(void *opaque, const struct line_params *p);
    void (*modem)(void *opaque, uint8_t out); /* LINE_DTR, LINE_RTS */
    void (*close)(void *opaque);              /* line_free(): flush and free the back end */
};

/* Make a line and enter it in the list, or find one. The name is unique; NULL when taken. */
struct line *line_new(const char *name);
struct line *line_find(const char *name);
const char *line_name(const struct line *l);
void line_free(struct line *l);
/* Free all lines, flushing what back ends still hold. */
void line_free_all(void);
/* Call fn for each line. */
void line_each(void (*fn)(struct line *l, void *opaque), void *opaque);
/* What `info chardev` shows: "pty:/dev/pts/3". Copied. */
void line_set_label(struct line *l, const char *label);
const char *line_label(const struct line *l);

/* -- guest side -- */

/* Take the guest end. False when another device has it. dev may be NULL (monitor, qtest). */
bool line_attach(struct line *l, struct device *dev, const struct line_guest_ops *ops,
                 void *opaque);
void line_detach(struct line *l);
bool line_attached(const struct line *l);

/* Queue bytes for the host; returns how many fit. No host: all "fit". Any thread, leaf. */
uint32_t line_write(struct line *l, const void *buf, uint32_t len);

/* The guest has room again. Any thread, leaf. */
void line_ready(struct line *l);

void line_set_params(struct line *l, const struct line_params *p);
void line_set_modem(struct line *l, uint8_t out);
/* The host's signals (CTS, DSR, RI, DCD). Leaf. */
uint8_t line_modem(const struct line *l);

/* -- host side; loop thread -- */

void line_host_attach(struct line *l, const struct line_host_ops *ops, void *opaque);

/* Take queued bytes; returns how many. */
uint32_t line_take(struct line *l, uint8_t *buf, uint32_t max);
uint32_t line_queued(const struct line *l);

/* Offer bytes; returns how many the guest took. */
uint32_t line_deliver(struct line *l, const uint8_t *buf, uint32_t len);
/* How many bytes line_deliver() would take now. */
uint32_t line_room(struct line *l);

/*
 * Tell the guest end. Every back end that can carry bytes says LINE_OPENED once it can (a file or
 * a terminal at once, a socket when connected); an end that attaches later is told then.
 */
void line_host_event(struct line *l, enum line_event event);
void line_host_modem(struct line *l, uint8_t in);

/* With no peer (socket not connected) bytes are dropped rather than queued. */
void line_host_discard(struct line *l, bool discard);

#endif
