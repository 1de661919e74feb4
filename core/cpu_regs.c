/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of the CPU that makes an access: see cpu_regs.h. */
#include "core/cpu_regs.h"

#include "core/trace.h"

#include <stddef.h>

static _Thread_local const struct cpu_regs_ops *provider;
static _Thread_local void *provider_opaque;

void cpu_regs_provide(const struct cpu_regs_ops *ops, void *opaque)
{
    provider = ops;
    provider_opaque = opaque;
}

bool cpu_regs_get(struct cpu_regs *regs)
{
    if (!provider || !provider->get(provider_opaque, regs)) {
        return false;
    }
    if (trace_active()) {
        trace_regs(regs);
    }
    return true;
}

void cpu_regs_set(const struct cpu_regs *regs)
{
    if (provider) {
        provider->set(provider_opaque, regs);
    }
}
