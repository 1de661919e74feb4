/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCnet-PCI II: transmitter, receiver, loopback. Am79C970A data sheet, sections "Transmit
 * Operation", "Receive Operation", "Loopback Operation", "Address Matching".
 *
 * Modelled: frames over several buffers in both directions; FCS by the chip (DXMTFCS, ADD_FCS),
 * padding (APAD_XMT) and stripping (ASTRP_RCV); physical, logical and broadcast filters with their
 * marks; missed frames; loopback with and without FCS, with its check; transmit demand and polling.
 * Short frames from the wire are padded: they come from a host that has no minimum length.
 * Not modelled: underflow by a chain whose next buffer comes late: the chip here waits for it, as no
 * time passes on its wire; runts, collisions, thresholds.
 *
 * A frame is taken from memory whole or not at all, so no part of it outlives a register write; its
 * buffers are summed against the room for it before any byte moves. One register write begins
 * no frame after PCNET_WALK descriptors, and a frame has at most as many. A looped-back frame comes to receive()
 * from the transmitter; the receiver never transmits, so it cannot come twice.
 */
#include "hw/net/pcnet_priv.h"

#include <string.h>

#define TYPE_OFFSET 12u
#define PAYLOAD_MIN 46u

/* The longest frame that is sent, and what comes in at most. */
#define SEND_MAX (ETH_MAX_TAGGED + ETH_FCS)
#define BUFFER_MAX (LINK_FRAME_MAX + ETH_FCS)

/* -- receiver -- */

/* RD_PAM, RD_LAFM, RD_BAM; RD_ alone for promiscuous: D_STP stands for it; 0: not for us. */
static uint32_t filter(const struct pcnet_state *s, const uint8_t *frame)
{
    static const uint8_t broadcast[ETH_ADDRESS] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    unsigned mode = s->csr[CSR_MODE];
    uint32_t other = mode & MODE_PROM ? D_STP : 0;

    if (memcmp(frame, broadcast, sizeof(broadcast)) == 0) {
        return mode & MODE_DRCVBC ? other : RD_BAM;
    }
    if (frame[0] & 1) {
        unsigned hash = eth_crc(frame, ETH_ADDRESS) >> 26;

        return s->csr[CSR_LADRF + (hash >> 4)] >> (hash & 15) & 1 ? RD_LAFM : other;
    }
    if (!(mode & MODE_DRCVPA) && memcmp(frame, &s->csr[CSR_PADR], ETH_ADDRESS) == 0) {
        return RD_PAM;
    }
    return other;
}

/* No descriptor: true when the frame waits in the link. Else it is missed. */
static bool no_room(struct pcnet *d, bool own)
{
    struct pcnet_state *s = &d->s;

    if (!own && nic_hold_wait(&d->hold)) {
        return true;
    }
    nic_hold_clear(&d->hold);
    s->csr[0] |= CSR0_MISS;
    s->csr[CSR_MFC]++;
    if (s->csr[CSR_MFC] == 0) {
        s->csr[CSR_FEATURES] |= CSR4_MFCO;
    }
    return false;
}

void pcnet_offer(struct pcnet *d)
{
    struct pcnet_desc desc;

    if (!d->hold.refused || pcnet_suspended(&d->s)) {
        return;
    }
    if (!(d->s.csr[0] & CSR0_RXON) || /* then they are dropped */
        (pcnet_desc_read(d, &pcnet_rx_ring, 0, &desc) && (desc.flags & D_OWN))) {
        nic_hold_offer(&d->hold);
    }
}

/* Put len bytes into descriptors, beginning with one that is ours. */
static void store(struct pcnet *d, struct pcnet_desc *desc, const uint8_t *data, uint32_t len,
                  uint32_t marks)
{
    struct pcnet_state *s = &d->s;
    uint32_t at = 0;

    for (unsigned n = 0; n < PCNET_WALK; n++) {
        uint32_t now = len - at < desc->room ? len - at : desc->room;
        struct pcnet_desc next = {0};
        bool last, more;

        if (!pci_dma_write(&d->pci, desc->addr, data + at, now)) {
            s->csr[0] |= CSR0_MERR;
        }
        at += now;
        last = at == len;
        more = !last && n + 1 < PCNET_WALK && pcnet_desc_read(d, &pcnet_rx_ring, 1, &next) &&
               (next.flags & D_OWN);
        desc->flags &= 0x0000ffffu;
        desc->flags |= n == 0 ? D_STP : 0;
        if (last) {
            desc->flags |= D_ENP | marks;
            desc->misc = len & RD_MCNT;
        } else if (!more) {
            desc->flags |= D_ERR | RD_BUFF | RD_OFLO;
        }
        pcnet_desc_write(d, &pcnet_rx_ring, desc);
        pcnet_ring_advance(d, &pcnet_rx_ring, 1);
        if (!more) {
            return;
        }
        *desc = next;
    }
}

/* How much of a frame goes to memory: with FCS, or without padding and FCS. */
static uint32_t stored_length(const struct pcnet_state *s, const uint8_t *frame, uint32_t len)
{
    uint32_t type = (uint32_t)frame[TYPE_OFFSET] << 8 | frame[TYPE_OFFSET + 1];

    if ((s->csr[CSR_FEATURES] & CSR4_ASTRP_RCV) && type < PAYLOAD_MIN) {
        return ETH_HEADER + type;
    }
    return len + ETH_FCS;
}

/*
 * A frame without FCS from the wire, or from the own transmitter, then perhaps with the FCS that
 * software made. False: no room, keep it.
 */
static bool receive(struct pcnet *d, const uint8_t *frame, uint32_t len, const uint8_t *fcs)
{
    struct pcnet_state *s = &d->s;
    bool own = (s->csr[CSR_MODE] & MODE_LOOP) != 0;
    uint8_t data[BUFFER_MAX];
    struct pcnet_desc desc;
    uint32_t marks, crc;

    if (!(s->csr[0] & CSR0_RXON) || len < ETH_HEADER || len > LINK_FRAME_MAX) {
        return true;
    }
    marks = filter(s, frame);
    if (!marks) {
        return true;
    }
    marks &= ~D_STP;
    if (!pcnet_desc_read(d, &pcnet_rx_ring, 0, &desc)) {
        s->csr[0] |= CSR0_MERR;
        return true;
    }
    if (!(desc.flags & D_OWN)) {
        return !no_room(d, own);
    }
    nic_hold_clear(&d->hold);
    memcpy(data, frame, len);
    for (; len < ETH_MIN && !own; len++) {
        data[len] = 0;
    }
    crc = ~eth_crc(data, len);
    if (fcs && memcmp(fcs, &crc, sizeof(crc)) != 0) {
        marks |= D_ERR | RD_CRC;
        memcpy(&crc, fcs, sizeof(crc));
    }
    memcpy(data + len, &crc, sizeof(crc));
    if ((s->bcr[BCR_SWS] & SWS_STYLE) == 0) { /* there, these bits belong to the address */
        marks &= ~(RD_PAM | RD_LAFM | RD_BAM);
    }
    store(d, &desc, data, stored_length(s, data, len), marks);
    s->csr[0] |= CSR0_RINT;
    return true;
}

static bool from_wire(void *opaque, const uint8_t *frame, uint32_t len)
{
    struct pcnet *d = opaque;
    bool taken = true;

    if (pcnet_suspended(&d->s)) { /* not for long: drivers change filters so */
        taken = !nic_hold_wait(&d->hold);
    } else if (!(d->s.csr[CSR_MODE] & MODE_LOOP)) {
        taken = receive(d, frame, len, NULL);
    }
    pcnet_update(d);
    return taken;
}

/* -- transmitter -- */

enum gathered {
    GATHER_NOTHING, /* not ours, or not complete */
    GATHER_FRAME,
    GATHER_BAD, /* to be given back and dropped */
};

struct chain {
    unsigned n;
    uint32_t len;
    struct pcnet_desc desc[PCNET_WALK];
};

/* The descriptors of the frame that is next: no more than the ring has. */
static enum gathered find_frame(struct pcnet *d, struct chain *c)
{
    uint32_t length = pcnet_ring_length(&d->s, &pcnet_tx_ring);
    uint32_t most = length < PCNET_WALK ? length : PCNET_WALK;

    c->len = 0;
    c->desc[0].flags = 0;
    for (c->n = 0; c->n < most;) {
        struct pcnet_desc *desc = &c->desc[c->n];

        if (!pcnet_desc_read(d, &pcnet_tx_ring, c->n, desc)) {
            d->s.csr[0] |= CSR0_MERR;
            return GATHER_NOTHING;
        }
        if (!(desc->flags & D_OWN)) {
            return GATHER_NOTHING;
        }
        c->n++;
        c->len += desc->room; /* 512 times 4096 at most */
        if (c->n == 1 && !(desc->flags & D_STP)) {
            return GATHER_BAD;
        }
        if (desc->flags & D_ENP) {
            return GATHER_FRAME;
        }
    }
    return GATHER_BAD; /* without an end */
}

static bool fetch_frame(struct pcnet *d, const struct chain *c, uint8_t *frame)
{
    uint32_t at = 0;

    for (unsigned i = 0; i < c->n; i++) {
        if (!pci_dma_read(&d->pci, c->desc[i].addr, frame + at, c->desc[i].room)) {
            d->s.csr[0] |= CSR0_MERR;
            return false;
        }
        at += c->desc[i].room;
    }
    return true;
}

/* Frame in one piece to the wire or back to us. False: the link has no room. */
static bool send_frame(struct pcnet *d, const struct chain *c, uint8_t *frame, uint32_t len)
{
    const struct pcnet_state *s = &d->s;
    bool pad = (s->csr[CSR_FEATURES] & CSR4_APAD_XMT) != 0;
    bool add = !(s->csr[CSR_MODE] & MODE_DXMTFCS) || (c->desc[0].flags & TD_ADD_FCS) || pad;

    if (!add) { /* its last bytes are one; it is not for the link */
        len = len > ETH_FCS ? len - ETH_FCS : 0;
    }
    while (pad && len < ETH_MIN) {
        frame[len++] = 0;
    }
    if (s->csr[CSR_MODE] & MODE_LOOP) {
        receive(d, frame, len, add ? NULL : frame + len);
        return true;
    }
    if (!d->netdev || len == 0 || len > ETH_MAX_TAGGED) {
        return true;
    }
    return link_send(d->netdev, frame, len);
}

/* Give the descriptors back, tell of the last. */
static void finish(struct pcnet *d, struct chain *c, uint32_t errors)
{
    struct pcnet_state *s = &d->s;
    uint32_t last = c->desc[c->n - 1].flags;
    unsigned c5 = s->csr[CSR_EXTENDED];

    for (unsigned i = 0; i < c->n; i++) {
        bool end = i == c->n - 1;

        c->desc[i].flags &= ~(D_OWN | D_ERR | TD_COLLISIONS);
        c->desc[i].flags |= end && errors ? D_ERR : 0;
        c->desc[i].misc = end ? errors : 0;
        pcnet_desc_write(d, &pcnet_tx_ring, &c->desc[i]);
    }
    pcnet_ring_advance(d, &pcnet_tx_ring, c->n);
    if (errors || (!(c5 & CSR5_TOKINTD) && (!(c5 & CSR5_LTINTEN) || (last & TD_LTINT)))) {
        s->csr[0] |= CSR0_TINT;
    }
}

/* How many descriptors one frame took; 0 when there is none, or no room for it. */
static unsigned transmit_frame(struct pcnet *d)
{
    struct pcnet_state *s = &d->s;
    uint8_t frame[SEND_MAX + ETH_MIN];
    struct chain c;
    enum gathered what = find_frame(d, &c);
    uint32_t errors = 0;

    if (what == GATHER_NOTHING) {
        return 0;
    }
    if (what == GATHER_BAD) {
        errors = c.desc[0].flags & D_STP ? TD2_BUFF : 0; /* one without a start is passed over */
    } else if (c.len > SEND_MAX) {
        s->csr[0] |= CSR0_BABL;
    } else if (fetch_frame(d, &c, frame)) {
        s->csr[CSR_FEATURES] |= CSR4_TXSTRT;
        if (!send_frame(d, &c, frame, c.len)) {
            s->tx_blocked = 1;
            return 0;
        }
        if (!(s->csr[CSR_MODE] & MODE_LOOP) && !(d->netdev && link_carrier(d->netdev))) {
            errors = TD2_LCAR;
        }
    }
    finish(d, &c, errors);
    return c.n;
}

void pcnet_transmit(struct pcnet *d)
{
    struct pcnet_state *s = &d->s;
    unsigned done = 0, now;

    s->tx_blocked = 0;
    if (!(s->csr[0] & CSR0_TXON) || pcnet_suspended(s)) {
        return;
    }
    s->csr[0] &= (uint16_t)~CSR0_TDMD;
    do {
        now = transmit_frame(d);
        done += now;
    } while (now && done < PCNET_WALK);
    if (now) { /* the rest at the next poll */
        s->csr[0] |= CSR0_TDMD;
    }
}

void pcnet_poll_fire(void *opaque)
{
    struct pcnet *d = opaque;

    d->s.poll_due = 0;
    pcnet_transmit(d);
    pcnet_update(d);
}

static void writable(void *opaque)
{
    struct pcnet *d = opaque;

    if (d->s.tx_blocked) {
        pcnet_transmit(d);
    }
    pcnet_update(d);
}

const struct link_guest_ops pcnet_link_ops = {.receive = from_wire, .writable = writable};
