/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtio over PCI, the interface of 1.0: Virtual I/O Device 1.0, section 4.1.4. See virtio_pci.h.
 *
 * BAR 4 holds the common configuration, the interrupt status, the device's own configuration and a
 * doorbell for each queue, every one on a page of its own; capabilities say so, and one of them is a
 * window into BAR 4 for software that cannot reach memory (4.1.4.7). BAR 4 is a 32-bit one.
 */
#include "hw/virtio/virtio_priv.h"

#include <string.h>

#define MEM_BAR 4
#define MEM_SIZE 0x4000u
#define MEM_COMMON 0x0000u
#define MEM_ISR 0x1000u
#define MEM_DEVICE 0x2000u
#define MEM_NOTIFY 0x3000u
#define MEM_PART 0x1000u
#define NOTIFY_STEP 4u

#define NO_VECTOR 0xffffu

/* The common configuration structure, 4.1.4.3 */
#define COMMON_DEVICE_SELECT 0x00
#define COMMON_DEVICE_FEATURES 0x04
#define COMMON_DRIVER_SELECT 0x08
#define COMMON_DRIVER_FEATURES 0x0c
#define COMMON_CONFIG_VECTOR 0x10
#define COMMON_QUEUES 0x12
#define COMMON_STATUS 0x14
#define COMMON_GENERATION 0x15
#define COMMON_SELECT 0x16
#define COMMON_SIZE 0x18
#define COMMON_VECTOR 0x1a
#define COMMON_ENABLE 0x1c
#define COMMON_NOTIFY_OFF 0x1e
#define COMMON_DESC 0x20
#define COMMON_AVAIL 0x28
#define COMMON_USED 0x30
#define COMMON_END 0x38

/* Capabilities, 4.1.4: where they lie, and what is in the one for indirect accesses. */
#define CAP_COMMON 0x40
#define CAP_ISR 0x50
#define CAP_DEVICE 0x60
#define CAP_NOTIFY 0x70
#define CAP_WINDOW 0x84
#define CAP_VENDOR 0x09
#define CAP_BAR 4
#define CAP_OFFSET 8
#define CAP_LENGTH 12
#define CAP_DATA 16
#define STATUS_CAPABILITIES 0x10

/* -- common configuration of 1.0 -- */

static uint32_t half(uint64_t value, uint64_t offset)
{
    return (uint32_t)(offset & 4 ? value >> 32 : value);
}

static void set_half(uint64_t *value, uint64_t offset, uint32_t v)
{
    *value = offset & 4 ? (*value & UINT32_MAX) | (uint64_t)v << 32
                        : (*value & ~(uint64_t)UINT32_MAX) | v;
}

static uint64_t read_queue(struct virtio *v, uint64_t offset)
{
    const struct virtq_state *q = virtio_selected(v);

    if (!q) {
        return 0;
    }
    switch (offset) {
    case COMMON_SIZE:
        return q->size;
    case COMMON_ENABLE:
        return q->ready;
    case COMMON_NOTIFY_OFF:
        return v->s->queue_select;
    case COMMON_DESC:
    case COMMON_DESC + 4:
        return half(q->desc, offset);
    case COMMON_AVAIL:
    case COMMON_AVAIL + 4:
        return half(q->avail, offset);
    case COMMON_USED:
    case COMMON_USED + 4:
        return half(q->used, offset);
    default:
        return 0;
    }
}

static uint64_t read_common(struct virtio *v, uint64_t offset)
{
    const struct virtio_state *s = v->s;

    switch (offset) {
    case COMMON_DEVICE_SELECT:
        return s->device_select;
    case COMMON_DEVICE_FEATURES:
        return s->device_select < 2
                   ? half(virtio_offered(v->model) & ~VIRTIO_LEGACY_ONLY, 4u * s->device_select)
                   : 0;
    case COMMON_DRIVER_SELECT:
        return s->driver_select;
    case COMMON_DRIVER_FEATURES:
        return s->driver_select < 2 ? half(s->features, 4u * s->driver_select) : 0;
    case COMMON_CONFIG_VECTOR:
    case COMMON_VECTOR:
        return NO_VECTOR;
    case COMMON_QUEUES:
        return v->model->nqueues;
    case COMMON_STATUS:
        return s->status;
    case COMMON_GENERATION:
        return s->generation;
    case COMMON_SELECT:
        return s->queue_select;
    default:
        return read_queue(v, offset);
    }
}

static void write_driver_features(struct virtio *v, uint32_t value)
{
    struct virtio_state *s = v->s;
    uint64_t features = s->features;

    if (s->driver_select < 2 && !(s->status & VIRTIO_STATUS_FEATURES_OK)) {
        set_half(&features, 4u * s->driver_select, value);
        s->features = features & virtio_offered(v->model) & ~VIRTIO_LEGACY_ONLY;
    }
}

/* 3.1.1: without VERSION_1 this interface has nothing to offer. */
static void write_modern_status(struct virtio *v, uint8_t value)
{
    if (!virtio_has(v, VIRTIO_F_VERSION_1)) {
        value &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
    }
    if (value) {
        virtio_write_status(v, value);
    }
}

/* A queue that runs keeps its place and size. */
static void write_queue(struct virtio *v, uint64_t offset, uint32_t value)
{
    struct virtq_state *q = virtio_selected(v);

    if (!q || q->ready) {
        return;
    }
    switch (offset) {
    case COMMON_SIZE:
        value &= 0xffff;
        if (value && !(value & (value - 1)) && value <= v->model->queue_size[v->s->queue_select]) {
            q->size = (uint16_t)value;
        }
        break;
    case COMMON_ENABLE:
        q->ready = (value & 0xffff) == 1;
        break;
    case COMMON_DESC:
    case COMMON_DESC + 4:
        set_half(&q->desc, offset, value);
        break;
    case COMMON_AVAIL:
    case COMMON_AVAIL + 4:
        set_half(&q->avail, offset, value);
        break;
    case COMMON_USED:
    case COMMON_USED + 4:
        set_half(&q->used, offset, value);
        break;
    default:
        break;
    }
}

static void write_common(struct virtio *v, uint64_t offset, uint32_t value)
{
    struct virtio_state *s = v->s;

    switch (offset) {
    case COMMON_DEVICE_SELECT:
        s->device_select = value;
        break;
    case COMMON_DRIVER_SELECT:
        s->driver_select = value;
        break;
    case COMMON_DRIVER_FEATURES:
        write_driver_features(v, value);
        break;
    case COMMON_STATUS:
        if ((uint8_t)value == 0) {
            virtio_reset(v);
        } else {
            write_modern_status(v, (uint8_t)value);
        }
        break;
    case COMMON_SELECT:
        s->queue_select = (uint16_t)value;
        break;
    default:
        write_queue(v, offset, value);
        break;
    }
}

/* -- BAR 4 -- */

static uint64_t mem_read(void *opaque, uint64_t offset, unsigned width)
{
    struct virtio *v = opaque;

    switch (offset & ~(uint64_t)(MEM_PART - 1)) {
    case MEM_COMMON:
        return read_common(v, offset);
    case MEM_ISR:
        return offset == MEM_ISR ? virtio_read_isr(v) : 0;
    case MEM_DEVICE:
        return virtio_config_value(v, offset - MEM_DEVICE, width);
    default:
        return 0;
    }
}

static void mem_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct virtio *v = opaque;

    switch (offset & ~(uint64_t)(MEM_PART - 1)) {
    case MEM_COMMON:
        write_common(v, offset, (uint32_t)value);
        break;
    case MEM_DEVICE:
        virtio_set_config(v, offset - MEM_DEVICE, width, value);
        break;
    case MEM_NOTIFY:
        virtio_kick(v, (unsigned)(offset - MEM_NOTIFY) / NOTIFY_STEP);
        break;
    default:
        break;
    }
}

static const struct region_ops mem_ops = {
    .read = mem_read,
    .write = mem_write,
    .valid = 1 | 2 | 4 | 8,
    .impl = 1 | 2 | 4,
};

/* -- the window through configuration space, 4.1.4.7 -- */

static uint32_t config_dword(const struct virtio *v, unsigned at)
{
    const uint8_t *c = v->pci.pci->config + at;

    return c[0] | (uint32_t)c[1] << 8 | (uint32_t)c[2] << 16 | (uint32_t)c[3] << 24;
}

/* Where it points; 0 bytes wide when that is nowhere. */
static unsigned window(const struct virtio *v, uint32_t *offset)
{
    uint32_t len = config_dword(v, CAP_WINDOW + CAP_LENGTH);

    *offset = config_dword(v, CAP_WINDOW + CAP_OFFSET);
    if (v->pci.pci->config[CAP_WINDOW + CAP_BAR] != MEM_BAR || (len != 1 && len != 2 && len != 4) ||
        *offset >= MEM_SIZE || *offset % len) {
        return 0;
    }
    return len;
}

static uint8_t config_read(struct pci_device *d, uint8_t offset, uint8_t value)
{
    struct virtio *v = (struct virtio *)(void *)d;
    uint8_t *data = d->pci->config + CAP_WINDOW + CAP_DATA;
    uint32_t at;
    unsigned len;

    if (offset != CAP_WINDOW + CAP_DATA) {
        return value;
    }
    len = window(v, &at);
    if (len) {
        uint64_t got = mem_read(v, at, len);

        for (unsigned i = 0; i < len; i++) {
            data[i] = (uint8_t)(got >> (8 * i));
        }
    }
    return data[0];
}

/* A write to the window's data. */
void virtio_modern_config_written(struct virtio *v, uint8_t offset, unsigned width)
{
    uint32_t at;
    unsigned len;

    if (offset + width <= CAP_WINDOW + CAP_DATA || offset >= CAP_WINDOW + CAP_DATA + 4) {
        return;
    }
    len = window(v, &at);
    if (len) {
        mem_write(v, at, len,
                  config_dword(v, CAP_WINDOW + CAP_DATA) & (UINT64_MAX >> (64 - 8 * len)));
    }
}

static void add_capability(struct virtio *v, unsigned at, unsigned next, uint8_t type,
                           uint32_t offset, uint32_t length)
{
    uint8_t *c = v->pci.reset_config + at;

    c[0] = CAP_VENDOR;
    c[1] = (uint8_t)next;
    c[2] = type == 2 || type == 5 ? 20 : 16;
    c[3] = type;
    c[CAP_BAR] = type == 5 ? 0 : MEM_BAR;
    for (unsigned i = 0; i < 4; i++) {
        c[CAP_OFFSET + i] = (uint8_t)(offset >> (8 * i));
        c[CAP_LENGTH + i] = (uint8_t)(length >> (8 * i));
    }
}

void virtio_modern_init(struct virtio *v)
{
    uint8_t *c = v->pci.reset_config, *mask = v->pci.wmask + CAP_WINDOW;

    add_capability(v, CAP_COMMON, 0, 1, MEM_COMMON, MEM_PART);
    add_capability(v, CAP_ISR, CAP_COMMON, 3, MEM_ISR, MEM_PART);
    add_capability(v, CAP_DEVICE, CAP_ISR, 4, MEM_DEVICE, MEM_PART);
    add_capability(v, CAP_NOTIFY, CAP_DEVICE, 2, MEM_NOTIFY, MEM_PART);
    c[CAP_NOTIFY + CAP_DATA] = NOTIFY_STEP;
    add_capability(v, CAP_WINDOW, CAP_NOTIFY, 5, 0, 0);
    mask[CAP_BAR] = 0xff;
    memset(mask + CAP_OFFSET, 0xff, CAP_DATA + 4 - CAP_OFFSET);
    c[PCI_CAPABILITIES] = CAP_WINDOW;
    c[PCI_STATUS] |= STATUS_CAPABILITIES;
    v->mem = (struct region){
        .name = "virtio-mem", .dev = &v->pci.dev, .opaque = v, .ops = &mem_ops, .size = MEM_SIZE};
    v->pci.config_read = config_read;
    pci_bar_add(&v->pci, MEM_BAR, &v->mem, false, false);
}
