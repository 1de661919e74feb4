/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the NE2000: registers (ne2000.c), remote DMA (ne2000_dma.c), the wire side
 * (ne2000_wire.c). */
#ifndef HW_NET_NE2000_PRIV_H
#define HW_NET_NE2000_PRIV_H

#include "hw/net/ne2000.h"

#define CR_STP 0x01u
#define CR_STA 0x02u
#define CR_TXP 0x04u
#define CR_RD 0x38u
#define CR_RD_READ 0x08u
#define CR_RD_WRITE 0x10u
#define CR_RD_SEND 0x18u
#define CR_RD_ABORT 0x20u
#define CR_PS 0xc0u

#define ISR_PRX 0x01u
#define ISR_PTX 0x02u
#define ISR_RXE 0x04u
#define ISR_TXE 0x08u
#define ISR_OVW 0x10u
#define ISR_CNT 0x20u
#define ISR_RDC 0x40u
#define ISR_RST 0x80u
#define ISR_INTERRUPTS 0x7fu

#define DCR_WTS 0x01u
#define DCR_BOS 0x02u
#define DCR_LAS 0x04u
#define DCR_MASK 0x7fu

#define TCR_CRC 0x01u
#define TCR_LB 0x06u
#define TCR_LB_NIC 0x02u
#define TCR_LB_ENDEC 0x04u
#define TCR_MASK 0x1fu

#define TSR_PTX 0x01u
#define TSR_ND 0x02u
#define TSR_CRS 0x10u
#define TSR_CDH 0x40u

#define RCR_AR 0x02u
#define RCR_AB 0x04u
#define RCR_AM 0x08u
#define RCR_PRO 0x10u
#define RCR_MON 0x20u
#define RCR_MASK 0x3fu

#define RSR_PRX 0x01u
#define RSR_CRC 0x02u
#define RSR_MPA 0x10u
#define RSR_PHY 0x20u
#define RSR_DIS 0x40u

#define CNTR_CRC 1
#define CNTR_MISSED 2
#define CNTR_STOP 0xc0u

#define NE2000_LATE_AFTER 512u /* see ne2000.c */

#define EECR_EEM 0xc0u
#define EECR_EEM_LOAD 0x40u
#define EECR_EEM_PROGRAM 0x80u
#define EECR_CS 0x08u
#define EECR_SK 0x04u
#define EECR_DI 0x02u
#define EECR_MASK 0xceu

/*
 * Where in RAM an address of the chip's 64 KiB lies, or -1 for the PROM. 16 KiB are selected by A14
 * alone, 32 KiB begin at 4000h. From one multiple of 16 KiB to the next it goes up by one.
 */
static inline int32_t ne2000_cell(const struct ne2000 *n, uint16_t addr)
{
    if (n->ram_size == NE2000_RAM_MAX) {
        addr = (uint16_t)(addr - 0x4000u);
        return addr < NE2000_RAM_MAX ? addr : -1;
    }
    return addr & 0x4000u ? (int32_t)(addr % NE2000_RAM) : -1;
}

static inline uint8_t ne2000_peek(const struct ne2000 *n, uint16_t addr)
{
    int32_t cell = ne2000_cell(n, addr);

    return cell >= 0 ? n->s->ram[cell] : n->prom[addr % NE2000_PROM];
}

static inline void ne2000_poke(struct ne2000 *n, uint16_t addr, uint8_t value)
{
    int32_t cell = ne2000_cell(n, addr);

    if (cell >= 0) {
        n->s->ram[cell] = value;
    }
}

/* Drive the interrupt and arm the timers from the state. */
void ne2000_update(struct ne2000 *n);

/* CR.RD was written: a remote read or write, or send-packet. */
void ne2000_start_dma(struct ne2000 *n, enum ne2000_dma dma);
void ne2000_send_packet(struct ne2000 *n);

/* CR.TXP was written. */
void ne2000_transmit(struct ne2000 *n);
/* Let a transmission end whose time has come; true: ne2000_update(). Cheap when there is none. */
bool ne2000_poll_transmit(struct ne2000 *n);
/* The driver has read: the ring is its own up to `page`. */
static inline void ne2000_give_back(struct ne2000_state *s, uint8_t page)
{
    s->bnry = page;
    s->ring_full = 0;
    s->reading = s->isr & ISR_PRX ? 1 : 0;
}

/* The ring holds frames that the driver has not given back. */
bool ne2000_unread(const struct ne2000_state *s);
/* The receiver may accept what it refused: have the link offer it again. */
void ne2000_offer(struct ne2000 *n);

/* 9346CR; and the EEPROM as delivered, from n->config and n->prom. */
void ne2000_eeprom_write(struct ne2000 *n, uint8_t value);
uint8_t ne2000_eeprom_read(const struct ne2000_state *s);
void ne2000_eeprom_fill(struct ne2000 *n);

extern const struct link_guest_ops ne2000_link_ops;
void ne2000_tx_fire(void *opaque);
void ne2000_tx_kicked(void *opaque);
void ne2000_hold_fire(void *opaque);

#endif
