/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtio over PCI: see virtio_pci.h. Virtual I/O Device 1.0, sections 2.1 (status), 3 (start), 4.1
 * (PCI); 4.1.4.8 for the legacy interface.
 *
 * Modelled: the legacy interface here, that of 1.0 in virtio_modern.c; INTx. As on QEMU, bus mastering is switched on for a legacy driver that says DRIVER_OK
 * without it: Linux before 2.6.34 is one.
 * Not modelled: MSI-X, packed queues, queue reset.
 *
 * A driver's queue may be anywhere: addresses are used by checked DMA only. Its size is limited as it
 * is written. Features outside of what is offered never get into the state.
 */
#include "hw/virtio/virtio_priv.h"

#include "core/report.h"

#include <string.h>

#define ISR_QUEUE 0x01u
#define ISR_CONFIG 0x02u

/* Legacy registers, 4.1.4.8 */
#define IO_FEATURES 0
#define IO_TAKEN 4
#define IO_PFN 8
#define IO_SIZE 12
#define IO_SELECT 14
#define IO_NOTIFY 16
#define IO_STATUS 18
#define IO_ISR 19
#define IO_CONFIG 20
#define IO_PAGE 4096u

/* -- interrupts -- */

static void interrupt(struct virtio *v, uint8_t cause)
{
    v->s->isr |= cause;
    pci_set_intx(&v->pci, true);
}

uint8_t virtio_read_isr(struct virtio *v)
{
    uint8_t isr = v->s->isr;

    if (isr) {
        v->s->isr = 0;
        pci_set_intx(&v->pci, false);
    }
    return isr;
}

void virtio_flush(struct virtio *v, unsigned queue)
{
    if (virtq_flush(&v->queue[queue])) {
        interrupt(v, ISR_QUEUE);
    }
}

void virtio_config_changed(struct virtio *v)
{
    v->s->generation++;
    if (v->s->status & VIRTIO_STATUS_DRIVER_OK) {
        interrupt(v, ISR_CONFIG);
    }
}

void virtio_fail(struct virtio *v, const char *why)
{
    report_limited("%s: the guest's driver made an error (%s); stopped until it resets the device",
                   v->pci.dev.cls->name, why);
    v->s->broken = 1;
    if (virtio_has(v, VIRTIO_F_VERSION_1)) {
        v->s->status |= VIRTIO_STATUS_NEEDS_RESET;
        virtio_config_changed(v);
    }
}

/* -- device -- */

bool virtio_running(const struct virtio *v, unsigned queue)
{
    return (v->s->status & VIRTIO_STATUS_DRIVER_OK) && !v->s->broken && v->queue[queue].s->ready;
}

void virtio_kick(struct virtio *v, unsigned queue)
{
    if (queue < v->model->nqueues && virtio_running(v, queue)) {
        v->model->kick(v, queue);
    }
}

void virtio_reset(struct virtio *v)
{
    *v->s = (struct virtio_state){0};
    for (unsigned i = 0; i < v->model->nqueues; i++) {
        *v->queue[i].s = (struct virtq_state){.size = v->model->queue_size[i]};
    }
    pci_set_intx(&v->pci, false);
    v->model->reset(v);
}

void virtio_write_status(struct virtio *v, uint8_t value)
{
    struct virtio_state *s = v->s;
    uint8_t before = s->status;

    s->status =
        (uint8_t)((value & ~VIRTIO_STATUS_NEEDS_RESET) | (before & VIRTIO_STATUS_NEEDS_RESET));
    if (~before & s->status & VIRTIO_STATUS_DRIVER_OK) {
        for (unsigned i = 0; i < v->model->nqueues; i++) {
            virtio_kick(v, i);
        }
    }
}

static uint8_t config_byte(struct virtio *v, uint64_t offset)
{
    return offset < v->model->config_size ? v->model->config_read(v, (uint32_t)offset) : 0xff;
}

uint64_t virtio_config_value(struct virtio *v, uint64_t offset, unsigned width)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < width; i++) {
        value |= (uint64_t)config_byte(v, offset + i) << (8 * i);
    }
    return value;
}

void virtio_set_config(struct virtio *v, uint64_t offset, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width && v->model->config_write; i++) {
        if (offset + i < v->model->config_size) {
            v->model->config_write(v, (uint32_t)offset + i, (uint8_t)(value >> (8 * i)));
        }
    }
}

/* -- legacy interface -- */

/* 2.4.2: the three parts of a queue follow each other, the used ring on a page of its own. */
static void set_pfn(struct virtio *v, uint32_t pfn)
{
    struct virtq_state *q = virtio_selected(v);

    if (pfn == 0) {
        virtio_reset(v);
        return;
    }
    if (!q) {
        return;
    }
    q->size = v->model->queue_size[v->s->queue_select];
    q->desc = (uint64_t)pfn * IO_PAGE;
    q->avail = q->desc + 16u * q->size;
    q->used = (q->avail + 4 + 2u * q->size + 2 + IO_PAGE - 1) & ~(uint64_t)(IO_PAGE - 1);
    q->ready = 1;
    q->next = q->done = q->told = 0;
    q->quiet = 0;
}

static uint64_t io_read(void *opaque, uint64_t offset, unsigned width)
{
    struct virtio *v = opaque;
    const struct virtq_state *q = virtio_selected(v);

    if (offset >= IO_CONFIG) {
        return virtio_config_value(v, offset - IO_CONFIG, width);
    }
    switch (offset) {
    case IO_FEATURES:
        return (uint32_t)virtio_offered(v->model);
    case IO_TAKEN:
        return (uint32_t)v->s->features;
    case IO_PFN:
        return q ? (uint32_t)(q->desc / IO_PAGE) : 0;
    case IO_SIZE:
        return v->s->queue_select < v->model->nqueues ? v->model->queue_size[v->s->queue_select]
                                                      : 0u;
    case IO_SELECT:
        return v->s->queue_select;
    case IO_STATUS:
        return v->s->status;
    case IO_ISR:
        return virtio_read_isr(v);
    default:
        return 0;
    }
}

static void write_legacy_status(struct virtio *v, uint8_t value)
{
    if (value == 0) {
        virtio_reset(v);
        return;
    }
    if (value & VIRTIO_STATUS_DRIVER_OK) {
        v->pci.pci->config[PCI_COMMAND] |= PCI_COMMAND_MASTER;
    }
    virtio_write_status(v, value);
}

static void io_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct virtio *v = opaque;

    if (offset >= IO_CONFIG) {
        virtio_set_config(v, offset - IO_CONFIG, width, value);
        return;
    }
    switch (offset) {
    case IO_TAKEN:
        v->s->features = (uint32_t)value & virtio_offered(v->model);
        break;
    case IO_PFN:
        set_pfn(v, (uint32_t)value);
        break;
    case IO_SELECT:
        v->s->queue_select = (uint16_t)value;
        break;
    case IO_NOTIFY:
        virtio_kick(v, (uint16_t)value);
        break;
    case IO_STATUS:
        write_legacy_status(v, (uint8_t)value);
        break;
    default:
        break;
    }
}

static const struct region_ops io_ops = {
    .read = io_read,
    .write = io_write,
    .valid = 1 | 2 | 4,
    .impl = 1 | 2 | 4,
};

/* -- life -- */

static void config_written(struct pci_device *d, uint8_t offset, unsigned width)
{
    struct virtio *v = (struct virtio *)(void *)d;

    if (offset < PCI_STATUS && offset + width > PCI_COMMAND) { /* perhaps bus mastering now */
        for (unsigned i = 0; i < v->model->nqueues; i++) {
            virtio_kick(v, i);
        }
    }
    virtio_modern_config_written(v, offset, width);
}

bool virtio_init(struct virtio *v, const struct virtio_model *model, struct pci_state *pci,
                 struct virtio_state *state, struct virtq_state *queues, struct board *b,
                 GError **error)
{
    struct device *d = &v->pci.dev;
    uint64_t io_size = 32;

    v->model = model;
    v->s = state;
    for (unsigned i = 0; i < model->nqueues; i++) {
        v->queue[i] = (struct virtq){&queues[i], &v->pci, &state->features};
    }
    if (!pci_device_init(&v->pci, pci, b, &model->ids, error)) {
        return false;
    }
    while (io_size < IO_CONFIG + model->config_size) {
        io_size *= 2;
    }
    v->io = (struct region){
        .name = "virtio-io", .dev = d, .opaque = v, .ops = &io_ops, .size = io_size};
    v->pci.config_written = config_written;
    pci_bar_add(&v->pci, 0, &v->io, true, false);
    virtio_modern_init(v);
    return true;
}

void virtio_power_on(struct virtio *v)
{
    pci_device_reset(&v->pci);
    virtio_reset(v);
}

void virtio_settle(struct virtio *v)
{
    pci_device_settle(&v->pci);
}

const char *virtio_check(const struct virtio_model *model, const struct pci_state *pci,
                         const struct virtio_state *s, const struct virtq_state *queues)
{
    const char *wrong = pci_state_check(pci);

    for (unsigned i = 0; i < model->nqueues && !wrong; i++) {
        wrong = virtq_check(&queues[i], model->queue_size[i]);
    }
    if (wrong) {
        return wrong;
    }
    if (s->features & ~virtio_offered(model)) {
        return "virtio.features";
    }
    if (s->isr & ~(ISR_QUEUE | ISR_CONFIG) || pci->intx != (s->isr != 0)) {
        return "virtio.isr";
    }
    if (s->broken > 1) {
        return "virtio.broken";
    }
    return s->pad[0] || s->pad[1] ? "virtio.pad" : NULL;
}

static const struct state_field fields[] = {
    STATE_FIELD(struct virtio_state, features),
    STATE_FIELD(struct virtio_state, device_select),
    STATE_FIELD(struct virtio_state, driver_select),
    STATE_FIELD(struct virtio_state, queue_select),
    STATE_FIELD(struct virtio_state, status),
    STATE_FIELD(struct virtio_state, isr),
    STATE_FIELD(struct virtio_state, generation),
    STATE_FIELD(struct virtio_state, broken),
    STATE_ARRAY(struct virtio_state, pad),
    STATE_END,
};

const struct state_layout virtio_state_layout = {
    .name = "virtio",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct virtio_state),
    .fields = fields,
};
