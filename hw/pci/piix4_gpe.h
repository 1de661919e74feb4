/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * General purpose events of the PIIX4's power management function, and the one source they have on
 * this board: PCI slots whose cards come and go. Part of struct piix4_pm; see piix4_gpe.c.
 */
#ifndef HW_PCI_PIIX4_GPE_H
#define HW_PCI_PIIX4_GPE_H

#include "core/loop.h"
#include "hw/pci/pci.h"

#define PIIX4_GPE_PORT 0xafe0
#define PIIX4_GPE_PORTS 4
#define PIIX4_GPE_HOTPLUG 1 /* the bit of status and enable, the method _E01 */

/* One bit a slot, dwords: what came, what shall go, eject. The ACPI tables use them. */
#define PIIX4_SLOTS_PORT 0xae00
#define PIIX4_SLOTS_PORTS 0x18
#define PIIX4_SLOTS_UP 0x00
#define PIIX4_SLOTS_DOWN 0x04
#define PIIX4_SLOTS_EJECT 0x08

struct piix4_gpe_state {
    uint32_t up, down; /* slots that the guest has not been told of, or has not let go */
    uint32_t select;   /* bus; only 0 is there */
    uint16_t sts, en;
};

extern const struct state_layout piix4_gpe_layout;

/* The guest has let these slots go. Loop thread. */
typedef void piix4_ejected_fn(void *opaque, uint32_t slots);

struct piix4_gpe {
    struct piix4_gpe_state *s;
    struct device *dev;
    void (*changed)(void *opaque); /* the level of SCI may be another */
    void *opaque;
    struct pci_bus *bus;
    struct region gpe, slots;
    uint32_t fixed;    /* slots whose cards stay */
    uint32_t ejecting; /* atomic; on the way to the loop */
    struct loop_kick kick;
    piix4_ejected_fn *ejected;
    void *ejected_opaque;
};

/* For the function's realize, unrealize and check; `dev` is the function. */
bool piix4_gpe_init(struct piix4_gpe *g, struct piix4_gpe_state *s, struct device *dev,
                    struct board *b, void (*changed)(void *opaque), void *opaque, GError **error);
void piix4_gpe_exit(struct piix4_gpe *g);
const char *piix4_gpe_check(const struct piix4_gpe_state *s);

static inline bool piix4_gpe_pending(const struct piix4_gpe_state *s)
{
    return (s->sts & s->en) != 0;
}

/* A card came (up), or shall go. The function's lock held. */
void piix4_gpe_raise(struct piix4_gpe *g, unsigned slot, bool up);

#endif
