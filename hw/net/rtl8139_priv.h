/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the RTL8139C+: reset, timer, interrupt (rtl8139.c), registers
 * (rtl8139_regs.c), transmitter (rtl8139_tx.c), checksums and large
 * send (rtl8139_offload.c), receiver (rtl8139_rx.c), PCI function and state (rtl8139_pci.c).
 */
#ifndef HW_NET_RTL8139_PRIV_H
#define HW_NET_RTL8139_PRIV_H

#include "hw/net/ethernet.h"
#include "hw/net/rtl8139.h"

#define RTL8139_IO_SIZE 256u

#define CR_BUFE 0x01u
#define CR_TE 0x04u
#define CR_RE 0x08u
#define CR_RST 0x10u

#define ISR_ROK 0x0001u
#define ISR_TOK 0x0004u
#define ISR_TER 0x0008u
#define ISR_RXOVW 0x0010u /* in C+ mode: no receive descriptor */
#define ISR_LINKCHG 0x0020u
#define ISR_TDU 0x0080u
#define ISR_SWINT 0x0100u
#define ISR_TIMEOUT 0x4000u
#define ISR_SERR 0x8000u
#define ISR_MASK 0xe1ffu

#define TSD_SIZE 0x1fffu
#define TSD_OWN 0x2000u
#define TSD_TUN 0x4000u
#define TSD_TOK 0x8000u
#define TSD_TABT 0x40000000u
#define TSD_WRITABLE 0x003f3fffu
#define DTCCR_CMD 0x08u

#define TCR_VERSION 0x74000000u /* HWVERID of the 8139C */
#define TCR_PLUS 0x00800000u    /* with this, of the 8139C+ */
#define TCR_WRITABLE 0x030f07f0u
#define TCR_CRC 0x00010000u
#define TCR_LOOPBACK 0x00060000u

#define RCR_AAP 0x01u
#define RCR_APM 0x02u
#define RCR_AM 0x04u
#define RCR_AB 0x08u
#define RCR_WRAP 0x80u
#define RCR_RBLEN_SHIFT 11
#define RCR_ERTH 0x0f000000u
#define RCR_WRITABLE 0x0f03ffbfu

#define CPCR_TXENB 0x01u
#define CPCR_RXENB 0x02u
#define CPCR_DAC 0x10u
#define CPCR_RXCHKSUM 0x20u
#define CPCR_RXVLAN 0x40u
#define CPCR_WRITABLE 0x007bu

#define EEM 0xc0u /* of 9346CR */
#define EEM_NORMAL 0x00u
#define EEM_AUTOLOAD 0x40u
#define EEM_PROGRAM 0x80u
#define EEM_CONFIG 0xc0u

#define CONFIG0_WRITABLE 0x07u
#define CONFIG1_WRITABLE 0xf3u
#define CONFIG1_MAPPED 0x0cu
#define CONFIG3_WRITABLE 0x70u
#define CONFIG3_FBTB 0x01u
#define CONFIG4_WRITABLE 0xf5u
#define CONFIG5_WRITABLE 0x7fu

#define BMCR_RESET 0x8000u
#define BMCR_100 0x2000u
#define BMCR_AUTO 0x1000u
#define BMCR_DUPLEX 0x0100u
#define BMCR_LOCKED (BMCR_100 | BMCR_AUTO | BMCR_DUPLEX) /* written with EEM = 11b only */

#define ABILITIES 0x05e1u /* 10 and 100 Mbit/s, both duplex modes, pause */

/* C+ descriptors: four dwords; the first two are flags, then the buffer's address. */
#define DESC_SIZE 16u
#define DESC_OWN 0x80000000u
#define DESC_EOR 0x40000000u
#define DESC_FS 0x20000000u
#define DESC_LS 0x10000000u
#define TXD_LGSEN 0x08000000u
#define TXD_MSS_SHIFT 16
#define TXD_MSS 0x7ffu
#define TXD_IPCS 0x00040000u
#define TXD_UDPCS 0x00020000u
#define TXD_TCPCS 0x00010000u
#define TXD_LENGTH 0xffffu
#define TXD_STATUS 0x02ff0000u /* as the chip gives it back: errors and collisions */
#define TXD2_TAGC 0x00020000u
#define RXD_MAR 0x04000000u
#define RXD_PAM 0x02000000u
#define RXD_BAR 0x01000000u
#define RXD_PID_TCP 0x00010000u
#define RXD_PID_UDP 0x00020000u
#define RXD_PID_IP 0x00030000u
#define RXD_IPF 0x00008000u
#define RXD_UDPF 0x00004000u
#define RXD_TCPF 0x00002000u
#define RXD_LENGTH 0x1fffu
#define RXD2_TAVA 0x00010000u

/* The longest packet a C+ ring may describe: a large send of 64 KiB with its headers. */
#define RTL8139_PACKET_MAX 65536u

/* Is it the chip with C+ mode? The plain one has nothing behind CONFIG5. */
static inline bool rtl8139_is_plus(const struct rtl8139_state *s)
{
    return (s->tcr & TCR_PLUS) != 0;
}

struct rtl8139_desc {
    uint32_t flags, vlan;
    uint64_t addr;
};

/* Copy a descriptor; false on a bus error. Store its first two dwords, flags last. */
bool rtl8139_desc_read(struct rtl8139 *d, uint64_t at, struct rtl8139_desc *out);
void rtl8139_desc_write(struct rtl8139 *d, uint64_t at, const struct rtl8139_desc *desc);
static inline uint8_t rtl8139_next(uint8_t index, uint32_t flags)
{
    return (flags & DESC_EOR) || index >= RTL8139_RING - 1 ? 0 : (uint8_t)(index + 1u);
}

/* Drive INTA, arm the timers. */
void rtl8139_update(struct rtl8139 *d);
bool rtl8139_int_level(const struct rtl8139_state *s);
/* Has TimerInt been reached? */
void rtl8139_poll_timer(struct rtl8139 *d);
/* After a write of TCTR or TimerInt: when do they next meet? */
void rtl8139_plan_timer(struct rtl8139 *d);
uint32_t rtl8139_tctr(const struct rtl8139 *d);
void rtl8139_write_cr(struct rtl8139 *d, uint8_t value);
/* CR.RST. */
void rtl8139_soft_reset(struct rtl8139 *d);
/* Everything but PCI configuration and EEPROM, as after power on. */
void rtl8139_power_on(struct rtl8139 *d);
void rtl8139_timer_fire(void *opaque);
bool rtl8139_link_up(const struct rtl8139 *d);
extern const struct region_ops rtl8139_ops;

/* Transmit what waits: four slots, or C+ rings that were polled. */
void rtl8139_transmit(struct rtl8139 *d);
void rtl8139_retry_fire(void *opaque);

/* Put a frame on the wire, or into the own receiver; false: no room, try again. */
bool rtl8139_send(struct rtl8139 *d, const uint8_t *frame, uint32_t len);
/* Do what the flags of the packet's first descriptor ask for and send. False: no room. */
bool rtl8139_send_packet(struct rtl8139 *d, unsigned ring, uint32_t len,
                         const struct rtl8139_desc *first);
/* PID and failure bits for a received frame. */
uint32_t rtl8139_rx_checksum(const uint8_t *frame, uint32_t len);

/* A frame from the wire or the own transmitter; false: no room, keep it. */
bool rtl8139_receive(struct rtl8139 *d, const uint8_t *frame, uint32_t len, bool own);
/* After a register write: have the link offer what waits, if there is room. */
void rtl8139_offer(struct rtl8139 *d);
bool rtl8139_rx_empty(const struct rtl8139_state *s);
extern const struct link_guest_ops rtl8139_link_ops;

#endif
