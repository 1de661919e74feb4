/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NE2000: registers of all pages, both DMA channels, frames in both directions. */
#include "tests/fuzz/board.h"

#define BASE 0x300
#define OPS_MAX 1000

static void out_word(unsigned reg, unsigned v)
{
    outb((uint16_t)(BASE + reg), (uint8_t)v);
    outb((uint16_t)(BASE + reg + 1), (uint8_t)(v >> 8));
}

/* What a driver does to open the card, with the input's values. */
static void setup(struct fuzz_in *in)
{
    outb(BASE, 0x21);
    outb(BASE + 0xe, in8(in));
    outb(BASE + 0xc, in8(in));
    outb(BASE + 0xd, in8(in));
    outb(BASE + 0x4, in8(in));
    outb(BASE + 0x1, in8(in));
    outb(BASE + 0x2, in8(in));
    outb(BASE + 0x3, in8(in));
    outb(BASE, 0x61);
    outb(BASE + 0x7, in8(in));
    outb(BASE, 0x22);
}

static void remote(struct fuzz_in *in, bool write, unsigned width)
{
    out_word(0xa, in16(in));
    out_word(0x8, in16(in));
    outb(BASE, write ? 0x12 : 0x0a);
    fuzz_block(fuzz.ports, BASE + 0x10, width, in16(in), write, in);
}

static void op(struct fuzz_in *in)
{
    uint8_t v = in8(in);

    switch (v & 15) {
    case 0:
    case 1:
    case 2:
        outb((uint16_t)(BASE + (v >> 4)), in8(in));
        break;
    case 3:
        space_read(fuzz.ports, BASE + (v >> 4), 1u << (in8(in) & 3));
        break;
    case 4:
        space_write(fuzz.ports, BASE + in8(in) % 0x20, 1u << (v >> 4 & 3), in32(in));
        break;
    case 5:
        space_read(fuzz.ports, BASE + in8(in) % 0x20, 1u << (v >> 4 & 3));
        break;
    case 6:
    case 7:
        remote(in, v & 0x80, 1u << (v >> 4 & 3));
        break;
    case 8:
    case 9:
        fuzz_frame(in);
        break;
    case 10: /* transmit */
        outb(BASE + 0x4, in8(in));
        out_word(0x5, in16(in));
        outb(BASE, 0x26);
        break;
    case 11:
        outb(BASE, v & 0xf0 ? (uint8_t)((v & 0xc0) | 0x22) : 0x1a); /* page, or send packet */
        break;
    case 12:
        setup(in);
        break;
    case 13:
        fuzz_step(in8(in));
        break;
    case 14:
        link_set_carrier(fuzz.link, v >> 4 & 1);
        fuzz_loop();
        break;
    default:
        fuzz_save_load(fuzz_device_named("ne2k_isa"));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};

    fuzz_begin();
    link_set_carrier(fuzz.link, true);
    setup(&in);
    for (unsigned i = 0; in.left && i < OPS_MAX; i++) {
        op(&in);
        fuzz_check(fuzz_device_named("ne2k_isa"));
    }
    fuzz_end();
    return 0;
}
