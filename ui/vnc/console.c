/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text consoles of a VNC client: see vnc.h. */
#include "ui/client/remote.h"
#include "ui/client/typed.h"
#include "ui/vnc/vnc.h"

#include <string.h>

#define KEYSYM_SHIFT_L 0xffe1u
#define KEYSYM_SHIFT_R 0xffe2u
#define KEYSYM_CONTROL_L 0xffe3u
#define KEYSYM_CONTROL_R 0xffe4u
#define KEYSYM_ALT_L 0xffe9u
#define KEYSYM_ALT_R 0xffeau
#define KEYSYM_KP_HOME 0xff95u /* to KP_DELETE: the keypad's keys where they make no digits */
#define KEYSYM_KP_DELETE 0xff9fu

enum modifier { SHIFT = 1, CONTROL = 2, ALT = 4 };

static unsigned held;  /* OR of enum modifier */
static uint16_t eaten; /* the digit that turned: its release is not the guest's */

static unsigned modifier_of(uint32_t keysym, uint16_t code)
{
    switch (keysym) {
    case KEYSYM_SHIFT_L:
    case KEYSYM_SHIFT_R:
        return SHIFT;
    case KEYSYM_CONTROL_L:
    case KEYSYM_CONTROL_R:
        return CONTROL;
    case KEYSYM_ALT_L:
        return ALT;
    case KEYSYM_ALT_R: /* AltGr, on some keyboards */
        return 0;
    default:
        break;
    }
    return code == 0x2a || code == 0x36 ? SHIFT
           : (code & 0x7f) == 0x1d      ? CONTROL
           : code == 0x38               ? ALT
                                        : 0;
}

static bool turn(bool down, uint16_t code)
{
    unsigned n = code - 2u; /* 1 is the first digit */

    if (!down && eaten && code == eaten) {
        eaten = 0;
        return true;
    }
    if (!down || (held & (CONTROL | ALT)) != (CONTROL | ALT) || n > 8 || remote_consoles() == 0 ||
        n > remote_consoles()) {
        return false;
    }
    eaten = code;
    keys_forget();
    remote_turn(n);
    return true;
}

static void type(uint32_t keysym, uint16_t code)
{
    bool pad = keysym >= KEYSYM_KP_HOME && keysym <= KEYSYM_KP_DELETE;
    uint16_t key = pad && code < 0x80 ? (uint16_t)(0xe000 | code) : code;
    const char *bytes = typed_key(key);
    uint32_t c = keymap_character(keysym);
    int control = held & CONTROL ? typed_control(c) : -1;
    char text[8];

    if ((key == 0xe049 || key == 0xe051) && (held & (SHIFT | CONTROL))) {
        remote_scroll(key == 0xe049 ? -TYPED_PAGE_LINES : TYPED_PAGE_LINES);
    } else if (bytes) {
        remote_type(bytes, strlen(bytes));
    } else if (control >= 0) {
        text[0] = (char)control;
        remote_type(text, 1);
    } else if (c >= ' ' && !(held & CONTROL)) {
        remote_type(text, (size_t)g_unichar_to_utf8(c, text));
    }
}

bool console_key(bool down, uint32_t keysym, uint16_t code)
{
    unsigned modifier = modifier_of(keysym, code);

    held = down ? held | modifier : held & ~modifier;
    if (turn(down, code)) {
        return true;
    }
    if (remote_console() == 0) {
        return false;
    }
    if (down && !modifier) {
        type(keysym, code);
    }
    return true;
}

bool console_pointer(uint32_t wheel_up, uint32_t wheel_down)
{
    if (remote_console() == 0) {
        return false;
    }
    if (wheel_up || wheel_down) {
        remote_scroll(wheel_up ? -TYPED_WHEEL_LINES : TYPED_WHEEL_LINES);
    }
    return true;
}
