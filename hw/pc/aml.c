/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACPI Machine Language, from the grammar in ACPI 1.0b chapter 16 (2.0 and later: chapter 20), and
 * resource descriptors, 1.0b section 6.4. Only encodings of 1.0 are used: every system that knows
 * ACPI reads them.
 *
 * A package length counts itself, so it is inserted when the package is closed and its size known.
 * Names and nesting come from the board's own code; the limits hold for any input all the same.
 */
#include "hw/pc/aml.h"

#include "core/report.h"

#include <string.h>

#define BYTE_PREFIX 0x0a
#define WORD_PREFIX 0x0b
#define DWORD_PREFIX 0x0c
#define STRING_PREFIX 0x0d
#define QWORD_PREFIX 0x0e
#define ONE_OP 0x01
#define NAME_OP 0x08
#define SCOPE_OP 0x10
#define BUFFER_OP 0x11
#define PACKAGE_OP 0x12
#define METHOD_OP 0x14
#define DUAL_NAME_PREFIX 0x2e
#define MULTI_NAME_PREFIX 0x2f
#define EXT_PREFIX 0x5b
#define REGION_OP 0x80
#define FIELD_OP 0x81
#define DEVICE_OP 0x82
#define PROCESSOR_OP 0x83
#define IF_OP 0xa0
#define METHOD_SERIALIZED 0x08

#define FIELD_BYTE_ACCESS 0x01   /* no lock, preserve */
#define FIELD_DWORDS_ZEROED 0x43 /* dword access, no lock, the rest is written as zeros */

#define NAME_SEG 4
#define NAME_SEGS_MAX 8

#define RES_IRQ_NO_FLAGS 0x22
#define RES_IO 0x47
#define RES_IO_DECODE16 0x01
#define RES_END 0x79
#define RES_MEM32_FIXED 0x86
#define RES_DWORD_SPACE 0x87
#define RES_WORD_SPACE 0x88
#define RES_INTERRUPT 0x89
#define INTERRUPT_FLAGS 0x09 /* consumer, level, active high, shared */
#define SPACE_MEMORY 0
#define SPACE_IO 1
#define SPACE_BUS 2
#define SPACE_FIXED 0x0c  /* minimum and maximum fixed, positive decode, producer */
#define SPACE_IO_ALL 0x03 /* ISA and non-ISA ranges */
#define SPACE_MEM_RW 0x01 /* not cacheable, read and write */

enum { END_PLAIN, END_RESOURCES };

static void put(struct aml *a, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t b = (uint8_t)(v >> (8 * i));

        g_byte_array_append(a->out, &b, 1);
    }
}

void aml_init(struct aml *a)
{
    memset(a, 0, sizeof(*a));
    a->out = g_byte_array_new();
}

GByteArray *aml_finish(struct aml *a)
{
    if (a->depth) {
        report("ACPI: %u terms are not closed", a->depth);
    }
    return a->out;
}

/* -- lengths -- */

static void open_at(struct aml *a, uint8_t end)
{
    if (a->depth < AML_DEPTH) {
        a->open[a->depth].at = a->out->len;
        a->open[a->depth].end = end;
    }
    a->depth++;
}

static void insert(struct aml *a, guint at, const uint8_t *data, guint n)
{
    guint tail = a->out->len - at;

    g_byte_array_set_size(a->out, a->out->len + n);
    memmove(a->out->data + at + n, a->out->data + at, tail);
    memcpy(a->out->data + at, data, n);
}

/* PkgLength for a body of n bytes; returns its own size. */
static guint package_length(uint8_t enc[4], guint n)
{
    guint bytes = n + 1 <= 0x3f ? 1 : n + 2 <= 0xfff ? 2 : n + 3 <= 0xfffff ? 3 : 4;
    guint len = n + bytes;

    if (bytes == 1) {
        enc[0] = (uint8_t)len;
        return 1;
    }
    enc[0] = (uint8_t)((bytes - 1) << 6 | (len & 0xf));
    for (guint i = 1; i < bytes; i++) {
        enc[i] = (uint8_t)(len >> (4 + 8 * (i - 1)));
    }
    return bytes;
}

/* A resource template is a buffer: its size, as an integer, comes before its bytes. */
static void close_resources(struct aml *a, guint at)
{
    uint8_t size[3] = {WORD_PREFIX, 0, 0};
    guint n;

    put(a, RES_END, 1);
    put(a, 0, 1); /* checksum 0: not used */
    n = a->out->len - at;
    size[1] = (uint8_t)n;
    size[2] = (uint8_t)(n >> 8);
    insert(a, at, size, sizeof(size));
}

void aml_close(struct aml *a)
{
    uint8_t enc[4] = {0};
    guint at;

    if (a->depth == 0 || a->depth > AML_DEPTH) {
        report("ACPI: a term is closed that was not opened");
        return;
    }
    a->depth--;
    at = a->open[a->depth].at;
    if (a->open[a->depth].end == END_RESOURCES) {
        close_resources(a, at);
    }
    insert(a, at, enc, package_length(enc, a->out->len - at));
}

/* -- terms without a length -- */

void aml_op(struct aml *a, uint8_t op)
{
    put(a, op, 1);
}

void aml_int(struct aml *a, uint64_t v)
{
    if (v <= 1) {
        put(a, v ? ONE_OP : AML_ZERO, 1);
    } else if (v <= 0xff) {
        put(a, BYTE_PREFIX, 1);
        put(a, v, 1);
    } else if (v <= 0xffff) {
        put(a, WORD_PREFIX, 1);
        put(a, v, 2);
    } else if (v <= 0xffffffff) {
        put(a, DWORD_PREFIX, 1);
        put(a, v, 4);
    } else {
        put(a, QWORD_PREFIX, 1);
        put(a, v, 8);
    }
}

void aml_string(struct aml *a, const char *text)
{
    put(a, STRING_PREFIX, 1);
    g_byte_array_append(a->out, (const guint8 *)text, (guint)strlen(text) + 1);
}

static void name_seg(struct aml *a, const char *seg, size_t len)
{
    for (size_t i = 0; i < NAME_SEG; i++) {
        put(a, i < len ? (uint8_t)seg[i] : '_', 1);
    }
}

void aml_name(struct aml *a, const char *path)
{
    g_auto(GStrv) segs = NULL;
    guint n;

    while (*path == '\\' || *path == '^') {
        put(a, (uint8_t)*path++, 1);
    }
    segs = g_strsplit(path, ".", NAME_SEGS_MAX);
    n = g_strv_length(segs);
    if (n == 0) {
        put(a, 0, 1); /* NullName, after a root character */
    } else if (n == 2) {
        put(a, DUAL_NAME_PREFIX, 1);
    } else if (n > 2) {
        put(a, MULTI_NAME_PREFIX, 1);
        put(a, n, 1);
    }
    for (guint i = 0; i < n; i++) {
        name_seg(a, segs[i], strlen(segs[i]));
    }
}

void aml_eisaid(struct aml *a, const char *id)
{
    uint32_t v = 0;
    uint8_t be[4];

    for (unsigned i = 0; i < 3; i++) {
        v = v << 5 | ((uint32_t)(id[i] - '@') & 0x1f);
    }
    for (unsigned i = 3; i < 7; i++) {
        v = v << 4 | ((uint32_t)g_ascii_xdigit_value(id[i]) & 0xf);
    }
    for (unsigned i = 0; i < 4; i++) {
        be[i] = (uint8_t)(v >> (24 - 8 * i));
    }
    put(a, DWORD_PREFIX, 1);
    g_byte_array_append(a->out, be, sizeof(be));
}

void aml_def_name(struct aml *a, const char *path)
{
    put(a, NAME_OP, 1);
    aml_name(a, path);
}

void aml_name_int(struct aml *a, const char *path, uint64_t v)
{
    aml_def_name(a, path);
    aml_int(a, v);
}

void aml_name_eisaid(struct aml *a, const char *path, const char *id)
{
    aml_def_name(a, path);
    aml_eisaid(a, id);
}

void aml_region(struct aml *a, const char *name, uint8_t space, uint64_t offset, uint64_t len)
{
    put(a, EXT_PREFIX, 1);
    put(a, REGION_OP, 1);
    aml_name(a, name);
    put(a, space, 1);
    aml_int(a, offset);
    aml_int(a, len);
}

/* -- terms with a length -- */

void aml_scope_open(struct aml *a, const char *path)
{
    put(a, SCOPE_OP, 1);
    open_at(a, END_PLAIN);
    aml_name(a, path);
}

void aml_device_open(struct aml *a, const char *name)
{
    put(a, EXT_PREFIX, 1);
    put(a, DEVICE_OP, 1);
    open_at(a, END_PLAIN);
    aml_name(a, name);
}

void aml_processor_open(struct aml *a, const char *name, uint8_t id)
{
    put(a, EXT_PREFIX, 1);
    put(a, PROCESSOR_OP, 1);
    open_at(a, END_PLAIN);
    aml_name(a, name);
    put(a, id, 1);
    put(a, 0, 4); /* no processor block */
    put(a, 0, 1);
}

void aml_method_open(struct aml *a, const char *name, unsigned args, bool serialized)
{
    put(a, METHOD_OP, 1);
    open_at(a, END_PLAIN);
    aml_name(a, name);
    put(a, (args & 7) | (serialized ? METHOD_SERIALIZED : 0), 1);
}

void aml_package_open(struct aml *a, unsigned elements)
{
    put(a, PACKAGE_OP, 1);
    open_at(a, END_PLAIN);
    put(a, elements, 1);
}

void aml_if_open(struct aml *a)
{
    put(a, IF_OP, 1);
    open_at(a, END_PLAIN);
}

static void field_open(struct aml *a, const char *region, uint8_t flags)
{
    put(a, EXT_PREFIX, 1);
    put(a, FIELD_OP, 1);
    open_at(a, END_PLAIN);
    aml_name(a, region);
    put(a, flags, 1);
}

void aml_field_open(struct aml *a, const char *region)
{
    field_open(a, region, FIELD_BYTE_ACCESS);
}

void aml_field_dwords_open(struct aml *a, const char *region)
{
    field_open(a, region, FIELD_DWORDS_ZEROED);
}

/* The width is encoded as a package length that does not count itself. */
void aml_field(struct aml *a, const char *name, unsigned bits)
{
    if (*name) {
        name_seg(a, name, strlen(name));
    } else {
        put(a, 0, 1);
    }
    if (bits <= 0x3f) {
        put(a, bits, 1);
    } else {
        put(a, 0x40 | (bits & 0xf), 1);
        put(a, bits >> 4, 1);
    }
}

/* -- resources -- */

void aml_resources_open(struct aml *a)
{
    put(a, BUFFER_OP, 1);
    open_at(a, END_RESOURCES);
}

void aml_res_io(struct aml *a, uint16_t base, uint8_t len)
{
    put(a, RES_IO, 1);
    put(a, RES_IO_DECODE16, 1);
    put(a, base, 2);
    put(a, base, 2);
    put(a, 1, 1); /* alignment */
    put(a, len, 1);
}

void aml_res_irq(struct aml *a, unsigned irq)
{
    put(a, RES_IRQ_NO_FLAGS, 1);
    put(a, UINT64_C(1) << (irq & 15), 2);
}

void aml_res_interrupt(struct aml *a, const uint32_t *irqs, unsigned n)
{
    put(a, RES_INTERRUPT, 1);
    put(a, 2 + 4 * n, 2);
    put(a, INTERRUPT_FLAGS, 1);
    put(a, n, 1);
    for (unsigned i = 0; i < n; i++) {
        put(a, irqs[i], 4);
    }
}

/* An address space that the device hands on to what is below it. */
static void res_space(struct aml *a, unsigned bytes, uint8_t type, uint8_t specific, uint64_t first,
                      uint64_t last)
{
    put(a, bytes == 2 ? RES_WORD_SPACE : RES_DWORD_SPACE, 1);
    put(a, 3 + 5 * bytes, 2);
    put(a, type, 1);
    put(a, SPACE_FIXED, 1);
    put(a, specific, 1);
    put(a, 0, bytes); /* granularity */
    put(a, first, bytes);
    put(a, last, bytes);
    put(a, 0, bytes); /* translation */
    put(a, last - first + 1, bytes);
}

void aml_res_bus(struct aml *a, uint16_t first, uint16_t last)
{
    res_space(a, 2, SPACE_BUS, 0, first, last);
}

void aml_res_io_window(struct aml *a, uint16_t first, uint16_t last)
{
    res_space(a, 2, SPACE_IO, SPACE_IO_ALL, first, last);
}

void aml_res_mem_window(struct aml *a, uint32_t first, uint32_t last)
{
    res_space(a, 4, SPACE_MEMORY, SPACE_MEM_RW, first, last);
}

void aml_res_mem_fixed(struct aml *a, uint32_t base, uint32_t len)
{
    put(a, RES_MEM32_FIXED, 1);
    put(a, 9, 2);
    put(a, 0, 1); /* read only */
    put(a, base, 4);
    put(a, len, 4);
}
