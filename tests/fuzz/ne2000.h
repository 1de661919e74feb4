/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzzers of the two NE2000 cards share: registers of all pages, both DMA channels, frames. */
#ifndef TESTS_FUZZ_NE2000_H
#define TESTS_FUZZ_NE2000_H

#include "tests/fuzz/board.h"

#define OPS_MAX 1000

static struct {
    const char *cls;
    uint16_t base;
    struct link *link;
    void (*other)(struct fuzz_in *in); /* what this card alone has */
} nic;

static inline void out_word(unsigned reg, unsigned v)
{
    outb((uint16_t)(nic.base + reg), (uint8_t)v);
    outb((uint16_t)(nic.base + reg + 1), (uint8_t)(v >> 8));
}

/* What a driver does to open the card, with the input's values. */
static inline void setup(struct fuzz_in *in)
{
    outb(nic.base, 0x21);
    outb(nic.base + 0xe, in8(in));
    outb(nic.base + 0xc, in8(in));
    outb(nic.base + 0xd, in8(in));
    outb(nic.base + 0x4, in8(in));
    outb(nic.base + 0x1, in8(in));
    outb(nic.base + 0x2, in8(in));
    outb(nic.base + 0x3, in8(in));
    outb(nic.base, 0x61);
    outb(nic.base + 0x7, in8(in));
    outb(nic.base, 0x22);
}

static inline void remote(struct fuzz_in *in, bool write, unsigned width)
{
    out_word(0xa, in16(in));
    out_word(0x8, in16(in));
    outb(nic.base, write ? 0x12 : 0x0a);
    fuzz_block(fuzz.ports, nic.base + 0x10, width, in16(in), write, in);
}

static inline void frame(struct fuzz_in *in)
{
    uint8_t f[LINK_FRAME_MAX];
    uint32_t len = in16(in) % (LINK_FRAME_MAX + 1);

    memset(f, 0, sizeof(f));
    in_bytes(in, f, MIN(len, (uint32_t)in8(in)));
    if (len) {
        link_deliver(nic.link, f, len);
    }
    fuzz_loop();
}

/* The EEPROM by its pins: a command and data, first bit first. */
static inline void eeprom(struct fuzz_in *in)
{
    uint32_t bits = in32(in);

    outb(nic.base, 0xe2);
    for (unsigned i = 0; i < 26; i++, bits <<= 1) {
        uint8_t di = bits >> 30 & 2;

        outb((uint16_t)(nic.base + 1), 0x88 | di);
        outb((uint16_t)(nic.base + 1), 0x8c | di);
    }
    outb((uint16_t)(nic.base + 1), in8(in));
    outb(nic.base, 0x22);
}

/* Polling for so long that writes come late. */
static inline void poll(struct fuzz_in *in)
{
    for (unsigned i = in16(in) % 600; i; i--) {
        outb((uint16_t)(nic.base + 7), 0xff);
    }
}

static inline void op(struct fuzz_in *in)
{
    uint8_t v = in8(in);

    switch (v & 15) {
    case 0:
    case 1:
    case 2:
        outb((uint16_t)(nic.base + (v >> 4)), in8(in));
        break;
    case 3:
        space_read(fuzz.ports, nic.base + (v >> 4), 1u << (in8(in) & 3));
        break;
    case 4:
        space_write(fuzz.ports, nic.base + in8(in) % 0x20, 1u << (v >> 4 & 3), in32(in));
        break;
    case 5:
        space_read(fuzz.ports, nic.base + in8(in) % 0x20, 1u << (v >> 4 & 3));
        break;
    case 6:
    case 7:
        remote(in, v & 0x80, 1u << (v >> 4 & 3));
        break;
    case 8:
    case 9:
        frame(in);
        break;
    case 10: /* transmit */
        outb(nic.base + 0x4, in8(in));
        out_word(0x5, in16(in));
        outb(nic.base, 0x26);
        break;
    case 11:
        outb(nic.base, v & 0xf0 ? (uint8_t)((v & 0xc0) | 0x22) : 0x1a); /* page, or send packet */
        break;
    case 12:
        setup(in);
        break;
    case 13:
        fuzz_step(in8(in));
        break;
    case 14:
        link_set_carrier(nic.link, v >> 4 & 1);
        fuzz_loop();
        break;
    default:
        if (v >> 4 == 0) {
            eeprom(in);
        } else if (v >> 4 == 1) {
            poll(in);
        } else if (v >> 4 == 2) {
            nic.other(in);
        } else {
            fuzz_save_load(fuzz_device_named(nic.cls));
        }
        break;
    }
}

static inline void fuzz_nic(struct fuzz_in *in)
{
    link_set_carrier(nic.link, true);
    setup(in);
    for (unsigned i = 0; in->left && i < OPS_MAX; i++) {
        op(in);
        fuzz_check(fuzz_device_named(nic.cls));
    }
    fuzz_end();
}

#endif
