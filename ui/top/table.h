/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vmx-dm-top shows, as lines of text or as JSON. */
#ifndef UI_TOP_TABLE_H
#define UI_TOP_TABLE_H

#include "ui/top/machine.h"

enum line_style {
    LINE_PLAIN,
    LINE_HEAD, /* of a table */
    LINE_CHOSEN,
};

struct line {
    enum line_style style;
    char text[256];
};

enum sort { SORT_NAME, SORT_CPU, SORT_MODEL, SORT_EXITS, SORT_RSS, SORTS };
extern const char *const sort_names[]; /* NULL ended */

struct look {
    enum sort sort;
    bool windows; /* each window of a device by itself */
    bool total;   /* since the machine's start, not since the reading before */
};

/* The machines in the order that is asked for; elements are struct machine *. */
GPtrArray *table_order(const struct machines *all, enum sort sort);

/* Lines (struct line) are appended. The first of the machines' is the head. */
void table_machines(GArray *lines, const GPtrArray *order, const struct machine *chosen);
void table_details(GArray *lines, const struct machine *m, const struct look *look);

/* One object, one line. */
void table_json(GString *out, const GPtrArray *order, const struct look *look);

#endif
