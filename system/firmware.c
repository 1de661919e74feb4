/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the host that the machine is made from: see firmware.h. */
#include "system/firmware.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#ifndef CONFIG_FIRMWARE_PATH
#define CONFIG_FIRMWARE_PATH "/usr/share/seabios:/usr/share/vgabios:/usr/share/qemu"
#endif
#ifndef CONFIG_MODULE_DIR
#define CONFIG_MODULE_DIR "/usr/local/lib/vmx-dm"
#endif

/* A firmware image is at most this long: rule 14, cap before allocating. */
#define FIRMWARE_MAX ((gsize)16 << 20)

static GPtrArray *first;

GQuark firmware_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-firmware");
}

void firmware_add_dirs(GPtrArray *dirs)
{
    first = dirs;
}

static GBytes *load(const char *path, GError **error)
{
    g_autoptr(GMappedFile) map = g_mapped_file_new(path, FALSE, error);

    if (!map) {
        return NULL;
    }
    if (g_mapped_file_get_length(map) == 0 || g_mapped_file_get_length(map) > FIRMWARE_MAX) {
        g_set_error(error, FIRMWARE_ERROR, 0,
                    "firmware file %s: %zu bytes long; expected 1 byte to 16 MiB", path,
                    g_mapped_file_get_length(map));
        return NULL;
    }
    return g_mapped_file_get_bytes(map);
}

GBytes *firmware_file(const char *option, const char *path, gsize most, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autoptr(GMappedFile) map = g_mapped_file_new(path, FALSE, &failed);

    if (!map) {
        g_set_error(error, FIRMWARE_ERROR, 0, "%s %s: %s", option, path, failed->message);
        return NULL;
    }
    if (g_mapped_file_get_length(map) == 0 || g_mapped_file_get_length(map) > most) {
        g_set_error(error, FIRMWARE_ERROR, 0, "%s %s: %zu bytes long; expected 1 byte to %zu MiB",
                    option, path, g_mapped_file_get_length(map), most >> 20);
        return NULL;
    }
    return g_mapped_file_get_bytes(map);
}

GBytes *firmware_load(void *unused, const char *name, GError **error)
{
    g_auto(GStrv) dirs = g_strsplit(CONFIG_FIRMWARE_PATH, ":", -1);

    (void)unused;
    for (guint i = 0; first && i < first->len; i++) {
        g_autofree char *path = g_build_filename(g_ptr_array_index(first, i), name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            return load(path, error);
        }
    }
    if (strchr(name, '/') || g_file_test(name, G_FILE_TEST_IS_REGULAR)) {
        return load(name, error);
    }
    for (int i = 0; dirs[i]; i++) {
        g_autofree char *path = g_build_filename(dirs[i], name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            return load(path, error);
        }
    }
    g_set_error(
        error, FIRMWARE_ERROR, 0,
        "firmware file %s not found in %s; install it (Debian: apt install seabios ipxe-qemu) or "
        "name its directory with -L",
        name, CONFIG_FIRMWARE_PATH);
    return NULL;
}

void *module_symbol(const char *module, const char *symbol, GError **error)
{
    g_autofree char *file = g_strdup_printf("vmx-dm-%s.so", module);
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = self ? g_path_get_dirname(self) : g_strdup(".");
    g_autofree char *beside = g_build_filename(dir, file, NULL);
    g_autofree char *installed = g_build_filename(CONFIG_MODULE_DIR, file, NULL);
    const char *path = g_file_test(beside, G_FILE_TEST_EXISTS) ? beside : installed;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *sym = handle ? dlsym(handle, symbol) : NULL;

    if (!sym) {
        g_set_error(error, FIRMWARE_ERROR, 0, "cannot load the %s module: %s", module, dlerror());
    }
    return sym;
}
