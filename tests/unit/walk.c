/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board and the random steps of test-walk.c: see walk.h. */
#include "tests/unit/walk.h"

#include "tests/unit/walk-host.h"

#include "core/loop.h"
#include "core/surface.h"
#include "hw/pci/pci.h"

#include <string.h>

#define RAM_SIZE (UINT64_C(4) << 20)
#define DISK_SIZE (UINT64_C(1) << 20)
#define DISKS 2
#define REGIONS_EVERY 16 /* steps between looks at what is mapped */
#define PCI_EVERY 256    /* steps between placings of BARs */

struct world {
    struct space *ports, *mem;
    struct clock *clock;
    struct pc *pc;
    GPtrArray *blocks; /* struct ram_block *, all there are; whoever asked frees */
    struct memory_disk disk[DISKS];
    bool intr;
};

struct snapshot {
    uint64_t now;
    GPtrArray *blocks;  /* GBytes * */
    GPtrArray *devices; /* GByteArray *, in order of device_list() */
    GBytes *disk[DISKS];
};

static struct disk *make_disk(struct world *w, unsigned n)
{
    g_autofree char *name = g_strdup_printf("walk-disk%u", n);
    struct memory_disk *m = &w->disk[n];

    m->disk = disk_new(name);
    m->data = g_malloc(DISK_SIZE);
    for (uint64_t i = 0; i < DISK_SIZE; i++) {
        m->data[i] = (uint8_t)(i * 5 + (i >> 9) + n);
    }
    disk_insert(m->disk, &disk_ops, m, DISK_SIZE, n == 1, name, "raw");
    return m->disk;
}

/* -- the board -- */

static struct ram_block *ram_alloc(void *opaque, const char *name, uint64_t size, GError **error)
{
    struct world *w = opaque;
    struct ram_block *b = ram_block_new(name, size, error);

    if (b) {
        g_ptr_array_add(w->blocks, b);
    }
    return b;
}

static void intr(void *opaque, unsigned n, bool level)
{
    struct world *w = opaque;

    (void)n;
    w->intr = level;
}

static void msi(void *opaque, uint64_t addr, uint32_t data)
{
    (void)opaque;
    (void)addr;
    (void)data;
}

static void route(void *opaque, unsigned pin, bool valid, uint64_t addr, uint32_t data)
{
    (void)opaque;
    (void)pin;
    (void)valid;
    (void)addr;
    (void)data;
}

/* Classes that the board did not make: one of each, plugged into whatever they ask for. */
static void plug(struct world *w, const struct device_class *cls)
{
    struct device *d = device_new(cls, cls->name);
    g_autoptr(GError) error = NULL;

    for (const struct prop *p = cls->props; p && p->name; p++) {
        g_autofree char *name = g_strdup_printf("walk-%s-%s", cls->name, p->name);

        if (p->type == PROP_LINE) {
            make_line(name);
        } else if (p->type == PROP_LINK) {
            struct link *l = link_new(name);

            link_host_attach(l, &link_ops, l);
        } else if (p->type == PROP_DISK) {
            disk_new(name);
        } else {
            continue;
        }
        device_set(d, p->name, name, &error);
        g_assert_no_error(error);
    }
    device_realize(d, pc_board(w->pc), &error);
    g_assert_no_error(error);
}

struct device *world_device(const struct world *w, const struct device_class *cls)
{
    GPtrArray *list = device_list();

    (void)w;
    for (guint i = 0; i < list->len; i++) {
        struct device *d = g_ptr_array_index(list, i);

        if (d->cls == cls) {
            return d;
        }
    }
    return NULL;
}

struct clock *world_clock(struct world *w)
{
    return w->clock;
}

struct world *world_new(void)
{
    struct world *w = g_new0(struct world, 1);
    struct pc_config cfg = {
        .ram_size = RAM_SIZE,
        .cpus = 1,
        .intc = PC_INTC_SPLIT,
        .intr = intr,
        .msi = msi,
        .ioapic_route = route,
        .ram_alloc = ram_alloc,
        .accel_opaque = w,
        .firmware = firmware,
        .vga = true,
    };
    GError *error = NULL;

    loop_init();
    space_reader_register();
    w->blocks = g_ptr_array_new();
    w->ports = space_new_ports();
    w->mem = space_new_memory();
    w->clock = clock_new(true);
    cfg.serial[0] = make_line("walk-serial0");
    cfg.debugcon[0] = make_line("walk-debugcon0");
    cfg.ide[0][0] = make_disk(w, 0);
    cfg.ide[1][0] = make_disk(w, 1);
    w->pc = pc_new(w->ports, w->mem, w->clock, &cfg, &error);
    g_assert_no_error(error);
    for (const struct device_class *const *c = device_classes; *c; c++) {
        if ((*c)->user && !world_device(w, *c)) {
            plug(w, *c);
        }
    }
    pc_finish(w->pc);
    device_reset_all();
    world_serve(w);
    return w;
}

void world_free(struct world *w)
{
    world_serve(w);
    pc_free(w->pc);
    link_free_all();
    line_free_all();
    disk_free_all();
    world_serve(w);
    clock_free(w->clock);
    space_free(w->ports);
    space_free(w->mem);
    g_ptr_array_free(w->blocks, TRUE);
    for (unsigned i = 0; i < DISKS; i++) {
        g_free(w->disk[i].data);
    }
    space_reader_unregister();
    g_free(w);
}

void world_serve(struct world *w)
{
    (void)w;
    for (int i = 0; i < 1000 && loop_iterate(false); i++) {
    }
    space_reader_quiescent();
}

uint32_t world_lines(struct world *w)
{
    struct board *b = pc_board(w->pc);
    uint32_t v = w->intr ? UINT32_C(1) << 31 : 0;

    for (unsigned n = 0; n < BOARD_GSIS; n++) {
        v |= irq_line_level(&b->gsi[n]) ? UINT32_C(1) << n : 0;
    }
    return v;
}

/* -- snapshots -- */

struct snapshot *world_save(struct world *w)
{
    struct snapshot *s = g_new0(struct snapshot, 1);
    GPtrArray *list = device_list();

    world_serve(w);
    s->now = clock_now(w->clock);
    s->blocks = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (guint i = 0; i < w->blocks->len; i++) {
        struct ram_block *b = g_ptr_array_index(w->blocks, i);

        g_ptr_array_add(s->blocks, g_bytes_new(b->host, b->size));
    }
    s->devices = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    for (guint i = 0; i < list->len; i++) {
        GByteArray *out = g_byte_array_new();

        device_save(g_ptr_array_index(list, i), out);
        g_ptr_array_add(s->devices, out);
    }
    for (unsigned i = 0; i < DISKS; i++) {
        s->disk[i] = g_bytes_new(w->disk[i].data, DISK_SIZE);
    }
    /*
     * Timers as they will be for the one that loads: when one last fired, and so the least time to
     * its next, is no state. Nothing else may change by this.
     */
    clock_restore(w->clock, s->now);
    for (guint i = 0; i < list->len; i++) {
        struct device *d = g_ptr_array_index(list, i);

        device_enter(d);
        if (d->cls->settle) {
            d->cls->settle(d);
        }
        device_leave(d);
    }
    return s;
}

/*
 * Twice: the first round brings every line to its level, and the edges of that reach chips loaded
 * before; the second round finds the lines as they are.
 */
void world_load(struct world *w, const struct snapshot *s)
{
    GPtrArray *list = device_list();

    clock_restore(w->clock, s->now);
    for (guint i = 0; i < w->blocks->len; i++) {
        struct ram_block *b = g_ptr_array_index(w->blocks, i);

        memcpy(b->host, g_bytes_get_data(g_ptr_array_index(s->blocks, i), NULL), b->size);
    }
    for (unsigned i = 0; i < DISKS; i++) {
        memcpy(w->disk[i].data, g_bytes_get_data(s->disk[i], NULL), DISK_SIZE);
    }
    for (int round = 0; round < 2; round++) {
        for (guint i = 0; i < list->len; i++) {
            struct device *d = g_ptr_array_index(list, i);
            const GByteArray *in = g_ptr_array_index(s->devices, i);
            GError *error = NULL;

            if (d->cls->state) {
                device_load(d, in->data, in->len, &error);
                g_assert_no_error(error);
            }
        }
    }
    world_serve(w);
}

void snapshot_free(struct snapshot *s)
{
    g_ptr_array_free(s->blocks, TRUE);
    g_ptr_array_free(s->devices, TRUE);
    for (unsigned i = 0; i < DISKS; i++) {
        g_bytes_unref(s->disk[i]);
    }
    g_free(s);
}

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

    pci_bus_each(pc_board(w->pc)->pci, place, &p);
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

    pci_bus_each(pc_board(k->w->pc)->pci, match, &p);
    return p.d;
}

/* -- steps -- */

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

static void answer(struct walk *k, uint64_t value)
{
    if (k->log) {
        struct walk_answer a = {.step = k->steps, .value = value};

        g_strlcpy(a.what, k->last, sizeof(a.what));
        g_array_append_val(k->log, a);
    }
}

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
    struct space *const spaces[] = {k->w->ports, k->w->mem};

    g_ptr_array_set_size(k->own, 0);
    for (unsigned s = 0; s < 2; s++) {
        GPtrArray *all = space_regions(spaces[s]);

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

/* Registers mean single bits, small numbers, addresses: more of these than of noise. */
static uint64_t some_value(struct walk *k)
{
    static const uint32_t special[] = {0,      1,      0x7f,       0x80,      0xff,
                                       0x100,  0x7fff, 0x8000,     0xffff,    0x1000,
                                       0x2000, 0x3ffc, 0x80000000, 0xfffffff, 0xffffffff};

    switch (below(k, 5)) {
    case 0:
        return special[below(k, G_N_ELEMENTS(special))];
    case 1:
        return UINT64_C(1) << below(k, 32);
    case 2:
        return below(k, 256);
    case 3:
        return below(k, RAM_SIZE);
    default:
        return draw(k);
    }
}

static void access_region(struct walk *k, bool write, bool block)
{
    struct region *r;
    uint64_t at, value;
    uint8_t buf[64 * 8];
    unsigned width;
    uint32_t count;

    if (k->own->len == 0) {
        return;
    }
    r = g_ptr_array_index(k->own, below(k, k->own->len));
    if (!region_mapped(r)) { /* moved since */
        return;
    }
    k->accesses++;
    at = r->base + (below(k, 4) ? below(k, MIN(r->size, 64)) : below(k, r->size));
    width = 1u << below(k, space_is_ports(r->space) ? 3 : 4);
    value = some_value(k);
    g_snprintf(k->last, sizeof(k->last), "%s%s %s+%#" G_GINT64_MODIFIER "x w%u %#lx",
               block ? "block " : "", write ? "write" : "read", r->name, at - r->base, width,
               (unsigned long)value);
    if (block) {
        count = 1 + (uint32_t)below(k, 64);
        for (unsigned i = 0; i < sizeof(buf); i++) {
            buf[i] = write ? (uint8_t)draw(k) : 0;
        }
        space_access(r->space, at, width, count, write, buf);
        for (uint32_t i = 0; !write && i < count * width; i++) {
            answer(k, buf[i]);
        }
    } else if (write) {
        space_write(r->space, at, width, value);
    } else {
        answer(k, space_read(r->space, at, width));
    }
}

static void access_config(struct walk *k)
{
    struct pci_device *d = function_of(k);
    unsigned width = 1u << below(k, 3);
    unsigned offset = (unsigned)below(k, PCI_CONFIG_SIZE) & ~(width - 1);
    uint32_t value = (uint32_t)some_value(k);

    if (!d) {
        return;
    }
    g_snprintf(k->last, sizeof(k->last), "config %#x w%u %#x", offset, width, value);
    if (below(k, 2)) {
        pci_config_write(d->bus, d->devfn, offset, width, value);
    } else {
        answer(k, pci_config_read(d->bus, d->devfn, offset, width));
    }
}

static void step_clock(struct walk *k)
{
    uint64_t ns = below(k, UINT64_C(1) << (8 + below(k, 20))); /* up to 0.13 s */

    g_snprintf(k->last, sizeof(k->last), "clock +%lu", (unsigned long)ns);
    clock_step(k->w->clock, ns);
}

static void deliver_line(struct line *l, void *opaque)
{
    struct walk *k = opaque;
    uint8_t buf[16];

    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = (uint8_t)draw(k);
    }
    line_deliver(l, buf, (uint32_t)(1 + below(k, sizeof(buf))));
}

static void deliver_link(struct link *l, void *opaque)
{
    struct walk *k = opaque;
    uint8_t frame[1600];
    uint32_t len = 1 + (uint32_t)below(k, sizeof(frame));

    memset(frame, (int)below(k, 256), len);
    if (below(k, 2)) {
        memset(frame, 0xff, MIN(len, 6));
    }
    link_deliver(l, frame, len);
}

/* From outside: keys, mouse, bytes, frames; and the CPU's part of an interrupt. */
static void input(struct walk *k)
{
    switch (below(k, 6)) {
    case 0:
        g_strlcpy(k->last, "key", sizeof(k->last));
        input_key((uint16_t)(1 + below(k, 0x58)), below(k, 2) != 0);
        break;
    case 1:
        g_strlcpy(k->last, "motion", sizeof(k->last));
        input_motion((int32_t)below(k, 1000) - 500, (int32_t)below(k, 1000) - 500,
                     (int32_t)below(k, 3) - 1);
        break;
    case 2:
        g_strlcpy(k->last, "line bytes", sizeof(k->last));
        line_each(deliver_line, k);
        break;
    case 3:
        g_strlcpy(k->last, "frame", sizeof(k->last));
        link_each(deliver_link, k);
        break;
    case 4:
        g_strlcpy(k->last, "INTA", sizeof(k->last));
        if (k->w->intr) {
            answer(k, pc_intr_ack(k->w->pc));
        }
        break;
    default:
        g_strlcpy(k->last, "EOI", sizeof(k->last));
        pc_ioapic_eoi(k->w->pc, (uint8_t)draw(k));
        break;
    }
}

void walk_begin(struct walk *k, struct world *w, struct device *d, uint64_t seed, GArray *log)
{
    *k = (struct walk){.w = w, .d = d, .rng = seed, .log = log, .own = g_ptr_array_new()};
}

void walk_step(struct walk *k)
{
    uint64_t dice = below(k, 100);

    if (k->steps % PCI_EVERY == 0) {
        place_all(k->w);
    }
    if (k->steps % REGIONS_EVERY == 0) {
        look(k);
    }
    if (dice < 42) {
        access_region(k, true, false);
    } else if (dice < 76) {
        access_region(k, false, false);
    } else if (dice < 82) {
        access_region(k, dice % 2 == 0, true);
    } else if (dice < 86) {
        access_config(k);
    } else if (dice < 94) {
        step_clock(k);
    } else {
        input(k);
    }
    world_serve(k->w);
    answer(k, world_lines(k->w));
    k->steps++;
}

void walk_end(struct walk *k)
{
    g_ptr_array_free(k->own, TRUE);
}
