/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The qtest backend: no vCPUs, RAM on memfds, the board's own interrupt controllers (there is no
 * hypervisor to have them), and a session that reads commands from a line and answers on it.
 *
 * Everything but the change of an interrupt line happens in the loop thread. Back-pressure: while
 * the peer does not read its answers, no further command is begun and no input is taken.
 */
#include "accel/qtest/qtest.h"

#include "accel/qtest/qtest_priv.h"
#include "core/stats.h"

#include <errno.h>
#include <string.h>

struct qtest {
    struct accel_base base;
    unsigned cpus;
    const struct accel_host *host; /* NULL before start() */
    struct accel_host host_copy;
    struct qtest_session *session;
    bool intr;
};

/* The spies outlive a session when the board does: they look here. Atomic. */
static struct qtest_session *spied;

static struct qtest *self(struct accel *a)
{
    return (struct qtest *)(void *)a;
}

/* -- log -- */

static void log_text(struct qtest_session *s, char kind, const char *text, size_t len)
{
    int64_t us = g_get_monotonic_time() - s->start_us;

    if (s->log) {
        fprintf(s->log, "[%c +%" G_GINT64_FORMAT ".%06u] %.*s\n", kind, us / 1000000,
                (unsigned)(us % 1000000), (int)len, text);
        fflush(s->log);
    }
}

/* -- output -- */

/* Hand over what the line takes; out_lock held. */
static void flush_out(struct qtest_session *s)
{
    guint left = s->out->len - s->out_done;

    if (left) {
        s->out_done += line_write(s->line, s->out->data + s->out_done, left);
    }
    if (s->out_done == s->out->len) {
        g_byte_array_set_size(s->out, 0);
        s->out_done = 0;
    } else if (s->out_done > QTEST_OUT_HIGH) {
        g_byte_array_remove_range(s->out, 0, s->out_done);
        s->out_done = 0;
    }
}

static guint out_waiting(struct qtest_session *s)
{
    guint n;

    g_mutex_lock(&s->out_lock);
    n = s->out->len - s->out_done;
    g_mutex_unlock(&s->out_lock);
    return n;
}

void qtest_send_text(struct qtest_session *s, const char *text, size_t len)
{
    static const uint8_t newline = '\n';

    log_text(s, 'S', text, len);
    g_mutex_lock(&s->out_lock);
    g_byte_array_append(s->out, (const uint8_t *)text, (guint)len);
    g_byte_array_append(s->out, &newline, 1);
    flush_out(s);
    g_mutex_unlock(&s->out_lock);
}

void qtest_send(struct qtest_session *s, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = g_vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    n = MIN(n, (int)sizeof(text) - 1);
    qtest_send_text(s, text, (size_t)(n - (text[n - 1] == '\n')));
}

/* -- interrupt lines -- */

/* Any thread, the line's lock held. */
static void line_changed(void *opaque, unsigned n, bool level)
{
    struct qtest_session *s = __atomic_load_n(&spied, __ATOMIC_ACQUIRE);

    (void)opaque;
    if (!s || n >= ACCEL_GSIS || !__atomic_load_n(&s->announce, __ATOMIC_ACQUIRE) ||
        s->level[n] == level) {
        return;
    }
    s->level[n] = level;
    if (out_waiting(s) > QTEST_OUT_MAX) {
        s->dropped++;
        return;
    }
    qtest_send(s, "IRQ %s %u\n", level ? "raise" : "lower", n);
}

/* -- input -- */

/* Take one line off the input, or note that none is whole. NULL: none. */
static char *next_line(struct qtest_session *s)
{
    uint8_t *from = s->in->data + s->in_done;
    guint left = s->in->len - s->in_done;
    uint8_t *end = left ? memchr(from, '\n', left) : NULL;

    if (!end) {
        return NULL;
    }
    *end = 0;
    s->in_done += (guint)(end - from) + 1;
    return (char *)from;
}

static void run_lines(struct qtest_session *s)
{
    if (s->busy) {
        return;
    }
    s->busy = true;
    while (out_waiting(s) <= QTEST_OUT_HIGH) {
        char *line = next_line(s);

        if (!line) {
            break;
        }
        if (s->skipping) { /* the tail of it */
            s->skipping = false;
            qtest_send(s, "ERR line too long\n");
            continue;
        }
        log_text(s, 'R', line, strlen(line));
        qtest_command(s, line);
        space_reader_quiescent();
    }
    if (s->in_done == s->in->len) {
        g_byte_array_set_size(s->in, 0);
        s->in_done = 0;
    } else if (s->in_done) {
        g_byte_array_remove_range(s->in, 0, s->in_done);
        s->in_done = 0;
    }
    s->busy = false;
}

static uint32_t session_room(void *opaque)
{
    struct qtest_session *s = opaque;

    return s->busy || out_waiting(s) > QTEST_OUT_HIGH ? 0 : QTEST_OUT_HIGH;
}

static void session_receive(void *opaque, const uint8_t *buf, uint32_t len)
{
    struct qtest_session *s = opaque;

    if (s->skipping) { /* keep nothing of it but its end */
        const uint8_t *end = memchr(buf, '\n', len);

        if (!end) {
            return;
        }
        len -= (uint32_t)(end - buf);
        buf = end;
    }
    g_byte_array_append(s->in, buf, len);
    run_lines(s);
    if (s->in->len > QTEST_LINE_MAX && !memchr(s->in->data, '\n', s->in->len)) {
        g_byte_array_free(s->in, TRUE);
        s->in = g_byte_array_new();
        s->skipping = true;
    }
}

static void session_drained(void *opaque)
{
    struct qtest_session *s = opaque;

    g_mutex_lock(&s->out_lock);
    flush_out(s);
    g_mutex_unlock(&s->out_lock);
    run_lines(s);
    if (out_waiting(s) <= QTEST_OUT_HIGH) {
        line_ready(s->line);
    }
}

static void session_event(void *opaque, enum line_event event)
{
    struct qtest_session *s = opaque;

    if (event == LINE_OPENED) {
        memset(s->level, 0, sizeof(s->level));
        s->start_us = g_get_monotonic_time();
        if (s->log) {
            fputs("[I 0.000000] OPENED\n", s->log);
            fflush(s->log);
        }
    } else if (event == LINE_CLOSED) {
        log_text(s, 'I', "CLOSED", 6);
        if (!s->busy) {
            g_byte_array_set_size(s->in, 0);
            s->in_done = 0;
        }
        s->skipping = false;
        g_mutex_lock(&s->out_lock);
        g_byte_array_set_size(s->out, 0);
        s->out_done = 0;
        g_mutex_unlock(&s->out_lock);
    }
}

static const struct line_guest_ops session_ops = {
    .room = session_room,
    .receive = session_receive,
    .event = session_event,
    .drained = session_drained,
};

static void session_free(struct qtest_session *s)
{
    if (!s) {
        return;
    }
    if (line_find(s->line_name) == s->line) {
        line_detach(s->line);
    }
    if (s->log && s->log != stderr) {
        fclose(s->log);
    }
    g_byte_array_free(s->in, TRUE);
    g_byte_array_free(s->out, TRUE);
    g_mutex_clear(&s->out_lock);
    g_free(s->line_name);
    g_free(s);
}

static bool open_log(struct qtest_session *s, const char *path, GError **error)
{
    if (!path) {
        s->log = stderr;
    } else if (strcmp(path, "none") != 0) {
        s->log = fopen(path, "we");
        if (!s->log) {
            g_set_error(error, ACCEL_ERROR, 0, "-qtest-log %s: %s", path, g_strerror(errno));
            return false;
        }
    }
    return true;
}

bool qtest_attach(struct accel *a, struct line *line, const char *log_path, struct clock *clock,
                  struct irq_line *gsi, GError **error)
{
    struct qtest_session *s;
    struct qtest *q;

    if (accel_ops_of(a) != &accel_qtest) {
        g_set_error(error, ACCEL_ERROR, 0, "-qtest: only works with -accel qtest, not with %s",
                    accel_ops_of(a)->name);
        return false;
    }
    q = self(a);
    if (!q->host || q->session) {
        g_set_error(error, ACCEL_ERROR, 0, "-qtest: %s",
                    q->session ? "can be given only once" : "the machine is not made yet");
        return false;
    }
    s = g_new0(struct qtest_session, 1);
    s->ports = q->host->ports;
    s->mem = q->host->mem;
    s->clock = clock;
    s->gsi = gsi;
    s->line = line;
    s->line_name = g_strdup(line_name(line));
    s->start_us = g_get_monotonic_time();
    s->in = g_byte_array_new();
    s->out = g_byte_array_new();
    g_mutex_init(&s->out_lock);
    if (!open_log(s, log_path, error)) {
        s->line = NULL; /* not ours to let go */
        session_free(s);
        return false;
    }
    if (!line_attach(line, NULL, &session_ops, s)) {
        g_set_error(error, ACCEL_ERROR, 0, "-qtest: chardev %s is in use", line_name(line));
        s->line = NULL;
        session_free(s);
        return false;
    }
    q->session = s;
    __atomic_store_n(&spied, s, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < ACCEL_GSIS; i++) {
        irq_pin_init(&s->pin[i], &gsi[i]);
        irq_line_spy(&gsi[i], line_changed, NULL);
    }
    return true;
}

void qtest_detach(struct accel *a)
{
    struct qtest *q = self(a);

    if (accel_ops_of(a) == &accel_qtest && q->session) {
        __atomic_store_n(&spied, NULL, __ATOMIC_RELEASE);
        session_free(q->session);
        q->session = NULL;
    }
}

/* -- the backend -- */

static struct accel *create(const struct accel_config *cfg, GError **error)
{
    struct qtest *q;

    if (cfg->cpus < 1 || cfg->cpus > ACCEL_MAX_CPUS) {
        g_set_error(error, ACCEL_ERROR, 0, "-smp %u: 1 to %u CPUs", cfg->cpus, ACCEL_MAX_CPUS);
        return NULL;
    }
    q = g_new0(struct qtest, 1);
    q->base.ops = &accel_qtest;
    /* chips in a hypervisor there are none: what would be there is ours */
    q->base.irqchip = cfg->irqchip == IRQCHIP_OFF ? IRQCHIP_OFF : IRQCHIP_SPLIT;
    q->cpus = cfg->cpus;
    return (struct accel *)(void *)q;
}

static void destroy(struct accel *a)
{
    qtest_detach(a);
    g_free(a);
}

static struct ram_block *ram_alloc(struct accel *a, const char *name, uint64_t size, GError **error)
{
    (void)a;
    return ram_block_new(name, size, error);
}

static bool start(struct accel *a, const struct accel_host *host, GError **error)
{
    struct qtest *q = self(a);

    (void)error;
    q->host_copy = *host;
    q->host = &q->host_copy;
    stats_thread(0); /* this one: the test is the CPU */
    return true;
}

/* With no vCPUs and no coalescing hypervisor these have nothing to do. */
static void nothing(struct accel *a)
{
    (void)a;
}

static void set_gsi(struct accel *a, unsigned gsi, bool level)
{
    (void)a;
    (void)gsi;
    (void)level;
}

static void set_intr(struct accel *a, bool level)
{
    __atomic_store_n(&self(a)->intr, level, __ATOMIC_RELAXED);
}

static void msi(struct accel *a, uint64_t addr, uint32_t data)
{
    (void)a;
    (void)addr;
    (void)data;
}

static void ioapic_route(struct accel *a, unsigned pin, bool valid, uint64_t addr, uint32_t data)
{
    (void)a;
    (void)pin;
    (void)valid;
    (void)addr;
    (void)data;
}

static bool get_regs(struct accel *a, unsigned cpu, struct accel_regs *regs)
{
    (void)a;
    (void)cpu;
    (void)regs;
    return false;
}

static unsigned cpus(struct accel *a)
{
    return self(a)->cpus;
}

static int cpu_thread(struct accel *a, unsigned cpu)
{
    (void)a;
    (void)cpu;
    return 0;
}

/* All writes are made in this process and marked in the block itself. */
static void dirty_log(struct accel *a, struct ram_block *block, uint64_t *bitmap)
{
    (void)a;
    (void)block;
    (void)bitmap;
}

/* The blob of this backend: its name, so that another's is refused. */
static const uint8_t blob[] = {'q', 't', 'e', 's', 't', 1};

static void save(struct accel *a, GByteArray *out)
{
    (void)a;
    g_byte_array_append(out, blob, sizeof(blob));
}

static bool load(struct accel *a, const uint8_t *data, size_t len, GError **error)
{
    (void)a;
    if (len != sizeof(blob) || memcmp(data, blob, sizeof(blob)) != 0) {
        g_set_error(error, ACCEL_ERROR, 0, "the CPU state was not saved by -accel qtest");
        return false;
    }
    return true;
}

const struct accel_ops accel_qtest = {
    .name = "qtest",
    .create = create,
    .destroy = destroy,
    .ram_alloc = ram_alloc,
    .start = start,
    .resume = nothing,
    .pause = nothing,
    .reset = nothing,
    .set_gsi = set_gsi,
    .set_intr = set_intr,
    .msi = msi,
    .ioapic_route = ioapic_route,
    .nmi = nothing,
    .get_regs = get_regs,
    .cpus = cpus,
    .cpu_thread = cpu_thread,
    .dirty_log = dirty_log,
    .drain = nothing,
    .save = save,
    .load = load,
};
