/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTL8139C+: the register file. Data sheet chapter 6. A register has a width of its own; narrower,
 * wider and unaligned accesses are made of those. What is modelled is told in rtl8139.c.
 *
 * Values are limited as they are written. Locking: the device's, by the core.
 */
#include "hw/net/rtl8139_priv.h"

enum {
    REG_IDR = 0x00,
    REG_MAR = 0x08,
    REG_TSD = 0x10,
    REG_TSAD = 0x20, /* in C+ mode TNPDS and THPDS */
    REG_RBSTART = 0x30,
    REG_ERBCR = 0x34,
    REG_ERSR = 0x36,
    REG_CR = 0x37,
    REG_CAPR = 0x38,
    REG_CBR = 0x3a,
    REG_IMR = 0x3c,
    REG_ISR = 0x3e,
    REG_TCR = 0x40,
    REG_RCR = 0x44,
    REG_TCTR = 0x48,
    REG_MPC = 0x4c,
    REG_9346CR = 0x50,
    REG_CONFIG0 = 0x51,
    REG_CONFIG1 = 0x52,
    REG_TIMERINT = 0x54,
    REG_MSR = 0x58,
    REG_CONFIG3 = 0x59,
    REG_CONFIG4 = 0x5a,
    REG_MULINT = 0x5c,
    REG_RERID = 0x5e,
    REG_TSADS = 0x60,
    REG_BMCR = 0x62,
    REG_BMSR = 0x64,
    REG_ANAR = 0x66,
    REG_ANLPAR = 0x68,
    REG_ANER = 0x6a,
    REG_NWAYTR = 0x70,
    REG_CSCR = 0x74,
    REG_PHY1 = 0x78,
    REG_TWISTER = 0x7c,
    REG_PHY2 = 0x80,
    REG_CONFIG5 = 0xd8,
    REG_TPPOLL = 0xd9,
    REG_CPCR = 0xe0,
    REG_MITIGATION = 0xe2,
    REG_RDSAR = 0xe4,
    REG_RDSAR_HIGH = 0xe8,
    REG_ETTHR = 0xec,
};

#define REVISION 0x10u
#define REVISION_PLUS 0x20u
#define BMSR_UP 0x782du
#define BMSR_DOWN 0x7809u
#define CSCR_VALUE 0x0340u
#define MSR_VALUE 0xd0u
#define MSR_LINKB 0x04u
#define TPPOLL_HPQ 0x80u
#define TPPOLL_NPQ 0x40u
#define TPPOLL_FSWINT 0x01u

/* -- register functions -- */

/* DTCCR: store the counters and say done. */
static void dump_tally(struct rtl8139 *d)
{
    struct rtl8139_state *s = &d->s;
    uint64_t at = (uint64_t)s->tsd[1] << 32 | (s->tsd[0] & ~0x3fu);

    pci_dma_write(&d->pci, at, &s->tally, sizeof(s->tally)); /* hosts are little endian */
    s->tsd[0] &= ~DTCCR_CMD;
}

/* TSD0 to 3; with the C+ transmitter on, the first two are DTCCR. */
static void write_tsd(struct rtl8139 *d, unsigned n, uint32_t value)
{
    struct rtl8139_state *s = &d->s;

    if (s->cpcr & CPCR_TXENB) {
        s->tsd[n] = value;
        if (n == 0 && (value & DTCCR_CMD)) {
            dump_tally(d);
        }
        return;
    }
    s->tsd[n] = value & TSD_WRITABLE;
    rtl8139_transmit(d);
}

static void write_9346cr(struct rtl8139 *d, uint8_t value)
{
    struct rtl8139_state *s = &d->s;

    value &= 0xceu;
    s->cr9346 = value;
    if ((value & EEM) == EEM_PROGRAM) {
        eeprom93xx_drive(&s->eeprom, value & 8, value & 4, value & 2);
    } else {
        eeprom93xx_drive(&s->eeprom, false, false, false);
    }
    if ((value & EEM) == EEM_AUTOLOAD) { /* as after a hardware reset; then normal again */
        rtl8139_power_on(d);
    }
}

static uint8_t read_9346cr(const struct rtl8139_state *s)
{
    bool out = (s->cr9346 & EEM) == EEM_PROGRAM && eeprom93xx_out(&s->eeprom);

    return (uint8_t)(s->cr9346 | out);
}

static void write_bmcr(struct rtl8139_state *s, uint16_t value)
{
    if (value & BMCR_RESET) {
        s->bmcr = BMCR_AUTO;
    } else if ((s->cr9346 & EEM) == EEM_CONFIG) { /* restart and reset are over at once */
        s->bmcr = value & BMCR_LOCKED;
    }
}

static void write_tppoll(struct rtl8139 *d, uint8_t value)
{
    struct rtl8139_state *s = &d->s;

    if (value & TPPOLL_FSWINT) {
        s->isr |= ISR_SWINT;
    }
    s->tx_polled[1] |= (value & TPPOLL_HPQ) != 0;
    s->tx_polled[0] |= (value & TPPOLL_NPQ) != 0;
    rtl8139_transmit(d);
}

/*
 * Linux' 8139too acknowledges ROK after each frame and leaves when it has seen 64, or sees none set; a
 * frame that comes between its last look and that is not seen either. On a wire the next frame calls it
 * back; a burst that came at once has none, and its end would lie in the ring until somebody else
 * speaks. So ROK stays while frames are left by a driver that has read some since it rose. (Drivers that
 * acknowledge first and read then are not called in vain; those of C+ mode look at the descriptors.)
 */
static void write_isr(struct rtl8139 *d, uint16_t value)
{
    struct rtl8139_state *s = &d->s;
    bool left = s->reading && (s->cr & CR_RE) && !(s->cpcr & CPCR_RXENB) && !rtl8139_rx_empty(s);

    s->isr = (uint16_t)(s->isr & ~value);
    if (value & ISR_ROK) {
        s->reading = 0;
        s->isr |= left ? ISR_ROK : 0;
    }
}

static uint16_t tx_summary(const struct rtl8139_state *s)
{
    unsigned v = 0;

    for (unsigned i = 0; i < RTL8139_TX_SLOTS; i++) {
        v |= (s->tsd[i] & TSD_OWN ? 0x0001u : 0) << i;
        v |= (s->tsd[i] & TSD_TABT ? 0x0010u : 0) << i;
        v |= (s->tsd[i] & TSD_TUN ? 0x0100u : 0) << i;
        v |= (s->tsd[i] & TSD_TOK ? 0x1000u : 0) << i;
    }
    return (uint16_t)v;
}

static uint8_t read_cr(const struct rtl8139_state *s)
{
    return (uint8_t)(s->cr | (rtl8139_rx_empty(s) ? CR_BUFE : 0));
}

static void write_config(uint8_t *reg, const struct rtl8139_state *s, uint8_t value, uint8_t mask)
{
    if ((s->cr9346 & EEM) == EEM_CONFIG) {
        *reg = (uint8_t)((*reg & ~mask) | (value & mask));
    }
}

/* -- dispatch by natural width -- */

static unsigned natural_width(unsigned reg)
{
    if ((reg >= REG_TSD && reg < REG_ERBCR) || (reg >= REG_TCR && reg < REG_9346CR) ||
        (reg >= REG_TIMERINT && reg < REG_MSR) || (reg >= REG_PHY1 && reg < REG_PHY2) ||
        (reg >= REG_RDSAR && reg < REG_ETTHR)) {
        return 4;
    }
    if ((reg >= REG_ERBCR && reg < REG_ERSR) || (reg >= REG_CAPR && reg < REG_TCR) ||
        (reg >= REG_MULINT && reg < REG_PHY1) || (reg >= REG_CPCR && reg < REG_RDSAR)) {
        return 2;
    }
    return 1;
}

static uint32_t read_dword(struct rtl8139 *d, unsigned reg)
{
    const struct rtl8139_state *s = &d->s;

    switch (reg) {
    case REG_RBSTART:
        return s->rbstart;
    case REG_TCR:
        return s->tcr;
    case REG_RCR:
        return s->rcr;
    case REG_TCTR:
        return rtl8139_tctr(d);
    case REG_MPC:
        return s->mpc;
    case REG_TIMERINT:
        return s->timer_int;
    case REG_PHY1:
        return s->phy[0];
    case REG_TWISTER:
        return s->twister;
    case REG_RDSAR:
        return (uint32_t)s->rx_ring;
    case REG_RDSAR_HIGH:
        return (uint32_t)(s->rx_ring >> 32);
    default: /* 10h to 2Fh */
        return reg < REG_TSAD ? s->tsd[(reg - REG_TSD) / 4] : s->tsad[(reg - REG_TSAD) / 4];
    }
}

static uint16_t read_word(struct rtl8139 *d, unsigned reg)
{
    const struct rtl8139_state *s = &d->s;

    switch (reg) {
    case REG_ERBCR:
        return s->erbcr;
    case REG_CAPR:
        return s->capr;
    case REG_CBR:
        return s->cbr;
    case REG_IMR:
        return s->imr;
    case REG_ISR:
        rtl8139_poll_timer(d);
        return s->isr;
    case REG_MULINT:
        return s->mulint;
    case REG_RERID:
        return rtl8139_is_plus(s) ? REVISION_PLUS : REVISION;
    case REG_TSADS:
        return tx_summary(s);
    case REG_BMCR:
        return s->bmcr;
    case REG_BMSR:
        return rtl8139_link_up(d) ? BMSR_UP : BMSR_DOWN;
    case REG_ANAR:
        return s->anar;
    case REG_ANLPAR:
        return rtl8139_link_up(d) ? ABILITIES : 0;
    case REG_ANER:
        return rtl8139_link_up(d) ? 1 : 0;
    case REG_NWAYTR:
        return s->nway;
    case REG_CSCR:
        return CSCR_VALUE;
    case REG_CPCR:
        return s->cpcr;
    case REG_MITIGATION:
        return s->mitigation;
    default:
        return 0;
    }
}

static uint8_t read_byte(struct rtl8139 *d, unsigned reg)
{
    const struct rtl8139_state *s = &d->s;

    if (reg < REG_IDR + 6) {
        return s->idr[reg];
    }
    if (reg >= REG_MAR && reg < REG_MAR + 8) {
        return s->mar[reg - REG_MAR];
    }
    switch (reg) {
    case REG_ERSR:
        return s->ersr;
    case REG_CR:
        return read_cr(s);
    case REG_9346CR:
        return read_9346cr(s);
    case REG_CONFIG0:
        return s->config0;
    case REG_CONFIG1:
        return s->config1;
    case REG_MSR:
        return (uint8_t)(MSR_VALUE | (rtl8139_link_up(d) ? 0 : MSR_LINKB));
    case REG_CONFIG3:
        return s->config3;
    case REG_CONFIG4:
        return s->config4;
    case REG_PHY2:
        return (uint8_t)s->phy[1];
    case REG_CONFIG5:
        return s->config5;
    case REG_ETTHR:
        return s->etthr;
    default:
        return 0;
    }
}

/* `whole`: every byte of the register is written. */
static void write_dword(struct rtl8139 *d, unsigned reg, uint32_t value, bool whole)
{
    struct rtl8139_state *s = &d->s;

    switch (reg) {
    case REG_RBSTART:
        s->rbstart = value;
        break;
    case REG_TCR:
        s->tcr = (s->tcr & ~TCR_WRITABLE) | (value & TCR_WRITABLE);
        break;
    case REG_RCR:
        s->rcr = value & RCR_WRITABLE;
        break;
    case REG_TCTR: /* any value clears it */
        s->timer_base = clock_now(d->clock);
        rtl8139_plan_timer(d);
        break;
    case REG_MPC:
        s->mpc = 0;
        break;
    case REG_TIMERINT:
        s->timer_int = value;
        rtl8139_plan_timer(d);
        break;
    case REG_PHY1:
        s->phy[0] = value;
        break;
    case REG_TWISTER:
        s->twister = value;
        break;
    case REG_RDSAR: /* 256 bytes aligned */
        s->rx_ring = (s->rx_ring & ~(uint64_t)UINT32_MAX) | value;
        break;
    case REG_RDSAR_HIGH:
        s->rx_ring = (s->rx_ring & UINT32_MAX) | (uint64_t)value << 32;
        break;
    default:
        if (reg >= REG_TSAD) {
            s->tsad[(reg - REG_TSAD) / 4] = value;
        } else if (whole) { /* part of a TSD must not start a transmission */
            write_tsd(d, (reg - REG_TSD) / 4, value);
        }
        break;
    }
}

static void write_word(struct rtl8139 *d, unsigned reg, uint16_t value)
{
    struct rtl8139_state *s = &d->s;

    switch (reg) {
    case REG_CAPR:
        s->capr = value;
        s->reading = (s->isr & ISR_ROK) != 0;
        break;
    case REG_IMR:
        s->imr = value & ISR_MASK;
        break;
    case REG_MULINT:
        s->mulint = value & 0x0fffu;
        break;
    case REG_BMCR:
        write_bmcr(s, value);
        break;
    case REG_ANAR:
        s->anar = value;
        break;
    case REG_NWAYTR:
        s->nway = value;
        break;
    case REG_CPCR:
        s->cpcr = value & CPCR_WRITABLE;
        break;
    case REG_MITIGATION:
        s->mitigation = value;
        break;
    default: /* read only */
        break;
    }
}

static void write_byte(struct rtl8139 *d, unsigned reg, uint8_t value)
{
    struct rtl8139_state *s = &d->s;

    if (reg < REG_IDR + 6) {
        s->idr[reg] = value;
        return;
    }
    if (reg >= REG_MAR && reg < REG_MAR + 8) {
        s->mar[reg - REG_MAR] = value;
        return;
    }
    switch (reg) {
    case REG_ERSR:
        s->ersr = (uint8_t)(s->ersr & ~value);
        break;
    case REG_CR:
        rtl8139_write_cr(d, value);
        break;
    case REG_9346CR:
        write_9346cr(d, value);
        break;
    case REG_CONFIG0:
        write_config(&s->config0, s, value, CONFIG0_WRITABLE);
        break;
    case REG_CONFIG1:
        write_config(&s->config1, s, value, CONFIG1_WRITABLE);
        break;
    case REG_CONFIG3:
        write_config(&s->config3, s, value, CONFIG3_WRITABLE);
        break;
    case REG_CONFIG4:
        write_config(&s->config4, s, value, CONFIG4_WRITABLE);
        break;
    case REG_CONFIG5:
        write_config(&s->config5, s, value, CONFIG5_WRITABLE);
        break;
    case REG_PHY2:
        s->phy[1] = value;
        break;
    case REG_TPPOLL:
        write_tppoll(d, value);
        break;
    case REG_ETTHR:
        s->etthr = value & 0x3fu;
        break;
    default:
        break;
    }
}

/* Behind CONFIG5 there are C+ registers only. */
static bool missing(const struct rtl8139 *d, unsigned reg)
{
    return reg > REG_CONFIG5 && !rtl8139_is_plus(&d->s);
}

static uint32_t read_register(struct rtl8139 *d, unsigned reg, unsigned width)
{
    if (missing(d, reg)) {
        return 0;
    }
    return width == 4 ? read_dword(d, reg) : width == 2 ? read_word(d, reg) : read_byte(d, reg);
}

static uint64_t read_op(void *opaque, uint64_t offset, unsigned width)
{
    struct rtl8139 *d = opaque;
    uint64_t value = 0;

    for (unsigned i = 0, n; i < width; i += n) {
        unsigned at = (unsigned)(offset + i) % RTL8139_IO_SIZE;
        unsigned own = natural_width(at), skip = at % own;
        uint64_t part = read_register(d, at - skip, own) >> (8 * skip);

        n = own - skip < width - i ? own - skip : width - i;
        value |= (part & (UINT64_C(0xffffffff) >> (32 - 8 * n))) << (8 * i);
    }
    return value;
}

static void write_op(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct rtl8139 *d = opaque;

    for (unsigned i = 0, n; i < width; i += n) {
        unsigned at = (unsigned)(offset + i) % RTL8139_IO_SIZE;
        unsigned own = natural_width(at), skip = at % own, reg = at - skip;
        uint32_t mask, part;

        n = own - skip < width - i ? own - skip : width - i;
        mask = (UINT32_C(0xffffffff) >> (32 - 8 * n)) << (8 * skip);
        part = (uint32_t)(value >> (8 * i)) << (8 * skip) & mask;
        if (missing(d, reg)) {
            continue;
        }
        if (reg == REG_ISR) { /* ones clear */
            write_isr(d, (uint16_t)part);
        } else if (own == 4) {
            write_dword(d, reg, (read_dword(d, reg) & ~mask) | part, n == 4);
        } else if (own == 2) {
            write_word(d, reg, (uint16_t)((read_word(d, reg) & ~mask) | part));
        } else {
            write_byte(d, reg, (uint8_t)part);
        }
    }
    rtl8139_offer(d); /* a driver that has made room writes something soon */
    rtl8139_update(d);
}

const struct region_ops rtl8139_ops = {
    .read = read_op,
    .write = write_op,
    .valid = 1 | 2 | 4,
    .impl = 1 | 2 | 4,
};
