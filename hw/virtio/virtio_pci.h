/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtio device as a PCI function: Virtual I/O Device 1.0, section 4.1, transitional, so that
 * drivers of the 0.9 interface (I/O BAR 0) and of 1.0 (memory BAR 4, found by capabilities) both
 * work. The device itself is a struct virtio_model; its struct begins with struct virtio, its saved
 * state holds struct pci_state, struct virtio_state and its struct virtq_state array.
 *
 * Locking: the device's, around everything.
 */
#ifndef HW_VIRTIO_VIRTIO_PCI_H
#define HW_VIRTIO_VIRTIO_PCI_H

#include "hw/pci/pci.h"
#include "hw/virtio/virtqueue.h"

#define VIRTIO_QUEUES_MAX 8u

/* Device status, section 2.1. */
#define VIRTIO_STATUS_DRIVER_OK 0x04u
#define VIRTIO_STATUS_FEATURES_OK 0x08u
#define VIRTIO_STATUS_NEEDS_RESET 0x40u

struct virtio_state {
    uint64_t features; /* that the driver took */
    uint32_t device_select, driver_select;
    uint16_t queue_select;
    uint8_t status;
    uint8_t isr; /* bit 0: a queue; bit 1: the configuration */
    uint8_t generation;
    uint8_t broken; /* the driver did what no driver may; only a reset helps */
    uint8_t pad[2];
};
_Static_assert(sizeof(struct virtio_state) == 24, "no hidden padding");

extern const struct state_layout virtio_state_layout;

struct virtio;

struct virtio_model {
    struct pci_ids ids;
    uint64_t features; /* offered, besides those of the transport and the queues */
    uint16_t nqueues;
    uint16_t queue_size[VIRTIO_QUEUES_MAX];
    uint32_t config_size; /* of the device-specific configuration */
    uint8_t (*config_read)(struct virtio *v, uint32_t offset);
    void (*config_write)(struct virtio *v, uint32_t offset, uint8_t value); /* may be NULL */
    /* There may be new chains; the device runs. */
    void (*kick)(struct virtio *v, unsigned queue);
    /* Back to what the device was before a driver came; the queues are empty already. */
    void (*reset)(struct virtio *v);
};

struct virtio {
    struct pci_device pci;
    const struct virtio_model *model;
    struct virtio_state *s;
    struct virtq queue[VIRTIO_QUEUES_MAX];
    struct region io, mem;
};

/* For a class's realize: the function with its BARs; `queues` has model->nqueues elements. */
bool virtio_init(struct virtio *v, const struct virtio_model *model, struct pci_state *pci,
                 struct virtio_state *state, struct virtq_state *queues, struct board *b,
                 GError **error);

/* For its reset, settle and check. */
void virtio_power_on(struct virtio *v);
void virtio_settle(struct virtio *v);
const char *virtio_check(const struct virtio_model *model, const struct pci_state *pci,
                         const struct virtio_state *s, const struct virtq_state *queues);

/* True while the driver is there and the queue may be used. */
bool virtio_running(const struct virtio *v, unsigned queue);

static inline bool virtio_has(const struct virtio *v, uint64_t feature)
{
    return (v->s->features & feature) != 0;
}

/* virtq_flush() with the interrupt. */
void virtio_flush(struct virtio *v, unsigned queue);
/* The device-specific configuration is not what it was. */
void virtio_config_changed(struct virtio *v);
/* Stop until the driver resets the device. */
void virtio_fail(struct virtio *v, const char *why);

#endif
