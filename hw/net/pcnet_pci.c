/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCnet-PCI II: PCI function 1022:2000, revision 10h; state. Am79C970A data sheet, section "PCI
 * Configuration Registers". BAR 0 is 32 ports, BAR 1 the same in memory; the ROM BAR holds iPXE's
 * boot ROM for this card, if it is installed, or romfile=. Subsystem ids are 0, as in QEMU.
 *
 * Not modelled: the ISA and VL versions of the family.
 */
#include "hw/net/pcnet_priv.h"
#include "hw/pci/pci_rom.h"

#define STATUS_FAST_BACK 0x80u     /* lower byte of STATUS */
#define STATUS_DEVSEL_MEDIUM 0x02u /* upper byte */
#define PCI_MIN_GNT 0x3e
#define PCI_MAX_LAT 0x3f

static struct pcnet *from_device(struct device *dev)
{
    return (struct pcnet *)(void *)dev;
}

static bool realize(struct device *dev, struct board *b, GError **error)
{
    static const struct pci_ids ids = {
        .vendor = 0x1022,
        .device = 0x2000,
        .revision = 0x10,
        .class_base = 0x02,
        .interrupt_pin = 1,
    };
    struct pcnet *d = from_device(dev);
    struct nic_hold_setup hold = {
        .state = &d->s.hold,
        .dev = dev,
        .clock = b->clock,
        .link = d->netdev,
        .ops = &pcnet_link_ops,
        .opaque = d,
        .ms = d->hold_ms,
    };

    if (!pci_device_init(&d->pci, &d->s.pci, b, &ids, error)) {
        return false;
    }
    d->pci.reset_config[PCI_STATUS] = STATUS_FAST_BACK;
    d->pci.reset_config[PCI_STATUS + 1] = STATUS_DEVSEL_MEDIUM;
    d->pci.reset_config[PCI_MIN_GNT] = 0x06;
    d->pci.reset_config[PCI_MAX_LAT] = 0xff;
    d->io = (struct region){.name = "pcnet-io",
                            .dev = dev,
                            .opaque = d,
                            .ops = &pcnet_ops,
                            .kind = REGION_IO,
                            .size = PCNET_IO_SIZE};
    d->mmio = d->io;
    d->mmio.name = "pcnet-mmio";
    pci_bar_add(&d->pci, 0, &d->io, true, false);
    pci_bar_add(&d->pci, 1, &d->mmio, false, false);
    eth_init();
    eth_default_address(d->mac);
    if (!pci_option_rom(&d->pci, d->romfile, "pxe-pcnet.rom", error) ||
        !nic_hold_init(&d->hold, &hold, error)) {
        pci_device_exit(&d->pci);
        return false;
    }
    d->clock = b->clock;
    timer_init(&d->poll, b->clock, dev, pcnet_poll_fire, d);
    pcnet_power_on(d);
    return true;
}

static void unrealize(struct device *dev)
{
    struct pcnet *d = from_device(dev);

    pci_device_exit(&d->pci); /* the wire first: no vCPU is in our handlers after it */
    nic_hold_exit(&d->hold);
    timer_cancel(&d->poll);
}

static void reset(struct device *dev)
{
    struct pcnet *d = from_device(dev);

    pci_device_reset(&d->pci);
    pcnet_power_on(d);
    d->s.poll_due = 0;
}

static void settle(struct device *dev)
{
    struct pcnet *d = from_device(dev);

    pci_device_settle(&d->pci);
    nic_hold_settle(&d->hold);
    pcnet_update(d);
}

static const char *check_registers(const struct pcnet_state *s)
{
    unsigned sws = s->bcr[BCR_SWS];

    if ((s->csr[0] & ~CSR0_STORED) ||
        ((s->csr[0] & CSR0_STOP) &&
         (s->csr[0] & (CSR0_INIT | CSR0_STRT | CSR0_TDMD | CSR0_TXON | CSR0_RXON)))) {
        return "csr";
    }
    if ((s->csr[CSR_FEATURES] & ~(CSR4_EVENTS | CSR4_WRITABLE)) ||
        (s->csr[CSR_EXTENDED] & ~(CSR5_EVENTS | CSR5_WRITABLE))) {
        return "csr";
    }
    if (sws != SWS_CSRPCNT && sws != (SWS_SSIZE32 | 1u) &&
        sws != (SWS_CSRPCNT | SWS_SSIZE32 | 2u) && sws != (SWS_CSRPCNT | SWS_SSIZE32 | 3u)) {
        return "bcr";
    }
    return s->rap >= PCNET_CSRS ? "rap" : NULL;
}

static const char *check(const void *state)
{
    const struct pcnet_state *s = state;
    const char *wrong = pci_state_check(&s->pci);

    wrong = wrong ? wrong : nic_hold_check(&s->hold);
    wrong = wrong ? wrong : check_registers(s);
    if (wrong) {
        return wrong;
    }
    if (s->tx_blocked > 1) {
        return "tx_blocked";
    }
    if ((s->poll_due != 0) != pcnet_wants_poll(s)) {
        return "poll_due";
    }
    for (size_t i = 0; i < sizeof(s->pad); i++) {
        if (s->pad[i]) {
            return "pad";
        }
    }
    return s->pci.intx != pcnet_int_level(s) ? "pci.intx" : NULL;
}

static const struct state_field fields[] = {
    STATE_STRUCT(struct pcnet_state, pci, &pci_state_layout),
    STATE_STRUCT(struct pcnet_state, hold, &nic_hold_layout),
    STATE_FIELD(struct pcnet_state, poll_due),
    STATE_ARRAY(struct pcnet_state, csr),
    STATE_ARRAY(struct pcnet_state, bcr),
    STATE_ARRAY(struct pcnet_state, aprom),
    STATE_FIELD(struct pcnet_state, rap),
    STATE_FIELD(struct pcnet_state, tx_blocked),
    STATE_ARRAY(struct pcnet_state, pad),
    STATE_END,
};

static const struct state_layout layout = {
    .name = "pcnet",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct pcnet_state),
    .fields = fields,
    .check = check,
};

#define AT(field) offsetof(struct pcnet, field)
static const struct prop props[] = {
    PCI_PROPS(struct pcnet),
    {.name = "netdev", .type = PROP_LINK, .offset = AT(netdev), .help = "id of a -netdev"},
    {.name = "mac", .type = PROP_MAC, .offset = AT(mac), .help = "station address"},
    PCI_ROM_PROP(struct pcnet, romfile, "pxe-pcnet.rom"),
    NIC_HOLD_PROP(struct pcnet, hold_ms),
    {.name = NULL},
};
#undef AT

const struct device_class pcnet_class = {
    .name = "pcnet",
    .desc = "AMD PCnet-PCI II Ethernet adapter (Am79C970A)",
    .bus = BUS_PCI,
    .user = true,
    .size = sizeof(struct pcnet),
    .state_offset = offsetof(struct pcnet, s),
    .state = &layout,
    .props = props,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};
