/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mixer, the PC speaker behind the 8254, and what counter 2 was in between. */
#include "core/audio.h"
#include "hw/timer/i8254.h"
#include "hw/timer/port61.h"
#include "ui/wav.h"
#include "tests/unit/chip-test.h"

#include <glib/gstdio.h>
#include <math.h>

const struct device_class *const device_classes[] = {&i8254_class, &port61_class, NULL};

#define SECONDS 3u

static struct stub *s;
static struct i8254 *pit;

/* What one listener heard, at its place in guest time. */
struct ear {
    struct audio_listener l;
    int16_t left[SECONDS * AUDIO_HZ];
    uint64_t packets, end;
    bool same; /* both channels */
};

static struct ear ear;

static void heard(void *opaque, uint64_t first, const int16_t *samples)
{
    struct ear *e = opaque;

    g_assert_cmpuint(first, >=, e->end);
    e->end = first + AUDIO_FRAMES;
    e->packets++;
    for (unsigned i = 0; i < AUDIO_FRAMES && first + i < G_N_ELEMENTS(e->left); i++) {
        e->left[first + i] = samples[2 * i];
        e->same &= samples[2 * i] == samples[2 * i + 1];
    }
}

static void begin(bool listen)
{
    s = stub_new(0);
    pit = i8254_new(&s->board, &s->board.gsi[0], NULL);
    g_assert_nonnull(pit);
    device_reset(&pit->dev);
    memset(&ear, 0, sizeof(ear));
    ear = (struct ear){.l = {.packet = heard, .opaque = &ear}, .same = true};
    if (listen) {
        audio_listen(&ear.l);
        clock_step(s->board.clock, 10 * NS_PER_MS);
    }
}

static void end(void)
{
    g_assert_true(ear.same);
    g_assert_null(device_check(&pit->dev));
    audio_unlisten(&ear.l);
    stub_free(s);
}

static void step_us(uint64_t us)
{
    clock_step(s->board.clock, us * NS_PER_US);
}

static void tone(uint8_t control, uint16_t count)
{
    stub_outb(s, 0x43, (uint8_t)(0x80 | control));
    stub_outb(s, 0x42, (uint8_t)count);
    stub_outb(s, 0x42, (uint8_t)(count >> 8));
}

static void port61(uint8_t v)
{
    stub_outb(s, 0x61, v);
}

static bool idle(void)
{
    return clock_deadline(s->board.clock) == TIMER_NEVER;
}

/* Changes of sign in [from, to) ms that go beyond what is nothing. */
static unsigned crossings(unsigned from, unsigned to)
{
    unsigned n = 0;
    int sign = 0;

    for (unsigned i = from * 48; i < to * 48; i++) {
        int now = ear.left[i] > 500 ? 1 : ear.left[i] < -500 ? -1 : sign;

        n += sign && now != sign;
        sign = now;
    }
    return n;
}

static int peak(unsigned from, unsigned to)
{
    int max = 0;

    for (unsigned i = from * 48; i < to * 48; i++) {
        max = MAX(max, ABS(ear.left[i]));
    }
    return max;
}

/* A4 for half a second; then nothing runs any more. */
static void test_square(void)
{
    begin(true);
    g_assert_true(idle());
    g_assert_cmpuint(ear.packets, ==, 1); /* to find that there is nothing */
    clock_set(s->board.clock, 100 * NS_PER_MS);
    tone(0x36, 2712); /* 439.96 Hz */
    port61(3);
    step_us(500000);
    port61(0);
    step_us(1000000);
    g_assert_true(idle());
    g_assert_cmpuint(crossings(100, 600), >=, 438);
    g_assert_cmpuint(crossings(100, 600), <=, 441);
    g_assert_cmpint(peak(0, 99), ==, 0);
    g_assert_cmpint(peak(300, 600), >, 4000); /* as loud as said: 8192 from peak to peak */
    g_assert_cmpint(peak(300, 600), <, 4400); /* and 5% for the slope of the high pass */
    g_assert_cmpint(peak(900, 1500), <=, 1);
    g_assert_cmpuint(ear.packets, >, 200);
    g_assert_cmpuint(ear.packets, <, 350);
    end();
}

/* A beep of 3 ms, off the grid of packets, is as long and stands where it was. */
static void test_short(void)
{
    unsigned first = 0, last = 0;

    begin(true);
    clock_set(s->board.clock, 100 * NS_PER_MS + 1300 * NS_PER_US);
    tone(0x36, 1193);
    port61(3);
    step_us(3000);
    port61(0);
    step_us(500000);
    for (unsigned i = 0; i < 200 * 48; i++) {
        if (ABS(ear.left[i]) > 2000) {
            first = first ? first : i;
            last = i;
        }
    }
    g_assert_cmpuint(first, >=, 4862);
    g_assert_cmpuint(first, <=, 4864);
    g_assert_cmpuint(last - first, >=, 118);
    g_assert_cmpuint(last - first, <=, 146);
    g_assert_true(idle());
    end();
}

/* A melody: each note from its own moment. */
static void test_melody(void)
{
    static const uint16_t counts[] = {1193, 2386, 4772, 597};

    begin(true);
    clock_set(s->board.clock, 100 * NS_PER_MS);
    port61(3);
    for (unsigned i = 0; i < 4; i++) {
        tone(0x36, counts[i]);
        step_us(100000);
    }
    port61(0);
    step_us(600000);
    g_assert_cmpint((int)crossings(102, 198), >=, 190);
    g_assert_cmpint((int)crossings(102, 198), <=, 193);
    g_assert_cmpint((int)crossings(202, 298), >=, 95);
    g_assert_cmpint((int)crossings(202, 298), <=, 97);
    g_assert_cmpint((int)crossings(302, 398), >=, 47);
    g_assert_cmpint((int)crossings(302, 398), <=, 49);
    g_assert_cmpint((int)crossings(402, 498), >=, 380);
    g_assert_cmpint((int)crossings(402, 498), <=, 385);
    end();
}

/* The speaker's bit by itself, as programs without the timer use it. */
static void test_bit(void)
{
    begin(true);
    clock_set(s->board.clock, 100 * NS_PER_MS);
    tone(0x36, 0); /* its gate is low: OUT is high */
    for (unsigned i = 0; i < 400; i++) {
        port61(i & 1 ? 0 : 2);
        step_us(500);
    }
    step_us(600000);
    g_assert_cmpint((int)crossings(100, 300), >=, 395);
    g_assert_cmpint((int)crossings(100, 300), <=, 400);
    g_assert_cmpint(peak(200, 300), >, 3500);
    g_assert_true(idle());
    end();
}

/* How much of a frequency there is in [from, to) ms. */
static double strength(unsigned from, unsigned to, double hz)
{
    double re = 0, im = 0;

    for (unsigned i = from * 48; i < to * 48; i++) {
        re += ear.left[i] * cos(2 * G_PI * hz * i / AUDIO_HZ);
        im += ear.left[i] * sin(2 * G_PI * hz * i / AUDIO_HZ);
    }
    return 2 * sqrt(re * re + im * im) / ((to - from) * 48);
}

/* Digitised sound: a pulse for each sample, 18 kHz, as long as it is low. */
static void test_pulses(void)
{
    const unsigned rate = 18000;

    begin(true);
    clock_set(s->board.clock, 100 * NS_PER_MS);
    stub_outb(s, 0x43, 0x90); /* mode 0, low byte */
    port61(3);
    for (unsigned i = 0; i < rate / 2; i++) {
        clock_set(s->board.clock, 100 * NS_PER_MS + i * NS_PER_SEC / rate);
        stub_outb(s, 0x42, (uint8_t)(33 + 25 * sin(2 * G_PI * 700 * i / rate)));
    }
    port61(0);
    step_us(600000);
    /* 25 of 66.3 ticks either way: of 8192, the amplitude is 3089; a frame is 2.7 of a sample */
    g_assert_cmpfloat(strength(200, 500, 700), >, 2700);
    g_assert_cmpfloat(strength(200, 500, 700), <, 3300);
    g_assert_cmpfloat(strength(200, 500, 1400), <, 150);
    g_assert_cmpfloat(strength(200, 500, 2100), <, 150);
    g_assert_cmpfloat(strength(200, 500, 330), <, 150);
    g_assert_true(idle());
    end();
}

/* Without a listener nothing runs; one that comes into a tone hears it, one that goes ends it. */
static void test_listeners(void)
{
    static struct ear other;

    begin(false);
    tone(0x36, 1193);
    port61(3);
    step_us(500000);
    g_assert_true(idle());
    g_assert_cmpuint(ear.packets, ==, 0);
    audio_listen(&ear.l);
    step_us(100000);
    g_assert_cmpint((int)crossings(502, 598), >=, 186);
    other = (struct ear){.l = {.packet = heard, .opaque = &other}, .same = true};
    audio_listen(&other.l);
    step_us(100000);
    g_assert_cmpuint(other.packets, ==, 40);
    audio_unlisten(&ear.l);
    step_us(100000);
    g_assert_cmpuint(ear.packets, >=, 79);
    g_assert_cmpuint(ear.packets, <=, 81);
    g_assert_cmpuint(other.packets, ==, 80);
    audio_unlisten(&other.l);
    step_us(100000);
    g_assert_true(idle());
    stub_outb(s, 0x61, 0);
    stub_outb(s, 0x61, 3);
    g_assert_true(idle());
    end();
}

/* Ultrasound, and a tone that cannot be: a level at most, and no end of work. */
static void test_extremes(void)
{
    static const uint8_t controls[] = {0x30, 0x32, 0x34, 0x36, 0x38, 0x3a, 0x37};

    begin(true);
    for (unsigned i = 0; i < G_N_ELEMENTS(controls); i++) {
        for (unsigned count = 0; count < 4; count++) {
            tone(controls[i], (uint16_t)count);
            port61(3);
            step_us(3000);
            port61(2);
            step_us(1000);
        }
    }
    port61(0);
    step_us(600000);
    g_assert_cmpint(peak(0, 500), <=, 8192);
    g_assert_true(idle());
    end();
}

/* A reset ends it; a state that sounds goes on sounding. */
static void test_life(void)
{
    g_autoptr(GByteArray) saved = NULL;

    begin(true);
    clock_set(s->board.clock, 100 * NS_PER_MS);
    tone(0x36, 1193);
    port61(3);
    step_us(100000);
    saved = chip_save(&pit->dev);
    device_reset(&pit->dev);
    step_us(500000);
    g_assert_true(idle());
    g_assert_cmpint(peak(300, 700), <=, 8);
    g_assert_true(device_load(&pit->dev, saved->data, saved->len, NULL));
    step_us(100000);
    g_assert_cmpint((int)crossings(702, 798), >=, 186);
    end();
}

/* Two at once, beyond the range. */
static bool loud(void *opaque, uint64_t first, int32_t *mix)
{
    unsigned *left = opaque;

    (void)first;
    for (unsigned i = 0; i < AUDIO_FRAMES * AUDIO_CHANNELS; i++) {
        mix[i] += i % 8 < 4 ? 30000 : -30000;
    }
    return --*left > 0;
}

static void test_mixer(void)
{
    static const struct audio_source_ops ops = {.render = loud};
    unsigned left[2] = {3, 5};
    struct audio_source a, b;

    begin(true);
    a = (struct audio_source){.dev = &pit->dev, .ops = &ops, .opaque = &left[0]};
    b = (struct audio_source){.dev = &pit->dev, .ops = &ops, .opaque = &left[1]};
    clock_set(s->board.clock, 100 * NS_PER_MS);
    audio_source_add(&a, s->board.clock);
    audio_source_add(&b, s->board.clock);
    step_us(100000);
    g_assert_true(idle());
    g_assert_cmpuint(ear.packets, ==, 6);
    g_assert_cmpint(ear.left[4800], ==, INT16_MAX);
    g_assert_cmpint(ear.left[4802], ==, INT16_MIN);
    g_assert_cmpint(ear.left[4800 + 3 * 120], ==, 30000);
    audio_source_remove(&a);
    audio_source_remove(&b);
    end();
}

/* The level of counter 2 over a span is that of its ticks one by one, whatever it counts. */
static void test_spans(void)
{
    g_autoptr(GRand) r = g_rand_new_with_seed(1193182);
    uint64_t t = TICK_BIAS + 1000;
    struct i8254_counter c = {.access = 1, .gate = 1, .seen = t};

    for (unsigned i = 0; i < 20000; i++) {
        uint64_t to = t + (uint64_t)g_rand_int_range(r, 0, 60), sum = 0;
        struct i8254_counter copy = c, each = c;

        for (uint64_t at = t; at < to; at++) {
            i8254_advance(&each, at);
            sum += i8254_out(&each, at);
        }
        g_assert_cmpuint(i8254_high(&copy, t, to), ==, sum);
        t = to;
        i8254_advance(&c, t);
        switch (g_rand_int(r) % 8) {
        case 0:
            i8254_control(&c, (uint8_t)(0x10 | g_rand_int_range(r, 0, 8) << 1));
            break;
        case 1:
            i8254_gate(&c, t, g_rand_boolean(r));
            break;
        case 2:
            i8254_write(&c, t, (uint8_t)g_rand_int_range(r, 0, 256));
            break;
        default:
            i8254_write(&c, t, (uint8_t)g_rand_int_range(r, 1, 30));
            break;
        }
    }
}

/* -- port 61h beside a timer of the hypervisor's -- */

static struct {
    uint64_t at;
    uint32_t count;
    uint8_t mode;
    unsigned asked;
} there;

static bool counter2(void *opaque, struct pc_counter *out)
{
    (void)opaque;
    there.asked++;
    *out = (struct pc_counter){.stamp = there.at,
                               .age_ns = clock_now(s->board.clock) - there.at,
                               .count = there.count,
                               .mode = there.mode};
    return true;
}

static void load(uint8_t mode, uint32_t count)
{
    there.at = clock_now(s->board.clock);
    there.mode = mode;
    there.count = count;
}

static struct port61 *begin_port61(void)
{
    struct port61 *p;

    s = stub_new(0);
    memset(&there, 0, sizeof(there));
    there.mode = 0xff;
    p = port61_new(&s->board, counter2, NULL, NULL);
    g_assert_nonnull(p);
    device_reset(&p->dev);
    ear = (struct ear){.l = {.packet = heard, .opaque = &ear}, .same = true};
    audio_listen(&ear.l);
    clock_set(s->board.clock, 100 * NS_PER_MS);
    g_assert_true(idle());
    return p;
}

static void end_port61(struct port61 *p)
{
    g_assert_null(device_check(&p->dev));
    audio_unlisten(&ear.l);
    stub_free(s);
}

static void test_port61(void)
{
    struct port61 *p = begin_port61();

    g_assert_cmphex(stub_inb(s, 0x61) & 0x2f, ==, 0x20);
    load(3, 1193);
    port61(3);
    step_us(50700);
    load(3, 2386); /* nobody tells, but it is heard from here on */
    step_us(49300);
    port61(0);
    step_us(700000);
    g_assert_true(idle());
    g_assert_cmpint((int)crossings(105, 150), >=, 86);
    g_assert_cmpint((int)crossings(105, 150), <=, 90);
    g_assert_cmpint((int)crossings(152, 200), >=, 46);
    g_assert_cmpint((int)crossings(152, 200), <=, 49);
    g_assert_cmpint(peak(0, 100), ==, 0);
    g_assert_cmpint(peak(600, 800), <=, 1);
    there.asked = 0;
    step_us(500000);
    g_assert_cmpuint(there.asked, ==, 0);
    port61(3); /* with a count that is there already */
    step_us(100000);
    g_assert_cmpint(peak(1440, 1500), >, 3000);
    device_reset(&p->dev);
    step_us(500000);
    g_assert_true(idle());
    end_port61(p);
}

/* How Linux and BIOSes measure time: one shot, OUT2 in the port. */
static void test_out2(void)
{
    struct port61 *p = begin_port61();

    port61(1);
    load(0, 1193);
    g_assert_cmphex(stub_inb(s, 0x61) & 0x2f, ==, 0x01);
    step_us(990);
    g_assert_cmphex(stub_inb(s, 0x61) & 0x2f, ==, 0x01);
    step_us(20);
    g_assert_cmphex(stub_inb(s, 0x61) & 0x2f, ==, 0x21);
    load(3, 1193);
    g_assert_cmphex(stub_inb(s, 0x61) & 0x2f, ==, 0x21);
    step_us(700);
    g_assert_cmphex(stub_inb(s, 0x61) & 0x2f, ==, 0x01);
    port61(0); /* OUT is high without the gate, and starts anew with it */
    g_assert_cmphex(stub_inb(s, 0x61) & 0x2f, ==, 0x20);
    step_us(900);
    port61(1);
    step_us(400);
    g_assert_cmphex(stub_inb(s, 0x61) & 0x2f, ==, 0x21);
    step_us(200);
    g_assert_cmphex(stub_inb(s, 0x61) & 0x2f, ==, 0x01);
    end_port61(p);
}

static void test_port61_life(void)
{
    struct port61 *p = begin_port61();

    g_assert_cmpuint(state_layout_gap(port61_class.state), ==, SIZE_MAX);
    chip_reset_twice(&p->dev);
    for (uint8_t i = 0; i < 40; i++) {
        load(i % 7, i * 50u);
        chip_walk(s, &p->dev, i, 100);
    }
    p->s.bits = 4;
    g_assert_nonnull(device_check(&p->dev));
    p->s.bits = 0;
    p->s.gate_at = UINT64_MAX;
    g_assert_nonnull(device_check(&p->dev));
    p->s.gate_at = 0;
    end_port61(p);
}

/* -- a file -- */

static uint32_t number(const char *data, size_t at, unsigned bytes)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < bytes; i++) {
        v |= (uint32_t)(uint8_t)data[at + i] << 8 * i;
    }
    return v;
}

/* Two beeps with a second between them: as long, as apart, and as loud. */
static void test_wav(void)
{
    g_autofree char *dir = g_dir_make_tmp("vmx-dm-wav-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "a.wav", NULL);
    g_autofree char *data = NULL;
    g_autoptr(GError) error = NULL;
    struct wav *w;
    gsize len;

    begin(false);
    g_assert_null(wav_open("/nowhere/a.wav", &error));
    g_assert_nonnull(strstr(error->message, "/nowhere/a.wav: No such file"));
    g_clear_error(&error);
    w = wav_open(path, &error);
    g_assert_no_error(error);
    clock_set(s->board.clock, 500 * NS_PER_MS);
    for (unsigned i = 0; i < 2; i++) {
        tone(0x36, 1193);
        port61(3);
        step_us(100000);
        port61(0);
        step_us(900000);
    }
    g_assert_true(idle());
    wav_close(w);
    g_assert_true(g_file_get_contents(path, &data, &len, NULL));
    g_assert_cmpmem(data, 4, "RIFF", 4);
    g_assert_cmpuint(number(data, 4, 4), ==, len - 8);
    g_assert_cmpmem(data + 8, 8, "WAVEfmt ", 8);
    g_assert_cmpuint(number(data, 20, 2), ==, 1);
    g_assert_cmpuint(number(data, 22, 2), ==, 2);
    g_assert_cmpuint(number(data, 24, 4), ==, 48000);
    g_assert_cmpuint(number(data, 40, 4), ==, len - 44);
    g_assert_cmpuint(len, >, 44 + 4 * (48000 + 4800));
    g_assert_cmpuint(len, <, 44 + 4 * (48000 + 4800 + 12000));
    for (unsigned i = 0; i < G_N_ELEMENTS(ear.left) && 48u + 4 * i < len; i++) {
        ear.left[i] = (int16_t)number(data, 44 + 4 * (size_t)i, 2);
    }
    g_assert_cmpint((int)crossings(0, 100), >=, 195);
    g_assert_cmpint((int)crossings(1000, 1100), >=, 195);
    g_assert_cmpint(peak(500, 999), ==, 0);
    g_unlink(path);
    g_rmdir(dir);
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/audio/square", test_square);
    g_test_add_func("/audio/short", test_short);
    g_test_add_func("/audio/melody", test_melody);
    g_test_add_func("/audio/bit", test_bit);
    g_test_add_func("/audio/pulses", test_pulses);
    g_test_add_func("/audio/listeners", test_listeners);
    g_test_add_func("/audio/extremes", test_extremes);
    g_test_add_func("/audio/life", test_life);
    g_test_add_func("/audio/mixer", test_mixer);
    g_test_add_func("/audio/spans", test_spans);
    g_test_add_func("/audio/port61", test_port61);
    g_test_add_func("/audio/out2", test_out2);
    g_test_add_func("/audio/port61-life", test_port61_life);
    g_test_add_func("/audio/wav", test_wav);
    return g_test_run();
}
