/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The general registers of the CPU whose access is being answered, for devices that take arguments
 * and give results in them, as VMware's backdoor port does. Slow: it costs a call or two into the
 * hypervisor, so it is for such devices only. Valid inside a region's callback, in its thread.
 */
#ifndef CORE_CPU_REGS_H
#define CORE_CPU_REGS_H

#include <stdbool.h>
#include <stdint.h>

enum cpu_reg { CPU_AX, CPU_BX, CPU_CX, CPU_DX, CPU_SI, CPU_DI, CPU_REGS };

struct cpu_regs {
    uint64_t r[CPU_REGS];
};

/* What a hypervisor backend provides for accesses that the calling thread makes; NULL: nothing. */
struct cpu_regs_ops {
    bool (*get)(void *opaque, struct cpu_regs *regs);
    void (*set)(void *opaque, const struct cpu_regs *regs);
};

void cpu_regs_provide(const struct cpu_regs_ops *ops, void *opaque);

/* False: nobody knows, as when it is no CPU that makes the access. */
bool cpu_regs_get(struct cpu_regs *regs);

/*
 * All of them, after cpu_regs_get() in the same access. What the access itself loads (EAX, of an
 * IN) comes over it.
 */
void cpu_regs_set(const struct cpu_regs *regs);

#endif
