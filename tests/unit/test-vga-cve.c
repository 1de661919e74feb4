/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Old wounds of this device elsewhere. */
#include "tests/unit/vga-bare.h"

/* Bank set under one access mode, used under another: always masked. */
static void cve_2016_3710(void)
{
    begin();
    vbe_mode(640, 400, 8);
    for (int i = 0; i < 20000; i++) {
        vbe(VBE_BANK, (uint16_t)(rnd(2) ? 15 : rnd(65536)));
        pair(0x3c4, 4, (uint8_t)rnd(16));
        pair(0x3ce, 5, (uint8_t)rnd(256));
        pair(0x3ce, 6, (uint8_t)rnd(16));
        outb(0x3c2, 3);
        poke(0xa0000 + rnd(0x20000), 0xff); /* the guard page would end the test */
        peek(0xbffff);
        peek(0xaffff);
    }
    end();
}

/* CRTC and friends rewritten while DISPI is on. */
static void cve_2016_3712(void)
{
    begin();
    vbe_mode(1024, 768, 8);
    for (int i = 0; i < 300; i++) {
        struct vga_mode m;

        pair(0x3d4, (uint8_t)rnd(25), (uint8_t)rnd(256));
        pair(0x3ce, 6, (uint8_t)rnd(16));
        surface_refresh(false);
        m = vga_resolve_mode(vga->s, vga->size);
        g_assert_cmpuint(m.kind, ==, VGA_LINEAR);
        g_assert_cmpuint(m.width, ==, 1024);
        prove(&m, VRAM);
    }
    end();
}

/* Start address and panning at the end of video memory wrap around. */
static void cve_2017_13672(void)
{
    static const struct vga_regs *const modes[] = {&mode_03, &mode_04, &mode_12, &mode_13};

    begin();
    for (unsigned i = 0; i < G_N_ELEMENTS(modes); i++) {
        set_mode(modes[i]);
        pair(0x3d4, 0x13, 0xff);
        for (uint32_t start = 0; start < 0x10000; start += 0x0fff) {
            pair(0x3d4, 0x0c, (uint8_t)(start >> 8));
            pair(0x3d4, 0x0d, (uint8_t)start);
            surface_refresh(false);
            surface_refresh(true);
        }
    }
    vbe_mode(640, 400, 32);
    for (int i = 0; i < 300; i++) {
        vbe(VBE_X_OFFSET, (uint16_t)rnd(65536));
        vbe(VBE_Y_OFFSET, (uint16_t)rnd(65536));
        surface_refresh(rnd(2));
    }
    end();
}

/* Split screen with line compare anywhere, dirty pages on both sides. */
static void cve_2017_13673(void)
{
    begin();
    set_mode(&mode_12);
    for (uint32_t line = 0; line < 1024; line += 3) {
        pair(0x3d4, 0x18, (uint8_t)line);
        pair(0x3d4, 0x07, (uint8_t)(0x2e | (line >> 8 & 1) << 4));
        pair(0x3d4, 0x09, (uint8_t)((line >> 9 & 1) << 6));
        pair(0x3d4, 0x0c, 0xff);
        poke(0xa0000 + rnd(65536), 0x55);
        surface_refresh(false);
        poke(0xaffff, (uint8_t)line);
        surface_refresh(false);
    }
    end();
}

/* No resolution that memory, or any layer above, cannot hold. */
static void cve_2014_3615(void)
{
    begin();
    for (int i = 0; i < 3000; i++) {
        uint16_t r[VBE_REGS];

        for (uint16_t k = 0; k < VBE_REGS; k++) {
            if (k != VBE_ENABLE) {
                vbe(k, (uint16_t)(rnd(2) ? 0xffffu >> rnd(16) : rnd(65536)));
            }
        }
        vbe(VBE_BPP, (uint16_t)(1 + rnd(4)) * 8);
        vbe(VBE_ENABLE, (uint16_t)rnd(256) | VBE_NOCLEAR);
        for (uint16_t k = 0; k < VBE_REGS; k++) {
            r[k] = bare->s.vbe[k];
        }
        g_assert_null(device_check(&bare->dev));
        if (r[VBE_ENABLE] & 1) {
            struct vga_mode m;
            uint64_t bytes = (r[VBE_BPP] + 7u) / 8;

            inb(0x3da);
            outb(0x3c0, 0x20);
            g_assert_cmpuint(((uint64_t)r[VBE_Y_OFFSET] + r[VBE_YRES]) * r[VBE_VIRT_WIDTH] * bytes,
                             <=, VRAM);
            g_assert_cmpuint(r[VBE_X_OFFSET] + r[VBE_XRES], <=, r[VBE_VIRT_WIDTH]);
            m = vga_resolve_mode(vga->s, vga->size);
            g_assert_cmpuint(m.kind, ==, VGA_LINEAR);
            prove(&m, VRAM);
            if (i % 50 == 0) {
                surface_refresh(true);
            }
        }
    }
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vga/cve_2016_3710", cve_2016_3710);
    g_test_add_func("/vga/cve_2016_3712", cve_2016_3712);
    g_test_add_func("/vga/cve_2017_13672", cve_2017_13672);
    g_test_add_func("/vga/cve_2017_13673", cve_2017_13673);
    g_test_add_func("/vga/cve_2014_3615", cve_2014_3615);
    return g_test_run();
}
