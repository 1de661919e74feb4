/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole board in process, without a hypervisor, for tests of every device: it can be walked at
 * random by a seed, put aside and taken back as a snapshot.
 */
#ifndef TESTS_UNIT_WALK_H
#define TESTS_UNIT_WALK_H

#include "hw/pc/board.h"

struct world;
struct snapshot;

/* The board, and one of each class that a user can create, reset once. Fails the test on errors. */
struct world *world_new(void);
void world_free(struct world *w);
struct device *world_device(const struct world *w, const struct device_class *cls);
struct clock *world_clock(struct world *w);
struct pc *world_pc(struct world *w);
struct space *world_space(struct world *w, bool ports);
bool world_intr(const struct world *w); /* the PIC asks for the CPU */

/* Serve what waits in the loop; slow disks come a turn nearer to their end. */
void world_serve(struct world *w);
/* Until nothing waits. */
void world_drain(struct world *w);
/* The host's ends as they were in the beginning: no key held, no signal changed. */
void world_calm(struct world *w);
/* Frames that wait for a NIC to take them. They are no state. */
uint32_t world_frames(struct world *w);

/* Levels of all interrupt lines as bits; bit 31 is the PIC's INTR. */
uint32_t world_lines(struct world *w);

/* Everything that guests and devices can see; the loop is served first. */
struct snapshot *world_save(struct world *w);
void world_load(struct world *w, const struct snapshot *s);
const GByteArray *snapshot_device(const struct snapshot *s, guint i); /* in device_list() */
void snapshot_free(struct snapshot *s);

#define WALK_RAM (UINT64_C(4) << 20)
#define WALK_TRACE 32 /* steps remembered; a power of two */

enum walk_kind {
    WALK_NOTHING,
    WALK_READ,
    WALK_WRITE,
    WALK_READ_BLOCK,
    WALK_WRITE_BLOCK,
    WALK_CONFIG_READ,
    WALK_CONFIG_WRITE,
    WALK_CLOCK,
    WALK_OTHER, /* `name` says what */
};

/* One step, for people. */
struct walk_op {
    uint64_t step, at, value;
    const char *name; /* of a region, or what it was */
    enum walk_kind kind;
    unsigned width;
    uint32_t count;
};

/* A walk over one device. The same (seed, world state) gives the same steps. */
struct walk {
    struct world *w;
    struct device *d;
    uint64_t rng;
    uint64_t steps, accesses; /* the latter of regions */
    uint64_t digest;          /* of all answers */
    struct walk_op op[WALK_TRACE];
    GArray *log;    /* of struct walk_answer, or NULL */
    GPtrArray *own; /* regions that the device has mapped now */
};

struct walk_answer {
    uint64_t step;
    uint64_t value;
    struct walk_op op;
};

void walk_begin(struct walk *k, struct world *w, struct device *d, uint64_t seed, GArray *log);
void walk_step(struct walk *k);
void walk_end(struct walk *k);

/* Fill guest RAM with what devices could take for descriptors. */
void walk_fill_ram(struct walk *k);

/* A random number below n, of the walk's own. */
uint64_t walk_below(struct walk *k, uint64_t n);

/* Something was done besides the steps: for the trace. A literal. */
void walk_note(struct walk *k, const char *what);

/* The last step in words, valid until the next call. */
const char *walk_last(const struct walk *k);
const char *walk_words(const struct walk_op *op);

/* Print the last steps of the walk under way, if any, with the device's name first. */
void walk_trace(void);

#endif
