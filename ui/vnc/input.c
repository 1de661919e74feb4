/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and pointer of a client. Keys come as codes, where the client has the extension for it, or as
 * keysyms, which the layout makes keys of the guest's keyboard: where its own modifiers would give
 * another character there, they are pressed or released around it.
 *
 * Lock keys pressed outside the client's window leave its locks and the guest's different: what a
 * key gives says how the client's are, and the guest's are pressed to follow.
 */
#include "core/surface.h"
#include "ui/vnc/vnc.h"

#include <string.h>

#define LEFT_SHIFT 0x2au
#define RIGHT_SHIFT 0x36u
#define ALTGR 0xe038u
#define KEYSYM_ALT_R 0xffeau
#define CAPS_LOCK 0x3au
#define NUM_LOCK 0x45u
#define SCROLL_LOCK 0x46u
#define LEDS_SCROLL 1u
#define LEDS_NUM 2u
#define LEDS_CAPS 4u
#define QUEUE_MAX 1024u /* presses that wait; more are dropped */

/* RFB's buttons */
#define RFB_LEFT 0x01u
#define RFB_MIDDLE 0x02u
#define RFB_RIGHT 0x04u
#define RFB_WHEEL_UP 0x08u
#define RFB_WHEEL_DOWN 0x10u
#define RFB_SIDE 0x80u

#define RFB_CENTRE 0x7fff

static struct {
    const struct keymap *map;
    GHashTable *pressed; /* keysym -> code that it pressed */
    bool held[0x300];    /* by code, those after E0h from 100h on, after E1h from 200h on */
    uint8_t leds;        /* as the guest last had them, and as its lock keys since should have */
    bool lock_sync;
    unsigned delay_ms, timer;
    GQueue queue; /* code | down << 16 */
} keys;

/* -- towards the guest: not faster than a keyboard -- */

static gboolean next_key(void *opaque)
{
    uint32_t k;

    (void)opaque;
    if (g_queue_is_empty(&keys.queue)) {
        keys.timer = 0;
        return G_SOURCE_REMOVE;
    }
    k = GPOINTER_TO_UINT(g_queue_pop_head(&keys.queue));
    input_key((uint16_t)k, k >> 16 != 0);
    return G_SOURCE_CONTINUE;
}

static bool *held(uint16_t code)
{
    return &keys.held[(code & 0xff) | (code >> 8 == 0 ? 0 : code >> 8 == 0xe1 ? 0x200 : 0x100)];
}

static bool is_held(uint16_t code)
{
    return *held(code);
}

/* The guest may tell of its lights later, or, without lights, never. */
static void expect_light(uint16_t code)
{
    keys.leds ^= code == CAPS_LOCK     ? LEDS_CAPS
                 : code == NUM_LOCK    ? LEDS_NUM
                 : code == SCROLL_LOCK ? LEDS_SCROLL
                                       : 0;
}

/* What is not held is not released: so the queue, too, has no more releases than presses. */
static void key(uint16_t code, bool down)
{
    if (down ? g_queue_get_length(&keys.queue) >= QUEUE_MAX : !is_held(code)) {
        return;
    }
    if (down && !is_held(code)) {
        expect_light(code);
    }
    *held(code) = down;
    if (!keys.delay_ms) {
        input_key(code, down);
        return;
    }
    g_queue_push_tail(&keys.queue, GUINT_TO_POINTER(code | (uint32_t)down << 16));
    if (!keys.timer) {
        next_key(NULL);
        keys.timer = g_timeout_add(keys.delay_ms, next_key, NULL);
    }
}

static void tap(uint16_t code)
{
    if (!is_held(code)) {
        key(code, true);
        key(code, false);
    }
}

void keys_open(const struct vnc_config *cfg)
{
    keys.map = cfg->keymap;
    keys.delay_ms = cfg->key_delay_ms;
    keys.lock_sync = cfg->lock_sync;
    g_clear_pointer(&keys.pressed, g_hash_table_unref);
    keys.pressed = g_hash_table_new(NULL, NULL);
    g_queue_init(&keys.queue);
}

void keys_leds(uint8_t leds)
{
    keys.leds = leds;
}

/* -- locks -- */

/* Keys are held with which a letter is a command. */
static bool is_command(void)
{
    static const uint16_t commands[] = {0x1d, 0xe01d, 0x38, 0xe05b, 0xe05c};

    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (is_held(commands[i])) {
            return true;
        }
    }
    return false;
}

static bool is_keypad(uint16_t code)
{
    return code >= 0x47 && code <= 0x53 && code != 0x4a && code != 0x4e;
}

/* A key of the keypad that has a digit gave this; false: it does not say how Num Lock is. */
static bool says_num_lock(uint32_t keysym, bool *on)
{
    *on = (keysym >= 0xffb0 && keysym <= 0xffb9) || keysym == 0xffae || keysym == 0xffac ||
          (keysym >= '0' && keysym <= '9') || keysym == '.' || keysym == ',';
    return *on || (keysym >= 0xff95 && keysym <= 0xff9f) ||
           (keysym >= 0xff50 && keysym <= 0xff58) || keysym == 0xff0b || keysym == 0xff63 ||
           keysym == 0xffff;
}

/* With Shift some clients have the keypad's other half, others not: no telling. */
static void sync_num_lock(uint16_t code, uint32_t keysym)
{
    bool on;

    if (keys.lock_sync && is_keypad(code) && !is_held(LEFT_SHIFT) && !is_held(RIGHT_SHIFT) &&
        says_num_lock(keysym, &on) && on != ((keys.leds & LEDS_NUM) != 0)) {
        tap(NUM_LOCK);
    }
}

static void sync_caps_lock(uint32_t keysym)
{
    bool upper = keysym >= 'A' && keysym <= 'Z', lower = keysym >= 'a' && keysym <= 'z';
    bool shift = is_held(LEFT_SHIFT) || is_held(RIGHT_SHIFT);

    if (keys.lock_sync && (upper || lower) && !is_command() &&
        (upper != shift) != ((keys.leds & LEDS_CAPS) != 0)) {
        tap(CAPS_LOCK);
    }
}

/* -- codes -- */

void keys_code(bool down, uint32_t code, uint32_t keysym)
{
    static const uint8_t sysrq = 0x54, interrupt = 0xc6; /* Alt+Print, Ctrl+Pause */
    uint16_t our = code == sysrq       ? INPUT_KEY_PRINT
                   : code == interrupt ? INPUT_KEY_PAUSE
                   : code & 0x80       ? (uint16_t)(0xe000 | (code & 0x7f))
                                       : (uint16_t)code;

    if (code == 0 || code > 0xff || console_key(down, keysym, our)) {
        return;
    }
    if (down) {
        sync_num_lock((uint16_t)code, keysym);
        sync_caps_lock(keysym);
    }
    key(our, down);
}

void keys_forget(void)
{
    g_hash_table_remove_all(keys.pressed);
    g_queue_clear(&keys.queue);
    memset(keys.held, 0, sizeof(keys.held));
}

/* -- keysyms -- */

/* Of a character: what the guest's modifiers should be for it; elsewhere they stay as they are. */
static bool wants_modifiers(uint32_t keysym, const struct keymap_key *k, unsigned *want)
{
    bool letter =
        (keysym >= 'a' && keysym <= 'z') || (keysym >= 'A' && keysym <= 'Z') ||
        (keysym >= 0xc0 && keysym <= 0xfe && keysym != 0xd7 && keysym != 0xdf && keysym != 0xf7);

    if (is_command() || g_hash_table_contains(keys.pressed, GUINT_TO_POINTER(KEYSYM_ALT_R))) {
        return false; /* that one as a command, not as AltGr */
    }
    *want = k->modifiers;
    if (letter && (keys.leds & LEDS_CAPS)) {
        *want ^= KEYMAP_SHIFT;
    }
    /* ASCII and Latin-1 are their own keysyms, all others above 1000000h are Unicode */
    return keysym > ' ' && (keysym < 0xfd00 || keysym >= 0x1000000);
}

static void press(uint32_t keysym, const struct keymap_key *k)
{
    static const uint16_t modifiers[] = {LEFT_SHIFT, RIGHT_SHIFT, ALTGR};
    bool before[G_N_ELEMENTS(modifiers)], after[G_N_ELEMENTS(modifiers)];
    unsigned want = 0;
    bool change = wants_modifiers(keysym, k, &want);

    for (unsigned i = 0; i < G_N_ELEMENTS(modifiers); i++) {
        before[i] = after[i] = is_held(modifiers[i]);
    }
    if (change) {
        bool shift = want & KEYMAP_SHIFT;

        after[0] = shift && (before[0] || !before[1]);
        after[1] = shift && before[1];
        after[2] = (want & KEYMAP_ALTGR) != 0;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(modifiers); i++) {
        if (after[i] != before[i]) {
            key(modifiers[i], after[i]);
        }
    }
    key(k->code, true);
    for (unsigned i = G_N_ELEMENTS(modifiers); i-- > 0;) {
        if (after[i] != before[i]) {
            key(modifiers[i], before[i]);
        }
    }
}

void keys_keysym(bool down, uint32_t keysym)
{
    void *at = GUINT_TO_POINTER(keysym);
    struct keymap_key k = {0};
    bool known = keymap_find(keys.map, keysym, &k);

    if (console_key(down, keysym, known ? k.code : 0)) {
        return;
    }
    if (down && known) {
        if (g_hash_table_size(keys.pressed) < QUEUE_MAX) {
            g_hash_table_insert(keys.pressed, at, GUINT_TO_POINTER(k.code));
        }
        sync_num_lock(k.code, keysym); /* Caps Lock matters to press() only */
        press(keysym, &k);
    } else if (!down) {
        uint16_t code = (uint16_t)GPOINTER_TO_UINT(g_hash_table_lookup(keys.pressed, at));

        /* with a modifier changed meanwhile, another keysym comes up than went down */
        if (!code && known) {
            code = k.code;
        }
        g_hash_table_remove(keys.pressed, at);
        if (code) {
            key(code, false);
        }
    }
}

/* -- the pointer -- */

static struct {
    bool absolute, differences, known;
    uint32_t buttons;
    int x, y;
} pointer;

void pointer_absolute(bool on)
{
    pointer.absolute = on;
    pointer.known = false;
}

bool pointer_is_absolute(void)
{
    return pointer.absolute;
}

void pointer_differences(void)
{
    pointer.differences = true;
}

static void move(int x, int y, uint32_t width, uint32_t height)
{
    if (pointer.absolute) {
        uint64_t last_x = MAX(width, 2u) - 1, last_y = MAX(height, 2u) - 1;
        uint64_t at_x = (uint64_t)CLAMP(x, 0, (int64_t)last_x);
        uint64_t at_y = (uint64_t)CLAMP(y, 0, (int64_t)last_y);

        input_position((uint32_t)(at_x * INPUT_POSITION_MAX / last_x),
                       (uint32_t)(at_y * INPUT_POSITION_MAX / last_y));
    } else if (pointer.differences) {
        if (x != RFB_CENTRE || y != RFB_CENTRE) {
            input_motion(x - RFB_CENTRE, y - RFB_CENTRE, 0);
        }
    } else if (pointer.known && (x != pointer.x || y != pointer.y)) {
        input_motion(x - pointer.x, y - pointer.y, 0);
    }
    pointer.x = x;
    pointer.y = y;
    pointer.known = true;
}

void pointer_event(uint32_t buttons, int x, int y, uint32_t width, uint32_t height)
{
    uint32_t pressed = buttons & ~pointer.buttons;
    uint32_t wheel = RFB_WHEEL_UP | RFB_WHEEL_DOWN;

    if (console_pointer(pressed & RFB_WHEEL_UP, pressed & RFB_WHEEL_DOWN)) {
        pointer.buttons = buttons;
        pointer.known = false;
        return;
    }
    move(x, y, width, height);
    if (pressed & wheel) {
        input_motion(0, 0, pressed & RFB_WHEEL_UP ? -1 : 1);
    }
    if ((buttons ^ pointer.buttons) & ~wheel) {
        input_buttons(
            (buttons & RFB_LEFT ? INPUT_LEFT : 0) | (buttons & RFB_MIDDLE ? INPUT_MIDDLE : 0) |
            (buttons & RFB_RIGHT ? INPUT_RIGHT : 0) | (buttons & RFB_SIDE ? INPUT_SIDE : 0));
    }
    pointer.buttons = buttons;
}
