/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTL8139C+, receiver. Data sheet sections 6.5 (RBSTART, CAPR, CBR), 6.9 (RCR), packet header in
 * chapter 5, C+ receive descriptors in chapter 9.
 *
 * Modelled: address filters; the ring of 8 to 64 KiB with and without WRAP; C+ descriptors, frames
 * over several of them, VLAN tag removal, checksum verdicts; overflow, missed frames. Short frames
 * are padded: they come from a host that has no minimum length.
 * Not modelled: bad frames (AER, AR: the host's link has none), thresholds, MXDMA.
 *
 * A ring pointer of the guest is taken modulo the ring's size wherever it is used; at most 64
 * descriptors are looked at for a frame, before the first byte moves. A looped-back frame comes
 * here from the transmitter; nothing here transmits, so it cannot come twice.
 */
#include "hw/net/rtl8139_priv.h"

#include <string.h>

#define HEADER 4u
#define HEADER_ROK 0x0001u
#define HEADER_BAR 0x2000u
#define HEADER_PAM 0x4000u
#define HEADER_MAR 0x8000u
#define CAPR_OFFSET 16u
#define ERSR_GOOD 0x08u
#define VLAN_TAG 4u

/* A frame with room for header, padding, FCS and alignment. */
struct rx_frame {
    uint32_t len;  /* without FCS */
    uint32_t kind; /* HEADER_BAR, _PAM, _MAR */
    uint8_t data[HEADER + LINK_FRAME_MAX + ETH_FCS + 4];
};

static uint32_t ring_size(const struct rtl8139_state *s)
{
    return 8192u << (s->rcr >> RCR_RBLEN_SHIFT & 3u);
}

static uint32_t read_pointer(const struct rtl8139_state *s)
{
    return (s->capr + CAPR_OFFSET) & (ring_size(s) - 1);
}

static uint32_t write_pointer(const struct rtl8139_state *s)
{
    return s->cbr & (ring_size(s) - 1);
}

bool rtl8139_rx_empty(const struct rtl8139_state *s)
{
    return read_pointer(s) == write_pointer(s);
}

/*
 * Room enough to ask for the frames that wait? Half a ring, so that they come in batches: each call
 * of the loop costs more than a frame does.
 */
static bool has_room(struct rtl8139 *d)
{
    const struct rtl8139_state *s = &d->s;
    struct rtl8139_desc desc;

    if (!(s->cr & CR_RE)) { /* then they are dropped */
        return true;
    }
    if (s->cpcr & CPCR_RXENB) {
        return rtl8139_desc_read(d, (s->rx_ring & ~UINT64_C(0xff)) + s->rx_index * DESC_SIZE,
                                 &desc) &&
               (desc.flags & DESC_OWN);
    }
    return ((write_pointer(s) - read_pointer(s)) & (ring_size(s) - 1)) <= ring_size(s) / 2;
}

void rtl8139_offer(struct rtl8139 *d)
{
    if (d->hold.refused && has_room(d)) {
        nic_hold_offer(&d->hold);
    }
}

/* What the filter says: HEADER_ bits, or 0 to drop. */
static uint32_t filter(const struct rtl8139_state *s, const uint8_t *frame)
{
    static const uint8_t broadcast[ETH_ADDRESS] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    bool all = s->rcr & RCR_AAP;

    if (memcmp(frame, broadcast, sizeof(broadcast)) == 0) {
        return all || (s->rcr & RCR_AB) ? HEADER_BAR : 0;
    }
    if (frame[0] & 1) {
        uint8_t hash = eth_hash(frame);
        bool hit = (s->rcr & RCR_AM) && (s->mar[hash >> 3] >> (hash & 7) & 1);

        return all || hit ? HEADER_MAR : 0;
    }
    if (memcmp(frame, s->idr, sizeof(s->idr)) == 0) {
        return all || (s->rcr & RCR_APM) ? HEADER_PAM : 0;
    }
    return all ? HEADER_ROK : 0;
}

/*
 * A frame finds no room: true when it waits in the link. Else it is lost. While it waits the guest is
 * told of those in the ring again and again: Linux' 8139too acknowledges ROK after each frame and
 * leaves when it has seen 64, so that of a full ring it would hear no more. (C+ drivers look first.)
 */
static bool no_room(struct rtl8139 *d, bool own)
{
    struct rtl8139_state *s = &d->s;

    if (!own && nic_hold_wait(&d->hold)) {
        if (!(s->cpcr & CPCR_RXENB)) {
            s->isr |= ISR_ROK;
        }
        return true;
    }
    nic_hold_clear(&d->hold);
    s->isr |= ISR_RXOVW;
    s->mpc = (s->mpc + 1) & 0xffffffu;
    s->tally.missed++;
    return false;
}

/* -- the ring of C mode -- */

static bool receive_ring(struct rtl8139 *d, struct rx_frame *f, bool own)
{
    struct rtl8139_state *s = &d->s;
    uint32_t size = ring_size(s), at = write_pointer(s);
    uint32_t used = (at - read_pointer(s)) & (size - 1);
    uint32_t total = HEADER + f->len + ETH_FCS;
    uint32_t step = (total + 3) & ~3u;
    uint32_t first = total;
    uint16_t header[2] = {(uint16_t)(HEADER_ROK | f->kind), (uint16_t)(f->len + ETH_FCS)};

    if (used && used + step >= size) {
        return !no_room(d, own);
    }
    memcpy(f->data, header, sizeof(header));
    if (at + total > size && !((s->rcr & RCR_WRAP) && size < 65536)) {
        first = size - at;
    }
    if (!pci_dma_write(&d->pci, (uint64_t)s->rbstart + at, f->data, first) ||
        (total > first && !pci_dma_write(&d->pci, s->rbstart, f->data + first, total - first))) {
        s->isr |= ISR_SERR;
    }
    s->cbr = (uint16_t)((at + step) & (size - 1));
    return true;
}

/* -- descriptors of C+ mode -- */

/* Descriptors with room for `need` bytes; 0 when there are not so many. */
static unsigned find_room(struct rtl8139 *d, uint32_t need, struct rtl8139_desc *desc)
{
    struct rtl8139_state *s = &d->s;
    uint8_t index = s->rx_index;

    for (unsigned n = 0; n < RTL8139_RING;) {
        uint32_t room;

        if (!rtl8139_desc_read(d, (s->rx_ring & ~UINT64_C(0xff)) + index * DESC_SIZE, &desc[n])) {
            s->isr |= ISR_SERR;
            return 0;
        }
        if (!(desc[n].flags & DESC_OWN)) {
            return 0;
        }
        room = desc[n].flags & RXD_LENGTH;
        index = rtl8139_next(index, desc[n].flags);
        n++;
        if (room >= need) {
            return n;
        }
        need -= room;
    }
    return 0;
}

/* Take the 802.1Q tag out of the frame: the second dword of its descriptor. */
static uint32_t take_tag(const struct rtl8139_state *s, uint8_t *data, uint32_t *len)
{
    uint32_t tag;

    if (!(s->cpcr & CPCR_RXVLAN) || *len < ETH_HEADER + VLAN_TAG || data[12] != 0x81 ||
        data[13] != 0) {
        return 0;
    }
    tag = data[14] | (uint32_t)data[15] << 8; /* in the wire's byte order */
    memmove(data + 12, data + 16, *len - 16);
    *len -= VLAN_TAG;
    return RXD2_TAVA | tag;
}

static bool receive_descriptors(struct rtl8139 *d, struct rx_frame *f, bool own)
{
    struct rtl8139_state *s = &d->s;
    struct rtl8139_desc desc[RTL8139_RING];
    uint8_t *data = f->data + HEADER;
    uint32_t len = f->len, status = 0, at = 0, total, fcs, tag;
    unsigned n;

    tag = take_tag(s, data, &len);
    fcs = ~eth_crc(data, len);
    memcpy(data + len, &fcs, sizeof(fcs));
    total = len + ETH_FCS;
    n = find_room(d, total, desc);
    if (n == 0) {
        return !no_room(d, own);
    }
    status |= f->kind & HEADER_BAR ? RXD_BAR : 0;
    status |= f->kind & HEADER_PAM ? RXD_PAM : 0;
    status |= f->kind & HEADER_MAR ? RXD_MAR : 0;
    if (s->cpcr & CPCR_RXCHKSUM) {
        status |= rtl8139_rx_checksum(data, len);
    }
    for (unsigned i = 0; i < n; i++) {
        uint32_t room = desc[i].flags & RXD_LENGTH;
        uint32_t now = total - at < room ? total - at : room;
        uint32_t flags = status | (desc[i].flags & DESC_EOR) | (i == 0 ? DESC_FS : 0);
        uint64_t where = (s->rx_ring & ~UINT64_C(0xff)) + s->rx_index * DESC_SIZE;

        if (now && !pci_dma_write(&d->pci, desc[i].addr, data + at, now)) {
            s->isr |= ISR_SERR;
        }
        at += now;
        s->rx_index = rtl8139_next(s->rx_index, desc[i].flags);
        desc[i].flags = i == n - 1 ? flags | DESC_LS | total : flags | room;
        desc[i].vlan = tag;
        rtl8139_desc_write(d, where, &desc[i]);
    }
    return true;
}

/* -- both -- */

static void count(struct rtl8139_state *s, const struct rx_frame *f)
{
    s->tally.rx_ok++;
    s->tally.rx_ok_phy += (f->kind & HEADER_PAM) != 0;
    s->tally.rx_ok_broadcast += (f->kind & HEADER_BAR) != 0;
    s->tally.rx_ok_multicast += (f->kind & HEADER_MAR) != 0;
    s->isr |= ISR_ROK;
    s->erbcr = (uint16_t)(f->len + ETH_FCS);
    if (s->rcr & RCR_ERTH) {
        s->ersr |= ERSR_GOOD;
    }
}

bool rtl8139_receive(struct rtl8139 *d, const uint8_t *frame, uint32_t len, bool own)
{
    struct rtl8139_state *s = &d->s;
    struct rx_frame f;
    uint32_t fcs;
    uint64_t missed = s->mpc;
    bool taken;

    if (!(s->cr & CR_RE) || len < ETH_HEADER || len > LINK_FRAME_MAX ||
        (!own && (s->tcr & TCR_LOOPBACK) == TCR_LOOPBACK)) {
        return true;
    }
    f.kind = filter(s, frame);
    if (!f.kind) {
        return true;
    }
    f.len = len < ETH_MIN ? ETH_MIN : len;
    memcpy(f.data + HEADER, frame, len);
    memset(f.data + HEADER + len, 0, f.len - len);
    fcs = ~eth_crc(f.data + HEADER, f.len);
    memcpy(f.data + HEADER + f.len, &fcs, sizeof(fcs));
    taken = s->cpcr & CPCR_RXENB ? receive_descriptors(d, &f, own) : receive_ring(d, &f, own);
    if (!taken) {
        return false;
    }
    if (s->mpc == missed) {
        nic_hold_clear(&d->hold);
        count(s, &f);
    }
    return true;
}

static bool receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    struct rtl8139 *d = opaque;
    bool taken = rtl8139_receive(d, frame, len, false);

    rtl8139_update(d);
    return taken;
}

static void writable(void *opaque)
{
    rtl8139_retry_fire(opaque);
}

static void carrier(void *opaque, bool up)
{
    struct rtl8139 *d = opaque;

    (void)up;
    d->s.isr |= ISR_LINKCHG;
    rtl8139_update(d);
}

const struct link_guest_ops rtl8139_link_ops = {
    .receive = receive,
    .writable = writable,
    .carrier = carrier,
};
