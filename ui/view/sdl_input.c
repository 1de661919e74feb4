/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and mouse of the window. While the guest follows movements, a click takes keyboard and mouse
 * and reaches the guest, too; the grab keys (Ctrl+Alt by default) and G give them back. While it
 * follows positions there is nothing to take: its pointer is where the host's is.
 */
#include "ui/client/remote.h"
#include "ui/view/sdl.h"

#include <string.h>

static struct {
    uint32_t buttons;
    bool down[SDL_NUM_SCANCODES];  /* keys whose press the guest has heard of */
    bool eaten[SDL_NUM_SCANCODES]; /* ... and those whose press it shall never hear of */
} in;

void sdl_release(void)
{
    memset(in.down, 0, sizeof(in.down));
    memset(in.eaten, 0, sizeof(in.eaten)); /* no release is told of what was not pressed */
    in.buttons = 0;
    input_release_all();
}

/*
 * SDL tells of modifiers that are held when the focus comes as if they were pressed then. After
 * Alt+Tab, or Super and a number, a guest that saw such a key go down and up would open its menu.
 */
void sdl_forget_desktop_keys(void)
{
    static const SDL_Scancode keys[] = {SDL_SCANCODE_LALT, SDL_SCANCODE_RALT, SDL_SCANCODE_LGUI,
                                        SDL_SCANCODE_RGUI};
    const uint8_t *held = SDL_GetKeyboardState(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
        in.eaten[keys[i]] |= held[keys[i]] && !in.down[keys[i]];
    }
}

static bool within(SDL_Rect r, SDL_Point p)
{
    return SDL_PointInRect(&p, &r);
}

void sdl_cursor(void)
{
    bool over_picture = false;
    uint32_t x, y;
    SDL_Point at;

    if (sdl.absolute && !sdl.cfg.show_cursor && !menu_is_open() && !remote_console() &&
        SDL_GetMouseFocus() == sdl.window) {
        SDL_GetMouseState(&at.x, &at.y);
        at = picture_event_at(at.x, at.y);
        over_picture = picture_to_guest(at, &x, &y) && !within(status_place(), at);
    }
    if (!sdl.grabbed || sdl.absolute) { /* else SDL hides it */
        SDL_ShowCursor(over_picture ? SDL_DISABLE : SDL_ENABLE);
    }
}

static void on_key(const SDL_KeyboardEvent *e)
{
    SDL_Scancode key = e->keysym.scancode;
    uint16_t code = sdl_key_code(key);
    bool press = e->state == SDL_PRESSED;
    enum command command;
    int arg = 0;

    if (in.eaten[key]) {
        in.eaten[key] = press;
        return;
    }
    if (e->repeat && !in.down[key] && !remote_console()) {
        return; /* pressed for the menu, or the window */
    }
    if (press && paste_is_busy()) {
        paste_stop();
        in.eaten[key] = true;
        return;
    }
    command = command_grab_mod_held(e->keysym.mod) ? command_of_key(key, &arg) : CMD_NONE;
    if (command != CMD_NONE) {
        if (press && !e->repeat) {
            command_run(command, arg);
        }
        return;
    }
    if (remote_console()) {
        if (press) {
            console_key(e);
        }
        return;
    }
    if (code && (press || in.down[key])) {
        in.down[key] = press;
        input_key(code, press);
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

/* The guest hears of a press in its picture, and of the release wherever that is. */
static bool takes_press(const SDL_MouseButtonEvent *e, SDL_Point at)
{
    uint32_t x, y;

    if (remote_console()) {
        return false;
    }
    if (sdl.absolute) {
        if (!picture_to_guest(at, &x, &y)) {
            return false;
        }
        input_position(x, y);
        return true;
    }
    if (!sdl.grabbed) {
        if (e->button != SDL_BUTTON_LEFT) {
            return false;
        }
        sdl_grab(true);
    }
    return true;
}

static void on_button(const SDL_MouseButtonEvent *e)
{
    SDL_Point at = picture_event_at(e->x, e->y);
    uint32_t bit = button_bit(e->button);

    if (e->state == SDL_PRESSED) {
        if ((!sdl.grabbed || sdl.absolute) && within(status_place(), at)) {
            status_click(at, e->button);
            return;
        }
        if (!takes_press(e, at)) {
            return;
        }
        in.buttons |= bit;
    } else if (in.buttons & bit) {
        in.buttons &= ~bit;
    } else {
        return; /* its press was not */
    }
    input_buttons(in.buttons);
}

static void on_motion(const SDL_MouseMotionEvent *e)
{
    SDL_Point at = picture_event_at(e->x, e->y);
    uint32_t x, y;

    if (sdl.grabbed && !sdl.absolute) {
        if (e->xrel || e->yrel) {
            input_motion(e->xrel, e->yrel, 0);
        }
        return;
    }
    picture_pan_to(at.x, at.y);
    sdl_cursor();
    if (sdl.absolute && !remote_console() && (picture_to_guest(at, &x, &y) || in.buttons)) {
        input_position(x, y);
    }
}

/* Towards the user positive. */
static void on_wheel(int by)
{
    if (remote_console()) {
        console_wheel(by);
    } else if ((sdl.grabbed || sdl.absolute) && by) {
        input_motion(0, 0, by);
    }
}

void sdl_input(const SDL_Event *e)
{
    switch (e->type) {
    case SDL_KEYDOWN:
    case SDL_KEYUP:
        on_key(&e->key);
        break;
    case SDL_MOUSEMOTION:
        on_motion(&e->motion);
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        on_button(&e->button);
        break;
    case SDL_MOUSEWHEEL:
        on_wheel(e->wheel.direction == SDL_MOUSEWHEEL_FLIPPED ? e->wheel.y : -e->wheel.y);
        break;
    case SDL_TEXTINPUT:
        console_text(&e->text);
        break;
    default:
        break;
    }
}
