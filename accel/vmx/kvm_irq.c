/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts, the chips in the kernel, and their time.
 *
 * irqchip=on: 8259, IOAPIC, 8254 and LAPIC are KVM's; a line is one KVM_IRQ_LINE per change.
 * irqchip=split: only the LAPIC is. The IOAPIC sends messages; KVM learns the level-triggered ones
 * as GSI routes, for nothing but to say when they end. The PIC's INTR is ExtINT of the first CPU.
 * irqchip=off: no LAPIC. INTR goes to the CPU as in split; HLT comes out to us.
 *
 * INTR is a level that the vCPU's thread looks at before it enters the guest: when the guest can
 * take an interrupt the vector is fetched (INTA) and queued, else KVM is asked to come back when it
 * can. Raising it from another thread kicks the vCPU.
 *
 * While paused the kernel's PIT and kvmclock would run on, and the PIT would count ticks to make up
 * for: both are read on pause, the PIT is stopped, and both are written on resume (the PIT begins a
 * new period then). The TSC runs on, as in QEMU.
 */
#include "accel/vmx/kvm.h"

#include "core/report.h"

#include <errno.h>
#include <string.h>

#define LVT1 0x360
#define LVT_MASKED (1u << 16)
#define LVT_MODE 0x700u
#define LVT_NMI 0x400u
#define PIT_MODE_STROBE 5 /* waits for a gate that never rises */
#define MSI_LEVEL (1u << 15)

union routes {
    struct kvm_irq_routing head;
    uint8_t room[sizeof(struct kvm_irq_routing) +
                 (16 + ACCEL_GSIS) * sizeof(struct kvm_irq_routing_entry)];
};

static void route_pin(union routes *r, unsigned gsi, unsigned chip, unsigned pin)
{
    struct kvm_irq_routing_entry *e = &r->head.entries[r->head.nr++];

    e->gsi = gsi;
    e->type = KVM_IRQ_ROUTING_IRQCHIP;
    e->u.irqchip.irqchip = chip;
    e->u.irqchip.pin = pin;
}

/* A PC wires ISA IRQ 0 to pin 2 of the IOAPIC; KVM's default has pin 0. */
static int set_pc_routes(struct accel *a)
{
    union routes r = {.room = {0}};

    for (unsigned i = 0; i < 16; i++) {
        if (i != 2) { /* the cascade */
            route_pin(&r, i, i < 8 ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE, i & 7);
        }
    }
    for (unsigned i = 0; i < ACCEL_GSIS; i++) {
        if (i != 2) {
            route_pin(&r, i, KVM_IRQCHIP_IOAPIC, i ? i : 2);
        }
    }
    return kvm_ioctl(a->vm, KVM_SET_GSI_ROUTING, &r.head);
}

static int create_split(struct accel *a)
{
    struct kvm_enable_cap cap = {.cap = KVM_CAP_SPLIT_IRQCHIP, .args = {ACCEL_GSIS}};

    return kvm_ioctl(a->vm, KVM_ENABLE_CAP, &cap);
}

static int create_all(struct accel *a)
{
    /* without the kernel's dummy of port 61h: the speaker is ours */
    struct kvm_pit_config pit = {.flags = 0};
    int err = kvm_ioctl(a->vm, KVM_CREATE_IRQCHIP, NULL);

    if (err >= 0) {
        err = set_pc_routes(a);
    }
    if (err >= 0) {
        err = kvm_ioctl(a->vm, KVM_CREATE_PIT2, &pit);
    }
    return err;
}

bool kvm_irq_create(struct accel *a, GError **error)
{
    /* LINT0 masked after reset, as in the data sheet and QEMU; KVM opens it by itself otherwise */
    struct kvm_enable_cap quirk = {.cap = KVM_CAP_DISABLE_QUIRKS,
                                   .args = {KVM_X86_QUIRK_LINT0_REENABLED}};
    int err = 0;

    if (a->base.irqchip != IRQCHIP_OFF) {
        kvm_ioctl(a->vm, KVM_ENABLE_CAP, &quirk);
    }
    if (a->base.irqchip == IRQCHIP_ON) {
        err = create_all(a);
    } else if (a->base.irqchip == IRQCHIP_SPLIT) {
        err = create_split(a);
    }
    if (err < 0) {
        g_set_error(error, ACCEL_ERROR, 0,
                    "kvm: cannot make the interrupt controllers: %s; try kernel-irqchip=off",
                    g_strerror(-err));
    }
    return err >= 0;
}

/* -- lines and messages -- */

static void send_gsi(struct accel *a, unsigned gsi, bool level)
{
    struct kvm_irq_level line = {.irq = gsi, .level = level};

    if (kvm_ioctl(a->vm, KVM_IRQ_LINE, &line) < 0) {
        report_once("kvm: KVM_IRQ_LINE failed for GSI %u", gsi);
    }
}

void kvm_set_gsi(struct accel *a, unsigned gsi, bool level)
{
    if (a->base.irqchip != IRQCHIP_ON || gsi >= ACCEL_GSIS) {
        return;
    }
    __atomic_store_n(&a->gsi[gsi], level, __ATOMIC_SEQ_CST);
    if (a->started) {
        __atomic_store_n(&a->pristine, false, __ATOMIC_RELAXED);
        send_gsi(a, gsi, level);
    }
}

/*
 * Tell chips that were made or written just now how the lines are: only changes come in by
 * set_gsi(), and a chip's state does not hold all of it. A level that the chip knows changes
 * nothing. IRQ 0 is the kernel's timer, 2 the cascade.
 */
void kvm_replay_gsis(struct accel *a)
{
    for (unsigned i = 0; a->base.irqchip == IRQCHIP_ON && i < ACCEL_GSIS; i++) {
        bool level = __atomic_load_n(&a->gsi[i], __ATOMIC_SEQ_CST);

        if (i != 0 && i != 2 && (level || a->started)) {
            send_gsi(a, i, level);
        }
    }
}

void kvm_msi(struct accel *a, uint64_t addr, uint32_t data)
{
    struct kvm_msi m = {
        .address_lo = (uint32_t)addr, .address_hi = (uint32_t)(addr >> 32), .data = data};

    if (a->base.irqchip != IRQCHIP_OFF) {
        kvm_ioctl(a->vm, KVM_SIGNAL_MSI, &m); /* a message that no LAPIC takes is lost */
    }
}

static void set_split_routes(struct accel *a)
{
    union routes r = {.room = {0}};

    for (unsigned i = 0; i < ACCEL_GSIS; i++) {
        struct kvm_irq_routing_entry *e = &r.head.entries[r.head.nr];

        if (!a->route[i].valid) {
            continue;
        }
        e->gsi = i;
        e->type = KVM_IRQ_ROUTING_MSI;
        e->u.msi.address_lo = (uint32_t)a->route[i].addr;
        e->u.msi.address_hi = (uint32_t)(a->route[i].addr >> 32);
        e->u.msi.data = a->route[i].data;
        r.head.nr++;
    }
    if (kvm_ioctl(a->vm, KVM_SET_GSI_ROUTING, &r.head) < 0) {
        report_once("kvm: KVM_SET_GSI_ROUTING failed: level interrupts may hang");
    }
}

/*
 * Only level-triggered entries matter. One that is masked keeps its route: guests mask and unmask
 * around every interrupt, and an EOI too many is ignored by the IOAPIC.
 */
void kvm_ioapic_route(struct accel *a, unsigned pin, bool valid, uint64_t addr, uint32_t data)
{
    if (a->base.irqchip != IRQCHIP_SPLIT || pin >= ACCEL_GSIS || !valid || !(data & MSI_LEVEL)) {
        return;
    }
    g_mutex_lock(&a->route_lock);
    if (!a->route[pin].valid || a->route[pin].addr != addr || a->route[pin].data != data) {
        a->route[pin].valid = true;
        a->route[pin].addr = addr;
        a->route[pin].data = data;
        set_split_routes(a);
    }
    g_mutex_unlock(&a->route_lock);
}

void kvm_set_intr(struct accel *a, bool level)
{
    __atomic_store_n(&a->intr, level, __ATOMIC_SEQ_CST);
    if (level && a->started) {
        vcpu_kick(&a->cpu[0]);
    }
}

void kvm_nmi(struct accel *a)
{
    for (unsigned i = 0; a->started && i < a->cfg.cpus; i++) {
        __atomic_store_n(&a->cpu[i].nmi, 1, __ATOMIC_SEQ_CST);
        vcpu_kick(&a->cpu[i]);
    }
}

/* NMI comes in at LINT1: a LAPIC that does not let it through holds it. */
static void inject_nmi(struct vcpu *v)
{
    struct kvm_lapic_state lapic;
    uint32_t lvt;

    if (v->a->base.irqchip != IRQCHIP_OFF) {
        if (kvm_ioctl(v->fd, KVM_GET_LAPIC, &lapic) < 0) {
            return;
        }
        memcpy(&lvt, lapic.regs + LVT1, sizeof(lvt));
        if ((lvt & LVT_MASKED) || (lvt & LVT_MODE) != LVT_NMI) {
            return;
        }
    }
    kvm_ioctl(v->fd, KVM_NMI, NULL);
}

void kvm_irq_before_run(struct vcpu *v)
{
    struct accel *a = v->a;

    if (__atomic_load_n(&v->nmi, __ATOMIC_RELAXED)) {
        __atomic_store_n(&v->nmi, 0, __ATOMIC_SEQ_CST);
        inject_nmi(v);
    }
    if (a->base.irqchip == IRQCHIP_ON || v->id) {
        return;
    }
    if (__atomic_load_n(&a->intr, __ATOMIC_SEQ_CST) && v->run->ready_for_interrupt_injection) {
        struct kvm_interrupt i = {.irq = a->host.intr_ack(a->host.opaque)};

        kvm_ioctl(v->fd, KVM_INTERRUPT, &i);
        v->run->ready_for_interrupt_injection = 0;
    }
    v->run->request_interrupt_window = __atomic_load_n(&a->intr, __ATOMIC_SEQ_CST) ? 1 : 0;
}

/* -- time of the kernel's devices -- */

/* The flag is KVM's own for an HPET in legacy replacement mode. */
void kvm_mute_pit(struct accel *a, bool mute)
{
    struct kvm_pit_state2 now = {0};
    struct kvm_pit_state2 *pit = a->frozen ? &a->pit : &now; /* frozen: goes in on thaw */

    if (a->base.irqchip != IRQCHIP_ON || (!a->frozen && kvm_ioctl(a->vm, KVM_GET_PIT2, &now) < 0)) {
        return;
    }
    pit->flags &= ~(uint32_t)KVM_PIT_FLAGS_HPET_LEGACY;
    pit->flags |= mute ? KVM_PIT_FLAGS_HPET_LEGACY : 0;
    if (!a->frozen) {
        kvm_ioctl(a->vm, KVM_SET_PIT2, &now);
    }
}

/* The kernel counts CLOCK_MONOTONIC. Not in mute_pit()'s way: the kernel has a lock for both. */
bool kvm_pit_counter2(struct accel *a, struct accel_counter *out)
{
    struct kvm_pit_state2 now;
    const struct kvm_pit_channel_state *c = &now.channels[2];
    struct timespec ts;
    int64_t ns;

    if (kvm_ioctl(a->vm, KVM_GET_PIT2, &now) < 0) {
        return false;
    }
    clock_gettime(CLOCK_MONOTONIC, &ts);
    ns = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
    *out = (struct accel_counter){
        .stamp = (uint64_t)c->count_load_time,
        .age_ns = ns > c->count_load_time ? (uint64_t)(ns - c->count_load_time) : 0,
        .count = c->count,
        .mode = c->mode,
    };
    return true;
}

void kvm_time_freeze(struct accel *a)
{
    if (a->frozen) {
        return;
    }
    if (a->base.irqchip == IRQCHIP_ON) {
        struct kvm_pit_state2 still;

        kvm_ioctl(a->vm, KVM_GET_PIT2, &a->pit);
        still = a->pit;
        still.channels[0].mode = PIT_MODE_STROBE;
        kvm_ioctl(a->vm, KVM_SET_PIT2, &still);
    }
    a->frozen = kvm_ioctl(a->vm, KVM_GET_CLOCK, &a->clock) >= 0;
    a->clock.flags = 0;
}

void kvm_time_thaw(struct accel *a)
{
    if (!a->frozen) {
        return;
    }
    if (a->base.irqchip == IRQCHIP_ON) {
        kvm_ioctl(a->vm, KVM_SET_PIT2, &a->pit);
    }
    kvm_ioctl(a->vm, KVM_SET_CLOCK, &a->clock);
    a->frozen = false;
}
