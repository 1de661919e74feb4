/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IOAPIC: see ioapic.c. */
#ifndef HW_INTC_IOAPIC_H
#define HW_INTC_IOAPIC_H

#include "core/device.h"
#include "core/space.h"

#define IOAPIC_PINS 24
#define IOAPIC_BASE UINT64_C(0xfec00000)

struct ioapic_state {
    uint64_t entry[IOAPIC_PINS]; /* redirection table */
    uint32_t lines;              /* levels of the pins now */
    uint8_t select;              /* IOREGSEL */
    uint8_t id;                  /* APIC ID, 0 to 15 */
    uint8_t pad[2];
};

typedef void ioapic_msi_fn(void *opaque, uint64_t addr, uint32_t data);
typedef void ioapic_route_fn(void *opaque, unsigned pin, bool valid, uint64_t addr, uint32_t data);

/* What the hypervisor was told of a pin. */
struct ioapic_route {
    bool valid;
    uint64_t addr;
    uint32_t data;
};

struct ioapic {
    struct device dev;
    struct ioapic_state s;
    ioapic_msi_fn *msi;
    ioapic_route_fn *route;
    void *opaque;
    struct ioapic_route told[IOAPIC_PINS];
    struct region region;
};

extern const struct device_class ioapic_class;

/* `msi` delivers to the local APICs, `route` (may be NULL) tells of changed entries. Leaves. */
struct ioapic *ioapic_new(struct board *b, ioapic_msi_fn *msi, ioapic_route_fn *route, void *opaque,
                          GError **error);

/* Level of a GSI; GSI 0 is pin 2, as the firmware's tables say. An irq_fn. */
void ioapic_set_irq(void *ioapic, unsigned gsi, bool level);

/* A local APIC ended a level-triggered interrupt. No lock held. */
void ioapic_eoi(struct ioapic *a, uint8_t vector);

#endif
