/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Worker threads for what may block: one to four, made when first needed, shared by all images.
 * A target's requests start in order of submission and may overlap.
 */
#ifndef BLOCK_IO_H
#define BLOCK_IO_H

#include "core/disk.h"

struct io_target {
    /* In a worker: do it; returns what to complete it with. */
    int (*work)(struct io_target *t, const struct disk_request *req);
    /* the pool's own */
    struct disk_request *head, *tail; /* linked by req->backend */
    struct io_target *next;
    unsigned running;
    bool waiting; /* in the list of targets with requests */
};

/* Queue it. Any thread, any lock; never blocks, no allocation but a first thread. */
void io_submit(struct io_target *t, struct disk_request *req);

/* Wait until every request of the target has been completed. Loop thread. */
void io_drain(struct io_target *t);

#endif
