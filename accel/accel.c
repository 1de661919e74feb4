/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of hypervisor backends. */
#include "accel/accel.h"

#include <string.h>

const struct accel_ops *const accel_all[] = {
#ifdef CONFIG_KVM
    &accel_kvm,
#endif
    &accel_qtest,
    NULL,
};

const struct accel_ops *accel_find(const char *name)
{
    for (const struct accel_ops *const *a = accel_all; *a; a++) {
        if (strcmp((*a)->name, name) == 0) {
            return *a;
        }
    }
    return NULL;
}

char *accel_cpu_help(void)
{
    for (const struct accel_ops *const *a = accel_all; *a; a++) {
        if ((*a)->cpu_help) {
            return (*a)->cpu_help();
        }
    }
    return g_strdup("");
}

GQuark accel_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-accel");
}
