/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which answers count: see rules.h. */
#include "tests/tools/trace/rules.h"

#include "tests/tools/trace/filter.h"

#include <inttypes.h>
#include <string.h>

#define ALL 0xffffu

/* One register of 8 bits, or a range of them. */
struct rule {
    const char *device, *region; /* "x*": what begins so; region NULL: all */
    uint16_t first, last;        /* offsets */
    int16_t select[2];           /* only with these in the index register; -1: always */
    uint8_t ignore;              /* bits that are not compared */
    uint8_t done;                /* bits that may be set early, and are waited for */
    uint8_t busy;                /* bits during which nothing is compared, and waited for */
    const char *why;
};

static const struct rule table[] = {
    {"i8254", "pit", 0, 3, {-1, 0}, 0xff, 0, 0, "counters run with the host's time"},
    {"i8254", "port61", 0, 0, {-1, 0}, 0x30, 0, 0, "refresh toggle and OUT2"},
    {"hpet", NULL, 0xf0, 0xf7, {-1, 0}, 0xff, 0, 0, "main counter"},
    {"hpet", NULL, 0x20, 0x27, {-1, 0}, 0xff, 0, 0, "interrupt status"},
    {"PIIX4_PM", NULL, 8, 11, {-1, 0}, 0xff, 0, 0, "power management timer"},
    {"PIIX4_PM", NULL, 0, 1, {-1, 0}, 0x01, 0, 0, "its overflow, the power button"},
    {"mc146818rtc", NULL, 1, 1, {0x00, 0x0a}, 0xff, 0, 0, "time, update in progress"},
    {"mc146818rtc", NULL, 1, 1, {0x0c, 0x0c}, 0xff, 0, 0, "interrupt flags"},
    {"mc146818rtc", NULL, 1, 1, {0x32, 0x32}, 0xff, 0, 0, "century"},
    {"i8259", NULL, 0, ALL, {-1, 0}, 0xff, 0, 0, "no CPU acknowledges interrupts"},
    {"ioapic", NULL, 0x11, 0x11, {-1, 0}, 0x50, 0, 0, "delivery status, remote IRR"},
    {"VGA", "vga-status", 0, ALL, {-1, 0}, 0x09, 0, 0, "retrace"},
    {"VGA", "vga-mmio", 0x41a, 0x41a, {-1, 0}, 0x09, 0, 0, "retrace"},
    {"VGA", "vga-window*", 0, ALL, {-1, 0}, 0xff, 0, 0, "video memory is also written directly"},
    {"isa-serial", NULL, 5, 5, {-1, 0}, 0, 0x60, 0, "transmitter empty"},
    {"piix3-ide", "ide-primary", 7, 7, {-1, 0}, 0, 0, 0x80, "BSY"},
    {"piix3-ide", "ide-secondary", 7, 7, {-1, 0}, 0, 0, 0x80, "BSY"},
    {"piix3-ide", "ide-primary-control", 0, 0, {-1, 0}, 0, 0, 0x80, "BSY"},
    {"piix3-ide", "ide-secondary-control", 0, 0, {-1, 0}, 0, 0, 0x80, "BSY"},
    {"piix3-ide", "ide-busmaster", 2, 2, {-1, 0}, 0, 0x04, 0x01, "active, interrupt"},
    {"piix3-ide", "ide-busmaster", 10, 10, {-1, 0}, 0, 0x04, 0x01, "active, interrupt"},
    {"i8042", "i8042-command", 0, 0, {-1, 0}, 0, 0x21, 0, "output buffer full"},
    {"ne2k_*", NULL, 7, 7, {0x00, 0x3f}, 0, 0x7f, 0, "ISR"},
    {"rtl8139", NULL, 0x3e, 0x3f, {-1, 0}, 0, 0xff, 0, "ISR"},
    {"e1000", NULL, 0xc0, 0xc3, {-1, 0}, 0, 0xff, 0, "ICR"},
};

struct ignored {
    char *device;
    uint64_t range[2];
};

static void free_ignored(gpointer p)
{
    struct ignored *i = p;

    g_free(i->device);
    g_free(i);
}

void rules_init(struct rules *u)
{
    *u = (struct rules){.strict = false};
    u->ignore = g_ptr_array_new_with_free_func(free_ignored);
}

void rules_clear(struct rules *u)
{
    g_ptr_array_free(u->ignore, TRUE);
}

bool rules_ignore(struct rules *u, const char *text)
{
    struct ignored *i = g_new0(struct ignored, 1);
    const char *colon = strrchr(text, ':');

    i->device = colon ? g_strndup(text, (gsize)(colon - text)) : g_strdup(text);
    i->range[1] = UINT64_MAX;
    if (!i->device[0] || (colon && !filter_range(colon + 1, i->range))) {
        free_ignored(i);
        return false;
    }
    g_ptr_array_add(u->ignore, i);
    return true;
}

void rules_follow(struct rules *u, const struct trace_record *r)
{
    uint64_t v;

    if (!r->write || !r->len) {
        return;
    }
    v = trace_element(r, r->len / r->width - 1);
    if (r->addr == r->name->base) {
        /* bit 7 of port 70h is the NMI mask */
        u->select[r->name_number] = strcmp(r->name->region, "rtc") == 0 ? v & 0x7f : (uint8_t)v;
    }
    if (r->memory) {
        return;
    }
    switch (r->addr) {
    case 0x70:
        u->cmos = v & 0x7f;
        break;
    case 0xcf8:
        u->pci = r->width == 4 ? (uint32_t)v : u->pci;
        break;
    case 0x510:
        u->fw_cfg = (uint16_t)v;
        break;
    case 0x1ce:
        u->dispi = (uint16_t)v;
        break;
    case 0x3c4:
        u->seq = (uint8_t)v;
        break;
    case 0x3ce:
        u->gc = (uint8_t)v;
        break;
    case 0x3b4:
    case 0x3d4:
        u->crtc = (uint8_t)v;
        break;
    }
}

char *rules_selected(const struct rules *u, const struct trace_record *r)
{
    switch (r->memory ? 0 : r->addr) {
    case 0x71:
        return g_strdup_printf(" (CMOS 0x%02x)", u->cmos);
    case 0xcfc:
    case 0xcfd:
    case 0xcfe:
    case 0xcff:
        return g_strdup_printf(" (PCI %02x:%02x.%x register 0x%02x)", u->pci >> 16 & 0xff,
                               u->pci >> 11 & 31, u->pci >> 8 & 7,
                               (u->pci & 0xfc) + ((unsigned)r->addr & 3));
    case 0x511:
        return g_strdup_printf(" (fw_cfg key 0x%04x)", u->fw_cfg);
    case 0x1cf:
    case 0x1d0:
        return g_strdup_printf(" (index 0x%02x)", u->dispi);
    case 0x3c5:
        return g_strdup_printf(" (index 0x%02x)", u->seq);
    case 0x3cf:
        return g_strdup_printf(" (index 0x%02x)", u->gc);
    case 0x3b5:
    case 0x3d5:
        return g_strdup_printf(" (index 0x%02x)", u->crtc);
    default:
        return g_strdup("");
    }
}

static bool is_like(const char *pattern, const char *name)
{
    size_t n = pattern ? strlen(pattern) : 0;

    if (!pattern) {
        return true;
    }
    return pattern[n - 1] == '*' ? strncmp(pattern, name, n - 1) == 0 : strcmp(pattern, name) == 0;
}

static bool user_ignores(const struct rules *u, const struct trace_name *n, uint64_t offset)
{
    for (guint i = 0; i < u->ignore->len; i++) {
        const struct ignored *g = g_ptr_array_index(u->ignore, i);

        if (filter_names(g->device, n) && offset >= g->range[0] && offset <= g->range[1]) {
            return true;
        }
    }
    return false;
}

bool rules_ignored(const struct rules *u, const struct trace_record *r)
{
    return user_ignores(u, r->name, 0);
}

/* The rules for one byte at an offset: bits to ignore, to wait for, of business. */
static void masks(const struct rules *u, const struct trace_record *r, uint64_t offset,
                  uint8_t out[3])
{
    const struct trace_name *n = r->name;
    uint8_t select = u->select[r->name_number];

    memset(out, 0, 3);
    if (user_ignores(u, n, offset)) {
        out[0] = 0xff;
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(table) && !u->strict; i++) {
        const struct rule *t = &table[i];

        if (is_like(t->device, n->device) && is_like(t->region, n->region) && offset >= t->first &&
            (offset <= t->last || t->last == ALL) &&
            (t->select[0] < 0 || (select >= t->select[0] && select <= t->select[1]))) {
            out[0] |= t->ignore;
            out[1] |= t->done;
            out[2] |= t->busy;
        }
    }
}

enum verdict rules_judge(const struct rules *u, const struct trace_record *r, uint32_t i,
                         uint64_t got)
{
    uint64_t want = trace_element(r, i), ignore = 0, done = 0, busy = 0, diff = want ^ got;
    uint64_t offset = r->addr - r->name->base + (r->memory ? (uint64_t)i * r->width : 0);

    if (!diff) {
        return SAME;
    }
    for (unsigned b = 0; b < r->width; b++) {
        uint8_t m[3];

        masks(u, r, offset + b, m);
        ignore |= (uint64_t)m[0] << (8 * b);
        done |= (uint64_t)m[1] << (8 * b);
        busy |= (uint64_t)m[2] << (8 * b);
    }
    diff &= ~ignore;
    if (!diff) {
        return IGNORED;
    }
    if (want & busy) {
        return TOO_EARLY;
    }
    if (got & busy) {
        return TOO_LATE;
    }
    if (diff & ~done) {
        return DIFFERENT;
    }
    return diff & want ? TOO_LATE : TOO_EARLY;
}

void rules_print(FILE *out)
{
    fprintf(out, "%-34s offset     ignored awaited busy  what\n", "device, region");
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        const struct rule *t = &table[i];
        g_autofree char *where = g_strdup_printf("%s %s", t->device, t->region ? t->region : "");

        fprintf(out, "%-34s", where);
        if (t->last == ALL) {
            fprintf(out, " all       ");
        } else if (t->last == t->first) {
            fprintf(out, " 0x%-8x", t->first);
        } else {
            fprintf(out, " 0x%02x-0x%-4x", t->first, t->last);
        }
        fprintf(out, " %02x      %02x      %02x    %s", t->ignore, t->done, t->busy, t->why);
        if (t->select[0] >= 0) {
            fprintf(out, " (index 0x%02x to 0x%02x)", (unsigned)t->select[0],
                    (unsigned)t->select[1]);
        }
        fputc('\n', out);
    }
}
