/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82540EM and the virtio card by every way that the command line has of asking for one. */
#include "tests/qtest/libqtest.h"

#include <string.h>

#define E1000 0x100e8086u
#define VIRTIO 0x10001af4u
#define MEM 0xe0000000u
#define IO 0xc000u

static const struct {
    const char *options;
    uint32_t id;
} spellings[] = {
    {"-nic user,model=e1000,mac=52:54:00:aa:bb:cc", E1000},
    {"-net nic,model=e1000,macaddr=52:54:00:aa:bb:cc -net user", E1000},
    {"-netdev user,id=n -device e1000,netdev=n,mac=52:54:00:aa:bb:cc", E1000},
    {"-nic user,model=virtio,mac=52:54:00:aa:bb:cc", VIRTIO},
    {"-nic user,model=virtio-net-pci,mac=52:54:00:aa:bb:cc", VIRTIO},
    {"-netdev user,id=n -device virtio-net,netdev=n,mac=52:54:00:aa:bb:cc", VIRTIO},
    {"-netdev user,id=n -device virtio-net-pci,netdev=n,mac=52:54:00:aa:bb:cc", VIRTIO},
};

static unsigned find(struct qtest *q, uint32_t id)
{
    for (unsigned devfn = 0; devfn < 256; devfn += 8) {
        if (qtest_pci_readl(q, devfn, 0) == id) {
            return devfn;
        }
    }
    g_error("no function %08x", id);
}

static void place(struct qtest *q, unsigned devfn)
{
    for (unsigned bar = 0x10; bar < 0x28; bar += 4) {
        qtest_pci_writel(q, devfn, bar, 0xffffffff);
        if (qtest_pci_readl(q, devfn, bar) & 1) {
            qtest_pci_writel(q, devfn, bar, IO);
        } else {
            qtest_pci_writel(q, devfn, bar, bar == 0x24 ? 0 : MEM + (bar << 20));
        }
    }
    qtest_pci_writel(q, devfn, 4, 7);
}

static void test_spellings(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(spellings); i++) {
        struct qtest *q = qtest_start("-m 16 %s", spellings[i].options);
        unsigned devfn;
        uint32_t low, high;

        if (!q) {
            return;
        }
        devfn = find(q, spellings[i].id);
        place(q, devfn);
        if (spellings[i].id == E1000) {
            low = (uint32_t)qtest_get(q, "readl", MEM + (0x10 << 20) + 0x5400);
            high = (uint32_t)qtest_get(q, "readl", MEM + (0x10 << 20) + 0x5404);
        } else {
            low = qtest_inl(q, (uint16_t)qtest_pci_readl(q, devfn, 0x10) - 1 + 20);
            high = qtest_inw(q, (uint16_t)qtest_pci_readl(q, devfn, 0x10) - 1 + 24);
        }
        g_assert_cmphex(low, ==, 0xaa005452);
        g_assert_cmphex(high & 0xffff, ==, 0xccbb);
        qtest_quit(q);
    }
}

/* One frame out of each card, and its interrupt: through the board's wiring of slot 5. */
static void test_e1000_interrupt(void)
{
    struct qtest *q = qtest_start("-m 16 -netdev user,id=n -device e1000,netdev=n,addr=05.0");
    uint32_t at = MEM + (0x10 << 20);
    uint8_t frame[64];

    if (!q) {
        return;
    }
    place(q, 5 * 8);
    memset(frame, 0xff, sizeof(frame));
    qtest_memwrite(q, 0x20000, frame, sizeof(frame));
    qtest_put(q, "writeq", 0x10000, 0x20000);
    qtest_put(q, "writeq", 0x10008, 0x0b00003c); /* 60 bytes; EOP, IFCS, RS */
    qtest_put(q, "writel", at + 0x3800, 0x10000);
    qtest_put(q, "writel", at + 0x3808, 128);
    qtest_put(q, "writel", at + 0x400, 0x10a);
    qtest_put(q, "writel", at + 0xd0, 1);
    qtest_put(q, "writel", at + 0x3818, 1);
    g_assert_cmphex(qtest_get(q, "readl", at + 0x3810), ==, 1);
    g_assert_cmphex(qtest_get(q, "readl", 0x1000c) & 1, ==, 1);
    g_assert_cmphex(qtest_pci_readw(q, 5 * 8, 6) & 8, ==, 8); /* the line is active */
    g_assert_cmphex(qtest_get(q, "readl", at + 0xc0) & 1, ==, 1);
    g_assert_cmphex(qtest_pci_readw(q, 5 * 8, 6) & 8, ==, 0);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gigabit/spellings", test_spellings);
    g_test_add_func("/gigabit/e1000-interrupt", test_e1000_interrupt);
    return g_test_run();
}
