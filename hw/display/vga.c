/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VGA registers: ports 3B4h-3B5h, 3BAh, 3C0h-3CFh, 3D4h-3D5h, 3DAh. IBM PS/2 Hardware Interface
 * Technical Reference, "Video Subsystem".
 *
 * Modelled: sequencer, CRTC with its write protection, graphics and attribute controllers, DAC with
 * read and write state, miscellaneous output with the colour/monochrome port switch, input status
 * with display enable and vertical retrace from guest time and the CRTC's values.
 * Not modelled: vertical retrace interrupt, switch sense against the DAC, diagnostic colour bits,
 * palette locked out while the screen is on.
 *
 * Threading: everything under the device's lock; the RAM in the window is the guest's own.
 *
 * Coalesced always: 3C0h, 3C6h, 3C8h-3C9h and the CRTC's ports. A write there changes only
 * registers and pixels; every read of them, and of the port that resets the attribute flip-flop, is
 * an exit, before which the queue is served in order. 3C4h-3C5h and 3CEh-3CFh only while no RAM
 * lies in the window: vga_map.c. 3C2h never: it switches ports and window.
 */
#include "hw/display/vga.h"

#include "core/ram.h"

#include <string.h>

#define PRIO_PORT_LATE (PRIO_FIXED + 1)
#define PRIO_WINDOW (PRIO_FIXED + 16) /* above RAM that passes below it */
#define PRIO_WINDOW_LATE (PRIO_FIXED + 17)
#define PRIO_SLOT (PRIO_FIXED + 18)

#define CRTC_PROTECT 0x11u
#define ATTR_LAST 0x14u
#define STATUS1_BLANK 0x01u
#define STATUS1_RETRACE 0x08u

static const uint8_t seq_mask[VGA_SEQ_REGS] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e};
static const uint8_t gc_mask[VGA_GC_REGS] = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};
static const uint8_t attr_mask[VGA_ATTR_REGS] = {
    0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
    0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0xef, 0xff, 0x3f, 0x0f, 0x0f,
};

/* -- time -- */

static const struct vga_timing default_timing = {
    /* 720x400 at 70 Hz: 449 lines of 31.778 us */
    .frame = 14268322, .line = 31778,  .active = 12711200,
    .shown = 25422,    .vr = 13092536, .vrend = 13292536,
};

/* A slow host would miss the two lines that retrace lasts; guests wait for its edges. */
#define RETRACE_MIN_NS (200 * NS_PER_US)

static void update_timing(struct vga *v)
{
    const struct vga_state *s = v->s;
    struct vga_timing *t = &v->timing;
    uint32_t clock = (s->misc >> 2 & 3) == 1 ? 28322000 : 25175000;
    uint32_t dots = (s->seq[1] & 1 ? 8u : 9u) * (s->seq[1] & 8 ? 2u : 1u);
    uint32_t total = (s->crtc[6] | (s->crtc[7] & 1u) << 8 | (s->crtc[7] >> 5 & 1u) << 9) + 2;
    uint32_t end = (s->crtc[0x12] | (s->crtc[7] >> 1 & 1u) << 8 | (s->crtc[7] >> 6 & 1u) << 9) + 1;
    uint32_t vr = s->crtc[0x10] | (s->crtc[7] >> 2 & 1u) << 8 | (s->crtc[7] >> 7 & 1u) << 9;
    uint32_t vrend = (vr & ~15u) | (s->crtc[0x11] & 15);

    if (vrend <= vr) {
        vrend += 16;
    }
    t->line = muldiv64((uint64_t)(s->crtc[0] + 5) * dots, 1000000000, clock);
    t->shown = muldiv64((uint64_t)(s->crtc[1] + 1) * dots, 1000000000, clock);
    t->frame = t->line * total;
    t->active = t->line * end;
    t->vr = t->line * vr;
    t->vrend = t->line * vrend;
    if (t->vrend < t->vr + RETRACE_MIN_NS) {
        t->vrend = t->vr + RETRACE_MIN_NS;
    }
    if (t->frame < 4 * NS_PER_MS || t->frame > 50 * NS_PER_MS || t->active >= t->frame ||
        t->vr >= t->frame || t->shown >= t->line) {
        *t = default_timing;
    }
}

static uint8_t status1(const struct vga *v)
{
    const struct vga_timing *t = &v->timing;
    uint64_t at = clock_now(v->board->clock) % t->frame;
    uint8_t value = 0;

    if (at >= t->active || at % t->line >= t->shown) {
        value |= STATUS1_BLANK;
    }
    if (at >= t->vr && at < t->vrend) {
        value |= STATUS1_RETRACE;
    }
    return value;
}

/* -- register writes with a verb -- */

static void seq_write(struct vga *v, uint8_t value)
{
    struct vga_state *s = v->s;
    unsigned i = s->seq_index;

    s->seq[i] = value & seq_mask[i];
    if (i == 1) {
        update_timing(v);
    } else if (i == 2 || i == 4) {
        vga_remap(v);
    }
    if (v->want == VGA_SLOT_NONE) {
        vga_hit(v);
    }
}

static void gc_write(struct vga *v, uint8_t value)
{
    struct vga_state *s = v->s;

    s->gc[s->gc_index] = value & gc_mask[s->gc_index];
    vga_remap(v);
    if (v->want == VGA_SLOT_NONE) {
        vga_hit(v);
    }
}

static void crtc_write(struct vga *v, uint8_t value)
{
    struct vga_state *s = v->s;
    unsigned i = s->crtc_index;

    if (i <= 7 && (s->crtc[CRTC_PROTECT] & 0x80)) {
        if (i == 7) { /* bit 8 of line compare is not protected */
            s->crtc[7] = (uint8_t)((s->crtc[7] & ~0x10u) | (value & 0x10));
        }
        return;
    }
    s->crtc[i] = value;
    if (i <= 7 || (i >= 0x10 && i <= 0x12)) {
        update_timing(v);
    }
}

static void attr_write(struct vga_state *s, uint8_t value)
{
    unsigned i = s->attr_index & 0x1f;

    if (!s->attr_data) {
        s->attr_index = value & 0x3f;
    } else if (i <= ATTR_LAST) {
        s->attr[i] = value & attr_mask[i];
    }
    s->attr_data ^= 1;
}

static void misc_write(struct vga *v, uint8_t value)
{
    v->s->misc = value & 0xef;
    update_timing(v);
    vga_remap(v);
}

static void dac_data_write(struct vga_state *s, uint8_t value)
{
    s->dac_latch[s->dac_phase] = s->vbe[VBE_ENABLE] & VBE_8BIT_DAC ? value : value & 0x3f;
    if (++s->dac_phase == 3) {
        s->dac_phase = 0;
        memcpy(&s->dac[s->dac_write_index * 3], s->dac_latch, 3);
        s->dac_write_index++;
    }
}

static uint8_t dac_data_read(struct vga_state *s)
{
    uint8_t value = s->dac[s->dac_read_index * 3 + s->dac_phase];

    if (++s->dac_phase == 3) {
        s->dac_phase = 0;
        s->dac_read_index++;
    }
    return value;
}

/* Ports 3Bxh answer in monochrome, 3Dxh in colour. */
static bool decoded(const struct vga_state *s, uint16_t port)
{
    return (port & 0xfff0) == 0x3c0 || (port >= 0x3d0) == (s->misc & 1);
}

uint8_t vga_port_read(struct vga *v, uint16_t port)
{
    struct vga_state *s = v->s;

    if (!decoded(s, port)) {
        return 0xff;
    }
    switch (port) {
    case 0x3c0:
        return s->attr_index;
    case 0x3c1:
        return s->attr[s->attr_index & 0x1f];
    case 0x3c2: /* input status 0: a monitor is there */
        return 0x10;
    case 0x3c4:
        return s->seq_index;
    case 0x3c5:
        return s->seq[s->seq_index];
    case 0x3c6:
        return s->dac_mask;
    case 0x3c7:
        return s->dac_reading ? 3 : 0;
    case 0x3c8:
        return s->dac_write_index;
    case 0x3c9:
        return dac_data_read(s);
    case 0x3ca:
        return s->feature;
    case 0x3cc:
        return s->misc;
    case 0x3ce:
        return s->gc_index;
    case 0x3cf:
        return s->gc[s->gc_index];
    case 0x3b4:
    case 0x3d4:
        return s->crtc_index;
    case 0x3b5:
    case 0x3d5:
        return s->crtc[s->crtc_index];
    case 0x3ba:
    case 0x3da:
        s->attr_data = 0;
        return status1(v);
    default:
        return 0xff;
    }
}

void vga_port_write(struct vga *v, uint16_t port, uint8_t value)
{
    struct vga_state *s = v->s;

    if (!decoded(s, port)) {
        return;
    }
    switch (port) {
    case 0x3c0:
        attr_write(s, value);
        break;
    case 0x3c2:
        misc_write(v, value);
        break;
    case 0x3c4:
        s->seq_index = value & (VGA_SEQ_REGS - 1);
        break;
    case 0x3c5:
        seq_write(v, value);
        break;
    case 0x3c6:
        s->dac_mask = value;
        break;
    case 0x3c7:
        s->dac_read_index = value;
        s->dac_reading = 1;
        s->dac_phase = 0;
        break;
    case 0x3c8:
        s->dac_write_index = value;
        s->dac_reading = 0;
        s->dac_phase = 0;
        break;
    case 0x3c9:
        dac_data_write(s, value);
        break;
    case 0x3ce:
        s->gc_index = value & (VGA_GC_REGS - 1);
        break;
    case 0x3cf:
        gc_write(v, value);
        break;
    case 0x3b4:
    case 0x3d4:
        s->crtc_index = value & (VGA_CRTC_REGS - 1);
        break;
    case 0x3b5:
    case 0x3d5:
        crtc_write(v, value);
        break;
    case 0x3ba:
    case 0x3da:
        s->feature = value & 0x10;
        break;
    default:
        break;
    }
}

/* -- regions -- */

static uint64_t ports_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct vga_ports *p = opaque;

    (void)width;
    return vga_port_read(p->vga, (uint16_t)(p->base + offset));
}

static void ports_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    const struct vga_ports *p = opaque;

    (void)width;
    vga_port_write(p->vga, (uint16_t)(p->base + offset), (uint8_t)value);
}

#define PORT_OPS(spans)                                                                            \
    {                                                                                              \
        .read = ports_read, .write = ports_write, .valid = 1 | 2 | 4, .impl = 1,                   \
        .coalesced = (spans)                                                                       \
    }

static const struct span main_spans[] = {{0, 1}, {6, 1}, {8, 2}, {0, 0}};
static const struct span pair_span[] = {{0, 2}, {0, 0}};
static const struct region_ops plain_ops = PORT_OPS(NULL);
static const struct region_ops main_ops = PORT_OPS(main_spans);
static const struct region_ops pair_ops = PORT_OPS(pair_span);

static const struct {
    const char *name;
    uint16_t base, size;
    const struct region_ops *ops;
} port_spans[VGA_PORT_SPANS] = {
    {"vga-crtc-mono", 0x3b4, 2, &pair_ops}, {"vga-status-mono", 0x3ba, 1, &plain_ops},
    {"vga", 0x3c0, 16, &main_ops},          {"vga-crtc", 0x3d4, 2, &pair_ops},
    {"vga-status", 0x3da, 1, &plain_ops},   {"vga-seq-late", 0x3c4, 2, &pair_ops},
    {"vga-gc-late", 0x3ce, 2, &pair_ops},
};
#define PORT_SPANS_FIXED 5 /* the last two are mapped by vga_map.c */

static struct region io_region(struct vga *v, const char *name, const struct region_ops *ops,
                               void *opaque, uint64_t size, int prio)
{
    return (struct region){.name = name,
                           .dev = v->dev,
                           .opaque = opaque,
                           .ops = ops,
                           .kind = REGION_IO,
                           .size = size,
                           .prio = prio};
}

static struct region ram_region(struct vga *v, const char *name, struct ram_block *ram,
                                uint64_t size, bool log)
{
    return (struct region){.name = name,
                           .dev = v->dev,
                           .kind = REGION_RAM,
                           .ram = ram,
                           .size = size,
                           .prio = PRIO_SLOT,
                           .log_dirty = log};
}

static void make_regions(struct vga *v)
{
    for (int i = 0; i < VGA_PORT_SPANS; i++) {
        struct region *r = i < PORT_SPANS_FIXED    ? &v->ports[i]
                           : i == PORT_SPANS_FIXED ? &v->seq_late
                                                   : &v->gc_late;

        v->ports_at[i] = (struct vga_ports){v, port_spans[i].base};
        *r = io_region(v, port_spans[i].name, port_spans[i].ops, &v->ports_at[i],
                       port_spans[i].size, i < PORT_SPANS_FIXED ? PRIO_FIXED : PRIO_PORT_LATE);
    }
    v->dispi = io_region(v, "vga-dispi", &vga_dispi_ops, v, 4, PRIO_FIXED);
    v->window = io_region(v, "vga-window", &vga_window_ops, v, VGA_WINDOW_SIZE, PRIO_WINDOW);
    v->window_late =
        io_region(v, "vga-window-late", &vga_window_late_ops, v, VGA_WINDOW_SIZE, PRIO_WINDOW_LATE);
    v->slot_text = ram_region(v, "vga-text", v->text, VGA_TEXT_SIZE, false);
    v->slot_linear = ram_region(v, "vga-bank", v->vram, VGA_BANK_SIZE, true);
    v->lfb = ram_region(v, "vga.vram", v->vram, v->size, true);
}

static bool map_regions(struct vga *v, GError **error)
{
    for (int i = 0; i < PORT_SPANS_FIXED; i++) {
        if (!space_map(v->board->ports, &v->ports[i], port_spans[i].base, error)) {
            return false;
        }
    }
    return space_map(v->board->ports, &v->dispi, 0x1ce, error) &&
           space_map(v->board->mem, &v->window, VGA_WINDOW, error);
}

/* -- life -- */

void vga_reset(struct vga *v)
{
    struct vga_state *s = v->s;

    vga_slot_drop(v);
    memset(s, 0, sizeof(*s));
    s->vram_size = v->size;
    vga_vbe_reset(s);
    s->misc = 0x01; /* colour ports, so that a VGA BIOS finds the CRTC */
    s->gc[8] = 0xff;
    s->dac_mask = 0xff;
}

void vga_settle(struct vga *v)
{
    vga_vbe_settle(v);
    update_timing(v);
    vga_map_settle(v);
    vga_draw_forget(v);
}

static bool masked(const uint8_t *regs, const uint8_t *mask, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (regs[i] & ~mask[i]) {
            return false;
        }
    }
    return true;
}

const char *vga_check(const struct vga_state *s)
{
    static const uint8_t zero[sizeof(s->pad)];

    if (s->seq_index >= VGA_SEQ_REGS || !masked(s->seq, seq_mask, VGA_SEQ_REGS)) {
        return "seq";
    }
    if (s->gc_index >= VGA_GC_REGS || !masked(s->gc, gc_mask, VGA_GC_REGS)) {
        return "gc";
    }
    if (s->attr_index > 0x3f || s->attr_data > 1 || !masked(s->attr, attr_mask, VGA_ATTR_REGS)) {
        return "attr";
    }
    if (s->crtc_index >= VGA_CRTC_REGS) {
        return "crtc_index";
    }
    if ((s->misc & 0x10) || (s->feature & ~0x10)) {
        return "misc";
    }
    if (s->dac_reading > 1 || s->dac_phase > 2) {
        return "dac_phase";
    }
    if (s->hits >= VGA_HITS_MAX) {
        return "hits";
    }
    if (s->coalescing > 1 ||
        (s->slot != VGA_SLOT_NONE && (s->coalescing || s->slot != vga_slot_wanted(s)))) {
        return "slot";
    }
    if (memcmp(s->pad, zero, sizeof(zero)) != 0) {
        return "pad";
    }
    return vga_vbe_check(s);
}

static const char *check(const void *state)
{
    return vga_check(state);
}

static const struct state_field fields[] = {
    STATE_FIELD(struct vga_state, rough_at),
    STATE_FIELD(struct vga_state, latch),
    STATE_FIELD(struct vga_state, hits),
    STATE_FIELD(struct vga_state, vram_size),
    STATE_FIELD(struct vga_state, vbe_index),
    STATE_ARRAY(struct vga_state, vbe),
    STATE_FIELD(struct vga_state, seq_index),
    STATE_ARRAY(struct vga_state, seq),
    STATE_FIELD(struct vga_state, gc_index),
    STATE_ARRAY(struct vga_state, gc),
    STATE_FIELD(struct vga_state, attr_index),
    STATE_FIELD(struct vga_state, attr_data),
    STATE_ARRAY(struct vga_state, attr),
    STATE_FIELD(struct vga_state, crtc_index),
    STATE_ARRAY(struct vga_state, crtc),
    STATE_FIELD(struct vga_state, misc),
    STATE_FIELD(struct vga_state, feature),
    STATE_FIELD(struct vga_state, dac_mask),
    STATE_FIELD(struct vga_state, dac_reading),
    STATE_FIELD(struct vga_state, dac_read_index),
    STATE_FIELD(struct vga_state, dac_write_index),
    STATE_FIELD(struct vga_state, dac_phase),
    STATE_ARRAY(struct vga_state, dac_latch),
    STATE_ARRAY(struct vga_state, dac),
    STATE_FIELD(struct vga_state, slot),
    STATE_FIELD(struct vga_state, coalescing),
    STATE_ARRAY(struct vga_state, pad),
    STATE_END,
};

const struct state_layout vga_state_layout = {
    .name = "vga",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct vga_state),
    .fields = fields,
    .check = check,
};

void vga_exit(struct vga *v)
{
    surface_detach(v->dev);
    vga_map_exit(v);
    for (int i = 0; i < PORT_SPANS_FIXED; i++) {
        space_unmap(&v->ports[i]);
    }
    space_unmap(&v->dispi);
    space_unmap(&v->window);
    space_synchronize(); /* nobody copies from what is freed */
    vga_draw_free(v->draw);
    ram_block_free(v->vram);
    ram_block_free(v->text);
    v->draw = NULL;
    v->vram = v->text = NULL;
}

bool vga_init(struct vga *v, struct device *dev, struct board *b, struct vga_state *s,
              uint64_t vram_size, GError **error)
{
    v->dev = dev;
    v->board = b;
    v->s = s;
    v->size = (uint32_t)vram_size;
    v->timing = default_timing;
    v->vram = b->ram_alloc(b->accel_opaque, "vga.vram", vram_size, error);
    if (!v->vram) {
        return false;
    }
    v->text = b->ram_alloc(b->accel_opaque, "vga.text", VGA_TEXT_SIZE, error);
    if (!v->text) {
        vga_exit(v);
        return false;
    }
    ram_block_track(v->vram);
    make_regions(v);
    v->draw = vga_draw_new(v);
    vga_reset(v);
    if (!map_regions(v, error)) {
        vga_exit(v);
        return false;
    }
    if (!surface_attach(dev, &vga_surface_ops, v)) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-device %s: there is a display adapter already; leave one out",
                    dev->cls->name);
        vga_exit(v);
        return false;
    }
    return true;
}
