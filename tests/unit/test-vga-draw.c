/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA modes and pixels. */
#include "tests/unit/vga-bare.h"

#include <string.h>

/* -- modes -- */

static void random_state(struct vga_state *s)
{
    uint8_t *p = (uint8_t *)s;

    for (size_t i = 0; i < sizeof(*s); i++) {
        p[i] = (uint8_t)rnd(256);
    }
    if (rnd(2)) {
        s->vbe[VBE_ENABLE] = 0;
    }
    if (rnd(4)) {
        s->vbe[VBE_BPP] = (uint16_t)(1 + rnd(4)) * 8;
    }
    for (unsigned i = 0; rnd(2) && i < VBE_REGS; i++) { /* nearer to what makes sense */
        s->vbe[i] &= i == VBE_XRES || i == VBE_YRES ? 0x7ff : i == VBE_BPP ? 0xff : 0xfff;
    }
    s->attr_index |= 0x20;
    s->seq[1] &= 0xdf;
}

static void test_resolve_random(void)
{
    unsigned kinds[VGA_LINEAR + 1] = {0};

    for (int i = 0; i < 20000; i++) {
        uint32_t size = 1u << (20 + rnd(9));
        struct vga_state s;
        struct vga_mode m;

        random_state(&s);
        m = vga_resolve_mode(&s, size);
        g_assert_true(vga_mode_fits(&m, size));
        prove(&m, size);
        kinds[m.kind]++;
    }
    for (unsigned k = 0; k <= VGA_LINEAR; k++) {
        g_assert_cmpuint(kinds[k], >, 0);
    }
}

/* Registers of all kinds at random through the ports, drawing after each few. */
static void test_draw_random(void)
{
    begin();
    for (int i = 0; i < 3000; i++) {
        static const uint16_t ports[] = {0x3c4, 0x3ce, 0x3d4, 0x3c0, 0x3c2, 0x1ce};
        uint16_t port = ports[rnd(6)];

        if (port == 0x3c0) {
            attr((uint8_t)rnd(21), (uint8_t)rnd(256));
        } else if (port == 0x3c2) {
            outb(port, (uint8_t)(rnd(256) | 1));
        } else if (port == 0x1ce) {
            vbe((uint16_t)rnd(12), (uint16_t)(rnd(2) ? rnd(65536) : rnd(64)));
        } else {
            pair(port, (uint8_t)rnd(26), (uint8_t)rnd(256));
        }
        for (int k = 0; k < 40; k++) {
            poke(0xa0000 + rnd(0x20000), (uint8_t)rnd(256));
        }
        g_assert_null(device_check(&bare->dev));
        if (i % 8 == 0) {
            static struct surface_cells cells;
            char *text;

            surface_refresh(rnd(2));
            text = surface_text();
            g_assert_true(surface_cells(&cells) == (text != NULL));
            g_free(text);
        }
        while (loop_iterate(false)) {
        }
    }
    end();
}

/* -- text -- */

/* Every line of every glyph is its character code, but the last two dots of line 0. */
static void load_font(void)
{
    font_access(true);
    for (uint32_t ch = 0; ch < 256; ch++) {
        for (uint32_t l = 0; l < 16; l++) {
            poke(0xa0000 + ch * 32 + l, (uint8_t)(l ? ch : 0x81));
        }
    }
    font_access(false);
}

static void text_begin(void)
{
    begin();
    set_mode(&mode_03);
    grey_palette();
    load_font();
    pair(0x3d4, 0x0a, 0x20); /* no cursor */
    for (uint32_t i = 0; i < 2000; i++) {
        put(i % 80, i / 80, ' ', 7);
    }
    surface_view_add(&watch, NULL);
    refresh(true);
}

static void text_end(void)
{
    surface_view_remove(&watch, NULL);
    end();
}

static void check_glyph(uint32_t column, uint32_t row, uint8_t ch, uint32_t fg, uint32_t bg,
                        bool ninth)
{
    for (uint32_t l = 0; l < 16; l++) {
        uint32_t bits = l ? ch : 0x81;

        for (uint32_t x = 0; x < 9; x++) {
            bool set = x < 8 ? bits >> (7 - x) & 1 : ninth && (bits & 1);

            g_assert_cmphex(pixel(column * 9 + x, row * 16 + l), ==, set ? fg : bg);
        }
    }
}

static void test_text(void)
{
    char *text;

    text_begin();
    g_assert_cmpuint(surface_current()->width, ==, 720);
    g_assert_cmpuint(surface_current()->height, ==, 400);
    put(3, 2, 'A', 0x1e);
    put(79, 24, '\xc4', 0x07);
    put(0, 0, '\xb3', 0x70);
    refresh(false);
    check_glyph(3, 2, 'A', grey(0x3e), grey(1), false);
    check_glyph(79, 24, 0xc4, grey(7), grey(0), true);
    check_glyph(0, 0, 0xb3, grey(0), grey(7), false);
    text = surface_text();
    g_assert_true(g_str_has_prefix(text, "\xe2\x94\x82\n\n   A\n\n"));
    g_assert_true(g_str_has_suffix(text, "\xe2\x94\x80\n"));
    g_free(text);
    text_end();
}

/* Nothing changed, nothing drawn; one cell changed, one cell drawn. */
static void test_text_damage(void)
{
    text_begin();
    refresh(false);
    g_assert_cmpuint(damaged_rects, ==, 0);
    put(10, 5, 'x', 7);
    refresh(false);
    g_assert_cmpuint(damaged_rects, ==, 1);
    g_assert_cmpuint(damaged_last.x, ==, 90);
    g_assert_cmpuint(damaged_last.y, ==, 80);
    g_assert_cmpuint(damaged_last.width, ==, 9);
    g_assert_cmpuint(damaged_last.height, ==, 16);
    put(10, 5, 'x', 7);
    refresh(false);
    g_assert_cmpuint(damaged_rects, ==, 0);
    outb(0x3c8, 7); /* a colour */
    outb(0x3c9, 1);
    outb(0x3c9, 2);
    outb(0x3c9, 3);
    refresh(false);
    g_assert_cmpuint(damaged_area, ==, 720 * 400);
    font_access(true);
    poke(0xa0000 + 'x' * 32 + 3, 0x55);
    font_access(false);
    refresh(false);
    g_assert_cmpuint(damaged_area, >, 0);
    g_assert_cmphex(pixel(91, 83), !=, pixel(90, 83));
    g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_NONE);
    for (int i = 0; i < 50; i++) {
        peek(0xb8000);
    }
    refresh(false); /* through the slot, too */
    g_assert_cmpuint(damaged_rects, ==, 0);
    put(1, 1, 'y', 7);
    refresh(false);
    g_assert_cmpuint(damaged_area, ==, 9 * 16);
    text_end();
}

static void test_text_cursor_blink(void)
{
    text_begin();
    put(5, 1, 'B', 0x87); /* blinks */
    pair(0x3d4, 0x0a, 13);
    pair(0x3d4, 0x0b, 14);
    pair(0x3d4, 0x0e, 0);
    pair(0x3d4, 0x0f, 81); /* row 1, column 1 */
    refresh(false);
    g_assert_cmphex(pixel(10, 16 + 13), ==, grey(7));
    g_assert_cmphex(pixel(17, 16 + 14), ==, grey(7));
    g_assert_cmphex(pixel(10, 16 + 12), ==, grey(0));
    check_glyph(5, 1, 'B', grey(7), grey(0), false);
    clock_step(stub->board.clock, 17 * NS_PER_SEC / 70);
    refresh(false);
    g_assert_cmphex(pixel(10, 16 + 13), ==, grey(0));
    g_assert_cmpuint(damaged_area, ==, 9 * 16);
    clock_step(stub->board.clock, 16 * NS_PER_SEC / 70);
    refresh(false);
    g_assert_cmphex(pixel(5 * 9 + 1, 16 + 5), ==, grey(0));
    attr(0x10, 0x04); /* the bit is a colour now */
    refresh(false);
    check_glyph(5, 1, 'B', grey(7), grey(0x38), false);
    text_end();
}

static void test_text_scroll(void)
{
    text_begin();
    for (uint32_t r = 0; r < 25; r++) {
        put(0, r, (char)('a' + r), 7);
    }
    pair(0x3d4, 0x08, 3); /* preset row: three lines up */
    refresh(false);
    g_assert_cmphex(pixel(1, 0), ==, grey(7));  /* line 3 of a: 61h */
    g_assert_cmphex(pixel(0, 13), ==, grey(7)); /* line 0 of b: 81h */
    pair(0x3d4, 0x08, 0);
    pair(0x3d4, 0x0d, 80); /* start at row 1 */
    refresh(false);
    check_glyph(0, 0, 'b', grey(7), grey(0), false);
    pair(0x3d4, 0x07, 0x0f); /* split at line 200 */
    pair(0x3d4, 0x18, 199);
    pair(0x3d4, 0x09, 0x0f);
    refresh(false);
    g_assert_cmphex(pixel(0, 200), ==, grey(7)); /* line 0 of a */
    g_assert_cmphex(pixel(1, 201), ==, grey(7));
    g_assert_cmphex(pixel(7, 201), ==, grey(7));
    attr(0x13, 0); /* one dot to the left */
    refresh(false);
    g_assert_cmphex(pixel(0, 1), ==, grey(7));
    g_assert_cmphex(pixel(717, 16), ==, grey(7));
    g_assert_cmphex(pixel(718, 16), ==, grey(0));
    g_assert_cmphex(pixel(719, 16), ==, grey(7)); /* of the eighty-first column */
    text_end();
}

static uint16_t cell_at(const struct surface_cells *c, uint32_t x, uint32_t y)
{
    g_assert_cmpuint(x, <, c->columns);
    g_assert_cmpuint(y, <, c->rows);
    return c->cells[y * c->columns + x];
}

/* The same as cells, as displayed; hidden phases of cursor and blink do not show. */
static void test_text_cells(void)
{
    static struct surface_cells c;

    text_begin();
    put(3, 2, 'A', 0x9e);
    put(79, 24, '\xc4', 0x07);
    g_assert_true(surface_cells(&c));
    g_assert_cmpuint(c.columns, ==, 80);
    g_assert_cmpuint(c.rows, ==, 25);
    g_assert_cmphex(cell_at(&c, 3, 2), ==, 0x9e41);
    g_assert_cmphex(cell_at(&c, 79, 24), ==, 0x07c4);
    g_assert_true(c.blink);
    g_assert_false(c.cursor);
    pair(0x3d4, 0x0a, 13);
    pair(0x3d4, 0x0b, 14);
    pair(0x3d4, 0x0f, 81);
    clock_step(stub->board.clock, 17 * NS_PER_SEC / 70);
    g_assert_true(surface_cells(&c));
    g_assert_true(c.cursor);
    g_assert_false(c.block);
    g_assert_cmpuint(c.cursor_x, ==, 1);
    g_assert_cmpuint(c.cursor_y, ==, 1);
    pair(0x3d4, 0x0a, 0);
    attr(0x10, 0x04);
    attr(0x12, 0x07); /* as with fonts of 512 characters: bit 3 is no colour */
    g_assert_true(surface_cells(&c));
    g_assert_true(c.block);
    g_assert_false(c.blink);
    g_assert_cmphex(cell_at(&c, 3, 2), ==, 0x1641);
    attr(0x12, 0x0f);
    pair(0x3d4, 0x0e, 0x40);
    g_assert_true(surface_cells(&c));
    g_assert_false(c.cursor); /* off the screen */
    pair(0x3c4, 1, 0x20);     /* switched off */
    g_assert_false(surface_cells(&c));
    set_mode(&mode_12);
    g_assert_false(surface_cells(&c));
    text_end();
}

/* Start address, row length, split screen; rows and columns beyond the caps are cut off. */
static void test_text_cells_layout(void)
{
    static struct surface_cells c;

    text_begin();
    for (uint32_t r = 0; r < 25; r++) {
        put(0, r, (char)('a' + r), 7);
    }
    pair(0x3d4, 0x0d, 80);
    pair(0x3d4, 0x07, 0x0f); /* split at line 200 */
    pair(0x3d4, 0x18, 199);
    pair(0x3d4, 0x09, 0x0f);
    g_assert_true(surface_cells(&c));
    g_assert_cmpuint(c.rows, ==, 26); /* a band of half the height above the split */
    g_assert_cmphex(cell_at(&c, 0, 0), ==, 0x0762);
    g_assert_cmphex(cell_at(&c, 0, 12), ==, 0x076e);
    g_assert_cmphex(cell_at(&c, 0, 13), ==, 0x0761);
    pair(0x3d4, 0x07, 0x1f);
    pair(0x3d4, 0x18, 0xff);
    pair(0x3d4, 0x09, 0x4f);
    pair(0x3d4, 0x0d, 0);
    pair(0x3d4, 0x13, 80); /* every second row */
    g_assert_true(surface_cells(&c));
    g_assert_cmphex(cell_at(&c, 0, 1), ==, 0x0763);
    pair(0x3d4, 0x09, 0x40); /* rows of one line */
    pair(0x3d4, 0x11, 0x0e); /* not protected */
    pair(0x3d4, 0x01, 254);
    g_assert_true(surface_cells(&c));
    g_assert_cmpuint(c.rows, ==, SURFACE_MAX_ROWS);
    g_assert_cmpuint(c.columns, ==, SURFACE_MAX_COLUMNS);
    text_end();
}

/* -- graphics -- */

static void test_mode13(void)
{
    begin();
    set_mode(&mode_13);
    grey_palette();
    surface_view_add(&watch, NULL);
    for (uint32_t i = 0; i < 64000; i++) {
        poke(0xa0000 + i, (uint8_t)(i % 320 + i / 320));
    }
    refresh(true);
    g_assert_cmpuint(surface_current()->width, ==, 640);
    g_assert_cmpuint(surface_current()->height, ==, 400);
    for (uint32_t i = 0; i < 256000; i++) {
        uint32_t x = i % 640, y = i / 640;

        g_assert_cmphex(pixel(x, y), ==, grey((uint8_t)(x / 2 + y / 2)));
    }
    refresh(false);
    g_assert_cmpuint(damaged_rects, ==, 0);
    space_write(stub->board.mem, 0xa0000 + 320 * 100, 1, 0xaa); /* through the slot */
    refresh(false);
    g_assert_cmpuint(damaged_area, >, 0);
    g_assert_cmpuint(damaged_area, <, 640 * 60);
    g_assert_cmphex(pixel(1, 201), ==, grey(0xaa));
    outb(0x3c6, 0x0f);
    refresh(false);
    g_assert_cmphex(pixel(1, 201), ==, grey(0x0a));
    surface_view_remove(&watch, NULL);
    end();
}

/* Unchained, 320x400: four planes, byte mode, start address. */
static void test_mode_x(void)
{
    begin();
    set_mode(&mode_13);
    grey_palette();
    pair(0x3c4, 4, 6);
    pair(0x3d4, 0x14, 0);
    pair(0x3d4, 0x17, 0xe3);
    pair(0x3d4, 0x09, 0x40);
    for (uint32_t p = 0; p < 4; p++) {
        pair(0x3c4, 2, (uint8_t)(1u << p));
        for (uint32_t i = 0; i < 32000; i++) {
            poke(0xa0000 + 0x4000 + i, (uint8_t)(p * 64 + (i & 63)));
        }
    }
    pair(0x3d4, 0x0c, 0x40);
    surface_refresh(true);
    for (uint32_t y = 0; y < 400; y += 13) {
        for (uint32_t x = 0; x < 640; x++) {
            uint32_t i = y * 80 + x / 8;

            g_assert_cmphex(pixel(x, y), ==, grey((uint8_t)((x / 2 & 3) * 64 + (i & 63))));
        }
    }
    end();
}

static void test_mode12(void)
{
    static const uint8_t colors[16] = {ATTR_16};

    begin();
    set_mode(&mode_12);
    grey_palette();
    for (uint32_t p = 0; p < 4; p++) {
        pair(0x3c4, 2, (uint8_t)(1u << p));
        for (uint32_t i = 0; i < 38400; i++) {
            poke(0xa0000 + i, (uint8_t)(i * (p + 3)));
        }
    }
    surface_refresh(true);
    g_assert_cmpuint(surface_current()->height, ==, 480);
    for (uint32_t y = 0; y < 480; y += 7) {
        for (uint32_t x = 0; x < 640; x++) {
            uint32_t i = y * 80 + x / 8, c = 0;

            for (uint32_t p = 0; p < 4; p++) {
                c |= ((i * (p + 3)) >> (7 - x % 8) & 1) << p;
            }
            g_assert_cmphex(pixel(x, y), ==, grey(colors[c]));
        }
    }
    attr(0x13, 3); /* panning */
    attr(0x12, 1); /* plane 0 only */
    surface_refresh(false);
    g_assert_cmphex(pixel(13, 9), ==, grey(colors[((9 * 80 + 2) * 3) >> 7 & 1]));
    end();
}

static void test_cga(void)
{
    begin();
    set_mode(&mode_04);
    grey_palette();
    for (uint32_t i = 0; i < 16384; i++) {
        poke(0xb8000 + i, (uint8_t)(i * 5));
    }
    surface_refresh(true);
    g_assert_cmpuint(surface_current()->width, ==, 640);
    g_assert_cmpuint(surface_current()->height, ==, 400);
    g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_TEXT); /* odd/even memory is what matters */
    for (uint32_t y = 0; y < 400; y += 3) {
        for (uint32_t x = 0; x < 640; x += 3) {
            uint32_t line = y / 2, px = x / 2;
            uint32_t at = (line & 1) * 0x2000 + line / 2 * 80 + px / 4;
            uint32_t c = (at * 5 & 0xff) >> (6 - 2 * (px & 3)) & 3;

            g_assert_cmphex(pixel(x, y), ==, grey(mode_04.attr[c]));
        }
    }
    poke(0xb8000, 0x00);
    surface_refresh(false);
    g_assert_cmphex(pixel(0, 0), ==, grey(mode_04.attr[0]));
    set_mode(&mode_06);
    for (uint32_t i = 0; i < 16384; i++) {
        poke(0xb8000 + i, (uint8_t)(i * 5));
    }
    surface_refresh(true);
    for (uint32_t y = 0; y < 400; y += 3) {
        for (uint32_t x = 0; x < 640; x++) {
            uint32_t at = (y / 2 & 1) * 0x2000 + y / 4 * 80 + x / 8;

            g_assert_cmphex(pixel(x, y), ==, (at * 5) >> (7 - x % 8) & 1 ? grey(0x17) : grey(0));
        }
    }
    end();
}

/* -- DISPI -- */

static uint32_t expect_linear(uint32_t bpp, const uint8_t *p)
{
    uint32_t v = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;

    switch (bpp) {
    case 8:
        return grey(p[0]);
    case 15:
        v = (v & 0x7c00) << 9 | (v & 0x3e0) << 6 | (v & 0x1f) << 3;
        return v | (v >> 5 & 0x070707);
    case 16:
        return ((v & 0xf800) << 8 | (v & 0xe000) << 3) | ((v & 0x7e0) << 5 | (v & 0x600) >> 1) |
               ((v & 0x1f) << 3 | (v & 0x1c) >> 2);
    default:
        return v;
    }
}

static void test_vbe_modes(void)
{
    static const uint16_t depths[] = {8, 15, 16, 24, 32};

    for (unsigned i = 0; i < G_N_ELEMENTS(depths); i++) {
        uint32_t bytes = (depths[i] + 7u) / 8, pitch = 400 * bytes;

        begin();
        grey_palette();
        vbe_mode(320, 200, depths[i]);
        vbe(VBE_VIRT_WIDTH, 400);
        vbe(VBE_X_OFFSET, 7);
        vbe(VBE_Y_OFFSET, 3);
        for (uint32_t k = 0; k < VRAM; k++) {
            vga->vram->host[k] = (uint8_t)(k * 7 + k / 256);
        }
        surface_refresh(true);
        g_assert_cmpuint(surface_current()->width, ==, 320);
        g_assert_cmpuint(surface_current()->height, ==, 200);
        for (uint32_t y = 0; y < 200; y += 11) {
            for (uint32_t x = 0; x < 320; x++) {
                g_assert_cmphex(
                    pixel(x, y), ==,
                    expect_linear(depths[i], vga->vram->host + (y + 3) * pitch + (x + 7) * bytes));
            }
        }
        end();
    }
}

static void test_vbe_planar(void)
{
    begin();
    grey_palette();
    set_mode(&mode_12);
    vbe_mode(800, 600, 4);
    for (uint16_t p = 0; p < 4; p++) {
        pair(0x3c4, 2, (uint8_t)(1u << p));
        for (uint32_t i = 0; i < 60000; i++) {
            poke(0xa0000 + i, (uint8_t)(i >> p));
        }
    }
    surface_refresh(true);
    g_assert_cmpuint(surface_current()->width, ==, 800);
    for (uint32_t x = 0; x < 800; x++) {
        uint32_t i = 599 * 100 + x / 8, c = 0;

        for (uint32_t p = 0; p < 4; p++) {
            c |= ((i >> p) >> (7 - x % 8) & 1) << p;
        }
        g_assert_cmphex(pixel(x, 599), ==, grey(mode_12.attr[c]));
    }
    end();
}

static void test_vbe_registers(void)
{
    begin();
    g_assert_cmphex(vbe_get(VBE_ID), ==, 0xb0c5);
    vbe(VBE_ID, 0xb0c2);
    g_assert_cmphex(vbe_get(VBE_ID), ==, 0xb0c2);
    vbe(VBE_ID, 0x1234);
    g_assert_cmphex(vbe_get(VBE_ID), ==, 0xb0c2);
    g_assert_cmpuint(vbe_get(VBE_MEMORY_64K), ==, VRAM >> 16);
    vbe(VBE_ENABLE, VBE_GETCAPS);
    g_assert_cmpuint(vbe_get(VBE_XRES), ==, 4096);
    g_assert_cmpuint(vbe_get(VBE_YRES), ==, 4096);
    g_assert_cmpuint(vbe_get(VBE_BPP), ==, 32);
    vbe_mode(640, 400, 8);
    g_assert_cmpuint(vbe_get(VBE_VIRT_WIDTH), ==, 640);
    g_assert_cmpuint(vbe_get(VBE_VIRT_HEIGHT), ==, VRAM / 640);
    outw(0x1ce, VBE_XRES);
    g_assert_cmpuint(inw(0x1d0), ==, 640);
    vbe(VBE_BPP, 7);
    g_assert_cmpuint(vbe_get(VBE_BPP), ==, 8);
    for (uint16_t i = 11; i < 1000; i++) {
        vbe(i, 0xffff);
        g_assert_cmpuint(vbe_get(i), ==, 0);
    }
    vga->vram->host[5] = 1;
    vbe(VBE_ENABLE, 0);
    vbe(VBE_ENABLE, VBE_ENABLED | VBE_NOCLEAR);
    g_assert_cmpuint(vga->vram->host[5], ==, 1);
    vbe(VBE_ENABLE, 0);
    vbe(VBE_ENABLE, VBE_ENABLED);
    g_assert_cmpuint(vga->vram->host[5], ==, 0);
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vga/mode/random", test_resolve_random);
    g_test_add_func("/vga/draw/random", test_draw_random);
    g_test_add_func("/vga/text/glyphs", test_text);
    g_test_add_func("/vga/text/damage", test_text_damage);
    g_test_add_func("/vga/text/cursor_blink", test_text_cursor_blink);
    g_test_add_func("/vga/text/scroll", test_text_scroll);
    g_test_add_func("/vga/text/cells", test_text_cells);
    g_test_add_func("/vga/text/cells_layout", test_text_cells_layout);
    g_test_add_func("/vga/graphics/mode13", test_mode13);
    g_test_add_func("/vga/graphics/mode_x", test_mode_x);
    g_test_add_func("/vga/graphics/mode12", test_mode12);
    g_test_add_func("/vga/graphics/cga", test_cga);
    g_test_add_func("/vga/vbe/modes", test_vbe_modes);
    g_test_add_func("/vga/vbe/planar", test_vbe_planar);
    g_test_add_func("/vga/vbe/registers", test_vbe_registers);
    return g_test_run();
}
