/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one checked queue, and the one checked transfer buffer. Both are plain data, fit for a state
 * struct: `FIFO(16) rx;` and `XFER(512) io;`. Indices never leave the array whatever they are set
 * to, and *_valid() tells a state check whether they are reachable.
 */
#ifndef CORE_FIFO_H
#define CORE_FIFO_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct fifo_head {
    uint32_t head; /* index of the oldest byte, < capacity */
    uint32_t len;  /* bytes held, <= capacity */
};

#define FIFO(capacity)                                                                             \
    struct {                                                                                       \
        struct fifo_head h;                                                                        \
        uint8_t data[capacity];                                                                    \
    }

static inline bool fifo_push_(struct fifo_head *h, uint8_t *data, uint32_t cap, uint8_t byte)
{
    if (h->len >= cap) {
        return false;
    }
    data[((uint64_t)h->head + h->len) % cap] = byte;
    h->len++;
    return true;
}

static inline uint8_t fifo_pop_(struct fifo_head *h, const uint8_t *data, uint32_t cap)
{
    uint8_t byte;

    if (h->len == 0) {
        return 0;
    }
    byte = data[h->head % cap];
    h->head = (h->head + 1) % cap;
    h->len--;
    return byte;
}

static inline uint8_t fifo_peek_(const struct fifo_head *h, const uint8_t *data, uint32_t cap)
{
    return h->len ? data[h->head % cap] : 0;
}

#define fifo_capacity(f) ((uint32_t)sizeof((f)->data))
#define fifo_len(f) ((f)->h.len)
#define fifo_space(f) (fifo_capacity(f) - (f)->h.len)
#define fifo_empty(f) ((f)->h.len == 0)
#define fifo_full(f) ((f)->h.len >= fifo_capacity(f))
/* Append a byte; false when full. */
#define fifo_push(f, byte) fifo_push_(&(f)->h, (f)->data, fifo_capacity(f), (byte))
/* Take the oldest byte; 0 when empty. */
#define fifo_pop(f) fifo_pop_(&(f)->h, (f)->data, fifo_capacity(f))
/* The oldest byte without taking it; 0 when empty. */
#define fifo_peek(f) fifo_peek_(&(f)->h, (f)->data, fifo_capacity(f))
#define fifo_clear(f) ((void)memset((f), 0, sizeof(*(f))))
/* For state checks: are the indices such as pushes and pops can make them? */
#define fifo_valid(f) ((f)->h.len <= fifo_capacity(f) && (f)->h.head < fifo_capacity(f))

struct xfer_head {
    uint32_t pos; /* next byte to move, <= len */
    uint32_t len; /* bytes in this transfer, <= capacity */
};

#define XFER(capacity)                                                                             \
    struct {                                                                                       \
        struct xfer_head h;                                                                        \
        uint8_t data[capacity];                                                                    \
    }

/* Copy up to n bytes out at the position; the rest of `to` is untouched. Returns bytes moved. */
static inline uint32_t xfer_get_(struct xfer_head *h, const uint8_t *data, uint32_t cap, void *to,
                                 uint32_t n)
{
    uint32_t len = h->len < cap ? h->len : cap;
    uint32_t left = h->pos < len ? len - h->pos : 0;

    n = n < left ? n : left;
    if (n) {
        memcpy(to, data + h->pos, n);
        h->pos += n;
    }
    return n;
}

/* Copy up to n bytes in at the position. Returns bytes moved. */
static inline uint32_t xfer_put_(struct xfer_head *h, uint8_t *data, uint32_t cap, const void *from,
                                 uint32_t n)
{
    uint32_t len = h->len < cap ? h->len : cap;
    uint32_t left = h->pos < len ? len - h->pos : 0;

    n = n < left ? n : left;
    if (n) {
        memcpy(data + h->pos, from, n);
        h->pos += n;
    }
    return n;
}

static inline uint32_t xfer_begin_(struct xfer_head *h, uint32_t cap, uint32_t len)
{
    h->pos = 0;
    h->len = len < cap ? len : cap;
    return h->len;
}

#define xfer_capacity(x) ((uint32_t)sizeof((x)->data))
/* Start a transfer of len bytes, cut to the capacity; returns the length taken. */
#define xfer_begin(x, n) xfer_begin_(&(x)->h, xfer_capacity(x), (n))
#define xfer_left(x) ((x)->h.len - (x)->h.pos)
#define xfer_done(x) ((x)->h.pos >= (x)->h.len)
#define xfer_get(x, to, n) xfer_get_(&(x)->h, (x)->data, xfer_capacity(x), (to), (n))
#define xfer_put(x, from, n) xfer_put_(&(x)->h, (x)->data, xfer_capacity(x), (from), (n))
#define xfer_valid(x) ((x)->h.len <= xfer_capacity(x) && (x)->h.pos <= (x)->h.len)

#endif
