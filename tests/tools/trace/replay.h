/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaying a trace on a board without a CPU. */
#ifndef TOOLS_TRACE_REPLAY_H
#define TOOLS_TRACE_REPLAY_H

#include "tests/tools/trace/filter.h"
#include "tests/tools/trace/rules.h"

struct replay {
    struct trace_file *file;
    const char *program; /* vmx-dm */
    char **options;      /* in place of the recorded ones; NULL: those */
    struct rules rules;
    bool all; /* go on behind a difference */
    bool quiet;
};

/* Exit status: 0 no difference, 1 there is one, 2 it could not be done (said on stderr). */
int replay(struct replay *p);

/* -- the board's process: board.c -- */

struct board;

struct board *board_start(const char *program, char **args, const char *cwd, GError **error);
/* End it; how it ended, as a wait status. */
int board_end(struct board *b);
/*
 * Send command lines and take `n` answers, of which the last is returned, valid until the next
 * call; each is also given to `each` if there is one. NULL: the board has gone.
 */
const char *board_ask(struct board *b, const char *lines, unsigned n,
                      void (*each)(void *opaque, unsigned i, const char *answer), void *opaque);

/* -- its command line: config.c -- */

/*
 * Options for the replay of what was recorded: no back ends to the outside, private copies of the
 * disks in `dir` (NULL: the disks themselves, to look at the options only). From `given` words when not NULL. NULL with an error; g_strfreev.
 */
char **config_args(const struct trace_file *f, char **given, const char *dir, GError **error);
/* The recorded working directory if it is still there, else NULL. */
const char *config_cwd(const struct trace_file *f);

#endif
