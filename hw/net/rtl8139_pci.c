/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTL8139C+: PCI function 10ec:8139, revision 20h; state. Data sheet chapters 7 (EEPROM) and 8 (PCI
 * configuration). cplus=off is the RTL8139C, revision 10h, which has the four slots and the receive ring
 * only: drivers for these (Linux 8139too, Windows 98) leave the C+ alone or know nothing of it. BAR 0 is 256 ports, BAR 1 the same registers in memory; the ROM BAR holds iPXE's
 * boot ROM for this card, if it is installed, or romfile=. Subsystem 1af4:1100 is QEMU's, so that a
 * guest installed there finds the card it knows.
 *
 * Not modelled: power management and vital product data capabilities; CardBus. What a guest writes to
 * the EEPROM lasts until the machine is reset.
 */
#include "hw/net/rtl8139_priv.h"
#include "hw/pci/pci_rom.h"

#include <string.h>

static struct rtl8139 *from_device(struct device *dev)
{
    return (struct rtl8139 *)(void *)dev;
}

/* Identification, then the station address at word 7. */
static void fill_eeprom(struct rtl8139 *d)
{
    memset(d->content, 0, sizeof(d->content));
    d->content[0] = 0x8129;
    d->content[1] = 0x10ec;
    d->content[2] = 0x8139;
    for (unsigned i = 0; i < 3; i++) {
        d->content[7 + i] = (uint16_t)(d->mac[2 * i] | d->mac[2 * i + 1] << 8);
    }
    eeprom93xx_init(&d->s.eeprom, d->content, EEPROM_93C46_WORDS);
}

static bool realize(struct device *dev, struct board *b, GError **error)
{
    struct pci_ids ids = {
        .vendor = 0x10ec,
        .device = 0x8139,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .revision = 0x20,
        .class_base = 0x02,
        .interrupt_pin = 1,
    };
    struct rtl8139 *d = from_device(dev);
    struct nic_hold_setup hold = {
        .state = &d->s.hold,
        .dev = dev,
        .clock = b->clock,
        .link = d->netdev,
        .ops = &rtl8139_link_ops,
        .opaque = d,
        .ms = d->hold_ms,
    };

    if (!d->cplus) {
        ids.revision = 0x10;
    }
    if (!pci_device_init(&d->pci, &d->s.pci, b, &ids, error)) {
        return false;
    }
    d->io = (struct region){.name = "rtl8139-io",
                            .dev = dev,
                            .opaque = d,
                            .ops = &rtl8139_ops,
                            .kind = REGION_IO,
                            .size = RTL8139_IO_SIZE};
    d->mmio = d->io;
    d->mmio.name = "rtl8139-mmio";
    pci_bar_add(&d->pci, 0, &d->io, true, false);
    pci_bar_add(&d->pci, 1, &d->mmio, false, false);
    eth_init();
    eth_default_address(d->mac);
    if (!pci_option_rom(&d->pci, d->romfile, "pxe-rtl8139.rom", error) ||
        !nic_hold_init(&d->hold, &hold, error)) {
        pci_device_exit(&d->pci);
        return false;
    }
    d->clock = b->clock;
    d->packet = g_malloc(RTL8139_PACKET_MAX);
    timer_init(&d->timer, b->clock, dev, rtl8139_timer_fire, d);
    timer_init(&d->retry, b->clock, dev, rtl8139_retry_fire, d);
    fill_eeprom(d);
    rtl8139_power_on(d);
    return true;
}

static void unrealize(struct device *dev)
{
    struct rtl8139 *d = from_device(dev);

    pci_device_exit(&d->pci); /* the wire first: no vCPU is in our handlers after it */
    nic_hold_exit(&d->hold);
    timer_cancel(&d->timer);
    timer_cancel(&d->retry);
    g_clear_pointer(&d->packet, g_free);
}

static void reset(struct device *dev)
{
    struct rtl8139 *d = from_device(dev);

    pci_device_reset(&d->pci);
    eeprom93xx_init(&d->s.eeprom, d->content, EEPROM_93C46_WORDS);
    rtl8139_power_on(d);
}

/* Which chip it is, is the device's, whatever a saved state says. */
static void settle_chip(struct rtl8139 *d)
{
    struct rtl8139_state *s = &d->s;

    s->tcr = (s->tcr & ~TCR_PLUS) | (d->cplus ? TCR_PLUS : 0);
    if (!d->cplus) {
        s->cpcr = s->mitigation = 0;
        s->rx_ring = 0;
        s->etthr = 0;
        memset(s->tx_polled, 0, sizeof(s->tx_polled));
    }
}

static void settle(struct device *dev)
{
    struct rtl8139 *d = from_device(dev);

    settle_chip(d);
    pci_device_settle(&d->pci);
    nic_hold_settle(&d->hold);
    timer_cancel(&d->retry);
    rtl8139_update(d);
}

static const char *check_registers(const struct rtl8139_state *s)
{
    if ((s->tcr & ~(TCR_WRITABLE | TCR_PLUS)) != TCR_VERSION) {
        return "tcr";
    }
    if (s->rcr & ~RCR_WRITABLE) {
        return "rcr";
    }
    if (s->mpc > 0xffffffu) {
        return "mpc";
    }
    if (s->imr & ~ISR_MASK) {
        return "imr";
    }
    if (s->isr & ~ISR_MASK) {
        return "isr";
    }
    if (s->reading > 1 || (s->reading && !(s->isr & ISR_ROK))) {
        return "reading";
    }
    if (s->cpcr & ~(rtl8139_is_plus(s) ? CPCR_WRITABLE : 0)) {
        return "cpcr";
    }
    if (s->cr & ~(CR_RE | CR_TE)) {
        return "cr";
    }
    if ((s->config1 & CONFIG1_MAPPED) != CONFIG1_MAPPED) {
        return "config1";
    }
    return s->phy[1] > 0xff ? "phy" : NULL;
}

static const char *check(const void *state)
{
    const struct rtl8139_state *s = state;
    const char *wrong = pci_state_check(&s->pci);

    wrong = wrong ? wrong : eeprom93xx_check(&s->eeprom);
    wrong = wrong ? wrong : nic_hold_check(&s->hold);
    wrong = wrong ? wrong : check_registers(s);
    if (wrong) {
        return wrong;
    }
    if (s->eeprom.words != EEPROM_93C46_WORDS) {
        return "eeprom.words";
    }
    for (unsigned i = 0; i < sizeof(s->pad); i++) {
        if (s->pad[i]) {
            return "pad";
        }
    }
    if (s->tx_slot >= RTL8139_TX_SLOTS) {
        return "tx_slot";
    }
    for (unsigned i = 0; i < 2; i++) {
        if (s->tx_index[i] >= RTL8139_RING) {
            return "tx_index";
        }
        if (s->tx_polled[i] > 1) {
            return "tx_polled";
        }
    }
    if (s->rx_index >= RTL8139_RING) {
        return "rx_index";
    }
    if (s->tx_blocked > 1) {
        return "tx_blocked";
    }
    return s->pci.intx != rtl8139_int_level(s) ? "pci.intx" : NULL;
}

static const struct state_field tally_fields[] = {
    STATE_FIELD(struct rtl8139_tally, tx_ok),
    STATE_FIELD(struct rtl8139_tally, rx_ok),
    STATE_FIELD(struct rtl8139_tally, tx_err),
    STATE_FIELD(struct rtl8139_tally, rx_err),
    STATE_FIELD(struct rtl8139_tally, missed),
    STATE_FIELD(struct rtl8139_tally, align_err),
    STATE_FIELD(struct rtl8139_tally, tx_1col),
    STATE_FIELD(struct rtl8139_tally, tx_mcol),
    STATE_FIELD(struct rtl8139_tally, rx_ok_phy),
    STATE_FIELD(struct rtl8139_tally, rx_ok_broadcast),
    STATE_FIELD(struct rtl8139_tally, rx_ok_multicast),
    STATE_FIELD(struct rtl8139_tally, tx_abort),
    STATE_FIELD(struct rtl8139_tally, tx_underrun),
    STATE_END,
};

static const struct state_layout tally_layout = {
    .name = "tally",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct rtl8139_tally),
    .fields = tally_fields,
};

#define ONE(field) STATE_FIELD(struct rtl8139_state, field)
#define MANY(field) STATE_ARRAY(struct rtl8139_state, field)
static const struct state_field fields[] = {
    STATE_STRUCT(struct rtl8139_state, pci, &pci_state_layout),
    STATE_STRUCT(struct rtl8139_state, eeprom, &eeprom93xx_layout),
    STATE_STRUCT(struct rtl8139_state, hold, &nic_hold_layout),
    STATE_STRUCT(struct rtl8139_state, tally, &tally_layout),
    ONE(rx_ring),
    ONE(timer_base),
    ONE(timer_due),
    MANY(tsd),
    MANY(tsad),
    ONE(rbstart),
    ONE(tcr),
    ONE(rcr),
    ONE(mpc),
    ONE(timer_int),
    MANY(phy),
    ONE(twister),
    ONE(capr),
    ONE(cbr),
    ONE(imr),
    ONE(isr),
    ONE(mulint),
    ONE(bmcr),
    ONE(anar),
    ONE(nway),
    ONE(cpcr),
    ONE(mitigation),
    ONE(erbcr),
    MANY(large_sent),
    ONE(tx_slot),
    MANY(tx_index),
    MANY(tx_polled),
    ONE(tx_blocked),
    ONE(rx_index),
    MANY(idr),
    MANY(mar),
    ONE(reading),
    ONE(cr),
    ONE(ersr),
    ONE(cr9346),
    ONE(config0),
    ONE(config1),
    ONE(config3),
    ONE(config4),
    ONE(config5),
    ONE(etthr),
    MANY(pad),
    STATE_END,
};
#undef ONE
#undef MANY

static const struct state_layout layout = {
    .name = "rtl8139",
    .version = 2, /* 2: reading */
    .min_version = 2,
    .size = sizeof(struct rtl8139_state),
    .fields = fields,
    .check = check,
};

#define AT(field) offsetof(struct rtl8139, field)
static const struct prop props[] = {
    PCI_PROPS(struct rtl8139),
    {.name = "netdev", .type = PROP_LINK, .offset = AT(netdev), .help = "id of a -netdev"},
    {.name = "mac", .type = PROP_MAC, .offset = AT(mac), .help = "station address"},
    PCI_ROM_PROP(struct rtl8139, romfile, "pxe-rtl8139.rom"),
    NIC_HOLD_PROP(struct rtl8139, hold_ms),
    {.name = "cplus",
     .type = PROP_BOOL,
     .offset = AT(cplus),
     .def = "on",
     .help = "off: RTL8139C, revision 10h, without C+ mode (Linux 8139too)"},
    {.name = NULL},
};
#undef AT

const struct device_class rtl8139_class = {
    .name = "rtl8139",
    .desc = "Realtek RTL8139C+ Fast Ethernet adapter",
    .bus = BUS_PCI,
    .user = true,
    .size = sizeof(struct rtl8139),
    .state_offset = offsetof(struct rtl8139, s),
    .state = &layout,
    .props = props,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};
