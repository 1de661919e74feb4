/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI devices that are plugged and unplugged by ACPI: see plug.h, hw/pci/piix4_gpe.c.
 *
 * A new function is realized and reset before the guest can see it. One that leaves is hidden,
 * taken off the bus, and freed when no vCPU can be in it any more: device_free() sees to that.
 */
#include "system/plug.h"

#include "core/link.h"
#include "core/report.h"
#include "hw/pci/pci.h"
#include "system/vm.h"

#include <string.h>

static struct pc *machine;

/* -- what may be plugged -- */

static const char *bus_of(const struct device_class *cls)
{
    return cls->bus == BUS_PCI ? "pci.0" : "isa.0";
}

static bool fail(GError **error, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static bool fail(GError **error, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    g_set_error_literal(error, DEVICE_ERROR, 0, text);
    return false;
}

static bool no_hotplug(const char *bus, GError **error)
{
    return fail(error, "Bus '%s' does not support hotplugging", bus);
}

bool plug_allowed(const struct device_class *cls, GError **error)
{
    if (cls->bus == BUS_ISA || (cls->bus == BUS_PCI && !pc_has_hotplug(machine))) {
        return no_hotplug(bus_of(cls), error);
    }
    return device_class_hotpluggable(cls) ||
           fail(error, "Device '%s' does not support hotplugging", cls->name);
}

bool plug_id_ok(const char *id)
{
    return g_ascii_isalpha(id[0]) &&
           id[strspn(id, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-._")] == 0;
}

/* -bus: the one that the class goes to. */
static bool check_bus(const struct device_class *cls, const char *bus, GError **error)
{
    static const char *const known[] = {"pci.0", "isa.0", "ide.0", "ide.1", NULL};

    if (!bus || strcmp(bus, bus_of(cls)) == 0) {
        return true;
    }
    if (!g_strv_contains(known, bus)) {
        return fail(error, "Bus '%s' not found", bus);
    }
    return fail(error, "Device '%s' can't go on %s bus", cls->name,
                bus[1] == 'c'   ? "PCI"
                : bus[1] == 's' ? "ISA"
                                : "IDE");
}

static const struct device_class *find_class(struct keyval *kv, GError **error)
{
    const char *driver = keyval_take_last(kv, "driver");
    const struct device_class *cls = driver ? device_class_find(driver) : NULL;

    if (!driver) {
        fail(error, "Parameter 'driver' is missing");
    } else if (strcmp(driver, "ide-hd") == 0) {
        no_hotplug("ide.0", error);
    } else if (!cls) {
        fail(error, "'%s' is not a valid device model name", driver);
    } else if (cls->bus == BUS_BOARD || cls->fixed) {
        fail(error, "Parameter 'driver' expects a pluggable device type");
    } else if (check_bus(cls, keyval_take_last(kv, "bus"), error) && plug_allowed(cls, error)) {
        return cls;
    }
    return NULL;
}

/* -- properties: programs know these errors word for word -- */

static const struct prop *find_prop(const struct device_class *cls, const char *name)
{
    const struct prop *p = cls->props;

    while (p && p->name && strcmp(p->name, name) != 0) {
        p++;
    }
    return p && p->name ? p : NULL;
}

static bool set_word(struct device *d, const char *name, const char *value, GError **error)
{
    const struct prop *p = find_prop(d->cls, name);
    const char *cls = d->cls->name;

    if (!p) {
        return fail(error, "Property '%s.%s' not found", cls, name);
    }
    if (p->type == PROP_LINK) {
        struct link *l = link_find(value);

        if (!l) {
            return fail(error, "Property '%s.%s' can't find value '%s'", cls, name, value);
        }
        if (link_device(l)) {
            return fail(error, "Property '%s.%s' can't take value '%s', it's in use", cls, name,
                        value);
        }
    }
    if (device_set(d, name, value, NULL)) {
        return true;
    }
    return p->type == PROP_BOOL
               ? fail(error, "Parameter '%s' expects 'on' or 'off'", name)
               : fail(error, "Property '%s.%s' doesn't take value '%s'", cls, name, value);
}

static struct device *new_device(struct keyval *kv, const struct device_class *cls, const char *id,
                                 GError **error)
{
    struct device *d = device_new(cls, id);
    const char *key, *value;

    d->by_user = true;
    d->hotplugged = true;
    while (keyval_next(kv, &key, &value)) {
        if (!set_word(d, key, value, error)) {
            device_free(d);
            return NULL;
        }
    }
    return d;
}

/* -- coming -- */

/* A slot is looked at when function 0 comes, and none of our cards says that it has more. */
static bool alone(const struct pci_device *d, GError **error)
{
    unsigned first = d->devfn & ~(PCI_SLOT_FUNCTIONS - 1u);

    for (unsigned i = first; d->devfn != PCI_ANY_DEVFN && i < first + PCI_SLOT_FUNCTIONS; i++) {
        const struct pci_device *other = pci_bus_function(pc_board(machine)->pci, i);

        if (other && i == d->devfn) {
            return fail(error, "PCI: slot %u function %u not available for %s, in use by %s,id=%s",
                        i / PCI_SLOT_FUNCTIONS, i % PCI_SLOT_FUNCTIONS, d->dev.cls->name,
                        other->dev.cls->name, other->dev.id ? other->dev.id : "(null)");
        }
        if (other) {
            return fail(error,
                        "PCI: slot %u function %u already occupied by %s, new func %s cannot be "
                        "exposed to guest.",
                        i / PCI_SLOT_FUNCTIONS, i % PCI_SLOT_FUNCTIONS, other->dev.cls->name,
                        d->dev.cls->name);
        }
    }
    return true;
}

bool plug_device(struct keyval *kv, GError **error)
{
    const char *id = keyval_take_last(kv, "id");
    const struct device_class *cls = find_class(kv, error);
    struct pci_device *pci;
    struct device *d;

    if (!cls) {
        return false;
    }
    if (id && !plug_id_ok(id)) {
        return fail(error, "Parameter 'id' expects an identifier");
    }
    if (id && device_find(id)) {
        return fail(error, "Duplicate device ID '%s'", id);
    }
    d = new_device(kv, cls, id, error);
    if (!d) {
        return false;
    }
    pci = (struct pci_device *)(void *)d;
    if (!alone(pci, error)) {
        device_free(d);
        return false;
    }
    if (!device_realize(d, pc_board(machine), error)) {
        return false;
    }
    device_reset(d);
    pci_device_appear(pci);
    pc_slot(machine, pci->devfn / PCI_SLOT_FUNCTIONS, true);
    return true;
}

/* -- going -- */

static void remove_device(struct device *d)
{
    g_autofree char *path = device_path(d);
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    if (d->id) {
        g_variant_builder_add(&b, "{sv}", "device", g_variant_new_string(d->id));
    }
    g_variant_builder_add(&b, "{sv}", "path", g_variant_new_string(path));
    device_free(d);
    event_raise("DEVICE_DELETED", g_variant_builder_end(&b));
}

static void ejected(void *opaque, uint32_t slots)
{
    (void)opaque;
    for (unsigned devfn = 0; devfn < PCI_SLOTS * PCI_SLOT_FUNCTIONS; devfn++) {
        struct pci_device *d = slots >> devfn / PCI_SLOT_FUNCTIONS & 1
                                   ? pci_bus_function(pc_board(machine)->pci, devfn)
                                   : NULL;

        if (d && device_class_hotpluggable(d->dev.cls)) {
            remove_device(&d->dev);
        }
    }
}

/* Before the devices are reset: what the guest was asked for goes now. */
static void before_reset(void *opaque)
{
    ejected(opaque, pc_slots_down(machine));
}

bool plug_unplug(struct device *d, GError **error)
{
    uint64_t now = clock_now(pc_board(machine)->clock);

    if (!plug_allowed(d->cls, error)) {
        return false;
    }
    /* once more is allowed: a system that was not up when it was asked has not heard of it */
    if (d->unplug_asked && d->unplug_at == now) {
        return fail(error, "Device %s is already in the process of unplug", d->id ? d->id : "");
    }
    d->unplug_asked = true;
    d->unplug_at = now;
    pc_slot(machine, ((struct pci_device *)(void *)d)->devfn / PCI_SLOT_FUNCTIONS, false);
    return true;
}

void plug_init(struct pc *pc)
{
    machine = pc;
    pc_on_eject(pc, ejected, NULL);
    vm_on_reset(before_reset, NULL);
}
