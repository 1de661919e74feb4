/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The DMA controllers against the 8237A datasheet. */
#include "hw/dma/i8257.h"
#include "tests/unit/chip-test.h"

#define RAM_SIZE (UINT64_C(4) << 20)

const struct device_class *const device_classes[] = {&i8257_class, NULL};

static struct stub *s;
static struct i8257 *dma;
static unsigned runs[8];

static void on_run(void *opaque)
{
    unsigned *n = opaque;

    g_assert_true(lock_held(&s->board.isa_dma_lock));
    g_assert_true(i8257_ready(dma, (unsigned)(n - runs)));
    ++*n;
}

static void setup(void)
{
    s = stub_new(RAM_SIZE);
    dma = i8257_new(&s->board, NULL);
    g_assert_nonnull(dma);
    g_assert_true(dma->dev.lock == &s->board.isa_dma_lock);
    device_reset(&dma->dev);
    for (unsigned ch = 0; ch < 8; ch++) {
        runs[ch] = 0;
        i8257_register(dma, ch, &runs[ch], on_run);
    }
}

static uint16_t port(unsigned ch, unsigned reg)
{
    return (uint16_t)(ch < 4 ? reg : 0xc0 + 2 * reg);
}

static const uint8_t page_port[8] = {0x87, 0x83, 0x81, 0x82, 0x8f, 0x8b, 0x89, 0x8a};

static void program(unsigned ch, uint8_t mode, uint32_t addr, uint16_t count)
{
    uint16_t a = (uint16_t)(ch < 4 ? addr : addr >> 1);

    stub_outb(s, port(ch, 0x0a), (uint8_t)(4 | (ch & 3)));
    stub_outb(s, port(ch, 0x0c), 0);
    stub_outb(s, port(ch, 0x0b), (uint8_t)((mode & 0xfc) | (ch & 3)));
    stub_outb(s, port(ch, (ch & 3) * 2), (uint8_t)a);
    stub_outb(s, port(ch, (ch & 3) * 2), (uint8_t)(a >> 8));
    stub_outb(s, port(ch, (ch & 3) * 2 + 1), (uint8_t)count);
    stub_outb(s, port(ch, (ch & 3) * 2 + 1), (uint8_t)(count >> 8));
    stub_outb(s, page_port[ch], (uint8_t)(addr >> 16));
    stub_outb(s, port(ch, 0x0a), ch & 3);
}

static uint16_t get16(unsigned ch, unsigned reg)
{
    uint16_t v;

    stub_outb(s, port(ch, 0x0c), 0);
    v = stub_inb(s, port(ch, (ch & 3) * 2 + reg));
    return (uint16_t)(v | stub_inb(s, port(ch, (ch & 3) * 2 + reg)) << 8);
}

static void dreq(unsigned ch, bool level)
{
    device_enter(&dma->dev);
    i8257_dreq(dma, ch, level);
    device_leave(&dma->dev);
}

static uint32_t put(unsigned ch, const void *buf, uint32_t len, bool *tc)
{
    uint32_t n;

    device_enter(&dma->dev);
    n = i8257_write_memory(dma, ch, buf, len, tc);
    device_leave(&dma->dev);
    return n;
}

static uint32_t take(unsigned ch, void *buf, uint32_t len, bool *tc)
{
    uint32_t n;

    device_enter(&dma->dev);
    n = i8257_read_memory(dma, ch, buf, len, tc);
    device_leave(&dma->dev);
    return n;
}

static void test_registers(void)
{
    setup();
    for (unsigned ch = 0; ch < 8; ch++) {
        program(ch, 0x44, 0x10000 * ch + 0x1234, (uint16_t)(0x4321 + ch));
        g_assert_cmphex(get16(ch, 0), ==, ch < 4 ? 0x1234 : 0x091a | (ch & 1) << 15);
        g_assert_cmphex(get16(ch, 1), ==, 0x4321 + ch);
    }
    for (uint16_t p = 0x80; p < 0x90; p++) { /* used or scratch: all 16 hold */
        stub_outb(s, p, (uint8_t)(p ^ 0x55));
    }
    for (uint16_t p = 0x80; p < 0x90; p++) {
        g_assert_cmphex(stub_inb(s, p), ==, p ^ 0x55);
    }
    for (uint16_t p = 0x480; p < 0x490; p++) {
        g_assert_cmphex(stub_inb(s, p), ==, 0xff);
    }
    stub_outb(s, 0x0f, 0xf5);
    g_assert_cmphex(stub_inb(s, 0x0f), ==, 5);
    stub_outb(s, 0x0a, 5); /* set 1 */
    stub_outb(s, 0x0a, 2); /* clear 2 */
    g_assert_cmphex(stub_inb(s, 0x0f), ==, 3);
    stub_outb(s, 0x0e, 0);
    g_assert_cmphex(stub_inb(s, 0x0f), ==, 0);
    stub_outb(s, 0xde, 0x0a);
    g_assert_cmphex(stub_inb(s, 0xde), ==, 0x0a);
    g_assert_cmphex(stub_inb(s, 0xdf), ==, 0x0a);
    stub_outb(s, 0x00, 0); /* flip-flop at high */
    stub_outb(s, 0x0d, 0); /* master clear: flip-flop low, all masked */
    g_assert_cmphex(stub_inb(s, 0x0f), ==, 0x0f);
    stub_outb(s, 0x00, 0x77);
    stub_outb(s, 0x00, 0x66);
    g_assert_cmphex(get16(0, 0), ==, 0x6677);
    for (uint16_t reg = 9; reg < 15; reg++) {
        g_assert_cmphex(stub_inb(s, reg), ==, 0);
    }
    stub_free(s);
}

static void test_write_and_read(void)
{
    uint8_t buf[300], back[300];
    bool tc;

    setup();
    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = (uint8_t)(i * 7);
    }
    program(2, 0x46, 0x12340, 299);                 /* single, write */
    g_assert_cmpuint(put(2, buf, 300, &tc), ==, 0); /* no DREQ */
    dreq(2, true);
    g_assert_cmphex(stub_inb(s, 0x08), ==, 0x40);
    g_assert_cmpuint(put(2, buf, 100, &tc), ==, 100);
    g_assert_false(tc);
    g_assert_cmphex(get16(2, 0), ==, 0x23a4);
    g_assert_cmphex(get16(2, 1), ==, 199);
    g_assert_cmpuint(i8257_left(dma, 2), ==, 200);
    g_assert_cmphex(stub_inb(s, 0x08), ==, 0x40);
    g_assert_cmpuint(put(2, buf + 100, 1000, &tc), ==, 200);
    g_assert_true(tc);
    g_assert_cmphex(get16(2, 1), ==, 0xffff);
    g_assert_cmphex(stub_inb(s, 0x08), ==, 0x44);
    g_assert_cmphex(stub_inb(s, 0x08), ==, 0x40);  /* TC goes by reading */
    g_assert_cmphex(stub_inb(s, 0x0f) & 4, ==, 4); /* masked itself */
    g_assert_cmpuint(put(2, buf, 1, &tc), ==, 0);
    g_assert_false(tc);
    g_assert_true(ram_read(s->board.mem, 0x12340, back, sizeof(back)));
    g_assert_cmpmem(buf, sizeof(buf), back, sizeof(back));
    memset(back, 0, sizeof(back));
    program(2, 0x4a, 0x12340, 299);
    g_assert_cmpuint(take(2, back, 300, &tc), ==, 300);
    g_assert_true(tc);
    g_assert_cmpmem(buf, sizeof(buf), back, sizeof(back));
    stub_free(s);
}

static void test_words(void)
{
    uint8_t buf[8] = {1, 2, 3, 4, 5, 6, 7, 8}, back[8];
    bool tc;

    setup();
    program(5, 0x46, 0x2fffc, 3); /* A16 comes from the address, not from the page */
    stub_outb(s, 0x8b, 3);
    dreq(5, true);
    g_assert_cmpuint(put(5, buf, 5, &tc), ==, 4);     /* whole words */
    g_assert_cmpuint(put(5, buf + 4, 4, &tc), ==, 4); /* wraps in 128 KiB */
    g_assert_true(tc);
    ram_read(s->board.mem, 0x2fffc, back, 4);
    g_assert_cmpmem(back, 4, buf, 4);
    ram_read(s->board.mem, 0x30000, back, 4);
    g_assert_cmpmem(back, 4, buf + 4, 4);
    program(5, 0x46, 0x3fffc, 3);
    g_assert_cmpuint(put(5, buf, 8, &tc), ==, 8);
    ram_read(s->board.mem, 0x20000, back, 4);
    g_assert_cmpmem(back, 4, buf + 4, 4);
    g_assert_cmphex(stub_inb(s, 0xd0), ==, 0x22);
    stub_free(s);
}

static void test_wrap_and_autoinit(void)
{
    uint8_t buf[16], back[16];
    bool tc;

    setup();
    for (unsigned i = 0; i < 16; i++) {
        buf[i] = (uint8_t)(i + 1);
    }
    program(1, 0x56, 0x3fff8, 15); /* autoinitialise, wraps in 64 KiB */
    dreq(1, true);
    for (unsigned round = 0; round < 3; round++) {
        g_assert_cmpuint(put(1, buf, 100, &tc), ==, 16);
        g_assert_true(tc);
        g_assert_cmphex(get16(1, 0), ==, 0xfff8);
        g_assert_cmphex(get16(1, 1), ==, 15);
    }
    g_assert_cmphex(stub_inb(s, 0x0f) & 2, ==, 0);
    g_assert_true(i8257_autoinit(dma, 1));
    ram_read(s->board.mem, 0x3fff8, back, 8);
    g_assert_cmpmem(back, 8, buf, 8);
    ram_read(s->board.mem, 0x30000, back, 8);
    g_assert_cmpmem(back, 8, buf + 8, 8);
    ram_read(s->board.mem, 0x40000, back, 1);
    g_assert_cmphex(back[0], ==, 0);
    stub_free(s);
}

static void test_decrement(void)
{
    g_autofree uint8_t *buf = g_malloc(0x10000);
    g_autofree uint8_t *back = g_malloc(0x10000);
    bool tc;

    setup();
    for (unsigned i = 0; i < 0x10000; i++) {
        buf[i] = (uint8_t)(i * 13 >> 3);
    }
    program(3, 0x66, 0x50123, 0xffff);
    dreq(3, true);
    g_assert_cmpuint(put(3, buf, 0x10000, &tc), ==, 0x10000);
    g_assert_true(tc);
    ram_read(s->board.mem, 0x50000, back, 0x10000);
    for (unsigned i = 0; i < 0x10000; i++) {
        g_assert_cmphex(back[(0x10123 - i) & 0xffff], ==, buf[i]);
    }
    program(3, 0x6a, 0x50123, 0xffff);
    g_assert_cmpuint(take(3, back, 0x10000, &tc), ==, 0x10000);
    g_assert_cmpmem(buf, 0x10000, back, 0x10000);
    program(6, 0x66, 0x60004, 2); /* words keep their byte order */
    dreq(6, true);
    g_assert_cmpuint(put(6, "abcdef", 6, &tc), ==, 6);
    ram_read(s->board.mem, 0x60000, back, 6);
    g_assert_cmpmem(back, 6, "efcdab", 6);
    stub_free(s);
}

/* Verify, and the wrong direction, count but move nothing. */
static void test_verify(void)
{
    uint8_t buf[4] = {1, 2, 3, 4}, back[4];
    bool tc;

    setup();
    dreq(1, true);
    for (uint8_t type = 0; type < 4; type++) {
        program(1, (uint8_t)(0x40 | type << 2), 0x1000, 3);
        g_assert_cmpint(i8257_transfer(dma, 1), ==, type);
        g_assert_cmpuint(put(1, buf, 4, &tc), ==, 4);
        g_assert_true(tc);
        g_assert_cmphex(get16(1, 0), ==, 0x1004);
        ram_read(s->board.mem, 0x1000, back, 4);
        g_assert_cmphex(back[3], ==, type == I8257_WRITE ? 4 : 0);
        ram_write(s->board.mem, 0x1000, "\0\0\0\0", 4);
        program(1, (uint8_t)(0x40 | type << 2), 0x1000, 3);
        g_assert_cmpuint(take(1, back, 4, &tc), ==, 4);
        g_assert_cmphex(back[3], ==, type == I8257_READ ? 0 : 0xff);
    }
    program(1, 0xc4, 0x1000, 3); /* a cascade channel moves nothing */
    g_assert_cmpuint(put(1, buf, 4, &tc), ==, 0);
    stub_free(s);
}

static void test_gating(void)
{
    setup();
    program(2, 0x46, 0x1000, 511);
    g_assert_cmpuint(runs[2], ==, 0);
    dreq(2, true);
    g_assert_cmpuint(runs[2], ==, 0); /* raising DREQ calls nobody */
    g_assert_true(i8257_ready(dma, 2));
    stub_outb(s, 0x0a, 6);
    g_assert_false(i8257_ready(dma, 2));
    g_assert_cmpuint(runs[2], ==, 0);
    stub_outb(s, 0x0a, 2);
    g_assert_cmpuint(runs[2], ==, 1);
    stub_outb(s, 0x08, 4); /* controller disabled */
    g_assert_false(i8257_ready(dma, 2));
    stub_outb(s, 0x08, 0);
    g_assert_cmpuint(runs[2], ==, 2);
    stub_outb(s, 0x0d, 0);
    g_assert_false(i8257_ready(dma, 2));
    stub_outb(s, 0x0e, 0);
    g_assert_cmpuint(runs[2], ==, 3);
    dreq(2, false);
    stub_outb(s, 0x09, 6); /* by software, whatever the mask */
    stub_outb(s, 0x0a, 6);
    g_assert_true(i8257_ready(dma, 2));
    g_assert_cmphex(stub_inb(s, 0x08), ==, 0x40);
    g_assert_cmpuint(put(2, "x", 1, NULL), ==, 1);
    stub_outb(s, 0x09, 2);
    g_assert_false(i8257_ready(dma, 2));
    g_assert_cmphex(stub_inb(s, 0x08), ==, 0);
    device_enter(&dma->dev);
    i8257_unregister(dma, 2);
    i8257_dreq(dma, 8, true); /* no such channel */
    i8257_register(dma, 99, NULL, on_run);
    g_assert_false(i8257_ready(dma, 8));
    g_assert_cmpuint(i8257_write_memory(dma, 200, "x", 1, NULL), ==, 0);
    device_leave(&dma->dev);
    stub_free(s);
}

/* DMA to nowhere and onto windows stays on the bus. */
static void test_bus_error(void)
{
    uint8_t buf[64];
    bool tc;

    setup();
    memset(buf, 0xaa, sizeof(buf));
    program(1, 0x46, 0xfffff0, 63);
    dreq(1, true);
    g_assert_cmpuint(put(1, buf, 64, &tc), ==, 64);
    g_assert_true(tc);
    program(1, 0x4a, 0xfffff0, 63);
    g_assert_cmpuint(take(1, buf, 64, &tc), ==, 64);
    g_assert_cmphex(buf[0], ==, 0xff);
    stub_free(s);
}

static void test_life(void)
{
    g_autofree uint8_t *buf = g_malloc0(0x30000);
    g_autoptr(GRand) r = g_rand_new_with_seed(3);

    setup();
    g_assert_cmpuint(state_layout_gap(i8257_class.state), ==, SIZE_MAX);
    chip_walk(s, &dma->dev, 5, 6000);
    for (unsigned i = 0; i < 3000; i++) {
        unsigned ch = g_rand_int(r) & 7;
        uint32_t len = g_rand_int(r) % 0x30000, n;

        chip_walk(s, &dma->dev, i, 4);
        dreq(ch, true);
        n = i & 1 ? put(ch, buf, len, NULL) : take(ch, buf, len, NULL);
        g_assert_cmpuint(n, <=, len);
        dreq(g_rand_int(r) & 7, false);
        g_assert_cmpstr(device_check(&dma->dev), ==, NULL);
    }
    chip_reset_twice(&dma->dev);
    stub_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8257/registers", test_registers);
    g_test_add_func("/i8257/write-and-read", test_write_and_read);
    g_test_add_func("/i8257/words", test_words);
    g_test_add_func("/i8257/wrap-and-autoinit", test_wrap_and_autoinit);
    g_test_add_func("/i8257/decrement", test_decrement);
    g_test_add_func("/i8257/verify", test_verify);
    g_test_add_func("/i8257/gating", test_gating);
    g_test_add_func("/i8257/bus-error", test_bus_error);
    g_test_add_func("/i8257/life", test_life);
    return g_test_run();
}
