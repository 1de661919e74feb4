/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -object filter-dump: the frames of a link as a pcap file for Wireshark and tcpdump (libpcap's classic
 * format, draft-ietf-opsawg-pcap). Loop thread.
 *
 * Whole records only, from a buffer of 64 KiB that is written when half full, once a second, and at
 * the end. A file that cannot be written to any more is said once and left with its last whole
 * record; the guest goes on. A pipe whose reader is slow loses records rather than time.
 */
#include "core/report.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0xa1b2c3d4u /* microseconds, host order */
#define LINKTYPE_ETHERNET 1u
#define SNAPLEN 65536u
#define BUFFER 65536u
#define FLUSH_MS 1000u

struct file_header {
    uint32_t magic;
    uint16_t major, minor;
    int32_t zone;
    uint32_t sigfigs, snaplen, linktype;
};

struct record {
    uint32_t seconds, microseconds, captured, original;
};

struct dump {
    struct link *link;
    char *id, *file;
    int fd; /* -1: stopped */
    uint32_t snaplen;
    bool from_guest, to_guest, regular;
    unsigned timer;
    uint64_t lost;
    off_t whole; /* end of the last whole record in a regular file */
    uint32_t len;
    uint8_t buf[BUFFER];
};

static GPtrArray *dumps;

static void stop(struct dump *d, int err)
{
    report("filter-dump %s: %s: %s; no more is dumped", d->id, d->file, g_strerror(err));
    if (d->regular && ftruncate(d->fd, d->whole) < 0) {
        /* then it ends with a piece, which readers tell */
    }
    close(d->fd);
    d->fd = -1;
    d->len = 0;
}

static void flush(struct dump *d)
{
    uint32_t done = 0;

    while (d->fd >= 0 && done < d->len) {
        ssize_t n = write(d->fd, d->buf + done, d->len - done);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            break;
        }
        if (n <= 0) {
            stop(d, n < 0 ? errno : ENOSPC);
            return;
        }
        done += (uint32_t)n;
    }
    if (done == d->len) {
        d->whole += done; /* of a pipe that took a part nobody asks */
    }
    memmove(d->buf, d->buf + done, d->len - done);
    d->len -= done;
}

static gboolean flush_due(void *opaque)
{
    struct dump *d = opaque;

    flush(d);
    if (d->len) {
        return G_SOURCE_CONTINUE;
    }
    d->timer = 0;
    return G_SOURCE_REMOVE;
}

static void frame(void *opaque, const uint8_t *data, uint32_t len, bool to_guest)
{
    struct dump *d = opaque;
    int64_t now = g_get_real_time();
    struct record r = {
        .seconds = (uint32_t)(now / G_USEC_PER_SEC),
        .microseconds = (uint32_t)(now % G_USEC_PER_SEC),
        .captured = MIN(len, d->snaplen),
        .original = len,
    };

    if (d->fd < 0 || !(to_guest ? d->to_guest : d->from_guest)) {
        return;
    }
    if (BUFFER - d->len < sizeof(r) + r.captured) {
        d->lost++;
        return;
    }
    memcpy(d->buf + d->len, &r, sizeof(r));
    memcpy(d->buf + d->len + sizeof(r), data, r.captured);
    d->len += (uint32_t)sizeof(r) + r.captured;
    if (d->len >= BUFFER / 2) {
        flush(d);
    } else if (!d->timer) {
        d->timer = g_timeout_add(FLUSH_MS, flush_due, d);
    }
}

static void free_dump(struct dump *d)
{
    if (d->timer) {
        g_source_remove(d->timer);
    }
    flush(d);
    if (d->lost) {
        report("filter-dump %s: %" G_GUINT64_FORMAT " frames are missing in %s, which was not read "
               "fast enough",
               d->id, d->lost, d->file);
    }
    if (d->fd >= 0) {
        close(d->fd);
    }
    g_free(d->id);
    g_free(d->file);
    g_free(d);
}

static void link_gone(void *opaque)
{
    g_ptr_array_remove(dumps, opaque);
    free_dump(opaque);
}

static const struct link_tap_ops tap_ops = {.frame = frame, .close = link_gone};

static bool open_file(struct dump *d, struct keyval *kv, GError **error)
{
    struct file_header h = {
        .magic = MAGIC,
        .major = 2,
        .minor = 4,
        .snaplen = d->snaplen,
        .linktype = LINKTYPE_ETHERNET,
    };
    struct stat st;

    errno = 0;
    d->fd = open(d->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0600);
    if (d->fd < 0 || fstat(d->fd, &st) < 0) {
        keyval_error(kv, error, "file=%s: %s", d->file,
                     errno == ENXIO ? "a pipe that nobody reads; start the reader first"
                                    : g_strerror(errno));
        return false;
    }
    d->regular = S_ISREG(st.st_mode);
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of write() */
    if (write(d->fd, &h, sizeof(h)) != (ssize_t)sizeof(h)) {
        keyval_error(kv, error, "file=%s: %s", d->file, g_strerror(errno ? errno : ENOSPC));
        return false;
    }
    d->whole = sizeof(h);
    return true;
}

/* The words are the back end's: "rx" is what it receives, from the guest. */
static bool take_queue(struct dump *d, struct keyval *kv, GError **error)
{
    const char *queue = keyval_take_last(kv, "queue");
    bool on = true;

    if (queue && strcmp(queue, "all") != 0 && strcmp(queue, "rx") != 0 &&
        strcmp(queue, "tx") != 0) {
        keyval_error(kv, error, "queue=%s: expected all, rx or tx", queue);
        return false;
    }
    if (!keyval_take_bool(kv, "status", &on, error)) {
        return false;
    }
    d->from_guest = on && g_strcmp0(queue, "tx") != 0;
    d->to_guest = on && g_strcmp0(queue, "rx") != 0;
    return true;
}

static bool take_words(struct dump *d, struct keyval *kv, GError **error)
{
    const char *netdev = keyval_take_last(kv, "netdev");
    const char *id = keyval_take_last(kv, "id"), *file = keyval_take_last(kv, "file");
    uint64_t maxlen = SNAPLEN;

    if (!keyval_take_uint(kv, "maxlen", 1, UINT32_MAX, &maxlen, error) ||
        !take_queue(d, kv, error) || !keyval_finish(kv, error)) {
        return false;
    }
    if (!id || !netdev || !file) {
        keyval_error(kv, error, "%s= is missing; write filter-dump,id=f0,netdev=net0,file=x.pcap",
                     !id       ? "id"
                     : !netdev ? "netdev"
                               : "file");
        return false;
    }
    for (guint i = 0; dumps && i < dumps->len; i++) {
        if (strcmp(((struct dump *)g_ptr_array_index(dumps, i))->id, id) == 0) {
            keyval_error(kv, error, "id=%s is taken by another -object", id);
            return false;
        }
    }
    d->link = link_find(netdev);
    if (!d->link) {
        keyval_error(kv, error, "netdev=%s: no -netdev has that id", netdev);
        return false;
    }
    d->id = g_strdup(id);
    d->file = g_strdup(file);
    d->snaplen = (uint32_t)MIN(maxlen, SNAPLEN);
    return true;
}

bool net_dump_new(struct keyval *kv, GError **error)
{
    struct dump *d = g_new0(struct dump, 1);

    d->fd = -1;
    keyval_take_last(kv, "qom-type");
    if (!take_words(d, kv, error) || !open_file(d, kv, error)) {
        free_dump(d);
        return false;
    }
    if (!dumps) {
        dumps = g_ptr_array_new();
    }
    g_ptr_array_add(dumps, d);
    link_add_tap(d->link, &tap_ops, d);
    return true;
}
