/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A writer of ACPI Machine Language. Terms are appended in the order in which they are to appear;
 * what has a length is opened with an _open function and closed with aml_close(). See aml.c.
 */
#ifndef HW_PC_AML_H
#define HW_PC_AML_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define AML_DEPTH 16

/* Opcodes that are used as they are */
#define AML_ZERO 0x00
#define AML_STORE 0x70
#define AML_LOCAL0 0x60
#define AML_LOCAL1 0x61
#define AML_ARG0 0x68
#define AML_AND 0x7b
#define AML_OR 0x7d
#define AML_NOTIFY 0x86
#define AML_CREATE_DWORD_FIELD 0x8a
#define AML_LLESS 0x95
#define AML_RETURN 0xa4
/* Address spaces of an operation region */
#define AML_SYSTEM_IO 1
#define AML_PCI_CONFIG 2

struct aml {
    GByteArray *out;
    struct {
        guint at;    /* where the package length goes */
        uint8_t end; /* AML_END_ */
    } open[AML_DEPTH];
    unsigned depth;
};

void aml_init(struct aml *a);
/* The bytes; g_byte_array_unref. Everything must be closed. */
GByteArray *aml_finish(struct aml *a);

/* -- terms without a length -- */
void aml_op(struct aml *a, uint8_t op);
void aml_int(struct aml *a, uint64_t v);
void aml_string(struct aml *a, const char *text);
/* A name or path, "_HID" "PCI0.ISA" "\\_SB.LNKA"; segments of fewer than 4 characters are padded. */
void aml_name(struct aml *a, const char *path);
/* An integer holding a compressed EISA id, "PNP0A03". */
void aml_eisaid(struct aml *a, const char *id);
/* Name(path, ...): the object follows. */
void aml_def_name(struct aml *a, const char *path);
void aml_name_int(struct aml *a, const char *path, uint64_t v);
void aml_name_eisaid(struct aml *a, const char *path, const char *id);
void aml_region(struct aml *a, const char *name, uint8_t space, uint64_t offset, uint64_t len);

/* -- terms with a length; each is closed with aml_close() -- */
void aml_scope_open(struct aml *a, const char *path);
void aml_device_open(struct aml *a, const char *name);
void aml_processor_open(struct aml *a, const char *name, uint8_t id);
void aml_method_open(struct aml *a, const char *name, unsigned args, bool serialized);
void aml_package_open(struct aml *a, unsigned elements);
void aml_if_open(struct aml *a); /* the predicate follows */
/* Byte access, no lock, preserve. Then fields by name and width in bits, "" for a gap. */
void aml_field_open(struct aml *a, const char *region);
/* The same, but in dwords that are written whole. */
void aml_field_dwords_open(struct aml *a, const char *region);
void aml_field(struct aml *a, const char *name, unsigned bits);
void aml_close(struct aml *a);

/* -- resource templates: opened, filled, closed -- */
void aml_resources_open(struct aml *a);
void aml_res_io(struct aml *a, uint16_t base, uint8_t len);
void aml_res_irq(struct aml *a, unsigned irq);
/* A level, active high, shared interrupt of the PCI links. */
void aml_res_interrupt(struct aml *a, const uint32_t *irqs, unsigned n);
void aml_res_bus(struct aml *a, uint16_t first, uint16_t last);
void aml_res_io_window(struct aml *a, uint16_t first, uint16_t last);
void aml_res_mem_window(struct aml *a, uint32_t first, uint32_t last);
void aml_res_mem_fixed(struct aml *a, uint32_t base, uint32_t len);

#endif
