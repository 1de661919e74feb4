/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host back ends and user devices from the saved options. Split in two because disks and lines
 * must exist before the board, and plug-in devices need it.
 */
#ifndef SYSTEM_WIRING_H
#define SYSTEM_WIRING_H

#include "hw/pc/board.h"
#include "system/options.h"

/* A card of -nic, -net or the default. */
struct wiring_nic {
    char *model, *mac; /* NULL: default */
    struct link *link; /* NULL: unplugged */
};

struct wiring {
    struct disk *ide[2][2];
    struct line *serial[4];
    unsigned serials;
    bool explicit_serial; /* a -serial was given */
    struct line *debugcon;
    GPtrArray *fw_files; /* struct pc_fw_file * */
    GPtrArray *nics;     /* struct wiring_nic * */
    bool default_nic;    /* one of them that nobody asked for */
};

/* -netdev, -nic, -net, the default network, -object filter-dump; wiring_net.c. */
bool wiring_networks(struct wiring *w, struct options *o, GError **error);
/* Wait for the processes of user networks, which start while the board is built. */
bool wiring_networks_started(GError **error);

/* -chardev, -netdev, -nic, -net, -drive, -hdX, -serial, -debugcon, -fw_cfg. */
bool wiring_backends(struct wiring *w, struct options *o, GError **error);

/* -device, and the NICs of -nic, -net and the default. */
bool wiring_devices(struct wiring *w, struct options *o, struct board *b, GError **error);

void wiring_clear(struct wiring *w);

#endif
