/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NE2000 on ISA. */
#include "tests/fuzz/ne2000.h"

static void reset(struct fuzz_in *in)
{
    (void)in;
    device_reset(fuzz_device_named("ne2k_isa"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};

    fuzz_begin();
    nic.cls = "ne2k_isa";
    nic.base = 0x300;
    nic.link = fuzz.link;
    nic.other = reset;
    fuzz_nic(&in);
    return 0;
}
