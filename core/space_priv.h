/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of struct space, shared by space.c (mapping) and dispatch.c (access). */
#ifndef CORE_SPACE_PRIV_H
#define CORE_SPACE_PRIV_H

#include "core/loop.h"
#include "core/space.h"

#define PORT_COUNT 65536u
#define PORT_REGIONS 1024u /* far above any board */

struct space {
    bool ports;
    GRecMutex lock; /* leaf: regions, rebuild, listener */
    unsigned depth; /* of space_begin() */
    bool stale;
    GPtrArray *regions; /* mapped, highest priority first */
    struct space_listener listener;
    bool listening;
    /* ports: slot 0 of the table is open bus; both arrays have atomic elements */
    uint16_t *port_map;
    struct region **port_table;
    /* memory */
    struct space_map *map; /* RCU */
    GPtrArray *retired;    /* old maps that wait for their readers; under `lock` */
    struct loop_kick retire;
};

#endif
