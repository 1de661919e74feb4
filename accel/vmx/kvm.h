/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the KVM backend.
 *
 * Threads: each vCPU has one; all ioctls of a vCPU are made in it (vcpu_call) once it exists. A
 * vCPU leaves the guest for `attn` (pause, work, end), set under `lock` before a kick; it rests
 * only after KVM_RUN gave EINTR, so that no half-done I/O is in flight when it is parked.
 *
 * Locks, outermost first: drain_lock (held while handlers run, never taken with a device lock
 * held); then all leaves: lock (vCPU run state), slot_lock, zone_lock, route_lock.
 */
#ifndef ACCEL_VMX_KVM_H
#define ACCEL_VMX_KVM_H

#include "accel/accel.h"
#include "accel/vmx/kvm_cpu.h"
#include "core/cpu_regs.h"

#include <glib.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define KVM_SLOTS 256 /* far above the ranges of a PC's map */
#define KVM_ZONES 128
#define KVM_MSRS 256

/* Intel without "unrestricted guest" needs 4 pages of guest space: below the BIOS, above the APIC
 * pages, in what no PCI window covers (FEC00000h and up is the chipset's). */
#define KVM_IDENTITY_BASE UINT64_C(0xfeffc000)
#define KVM_TSS_BASE 0xfeffd000ul

struct kvm_slot {
    bool used;
    uint64_t first, last; /* the range of the map */
    uint64_t gpa, size;   /* the whole pages in it */
    struct ram_block *block;
    uint64_t offset; /* of gpa in the block */
    uint32_t flags;
    uint64_t *bits; /* for KVM_GET_DIRTY_LOG; NULL: no log */
};

/* A coalesced zone that the kernel knows. */
struct kvm_zone {
    uint64_t addr;
    uint32_t len;
    bool pio;
    bool wanted; /* false: its region left; see kvm_ring.c */
};

struct vcpu;
typedef void vcpu_fn(struct vcpu *v, void *arg);

struct vcpu {
    struct accel *a;
    unsigned id;
    int fd;
    struct kvm_run *run;
    GThread *thread;
    pthread_t handle;
    int tid;              /* under accel.lock; 0: the thread has not run yet */
    int attn;             /* atomic: leave run_guest() */
    int nmi;              /* atomic: inject one */
    int slot_gen;         /* of the memory map when KVM_RUN was entered */
    struct kvm_regs regs; /* as a device read them, in this access */
    /* under accel.lock */
    bool parked;
    bool dead;   /* stopped() was called */
    bool halted; /* IRQCHIP_OFF: in HLT */
    vcpu_fn *work;
    void *work_arg;
};

enum { PROBE_WAITS, PROBE_RUNS, PROBE_DONE };

struct accel {
    struct accel_base base;
    struct accel_config cfg;
    struct accel_host host;
    struct cpu_spec spec;
    int kvm, vm;
    bool started, listening;
    bool pristine; /* atomic: nothing has run and no line has moved since power-on */
    /* capabilities */
    size_t run_size, xsave_size;
    unsigned ring_page; /* in pages of the vCPU's mapping; 0: no ring */
    bool pio_ring, have_xcrs, have_debugregs;
    int probed; /* under lock: PROBE_* of the two that follow */
    struct kvm_cpuid2 *supported;
    struct kvm_msr_list *msr_list;

    GMutex lock;
    GCond cond;
    bool running, quit;
    struct vcpu cpu[ACCEL_MAX_CPUS];
    int intr;                /* atomic: level of the PIC's output */
    uint8_t gsi[ACCEL_GSIS]; /* atomic: levels of the lines, for chips that come or are set later */

    GMutex slot_lock;
    struct kvm_slot slot[KVM_SLOTS];
    int slot_error; /* errno of the first slot that failed before start() was done */
    int slot_gen;   /* atomic; odd while slots change */

    GMutex zone_lock;
    struct kvm_zone zone[KVM_ZONES];
    unsigned zones;
    int stale_zones; /* atomic */

    GMutex drain_lock;
    struct kvm_coalesced_mmio_ring *ring;
    int drained; /* atomic: the ring was not empty of late */
    guint tick;
    unsigned tick_ms;

    GMutex route_lock;
    struct {
        bool valid;
        uint64_t addr;
        uint32_t data;
    } route[ACCEL_GSIS];

    GByteArray *power_on; /* what reset() restores */
    /* in-kernel time, stopped while paused */
    bool frozen;
    struct kvm_pit_state2 pit;
    struct kvm_clock_data clock;
};

/* ioctl() that gives the result or -errno, and starts over when a signal came. */
int kvm_ioctl(int fd, unsigned long request, void *arg);
int kvm_ioctl_val(int fd, unsigned long request, unsigned long arg);
int kvm_cap(const struct accel *a, int cap);

/* kvm.c: fetch the CPUID leaves and MSRs that KVM supports, once, in the first thread to come. */
void kvm_probe(struct accel *a);

/* kvm_mem.c */
void kvm_mem_changed(void *opaque, const struct map_diff *diff);
void kvm_mem_free(struct accel *a);
void kvm_dirty_log(struct accel *a, struct ram_block *block, uint64_t *bitmap);

/* kvm_ring.c */
void kvm_coalesce(void *opaque, struct space *s, uint64_t addr, uint32_t len, bool on);
void kvm_drain(struct accel *a);
void kvm_tick_start(struct accel *a);
void kvm_tick_stop(struct accel *a);
/* An access of any length from 1 to 8, in its natural pieces. */
void kvm_access(struct space *s, uint64_t addr, unsigned len, bool write, uint8_t *data);

static inline bool kvm_ring_waits(const struct accel *a)
{
    return a->ring && __atomic_load_n(&a->ring->first, __ATOMIC_RELAXED) !=
                          __atomic_load_n(&a->ring->last, __ATOMIC_ACQUIRE);
}

/* kvm_vcpu.c */
bool vcpu_create(struct accel *a, unsigned id, GError **error);
/* Begin the thread, which probes and rests. Before vcpu_create() or after it. */
void vcpu_thread_start(struct accel *a, unsigned id);
void vcpu_destroy(struct vcpu *v);
/* Run fn in the vCPU's thread, in or between runs; in the caller's until start() is done. */
void vcpu_call(struct vcpu *v, vcpu_fn *fn, void *arg);
/* Make KVM_RUN return, now or when next entered. Any thread. */
void vcpu_kick(struct vcpu *v);

/* kvm_exit.c: false: the vCPU has to rest. */
bool vcpu_exit(struct vcpu *v);
void vcpu_stop(struct vcpu *v, enum accel_stop why, const char *what);

/* kvm_irq.c */
bool kvm_irq_create(struct accel *a, GError **error);
void kvm_irq_before_run(struct vcpu *v);
void kvm_set_gsi(struct accel *a, unsigned gsi, bool level);
void kvm_replay_gsis(struct accel *a);
void kvm_set_intr(struct accel *a, bool level);
void kvm_msi(struct accel *a, uint64_t addr, uint32_t data);
void kvm_ioapic_route(struct accel *a, unsigned pin, bool valid, uint64_t addr, uint32_t data);
void kvm_nmi(struct accel *a);
void kvm_mute_pit(struct accel *a, bool mute);
bool kvm_pit_counter2(struct accel *a, struct accel_counter *out);
void kvm_time_freeze(struct accel *a);
void kvm_time_thaw(struct accel *a);

/* kvm_regs.c */
bool vcpu_read_regs(struct vcpu *v, struct accel_regs *regs);
void vcpu_describe(struct vcpu *v, GString *out);
bool kvm_get_regs(struct accel *a, unsigned cpu, struct accel_regs *regs);
/* For devices, in the vCPU's thread; opaque is the vCPU. */
extern const struct cpu_regs_ops vcpu_device_regs;

/* kvm_state.c */
void kvm_save(struct accel *a, GByteArray *out);
bool kvm_load(struct accel *a, const uint8_t *data, size_t len, GError **error);
/* As kvm_load() for what kvm_save() made in this run. */
void kvm_restore(struct accel *a, const GByteArray *blob);

#endif
