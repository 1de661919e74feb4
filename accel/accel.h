/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole contract of a hypervisor backend. system/ picks one by name, creates it, lets it hand
 * out guest RAM, builds the board, and starts it. From then on the backend turns every exit into
 * space_access(), obeys the lines, and reports what ends a run.
 *
 * Order: create -> ram_alloc* -> (board is built; maps are published) -> start -> resume/pause...
 * -> destroy. start() attaches the listeners of both spaces, makes the vCPU threads, parked.
 * Unless said otherwise functions are called from the loop thread.
 */
#ifndef ACCEL_ACCEL_H
#define ACCEL_ACCEL_H

#include "core/irq.h"
#include "core/ram.h"
#include "core/space.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define ACCEL_MAX_CPUS 8
#define ACCEL_GSIS 24

enum accel_irqchip {
    IRQCHIP_ON,    /* PIC, IOAPIC, PIT and LAPIC in the hypervisor */
    IRQCHIP_SPLIT, /* LAPIC in the hypervisor; PIC, IOAPIC and PIT are ours */
    IRQCHIP_OFF,   /* PIC and PIT ours; no APIC: a single vCPU */
};

struct accel_config {
    unsigned cpus;         /* 1 to ACCEL_MAX_CPUS */
    const char *cpu_model; /* -cpu as given: "host", "max", "qemu64,+x,-y"; NULL = default */
    enum accel_irqchip irqchip;
    bool realtime;
};

/* Counter 2 of the PIT. */
struct accel_counter {
    uint64_t stamp;  /* another one after each load of a count */
    uint64_t age_ns; /* since that load */
    uint32_t count;  /* 1 to 65536, else none */
    uint8_t mode;    /* 0 to 5, else none */
};

enum accel_stop {
    STOP_INTERNAL_ERROR, /* the hypervisor gave up on a vCPU */
    STOP_TRIPLE_FAULT,
    STOP_DEBUG,
};

/* What the backend needs of the machine. All but `stopped` are called on vCPU threads. */
struct accel_host {
    struct space *ports, *mem;
    void *opaque;
    /* IRQCHIP_SPLIT, IRQCHIP_OFF: take the PIC's vector (INTA cycle). */
    uint8_t (*intr_ack)(void *opaque);
    /* IRQCHIP_SPLIT: a level interrupt was ended. */
    void (*ioapic_eoi)(void *opaque, uint8_t vector);
    /*
     * A vCPU cannot go on; it is parked until reset() or resume(). Any thread: the machine posts it
     * to its loop. `detail` is for a person, one or more lines; owned by the callee's caller.
     */
    void (*stopped)(void *opaque, unsigned cpu, enum accel_stop why, const char *detail);
};

struct accel_segment {
    uint64_t base;
    uint32_t limit, flags; /* flags: type 0-3, s 4, dpl 5-6, p 7, avl 8, l 9, db 10, g 11 */
    uint16_t selector;
};

/* For the monitor: es cs ss ds fs gs ldt tr gdt idt. */
struct accel_regs {
    uint64_t gpr[16]; /* rax rcx rdx rbx rsp rbp rsi rdi r8..r15 */
    uint64_t rip, rflags;
    struct accel_segment seg[10];
    uint64_t cr0, cr2, cr3, cr4, efer;
    uint64_t dr[8]; /* 4 and 5 are 6 and 7 */
    bool halted;
    struct accel_fpu {
        bool there; /* all zero if not */
        uint16_t fcw, fsw;
        uint8_t ftw; /* as FXSAVE has it: a bit for each register in use */
        uint32_t mxcsr;
        uint64_t st[8][2], xmm[16][2]; /* low half first */
    } fpu;
};

struct accel; /* defined by each backend; its first member is struct accel_base */

struct accel_ops {
    const char *name;        /* "kvm", "xen", "qtest" */
    char *(*cpu_help)(void); /* list of CPU models and features (g_free); may be NULL */

    /*
     * Open the hypervisor and make a VM. NULL with an error that names the device node and the
     * remedy. In-kernel chips are made here or in start(), after the first memory slots.
     */
    struct accel *(*create)(const struct accel_config *cfg, GError **error);
    void (*destroy)(struct accel *a);

    /* Guest RAM, VRAM or ROM: size a multiple of RAM_PAGE. */
    struct ram_block *(*ram_alloc)(struct accel *a, const char *name, uint64_t size,
                                   GError **error);

    /* Attach to the spaces (RAM and ROM become guest memory), make vCPUs and chips, parked. */
    bool (*start)(struct accel *a, const struct accel_host *host, GError **error);

    /* Let vCPUs run; park them. pause() returns when none is in the guest or in a handler, and
     * coalesced writes have been delivered. */
    void (*resume)(struct accel *a);
    void (*pause)(struct accel *a);

    /* Power-on state of all vCPUs and in-kernel chips. Paused. */
    void (*reset)(struct accel *a);

    /* -- interrupts; any thread, leaf -- */
    /* IRQCHIP_ON: level of a GSI. Called on change only. */
    void (*set_gsi)(struct accel *a, unsigned gsi, bool level);
    /* IRQCHIP_SPLIT, _OFF: the PIC's INTR output. */
    void (*set_intr)(struct accel *a, bool level);
    /* IRQCHIP_ON, _SPLIT: deliver a message to the LAPICs. */
    void (*msi)(struct accel *a, uint64_t addr, uint32_t data);
    /* IRQCHIP_SPLIT: IOAPIC pin's current entry, so that EOIs are reported. */
    void (*ioapic_route)(struct accel *a, unsigned pin, bool valid, uint64_t addr, uint32_t data);
    /* IRQCHIP_ON: keep the PIT in the hypervisor from IRQ 0, for an HPET. NULL: it cannot. */
    void (*mute_pit)(struct accel *a, bool mute);
    /* IRQCHIP_ON: what counter 2 of the PIT is. NULL: the hypervisor has port 61h too. */
    bool (*pit_counter2)(struct accel *a, struct accel_counter *out);
    void (*nmi)(struct accel *a);

    /* -- monitor; paused, or they pause the vCPU for the moment -- */
    bool (*get_regs)(struct accel *a, unsigned cpu, struct accel_regs *regs);
    unsigned (*cpus)(struct accel *a);
    int (*cpu_thread)(struct accel *a, unsigned cpu); /* host thread id, 0 if none */

    /*
     * Fetch and clear the hypervisor's dirty log of a block whose region has log_dirty, one bit a
     * page, OR-ed into `bitmap` ((size / RAM_PAGE + 63) / 64 words). Any thread.
     */
    void (*dirty_log)(struct accel *a, struct ram_block *block, uint64_t *bitmap);

    /* Deliver coalesced writes that wait. Any thread that is a reader; no device lock held. */
    void (*drain)(struct accel *a);

    /* vCPUs and in-kernel chips as an opaque, versioned blob. Paused. */
    void (*save)(struct accel *a, GByteArray *out);
    bool (*load)(struct accel *a, const uint8_t *data, size_t len, GError **error);
};

struct accel_base {
    const struct accel_ops *ops;
    enum accel_irqchip irqchip;
};

static inline const struct accel_ops *accel_ops_of(const struct accel *a)
{
    return ((const struct accel_base *)(const void *)a)->ops;
}

extern const struct accel_ops accel_kvm;
extern const struct accel_ops accel_qtest;

/* All backends of this build, NULL ended, and one by name (NULL: none). accel/accel.c. */
extern const struct accel_ops *const accel_all[];
const struct accel_ops *accel_find(const char *name);

/* What -cpu help prints; g_free. */
char *accel_cpu_help(void);

#define ACCEL_ERROR (accel_error_quark())
GQuark accel_error_quark(void);

#endif
