/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's life: see vm.h. */
#include "system/vm.h"

#include "core/device.h"
#include "core/loop.h"
#include "core/power.h"
#include "core/report.h"

#include <stdio.h>

/* More triple faults than this within the window: the guest is in a loop, not rebooting. */
#define FAULT_LIMIT 5
#define FAULT_WINDOW_US (10 * G_USEC_PER_SEC)

static struct {
    struct accel *accel;
    const struct accel_ops *ops;
    struct clock *clock;
    struct vm_policy policy;
    enum vm_state state;
    bool reset_first; /* the CPUs cannot go on before a reset */
    bool quitting;
    int exit_code;
    int64_t faults[FAULT_LIMIT];
    unsigned fault;
    void (*changed)(void *opaque);
    void *changed_opaque;
    void (*before_reset)(void *opaque);
    void *reset_opaque;
} vm;

static const char *const state_names[] = {
    [VM_PRELAUNCH] = "prelaunch",
    [VM_RUNNING] = "running",
    [VM_PAUSED] = "paused",
    [VM_SHUTDOWN] = "shutdown",
    [VM_INTERNAL_ERROR] = "internal-error",
    [VM_IO_ERROR] = "io-error",
    [VM_GUEST_PANICKED] = "guest-panicked",
};

static const struct {
    const char *reason;
    bool guest;
} causes[] = {
    [VM_BY_GUEST_SHUTDOWN] = {"guest-shutdown", true},
    [VM_BY_GUEST_RESET] = {"guest-reset", true},
    [VM_BY_SIGNAL] = {"host-signal", false},
    [VM_BY_QMP_QUIT] = {"host-qmp-quit", false},
    [VM_BY_QMP_RESET] = {"host-qmp-system-reset", false},
    [VM_BY_UI] = {"host-ui", false},
    [VM_BY_PANIC] = {"guest-panic", true},
};

static void raise_cause(const char *event, enum vm_cause cause)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "guest", g_variant_new_boolean(causes[cause].guest));
    g_variant_builder_add(&b, "{sv}", "reason", g_variant_new_string(causes[cause].reason));
    event_raise(event, g_variant_builder_end(&b));
}

static void raise_panic(void)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "action", g_variant_new_string("pause"));
    event_raise("GUEST_PANICKED", g_variant_builder_end(&b));
}

static void set_state(enum vm_state state)
{
    vm.state = state;
    if (vm.changed) {
        vm.changed(vm.changed_opaque);
    }
}

enum vm_state vm_state(void)
{
    return vm.state;
}

const char *vm_state_name(void)
{
    return state_names[vm.state];
}

bool vm_running(void)
{
    return vm.state == VM_RUNNING;
}

int vm_exit_code(void)
{
    return vm.exit_code;
}

struct accel *vm_accel(void)
{
    return vm.accel;
}

struct clock *vm_clock(void)
{
    return vm.clock;
}

void vm_on_change(void (*fn)(void *opaque), void *opaque)
{
    vm.changed = fn;
    vm.changed_opaque = opaque;
}

void vm_on_reset(void (*fn)(void *opaque), void *opaque)
{
    vm.before_reset = fn;
    vm.reset_opaque = opaque;
}

bool vm_cont(void)
{
    if (vm.state == VM_RUNNING) {
        return true;
    }
    if (vm.reset_first || vm.quitting) {
        return false;
    }
    clock_start(vm.clock);
    set_state(VM_RUNNING);
    event_raise("RESUME", NULL);
    vm.ops->resume(vm.accel);
    return true;
}

void vm_stop(enum vm_state state)
{
    bool ran = vm.state == VM_RUNNING;

    if (ran) {
        vm.ops->pause(vm.accel);
        clock_stop(vm.clock);
    }
    set_state(state);
    if (ran) {
        event_raise("STOP", NULL);
    }
}

static void end(void *opaque)
{
    (void)opaque;
    loop_quit();
}

void vm_quit(enum vm_cause cause, int code)
{
    if (vm.quitting) {
        return;
    }
    vm.quitting = true;
    vm.exit_code = code;
    raise_cause("SHUTDOWN", cause);
    loop_post(end, NULL); /* behind the event, so that listeners hear of it */
}

void vm_power_off(enum vm_cause cause)
{
    if (!vm.policy.no_shutdown) {
        vm_quit(cause, 0);
        return;
    }
    raise_cause("SHUTDOWN", cause);
    vm.reset_first = true;
    vm_stop(VM_SHUTDOWN);
}

void vm_reset(enum vm_cause cause)
{
    bool ran = vm.state == VM_RUNNING;

    if (vm.policy.no_reboot) {
        vm_power_off(cause);
        return;
    }
    if (ran) {
        vm.ops->pause(vm.accel);
    }
    if (vm.before_reset) {
        vm.before_reset(vm.reset_opaque);
    }
    device_reset_all();
    vm.ops->reset(vm.accel);
    vm.reset_first = false;
    raise_cause("RESET", cause);
    if (ran) {
        vm.ops->resume(vm.accel);
    } else {
        set_state(VM_PRELAUNCH); /* as QEMU has it: nothing of what was paused is left */
    }
}

/* -- requests from vCPU threads, posted here -- */

struct request {
    enum power_request what;
    int code;
};

static void handle_power(void *opaque)
{
    struct request *r = opaque;

    switch (r->what) {
    case POWER_RESET:
        vm_reset(VM_BY_GUEST_RESET);
        break;
    case POWER_OFF:
        vm_power_off(VM_BY_GUEST_SHUTDOWN);
        break;
    case POWER_EXIT:
        vm_quit(VM_BY_GUEST_SHUTDOWN, r->code);
        break;
    case POWER_PANICKED:
        raise_panic();
        vm_stop(VM_GUEST_PANICKED);
        break;
    case POWER_SUSPEND:
        vm_stop(VM_PAUSED);
        break;
    }
    g_free(r);
}

static void power(void *opaque, enum power_request what, int code)
{
    struct request *r = g_new(struct request, 1);

    (void)opaque;
    r->what = what;
    r->code = code;
    loop_post(handle_power, r);
}

struct stopped {
    unsigned cpu;
    enum accel_stop why;
    char *detail;
};

/* Too many within the window? Then rebooting on would only burn the host. */
static bool fault_storm(void)
{
    int64_t now = g_get_monotonic_time();
    int64_t oldest = vm.faults[vm.fault];

    vm.faults[vm.fault] = now;
    vm.fault = (vm.fault + 1) % FAULT_LIMIT;
    return oldest && now - oldest < FAULT_WINDOW_US;
}

static void handle_stopped(void *opaque)
{
    struct stopped *s = opaque;

    switch (s->why) {
    case STOP_TRIPLE_FAULT:
        if (!fault_storm() || vm.policy.no_reboot) {
            vm_reset(VM_BY_GUEST_RESET);
            break;
        }
        report("CPU %u: the guest keeps rebooting by triple faults; it is stopped. "
               "Reset or quit it by QMP",
               s->cpu);
        vm.reset_first = true;
        vm_stop(VM_INTERNAL_ERROR);
        break;
    case STOP_INTERNAL_ERROR:
        report("CPU %u: the hypervisor cannot go on; the guest is stopped\n%s", s->cpu, s->detail);
        vm.reset_first = true;
        vm_stop(VM_INTERNAL_ERROR);
        break;
    case STOP_DEBUG:
        vm_stop(VM_PAUSED);
        break;
    }
    g_free(s->detail);
    g_free(s);
}

void vm_accel_stopped(void *opaque, unsigned cpu, enum accel_stop why, const char *detail)
{
    struct stopped *s = g_new(struct stopped, 1);

    (void)opaque;
    s->cpu = cpu;
    s->why = why;
    s->detail = g_strdup(detail);
    loop_post(handle_stopped, s);
}

void vm_init(struct accel *a, struct clock *c, const struct vm_policy *policy)
{
    vm.accel = a;
    vm.ops = accel_ops_of(a);
    vm.clock = c;
    vm.policy = *policy;
    vm.state = VM_PRELAUNCH;
    power_listen(power, NULL);
}
