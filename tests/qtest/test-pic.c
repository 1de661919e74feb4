/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 8259A pair: initialisation, priorities, poll mode, EOI, edge and level (ELCR). */
#include "tests/qtest/libqtest.h"

/* As every BIOS and kernel does it. */
static void init(struct qtest *q, uint8_t icw1)
{
    qtest_outb(q, 0x20, icw1);
    qtest_outb(q, 0x21, 0x08);
    qtest_outb(q, 0x21, 0x04);
    qtest_outb(q, 0x21, 0x01);
    qtest_outb(q, 0xa0, icw1);
    qtest_outb(q, 0xa1, 0x70);
    qtest_outb(q, 0xa1, 0x02);
    qtest_outb(q, 0xa1, 0x01);
}

static uint8_t irr(struct qtest *q, uint16_t base)
{
    qtest_outb(q, base, 0x0a);
    return qtest_inb(q, base);
}

static uint8_t isr(struct qtest *q, uint16_t base)
{
    qtest_outb(q, base, 0x0b);
    return qtest_inb(q, base);
}

static uint8_t poll(struct qtest *q, uint16_t base)
{
    qtest_outb(q, base, 0x0c);
    return qtest_inb(q, base);
}

/* IRQ 0: a one-shot that has run out. */
static void raise_irq0(struct qtest *q)
{
    qtest_outb(q, 0x43, 0x30);
    qtest_outb(q, 0x40, 0x10);
    qtest_outb(q, 0x40, 0x00);
    qtest_clock_step(q, 1000000);
}

static void lower_irq0(struct qtest *q)
{
    qtest_outb(q, 0x43, 0x30); /* mode 0 pulls OUT low and waits for a count */
}

/* IRQ 8: the periodic interrupt of the clock, not acknowledged. */
static void raise_irq8(struct qtest *q)
{
    qtest_outb(q, 0x70, 0x0a);
    qtest_outb(q, 0x71, 0x26);
    qtest_outb(q, 0x70, 0x0c);
    qtest_inb(q, 0x71);
    qtest_outb(q, 0x70, 0x0b);
    qtest_outb(q, 0x71, 0x42);
    qtest_clock_step(q, 20000000);
}

static void lower_irq8(struct qtest *q)
{
    qtest_outb(q, 0x70, 0x0b);
    qtest_outb(q, 0x71, 0x02);
    qtest_outb(q, 0x70, 0x0c);
    qtest_inb(q, 0x71);
}

static void test_mask(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    init(q, 0x11);
    g_assert_cmphex(qtest_inb(q, 0x21), ==, 0); /* ICW1 clears the mask */
    qtest_outb(q, 0x21, 0xfb);
    qtest_outb(q, 0xa1, 0x5a);
    g_assert_cmphex(qtest_inb(q, 0x21), ==, 0xfb);
    g_assert_cmphex(qtest_inb(q, 0xa1), ==, 0x5a);
    /* Linux looks whether there is a PIC: writes one pattern, reads it back */
    qtest_outb(q, 0xa1, 0xff);
    qtest_outb(q, 0x21, 0xef);
    g_assert_cmphex(qtest_inb(q, 0x21), ==, 0xef);
    init(q, 0x11);
    g_assert_cmphex(isr(q, 0x20), ==, 0);
    g_assert_cmphex(isr(q, 0xa0), ==, 0);
    qtest_quit(q);
}

static void test_elcr(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_outb(q, 0x4d0, 0xff);
    qtest_outb(q, 0x4d1, 0xff);
    g_assert_cmphex(qtest_inb(q, 0x4d0), ==, 0xf8); /* 0, 1, 2 are edges for ever */
    g_assert_cmphex(qtest_inb(q, 0x4d1), ==, 0xde); /* 8 and 13 too */
    qtest_outb(q, 0x4d0, 0x00);
    qtest_outb(q, 0x4d1, 0x0c);
    g_assert_cmphex(qtest_inb(q, 0x4d0), ==, 0x00);
    g_assert_cmphex(qtest_inb(q, 0x4d1), ==, 0x0c);
    qtest_quit(q);
}

static void test_poll_and_eoi(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    init(q, 0x11);
    raise_irq0(q);
    g_assert_cmphex(irr(q, 0x20) & 1, ==, 1);
    g_assert_cmphex(poll(q, 0x20), ==, 0x80);
    g_assert_cmphex(isr(q, 0x20), ==, 0x01);
    g_assert_cmphex(irr(q, 0x20) & 1, ==, 0); /* an edge is spent by the acknowledge */
    g_assert_cmphex(poll(q, 0x20) & 0x80, ==, 0);
    qtest_outb(q, 0x20, 0x20); /* non-specific EOI */
    g_assert_cmphex(isr(q, 0x20), ==, 0);
    /* still high: no new edge; low and high again: one */
    g_assert_cmphex(poll(q, 0x20) & 0x80, ==, 0);
    lower_irq0(q);
    raise_irq0(q);
    g_assert_cmphex(poll(q, 0x20), ==, 0x80);
    qtest_outb(q, 0x20, 0x60); /* specific EOI */
    g_assert_cmphex(isr(q, 0x20), ==, 0);
    qtest_quit(q);
}

/* The slave's request is IRQ 2 of the master; both must be ended. */
static void test_cascade(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    init(q, 0x11);
    qtest_outb(q, 0x21, 0xfb);
    qtest_outb(q, 0xa1, 0xfe);
    raise_irq8(q);
    g_assert_cmphex(irr(q, 0xa0) & 1, ==, 1);
    g_assert_cmphex(irr(q, 0x20) & 4, ==, 4);
    g_assert_cmphex(poll(q, 0x20), ==, 0x82);
    g_assert_cmphex(poll(q, 0xa0), ==, 0x80);
    g_assert_cmphex(isr(q, 0x20), ==, 0x04);
    g_assert_cmphex(isr(q, 0xa0), ==, 0x01);
    qtest_outb(q, 0xa0, 0x20);
    qtest_outb(q, 0x20, 0x20);
    g_assert_cmphex(isr(q, 0x20) | isr(q, 0xa0), ==, 0);
    lower_irq8(q);
    /* masked: a request, and no interrupt */
    qtest_outb(q, 0xa1, 0xff);
    raise_irq8(q);
    g_assert_cmphex(irr(q, 0xa0) & 1, ==, 1);
    g_assert_cmphex(poll(q, 0xa0) & 0x80, ==, 0);
    g_assert_cmphex(irr(q, 0x20) & 4, ==, 0);
    lower_irq8(q);
    qtest_quit(q);
}

/* IRQ 0 before the cascade; with rotation the other way round. */
static void test_priority(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    init(q, 0x11);
    qtest_outb(q, 0x21, 0xfa);
    qtest_outb(q, 0xa1, 0xfe);
    raise_irq8(q);
    raise_irq0(q);
    g_assert_cmphex(poll(q, 0x20), ==, 0x80);
    g_assert_cmphex(poll(q, 0x20) & 0x80, ==, 0); /* nested: 2 is lower than 0 in service */
    qtest_outb(q, 0x20, 0x20);
    g_assert_cmphex(poll(q, 0x20), ==, 0x82);
    g_assert_cmphex(poll(q, 0xa0), ==, 0x80);
    lower_irq0(q);
    raise_irq0(q);
    g_assert_cmphex(poll(q, 0x20), ==, 0x80); /* 0 interrupts 2 */
    qtest_outb(q, 0x20, 0x20);
    qtest_outb(q, 0xa0, 0x20);
    qtest_outb(q, 0x20, 0x20);
    lower_irq8(q);
    lower_irq0(q);
    /* set priority: 0 is the lowest now */
    qtest_outb(q, 0x20, 0xc0);
    raise_irq0(q);
    raise_irq8(q);
    g_assert_cmphex(poll(q, 0x20), ==, 0x82);
    qtest_outb(q, 0x20, 0x62);
    poll(q, 0xa0);
    qtest_outb(q, 0xa0, 0x20);
    g_assert_cmphex(poll(q, 0x20), ==, 0x80);
    qtest_outb(q, 0x20, 0x20);
    qtest_quit(q);
}

/* Special mask mode lets lower requests through while a masked one is in service. */
static void test_special_mask(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    init(q, 0x11);
    qtest_outb(q, 0x21, 0xfa);
    qtest_outb(q, 0xa1, 0xfe);
    raise_irq0(q);
    g_assert_cmphex(poll(q, 0x20), ==, 0x80);
    raise_irq8(q);
    g_assert_cmphex(poll(q, 0x20) & 0x80, ==, 0);
    qtest_outb(q, 0x20, 0x68);
    qtest_outb(q, 0x21, 0xfb);
    g_assert_cmphex(poll(q, 0x20), ==, 0x82);
    qtest_outb(q, 0x20, 0x48);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pic/mask", test_mask);
    g_test_add_func("/pic/elcr", test_elcr);
    g_test_add_func("/pic/poll-and-eoi", test_poll_and_eoi);
    g_test_add_func("/pic/cascade", test_cascade);
    g_test_add_func("/pic/priority", test_priority);
    g_test_add_func("/pic/special-mask", test_special_mask);
    return g_test_run();
}
