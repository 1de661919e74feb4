/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 82441FX PCI and Memory Controller (PMC), order number 290549: CONFADD and CONFDATA
 * (section 3.1), PAM registers (3.2.17), SMRAM (3.2.24), memory map (4.1). Identity as QEMU's pc.
 *
 * Modelled: configuration mechanism 1 on bus 0; the 13 programmable segments from C0000h, each
 * none, read-only or read/write RAM; SMRAM with open and lock; RAM below and above 4 GiB.
 * Registers of DRAM timing, row boundaries, error reporting and latency are not modelled: they keep
 * their reset values. Write-only segments behave as "none": reads go to ROM or PCI, writes vanish.
 * There is no system management mode, so SMRAM matters only while it is open.
 *
 * Every segment is a region of its own above all else, so that shadowing never moves the big blocks
 * of RAM in the hypervisor. Both forms of a segment, RAM and ROM, exist from the start and are only
 * mapped and unmapped: a reader of an old map still sees the region it knew.
 *
 * Threading: this device's lock ranks below all others (LOCK_HOST_BRIDGE); configuration accesses
 * take the lock of the function behind them.
 */
#include "hw/pci/i440fx.h"

#include "core/ram.h"

#define CONFADD 0xcf8
#define CONFDATA 0xcfc
#define CONFADD_ENABLE 0x80000000u
#define CONFADD_MASK 0x80fffffcu /* the rest is reserved and reads 0 */
#define RCR_OFFSET 1             /* CF9h */

#define PAM0 0x59
#define PAM_COUNT 7
#define PAM_RE 1u
#define PAM_WE 2u
#define PAM0_WMASK 0x30
#define PAM_WMASK 0x33

#define SMRAM 0x72
#define SMRAM_D_OPEN 0x40u
#define SMRAM_D_CLS 0x20u
#define SMRAM_D_LCK 0x10u
#define SMRAM_G_SMRAME 0x08u
#define SMRAM_RESET 0x02
#define SMRAM_WMASK (SMRAM_D_OPEN | SMRAM_D_CLS | SMRAM_D_LCK | SMRAM_G_SMRAME)

#define RAM_SIZE_8M 0x57 /* what QEMU's board shows to coreboot: RAM in units of 8 MiB */

#define LOW_END 0xa0000u
#define SMRAM_BASE 0xa0000u
#define SMRAM_SIZE 0x20000u
#define MIDDLE_BASE 0x100000u

_Static_assert(sizeof(struct i440fx_state) == sizeof(struct pci_state) + 8, "no padding");

static const struct {
    uint32_t base, size;
    uint8_t reg, shift;
} segments[I440FX_PAM_SEGMENTS] = {
    {0xf0000, 0x10000, PAM0, 4},    {0xc0000, 0x4000, PAM0 + 1, 0}, {0xc4000, 0x4000, PAM0 + 1, 4},
    {0xc8000, 0x4000, PAM0 + 2, 0}, {0xcc000, 0x4000, PAM0 + 2, 4}, {0xd0000, 0x4000, PAM0 + 3, 0},
    {0xd4000, 0x4000, PAM0 + 3, 4}, {0xd8000, 0x4000, PAM0 + 4, 0}, {0xdc000, 0x4000, PAM0 + 4, 4},
    {0xe0000, 0x4000, PAM0 + 5, 0}, {0xe4000, 0x4000, PAM0 + 5, 4}, {0xe8000, 0x4000, PAM0 + 6, 0},
    {0xec000, 0x4000, PAM0 + 6, 4},
};

static struct i440fx *self(struct device *d)
{
    return (struct i440fx *)(void *)d;
}

uint64_t i440fx_low_ram(uint64_t ram_size)
{
    return ram_size < I440FX_LOW_RAM_MAX ? ram_size : I440FX_LOW_RAM_MAX;
}

/* -- memory map -- */

static void show(struct space *mem, struct region *r, uint64_t base, bool on)
{
    if (on && !region_mapped(r)) {
        space_map_or_warn(mem, r, base);
    } else if (!on) {
        space_unmap(r);
    }
}

/* Make the map follow PAM and SMRAM, in one rebuild. */
static void update_map(struct i440fx *f)
{
    const uint8_t *config = f->state.pci.config;
    struct space *mem = f->board->mem;

    space_begin(mem);
    for (unsigned i = 0; i < I440FX_PAM_SEGMENTS; i++) {
        unsigned attr = (unsigned)config[segments[i].reg] >> segments[i].shift & (PAM_RE | PAM_WE);

        if (attr != PAM_RE) {
            show(mem, &f->pam_rom[i], 0, false);
        }
        show(mem, &f->pam_ram[i], segments[i].base, attr == (PAM_RE | PAM_WE));
        show(mem, &f->pam_rom[i], segments[i].base, attr == PAM_RE);
    }
    show(mem, &f->smram, SMRAM_BASE, (config[SMRAM] & SMRAM_D_OPEN) != 0);
    space_commit(mem);
}

/* D_LCK clears D_OPEN and makes itself, D_OPEN and G_SMRAME read-only until reset. */
static void lock_smram(struct i440fx *f)
{
    uint8_t *smram = &f->state.pci.config[SMRAM];

    if (*smram & SMRAM_D_LCK) {
        *smram &= (uint8_t)~SMRAM_D_OPEN;
        f->pci.wmask[SMRAM] = SMRAM_D_CLS;
    } else {
        f->pci.wmask[SMRAM] = SMRAM_WMASK;
    }
}

static void config_written(struct pci_device *d, uint8_t offset, unsigned len)
{
    struct i440fx *f = self(&d->dev);

    if (offset <= SMRAM && offset + len > PAM0) {
        lock_smram(f);
        update_map(f);
    }
}

/* -- CONFADD: dwords only; narrower accesses pass on to PCI, where nobody answers -- */

static uint64_t confadd_read(void *opaque, uint64_t offset, unsigned width)
{
    struct i440fx *f = opaque;

    if (width == 4) {
        return f->state.config_addr;
    }
    if (width == 1 && offset == RCR_OFFSET && f->cf9.read) {
        return f->cf9.read(f->cf9.opaque);
    }
    return UINT64_MAX;
}

static void confadd_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct i440fx *f = opaque;

    if (width == 4) {
        f->state.config_addr = (uint32_t)value & CONFADD_MASK;
    } else if (width == 1 && offset == RCR_OFFSET && f->cf9.write) {
        f->cf9.write(f->cf9.opaque, (uint8_t)value);
    }
}

static const struct region_ops confadd_ops = {
    .read = confadd_read,
    .write = confadd_write,
    .impl = 1 | 2 | 4,
};

/* -- CONFDATA -- */

/* Enabled, and bus 0: there is no other. */
static bool addressed(const struct i440fx *f)
{
    return (f->state.config_addr & 0xffff0000u) == CONFADD_ENABLE;
}

static uint64_t confdata_read(void *opaque, uint64_t offset, unsigned width)
{
    struct i440fx *f = opaque;
    uint32_t addr = f->state.config_addr;

    if (!addressed(f)) {
        return UINT64_MAX;
    }
    return pci_config_read(f->pci.bus, addr >> 8 & 0xff, (addr & 0xfc) | (unsigned)offset, width);
}

static void confdata_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct i440fx *f = opaque;
    uint32_t addr = f->state.config_addr;

    if (addressed(f)) {
        pci_config_write(f->pci.bus, addr >> 8 & 0xff, (addr & 0xfc) | (unsigned)offset, width,
                         (uint32_t)value);
    }
}

static const struct region_ops confdata_ops = {
    .read = confdata_read,
    .write = confdata_write,
    .impl = 1 | 2 | 4,
};

/* Holds PCI BARs off the addresses of APICs and firmware; open bus by itself. */
static const struct region_ops reserved_ops = {.valid = 1 | 2 | 4 | 8, .impl = 1 | 2 | 4 | 8};

void i440fx_set_cf9(struct i440fx *f, const struct i440fx_cf9 *cf9)
{
    f->cf9 = *cf9;
}

/* -- life -- */

static void reset(struct device *d)
{
    struct i440fx *f = self(d);

    pci_device_reset(&f->pci);
    f->state.config_addr = 0;
    f->state.pad = 0;
}

static void settle(struct device *d)
{
    struct i440fx *f = self(d);

    f->pci.wmask[SMRAM] = SMRAM_WMASK; /* judge the state as an unlocked bridge would */
    pci_device_settle(&f->pci);
    lock_smram(f);
    update_map(f);
}

static const char *check(const void *state)
{
    const struct i440fx_state *s = state;
    uint8_t smram = s->pci.config[SMRAM];

    if (s->config_addr & ~CONFADD_MASK) {
        return "config_addr";
    }
    if (s->pad) {
        return "pad";
    }
    if ((smram & SMRAM_D_LCK) && (smram & SMRAM_D_OPEN)) {
        return "pci.config";
    }
    return pci_state_check(&s->pci);
}

static struct region ram_region(struct i440fx *f, const char *name, uint64_t offset, uint64_t size,
                                int prio)
{
    return (struct region){
        .name = name,
        .kind = REGION_RAM,
        .ram = f->ram,
        .ram_offset = offset,
        .size = size,
        .prio = prio,
    };
}

static void make_segments(struct i440fx *f)
{
    for (unsigned i = 0; i < I440FX_PAM_SEGMENTS; i++) {
        uint32_t base = segments[i].base, size = segments[i].size;

        f->pam_ram[i] = ram_region(f, "ram-pam", base, size, PRIO_OVERLAY);
        f->pam_rom[i] = ram_region(f, "ram-pam-ro", base, size, PRIO_OVERLAY);
        f->pam_rom[i].kind = REGION_ROM;
    }
    f->smram = ram_region(f, "smram", SMRAM_BASE, SMRAM_SIZE, PRIO_OVERLAY);
}

static bool map_ram(struct i440fx *f, GError **error)
{
    struct space *mem = f->board->mem;
    uint64_t size = f->ram->size, low = i440fx_low_ram(size);
    bool ok;

    f->low = ram_region(f, "ram-low", 0, LOW_END, PRIO_FIXED);
    f->middle = ram_region(f, "ram", MIDDLE_BASE, low - MIDDLE_BASE, PRIO_FIXED);
    f->high = ram_region(f, "ram-high", low, size - low, PRIO_FIXED);
    f->reserved = (struct region){
        .name = "chipset",
        .dev = &f->pci.dev,
        .opaque = f,
        .ops = &reserved_ops,
        .size = I440FX_HIGH_RAM_BASE - I440FX_RESERVED_BASE,
        .prio = PRIO_FIXED - 1,
    };
    space_begin(mem);
    ok = space_map(mem, &f->low, 0, error) &&
         (f->middle.size == 0 || space_map(mem, &f->middle, MIDDLE_BASE, error)) &&
         (f->high.size == 0 || space_map(mem, &f->high, I440FX_HIGH_RAM_BASE, error)) &&
         space_map(mem, &f->reserved, I440FX_RESERVED_BASE, error);
    space_commit(mem);
    return ok;
}

static bool map_ports(struct i440fx *f, GError **error)
{
    struct device *d = &f->pci.dev;

    f->confadd = (struct region){.name = "pci-confadd",
                                 .dev = d,
                                 .opaque = f,
                                 .ops = &confadd_ops,
                                 .size = 4,
                                 .prio = PRIO_FIXED};
    f->confdata = (struct region){.name = "pci-confdata",
                                  .dev = d,
                                  .opaque = f,
                                  .ops = &confdata_ops,
                                  .size = 4,
                                  .prio = PRIO_FIXED};
    d->regions = g_slist_append(d->regions, &f->confadd);
    d->regions = g_slist_append(d->regions, &f->confdata);
    return space_map(f->board->ports, &f->confadd, CONFADD, error) &&
           space_map(f->board->ports, &f->confdata, CONFDATA, error);
}

static void unrealize(struct device *d)
{
    struct i440fx *f = self(d);
    struct pci_bus *bus = f->board->pci;

    space_begin(f->board->mem);
    for (unsigned i = 0; i < I440FX_PAM_SEGMENTS; i++) {
        space_unmap(&f->pam_ram[i]);
        space_unmap(&f->pam_rom[i]);
    }
    space_unmap(&f->smram);
    space_unmap(&f->low);
    space_unmap(&f->middle);
    space_unmap(&f->high);
    space_unmap(&f->reserved);
    space_commit(f->board->mem);
    space_unmap(&f->confadd);
    space_unmap(&f->confdata);
    pci_device_exit(&f->pci); /* waits for readers */
    f->board->pci = NULL;
    pci_bus_free(bus);
}

static bool realize(struct device *d, struct board *b, GError **error)
{
    static const struct pci_ids ids = {
        .vendor = 0x8086,
        .device = 0x1237,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .revision = 2,
        .class_base = 6,
    };
    struct i440fx *f = self(d);
    uint64_t units;

    f->board = b;
    if (!f->ram || f->ram->size < I440FX_RAM_MIN || b->pci) {
        g_set_error(error, DEVICE_ERROR, 0, "%s: the board needs one, with at least 1 MiB of RAM",
                    d->cls->name);
        return false;
    }
    lock_clear(&d->own_lock);
    lock_init(&d->own_lock, d->cls->name, LOCK_HOST_BRIDGE);
    b->pci = pci_bus_new(b);
    f->pci.devfn = 0;
    f->pci.config_written = config_written;
    make_segments(f);
    if (!pci_device_init(&f->pci, &f->state.pci, b, &ids, error)) {
        pci_bus_free(b->pci);
        b->pci = NULL;
        return false;
    }
    units = f->ram->size >> 23;
    f->pci.reset_config[RAM_SIZE_8M] = (uint8_t)(units < 255 ? units : 255);
    f->pci.reset_config[SMRAM] = SMRAM_RESET;
    f->pci.wmask[PAM0] = PAM0_WMASK;
    for (unsigned i = 1; i < PAM_COUNT; i++) {
        f->pci.wmask[PAM0 + i] = PAM_WMASK;
    }
    f->pci.wmask[SMRAM] = SMRAM_WMASK;
    if (!map_ports(f, error) || !map_ram(f, error)) {
        unrealize(d);
        return false;
    }
    return true;
}

static const struct state_field i440fx_fields[] = {
    STATE_STRUCT(struct i440fx_state, pci, &pci_state_layout),
    STATE_FIELD(struct i440fx_state, config_addr),
    STATE_FIELD(struct i440fx_state, pad),
    STATE_END,
};

static const struct state_layout i440fx_layout = {
    .name = "i440FX",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct i440fx_state),
    .fields = i440fx_fields,
    .check = check,
};

const struct device_class i440fx_class = {
    .name = "i440FX",
    .desc = "Intel 82441FX host bridge",
    .bus = BUS_BOARD,
    .size = sizeof(struct i440fx),
    .state_offset = offsetof(struct i440fx, state),
    .state = &i440fx_layout,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};

struct i440fx *i440fx_new(struct board *b, struct ram_block *ram, GError **error)
{
    struct device *d = device_new(&i440fx_class, NULL);

    self(d)->ram = ram;
    return device_realize(d, b, error) ? self(d) : NULL;
}
