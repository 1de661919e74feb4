/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which records are wanted, and printing them. */
#ifndef TOOLS_TRACE_FILTER_H
#define TOOLS_TRACE_FILTER_H

#include "tests/tools/trace/file.h"

#include <stdio.h>

struct filter {
    char **devices;            /* NULL: all; class, id, region or link */
    uint64_t port[2], addr[2]; /* inclusive */
    bool ports, addrs;         /* only these */
    int cpu;                   /* -1: all */
    bool reads, writes;        /* only these; neither: all */
    uint64_t from, to;         /* guest ns, inclusive */
};

bool filter_wants(const struct filter *f, const struct trace_record *r);

/* "A" or "A-B", decimal or 0x; false when it is neither. */
bool filter_range(const char *text, uint64_t range[2]);
/* Seconds with up to nine digits behind the point, as printed. */
bool filter_time(const char *text, uint64_t *ns);

/* Does a pattern "DEVICE", or one of its other names, mean this record? */
bool filter_names(const char *pattern, const struct trace_name *n);

void print_header(const struct trace_file *f, FILE *out);
void print_record(const struct trace_record *r, FILE *out);
/* Count, bytes and time of each register. */
void print_sum(struct trace_file *f, const struct filter *filter, FILE *out);

#endif
