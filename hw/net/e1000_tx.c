/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 82540EM: the transmitter. Intel 317453 section 3.3 (legacy, context and data descriptors), 3.4
 * (ring), 3.5 (TCP segmentation), 3.6 (checksum insertion), 9.2 (tags).
 *
 * Modelled: all three kinds of descriptors; packets over many buffers; insertion of checksums and
 * VLAN tags; segmentation of TCP and UDP over IPv4 and IPv6; padding (TCTL.PSP); write-back of DD;
 * loopback; counters.
 * Not modelled: frames longer than the link's 2048 bytes (nothing of them is sent); the FCS that a
 * driver appends itself when IFCS is clear (it is sent as data, as on QEMU); delays by TIDV and
 * TADV (ITR holds interrupts back).
 *
 * A descriptor is fetched once, into the state, and so is every byte of its buffer. Work goes in
 * steps, of which one run has a bounded number: a longer list of descriptors, or one that turns into
 * a great many segments, goes on by timer. Full links stop it at a frame's end. Segment size and
 * header length are a packet's own from its first descriptor on, so a context descriptor in between
 * changes nothing under way; a segment size of 0 sends nothing.
 */
#include "hw/net/e1000_priv.h"

#include "hw/net/ethernet.h"

#include <string.h>

#define STEPS_MAX 1024u /* in one run: at most 2 MiB of data, far less than any driver's ring */
#define PAUSE_NS TIMER_MIN_PERIOD_NS
#define RETRY_NS (10 * NS_PER_MS)

/* Descriptors: lower and upper dword after the address. */
#define LOWER_LENGTH 0xffffu
#define LOWER_LENGTH_EXT 0xfffffu
#define LOWER_DTYP 0x00f00000u
#define LOWER_DTYP_DATA 0x00100000u
#define CMD_EOP 0x01000000u
#define CMD_IC 0x04000000u /* legacy */
#define CMD_TSE 0x04000000u
#define CMD_RS 0x08000000u
#define CMD_DEXT 0x20000000u
#define CMD_VLE 0x40000000u
#define UPPER_DD 0x01u

#define OPTION_IP 0x01u  /* POPTS: insert the IP checksum */
#define OPTION_TCP 0x02u /* and that of TCP or UDP */
#define OPTION_TAG 0x04u /* ours: VLE of the first descriptor */
#define OPTION_ALL 0x07u
#define TUCMD_TCP 0x01u
#define TUCMD_IP 0x02u

#define PLAIN 0
#define SEGMENTS 1
#define TCP_FLAGS 13
#define TCP_FIN_PSH 0x09u
#define IPV6_HEADER 40u

struct desc {
    uint64_t buffer;
    uint32_t lower, upper;
};

static struct desc current(const struct e1000_tx_state *t)
{
    struct desc d;

    _Static_assert(sizeof(d) == sizeof(t->desc), "as in memory; hosts are little endian");
    memcpy(&d, t->desc, sizeof(d));
    return d;
}

static bool is_context(const struct desc *d)
{
    return (d->lower & CMD_DEXT) && (d->lower & LOWER_DTYP) != LOWER_DTYP_DATA;
}

static uint32_t data_length(const struct desc *d)
{
    return d->lower & (d->lower & CMD_DEXT ? LOWER_LENGTH_EXT : LOWER_LENGTH);
}

/* -- big-endian fields inside of the frame; outside of it nothing happens -- */

static uint32_t get_be(const struct e1000_tx_state *t, uint32_t at, uint32_t n)
{
    uint32_t v = 0;

    for (uint32_t i = 0; i < n && at + n <= t->len; i++) {
        v = v << 8 | t->frame[at + i];
    }
    return v;
}

static void put_be(struct e1000_tx_state *t, uint32_t at, uint32_t n, uint32_t v)
{
    for (uint32_t i = 0; i < n && at + n <= t->len; i++) {
        t->frame[at + i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    }
}

static uint32_t fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

/* The checksum of bytes `from` to `to` (inclusive; 0: to the end) goes to `at`. */
static void insert_sum(struct e1000_tx_state *t, uint32_t from, uint32_t to, uint32_t at)
{
    uint32_t end = to && to < t->len ? to + 1 : t->len;
    uint32_t sum = 0;

    for (uint32_t i = from; i < end; i++) {
        sum += (i - from) & 1 ? t->frame[i] : (uint32_t)t->frame[i] << 8;
    }
    put_be(t, at, 2, ~fold(sum) & 0xffff);
}

/* -- a frame takes its final form -- */

/* Section 3.5.6: what differs between the segments of a packet. */
static void patch_segment(struct e1000_tx_state *t)
{
    const struct e1000_context *c = &t->now;
    uint32_t ip = c->ipcss, tu = c->tucss;
    uint32_t payload = t->len > tu ? t->len - tu : 0;

    if (c->tucmd & TUCMD_IP) {
        put_be(t, ip + 2, 2, t->len > ip ? t->len - ip : 0);
        put_be(t, ip + 4, 2, get_be(t, ip + 4, 2) + t->segments);
    } else {
        put_be(t, ip + 4, 2, t->len > ip + IPV6_HEADER ? t->len - ip - IPV6_HEADER : 0);
    }
    if (c->tucmd & TUCMD_TCP) {
        put_be(t, tu + 4, 4, get_be(t, tu + 4, 4) + t->segments * c->mss);
        if (!t->last) {
            put_be(t, tu + TCP_FLAGS, 1, get_be(t, tu + TCP_FLAGS, 1) & ~TCP_FIN_PSH);
        }
    } else {
        put_be(t, tu + 4, 2, payload);
    }
    if (t->options & OPTION_TCP) { /* software left the pseudo header's sum without the length */
        put_be(t, c->tucso, 2, fold(get_be(t, c->tucso, 2) + payload));
    }
}

static void insert_tag(struct e1000 *e)
{
    struct e1000_tx_state *t = &e->s.tx;

    if (t->len < ETH_HEADER) {
        return;
    }
    if (t->len + 4 > sizeof(t->frame)) {
        t->bad = 1;
        return;
    }
    memmove(t->frame + 16, t->frame + 12, t->len - 12);
    t->len += 4;
    put_be(t, 12, 2, e->s.reg[R_VET]);
    put_be(t, 14, 2, t->special);
}

/* The frame is complete, and sent as soon as there is room. */
static void finish_frame(struct e1000 *e, bool last)
{
    struct e1000_tx_state *t = &e->s.tx;
    struct desc d = current(t);

    t->last = last;
    if (t->tse) {
        if (t->segments == 0) {
            memcpy(t->header, t->frame, t->now.hdrlen);
        }
        patch_segment(t);
    }
    if (t->options & OPTION_TCP) {
        insert_sum(t, t->now.tucss, t->now.tucse, t->now.tucso);
    }
    if (t->options & OPTION_IP) {
        insert_sum(t, t->now.ipcss, t->now.ipcse, t->now.ipcso);
    }
    if (!(d.lower & CMD_DEXT) && (d.lower & CMD_IC)) { /* CSO and CSS of the last descriptor */
        insert_sum(t, d.upper >> 8 & 0xff, 0, d.lower >> 16 & 0xff);
    }
    if (t->options & OPTION_TAG) {
        insert_tag(e);
    }
    if ((e->s.reg[R_TCTL] & TCTL_PSP) && t->len < ETH_MIN) {
        memset(t->frame + t->len, 0, ETH_MIN - t->len);
        t->len = ETH_MIN;
    }
    t->phase = E1000_TX_SEND;
}

static void count(struct e1000_state *s)
{
    static const uint8_t broadcast[ETH_ADDRESS] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const uint8_t *frame = s->tx.frame;
    uint32_t len = s->tx.len + ETH_FCS;

    e1000_count(s, STAT_TPT, 1);
    e1000_count(s, STAT_GPTC, 1);
    e1000_count64(s, STAT_TOTL, len);
    e1000_count64(s, STAT_GOTCL, len);
    e1000_count_size(s, STAT_PTC64, len);
    if (memcmp(frame, broadcast, sizeof(broadcast)) == 0) {
        e1000_count(s, STAT_BPTC, 1);
    } else if (frame[0] & 1) {
        e1000_count(s, STAT_MPTC, 1);
    }
    e1000_count(s, STAT_TSCTC, s->tx.tse && s->tx.last);
}

/* False when the link is full. */
static bool send(struct e1000 *e)
{
    struct e1000_state *s = &e->s;
    struct e1000_tx_state *t = &s->tx;

    if (t->bad || t->len < ETH_HEADER) {
        return true;
    }
    if (e1000_looped(s)) {
        if ((s->reg[R_RCTL] & RCTL_EN) && !e1000_rx_frame(e, t->frame, t->len)) {
            e1000_count(s, STAT_MPC, 1);
            e1000_cause(e, ICR_RXO);
        }
    } else if (e->netdev && s->link && !link_send(e->netdev, t->frame, t->len)) {
        return false;
    }
    count(s);
    return true;
}

/* -- steps -- */

static void load_context(struct e1000_tx_state *t, const struct desc *d)
{
    struct e1000_context *c = &t->context[d->lower & CMD_TSE ? SEGMENTS : PLAIN];

    c->ipcss = t->desc[0];
    c->ipcso = t->desc[1];
    c->ipcse = (uint16_t)(t->desc[2] | t->desc[3] << 8);
    c->tucss = t->desc[4];
    c->tucso = t->desc[5];
    c->tucse = (uint16_t)(t->desc[6] | t->desc[7] << 8);
    c->tucmd = t->desc[11];
    c->hdrlen = t->desc[13];
    c->mss = (uint16_t)(t->desc[14] | t->desc[15] << 8);
}

static void open_packet(struct e1000_tx_state *t, const struct desc *d)
{
    bool extended = d->lower & CMD_DEXT;

    t->open = 1;
    t->tse = extended && (d->lower & CMD_TSE);
    t->now = t->context[t->tse ? SEGMENTS : PLAIN];
    t->options = extended ? d->upper >> 8 & (OPTION_IP | OPTION_TCP) : 0;
    t->len = t->segments = 0;
    t->bad = t->tse && (t->now.mss == 0 || t->now.hdrlen + (uint32_t)t->now.mss > LINK_FRAME_MAX);
}

/* False when there is nothing to fetch. */
static bool fetch(struct e1000 *e)
{
    struct e1000_tx_state *t = &e->s.tx;
    struct e1000_ring r = e1000_ring(&e->s, R_TDBAL);
    struct desc d;

    if (r.head >= r.n || r.tail >= r.n || r.head == r.tail ||
        !pci_dma_read(&e->pci, r.base + (uint64_t)r.head * 16, t->desc, sizeof(t->desc))) {
        return false;
    }
    d = current(t);
    if (is_context(&d)) {
        load_context(t, &d);
        t->phase = E1000_TX_DONE;
        return true;
    }
    if (!t->open) {
        open_packet(t, &d);
    }
    if ((d.lower & CMD_VLE) && (e->s.reg[R_CTRL] & CTRL_VME)) {
        t->options |= OPTION_TAG;
        t->special = (uint16_t)(d.upper >> 16);
    }
    t->done = 0;
    t->phase = E1000_TX_DATA;
    return true;
}

/* Read on in the buffer, to its end or to that of the frame. */
static void collect(struct e1000 *e)
{
    struct e1000_tx_state *t = &e->s.tx;
    struct desc d = current(t);
    uint32_t left = data_length(&d) - t->done;
    uint32_t limit =
        t->tse && !t->bad ? (uint32_t)t->now.hdrlen + t->now.mss : (uint32_t)LINK_FRAME_MAX;
    uint32_t room = limit - t->len;
    uint32_t now = left < room ? left : room;

    if (t->bad) {
        now = left;
    } else {
        pci_dma_read(&e->pci, d.buffer + t->done, t->frame + t->len, now);
        t->len += now;
    }
    t->done += now;
    if (now < left && t->tse) {
        finish_frame(e, false);
    } else if (now < left) {
        t->bad = 1; /* too long */
    } else if (d.lower & CMD_EOP) {
        finish_frame(e, true);
    } else {
        t->phase = E1000_TX_DONE;
    }
}

/* The frame is out: the packet ends, or its next segment begins. */
static void frame_sent(struct e1000_tx_state *t)
{
    if (t->last) {
        t->open = 0;
        t->phase = E1000_TX_DONE;
        return;
    }
    memcpy(t->frame, t->header, t->now.hdrlen);
    t->len = t->now.hdrlen;
    t->segments++;
    t->phase = E1000_TX_DATA;
}

static void write_back(struct e1000 *e)
{
    struct e1000_state *s = &e->s;
    struct e1000_ring r = e1000_ring(s, R_TDBAL);
    struct desc d = current(&s->tx);

    s->tx.phase = E1000_TX_FETCH;
    if (r.head >= r.n) { /* the ring was changed meanwhile */
        return;
    }
    if (d.lower & CMD_RS) {
        uint8_t status = (uint8_t)(s->tx.desc[12] | UPPER_DD);

        pci_dma_write(&e->pci, r.base + (uint64_t)r.head * 16 + 12, &status, 1);
        e1000_cause(e, ICR_TXDW);
    }
    s->reg[R_TDH] = r.head + 1 == r.n ? 0 : r.head + 1;
    if (s->reg[R_TDH] == r.tail) {
        e1000_cause(e, ICR_TXQE);
    }
}

/* False when it has to stop; *wait changes when it may go on by itself. */
static bool step(struct e1000 *e, uint64_t *wait)
{
    switch (e->s.tx.phase) {
    case E1000_TX_FETCH:
        return fetch(e);
    case E1000_TX_DATA:
        collect(e);
        return true;
    case E1000_TX_SEND:
        if (!send(e)) {
            *wait = RETRY_NS;
            return false;
        }
        frame_sent(&e->s.tx);
        return true;
    default:
        write_back(e);
        return true;
    }
}

void e1000_tx_run(struct e1000 *e)
{
    struct e1000_state *s = &e->s;
    uint64_t wait = PAUSE_NS;

    s->tx_due = 0;
    if (s->reg[R_TCTL] & TCTL_EN) {
        for (unsigned i = 0; i < STEPS_MAX; i++) {
            if (!step(e, &wait)) {
                wait = wait == RETRY_NS ? RETRY_NS : 0;
                break;
            }
        }
        s->tx_due = wait ? clock_now(e->clock) + wait : 0;
    }
    e1000_update(e);
}

/* -- state -- */

const char *e1000_tx_check(const struct e1000_tx_state *t)
{
    struct desc d = current(t);
    uint32_t limit = t->tse && !t->bad ? (uint32_t)t->now.hdrlen + t->now.mss : LINK_FRAME_MAX;

    if (t->phase >= E1000_TX_PHASES) {
        return "tx.phase";
    }
    if (t->open > 1 || t->tse > 1 || t->bad > 1 || t->last > 1 || (t->options & ~OPTION_ALL)) {
        return "tx.options";
    }
    if (t->tse && !t->bad && (t->now.mss == 0 || limit > LINK_FRAME_MAX)) {
        return "tx.now.mss";
    }
    if (t->len > LINK_FRAME_MAX || (t->open && t->phase != E1000_TX_SEND && t->len > limit)) {
        return "tx.len";
    }
    if (t->phase == E1000_TX_DATA || t->phase == E1000_TX_SEND) {
        if (is_context(&d) || !t->open) {
            return "tx.open";
        }
        if (t->done > data_length(&d)) {
            return "tx.done";
        }
    }
    for (unsigned i = 0; i < sizeof(t->pad); i++) {
        if (t->pad[i]) {
            return "tx.pad";
        }
    }
    return NULL;
}

static const struct state_field context_fields[] = {
    STATE_FIELD(struct e1000_context, ipcss), STATE_FIELD(struct e1000_context, ipcso),
    STATE_FIELD(struct e1000_context, tucss), STATE_FIELD(struct e1000_context, tucso),
    STATE_FIELD(struct e1000_context, ipcse), STATE_FIELD(struct e1000_context, tucse),
    STATE_FIELD(struct e1000_context, mss),   STATE_FIELD(struct e1000_context, hdrlen),
    STATE_FIELD(struct e1000_context, tucmd), STATE_END,
};

static const struct state_layout context_layout = {
    .name = "e1000-context",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct e1000_context),
    .fields = context_fields,
};

static const struct state_field tx_fields[] = {
    STATE_ARRAY(struct e1000_tx_state, frame),
    STATE_ARRAY(struct e1000_tx_state, header),
    STATE_STRUCTS(struct e1000_tx_state, context, &context_layout),
    STATE_STRUCT(struct e1000_tx_state, now, &context_layout),
    STATE_ARRAY(struct e1000_tx_state, desc),
    STATE_FIELD(struct e1000_tx_state, done),
    STATE_FIELD(struct e1000_tx_state, len),
    STATE_FIELD(struct e1000_tx_state, segments),
    STATE_FIELD(struct e1000_tx_state, special),
    STATE_FIELD(struct e1000_tx_state, phase),
    STATE_FIELD(struct e1000_tx_state, open),
    STATE_FIELD(struct e1000_tx_state, tse),
    STATE_FIELD(struct e1000_tx_state, options),
    STATE_FIELD(struct e1000_tx_state, bad),
    STATE_FIELD(struct e1000_tx_state, last),
    STATE_ARRAY(struct e1000_tx_state, pad),
    STATE_END,
};

const struct state_layout e1000_tx_layout = {
    .name = "e1000-tx",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct e1000_tx_state),
    .fields = tx_fields,
};
