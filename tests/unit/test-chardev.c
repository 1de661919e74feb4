/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every back end of a byte line, against real files, pipes, terminals and sockets. */
#include "chardev/chardev.h"
#include "core/device.h"
#include "core/loop.h"
#include "core/power.h"
#include "core/report.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <unistd.h>

const struct device_class *const device_classes[] = {NULL};

/* A guest end that takes `room` bytes and keeps what it got. */
struct guest {
    uint32_t room;
    GString *got;
    int opened, closed, breaks, drained;
};

static uint32_t guest_room(void *opaque)
{
    return ((struct guest *)opaque)->room;
}

static void guest_receive(void *opaque, const uint8_t *buf, uint32_t len)
{
    struct guest *g = opaque;

    g_assert_cmpuint(len, <=, g->room);
    g->room -= len;
    g_string_append_len(g->got, (const char *)buf, len);
}

static void guest_event(void *opaque, enum line_event event)
{
    struct guest *g = opaque;

    g->opened += event == LINE_OPENED;
    g->closed += event == LINE_CLOSED;
    g->breaks += event == LINE_BREAK;
}

static void guest_drained(void *opaque)
{
    ((struct guest *)opaque)->drained++;
}

static const struct line_guest_ops guest_ops = {guest_room, guest_receive, guest_event,
                                                guest_drained};

static struct guest guest;
static char *dir;

static struct line *make_line(const char *words, GError **error)
{
    struct keyval *kv = keyval_parse("-chardev", words, "backend", error);
    struct line *l = kv ? chardev_new(kv, error) : NULL;

    keyval_free(kv);
    return l;
}

static struct line *with_guest(struct line *l)
{
    if (guest.got) {
        g_string_free(guest.got, TRUE);
    }
    guest = (struct guest){.room = 1000000, .got = g_string_new(NULL)};
    g_assert_true(line_attach(l, NULL, &guest_ops, &guest));
    return l;
}

G_GNUC_PRINTF(1, 2) static struct line *make(const char *fmt, ...)
{
    g_autoptr(GError) error = NULL;
    struct line *l;
    va_list ap;
    char *words;

    va_start(ap, fmt);
    words = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    l = make_line(words, &error);
    g_assert_no_error(error);
    g_assert_nonnull(l);
    g_free(words);
    return with_guest(l);
}

static void refused(const char *words, const char *part)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(make_line(words, &error));
    g_assert_nonnull(error);
    if (!strstr(error->message, part)) {
        g_error("%s: \"%s\" lacks \"%s\"", words, error->message, part);
    }
    g_assert_null(line_find("c"));
}

static gboolean never(void *opaque)
{
    *(bool *)opaque = true;
    return G_SOURCE_REMOVE;
}

/* Serve until the condition holds; a failure after a minute. */
#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        bool late_ = false;                                                                        \
        unsigned tag_ = g_timeout_add_seconds(60, never, &late_);                                  \
        while (!(condition) && !late_) {                                                           \
            loop_iterate(true);                                                                    \
        }                                                                                          \
        g_assert_false(late_);                                                                     \
        g_source_remove(tag_);                                                                     \
    } while (0)

/* Serve what is ready now. */
static void settle(void)
{
    while (loop_iterate(false)) {
    }
}

static char *path(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static bool say(struct line *l, const char *text)
{
    return line_write(l, text, (uint32_t)strlen(text)) == strlen(text);
}

static void contents(const char *file, const char *want)
{
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, want);
}

static int events;
static char *last_event;

static void on_event(void *opaque, const char *name, GVariant *data, int64_t time_us)
{
    const char *id = "?";

    (void)opaque;
    (void)time_us;
    events++;
    g_variant_lookup(data, "id", "&s", &id);
    g_free(last_event);
    last_event = g_strdup_printf("%s %s", name, id);
}

/* -- options -- */

static void test_options(void)
{
    g_autoptr(GError) error = NULL;

    refused("nope,id=c", "null, file, pipe");
    refused("file,path=x", "id=");
    refused("file,id=c", "path=");
    refused("file,id=c,path=/nonexistent/x", "/nonexistent/x");
    refused("null,id=c,colour=red", "colour");
    refused("null,id=c,mux=on", "mux=on");
    refused("socket,id=c", "path=");
    refused("socket,id=c,path=/x,host=y,port=1", "one of");
    refused("socket,id=c,host=localhost", "port=");
    refused("socket,id=c,fd=0", "fd=0");
    refused("socket,id=c,path=/nonexistent/s", "/nonexistent/s");
    refused("socket,id=c,path=/x,server=on,reconnect=1", "reconnect");
    refused("pipe,id=c,path=/nonexistent/p", "mkfifo");
    refused("null,id=c,logfile=/nonexistent/l", "logfile");
    make("null,id=c");
    g_assert_null(make_line("null,id=c", &error));
    g_assert_nonnull(strstr(error->message, "id=c is taken"));
    line_free(line_find("c"));
}

static void test_specs(void)
{
    g_autofree char *file = path("spec,with,commas");
    g_autofree char *spec = g_strconcat("file:", file, NULL);
    g_autofree char *sock = g_strdup_printf("unix:%s/s,server,nowait", dir);
    g_autoptr(GError) error = NULL;
    struct line *l;

    g_assert_null(chardev_from_spec("-serial", "s", "none", &error));
    g_assert_no_error(error);
    l = chardev_from_spec("-serial", "s", "null", &error);
    g_assert_cmpstr(line_label(l), ==, "null");
    g_assert_true(chardev_from_spec("-serial", "t", "chardev:s", NULL) == l);
    line_free(l);
    l = chardev_from_spec("-serial", "s", spec, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
    line_free(l);
    l = chardev_from_spec("-serial", "s", sock, &error); /* the old spelling */
    g_assert_no_error(error);
    g_assert_true(g_str_has_suffix(line_label(l), "/s,server=on"));
    line_free(l);
    l = chardev_from_spec("-serial", "s", "telnet:127.0.0.1:0,server=on,wait=off", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(line_label(l), ==, "telnet:127.0.0.1:0,server=on");
    line_free(l);
    l = chardev_from_spec("-serial", "s", "tcp:[::1]:1,reconnect=60", &error);
    g_assert_no_error(error);
    line_free(l);
    g_assert_null(chardev_from_spec("-serial", "s", "chardev:x", &error));
    g_assert_nonnull(strstr(error->message, "-serial"));
    g_clear_error(&error);
    g_assert_null(chardev_from_spec("-serial", "s", "bogus", &error));
    g_assert_nonnull(strstr(error->message, "expected stdio"));
}

/* -- file -- */

static void test_file(void)
{
    g_autofree char *file = path("out"), *log = path("log");
    struct line *l = make("file,id=c,path=%s,logfile=%s", file, log);
    g_autofree char *big = g_strnfill(60000, 'x');
    struct stat st;

    g_assert_true(say(l, "hello "));
    g_assert_true(say(l, "world"));
    UNTIL(stat(file, &st) == 0 && st.st_size == 11);
    contents(file, "hello world");
    g_assert_true(say(l, big));
    settle();
    stat(file, &st);
    g_assert_cmpint(st.st_size, ==, 60011); /* much: at once */
    say(l, "end");
    line_free(l); /* flushes */
    stat(file, &st);
    g_assert_cmpint(st.st_size, ==, 60014);
    stat(log, &st);
    g_assert_cmpint(st.st_size, ==, 60014);
    l = make("file,id=c,path=%s,append=on", file);
    say(l, "!");
    line_free(l);
    stat(file, &st);
    g_assert_cmpint(st.st_size, ==, 60015);
    l = make("file,id=c,path=%s", file);
    line_free(l);
    contents(file, "");
}

static void test_null_log(void)
{
    g_autofree char *log = path("nulllog");
    struct line *l = make("null,id=c,logfile=%s", log);

    say(l, "seen");
    line_free(l);
    l = make("null,id=c,logfile=%s,logappend=on", log);
    say(l, " twice");
    line_free(l);
    contents(log, "seen twice");
}

static void test_full_disk(void)
{
    struct line *l = make("file,id=full,path=/dev/full");
    g_autofree char *big = g_strnfill(40000, 'x');

    events = 0;
    event_listen(on_event, NULL);
    for (int i = 0; i < 50; i++) { /* the guest is never held up */
        g_assert_true(say(l, big));
        settle();
    }
    UNTIL(events > 0);
    settle();
    g_assert_cmpint(events, ==, 1); /* said once */
    g_assert_cmpstr(last_event, ==, "CHARDEV_WRITE_ERROR full");
    line_free(l);
    event_unlisten(on_event, NULL);
}

/* -- pipe -- */

static void test_pipe(void)
{
    g_autofree char *in = path("p.in"), *out = path("p.out"), *base = path("p");
    char buf[64] = "";
    struct line *l;
    int r, w;

    g_assert_cmpint(mkfifo(in, 0600), ==, 0);
    g_assert_cmpint(mkfifo(out, 0600), ==, 0);
    l = make("pipe,id=c,path=%s", base);
    w = open(in, O_WRONLY | O_NONBLOCK);
    r = open(out, O_RDONLY | O_NONBLOCK);
    g_assert_cmpint(write(w, "in", 2), ==, 2);
    UNTIL(guest.got->len == 2);
    say(l, "out");
    settle();
    g_assert_cmpint(read(r, buf, sizeof(buf)), ==, 3);
    g_assert_cmpstr(buf, ==, "out");
    close(w);
    close(r);
    line_free(l);
}

/* -- sockets -- */

static int dial(const char *file)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(sun.sun_path, file, sizeof(sun.sun_path));
    if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void test_unix_server(void)
{
    g_autofree char *file = path("sock"), *words = NULL;
    struct line *l = make("socket,id=c,path=%s,server=on,wait=off", file);
    char buf[64];
    struct stat st;
    int fd;

    g_assert_cmpint(stat(file, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    g_assert_true(say(l, "dropped: nobody is there"));
    for (int round = 0; round < 3; round++) {
        fd = dial(file);
        g_assert_cmpint(fd, >=, 0);
        UNTIL(guest.opened == round + 1);
        say(l, "hi");
        settle();
        g_assert_cmpint(read(fd, buf, sizeof(buf)), ==, 2);
        g_assert_cmpint(write(fd, "yo", 2), ==, 2);
        close(fd); /* what was sent before is not lost */
        UNTIL(guest.closed == round + 1);
        g_assert_cmpuint(guest.got->len, ==, 2u * (unsigned)round + 2);
    }
    words = g_strdup_printf("socket,id=d,path=%s,server=on,wait=off", file);
    {
        g_autoptr(GError) error = NULL;

        g_assert_null(make_line(words, &error));
        g_assert_nonnull(strstr(error->message, file));
        g_assert_nonnull(strstr(error->message, "in use"));
    }
    line_free(l);
    g_assert_cmpint(stat(file, &st), ==, -1);
}

static void test_stale_socket(void)
{
    g_autofree char *file = path("stale");
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct line *l;

    g_strlcpy(sun.sun_path, file, sizeof(sun.sun_path));
    g_assert_cmpint(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), ==, 0);
    close(fd); /* as a process that was killed leaves it */
    l = make("socket,id=c,path=%s,server=on,wait=off", file);
    fd = dial(file);
    g_assert_cmpint(fd, >=, 0);
    UNTIL(guest.opened == 1);
    close(fd);
    line_free(l);
    g_assert_true(g_file_set_contents(file, "precious", -1, NULL));
    {
        g_autofree char *words = g_strdup_printf("socket,id=c,path=%s,server=on,wait=off", file);

        refused(words, "not a socket");
    }
    contents(file, "precious");
}

/* A peer that does not read: the guest is held, then served, and nothing is lost. */
static void test_slow_peer(void)
{
    g_autofree char *file = path("slow");
    struct line *l = make("socket,id=c,path=%s,server=on,wait=off", file);
    int fd = dial(file);
    uint64_t sent = 0, got = 0;
    uint8_t buf[8192];

    UNTIL(guest.opened);
    for (uint32_t n = 1; n;) {
        memset(buf, 'x', sizeof(buf));
        n = line_write(l, buf, sizeof(buf));
        sent += n;
        settle();
    }
    g_assert_cmpuint(sent, >, 2 * LINE_QUEUE);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (got < sent) {
        ssize_t n = read(fd, buf, sizeof(buf));

        if (n > 0) {
            got += (uint64_t)n;
        }
        settle();
    }
    g_assert_cmpint(guest.drained, >, 0);
    close(fd);
    line_free(l);
}

/* A peer that leaves more than the guest takes: input waits, and the next peer is served. */
static void test_vanished_peer(void)
{
    g_autofree char *file = path("gone");
    struct line *l = make("socket,id=c,path=%s,server=on,wait=off", file);
    int fd = dial(file);

    guest.room = 1;
    UNTIL(guest.opened);
    g_assert_cmpint(write(fd, "abc", 3), ==, 3);
    close(fd);
    UNTIL(guest.got->len == 1);
    settle();
    guest.room = 100;
    line_ready(l);
    UNTIL(guest.closed == 1);
    g_assert_cmpstr(guest.got->str, ==, "abc");
    fd = dial(file);
    UNTIL(guest.opened == 2);
    guest.room = 0;
    for (int i = 0; i < 100; i++) { /* far more than is read ahead */
        g_assert_cmpint(write(fd, file, 20), ==, 20);
        g_assert_cmpint(send(fd, "0123456789012345678901234567890123456789", 40, 0), ==, 40);
    }
    settle();
    shutdown(fd, SHUT_RDWR);
    close(fd);
    settle();
    for (int i = 0; i < 300; i++) { /* writes to a dead peer: no signal, no stop */
        say(l, "to nobody");
        settle();
    }
    fd = dial(file);
    g_assert_cmpint(fd, >=, 0);
    guest.room = 100000;
    line_ready(l);
    UNTIL(guest.opened == 3);
    close(fd);
    line_free(l);
}

static int listen_tcp(uint16_t *port)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(sin);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), ==, 0);
    g_assert_cmpint(listen(fd, 4), ==, 0);
    getsockname(fd, (struct sockaddr *)&sin, &len);
    *port = ntohs(sin.sin_port);
    return fd;
}

static void test_tcp_client(void)
{
    uint16_t port;
    int listener = listen_tcp(&port), fd;
    struct line *l = make("socket,id=c,host=127.0.0.1,port=%u,nodelay=on,reconnect=1", port);
    char buf[16];
    g_autofree char *words = NULL;

    UNTIL(guest.opened == 1);
    fd = accept(listener, NULL, NULL);
    say(l, "ping");
    settle();
    g_assert_cmpint(read(fd, buf, sizeof(buf)), ==, 4);
    close(fd);
    UNTIL(guest.closed == 1);
    UNTIL(guest.opened == 2); /* by itself, a second later */
    line_free(l);
    close(listener);
    words = g_strdup_printf("socket,id=c,host=127.0.0.1,port=%u", port);
    refused(words, "cannot connect to tcp:127.0.0.1");
}

static void test_telnet(void)
{
    g_autofree char *words = NULL;
    uint16_t port;
    int listener = listen_tcp(&port), fd;
    struct line *l = make("socket,id=c,telnet=on,fd=%d,server=on,wait=off", listener);
    static const uint8_t input[] = {'a', 255, 253, 1, 255, 255, 255, 250, 24, 255, 240, 255, 243};
    struct sockaddr_in sin = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    uint8_t buf[64];

    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), ==, 0);
    UNTIL(guest.opened);
    settle();
    g_assert_cmpint(read(fd, buf, sizeof(buf)), ==, 12);
    g_assert_cmpint(write(fd, input, sizeof(input)), ==, sizeof(input));
    UNTIL(guest.breaks == 1);
    g_assert_cmpstr(guest.got->str, ==, "a\377");
    say(l, "b\377");
    settle();
    g_assert_cmpint(read(fd, buf, sizeof(buf)), ==, 3);
    g_assert_cmpmem(buf, 3, "b\377\377", 3);
    close(fd);
    line_free(l);
    words = g_strdup_printf("socket,id=c,fd=%d,server=on", STDIN_FILENO);
    refused(words, "fd=0");
}

static void test_passed_fds(void)
{
    int pair[2], memory, got;
    char control[CMSG_SPACE(sizeof(int))] = "";
    struct iovec iov = {.iov_base = (char[]){"x"}, .iov_len = 1};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control};
    struct cmsghdr *c;
    struct line *l;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    l = make("socket,id=c,fd=%d", pair[0]);
    g_assert_cmpint(chardev_take_fd(l), ==, -1);
    msg.msg_controllen = sizeof(control);
    c = CMSG_FIRSTHDR(&msg);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    for (int i = 0; i < 20; i++) { /* four too many: closed */
        memory = memfd_create("passed", MFD_CLOEXEC);
        g_assert_cmpint(ftruncate(memory, 100 + i), ==, 0);
        memcpy(CMSG_DATA(c), &memory, sizeof(memory));
        g_assert_cmpint(sendmsg(pair[1], &msg, 0), ==, 1);
        close(memory);
    }
    UNTIL(guest.got->len == 20);
    for (int i = 0; i < 16; i++) {
        struct stat st;

        got = chardev_take_fd(l);
        g_assert_cmpint(got, >=, 0);
        fstat(got, &st);
        g_assert_cmpint(st.st_size, ==, 100 + i);
        g_assert_cmpint(fcntl(got, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
        close(got);
    }
    g_assert_cmpint(chardev_take_fd(l), ==, -1);
    close(pair[1]);
    UNTIL(guest.closed == 1);
    line_free(l);
}

/* -- pty -- */

static void test_pty(void)
{
    struct line *l = make("pty,id=c");
    const char *name = line_label(l) + 4;
    char buf[16];
    int fd;

    g_assert_true(g_str_has_prefix(line_label(l), "pty:/dev/pts/"));
    g_assert_true(say(l, "nobody hears this"));
    for (int round = 1; round < 3; round++) {
        fd = open(name, O_RDWR | O_NOCTTY);
        g_assert_cmpint(fd, >=, 0);
        UNTIL(guest.opened == round);
        say(l, "a\nb");
        settle();
        g_assert_cmpint(read(fd, buf, sizeof(buf)), ==, 3); /* raw: no \r */
        g_assert_cmpint(write(fd, "\003x", 2), ==, 2);
        UNTIL(guest.got->len == 2u * (unsigned)round);
        close(fd);
        UNTIL(guest.closed == round);
    }
    line_free(l);
}

/* -- stdio, in a child whose terminal is a pair of pipes -- */

static int power_code = -1;

static void on_power(void *opaque, enum power_request what, int code)
{
    (void)opaque;
    power_code = what == POWER_EXIT ? code : -2;
}

static void test_stdio(void)
{
    int to[2], from[2], status, saved[2] = {dup(0), dup(1)};
    char buf[512] = "";
    struct line *l;
    ssize_t n;

    g_assert_cmpint(pipe(to), ==, 0);
    g_assert_cmpint(pipe(from), ==, 0);
    dup2(to[0], 0);
    dup2(from[1], 1);
    l = with_guest(chardev_from_spec("-serial", "c", "mon:stdio", NULL));
    status = fcntl(1, F_GETFL);
    {
        g_autoptr(GError) error = NULL;

        g_assert_null(chardev_from_spec("-serial", "d", "stdio", &error));
        g_assert_nonnull(error);
    }
    say(l, "out");
    n = write(to[1], "a\001bc\001\001\001h\001x", 10);
    power_listen(on_power, NULL);
    UNTIL(power_code == 0);
    settle();
    n = read(from[0], buf, sizeof(buf) - 1);
    close(to[1]); /* end of input is not the end of output */
    settle();
    say(l, "more");
    settle();
    buf[n > 0 ? n : 0] = 0;
    memset(buf + 256, 0, 256);
    n = read(from[0], buf + 256, 255);
    line_free(l);
    dup2(saved[0], 0);
    dup2(saved[1], 1);
    close(saved[0]);
    close(saved[1]);
    close(to[0]);
    close(from[0]);
    close(from[1]);
    power_listen(NULL, NULL);
    g_assert_cmpint(status & O_NONBLOCK, ==, 0); /* the shell's descriptor is untouched */
    g_assert_nonnull(strstr(buf, "out"));
    g_assert_nonnull(strstr(buf, "Ctrl-A"));
    g_assert_cmpstr(buf + 256, ==, "more");
    g_assert_cmpint(guest.breaks, ==, 1);
    g_assert_cmpstr(guest.got->str, ==, "ac\001");
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    signal(SIGPIPE, SIG_IGN);
    loop_init();
    dir = g_dir_make_tmp("vmx-chardev-XXXXXX", NULL);
    g_test_add_func("/chardev/options", test_options);
    g_test_add_func("/chardev/specs", test_specs);
    g_test_add_func("/chardev/file", test_file);
    g_test_add_func("/chardev/null-log", test_null_log);
    g_test_add_func("/chardev/full-disk", test_full_disk);
    g_test_add_func("/chardev/pipe", test_pipe);
    g_test_add_func("/chardev/unix-server", test_unix_server);
    g_test_add_func("/chardev/stale-socket", test_stale_socket);
    g_test_add_func("/chardev/slow-peer", test_slow_peer);
    g_test_add_func("/chardev/vanished-peer", test_vanished_peer);
    g_test_add_func("/chardev/tcp-client", test_tcp_client);
    g_test_add_func("/chardev/telnet", test_telnet);
    g_test_add_func("/chardev/passed-fds", test_passed_fds);
    g_test_add_func("/chardev/pty", test_pty);
    g_test_add_func("/chardev/stdio", test_stdio);
    result = g_test_run();
    {
        GDir *d = g_dir_open(dir, 0, NULL);

        for (const char *name; (name = g_dir_read_name(d));) {
            g_autofree char *p = path(name);

            g_unlink(p);
        }
        g_dir_close(d);
        g_rmdir(dir);
    }
    g_free(dir);
    g_free(last_event);
    if (guest.got) {
        g_string_free(guest.got, TRUE);
    }
    return result;
}
