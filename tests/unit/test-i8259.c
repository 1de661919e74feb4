/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interrupt controllers against the 8259A datasheet. */
#include "hw/intc/i8259.h"
#include "tests/unit/chip-test.h"

const struct device_class *const device_classes[] = {&i8259_class, NULL};

static struct stub *s;
static struct i8259 *pic;
static bool intr;

static void on_intr(void *opaque, unsigned n, bool level)
{
    g_assert_true(opaque == &intr);
    g_assert_cmpuint(n, ==, 0);
    g_assert_true(level != intr);
    intr = level;
}

static void init_pics(uint8_t icw4_master, uint8_t icw4_slave)
{
    static const uint8_t m[] = {0x11, 0x08, 0x04};
    static const uint8_t v[] = {0x11, 0x70, 0x02};

    for (unsigned i = 0; i < 3; i++) {
        stub_outb(s, i ? 0x21 : 0x20, m[i]);
        stub_outb(s, i ? 0xa1 : 0xa0, v[i]);
    }
    stub_outb(s, 0x21, icw4_master);
    stub_outb(s, 0xa1, icw4_slave);
}

static void setup(void)
{
    intr = false;
    s = stub_new(0);
    pic = i8259_new(&s->board, on_intr, &intr, NULL);
    g_assert_nonnull(pic);
    device_reset(&pic->dev);
    init_pics(1, 1);
}

static void teardown(void)
{
    stub_free(s);
}

static void irq(unsigned n, bool level)
{
    i8259_set_irq(pic, n, level);
}

static void pulse(unsigned n)
{
    irq(n, true);
    irq(n, false);
}

static uint8_t irr(uint16_t base)
{
    stub_outb(s, base, 0x0a);
    return stub_inb(s, base);
}

static uint8_t isr(uint16_t base)
{
    stub_outb(s, base, 0x0b);
    return stub_inb(s, base);
}

static void test_registers(void)
{
    setup();
    for (unsigned i = 0; i < 256; i++) {
        stub_outb(s, 0x21, (uint8_t)i);
        stub_outb(s, 0xa1, (uint8_t)~i);
        g_assert_cmphex(stub_inb(s, 0x21), ==, i);
        g_assert_cmphex(stub_inb(s, 0xa1), ==, (uint8_t)~i);
        stub_outb(s, 0x4d0, (uint8_t)i);
        stub_outb(s, 0x4d1, (uint8_t)i);
        g_assert_cmphex(stub_inb(s, 0x4d0), ==, i & 0xf8);
        g_assert_cmphex(stub_inb(s, 0x4d1), ==, i & 0xde);
    }
    g_assert_cmphex(irr(0x20), ==, 0);
    g_assert_cmphex(isr(0xa0), ==, 0);
    teardown();
}

/* ICW1 clears IMR, in-service, latched edges and priority; the number of ICWs follows its bits. */
static void test_init_sequence(void)
{
    setup();
    stub_outb(s, 0x21, 0xff);
    pulse(3);
    stub_outb(s, 0x20, 0xc2); /* lowest priority 2 */
    stub_outb(s, 0x20, 0x12); /* single, no ICW4 */
    g_assert_cmphex(irr(0x20), ==, 0);
    stub_outb(s, 0x21, 0x47); /* ICW2: low bits are not the vector's */
    stub_outb(s, 0x21, 0x5a); /* and this is OCW1 already */
    g_assert_cmphex(stub_inb(s, 0x21), ==, 0x5a);
    stub_outb(s, 0x21, 0);
    irq(5, true);
    irq(0, true);
    g_assert_cmphex(i8259_ack(pic), ==, 0x40);
    stub_outb(s, 0x20, 0x13); /* single with ICW4 */
    stub_outb(s, 0x21, 0x20);
    stub_outb(s, 0x21, 0x03);
    stub_outb(s, 0x21, 0x11);
    g_assert_cmphex(stub_inb(s, 0x21), ==, 0x11);
    g_assert_cmphex(irr(0x20), ==, 0); /* lines that were high need a new edge */
    stub_outb(s, 0x20, 0x10);          /* cascaded, no ICW4 */
    stub_outb(s, 0x21, 0x30);
    stub_outb(s, 0x21, 0x04);
    stub_outb(s, 0x21, 0x77);
    g_assert_cmphex(stub_inb(s, 0x21), ==, 0x77);
    chip_round_trip(&pic->dev);
    teardown();
}

static void test_priority(void)
{
    setup();
    irq(4, true);
    g_assert_true(intr);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0c);
    g_assert_false(intr);
    irq(5, true); /* lower: waits */
    g_assert_false(intr);
    irq(4, false);
    irq(4, true); /* equal: waits */
    g_assert_false(intr);
    irq(1, true); /* higher: nests */
    g_assert_true(intr);
    g_assert_cmphex(i8259_ack(pic), ==, 0x09);
    g_assert_cmphex(isr(0x20), ==, 0x12);
    g_assert_cmphex(irr(0x20), ==, 0x30);
    stub_outb(s, 0x20, 0x20); /* ends 1 */
    g_assert_cmphex(isr(0x20), ==, 0x10);
    g_assert_false(intr);
    stub_outb(s, 0x20, 0x20); /* ends 4 */
    g_assert_cmphex(i8259_ack(pic), ==, 0x0c);
    stub_outb(s, 0x20, 0x64); /* specific */
    g_assert_cmphex(i8259_ack(pic), ==, 0x0d);
    stub_outb(s, 0x20, 0x61); /* of another: nothing */
    g_assert_cmphex(isr(0x20), ==, 0x20);
    stub_outb(s, 0x20, 0x65);
    g_assert_cmphex(isr(0x20), ==, 0);
    stub_outb(s, 0x20, 0x20); /* nothing to end */
    teardown();
}

static void test_mask(void)
{
    setup();
    stub_outb(s, 0x21, 0x08);
    irq(3, true);
    g_assert_false(intr);
    g_assert_cmphex(irr(0x20), ==, 0x08);
    stub_outb(s, 0x21, 0);
    g_assert_true(intr);
    stub_outb(s, 0x21, 0x08); /* the request goes before the CPU takes it */
    g_assert_false(intr);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0f);
    g_assert_cmphex(isr(0x20), ==, 0);
    teardown();
}

static void test_edge_and_level(void)
{
    setup();
    pulse(3); /* an edge stays until it is acknowledged */
    g_assert_cmphex(i8259_ack(pic), ==, 0x0b);
    stub_outb(s, 0x20, 0x20);
    irq(3, true);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0b);
    stub_outb(s, 0x20, 0x20);
    g_assert_false(intr); /* still high, but no new edge */
    irq(3, false);
    stub_outb(s, 0x4d0, 0x20);
    irq(5, true);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0d);
    g_assert_cmphex(irr(0x20), ==, 0x20);
    g_assert_false(intr);
    stub_outb(s, 0x20, 0x20);
    g_assert_true(intr); /* a level asks again */
    irq(5, false);
    g_assert_false(intr); /* and goes by itself */
    g_assert_cmphex(i8259_ack(pic), ==, 0x0f);
    irq(6, true); /* edge latched, then made a level that falls */
    stub_outb(s, 0x4d0, 0x60);
    irq(6, false);
    g_assert_cmphex(irr(0x20), ==, 0);
    irq(6, true);
    stub_outb(s, 0x4d0, 0); /* a level made an edge is no edge */
    g_assert_cmphex(irr(0x20), ==, 0);
    teardown();
}

static void test_cascade(void)
{
    setup();
    irq(12, true);
    g_assert_cmphex(irr(0x20), ==, 0x04);
    g_assert_cmphex(irr(0xa0), ==, 0x10);
    g_assert_cmphex(i8259_ack(pic), ==, 0x74);
    g_assert_cmphex(isr(0x20), ==, 0x04);
    g_assert_cmphex(isr(0xa0), ==, 0x10);
    irq(8, true); /* higher in the slave, but the master's IR2 is in service */
    g_assert_false(intr);
    irq(1, true);
    g_assert_cmphex(i8259_ack(pic), ==, 0x09);
    stub_outb(s, 0x20, 0x20);
    stub_outb(s, 0x20, 0x20); /* master first */
    g_assert_cmphex(i8259_ack(pic), ==, 0x70);
    stub_outb(s, 0xa0, 0x20);
    stub_outb(s, 0x20, 0x20);
    stub_outb(s, 0xa0, 0x20);
    g_assert_cmphex(isr(0xa0), ==, 0);
    irq(9, true);
    irq(10, true); /* two at once: IR2 must see a second edge */
    g_assert_cmphex(i8259_ack(pic), ==, 0x71);
    stub_outb(s, 0xa0, 0x20);
    stub_outb(s, 0x20, 0x20);
    g_assert_true(intr);
    g_assert_cmphex(i8259_ack(pic), ==, 0x72);
    irq(2, true); /* the cascade is no input */
    g_assert_cmphex(irr(0x20) & 4, ==, 0);
    irq(99, true);
    teardown();
}

/* The slave's request goes between INT and INTA: IRQ 15 with nothing in service there. */
static void test_spurious(void)
{
    setup();
    g_assert_cmphex(i8259_ack(pic), ==, 0x0f);
    irq(11, true);
    stub_outb(s, 0xa1, 0x08);
    g_assert_true(intr);
    g_assert_cmphex(i8259_ack(pic), ==, 0x77);
    g_assert_cmphex(isr(0xa0), ==, 0);
    g_assert_cmphex(isr(0x20), ==, 0x04);
    stub_outb(s, 0x20, 0x20);
    g_assert_false(intr);
    irq(7, true); /* the real one has its bit */
    g_assert_cmphex(i8259_ack(pic), ==, 0x0f);
    g_assert_cmphex(isr(0x20), ==, 0x80);
    teardown();
}

static void test_auto_eoi(void)
{
    setup();
    init_pics(3, 3);
    irq(4, true);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0c);
    g_assert_cmphex(isr(0x20), ==, 0);
    irq(13, true);
    g_assert_cmphex(i8259_ack(pic), ==, 0x75);
    g_assert_cmphex(isr(0x20) | isr(0xa0), ==, 0);
    pulse(9);
    pulse(10); /* INT of the slave falls on INTA: the master sees a second edge */
    g_assert_cmphex(i8259_ack(pic), ==, 0x71);
    g_assert_true(intr);
    g_assert_cmphex(i8259_ack(pic), ==, 0x72);
    g_assert_false(intr);
    stub_outb(s, 0x20, 0x80); /* rotate in automatic EOI mode */
    pulse(5);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0d);
    pulse(5);
    pulse(6);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0e); /* 5 is lowest now */
    stub_outb(s, 0x20, 0x00);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0d);
    pulse(6);
    pulse(7);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0f); /* no rotation since: 6 is lowest */
    teardown();
}

static void test_rotation(void)
{
    setup();
    stub_outb(s, 0x20, 0xc4); /* set priority: 4 lowest, so 5 highest */
    pulse(0);
    pulse(4);
    pulse(5);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0d);
    stub_outb(s, 0x20, 0xa0); /* rotate on non-specific EOI: 5 lowest */
    pulse(5);
    g_assert_cmphex(i8259_ack(pic), ==, 0x08);
    stub_outb(s, 0x20, 0xe0); /* rotate on specific EOI of 0: 0 lowest */
    pulse(0);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0c);
    stub_outb(s, 0x20, 0x40); /* no operation */
    stub_outb(s, 0x20, 0x20);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0d);
    stub_outb(s, 0x20, 0x20);
    g_assert_cmphex(i8259_ack(pic), ==, 0x08);
    teardown();
}

static void test_special_mask(void)
{
    setup();
    pulse(2 + 1);
    g_assert_cmphex(i8259_ack(pic), ==, 0x0b);
    pulse(6);
    g_assert_false(intr);
    stub_outb(s, 0x21, 0x08);
    g_assert_false(intr);
    stub_outb(s, 0x20, 0x68); /* special mask: the masked service holds nothing off */
    g_assert_cmphex(i8259_ack(pic), ==, 0x0e);
    stub_outb(s, 0x20, 0x20); /* never ends the masked one */
    g_assert_cmphex(isr(0x20), ==, 0x08);
    stub_outb(s, 0x20, 0x08); /* ESMM 0: stays */
    pulse(6);
    g_assert_true(intr);
    stub_outb(s, 0x20, 0x48); /* ESMM 1, SMM 0 */
    g_assert_false(intr);
    stub_outb(s, 0x20, 0x20);
    g_assert_cmphex(isr(0x20), ==, 0);
    teardown();
}

static void test_poll(void)
{
    setup();
    stub_outb(s, 0x20, 0x0c);
    g_assert_cmphex(stub_inb(s, 0x20), ==, 0);
    irq(10, true);
    stub_outb(s, 0x20, 0x0c);
    g_assert_cmphex(stub_inb(s, 0x20), ==, 0x82);
    g_assert_false(intr);
    stub_outb(s, 0xa0, 0x0c);
    g_assert_cmphex(stub_inb(s, 0xa1), ==, 0x82); /* at either address */
    g_assert_cmphex(isr(0xa0), ==, 0x04);
    g_assert_cmphex(stub_inb(s, 0xa1), ==, 0); /* once */
    g_assert_cmphex(isr(0x20), ==, 0x04);
    teardown();
}

static void test_special_fully_nested(void)
{
    setup();
    init_pics(0x11, 1);
    irq(12, true);
    g_assert_cmphex(i8259_ack(pic), ==, 0x74);
    pulse(3); /* lower than the slave in the master: waits */
    g_assert_false(intr);
    irq(9, true); /* higher in the slave: comes through */
    g_assert_true(intr);
    g_assert_cmphex(i8259_ack(pic), ==, 0x71);
    irq(14, true);
    g_assert_false(intr);
    stub_outb(s, 0xa0, 0x20);
    stub_outb(s, 0xa0, 0x20);
    g_assert_true(intr);
    teardown();
}

static void test_life(void)
{
    setup();
    g_assert_cmpuint(state_layout_gap(i8259_class.state), ==, SIZE_MAX);
    irq(9, true);
    i8259_ack(pic);
    chip_round_trip(&pic->dev);
    chip_reset_twice(&pic->dev);
    g_assert_cmphex(irr(0xa0), ==, 0); /* high, but not an edge */
    for (unsigned i = 0; i < 16; i++) {
        irq(i, i & 1);
    }
    chip_walk(s, &pic->dev, 1, 6000);
    for (unsigned i = 0; i < 5000; i++) {
        irq(i * 7 % 16, i / 3 % 2);
        chip_walk(s, &pic->dev, i, 3);
        if (i % 5 == 0) {
            i8259_ack(pic);
        }
        g_assert_cmpstr(device_check(&pic->dev), ==, NULL);
    }
    teardown();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8259/registers", test_registers);
    g_test_add_func("/i8259/init-sequence", test_init_sequence);
    g_test_add_func("/i8259/priority", test_priority);
    g_test_add_func("/i8259/mask", test_mask);
    g_test_add_func("/i8259/edge-and-level", test_edge_and_level);
    g_test_add_func("/i8259/cascade", test_cascade);
    g_test_add_func("/i8259/spurious", test_spurious);
    g_test_add_func("/i8259/auto-eoi", test_auto_eoi);
    g_test_add_func("/i8259/rotation", test_rotation);
    g_test_add_func("/i8259/special-mask", test_special_mask);
    g_test_add_func("/i8259/poll", test_poll);
    g_test_add_func("/i8259/special-fully-nested", test_special_fully_nested);
    g_test_add_func("/i8259/life", test_life);
    return g_test_run();
}
