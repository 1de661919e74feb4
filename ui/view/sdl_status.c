/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line below the picture: the menu's button, what the machine does, and its lights. Drawn only
 * when something of it changes; the counters behind the lights are read a few times a second while
 * it is seen. Where it is not shown, a message puts it over the picture for a while.
 */
#include "core/stats_read.h"
#include "ui/client/font.h"
#include "ui/client/remote.h"
#include "ui/view/sdl.h"

#include <stdarg.h>
#include <unistd.h>

#define LINE 1 /* above it */
#define PAD_TOP 2
#define PAD_BOTTOM 3
#define PAD_X 8
#define LAMP_GAP 2   /* between a lamp and its name */
#define STATE_MAX 24 /* letters of name and state that no light takes the room of */
#define SAMPLE_MS 250u
#define MESSAGE_SECONDS 5u
#define BUTTON_TEXT FONT_MENU " Menu"

#define RGB_FACE 0x26282b
#define RGB_LINE 0x3c3f44
#define RGB_BUTTON 0x3c4046
#define RGB_TEXT 0xe4e6e8
#define RGB_DIM 0x80858c
#define RGB_MESSAGE 0xffd866
#define RGB_GREEN 0x58d868
#define RGB_AMBER 0xffb040

/* From the left; the last are seen where there is little room. */
enum lamp { LAMP_SCROLL, LAMP_NUM, LAMP_CAPS, LAMP_DISK, LAMP_NET, LAMP_MUTE, LAMPS };

static const struct {
    const char *name;
    uint32_t rgb;
} lamps[LAMPS] = {
    [LAMP_MUTE] = {"MUTE", RGB_AMBER}, [LAMP_DISK] = {"DISK", RGB_AMBER},
    [LAMP_NET] = {"NET", RGB_AMBER},   [LAMP_NUM] = {"NUM", RGB_GREEN},
    [LAMP_CAPS] = {"CAPS", RGB_GREEN}, [LAMP_SCROLL] = {"SCRL", RGB_GREEN},
};

static struct {
    bool shown[2]; /* in a window, on the full screen */
    bool lit[LAMPS];
    char *message;
    unsigned message_timer, sample_timer;
    const struct stats_page *stats;
    struct stats_traffic before;
} st;

/* -- its place -- */

bool status_is_shown(void)
{
    return st.shown[sdl.full_screen];
}

static int line_height(void)
{
    return (LINE + PAD_TOP + FONT_HEIGHT + PAD_BOTTOM) * sdl.n;
}

int status_height(void)
{
    return status_is_shown() ? line_height() : 0;
}

SDL_Rect status_place(void)
{
    SDL_Point size = picture_surface_size();

    return status_is_shown() || st.message
               ? (SDL_Rect){0, size.y - line_height(), size.x, line_height()}
               : (SDL_Rect){0, 0, 0, 0};
}

static SDL_Rect button_place(void)
{
    SDL_Rect r = status_place();

    return (SDL_Rect){0, r.y + LINE * sdl.n,
                      (paint_length(BUTTON_TEXT) * FONT_WIDTH + 2 * PAD_X) * sdl.n,
                      r.h - LINE * sdl.n};
}

void status_changed(void)
{
    SDL_Rect r = {0, 0, 0, 0};

    if (sdl.window) {
        r = status_place();
    }
    if (r.h) {
        picture_dirty(&r);
    }
}

/* -- what it says -- */

static char *state_text(void)
{
    return g_strconcat(sdl.cfg.name, sdl.cfg.name[0] ? ": " : "",
                       sdl.state && sdl.state[0] ? sdl.state : "running", NULL);
}

/* With how to take or release the mouse, where there is room for all of that. */
static char *text(const char *state, int max)
{
    g_autofree char *hint = NULL;

    if (remote_console()) {
        hint = g_strdup_printf("   %s+1 shows the guest", command_grab_keys());
    } else if (sdl.grabbed) {
        hint = g_strdup_printf("   %s+G releases the %s", command_grab_keys(),
                               sdl.absolute ? "keyboard" : "mouse");
    } else if (!sdl.absolute) {
        hint = g_strdup("   a click takes the mouse");
    }
    return g_strconcat(state, hint && paint_length(state) + paint_length(hint) <= max ? hint : NULL,
                       NULL);
}

static bool lamp_is_there(enum lamp l)
{
    switch (l) {
    case LAMP_MUTE:
        return audio_is_muted();
    case LAMP_DISK:
        return st.stats && stats_disks(st.stats) > 0;
    case LAMP_NET:
        return st.stats && stats_nets(st.stats) > 0;
    default:
        return true;
    }
}

/* From the right, as many as there is room for; where they begin. */
static int draw_lamps(pixman_image_t *to, int x, int y, int end)
{
    int n = sdl.n;

    for (enum lamp l = LAMPS; l-- > 0;) {
        int width = (paint_length(lamps[l].name) * FONT_WIDTH + FONT_WIDTH + LAMP_GAP + PAD_X) * n;
        bool lit = st.lit[l] || l == LAMP_MUTE;

        if (!lamp_is_there(l)) {
            continue;
        }
        if (end - width < x) {
            break;
        }
        end -= width;
        paint_text(to, end, y, n, lit ? lamps[l].rgb : RGB_DIM, lit ? FONT_ON : FONT_OFF, 1);
        paint_text(to, end + (FONT_WIDTH + LAMP_GAP) * n, y, n, lit ? RGB_TEXT : RGB_DIM,
                   lamps[l].name, 4);
    }
    return end;
}

void status_draw(pixman_image_t *to)
{
    SDL_Rect r = status_place(), line = {r.x, r.y, r.w, LINE * sdl.n}, button = button_place();
    int n = sdl.n, y = r.y + (LINE + PAD_TOP) * n, x = button.w + PAD_X * n, end;
    g_autofree char *state = state_text(), *usual = NULL;
    int room = MIN(paint_length(state) + 1, STATE_MAX) * FONT_WIDTH * n;

    paint_box(to, &r, RGB_FACE);
    paint_box(to, &line, RGB_LINE);
    paint_box(to, &button, RGB_BUTTON);
    paint_text(to, PAD_X * n, y, n, RGB_TEXT, BUTTON_TEXT, paint_length(BUTTON_TEXT));
    /* a message has the whole line where it needs it */
    end = st.message && x + (paint_length(st.message) * FONT_WIDTH + PAD_X) * n > r.w * 2 / 3
              ? r.w
              : draw_lamps(to, x + room, y, r.w);
    room = (end - PAD_X * n - x) / (FONT_WIDTH * n);
    usual = st.message ? NULL : text(state, room);
    paint_text(to, x, y, n, usual ? RGB_TEXT : RGB_MESSAGE, usual ? usual : st.message, room);
}

/* -- lights -- */

static void light(enum lamp l, bool on)
{
    if (st.lit[l] != on) {
        st.lit[l] = on;
        status_changed();
    }
}

void status_leds(uint8_t leds)
{
    sdl.leds = leds;
    light(LAMP_SCROLL, leds & 1);
    light(LAMP_NUM, leds & 2);
    light(LAMP_CAPS, leds & 4);
}

static gboolean sample(void *opaque)
{
    struct stats_traffic now = stats_traffic(st.stats), *then = &st.before;

    (void)opaque;
    light(LAMP_DISK, now.reads != then->reads || now.writes != then->writes);
    light(LAMP_NET, now.tx_frames != then->tx_frames || now.rx_frames != then->rx_frames);
    *then = now;
    return G_SOURCE_CONTINUE;
}

/* Nobody looks: no sampling. */
void status_window_changed(void)
{
    bool wanted = st.stats && !sdl.hidden && status_is_shown();

    if (wanted && !st.sample_timer) {
        st.before = stats_traffic(st.stats);
        st.sample_timer = g_timeout_add(SAMPLE_MS, sample, NULL);
    } else if (!wanted && st.sample_timer) {
        g_source_remove(st.sample_timer);
        st.sample_timer = 0;
    }
}

void status_stats(int fd)
{
    if (!st.stats) {
        st.stats = stats_map(fd, NULL);
    }
    close(fd);
    status_window_changed();
    status_changed();
}

/* -- messages -- */

static void drop_message(void)
{
    status_changed(); /* where it was over the picture, that comes back */
    g_clear_pointer(&st.message, g_free);
    if (st.message_timer) {
        g_source_remove(st.message_timer);
        st.message_timer = 0;
    }
}

static gboolean message_ends(void *opaque)
{
    (void)opaque;
    st.message_timer = 0; /* removed by what is returned */
    drop_message();
    return G_SOURCE_REMOVE;
}

void status_message(const char *format, ...)
{
    va_list args;

    drop_message();
    va_start(args, format);
    st.message = g_strdup_vprintf(format, args);
    va_end(args);
    st.message_timer = g_timeout_add_seconds(MESSAGE_SECONDS, message_ends, NULL);
    status_changed();
}

/* -- the user -- */

void status_click(SDL_Point at, uint8_t button)
{
    SDL_Rect r = button_place();

    if (button == SDL_BUTTON_RIGHT || (button == SDL_BUTTON_LEFT && SDL_PointInRect(&at, &r))) {
        menu_open();
    }
}

void status_toggle(void)
{
    st.shown[sdl.full_screen] = !st.shown[sdl.full_screen];
    status_window_changed();
    picture_status_resized();
}

void status_open(bool shown)
{
    st.shown[0] = shown;
}

void status_close(void)
{
    drop_message();
    if (st.sample_timer) {
        g_source_remove(st.sample_timer);
        st.sample_timer = 0;
    }
    if (st.stats) {
        stats_unmap(st.stats);
        st.stats = NULL;
    }
}
