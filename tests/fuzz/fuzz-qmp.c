/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QMP or HMP session as a stream of bytes, cut anywhere, on a machine with a board and no CPU. Some
 * commands write to a file that the input names: while one runs, no descriptor is free to open it.
 */
#include "core/keyval.h"
#include "monitor/monitor.h"
#include "system/machine.h"
#include "tests/fuzz/board.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define FDS 256

extern const struct qmp_module qmp_module;

static struct line *qmp_line, *hmp_line, *line;
static bool stalled;

static void take(void *opaque)
{
    uint8_t buf[4096];

    (void)opaque;
    while (!stalled && line_take(line, buf, sizeof(buf)) > 0) {
    }
}

static const struct line_host_ops line_ops = {.pending = take};

/* A firmware file of nothing, with a name. */
static char *blank_bios(void)
{
    int fd = memfd_create("bios", 0);

    if (fd < 0 || ftruncate(fd, 65536) < 0) {
        fuzz_fail("memfd", strerror(errno));
    }
    return g_strdup_printf("/proc/self/fd/%d", fd);
}

static void start(void)
{
    static struct options o;
    char *argv[] = {(char[]){"vmx-dm"},
                    (char[]){"-accel"},
                    (char[]){"qtest"},
                    (char[]){"-display"},
                    (char[]){"none"},
                    (char[]){"-nodefaults"},
                    (char[]){"-m"},
                    (char[]){"2"},
                    (char[]){"-bios"},
                    blank_bios(),
                    NULL};
    GError *error = NULL;
    struct machine *m;

    loop_init();
    space_reader_register();
    if (options_parse(&o, G_N_ELEMENTS(argv) - 1, argv, &error) != OPTIONS_RUN) {
        fuzz_fail("options", error ? error->message : "not run");
    }
    m = machine_new(&o, &error);
    if (!m) {
        fuzz_fail("machine", error->message);
    }
    qmp_line = line_new("qmp");
    hmp_line = line_new("hmp");
    line_host_attach(qmp_line, &line_ops, NULL);
    line_host_attach(hmp_line, &line_ops, NULL);
    if (!qmp_module.attach(m, qmp_line, MONITOR_CONTROL, &error) ||
        !qmp_module.attach(m, hmp_line, MONITOR_READLINE, &error)) {
        fuzz_fail("qmp", error->message);
    }
    while (dup(0) < FDS - 1) { /* all below the limit are taken */
    }
}

/* No open() between true and false: it fails before it looks at the name. */
static void lock_files(bool lock)
{
    static struct rlimit before;
    struct rlimit now;

    if (lock) {
        getrlimit(RLIMIT_NOFILE, &before);
    }
    now = before;
    if (lock) {
        now.rlim_cur = FDS;
    }
    if (setrlimit(RLIMIT_NOFILE, &now) < 0) {
        fuzz_fail("setrlimit", strerror(errno));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char hello[] = "{\"execute\":\"qmp_capabilities\"}";
    size_t cut;

    if (!qmp_line) {
        start();
    }
    if (len < 2) {
        return 0;
    }
    line = data[1] & 2 ? hmp_line : qmp_line;
    lock_files(true);
    line_host_event(line, LINE_OPENED);
    if ((data[0] & 0x80) && line == qmp_line) {
        line_deliver(line, (const uint8_t *)hello, sizeof(hello) - 1);
    }
    stalled = data[1] & 1;
    cut = (data[0] & 0x7f) + 1u;
    for (data += 2, len -= 2; len;) {
        uint32_t n = line_deliver(line, data, (uint32_t)MIN(len, cut));

        data += n;
        len -= n;
        fuzz_loop();
        if (stalled && n == 0) { /* it waits for us to read */
            stalled = false;
            take(NULL);
        }
    }
    stalled = false;
    take(NULL);
    line_host_event(line, LINE_CLOSED);
    fuzz_loop();
    lock_files(false);
    return 0;
}
