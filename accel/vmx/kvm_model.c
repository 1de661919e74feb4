/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of CPU models and features, in QEMU's spelling. A model is written as the difference
 * to an earlier one; numbers are the family, model and stepping of CPUID leaf 1.
 */
#include "accel/vmx/kvm_cpu.h"

#include "accel/accel.h"
#include "core/keyval.h"

#include <string.h>

const struct cpu_feature cpu_features[] = {
    {"fpu", WORD_1_EDX, 0},
    {"vme", WORD_1_EDX, 1},
    {"de", WORD_1_EDX, 2},
    {"pse", WORD_1_EDX, 3},
    {"tsc", WORD_1_EDX, 4},
    {"msr", WORD_1_EDX, 5},
    {"pae", WORD_1_EDX, 6},
    {"mce", WORD_1_EDX, 7},
    {"cx8", WORD_1_EDX, 8},
    {"apic", WORD_1_EDX, 9},
    {"sep", WORD_1_EDX, 11},
    {"mtrr", WORD_1_EDX, 12},
    {"pge", WORD_1_EDX, 13},
    {"mca", WORD_1_EDX, 14},
    {"cmov", WORD_1_EDX, 15},
    {"pat", WORD_1_EDX, 16},
    {"pse36", WORD_1_EDX, 17},
    {"clflush", WORD_1_EDX, 19},
    {"ds", WORD_1_EDX, 21},
    {"acpi", WORD_1_EDX, 22},
    {"mmx", WORD_1_EDX, 23},
    {"fxsr", WORD_1_EDX, 24},
    {"sse", WORD_1_EDX, 25},
    {"sse2", WORD_1_EDX, 26},
    {"ss", WORD_1_EDX, 27},
    {"ht", WORD_1_EDX, 28},
    {"tm", WORD_1_EDX, 29},
    {"pbe", WORD_1_EDX, 31},
    {"pni", WORD_1_ECX, 0},
    {"sse3", WORD_1_ECX, 0},
    {"pclmulqdq", WORD_1_ECX, 1},
    {"pclmuldq", WORD_1_ECX, 1},
    {"dtes64", WORD_1_ECX, 2},
    {"monitor", WORD_1_ECX, 3},
    {"ds-cpl", WORD_1_ECX, 4},
    {"vmx", WORD_1_ECX, 5},
    {"smx", WORD_1_ECX, 6},
    {"est", WORD_1_ECX, 7},
    {"tm2", WORD_1_ECX, 8},
    {"ssse3", WORD_1_ECX, 9},
    {"fma", WORD_1_ECX, 12},
    {"cx16", WORD_1_ECX, 13},
    {"xtpr", WORD_1_ECX, 14},
    {"pdcm", WORD_1_ECX, 15},
    {"pcid", WORD_1_ECX, 17},
    {"dca", WORD_1_ECX, 18},
    {"sse4-1", WORD_1_ECX, 19},
    {"sse4-2", WORD_1_ECX, 20},
    {"x2apic", WORD_1_ECX, 21},
    {"movbe", WORD_1_ECX, 22},
    {"popcnt", WORD_1_ECX, 23},
    {"tsc-deadline", WORD_1_ECX, 24},
    {"aes", WORD_1_ECX, 25},
    {"xsave", WORD_1_ECX, 26},
    {"osxsave", WORD_1_ECX, 27},
    {"avx", WORD_1_ECX, 28},
    {"f16c", WORD_1_ECX, 29},
    {"rdrand", WORD_1_ECX, 30},
    {"hypervisor", WORD_1_ECX, 31},
    {"arat", WORD_6_EAX, 2},
    {"fsgsbase", WORD_7_EBX, 0},
    {"tsc-adjust", WORD_7_EBX, 1},
    {"sgx", WORD_7_EBX, 2},
    {"bmi1", WORD_7_EBX, 3},
    {"hle", WORD_7_EBX, 4},
    {"avx2", WORD_7_EBX, 5},
    {"smep", WORD_7_EBX, 7},
    {"bmi2", WORD_7_EBX, 8},
    {"erms", WORD_7_EBX, 9},
    {"invpcid", WORD_7_EBX, 10},
    {"rtm", WORD_7_EBX, 11},
    {"mpx", WORD_7_EBX, 14},
    {"avx512f", WORD_7_EBX, 16},
    {"avx512dq", WORD_7_EBX, 17},
    {"rdseed", WORD_7_EBX, 18},
    {"adx", WORD_7_EBX, 19},
    {"smap", WORD_7_EBX, 20},
    {"avx512ifma", WORD_7_EBX, 21},
    {"clflushopt", WORD_7_EBX, 23},
    {"clwb", WORD_7_EBX, 24},
    {"avx512cd", WORD_7_EBX, 28},
    {"sha-ni", WORD_7_EBX, 29},
    {"avx512bw", WORD_7_EBX, 30},
    {"avx512vl", WORD_7_EBX, 31},
    {"avx512vbmi", WORD_7_ECX, 1},
    {"umip", WORD_7_ECX, 2},
    {"pku", WORD_7_ECX, 3},
    {"avx512-vbmi2", WORD_7_ECX, 6},
    {"gfni", WORD_7_ECX, 8},
    {"vaes", WORD_7_ECX, 9},
    {"vpclmulqdq", WORD_7_ECX, 10},
    {"avx512vnni", WORD_7_ECX, 11},
    {"avx512bitalg", WORD_7_ECX, 12},
    {"avx512-vpopcntdq", WORD_7_ECX, 14},
    {"la57", WORD_7_ECX, 16},
    {"rdpid", WORD_7_ECX, 22},
    {"fsrm", WORD_7_EDX, 4},
    {"md-clear", WORD_7_EDX, 10},
    {"serialize", WORD_7_EDX, 14},
    {"spec-ctrl", WORD_7_EDX, 26},
    {"stibp", WORD_7_EDX, 27},
    {"arch-capabilities", WORD_7_EDX, 29},
    {"ssbd", WORD_7_EDX, 31},
    {"xsaveopt", WORD_D1_EAX, 0},
    {"xsavec", WORD_D1_EAX, 1},
    {"xgetbv1", WORD_D1_EAX, 2},
    {"xsaves", WORD_D1_EAX, 3},
    {"syscall", WORD_81_EDX, 11},
    {"nx", WORD_81_EDX, 20},
    {"xd", WORD_81_EDX, 20},
    {"mmxext", WORD_81_EDX, 22},
    {"fxsr-opt", WORD_81_EDX, 25},
    {"ffxsr", WORD_81_EDX, 25},
    {"pdpe1gb", WORD_81_EDX, 26},
    {"rdtscp", WORD_81_EDX, 27},
    {"lm", WORD_81_EDX, 29},
    {"i64", WORD_81_EDX, 29},
    {"3dnowext", WORD_81_EDX, 30},
    {"3dnow", WORD_81_EDX, 31},
    {"lahf-lm", WORD_81_ECX, 0},
    {"cmp-legacy", WORD_81_ECX, 1},
    {"svm", WORD_81_ECX, 2},
    {"extapic", WORD_81_ECX, 3},
    {"cr8legacy", WORD_81_ECX, 4},
    {"abm", WORD_81_ECX, 5},
    {"sse4a", WORD_81_ECX, 6},
    {"misalignsse", WORD_81_ECX, 7},
    {"3dnowprefetch", WORD_81_ECX, 8},
    {"osvw", WORD_81_ECX, 9},
    {"ibs", WORD_81_ECX, 10},
    {"xop", WORD_81_ECX, 11},
    {"fma4", WORD_81_ECX, 16},
    {"tbm", WORD_81_ECX, 21},
    {"topoext", WORD_81_ECX, 22},
    {"perfctr-core", WORD_81_ECX, 23},
    {"invtsc", WORD_87_EDX, 8},
    {"clzero", WORD_88_EBX, 0},
    {"xsaveerptr", WORD_88_EBX, 2},
    {"wbnoinvd", WORD_88_EBX, 9},
    {"ibpb", WORD_88_EBX, 12},
    {"ibrs", WORD_88_EBX, 14},
    {"amd-stibp", WORD_88_EBX, 15},
    {"amd-ssbd", WORD_88_EBX, 24},
    {"virt-ssbd", WORD_88_EBX, 25},
    {"npt", WORD_8A_EDX, 0},
    {"nrip-save", WORD_8A_EDX, 3},
    {"kvmclock", WORD_KVM, 3},
    {"kvmclock", WORD_KVM, 0},
    {"kvm-nopiodelay", WORD_KVM, 1},
    {"kvm-asyncpf", WORD_KVM, 4},
    {"kvm-steal-time", WORD_KVM, 5},
    {"kvm-pv-eoi", WORD_KVM, 6},
    {"kvm-pv-unhalt", WORD_KVM, 7},
    {"kvm-pv-tlb-flush", WORD_KVM, 9},
    {"kvm-pv-ipi", WORD_KVM, 11},
    {"kvm-poll-control", WORD_KVM, 12},
    {"kvm-pv-sched-yield", WORD_KVM, 13},
    {"kvm-asyncpf-int", WORD_KVM, 14},
    {"kvm-msi-ext-dest-id", WORD_KVM, 15},
    {"kvmclock-stable-bit", WORD_KVM, 24},
    {NULL, 0, 0},
};

struct cpu_model {
    const char *name, *base;
    uint16_t family, number, stepping;
    uint16_t level, xlevel; /* xlevel + 80000000h; 0 = none */
    const char *id;         /* brand string, and description in -cpu help */
    const char *features;   /* added to, or with "-" taken from, the base's */
};

/* In an order in which a base comes before what is built on it. */
static const struct cpu_model models[] = {
    {"486", NULL, 4, 8, 0, 1, 0, "", "fpu pse vme"},
    {"pentium", "486", 5, 4, 3, 1, 0, "", "apic cx8 de mce mmx msr tsc"},
    {"pentium2", "pentium", 6, 5, 2, 2, 0, "", "cmov fxsr mca mtrr pae pat pge pse36 sep"},
    {"pentium3", "pentium2", 6, 7, 3, 3, 0, "", "sse"},
    {"athlon", "pentium2", 6, 2, 3, 2, 8, "QEMU Virtual CPU version 2.5+",
     "3dnow 3dnowext mmxext sse sse2"},
    {"qemu32", "pentium3", 6, 6, 3, 4, 4, "QEMU Virtual CPU version 2.5+",
     "pni sse2 -mca -mtrr -pse36 -vme"},
    {"kvm32", "qemu32", 15, 6, 1, 5, 8, "Common 32-bit KVM processor",
     "clflush mca mtrr pse36 vme"},
    {"kvm64", "kvm32", 15, 6, 1, 13, 8, "Common KVM processor", "cx16 lm nx syscall"},
    {"qemu64", "kvm64", 15, 107, 1, 13, 10, "QEMU Virtual CPU version 2.5+", "lahf-lm svm -vme"},
    {"coreduo", "pentium3", 6, 14, 8, 10, 8, "Genuine Intel(R) CPU           T2600  @ 2.16GHz",
     "acpi clflush monitor nx pni ss sse2 -pse36"},
    {"n270", "coreduo", 6, 28, 2, 10, 8, "Intel(R) Atom(TM) CPU N270   @ 1.60GHz",
     "lahf-lm movbe ssse3"},
    {"core2duo", "n270", 6, 15, 11, 10, 8, "Intel(R) Core(TM)2 Duo CPU     T7700  @ 2.40GHz",
     "cx16 lm pse36 syscall -movbe"},
    {"Conroe", "kvm64", 6, 15, 3, 10, 8, "Intel Celeron_4x0 (Conroe/Merom Class Core 2)",
     "lahf-lm ssse3 -cx16"},
    {"Penryn", "Conroe", 6, 23, 3, 10, 8, "Intel Core 2 Duo P9xxx (Penryn Class Core 2)",
     "cx16 sse4-1"},
    {"Nehalem", "Penryn", 6, 26, 3, 11, 8, "Intel Core i7 9xx (Nehalem Class Core i7)",
     "popcnt sse4-2"},
    {"Westmere", "Nehalem", 6, 44, 1, 11, 8, "Westmere E56xx/L56xx/X56xx (Nehalem-C)",
     "aes arat pclmulqdq"},
    {"SandyBridge", "Westmere", 6, 42, 1, 13, 8, "Intel Xeon E312xx (Sandy Bridge)",
     "avx rdtscp tsc-deadline x2apic xsave xsaveopt"},
    {"IvyBridge", "SandyBridge", 6, 58, 9, 13, 8, "Intel Xeon E3-12xx v2 (Ivy Bridge)",
     "erms f16c fsgsbase rdrand smep"},
    {"Haswell", "IvyBridge", 6, 60, 4, 13, 8, "Intel Core Processor (Haswell)",
     "abm avx2 bmi1 bmi2 fma hle invpcid movbe pcid rtm"},
    {"Broadwell", "Haswell", 6, 61, 2, 13, 8, "Intel Core Processor (Broadwell)",
     "3dnowprefetch adx rdseed smap"},
    {"Skylake-Client", "Broadwell", 6, 94, 3, 13, 8, "Intel Core Processor (Skylake)",
     "xgetbv1 xsavec"},
    {"Skylake-Server", "Skylake-Client", 6, 85, 4, 13, 8, "Intel Xeon Processor (Skylake)",
     "avx512bw avx512cd avx512dq avx512f avx512vl clflushopt clwb pdpe1gb pku"},
    {"Opteron_G1", "kvm64", 15, 6, 1, 5, 8, "AMD Opteron 240 (Gen 1 Class Opteron)", "-cx16"},
    {"Opteron_G2", "Opteron_G1", 15, 6, 1, 5, 10, "AMD Opteron 22xx (Gen 2 Class Opteron)",
     "cx16 lahf-lm svm"},
    {"Opteron_G3", "Opteron_G2", 16, 2, 3, 5, 10, "AMD Opteron 23xx (Gen 3 Class Opteron)",
     "abm misalignsse monitor popcnt rdtscp sse4a"},
    {"phenom", "Opteron_G3", 16, 2, 3, 5, 0x1a, "AMD Phenom(tm) 9550 Quad-Core Processor",
     "3dnow 3dnowext fxsr-opt mmxext npt pdpe1gb -misalignsse"},
    {"Opteron_G4", "Opteron_G3", 21, 1, 2, 13, 0x1a, "AMD Opteron 62xx class CPU",
     "3dnowprefetch aes avx fma4 npt nrip-save pclmulqdq pdpe1gb sse4-1 sse4-2 ssse3 xop xsave "
     "-monitor"},
    {"Opteron_G5", "Opteron_G4", 21, 2, 0, 13, 0x1a, "AMD Opteron 63xx class CPU", "f16c fma tbm"},
    {"EPYC", "Haswell", 23, 1, 2, 13, 0x1e, "AMD EPYC Processor",
     "3dnowprefetch adx clflushopt cr8legacy fxsr-opt misalignsse mmxext monitor npt nrip-save "
     "osvw pdpe1gb rdseed sha-ni smap sse4a svm topoext xgetbv1 xsavec -erms -hle -invpcid -pcid "
     "-rtm -tsc-deadline -x2apic"},
    {"EPYC-Rome", "EPYC", 23, 49, 0, 13, 0x1e, "AMD EPYC-Rome Processor",
     "amd-stibp clwb clzero ibpb perfctr-core rdpid umip wbnoinvd xsaveerptr xsaves"},
};

#define DEFAULT_MODEL "qemu64"

/* What QEMU's PC turns on, and off, for every named model under KVM. */
#define ALWAYS_ON                                                                                  \
    "x2apic hypervisor kvmclock kvm-nopiodelay kvm-asyncpf kvm-steal-time kvm-pv-eoi "             \
    "kvm-pv-unhalt kvmclock-stable-bit"
#define ALWAYS_OFF "-acpi -monitor -svm -npt -nrip-save"

/* Set or clear every bit that has this name ("_" and "." are "-"). False: no such name. */
static bool feature_bits(const char *name, uint32_t set[CPU_WORDS], uint32_t clear[CPU_WORDS])
{
    g_autofree char *plain = g_strdelimit(g_ascii_strdown(name, -1), "_.", '-');
    bool found = false;

    for (const struct cpu_feature *f = cpu_features; f->name; f++) {
        if (strcmp(f->name, plain) == 0) {
            set[f->word] |= UINT32_C(1) << f->bit;
            clear[f->word] &= ~(UINT32_C(1) << f->bit);
            found = true;
        }
    }
    return found;
}

/* Apply a list of the tables above. */
static void apply_list(const char *list, uint32_t want[CPU_WORDS])
{
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    uint32_t none[CPU_WORDS] = {0};

    for (char **w = words; *w; w++) {
        uint32_t bits[CPU_WORDS] = {0};

        feature_bits(**w == '-' ? *w + 1 : *w, bits, none);
        for (unsigned i = 0; i < CPU_WORDS; i++) {
            want[i] = **w == '-' ? want[i] & ~bits[i] : want[i] | bits[i];
        }
    }
}

static const struct cpu_model *model_find(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(models); i++) {
        if (strcmp(models[i].name, name) == 0) {
            return &models[i];
        }
    }
    return NULL;
}

static void model_features(const struct cpu_model *m, uint32_t want[CPU_WORDS])
{
    const struct cpu_model *chain[G_N_ELEMENTS(models)];
    unsigned n = 0;

    for (; m && n < G_N_ELEMENTS(chain); m = m->base ? model_find(m->base) : NULL) {
        chain[n++] = m;
    }
    while (n) {
        apply_list(chain[--n]->features, want);
    }
}

static void spec_from_model(struct cpu_spec *s, const struct cpu_model *m)
{
    s->family = m->family;
    s->number = m->number;
    s->stepping = m->stepping;
    s->level = m->level;
    s->xlevel = m->xlevel ? UINT32_C(0x80000000) + m->xlevel : 0;
    g_strlcpy(s->id, m->id, sizeof(s->id));
    s->id_set = true;
    model_features(m, s->want);
    apply_list(ALWAYS_ON, s->want);
    apply_list(ALWAYS_OFF, s->want);
}

static bool spec_model(struct cpu_spec *s, const char *name, GError **error)
{
    g_autofree char *plain =
        g_str_has_suffix(name, "-v1") ? g_strndup(name, strlen(name) - 3) : g_strdup(name);
    const struct cpu_model *m = model_find(plain);
    const char *names[G_N_ELEMENTS(models) + 3];
    const char *near;

    g_strlcpy(s->model, plain, sizeof(s->model));
    if (strcmp(plain, "host") == 0 || strcmp(plain, "max") == 0) {
        s->host = true;
        memset(s->want, 0xff, sizeof(s->want));
        /* as QEMU's "migratable": not unless asked for */
        apply_list("-invtsc", s->want);
        return true;
    }
    if (m) {
        spec_from_model(s, m);
        return true;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(models); i++) {
        names[i] = models[i].name;
    }
    names[G_N_ELEMENTS(models)] = "host";
    names[G_N_ELEMENTS(models) + 1] = "max";
    names[G_N_ELEMENTS(models) + 2] = NULL;
    near = keyval_nearest(name, names);
    g_set_error(error, ACCEL_ERROR, 0, "-cpu: unknown model \"%s\"%s%s%s; -cpu help lists them",
                name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return false;
}

/* -- the words after the model -- */

static const char *const number_keys[] = {"family", "model",     "stepping", "level",
                                          "xlevel", "phys-bits", NULL};
static const char *const bool_keys[] = {"check",          "enforce", "kvm",      "migratable",
                                        "host-phys-bits", "pmu",     "l3-cache", NULL};
static const char *const text_keys[] = {"vendor", "model-id", NULL};

static bool unknown_word(const char *word, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *near;

    for (const struct cpu_feature *f = cpu_features; f->name; f++) {
        g_ptr_array_add(names, (gpointer)f->name);
    }
    for (unsigned i = 0; number_keys[i]; i++) {
        g_ptr_array_add(names, (gpointer)number_keys[i]);
    }
    for (unsigned i = 0; bool_keys[i]; i++) {
        g_ptr_array_add(names, (gpointer)bool_keys[i]);
    }
    for (unsigned i = 0; text_keys[i]; i++) {
        g_ptr_array_add(names, (gpointer)text_keys[i]);
    }
    g_ptr_array_add(names, NULL);
    near = keyval_nearest(word, (const char *const *)names->pdata);
    g_set_error(error, ACCEL_ERROR, 0, "-cpu: unknown feature \"%s\"%s%s%s; -cpu help lists them",
                word, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return false;
}

static bool bad_value(const char *key, const char *value, const char *allowed, GError **error)
{
    g_set_error(error, ACCEL_ERROR, 0, "-cpu: %s=%s: must be %s", key, value, allowed);
    return false;
}

static bool spec_number(struct cpu_spec *s, const char *key, const char *value, GError **error)
{
    static const struct {
        size_t offset;
        uint32_t min, max;
        const char *allowed;
    } rule[] = {
        {offsetof(struct cpu_spec, family), 0, 270, "0 to 270"},
        {offsetof(struct cpu_spec, number), 0, 255, "0 to 255"},
        {offsetof(struct cpu_spec, stepping), 0, 15, "0 to 15"},
        {offsetof(struct cpu_spec, level), 0, 0x1f, "0 to 0x1f"},
        {offsetof(struct cpu_spec, xlevel), 0, 0x80000021, "0 to 0x80000021"},
        {offsetof(struct cpu_spec, phys_bits), 32, 52, "32 to 52"},
    };
    char *end;
    guint64 n = g_ascii_strtoull(value, &end, 0);

    for (unsigned i = 0; number_keys[i]; i++) {
        if (strcmp(number_keys[i], key) == 0) {
            if (!g_ascii_isdigit(*value) || *end || n < rule[i].min || n > rule[i].max) {
                return bad_value(key, value, rule[i].allowed, error);
            }
            *(uint32_t *)(void *)((char *)s + rule[i].offset) = (uint32_t)n;
        }
    }
    return true;
}

static bool spec_bool(struct cpu_spec *s, const char *key, bool on)
{
    if (strcmp(key, "enforce") == 0) {
        s->enforce = on;
    } else if (strcmp(key, "kvm") == 0) {
        s->kvm = on;
    } else if (strcmp(key, "host-phys-bits") == 0) {
        s->host_phys_bits = on;
    } else if (strcmp(key, "migratable") == 0) {
        apply_list(on ? "-invtsc" : "invtsc", s->want);
    } /* check, pmu, l3-cache: taken for scripts' sake, nothing to change */
    return true;
}

static bool spec_text(struct cpu_spec *s, const char *key, const char *value, GError **error)
{
    if (strcmp(key, "vendor") == 0) {
        if (strlen(value) != 12) {
            return bad_value(key, value, "12 characters, as GenuineIntel", error);
        }
        g_strlcpy(s->vendor, value, sizeof(s->vendor));
    } else {
        g_strlcpy(s->id, value, sizeof(s->id));
        s->id_set = true;
    }
    return true;
}

static bool parse_switch(const char *text, bool *on)
{
    static const char *const yes[] = {"on", "yes", "true", "y", NULL};
    static const char *const no[] = {"off", "no", "false", "n", NULL};

    *on = g_strv_contains(yes, text);
    return *on || g_strv_contains(no, text);
}

static bool spec_word(struct cpu_spec *s, const char *word, GError **error)
{
    g_auto(GStrv) kv = g_strsplit(word, "=", 2);
    const char *key = kv[0] ? kv[0] : "", *value = kv[0] && kv[1] ? kv[1] : NULL;
    bool on = true, sign = *key == '+' || *key == '-';

    if (sign) {
        on = *key++ == '+';
    }
    if (!sign && g_strv_contains(number_keys, key)) {
        return value ? spec_number(s, key, value, error)
                     : bad_value(key, "", "followed by a number", error);
    }
    if (!sign && g_strv_contains(text_keys, key)) {
        return value ? spec_text(s, key, value, error)
                     : bad_value(key, "", "followed by a text", error);
    }
    if (value && (sign || !parse_switch(value, &on))) {
        return bad_value(key, value, sign ? "without a value" : "on or off", error);
    }
    if (!sign && g_strv_contains(bool_keys, key)) {
        return spec_bool(s, key, on);
    }
    if (!feature_bits(key, on ? s->on : s->off, on ? s->off : s->on)) {
        return unknown_word(key, error);
    }
    return true;
}

bool cpu_spec_parse(struct cpu_spec *spec, const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text ? text : DEFAULT_MODEL, ",", -1);

    memset(spec, 0, sizeof(*spec));
    spec->kvm = true;
    spec->named = text != NULL;
    if (!spec_model(spec, words[0] ? words[0] : "", error)) {
        return false;
    }
    for (char **w = words + (words[0] != NULL); *w; w++) {
        if (!spec_word(spec, *w, error)) {
            return false;
        }
    }
    return true;
}

char *kvm_cpu_help(void)
{
    GString *s = g_string_new("Available CPUs:\n");
    size_t column = 2;

    for (unsigned i = 0; i < G_N_ELEMENTS(models); i++) {
        g_string_append_printf(s, "x86 %-20s  %s%s\n", models[i].name, models[i].id,
                               strcmp(models[i].name, DEFAULT_MODEL) == 0 ? " (default)" : "");
    }
    g_string_append_printf(s, "x86 %-20s  %s\n", "host",
                           "processor with all supported host features");
    g_string_append_printf(s, "x86 %-20s  %s\n", "max", "the same as host");
    g_string_append(s, "\nRecognized CPUID flags:\n ");
    for (const struct cpu_feature *f = cpu_features; f->name; f++) {
        if (f != cpu_features && strcmp(f->name, f[-1].name) == 0) {
            continue;
        }
        if (column + strlen(f->name) + 1 > 76) {
            g_string_append(s, "\n ");
            column = 2;
        }
        g_string_append_printf(s, " %s", f->name);
        column += strlen(f->name) + 1;
    }
    g_string_append_c(s, '\n');
    return g_string_free(s, FALSE);
}
