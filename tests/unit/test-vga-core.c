/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VGA registers, the data path against a model, what lies in the window, state. */
#include "tests/unit/vga-bare.h"

#include <string.h>

/* -- registers -- */

static void test_registers(void)
{
    begin();
    g_assert_cmpuint(inb(0x3b4), ==, 0xff); /* colour */
    for (uint8_t i = 0; i < 5; i++) {
        static const uint8_t mask[] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e};

        pair(0x3c4, i, 0xff);
        outb(0x3c4, i);
        g_assert_cmpuint(inb(0x3c5), ==, mask[i]);
    }
    pair(0x3d4, 0x0c, 0x5a);
    outb(0x3d4, 0x0c);
    g_assert_cmpuint(inb(0x3d5), ==, 0x5a);
    pair(0x3d4, 0x07, 0x00);
    pair(0x3d4, 0x11, 0x80); /* write protection, but for line compare */
    pair(0x3d4, 0x00, 0x33);
    pair(0x3d4, 0x07, 0xff);
    outb(0x3d4, 0x00);
    g_assert_cmpuint(inb(0x3d5), ==, 0);
    outb(0x3d4, 0x07);
    g_assert_cmpuint(inb(0x3d5), ==, 0x10);
    outb(0x3c2, 0x66); /* monochrome */
    g_assert_cmpuint(inb(0x3d4), ==, 0xff);
    g_assert_cmpuint(inb(0x3b4), ==, 0x07);
    g_assert_cmpuint(inb(0x3cc), ==, 0x66);
    outb(0x3c2, 0x67);
    attr(0x10, 0x0c);
    inb(0x3da);
    outb(0x3c0, 0x10 | 0x20);
    g_assert_cmpuint(inb(0x3c0), ==, 0x30);
    g_assert_cmpuint(inb(0x3c1), ==, 0x0c);
    end();
}

static void test_dac(void)
{
    begin();
    outb(0x3c8, 5);
    outb(0x3c9, 0xff); /* six bits */
    outb(0x3c9, 0x12);
    g_assert_cmpuint(inb(0x3c7), ==, 0);
    outb(0x3c9, 0x34);
    g_assert_cmpuint(inb(0x3c8), ==, 6);
    outb(0x3c7, 5);
    g_assert_cmpuint(inb(0x3c7), ==, 3);
    g_assert_cmpuint(inb(0x3c9), ==, 0x3f);
    g_assert_cmpuint(inb(0x3c9), ==, 0x12);
    g_assert_cmpuint(inb(0x3c9), ==, 0x34);
    outb(0x3c8, 255); /* wraps */
    for (int i = 0; i < 6; i++) {
        outb(0x3c9, (uint8_t)(i + 1));
    }
    g_assert_cmpuint(vga->s->dac[765], ==, 1);
    g_assert_cmpuint(vga->s->dac[0], ==, 4);
    vbe_mode(64, 64, 8);
    vbe(VBE_ENABLE, VBE_ENABLED | VBE_8BIT_DAC);
    outb(0x3c8, 9);
    outb(0x3c9, 0xfe);
    outb(0x3c9, 0);
    outb(0x3c9, 0);
    outb(0x3c7, 9);
    g_assert_cmpuint(inb(0x3c9), ==, 0xfe);
    end();
}

/* 70 Hz; both edges of retrace and of display enable are there to be waited for. */
static void test_retrace(void)
{
    unsigned retraces = 0, blanks = 0;
    uint8_t before = 0;

    begin();
    set_mode(&mode_03);
    for (int i = 0; i < 100000; i++) { /* 1 s in steps of 10 us */
        uint8_t now = inb(0x3da);

        retraces += (now & 8) && !(before & 8);
        blanks += (now & 1) && !(before & 1);
        g_assert_true(!(now & 8) || (now & 1));
        before = now;
        clock_step(stub->board.clock, 10000);
    }
    g_assert_cmpuint(retraces, >=, 69);
    g_assert_cmpuint(retraces, <=, 71);
    g_assert_cmpuint(blanks, >, 10000);
    end();
}

/* -- memory: a model that goes bit by bit -- */

static struct {
    uint8_t plane[4][VRAM / 4];
    uint8_t latch[4];
    uint8_t seq[8], gc[16];
    bool ram;
    uint32_t bank;
    bool dispi;
} model;

static bool model_where(uint32_t addr, uint32_t *at)
{
    switch (model.gc[6] & 0x0c) {
    case 0x00:
        *at = addr - 0xa0000;
        return model.ram;
    case 0x04:
        *at = addr - 0xa0000;
        return model.ram && addr < 0xb0000;
    case 0x08:
        *at = addr - 0xb0000;
        return model.ram && addr >= 0xb0000 && addr < 0xb8000;
    default:
        *at = addr - 0xb8000;
        return model.ram && addr >= 0xb8000;
    }
}

/* Index in each plane, planes that a write reaches, plane that a read shows. */
static uint32_t model_cell(uint32_t at, bool reach[4], unsigned *shown)
{
    for (unsigned p = 0; p < 4; p++) {
        reach[p] = (model.seq[2] >> p & 1) != 0;
    }
    if (model.seq[4] & 8) {
        for (unsigned p = 0; p < 4; p++) {
            reach[p] = reach[p] && p == at % 4;
        }
        *shown = at % 4;
        return (at + model.bank) / 4 % (VRAM / 4);
    }
    if (model.gc[5] & 0x10) {
        for (unsigned p = 0; p < 4; p++) {
            reach[p] = reach[p] && p % 2 == at % 2;
        }
        *shown = (model.gc[4] / 2) * 2 + at % 2;
        return (at + model.bank) / 2 % (VRAM / 4);
    }
    *shown = model.gc[4];
    return (model.dispi ? at + model.bank : at % 65536) % (VRAM / 4);
}

static void model_write(uint32_t addr, uint8_t value)
{
    bool reach[4];
    unsigned shown, mode = model.gc[5] & 3, n = model.gc[3] & 7;
    uint32_t at, i;

    if (!model_where(addr, &at)) {
        return;
    }
    i = model_cell(at, reach, &shown);
    for (unsigned p = 0; p < 4; p++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bool old = model.latch[p] >> bit & 1;
            bool data = value >> ((bit + n) % 8) & 1;
            bool open = model.gc[8] >> bit & 1;
            bool set = model.gc[0] >> p & 1;
            bool now;

            if (mode == 0 && (model.gc[1] >> p & 1)) {
                data = set;
            } else if (mode == 2) {
                data = value >> p & 1;
            } else if (mode == 3) {
                open = open && data;
                data = set;
            }
            switch (model.gc[3] & 0x18) {
            case 0x08:
                now = data && old;
                break;
            case 0x10:
                now = data || old;
                break;
            case 0x18:
                now = data != old;
                break;
            default:
                now = data;
                break;
            }
            if (mode == 1 || !open) {
                now = old;
            }
            if (reach[p]) {
                model.plane[p][i] =
                    (uint8_t)((model.plane[p][i] & ~(1u << bit)) | (unsigned)now << bit);
            }
        }
    }
}

/* A slot serves reads without loading the latches: known, and not modelled. */
static uint8_t model_read(uint32_t addr, bool slot)
{
    bool reach[4];
    unsigned shown;
    uint32_t at, i;
    uint8_t value = 0;

    if (!model_where(addr, &at)) {
        return 0xff;
    }
    i = model_cell(at, reach, &shown);
    if (slot) {
        return model.plane[shown][i];
    }
    for (unsigned p = 0; p < 4; p++) {
        model.latch[p] = model.plane[p][i];
    }
    if (!(model.gc[5] & 8)) {
        return model.plane[shown][i];
    }
    for (unsigned bit = 0; bit < 8; bit++) {
        bool equal = true;

        for (unsigned p = 0; p < 4; p++) {
            if (model.gc[7] >> p & 1) {
                equal = equal && (model.latch[p] >> bit & 1) == (model.gc[2] >> p & 1);
            }
        }
        value |= (uint8_t)(equal << bit);
    }
    return value;
}

static void both_seq(uint8_t i, uint8_t v)
{
    static const uint8_t mask[8] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e};

    pair(0x3c4, i, v);
    model.seq[i] = v & mask[i];
}

static void both_gc(uint8_t i, uint8_t v)
{
    static const uint8_t mask[9] = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};

    pair(0x3ce, i, v);
    model.gc[i] = v & mask[i];
}

static void both_regs(const struct vga_regs *r)
{
    outb(0x3c2, r->misc);
    model.ram = r->misc & 2;
    for (uint8_t i = 0; i < 5; i++) {
        both_seq(i, r->seq[i]);
    }
    for (uint8_t i = 0; i < 9; i++) {
        both_gc(i, r->gc[i]);
    }
}

static void both_dispi(void)
{
    uint16_t on = (uint16_t)rnd(3), bpp = rnd(2) ? 4 : 8;

    if (on == 2) { /* bank only */
        if (model.dispi) {
            uint16_t bank = (uint16_t)rnd(16);

            vbe(VBE_BANK, bank);
            model.bank = bank * 65536u;
        }
        return;
    }
    vbe(VBE_BPP, bpp);
    vbe(VBE_ENABLE, on ? VBE_ENABLED | VBE_NOCLEAR : 0);
    if (on && !model.dispi) {
        memset(model.gc, 0, sizeof(model.gc));
        model.gc[7] = 0x0f;
        model.gc[8] = 0xff;
        model.seq[2] = 0x0f;
        model.seq[4] = bpp == 4 ? 6 : 0x0e;
        model.gc[5] = bpp == 4 ? 0 : 0x40;
        model.gc[6] = 5;
        model.bank = 0;
    } else if (!on) {
        model.bank = 0;
    }
    model.dispi = on;
}

static void random_registers(void)
{
    static const struct vga_regs *const modes[] = {&mode_03, &mode_04, &mode_06, &mode_12,
                                                   &mode_13};

    switch (rnd(8)) {
    case 0:
    case 1:
    case 2:
        both_regs(modes[rnd(G_N_ELEMENTS(modes))]);
        break;
    case 3:
        both_dispi();
        break;
    case 4:
        both_seq(rnd(2) ? 2 : 4, (uint8_t)rnd(256));
        break;
    default:
        both_gc((uint8_t)rnd(9), (uint8_t)rnd(256));
        break;
    }
}

static void compare_memory(void)
{
    for (uint32_t i = 0; i < VRAM / 4; i++) {
        for (unsigned p = 0; p < 4; p++) {
            g_assert_cmphex(vga->vram->host[4 * i + p], ==, model.plane[p][i]);
        }
    }
}

static void test_memory(void)
{
    unsigned slots[3] = {0};

    begin();
    memset(&model, 0, sizeof(model));
    model.gc[8] = 0xff;
    for (unsigned round = 0; round < 4000; round++) {
        unsigned n = rnd(120);

        random_registers();
        if (rnd(16) == 0) { /* long enough in one mode for coalescing to end */
            both_regs(rnd(2) ? &mode_03 : &mode_13);
            clock_step(stub->board.clock, 200 * NS_PER_MS);
            n += 12000;
        }
        for (unsigned i = 0; i < n; i++) {
            uint32_t addr = 0xa0000 + (rnd(2) ? rnd(0x20000) : 0x18000 + rnd(64));

            if (rnd(2)) {
                uint8_t v = (uint8_t)rnd(256);

                poke(addr, v);
                model_write(addr, v);
            } else {
                bool slot = bare->s.slot != VGA_SLOT_NONE;

                g_assert_cmphex(peek(addr), ==, model_read(addr, slot));
            }
        }
        slots[bare->s.slot]++;
        g_assert_null(device_check(&bare->dev));
        while (loop_iterate(false)) {
        }
    }
    g_test_message("text %u linear %u", slots[VGA_SLOT_TEXT], slots[VGA_SLOT_LINEAR]);
    g_assert_cmpuint(slots[VGA_SLOT_TEXT], >, 10);
    g_assert_cmpuint(slots[VGA_SLOT_LINEAR], >, 10);
    device_enter(&bare->dev);
    vga_slot_drop(vga);
    device_leave(&bare->dev);
    compare_memory();
    end();
}

/* Wide accesses reach the planes byte by byte, also through a slot. */
static void test_wide(void)
{
    begin();
    set_mode(&mode_03);
    space_write(stub->board.mem, 0xb8000, 8, UINT64_C(0x4444333322221111));
    g_assert_cmphex(space_read(stub->board.mem, 0xb8002, 4), ==, 0x33332222);
    g_assert_cmphex(vga->vram->host[5], ==, 0x22);
    for (int i = 0; i < 64; i++) {
        peek(0xb8000);
    }
    g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_TEXT);
    g_assert_cmphex(space_read(stub->board.mem, 0xb8000, 8), ==, UINT64_C(0x4444333322221111));
    end();
}

/* -- slots -- */

static void make_text_slot(void)
{
    set_mode(&mode_03);
    for (int i = 0; i < 64; i++) {
        peek(0xb8000);
    }
    g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_TEXT);
}

static void test_font_upload(void)
{
    begin();
    make_text_slot();
    for (uint32_t i = 0; i < 4000; i += 2) {
        poke(0xb8000 + i, (uint8_t)(i / 2));
        poke(0xb8001 + i, 0x1f);
    }
    font_access(true);
    g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_NONE);
    for (uint32_t i = 0; i < 8192; i++) {
        poke(0xa0000 + i, (uint8_t)(i * 3));
    }
    g_assert_true(region_mapped(&vga->window_late));
    font_access(false);
    clock_step(stub->board.clock, 200 * NS_PER_MS);
    for (uint32_t i = 0; i < 4000; i += 2) {
        g_assert_cmphex(peek(0xb8000 + i), ==, (i / 2) & 0xff);
        g_assert_cmphex(peek(0xb8001 + i), ==, 0x1f);
    }
    for (uint32_t i = 0; i < 200; i++) { /* enough for coalescing to end, and then for a slot */
        peek(0xb8000);
    }
    g_assert_false(region_mapped(&vga->window_late));
    g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_TEXT);
    font_access(true);
    for (uint32_t i = 0; i < 8192; i++) {
        g_assert_cmphex(peek(0xa0000 + i), ==, (i * 3) & 0xff);
    }
    end();
}

/* A guest that switches at every access never pays for a slot. */
static void test_no_flapping(void)
{
    begin();
    set_mode(&mode_13);
    for (int i = 0; i < 2000; i++) {
        pair(0x3c4, 2, (uint8_t)(1 << (i & 3)));
        poke(0xa0000 + (uint32_t)i, 1);
        pair(0x3c4, 2, 0x0f);
        poke(0xa0000 + (uint32_t)i, 2);
        g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_NONE);
    }
    end();
}

static GString *zones;

static void on_coalesce(void *opaque, struct space *s, uint64_t addr, uint32_t len, bool on)
{
    (void)opaque;
    (void)s;
    (void)len;
    g_string_append_printf(zones, "%c%x ", on ? '+' : '-', (unsigned)addr);
}

static void test_coalescing(void)
{
    struct space_listener l = {.coalesce = on_coalesce};

    zones = g_string_new(NULL);
    begin();
    space_listen(stub->board.ports, &l);
    space_listen(stub->board.mem, &l);
    g_assert_nonnull(strstr(zones->str, "+3c0 "));
    g_assert_nonnull(strstr(zones->str, "+3c8 "));
    g_assert_nonnull(strstr(zones->str, "+3d4 "));
    g_assert_null(strstr(zones->str, "+3c4 "));
    g_assert_null(strstr(zones->str, "+a0000 "));
    set_mode(&mode_12);
    g_string_truncate(zones, 0);
    for (int i = 0; i < 500; i++) { /* a pair counts once */
        pair(0x3ce, 8, (uint8_t)i);
        poke(0xa0000, 1);
    }
    g_assert_cmpstr(zones->str, ==, "");
    for (int i = 0; i < 2000; i++) {
        pair(0x3ce, 8, (uint8_t)i);
        poke(0xa0000, 1);
    }
    g_assert_cmpstr(zones->str, ==, "+3c4 +3ce +a0000 ");
    g_assert_true(bare->s.coalescing);
    g_assert_null(device_check(&bare->dev));
    outb(0x3c4, 2); /* the same registers, through the other region */
    g_assert_cmpuint(inb(0x3c5), ==, 0x0f);
    g_string_truncate(zones, 0);
    set_mode(&mode_03);
    for (int i = 0; i < 10000; i++) { /* no time passes: not calm yet */
        poke(0xb8000, 1);
    }
    g_assert_cmpstr(zones->str, ==, "");
    g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_NONE);
    clock_step(stub->board.clock, 200 * NS_PER_MS);
    for (int i = 0; i < 5000; i++) {
        poke(0xb8000, 2);
    }
    g_assert_cmpstr(zones->str, ==, "-3c4 -3ce -a0000 ");
    g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_TEXT);
    end();
    g_string_free(zones, TRUE);
}

/* A bank of the DISPI window is RAM, too. */
static void test_bank_slot(void)
{
    begin();
    vbe_mode(640, 480, 8);
    for (uint16_t bank = 0; bank < 4; bank++) {
        vbe(VBE_BANK, bank);
        for (uint32_t i = 0; i < 100; i++) {
            poke(0xa0000 + i, (uint8_t)(bank + 1));
        }
        g_assert_cmpuint(bare->s.slot, ==, VGA_SLOT_LINEAR);
        for (uint32_t i = 0; i < 100; i++) {
            g_assert_cmpuint(vga->vram->host[bank * 65536u + i], ==, bank + 1u);
        }
    }
    end();
}

/* -- state -- */

static void test_state(void)
{
    GByteArray *one = g_byte_array_new(), *two = g_byte_array_new();
    struct vga_state fresh;
    GError *error = NULL;

    g_assert_cmpuint(state_layout_gap(&vga_state_layout), ==, SIZE_MAX);
    begin();
    fresh = bare->s;
    make_text_slot();
    put(0, 0, 'Q', 7);
    device_save(&bare->dev, one);
    device_reset(&bare->dev);
    g_assert_cmpmem(&bare->s, sizeof(fresh), &fresh, sizeof(fresh));
    g_assert_false(region_mapped(&vga->slot_text));
    device_reset(&bare->dev);
    g_assert_cmpmem(&bare->s, sizeof(fresh), &fresh, sizeof(fresh));
    g_assert_true(device_load(&bare->dev, one->data, one->len, &error));
    g_assert_no_error(error);
    g_assert_true(region_mapped(&vga->slot_text));
    g_assert_cmpuint(peek(0xb8000), ==, 'Q');
    device_save(&bare->dev, two);
    g_assert_cmpmem(one->data, one->len, two->data, two->len);
    bare->s.slot = VGA_SLOT_LINEAR; /* a lie */
    g_assert_cmpstr(device_check(&bare->dev), ==, "slot");
    bare->s.slot = VGA_SLOT_TEXT;
    bare->s.vbe[VBE_ENABLE] = 1;
    bare->s.vbe[VBE_XRES] = 5000;
    g_assert_nonnull(device_check(&bare->dev));
    end();
    g_byte_array_unref(one);
    g_byte_array_unref(two);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vga/registers", test_registers);
    g_test_add_func("/vga/dac", test_dac);
    g_test_add_func("/vga/retrace", test_retrace);
    g_test_add_func("/vga/memory/model", test_memory);
    g_test_add_func("/vga/memory/wide", test_wide);
    g_test_add_func("/vga/slot/font_upload", test_font_upload);
    g_test_add_func("/vga/slot/no_flapping", test_no_flapping);
    g_test_add_func("/vga/slot/coalescing", test_coalescing);
    g_test_add_func("/vga/slot/bank", test_bank_slot);
    g_test_add_func("/vga/state", test_state);
    return g_test_run();
}
