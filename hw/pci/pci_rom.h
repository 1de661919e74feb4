/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot ROM of an adapter: the one named by romfile=, or the one that is usual for it. */
#ifndef HW_PCI_PCI_ROM_H
#define HW_PCI_PCI_ROM_H

#include "hw/pci/pci.h"

/*
 * Give a function its expansion ROM: `romfile` if the user named one (empty: none), else `usual` if
 * it is installed. False, with an error, only when the user's own is not to be had.
 */
bool pci_option_rom(struct pci_device *d, const char *romfile, const char *usual, GError **error);

/* The property row: `field` is a char * of struct `owner`. */
#define PCI_ROM_PROP(owner, field, usual)                                                          \
    {                                                                                              \
        .name = "romfile", .type = PROP_STRING, .offset = offsetof(owner, field),                  \
        .help = "boot ROM, empty for none; default: " usual " if installed"                        \
    }

#endif
