/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory slots: the RAM and ROM ranges of the flat map, in the terms of KVM. A range that is not
 * made of whole pages keeps its odd ends as exits; space_access() serves them from RAM, slowly.
 * A slot is 24 us to make and 38 us to delete.
 *
 * Between a delete and the add that follows another vCPU may touch the range: data accesses exit
 * and the bus serves them from the map that is published already; an instruction fetch fails, and
 * kvm_exit.c tries it again when slot_gen says that slots were changing.
 */
#include "accel/vmx/kvm.h"

#include "core/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static int set_slot(struct accel *a, const struct kvm_slot *s, uint64_t size)
{
    struct kvm_userspace_memory_region r = {
        .slot = (uint32_t)(s - a->slot),
        .flags = size ? s->flags : 0,
        .guest_phys_addr = s->gpa,
        .memory_size = size,
        .userspace_addr = (uintptr_t)(s->block->host + s->offset),
    };

    return kvm_ioctl(a->vm, KVM_SET_USER_MEMORY_REGION, &r);
}

static int read_log(struct accel *a, struct kvm_slot *s)
{
    struct kvm_dirty_log log = {.slot = (uint32_t)(s - a->slot), .dirty_bitmap = s->bits};

    return kvm_ioctl(a->vm, KVM_GET_DIRTY_LOG, &log);
}

/* Keep what the log of a leaving slot knows in the block's own bitmap. */
static void rescue_log(struct accel *a, struct kvm_slot *s)
{
    uint64_t pages = s->size / RAM_PAGE;

    if (!s->bits || !s->block->dirty || read_log(a, s) < 0) {
        return;
    }
    for (uint64_t i = 0; i < pages; i++) {
        if (!s->bits[i / 64]) {
            i |= 63;
        } else if (s->bits[i / 64] >> (i % 64) & 1) {
            ram_block_mark(s->block, s->offset + i * RAM_PAGE, 1);
        }
    }
}

static void del_range(struct accel *a, const struct space_range *r)
{
    for (unsigned i = 0; i < KVM_SLOTS; i++) {
        struct kvm_slot *s = &a->slot[i];

        if (s->used && s->first == r->first && s->last == r->last) {
            rescue_log(a, s);
            set_slot(a, s, 0);
            g_free(s->bits);
            memset(s, 0, sizeof(*s));
            return;
        }
    }
}

static void add_range(struct accel *a, const struct space_range *r)
{
    uint64_t first = (r->first + RAM_PAGE - 1) & ~(RAM_PAGE - 1);
    uint64_t end = (r->last + 1) & ~(RAM_PAGE - 1);
    uint64_t offset = r->region->ram_offset + r->offset + (first - r->first);
    struct kvm_slot *s = a->slot;
    int err;

    if (first < r->first || end <= first || offset % RAM_PAGE) {
        return; /* served by exits */
    }
    while (s < a->slot + KVM_SLOTS && s->used) {
        s++;
    }
    if (s == a->slot + KVM_SLOTS) {
        report_limited("kvm: out of memory slots; %s at 0x%" PRIx64 " will be slow",
                       r->region->name, first);
        return;
    }
    *s = (struct kvm_slot){.used = true,
                           .first = r->first,
                           .last = r->last,
                           .gpa = first,
                           .size = end - first,
                           .block = r->region->ram,
                           .offset = offset};
    if (r->region->kind == REGION_ROM) {
        s->flags |= KVM_MEM_READONLY;
    } else if (r->region->log_dirty) {
        s->flags |= KVM_MEM_LOG_DIRTY_PAGES;
        s->bits = g_new0(uint64_t, s->size / RAM_PAGE / 64 + 1);
    }
    err = set_slot(a, s, s->size);
    if (err < 0) {
        if (!a->slot_error) {
            a->slot_error = -err;
        }
        report_limited("kvm: cannot map %s at 0x%" PRIx64 ": %s", r->region->name, first,
                       g_strerror(-err));
        g_free(s->bits);
        memset(s, 0, sizeof(*s));
    }
}

void kvm_mem_changed(void *opaque, const struct map_diff *diff)
{
    struct accel *a = opaque;

    g_mutex_lock(&a->slot_lock);
    __atomic_add_fetch(&a->slot_gen, 1, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < diff->ndel; i++) {
        del_range(a, &diff->del[i]);
    }
    for (uint32_t i = 0; i < diff->nadd; i++) {
        add_range(a, &diff->add[i]);
    }
    __atomic_add_fetch(&a->slot_gen, 1, __ATOMIC_SEQ_CST);
    g_mutex_unlock(&a->slot_lock);
}

void kvm_mem_free(struct accel *a)
{
    for (unsigned i = 0; i < KVM_SLOTS; i++) {
        g_free(a->slot[i].bits);
    }
}

static void or_bits(uint64_t *to, uint64_t at, const uint64_t *from, uint64_t n)
{
    for (uint64_t w = 0; w < (n + 63) / 64; w++) {
        uint64_t left = n - w * 64;
        uint64_t bits = left < 64 ? from[w] & ((UINT64_C(1) << left) - 1) : from[w];
        uint64_t pos = at + w * 64;

        if (!bits) {
            continue;
        }
        to[pos / 64] |= bits << (pos % 64);
        if (pos % 64 && bits >> (64 - pos % 64)) {
            to[pos / 64 + 1] |= bits >> (64 - pos % 64);
        }
    }
}

void kvm_dirty_log(struct accel *a, struct ram_block *block, uint64_t *bitmap)
{
    g_mutex_lock(&a->slot_lock);
    for (unsigned i = 0; i < KVM_SLOTS; i++) {
        struct kvm_slot *s = &a->slot[i];

        if (s->used && s->bits && s->block == block && read_log(a, s) == 0) {
            or_bits(bitmap, s->offset / RAM_PAGE, s->bits, s->size / RAM_PAGE);
        }
    }
    g_mutex_unlock(&a->slot_lock);
}
