/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket as libvirt and scripts use it, and as nobody should. */
#include "tests/qtest/libqtest.h"

#include <string.h>

static void expect(struct qtest *q, const char *command, const char *part)
{
    g_autofree char *got = qtest_qmp(q, "%s", command);

    if (!qtest_json_has(got, part)) {
        g_error("%s was answered %s, which lacks %s", command, got, part);
    }
}

static void test_negotiation(void)
{
    struct qtest *q = qtest_start_raw("-m 16");
    g_autofree char *greeting = NULL;

    if (!q) {
        return;
    }
    greeting = qtest_qmp_receive(q);
    g_assert_true(qtest_json_has(greeting, "'QMP':{"));
    g_assert_true(qtest_json_has(greeting, "'version':"));
    g_assert_true(qtest_json_has(greeting, "'capabilities':["));
    expect(q, "{'execute':'query-status'}", "'class':'CommandNotFound'");
    expect(q, "{'execute':'qmp_capabilities'}", "{'return':{}");
    expect(q, "{'execute':'qmp_capabilities'}", "'class':'CommandNotFound'");
    expect(q, "{'execute':'query-status'}", "'running':true");
    qtest_quit(q);
}

static void test_errors(void)
{
    struct qtest *q = qtest_start("-m 16");
    g_autofree char *got = NULL;

    if (!q) {
        return;
    }
    expect(q, "{'execute':'no-such-command'}", "'class':'CommandNotFound'");
    expect(q, "{'execute':'no-such-command','id':'x7'}", "'id':'x7'");
    expect(q, "{'execute':'query-status','id':[1,{'a':null}]}", "'id':[1,{'a':null}]");
    expect(q, "{'exec':'query-status'}", "'class':'GenericError'");
    expect(q, "{'execute':5}", "'class':'GenericError'");
    expect(q, "{'execute':'query-status','arguments':[]}", "'class':'GenericError'");
    expect(q, "{'execute':'query-status','arguments':{'x':1}}", "'class':'GenericError'");
    expect(q, "[]", "'class':'GenericError'");
    expect(q, "{'execute':'query-status'}", "'running':true");
    /* not JSON at all; what follows is understood */
    qtest_qmp_send(q, "{\"execute\" @@ }\n", 16);
    got = qtest_qmp_receive(q);
    g_assert_true(qtest_json_has(got, "'error':"));
    do {
        g_free(got);
        got = qtest_qmp(q, "{'execute':'query-status'}");
    } while (qtest_json_has(got, "'error':"));
    g_assert_true(qtest_json_has(got, "'running':true"));
    qtest_quit(q);
}

/* One object in many pieces, many in one piece. */
static void test_framing(void)
{
    static const char two[] =
        "{\"execute\":\"query-status\",\"id\":1}{\"execute\":\"query-status\",\"id\":2}\n";
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    for (size_t i = 0; i < sizeof(two) - 1; i++) {
        qtest_qmp_send(q, two + i, 1);
    }
    for (int id = 1; id <= 2; id++) {
        g_autofree char *got = qtest_qmp_receive(q);
        g_autofree char *want = g_strdup_printf("'id':%d", id);

        g_assert_true(qtest_json_has(got, want));
    }
    qtest_quit(q);
}

static void test_queries(void)
{
    static const char *const names[] = {"query-version",   "query-commands", "query-status",
                                        "query-cpus-fast", "query-block",    "query-pci"};
    static const char *const more[] = {"query-kvm",        "query-chardev", "query-name",
                                       "query-blockstats", "query-mice",    "query-uuid"};
    struct qtest *q = qtest_start("-m 16 -name parity -uuid 12345678-1234-1234-1234-123456789abc");

    if (!q) {
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        qtest_qmp_ok(q, "{'execute':'%s'}", names[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++) {
        if (qtest_has_command(q, more[i])) {
            qtest_qmp_ok(q, "{'execute':'%s'}", more[i]);
        } else {
            g_test_message("not in this program: %s", more[i]);
        }
    }
    expect(q, "{'execute':'query-pci'}", "'vendor':32902");
    expect(q, "{'execute':'query-commands'}", "'name':'system_reset'");
    qtest_quit(q);
}

/* Each access of a test is an exit; reset: later answers do not have it. */
static void test_latency(void)
{
    static const char *const want[] = {
        "'device':'mc146818rtc','exits':3,'accesses':3,'coalesced':0,",
        ("'device':'mc146818rtc','range':'rtc','space':'io','base':112,'size':2,'mapped':true,"
         "'exits':3,"),
        "'range':'openbus','space':'none','exits':1,"};
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    if (!qtest_has_command(q, "query-latency")) {
        g_test_skip("the program has no query-latency");
        qtest_quit(q);
        return;
    }
    qtest_outb(q, 0x70, 0x0f);
    qtest_inb(q, 0x71);
    qtest_inb(q, 0x71);
    qtest_inb(q, 0x9999);
    for (int round = 0; round < 2; round++) {
        g_autofree char *got = qtest_qmp(q, "{'execute':'query-latency','arguments':{'reset':%s}}",
                                         round ? "true" : "false");

        for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
            g_assert_true(qtest_json_has(got, want[i]));
        }
        g_assert_true(qtest_json_has(got, "'cpus':[{'cpu-index':0,"));
    }
    expect(q, "{'execute':'query-latency'}", "'device':'mc146818rtc','exits':0,'accesses':0,");
    qtest_inb(q, 0x71);
    {
        g_autofree char *text = qtest_hmp(q, "info latency -r");

        g_assert_nonnull(strstr(text, "CPU 0: 1 exits;"));
        g_assert_nonnull(strstr(text, "rtc                    0070-0071"));
        g_assert_null(strstr(text, "open bus"));
    }
    {
        g_autofree char *text = qtest_hmp(q, "info latency");

        g_assert_null(strstr(text, "rtc"));
    }
    qtest_quit(q);
}

static void test_run_state(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_qmp_ok(q, "{'execute':'stop'}");
    g_free(qtest_qmp_event(q, "STOP"));
    expect(q, "{'execute':'query-status'}", "'status':'paused'");
    qtest_qmp_ok(q, "{'execute':'stop'}"); /* again: nothing, and no error */
    qtest_qmp_ok(q, "{'execute':'cont'}");
    g_free(qtest_qmp_event(q, "RESUME"));
    expect(q, "{'execute':'query-status'}", "'status':'running'");
    qtest_outb(q, 0x21, 0x5a);
    qtest_qmp_ok(q, "{'execute':'system_reset'}");
    g_free(qtest_qmp_event(q, "RESET"));
    g_assert_cmphex(qtest_inb(q, 0x21), ==, 0);
    qtest_quit(q);
}

static void test_memory(void)
{
    struct qtest *q = qtest_start("-m 16");
    g_autofree char *path = NULL;
    g_autofree char *data = NULL;
    g_autofree char *got = NULL;
    gsize len = 0;

    if (!q) {
        return;
    }
    if (!qtest_has_command(q, "pmemsave")) {
        g_test_skip("the program has no pmemsave");
        qtest_quit(q);
        return;
    }
    path = qtest_path(q, "mem.bin");
    qtest_memset(q, 0x10000, 0x5a, 0x1000);
    qtest_qmp_ok(q, "{'execute':'pmemsave','arguments':{'val':65536,'size':4096,'filename':'%s'}}",
                 path);
    g_assert_true(g_file_get_contents(path, &data, &len, NULL));
    g_assert_cmpuint(len, ==, 4096);
    for (gsize i = 0; i < len; i++) {
        g_assert_cmphex((uint8_t)data[i], ==, 0x5a);
    }
    got = qtest_qmp(q, "{'execute':'pmemsave','arguments':{'val':0,'size':4096,'filename':"
                       "'/no/such/dir/x'}}");
    g_assert_true(qtest_json_has(got, "'error':"));
    qtest_quit(q);
}

static void test_hmp(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    if (!qtest_has_command(q, "human-monitor-command")) {
        g_test_skip("the program has no human-monitor-command");
        qtest_quit(q);
        return;
    }
    {
        g_autofree char *status = qtest_hmp(q, "info status");
        g_autofree char *pci = qtest_hmp(q, "info pci");
        g_autofree char *odd = qtest_hmp(q, "frobnicate the guest");
        g_autofree char *mem = qtest_hmp(q, "xp /1xw 0x1000");

        g_assert_nonnull(strstr(status, "VM status: running"));
        g_assert_nonnull(strstr(pci, "8086:1237"));
        g_assert_nonnull(strstr(odd, "unknown command"));
        g_assert_nonnull(strstr(mem, "0x00000000"));
    }
    qtest_quit(q);
}

static void test_quit(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_qmp_ok(q, "{'execute':'quit'}");
    qtest_wait_exit(q, 0);
}

/* Megabytes of rubbish, deep nesting: errors, and a program that still answers qtest. */
static void test_flood(void)
{
    struct qtest *q = qtest_start("-m 16");
    g_autofree char *deep = g_strnfill(100000, '[');

    if (!q) {
        return;
    }
    qtest_qmp_send(q, deep, 100000);
    qtest_qmp_send(q, "\n", 1);
    qtest_outb(q, 0x21, 0x3c);
    g_assert_cmphex(qtest_inb(q, 0x21), ==, 0x3c);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qmp/negotiation", test_negotiation);
    g_test_add_func("/qmp/errors", test_errors);
    g_test_add_func("/qmp/framing", test_framing);
    g_test_add_func("/qmp/queries", test_queries);
    g_test_add_func("/qmp/latency", test_latency);
    g_test_add_func("/qmp/run-state", test_run_state);
    g_test_add_func("/qmp/memory", test_memory);
    g_test_add_func("/qmp/hmp", test_hmp);
    g_test_add_func("/qmp/quit", test_quit);
    g_test_add_func("/qmp/flood", test_flood);
    return g_test_run();
}
