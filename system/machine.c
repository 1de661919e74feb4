/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building the machine from options, and taking it apart: see machine.h. */
#include "system/machine.h"

#include "accel/qtest/qtest.h"
#include "chardev/chardev.h"
#include "core/report.h"
#include "core/stats.h"
#include "core/surface.h"
#include "core/trace.h"
#include "system/audio.h"
#include "system/firmware.h"
#include "system/plug.h"
#include "system/version.h"
#include "system/vm.h"
#include "system/wiring.h"

#include <string.h>

#define KERNEL_MAX ((gsize)256 << 20)
#define INITRD_MAX ((gsize)2047 << 20)

struct machine {
    struct options *options;
    struct accel *accel;
    const struct accel_ops *ops;
    struct space *ports, *mem;
    struct clock *clock;
    struct pc *pc;
    struct wiring wiring;
};

/* -- from the board into the hypervisor; opaque is the accel -- */

static void to_gsi(void *opaque, unsigned n, bool level)
{
    accel_ops_of(opaque)->set_gsi(opaque, n, level);
}

static void to_intr(void *opaque, unsigned n, bool level)
{
    (void)n;
    if (accel_ops_of(opaque)->set_intr) {
        accel_ops_of(opaque)->set_intr(opaque, level);
    }
}

static void to_msi(void *opaque, uint64_t addr, uint32_t data)
{
    if (accel_ops_of(opaque)->msi) {
        accel_ops_of(opaque)->msi(opaque, addr, data);
    }
}

static void to_route(void *opaque, unsigned pin, bool valid, uint64_t addr, uint32_t data)
{
    if (accel_ops_of(opaque)->ioapic_route) {
        accel_ops_of(opaque)->ioapic_route(opaque, pin, valid, addr, data);
    }
}

static void to_mute(void *opaque, bool mute)
{
    accel_ops_of(opaque)->mute_pit(opaque, mute);
}

static bool from_counter2(void *opaque, struct pc_counter *out)
{
    struct accel_counter c;

    if (!accel_ops_of(opaque)->pit_counter2(opaque, &c)) {
        return false;
    }
    *out =
        (struct pc_counter){.stamp = c.stamp, .age_ns = c.age_ns, .count = c.count, .mode = c.mode};
    return true;
}

static struct ram_block *from_accel(void *opaque, const char *name, uint64_t size, GError **error)
{
    return accel_ops_of(opaque)->ram_alloc(opaque, name, size, error);
}

static void dirty_log(void *opaque, struct ram_block *block, uint64_t *bitmap)
{
    if (accel_ops_of(opaque)->dirty_log) {
        accel_ops_of(opaque)->dirty_log(opaque, block, bitmap);
    }
}

static void drain(void *opaque)
{
    if (accel_ops_of(opaque)->drain) {
        accel_ops_of(opaque)->drain(opaque);
    }
}

/* -- building -- */

static bool is_qtest(const char *name)
{
    return strcmp(name, accel_qtest.name) == 0;
}

/* -accel a -accel b: the first that works; qtest wins wherever it stands. */
static bool make_accel(struct machine *m, GError **error)
{
    struct options *o = m->options;
    struct accel_config cfg = {
        .cpus = o->cpus,
        .cpu_model = o->cpu_model,
        .irqchip = o->irqchip,
    };
    g_autoptr(GError) first = NULL;

    if (o->accels->len == 0) {
        g_ptr_array_add(o->accels, g_strdup("kvm"));
    }
    for (guint i = 0; i < o->accels->len; i++) {
        if (is_qtest(g_ptr_array_index(o->accels, i))) {
            m->ops = &accel_qtest;
            m->accel = accel_qtest.create(&cfg, error);
            return m->accel != NULL;
        }
    }
    for (guint i = 0; i < o->accels->len && !m->accel; i++) {
        m->ops = accel_find(g_ptr_array_index(o->accels, i));
        m->accel = m->ops->create(&cfg, first ? NULL : &first);
    }
    if (!m->accel) {
        g_propagate_error(error, g_steal_pointer(&first));
    }
    return m->accel != NULL;
}

static enum pc_intc intc_of(const struct machine *m)
{
    if (m->ops == &accel_qtest) {
        return m->options->irqchip == IRQCHIP_OFF ? PC_INTC_OWN : PC_INTC_SPLIT;
    }
    switch (((struct accel_base *)(void *)m->accel)->irqchip) {
    case IRQCHIP_ON:
        return PC_INTC_HYPERVISOR;
    case IRQCHIP_SPLIT:
        return PC_INTC_SPLIT;
    case IRQCHIP_OFF:
        break;
    }
    return PC_INTC_OWN;
}

/* The files of -kernel and -initrd; false on error. */
static bool load_linux(const struct options *o, struct pc_linux *l, GError **error)
{
    *l = (struct pc_linux){.kernel_file = o->kernel, .initrd_file = o->initrd, .append = o->append};
    if (!o->kernel) {
        return true;
    }
    l->kernel = firmware_file("-kernel", o->kernel, KERNEL_MAX, error);
    if (l->kernel && o->initrd) {
        l->initrd = firmware_file("-initrd", o->initrd, INITRD_MAX, error);
    }
    return l->kernel && (!o->initrd || l->initrd);
}

static bool make_board(struct machine *m, GError **error)
{
    struct options *o = m->options;
    struct pc_linux linux_boot = {0};
    struct pc_config cfg = {
        .ram_size = o->ram_size,
        .cpus = o->cpus,
        .intc = intc_of(m),
        .gsi = to_gsi,
        .intr = to_intr,
        .msi = to_msi,
        .ioapic_route = to_route,
        .mute_pit = m->ops->mute_pit ? to_mute : NULL,
        .counter2 = m->ops->pit_counter2 ? from_counter2 : NULL,
        .ram_alloc = from_accel,
        .dirty_log = dirty_log,
        .accel_opaque = m->accel,
        .firmware = firmware_load,
        .bios = o->bios,
        .boot = o->boot_order,
        .boot_menu = o->boot_menu,
        .boot_splash_ms = o->boot_splash_ms,
        .uuid = o->uuid,
        .vga = o->vga && (!o->nodefaults || o->vga_set),
        .rtc_localtime = o->rtc_localtime,
        .no_acpi = o->no_acpi,
        .no_hpet = o->no_hpet,
        .no_vmport = o->no_vmport,
        .fw_files = m->wiring.fw_files,
        .linux_boot = o->kernel ? &linux_boot : NULL,
    };

    device_path_from(o->cpus);
    memcpy(cfg.ide, m->wiring.ide, sizeof(cfg.ide));
    memcpy(cfg.serial, m->wiring.serial, sizeof(cfg.serial));
    cfg.debugcon[1] = m->wiring.debugcon;
    if (load_linux(o, &linux_boot, error)) {
        m->pc = pc_new(m->ports, m->mem, m->clock, &cfg, error);
    }
    g_clear_pointer(&linux_boot.kernel, g_bytes_unref);
    g_clear_pointer(&linux_boot.initrd, g_bytes_unref);
    return m->pc != NULL;
}

static void set_rtc(struct machine *m)
{
    const struct options *o = m->options;

    if (o->rtc_guest_clock) {
        clock_wall_follow_guest(m->clock, true);
    }
    if (o->rtc_base_ns) {
        clock_wall_set(m->clock, o->rtc_base_ns);
    } else if (o->rtc_localtime && !clock_is_stepped(m->clock)) {
        g_autoptr(GDateTime) now = g_date_time_new_now_local();

        clock_wall_set(m->clock, clock_wall(m->clock) + g_date_time_get_utc_offset(now) * 1000);
    }
}

static bool start(struct machine *m, GError **error)
{
    struct accel_host host = {
        .ports = m->ports,
        .mem = m->mem,
        .opaque = m->pc,
        .intr_ack = pc_intr_ack,
        .ioapic_eoi = pc_ioapic_eoi,
        .stopped = vm_accel_stopped,
    };
    struct vm_policy policy = {
        .no_reboot = m->options->no_reboot,
        .no_shutdown = m->options->no_shutdown,
    };

    vm_init(m->accel, m->clock, &policy);
    return m->ops->start(m->accel, &host, error);
}

static bool attach_qtest(struct machine *m, GError **error)
{
    struct options *o = m->options;
    g_autoptr(GError) failed = NULL;
    struct line *line;

    if (m->ops != &accel_qtest) {
        if (o->qtest) {
            g_set_error(error, KEYVAL_ERROR, 0, "-qtest %s: needs -accel qtest", o->qtest);
        }
        return o->qtest == NULL;
    }
    if (!o->qtest) {
        return true;
    }
    line = chardev_from_spec("-qtest", "qtest", o->qtest, &failed);
    if (!line) {
        if (failed) {
            g_propagate_error(error, g_steal_pointer(&failed));
        } else {
            g_set_error(error, KEYVAL_ERROR, 0, "-qtest %s: needs a back end", o->qtest);
        }
        return false;
    }
    return qtest_attach(m->accel, line, o->qtest_log, m->clock, pc_board(m->pc)->gsi, error);
}

/* A machine that cannot boot from anything says so, and what to do. Who asks for the network knows. */
static void hint(const struct machine *m)
{
    bool disk = m->options->boot_order && strchr(m->options->boot_order, 'n');

    for (int i = 0; i < 4; i++) {
        disk = disk || m->wiring.ide[i / 2][i % 2];
    }
    if (!disk && m->ops != &accel_qtest && !m->options->bios && !m->options->kernel) {
        report("nothing to boot from: give a raw disk image, as in vmx-dm disk.img or -hda "
               "disk.img (see vmx-dm -help)");
    }
}

/* The options, and what came without being asked for. */
static void start_trace(struct machine *m)
{
    struct options *o = m->options;

    if (!o->trace) {
        return;
    }
    if (m->wiring.default_nic) {
        g_ptr_array_add(o->given, g_strdup("-nic user"));
    }
    g_ptr_array_add(o->given, NULL);
    trace_describe(m->ops->name, o->cpus, VMX_DM_VERSION, (const char *const *)o->given->pdata);
    g_ptr_array_set_size(o->given, (int)o->given->len - 1);
    trace_start(m->clock);
}

struct machine *machine_new(struct options *o, GError **error)
{
    struct machine *m = g_new0(struct machine, 1);

    m->options = o;
    firmware_add_dirs(o->firmware_dirs);
    stats_open(o->cpus);
    if (!wiring_backends(&m->wiring, o, error) || !audio_open(o, error) ||
        (o->trace && !trace_open(o->trace, o->trace_size, error)) || !make_accel(m, error)) {
        machine_free(m);
        return NULL;
    }
    m->ports = space_new_ports();
    m->mem = space_new_memory();
    m->clock = clock_new(m->ops == &accel_qtest);
    set_rtc(m);
    if (!make_board(m, error) || !wiring_devices(&m->wiring, o, pc_board(m->pc), error)) {
        machine_free(m);
        return NULL;
    }
    pc_finish(m->pc);
    plug_init(m->pc);
    if (!start(m, error)) {
        machine_free(m);
        return NULL;
    }
    device_reset_all();
    m->ops->reset(m->accel);
    surface_set_prepare(drain, m->accel);
    if (!attach_qtest(m, error)) {
        machine_free(m);
        return NULL;
    }
    start_trace(m);
    hint(m);
    return m;
}

void machine_free(struct machine *m)
{
    surface_set_prepare(NULL, NULL);
    if (m->accel && vm_running()) {
        m->ops->pause(m->accel);
    }
    audio_close();
    disk_free_all();
    link_free_all();
    line_free_all();
    /* guest memory, chips and the VM go with the process */
    wiring_clear(&m->wiring);
    g_free(m);
}

void machine_power_button(struct machine *m)
{
    pc_power_button(machine_pc(m));
    event_raise("POWERDOWN", NULL);
}

struct pc *machine_pc(struct machine *m)
{
    return m->pc;
}

struct options *machine_options(struct machine *m)
{
    return m->options;
}
