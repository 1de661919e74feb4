/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a terminal sends for the keys that make no character of their own: as Linux' console. */
#ifndef UI_CLIENT_TYPED_H
#define UI_CLIENT_TYPED_H

#include <stdint.h>

/* How far keys and the wheel go through what a text console showed before. */
#define TYPED_PAGE_LINES 12
#define TYPED_WHEEL_LINES 3

/* By make code, as core/surface.h names keys; NULL: it sends nothing. */
const char *typed_key(uint16_t code);
/* Ctrl and this character; -1: it sends nothing. */
int typed_control(uint32_t c);

#endif
