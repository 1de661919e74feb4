/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several clients at once: people and programs, some of them hostile; none may cost another its
 * answers. The QMP of libqtest is the one that must not notice.
 */
#include "tests/qtest/libqtest.h"
#include "tests/qtest/monitor-client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FLOOD (64u << 20)

static char *dir, *hmp_path, *qmp_path;

static struct qtest *start(const char *more)
{
    if (!dir) {
        dir = g_dir_make_tmp("monitor-XXXXXX", NULL);
        hmp_path = g_build_filename(dir, "hmp", NULL);
        qmp_path = g_build_filename(dir, "qmp", NULL);
    }
    return qtest_start("-m 16 -chardev socket,id=two,path=%s,server=on,wait=off "
                       "-mon chardev=two,mode=control -monitor unix:%s,server=on,wait=off%s",
                       qmp_path, hmp_path, more);
}

static int qmp_client(void)
{
    int fd = client(qmp_path);

    expect(fd, "\"QMP\"");
    put(fd, "{\"execute\":\"qmp_capabilities\"}\n");
    expect(fd, "\"return\"");
    return fd;
}

static void unharmed(struct qtest *q)
{
    qtest_qmp_ok(q, "{'execute':'query-status'}");
    qtest_outb(q, 0x21, 0x3c);
    g_assert_cmphex(qtest_inb(q, 0x21), ==, 0x3c);
}

static void test_people(void)
{
    struct qtest *q = start("");
    g_autofree char *got = NULL;
    int fd;

    if (!q) {
        return;
    }
    fd = client(hmp_path);
    expect(fd, "(qemu) ");
    put(fd, "info stat\tus\r");
    expect(fd, "(qemu) ");
    put(fd, "info statuz\x7fs\r");
    got = until(fd, "(qemu) ");
    put(fd, "stop\rinfo status\r");
    expect(fd, "VM status: paused");
    put(fd, "cont\r\n\x1b[A\x1b[A\r"); /* info status again */
    expect(fd, "VM status: running");
    put(fd, "help xp\r");
    expect(fd, "xp /fmt addr");
    put(fd, "xp /2xb 0xfffffff0\r");
    expect(fd, "00000000fffffff0: 0x");
    put(fd, "print (1+2)*16\r");
    expect(fd, "0x30");
    close(fd);
    fd = client(hmp_path); /* the next one is served */
    expect(fd, "(qemu) ");
    close(fd);
    unharmed(q);
    qtest_quit(q);
}

/* 64 MiB without an end, to each language. */
static void test_flood(void)
{
    struct qtest *q = start("");
    g_autofree char *junk = g_strnfill(1 << 16, 'x');
    char back[4096];

    if (!q) {
        return;
    }
    memset(junk, '[', 40000);
    for (int i = 0; i < 2; i++) {
        int fd = i ? client(hmp_path) : qmp_client();
        uint32_t sent = 0;

        put(fd, "{ \"execute\": \"");
        while (sent < FLOOD) {
            ssize_t n = send(fd, junk, 1 << 16, MSG_NOSIGNAL);

            g_assert_cmpint(n, >, 0);
            sent += (uint32_t)n;
            if (sent % (4u << 20) < 1 << 16) {
                unharmed(q);
            }
            while (recv(fd, back, sizeof(back), MSG_DONTWAIT) > 0) { /* errors and bells */
            }
        }
        put(fd, "\n");
        if (i == 0) {
            put(fd, "{\"execute\":\"query-name\",\"id\":\"after\"}\n");
            expect(fd, "\"after\"");
        }
        close(fd);
    }
    unharmed(q);
    qtest_quit(q);
}

static void test_half_open(void)
{
    struct qtest *q = start("");
    int fd;

    if (!q) {
        return;
    }
    fd = qmp_client();
    put(fd, "{\"execute\": \"query-st");
    unharmed(q);
    shutdown(fd, SHUT_WR); /* it has ended: the next is served, and knows nothing of it */
    close(fd);
    fd = qmp_client();
    put(fd, "{\"execute\":\"query-status\"}");
    expect(fd, "\"running\": true");
    close(fd);
    unharmed(q);
    qtest_quit(q);
}

static void test_malformed(void)
{
    static const char *const rows[] = {
        "{\"execute\" @@ }\n",
        "{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{\n",
        "{\"execute\":\"query-status\",\"arguments\":{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
        "}\n",
        "\xff\xfe\n",
        "{\"execute\":\"query-status\",\"execute\":1}\n",
        "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"\\u0000\"}}\n",
        "{\"execute\":\"memsave\",\"arguments\":{\"val\":1e400,\"size\":-1,\"filename\":\"\"}}\n",
        ("{\"execute\":\"pmemsave\",\"arguments\":{\"val\":0,\"size\":9223372036854775807,"
         "\"filename\":\"/dev/null\"}}\n"),
        "{\"execute\":\"qom-get\",\"arguments\":{\"path\":\"\",\"property\":\"\"}}\n",
    };
    struct qtest *q = start("");
    int fd;

    if (!q) {
        return;
    }
    fd = qmp_client();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        put(fd, rows[i]);
        put(fd, "\n{\"execute\":\"query-name\",\"id\":\"still\"}\n");
        expect(fd, "\"still\"");
    }
    close(fd);
    unharmed(q);
    qtest_quit(q);
}

/* Bytes and levels up to the limit, and one more. */
static void test_limits(void)
{
    static const char head[] = "{\"execute\":\"query-name\",\"id\":\"", tail[] = "\"}";
    struct qtest *q = start("");
    int fd;

    if (!q) {
        return;
    }
    fd = qmp_client();
    for (gsize more = 0; more < 2; more++) {
        g_autofree char *id = g_strnfill(65536 - strlen(head) - strlen(tail) + more, 'i');
        g_autofree char *text = g_strconcat(head, id, tail, "\n", NULL);
        g_autofree char *nest = g_strnfill(31 + more, '['), *end = g_strnfill(31 + more, ']');
        g_autofree char *deep =
            g_strconcat("{\"execute\":\"query-name\",\"id\":", nest, end, "}\n", NULL);

        put(fd, text);
        expect(fd, more ? "longer than 64 KiB" : "\"return\"");
        put(fd, deep);
        expect(fd, more ? "nested deeper than 32 levels" : "\"return\"");
        put(fd, "{\"execute\":\"query-name\",\"id\":\"still\"}\n");
        expect(fd, "\"still\"");
    }
    close(fd);
    unharmed(q);
    qtest_quit(q);
}

/* Another user gets nothing, whatever the file's mode has become. */
static void test_strangers(void)
{
    struct qtest *q = start("");
    const char *const paths[] = {qmp_path, hmp_path};
    struct stat st;

    if (!q) {
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        int fd = -1, status = 0;
        char buf[64];
        pid_t child;

        g_assert_cmpint(stat(paths[i], &st), ==, 0);
        g_assert_cmphex(st.st_mode & 0777, ==, 0600);
        if (geteuid() != 0) {
            g_test_skip("needs root, to become somebody else");
            continue;
        }
        g_assert_cmpint(chmod(dir, 0755) | chmod(paths[i], 0666), ==, 0);
        child = fork();
        if (child == 0) { /* what the monitor says to it is the exit status: nothing */
            fd = setuid(65534) == 0 ? client(paths[i]) : -1;
            _exit(fd < 0 ? 2 : read(fd, buf, sizeof(buf)) > 0);
        }
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
        fd = client(paths[i]); /* the next, who may, is served */
        expect(fd, i ? "(qemu) " : "\"QMP\"");
        close(fd);
    }
    unharmed(q);
    qtest_quit(q);
}

/* Events for somebody who reads nothing: at 1 MiB the connection is closed, and nobody else's. */
static void test_unread_events(void)
{
    struct qtest *q = start("");
    struct pollfd deaf = {.events = POLLRDHUP};
    int fd, rounds = 0;

    if (!q) {
        return;
    }
    fd = client(hmp_path);
    expect(fd, "(qemu) ");
    deaf.fd = qmp_client();
    while (poll(&deaf, 1, 0) == 0 && rounds < 400) {
        for (int i = 0; i < 50; i++) {
            put(fd, "stop\rcont\r");
        }
        put(fd, "print 7\r");
        expect(fd, "\n0x7");
        qtest_qmp_ok(q, "{'execute':'query-name'}"); /* reads its events, too */
        rounds++;
    }
    g_test_message("hung up on after %d events", rounds * 100);
    g_assert_cmpint(deaf.revents & (POLLRDHUP | POLLHUP), !=, 0);
    close(deaf.fd);
    close(fd);
    fd = qmp_client();
    close(fd);
    unharmed(q);
    qtest_quit(q);
}

/* Commands by the hundred, answers unread: they wait, and all come. */
static void test_slow_reader(void)
{
    struct qtest *q = start("");
    int fd;

    if (!q) {
        return;
    }
    fd = qmp_client();
    for (int i = 0; i < 200; i++) {
        g_autofree char *text =
            g_strdup_printf("{\"execute\":\"query-qmp-schema\",\"id\":\"n%d\"}\n", i);

        put(fd, text);
    }
    for (int i = 0; i < 20; i++) {
        unharmed(q);
    }
    expect(fd, "\"id\": \"n199\"");
    close(fd);
    unharmed(q);
    qtest_quit(q);
}

/* -- descriptors -- */

static void pass(int sock, int fd, const char *text)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec iov = {.iov_base = (char *)text, .iov_len = strlen(text)};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    g_assert_cmpint(sendmsg(sock, &msg, 0), ==, (gssize)iov.iov_len);
}

static void test_descriptors(void)
{
    struct qtest *q = start("");
    g_autofree char *path = NULL;
    struct stat st;
    int fd, file;

    if (!q) {
        return;
    }
    path = qtest_path(q, "passed");
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    fd = qmp_client();
    put(fd, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"f\"}}\n");
    expect(fd, "No file descriptor supplied");
    pass(fd, file, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"f\"}}\n");
    expect(fd, "\"return\"");
    put(fd, "{\"execute\":\"closefd\",\"arguments\":{\"fdname\":\"f\"}}\n");
    expect(fd, "\"return\"");
    put(fd, "{\"execute\":\"closefd\",\"arguments\":{\"fdname\":\"f\"}}\n");
    expect(fd, "named 'f' not found");
    pass(fd, file, "{\"execute\":\"add-fd\",\"arguments\":{\"fdset-id\":7,\"opaque\":\"me\"}}\n");
    expect(fd, "\"fdset-id\": 7");
    put(fd, "{\"execute\":\"query-fdsets\"}\n");
    expect(fd, "\"opaque\": \"me\"");
    put(fd, "{\"execute\":\"pmemsave\",\"arguments\":{\"val\":0,\"size\":4096,"
            "\"filename\":\"/dev/fdset/7\"}}\n");
    expect(fd, "\"return\"");
    g_assert_cmpint(fstat(file, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, 4096);
    put(fd, "{\"execute\":\"remove-fd\",\"arguments\":{\"fdset-id\":7}}\n");
    expect(fd, "\"return\"");
    put(fd, "{\"execute\":\"remove-fd\",\"arguments\":{\"fdset-id\":7}}\n");
    expect(fd, "not found");
    close(file);
    close(fd);
    unharmed(q);
    qtest_quit(q);
}

/* How many descriptors the program has open. */
static unsigned open_files(int sock)
{
    struct ucred who = {0};
    socklen_t len = sizeof(who);
    g_autofree char *path = NULL;
    g_autoptr(GDir) dir_fd = NULL;
    unsigned n = 0;

    g_assert_cmpint(getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &who, &len), ==, 0);
    path = g_strdup_printf("/proc/%d/fd", (int)who.pid);
    dir_fd = g_dir_open(path, 0, NULL);
    g_assert_nonnull(dir_fd);
    while (g_dir_read_name(dir_fd)) {
        n++;
    }
    return n;
}

/* A network on a descriptor by name: taken when it works, left to its owner when not. */
static void test_network_descriptors(void)
{
    struct qtest *q = start("");
    g_autofree char *path = NULL;
    int fd, file, pair[2];
    unsigned before;

    if (!q) {
        return;
    }
    path = qtest_path(q, "file");
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    fd = qmp_client();
    pass(fd, file, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"file\"}}\n");
    expect(fd, "\"return\"");
    pass(fd, pair[0], "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"pair\"}}\n");
    expect(fd, "\"return\"");
    before = open_files(fd);
    for (int i = 0; i < 5; i++) {
        put(fd, "{\"execute\":\"netdev_add\",\"arguments\":{\"type\":\"tap\",\"id\":\"t\","
                "\"fd\":\"file\"}}\n");
        expect(fd, "\"error\"");
        put(fd, "{\"execute\":\"netdev_add\",\"arguments\":{\"type\":\"dgram\",\"id\":\"t\","
                "\"local\":{\"type\":\"fd\",\"str\":\"file\"}}}\n");
        expect(fd, "\"error\"");
        put(fd, "{\"execute\":\"netdev_add\",\"arguments\":{\"type\":\"tap\",\"id\":\"t\","
                "\"fd\":\"nobody\"}}\n");
        expect(fd, "named 'nobody' has not been found");
    }
    g_assert_cmpuint(open_files(fd), ==, before);
    put(fd, "{\"execute\":\"netdev_add\",\"arguments\":{\"type\":\"stream\",\"id\":\"s\","
            "\"addr\":{\"type\":\"fd\",\"str\":\"pair\"}}}\n");
    expect(fd, "\"return\"");
    g_assert_cmpuint(open_files(fd), ==, before);
    put(fd, "{\"execute\":\"closefd\",\"arguments\":{\"fdname\":\"pair\"}}\n");
    expect(fd, "not found");
    put(fd, "{\"execute\":\"closefd\",\"arguments\":{\"fdname\":\"file\"}}\n");
    expect(fd, "\"return\"");
    put(fd, "{\"execute\":\"netdev_del\",\"arguments\":{\"id\":\"s\"}}\n");
    expect(fd, "\"return\"");
    g_assert_cmpuint(open_files(fd), ==, before - 2);
    close(pair[0]);
    close(pair[1]);
    close(file);
    close(fd);
    unharmed(q);
    qtest_quit(q);
}

/* Nobody else may connect; a pipe that nobody reads does not stop the machine. */
static void test_files(void)
{
    struct qtest *q = start(" -vga std");
    g_autofree char *pipe = NULL, *png = NULL, *got = NULL, *data = NULL;
    struct stat st;
    gsize len;

    if (!q) {
        return;
    }
    g_assert_cmpint(stat(hmp_path, &st), ==, 0);
    g_assert_cmphex(st.st_mode & 0777, ==, 0600);
    g_assert_cmpint(stat(qmp_path, &st), ==, 0);
    g_assert_cmphex(st.st_mode & 0777, ==, 0600);
    pipe = qtest_path(q, "pipe");
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    got = qtest_qmp(
        q, "{'execute':'pmemsave','arguments':{'val':0,'size':1048576,'filename':'%s'}}", pipe);
    g_assert_true(qtest_json_has(got, "'error':"));
    png = qtest_path(q, "screen.png");
    qtest_qmp_ok(q, "{'execute':'screendump','arguments':{'filename':'%s','format':'png'}}", png);
    g_assert_true(g_file_get_contents(png, &data, &len, NULL));
    g_assert_cmpuint(len, >, 60);
    g_assert_cmpint(memcmp(data + 1, "PNG\r\n", 5), ==, 0);
    g_assert_cmpint(memcmp(data + len - 8, "IEND", 4), ==, 0);
    qtest_quit(q);
}

static void test_objects(void)
{
    struct qtest *q =
        start(" -device ne2k_isa,id=nic0,iobase=0x320,irq=5,mac=52:54:00:01:02:03 -name objects");
    static const struct {
        const char *property, *value;
    } rows[] = {
        {"type", "'ne2k_isa'"},         {"iobase", "800"},    {"irq", "5"},
        {"mac", "'52:54:00:01:02:03'"}, {"realized", "true"}, {"netdev", "''"},
    };

    if (!q) {
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = qtest_qmp(q,
                                         "{'execute':'qom-get','arguments':{'path':"
                                         "'/machine/peripheral/nic0','property':'%s'}}",
                                         rows[i].property);
        g_autofree char *want = g_strdup_printf("'return':%s", rows[i].value);

        if (!qtest_json_has(got, want)) {
            g_error("%s is %s", rows[i].property, got);
        }
    }
    {
        g_autofree char *list =
            qtest_qmp(q, "{'execute':'qom-list','arguments':{'path':'/machine/peripheral'}}");
        g_autofree char *none =
            qtest_qmp(q, "{'execute':'qom-list','arguments':{'path':'/nowhere'}}");
        g_autofree char *tree = qtest_hmp(q, "info qtree");
        g_autofree char *map = qtest_hmp(q, "info mtree");
        g_autofree char *chip = qtest_hmp(q, "info device mc146818rtc");

        g_assert_true(qtest_json_has(list, "'child<ne2k_isa>'"));
        g_assert_true(qtest_json_has(none, "'class':'DeviceNotFound'"));
        g_assert_nonnull(strstr(tree, "dev: ne2k_isa, id \"nic0\""));
        g_assert_nonnull(strstr(map, "address-space: I/O"));
        g_assert_nonnull(strstr(chip, "cmos ="));
    }
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/monitor/people", test_people);
    g_test_add_func("/monitor/flood", test_flood);
    g_test_add_func("/monitor/half-open", test_half_open);
    g_test_add_func("/monitor/malformed", test_malformed);
    g_test_add_func("/monitor/limits", test_limits);
    g_test_add_func("/monitor/strangers", test_strangers);
    g_test_add_func("/monitor/slow-reader", test_slow_reader);
    g_test_add_func("/monitor/unread-events", test_unread_events);
    g_test_add_func("/monitor/descriptors", test_descriptors);
    g_test_add_func("/monitor/network-descriptors", test_network_descriptors);
    g_test_add_func("/monitor/files", test_files);
    g_test_add_func("/monitor/objects", test_objects);
    status = g_test_run();
    if (dir) {
        rmdir(dir);
    }
    return status;
}
