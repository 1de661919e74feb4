/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version, in one place. */
#ifndef SYSTEM_VERSION_H
#define SYSTEM_VERSION_H

#define VMX_DM_VERSION "0.1.0"

/* The QEMU whose board, command line and QMP this one follows; programs ask for it. */
#define QEMU_MAJOR 7
#define QEMU_MINOR 2
#define QEMU_MICRO 0

#endif
