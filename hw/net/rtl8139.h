/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RTL8139C+ and RTL8139C on the PCI bus: -device rtl8139. */
#ifndef HW_NET_RTL8139_H
#define HW_NET_RTL8139_H

#include "hw/net/eeprom93xx.h"
#include "hw/net/nic_hold.h"
#include "hw/pci/pci.h"

#define RTL8139_TX_SLOTS 4u
#define RTL8139_RING 64u /* descriptors of a C+ ring, at most */

/* The counters that "dump tally" stores, in its order. */
struct rtl8139_tally {
    uint64_t tx_ok, rx_ok, tx_err;
    uint32_t rx_err;
    uint16_t missed, align_err;
    uint32_t tx_1col, tx_mcol;
    uint64_t rx_ok_phy, rx_ok_broadcast;
    uint32_t rx_ok_multicast;
    uint16_t tx_abort, tx_underrun;
};
_Static_assert(sizeof(struct rtl8139_tally) == 64, "as the chip stores it");

struct rtl8139_state {
    struct pci_state pci;
    struct eeprom93xx_state eeprom;
    struct nic_hold_state hold;
    struct rtl8139_tally tally;
    uint64_t rx_ring;    /* RDSAR */
    uint64_t timer_base; /* guest time when TCTR was 0 */
    uint64_t timer_due;  /* guest time of the next TimeOut; TIMER_NEVER: none */
    uint32_t tsd[RTL8139_TX_SLOTS], tsad[RTL8139_TX_SLOTS];
    uint32_t rbstart, tcr, rcr, mpc, timer_int, phy[2], twister;
    uint16_t capr, cbr; /* as the registers show them */
    uint16_t imr, isr, mulint, bmcr, anar, nway, cpcr, mitigation, erbcr;
    uint16_t large_sent[2]; /* segments of the large send at tx_index that are gone */
    uint8_t tx_slot;        /* next of TSD0 to 3 */
    uint8_t tx_index[2];    /* next C+ descriptor: normal, high priority */
    uint8_t tx_polled[2];   /* TPPoll: this ring is to be walked */
    uint8_t tx_blocked;     /* the link has no room */
    uint8_t rx_index;
    uint8_t idr[6], mar[8];
    uint8_t reading; /* CAPR was written since ROK rose */
    uint8_t cr;      /* RE and TE */
    uint8_t ersr, cr9346, config0, config1, config3, config4, config5, etthr;
    uint8_t pad[7];
};

struct rtl8139 {
    struct pci_device pci;
    struct rtl8139_state s;
    struct region io, mmio; /* BAR 0 and 1 */
    struct clock *clock;
    struct timer timer, retry;
    struct nic_hold hold;
    uint16_t content[EEPROM_93C46_WORDS]; /* EEPROM as delivered */
    uint8_t *packet;                      /* room for one C+ packet, between two lines of code */
    /* properties */
    struct link *netdev;
    char *romfile;
    uint8_t mac[6];
    uint32_t hold_ms;
    bool cplus;
};

extern const struct device_class rtl8139_class;

#endif
