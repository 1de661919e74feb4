/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTL8139C+: reset, timer, interrupt, command register. Realtek RTL8139C(L)+ data sheet 1.6, chapters 6
 * (registers), 7 (EEPROM contents), 9; with cplus=off the RTL8139C, data sheet 1.4.
 *
 * Modelled: all operational registers a driver uses, at their own widths or any narrower or wider
 * access; the 9346CR lock of CONFIGx and of the speed bits of BMCR; a 93C46; TCTR and TimerInt at
 * 33 MHz; MII registers of a link that is up at 100 Mbit/s, full duplex, or unplugged; software
 * interrupts; tally counters. The registers are in rtl8139_regs.c, the
 * transmitter in rtl8139_tx.c, the receiver in rtl8139_rx.c.
 *
 * Not modelled: power management and wake-up frames (no PCI capability announces them); the flash
 * port; CSCR's cable test, PHY and twister parameters (storage); interrupt mitigation (storage);
 * early interrupts, as frames come whole: ERSR shows a good frame, ERBCR its length.
 *
 * Reset values were compared with QEMU's rtl8139. Where they differ the data sheet won: software
 * reset leaves IDR alone; the receive pointers start anew when RE rises, not with each write of
 * RCR; MII registers answer byte and dword reads too. Locking: the device's, by the caller.
 */
#include "hw/net/rtl8139_priv.h"

#include <string.h>

#define TICK_NS 30u /* of the PCI clock */
#define TICKS (UINT64_C(1) << 32)
#define RETRY_NS (10 * NS_PER_MS)
#define CAPR_START 0xfff0u

bool rtl8139_link_up(const struct rtl8139 *d)
{
    return d->netdev && link_carrier(d->netdev);
}

/* -- interrupt and timer -- */

bool rtl8139_int_level(const struct rtl8139_state *s)
{
    return (s->isr & s->imr) != 0;
}

/* TCTR has reached TimerInt: once in each turn of the counter. */
void rtl8139_poll_timer(struct rtl8139 *d)
{
    struct rtl8139_state *s = &d->s;
    uint64_t now = clock_now(d->clock);

    if (now >= s->timer_due) {
        uint64_t turns = (now - s->timer_due) / (TICKS * TICK_NS) + 1;

        s->isr |= ISR_TIMEOUT;
        s->timer_due += turns * TICKS * TICK_NS;
        rtl8139_update(d);
    }
}

uint32_t rtl8139_tctr(const struct rtl8139 *d)
{
    return (uint32_t)((clock_now(d->clock) - d->s.timer_base) / TICK_NS);
}

void rtl8139_plan_timer(struct rtl8139 *d)
{
    struct rtl8139_state *s = &d->s;
    uint64_t now = clock_now(d->clock), period = TICKS * TICK_NS;

    s->timer_due = TIMER_NEVER;
    if (s->timer_int) {
        s->timer_due = s->timer_base + (uint64_t)s->timer_int * TICK_NS;
        if (s->timer_due <= now) {
            s->timer_due += ((now - s->timer_due) / period + 1) * period;
        }
    }
}

void rtl8139_update(struct rtl8139 *d)
{
    const struct rtl8139_state *s = &d->s;
    bool level = rtl8139_int_level(s);

    if (s->pci.intx != level) {
        pci_set_intx(&d->pci, level);
    }
    if (s->timer_due !=
        d->timer.deadline) { /* a guest that masks it reads ISR: rtl8139_poll_timer() */
        timer_arm(&d->timer, s->timer_due);
    }
    if (s->tx_blocked && !timer_armed(&d->retry)) {
        timer_arm(&d->retry, clock_now(d->clock) + RETRY_NS);
    } else if (!s->tx_blocked && timer_armed(&d->retry)) {
        timer_cancel(&d->retry);
    }
}

void rtl8139_timer_fire(void *opaque)
{
    struct rtl8139 *d = opaque;

    rtl8139_poll_timer(d);
    rtl8139_update(d);
}

/* -- reset -- */

static void reset_transmitter(struct rtl8139_state *s)
{
    for (unsigned i = 0; i < RTL8139_TX_SLOTS; i++) {
        s->tsd[i] = TSD_OWN;
        s->tsad[i] = 0;
    }
    s->tx_slot = 0;
    s->tx_blocked = 0;
    memset(s->large_sent, 0, sizeof(s->large_sent));
    memset(s->tx_index, 0, sizeof(s->tx_index));
    memset(s->tx_polled, 0, sizeof(s->tx_polled));
}

static void reset_receiver(struct rtl8139 *d)
{
    d->s.capr = CAPR_START;
    d->s.cbr = 0;
    d->s.rx_index = 0;
    nic_hold_clear(&d->hold);
}

void rtl8139_soft_reset(struct rtl8139 *d)
{
    struct rtl8139_state *s = &d->s;

    reset_transmitter(s);
    reset_receiver(d);
    s->cr = 0;
    s->rx_ring = 0;
    s->rbstart = s->mpc = s->timer_int = s->rcr = 0;
    s->tcr = TCR_VERSION | (d->cplus ? TCR_PLUS : 0);
    s->imr = s->isr = s->mulint = s->cpcr = s->mitigation = s->erbcr = 0;
    s->reading = s->ersr = s->etthr = s->cr9346 = 0;
    s->config0 = s->config4 = s->config5 = 0;
    s->config1 = CONFIG1_MAPPED;
    s->config3 = CONFIG3_FBTB;
    s->bmcr = BMCR_AUTO;
    s->anar = ABILITIES;
    s->nway = 0;
    s->timer_base = clock_now(d->clock);
    s->timer_due = TIMER_NEVER;
    nic_hold_offer(&d->hold); /* what waited is dropped */
}

void rtl8139_power_on(struct rtl8139 *d)
{
    struct rtl8139_state *s = &d->s;

    rtl8139_soft_reset(d);
    memset(&s->tally, 0, sizeof(s->tally));
    memset(s->phy, 0, sizeof(s->phy));
    memset(s->mar, 0, sizeof(s->mar));
    s->twister = 0;
    for (unsigned i = 0; i < 6; i++) { /* autoload */
        s->idr[i] = (uint8_t)(s->eeprom.word[7 + i / 2] >> (8 * (i & 1)));
    }
}

/* -- command register -- */

void rtl8139_write_cr(struct rtl8139 *d, uint8_t value)
{
    struct rtl8139_state *s = &d->s;
    uint8_t rises = (uint8_t)(value & ~s->cr);

    if (value & CR_RST) {
        rtl8139_soft_reset(d);
        return;
    }
    s->cr = value & (CR_RE | CR_TE);
    if (rises & CR_RE) {
        reset_receiver(d);
    }
    if (rises & CR_TE) {
        s->tx_slot = 0;
        memset(s->large_sent, 0, sizeof(s->large_sent));
        memset(s->tx_index, 0, sizeof(s->tx_index));
    }
    if (!(s->cr & CR_TE)) {
        memset(s->tx_polled, 0, sizeof(s->tx_polled));
        s->tx_blocked = 0;
        memset(s->large_sent, 0, sizeof(s->large_sent));
    }
    if (!(s->cr & CR_RE)) {
        nic_hold_clear(&d->hold);
    }
}
