/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI bus 0 as PCI Local Bus 2.1 describes it: configuration space (section 6.1, 6.2), base
 * addresses (6.2.5), expansion ROM (6.2.5.2), interrupt pins (2.2.6, 6.2.4).
 *
 * Modelled: type 0 headers; a mask of writable bits for every byte; memory and I/O BARs that follow
 * the command register; INTx with the status bit and the disable bit of PCI 2.3; the wiring of pins
 * to PIRQ lines on a PC.
 * Not modelled: bridges to other buses, 64-bit BARs, parity and abort status bits, capabilities.
 *
 * A BAR at address 0, or one that would wrap or leave its space, is not mapped: that is what a
 * guest sees while it sizes one. BARs lie below RAM, firmware and the board's own devices, each at
 * its own priority, so that no placement can conflict.
 *
 * Threading: functions come and go in the loop thread, with the host bridge's lock held around the
 * change of the slot; configuration accesses hold it too. On a running machine a function is built
 * and reset while it is hidden, and only then appears; it leaves the bus before it is taken apart.
 */
#include "hw/pci/pci.h"

#include "core/ram.h"
#include "core/report.h"

#include <string.h>

#define FUNCTIONS (PCI_SLOTS * PCI_SLOT_FUNCTIONS)
#define FIRST_FREE_SLOT 2

#define PCI_COMMAND_SERR 0x0100u
#define PCI_BAR_IO 0x01u
#define PCI_BAR_PREFETCH 0x08u
#define PCI_ROM_ENABLE 0x01u
#define PCI_HEADER_MULTIFUNCTION 0x80u
#define PCI_MEM_BAR_MIN 16u
#define PCI_IO_BAR_MIN 4u
#define PCI_IO_BAR_MAX 256u
#define PCI_ROM_MIN 2048u
#define PCI_ROM_MAX (16u << 20)
#define ROM_SIGNATURE 0xaa55u
#define ROM_SPARE 6
#define ROM_DATA_POINTER 0x18

_Static_assert(sizeof(struct pci_state) == 264, "no padding in saved state");

static const struct state_field pci_state_fields[] = {
    STATE_ARRAY(struct pci_state, config),
    STATE_FIELD(struct pci_state, intx),
    STATE_ARRAY(struct pci_state, pad),
    STATE_END,
};

const struct state_layout pci_state_layout = {
    .name = "pci",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct pci_state),
    .fields = pci_state_fields,
};

struct pci_bus {
    struct board *board;
    struct irq_line pirq[4];
    struct pci_device *fn[FUNCTIONS];
    bool started;
    uint32_t hidden; /* atomic; slots */
};

const char *pci_state_check(const struct pci_state *s)
{
    if (s->intx > 1) {
        return "pci.intx";
    }
    for (size_t i = 0; i < sizeof(s->pad); i++) {
        if (s->pad[i]) {
            return "pci.pad";
        }
    }
    return NULL;
}

/* -- little-endian fields of a configuration space -- */

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

static uint16_t command(const struct pci_device *d)
{
    return get16(d->pci->config + PCI_COMMAND);
}

/* -- bus -- */

struct pci_bus *pci_bus_new(struct board *b)
{
    struct pci_bus *bus = g_new0(struct pci_bus, 1);

    bus->board = b;
    for (unsigned i = 0; i < 4; i++) {
        irq_line_init(&bus->pirq[i], NULL, NULL, i);
    }
    return bus;
}

void pci_bus_free(struct pci_bus *bus)
{
    g_free(bus);
}

void pci_bus_hide(struct pci_bus *bus, uint32_t slots, bool hide)
{
    if (hide) {
        __atomic_fetch_or(&bus->hidden, slots, __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_and(&bus->hidden, ~slots, __ATOMIC_RELAXED);
    }
}

void pci_bus_start(struct pci_bus *bus)
{
    bus->started = true;
}

struct irq_line *pci_bus_pirq(struct pci_bus *bus, unsigned n)
{
    return &bus->pirq[n & 3];
}

struct pci_device *pci_bus_function(struct pci_bus *bus, unsigned devfn)
{
    return devfn < FUNCTIONS ? bus->fn[devfn] : NULL;
}

void pci_bus_each(struct pci_bus *bus, void (*fn)(struct pci_device *d, void *opaque), void *opaque)
{
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        if (bus->fn[i]) {
            fn(bus->fn[i], opaque);
        }
    }
}

/* Change a slot while no configuration access can be looking at it. */
static void set_function(struct pci_bus *bus, uint32_t devfn, struct pci_device *d, bool hidden)
{
    struct pci_device *host = bus->fn[0];
    bool enter = host && !lock_held(host->dev.lock);

    if (enter) {
        device_enter(&host->dev);
    }
    bus->fn[devfn] = d;
    if (d) {
        d->hidden = hidden;
    }
    if (enter) {
        device_leave(&host->dev);
    }
}

/* Who answers a configuration access; NULL: nobody. */
static struct pci_device *answers(const struct pci_bus *bus, unsigned devfn, unsigned offset,
                                  unsigned width)
{
    bool ok = devfn < FUNCTIONS && offset < PCI_CONFIG_SIZE &&
              (width == 1 || width == 2 || width == 4) && (offset & 3) + width <= 4;
    struct pci_device *d = ok ? bus->fn[devfn] : NULL;

    if (!d || d->hidden ||
        (__atomic_load_n(&bus->hidden, __ATOMIC_RELAXED) >> devfn / PCI_SLOT_FUNCTIONS & 1)) {
        return NULL;
    }
    return d;
}

/* -- what follows from the configuration space -- */

static void update_intx(struct pci_device *d)
{
    irq_set(&d->intx, d->pci->intx && !(command(d) & PCI_COMMAND_INTX_DISABLE));
}

static unsigned bar_offset(unsigned n)
{
    return n == PCI_ROM_BAR ? PCI_ROM_ADDRESS : PCI_BAR0 + 4 * n;
}

/* Where the guest wants a BAR; false when it is not to be seen. */
static bool bar_address(const struct pci_device *d, unsigned n, uint64_t *base)
{
    const struct pci_bar *bar = &d->bar[n];
    uint32_t value = get32(d->pci->config + bar_offset(n));
    uint32_t enable = bar->io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
    uint64_t top = bar->io ? 0xffff : 0xfffffffeu;

    if (!(command(d) & enable) || (n == PCI_ROM_BAR && !(value & PCI_ROM_ENABLE))) {
        return false;
    }
    *base = value & ~(uint32_t)(bar->region->size - 1);
    return *base != 0 && *base + (bar->region->size - 1) <= top;
}

static void update_bar(struct pci_device *d, unsigned n)
{
    struct pci_bar *bar = &d->bar[n];
    uint64_t base = 0;
    bool on;

    if (!bar->region) {
        return;
    }
    on = bar_address(d, n, &base);
    if (region_mapped(bar->region) && !(on && bar->region->base == base)) {
        space_unmap(bar->region);
    }
    if (on && !region_mapped(bar->region)) {
        space_map_or_warn(bar->space, bar->region, base);
    }
}

/* One rebuild of the memory map for all BARs of the function. */
static void update_bars(struct pci_device *d)
{
    struct space *mem = d->bus->board->mem;

    space_begin(mem);
    for (unsigned n = 0; n <= PCI_ROM_BAR; n++) {
        update_bar(d, n);
    }
    space_commit(mem);
}

/* -- configuration accesses -- */

/* The host bridge is itself behind the configuration ports: its lock is then held already. */
static bool enter_function(struct pci_device *d)
{
    if (lock_held(d->dev.lock)) {
        return false;
    }
    device_enter(&d->dev);
    return true;
}

static uint8_t read_byte(struct pci_device *d, uint8_t offset)
{
    uint8_t value = d->pci->config[offset];

    if (offset == PCI_STATUS && d->pci->intx) {
        value |= PCI_STATUS_INTERRUPT;
    }
    return d->config_read ? d->config_read(d, offset, value) : value;
}

uint32_t pci_config_read(struct pci_bus *bus, unsigned devfn, unsigned offset, unsigned width)
{
    struct pci_device *d = answers(bus, devfn, offset, width);
    uint32_t value = 0;
    bool entered;

    if (!d) {
        return UINT32_MAX;
    }
    entered = enter_function(d);
    for (unsigned i = 0; i < width; i++) {
        value |= (uint32_t)read_byte(d, (uint8_t)(offset + i)) << (8 * i);
    }
    if (entered) {
        device_leave(&d->dev);
    }
    return value;
}

static bool touches(unsigned offset, unsigned width, unsigned first, unsigned len)
{
    return offset < first + len && first < offset + width;
}

static void write_bytes(struct pci_device *d, unsigned offset, unsigned width, uint32_t value)
{
    for (unsigned i = 0; i < width; i++) {
        unsigned at = offset + i;
        uint8_t byte = (uint8_t)(value >> (8 * i));
        uint8_t now = d->pci->config[at];

        now = (uint8_t)((now & ~d->wmask[at]) | (byte & d->wmask[at]));
        now = (uint8_t)(now & ~(byte & d->w1cmask[at]));
        d->pci->config[at] = now;
    }
}

void pci_config_write(struct pci_bus *bus, unsigned devfn, unsigned offset, unsigned width,
                      uint32_t value)
{
    struct pci_device *d = answers(bus, devfn, offset, width);
    bool entered;

    if (!d) {
        return;
    }
    entered = enter_function(d);
    write_bytes(d, offset, width, value);
    if (touches(offset, width, PCI_COMMAND, 2)) {
        update_intx(d);
    }
    if (touches(offset, width, PCI_COMMAND, 2) || touches(offset, width, PCI_BAR0, 4 * PCI_BARS) ||
        touches(offset, width, PCI_ROM_ADDRESS, 4)) {
        update_bars(d);
    }
    if (d->config_written) {
        d->config_written(d, (uint8_t)offset, width);
    }
    if (entered) {
        device_leave(&d->dev);
    }
}

/* -- functions -- */

static bool slot_free(const struct pci_bus *bus, unsigned slot)
{
    for (unsigned f = 0; f < PCI_SLOT_FUNCTIONS; f++) {
        if (bus->fn[slot * PCI_SLOT_FUNCTIONS + f]) {
            return false;
        }
    }
    return true;
}

static bool choose_devfn(struct pci_device *d, struct pci_bus *bus, GError **error)
{
    const struct pci_device *other;

    if (d->devfn == PCI_ANY_DEVFN) {
        for (unsigned slot = FIRST_FREE_SLOT; slot < PCI_SLOTS; slot++) {
            if (slot_free(bus, slot)) {
                d->devfn = slot * PCI_SLOT_FUNCTIONS;
                return true;
            }
        }
        g_set_error(error, DEVICE_ERROR, 0, "%s: all %u PCI slots are taken", d->dev.cls->name,
                    PCI_SLOTS);
        return false;
    }
    if (d->devfn >= FUNCTIONS) {
        g_set_error(error, DEVICE_ERROR, 0, "%s: there is no PCI slot %u", d->dev.cls->name,
                    d->devfn / PCI_SLOT_FUNCTIONS);
        return false;
    }
    other = bus->fn[d->devfn];
    if (other) {
        g_set_error(
            error, DEVICE_ERROR, 0,
            "%s: PCI slot %02x.%u is taken by %s%s%s; choose another with addr=", d->dev.cls->name,
            d->devfn / PCI_SLOT_FUNCTIONS, d->devfn % PCI_SLOT_FUNCTIONS, other->dev.cls->name,
            other->dev.id ? " id=" : "", other->dev.id ? other->dev.id : "");
        return false;
    }
    return true;
}

static void write_header(struct pci_device *d, const struct pci_ids *ids)
{
    uint8_t *c = d->reset_config;

    memset(c, 0, PCI_CONFIG_SIZE);
    memset(d->wmask, 0, PCI_CONFIG_SIZE);
    memset(d->w1cmask, 0, PCI_CONFIG_SIZE);
    put16(c + PCI_VENDOR_ID, ids->vendor);
    put16(c + PCI_DEVICE_ID, ids->device);
    put16(c + PCI_SUBSYSTEM_VENDOR, ids->subsystem_vendor);
    put16(c + PCI_SUBSYSTEM_ID, ids->subsystem);
    c[PCI_REVISION] = ids->revision;
    c[PCI_CLASS_PROG] = ids->class_prog;
    c[PCI_CLASS_DEVICE] = ids->class_sub;
    c[PCI_CLASS_DEVICE + 1] = ids->class_base;
    c[PCI_HEADER_TYPE] = ids->multifunction ? PCI_HEADER_MULTIFUNCTION : 0;
    c[PCI_INTERRUPT_PIN] = ids->interrupt_pin;
    put16(d->wmask + PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
                                      PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
    d->wmask[PCI_CACHE_LINE] = 0xff;
    d->wmask[PCI_INTERRUPT_LINE] = 0xff;
}

/* The PC's wiring: INTA of slot 1 is PIRQA, and each slot further starts one line later. */
static struct irq_line *pirq_of(struct pci_bus *bus, uint32_t devfn, unsigned pin)
{
    return &bus->pirq[(devfn / PCI_SLOT_FUNCTIONS + 3 + (pin - 1)) & 3];
}

bool pci_device_init(struct pci_device *d, struct pci_state *state, struct board *b,
                     const struct pci_ids *ids, GError **error)
{
    struct pci_bus *bus = b->pci;

    if (!bus) {
        g_set_error(error, DEVICE_ERROR, 0, "%s: this board has no PCI bus", d->dev.cls->name);
        return false;
    }
    if (!choose_devfn(d, bus, error)) {
        return false;
    }
    d->bus = bus;
    d->pci = state;
    write_header(d, ids);
    memcpy(state->config, d->reset_config, PCI_CONFIG_SIZE);
    irq_pin_init(&d->intx, ids->interrupt_pin ? pirq_of(bus, d->devfn, ids->interrupt_pin) : NULL);
    set_function(bus, d->devfn, d, bus->started);
    return true;
}

void pci_device_appear(struct pci_device *d)
{
    set_function(d->bus, d->devfn, d, false);
}

void pci_device_exit(struct pci_device *d)
{
    if (!d->bus) {
        return;
    }
    set_function(d->bus, d->devfn, NULL, false);
    device_enter(&d->dev);
    space_begin(d->bus->board->mem);
    for (unsigned n = 0; n <= PCI_ROM_BAR; n++) {
        if (d->bar[n].region) {
            space_unmap(d->bar[n].region);
        }
    }
    space_commit(d->bus->board->mem);
    device_leave(&d->dev);
    space_synchronize(); /* no vCPU is inside its handlers any more, and none raises the line */
    device_enter(&d->dev);
    irq_set(&d->intx, false);
    device_leave(&d->dev);
    ram_block_free(d->rom.ram);
    d->rom.ram = NULL;
    d->bus = NULL;
}

void pci_bar_add(struct pci_device *d, unsigned n, struct region *r, bool io, bool prefetch)
{
    uint64_t least = n == PCI_ROM_BAR ? PCI_ROM_MIN : io ? PCI_IO_BAR_MIN : PCI_MEM_BAR_MIN;
    uint64_t most = io ? PCI_IO_BAR_MAX : UINT64_C(1) << 31;
    unsigned at = bar_offset(n);

    if (n > PCI_ROM_BAR || r->size < least || r->size > most || (r->size & (r->size - 1))) {
        report("%s: BAR %u of 0x%" G_GINT64_MODIFIER "x bytes is not possible", d->dev.cls->name, n,
               r->size);
        return;
    }
    d->bar[n] = (struct pci_bar){
        .region = r,
        .io = io,
        .prefetch = prefetch,
        .space = io ? d->bus->board->ports : d->bus->board->mem,
    };
    r->prio = PRIO_BAR(d->devfn, n);
    if (!r->dev && r->kind == REGION_IO) {
        r->dev = &d->dev;
    }
    d->dev.regions = g_slist_append(d->dev.regions, r);
    put32(d->wmask + at, ~(uint32_t)(r->size - 1) | (n == PCI_ROM_BAR ? PCI_ROM_ENABLE : 0));
    put32(d->reset_config + at, io ? PCI_BAR_IO : prefetch ? PCI_BAR_PREFETCH : 0);
}

/*
 * Section 6.3.1.2: firmware runs an image only where the ids in its data structure are the
 * function's. A ROM that serves several cards is made this one's; byte 6, which generators leave
 * for that, keeps the sum.
 */
static void claim_rom(uint8_t *rom, uint64_t size, const uint8_t *ids)
{
    uint8_t *data = rom + get16(rom + ROM_DATA_POINTER);

    if (get16(rom) != ROM_SIGNATURE || data + 8 > rom + size || memcmp(data, "PCIR", 4) != 0) {
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        rom[ROM_SPARE] = (uint8_t)(rom[ROM_SPARE] + data[4 + i] - ids[i]);
        data[4 + i] = ids[i];
    }
}

bool pci_rom_add(struct pci_device *d, const char *file, GError **error)
{
    struct board *b = d->bus->board;
    g_autoptr(GBytes) image = NULL;
    struct ram_block *block;
    uint64_t size = RAM_PAGE;
    gsize len;
    const void *data;

    if (!b->firmware) {
        g_set_error(error, DEVICE_ERROR, 0, "%s: no place to look for the ROM %s", d->dev.cls->name,
                    file);
        return false;
    }
    image = b->firmware(b->firmware_opaque, file, error);
    if (!image) {
        return false;
    }
    data = g_bytes_get_data(image, &len);
    if (len == 0 || len > PCI_ROM_MAX) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "%s: the ROM %s has %" G_GSIZE_FORMAT " bytes; from 1 byte to 16 MiB will do",
                    d->dev.cls->name, file, len);
        return false;
    }
    while (size < len) {
        size *= 2;
    }
    block = b->ram_alloc(b->accel_opaque, file, size, error);
    if (!block) {
        return false;
    }
    memset(block->host, 0xff, size);
    memcpy(block->host, data, len);
    claim_rom(block->host, size, d->reset_config + PCI_VENDOR_ID);
    d->rom = (struct region){
        .name = block->name,
        .kind = REGION_ROM,
        .ram = block,
        .size = size,
    };
    pci_bar_add(d, PCI_ROM_BAR, &d->rom, false, false);
    return true;
}

void pci_set_intx(struct pci_device *d, bool level)
{
    d->pci->intx = level;
    update_intx(d);
}

void pci_device_reset(struct pci_device *d)
{
    memcpy(d->pci->config, d->reset_config, PCI_CONFIG_SIZE);
    d->pci->intx = 0;
}

void pci_device_settle(struct pci_device *d)
{
    uint8_t *c = d->pci->config;

    /* identity and size bits are the function's, whatever a saved state says */
    for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++) {
        uint8_t live = (uint8_t)(d->wmask[i] | d->w1cmask[i]);

        c[i] = (uint8_t)((c[i] & live) | (d->reset_config[i] & ~live));
    }
    update_bars(d);
    update_intx(d);
}

bool pci_dma_read(struct pci_device *d, uint64_t addr, void *buf, uint64_t len)
{
    if (!(command(d) & PCI_COMMAND_MASTER)) {
        memset(buf, 0xff, len);
        return false;
    }
    return ram_read(d->bus->board->mem, addr, buf, len);
}

bool pci_dma_write(struct pci_device *d, uint64_t addr, const void *buf, uint64_t len)
{
    return (command(d) & PCI_COMMAND_MASTER) && ram_write(d->bus->board->mem, addr, buf, len);
}
