/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of virtio over PCI: what the legacy interface (virtio_pci.c) and that of 1.0
 * (virtio_modern.c) share. */
#ifndef HW_VIRTIO_VIRTIO_PRIV_H
#define HW_VIRTIO_VIRTIO_PRIV_H

#include "hw/virtio/virtio_pci.h"

#define VIRTIO_LEGACY_ONLY (VIRTIO_F_NOTIFY_ON_EMPTY | VIRTIO_F_ANY_LAYOUT)
#define VIRTIO_TRANSPORT                                                                           \
    (VIRTIO_LEGACY_ONLY | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1)

static inline uint64_t virtio_offered(const struct virtio_model *model)
{
    return model->features | VIRTIO_TRANSPORT;
}

/* The queue that the driver has selected, or NULL. */
static inline struct virtq_state *virtio_selected(struct virtio *v)
{
    return v->s->queue_select < v->model->nqueues ? v->queue[v->s->queue_select].s : NULL;
}

/* -- virtio_pci.c -- */
void virtio_reset(struct virtio *v);
/* Not zero, which is a reset. */
void virtio_write_status(struct virtio *v, uint8_t value);
void virtio_kick(struct virtio *v, unsigned queue);
uint8_t virtio_read_isr(struct virtio *v);
/* The device-specific configuration; ones beyond its end. */
uint64_t virtio_config_value(struct virtio *v, uint64_t offset, unsigned width);
void virtio_set_config(struct virtio *v, uint64_t offset, unsigned width, uint64_t value);

/* -- virtio_modern.c -- */
/* BAR 4 and the capabilities that lead to it. */
void virtio_modern_init(struct virtio *v);
void virtio_modern_config_written(struct virtio *v, uint8_t offset, unsigned width);

#endif
