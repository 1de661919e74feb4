/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device is plugged into, and what the board is built from. The board knows no hypervisor:
 * where interrupt lines end, and whose RAM it is, comes in with struct pc_config.
 */
#ifndef HW_PC_BOARD_H
#define HW_PC_BOARD_H

#include "core/clock.h"
#include "core/device.h"
#include "core/disk.h"
#include "core/irq.h"
#include "core/line.h"
#include "core/link.h"
#include "core/ram.h"
#include "core/space.h"

#define BOARD_GSIS 24

struct fw_cfg;
struct i8257;
struct pci_bus;

struct board {
    struct space *ports, *mem;
    struct clock *clock;
    /* ISA IRQ n is gsi[n]; 16 to 23 are the IOAPIC's own. Connect output pins to these. */
    struct irq_line gsi[BOARD_GSIS];
    struct pci_bus *pci;      /* NULL in tests of ISA devices */
    struct i8257 *dma;        /* NULL likewise */
    struct fw_cfg *fw_cfg;    /* NULL likewise */
    struct lock isa_dma_lock; /* the domain of the DMA controllers and what is wired to them */
    /* VRAM and option ROM contents come from here. */
    struct ram_block *(*ram_alloc)(void *opaque, const char *name, uint64_t size, GError **error);
    /* Dirty log of the hypervisor, as in accel.h; NULL: none (all dirty by ram_block only). */
    void (*dirty_log)(void *opaque, struct ram_block *block, uint64_t *bitmap);
    /* Deliver coalesced writes before the screen is drawn; no device lock held. NULL: none. */
    void *accel_opaque;
    /* A firmware file ("vgabios-stdvga.bin") by name, from -L and the firmware path. */
    GBytes *(*firmware)(void *opaque, const char *name, GError **error);
    void *firmware_opaque;
};

enum pc_intc {
    PC_INTC_HYPERVISOR, /* PIC, IOAPIC and PIT in the hypervisor; see counter2 */
    PC_INTC_SPLIT,      /* all ours but the LAPIC */
    PC_INTC_OWN,        /* PIC and PIT ours; no APIC, no IOAPIC */
};

/* Counter 2 of a timer in the hypervisor. */
struct pc_counter {
    uint64_t stamp;  /* another one after each load of a count */
    uint64_t age_ns; /* since that load */
    uint32_t count;  /* 1 to 65536, else none */
    uint8_t mode;    /* 0 to 5, else none */
};

struct pc_fw_file { /* -fw_cfg name=...,file=|string= */
    char *name;
    GBytes *data;
};

/* -kernel, -initrd, -append: the names are for messages, pc_new() copies the contents. */
struct pc_linux {
    const char *kernel_file, *initrd_file;
    GBytes *kernel, *initrd; /* initrd may be NULL */
    const char *append;      /* NULL: empty */
};

struct pc_config {
    uint64_t ram_size;
    unsigned cpus;
    enum pc_intc intc;
    /* into the hypervisor */
    irq_fn *gsi;  /* PC_INTC_HYPERVISOR: n = GSI */
    irq_fn *intr; /* else: INTR of the PIC to the CPU, n = 0 */
    void (*msi)(void *opaque, uint64_t addr, uint32_t data);
    void (*ioapic_route)(void *opaque, unsigned pin, bool valid, uint64_t addr, uint32_t data);
    /* PC_INTC_HYPERVISOR: keep the PIT from IRQ 0. NULL: it cannot, so there is no HPET. */
    void (*mute_pit)(void *opaque, bool mute);
    /* PC_INTC_HYPERVISOR: what counter 2 of the PIT is. NULL: port 61h is in the hypervisor too. */
    bool (*counter2)(void *opaque, struct pc_counter *out);
    struct ram_block *(*ram_alloc)(void *opaque, const char *name, uint64_t size, GError **error);
    void (*dirty_log)(void *opaque, struct ram_block *block, uint64_t *bitmap);
    void *accel_opaque;
    /* from the command line */
    GBytes *(*firmware)(void *opaque, const char *name, GError **error);
    void *firmware_opaque;
    const char *bios; /* file name; NULL = bios-256k.bin */
    const char *boot; /* letters a c d n; NULL = "cad" as QEMU */
    bool boot_menu;
    unsigned boot_splash_ms;
    const char *uuid;         /* NULL: zero */
    struct disk *ide[2][2];   /* [channel][unit], NULL: no drive */
    bool no_ide;              /* no controller's drives at all with -nodefaults: still soldered */
    struct line *serial[4];   /* NULL: no port */
    struct line *debugcon[2]; /* 0x402 and 0xe9; NULL: none */
    bool vga;                 /* the standard VGA as a PCI device */
    bool rtc_localtime;
    bool no_acpi; /* no power management function, no tables */
    bool no_hpet;
    bool no_vmport; /* no VMware backdoor, and so no mouse that knows positions */
    const struct pc_linux *linux_boot; /* used by pc_new() only; NULL: firmware boots a disk */
    GPtrArray *fw_files;               /* struct pc_fw_file *; may be NULL */
};

struct pc;

/*
 * Build the board into the two spaces: chips, bridges, RAM with PAM and the PCI hole, firmware.
 * Devices are realized in the order in which they are reset. NULL on error.
 */
struct pc *pc_new(struct space *ports, struct space *mem, struct clock *clock,
                  const struct pc_config *cfg, GError **error);
void pc_free(struct pc *pc);
struct board *pc_board(struct pc *pc);

/* For accel_host: the PIC's INTA cycle, and EOI of a level interrupt to the IOAPIC. */
uint8_t pc_intr_ack(void *pc);
void pc_ioapic_eoi(void *pc, uint8_t vector);

/* Contents that depend on what was plugged in: fw_cfg bootorder and the like. Before first run. */
void pc_finish(struct pc *pc);

/* Can cards come and go while the guest runs? By ACPI only. */
bool pc_has_hotplug(const struct pc *pc);
/* Tell the guest: a card came into this slot (up), or shall be let go. Loop thread, as all these. */
void pc_slot(struct pc *pc, unsigned slot, bool up);
/* Slots whose cards shall go, a bit each: a reset takes them out. */
uint32_t pc_slots_down(struct pc *pc);
/* fn hears, in the loop thread, of slots that the guest let go. */
void pc_on_eject(struct pc *pc, void (*fn)(void *opaque, uint32_t slots), void *opaque);

/* Press the power button: ACPI guests hear of it. Loop thread. */
void pc_power_button(struct pc *pc);

/* The board's own RAM block, for pmemsave and the like. */
struct ram_block *pc_ram(struct pc *pc);

#endif
