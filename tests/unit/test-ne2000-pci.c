/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The RTL8029AS as a PCI function: header, BAR, wide accesses, interrupt, boot ROM. */
#include "tests/unit/ne2000-rig.h"

const struct device_class *const device_classes[] = {&ne2k_isa_class, &ne2k_pci_class, NULL};

static uint32_t config(struct rig *r, unsigned at, unsigned width)
{
    struct pci_device *d = (struct pci_device *)(void *)r->dev;

    return pci_config_read(d->bus, d->devfn, at, width);
}

static uint32_t inl(struct rig *r, unsigned reg)
{
    return (uint32_t)space_read(r->stub->board.ports, BASE + reg, 4);
}

static void outl(struct rig *r, unsigned reg, uint32_t value)
{
    space_write(r->stub->board.ports, BASE + reg, 4, value);
}

static void test_header(void)
{
    struct rig *r = rig_new(NULL);

    g_assert_cmphex(config(r, PCI_VENDOR_ID, 4), ==, 0x802910ec);
    g_assert_cmphex(config(r, PCI_REVISION, 4), ==, 0x02000000);
    g_assert_cmphex(config(r, PCI_HEADER_TYPE, 1), ==, 0);
    g_assert_cmphex(config(r, PCI_STATUS, 2), ==, 0x0200);
    g_assert_cmphex(config(r, PCI_SUBSYSTEM_VENDOR, 4), ==, 0x11001af4);
    g_assert_cmphex(config(r, PCI_INTERRUPT_PIN, 1), ==, 1);
    g_assert_cmphex(config(r, PCI_CAPABILITIES, 1), ==, 0); /* no power management */
    g_assert_cmphex(config(r, PCI_ROM_ADDRESS, 4), ==, 0);
    rig_config(r, PCI_BAR0, 4, UINT32_MAX);
    g_assert_cmphex(config(r, PCI_BAR0, 4), ==, 0xffffffe1); /* 32 ports */
    rig_config(r, PCI_BAR0, 4, 0xc000);
    g_assert_cmphex(stub_inb(r->stub, 0xc000), ==, 0x21);
    g_assert_cmphex(stub_inb(r->stub, BASE), ==, 0xff);
    rig_config(r, PCI_COMMAND, 2, 0);
    g_assert_cmphex(stub_inb(r->stub, 0xc000), ==, 0xff);
    rig_free(r);
}

static void test_registers(void)
{
    struct rig *r = rig_new(NULL);

    g_assert_cmphex(in(r, 0xa), ==, 0x50);
    g_assert_cmphex(in(r, 0xb), ==, 0x43);
    g_assert_cmphex(paged(r, 3, 0xe), ==, 0x29);
    g_assert_cmphex(paged(r, 3, 0xf), ==, 0x80);
    g_assert_cmphex(paged(r, 3, 2), ==, 0xff);
    g_assert_cmphex(paged(r, 3, 4), ==, 0xff);
    set_paged(r, 3, 1, 0xc0); /* Linux: full duplex */
    set_paged(r, 3, 6, 0x40);
    g_assert_cmphex(paged(r, 3, 6), ==, 0x40);
    set_paged(r, 3, 1, 0x00);
    set_paged(r, 3, 6, 0x00);
    g_assert_cmphex(paged(r, 3, 6), ==, 0x40);
    rig_free(r);
}

/* Linux ne2k-pci: the PROM by byte reads in word mode, sixteen of them or thirty-two. */
static void test_probe_linux(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t prom[32];

    rig_probe(r, 0x49, prom);
    g_assert_cmpmem(prom, 6, rig_mac, 6);
    g_assert_cmphex(prom[14], ==, 'W');
    g_assert_cmphex(prom[15], ==, 'W');
    g_assert_cmphex(prom[16], ==, 0xff); /* past the count */
    rig_free(r);
}

/* 32-bit data port accesses, single and as a burst; the same data by words and by bytes. */
static void test_dwords(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t a[64], b[64];

    for (unsigned i = 0; i < sizeof(a); i++) {
        a[i] = (uint8_t)(3 * i + 1);
    }
    out(r, 0xe, 0x49);
    dma_setup(r, 0x4000, 64, 0x12);
    space_access(r->stub->board.ports, DATA, 4, 15, true, a);
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0);
    outl(r, 0x10, (uint32_t)a[63] << 24 | (uint32_t)a[62] << 16 | (uint32_t)a[61] << 8 | a[60]);
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0x40);
    dma_get(r, 0x4000, b, 64);
    g_assert_cmpmem(a, 64, b, 64);
    dma_setup(r, 0x4000, 64, 0x0a);
    g_assert_cmphex(inl(r, 0x10), ==, 0x0a070401);
    space_access(r->stub->board.ports, DATA, 4, 15, false, b + 4);
    g_assert_cmpmem(a, 64, b, 64);
    out(r, 0xe, 0x48);
    dma_setup(r, 0x4000, 64, 0x0a);
    space_access(r->stub->board.ports, DATA, 1, 64, false, b);
    g_assert_cmpmem(a, 64, b, 64);
    /* in byte mode a wide access is that many cycles of one byte each */
    dma_setup(r, 0x4000, 4, 0x0a);
    g_assert_cmphex(inl(r, 0x10) & 0x00ff00ff, ==, 0x00040001);
    rig_free(r);
}

/* Wider accesses to registers: byte by byte, also across the windows. */
static void test_wide_registers(void)
{
    struct rig *r = rig_new(NULL);

    out(r, 0, 0x61);
    outl(r, 1, 0x44332211);
    g_assert_cmphex(inl(r, 1), ==, 0x44332211);
    g_assert_cmphex(inw(r, 2), ==, 0x3322);
    out(r, 0, 0x21);
    out(r, 0xe, 0x48);
    dma_setup(r, 0x4000, 2, 0x12);
    outl(r, 0xe, 0x22110048);
    dma_setup(r, 0x4000, 2, 0x0a);
    g_assert_cmphex(inl(r, 0xe) >> 16, ==, 0x2211);
    out(r, 0, 0x22);
    g_assert_cmphex(in(r, 7) & 0x80, ==, 0);
    g_assert_cmphex(inl(r, 0x1c), ==, UINT32_MAX);
    g_assert_cmphex(in(r, 7) & 0x80, ==, 0x80);
    outl(r, 0x1c, 0);
    rig_free(r);
}

/* INTA is a level, shows in STATUS, and is cut off by the command register's bit 10. */
static void test_interrupt(void)
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    out(r, 0xf, 0x01);
    deliver(r, 100, rig_mac, 0);
    deliver(r, 100, rig_mac, 0);
    g_assert_true(r->stub->level[9]);
    g_assert_cmpuint(r->stub->raised[9], ==, 1);
    g_assert_cmphex(config(r, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, !=, 0);
    rig_config(r, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_INTX_DISABLE);
    g_assert_false(r->stub->level[9]);
    rig_config(r, PCI_COMMAND, 2, PCI_COMMAND_IO);
    g_assert_true(r->stub->level[9]);
    out(r, 7, 0x01);
    g_assert_false(r->stub->level[9]);
    g_assert_cmphex(config(r, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, ==, 0);
    rig_free(r);
}

/* -- boot ROM -- */

static const char *firmware_has;

static GBytes *firmware(void *opaque, const char *name, GError **error)
{
    /* data structure at 1Ch: signature, vendor, device */
    static const uint8_t image[64] = {0x55, 0xaa, 1, [0x18] = 0x1c, [0x1c] = 'P', 'C', 'I', 'R'};

    (void)opaque;
    if (g_strcmp0(name, firmware_has) != 0) {
        g_set_error(error, DEVICE_ERROR, 0, "no %s", name);
        return NULL;
    }
    return g_bytes_new(image, sizeof(image));
}

static struct device *with_rom(struct rig *r, const char *has, const char *romfile, GError **error)
{
    struct device *d = device_new(&ne2k_pci_class, NULL);

    firmware_has = has;
    r->stub->board.firmware = firmware;
    if (romfile) {
        g_assert_true(device_set(d, "romfile", romfile, NULL));
    }
    return device_realize(d, &r->stub->board, error) ? d : NULL;
}

static void test_rom(void)
{
    struct rig *r = rig_new(NULL);
    GError *error = NULL;
    struct ne2k_pci *d = (struct ne2k_pci *)with_rom(r, "pxe-ne2k_pci.rom", NULL, NULL);
    const uint8_t *rom = d->pci.rom.ram->host;
    unsigned sum = 0;

    g_assert_cmpmem(rom + 0x20, 4, "\xec\x10\x29\x80", 4);
    for (unsigned i = 0; i < 64; i++) {
        sum += rom[i];
    }
    g_assert_cmphex(sum & 0xff, ==, (0x55 + 0xaa + 1 + 0x1c + 'P' + 'C' + 'I' + 'R') & 0xff);
    device_free(&d->pci.dev);
    d = (struct ne2k_pci *)with_rom(r, "none", NULL, NULL); /* not installed: none */
    g_assert_null(d->pci.rom.ram);
    device_free(&d->pci.dev);
    d = (struct ne2k_pci *)with_rom(r, "pxe-ne2k_pci.rom", "", NULL); /* none wanted */
    g_assert_null(d->pci.rom.ram);
    device_free(&d->pci.dev);
    d = (struct ne2k_pci *)with_rom(r, "mine.rom", "mine.rom", NULL);
    g_assert_nonnull(d->pci.rom.ram);
    device_free(&d->pci.dev);
    g_assert_null(with_rom(r, "none", "mine.rom", &error));
    g_assert_nonnull(strstr(error->message, "mine.rom"));
    g_clear_error(&error);
    rig_free(r);
}

/* A slot, or a link, that another has: refused, and nothing is left behind. */
static void test_refused(void)
{
    struct rig *r = rig_new(NULL);
    GError *error = NULL;
    struct device *d = device_new(&ne2k_pci_class, NULL);

    g_assert_true(device_set(d, "addr", "2", NULL));
    g_assert_false(device_realize(d, &r->stub->board, &error));
    g_assert_nonnull(strstr(error->message, "taken"));
    g_clear_error(&error);
    d = device_new(&ne2k_pci_class, NULL);
    g_assert_true(device_set(d, "addr", "3", NULL));
    g_assert_true(device_set(d, "netdev", "net0", NULL));
    g_assert_false(device_realize(d, &r->stub->board, &error));
    g_assert_nonnull(strstr(error->message, "net0 is in use"));
    g_clear_error(&error);
    g_assert_null(pci_bus_function(r->stub->board.pci, 0x18));
    d = device_new(&ne2k_pci_class, NULL);
    g_assert_true(device_set(d, "addr", "3", NULL));
    g_assert_true(device_realize(d, &r->stub->board, NULL));
    rig_free(r);
}

/* What only a card could be: the interrupt request must fit the chip. */
static void test_state(void)
{
    struct rig *r = rig_new(NULL);
    struct ne2k_pci *d = (struct ne2k_pci *)r->dev;

    g_assert_cmpuint(state_layout_gap(ne2k_pci_class.state), ==, SIZE_MAX);
    d->s.pci.intx = 1;
    g_assert_cmpstr(device_check(r->dev), ==, "pci.intx");
    d->s.pci.intx = 0;
    d->s.chip.dma = 9;
    g_assert_cmpstr(device_check(r->dev), ==, "dma");
    d->s.chip.dma = 0;
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_on_pci = true;
    g_test_add_func("/ne2000/pci/header", test_header);
    g_test_add_func("/ne2000/pci/registers", test_registers);
    g_test_add_func("/ne2000/pci/probe-linux", test_probe_linux);
    g_test_add_func("/ne2000/pci/dwords", test_dwords);
    g_test_add_func("/ne2000/pci/wide-registers", test_wide_registers);
    g_test_add_func("/ne2000/pci/interrupt", test_interrupt);
    g_test_add_func("/ne2000/pci/rom", test_rom);
    g_test_add_func("/ne2000/pci/refused", test_refused);
    g_test_add_func("/ne2000/pci/state", test_state);
    return g_test_run();
}
