/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 82540EM: the receiver. Intel 317453 sections 3.2 (packet reception), 9 (802.1q), 13.4.22 (RCTL).
 *
 * Modelled: address filters (exact, hash, promiscuous, broadcast), the VLAN filter, stripping of
 * tags and of the FCS, frames over several buffers, the threshold interrupt, counters.
 * Not modelled: the receive checksum unit: IXSM is set, which tells drivers to look for themselves;
 * packet splitting; delays by RDTR and RADV (ITR holds interrupts back).
 *
 * A frame moves the head by at most the number of free descriptors, counted before the first is
 * fetched, so no ring however odd can hold it for ever. A frame that finds too few waits in the
 * link, as it would in the chip's FIFO, until the driver moves RDT.
 * Nothing here calls the transmitter: a looped frame ends in guest RAM.
 */
#include "hw/net/e1000_priv.h"

#include "hw/net/ethernet.h"

#include <string.h>

#define RXD_STATUS 12
#define RXD_DD 0x01u
#define RXD_EOP 0x02u
#define RXD_IXSM 0x04u
#define RXD_VP 0x08u

#define TAG 4u
#define NORMAL_MAX (ETH_MAX_TAGGED) /* without FCS; longer ones only with LPE */

static uint16_t get_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void put_le16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

void e1000_offer(struct e1000 *e)
{
    if (e->s.waiting) {
        e->s.waiting = 0;
        if (e->netdev) {
            link_ready(e->netdev);
        }
    }
}

/* -- filters -- */

static bool exact(const struct e1000_state *s, const uint8_t *address)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(s->ra); i += 2) {
        uint8_t own[8];

        memcpy(own, &s->ra[i], sizeof(own)); /* hosts are little endian */
        if ((s->ra[i + 1] & RAH_AV) && memcmp(own, address, ETH_ADDRESS) == 0) {
            return true;
        }
    }
    return false;
}

static bool hashed(const struct e1000_state *s, const uint8_t *address)
{
    static const uint8_t shift[4] = {4, 3, 2, 0};
    unsigned bits = (unsigned)address[5] << 8 | address[4];
    unsigned bit = bits >> shift[s->reg[R_RCTL] >> RCTL_MO_SHIFT & 3] & 0xfff;

    return (s->mta[bit / 32] >> bit % 32 & 1) != 0;
}

static bool address_passes(const struct e1000_state *s, const uint8_t *frame)
{
    static const uint8_t broadcast[ETH_ADDRESS] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint32_t rctl = s->reg[R_RCTL];
    bool group = frame[0] & 1;

    if ((group ? rctl & RCTL_MPE : rctl & RCTL_UPE) != 0) {
        return true;
    }
    if ((rctl & RCTL_BAM) && memcmp(frame, broadcast, sizeof(broadcast)) == 0) {
        return true;
    }
    return exact(s, frame) || (group && hashed(s, frame));
}

static bool tagged(const struct e1000_state *s, const uint8_t *frame, uint32_t len)
{
    return len >= ETH_HEADER + TAG && get_be16(frame + 12) == s->reg[R_VET];
}

static bool vlan_passes(const struct e1000_state *s, const uint8_t *frame, uint32_t len)
{
    unsigned id;

    if (!(s->reg[R_RCTL] & RCTL_VFE) || !tagged(s, frame, len)) {
        return true;
    }
    id = get_be16(frame + 14) & 0xfff;
    return (s->vfta[id / 32] >> id % 32 & 1) != 0;
}

/* -- the ring -- */

static uint32_t buffer_size(const struct e1000_state *s)
{
    uint32_t rctl = s->reg[R_RCTL], n = rctl >> RCTL_BSIZE_SHIFT & 3;

    if (!(rctl & RCTL_BSEX)) {
        return 2048u >> n;
    }
    return n ? 32768u >> n : 2048; /* 00 with BSEX is reserved */
}

/* A tail outside of the ring is never reached: all of it belongs to the chip. */
static uint32_t free_descriptors(const struct e1000_ring *r)
{
    if (r->n == 0 || r->head >= r->n) {
        return 0;
    }
    return r->tail >= r->n ? r->n : (r->tail + r->n - r->head) % r->n;
}

/* One buffer's worth to the descriptor at the head. */
static void fill(struct e1000 *e, const struct e1000_ring *r, const uint8_t *data, uint32_t len,
                 uint8_t status, uint16_t special)
{
    uint64_t at = r->base + (uint64_t)r->head * 16;
    uint8_t back[8] = {0};
    uint64_t buffer;

    if (pci_dma_read(&e->pci, at, &buffer, sizeof(buffer)) && buffer) { /* 0: a null descriptor */
        pci_dma_write(&e->pci, buffer, data, len);
    }
    put_le16(back, len);
    back[RXD_STATUS - 8] = status;
    put_le16(back + 6, special);
    pci_dma_write(&e->pci, at + 8, back, sizeof(back)); /* DD with it, after the data */
}

/* Few are left? Section 13.4.22: RDMTS is a half, a quarter, an eighth of the ring. */
static bool below_threshold(const struct e1000_state *s)
{
    struct e1000_ring r = e1000_ring(s, R_RDBAL);

    return free_descriptors(&r) <= r.n >> ((s->reg[R_RCTL] >> RCTL_RDMTS_SHIFT & 3) + 1);
}

static void count(struct e1000_state *s, const uint8_t *frame, uint32_t len)
{
    static const uint8_t broadcast[ETH_ADDRESS] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    e1000_count(s, STAT_GPRC, 1);
    e1000_count64(s, STAT_GORCL, len);
    e1000_count_size(s, STAT_PRC64, len);
    if (memcmp(frame, broadcast, sizeof(broadcast)) == 0) {
        e1000_count(s, STAT_BPRC, 1);
    } else if (frame[0] & 1) {
        e1000_count(s, STAT_MPRC, 1);
    }
}

/* The frame as it goes to memory: padded, untagged if so wanted, with FCS unless stripped. */
struct rx_frame {
    uint8_t data[LINK_FRAME_MAX + ETH_FCS];
    uint32_t len;
    uint16_t special;
    uint8_t status;
};

static void prepare(const struct e1000_state *s, struct rx_frame *f, const uint8_t *frame,
                    uint32_t len)
{
    uint32_t fcs;

    memset(f->data, 0, ETH_MIN);
    memcpy(f->data, frame, len);
    f->len = len < ETH_MIN ? ETH_MIN : len;
    f->special = 0;
    f->status = 0;
    if (!(s->reg[R_RCTL] & RCTL_SECRC)) {
        fcs = ~eth_crc(f->data, f->len);
        memcpy(f->data + f->len, &fcs, ETH_FCS);
        f->len += ETH_FCS;
    }
    if ((s->reg[R_CTRL] & CTRL_VME) && tagged(s, frame, len)) {
        f->special = get_be16(frame + 14);
        f->status = RXD_VP;
        f->len -= TAG;
        memmove(f->data + 12, f->data + 12 + TAG, f->len - 12);
    }
}

/* Hand out a frame that fits. */
static void store(struct e1000 *e, const struct rx_frame *f)
{
    struct e1000_state *s = &e->s;
    uint32_t size = buffer_size(s);

    for (uint32_t done = 0; done < f->len;) {
        struct e1000_ring r = e1000_ring(s, R_RDBAL);
        uint32_t now = f->len - done < size ? f->len - done : size;
        uint32_t status = RXD_DD | f->status;

        if (done + now == f->len) {
            status |= RXD_EOP | RXD_IXSM;
        }
        fill(e, &r, f->data + done, now, (uint8_t)status, f->special);
        s->reg[R_RDH] = r.head + 1 == r.n ? 0 : r.head + 1;
        done += now;
    }
}

bool e1000_rx_frame(struct e1000 *e, const uint8_t *frame, uint32_t len)
{
    struct e1000_state *s = &e->s;
    uint32_t rctl = s->reg[R_RCTL];
    bool fits = len <= NORMAL_MAX || (rctl & RCTL_LPE);
    bool wanted = fits && address_passes(s, frame) && vlan_passes(s, frame, len);

    if (wanted) {
        struct e1000_ring r = e1000_ring(s, R_RDBAL);
        struct rx_frame f;

        prepare(s, &f, frame, len);
        if (free_descriptors(&r) < (f.len + buffer_size(s) - 1) / buffer_size(s)) {
            return false;
        }
        store(e, &f);
        count(s, frame, (len < ETH_MIN ? ETH_MIN : len) + ETH_FCS);
        e1000_cause(e, ICR_RXT0 | (below_threshold(s) ? ICR_RXDMT0 : 0));
    }
    e1000_count(s, STAT_TPR, 1);
    e1000_count64(s, STAT_TORL, len + ETH_FCS);
    e1000_count(s, STAT_ROC, !fits);
    return true;
}

/* From the wire. */
bool e1000_receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    struct e1000 *e = opaque;
    struct e1000_state *s = &e->s;

    if (!s->link || !(s->reg[R_RCTL] & RCTL_EN) || e1000_looped(s) || len < ETH_HEADER ||
        len > LINK_FRAME_MAX) {
        return true;
    }
    if (e1000_rx_frame(e, frame, len)) {
        return true;
    }
    if (!s->waiting) {
        s->waiting = 1;
        e1000_count(s, STAT_RNBC, 1);
        e1000_cause(e, ICR_RXO);
    }
    return false;
}
