/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PS/2 keyboard: see ps2_kbd.c. */
#ifndef HW_INPUT_PS2_KBD_H
#define HW_INPUT_PS2_KBD_H

#include "hw/input/ps2.h"

#define PS2_KBD_BUFFER 16u /* bytes; one more place is for the overrun code */

struct ps2_kbd_state {
    struct ps2_state q;
    uint8_t set;       /* scan code set, 1 to 3 */
    uint8_t scanning;  /* keys are reported */
    uint8_t leds;      /* bit 0 scroll, 1 num, 2 caps */
    uint8_t typematic; /* rate and delay as programmed */
    uint8_t print;     /* how Print Screen went down: enum print_form */
    uint8_t overrun;   /* the overrun code is in the buffer */
    uint8_t pad[2];
    uint8_t held[32];      /* keys that are down, by set-1 code, + 80h with the E0 prefix */
    uint8_t no_break[32];  /* set 3, by set-3 code: releases are not reported */
    uint8_t no_repeat[32]; /* set 3: repeats are not reported */
};

extern const struct state_layout ps2_kbd_layout;

void ps2_kbd_reset(struct ps2_kbd_state *k);
void ps2_kbd_write(struct ps2_kbd_state *k, uint8_t byte);
/* A key of core/surface.h. A second press without a release is a repeat. */
void ps2_kbd_key(struct ps2_kbd_state *k, uint16_t key, bool down);
const char *ps2_kbd_check(const struct ps2_kbd_state *k);

#endif
