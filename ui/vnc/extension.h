/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What QEMU added to RFB, for clients that like it: keys as codes, keyboard lights, and whether the
 * pointer is followed by positions or movements (RFB, "QEMU Extended Key Event", "QEMU LED State",
 * "QEMU Pointer Motion Change").
 */
#ifndef UI_VNC_EXTENSION_H
#define UI_VNC_EXTENSION_H

#include <stdbool.h>
#include <stdint.h>

struct _rfbClientRec;

void extension_open(void);
/* A client that is not there yet is NULL. */
void extension_leds(struct _rfbClientRec *cl, uint8_t leds);
void extension_pointer(struct _rfbClientRec *cl, bool absolute);

#endif
