/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest may do in the A0000h window without us. Three arrangements:
 *
 *  plain       every access and every register write is an exit;
 *  slot        RAM lies in the window: text (32 KiB at B8000h or B0000h, a block of its own with
 *              characters and attributes side by side), or a 64 KiB bank of video memory at A0000h
 *              (chain 4, all planes, no logic). No exits. Every sequencer and graphics controller
 *              write is an exit, since it may take the slot away, and must before the next access;
 *  coalescing  writes to the window, 3C4h-3C5h and 3CEh-3CFh are queued by the hypervisor and come
 *              late, in order, before anything else that we serve. For planar drawing and mode X.
 *
 * Slot and coalescing exclude each other: a queued register write could not take the slot away in
 * time. From coalescing to slot the way is over plain, and the 32 exits between prove that the
 * queue has been emptied.
 *
 * When to change is a matter of cost: a slot costs about 62 us to flip, an exit 6.6 us, so a slot
 * is laid after as many exits as it costs to flip twice; whatever the guest does, it pays at most
 * about double what the better choice would have cost. Ending coalescing may cost 8 ms, as much as
 * some 1200 exits: it is entered after 1024 in a state fit for no slot (a font upload of 8192 writes
 * is already cheaper so), and left after 4096 accesses and 100 ms in a state fit for one.
 *
 * While the text block is in the window it is the truth for planes 0 and 1 of the first 16384
 * words; it is gathered from video memory before, and scattered back after, on each change of a
 * register that the window depends on (a font upload), on DISPI enable, and on reset.
 * Not modelled: planes 0 and 1 seen through BAR 0 while the text block is the truth, and latches
 * loaded by reads that a slot served.
 */
#include "core/ram.h"
#include "hw/display/vga.h"

#include <string.h>

#define HITS_TO_SLOT 32u
#define HITS_TO_COALESCE 1024u
#define HITS_TO_CALM VGA_HITS_MAX
#define CALM_NS (100 * NS_PER_MS)
#define TEXT_WORDS (VGA_TEXT_SIZE / 2)

/* Data goes through the graphics controller unchanged. */
static bool data_unchanged(const struct vga_state *s)
{
    return s->gc[1] == 0 && s->gc[3] == 0 && (s->gc[5] & 0x0b) == 0 && s->gc[8] == 0xff;
}

enum vga_slot vga_slot_wanted(const struct vga_state *s)
{
    unsigned map = s->gc[6] >> 2 & 3;
    bool odd_even = (s->gc[5] & 0x10) != 0;

    if (!(s->misc & 2) || !data_unchanged(s)) {
        return VGA_SLOT_NONE;
    }
    if (s->seq[4] & 8) {
        return map == 1 && s->seq[2] == 0x0f && !odd_even ? VGA_SLOT_LINEAR : VGA_SLOT_NONE;
    }
    if (odd_even && !(s->seq[4] & 4) && (s->gc[6] & 2) && map >= 2 && s->seq[2] == 3 &&
        !(s->gc[4] & 2) && !vga_vbe_on(s)) {
        return VGA_SLOT_TEXT;
    }
    return VGA_SLOT_NONE;
}

static uint32_t slot_base(const struct vga_state *s, enum vga_slot slot)
{
    return slot != VGA_SLOT_TEXT ? VGA_WINDOW : (s->gc[6] >> 2 & 3) == 3 ? 0xb8000 : 0xb0000;
}

/* The bank was limited when it was written; the mask is for a bank beyond a smaller memory. */
static uint32_t slot_offset(const struct vga *v, enum vga_slot slot)
{
    if (slot != VGA_SLOT_LINEAR || !vga_vbe_on(v->s)) {
        return 0;
    }
    return (uint32_t)v->s->vbe[VBE_BANK] * VGA_BANK_SIZE & (v->size - 1);
}

static void gather(struct vga *v)
{
    const uint8_t *from = v->vram->host;
    uint8_t *to = v->text->host;

    for (uint32_t i = 0; i < TEXT_WORDS; i++) {
        memcpy(to + 2 * (size_t)i, from + 4 * (size_t)i, 2);
    }
}

/* Only what differs, so that nothing else counts as dirty. */
static void scatter(struct vga *v)
{
    const uint8_t *from = v->text->host;
    uint8_t *to = v->vram->host;

    for (uint32_t i = 0; i < TEXT_WORDS; i++) {
        if (memcmp(to + 4 * (size_t)i, from + 2 * (size_t)i, 2) != 0) {
            memcpy(to + 4 * (size_t)i, from + 2 * (size_t)i, 2);
            ram_block_mark(v->vram, 4 * (uint64_t)i, 4);
        }
    }
}

void vga_text_sync(struct vga *v)
{
    if (v->s->slot == VGA_SLOT_TEXT) {
        scatter(v);
    }
}

static struct region *slot_region(struct vga *v, unsigned slot)
{
    return slot == VGA_SLOT_TEXT ? &v->slot_text : &v->slot_linear;
}

/*
 * Map the region of a slot. The linear region's offset changes only while it is unmapped; a reader
 * that still holds the old map ends in the old or the new bank, both inside video memory.
 */
static bool slot_map(struct vga *v, unsigned slot)
{
    struct region *r = slot_region(v, slot);

    if (slot == VGA_SLOT_LINEAR) {
        r->ram_offset = v->want_offset;
    }
    return space_map_or_warn(v->board->mem, r, v->want_base);
}

static void slot_lay(struct vga *v)
{
    if (v->want == VGA_SLOT_TEXT) {
        gather(v);
    }
    if (slot_map(v, v->want)) {
        v->s->slot = v->want;
    }
}

void vga_slot_drop(struct vga *v)
{
    unsigned slot = v->s->slot;

    if (slot == VGA_SLOT_NONE) {
        return;
    }
    space_unmap(slot_region(v, slot));
    v->s->slot = VGA_SLOT_NONE;
    if (slot == VGA_SLOT_TEXT) {
        scatter(v);
    } else { /* the hypervisor's log of these pages went with the slot */
        ram_block_mark(v->vram, v->slot_linear.ram_offset, VGA_BANK_SIZE);
    }
}

static void coalesce(struct vga *v, bool on)
{
    if (on == region_mapped(&v->window_late)) {
        return;
    }
    if (on) {
        space_map_or_warn(v->board->ports, &v->seq_late, 0x3c4);
        space_map_or_warn(v->board->ports, &v->gc_late, 0x3ce);
        space_map_or_warn(v->board->mem, &v->window_late, VGA_WINDOW);
    } else {
        space_unmap(&v->seq_late);
        space_unmap(&v->gc_late);
        space_unmap(&v->window_late);
    }
}

static void derive_want(struct vga *v)
{
    v->want = (uint8_t)vga_slot_wanted(v->s);
    v->want_base = slot_base(v->s, v->want);
    v->want_offset = slot_offset(v, v->want);
}

void vga_remap(struct vga *v)
{
    struct vga_state *s = v->s;
    uint8_t want = v->want;
    uint32_t base = v->want_base, offset = v->want_offset;

    derive_want(v);
    if (want == v->want && base == v->want_base && offset == v->want_offset) {
        return;
    }
    if (s->slot != VGA_SLOT_NONE) {
        vga_slot_drop(v);
    }
    s->hits = 0;
    if (want == VGA_SLOT_NONE) {
        s->rough_at = clock_now(v->board->clock);
    }
}

void vga_hit(struct vga *v)
{
    struct vga_state *s = v->s;
    bool fit = v->want != VGA_SLOT_NONE;
    uint32_t enough = !s->coalescing ? fit ? HITS_TO_SLOT : HITS_TO_COALESCE : HITS_TO_CALM;

    if (s->slot != VGA_SLOT_NONE || ++s->hits < enough) {
        return;
    }
    s->hits = 0;
    if (s->coalescing) {
        if (fit && clock_now(v->board->clock) - s->rough_at >= CALM_NS) {
            s->coalescing = 0;
            coalesce(v, false);
        }
    } else if (fit) {
        slot_lay(v);
    } else {
        s->coalescing = 1;
        coalesce(v, true);
    }
}

void vga_map_settle(struct vga *v)
{
    struct vga_state *s = v->s;

    space_unmap(&v->slot_text);
    space_unmap(&v->slot_linear);
    derive_want(v);
    coalesce(v, s->coalescing != 0);
    if (s->slot != VGA_SLOT_NONE && !slot_map(v, s->slot)) {
        if (s->slot == VGA_SLOT_TEXT) {
            scatter(v);
        }
        s->slot = VGA_SLOT_NONE;
    }
}

void vga_map_exit(struct vga *v)
{
    space_unmap(&v->slot_text);
    space_unmap(&v->slot_linear);
    coalesce(v, false);
}
