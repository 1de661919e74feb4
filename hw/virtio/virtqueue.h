/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A split virtqueue as a device sees it: Virtual I/O Device 1.0, section 2.4. It knows no bus but
 * the PCI function that its DMA goes by, and no device.
 *
 * Everything in guest memory is hostile. Each descriptor is read once into a virtq_sg, all lengths
 * and indices are checked there, and only that copy is used; a chain that loops, nests tables,
 * points outside or is longer than a virtq_sg makes the queue broken. Data is moved by offset,
 * bounds-checked against the copy, to RAM only.
 *
 * Locking: the device's. Nothing here calls back.
 */
#ifndef HW_VIRTIO_VIRTQUEUE_H
#define HW_VIRTIO_VIRTQUEUE_H

#include "core/state.h"

#include <stdbool.h>
#include <stdint.h>

struct pci_device;

#define VIRTQ_SIZE_MAX 1024u /* entries of a queue */
#define VIRTQ_BUFS 1024u     /* buffers that one virtq_sg describes */

#define VIRTIO_F_NOTIFY_ON_EMPTY (UINT64_C(1) << 24)
#define VIRTIO_F_ANY_LAYOUT (UINT64_C(1) << 27)
#define VIRTIO_F_INDIRECT_DESC (UINT64_C(1) << 28)
#define VIRTIO_F_EVENT_IDX (UINT64_C(1) << 29)
#define VIRTIO_F_VERSION_1 (UINT64_C(1) << 32)

struct virtq_state {
    uint64_t desc, avail, used; /* guest-physical */
    uint16_t size;              /* entries, a power of two */
    uint16_t next;              /* of the available ring: the first that was not taken */
    uint16_t done;              /* of the used ring: the next to be written */
    uint16_t told;              /* `done` when the driver was last interrupted */
    uint8_t ready;
    uint8_t quiet; /* the driver was told that it need not notify */
    uint8_t pad[6];
};
_Static_assert(sizeof(struct virtq_state) == 40, "no hidden padding");

extern const struct state_layout virtq_state_layout;
/* NULL, or the name of the field that no driver can set so; `max` is the device's queue size. */
const char *virtq_check(const struct virtq_state *s, uint16_t max);

struct virtq {
    struct virtq_state *s;
    struct pci_device *pci;
    const uint64_t *features; /* those that the driver took */
};

struct virtq_buf {
    uint64_t addr;
    uint32_t len;
};

/* Copies of the descriptors of one or more chains. Large: part of a device, not of a stack. */
struct virtq_sg {
    struct virtq_buf buf[VIRTQ_BUFS];
    uint32_t n;
};

/* One chain: buffers to read, then buffers to write, all in one virtq_sg. */
struct virtq_chain {
    uint16_t head;
    uint32_t out, in;         /* index of the first of each kind */
    uint32_t end;             /* after the last */
    uint64_t out_len, in_len; /* bytes */
};

enum virtq_pop {
    VIRTQ_EMPTY,
    VIRTQ_CHAIN,
    VIRTQ_BROKEN,
};

/* Take the next chain; its buffers are added to sg, which the caller empties by n = 0. */
enum virtq_pop virtq_pop(struct virtq *q, struct virtq_sg *sg, struct virtq_chain *c);
/* Give back the last n chains taken, as if they had not been. */
void virtq_unpop(struct virtq *q, uint16_t n);

/*
 * Copy from the readable, or to the writable buffers, from `offset` on; returns how much there was.
 * What cannot be read by DMA is all ones.
 */
uint32_t virtq_read(struct virtq *q, const struct virtq_sg *sg, const struct virtq_chain *c,
                    uint64_t offset, void *buf, uint32_t len);
uint32_t virtq_write(struct virtq *q, const struct virtq_sg *sg, const struct virtq_chain *c,
                     uint64_t offset, const void *buf, uint32_t len);

/* Put a chain into the used ring with the number of bytes written; shown by virtq_flush(). */
void virtq_push(struct virtq *q, const struct virtq_chain *c, uint32_t written);
/* Show the driver what was pushed. True when it wants an interrupt for that. */
bool virtq_flush(struct virtq *q);

/*
 * Say whether the driver shall notify of new chains. After switching it on, virtq_waiting() must be
 * asked once more.
 */
void virtq_want_notify(struct virtq *q, bool on);
bool virtq_waiting(struct virtq *q);

#endif
