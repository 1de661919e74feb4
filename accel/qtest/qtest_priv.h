/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the qtest backend: the session of qtest.c as the commands of qtest_proto.c see it. */
#ifndef ACCEL_QTEST_QTEST_PRIV_H
#define ACCEL_QTEST_QTEST_PRIV_H

#include "accel/accel.h"
#include "core/clock.h"
#include "core/cpu_regs.h"
#include "core/irq.h"
#include "core/line.h"
#include "core/space.h"

#include <stdio.h>

/* The longest line taken; what one read may answer, one write bring, is less. */
#define QTEST_LINE_MAX (16u << 20)
/* No new command is begun while more than this waits to be sent. */
#define QTEST_OUT_HIGH 65536u
/* Beyond this, announcements of lines are dropped; answers never are. */
#define QTEST_OUT_MAX (16u << 20)
#define QTEST_READ_MAX (8u << 20)
/* Steps of the clock end here: ten years of guest time. */
#define QTEST_CLOCK_MAX (UINT64_C(10) * 366 * 86400 * NS_PER_SEC)

struct qtest_session {
    struct space *ports, *mem;
    struct clock *clock;
    struct irq_line *gsi;
    struct line *line;
    char *line_name; /* the line may go first: it is looked up again */
    FILE *log;       /* NULL: none */
    int64_t start_us;

    GByteArray *in; /* what is not a whole line yet, or waits for room in `out` */
    guint in_done;  /* bytes of it that were dealt with */
    bool skipping;  /* an over-long line is on its way through */
    bool busy;      /* a command runs */

    GMutex out_lock; /* leaf: lines may change on any thread */
    GByteArray *out;
    guint out_done;
    uint64_t dropped;

    struct cpu_regs regs; /* what devices find; as they left them */

    bool announce;                  /* irq_intercept_in is on */
    bool level[ACCEL_GSIS];         /* as announced */
    struct irq_pin pin[ACCEL_GSIS]; /* of set_irq_in */
};

/* Run one command line (without its newline; changed by this) and queue the answer. */
void qtest_command(struct qtest_session *s, char *line);

/* The command "host"; words are those behind it. */
void qtest_host(struct qtest_session *s, char *const *words, unsigned n);

/* Queue one line, newline included in `fmt`; logged. */
void qtest_send(struct qtest_session *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* The same for a long text, whose newline is added here. */
void qtest_send_text(struct qtest_session *s, const char *text, size_t len);

#endif
