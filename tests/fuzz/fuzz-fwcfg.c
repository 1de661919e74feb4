/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fw_cfg: selector, data port and DMA descriptors anywhere. */
#include "tests/fuzz/board.h"

#define OPS_MAX 1000

static uint32_t be32(uint32_t v)
{
    return GUINT32_TO_BE(v);
}

static void dma(struct fuzz_in *in, uint8_t how)
{
    uint64_t at = how & 1 ? in_n(in, 4) : in_n(in, 3) % FUZZ_RAM;
    uint32_t d[4] = {be32(in32(in)), be32(in32(in)), 0, be32(in32(in))};

    if (how & 2) { /* small, sensible */
        d[0] = be32(be32(d[0]) & 0xffff001fu);
        d[1] = be32(be32(d[1]) % 8192);
        d[3] = be32(be32(d[3]) % (uint32_t)FUZZ_RAM);
    }
    ram_write(fuzz.mem, at, d, sizeof(d));
    outl(0x514, how & 4 ? be32(in8(in)) : 0);
    outl(0x518, be32((uint32_t)at));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};

    fuzz_begin();
    for (unsigned i = 0; in.left && i < OPS_MAX; i++) {
        uint8_t v = in8(&in);

        switch (v & 7) {
        case 0:
            space_write(fuzz.ports, 0x510, 2, v & 0x10 ? in16(&in) : v >> 3);
            break;
        case 1:
            fuzz_access(fuzz.ports, 0x510 + (v >> 7), v >> 3, &in);
            break;
        case 2:
            fuzz_access(fuzz.ports, 0x511, v >> 3 & 11, &in);
            break;
        case 3:
            fuzz_access(fuzz.ports, 0x510 + in8(&in) % 16, v >> 3, &in);
            break;
        case 4:
        case 5:
            dma(&in, v >> 3);
            break;
        case 6:
            fuzz_save_load(fuzz_device_named("fw_cfg"));
            break;
        default:
            fuzz_ram_write(&in);
            break;
        }
        fuzz_check(fuzz_device_named("fw_cfg"));
    }
    fuzz_end();
    return 0;
}
