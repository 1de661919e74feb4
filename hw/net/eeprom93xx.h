/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial EEPROMs 93C46 and 93C56 in words of 16 bits, behind three outputs and one input. */
#ifndef HW_NET_EEPROM93XX_H
#define HW_NET_EEPROM93XX_H

#include "core/state.h"

#include <stdbool.h>
#include <stdint.h>

#define EEPROM_93C46_WORDS 64u
#define EEPROM_93C56_WORDS 128u

struct eeprom93xx_state {
    uint16_t word[EEPROM_93C56_WORDS];
    uint16_t words;   /* 64 or 128; those past it are 0 */
    uint16_t shift;   /* what came in since the start bit, or what goes out */
    uint8_t phase;    /* enum eeprom93xx_phase */
    uint8_t bits;     /* still to come in this phase */
    uint8_t opcode;   /* two bits, and for 00b the next two above them */
    uint8_t address;  /* below words */
    uint8_t writable; /* EWEN was the last of EWEN and EWDS */
    uint8_t cs, sk, out;
    uint8_t pad[4];
};

enum eeprom93xx_phase {
    EEPROM_IDLE,    /* waits for the start bit */
    EEPROM_COMMAND, /* opcode and address come in */
    EEPROM_READ,    /* data goes out */
    EEPROM_DATA,    /* data comes in */
    EEPROM_ARMED,   /* done when the chip is deselected */
    EEPROM_END,     /* nothing more until the chip is deselected */
};

extern const struct state_layout eeprom93xx_layout;

/* Power on with these contents. */
void eeprom93xx_init(struct eeprom93xx_state *e, const uint16_t *content, uint16_t words);
/* Give the pins their levels. */
void eeprom93xx_drive(struct eeprom93xx_state *e, bool cs, bool sk, bool di);
/* The level at DO; pulled up when the chip does not drive it. */
static inline bool eeprom93xx_out(const struct eeprom93xx_state *e)
{
    return e->out;
}
/* NULL, or the name of the field that cannot be. */
const char *eeprom93xx_check(const struct eeprom93xx_state *e);

#endif
