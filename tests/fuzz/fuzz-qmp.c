/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QMP session as a stream of bytes, cut anywhere, on a machine with a board and no CPU. It has no
 * display adapter either: screendump then refuses before it opens the file that the input names.
 */
#include "core/keyval.h"
#include "monitor/monitor.h"
#include "system/machine.h"
#include "tests/fuzz/board.h"

#include <sys/mman.h>
#include <unistd.h>

extern const struct qmp_module qmp_module;

static struct line *line;
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
    line = line_new("qmp");
    line_host_attach(line, &line_ops, NULL);
    if (!qmp_module.attach(m, line, &error)) {
        fuzz_fail("qmp", error->message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char hello[] = "{\"execute\":\"qmp_capabilities\"}";
    size_t cut;

    if (!line) {
        start();
    }
    if (len < 2) {
        return 0;
    }
    line_host_event(line, LINE_OPENED);
    if (data[0] & 0x80) {
        line_deliver(line, (const uint8_t *)hello, sizeof(hello) - 1);
    }
    stalled = data[1] & 1;
    cut = (data[0] & 0x7f) + 1u;
    for (data += 2, len -= 2; len;) {
        uint32_t n = line_deliver(line, data, (uint32_t)MIN(len, cut));

        data += n;
        len -= n;
        fuzz_loop();
        stalled = stalled && n != 0;
    }
    stalled = false;
    take(NULL);
    line_host_event(line, LINE_CLOSED);
    fuzz_loop();
    return 0;
}
