/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest RAM by copy: see ram.h. */
#include "core/ram.h"

#include "core/device.h"
#include "core/space.h"
#include "core/trace.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Below this a block is plain memory of ours, and all of it there from the start, since nearly all
 * of it will be written: no file to make, no page faults.
 */
#define FILE_MIN (UINT64_C(1) << 20)

/* Size bytes with an untouchable page behind them. */
static void *map_guarded(struct ram_block *b)
{
    int prot = b->fd < 0 ? PROT_READ | PROT_WRITE : PROT_NONE;
    void *at =
        mmap(NULL, b->size + RAM_PAGE, prot,
             MAP_PRIVATE | MAP_ANONYMOUS | (b->fd < 0 ? MAP_POPULATE : MAP_NORESERVE), -1, 0);
    void *got;

    if (at == MAP_FAILED) {
        return at;
    }
    if (b->fd < 0) {
        got = mprotect((uint8_t *)at + b->size, RAM_PAGE, PROT_NONE) == 0 ? at : MAP_FAILED;
    } else {
        got = mmap(at, b->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE,
                   b->fd, 0);
    }
    if (got == MAP_FAILED) {
        int err = errno;

        munmap(at, b->size + RAM_PAGE);
        errno = err;
    }
    return got;
}

struct ram_block *ram_block_new(const char *name, uint64_t size, GError **error)
{
    struct ram_block *b = g_new0(struct ram_block, 1);

    b->name = g_strdup(name);
    b->size = size;
    b->fd = size < FILE_MIN ? -1 : memfd_create(name, MFD_CLOEXEC);
    if (size < FILE_MIN || (b->fd >= 0 && ftruncate(b->fd, (off_t)size) == 0)) {
        b->host = map_guarded(b);
        if (b->host != MAP_FAILED) {
            b->guarded = true;
            return b;
        }
    }
    g_set_error(error, DEVICE_ERROR, 0,
                "cannot get %" G_GUINT64_FORMAT " MiB of memory for %s: %s; try a smaller -m",
                (size + 0xfffff) >> 20, name, g_strerror(errno));
    if (b->fd >= 0) {
        close(b->fd);
    }
    g_free(b->name);
    g_free(b);
    return NULL;
}

void ram_block_free(struct ram_block *b)
{
    if (!b) {
        return;
    }
    munmap(b->host, b->size + (b->guarded ? RAM_PAGE : 0));
    if (b->fd >= 0) {
        close(b->fd);
    }
    g_free(b->dirty);
    g_free(b->name);
    g_free(b);
}

void ram_block_track(struct ram_block *b)
{
    if (!b->dirty) {
        b->dirty = g_new0(uint64_t, b->size / RAM_PAGE / 64 + 1);
    }
}

bool ram_block_test_clear(struct ram_block *b, uint64_t page)
{
    uint64_t bit = UINT64_C(1) << (page % 64);
    uint64_t *word = &b->dirty[page / 64];

    if (!(__atomic_load_n(word, __ATOMIC_RELAXED) & bit)) {
        return false;
    }
    return (__atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & bit) != 0;
}

void ram_block_mark(struct ram_block *b, uint64_t offset, uint64_t len)
{
    if (!b->dirty || len == 0) {
        return;
    }
    for (uint64_t page = offset / RAM_PAGE; page <= (offset + len - 1) / RAM_PAGE; page++) {
        uint64_t bit = UINT64_C(1) << (page % 64);

        if (!(__atomic_load_n(&b->dirty[page / 64], __ATOMIC_RELAXED) & bit)) {
            __atomic_fetch_or(&b->dirty[page / 64], bit, __ATOMIC_RELEASE);
        }
    }
}

/*
 * The piece of [addr, addr+len) that starts at addr and lies in one range, or in one gap. Returns
 * its length; *r is the range or NULL.
 */
static uint64_t piece(const struct space_map *map, uint64_t addr, uint64_t len,
                      const struct space_range **r)
{
    uint64_t last;

    *r = space_map_find(map, addr, &last);
    return last - addr < len - 1 ? last - addr + 1 : len;
}

static bool copy_out(struct space *mem, uint64_t addr, void *buf, uint64_t len)
{
    const struct space_map *map = space_map_get(mem);
    uint8_t *to = buf;
    bool ok = true;

    if (len && addr + (len - 1) < addr) {
        memset(buf, 0xff, len);
        return false;
    }
    while (len) {
        const struct space_range *r;
        uint64_t n = piece(map, addr, len, &r);

        if (r && r->region->kind != REGION_IO) {
            memcpy(to, space_range_host(r, addr), n);
        } else {
            memset(to, 0xff, n);
            ok = false;
        }
        to += n;
        addr += n;
        len -= n;
    }
    return ok;
}

static bool copy_in(struct space *mem, uint64_t addr, const void *buf, uint64_t len)
{
    const struct space_map *map = space_map_get(mem);
    const uint8_t *from = buf;
    bool ok = true;

    if (len && addr + (len - 1) < addr) {
        return false;
    }
    while (len) {
        const struct space_range *r;
        uint64_t n = piece(map, addr, len, &r);

        if (r && r->region->kind == REGION_RAM) {
            uint8_t *host = space_range_host(r, addr);

            memcpy(host, from, n);
            ram_block_mark(r->region->ram, (uint64_t)(host - r->region->ram->host), n);
        } else {
            ok = false;
        }
        from += n;
        addr += n;
        len -= n;
    }
    return ok;
}

/* Bus errors are not recorded: nothing was moved that a replay could look at. */
bool ram_read(struct space *mem, uint64_t addr, void *buf, uint64_t len)
{
    bool ok = copy_out(mem, addr, buf, len);

    if (ok && trace_active()) {
        trace_dma(addr, false, buf, len);
    }
    return ok;
}

bool ram_write(struct space *mem, uint64_t addr, const void *buf, uint64_t len)
{
    bool ok = copy_in(mem, addr, buf, len);

    if (ok && trace_active()) {
        trace_dma(addr, true, buf, len);
    }
    return ok;
}
