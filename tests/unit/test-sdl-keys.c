/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table from SDL's scancodes to set 1. */
#include "ui/view/sdl.h"

#include <glib.h>
#include <string.h>

/* Rows of a keyboard, whose make codes follow each other. */
static void test_rows(void)
{
    static const struct {
        const char *keys;
        uint16_t first;
    } rows[] = {{"1234567890-=", 0x02},
                {"qwertyuiop[]", 0x10},
                {"asdfghjkl;'`", 0x1e},
                {"zxcvbnm,./", 0x2c}};

    for (unsigned r = 0; r < G_N_ELEMENTS(rows); r++) {
        for (unsigned i = 0; rows[r].keys[i]; i++) {
            char name[2] = {rows[r].keys[i], 0};
            SDL_Scancode key = SDL_GetScancodeFromName(name);

            g_assert_cmpint(key, !=, SDL_SCANCODE_UNKNOWN);
            g_assert_cmphex(sdl_key_code(key), ==, rows[r].first + i);
        }
    }
}

static void test_special(void)
{
    g_assert_cmphex(sdl_key_code(SDL_SCANCODE_RETURN), ==, 0x1c);
    g_assert_cmphex(sdl_key_code(SDL_SCANCODE_KP_ENTER), ==, 0xe01c);
    g_assert_cmphex(sdl_key_code(SDL_SCANCODE_F10), ==, 0x44);
    g_assert_cmphex(sdl_key_code(SDL_SCANCODE_F11), ==, 0x57);
    g_assert_cmphex(sdl_key_code(SDL_SCANCODE_PAUSE), ==, INPUT_KEY_PAUSE);
    g_assert_cmphex(sdl_key_code(SDL_SCANCODE_PRINTSCREEN), ==, INPUT_KEY_PRINT);
    g_assert_cmphex(sdl_key_code(SDL_SCANCODE_RALT), ==, 0xe038);
    g_assert_cmphex(sdl_key_code(SDL_SCANCODE_UNKNOWN), ==, 0);
    g_assert_cmphex(sdl_key_code((SDL_Scancode)-1), ==, 0);
    g_assert_cmphex(sdl_key_code((SDL_Scancode)100000), ==, 0);
}

/* Every code is one that core/surface.h allows; no two keys share one, but the two backslashes. */
static void test_all(void)
{
    SDL_Scancode by[2][256] = {{SDL_SCANCODE_UNKNOWN}};
    unsigned n = 0;

    for (int key = 0; key < SDL_NUM_SCANCODES; key++) {
        uint16_t code = sdl_key_code((SDL_Scancode)key);
        bool prefixed = code > 0xff;

        if (code == 0 || code == INPUT_KEY_PAUSE) {
            continue;
        }
        n++;
        g_assert_true(prefixed ? code >> 8 == 0xe0 : true);
        g_assert_cmpuint(code & 0xff, <=, 0x7f);
        g_assert_cmpuint(code & 0xff, >=, 1);
        if (code != 0x2b) {
            g_assert_cmpint(by[prefixed][code & 0xff], ==, SDL_SCANCODE_UNKNOWN);
        }
        by[prefixed][code & 0xff] = (SDL_Scancode)key;
    }
    g_assert_cmpuint(n, >=, 104);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdl/keys/rows", test_rows);
    g_test_add_func("/sdl/keys/special", test_special);
    g_test_add_func("/sdl/keys/all", test_all);
    return g_test_run();
}
