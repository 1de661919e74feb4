/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who hears the machine: -audiodev. Loop thread. */
#ifndef SYSTEM_AUDIO_H
#define SYSTEM_AUDIO_H

#include "system/options.h"

/* Open what the options ask for. False with an error that names the option. */
bool audio_open(struct options *o, GError **error);
void audio_close(void);

/* Do viewers hear it? After audio_open(). */
bool audio_for_viewers(void);

#endif
