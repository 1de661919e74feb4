/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82540EM: registers by both windows, descriptors of all kinds, frames in both directions. */
#include "tests/fuzz/board.h"

#define MEM 0xe8000000u
#define IO 0xd000u
#define OPS_MAX 600
#define TX_RING 0x1000u
#define RX_RING 0x3000u
#define RING 32u

static struct link *wire;

static void begin(void)
{
    if (!fuzz.pc) {
        fuzz_board_new();
        wire = fuzz_wire();
        fuzz_plug("e1000", "netdev", "net1");
    }
    fuzz_deaf = NULL;
    link_drain(wire);
    fuzz_begin();
}

static void wr(uint32_t at, uint32_t v)
{
    space_write(fuzz.mem, MEM + at, 4, v);
}

/* What a driver does to open the card; sometimes with the input's values for the modes. */
static void setup(struct fuzz_in *in)
{
    bool wild = in8(in) & 1;

    wr(0x2800, RX_RING);
    wr(0x2808, RING * 16);
    wr(0x2810, 0);
    wr(0x2818, wild ? in8(in) % (RING + 2) : RING - 1);
    wr(0x3800, TX_RING);
    wr(0x3808, RING * 16);
    wr(0x3810, 0);
    wr(0x3818, 0);
    wr(0x400, wild ? in32(in) | 2 : 0x10a);
    wr(0x100, wild ? in32(in) | 2 : 0x0400801a);
    wr(0x0, wild ? in32(in) & ~0x04000000u : 0x40140240);
    wr(0xd0, 0xffff);
    wr(0xc4, wild ? in16(in) : 1000);
    for (unsigned i = 0; i < RING; i++) {
        uint64_t to = 0x40000 + i * 0x4000;

        ram_write(fuzz.mem, RX_RING + 16 * i, &to, 8);
    }
}

/* Some descriptors, then the tail. */
static void transmit(struct fuzz_in *in)
{
    uint32_t at = (uint32_t)space_read(fuzz.mem, MEM + 0x3818, 4) % RING;

    for (unsigned n = in8(in) % 8; n; n--) {
        uint8_t how = in8(in);
        uint32_t d[4] = {0x10000u + in16(in), 0, in32(in), in32(in)};

        if (how & 1) { /* mostly of sane length */
            d[2] = (d[2] & 0xfff0003fu) | (uint32_t)in16(in) % 4096;
        }
        if (how & 2) {
            d[2] |= 0x20000000;
        }
        if (how & 4) {
            d[1] = in32(in);
        }
        ram_write(fuzz.mem, TX_RING + 16 * at, d, sizeof(d));
        at = (at + 1) % RING;
    }
    wr(0x3818, at);
    fuzz_loop();
}

static void frame(struct fuzz_in *in)
{
    static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x57};
    uint8_t f[LINK_FRAME_MAX] = {0};
    uint32_t len = in16(in) % LINK_FRAME_MAX + 1;
    uint8_t how = in8(in);

    in_bytes(in, f, MIN(len, how % 32u));
    if (how & 0x80) {
        memcpy(f, mac, sizeof(mac));
    } else if (how & 0x40) {
        memset(f, 0xff, 6);
    }
    link_deliver(wire, f, len);
    fuzz_loop();
}

static const uint16_t hot[] = {0x0000, 0x0008, 0x0010, 0x0014, 0x0018, 0x0020, 0x0038, 0x00c0,
                               0x00c4, 0x00c8, 0x00d0, 0x00d8, 0x0100, 0x0400, 0x2800, 0x2804,
                               0x2808, 0x2810, 0x2818, 0x3800, 0x3804, 0x3808, 0x3810, 0x3818,
                               0x5000, 0x5200, 0x5400, 0x5404, 0x5600, 0x4088, 0x408c, 0x40d0};

static void op(struct fuzz_in *in)
{
    uint8_t v = in8(in);

    switch (v & 15) {
    case 0:
    case 1:
        wr(hot[in8(in) % G_N_ELEMENTS(hot)], in32(in));
        break;
    case 2:
        space_read(fuzz.mem, MEM + hot[in8(in) % G_N_ELEMENTS(hot)], 4);
        break;
    case 3:
        fuzz_access(fuzz.mem, MEM + in_n(in, 3) % 0x20000, v >> 4, in);
        break;
    case 4:
        fuzz_access(fuzz.ports, IO + in8(in) % 64, v >> 4, in);
        break;
    case 5:
    case 6:
    case 7:
        transmit(in);
        break;
    case 8:
    case 9:
    case 10:
        frame(in);
        break;
    case 11:
        fuzz_step(in8(in));
        break;
    case 12:
        wr(0x2818, in8(in) % RING);
        fuzz_loop();
        break;
    case 13:
        link_set_carrier(wire, (v & 0x30) != 0x10);
        fuzz_deaf = v >> 6 & 1 ? wire : NULL;
        link_drain(wire);
        fuzz_loop();
        break;
    case 14:
        fuzz_ram_write(in);
        break;
    default:
        fuzz_save_load(fuzz_device_named("e1000"));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    unsigned fn;

    begin();
    link_set_carrier(wire, true);
    fn = fuzz_slot("e1000", 0x100e8086);
    config_write(fn, PCI_BAR0, 4, MEM);
    config_write(fn, PCI_BAR0 + 4, 4, IO);
    config_write(fn, PCI_COMMAND, 2, 7);
    setup(&in);
    for (unsigned i = 0; in.left && i < OPS_MAX; i++) {
        op(&in);
        fuzz_check(fuzz_device_named("e1000"));
    }
    fuzz_end();
    return 0;
}
