/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vCPU: making it, its thread, and the loop around KVM_RUN. Between an exit and re-entry there
 * is no allocation, no log line, no vCPU ioctl; the RCU reader goes offline around KVM_RUN.
 */
#include "accel/vmx/kvm.h"

#include "core/report.h"
#include "core/stats.h"
#include "core/trace.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KICK_SIGNAL (SIGRTMIN + 1)

static _Thread_local struct vcpu *self;

/* -- making and ending -- */

static bool failed(GError **error, const char *what, int err)
{
    g_set_error(error, ACCEL_ERROR, 0, "kvm: %s: %s", what, g_strerror(-err));
    return false;
}

static bool set_cpuid(struct vcpu *v, uint32_t *signature, GError **error)
{
    struct accel *a = v->a;
    g_autoptr(GString) missing = g_string_new(NULL);
    g_autofree struct kvm_cpuid2 *leaves = NULL;
    const struct kvm_cpuid_entry2 *one;
    int err;

    leaves = cpu_spec_build(&a->spec, a->supported, v->id, a->cfg.cpus,
                            a->base.irqchip != IRQCHIP_OFF, missing, error);
    if (!leaves) {
        return false;
    }
    if (missing->len && v->id == 0) {
        report("-cpu %s: this host cannot give: %s", a->spec.model, missing->str);
    }
    one = cpuid_find(leaves, 1, 0);
    *signature = one ? one->eax : 0x600;
    err = kvm_ioctl(v->fd, KVM_SET_CPUID2, leaves);
    return err >= 0 || failed(error, "the kernel refuses this CPU model; try -cpu host", err);
}

/* After power-on EDX holds the signature of CPUID leaf 1 (SDM vol. 3A, 9.1.2). */
static int set_signature(struct vcpu *v, uint32_t signature)
{
    struct kvm_regs regs;
    int err = kvm_ioctl(v->fd, KVM_GET_REGS, &regs);

    if (err < 0 || regs.rdx == signature) {
        return err;
    }
    regs.rdx = signature;
    return kvm_ioctl(v->fd, KVM_SET_REGS, &regs);
}

/*
 * Without chips in the kernel there is no local APIC. Linux shows one in CPUID all the same while
 * the base MSR has it enabled, as it has from the start: a guest would use what is not there.
 */
static int hide_apic(struct vcpu *v)
{
    struct kvm_sregs sregs;
    int err = kvm_ioctl(v->fd, KVM_GET_SREGS, &sregs);

    if (err < 0 || sregs.apic_base == 0) {
        return err;
    }
    sregs.apic_base = 0;
    return kvm_ioctl(v->fd, KVM_SET_SREGS, &sregs);
}

static void vcpu_init(struct accel *a, unsigned id)
{
    struct vcpu *v = &a->cpu[id];

    if (!v->a) {
        v->a = a;
        v->id = id;
        v->fd = -1;
        v->parked = true;
    }
}

bool vcpu_create(struct accel *a, unsigned id, GError **error)
{
    struct vcpu *v = &a->cpu[id];
    uint32_t signature;
    void *run;
    int err;

    vcpu_init(a, id);
    v->fd = kvm_ioctl_val(a->vm, KVM_CREATE_VCPU, id);
    if (v->fd < 0) {
        return failed(error, "cannot make a CPU; try a smaller -smp", v->fd);
    }
    run = mmap(NULL, a->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
    if (run == MAP_FAILED) {
        return failed(error, "cannot map a CPU", -errno);
    }
    v->run = run;
    if (id == 0 && a->ring_page) {
        a->ring = (void *)((uint8_t *)run + (size_t)a->ring_page * 4096);
    }
    if (!set_cpuid(v, &signature, error)) {
        return false;
    }
    err = set_signature(v, signature);
    if (err >= 0 && a->base.irqchip == IRQCHIP_OFF) {
        err = hide_apic(v);
    }
    return err >= 0 || failed(error, "cannot set registers", err);
}

void vcpu_destroy(struct vcpu *v)
{
    if (v->run) {
        munmap(v->run, v->a->run_size);
    }
    if (v->a && v->fd >= 0) {
        close(v->fd);
    }
}

/* -- kicks and calls -- */

void vcpu_kick(struct vcpu *v)
{
    if (v == self) {
        return; /* looks by itself before it enters */
    }
    if (v->run) {
        __atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
    }
    g_mutex_lock(&v->a->lock);
    if (v->parked || v->halted) {
        g_cond_broadcast(&v->a->cond);
    } else {
        pthread_kill(v->handle, KICK_SIGNAL);
    }
    g_mutex_unlock(&v->a->lock);
}

void vcpu_call(struct vcpu *v, vcpu_fn *fn, void *arg)
{
    struct accel *a = v->a;

    if (!a->started || v == self) {
        fn(v, arg);
        return;
    }
    g_mutex_lock(&a->lock);
    while (v->work) {
        g_cond_wait(&a->cond, &a->lock);
    }
    v->work = fn;
    v->work_arg = arg;
    __atomic_store_n(&v->attn, 1, __ATOMIC_SEQ_CST);
    g_mutex_unlock(&a->lock);
    vcpu_kick(v);
    g_mutex_lock(&a->lock);
    while (v->work == fn && v->work_arg == arg) {
        g_cond_wait(&a->cond, &a->lock);
    }
    g_mutex_unlock(&a->lock);
}

/* -- the loop -- */

/* IRQCHIP_OFF: wait in HLT for an interrupt, an NMI or attention. */
static void wait_halted(struct vcpu *v)
{
    struct accel *a = v->a;

    space_reader_offline();
    g_mutex_lock(&a->lock);
    while (v->halted && !v->attn && !__atomic_load_n(&v->nmi, __ATOMIC_SEQ_CST) &&
           !(__atomic_load_n(&a->intr, __ATOMIC_SEQ_CST) && v->run->if_flag)) {
        g_cond_wait(&a->cond, &a->lock);
    }
    if (!v->attn) {
        v->halted = false;
    }
    g_mutex_unlock(&a->lock);
    space_reader_online();
    stats_waited();
}

static int enter(struct vcpu *v)
{
    int r;

    v->slot_gen = __atomic_load_n(&v->a->slot_gen, __ATOMIC_SEQ_CST);
    space_reader_offline();
    r = ioctl(v->fd, KVM_RUN, 0) < 0 ? -errno : 0;
    stats_returned();
    space_reader_online();
    if (kvm_ring_waits(v->a)) {
        kvm_drain(v->a);
        stats_answered_by(STATS_DRAIN);
    }
    return r;
}

/* Run until something wants the thread. No lock held. */
static void run_guest(struct vcpu *v)
{
    for (;;) {
        int r;

        if (v->halted) {
            wait_halted(v);
            if (__atomic_load_n(&v->attn, __ATOMIC_SEQ_CST)) {
                return;
            }
        }
        kvm_irq_before_run(v);
        r = enter(v);
        if (r == 0) {
            if (!vcpu_exit(v)) {
                return;
            }
        } else if (r == -EINTR || r == -EAGAIN) {
            __atomic_store_n(&v->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
            if (__atomic_load_n(&v->attn, __ATOMIC_SEQ_CST)) {
                return;
            }
        } else {
            vcpu_stop(v, STOP_INTERNAL_ERROR, g_strerror(-r));
            return;
        }
    }
}

static void do_work(struct vcpu *v)
{
    struct accel *a = v->a;
    vcpu_fn *fn = v->work;
    void *arg = v->work_arg;

    g_mutex_unlock(&a->lock);
    fn(v, arg);
    g_mutex_lock(&a->lock);
    v->work = NULL;
    v->work_arg = NULL;
    g_cond_broadcast(&a->cond);
}

static void set_up_thread(struct vcpu *v)
{
    sigset_t set;

    self = v;
    trace_set_cpu((uint8_t)v->id);
    cpu_regs_provide(&vcpu_device_regs, v);
    stats_thread(v->id);
    sigfillset(&set);
    sigdelset(&set, KICK_SIGNAL);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    if (v->a->cfg.realtime) {
        struct sched_param p = {.sched_priority = 1};

        if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &p)) {
            report_once("kvm: no real-time priority for CPU threads: allow it by "
                        "\"ulimit -r\" or CAP_SYS_NICE");
        }
    }
    space_reader_register();
    space_reader_offline();
}

static void *vcpu_main(void *opaque)
{
    struct vcpu *v = opaque;
    struct accel *a = v->a;

    set_up_thread(v);
    g_mutex_lock(&a->lock);
    v->handle = pthread_self();
    v->tid = (int)syscall(SYS_gettid);
    g_cond_broadcast(&a->cond);
    g_mutex_unlock(&a->lock);
    kvm_probe(a);
    g_mutex_lock(&a->lock);
    while (!a->quit) {
        if (v->work) {
            do_work(v);
        } else if (a->running && !v->dead) {
            v->parked = false;
            __atomic_store_n(&v->attn, 0, __ATOMIC_SEQ_CST);
            __atomic_store_n(&v->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
            g_mutex_unlock(&a->lock);
            space_reader_online();
            stats_waited();
            run_guest(v);
            space_reader_offline();
            g_mutex_lock(&a->lock);
        } else {
            if (!v->parked) {
                v->parked = true;
                g_cond_broadcast(&a->cond);
            }
            g_cond_wait(&a->cond, &a->lock);
        }
    }
    v->parked = true;
    g_cond_broadcast(&a->cond);
    g_mutex_unlock(&a->lock);
    space_reader_online();
    space_reader_unregister();
    return NULL;
}

static void on_kick(int sig)
{
    (void)sig; /* its coming is all */
}

void vcpu_thread_start(struct accel *a, unsigned id)
{
    struct vcpu *v = &a->cpu[id];
    struct sigaction sa = {.sa_handler = on_kick, .sa_flags = SA_RESTART};
    char name[16];

    vcpu_init(a, id);
    sigemptyset(&sa.sa_mask);
    sigaction(KICK_SIGNAL, &sa, NULL);
    g_snprintf(name, sizeof(name), "vcpu%u", v->id);
    v->thread = g_thread_new(name, vcpu_main, v);
}
