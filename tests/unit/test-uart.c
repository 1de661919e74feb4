/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 16550A, debug console and debug exit against the datasheet. */
#include "core/power.h"
#include "hw/char/debug_exit.h"
#include "hw/char/debugcon.h"
#include "hw/char/serial.h"
#include "tests/unit/stub-board.h"

const struct device_class *const device_classes[] = {&serial_class, &debugcon_class,
                                                     &debug_exit_class, NULL};

#define COM1 0x3f8
enum { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR };

struct fixture {
    struct stub *b;
    struct serial *d;
    struct line *line;
};

static const struct line_host_ops host_ops = {.pending = NULL};

static void up(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    f->b = stub_new(0);
    f->line = line_new("com");
    line_host_attach(f->line, &host_ops, NULL);
    f->d = serial_new(&f->b->board, 0, f->line, NULL);
    g_assert_nonnull(f->d);
    device_reset(&f->d->dev);
}

static void down(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(device_check(&f->d->dev));
    stub_free(f->b);
    line_free_all();
}

static uint8_t in(struct fixture *f, unsigned reg)
{
    uint8_t v = stub_inb(f->b, (uint16_t)(COM1 + reg));

    g_assert_null(device_check(&f->d->dev));
    return v;
}

static void out(struct fixture *f, unsigned reg, uint8_t v)
{
    stub_outb(f->b, (uint16_t)(COM1 + reg), v);
    g_assert_null(device_check(&f->d->dev));
}

static void feed(struct fixture *f, const char *s)
{
    g_assert_cmpuint(line_deliver(f->line, (const uint8_t *)s, (uint32_t)strlen(s)), ==, strlen(s));
}

static bool irq(struct fixture *f)
{
    return f->b->level[4];
}

static void test_reset_values(struct fixture *f, gconstpointer u)
{
    (void)u;
    g_assert_cmphex(in(f, IER), ==, 0);
    g_assert_cmphex(in(f, IIR), ==, 0x01);
    g_assert_cmphex(in(f, LCR), ==, 0);
    g_assert_cmphex(in(f, MCR), ==, 0);
    g_assert_cmphex(in(f, LSR), ==, 0x60);
    g_assert_cmphex(in(f, MSR), ==, 0xb0);
    g_assert_false(irq(f));
    out(f, SCR, 0x5a);
    g_assert_cmphex(in(f, SCR), ==, 0x5a);
    out(f, LCR, 0x80);
    g_assert_cmphex(in(f, 0) | in(f, 1) << 8, ==, 12);
    out(f, 0, 0x34);
    out(f, 1, 0x12);
    g_assert_cmphex(in(f, 0) | in(f, 1) << 8, ==, 0x1234);
    out(f, LCR, 0x03);
    out(f, IER, 0xff);
    g_assert_cmphex(in(f, IER), ==, 0x0f);
    out(f, MCR, 0xff);
    g_assert_cmphex(in(f, MCR), ==, 0x1f);
}

static void test_transmit(struct fixture *f, gconstpointer u)
{
    uint8_t buf[8];

    (void)u;
    out(f, RBR, 'h');
    out(f, RBR, 'i');
    g_assert_cmphex(in(f, LSR), ==, 0x60);
    g_assert_cmpuint(line_take(f->line, buf, 8), ==, 2);
    g_assert_cmpmem(buf, 2, "hi", 2);
}

static void test_thre_interrupt(struct fixture *f, gconstpointer u)
{
    unsigned edges;

    (void)u;
    out(f, IER, 2);
    g_assert_false(irq(f)); /* OUT2 gates it */
    out(f, MCR, 8);
    g_assert_true(irq(f));
    g_assert_cmphex(in(f, IIR), ==, 0x02);
    g_assert_false(irq(f)); /* reading IIR as the source clears it */
    g_assert_cmphex(in(f, IIR), ==, 0x01);
    out(f, RBR, 'a');
    g_assert_true(irq(f));
    edges = f->b->raised[4];
    out(f, RBR, 'b'); /* a handler that does not read IIR still sees an edge */
    g_assert_cmpuint(f->b->raised[4], ==, edges + 1);
    in(f, IIR);
    out(f, IER, 0);
    out(f, IER, 2); /* enabling it again with THRE set: Linux probes this */
    g_assert_cmphex(in(f, IIR), ==, 0x02);
}

static void fill_line(struct fixture *f)
{
    uint8_t junk[4096] = {0};

    while (line_write(f->line, junk, sizeof(junk))) {
    }
}

static void test_back_pressure(struct fixture *f, gconstpointer u)
{
    static uint8_t all[LINE_QUEUE];

    (void)u;
    out(f, IIR, 0x01);
    out(f, IER, 2);
    in(f, IIR);
    fill_line(f);
    for (int i = 0; i < 20; i++) { /* four are too many */
        out(f, RBR, (uint8_t)('A' + i));
        g_assert_cmphex(in(f, LSR) & 0x60, ==, 0);
        g_assert_cmphex(in(f, IIR), ==, 0xc1);
    }
    g_assert_cmpuint(line_take(f->line, all, LINE_QUEUE), ==, LINE_QUEUE);
    while (loop_iterate(false)) {
    }
    g_assert_cmphex(in(f, LSR), ==, 0x60);
    g_assert_cmphex(in(f, IIR), ==, 0xc2);
    g_assert_cmpuint(line_take(f->line, all, LINE_QUEUE), ==, 16);
    g_assert_cmpmem(all, 16, "ABCDEFGHIJKLMNOP", 16);

    fill_line(f); /* the timer tries again, too: for a state that was loaded */
    out(f, RBR, 'x');
    line_take(f->line, all, LINE_QUEUE);
    clock_step(f->b->board.clock, 11 * NS_PER_MS);
    g_assert_cmphex(in(f, LSR), ==, 0x60);
    g_assert_cmpuint(line_take(f->line, all, LINE_QUEUE), ==, 1);

    out(f, IIR, 0);
    fill_line(f); /* without FIFO the holding register is overwritten */
    out(f, RBR, '1');
    out(f, RBR, '2');
    line_take(f->line, all, LINE_QUEUE);
    clock_step(f->b->board.clock, 11 * NS_PER_MS);
    g_assert_cmpuint(line_take(f->line, all, LINE_QUEUE), ==, 1);
    g_assert_cmphex(all[0], ==, '2');
}

static void test_rep_outs(struct fixture *f, gconstpointer u)
{
    char text[] = "the quick brown fox";
    uint8_t buf[64];

    (void)u;
    space_access(f->b->board.ports, COM1, 1, 19, true, text);
    g_assert_cmpuint(line_take(f->line, buf, 64), ==, 19);
    g_assert_cmpmem(buf, 19, text, 19);
    out(f, MCR, 0x10);
    out(f, LCR, 3);
    out(f, IIR, 1);
    space_access(f->b->board.ports, COM1, 1, 16, true, text);
    g_assert_cmpuint(line_queued(f->line), ==, 0);
    memset(buf, 0, sizeof(buf));
    space_access(f->b->board.ports, COM1, 1, 16, false, buf);
    g_assert_cmpmem(buf, 16, text, 16);
    g_assert_cmphex(in(f, LSR), ==, 0x60);
}

static void test_receive_8250(struct fixture *f, gconstpointer u)
{
    (void)u;
    out(f, IER, 1);
    out(f, MCR, 8);
    g_assert_cmpuint(line_room(f->line), ==, 1);
    feed(f, "x");
    g_assert_cmpuint(line_room(f->line), ==, 0);
    g_assert_true(irq(f));
    g_assert_cmphex(in(f, IIR), ==, 0x04);
    g_assert_cmphex(in(f, LSR), ==, 0x61);
    g_assert_cmphex(in(f, RBR), ==, 'x');
    g_assert_false(irq(f));
    g_assert_cmphex(in(f, LSR), ==, 0x60);
    g_assert_cmphex(in(f, RBR), ==, 'x'); /* the register keeps it */
}

static void test_trigger(struct fixture *f, gconstpointer u)
{
    static const uint8_t level[4] = {1, 4, 8, 14};

    (void)u;
    out(f, MCR, 8);
    out(f, IER, 1);
    for (unsigned t = 0; t < 4; t++) {
        out(f, IIR, (uint8_t)(t << 6 | 3));
        for (unsigned i = 1; i <= 16; i++) {
            feed(f, "q");
            g_assert_cmpint(irq(f), ==, i >= level[t]);
        }
        g_assert_cmpuint(line_room(f->line), ==, 0);
        g_assert_cmphex(in(f, IIR), ==, 0xc4);
        for (unsigned i = 16; i > 0; i--) {
            g_assert_cmpint(irq(f), ==, i >= level[t]);
            in(f, RBR);
        }
        g_assert_false(irq(f));
    }
}

static void test_timeout(struct fixture *f, gconstpointer u)
{
    struct clock *c = f->b->board.clock;

    (void)u;
    out(f, LCR, 0x83);
    out(f, 0, 1);
    out(f, LCR, 0x03); /* 115200 8N1: a character is 86.8 us */
    out(f, MCR, 8);
    out(f, IER, 1);
    out(f, IIR, 0xc1);
    feed(f, "ab");
    clock_step(c, 300000);
    g_assert_false(irq(f));
    feed(f, "c"); /* starts it again */
    clock_step(c, 300000);
    g_assert_false(irq(f));
    clock_step(c, 50000);
    g_assert_true(irq(f));
    g_assert_cmphex(in(f, IIR), ==, 0xcc);
    g_assert_cmphex(in(f, RBR), ==, 'a'); /* one read clears it, and starts it again */
    g_assert_false(irq(f));
    clock_step(c, 400000);
    g_assert_cmphex(in(f, IIR), ==, 0xcc);
    in(f, RBR);
    in(f, RBR);
    clock_step(c, 10000000);
    g_assert_false(irq(f));
    feed(f, "z");
    out(f, IIR, 0); /* FIFO off: cleared, no timeout left */
    clock_step(c, 10000000);
    g_assert_cmphex(in(f, LSR), ==, 0x60);
}

static void test_priority(struct fixture *f, gconstpointer u)
{
    (void)u;
    out(f, MCR, 0x08);
    out(f, IER, 0x0f);
    out(f, MCR, 0x1b); /* looped back: RTS, DTR, OUT2; RI falls nowhere */
    out(f, MCR, 0x18); /* CTS and DSR change */
    out(f, RBR, 'x');
    out(f, RBR, 'y'); /* overrun */
    g_assert_cmphex(in(f, IIR), ==, 0x06);
    g_assert_cmphex(in(f, LSR), ==, 0x63);
    g_assert_cmphex(in(f, IIR), ==, 0x04);
    g_assert_cmphex(in(f, RBR), ==, 'y' & 0x1f); /* five bits: LCR is 0 */
    g_assert_cmphex(in(f, IIR), ==, 0x02);
    g_assert_cmphex(in(f, IIR), ==, 0x00);
    in(f, MSR);
    g_assert_cmphex(in(f, IIR), ==, 0x01);
}

static void test_loopback(struct fixture *f, gconstpointer u)
{
    static const uint8_t to_msr[4] = {0x20, 0x10, 0x40, 0x80};

    (void)u;
    out(f, LCR, 3);
    out(f, MCR, 0x10);
    in(f, MSR);
    for (unsigned i = 0; i < 4; i++) {
        out(f, MCR, (uint8_t)(0x10 | 1 << i));
        g_assert_cmphex(in(f, MSR) & 0xf0, ==, to_msr[i]);
    }
    out(f, MCR, 0x14);
    in(f, MSR);
    out(f, MCR, 0x10);
    g_assert_cmphex(in(f, MSR), ==, 0x04); /* TERI only on the trailing edge */
    out(f, MCR, 0x14);
    g_assert_cmphex(in(f, MSR), ==, 0x40);
    g_assert_cmpuint(line_room(f->line), ==, 0); /* SIN is cut off */
    for (unsigned v = 0; v < 256; v++) {
        out(f, RBR, (uint8_t)v);
        g_assert_cmphex(in(f, RBR), ==, v);
    }
    g_assert_cmpuint(line_queued(f->line), ==, 0);
    out(f, IIR, 1); /* overrun with FIFO: the first 16 stay */
    for (unsigned v = 0; v < 20; v++) {
        out(f, RBR, (uint8_t)v);
    }
    g_assert_cmphex(in(f, LSR), ==, 0x63);
    for (unsigned v = 0; v < 16; v++) {
        g_assert_cmphex(in(f, RBR), ==, v);
    }
    g_assert_cmphex(in(f, LSR), ==, 0x60);
    out(f, LCR, 0x43); /* a break is looped back as one character */
    g_assert_cmphex(in(f, LSR), ==, 0xf9);
    g_assert_cmphex(in(f, LSR), ==, 0x61);
    g_assert_cmphex(in(f, RBR), ==, 0);
}

static void test_break(struct fixture *f, gconstpointer u)
{
    (void)u;
    out(f, IIR, 1);
    out(f, IER, 4);
    out(f, MCR, 8);
    feed(f, "a");
    line_host_event(f->line, LINE_BREAK);
    feed(f, "b");
    g_assert_cmphex(in(f, LSR), ==, 0xe1); /* in the FIFO, not yet on top */
    g_assert_false(irq(f));
    g_assert_cmphex(in(f, RBR), ==, 'a');
    g_assert_true(irq(f));
    g_assert_cmphex(in(f, IIR), ==, 0xc6);
    g_assert_cmphex(in(f, LSR), ==, 0xf9);
    g_assert_false(irq(f));
    g_assert_cmphex(in(f, LSR), ==, 0x61);
    g_assert_cmphex(in(f, RBR), ==, 0);
    g_assert_cmphex(in(f, RBR), ==, 'b');
}

static void test_modem(struct fixture *f, gconstpointer u)
{
    (void)u;
    g_assert_cmphex(in(f, MSR), ==, 0xb0);
    line_host_modem(f->line, LINE_CTS | LINE_RI);
    g_assert_cmphex(in(f, MSR), ==, 0x5a); /* DSR and DCD changed; RI rose: no delta */
    g_assert_cmphex(in(f, MSR), ==, 0x50);
    line_host_modem(f->line, LINE_CTS);
    g_assert_cmphex(in(f, MSR), ==, 0x14);
}

static void test_divisors(struct fixture *f, gconstpointer u)
{
    (void)u;
    out(f, IIR, 1);
    for (unsigned div = 0; div < 65536; div++) { /* CVE-2016-8669 */
        stub_outb(f->b, COM1 + LCR, (uint8_t)(0x80 | (div & 0x7f)));
        stub_outb(f->b, COM1, (uint8_t)div);
        stub_outb(f->b, COM1 + 1, (uint8_t)(div >> 8));
        stub_outb(f->b, COM1 + LCR, (uint8_t)(div & 0x7f));
        feed(f, "x");
        g_assert_cmpuint(f->d->s.timeout_at, >, clock_now(f->b->board.clock));
        g_assert_cmpuint(f->d->s.timeout_at, <, clock_now(f->b->board.clock) + 60 * NS_PER_SEC);
        stub_inb(f->b, COM1);
    }
}

static void test_state(struct fixture *f, gconstpointer u)
{
    g_autoptr(GByteArray) one = g_byte_array_new(), two = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    struct serial_state good;

    (void)u;
    g_assert_cmpuint(state_layout_gap(serial_class.state), ==, SIZE_MAX);
    out(f, IIR, 0x81);
    out(f, IER, 0x0f);
    out(f, MCR, 0x0b);
    feed(f, "hello");
    device_save(&f->d->dev, one);
    device_reset(&f->d->dev);
    g_assert_false(irq(f));
    g_assert_true(device_load(&f->d->dev, one->data, one->len, &error));
    g_assert_true(irq(f));
    device_save(&f->d->dev, two);
    g_assert_cmpmem(one->data, one->len, two->data, two->len);
    g_assert_cmphex(in(f, RBR), ==, 'h');

    good = f->d->s;
#define REFUSED(change, field)                                                                     \
    f->d->s = good;                                                                                \
    f->d->s.change;                                                                                \
    g_assert_cmpstr(device_check(&f->d->dev), ==, field)
    REFUSED(rx.h.len = 17, "rx");
    REFUSED(rx.h.head = 16, "rx");
    REFUSED(tx.h.len = 0xffffffff, "tx");
    REFUSED(breaks = 0x8000, "breaks");
    REFUSED(fcr = 0x03, "fcr");
    REFUSED(ier = 0x10, "ier");
    REFUSED(mcr = 0x20, "mcr");
    REFUSED(errors = 0x01, "errors");
    REFUSED(thre_int = 2, "thre_int");
    REFUSED(timeout_int = 2, "timeout_int");
    REFUSED(retry_at = 5, "retry_at");
    REFUSED(pad[1] = 1, "pad");
    f->d->s = good;
}

static void test_ports(struct fixture *f, gconstpointer u)
{
    struct device *d;
    g_autoptr(GError) error = NULL;

    (void)u;
    d = device_new(&serial_class, "x"); /* the next free one */
    g_assert_true(device_realize(d, &f->b->board, NULL));
    g_assert_nonnull(space_port_region(f->b->board.ports, 0x2ff));
    d = device_new(&serial_class, "y");
    g_assert_true(device_set(d, "iobase", "0x3e8", NULL));
    g_assert_true(device_set(d, "irq", "10", NULL));
    g_assert_true(device_realize(d, &f->b->board, NULL));
    stub_outb(f->b, 0x3ec, 8);
    stub_outb(f->b, 0x3e9, 2);
    g_assert_true(f->b->level[10]);
    g_assert_null(serial_new(&f->b->board, 2, NULL, &error)); /* taken */
    g_assert_nonnull(error);
    g_clear_error(&error);
    g_assert_null(serial_new(&f->b->board, 3, f->line, &error)); /* so is the line */
    g_assert_nonnull(strstr(error->message, "chardev=com"));
    device_free(d);
    g_assert_false(f->b->level[10]);
    for (int i = 0; i < 1000; i++) { /* CVE-2017-5579 */
        g_assert_nonnull(serial_new(&f->b->board, 2, NULL, NULL));
        device_free(g_ptr_array_index(device_list(), device_list()->len - 1));
    }
}

static void test_random(struct fixture *f, gconstpointer u)
{
    (void)u;
    for (int i = 0; i < 200000; i++) {
        int what = g_test_rand_int_range(0, 20);
        unsigned reg = (unsigned)g_test_rand_int_range(0, 8);
        uint8_t byte = (uint8_t)g_test_rand_int();

        if (what < 9) {
            out(f, reg, byte);
        } else if (what < 17) {
            in(f, reg);
        } else if (what == 17) {
            line_deliver(f->line, &byte, 1);
        } else if (what == 18) {
            clock_step(f->b->board.clock, (uint64_t)byte * 10000);
        } else {
            line_host_event(f->line, LINE_BREAK);
        }
        g_assert_null(device_check(&f->d->dev));
    }
}

static int exit_code = -1;

static void on_power(void *opaque, enum power_request what, int code)
{
    (void)opaque;
    g_assert_cmpint(what, ==, POWER_EXIT);
    exit_code = code;
}

static void test_debug_ports(struct fixture *f, gconstpointer u)
{
    struct line *l = line_new("dbg");
    struct device *d = device_new(&debug_exit_class, NULL);
    char text[] = "rep outs";
    uint8_t buf[32];

    (void)u;
    line_host_attach(l, &host_ops, NULL);
    g_assert_nonnull(debugcon_new(&f->b->board, 0x402, l, NULL));
    g_assert_nonnull(debugcon_new(&f->b->board, 0xe9, NULL, NULL));
    g_assert_cmphex(stub_inb(f->b, 0x402), ==, 0xe9);
    stub_outb(f->b, 0x402, '!');
    space_access(f->b->board.ports, 0x402, 1, 8, true, text);
    stub_outb(f->b, 0xe9, '!');
    g_assert_cmpuint(line_take(l, buf, 32), ==, 9);
    g_assert_cmpmem(buf, 9, "!rep outs", 9);

    g_assert_true(device_realize(d, &f->b->board, NULL));
    power_listen(on_power, NULL);
    stub_outb(f->b, 0x501, 0x10);
    g_assert_cmpint(exit_code, ==, 0x21);
    space_write(f->b->board.ports, 0x501, 2, 0x1234);
    g_assert_cmpint(exit_code, ==, 0x2469);
    g_assert_cmphex(stub_inb(f->b, 0x502), ==, 0);
    power_listen(NULL, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/uart/" #name, struct fixture, NULL, up, test_##name, down)
    ADD(reset_values);
    ADD(transmit);
    ADD(thre_interrupt);
    ADD(back_pressure);
    ADD(rep_outs);
    ADD(receive_8250);
    ADD(trigger);
    ADD(timeout);
    ADD(priority);
    ADD(loopback);
    ADD(break);
    ADD(modem);
    ADD(divisors);
    ADD(state);
    ADD(ports);
    ADD(random);
    ADD(debug_ports);
    return g_test_run();
}
