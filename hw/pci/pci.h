/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI 2.1: bus, functions, configuration space, BARs, INTx. A PCI device's struct begins with
 * struct pci_device, whose first member is struct device. Its saved state is its own struct plus
 * struct pci_state, which each PCI class includes in its layout by PCI_STATE_FIELDS.
 *
 * Locking: configuration accesses arrive under the host bridge's lock and take the function's.
 */
#ifndef HW_PCI_PCI_H
#define HW_PCI_PCI_H

#include "core/device.h"
#include "core/irq.h"
#include "core/space.h"
#include "hw/pc/board.h"

#define PCI_SLOTS 32
#define PCI_SLOT_FUNCTIONS 8
#define PCI_ANY_DEVFN 0xffu /* in the property addr: the first free slot */
#define PCI_BARS 6
#define PCI_ROM_BAR 6
#define PCI_CONFIG_SIZE 256

/* Configuration header, PCI 2.1 section 6.1 */
#define PCI_VENDOR_ID 0x00
#define PCI_DEVICE_ID 0x02
#define PCI_COMMAND 0x04
#define PCI_COMMAND_IO 0x0001u
#define PCI_COMMAND_MEMORY 0x0002u
#define PCI_COMMAND_MASTER 0x0004u
#define PCI_COMMAND_INTX_DISABLE 0x0400u
#define PCI_STATUS 0x06
#define PCI_STATUS_INTERRUPT 0x0008u
#define PCI_REVISION 0x08
#define PCI_CLASS_PROG 0x09
#define PCI_CLASS_DEVICE 0x0a
#define PCI_CACHE_LINE 0x0c
#define PCI_LATENCY 0x0d
#define PCI_HEADER_TYPE 0x0e
#define PCI_BAR0 0x10
#define PCI_SUBSYSTEM_VENDOR 0x2c
#define PCI_SUBSYSTEM_ID 0x2e
#define PCI_ROM_ADDRESS 0x30
#define PCI_CAPABILITIES 0x34
#define PCI_INTERRUPT_LINE 0x3c
#define PCI_INTERRUPT_PIN 0x3d

struct pci_bus;
struct pci_device;

/* The guest-visible part every function has. */
struct pci_state {
    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t intx; /* the function's own request, before PCI_COMMAND_INTX_DISABLE */
    uint8_t pad[7];
};
extern const struct state_layout pci_state_layout;
/* For a class's check(): NULL, or the name of the field that no guest can set so. */
const char *pci_state_check(const struct pci_state *s);

struct pci_bar {
    struct region *region; /* NULL: none; size a power of two */
    bool io;
    bool prefetch;
    struct space *space;
};

struct pci_device {
    struct device dev;
    struct pci_state *pci; /* points into the device's own state struct */
    struct pci_bus *bus;
    uint32_t devfn;                 /* 0xff in the property: any free slot */
    bool hidden;                    /* not there yet for the guest; the host bridge's lock */
    uint8_t wmask[PCI_CONFIG_SIZE]; /* bits the guest may write */
    uint8_t w1cmask[PCI_CONFIG_SIZE];
    uint8_t reset_config[PCI_CONFIG_SIZE];
    struct pci_bar bar[PCI_BARS + 1]; /* the last is the expansion ROM */
    struct region rom;                /* of the expansion ROM BAR */
    struct irq_pin intx;
    /* Optional hooks, the function's lock held; after/instead of the plain masks. */
    uint8_t (*config_read)(struct pci_device *d, uint8_t offset, uint8_t value);
    void (*config_written)(struct pci_device *d, uint8_t offset, unsigned len);
};

/* Identity as a function's header shows it. */
struct pci_ids {
    uint16_t vendor, device, subsystem_vendor, subsystem;
    uint8_t revision, class_base, class_sub, class_prog;
    uint8_t interrupt_pin; /* 0 none, 1 INTA */
    bool multifunction;
};

/* -- bus -- */

/* Made by the host bridge. intx[4] are the PIRQ lines, connected later by the ISA bridge. */
struct pci_bus *pci_bus_new(struct board *b);
void pci_bus_free(struct pci_bus *bus);
/* Hide these slots (a bit each) from configuration accesses, or no more. Any thread, leaf. */
void pci_bus_hide(struct pci_bus *bus, uint32_t slots, bool hide);
/* Functions that are put on the bus from now on stay hidden until pci_device_appear(). */
void pci_bus_start(struct pci_bus *bus);
struct irq_line *pci_bus_pirq(struct pci_bus *bus, unsigned n); /* n 0 to 3 */
struct pci_device *pci_bus_function(struct pci_bus *bus, unsigned devfn);
void pci_bus_each(struct pci_bus *bus, void (*fn)(struct pci_device *d, void *opaque),
                  void *opaque);

/* Configuration access of 1, 2 or 4 bytes, naturally within a dword. Takes the function's lock. */
uint32_t pci_config_read(struct pci_bus *bus, unsigned devfn, unsigned offset, unsigned width);
void pci_config_write(struct pci_bus *bus, unsigned devfn, unsigned offset, unsigned width,
                      uint32_t value);

/* -- functions -- */

/*
 * Put a function on the bus at d->devfn, or at the first free slot from 2 up if that is 0xff;
 * `state` is where its pci_state lives. Writes the header and the standard masks. False when the
 * slot is taken, naming who has it.
 */
bool pci_device_init(struct pci_device *d, struct pci_state *state, struct board *b,
                     const struct pci_ids *ids, GError **error);
void pci_device_exit(struct pci_device *d);
/* Realized and reset: show a function that was put on a running bus. */
void pci_device_appear(struct pci_device *d);

/* Declare a BAR before first reset. The region is mapped and unmapped as the guest programs it. */
void pci_bar_add(struct pci_device *d, unsigned bar, struct region *r, bool io, bool prefetch);

/* Expansion ROM from a firmware file name (mapped read-only). */
bool pci_rom_add(struct pci_device *d, const char *file, GError **error);

/* Drive INTA. The function's lock held. */
void pci_set_intx(struct pci_device *d, bool level);

/* For a class's reset and settle: power-on configuration; BAR mapping and INTx from state. */
void pci_device_reset(struct pci_device *d);
void pci_device_settle(struct pci_device *d);

/* DMA by the function: false (bus error) when bus mastering is off or it does not hit RAM. */
bool pci_dma_read(struct pci_device *d, uint64_t addr, void *buf, uint64_t len);
bool pci_dma_write(struct pci_device *d, uint64_t addr, const void *buf, uint64_t len);

/* Every PCI class has this property row. */
#define PCI_PROPS(owner)                                                                           \
    {                                                                                              \
        .name = "addr", .type = PROP_ADDR, .offset = offsetof(owner, pci.devfn),                   \
        .help = "PCI slot, as 05 or 05.0"                                                          \
    }

#endif
