/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 82540EM: the register file. Intel 317453 section 13 (register descriptions), 13.7 (statistics).
 *
 * Modelled: every register that drivers of this chip touch; bits that do not exist read as zero.
 * Statistics stop at their greatest value and clear when read, the 64-bit ones by their high half.
 * Not modelled: the packet buffer's memory and the wake-up filters (they read as zero), the FIFO
 * pointers' motion, pause frames and their counters.
 *
 * Limits of rings are not here but where they are used: the five registers of a ring change one by
 * one, so that any mixture can stand in them.
 */
#include "hw/net/e1000_priv.h"

#include <string.h>

#define STATUS 0x0008u
#define EECD 0x0010u
#define EERD 0x0014u
#define EERD_WMASK 0x0000ff01u
#define MDIC 0x0020u
#define ICR 0x00c0u
#define ICS 0x00c8u
#define IMS 0x00d0u
#define IMC 0x00d8u
#define STATISTICS 0x4000u
#define STATISTICS_END 0x4100u
#define MTA 0x5200u
#define RA 0x5400u
#define VFTA 0x5600u

#define E1000_ROW(name, at, bits, start) {at, bits, start},
static const struct {
    uint32_t offset, writable, value;
} rows[E1000_REGS] = {E1000_REGISTERS(E1000_ROW)};

#define E1000_NAME(name, at, bits, start) #name,
static const char *const names[E1000_REGS] = {E1000_REGISTERS(E1000_NAME)};

/* The row of an offset, or -1: the list is in order. */
static int find(uint32_t offset)
{
    unsigned low = 0, high = E1000_REGS;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (rows[middle].offset == offset) {
            return (int)middle;
        }
        if (rows[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return -1;
}

void e1000_regs_reset(struct e1000_state *s)
{
    for (unsigned i = 0; i < E1000_REGS; i++) {
        s->reg[i] = rows[i].value;
    }
}

const char *e1000_regs_check(const struct e1000_state *s)
{
    for (unsigned i = 0; i < E1000_REGS; i++) {
        if ((s->reg[i] ^ rows[i].value) & ~rows[i].writable) {
            return names[i];
        }
    }
    return NULL;
}

/* -- statistics -- */

void e1000_count(struct e1000_state *s, enum e1000_stat which, uint32_t n)
{
    s->stat[which] = n > UINT32_MAX - s->stat[which] ? UINT32_MAX : s->stat[which] + n;
}

void e1000_count64(struct e1000_state *s, enum e1000_stat low, uint32_t n)
{
    uint64_t v = s->stat[low] | (uint64_t)s->stat[low + 1] << 32;

    v = n > UINT64_MAX - v ? UINT64_MAX : v + n;
    s->stat[low] = (uint32_t)v;
    s->stat[low + 1] = (uint32_t)(v >> 32);
}

void e1000_count_size(struct e1000_state *s, enum e1000_stat first, uint32_t len)
{
    static const uint16_t up_to[] = {64, 127, 255, 511, 1023};
    unsigned i = 0;

    while (i < G_N_ELEMENTS(up_to) && len > up_to[i]) {
        i++;
    }
    e1000_count(s, first + i, 1);
}

static uint32_t read_stat(struct e1000_state *s, unsigned i)
{
    uint32_t v = s->stat[i];

    switch (i) {
    case STAT_GORCL:
    case STAT_GOTCL:
    case STAT_TORL:
    case STAT_TOTL:
        return v;
    case STAT_GORCH:
    case STAT_GOTCH:
    case STAT_TORH:
    case STAT_TOTH:
        s->stat[i - 1] = 0;
        break;
    default:
        break;
    }
    s->stat[i] = 0;
    return v;
}

/* -- tables of filters -- */

static uint32_t *table(struct e1000_state *s, uint32_t offset)
{
    if (offset >= MTA && offset < MTA + sizeof(s->mta)) {
        return &s->mta[(offset - MTA) / 4];
    }
    if (offset >= RA && offset < RA + sizeof(s->ra)) {
        return &s->ra[(offset - RA) / 4];
    }
    if (offset >= VFTA && offset < VFTA + sizeof(s->vfta)) {
        return &s->vfta[(offset - VFTA) / 4];
    }
    return NULL;
}

/* -- accesses -- */

static uint32_t read_icr(struct e1000 *e)
{
    uint32_t v = e->s.icr;

    e->s.icr = 0;
    e1000_update(e);
    return v;
}

static uint32_t read_plain(struct e1000 *e, uint32_t offset)
{
    const uint32_t *t;
    int row = find(offset);

    if (row >= 0) {
        return e->s.reg[row];
    }
    if (offset >= STATISTICS && offset < STATISTICS_END) {
        return read_stat(&e->s, (offset - STATISTICS) / 4);
    }
    t = table(&e->s, offset);
    return t ? *t : 0;
}

uint32_t e1000_read(struct e1000 *e, uint32_t offset)
{
    offset &= ~3u;
    switch (offset) {
    case STATUS:
        return STATUS_FIXED | STATUS_FD | (e->s.link ? STATUS_LU : 0);
    case EECD:
        return e1000_eecd_read(e);
    case EERD:
        return e1000_eerd_read(e);
    case MDIC:
        return e->s.mdic;
    case ICR:
        return read_icr(e);
    case ICS: /* reads as ICR, and clears nothing */
        return e->s.icr;
    case IMS:
        return e->s.ims;
    default:
        return read_plain(e, offset);
    }
}

static void write_ctrl(struct e1000 *e, uint32_t value)
{
    if (value & CTRL_RST) {
        e1000_soft_reset(e);
        return;
    }
    if (value & CTRL_PHY_RST) {
        e1000_phy_reset(&e->s);
        e1000_phy_restart(e);
    }
}

/* What a plain register's new value sets going. */
static void written(struct e1000 *e, unsigned row, uint32_t value)
{
    switch (row) {
    case R_CTRL:
        write_ctrl(e, value);
        break;
    case R_CTRL_EXT:
        if (value & CTRL_EXT_EE_RST) {
            e1000_eeprom_load(e);
        }
        break;
    case R_TDT:
    case R_TCTL:
        e1000_tx_run(e);
        break;
    case R_RDT:
    case R_RCTL:
        e1000_offer(e);
        break;
    case R_ITR:
        e1000_update(e);
        break;
    default:
        break;
    }
}

static void write_plain(struct e1000 *e, uint32_t offset, uint32_t value)
{
    struct e1000_state *s = &e->s;
    int row = find(offset);
    uint32_t *t;

    if (row >= 0) {
        s->reg[row] = (s->reg[row] & ~rows[row].writable) | (value & rows[row].writable);
        written(e, (unsigned)row, value);
        return;
    }
    t = table(s, offset);
    if (t) {
        *t = value;
    }
}

void e1000_write(struct e1000 *e, uint32_t offset, uint32_t value)
{
    struct e1000_state *s = &e->s;

    offset &= ~3u;
    switch (offset) {
    case EECD:
        e1000_eecd_write(e, value);
        break;
    case EERD:
        s->eerd = value & EERD_WMASK;
        break;
    case MDIC:
        e1000_mdic_write(e, value);
        break;
    case ICR: /* ones clear */
        s->icr &= ~value;
        e1000_update(e);
        break;
    case ICS:
        e1000_cause(e, value & ICR_MASK);
        break;
    case IMS:
        s->ims |= value & ICR_MASK;
        e1000_update(e);
        break;
    case IMC:
        s->ims &= ~value;
        e1000_update(e);
        break;
    default:
        write_plain(e, offset, value);
        break;
    }
}
