/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host back ends of byte lines: files, terminals, sockets. Loop thread. */
#ifndef CHARDEV_CHARDEV_H
#define CHARDEV_CHARDEV_H

#include "core/keyval.h"
#include "core/line.h"

/*
 * -chardev BACKEND,id=ID,...: make a line with that back end. Takes "id" and all its keys from kv
 * (parsed with implied key "backend"), and finishes kv.
 */
struct line *chardev_new(struct keyval *kv, GError **error);

/*
 * -serial, -debugcon, -monitor, -qmp and the like: "stdio", "null", "none" (NULL without an error),
 * "pty", "file:PATH", "pipe:PATH", "unix:PATH[,server=on][,wait=off]", "tcp:HOST:PORT[,...]",
 * "vc[:COLUMNSCxROWSC]", "chardev:ID", "mon:stdio". `option` names the option in errors; `id` names a new line.
 */
struct line *chardev_from_spec(const char *option, const char *id, const char *spec,
                               GError **error);

/*
 * The oldest descriptor that came with SCM_RIGHTS over the line's unix socket, now the caller's to
 * close; -1 when there is none. Those not taken are closed when the peer leaves.
 */
int chardev_take_fd(struct line *l);

/*
 * Whoever talks here commands the machine: unix peers of another user than ours, or root, are turned
 * away, and one that reads nothing is hung up on rather than losing output. The end of its input is
 * LINE_ENDED; chardev_finish() then ends the connection once it has read all that is queued.
 */
void chardev_make_private(struct line *l);
void chardev_finish(struct line *l);
/*
 * Ctrl-A c on a terminal that the guest's console is on ("mon:stdio"): fn attaches a monitor to the
 * line, or says why not. NULL: there are none.
 */
typedef void chardev_monitor_fn(struct line *l);
void chardev_on_monitor(chardev_monitor_fn *fn);
/*
 * Call fn once, when somebody first turns to the text console that the line ends at, and let only
 * those who may command the machine do so. False: it is no text console.
 */
bool chardev_when_shown(struct line *l, chardev_monitor_fn *fn);
/* End the connection of a socket; its server waits for the next. No effect on other back ends. */
void chardev_hang_up(struct line *l);

/*
 * Standard input and output are another's from now on: a back end that asks for them is refused, with
 * an error that names whom they were lent to.
 */
void chardev_lend_stdio(const char *to);

/* Give the terminal its modes back. Async-signal-safe; also done at exit and on fatal signals. */
void chardev_restore_terminal(void);

#endif
