/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PS/2 keyboard with 101/102 keys. IBM PS/2 Hardware Interface Technical Reference, "Keyboards
 * (101- and 102-Key)": commands, scan code sets 1, 2 and 3, 16-byte buffer.
 *
 * Modelled: all commands; the three sets with their E0 and E1 sequences, the variants of Pause and
 * Print Screen under Ctrl, Shift and Alt; key types of set 3; buffer overrun. Repeats come from
 * the host, so the typematic rate is stored but has no effect.
 *
 * Not modelled: the fake shifts around the grey cursor keys under Num Lock and Shift (no guest
 * needs them, and hosts with other layouts get them wrong); the time of the self-test.
 *
 * Threading: the lock of the i8042 is held everywhere.
 */
#include "hw/input/ps2_kbd.h"

#include "core/surface.h"

#define SET1_RELEASE 0x80u
#define SET2_RELEASE 0xf0u
#define PREFIX_E0 0xe0u
#define PREFIX_E1 0xe1u
#define OVERRUN_SET1 0xffu
#define OVERRUN 0x00u
#define TYPEMATIC_RESET 0x2bu /* 10.9 characters a second after 500 ms */
#define LONGEST 8u            /* bytes of one event */

enum print_form {
    PRINT_UP,
    PRINT_PLAIN, /* with a fake shift */
    PRINT_BARE,  /* with Ctrl or Shift */
    PRINT_SYSRQ, /* with Alt */
};

_Static_assert(sizeof(struct ps2_kbd_state) == 188, "no padding");

/* Set-2 code of a key by its set-1 code; a prefix E0 is the same in both. */
static const uint8_t set2_code[128] = {
    0x00, 0x76, 0x16, 0x1e, 0x26, 0x25, 0x2e, 0x36, 0x3d, 0x3e, 0x46, 0x45, 0x4e, 0x55, 0x66, 0x0d,
    0x15, 0x1d, 0x24, 0x2d, 0x2c, 0x35, 0x3c, 0x43, 0x44, 0x4d, 0x54, 0x5b, 0x5a, 0x14, 0x1c, 0x1b,
    0x23, 0x2b, 0x34, 0x33, 0x3b, 0x42, 0x4b, 0x4c, 0x52, 0x0e, 0x12, 0x5d, 0x1a, 0x22, 0x21, 0x2a,
    0x32, 0x31, 0x3a, 0x41, 0x49, 0x4a, 0x59, 0x7c, 0x11, 0x29, 0x58, 0x05, 0x06, 0x04, 0x0c, 0x03,
    0x0b, 0x83, 0x0a, 0x01, 0x09, 0x77, 0x7e, 0x6c, 0x75, 0x7d, 0x7b, 0x6b, 0x73, 0x74, 0x79, 0x69,
    0x72, 0x7a, 0x70, 0x71, 0x84, 0x60, 0x61, 0x78, 0x07, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f,
    0x47, 0x4f, 0x56, 0x5e, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50, 0x57, 0x6f,
    0x13, 0x19, 0x39, 0x51, 0x53, 0x5c, 0x5f, 0x62, 0x63, 0x64, 0x65, 0x67, 0x68, 0x6a, 0x6d, 0x6e,
};

/* Set-3 code by set-1 code, + 80h for keys with the E0 prefix; 0: the set has no such key. */
static const uint8_t set3_code[256] = {
    [0x01] = 0x08, [0x02] = 0x16, [0x03] = 0x1e, [0x04] = 0x26, [0x05] = 0x25, [0x06] = 0x2e,
    [0x07] = 0x36, [0x08] = 0x3d, [0x09] = 0x3e, [0x0a] = 0x46, [0x0b] = 0x45, [0x0c] = 0x4e,
    [0x0d] = 0x55, [0x0e] = 0x66, [0x0f] = 0x0d, [0x10] = 0x15, [0x11] = 0x1d, [0x12] = 0x24,
    [0x13] = 0x2d, [0x14] = 0x2c, [0x15] = 0x35, [0x16] = 0x3c, [0x17] = 0x43, [0x18] = 0x44,
    [0x19] = 0x4d, [0x1a] = 0x54, [0x1b] = 0x5b, [0x1c] = 0x5a, [0x1d] = 0x11, [0x1e] = 0x1c,
    [0x1f] = 0x1b, [0x20] = 0x23, [0x21] = 0x2b, [0x22] = 0x34, [0x23] = 0x33, [0x24] = 0x3b,
    [0x25] = 0x42, [0x26] = 0x4b, [0x27] = 0x4c, [0x28] = 0x52, [0x29] = 0x0e, [0x2a] = 0x12,
    [0x2b] = 0x5c, [0x2c] = 0x1a, [0x2d] = 0x22, [0x2e] = 0x21, [0x2f] = 0x2a, [0x30] = 0x32,
    [0x31] = 0x31, [0x32] = 0x3a, [0x33] = 0x41, [0x34] = 0x49, [0x35] = 0x4a, [0x36] = 0x59,
    [0x37] = 0x7e, [0x38] = 0x19, [0x39] = 0x29, [0x3a] = 0x14, [0x3b] = 0x07, [0x3c] = 0x0f,
    [0x3d] = 0x17, [0x3e] = 0x1f, [0x3f] = 0x27, [0x40] = 0x2f, [0x41] = 0x37, [0x42] = 0x3f,
    [0x43] = 0x47, [0x44] = 0x4f, [0x45] = 0x76, [0x46] = 0x5f, [0x47] = 0x6c, [0x48] = 0x75,
    [0x49] = 0x7d, [0x4a] = 0x84, [0x4b] = 0x6b, [0x4c] = 0x73, [0x4d] = 0x74, [0x4e] = 0x7c,
    [0x4f] = 0x69, [0x50] = 0x72, [0x51] = 0x7a, [0x52] = 0x70, [0x53] = 0x71, [0x54] = 0x57,
    [0x56] = 0x13, [0x57] = 0x56, [0x58] = 0x5e, [0x9c] = 0x79, [0x9d] = 0x58, [0xb5] = 0x77,
    [0xb7] = 0x57, [0xb8] = 0x39, [0xc7] = 0x6e, [0xc8] = 0x63, [0xc9] = 0x6f, [0xcb] = 0x61,
    [0xcd] = 0x6a, [0xcf] = 0x65, [0xd0] = 0x60, [0xd1] = 0x6d, [0xd2] = 0x67, [0xd3] = 0x64,
    [0xdb] = 0x8b, [0xdc] = 0x8c, [0xdd] = 0x8d,
};

#define SET3_PAUSE 0x62u

/* Set 3 at reset: keys that report their release and do not repeat; make only; all others repeat
 * and do not report the release. */
static const uint8_t set3_make_break[] = {0x11, 0x12, 0x14, 0x19, 0x59};
static const uint8_t set3_make_only[] = {
    0x07, 0x08, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x39, 0x3f, 0x47, 0x4f, 0x56,
    0x57, 0x58, 0x5e, 0x5f, 0x62, 0x65, 0x67, 0x69, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
    0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x79, 0x7a, 0x7d, 0x7e, 0x84,
};

struct codes {
    uint8_t byte[LONGEST];
    uint8_t n;
};

static void put(struct codes *c, uint8_t byte)
{
    if (c->n < LONGEST) {
        c->byte[c->n++] = byte;
    }
}

static bool bit_get(const uint8_t map[32], uint8_t n)
{
    return map[n >> 3] & 1u << (n & 7);
}

static void bit_set(uint8_t map[32], uint8_t n, bool on)
{
    uint8_t mask = (uint8_t)(1u << (n & 7));

    map[n >> 3] = (uint8_t)(on ? map[n >> 3] | mask : map[n >> 3] & ~mask);
}

/* -- what the keys say -- */

static uint8_t key_index(uint16_t key)
{
    return (uint8_t)((key & 0x7f) | (key > 0xff ? 0x80 : 0));
}

static bool either(const struct ps2_kbd_state *k, uint8_t a, uint8_t b)
{
    return bit_get(k->held, a) || bit_get(k->held, b);
}

static bool ctrl_down(const struct ps2_kbd_state *k)
{
    return either(k, 0x1d, 0x9d);
}

static bool shift_down(const struct ps2_kbd_state *k)
{
    return either(k, 0x2a, 0x36);
}

static bool alt_down(const struct ps2_kbd_state *k)
{
    return either(k, 0x38, 0xb8);
}

/* One code in the current set (1 or 2), with or without the prefix. */
static void put_key(const struct ps2_kbd_state *k, struct codes *c, bool e0, uint8_t set1,
                    bool down)
{
    if (e0) {
        put(c, PREFIX_E0);
    }
    if (k->set == 1) {
        put(c, (uint8_t)(set1 | (down ? 0 : SET1_RELEASE)));
        return;
    }
    if (!down) {
        put(c, SET2_RELEASE);
    }
    put(c, set2_code[set1 & 0x7f]);
}

/* Pause speaks once, when pressed; with Ctrl it is Break. */
static void put_pause(const struct ps2_kbd_state *k, struct codes *c, bool down)
{
    if (!down) {
        return;
    }
    if (ctrl_down(k)) {
        put_key(k, c, true, 0x46, true);
        put_key(k, c, true, 0x46, false);
        return;
    }
    put(c, PREFIX_E1);
    put_key(k, c, false, 0x1d, true);
    put_key(k, c, false, 0x45, true);
    put(c, PREFIX_E1);
    put_key(k, c, false, 0x1d, false);
    put_key(k, c, false, 0x45, false);
}

static void put_print(struct ps2_kbd_state *k, struct codes *c, bool down)
{
    uint8_t form = k->print;

    if (down && form == PRINT_UP) {
        form = alt_down(k) ? PRINT_SYSRQ : ctrl_down(k) || shift_down(k) ? PRINT_BARE : PRINT_PLAIN;
    }
    k->print = down ? form : PRINT_UP;
    switch (form) {
    case PRINT_SYSRQ:
        put_key(k, c, false, 0x54, down);
        break;
    case PRINT_BARE:
        put_key(k, c, true, 0x37, down);
        break;
    case PRINT_PLAIN:
        put_key(k, c, true, down ? 0x2a : 0x37, down);
        put_key(k, c, true, down ? 0x37 : 0x2a, down);
        break;
    default: /* a release of what was not down */
        break;
    }
}

static void put_set3(const struct ps2_kbd_state *k, struct codes *c, uint16_t key, bool down,
                     bool repeat)
{
    uint8_t code = key == INPUT_KEY_PAUSE ? SET3_PAUSE : set3_code[key_index(key)];

    if (code == 0 || (repeat && bit_get(k->no_repeat, code)) ||
        (!down && bit_get(k->no_break, code))) {
        return;
    }
    if (!down) {
        put(c, SET2_RELEASE);
    }
    put(c, code);
}

static void queue(struct ps2_kbd_state *k, const struct codes *c)
{
    uint32_t len = fifo_len(&k->q.events);
    uint8_t code = k->set == 1 ? OVERRUN_SET1 : OVERRUN;

    if (k->overrun && len + LONGEST > PS2_KBD_BUFFER) {
        return; /* said already, and still no room for any key */
    }
    k->overrun = 0;
    if (!ps2_event(&k->q, PS2_KBD_BUFFER, c->byte, c->n)) {
        ps2_event(&k->q, PS2_KBD_BUFFER + 1, &code, 1);
        k->overrun = 1;
    }
}

void ps2_kbd_key(struct ps2_kbd_state *k, uint16_t key, bool down)
{
    struct codes c = {.n = 0};
    uint8_t index = key_index(key);
    bool repeat = down && bit_get(k->held, index);

    if (key != INPUT_KEY_PAUSE) { /* its release never comes on a real keyboard */
        bit_set(k->held, index, down);
    }
    if (!k->scanning) {
        if (key == INPUT_KEY_PRINT && !down) {
            k->print = PRINT_UP;
        }
        return;
    }
    if (k->set == 3) {
        put_set3(k, &c, key, down, repeat);
    } else if (key == INPUT_KEY_PAUSE) {
        put_pause(k, &c, down);
    } else if (key == INPUT_KEY_PRINT) {
        put_print(k, &c, down);
    } else {
        put_key(k, &c, key > 0xff, (uint8_t)(key & 0x7f), down);
    }
    if (c.n) {
        queue(k, &c);
    }
}

/* -- commands -- */

static void drop_events(struct ps2_kbd_state *k)
{
    fifo_clear(&k->q.events);
    k->overrun = 0;
}

static void default_types(struct ps2_kbd_state *k)
{
    memset(k->no_break, 0xff, sizeof(k->no_break));
    memset(k->no_repeat, 0, sizeof(k->no_repeat));
    for (size_t i = 0; i < sizeof(set3_make_break); i++) {
        bit_set(k->no_break, set3_make_break[i], false);
        bit_set(k->no_repeat, set3_make_break[i], true);
    }
    for (size_t i = 0; i < sizeof(set3_make_only); i++) {
        bit_set(k->no_repeat, set3_make_only[i], true);
    }
}

static void set_defaults(struct ps2_kbd_state *k)
{
    drop_events(k);
    k->set = 2;
    k->typematic = TYPEMATIC_RESET;
    default_types(k);
}

static void set_leds(struct ps2_kbd_state *k, uint8_t leds)
{
    k->leds = leds;
    input_set_leds(leds);
}

static bool leds_param(void *dev, uint8_t opcode, uint8_t value)
{
    (void)opcode;
    if (value > 7) {
        return false;
    }
    set_leds(dev, value);
    return true;
}

static void echo(void *dev)
{
    struct ps2_kbd_state *k = dev;

    ps2_reply(&k->q, 0xee);
}

static bool set_param(void *dev, uint8_t opcode, uint8_t value)
{
    struct ps2_kbd_state *k = dev;

    (void)opcode;
    if (value == 0) {
        ps2_reply(&k->q, k->set);
        return true;
    }
    if (value > 3) {
        return false;
    }
    drop_events(k);
    k->set = value;
    return true;
}

static void identify(void *dev)
{
    struct ps2_kbd_state *k = dev;

    ps2_reply(&k->q, 0xab);
    ps2_reply(&k->q, 0x83);
}

static bool typematic_param(void *dev, uint8_t opcode, uint8_t value)
{
    struct ps2_kbd_state *k = dev;

    (void)opcode;
    if (value > 0x7f) {
        return false;
    }
    k->typematic = value;
    return true;
}

static void enable(void *dev)
{
    struct ps2_kbd_state *k = dev;

    drop_events(k);
    k->scanning = 1;
}

static void disable(void *dev)
{
    struct ps2_kbd_state *k = dev;

    set_defaults(k);
    k->scanning = 0;
}

static void defaults(void *dev)
{
    set_defaults(dev);
}

static void all_types(struct ps2_kbd_state *k, bool no_break, bool no_repeat)
{
    memset(k->no_break, no_break ? 0xff : 0, sizeof(k->no_break));
    memset(k->no_repeat, no_repeat ? 0xff : 0, sizeof(k->no_repeat));
}

static void all_typematic(void *dev)
{
    all_types(dev, true, false);
}

static void all_make_break(void *dev)
{
    all_types(dev, false, true);
}

static void all_make(void *dev)
{
    all_types(dev, true, true);
}

static void all_typematic_make_break(void *dev)
{
    all_types(dev, false, false);
}

/* FBh typematic, FCh make/break, FDh make only: a list of set-3 codes. */
static bool type_param(void *dev, uint8_t opcode, uint8_t value)
{
    struct ps2_kbd_state *k = dev;

    if (value == 0 || value > 0x8d) {
        return false; /* the next command, which ends the list */
    }
    bit_set(k->no_break, value, opcode != 0xfc);
    bit_set(k->no_repeat, value, opcode != 0xfb);
    return true;
}

static void stop_scanning(void *dev)
{
    struct ps2_kbd_state *k = dev;

    drop_events(k); /* until ENABLE, as the reference says of FBh to FDh */
    k->scanning = 0;
}

static void resend(void *dev)
{
    struct ps2_kbd_state *k = dev;

    ps2_resend(&k->q);
}

static void reset_command(void *dev)
{
    struct ps2_kbd_state *k = dev;

    set_defaults(k);
    set_leds(k, 0);
    k->scanning = 1;
    ps2_reply(&k->q, PS2_BAT_OK);
}

static const struct ps2_command kbd_commands[] = {
    {0xed, PS2_ONE, false, NULL, leds_param},
    {0xee, PS2_NONE, true, echo, NULL},
    {0xf0, PS2_ONE, false, NULL, set_param},
    {0xf2, PS2_NONE, false, identify, NULL},
    {0xf3, PS2_ONE, false, NULL, typematic_param},
    {0xf4, PS2_NONE, false, enable, NULL},
    {0xf5, PS2_NONE, false, disable, NULL},
    {0xf6, PS2_NONE, false, defaults, NULL},
    {0xf7, PS2_NONE, false, all_typematic, NULL},
    {0xf8, PS2_NONE, false, all_make_break, NULL},
    {0xf9, PS2_NONE, false, all_make, NULL},
    {0xfa, PS2_NONE, false, all_typematic_make_break, NULL},
    {0xfb, PS2_LIST, false, stop_scanning, type_param},
    {0xfc, PS2_LIST, false, stop_scanning, type_param},
    {0xfd, PS2_LIST, false, stop_scanning, type_param},
    {0xfe, PS2_NONE, true, resend, NULL},
    {0xff, PS2_NONE, false, reset_command, NULL},
    {0, PS2_NONE, false, NULL, NULL},
};

void ps2_kbd_write(struct ps2_kbd_state *k, uint8_t byte)
{
    ps2_write(&k->q, kbd_commands, k, byte);
}

/* -- life -- */

void ps2_kbd_reset(struct ps2_kbd_state *k)
{
    memset(k, 0, sizeof(*k));
    set_defaults(k);
    k->scanning = 1;
}

const char *ps2_kbd_check(const struct ps2_kbd_state *k)
{
    const char *wrong = ps2_check(&k->q, kbd_commands, PS2_KBD_BUFFER + 1);

    if (wrong) {
        return "kbd.q";
    }
    if (k->set < 1 || k->set > 3) {
        return "kbd.set";
    }
    if (k->scanning > 1) {
        return "kbd.scanning";
    }
    if (k->leds > 7) {
        return "kbd.leds";
    }
    if (k->typematic > 0x7f) {
        return "kbd.typematic";
    }
    if (k->print > PRINT_SYSRQ) {
        return "kbd.print";
    }
    if (k->overrun > 1) {
        return "kbd.overrun";
    }
    return k->pad[0] || k->pad[1] ? "kbd.pad" : NULL;
}

static const struct state_field kbd_fields[] = {
    STATE_STRUCT(struct ps2_kbd_state, q, &ps2_layout),
    STATE_FIELD(struct ps2_kbd_state, set),
    STATE_FIELD(struct ps2_kbd_state, scanning),
    STATE_FIELD(struct ps2_kbd_state, leds),
    STATE_FIELD(struct ps2_kbd_state, typematic),
    STATE_FIELD(struct ps2_kbd_state, print),
    STATE_FIELD(struct ps2_kbd_state, overrun),
    STATE_ARRAY(struct ps2_kbd_state, pad),
    STATE_ARRAY(struct ps2_kbd_state, held),
    STATE_ARRAY(struct ps2_kbd_state, no_break),
    STATE_ARRAY(struct ps2_kbd_state, no_repeat),
    STATE_END,
};

const struct state_layout ps2_kbd_layout = {
    .name = "ps2-kbd",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct ps2_kbd_state),
    .fields = kbd_fields,
};
