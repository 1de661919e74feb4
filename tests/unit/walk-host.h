/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host ends for a board without a host: a disk in memory, a link that echoes, a line that swallows,
 * firmware that halts. The same requests are always answered in the same way: which sectors are
 * cached, slow or bad is a matter of their number.
 */
#ifndef TESTS_UNIT_WALK_HOST_H
#define TESTS_UNIT_WALK_HOST_H

#include "core/disk.h"
#include "core/line.h"
#include "core/link.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#define DISK_SIZE (UINT64_C(1) << 20)

struct memory_disk {
    struct disk *disk;
    uint8_t *data;
    GQueue *held; /* of struct held *, or NULL: requests end at once */
};

struct held {
    struct memory_disk *disk;
    struct disk_request *req;
    unsigned turns; /* of disks_serve() until it ends */
};

/* Odd sectors are not in the page cache, so that both paths are taken, and always the same. */
static inline bool cached(uint64_t offset)
{
    return (offset >> 9 & 1) == 0;
}

static inline bool bad(uint64_t offset)
{
    return (offset >> 9) % 191 == 101;
}

static inline void disk_do(struct memory_disk *m, struct disk_request *req)
{
    if (bad(req->offset) && req->op != DISK_FLUSH) {
        disk_complete(req, -EIO);
        return;
    }
    if (req->op == DISK_READ) {
        memcpy(req->buffer, m->data + req->offset, req->length);
    } else if (req->op == DISK_WRITE) {
        memcpy(m->data + req->offset, req->buffer, req->length);
    }
    disk_complete(req, 0);
}

static inline void disk_submit_op(void *opaque, struct disk_request *req)
{
    struct memory_disk *m = opaque;
    unsigned turns = (unsigned)((req->offset >> 9) % 7 * ((req->offset >> 9) % 5));

    if (m->held && turns) {
        struct held *h = g_new(struct held, 1);

        *h = (struct held){.disk = m, .req = req, .turns = turns};
        g_queue_push_tail(m->held, h);
    } else {
        disk_do(m, req);
    }
}

/* Another turn: what has waited long enough, or all, is done. */
static inline void disks_serve(GQueue *held, bool all)
{
    for (guint n = g_queue_get_length(held); n > 0; n--) {
        struct held *h = g_queue_pop_head(held);

        if (all || --h->turns == 0) {
            disk_do(h->disk, h->req);
            g_free(h);
        } else {
            g_queue_push_tail(held, h);
        }
    }
}

static inline int disk_read_op(void *opaque, uint64_t offset, void *buf, uint32_t len)
{
    struct memory_disk *m = opaque;

    if (!cached(offset) || bad(offset)) {
        return -EAGAIN;
    }
    memcpy(buf, m->data + offset, len);
    return 0;
}

static inline int disk_write_op(void *opaque, uint64_t offset, const void *buf, uint32_t len)
{
    struct memory_disk *m = opaque;

    if (!cached(offset) || bad(offset)) {
        return -EAGAIN;
    }
    memcpy(m->data + offset, buf, len);
    return 0;
}

static inline void disk_close_op(void *opaque)
{
    (void)opaque;
}

static const struct disk_ops disk_ops = {
    .submit = disk_submit_op,
    .read_now = disk_read_op,
    .write_now = disk_write_op,
    .close = disk_close_op,
};

/* What the NIC sends comes back to it. */
static inline void link_pending(void *opaque)
{
    struct link *l = opaque;
    const uint8_t *frame;
    uint32_t len;

    while ((frame = link_take(l, &len))) {
        uint8_t copy[LINK_FRAME_MAX];

        memcpy(copy, frame, len);
        link_take_done(l);
        link_deliver(l, copy, len);
    }
}

static const struct link_host_ops link_ops = {.pending = link_pending};

static inline void line_pending(void *opaque)
{
    uint8_t buf[256];

    while (line_take(opaque, buf, sizeof(buf))) {
    }
}

static const struct line_host_ops line_ops = {.pending = line_pending};

static inline struct line *make_line(const char *name)
{
    struct line *l = line_new(name);

    g_assert_nonnull(l);
    line_host_attach(l, &line_ops, l);
    return l;
}

static inline GBytes *firmware(void *opaque, const char *name, GError **error)
{
    bool bios = g_str_has_prefix(name, "bios");
    gsize size = bios ? 65536 : 8192;
    uint8_t *rom = g_malloc(size);

    (void)opaque;
    (void)error;
    memset(rom, 0xf4, size);
    if (!bios) { /* an option ROM: signature, length in 512-byte blocks */
        rom[0] = 0x55;
        rom[1] = 0xaa;
        rom[2] = (uint8_t)(size / 512);
    }
    return g_bytes_new_take(rom, size);
}

#endif
