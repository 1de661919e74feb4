/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that other processes may look at: see shared.h. */
#include "core/shared.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

void *shared_new(const char *name, size_t size, int *fd)
{
    void *p = MAP_FAILED;

    *fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*fd >= 0 && ftruncate(*fd, (off_t)size) == 0) {
        p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    }
    if (p == MAP_FAILED ||
        fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL)) {
        if (*fd >= 0) {
            close(*fd);
        }
        *fd = -1;
    }
    if (p == MAP_FAILED) {
        p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    return p == MAP_FAILED ? NULL : p;
}

void shared_free(void *p, size_t size, int fd)
{
    if (p) {
        munmap(p, size);
    }
    if (fd >= 0) {
        close(fd);
    }
}
