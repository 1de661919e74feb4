/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output to a file, to a pair of pipes, or to nowhere with a log. Output to a file is collected for
 * 20 ms or 16 KiB and written in one piece. A full disk drops output until there is room again; it
 * never stops the machine.
 */
#include "chardev/priv.h"
#include "core/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_MS 20
#define BATCH_BYTES 16384u

struct file {
    struct chardev base;
    int fd; /* -1: none */
    unsigned timer;
    uint8_t buf[LINE_QUEUE];
};

static void write_out(struct file *f, uint32_t n)
{
    uint32_t done = 0;

    while (f->fd >= 0 && done < n) {
        ssize_t w = write(f->fd, f->buf + done, n - done);

        if (w > 0) {
            done += (uint32_t)w;
        } else if (w < 0 && errno == EINTR) {
            continue;
        } else {
            chardev_failed(&f->base, false, w < 0 ? errno : ENOSPC);
            return;
        }
    }
    chardev_worked(&f->base, false);
}

static void flush(struct file *f)
{
    uint32_t n = chardev_take(&f->base, f->buf, sizeof(f->buf));

    if (n) {
        write_out(f, n);
    }
}

static gboolean batch_due(void *opaque)
{
    struct file *f = opaque;

    f->timer = 0;
    flush(f);
    return G_SOURCE_REMOVE;
}

static void file_pending(void *opaque)
{
    struct file *f = opaque;

    if (line_queued(f->base.line) >= BATCH_BYTES) {
        flush(f);
    } else if (!f->timer) {
        f->timer = g_timeout_add(BATCH_MS, batch_due, f);
    }
}

static void file_close(void *opaque)
{
    struct file *f = opaque;

    flush(f);
    if (f->timer) {
        g_source_remove(f->timer);
    }
    if (f->fd >= 0) {
        close(f->fd);
    }
    chardev_leave(&f->base);
    line_host_attach(f->base.line, NULL, NULL);
    g_free(f);
}

static const struct line_host_ops file_host_ops = {
    .pending = file_pending,
    .close = file_close,
};

static void attach(const struct chardev_args *a, int fd)
{
    struct file *f = g_new0(struct file, 1);

    chardev_enter(&f->base, a);
    f->fd = fd;
    line_host_attach(a->line, &file_host_ops, f);
}

bool chardev_file(const struct chardev_args *a, GError **error)
{
    const char *path = keyval_take_last(a->kv, "path");
    g_autofree char *label = NULL;
    bool append = false;
    int fd;

    if (!path || !*path) {
        keyval_error(a->kv, error, "file needs path=FILE");
        return false;
    }
    if (!keyval_take_bool(a->kv, "append", &append, error)) {
        return false;
    }
    /* non-blocking: a FIFO without a reader is an error, not a wait */
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | (append ? O_APPEND : O_TRUNC),
              0666);
    if (fd < 0) {
        keyval_error(a->kv, error, "cannot open \"%s\" for writing: %s", path, g_strerror(errno));
        return false;
    }
    label = g_strconcat("file:", path, NULL);
    line_set_label(a->line, label);
    attach(a, fd);
    return true;
}

bool chardev_null(const struct chardev_args *a, GError **error)
{
    (void)error;
    if (a->log_fd >= 0) { /* a line without host end swallows; a log wants to see it */
        attach(a, -1);
    }
    return true;
}

/* -- pipe -- */

static int open_pipe(const char *path, const char *suffix)
{
    g_autofree char *name = g_strconcat(path, suffix, NULL);

    /* both ways, so that neither open waits for the other side */
    return open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

bool chardev_pipe(const struct chardev_args *a, GError **error)
{
    const char *path = keyval_take_last(a->kv, "path");
    g_autofree char *label = NULL;
    struct stream *s;
    int in, out;

    if (!path || !*path) {
        keyval_error(a->kv, error, "pipe needs path=NAME");
        return false;
    }
    in = open_pipe(path, ".in");
    out = open_pipe(path, ".out");
    if (in < 0 || out < 0) {
        if (in >= 0) {
            close(in);
        }
        if (out >= 0) {
            close(out);
        }
        in = open_pipe(path, "");
        out = in;
    }
    if (in < 0) {
        keyval_error(a->kv, error,
                     "cannot open \"%s.in\" and \"%s.out\", nor \"%s\": %s; make them with mkfifo",
                     path, path, path, g_strerror(errno));
        return false;
    }
    label = g_strconcat("pipe:", path, NULL);
    line_set_label(a->line, label);
    s = g_new0(struct stream, 1);
    stream_init(s, a, NULL);
    stream_open(s, in, out, false);
    return true;
}
