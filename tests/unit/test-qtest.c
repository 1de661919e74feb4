/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The qtest protocol, in process: answers as QEMU gives them, and bad input of every kind. */
#include "accel/qtest/qtest.h"
#include "core/link.h"
#include "tests/unit/stub-board.h"

#include <string.h>

const struct device_class *const device_classes[] = {NULL};
const struct accel_ops accel_kvm = {.name = "kvm"};

struct world {
    struct stub *stub;
    struct accel *accel;
    struct line *line;
    struct timer timer;
    GString *got;
    bool stalled; /* the peer does not read */
};

static void take(struct world *w)
{
    uint8_t buf[4096];
    uint32_t n;

    while (!w->stalled && (n = line_take(w->line, buf, sizeof(buf))) > 0) {
        g_string_append_len(w->got, (char *)buf, n);
    }
}

static void pending(void *opaque)
{
    take(opaque);
}

static const struct line_host_ops host_ops = {.pending = pending};

static void fired(void *opaque)
{
    irq_set(opaque, true);
}

static struct irq_pin pin;

static struct world *world_new(void)
{
    static const struct accel_config cfg = {.cpus = 1, .irqchip = IRQCHIP_ON};
    struct world *w = g_new0(struct world, 1);
    struct accel_host host = {0};
    GError *error = NULL;

    w->stub = stub_new(1 << 20);
    w->line = line_new("qtest");
    line_host_attach(w->line, &host_ops, w);
    w->got = g_string_new(NULL);
    w->accel = accel_qtest.create(&cfg, &error);
    g_assert_no_error(error);
    host.ports = w->stub->board.ports;
    host.mem = w->stub->board.mem;
    g_assert_true(accel_qtest.start(w->accel, &host, &error));
    g_assert_true(
        qtest_attach(w->accel, w->line, "none", w->stub->board.clock, w->stub->board.gsi, &error));
    g_assert_no_error(error);
    irq_pin_init(&pin, &w->stub->board.gsi[8]);
    timer_init(&w->timer, w->stub->board.clock, NULL, fired, &pin);
    return w;
}

static void world_free(struct world *w)
{
    timer_cancel(&w->timer);
    accel_qtest.destroy(w->accel);
    while (loop_iterate(false)) {
    }
    line_free_all();
    stub_free(w->stub);
    g_string_free(w->got, TRUE);
    g_free(w);
}

static void pump(struct world *w)
{
    for (int i = 0; i < 4 || loop_iterate(false); i++) {
        loop_iterate(false);
        take(w);
    }
}

static void feed(struct world *w, const char *text, size_t len)
{
    while (len) {
        uint32_t n = line_deliver(w->line, (const uint8_t *)text, (uint32_t)MIN(len, 65536));

        text += n;
        len -= n;
        if (n == 0) {
            return;
        }
    }
}

static const char *ask(struct world *w, const char *text)
{
    g_string_truncate(w->got, 0);
    feed(w, text, strlen(text));
    feed(w, "\n", 1);
    pump(w);
    return w->got->str;
}

static void test_answers(void)
{
    static const struct {
        const char *ask, *answer;
    } table[] = {
        {"inb 0x70", "OK 0x00ff\n"},
        {"inw 0x70", "OK 0xffff\n"},
        {"inl 0x70", "OK 0xffffffff\n"},
        {"  inb  112  foo", "OK 0x00ff\n"},
        {"outb 0x80 1", "OK\n"},
        {"outl 0x80 0x1ffffffff", "OK\n"},
        {"readb 0x1000", "OK 0x0000000000000000\n"},
        {"writeb 0x1000 0x1ff", "OK\n"},
        {"readw 0x1000", "OK 0x00000000000000ff\n"},
        {"writeq 0x1000 0x1122334455667788", "OK\n"},
        {"readq 0x1000", "OK 0x1122334455667788\n"},
        {"readl 0x1001", "OK 0x0000000044556677\n"},
        {"read 0x1000 8", "OK 0x8877665544332211\n"},
        {"read 0x1000 0x4", "OK 0x88776655\n"},
        {"write 0x1000 4 0xaabbccdd", "OK\n"},
        {"read 0x1000 8", "OK 0xaabbccdd44332211\n"},
        {"write 0x1000 4 0xaa", "OK\n"},
        {"read 0x1000 8", "OK 0xaa00000044332211\n"},
        {"write 0x1000 0 0x", "ERR invalid argument size\n"},
        {"memset 0x1000 4 0x5a", "OK\n"},
        {"memset 0x1000 0 1", "OK\n"},
        {"memset 0x1000 4 0x1ff", "OK\n"},
        {"b64read 0x1000 8", "OK /////0QzIhE=\n"},
        {"b64write 0x1000 3 AQID", "OK\n"},
        {"b64read 0x1000 3", "OK AQID\n"},
        {"b64write 0x1000 2 //8AAA==", "OK\n"},
        {"read 0x1000 4", "OK 0xffff03ff\n"},
        {"endianness", "OK little\n"},
        {"bogus a b", "FAIL Unknown command 'bogus'\n"},
        {"big_endian", "FAIL Unknown command 'big_endian'\n"},
        {"INB 0x70", "FAIL Unknown command 'INB'\n"},
        {"irq_intercept_in nosuch", "FAIL Unknown device\n"},
        {"irq_intercept_in /machine/unattached/ioapic", "OK\n"},
        {"irq_intercept_in ioapic", "OK\n"},
        {"irq_intercept_out ioapic", "OK\n"},
        {"set_irq_in ioapic unnamed-gpio-in 1 1", "IRQ raise 1\nOK\n"},
        {"set_irq_in ioapic unnamed-gpio-in 1 1", "OK\n"},
        {"set_irq_in ioapic unnamed-gpio-in 1 0", "IRQ lower 1\nOK\n"},
    };
    struct world *w = world_new();

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_test_message("%s", table[i].ask);
        g_assert_cmpstr(ask(w, table[i].ask), ==, table[i].answer);
    }
    world_free(w);
}

static void test_clock(void)
{
    struct world *w = world_new();

    g_assert_cmpstr(ask(w, "clock_step"), ==, "OK 0\n");
    g_assert_cmpstr(ask(w, "clock_step 1000"), ==, "OK 1000\n");
    g_assert_cmpstr(ask(w, "irq_intercept_in ioapic"), ==, "OK\n");
    timer_arm(&w->timer, 5000000);
    g_assert_cmpstr(ask(w, "clock_step"), ==, "IRQ raise 8\nOK 5000000\n");
    g_assert_cmpstr(ask(w, "clock_step"), ==, "OK 5000000\n");
    g_assert_cmpstr(ask(w, "clock_set 5000000000"), ==, "OK 5000000000\n");
    g_assert_cmpstr(ask(w, "clock_set 1"), ==, "OK 5000000000\n");
    g_assert_cmpstr(ask(w, "clock_step -5"), ==, "ERR invalid argument time\n");
    g_assert_cmpstr(ask(w, "clock_step 99999999999999999999"), ==, "ERR invalid argument time\n");
    g_assert_cmpstr(ask(w, "clock_set 18446744073709551615"), ==, "ERR invalid argument time\n");
    irq_set(&pin, false);
    world_free(w);
}

struct nic {
    uint8_t frame[64];
    uint32_t len;
};

static bool nic_receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    struct nic *n = opaque;

    memcpy(n->frame, frame, MIN(len, sizeof(n->frame)));
    n->len = len;
    return true;
}

/* What comes to the board from outside, for replays of traces. */
static void test_host(void)
{
    static const struct link_guest_ops nic_ops = {.receive = nic_receive};
    struct world *w = world_new();
    struct link *l = link_new("net7");
    struct nic nic = {.len = 0};

    g_assert_true(link_attach(l, NULL, &nic_ops, &nic));
    g_assert_cmpstr(ask(w, "host frame net7 0x0102fe"), ==, "OK\n");
    g_assert_cmpmem(nic.frame, nic.len, "\x01\x02\xfe", 3);
    g_assert_cmpstr(ask(w, "host frame net8 0x0102fe"), ==, "FAIL not taken\n");
    g_assert_cmpstr(ask(w, "host frame net7 0x0"), ==, "FAIL not taken\n");
    g_assert_cmpstr(ask(w, "host frame net7 0x0g"), ==, "FAIL not taken\n");
    g_assert_cmpstr(ask(w, "host frame net7 0102"), ==, "FAIL not taken\n");
    g_assert_cmpstr(ask(w, "host bytes none 0x41"), ==, "FAIL not taken\n");
    g_assert_cmpstr(ask(w, "host bytes qtest 0x41"), ==, "FAIL not taken\n"); /* itself */
    g_assert_cmpstr(ask(w, "host key 0x1c 1"), ==, "OK\n");
    g_assert_cmpstr(ask(w, "host key 0x1001c 1"), ==, "FAIL not taken\n");
    g_assert_cmpstr(ask(w, "host motion 1 0xffffffff 0"), ==, "OK\n");
    g_assert_cmpstr(ask(w, "host motion 1 -1 0"), ==, "FAIL not taken\n");
    g_assert_cmpstr(ask(w, "host buttons 0"), ==, "OK\n");
    g_assert_cmpstr(ask(w, "host regs 1 0x2 3 4 5 0xfedcba9876543210"), ==, "OK\n");
    g_assert_cmpstr(ask(w, "host regs"), ==,
                    "OK 0x0000000000000001 0x0000000000000002 0x0000000000000003 "
                    "0x0000000000000004 0x0000000000000005 0xfedcba9876543210\n");
    g_assert_cmpstr(ask(w, "host regs 1 2 3 4 5 x"), ==, "FAIL not taken\n");
    g_assert_true(g_str_has_prefix(ask(w, "host regs 1"), "ERR"));
    g_assert_cmpstr(ask(w, "host reset"), ==, "OK\n");
    g_assert_true(g_str_has_prefix(ask(w, "host"), "ERR"));
    g_assert_true(g_str_has_prefix(ask(w, "host frame"), "ERR"));
    g_assert_true(g_str_has_prefix(ask(w, "host reset now"), "ERR"));
    link_detach(l);
    link_free(l);
    world_free(w);
}

static void test_bad(void)
{
    static const char *const table[] = {
        "",
        " ",
        "inb",
        "inb zz",
        "inb 0x70zz",
        "inb -1",
        "inb 0x10000",
        "inb 0x70\r",
        "outb 0x80",
        "outb",
        "outb 0x80 x",
        "readb",
        "readq 0x1ffffffffffffffff",
        "writel 0",
        "read 0x1000",
        "read 0x1000 0",
        "read 0x1000 -1",
        "read 0 0x10000000000",
        "read 0 0x100001",
        "read 0xffffffffffffffff 2",
        "write 0x1000",
        "write 0x1000 4",
        "write 0x1000 4 aabbccdd",
        "write 0x1000 2 0xzzyy",
        "write 0x1000 2 0xaab",
        "write 0 0xffffffffffffffff 0x00",
        "memset 0x1000 4",
        "memset 0 0x100001 1",
        "memset 0xffffffffffffff00 0x1000 1",
        "b64write 0x1000 4",
        "b64write 0x1000 4 !!!!",
        "b64write 0x1000 4 AQI",
        "b64write 0x1000 4 A===",
        "b64read 0 0x7fffffffffffffff",
        "irq_intercept_in",
        "irq_intercept_out",
        "clock_set",
        "clock_set abc",
        "set_irq_in",
        "set_irq_in ioapic",
        "set_irq_in ioapic unnamed-gpio-in",
        "set_irq_in ioapic unnamed-gpio-in 24 1",
        "set_irq_in ioapic unnamed-gpio-in 1",
    };
    struct world *w = world_new();

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_test_message("%s", table[i]);
        g_assert_true(g_str_has_prefix(ask(w, table[i]), "ERR "));
        g_assert_cmpint(w->got->str[w->got->len - 1], ==, '\n');
        g_assert_cmpstr(ask(w, "readb 0x1000"), ==, "OK 0x0000000000000000\n");
    }
    world_free(w);
}

/* A line of many megabytes without an end is dropped, and the next one is heard. */
static void test_long(void)
{
    g_autofree char *big = g_malloc(1 << 20);
    struct world *w = world_new();

    memset(big, 'a', 1 << 20);
    for (int i = 0; i < 20; i++) {
        feed(w, big, 1 << 20);
    }
    g_assert_cmpstr(ask(w, ""), ==, "ERR line too long\n");
    g_assert_cmpstr(ask(w, "endianness"), ==, "OK little\n");
    memcpy(big, "write 0x0 0x70000 0x", 20);
    big[20 + 0x70000 * 2] = 0;
    g_assert_cmpstr(ask(w, big), ==, "OK\n");
    g_assert_cmpstr(ask(w, "read 0x6fffe 4"), ==, "OK 0xaaaa0000\n");
    world_free(w);
}

/* A peer that asks and does not read: no more than a few answers are made; none is lost. */
static void test_stall(void)
{
    struct world *w = world_new();
    unsigned sent = 0;
    size_t lines = 0;

    w->stalled = true;
    while (sent < 1000) {
        static const char cmd[] = "read 0 0x10000\n";

        if (line_room(w->line) < sizeof(cmd)) {
            break;
        }
        feed(w, cmd, sizeof(cmd) - 1);
        sent++;
    }
    g_assert_cmpuint(sent, <, 4);
    w->stalled = false;
    pump(w);
    for (size_t i = 0; i < w->got->len; i++) {
        lines += w->got->str[i] == '\n';
    }
    g_assert_cmpuint(lines, ==, sent);
    g_assert_cmpuint(w->got->len, ==, sent * (0x20000 + 6));
    world_free(w);
}

/* Random bytes and random mutations of commands. */
static void test_noise(void)
{
    static const char *const seeds[] = {"inb 0x70\n",
                                        "outl 0x80 0x12\n",
                                        "read 0x10 0x10\n",
                                        "write 0x10 4 0xaabb\n",
                                        "memset 0 100 7\n",
                                        "b64write 0 4 AQID\n",
                                        "clock_step 10\n",
                                        "clock_set 99999\n",
                                        "set_irq_in ioapic unnamed-gpio-in 3 1\n",
                                        "irq_intercept_in ioapic\n"};
    struct world *w = world_new();
    GRand *r = g_rand_new_with_seed(4711);

    for (int i = 0; i < 20000; i++) {
        g_autofree char *s = g_strdup(seeds[g_rand_int_range(r, 0, G_N_ELEMENTS(seeds))]);
        size_t len = strlen(s);

        for (int k = g_rand_int_range(r, 0, 4); k > 0; k--) {
            s[g_rand_int_range(r, 0, (gint32)len)] = (char)g_rand_int_range(r, 0, 256);
        }
        feed(w, s, len);
        if (i % 64 == 0) {
            pump(w);
            g_string_truncate(w->got, 0);
        }
    }
    pump(w);
    feed(w, "\n", 1);
    pump(w);
    g_assert_cmpstr(ask(w, "endianness"), ==, "OK little\n");
    g_rand_free(r);
    world_free(w);
}

static void test_attach_errors(void)
{
    struct world *w = world_new();
    g_autoptr(GError) error = NULL;

    g_assert_false(
        qtest_attach(w->accel, w->line, "none", w->stub->board.clock, w->stub->board.gsi, &error));
    g_assert_nonnull(strstr(error->message, "only once"));
    g_clear_error(&error);
    qtest_detach(w->accel);
    g_assert_false(qtest_attach(w->accel, w->line, "/no/such/dir", w->stub->board.clock,
                                w->stub->board.gsi, &error));
    g_assert_nonnull(strstr(error->message, "/no/such/dir"));
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qtest/answers", test_answers);
    g_test_add_func("/qtest/clock", test_clock);
    g_test_add_func("/qtest/host", test_host);
    g_test_add_func("/qtest/bad-input", test_bad);
    g_test_add_func("/qtest/long-lines", test_long);
    g_test_add_func("/qtest/stalled-peer", test_stall);
    g_test_add_func("/qtest/noise", test_noise);
    g_test_add_func("/qtest/attach-errors", test_attach_errors);
    return g_test_run();
}
