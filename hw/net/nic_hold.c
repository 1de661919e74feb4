/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that wait for room: see nic_hold.h. A ring gets room by a register write, which offers, or
 * by a store to memory that nobody sees; so while a frame waits the ring is looked at regularly.
 */
#include "hw/net/nic_hold.h"

#define LOOK_NS (2 * NS_PER_MS)

_Static_assert(sizeof(struct nic_hold_state) == 16, "no hidden padding");

static const struct state_field fields[] = {
    STATE_FIELD(struct nic_hold_state, due),
    STATE_FIELD(struct nic_hold_state, phase),
    STATE_ARRAY(struct nic_hold_state, pad),
    STATE_END,
};

const struct state_layout nic_hold_layout = {
    .name = "hold",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct nic_hold_state),
    .fields = fields,
};

const char *nic_hold_check(const struct nic_hold_state *s)
{
    if (s->phase > NIC_HOLD_OVER) {
        return "hold.phase";
    }
    if ((s->phase == NIC_HOLD_WAITS) != (s->due != 0)) {
        return "hold.due";
    }
    for (size_t i = 0; i < sizeof(s->pad); i++) {
        if (s->pad[i]) {
            return "hold.pad";
        }
    }
    return NULL;
}

static void look(struct nic_hold *h)
{
    uint64_t next = clock_now(h->clock) + LOOK_NS;

    timer_arm(&h->timer, next < h->s->due ? next : h->s->due);
}

static void fire(void *opaque)
{
    struct nic_hold *h = opaque;

    if (h->s->phase != NIC_HOLD_WAITS) {
        return;
    }
    if (clock_now(h->clock) >= h->s->due) {
        h->s->phase = NIC_HOLD_OVER;
        h->s->due = 0;
    } else {
        look(h);
    }
    nic_hold_offer(h);
}

bool nic_hold_init(struct nic_hold *h, const struct nic_hold_setup *setup, GError **error)
{
    *h = (struct nic_hold){
        .s = setup->state,
        .link = setup->link,
        .dev = setup->dev,
        .ops = setup->ops,
        .opaque = setup->opaque,
        .clock = setup->clock,
        .ns = setup->ms * NS_PER_MS,
    };
    timer_init(&h->timer, setup->clock, setup->dev, fire, h);
    if (h->link && !link_attach(h->link, h->dev, h->ops, h->opaque)) {
        g_set_error(error, DEVICE_ERROR, 0, "-device %s: netdev=%s is in use by another card",
                    h->dev->cls->name, link_name(h->link));
        h->link = NULL;
        return false;
    }
    return true;
}

void nic_hold_exit(struct nic_hold *h)
{
    if (h->link) {
        link_detach(h->link);
    }
    timer_cancel(&h->timer);
}

bool nic_hold_wait(struct nic_hold *h)
{
    if (h->ns == 0 || h->s->phase == NIC_HOLD_OVER) {
        return false;
    }
    if (h->s->phase == NIC_HOLD_NONE) {
        h->s->phase = NIC_HOLD_WAITS;
        h->s->due = clock_now(h->clock) + h->ns;
        look(h);
    }
    h->refused = true;
    return true;
}

void nic_hold_clear(struct nic_hold *h)
{
    if (h->s->phase != NIC_HOLD_NONE) {
        h->s->phase = NIC_HOLD_NONE;
        h->s->due = 0;
        timer_cancel(&h->timer);
    }
}

void nic_hold_offer(struct nic_hold *h)
{
    if (h->refused) {
        h->refused = false;
        link_ready(h->link);
    }
}

void nic_hold_settle(struct nic_hold *h)
{
    timer_cancel(&h->timer);
    h->refused = false;
    if (h->link) {
        link_flush(h->link);
    }
    if (h->s->phase == NIC_HOLD_WAITS) {
        look(h);
    }
}
