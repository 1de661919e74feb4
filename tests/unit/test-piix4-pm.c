/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hw/pci/piix4_pm.c: power management and SMBus of the 82371AB (290562). */
#include "hw/pci/piix4_pm.h"

#include "core/power.h"
#include "tests/unit/chip-test.h"

const struct device_class *const device_classes[] = {&piix4_pm_class, NULL};

#define FN PIIX4_PM_DEVFN
#define BASE 0x600u
#define SMB 0x700u
#define SCI PIIX4_PM_SCI
#define HALF_TURN_NS UINT64_C(2343484438) /* first ns at which bit 23 of the timer is set */

struct rig {
    struct stub *s;
    struct piix4_pm *pm;
};

static unsigned offs, other_requests;

static void on_power(void *opaque, enum power_request what, int code)
{
    (void)opaque;
    (void)code;
    if (what == POWER_OFF) {
        offs++;
    } else {
        other_requests++;
    }
}

static void cfg_write(struct rig *r, unsigned offset, unsigned width, uint32_t v)
{
    pci_config_write(r->s->board.pci, FN, offset, width, v);
}

static uint32_t cfg(struct rig *r, unsigned offset, unsigned width)
{
    return pci_config_read(r->s->board.pci, FN, offset, width);
}

static uint32_t in(struct rig *r, unsigned port, unsigned width)
{
    return (uint32_t)space_read(r->s->board.ports, port, width);
}

static void out(struct rig *r, unsigned port, unsigned width, uint32_t v)
{
    space_write(r->s->board.ports, port, width, v);
}

/* As SeaBIOS sets the function up. */
static void enable_blocks(struct rig *r)
{
    cfg_write(r, 0x40, 4, BASE | 1);
    cfg_write(r, 0x80, 1, 1);
    cfg_write(r, 0x90, 4, SMB | 1);
    cfg_write(r, 0xd2, 1, 0x09);
}

static struct rig start(void)
{
    struct rig r = {.s = stub_new(0)};
    GError *error = NULL;

    offs = other_requests = 0;
    power_listen(on_power, NULL);
    r.s->board.pci = pci_bus_new(&r.s->board);
    r.pm = piix4_pm_new(&r.s->board, &r.s->board.gsi[SCI], &error);
    g_assert_no_error(error);
    device_reset(&r.pm->pci.dev);
    return r;
}

static struct rig start_enabled(void)
{
    struct rig r = start();

    enable_blocks(&r);
    return r;
}

static void stop(struct rig *r)
{
    struct pci_bus *bus = r->s->board.pci;

    stub_free(r->s);
    pci_bus_free(bus);
}

static void test_identity(void)
{
    struct rig r = start();

    g_assert_cmphex(cfg(&r, 0, 4), ==, 0x71138086);
    g_assert_cmphex(cfg(&r, 8, 4), ==, 0x06800003);
    g_assert_cmphex(cfg(&r, 0x3c, 2), ==, 0x0100);
    g_assert_cmphex(cfg(&r, 0x40, 4), ==, 1);
    g_assert_cmphex(cfg(&r, 0x90, 4), ==, 1);
    /* firmware must not wait for SMM that is not there */
    g_assert_cmphex(cfg(&r, 0x58, 4), ==, 0x02000000);
    cfg_write(&r, 0x40, 4, 0xffffffff);
    cfg_write(&r, 0x90, 4, 0xffffffff);
    cfg_write(&r, 0x80, 4, 0xffffffff);
    g_assert_cmphex(cfg(&r, 0x40, 4), ==, 0xffc1);
    g_assert_cmphex(cfg(&r, 0x90, 4), ==, 0xfff1);
    g_assert_cmphex(cfg(&r, 0x80, 4), ==, 1);
    stop(&r);
}

static void test_blocks(void)
{
    struct rig r = start();

    g_assert_cmphex(in(&r, BASE + 4, 2), ==, 0xffff);
    g_assert_cmphex(in(&r, SMB, 1), ==, 0xff);
    enable_blocks(&r);
    g_assert_cmphex(in(&r, BASE + 4, 2), ==, 0);
    g_assert_cmphex(in(&r, SMB, 1), ==, 0);
    cfg_write(&r, 0x40, 4, 0xb001);
    g_assert_cmphex(in(&r, BASE + 4, 2), ==, 0xffff);
    g_assert_cmphex(in(&r, 0xb004, 2), ==, 0);
    cfg_write(&r, 0x80, 1, 0);
    g_assert_cmphex(in(&r, 0xb004, 2), ==, 0xffff);
    cfg_write(&r, 0x80, 1, 1);
    cfg_write(&r, 0x40, 4, 0); /* not over the DMA controller */
    g_assert_cmphex(in(&r, 4, 2), ==, 0xffff);
    device_reset(&r.pm->pci.dev);
    g_assert_cmphex(in(&r, SMB, 1), ==, 0xff);
    stop(&r);
}

static void test_timer(void)
{
    struct rig r = start_enabled();

    g_assert_cmphex(in(&r, BASE + 8, 4), ==, 0);
    clock_step(r.s->board.clock, NS_PER_SEC);
    g_assert_cmpuint(in(&r, BASE + 8, 4), ==, 3579545);
    clock_step(r.s->board.clock, NS_PER_SEC);
    g_assert_cmpuint(in(&r, BASE + 8, 4), ==, 2 * 3579545);
    g_assert_cmphex(in(&r, BASE + 0xa, 1), ==, 2 * 3579545 >> 16);
    clock_step(r.s->board.clock, 3 * NS_PER_SEC); /* 24 bits */
    g_assert_cmpuint(in(&r, BASE + 8, 4), ==, 5 * 3579545 & 0xffffff);
    out(&r, BASE + 8, 4, 0); /* not writable */
    g_assert_cmpuint(in(&r, BASE + 8, 4), ==, 5 * 3579545 & 0xffffff);
    stop(&r);
}

static void test_overflow(void)
{
    struct rig r = start_enabled();
    struct clock *c = r.s->board.clock;

    out(&r, BASE + 4, 2, 1); /* SCI_EN */
    g_assert_cmpuint(clock_deadline(c), ==, TIMER_NEVER);
    out(&r, BASE + 2, 2, 1); /* TMROF_EN */
    g_assert_cmpuint(clock_deadline(c), ==, HALF_TURN_NS);
    clock_set(c, HALF_TURN_NS - 1);
    g_assert_cmphex(in(&r, BASE, 2), ==, 0);
    g_assert_cmphex(in(&r, BASE + 8, 4), ==, 0x7fffff);
    g_assert_false(r.s->level[SCI]);
    clock_step(c, 1);
    g_assert_true(r.s->level[SCI]);
    g_assert_cmphex(in(&r, BASE, 2), ==, 1);
    g_assert_cmphex(in(&r, BASE + 8, 4), ==, 0x800000);
    out(&r, BASE, 2, 1);
    g_assert_false(r.s->level[SCI]);
    g_assert_cmpuint(clock_deadline(c), ==, 2 * HALF_TURN_NS - 1);
    clock_step(c, 100 * NS_PER_SEC); /* many at once are one */
    g_assert_cmpuint(r.s->raised[SCI], ==, 2);
    out(&r, BASE + 4, 2, 0); /* without SCI_EN it would be an SMI */
    g_assert_false(r.s->level[SCI]);
    g_assert_cmpuint(clock_deadline(c), ==, TIMER_NEVER);
    stop(&r);
}

/* Without TMROF_EN the status appears all the same, when somebody looks. */
static void test_overflow_polled(void)
{
    struct rig r = start_enabled();

    clock_set(r.s->board.clock, HALF_TURN_NS);
    g_assert_cmphex(in(&r, BASE, 1), ==, 1);
    out(&r, BASE, 1, 1);
    g_assert_cmphex(in(&r, BASE, 1), ==, 0);
    g_assert_cmpuint(r.s->raised[SCI], ==, 0);
    stop(&r);
}

static void test_power_button(void)
{
    struct rig r = start_enabled();

    piix4_pm_power_button(r.pm); /* nobody listens */
    g_assert_false(r.s->level[SCI]);
    g_assert_cmphex(in(&r, BASE, 2), ==, 0x100);
    out(&r, BASE, 2, 0x100);
    out(&r, 0xb2, 1, 0xf1); /* ACPI on */
    g_assert_cmphex(in(&r, BASE + 4, 2), ==, 1);
    g_assert_cmphex(in(&r, 0xb2, 1), ==, 0xf1);
    out(&r, BASE + 2, 2, 0x100);
    g_assert_false(r.s->level[SCI]);
    piix4_pm_power_button(r.pm);
    g_assert_true(r.s->level[SCI]);
    out(&r, BASE, 2, 0); /* write one to clear */
    g_assert_true(r.s->level[SCI]);
    out(&r, BASE + 1, 1, 1);
    g_assert_false(r.s->level[SCI]);
    piix4_pm_power_button(r.pm);
    out(&r, BASE + 2, 2, 0);
    g_assert_false(r.s->level[SCI]);
    out(&r, BASE + 2, 2, 0x100);
    g_assert_true(r.s->level[SCI]);
    out(&r, 0xb2, 1, 0xf0); /* ACPI off */
    g_assert_false(r.s->level[SCI]);
    g_assert_cmphex(in(&r, BASE + 4, 2), ==, 0);
    stop(&r);
}

static void test_soft_off(void)
{
    struct rig r = start_enabled();

    out(&r, BASE + 4, 2, 0x2000 | 1 << 10 | 1); /* suspend to RAM: not there */
    g_assert_cmpuint(offs, ==, 0);
    g_assert_cmphex(in(&r, BASE + 4, 2), ==, 0x401);
    out(&r, BASE + 4, 2, 0x0001); /* the type alone does nothing */
    g_assert_cmpuint(offs, ==, 0);
    out(&r, BASE + 4, 2, 0x2001);
    g_assert_cmpuint(offs, ==, 1);
    g_assert_cmphex(in(&r, BASE + 4, 2), ==, 1); /* SUS_EN reads 0 */
    out(&r, BASE + 5, 1, 0x20);
    g_assert_cmpuint(offs, ==, 2);
    g_assert_cmpuint(other_requests, ==, 0);
    stop(&r);
}

static void test_gpe(void)
{
    struct rig r = start();

    g_assert_cmphex(in(&r, 0xafe0, 4), ==, 0);
    out(&r, 0xafe0, 4, 0xffffffff);
    g_assert_cmphex(in(&r, 0xafe0, 4), ==, 0xffff0000);
    out(&r, 0xafe3, 1, 0x12);
    g_assert_cmphex(in(&r, 0xafe2, 2), ==, 0x12ff);
    g_assert_cmphex(in(&r, 0xb3, 1), ==, 0);
    out(&r, 0xb3, 1, 0x55);
    g_assert_cmphex(in(&r, 0xb3, 1), ==, 0x55);
    g_assert_cmpuint(r.s->raised[SCI], ==, 0);
    stop(&r);
}

/* What a driver does to look for a chip at an address: quick command, then byte data. */
static void test_smbus(void)
{
    struct rig r = start_enabled();

    g_assert_cmphex(in(&r, SMB, 1), ==, 0);
    for (unsigned address = 0; address < 128; address++) {
        out(&r, SMB + 4, 1, address << 1);
        out(&r, SMB + 3, 1, 0x10);
        out(&r, SMB + 2, 1, 0x40 | (address & 1 ? 0x08 : 0)); /* START */
        g_assert_cmphex(in(&r, SMB, 1), ==, 0x04);            /* done: nobody there */
        g_assert_cmphex(in(&r, SMB + 2, 1) & 0x40, ==, 0);
        out(&r, SMB, 1, 0x1e);
        g_assert_cmphex(in(&r, SMB, 1), ==, 0);
    }
    g_assert_cmphex(in(&r, SMB + 4, 1), ==, 127 << 1);
    out(&r, SMB + 2, 1, 0x02); /* KILL */
    g_assert_cmphex(in(&r, SMB, 1), ==, 0x10);
    g_assert_cmpuint(r.s->raised[SCI], ==, 0);
    out(&r, SMB, 1, 0x10);
    out(&r, SMB + 2, 1, 0x41); /* with an interrupt */
    g_assert_true(r.s->level[SCI]);
    cfg_write(&r, 0xd2, 1, 0x01); /* routed to SMI instead */
    g_assert_false(r.s->level[SCI]);
    cfg_write(&r, 0xd2, 1, 0x09);
    g_assert_true(r.s->level[SCI]);
    out(&r, SMB, 1, 0x04);
    g_assert_false(r.s->level[SCI]);
    stop(&r);
}

static void test_state(void)
{
    struct rig r = start_enabled();
    struct device *d = &r.pm->pci.dev;
    g_autoptr(GByteArray) saved = NULL;

    g_assert_cmpuint(state_layout_gap(piix4_pm_class.state), ==, SIZE_MAX);
    out(&r, BASE + 4, 2, 1);
    out(&r, BASE + 2, 2, 0x101);
    piix4_pm_power_button(r.pm);
    saved = chip_save(d);
    device_reset(d);
    g_assert_false(r.s->level[SCI]);
    g_assert_true(device_load(d, saved->data, saved->len, NULL));
    g_assert_true(r.s->level[SCI]);
    g_assert_cmphex(in(&r, BASE + 2, 2), ==, 0x101);
    chip_reset_twice(d);
    enable_blocks(&r);
    chip_walk(r.s, d, 7, 20000);
    stop(&r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/piix4-pm/identity", test_identity);
    g_test_add_func("/piix4-pm/blocks", test_blocks);
    g_test_add_func("/piix4-pm/timer", test_timer);
    g_test_add_func("/piix4-pm/overflow", test_overflow);
    g_test_add_func("/piix4-pm/overflow-polled", test_overflow_polled);
    g_test_add_func("/piix4-pm/power-button", test_power_button);
    g_test_add_func("/piix4-pm/soft-off", test_soft_off);
    g_test_add_func("/piix4-pm/gpe", test_gpe);
    g_test_add_func("/piix4-pm/smbus", test_smbus);
    g_test_add_func("/piix4-pm/state", test_state);
    return g_test_run();
}
