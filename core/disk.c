/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks between drive and back end: see disk.h. */
#include "core/disk.h"

#include "core/clock.h"
#include "core/device.h"
#include "core/stats.h"

#include <errno.h>
#include <string.h>
#include <time.h>

struct disk {
    char *name;
    struct device *dev;
    const struct disk_ops *ops; /* NULL: no medium */
    void *opaque;
    uint64_t size;
    bool readonly;
    char *file, *format, *serial;
    struct disk_geometry geometry;
    struct stats_disk *stats, own; /* counters atomic */
    /* as in struct disk_stats, atomic, too */
    uint64_t ns[3], failed[3], write_end, last;
};

static GPtrArray *disks;

static void count(uint64_t *field, uint64_t n)
{
    __atomic_fetch_add(field, n, __ATOMIC_RELAXED);
}

struct disk *disk_new(const char *name)
{
    struct disk *d;

    if (disk_find(name)) {
        return NULL;
    }
    d = g_new0(struct disk, 1);
    d->name = g_strdup(name);
    d->stats = stats_disk(name);
    if (!d->stats) {
        d->stats = &d->own;
    }
    d->serial = g_strdup("");
    if (!disks) {
        disks = g_ptr_array_new();
    }
    g_ptr_array_add(disks, d);
    return d;
}

struct disk *disk_find(const char *name)
{
    for (guint i = 0; disks && i < disks->len; i++) {
        struct disk *d = g_ptr_array_index(disks, i);

        if (strcmp(d->name, name) == 0) {
            return d;
        }
    }
    return NULL;
}

void disk_each(void (*fn)(struct disk *d, void *opaque), void *opaque)
{
    for (guint i = 0; disks && i < disks->len; i++) {
        fn(g_ptr_array_index(disks, i), opaque);
    }
}

const char *disk_name(const struct disk *d)
{
    return d->name;
}

void disk_free(struct disk *d)
{
    disk_eject(d);
    g_ptr_array_remove(disks, d);
    g_free(d->serial);
    g_free(d->name);
    g_free(d);
}

void disk_free_all(void)
{
    while (disks && disks->len) {
        disk_free(g_ptr_array_index(disks, disks->len - 1));
    }
}

/* -- host side -- */

void disk_insert(struct disk *d, const struct disk_ops *ops, void *opaque, uint64_t size,
                 bool readonly, const char *file, const char *format)
{
    disk_eject(d);
    d->opaque = opaque;
    d->size = size;
    d->readonly = readonly;
    d->file = g_strdup(file);
    d->format = g_strdup(format);
    d->ops = ops;
}

void disk_eject(struct disk *d)
{
    const struct disk_ops *ops = d->ops;

    d->ops = NULL;
    d->size = 0;
    if (ops) {
        ops->close(d->opaque);
    }
    g_clear_pointer(&d->file, g_free);
    g_clear_pointer(&d->format, g_free);
}

static void finish(void *opaque)
{
    struct disk_request *req = opaque;
    struct device *dev = req->disk->dev;

    if (dev) {
        device_enter(dev);
    }
    req->busy = false;
    req->done(req->opaque, req, req->error);
    if (dev) {
        device_leave(dev);
    }
}

uint64_t disk_host_time(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void count_time(struct disk *d, enum disk_op op, uint64_t started)
{
    uint64_t now = disk_host_time();

    count(&d->ns[op], now - started);
    __atomic_store_n(&d->last, now, __ATOMIC_RELAXED);
}

static void count_done(struct disk *d, enum disk_op op, uint64_t offset, uint32_t len)
{
    struct stats_disk *s = d->stats;
    uint64_t end = __atomic_load_n(&d->write_end, __ATOMIC_RELAXED);

    switch (op) {
    case DISK_READ:
        count(&s->reads, 1);
        count(&s->read_bytes, len);
        break;
    case DISK_WRITE:
        count(&s->writes, 1);
        count(&s->write_bytes, len);
        while (end < offset + len &&
               !__atomic_compare_exchange_n(&d->write_end, &end, offset + len, true,
                                            __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        }
        break;
    case DISK_FLUSH:
        count(&s->flushes, 1);
        break;
    }
}

void disk_complete(struct disk_request *req, int error)
{
    struct disk *d = req->disk;

    req->error = error;
    count_time(d, req->op, req->started);
    if (error) {
        count(&d->stats->errors, 1);
        count(&d->failed[req->op], 1);
    } else {
        count_done(d, req->op, req->offset, req->length);
    }
    loop_kick(&req->complete);
}

const char *disk_file(const struct disk *d)
{
    return d->file;
}

const char *disk_format(const struct disk *d)
{
    return d->format;
}

void disk_set_geometry(struct disk *d, const struct disk_geometry *g)
{
    d->geometry = *g;
}

void disk_set_serial(struct disk *d, const char *serial)
{
    g_free(d->serial);
    d->serial = g_strdup(serial);
}

/* -- guest side -- */

bool disk_attach(struct disk *d, struct device *dev)
{
    if (d->dev) {
        return false;
    }
    d->dev = dev;
    stats_name_device(d->stats->device, dev);
    return true;
}

void disk_detach(struct disk *d)
{
    d->dev = NULL;
    stats_name_device(d->stats->device, NULL);
}

struct device *disk_device(const struct disk *d)
{
    return d->dev;
}

bool disk_present(const struct disk *d)
{
    return d->ops != NULL;
}

uint64_t disk_size(const struct disk *d)
{
    return d->size;
}

bool disk_readonly(const struct disk *d)
{
    return d->readonly;
}

struct disk_geometry disk_geometry(const struct disk *d)
{
    return d->geometry;
}

const char *disk_serial(const struct disk *d)
{
    return d->serial;
}

struct disk_stats disk_stats(const struct disk *d)
{
    struct disk_stats s;

    s.reads = __atomic_load_n(&d->stats->reads, __ATOMIC_RELAXED);
    s.writes = __atomic_load_n(&d->stats->writes, __ATOMIC_RELAXED);
    s.flushes = __atomic_load_n(&d->stats->flushes, __ATOMIC_RELAXED);
    s.read_bytes = __atomic_load_n(&d->stats->read_bytes, __ATOMIC_RELAXED);
    s.write_bytes = __atomic_load_n(&d->stats->write_bytes, __ATOMIC_RELAXED);
    s.errors = __atomic_load_n(&d->stats->errors, __ATOMIC_RELAXED);
    for (unsigned op = 0; op < G_N_ELEMENTS(s.ns); op++) {
        s.ns[op] = __atomic_load_n(&d->ns[op], __ATOMIC_RELAXED);
        s.failed[op] = __atomic_load_n(&d->failed[op], __ATOMIC_RELAXED);
    }
    s.write_end = __atomic_load_n(&d->write_end, __ATOMIC_RELAXED);
    s.last = __atomic_load_n(&d->last, __ATOMIC_RELAXED);
    return s;
}

void disk_request_init(struct disk_request *req, struct disk *d,
                       void (*done)(void *opaque, struct disk_request *req, int error),
                       void *opaque)
{
    *req = (struct disk_request){
        .disk = d, .done = done, .opaque = opaque, .started = disk_host_time()};
    loop_kick_init(&req->complete, finish, req);
}

static int check_range(const struct disk *d, enum disk_op op, uint64_t offset, uint64_t len)
{
    if (!d->ops) {
        return -ENOMEDIUM;
    }
    if (op == DISK_WRITE && d->readonly) {
        return -EROFS;
    }
    return op != DISK_FLUSH && (offset > d->size || len > d->size - offset) ? -ERANGE : 0;
}

void disk_submit(struct disk_request *req)
{
    struct disk *d = req->disk;
    int error = check_range(d, req->op, req->offset, req->length);

    req->busy = true;
    req->started = disk_host_time();
    if (error) {
        disk_complete(req, error);
    } else {
        d->ops->submit(d->opaque, req);
    }
}

int disk_read_now(struct disk *d, uint64_t offset, void *buf, uint32_t len)
{
    int error = check_range(d, DISK_READ, offset, len);
    uint64_t started = disk_host_time();

    if (!error) {
        error = d->ops->read_now ? d->ops->read_now(d->opaque, offset, buf, len) : -EAGAIN;
    }
    if (!error) {
        count_time(d, DISK_READ, started);
        count_done(d, DISK_READ, offset, len);
    }
    return error;
}

int disk_write_now(struct disk *d, uint64_t offset, const void *buf, uint32_t len)
{
    int error = check_range(d, DISK_WRITE, offset, len);
    uint64_t started = disk_host_time();

    if (!error) {
        error = d->ops->write_now ? d->ops->write_now(d->opaque, offset, buf, len) : -EAGAIN;
    }
    if (!error) {
        count_time(d, DISK_WRITE, started);
        count_done(d, DISK_WRITE, offset, len);
    }
    return error;
}
