/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people see in their monitor, and what stands behind it. */
#include "tests/qtest/libqtest.h"

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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hmp/disk", test_disk);
    return g_test_run();
}
