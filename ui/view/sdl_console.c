/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While the window shows a text console, keys are typed there as characters of the host's layout, the
 * wheel and Shift (or Ctrl) with Page Up and Down go through what was there before, and nothing
 * reaches the guest's keyboard and mouse.
 */
#include "ui/client/remote.h"
#include "ui/client/typed.h"
#include "ui/view/sdl.h"

#include <string.h>

void console_changed(void)
{
    if (!sdl.window) {
        return; /* the list comes with the greeting */
    }
    if (remote_console()) {
        sdl_grab(false);
        SDL_StartTextInput();
    } else {
        SDL_StopTextInput();
    }
    sdl_cursor();
    sdl_title();
}

void console_turn(int n)
{
    remote_turn((unsigned)n);
    console_changed();
}

/* Of the keypad, where it makes no digits. */
static uint16_t code_of(const SDL_KeyboardEvent *e)
{
    uint16_t code = sdl_key_code(e->keysym.scancode);
    bool pad = code >= 0x47 && code <= 0x53 && code != 0x4a && code != 0x4e;

    return pad && !(e->keysym.mod & KMOD_NUM) ? (uint16_t)(0xe000 | code) : code;
}

void console_key(const SDL_KeyboardEvent *e)
{
    uint16_t code = code_of(e);
    const char *bytes = typed_key(code);
    bool page = code == 0xe049 || code == 0xe051;
    int control;

    if (page && (e->keysym.mod & (KMOD_SHIFT | KMOD_CTRL))) {
        remote_scroll(code == 0xe049 ? -TYPED_PAGE_LINES : TYPED_PAGE_LINES);
    } else if (bytes) {
        remote_type(bytes, strlen(bytes));
    } else if ((e->keysym.mod & KMOD_CTRL) && !(e->keysym.mod & KMOD_ALT) &&
               (control = typed_control((uint32_t)e->keysym.sym)) >= 0) {
        char byte = (char)control;

        remote_type(&byte, 1);
    }
}

/* With Ctrl it is a control character, which its key has typed, or a command. */
void console_text(const SDL_TextInputEvent *e)
{
    if (remote_console() && !(SDL_GetModState() & KMOD_CTRL)) {
        remote_type(e->text, strlen(e->text));
    }
}

void console_wheel(int lines)
{
    remote_scroll(lines * TYPED_WHEEL_LINES);
}

/* A terminal sends a carriage return for each end of a line. */
void console_paste(const char *text)
{
    g_autoptr(GString) t = g_string_new(text);

    g_string_replace(t, "\r\n", "\r", 0);
    g_string_replace(t, "\n", "\r", 0);
    remote_type(t->str, t->len);
}
