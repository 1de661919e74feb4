/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading traces (core/trace_format.h). The file may come from anybody and may be written to while
 * it is read: everything is copied before it is checked, and nothing in it is trusted.
 */
#ifndef TOOLS_TRACE_FILE_H
#define TOOLS_TRACE_FILE_H

#include "core/cpu_regs.h"
#include "core/trace_format.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_file {
    const uint8_t *data;
    size_t size;
    bool mapped;
    struct trace_header header;
    struct trace_name *names; /* TRACE_NAMES of them, printable */
    GPtrArray *config;        /* char *: working directory, options */
    uint64_t first, head;     /* slots that can be there: [first, head) */
    uint64_t at;              /* of the next record */
    uint64_t lost;            /* slots that were unfinished, or made no sense */
};

struct trace_record {
    uint64_t slot; /* where it begins: its number in `-s` and messages */
    enum trace_type type;
    bool memory, write, cut;
    unsigned width; /* of an access */
    uint8_t cpu;    /* TRACE_CPU_NONE: none */
    uint64_t time;
    uint64_t addr, value;
    uint32_t count;
    uint32_t len; /* bytes of data */
    const struct trace_name *name;
    unsigned name_number;
    uint8_t data[TRACE_DATA_MAX];
};

/* NULL with an error that names the file. */
struct trace_file *trace_file_open(const char *path, GError **error);
/* The same for bytes in memory, which must stay. `name` is for the error. */
struct trace_file *trace_file_from(const uint8_t *data, size_t size, const char *name,
                                   GError **error);
void trace_file_free(struct trace_file *f);

/* Did the ring go round? Then the oldest records are missing. */
bool trace_file_wrapped(const struct trace_file *f);

/* The next record; false at the end. */
bool trace_file_next(struct trace_file *f, struct trace_record *r);
void trace_file_rewind(struct trace_file *f);
/* The record that begins at a slot, as it was given by trace_file_next(). */
bool trace_file_at(struct trace_file *f, uint64_t slot, struct trace_record *r);

/* An access's element i, i below len / width. */
uint64_t trace_element(const struct trace_record *r, uint32_t i);

/* A register of TRACE_REGS: enum cpu_reg. */
uint64_t trace_reg(const struct trace_record *r, unsigned reg);

/* What a record is about: "mc146818rtc rtc+0x1"; g_free. */
char *trace_register(const struct trace_record *r);

#endif
