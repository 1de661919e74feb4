/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VGA core on a bare board, and what its tests share. */
#ifndef TESTS_UNIT_VGA_BARE_H
#define TESTS_UNIT_VGA_BARE_H

#include "hw/display/vga.h"

#include "core/ram.h"
#include "hw/display/vga_draw.h"
#include "tests/unit/stub-board.h"
#include "tests/unit/vga-modes.h"

#include <string.h>

#define VRAM (UINT64_C(1) << 20)

struct bare {
    struct device dev;
    struct vga vga;
    struct vga_state s;
};

static bool bare_realize(struct device *d, struct board *b, GError **error)
{
    struct bare *t = (struct bare *)(void *)d;

    return vga_init(&t->vga, d, b, &t->s, VRAM, error);
}

static void bare_unrealize(struct device *d)
{
    vga_exit(&((struct bare *)(void *)d)->vga);
}

static void bare_reset(struct device *d)
{
    vga_reset(&((struct bare *)(void *)d)->vga);
}

static void bare_settle(struct device *d)
{
    vga_settle(&((struct bare *)(void *)d)->vga);
}

static const struct device_class bare_class = {
    .name = "bare-vga",
    .desc = "the core alone",
    .size = sizeof(struct bare),
    .state_offset = offsetof(struct bare, s),
    .state = &vga_state_layout,
    .realize = bare_realize,
    .unrealize = bare_unrealize,
    .reset = bare_reset,
    .settle = bare_settle,
};

const struct device_class *const device_classes[] = {&bare_class, NULL};

/* -- helpers; not every test needs all -- */

static struct stub *stub;
static struct bare *bare;
static struct vga *vga;

static inline void begin(void)
{
    struct device *d;

    stub = stub_new(0);
    d = device_new(&bare_class, NULL);
    g_assert_true(device_realize(d, &stub->board, NULL));
    device_reset(d);
    bare = (struct bare *)(void *)d;
    vga = &bare->vga;
}

static inline void end(void)
{
    stub_free(stub);
}

static inline void outb(uint16_t port, uint8_t v)
{
    stub_outb(stub, port, v);
}

static inline uint8_t inb(uint16_t port)
{
    return stub_inb(stub, port);
}

static inline void outw(uint16_t port, uint16_t v)
{
    space_write(stub->board.ports, port, 2, v);
}

static inline uint16_t inw(uint16_t port)
{
    return (uint16_t)space_read(stub->board.ports, port, 2);
}

static inline void pair(uint16_t port, uint8_t index, uint8_t value)
{
    outw(port, (uint16_t)(index | value << 8));
}

static inline void vbe(uint16_t index, uint16_t value)
{
    outw(0x1ce, index);
    outw(0x1cf, value);
}

static inline uint16_t vbe_get(uint16_t index)
{
    outw(0x1ce, index);
    return inw(0x1cf);
}

static inline void vbe_mode(uint16_t w, uint16_t h, uint16_t bpp)
{
    outb(0x3c2, 0x67);
    vbe(VBE_ENABLE, 0);
    vbe(VBE_XRES, w);
    vbe(VBE_YRES, h);
    vbe(VBE_BPP, bpp);
    vbe(VBE_ENABLE, VBE_ENABLED | VBE_LFB);
    inb(0x3da);
    outb(0x3c0, 0x20);
}

static inline void poke(uint32_t addr, uint8_t v)
{
    space_write(stub->board.mem, addr, 1, v);
}

static inline uint8_t peek(uint32_t addr)
{
    return (uint8_t)space_read(stub->board.mem, addr, 1);
}

static inline void attr(uint8_t index, uint8_t value)
{
    inb(0x3da);
    outb(0x3c0, index);
    outb(0x3c0, value);
    outb(0x3c0, 0x20);
}

static inline void set_mode(const struct vga_regs *r)
{
    vbe(VBE_ENABLE, 0);
    outb(0x3c2, r->misc);
    for (uint8_t i = 0; i < 5; i++) {
        pair(0x3c4, i, r->seq[i]);
    }
    pair(0x3d4, 0x11, 0);
    for (uint8_t i = 0; i < 25; i++) {
        pair(0x3d4, i, r->crtc[i]);
    }
    for (uint8_t i = 0; i < 9; i++) {
        pair(0x3ce, i, r->gc[i]);
    }
    for (uint8_t i = 0; i < 21; i++) {
        inb(0x3da);
        outb(0x3c0, i);
        outb(0x3c0, r->attr[i]);
    }
    inb(0x3da);
    outb(0x3c0, 0x20);
}

/* DAC entry i is a grey no other entry has, as far as 6 bits go. */
static inline void grey_palette(void)
{
    outb(0x3c8, 0);
    for (unsigned i = 0; i < 256; i++) {
        outb(0x3c9, (uint8_t)(i & 63));
        outb(0x3c9, (uint8_t)(i >> 2));
        outb(0x3c9, (uint8_t)((i * 7) & 63));
    }
}

static inline uint32_t grey(uint8_t i)
{
    uint32_t r = i & 63u, g = i >> 2, b = (i * 7u) & 63;

    return (r << 2 | r >> 4) << 16 | (g << 2 | g >> 4) << 8 | (b << 2 | b >> 4);
}

static inline uint32_t pixel(uint32_t x, uint32_t y)
{
    const struct surface *s = surface_current();

    g_assert_cmpuint(x, <, s->width);
    g_assert_cmpuint(y, <, s->height);
    return s->pixels[y * (s->stride / 4) + x];
}

static uint64_t damaged_area;
static unsigned damaged_rects;
static struct surface_rect damaged_last;

static inline void on_damage(void *opaque, const struct surface_rect *r)
{
    (void)opaque;
    damaged_area += (uint64_t)r->width * r->height;
    damaged_rects++;
    damaged_last = *r;
}

static const struct surface_view_ops watch = {.damaged = on_damage};

static inline void refresh(bool full)
{
    damaged_area = 0;
    damaged_rects = 0;
    surface_refresh(full);
}

static inline uint32_t rnd(uint32_t below)
{
    return (uint32_t)g_test_rand_int_range(0, (gint32)below);
}

/* The way a VGA BIOS or Linux's vgacon opens plane 2. */
static inline void font_access(bool open)
{
    pair(0x3c4, 2, open ? 4 : 3);
    pair(0x3c4, 4, open ? 7 : 3);
    pair(0x3ce, 4, open ? 2 : 0);
    pair(0x3ce, 5, open ? 0 : 0x10);
    pair(0x3ce, 6, open ? 0 : 0x0e);
}

static inline void put(uint32_t column, uint32_t row, char ch, uint8_t a)
{
    poke(0xb8000 + (row * 80 + column) * 2, (uint8_t)ch);
    poke(0xb8001 + (row * 80 + column) * 2, a);
}

/* Every byte that a mode would read is inside, by walking it. */
static inline void prove(const struct vga_mode *m, uint64_t size)
{
    g_assert_cmpuint(m->width, >=, 1);
    g_assert_cmpuint(m->width, <=, SURFACE_MAX_WIDTH);
    g_assert_cmpuint(m->height, <=, SURFACE_MAX_HEIGHT);
    for (uint32_t y = 0; y < m->height && m->kind != VGA_BLANK; y += 1 + m->height / 16) {
        if (m->kind == VGA_LINEAR) {
            uint64_t last = (uint64_t)m->offset + (uint64_t)y * m->pitch +
                            (uint64_t)m->width * ((m->depth + 7) / 8);

            g_assert_cmpuint(last, <=, size);
        } else {
            struct vga_line l = vga_mode_line(m, y);

            g_assert_cmpuint(l.scan, <, 32);
            for (uint32_t x = 0; x <= m->columns; x++) {
                g_assert_cmpuint((uint64_t)vga_mode_address(m, &l, x) * 4 + 4, <=, size);
            }
        }
    }
}

#endif
