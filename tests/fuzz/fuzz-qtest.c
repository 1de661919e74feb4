/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The qtest protocol as a stream of bytes, cut anywhere. No devices: RAM, lines, a clock. */
#include "accel/qtest/qtest.h"
#include "tests/fuzz/board.h"

static struct line *line;
static struct region ram_region;
static struct accel *a;
static bool stalled;

static void take(void *opaque)
{
    uint8_t buf[4096];

    (void)opaque;
    while (!stalled && line_take(line, buf, sizeof(buf)) > 0) {
    }
}

static const struct line_host_ops line_ops = {.pending = take};

static void start(void)
{
    static const struct accel_config cfg = {.cpus = 1, .irqchip = IRQCHIP_ON};
    static struct irq_line gsi[ACCEL_GSIS];
    struct accel_host host = {0};

    loop_init();
    space_reader_register();
    fuzz.ports = host.ports = space_new_ports();
    fuzz.mem = host.mem = space_new_memory();
    fuzz.clock = clock_new(true);
    ram_region = (struct region){.name = "ram",
                                 .kind = REGION_RAM,
                                 .ram = ram_block_new("ram", 1 << 20, NULL),
                                 .size = 1 << 20,
                                 .prio = PRIO_FIXED};
    for (unsigned i = 0; i < ACCEL_GSIS; i++) {
        irq_line_init(&gsi[i], NULL, NULL, i);
    }
    line = line_new("qtest");
    line_host_attach(line, &line_ops, NULL);
    a = accel_qtest.create(&cfg, NULL);
    if (!a || !space_map(fuzz.mem, &ram_region, 0, NULL) || !accel_qtest.start(a, &host, NULL) ||
        !qtest_attach(a, line, "none", fuzz.clock, gsi, NULL)) {
        fuzz_fail("qtest", "does not start");
    }
    line_host_event(line, LINE_OPENED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t cut = len ? data[0] + 1u : 1;

    if (!line) {
        start();
    }
    stalled = len > 1 && data[1] == '!';
    while (len) {
        uint32_t n = line_deliver(line, data, (uint32_t)MIN(len, cut));

        data += n;
        len -= n;
        fuzz_loop();
        stalled = stalled && n != 0;
        take(NULL);
    }
    stalled = false;
    take(NULL);
    line_host_event(line, LINE_CLOSED); /* drops half a line */
    fuzz_loop();
    line_host_event(line, LINE_OPENED);
    fuzz_loop();
    return 0;
}
