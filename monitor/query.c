/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queries that walk the machine: CPUs, PCI, disks, lines, options. */
#include "monitor/command.h"

#include "core/link.h"
#include "hw/net/virtio_net.h"
#include "hw/pci/pci.h"
#include "system/vm.h"

#include <string.h>
#include <sys/stat.h>

JsonNode *qmp_query_cpus_fast(JsonObject *args, GError **error)
{
    const struct accel_ops *ops = accel_ops_of(vm_accel());
    unsigned n = monitor_cpus();
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

    for (unsigned i = 0; i <= PCI_ROM_BAR; i++) {
        const struct pci_bar *b = &d->bar[i];
        bool rom = i == PCI_ROM_BAR;
        uint32_t addr = config(d, rom ? PCI_ROM_ADDRESS : PCI_BAR0 + 4 * i, 4);
        bool on = command & (b->io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY) && (!rom || (addr & 1));
        JsonObject *o;

        if (!b->region) {
            continue;
        }
        o = json_object_new();
        json_object_set_int_member(o, "bar", i);
        json_object_set_string_member(o, "type", b->io ? "io" : "memory");
        addr &= b->io ? ~3u : rom ? ~0x7ffu : ~15u;
        json_object_set_int_member(o, "address", on ? (gint64)addr : -1);
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
    struct board *b = pc_board(machine_pc(monitor_machine));

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
    if (disk_device(d)) {
        g_autofree char *path = device_path(disk_device(d));

        json_object_set_string_member(o, "qdev", path);
    }
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

/* -- query-blockstats -- */

static JsonObject *stats(const struct disk *d)
{
    static const char *const zeros[] = {
        "unmap_bytes",
        "unmap_operations",
        "unmap_total_time_ns",
        "rd_merged",
        "wr_merged",
        "unmap_merged",
        "failed_unmap_operations",
        "invalid_rd_operations",
        "invalid_wr_operations",
        "invalid_unmap_operations",
        "invalid_flush_operations",
    };
    struct disk_stats s = disk_stats(d);
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"rd_bytes", s.read_bytes},
        {"wr_bytes", s.write_bytes},
        {"rd_operations", s.reads},
        {"wr_operations", s.writes},
        {"flush_operations", s.flushes},
        {"rd_total_time_ns", s.ns[DISK_READ]},
        {"wr_total_time_ns", s.ns[DISK_WRITE]},
        {"flush_total_time_ns", s.ns[DISK_FLUSH]},
        {"failed_rd_operations", s.failed[DISK_READ]},
        {"failed_wr_operations", s.failed[DISK_WRITE]},
        {"failed_flush_operations", s.failed[DISK_FLUSH]},
        {"wr_highest_offset", s.write_end},
    };
    uint64_t now = disk_host_time();
    JsonObject *o = json_object_new();

    for (size_t i = 0; i < G_N_ELEMENTS(zeros); i++) {
        json_object_set_int_member(o, zeros[i], 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        json_object_set_int_member(o, rows[i].name, (gint64)rows[i].value);
    }
    if (s.last) {
        json_object_set_int_member(o, "idle_time_ns", now > s.last ? (gint64)(now - s.last) : 0);
    }
    json_object_set_boolean_member(o, "account_invalid", TRUE);
    json_object_set_boolean_member(o, "account_failed", TRUE);
    json_object_set_array_member(o, "timed_stats", json_array_new());
    return o;
}

static void add_stats(struct disk *d, void *opaque)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "device", disk_name(d));
    if (disk_device(d)) {
        g_autofree char *path = device_path(disk_device(d));

        json_object_set_string_member(o, "qdev", path);
    }
    json_object_set_string_member(o, "node-name", disk_name(d));
    json_object_set_object_member(o, "stats", stats(d));
    json_array_add_object_element(opaque, o);
}

JsonNode *qmp_query_blockstats(JsonObject *args, GError **error)
{
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    disk_each(add_stats, a);
    return qmp_array(a);
}

/* -- query-rx-filter -- */

static char *mac_text(const uint8_t m[6])
{
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static const char *rx_state(bool none, bool all)
{
    return none ? "none" : all ? "all" : "normal";
}

static JsonArray *addresses(const struct virtio_net_state *s, unsigned from, unsigned n)
{
    JsonArray *a = json_array_new();

    for (unsigned i = from; i < from + n; i++) {
        g_autofree char *text = mac_text(s->macs[i]);

        json_array_add_string_element(a, text);
    }
    return a;
}

static JsonArray *vlans(const struct virtio_net_state *s)
{
    JsonArray *a = json_array_new();

    for (unsigned id = 0; virtio_net_filters_vlans(s) && id < 32 * G_N_ELEMENTS(s->vlans); id++) {
        if (s->vlans[id / 32] >> id % 32 & 1) {
            json_array_add_int_element(a, id);
        }
    }
    return a;
}

static bool has_mode(const struct virtio_net_state *s, enum virtio_net_mode mode)
{
    return s->modes >> mode & 1;
}

static JsonObject *rx_filter(const struct device *d, const struct virtio_net_state *s)
{
    g_autofree char *mac = mac_text(s->mac);
    JsonObject *o = json_object_new();
    JsonArray *ids = vlans(s);

    json_object_set_string_member(o, "name", d->id ? d->id : d->cls->name);
    json_object_set_boolean_member(o, "promiscuous", has_mode(s, VIRTIO_NET_PROMISC));
    json_object_set_string_member(
        o, "multicast",
        rx_state(has_mode(s, VIRTIO_NET_NOMULTI), has_mode(s, VIRTIO_NET_ALLMULTI)));
    json_object_set_string_member(
        o, "unicast", rx_state(has_mode(s, VIRTIO_NET_NOUNI), has_mode(s, VIRTIO_NET_ALLUNI)));
    json_object_set_string_member(
        o, "vlan",
        rx_state(virtio_net_filters_vlans(s) && json_array_get_length(ids) == 0,
                 !virtio_net_filters_vlans(s)));
    json_object_set_boolean_member(o, "broadcast-allowed", !has_mode(s, VIRTIO_NET_NOBCAST));
    json_object_set_boolean_member(o, "multicast-overflow", s->multicast_full);
    json_object_set_boolean_member(o, "unicast-overflow", s->unicast_full);
    json_object_set_string_member(o, "main-mac", mac);
    json_object_set_array_member(o, "vlan-table", ids);
    json_object_set_array_member(o, "unicast-table", addresses(s, 0, s->unicast));
    json_object_set_array_member(o, "multicast-table", addresses(s, s->unicast, s->multicast));
    return o;
}

/* Of the cards whose driver can tell. The next change raises NIC_RX_FILTER_CHANGED again. */
JsonNode *qmp_query_rx_filter(JsonObject *args, GError **error)
{
    const char *name = arg_str(args, "name", NULL);
    GPtrArray *list = device_list();
    JsonArray *a = json_array_new();
    bool known = false;

    for (guint i = 0; i < list->len; i++) {
        struct device *d = g_ptr_array_index(list, i);
        g_autofree char *mac = device_get(d, "mac"); /* what else has one is a card, too */
        struct virtio_net *n;

        if (!mac || (name && strcmp(name, d->id ? d->id : d->cls->name) != 0)) {
            continue;
        }
        known = true;
        if (d->cls == &virtio_net_class) {
            n = (struct virtio_net *)(void *)d;
            device_enter(d);
            json_array_add_object_element(a, rx_filter(d, &n->s));
            n->filter_told = false;
            device_leave(d);
        }
    }
    if (name && json_array_get_length(a) == 0) {
        json_array_unref(a);
        if (!known && link_find(name)) {
            return qmp_fail(error, "net client(%s) isn't a NIC", name);
        }
        return known ? qmp_fail(error, "net client(%s) doesn't support rx-filter querying", name)
                     : qmp_fail(error, "invalid net client name: %s", name);
    }
    return qmp_array(a);
}

/* -- query-chardev -- */

static void add_chardev(struct line *l, void *opaque)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "label", line_name(l));
    json_object_set_string_member(o, "filename", line_label(l));
    json_object_set_boolean_member(o, "frontend-open", line_attached(l));
    json_array_add_object_element(opaque, o);
}

JsonNode *qmp_query_chardev(JsonObject *args, GError **error)
{
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    line_each(add_chardev, a);
    return qmp_array(a);
}

/* -- what this program knows -- */

/* Out of what -cpu help prints: "x86 NAME  description". */
JsonNode *qmp_query_cpu_definitions(JsonObject *args, GError **error)
{
    g_autofree char *help = accel_cpu_help();
    g_auto(GStrv) lines = g_strsplit(help, "\n", -1);
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    for (char **l = lines; *l; l++) {
        g_autofree char *name = NULL, *type = NULL;
        JsonObject *o;

        if (!g_str_has_prefix(*l, "x86 ")) {
            continue;
        }
        name = g_strndup(*l + 4, strcspn(*l + 4, " "));
        type = g_strconcat(name, "-x86_64-cpu", NULL);
        o = json_object_new();
        json_object_set_string_member(o, "name", name);
        json_object_set_string_member(o, "typename", type);
        json_object_set_boolean_member(o, "static", FALSE);
        json_object_set_boolean_member(o, "migration-safe",
                                       strcmp(name, "host") != 0 && strcmp(name, "max") != 0);
        json_object_set_array_member(o, "unavailable-features", json_array_new());
        json_object_set_boolean_member(o, "deprecated", FALSE);
        json_array_add_object_element(a, o);
    }
    return qmp_array(a);
}

/* Options are checked by their own readers: their words are not listed. */
JsonNode *qmp_query_command_line_options(JsonObject *args, GError **error)
{
    const char *wanted = arg_str(args, "option", NULL);
    JsonArray *a = json_array_new();

    for (const char *const *n = options_names(); *n; n++) {
        JsonObject *o;

        if (wanted && strcmp(*n + 1, wanted) != 0) {
            continue;
        }
        o = json_object_new();
        json_object_set_string_member(o, "option", *n + 1);
        json_object_set_array_member(o, "parameters", json_array_new());
        json_array_add_object_element(a, o);
    }
    if (wanted && json_array_get_length(a) == 0) {
        json_array_unref(a);
        return qmp_fail(error, "invalid option name: %s", wanted);
    }
    return qmp_array(a);
}
