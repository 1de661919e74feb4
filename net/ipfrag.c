/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 reassembly: see ipfrag.h; RFC 791 section 3.2. Offsets and sizes count from the IP payload. */
#include "net/ipfrag.h"

#include <glib.h>
#include <string.h>

#define LIFE_US (15 * G_USEC_PER_SEC)
#define ETHERNET 14u
#define HEADER 20u
#define PAYLOAD_MAX (65535u - HEADER)
#define UNIT 8u
#define UNITS ((PAYLOAD_MAX + UNIT - 1) / UNIT)

#define IP_MORE 0x2000u
#define IP_OFFSET 0x1fffu

struct slot {
    bool used, headed; /* headed: the first fragment is there, with the header */
    uint8_t key[11];   /* source, destination, identification, protocol */
    int64_t expires_us;
    uint32_t have, end, total; /* bytes; highest end seen; 0: the last fragment is missing */
    uint8_t map[(UNITS + 7) / 8];
    uint8_t frame[IPFRAG_FRAME_MAX];
};

struct ipfrag {
    struct slot *slot[IPFRAG_SLOTS]; /* made on first use */
};

struct fragment {
    const uint8_t *frame, *data;
    uint32_t offset, len;
    bool more;
    uint8_t key[11];
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

/* The checksum of an IP header without options; 0 for one that carries a right one. */
static uint32_t checksum(const uint8_t *ip)
{
    uint32_t s = 0;

    for (unsigned i = 0; i < HEADER; i += 2) {
        s += get16(ip + i);
    }
    s = (s & 0xffff) + (s >> 16);
    s = (s & 0xffff) + (s >> 16);
    return ~s & 0xffff;
}

struct ipfrag *ipfrag_new(void)
{
    return g_new0(struct ipfrag, 1);
}

void ipfrag_free(struct ipfrag *t)
{
    for (unsigned i = 0; t && i < IPFRAG_SLOTS; i++) {
        g_free(t->slot[i]);
    }
    g_free(t);
}

bool ipfrag_is_fragment(const uint8_t *frame)
{
    return get16(frame + 12) == 0x0800 && (get16(frame + ETHERNET + 6) & (IP_MORE | IP_OFFSET));
}

static bool parse(struct fragment *f, const uint8_t *frame, uint32_t len)
{
    const uint8_t *ip = frame + ETHERNET;
    uint32_t total, flags;

    if (len < ETHERNET + HEADER || ip[0] != 0x45 || checksum(ip) != 0) {
        return false;
    }
    total = get16(ip + 2);
    flags = get16(ip + 6);
    if (total <= HEADER || total > len - ETHERNET) {
        return false;
    }
    f->frame = frame;
    f->data = ip + HEADER;
    f->len = total - HEADER;
    f->offset = (flags & IP_OFFSET) * UNIT;
    f->more = flags & IP_MORE;
    memcpy(f->key, ip + 12, 8);
    memcpy(f->key + 8, ip + 4, 2);
    f->key[10] = ip[9];
    return f->offset + f->len <= PAYLOAD_MAX && (!f->more || f->len % UNIT == 0);
}

static void slot_open(struct slot *s, const struct fragment *f, int64_t now_us)
{
    s->used = true;
    s->headed = false;
    memcpy(s->key, f->key, sizeof(s->key));
    s->expires_us = now_us + LIFE_US;
    s->have = s->end = s->total = 0;
    memset(s->map, 0, sizeof(s->map));
}

/* The datagram's slot; else a free, expired, or the oldest one. */
static struct slot *slot_find(struct ipfrag *t, const struct fragment *f, int64_t now_us)
{
    unsigned best = 0;
    int64_t oldest = INT64_MAX;

    for (unsigned i = 0; i < IPFRAG_SLOTS; i++) {
        struct slot *s = t->slot[i];
        int64_t age = !s || !s->used ? INT64_MIN : s->expires_us;

        if (s && s->used && s->expires_us > now_us && memcmp(s->key, f->key, 11) == 0) {
            return s;
        }
        if (age < oldest) {
            oldest = age;
            best = i;
        }
    }
    if (!t->slot[best]) {
        t->slot[best] = g_new0(struct slot, 1);
    }
    slot_open(t->slot[best], f, now_us);
    return t->slot[best];
}

/* Does the fragment fit what is there? Marks its units. */
static bool slot_claim(struct slot *s, const struct fragment *f)
{
    uint32_t end = f->offset + f->len;

    if ((s->total && (!f->more || end > s->total)) || (!f->more && s->end > end)) {
        return false;
    }
    for (uint32_t u = f->offset / UNIT; u < (end + UNIT - 1) / UNIT; u++) {
        uint8_t bit = (uint8_t)(1u << u % 8);

        if (s->map[u / 8] & bit) {
            return false;
        }
        s->map[u / 8] |= bit;
    }
    s->have += f->len;
    s->end = MAX(s->end, end);
    if (!f->more) {
        s->total = end;
    }
    return true;
}

const uint8_t *ipfrag_add(struct ipfrag *t, const uint8_t *frame, uint32_t len, int64_t now_us,
                          uint32_t *out)
{
    struct fragment f;
    struct slot *s;
    uint8_t *ip;

    if (!parse(&f, frame, len)) {
        return NULL;
    }
    s = slot_find(t, &f, now_us);
    if (!slot_claim(s, &f)) {
        s->used = false;
        return NULL;
    }
    memcpy(s->frame + ETHERNET + HEADER + f.offset, f.data, f.len);
    if (f.offset == 0) {
        memcpy(s->frame, frame, ETHERNET + HEADER);
        s->headed = true;
    }
    if (!s->headed || !s->total || s->have != s->total) {
        return NULL;
    }
    ip = s->frame + ETHERNET;
    put16(ip + 2, HEADER + s->total);
    put16(ip + 6, 0);
    put16(ip + 10, 0);
    put16(ip + 10, checksum(ip));
    s->used = false;
    *out = ETHERNET + HEADER + s->total;
    return s->frame;
}
