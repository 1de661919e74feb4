/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other programs that -netdev tap runs (tap_run.c). They may block, at the start and at the end. */
#ifndef NET_TAP_PRIV_H
#define NET_TAP_PRIV_H

#include "net/net_priv.h"

/* Run `script ifname`; false with an error when it fails. */
bool tap_script(const char *script, const char *ifname, GError **error);

/*
 * A tap interface on a bridge from QEMU's bridge helper; `helper` NULL: the installed one, with spaces:
 * a shell command. -1 with an error.
 */
int tap_from_helper(const char *helper, const char *bridge, GError **error);

#endif
