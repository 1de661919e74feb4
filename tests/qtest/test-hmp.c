/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people see in their monitor, and what stands behind it. */
#include "tests/qtest/libqtest.h"
#include "tests/qtest/monitor-client.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void has(struct qtest *q, const char *line, const char *part)
{
    g_autofree char *got = qtest_hmp(q, "%s", line);

    if (!strstr(got, part)) {
        g_error("%s: \"%s\" lacks \"%s\"", line, got, part);
    }
}

/* A request takes time, and the disk is idle from then on. */
static void test_disk(void)
{
    g_autofree char *path = NULL;
    g_autofree char *got = NULL;
    g_autofree char *after = NULL;
    int fd = g_file_open_tmp("hmp-XXXXXX", &path, NULL);
    struct qtest *q;

    g_assert_cmpint(ftruncate(fd, 1 << 20), ==, 0);
    close(fd);
    q = qtest_start("-m 16 -drive if=ide,format=raw,id=hd,file=%s", path);
    if (!q) {
        g_unlink(path);
        return;
    }
    has(q, "info blockstats", "rd_operations=0 ");
    has(q, "info blockstats", " idle_time_ns=0");
    got = qtest_qmp(q, "{'execute':'query-blockstats'}");
    g_assert_false(qtest_json_has(got, "'idle_time_ns'")); /* there was nothing yet */
    qtest_outb(q, 0x1f6, 0xe0);
    qtest_outb(q, 0x1f2, 1);
    qtest_outb(q, 0x1f3, 1);
    qtest_outb(q, 0x1f4, 0);
    qtest_outb(q, 0x1f5, 0);
    qtest_outb(q, 0x1f7, 0x20); /* READ SECTORS */
    while (qtest_inb(q, 0x1f7) & 0x80) {
    }
    after = qtest_qmp(q, "{'execute':'query-blockstats'}");
    g_assert_true(qtest_json_has(after, "'rd_operations':1,"));
    g_assert_false(qtest_json_has(after, "'rd_total_time_ns':0,"));
    g_assert_true(qtest_json_has(after, "'idle_time_ns':"));
    has(q, "info block -v", "virtual size: 1 MiB (1048576 bytes)");
    has(q, "info block", "hd (hd): ");
    qtest_quit(q);
    g_unlink(path);
}

static struct qtest *with_monitor(char **path, int *fd)
{
    g_autofree char *dir = g_dir_make_tmp("hmp-XXXXXX", NULL);
    struct qtest *q;

    *path = g_build_filename(dir, "hmp", NULL);
    q = qtest_start("-m 16 -monitor unix:%s,server=on,wait=off", *path);
    if (q) {
        *fd = client(*path);
        expect(*fd, "(qemu) ");
    }
    return q;
}

static void without_monitor(struct qtest *q, char *path, int fd)
{
    g_autofree char *dir = g_path_get_dirname(path);

    if (q) {
        close(fd);
        qtest_quit(q);
    }
    rmdir(dir);
    g_free(path);
}

/* "change vnc password" asks for it, and shows stars. */
static void test_password(void)
{
    g_autofree char *got = NULL;
    g_autofree char *history = NULL;
    char *path;
    int fd = -1;
    struct qtest *q = with_monitor(&path, &fd);

    if (q) {
        put(fd, "change vnc password\r");
        expect(fd, "\r\nPassword: ");
        put(fd, "geheim\r");
        got = until(fd, "\n(qemu) ");
        g_assert_null(strstr(got, "geheim"));
        g_assert_nonnull(strstr(got, "******\r\n"));
        g_assert_nonnull(strstr(got, "there is no VNC server")); /* that is who got it */
        put(fd, "change vnc password\r");
        expect(fd, "\r\nPassword: ");
        put(fd, "stop\x03");
        expect(fd, "^C\r\n(qemu) ");
        put(fd, "info history\r");
        history = until(fd, "1: 'info history'\r\n(qemu) ");
        g_assert_nonnull(strstr(history, "\r\n0: 'change vnc password'\r\n1: "));
        has(q, "info status", "VM status: running"); /* nobody said stop */
        has(q, "change vnc password", "terminal does not support password prompting");
    }
    without_monitor(q, path, fd);
}

/* One that leaves before it has answered leaves nothing to who comes next. */
static void test_password_left(void)
{
    char *path;
    int fd = -1;
    struct qtest *q = with_monitor(&path, &fd);

    if (q) {
        put(fd, "change vnc password\r");
        expect(fd, "\r\nPassword: ");
        close(fd);
        fd = client(path);
        expect(fd, "(qemu) ");
        put(fd, "info status\r");
        expect(fd, "VM status: running");
    }
    without_monitor(q, path, fd);
}

static void completes(int fd, const char *typed, const char *want)
{
    put(fd, typed);
    expect(fd, want);
    put(fd, "\x15"); /* ^U */
    expect(fd, "\r(qemu) \x1b[K");
}

static void test_completion(void)
{
    char *path;
    int fd = -1;
    struct qtest *q = with_monitor(&path, &fd);

    if (q) {
        completes(fd, "info st\t!", "info status !");
        completes(fd, "help info st\t!", "help info status !");
        completes(fd, "? system_p\t!", "? system_powerdown !");
        completes(fd, "sendkey ctrl-al\t\t", "ctrl-alt    ctrl-alt_r  ");
        completes(fd, "mouse_\t", "mouse_button  mouse_move    mouse_set");
        completes(fd, "screendump /pro\t!", "screendump /proc/!");
        completes(fd, "netdev_add hub\t!", "netdev_add hubport !");
        put(fd, "netdev_add null,id=cable1\r");
        expect(fd, "\n(qemu) ");
        put(fd, "device_add rtl8139,netdev=cable1,id=card1\r");
        expect(fd, "\n(qemu) ");
        completes(fd, "set_link ca\t\t", "cable1  card1");
        completes(fd, "set_link card1 o\t\t", "off  on");
        completes(fd, "netdev_del c\t!", "netdev_del cable1 !");
        completes(fd, "device_del c\t!", "device_del card1 !");
        completes(fd, "device_add rtl\t!", "device_add rtl8139 !");
    }
    without_monitor(q, path, fd);
}

static void test_help(void)
{
    struct qtest *q = qtest_start("-m 16");
    g_autofree char *all = NULL;
    g_auto(GStrv) lines = NULL;

    if (!q) {
        return;
    }
    has(q, "help stop", "stop|s  -- ");
    has(q, "help set_link", "set_link name on|off -- ");
    has(q, "help info status", "info status  -- ");
    has(q, "? stop now", "stop|s  -- ");
    has(q, "help nothing", "unknown command: 'nothing'");
    has(q, "device_add help", "name \"rtl8139\", bus PCI");
    has(q, "device_add rtl8139,help", "rtl8139 options:\r\n  addr=<int32> ");
    has(q, "netdev_add help", "Available netdev backend types:\r\n");
    has(q, "info qom-tree", "/machine (pc-machine)\r\n  /peripheral (container)\r\n");
    all = qtest_hmp(q, "help");
    lines = g_strsplit(all, "\r\n", -1);
    for (char **l = lines; l[0] && l[1] && *l[1]; l++) {
        g_assert_cmpstr(l[0], <, l[1]);
    }
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hmp/disk", test_disk);
    g_test_add_func("/hmp/password", test_password);
    g_test_add_func("/hmp/password-left", test_password_left);
    g_test_add_func("/hmp/completion", test_completion);
    g_test_add_func("/hmp/help", test_help);
    return g_test_run();
}
