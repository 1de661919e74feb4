/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The I/O APIC against the 82093AA datasheet. */
#include "hw/intc/ioapic.h"
#include "tests/unit/chip-test.h"

const struct device_class *const device_classes[] = {&ioapic_class, NULL};

static struct stub *s;
static struct ioapic *a;
static unsigned msis, routes;
static uint64_t msi_addr;
static uint32_t msi_data;
static struct {
    bool valid;
    uint64_t addr;
    uint32_t data;
} route[IOAPIC_PINS];

static void on_msi(void *opaque, uint64_t addr, uint32_t data)
{
    g_assert_true(opaque == &msis);
    msis++;
    msi_addr = addr;
    msi_data = data;
}

static void on_route(void *opaque, unsigned pin, bool valid, uint64_t addr, uint32_t data)
{
    g_assert_true(opaque == &msis);
    g_assert_cmpuint(pin, <, IOAPIC_PINS);
    routes++;
    route[pin].valid = valid;
    route[pin].addr = addr;
    route[pin].data = data;
}

static void setup(void)
{
    s = stub_new(0);
    a = ioapic_new(&s->board, on_msi, on_route, &msis, NULL);
    g_assert_nonnull(a);
    device_reset(&a->dev);
    msis = routes = 0;
}

static uint32_t get(uint8_t reg)
{
    space_write(s->board.mem, IOAPIC_BASE, 4, reg);
    return (uint32_t)space_read(s->board.mem, IOAPIC_BASE + 0x10, 4);
}

static void set(uint8_t reg, uint32_t v)
{
    space_write(s->board.mem, IOAPIC_BASE, 4, reg);
    space_write(s->board.mem, IOAPIC_BASE + 0x10, 4, v);
}

static void entry(unsigned pin, uint32_t low, uint32_t high)
{
    set((uint8_t)(0x11 + 2 * pin), high);
    set((uint8_t)(0x10 + 2 * pin), low);
}

static void test_registers(void)
{
    setup();
    g_assert_cmphex(get(1), ==, 0x00170020);
    set(1, 0xffffffff);
    g_assert_cmphex(get(1), ==, 0x00170020);
    g_assert_cmphex(get(0), ==, 0);
    set(0, 0xffffffff);
    g_assert_cmphex(get(0), ==, 0x0f000000);
    g_assert_cmphex(get(2), ==, 0x0f000000);
    for (uint8_t reg = 3; reg < 0x10; reg++) {
        set(reg, 0xffffffff);
        g_assert_cmphex(get(reg), ==, 0);
    }
    for (uint8_t reg = 0x10; reg < 0x40; reg++) {
        g_assert_cmphex(get(reg), ==, reg & 1 ? 0 : 0x10000);
        set(reg, 0xffffffff);
        g_assert_cmphex(get(reg), ==, reg & 1 ? 0xff000000 : 0x0001afff);
        set(reg, reg & 1 ? 0 : 0x10000);
    }
    for (unsigned reg = 0x40; reg < 0x100; reg++) {
        set((uint8_t)reg, 0xffffffff);
        g_assert_cmphex(get((uint8_t)reg), ==, 0);
    }
    space_write(s->board.mem, IOAPIC_BASE, 4, 0x123);
    g_assert_cmphex(space_read(s->board.mem, IOAPIC_BASE, 4), ==, 0x23);
    space_write(s->board.mem, IOAPIC_BASE, 1, 1);
    g_assert_cmphex(space_read(s->board.mem, IOAPIC_BASE + 0x12, 1), ==, 0x17);
    g_assert_cmphex(space_read(s->board.mem, IOAPIC_BASE + 0x20, 4), ==, 0);
    stub_free(s);
}

static void test_edge(void)
{
    setup();
    entry(4, 0x00031, 0x05000000);
    ioapic_set_irq(a, 4, true);
    g_assert_cmpuint(msis, ==, 1);
    g_assert_cmphex(msi_addr, ==, 0xfee05000);
    g_assert_cmphex(msi_data, ==, 0x31);
    ioapic_set_irq(a, 4, true);
    g_assert_cmpuint(msis, ==, 1);
    ioapic_set_irq(a, 4, false);
    ioapic_eoi(a, 0x31);
    g_assert_cmpuint(msis, ==, 1);
    entry(4, 0x10031, 0); /* masked: the edge is lost */
    ioapic_set_irq(a, 4, true);
    entry(4, 0x00031, 0);
    g_assert_cmpuint(msis, ==, 1);
    entry(0 + 2, 0x00922, 0xff000000); /* logical, lowest priority; GSI 0 is pin 2 */
    ioapic_set_irq(a, 0, true);
    g_assert_cmpuint(msis, ==, 2);
    g_assert_cmphex(msi_addr, ==, 0xfeeff004);
    g_assert_cmphex(msi_data, ==, 0x122);
    ioapic_set_irq(a, 2, true);
    ioapic_set_irq(a, 24, true);
    ioapic_set_irq(a, UINT_MAX, true);
    g_assert_cmpuint(msis, ==, 2);
    stub_free(s);
}

static void test_level(void)
{
    setup();
    entry(16, 0x08041, 0);
    ioapic_set_irq(a, 16, true);
    g_assert_cmpuint(msis, ==, 1);
    g_assert_cmphex(msi_data, ==, 0xc041);
    g_assert_cmphex(get(0x30), ==, 0x0c041); /* remote IRR */
    ioapic_set_irq(a, 16, false);
    ioapic_set_irq(a, 16, true);
    g_assert_cmpuint(msis, ==, 1); /* not before its EOI */
    ioapic_eoi(a, 0x42);
    g_assert_cmpuint(msis, ==, 1);
    ioapic_eoi(a, 0x41);
    g_assert_cmpuint(msis, ==, 2); /* still asserted */
    ioapic_set_irq(a, 16, false);
    ioapic_eoi(a, 0x41);
    g_assert_cmpuint(msis, ==, 2);
    g_assert_cmphex(get(0x30), ==, 0x08041);
    set(0x30, 0x18041);
    ioapic_set_irq(a, 16, true);
    g_assert_cmpuint(msis, ==, 2);
    set(0x30, 0x08041); /* a level is seen when the mask goes */
    g_assert_cmpuint(msis, ==, 3);
    set(0x30, 0x18041); /* masked in service: the EOI still ends it */
    space_write(s->board.mem, IOAPIC_BASE + 0x40, 4, 0x41);
    g_assert_cmphex(get(0x30), ==, 0x18041);
    g_assert_cmpuint(msis, ==, 3);
    set(0x30, 0x08041);
    g_assert_cmpuint(msis, ==, 4);
    set(0x30, 0x14041 & ~0x8000u); /* edge for a moment drops remote IRR, which is read-only */
    g_assert_cmphex(get(0x30), ==, 0x10041);
    set(0x30, 0x08041);
    g_assert_cmpuint(msis, ==, 5);
    stub_free(s);
}

/* NMI, SMI, INIT and ExtINT have no level. */
static void test_modes(void)
{
    setup();
    for (uint32_t mode = 2; mode < 8; mode++) {
        unsigned before = msis;

        entry(20, 0x08000 | mode << 8, 0);
        ioapic_set_irq(a, 20, true);
        g_assert_cmpuint(msis, ==, before + 1);
        g_assert_cmphex(msi_data, ==, mode << 8);
        g_assert_cmphex(get(0x38), ==, 0x08000 | mode << 8);
        ioapic_set_irq(a, 20, false);
    }
    stub_free(s);
}

static void test_routes(void)
{
    setup();
    entry(9, 0x08055, 0x03000000);
    g_assert_true(route[9].valid);
    g_assert_cmphex(route[9].addr, ==, 0xfee03000);
    g_assert_cmphex(route[9].data, ==, 0xc055);
    routes = 0;
    set(0x22, 0x18055); /* masking is no news */
    set(0x22, 0x08055);
    g_assert_cmpuint(routes, ==, 0);
    device_reset(&a->dev);
    g_assert_cmpuint(routes, ==, 1);
    g_assert_false(route[9].valid);
    stub_free(s);
}

static void test_life(void)
{
    setup();
    g_assert_cmpuint(state_layout_gap(ioapic_class.state), ==, SIZE_MAX);
    entry(9, 0x08055, 0x03000000);
    ioapic_set_irq(a, 9, true);
    chip_round_trip(&a->dev);
    chip_walk(s, &a->dev, 2, 8000);
    for (unsigned i = 0; i < 2000; i++) {
        ioapic_set_irq(a, i % 30, i / 7 % 2);
        chip_walk(s, &a->dev, i, 3);
        ioapic_eoi(a, (uint8_t)i);
        g_assert_cmpstr(device_check(&a->dev), ==, NULL);
    }
    chip_reset_twice(&a->dev);
    stub_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ioapic/registers", test_registers);
    g_test_add_func("/ioapic/edge", test_edge);
    g_test_add_func("/ioapic/level", test_level);
    g_test_add_func("/ioapic/modes", test_modes);
    g_test_add_func("/ioapic/routes", test_routes);
    g_test_add_func("/ioapic/life", test_life);
    return g_test_run();
}
