/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code page 437, which the character generators of PC display adapters hold. */
#ifndef CORE_CP437_H
#define CORE_CP437_H

#include <stdint.h>

/* What each code shows, in Unicode's basic plane; 0 and FFh are blank. */
extern const uint16_t cp437_unicode[256];

#endif
