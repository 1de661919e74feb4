/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtio network card: -device virtio-net-pci. */
#ifndef HW_NET_VIRTIO_NET_H
#define HW_NET_VIRTIO_NET_H

#include "core/clock.h"
#include "core/link.h"
#include "hw/virtio/virtio_pci.h"

#define VIRTIO_NET_QUEUES 3
#define VIRTIO_NET_MACS 64u   /* entries of the filter table */
#define VIRTIO_NET_MERGED 64u /* chains that one received frame may take */

/* Receive modes as the control queue sets them, in bits. */
enum virtio_net_mode {
    VIRTIO_NET_PROMISC,
    VIRTIO_NET_ALLMULTI,
    VIRTIO_NET_ALLUNI,
    VIRTIO_NET_NOMULTI,
    VIRTIO_NET_NOUNI,
    VIRTIO_NET_NOBCAST,
    VIRTIO_NET_MODES,
};

struct virtio_net_state {
    struct pci_state pci;
    struct virtio_state virtio;
    struct virtq_state queue[VIRTIO_NET_QUEUES];
    uint64_t tx_due; /* guest time when the transmitter goes on by itself; 0: it does not */
    uint32_t vlans[128];
    uint8_t macs[VIRTIO_NET_MACS][6];     /* unicast first, then multicast */
    uint8_t unicast, multicast;           /* how many of each */
    uint8_t unicast_full, multicast_full; /* the driver wanted more: all of them pass */
    uint8_t mac[6];
    uint8_t modes;
    uint8_t link;
    uint8_t waiting; /* the link keeps a frame for which there were no buffers */
    uint8_t pad[3];
};
_Static_assert(sizeof(struct virtio_net_state) ==
                   sizeof(struct pci_state) + sizeof(struct virtio_state) +
                       VIRTIO_NET_QUEUES * sizeof(struct virtq_state) + 8 + 512 + 384 + 16,
               "no hidden padding");

struct virtio_net {
    struct virtio v;
    struct virtio_net_state s;
    struct clock *clock;
    struct timer tx_timer;
    bool filter_told;   /* NIC_RX_FILTER_CHANGED was raised; next when somebody has looked */
    struct virtq_sg sg; /* the chains in work, between one entry and its return */
    /* properties */
    struct link *netdev;
    uint8_t mac[6];
    char *romfile;
};

extern const struct device_class virtio_net_class;

/* The driver took the feature: VLANs are filtered by the table. The lock held. */
bool virtio_net_filters_vlans(const struct virtio_net_state *s);

#endif
