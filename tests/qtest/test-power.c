/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power management from both ends: the button by QMP, soft off by the guest. */
#include "tests/qtest/libqtest.h"

#define PM 0x600
#define PM_FN 0x80000b00u

static void config(struct qtest *q, unsigned offset, uint32_t value)
{
    qtest_outl(q, 0xcf8, PM_FN | offset);
    qtest_outl(q, 0xcfc, value);
}

static struct qtest *start(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return NULL;
    }
    qtest_outl(q, 0xcf8, PM_FN);
    g_assert_cmphex(qtest_inl(q, 0xcfc), ==, 0x71138086);
    config(q, 0x40, PM | 1);
    config(q, 0x80, 1);
    qtest_outb(q, 0xb2, 0xf1);
    g_assert_cmphex(qtest_inw(q, PM + 4) & 1, ==, 1);
    return q;
}

static void test_button(void)
{
    struct qtest *q = start();
    g_autofree char *event = NULL;

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    qtest_outw(q, PM, 0xffff);
    qtest_outw(q, PM + 2, 0x100);
    g_assert_false(qtest_irq(q, 9));
    qtest_qmp_ok(q, "{'execute':'system_powerdown'}");
    event = qtest_qmp_event(q, "POWERDOWN");
    qtest_irq_wait(q, 9, 1000);
    g_assert_cmphex(qtest_inw(q, PM) & 0x100, ==, 0x100);
    qtest_outw(q, PM, 0x100);
    g_assert_false(qtest_irq(q, 9));
    qtest_quit(q);
}

static void test_soft_off(void)
{
    struct qtest *q = start();
    g_autofree char *event = NULL;

    if (!q) {
        return;
    }
    qtest_outw(q, PM + 4, 0x2001);
    event = qtest_qmp_event(q, "SHUTDOWN");
    g_assert_true(qtest_json_has(event, "'guest':true"));
    g_assert_true(qtest_json_has(event, "'reason':'guest-shutdown'"));
    qtest_wait_exit(q, 0);
}

static void test_timer(void)
{
    struct qtest *q = start();
    uint32_t first;

    if (!q) {
        return;
    }
    first = qtest_inl(q, PM + 8);
    qtest_clock_step(q, 1000000000);
    g_assert_cmpuint((qtest_inl(q, PM + 8) - first) & 0xffffff, >=, 3579545);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/power/button", test_button);
    g_test_add_func("/power/soft-off", test_soft_off);
    g_test_add_func("/power/timer", test_timer);
    return g_test_run();
}
