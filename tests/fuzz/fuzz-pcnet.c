/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCnet-PCI II: registers, initialization blocks, descriptors of all styles, frames. */
#include "tests/fuzz/ring-nic.h"

#define BLOCK 0x1000u
#define RX_RING 0x2000u
#define TX_RING 0x4000u
#define BUFFER 0x10000u

static void set_csr(unsigned n, unsigned v)
{
    nic_write(0x12, 2, n);
    nic_write(0x10, 2, v);
}

static void set_bcr(unsigned n, unsigned v)
{
    nic_write(0x12, 2, n);
    nic_write(0x16, 2, v);
}

/* What a driver does to open the card, with the input's values for the modes. */
static void setup(struct fuzz_in *in)
{
    uint8_t style = in8(in) & 3, len = in8(in);
    uint32_t block[7] = {in16(in) | (uint32_t)len << 24 | (uint32_t)len << 16};

    if (style) {
        block[5] = RX_RING;
        block[6] = TX_RING;
    } else {
        block[4] = RX_RING | (uint32_t)len << 29;
        block[5] = TX_RING | (uint32_t)len << 29;
    }
    space_read(fuzz.ports, NIC_PORT + 0x14, 2);
    set_bcr(20, style);
    ram_write(fuzz.mem, BLOCK, block, sizeof(block));
    set_csr(1, BLOCK);
    set_csr(2, 0);
    set_csr(3, in16(in));
    set_csr(4, in16(in));
    set_csr(0, 0x43);
}

static void descriptor(struct fuzz_in *in, uint32_t ring)
{
    uint32_t d[4] = {BUFFER + in16(in), in32(in) | 0x80000000u, BUFFER + in16(in), 0};

    d[0] |= (uint32_t)in8(in) << 24; /* flags of style 0 */
    ram_write(fuzz.mem, ring + in8(in) % 128 * 8u, d, sizeof(d));
}

static void op(struct fuzz_in *in)
{
    uint8_t v = in8(in);

    switch (v & 7) {
    case 0:
        nic_write(in8(in), 1u << (v >> 3 & 3) & 7, in32(in));
        break;
    case 1:
        set_csr(in8(in), in16(in));
        break;
    case 2:
        descriptor(in, v & 0x80 ? TX_RING : RX_RING);
        break;
    case 3:
        set_bcr(in8(in) % 34, in16(in));
        break;
    case 4:
        set_csr(0, 0x48);
        break;
    case 5:
        set_csr(0, in16(in));
        break;
    case 6:
        if (v & 0x80) {
            setup(in);
        } else {
            descriptor(in, v & 0x40 ? TX_RING : RX_RING);
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

    nic_begin("pcnet");
    setup(&in);
    for (unsigned i = 0; in.left && i < NIC_OPS; i++) {
        op(&in);
        fuzz_check(nic_card);
    }
    fuzz_end();
    return 0;
}
