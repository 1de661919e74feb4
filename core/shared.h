/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that other processes may look at. */
#ifndef CORE_SHARED_H
#define CORE_SHARED_H

#include <stddef.h>

/*
 * Zeroed memory of a memfd that can be neither resized nor mapped for writing once more; *fd is -1
 * where there can be none, and the memory is ours alone. NULL: no memory at all.
 */
void *shared_new(const char *name, size_t size, int *fd);
void shared_free(void *p, size_t size, int fd);

#endif
