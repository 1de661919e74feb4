/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTL8139C+, transmitter. Data sheet sections 6.2 to 6.4 (TSD, TSAD) and chapter 9 (C+ mode: TNPDS,
 * THPDS, TPPoll, descriptor formats).
 *
 * Modelled: the four slots in their order; both C+ rings, packets of several descriptors, VLAN tag
 * insertion, the offloads of rtl8139_offload.c; loopback; frames with their own CRC; back-pressure
 * from the link. A frame is gone when the register write that began it ends.
 * Not modelled: early transmit thresholds, collisions, underruns, CLRABT: nothing is ever aborted.
 *
 * A C+ packet is taken from memory whole or not at all: while its last descriptor is not there yet,
 * nothing is consumed and the next TPPoll looks again. So no part of a frame outlives a register
 * write. A descriptor is copied once each time; a ring is walked by at most its 64 descriptors for
 * one TPPoll; lengths are summed against RTL8139_PACKET_MAX before any byte moves.
 */
#include "hw/net/rtl8139_priv.h"

#include <string.h>

enum gathered {
    GATHER_NOTHING, /* not ours, or not complete */
    GATHER_PACKET,
    GATHER_BAD, /* to be consumed and dropped */
};

struct chain {
    unsigned n;
    uint32_t len;
    uint8_t index[RTL8139_RING];
    struct rtl8139_desc desc[RTL8139_RING];
};

bool rtl8139_desc_read(struct rtl8139 *d, uint64_t at, struct rtl8139_desc *out)
{
    uint32_t raw[4]; /* hosts are little endian */
    bool ok = pci_dma_read(&d->pci, at, raw, sizeof(raw));

    out->flags = raw[0];
    out->vlan = raw[1];
    out->addr = raw[2] | (uint64_t)raw[3] << 32;
    return ok;
}

void rtl8139_desc_write(struct rtl8139 *d, uint64_t at, const struct rtl8139_desc *desc)
{
    pci_dma_write(&d->pci, at + 4, &desc->vlan, sizeof(desc->vlan));
    pci_dma_write(&d->pci, at, &desc->flags, sizeof(desc->flags));
}

bool rtl8139_send(struct rtl8139 *d, const uint8_t *frame, uint32_t len)
{
    const struct rtl8139_state *s = &d->s;

    if ((s->tcr & TCR_CRC) && len >= ETH_HEADER + ETH_FCS) { /* the driver made one itself */
        len -= ETH_FCS;
    }
    if ((s->tcr & TCR_LOOPBACK) == TCR_LOOPBACK) {
        rtl8139_receive(d, frame, len, true);
        return true;
    }
    if (!d->netdev || len == 0 || len > ETH_MAX_TAGGED) { /* nothing, or jabber */
        return true;
    }
    return link_send(d->netdev, frame, len);
}

/* -- four slots -- */

static bool send_slot(struct rtl8139 *d, unsigned slot)
{
    struct rtl8139_state *s = &d->s;
    uint8_t frame[TSD_SIZE + 1];
    uint32_t len = s->tsd[slot] & TSD_SIZE;

    if (len && !pci_dma_read(&d->pci, s->tsad[slot], frame, len)) {
        s->isr |= ISR_SERR;
        s->tally.tx_err++;
    } else if (!rtl8139_send(d, frame, len)) {
        return false;
    } else {
        s->tally.tx_ok++;
    }
    s->tsd[slot] |= TSD_OWN | TSD_TOK;
    s->isr |= ISR_TOK;
    return true;
}

static void transmit_slots(struct rtl8139 *d)
{
    struct rtl8139_state *s = &d->s;

    for (unsigned i = 0; i < RTL8139_TX_SLOTS && !(s->tsd[s->tx_slot] & TSD_OWN); i++) {
        if (!send_slot(d, s->tx_slot)) {
            s->tx_blocked = 1;
            return;
        }
        s->tx_slot = (uint8_t)((s->tx_slot + 1u) % RTL8139_TX_SLOTS);
    }
}

/* -- C+ rings -- */

static uint64_t ring_base(const struct rtl8139_state *s, unsigned ring)
{
    return (s->tsad[2 * ring] & ~0xffu) | (uint64_t)s->tsad[2 * ring + 1] << 32;
}

/* The descriptors of the packet at the ring's index. */
static enum gathered find_packet(struct rtl8139 *d, unsigned ring, struct chain *c)
{
    struct rtl8139_state *s = &d->s;
    uint64_t base = ring_base(s, ring);
    uint8_t index = s->tx_index[ring];

    c->len = 0;
    for (c->n = 0; c->n < RTL8139_RING;) {
        struct rtl8139_desc *desc = &c->desc[c->n];

        if (!rtl8139_desc_read(d, base + index * DESC_SIZE, desc)) {
            s->isr |= ISR_SERR;
            return GATHER_NOTHING;
        }
        if (!(desc->flags & DESC_OWN)) {
            return GATHER_NOTHING;
        }
        c->index[c->n++] = index;
        c->len += desc->flags & TXD_LENGTH; /* 64 times 64 KiB at most */
        if (c->n == 1 && !(desc->flags & DESC_FS)) {
            return GATHER_BAD;
        }
        if (desc->flags & DESC_LS) {
            return c->len <= RTL8139_PACKET_MAX ? GATHER_PACKET : GATHER_BAD;
        }
        index = rtl8139_next(index, desc->flags);
    }
    return GATHER_BAD; /* a whole ring without an end */
}

static bool fetch_packet(struct rtl8139 *d, const struct chain *c)
{
    uint32_t at = 0;

    for (unsigned i = 0; i < c->n; i++) {
        uint32_t len = c->desc[i].flags & TXD_LENGTH;

        if (len && !pci_dma_read(&d->pci, c->desc[i].addr, d->packet + at, len)) {
            return false;
        }
        at += len;
    }
    return true;
}

/*
 * Give the descriptors back and move on. The bits that asked for a large send or checksums have become
 * errors and collisions, of which there are none.
 */
static void finish(struct rtl8139 *d, unsigned ring, const struct chain *c)
{
    struct rtl8139_state *s = &d->s;
    uint64_t base = ring_base(s, ring);

    for (unsigned i = 0; i < c->n; i++) {
        uint32_t flags = c->desc[i].flags & ~(DESC_OWN | TXD_STATUS);

        pci_dma_write(&d->pci, base + c->index[i] * DESC_SIZE, &flags, sizeof(flags));
    }
    s->tx_index[ring] = rtl8139_next(c->index[c->n - 1], c->desc[c->n - 1].flags);
    s->large_sent[ring] = 0;
    s->isr |= ISR_TOK;
}

/* The number of descriptors consumed; 0 when there is nothing, or no room. */
static unsigned transmit_packet(struct rtl8139 *d, unsigned ring)
{
    struct rtl8139_state *s = &d->s;
    struct chain c;
    enum gathered what = find_packet(d, ring, &c);

    if (what == GATHER_NOTHING) {
        return 0;
    }
    if (what == GATHER_PACKET && !fetch_packet(d, &c)) {
        s->isr |= ISR_SERR;
        what = GATHER_BAD;
    }
    if (what == GATHER_BAD) {
        s->tally.tx_err++;
    } else if (!rtl8139_send_packet(d, ring, c.len, &c.desc[0])) {
        s->tx_blocked = 1;
        return 0;
    } else {
        s->tally.tx_ok++;
    }
    finish(d, ring, &c);
    return c.n;
}

static void walk_ring(struct rtl8139 *d, unsigned ring)
{
    struct rtl8139_state *s = &d->s;
    unsigned done = 0, now;

    do {
        now = transmit_packet(d, ring);
        done += now;
    } while (now && done < RTL8139_RING);
    if (s->tx_blocked) {
        return;
    }
    s->tx_polled[ring] = 0;
    if (done) {
        s->isr |= ISR_TDU;
    }
}

void rtl8139_transmit(struct rtl8139 *d)
{
    struct rtl8139_state *s = &d->s;

    s->tx_blocked = 0;
    if (!(s->cr & CR_TE)) {
        return;
    }
    if (!(s->cpcr & CPCR_TXENB)) {
        transmit_slots(d);
        return;
    }
    for (unsigned i = 0; i < 2 && !s->tx_blocked; i++) {
        unsigned ring = 1 - i; /* high priority first */

        if (s->tx_polled[ring]) {
            walk_ring(d, ring);
        }
    }
}

void rtl8139_retry_fire(void *opaque)
{
    struct rtl8139 *d = opaque;

    if (d->s.tx_blocked) {
        rtl8139_transmit(d);
    }
    rtl8139_update(d);
}
