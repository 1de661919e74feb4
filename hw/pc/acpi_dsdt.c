/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DSDT: the root bus with its windows and interrupt routing, the PIIX3's four interrupt links,
 * what is on the ISA bus, the processors, and soft off. Names follow the board that systems have
 * met for twenty years, QEMU's pc: PCI0, LNKA to LNKD, LNKS, S08 for the slot at device 1.
 *
 * A slot whose card can go has a device with _EJ0, whether it is taken or not. GPE 1 asks the slot
 * registers (piix4_gpe.c) what came and what shall go, and tells the system by Notify.
 *
 * The links drive PIRQRC in the ISA bridge (82371SB section 2.2.10). The interrupt lines they lead
 * to are ISA ones with and without IOAPIC, so that there is one routing for both.
 */
#include "hw/pc/acpi.h"
#include "hw/pc/aml.h"

#include "hw/pci/i440fx.h"
#include "hw/pci/piix4_pm.h"
#include "hw/timer/hpet.h"

#define LINKS 4
#define PIRQRC 0x60
#define PIRQRC_DISABLE 0x80
#define RES_INTERRUPT_NUMBER 5 /* in a template that begins with an extended interrupt */
#define STA_ON 0x0b            /* present, decoding, works; not for the user's eyes */
#define STA_OFF 0x09
#define STA_SHOWN 0x0f
#define NOTIFY_DEVICE_CHECK 1
#define NOTIFY_EJECT_REQUEST 3

/* -- PCI -- */

/* The interrupt that the PIIX3 has 5, 10 and 11 free for; 9 is SCI, which has a link of its own. */
static const uint32_t link_irqs[] = {5, 10, 11};

/* Name(_PRT): pins of slot s start at PIRQ (s - 1) mod 4, see pci.c; SCI is wired to slot 1. */
static void add_prt(struct aml *a)
{
    static const char *const links[LINKS] = {"LNKA", "LNKB", "LNKC", "LNKD"};

    aml_def_name(a, "_PRT");
    aml_package_open(a, PCI_SLOTS * 4);
    for (uint32_t slot = 0; slot < PCI_SLOTS; slot++) {
        for (uint32_t pin = 0; pin < 4; pin++) {
            bool sci = slot == PIIX4_PM_DEVFN / 8 && pin == 0;

            aml_package_open(a, 4);
            aml_int(a, slot << 16 | 0xffff);
            aml_int(a, pin);
            aml_name(a, sci ? "LNKS" : links[(slot + 3 + pin) % LINKS]);
            aml_int(a, 0);
            aml_close(a);
        }
    }
    aml_close(a);
}

static void add_windows(struct aml *a, const struct acpi_config *cfg)
{
    uint64_t low = i440fx_low_ram(cfg->ram_size);

    aml_def_name(a, "_CRS");
    aml_resources_open(a);
    aml_res_bus(a, 0, 0);
    aml_res_io(a, 0xcf8, 8);
    aml_res_io_window(a, 0, 0xcf7);
    aml_res_io_window(a, 0xd00, 0xffff);
    aml_res_mem_window(a, 0xa0000, 0xbffff);
    aml_res_mem_window(a, (uint32_t)low, (uint32_t)I440FX_RESERVED_BASE - 1);
    aml_close(a);
}

/* -- PCI hotplug -- */

static void slot_name(char name[5], unsigned slot)
{
    g_snprintf(name, 5, "S%02X_", slot * 8);
}

static bool slot_fixed(const struct acpi_config *cfg, unsigned slot)
{
    return slot == 0 || (cfg->fixed >> slot & 1);
}

static void add_slot(struct aml *a, unsigned slot)
{
    char name[5];

    slot_name(name, slot);
    aml_device_open(a, name);
    aml_name_int(a, "_ADR", (uint64_t)slot << 16);
    aml_name_int(a, "_SUN", slot);
    aml_method_open(a, "_EJ0", 1, false);
    aml_op(a, AML_STORE);
    aml_int(a, UINT64_C(1) << slot);
    aml_name(a, "PCEJ");
    aml_close(a);
    aml_close(a);
}

/* If (And(bits, 1 << slot)) { Notify(slot's device, what) } */
static void add_notify(struct aml *a, uint8_t bits, unsigned slot, unsigned what)
{
    char name[5];

    slot_name(name, slot);
    aml_if_open(a);
    aml_op(a, AML_AND);
    aml_op(a, bits);
    aml_int(a, UINT64_C(1) << slot);
    aml_op(a, AML_ZERO); /* no target */
    aml_op(a, AML_NOTIFY);
    aml_name(a, name);
    aml_int(a, what);
    aml_close(a);
}

static void load_local(struct aml *a, const char *reg, uint8_t local)
{
    aml_op(a, AML_STORE);
    aml_name(a, reg);
    aml_op(a, local);
}

static void add_hotplug(struct aml *a, const struct acpi_config *cfg)
{
    _Static_assert(PIIX4_SLOTS_DOWN == PIIX4_SLOTS_UP + 4 &&
                       PIIX4_SLOTS_EJECT == PIIX4_SLOTS_DOWN + 4,
                   "three dwords in a row");

    aml_region(a, "PCST", AML_SYSTEM_IO, PIIX4_SLOTS_PORT + PIIX4_SLOTS_UP, 12);
    aml_field_dwords_open(a, "PCST");
    aml_field(a, "PCIU", 32);
    aml_field(a, "PCID", 32);
    aml_field(a, "PCEJ", 32);
    aml_close(a);
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
        if (!slot_fixed(cfg, slot)) {
            add_slot(a, slot);
        }
    }
    aml_method_open(a, "PCNT", 0, true);
    load_local(a, "PCIU", AML_LOCAL0);
    load_local(a, "PCID", AML_LOCAL1);
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
        if (!slot_fixed(cfg, slot)) {
            add_notify(a, AML_LOCAL0, slot, NOTIFY_DEVICE_CHECK);
            add_notify(a, AML_LOCAL1, slot, NOTIFY_EJECT_REQUEST);
        }
    }
    aml_close(a);
}

/* \_GPE._E01: an edge, since the slot registers say all there is. */
static void add_events(struct aml *a)
{
    _Static_assert(PIIX4_GPE_HOTPLUG == 1, "_E01");

    aml_scope_open(a, "\\_GPE");
    aml_method_open(a, "_E01", 0, false);
    aml_name(a, "\\_SB.PCI0.PCNT");
    aml_close(a);
    aml_close(a);
}

/* -- interrupt links -- */

static void add_prs(struct aml *a, const uint32_t *irqs, unsigned n)
{
    aml_def_name(a, "_PRS");
    aml_resources_open(a);
    aml_res_interrupt(a, irqs, n);
    aml_close(a);
}

static void return_int(struct aml *a, uint64_t v)
{
    aml_op(a, AML_RETURN);
    aml_int(a, v);
}

/* Method(_STA): off while PIRQRC has its disable bit. */
static void link_sta(struct aml *a, const char *reg)
{
    aml_method_open(a, "_STA", 0, false);
    aml_if_open(a);
    aml_op(a, AML_AND);
    aml_name(a, reg);
    aml_int(a, PIRQRC_DISABLE);
    aml_op(a, AML_ZERO); /* no target */
    return_int(a, STA_OFF);
    aml_close(a);
    return_int(a, STA_ON);
    aml_close(a);
}

static void link_dis(struct aml *a, const char *reg)
{
    aml_method_open(a, "_DIS", 0, false);
    aml_op(a, AML_OR);
    aml_name(a, reg);
    aml_int(a, PIRQRC_DISABLE);
    aml_name(a, reg);
    aml_close(a);
}

/* CreateDWordField(buffer, 5, IRQN) */
static void irq_number_of(struct aml *a, const char *buffer)
{
    aml_op(a, AML_CREATE_DWORD_FIELD);
    if (buffer) {
        aml_name(a, buffer);
    } else {
        aml_op(a, AML_ARG0);
    }
    aml_int(a, RES_INTERRUPT_NUMBER);
    aml_name(a, "IRQN");
}

/* Method(_CRS): interrupt 0, which is none, while the link is off. */
static void link_crs(struct aml *a, const char *reg)
{
    static const uint32_t none[] = {0};

    aml_method_open(a, "_CRS", 0, true);
    aml_def_name(a, "RESB");
    aml_resources_open(a);
    aml_res_interrupt(a, none, 1);
    aml_close(a);
    irq_number_of(a, "RESB");
    aml_if_open(a);
    aml_op(a, AML_LLESS);
    aml_name(a, reg);
    aml_int(a, PIRQRC_DISABLE);
    aml_op(a, AML_STORE);
    aml_name(a, reg);
    aml_name(a, "IRQN");
    aml_close(a);
    aml_op(a, AML_RETURN);
    aml_name(a, "RESB");
    aml_close(a);
}

static void link_srs(struct aml *a, const char *reg)
{
    aml_method_open(a, "_SRS", 1, true);
    irq_number_of(a, NULL);
    aml_op(a, AML_STORE);
    aml_name(a, "IRQN");
    aml_name(a, reg);
    aml_close(a);
}

static void add_link(struct aml *a, unsigned n)
{
    const char name[] = {'L', 'N', 'K', (char)('A' + n), 0};
    const char reg[] = {'P', 'R', 'Q', (char)('A' + n), 0};

    aml_device_open(a, name);
    aml_name_eisaid(a, "_HID", "PNP0C0F");
    aml_name_int(a, "_UID", n);
    add_prs(a, link_irqs, G_N_ELEMENTS(link_irqs));
    link_sta(a, reg);
    link_dis(a, reg);
    link_crs(a, reg);
    link_srs(a, reg);
    aml_close(a);
}

/* SCI as the link of the power management function: always on, always IRQ 9. */
static void add_sci_link(struct aml *a)
{
    static const uint32_t sci[] = {PIIX4_PM_SCI};

    aml_device_open(a, "LNKS");
    aml_name_eisaid(a, "_HID", "PNP0C0F");
    aml_name_int(a, "_UID", LINKS);
    aml_name_int(a, "_STA", STA_ON);
    add_prs(a, sci, 1);
    aml_def_name(a, "_CRS");
    aml_resources_open(a);
    aml_res_interrupt(a, sci, 1);
    aml_close(a);
    aml_method_open(a, "_DIS", 0, false);
    aml_close(a);
    aml_method_open(a, "_SRS", 1, false);
    aml_close(a);
    aml_close(a);
}

static void add_links(struct aml *a)
{
    aml_scope_open(a, "\\_SB");
    aml_field_open(a, "PCI0.ISA.PIRR");
    for (unsigned n = 0; n < LINKS; n++) {
        const char reg[] = {'P', 'R', 'Q', (char)('A' + n), 0};

        aml_field(a, reg, 8);
    }
    aml_close(a);
    for (unsigned n = 0; n < LINKS; n++) {
        add_link(a, n);
    }
    add_sci_link(a);
    aml_close(a);
}

/* -- ISA -- */

struct isa_device {
    const char *name, *hid;
    unsigned uid; /* 0: none */
    uint8_t sta;
    struct {
        uint16_t base;
        uint8_t len;
    } io[7];
    int irq; /* -1: none */
};

static const struct isa_device isa[] = {
    {"RTC", "PNP0B00", 0, 0, {{0x70, 2}}, 8},
    {"KBD", "PNP0303", 0, STA_SHOWN, {{0x60, 1}, {0x64, 1}}, 1},
    {"MOU", "PNP0F13", 0, STA_SHOWN, {{0, 0}}, 12},
    /* what the board itself decodes: PM, SMBus, GPE0, hotplug, SMI command, ELCR, port 92h */
    {"MBRD",
     "PNP0C02",
     0,
     0,
     {{PIIX4_PM_BASE, PIIX4_PM_PORTS},
      {PIIX4_PM_SMB_BASE, PIIX4_PM_SMB_PORTS},
      {PIIX4_GPE_PORT, PIIX4_GPE_PORTS},
      {PIIX4_SLOTS_PORT, PIIX4_SLOTS_PORTS},
      {PIIX4_PM_SMI_CMD, 2},
      {0x4d0, 2},
      {0x92, 1}},
     -1},
};

static const struct isa_device com[4] = {
    {"COM1", "PNP0501", 1, STA_SHOWN, {{0x3f8, 8}}, 4},
    {"COM2", "PNP0501", 2, STA_SHOWN, {{0x2f8, 8}}, 3},
    {"COM3", "PNP0501", 3, STA_SHOWN, {{0x3e8, 8}}, 4},
    {"COM4", "PNP0501", 4, STA_SHOWN, {{0x2e8, 8}}, 3},
};

static void add_isa_device(struct aml *a, const struct isa_device *d)
{
    aml_device_open(a, d->name);
    aml_name_eisaid(a, "_HID", d->hid);
    if (d->uid) {
        aml_name_int(a, "_UID", d->uid);
    }
    if (d->sta) {
        aml_name_int(a, "_STA", d->sta);
    }
    aml_def_name(a, "_CRS");
    aml_resources_open(a);
    for (unsigned i = 0; i < G_N_ELEMENTS(d->io) && d->io[i].len; i++) {
        aml_res_io(a, d->io[i].base, d->io[i].len);
    }
    if (d->irq >= 0) {
        aml_res_irq(a, (unsigned)d->irq);
    }
    aml_close(a);
    aml_close(a);
}

/* By the id under which systems look for the configuration device. */
static void add_fw_cfg(struct aml *a)
{
    aml_device_open(a, "FWCF");
    aml_def_name(a, "_HID");
    aml_string(a, "QEMU0002");
    aml_name_int(a, "_STA", STA_ON);
    aml_def_name(a, "_CRS");
    aml_resources_open(a);
    aml_res_io(a, 0x510, 12);
    aml_close(a);
    aml_close(a);
}

static void add_isa(struct aml *a, const struct acpi_config *cfg)
{
    aml_device_open(a, "ISA");
    aml_name_int(a, "_ADR", 0x00010000);
    aml_region(a, "PIRR", AML_PCI_CONFIG, PIRQRC, LINKS);
    for (size_t i = 0; i < G_N_ELEMENTS(isa); i++) {
        add_isa_device(a, &isa[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        if (cfg->com[i]) {
            add_isa_device(a, &com[i]);
        }
    }
    aml_close(a);
}

/* -- the whole -- */

static void add_pci(struct aml *a, const struct acpi_config *cfg)
{
    aml_scope_open(a, "\\_SB");
    aml_device_open(a, "PCI0");
    aml_name_eisaid(a, "_HID", "PNP0A03");
    aml_name_int(a, "_ADR", 0);
    aml_name_int(a, "_UID", 0);
    add_windows(a, cfg);
    add_isa(a, cfg);
    add_fw_cfg(a);
    add_hotplug(a, cfg);
    aml_close(a);
    aml_close(a);
}

static void add_hpet(struct aml *a)
{
    aml_scope_open(a, "\\_SB");
    aml_device_open(a, "HPET");
    aml_name_eisaid(a, "_HID", "PNP0103");
    aml_name_int(a, "_UID", 0);
    aml_name_int(a, "_STA", STA_SHOWN);
    aml_def_name(a, "_CRS");
    aml_resources_open(a);
    aml_res_mem_fixed(a, HPET_BASE, HPET_SIZE);
    aml_close(a);
    aml_close(a);
    aml_close(a);
}

static void add_cpus(struct aml *a, const struct acpi_config *cfg)
{
    aml_scope_open(a, "\\_PR");
    for (unsigned i = 0; i < cfg->cpus && i < 256; i++) {
        g_autofree char *name = g_strdup_printf("C%03X", i);

        aml_processor_open(a, name, (uint8_t)i);
        aml_close(a);
    }
    aml_close(a);
}

/* Name(\_S5): what goes into SLP_TYP for soft off. There are no other sleep states. */
static void add_s5(struct aml *a)
{
    aml_def_name(a, "\\_S5");
    aml_package_open(a, 4);
    for (unsigned i = 0; i < 4; i++) {
        aml_int(a, i < 2 ? PIIX4_PM_SUS_TYP_OFF : 0);
    }
    aml_close(a);
}

GByteArray *acpi_dsdt(const struct acpi_config *cfg)
{
    struct aml a;
    GByteArray *t;

    aml_init(&a);
    acpi_header(a.out, "DSDT", 1);
    add_pci(&a, cfg);
    add_links(&a);
    aml_scope_open(&a, "\\_SB.PCI0"); /* after the links that it names */
    add_prt(&a);
    aml_close(&a);
    if (cfg->hpet) {
        add_hpet(&a);
    }
    add_cpus(&a, cfg);
    add_s5(&a);
    add_events(&a);
    t = aml_finish(&a);
    acpi_set_length(t);
    return t;
}
