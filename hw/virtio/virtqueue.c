/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Split virtqueues: see virtqueue.h. Virtual I/O Device 1.0, sections 2.4.5 to 2.4.9. */
#include "hw/virtio/virtqueue.h"

#include "hw/pci/pci.h"

#include <string.h>

#define DESC_NEXT 1u
#define DESC_WRITE 2u
#define DESC_INDIRECT 4u
#define DESC_SIZE 16u

#define AVAIL_NO_INTERRUPT 1u
#define AVAIL_INDEX 2u
#define AVAIL_RING 4u
#define USED_NO_NOTIFY 1u
#define USED_INDEX 2u
#define USED_RING 4u
#define USED_ELEMENT 8u

struct desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};
_Static_assert(sizeof(struct desc) == DESC_SIZE, "as in memory; hosts are little endian");

static bool feature(const struct virtq *q, uint64_t bit)
{
    return (*q->features & bit) != 0;
}

/* All ones when it is not RAM. */
static uint16_t read16(struct virtq *q, uint64_t addr)
{
    uint16_t v;

    pci_dma_read(q->pci, addr, &v, sizeof(v));
    return v;
}

static void write16(struct virtq *q, uint64_t addr, uint16_t v)
{
    pci_dma_write(q->pci, addr, &v, sizeof(v));
}

static uint64_t used_event(const struct virtq_state *s)
{
    return s->avail + AVAIL_RING + 2u * s->size;
}

static uint64_t avail_event(const struct virtq_state *s)
{
    return s->used + USED_RING + (uint64_t)USED_ELEMENT * s->size;
}

/* How many chains wait; more than the queue has entries is nonsense. */
static uint16_t waiting(struct virtq *q)
{
    uint16_t index;

    if (!q->s->ready || !pci_dma_read(q->pci, q->s->avail + AVAIL_INDEX, &index, sizeof(index))) {
        return 0;
    }
    return (uint16_t)(index - q->s->next);
}

bool virtq_waiting(struct virtq *q)
{
    return waiting(q) != 0;
}

/* -- taking chains -- */

static bool add_buffer(struct virtq_sg *sg, struct virtq_chain *c, const struct desc *d)
{
    if (sg->n == VIRTQ_BUFS) {
        return false;
    }
    sg->buf[sg->n++] = (struct virtq_buf){d->addr, d->len};
    c->end = sg->n;
    if (d->flags & DESC_WRITE) {
        c->in_len += d->len;
        return true;
    }
    if (c->in != sg->n - 1) { /* 2.4.4.2: writable ones come last */
        return false;
    }
    c->in = sg->n;
    c->out_len += d->len;
    return true;
}

/* Read the chain that begins at c->head. False when it is not a proper one. */
static bool walk(struct virtq *q, struct virtq_sg *sg, struct virtq_chain *c)
{
    uint64_t table = q->s->desc;
    uint32_t entries = q->s->size, left = entries;
    uint16_t i = c->head;
    bool indirect = false;
    struct desc d;

    for (; left && i < entries; left--) {
        if (!pci_dma_read(q->pci, table + (uint64_t)i * DESC_SIZE, &d, sizeof(d))) {
            return false;
        }
        if (d.flags & DESC_INDIRECT) {
            if (indirect || (d.flags & DESC_NEXT) || d.len % DESC_SIZE || d.len == 0 ||
                d.len / DESC_SIZE > VIRTQ_SIZE_MAX) {
                return false;
            }
            indirect = true;
            table = d.addr;
            entries = d.len / DESC_SIZE;
            left = entries + 1; /* this round takes one */
            i = 0;
            continue;
        }
        if (!add_buffer(sg, c, &d)) {
            return false;
        }
        if (!(d.flags & DESC_NEXT)) {
            return true;
        }
        i = d.next;
    }
    return false;
}

enum virtq_pop virtq_pop(struct virtq *q, struct virtq_sg *sg, struct virtq_chain *c)
{
    struct virtq_state *s = q->s;
    uint16_t n = waiting(q);

    if (n == 0) {
        return VIRTQ_EMPTY;
    }
    if (n > s->size) {
        return VIRTQ_BROKEN;
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE); /* the index first, then what it stands for */
    *c = (struct virtq_chain){.out = sg->n, .in = sg->n, .end = sg->n};
    c->head = read16(q, s->avail + AVAIL_RING + 2u * (s->next % s->size));
    if (c->head >= s->size || !walk(q, sg, c)) {
        return VIRTQ_BROKEN;
    }
    s->next++;
    return VIRTQ_CHAIN;
}

void virtq_unpop(struct virtq *q, uint16_t n)
{
    q->s->next = (uint16_t)(q->s->next - n);
}

/* -- data -- */

/* Move len bytes at `offset` of the buffers first to end - 1; returns how much there was. */
static uint32_t move(struct virtq *q, const struct virtq_buf *first, const struct virtq_buf *end,
                     uint64_t offset, uint8_t *read, const uint8_t *write, uint32_t len)
{
    uint32_t done = 0;

    for (const struct virtq_buf *b = first; b < end && done < len; b++) {
        uint32_t now;

        if (offset >= b->len) {
            offset -= b->len;
            continue;
        }
        now = b->len - (uint32_t)offset < len - done ? b->len - (uint32_t)offset : len - done;
        if (read) {
            pci_dma_read(q->pci, b->addr + offset, read + done, now);
        } else {
            pci_dma_write(q->pci, b->addr + offset, write + done, now);
        }
        done += now;
        offset = 0;
    }
    return done;
}

uint32_t virtq_read(struct virtq *q, const struct virtq_sg *sg, const struct virtq_chain *c,
                    uint64_t offset, void *buf, uint32_t len)
{
    return move(q, sg->buf + c->out, sg->buf + c->in, offset, buf, NULL, len);
}

uint32_t virtq_write(struct virtq *q, const struct virtq_sg *sg, const struct virtq_chain *c,
                     uint64_t offset, const void *buf, uint32_t len)
{
    return move(q, sg->buf + c->in, sg->buf + c->end, offset, NULL, buf, len);
}

/* -- giving chains back -- */

void virtq_push(struct virtq *q, const struct virtq_chain *c, uint32_t written)
{
    struct virtq_state *s = q->s;
    uint32_t element[2] = {c->head, written};

    if (s->size) {
        pci_dma_write(q->pci, s->used + USED_RING + (uint64_t)USED_ELEMENT * (s->done % s->size),
                      element, sizeof(element));
        s->done++;
    }
}

/* Section 2.4.7: is `event` among the indices from `told` on that are now used? */
static bool passed(uint16_t event, uint16_t now, uint16_t told)
{
    return (uint16_t)(now - event - 1) < (uint16_t)(now - told);
}

bool virtq_flush(struct virtq *q)
{
    struct virtq_state *s = q->s;
    uint16_t told = s->told;

    if (told == s->done) {
        return false;
    }
    __atomic_thread_fence(__ATOMIC_RELEASE); /* elements first, then the index */
    write16(q, s->used + USED_INDEX, s->done);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* and then what the driver wants */
    s->told = s->done;
    if (feature(q, VIRTIO_F_NOTIFY_ON_EMPTY) && !virtq_waiting(q)) {
        return true;
    }
    if (!feature(q, VIRTIO_F_EVENT_IDX)) {
        return !(read16(q, s->avail) & AVAIL_NO_INTERRUPT);
    }
    return passed(read16(q, used_event(s)), s->done, told);
}

void virtq_want_notify(struct virtq *q, bool on)
{
    struct virtq_state *s = q->s;

    if (!s->ready) {
        return;
    }
    if (feature(q, VIRTIO_F_EVENT_IDX)) {
        if (on) {
            write16(q, avail_event(s), s->next);
        }
    } else if (s->quiet == on) {
        write16(q, s->used, (uint16_t)(on ? 0 : USED_NO_NOTIFY));
        s->quiet = !on;
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* before the caller looks once more */
}

/* -- state -- */

const char *virtq_check(const struct virtq_state *s, uint16_t max)
{
    if (s->size > max || (s->size & (s->size - 1)) || (s->ready && !s->size)) {
        return "queue.size";
    }
    if (s->ready > 1 || s->quiet > 1) {
        return "queue.ready";
    }
    for (unsigned i = 0; i < sizeof(s->pad); i++) {
        if (s->pad[i]) {
            return "queue.pad";
        }
    }
    return NULL;
}

static const struct state_field fields[] = {
    STATE_FIELD(struct virtq_state, desc),
    STATE_FIELD(struct virtq_state, avail),
    STATE_FIELD(struct virtq_state, used),
    STATE_FIELD(struct virtq_state, size),
    STATE_FIELD(struct virtq_state, next),
    STATE_FIELD(struct virtq_state, done),
    STATE_FIELD(struct virtq_state, told),
    STATE_FIELD(struct virtq_state, ready),
    STATE_FIELD(struct virtq_state, quiet),
    STATE_ARRAY(struct virtq_state, pad),
    STATE_END,
};

const struct state_layout virtq_state_layout = {
    .name = "virtq",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct virtq_state),
    .fields = fields,
};
