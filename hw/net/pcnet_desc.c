/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCnet-PCI II: initialization block and descriptors in guest memory. Am79C970A data sheet,
 * sections "Initialization Block", "Receive Descriptors", "Transmit Descriptors", for software
 * styles 0 (16 bits, as the LANCE), 1 and 2 (32 bits), 3 (32 bits, another order).
 *
 * A ring is a base, a counter and a length, the last two as two's complements of 16 bits: a counter
 * that reaches 0 starts anew at the length. So every value is a ring of 1 to 65536 descriptors, and
 * moving on is one addition. Descriptors are copied once; only what the chip owns is written back.
 */
#include "hw/net/pcnet_priv.h"

#include <string.h>

#define RLEN_MAX 9u

const struct pcnet_ring pcnet_rx_ring = {CSR_BADR, CSR_RCVRC, CSR_RCVRL, CSR_CRDA};
const struct pcnet_ring pcnet_tx_ring = {CSR_BADX, CSR_XMTRC, CSR_XMTRL, CSR_CXDA};

static unsigned style(const struct pcnet_state *s)
{
    return s->bcr[BCR_SWS] & SWS_STYLE;
}

static uint32_t pair(const struct pcnet_state *s, unsigned csr)
{
    return s->csr[csr] | (uint32_t)s->csr[csr + 1] << 16;
}

static void set_pair(struct pcnet_state *s, unsigned csr, uint32_t value)
{
    s->csr[csr] = (uint16_t)value;
    s->csr[csr + 1] = (uint16_t)(value >> 16);
}

/* Addresses of 24 bits get the rest from the upper byte of CSR2. */
static uint32_t widen(const struct pcnet_state *s, uint32_t addr)
{
    return (addr & 0xffffffu) | (uint32_t)(s->csr[2] & 0xff00u) << 16;
}

uint32_t pcnet_ring_length(const struct pcnet_state *s, const struct pcnet_ring *ring)
{
    return 0x10000u - s->csr[ring->length];
}

/* Where the ring is after n more steps, as a counter. */
static uint16_t counter_after(const struct pcnet_state *s, const struct pcnet_ring *ring,
                              uint32_t n)
{
    uint32_t length = pcnet_ring_length(s, ring);
    uint32_t left = 0x10000u - s->csr[ring->counter]; /* steps until it starts anew */

    return n < left ? (uint16_t)(s->csr[ring->counter] + n)
                    : (uint16_t)(s->csr[ring->length] + (n - left) % length);
}

static uint32_t place(const struct pcnet_state *s, const struct pcnet_ring *ring, uint32_t ahead)
{
    uint16_t index = (uint16_t)(counter_after(s, ring, ahead) - s->csr[ring->length]);

    return pair(s, ring->base) + index * (style(s) ? 16u : 8u);
}

bool pcnet_desc_read(struct pcnet *d, const struct pcnet_ring *ring, uint32_t ahead,
                     struct pcnet_desc *out)
{
    const struct pcnet_state *s = &d->s;
    uint32_t raw[4] = {0}; /* hosts are little endian */
    bool ok;

    out->at = place(s, ring, ahead);
    ok = pci_dma_read(&d->pci, out->at, raw, style(s) ? 16 : 8);
    if (style(s) == 0) {
        out->addr = widen(s, raw[0]);
        out->flags = (raw[0] & 0xff000000u) | (raw[0] >> 16 & 0xffu);
        out->room = 4096u - (raw[1] & D_BCNT);
        out->misc = ring == &pcnet_tx_ring ? raw[1] & 0xffff0000u : raw[1] >> 16;
    } else {
        out->addr = raw[style(s) == 3 ? 2 : 0];
        out->flags = raw[1];
        out->room = 4096u - (raw[1] & D_BCNT);
        out->misc = raw[style(s) == 3 ? 0 : 2];
    }
    return ok;
}

void pcnet_desc_write(struct pcnet *d, const struct pcnet_ring *ring, const struct pcnet_desc *desc)
{
    if (style(&d->s) == 0) {
        bool tx = ring == &pcnet_tx_ring;
        uint16_t misc = (uint16_t)(tx ? desc->misc >> 16 : desc->misc);
        uint16_t flags = (uint16_t)((desc->flags >> 16 & 0xff00u) | (desc->flags & 0xffu));

        pci_dma_write(&d->pci, desc->at + 6, &misc, sizeof(misc));
        pci_dma_write(&d->pci, desc->at + 2, &flags, sizeof(flags));
    } else {
        uint32_t at = desc->at + (style(&d->s) == 3 ? 0 : 8);

        pci_dma_write(&d->pci, at, &desc->misc, sizeof(desc->misc));
        pci_dma_write(&d->pci, desc->at + 4, &desc->flags, sizeof(desc->flags));
    }
}

void pcnet_ring_advance(struct pcnet *d, const struct pcnet_ring *ring, uint32_t n)
{
    struct pcnet_state *s = &d->s;

    s->csr[ring->counter] = counter_after(s, ring, n);
    set_pair(s, ring->current, place(s, ring, 0));
}

/* -- initialization block -- */

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static void set_ring(struct pcnet_state *s, const struct pcnet_ring *ring, uint32_t base,
                     uint32_t len)
{
    uint16_t negative = (uint16_t)(0x10000u - (1u << (len < RLEN_MAX ? len : RLEN_MAX)));

    set_pair(s, ring->base, base & ~(style(s) ? 15u : 7u));
    s->csr[ring->length] = negative;
    s->csr[ring->counter] = negative;
    set_pair(s, ring->current, pair(s, ring->base));
}

void pcnet_init_block(struct pcnet *d)
{
    struct pcnet_state *s = &d->s;
    bool wide = (s->bcr[BCR_SWS] & SWS_SSIZE32) != 0;
    uint8_t block[28];
    const uint8_t *padr = block + (wide ? 4 : 2), *ladrf = block + (wide ? 12 : 8);
    const uint8_t *rings = block + (wide ? 20 : 16);
    uint32_t rx, tx;

    if (!pci_dma_read(&d->pci, pair(s, CSR_IADR), block, wide ? 28 : 24)) {
        s->csr[0] |= CSR0_MERR;
        return;
    }
    rx = get32(rings);
    tx = get32(rings + 4);
    memcpy(&s->csr[CSR_MODE], block, 2);
    memcpy(&s->csr[CSR_PADR], padr, 6);
    memcpy(&s->csr[CSR_LADRF], ladrf, 8);
    if (wide) {
        set_ring(s, &pcnet_rx_ring, rx, block[2] >> 4);
        set_ring(s, &pcnet_tx_ring, tx, block[3] >> 4);
    } else {
        set_ring(s, &pcnet_rx_ring, widen(s, rx), rx >> 29);
        set_ring(s, &pcnet_tx_ring, widen(s, tx), tx >> 29);
    }
    s->csr[0] |= CSR0_IDON;
}
