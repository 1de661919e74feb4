/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The random steps of test-walk.c: see walk.h. Accesses go to the device that is walked; time, host
 * input, memory and the CPU's part of interrupts are the whole board's.
 */
#include "tests/unit/walk.h"

#include "core/line.h"
#include "core/link.h"
#include "core/surface.h"
#include "hw/pci/pci.h"

#include <string.h>

#define REGIONS_EVERY 16 /* steps between looks at what is mapped */
#define PCI_EVERY 256    /* steps between placings of BARs */

static const struct walk *under_way;

/* -- PCI -- */

struct placing {
    struct pci_device *d; /* the one that is looked for, or NULL */
    const struct device *want;
    uint32_t io, mem;
};

/* BARs from C000h and from E0000000h up, naturally aligned; everything enabled. */
static void place(struct pci_device *d, void *opaque)
{
    struct placing *p = opaque;
    bool any = false;

    for (unsigned i = 0; i < PCI_BARS; i++) {
        const struct pci_bar *bar = &d->bar[i];
        uint32_t size = bar->region ? (uint32_t)bar->region->size : 0;
        uint32_t *next = bar->io ? &p->io : &p->mem;

        if (size) {
            *next = (*next + size - 1) & ~(size - 1);
            pci_config_write(d->bus, d->devfn, PCI_BAR0 + 4 * i, 4, *next);
            *next += size;
            any = true;
        }
    }
    if (any) {
        pci_config_write(d->bus, d->devfn, PCI_COMMAND, 2,
                         PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    }
}

static void place_all(struct world *w)
{
    struct placing p = {.io = 0xc000, .mem = 0xe0000000};

    pci_bus_each(pc_board(world_pc(w))->pci, place, &p);
}

static void match(struct pci_device *d, void *opaque)
{
    struct placing *p = opaque;

    if (&d->dev == p->want) {
        p->d = d;
    }
}

static struct pci_device *function_of(struct walk *k)
{
    struct placing p = {.want = k->d};

    pci_bus_each(pc_board(world_pc(k->w))->pci, match, &p);
    return p.d;
}

/* -- chance -- */

static uint64_t draw(struct walk *k) /* splitmix64 */
{
    uint64_t z = k->rng += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t below(struct walk *k, uint64_t n)
{
    return draw(k) % n;
}

uint64_t walk_below(struct walk *k, uint64_t n)
{
    return below(k, n);
}

/* Registers mean single bits, small numbers, addresses: more of these than of noise. */
static uint64_t some_value(struct walk *k)
{
    static const uint32_t special[] = {0,      1,      0x7f,       0x80,      0xff,
                                       0x100,  0x7fff, 0x8000,     0xffff,    0x1000,
                                       0x2000, 0x3ffc, 0x80000000, 0xfffffff, 0xffffffff};

    switch (below(k, 7)) {
    case 0:
        return special[below(k, G_N_ELEMENTS(special))];
    case 1:
        return UINT64_C(1) << below(k, 32);
    case 2:
    case 3:
        return below(k, 256);
    case 4:
        return below(k, WALK_RAM);
    case 5: /* fw_cfg's address of a descriptor */
        return GUINT32_SWAP_LE_BE((uint32_t)below(k, WALK_RAM) & ~UINT32_C(7));
    default:
        return draw(k);
    }
}

/* -- memory of steps -- */

static struct walk_op *begin(struct walk *k, enum walk_kind kind, const char *name)
{
    struct walk_op *op = &k->op[k->steps % WALK_TRACE];

    *op = (struct walk_op){.step = k->steps, .kind = kind, .name = name};
    return op;
}

void walk_note(struct walk *k, const char *what)
{
    begin(k, WALK_OTHER, what);
    k->steps++;
}

const char *walk_words(const struct walk_op *op)
{
    static char text[160];
    gsize n = sizeof(text);
    unsigned long at = (unsigned long)op->at, value = (unsigned long)op->value;

    switch (op->kind) {
    case WALK_NOTHING:
        return "nothing";
    case WALK_READ:
    case WALK_WRITE:
        g_snprintf(text, n, "%s %s+%#lx w%u %#lx", op->kind == WALK_READ ? "read" : "write",
                   op->name, at, op->width, value);
        return text;
    case WALK_READ_BLOCK:
    case WALK_WRITE_BLOCK:
        g_snprintf(text, n, "%s %s+%#lx w%u x%u, begins %#lx",
                   op->kind == WALK_READ_BLOCK ? "block read" : "block write", op->name, at,
                   op->width, op->count, value);
        return text;
    case WALK_CONFIG_READ:
    case WALK_CONFIG_WRITE:
        g_snprintf(text, n, "config %s %#lx w%u %#lx",
                   op->kind == WALK_CONFIG_READ ? "read" : "write", at, op->width, value);
        return text;
    case WALK_CLOCK:
        g_snprintf(text, n, "clock +%lu ns", value);
        return text;
    default:
        g_snprintf(text, n, "%s %#lx %#lx", op->name, at, value);
        return text;
    }
}

const char *walk_last(const struct walk *k)
{
    return k->steps ? walk_words(&k->op[(k->steps - 1) % WALK_TRACE]) : "the beginning";
}

void walk_trace(void)
{
    const struct walk *k = under_way;

    if (!k) {
        return;
    }
    g_printerr("# %s, the last of %lu steps:\n", k->d->cls->name, (unsigned long)k->steps);
    /* the slot of the next step holds the oldest, or that step half done */
    for (uint64_t i = 0; i <= WALK_TRACE; i++) {
        const struct walk_op *op = &k->op[(k->steps + i) % WALK_TRACE];

        if (op->kind != WALK_NOTHING && (op->step == k->steps) == (i == WALK_TRACE)) {
            g_printerr("#   %lu %s\n", (unsigned long)op->step, walk_words(op));
        }
    }
}

static void answer(struct walk *k, struct walk_op *op, uint64_t value)
{
    k->digest = (k->digest ^ value) * UINT64_C(0x100000001b3);
    if (k->log) {
        struct walk_answer a = {.step = k->steps, .value = value, .op = *op};

        g_array_append_val(k->log, a);
    }
}

/* -- accesses -- */

static int by_base(gconstpointer a, gconstpointer b)
{
    const struct region *x = *(const struct region *const *)a;
    const struct region *y = *(const struct region *const *)b;

    if (x->base != y->base) {
        return x->base < y->base ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static void look(struct walk *k)
{
    g_ptr_array_set_size(k->own, 0);
    for (unsigned s = 0; s < 2; s++) {
        GPtrArray *all = space_regions(world_space(k->w, s == 0));

        for (guint i = 0; i < all->len; i++) {
            struct region *r = g_ptr_array_index(all, i);

            if (r->dev == k->d) {
                g_ptr_array_add(k->own, r);
            }
        }
        g_ptr_array_free(all, TRUE);
    }
    g_ptr_array_sort(k->own, by_base);
}

static void access_block(struct walk *k, struct region *r, struct walk_op *op, bool write)
{
    uint8_t buf[64 * 8] = {0};
    uint32_t bytes;

    op->count = 1 + (uint32_t)below(k, 64);
    bytes = op->count * op->width;
    for (unsigned i = 0; write && i < bytes; i += 8) {
        uint64_t v = draw(k);

        memcpy(buf + i, &v, 8);
    }
    memcpy(&op->value, buf, 8);
    space_access(r->space, r->base + op->at, op->width, op->count, write, buf);
    for (uint32_t i = 0; !write && i < bytes; i++) {
        answer(k, op, buf[i]);
    }
    memcpy(&op->value, buf, 8);
}

static void access_region(struct walk *k, bool write, bool block)
{
    struct region *r;
    struct walk_op *op;
    uint64_t at;

    if (k->own->len == 0) {
        return;
    }
    r = g_ptr_array_index(k->own, below(k, k->own->len));
    if (!region_mapped(r)) { /* moved since */
        return;
    }
    k->accesses++;
    at = below(k, 4) ? below(k, MIN(r->size, 64)) : below(k, r->size);
    op = begin(
        k, block ? (write ? WALK_WRITE_BLOCK : WALK_READ_BLOCK) : (write ? WALK_WRITE : WALK_READ),
        r->name);
    op->at = at;
    op->width = 1u << below(k, space_is_ports(r->space) ? 3 : 4);
    if (below(k, 2)) { /* as guests do; the rest is for the bus to split */
        op->at &= ~(uint64_t)(op->width - 1);
    }
    if (block) {
        access_block(k, r, op, write);
    } else if (write) {
        op->value = some_value(k);
        space_write(r->space, r->base + op->at, op->width, op->value);
    } else {
        op->value = space_read(r->space, r->base + op->at, op->width);
        answer(k, op, op->value);
    }
}

static void access_config(struct walk *k)
{
    struct pci_device *d = function_of(k);
    bool write = below(k, 2) != 0;
    struct walk_op *op;

    if (!d) {
        return;
    }
    op = begin(k, write ? WALK_CONFIG_WRITE : WALK_CONFIG_READ, "config");
    op->width = 1u << below(k, 3);
    op->at = below(k, PCI_CONFIG_SIZE) & ~(uint64_t)(op->width - 1);
    op->value = some_value(k) & UINT32_MAX;
    if (write) {
        pci_config_write(d->bus, d->devfn, (unsigned)op->at, op->width, (uint32_t)op->value);
    } else {
        op->value = pci_config_read(d->bus, d->devfn, (unsigned)op->at, op->width);
        answer(k, op, op->value);
    }
}

static void step_clock(struct walk *k)
{
    struct walk_op *op = begin(k, WALK_CLOCK, "clock");

    op->value = below(k, UINT64_C(1) << (8 + below(k, 20))); /* up to 0.13 s */
    if (below(k, 5000) == 0) {                               /* rarely, seconds */
        op->value = below(k, 4 * NS_PER_SEC);
    }
    clock_step(world_clock(k->w), op->value);
}

/* -- memory -- */

/* A PRD, a descriptor of fw_cfg, or noise: 16 bytes. */
static void some_descriptor(struct walk *k, uint8_t to[16])
{
    uint32_t address = (uint32_t)below(k, WALK_RAM);
    uint32_t length = (uint32_t)below(k, below(k, 4) ? 600 : 0x10000);
    uint32_t word[4];

    switch (below(k, 3)) {
    case 0:
        word[0] = GUINT32_TO_LE(address & ~1u);
        word[1] = GUINT32_TO_LE((length & 0xfffe) | (below(k, 4) ? 0 : 0x80000000));
        word[2] = GUINT32_TO_LE(address & ~UINT32_C(0xffff));
        word[3] = GUINT32_TO_LE(0x80000200);
        break;
    case 1:
        word[0] = GUINT32_TO_BE((uint32_t)below(k, 0x40) << 16 | (uint32_t)below(k, 32));
        word[1] = GUINT32_TO_BE(length);
        word[2] = 0;
        word[3] = GUINT32_TO_BE(address);
        break;
    default:
        for (unsigned i = 0; i < 4; i++) {
            word[i] = (uint32_t)draw(k);
        }
        break;
    }
    memcpy(to, word, sizeof(word));
}

void walk_fill_ram(struct walk *k)
{
    struct ram_block *ram = pc_ram(world_pc(k->w));

    for (uint64_t at = 0; at + 16 <= ram->size && at < WALK_RAM; at += 16) {
        some_descriptor(k, ram->host + at);
    }
}

/* The CPU elsewhere: RAM with descriptors, and the windows and ROMs below 1 MiB. */
static void access_memory(struct walk *k)
{
    struct space *mem = world_space(k->w, false);
    struct walk_op *op = begin(k, WALK_OTHER, "memory");
    uint8_t bytes[16];

    op->at = below(k, 2) ? 0xa0000 + below(k, 0x60000) : below(k, WALK_RAM + 4096) & ~UINT64_C(15);
    if (below(k, 3)) {
        some_descriptor(k, bytes);
        memcpy(&op->value, bytes, 8);
        space_access(mem, op->at, 4, 4, true, bytes);
    } else {
        op->value = space_read(mem, op->at, 1u << below(k, 4));
        answer(k, op, op->value);
    }
}

/* -- the host -- */

static void deliver_line(struct line *l, void *opaque)
{
    struct walk *k = opaque;
    uint8_t buf[16];

    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = (uint8_t)draw(k);
    }
    switch (below(k, 8)) {
    case 0:
        line_host_modem(l, (uint8_t)draw(k) & (LINE_CTS | LINE_DSR | LINE_RI | LINE_DCD));
        break;
    case 1:
        line_host_event(l, (enum line_event)below(k, 3));
        break;
    default:
        line_deliver(l, buf, (uint32_t)(1 + below(k, sizeof(buf))));
        break;
    }
}

static void deliver_link(struct link *l, void *opaque)
{
    struct walk *k = opaque;
    uint8_t frame[1600];
    uint32_t len = 1 + (uint32_t)below(k, sizeof(frame));

    if (below(k, 16) == 0) {
        link_set_carrier(l, below(k, 4) != 0);
        return;
    }
    memset(frame, (int)below(k, 256), len);
    if (below(k, 2)) {
        memset(frame, 0xff, MIN(len, 6));
    }
    link_deliver(l, frame, len);
}

static void look_at_screen(struct walk *k, struct walk_op *op)
{
    op->name = "screen";
    if (k->steps % 64) { /* drawing takes long */
        g_autofree char *text = surface_text();

        answer(k, op, text ? g_str_hash(text) : 0);
    } else {
        surface_refresh(below(k, 2) != 0);
    }
}

static void user_input(struct walk *k, struct walk_op *op)
{
    static const uint16_t odd[] = {INPUT_KEY_PAUSE, 0xe01d, 0xe037, 0xe046,
                                   0xe05b,          0x54,   0,      0xffff};

    switch (below(k, 8)) {
    case 0:
    case 1:
    case 2:
        op->name = "key";
        op->at = below(k, 8) ? 1 + below(k, 0x58) : odd[below(k, G_N_ELEMENTS(odd))];
        op->value = below(k, 2);
        input_key((uint16_t)op->at, op->value != 0);
        break;
    case 3:
    case 4:
        op->name = "motion";
        op->at = below(k, 1000);
        op->value = below(k, 1000);
        input_motion((int32_t)op->at - 500, (int32_t)op->value - 500, (int32_t)below(k, 3) - 1);
        break;
    case 5:
        op->name = "buttons";
        op->value = below(k, 32);
        input_buttons((uint32_t)op->value);
        break;
    case 6:
        op->name = "release all";
        input_release_all();
        break;
    default:
        op->name = "power button";
        pc_power_button(world_pc(k->w));
        break;
    }
}

/* From outside: keys, mouse, bytes, frames, eyes; and the CPU's part of an interrupt. */
static void input(struct walk *k)
{
    struct walk_op *op = begin(k, WALK_OTHER, "line bytes");

    switch (below(k, 7)) {
    case 0:
    case 1:
        user_input(k, op);
        break;
    case 2:
        line_each(deliver_line, k);
        break;
    case 3:
        op->name = "frame";
        link_each(deliver_link, k);
        break;
    case 4:
        look_at_screen(k, op);
        break;
    case 5:
        op->name = "INTA";
        if (world_intr(k->w)) {
            op->value = pc_intr_ack(world_pc(k->w));
            answer(k, op, op->value);
        }
        break;
    default:
        op->name = "EOI";
        op->value = below(k, 256);
        pc_ioapic_eoi(world_pc(k->w), (uint8_t)op->value);
        break;
    }
}

/* -- the walk -- */

void walk_begin(struct walk *k, struct world *w, struct device *d, uint64_t seed, GArray *log)
{
    *k = (struct walk){.w = w, .d = d, .rng = seed, .log = log, .own = g_ptr_array_new()};
    under_way = k;
}

void walk_step(struct walk *k)
{
    uint64_t dice = below(k, 100);
    struct walk_op *op = begin(k, WALK_NOTHING, "");

    if (k->steps % PCI_EVERY == 0) {
        place_all(k->w);
    }
    if (k->steps % REGIONS_EVERY == 0) {
        look(k);
    }
    if (dice < 40) {
        access_region(k, true, false);
    } else if (dice < 72) {
        access_region(k, false, false);
    } else if (dice < 78) {
        access_region(k, dice % 2 == 0, true);
    } else if (dice < 82) {
        access_config(k);
    } else if (dice < 85) {
        access_memory(k);
    } else if (dice < 93) {
        step_clock(k);
    } else {
        input(k);
    }
    world_serve(k->w);
    answer(k, op, world_lines(k->w));
    k->steps++;
}

void walk_end(struct walk *k)
{
    g_ptr_array_free(k->own, TRUE);
    under_way = NULL;
}
