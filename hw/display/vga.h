/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VGA core with the Bochs DISPI extension, without a bus. vga_pci.c puts it on PCI; a test may
 * put it on nothing. Files: vga.c registers, vga_vbe.c DISPI, vga_mem.c the A0000h window,
 * vga_map.c which RAM the guest may touch without us, vga_mode.c registers to one proven mode,
 * vga_draw.c and vga_text.c mode and memory to pixels.
 *
 * Video memory holds the four planes side by side: byte 4 * n + p is byte n of plane p. Chain 4 and
 * the linear modes then are plain bytes in order, and the CRTC's address counter counts 32-bit
 * words in every mode.
 */
#ifndef HW_DISPLAY_VGA_H
#define HW_DISPLAY_VGA_H

#include "core/device.h"
#include "core/space.h"
#include "core/surface.h"
#include "hw/display/vga_mode.h"
#include "hw/pc/board.h"

#define VGA_WINDOW 0xa0000u
#define VGA_WINDOW_SIZE 0x20000u
#define VGA_TEXT_SIZE 0x8000u /* the B0000h or B8000h window */
#define VGA_BANK_SIZE 0x10000u
#define VGA_PORT_SPANS 7

/* Whose pages lie in the window. Part of the state: it says where planes 0 and 1 are kept. */
enum vga_slot {
    VGA_SLOT_NONE,   /* every access is ours */
    VGA_SLOT_TEXT,   /* 32 KiB of characters and attributes: the text block */
    VGA_SLOT_LINEAR, /* 64 KiB of video memory at the bank */
};

enum vbe_reg {
    VBE_ID,
    VBE_XRES,
    VBE_YRES,
    VBE_BPP,
    VBE_ENABLE,
    VBE_BANK,
    VBE_VIRT_WIDTH,
    VBE_VIRT_HEIGHT,
    VBE_X_OFFSET,
    VBE_Y_OFFSET,
    VBE_REGS, /* kept ones */
    VBE_MEMORY_64K = VBE_REGS,
};
#define VBE_ENABLED 0x01u
#define VBE_GETCAPS 0x02u
#define VBE_8BIT_DAC 0x20u
#define VBE_LFB 0x40u
#define VBE_NOCLEAR 0x80u

#define VGA_SEQ_REGS 8
#define VGA_GC_REGS 16
#define VGA_ATTR_REGS 32
#define VGA_CRTC_REGS 32

struct vga_state {
    uint64_t rough_at; /* guest time when the window last became fit for RAM */
    uint32_t latch;    /* four planes, plane 0 lowest */
    uint32_t hits;     /* accesses that came to us in this state of the window */
    uint32_t vram_size;
    uint16_t vbe_index;
    uint16_t vbe[VBE_REGS];
    uint8_t seq_index, seq[VGA_SEQ_REGS];
    uint8_t gc_index, gc[VGA_GC_REGS];
    uint8_t attr_index; /* bit 5: palette address source, the screen is on */
    uint8_t attr_data;  /* flip-flop: the next write of 3C0h is data */
    uint8_t attr[VGA_ATTR_REGS];
    uint8_t crtc_index, crtc[VGA_CRTC_REGS];
    uint8_t misc, feature;
    uint8_t dac_mask, dac_reading, dac_read_index, dac_write_index, dac_phase;
    uint8_t dac_latch[3];
    uint8_t dac[768];
    uint8_t slot;       /* enum vga_slot */
    uint8_t coalescing; /* sequencer, graphics controller and window writes may come late */
    uint8_t pad[5];
};
_Static_assert(sizeof(struct vga_state) == 920, "vga_state has no hidden padding");
extern const struct state_layout vga_state_layout;

/* When the beam is where, in guest ns from the start of a frame. From the CRTC. */
struct vga_timing {
    uint64_t frame, line;
    uint64_t active;    /* end of the last visible line */
    uint64_t shown;     /* end of the visible part of a line */
    uint64_t vr, vrend; /* vertical retrace */
};

struct vga_draw;

struct vga_ports {
    struct vga *vga;
    uint16_t base;
};

struct vga {
    struct device *dev;
    struct board *board;
    struct vga_state *s;
    struct ram_block *vram, *text;
    uint32_t size; /* of vram: a power of two */
    struct vga_timing timing;
    struct vga_draw *draw;
    /* what the window is fit for now; derived */
    uint8_t want;
    uint32_t want_base, want_offset;
    struct vga_ports ports_at[VGA_PORT_SPANS];
    struct region ports[VGA_PORT_SPANS], seq_late, gc_late, dispi;
    struct region window, window_late, slot_text, slot_linear;
    struct region lfb; /* all of vram: for BAR 0 */
};

/*
 * Make memory and regions and map the legacy ones; s lies in the device's state. vram_size is a
 * power of two from 1 to 256 MiB. Nothing is left behind on failure.
 */
bool vga_init(struct vga *v, struct device *dev, struct board *b, struct vga_state *s,
              uint64_t vram_size, GError **error);
void vga_exit(struct vga *v);
void vga_reset(struct vga *v);
void vga_settle(struct vga *v);

/* NULL, or the field that no guest can bring about. */
const char *vga_check(const struct vga_state *s);

/* Register access by port number, 3B0h to 3DFh. */
uint8_t vga_port_read(struct vga *v, uint16_t port);
void vga_port_write(struct vga *v, uint16_t port, uint8_t value);

/* -- vga_vbe.c -- */
uint16_t vga_vbe_read(const struct vga *v, unsigned index);
void vga_vbe_write(struct vga *v, unsigned index, uint16_t value);
void vga_vbe_reset(struct vga_state *s);
/* A state of another memory size: make it fit this one. */
void vga_vbe_settle(struct vga *v);
const char *vga_vbe_check(const struct vga_state *s);
extern const struct region_ops vga_dispi_ops;

static inline bool vga_vbe_on(const struct vga_state *s)
{
    return (s->vbe[VBE_ENABLE] & VBE_ENABLED) != 0;
}

/* -- vga_mem.c -- */
uint8_t vga_mem_read(struct vga *v, uint32_t offset); /* from A0000h */
void vga_mem_write(struct vga *v, uint32_t offset, uint8_t value);
extern const struct region_ops vga_window_ops, vga_window_late_ops;

/* -- vga_map.c -- */
/* What the registers allow to lie in the window, and where. Pure. */
enum vga_slot vga_slot_wanted(const struct vga_state *s);
/* After a write to a register that the window depends on. */
void vga_remap(struct vga *v);
/* An access to the window, or to its registers, that cost an exit. */
void vga_hit(struct vga *v);
/* Every access is ours again, planes are in vram. Before reset. */
void vga_slot_drop(struct vga *v);
/* Copy the text block, while it is the truth, into the planes: for graphics drawn from it. */
void vga_text_sync(struct vga *v);
#define VGA_HITS_MAX 4096u /* hits stay below */
/* Map what the state says. */
void vga_map_settle(struct vga *v);
/* Unmap all, touching no state. */
void vga_map_exit(struct vga *v);

/* -- vga_draw.c, vga_text.c -- */
struct vga_draw *vga_draw_new(const struct vga *v);
void vga_draw_free(struct vga_draw *d);
extern const struct surface_source_ops vga_surface_ops; /* opaque: struct vga */
/* Forget what was drawn: the next refresh draws all. */
void vga_draw_forget(struct vga *v);

#endif
