/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI as a BIOS enumerates it, and the i440FX's shadow RAM. */
#include "tests/qtest/libqtest.h"

#define HOST 0x00
#define ISA 0x08
#define IDE 0x09

static int find(struct qtest *q, uint32_t id)
{
    for (int devfn = 0; devfn < 256; devfn += 1) {
        if (qtest_pci_readl(q, (unsigned)devfn, 0) == id) {
            return devfn;
        }
    }
    return -1;
}

static void test_enumerate(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    g_assert_cmphex(qtest_pci_readl(q, HOST, 0x00), ==, 0x12378086);
    g_assert_cmphex(qtest_pci_readw(q, HOST, 0x0a), ==, 0x0600);
    g_assert_cmphex(qtest_pci_readl(q, ISA, 0x00), ==, 0x70008086);
    g_assert_cmphex(qtest_pci_readw(q, ISA, 0x0a), ==, 0x0601);
    g_assert_cmphex(qtest_pci_readb(q, ISA, 0x0e) & 0x80, ==, 0x80); /* more functions */
    g_assert_cmphex(qtest_pci_readl(q, IDE, 0x00), ==, 0x70108086);
    g_assert_cmphex(qtest_pci_readl(q, IDE, 0x08) >> 8, ==, 0x010180);
    /* nobody there, and what is not a device of bus 0 */
    g_assert_cmphex(qtest_pci_readl(q, 0xf8, 0x00), ==, 0xffffffff);
    g_assert_cmphex(qtest_pci_readw(q, 0xf9, 0x02), ==, 0xffff);
    qtest_outl(q, 0xcf8, 0x80010000);
    g_assert_cmphex(qtest_inl(q, 0xcfc), ==, 0xffffffff);
    qtest_quit(q);
}

static void test_mechanism(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_outl(q, 0xcf8, 0x80000000);
    g_assert_cmphex(qtest_inl(q, 0xcf8), ==, 0x80000000);
    g_assert_cmphex(qtest_inb(q, 0xcfc), ==, 0x86);
    g_assert_cmphex(qtest_inb(q, 0xcfd), ==, 0x80);
    g_assert_cmphex(qtest_inw(q, 0xcfe), ==, 0x1237);
    /* bit 31 clear: not a configuration access */
    qtest_outl(q, 0xcf8, 0x00000000);
    g_assert_cmphex(qtest_inl(q, 0xcfc), ==, 0xffffffff);
    /* identity and class are read-only */
    qtest_pci_writel(q, IDE, 0x00, 0);
    qtest_pci_writel(q, IDE, 0x08, 0);
    g_assert_cmphex(qtest_pci_readl(q, IDE, 0x00), ==, 0x70108086);
    /* the interrupt line is scratch */
    qtest_pci_writeb(q, IDE, 0x3c, 0x5a);
    g_assert_cmphex(qtest_pci_readb(q, IDE, 0x3c), ==, 0x5a);
    qtest_quit(q);
}

/* Size a BAR, place it, switch it on and off: the bus-master block of the IDE function. */
static void test_io_bar(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_pci_writel(q, IDE, 0x20, 0xffffffff);
    g_assert_cmphex(qtest_pci_readl(q, IDE, 0x20), ==, 0xfffffff1); /* 16 ports */
    qtest_pci_writel(q, IDE, 0x20, 0xc000);
    g_assert_cmphex(qtest_pci_readl(q, IDE, 0x20), ==, 0xc001);
    qtest_pci_writew(q, IDE, 0x04, 0x0001);
    qtest_outl(q, 0xc004, 0x12345678);
    g_assert_cmphex(qtest_inl(q, 0xc004), ==, 0x12345678);
    qtest_pci_writel(q, IDE, 0x20, 0xd000);
    g_assert_cmphex(qtest_inl(q, 0xd004), ==, 0x12345678);
    g_assert_cmphex(qtest_inl(q, 0xc004), ==, 0xffffffff);
    qtest_pci_writew(q, IDE, 0x04, 0x0000);
    g_assert_cmphex(qtest_inl(q, 0xd004), ==, 0xffffffff);
    qtest_pci_writew(q, IDE, 0x04, 0x0001);
    g_assert_cmphex(qtest_inl(q, 0xd004), ==, 0x12345678);
    qtest_quit(q);
}

static void test_memory_bar(void)
{
    struct qtest *q = qtest_start("-m 16 -vga std");
    int vga;

    if (!q) {
        return;
    }
    vga = find(q, 0x11111234);
    g_assert_cmpint(vga, >=, 0x10);
    g_assert_cmphex(qtest_pci_readw(q, (unsigned)vga, 0x0a), ==, 0x0300);
    qtest_pci_writel(q, (unsigned)vga, 0x10, 0xffffffff);
    g_assert_cmphex(qtest_pci_readl(q, (unsigned)vga, 0x10), ==, 0xff000008); /* 16 MiB */
    qtest_pci_writel(q, (unsigned)vga, 0x10, 0xe0000000);
    qtest_pci_writew(q, (unsigned)vga, 0x04, 0x0003);
    qtest_writel(q, 0xe0100000, 0xdeadbeef);
    qtest_pci_writel(q, (unsigned)vga, 0x10, 0xe8000000);
    g_assert_cmphex(qtest_readl(q, 0xe8100000), ==, 0xdeadbeef);
    g_assert_cmphex(qtest_readl(q, 0xe0100000), !=, 0xdeadbeef);
    qtest_pci_writew(q, (unsigned)vga, 0x04, 0x0000);
    g_assert_cmphex(qtest_readl(q, 0xe8100000), !=, 0xdeadbeef);
    qtest_quit(q);
}

/* PAM: a BIOS copies itself under its own feet, then write-protects the copy. */
static void test_shadow(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_pci_writeb(q, HOST, 0x5c, 0x33); /* D0000 and D4000: read and write RAM */
    qtest_writel(q, 0xd0000, 0x11223344);
    qtest_writel(q, 0xd4000, 0x55667788);
    qtest_pci_writeb(q, HOST, 0x5c, 0x11); /* read RAM, write elsewhere */
    if (!qtest_is_qemu()) {                /* whose qtest writes are not stopped by this */
        qtest_writel(q, 0xd0000, 0);
    }
    g_assert_cmphex(qtest_readl(q, 0xd0000), ==, 0x11223344);
    qtest_pci_writeb(q, HOST, 0x5c, 0x13);
    qtest_writel(q, 0xd0000, 0x99aabbcc);
    if (!qtest_is_qemu()) {
        qtest_writel(q, 0xd4000, 0);
    }
    g_assert_cmphex(qtest_readl(q, 0xd0000), ==, 0x99aabbcc);
    g_assert_cmphex(qtest_readl(q, 0xd4000), ==, 0x55667788);
    qtest_pci_writeb(q, HOST, 0x5c, 0x00);
    g_assert_cmphex(qtest_readl(q, 0xd0000), !=, 0x99aabbcc);
    qtest_quit(q);
}

/* F0000: ROM until PAM0 says RAM; write-only mode is how the copy is made. */
static void test_bios_shadow(void)
{
    struct qtest *q = qtest_start("-m 16");
    uint32_t rom;

    if (!q) {
        return;
    }
    rom = qtest_readl(q, 0xffff0);
    g_assert_cmphex(rom, ==, qtest_readl(q, 0xfffffff0));
    qtest_writel(q, 0xffff0, 0x12345678);
    g_assert_cmphex(qtest_readl(q, 0xffff0), ==, rom);
    qtest_pci_writeb(q, HOST, 0x59, 0x30);
    qtest_writel(q, 0xffff0, 0x12345678);
    g_assert_cmphex(qtest_readl(q, 0xffff0), ==, 0x12345678);
    qtest_pci_writeb(q, HOST, 0x59, 0x00);
    g_assert_cmphex(qtest_readl(q, 0xffff0), ==, rom);
    qtest_quit(q);
}

/* The reset register of the PIIX3. */
static void test_cf9(void)
{
    struct qtest *q = qtest_start("-m 16");

    if (!q) {
        return;
    }
    qtest_pci_writeb(q, IDE, 0x3c, 0x5a);
    qtest_outb(q, 0xcf9, 0x02);
    qtest_outb(q, 0xcf9, 0x06);
    g_free(qtest_qmp_event(q, "RESET"));
    g_assert_cmphex(qtest_pci_readb(q, IDE, 0x3c), !=, 0x5a);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pci/enumerate", test_enumerate);
    g_test_add_func("/pci/mechanism", test_mechanism);
    g_test_add_func("/pci/io-bar", test_io_bar);
    g_test_add_func("/pci/memory-bar", test_memory_bar);
    g_test_add_func("/pci/shadow", test_shadow);
    g_test_add_func("/pci/bios-shadow", test_bios_shadow);
    g_test_add_func("/pci/cf9", test_cf9);
    return g_test_run();
}
