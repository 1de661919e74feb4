/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's life: run states as QMP names them, and what changes them. All in the loop thread;
 * requests from other threads arrive through core/power.h and the backend's stopped().
 */
#ifndef SYSTEM_VM_H
#define SYSTEM_VM_H

#include "accel/accel.h"
#include "core/clock.h"

#include <stdbool.h>

enum vm_state {
    VM_PRELAUNCH, /* not started yet: -S */
    VM_RUNNING,
    VM_PAUSED,
    VM_SHUTDOWN, /* the guest powered off, -no-shutdown keeps it */
    VM_INTERNAL_ERROR,
    VM_IO_ERROR,
    VM_GUEST_PANICKED,
};

/* Who or what asked, for the events RESET and SHUTDOWN. */
enum vm_cause {
    VM_BY_GUEST_SHUTDOWN,
    VM_BY_GUEST_RESET,
    VM_BY_SIGNAL,
    VM_BY_QMP_QUIT,
    VM_BY_QMP_RESET,
    VM_BY_UI,
    VM_BY_PANIC,
};

struct vm_policy {
    bool no_reboot, no_shutdown;
};

/* Bind to a started backend. Registers for power requests. */
void vm_init(struct accel *a, struct clock *c, const struct vm_policy *policy);
/* Call fn in the loop thread after each change of state. One listener. */
void vm_on_change(void (*fn)(void *opaque), void *opaque);

/* Call fn when the CPUs stand and the devices are about to be reset. One listener. */
void vm_on_reset(void (*fn)(void *opaque), void *opaque);

enum vm_state vm_state(void);
const char *vm_state_name(void); /* QMP's: "prelaunch", "running", ... */
bool vm_running(void);

/* Let it run. No effect when running; false from states that need a reset or an end first. */
bool vm_cont(void);
/* Stop it in a state; STOP is raised if it ran. */
void vm_stop(enum vm_state state);
void vm_reset(enum vm_cause cause);
/* End the process with an exit code; SHUTDOWN is raised. */
void vm_quit(enum vm_cause cause, int code);
/* The guest, or a person in its place, powers off: ends, or stops with -no-shutdown. */
void vm_power_off(enum vm_cause cause);
/* The exit code that vm_quit() asked for. */
int vm_exit_code(void);

struct accel *vm_accel(void);
struct clock *vm_clock(void);

/* For accel_host.stopped: any thread. */
void vm_accel_stopped(void *opaque, unsigned cpu, enum accel_stop why, const char *detail);

#endif
