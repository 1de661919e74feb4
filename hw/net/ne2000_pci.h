/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NE2000 on the PCI bus: -device ne2k_pci. */
#ifndef HW_NET_NE2000_PCI_H
#define HW_NET_NE2000_PCI_H

#include "hw/net/ne2000.h"
#include "hw/pci/pci.h"

struct ne2k_pci_state {
    struct pci_state pci;
    struct ne2000_state chip;
};
_Static_assert(sizeof(struct ne2k_pci_state) ==
                   sizeof(struct pci_state) + sizeof(struct ne2000_state),
               "no hidden padding");

struct ne2k_pci {
    struct pci_device pci;
    struct ne2k_pci_state s;
    struct ne2000 core;
    struct region ports; /* BAR 0 */
    struct region late;  /* over it, see ne2000.c */
    /* properties */
    struct ne2000_options options;
    char *romfile;
};

extern const struct device_class ne2k_pci_class;

#endif
