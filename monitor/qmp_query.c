/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queries that walk the machine: CPUs, PCI, disks, device classes. */
#include "monitor/qmp.h"

#include "hw/pci/pci.h"
#include "system/vm.h"

#include <string.h>
#include <sys/stat.h>

JsonNode *qmp_query_cpus_fast(JsonObject *args, GError **error)
{
    const struct accel_ops *ops = accel_ops_of(vm_accel());
    unsigned n = ops->cpus ? ops->cpus(vm_accel()) : 1;
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    for (unsigned i = 0; i < n; i++) {
        JsonObject *o = json_object_new(), *props = json_object_new();
        g_autofree char *path = g_strdup_printf("/machine/unattached/device[%u]", i);

        json_object_set_int_member(o, "cpu-index", i);
        json_object_set_string_member(o, "qom-path", path);
        json_object_set_int_member(o, "thread-id",
                                   ops->cpu_thread ? ops->cpu_thread(vm_accel(), i) : 0);
        json_object_set_string_member(o, "target", "x86_64");
        json_object_set_int_member(props, "core-id", 0);
        json_object_set_int_member(props, "thread-id", 0);
        json_object_set_int_member(props, "socket-id", i);
        json_object_set_object_member(o, "props", props);
        json_array_add_object_element(a, o);
    }
    return qmp_array(a);
}

/* -- query-pci -- */

static uint32_t config(const struct pci_device *d, unsigned offset, unsigned width)
{
    return pci_config_read(d->bus, d->devfn, offset, width);
}

static const char *class_name(uint32_t cls)
{
    static const struct {
        uint16_t cls;
        const char *name;
    } names[] = {
        {0x0101, "IDE controller"}, {0x0200, "Ethernet controller"}, {0x0300, "VGA controller"},
        {0x0600, "Host bridge"},    {0x0601, "ISA bridge"},          {0x0680, "Bridge"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].cls == cls) {
            return names[i].name;
        }
    }
    return NULL;
}

static JsonArray *regions(const struct pci_device *d)
{
    JsonArray *a = json_array_new();
    uint32_t command = config(d, PCI_COMMAND, 2);

    for (unsigned i = 0; i < PCI_BARS; i++) {
        const struct pci_bar *b = &d->bar[i];
        uint32_t addr = config(d, PCI_BAR0 + 4 * i, 4);
        JsonObject *o;

        if (!b->region) {
            continue;
        }
        o = json_object_new();
        json_object_set_int_member(o, "bar", i);
        json_object_set_string_member(o, "type", b->io ? "io" : "memory");
        addr &= b->io ? ~3u : ~15u;
        if (!(command & (b->io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY))) {
            json_object_set_int_member(o, "address", -1);
        } else {
            json_object_set_int_member(o, "address", addr);
        }
        json_object_set_int_member(o, "size", (gint64)b->region->size);
        if (!b->io) {
            json_object_set_boolean_member(o, "prefetch", b->prefetch);
            json_object_set_boolean_member(o, "mem_type_64", FALSE);
        }
        json_array_add_object_element(a, o);
    }
    return a;
}

static void add_pci(struct pci_device *d, void *opaque)
{
    JsonObject *o = json_object_new(), *id = json_object_new(), *info = json_object_new();
    uint32_t cls = config(d, PCI_CLASS_DEVICE, 2);
    uint32_t pin = config(d, PCI_INTERRUPT_PIN, 1);

    json_object_set_int_member(o, "bus", 0);
    json_object_set_int_member(o, "slot", d->devfn >> 3);
    json_object_set_int_member(o, "function", d->devfn & 7);
    json_object_set_int_member(info, "class", cls);
    if (class_name(cls)) {
        json_object_set_string_member(info, "desc", class_name(cls));
    }
    json_object_set_object_member(o, "class_info", info);
    json_object_set_int_member(id, "vendor", config(d, PCI_VENDOR_ID, 2));
    json_object_set_int_member(id, "device", config(d, PCI_DEVICE_ID, 2));
    json_object_set_int_member(id, "subsystem-vendor", config(d, PCI_SUBSYSTEM_VENDOR, 2));
    json_object_set_int_member(id, "subsystem", config(d, PCI_SUBSYSTEM_ID, 2));
    json_object_set_object_member(o, "id", id);
    json_object_set_int_member(o, "irq_pin", pin);
    if (pin) {
        json_object_set_int_member(o, "irq", config(d, PCI_INTERRUPT_LINE, 1));
    }
    json_object_set_string_member(o, "qdev_id", d->dev.id ? d->dev.id : "");
    json_object_set_array_member(o, "regions", regions(d));
    json_array_add_object_element(opaque, o);
}

JsonNode *qmp_query_pci(JsonObject *args, GError **error)
{
    JsonArray *buses = json_array_new(), *devices = json_array_new();
    JsonObject *bus = json_object_new();
    struct board *b = pc_board(machine_pc(qmp_machine));

    (void)args;
    (void)error;
    if (b->pci) {
        pci_bus_each(b->pci, add_pci, devices);
    }
    json_object_set_int_member(bus, "bus", 0);
    json_object_set_array_member(bus, "devices", devices);
    json_array_add_object_element(buses, bus);
    return qmp_array(buses);
}

/* -- query-block -- */

static JsonObject *inserted(const struct disk *d)
{
    static const char *const zeros[] = {"bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr"};
    JsonObject *o = json_object_new(), *image = json_object_new(), *cache = json_object_new();
    struct stat st;

    json_object_set_string_member(o, "file", disk_file(d));
    json_object_set_string_member(o, "drv", disk_format(d));
    json_object_set_boolean_member(o, "ro", disk_readonly(d));
    json_object_set_boolean_member(o, "encrypted", FALSE);
    json_object_set_string_member(o, "node-name", disk_name(d));
    json_object_set_int_member(o, "backing_file_depth", 0);
    json_object_set_string_member(o, "detect_zeroes", "off");
    json_object_set_int_member(o, "write_threshold", 0);
    for (size_t i = 0; i < G_N_ELEMENTS(zeros); i++) {
        json_object_set_int_member(o, zeros[i], 0);
    }
    json_object_set_string_member(image, "filename", disk_file(d));
    json_object_set_string_member(image, "format", disk_format(d));
    json_object_set_int_member(image, "virtual-size", (gint64)disk_size(d));
    if (stat(disk_file(d), &st) == 0) {
        json_object_set_int_member(image, "actual-size", (gint64)st.st_blocks * 512);
    }
    json_object_set_boolean_member(image, "dirty-flag", FALSE);
    json_object_set_object_member(o, "image", image);
    json_object_set_boolean_member(cache, "writeback", TRUE);
    json_object_set_boolean_member(cache, "direct", FALSE);
    json_object_set_boolean_member(cache, "no-flush", FALSE);
    json_object_set_object_member(o, "cache", cache);
    return o;
}

static void add_block(struct disk *d, void *opaque)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "device", disk_name(d));
    json_object_set_string_member(o, "type", "unknown");
    json_object_set_boolean_member(o, "removable", FALSE);
    json_object_set_boolean_member(o, "locked", FALSE);
    json_object_set_string_member(o, "io-status", "ok");
    if (disk_present(d)) {
        json_object_set_object_member(o, "inserted", inserted(d));
    }
    json_array_add_object_element(opaque, o);
}

JsonNode *qmp_query_block(JsonObject *args, GError **error)
{
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    disk_each(add_block, a);
    return qmp_array(a);
}

/* -- qom-list-types: our classes under the parents that programs ask for -- */

static const char *parent_of(const struct device_class *c)
{
    switch (c->bus) {
    case BUS_ISA:
        return "isa-device";
    case BUS_PCI:
        return "pci-device";
    case BUS_BOARD:
        break;
    }
    return "sys-bus-device";
}

static void add_type(JsonArray *a, const char *name, const char *parent, bool abstract)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "name", name);
    if (abstract) {
        json_object_set_boolean_member(o, "abstract", TRUE);
    }
    json_object_set_string_member(o, "parent", parent);
    json_array_add_object_element(a, o);
}

static bool is_a(const char *type, const char *parent, const char *wanted)
{
    return !wanted || strcmp(type, wanted) == 0 || strcmp(parent, wanted) == 0 ||
           strcmp(wanted, "device") == 0 || strcmp(wanted, "object") == 0;
}

/* An optional boolean or string argument of the right type. */
static bool optional(JsonObject *args, const char *name, GType type, JsonNode **out, GError **error)
{
    *out = args ? json_object_get_member(args, name) : NULL;
    if (*out && (!JSON_NODE_HOLDS_VALUE(*out) || json_node_get_value_type(*out) != type)) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC, "Invalid parameter type for '%s', expected: %s",
                    name, type == G_TYPE_STRING ? "string" : "boolean");
        return false;
    }
    return true;
}

JsonNode *qmp_qom_list_types(JsonObject *args, GError **error)
{
    static const char *const parents[] = {"isa-device", "pci-device", "sys-bus-device"};
    JsonNode *implements, *abstract;
    const char *wanted;
    JsonArray *a;

    if (!optional(args, "implements", G_TYPE_STRING, &implements, error) ||
        !optional(args, "abstract", G_TYPE_BOOLEAN, &abstract, error)) {
        return NULL;
    }
    wanted = implements ? json_node_get_string(implements) : NULL;
    a = json_array_new();
    for (const struct device_class *const *c = device_classes; *c; c++) {
        if (is_a((*c)->name, parent_of(*c), wanted)) {
            add_type(a, (*c)->name, parent_of(*c), false);
        }
    }
    for (size_t i = 0; abstract && json_node_get_boolean(abstract) && i < 3; i++) {
        if (is_a(parents[i], "device", wanted)) {
            add_type(a, parents[i], "device", true);
        }
    }
    return qmp_array(a);
}
