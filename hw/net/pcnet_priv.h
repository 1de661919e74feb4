/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the PCnet-PCI II: registers (pcnet.c), descriptors and initialization block
 * (pcnet_desc.c), transmitter and receiver (pcnet_wire.c), PCI function and state (pcnet_pci.c).
 */
#ifndef HW_NET_PCNET_PRIV_H
#define HW_NET_PCNET_PRIV_H

#include "hw/net/ethernet.h"
#include "hw/net/pcnet.h"

#define PCNET_IO_SIZE 32u

#define CSR0_INIT 0x0001u
#define CSR0_STRT 0x0002u
#define CSR0_STOP 0x0004u
#define CSR0_TDMD 0x0008u
#define CSR0_TXON 0x0010u
#define CSR0_RXON 0x0020u
#define CSR0_IENA 0x0040u
#define CSR0_INTR 0x0080u /* computed, as is ERR */
#define CSR0_IDON 0x0100u
#define CSR0_TINT 0x0200u
#define CSR0_RINT 0x0400u
#define CSR0_MERR 0x0800u
#define CSR0_MISS 0x1000u
#define CSR0_CERR 0x2000u
#define CSR0_BABL 0x4000u
#define CSR0_ERR 0x8000u
#define CSR0_ERRORS (CSR0_BABL | CSR0_CERR | CSR0_MISS | CSR0_MERR)
#define CSR0_EVENTS 0x7f00u /* ones clear */
#define CSR0_STORED 0x7f7fu

#define CSR4_DPOLL 0x1000u
#define CSR4_APAD_XMT 0x0800u
#define CSR4_ASTRP_RCV 0x0400u
#define CSR4_MFCO 0x0200u
#define CSR4_UINTCMD 0x0080u
#define CSR4_UINT 0x0040u
#define CSR4_TXSTRT 0x0008u
#define CSR4_EVENTS 0x026au /* MFCO, UINT, RCVCCO, TXSTRT, JAB: ones clear */
#define CSR4_WRITABLE 0xfd95u
#define CSR4_MASKS 0x0115u /* each one below its event */

#define CSR5_TOKINTD 0x8000u
#define CSR5_LTINTEN 0x4000u
#define CSR5_SPND 0x0001u
#define CSR5_EVENTS 0x0a90u /* SINT, SLPINT, EXDINT, MPINT: ones clear */
#define CSR5_WRITABLE 0xf56fu
#define CSR5_ENABLES 0x0548u /* each one below its event */

#define MODE_PROM 0x8000u
#define MODE_DRCVBC 0x4000u
#define MODE_DRCVPA 0x2000u
#define MODE_DXMTFCS 0x0008u
#define MODE_LOOP 0x0004u
#define MODE_DTX 0x0002u
#define MODE_DRX 0x0001u

enum {
    CSR_IADR = 1,
    CSR_MASKS = 3,
    CSR_FEATURES = 4,
    CSR_EXTENDED = 5,
    CSR_LADRF = 8,
    CSR_PADR = 12,
    CSR_MODE = 15,
    CSR_IADR_ALIAS = 16,
    CSR_BADR = 24, /* receive ring */
    CSR_CRDA = 28,
    CSR_BADX = 30, /* transmit ring */
    CSR_CXDA = 34,
    CSR_POLLINT = 47,
    CSR_SWS = 58, /* another way to BCR20 */
    CSR_RCVRC = 72,
    CSR_XMTRC = 74,
    CSR_RCVRL = 76,
    CSR_XMTRL = 78,
    CSR_MFC = 112,

    BCR_MC = 2,
    BCR_LNKST = 4,
    BCR_LED3 = 7,
    BCR_BSBC = 18,
    BCR_EECAS = 19,
    BCR_SWS = 20,
    BCR_PCILAT = 22,
};

#define MC_APROMWE 0x0100u
#define LED_LNKSTE 0x0040u
#define LED_OUT 0x8000u
#define BSBC_DWIO 0x0080u
#define SWS_STYLE 0x00ffu
#define SWS_SSIZE32 0x0100u
#define SWS_CSRPCNT 0x0200u

/* Flags of a descriptor, in the places that RMD1 and TMD1 of the 32-bit styles give them. */
#define D_OWN 0x80000000u
#define D_ERR 0x40000000u
#define D_STP 0x02000000u
#define D_ENP 0x01000000u
#define RD_OFLO 0x10000000u
#define RD_CRC 0x08000000u
#define RD_BUFF 0x04000000u
#define RD_PAM 0x00400000u
#define RD_LAFM 0x00200000u
#define RD_BAM 0x00100000u
#define RD_MCNT 0x00000fffu
#define TD_ADD_FCS 0x20000000u
#define TD_LTINT 0x10000000u
#define TD_COLLISIONS 0x1c000000u /* MORE, ONE, DEF: there are none */
#define TD2_LCAR 0x08000000u
#define TD2_BUFF 0x80000000u
#define D_BCNT 0x0fffu

/* What one register write may walk: the longest ring an initialization block can make. */
#define PCNET_WALK 512u

struct pcnet_desc {
    uint32_t at; /* where it stands */
    uint32_t addr;
    uint32_t flags; /* of xMD1, upper half; the lower half as it was */
    uint32_t room;  /* 1 to 4096 bytes */
    uint32_t misc;  /* RMD2: MCNT; TMD2: errors, in the 32-bit places */
};

struct pcnet_ring {
    unsigned base, counter, length; /* CSR numbers */
    unsigned current;
};
extern const struct pcnet_ring pcnet_rx_ring, pcnet_tx_ring;

/* Copy the descriptor `ahead` places after the ring's current one. False: bus error. */
bool pcnet_desc_read(struct pcnet *d, const struct pcnet_ring *ring, uint32_t ahead,
                     struct pcnet_desc *out);
/* Store misc, then flags. */
void pcnet_desc_write(struct pcnet *d, const struct pcnet_ring *ring,
                      const struct pcnet_desc *desc);
/* How many descriptors it has: 1 to 65536. */
uint32_t pcnet_ring_length(const struct pcnet_state *s, const struct pcnet_ring *ring);
/* Move on by n. */
void pcnet_ring_advance(struct pcnet *d, const struct pcnet_ring *ring, uint32_t n);
/* CSR0.INIT: read the initialization block. */
void pcnet_init_block(struct pcnet *d);

/* Drive INTA, arm the timer. */
void pcnet_update(struct pcnet *d);
bool pcnet_int_level(const struct pcnet_state *s);
bool pcnet_wants_poll(const struct pcnet_state *s);
void pcnet_soft_reset(struct pcnet *d);
void pcnet_power_on(struct pcnet *d);
extern const struct region_ops pcnet_ops;

static inline bool pcnet_suspended(const struct pcnet_state *s)
{
    return (s->csr[CSR_EXTENDED] & CSR5_SPND) != 0;
}

/* After a register write: have the link offer what waits, if there is room. */
void pcnet_offer(struct pcnet *d);
void pcnet_transmit(struct pcnet *d);
void pcnet_poll_fire(void *opaque);
extern const struct link_guest_ops pcnet_link_ops;

#endif
