/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standard VGA: registers of the IBM VGA, Bochs' VBE ports, what QMP sees of the screen. */
#include "tests/qtest/libqtest.h"

#include <stdio.h>
#include <string.h>

#define LFB 0xe0000000u
#define MMIO 0xea000000u

struct world {
    struct qtest *q;
    unsigned devfn;
};

static bool begin(struct world *w)
{
    w->q = qtest_start("-m 16 -vga std");
    if (!w->q) {
        return false;
    }
    for (w->devfn = 0; qtest_pci_readl(w->q, w->devfn, 0) != 0x11111234; w->devfn++) {
        g_assert_cmpuint(w->devfn, <, 255);
    }
    qtest_pci_writel(w->q, w->devfn, 0x10, LFB);
    qtest_pci_writel(w->q, w->devfn, 0x18, MMIO);
    qtest_pci_writew(w->q, w->devfn, 0x04, 0x0003);
    return true;
}

static void indexed(struct qtest *q, uint16_t port, uint8_t index, uint8_t value)
{
    qtest_outw(q, port, (uint16_t)(value << 8 | index));
}

static uint8_t indexed_get(struct qtest *q, uint16_t port, uint8_t index)
{
    qtest_outb(q, port, index);
    return qtest_inb(q, (uint16_t)(port + 1));
}

static void vbe(struct qtest *q, uint16_t index, uint16_t value)
{
    qtest_outw(q, 0x1ce, index);
    qtest_outw(q, 0x1cf, value);
}

static uint16_t vbe_get(struct qtest *q, uint16_t index)
{
    qtest_outw(q, 0x1ce, index);
    return qtest_inw(q, 0x1cf);
}

static void vbe_mode(struct qtest *q, uint16_t width, uint16_t height, uint16_t bpp)
{
    vbe(q, 4, 0);
    vbe(q, 1, width);
    vbe(q, 2, height);
    vbe(q, 3, bpp);
    vbe(q, 4, 0x41);
}

/* Take a picture; `rgb` is the pixels, g_free. */
static uint8_t *screen(struct qtest *q, unsigned *width, unsigned *height)
{
    g_autofree char *path = qtest_path(q, "screen.ppm");
    g_autofree char *file = NULL;
    gsize len = 0, pixels;
    int at = 0;

    qtest_qmp_ok(q, "{'execute':'screendump','arguments':{'filename':'%s'}}", path);
    g_assert_true(g_file_get_contents(path, &file, &len, NULL));
    g_assert_cmpint(sscanf(file, "P6 %u %u 255%n", width, height, &at), ==, 2);
    pixels = (gsize)*width * *height * 3;
    g_assert_cmpuint(len, ==, (gsize)at + 1 + pixels);
    return g_memdup2(file + at + 1, pixels);
}

static void test_registers(void)
{
    struct world w;

    if (!begin(&w)) {
        return;
    }
    /* colour addresses; the attribute flip-flop is reset by reading 3DA */
    qtest_outb(w.q, 0x3c2, 0x67);
    g_assert_cmphex(qtest_inb(w.q, 0x3cc), ==, 0x67);
    indexed(w.q, 0x3d4, 0x11, 0x00); /* unprotect CRTC 0 to 7 */
    indexed(w.q, 0x3d4, 0x0e, 0x12);
    g_assert_cmphex(indexed_get(w.q, 0x3d4, 0x0e), ==, 0x12);
    indexed(w.q, 0x3d4, 0x01, 0x4f);
    indexed(w.q, 0x3d4, 0x11, 0x8e); /* protect */
    indexed(w.q, 0x3d4, 0x01, 0x27);
    g_assert_cmphex(indexed_get(w.q, 0x3d4, 0x01), ==, 0x4f);
    indexed(w.q, 0x3c4, 0x02, 0x0f);
    g_assert_cmphex(indexed_get(w.q, 0x3c4, 0x02), ==, 0x0f);
    indexed(w.q, 0x3ce, 0x08, 0xa5);
    g_assert_cmphex(indexed_get(w.q, 0x3ce, 0x08), ==, 0xa5);
    qtest_inb(w.q, 0x3da);
    qtest_outb(w.q, 0x3c0, 0x05);
    qtest_outb(w.q, 0x3c0, 0x2a);
    qtest_inb(w.q, 0x3da);
    qtest_outb(w.q, 0x3c0, 0x05);
    g_assert_cmphex(qtest_inb(w.q, 0x3c1), ==, 0x2a);
    /* monochrome addresses are not there now, and are after a switch */
    qtest_outb(w.q, 0x3c2, 0x66);
    g_assert_cmphex(indexed_get(w.q, 0x3b4, 0x0e), ==, 0x12);
    qtest_quit(w.q);
}

static void test_dac(void)
{
    struct world w;

    if (!begin(&w)) {
        return;
    }
    qtest_outb(w.q, 0x3c8, 10);
    for (unsigned i = 0; i < 6; i++) {
        qtest_outb(w.q, 0x3c9, (uint8_t)(i * 9 + 1));
    }
    qtest_outb(w.q, 0x3c7, 10);
    g_assert_cmphex(qtest_inb(w.q, 0x3c7) & 3, ==, 3);
    for (unsigned i = 0; i < 6; i++) {
        g_assert_cmphex(qtest_inb(w.q, 0x3c9), ==, i * 9 + 1);
    }
    qtest_outb(w.q, 0x3c8, 0);
    g_assert_cmphex(qtest_inb(w.q, 0x3c7) & 3, ==, 0);
    qtest_quit(w.q);
}

/* Write modes and planes through the window at A0000. */
static void test_planes(void)
{
    struct world w;

    if (!begin(&w)) {
        return;
    }
    qtest_outb(w.q, 0x3c2, 0x67);
    indexed(w.q, 0x3c4, 0x04, 0x06); /* planar */
    indexed(w.q, 0x3ce, 0x06, 0x05); /* graphics, A0000 64 KiB */
    indexed(w.q, 0x3ce, 0x05, 0x00); /* write mode 0, read mode 0 */
    indexed(w.q, 0x3ce, 0x01, 0x00);
    indexed(w.q, 0x3ce, 0x03, 0x00);
    indexed(w.q, 0x3ce, 0x08, 0xff);
    for (unsigned plane = 0; plane < 4; plane++) {
        indexed(w.q, 0x3c4, 0x02, (uint8_t)(1 << plane));
        qtest_writeb(w.q, 0xa0100, (uint8_t)(0x11 * (plane + 1)));
    }
    for (unsigned plane = 0; plane < 4; plane++) {
        indexed(w.q, 0x3ce, 0x04, (uint8_t)plane);
        g_assert_cmphex(qtest_readb(w.q, 0xa0100), ==, 0x11 * (plane + 1));
    }
    /* write mode 1 copies the latches */
    indexed(w.q, 0x3c4, 0x02, 0x0f);
    qtest_readb(w.q, 0xa0100);
    indexed(w.q, 0x3ce, 0x05, 0x01);
    qtest_writeb(w.q, 0xa0200, 0xff);
    for (unsigned plane = 0; plane < 4; plane++) {
        indexed(w.q, 0x3ce, 0x04, (uint8_t)plane);
        g_assert_cmphex(qtest_readb(w.q, 0xa0200), ==, 0x11 * (plane + 1));
    }
    /* write mode 0 with XOR and a bit mask */
    indexed(w.q, 0x3ce, 0x05, 0x00);
    indexed(w.q, 0x3ce, 0x03, 0x18);
    indexed(w.q, 0x3ce, 0x08, 0x0f);
    qtest_readb(w.q, 0xa0200);
    qtest_writeb(w.q, 0xa0200, 0xff);
    indexed(w.q, 0x3ce, 0x04, 0);
    g_assert_cmphex(qtest_readb(w.q, 0xa0200), ==, 0x1e);
    /* read mode 1: where all planes have colour 0 */
    indexed(w.q, 0x3ce, 0x03, 0x00);
    indexed(w.q, 0x3ce, 0x08, 0xff);
    indexed(w.q, 0x3ce, 0x05, 0x08);
    indexed(w.q, 0x3ce, 0x02, 0x01);
    indexed(w.q, 0x3ce, 0x07, 0x0f);
    /* planes are 11 22 33 44: bit 0 has 1,0,1,0; bit 4 has 1,0,1,0 */
    g_assert_cmphex(qtest_readb(w.q, 0xa0100), ==, 0x00);
    indexed(w.q, 0x3ce, 0x02, 0x05);
    g_assert_cmphex(qtest_readb(w.q, 0xa0100), ==, 0x11);
    qtest_quit(w.q);
}

static void test_vbe(void)
{
    struct world w;

    if (!begin(&w)) {
        return;
    }
    g_assert_cmphex(vbe_get(w.q, 0) & 0xfff0, ==, 0xb0c0);
    vbe(w.q, 0, 0xb0c5);
    g_assert_cmphex(vbe_get(w.q, 0), ==, 0xb0c5);
    g_assert_cmpuint(vbe_get(w.q, 10), ==, 256); /* 64 KiB units: 16 MiB */
    vbe_mode(w.q, 800, 600, 32);
    g_assert_cmpuint(vbe_get(w.q, 1), ==, 800);
    g_assert_cmpuint(vbe_get(w.q, 2), ==, 600);
    g_assert_cmpuint(vbe_get(w.q, 6), ==, 800);
    g_assert_cmpuint(vbe_get(w.q, 7), >=, 600);
    /* the same registers in the memory BAR */
    g_assert_cmphex(qtest_readw(w.q, MMIO + 0x500), ==, 0xb0c5);
    g_assert_cmpuint(qtest_readw(w.q, MMIO + 0x502), ==, 800);
    /* nonsense is refused or cut, and never more than there is memory */
    vbe(w.q, 4, 0);
    vbe(w.q, 1, 0xffff);
    vbe(w.q, 2, 0xffff);
    vbe(w.q, 4, 0x41);
    g_assert_cmpuint((uint64_t)vbe_get(w.q, 1) * vbe_get(w.q, 2) * 4, <=, 16 << 20);
    vbe(w.q, 8, 0xffff);
    vbe(w.q, 9, 0xffff);
    if (qtest_has_command(w.q, "screendump")) {
        unsigned width, height;

        g_free(screen(w.q, &width, &height));
    }
    qtest_quit(w.q);
}

static void test_pixels(void)
{
    struct world w;
    g_autofree uint8_t *rgb = NULL;
    unsigned width, height;

    if (!begin(&w)) {
        return;
    }
    if (!qtest_has_command(w.q, "screendump")) {
        g_test_skip("the program has no screendump");
        qtest_quit(w.q);
        return;
    }
    vbe_mode(w.q, 640, 480, 32);
    qtest_outb(w.q, 0x3c0, 0x20); /* the screen on */
    qtest_writel(w.q, LFB, 0x00ff8040);
    qtest_writel(w.q, LFB + (100 * 640 + 50) * 4, 0x00123456);
    qtest_writel(w.q, LFB + (480 * 640 - 1) * 4, 0x000000ff);
    rgb = screen(w.q, &width, &height);
    g_assert_cmpuint(width, ==, 640);
    g_assert_cmpuint(height, ==, 480);
    g_assert_cmphex(rgb[0], ==, 0xff);
    g_assert_cmphex(rgb[1], ==, 0x80);
    g_assert_cmphex(rgb[2], ==, 0x40);
    g_assert_cmphex(rgb[(100 * 640 + 50) * 3 + 0], ==, 0x12);
    g_assert_cmphex(rgb[(100 * 640 + 50) * 3 + 1], ==, 0x34);
    g_assert_cmphex(rgb[(100 * 640 + 50) * 3 + 2], ==, 0x56);
    g_assert_cmphex(rgb[(480 * 640 - 1) * 3 + 2], ==, 0xff);
    g_assert_cmphex(rgb[3], ==, 0x00);
    /* 16 bit, and a picture that starts further on */
    g_clear_pointer(&rgb, g_free);
    vbe_mode(w.q, 320, 200, 16);
    vbe(w.q, 9, 10);
    qtest_writew(w.q, LFB + 10 * 320 * 2, 0xf800);
    rgb = screen(w.q, &width, &height);
    g_assert_cmpuint(width, ==, 320);
    g_assert_cmpuint(height, ==, 200);
    g_assert_cmphex(rgb[0], >=, 0xf8);
    g_assert_cmphex(rgb[1], ==, 0x00);
    qtest_quit(w.q);
}

/* Retrace bits move: programs wait for either edge. */
static void test_retrace(void)
{
    struct world w;
    uint8_t seen = 0, missed = 0;

    if (!begin(&w)) {
        return;
    }
    qtest_outb(w.q, 0x3c2, 0x67);
    for (int i = 0; i < 2000; i++) {
        uint8_t s = qtest_inb(w.q, 0x3da);

        seen |= s & 0x09;
        missed |= (uint8_t)~s & 0x09;
        qtest_clock_step(w.q, 20000);
    }
    g_assert_cmphex(seen, ==, 0x09);
    g_assert_cmphex(missed, ==, 0x09);
    qtest_quit(w.q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vga/registers", test_registers);
    g_test_add_func("/vga/dac", test_dac);
    g_test_add_func("/vga/planes", test_planes);
    g_test_add_func("/vga/vbe", test_vbe);
    g_test_add_func("/vga/pixels", test_pixels);
    g_test_add_func("/vga/retrace", test_retrace);
    return g_test_run();
}
