/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the board tells the firmware through fw_cfg. See pc_fw.c. */
#ifndef HW_PC_PC_FW_H
#define HW_PC_PC_FW_H

#include "hw/pc/board.h"

/* All items that follow from the configuration, and the user's files. */
bool pc_fw_fill(struct fw_cfg *fw, const struct pc_config *cfg, GError **error);

/* The machine's UUID in order of its text, zero if none is given. */
bool pc_fw_uuid(const struct pc_config *cfg, uint8_t uuid[16], GError **error);

#endif
