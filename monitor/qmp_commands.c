/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and those that are short. */
#include "monitor/qmp.h"

#include "core/report.h"
#include "system/machine.h"
#include "system/version.h"
#include "system/vm.h"

#include <string.h>

static JsonNode *capabilities(JsonObject *args, GError **error)
{
    JsonNode *enable = args ? json_object_get_member(args, "enable") : NULL;

    if (enable && !JSON_NODE_HOLDS_ARRAY(enable)) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC,
                    "Invalid parameter type for 'enable', expected: array");
        return NULL;
    }
    return qmp_nothing();
}

static JsonNode *query_status(JsonObject *args, GError **error)
{
    JsonObject *o = json_object_new();

    (void)args;
    (void)error;
    json_object_set_string_member(o, "status", vm_state_name());
    json_object_set_boolean_member(o, "singlestep", FALSE);
    json_object_set_boolean_member(o, "running", vm_running());
    return qmp_object(o);
}

static JsonNode *query_version(JsonObject *args, GError **error)
{
    JsonObject *o = json_object_new(), *qemu = json_object_new();

    (void)args;
    (void)error;
    json_object_set_int_member(qemu, "micro", QEMU_MICRO);
    json_object_set_int_member(qemu, "minor", QEMU_MINOR);
    json_object_set_int_member(qemu, "major", QEMU_MAJOR);
    json_object_set_object_member(o, "qemu", qemu);
    json_object_set_string_member(o, "package", "vmx-dm " VMX_DM_VERSION);
    return qmp_object(o);
}

static JsonNode *query_commands(JsonObject *args, GError **error)
{
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    for (const struct qmp_command *c = qmp_commands; c->name; c++) {
        JsonObject *o = json_object_new();

        json_object_set_string_member(o, "name", c->name);
        json_array_add_object_element(a, o);
    }
    return qmp_array(a);
}

static JsonNode *query_machines(JsonObject *args, GError **error)
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

static JsonNode *system_reset(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    vm_reset(VM_BY_QMP_RESET);
    return qmp_nothing();
}

static JsonNode *system_powerdown(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    pc_power_button(machine_pc(qmp_machine));
    event_raise("POWERDOWN", NULL);
    return qmp_nothing();
}

static JsonNode *stop(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    if (vm_running()) {
        vm_stop(VM_PAUSED);
    }
    return qmp_nothing();
}

static JsonNode *cont(JsonObject *args, GError **error)
{
    (void)args;
    if (!vm_cont()) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC, "Resetting the Virtual Machine is required");
        return NULL;
    }
    return qmp_nothing();
}

static JsonNode *quit(JsonObject *args, GError **error)
{
    (void)args;
    (void)error;
    vm_quit(VM_BY_QMP_QUIT, 0);
    return qmp_nothing();
}

const struct qmp_command qmp_commands[] = {
    {"qmp_capabilities", {"enable"}, capabilities},
    {"query-status", {NULL}, query_status},
    {"query-version", {NULL}, query_version},
    {"query-commands", {NULL}, query_commands},
    {"query-machines", {NULL}, query_machines},
    {"query-cpus-fast", {NULL}, qmp_query_cpus_fast},
    {"query-pci", {NULL}, qmp_query_pci},
    {"query-block", {NULL}, qmp_query_block},
    {"qom-list-types", {"implements", "abstract"}, qmp_qom_list_types},
    {"system_reset", {NULL}, system_reset},
    {"system_powerdown", {NULL}, system_powerdown},
    {"stop", {NULL}, stop},
    {"cont", {NULL}, cont},
    {"quit", {NULL}, quit},
    {"send-key", {"keys", "hold-time"}, qmp_send_key},
    {"screendump", {"filename", "format"}, qmp_screendump},
    {"x-screen-text", {NULL}, qmp_x_screen_text},
    {NULL, {NULL}, NULL},
};
