/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The harness of the qtests: see libqtest.h. */
#include "tests/qtest/libqtest.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A program that says nothing for so long hangs. */
#define HANG_MS 60000

struct stream {
    int fd;
    GString *buf;
    gsize done;
};

struct qtest {
    pid_t pid;
    char *dir;
    struct stream qtest, qmp;
    bool level[QTEST_IRQS];
    unsigned raised[QTEST_IRQS];
    GQueue events; /* char *, one JSON line each */
};

/* -- processes and sockets -- */

static const char *program(void)
{
    static char *path;

    if (!path) {
        const char *dm = g_getenv("VMX_DM");
        const char *build = g_getenv("BUILD");

        path =
            dm ? g_find_program_in_path(dm) : g_strdup_printf("%s/vmx-dm", build ? build : "build");
        path = path ? path : g_strdup(dm);
    }
    return path;
}

bool qtest_is_qemu(void)
{
    g_autofree char *base = g_path_get_basename(program());

    return g_str_has_prefix(base, "qemu");
}

bool qtest_has_option(const char *text)
{
    const char *argv[] = {program(), "-help", NULL};
    g_autofree char *out = NULL;
    bool has;

    if (!program() || access(program(), X_OK) != 0) {
        return true; /* qtest_start() will say so */
    }
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
                 NULL, NULL);
    has = out && strstr(out, text);
    if (!has) {
        g_autofree char *why = g_strdup_printf("the program has no %s", text);

        g_test_skip(why);
    }
    return has;
}

static int listen_on(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpuint(strlen(path), <, sizeof(a.sun_path));
    memcpy(a.sun_path, path, strlen(path) + 1);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&a, sizeof(a)), ==, 0);
    g_assert_cmpint(listen(fd, 1), ==, 0);
    return fd;
}

static int accept_from(struct qtest *q, int listener, const char *what)
{
    int fd;

    for (int i = 0; i < HANG_MS / 100; i++) {
        struct pollfd p = {.fd = listener, .events = POLLIN};
        int status;

        if (poll(&p, 1, 100) == 1) {
            fd = accept(listener, NULL, NULL);
            g_assert_cmpint(fd, >=, 0);
            close(listener);
            return fd;
        }
        if (waitpid(q->pid, &status, WNOHANG) == q->pid) {
            g_error("%s ended (status %#x) before it connected to %s", program(), status, what);
        }
    }
    g_error("%s did not connect to %s", program(), what);
}

static void child_setup(gpointer opaque)
{
    (void)opaque;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* cli; hlt; jmp to it: a CPU that is out of the way. */
static char *halt_bios(struct qtest *q)
{
    static const uint8_t code[] = {0xfa, 0xf4, 0xeb, 0xfd};
    char *path = g_build_filename(q->dir, "halt.bin", NULL);
    g_autofree char *rom = g_malloc0(65536);

    memcpy(rom + 0xfff0, code, sizeof(code));
    g_assert_true(g_file_set_contents(path, rom, 65536, NULL));
    return path;
}

static struct qtest *spawn(const char *args)
{
    struct qtest *q = g_new0(struct qtest, 1);
    g_autofree char *qtest_sock = NULL, *qmp_sock = NULL, *accel = NULL, *line = NULL;
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    int qtest_fd, qmp_fd;

    g_queue_init(&q->events);
    q->dir = g_dir_make_tmp("qtest-XXXXXX", NULL);
    qtest_sock = g_build_filename(q->dir, "qtest.sock", NULL);
    qmp_sock = g_build_filename(q->dir, "qmp.sock", NULL);
    qtest_fd = listen_on(qtest_sock);
    qmp_fd = listen_on(qmp_sock);
    if (qtest_is_qemu()) {
        g_autofree char *bios = halt_bios(q);

        accel = g_strdup_printf("-machine pc -bios %s -accel tcg", bios);
    } else {
        accel = g_strdup("-accel qtest");
    }
    {
        g_auto(GStrv) parts = g_strsplit(args, "@DIR@", -1);
        g_autofree char *mine = g_strjoinv(q->dir, parts);

        line = g_strdup_printf("%s -qtest unix:%s -qtest-log %s "
                               "-chardev socket,path=%s,id=char0 -mon chardev=char0,mode=control "
                               "-display none %s %s",
                               program(), qtest_sock,
                               g_getenv("QTEST_LOG") ? "/dev/stderr" : "/dev/null", qmp_sock, mine,
                               accel);
    }
    g_assert_true(g_shell_parse_argv(line, NULL, &argv, &error));
    if (g_getenv("QTEST_LOG")) {
        fprintf(stderr, "# %s\n", line);
    }
    g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, child_setup, NULL, &q->pid, &error);
    g_assert_no_error(error);
    q->qtest.fd = accept_from(q, qtest_fd, "the qtest socket");
    q->qmp.fd = accept_from(q, qmp_fd, "the QMP socket");
    q->qtest.buf = g_string_new(NULL);
    q->qmp.buf = g_string_new(NULL);
    return q;
}

static void discard(struct qtest *q)
{
    GDir *dir = g_dir_open(q->dir, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(q->dir, name, NULL);

        g_unlink(path);
    }
    if (dir) {
        g_dir_close(dir);
    }
    g_rmdir(q->dir);
    close(q->qtest.fd);
    close(q->qmp.fd);
    g_string_free(q->qtest.buf, TRUE);
    g_string_free(q->qmp.buf, TRUE);
    g_queue_clear_full(&q->events, g_free);
    g_free(q->dir);
    g_free(q);
}

void qtest_wait_exit(struct qtest *q, int expected)
{
    int status = 0;

    for (int i = 0; waitpid(q->pid, &status, WNOHANG) != q->pid; i++) {
        if (i > HANG_MS / 10) {
            kill(q->pid, SIGKILL);
            g_error("%s did not end", program());
        }
        g_usleep(10000);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected) {
        g_error("%s ended with status %#x, not with exit status %d", program(), status, expected);
    }
    discard(q);
}

void qtest_quit(struct qtest *q)
{
    kill(q->pid, SIGTERM);
    qtest_wait_exit(q, 0);
}

char *qtest_path(struct qtest *q, const char *name)
{
    return g_build_filename(q->dir, name, NULL);
}

/* -- lines -- */

static void send_all(struct qtest *q, struct stream *s, const char *text, size_t len)
{
    while (len) {
        ssize_t n = send(s->fd, text, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            int status = 0;

            waitpid(q->pid, &status, 0);
            g_error("%s went away (status %#x)", program(), status);
        }
        text += n;
        len -= (size_t)n;
    }
}

/* The next line, without its end; g_free. NULL when the peer closed and `eof_ok`. */
static char *receive(struct qtest *q, struct stream *s)
{
    for (;;) {
        const char *from = s->buf->str + s->done;
        const char *end = memchr(from, '\n', s->buf->len - s->done);
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        char buf[65536];
        ssize_t n;

        if (end) {
            gsize len = (gsize)(end - from);
            char *line;

            line = g_strndup(from, len && from[len - 1] == '\r' ? len - 1 : len);
            s->done += len + 1;
            if (s->done == s->buf->len) {
                g_string_truncate(s->buf, 0);
                s->done = 0;
            }
            return line;
        }
        if (poll(&p, 1, HANG_MS) != 1) {
            kill(q->pid, SIGKILL);
            g_error("%s does not answer", program());
        }
        n = recv(s->fd, buf, sizeof(buf), 0);
        if (n <= 0) {
            int status = 0;

            waitpid(q->pid, &status, 0);
            g_error("%s went away (status %#x)", program(), status);
        }
        g_string_append_len(s->buf, buf, n);
    }
}

/* The next answer; announcements of interrupt lines on the way are noted. */
static char *answer(struct qtest *q)
{
    for (;;) {
        char *line = receive(q, &q->qtest);
        unsigned n;
        bool up = g_str_has_prefix(line, "IRQ raise ");

        if (!up && !g_str_has_prefix(line, "IRQ lower ")) {
            return line;
        }
        n = (unsigned)strtoul(line + 10, NULL, 10);
        g_assert_cmpuint(n, <, QTEST_IRQS);
        q->raised[n] += up;
        q->level[n] = up;
        g_free(line);
    }
}

/* At once, with its end: a program that obeys before that may have gone when the end comes. */
static void send_line(struct qtest *q, struct stream *s, const char *line)
{
    g_autofree char *whole = g_strconcat(line, "\n", NULL);

    send_all(q, s, whole, strlen(whole));
}

static char *ask(struct qtest *q, const char *line)
{
    send_line(q, &q->qtest, line);
    return answer(q);
}

char *qtest_command(struct qtest *q, const char *fmt, ...)
{
    g_autofree char *line = NULL;
    va_list ap;

    va_start(ap, fmt);
    line = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return ask(q, line);
}

static uint64_t ok(struct qtest *q, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static uint64_t ok(struct qtest *q, const char *fmt, ...)
{
    g_autofree char *line = NULL;
    g_autofree char *got = NULL;
    va_list ap;

    va_start(ap, fmt);
    line = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    got = ask(q, line);
    if (!g_str_has_prefix(got, "OK")) {
        g_error("\"%s\" was answered \"%s\"", line, got);
    }
    return g_ascii_strtoull(got + 2, NULL, 0);
}

void qtest_batch(struct qtest *q, const char *lines, unsigned n)
{
    send_all(q, &q->qtest, lines, strlen(lines));
    for (unsigned i = 0; i < n; i++) {
        g_autofree char *got = answer(q);

        if (!g_str_has_prefix(got, "OK")) {
            g_error("command %u of a batch was answered \"%s\"", i, got);
        }
    }
}

uint64_t qtest_get(struct qtest *q, const char *command, uint64_t addr)
{
    return ok(q, "%s 0x%" G_GINT64_MODIFIER "x", command, addr);
}

void qtest_put(struct qtest *q, const char *command, uint64_t addr, uint64_t value)
{
    ok(q, "%s 0x%" G_GINT64_MODIFIER "x 0x%" G_GINT64_MODIFIER "x", command, addr, value);
}

void qtest_memread(struct qtest *q, uint64_t addr, void *data, size_t len)
{
    g_autofree char *got = qtest_command(q, "read 0x%" G_GINT64_MODIFIER "x 0x%zx", addr, len);
    uint8_t *to = data;

    g_assert_true(g_str_has_prefix(got, "OK 0x"));
    g_assert_cmpuint(strlen(got), ==, 5 + 2 * len);
    for (size_t i = 0; i < len; i++) {
        to[i] = (uint8_t)(g_ascii_xdigit_value(got[5 + 2 * i]) << 4 |
                          g_ascii_xdigit_value(got[6 + 2 * i]));
    }
}

void qtest_memwrite(struct qtest *q, uint64_t addr, const void *data, size_t len)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *got = NULL;
    const uint8_t *from = data;

    g_string_printf(line, "write 0x%" G_GINT64_MODIFIER "x 0x%zx 0x", addr, len);
    for (size_t i = 0; i < len; i++) {
        g_string_append_printf(line, "%02x", from[i]);
    }
    got = ask(q, line->str);
    g_assert_cmpstr(got, ==, "OK");
}

void qtest_memset(struct qtest *q, uint64_t addr, uint8_t value, size_t len)
{
    ok(q, "memset 0x%" G_GINT64_MODIFIER "x 0x%zx 0x%x", addr, len, value);
}

/* -- time and interrupts -- */

void qtest_clock_step(struct qtest *q, uint64_t ns)
{
    if (qtest_is_qemu()) {
        g_usleep((gulong)(ns / 1000 + 1));
        ok(q, "endianness"); /* hear what happened meanwhile */
    } else {
        ok(q, "clock_step %" G_GUINT64_FORMAT, ns);
    }
}

void qtest_irq_watch(struct qtest *q)
{
    ok(q, "irq_intercept_in ioapic");
}

bool qtest_irq(struct qtest *q, unsigned n)
{
    ok(q, "endianness");
    return q->level[n];
}

unsigned qtest_irq_count(struct qtest *q, unsigned n)
{
    ok(q, "endianness");
    return q->raised[n];
}

void qtest_irq_wait(struct qtest *q, unsigned n, unsigned ms)
{
    while (!qtest_irq(q, n)) {
        g_assert_cmpuint(ms, >, 0);
        qtest_clock_step(q, 1000000);
        ms--;
    }
}

/* -- QMP -- */

/* JSON with ' for ". */
static char *quoted(const char *text)
{
    char *s = g_strdup(text);

    g_strdelimit(s, "'", '"');
    return s;
}

void qtest_qmp_send(struct qtest *q, const char *text, size_t len)
{
    send_all(q, &q->qmp, text, len);
}

char *qtest_qmp_receive(struct qtest *q)
{
    return receive(q, &q->qmp);
}

bool qtest_json_has(const char *json, const char *part)
{
    g_autofree char *want = quoted(part);
    g_auto(GStrv) a = g_strsplit(json, " ", -1);
    g_auto(GStrv) b = g_strsplit(want, " ", -1);
    g_autofree char *have = g_strjoinv("", a);
    g_autofree char *need = g_strjoinv("", b);

    return strstr(have, need) != NULL;
}

static char *qmp_text(struct qtest *q, const char *text)
{
    g_autofree char *json = quoted(text);

    send_line(q, &q->qmp, json);
    for (;;) {
        char *line = qtest_qmp_receive(q);

        if (!qtest_json_has(line, "'event':")) {
            return line;
        }
        g_queue_push_tail(&q->events, line);
    }
}

char *qtest_qmp(struct qtest *q, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return qmp_text(q, text);
}

void qtest_qmp_ok(struct qtest *q, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    g_autofree char *got = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    got = qmp_text(q, text);
    if (!g_str_has_prefix(got, "{\"return\":")) {
        g_error("%s was answered %s", text, got);
    }
}

char *qtest_qmp_event(struct qtest *q, const char *name)
{
    g_autofree char *want = g_strdup_printf("'event':'%s'", name);

    for (;;) {
        char *line = g_queue_pop_head(&q->events);

        line = line ? line : qtest_qmp_receive(q);
        if (qtest_json_has(line, want)) {
            return line;
        }
        g_free(line);
    }
}

char *qtest_hmp(struct qtest *q, const char *fmt, ...)
{
    g_autofree char *text = NULL;
    g_autofree char *got = NULL;
    const char *body;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    got =
        qtest_qmp(q, "{'execute':'human-monitor-command','arguments':{'command-line':'%s'}}", text);
    body = strstr(got, "\"return\": \"");
    if (!body) {
        g_error("\"%s\" was answered %s", text, got);
    }
    {
        g_autofree char *inner = g_strndup(body + 11, strlen(body + 11) - 2);

        return g_strcompress(inner);
    }
}

bool qtest_has_command(struct qtest *q, const char *name)
{
    g_autofree char *all = qtest_qmp(q, "{'execute':'query-commands'}");
    g_autofree char *want = g_strdup_printf("'name':'%s'", name);

    return qtest_json_has(all, want);
}

/* -- start -- */

static struct qtest *start(const char *fmt, va_list ap)
{
    g_autofree char *args = g_strdup_vprintf(fmt, ap);

    if (!program() || access(program(), X_OK) != 0) {
        g_autofree char *why = g_strdup_printf("there is no %s", program());

        g_test_skip(why);
        return NULL;
    }
    return spawn(args);
}

struct qtest *qtest_start_raw(const char *fmt, ...)
{
    struct qtest *q;
    va_list ap;

    va_start(ap, fmt);
    q = start(fmt, ap);
    va_end(ap);
    return q;
}

struct qtest *qtest_start(const char *fmt, ...)
{
    struct qtest *q;
    va_list ap;

    va_start(ap, fmt);
    q = start(fmt, ap);
    va_end(ap);
    if (q) {
        g_autofree char *greeting = qtest_qmp_receive(q);

        g_assert_true(qtest_json_has(greeting, "{'QMP':"));
        qtest_qmp_ok(q, "{'execute':'qmp_capabilities'}");
    }
    return q;
}
