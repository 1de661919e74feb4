/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 82093AA I/O APIC, with the EOI register of its later versions (82801 data sheets).
 *
 * Datasheets: 82093AA (290566-001) sections 3.1, 3.2; 82801DB section 5.8, "EOIR".
 *
 * Modelled: IOREGSEL, IOWIN, EOI register; ID, version (20h: the EOI register exists), arbitration
 * ID; 24 redirection entries, edge and level, mask, remote IRR and its EOI. Delivery is a message
 * to the local APICs whose address and data are formed from the entry. An edge on a masked pin is
 * lost, as the datasheet says; a level is seen when the mask goes.
 *
 * Not modelled: polarity (lines arrive as "asserted" or not, whatever their wires look like);
 * delivery status (a message is gone at once); the serial APIC bus and its arbitration.
 *
 * Threading: own lock, rank LOCK_INTC; lines arrive with their drivers' locks held.
 */
#include "hw/intc/ioapic.h"

#include "hw/pc/board.h"

#include <string.h>

#define WINDOW_SIZE 0x1000
#define IOREGSEL 0x00
#define IOWIN 0x10
#define EOIR 0x40

#define REG_ID 0x00
#define REG_VERSION 0x01
#define REG_ARBITRATION 0x02
#define REG_REDIRECTION 0x10
#define REG_LAST (REG_REDIRECTION + 2 * IOAPIC_PINS - 1)

#define ID_SHIFT 24
#define ID_MASK 0x0f
#define VERSION_VALUE (0x20 | (IOAPIC_PINS - 1) << 16)

#define RED_VECTOR 0xffu
#define RED_MODE_SHIFT 8
#define RED_MODE 7u
#define RED_LOGICAL (1u << 11)
#define RED_REMOTE_IRR (1u << 14)
#define RED_LEVEL (1u << 15)
#define RED_MASKED (1u << 16)
#define RED_DEST_SHIFT 56
/* what a write changes: not delivery status, remote IRR and reserved bits */
#define RED_WRITABLE UINT64_C(0xff0000000001afff)
#define RED_LOW UINT64_C(0xffffffff)
#define RED_RESET ((uint64_t)RED_MASKED)

#define MODE_FIXED 0
#define MODE_LOWEST 1

#define MSI_BASE UINT64_C(0xfee00000)
#define MSI_DEST_SHIFT 12
#define MSI_LOGICAL 0x04
#define MSI_ASSERT (1u << 14)
#define MSI_LEVEL (1u << 15)

_Static_assert(sizeof(struct ioapic_state) == 200, "no padding");

/* -- pure helpers -- */

/* Only fixed and lowest-priority interrupts know levels; SMI, NMI, INIT and ExtINT are edges. */
static bool is_level(uint64_t e)
{
    unsigned mode = e >> RED_MODE_SHIFT & RED_MODE;

    return (e & RED_LEVEL) && (mode == MODE_FIXED || mode == MODE_LOWEST);
}

static uint64_t message_addr(uint64_t e)
{
    return MSI_BASE | (e >> RED_DEST_SHIFT) << MSI_DEST_SHIFT | (e & RED_LOGICAL ? MSI_LOGICAL : 0);
}

static uint32_t message_data(uint64_t e)
{
    uint32_t data = (uint32_t)(e & (RED_VECTOR | RED_MODE << RED_MODE_SHIFT));

    return is_level(e) ? data | MSI_LEVEL | MSI_ASSERT : data;
}

/* -- outputs -- */

/* A level pin sends once per service: when asserted, unmasked and not waiting for its EOI. */
static void send_level(struct ioapic *a, unsigned pin)
{
    uint64_t *e = &a->s.entry[pin];

    if (is_level(*e) && !(*e & (RED_MASKED | RED_REMOTE_IRR)) && (a->s.lines >> pin & 1)) {
        *e |= RED_REMOTE_IRR;
        a->msi(a->opaque, message_addr(*e), message_data(*e));
    }
}

/*
 * Tell the hypervisor what a pin sends, so that it can report the EOI. The mask does not matter: an
 * interrupt that is masked while in service still ends, and masking is too frequent to tell.
 */
static void tell_route(struct ioapic *a, unsigned pin)
{
    uint64_t e = a->s.entry[pin];
    struct ioapic_route now = {.valid = (e & ~(uint64_t)RED_MASKED) != 0 || !(e & RED_MASKED)};
    struct ioapic_route *told = &a->told[pin];

    if (now.valid) {
        now.addr = message_addr(e);
        now.data = message_data(e);
    }
    if (!a->route ||
        (now.valid == told->valid && now.addr == told->addr && now.data == told->data)) {
        return;
    }
    *told = now;
    a->route(a->opaque, pin, now.valid, now.addr, now.data);
}

/* -- inputs -- */

static void set_pin(struct ioapic *a, unsigned pin, bool level)
{
    uint64_t e = a->s.entry[pin];
    uint32_t mask = UINT32_C(1) << pin;
    bool rise = level && !(a->s.lines & mask);

    a->s.lines = level ? a->s.lines | mask : a->s.lines & ~mask;
    if (is_level(e)) {
        send_level(a, pin);
    } else if (rise && !(e & RED_MASKED)) {
        a->msi(a->opaque, message_addr(e), message_data(e));
    }
}

void ioapic_set_irq(void *opaque, unsigned gsi, bool level)
{
    struct ioapic *a = opaque;

    if (gsi == 2 || gsi >= IOAPIC_PINS) { /* IRQ 2 is the PICs' cascade and has no pin */
        return;
    }
    device_enter(&a->dev);
    set_pin(a, gsi == 0 ? 2 : gsi, level);
    device_leave(&a->dev);
}

/* Still asserted means at once again: the guest pays with an EOI each time, so it is bounded. */
static void end_of_interrupt(struct ioapic *a, uint8_t vector)
{
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        uint64_t *e = &a->s.entry[pin];

        if ((*e & RED_VECTOR) == vector && (*e & RED_REMOTE_IRR)) {
            *e &= ~(uint64_t)RED_REMOTE_IRR;
            send_level(a, pin);
        }
    }
}

void ioapic_eoi(struct ioapic *a, uint8_t vector)
{
    device_enter(&a->dev);
    end_of_interrupt(a, vector);
    device_leave(&a->dev);
}

/* -- registers -- */

static uint32_t read_register(const struct ioapic *a)
{
    uint8_t reg = a->s.select;

    switch (reg) {
    case REG_ID:
    case REG_ARBITRATION: /* loaded from the ID, and no bus turns it */
        return (uint32_t)a->s.id << ID_SHIFT;
    case REG_VERSION:
        return VERSION_VALUE;
    default:
        if (reg >= REG_REDIRECTION && reg <= REG_LAST) {
            uint64_t e = a->s.entry[(reg - REG_REDIRECTION) / 2];

            return (uint32_t)(reg & 1 ? e >> 32 : e);
        }
        return 0;
    }
}

static void write_redirection(struct ioapic *a, unsigned pin, bool high, uint32_t value)
{
    uint64_t *e = &a->s.entry[pin];
    uint64_t lane = (high ? ~RED_LOW : RED_LOW) & RED_WRITABLE;

    *e = (*e & ~lane) | ((high ? (uint64_t)value << 32 : value) & lane);
    if (!is_level(*e)) { /* software ends a stuck level by making it an edge for a moment */
        *e &= ~(uint64_t)RED_REMOTE_IRR;
    }
    tell_route(a, pin);
    send_level(a, pin);
}

static void write_register(struct ioapic *a, uint32_t value)
{
    uint8_t reg = a->s.select;

    if (reg == REG_ID) {
        a->s.id = value >> ID_SHIFT & ID_MASK;
    } else if (reg >= REG_REDIRECTION && reg <= REG_LAST) {
        write_redirection(a, (reg - (unsigned)REG_REDIRECTION) / 2, reg & 1, value);
    }
}

static uint64_t ioapic_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct ioapic *a = opaque;

    (void)width;
    switch (offset) {
    case IOREGSEL:
        return a->s.select;
    case IOWIN:
        return read_register(a);
    default:
        return 0;
    }
}

static void ioapic_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct ioapic *a = opaque;

    (void)width;
    switch (offset) {
    case IOREGSEL:
        a->s.select = (uint8_t)value;
        break;
    case IOWIN:
        write_register(a, (uint32_t)value);
        break;
    case EOIR:
        end_of_interrupt(a, (uint8_t)value);
        break;
    default:
        break;
    }
}

/* -- state -- */

/* The levels of the pins belong to their drivers and outlive a reset. */
static void ioapic_reset(struct device *d)
{
    struct ioapic *a = (struct ioapic *)d;

    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        a->s.entry[pin] = RED_RESET;
    }
    a->s.select = 0;
    a->s.id = 0;
}

static void ioapic_settle(struct device *d)
{
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        tell_route((struct ioapic *)d, pin);
    }
}

static const char *ioapic_check(const void *state)
{
    const struct ioapic_state *s = state;

    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        uint64_t e = s->entry[pin];

        if ((e & ~(RED_WRITABLE | RED_REMOTE_IRR)) || ((e & RED_REMOTE_IRR) && !is_level(e))) {
            return "entry";
        }
    }
    if (s->lines >> IOAPIC_PINS) {
        return "lines";
    }
    if (s->id > ID_MASK) {
        return "id";
    }
    return s->pad[0] | s->pad[1] ? "pad" : NULL;
}

static const struct state_field ioapic_fields[] = {
    STATE_ARRAY(struct ioapic_state, entry),  STATE_FIELD(struct ioapic_state, lines),
    STATE_FIELD(struct ioapic_state, select), STATE_FIELD(struct ioapic_state, id),
    STATE_ARRAY(struct ioapic_state, pad),    STATE_END,
};

static const struct state_layout ioapic_layout = {
    .name = "ioapic",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct ioapic_state),
    .fields = ioapic_fields,
    .check = ioapic_check,
};

/* -- life -- */

static const struct region_ops ioapic_ops = {
    .read = ioapic_read,
    .write = ioapic_write,
    .impl = 4,
};

static void ioapic_unrealize(struct device *d)
{
    space_unmap(&((struct ioapic *)d)->region);
}

static bool ioapic_realize(struct device *d, struct board *b, GError **error)
{
    struct ioapic *a = (struct ioapic *)d;

    d->own_lock.rank = LOCK_INTC;
    ioapic_reset(d);
    a->region = (struct region){.name = "ioapic",
                                .dev = d,
                                .opaque = a,
                                .ops = &ioapic_ops,
                                .size = WINDOW_SIZE,
                                .prio = PRIO_FIXED};
    if (!space_map(b->mem, &a->region, IOAPIC_BASE, error)) {
        return false;
    }
    d->regions = g_slist_append(d->regions, &a->region);
    return true;
}

const struct device_class ioapic_class = {
    .name = "ioapic",
    .desc = "82093AA I/O APIC",
    .bus = BUS_BOARD,
    .size = sizeof(struct ioapic),
    .state_offset = offsetof(struct ioapic, s),
    .state = &ioapic_layout,
    .realize = ioapic_realize,
    .reset = ioapic_reset,
    .settle = ioapic_settle,
    .unrealize = ioapic_unrealize,
};

struct ioapic *ioapic_new(struct board *b, ioapic_msi_fn *msi, ioapic_route_fn *route, void *opaque,
                          GError **error)
{
    struct ioapic *a = (struct ioapic *)device_new(&ioapic_class, NULL);

    a->msi = msi;
    a->route = route;
    a->opaque = opaque;
    return device_realize(&a->dev, b, error) ? a : NULL;
}
