/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMware's backdoor: registers of any content, beside the user's pointer and the PS/2 mouse. */
#include "core/cpu_regs.h"
#include "tests/fuzz/board.h"

#define OPS_MAX 2000
#define PORT 0x5658
#define MAGIC 0x564d5868u

static struct cpu_regs regs;

static bool get(void *opaque, struct cpu_regs *out)
{
    (void)opaque;
    *out = regs;
    return true;
}

static void set(void *opaque, const struct cpu_regs *in)
{
    (void)opaque;
    regs = *in;
}

static const struct cpu_regs_ops regs_ops = {.get = get, .set = set};

/* Mostly what a driver says. */
static void call(struct fuzz_in *in, uint8_t how)
{
    static const uint32_t arguments[] = {0x45414552, 0x53424152, 0x4c455252, 0xf5, 1, 4, 6};

    for (unsigned i = 0; how & 8 && i < CPU_REGS; i++) {
        regs.r[i] = in_n(in, 8);
    }
    if (how & 7) {
        regs.r[CPU_AX] = MAGIC;
        regs.r[CPU_BX] = how & 1 ? arguments[in8(in) % G_N_ELEMENTS(arguments)] : in8(in);
        regs.r[CPU_CX] = how & 2 ? 39u + in8(in) % 3 : in8(in);
    }
    if (how & 4) {
        space_read(fuzz.ports, PORT, 4);
    } else {
        space_write(fuzz.ports, PORT, 4, 0);
    }
}

static void op(struct fuzz_in *in)
{
    uint8_t v = in8(in);

    switch (v & 7) {
    case 0:
        input_position(in16(in), in16(in));
        break;
    case 1:
        input_motion((int8_t)in8(in), (int8_t)in8(in), (int8_t)in8(in));
        break;
    case 2:
        input_buttons(v >> 3);
        break;
    case 3:
        fuzz_access(fuzz.ports, v & 8 ? 0x60 : 0x64, v >> 4, in);
        break;
    case 4:
        fuzz_step(in8(in));
        break;
    case 5:
        input_pointer_use(v >> 3);
        break;
    default:
        call(in, v >> 3 & 15);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};

    fuzz_begin();
    regs = (struct cpu_regs){0};
    cpu_regs_provide(&regs_ops, NULL);
    for (unsigned i = 0; in.left && i < OPS_MAX; i++) {
        op(&in);
    }
    cpu_regs_provide(NULL, NULL);
    fuzz_end();
    return 0;
}
