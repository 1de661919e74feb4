/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding firmware files and loadable modules on the host. Loop thread. */
#ifndef SYSTEM_FIRMWARE_H
#define SYSTEM_FIRMWARE_H

#include <glib.h>

/* Look in these directories (borrowed strings) before the built-in path. */
void firmware_add_dirs(GPtrArray *dirs);

/* A file that an option names, mapped; the error names both. At most `most` bytes. */
GBytes *firmware_file(const char *option, const char *path, gsize most, GError **error);

/*
 * The contents of a firmware file: `name` as given if it has a slash or exists, else searched. The
 * error lists where it was looked for and names the Debian package.
 */
GBytes *firmware_load(void *unused, const char *name, GError **error);

/*
 * A symbol of a loadable module ("qmp" -> vmx-dm-qmp.so), from beside the program or from the
 * installed directory. NULL with an error that names the file and what is missing.
 */
void *module_symbol(const char *module, const char *symbol, GError **error);

#define FIRMWARE_ERROR (firmware_error_quark())
GQuark firmware_error_quark(void);

#endif
