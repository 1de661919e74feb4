/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hw/pci/pci.c: configuration space, BARs, expansion ROM, INTx, removal. */
#include "hw/pci/pci.h"

#include "tests/unit/stub-board.h"

#include <string.h>

#define MMIO_SIZE 0x1000u
#define VRAM_SIZE 0x10000u

struct card_state {
    struct pci_state pci;
};

struct card {
    struct pci_device pci;
    struct card_state state;
    struct region mmio, io, vram;
    bool with_rom;
};

static struct card *self(struct device *d)
{
    return (struct card *)(void *)d;
}

static uint64_t card_read(void *opaque, uint64_t offset, unsigned width)
{
    struct card *c = opaque;

    (void)width;
    return (c->pci.devfn + offset) & 0xff;
}

static const struct region_ops card_ops = {.read = card_read};

static bool card_realize(struct device *d, struct board *b, GError **error)
{
    static const struct pci_ids ids = {
        .vendor = 0x1234,
        .device = 0x5678,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .revision = 7,
        .class_base = 2,
        .interrupt_pin = 1,
    };
    struct card *c = self(d);

    if (!pci_device_init(&c->pci, &c->state.pci, b, &ids, error)) {
        return false;
    }
    c->mmio = (struct region){.name = "mmio", .opaque = c, .ops = &card_ops, .size = MMIO_SIZE};
    c->io = (struct region){.name = "io", .opaque = c, .ops = &card_ops, .size = 0x20};
    c->vram = (struct region){.name = "vram",
                              .kind = REGION_RAM,
                              .ram = ram_block_new("vram", VRAM_SIZE, NULL),
                              .size = VRAM_SIZE};
    pci_bar_add(&c->pci, 0, &c->mmio, false, false);
    pci_bar_add(&c->pci, 1, &c->io, true, false);
    pci_bar_add(&c->pci, 2, &c->vram, false, true);
    return pci_rom_add(&c->pci, "card.rom", error);
}

static void card_unrealize(struct device *d)
{
    struct card *c = self(d);

    pci_device_exit(&c->pci);
    ram_block_free(c->vram.ram);
}

static void card_reset(struct device *d)
{
    pci_device_reset(&self(d)->pci);
}

static void card_settle(struct device *d)
{
    pci_device_settle(&self(d)->pci);
}

static const char *card_check(const void *s)
{
    return pci_state_check(&((const struct card_state *)s)->pci);
}

static const struct prop card_props[] = {PCI_PROPS(struct card), {.name = NULL}};
static const struct state_field card_fields[] = {
    STATE_STRUCT(struct card_state, pci, &pci_state_layout), STATE_END};
static const struct state_layout card_layout = {.name = "card",
                                                .version = 1,
                                                .min_version = 1,
                                                .size = sizeof(struct card_state),
                                                .fields = card_fields,
                                                .check = card_check};
static const struct device_class card_class = {
    .name = "card",
    .bus = BUS_PCI,
    .user = true,
    .size = sizeof(struct card),
    .state_offset = offsetof(struct card, state),
    .state = &card_layout,
    .props = card_props,
    .realize = card_realize,
    .reset = card_reset,
    .settle = card_settle,
    .unrealize = card_unrealize,
};
const struct device_class *const device_classes[] = {&card_class, NULL};

/* -- a board with a bare bus -- */

static bool pirq[4];

static void pirq_sink(void *opaque, unsigned n, bool level)
{
    (void)opaque;
    pirq[n] = level;
}

static GBytes *firmware(void *opaque, const char *name, GError **error)
{
    (void)opaque;
    (void)error;
    g_assert_cmpstr(name, ==, "card.rom");
    return g_bytes_new("\x55\xaa option", 9);
}

static struct stub *start(void)
{
    struct stub *s = stub_new(1 << 20);

    s->board.pci = pci_bus_new(&s->board);
    s->board.firmware = firmware;
    for (unsigned i = 0; i < 4; i++) {
        pirq[i] = false;
        irq_line_connect(pci_bus_pirq(s->board.pci, i), pirq_sink, NULL, i);
    }
    return s;
}

static void finish(struct stub *s)
{
    struct pci_bus *bus = s->board.pci;

    while (device_list()->len) {
        device_free(g_ptr_array_index(device_list(), 0));
    }
    for (unsigned i = 0; i < 4; i++) {
        g_assert_false(irq_line_level(pci_bus_pirq(bus, i)));
    }
    pci_bus_free(bus);
    stub_free(s);
}

static struct card *plug(struct stub *s, const char *addr, const char *id)
{
    struct device *d = device_new(&card_class, id);

    if (addr) {
        g_assert_true(device_set(d, "addr", addr, NULL));
    }
    g_assert_true(device_realize(d, &s->board, NULL));
    device_reset(d);
    return self(d);
}

static uint32_t rd(struct card *c, unsigned at, unsigned width)
{
    return pci_config_read(c->pci.bus, c->pci.devfn, at, width);
}

static void wr(struct card *c, unsigned at, unsigned width, uint32_t v)
{
    pci_config_write(c->pci.bus, c->pci.devfn, at, width, v);
}

/* -- tests -- */

static void test_header(void)
{
    struct stub *s = start();
    struct card *c = plug(s, NULL, NULL);

    g_assert_cmpuint(c->pci.devfn, ==, 0x10);
    g_assert_cmphex(rd(c, 0, 4), ==, 0x56781234);
    g_assert_cmphex(rd(c, 8, 4), ==, 0x02000007);
    g_assert_cmphex(rd(c, 0x2c, 4), ==, 0x11001af4);
    g_assert_cmphex(rd(c, 0x3c, 4), ==, 0x0100);
    g_assert_cmphex(rd(c, 0x2d, 2), ==, 0x001a);
    /* what cannot be asked */
    g_assert_cmphex(rd(c, 3, 2), ==, UINT32_MAX);
    g_assert_cmphex(rd(c, 256, 1), ==, UINT32_MAX);
    g_assert_cmphex(rd(c, 0, 3), ==, UINT32_MAX);
    g_assert_cmphex(pci_config_read(s->board.pci, 0x18, 0, 4), ==, UINT32_MAX);
    pci_config_write(s->board.pci, 0x18, 0, 4, 0);
    pci_config_write(s->board.pci, 999, 0, 4, 0);
    finish(s);
}

/* Only what the specification lets a guest write changes. */
static void test_write_ones(void)
{
    struct stub *s = start();
    struct card *c = plug(s, NULL, NULL);
    uint32_t want[64] = {0};

    want[1] = 0x0507;
    want[3] = 0xff;
    want[4] = 0xfffff000;
    want[5] = 0xffffffe0;
    want[6] = 0xffff0000;
    want[12] = 0xfffff001;
    want[15] = 0xff;
    for (unsigned i = 0; i < 64; i++) {
        uint32_t zero, one;

        wr(c, i * 4, 4, 0);
        zero = rd(c, i * 4, 4);
        wr(c, i * 4, 4, UINT32_MAX);
        one = rd(c, i * 4, 4);
        g_assert_cmphex(zero ^ one, ==, want[i]);
    }
    g_assert_cmphex(rd(c, 0x14, 4), ==, 0xffffffe1);
    g_assert_cmphex(rd(c, 0x18, 4), ==, 0xffff0008);
    device_reset(&c->pci.dev);
    g_assert_cmphex(rd(c, 0x10, 4), ==, 0);
    g_assert_cmphex(rd(c, 4, 4), ==, 0);
    finish(s);
}

static void test_bars(void)
{
    struct stub *s = start();
    struct card *c = plug(s, "3", NULL);

    wr(c, 0x10, 4, 0xe0000000);
    wr(c, 0x14, 4, 0xc000);
    g_assert_false(region_mapped(&c->mmio));
    wr(c, 4, 2, PCI_COMMAND_MEMORY);
    g_assert_cmphex(space_read(s->board.mem, 0xe0000004, 1), ==, 0x1c);
    g_assert_cmphex(space_read(s->board.ports, 0xc004, 1), ==, 0xff);
    wr(c, 4, 2, PCI_COMMAND_IO);
    g_assert_cmphex(space_read(s->board.mem, 0xe0000004, 1), ==, 0xff);
    g_assert_cmphex(space_read(s->board.ports, 0xc004, 1), ==, 0x1c);
    /* byte by byte, as some firmware does */
    wr(c, 4, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    wr(c, 0x13, 1, 0xd0);
    g_assert_cmphex(c->mmio.base, ==, 0xd0000000);
    device_reset(&c->pci.dev);
    g_assert_false(region_mapped(&c->mmio));
    g_assert_false(region_mapped(&c->io));
    finish(s);
}

static void test_hostile_bars(void)
{
    struct stub *s = start();
    struct card *a = plug(s, NULL, "a"), *b = plug(s, NULL, "b");
    static const uint32_t places[] = {0,          0x1000,     0xa0000,    0xfffff000,
                                      0xffffffff, 0xe0000000, 0xe0000010, 0xffff0000};

    wr(a, 4, 2, 7);
    wr(b, 4, 2, 7);
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(places); j++) {
            wr(a, 0x10, 4, places[i]);
            wr(b, 0x10, 4, places[i]);
            wr(a, 0x14, 4, places[i]);
            wr(b, 0x14, 4, places[j]);
            wr(a, 0x18, 4, places[j]);
            wr(b, 0x30, 4, places[j] | 1);
            /* RAM stays RAM */
            space_write(s->board.mem, 0x1000, 4, 0x12345678);
            g_assert_cmphex(space_read(s->board.mem, 0x1000, 4), ==, 0x12345678);
        }
    }
    /* wrap, zero and the top are not mapped */
    wr(a, 0x10, 4, 0xffffffff);
    g_assert_false(region_mapped(&a->mmio));
    wr(a, 0x10, 4, 0);
    g_assert_false(region_mapped(&a->mmio));
    wr(a, 0x14, 4, 0x12340);
    g_assert_false(region_mapped(&a->io));
    /* on one address the higher function wins, and the other comes back when it goes */
    wr(a, 0x10, 4, 0xe0000000);
    wr(b, 0x10, 4, 0xe0000000);
    wr(a, 0x18, 4, 0);
    wr(b, 0x30, 4, 0);
    g_assert_cmphex(space_read(s->board.mem, 0xe0000000, 1), ==, 0x18);
    device_free(&b->pci.dev);
    g_assert_cmphex(space_read(s->board.mem, 0xe0000000, 1), ==, 0x10);
    finish(s);
}

static void test_random_walk(void)
{
    struct stub *s = start();
    struct card *c[3] = {plug(s, NULL, NULL), plug(s, NULL, NULL), plug(s, NULL, NULL)};
    GRand *r = g_rand_new_with_seed(20);

    for (unsigned i = 0; i < 5000; i++) {
        struct card *at = c[g_rand_int_range(r, 0, 3)];
        uint32_t v = g_rand_int(r);

        wr(at, (unsigned)g_rand_int_range(r, 0, 0x40), 1u << g_rand_int_range(r, 0, 3),
           i % 3 ? v : v & 0xff000000);
        space_read(s->board.mem, g_rand_int(r), 4);
        space_write(s->board.ports, v & 0xffff, 4, 0);
        g_assert_null(device_check(&at->pci.dev));
        while (loop_iterate(false)) {
        }
    }
    g_rand_free(r);
    finish(s);
}

static void test_rom(void)
{
    struct stub *s = start();
    struct card *c = plug(s, NULL, NULL);

    wr(c, 4, 2, PCI_COMMAND_MEMORY);
    wr(c, 0x30, 4, 0xfe000000);
    g_assert_cmphex(space_read(s->board.mem, 0xfe000000, 2), ==, 0xffff);
    wr(c, 0x30, 4, 0xfe000001);
    g_assert_cmphex(space_read(s->board.mem, 0xfe000000, 2), ==, 0xaa55);
    space_write(s->board.mem, 0xfe000000, 2, 0);
    g_assert_cmphex(space_read(s->board.mem, 0xfe000000, 2), ==, 0xaa55);
    g_assert_cmphex(space_read(s->board.mem, 0xfe000009, 1), ==, 0xff);
    finish(s);
}

static void set_intx(struct card *c, bool level)
{
    device_enter(&c->pci.dev);
    pci_set_intx(&c->pci, level);
    device_leave(&c->pci.dev);
}

static void test_intx(void)
{
    struct stub *s = start();
    struct card *c3 = plug(s, "3", NULL), *c4 = plug(s, "4", NULL), *c7 = plug(s, "7", NULL);

    set_intx(c3, true); /* slot 3, INTA: PIRQC */
    g_assert_true(pirq[2] && !pirq[0] && !pirq[1] && !pirq[3]);
    g_assert_cmphex(rd(c3, PCI_STATUS, 2), ==, PCI_STATUS_INTERRUPT);
    set_intx(c4, true);
    g_assert_true(pirq[3]);
    set_intx(c7, true); /* shares with slot 3 */
    set_intx(c3, false);
    g_assert_true(pirq[2]);
    set_intx(c7, false);
    g_assert_false(pirq[2]);
    /* disabled: the status bit still tells */
    wr(c4, PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE);
    g_assert_false(pirq[3]);
    g_assert_cmphex(rd(c4, PCI_STATUS, 2), ==, PCI_STATUS_INTERRUPT);
    wr(c4, PCI_COMMAND, 2, 0);
    g_assert_true(pirq[3]);
    device_reset(&c4->pci.dev);
    g_assert_false(pirq[3]);
    set_intx(c4, true);
    device_free(&c4->pci.dev); /* a removed card lets go of the line */
    g_assert_false(pirq[3]);
    finish(s);
}

static void test_slots(void)
{
    struct stub *s = start();
    struct card *c = plug(s, "2", "first");
    struct device *d = device_new(&card_class, NULL);
    GError *error = NULL;

    g_assert_true(device_set(d, "addr", "02.0", NULL));
    g_assert_false(device_realize(d, &s->board, &error));
    g_assert_nonnull(strstr(error->message, "02.0"));
    g_assert_nonnull(strstr(error->message, "first"));
    g_clear_error(&error);
    device_free(&c->pci.dev);
    g_assert_null(pci_bus_function(s->board.pci, 0x10));
    for (unsigned i = 2; i < 32; i++) {
        g_assert_cmpuint(plug(s, NULL, NULL)->pci.devfn, ==, i * 8);
    }
    d = device_new(&card_class, NULL);
    g_assert_false(device_realize(d, &s->board, &error));
    g_assert_nonnull(strstr(error->message, "slots"));
    g_clear_error(&error);
    finish(s);
}

static void test_dma(void)
{
    struct stub *s = start();
    struct card *c = plug(s, NULL, NULL);
    uint32_t v = 0x11223344;

    g_assert_false(pci_dma_write(&c->pci, 0x100, &v, 4));
    g_assert_cmphex(space_read(s->board.mem, 0x100, 4), ==, 0);
    wr(c, 4, 2, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
    g_assert_true(pci_dma_write(&c->pci, 0x100, &v, 4));
    wr(c, 0x10, 4, 0xe0000000);
    g_assert_false(pci_dma_read(&c->pci, 0xe0000000, &v, 4)); /* its own window */
    g_assert_cmphex(v, ==, UINT32_MAX);
    g_assert_true(pci_dma_read(&c->pci, 0x100, &v, 4));
    g_assert_cmphex(v, ==, 0x11223344);
    finish(s);
}

static void test_state(void)
{
    struct stub *s = start();
    struct card *c = plug(s, NULL, NULL);
    g_autoptr(GByteArray) a = g_byte_array_new(), b = g_byte_array_new();
    GError *error = NULL;

    g_assert_cmpuint(state_layout_gap(&card_layout), ==, SIZE_MAX);
    wr(c, 4, 2, 7);
    wr(c, 0x10, 4, 0xe0000000);
    set_intx(c, true);
    device_save(&c->pci.dev, a);
    device_reset(&c->pci.dev);
    g_assert_false(pirq[1]);
    g_assert_true(device_load(&c->pci.dev, a->data, a->len, NULL));
    g_assert_true(pirq[1]);
    g_assert_true(region_mapped(&c->mmio));
    device_save(&c->pci.dev, b);
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
    /* a state cannot bring another identity */
    c->state.pci.config[0] = 0x99;
    b->len = 0;
    device_save(&c->pci.dev, b);
    g_assert_true(device_load(&c->pci.dev, b->data, b->len, NULL));
    g_assert_cmphex(rd(c, 0, 2), ==, 0x1234);
    c->state.pci.intx = 2;
    g_byte_array_set_size(b, 0);
    device_save(&c->pci.dev, b);
    c->state.pci.intx = 1;
    g_assert_false(device_load(&c->pci.dev, b->data, b->len, &error));
    g_assert_nonnull(strstr(error->message, "intx"));
    g_clear_error(&error);
    finish(s);
}

/* On a running bus a function is there for the guest when it is finished, and not before. */
static void test_appear(void)
{
    struct stub *s = start();
    struct card *c;

    pci_bus_start(s->board.pci);
    c = plug(s, "5", NULL);
    g_assert_cmphex(rd(c, 0, 4), ==, UINT32_MAX);
    wr(c, PCI_BAR0, 4, 0xe0000000);
    wr(c, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    g_assert_false(region_mapped(&c->mmio));
    pci_device_appear(&c->pci);
    g_assert_cmphex(rd(c, 0, 4), ==, 0x56781234);
    g_assert_cmphex(rd(c, PCI_BAR0, 4), ==, 0);
    pci_bus_hide(s->board.pci, 1u << 5, true);
    g_assert_cmphex(rd(c, 0, 4), ==, UINT32_MAX);
    pci_bus_hide(s->board.pci, 1u << 5, false);
    g_assert_cmphex(rd(c, 0, 4), ==, 0x56781234);
    finish(s);
}

/* A vCPU that had found a window before it went is in its handler after that, and raises INTA. */
static gpointer late_vcpu(gpointer opaque)
{
    struct card *c = opaque;

    space_reader_register();
    __atomic_store_n(&c->io.opaque, NULL, __ATOMIC_RELEASE); /* it has begun */
    while (__atomic_load_n(&c->mmio.space, __ATOMIC_RELAXED)) {
        g_thread_yield();
    }
    device_enter(&c->pci.dev);
    pci_set_intx(&c->pci, true);
    device_leave(&c->pci.dev);
    space_reader_quiescent();
    space_reader_unregister();
    return NULL;
}

static void test_late_vcpu(void)
{
    struct stub *s = start();
    struct card *c = plug(s, NULL, NULL);
    GThread *t;

    wr(c, PCI_BAR0, 4, 0xe0000000);
    wr(c, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    g_assert_true(region_mapped(&c->mmio));
    t = g_thread_new("vcpu", late_vcpu, c);
    while (__atomic_load_n(&c->io.opaque, __ATOMIC_ACQUIRE)) {
        g_thread_yield();
    }
    device_free(&c->pci.dev); /* waits for it */
    g_thread_join(t);
    finish(s); /* looks at the lines */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pci/header", test_header);
    g_test_add_func("/pci/write-ones", test_write_ones);
    g_test_add_func("/pci/bars", test_bars);
    g_test_add_func("/pci/hostile-bars", test_hostile_bars);
    g_test_add_func("/pci/random-walk", test_random_walk);
    g_test_add_func("/pci/rom", test_rom);
    g_test_add_func("/pci/intx", test_intx);
    g_test_add_func("/pci/slots", test_slots);
    g_test_add_func("/pci/dma", test_dma);
    g_test_add_func("/pci/state", test_state);
    g_test_add_func("/pci/appear", test_appear);
    g_test_add_func("/pci/late-vcpu", test_late_vcpu);
    return g_test_run();
}
