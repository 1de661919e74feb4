/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of hypervisor backends. */
#include "accel/accel.h"

#include <string.h>

const struct accel_ops *const accel_all[] = {&accel_kvm, &accel_qtest, NULL};

const struct accel_ops *accel_find(const char *name)
{
    for (const struct accel_ops *const *a = accel_all; *a; a++) {
        if (strcmp((*a)->name, name) == 0) {
            return *a;
        }
    }
    return NULL;
}

GQuark accel_error_quark(void)
{
    return g_quark_from_static_string("vmx-dm-accel");
}
