/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NE2000, wire side: transmitter, receiver, buffer ring, loopback.
 * DP8390D data sheet sections 4, 7, 8 and 12; application note AN-937 for loopback results.
 *
 * Modelled: transmission that ends after the register write that began it (TXP reads 1 until then)
 * with back-pressure from the link; address filters; the ring with its header and FCS; overflow
 * (OVW) with the stop that lasts until STP and STA; missed-packet count; monitor mode; runts;
 * loopback 1 to 3 into the FIFO. Any value of PSTART, PSTOP, BNRY and CURR is safe: pages are 8
 * bits, and a frame moves the write pointer by at most its own number of pages.
 *
 * Not modelled: collisions, deferral, bit errors (the host's link has none); the wire's pace: a
 * frame takes NE2000_TX_NS, for a guest gains nothing from 1.2 ms; jabber.
 *
 * Differs on purpose: a wire does not wait, but the host's frame queue can. A frame that finds no
 * room in the ring waits there for up to hold_ns for the driver to move BNRY; only then it is lost
 * with OVW. So a burst longer than 12 KiB costs a guest no retransmission, and a driver that is
 * stuck still sees the overflow that its recovery is written for. hold_ns 0 gives the wire's rule.
 * And a wire has a pace, at which each frame calls a driver anew; what comes all at once would call it
 * once. So PRX comes back until the driver has read all of it: see write_isr() in ne2000.c.
 *
 * Locking: everything runs with the device's lock. Frames arrive in the loop thread. Sending queues;
 * it never calls back.
 */
#include "hw/net/ethernet.h"
#include "hw/net/ne2000_priv.h"

#include <string.h>

/* Shorter than any guest's way from one port access to the next, longer than none. */
#define NE2000_TX_NS (2 * NS_PER_US)
#define NE2000_RETRY_NS (10 * NS_PER_MS)
#define RING_HEADER 4u

static void count_event(struct ne2000 *n, unsigned which)
{
    uint8_t *c = &n->s->cntr[which];

    if (*c < CNTR_STOP) {
        (*c)++;
    }
    if (*c & 0x80u) {
        n->s->isr |= ISR_CNT;
    }
}

/* -- address filter, section 7 -- */

/* RSR.PHY of an accepted frame, or -1. */
static int filter(const struct ne2000 *n, const uint8_t *frame)
{
    static const uint8_t broadcast[ETH_ADDRESS] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const struct ne2000_state *s = n->s;

    if (memcmp(frame, broadcast, sizeof(broadcast)) == 0) {
        /* a set hash bit lets it in as any group address */
        if (s->rcr & RCR_AB) {
            return RSR_PHY;
        }
    }
    if (frame[0] & 1) {
        uint8_t hash = eth_hash(frame);

        return (s->rcr & RCR_AM) && (s->mar[hash >> 3] >> (hash & 7) & 1) ? (int)RSR_PHY : -1;
    }
    if ((s->rcr & RCR_PRO) || memcmp(frame, s->par, sizeof(s->par)) == 0) {
        return 0;
    }
    return -1;
}

/* -- receiver -- */

static uint8_t next_page(const struct ne2000_state *s, uint8_t page)
{
    page = (uint8_t)(page + 1u);
    return page == s->pstop ? s->pstart : page;
}

/* Drivers that keep BNRY one page behind what they read next (Linux) write PSTART - 1 for the last. */
static uint8_t boundary(const struct ne2000_state *s)
{
    return (uint8_t)(s->bnry + 1u) == s->pstart ? (uint8_t)(s->pstop - 1u) : s->bnry;
}

/* An empty ring has BNRY where CURR is, or one page behind it. */
bool ne2000_unread(const struct ne2000_state *s)
{
    return s->curr != boundary(s) && s->curr != next_page(s, boundary(s));
}

/* The page after a frame of `bytes` in the ring, or -1 when it would reach BNRY. */
static int ring_end(const struct ne2000_state *s, uint32_t bytes)
{
    uint8_t bnry = boundary(s);
    uint8_t page = s->curr;

    for (uint32_t done = 0; done < bytes; done += 256) {
        page = next_page(s, page);
        if (page == bnry) {
            return -1;
        }
    }
    return page;
}

/* Local DMA: put bytes at *addr, which moves on through the ring. */
static void ring_put(struct ne2000 *n, uint16_t *addr, const uint8_t *data, uint32_t len)
{
    while (len) {
        uint32_t room = 256u - (*addr & 0xffu);
        uint32_t now = len < room ? len : room;
        int32_t cell = ne2000_cell(n, *addr);

        if (cell >= 0) {
            memcpy(n->s->ram + cell, data, now);
        }
        data += now;
        len -= now;
        *addr = (uint16_t)(*addr + now);
        if (now == room) {
            uint8_t page = next_page(n->s, (uint8_t)((*addr >> 8) - 1));

            *addr = (uint16_t)(page << 8);
        }
    }
}

static void store(struct ne2000 *n, const uint8_t *frame, uint32_t len, uint8_t next)
{
    struct ne2000_state *s = n->s;
    uint32_t count = len + ETH_FCS;
    uint32_t fcs = ~eth_crc(frame, len);
    uint8_t header[RING_HEADER] = {s->rsr, next, (uint8_t)count, (uint8_t)(count >> 8)};
    uint8_t tail[ETH_FCS];
    uint16_t addr = (uint16_t)(s->curr << 8);

    memcpy(tail, &fcs, sizeof(tail));
    ring_put(n, &addr, header, sizeof(header));
    ring_put(n, &addr, frame, len);
    ring_put(n, &addr, tail, sizeof(tail));
    s->clda = addr;
    s->curr = next;
    s->local_next = next;
}

/* The ring is full and the frame is lost; section 7, "Buffer Ring Overflow". */
static void overflow(struct ne2000 *n, uint8_t phy)
{
    struct ne2000_state *s = n->s;

    s->rsr = (uint8_t)(RSR_MPA | phy);
    s->isr |= ISR_OVW | ISR_RXE;
    s->overflowed = 1;
    s->ring_full = 1;
    s->hold = NE2000_HOLD_NONE;
    s->hold_due = 0;
    count_event(n, CNTR_MISSED);
}

/* No room: may the frame wait in the link? */
static bool hold(struct ne2000 *n)
{
    struct ne2000_state *s = n->s;

    if (n->hold_ns == 0 || s->hold == NE2000_HOLD_OVER) {
        return false;
    }
    if (s->hold == NE2000_HOLD_NONE) {
        s->hold = NE2000_HOLDING;
        s->hold_due = clock_now(n->clock) + n->hold_ns;
    }
    return true;
}

/* True: taken, or rightly ignored. False: the link keeps it. */
static bool accept(struct ne2000 *n, const uint8_t *frame, uint32_t len)
{
    struct ne2000_state *s = n->s;
    int phy, next;

    if (len < ETH_HEADER || len > ETH_MAX_TAGGED) {
        return true;
    }
    if (s->overflowed && n->hold_ns) { /* also while stopped: the driver is recovering */
        return false;
    }
    if (s->stopped) {
        return true;
    }
    if (s->tcr & TCR_LB) { /* the receiver listens to the transmitter */
        return n->hold_ns == 0;
    }
    phy = filter(n, frame);
    if (phy < 0 || (len < ETH_MIN && !(s->rcr & RCR_AR))) {
        return true;
    }
    if (s->overflowed || (s->rcr & RCR_MON)) {
        s->rsr = (uint8_t)(RSR_MPA | (unsigned)phy);
        count_event(n, CNTR_MISSED);
        return true;
    }
    next = ring_end(s, RING_HEADER + len + ETH_FCS);
    if (next < 0) {
        if (hold(n)) {
            s->isr |= ISR_PRX; /* until the driver has made room, see write_isr() */
            return false;
        }
        overflow(n, (uint8_t)phy);
        return true;
    }
    s->hold = NE2000_HOLD_NONE;
    s->hold_due = 0;
    s->rsr = (uint8_t)(RSR_PRX | (unsigned)phy);
    store(n, frame, len, (uint8_t)next);
    s->isr |= ISR_PRX;
    return true;
}

static bool receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    struct ne2000 *n = opaque;
    bool taken;

    ne2000_poll_transmit(n);
    taken = accept(n, frame, len);
    n->refused |= !taken;
    ne2000_update(n);
    return taken;
}

void ne2000_offer(struct ne2000 *n)
{
    if (n->refused) {
        n->refused = false;
        link_ready(n->link);
    }
}

void ne2000_hold_fire(void *opaque)
{
    struct ne2000 *n = opaque;

    if (n->s->hold == NE2000_HOLDING) {
        n->s->hold = NE2000_HOLD_OVER;
        n->s->hold_due = 0;
        ne2000_offer(n);
    }
    ne2000_update(n);
}

/* -- transmitter, section 8 -- */

/* What goes out: at most a legal frame; a longer one is jabber that no station would take. */
static uint32_t wire_length(const struct ne2000_state *s)
{
    return s->tbcr <= ETH_MAX_TAGGED ? s->tbcr : 0;
}

/* Queue the frame; false when the link is full. */
static bool send_frame(struct ne2000 *n)
{
    struct ne2000_state *s = n->s;
    uint32_t len = wire_length(s);
    uint16_t from = (uint16_t)(s->tpsr << 8);
    uint8_t copy[ETH_MAX_TAGGED];
    int32_t cell;

    if (!n->link || len == 0) {
        return true;
    }
    cell = ne2000_cell(n, from);
    if (cell >= 0 && from % NE2000_RAM + len <= NE2000_RAM) {
        return link_send(n->link, s->ram + cell, len);
    }
    for (uint32_t i = 0; i < len; i++) { /* across the end of RAM: NetWare's drivers do this */
        copy[i] = ne2000_peek(n, (uint16_t)(from + i));
    }
    return link_send(n->link, copy, len);
}

static void start_frame(struct ne2000 *n)
{
    struct ne2000_state *s = n->s;
    bool gone = (s->tcr & TCR_LB) || send_frame(n);

    n->tx_help = NE2000_HELP_NONE;
    s->tx = gone ? NE2000_TX_WIRE : NE2000_TX_BLOCKED;
    s->tx_due = clock_now(n->clock) + (gone ? NE2000_TX_NS : NE2000_RETRY_NS);
}

void ne2000_transmit(struct ne2000 *n)
{
    struct ne2000_state *s = n->s;

    /* Windows for Workgroups' NE2000.DOS sets TXP with a count of 0 and expects nothing */
    if (s->stopped || s->tx != NE2000_TX_IDLE || s->tbcr == 0) {
        return;
    }
    s->tsr = 0;
    start_frame(n);
    if (n->late && s->tx == NE2000_TX_WIRE) { /* the guest wrote TXP some time ago */
        s->tx_due = clock_now(n->clock);
        ne2000_poll_transmit(n);
    }
}

/*
 * Section 12: the receiver hears the transmitter. Half of the FIFO keeps the last bytes; nothing
 * goes to memory and PRX stays clear. In word mode only one byte lane takes part.
 */
static void loop_back(struct ne2000 *n)
{
    struct ne2000_state *s = n->s;
    unsigned step = s->dcr & DCR_WTS ? 2 : 1;
    unsigned lane = step == 2 && !(s->dcr & DCR_BOS) ? 1 : 0;
    uint16_t from = (uint16_t)((unsigned)s->tpsr << 8 | lane);
    uint32_t len = wire_length(s) / step;
    uint8_t copy[ETH_MAX_TAGGED + ETH_FCS];
    bool good;
    int phy;

    memset(copy, 0, sizeof(copy));
    for (uint32_t i = 0; i < len; i++) {
        copy[i] = ne2000_peek(n, (uint16_t)(from + i * step));
    }
    if (s->tcr & TCR_CRC) { /* software appended one, the receiver checks it */
        uint32_t body = len > ETH_FCS ? len - ETH_FCS : 0;
        uint32_t fcs = ~eth_crc(copy, body);

        good = len > ETH_FCS && memcmp(copy + body, &fcs, ETH_FCS) == 0;
    } else { /* the CRC unit is busy making one, so the check always fails */
        uint32_t fcs = ~eth_crc(copy, len);

        memcpy(copy + len, &fcs, ETH_FCS);
        len += ETH_FCS;
        good = false;
    }
    s->fifo[0] = (uint8_t)len;
    s->fifo[1] = s->fifo[2] = (uint8_t)(len >> 8);
    for (uint32_t i = 0; i < 5; i++) {
        s->fifo[3 + i] = len >= 5 ? copy[len - 5 + i] : copy[i];
    }
    s->fifo_pos = 0;
    phy = len >= ETH_ADDRESS ? filter(n, copy) : -1;
    if (phy < 0) { /* errors show for frames to us only */
        s->rsr = RSR_PRX;
    } else if (good) {
        s->rsr = (uint8_t)(RSR_PRX | (unsigned)phy);
    } else {
        s->rsr = (uint8_t)(RSR_CRC | (unsigned)phy);
        s->isr |= ISR_RXE;
        count_event(n, CNTR_CRC);
    }
}

static void end_frame(struct ne2000 *n)
{
    struct ne2000_state *s = n->s;

    s->tx = NE2000_TX_IDLE;
    s->tx_due = 0;
    s->clda = (uint16_t)((s->tpsr << 8) + s->tbcr);
    s->ncr = 0;
    s->tsr = TSR_PTX | TSR_ND;
    s->isr |= ISR_PTX;
    if (s->tcr & TCR_LB) {
        loop_back(n);
        if ((s->tcr & TCR_LB) == TCR_LB_NIC) { /* carrier and heartbeat are cut off */
            s->tsr |= TSR_CRS | TSR_CDH;
        } else if ((s->tcr & TCR_LB) == TCR_LB_ENDEC) {
            s->tsr |= TSR_CDH;
        }
    } else if (!n->link || !link_carrier(n->link)) {
        s->tsr |= TSR_CRS;
    }
}

bool ne2000_poll_transmit(struct ne2000 *n)
{
    if (n->s->tx == NE2000_TX_WIRE && clock_now(n->clock) >= n->s->tx_due) {
        end_frame(n);
        return true;
    }
    return false;
}

void ne2000_tx_fire(void *opaque)
{
    struct ne2000 *n = opaque;

    if (n->s->tx == NE2000_TX_BLOCKED && clock_now(n->clock) >= n->s->tx_due) {
        start_frame(n);
    }
    ne2000_poll_transmit(n);
    ne2000_update(n);
}

/* In the loop thread, without the lock. */
void ne2000_tx_kicked(void *opaque)
{
    struct ne2000 *n = opaque;

    device_enter(n->dev);
    if (n->tx_help == NE2000_HELP_KICKED) {
        n->tx_help = NE2000_HELP_TIMER;
    }
    ne2000_poll_transmit(n);
    ne2000_update(n);
    device_leave(n->dev);
}

static void writable(void *opaque)
{
    struct ne2000 *n = opaque;

    if (n->s->tx == NE2000_TX_BLOCKED) {
        start_frame(n);
    }
    ne2000_update(n);
}

const struct link_guest_ops ne2000_link_ops = {.receive = receive, .writable = writable};
