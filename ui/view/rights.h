/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vmx-dm-view gives up, so that whoever takes it over by way of a picture or a message has a
 * window, and neither disks nor the hypervisor nor the user's files. Two steps: files before the
 * machine is heard and before SDL's libraries start threads; the network, and what root may, when the
 * display server has let us in.
 */
#ifndef UI_VIEW_RIGHTS_H
#define UI_VIEW_RIGHTS_H

#include <stdbool.h>

/* Descriptors that somebody forgot are closed; `keep` stays, -1: none. stdin and stdout are nothing. */
void rights_seal(int keep);

/* No file but those that display, sound and fonts may need; no other program or process. */
void rights_drop_files(void);

/* And the display server has been reached: `sound`: a sound server may have to be, later. */
void rights_drop_network(bool sound);

#endif
