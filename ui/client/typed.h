/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a terminal sends for the keys that make no character of their own: as Linux' console. */
#ifndef UI_CLIENT_TYPED_H
#define UI_CLIENT_TYPED_H

#include <stdint.h>

/* By make code, as core/surface.h names keys; NULL: it sends nothing. */
const char *typed_key(uint16_t code);
/* Ctrl and this character; -1: it sends nothing. */
int typed_control(uint32_t c);

#endif
