/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the back ends share. Everything runs in the loop thread. */
#ifndef CHARDEV_PRIV_H
#define CHARDEV_PRIV_H

#include "chardev/chardev.h"
#include "core/report.h"

#include <glib.h>

#define CHARDEV_ERROR (g_quark_from_static_string("vmx-dm-chardev"))

/* First member of each back end. */
struct chardev {
    struct line *line;
    int log_fd; /* logfile=, or -1 */
    bool failing, log_failing;
    bool dropping; /* there is no peer, but a log */
    struct report_site site;
    bool private;                      /* chardev_make_private() */
    int (*take_fd)(struct chardev *c); /* may be NULL, as the others */
    bool (*trusted)(struct chardev *c);
    void (*hang_up)(struct chardev *c);
    void (*when_shown)(struct chardev *c, chardev_monitor_fn *fn);
    void (*finish)(struct chardev *c);
};

/* What one chardev_new() call passes to the back ends. */
struct chardev_args {
    struct keyval *kv;
    struct line *line;
    int log_fd;
    bool escape; /* Ctrl-A sequences are ours */
    bool port;   /* of the board's own, not of an id that a user gave */
};

/* Enter in, and leave, the list behind chardev_take_fd(). leave closes the log. */
void chardev_enter(struct chardev *c, const struct chardev_args *a);
void chardev_leave(struct chardev *c);

/* A write failed for good: say so once, raise CHARDEV_WRITE_ERROR. The VM runs on. */
void chardev_failed(struct chardev *c, bool log, int err);
/* It worked: the next failure is news again. */
void chardev_worked(struct chardev *c, bool log);

/* line_take() with a copy to the log; 0 while dropping. */
uint32_t chardev_take(struct chardev *c, uint8_t *buf, uint32_t max);
/* There is no peer: output goes nowhere (but to the log). */
void chardev_discard(struct chardev *c, bool on);

/* Each takes its keys; the line is freed by the caller on failure, with nothing attached. */
bool chardev_file(const struct chardev_args *a, GError **error);
bool chardev_null(const struct chardev_args *a, GError **error);
bool chardev_pipe(const struct chardev_args *a, GError **error);
bool chardev_stdio(const struct chardev_args *a, GError **error);
bool chardev_pty(const struct chardev_args *a, GError **error);
bool chardev_socket(const struct chardev_args *a, GError **error);
bool chardev_vc(const struct chardev_args *a, GError **error);

/* The words of "vc", "vc:640x400" and "vc:80Cx25C"; NULL: it is something else. */
char *chardev_vc_words(const char *spec);

/* -- fd.c: a stream over one or two descriptors -- */

#define STREAM_IN 4096u
#define STREAM_OUT 65536u
#define STREAM_FDS 16u
#define STREAM_STALL_MS 10000u

struct mux;
struct stream;

struct stream_ops {
    void (*hangup)(struct stream *s);  /* the peer is gone; stream_shut() has been done */
    void (*closing)(struct stream *s); /* line_free(): let go of what is not the stream's */
};

enum telnet_state {
    TELNET_DATA,
    TELNET_IAC,
    TELNET_OPTION,
    TELNET_SUB,
    TELNET_SUB_IAC,
};

struct stream {
    struct chardev base;
    const struct stream_ops *ops;
    int in_fd, out_fd; /* -1: none; may be equal */
    bool socket, keep_fds;
    bool open, told;
    bool telnet, escape;
    bool ended;     /* no more input will come; there may be some in `in` */
    bool end_told;  /* LINE_ENDED was said */
    bool finishing; /* hang up when all is written */
    bool no_stall;  /* a terminal may be paused for as long as its owner likes */
    bool stalled;   /* the peer takes nothing: dropping */
    bool escape_on; /* Ctrl-A was typed */
    enum telnet_state telnet_state;
    struct mux *mux; /* NULL: nobody has asked for it */
    unsigned in_tag, out_tag, stall_tag;
    uint32_t in_pos, in_len, out_pos, out_len;
    int fds[STREAM_FDS];
    unsigned nfds;
    uint8_t in[STREAM_IN];
    uint8_t out[STREAM_OUT];
};

/* Prepare, without a peer, and attach to the line. */
void stream_init(struct stream *s, const struct chardev_args *a, const struct stream_ops *ops);
/* A peer is there. The descriptors are non-blocking and now the stream's. */
void stream_open(struct stream *s, int in_fd, int out_fd, bool socket);
/* The peer is gone: close, drop what it did not take. */
void stream_shut(struct stream *s);
/* False for a unix peer that is of another user and not root. */
bool stream_trusts(int fd);
/* Queue bytes to the peer ahead of the guest's. */
void stream_send(struct stream *s, const uint8_t *buf, uint32_t len);
/* Watch for input as far as there is room for it. */
void stream_watch(struct stream *s);
/* True when the peer has left but some of its input still waits for the guest. */
bool stream_lingers(const struct stream *s);

/* Offer input to the guest; bytes, filtered, in `in`. */
void stream_offer(struct stream *s);

/* mux.c: whose keys? The second: was the key the monitor's? */
void mux_toggle(struct stream *s);
bool mux_input(struct stream *s, uint8_t byte);

/* filter.c: take telnet and Ctrl-A sequences out of n bytes, in place; returns what is left. */
uint32_t filter_input(struct stream *s, uint8_t *buf, uint32_t n);
/* Double the IACs; `out` holds 2 * n. */
uint32_t filter_output(const uint8_t *buf, uint32_t n, uint8_t *out);
/* The options a telnet server opens with. */
void filter_telnet_start(struct stream *s);

#endif
