/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Bochs DISPI interface, version B0C5h: index at 1CEh, data at 1CFh and 1D0h, 16 bits wide.
 * Bochs "VBE display API"; the guest's VGA BIOS, bochs-drm and the like program it.
 *
 * Modelled: all indices, GETCAPS, 8-bit DAC, no-clear, banks, virtual width, panning, 4, 8, 15,
 * 16, 24 and 32 bpp. Not modelled: DDC, accesses of 8 bits, a display of more than the caps of
 * core/surface.h.
 *
 * Limits hold at the write (CVE-2014-3615): while the interface is enabled, width, height, virtual
 * width and offsets together always describe a picture inside video memory.
 */
#include "hw/display/vga.h"

#include <string.h>

#define VBE_ID0 0xb0c0u
#define VBE_ID5 0xb0c5u
#define VBE_MAX_XRES 4096u
#define VBE_MAX_YRES 4096u
#define VBE_MAX_BPP 32u
#define VBE_MAX_VIRT 16384u
#define VBE_ENABLE_MASK (VBE_ENABLED | VBE_GETCAPS | VBE_8BIT_DAC | VBE_LFB | VBE_NOCLEAR)
#define VBE_MIN_MEMORY (UINT64_C(1) << 20)
#define VBE_MAX_MEMORY (UINT64_C(256) << 20)

_Static_assert(VBE_MAX_XRES <= SURFACE_MAX_WIDTH, "one cap in all layers");
_Static_assert(VBE_MAX_YRES <= SURFACE_MAX_HEIGHT, "one cap in all layers");
_Static_assert(VBE_MAX_VIRT * 4 <= VBE_MIN_MEMORY, "every pitch leaves room for a line");
_Static_assert(VBE_MAX_MEMORY <= UINT32_MAX, "offsets in video memory have 32 bits");

static bool bpp_ok(uint16_t bpp)
{
    return bpp == 4 || bpp == 8 || bpp == 15 || bpp == 16 || bpp == 24 || bpp == 32;
}

static uint32_t clamp(uint32_t x, uint32_t low, uint32_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* Bytes of video memory from one line to the next; planar: of all four planes. */
static uint32_t pitch_of(const struct vga_state *s)
{
    uint32_t virt = s->vbe[VBE_VIRT_WIDTH];

    uint32_t pitch = s->vbe[VBE_BPP] == 4 ? virt / 2 : virt * ((s->vbe[VBE_BPP] + 7u) / 8);

    return pitch ? pitch : 1;
}

/* Make the enabled state fit memory. Idempotent. */
static void fit(struct vga_state *s)
{
    uint16_t *r = s->vbe;
    uint32_t unit = r[VBE_BPP] == 4 ? 8 : 1, lines;

    r[VBE_XRES] = (uint16_t)(clamp(r[VBE_XRES], 8, VBE_MAX_XRES) & ~(unit - 1));
    r[VBE_VIRT_WIDTH] =
        (uint16_t)(clamp(r[VBE_VIRT_WIDTH], r[VBE_XRES], VBE_MAX_VIRT) & ~(unit - 1));
    lines = s->vram_size / pitch_of(s);
    r[VBE_VIRT_HEIGHT] = (uint16_t)clamp(lines, 1, UINT16_MAX);
    lines = r[VBE_VIRT_HEIGHT];
    r[VBE_YRES] = (uint16_t)clamp(r[VBE_YRES], 1, clamp(lines, 1, VBE_MAX_YRES));
    r[VBE_X_OFFSET] =
        (uint16_t)clamp(r[VBE_X_OFFSET], 0, (uint32_t)r[VBE_VIRT_WIDTH] - r[VBE_XRES]);
    r[VBE_Y_OFFSET] = (uint16_t)clamp(r[VBE_Y_OFFSET], 0, lines - r[VBE_YRES]);
}

/* The legacy registers as an enabled mode wants them for the window at A0000h. */
static void window_setup(struct vga_state *s)
{
    bool planar = s->vbe[VBE_BPP] == 4;

    s->seq[2] = 0x0f;
    s->seq[4] = planar ? 0x06 : 0x0e;
    memset(s->gc, 0, sizeof(s->gc)); /* data passes unchanged */
    s->gc[5] = planar ? 0x00 : 0x40;
    s->gc[6] = 0x05;
    s->gc[7] = 0x0f;
    s->gc[8] = 0xff;
}

static void clear(struct vga *v)
{
    uint64_t len = (uint64_t)pitch_of(v->s) * v->s->vbe[VBE_YRES];

    if (len > v->size) {
        len = v->size;
    }
    memset(v->vram->host, 0, len);
    ram_block_mark(v->vram, 0, len);
}

static void enable(struct vga *v, uint16_t value)
{
    struct vga_state *s = v->s;
    bool was = vga_vbe_on(s);

    s->vbe[VBE_ENABLE] = value & VBE_ENABLE_MASK;
    if (vga_vbe_on(s) && !was) {
        vga_slot_drop(v); /* the planes are in video memory before they are cleared */
        s->vbe[VBE_VIRT_WIDTH] = 0;
        s->vbe[VBE_X_OFFSET] = 0;
        s->vbe[VBE_Y_OFFSET] = 0;
        s->vbe[VBE_BANK] = 0;
        fit(s);
        window_setup(s);
        if (!(value & VBE_NOCLEAR)) {
            clear(v);
        }
    } else if (!vga_vbe_on(s)) {
        s->vbe[VBE_BANK] = 0;
    }
}

/* Values that no mode may have are refused, and the old one stays. */
static bool acceptable(const struct vga_state *s, unsigned index, uint16_t value)
{
    switch (index) {
    case VBE_ID:
        return value >= VBE_ID0 && value <= VBE_ID5;
    case VBE_XRES:
        return value >= 1 && value <= VBE_MAX_XRES;
    case VBE_YRES:
        return value >= 1 && value <= VBE_MAX_YRES;
    case VBE_BPP:
        return bpp_ok(value);
    case VBE_BANK:
        return value < s->vram_size / VGA_BANK_SIZE;
    case VBE_VIRT_WIDTH:
        return value <= VBE_MAX_VIRT;
    case VBE_X_OFFSET:
    case VBE_Y_OFFSET:
        return true;
    default: /* the virtual height follows from the rest */
        return false;
    }
}

void vga_vbe_write(struct vga *v, unsigned index, uint16_t value)
{
    struct vga_state *s = v->s;

    if (index == VBE_BPP && value == 0) {
        value = 8;
    }
    if (index == VBE_ENABLE) {
        enable(v, value);
    } else if (index == VBE_BANK && !vga_vbe_on(s)) {
        return; /* there is no bank without DISPI */
    } else if (acceptable(s, index, value)) {
        s->vbe[index] = value;
        if (vga_vbe_on(s)) {
            fit(s);
        }
    }
    vga_remap(v);
}

uint16_t vga_vbe_read(const struct vga *v, unsigned index)
{
    const struct vga_state *s = v->s;

    if (index == VBE_MEMORY_64K) {
        return (uint16_t)(v->size / VGA_BANK_SIZE);
    }
    if (index >= VBE_REGS) {
        return 0;
    }
    if (s->vbe[VBE_ENABLE] & VBE_GETCAPS) {
        switch (index) {
        case VBE_XRES:
            return VBE_MAX_XRES;
        case VBE_YRES:
            return VBE_MAX_YRES;
        case VBE_BPP:
            return VBE_MAX_BPP;
        default:
            break;
        }
    }
    return s->vbe[index];
}

void vga_vbe_reset(struct vga_state *s)
{
    memset(s->vbe, 0, sizeof(s->vbe));
    s->vbe_index = 0;
    s->vbe[VBE_ID] = VBE_ID5;
    s->vbe[VBE_XRES] = 640;
    s->vbe[VBE_YRES] = 480;
    s->vbe[VBE_BPP] = 8;
}

void vga_vbe_settle(struct vga *v)
{
    struct vga_state *s = v->s;

    if (s->vram_size == v->size) {
        return;
    }
    s->vram_size = v->size;
    s->vbe[VBE_BANK] &= (uint16_t)(v->size / VGA_BANK_SIZE - 1);
    if (vga_vbe_on(s)) {
        fit(s);
    }
}

const char *vga_vbe_check(const struct vga_state *s)
{
    const uint16_t *r = s->vbe;
    struct vga_state copy = *s;

    if (s->vram_size < VBE_MIN_MEMORY || s->vram_size > VBE_MAX_MEMORY ||
        (s->vram_size & (s->vram_size - 1))) {
        return "vram_size";
    }
    if ((r[VBE_ENABLE] & ~VBE_ENABLE_MASK) || (r[VBE_BANK] && !vga_vbe_on(s))) {
        return "vbe";
    }
    for (unsigned i = 0; i < VBE_REGS; i++) {
        if (i != VBE_ENABLE && i != VBE_VIRT_HEIGHT && !acceptable(s, i, r[i])) {
            return "vbe";
        }
    }
    if (vga_vbe_on(s)) {
        fit(&copy);
    }
    return memcmp(copy.vbe, r, sizeof(copy.vbe)) != 0 ? "vbe" : NULL;
}

/* -- ports 1CEh to 1D1h -- */

static uint64_t dispi_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct vga *v = opaque;

    (void)width;
    switch (offset) {
    case 0:
        return v->s->vbe_index;
    case 1:
    case 2:
        return vga_vbe_read(v, v->s->vbe_index);
    default:
        return 0xffff;
    }
}

static void dispi_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct vga *v = opaque;

    (void)width;
    switch (offset) {
    case 0:
        v->s->vbe_index = (uint16_t)value;
        break;
    case 1:
    case 2:
        vga_vbe_write(v, v->s->vbe_index, (uint16_t)value);
        break;
    default:
        break;
    }
}

const struct region_ops vga_dispi_ops = {
    .read = dispi_read,
    .write = dispi_write,
    .valid = 2,
    .impl = 2,
};
