/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ISA bridge function of the PIIX3: PIRQ routing and reset control. See piix3.c. */
#ifndef HW_PCI_PIIX3_H
#define HW_PCI_PIIX3_H

#include "hw/pci/i440fx.h"
#include "hw/pci/pci.h"

#define PIIX3_DEVFN 0x08u /* slot 1, function 0; the IDE function is 1.1 */

struct piix3_state {
    struct pci_state pci;
    uint8_t rcr; /* CF9h */
    uint8_t pad[7];
};

struct piix3 {
    struct pci_device pci;
    struct piix3_state state;
    struct board *board;
    struct i440fx *host;
    struct irq_pin out[4]; /* PIRQA to D on the interrupt lines they are routed to */
};

extern const struct device_class piix3_class;

/* Make the bridge behind `host`; PIRQ lines of b->pci end in it, b->gsi are what they reach. */
struct piix3 *piix3_new(struct board *b, struct i440fx *host, GError **error);

#endif
