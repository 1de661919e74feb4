/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCnet-PCI II: registers. AMD Am79C970A data sheet (publication 19436), sections "I/O Resources",
 * "Control and Status Registers", "Bus Configuration Registers".
 *
 * Modelled: the APROM; word and dword I/O; CSRs and BCRs that drivers use, writable when the data
 * sheet says so (STOP or SPND); software styles 0 to 3; initialization, start, stop, suspend, both
 * resets; all interrupt sources with their masks; the LED registers as far as they show the link.
 * Descriptors are in pcnet_desc.c, frames in pcnet_wire.c.
 *
 * Not modelled: the Microwire EEPROM behind BCR19 (PVALID and EEDET stay 0, the APROM holds the
 * address all the same); Magic Packet and sleep; FIFO thresholds, DMA timers, test registers
 * (storage); look-ahead packet processing (LAPPEN); collisions, jabber and heartbeat.
 *
 * Reset values were compared with QEMU's pcnet. Where they differ the data sheet won: setting STOP
 * leaves 0004h in CSR0; a software reset leaves DWIO as it is; the ring lengths in CSR76 and CSR78
 * and their counters are two's complements.
 *
 * Locking: the device's, by the caller.
 */
#include "hw/net/pcnet_priv.h"

#include <string.h>

#define APROM_END PCNET_APROM
#define PORT_RDP 0
#define PORT_RAP 1
#define PORT_RESET 2
#define PORT_BDP 3

/* The chip looks every 2 ms; drivers demand, so this is for those that forget. */
#define POLL_NS (20 * NS_PER_MS)

static bool link_up(const struct pcnet *d)
{
    return d->netdev && link_carrier(d->netdev);
}

/* -- interrupt -- */

static bool intr(const struct pcnet_state *s)
{
    unsigned c0 = s->csr[0] & (CSR0_EVENTS & ~CSR0_CERR) & ~(unsigned)s->csr[CSR_MASKS];
    unsigned c4 = s->csr[CSR_FEATURES], c5 = s->csr[CSR_EXTENDED];

    return c0 || (c4 & CSR4_UINT) || (c4 >> 1 & ~c4 & CSR4_MASKS) || (c5 >> 1 & c5 & CSR5_ENABLES);
}

bool pcnet_int_level(const struct pcnet_state *s)
{
    return intr(s) && (s->csr[0] & CSR0_IENA);
}

bool pcnet_wants_poll(const struct pcnet_state *s)
{
    bool on = (s->csr[0] & CSR0_TXON) && !pcnet_suspended(s);

    return on && (s->tx_blocked || (s->csr[0] & CSR0_TDMD) || !(s->csr[CSR_FEATURES] & CSR4_DPOLL));
}

void pcnet_update(struct pcnet *d)
{
    struct pcnet_state *s = &d->s;
    bool level = pcnet_int_level(s);

    if (s->pci.intx != level) {
        pci_set_intx(&d->pci, level);
    }
    if (!pcnet_wants_poll(s)) {
        s->poll_due = 0;
    } else if (s->poll_due == 0) {
        s->poll_due = clock_now(d->clock) + POLL_NS;
    }
    if (s->poll_due == 0) {
        timer_cancel(&d->poll);
    } else if (d->poll.deadline != s->poll_due) {
        timer_arm(&d->poll, s->poll_due);
    }
}

/* -- resets, start and stop -- */

void pcnet_soft_reset(struct pcnet *d)
{
    struct pcnet_state *s = &d->s;

    memset(s->csr, 0, sizeof(s->csr));
    s->csr[0] = CSR0_STOP;
    s->csr[CSR_FEATURES] = CSR4_MASKS;
    for (unsigned i = 0; i < 3; i++) {
        s->csr[CSR_PADR + i] = (uint16_t)(s->aprom[2 * i] | s->aprom[2 * i + 1] << 8);
    }
    s->csr[CSR_RCVRC] = s->csr[CSR_RCVRL] = UINT16_MAX; /* one descriptor */
    s->csr[CSR_XMTRC] = s->csr[CSR_XMTRL] = UINT16_MAX;
    s->csr[80] = 0x1410;
    s->csr[88] = 0x1003; /* part number 2621h, version 0 */
    s->csr[89] = 0x0262;
    s->csr[100] = 0x0200;
    s->csr[103] = 0x0105;
    s->bcr[BCR_SWS] = SWS_CSRPCNT;
    s->rap = 0;
    s->tx_blocked = 0;
    nic_hold_clear(&d->hold);
    nic_hold_offer(&d->hold); /* what waited is dropped */
}

void pcnet_power_on(struct pcnet *d)
{
    struct pcnet_state *s = &d->s;
    uint16_t sum = 0;

    memset(s->bcr, 0, sizeof(s->bcr));
    s->bcr[0] = s->bcr[1] = 0x0005;
    s->bcr[BCR_MC] = 0x0002;
    s->bcr[BCR_LNKST] = 0x00c0;
    s->bcr[5] = 0x0084;
    s->bcr[6] = 0x0088;
    s->bcr[BCR_LED3] = 0x0090;
    s->bcr[BCR_BSBC] = 0x9001;
    s->bcr[BCR_EECAS] = 0x0002;
    s->bcr[BCR_PCILAT] = 0xff06;
    memset(s->aprom, 0, sizeof(s->aprom));
    memcpy(s->aprom, d->mac, sizeof(d->mac));
    s->aprom[9] = 0x11; /* hardware identification */
    s->aprom[14] = s->aprom[15] = 'W';
    for (unsigned i = 0; i < PCNET_APROM; i++) {
        sum = (uint16_t)(sum + s->aprom[i]);
    }
    s->aprom[12] = (uint8_t)sum;
    s->aprom[13] = (uint8_t)(sum >> 8);
    pcnet_soft_reset(d);
}

static void stop(struct pcnet *d)
{
    struct pcnet_state *s = &d->s;

    s->csr[0] = CSR0_STOP;
    s->csr[CSR_FEATURES] &= (uint16_t) ~(CSR4_EVENTS | CSR4_UINTCMD);
    s->csr[CSR_EXTENDED] &= (uint16_t) ~(CSR5_EVENTS | CSR5_SPND);
    s->tx_blocked = 0;
    nic_hold_clear(&d->hold);
}

static void start(struct pcnet_state *s)
{
    s->csr[0] &= (uint16_t)~CSR0_STOP;
    s->csr[0] |= CSR0_STRT;
    s->csr[0] |= s->csr[CSR_MODE] & MODE_DTX ? 0 : CSR0_TXON;
    s->csr[0] |= s->csr[CSR_MODE] & MODE_DRX ? 0 : CSR0_RXON;
}

static void write_csr0(struct pcnet *d, uint16_t value)
{
    uint16_t *c = &d->s.csr[0];

    *c = (uint16_t)(*c & ~(value & CSR0_EVENTS) & ~CSR0_IENA) | (value & CSR0_IENA);
    if (value & CSR0_STOP) {
        stop(d);
        return;
    }
    if ((value & CSR0_INIT) && !(*c & (CSR0_INIT | CSR0_STRT))) {
        *c = (uint16_t)((*c & ~CSR0_STOP) | CSR0_INIT);
        pcnet_init_block(d);
    }
    if ((value & CSR0_STRT) && !(*c & CSR0_STRT)) {
        start(&d->s);
        pcnet_transmit(d);
    } else if ((value & CSR0_TDMD) && (*c & CSR0_TXON)) {
        *c |= CSR0_TDMD;
        pcnet_transmit(d);
    }
}

static uint16_t read_csr0(const struct pcnet_state *s)
{
    unsigned v = s->csr[0];

    v |= intr(s) ? CSR0_INTR : 0;
    v |= v & CSR0_ERRORS ? CSR0_ERR : 0;
    return (uint16_t)v;
}

/* -- CSRs -- */

/* May only change while the chip stands. */
static bool guarded(unsigned n)
{
    return n == 1 || n == 2 || (n >= 8 && n <= 47) || n == 72 || n == 74 || n == 76 || n == 78;
}

/* Storage that nothing here reads: thresholds, timers, test registers. */
static bool stored(unsigned n)
{
    return n == 6 || n == 7 || n == 48 || n == 80 || n == 82 || (n >= 84 && n <= 86) || n == 100 ||
           n == CSR_MFC || n == 114 || n == 122 || n == 124;
}

static void write_sws(struct pcnet_state *s, uint16_t value)
{
    unsigned style = value & SWS_STYLE;

    if (style == 1) {
        s->bcr[BCR_SWS] = SWS_SSIZE32 | 1u;
    } else if (style == 2 || style == 3) {
        s->bcr[BCR_SWS] = (uint16_t)(SWS_CSRPCNT | SWS_SSIZE32 | style);
    } else {
        s->bcr[BCR_SWS] = SWS_CSRPCNT;
    }
}

static void write_csr4(struct pcnet_state *s, uint16_t value)
{
    unsigned events = s->csr[CSR_FEATURES] & CSR4_EVENTS & ~(unsigned)value;

    events |= value & CSR4_UINTCMD ? CSR4_UINT : 0;
    s->csr[CSR_FEATURES] = (uint16_t)(events | (value & CSR4_WRITABLE));
}

static void write_csr5(struct pcnet *d, uint16_t value)
{
    struct pcnet_state *s = &d->s;
    unsigned events = s->csr[CSR_EXTENDED] & CSR5_EVENTS & ~(unsigned)value;

    if (s->csr[0] & CSR0_STOP) { /* nothing to suspend */
        value &= (uint16_t)~CSR5_SPND;
    }
    s->csr[CSR_EXTENDED] = (uint16_t)(events | (value & CSR5_WRITABLE));
    if (!(value & CSR5_SPND)) {
        pcnet_transmit(d);
    }
}

static void write_csr(struct pcnet *d, unsigned n, uint16_t value)
{
    struct pcnet_state *s = &d->s;
    bool stands = (s->csr[0] & CSR0_STOP) || pcnet_suspended(s);

    switch (n) {
    case 0:
        write_csr0(d, value);
        break;
    case CSR_MASKS:
        s->csr[CSR_MASKS] = value;
        break;
    case CSR_FEATURES:
        write_csr4(s, value);
        break;
    case CSR_EXTENDED:
        write_csr5(d, value);
        break;
    case CSR_SWS:
        if (stands) {
            write_sws(s, value);
        }
        break;
    case CSR_IADR_ALIAS:
    case CSR_IADR_ALIAS + 1:
        if (stands) {
            s->csr[CSR_IADR + n - CSR_IADR_ALIAS] = value;
        }
        break;
    default:
        if (stored(n) || (stands && guarded(n))) {
            s->csr[n] = value;
        }
        break;
    }
}

static uint16_t read_csr(const struct pcnet *d, unsigned n)
{
    const struct pcnet_state *s = &d->s;

    switch (n) {
    case 0:
        return read_csr0(s);
    case CSR_IADR_ALIAS:
    case CSR_IADR_ALIAS + 1:
        return s->csr[CSR_IADR + n - CSR_IADR_ALIAS];
    case CSR_SWS:
        return s->bcr[BCR_SWS];
    default:
        return s->csr[n];
    }
}

/* -- BCRs -- */

static void write_bcr(struct pcnet_state *s, unsigned n, uint16_t value)
{
    switch (n) {
    case BCR_MC:
    case BCR_LNKST:
    case 5:
    case 6:
    case BCR_LED3:
    case 9:  /* FDC */
    case 16: /* IOBASE */
    case 17:
    case 21: /* INTCON */
    case BCR_PCILAT:
        s->bcr[n] = value;
        break;
    case BCR_BSBC: /* DWIO is not for writing */
        s->bcr[n] = (uint16_t)((s->bcr[n] & BSBC_DWIO) | (value & ~BSBC_DWIO));
        break;
    case BCR_EECAS: /* the pins; no EEPROM answers */
        s->bcr[n] = value & 0x0017u;
        break;
    case BCR_SWS:
        if ((s->csr[0] & CSR0_STOP) || pcnet_suspended(s)) {
            write_sws(s, value);
        }
        break;
    default:
        break;
    }
}

static uint16_t read_bcr(const struct pcnet *d, unsigned n)
{
    unsigned v;

    if (n >= PCNET_BCRS) {
        return 0;
    }
    v = d->s.bcr[n];
    if (n >= BCR_LNKST && n <= BCR_LED3) {
        v = (v & ~LED_OUT) | ((v & LED_LNKSTE) && link_up(d) ? LED_OUT : 0);
    }
    return (uint16_t)v;
}

/* -- ports -- */

static uint64_t ones(unsigned width)
{
    return UINT64_C(0xffffffff) >> (32 - 8 * width);
}

/* RDP, RAP, RESET, BDP: words at 10h to 16h, or dwords at 10h to 1Ch; -1: none of them. */
static int decode(const struct pcnet_state *s, uint64_t offset, unsigned width)
{
    unsigned want = s->bcr[BCR_BSBC] & BSBC_DWIO ? 4 : 2;
    uint64_t port = (offset - APROM_END) / want;

    return width == want && offset % want == 0 && port <= PORT_BDP ? (int)port : -1;
}

static uint64_t read_aprom(const struct pcnet_state *s, uint64_t offset, unsigned width)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < width; i++) {
        value |= (uint64_t)s->aprom[(offset + i) % PCNET_APROM] << (8 * i);
    }
    return value;
}

static uint64_t read_op(void *opaque, uint64_t offset, unsigned width)
{
    struct pcnet *d = opaque;
    struct pcnet_state *s = &d->s;

    if (offset < APROM_END) {
        return read_aprom(s, offset, width);
    }
    switch (decode(s, offset, width)) {
    case PORT_RDP:
        return read_csr(d, s->rap);
    case PORT_RAP:
        return s->rap;
    case PORT_RESET:
        pcnet_soft_reset(d);
        pcnet_update(d);
        return 0;
    case PORT_BDP:
        return read_bcr(d, s->rap);
    default:
        return ones(width);
    }
}

static void write_op(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct pcnet *d = opaque;
    struct pcnet_state *s = &d->s;

    if (offset < APROM_END) {
        for (unsigned i = 0; (s->bcr[BCR_MC] & MC_APROMWE) && i < width; i++) {
            s->aprom[(offset + i) % PCNET_APROM] = (uint8_t)(value >> (8 * i));
        }
        return;
    }
    if (width == 4 && offset == APROM_END && !(s->bcr[BCR_BSBC] & BSBC_DWIO)) {
        s->bcr[BCR_BSBC] |= BSBC_DWIO; /* that is how dword mode begins */
        return;
    }
    switch (decode(s, offset, width)) {
    case PORT_RDP:
        write_csr(d, s->rap, (uint16_t)value);
        break;
    case PORT_RAP:
        s->rap = value & (PCNET_CSRS - 1);
        break;
    case PORT_BDP:
        write_bcr(s, s->rap, (uint16_t)value);
        break;
    default:
        break;
    }
    pcnet_offer(d); /* a driver that has made room writes something soon */
    pcnet_update(d);
}

const struct region_ops pcnet_ops = {
    .read = read_op,
    .write = write_op,
    .valid = 1 | 2 | 4,
    .impl = 1 | 2 | 4,
};
