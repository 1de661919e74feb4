/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine as the tree of objects that QEMU's users know: /machine/peripheral/ID for devices with
 * an id, /machine/peripheral-anon/device[N] for others of the user's, /machine/unattached/device[N]
 * for CPUs, then the board's devices. Read only.
 */
#include "monitor/command.h"

#include "core/line.h"
#include "hw/pc/board.h"
#include "hw/timer/calendar.h"
#include "hw/timer/mc146818.h"
#include "system/plug.h"
#include "system/vm.h"

#include <string.h>

#define UNATTACHED "/machine/unattached/device["

static char *cpu_type(void)
{
    const char *model = machine_options(monitor_machine)->cpu_model;

    model = model ? model : "qemu64";
    return g_strdup_printf("%.*s-x86_64-cpu", (int)strcspn(model, ","), model);
}

/* What a path is: a device, a CPU (its number), or one of the fixed containers. */
struct object {
    struct device *device;
    int cpu; /* -1: none */
    const char *container;
};

static const char *const containers[][2] = {
    {"/", "container"},
    {"/machine", "pc-machine"},
    {"/machine/peripheral", "container"},
    {"/machine/peripheral-anon", "container"},
    {"/machine/unattached", "container"},
    {"/chardevs", "container"},
    {"/objects", "container"},
    {"/backend", "container"},
};

/* Is `given` the end of a path, from the beginning of a name on? */
static bool ends_with(const char *path, const char *given)
{
    const char *end = g_str_has_suffix(path, given) ? path + strlen(path) - strlen(given) : path;

    return !*given || (end > path && end[-1] == '/');
}

static bool matches(const char *path, const char *given)
{
    return *given == '/' ? strcmp(path, given) == 0 : ends_with(path, given);
}

/*
 * How many objects a path is, and the last of them. One without "/" at its front is the end of
 * others; an empty one is the end of all.
 */
static unsigned find_all(const char *path, struct object *o)
{
    GPtrArray *list = device_list();
    unsigned n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(containers); i++) {
        if (matches(containers[i][0], path)) {
            *o = (struct object){.cpu = -1, .container = containers[i][0]};
            n++;
        }
    }
    for (unsigned i = 0; i < monitor_cpus(); i++) {
        g_autofree char *p = g_strdup_printf("%s%u]", UNATTACHED, i);

        if (matches(p, path)) {
            *o = (struct object){.cpu = (int)i};
            n++;
        }
    }
    for (guint i = 0; i < list->len; i++) {
        g_autofree char *p = device_path(g_ptr_array_index(list, i));

        if (matches(p, path)) {
            *o = (struct object){.cpu = -1, .device = g_ptr_array_index(list, i)};
            n++;
        }
    }
    return n;
}

static unsigned find_path(const char *given, struct object *o)
{
    g_autofree char *path = g_strdup(given);
    size_t len = strlen(path);

    *o = (struct object){.cpu = -1};
    while (len > 1 && path[len - 1] == '/') {
        path[--len] = 0;
    }
    return find_all(path, o);
}

static bool find(JsonObject *args, struct object *o, GError **error)
{
    const char *path = json_object_get_string_member(args, "path");
    unsigned n = find_path(path, o);

    if (n > 1) {
        return qmp_fail(error, "Path '%s' is ambiguous", path) != NULL;
    }
    return n || qmp_no_device(path, error);
}

struct device *qom_device(const char *path, bool *object)
{
    struct object o;

    *object = find_path(path, &o) == 1;
    return *object ? o.device : NULL;
}

/* -- properties -- */

const char *qom_prop_type(const struct prop *p)
{
    switch (p->type) {
    case PROP_BOOL:
        return "bool";
    case PROP_U8:
        return "uint8";
    case PROP_U16:
        return "uint16";
    case PROP_U32:
        return "uint32";
    case PROP_U64:
        return "uint64";
    case PROP_SIZE:
        return "size";
    case PROP_ADDR:
        return "int32";
    case PROP_STRING:
    case PROP_MAC:
    case PROP_LINK:
    case PROP_LINE:
    case PROP_DISK:
        break;
    }
    return "str";
}

/* "02.1" is 11h; numbers and words as they are. */
static JsonNode *value_of(const struct prop *p, const char *text)
{
    const char *type = qom_prop_type(p);
    JsonNode *n = json_node_alloc();
    char *end;

    if (strcmp(type, "str") == 0 || !text) {
        return json_node_init_string(n, text ? text : "");
    }
    if (p->type == PROP_BOOL) {
        return json_node_init_boolean(n, strcmp(text, "on") == 0 || strcmp(text, "true") == 0);
    }
    if (p->type == PROP_ADDR) {
        guint64 slot = g_ascii_strtoull(text, &end, 16);
        guint64 function = *end == '.' ? g_ascii_strtoull(end + 1, NULL, 16) : 0;

        return json_node_init_int(n, (gint64)(slot << 3 | function));
    }
    return json_node_init_int(n, (gint64)g_ascii_strtoull(text, NULL, 0));
}

static JsonObject *add(JsonArray *a, const char *name, const char *type)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "name", name);
    json_object_set_string_member(o, "type", type);
    json_array_add_object_element(a, o);
    return o;
}

typedef void child_fn(void *opaque, const char *name, const char *type);

struct children {
    child_fn *fn;
    void *opaque;
};

static void line_child(struct line *l, void *opaque)
{
    const struct children *c = opaque;

    c->fn(c->opaque, line_name(l), "chardev");
}

/* Children of a container: other containers, and whatever lies in it. */
static void each_child(const char *path, child_fn *fn, void *opaque)
{
    g_autofree char *inside = g_strconcat(path, strcmp(path, "/") == 0 ? "" : "/", NULL);
    struct children lines = {fn, opaque};
    GPtrArray *list = device_list();
    size_t len = strlen(inside);

    for (size_t i = 1; i < G_N_ELEMENTS(containers); i++) {
        if (g_str_has_prefix(containers[i][0], inside) && !strchr(containers[i][0] + len, '/')) {
            fn(opaque, containers[i][0] + len, containers[i][1]);
        }
    }
    for (unsigned i = 0; strcmp(path, "/machine/unattached") == 0 && i < monitor_cpus(); i++) {
        g_autofree char *name = g_strdup_printf("device[%u]", i), *type = cpu_type();

        fn(opaque, name, type);
    }
    for (guint i = 0; i < list->len; i++) {
        const struct device *d = g_ptr_array_index(list, i);
        g_autofree char *p = device_path(d);

        if (g_str_has_prefix(p, inside) && !strchr(p + len, '/')) {
            fn(opaque, p + len, d->cls->name);
        }
    }
    if (strcmp(path, "/chardevs") == 0) {
        line_each(line_child, &lines);
    }
}

static void add_child(void *opaque, const char *name, const char *type)
{
    g_autofree char *text = g_strdup_printf("child<%s>", type);

    add(opaque, name, text);
}

JsonNode *qmp_qom_list(JsonObject *args, GError **error)
{
    struct object o;
    JsonArray *a;

    if (!find(args, &o, error)) {
        return NULL;
    }
    a = json_array_new();
    add(a, "type", "string");
    if (o.container) {
        each_child(o.container, add_child, a);
        if (strcmp(o.container, "/machine") == 0) {
            add(a, "rtc-time", "struct tm");
        }
        return qmp_array(a);
    }
    add(a, "parent_bus", "link<bus>");
    add(a, "realized", "bool");
    add(a, "hotplugged", "bool");
    add(a, "hotpluggable", "bool");
    for (const struct prop *p = o.device ? o.device->cls->props : NULL; p && p->name; p++) {
        add(a, p->name, qom_prop_type(p));
    }
    return qmp_array(a);
}

static JsonNode *get_type(const struct object *o)
{
    for (size_t i = 0; o->container && i < G_N_ELEMENTS(containers); i++) {
        if (strcmp(containers[i][0], o->container) == 0) {
            return qmp_text(g_strdup(containers[i][1]));
        }
    }
    return qmp_text(o->device ? g_strdup(o->device->cls->name) : cpu_type());
}

static const char *bus_path(const struct device *d)
{
    if (!d || d->cls->bus == BUS_BOARD) {
        return "";
    }
    return d->cls->bus == BUS_PCI ? "/machine/i440fx/pci.0" : "/machine/unattached/isa.0";
}

/* What the guest's clock shows, as struct tm has it. */
static JsonNode *rtc_now(void)
{
    struct device *rtc = info_device_of(&mc146818_class);
    struct calendar c = calendar_from_seconds(mc146818_now((struct mc146818 *)(void *)rtc));
    const struct {
        const char *name;
        gint64 value;
    } rows[] = {
        {"tm_year", c.year - 1900}, {"tm_mon", (gint64)c.month - 1},
        {"tm_mday", c.day},         {"tm_hour", c.hour},
        {"tm_min", c.minute},       {"tm_sec", c.second},
    };
    JsonObject *o = json_object_new();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        json_object_set_int_member(o, rows[i].name, rows[i].value);
    }
    return qmp_object(o);
}

/* What QEMU's devices have in common; false: no such property. */
static bool get_bool(const struct object *o, const char *name, bool *is)
{
    if (strcmp(name, "realized") == 0) {
        *is = true;
    } else if (strcmp(name, "hotplugged") == 0) {
        *is = o->device && o->device->hotplugged;
    } else if (strcmp(name, "hotpluggable") == 0) {
        *is = o->device && plug_allowed(o->device->cls, NULL);
    } else {
        return false;
    }
    return true;
}

JsonNode *qmp_qom_get(JsonObject *args, GError **error)
{
    const char *name = json_object_get_string_member(args, "property");
    g_autofree char *type = NULL;
    JsonNode *node;
    struct object o;
    bool is;

    if (!find(args, &o, error)) {
        return NULL;
    }
    node = get_type(&o);
    if (strcmp(name, "type") == 0) {
        return node;
    }
    type = g_strdup(json_node_get_string(node));
    json_node_unref(node);
    if (g_strcmp0(o.container, "/machine") == 0 && strcmp(name, "rtc-time") == 0) {
        return rtc_now();
    }
    if (!o.container && strcmp(name, "parent_bus") == 0) {
        return qmp_text(g_strdup(bus_path(o.device)));
    }
    if (!o.container && get_bool(&o, name, &is)) {
        return json_node_init_boolean(json_node_alloc(), is);
    }
    for (const struct prop *p = o.device ? o.device->cls->props : NULL; p && p->name; p++) {
        if (strcmp(p->name, name) == 0) {
            g_autofree char *text = device_get(o.device, name);

            return value_of(p, text);
        }
    }
    return qmp_fail(error, "Property '%s.%s' not found", type, name);
}

/* -- for people -- */

JsonNode *hmp_qom_list(JsonObject *args, GError **error)
{
    g_autoptr(JsonNode) list = NULL;
    GString *out;

    if (!json_object_has_member(args, "path")) {
        return qmp_text(g_strdup("/\n"));
    }
    list = qmp_qom_list(args, error);
    if (!list) {
        return NULL;
    }
    out = g_string_new(NULL);
    show_properties(list, out);
    return qmp_text(g_string_free(out, FALSE));
}

struct tree {
    GString *out;
    const char *path; /* of the parent */
    int depth;
};

static void tree_row(void *opaque, const char *name, const char *type)
{
    const struct tree *t = opaque;
    g_autofree char *path = strcmp(t->path, "/") == 0 ? g_strconcat("/", name, NULL)
                                                      : g_strconcat(t->path, "/", name, NULL);
    struct tree below = {t->out, path, t->depth + 1};

    g_string_append_printf(t->out, "%*s/%s (%s)\n", 2 * t->depth, "", name, type);
    each_child(path, tree_row, &below);
}

JsonNode *info_qom_tree(JsonObject *args, GError **error)
{
    const char *path = arg_str(args, "path", "/machine");
    const char *slash = strrchr(path, '/');
    struct tree below = {.depth = 1};
    g_autoptr(JsonNode) type = NULL;
    struct object o;

    (void)error;
    if (find_path(path, &o) != 1) {
        return qmp_text(g_strdup_printf("Path '%s' could not be resolved.\n", path));
    }
    type = get_type(&o);
    below.out = g_string_new(NULL);
    below.path = o.container ? o.container : path;
    g_string_append_printf(below.out, "/%s (%s)\n", slash ? slash + 1 : path,
                           json_node_get_string(type));
    each_child(below.path, tree_row, &below);
    return qmp_text(g_string_free(below.out, FALSE));
}

/* -- classes -- */

static bool is_abstract(const char *type)
{
    static const char *const abstract[] = {"object",     "device",         "isa-device",
                                           "pci-device", "sys-bus-device", NULL};

    return g_strv_contains(abstract, type);
}

JsonNode *qmp_device_list_properties(JsonObject *args, GError **error)
{
    const char *name = json_object_get_string_member(args, "typename");
    const struct device_class *cls = device_class_find(name);
    JsonArray *a;

    if (!cls && is_abstract(name)) {
        return qmp_fail(error, "Parameter 'typename' expects a non-abstract device type");
    }
    if (!cls) {
        return qmp_no_device(name, error);
    }
    a = json_array_new();
    for (const struct prop *p = cls->props; p && p->name; p++) {
        JsonObject *o = add(a, p->name, qom_prop_type(p));

        if (p->help) {
            json_object_set_string_member(o, "description", p->help);
        }
        if (p->def) {
            json_object_set_member(o, "default-value", value_of(p, p->def));
        }
    }
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

JsonNode *qmp_qom_list_types(JsonObject *args, GError **error)
{
    static const char *const parents[] = {"isa-device", "pci-device", "sys-bus-device"};
    const char *wanted = arg_str(args, "implements", NULL);
    JsonArray *a = json_array_new();

    (void)error;
    for (const struct device_class *const *c = device_classes; *c; c++) {
        if (is_a((*c)->name, parent_of(*c), wanted)) {
            add_type(a, (*c)->name, parent_of(*c), false);
        }
    }
    for (size_t i = 0; arg_bool(args, "abstract", false) && i < G_N_ELEMENTS(parents); i++) {
        if (is_a(parents[i], "device", wanted)) {
            add_type(a, parents[i], "device", true);
        }
    }
    return qmp_array(a);
}
