/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NE2000: the serial EEPROM behind 9346CR of an RTL8019AS or RTL8029AS, a 93C46; Realtek's data
 * sheets, "9346CR" and "9346 contents".
 *
 * Modelled: its pins while EEM is 10b; auto-load (EEM 01b), which fetches the configuration
 * registers and is over at once.
 *
 * Not modelled: a new station address in the EEPROM reaches neither the PROM nor the next start, for
 * mac= says what it is; the Plug and Play resources of the RTL8019AS, which read as zeros.
 */
#include "hw/net/ethernet.h"
#include "hw/net/ne2000_priv.h"

#include <string.h>

/* CONFIG registers lie at the beginning, up to the station address. */
static bool stored(const struct ne2000_model *m, unsigned reg, unsigned *at)
{
    *at = reg - m->ee_config;
    return reg >= m->ee_config && *at < m->ee_mac;
}

static void load(struct ne2000 *n)
{
    unsigned at;

    for (unsigned i = 0; i < sizeof(n->s->config); i++) {
        if (stored(n->model, i, &at)) {
            n->s->config[i] = (uint8_t)(n->s->eeprom.word[at / 2] >> (8 * (at & 1)));
        }
    }
}

void ne2000_eeprom_write(struct ne2000 *n, uint8_t value)
{
    bool on = (value & EECR_EEM) == EECR_EEM_PROGRAM;

    n->s->eecr = value & EECR_MASK;
    eeprom93xx_drive(&n->s->eeprom, on && (value & EECR_CS), value & EECR_SK, value & EECR_DI);
    if ((value & EECR_EEM) == EECR_EEM_LOAD) {
        load(n);
        n->s->eecr &= (uint8_t)~EECR_EEM;
    }
}

uint8_t ne2000_eeprom_read(const struct ne2000_state *s)
{
    bool shown = (s->eecr & EECR_EEM) == EECR_EEM_PROGRAM;

    return (uint8_t)(s->eecr | (shown ? eeprom93xx_out(&s->eeprom) : 0u));
}

void ne2000_eeprom_fill(struct ne2000 *n)
{
    const struct ne2000_model *m = n->model;
    uint8_t bytes[2 * EEPROM_93C46_WORDS] = {0};
    uint16_t words[EEPROM_93C46_WORDS];
    unsigned at;

    for (unsigned i = 0; i < sizeof(n->config); i++) {
        if (stored(m, i, &at)) {
            bytes[at] = n->config[i];
        }
    }
    for (unsigned i = 0; i < ETH_ADDRESS; i++) {
        bytes[m->ee_mac + i] = n->prom[2 * i];
    }
    for (unsigned i = 0; i < EEPROM_93C46_WORDS; i++) {
        words[i] = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    }
    memcpy(words + EEPROM_93C46_WORDS - 5, m->ee_ids, sizeof(m->ee_ids));
    eeprom93xx_init(&n->s->eeprom, words, EEPROM_93C46_WORDS);
}
