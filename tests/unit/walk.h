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

/* Serve what waits in the loop. */
void world_serve(struct world *w);

/* Levels of all interrupt lines as bits; bit 31 is the PIC's INTR. */
uint32_t world_lines(struct world *w);

/* Everything that guests and devices can see; the loop is served first. */
struct snapshot *world_save(struct world *w);
void world_load(struct world *w, const struct snapshot *s);
void snapshot_free(struct snapshot *s);

/* A walk over one device. The same (seed, world state) gives the same steps. */
struct walk {
    struct world *w;
    struct device *d;
    uint64_t rng;
    uint64_t steps, accesses; /* the latter of regions */
    char last[96];            /* the last step, for people */
    GArray *log;              /* of struct walk_answer, or NULL */
    GPtrArray *own;           /* regions that the device has mapped now */
};

struct walk_answer {
    uint64_t step;
    uint64_t value;
    char what[48];
};

void walk_begin(struct walk *k, struct world *w, struct device *d, uint64_t seed, GArray *log);
void walk_step(struct walk *k);
void walk_end(struct walk *k);

#endif
