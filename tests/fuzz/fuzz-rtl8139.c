/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The RTL8139C+: registers, slots and ring, descriptors with all offloads, frames. */
#include "tests/fuzz/ring-nic.h"

#define TX_RING 0x1000u
#define RX_RING 0x2000u
#define PACKET 0x10000u

/* What a driver does to open the card, with the input's values for the modes. */
static void setup(struct fuzz_in *in)
{
    nic_write(0x37, 1, 0x10);
    nic_write(0xe0, 2, in8(in));
    nic_write(0x20, 4, TX_RING);
    nic_write(0x24, 4, 0);
    nic_write(0xe4, 4, RX_RING);
    nic_write(0xe8, 4, 0);
    nic_write(0x30, 4, RX_RING + 0x1000);
    nic_write(0x37, 1, 0x0c);
    nic_write(0x44, 4, in16(in) | 1);
    nic_write(0x40, 4, (uint32_t)in8(in) << 16);
    nic_write(0x3c, 2, in16(in));
}

static void descriptor(struct fuzz_in *in, uint32_t ring)
{
    uint32_t d[4] = {in32(in), in32(in), PACKET + in16(in), 0};

    d[0] |= 0x80000000u;
    ram_write(fuzz.mem, ring + in8(in) % 64 * 16u, d, sizeof(d));
}

/* An IP header that is nearly right, so that offloads find something to do. */
static void packet(struct fuzz_in *in)
{
    uint8_t p[128] = {[12] = 8, [14] = 0x45, [17] = 100, [23] = 6, [46] = 0x50};

    for (uint8_t n = in8(in) % 8; n; n--) {
        p[in8(in) % sizeof(p)] = in8(in);
    }
    ram_write(fuzz.mem, PACKET + in16(in) % 256, p, sizeof(p));
}

static void op(struct fuzz_in *in)
{
    uint8_t v = in8(in);

    switch (v & 7) {
    case 0:
    case 1:
        nic_write(in8(in), 1u << (v >> 3 & 3) & 7, in32(in));
        break;
    case 2:
        descriptor(in, v & 0x80 ? TX_RING : RX_RING);
        break;
    case 3:
        packet(in);
        break;
    case 4:
        nic_write(0xd9, 1, v | 0x40);
        break;
    case 5:
        nic_write(0x10 + (v >> 3 & 3) * 4u, 4, in16(in) & 0x1fff);
        break;
    case 6:
        if (v & 0x80) {
            setup(in);
        } else {
            nic_write(0x38, 2, in16(in));
        }
        break;
    default:
        nic_common(in, v >> 3);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};

    nic_begin("rtl8139");
    setup(&in);
    for (unsigned i = 0; in.left && i < NIC_OPS; i++) {
        op(&in);
        fuzz_check(nic_card);
    }
    fuzz_end();
    return 0;
}
