/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State of the vCPUs and the chips in the kernel as one blob; reset is the blob of power-on,
 * restored. Layout, little endian: u32 magic, u32 version, u32 CPUs, u32 irqchip; then records
 * {u16 tag, u16 cpu, u32 length, data} with KVM's own structs, each of known size, none twice,
 * none missing. A load that KVM refuses half-way puts back what was there.
 */
#include "accel/vmx/kvm.h"

#include "core/report.h"

#include <inttypes.h>
#include <string.h>

#define MAGIC 0x534d564bu /* "KVMS" */
#define VERSION 1u

#define CR0_WP (UINT64_C(1) << 16)

enum tag {
    TAG_REGS,
    TAG_SREGS,
    TAG_XCRS,
    TAG_XSAVE,
    TAG_LAPIC,
    TAG_MSRS,
    TAG_EVENTS,
    TAG_DEBUG,
    TAG_MP,
    TAG_HALTED,
    TAG_PIC0,
    TAG_PIC1,
    TAG_IOAPIC,
    TAG_PIT,
    TAG_CLOCK,
    TAGS,
};

struct header {
    uint32_t magic, version, cpus, irqchip;
};

struct record {
    uint16_t tag, cpu;
    uint32_t len;
};

/* One kind of record that is a plain KVM struct. */
struct kind {
    const char *name;
    uint32_t size; /* 0: of variable size */
    unsigned long get, set;
    bool vm; /* of the VM, not of a vCPU */
};

static const struct kind kinds[TAGS] = {
    [TAG_REGS] = {"regs", sizeof(struct kvm_regs), KVM_GET_REGS, KVM_SET_REGS, false},
    [TAG_SREGS] = {"sregs", sizeof(struct kvm_sregs), KVM_GET_SREGS, KVM_SET_SREGS, false},
    [TAG_XCRS] = {"xcrs", sizeof(struct kvm_xcrs), KVM_GET_XCRS, KVM_SET_XCRS, false},
    [TAG_XSAVE] = {"xsave", 0, KVM_GET_XSAVE, KVM_SET_XSAVE, false},
    [TAG_LAPIC] = {"lapic", sizeof(struct kvm_lapic_state), KVM_GET_LAPIC, KVM_SET_LAPIC, false},
    [TAG_MSRS] = {"msrs", 0, KVM_GET_MSRS, KVM_SET_MSRS, false},
    [TAG_EVENTS] = {"events", sizeof(struct kvm_vcpu_events), KVM_GET_VCPU_EVENTS,
                    KVM_SET_VCPU_EVENTS, false},
    [TAG_DEBUG] = {"debugregs", sizeof(struct kvm_debugregs), KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS,
                   false},
    [TAG_MP] = {"mp_state", sizeof(struct kvm_mp_state), KVM_GET_MP_STATE, KVM_SET_MP_STATE, false},
    [TAG_HALTED] = {"halted", 4, 0, 0, false},
    [TAG_PIC0] = {"pic0", sizeof(struct kvm_irqchip), KVM_GET_IRQCHIP, KVM_SET_IRQCHIP, true},
    [TAG_PIC1] = {"pic1", sizeof(struct kvm_irqchip), KVM_GET_IRQCHIP, KVM_SET_IRQCHIP, true},
    [TAG_IOAPIC] = {"ioapic", sizeof(struct kvm_irqchip), KVM_GET_IRQCHIP, KVM_SET_IRQCHIP, true},
    [TAG_PIT] = {"pit", sizeof(struct kvm_pit_state2), KVM_GET_PIT2, KVM_SET_PIT2, true},
    [TAG_CLOCK] = {"clock", sizeof(struct kvm_clock_data), KVM_GET_CLOCK, KVM_SET_CLOCK, true},
};

union msr_block {
    struct kvm_msrs head;
    uint8_t room[sizeof(struct kvm_msrs) + KVM_MSRS * sizeof(struct kvm_msr_entry)];
};

/* Has this VM such a record? */
static bool tag_used(const struct accel *a, unsigned tag)
{
    switch (tag) {
    case TAG_XCRS:
        return a->have_xcrs;
    case TAG_DEBUG:
        return a->have_debugregs;
    case TAG_LAPIC:
        return a->base.irqchip != IRQCHIP_OFF;
    case TAG_PIC0:
    case TAG_PIC1:
    case TAG_IOAPIC:
    case TAG_PIT:
        return a->base.irqchip == IRQCHIP_ON;
    default:
        return true;
    }
}

static unsigned long get_request(const struct accel *a, unsigned tag)
{
#ifdef KVM_GET_XSAVE2
    if (tag == TAG_XSAVE && a->xsave_size > sizeof(struct kvm_xsave)) {
        return KVM_GET_XSAVE2;
    }
#endif
    return kinds[tag].get;
}

/* -- MSRs -- */

static bool msr_known(const struct accel *a, uint32_t index)
{
    for (uint32_t i = 0; i < a->msr_list->nmsrs; i++) {
        if (a->msr_list->indices[i] == index) {
            return true;
        }
    }
    return false;
}

/* Read all of the list. KVM stops at one that fails; it is dropped from the list for good. */
static void get_msrs(struct vcpu *v, GByteArray *out)
{
    struct kvm_msr_list *list = v->a->msr_list;
    uint32_t at = 0;

    while (at < list->nmsrs) {
        union msr_block m = {.head.nmsrs = list->nmsrs - at};
        int got;

        for (uint32_t i = at; i < list->nmsrs; i++) {
            m.head.entries[i - at].index = list->indices[i];
        }
        got = kvm_ioctl(v->fd, KVM_GET_MSRS, &m.head);
        got = MAX(got, 0);
        g_byte_array_append(out, (const guint8 *)m.head.entries,
                            (guint)got * sizeof(m.head.entries[0]));
        at += (uint32_t)got;
        if (at < list->nmsrs) {
            list->nmsrs--;
            memmove(&list->indices[at], &list->indices[at + 1],
                    (list->nmsrs - at) * sizeof(list->indices[0]));
        }
    }
}

/* Some MSRs can be read and not written (10Ah on some hosts): said once, and gone on. */
static void set_msrs(struct vcpu *v, const struct kvm_msr_entry *entry, uint32_t n)
{
    union msr_block m;

    while (n) {
        int done;

        memset(&m.head, 0, sizeof(m.head));
        m.head.nmsrs = n;
        memcpy(m.head.entries, entry, n * sizeof(entry[0]));
        done = kvm_ioctl(v->fd, KVM_SET_MSRS, &m.head);
        if (done < 0) {
            done = 0;
        }
        if ((uint32_t)done >= n) {
            return;
        }
        /* A value that is zero loses nothing. */
        if (entry[done].data) {
            report_once("kvm: MSR 0x%x cannot be set on this host", entry[done].index);
        }
        entry += done + 1;
        n -= (uint32_t)done + 1;
    }
}

/* -- saving -- */

static void put(GByteArray *out, unsigned tag, unsigned cpu, const void *data, size_t len)
{
    struct record r = {.tag = (uint16_t)tag, .cpu = (uint16_t)cpu, .len = (uint32_t)len};

    g_byte_array_append(out, (const guint8 *)&r, sizeof(r));
    g_byte_array_append(out, data, (guint)len);
}

static void save_vcpu(struct vcpu *v, void *arg)
{
    struct accel *a = v->a;
    GByteArray *out = arg;
    union {
        struct kvm_regs regs;
        struct kvm_sregs sregs;
        struct kvm_lapic_state lapic;
        struct kvm_vcpu_events events;
        struct kvm_debugregs debug;
        struct kvm_xcrs xcrs;
    } u;
    uint32_t halted = v->halted;
    g_autofree void *xsave = g_malloc0(a->xsave_size);

    for (unsigned tag = TAG_REGS; tag <= TAG_MP; tag++) {
        void *data = tag == TAG_XSAVE ? xsave : (void *)&u;
        size_t len = tag == TAG_XSAVE ? a->xsave_size : kinds[tag].size;

        if (!tag_used(a, tag)) {
            continue;
        }
        if (tag == TAG_MSRS) {
            g_autoptr(GByteArray) msrs = g_byte_array_new();

            get_msrs(v, msrs);
            put(out, tag, v->id, msrs->data, msrs->len);
            continue;
        }
        memset(&u, 0, sizeof(u));
        if (kvm_ioctl(v->fd, get_request(a, tag), data) < 0) {
            report_limited("kvm: cannot read %s of CPU %u", kinds[tag].name, v->id);
        }
        put(out, tag, v->id, data, len);
    }
    put(out, TAG_HALTED, v->id, &halted, sizeof(halted));
}

static void save_vm(struct accel *a, GByteArray *out)
{
    for (unsigned tag = TAG_PIC0; tag <= TAG_IOAPIC && tag_used(a, tag); tag++) {
        struct kvm_irqchip chip = {.chip_id = tag - TAG_PIC0};

        kvm_ioctl(a->vm, KVM_GET_IRQCHIP, &chip);
        put(out, tag, 0, &chip, sizeof(chip));
    }
    kvm_time_freeze(a);
    if (tag_used(a, TAG_PIT)) {
        put(out, TAG_PIT, 0, &a->pit, sizeof(a->pit));
    }
    put(out, TAG_CLOCK, 0, &a->clock, sizeof(a->clock));
}

void kvm_save(struct accel *a, GByteArray *out)
{
    struct header h = {MAGIC, VERSION, a->cfg.cpus, a->base.irqchip};

    g_byte_array_append(out, (const guint8 *)&h, sizeof(h));
    for (unsigned i = 0; i < a->cfg.cpus; i++) {
        vcpu_call(&a->cpu[i], save_vcpu, out);
    }
    save_vm(a, out);
}

/* -- loading -- */

struct index { /* where each record of a blob is */
    const uint8_t *data[TAGS][ACCEL_MAX_CPUS];
    uint32_t len[TAGS][ACCEL_MAX_CPUS];
};

static bool bad(GError **error, const char *what)
{
    g_set_error(error, ACCEL_ERROR, 0, "kvm state: %s", what);
    return false;
}

static bool check_size(const struct accel *a, const struct record *r, GError **error)
{
    uint32_t want = r->tag == TAG_XSAVE ? (uint32_t)a->xsave_size : kinds[r->tag].size;
    bool ok = r->len == want;

    if (r->tag == TAG_MSRS) {
        ok = r->len % sizeof(struct kvm_msr_entry) == 0 &&
             r->len / sizeof(struct kvm_msr_entry) <= KVM_MSRS;
    }
    if (!ok) {
        g_set_error(error, ACCEL_ERROR, 0, "kvm state: %s of CPU %u has a wrong size",
                    kinds[r->tag].name, r->cpu);
    }
    return ok;
}

static bool check_content(const struct accel *a, const struct record *r, const uint8_t *data,
                          GError **error)
{
    struct kvm_irqchip chip;
    struct kvm_msr_entry msr;

    if (r->tag >= TAG_PIC0 && r->tag <= TAG_IOAPIC) {
        memcpy(&chip, data, sizeof(chip));
        if (chip.chip_id != (uint32_t)(r->tag - TAG_PIC0)) {
            return bad(error, "a chip has the number of another");
        }
    }
    for (uint32_t at = 0; r->tag == TAG_MSRS && at < r->len; at += (uint32_t)sizeof(msr)) {
        memcpy(&msr, data + at, sizeof(msr));
        if (!msr_known(a, msr.index)) {
            g_set_error(error, ACCEL_ERROR, 0,
                        "kvm state: MSR 0x%x is not known to this host's KVM", msr.index);
            return false;
        }
    }
    return true;
}

static bool index_blob(const struct accel *a, const uint8_t *data, size_t len, struct index *ix,
                       GError **error)
{
    struct header h;
    struct record r;

    memset(ix, 0, sizeof(*ix));
    if (len < sizeof(h)) {
        return bad(error, "cut short");
    }
    memcpy(&h, data, sizeof(h));
    if (h.magic != MAGIC || h.version != VERSION) {
        return bad(error, "not made by this version of the KVM backend");
    }
    if (h.cpus != a->cfg.cpus || h.irqchip != a->base.irqchip) {
        return bad(error, "made with another -smp or kernel-irqchip");
    }
    for (size_t at = sizeof(h); at < len; at += sizeof(r) + r.len) {
        if (len - at < sizeof(r)) {
            return bad(error, "cut short");
        }
        memcpy(&r, data + at, sizeof(r));
        if (r.len > len - at - sizeof(r)) {
            return bad(error, "cut short");
        }
        if (r.tag >= TAGS || r.cpu >= (kinds[r.tag].vm ? 1 : a->cfg.cpus) || !tag_used(a, r.tag) ||
            ix->data[r.tag][r.cpu]) {
            return bad(error, "a record that does not belong there");
        }
        if (!check_size(a, &r, error) || !check_content(a, &r, data + at + sizeof(r), error)) {
            return false;
        }
        ix->data[r.tag][r.cpu] = data + at + sizeof(r);
        ix->len[r.tag][r.cpu] = r.len;
    }
    for (unsigned tag = 0; tag < TAGS; tag++) {
        for (unsigned cpu = 0; cpu < (kinds[tag].vm ? 1 : a->cfg.cpus); cpu++) {
            if (tag_used(a, tag) && !ix->data[tag][cpu]) {
                g_set_error(error, ACCEL_ERROR, 0, "kvm state: %s of CPU %u is missing",
                            kinds[tag].name, cpu);
                return false;
            }
        }
    }
    return true;
}

struct apply {
    const struct index *ix;
    const char *failed; /* name of the first record that KVM refused */
};

/*
 * kvm-amd (seen in Linux 6.1) clears its VMCB when it reports a triple fault and then loads the
 * nested page table's root again only if the guest had paging on: without, the vCPU's next fetch
 * faults for ever. A CR0 that changes makes KVM load it.
 */
static void reload_paging_root(struct vcpu *v, const uint8_t *record)
{
    struct kvm_sregs sregs;

    memcpy(&sregs, record, sizeof(sregs));
    sregs.cr0 ^= CR0_WP;
    kvm_ioctl(v->fd, KVM_SET_SREGS, &sregs);
}

/* Segments before registers, XCR0 before what it governs, the LAPIC before its MSRs (deadline). */
static void apply_vcpu(struct vcpu *v, void *arg)
{
    static const uint8_t order[] = {TAG_SREGS, TAG_REGS,   TAG_XCRS,  TAG_XSAVE, TAG_LAPIC,
                                    TAG_MSRS,  TAG_EVENTS, TAG_DEBUG, TAG_MP};
    struct apply *ap = arg;
    uint32_t halted;

    reload_paging_root(v, ap->ix->data[TAG_SREGS][v->id]);
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        unsigned tag = order[i];
        uint32_t len = ap->ix->len[tag][v->id];
        g_autofree void *copy = NULL;

        if (!tag_used(v->a, tag)) {
            continue;
        }
        copy = g_memdup2(ap->ix->data[tag][v->id], len); /* aligned */
        if (tag == TAG_MSRS) {
            set_msrs(v, copy, len / (uint32_t)sizeof(struct kvm_msr_entry));
        } else if (kvm_ioctl(v->fd, kinds[tag].set, copy) < 0 && !ap->failed) {
            ap->failed = kinds[tag].name;
        }
    }
    memcpy(&halted, ap->ix->data[TAG_HALTED][v->id], sizeof(halted));
    g_mutex_lock(&v->a->lock);
    v->halted = halted && v->a->base.irqchip == IRQCHIP_OFF;
    v->dead = false;
    g_mutex_unlock(&v->a->lock);
    __atomic_store_n(&v->nmi, 0, __ATOMIC_SEQ_CST);
    v->run->ready_for_interrupt_injection = 0;
    v->run->request_interrupt_window = 0;
    v->run->if_flag = 0;
}

static void apply_vm(struct accel *a, struct apply *ap)
{
    for (unsigned tag = TAG_PIC0; tag <= TAG_IOAPIC && tag_used(a, tag); tag++) {
        struct kvm_irqchip chip;

        memcpy(&chip, ap->ix->data[tag][0], sizeof(chip));
        if (kvm_ioctl(a->vm, KVM_SET_IRQCHIP, &chip) < 0 && !ap->failed) {
            ap->failed = kinds[tag].name;
        }
    }
    kvm_replay_gsis(a);
    if (tag_used(a, TAG_PIT)) { /* it and the clock go in on resume */
        memcpy(&a->pit, ap->ix->data[TAG_PIT][0], sizeof(a->pit));
    }
    memcpy(&a->clock, ap->ix->data[TAG_CLOCK][0], sizeof(a->clock));
    a->clock.flags = 0;
    a->frozen = true;
}

static const char *apply_all(struct accel *a, const struct index *ix)
{
    struct apply ap = {.ix = ix};

    apply_vm(a, &ap);
    for (unsigned i = 0; i < a->cfg.cpus; i++) {
        vcpu_call(&a->cpu[i], apply_vcpu, &ap);
    }
    return ap.failed;
}

void kvm_restore(struct accel *a, const GByteArray *blob)
{
    struct index ix;
    const char *failed;

    if (!index_blob(a, blob->data, blob->len, &ix, NULL)) {
        return; /* ours: cannot be */
    }
    failed = apply_all(a, &ix);
    if (failed) {
        report_limited("kvm: cannot set %s back", failed);
    }
}

bool kvm_load(struct accel *a, const uint8_t *data, size_t len, GError **error)
{
    g_autoptr(GByteArray) before = g_byte_array_new();
    struct index ix;
    const char *failed;

    if (!index_blob(a, data, len, &ix, error)) {
        return false;
    }
    kvm_save(a, before);
    failed = apply_all(a, &ix);
    if (failed) {
        kvm_restore(a, before);
        g_set_error(error, ACCEL_ERROR, 0, "kvm state: this host's KVM refuses %s", failed);
        return false;
    }
    __atomic_store_n(&a->pristine, false, __ATOMIC_RELAXED);
    return true;
}
