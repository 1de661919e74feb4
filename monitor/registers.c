/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "info registers": laid out as QEMU has it, for scripts that look for EIP= or CR0=. */
#include "accel/accel.h"
#include "monitor/command.h"

static void flags(GString *out, uint64_t f)
{
    static const struct {
        unsigned bit;
        char letter;
    } rows[] = {{10, 'D'}, {11, 'O'}, {7, 'S'}, {6, 'Z'}, {4, 'A'}, {2, 'P'}, {0, 'C'}};

    g_string_append_c(out, '[');
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_string_append_c(out, f >> rows[i].bit & 1 ? rows[i].letter : '-');
    }
    g_string_append_c(out, ']');
}

/* What a descriptor is: Intel SDM volume 3, tables 3-1 and 3-2. */
static char *describe(const struct accel_segment *s, bool lma)
{
    static const char *const narrow[] = {"Reserved",   "TSS16-avl", "LDT",       "TSS16-busy",
                                         "CallGate16", "TaskGate",  "IntGate16", "TrapGate16",
                                         "Reserved",   "TSS32-avl", "Reserved",  "TSS32-busy",
                                         "CallGate32", "Reserved",  "IntGate32", "TrapGate32"};
    static const char *const wide[] = {"<hiword>",   "Reserved",  "LDT",       "Reserved",
                                       "Reserved",   "Reserved",  "Reserved",  "Reserved",
                                       "Reserved",   "TSS64-avl", "Reserved",  "TSS64-busy",
                                       "CallGate64", "Reserved",  "IntGate64", "TrapGate64"};
    unsigned type = s->flags & 15;
    bool code = type & 8, big = s->flags >> 10 & 1, is_long = s->flags >> 9 & 1;
    const char *name;

    if (!(s->flags & 0x10)) {
        return g_strdup((lma ? wide : narrow)[type]);
    }
    if (code) {
        name = is_long ? "CS64" : big ? "CS32" : "CS16";
    } else {
        name = big || lma ? "DS  " : "DS16";
    }
    return g_strdup_printf("%s [%c%c%c]", name, type & 4 ? (code ? 'C' : 'E') : '-',
                           type & 2 ? (code ? 'R' : 'W') : '-', type & 1 ? 'A' : '-');
}

static void put_segments(GString *out, const struct accel_regs *r, int wide)
{
    static const char *const names[] = {"ES", "CS", "SS", "DS", "FS", "GS", "LDT", "TR"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const struct accel_segment *s = &r->seg[i];

        /* flags where a descriptor's second half has them */
        g_string_append_printf(out, "%-3s=%04x %0*" G_GINT64_MODIFIER "x %08x %08x", names[i],
                               s->selector, wide, s->base, s->limit,
                               (s->flags & 0xff) << 8 | (s->flags >> 8 & 0xf) << 20);
        if ((r->cr0 & 1) && (s->flags & 0x80)) {
            g_autofree char *what = describe(s, wide == 16);

            g_string_append_printf(out, " DPL=%u %s", s->flags >> 5 & 3, what);
        }
        g_string_append_c(out, '\n');
    }
    g_string_append_printf(out, "GDT=     %0*" G_GINT64_MODIFIER "x %08x\n", wide, r->seg[8].base,
                           r->seg[8].limit);
    g_string_append_printf(out, "IDT=     %0*" G_GINT64_MODIFIER "x %08x\n", wide, r->seg[9].base,
                           r->seg[9].limit);
}

static void put_debug(GString *out, const uint64_t *dr)
{
    for (unsigned i = 0; i < 4; i++) {
        g_string_append_printf(out, "DR%u=%016" G_GINT64_MODIFIER "x ", i, dr[i]);
    }
    g_string_append_printf(out, "\nDR6=%016" G_GINT64_MODIFIER "x DR7=%016" G_GINT64_MODIFIER "x\n",
                           dr[6], dr[7]);
}

static void put_fpu(GString *out, const struct accel_fpu *f, unsigned xmms)
{
    g_string_append_printf(out, "FCW=%04x FSW=%04x [ST=%u] FTW=%02x MXCSR=%08x\n", f->fcw, f->fsw,
                           f->fsw >> 11 & 7, f->ftw, f->mxcsr);
    for (unsigned i = 0; i < G_N_ELEMENTS(f->st); i++) {
        g_string_append_printf(out, "FPR%u=%016" G_GINT64_MODIFIER "x %04x%c", i, f->st[i][0],
                               (unsigned)(f->st[i][1] & 0xffff), i % 2 ? '\n' : ' ');
    }
    for (unsigned i = 0; i < xmms; i++) {
        g_string_append_printf(out,
                               "XMM%02u=%016" G_GINT64_MODIFIER "x %016" G_GINT64_MODIFIER "x%c", i,
                               f->xmm[i][1], f->xmm[i][0], i % 2 ? '\n' : ' ');
    }
}

void registers_text(GString *out, const struct accel_regs *r, unsigned cpu)
{
    static const uint8_t order[] = {0, 3, 1, 2, 6, 7, 5, 4}; /* A B C D SI DI BP SP */
    static const char *const names[] = {"AX", "BX", "CX", "DX", "SI", "DI", "BP", "SP"};
    bool lma = r->efer >> 10 & 1;
    int wide = lma ? 16 : 8;
    uint64_t mask = lma ? UINT64_MAX : UINT32_MAX;

    g_string_append_printf(out, "\nCPU#%u\n", cpu);
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        g_string_append_printf(out, "%c%s=%0*" G_GINT64_MODIFIER "x%c", lma ? 'R' : 'E', names[i],
                               wide, r->gpr[order[i]] & mask, i % 4 == 3 ? '\n' : ' ');
    }
    for (unsigned i = 8; lma && i < 16; i++) {
        g_string_append_printf(out, "R%-2u=%016" G_GINT64_MODIFIER "x%c", i, r->gpr[i],
                               i % 4 == 3 ? '\n' : ' ');
    }
    g_string_append_printf(out, "%cIP=%0*" G_GINT64_MODIFIER "x %cFL=%08x ", lma ? 'R' : 'E', wide,
                           r->rip & mask, lma ? 'R' : 'E', (unsigned)r->rflags);
    flags(out, r->rflags);
    g_string_append_printf(out, " CPL=%u II=0 A20=1 SMM=0 HLT=%d\n", r->seg[2].flags >> 5 & 3,
                           r->halted);
    put_segments(out, r, wide);
    g_string_append_printf(
        out, "CR0=%08x CR2=%0*" G_GINT64_MODIFIER "x CR3=%0*" G_GINT64_MODIFIER "x CR4=%08x\n",
        (unsigned)r->cr0, wide, r->cr2, wide, r->cr3, (unsigned)r->cr4);
    put_debug(out, r->dr);
    g_string_append_printf(out, "EFER=%016" G_GINT64_MODIFIER "x\n", r->efer);
    if (r->fpu.there) {
        put_fpu(out, &r->fpu, lma && (r->seg[1].flags >> 9 & 1) ? 16 : 8);
    }
}

JsonNode *info_registers(JsonObject *args, GError **error)
{
    gint64 cpu = arg_int(args, "vcpu", monitor_cpu());
    bool all = arg_bool(args, "all", false);
    GString *out;

    if (cpu < 0 || cpu >= monitor_cpus()) {
        return qmp_text(g_strdup_printf("CPU#%" G_GINT64_FORMAT " not available\n", cpu));
    }
    out = g_string_new(NULL);
    for (unsigned i = all ? 0 : (unsigned)cpu; i <= (all ? monitor_cpus() - 1 : (unsigned)cpu);
         i++) {
        struct accel_regs r;

        if (!monitor_regs((int)i, &r, error)) {
            g_string_free(out, TRUE);
            return NULL;
        }
        registers_text(out, &r, i);
    }
    return qmp_text(g_string_free(out, FALSE));
}
