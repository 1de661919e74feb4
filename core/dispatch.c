/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dispatch: from (address, width, count, direction) to the handlers of a region. Splitting and
 * widening happen here and nowhere else, so that no handler sees a width it did not declare.
 */
#include "core/device.h"
#include "core/ram.h"
#include "core/space.h"
#include "core/space_priv.h"
#include "core/stats.h"
#include "core/trace.h"

#include <string.h>
#define _LGPL_SOURCE
#include <urcu-qsbr.h>

/* Who answers an address, and how far that holds. */
struct target {
    struct region *region; /* NULL: open bus */
    uint64_t offset;       /* in the region */
    uint64_t left;         /* bytes from here to the end of the range or gap, saturated */
    uint8_t *host;         /* RAM and ROM */
};

static unsigned valid_widths(const struct region_ops *ops)
{
    return ops->valid ? ops->valid : 1 | 2 | 4;
}

static unsigned impl_widths(const struct region_ops *ops)
{
    return ops->impl ? ops->impl : 1;
}

static uint64_t mask_of(unsigned width)
{
    return width >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
}

static struct target find(const struct space *s, uint64_t addr)
{
    struct target t = {0};

    if (s->ports) {
        struct region *r = space_port_region(s, (uint16_t)addr);

        t.region = r;
        t.left = 1;
        if (r) {
            uint64_t end = r->base + r->size;

            t.offset = addr - r->base;
            if (t.offset >= r->size) { /* moved under our feet: open bus */
                t.region = NULL;
            }
            /* the whole rest, unless a higher region lies on it */
            while (t.region && addr + t.left < end && t.left < 8 &&
                   space_port_region(s, (uint16_t)(addr + t.left)) == r) {
                t.left++;
            }
        }
    } else {
        uint64_t last;
        const struct space_range *r = space_map_find(rcu_dereference(s->map), addr, &last);

        t.left = last - addr < 7 ? last - addr + 1 : 8;
        if (r) {
            t.region = r->region;
            t.offset = r->offset + (addr - r->first);
            if (t.region->kind != REGION_IO) {
                t.host = space_range_host(r, addr);
            }
        }
    }
    stats_touch(t.region ? __atomic_load_n(&t.region->stats_id, __ATOMIC_RELAXED) : STATS_OPEN_BUS);
    return t;
}

/* The largest declared width not above `width`, or 0. */
static unsigned widest(unsigned set, unsigned width)
{
    while (width && !(set & width)) {
        width >>= 1;
    }
    return width;
}

/* -- handlers; the device's lock held -- */

static uint64_t call_read(const struct region *r, uint64_t offset, unsigned width)
{
    unsigned impl = impl_widths(r->ops);
    unsigned w = widest(impl, width);
    uint64_t value = 0;

    if (!r->ops->read) {
        return mask_of(width);
    }
    if (w == 0) { /* only wider ones: read around it */
        unsigned big = width;
        uint64_t at;

        while (!(impl & big)) {
            big <<= 1;
        }
        at = offset & ~(uint64_t)(big - 1);
        return r->ops->read(r->opaque, at, big) >> (8 * (offset - at)) & mask_of(width);
    }
    for (unsigned done = 0; done < width; done += w) {
        value |= (r->ops->read(r->opaque, offset + done, w) & mask_of(w)) << (8 * done);
    }
    return value;
}

static void call_write(const struct region *r, uint64_t offset, unsigned width, uint64_t value)
{
    unsigned impl = impl_widths(r->ops);
    unsigned w = widest(impl, width);

    if (!r->ops->write) {
        return;
    }
    if (w == 0) {
        unsigned big = width;
        uint64_t at, old, lane;

        while (!(impl & big)) {
            big <<= 1;
        }
        at = offset & ~(uint64_t)(big - 1);
        lane = mask_of(width) << (8 * (offset - at));
        old = r->ops->read ? r->ops->read(r->opaque, at, big) : 0;
        value = (old & ~lane) | (value << (8 * (offset - at)) & lane);
        r->ops->write(r->opaque, at, big, value & mask_of(big));
        return;
    }
    for (unsigned done = 0; done < width; done += w) {
        r->ops->write(r->opaque, offset + done, w, value >> (8 * done) & mask_of(w));
    }
}

/* -- one access of width <= 8 -- */

static uint64_t ram_load(const uint8_t *host, unsigned width)
{
    uint64_t v = 0;

    memcpy(&v, host, width);
    return v;
}

static void ram_store(const struct target *t, unsigned width, uint64_t value)
{
    if (t->region->kind == REGION_RAM) {
        memcpy(t->host, &value, width);
        ram_block_mark(t->region->ram, (uint64_t)(t->host - t->region->ram->host), width);
    }
}

static uint64_t next_half(const struct space *s, uint64_t addr, unsigned half)
{
    return s->ports ? (addr + half) & 0xffff : addr + half;
}

static uint64_t read_one(struct space *s, uint64_t addr, unsigned width)
{
    struct target t = find(s, addr);
    unsigned w;
    uint64_t value;

    if (t.region && t.left >= width && t.host) {
        return ram_load(t.host, width);
    }
    if (t.region && t.left >= width && (valid_widths(t.region->ops) & width)) {
        device_enter(t.region->dev);
        value = call_read(t.region, t.offset, width);
        device_leave(t.region->dev);
        return value & mask_of(width);
    }
    if (width == 1 || (!t.region && t.left >= width)) {
        return mask_of(width);
    }
    w = width / 2; /* crosses a border, or wider than the device decodes: in halves */
    value = read_one(s, addr, w);
    return value | read_one(s, next_half(s, addr, w), w) << (8 * w);
}

static void write_one(struct space *s, uint64_t addr, unsigned width, uint64_t value)
{
    struct target t = find(s, addr);
    unsigned w;

    if (t.region && t.left >= width && t.host) {
        ram_store(&t, width, value);
        return;
    }
    if (t.region && t.left >= width && (valid_widths(t.region->ops) & width)) {
        device_enter(t.region->dev);
        call_write(t.region, t.offset, width, value & mask_of(width));
        device_leave(t.region->dev);
        return;
    }
    if (width == 1 || (!t.region && t.left >= width)) {
        return;
    }
    w = width / 2;
    write_one(s, addr, w, value & mask_of(w));
    write_one(s, next_half(s, addr, w), w, value >> (8 * w) & mask_of(w));
}

/* -- the entrance -- */

static bool width_ok(unsigned width)
{
    return width == 1 || width == 2 || width == 4 || width == 8;
}

uint64_t space_read(struct space *s, uint64_t addr, unsigned width)
{
    uint64_t value = 0;

    if (!width_ok(width)) {
        return UINT64_MAX;
    }
    space_access(s, addr, width, 1, false, &value);
    return value;
}

void space_write(struct space *s, uint64_t addr, unsigned width, uint64_t value)
{
    space_access(s, addr, width, 1, true, &value);
}

/* Offer a string access to the region's block handler. Returns elements served. */
static uint32_t try_block(struct space *s, uint64_t addr, unsigned width, uint32_t count,
                          bool write, void *data)
{
    struct target t = find(s, addr);
    const struct region_ops *ops;
    uint32_t done = 0;

    if (!t.region || t.region->kind != REGION_IO || t.left < width) {
        return 0;
    }
    ops = t.region->ops;
    if (!(valid_widths(ops) & width)) {
        return 0;
    }
    if (write ? ops->write_block != NULL : ops->read_block != NULL) {
        device_enter(t.region->dev);
        done = write ? ops->write_block(t.region->opaque, t.offset, width, count, data)
                     : ops->read_block(t.region->opaque, t.offset, width, count, data);
        device_leave(t.region->dev);
    }
    return done < count ? done : count;
}

/* All elements of an access whose address and width are checked. */
static void dispatch(struct space *s, uint64_t addr, unsigned width, uint32_t count, bool write,
                     uint8_t *p)
{
    uint32_t i = 0;

    if (s->ports && count > 1) {
        i = try_block(s, addr, width, count, write, p);
    }
    for (; i < count; i++) {
        uint64_t at = s->ports ? addr : addr + (uint64_t)i * width;
        uint64_t value = 0;

        if (write) {
            memcpy(&value, p + (size_t)i * width, width);
            write_one(s, at, width, value);
        } else {
            value = read_one(s, at, width);
            memcpy(p + (size_t)i * width, &value, width);
        }
    }
}

/*
 * A write is recorded before its device sees it, so that a trace ends with the one that killed us;
 * a read after, when the answer is known, at the time of its question.
 */
static void __attribute__((noinline))
dispatch_traced(struct space *s, uint64_t addr, unsigned width, uint32_t count, bool write,
                uint8_t *p)
{
    uint64_t time = trace_time();

    if (write) {
        trace_access(s, addr, width, count, true, p, time);
    }
    dispatch(s, addr, width, count, write, p);
    if (!write) {
        trace_access(s, addr, width, count, false, p, time);
    }
}

void space_access(struct space *s, uint64_t addr, unsigned width, uint32_t count, bool write,
                  void *data)
{
    if (!width_ok(width)) {
        if (!write && width) {
            memset(data, 0xff, (size_t)width * count);
        }
        return;
    }
    if (s->ports) {
        addr &= 0xffff;
    }
    if (trace_active()) {
        dispatch_traced(s, addr, width, count, write, data);
    } else {
        dispatch(s, addr, width, count, write, data);
    }
}
