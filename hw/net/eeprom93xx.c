/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Microwire EEPROMs 93C46 (64 words) and 93C56 (128 words) with ORG high; Microchip 93C46/56/66
 * data sheet, sections "Functional description" and "Instruction set".
 *
 * Modelled: all seven instructions, sequential read, the dummy 0 before data, the latch that EWEN
 * and EWDS set, self-timed writes that begin when CS falls.
 * Not modelled: time. A write is over as soon as it began, so DO shows ready at once.
 *
 * The address is masked to the chip's size as it comes in. Locking: the owner's.
 */
#include "hw/net/eeprom93xx.h"

#include <string.h>

#define OP_EXTENDED 0u
#define OP_WRITE 1u
#define OP_READ 2u
#define OP_ERASE 3u
/* with opcode 00b the two upper bits of the address say which */
#define EXT_EWDS 0u
#define EXT_WRAL 1u
#define EXT_ERAL 2u
#define EXT_EWEN 3u

#define OPCODE(op, ext) ((uint8_t)((op) | (ext) << 2))

_Static_assert(sizeof(struct eeprom93xx_state) == 2 * EEPROM_93C56_WORDS + 16, "no padding");

static unsigned address_bits(const struct eeprom93xx_state *e)
{
    return e->words == EEPROM_93C56_WORDS ? 8 : 6;
}

static void expect(struct eeprom93xx_state *e, enum eeprom93xx_phase phase, unsigned bits)
{
    e->phase = (uint8_t)phase;
    e->bits = (uint8_t)bits;
    e->shift = 0;
}

/* Opcode and address are complete. */
static void decode(struct eeprom93xx_state *e)
{
    unsigned abits = address_bits(e);
    unsigned op = (e->shift >> abits) & 3u;
    unsigned ext = op == OP_EXTENDED ? (e->shift >> (abits - 2)) & 3u : 0;

    e->opcode = OPCODE(op, ext);
    e->address = (uint8_t)(e->shift & (e->words - 1u));
    if (op == OP_READ) {
        expect(e, EEPROM_READ, 16);
        e->shift = e->word[e->address];
        e->out = 0; /* the dummy bit */
    } else if (op == OP_WRITE || e->opcode == OPCODE(OP_EXTENDED, EXT_WRAL)) {
        expect(e, EEPROM_DATA, 16);
    } else if (op == OP_ERASE || e->opcode == OPCODE(OP_EXTENDED, EXT_ERAL)) {
        expect(e, EEPROM_ARMED, 0);
    } else {
        e->writable = ext == EXT_EWEN;
        expect(e, EEPROM_END, 0);
    }
}

/* CS fell in the right place: the self-timed cycle. */
static void program(struct eeprom93xx_state *e)
{
    bool erase = e->opcode == OPCODE(OP_ERASE, 0) || e->opcode == OPCODE(OP_EXTENDED, EXT_ERAL);
    bool all = (e->opcode & 3u) == OP_EXTENDED;
    uint16_t value = erase ? UINT16_MAX : e->shift;

    if (!e->writable) {
        return;
    }
    for (unsigned i = 0; all && i < e->words; i++) {
        e->word[i] = value;
    }
    e->word[e->address & (e->words - 1u)] = value;
}

static void take_bit(struct eeprom93xx_state *e, bool di)
{
    e->shift = (uint16_t)(e->shift << 1 | di);
    e->bits--;
}

/* SK rose. */
static void clock_in(struct eeprom93xx_state *e, bool di)
{
    switch (e->phase) {
    case EEPROM_IDLE:
        if (di) {
            expect(e, EEPROM_COMMAND, 2 + address_bits(e));
            e->out = 1;
        }
        break;
    case EEPROM_COMMAND:
        take_bit(e, di);
        if (e->bits == 0) {
            decode(e);
        }
        break;
    case EEPROM_READ:
        e->out = (uint8_t)(e->shift >> 15);
        take_bit(e, false);
        if (e->bits == 0) { /* goes on with the next word */
            e->address = (uint8_t)((e->address + 1u) & (e->words - 1u));
            expect(e, EEPROM_READ, 16);
            e->shift = e->word[e->address];
        }
        break;
    case EEPROM_DATA:
        take_bit(e, di);
        if (e->bits == 0) {
            e->phase = EEPROM_ARMED; /* shift keeps the data */
        }
        break;
    default: /* more clocks than the instruction has: it is void */
        e->phase = EEPROM_END;
        break;
    }
}

void eeprom93xx_drive(struct eeprom93xx_state *e, bool cs, bool sk, bool di)
{
    if (e->cs && !cs) {
        if (e->phase == EEPROM_ARMED) {
            program(e);
        }
        expect(e, EEPROM_IDLE, 0);
        e->out = 1;
    } else if (cs && sk && !e->sk) {
        clock_in(e, di);
    }
    e->cs = cs;
    e->sk = sk;
}

void eeprom93xx_init(struct eeprom93xx_state *e, const uint16_t *content, uint16_t words)
{
    memset(e, 0, sizeof(*e));
    e->words = words;
    memcpy(e->word, content, words * sizeof(*content));
    e->out = 1;
}

const char *eeprom93xx_check(const struct eeprom93xx_state *e)
{
    static const uint8_t bits[] = {0, 10, 16, 16, 0, 0};

    if (e->words != EEPROM_93C46_WORDS && e->words != EEPROM_93C56_WORDS) {
        return "eeprom.words";
    }
    for (unsigned i = e->words; i < EEPROM_93C56_WORDS; i++) {
        if (e->word[i]) {
            return "eeprom.word";
        }
    }
    if (e->phase > EEPROM_END) {
        return "eeprom.phase";
    }
    if (e->bits > bits[e->phase] || (e->bits == 0) != (bits[e->phase] == 0)) {
        return "eeprom.bits";
    }
    if (e->opcode > 15) {
        return "eeprom.opcode";
    }
    if (e->address >= e->words) {
        return "eeprom.address";
    }
    if (e->writable > 1 || e->cs > 1 || e->sk > 1 || e->out > 1) {
        return "eeprom.cs";
    }
    return e->pad[0] || e->pad[1] || e->pad[2] || e->pad[3] ? "eeprom.pad" : NULL;
}

static const struct state_field fields[] = {
    STATE_ARRAY(struct eeprom93xx_state, word),
    STATE_FIELD(struct eeprom93xx_state, words),
    STATE_FIELD(struct eeprom93xx_state, shift),
    STATE_FIELD(struct eeprom93xx_state, phase),
    STATE_FIELD(struct eeprom93xx_state, bits),
    STATE_FIELD(struct eeprom93xx_state, opcode),
    STATE_FIELD(struct eeprom93xx_state, address),
    STATE_FIELD(struct eeprom93xx_state, writable),
    STATE_FIELD(struct eeprom93xx_state, cs),
    STATE_FIELD(struct eeprom93xx_state, sk),
    STATE_FIELD(struct eeprom93xx_state, out),
    STATE_ARRAY(struct eeprom93xx_state, pad),
    STATE_END,
};

const struct state_layout eeprom93xx_layout = {
    .name = "eeprom",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct eeprom93xx_state),
    .fields = fields,
};
