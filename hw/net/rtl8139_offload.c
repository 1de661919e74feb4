/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTL8139C+, what C+ mode does to packets: IP, TCP and UDP checksums (IPCS, TCPCS, UDPCS), large
 * send (LGSEN), VLAN tags (TAGC), and the verdict on received checksums. Data sheet chapter 9; RFC
 * 791, 768, 793.
 *
 * Every length that a packet claims for itself is checked against the bytes that are there, once,
 * in parse(); what does not fit is sent as it is. Large send makes at most 64 KiB / LEAST_MSS
 * frames; when the link is full it stops, and goes on with the frame it stopped at.
 */
#include "hw/net/rtl8139_priv.h"

#include <string.h>

#define ETHERTYPE 12u
#define ETHERTYPE_IP 0x0800u
#define ETHERTYPE_VLAN 0x8100u
#define VLAN_TAG 4u
#define IP_MIN 20u
#define IP_MORE_OR_OFFSET 0x3fffu
#define IP_TCP 6u
#define IP_UDP 17u
#define TCP_MIN 20u
#define TCP_FIN_PSH 0x09u
#define UDP_HEADER 8u
/* No stack goes below 88; what does would only make work. */
#define LEAST_MSS 64u
#define SEGMENT_MAX (ETH_HEADER + 60u + 60u + TXD_MSS)

/* Where things are in a frame; offsets from its start. */
struct parsed {
    uint32_t ip, l4, end; /* end: of the IP packet, not of the padding */
    uint8_t protocol;     /* 0 for fragments */
    uint32_t header;      /* bytes of the TCP or UDP header; 0 when it is not all there */
};

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) << 16 | get16(p + 2);
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

/* False: no IPv4 packet that fits into the frame. */
static bool parse(const uint8_t *f, uint32_t len, bool large, struct parsed *p)
{
    const uint8_t *ip = f + ETH_HEADER;
    uint32_t room, hlen, total;

    if (len < ETH_HEADER + IP_MIN || get16(f + ETHERTYPE) != ETHERTYPE_IP || ip[0] >> 4 != 4) {
        return false;
    }
    room = len - ETH_HEADER;
    hlen = (ip[0] & 15u) * 4u;
    total = get16(ip + 2);
    if (large && total == 0) { /* a large send need not say it */
        total = room;
    }
    if (hlen < IP_MIN || total < hlen || total > room) {
        return false;
    }
    p->ip = ETH_HEADER;
    p->l4 = ETH_HEADER + hlen;
    p->end = ETH_HEADER + total;
    p->protocol = get16(ip + 6) & IP_MORE_OR_OFFSET ? 0 : ip[9];
    p->header = 0;
    if (p->protocol == IP_TCP && p->end - p->l4 >= TCP_MIN) {
        uint32_t h = (f[p->l4 + 12] >> 4) * 4u;

        p->header = h >= TCP_MIN && h <= p->end - p->l4 ? h : 0;
    } else if (p->protocol == IP_UDP && p->end - p->l4 >= UDP_HEADER) {
        p->header = UDP_HEADER;
    }
    return true;
}

/* -- ones' complement sums -- */

static uint64_t sum(const uint8_t *p, uint32_t len)
{
    uint64_t s = 0;

    for (; len >= 2; len -= 2, p += 2) {
        s += get16(p);
    }
    return len ? s + ((uint64_t)*p << 8) : s;
}

static uint16_t fold(uint64_t s)
{
    while (s >> 16) {
        s = (s & 0xffff) + (s >> 16);
    }
    return (uint16_t)s;
}

static uint64_t pseudo_header(const uint8_t *f, const struct parsed *p)
{
    return sum(f + p->ip + 12, 8) + p->protocol + (p->end - p->l4);
}

static void set_ip_checksum(uint8_t *f, const struct parsed *p)
{
    put16(f + p->ip + 10, 0);
    put16(f + p->ip + 10, ~(uint32_t)fold(sum(f + p->ip, p->l4 - p->ip)));
}

static void set_l4_checksum(uint8_t *f, const struct parsed *p)
{
    uint8_t *field = f + p->l4 + (p->protocol == IP_TCP ? 16 : 6);
    uint16_t value;

    put16(field, 0);
    value = (uint16_t)~fold(pseudo_header(f, p) + sum(f + p->l4, p->end - p->l4));
    put16(field, value == 0 && p->protocol == IP_UDP ? 0xffff : value);
}

/* -- transmit -- */

/* Put the tag in, if there is one, and send. */
static bool send_tagged(struct rtl8139 *d, const uint8_t *f, uint32_t len,
                        const struct rtl8139_desc *first)
{
    uint8_t tagged[ETH_MAX_TAGGED + ETH_FCS];

    if (!(first->vlan & TXD2_TAGC) || len < ETH_HEADER || len > sizeof(tagged) - VLAN_TAG) {
        return rtl8139_send(d, f, len);
    }
    memcpy(tagged, f, ETHERTYPE);
    put16(tagged + ETHERTYPE, ETHERTYPE_VLAN);
    tagged[ETHERTYPE + 2] = (uint8_t)first->vlan; /* the field is in the wire's byte order */
    tagged[ETHERTYPE + 3] = (uint8_t)(first->vlan >> 8);
    memcpy(tagged + ETHERTYPE + VLAN_TAG, f + ETHERTYPE, len - ETHERTYPE);
    return rtl8139_send(d, tagged, len + VLAN_TAG);
}

/* One segment of a large send: `at` bytes into the payload, `n` bytes. */
static uint32_t make_segment(uint8_t *out, const uint8_t *f, const struct parsed *whole,
                             uint32_t number, uint32_t at, uint32_t n)
{
    uint32_t payload = whole->l4 + whole->header;
    struct parsed p = *whole;
    uint8_t *ip = out + p.ip, *tcp = out + p.l4;

    memcpy(out, f, payload);
    memcpy(out + payload, f + payload + at, n);
    p.end = payload + n;
    put16(ip + 2, p.end - p.ip);
    put16(ip + 4, get16(ip + 4) + number);
    put32(tcp + 4, get32(tcp + 4) + at);
    if (p.end + at < whole->end) { /* not the last */
        tcp[13] = (uint8_t)(tcp[13] & ~TCP_FIN_PSH);
    }
    set_ip_checksum(out, &p);
    set_l4_checksum(out, &p);
    return p.end;
}

static bool send_large(struct rtl8139 *d, unsigned ring, const struct parsed *p,
                       const struct rtl8139_desc *first)
{
    uint8_t segment[SEGMENT_MAX];
    uint16_t *sent = &d->s.large_sent[ring];
    uint32_t mss = first->flags >> TXD_MSS_SHIFT & TXD_MSS;
    uint32_t payload = p->end - p->l4 - p->header;

    mss = mss < LEAST_MSS ? LEAST_MSS : mss;
    while (*sent * mss < payload || *sent == 0) {
        uint32_t at = *sent * mss;
        uint32_t n = payload - at < mss ? payload - at : mss;

        if (!send_tagged(d, segment, make_segment(segment, d->packet, p, *sent, at, n), first)) {
            return false;
        }
        (*sent)++;
    }
    return true;
}

bool rtl8139_send_packet(struct rtl8139 *d, unsigned ring, uint32_t len,
                         const struct rtl8139_desc *first)
{
    bool large = (first->flags & TXD_LGSEN) != 0;
    struct parsed p;

    if (parse(d->packet, len, large, &p)) {
        if (large && p.protocol == IP_TCP && p.header) {
            return send_large(d, ring, &p, first);
        }
        if (!large && (first->flags & TXD_IPCS)) {
            set_ip_checksum(d->packet, &p);
        }
        if (!large && p.header && (first->flags & (p.protocol == IP_TCP ? TXD_TCPCS : TXD_UDPCS))) {
            set_l4_checksum(d->packet, &p);
        }
    }
    return send_tagged(d, d->packet, len, first);
}

/* -- receive -- */

uint32_t rtl8139_rx_checksum(const uint8_t *f, uint32_t len)
{
    struct parsed p;
    uint32_t v = RXD_PID_IP;
    bool wrong;

    if (!parse(f, len, false, &p)) {
        return 0;
    }
    if (fold(sum(f + p.ip, p.l4 - p.ip)) != 0xffff) {
        v |= RXD_IPF;
    }
    if (!p.header) {
        return v;
    }
    wrong = fold(pseudo_header(f, &p) + sum(f + p.l4, p.end - p.l4)) != 0xffff;
    if (p.protocol == IP_TCP) {
        return (v & ~RXD_PID_IP) | RXD_PID_TCP | (wrong ? RXD_TCPF : 0);
    }
    wrong = wrong && get16(f + p.l4 + 6) != 0; /* UDP need not have one */
    return (v & ~RXD_PID_IP) | RXD_PID_UDP | (wrong ? RXD_UDPF : 0);
}
