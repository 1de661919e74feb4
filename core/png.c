/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PNG (ISO/IEC 15948): RGB, eight bits, each row as its difference to the row above, so that what
 * repeats becomes zeros. The stream inside is one deflate block (RFC 1951) of the fixed code, whose
 * only matches are runs of one byte: good for screens of text, and small enough to be seen right.
 */
#include "core/png.h"

#include <glib.h>
#include <string.h>

#define CHUNK 32768u
#define RUN_MIN 3u
#define RUN_MAX 258u
#define ADLER_MOD 65521u
#define FILTER_UP 2

struct png {
    FILE *f;
    bool ok;
    uint8_t out[CHUNK]; /* of the chunk being filled */
    uint32_t len;
    uint32_t bits, nbits; /* not yet a whole byte */
    uint32_t adler_a, adler_b;
    uint8_t last; /* the byte that may repeat */
    uint32_t run; /* how often it has; 0: there is none yet */
    bool any;
};

/* -- chunks -- */

static uint32_t crc_add(uint32_t crc, const void *buf, size_t len)
{
    const uint8_t *p = buf;

    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        }
    }
    return crc;
}

static void put_be32(uint8_t *to, uint32_t v)
{
    to[0] = (uint8_t)(v >> 24);
    to[1] = (uint8_t)(v >> 16);
    to[2] = (uint8_t)(v >> 8);
    to[3] = (uint8_t)v;
}

static void chunk(struct png *p, const char *type, const uint8_t *data, uint32_t len)
{
    uint8_t head[8], tail[4];

    put_be32(head, len);
    memcpy(head + 4, type, 4);
    put_be32(tail, ~crc_add(crc_add(~0u, type, 4), data, len));
    p->ok = p->ok && fwrite(head, 1, 8, p->f) == 8 && fwrite(data, 1, len, p->f) == len &&
            fwrite(tail, 1, 4, p->f) == 4;
}

/* -- deflate -- */

static void put_byte(struct png *p, uint8_t byte)
{
    p->out[p->len++] = byte;
    if (p->len == CHUNK) {
        chunk(p, "IDAT", p->out, p->len);
        p->len = 0;
    }
}

/* n bits, the least significant first. */
static void put_bits(struct png *p, uint32_t value, uint32_t n)
{
    p->bits |= value << p->nbits;
    p->nbits += n;
    while (p->nbits >= 8) {
        put_byte(p, (uint8_t)p->bits);
        p->bits >>= 8;
        p->nbits -= 8;
    }
}

/* A code of n bits goes most significant first. */
static void put_code(struct png *p, uint32_t code, uint32_t n)
{
    uint32_t turned = 0;

    for (uint32_t i = 0; i < n; i++) {
        turned |= (code >> i & 1) << (n - 1 - i);
    }
    put_bits(p, turned, n);
}

/* RFC 1951, 3.2.6: the fixed code. */
static void put_symbol(struct png *p, uint32_t symbol)
{
    if (symbol < 144) {
        put_code(p, 0x30 + symbol, 8);
    } else if (symbol < 256) {
        put_code(p, 0x190 + symbol - 144, 9);
    } else if (symbol < 280) {
        put_code(p, symbol - 256, 7);
    } else {
        put_code(p, 0xc0 + symbol - 280, 8);
    }
}

/* A match at distance 1. Lengths 3 to 10 have a symbol each, then four symbols share extra bits. */
static void put_match(struct png *p, uint32_t len)
{
    uint32_t extra = 0, rest = len - RUN_MIN;

    if (len == RUN_MAX) {
        put_symbol(p, 285);
    } else if (rest < 8) {
        put_symbol(p, 257 + rest);
    } else {
        while (rest >> extra >= 8) {
            extra++;
        }
        put_symbol(p, 257 + 4 * extra + (rest >> extra));
        put_bits(p, rest & ((1u << extra) - 1), extra);
    }
    put_code(p, 0, 5);
}

/* What has repeated, after its first byte, which is out. */
static void end_run(struct png *p)
{
    while (p->run >= RUN_MIN) {
        uint32_t n = MIN(p->run, RUN_MAX);

        put_match(p, n);
        p->run -= n;
    }
    for (; p->run; p->run--) {
        put_symbol(p, p->last);
    }
}

static void deflate(struct png *p, uint8_t byte)
{
    p->adler_a = (p->adler_a + byte) % ADLER_MOD;
    p->adler_b = (p->adler_b + p->adler_a) % ADLER_MOD;
    if (p->any && byte == p->last) {
        p->run++;
        return;
    }
    end_run(p);
    put_symbol(p, byte);
    p->last = byte;
    p->any = true;
}

static void deflate_end(struct png *p)
{
    uint8_t sum[4];

    end_run(p);
    put_symbol(p, 256);
    if (p->nbits) {
        put_bits(p, 0, 8 - p->nbits);
    }
    put_be32(sum, p->adler_b << 16 | p->adler_a);
    for (int i = 0; i < 4; i++) {
        put_byte(p, sum[i]);
    }
    if (p->len) {
        chunk(p, "IDAT", p->out, p->len);
    }
}

/* -- rows -- */

static const uint32_t *row_of(const struct surface *s, uint32_t y)
{
    return (const uint32_t *)(const void *)((const uint8_t *)s->pixels + (size_t)y * s->stride);
}

static void put_row(struct png *p, const struct surface *s, uint32_t y)
{
    const uint32_t *row = row_of(s, y), *above = y ? row_of(s, y - 1) : NULL;

    deflate(p, FILTER_UP);
    for (uint32_t x = 0; x < s->width; x++) {
        uint32_t up = above ? above[x] : 0;

        for (uint32_t shift = 24; shift;) {
            shift -= 8;
            deflate(p, (uint8_t)((row[x] >> shift) - (up >> shift)));
        }
    }
}

bool png_write(FILE *f, const struct surface *s)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    g_autofree struct png *p = g_new0(struct png, 1);
    uint8_t header[13] = {[8] = 8, [9] = 2}; /* eight bits, RGB */

    p->f = f;
    p->adler_a = 1;
    p->ok = fwrite(signature, 1, sizeof(signature), f) == sizeof(signature);
    put_be32(header, s->width);
    put_be32(header + 4, s->height);
    chunk(p, "IHDR", header, sizeof(header));
    put_byte(p, 0x78); /* zlib: deflate, 32 KiB window, no dictionary, fastest */
    put_byte(p, 0x01);
    put_bits(p, 1 | 1 << 1, 3); /* the last block, of the fixed code */
    for (uint32_t y = 0; y < s->height && p->ok; y++) {
        put_row(p, s, y);
    }
    deflate_end(p);
    chunk(p, "IEND", header, 0);
    return p->ok;
}
