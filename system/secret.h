/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -object secret,id=ID,data=TEXT|file=PATH: a password that others name. Loop thread. */
#ifndef SYSTEM_SECRET_H
#define SYSTEM_SECRET_H

#include "core/keyval.h"

/* Take the options behind "secret"; reads its file. False with an error. */
bool secret_new(struct keyval *kv, GError **error);
/* NULL: there is none of that id. */
const char *secret_find(const char *id);
void secret_free_all(void);

#endif
