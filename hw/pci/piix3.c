/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 82371SB (PIIX3), function 0, the PCI-to-ISA bridge; order number 290550: PIRQRC[A:D]
 * (section 2.2.10), reset control register (2.5.4.3). Identity as QEMU's pc.
 *
 * Modelled: routing of four PCI interrupt lines to ISA interrupts, and the reset control register,
 * which lies inside the host bridge's CONFADD. Timing, chip-select, memory-top and DMA-alias
 * registers (4C, 4E, 4F, 69, 76-79, 80, 82) are kept and have no effect. Not modelled: SMI and
 * power management (A0 to AE read their reset values), MBIRQ, USB. ELCR is with the i8259s.
 *
 * Threading: lines arrive with the lock of the device that drives them, and with the line's own;
 * configuration writes with the host bridge's. So this lock (LOCK_BRIDGE) comes after all of them,
 * and nothing here may ask a PIRQ line for its level: the output pins remember it.
 */
#include "hw/pci/piix3.h"

#include "core/power.h"

#define IORT 0x4c
#define XBCS 0x4e
#define PIRQRC 0x60
#define PIRQRC_DISABLE 0x80u
#define PIRQRC_IRQ 0x0fu
#define PIRQRC_WMASK (PIRQRC_DISABLE | PIRQRC_IRQ)
#define TOM 0x69
#define MBIRQ0 0x70
#define MBDMA0 0x76
#define PCSC 0x78
#define APICBASE 0x80
#define DLC 0x82
#define SMICNTL 0xa0
#define FTMR 0xa8
#define STATUS_DEVSEL_MEDIUM 0x02 /* of the high byte */

#define RCR_SRST 0x02u /* hard reset rather than soft */
#define RCR_RCPU 0x04u /* reset now */

/* ISA interrupts that PIRQRC can name; 0, 1, 2, 8 and 13 are reserved: the board's own. */
#define ROUTABLE 0xdef8u

_Static_assert(sizeof(struct piix3_state) == sizeof(struct pci_state) + 8, "no padding");

static const struct {
    uint8_t reg, reset, wmask;
} registers[] = {
    {IORT, 0x4d, 0x7f},
    {XBCS, 0x03, 0xff},
    {XBCS + 1, 0x00, 0x01},
    {PIRQRC, 0x80, PIRQRC_WMASK},
    {PIRQRC + 1, 0x80, PIRQRC_WMASK},
    {PIRQRC + 2, 0x80, PIRQRC_WMASK},
    {PIRQRC + 3, 0x80, PIRQRC_WMASK},
    {TOM, 0x02, 0xfe},
    {MBIRQ0, 0x80, 0x00},
    {MBDMA0, 0x0c, 0x8f},
    {MBDMA0 + 1, 0x0c, 0x8f},
    {PCSC, 0x02, 0xff},
    {PCSC + 1, 0x00, 0xff},
    {APICBASE, 0x00, 0x7f},
    {DLC, 0x00, 0x0f},
    {SMICNTL, 0x08, 0x00},
    {FTMR, 0x0f, 0x00},
};

static struct piix3 *self(struct device *d)
{
    return (struct piix3 *)(void *)d;
}

/* -- PIRQ routing -- */

/* The line that PIRQ n reaches, NULL when it reaches none. */
static struct irq_line *route(const struct piix3 *p, unsigned n)
{
    uint8_t rc = p->state.pci.config[PIRQRC + n];
    unsigned irq = rc & PIRQRC_IRQ;

    return (rc & PIRQRC_DISABLE) || !(ROUTABLE >> irq & 1) ? NULL : &p->board->gsi[irq];
}

static void update_routes(struct piix3 *p)
{
    for (unsigned n = 0; n < 4; n++) {
        struct irq_line *line = route(p, n);

        if (p->out[n].line != line) {
            irq_pin_move(&p->out[n], line);
        }
    }
}

static void pirq_changed(void *opaque, unsigned n, bool level)
{
    struct piix3 *p = opaque;

    device_enter(&p->pci.dev);
    irq_set(&p->out[n & 3], level);
    device_leave(&p->pci.dev);
}

static void config_written(struct pci_device *d, uint8_t offset, unsigned len)
{
    if (offset < PIRQRC + 4 && offset + len > PIRQRC) {
        update_routes(self(&d->dev));
    }
}

/* -- reset control register, CF9h; the host bridge's lock held -- */

static uint8_t rcr_read(void *opaque)
{
    struct piix3 *p = opaque;
    uint8_t value;

    device_enter(&p->pci.dev);
    value = p->state.rcr;
    device_leave(&p->pci.dev);
    return value;
}

/* Soft and hard reset are one here: without cache or SMM state to keep, nothing tells them apart. */
static void rcr_write(void *opaque, uint8_t value)
{
    struct piix3 *p = opaque;

    device_enter(&p->pci.dev);
    p->state.rcr = value & RCR_SRST;
    device_leave(&p->pci.dev);
    if (value & RCR_RCPU) {
        power_request(POWER_RESET, 0);
    }
}

/* -- life -- */

static void reset(struct device *d)
{
    struct piix3 *p = self(d);

    pci_device_reset(&p->pci);
    p->state.rcr = 0;
}

static void settle(struct device *d)
{
    struct piix3 *p = self(d);

    pci_device_settle(&p->pci);
    update_routes(p);
}

static const char *check(const void *state)
{
    const struct piix3_state *s = state;

    for (unsigned n = 0; n < 4; n++) {
        if (s->pci.config[PIRQRC + n] & ~PIRQRC_WMASK) {
            return "pci.config";
        }
    }
    if (s->rcr & ~RCR_SRST) {
        return "rcr";
    }
    for (size_t i = 0; i < sizeof(s->pad); i++) {
        if (s->pad[i]) {
            return "pad";
        }
    }
    return pci_state_check(&s->pci);
}

static bool realize(struct device *d, struct board *b, GError **error)
{
    static const struct pci_ids ids = {
        .vendor = 0x8086,
        .device = 0x7000,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class_base = 6,
        .class_sub = 1,
        .multifunction = true,
    };
    struct piix3 *p = self(d);
    struct i440fx_cf9 cf9 = {rcr_read, rcr_write, p};

    p->board = b;
    lock_clear(&d->own_lock);
    lock_init(&d->own_lock, d->cls->name, LOCK_BRIDGE);
    p->pci.devfn = PIIX3_DEVFN;
    p->pci.config_written = config_written;
    if (!pci_device_init(&p->pci, &p->state.pci, b, &ids, error)) {
        return false;
    }
    p->pci.reset_config[PCI_STATUS + 1] = STATUS_DEVSEL_MEDIUM;
    for (size_t i = 0; i < G_N_ELEMENTS(registers); i++) {
        p->pci.reset_config[registers[i].reg] = registers[i].reset;
        p->pci.wmask[registers[i].reg] = registers[i].wmask;
    }
    for (unsigned n = 0; n < 4; n++) {
        irq_pin_init(&p->out[n], NULL);
        irq_line_connect(pci_bus_pirq(b->pci, n), pirq_changed, p, n);
    }
    if (p->host) {
        i440fx_set_cf9(p->host, &cf9);
    }
    return true;
}

static void unrealize(struct device *d)
{
    static const struct i440fx_cf9 none;
    struct piix3 *p = self(d);

    if (p->host) {
        i440fx_set_cf9(p->host, &none);
    }
    for (unsigned n = 0; n < 4; n++) {
        irq_line_connect(pci_bus_pirq(p->board->pci, n), NULL, NULL, n);
        irq_set(&p->out[n], false);
    }
    pci_device_exit(&p->pci);
}

static const struct state_field piix3_fields[] = {
    STATE_STRUCT(struct piix3_state, pci, &pci_state_layout),
    STATE_FIELD(struct piix3_state, rcr),
    STATE_ARRAY(struct piix3_state, pad),
    STATE_END,
};

static const struct state_layout piix3_layout = {
    .name = "PIIX3",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct piix3_state),
    .fields = piix3_fields,
    .check = check,
};

const struct device_class piix3_class = {
    .name = "PIIX3",
    .desc = "Intel 82371SB ISA bridge",
    .bus = BUS_BOARD,
    .size = sizeof(struct piix3),
    .state_offset = offsetof(struct piix3, state),
    .state = &piix3_layout,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};

struct piix3 *piix3_new(struct board *b, struct i440fx *host, GError **error)
{
    struct device *d = device_new(&piix3_class, NULL);

    self(d)->host = host;
    return device_realize(d, b, error) ? self(d) : NULL;
}
