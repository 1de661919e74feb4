/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtio network card: the control queue and the filters it sets. Virtual I/O Device 1.0, section
 * 5.1.6.5.
 *
 * Modelled: receive modes, the table of addresses, the station's address, VLAN filtering.
 * Not modelled: announcements, queue pairs, offloads.
 *
 * A command is read by offset from the copied chain; counts in it are compared with what is really
 * there in 64 bits before anything is taken. A table that is too long for ours is one that lets all
 * pass, as the specification wants.
 */
#include "hw/net/virtio_net_priv.h"

#include "core/report.h"
#include "hw/net/ethernet.h"

#include <string.h>

#define COMMANDS_MAX 64u /* in one run; as many as the queue has */

#define CLASS_RX 0
#define CLASS_MAC 1
#define MAC_TABLE_SET 0
#define MAC_ADDR_SET 1
#define CLASS_VLAN 2
#define VLAN_ADD 0
#define VLAN_DEL 1
#define OK 0
#define ERR 1
#define COMMAND_HEADER 2u

#define VLAN_TYPE 0x8100u

/* -- filters -- */

static bool in_table(const struct virtio_net_state *s, unsigned from, unsigned n,
                     const uint8_t *address)
{
    for (unsigned i = from; i < from + n; i++) {
        if (memcmp(s->macs[i], address, ETH_ADDRESS) == 0) {
            return true;
        }
    }
    return false;
}

static bool mode(const struct virtio_net_state *s, enum virtio_net_mode which)
{
    return s->modes >> which & 1;
}

bool virtio_net_filters_vlans(const struct virtio_net_state *s)
{
    return (s->virtio.features & NET_F_CTRL_VLAN) != 0;
}

static bool vlan_passes(const struct virtio_net_state *s, const uint8_t *frame, uint32_t len)
{
    unsigned id;

    if (!virtio_net_filters_vlans(s) || len < ETH_HEADER + 4 ||
        ((unsigned)frame[12] << 8 | frame[13]) != VLAN_TYPE) {
        return true;
    }
    id = ((unsigned)frame[14] << 8 | frame[15]) & 0xfff;
    return (s->vlans[id / 32] >> id % 32 & 1) != 0;
}

bool virtio_net_wants(const struct virtio_net_state *s, const uint8_t *frame, uint32_t len)
{
    static const uint8_t broadcast[ETH_ADDRESS] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (mode(s, VIRTIO_NET_PROMISC)) {
        return true;
    }
    if (!vlan_passes(s, frame, len)) {
        return false;
    }
    if (memcmp(frame, broadcast, sizeof(broadcast)) == 0) {
        return !mode(s, VIRTIO_NET_NOBCAST);
    }
    if (frame[0] & 1) {
        return !mode(s, VIRTIO_NET_NOMULTI) && (mode(s, VIRTIO_NET_ALLMULTI) || s->multicast_full ||
                                                in_table(s, s->unicast, s->multicast, frame));
    }
    return !mode(s, VIRTIO_NET_NOUNI) &&
           (mode(s, VIRTIO_NET_ALLUNI) || s->unicast_full ||
            memcmp(frame, s->mac, sizeof(s->mac)) == 0 || in_table(s, 0, s->unicast, frame));
}

/* -- commands -- */

struct command {
    struct virtq *q;
    const struct virtq_sg *sg;
    const struct virtq_chain *c;
    uint64_t len; /* of its data */
};

/* Exactly len bytes at `offset` of the data. */
static bool fetch(const struct command *m, uint64_t offset, void *buf, uint32_t len)
{
    return offset <= m->len && len <= m->len - offset &&
           virtq_read(m->q, m->sg, m->c, COMMAND_HEADER + offset, buf, len) == len;
}

static bool set_mode(struct virtio_net_state *s, const struct command *m, unsigned which)
{
    uint8_t on;

    if (which >= VIRTIO_NET_MODES || m->len != 1 || !fetch(m, 0, &on, 1)) {
        return false;
    }
    s->modes = (uint8_t)((s->modes & ~(1u << which)) | (unsigned)(on != 0) << which);
    return true;
}

/* One of the two lists at *offset; what fits goes behind the `used` entries. */
static bool read_list(const struct command *m, uint64_t *offset, uint8_t (*to)[ETH_ADDRESS],
                      unsigned used, uint8_t *n, uint8_t *full)
{
    uint32_t entries;

    if (!fetch(m, *offset, &entries, sizeof(entries))) {
        return false;
    }
    *offset += sizeof(entries);
    if ((uint64_t)entries * ETH_ADDRESS > m->len - *offset) {
        return false;
    }
    *full = entries > VIRTIO_NET_MACS - used;
    *n = *full ? 0 : (uint8_t)entries;
    if (*n && !fetch(m, *offset, to[used], *n * ETH_ADDRESS)) {
        return false;
    }
    *offset += (uint64_t)entries * ETH_ADDRESS;
    return true;
}

static bool set_table(struct virtio_net_state *s, const struct command *m)
{
    uint8_t macs[VIRTIO_NET_MACS][ETH_ADDRESS] = {{0}};
    uint8_t n[2], full[2];
    uint64_t offset = 0;

    if (!read_list(m, &offset, macs, 0, &n[0], &full[0]) ||
        !read_list(m, &offset, macs, n[0], &n[1], &full[1]) || offset != m->len) {
        return false;
    }
    memcpy(s->macs, macs, sizeof(macs));
    s->unicast = n[0];
    s->multicast = n[1];
    s->unicast_full = full[0];
    s->multicast_full = full[1];
    return true;
}

static bool set_mac(struct virtio_net_state *s, const struct command *m, unsigned what)
{
    uint8_t address[ETH_ADDRESS];

    if (what == MAC_TABLE_SET) {
        return set_table(s, m);
    }
    if (what != MAC_ADDR_SET || m->len != ETH_ADDRESS || !fetch(m, 0, address, sizeof(address))) {
        return false;
    }
    memcpy(s->mac, address, sizeof(address));
    return true;
}

static bool set_vlan(struct virtio_net_state *s, const struct command *m, unsigned what)
{
    uint16_t id;

    if (what > VLAN_DEL || m->len != sizeof(id) || !fetch(m, 0, &id, sizeof(id)) || id > 0xfff) {
        return false;
    }
    if (what == VLAN_ADD) {
        s->vlans[id / 32] |= UINT32_C(1) << id % 32;
    } else {
        s->vlans[id / 32] &= ~(UINT32_C(1) << id % 32);
    }
    return true;
}

static bool execute(struct virtio_net_state *s, const struct command *m, const uint8_t *header)
{
    switch (header[0]) {
    case CLASS_RX:
        return set_mode(s, m, header[1]);
    case CLASS_MAC:
        return set_mac(s, m, header[1]);
    case CLASS_VLAN:
        return set_vlan(s, m, header[1]);
    default:
        return false;
    }
}

/* Management that mirrors the filters on the host hears of a change once, and then asks. */
static void tell(struct virtio_net *n)
{
    const struct device *d = &n->v.pci.dev;
    g_autofree char *path = NULL, *backend = NULL;
    GVariantBuilder b;

    if (n->filter_told) {
        return;
    }
    n->filter_told = true;
    path = device_path(d);
    backend = g_strconcat(path, "/virtio-backend", NULL);
    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "name", g_variant_new_string(d->id ? d->id : d->cls->name));
    g_variant_builder_add(&b, "{sv}", "path", g_variant_new_string(backend));
    event_raise("NIC_RX_FILTER_CHANGED", g_variant_builder_end(&b));
}

static bool one_command(struct virtio_net *n, const struct virtq_chain *c)
{
    struct command m = {&n->v.queue[CTRL], &n->sg, c, c->out_len - COMMAND_HEADER};
    uint8_t header[COMMAND_HEADER], ack;

    if (c->out_len < sizeof(header) || c->in_len < sizeof(ack)) {
        virtio_fail(&n->v, "a control command without header or status");
        return false;
    }
    virtq_read(m.q, m.sg, c, 0, header, sizeof(header));
    ack = execute(&n->s, &m, header) ? OK : ERR;
    if (ack == OK) {
        tell(n);
    }
    virtq_write(m.q, m.sg, c, 0, &ack, sizeof(ack));
    virtq_push(m.q, c, sizeof(ack));
    return true;
}

void virtio_net_control(struct virtio_net *n)
{
    struct virtq *q = &n->v.queue[CTRL];
    enum virtq_pop got = VIRTQ_CHAIN;

    for (unsigned i = 0; i < COMMANDS_MAX && got == VIRTQ_CHAIN; i++) {
        struct virtq_chain c;

        n->sg.n = 0;
        got = virtq_pop(q, &n->sg, &c);
        if (got == VIRTQ_EMPTY) { /* ask for a notification, and look once more */
            virtq_want_notify(q, true);
            got = virtq_pop(q, &n->sg, &c);
        }
        if (got == VIRTQ_CHAIN && !one_command(n, &c)) {
            break;
        }
    }
    if (got == VIRTQ_BROKEN) {
        virtio_fail(&n->v, "a control queue that is not one");
    }
    virtio_flush(&n->v, CTRL);
    virtio_net_offer(n);
}
