/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the virtio network card: the device (virtio_net.c), frames (virtio_net_io.c), the control
 * queue (virtio_net_ctrl.c). */
#ifndef HW_NET_VIRTIO_NET_PRIV_H
#define HW_NET_VIRTIO_NET_PRIV_H

#include "hw/net/virtio_net.h"

#define RX 0
#define TX 1
#define CTRL 2

#define NET_F_MAC (UINT64_C(1) << 5)
#define NET_F_MRG_RXBUF (UINT64_C(1) << 15)
#define NET_F_STATUS (UINT64_C(1) << 16)
#define NET_F_CTRL_VQ (UINT64_C(1) << 17)
#define NET_F_CTRL_RX (UINT64_C(1) << 18)
#define NET_F_CTRL_VLAN (UINT64_C(1) << 19)
#define NET_F_CTRL_RX_EXTRA (UINT64_C(1) << 20)
#define NET_F_CTRL_MAC_ADDR (UINT64_C(1) << 23)

/* -- virtio_net_io.c -- */
bool virtio_net_receive(void *opaque, const uint8_t *frame, uint32_t len);
void virtio_net_tx_run(struct virtio_net *n);
/* There may be room, or nobody listens any more: have the link offer what it keeps. */
void virtio_net_offer(struct virtio_net *n);

/* -- virtio_net_ctrl.c -- */
void virtio_net_control(struct virtio_net *n);
/* Does the driver want a frame? */
bool virtio_net_wants(const struct virtio_net_state *s, const uint8_t *frame, uint32_t len);

#endif
