/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw images: a file or block device whose bytes are the disk's. */
#ifndef BLOCK_RAW_H
#define BLOCK_RAW_H

#include "block/io.h"

struct raw_options {
    const char *file;
    bool readonly;
    bool direct;   /* past the host's page cache */
    bool dsync;    /* every write is on the medium when it completes */
    bool no_flush; /* flushes are ignored */
    enum { RAW_LOCK_AUTO, RAW_LOCK_ON, RAW_LOCK_OFF } locking;
};

struct raw;

/* Open, lock and measure. The error names the file and the remedy. */
struct raw *raw_open(const struct raw_options *o, GError **error);

/* Bytes as the guest sees them: the file's length, rounded up to a sector. */
uint64_t raw_size(const struct raw *r);

/* For disk_insert(). */
extern const struct disk_ops raw_disk_ops;

/* image_lock.c: QEMU's locks on the image; false with its message. */
bool image_lock(int fd, const char *file, bool readonly, bool required, GError **error);

#define BLOCK_ERROR (block_error_quark())
GQuark block_error_quark(void);

#endif
