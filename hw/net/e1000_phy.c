/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 82540EM: EEPROM, PHY and link. Intel 317453 (8254x software developer's manual): sections 5
 * (EEPROM map), 13.4.3 (EECD), 13.4.4 (EERD), 13.4.8 (MDIC), 13.5 (PHY registers); 93C46 data sheet
 * for Microwire's bits.
 *
 * Modelled: EERD; reading by Microwire, also on into the next word; the PHY's registers 0 to 10 and
 * 15 to 20 with reset, loopback and autonegotiation, which takes 500 ms; the link status that
 * latches low.
 * Not modelled: writing the EEPROM (the commands are taken and change nothing); other speeds than
 * 1000 Mb/s full duplex; the PHY's own interrupts, pages and cable tests.
 */
#include "hw/net/e1000_priv.h"

#include <string.h>

#define AUTONEG_NS (500 * NS_PER_MS)

#define EERD_START 0x00000001u
#define EERD_DONE 0x00000010u
#define EE_SUM 0xbaba
#define EE_CHECKSUM 63
#define EE_SUBSYSTEM 0x0b
#define EE_COMMAND_BITS 9 /* start, two of opcode, six of address */
#define EE_READ 6u        /* start and opcode */
#define EE_BITS (EE_COMMAND_BITS + 16u * E1000_EEPROM_WORDS)

#define PHY_ADDRESS 1u
#define PHY_STATUS 1
#define PHY_STATUS_LINK 0x0004u
#define PHY_STATUS_DONE 0x0020u
#define PHY_PARTNER 5
#define PHY_PARTNER_ACK 0x4000u
#define PHY_SPEC_STATUS 17
#define PHY_SPEC_STATUS_LINK 0x0400u

/* -- EEPROM -- */

void e1000_eeprom_fill(struct e1000 *e)
{
    /* from 00h; the board assembly number, then what the chip loads, then the boot agent's */
    static const uint16_t start[] = {
        0,      0,      0,      0x0000, 0xffff, 0x0000, 0x0000, 0x0000, 0x3000, 0x1000,
        0x6403, 0x100e, 0x8086, 0x100e, 0x8086, 0x3040, 0x0008, 0x2000, 0x7e14, 0x0048,
        0x1000, 0x00d8, 0x0000, 0x2700, 0x6cc9, 0x3150, 0x0722, 0x040b, 0x0984, 0x0000,
        0xc000, 0x0706, 0x1008, 0x0000, 0x0f04, 0x7fff, 0x4d01,
    };
    static const uint16_t agent[] = {0x0100, 0x4000, 0x121c};
    uint16_t *w = e->eeprom;
    uint32_t sum = 0;

    memset(w, 0xff, sizeof(e->eeprom));
    memcpy(w, start, sizeof(start));
    memcpy(w + 0x30, agent, sizeof(agent));
    for (unsigned i = 0; i < 3; i++) {
        w[i] = (uint16_t)(e->mac[2 * i] | e->mac[2 * i + 1] << 8);
    }
    for (unsigned i = 0; i < EE_CHECKSUM; i++) {
        sum += w[i];
    }
    w[EE_CHECKSUM] = (uint16_t)(EE_SUM - sum);
}

void e1000_eeprom_load(struct e1000 *e)
{
    struct e1000_state *s = &e->s;

    s->ra[0] = e->eeprom[0] | (uint32_t)e->eeprom[1] << 16;
    s->ra[1] = e->eeprom[2] | RAH_AV;
}

uint32_t e1000_eerd_read(const struct e1000 *e)
{
    uint32_t v = e->s.eerd & ~EERD_START;
    uint32_t word = v >> 8 & 0xff;

    if (!(e->s.eerd & EERD_START)) {
        return v;
    }
    v |= EERD_DONE;
    return word < E1000_EEPROM_WORDS ? v | (uint32_t)e->eeprom[word] << 16 : v;
}

/* Both count clock edges; a read's first bit out is a zero, then come words, highest bit first. */
static bool ee_reading(const struct e1000_state *s)
{
    return s->ee_in >> 6 == EE_READ;
}

static bool ee_data_out(const struct e1000 *e)
{
    uint32_t bit = e->s.ee_out;
    uint32_t word;

    if (!ee_reading(&e->s)) {
        return true; /* ready */
    }
    if (bit == 0) {
        return false;
    }
    word = ((e->s.ee_in & 0x3fu) + (bit - 1) / 16) % E1000_EEPROM_WORDS;
    return (e->eeprom[word] >> (15 - (bit - 1) % 16) & 1) != 0;
}

uint32_t e1000_eecd_read(const struct e1000 *e)
{
    return e->s.eecd | EECD_PRES | EECD_GNT | (ee_data_out(e) ? EECD_DO : 0);
}

void e1000_eecd_write(struct e1000 *e, uint32_t value)
{
    struct e1000_state *s = &e->s;
    uint32_t old = s->eecd;

    s->eecd = value & EECD_WMASK;
    if (!(s->eecd & EECD_CS)) {
        s->ee_in = s->ee_out = 0;
        return;
    }
    if ((old & EECD_SK) || !(s->eecd & EECD_SK)) {
        return;
    }
    if (ee_reading(s)) {
        s->ee_out = (uint16_t)(s->ee_out % (EE_BITS - EE_COMMAND_BITS) + 1u);
    } else if (s->ee_in < 1u << (EE_COMMAND_BITS - 1)) { /* zeros before the start bit vanish */
        s->ee_in = (uint16_t)((unsigned)s->ee_in << 1 | ((s->eecd & EECD_DI) != 0));
    }
}

/* -- link -- */

bool e1000_looped(const struct e1000_state *s)
{
    return (s->phy[PHY_CTRL] & PHY_CTRL_LOOPBACK) || (s->reg[R_RCTL] & RCTL_LBM);
}

bool e1000_link_now(const struct e1000 *e)
{
    if (e->s.phy[PHY_CTRL] & PHY_CTRL_LOOPBACK) {
        return true;
    }
    return e->netdev && link_carrier(e->netdev) && e->s.link_due == 0;
}

static void phy_shows(struct e1000_state *s)
{
    if (s->link) {
        s->phy[PHY_SPEC_STATUS] |= PHY_SPEC_STATUS_LINK;
    } else {
        s->phy[PHY_STATUS] &= (uint16_t)~PHY_STATUS_LINK;
        s->phy[PHY_SPEC_STATUS] &= (uint16_t)~PHY_SPEC_STATUS_LINK;
    }
}

void e1000_link_update(struct e1000 *e)
{
    struct e1000_state *s = &e->s;
    bool now = e1000_link_now(e);

    if (s->link != now) {
        s->link = now;
        phy_shows(s);
        e1000_offer(e);
        e1000_cause(e, ICR_LSC);
    }
}

/* -- PHY -- */

void e1000_phy_reset(struct e1000_state *s)
{
    static const uint16_t values[32] = {
        [PHY_CTRL] = 0x1140, [PHY_STATUS] = 0x7949,  [2] = 0x0141,  [3] = 0x0c20,
        [4] = 0x0de1,        [PHY_PARTNER] = 0x01e0, [9] = 0x0e00,  [10] = 0x3c00,
        [15] = 0x3000,       [16] = 0x0360,          [17] = 0xa800, [20] = 0x0d60,
    };

    memcpy(s->phy, values, sizeof(values));
    s->phy[PHY_STATUS] |= PHY_STATUS_LINK; /* until it is seen down */
    phy_shows(s);
}

void e1000_phy_done(struct e1000_state *s)
{
    s->phy[PHY_STATUS] |= PHY_STATUS_DONE;
    s->phy[PHY_PARTNER] |= PHY_PARTNER_ACK;
}

void e1000_phy_restart(struct e1000 *e)
{
    struct e1000_state *s = &e->s;

    s->phy[PHY_STATUS] &= (uint16_t)~PHY_STATUS_DONE;
    s->phy[PHY_PARTNER] &= (uint16_t)~PHY_PARTNER_ACK;
    s->link_due = clock_now(e->clock) + AUTONEG_NS;
    e1000_link_update(e);
    e1000_update(e);
}

static void write_phy_ctrl(struct e1000 *e, uint16_t v)
{
    struct e1000_state *s = &e->s;
    bool restart = (v & PHY_CTRL_RESTART) && (v & PHY_CTRL_AUTONEG);

    if (v & PHY_CTRL_RESET) {
        e1000_phy_reset(s);
        e1000_phy_restart(e);
        return;
    }
    s->phy[PHY_CTRL] = (uint16_t)(v & ~(PHY_CTRL_RESTART | 0x3fu));
    if (restart) {
        e1000_phy_restart(e);
    }
    e1000_link_update(e);
    e1000_offer(e);
}

static uint16_t phy_read(struct e1000_state *s, unsigned reg)
{
    uint16_t v = s->phy[reg];

    if (reg == PHY_STATUS && s->link) {
        s->phy[PHY_STATUS] |= PHY_STATUS_LINK;
    }
    return v;
}

static void phy_write(struct e1000 *e, unsigned reg, uint16_t v)
{
    static const uint16_t writable[32] = {
        [4] = 0xffff, [7] = 0xffff, [9] = 0xffff, [16] = 0xffff, [18] = 0xffff, [20] = 0xffff,
    };
    uint16_t *r = &e->s.phy[reg];

    if (reg == PHY_CTRL) {
        write_phy_ctrl(e, v);
    } else {
        *r = (uint16_t)((*r & ~writable[reg]) | (v & writable[reg]));
    }
}

/* Registers that the chip documents; the rest answer with an error, as on QEMU. */
static bool phy_has(unsigned reg)
{
    return UINT32_C(0x003f87ff) >> reg & 1;
}

void e1000_mdic_write(struct e1000 *e, uint32_t value)
{
    struct e1000_state *s = &e->s;
    unsigned reg = value >> 16 & 31, op = value >> 26 & 3;

    if ((value >> 21 & 31) != PHY_ADDRESS || !phy_has(reg)) {
        value |= MDIC_E;
    } else if (op == 2) {
        value = (value & ~0xffffu) | phy_read(s, reg);
    } else if (op == 1) {
        phy_write(e, reg, (uint16_t)value);
    }
    s->mdic = value | MDIC_READY;
    if (value & MDIC_I) {
        e1000_cause(e, ICR_MDAC);
    }
}
