/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a PS/2 keyboard and mouse have in common: the queue of bytes to the host and the command
 * protocol, as a phase machine driven by a table. The devices live inside the i8042, under its
 * lock. IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device".
 */
#ifndef HW_INPUT_PS2_H
#define HW_INPUT_PS2_H

#include "core/fifo.h"
#include "core/state.h"

#include <stdbool.h>
#include <stdint.h>

#define PS2_ACK 0xfau
#define PS2_BAT_OK 0xaau
#define PS2_RESEND 0xfeu
#define PS2_ERROR 0xfcu

#define PS2_REPLIES 16u
#define PS2_EVENTS 48u

struct ps2_state {
    FIFO(PS2_REPLIES) reply; /* answers to a command; go first, the next command drops them */
    FIFO(PS2_EVENTS) events; /* scan codes, movement packets */
    uint8_t phase;           /* the command that waits for a parameter, 0 when none */
    uint8_t last;            /* the byte sent last */
    uint8_t tries;           /* bad parameters in a row */
    uint8_t pad;
};

extern const struct state_layout ps2_layout;

enum ps2_params {
    PS2_NONE,
    PS2_ONE,
    PS2_LIST, /* any number; the next command ends it */
};

struct ps2_command {
    uint8_t opcode; /* 0 ends the table */
    enum ps2_params params;
    bool quiet;             /* no ACK */
    void (*run)(void *dev); /* after the ACK is queued; may be NULL */
    bool (*param)(void *dev, uint8_t opcode, uint8_t value); /* false: not a legal value */
};

/* A command byte or parameter from the host. */
void ps2_write(struct ps2_state *s, const struct ps2_command *table, void *dev, uint8_t byte);

/* Queue an answer. */
void ps2_reply(struct ps2_state *s, uint8_t byte);

/* Forget an unfinished command. */
void ps2_phase_reset(struct ps2_state *s);

/* Answer RESEND: the last byte again. */
void ps2_resend(struct ps2_state *s);

/* Queue a whole event or nothing; `limit` <= PS2_EVENTS bytes in all. */
bool ps2_event(struct ps2_state *s, uint32_t limit, const uint8_t *bytes, uint32_t n);

/* Take the next byte; there must be one. */
uint8_t ps2_take_reply(struct ps2_state *s);
uint8_t ps2_take_event(struct ps2_state *s);

/* For check(): NULL or the field at fault. */
const char *ps2_check(const struct ps2_state *s, const struct ps2_command *table,
                      uint32_t max_events);

#endif
