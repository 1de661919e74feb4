/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CPUID leaves of a model: the leaves KVM can give (Intel SDM vol. 2A CPUID, AMD APM vol. 3
 * appendix E), cut down to the model's features, with identity and topology put in. Cache leaves
 * (2, 4, 80000005h, 80000006h, 8000001Dh) are the host's, with the sharing corrected: all CPUs are
 * cores of one package, one thread each; the APIC id is the CPU's number.
 *
 * Not modelled: the performance monitoring leaf (0Ah) and SGX, PT, RDT leaves of named models.
 */
#include "accel/vmx/kvm_cpu.h"

#include "accel/accel.h"

#include <string.h>

#define EDX_APIC (1u << 9)
#define EDX_HTT (1u << 28)
#define ECX_X2APIC (1u << 21)
#define ECX_DEADLINE (1u << 24)
#define ECX_XSAVE (1u << 26)
#define ECX_OSXSAVE (1u << 27)
#define ECX_AVX (1u << 28)
#define ECX_HYPERVISOR (1u << 31)
/* bits of 80000001h EDX that repeat those of leaf 1 on AMD; bit 11 is not one (SYSCALL, SEP) */
#define AMD_ALIAS 0x0183f3ffu
/* async page faults, PV EOI, unhalt, IPI, yield, extended destination: need the local APIC */
#define KVM_NEED_APIC (1u << 4 | 1u << 6 | 1u << 7 | 1u << 11 | 1u << 13 | 1u << 14 | 1u << 15)

#define MAX_ENTRIES 256

struct word_place {
    uint32_t function, index;
    uint8_t reg; /* 0 eax, 1 ebx, 2 ecx, 3 edx */
};

static const struct word_place places[CPU_WORDS] = {
    [WORD_1_EDX] = {1, 0, 3},           [WORD_1_ECX] = {1, 0, 2},
    [WORD_6_EAX] = {6, 0, 0},           [WORD_7_EBX] = {7, 0, 1},
    [WORD_7_ECX] = {7, 0, 2},           [WORD_7_EDX] = {7, 0, 3},
    [WORD_D1_EAX] = {0xd, 1, 0},        [WORD_81_EDX] = {0x80000001, 0, 3},
    [WORD_81_ECX] = {0x80000001, 0, 2}, [WORD_87_EDX] = {0x80000007, 0, 3},
    [WORD_88_EBX] = {0x80000008, 0, 1}, [WORD_8A_EDX] = {0x8000000a, 0, 3},
    [WORD_KVM] = {0x40000001, 0, 0},
};

/* What one CPU is built from. */
struct build {
    const struct cpu_spec *spec;
    const struct kvm_cpuid2 *supported;
    unsigned cpu, cpus;
    bool apic, amd;
    uint32_t level, xlevel;
    uint32_t have[CPU_WORDS]; /* features the CPU gets */
    struct kvm_cpuid2 *out;
};

static uint32_t *reg_of(struct kvm_cpuid_entry2 *e, unsigned reg)
{
    uint32_t *const regs[] = {&e->eax, &e->ebx, &e->ecx, &e->edx};

    return regs[reg];
}

const struct kvm_cpuid_entry2 *cpuid_find(const struct kvm_cpuid2 *c, uint32_t function,
                                          uint32_t index)
{
    for (uint32_t i = 0; i < c->nent; i++) {
        const struct kvm_cpuid_entry2 *e = &c->entries[i];

        if (e->function == function &&
            (e->index == index || !(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX))) {
            return e;
        }
    }
    return NULL;
}

static uint32_t supported_word(const struct build *b, enum cpu_word w)
{
    const struct kvm_cpuid_entry2 *found =
        cpuid_find(b->supported, places[w].function, places[w].index);
    struct kvm_cpuid_entry2 e;

    if (!found) {
        return 0;
    }
    e = *found;
    return *reg_of(&e, places[w].reg);
}

/* -- features -- */

static void name_missing(GString *s, unsigned word, uint32_t bits)
{
    for (const struct cpu_feature *f = cpu_features; f->name; f++) {
        if (f->word == word && (bits & (1u << f->bit))) {
            g_string_append_printf(s, "%s%s", s->len ? " " : "", f->name);
            bits &= ~(1u << f->bit);
        }
    }
}

static bool choose_features(struct build *b, GString *missing, GError **error)
{
    const struct cpu_spec *s = b->spec;
    g_autoptr(GString) lack = g_string_new(NULL);

    for (unsigned w = 0; w < CPU_WORDS; w++) {
        uint32_t supported = supported_word(b, w), asked = s->on[w];

        if (w == WORD_1_ECX) {
            supported |= ECX_HYPERVISOR; /* ours to say, not the hypervisor's */
        }
        b->have[w] = ((s->want[w] & ~s->off[w]) | s->on[w]) & supported;
        if (s->named && !s->host && w != WORD_KVM) {
            asked |= s->want[w] & ~s->off[w];
        }
        name_missing(lack, w, asked & ~supported);
    }
    if (!b->apic) {
        b->have[WORD_1_EDX] &= ~EDX_APIC;
        b->have[WORD_1_ECX] &= ~(ECX_X2APIC | ECX_DEADLINE);
        b->have[WORD_KVM] &= ~KVM_NEED_APIC;
    }
    if (b->cpus > 1) {
        b->have[WORD_1_EDX] |= EDX_HTT;
    }
    b->have[WORD_1_ECX] &= ~ECX_OSXSAVE; /* follows CR4: KVM's */
    if (!(b->have[WORD_1_ECX] & ECX_XSAVE)) {
        b->have[WORD_1_ECX] &= ~ECX_AVX;
        b->have[WORD_D1_EAX] = 0;
    }
    if (lack->len && s->enforce) {
        g_set_error(error, ACCEL_ERROR, 0,
                    "-cpu %s,enforce: this host cannot give: %s; leave them out with -NAME, or "
                    "choose another model",
                    s->model, lack->str);
        return false;
    }
    if (missing) {
        g_string_append(missing, lack->str);
    }
    return true;
}

static uint32_t supported_top(const struct build *b, uint32_t first)
{
    const struct kvm_cpuid_entry2 *e = cpuid_find(b->supported, first, 0);

    return e ? e->eax : 0;
}

/* The highest leaves: the model's, raised to where its features are, within what there is. */
static void choose_levels(struct build *b)
{
    const struct cpu_spec *s = b->spec;
    uint32_t top = supported_top(b, 0), xtop = supported_top(b, 0x80000000);
    uint32_t level = s->host && !s->level ? top : s->level;
    uint32_t xlevel = s->host && !s->xlevel ? xtop : s->xlevel;

    for (unsigned w = 0; w < CPU_WORDS; w++) {
        uint32_t f = places[w].function;

        if (!(s->on[w] & b->have[w]) || w == WORD_KVM) {
            continue;
        }
        if (f >= 0x80000000) {
            xlevel = MAX(xlevel, f);
        } else {
            level = MAX(level, f);
        }
    }
    b->level = MIN(level, MAX(top, 1u));
    b->xlevel = MIN(xlevel, xtop);
}

/* -- leaves -- */

static uint32_t signature(const struct cpu_spec *s)
{
    uint32_t family = s->family > 15 ? 0xf00 | (s->family - 15) << 20 : s->family << 8;

    return family | (s->number & 0xf0) << 12 | (s->number & 15) << 4 | s->stepping;
}

static void put_text(struct kvm_cpuid_entry2 *e, const char *text16)
{
    memcpy(&e->eax, text16, 4);
    memcpy(&e->ebx, text16 + 4, 4);
    memcpy(&e->ecx, text16 + 8, 4);
    memcpy(&e->edx, text16 + 12, 4);
}

static void put_vendor(const struct build *b, struct kvm_cpuid_entry2 *e)
{
    const char *v = b->spec->vendor;

    if (*v) {
        memcpy(&e->ebx, v, 4);
        memcpy(&e->edx, v + 4, 4);
        memcpy(&e->ecx, v + 8, 4);
    }
}

static uint32_t feature_sum(const struct build *b, enum cpu_word w)
{
    uint32_t v = b->have[w];

    if (w == WORD_81_EDX) {
        v &= ~AMD_ALIAS;
        v |= b->amd ? b->have[WORD_1_EDX] & AMD_ALIAS : 0;
    }
    return v;
}

static unsigned log2_up(unsigned n)
{
    unsigned shift = 0;

    while ((1u << shift) < n) {
        shift++;
    }
    return shift;
}

/* Cache leaves 4 and 8000001Dh: who shares a cache; for leaf 4 also cores in the package. */
static void put_sharing(const struct build *b, struct kvm_cpuid_entry2 *e)
{
    unsigned type = e->eax & 31, depth = e->eax >> 5 & 7;

    if (type == 0) {
        return;
    }
    e->eax &= 0x3fff;
    e->eax |= depth >= 3 ? (b->cpus - 1) << 14 : 0;
    e->eax |= e->function == 4 ? (b->cpus - 1) << 26 : 0;
}

static uint64_t xstate_mask(const struct build *b)
{
    uint64_t mask = 3; /* x87, SSE */

    if (b->spec->host) {
        mask = UINT64_MAX;
    }
    if (b->have[WORD_1_ECX] & ECX_AVX) {
        mask |= 4;
    } else {
        mask &= ~UINT64_C(0xe4);
    }
    if (b->have[WORD_7_EBX] & (1u << 16)) {
        mask |= 0xe0;
    }
    if (b->have[WORD_7_ECX] & (1u << 3)) {
        mask |= 0x200;
    }
    return mask;
}

/* Leaf 0Dh; false: not there. Sizes are recomputed by KVM from XCR0. */
static bool put_xsave(const struct build *b, struct kvm_cpuid_entry2 *e)
{
    uint64_t mask = xstate_mask(b);

    if (!(b->have[WORD_1_ECX] & ECX_XSAVE)) {
        return false;
    }
    if (e->index == 0) {
        e->eax &= (uint32_t)mask;
        e->edx &= (uint32_t)(mask >> 32);
    } else if (e->index >= 2) {
        return e->index < 64 && (mask >> e->index & 1);
    }
    return true;
}

static void put_address_sizes(const struct build *b, struct kvm_cpuid_entry2 *e)
{
    uint32_t host = e->eax & 0xff, phys = host;

    if (!b->spec->host && !b->spec->host_phys_bits) {
        phys = b->have[WORD_81_EDX] & (1u << 29) ? 40 : 36;
    }
    if (b->spec->phys_bits) {
        phys = b->spec->phys_bits;
    }
    e->eax = (e->eax & 0xff00) | MIN(phys, host);
    e->ecx = b->cpus > 1 ? log2_up(b->cpus) << 12 | (b->cpus - 1) : 0;
    e->edx = 0;
}

/* Everything that is not a feature word. False: the leaf is left out. */
static bool put_leaf(const struct build *b, struct kvm_cpuid_entry2 *e)
{
    const struct cpu_spec *s = b->spec;
    bool own_signature = !s->host || s->family;

    switch (e->function) {
    case 0:
        e->eax = b->level;
        put_vendor(b, e);
        return true;
    case 1:
        e->eax = own_signature ? signature(s) : e->eax;
        e->ebx = b->cpu << 24 | (b->cpus > 1 ? b->cpus << 16 : 0) | 8 << 8;
        return true;
    case 4:
        put_sharing(b, e);
        return true;
    case 6:
        e->ebx = e->ecx = e->edx = 0;
        return true;
    case 7:
        if (e->index == 0 && !s->host) {
            e->eax = 0;
        }
        return e->index == 0 || s->host;
    case 0xb:
    case 0x1f:
        return false; /* made by topology() */
    case 0xd:
        return put_xsave(b, e);
    case 0x80000000:
        e->eax = b->xlevel;
        put_vendor(b, e);
        return true;
    case 0x80000001:
        e->eax = own_signature ? signature(s) : e->eax;
        e->ecx = b->have[WORD_81_ECX];
        if (b->amd && b->cpus > 1) {
            e->ecx |= 2; /* CMP legacy */
        }
        return true;
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
        if (s->id_set) {
            put_text(e, s->id + 16 * (e->function - 0x80000002));
        }
        return true;
    case 0x80000008:
        put_address_sizes(b, e);
        return true;
    case 0x8000000a:
        return (b->have[WORD_81_ECX] & 4) != 0;
    case 0x8000001d:
        put_sharing(b, e);
        return (b->have[WORD_81_ECX] & (1u << 22)) != 0;
    case 0x8000001e:
        e->eax = b->cpu;
        e->ebx = b->cpu;
        e->ecx = 0;
        return (b->have[WORD_81_ECX] & (1u << 22)) != 0;
    default:
        /* monitor, DCA, PMU, RDT, SGX, PT...: a named model has none */
        return s->host || e->function == 2 || e->function >= 0x40000000;
    }
}

static bool in_range(const struct build *b, uint32_t function)
{
    if (function < 0x40000000) {
        return function <= b->level;
    }
    if (function < 0x80000000) {
        return b->spec->kvm;
    }
    return b->xlevel && function <= b->xlevel;
}

static void put_entry(struct build *b, const struct kvm_cpuid_entry2 *from)
{
    struct kvm_cpuid_entry2 e = *from;

    if (!in_range(b, e.function) || b->out->nent >= MAX_ENTRIES || !put_leaf(b, &e)) {
        return;
    }
    for (unsigned w = 0; w < CPU_WORDS; w++) {
        if (places[w].function == e.function && places[w].index == e.index) {
            uint32_t *reg = reg_of(&e, places[w].reg);
            uint32_t kept = e.function == 0x80000001 && places[w].reg == 2 ? *reg & 2 : 0;

            *reg = feature_sum(b, w) | kept;
        }
    }
    b->out->entries[b->out->nent++] = e;
}

/* Leaf 0Bh: threads of a core, cores of the package. */
static void topology(struct build *b)
{
    const struct kvm_cpuid_entry2 level[] = {
        {.function = 0xb, .index = 0, .ebx = 1, .ecx = 1 << 8},
        {.function = 0xb, .index = 1, .eax = log2_up(b->cpus), .ebx = b->cpus, .ecx = 2 << 8 | 1},
    };

    if (b->level < 0xb || !(b->have[WORD_1_ECX] & ECX_X2APIC)) {
        return;
    }
    for (unsigned i = 0; i < 2 && b->out->nent < MAX_ENTRIES; i++) {
        struct kvm_cpuid_entry2 e = level[i];

        e.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
        e.edx = b->cpu;
        b->out->entries[b->out->nent++] = e;
    }
}

static bool vendor_is_amd(const struct build *b)
{
    const struct kvm_cpuid_entry2 *e = cpuid_find(b->supported, 0, 0);
    char vendor[13] = "";

    if (*b->spec->vendor) {
        g_strlcpy(vendor, b->spec->vendor, sizeof(vendor));
    } else if (e) {
        memcpy(vendor, &e->ebx, 4);
        memcpy(vendor + 4, &e->edx, 4);
        memcpy(vendor + 8, &e->ecx, 4);
    }
    return strcmp(vendor, "AuthenticAMD") == 0 || strcmp(vendor, "HygonGenuine") == 0;
}

struct kvm_cpuid2 *cpu_spec_build(const struct cpu_spec *spec, const struct kvm_cpuid2 *supported,
                                  unsigned cpu, unsigned cpus, bool apic, GString *missing,
                                  GError **error)
{
    struct build b = {.spec = spec, .supported = supported, .cpu = cpu, .cpus = cpus, .apic = apic};

    b.amd = vendor_is_amd(&b);
    if (!choose_features(&b, missing, error)) {
        return NULL;
    }
    choose_levels(&b);
    b.out = g_malloc0(sizeof(*b.out) + MAX_ENTRIES * sizeof(b.out->entries[0]));
    for (uint32_t i = 0; i < supported->nent; i++) {
        put_entry(&b, &supported->entries[i]);
    }
    topology(&b);
    return b.out;
}
