/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine of RAM, VRAM, ROM and one test device around the KVM backend. The reset vector jumps to
 * 0:1000h.
 */
#ifndef TESTS_GUEST_KVM_RIG_H
#define TESTS_GUEST_KVM_RIG_H

#include "accel/accel.h"
#include "core/device.h"
#include "core/loop.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#define REG 0x500 /* registers: anything is logged; reads give a pattern */
#define FIFO 0x510
#define DONE 0x520
#define READY 0x521
#define READY_NMI 0x522
#define LATE 0x530 /* coalesced, 8 ports */
#define MMIO 0xd0000u
#define RAM_TOP 0xc0000u
#define VRAM 0xc0000u
#define LOG 8192

struct entry {
    uint16_t offset;
    uint8_t width;
    uint64_t value;
};

struct rig {
    struct accel *a;
    const struct accel_ops *ops;
    struct space *ports, *mem;
    struct ram_block *ram, *vram, *rom;
    struct region ram_r, vram_r, rom_r, rom_low_r, ports_r, mmio_r;
    struct device dev;
    GMutex lock; /* the rest; a leaf */
    GCond cond;
    bool done, ready, ready_nmi, hold;
    unsigned n;
    struct entry log[LOG];
    unsigned blocks; /* write_block calls */
    uint32_t fifo;   /* next pattern byte */
    uint8_t mmio[4096];
    unsigned mmio_writes;
    unsigned stops, acks, eois;
    enum accel_stop why;
    char detail[2048];
};

static void note(struct rig *g, uint64_t offset, unsigned width, uint64_t value)
{
    g_mutex_lock(&g->lock);
    if (g->n < LOG) {
        g->log[g->n++] = (struct entry){(uint16_t)offset, (uint8_t)width, value};
    }
    g->done |= offset == DONE - REG;
    g->ready |= offset == READY - REG;
    g->ready_nmi |= offset == READY_NMI - REG;
    g_cond_broadcast(&g->cond);
    g_mutex_unlock(&g->lock);
}

static uint64_t dev_read(void *opaque, uint64_t offset, unsigned width)
{
    struct rig *g = opaque;

    (void)width;
    if (offset == DONE - REG) {
        return !g->hold;
    }
    return 0xf4f3f2f1;
}

static void dev_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    note(opaque, offset, width, value);
}

static uint32_t dev_read_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                               void *buf)
{
    struct rig *g = opaque;

    if (offset != FIFO - REG) {
        return 0;
    }
    for (uint32_t i = 0; i < width * count; i++) {
        ((uint8_t *)buf)[i] = (uint8_t)(g->fifo++ * 7);
    }
    return count;
}

static uint32_t dev_write_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                const void *buf)
{
    struct rig *g = opaque;

    g->blocks++;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t v = 0;

        memcpy(&v, (const uint8_t *)buf + (size_t)i * width, width);
        note(g, offset, width, v);
    }
    return count;
}

static uint64_t mmio_read(void *opaque, uint64_t offset, unsigned width)
{
    struct rig *g = opaque;
    uint64_t v = 0;

    memcpy(&v, g->mmio + offset, width);
    return v;
}

static void mmio_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct rig *g = opaque;

    memcpy(g->mmio + offset, &value, width);
    g->mmio_writes++;
}

static const struct span late_ports[] = {{LATE - REG, 8}, {0, 0}};
static const struct span late_mmio[] = {{0x800, 0x100}, {0, 0}};
static const struct region_ops port_ops = {.read = dev_read,
                                           .write = dev_write,
                                           .read_block = dev_read_block,
                                           .write_block = dev_write_block,
                                           .valid = 1 | 2 | 4,
                                           .impl = 1 | 2 | 4,
                                           .coalesced = late_ports};
static const struct region_ops mmio_ops = {.read = mmio_read,
                                           .write = mmio_write,
                                           .valid = 1 | 2 | 4 | 8,
                                           .impl = 1 | 2 | 4 | 8,
                                           .coalesced = late_mmio};

static uint8_t intr_ack(void *opaque)
{
    struct rig *g = opaque;

    g->ops->set_intr(g->a, false);
    g->acks++;
    return 0x0d;
}

static void ioapic_eoi(void *opaque, uint8_t vector)
{
    (void)vector;
    ((struct rig *)opaque)->eois++;
}

static void stopped(void *opaque, unsigned cpu, enum accel_stop why, const char *detail)
{
    struct rig *g = opaque;

    (void)cpu;
    g_mutex_lock(&g->lock);
    g->stops++;
    g->why = why;
    g_strlcpy(g->detail, detail, sizeof(g->detail));
    g_cond_broadcast(&g->cond);
    g_mutex_unlock(&g->lock);
}

static void map(struct space *s, struct region *r, const char *name, enum region_kind kind,
                struct ram_block *b, uint64_t base, uint64_t size)
{
    r->name = name;
    r->kind = kind;
    r->ram = b;
    r->size = size;
    r->prio = PRIO_FIXED;
    g_assert_true(space_map(s, r, base, NULL));
}

static void map_all(struct rig *g)
{
    GError *error = NULL;

    g->ram = g->ops->ram_alloc(g->a, "ram", RAM_TOP, &error);
    g_assert_no_error(error);
    g->vram = g->ops->ram_alloc(g->a, "vram", 0x10000, &error);
    g_assert_no_error(error);
    g->rom = g->ops->ram_alloc(g->a, "rom", 0x10000, &error);
    g_assert_no_error(error);
    memset(g->rom->host, 0xa5, 0x10000);
    memcpy(g->rom->host + 0xfff0, "\xea\x00\x10\x00\x00", 5); /* jmp 0:1000h */
    map(g->mem, &g->ram_r, "ram", REGION_RAM, g->ram, 0, RAM_TOP);
    g->vram_r.log_dirty = true;
    map(g->mem, &g->vram_r, "vram", REGION_RAM, g->vram, VRAM, 0x10000);
    map(g->mem, &g->rom_r, "rom", REGION_ROM, g->rom, 0xffff0000, 0x10000);
    map(g->mem, &g->rom_low_r, "low rom", REGION_ROM, g->rom, 0xf0000, 0x10000);
    lock_init(&g->dev.own_lock, "test", LOCK_DEVICE);
    g->dev.lock = &g->dev.own_lock;
    g->ports_r.dev = g->mmio_r.dev = &g->dev;
    g->ports_r.opaque = g->mmio_r.opaque = g;
    g->ports_r.ops = &port_ops;
    g->mmio_r.ops = &mmio_ops;
    map(g->ports, &g->ports_r, "test", REGION_IO, NULL, REG, 0x40);
    map(g->mem, &g->mmio_r, "window", REGION_IO, NULL, MMIO, 0x1000);
}

static struct rig *rig_new_lines(enum accel_irqchip chips, unsigned cpus, uint32_t lines)
{
    struct rig *g = g_new0(struct rig, 1);
    struct accel_config cfg = {.cpus = cpus, .irqchip = chips};
    struct accel_host host = {
        .opaque = g, .intr_ack = intr_ack, .ioapic_eoi = ioapic_eoi, .stopped = stopped};
    GError *error = NULL;

    g_mutex_init(&g->lock);
    g_cond_init(&g->cond);
    g->ops = &accel_kvm;
    g->a = g->ops->create(&cfg, &error);
    g_assert_no_error(error);
    g->ports = space_new_ports();
    g->mem = space_new_memory();
    map_all(g);
    for (unsigned i = 0; i < ACCEL_GSIS; i++) { /* a board settles lines before chips are made */
        if (lines >> i & 1) {
            g->ops->set_gsi(g->a, i, true);
        }
    }
    host.ports = g->ports;
    host.mem = g->mem;
    g->ops->start(g->a, &host, &error);
    g_assert_no_error(error);
    return g;
}

static struct rig *rig_new(enum accel_irqchip chips, unsigned cpus)
{
    return rig_new_lines(chips, cpus, 0);
}

static void rig_free(struct rig *g)
{
    g->ops->destroy(g->a);
    while (loop_iterate(false)) {
    }
    space_free(g->ports);
    space_free(g->mem);
    ram_block_free(g->ram);
    ram_block_free(g->vram);
    ram_block_free(g->rom);
    lock_clear(&g->dev.own_lock);
    g_free(g);
}

#define LOAD(g, prog) memcpy((g)->ram->host + 0x1000, prog, sizeof(prog))

/* Wait for *flag, or for the guest's end; the limit is only there to fail rather than hang. */
static void await(struct rig *g, const bool *flag)
{
    gint64 limit = g_get_monotonic_time() + 30 * G_TIME_SPAN_SECOND;

    g_mutex_lock(&g->lock);
    while (!*flag && !g->stops && g_cond_wait_until(&g->cond, &g->lock, limit)) {
    }
    g_mutex_unlock(&g->lock);
    if (!*flag) {
        g_test_message("stopped: %s", g->stops ? g->detail : "no, timeout");
        g_test_fail();
    }
}

static void run_to_end(struct rig *g)
{
    g->done = false;
    g->ops->resume(g->a);
    await(g, &g->done);
    g->ops->pause(g->a);
}

static void assert_entry(const struct rig *g, unsigned i, uint16_t port, unsigned width,
                         uint64_t value)
{
    g_assert_cmpuint(i, <, g->n);
    g_assert_cmphex(g->log[i].offset + REG, ==, port);
    g_assert_cmpuint(g->log[i].width, ==, width);
    g_assert_cmphex(g->log[i].value, ==, value);
}

#endif
