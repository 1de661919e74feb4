/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the window can do, whether a key asks for it or the menu. */
#include "ui/client/remote.h"
#include "ui/view/sdl.h"

#define KEY_CTRL 0x1d
#define KEY_ALT 0x38

static const struct {
    SDL_Scancode key;
    const char *name;
    enum command command;
    int arg;
} keys[] = {
    {SDL_SCANCODE_G, "G", CMD_GRAB, 0},
    {SDL_SCANCODE_M, "M", CMD_MENU, 0},
    {SDL_SCANCODE_F, "F", CMD_FULL_SCREEN, 0},
    {SDL_SCANCODE_U, "U", CMD_NATURAL, 1},
    {SDL_SCANCODE_B, "B", CMD_STATUS, 0},
    {SDL_SCANCODE_V, "V", CMD_PASTE, 0},
    {SDL_SCANCODE_S, "S", CMD_SHOT, 0},
    /* the first named is what the menu says; a desktop may keep it for itself */
    {SDL_SCANCODE_END, "End", CMD_CTRL_ALT, 0xe053},
    {SDL_SCANCODE_DELETE, "Delete", CMD_CTRL_ALT, 0xe053},
    {SDL_SCANCODE_1, "1", CMD_CONSOLE, 0},
    {SDL_SCANCODE_2, "2", CMD_CONSOLE, 1},
    {SDL_SCANCODE_3, "3", CMD_CONSOLE, 2},
    {SDL_SCANCODE_4, "4", CMD_CONSOLE, 3},
    {SDL_SCANCODE_5, "5", CMD_CONSOLE, 4},
    {SDL_SCANCODE_6, "6", CMD_CONSOLE, 5},
    {SDL_SCANCODE_7, "7", CMD_CONSOLE, 6},
    {SDL_SCANCODE_8, "8", CMD_CONSOLE, 7},
    {SDL_SCANCODE_9, "9", CMD_CONSOLE, 8},
    {SDL_SCANCODE_LEFT, "Left", CMD_PAN_LEFT, 0},
    {SDL_SCANCODE_RIGHT, "Right", CMD_PAN_RIGHT, 0},
    {SDL_SCANCODE_UP, "Up", CMD_PAN_UP, 0},
    {SDL_SCANCODE_DOWN, "Down", CMD_PAN_DOWN, 0},
};

const char *command_grab_keys(void)
{
    switch (sdl.cfg.grab_mod) {
    case GRAB_SHIFT_CTRL_ALT:
        return "Shift+Ctrl+Alt";
    case GRAB_RIGHT_CTRL:
        return "Right Ctrl";
    default:
        return "Ctrl+Alt";
    }
}

bool command_grab_mod_held(uint16_t mod)
{
    switch (sdl.cfg.grab_mod) {
    case GRAB_SHIFT_CTRL_ALT:
        return (mod & KMOD_CTRL) && (mod & KMOD_ALT) && (mod & KMOD_SHIFT);
    case GRAB_RIGHT_CTRL:
        return (mod & KMOD_RCTRL) != 0;
    default:
        return (mod & KMOD_CTRL) && (mod & KMOD_ALT);
    }
}

/* Else the guest has the key. */
static bool can(enum command c, int arg)
{
    switch (c) {
    case CMD_CONSOLE:
        return arg == 0 ? remote_consoles() > 0 : (unsigned)arg <= remote_consoles();
    case CMD_PAN_LEFT:
    case CMD_PAN_RIGHT:
    case CMD_PAN_UP:
    case CMD_PAN_DOWN:
        return picture_can_pan();
    default:
        return true;
    }
}

enum command command_of_key(SDL_Scancode key, int *arg)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (keys[i].key == key && can(keys[i].command, keys[i].arg)) {
            *arg = keys[i].arg;
            return keys[i].command;
        }
    }
    return CMD_NONE;
}

char *command_keys(enum command c, int arg)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (keys[i].command == c && keys[i].arg == arg) {
            return g_strdup_printf("%s+%s", command_grab_keys(), keys[i].name);
        }
    }
    return NULL;
}

/* Press them in turn, then release them. */
static void send_keys(uint16_t first, uint16_t second, uint16_t third)
{
    const uint16_t codes[] = {first, second, third};

    for (unsigned i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (codes[i]) {
            input_key(codes[i], true);
        }
    }
    for (unsigned i = G_N_ELEMENTS(codes); i-- > 0;) {
        if (codes[i]) {
            input_key(codes[i], false);
        }
    }
}

void command_run(enum command c, int arg)
{
    sdl_release();
    switch (c) {
    case CMD_NONE:
        break;
    case CMD_GRAB:
        sdl_grab(!sdl.grabbed);
        break;
    case CMD_MENU:
        menu_open();
        break;
    case CMD_FULL_SCREEN:
        sdl_toggle_full_screen();
        break;
    case CMD_NATURAL:
        picture_natural_size(arg);
        break;
    case CMD_STATUS:
        status_toggle();
        break;
    case CMD_PASTE:
        paste_begin();
        break;
    case CMD_SHOT:
        shot_take();
        break;
    case CMD_MUTE:
        audio_toggle_mute();
        break;
    case CMD_SCALE:
        picture_set_scale((enum scale_mode)arg);
        break;
    case CMD_ALT_CODES:
        sdl.cfg.alt_codes = (enum alt_codes)arg;
        break;
    case CMD_CTRL_ALT:
        send_keys(KEY_CTRL, KEY_ALT, (uint16_t)arg);
        break;
    case CMD_CTRL:
        send_keys(KEY_CTRL, 0, (uint16_t)arg);
        break;
    case CMD_ALT:
        send_keys(KEY_ALT, 0, (uint16_t)arg);
        break;
    case CMD_KEY:
        send_keys(0, 0, (uint16_t)arg);
        break;
    case CMD_MACHINE:
        remote_command((enum view_command)arg);
        break;
    case CMD_CONSOLE:
        console_turn(arg);
        break;
    case CMD_CLOSE:
        sdl_close_window();
        break;
    case CMD_LEAVE:
        sdl_leave(arg != 0);
        break;
    case CMD_PAN_LEFT:
    case CMD_PAN_RIGHT:
        picture_pan_by(c == CMD_PAN_LEFT ? -1 : 1, 0);
        break;
    case CMD_PAN_UP:
    case CMD_PAN_DOWN:
        picture_pan_by(0, c == CMD_PAN_UP ? -1 : 1);
        break;
    }
}
