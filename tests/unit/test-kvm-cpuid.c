/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -cpu: names, words after them, and the leaves that come out. Needs no /dev/kvm. */
#include "accel/vmx/kvm_cpu.h"

#include "accel/accel.h"
#include "core/device.h"

#include <string.h>

/* This test links no board. */
const struct device_class *const device_classes[] = {NULL};

#define ALL 0xffffffffu

/* A host that supports everything, up to leaves 1Fh and 80000021h. */
static struct kvm_cpuid2 *host_cpu(bool amd)
{
    static const uint32_t plain[] = {0,          1,          2,          5,          6,
                                     0xa,        0x14,       0x40000000, 0x40000001, 0x80000000,
                                     0x80000001, 0x80000002, 0x80000003, 0x80000004, 0x80000005,
                                     0x80000006, 0x80000007, 0x80000008, 0x8000000a, 0x8000001e};
    static const uint32_t indexed[][2] = {{4, 0},   {4, 3},   {7, 0},   {7, 1},
                                          {0xb, 0}, {0xb, 1}, {0xd, 0}, {0xd, 1},
                                          {0xd, 2}, {0xd, 5}, {0xd, 9}, {0x8000001d, 0}};
    struct kvm_cpuid2 *c = g_malloc0(sizeof(*c) + 64 * sizeof(c->entries[0]));
    const char *vendor = amd ? "AuthenticAMD" : "GenuineIntel";

    for (unsigned i = 0; i < G_N_ELEMENTS(plain); i++) {
        c->entries[c->nent++] = (struct kvm_cpuid_entry2){
            .function = plain[i], .eax = ALL, .ebx = ALL, .ecx = ALL, .edx = ALL};
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(indexed); i++) {
        c->entries[c->nent++] = (struct kvm_cpuid_entry2){.function = indexed[i][0],
                                                          .index = indexed[i][1],
                                                          .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
                                                          .eax = ALL,
                                                          .ebx = ALL,
                                                          .ecx = ALL,
                                                          .edx = ALL};
    }
    c->entries[0].eax = 0x1f;
    memcpy(&c->entries[0].ebx, vendor, 4);
    memcpy(&c->entries[0].edx, vendor + 4, 4);
    memcpy(&c->entries[0].ecx, vendor + 8, 4);
    for (unsigned i = 0; i < c->nent; i++) {
        struct kvm_cpuid_entry2 *e = &c->entries[i];

        if (e->function == 0x80000000) {
            e->eax = 0x80000021;
        } else if (e->function == 0x80000008) {
            e->eax = 48 << 8 | 46;
        } else if (e->function == 1) {
            e->eax = 0x000306c3;
        } else if (e->function == 4) {
            e->eax = 0xfc000000 | 7 << 14 | (e->index + 1) << 5 | 1;
        }
    }
    return c;
}

static void reject(const char *text, const char *part)
{
    struct cpu_spec s;
    GError *error = NULL;

    g_assert_false(cpu_spec_parse(&s, text, &error));
    g_assert_nonnull(error);
    if (!strstr(error->message, part)) {
        g_test_message("\"%s\" gives: %s", text, error->message);
        g_test_fail();
    }
    g_assert_null(strchr(error->message, '\n'));
    g_error_free(error);
}

static struct kvm_cpuid2 *build(const char *text, const struct kvm_cpuid2 *host, unsigned cpu,
                                unsigned cpus, bool apic, GString *missing)
{
    struct cpu_spec s;
    struct kvm_cpuid2 *c;
    GError *error = NULL;

    g_assert_true(cpu_spec_parse(&s, text, &error));
    g_assert_no_error(error);
    c = cpu_spec_build(&s, host, cpu, cpus, apic, missing, &error);
    g_assert_no_error(error);
    return c;
}

static void test_parse(void)
{
    struct cpu_spec s;

    g_assert_true(cpu_spec_parse(&s, NULL, NULL));
    g_assert_cmpstr(s.model, ==, "qemu64");
    g_assert_false(s.named);
    g_assert_true(cpu_spec_parse(&s, "host,-avx,+rdtscp,sse4.1=off,x2apic,kvm=off", NULL));
    g_assert_true(s.host);
    g_assert_false(s.kvm);
    g_assert_cmphex(s.off[WORD_1_ECX], ==, 1u << 28 | 1u << 19);
    g_assert_cmphex(s.on[WORD_1_ECX], ==, 1u << 21);
    g_assert_cmphex(s.on[WORD_81_EDX], ==, 1u << 27);
    g_assert_true(cpu_spec_parse(&s,
                                 "pentium3-v1,+avx,-avx,family=5,model=2,stepping=12,"
                                 "vendor=CyrixInstead,model-id=My CPU",
                                 NULL)); /* the last word wins */
    g_assert_cmphex(s.on[WORD_1_ECX], ==, 0);
    g_assert_cmpuint(s.family, ==, 5);
    g_assert_cmpuint(s.number, ==, 2);
    g_assert_cmpuint(s.stepping, ==, 12);
    g_assert_cmpstr(s.vendor, ==, "CyrixInstead");
    g_assert_cmpstr(s.id, ==, "My CPU");
}

static void test_reject(void)
{
    reject("qemu65", "\"qemu64\"");
    reject("Haswel", "\"Haswell\"");
    reject("", "unknown model");
    reject("no-such-thing-at-all", "-cpu help");
    reject("host,+rdrant", "\"rdrand\"");
    reject("host,,", "unknown feature");
    reject("host,ssse4=on", "unknown feature");
    reject("host,avx=maybe", "on or off");
    reject("host,+avx=on", "without a value");
    reject("host,family=999", "0 to 270");
    reject("host,family=-1", "0 to 270");
    reject("host,model", "number");
    reject("host,stepping=0x10", "0 to 15");
    reject("host,vendor=me", "12 characters");
    reject("host,phys-bits=8", "32 to 52");
}

static void test_default(void)
{
    g_autofree struct kvm_cpuid2 *host = host_cpu(false);
    g_autofree struct kvm_cpuid2 *c = build(NULL, host, 0, 1, true, NULL);
    const struct kvm_cpuid_entry2 *e = cpuid_find(c, 1, 0);

    g_assert_cmphex(e->eax, ==, 0x60fb1); /* family 15, model 107, stepping 1 */
    g_assert_cmphex(e->ecx, ==, 0x80202001);
    g_assert_cmphex(e->edx, ==, 0x078bfbfd);
    e = cpuid_find(c, 0, 0);
    g_assert_cmpuint(e->eax, ==, 13);
    g_assert_cmpmem(&e->ebx, 4, "Genu", 4); /* the host's vendor, as QEMU does under KVM */
    e = cpuid_find(c, 0x80000001, 0);
    g_assert_cmphex(e->edx, ==, 0x20100800); /* LM NX SYSCALL */
    g_assert_cmphex(e->ecx, ==, 1);          /* no SVM */
    e = cpuid_find(c, 0x80000002, 0);
    g_assert_cmpmem(&e->eax, 4, "QEMU", 4);
    e = cpuid_find(c, 0x80000008, 0);
    g_assert_cmphex(e->eax, ==, 48 << 8 | 40);
    g_assert_cmphex(cpuid_find(c, 7, 0)->ebx, ==, 0);
    g_assert_null(cpuid_find(c, 0xd, 0));
    g_assert_null(cpuid_find(c, 0x14, 0));
    g_assert_cmphex(cpuid_find(c, 0x40000001, 0)->eax, ==, 0x010000fb & ~(1u << 2));
}

static void test_old(void)
{
    g_autofree struct kvm_cpuid2 *host = host_cpu(true);
    g_autofree struct kvm_cpuid2 *c486 = build("486", host, 0, 1, true, NULL);
    g_autofree struct kvm_cpuid2 *p5 = build("pentium,kvm=off,-hypervisor", host, 0, 1, true, NULL);

    g_assert_cmpuint(cpuid_find(c486, 0, 0)->eax, ==, 1);
    g_assert_cmphex(cpuid_find(c486, 1, 0)->eax, ==, 0x480);
    g_assert_cmphex(cpuid_find(c486, 1, 0)->edx, ==, 0xb);
    g_assert_null(cpuid_find(c486, 0x80000000, 0));
    g_assert_nonnull(cpuid_find(c486, 0x40000000, 0));
    g_assert_cmphex(cpuid_find(p5, 1, 0)->eax, ==, 0x543);
    g_assert_cmphex(cpuid_find(p5, 1, 0)->edx, ==, 0x008003bf & ~(1u << 6));
    g_assert_cmphex(cpuid_find(p5, 1, 0)->ecx & 1u << 31, ==, 0);
    g_assert_null(cpuid_find(p5, 0x40000000, 0));
}

static void test_host(void)
{
    g_autofree struct kvm_cpuid2 *host = host_cpu(true);
    g_autofree struct kvm_cpuid2 *c = build("host,-avx", host, 2, 4, true, NULL);
    g_autofree struct kvm_cpuid2 *inv = build("host,+invtsc", host, 0, 1, true, NULL);
    const struct kvm_cpuid_entry2 *e = cpuid_find(c, 1, 0);

    g_assert_cmphex(e->eax, ==, 0x000306c3);
    g_assert_cmphex(e->ebx, ==, 2 << 24 | 4 << 16 | 8 << 8);
    g_assert_cmphex(e->ecx, ==, ALL & ~(1u << 28 | 1u << 27));
    g_assert_cmphex(cpuid_find(c, 0x80000001, 0)->edx & 0x0183f3ff, ==, 0x0183f3ff);
    g_assert_cmphex(cpuid_find(c, 4, 0)->eax, ==, 3u << 26 | 1 << 5 | 1);           /* L1: own */
    g_assert_cmphex(cpuid_find(c, 4, 3)->eax, ==, 3u << 26 | 3 << 14 | 4 << 5 | 1); /* shared */
    g_assert_cmphex(cpuid_find(c, 0xb, 0)->edx, ==, 2);
    g_assert_cmphex(cpuid_find(c, 0xb, 1)->ebx, ==, 4);
    g_assert_cmphex(cpuid_find(c, 0xb, 1)->eax, ==, 2);
    g_assert_cmphex(cpuid_find(c, 0x80000008, 0)->eax, ==, 48 << 8 | 46);
    g_assert_cmphex(cpuid_find(c, 0x80000008, 0)->ecx, ==, 2 << 12 | 3);
    g_assert_cmphex(cpuid_find(c, 0x8000001e, 0)->eax, ==, 2);
    g_assert_null(cpuid_find(c, 0xd, 2)); /* AVX state goes with AVX */
    g_assert_cmphex(cpuid_find(c, 0x80000007, 0)->edx & 1 << 8, ==, 0);
    g_assert_cmphex(cpuid_find(inv, 0x80000007, 0)->edx & 1 << 8, ==, 1 << 8);
}

static void test_no_apic(void)
{
    g_autofree struct kvm_cpuid2 *host = host_cpu(false);
    g_autofree struct kvm_cpuid2 *c = build("host", host, 0, 1, false, NULL);

    g_assert_cmphex(cpuid_find(c, 1, 0)->edx & 1 << 9, ==, 0);
    g_assert_cmphex(cpuid_find(c, 1, 0)->ecx & (1 << 21 | 1 << 24), ==, 0);
    g_assert_cmphex(cpuid_find(c, 0x40000001, 0)->eax & (1 << 4 | 1 << 6 | 1 << 7), ==, 0);
    g_assert_null(cpuid_find(c, 0xb, 0));
}

static void test_missing(void)
{
    g_autofree struct kvm_cpuid2 *host = host_cpu(false);
    g_autofree struct kvm_cpuid2 *c = NULL;
    g_autoptr(GString) missing = g_string_new(NULL);
    struct cpu_spec s;
    GError *error = NULL;

    for (unsigned i = 0; i < host->nent; i++) {
        if (host->entries[i].function == 7) {
            host->entries[i].ebx = 0;
        }
    }
    c = build("Haswell,-hle,-rtm,level=7", host, 0, 1, true, missing);
    g_assert_nonnull(strstr(missing->str, "avx2"));
    g_assert_nonnull(strstr(missing->str, "smep"));
    g_assert_null(strstr(missing->str, "hle"));
    g_assert_cmphex(cpuid_find(c, 7, 0)->ebx, ==, 0);
    g_assert_null(cpuid_find(c, 0xd, 0));
    g_assert_true(cpu_spec_parse(&s, "core2duo,+avx2,enforce", NULL));
    g_assert_null(cpu_spec_build(&s, host, 0, 1, true, NULL, &error));
    g_assert_nonnull(strstr(error->message, "avx2"));
    g_clear_error(&error);
    g_string_truncate(missing, 0);
    g_free(c);
    c = build("host,+avx2", host, 0, 1, true, missing);
    g_assert_cmpstr(missing->str, ==, "avx2");
}

/* Every model on every host: whole, within its levels, no feature that the host lacks. */
static void test_all_models(void)
{
    g_autofree char *help = kvm_cpu_help();
    g_auto(GStrv) lines = g_strsplit(help, "\n", -1);
    g_autofree struct kvm_cpuid2 *host = host_cpu(true);
    unsigned models = 0;

    for (char **l = lines; *l; l++) {
        g_auto(GStrv) words = g_strsplit(*l, " ", 3);

        if (!g_str_has_prefix(*l, "x86 ")) {
            continue;
        }
        models++;
        for (unsigned cpus = 1; cpus <= 8; cpus++) {
            g_autofree struct kvm_cpuid2 *c = build(words[1], host, cpus - 1, cpus, true, NULL);
            uint32_t level = cpuid_find(c, 0, 0)->eax;

            for (unsigned i = 0; i < c->nent; i++) {
                uint32_t f = c->entries[i].function;

                g_assert_true(f <= level || f >= 0x40000000);
                for (unsigned k = 0; k < i; k++) {
                    g_assert_true(c->entries[k].function != f ||
                                  c->entries[k].index != c->entries[i].index);
                }
            }
            g_assert_cmphex(cpuid_find(c, 1, 0)->ebx >> 24, ==, cpus - 1);
            g_assert_cmphex(cpuid_find(c, 1, 0)->edx & 1, ==, 1);
        }
    }
    g_assert_cmpuint(models, >, 25);
    g_assert_nonnull(strstr(help, "qemu64"));
    g_assert_nonnull(strstr(help, "(default)"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kvm-cpuid/parse", test_parse);
    g_test_add_func("/kvm-cpuid/reject", test_reject);
    g_test_add_func("/kvm-cpuid/default", test_default);
    g_test_add_func("/kvm-cpuid/old", test_old);
    g_test_add_func("/kvm-cpuid/host", test_host);
    g_test_add_func("/kvm-cpuid/no-apic", test_no_apic);
    g_test_add_func("/kvm-cpuid/missing", test_missing);
    g_test_add_func("/kvm-cpuid/all-models", test_all_models);
    return g_test_run();
}
