/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine for viewers to look at, of which nothing is there but what viewers see: its screen,
 * lights, sound and counters are what stdin says, line by line, and what a viewer does is a line on
 * stdout. It is found by its name "fake", as any machine of the user.
 */
#include "core/stats.h"
#include "tests/unit/stub-board.h"
#include "ui/server_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RATE 48000.0

const struct device_class *const device_classes[] = {NULL};
static const struct device_class console_class = {.name = "console", .size = sizeof(struct device)};

static struct {
    struct device *console;
    unsigned width, height, seed;
    bool redraw;
    char state[32];
    char line[256];
    size_t len;
    struct stats_net *net;
    struct stats_disk *disk;
    double phase;
} fake = {.width = 480, .height = 320, .seed = 1, .redraw = true};

/* -- what viewers see -- */

/* No two pixels beside each other are alike, and none is black. */
static uint32_t color(unsigned x, unsigned y)
{
    return ((x * 2654435761u) ^ (y * 40503u * 65537u) ^ (fake.seed * 97u)) >> 8 | 0x010101;
}

static void refresh(void *opaque, bool full)
{
    struct surface *s = surface_resize(fake.width, fake.height);

    (void)opaque;
    (void)full;
    if (s && fake.redraw) {
        for (unsigned y = 0; y < s->height; y++) {
            for (unsigned x = 0; x < s->width; x++) {
                s->pixels[y * s->stride / 4 + x] = color(x, y);
            }
        }
        surface_damage(0, 0, s->width, s->height);
        fake.redraw = false;
    }
}

static void dump(const char *path)
{
    const struct surface *s = surface_current();
    FILE *f = fopen(path, "wb");

    if (f) {
        fprintf(f, "P6\n%u %u\n255\n", s->width, s->height);
        for (unsigned y = 0; y < s->height; y++) {
            for (unsigned x = 0; x < s->width; x++) {
                uint32_t p = s->pixels[y * s->stride / 4 + x];
                unsigned char rgb[3] = {(uint8_t)(p >> 16), (uint8_t)(p >> 8), (uint8_t)p};

                fwrite(rgb, 1, 3, f);
            }
        }
        fclose(f);
        puts("dumped");
    }
}

/* A tone for all who want to hear, so many milliseconds at once. */
static void sound(unsigned ms, unsigned hz)
{
    for (unsigned frames = ms * (unsigned)RATE / 1000; frames >= VIEW_SAMPLES;
         frames -= VIEW_SAMPLES) {
        struct view_message m = {.type = VIEW_AUDIO, .audio.frames = VIEW_SAMPLES};

        for (unsigned i = 0; i < VIEW_SAMPLES; i++) {
            m.audio.samples[2 * i] = m.audio.samples[2 * i + 1] =
                (int16_t)(10000 * sin(fake.phase));
            fake.phase += 2 * M_PI * hz / RATE;
        }
        for (unsigned i = 0; i < view_server.viewers->len; i++) {
            struct viewer *v = view_server.viewers->pdata[i];

            if (v->wants & VIEW_WANT_AUDIO) {
                viewer_send(v, &m, -1);
            }
        }
    }
}

/* -- what viewers do -- */

static void key(void *opaque, uint16_t code, bool down)
{
    (void)opaque;
    printf("key %x %s\n", code, down ? "down" : "up");
}

static void motion(void *opaque, int32_t dx, int32_t dy, int32_t dz)
{
    (void)opaque;
    printf("motion %d %d %d\n", dx, dy, dz);
}

static void buttons(void *opaque, uint32_t held)
{
    (void)opaque;
    printf("buttons %u\n", held);
}

/* As a guest scales it, to a pixel of its screen. */
static void position(void *opaque, uint32_t x, uint32_t y)
{
    (void)opaque;
    printf("position %u %u\n", x * (fake.width - 1) / INPUT_POSITION_MAX,
           y * (fake.height - 1) / INPUT_POSITION_MAX);
}

static void command(void *opaque, enum view_command c)
{
    (void)opaque;
    printf("command %d\n", c);
}

static const char *state(void *opaque)
{
    (void)opaque;
    return fake.state[0] ? fake.state : NULL;
}

/* -- what it is told -- */

static void obey(const char *line)
{
    unsigned a = 0, b = 0;
    char text[200] = "";

    if (sscanf(line, "mode %u %u", &a, &b) == 2) {
        fake.width = a;
        fake.height = b;
        fake.redraw = true;
    } else if (sscanf(line, "seed %u", &a) == 1) {
        fake.seed = a;
        fake.redraw = true;
    } else if (sscanf(line, "dump %199s", text) == 1) {
        dump(text);
    } else if (sscanf(line, "leds %u", &a) == 1) {
        input_set_leds((uint8_t)a);
    } else if (sscanf(line, "absolute %u", &a) == 1) {
        input_pointer_on(fake.console, a != 0);
    } else if (strcmp(line, "traffic disk") == 0 && fake.disk) {
        fake.disk->reads++;
    } else if (strcmp(line, "traffic net") == 0 && fake.net) {
        fake.net->rx_frames++;
    } else if (sscanf(line, "sound %u %u", &a, &b) == 2) {
        sound(a, b);
    } else if (g_str_has_prefix(line, "state")) {
        g_strlcpy(fake.state, line[5] ? line + 6 : "", sizeof(fake.state));
        view_status_changed();
    } else if (strcmp(line, "quit") == 0) {
        loop_quit();
    } else {
        printf("unknown: %s\n", line);
    }
}

static gboolean on_stdin(int fd, GIOCondition cond, void *opaque)
{
    char c;

    (void)cond;
    (void)opaque;
    if (read(fd, &c, 1) != 1) {
        loop_quit();
        return false;
    }
    if (c == '\n') {
        fake.line[fake.len] = 0;
        fake.len = 0;
        obey(fake.line);
    } else if (fake.len < sizeof(fake.line) - 1) {
        fake.line[fake.len++] = c;
    }
    return true;
}

int main(void)
{
    static const struct surface_source_ops source = {.refresh = refresh};
    static const struct input_sink_ops sink = {
        .key = key, .motion = motion, .buttons = buttons, .position = position};
    static const struct view_config cfg = {.name = "fake", .status = state, .command = command};
    struct stub *stub = stub_new(0);
    unsigned watch;

    setvbuf(stdout, NULL, _IOLBF, 0);
    stats_open(1);
    fake.net = stats_net("net");
    fake.disk = stats_disk("disk");
    fake.console = device_new(&console_class, NULL);
    if (!device_realize(fake.console, &stub->board, NULL) ||
        !surface_attach(fake.console, &source, NULL) || !input_attach(fake.console, &sink, NULL)) {
        return EXIT_FAILURE;
    }
    view_init(&cfg);
    view_listen();
    watch = loop_watch(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_stdin, NULL);
    puts("ready");
    loop_run();
    loop_unwatch(&watch);
    view_close_all();
    return EXIT_SUCCESS;
}
