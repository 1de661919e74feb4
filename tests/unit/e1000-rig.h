/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An 82540EM with its rings in RAM. */
#ifndef TESTS_UNIT_E1000_RIG_H
#define TESTS_UNIT_E1000_RIG_H

#include "hw/net/e1000.h"
#include "tests/unit/nic-rig.h"

#define CTRL 0x0
#define STATUS 0x8
#define EECD 0x10
#define EERD 0x14
#define MDIC 0x20
#define ICR 0xc0
#define ITR 0xc4
#define ICS 0xc8
#define IMS 0xd0
#define IMC 0xd8
#define RCTL 0x100
#define TCTL 0x400
#define RDBAL 0x2800
#define RDBAH 0x2804
#define RDLEN 0x2808
#define RDH 0x2810
#define RDT 0x2818
#define TDBAL 0x3800
#define TDBAH 0x3804
#define TDLEN 0x3808
#define TDH 0x3810
#define TDT 0x3818
#define STAT(at) (0x4000 + (at))
#define MTA(n) (0x5200 + 4 * (n))
#define RA(n) (0x5400 + 4 * (n))
#define VFTA(n) (0x5600 + 4 * (n))

#define TX_RING 0x1000u
#define RX_RING 0x2000u
#define RING_SIZE 16u
#define TX_BUF 0x10000u
#define RX_BUF 0x40000u
#define RX_BUF_SIZE 2048u

#define EOP 0x01u
#define IFCS 0x02u
#define IC 0x04u
#define TSE 0x04u
#define RS 0x08u
#define DEXT 0x20u
#define VLE 0x40u

/* Rings of RING_SIZE, all receive buffers but one given to the chip, broadcasts and own frames. */
static inline void e1000_open(struct nic *r)
{
    for (unsigned i = 0; i < RING_SIZE; i++) {
        memset(ram(r, RX_RING + 16 * i), 0, 16);
        put64(ram(r, RX_RING + 16 * i), RX_BUF + i * RX_BUF_SIZE);
    }
    wr(r, RDBAL, RX_RING);
    wr(r, RDBAH, 0);
    wr(r, RDLEN, RING_SIZE * 16);
    wr(r, RDH, 0);
    wr(r, RDT, RING_SIZE - 1);
    wr(r, TDBAL, TX_RING);
    wr(r, TDBAH, 0);
    wr(r, TDLEN, RING_SIZE * 16);
    wr(r, TDH, 0);
    wr(r, TDT, 0);
    wr(r, TCTL, 0x0004010a);
    wr(r, RCTL, 0x04008002); /* EN, BAM, SECRC */
    wr(r, ICR, UINT32_MAX);
}

static inline void e1000_desc(struct nic *r, uint32_t at, uint64_t addr, uint32_t lower,
                              uint32_t upper)
{
    uint8_t *d = ram(r, at);

    put64(d, addr);
    put32(d + 8, lower);
    put32(d + 12, upper);
}

/* A legacy descriptor after the last one; the chip is told. */
static inline void e1000_send(struct nic *r, uint64_t addr, uint32_t len, uint32_t cmd)
{
    uint32_t at = rd(r, TDT);

    e1000_desc(r, TX_RING + 16 * at, addr, len | cmd << 24, 0);
    wr(r, TDT, (at + 1) % RING_SIZE);
}

static inline void e1000_queue(struct nic *r, uint32_t *at, uint64_t addr, uint32_t lower,
                               uint32_t upper)
{
    e1000_desc(r, TX_RING + 16 * *at, addr, lower, upper);
    *at = (*at + 1) % RING_SIZE;
}

/* A context descriptor. */
static inline void e1000_context(struct nic *r, uint32_t *at, const uint8_t sums[8], uint32_t cmd,
                                 uint8_t hdrlen, uint16_t mss, uint32_t paylen)
{
    uint64_t v;

    memcpy(&v, sums, 8);
    e1000_queue(r, at, v, paylen | (DEXT | cmd) << 24, (uint32_t)mss << 16 | (uint32_t)hdrlen << 8);
}

static inline uint16_t mdic(struct nic *r, unsigned reg)
{
    wr(r, MDIC, 0x08200000 | reg << 16);
    return (uint16_t)rd(r, MDIC);
}

static inline void set_mdic(struct nic *r, unsigned reg, uint16_t v)
{
    wr(r, MDIC, 0x04200000 | reg << 16 | v);
}

static inline uint16_t eerd(struct nic *r, unsigned word)
{
    wr(r, EERD, word << 8 | 1);
    return (uint16_t)(rd(r, EERD) >> 16);
}

#endif
