/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw images: open and checks, reads and writes. Images are never mapped: a file that the host
 * cuts short answers with I/O errors, not with SIGBUS.
 *
 * A length that is no multiple of a sector is padded: the missing bytes read as zeros, and the
 * first write to the last sector makes the file whole, as QEMU does. Direct I/O goes through a
 * bounce buffer where offset, length or memory are not aligned as the file wants it.
 */
#include "block/raw.h"

#include "core/report.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SECTOR 512u
#define ALIGN_MAX 4096u
#define BOUNCE_BYTES (64u * 1024)

struct raw {
    struct io_target io; /* first */
    int fd;
    char *file;
    uint64_t size;
    uint64_t length; /* bytes that the file is meant to have; atomic */
    uint32_t align;  /* of direct I/O; 0: buffered */
    bool readonly, dsync, no_flush;
    bool dirty;                    /* written since the last flush; atomic */
    int no_read_now, no_write_now; /* the file system cannot; atomic */
    GMutex bounce_lock;            /* one read-modify-write at a time */
    uint8_t *bounce;
};

GQuark block_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-block");
}

/* -- bytes; worker threads -- */

/* All of it, or -EIO at the end of the file. */
static int read_full(int fd, uint64_t offset, uint8_t *buf, uint64_t len)
{
    while (len) {
        ssize_t n = pread(fd, buf, len, (off_t)offset);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? -errno : -EIO;
        }
        buf += n;
        offset += (uint64_t)n;
        len -= (uint64_t)n;
    }
    return 0;
}

static int write_full(int fd, uint64_t offset, const uint8_t *buf, uint64_t len)
{
    while (len) {
        ssize_t n = pwrite(fd, buf, len, (off_t)offset);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? -errno : -EIO;
        }
        buf += n;
        offset += (uint64_t)n;
        len -= (uint64_t)n;
    }
    return 0;
}

/* Direct: `want` bytes of an aligned range of `len` must be there. */
static int read_direct(int fd, uint64_t offset, uint8_t *buf, uint64_t len, uint64_t want)
{
    ssize_t n;

    do {
        n = pread(fd, buf, len, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return -errno;
    }
    return (uint64_t)n >= want ? 0 : -EIO;
}

static bool aligned(const struct raw *r, uint64_t offset, const void *buf, uint64_t len)
{
    return ((offset | len | (uintptr_t)buf) & (r->align - 1)) == 0;
}

/* `want` of the `len` bytes exist. */
static int read_bounced(struct raw *r, uint64_t offset, uint8_t *buf, uint64_t want)
{
    int error = 0;

    g_mutex_lock(&r->bounce_lock);
    while (want && !error) {
        uint64_t base = offset & ~(uint64_t)(r->align - 1);
        uint64_t skip = offset - base;
        uint64_t n = MIN(want, BOUNCE_BYTES - skip);
        uint64_t span = (skip + n + r->align - 1) & ~(uint64_t)(r->align - 1);

        error = read_direct(r->fd, base, r->bounce, span, skip + n);
        if (!error) {
            memcpy(buf, r->bounce + skip, n);
        }
        buf += n;
        offset += n;
        want -= n;
    }
    g_mutex_unlock(&r->bounce_lock);
    return error;
}

static int write_bounced(struct raw *r, uint64_t offset, const uint8_t *buf, uint64_t len)
{
    int error = 0;

    g_mutex_lock(&r->bounce_lock);
    while (len && !error) {
        uint64_t base = offset & ~(uint64_t)(r->align - 1);
        uint64_t skip = offset - base;
        uint64_t n = MIN(len, BOUNCE_BYTES - skip);
        uint64_t span = (skip + n + r->align - 1) & ~(uint64_t)(r->align - 1);

        if (n != span) {
            error = read_direct(r->fd, base, r->bounce, span, MIN(span, r->length - base));
        }
        if (!error) {
            memcpy(r->bounce + skip, buf, n);
            error = write_full(r->fd, base, r->bounce, span);
        }
        buf += n;
        offset += n;
        len -= n;
    }
    g_mutex_unlock(&r->bounce_lock);
    return error;
}

static uint64_t length_of(const struct raw *r)
{
    return __atomic_load_n(&r->length, __ATOMIC_ACQUIRE);
}

static int raw_read(struct raw *r, uint64_t offset, uint8_t *buf, uint64_t len)
{
    uint64_t length = length_of(r);
    uint64_t there = offset >= length ? 0 : MIN(len, length - offset);
    int error;

    if (r->align == 0) {
        error = read_full(r->fd, offset, buf, there);
    } else if (aligned(r, offset, buf, len) && there) {
        error = read_direct(r->fd, offset, buf, len, there);
    } else {
        error = read_bounced(r, offset, buf, there);
    }
    if (!error) {
        memset(buf + there, 0, len - there);
    }
    return error;
}

static void wrote(struct raw *r, uint64_t end)
{
    __atomic_store_n(&r->dirty, true, __ATOMIC_RELEASE);
    if (end > length_of(r)) {
        __atomic_store_n(&r->length, end, __ATOMIC_RELEASE);
    }
}

static int raw_write(struct raw *r, uint64_t offset, const uint8_t *buf, uint64_t len)
{
    int error = r->align == 0 || aligned(r, offset, buf, len) ? write_full(r->fd, offset, buf, len)
                                                              : write_bounced(r, offset, buf, len);

    if (!error) {
        wrote(r, offset + len);
    }
    return error;
}

static int raw_flush(struct raw *r)
{
    if (r->readonly || r->no_flush || !__atomic_exchange_n(&r->dirty, false, __ATOMIC_ACQ_REL)) {
        return 0;
    }
    if (fdatasync(r->fd) < 0) {
        int error = -errno;

        __atomic_store_n(&r->dirty, true, __ATOMIC_RELEASE);
        return error;
    }
    return 0;
}

static int work(struct io_target *t, const struct disk_request *req)
{
    struct raw *r = (struct raw *)t;

    switch (req->op) {
    case DISK_READ:
        return raw_read(r, req->offset, req->buffer, req->length);
    case DISK_WRITE:
        return raw_write(r, req->offset, req->buffer, req->length);
    default:
        return raw_flush(r);
    }
}

/* -- struct disk_ops -- */

static void raw_submit(void *opaque, struct disk_request *req)
{
    struct raw *r = opaque;

    io_submit(&r->io, req);
}

/* A short or refused answer leaves the work, and the errors, to a worker. */
static int now_result(ssize_t n, uint32_t len, int *unable)
{
    if (n == (ssize_t)len) {
        return 0;
    }
    if (n < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)) {
        __atomic_store_n(unable, 1, __ATOMIC_RELAXED);
    }
    return -EAGAIN;
}

static int raw_read_now(void *opaque, uint64_t offset, void *buf, uint32_t len)
{
    struct raw *r = opaque;
    struct iovec iov = {buf, len};
    uint64_t length = length_of(r);

    if (r->align || offset > length || len > length - offset ||
        __atomic_load_n(&r->no_read_now, __ATOMIC_RELAXED)) {
        return -EAGAIN;
    }
    return now_result(preadv2(r->fd, &iov, 1, (off_t)offset, RWF_NOWAIT), len, &r->no_read_now);
}

static int raw_write_now(void *opaque, uint64_t offset, const void *buf, uint32_t len)
{
    struct raw *r = opaque;
    struct iovec iov = {(void *)(uintptr_t)buf, len};
    int error;

    if (r->align || r->dsync || __atomic_load_n(&r->no_write_now, __ATOMIC_RELAXED)) {
        return -EAGAIN;
    }
    error = now_result(pwritev2(r->fd, &iov, 1, (off_t)offset, RWF_NOWAIT), len, &r->no_write_now);
    if (!error) {
        wrote(r, offset + len);
    }
    return error;
}

static void raw_free(struct raw *r)
{
    if (r->fd >= 0) {
        close(r->fd);
    }
    free(r->bounce);
    g_mutex_clear(&r->bounce_lock);
    g_free(r->file);
    g_free(r);
}

static void raw_close(void *opaque)
{
    struct raw *r = opaque;
    int error;

    io_drain(&r->io);
    error = raw_flush(r);
    if (error) {
        report("file=%s: the last writes did not reach the disk: %s", r->file, g_strerror(-error));
    }
    raw_free(r);
}

const struct disk_ops raw_disk_ops = {
    .submit = raw_submit,
    .read_now = raw_read_now,
    .write_now = raw_write_now,
    .close = raw_close,
};

/* -- opening -- */

static bool open_failed(const struct raw_options *o, int err, GError **error)
{
    const char *remedy;

    switch (err) {
    case ENOENT:
        remedy = "create it with: truncate -s 1G FILE";
        break;
    case EACCES:
    case EPERM:
        remedy = o->readonly ? "give this user the right to read it"
                             : "give this user the right to write it, or add readonly=on";
        break;
    case EROFS:
        remedy = "the file system is read-only: add readonly=on";
        break;
    case EISDIR:
        remedy = "name an image file or a block device";
        break;
    case EINVAL:
        remedy = o->direct ? "this file system has no direct I/O: use cache=writeback"
                           : "name an image file or a block device";
        break;
    default:
        remedy = "name an image file or a block device";
        break;
    }
    g_set_error(error, BLOCK_ERROR, 0, "file=%s cannot be opened: %s; %s", o->file, g_strerror(err),
                remedy);
    return false;
}

static bool complain(const struct raw_options *o, GError **error, const char *what)
{
    g_set_error(error, BLOCK_ERROR, 0, "file=%s %s", o->file, what);
    return false;
}

static bool open_file(struct raw *r, const struct raw_options *o, GError **error)
{
    /* no waiting for the other end of a pipe; for files it means nothing */
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (o->readonly ? O_RDONLY : O_RDWR) |
                (o->direct ? O_DIRECT : 0) | (o->dsync ? O_DSYNC : 0);
    struct stat st;

    do {
        r->fd = open(o->file, flags);
    } while (r->fd < 0 && errno == EINTR);
    if (r->fd < 0) {
        return open_failed(o, errno, error);
    }
    if (fstat(r->fd, &st) < 0) {
        return open_failed(o, errno, error);
    }
    if (S_ISDIR(st.st_mode)) {
        return open_failed(o, EISDIR, error);
    }
    if (S_ISBLK(st.st_mode)) {
        if (ioctl(r->fd, BLKGETSIZE64, &r->length) < 0) {
            return complain(o, error, "does not say its size: no medium, or not a disk");
        }
    } else if (S_ISREG(st.st_mode)) {
        r->length = (uint64_t)st.st_size;
    } else {
        return complain(o, error, "is neither a file nor a block device: name one");
    }
    if (r->length == 0) {
        return complain(o, error, "is empty: give it a size, as with truncate -s 1G FILE");
    }
    r->size = (r->length + SECTOR - 1) / SECTOR * SECTOR;
    return true;
}

/* What alignment does direct I/O want here? The smallest that a read of the start gets by with. */
static bool probe_direct(struct raw *r, const struct raw_options *o, GError **error)
{
    void *p = NULL;

    if (!o->direct) {
        return true;
    }
    if (posix_memalign(&p, ALIGN_MAX, BOUNCE_BYTES)) {
        return complain(o, error, "wants memory for cache=none, and there is none");
    }
    r->bounce = p;
    for (r->align = SECTOR; r->align <= ALIGN_MAX; r->align *= 2) {
        if (pread(r->fd, r->bounce, r->align, 0) >= 0) {
            break;
        }
    }
    if (r->align > ALIGN_MAX) {
        return complain(o, error, "cannot be read past the page cache: use cache=writeback");
    }
    if (r->align > SECTOR && r->length % r->align) {
        return complain(o, error,
                        "has a length that direct I/O cannot reach here: use cache=writeback");
    }
    return true;
}

struct raw *raw_open(const struct raw_options *o, GError **error)
{
    struct raw *r = g_new0(struct raw, 1);

    r->fd = -1;
    r->file = g_strdup(o->file);
    r->io.work = work;
    r->readonly = o->readonly;
    r->dsync = o->dsync;
    r->no_flush = o->no_flush;
    g_mutex_init(&r->bounce_lock);
    if (!open_file(r, o, error) || !probe_direct(r, o, error) ||
        (o->locking != RAW_LOCK_OFF &&
         !image_lock(r->fd, o->file, o->readonly, o->locking == RAW_LOCK_ON, error))) {
        raw_free(r);
        return NULL;
    }
    return r;
}

uint64_t raw_size(const struct raw *r)
{
    return r->size;
}
