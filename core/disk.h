/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk between a drive (IDE) and a host back end (block/). Offsets and lengths are bytes. Requests
 * are asynchronous; completion arrives in the loop thread with the device's lock held. For answers
 * out of the page cache there is a synchronous read that never blocks. A disk without back end says
 * "no medium" to everything (rule 10).
 *
 * A request owns its buffer until done() (rule 9): a device that resets bumps its own generation
 * and lets the stale completion fall through; it must not reuse the request before.
 */
#ifndef CORE_DISK_H
#define CORE_DISK_H

#include "core/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct device;
struct disk;

enum disk_op {
    DISK_READ,
    DISK_WRITE,
    DISK_FLUSH,
};

struct disk_request {
    /* filled in by the device */
    enum disk_op op;
    uint64_t offset;
    uint32_t length;
    uint8_t *buffer;     /* the device's own memory, not guest RAM */
    uint32_t generation; /* for the device's use */
    void (*done)(void *opaque, struct disk_request *req, int error); /* 0 or negative errno */
    void *opaque;
    /* the contract's own */
    struct disk *disk;
    uint64_t started; /* host time, ns */
    int error;
    bool busy; /* true from submit to done */
    struct loop_kick complete;
    void *backend;
};

struct disk_geometry {
    uint32_t cylinders, heads, sectors; /* 0: the device chooses */
};

struct disk_ops {
    /* Start a request, later call disk_complete() from any thread. Never blocks. */
    void (*submit)(void *opaque, struct disk_request *req);
    /* Read without blocking: 0, -EAGAIN when it would block, else negative errno. Any thread. */
    int (*read_now)(void *opaque, uint64_t offset, void *buf, uint32_t len);
    /* Write without blocking on the medium; the same answers. May be NULL. */
    int (*write_now)(void *opaque, uint64_t offset, const void *buf, uint32_t len);
    /* Wait for all requests, flush, free. Loop thread. */
    void (*close)(void *opaque);
};

/* Make a disk with no medium and enter it in the list; NULL when the name is taken. */
struct disk *disk_new(const char *name);
struct disk *disk_find(const char *name);
const char *disk_name(const struct disk *d);
void disk_free(struct disk *d);
void disk_free_all(void);
void disk_each(void (*fn)(struct disk *d, void *opaque), void *opaque);

/* -- host side; loop thread -- */

/* Insert a medium. `file` and `format` are for people; copied. */
void disk_insert(struct disk *d, const struct disk_ops *ops, void *opaque, uint64_t size,
                 bool readonly, const char *file, const char *format);
void disk_eject(struct disk *d);
/* End a request; from any thread. */
void disk_complete(struct disk_request *req, int error);
const char *disk_file(const struct disk *d);   /* NULL without medium */
const char *disk_format(const struct disk *d); /* "raw" */
void disk_set_geometry(struct disk *d, const struct disk_geometry *g);
void disk_set_serial(struct disk *d, const char *serial);

/* -- guest side -- */

/* Take the guest end. False when another drive has it. */
bool disk_attach(struct disk *d, struct device *dev);
void disk_detach(struct disk *d);
struct device *disk_device(const struct disk *d);

bool disk_present(const struct disk *d);
uint64_t disk_size(const struct disk *d);
bool disk_readonly(const struct disk *d);
struct disk_geometry disk_geometry(const struct disk *d);
const char *disk_serial(const struct disk *d); /* "" when unset */

/* Prepare a request once; then fill it in and submit. */
void disk_request_init(struct disk_request *req, struct disk *d,
                       void (*done)(void *opaque, struct disk_request *req, int error),
                       void *opaque);

/*
 * Start it. The range is checked against the medium; errors, too, arrive by done(). Must not be
 * busy. Leaf.
 */
void disk_submit(struct disk_request *req);

/* Page-cache answers: 0, -EAGAIN (submit instead), or another negative errno. Leaf. */
int disk_read_now(struct disk *d, uint64_t offset, void *buf, uint32_t len);
int disk_write_now(struct disk *d, uint64_t offset, const void *buf, uint32_t len);

struct disk_stats {
    uint64_t reads, writes, flushes, read_bytes, write_bytes, errors;
    uint64_t ns[3], failed[3]; /* by enum disk_op: time from submit to completion, errors */
    uint64_t write_end;        /* behind the last byte ever written */
    uint64_t last;             /* host time of the last completion, ns; 0: there was none */
};
uint64_t disk_host_time(void); /* what `last` is compared with */
struct disk_stats disk_stats(const struct disk *d);

#endif
