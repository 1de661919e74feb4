/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host back ends and user devices: see wiring.h. */
#include "system/wiring.h"

#include "block/block.h"
#include "chardev/chardev.h"
#include "net/net.h"

#include <string.h>

#define DEFAULT_NIC "ne2k_isa"

#define FW_FILE_MAX (16 << 20)

const struct saved_option *options_next(struct options *o, const char *const *names)
{
    for (guint i = 0; i < o->saved->len; i++) {
        struct saved_option *s = &g_array_index(o->saved, struct saved_option, i);

        if (!s->used && g_strv_contains(names, s->name)) {
            s->used = true;
            return s;
        }
    }
    return NULL;
}

/* -- disks -- */

static const char *const drive_options[] = {"-hda", "-hdb", "-hdc", "-hdd", "-drive", NULL};

/* index 0 to 3, or the first free place for -1. */
static bool place_disk(struct wiring *w, struct keyval *kv, int index, struct disk *d,
                       GError **error)
{
    for (int i = 0; index < 0 && i < 4; i++) {
        if (!w->ide[i / 2][i % 2]) {
            index = i;
        }
    }
    if (index < 0) {
        keyval_error(kv, error, "all four IDE places are taken");
        return false;
    }
    if (w->ide[index / 2][index % 2]) {
        keyval_error(kv, error, "index=%d is taken by %s", index,
                     disk_file(w->ide[index / 2][index % 2]));
        return false;
    }
    w->ide[index / 2][index % 2] = d;
    return true;
}

/* Where a -drive of if=ide wants to be: index=, or bus= and unit=; -1: anywhere. */
static bool drive_place(struct keyval *kv, int *index, GError **error)
{
    uint64_t n = UINT64_MAX, bus = UINT64_MAX, unit = UINT64_MAX;

    if (!keyval_take_uint(kv, "index", 0, 3, &n, error) ||
        !keyval_take_uint(kv, "bus", 0, 1, &bus, error) ||
        !keyval_take_uint(kv, "unit", 0, 1, &unit, error)) {
        return false;
    }
    *index = n != UINT64_MAX ? (int)n : -1;
    if (n == UINT64_MAX && (bus != UINT64_MAX || unit != UINT64_MAX)) {
        *index = (int)((bus == UINT64_MAX ? 0 : bus) * 2 + (unit == UINT64_MAX ? 0 : unit));
    }
    return true;
}

static bool drive_geometry(struct keyval *kv, struct disk *d, GError **error)
{
    uint64_t c = 0, h = 0, s = 0;
    const char *serial;

    if (!keyval_take_uint(kv, "cyls", 1, 65535, &c, error) ||
        !keyval_take_uint(kv, "heads", 1, 16, &h, error) ||
        !keyval_take_uint(kv, "secs", 1, 255, &s, error)) {
        return false;
    }
    if (c && h && s) {
        struct disk_geometry g = {(uint32_t)c, (uint32_t)h, (uint32_t)s};

        disk_set_geometry(d, &g);
    } else if (c || h || s) {
        keyval_error(kv, error, "cyls=, heads= and secs= go together");
        return false;
    }
    serial = keyval_take_last(kv, "serial");
    if (serial) {
        disk_set_serial(d, serial);
    }
    return true;
}

static bool add_drive(struct wiring *w, struct keyval *kv, int index, GError **error)
{
    const char *id = keyval_take_last(kv, "id");
    const char *iface = keyval_take_last(kv, "if");
    const char *media = keyval_take_last(kv, "media");
    bool none = iface && strcmp(iface, "none") == 0;
    g_autofree char *name = NULL;
    struct disk *d;

    if (iface && !none && strcmp(iface, "ide") != 0) {
        keyval_error(kv, error, "if=%s: expected ide or none", iface);
        return false;
    }
    if (media && strcmp(media, "disk") != 0) {
        keyval_error(kv, error, "media=%s: only media=disk is there so far", media);
        return false;
    }
    if (index < 0 && !drive_place(kv, &index, error)) {
        return false;
    }
    if (!none && index >= 0 && w->ide[index / 2][index % 2]) {
        keyval_error(kv, error, "index=%d is taken by %s", index,
                     disk_file(w->ide[index / 2][index % 2]));
        return false;
    }
    if (none && !id) {
        keyval_error(kv, error, "if=none needs id=NAME, for a -device to refer to");
        return false;
    }
    for (int i = index < 0 ? 0 : index; !id && !name && i < 4; i++) {
        g_autofree char *guess = g_strdup_printf("ide%d-hd%d", i / 2, i % 2);

        if (index >= 0 || !w->ide[i / 2][i % 2]) {
            name = g_steal_pointer(&guess);
        }
    }
    d = block_open(kv, id ? id : name ? name : "ide", error);
    return d && drive_geometry(kv, d, error) && keyval_finish(kv, error) &&
           (none || place_disk(w, kv, index, d, error));
}

static bool add_drives(struct wiring *w, struct options *o, GError **error)
{
    const struct saved_option *s;
    bool ok = true;

    while (ok && (s = options_next(o, drive_options)) != NULL) {
        bool hd = strcmp(s->name, "-drive") != 0;
        g_autofree char *escaped = NULL;
        struct keyval *kv;

        if (hd) { /* a bare file name may hold commas */
            g_auto(GStrv) parts = g_strsplit(s->arg, ",", -1);
            g_autofree char *doubled = g_strjoinv(",,", parts);

            escaped = g_strconcat("file=", doubled, NULL);
        }
        kv = keyval_parse(s->name, hd ? escaped : s->arg, NULL, error);
        ok = kv && add_drive(w, kv, hd ? s->name[3] - 'a' : -1, error);
        keyval_free(kv);
    }
    return ok;
}

/* -- lines -- */

static bool add_chardevs(struct options *o, GError **error)
{
    static const char *const names[] = {"-chardev", NULL};
    const struct saved_option *s;
    bool ok = true;

    while (ok && (s = options_next(o, names)) != NULL) {
        struct keyval *kv = keyval_parse(s->name, s->arg, "backend", error);

        ok = kv && chardev_new(kv, error);
        keyval_free(kv);
    }
    return ok;
}

static bool add_serials(struct wiring *w, struct options *o, GError **error)
{
    static const char *const serial[] = {"-serial", NULL};
    static const char *const debugcon[] = {"-debugcon", NULL};
    const struct saved_option *s;
    g_autoptr(GError) failed = NULL;

    while ((s = options_next(o, serial)) != NULL) {
        g_autofree char *id = g_strdup_printf("serial%u", w->serials);

        if (w->serials >= G_N_ELEMENTS(w->serial)) {
            g_set_error(error, KEYVAL_ERROR, 0, "-serial %s: there are four ports", s->arg);
            return false;
        }
        w->serial[w->serials++] = chardev_from_spec("-serial", id, s->arg, &failed);
        w->explicit_serial = true;
        if (failed) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
    }
    if (!w->explicit_serial && (o->nographic || !o->nodefaults)) {
        w->serial[w->serials++] =
            chardev_from_spec("-serial", "serial0", o->nographic ? "mon:stdio" : "vc", &failed);
    }
    s = options_next(o, debugcon);
    if (!failed && s) {
        w->debugcon = chardev_from_spec("-debugcon", "debugcon", s->arg, &failed);
    }
    if (failed) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    return true;
}

/* -- -fw_cfg -- */

static void free_fw_file(gpointer p)
{
    struct pc_fw_file *f = p;

    g_bytes_unref(f->data);
    g_free(f->name);
    g_free(f);
}

static bool add_fw_file(struct wiring *w, struct keyval *kv, GError **error)
{
    const char *name = keyval_take_last(kv, "name");
    const char *file = keyval_take_last(kv, "file");
    const char *text = keyval_take_last(kv, "string");
    struct pc_fw_file *f;
    GBytes *data;

    if (!keyval_finish(kv, error)) {
        return false;
    }
    if (!name || !name[0] || strlen(name) > 55 || (file == NULL) == (text == NULL)) {
        keyval_error(kv, error,
                     "expected name=opt/NAME (at most 55 letters) and either file= or "
                     "string=");
        return false;
    }
    if (file) {
        g_autoptr(GMappedFile) map = g_mapped_file_new(file, FALSE, error);

        if (!map) {
            g_prefix_error(error, "-fw_cfg name=%s: ", name);
            return false;
        }
        data = g_mapped_file_get_bytes(map);
    } else {
        data = g_bytes_new(text, strlen(text));
    }
    if (g_bytes_get_size(data) > FW_FILE_MAX) {
        keyval_error(kv, error, "%s is larger than 16 MiB", file);
        g_bytes_unref(data);
        return false;
    }
    f = g_new0(struct pc_fw_file, 1);
    f->name = g_strdup(name);
    f->data = data;
    g_ptr_array_add(w->fw_files, f);
    return true;
}

static bool add_fw_files(struct wiring *w, struct options *o, GError **error)
{
    static const char *const names[] = {"-fw_cfg", NULL};
    const struct saved_option *s;
    bool ok = true;

    while (ok && (s = options_next(o, names)) != NULL) {
        struct keyval *kv = keyval_parse(s->name, s->arg, "name", error);

        ok = kv && add_fw_file(w, kv, error);
        keyval_free(kv);
    }
    return ok;
}

/* -- -device ide-hd: a name for what the board solders -- */

static bool add_ide_device(struct wiring *w, struct keyval *kv, GError **error)
{
    const char *drive = keyval_take_last(kv, "drive");
    const char *bus = keyval_take_last(kv, "bus");
    struct disk *d = drive ? disk_find(drive) : NULL;
    uint64_t unit = UINT64_MAX;
    int index = -1;

    keyval_take_last(kv, "id");
    if (!keyval_take_uint(kv, "unit", 0, 1, &unit, error)) {
        return false;
    }
    if (!d) {
        keyval_error(kv, error, "drive=%s: no -drive with if=none has that id", drive ? drive : "");
        return false;
    }
    if (bus && strcmp(bus, "ide.0") != 0 && strcmp(bus, "ide.1") != 0) {
        keyval_error(kv, error, "bus=%s: expected ide.0 or ide.1", bus);
        return false;
    }
    if (bus || unit != UINT64_MAX) {
        index = (bus ? bus[4] - '0' : 0) * 2 + (unit == UINT64_MAX ? 0 : (int)unit);
        if (unit == UINT64_MAX && w->ide[index / 2][0]) {
            index++;
        }
    }
    return drive_geometry(kv, d, error) && keyval_finish(kv, error) &&
           place_disk(w, kv, index, d, error);
}

static bool add_ide_devices(struct wiring *w, struct options *o, GError **error)
{
    for (guint i = 0; i < o->saved->len; i++) {
        struct saved_option *s = &g_array_index(o->saved, struct saved_option, i);
        struct keyval *kv;
        bool ok;

        if (s->used || strcmp(s->name, "-device") != 0 ||
            (strcmp(s->arg, "ide-hd") != 0 && !g_str_has_prefix(s->arg, "ide-hd,"))) {
            continue;
        }
        s->used = true;
        kv = keyval_parse("-device ide-hd", s->arg, "driver", error);
        if (kv) {
            keyval_take(kv, "driver");
        }
        ok = kv && add_ide_device(w, kv, error);
        keyval_free(kv);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* -- public -- */

bool wiring_backends(struct wiring *w, struct options *o, GError **error)
{
    *w = (struct wiring){0};
    w->fw_files = g_ptr_array_new_with_free_func(free_fw_file);
    return add_chardevs(o, error) && add_serials(w, o, error) && add_drives(w, o, error) &&
           add_ide_devices(w, o, error) && wiring_networks(w, o, error) &&
           add_fw_files(w, o, error);
}

static const struct device_class *find_class(const char *option, const char *name, GError **error)
{
    const struct device_class *cls = device_class_find(name);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    const char *near;

    if (cls && cls->user) {
        return cls;
    }
    for (const struct device_class *const *c = device_classes; *c; c++) {
        if ((*c)->user) {
            g_ptr_array_add(known, (gpointer)(*c)->name);
        }
    }
    g_ptr_array_add(known, NULL);
    near = keyval_nearest(name, (const char *const *)known->pdata);
    g_set_error(error, KEYVAL_ERROR, 0, "%s: no device \"%s\"%s%s%s; -device help lists them",
                option, name, near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return NULL;
}

static struct device *new_device(struct keyval *kv, const struct device_class *cls, const char *id,
                                 GError **error)
{
    struct device *d = device_new(cls, id);
    const char *key, *value;

    d->by_user = true;
    while (keyval_next(kv, &key, &value)) {
        if (!device_set(d, key, value, error)) {
            device_free(d);
            return NULL;
        }
    }
    return d;
}

static bool add_device(struct keyval *kv, struct board *b, GError **error)
{
    const char *driver = keyval_take_last(kv, "driver");
    const char *id = keyval_take_last(kv, "id");
    const struct device_class *cls = driver ? find_class("-device", driver, error) : NULL;
    struct device *d;

    if (!cls) {
        return false;
    }
    keyval_take_last(kv, "bus"); /* pci.0 and isa.0 are the only ones */
    d = new_device(kv, cls, id, error);
    return d && device_realize(d, b, error);
}

/* "virtio" is what -nic and -net call virtio-net-pci, as on QEMU. */
static const char *card_name(const char *model)
{
    if (!model) {
        return DEFAULT_NIC;
    }
    return strcmp(model, "virtio") == 0 ? "virtio-net-pci" : model;
}

static bool add_nic_device(const struct wiring_nic *n, struct board *b, GError **error)
{
    const struct device_class *cls = find_class("-nic", card_name(n->model), error);
    struct device *d;

    if (!cls) {
        return false;
    }
    d = device_new(cls, NULL);
    if ((n->mac && !device_set(d, "mac", n->mac, error)) ||
        (n->link && !device_set(d, "netdev", link_name(n->link), error))) {
        device_free(d);
        return false;
    }
    return device_realize(d, b, error);
}

bool wiring_devices(struct wiring *w, struct options *o, struct board *b, GError **error)
{
    static const char *const names[] = {"-device", NULL};
    const struct saved_option *s;
    bool ok = true;

    for (guint i = 0; ok && i < w->nics->len; i++) {
        ok = add_nic_device(g_ptr_array_index(w->nics, i), b, error);
    }
    while (ok && (s = options_next(o, names)) != NULL) {
        struct keyval *kv = keyval_parse(s->name, s->arg, "driver", error);

        ok = kv && add_device(kv, b, error);
        keyval_free(kv);
    }
    return ok && wiring_networks_started(error);
}

void wiring_clear(struct wiring *w)
{
    g_clear_pointer(&w->fw_files, g_ptr_array_unref);
    g_clear_pointer(&w->nics, g_ptr_array_unref);
}
