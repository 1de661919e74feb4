/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A surface as PNG, without a library: a small deflate that only knows runs. */
#ifndef CORE_PNG_H
#define CORE_PNG_H

#include "core/surface.h"

#include <stdio.h>

/* False when writing failed; errno says why. */
bool png_write(FILE *f, const struct surface *s);

#endif
