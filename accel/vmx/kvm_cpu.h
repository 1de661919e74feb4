/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU models: "-cpu" as QEMU spells it, turned into CPUID leaves. Pure logic, no /dev/kvm: the
 * leaves come out of what KVM_GET_SUPPORTED_CPUID said, masked by the model.
 */
#ifndef ACCEL_VMX_KVM_CPU_H
#define ACCEL_VMX_KVM_CPU_H

#include <glib.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

/* A register of a CPUID leaf that holds feature bits. */
enum cpu_word {
    WORD_1_EDX,
    WORD_1_ECX,
    WORD_6_EAX,
    WORD_7_EBX,
    WORD_7_ECX,
    WORD_7_EDX,
    WORD_D1_EAX,
    WORD_81_EDX,
    WORD_81_ECX,
    WORD_87_EDX,
    WORD_88_EBX,
    WORD_8A_EDX,
    WORD_KVM,
    CPU_WORDS,
};

struct cpu_feature {
    const char *name;
    uint8_t word, bit;
};

extern const struct cpu_feature cpu_features[]; /* ended by a NULL name */

struct cpu_spec {
    char model[24];
    bool host;    /* all that is supported; else only `want` */
    bool named;   /* the user named the model: tell what is missing */
    bool enforce; /* a missing feature is an error */
    bool kvm;     /* the paravirtual leaves at 40000000h */
    bool host_phys_bits;
    char vendor[13]; /* "": the host's */
    char id[49];     /* brand string */
    bool id_set;
    uint32_t family, number, stepping; /* family 0 with host: the host's signature */
    uint32_t level, xlevel;            /* highest leaves */
    uint32_t phys_bits;                /* 0: the model's */
    uint32_t want[CPU_WORDS], on[CPU_WORDS], off[CPU_WORDS];
};

/* NULL text is the default, qemu64. False with an error that names the nearest known word. */
bool cpu_spec_parse(struct cpu_spec *spec, const char *text, GError **error);

/*
 * The leaves of one CPU; g_free(). `apic`: there is a local APIC. Fails only for `enforce`. With
 * `missing` not NULL, names of what the user asked for and is not supported are appended.
 */
struct kvm_cpuid2 *cpu_spec_build(const struct cpu_spec *spec, const struct kvm_cpuid2 *supported,
                                  unsigned cpu, unsigned cpus, bool apic, GString *missing,
                                  GError **error);

const struct kvm_cpuid_entry2 *cpuid_find(const struct kvm_cpuid2 *c, uint32_t function,
                                          uint32_t index);

/* A text that lists models and features, for -cpu help; g_free(). */
char *kvm_cpu_help(void);

#endif
