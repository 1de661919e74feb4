/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hw/pc: the whole board: memory map, firmware, CMOS, fw_cfg contents, interrupt wiring. */
#include "hw/pc/board.h"

#include "core/loop.h"
#include "hw/pci/i440fx.h"
#include "hw/pci/pci.h"

#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

struct rig {
    struct space *ports, *mem;
    struct clock *clock;
    struct pc_config cfg;
    struct pc *pc;
    gsize bios_size;
    bool gsi[BOARD_GSIS];
    bool intr;
    unsigned msis, routes;
};

static struct ram_block *rig_alloc(void *opaque, const char *name, uint64_t size, GError **error)
{
    (void)opaque;
    return ram_block_new(name, size, error);
}

/* A BIOS whose every 4 KiB say where they are from its end. */
static GBytes *rig_firmware(void *opaque, const char *name, GError **error)
{
    struct rig *r = opaque;
    uint8_t *data;

    if (strcmp(name, "missing.bin") == 0) {
        g_set_error(error, DEVICE_ERROR, 0, "-bios missing.bin: not found");
        return NULL;
    }
    if (!g_str_has_prefix(name, "bios")) {
        return g_bytes_new("\x55\xaa\x01", 3);
    }
    data = g_malloc0(r->bios_size + 1);
    for (gsize at = 0; at + 4096 <= r->bios_size; at += 4096) {
        uint32_t page = (uint32_t)((r->bios_size - at) / 4096);

        memcpy(data + at, &page, 4);
    }
    return g_bytes_new_take(data, r->bios_size);
}

static void rig_gsi(void *opaque, unsigned n, bool level)
{
    ((struct rig *)opaque)->gsi[n] = level;
}

static void rig_intr(void *opaque, unsigned n, bool level)
{
    g_assert_cmpuint(n, ==, 0);
    ((struct rig *)opaque)->intr = level;
}

static void rig_msi(void *opaque, uint64_t addr, uint32_t data)
{
    (void)addr;
    (void)data;
    ((struct rig *)opaque)->msis++;
}

static void rig_route(void *opaque, unsigned pin, bool valid, uint64_t addr, uint32_t data)
{
    (void)pin;
    (void)valid;
    (void)addr;
    (void)data;
    ((struct rig *)opaque)->routes++;
}

static struct rig *rig_new(uint64_t ram, enum pc_intc intc)
{
    struct rig *r = g_new0(struct rig, 1);

    loop_init();
    space_reader_register();
    r->ports = space_new_ports();
    r->mem = space_new_memory();
    r->clock = clock_new(true);
    r->bios_size = 256 * KIB;
    r->cfg = (struct pc_config){
        .ram_size = ram,
        .cpus = 1,
        .intc = intc,
        .gsi = rig_gsi,
        .intr = rig_intr,
        .msi = rig_msi,
        .ioapic_route = rig_route,
        .ram_alloc = rig_alloc,
        .accel_opaque = r,
        .firmware = rig_firmware,
        .firmware_opaque = r,
    };
    return r;
}

static void rig_free(struct rig *r)
{
    pc_free(r->pc);
    g_assert_cmpuint(device_list()->len, ==, 0);
    while (loop_iterate(false)) {
    }
    space_free(r->ports);
    space_free(r->mem);
    clock_free(r->clock);
    disk_free_all();
    space_reader_unregister();
    g_free(r);
}

static void power_on(struct rig *r)
{
    GError *error = NULL;

    r->pc = pc_new(r->ports, r->mem, r->clock, &r->cfg, &error);
    g_assert_no_error(error);
    g_assert_nonnull(r->pc);
    pc_finish(r->pc);
    device_reset_all();
}

static struct rig *start(uint64_t ram)
{
    struct rig *r = rig_new(ram, PC_INTC_HYPERVISOR);

    power_on(r);
    return r;
}

static uint8_t inb(struct rig *r, uint16_t port)
{
    return (uint8_t)space_read(r->ports, port, 1);
}

static void outb(struct rig *r, uint16_t port, uint8_t v)
{
    space_write(r->ports, port, 1, v);
}

static uint8_t cmos(struct rig *r, uint8_t index)
{
    outb(r, 0x70, index);
    return inb(r, 0x71);
}

static void cfg_write(struct rig *r, unsigned devfn, unsigned at, uint8_t v)
{
    space_write(r->ports, 0xcf8, 4, 0x80000000u | devfn << 8 | (at & 0xfc));
    outb(r, (uint16_t)(0xcfc + (at & 3)), v);
}

static uint32_t cfg_read(struct rig *r, unsigned devfn, unsigned at)
{
    space_write(r->ports, 0xcf8, 4, 0x80000000u | devfn << 8 | at);
    return (uint32_t)space_read(r->ports, 0xcfc, 4);
}

static uint32_t peek(struct rig *r, uint64_t addr)
{
    return (uint32_t)space_read(r->mem, addr, 4);
}

/* -- firmware ROM -- */

static void test_rom(void)
{
    struct rig *r = start(16 * MIB);

    g_assert_cmphex(peek(r, 0xfffff000), ==, 1);
    g_assert_cmphex(peek(r, 0xfffc0000), ==, 64);
    g_assert_cmphex(peek(r, 0xfffbf000), ==, UINT32_MAX);
    g_assert_cmphex(peek(r, 0xff000), ==, 1);
    g_assert_cmphex(peek(r, 0xe0000), ==, 32);
    g_assert_cmphex(peek(r, 0xdf000), ==, UINT32_MAX);
    space_write(r->mem, 0xfffff000, 4, 0);
    space_write(r->mem, 0xff000, 4, 0);
    g_assert_cmphex(peek(r, 0xfffff000), ==, 1);
    rig_free(r);
}

static void test_rom_sizes(void)
{
    static const struct {
        gsize size;
        bool ok;
    } sizes[] = {{0, false},        {1, false},        {100000, false},  {64 * KIB, true},
                 {128 * KIB, true}, {192 * KIB, true}, {16 * MIB, true}, {16 * MIB + 65536, false}};

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct rig *r = rig_new(16 * MIB, PC_INTC_HYPERVISOR);
        GError *error = NULL;

        r->bios_size = sizes[i].size;
        r->cfg.bios = "bios-x.bin";
        r->pc = pc_new(r->ports, r->mem, r->clock, &r->cfg, &error);
        g_assert_cmpint(r->pc != NULL, ==, sizes[i].ok);
        if (!r->pc) {
            g_assert_nonnull(strstr(error->message, "bios-x.bin"));
            g_assert_nonnull(strstr(error->message, "64 KiB"));
            g_clear_error(&error);
        } else {
            device_reset_all();
            g_assert_cmphex(peek(r, 0x100000000 - sizes[i].size), ==, sizes[i].size / 4096);
            g_assert_cmphex(peek(r, 0xff000), ==, 1);
            g_assert_cmphex(peek(r, 0xe0000), ==, sizes[i].size < 128 * KIB ? UINT32_MAX : 32);
        }
        rig_free(r);
    }
}

/* Copy the BIOS into its shadow as firmware does, write it, lock it, reset. */
static void test_shadow(void)
{
    struct rig *r = start(16 * MIB);

    cfg_write(r, 0, 0x59, 0x30);
    g_assert_cmphex(peek(r, 0xff000), ==, 0); /* RAM */
    space_write(r->mem, 0xff000, 4, 0x1234);
    cfg_write(r, 0, 0x59, 0x10);
    space_write(r->mem, 0xff000, 4, 0);
    g_assert_cmphex(peek(r, 0xff000), ==, 0x1234);
    g_assert_cmphex(peek(r, 0xfffff000), ==, 1); /* the one at the top is ROM as ever */
    g_assert_cmphex(peek(r, 0xe0000), ==, 32);
    device_reset_all();
    g_assert_cmphex(peek(r, 0xff000), ==, 1);
    rig_free(r);
}

/* -- memory -- */

static void test_big_ram(void)
{
    struct rig *r = start(6 * GIB);

    space_write(r->mem, 0xdffffffc, 4, 0x11);
    space_write(r->mem, 4 * GIB, 4, 0x22);
    space_write(r->mem, 4 * GIB + 6 * GIB - I440FX_LOW_RAM_MAX - 4, 4, 0x33);
    g_assert_cmphex(peek(r, 0xdffffffc), ==, 0x11);
    g_assert_cmphex(peek(r, 0xe0000000), ==, UINT32_MAX);
    g_assert_cmphex(peek(r, 4 * GIB), ==, 0x22);
    g_assert_cmphex(peek(r, 4 * GIB + 6 * GIB - I440FX_LOW_RAM_MAX - 4), ==, 0x33);
    g_assert_cmphex(peek(r, 4 * GIB + 6 * GIB - I440FX_LOW_RAM_MAX), ==, UINT32_MAX);
    g_assert_cmphex(cmos(r, 0x34), ==, 0x00);
    g_assert_cmphex(cmos(r, 0x35), ==, 0xdf);
    g_assert_cmphex(cmos(r, 0x5b), ==, 0x00);
    g_assert_cmphex(cmos(r, 0x5c), ==, 0xa0);
    g_assert_cmphex(cmos(r, 0x5d), ==, 0x00);
    rig_free(r);
}

static void test_config_errors(void)
{
    struct rig *r = rig_new(16 * MIB, PC_INTC_HYPERVISOR);
    struct pc_config good = r->cfg;
    struct pc_fw_file twice = {.name = (char *)"etc/e820", .data = g_bytes_new("x", 1)};
    GPtrArray *files = g_ptr_array_new();
    GError *error = NULL;

    g_ptr_array_add(files, &twice);
    for (unsigned i = 0; i < 9; i++) {
        static const char *const wants[] = {"-m",    "-m",    "-smp",    "-boot",      "-boot",
                                            "-uuid", "-uuid", "-fw_cfg", "missing.bin"};

        r->cfg = good;
        r->cfg.ram_size = i == 0 ? 0x80000 : i == 1 ? 16 * MIB + 1 : r->cfg.ram_size;
        r->cfg.cpus = i == 2 ? 0 : 1;
        r->cfg.boot = i == 3 ? "cx" : i == 4 ? "cdna" : NULL;
        r->cfg.uuid = i == 5   ? "00112233-4455-6677-8899-aabbccddeef"
                      : i == 6 ? "00112233-4455-6677-8899-aabbccddeefg"
                               : NULL;
        r->cfg.fw_files = i == 7 ? files : NULL;
        r->cfg.bios = i == 8 ? "missing.bin" : NULL;
        g_assert_null(pc_new(r->ports, r->mem, r->clock, &r->cfg, &error));
        g_assert_nonnull(strstr(error->message, wants[i]));
        g_clear_error(&error);
        g_assert_cmpuint(device_list()->len, ==, 0);
    }
    g_ptr_array_free(files, TRUE);
    g_bytes_unref(twice.data);
    rig_free(r);
}

/* -- CMOS -- */

static void test_cmos(void)
{
    struct rig *r = rig_new(128 * MIB, PC_INTC_HYPERVISOR);
    static const uint8_t want[][2] = {
        {0x10, 0},    {0x12, 0},    {0x14, 0x06}, {0x15, 0x80}, {0x16, 0x02}, {0x17, 0xff},
        {0x18, 0xff}, {0x30, 0xff}, {0x31, 0xff}, {0x34, 0x00}, {0x35, 0x07}, {0x5b, 0},
        {0x5c, 0},    {0x5d, 0},    {0x5f, 3},    {0x3d, 0x34}, {0x38, 0x20}, {0x39, 0},
    };

    r->cfg.cpus = 4;
    r->cfg.boot = "ndc";
    power_on(r);
    for (unsigned i = 0; i < G_N_ELEMENTS(want); i++) {
        g_assert_cmphex(cmos(r, want[i][0]), ==, want[i][1]);
    }
    rig_free(r);
    r = start(4 * MIB); /* the default order; little memory */
    g_assert_cmphex(cmos(r, 0x3d), ==, 0x12);
    g_assert_cmphex(cmos(r, 0x38), ==, 0x30);
    g_assert_cmphex(cmos(r, 0x17), ==, 0x00);
    g_assert_cmphex(cmos(r, 0x18), ==, 0x0c);
    g_assert_cmphex(cmos(r, 0x34), ==, 0);
    rig_free(r);
}

static void no_submit(void *opaque, struct disk_request *req)
{
    (void)opaque;
    disk_complete(req, -5);
}

static void no_close(void *opaque)
{
    (void)opaque;
}

static struct disk *make_disk(const char *name, uint64_t size)
{
    static const struct disk_ops ops = {.submit = no_submit, .close = no_close};
    struct disk *d = disk_new(name);

    disk_insert(d, &ops, NULL, size, false, name, "raw");
    return d;
}

static void test_cmos_disks(void)
{
    struct rig *r = rig_new(16 * MIB, PC_INTC_HYPERVISOR);
    /* as QEMU's pc shows a disk of 20 MiB and one of 600 MiB */
    static const uint8_t first[] = {0x28, 0x00, 0x10, 0xff, 0xff, 0xc8, 0x28, 0x00, 0x3f};
    static const uint8_t second[] = {0xc3, 0x04, 0x10, 0xff, 0xff, 0xc8, 0xc3, 0x04, 0x3f};

    r->cfg.ide[0][0] = make_disk("a", 20 * MIB);
    r->cfg.ide[0][1] = make_disk("b", 600 * MIB);
    r->cfg.ide[1][0] = make_disk("c", 200 * GIB);
    power_on(r);
    g_assert_cmphex(cmos(r, 0x12), ==, 0xff);
    g_assert_cmphex(cmos(r, 0x19), ==, 47);
    g_assert_cmphex(cmos(r, 0x1a), ==, 47);
    for (uint8_t i = 0; i < 9; i++) {
        g_assert_cmphex(cmos(r, (uint8_t)(0x1b + i)), ==, first[i]);
        g_assert_cmphex(cmos(r, (uint8_t)(0x24 + i)), ==, second[i]);
    }
    g_assert_cmphex(cmos(r, 0x39), ==, 0x14);
    rig_free(r);
}

/* -- fw_cfg -- */

static void fw_select(struct rig *r, uint16_t key)
{
    space_write(r->ports, 0x510, 2, key);
}

static uint64_t fw_le(struct rig *r, uint16_t key, unsigned bytes)
{
    uint64_t v = 0;

    fw_select(r, key);
    for (unsigned i = 0; i < bytes; i++) {
        v |= (uint64_t)inb(r, 0x511) << (8 * i);
    }
    return v;
}

/* Key of a file, 0 when there is none; its size. */
static uint16_t fw_file(struct rig *r, const char *name, uint32_t *size)
{
    uint32_t n = GUINT32_FROM_BE((uint32_t)fw_le(r, 0x19, 4));

    for (uint32_t i = 0; i < n; i++) {
        uint8_t e[64];

        for (unsigned j = 0; j < sizeof(e); j++) {
            e[j] = inb(r, 0x511);
        }
        if (strcmp((const char *)e + 8, name) == 0) {
            *size = (uint32_t)e[0] << 24 | (uint32_t)e[1] << 16 | (uint32_t)e[2] << 8 | e[3];
            return (uint16_t)(e[4] << 8 | e[5]);
        }
    }
    return 0;
}

static void test_fw_cfg(void)
{
    struct rig *r = rig_new(5 * GIB, PC_INTC_HYPERVISOR);
    struct pc_fw_file user = {.name = (char *)"opt/test", .data = g_bytes_new("hello", 5)};
    static const uint8_t uuid[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                   0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    uint32_t size;
    uint16_t key;

    r->cfg.cpus = 2;
    r->cfg.boot_menu = true;
    r->cfg.boot_splash_ms = 1500;
    r->cfg.uuid = "00112233-4455-6677-8899-aabbccddeeff";
    r->cfg.fw_files = g_ptr_array_new();
    g_ptr_array_add(r->cfg.fw_files, &user);
    power_on(r);
    g_assert_cmphex(fw_le(r, 1, 4), ==, 3);
    g_assert_cmphex(fw_le(r, 3, 8), ==, 5 * GIB);
    g_assert_cmphex(fw_le(r, 5, 2), ==, 2);
    g_assert_cmphex(fw_le(r, 15, 2), ==, 2);
    g_assert_cmphex(fw_le(r, 14, 2), ==, 1);
    g_assert_cmphex(fw_le(r, 0x8002, 4), ==, 1);
    fw_select(r, 2);
    for (unsigned i = 0; i < 16; i++) {
        g_assert_cmphex(inb(r, 0x511), ==, uuid[i]);
    }
    g_assert_cmpuint(fw_file(r, "bootorder", &size), !=, 0);
    key = fw_file(r, "etc/boot-menu-wait", &size);
    g_assert_cmpuint(size, ==, 2);
    g_assert_cmpuint(fw_le(r, key, 2), ==, 1500);
    key = fw_file(r, "etc/boot-fail-wait", &size);
    g_assert_cmphex(fw_le(r, key, 4), ==, 0xffffffff);
    g_assert_cmpuint(fw_file(r, "etc/system-states", &size), !=, 0);
    key = fw_file(r, "opt/test", &size);
    g_assert_cmpuint(size, ==, 5);
    g_assert_cmphex(fw_le(r, key, 6), ==, 0x6f6c6c6568);
    key = fw_file(r, "etc/e820", &size);
    g_assert_cmpuint(size, ==, 40);
    g_assert_cmphex(fw_le(r, key, 8), ==, 0);
    g_assert_cmphex(fw_le(r, key, 8), ==, 0);
    fw_select(r, key);
    for (unsigned i = 0; i < 5; i++) {
        static const uint32_t want[] = {0, 0, 0xe0000000, 0, 1};
        uint32_t v = 0;

        for (unsigned j = 0; j < 4; j++) {
            v |= (uint32_t)inb(r, 0x511) << (8 * j);
        }
        g_assert_cmphex(v, ==, want[i]);
    }
    g_ptr_array_free(r->cfg.fw_files, TRUE);
    g_bytes_unref(user.data);
    rig_free(r);
}

/* -- interrupts -- */

static void drive(struct rig *r, unsigned pirq, bool level)
{
    static struct irq_pin pin;

    if (level) {
        irq_pin_init(&pin, pci_bus_pirq(pc_board(r->pc)->pci, pirq));
    }
    irq_set(&pin, level);
}

static void test_hypervisor_lines(void)
{
    struct rig *r = start(16 * MIB);

    cfg_write(r, 8, 0x60, 11);
    drive(r, 0, true);
    g_assert_true(r->gsi[11]);
    cfg_write(r, 8, 0x60, 5);
    g_assert_true(r->gsi[5] && !r->gsi[11]);
    drive(r, 0, false);
    g_assert_false(r->gsi[5]);
    /* the chips in the hypervisor are not here */
    g_assert_cmphex(inb(r, 0x21), ==, 0xff);
    g_assert_cmphex(inb(r, 0x40), ==, 0xff);
    g_assert_cmphex(inb(r, 0x61), ==, 0xff);
    g_assert_cmphex(peek(r, 0xfec00000), ==, UINT32_MAX);
    g_assert_cmphex(pc_intr_ack(r->pc), ==, 0);
    pc_ioapic_eoi(r->pc, 0x30);
    rig_free(r);
}

static void init_pics(struct rig *r)
{
    static const uint8_t master[] = {0x20, 0x04, 0x01, 0x00}, slave[] = {0x28, 0x02, 0x01, 0x00};

    outb(r, 0x20, 0x11);
    outb(r, 0xa0, 0x11);
    for (unsigned i = 0; i < 4; i++) {
        outb(r, 0x21, master[i]);
        outb(r, 0xa1, slave[i]);
    }
}

static void test_own_chips(void)
{
    for (unsigned split = 0; split < 2; split++) {
        struct rig *r = rig_new(16 * MIB, split ? PC_INTC_SPLIT : PC_INTC_OWN);

        power_on(r);
        init_pics(r);
        cfg_write(r, 8, 0x61, 10);
        g_assert_false(r->intr);
        drive(r, 1, true);
        g_assert_true(r->intr);
        g_assert_cmphex(pc_intr_ack(r->pc), ==, 0x2a);
        drive(r, 1, false);
        outb(r, 0xa0, 0x20);
        outb(r, 0x20, 0x20);
        g_assert_cmpint(peek(r, 0xfec00000) != UINT32_MAX, ==, split);
        if (split) { /* pin 10: vector 31h to CPU 0, edge */
            space_write(r->mem, 0xfec00000, 4, 0x10 + 2 * 10);
            space_write(r->mem, 0xfec00010, 4, 0x31);
            drive(r, 1, true);
            drive(r, 1, false);
            g_assert_cmpuint(r->msis, ==, 1);
        }
        rig_free(r);
    }
}

/* -- the whole -- */

static void check_all(void)
{
    GPtrArray *list = device_list();

    for (guint i = 0; i < list->len; i++) {
        g_assert_cmpstr(device_check(g_ptr_array_index(list, i)), ==, NULL);
    }
}

static void test_layouts(void)
{
    for (const struct device_class *const *c = device_classes; *c; c++) {
        if ((*c)->state) {
            size_t gap = state_layout_gap((*c)->state);

            if (gap != SIZE_MAX) {
                g_test_message("%s: byte %zu of its state", (*c)->name, gap);
                g_test_fail();
            }
        }
        g_assert_true(device_class_find((*c)->name) == *c);
    }
}

static void test_vga(void)
{
    struct rig *r = rig_new(16 * MIB, PC_INTC_HYPERVISOR);

    r->cfg.vga = true;
    power_on(r);
    g_assert_cmphex(cfg_read(r, 0, 0), ==, 0x12378086);
    g_assert_cmphex(cfg_read(r, 0x08, 0), ==, 0x70008086);
    g_assert_cmphex(cfg_read(r, 0x09, 0), ==, 0x70108086);
    g_assert_cmphex(cfg_read(r, 0x10, 0), ==, 0x11111234);
    check_all();
    rig_free(r);
}

/* Any write to any port or window leaves every device in a state it accepts itself. */
static void test_walk(void)
{
    for (unsigned intc = 0; intc < 3; intc++) {
        struct rig *r = rig_new(16 * MIB, (enum pc_intc)intc);
        GRand *rand = g_rand_new_with_seed(intc + 1);

        r->cfg.vga = true;
        r->cfg.ide[0][0] = make_disk("a", 20 * MIB);
        power_on(r);
        for (unsigned i = 0; i < 4000; i++) {
            uint32_t v = g_rand_int(rand);
            unsigned width = 1u << g_rand_int_range(rand, 0, 3);

            switch (i % 4) {
            case 0:
                space_write(r->ports, v >> 16 & 0x7ff, width, v);
                break;
            case 1:
                space_read(r->ports, v >> 16 & 0xfff, width);
                break;
            case 2:
                space_write(r->ports, 0xcf8, 4,
                            0x80000000u | (v & 0x1ffc) | (v & 0x1800 ? 0 : 0x100));
                space_write(r->ports, 0xcfc, width, g_rand_int(rand));
                break;
            default:
                space_write(r->mem, 0xa0000 + (v & 0x5ffff), width, v);
                clock_step(r->clock, v % 100000);
                break;
            }
            check_all();
            while (loop_iterate(false)) {
            }
            space_reader_quiescent();
        }
        device_reset_all();
        g_assert_cmphex(peek(r, 0xff000), ==, 1);
        check_all();
        g_rand_free(rand);
        rig_free(r);
    }
}

/* -- saved states -- */

static void refuses_bad_header(struct pci_device *d, void *opaque)
{
    unsigned *n = opaque;

    g_assert_null(device_check(&d->dev));
    d->pci->intx = 2;
    g_assert_cmpstr(device_check(&d->dev), ==, "pci.intx");
    d->pci->intx = 0;
    d->pci->pad[6] = 1;
    g_assert_cmpstr(device_check(&d->dev), ==, "pci.pad");
    d->pci->pad[6] = 0;
    ++*n;
}

/* What all functions have in common is checked by all of them. */
static void test_pci_states(void)
{
    struct rig *r = rig_new(16 * MIB, PC_INTC_HYPERVISOR);
    unsigned n = 0;

    r->cfg.vga = true;
    power_on(r);
    pci_bus_each(pc_board(r->pc)->pci, refuses_bad_header, &n);
    g_assert_cmpuint(n, >=, 4);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pc/rom", test_rom);
    g_test_add_func("/pc/rom-sizes", test_rom_sizes);
    g_test_add_func("/pc/shadow", test_shadow);
    g_test_add_func("/pc/big-ram", test_big_ram);
    g_test_add_func("/pc/config-errors", test_config_errors);
    g_test_add_func("/pc/cmos", test_cmos);
    g_test_add_func("/pc/cmos-disks", test_cmos_disks);
    g_test_add_func("/pc/fw_cfg", test_fw_cfg);
    g_test_add_func("/pc/hypervisor-lines", test_hypervisor_lines);
    g_test_add_func("/pc/own-chips", test_own_chips);
    g_test_add_func("/pc/layouts", test_layouts);
    g_test_add_func("/pc/vga", test_vga);
    g_test_add_func("/pc/walk", test_walk);
    g_test_add_func("/pc/pci-states", test_pci_states);
    return g_test_run();
}
