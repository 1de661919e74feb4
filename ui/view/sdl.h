/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of vmx-dm-view. The window holds the guest's picture and, below it, the status line; the
 * menu lies over both. Coordinates are pixels of the window's surface. Loop thread, as all here.
 */
#ifndef UI_VIEW_SDL_H
#define UI_VIEW_SDL_H

#include "ui/wire.h"

#include <SDL.h>
#include <glib.h>
#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

/* -- sdl.c -- */

enum scale_mode {
    SCALE_FIT,     /* as large as fits, the shape kept */
    SCALE_INTEGER, /* the largest whole multiple that fits */
    SCALE_FREE,    /* the whole window */
    SCALE_ONE,     /* a pixel is a pixel, whatever fits */
};
/* How characters are typed that the keyboard lacks: not; Alt and code page 437; Alt and 0, 1252. */
enum alt_codes { ALT_CODES_OFF, ALT_CODES_DOS, ALT_CODES_WINDOWS };
enum grab_mod { GRAB_CTRL_ALT, GRAB_SHIFT_CTRL_ALT, GRAB_RIGHT_CTRL };

struct sdl_config {
    const char *name;   /* of the guest; may be empty */
    const char *keymap; /* of text that is pasted; NULL: en-us */
    bool full_screen;
    bool of_machine; /* the window that the machine opened, not one more to look in by */
    bool status;     /* the status line is shown */
    bool show_cursor;
    unsigned key_ms; /* for each key of pasted text */
    enum view_close close;
    enum scale_mode scale;
    int times; /* how large a pixel of the guest is at first; 0: as the desktop's scale has it */
    enum grab_mod grab_mod;
    enum alt_codes alt_codes;
};

struct sdl {
    struct sdl_config cfg;
    SDL_Window *window;
    int n;       /* pixels of the window for one of its own texts and lines, ... */
    int start_n; /* ... and for one of the guest, at first */
    char *state; /* "paused", empty while running */
    bool grabbed, full_screen, hidden;
    bool absolute; /* the guest follows positions */
    uint8_t leds;  /* keyboard lights, as input_leds() */
};

extern struct sdl sdl;

/* Open the window. Borrows what is in cfg. */
bool sdl_open(const struct sdl_config *cfg, GError **error);
/* "paused", empty while running. */
void sdl_state(const char *state);
void sdl_close(void);

void sdl_grab(bool on);
/* What the title says has changed. */
void sdl_title(void);
/* The guest follows positions, or movements. */
void sdl_pointer(bool absolute);
void sdl_toggle_full_screen(void);
/* As by its border's button. */
void sdl_close_window(void);
/* Without asking. */
void sdl_leave(bool end_machine);

/* -- sdl_picture.c: where the picture is, and drawing -- */

/* Of the window that is to be opened, in SDL's points. */
SDL_Point picture_first_size(void);
void picture_open(void);
void picture_close(void);
/* Bring the window up to date, where something is due. */
void picture_draw(void);
/* All, or this, shall be drawn anew, soon. */
void picture_dirty(const SDL_Rect *r);
/* What decides about the place has changed: scale, window, status line. */
void picture_refit(void);
/* The status line came or went: so does its room, unless the user chose the window's size. */
void picture_status_resized(void);
void picture_set_scale(enum scale_mode mode);
/* A window in which a pixel of the guest is so many of it, each way; fewer where it has no room. */
void picture_natural_size(int times);
/* Somebody made it this size, in SDL's points: we, or the user. */
void picture_window_resized(int width, int height);
/* The user chose the window's size; else it is this, in SDL's points. */
bool picture_user_sized(void);
SDL_Point picture_window_size(void);
/* At 1:1 there is more than the window shows. */
bool picture_can_pan(void);
/* Where a larger picture is shown at 1:1: the part that corresponds to this place... */
void picture_pan_to(int x, int y);
/* ... or an eighth further. */
void picture_pan_by(int dx, int dy);
/* The size of the window's surface. */
SDL_Point picture_surface_size(void);
/* Of an event, in pixels of the surface. */
SDL_Point picture_event_at(int x, int y);
/* Where on the guest's screen that is, 0 to INPUT_POSITION_MAX; false: outside, and the nearest. */
bool picture_to_guest(SDL_Point at, uint32_t *x, uint32_t *y);

/* -- sdl_command.c: what the window can do, by key or menu -- */

enum command {
    CMD_NONE,
    CMD_GRAB,
    CMD_MENU,
    CMD_FULL_SCREEN,
    CMD_NATURAL, /* arg: how many times the guest's size */
    CMD_STATUS,
    CMD_PASTE,
    CMD_SHOT,
    CMD_MUTE,
    CMD_SCALE,     /* arg: enum scale_mode */
    CMD_ALT_CODES, /* arg: enum alt_codes */
    CMD_CTRL_ALT,  /* these and this key, by its make code */
    CMD_CTRL,      /* Ctrl and this key */
    CMD_ALT,       /* Alt and this key */
    CMD_KEY,       /* this key */
    CMD_MACHINE,   /* arg: enum view_command */
    CMD_CONSOLE,   /* arg: a text console, from 1 on, or the guest's screen (0) */
    CMD_CLOSE,
    CMD_LEAVE, /* arg: the machine ends, too */
    CMD_PAN_LEFT,
    CMD_PAN_RIGHT,
    CMD_PAN_UP,
    CMD_PAN_DOWN,
};

void command_run(enum command c, int arg);
/* The command of a key together with the grab keys, and what is its argument. */
enum command command_of_key(SDL_Scancode key, int *arg);
/* "Ctrl+Alt+F", or NULL where there is no key. g_free. */
char *command_keys(enum command c, int arg);
/* The keys held for the window's commands, by name. */
const char *command_grab_keys(void);
bool command_grab_mod_held(uint16_t mod);

/* -- sdl_input.c -- */

/* Keys, buttons and motion for the guest, or commands for the window; others are none of it. */
void sdl_input(const SDL_Event *e);
/* Release what the guest has heard of. */
void sdl_release(void);
/* The focus has come: the guest does not hear of keys that are held for the desktop. */
void sdl_forget_desktop_keys(void);
/* Show or hide the host's pointer as it now should be. */
void sdl_cursor(void);

/* -- sdl_console.c: text consoles -- */

/* Show it; 0: the guest's screen. */
void console_turn(int n);
/* There are others, or what is shown has changed. */
void console_changed(void);
/* While one is shown. */
void console_key(const SDL_KeyboardEvent *e);
void console_text(const SDL_TextInputEvent *e);
void console_wheel(int lines);
void console_paste(const char *text);

/* -- sdl_keys.c -- */

/* Make code of a key as core/surface.h names it, 0 for what a PC keyboard does not have. */
uint16_t sdl_key_code(SDL_Scancode scancode);

/* -- sdl_menu.c -- */

bool menu_is_open(void);
void menu_open(void);
/* What shall become of the machine when the window is closed. */
void menu_ask_close(void);
void menu_close(void);
/* The window, or what it says, has changed. */
void menu_refit(void);
/* Where it is now; w is 0 while it is closed. */
SDL_Rect menu_place(void);
void menu_draw(pixman_image_t *to);
/* An event while it is open. */
void menu_event(const SDL_Event *e);

/* -- sdl_status.c -- */

void status_open(bool shown);
void status_close(void);
/* Pixels that it takes from the window; 0 while it is not shown. */
int status_height(void);
/* Where it is; it may lie over the picture for as long as there is a message. */
SDL_Rect status_place(void);
void status_draw(pixman_image_t *to);
void status_toggle(void);
bool status_is_shown(void);
/* Something in it may have changed. */
void status_changed(void);
/* The window is seen, or not; or it is full screen, or not. */
void status_window_changed(void);
void status_leds(uint8_t leds);
void status_stats(int fd);
/* For some seconds. */
void status_message(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* A button was pressed there. */
void status_click(SDL_Point at, uint8_t button);

/* -- sdl_paste.c -- */

void paste_begin(void);
bool paste_is_busy(void);
void paste_stop(void);
void paste_close(void);

/* -- sdl_shot.c -- */

void shot_take(void);

/* -- sdl_audio.c -- */

void audio_play(const int16_t *samples, uint32_t frames);
void audio_toggle_mute(void);
bool audio_is_muted(void);
void audio_close(void);

/* -- paint.c -- */

void paint_box(pixman_image_t *to, const SDL_Rect *r, uint32_t rgb);
/* At most `max` letters of a text in UTF-8, from its top left corner; n: see struct sdl. */
void paint_text(pixman_image_t *to, int x, int y, int n, uint32_t rgb, const char *text, int max);
/* Letters of a text. */
int paint_length(const char *text);

/* -- scale.c -- */

/* Where the guest's screen lies in the window. */
struct scale_fit {
    uint32_t src_width, src_height;
    int32_t x, y; /* in the window, or outside */
    uint32_t width, height;
};

/* Which part is seen where not all is, a thousandth of what is too much. */
struct scale_pan {
    uint32_t x, y;
};

/* The place that the mode gives it, centred. Nothing is 0. */
struct scale_fit scale_fit(enum scale_mode mode, uint32_t src_width, uint32_t src_height,
                           uint32_t width, uint32_t height, struct scale_pan pan);

/* A rectangle of the source as one of the window that holds every pixel it has a part in. */
pixman_box32_t scale_rect(const struct scale_fit *f, const struct surface_rect *r);

/* The place in the source of one in the window, from 0 to INPUT_POSITION_MAX. */
uint32_t scale_position(int at, int32_t place, uint32_t size);

/* Draw what `dirty`, in window coordinates, holds: the screen scaled, black around it. */
void scale_draw(const struct surface *s, const struct scale_fit *f, pixman_image_t *window,
                pixman_region32_t *dirty);

/* -- sdl_x11.c -- */

/*
 * The descriptor to watch for events, -1 if there is none to be had. `lost` is called, once, when
 * the server has gone; nothing of SDL may be called from then on.
 */
int sdl_x11_watch(SDL_Window *window, void (*lost)(void));

/* Move and size the window past SDL, where no window manager would do it. False: not needed. */
bool sdl_x11_place(SDL_Window *window, const SDL_Rect *r);

/* Dots per inch that the desktop writes with; 0: it does not say. */
unsigned sdl_x11_dpi(SDL_Window *window);

/* -- sdl_icon.c -- */

void sdl_icon(SDL_Window *window);

#endif
