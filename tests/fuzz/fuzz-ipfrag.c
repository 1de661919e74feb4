/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 reassembly: fragments with right checksums and anything else wrong; time passes. */
#include "net/ipfrag.h"
#include "tests/fuzz/board.h"

#define FRAMES_MAX 200
#define PAYLOAD_MAX 1480u

static uint16_t sum(const uint8_t *p, unsigned n)
{
    uint32_t s = 0;

    for (unsigned i = 0; i + 1 < n; i += 2) {
        s += (uint32_t)p[i] << 8 | p[i + 1];
    }
    s = (s & 0xffff) + (s >> 16);
    return (uint16_t)(s + (s >> 16));
}

static uint32_t make(struct fuzz_in *in, uint8_t *f)
{
    uint8_t how = in8(in);
    uint16_t len = in16(in) % (PAYLOAD_MAX + 1), off = in16(in);

    memset(f, how, 14 + 20 + PAYLOAD_MAX);
    f[12] = 8;
    f[13] = 0;
    f[14] = how & 0x40 ? 0x45 : in8(in);
    f[16] = (uint8_t)((len + 20) >> 8);
    f[17] = (uint8_t)(len + 20);
    f[18] = 0;
    f[19] = how & 3;
    f[20] = (uint8_t)(off >> 8);
    f[21] = (uint8_t)off;
    f[23] = 17;
    f[24] = f[25] = 0;
    memset(f + 26, how >> 2 & 1, 8);
    if (!(how & 0x20)) {
        uint16_t c = (uint16_t)~sum(f + 14, 20);

        f[24] = (uint8_t)(c >> 8);
        f[25] = (uint8_t)c;
    }
    return how & 0x80 ? 60 + in16(in) % PAYLOAD_MAX : MAX(60u, 14u + 20u + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct ipfrag *t = ipfrag_new();
    int64_t now = 0;

    for (unsigned i = 0; in.left && i < FRAMES_MAX; i++) {
        /* exactly as long as it says, for the sanitizer's sake */
        uint8_t f[14 + 20 + PAYLOAD_MAX + 60];
        uint32_t n = make(&in, f), got = 0;
        g_autofree uint8_t *exact = g_memdup2(f, n);
        const uint8_t *whole;

        if (!ipfrag_is_fragment(exact)) {
            continue;
        }
        now += in8(&in) * (G_USEC_PER_SEC / 16);
        whole = ipfrag_add(t, exact, n, now, &got);
        if (whole &&
            (got > IPFRAG_FRAME_MAX || got < 14 + 20 || sum(whole + 14, 20) != 0xffff ||
             got != 14u + ((uint32_t)whole[16] << 8 | whole[17]) || ipfrag_is_fragment(whole))) {
            fuzz_fail("ipfrag", "a bad datagram");
        }
        if (whole) {
            g_free(g_memdup2(whole, got));
        }
    }
    ipfrag_free(t);
    return 0;
}
