/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of queries as text for people, laid out as QEMU's users and their scripts know it. */
#include "monitor/command.h"
#include "monitor/json.h"

#include <string.h>

static const char *str(JsonObject *o, const char *name)
{
    return json_object_get_string_member_with_default(o, name, "");
}

static gint64 num(JsonObject *o, const char *name)
{
    return json_object_get_int_member_with_default(o, name, 0);
}

static bool yes(JsonObject *o, const char *name)
{
    return json_object_get_boolean_member_with_default(o, name, FALSE);
}

static JsonObject *member(JsonObject *o, const char *name)
{
    return json_object_has_member(o, name) ? json_object_get_object_member(o, name) : NULL;
}

typedef void row_fn(JsonObject *o, GString *out);

static void each(JsonArray *a, row_fn *fn, GString *out)
{
    for (guint i = 0; i < json_array_get_length(a); i++) {
        fn(json_array_get_object_element(a, i), out);
    }
}

void show_status(JsonNode *result, GString *out)
{
    JsonObject *o = json_node_get_object(result);
    const char *status = str(o, "status");

    if (yes(o, "running")) {
        g_string_append(out, "VM status: running\n");
    } else if (strcmp(status, "paused") == 0) {
        g_string_append(out, "VM status: paused\n");
    } else {
        g_string_append_printf(out, "VM status: paused (%s)\n", status);
    }
}

void show_version(JsonNode *result, GString *out)
{
    JsonObject *o = json_node_get_object(result), *q = member(o, "qemu");

    g_string_append_printf(out, "%d.%d.%d (%s)\n", (int)num(q, "major"), (int)num(q, "minor"),
                           (int)num(q, "micro"), str(o, "package"));
}

void show_name(JsonNode *result, GString *out)
{
    JsonObject *o = json_node_get_object(result);

    if (json_object_has_member(o, "name")) {
        g_string_append_printf(out, "%s\n", str(o, "name"));
    }
}

void show_uuid(JsonNode *result, GString *out)
{
    g_string_append_printf(out, "%s\n", str(json_node_get_object(result), "UUID"));
}

void show_kvm(JsonNode *result, GString *out)
{
    JsonObject *o = json_node_get_object(result);

    g_string_append_printf(out, "kvm support: %s\n",
                           yes(o, "enabled")   ? "enabled"
                           : yes(o, "present") ? "disabled"
                                               : "not compiled");
}

void show_memory_size(JsonNode *result, GString *out)
{
    JsonObject *o = json_node_get_object(result);

    g_string_append_printf(out, "base memory: %" G_GINT64_FORMAT "\n", num(o, "base-memory"));
    g_string_append_printf(out, "plugged memory: %" G_GINT64_FORMAT "\n", num(o, "plugged-memory"));
}

/* "1 MiB", "1.5 GiB": as qemu-img says sizes. */
static char *size_text(gint64 bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double v = (double)bytes;
    size_t i = 0;

    while (v > 999 && i + 1 < G_N_ELEMENTS(units)) {
        v /= 1024;
        i++;
    }
    return g_strdup_printf("%.3g %s", v, units[i]);
}

static void show_image(JsonObject *image, GString *out)
{
    g_autofree char *size = size_text(num(image, "virtual-size"));
    g_autofree char *used = size_text(num(image, "actual-size"));

    g_string_append_printf(out,
                           "\nImages:\nimage: %s\nfile format: %s\n"
                           "virtual size: %s (%" G_GINT64_FORMAT " bytes)\ndisk size: %s\n",
                           str(image, "filename"), str(image, "format"), size,
                           num(image, "virtual-size"), used);
}

static void block_row(JsonObject *o, JsonObject *args, GString *out)
{
    const char *only = arg_str(args, "device", NULL);
    bool nodes = arg_bool(args, "nodes", false);
    JsonObject *in = member(o, "inserted");

    if (nodes ? only || !in : only && strcmp(only, str(o, "device")) != 0) {
        return;
    }
    if (out->len) {
        g_string_append_c(out, '\n');
    }
    if (nodes) {
        g_string_append_printf(out, "%s: ", str(in, "node-name"));
    } else if (in) {
        g_string_append_printf(out, "%s (%s): ", str(o, "device"), str(in, "node-name"));
    } else {
        g_string_append_printf(out, "%s: [not inserted]\n", str(o, "device"));
    }
    if (in) {
        g_string_append_printf(out, "%s (%s%s)\n", str(in, "file"), str(in, "drv"),
                               yes(in, "ro") ? ", read-only" : "");
    }
    if (!nodes && json_object_has_member(o, "qdev")) {
        g_string_append_printf(out, "    Attached to:      %s\n", str(o, "qdev"));
    }
    if (in) {
        g_string_append(out, "    Cache mode:       writeback\n");
    }
    if (in && arg_bool(args, "verbose", false)) {
        show_image(member(in, "image"), out);
    }
}

JsonNode *info_block(JsonObject *args, GError **error)
{
    g_autoptr(JsonNode) all = qmp_query_block(NULL, error);
    JsonArray *a = json_node_get_array(all);
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < json_array_get_length(a); i++) {
        block_row(json_array_get_object_element(a, i), args, out);
    }
    return qmp_text(g_string_free(out, FALSE));
}

static void stats_row(JsonObject *o, GString *out)
{
    static const char *const names[] = {
        "rd_bytes",         "wr_bytes",         "rd_operations",    "wr_operations",
        "flush_operations", "wr_total_time_ns", "rd_total_time_ns", "flush_total_time_ns",
        "rd_merged",        "wr_merged",        "idle_time_ns",
    };
    JsonObject *s = member(o, "stats");

    g_string_append_printf(out, "%s:", str(o, "device"));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_string_append_printf(out, " %s=%" G_GINT64_FORMAT, names[i], num(s, names[i]));
    }
    g_string_append_c(out, '\n');
}

void show_blockstats(JsonNode *result, GString *out)
{
    each(json_node_get_array(result), stats_row, out);
}

static void chardev_row(JsonObject *o, GString *out)
{
    g_string_append_printf(out, "%s: filename=%s\n", str(o, "label"), str(o, "filename"));
}

void show_chardev(JsonNode *result, GString *out)
{
    each(json_node_get_array(result), chardev_row, out);
}

static void cpu_row(JsonObject *o, GString *out)
{
    g_string_append_printf(out, "%c CPU #%d: thread_id=%d\n",
                           num(o, "cpu-index") == monitor_cpu() ? '*' : ' ',
                           (int)num(o, "cpu-index"), (int)num(o, "thread-id"));
}

void show_cpus(JsonNode *result, GString *out)
{
    each(json_node_get_array(result), cpu_row, out);
}

static void mouse_row(JsonObject *o, GString *out)
{
    g_string_append_printf(out, "%c Mouse #%d: %s%s\n", yes(o, "current") ? '*' : ' ',
                           (int)num(o, "index"), str(o, "name"),
                           yes(o, "absolute") ? " (absolute)" : "");
}

void show_mice(JsonNode *result, GString *out)
{
    each(json_node_get_array(result), mouse_row, out);
}

static void pci_region(JsonObject *o, GString *out)
{
    guint64 addr = (guint64)num(o, "address"), last = addr + (guint64)num(o, "size") - 1;

    g_string_append_printf(out, "      BAR%d: ", (int)num(o, "bar"));
    if (strcmp(str(o, "type"), "io") == 0) {
        g_string_append_printf(
            out, "I/O at 0x%04" G_GINT64_MODIFIER "x [0x%04" G_GINT64_MODIFIER "x].\n", addr, last);
    } else {
        g_string_append_printf(
            out, "%d bit%s memory at 0x%08" G_GINT64_MODIFIER "x [0x%08" G_GINT64_MODIFIER "x].\n",
            yes(o, "mem_type_64") ? 64 : 32, yes(o, "prefetch") ? " prefetchable" : "", addr, last);
    }
}

static void pci_row(JsonObject *o, GString *out)
{
    JsonObject *cls = member(o, "class_info"), *id = member(o, "id");

    g_string_append_printf(out, "  Bus %2d, device %3d, function %d:\n", (int)num(o, "bus"),
                           (int)num(o, "slot"), (int)num(o, "function"));
    if (json_object_has_member(cls, "desc")) {
        g_string_append_printf(out, "    %s", str(cls, "desc"));
    } else {
        g_string_append_printf(out, "    Class %04x", (unsigned)num(cls, "class"));
    }
    g_string_append_printf(out, ": PCI device %04x:%04x\n", (unsigned)num(id, "vendor"),
                           (unsigned)num(id, "device"));
    if (num(id, "subsystem-vendor") || num(id, "subsystem")) {
        g_string_append_printf(out, "      PCI subsystem %04x:%04x\n",
                               (unsigned)num(id, "subsystem-vendor"),
                               (unsigned)num(id, "subsystem"));
    }
    if (json_object_has_member(o, "irq")) {
        g_string_append_printf(out, "      IRQ %d, pin %c\n", (int)num(o, "irq"),
                               (char)('A' + num(o, "irq_pin") - 1));
    }
    each(json_object_get_array_member(o, "regions"), pci_region, out);
    g_string_append_printf(out, "      id \"%s\"\n", str(o, "qdev_id"));
}

static void pci_bus(JsonObject *o, GString *out)
{
    each(json_object_get_array_member(o, "devices"), pci_row, out);
}

void show_pci(JsonNode *result, GString *out)
{
    each(json_node_get_array(result), pci_bus, out);
}

void show_nothing(JsonNode *result, GString *out)
{
    (void)result;
    (void)out;
}

static void property_row(JsonObject *o, GString *out)
{
    g_string_append_printf(out, "%s (%s)\n", str(o, "name"), str(o, "type"));
}

void show_properties(JsonNode *result, GString *out)
{
    each(json_node_get_array(result), property_row, out);
}

/* As a program would see it. */
void show_value(JsonNode *result, GString *out)
{
    json_write(out, result, true);
    g_string_append_c(out, '\n');
}
