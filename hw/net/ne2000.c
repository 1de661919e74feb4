/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NE2000: registers and interrupt. National Semiconductor DP8390D data sheet
 * (sections 6, 9, 10, 11), Realtek RTL8019AS and RTL8029AS data sheets for page 3; the board's
 * memory map as Novell's NE2000 decodes it.
 *
 * Modelled: all four register pages; station address PROM (each byte twice, signature WW or BB),
 * which remote DMA cannot write; 16 KiB of RAM that A14 selects, so it appears again at C000h, or
 * 32 KiB from 4000h on, as some clones and QEMU's have; remote read, write and send-packet in bytes
 * or words, with the wrap from PSTOP to PSTART; tally counters; start, stop and the reset port.
 * Remote DMA is in ne2000_dma.c, the wire side in ne2000_wire.c, the EEPROM in ne2000_eeprom.c, what
 * makes, resets and saves a card in ne2000_state.c.
 *
 * Not modelled: DCR.BOS but for loopback's choice of a byte lane (PC drivers leave it 0); the FIFO
 * port outside loopback; power saving by HLTCLK; the ISA Plug and Play configuration sequence.
 *
 * Register values are limited as they are written; pages are 8 bits and every cell access is masked
 * to the RAM, so no pointer of the guest's can leave it. Locking: the device's, by the caller.
 */
#include "hw/net/ne2000.h"

#include "hw/net/ne2000_priv.h"

enum {
    REG_CR = 0x0,
    /* page 0 */
    REG_PSTART = 0x1, /* read: CLDA0 */
    REG_PSTOP = 0x2,  /* read: CLDA1 */
    REG_BNRY = 0x3,
    REG_TPSR = 0x4,  /* read: TSR */
    REG_TBCR0 = 0x5, /* read: NCR */
    REG_TBCR1 = 0x6, /* read: FIFO */
    REG_ISR = 0x7,
    REG_RSAR0 = 0x8, /* read: CRDA0 */
    REG_RSAR1 = 0x9,
    REG_RBCR0 = 0xa, /* read: chip identification */
    REG_RBCR1 = 0xb,
    REG_RCR = 0xc, /* read: RSR */
    REG_TCR = 0xd, /* read: CNTR0 */
    REG_DCR = 0xe, /* read: CNTR1 */
    REG_IMR = 0xf, /* read: CNTR2 */
    /* page 1 */
    REG_PAR0 = 0x1,
    REG_CURR = 0x7,
    REG_MAR0 = 0x8,
    /* page 2 */
    REG_REMOTE_NEXT = 0x3,
    REG_LOCAL_NEXT = 0x5,
    REG_AC1 = 0x6,
    REG_AC0 = 0x7,
    /* page 3 */
    REG_9346CR = 0x1,
    REG_BPAGE = 0x2,
    REG_CONFIG0 = 0x3,
    REG_CONFIG3 = 0x6,
    REG_CSNSAV = 0x8,
    REG_CONFIG4 = 0xd,
    REG_CHIP0 = 0xe,
    REG_CHIP1 = 0xf,
};

#define BIT(reg) (1u << (reg))

const struct ne2000_model ne2000_rtl8019 = {
    .id = {0x50, 0x70},
    .ee_config = 1,
    .ee_mac = 4,
    .writable = {0x00, 0x80, 0xe0, 0x06, 0x00},
    .decoded = BIT(REG_9346CR) | BIT(REG_BPAGE) | BIT(3) | BIT(4) | BIT(5) | BIT(6) |
               BIT(REG_CSNSAV) | BIT(REG_CONFIG4),
};

const struct ne2000_model ne2000_rtl8029 = {
    .id = {0x50, 0x43},
    .writable = {0x00, 0x00, 0xc0, 0x46, 0x00},
    .decoded = BIT(REG_9346CR) | BIT(3) | BIT(5) | BIT(6) | BIT(REG_CHIP0) | BIT(REG_CHIP1),
    .chip = {0x29, 0x80},
    .ee_config = 2,
    .ee_mac = 2,
    .ee_ids = {0x8029, 0x10ec, 0x8029, 0x10ec, 0x8029},
};

static void set_low(uint16_t *reg, uint8_t value)
{
    *reg = (uint16_t)((*reg & 0xff00u) | value);
}

static void set_high(uint16_t *reg, uint8_t value)
{
    *reg = (uint16_t)((*reg & 0x00ffu) | (unsigned)value << 8);
}

/* -- derived values -- */

static uint8_t cr_value(const struct ne2000_state *s)
{
    unsigned v = s->page | s->rd;

    v |= s->stopped ? CR_STP : CR_STA;
    v |= s->tx != NE2000_TX_IDLE ? CR_TXP : 0;
    return (uint8_t)v;
}

/* RST is a status, not an event: stopped and at rest, or the ring overflowed and is still full. */
static uint8_t isr_value(const struct ne2000_state *s)
{
    bool rst = (s->stopped && s->tx == NE2000_TX_IDLE) || s->ring_full;

    return (uint8_t)(s->isr | (rst ? ISR_RST : 0));
}

bool ne2000_interrupts(const struct ne2000_state *s)
{
    return (s->isr & s->imr & ISR_INTERRUPTS) != 0;
}

/*
 * Who ends a transmission when its time has come: a guest that polls, by its next access; else the
 * loop thread, which has been woken for the frame anyway. Only if it comes too early, or time is
 * stepped, there is a timer.
 */
static uint64_t end_of_frame(struct ne2000 *n)
{
    const struct ne2000_state *s = n->s;

    if (s->tx == NE2000_TX_BLOCKED) {
        return s->tx_due;
    }
    if (s->tx == NE2000_TX_IDLE || !(s->imr & ISR_PTX)) {
        return TIMER_NEVER;
    }
    if (n->tx_help == NE2000_HELP_NONE && !clock_is_stepped(n->clock)) {
        n->tx_help = NE2000_HELP_KICKED;
        loop_kick(&n->tx_kick);
    }
    return n->tx_help == NE2000_HELP_KICKED ? TIMER_NEVER : s->tx_due;
}

void ne2000_update(struct ne2000 *n)
{
    const struct ne2000_state *s = n->s;
    uint64_t tx = end_of_frame(n);

    n->intr(n->opaque, ne2000_interrupts(s));
    if (tx != n->tx_timer.deadline) {
        timer_arm(&n->tx_timer, tx);
    }
    if (s->hold == NE2000_HOLDING) {
        timer_arm(&n->hold_timer, s->hold_due);
    } else if (timer_armed(&n->hold_timer)) {
        timer_cancel(&n->hold_timer);
    }
}

/* -- command register, section 10.3 -- */

static void stop(struct ne2000 *n)
{
    n->s->stopped = 1;
    n->s->hold = NE2000_HOLD_NONE;
    n->s->hold_due = 0;
    ne2000_offer(n); /* what waited is dropped, unless an overflow is being recovered */
}

static void start(struct ne2000 *n)
{
    if (n->s->stopped) {
        n->s->stopped = 0;
        n->s->overflowed = 0;
        n->s->ring_full = 0;
        ne2000_offer(n);
    }
}

static void write_cr(struct ne2000 *n, uint8_t v)
{
    struct ne2000_state *s = n->s;

    s->page = v & CR_PS;
    if (v & CR_STP) {
        stop(n);
    } else if (v & CR_STA) {
        start(n);
    }                /* neither: no change, as Linux' and ELKS' page switches rely on */
    if (v & CR_RD) { /* 000 is not allowed; drivers write it and mean "go on" */
        s->rd = v & CR_RD;
        s->sending = 0;
        if (v & CR_RD_ABORT) {
            s->dma = NE2000_DMA_IDLE;
        } else if (s->rd == CR_RD_READ) {
            ne2000_start_dma(n, NE2000_DMA_READ);
        } else if (s->rd == CR_RD_WRITE) {
            ne2000_start_dma(n, NE2000_DMA_WRITE);
        } else {
            ne2000_send_packet(n);
        }
    }
    if (v & CR_TXP) {
        ne2000_transmit(n);
    }
}

/* -- register reads -- */

static uint8_t read_tally(struct ne2000_state *s, unsigned which)
{
    uint8_t v = s->cntr[which];

    s->cntr[which] = 0;
    return v;
}

static uint8_t read_fifo(struct ne2000_state *s)
{
    uint8_t v = s->fifo[s->fifo_pos];

    s->fifo_pos = (uint8_t)((s->fifo_pos + 1u) % sizeof(s->fifo));
    return v;
}

static uint8_t read_page0(struct ne2000 *n, unsigned reg)
{
    struct ne2000_state *s = n->s;

    switch (reg) {
    case REG_PSTART:
        return (uint8_t)s->clda;
    case REG_PSTOP:
        return (uint8_t)(s->clda >> 8);
    case REG_BNRY:
        return s->bnry;
    case REG_TPSR:
        return s->tsr;
    case REG_TBCR0:
        return s->ncr;
    case REG_TBCR1:
        return read_fifo(s);
    case REG_ISR:
        return isr_value(s);
    case REG_RSAR0:
        return (uint8_t)s->rsar;
    case REG_RSAR1:
        return (uint8_t)(s->rsar >> 8);
    case REG_RBCR0:
    case REG_RBCR1:
        return n->model->id[reg - REG_RBCR0];
    case REG_RCR:
        return (uint8_t)(s->rsr | (s->rcr & RCR_MON ? RSR_DIS : 0));
    case REG_TCR:
    case REG_DCR:
    case REG_IMR:
        return read_tally(s, reg - REG_TCR);
    default:
        return 0xff;
    }
}

static uint8_t read_page1(const struct ne2000_state *s, unsigned reg)
{
    if (reg >= REG_MAR0) {
        return s->mar[reg - REG_MAR0];
    }
    return reg == REG_CURR ? s->curr : s->par[reg - REG_PAR0];
}

/* Undecoded bits read as ones, as the RTL8019AS data sheet prints them. */
static uint8_t read_page2(const struct ne2000_state *s, unsigned reg)
{
    switch (reg) {
    case REG_PSTART:
        return s->pstart;
    case REG_PSTOP:
        return s->pstop;
    case REG_REMOTE_NEXT:
        return s->remote_next;
    case REG_TPSR:
        return s->tpsr;
    case REG_LOCAL_NEXT:
        return s->local_next;
    case REG_AC1:
        return (uint8_t)(s->clda >> 8);
    case REG_AC0:
        return (uint8_t)s->clda;
    case REG_RCR:
        return (uint8_t)(s->rcr | 0xc0u);
    case REG_TCR:
        return (uint8_t)(s->tcr | 0xe0u);
    case REG_DCR:
        return (uint8_t)(s->dcr | 0x80u);
    case REG_IMR:
        return s->imr;
    default:
        return 0xff;
    }
}

static uint8_t read_page3(const struct ne2000 *n, unsigned reg)
{
    const struct ne2000_state *s = n->s;

    if (!(n->model->decoded & BIT(reg))) {
        return 0xff;
    }
    switch (reg) {
    case REG_9346CR:
        return ne2000_eeprom_read(s);
    case REG_BPAGE:
        return s->bpage;
    case REG_CSNSAV:
        return 0;
    case REG_CONFIG4:
        return s->config[4];
    case REG_CHIP0:
    case REG_CHIP1:
        return n->model->chip[reg - REG_CHIP0];
    default:
        return s->config[reg - REG_CONFIG0];
    }
}

uint8_t ne2000_read(struct ne2000 *n, unsigned reg)
{
    if (ne2000_poll_transmit(n)) {
        ne2000_update(n); /* not for PTX, which is masked: for RXE of a loopback, or CNT */
    }
    reg &= 0xf;
    if (reg == REG_CR) {
        return cr_value(n->s);
    }
    switch (n->s->page >> 6) {
    case 0:
        return read_page0(n, reg);
    case 1:
        return read_page1(n->s, reg);
    case 2:
        return read_page2(n->s, reg);
    default:
        return read_page3(n, reg);
    }
}

/* -- register writes -- */

/*
 * Half of the ring is free, or all but the page that BNRY keeps. With less the driver has frames
 * left to read and will be back: to wake the loop for each page would cost more than it brings.
 */
static bool roomy(const struct ne2000_state *s)
{
    int size = s->pstop - s->pstart;
    int used = s->curr - s->bnry;

    used += used < 0 ? size : 0;
    return size <= 0 || used <= 1 || used <= size / 2;
}

/* The driver gave pages back. */
static void write_bnry(struct ne2000 *n, uint8_t v)
{
    ne2000_give_back(n->s, v);
    if (roomy(n->s)) {
        n->s->hold = NE2000_HOLD_NONE;
        n->s->hold_due = 0;
        ne2000_offer(n);
    }
}

/*
 * Linux' driver takes at most nine frames and then acknowledges PRX; one that comes between its last
 * look and that is not seen either. On a wire the next frame calls it back; a burst that came at once
 * has none, and its end would lie in the ring until somebody else speaks. So PRX comes again at once if
 * frames are left by a driver that has read some since PRX rose, or if one waits for room. (Drivers
 * that acknowledge first and read then are not called in vain.) The line falls and rises, for the PIC
 * wants an edge.
 */
static void write_isr(struct ne2000 *n, uint8_t v)
{
    struct ne2000_state *s = n->s;
    bool left = s->reading && !s->stopped && ne2000_unread(s);

    s->isr &= (uint8_t)~v;
    if (v & ISR_PRX) {
        s->reading = 0;
        if (left || s->hold == NE2000_HOLDING) {
            n->intr(n->opaque, ne2000_interrupts(s));
            s->isr |= ISR_PRX;
        }
    }
}

static void write_page0(struct ne2000 *n, unsigned reg, uint8_t v)
{
    struct ne2000_state *s = n->s;

    switch (reg) {
    case REG_PSTART:
        s->pstart = v;
        break;
    case REG_PSTOP:
        s->pstop = v;
        break;
    case REG_BNRY:
        write_bnry(n, v);
        break;
    case REG_TPSR:
        s->tpsr = v;
        break;
    case REG_TBCR0:
        set_low(&s->tbcr, v);
        break;
    case REG_TBCR1:
        set_high(&s->tbcr, v);
        break;
    case REG_ISR:
        write_isr(n, v);
        break;
    case REG_RSAR0:
        set_low(&s->rsar, v);
        break;
    case REG_RSAR1:
        set_high(&s->rsar, v);
        break;
    case REG_RBCR0:
        set_low(&s->rbcr, v);
        break;
    case REG_RBCR1:
        set_high(&s->rbcr, v);
        break;
    case REG_RCR:
        s->rcr = v & RCR_MASK;
        break;
    case REG_TCR:
        s->tcr = v & TCR_MASK;
        ne2000_offer(n);
        break;
    case REG_DCR:
        s->dcr = v & DCR_MASK;
        break;
    case REG_IMR:
        s->imr = v & ISR_INTERRUPTS;
        if (s->imr) {
            ne2000_not_late(n);
        }
        break;
    default:
        break;
    }
}

static void write_page1(struct ne2000 *n, unsigned reg, uint8_t v)
{
    struct ne2000_state *s = n->s;

    if (reg >= REG_MAR0) {
        s->mar[reg - REG_MAR0] = v;
    } else if (reg == REG_CURR) {
        s->curr = v;
        s->local_next = v;
        ne2000_offer(n);
    } else {
        s->par[reg - REG_PAR0] = v;
    }
}

/* For diagnostics: working registers of the two DMA channels. */
static void write_page2(struct ne2000_state *s, unsigned reg, uint8_t v)
{
    switch (reg) {
    case 0x1:
    case REG_AC0:
        set_low(&s->clda, v);
        break;
    case 0x2:
    case REG_AC1:
        set_high(&s->clda, v);
        break;
    case REG_REMOTE_NEXT:
        s->remote_next = v;
        break;
    case REG_LOCAL_NEXT:
        s->local_next = v;
        break;
    default:
        break;
    }
}

static void write_page3(struct ne2000 *n, unsigned reg, uint8_t v)
{
    struct ne2000_state *s = n->s;

    if (!(n->model->decoded & BIT(reg))) {
        return;
    }
    if (reg == REG_9346CR) {
        ne2000_eeprom_write(n, v);
    } else if (reg == REG_BPAGE) {
        s->bpage = v;
    } else if (reg >= REG_CONFIG0 && reg <= REG_CONFIG3 && (s->eecr & EECR_EEM) == EECR_EEM) {
        unsigned i = reg - REG_CONFIG0;
        unsigned open = n->model->writable[i];

        s->config[i] = (uint8_t)((s->config[i] & ~open) | (v & open));
    }
}

/* -- writes that may come late -- */

/*
 * CR, BNRY and ISR act at once: on the wire, on the interrupt line. But a guest that has masked all
 * interrupts finds out what they did only by reading a register, and before a read all writes are
 * delivered: from there on each of them need not be an exit. Only a guest that goes on so is taken
 * for one that polls (iPXE, boot loaders, some DOS programs); a driver that masks interrupts for a
 * moment does far less than NE2000_LATE_AFTER such writes in it. Every change of mind costs the hypervisor
 * some milliseconds, so the next one needs twice as much.
 */
#define LATE_AFTER_MAX (1u << 24)

void ne2000_not_late(struct ne2000 *n)
{
    n->polled = 0;
    if (n->late) {
        n->late = false;
        n->late_after = n->late_after < LATE_AFTER_MAX ? 2 * n->late_after : n->late_after;
        n->set_late(n->opaque, false);
    }
}

static void count_polled(struct ne2000 *n, unsigned reg)
{
    if (n->late || n->s->imr || (reg != REG_CR && reg != REG_BNRY && reg != REG_ISR)) {
        return;
    }
    if (++n->polled >= n->late_after) {
        n->late = true;
        n->set_late(n->opaque, true);
    }
}

void ne2000_write(struct ne2000 *n, unsigned reg, uint8_t value)
{
    ne2000_poll_transmit(n);
    reg &= 0xf;
    count_polled(n, reg);
    if (reg == REG_CR) {
        write_cr(n, value);
    } else if (n->s->page == 0x00) {
        write_page0(n, reg, value);
    } else if (n->s->page == 0x40) {
        write_page1(n, reg, value);
    } else if (n->s->page == 0x80) {
        write_page2(n->s, reg, value);
    } else {
        write_page3(n, reg, value);
    }
    ne2000_update(n);
}

/* Section 11, table "Initialization": what the RESET pin does. */
uint8_t ne2000_reset_read(struct ne2000 *n)
{
    struct ne2000_state *s = n->s;

    s->page = 0;
    s->rd = CR_RD_ABORT;
    s->stopped = 1;
    s->imr = 0;
    s->dcr &= (uint8_t)~DCR_LAS;
    s->tcr &= (uint8_t)~TCR_LB;
    s->dma = NE2000_DMA_IDLE;
    s->sending = 0;
    s->tx = NE2000_TX_IDLE;
    s->tx_due = 0;
    s->overflowed = 0;
    s->ring_full = 0;
    s->hold = NE2000_HOLD_NONE;
    s->hold_due = 0;
    ne2000_offer(n);
    ne2000_update(n);
    return 0xff;
}
