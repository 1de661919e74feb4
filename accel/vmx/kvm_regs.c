/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers for a person: the monitor's view, and the text that goes with a stopped CPU. And for
 * devices, in the middle of an access.
 */
#include "accel/vmx/kvm.h"

#include <inttypes.h>
#include <string.h>

static struct accel_segment segment(const struct kvm_segment *s)
{
    return (struct accel_segment){
        .base = s->base,
        .limit = s->limit,
        .selector = s->selector,
        .flags = (uint32_t)(s->type & 15) | (s->s & 1u) << 4 | (s->dpl & 3u) << 5 |
                 (s->present & 1u) << 7 | (s->avl & 1u) << 8 | (s->l & 1u) << 9 |
                 (s->db & 1u) << 10 | (s->g & 1u) << 11,
    };
}

static struct accel_segment table(const struct kvm_dtable *t)
{
    return (struct accel_segment){.base = t->base, .limit = t->limit};
}

/* For people who look at them; not every KVM has these. */
static void read_more(struct vcpu *v, struct accel_regs *out)
{
    struct kvm_debugregs d;
    struct kvm_fpu f;

    if (kvm_ioctl(v->fd, KVM_GET_DEBUGREGS, &d) >= 0) {
        memcpy(out->dr, d.db, sizeof(d.db));
        out->dr[6] = d.dr6;
        out->dr[7] = d.dr7;
    }
    if (kvm_ioctl(v->fd, KVM_GET_FPU, &f) >= 0) {
        out->fpu = (struct accel_fpu){
            .there = true, .fcw = f.fcw, .fsw = f.fsw, .ftw = f.ftwx, .mxcsr = f.mxcsr};
        memcpy(out->fpu.st, f.fpr, sizeof(out->fpu.st));
        memcpy(out->fpu.xmm, f.xmm, sizeof(out->fpu.xmm));
    }
}

_Static_assert(sizeof(((struct accel_fpu *)NULL)->st) == sizeof(((struct kvm_fpu *)NULL)->fpr),
               "x87 registers");
_Static_assert(sizeof(((struct accel_fpu *)NULL)->xmm) == sizeof(((struct kvm_fpu *)NULL)->xmm),
               "SSE registers");

bool vcpu_read_regs(struct vcpu *v, struct accel_regs *out)
{
    struct kvm_regs r;
    struct kvm_sregs s;
    struct kvm_mp_state mp = {0};

    memset(out, 0, sizeof(*out));
    if (kvm_ioctl(v->fd, KVM_GET_REGS, &r) < 0 || kvm_ioctl(v->fd, KVM_GET_SREGS, &s) < 0) {
        return false;
    }
    kvm_ioctl(v->fd, KVM_GET_MP_STATE, &mp);
    *out = (struct accel_regs){
        .gpr = {r.rax, r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi, r.r8, r.r9, r.r10, r.r11,
                r.r12, r.r13, r.r14, r.r15},
        .rip = r.rip,
        .rflags = r.rflags,
        .seg = {segment(&s.es), segment(&s.cs), segment(&s.ss), segment(&s.ds), segment(&s.fs),
                segment(&s.gs), segment(&s.ldt), segment(&s.tr), table(&s.gdt), table(&s.idt)},
        .cr0 = s.cr0,
        .cr2 = s.cr2,
        .cr3 = s.cr3,
        .cr4 = s.cr4,
        .efer = s.efer,
        .halted = v->halted || mp.mp_state == KVM_MP_STATE_HALTED,
    };
    read_more(v, out);
    return true;
}

void vcpu_describe(struct vcpu *v, GString *out)
{
    static const char *const gpr[] = {"RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
                                      "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15"};
    static const char *const seg[] = {"ES", "CS", "SS", "DS", "FS", "GS", "LDT", "TR"};
    struct accel_regs r;

    if (!vcpu_read_regs(v, &r)) {
        g_string_append(out, "registers cannot be read\n");
        return;
    }
    for (unsigned i = 0; i < 16; i++) {
        g_string_append_printf(out, "%s=%016" PRIx64 "%c", gpr[i], r.gpr[i],
                               i % 4 == 3 ? '\n' : ' ');
    }
    g_string_append_printf(out, "RIP=%016" PRIx64 " RFL=%08" PRIx64 " HLT=%d\n", r.rip, r.rflags,
                           r.halted);
    for (unsigned i = 0; i < 8; i++) {
        g_string_append_printf(out, "%-3s=%04x %016" PRIx64 " %08x %03x\n", seg[i],
                               r.seg[i].selector, r.seg[i].base, r.seg[i].limit, r.seg[i].flags);
    }
    g_string_append_printf(out, "GDT=%016" PRIx64 " %04x  IDT=%016" PRIx64 " %04x\n", r.seg[8].base,
                           r.seg[8].limit, r.seg[9].base, r.seg[9].limit);
    g_string_append_printf(out,
                           "CR0=%08" PRIx64 " CR2=%016" PRIx64 " CR3=%016" PRIx64 " CR4=%08" PRIx64
                           " EFER=%04" PRIx64 "\n",
                           r.cr0, r.cr2, r.cr3, r.cr4, r.efer);
}

struct regs_call {
    struct accel_regs *regs;
    bool ok;
};

static void read_regs_work(struct vcpu *v, void *arg)
{
    struct regs_call *c = arg;

    c->ok = vcpu_read_regs(v, c->regs);
}

bool kvm_get_regs(struct accel *a, unsigned cpu, struct accel_regs *regs)
{
    struct regs_call c = {.regs = regs};

    if (!a->started || cpu >= a->cfg.cpus) {
        return false;
    }
    vcpu_call(&a->cpu[cpu], read_regs_work, &c);
    return c.ok;
}

/*
 * KVM has an I/O instruction half done here: it ends when KVM_RUN is next entered, with what the
 * access gave going to RAX. The kernel foresees registers that change meanwhile.
 */
static bool device_get(void *opaque, struct cpu_regs *out)
{
    struct vcpu *v = opaque;
    const struct kvm_regs *r = &v->regs;

    if (kvm_ioctl(v->fd, KVM_GET_REGS, &v->regs) < 0) {
        return false;
    }
    *out = (struct cpu_regs){{r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi}};
    return true;
}

static void device_set(void *opaque, const struct cpu_regs *in)
{
    struct vcpu *v = opaque;
    struct kvm_regs *r = &v->regs;

    r->rax = in->r[CPU_AX];
    r->rbx = in->r[CPU_BX];
    r->rcx = in->r[CPU_CX];
    r->rdx = in->r[CPU_DX];
    r->rsi = in->r[CPU_SI];
    r->rdi = in->r[CPU_DI];
    kvm_ioctl(v->fd, KVM_SET_REGS, r);
}

const struct cpu_regs_ops vcpu_device_regs = {.get = device_get, .set = device_set};
