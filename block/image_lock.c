/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Image locks as QEMU's programs take and respect them, so that two machines, or a machine and
 * qemu-img, do not write to one image: open-file-description locks, all shared, on single bytes.
 * Byte 100 + n says "this user does n", byte 200 + n says "this user bears nobody else doing n".
 * The bytes need not exist. The kernel drops them with the descriptor.
 */
#include "block/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define DOES_BASE 100
#define REFUSES_BASE 200

enum {
    PERM_READ = 0,
    PERM_WRITE = 1,
};

static const char *const perm_names[] = {"consistent read", "write"};

static int lock_byte(int fd, int cmd, short type, off_t byte, bool *held)
{
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    int r;

    do {
        r = fcntl(fd, cmd, &l);
    } while (r < 0 && errno == EINTR);
    if (held) {
        *held = r == 0 && l.l_type != F_UNLCK;
    }
    return r < 0 ? -errno : 0;
}

static bool refused(const char *file, const char *shared, int perm, GError **error)
{
    g_set_error(error, BLOCK_ERROR, 0,
                "Failed to get %s\"%s\" lock. Is another process using the image [%s]?", shared,
                perm_names[perm], file);
    return false;
}

bool image_lock(int fd, const char *file, bool readonly, bool required, GError **error)
{
    int top = readonly ? PERM_READ : PERM_WRITE;
    bool held;
    int r = 0;

    for (int p = PERM_READ; p <= top && !r; p++) {
        r = lock_byte(fd, F_OFD_SETLK, F_RDLCK, DOES_BASE + p, NULL);
    }
    if (!r) {
        r = lock_byte(fd, F_OFD_SETLK, F_RDLCK, REFUSES_BASE + PERM_WRITE, NULL);
    }
    if (r == -EAGAIN || r == -EACCES) {
        return refused(file, "", top, error);
    }
    if (r == -EINVAL && !required) {
        return true; /* a kernel without such locks */
    }
    if (r) {
        g_set_error(error, BLOCK_ERROR, 0,
                    "file=%s cannot be locked: %s; if no other process uses it, add locking=off",
                    file, g_strerror(-r));
        return false;
    }
    for (int p = PERM_READ; p <= top; p++) {
        lock_byte(fd, F_OFD_GETLK, F_WRLCK, REFUSES_BASE + p, &held);
        if (held) {
            return refused(file, "", p, error);
        }
    }
    lock_byte(fd, F_OFD_GETLK, F_WRLCK, DOES_BASE + PERM_WRITE, &held);
    return held ? refused(file, "shared ", PERM_WRITE, error) : true;
}
