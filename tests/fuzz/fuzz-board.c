/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Anything a guest, its user and its peers can do to the whole board, in any order. */
#include "tests/fuzz/board.h"

#define OPS_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};

    fuzz_begin();
    for (unsigned i = 0; in.left && i < OPS_MAX; i++) {
        fuzz_op(&in);
        if ((i & 15) == 15) {
            fuzz_loop();
        }
    }
    fuzz_end();
    return 0;
}
