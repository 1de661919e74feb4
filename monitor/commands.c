/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that are short. */
#include "monitor/command.h"

#include "core/report.h"
#include "hw/pc/cmos.h"
#include "hw/timer/mc146818.h"
#include "net/net.h"
#include "system/version.h"
#include "system/vm.h"

#include <string.h>

#define CMOS_BOOT_THIRD 0x38
#define CMOS_BOOT_FIRST_TWO 0x3d

struct machine *monitor_machine;

/* -- helpers of handlers -- */

GQuark qmp_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-qmp");
}

JsonNode *qmp_object(JsonObject *o)
{
    JsonNode *n = json_node_new(JSON_NODE_OBJECT);

    json_node_take_object(n, o);
    return n;
}

JsonNode *qmp_array(JsonArray *a)
{
    JsonNode *n = json_node_new(JSON_NODE_ARRAY);

    json_node_take_array(n, a);
    return n;
}

JsonNode *qmp_nothing(void)
{
    return qmp_object(json_object_new());
}

JsonNode *qmp_text(char *text)
{
    JsonNode *n = json_node_init_string(json_node_alloc(), text);

    g_free(text);
    return n;
}

void *qmp_fail(GError **error, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    g_set_error_literal(error, QMP_ERROR, QMP_GENERIC, text);
    return NULL;
}

void *qmp_no_device(const char *name, GError **error)
{
    g_set_error(error, QMP_ERROR, QMP_DEVICE_NOT_FOUND, "Device '%s' not found", name);
    return NULL;
}

const char *arg_str(JsonObject *args, const char *name, const char *absent)
{
    return json_object_get_string_member_with_default(args, name, absent);
}

gint64 arg_int(JsonObject *args, const char *name, gint64 absent)
{
    return json_object_get_int_member_with_default(args, name, absent);
}

bool arg_bool(JsonObject *args, const char *name, bool absent)
{
    return json_object_get_boolean_member_with_default(args, name, absent);
}

const struct command *command_qmp(const char *name)
{
    for (const struct command *c = commands; c->run; c++) {
        if (c->qmp && strcmp(c->qmp, name) == 0) {
            return c;
        }
    }
    return NULL;
}

/* -- about the machine -- */

JsonNode *cmd_capabilities(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    return qmp_nothing();
}

JsonNode *cmd_query_status(JsonObject *args, GError **error)
{
    JsonObject *o = json_object_new();

    (void)args;
    (void)error;
    json_object_set_string_member(o, "status", vm_state_name());
    json_object_set_boolean_member(o, "singlestep", FALSE);
    json_object_set_boolean_member(o, "running", vm_running());
    return qmp_object(o);
}

JsonNode *cmd_query_version(JsonObject *args, GError **error)
{
    JsonObject *o = json_object_new(), *qemu = json_object_new();
    g_autoptr(GString) package = g_string_new("vmx-dm " VMX_DM_VERSION);

    (void)args;
    (void)error;
#ifdef CONFIG_SLIRP
    if (*net_user_version()) { /* once a user network has said so */
        g_string_append_printf(package, ", libslirp %s", net_user_version());
    }
#endif
    json_object_set_int_member(qemu, "micro", QEMU_MICRO);
    json_object_set_int_member(qemu, "minor", QEMU_MINOR);
    json_object_set_int_member(qemu, "major", QEMU_MAJOR);
    json_object_set_object_member(o, "qemu", qemu);
    json_object_set_string_member(o, "package", package->str);
    return qmp_object(o);
}

JsonNode *cmd_query_commands(JsonObject *args, GError **error)
{
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    for (const struct command *c = commands; c->run; c++) {
        if (c->qmp) {
            JsonObject *o = json_object_new();

            json_object_set_string_member(o, "name", c->qmp);
            json_array_add_object_element(a, o);
        }
    }
    return qmp_array(a);
}

JsonNode *cmd_query_machines(JsonObject *args, GError **error)
{
    JsonArray *a = json_array_new();
    JsonObject *o = json_object_new();

    (void)args;
    (void)error;
    json_object_set_string_member(o, "name", "pc");
    json_object_set_boolean_member(o, "is-default", TRUE);
    json_object_set_int_member(o, "cpu-max", ACCEL_MAX_CPUS);
    json_object_set_boolean_member(o, "hotpluggable-cpus", FALSE);
    json_object_set_boolean_member(o, "numa-mem-supported", FALSE);
    json_object_set_boolean_member(o, "deprecated", FALSE);
    json_object_set_string_member(o, "default-cpu-type", "qemu64-x86_64-cpu");
    json_object_set_string_member(o, "default-ram-id", "pc.ram");
    json_array_add_object_element(a, o);
    return qmp_array(a);
}

JsonNode *cmd_query_target(JsonObject *args, GError **error)
{
    JsonObject *o = json_object_new();

    (void)args;
    (void)error;
    json_object_set_string_member(o, "arch", "x86_64");
    return qmp_object(o);
}

JsonNode *cmd_query_current_machine(JsonObject *args, GError **error)
{
    JsonObject *o = json_object_new();

    (void)args;
    (void)error;
    json_object_set_boolean_member(o, "wakeup-suspend-support", FALSE); /* see system_wakeup */
    return qmp_object(o);
}

JsonNode *cmd_query_name(JsonObject *args, GError **error)
{
    const char *name = machine_options(monitor_machine)->name;
    JsonObject *o = json_object_new();

    (void)args;
    (void)error;
    if (name) {
        json_object_set_string_member(o, "name", name);
    }
    return qmp_object(o);
}

JsonNode *cmd_query_uuid(JsonObject *args, GError **error)
{
    const char *uuid = machine_options(monitor_machine)->uuid;
    g_autofree char *lower = uuid ? g_ascii_strdown(uuid, -1) : NULL;
    JsonObject *o = json_object_new();

    (void)args;
    (void)error;
    json_object_set_string_member(o, "UUID",
                                  lower ? lower : "00000000-0000-0000-0000-000000000000");
    return qmp_object(o);
}

JsonNode *cmd_query_kvm(JsonObject *args, GError **error)
{
    JsonObject *o = json_object_new();

    (void)args;
    (void)error;
    json_object_set_boolean_member(o, "enabled",
                                   strcmp(accel_ops_of(vm_accel())->name, "kvm") == 0);
    json_object_set_boolean_member(o, "present", accel_find("kvm") != NULL);
    return qmp_object(o);
}

JsonNode *cmd_query_iothreads(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    return qmp_array(json_array_new());
}

JsonNode *cmd_query_memory_size(JsonObject *args, GError **error)
{
    JsonObject *o = json_object_new();

    (void)args;
    (void)error;
    json_object_set_int_member(o, "base-memory",
                               (gint64)machine_options(monitor_machine)->ram_size);
    json_object_set_int_member(o, "plugged-memory", 0);
    return qmp_object(o);
}

/* -- life -- */

JsonNode *cmd_system_reset(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    vm_reset(VM_BY_QMP_RESET);
    return qmp_nothing();
}

JsonNode *cmd_system_powerdown(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    machine_power_button(monitor_machine);
    return qmp_nothing();
}

/* No state of this board sleeps with its RAM kept. */
JsonNode *cmd_system_wakeup(JsonObject *args, GError **error)
{
    (void)args;
    return qmp_fail(error, "Unable to wake up: guest is not in suspended state");
}

JsonNode *cmd_stop(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    if (vm_running()) {
        vm_stop(VM_PAUSED);
    }
    return qmp_nothing();
}

JsonNode *cmd_cont(JsonObject *args, GError **error)
{
    (void)args;
    if (!vm_cont()) {
        return qmp_fail(error, "Resetting the Virtual Machine is required");
    }
    return qmp_nothing();
}

JsonNode *cmd_quit(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    vm_quit(VM_BY_QMP_QUIT, 0);
    return qmp_nothing();
}

JsonNode *cmd_nmi(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    accel_ops_of(vm_accel())->nmi(vm_accel());
    return qmp_nothing();
}

JsonNode *cmd_boot_set(JsonObject *args, GError **error)
{
    const char *order = json_object_get_string_member(args, "bootdevice");
    GPtrArray *list = device_list();
    struct cmos_boot boot;

    for (const char *c = order; *c; c++) {
        if (*c < 'a' || *c > 'p') {
            return qmp_text(g_strdup_printf("Invalid boot device '%c'\n", *c));
        }
        if (strchr(c + 1, *c)) {
            return qmp_text(g_strdup_printf("Boot device '%c' was given twice\n", *c));
        }
    }
    if (!cmos_boot_parse(order, &boot, error)) {
        return NULL;
    }
    for (guint i = 0; i < list->len; i++) {
        struct device *d = g_ptr_array_index(list, i);

        if (d->cls == &mc146818_class) {
            mc146818_set_cmos((struct mc146818 *)(void *)d, CMOS_BOOT_FIRST_TWO, boot.first_two);
            mc146818_set_cmos((struct mc146818 *)(void *)d, CMOS_BOOT_THIRD, boot.third);
        }
    }
    return qmp_text(g_strdup_printf("boot device list now set to %s\n", order));
}

/* -- network -- */

/* By the id of the network, or of the card that has it. */
JsonNode *cmd_set_link(JsonObject *args, GError **error)
{
    const char *name = json_object_get_string_member(args, "name");
    struct device *d = device_find(name);
    g_autofree char *netdev = d ? device_get(d, "netdev") : NULL;
    struct link *l = link_find(netdev ? netdev : name);
    bool gone = d && netdev && l && link_device(l) != d; /* another network has its name now */

    if (!l && !netdev) {
        return qmp_no_device(name, error);
    }
    if (l && !gone) {
        link_set_plugged(l, json_object_get_boolean_member(args, "up"));
    }
    return qmp_nothing();
}

#ifdef CONFIG_SLIRP
static void first_user(struct link *l, void *opaque)
{
    struct link **found = opaque;
    g_autofree char *info = *found ? NULL : net_user_info(l);

    if (info) {
        *found = l;
    }
}

/* "[netdev] rule": the network that hostfwd_add and hostfwd_remove mean; NULL: *answer says why. */
static struct link *user_net(JsonObject *args, const char **spec, JsonNode **answer)
{
    const char *first = json_object_get_string_member(args, "arg1");
    const char *second = arg_str(args, "arg2", NULL);
    struct link *l = NULL;

    *spec = second ? second : first;
    if (second) {
        l = link_find(first);
        *answer = l ? NULL : qmp_text(g_strdup_printf("unrecognized netdev id '%s'\n", first));
        return l;
    }
    link_each(first_user, &l);
    *answer = l ? NULL : qmp_text(g_strdup("no user network stack found\n"));
    return l;
}

JsonNode *cmd_hostfwd_add(JsonObject *args, GError **error)
{
    const char *spec;
    JsonNode *answer;
    struct link *l = user_net(args, &spec, &answer);

    if (!l) {
        return answer;
    }
    return net_user_hostfwd_add(l, spec, error) ? qmp_nothing() : NULL;
}

JsonNode *cmd_hostfwd_remove(JsonObject *args, GError **error)
{
    const char *spec;
    JsonNode *answer;
    struct link *l = user_net(args, &spec, &answer);

    if (!l) {
        return answer;
    }
    if (!net_user_hostfwd_remove(l, spec, error)) {
        return NULL;
    }
    return qmp_text(g_strdup_printf("host forwarding rule for %s removed\n", spec));
}
#endif

/* -- what the board has not -- */

struct owner {
    const struct device *device;
    bool found;
};

static void note_owner(struct disk *d, void *opaque)
{
    struct owner *o = opaque;

    o->found = o->found || disk_device(d) == o->device;
}

/* Disks are fixed ones: nothing here is removable. */
JsonNode *qmp_not_removable(JsonObject *args, GError **error)
{
    const char *device = arg_str(args, "device", NULL), *id = arg_str(args, "id", NULL);
    struct owner o = {.found = false};
    bool object;

    if (!device == !id) {
        return qmp_fail(error, "Need exactly one of 'device' and 'id'");
    }
    if (id) {
        o.device = device_find(id);
        o.device = o.device ? o.device : qom_device(id, &object);
        disk_each(note_owner, &o);
    }
    if (id ? !o.device : !disk_find(device)) {
        return qmp_no_device(id ? id : device, error);
    }
    if (id && !o.found) {
        return qmp_fail(error, "Device does not have a block device backend");
    }
    return qmp_fail(error, "Device '%s' is not removable", id ? id : device);
}

JsonNode *cmd_no_log(JsonObject *args, GError **error)
{
    (void)error;
    if (strcmp(json_object_get_string_member(args, "items"), "none") == 0) {
        return qmp_nothing();
    }
    return qmp_text(
        g_strdup("Log items (comma separated):\n"
                 "none            remove all logs\n"
                 "(-trace records what the guest and its devices say to each other)\n"));
}
