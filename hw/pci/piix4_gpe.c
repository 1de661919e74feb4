/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GPE0 and the slot registers of PCI hotplug as QEMU's pc has them (its document "ACPI BIOS PCI
 * hotplug interface" describes both): GPE0 at AFE0h, ACPI 1.0b section 4.7.4.1; slots at AE00h.
 *
 * Modelled: GPE0 status and enable, of which bit 1 can be raised; the slots that came (reading
 * clears it), the slots that shall go, eject, the slots whose cards can go, the bus to which all this
 * belongs. The slot registers take accesses of four bytes only; others read 0.
 * Not modelled: buses other than 0, indices of slots (0).
 *
 * A write to eject hides the slot from configuration accesses at once, so that the guest sees what
 * it did; the card is taken out a moment later in the loop thread. A guest may eject a card that
 * nobody asked for.
 *
 * Threading: the function's lock.
 */
#include "hw/pci/piix4_gpe.h"

#define GPE_EN 2 /* the status is before it */
#define GPE_REACHABLE (1u << PIIX4_GPE_HOTPLUG)

#define SLOTS_REMOVABLE 0x0c
#define SLOTS_SELECT 0x10
#define SELECT_LIMIT 256u /* from here on not even the register itself reads back */

_Static_assert(sizeof(struct piix4_gpe_state) == 16, "no padding in saved state");
_Static_assert(PCI_SLOTS == 32, "a bit for each");

/* -- general purpose events -- */

static uint64_t gpe_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct piix4_gpe_state *s = ((struct piix4_gpe *)opaque)->s;
    unsigned reg = offset < GPE_EN ? s->sts : s->en;

    (void)width;
    return reg >> (8 * (offset & 1)) & 0xff;
}

static void gpe_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct piix4_gpe *g = opaque;
    unsigned shift = 8 * (unsigned)(offset & 1);
    unsigned bits = (unsigned)value << shift;

    (void)width;
    if (offset < GPE_EN) {
        g->s->sts = (uint16_t)(g->s->sts & ~bits);
    } else {
        g->s->en = (uint16_t)((g->s->en & ~(0xffu << shift)) | bits);
    }
    g->changed(g->opaque);
}

static const struct region_ops gpe_ops = {.read = gpe_read, .write = gpe_write};

/* -- slots -- */

static uint32_t take_up(struct piix4_gpe_state *s)
{
    uint32_t up = s->up;

    s->up = 0;
    return up;
}

static uint64_t slots_read(void *opaque, uint64_t offset, unsigned width)
{
    struct piix4_gpe *g = opaque;
    bool here = g->s->select == 0;

    if (width != 4 || g->s->select >= SELECT_LIMIT) {
        return 0;
    }
    switch (offset) {
    case PIIX4_SLOTS_UP:
        return here ? take_up(g->s) : 0;
    case PIIX4_SLOTS_DOWN:
        return here ? g->s->down : 0;
    case SLOTS_REMOVABLE:
        return here ? ~g->fixed : UINT32_MAX;
    case SLOTS_SELECT:
        return g->s->select;
    default: /* eject reads as the set of features: none beyond these registers */
        return 0;
    }
}

static void eject(struct piix4_gpe *g, uint32_t slots)
{
    slots &= ~g->fixed;
    if (slots == 0) {
        return;
    }
    g->s->up &= ~slots;
    g->s->down &= ~slots;
    pci_bus_hide(g->bus, slots, true);
    __atomic_fetch_or(&g->ejecting, slots, __ATOMIC_RELEASE);
    loop_kick(&g->kick);
}

static void slots_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct piix4_gpe *g = opaque;

    if (width != 4) {
        return;
    }
    if (offset == SLOTS_SELECT) {
        g->s->select = (uint32_t)value;
    } else if (offset == PIIX4_SLOTS_EJECT && g->s->select == 0) {
        eject(g, (uint32_t)value);
    }
}

static const struct region_ops slots_ops = {
    .read = slots_read,
    .write = slots_write,
    .impl = 1 | 2 | 4,
};

/* In the loop thread. */
static void run_eject(void *opaque)
{
    struct piix4_gpe *g = opaque;
    uint32_t slots = __atomic_exchange_n(&g->ejecting, 0, __ATOMIC_ACQUIRE);

    if (slots && g->ejected) {
        g->ejected(g->ejected_opaque, slots);
    }
    pci_bus_hide(g->bus, slots, false);
}

void piix4_gpe_raise(struct piix4_gpe *g, unsigned slot, bool up)
{
    uint32_t bit = UINT32_C(1) << (slot % PCI_SLOTS);

    if (up) {
        g->s->up |= bit;
    } else {
        g->s->down |= bit;
    }
    g->s->sts |= GPE_REACHABLE;
    g->changed(g->opaque);
}

/* -- life -- */

static struct region block(struct piix4_gpe *g, const char *name, const struct region_ops *ops,
                           uint64_t size)
{
    return (struct region){
        .name = name, .dev = g->dev, .opaque = g, .ops = ops, .size = size, .prio = PRIO_FIXED};
}

bool piix4_gpe_init(struct piix4_gpe *g, struct piix4_gpe_state *s, struct device *dev,
                    struct board *b, void (*changed)(void *opaque), void *opaque, GError **error)
{
    *g =
        (struct piix4_gpe){.s = s, .dev = dev, .changed = changed, .opaque = opaque, .bus = b->pci};
    loop_kick_init(&g->kick, run_eject, g);
    g->gpe = block(g, "acpi-gpe0", &gpe_ops, PIIX4_GPE_PORTS);
    g->slots = block(g, "acpi-pci-hotplug", &slots_ops, PIIX4_SLOTS_PORTS);
    dev->regions = g_slist_append(dev->regions, &g->gpe);
    dev->regions = g_slist_append(dev->regions, &g->slots);
    return space_map(b->ports, &g->gpe, PIIX4_GPE_PORT, error) &&
           space_map(b->ports, &g->slots, PIIX4_SLOTS_PORT, error);
}

void piix4_gpe_exit(struct piix4_gpe *g)
{
    space_unmap(&g->gpe);
    space_unmap(&g->slots);
    space_synchronize(); /* nobody kicks any more */
    loop_kick_cancel(&g->kick);
}

/* -- state -- */

const char *piix4_gpe_check(const struct piix4_gpe_state *s)
{
    return s->sts & ~GPE_REACHABLE ? "gpe.sts" : NULL;
}

static const struct state_field fields[] = {
    STATE_FIELD(struct piix4_gpe_state, up),     STATE_FIELD(struct piix4_gpe_state, down),
    STATE_FIELD(struct piix4_gpe_state, select), STATE_FIELD(struct piix4_gpe_state, sts),
    STATE_FIELD(struct piix4_gpe_state, en),     STATE_END,
};

const struct state_layout piix4_gpe_layout = {
    .name = "gpe",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct piix4_gpe_state),
    .fields = fields,
};
