/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bare board for in-process device tests: two spaces, a stepped clock, 24 interrupt lines whose
 * levels and edges are counted, and some RAM. A test that defines its own `device_classes` needs
 * no other device to link.
 */
#ifndef TESTS_UNIT_STUB_BOARD_H
#define TESTS_UNIT_STUB_BOARD_H

#include "core/loop.h"
#include "hw/pc/board.h"

struct stub {
    struct board board;
    struct ram_block *ram;
    struct region ram_region;
    bool level[BOARD_GSIS];
    unsigned raised[BOARD_GSIS];
};

static inline void stub_gsi(void *opaque, unsigned n, bool level)
{
    struct stub *s = opaque;

    s->level[n] = level;
    s->raised[n] += level;
}

static inline struct ram_block *stub_ram_alloc(void *opaque, const char *name, uint64_t size,
                                               GError **error)
{
    (void)opaque;
    return ram_block_new(name, size, error);
}

/* RAM of ram_size bytes (0: none) at address 0. */
static inline struct stub *stub_new(uint64_t ram_size)
{
    struct stub *s = g_new0(struct stub, 1);

    loop_init();
    space_reader_register();
    s->board.ports = space_new_ports();
    s->board.mem = space_new_memory();
    s->board.clock = clock_new(true);
    s->board.ram_alloc = stub_ram_alloc;
    lock_init(&s->board.isa_dma_lock, "isa-dma", LOCK_DEVICE);
    for (unsigned i = 0; i < BOARD_GSIS; i++) {
        irq_line_init(&s->board.gsi[i], stub_gsi, s, i);
    }
    if (ram_size) {
        s->ram = ram_block_new("ram", ram_size, NULL);
        s->ram_region = (struct region){
            .name = "ram", .kind = REGION_RAM, .ram = s->ram, .size = ram_size, .prio = PRIO_FIXED};
        g_assert_true(space_map(s->board.mem, &s->ram_region, 0, NULL));
    }
    return s;
}

static inline void stub_free(struct stub *s)
{
    while (device_list()->len) {
        device_free(g_ptr_array_index(device_list(), device_list()->len - 1));
    }
    if (s->ram) {
        space_unmap(&s->ram_region);
    }
    while (loop_iterate(false)) {
    }
    space_free(s->board.ports);
    space_free(s->board.mem);
    clock_free(s->board.clock);
    ram_block_free(s->ram);
    space_reader_unregister();
    g_free(s);
}

static inline uint8_t stub_inb(struct stub *s, uint16_t port)
{
    return (uint8_t)space_read(s->board.ports, port, 1);
}

static inline void stub_outb(struct stub *s, uint16_t port, uint8_t value)
{
    space_write(s->board.ports, port, 1, value);
}

#endif
