/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of -netdev user: the process and messages (user_proc.c), frames and words (user.c). */
#ifndef NET_USER_PRIV_H
#define NET_USER_PRIV_H

#include "net/wire.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Start vmx-dm-slirp in directory `dir`; its socket, -1 with an error. */
int user_proc_start(pid_t *pid, const char *dir, GError **error);

/* The payload's length; -1: nothing there; -2: the process is gone. */
ssize_t user_proc_receive(int fd, struct wire_message *m);
/* 0 when sent, EAGAIN, or EPIPE: gone. */
int user_proc_send(int fd, enum wire_type type, uint16_t serial, const void *payload, size_t len);

/* A text of the other side, cut and without control characters but newlines; g_free. */
char *user_proc_text(const uint8_t *payload, size_t len, bool lines);
/* "ended by signal 11" and the like. */
char *user_proc_cause(int status);

#endif
