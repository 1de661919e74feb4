/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standard VGA as a PCI function: class "VGA". */
#ifndef HW_DISPLAY_VGA_PCI_H
#define HW_DISPLAY_VGA_PCI_H

#include "hw/display/vga.h"
#include "hw/pci/pci.h"

struct vga_pci_state {
    struct pci_state pci;
    struct vga_state vga;
};
_Static_assert(sizeof(struct vga_pci_state) == sizeof(struct pci_state) + sizeof(struct vga_state),
               "no hidden padding");

struct vga_pci {
    struct pci_device pci;
    struct vga vga;
    struct vga_pci_state s;
    struct region mmio;
    uint32_t vgamem_mb;
};

extern const struct device_class vga_pci_class;

#endif
