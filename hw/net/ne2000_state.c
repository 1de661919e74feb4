/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NE2000: making and resetting a card, its PROM, its saved state. */
#include "hw/net/ethernet.h"
#include "hw/net/ne2000_priv.h"

#include <string.h>

static void fill_prom(struct ne2000 *n, const uint8_t *mac, bool slot8)
{
    memset(n->prom, 0, sizeof(n->prom));
    for (unsigned i = 0; i < ETH_ADDRESS; i++) {
        n->prom[2 * i] = n->prom[2 * i + 1] = mac[i];
    }
    memset(n->prom + 28, slot8 ? 'B' : 'W', 4); /* Windows refuses a card without it */
}

bool ne2000_init(struct ne2000 *n, const struct ne2000_setup *setup, GError **error)
{
    struct ne2000_options *o = setup->options;

    if (o->ram != 16 && o->ram != 32) {
        g_set_error(error, DEVICE_ERROR, 0, "-device %s: ram=%u: expected 16 or 32",
                    setup->dev->cls->name, o->ram);
        return false;
    }
    eth_init();
    eth_default_address(o->mac);
    n->s = setup->state;
    n->model = setup->model;
    n->dev = setup->dev;
    n->clock = setup->clock;
    n->intr = setup->intr;
    n->set_late = setup->set_late;
    n->late_after = NE2000_LATE_AFTER;
    n->opaque = setup->opaque;
    n->ram_size = o->ram == 32 ? NE2000_RAM_MAX : NE2000_RAM;
    n->hold_ns = o->hold_ms * NS_PER_MS;
    memcpy(n->config, setup->model->config, sizeof(n->config));
    n->config[1] = setup->config1;
    fill_prom(n, o->mac, setup->slot8);
    timer_init(&n->tx_timer, n->clock, n->dev, ne2000_tx_fire, n);
    loop_kick_init(&n->tx_kick, ne2000_tx_kicked, n);
    timer_init(&n->hold_timer, n->clock, n->dev, ne2000_hold_fire, n);
    if (o->netdev && !link_attach(o->netdev, n->dev, &ne2000_link_ops, n)) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-device %s: netdev=%s is in use by another device; give each its own -netdev",
                    n->dev->cls->name, link_name(o->netdev));
        return false;
    }
    n->link = o->netdev;
    ne2000_eeprom_fill(n);
    ne2000_power_on(n);
    return true;
}

void ne2000_exit(struct ne2000 *n)
{
    ne2000_not_late(n);
    loop_kick_cancel(&n->tx_kick);
    timer_cancel(&n->tx_timer);
    timer_cancel(&n->hold_timer);
    if (n->link) {
        link_detach(n->link);
    }
    n->intr(n->opaque, false);
}

void ne2000_power_on(struct ne2000 *n)
{
    struct eeprom93xx_state eeprom = n->s->eeprom; /* outlives it */

    memset(n->s, 0, sizeof(*n->s));
    n->s->stopped = 1;
    n->s->rd = CR_RD_ABORT;
    memcpy(n->s->config, n->config, sizeof(n->s->config));
    n->s->eeprom = eeprom;
    eeprom93xx_drive(&n->s->eeprom, false, false, false);
    ne2000_offer(n);
}

void ne2000_settle(struct ne2000 *n)
{
    ne2000_not_late(n);
    n->tx_help = NE2000_HELP_NONE;
    ne2000_update(n);
    ne2000_offer(n);
}

static const char *check(const void *state)
{
    const struct ne2000_state *s = state;

#define REQUIRE(field, ok)                                                                         \
    if (!(ok)) {                                                                                   \
        return #field;                                                                             \
    }
    REQUIRE(page, (s->page & ~CR_PS) == 0)
    REQUIRE(rd, (s->rd & ~CR_RD) == 0 && s->rd != 0)
    REQUIRE(stopped, s->stopped <= 1)
    REQUIRE(isr, s->isr <= ISR_INTERRUPTS)
    REQUIRE(imr, s->imr <= ISR_INTERRUPTS)
    REQUIRE(dcr, s->dcr <= DCR_MASK)
    REQUIRE(tcr, s->tcr <= TCR_MASK)
    REQUIRE(rcr, s->rcr <= RCR_MASK)
    for (unsigned i = 0; i < sizeof(s->cntr); i++) {
        REQUIRE(cntr, s->cntr[i] <= CNTR_STOP)
    }
    REQUIRE(dma, s->dma <= NE2000_DMA_WRITE)
    REQUIRE(sending, s->sending <= 1 && (!s->sending || s->dma == NE2000_DMA_READ))
    REQUIRE(tx, s->tx <= NE2000_TX_BLOCKED)
    REQUIRE(overflowed, s->overflowed <= 1)
    REQUIRE(ring_full, s->ring_full <= 1)
    REQUIRE(hold, s->hold <= NE2000_HOLD_OVER)
    REQUIRE(eecr, (s->eecr & ~EECR_MASK) == 0)
    REQUIRE(fifo_pos, s->fifo_pos < sizeof(s->fifo))
    REQUIRE(reading, s->reading <= 1 && (!s->reading || (s->isr & ISR_PRX)))
    for (unsigned i = 0; i < sizeof(s->pad); i++) {
        REQUIRE(pad, s->pad[i] == 0)
    }
    REQUIRE(tx_due, (s->tx == NE2000_TX_IDLE) == (s->tx_due == 0))
    REQUIRE(hold_due, (s->hold == NE2000_HOLDING) == (s->hold_due != 0))
    REQUIRE(eeprom, s->eeprom.words == EEPROM_93C46_WORDS)
#undef REQUIRE
    return eeprom93xx_check(&s->eeprom);
}

#define ROW(field) STATE_FIELD(struct ne2000_state, field)
#define ROWS(field) STATE_ARRAY(struct ne2000_state, field)
static const struct state_field fields[] = {
    ROWS(ram),       ROW(page),   ROW(rd),
    ROW(stopped),    ROW(isr),    ROW(imr),
    ROW(dcr),        ROW(tcr),    ROW(rcr),
    ROW(tsr),        ROW(rsr),    ROW(pstart),
    ROW(pstop),      ROW(bnry),   ROW(curr),
    ROW(tpsr),       ROW(ncr),    ROWS(par),
    ROWS(mar),       ROWS(cntr),  ROW(dma),
    ROW(sending),    ROW(tx),     ROW(overflowed),
    ROW(ring_full),  ROW(hold),   ROW(remote_next),
    ROW(local_next), ROW(eecr),   ROW(bpage),
    ROWS(config),    ROWS(fifo),  ROW(fifo_pos),
    ROW(reading),    ROWS(pad),   STATE_STRUCT(struct ne2000_state, eeprom, &eeprom93xx_layout),
    ROW(tbcr),       ROW(rsar),   ROW(rbcr),
    ROW(clda),       ROW(tx_due), ROW(hold_due),
    STATE_END,
};
#undef ROW
#undef ROWS

const struct state_layout ne2000_state_layout = {
    .name = "ne2000",
    .version = 3, /* 2: EEPROM, 32 KiB; 3: reading */
    .min_version = 3,
    .size = sizeof(struct ne2000_state),
    .fields = fields,
    .check = check,
};
