/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host back ends of disks: image formats and host I/O. Loop thread. */
#ifndef BLOCK_BLOCK_H
#define BLOCK_BLOCK_H

#include "core/disk.h"
#include "core/keyval.h"

/*
 * Open the image named by "file" in kv and make a disk called `id`. Takes file, format (only "raw"
 * so far; never guessed), readonly / read-only, and the caching keys it knows; leaves the others
 * (if, index, media, id ...) to the caller, who finishes kv. Image locked as QEMU does.
 */
struct disk *block_open(struct keyval *kv, const char *id, GError **error);

#endif
