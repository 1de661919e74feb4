/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The KVM backend: making a VM, starting, pausing, resetting and ending it. kvm.h says how the
 * rest is divided and who may hold which lock.
 *
 * Start-up, in the order that costs least (the first memory slot after the in-kernel chips would
 * take 6 ms more, before them 30 us): VM, slots, chips, vCPUs. The CPUID leaves that KVM supports
 * take half a millisecond to fetch where CPUID itself is trapped, so the first vCPU's thread, which
 * begins early for it, fetches them while the board is built. Nobody waits for a new thread to run:
 * on a busy host that is a time slice, 4 ms.
 */
#include "accel/vmx/kvm.h"
#include "accel/vmx/kvm_cpu.h"

#include "core/report.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODE "/dev/kvm"
#define CPUID_LEAVES 256

int kvm_ioctl(int fd, unsigned long request, void *arg)
{
    int r;

    do {
        r = ioctl(fd, request, arg);
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : r;
}

int kvm_ioctl_val(int fd, unsigned long request, unsigned long arg)
{
    return kvm_ioctl(fd, request, (void *)arg);
}

int kvm_cap(const struct accel *a, int cap)
{
    int r = kvm_ioctl_val(a->vm >= 0 ? a->vm : a->kvm, KVM_CHECK_EXTENSION, (unsigned long)cap);

    return r < 0 ? 0 : r;
}

/* -- create -- */

static void open_error(int err, GError **error)
{
    struct stat st;
    struct group *g = NULL;

    if (err == EACCES || err == EPERM) {
        if (stat(NODE, &st) == 0) {
            g = getgrgid(st.st_gid);
        }
        g_set_error(error, ACCEL_ERROR, 0,
                    NODE ": %s: add your user to group %s: usermod -aG %s %s", g_strerror(err),
                    g ? g->gr_name : "kvm", g ? g->gr_name : "kvm", g_get_user_name());
    } else if (err == ENOENT || err == ENODEV || err == ENXIO) {
        g_set_error(error, ACCEL_ERROR, 0,
                    NODE ": %s: load kvm-intel or kvm-amd (modprobe), or enable virtualization "
                         "in the BIOS",
                    g_strerror(err));
    } else {
        g_set_error(error, ACCEL_ERROR, 0, NODE ": %s", g_strerror(err));
    }
}

static bool open_vm(struct accel *a, GError **error)
{
    a->kvm = open(NODE, O_RDWR | O_CLOEXEC);
    if (a->kvm < 0) {
        open_error(errno, error);
        return false;
    }
    if (kvm_ioctl(a->kvm, KVM_GET_API_VERSION, NULL) != KVM_API_VERSION) {
        g_set_error(error, ACCEL_ERROR, 0, NODE ": API version is not %d: use a newer kernel",
                    KVM_API_VERSION);
        return false;
    }
    a->vm = kvm_ioctl(a->kvm, KVM_CREATE_VM, NULL);
    if (a->vm < 0) {
        g_set_error(error, ACCEL_ERROR, 0, NODE ": cannot make a VM: %s%s", g_strerror(-a->vm),
                    a->vm == -EBUSY ? ": another hypervisor holds the CPU's virtualization" : "");
        return false;
    }
    return true;
}

static bool need(struct accel *a, int cap, const char *name, GError **error)
{
    if (kvm_cap(a, cap) > 0) {
        return true;
    }
    g_set_error(error, ACCEL_ERROR, 0, NODE ": %s is missing: use a newer kernel", name);
    return false;
}

static bool learn_caps(struct accel *a, GError **error)
{
    int size = kvm_ioctl(a->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
    int ring = kvm_cap(a, KVM_CAP_COALESCED_MMIO);

    if (!need(a, KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT", error) ||
        !need(a, KVM_CAP_READONLY_MEM, "KVM_CAP_READONLY_MEM", error) ||
        !need(a, KVM_CAP_XSAVE, "KVM_CAP_XSAVE", error) ||
        (a->base.irqchip == IRQCHIP_ON && !need(a, KVM_CAP_PIT2, "KVM_CAP_PIT2", error)) ||
        (a->base.irqchip == IRQCHIP_SPLIT &&
         !need(a, KVM_CAP_SPLIT_IRQCHIP, "KVM_CAP_SPLIT_IRQCHIP", error))) {
        return false;
    }
    a->run_size = size > 0 ? (size_t)size : 4096;
    if (ring > 0 && (size_t)ring * 4096 + 4096 <= a->run_size) {
        a->ring_page = (unsigned)ring;
        a->pio_ring = kvm_cap(a, KVM_CAP_COALESCED_PIO) > 0;
    }
    a->have_xcrs = kvm_cap(a, KVM_CAP_XCRS) > 0;
    a->have_debugregs = kvm_cap(a, KVM_CAP_DEBUGREGS) > 0;
    a->xsave_size = sizeof(struct kvm_xsave);
#ifdef KVM_CAP_XSAVE2
    a->xsave_size = MAX(a->xsave_size, (size_t)kvm_cap(a, KVM_CAP_XSAVE2));
#endif
    return true;
}

/* Not in KVM's list: memory type range registers. */
static void list_mtrrs(struct kvm_msr_list *list)
{
    static const uint32_t mtrrs[] = {0x2ff, 0x250, 0x258, 0x259, 0x268, 0x269,
                                     0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f};

    for (unsigned i = 0; i < G_N_ELEMENTS(mtrrs) && list->nmsrs < KVM_MSRS; i++) {
        list->indices[list->nmsrs++] = mtrrs[i];
    }
    for (uint32_t i = 0x200; i < 0x210 && list->nmsrs < KVM_MSRS; i++) {
        list->indices[list->nmsrs++] = i;
    }
}

static void fetch(struct accel *a)
{
    a->supported->nent = CPUID_LEAVES;
    if (kvm_ioctl(a->kvm, KVM_GET_SUPPORTED_CPUID, a->supported) < 0) {
        a->supported->nent = 0;
    }
    a->msr_list->nmsrs = KVM_MSRS;
    if (kvm_ioctl(a->kvm, KVM_GET_MSR_INDEX_LIST, a->msr_list) < 0) {
        a->msr_list->nmsrs = 0;
    }
    list_mtrrs(a->msr_list);
}

void kvm_probe(struct accel *a)
{
    g_mutex_lock(&a->lock);
    if (a->probed == PROBE_WAITS) {
        a->probed = PROBE_RUNS;
        g_mutex_unlock(&a->lock);
        fetch(a);
        g_mutex_lock(&a->lock);
        a->probed = PROBE_DONE;
        g_cond_broadcast(&a->cond);
    }
    while (a->probed != PROBE_DONE) {
        g_cond_wait(&a->cond, &a->lock);
    }
    g_mutex_unlock(&a->lock);
}

static void destroy(struct accel *a);

static struct accel *create(const struct accel_config *cfg, GError **error)
{
    struct accel *a = g_new0(struct accel, 1);

    a->base.ops = &accel_kvm;
    a->base.irqchip = cfg->irqchip;
    a->cfg = *cfg;
    a->kvm = a->vm = -1;
    g_mutex_init(&a->lock);
    g_cond_init(&a->cond);
    g_mutex_init(&a->slot_lock);
    g_mutex_init(&a->zone_lock);
    g_mutex_init(&a->drain_lock);
    g_mutex_init(&a->route_lock);
    if (cfg->cpus < 1 || cfg->cpus > (cfg->irqchip == IRQCHIP_OFF ? 1 : ACCEL_MAX_CPUS)) {
        g_set_error(error, ACCEL_ERROR, 0, "-smp %u: %s", cfg->cpus,
                    cfg->irqchip == IRQCHIP_OFF ? "must be 1 with kernel-irqchip=off"
                                                : "must be 1 to 8");
    } else if (cpu_spec_parse(&a->spec, cfg->cpu_model, error) && open_vm(a, error) &&
               learn_caps(a, error)) {
        a->supported =
            g_malloc0(sizeof(*a->supported) + CPUID_LEAVES * sizeof(a->supported->entries[0]));
        a->msr_list = g_malloc0(sizeof(*a->msr_list) + KVM_MSRS * sizeof(uint32_t));
        vcpu_thread_start(a, 0);
        return a;
    }
    destroy(a);
    return NULL;
}

static void unlisten(struct accel *a)
{
    static const struct space_listener deaf;

    if (a->listening) {
        space_listen(a->host.ports, &deaf);
        space_listen(a->host.mem, &deaf);
    }
}

static void destroy(struct accel *a)
{
    if (!a) {
        return;
    }
    kvm_tick_stop(a);
    unlisten(a);
    g_mutex_lock(&a->lock);
    a->quit = true;
    g_mutex_unlock(&a->lock);
    for (unsigned i = 0; i < ACCEL_MAX_CPUS; i++) {
        struct vcpu *v = &a->cpu[i];

        if (v->thread) {
            __atomic_store_n(&v->attn, 1, __ATOMIC_SEQ_CST);
            vcpu_kick(v);
            g_thread_join(v->thread);
        }
    }
    for (unsigned i = 0; i < ACCEL_MAX_CPUS; i++) { /* the ring is in the first one's pages */
        vcpu_destroy(&a->cpu[i]);
    }
    kvm_mem_free(a);
    if (a->vm >= 0) {
        close(a->vm);
    }
    if (a->kvm >= 0) {
        close(a->kvm);
    }
    if (a->power_on) {
        g_byte_array_unref(a->power_on);
    }
    g_free(a->supported);
    g_free(a->msr_list);
    g_mutex_clear(&a->lock);
    g_cond_clear(&a->cond);
    g_mutex_clear(&a->slot_lock);
    g_mutex_clear(&a->zone_lock);
    g_mutex_clear(&a->drain_lock);
    g_mutex_clear(&a->route_lock);
    g_free(a);
}

static struct ram_block *ram_alloc(struct accel *a, const char *name, uint64_t size, GError **error)
{
    (void)a;
    return ram_block_new(name, size, error);
}

/* -- start -- */

/* Where KVM may put its own pages: on Intel, before the first vCPU. Others have no such need. */
static void reserve_pages(struct accel *a)
{
    uint64_t identity = KVM_IDENTITY_BASE;

    kvm_ioctl(a->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity);
    kvm_ioctl_val(a->vm, KVM_SET_TSS_ADDR, KVM_TSS_BASE);
}

static bool listen_memory(struct accel *a, GError **error)
{
    struct space_listener l = {.changed = kvm_mem_changed, .coalesce = kvm_coalesce, .opaque = a};

    a->listening = true;
    space_listen(a->host.mem, &l);
    if (a->slot_error) {
        g_set_error(error, ACCEL_ERROR, 0, "kvm: cannot map guest memory: %s; try a smaller -m",
                    g_strerror(a->slot_error));
        return false;
    }
    return true;
}

static bool start(struct accel *a, const struct accel_host *host, GError **error)
{
    struct space_listener l = {.coalesce = kvm_coalesce, .opaque = a};

    a->host = *host;
    if (!listen_memory(a, error)) {
        return false;
    }
    reserve_pages(a);
    if (!kvm_irq_create(a, error)) {
        return false;
    }
    space_listen(host->ports, &l);
    kvm_probe(a);
    if (a->supported->nent == 0) {
        g_set_error(error, ACCEL_ERROR, 0, NODE ": cannot tell which CPU features it supports");
        return false;
    }
    for (unsigned i = 0; i < a->cfg.cpus; i++) {
        if (!vcpu_create(a, i, error)) {
            return false;
        }
    }
    a->power_on = g_byte_array_new();
    kvm_save(a, a->power_on);
    kvm_replay_gsis(a);
    for (unsigned i = 1; i < a->cfg.cpus; i++) {
        vcpu_thread_start(a, i);
    }
    a->pristine = true;
    a->started = true;
    return true;
}

/* -- running and resting -- */

static void resume(struct accel *a)
{
    if (!a->started || a->running) {
        return;
    }
    __atomic_store_n(&a->pristine, false, __ATOMIC_RELAXED);
    kvm_time_thaw(a);
    g_mutex_lock(&a->lock);
    for (unsigned i = 0; i < a->cfg.cpus; i++) {
        a->cpu[i].dead = false;
    }
    a->running = true;
    g_mutex_unlock(&a->lock);
    g_cond_broadcast(&a->cond); /* after the lock, or they would wake only to wait for it */
    kvm_tick_start(a);
}

static bool all_parked(const struct accel *a)
{
    for (unsigned i = 0; i < a->cfg.cpus; i++) {
        if (!a->cpu[i].parked) {
            return false;
        }
    }
    return true;
}

static void pause_vcpus(struct accel *a)
{
    if (!a->started || !a->running) {
        return;
    }
    kvm_tick_stop(a);
    g_mutex_lock(&a->lock);
    a->running = false;
    for (unsigned i = 0; i < a->cfg.cpus; i++) {
        __atomic_store_n(&a->cpu[i].attn, 1, __ATOMIC_SEQ_CST);
    }
    g_mutex_unlock(&a->lock);
    for (unsigned i = 0; i < a->cfg.cpus; i++) {
        vcpu_kick(&a->cpu[i]);
    }
    g_mutex_lock(&a->lock);
    while (!all_parked(a)) {
        g_cond_wait(&a->cond, &a->lock);
    }
    g_mutex_unlock(&a->lock);
    kvm_drain(a);
    kvm_time_freeze(a);
}

/* Nothing to do when nothing has run: start() leaves all at power-on. */
static void reset(struct accel *a)
{
    if (!a->started || a->running || __atomic_load_n(&a->pristine, __ATOMIC_RELAXED)) {
        return;
    }
    kvm_restore(a, a->power_on);
    a->pristine = true;
}

static unsigned cpus(struct accel *a)
{
    return a->cfg.cpus;
}

static int cpu_thread(struct accel *a, unsigned cpu)
{
    int tid;

    if (!a->started || cpu >= a->cfg.cpus) {
        return 0;
    }
    g_mutex_lock(&a->lock);
    while (!(tid = a->cpu[cpu].tid)) {
        g_cond_wait(&a->cond, &a->lock);
    }
    g_mutex_unlock(&a->lock);
    return tid;
}

const struct accel_ops accel_kvm = {
    .name = "kvm",
    .cpu_help = kvm_cpu_help,
    .create = create,
    .destroy = destroy,
    .ram_alloc = ram_alloc,
    .start = start,
    .resume = resume,
    .pause = pause_vcpus,
    .reset = reset,
    .set_gsi = kvm_set_gsi,
    .set_intr = kvm_set_intr,
    .msi = kvm_msi,
    .ioapic_route = kvm_ioapic_route,
    .mute_pit = kvm_mute_pit,
    .pit_counter2 = kvm_pit_counter2,
    .nmi = kvm_nmi,
    .get_regs = kvm_get_regs,
    .cpus = cpus,
    .cpu_thread = cpu_thread,
    .dirty_log = kvm_dirty_log,
    .drain = kvm_drain,
    .save = kvm_save,
    .load = kvm_load,
};
