/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot ROMs of adapters: see pci_rom.h. PCI 2.1, section 6.3. */
#include "hw/pci/pci_rom.h"

bool pci_option_rom(struct pci_device *d, const char *romfile, const char *usual, GError **error)
{
    g_autoptr(GError) unasked = NULL;

    if (romfile) {
        return !romfile[0] || pci_rom_add(d, romfile, error);
    }
    pci_rom_add(d, usual, &unasked); /* a card without a boot ROM is a card all the same */
    return true;
}
