/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the 82540EM: registers (e1000_regs.c), EEPROM, PHY and link (e1000_phy.c), transmitter
 * (e1000_tx.c), receiver (e1000_rx.c). */
#ifndef HW_NET_E1000_PRIV_H
#define HW_NET_E1000_PRIV_H

#include "hw/net/e1000.h"

#define CTRL_RST 0x04000000u
#define CTRL_VME 0x40000000u
#define CTRL_PHY_RST 0x80000000u
#define CTRL_EXT_EE_RST 0x00002000u

#define STATUS_FD 0x00000001u
#define STATUS_LU 0x00000002u
#define STATUS_FIXED 0x80080780u /* 1000 Mb/s, PHY clock there, and two bits that read as ones */

#define EECD_SK 0x001u
#define EECD_CS 0x002u
#define EECD_DI 0x004u
#define EECD_DO 0x008u
#define EECD_GNT 0x080u
#define EECD_PRES 0x100u
#define EECD_WMASK 0x077u /* SK, CS, DI, FWE, REQ */

#define MDIC_READY 0x10000000u
#define MDIC_I 0x20000000u
#define MDIC_E 0x40000000u

#define ICR_TXDW 0x00000001u
#define ICR_TXQE 0x00000002u
#define ICR_LSC 0x00000004u
#define ICR_RXDMT0 0x00000010u
#define ICR_RXO 0x00000040u
#define ICR_RXT0 0x00000080u
#define ICR_MDAC 0x00000200u
#define ICR_MASK 0x0001ffdfu

#define RCTL_EN 0x00000002u
#define RCTL_UPE 0x00000008u
#define RCTL_MPE 0x00000010u
#define RCTL_LPE 0x00000020u
#define RCTL_LBM 0x000000c0u
#define RCTL_RDMTS_SHIFT 8
#define RCTL_MO_SHIFT 12
#define RCTL_BAM 0x00008000u
#define RCTL_BSIZE_SHIFT 16
#define RCTL_VFE 0x00040000u
#define RCTL_BSEX 0x02000000u
#define RCTL_SECRC 0x04000000u

#define TCTL_EN 0x00000002u
#define TCTL_PSP 0x00000008u

#define RAH_AV 0x80000000u

#define PHY_CTRL 0
#define PHY_CTRL_RESET 0x8000u
#define PHY_CTRL_LOOPBACK 0x4000u
#define PHY_CTRL_AUTONEG 0x1000u
#define PHY_CTRL_RESTART 0x0200u

/* Statistics by their index from 4000h. */
enum e1000_stat {
    STAT_MPC = 0x10 / 4,
    STAT_PRC64 = 0x5c / 4,
    STAT_GPRC = 0x74 / 4,
    STAT_BPRC = 0x78 / 4,
    STAT_MPRC = 0x7c / 4,
    STAT_GPTC = 0x80 / 4,
    STAT_GORCL = 0x88 / 4,
    STAT_GORCH = 0x8c / 4,
    STAT_GOTCL = 0x90 / 4,
    STAT_GOTCH = 0x94 / 4,
    STAT_RNBC = 0xa0 / 4,
    STAT_RUC = 0xa4 / 4,
    STAT_ROC = 0xac / 4,
    STAT_TORL = 0xc0 / 4,
    STAT_TORH = 0xc4 / 4,
    STAT_TOTL = 0xc8 / 4,
    STAT_TOTH = 0xcc / 4,
    STAT_TPR = 0xd0 / 4,
    STAT_TPT = 0xd4 / 4,
    STAT_PTC64 = 0xd8 / 4,
    STAT_MPTC = 0xf0 / 4,
    STAT_BPTC = 0xf4 / 4,
    STAT_TSCTC = 0xf8 / 4,
};

/* A ring: its base, the number of its descriptors, and who stands where. */
struct e1000_ring {
    uint64_t base;
    uint32_t n, head, tail;
};

static inline struct e1000_ring e1000_ring(const struct e1000_state *s, enum e1000_reg base_low)
{
    /* BAL, BAH, LEN, H, T follow each other in both halves of the list */
    return (struct e1000_ring){
        .base = s->reg[base_low] | (uint64_t)s->reg[base_low + 1] << 32,
        .n = s->reg[base_low + 2] / 16,
        .head = s->reg[base_low + 3],
        .tail = s->reg[base_low + 4],
    };
}
_Static_assert(R_RDT == R_RDBAL + 4 && R_TDT == R_TDBAL + 4, "a ring's registers are in order");

/* -- e1000.c -- */

/* Set causes, and drive the interrupt and the timers from the state. */
void e1000_cause(struct e1000 *e, uint32_t causes);
void e1000_update(struct e1000 *e);
/* What CTRL.RST does: all but the PCI header, the PHY and the EEPROM. */
void e1000_soft_reset(struct e1000 *e);

/* -- e1000_regs.c -- */
uint32_t e1000_read(struct e1000 *e, uint32_t offset);
void e1000_write(struct e1000 *e, uint32_t offset, uint32_t value);
void e1000_regs_reset(struct e1000_state *s);
/* NULL, or the register that holds what no write can put there. */
const char *e1000_regs_check(const struct e1000_state *s);
/* Count a frame of `len` bytes with FCS. */
void e1000_count(struct e1000_state *s, enum e1000_stat which, uint32_t n);
void e1000_count64(struct e1000_state *s, enum e1000_stat low, uint32_t n);
void e1000_count_size(struct e1000_state *s, enum e1000_stat first, uint32_t len);

/* -- e1000_phy.c -- */
void e1000_eeprom_fill(struct e1000 *e);
/* Take the station address from the EEPROM. */
void e1000_eeprom_load(struct e1000 *e);
uint32_t e1000_eerd_read(const struct e1000 *e);
uint32_t e1000_eecd_read(const struct e1000 *e);
void e1000_eecd_write(struct e1000 *e, uint32_t value);
void e1000_mdic_write(struct e1000 *e, uint32_t value);
void e1000_phy_reset(struct e1000_state *s);
void e1000_phy_restart(struct e1000 *e);
void e1000_phy_done(struct e1000_state *s);
bool e1000_looped(const struct e1000_state *s);
/* Follow the cable and autonegotiation; LSC when the link changed. */
void e1000_link_update(struct e1000 *e);
bool e1000_link_now(const struct e1000 *e);

/* -- e1000_tx.c -- */
void e1000_tx_run(struct e1000 *e);
extern const struct state_layout e1000_tx_layout;
const char *e1000_tx_check(const struct e1000_tx_state *t);

/* -- e1000_rx.c -- */
/* True: taken, or rightly ignored. False: no descriptor is free. */
bool e1000_rx_frame(struct e1000 *e, const uint8_t *frame, uint32_t len);
bool e1000_receive(void *opaque, const uint8_t *frame, uint32_t len);
/* There may be room again: have the link offer what it keeps. */
void e1000_offer(struct e1000 *e);

#endif
