/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board of test-walk.c: see walk.h. The steps are in walk_steps.c. */
#include "tests/unit/walk.h"

#include "tests/unit/walk-host.h"

#include "core/loop.h"
#include "core/surface.h"

#include <string.h>

#define DISKS 2

struct world {
    struct space *ports, *mem;
    struct clock *clock;
    struct pc *pc;
    GPtrArray *blocks; /* struct ram_block *, all there are; whoever asked frees */
    GPtrArray *spare;  /* GPtrArray * of uint8_t *, copies of them that no snapshot has now */
    struct memory_disk disk[DISKS];
    GQueue held;  /* struct held * */
    GArray *ends; /* as they were in the beginning */
    bool intr;
};

struct snapshot {
    uint64_t now;
    struct world *world;
    GPtrArray *blocks;  /* uint8_t *, of the world's copies */
    GPtrArray *devices; /* GByteArray *, in order of device_list() */
    GBytes *disk[DISKS];
    GArray *ends; /* uint8_t: signals of lines, carriers of links, in their order */
};

static struct disk *make_disk(struct world *w, unsigned n)
{
    g_autofree char *name = g_strdup_printf("walk-disk%u", n);
    struct memory_disk *m = &w->disk[n];

    m->disk = disk_new(name);
    m->data = g_malloc(DISK_SIZE);
    m->held = &w->held;
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

struct pc *world_pc(struct world *w)
{
    return w->pc;
}

struct space *world_space(struct world *w, bool ports)
{
    return ports ? w->ports : w->mem;
}

bool world_intr(const struct world *w)
{
    return w->intr;
}

/* -- what host ends show, which is no state -- */

static void keep_line(struct line *l, void *opaque)
{
    uint8_t in = line_modem(l);

    g_array_append_val((GArray *)opaque, in);
}

static void keep_link(struct link *l, void *opaque)
{
    uint8_t up = link_carrier(l);

    g_array_append_val((GArray *)opaque, up);
}

static void restore_line(struct line *l, void *opaque)
{
    line_host_modem(l, *(*(const uint8_t **)opaque)++);
}

static void restore_link(struct link *l, void *opaque)
{
    link_set_carrier(l, *(*(const uint8_t **)opaque)++ != 0);
}

static GArray *ends_save(void)
{
    GArray *ends = g_array_new(FALSE, FALSE, 1);

    line_each(keep_line, ends);
    link_each(keep_link, ends);
    return ends;
}

static void ends_restore(const GArray *ends)
{
    const char *at = ends->data;

    line_each(restore_line, &at);
    link_each(restore_link, &at);
}

struct world *world_new(void)
{
    struct world *w = g_new0(struct world, 1);
    struct pc_config cfg = {
        .ram_size = WALK_RAM,
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
    w->spare = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
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
    w->ends = ends_save();
    return w;
}

void world_free(struct world *w)
{
    world_calm(w);
    g_array_free(w->ends, TRUE);
    pc_free(w->pc);
    link_free_all();
    line_free_all();
    disk_free_all();
    world_serve(w);
    clock_free(w->clock);
    space_free(w->ports);
    space_free(w->mem);
    g_ptr_array_free(w->blocks, TRUE);
    g_ptr_array_free(w->spare, TRUE);
    for (unsigned i = 0; i < DISKS; i++) {
        g_free(w->disk[i].data);
    }
    space_reader_unregister();
    g_free(w);
}

void world_serve(struct world *w)
{
    disks_serve(&w->held, false);
    for (int i = 0; i < 1000 && loop_iterate(false); i++) {
    }
    space_reader_quiescent();
}

void world_drain(struct world *w)
{
    do {
        disks_serve(&w->held, true);
        world_serve(w);
    } while (!g_queue_is_empty(&w->held));
}

void world_calm(struct world *w)
{
    input_release_all();
    ends_restore(w->ends);
    world_drain(w);
}

static void see_frames(struct link *l, void *opaque)
{
    *(uint32_t *)opaque += link_queued(l);
}

uint32_t world_frames(struct world *w)
{
    uint32_t n = 0;

    (void)w;
    link_each(see_frames, &n);
    return n;
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

/* Fresh pages cost more than all the rest: copies are kept for the next snapshot. */
static GPtrArray *copies_take(struct world *w)
{
    GPtrArray *copies;

    if (w->spare->len) {
        return g_ptr_array_steal_index(w->spare, w->spare->len - 1);
    }
    copies = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < w->blocks->len; i++) {
        g_ptr_array_add(copies, g_malloc(((struct ram_block *)w->blocks->pdata[i])->size));
    }
    return copies;
}

struct snapshot *world_save(struct world *w)
{
    struct snapshot *s = g_new0(struct snapshot, 1);
    GPtrArray *list = device_list();

    input_release_all();
    world_drain(w);
    s->now = clock_now(w->clock);
    s->ends = ends_save();
    s->world = w;
    s->blocks = copies_take(w);
    for (guint i = 0; i < w->blocks->len; i++) {
        struct ram_block *b = g_ptr_array_index(w->blocks, i);

        memcpy(g_ptr_array_index(s->blocks, i), b->host, b->size);
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

    input_release_all();
    ends_restore(s->ends);
    world_drain(w);
    clock_restore(w->clock, s->now);
    for (guint i = 0; i < w->blocks->len; i++) {
        struct ram_block *b = g_ptr_array_index(w->blocks, i);

        memcpy(b->host, g_ptr_array_index(s->blocks, i), b->size);
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

const GByteArray *snapshot_device(const struct snapshot *s, guint i)
{
    return g_ptr_array_index(s->devices, i);
}

void snapshot_free(struct snapshot *s)
{
    g_ptr_array_add(s->world->spare, s->blocks);
    g_ptr_array_free(s->devices, TRUE);
    g_array_free(s->ends, TRUE);
    for (unsigned i = 0; i < DISKS; i++) {
        g_bytes_unref(s->disk[i]);
    }
    g_free(s);
}
