/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the guest's screen is in its window. */
#include "ui/view/sdl.h"

#include <glib.h>

static const struct scale_pan nowhere;

static struct scale_fit fit(enum scale_mode mode, uint32_t w, uint32_t h)
{
    return scale_fit(mode, 640, 400, w, h, nowhere);
}

static void is(struct scale_fit f, int32_t x, int32_t y, uint32_t w, uint32_t h)
{
    g_assert_cmpint(f.x, ==, x);
    g_assert_cmpint(f.y, ==, y);
    g_assert_cmpuint(f.width, ==, w);
    g_assert_cmpuint(f.height, ==, h);
}

static void test_modes(void)
{
    is(fit(SCALE_FIT, 640, 400), 0, 0, 640, 400);
    is(fit(SCALE_FIT, 1000, 400), 180, 0, 640, 400);
    is(fit(SCALE_FIT, 320, 400), 0, 100, 320, 200);
    is(fit(SCALE_FREE, 123, 456), 0, 0, 123, 456);
    is(fit(SCALE_INTEGER, 1300, 1000), 10, 100, 1280, 800);
    is(fit(SCALE_INTEGER, 1279, 1000), 319, 300, 640, 400);
    is(fit(SCALE_INTEGER, 320, 200), 0, 0, 320, 200); /* no multiple fits */
    is(fit(SCALE_ONE, 1000, 500), 180, 50, 640, 400);
    is(fit(SCALE_FIT, 0, 0), 0, 0, 1, 1);
    is(scale_fit(SCALE_FIT, 0, 0, 100, 50, nowhere), 25, 0, 50, 50);
}

/* 1:1 in a window that is too small: both ends can be seen, nothing beyond them. */
static void test_pan(void)
{
    is(scale_fit(SCALE_ONE, 640, 400, 440, 100, (struct scale_pan){0, 0}), 0, 0, 640, 400);
    is(scale_fit(SCALE_ONE, 640, 400, 440, 100, (struct scale_pan){1000, 500}), -200, -150, 640,
       400);
    is(scale_fit(SCALE_ONE, 640, 400, 440, 100, (struct scale_pan){5000, 1000}), -200, -300, 640,
       400);
}

/* Each pixel of a guest that scales back is found from the window, both ends included. */
static void test_position(void)
{
    static const uint32_t sizes[] = {1, 2, 320, 640, 719, 720, 1024, 4096};

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        uint32_t n = sizes[i];

        for (uint32_t x = 0; x < n; x++) {
            uint32_t p = scale_position((int)x + 7, 7, n);

            g_assert_cmpuint(p * (n - 1) / INPUT_POSITION_MAX, ==, x);
            g_assert_cmpuint((uint64_t)p * n / (INPUT_POSITION_MAX + 1), ==, x);
        }
        g_assert_cmpuint(scale_position(-100, 7, n), ==, 0);
        g_assert_cmpuint(scale_position(100000, 7, n), ==, n > 1 ? INPUT_POSITION_MAX : 0);
    }
}

static void test_rect(void)
{
    struct scale_fit f = fit(SCALE_INTEGER, 1280, 800);
    struct surface_rect r = {10, 20, 3, 4};
    pixman_box32_t b = scale_rect(&f, &r);

    g_assert_cmpint(b.x1, ==, 20);
    g_assert_cmpint(b.y1, ==, 40);
    g_assert_cmpint(b.x2, ==, 26);
    g_assert_cmpint(b.y2, ==, 48);
    f = scale_fit(SCALE_ONE, 640, 400, 100, 100, (struct scale_pan){1000, 0});
    b = scale_rect(&f, &r);
    g_assert_cmpint(b.x1, ==, 10 - 540);
    g_assert_cmpint(b.y2, ==, 24);
    f = fit(SCALE_FIT, 1000, 625); /* interpolated: its neighbours, too */
    b = scale_rect(&f, &r);
    g_assert_cmpint(b.x1, <, 15);
    g_assert_cmpint(b.x2, >, 21);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scale/modes", test_modes);
    g_test_add_func("/scale/pan", test_pan);
    g_test_add_func("/scale/position", test_position);
    g_test_add_func("/scale/rect", test_rect);
    return g_test_run();
}
