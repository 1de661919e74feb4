/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keyboard controller: commands, translation, interrupts, A20 and reset. */
#include "core/power.h"
#include "core/surface.h"
#include "hw/input/i8042.h"
#include "tests/unit/stub-board.h"

const struct device_class *const device_classes[] = {&i8042_class, NULL};

struct fixture {
    struct stub *b;
    struct i8042 *d;
    struct irq_line a20;
};

static unsigned resets;

static void on_power(void *opaque, enum power_request what, int code)
{
    (void)opaque;
    (void)code;
    g_assert_cmpint(what, ==, POWER_RESET);
    resets++;
}

static void up(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    resets = 0;
    power_listen(on_power, NULL);
    f->b = stub_new(0);
    irq_line_init(&f->a20, NULL, NULL, 0);
    f->d = i8042_new(&f->b->board, &f->a20, NULL);
    g_assert_nonnull(f->d);
    device_reset(&f->d->dev);
}

static void down(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(device_check(&f->d->dev));
    stub_free(f->b);
}

static void command(struct fixture *f, uint8_t c)
{
    stub_outb(f->b, 0x64, c);
    g_assert_null(device_check(&f->d->dev));
}

static void data(struct fixture *f, uint8_t v)
{
    stub_outb(f->b, 0x60, v);
    g_assert_null(device_check(&f->d->dev));
}

static uint8_t status(struct fixture *f)
{
    return stub_inb(f->b, 0x64);
}

/* Wait for a byte and take it. */
static uint8_t get(struct fixture *f)
{
    for (int i = 0; i < 100 && !(status(f) & 1); i++) {
        clock_step(f->b->board.clock, 100 * NS_PER_US);
    }
    g_assert_true(status(f) & 1);
    return stub_inb(f->b, 0x60);
}

static void nothing(struct fixture *f)
{
    clock_step(f->b->board.clock, 20 * NS_PER_MS);
    g_assert_false(status(f) & 1);
}

static void ccb(struct fixture *f, uint8_t v)
{
    command(f, 0x60);
    data(f, v);
}

static void test_reset(struct fixture *f, gconstpointer u)
{
    (void)u;
    g_assert_cmphex(status(f), ==, 0x18);
    g_assert_true(irq_line_level(&f->a20));
    nothing(f);
    command(f, 0x20);
    g_assert_cmphex(get(f), ==, 0x03);
    command(f, 0xaa);
    g_assert_cmphex(get(f), ==, 0x55);
    g_assert_cmphex(status(f) & 4, ==, 4);
    command(f, 0xa9);
    g_assert_cmphex(get(f), ==, 0);
    command(f, 0xab);
    g_assert_cmphex(get(f), ==, 0);
    command(f, 0xa4);
    g_assert_cmphex(get(f), ==, 0xf1);
    nothing(f);
}

static void test_ram(struct fixture *f, gconstpointer u)
{
    (void)u;
    for (uint8_t n = 1; n < 32; n++) {
        command(f, (uint8_t)(0x60 + n));
        data(f, (uint8_t)(n * 7));
    }
    ccb(f, 0xff);
    for (uint8_t n = 1; n < 32; n++) {
        command(f, (uint8_t)(0x20 + n));
        g_assert_cmphex(get(f), ==, (uint8_t)(n * 7));
    }
    command(f, 0x20);
    g_assert_cmphex(get(f), ==, 0x7f);
    command(f, 0xae);
    command(f, 0xa8);
    command(f, 0x20);
    g_assert_cmphex(get(f), ==, 0x4f);
    command(f, 0xad);
    command(f, 0xa7);
    command(f, 0x20);
    g_assert_cmphex(get(f), ==, 0x7f);
}

static void test_status(struct fixture *f, gconstpointer u)
{
    (void)u;
    ccb(f, 0x44);
    g_assert_cmphex(status(f), ==, 0x14); /* last write was data, SYS from the command byte */
    command(f, 0xd3);
    data(f, 0x77);
    g_assert_cmphex(status(f), ==, 0x35);
    g_assert_cmphex(get(f), ==, 0x77);
    command(f, 0xd2);
    g_assert_cmphex(status(f), ==, 0x1c);
    data(f, 0x66);
    g_assert_cmphex(status(f), ==, 0x15);
    g_assert_cmphex(get(f), ==, 0x66);
    g_assert_cmphex(stub_inb(f->b, 0x60), ==, 0x66); /* EMM386 reads twice */
}

static void test_a20_and_reset(struct fixture *f, gconstpointer u)
{
    (void)u;
    command(f, 0xdd);
    g_assert_false(irq_line_level(&f->a20));
    command(f, 0xdf);
    g_assert_true(irq_line_level(&f->a20));
    command(f, 0xd1);
    data(f, 0xcd);
    g_assert_false(irq_line_level(&f->a20));
    command(f, 0xd0);
    g_assert_cmphex(get(f), ==, 0xcd);
    g_assert_cmpuint(resets, ==, 0);
    command(f, 0xff); /* pulses nothing: HIMEM */
    g_assert_cmpuint(resets, ==, 0);
    command(f, 0xfe);
    g_assert_cmpuint(resets, ==, 1);
    command(f, 0xf0);
    g_assert_cmpuint(resets, ==, 2);
    command(f, 0xd1);
    data(f, 0x02);
    g_assert_cmpuint(resets, ==, 3);
    device_reset(&f->d->dev);
    g_assert_true(irq_line_level(&f->a20));
}

static void test_interrupts(struct fixture *f, gconstpointer u)
{
    (void)u;
    ccb(f, 0x03);
    data(f, 0xee);
    g_assert_true(f->b->level[1]);
    g_assert_false(f->b->level[12]);
    command(f, 0xd0);
    g_assert_cmphex(get(f), ==, 0xee);
    g_assert_true(f->b->level[1]); /* D0h's answer, which saw the bit of EEh */
    g_assert_cmphex(get(f), ==, 0xdf);
    g_assert_false(f->b->level[1]);
    command(f, 0xd4);
    data(f, 0xf2);
    g_assert_true(f->b->level[12]);
    g_assert_cmphex(status(f) & 0x21, ==, 0x21);
    g_assert_cmphex(get(f), ==, 0xfa);
    g_assert_cmphex(get(f), ==, 0x00);
    g_assert_false(f->b->level[12]);
    ccb(f, 0x00);
    data(f, 0xee);
    g_assert_false(f->b->level[1]);
    g_assert_cmphex(get(f), ==, 0xee);
}

static void test_keys(struct fixture *f, gconstpointer u)
{
    unsigned raised;

    (void)u;
    ccb(f, 0x41);
    raised = f->b->raised[1];
    input_key(0x1e, true);
    input_key(0x1e, false);
    input_key(0xe048, true);
    input_key(0xe048, false);
    /* a program that reads twice in one interrupt does not eat the next code */
    g_assert_cmphex(stub_inb(f->b, 0x60), ==, 0x1e);
    g_assert_cmphex(stub_inb(f->b, 0x60), ==, 0x1e);
    g_assert_cmphex(get(f), ==, 0x9e);
    g_assert_cmphex(get(f), ==, 0xe0);
    g_assert_cmphex(get(f), ==, 0x48);
    g_assert_cmphex(get(f), ==, 0xe0);
    g_assert_cmphex(get(f), ==, 0xc8);
    nothing(f);
    g_assert_cmpuint(f->b->raised[1], ==, raised + 6);

    ccb(f, 0x01); /* untranslated: set 2 */
    input_key(0x1e, true);
    input_key(0x1e, false);
    g_assert_cmphex(get(f), ==, 0x1c);
    g_assert_cmphex(get(f), ==, 0xf0);
    g_assert_cmphex(get(f), ==, 0x1c);
    nothing(f);

    command(f, 0xad); /* held back, not lost */
    input_key(0x02, true);
    nothing(f);
    command(f, 0xae);
    g_assert_cmphex(get(f), ==, 0x16);
}

/* Every key in every set comes out as its set-1 code through the translation of set 2. */
static void test_translation(struct fixture *f, gconstpointer u)
{
    (void)u;
    ccb(f, 0x41);
    for (uint16_t k = 1; k < 0x80; k++) {
        if (k == 0x60 || k == 0x61) {
            continue; /* E0h and E1h are prefixes: no such keys */
        }
        input_key(k, true);
        g_assert_cmphex(get(f), ==, k);
        input_key(k, false);
        g_assert_cmphex(get(f), ==, k | 0x80);
    }
    for (uint16_t k = 0x10; k < 0x6e; k++) {
        if (k == (INPUT_KEY_PRINT & 0x7f) || k == 0x60 || k == 0x61) {
            continue;
        }
        input_key(0xe000 | k, true);
        g_assert_cmphex(get(f), ==, 0xe0);
        g_assert_cmphex(get(f), ==, k);
        input_key(0xe000 | k, false);
        g_assert_cmphex(get(f), ==, 0xe0);
        g_assert_cmphex(get(f), ==, k | 0x80);
    }
    data(f, 0xf2); /* identify, translated */
    g_assert_cmphex(get(f), ==, 0xfa);
    g_assert_cmphex(get(f), ==, 0xab);
    g_assert_cmphex(get(f), ==, 0x41);
}

static void test_mouse(struct fixture *f, gconstpointer u)
{
    (void)u;
    ccb(f, 0x23);
    command(f, 0xd4); /* turns the interface on */
    data(f, 0xf4);
    g_assert_cmphex(get(f), ==, 0xfa);
    input_motion(5, 3, 0);
    g_assert_true(f->b->level[12]);
    g_assert_cmphex(get(f), ==, 0x28);
    g_assert_cmphex(get(f), ==, 5);
    g_assert_cmphex(get(f), ==, 0xfd);
    input_buttons(INPUT_LEFT);
    input_buttons(0); /* within one sample: both are seen */
    g_assert_cmphex(get(f), ==, 0x09);
    get(f);
    get(f);
    g_assert_cmphex(get(f), ==, 0x08);
    get(f);
    get(f);
    nothing(f);
    for (int i = 0; i < 1000; i++) { /* samples, not events, make packets */
        input_motion(1, 0, 0);
    }
    for (int sum = 0; sum < 1000;) {
        uint8_t dx;

        get(f);
        dx = get(f);
        g_assert_cmpint(dx, >, 0);
        sum += dx;
        get(f);
    }
    nothing(f);
}

static void test_answers_first(struct fixture *f, gconstpointer u)
{
    (void)u;
    ccb(f, 0x41);
    command(f, 0xad);
    for (int i = 0; i < 4; i++) {
        input_key(0x1e, true);
    }
    command(f, 0x20);
    g_assert_cmphex(get(f), ==, 0x51);
    data(f, 0xed); /* turns the interface on; the ACK overtakes the codes */
    g_assert_cmphex(get(f), ==, 0xfa);
    data(f, 0x02);
    g_assert_cmphex(input_leds(), ==, 2);
    g_assert_cmphex(get(f), ==, 0x1e);
    g_assert_cmphex(get(f), ==, 0xfa);
    g_assert_cmphex(get(f), ==, 0x1e);
}

static void test_state(struct fixture *f, gconstpointer u)
{
    g_autoptr(GByteArray) one = g_byte_array_new(), two = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    struct i8042_state good;

    (void)u;
    g_assert_cmpuint(state_layout_gap(i8042_class.state), ==, SIZE_MAX);
    ccb(f, 0x43);
    command(f, 0xd4);
    data(f, 0xf4);
    get(f);
    input_key(0x1e, true);
    input_motion(100, 100, 0);
    device_save(&f->d->dev, one);
    device_reset(&f->d->dev);
    g_assert_false(f->b->level[1]);
    g_assert_true(device_load(&f->d->dev, one->data, one->len, &error));
    device_save(&f->d->dev, two);
    g_assert_cmpmem(one->data, one->len, two->data, two->len);
    g_assert_true(f->b->level[1]);
    g_assert_cmphex(get(f), ==, 0x1e);
    g_assert_cmphex(get(f), ==, 0x28);

    good = f->d->s;
#define REFUSED(change)                                                                            \
    f->d->s = good;                                                                                \
    f->d->s.change;                                                                                \
    g_assert_nonnull(device_check(&f->d->dev))
    REFUSED(kbd.q.events.h.len = 18); /* CVE-2017-16845 */
    REFUSED(kbd.q.events.h.len = 0xffffffff);
    REFUSED(kbd.q.events.h.head = 48);
    REFUSED(kbd.q.reply.h.len = 17);
    REFUSED(kbd.q.reply.h.head = 16);
    REFUSED(kbd.q.phase = 0x01);
    REFUSED(kbd.q.tries = 1);
    REFUSED(kbd.set = 0);
    REFUSED(kbd.set = 4);
    REFUSED(kbd.leds = 8);
    REFUSED(kbd.typematic = 0x80);
    REFUSED(kbd.print = 4);
    REFUSED(mouse.q.events.h.len = 33);
    REFUSED(mouse.rate = 0);
    REFUSED(mouse.id = 1);
    REFUSED(mouse.resolution = 4);
    REFUSED(mouse.dx = INT32_MIN);
    REFUSED(mouse.dy = INT32_MAX);
    REFUSED(mouse.dz = 128);
    REFUSED(mouse.buttons = 0x20);
    REFUSED(mouse.wrap = 2);
    REFUSED(answers.h.len = 9);
    REFUSED(loop.h.head = 8);
    REFUSED(command = 0xaa);
    REFUSED(ram[0] = 0x80);
    REFUSED(full = 2);
    REFUSED(release = 2);
    REFUSED(pad[3] = 1);
    f->d->s = good;
}

static void test_random(struct fixture *f, gconstpointer u)
{
    (void)u;
    for (int i = 0; i < 300000; i++) {
        uint8_t byte = (uint8_t)g_test_rand_int();
        int32_t move = g_test_rand_int_range(INT32_MIN, INT32_MAX);

        switch (g_test_rand_int_range(0, 9)) {
        case 0:
            command(f, byte);
            break;
        case 1:
        case 2:
            data(f, byte);
            break;
        case 3:
            command(f, 0xd4);
            data(f, byte | 0xe0);
            break;
        case 4:
            input_key((uint16_t)(byte & 0x80 ? 0xe000 | (byte & 0x7f) : byte), move & 1);
            break;
        case 5:
            input_motion(move, -(move + 1), move >> 3);
            break;
        case 6:
            input_buttons(byte);
            break;
        case 7:
            clock_step(f->b->board.clock, (uint64_t)byte * 10000);
            break;
        default:
            stub_inb(f->b, byte & 1 ? 0x60 : 0x64);
            break;
        }
        g_assert_null(device_check(&f->d->dev));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/i8042/" #name, struct fixture, NULL, up, test_##name, down)
    ADD(reset);
    ADD(ram);
    ADD(status);
    ADD(a20_and_reset);
    ADD(interrupts);
    ADD(keys);
    ADD(translation);
    ADD(mouse);
    ADD(answers_first);
    ADD(state);
    ADD(random);
    return g_test_run();
}
