/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved states that nobody saved. The first byte names the device, the second how its state is made
 * hostile: as bytes, as edits of the encoding, or as edits of the fields. What loads must be a state
 * that check() takes, before and after some use.
 */
#include "tests/fuzz/board.h"

#define OPS_MAX 100
#define EDITS_MAX 64

static void raw_bytes(struct fuzz_in *in, GByteArray *out)
{
    uint32_t n = in16(in);

    n = in->left < n ? (uint32_t)in->left : n;
    if (n) {
        g_byte_array_append(out, in->p, n);
        in->p += n;
        in->left -= n;
    }
}

static void edit(struct fuzz_in *in, uint8_t *data, size_t len)
{
    for (unsigned n = in8(in) % EDITS_MAX; n; n--) {
        size_t at = in16(in) % len;

        data[at] = in8(in);
    }
}

static void make(struct device *d, uint8_t how, struct fuzz_in *in, GByteArray *out)
{
    const struct state_layout *l = d->cls->state;
    g_autofree uint8_t *state = g_malloc(l->size);

    switch (how % 4) {
    case 0:
        raw_bytes(in, out);
        break;
    case 1:
        state_save(l, device_state(d), out);
        edit(in, out->data, out->len);
        break;
    case 2: /* fields, most of all those at the end, where registers are not memory */
        memcpy(state, device_state(d), l->size);
        edit(in, state, l->size);
        state_save(l, state, out);
        break;
    default:
        memset(state, in8(in), l->size);
        edit(in, state, l->size);
        state_save(l, state, out);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    struct device *d;

    fuzz_begin();
    for (unsigned loads = in8(&in) % 3 + 1; loads; loads--) {
        g_autoptr(GByteArray) blob = g_byte_array_new();

        d = fuzz_device(in8(&in));
        if (!d->cls->state) {
            continue;
        }
        make(d, in8(&in), &in, blob);
        fuzz_release(); /* the machine is at rest */
        if (device_load(d, blob->data, blob->len, NULL)) {
            fuzz_check(d);
            fuzz_save_load(d);
        }
    }
    for (unsigned i = 0; in.left && i < OPS_MAX; i++) {
        fuzz_op(&in);
    }
    fuzz_end();
    return 0;
}
