/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board: QEMU's "pc" on one page. i440FX and PIIX3, the AT's chips behind them, RAM and ROM.
 *
 * Interrupt lines are board.gsi[]: 0 to 15 the ISA interrupts, which both the PICs and the IOAPIC
 * hear, 16 to 23 the IOAPIC alone. They end in the hypervisor, or here, as pc_config says.
 * The A20 gate has two drivers and no effect: A20 is always on, as under KVM.
 *
 * Threading: made and freed in the loop thread. The sinks of gsi[] run with the driving device's
 * lock held and take those of the interrupt controllers.
 */
#include "hw/pc/board.h"

#include "hw/char/debugcon.h"
#include "hw/char/serial.h"
#include "hw/display/vga_pci.h"
#include "hw/dma/i8257.h"
#include "hw/ide/piix3_ide.h"
#include "hw/input/i8042.h"
#include "hw/input/vmmouse.h"
#include "hw/intc/i8259.h"
#include "hw/intc/ioapic.h"
#include "hw/pc/acpi.h"
#include "hw/pc/cmos.h"
#include "hw/pc/fw_cfg.h"
#include "hw/pc/linuxboot.h"
#include "hw/pc/pc_fw.h"
#include "hw/pc/port92.h"
#include "hw/pc/rom.h"
#include "hw/pci/i440fx.h"
#include "hw/pci/piix3.h"
#include "hw/pci/piix4_pm.h"
#include "hw/timer/hpet.h"
#include "hw/timer/i8254.h"
#include "hw/timer/mc146818.h"
#include "hw/timer/port61.h"

#include <string.h>

#define DEFAULT_BIOS "bios-256k.bin"
#define DEFAULT_BOOT "cad"
#define PIC_LINES 16
#define ISA_RTC_IRQ 8
#define IDE_DEVFN (PIIX3_DEVFN + 1)
#define MAX_CPUS 255

struct pc {
    struct board board;
    struct pc_config cfg;
    struct irq_line a20;
    struct ram_block *ram;
    struct rom rom;
    struct i8259 *pic;
    struct ioapic *ioapic;
    struct mc146818 *rtc;
    struct piix4_pm *pm; /* NULL: no ACPI */
    struct hpet *hpet;   /* NULL: none */
    bool boots_linux;
    guint first_device; /* in device_list(): ours start here */
};

struct board *pc_board(struct pc *pc)
{
    return &pc->board;
}

struct ram_block *pc_ram(struct pc *pc)
{
    return pc->ram;
}

bool pc_has_hotplug(const struct pc *pc)
{
    return pc->pm != NULL;
}

void pc_slot(struct pc *pc, unsigned slot, bool up)
{
    if (pc->pm) {
        piix4_pm_slot(pc->pm, slot, up);
    }
}

uint32_t pc_slots_down(struct pc *pc)
{
    return pc->pm ? piix4_pm_slots_down(pc->pm) : 0;
}

void pc_on_eject(struct pc *pc, void (*fn)(void *opaque, uint32_t slots), void *opaque)
{
    if (pc->pm) {
        pc->pm->gpe.ejected = fn;
        pc->pm->gpe.ejected_opaque = opaque;
    }
}

void pc_power_button(struct pc *pc)
{
    if (pc->pm) {
        piix4_pm_power_button(pc->pm);
    }
}

/* -- interrupts -- */

uint8_t pc_intr_ack(void *opaque)
{
    struct pc *pc = opaque;

    return pc->pic ? i8259_ack(pc->pic) : 0;
}

void pc_ioapic_eoi(void *opaque, uint8_t vector)
{
    struct pc *pc = opaque;

    if (pc->ioapic) {
        ioapic_eoi(pc->ioapic, vector);
    }
}

/* A line with our own chips on it. */
static void gsi_changed(void *opaque, unsigned n, bool level)
{
    struct pc *pc = opaque;

    if (n < PIC_LINES) {
        i8259_set_irq(pc->pic, n, level);
    }
    if (pc->ioapic) {
        ioapic_set_irq(pc->ioapic, n, level);
    }
}

/* Before the PIT and the RTC, whose lines to IRQ 0 and 8 go through it. */
static bool make_hpet(struct pc *pc, GError **error)
{
    const struct pc_config *cfg = &pc->cfg;
    bool ours = cfg->intc != PC_INTC_HYPERVISOR;

    if (cfg->no_hpet || (!ours && !cfg->mute_pit)) {
        return true;
    }
    pc->hpet = hpet_new(&pc->board, ours ? NULL : cfg->mute_pit, cfg->accel_opaque, error);
    return pc->hpet != NULL;
}

/* Where an ISA interrupt goes that the HPET may take over: n 0 of the PIT, 1 of the RTC. */
static struct irq_line *legacy_line(struct pc *pc, unsigned n)
{
    return pc->hpet ? hpet_legacy_line(pc->hpet, n) : &pc->board.gsi[n ? ISA_RTC_IRQ : 0];
}

static bool make_interrupts(struct pc *pc, GError **error)
{
    struct board *b = &pc->board;
    const struct pc_config *cfg = &pc->cfg;

    if (cfg->intc == PC_INTC_HYPERVISOR) {
        for (unsigned n = 0; n < BOARD_GSIS; n++) {
            irq_line_connect(&b->gsi[n], cfg->gsi, cfg->accel_opaque, n);
        }
        return make_hpet(pc, error) &&
               (!cfg->counter2 || port61_new(b, cfg->counter2, cfg->accel_opaque, error) != NULL);
    }
    pc->pic = i8259_new(b, cfg->intr, cfg->accel_opaque, error);
    if (!pc->pic) {
        return false;
    }
    if (cfg->intc == PC_INTC_SPLIT) {
        pc->ioapic = ioapic_new(b, cfg->msi, cfg->ioapic_route, cfg->accel_opaque, error);
        if (!pc->ioapic) {
            return false;
        }
    }
    for (unsigned n = 0; n < BOARD_GSIS; n++) {
        irq_line_connect(&b->gsi[n], gsi_changed, pc, n);
    }
    return make_hpet(pc, error) && i8254_new(b, legacy_line(pc, 0), error) != NULL;
}

/* -- bridges, RAM, firmware -- */

static bool make_bridges(struct pc *pc, GError **error)
{
    struct board *b = &pc->board;
    struct i440fx *host;

    pc->ram = b->ram_alloc(b->accel_opaque, "ram", pc->cfg.ram_size, error);
    if (!pc->ram) {
        return false;
    }
    host = i440fx_new(b, pc->ram, error);
    return host && piix3_new(b, host, error) &&
           rom_load(&pc->rom, b, pc->cfg.bios ? pc->cfg.bios : DEFAULT_BIOS, error);
}

static bool make_fw_cfg(struct pc *pc, GError **error)
{
    struct fw_cfg *fw = fw_cfg_new(&pc->board, error);

    if (!fw || !pc_fw_fill(fw, &pc->cfg, error)) {
        return false;
    }
    pc->boots_linux = pc->cfg.linux_boot != NULL;
    return !pc->boots_linux || linuxboot_add(fw, pc->cfg.linux_boot, pc->cfg.ram_size, error);
}

static bool make_rtc(struct pc *pc, GError **error)
{
    struct cmos_boot boot;

    if (!cmos_boot_parse(pc->cfg.boot ? pc->cfg.boot : DEFAULT_BOOT, &boot, error)) {
        return false;
    }
    pc->rtc = mc146818_new(&pc->board, legacy_line(pc, 1), error);
    if (!pc->rtc) {
        return false;
    }
    cmos_fill(pc->rtc, pc->cfg.ram_size, pc->cfg.cpus, &boot);
    return true;
}

/* -- the AT's other chips, and what the user plugged in -- */

static bool make_isa(struct pc *pc, GError **error)
{
    struct board *b = &pc->board;
    uint8_t uuid[16] = {0};
    struct i8042 *i8042;

    b->dma = i8257_new(b, error);
    if (!b->dma || !port92_new(b, &pc->a20, error)) {
        return false;
    }
    i8042 = i8042_new(b, &pc->a20, error);
    if (!i8042 || pc->cfg.no_vmport) {
        return i8042 != NULL;
    }
    pc_fw_uuid(&pc->cfg, uuid, NULL); /* was checked before */
    return vmmouse_new(b, i8042, pc->cfg.ram_size, uuid, error) != NULL;
}

static bool make_lines(struct pc *pc, GError **error)
{
    static const uint16_t debug_ports[2] = {0x402, 0xe9};

    for (unsigned i = 0; i < 4; i++) {
        if (pc->cfg.serial[i] && !serial_new(&pc->board, i, pc->cfg.serial[i], error)) {
            return false;
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        if (pc->cfg.debugcon[i] &&
            !debugcon_new(&pc->board, debug_ports[i], pc->cfg.debugcon[i], error)) {
            return false;
        }
    }
    return true;
}

static bool make_pci(struct pc *pc, GError **error)
{
    struct board *b = &pc->board;

    if (!piix3_ide_new(b, IDE_DEVFN, pc->cfg.ide, error)) {
        return false;
    }
    if (!pc->cfg.no_acpi) {
        pc->pm = piix4_pm_new(b, &b->gsi[PIIX4_PM_SCI], error);
        if (!pc->pm) {
            return false;
        }
    }
    return !pc->cfg.vga || device_realize(device_new(&vga_pci_class, NULL), b, error);
}

/* -- the whole -- */

static bool config_ok(const struct pc_config *cfg, GError **error)
{
    if (cfg->ram_size < I440FX_RAM_MIN || cfg->ram_size % RAM_PAGE) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-m: the board needs at least 1 MiB of RAM, in multiples of 4 KiB");
        return false;
    }
    if (cfg->cpus < 1 || cfg->cpus > MAX_CPUS) {
        g_set_error(error, DEVICE_ERROR, 0, "-smp %u: from 1 to %d CPUs", cfg->cpus, MAX_CPUS);
        return false;
    }
    return true;
}

static void init_board(struct pc *pc, struct space *ports, struct space *mem, struct clock *clock,
                       const struct pc_config *cfg)
{
    struct board *b = &pc->board;

    pc->cfg = *cfg;
    pc->first_device = device_list()->len;
    b->ports = ports;
    b->mem = mem;
    b->clock = clock;
    b->ram_alloc = cfg->ram_alloc;
    b->dirty_log = cfg->dirty_log;
    b->accel_opaque = cfg->accel_opaque;
    b->firmware = cfg->firmware;
    b->firmware_opaque = cfg->firmware_opaque;
    lock_init(&b->isa_dma_lock, "isa-dma", LOCK_DEVICE);
    for (unsigned n = 0; n < BOARD_GSIS; n++) {
        irq_line_init(&b->gsi[n], NULL, NULL, n);
    }
    irq_line_init(&pc->a20, NULL, NULL, 0);
}

struct pc *pc_new(struct space *ports, struct space *mem, struct clock *clock,
                  const struct pc_config *cfg, GError **error)
{
    struct pc *pc;
    bool ok;

    if (!config_ok(cfg, error)) {
        return NULL;
    }
    pc = g_new0(struct pc, 1);
    init_board(pc, ports, mem, clock, cfg);
    ok = make_interrupts(pc, error) && make_bridges(pc, error) && make_fw_cfg(pc, error) &&
         make_rtc(pc, error) && make_isa(pc, error) && make_lines(pc, error) && make_pci(pc, error);
    if (!ok) {
        pc_free(pc);
        return NULL;
    }
    return pc;
}

static bool has_com(struct pc *pc, unsigned n)
{
    static const uint16_t base[4] = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
    const struct region *r = space_port_region(pc->board.ports, base[n]);

    return r && r->dev && r->dev->cls == &serial_class;
}

static void note_fixed(struct pci_device *d, void *opaque)
{
    if (!device_class_hotpluggable(d->dev.cls)) {
        *(uint32_t *)opaque |= UINT32_C(1) << d->devfn / 8;
    }
}

static void add_tables(struct pc *pc)
{
    uint8_t uuid[16] = {0};
    struct acpi_config cfg = {
        .ram_size = pc->cfg.ram_size,
        .cpus = pc->cfg.cpus,
        .apic = pc->cfg.intc != PC_INTC_OWN,
        .hpet = pc->hpet != NULL,
        .uuid = uuid,
    };

    pc_fw_uuid(&pc->cfg, uuid, NULL); /* was checked before */
    for (unsigned i = 0; i < 4; i++) {
        cfg.com[i] = has_com(pc, i);
    }
    smbios_add(pc->board.fw_cfg, &cfg);
    if (pc->pm) {
        pci_bus_each(pc->board.pci, note_fixed, &cfg.fixed);
        pc->pm->gpe.fixed = cfg.fixed;
        acpi_add(pc->board.fw_cfg, &cfg);
    }
}

void pc_finish(struct pc *pc)
{
    /* nothing but -kernel has an explicit place; else the order is that of CMOS */
    fw_cfg_add_file(pc->board.fw_cfg, "bootorder", LINUXBOOT_DEVICE,
                    pc->boots_linux ? sizeof(LINUXBOOT_DEVICE) : 0);
    cmos_fill_disks(pc->rtc, pc->cfg.ide);
    add_tables(pc);
    pci_bus_start(pc->board.pci);
}

/* Devices that came later hang on ours, so the last goes first. */
void pc_free(struct pc *pc)
{
    GPtrArray *list = device_list();

    if (!pc) {
        return;
    }
    while (list->len > pc->first_device) {
        device_free(g_ptr_array_index(list, list->len - 1));
    }
    rom_free(&pc->rom); /* waits for readers */
    ram_block_free(pc->ram);
    lock_clear(&pc->board.isa_dma_lock);
    g_free(pc);
}
