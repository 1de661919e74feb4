/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every port, in every width and direction: whatever it does, the program lives on. */
#include "tests/qtest/libqtest.h"

#define BATCH 512

static const char *const width_name[] = {"b", "w", "l"};

/* QEMU's VMware port wants a running CPU; its power management sleeps and powers off. */
static bool ends_qemu(unsigned port, bool write)
{
    return qtest_is_qemu() && ((port >= 0x5655 && port < 0x5660) ||
                               (write && (port >= 0xae00 || (port >= 0x5fd && port < 0x640))));
}

static void sweep(struct qtest *q, unsigned w, bool write, uint32_t value)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    unsigned n = 0;

    for (unsigned port = 0; port < 65536; port++) {
        if (ends_qemu(port, write)) {
            continue;
        }
        if (write) {
            g_string_append_printf(lines, "out%s 0x%x 0x%x\n", width_name[w], port, value);
        } else {
            g_string_append_printf(lines, "in%s 0x%x\n", width_name[w], port);
        }
        if (++n == BATCH) {
            qtest_batch(q, lines->str, n);
            g_string_truncate(lines, 0);
            n = 0;
        }
    }
    qtest_batch(q, lines->str, n);
}

static struct qtest *begin(void)
{
    return qtest_start("-m 16 -vga std -serial null");
}

static void alive(struct qtest *q)
{
    qtest_clock_step(q, 10000000);
    qtest_qmp_ok(q, "{'execute':'query-status'}");
    qtest_qmp_ok(q, "{'execute':'system_reset'}");
    qtest_clock_step(q, 10000000);
    qtest_outb(q, 0x70, 0x8d);
    g_assert_cmphex(qtest_inb(q, 0x71), ==, 0x80);
}

static void test_read(gconstpointer opaque)
{
    struct qtest *q = begin();

    if (q) {
        sweep(q, GPOINTER_TO_UINT(opaque), false, 0);
        alive(q);
        qtest_quit(q);
    }
}

static void test_write(gconstpointer opaque)
{
    static const uint32_t values[] = {0x00000000, 0x5a5a5a5a, 0xffffffff};
    struct qtest *q = begin();

    if (!q) {
        return;
    }
    for (size_t i = 0; i < (qtest_is_qemu() ? 1 : G_N_ELEMENTS(values)); i++) {
        sweep(q, GPOINTER_TO_UINT(opaque), true, values[i]);
        alive(q);
    }
    qtest_quit(q);
}

/* The last ports, and all of ISA downwards, so that data ports come before their index. */
static void test_ends(void)
{
    struct qtest *q = begin();

    if (!q) {
        return;
    }
    /* a wide access at the end of the space wraps or is cut: never a crash */
    g_assert_cmphex(qtest_inb(q, 0xffff), ==, 0xff);
    qtest_inw(q, 0xffff);
    qtest_inl(q, 0xfffd);
    qtest_outl(q, 0xfffe, 0);
    qtest_outw(q, 0xffff, 0);
    for (unsigned port = 0x1000; port-- > 0;) {
        if (!ends_qemu(port, true) && port != 0xcf9 && port != 0x92) {
            qtest_outb(q, (uint16_t)port, (uint8_t)(port * 37));
        }
    }
    alive(q);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned w = 0; w < 3; w++) {
        g_autofree char *r = g_strdup_printf("/ports/read-%s", width_name[w]);
        g_autofree char *o = g_strdup_printf("/ports/write-%s", width_name[w]);

        g_test_add_data_func(r, GUINT_TO_POINTER(w), test_read);
        g_test_add_data_func(o, GUINT_TO_POINTER(w), test_write);
    }
    g_test_add_func("/ports/ends", test_ends);
    return g_test_run();
}
