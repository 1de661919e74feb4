/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NE2000, remote DMA: the data port, DP8390D data sheet section 9. A burst of port accesses is copied
 * piece by piece; a piece ends at the count, at PSTOP, or at a border of the board's memory map. One
 * port cycle at a time (ne2000_data_read) must give the same, which the unit test compares.
 */
#include "hw/net/ne2000_priv.h"

#include <string.h>

unsigned ne2000_data_step(const struct ne2000 *n)
{
    return n->s->dcr & DCR_WTS ? 2 : 1;
}

static void end_dma(struct ne2000 *n)
{
    struct ne2000_state *s = n->s;

    s->dma = NE2000_DMA_IDLE;
    s->isr |= ISR_RDC;
    if (s->sending) {
        s->sending = 0;
        ne2000_give_back(s, s->remote_next);
        ne2000_offer(n);
    }
}

/* Move on by `bytes`, a multiple of the step that does not cross PSTOP. */
static void advance(struct ne2000 *n, uint32_t bytes)
{
    struct ne2000_state *s = n->s;

    s->rsar = (uint16_t)(s->rsar + bytes);
    if (s->rsar == s->pstop << 8) {
        s->rsar = (uint16_t)(s->pstart << 8);
    }
    s->rbcr = (uint16_t)(s->rbcr > bytes ? s->rbcr - bytes : 0);
    if (s->rbcr == 0) {
        end_dma(n);
    }
}

/* In word mode A0 stays low. */
static void align(struct ne2000_state *s, unsigned step)
{
    s->rsar = (uint16_t)(s->rsar & ~(step - 1));
}

static bool dma_ready(struct ne2000 *n, enum ne2000_dma want, unsigned step)
{
    if (n->s->dma != want || n->s->rbcr == 0) {
        return false;
    }
    align(n->s, step);
    return true;
}

uint16_t ne2000_data_read(struct ne2000 *n, unsigned width)
{
    unsigned step = ne2000_data_step(n);
    unsigned value = 0xffff;

    (void)width; /* a byte cycle in word mode sees the low half and moves on by a word */
    if (dma_ready(n, NE2000_DMA_READ, step)) {
        uint16_t at = n->s->rsar;

        value = ne2000_peek(n, at) |
                (step == 2 ? (unsigned)ne2000_peek(n, (uint16_t)(at + 1)) << 8 : 0xff00u);
        advance(n, step);
        ne2000_update(n);
    }
    return (uint16_t)value;
}

void ne2000_data_write(struct ne2000 *n, unsigned width, uint16_t value)
{
    unsigned step = ne2000_data_step(n);

    if (dma_ready(n, NE2000_DMA_WRITE, step)) {
        uint16_t at = n->s->rsar;

        ne2000_poke(n, at, (uint8_t)value);
        if (step == 2 && width == 2) {
            ne2000_poke(n, (uint16_t)(at + 1), (uint8_t)(value >> 8));
        }
        advance(n, step);
        ne2000_update(n);
    }
}

/* How many of `bytes` lie in one piece before a border: end of count, PSTOP, end of RAM or PROM. */
static uint32_t piece(const struct ne2000 *n, uint32_t bytes, unsigned step)
{
    const struct ne2000_state *s = n->s;
    uint32_t stop = (uint32_t)s->pstop << 8;
    uint32_t count = (s->rbcr + step - 1u) & ~(step - 1u);
    uint32_t cells = NE2000_RAM - s->rsar % NE2000_RAM;

    if (stop > s->rsar && stop - s->rsar < cells) {
        cells = stop - s->rsar;
    }
    bytes = bytes < count ? bytes : count;
    return bytes < cells ? bytes : cells;
}

void ne2000_data_read_bulk(struct ne2000 *n, uint8_t *buf, uint32_t bytes)
{
    unsigned step = ne2000_data_step(n);

    while (bytes && dma_ready(n, NE2000_DMA_READ, step)) {
        uint16_t at = n->s->rsar;
        int32_t cell = ne2000_cell(n, at);
        uint32_t now = piece(n, bytes, step);

        if (cell >= 0) {
            memcpy(buf, n->s->ram + cell, now);
        } else {
            for (uint32_t i = 0; i < now; i++) {
                buf[i] = n->prom[(at + i) % NE2000_PROM];
            }
        }
        buf += now;
        bytes -= now;
        advance(n, now);
    }
    memset(buf, 0xff, bytes);
    ne2000_update(n);
}

void ne2000_data_write_bulk(struct ne2000 *n, const uint8_t *buf, uint32_t bytes)
{
    unsigned step = ne2000_data_step(n);

    while (bytes && dma_ready(n, NE2000_DMA_WRITE, step)) {
        int32_t cell = ne2000_cell(n, n->s->rsar);
        uint32_t now = piece(n, bytes, step);

        if (cell >= 0) {
            memcpy(n->s->ram + cell, buf, now);
        }
        buf += now;
        bytes -= now;
        advance(n, now);
    }
    ne2000_update(n);
}

void ne2000_start_dma(struct ne2000 *n, enum ne2000_dma dma)
{
    n->s->dma = (uint8_t)dma;
    if (n->s->rbcr == 0) { /* Linux finds its IRQ line by a remote read of nothing */
        end_dma(n);
    }
}

/* The packet at BNRY; when it has been read, BNRY moves to the one after it. */
void ne2000_send_packet(struct ne2000 *n)
{
    struct ne2000_state *s = n->s;
    uint16_t at = (uint16_t)(s->bnry << 8);

    s->rsar = at;
    s->remote_next = ne2000_peek(n, (uint16_t)(at + 1));
    s->rbcr = (uint16_t)(ne2000_peek(n, (uint16_t)(at + 2)) |
                         (unsigned)ne2000_peek(n, (uint16_t)(at + 3)) << 8);
    s->sending = 1;
    ne2000_start_dma(n, NE2000_DMA_READ);
}
