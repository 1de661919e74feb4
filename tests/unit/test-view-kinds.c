/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only some viewers ask the machine for: text cells, counters, sound, lights, the pointer. */
#include "core/audio.h"
#include "core/clock.h"
#include "core/stats.h"
#include "core/stats_read.h"
#include "view-rig.h"

#include <fcntl.h>
#include <sys/mman.h>

/* The page of figures, once, for who asks; and its going disturbs nobody. */
static void test_stats(void)
{
    const struct stats_page *page;
    struct view_message m;
    int typist, fd, pixels = -1, got = -1;

    stats_open(1);
    begin();
    typist = viewer();
    press(typist, 0x1e, true);
    fd = viewer();
    while (hear(fd, &m, &pixels) != VIEW_STATUS) {
    }
    close(pixels);
    say(fd, VIEW_WANT, VIEW_WANT_STATS);
    say(fd, VIEW_WANT, VIEW_WANT_STATS);
    serve();
    g_assert_cmpuint(hear(fd, &m, &got), ==, VIEW_STATS);
    g_assert_cmpuint(hear(fd, &m, NULL), ==, 0);
    page = stats_map(got, NULL);
    g_assert_nonnull(page);
    g_assert_cmpuint(page->head.pid, ==, (uint32_t)getpid());
    stats_unmap(page);
    close(got);
    drawn = 1;
    serve(); /* nobody looks: there are no rounds */
    g_assert_cmpuint(hear(fd, &m, NULL), ==, 0);
    close(fd);
    serve();
    g_assert_cmpuint(view_count(), ==, 1);
    g_assert_cmpuint(keys_down, ==, 1);
    close(typist);
    end();
    stats_close();
}

/* The message that a viewer of cells is told next, with nothing of pixels before it. */
static uint32_t hear_cells(int fd, struct view_message *m)
{
    uint32_t type = hear(fd, m, NULL);

    g_assert_cmpuint(type, !=, VIEW_DAMAGE);
    g_assert_cmpuint(type, !=, VIEW_SURFACE);
    return type;
}

/* All of it once, then what changes, a round for each READY. */
static void test_cells(void)
{
    struct view_message m;
    int fd, pixels = -1;

    begin();
    text = (struct surface_cells){.columns = 3, .rows = 2, .cells = {1, 2, 3, 4, 5, 6}};
    fd = viewer();
    while (hear(fd, &m, &pixels)) {
    }
    close(pixels);
    say(fd, VIEW_WANT, VIEW_WANT_CELLS);
    say(fd, VIEW_SHOWN, 1);
    say(fd, VIEW_READY, 0);
    drawn = 1;
    serve_rounds(2);
    g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_MODE);
    g_assert_cmpuint(m.text_mode.columns, ==, 3);
    g_assert_cmpuint(m.text_mode.width, ==, 8);
    for (unsigned y = 0; y < 2; y++) {
        g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_ROW);
        g_assert_cmpuint(m.row.row, ==, y);
        g_assert_cmpuint(m.row.cells[2], ==, y * 3 + 3);
    }
    g_assert_cmpuint(hear_cells(fd, &m), ==, 0);
    text.cells[4] = 7;
    serve_rounds(2);
    g_assert_cmpuint(hear_cells(fd, &m), ==, 0); /* not ready */
    text.cursor = true;
    text.cells[1] = 9;
    serve_rounds(2);
    text.cells[1] = 2; /* as it was: nothing to tell */
    serve_rounds(2);
    say(fd, VIEW_READY, 0);
    serve();
    g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_MODE);
    g_assert_cmpuint(m.text_mode.cursor, ==, 1);
    g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_ROW);
    g_assert_cmpuint(m.row.row, ==, 1);
    g_assert_cmpuint(m.row.cells[1], ==, 7);
    say(fd, VIEW_READY, 0);
    serve_rounds(2);
    g_assert_cmpuint(hear_cells(fd, &m), ==, 0); /* nothing has changed */
    text.columns = 0;                            /* graphics */
    serve_rounds(2);
    g_assert_cmpuint(hear_cells(fd, &m), ==, VIEW_TEXT_MODE);
    g_assert_cmpuint(m.text_mode.columns, ==, 0);
    g_assert_cmpuint(hear_cells(fd, &m), ==, 0);
    say(fd, VIEW_WANT, VIEW_WANT_PIXELS);
    say(fd, VIEW_READY, 0);
    serve_rounds(2);
    g_assert_cmpuint(hear(fd, &m, &pixels), ==, VIEW_SURFACE);
    close(pixels);
    g_assert_cmpuint(hear(fd, &m, NULL), ==, VIEW_DAMAGE);
    close(fd);
    end();
}

/* What the socket has no room for comes later; each row is what it is then. */
static void test_cells_room(void)
{
    struct view_message m;
    int fd, pixels = -1;
    unsigned rows = 0;
    uint32_t type;

    begin();
    text = (struct surface_cells){.columns = 2, .rows = SURFACE_MAX_ROWS};
    fd = viewer_with_room(4096);
    while (hear(fd, &m, &pixels)) {
    }
    close(pixels);
    say(fd, VIEW_WANT, VIEW_WANT_CELLS);
    say(fd, VIEW_SHOWN, 1);
    say(fd, VIEW_READY, 0);
    serve_rounds(2);
    text.cells[2 * SURFACE_MAX_ROWS - 1] = 5;
    for (int i = 0; i < 1000 && rows < SURFACE_MAX_ROWS; i++) {
        while ((type = hear_cells(fd, &m)) != 0) {
            if (type == VIEW_TEXT_ROW) {
                g_assert_cmpuint(m.row.row, ==, rows++);
            }
        }
        serve_rounds(1);
    }
    g_assert_cmpuint(rows, ==, SURFACE_MAX_ROWS);
    g_assert_cmpuint(m.row.cells[1], ==, 5);
    close(fd);
    end();
}

/* Lights and the pointer's kind are told when they change; commands come through. */
static void test_console(void)
{
    struct view_message m = {.type = VIEW_POSITION, .position = {UINT32_MAX, 5}};
    int fd, pixels = -1;

    begin();
    fd = viewer();
    say(fd, VIEW_SHOWN, 1);
    serve();
    while (hear(fd, &m, &pixels)) {
        g_assert_cmpuint(m.type, !=, VIEW_LEDS);
    }
    close(pixels);
    input_set_leds(2);
    input_pointer_on(screen, true);
    serve_rounds(2);
    g_assert_cmpuint(hear(fd, &m, &pixels), ==, VIEW_LEDS);
    g_assert_cmpuint(m.value, ==, 2);
    g_assert_cmpuint(hear(fd, &m, &pixels), ==, VIEW_POINTER);
    g_assert_cmpuint(m.value, ==, 1);
    input_set_leds(0);
    input_pointer_on(screen, false);
    m = (struct view_message){.type = VIEW_POSITION, .position = {UINT32_MAX, 5}};
    g_assert_cmpint(send(fd, &m, sizeof(m), MSG_NOSIGNAL), ==, sizeof(m));
    say(fd, VIEW_COMMAND, VIEW_PAUSE);
    say(fd, VIEW_COMMAND, 99);
    serve();
    g_assert_cmpuint(at_x, ==, INPUT_POSITION_MAX);
    g_assert_cmpuint(at_y, ==, 5);
    g_assert_cmpuint(commands, ==, 1u << VIEW_PAUSE);
    close(fd);
    end();
}

/* Sound goes to who wants it; while nobody does, nothing runs. */
static bool hum(void *opaque, uint64_t first, int32_t *mix)
{
    (void)opaque;
    (void)first;
    for (unsigned i = 0; i < AUDIO_FRAMES * AUDIO_CHANNELS; i++) {
        mix[i] += (int32_t)i;
    }
    return true;
}

static void test_sound(void)
{
    static const struct audio_source_ops ops = {.render = hum};
    struct audio_source hummer = {.ops = &ops};
    struct clock *clock = clock_new(true);
    struct view_message m;
    unsigned packets = 0;
    uint32_t type;
    int fd, pixels = -1;

    begin();
    hummer.dev = screen;
    audio_source_add(&hummer, clock);
    fd = viewer();
    say(fd, VIEW_READY, 0);
    serve();
    g_assert_false(audio_heard());
    g_assert_cmpuint(clock_deadline(clock), ==, TIMER_NEVER);
    say(fd, VIEW_WANT, VIEW_WANT_AUDIO);
    serve();
    g_assert_true(audio_heard());
    clock_step(clock, 4 * AUDIO_PACKET_NS);
    while ((type = hear(fd, &m, &pixels)) != 0) {
        g_assert_cmpuint(type, !=, UINT32_MAX);
        if (type == VIEW_SURFACE) {
            close(pixels);
        } else if (type == VIEW_AUDIO) {
            packets++;
            g_assert_cmpuint(m.audio.frames, ==, VIEW_SAMPLES);
            g_assert_cmpint(m.audio.samples[239], ==, 239);
        }
    }
    g_assert_cmpuint(packets, ==, 4);
    clock_step(clock, NS_PER_SEC); /* it does not read: what has no room is lost */
    serve();
    g_assert_cmpuint(view_count(), ==, 1);
    close(fd);
    serve();
    g_assert_false(audio_heard());
    clock_step(clock, NS_PER_SEC);
    g_assert_cmpuint(clock_deadline(clock), ==, TIMER_NEVER);
    audio_source_remove(&hummer);
    end();
    clock_free(clock);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/stats", test_stats);
    g_test_add_func("/view/cells", test_cells);
    g_test_add_func("/view/cells_room", test_cells_room);
    g_test_add_func("/view/console", test_console);
    g_test_add_func("/view/sound", test_sound);
    return g_test_run();
}
