/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PS/2 mouse: see ps2_mouse.c. */
#ifndef HW_INPUT_PS2_MOUSE_H
#define HW_INPUT_PS2_MOUSE_H

#include "hw/input/ps2.h"

#define PS2_MOUSE_BUFFER 32u /* bytes: eight packets, so that no click is lost */

struct ps2_mouse_state {
    uint64_t next_at; /* guest ns of the earliest next sample */
    struct ps2_state q;
    int32_t dx, dy, dz; /* movement not reported yet; right and down positive */
    uint8_t remote, wrap, reporting, scaling; /* 0 or 1 */
    uint8_t resolution;                       /* 0 to 3 */
    uint8_t rate;                             /* samples a second */
    uint8_t id;                               /* 0, 3 or 4 */
    uint8_t buttons, sent_buttons;            /* INPUT_LEFT ...: as they are, as last reported */
    uint8_t knock[2];                         /* the two sample rates before this one */
    uint8_t pad[5];
};

extern const struct state_layout ps2_mouse_layout;

void ps2_mouse_reset(struct ps2_mouse_state *m);
void ps2_mouse_write(struct ps2_mouse_state *m, uint8_t byte);
void ps2_mouse_motion(struct ps2_mouse_state *m, int32_t dx, int32_t dy, int32_t dz);
void ps2_mouse_buttons(struct ps2_mouse_state *m, uint32_t held);

/* Stream mode: queue a packet if one is due. */
void ps2_mouse_sample(struct ps2_mouse_state *m, uint64_t now);
/* When ps2_mouse_sample() would do something, UINT64_MAX: not before something else happens. */
uint64_t ps2_mouse_deadline(const struct ps2_mouse_state *m);
const char *ps2_mouse_check(const struct ps2_mouse_state *m);

#endif
