/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PIIX3 IDE function on a bare board with a PCI bus: configuration, ports, DMA. 82371SB. */
#include "ata-rig.h"
#include "hw/ide/piix3_ide.h"
#include "stub-board.h"

const struct device_class *const device_classes[] = {&piix3_ide_class, NULL};

#define READY 0x50
#define READY_ERR 0x51
#define WANTS_DATA 0x58

#define START 0x01
#define TO_MEMORY 0x08
#define ACTIVE 0x01
#define ERROR 0x02
#define INTERRUPT 0x04

#define TABLE 0x1000u
#define BUFFER 0x20000u
#define LAST 0x80000000u

#define IDE_FN 9u
#define BM 0xc000u

struct pc {
    struct stub *s;
    struct fake_disk d[2];
    struct piix3_ide *ide;
};

static struct pc pc_start(void)
{
    struct pc p = {.s = stub_new(1 << 20)};
    struct disk *disks[2][2] = {{NULL}};
    g_autoptr(GError) error = NULL;

    p.s->board.pci = pci_bus_new(&p.s->board);
    return (p.ide = piix3_ide_new(&p.s->board, IDE_FN, disks, &error), p);
}

static void pc_plug(struct pc *p)
{
    struct disk *disks[2][2] = {{NULL}};
    g_autoptr(GError) error = NULL;

    device_free(&p->ide->pci.dev);
    fake_new(&p->d[0], "hda", 100000, false);
    fake_new(&p->d[1], "hdd", 5000, false);
    disks[0][0] = p->d[0].disk;
    disks[1][1] = p->d[1].disk;
    p->ide = piix3_ide_new(&p->s->board, IDE_FN, disks, &error);
    g_assert_no_error(error);
    device_reset(&p->ide->pci.dev);
}

static uint32_t cfg(struct pc *p, unsigned offset, unsigned width)
{
    return pci_config_read(p->s->board.pci, IDE_FN, offset, width);
}

static void set_cfg(struct pc *p, unsigned offset, unsigned width, uint32_t v)
{
    pci_config_write(p->s->board.pci, IDE_FN, offset, width, v);
}

static void pc_end(struct pc *p)
{
    struct pci_bus *bus = p->s->board.pci;

    device_free(&p->ide->pci.dev);
    fake_free(&p->d[0]);
    fake_free(&p->d[1]);
    stub_free(p->s);
    pci_bus_free(bus);
}

static void test_pci_config(void)
{
    struct pc p = pc_start();

    g_assert_nonnull(p.ide);
    device_reset(&p.ide->pci.dev);
    g_assert_cmphex(cfg(&p, 0, 4), ==, 0x70108086);
    g_assert_cmphex(cfg(&p, 8, 4), ==, 0x01018000);
    g_assert_cmphex(cfg(&p, PCI_STATUS, 2), ==, 0x0280);
    g_assert_cmphex(cfg(&p, PCI_INTERRUPT_PIN, 1), ==, 0);
    g_assert_cmphex(cfg(&p, 0x20, 4), ==, 1);
    set_cfg(&p, 0x20, 4, 0xffffffff);
    g_assert_cmphex(cfg(&p, 0x20, 4), ==, 0xfffffff1);
    for (unsigned b = 0x10; b < 0x20; b += 4) {
        set_cfg(&p, b, 4, 0xffffffff);
        g_assert_cmphex(cfg(&p, b, 4), ==, 0);
    }
    set_cfg(&p, 0x40, 4, 0x8000a307);
    g_assert_cmphex(cfg(&p, 0x40, 4), ==, 0x8000a307);
    set_cfg(&p, 0x20, 4, BM);
    g_assert_cmphex(stub_inb(p.s, BM), ==, 0xff);
    set_cfg(&p, PCI_COMMAND, 2, 1);
    g_assert_cmphex(stub_inb(p.s, BM), ==, 0x00);
    g_assert_cmphex(stub_inb(p.s, BM + 10), ==, 0x00);
    space_write(p.s->board.ports, BM + 12, 4, 0x12345678);
    g_assert_cmphex(space_read(p.s->board.ports, BM + 12, 4), ==, 0x12345678);
    g_assert_cmphex(stub_inb(p.s, 0x1f7), ==, 0x00); /* no drive */
    g_assert_cmphex(stub_inb(p.s, 0x3f7), ==, 0xff); /* the floppy controller's */
    g_assert_cmpuint(state_layout_gap(p.ide->pci.dev.cls->state), ==, SIZE_MAX);
    pc_end(&p);
}

static void test_ports(void)
{
    struct pc p = pc_start();
    struct space *ports = p.s->board.ports;
    uint8_t data[3 * SECTOR], want[SECTOR];

    pc_plug(&p);
    g_assert_cmphex(stub_inb(p.s, 0x1f7), ==, READY);
    stub_outb(p.s, 0x1f2, 3);
    stub_outb(p.s, 0x1f3, 20);
    stub_outb(p.s, 0x1f4, 0);
    stub_outb(p.s, 0x1f5, 0);
    stub_outb(p.s, 0x1f6, 0xe0);
    stub_outb(p.s, 0x1f7, 0x20);
    g_assert_true(p.s->level[14]);
    g_assert_cmphex(stub_inb(p.s, 0x3f6), ==, WANTS_DATA);
    g_assert_true(p.s->level[14]);
    space_access(ports, 0x1f0, 2, 256, false, data); /* REP INSW */
    space_access(ports, 0x1f0, 4, 128, false, data + SECTOR);
    for (unsigned i = 0; i < SECTOR; i += 4) {
        uint32_t v = i & 4 ? (uint32_t)space_read(ports, 0x1f0, 4)
                           : (uint32_t)(space_read(ports, 0x1f0, 2) |
                                        (space_read(ports, 0x1f0, 2) & 0xffff) << 16);

        memcpy(data + 2 * SECTOR + i, &v, 4);
    }
    for (unsigned i = 0; i < 3; i++) {
        sector_of(&p.d[0], 20 + i, want);
        g_assert_cmpmem(data + i * SECTOR, SECTOR, want, SECTOR);
    }
    g_assert_cmphex(stub_inb(p.s, 0x1f7), ==, READY);
    g_assert_false(p.s->level[14]);
    g_assert_cmphex(stub_inb(p.s, 0x1f0), ==, 0xff); /* no byte port */
    stub_outb(p.s, 0x176, 0xf0);
    stub_outb(p.s, 0x172, 1);
    space_write(ports, 0x173, 2, 0x0007); /* two registers in one word */
    stub_outb(p.s, 0x177, 0x30);
    memset(want, 0x5a, SECTOR);
    space_access(ports, 0x170, 2, 256, true, want);
    g_assert_true(p.s->level[15]);
    g_assert_cmphex(stub_inb(p.s, 0x177), ==, READY);
    sector_of(&p.d[1], 7, data);
    g_assert_cmpmem(data, SECTOR, want, SECTOR);
    device_reset(&p.ide->pci.dev);
    g_assert_false(p.s->level[15]);
    pc_end(&p);
}

static void guest_dma(struct pc *p, uint32_t base, uint8_t cmd, uint8_t dir)
{
    uint32_t e[2] = {base, SECTOR | LAST};

    g_assert_true(ram_write(p->s->board.mem, TABLE, e, sizeof(e)));
    stub_outb(p->s, BM, 0);
    stub_outb(p->s, BM + 2, 6);
    space_write(p->s->board.ports, BM + 4, 4, TABLE);
    stub_outb(p->s, 0x1f6, 0xe0);
    stub_outb(p->s, 0x1f2, 1);
    stub_outb(p->s, 0x1f3, 33);
    stub_outb(p->s, 0x1f4, 0);
    stub_outb(p->s, 0x1f5, 0);
    stub_outb(p->s, 0x1f7, cmd);
    stub_outb(p->s, BM, dir | START);
    while (loop_iterate(false)) {
    }
}

static void test_pci_dma(void)
{
    struct pc p = pc_start();
    uint8_t data[SECTOR], want[SECTOR];

    pc_plug(&p);
    set_cfg(&p, 0x20, 4, BM);
    set_cfg(&p, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MASTER);
    guest_dma(&p, BUFFER, 0xc8, TO_MEMORY);
    g_assert_cmphex(stub_inb(p.s, BM + 2), ==, INTERRUPT);
    g_assert_true(p.s->level[14]);
    g_assert_cmphex(stub_inb(p.s, 0x1f7), ==, READY);
    sector_of(&p.d[0], 33, want);
    g_assert_true(ram_read(p.s->board.mem, BUFFER, data, SECTOR));
    g_assert_cmpmem(data, SECTOR, want, SECTOR);
    guest_dma(&p, 0xfec00000, 0xc8, TO_MEMORY); /* not RAM: never a device access */
    g_assert_cmphex(stub_inb(p.s, BM + 2), ==, ERROR | INTERRUPT);
    g_assert_cmphex(stub_inb(p.s, 0x1f7), ==, READY_ERR);
    set_cfg(&p, PCI_COMMAND, 2, PCI_COMMAND_IO);
    guest_dma(&p, BUFFER, 0xca, 0); /* bus mastering is off */
    g_assert_cmphex(stub_inb(p.s, BM + 2), ==, ERROR | INTERRUPT);
    g_assert_cmpuint(g_hash_table_size(p.d[0].written), ==, 0);
    pc_end(&p);
}

static void test_pci_save_load(void)
{
    struct pc p = pc_start();
    g_autoptr(GByteArray) a = g_byte_array_new();
    g_autoptr(GByteArray) b = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    pc_plug(&p);
    set_cfg(&p, 0x20, 4, BM);
    set_cfg(&p, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MASTER);
    stub_outb(p.s, 0x1f6, 0xe0);
    stub_outb(p.s, 0x1f7, 0x20);
    g_assert_true(p.s->level[14]);
    device_save(&p.ide->pci.dev, a);
    device_reset(&p.ide->pci.dev);
    g_assert_false(p.s->level[14]);
    g_assert_true(device_load(&p.ide->pci.dev, a->data, a->len, &error));
    g_assert_true(p.s->level[14]);
    g_assert_null(device_check(&p.ide->pci.dev));
    device_save(&p.ide->pci.dev, b);
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
    g_assert_cmphex(stub_inb(p.s, 0x1f7), ==, WANTS_DATA);
    pc_end(&p);
}

static void test_pci_failures(void)
{
    struct pc p = pc_start();
    struct disk *disks[2][2] = {{NULL}};
    g_autoptr(GError) error = NULL;
    struct pci_bus *bus = p.s->board.pci;

    g_assert_null(piix3_ide_new(&p.s->board, IDE_FN + 8, disks, &error)); /* ports are taken */
    g_assert_nonnull(error);
    g_clear_error(&error);
    p.s->board.pci = NULL;
    g_assert_null(piix3_ide_new(&p.s->board, IDE_FN, disks, &error));
    g_assert_nonnull(strstr(error->message, "no PCI bus"));
    p.s->board.pci = bus;
    pc_end(&p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/piix3-ide/config", test_pci_config);
    g_test_add_func("/piix3-ide/ports", test_ports);
    g_test_add_func("/piix3-ide/dma", test_pci_dma);
    g_test_add_func("/piix3-ide/save-load", test_pci_save_load);
    g_test_add_func("/piix3-ide/failures", test_pci_failures);
    return g_test_run();
}
