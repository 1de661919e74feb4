/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which answers a replay compares. Some depend on the host: they are not compared at all, or not
 * all of their bits, or may come early or late. The table is in rules.c and in the man page.
 */
#ifndef TOOLS_TRACE_RULES_H
#define TOOLS_TRACE_RULES_H

#include "tests/tools/trace/file.h"

#include <stdio.h>

/* What the guest selected before: index registers, by the number of their region's name. */
struct rules {
    bool strict;       /* none of the table */
    GPtrArray *ignore; /* struct ignored, from the user */
    uint8_t select[TRACE_NAMES];
    /* for messages */
    uint32_t pci;
    uint16_t fw_cfg, dispi;
    uint8_t cmos, seq, gc, crtc;
};

enum verdict {
    SAME,
    IGNORED,   /* differs, but only where it may */
    TOO_EARLY, /* the board is ready, the recorded one was not yet */
    TOO_LATE,  /* the other way round: ask again */
    DIFFERENT,
};

void rules_init(struct rules *u);
void rules_clear(struct rules *u);
/* --ignore DEVICE[:OFFSET[-OFFSET]]; false when it is malformed. */
bool rules_ignore(struct rules *u, const char *text);

/* Follow the guest's index registers; for each access, before it. */
void rules_follow(struct rules *u, const struct trace_record *r);

/* Element i of a read was answered `got`. */
enum verdict rules_judge(const struct rules *u, const struct trace_record *r, uint32_t i,
                         uint64_t got);

/* Is all of this record ignored by the user? */
bool rules_ignored(const struct rules *u, const struct trace_record *r);

/* What an index register selects, as " (index 0x34)", or ""; g_free. */
char *rules_selected(const struct rules *u, const struct trace_record *r);

/* The table, for --help-ignored. */
void rules_print(FILE *out);

#endif
