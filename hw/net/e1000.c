/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 82540EM gigabit Ethernet controller, 8086:100e: PCI glue, interrupts, reset, state.
 * Intel 317453 (PCI/PCI-X family of gigabit Ethernet controllers, software developer's manual).
 *
 * Modelled: registers in memory (BAR 0) and by IOADDR and IODATA (BAR 1, section 4.3); causes, masks
 * and throttling by ITR (13.4.18); reset by CTRL.RST. The files beside this one say what they
 * model: e1000_regs.c, e1000_phy.c (with the EEPROM), e1000_tx.c, e1000_rx.c.
 * Not modelled: flash, wake-up, power management, 64-bit BARs.
 *
 * Threading: the device's lock everywhere. Frames arrive and timers fire in the loop thread; what
 * the guest sends is sent in the vCPU's, in bounded runs.
 */
#include "hw/net/e1000_priv.h"

#include "hw/net/ethernet.h"
#include "hw/pci/pci_rom.h"

#include <string.h>

#define ROM "pxe-e1000.rom"
#define MMIO_SIZE 0x20000u
#define IO_SIZE 64u
#define IOADDR 0u
#define IODATA 4u
#define ITR_UNIT_NS 256u

static struct e1000 *self(struct device *d)
{
    return (struct e1000 *)(void *)d;
}

/* -- interrupts and timers -- */

static bool wants_interrupt(const struct e1000_state *s)
{
    return (s->icr & s->ims) != 0;
}

static void arm(struct timer *t, uint64_t due)
{
    if (due && t->deadline != due) {
        timer_arm(t, due);
    } else if (!due && timer_armed(t)) {
        timer_cancel(t);
    }
}

static void arm_timers(struct e1000 *e)
{
    const struct e1000_state *s = &e->s;

    arm(&e->link_timer, s->link_due);
    arm(&e->itr_timer, wants_interrupt(s) && !s->pci.intx ? s->itr_due : 0);
    arm(&e->tx_timer, s->tx_due);
}

void e1000_update(struct e1000 *e)
{
    struct e1000_state *s = &e->s;

    if (!wants_interrupt(s)) {
        pci_set_intx(&e->pci, false);
    } else if (!s->pci.intx) {
        uint64_t now = clock_now(e->clock);

        if (now >= s->itr_due) {
            uint64_t gap = (uint64_t)s->reg[R_ITR] * ITR_UNIT_NS;

            s->itr_due = gap ? now + gap : 0;
            pci_set_intx(&e->pci, true);
        }
    }
    arm_timers(e);
}

void e1000_cause(struct e1000 *e, uint32_t causes)
{
    e->s.icr |= causes;
    e1000_update(e);
}

static void link_fire(void *opaque)
{
    struct e1000 *e = opaque;
    struct e1000_state *s = &e->s;

    if (s->link_due && clock_now(e->clock) >= s->link_due) {
        s->link_due = 0;
        e1000_phy_done(s);
    }
    e1000_link_update(e);
    e1000_update(e);
}

static void itr_fire(void *opaque)
{
    e1000_update(opaque);
}

static void tx_fire(void *opaque)
{
    struct e1000 *e = opaque;

    if (e->s.tx_due && clock_now(e->clock) >= e->s.tx_due) {
        e1000_tx_run(e);
    } else {
        e1000_update(e);
    }
}

/* -- the link's side -- */

static void writable(void *opaque)
{
    e1000_tx_run(opaque);
}

static void carrier(void *opaque, bool up)
{
    (void)up;
    e1000_link_update(opaque);
}

static const struct link_guest_ops link_ops = {
    .receive = e1000_receive,
    .writable = writable,
    .carrier = carrier,
};

/* -- accesses -- */

static uint64_t mmio_read(void *opaque, uint64_t offset, unsigned width)
{
    (void)width;
    return e1000_read(opaque, (uint32_t)offset);
}

static void mmio_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    (void)width;
    e1000_write(opaque, (uint32_t)offset, (uint32_t)value);
}

static const struct region_ops mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .valid = 1 | 2 | 4 | 8,
    .impl = 4,
};

static uint64_t io_read(void *opaque, uint64_t offset, unsigned width)
{
    struct e1000 *e = opaque;

    (void)width;
    if (offset == IOADDR) {
        return e->s.ioaddr;
    }
    return offset == IODATA && e->s.ioaddr < MMIO_SIZE ? e1000_read(e, e->s.ioaddr) : 0;
}

static void io_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct e1000 *e = opaque;

    (void)width;
    if (offset == IOADDR) {
        e->s.ioaddr = (uint32_t)value;
    } else if (offset == IODATA && e->s.ioaddr < MMIO_SIZE) {
        e1000_write(e, e->s.ioaddr, (uint32_t)value);
    }
}

static const struct region_ops io_ops = {
    .read = io_read,
    .write = io_write,
    .valid = 4,
    .impl = 4,
};

/* Bus mastering may have been switched on: work that waits for it can begin. */
static void config_written(struct pci_device *d, uint8_t offset, unsigned len)
{
    struct e1000 *e = self(&d->dev);

    if (offset < PCI_STATUS && offset + len > PCI_COMMAND) {
        e1000_tx_run(e);
        e1000_offer(e);
    }
}

/* -- life -- */

/* CTRL.RST, section 13.4.1: all but the PCI header, the PHY and the EEPROM. */
void e1000_soft_reset(struct e1000 *e)
{
    struct e1000_state *s = &e->s;

    e1000_regs_reset(s);
    s->icr = s->ims = 0;
    s->eerd = s->eecd = s->mdic = 0;
    s->ee_in = s->ee_out = 0;
    memset(s->stat, 0, sizeof(s->stat));
    memset(s->mta, 0, sizeof(s->mta));
    memset(s->vfta, 0, sizeof(s->vfta));
    memset(s->ra, 0, sizeof(s->ra));
    memset(&s->tx, 0, sizeof(s->tx));
    s->itr_due = s->tx_due = 0;
    e1000_eeprom_load(e);
    e1000_offer(e);
    e1000_update(e);
}

static void reset(struct device *d)
{
    struct e1000 *e = self(d);
    struct e1000_state *s = &e->s;

    pci_device_reset(&e->pci);
    s->ioaddr = 0;
    s->link_due = 0;
    memset(s->phy, 0, sizeof(s->phy));
    s->link = e1000_link_now(e);
    e1000_phy_reset(s);
    e1000_soft_reset(e);
}

static void settle(struct device *d)
{
    struct e1000 *e = self(d);

    pci_device_settle(&e->pci);
    arm_timers(e);
    if (e->s.link != e1000_link_now(e)) { /* saved with another cable */
        timer_arm(&e->link_timer, clock_now(e->clock));
    }
}

static bool realize(struct device *d, struct board *b, GError **error)
{
    static const struct pci_ids ids = {
        .vendor = 0x8086,
        .device = 0x100e,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .revision = 3,
        .class_base = 0x02,
        .interrupt_pin = 1,
    };
    struct e1000 *e = self(d);

    if (!pci_device_init(&e->pci, &e->s.pci, b, &ids, error)) {
        return false;
    }
    if (!pci_option_rom(&e->pci, e->romfile, ROM, error)) {
        pci_device_exit(&e->pci);
        return false;
    }
    if (e->netdev && !link_attach(e->netdev, d, &link_ops, e)) {
        g_set_error(error, DEVICE_ERROR, 0, "-device e1000: netdev=%s is taken by another card",
                    link_name(e->netdev));
        pci_device_exit(&e->pci);
        return false;
    }
    eth_init();
    eth_default_address(e->mac);
    e1000_eeprom_fill(e);
    e->clock = b->clock;
    timer_init(&e->link_timer, b->clock, d, link_fire, e);
    timer_init(&e->itr_timer, b->clock, d, itr_fire, e);
    timer_init(&e->tx_timer, b->clock, d, tx_fire, e);
    e->mmio = (struct region){
        .name = "e1000-mmio", .dev = d, .opaque = e, .ops = &mmio_ops, .size = MMIO_SIZE};
    e->io =
        (struct region){.name = "e1000-io", .dev = d, .opaque = e, .ops = &io_ops, .size = IO_SIZE};
    e->pci.config_written = config_written;
    pci_bar_add(&e->pci, 0, &e->mmio, false, false);
    pci_bar_add(&e->pci, 1, &e->io, true, false);
    return true;
}

static void unrealize(struct device *d)
{
    struct e1000 *e = self(d);

    pci_device_exit(&e->pci);
    if (e->netdev) {
        link_detach(e->netdev);
    }
    timer_cancel(&e->link_timer);
    timer_cancel(&e->itr_timer);
    timer_cancel(&e->tx_timer);
}

/* -- tables -- */

static const char *check(const void *state)
{
    const struct e1000_state *s = state;
    const char *wrong = pci_state_check(&s->pci);

    wrong = wrong ? wrong : e1000_regs_check(s);
    wrong = wrong ? wrong : e1000_tx_check(&s->tx);
    if (wrong) {
        return wrong;
    }
    if ((s->icr | s->ims) & ~ICR_MASK) {
        return "icr";
    }
    if (s->pci.intx && !wants_interrupt(s)) {
        return "pci.intx";
    }
    if (s->eecd & ~EECD_WMASK) {
        return "eecd";
    }
    if (s->ee_in > 0x1ff || s->ee_out > 16 * E1000_EEPROM_WORDS) {
        return "ee_in";
    }
    if (s->link > 1 || s->waiting > 1) {
        return "link";
    }
    return s->pad[0] || s->pad[1] || s->pad[2] ? "pad" : NULL;
}

static const struct state_field fields[] = {
    STATE_STRUCT(struct e1000_state, pci, &pci_state_layout),
    STATE_ARRAY(struct e1000_state, reg),
    STATE_FIELD(struct e1000_state, icr),
    STATE_FIELD(struct e1000_state, ims),
    STATE_FIELD(struct e1000_state, ioaddr),
    STATE_FIELD(struct e1000_state, eerd),
    STATE_FIELD(struct e1000_state, mdic),
    STATE_FIELD(struct e1000_state, eecd),
    STATE_ARRAY(struct e1000_state, stat),
    STATE_ARRAY(struct e1000_state, mta),
    STATE_ARRAY(struct e1000_state, vfta),
    STATE_ARRAY(struct e1000_state, ra),
    STATE_ARRAY(struct e1000_state, phy),
    STATE_FIELD(struct e1000_state, ee_in),
    STATE_FIELD(struct e1000_state, ee_out),
    STATE_FIELD(struct e1000_state, link),
    STATE_FIELD(struct e1000_state, waiting),
    STATE_ARRAY(struct e1000_state, pad),
    STATE_FIELD(struct e1000_state, link_due),
    STATE_FIELD(struct e1000_state, itr_due),
    STATE_FIELD(struct e1000_state, tx_due),
    STATE_STRUCT(struct e1000_state, tx, &e1000_tx_layout),
    STATE_END,
};

static const struct state_layout layout = {
    .name = "e1000",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct e1000_state),
    .fields = fields,
    .check = check,
};

static const struct prop props[] = {
    PCI_PROPS(struct e1000),
    {.name = "netdev",
     .type = PROP_LINK,
     .offset = offsetof(struct e1000, netdev),
     .help = "id of a -netdev"},
    {.name = "mac",
     .type = PROP_MAC,
     .offset = offsetof(struct e1000, mac),
     .help = "station address"},
    PCI_ROM_PROP(struct e1000, romfile, ROM),
    {.name = NULL},
};

const struct device_class e1000_class = {
    .name = "e1000",
    .desc = "Intel 82540EM gigabit Ethernet adapter",
    .bus = BUS_PCI,
    .user = true,
    .size = sizeof(struct e1000),
    .state_offset = offsetof(struct e1000, s),
    .state = &layout,
    .props = props,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};
