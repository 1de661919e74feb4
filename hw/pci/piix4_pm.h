/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power management and SMBus function of the PIIX4, as on QEMU's pc. See piix4_pm.c. */
#ifndef HW_PCI_PIIX4_PM_H
#define HW_PCI_PIIX4_PM_H

#include "core/clock.h"
#include "hw/pci/pci.h"
#include "hw/pci/piix4_gpe.h"

#define PIIX4_PM_DEVFN 0x0bu /* slot 1, function 3 */
#define PIIX4_PM_SCI 9       /* ISA interrupt, wired */
#define PIIX4_PM_TIMER_HZ UINT32_C(3579545)

/* I/O: what the board wires, and where SeaBIOS puts the two blocks; the ACPI tables rely on it. */
#define PIIX4_PM_BASE 0x600
#define PIIX4_PM_PORTS 64
#define PIIX4_PM_EVT 0x00
#define PIIX4_PM_CNT 0x04
#define PIIX4_PM_TMR 0x08
#define PIIX4_PM_SMB_BASE 0x700
#define PIIX4_PM_SMB_PORTS 16
#define PIIX4_PM_SMI_CMD 0xb2
#define PIIX4_PM_ACPI_ENABLE 0xf1
#define PIIX4_PM_ACPI_DISABLE 0xf0
#define PIIX4_PM_SUS_TYP_OFF 0 /* SLP_TYP of S5 */

struct piix4_pm_state {
    struct pci_state pci;
    struct piix4_gpe_state gpe;
    uint64_t tmr_half; /* half turn of the timer up to which TMROF_STS has been worked off */
    uint16_t pmsts, pmen, pmcntrl;
    uint8_t apmc, apms;
    uint8_t hststs, hstcnt, hstcmd, hstadd, hstdat[2]; /* SMBus host */
    uint8_t slvcnt, shdwcmd, slvevt[2];                /* SMBus slave */
    uint8_t pad[6];
};

struct piix4_pm {
    struct pci_device pci;
    struct piix4_pm_state s;
    struct board *board;
    struct timer timer;
    struct irq_line *sci_line;
    struct irq_pin sci;
    struct region pm, smb, apm;
    struct piix4_gpe gpe;
};

extern const struct device_class piix4_pm_class;

/* Make the function at 00:01.3; its SCI drives `sci`. */
struct piix4_pm *piix4_pm_new(struct board *b, struct irq_line *sci, GError **error);

/* A card came into a PCI slot (up), or shall be let go: the guest is told. Loop thread. */
void piix4_pm_slot(struct piix4_pm *pm, unsigned slot, bool up);
/* The slots that the guest has been asked for. Loop thread. */
uint32_t piix4_pm_slots_down(struct piix4_pm *pm);

/* The power button is pressed. Loop thread. */
void piix4_pm_power_button(struct piix4_pm *pm);

#endif
