/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the process tells the outside: messages for a person on stderr, events for a program.
 * Messages that a guest can cause go through report_limited(), so that no guest fills a log.
 */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* State of one rate-limited call site: at most 5 lines, then one each 10 seconds. */
struct report_site {
    int64_t next_us;
    uint32_t count;
    uint32_t dropped;
};

/* Print "vmx-dm: " and the message, one line, to stderr. Any thread. */
void report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/* Another program's name in place of "vmx-dm". Borrowed; before the first report. */
void report_as(const char *program);

/* True when the site may print now; counts what was dropped. Any thread. */
bool report_allowed(struct report_site *site);

/* For everything that a guest, an image or a peer can cause more than once. */
#define report_limited(...)                                                                        \
    do {                                                                                           \
        static struct report_site site_;                                                           \
        if (report_allowed(&site_)) {                                                              \
            report(__VA_ARGS__);                                                                   \
        }                                                                                          \
    } while (0)

/* For what is worth saying a single time. */
#define report_once(...)                                                                           \
    do {                                                                                           \
        static int said_;                                                                          \
        if (!__atomic_exchange_n(&said_, 1, __ATOMIC_RELAXED)) {                                   \
            report(__VA_ARGS__);                                                                   \
        }                                                                                          \
    } while (0)

typedef void event_fn(void *opaque, const char *name, GVariant *data, int64_t time_us);

/*
 * Raise a QMP-style event. `data` is a floating or owned a{sv}, or NULL; it is consumed. Any
 * thread; listeners run later in the loop thread. Not for the hot path: it allocates.
 */
void event_raise(const char *name, GVariant *data);

/* Tell the listeners now of all that was raised. Loop thread only. */
void event_deliver(void);

/* Call `fn` in the loop thread for every event from now on. Loop thread only. */
void event_listen(event_fn *fn, void *opaque);
void event_unlisten(event_fn *fn, void *opaque);

#endif
