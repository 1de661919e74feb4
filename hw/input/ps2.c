/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol that PS/2 keyboards and mice share: see ps2.h.
 *
 * Modelled: ACK, RESEND and ERROR answers; a new command drops what is left of the last answer; a
 * command in place of a parameter ends the waiting one. Not modelled: the serial link, its parity
 * and time-outs; RESEND gives the last byte, not the last packet.
 */
#include "hw/input/ps2.h"

_Static_assert(sizeof(struct ps2_state) == 84, "no padding");

static const struct ps2_command *find(const struct ps2_command *table, uint8_t opcode)
{
    for (; table->opcode; table++) {
        if (table->opcode == opcode) {
            return table;
        }
    }
    return NULL;
}

void ps2_reply(struct ps2_state *s, uint8_t byte)
{
    fifo_push(&s->reply, byte); /* no command has more than 16 bytes of answer */
}

void ps2_phase_reset(struct ps2_state *s)
{
    s->phase = 0;
    s->tries = 0;
}

void ps2_resend(struct ps2_state *s)
{
    ps2_reply(s, s->last);
}

/* True when the byte was taken, or refused, as a parameter; false: treat it as a command. */
static bool take_param(struct ps2_state *s, const struct ps2_command *table, void *dev,
                       uint8_t byte)
{
    const struct ps2_command *c = find(table, s->phase);

    if (!c || !c->param) {
        return false;
    }
    ps2_reply(s, PS2_ACK);
    if (c->param(dev, c->opcode, byte)) {
        s->tries = 0;
        if (c->params != PS2_LIST) {
            ps2_phase_reset(s);
        }
        return true;
    }
    fifo_clear(&s->reply);
    if (find(table, byte)) {
        return false;
    }
    if (s->tries++ == 0) {
        ps2_reply(s, PS2_RESEND);
    } else {
        ps2_reply(s, PS2_ERROR);
        ps2_phase_reset(s);
    }
    return true;
}

void ps2_write(struct ps2_state *s, const struct ps2_command *table, void *dev, uint8_t byte)
{
    const struct ps2_command *c;

    fifo_clear(&s->reply);
    if (s->phase && take_param(s, table, dev, byte)) {
        return;
    }
    ps2_phase_reset(s);
    c = find(table, byte);
    if (!c) {
        ps2_reply(s, PS2_RESEND);
        return;
    }
    if (!c->quiet) {
        ps2_reply(s, PS2_ACK);
    }
    if (c->run) {
        c->run(dev);
    }
    s->phase = c->params == PS2_NONE ? 0 : c->opcode;
}

bool ps2_event(struct ps2_state *s, uint32_t limit, const uint8_t *bytes, uint32_t n)
{
    if (fifo_len(&s->events) > limit || n > limit - fifo_len(&s->events)) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        fifo_push(&s->events, bytes[i]);
    }
    return true;
}

uint8_t ps2_take_reply(struct ps2_state *s)
{
    s->last = fifo_pop(&s->reply);
    return s->last;
}

uint8_t ps2_take_event(struct ps2_state *s)
{
    s->last = fifo_pop(&s->events);
    return s->last;
}

const char *ps2_check(const struct ps2_state *s, const struct ps2_command *table,
                      uint32_t max_events)
{
    const struct ps2_command *c = s->phase ? find(table, s->phase) : NULL;

    if (!fifo_valid(&s->reply)) {
        return "reply";
    }
    if (!fifo_valid(&s->events) || fifo_len(&s->events) > max_events) {
        return "events";
    }
    if (s->phase && (!c || c->params == PS2_NONE)) {
        return "phase";
    }
    if (s->tries > 1 || (s->tries && !s->phase)) {
        return "tries";
    }
    return s->pad ? "pad" : NULL;
}

static const struct state_field ps2_fields[] = {
    STATE_FIFO(struct ps2_state, reply),
    STATE_FIFO(struct ps2_state, events),
    STATE_FIELD(struct ps2_state, phase),
    STATE_FIELD(struct ps2_state, last),
    STATE_FIELD(struct ps2_state, tries),
    STATE_FIELD(struct ps2_state, pad),
    STATE_END,
};

const struct state_layout ps2_layout = {
    .name = "ps2",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct ps2_state),
    .fields = ps2_fields,
};
