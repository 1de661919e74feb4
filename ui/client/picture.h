/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A screen of text as pixels, for viewers that show those. */
#ifndef UI_CLIENT_PICTURE_H
#define UI_CLIENT_PICTURE_H

#include "core/surface.h"

/*
 * The screen has this shape and cursor; 1 to the caps columns and rows. `out` is its surface, which
 * stays until the next call or picture_drop(). True: that is a new one, all black; else r holds what
 * changed.
 */
bool picture_mode(const struct surface_cells *shape, struct surface *out, struct surface_rect r[2]);
/* A row of it, and where that is; nowhere (0) where there is none. */
struct surface_rect picture_row(uint32_t row, const uint16_t cells[SURFACE_MAX_COLUMNS]);
void picture_drop(void);

#endif
