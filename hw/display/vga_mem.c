/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window at A0000h: the data path of the VGA's graphics controller and sequencer. IBM VGA
 * technical reference, "Graphics Controller Registers", "Video Memory Read/Write Operations".
 *
 * Modelled: four maps of the window, chain 4, odd/even, plane mask, write modes 0 to 3, read modes
 * 0 and 1, rotate, logic functions, set/reset, bit mask, latches; DISPI bank. Not modelled: the
 * odd/even page bit of the miscellaneous output register.
 *
 * Every address is masked to video memory where it is used, whatever mode it was meant for
 * (CVE-2016-3710).
 */
#include "core/ram.h"
#include "hw/display/vga.h"

#include <string.h>

#define GC_SET_RESET 0
#define GC_ENABLE_SET_RESET 1
#define GC_COLOR_COMPARE 2
#define GC_ROTATE 3
#define GC_READ_MAP 4
#define GC_MODE 5
#define GC_MISC 6
#define GC_COLOR_DONT_CARE 7
#define GC_BIT_MASK 8

/* Where an access lands: a word of four planes, which of them, and the one that is read. */
struct cell {
    uint32_t word;
    uint8_t lanes, plane;
};

/* A bit a plane to a byte a plane. */
static uint32_t expand(unsigned planes)
{
    return (planes & 1 ? 0xffu : 0) | (planes & 2 ? 0xff00u : 0) | (planes & 4 ? 0xff0000u : 0) |
           (planes & 8 ? 0xff000000u : 0);
}

static uint32_t load(const struct vga *v, uint32_t word)
{
    uint32_t value;

    memcpy(&value, v->vram->host + (size_t)word * 4, 4);
    return value;
}

static void store(struct vga *v, uint32_t word, uint32_t value)
{
    memcpy(v->vram->host + (size_t)word * 4, &value, 4);
    ram_block_mark(v->vram, (uint64_t)word * 4, 4);
}

/* Offset from A0000h to offset in the decoded window; false: not ours now. */
static bool decode(const struct vga_state *s, uint32_t offset, uint32_t *at)
{
    static const uint32_t first[] = {0, 0, 0x10000, 0x18000};
    static const uint32_t length[] = {0x20000, 0x10000, 0x8000, 0x8000};
    unsigned map = s->gc[GC_MISC] >> 2 & 3;

    if (!(s->misc & 2) || offset < first[map] || offset - first[map] >= length[map]) {
        return false;
    }
    *at = offset - first[map];
    return true;
}

static struct cell locate(const struct vga *v, uint32_t at)
{
    const struct vga_state *s = v->s;
    uint32_t words = v->size / 4 - 1;
    uint32_t bank = vga_vbe_on(s) ? (uint32_t)s->vbe[VBE_BANK] * VGA_BANK_SIZE : 0;
    struct cell c;

    if (s->seq[4] & 8) {
        c.word = (at + bank) >> 2;
        c.plane = (uint8_t)(at & 3);
        c.lanes = (uint8_t)(1u << c.plane);
    } else if (s->gc[GC_MODE] & 0x10) {
        c.word = (at + bank) >> 1;
        c.plane = (uint8_t)((s->gc[GC_READ_MAP] & 2) | (at & 1));
        c.lanes = at & 1 ? 0x0a : 0x05;
    } else {
        c.word = vga_vbe_on(s) ? at + bank : at & 0xffff;
        c.plane = s->gc[GC_READ_MAP] & 3;
        c.lanes = 0x0f;
    }
    c.word &= words;
    return c;
}

/* A vCPU that was on its way here when the text block was laid over the window. */
static uint8_t *overtaken(struct vga *v, uint32_t offset)
{
    uint32_t base = v->want_base - VGA_WINDOW;

    if (v->s->slot != VGA_SLOT_TEXT || offset < base || offset - base >= VGA_TEXT_SIZE) {
        return NULL;
    }
    return v->text->host + (offset - base);
}

/* Read mode 1: a bit for each pixel whose cared-for planes equal the colour. */
static uint8_t compare(const struct vga_state *s)
{
    uint32_t differ =
        (s->latch ^ expand(s->gc[GC_COLOR_COMPARE])) & expand(s->gc[GC_COLOR_DONT_CARE]);

    differ |= differ >> 16;
    return (uint8_t) ~(differ | differ >> 8);
}

uint8_t vga_mem_read(struct vga *v, uint32_t offset)
{
    struct vga_state *s = v->s;
    const uint8_t *text = overtaken(v, offset);
    struct cell c;
    uint32_t at;

    if (text) {
        return *text;
    }
    if (!decode(s, offset, &at)) {
        return 0xff;
    }
    vga_hit(v);
    c = locate(v, at);
    s->latch = load(v, c.word);
    if (s->gc[GC_MODE] & 8) {
        return compare(s);
    }
    return (uint8_t)(s->latch >> (8 * c.plane));
}

static uint8_t rotate(const struct vga_state *s, uint8_t value)
{
    unsigned n = s->gc[GC_ROTATE] & 7;

    return (uint8_t)(value >> n | value << (8 - n));
}

static uint32_t logic(const struct vga_state *s, uint32_t value)
{
    switch (s->gc[GC_ROTATE] >> 3 & 3) {
    case 1:
        return value & s->latch;
    case 2:
        return value | s->latch;
    case 3:
        return value ^ s->latch;
    default:
        return value;
    }
}

/* What the write mode makes of a byte: four planes of it. */
static uint32_t shape(const struct vga_state *s, uint8_t byte)
{
    uint8_t bits = s->gc[GC_BIT_MASK];
    uint32_t value, mask, set;

    switch (s->gc[GC_MODE] & 3) {
    case 1:
        return s->latch;
    case 2:
        value = expand(byte);
        break;
    case 3:
        bits &= rotate(s, byte);
        value = expand(s->gc[GC_SET_RESET]);
        break;
    default:
        set = expand(s->gc[GC_ENABLE_SET_RESET]);
        value = rotate(s, byte) * 0x01010101u;
        value = (value & ~set) | (expand(s->gc[GC_SET_RESET]) & set);
        break;
    }
    mask = bits * 0x01010101u;
    return (logic(s, value) & mask) | (s->latch & ~mask);
}

void vga_mem_write(struct vga *v, uint32_t offset, uint8_t value)
{
    const struct vga_state *s = v->s;
    uint8_t *text = overtaken(v, offset);
    uint32_t at, lanes;
    struct cell c;

    if (text) {
        *text = value;
        return;
    }
    if (!decode(s, offset, &at)) {
        return;
    }
    c = locate(v, at);
    lanes = expand(c.lanes & s->seq[2]);
    if (lanes) {
        store(v, c.word, (load(v, c.word) & ~lanes) | (shape(s, value) & lanes));
    }
    vga_hit(v);
}

static uint64_t window_read(void *opaque, uint64_t offset, unsigned width)
{
    (void)width;
    return vga_mem_read(opaque, (uint32_t)offset);
}

static void window_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    (void)width;
    vga_mem_write(opaque, (uint32_t)offset, (uint8_t)value);
}

const struct region_ops vga_window_ops = {
    .read = window_read,
    .write = window_write,
    .valid = 1 | 2 | 4 | 8,
    .impl = 1,
};

/*
 * A write has no effect but on memory, latches and pixels, and whoever looks at those has the ring
 * drained first. Mapped only while no RAM lies in the window: see vga_map.c.
 */
const struct region_ops vga_window_late_ops = {
    .read = window_read,
    .write = window_write,
    .valid = 1 | 2 | 4 | 8,
    .impl = 1,
    .coalesced = (const struct span[]){{0, VGA_WINDOW_SIZE}, {0, 0}},
};
