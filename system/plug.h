/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that come and go while the machine is there: device_add, device_del, and what the guest
 * lets go of. Loop thread.
 */
#ifndef SYSTEM_PLUG_H
#define SYSTEM_PLUG_H

#include "core/keyval.h"
#include "hw/pc/board.h"

/* For which machine; the guest's answers arrive from now on. */
void plug_init(struct pc *pc);

/* "driver=rtl8139,id=x,netdev=n,...", as -device. The errors of wrong models and buses are QEMU's. */
bool plug_device(struct keyval *kv, GError **error);

/*
 * Ask the guest to let a device go; when it has, the device is freed and DEVICE_DELETED raised. A
 * reset of the machine does not wait for the guest.
 */
bool plug_unplug(struct device *d, GError **error);

/* May it come and go: is it of a kind that can, on a bus that can? The error says which not. */
bool plug_allowed(const struct device_class *cls, GError **error);

/* An id as QEMU wants them: a letter, then letters, digits, - . _ */
bool plug_id_ok(const char *id);

#endif
