/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtio network card as a transitional PCI function, 1af4:1000: the device, its configuration and
 * life. Virtual I/O Device 1.0, section 5.1; the transport is hw/virtio, frames are in
 * virtio_net_io.c, the control queue is in virtio_net_ctrl.c.
 *
 * Modelled: MAC, STATUS, MRG_RXBUF, CTRL_VQ with receive modes, addresses and VLANs.
 * Not modelled: offloads, several queue pairs, announcements, MTU.
 *
 * Threading: the device's lock everywhere. Frames arrive and timers fire in the loop thread; what
 * the guest sends is sent in the vCPU's, in bounded runs.
 */
#include "hw/net/virtio_net_priv.h"

#include "hw/net/ethernet.h"
#include "hw/pci/pci_rom.h"

#include <string.h>

#define ROM "pxe-virtio.rom"
#define CONFIG_STATUS 6 /* after the address */
#define CONFIG_SIZE 8
#define STATUS_LINK_UP 1u

static struct virtio_net *from_virtio(struct virtio *v)
{
    return (struct virtio_net *)(void *)v;
}

static struct virtio_net *from_device(struct device *d)
{
    return (struct virtio_net *)(void *)d;
}

/* -- the device's part of the transport -- */

static uint8_t config_read(struct virtio *v, uint32_t offset)
{
    const struct virtio_net *n = from_virtio(v);

    if (offset < CONFIG_STATUS) {
        return n->s.mac[offset];
    }
    return offset == CONFIG_STATUS && n->s.link ? STATUS_LINK_UP : 0;
}

/* Drivers of old write the address here; newer ones have a command for it. */
static void config_write(struct virtio *v, uint32_t offset, uint8_t value)
{
    struct virtio_net *n = from_virtio(v);

    if (offset < CONFIG_STATUS && !virtio_has(v, VIRTIO_F_VERSION_1 | NET_F_CTRL_MAC_ADDR)) {
        n->s.mac[offset] = value;
    }
}

static void kick(struct virtio *v, unsigned queue)
{
    struct virtio_net *n = from_virtio(v);

    switch (queue) {
    case RX:
        virtio_net_offer(n);
        break;
    case TX:
        virtio_net_tx_run(n);
        break;
    default:
        virtio_net_control(n);
        break;
    }
}

static void reset_net(struct virtio *v)
{
    struct virtio_net *n = from_virtio(v);
    struct virtio_net_state *s = &n->s;

    memset(s->vlans, 0, sizeof(s->vlans));
    memset(s->macs, 0, sizeof(s->macs));
    s->unicast = s->multicast = s->unicast_full = s->multicast_full = 0;
    s->modes = 1u << VIRTIO_NET_PROMISC;
    memcpy(s->mac, n->mac, sizeof(s->mac));
    virtio_net_tx_run(n);
    virtio_net_offer(n);
}

static const struct virtio_model model = {
    .ids =
        {
            .vendor = 0x1af4,
            .device = 0x1000,
            .subsystem_vendor = 0x1af4,
            .subsystem = 1, /* network card */
            .class_base = 0x02,
            .interrupt_pin = 1,
        },
    .features = NET_F_MAC | NET_F_STATUS | NET_F_MRG_RXBUF | NET_F_CTRL_VQ | NET_F_CTRL_RX |
                NET_F_CTRL_VLAN | NET_F_CTRL_RX_EXTRA | NET_F_CTRL_MAC_ADDR,
    .nqueues = VIRTIO_NET_QUEUES,
    .queue_size = {256, 256, 64},
    .config_size = CONFIG_SIZE,
    .config_read = config_read,
    .config_write = config_write,
    .kick = kick,
    .reset = reset_net,
};

/* -- the link's side -- */

static bool link_now(const struct virtio_net *n)
{
    return n->netdev && link_carrier(n->netdev);
}

static void update_link(struct virtio_net *n)
{
    bool now = link_now(n);

    if (n->s.link != now) {
        n->s.link = now;
        virtio_net_offer(n);
        virtio_config_changed(&n->v);
    }
}

static void carrier(void *opaque, bool up)
{
    (void)up;
    update_link(opaque);
}

static void writable(void *opaque)
{
    virtio_net_tx_run(opaque);
}

static const struct link_guest_ops link_ops = {
    .receive = virtio_net_receive,
    .writable = writable,
    .carrier = carrier,
};

static void tx_fire(void *opaque)
{
    struct virtio_net *n = opaque;

    update_link(n);
    if (n->s.tx_due && clock_now(n->clock) < n->s.tx_due) {
        timer_arm(&n->tx_timer, n->s.tx_due);
    } else if (n->s.tx_due) {
        virtio_net_tx_run(n);
    }
}

/* -- life -- */

static bool realize(struct device *d, struct board *b, GError **error)
{
    struct virtio_net *n = from_device(d);

    if (!virtio_init(&n->v, &model, &n->s.pci, &n->s.virtio, n->s.queue, b, error)) {
        return false;
    }
    if (!pci_option_rom(&n->v.pci, n->romfile, ROM, error)) {
        pci_device_exit(&n->v.pci);
        return false;
    }
    if (n->netdev && !link_attach(n->netdev, d, &link_ops, n)) {
        g_set_error(error, DEVICE_ERROR, 0, "-device %s: netdev=%s is taken by another card",
                    d->cls->name, link_name(n->netdev));
        pci_device_exit(&n->v.pci);
        return false;
    }
    eth_default_address(n->mac);
    n->clock = b->clock;
    timer_init(&n->tx_timer, b->clock, d, tx_fire, n);
    return true;
}

static void unrealize(struct device *d)
{
    struct virtio_net *n = from_device(d);

    pci_device_exit(&n->v.pci);
    if (n->netdev) {
        link_detach(n->netdev);
    }
    timer_cancel(&n->tx_timer);
}

static void reset(struct device *d)
{
    struct virtio_net *n = from_device(d);

    n->s.link = link_now(n);
    virtio_power_on(&n->v);
}

static void settle(struct device *d)
{
    struct virtio_net *n = from_device(d);
    uint64_t due = n->s.tx_due;

    virtio_settle(&n->v);
    if (n->s.link != link_now(n)) { /* saved with another cable */
        due = clock_now(n->clock);
    }
    if (due) {
        timer_arm(&n->tx_timer, due);
    } else {
        timer_cancel(&n->tx_timer);
    }
}

/* -- tables -- */

static const char *check(const void *state)
{
    const struct virtio_net_state *s = state;
    const char *wrong = virtio_check(&model, &s->pci, &s->virtio, s->queue);

    if (wrong) {
        return wrong;
    }
    if ((unsigned)s->unicast + s->multicast > VIRTIO_NET_MACS) {
        return "unicast";
    }
    if (s->unicast_full > 1 || s->multicast_full > 1 || s->link > 1 || s->waiting > 1) {
        return "link";
    }
    if (s->modes >> VIRTIO_NET_MODES) {
        return "modes";
    }
    return s->pad[0] || s->pad[1] || s->pad[2] ? "pad" : NULL;
}

static const struct state_field fields[] = {
    STATE_STRUCT(struct virtio_net_state, pci, &pci_state_layout),
    STATE_STRUCT(struct virtio_net_state, virtio, &virtio_state_layout),
    STATE_STRUCTS(struct virtio_net_state, queue, &virtq_state_layout),
    STATE_FIELD(struct virtio_net_state, tx_due),
    STATE_ARRAY(struct virtio_net_state, vlans),
    STATE_ARRAY_OF(struct virtio_net_state, macs, uint8_t),
    STATE_FIELD(struct virtio_net_state, unicast),
    STATE_FIELD(struct virtio_net_state, multicast),
    STATE_FIELD(struct virtio_net_state, unicast_full),
    STATE_FIELD(struct virtio_net_state, multicast_full),
    STATE_ARRAY(struct virtio_net_state, mac),
    STATE_FIELD(struct virtio_net_state, modes),
    STATE_FIELD(struct virtio_net_state, link),
    STATE_FIELD(struct virtio_net_state, waiting),
    STATE_ARRAY(struct virtio_net_state, pad),
    STATE_END,
};

static const struct state_layout layout = {
    .name = "virtio-net",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct virtio_net_state),
    .fields = fields,
    .check = check,
};

#define AT(field) offsetof(struct virtio_net, field)
static const struct prop props[] = {
    {.name = "addr",
     .type = PROP_ADDR,
     .offset = AT(v.pci.devfn),
     .help = "PCI slot, as 05 or 05.0"},
    {.name = "netdev", .type = PROP_LINK, .offset = AT(netdev), .help = "id of a -netdev"},
    {.name = "mac", .type = PROP_MAC, .offset = AT(mac), .help = "station address"},
    PCI_ROM_PROP(struct virtio_net, romfile, ROM),
    {.name = NULL},
};
#undef AT

const struct device_class virtio_net_class = {
    .name = "virtio-net-pci",
    .alias = "virtio-net",
    .desc = "virtio network adapter",
    .bus = BUS_PCI,
    .user = true,
    .size = sizeof(struct virtio_net),
    .state_offset = offsetof(struct virtio_net, s),
    .state = &layout,
    .props = props,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};
