/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMD Am79C970A, PCnet-PCI II: -device pcnet. */
#ifndef HW_NET_PCNET_H
#define HW_NET_PCNET_H

#include "hw/net/nic_hold.h"
#include "hw/pci/pci.h"

#define PCNET_CSRS 128u
#define PCNET_BCRS 32u
#define PCNET_APROM 16u

struct pcnet_state {
    struct pci_state pci;
    struct nic_hold_state hold;
    uint64_t poll_due; /* guest time of the next look at the transmit ring; 0: none */
    uint16_t csr[PCNET_CSRS];
    uint16_t bcr[PCNET_BCRS];
    uint8_t aprom[PCNET_APROM];
    uint8_t rap;
    uint8_t tx_blocked; /* the link has no room */
    uint8_t pad[6];
};

struct pcnet {
    struct pci_device pci;
    struct pcnet_state s;
    struct region io, mmio; /* BAR 0 and 1 */
    struct clock *clock;
    struct timer poll;
    struct nic_hold hold;
    /* properties */
    struct link *netdev;
    char *romfile;
    uint8_t mac[6];
    uint32_t hold_ms;
};

extern const struct device_class pcnet_class;

#endif
