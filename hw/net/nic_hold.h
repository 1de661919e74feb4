/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wire does not wait, but the host's frame queue can. A frame that finds no room in the guest's
 * ring is refused, and so waits in the link, for at most a given time; only then it is lost and the
 * chip says so. A burst longer than the ring so costs a guest no retransmission, and a driver that
 * is stuck still sees the overflow that its recovery is written for. Time 0 is the wire's rule.
 */
#ifndef HW_NET_NIC_HOLD_H
#define HW_NET_NIC_HOLD_H

#include "core/clock.h"
#include "core/device.h"
#include "core/link.h"

struct nic_hold_state {
    uint64_t due;  /* guest time when waiting ends; 0 unless NIC_HOLD_WAITS */
    uint8_t phase; /* enum nic_hold_phase */
    uint8_t pad[7];
};

enum nic_hold_phase {
    NIC_HOLD_NONE,
    NIC_HOLD_WAITS,
    NIC_HOLD_OVER, /* the next frame without room is lost */
};

extern const struct state_layout nic_hold_layout;

struct nic_hold {
    struct nic_hold_state *s;
    struct link *link; /* NULL: no cable */
    struct device *dev;
    const struct link_guest_ops *ops;
    void *opaque;
    struct clock *clock;
    uint64_t ns;
    struct timer timer;
    bool refused; /* the link keeps a frame for us; not guest-visible */
};

/* Given once, in realize(). */
struct nic_hold_setup {
    struct nic_hold_state *state;
    struct device *dev;
    struct clock *clock;
    struct link *link; /* or NULL */
    const struct link_guest_ops *ops;
    void *opaque;
    uint32_t ms;
};

/* The property row: `field` is the uint32_t of struct `owner` that becomes setup's ms. */
#define NIC_HOLD_PROP(owner, field)                                                                \
    {                                                                                              \
        .name = "hold-ms", .type = PROP_U32, .offset = offsetof(owner, field), .max = 10000,       \
        .def = "1000",                                                                             \
        .help = "how long a frame waits for room before it is lost; 0: not at all, as on a wire"   \
    }

/* Take the link. False, with an error that names it, when another NIC has it. */
bool nic_hold_init(struct nic_hold *h, const struct nic_hold_setup *setup, GError **error);
void nic_hold_exit(struct nic_hold *h);

/* No room for a frame: true when it shall be refused, false when it is lost. */
bool nic_hold_wait(struct nic_hold *h);
/* A frame found room, or was lost, or the receiver stopped: the next one waits anew. */
void nic_hold_clear(struct nic_hold *h);
/* There may be room now, or nobody to wait for: have the link offer what was refused. */
void nic_hold_offer(struct nic_hold *h);

/* For the class's settle: frames that wait belong to another time and are dropped. */
void nic_hold_settle(struct nic_hold *h);
/* NULL, or the name of the field that cannot be. */
const char *nic_hold_check(const struct nic_hold_state *s);

#endif
