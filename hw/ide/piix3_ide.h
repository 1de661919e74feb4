/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PIIX3 IDE: the PCI function of the two ATA channels at 1F0h and 170h. */
#ifndef HW_IDE_PIIX3_IDE_H
#define HW_IDE_PIIX3_IDE_H

#include "hw/ide/ata.h"
#include "hw/ide/bmdma.h"
#include "hw/pci/pci.h"

struct piix3_ide_state {
    struct pci_state pci;
    struct ata_state channel[2];
    struct bmdma_state bm[2];
};

struct piix3_ide_channel {
    struct piix3_ide *ide;
    unsigned index;
    struct ata_channel ata;
    struct bmdma bm;
    struct region command, control;
    struct irq_pin irq;
};

struct piix3_ide {
    struct pci_device pci;
    struct piix3_ide_state s;
    struct disk *disks[2][2];
    struct piix3_ide_channel channel[2];
    struct region bm_region;
};

extern const struct device_class piix3_ide_class;

/* drives[channel][unit] may be NULL. The disks must outlive the device. */
struct piix3_ide *piix3_ide_new(struct board *b, uint32_t devfn, struct disk *drives[2][2],
                                GError **error);

#endif
