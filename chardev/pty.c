/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pseudo-terminal. While nobody has its slave open, output is dropped and the master reports a
 * hang-up all the time: it is then looked at once a second instead of watched.
 */
#include "chardev/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LOOK_MS 1000

struct pty {
    struct stream s;
    int master;
    unsigned timer;
};

static bool slave_open(const struct pty *p)
{
    struct pollfd pfd = {.fd = p->master, .events = POLLIN};

    return poll(&pfd, 1, 0) >= 0 && !(pfd.revents & POLLHUP);
}

static gboolean look(void *opaque)
{
    struct pty *p = opaque;

    if (!slave_open(p)) {
        return G_SOURCE_CONTINUE;
    }
    p->timer = 0;
    stream_open(&p->s, p->master, p->master, false);
    return G_SOURCE_REMOVE;
}

static void pty_hangup(struct stream *s)
{
    struct pty *p = (struct pty *)s;

    if (!p->timer) {
        p->timer = g_timeout_add(LOOK_MS, look, p);
    }
}

static void pty_closing(struct stream *s)
{
    struct pty *p = (struct pty *)s;

    if (p->timer) {
        g_source_remove(p->timer);
        p->timer = 0;
    }
    stream_shut(s);
    close(p->master);
}

static const struct stream_ops pty_ops = {.hangup = pty_hangup, .closing = pty_closing};

/* Open a pair, the slave raw; returns the master, or a negative errno. */
static int open_master(char *name, size_t size)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    struct termios t;
    int slave;

    if (master < 0) {
        return -errno;
    }
    if (grantpt(master) < 0 || unlockpt(master) < 0 || ptsname_r(master, name, size) != 0) {
        int err = errno;

        close(master);
        return -err;
    }
    slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave >= 0) {
        if (tcgetattr(slave, &t) == 0) {
            cfmakeraw(&t);
            tcsetattr(slave, TCSANOW, &t);
        }
        close(slave); /* from here on the master knows whether somebody is there */
    }
    return master;
}

bool chardev_pty(const struct chardev_args *a, GError **error)
{
    char name[64];
    g_autofree char *label = NULL;
    int master = open_master(name, sizeof(name));
    struct pty *p;

    if (master < 0) {
        keyval_error(a->kv, error, "cannot make a pseudo-terminal: %s", g_strerror(-master));
        return false;
    }
    label = g_strconcat("pty:", name, NULL);
    line_set_label(a->line, label);
    fprintf(stderr, "char device redirected to %s (label %s)\n", name, line_name(a->line));
    p = g_new0(struct pty, 1);
    p->master = master;
    stream_init(&p->s, a, &pty_ops);
    p->s.keep_fds = true;
    pty_hangup(&p->s);
    return true;
}
