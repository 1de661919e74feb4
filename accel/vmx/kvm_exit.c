/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What KVM_RUN came back for. The kvm_run page is written by the kernel only inside KVM_RUN; all of
 * an access is taken from it as it is and checked by the bus (width in {1,2,4,8}).
 */
#include "accel/vmx/kvm.h"

#include "core/power.h"
#include "core/report.h"
#include "core/stats.h"

#include <inttypes.h>

/* Park for good and tell the machine. Not on the hot path. */
void vcpu_stop(struct vcpu *v, enum accel_stop why, const char *what)
{
    struct accel *a = v->a;
    g_autoptr(GString) s = g_string_new(NULL);

    g_string_append_printf(s, "CPU %u: %s\n", v->id, what);
    vcpu_describe(v, s);
    g_mutex_lock(&a->lock);
    v->dead = true;
    g_mutex_unlock(&a->lock);
    a->host.stopped(a->host.opaque, v->id, why, s->str);
}

static void exit_io(struct vcpu *v)
{
    struct kvm_run *run = v->run;

    space_access(v->a->host.ports, run->io.port, run->io.size, run->io.count,
                 run->io.direction == KVM_EXIT_IO_OUT, (uint8_t *)run + run->io.data_offset);
    stats_answered(run->io.count);
}

static void exit_mmio(struct vcpu *v)
{
    struct kvm_run *run = v->run;

    /* pieces of an access that crosses a page can have any length up to 8 */
    kvm_access(v->a->host.mem, run->mmio.phys_addr, MIN(run->mmio.len, 8u), run->mmio.is_write,
               run->mmio.data);
    stats_answered(1);
}

static bool exit_hlt(struct vcpu *v)
{
    g_mutex_lock(&v->a->lock);
    v->halted = true;
    g_mutex_unlock(&v->a->lock);
    return true;
}

static bool exit_internal(struct vcpu *v)
{
    struct kvm_run *run = v->run;
    char text[96];

    /* fetched from a slot that was being replaced: see kvm_mem.c */
    if (run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION &&
        v->slot_gen != __atomic_load_n(&v->a->slot_gen, __ATOMIC_SEQ_CST)) {
        g_mutex_lock(&v->a->slot_lock);
        g_mutex_unlock(&v->a->slot_lock);
        return true;
    }
    g_snprintf(text, sizeof(text), "KVM internal error, suberror %u%s", run->internal.suberror,
               run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION
                   ? " (an instruction that KVM cannot emulate)"
                   : "");
    vcpu_stop(v, STOP_INTERNAL_ERROR, text);
    return false;
}

static bool exit_fail_entry(struct vcpu *v)
{
    char text[96];

    g_snprintf(text, sizeof(text), "KVM: entry failed, hardware error 0x%" PRIx64,
               (uint64_t)v->run->fail_entry.hardware_entry_failure_reason);
    vcpu_stop(v, STOP_INTERNAL_ERROR, text);
    return false;
}

/* The kernel's own PSCI-like events. The vCPU rests until the machine has acted. */
static bool exit_system_event(struct vcpu *v)
{
    uint32_t type = v->run->system_event.type;

    g_mutex_lock(&v->a->lock);
    v->dead = true;
    g_mutex_unlock(&v->a->lock);
    power_request(type == KVM_SYSTEM_EVENT_SHUTDOWN ? POWER_OFF
                  : type == KVM_SYSTEM_EVENT_RESET  ? POWER_RESET
                                                    : POWER_PANICKED,
                  0);
    return false;
}

static bool exit_other(struct vcpu *v)
{
    char text[64];

    g_snprintf(text, sizeof(text), "KVM: unknown exit reason %u", v->run->exit_reason);
    vcpu_stop(v, STOP_INTERNAL_ERROR, text);
    return false;
}

bool vcpu_exit(struct vcpu *v)
{
    struct kvm_run *run = v->run;

    switch (run->exit_reason) {
    case KVM_EXIT_IO:
        exit_io(v);
        return true;
    case KVM_EXIT_MMIO:
        exit_mmio(v);
        return true;
    case KVM_EXIT_INTR:
    case KVM_EXIT_IRQ_WINDOW_OPEN:
    case KVM_EXIT_SET_TPR:
        return true;
    case KVM_EXIT_IOAPIC_EOI:
        v->a->host.ioapic_eoi(v->a->host.opaque, run->eoi.vector);
        stats_answered_by(STATS_EOI);
        return true;
    case KVM_EXIT_HLT:
        return exit_hlt(v);
    case KVM_EXIT_X86_RDMSR:
    case KVM_EXIT_X86_WRMSR:
        run->msr.error = 1; /* #GP */
        return true;
    case KVM_EXIT_SHUTDOWN:
        vcpu_stop(v, STOP_TRIPLE_FAULT, "triple fault");
        return false;
    case KVM_EXIT_DEBUG:
        vcpu_stop(v, STOP_DEBUG, "debug exception");
        return false;
    case KVM_EXIT_INTERNAL_ERROR:
        return exit_internal(v);
    case KVM_EXIT_FAIL_ENTRY:
        return exit_fail_entry(v);
    case KVM_EXIT_SYSTEM_EVENT:
        return exit_system_event(v);
    default:
        return exit_other(v);
    }
}
