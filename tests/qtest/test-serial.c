/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 16550A at COM1, as a BIOS, a driver's probe and a console use it. */
#include "tests/qtest/libqtest.h"

#include <string.h>

#define COM1 0x3f8
#define RBR (COM1 + 0)
#define IER (COM1 + 1)
#define IIR (COM1 + 2)
#define LCR (COM1 + 3)
#define MCR (COM1 + 4)
#define LSR (COM1 + 5)
#define MSR (COM1 + 6)
#define SCR (COM1 + 7)

#define LSR_DR 0x01
#define LSR_OE 0x02
#define LSR_THRE 0x20
#define LSR_TEMT 0x40

static struct qtest *begin(void)
{
    struct qtest *q =
        qtest_start("-m 16 -chardev file,id=s0,path=@DIR@/serial.txt -serial chardev:s0");

    if (q) {
        /* 115200 8N1 */
        qtest_outb(q, LCR, 0x80);
        qtest_outb(q, RBR, 1);
        qtest_outb(q, IER, 0);
        qtest_outb(q, LCR, 0x03);
    }
    return q;
}

/* Step time until a condition on LSR. */
static void wait_lsr(struct qtest *q, uint8_t bits)
{
    for (int i = 0; (qtest_inb(q, LSR) & bits) != bits; i++) {
        g_assert_cmpint(i, <, 1000);
        qtest_clock_step(q, 100000);
    }
}

static void test_registers(void)
{
    struct qtest *q = begin();

    if (!q) {
        return;
    }
    qtest_outb(q, SCR, 0xa5);
    g_assert_cmphex(qtest_inb(q, SCR), ==, 0xa5);
    qtest_outb(q, LCR, 0x9b);
    qtest_outb(q, RBR, 0x34);
    qtest_outb(q, IER, 0x12);
    g_assert_cmphex(qtest_inb(q, RBR), ==, 0x34);
    g_assert_cmphex(qtest_inb(q, IER), ==, 0x12);
    qtest_outb(q, LCR, 0x1b);
    g_assert_cmphex(qtest_inb(q, LCR), ==, 0x1b);
    g_assert_cmphex(qtest_inb(q, IER), ==, 0);
    qtest_outb(q, IER, 0xff);
    g_assert_cmphex(qtest_inb(q, IER), ==, 0x0f);
    qtest_outb(q, IER, 0);
    qtest_outb(q, MCR, 0xff);
    g_assert_cmphex(qtest_inb(q, MCR), ==, 0x1f);
    qtest_outb(q, MCR, 0);
    g_assert_cmphex(qtest_inb(q, LSR), ==, LSR_THRE | LSR_TEMT);
    qtest_quit(q);
}

/* What Linux and FreeBSD do to tell an 8250, 16450, 16550 and 16550A apart. */
static void test_probe(void)
{
    struct qtest *q = begin();

    if (!q) {
        return;
    }
    g_assert_cmphex(qtest_inb(q, IIR) & 0xc0, ==, 0);
    qtest_outb(q, IIR, 0x01);
    g_assert_cmphex(qtest_inb(q, IIR) & 0xc0, ==, 0xc0);
    qtest_outb(q, IIR, 0x00);
    g_assert_cmphex(qtest_inb(q, IIR) & 0xc0, ==, 0);
    /* the loopback test of autoconfig: DTR RTS OUT1 OUT2 appear as DSR CTS RI DCD */
    qtest_outb(q, MCR, 0x1a);
    g_assert_cmphex(qtest_inb(q, MSR) & 0xf0, ==, 0x90);
    qtest_outb(q, MCR, 0x1f);
    g_assert_cmphex(qtest_inb(q, MSR) & 0xf0, ==, 0xf0);
    qtest_outb(q, MCR, 0x10);
    g_assert_cmphex(qtest_inb(q, MSR) & 0xf0, ==, 0x00);
    qtest_quit(q);
}

static void test_transmit(void)
{
    static const char text[] = "Hello, serial world!\r\n";
    struct qtest *q = begin();
    g_autofree char *path = NULL;
    g_autofree char *got = NULL;

    if (!q) {
        return;
    }
    path = qtest_path(q, "serial.txt");
    for (const char *p = text; *p; p++) {
        wait_lsr(q, LSR_THRE);
        qtest_outb(q, RBR, (uint8_t)*p);
    }
    wait_lsr(q, LSR_THRE | LSR_TEMT);
    for (int i = 0; i < 60000; i++) {
        g_clear_pointer(&got, g_free);
        g_assert_true(g_file_get_contents(path, &got, NULL, NULL));
        if (strcmp(got, text) == 0) {
            break;
        }
        qtest_clock_step(q, 1000000);
        g_usleep(1000);
    }
    g_assert_cmpstr(got, ==, text);
    qtest_quit(q);
}

static void test_loopback(void)
{
    struct qtest *q = begin();

    if (!q) {
        return;
    }
    qtest_outb(q, IIR, 0x07);
    qtest_outb(q, MCR, 0x10);
    for (unsigned i = 0; i < 8; i++) {
        wait_lsr(q, LSR_THRE);
        qtest_outb(q, RBR, (uint8_t)(0xc0 + i));
    }
    wait_lsr(q, LSR_THRE | LSR_TEMT | LSR_DR);
    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmphex(qtest_inb(q, LSR) & LSR_DR, ==, LSR_DR);
        g_assert_cmphex(qtest_inb(q, RBR), ==, 0xc0 + i);
    }
    g_assert_cmphex(qtest_inb(q, LSR) & LSR_DR, ==, 0);
    qtest_quit(q);
}

/* Without the FIFO a second byte overruns the first; reading LSR clears that it did. */
static void test_overrun(void)
{
    struct qtest *q = begin();

    if (!q) {
        return;
    }
    qtest_outb(q, MCR, 0x10);
    qtest_outb(q, RBR, 0x41);
    qtest_clock_step(q, 10000000);
    g_assert_cmphex(qtest_inb(q, LSR) & (LSR_DR | LSR_OE), ==, LSR_DR);
    qtest_outb(q, RBR, 0x42);
    qtest_clock_step(q, 10000000);
    g_assert_cmphex(qtest_inb(q, LSR) & (LSR_DR | LSR_OE), ==, LSR_DR | LSR_OE);
    g_assert_cmphex(qtest_inb(q, LSR) & (LSR_DR | LSR_OE), ==, LSR_DR);
    g_assert_cmphex(qtest_inb(q, RBR), ==, 0x42);
    qtest_quit(q);
}

static void test_interrupts(void)
{
    struct qtest *q = begin();

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    qtest_outb(q, MCR, 0x0b); /* OUT2 lets interrupts out */
    g_assert_cmphex(qtest_inb(q, IIR) & 0x0f, ==, 0x01);
    qtest_outb(q, IER, 0x02); /* THRE: at once, the register is empty */
    g_assert_true(qtest_irq(q, 4));
    g_assert_cmphex(qtest_inb(q, IIR) & 0x0f, ==, 0x02);
    g_assert_false(qtest_irq(q, 4)); /* reading IIR takes it back */
    g_assert_cmphex(qtest_inb(q, IIR) & 0x0f, ==, 0x01);
    qtest_outb(q, RBR, 'x');
    qtest_irq_wait(q, 4, 50);
    g_assert_cmphex(qtest_inb(q, IIR) & 0x0f, ==, 0x02);
    qtest_outb(q, IER, 0x01);
    g_assert_false(qtest_irq(q, 4));
    qtest_quit(q);
}

/* Four bytes under a trigger level of 8: the character timeout of the FIFO tells of them. */
static void test_fifo_timeout(void)
{
    struct qtest *q = begin();

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    qtest_outb(q, IIR, 0x87);
    qtest_outb(q, MCR, 0x18);
    qtest_outb(q, IER, 0x01);
    for (unsigned i = 0; i < 4; i++) {
        wait_lsr(q, LSR_THRE);
        qtest_outb(q, RBR, (uint8_t)i);
    }
    wait_lsr(q, LSR_TEMT | LSR_DR);
    for (int i = 0; (qtest_inb(q, IIR) & 0x0f) != 0x0c; i++) {
        g_assert_cmpint(i, <, 100);
        qtest_clock_step(q, 1000000);
    }
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmphex(qtest_inb(q, RBR), ==, i);
    }
    g_assert_cmphex(qtest_inb(q, IIR) & 0x0f, ==, 0x01);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/serial/registers", test_registers);
    g_test_add_func("/serial/probe", test_probe);
    g_test_add_func("/serial/transmit", test_transmit);
    g_test_add_func("/serial/loopback", test_loopback);
    g_test_add_func("/serial/overrun", test_overrun);
    g_test_add_func("/serial/interrupts", test_interrupts);
    g_test_add_func("/serial/fifo-timeout", test_fifo_timeout);
    return g_test_run();
}
