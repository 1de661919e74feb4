/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording what passes between the guest, the host and the devices, into a ring in a file
 * (core/trace_format.h). Writers are any threads, without a lock: each takes its slots with one
 * atomic addition. A process that dies leaves a file that can be read up to its last access.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/trace_format.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct clock;
struct cpu_regs;
struct space;

#define TRACE_SIZE_DEFAULT (UINT64_C(64) << 20)
#define TRACE_SIZE_MIN (TRACE_SLOTS_MIN * UINT64_C(32))
#define TRACE_SIZE_MAX (UINT64_C(64) << 30)

/* Set by trace_start(). */
extern bool trace_running;

/* All that tracing costs where nobody traces. */
static inline bool trace_active(void)
{
    return __builtin_expect(__atomic_load_n(&trace_running, __ATOMIC_RELAXED), 0);
}

/*
 * Make the file, with a ring of at most `size` bytes (rounded down to a power of two), all of it
 * allocated. An older trace of that name is replaced, anything else refused. Loop thread.
 */
bool trace_open(const char *path, uint64_t size, GError **error);

/* What a replay needs to know: options as "-m 64", NULL ended. After trace_open(). */
void trace_describe(const char *accel, unsigned cpus, const char *program,
                    const char *const *options);

/* Record from now on. No effect without trace_open(). */
void trace_start(const struct clock *clock);

/* Stop and let go of the file; no thread may be in an access. For tests. */
void trace_close(void);

/* The calling thread is this vCPU. */
void trace_set_cpu(uint8_t cpu);

/* -- only when trace_active() -- */

void trace_access(struct space *s, uint64_t addr, unsigned width, uint32_t count, bool write,
                  const void *data, uint64_t time);
uint64_t trace_time(void);
/* Guest RAM as a device read or wrote it; nothing when no device is locked by this thread. */
void trace_dma(uint64_t addr, bool write, const void *data, uint64_t len);
/* Data from outside: `from` names the link or line. */
void trace_data(enum trace_type type, const char *kind, const char *from, const void *data,
                uint32_t len);
/* Registers as a device read them in an access. */
void trace_regs(const struct cpu_regs *regs);
void trace_event(enum trace_type type, uint64_t addr, uint64_t value);

#endif
