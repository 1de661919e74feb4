/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and mouse of the window. A click takes both and reaches the guest, too; the grab keys
 * (Ctrl+Alt by default) and G give them back.
 */
#include "ui/view/sdl.h"

#include <string.h>

static struct {
    enum grab_mod grab_mod;
    uint32_t buttons;
    bool down[SDL_NUM_SCANCODES]; /* keys whose press the guest has heard of */
} in;

void sdl_input_init(enum grab_mod mod)
{
    in.grab_mod = mod;
}

const char *sdl_grab_keys(void)
{
    switch (in.grab_mod) {
    case GRAB_SHIFT_CTRL_ALT:
        return "Shift+Ctrl+Alt";
    case GRAB_RIGHT_CTRL:
        return "Right Ctrl";
    default:
        return "Ctrl+Alt";
    }
}

void sdl_release(void)
{
    memset(in.down, 0, sizeof(in.down));
    in.buttons = 0;
    input_release_all();
}

/* What a desktop keeps for itself. */
static void ctrl_alt_delete(void)
{
    static const uint16_t keys[] = {0x1d, 0x38, 0xe053};

    for (unsigned i = 0; i < 3; i++) {
        input_key(keys[i], true);
    }
    for (unsigned i = 3; i-- > 0;) {
        input_key(keys[i], false);
    }
}

static bool hot_key(SDL_Scancode key, bool act)
{
    switch (key) {
    case SDL_SCANCODE_G:
        if (act) {
            sdl_release();
            sdl_grab(!sdl_grabbed());
        }
        return true;
    case SDL_SCANCODE_F:
        if (act) {
            sdl_release();
            sdl_toggle_full_screen();
        }
        return true;
    case SDL_SCANCODE_U:
        if (act) {
            sdl_release();
            sdl_natural_size();
        }
        return true;
    case SDL_SCANCODE_END:
        if (act) {
            sdl_release();
            ctrl_alt_delete();
        }
        return true;
    default:
        return false;
    }
}

static bool grab_mod_held(uint16_t mod)
{
    switch (in.grab_mod) {
    case GRAB_SHIFT_CTRL_ALT:
        return (mod & KMOD_CTRL) && (mod & KMOD_ALT) && (mod & KMOD_SHIFT);
    case GRAB_RIGHT_CTRL:
        return (mod & KMOD_RCTRL) != 0;
    default:
        return (mod & KMOD_CTRL) && (mod & KMOD_ALT);
    }
}

static void on_key(const SDL_KeyboardEvent *e)
{
    SDL_Scancode key = e->keysym.scancode;
    uint16_t code = sdl_key_code(key);

    if (grab_mod_held(e->keysym.mod) && hot_key(key, e->state == SDL_PRESSED && !e->repeat)) {
        return;
    }
    if (code && (e->state == SDL_PRESSED || in.down[key])) {
        in.down[key] = e->state == SDL_PRESSED;
        input_key(code, in.down[key]);
    }
}

static uint32_t button_bit(uint8_t button)
{
    switch (button) {
    case SDL_BUTTON_LEFT:
        return INPUT_LEFT;
    case SDL_BUTTON_RIGHT:
        return INPUT_RIGHT;
    case SDL_BUTTON_MIDDLE:
        return INPUT_MIDDLE;
    case SDL_BUTTON_X1:
        return INPUT_SIDE;
    case SDL_BUTTON_X2:
        return INPUT_EXTRA;
    default:
        return 0;
    }
}

static void on_button(const SDL_MouseButtonEvent *e)
{
    uint32_t bit = button_bit(e->button);

    if (!sdl_grabbed()) {
        if (e->state != SDL_PRESSED || e->button != SDL_BUTTON_LEFT) {
            return;
        }
        sdl_grab(true);
    }
    if (e->state == SDL_PRESSED) {
        in.buttons |= bit;
    } else if (in.buttons & bit) {
        in.buttons &= ~bit;
    } else {
        return; /* its press was not */
    }
    input_buttons(in.buttons);
}

void sdl_input(const SDL_Event *e)
{
    switch (e->type) {
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        on_key(&e->key);
        break;
    case SDL_MOUSEMOTION:
        if (sdl_grabbed() && (e->motion.xrel || e->motion.yrel)) {
            input_motion(e->motion.xrel, e->motion.yrel, 0);
        }
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        on_button(&e->button);
        break;
    case SDL_MOUSEWHEEL:
        if (sdl_grabbed() && e->wheel.y) {
            input_motion(0, 0,
                         e->wheel.direction == SDL_MOUSEWHEEL_FLIPPED ? e->wheel.y : -e->wheel.y);
        }
        break;
    default:
        break;
    }
}
