/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port 61h beside a timer that the hypervisor has: see port61.c. */
#ifndef HW_TIMER_PORT61_H
#define HW_TIMER_PORT61_H

#include "core/clock.h"
#include "core/device.h"
#include "core/space.h"
#include "hw/audio/pcspk.h"
#include "hw/pc/board.h"

struct port61_state {
    uint64_t gate_at; /* tick at which the gate rose last */
    uint8_t bits;     /* 0 and 1 of the port */
    uint8_t pad[7];
};

struct port61 {
    struct device dev;
    struct port61_state s;
    struct clock *clock;
    struct region port;
    struct pcspk spk;
    bool (*read_counter2)(void *opaque, struct pc_counter *out);
    void *opaque;
    struct pc_counter seen;       /* as the hypervisor gave it last */
    uint64_t loaded;              /* tick of that load */
    struct i8254_counter counter; /* what that means */
};

extern const struct device_class port61_class;

struct port61 *port61_new(struct board *b,
                          bool (*read_counter2)(void *opaque, struct pc_counter *out), void *opaque,
                          GError **error);

#endif
