/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The menu of the window, drawn over it. It needs no mouse: arrow keys, Enter and Escape do. While
 * it is open nothing reaches the guest. What could be lost asks once more.
 */
#include "ui/client/font.h"
#include "ui/client/remote.h"
#include "ui/view/sdl.h"

#define EDGE 1     /* the line around it */
#define PAD_X 10   /* beside texts */
#define PAD_Y 3    /* above and below each */
#define MARGIN 4   /* to the window's border */
#define BAR 3      /* which part of a long page is seen */
#define COLUMNS 40 /* of text, at most */

#define RGB_FACE 0xf2f2f0
#define RGB_EDGE 0x303234
#define RGB_TEXT 0x202224
#define RGB_HINT 0x70747a
#define RGB_CHOSEN 0x2a64b0
#define RGB_CHOSEN_TEXT 0xffffff
#define RGB_LINE 0xc4c6c8

enum page {
    PAGE_MAIN,
    PAGE_CONSOLES,
    PAGE_KEYS,
    PAGE_F_KEYS,
    PAGE_ALT_CODES,
    PAGE_SCALE,
    PAGE_RESET,
    PAGE_QUIT,
    PAGE_CLOSE,
    PAGES
};

struct item {
    const char *text; /* NULL: a line between */
    enum command command;
    int arg;
    enum page page; /* what it leads to; PAGE_MAIN: nowhere */
};

#define LINE                                                                                       \
    {                                                                                              \
        NULL, CMD_NONE, 0, PAGE_MAIN                                                               \
    }
#define MORE(text, page)                                                                           \
    {                                                                                              \
        text, CMD_NONE, 0, page                                                                    \
    }

static const struct item main_items[] = {
    MORE("Show", PAGE_CONSOLES), /* only where there is one */
    MORE("Send keys", PAGE_KEYS),
    {"Paste text", CMD_PASTE, 0, PAGE_MAIN},
    {"Screenshot", CMD_SHOT, 0, PAGE_MAIN},
    LINE,
    MORE("Scale", PAGE_SCALE),
    {"Full screen", CMD_FULL_SCREEN, 0, PAGE_MAIN},
    {"Status line", CMD_STATUS, 0, PAGE_MAIN},
    {"Mute sound", CMD_MUTE, 0, PAGE_MAIN},
    LINE,
    {"Pause", CMD_MACHINE, VIEW_PAUSE, PAGE_MAIN}, /* or Continue */
    {"Power button", CMD_MACHINE, VIEW_POWERDOWN, PAGE_MAIN},
    MORE("Reset", PAGE_RESET),
    MORE("Quit machine", PAGE_QUIT),
    {"Close window", CMD_CLOSE, 0, PAGE_MAIN},
};
static const struct item console_items[] = {
    /* as many as there are */
    {"The guest's screen", CMD_CONSOLE, 0, PAGE_MAIN},
    {"", CMD_CONSOLE, 1, PAGE_MAIN},
    {"", CMD_CONSOLE, 2, PAGE_MAIN},
    {"", CMD_CONSOLE, 3, PAGE_MAIN},
    {"", CMD_CONSOLE, 4, PAGE_MAIN},
    {"", CMD_CONSOLE, 5, PAGE_MAIN},
    {"", CMD_CONSOLE, 6, PAGE_MAIN},
    {"", CMD_CONSOLE, 7, PAGE_MAIN},
    {"", CMD_CONSOLE, 8, PAGE_MAIN},
};
static const struct item key_items[] = {
    {"Ctrl+Alt+Delete", CMD_CTRL_ALT, 0xe053, PAGE_MAIN},
    {"Ctrl+Alt+Backspace", CMD_CTRL_ALT, 0x0e, PAGE_MAIN},
    {"Ctrl+Esc", CMD_CTRL, 0x01, PAGE_MAIN},
    {"Alt+Tab", CMD_ALT, 0x0f, PAGE_MAIN},
    {"Alt+F4", CMD_ALT, 0x3e, PAGE_MAIN},
    {"Windows key", CMD_KEY, 0xe05b, PAGE_MAIN},
    {"Print Screen", CMD_KEY, INPUT_KEY_PRINT, PAGE_MAIN},
    {"Alt+SysRq", CMD_ALT, INPUT_KEY_PRINT, PAGE_MAIN},
    {"Pause", CMD_KEY, INPUT_KEY_PAUSE, PAGE_MAIN},
    {"Ctrl+Break", CMD_CTRL, INPUT_KEY_PAUSE, PAGE_MAIN},
    MORE("Alt codes in pasted text", PAGE_ALT_CODES),
    MORE("Ctrl+Alt+F1 to F12", PAGE_F_KEYS),
};
static const struct item f_items[] = {
    {"Ctrl+Alt+F1", CMD_CTRL_ALT, 0x3b, PAGE_MAIN},
    {"Ctrl+Alt+F2", CMD_CTRL_ALT, 0x3c, PAGE_MAIN},
    {"Ctrl+Alt+F3", CMD_CTRL_ALT, 0x3d, PAGE_MAIN},
    {"Ctrl+Alt+F4", CMD_CTRL_ALT, 0x3e, PAGE_MAIN},
    {"Ctrl+Alt+F5", CMD_CTRL_ALT, 0x3f, PAGE_MAIN},
    {"Ctrl+Alt+F6", CMD_CTRL_ALT, 0x40, PAGE_MAIN},
    {"Ctrl+Alt+F7", CMD_CTRL_ALT, 0x41, PAGE_MAIN},
    {"Ctrl+Alt+F8", CMD_CTRL_ALT, 0x42, PAGE_MAIN},
    {"Ctrl+Alt+F9", CMD_CTRL_ALT, 0x43, PAGE_MAIN},
    {"Ctrl+Alt+F10", CMD_CTRL_ALT, 0x44, PAGE_MAIN},
    {"Ctrl+Alt+F11", CMD_CTRL_ALT, 0x57, PAGE_MAIN},
    {"Ctrl+Alt+F12", CMD_CTRL_ALT, 0x58, PAGE_MAIN},
};
static const struct item alt_code_items[] = {
    {"Skipped", CMD_ALT_CODES, ALT_CODES_OFF, PAGE_MAIN},
    {"Alt+NNN, as DOS has them", CMD_ALT_CODES, ALT_CODES_DOS, PAGE_MAIN},
    {"Alt+0NNN, as Windows has them", CMD_ALT_CODES, ALT_CODES_WINDOWS, PAGE_MAIN},
};
static const struct item scale_items[] = {
    {"1:1", CMD_SCALE, SCALE_ONE, PAGE_MAIN},
    {"Whole multiples", CMD_SCALE, SCALE_INTEGER, PAGE_MAIN},
    {"Fit the window", CMD_SCALE, SCALE_FIT, PAGE_MAIN},
    {"Fill the window", CMD_SCALE, SCALE_FREE, PAGE_MAIN},
    LINE,
    {"Window of the guest's size", CMD_NATURAL, 1, PAGE_MAIN},
    {"Twice the guest's size", CMD_NATURAL, 2, PAGE_MAIN},
    {"Three times", CMD_NATURAL, 3, PAGE_MAIN},
};
static const struct item reset_items[] = {
    MORE("No, go on", PAGES),
    {"Reset the machine now", CMD_MACHINE, VIEW_RESET, PAGE_MAIN},
};
static const struct item quit_items[] = {
    MORE("No, go on", PAGES),
    {"Quit the machine now", CMD_MACHINE, VIEW_QUIT, PAGE_MAIN},
};
static const struct item close_items[] = {
    {"Close window, machine runs on", CMD_LEAVE, false, PAGE_MAIN},
    {"Quit machine", CMD_LEAVE, true, PAGE_MAIN},
    MORE("Stay here", PAGES),
};

static struct {
    const struct item *items;
    int count;
    enum page from; /* where Escape leads */
} pages[] = {
    [PAGE_MAIN] = {main_items, G_N_ELEMENTS(main_items), PAGES},
    [PAGE_CONSOLES] = {console_items, 1, PAGE_MAIN},
    [PAGE_KEYS] = {key_items, G_N_ELEMENTS(key_items), PAGE_MAIN},
    [PAGE_F_KEYS] = {f_items, G_N_ELEMENTS(f_items), PAGE_KEYS},
    [PAGE_ALT_CODES] = {alt_code_items, G_N_ELEMENTS(alt_code_items), PAGE_KEYS},
    [PAGE_SCALE] = {scale_items, G_N_ELEMENTS(scale_items), PAGE_MAIN},
    [PAGE_RESET] = {reset_items, G_N_ELEMENTS(reset_items), PAGE_MAIN},
    [PAGE_QUIT] = {quit_items, G_N_ELEMENTS(quit_items), PAGE_MAIN},
    [PAGE_CLOSE] = {close_items, G_N_ELEMENTS(close_items), PAGES},
};

static struct {
    bool open, was_grabbed;
    enum page page;
    int chosen, first; /* items; the first that is seen */
    SDL_Rect place;
} menu;

bool menu_is_open(void)
{
    return menu.open;
}

SDL_Rect menu_place(void)
{
    return menu.open ? menu.place : (SDL_Rect){0, 0, 0, 0};
}

/* -- what an item says -- */

static bool paused(void)
{
    return sdl.state && sdl.state[0];
}

static const char *item_text(const struct item *i)
{
    return i->command == CMD_CONSOLE && i->arg ? remote_console_name((unsigned)i->arg)
           : i->command == CMD_MACHINE && i->arg == VIEW_PAUSE && paused() ? "Continue"
                                                                           : i->text;
}

static bool item_is_on(const struct item *i)
{
    switch (i->command) {
    case CMD_FULL_SCREEN:
        return sdl.full_screen;
    case CMD_STATUS:
        return status_is_shown();
    case CMD_MUTE:
        return audio_is_muted();
    case CMD_ALT_CODES:
        return sdl.cfg.alt_codes == (enum alt_codes)i->arg;
    case CMD_CONSOLE:
        return remote_console() == (unsigned)i->arg;
    case CMD_SCALE:
        return sdl.cfg.scale == (enum scale_mode)i->arg;
    default:
        return false;
    }
}

/* At the right: the key that does the same. */
static char *item_hint(const struct item *i)
{
    return i->page != PAGE_MAIN && i->page != PAGES ? g_strdup(FONT_ARROW)
                                                    : command_keys(i->command, i->arg);
}

/* -- its place -- */

static int row_height(void)
{
    return (FONT_HEIGHT + 2 * PAD_Y) * sdl.n;
}

static int rows_seen(void)
{
    return menu.place.h > 2 * EDGE * sdl.n ? (menu.place.h - 2 * EDGE * sdl.n) / row_height() : 0;
}

/* At the bottom left, where its button is. */
static void place_it(void)
{
    SDL_Point size = picture_surface_size();
    int n = sdl.n, columns = 0, room = size.y - status_height() - 2 * MARGIN * n;
    int rows = CLAMP((room - 2 * EDGE * n) / row_height(), 1, pages[menu.page].count);
    int width;

    for (int i = 0; i < pages[menu.page].count; i++) {
        const struct item *item = &pages[menu.page].items[i];
        g_autofree char *hint = item->text ? item_hint(item) : NULL;

        if (item->text) {
            columns =
                MAX(columns, paint_length(item_text(item)) + (hint ? paint_length(hint) + 2 : 0));
        }
    }
    columns = MIN(columns + 2, COLUMNS); /* and the check mark */
    width = MIN((columns * FONT_WIDTH + 2 * PAD_X + 2 * EDGE) * n, size.x);
    menu.place =
        (SDL_Rect){MIN(MARGIN * n, size.x - width), 0, width, rows * row_height() + 2 * EDGE * n};
    menu.place.y = MAX(size.y - status_height() - menu.place.h - MARGIN * n, 0);
}

/* The old and the new place are drawn. */
static void changed(void)
{
    picture_dirty(&menu.place);
    place_it();
    if (menu.chosen < menu.first) {
        menu.first = menu.chosen;
    }
    menu.first = CLAMP(menu.first, MAX(menu.chosen - rows_seen() + 1, 0),
                       MAX(pages[menu.page].count - rows_seen(), 0));
    picture_dirty(&menu.place);
}

void menu_refit(void)
{
    if (menu.open) {
        changed();
    }
}

static void show_page(enum page page, int chosen)
{
    int skip = remote_consoles() ? 0 : 1; /* one is no choice */

    pages[PAGE_CONSOLES].count = (int)MIN(remote_consoles() + 1, G_N_ELEMENTS(console_items));
    pages[PAGE_MAIN].items = main_items + skip;
    pages[PAGE_MAIN].count = (int)G_N_ELEMENTS(main_items) - skip;
    menu.page = page;
    menu.chosen = chosen;
    menu.first = 0;
    changed();
}

static void open_at(enum page page)
{
    if (!menu.open) {
        menu.was_grabbed = sdl.grabbed;
        sdl_grab(false);
        menu.open = true;
        sdl_cursor();
    }
    show_page(page, 0);
}

void menu_open(void)
{
    if (!menu.open) {
        open_at(PAGE_MAIN);
    }
}

void menu_ask_close(void)
{
    open_at(PAGE_CLOSE);
}

void menu_close(void)
{
    if (menu.open) {
        menu.open = false;
        picture_dirty(&menu.place);
        sdl_cursor();
    }
}

/* By its user: the guest has the mouse again. */
static void leave(void)
{
    menu_close();
    if (menu.was_grabbed) {
        sdl_grab(true);
    }
}

static void back(void)
{
    enum page from = pages[menu.page].from;

    if (from == PAGES) {
        leave();
        return;
    }
    for (int i = 0; i < pages[from].count; i++) {
        if (pages[from].items[i].page == menu.page) {
            show_page(from, i);
            return;
        }
    }
}

static void choose(void)
{
    const struct item *i = &pages[menu.page].items[menu.chosen];
    int arg = i->arg;

    if (!i->text) {
        return;
    }
    if (i->page == PAGES) {
        back();
    } else if (i->page != PAGE_MAIN) {
        show_page(i->page, 0);
    } else {
        if (i->command == CMD_MACHINE && arg == VIEW_PAUSE && paused()) {
            arg = VIEW_CONTINUE;
        }
        leave();
        command_run(i->command, arg);
    }
}

/* -- drawing -- */

static void draw_item(pixman_image_t *to, const struct item *item, SDL_Rect row, bool chosen)
{
    int n = sdl.n, y = row.y + PAD_Y * n, x = row.x + PAD_X * n, columns;
    g_autofree char *hint = item->text ? item_hint(item) : NULL;
    uint32_t text = chosen ? RGB_CHOSEN_TEXT : RGB_TEXT;

    if (!item->text) {
        SDL_Rect line = {row.x + PAD_X * n / 2, row.y + row.h / 2, row.w - PAD_X * n, n};

        paint_box(to, &line, RGB_LINE);
        return;
    }
    if (chosen) {
        paint_box(to, &row, RGB_CHOSEN);
    }
    columns = (row.w - 2 * PAD_X * n) / (FONT_WIDTH * n);
    if (item_is_on(item)) {
        paint_text(to, x - 2 * n, y, n, text, FONT_CHECK, 1);
    }
    paint_text(to, x + FONT_WIDTH * n, y, n, text, item_text(item), columns - 1);
    columns -= paint_length(item_text(item)) + 2;
    if (hint && paint_length(hint) <= columns) {
        paint_text(to, row.x + row.w - PAD_X * n - paint_length(hint) * FONT_WIDTH * n, y, n,
                   chosen || item->page != PAGE_MAIN ? text : RGB_HINT, hint, columns);
    }
}

/* A bar at the right, where a small window shows only some of the items. */
static void draw_more(pixman_image_t *to, int seen)
{
    int n = sdl.n, count = pages[menu.page].count, high = menu.place.h - 2 * EDGE * n;
    SDL_Rect bar = {menu.place.x + menu.place.w - (EDGE + BAR) * n,
                    menu.place.y + EDGE * n + high * menu.first / count, BAR * n,
                    high * seen / count};

    if (seen < count) {
        paint_box(to, &bar, RGB_HINT);
    }
}

void menu_draw(pixman_image_t *to)
{
    int n = sdl.n, seen = rows_seen();
    SDL_Rect r = menu.place;

    paint_box(to, &r, RGB_EDGE);
    r = (SDL_Rect){r.x + EDGE * n, r.y + EDGE * n, r.w - 2 * EDGE * n, r.h - 2 * EDGE * n};
    paint_box(to, &r, RGB_FACE);
    r.h = row_height();
    for (int i = menu.first; i < pages[menu.page].count && i < menu.first + seen; i++) {
        draw_item(to, &pages[menu.page].items[i], r, i == menu.chosen);
        r.y += r.h;
    }
    draw_more(to, seen);
}

/* -- keys and mouse -- */

/* To the next one in this direction; around the end where there is one. */
static void go(int by)
{
    int count = pages[menu.page].count;

    do {
        menu.chosen = (menu.chosen + by + count) % count;
    } while (!pages[menu.page].items[menu.chosen].text);
    changed();
}

static void on_key(const SDL_KeyboardEvent *e)
{
    int arg;

    if (command_grab_mod_held(e->keysym.mod) &&
        command_of_key(e->keysym.scancode, &arg) == CMD_MENU) {
        leave();
        return;
    }
    switch (e->keysym.scancode) {
    case SDL_SCANCODE_UP:
        go(-1);
        break;
    case SDL_SCANCODE_DOWN:
        go(1);
        break;
    case SDL_SCANCODE_HOME:
        menu.chosen = -1;
        go(1);
        break;
    case SDL_SCANCODE_END:
        menu.chosen = 0;
        go(-1);
        break;
    case SDL_SCANCODE_RETURN:
    case SDL_SCANCODE_KP_ENTER:
    case SDL_SCANCODE_SPACE:
        choose();
        break;
    case SDL_SCANCODE_RIGHT:
        if (pages[menu.page].items[menu.chosen].page != PAGE_MAIN &&
            pages[menu.page].items[menu.chosen].page != PAGES) {
            choose();
        }
        break;
    case SDL_SCANCODE_LEFT:
        if (menu.page != PAGE_MAIN) {
            back();
        }
        break;
    case SDL_SCANCODE_ESCAPE:
        back();
        break;
    default:
        break;
    }
}

/* The item at this place, -1 where there is none. */
static int item_at(SDL_Point at)
{
    int i = menu.first + (at.y - menu.place.y - EDGE * sdl.n) / row_height();

    return SDL_PointInRect(&at, &menu.place) && i < pages[menu.page].count &&
                   i - menu.first < rows_seen() && pages[menu.page].items[i].text
               ? i
               : -1;
}

void menu_event(const SDL_Event *e)
{
    int i;

    switch (e->type) {
    case SDL_KEYDOWN:
        on_key(&e->key);
        break;
    case SDL_MOUSEMOTION:
        i = item_at(picture_event_at(e->motion.x, e->motion.y));
        if (i >= 0 && i != menu.chosen) {
            menu.chosen = i;
            changed();
        }
        break;
    case SDL_MOUSEBUTTONDOWN: {
        SDL_Point at = picture_event_at(e->button.x, e->button.y);

        i = item_at(at);
        if (i >= 0) {
            menu.chosen = i;
            choose();
        } else if (!SDL_PointInRect(&at, &menu.place)) {
            menu_close();
        }
        break;
    }
    case SDL_MOUSEWHEEL:
        if (e->wheel.y) {
            go(e->wheel.y > 0 ? -1 : 1);
        }
        break;
    default:
        break;
    }
}
