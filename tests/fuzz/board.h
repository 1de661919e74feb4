/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole machine without a CPU for fuzzers: the pc board with its own interrupt chips, 2 MiB of
 * RAM, four drives whose contents are computed, serial lines, an NE2000, a stepped clock. It is
 * made once a process; every input begins with a reset and empty RAM. What the board promises is
 * checked after each input, and where an operation says so.
 */
#ifndef TESTS_FUZZ_BOARD_H
#define TESTS_FUZZ_BOARD_H

#include "core/loop.h"
#include "core/surface.h"
#include "hw/display/vga_pci.h"
#include "hw/net/ne2000_isa.h"
#include "hw/pc/board.h"
#include "hw/pc/fw_cfg.h"
#include "hw/pci/pci.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_RAM (UINT64_C(2) << 20)
#define FUZZ_DISKS 3

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* -- the input, as a stream; zeros when it has ended -- */

struct fuzz_in {
    const uint8_t *p;
    size_t left;
};

static inline uint64_t in_n(struct fuzz_in *in, unsigned n)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < n && in->left; i++, in->left--) {
        v |= (uint64_t)*in->p++ << (8 * i);
    }
    return v;
}

static inline uint8_t in8(struct fuzz_in *in)
{
    return (uint8_t)in_n(in, 1);
}

static inline uint16_t in16(struct fuzz_in *in)
{
    return (uint16_t)in_n(in, 2);
}

static inline uint32_t in32(struct fuzz_in *in)
{
    return (uint32_t)in_n(in, 4);
}

/* Up to max bytes; returns how many there were, the rest of buf is zero. */
static inline uint32_t in_bytes(struct fuzz_in *in, void *buf, uint32_t max)
{
    uint32_t n = in->left < max ? (uint32_t)in->left : max;

    memset(buf, 0, max);
    if (n) {
        memcpy(buf, in->p, n);
        in->p += n;
        in->left -= n;
    }
    return n;
}

static inline void fuzz_fail(const char *who, const char *what)
{
    fprintf(stderr, "%s: %s\n", who, what);
    abort();
}

/* How many descriptors are open, of the first hundreds. */
static inline unsigned fuzz_fds(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 256; fd++) {
        n += fcntl(fd, F_GETFD) >= 0;
    }
    return n;
}

/* -- drives -- */

enum disk_mood {
    DISK_NOW,   /* answers at once */
    DISK_LATER, /* by request, at once */
    DISK_HELD,  /* by request, when released */
    DISK_BAD,   /* every third request fails */
    DISK_FULL,
    DISK_MOODS,
};

struct fuzz_disk {
    struct disk *disk;
    uint32_t turn;
};

struct fuzz_board {
    struct space *ports, *mem;
    struct clock *clock;
    struct pc *pc;
    struct ram_block *ram;
    struct fuzz_disk disk[FUZZ_DISKS];
    GQueue held;
    enum disk_mood mood;
    struct line *lines[4]; /* serial 0, 1; debug consoles */
    struct link *link;
    struct region **port_regions, **mem_regions;
    unsigned nports, nmem;
};

static struct fuzz_board fuzz;

static inline int disk_answer(struct fuzz_disk *d, enum disk_op op, uint64_t offset, void *buf,
                              uint32_t len)
{
    d->turn++;
    if (fuzz.mood == DISK_BAD && d->turn % 3 == 0) {
        return -EIO;
    }
    if (fuzz.mood == DISK_FULL && op == DISK_WRITE) {
        return -ENOSPC;
    }
    if (op == DISK_READ) {
        memset(buf, (int)(offset >> 9), len);
    } else if (op == DISK_WRITE && len) {
        /* read every byte, for the sanitizer's sake */
        volatile uint8_t sum = 0;

        for (uint32_t i = 0; i < len; i += 64) {
            sum = (uint8_t)(sum + ((uint8_t *)buf)[i]);
        }
        sum = (uint8_t)(sum + ((uint8_t *)buf)[len - 1]);
    }
    return 0;
}

static inline void disk_end(struct disk_request *req)
{
    struct fuzz_disk *d = NULL;

    for (unsigned i = 0; i < FUZZ_DISKS; i++) {
        d = fuzz.disk[i].disk == req->disk ? &fuzz.disk[i] : d;
    }
    disk_complete(req, disk_answer(d, req->op, req->offset, req->buffer, req->length));
}

static inline void disk_begin(void *opaque, struct disk_request *req)
{
    (void)opaque;
    if (fuzz.mood == DISK_HELD) {
        g_queue_push_tail(&fuzz.held, req);
    } else {
        disk_end(req);
    }
}

static inline int disk_read_try(void *opaque, uint64_t offset, void *buf, uint32_t len)
{
    return fuzz.mood == DISK_NOW ? disk_answer(opaque, DISK_READ, offset, buf, len) : -EAGAIN;
}

static inline int disk_write_try(void *opaque, uint64_t offset, const void *buf, uint32_t len)
{
    return fuzz.mood == DISK_NOW
               ? disk_answer(opaque, DISK_WRITE, offset, (void *)(uintptr_t)buf, len)
               : -EAGAIN;
}

static inline void disk_closed(void *opaque)
{
    (void)opaque;
}

static const struct disk_ops fuzz_disk_ops = {
    .submit = disk_begin,
    .read_now = disk_read_try,
    .write_now = disk_write_try,
    .close = disk_closed,
};

/* Let everything that is due in the loop happen. */
static inline void fuzz_loop(void)
{
    for (unsigned i = 0; i < 100000 && loop_iterate(false); i++) {
    }
}

static inline void fuzz_release(void)
{
    struct disk_request *req;

    while ((req = g_queue_pop_head(&fuzz.held)) != NULL) {
        disk_end(req);
        fuzz_loop();
    }
}

/* -- lines and the wire -- */

static inline void line_drain(void *opaque)
{
    struct line *const *l = opaque;
    uint8_t buf[256];

    while (line_take(*l, buf, sizeof(buf)) > 0) {
    }
}

static const struct line_host_ops fuzz_line_ops = {.pending = line_drain};

static struct link *fuzz_deaf; /* frames stay in this one */

static inline void link_drain(void *opaque)
{
    struct link *l = opaque;
    uint32_t len;

    while (l != fuzz_deaf && link_take(l, &len)) {
        if (len == 0 || len > LINK_FRAME_MAX) {
            fuzz_fail(link_name(l), "a frame of bad length");
        }
        link_take_done(l);
    }
}

static const struct link_host_ops fuzz_link_ops = {.pending = link_drain};

/* -- making it -- */

static inline struct ram_block *fuzz_alloc(void *opaque, const char *name, uint64_t size,
                                           GError **error)
{
    struct ram_block *b = ram_block_new(name, size, error);

    (void)opaque;
    if (strcmp(name, "ram") == 0) {
        fuzz.ram = b;
    }
    return b;
}

static inline GBytes *fuzz_firmware(void *opaque, const char *name, GError **error)
{
    uint8_t *rom;

    (void)opaque;
    (void)error;
    if (g_str_has_prefix(name, "bios")) {
        return g_bytes_new_take(g_malloc0(65536), 65536);
    }
    rom = g_malloc0(4096);
    rom[0] = 0x55;
    rom[1] = 0xaa;
    rom[2] = 8;
    return g_bytes_new_take(rom, 4096);
}

static inline void fuzz_intr(void *opaque, unsigned n, bool level)
{
    (void)opaque;
    (void)n;
    (void)level;
}

static inline void fuzz_msi(void *opaque, uint64_t addr, uint32_t data)
{
    (void)opaque;
    (void)addr;
    (void)data;
}

static inline void fuzz_route(void *opaque, unsigned pin, bool valid, uint64_t addr, uint32_t data)
{
    (void)opaque;
    (void)pin;
    (void)valid;
    (void)addr;
    (void)data;
}

/* On a board that is finished a function of the PCI bus is hidden at first. */
static inline void fuzz_realize(struct device *d)
{
    if (!device_realize(d, pc_board(fuzz.pc), NULL)) {
        fuzz_fail(d->cls->name, "cannot be made");
    }
    if (d->cls->bus == BUS_PCI) {
        pci_device_appear((struct pci_device *)d);
    }
}

static inline void fuzz_plug(const char *cls, const char *prop, const char *value)
{
    struct device *d = device_new(device_class_find(cls), NULL);

    if (prop && !device_set(d, prop, value, NULL)) {
        fuzz_fail(cls, "does not take its property");
    }
    fuzz_realize(d);
}

/* Every region of every device, wherever it is mapped now. */
static inline void fuzz_regions(void)
{
    GPtrArray *ports = space_regions(fuzz.ports), *mem = space_regions(fuzz.mem);

    fuzz.nports = ports->len;
    fuzz.nmem = mem->len;
    fuzz.port_regions = (struct region **)g_ptr_array_free(ports, FALSE);
    fuzz.mem_regions = (struct region **)g_ptr_array_free(mem, FALSE);
}

static inline void fuzz_board_new(void)
{
    static const uint64_t sectors[FUZZ_DISKS] = {2048, 40000, (UINT64_C(1) << 28) + 100};
    static const char *const names[4] = {"s0", "s1", "d0", "d1"};
    struct pc_config cfg = {
        .ram_size = FUZZ_RAM,
        .cpus = 1,
        .intc = PC_INTC_SPLIT,
        .intr = fuzz_intr,
        .msi = fuzz_msi,
        .ioapic_route = fuzz_route,
        .ram_alloc = fuzz_alloc,
        .firmware = fuzz_firmware,
        .vga = true,
    };
    GError *error = NULL;

    loop_init();
    space_reader_register();
    fuzz.ports = space_new_ports();
    fuzz.mem = space_new_memory();
    fuzz.clock = clock_new(true);
    g_queue_init(&fuzz.held);
    for (unsigned i = 0; i < FUZZ_DISKS; i++) {
        char name[8];

        snprintf(name, sizeof(name), "hd%u", i);
        fuzz.disk[i].disk = cfg.ide[i / 2][i % 2] = disk_new(name);
        disk_insert(fuzz.disk[i].disk, &fuzz_disk_ops, &fuzz.disk[i], sectors[i] * 512, i == 1,
                    "none", "raw");
    }
    for (unsigned i = 0; i < 4; i++) {
        fuzz.lines[i] = line_new(names[i]);
        line_host_attach(fuzz.lines[i], &fuzz_line_ops, &fuzz.lines[i]);
        *(i < 2 ? &cfg.serial[i] : &cfg.debugcon[i - 2]) = fuzz.lines[i];
    }
    fuzz.link = link_new("net0");
    link_host_attach(fuzz.link, &fuzz_link_ops, fuzz.link);
    fuzz.pc = pc_new(fuzz.ports, fuzz.mem, fuzz.clock, &cfg, &error);
    if (!fuzz.pc) {
        fuzz_fail("pc_new", error->message);
    }
    fuzz_plug("ne2k_isa", "netdev", "net0");
    fuzz_plug("isa-debug-exit", NULL, NULL);
    fw_cfg_add_file(pc_board(fuzz.pc)->fw_cfg, "opt/fuzz", "0123456789", 10);
    pc_finish(fuzz.pc);
    device_reset_all();
    fuzz_loop();
    fuzz_regions();
}

/* -- between inputs -- */

static inline void fuzz_begin(void)
{
    if (!fuzz.pc) {
        fuzz_board_new();
    }
    fuzz.mood = DISK_NOW;
    memset(fuzz.ram->host, 0, FUZZ_RAM);
    clock_restore(fuzz.clock, 0);
    device_reset_all();
    fuzz_loop();
}

static inline void fuzz_check(struct device *d)
{
    const char *field = device_check(d);

    if (field) {
        fuzz_fail(d->cls->name, field);
    }
}

/* What was saved loads, and saves the same. */
static inline void fuzz_save_load(struct device *d)
{
    g_autoptr(GByteArray) first = g_byte_array_new(), second = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    if (!d->cls->state) {
        return;
    }
    device_save(d, first);
    if (!device_load(d, first->data, first->len, &error)) {
        fuzz_fail(d->cls->name, error ? error->message : "not loaded");
    }
    device_save(d, second);
    if (first->len != second->len || memcmp(first->data, second->data, first->len) != 0) {
        fuzz_fail(d->cls->name, "saves otherwise after a load");
    }
}

static inline void fuzz_end(void)
{
    fuzz.mood = DISK_NOW;
    fuzz_release();
    fuzz_loop();
    for (guint i = 0; i < device_list()->len; i++) {
        fuzz_check(g_ptr_array_index(device_list(), i));
    }
    space_reader_quiescent();
}

static inline struct device *fuzz_device(unsigned n)
{
    return g_ptr_array_index(device_list(), n % device_list()->len);
}

static inline struct device *fuzz_device_named(const char *cls)
{
    for (guint i = 0; i < device_list()->len; i++) {
        struct device *d = g_ptr_array_index(device_list(), i);

        if (strcmp(d->cls->name, cls) == 0) {
            return d;
        }
    }
    fuzz_fail(cls, "is not there");
    return NULL;
}

/* -- operations -- */

static inline void outb(uint16_t port, uint8_t v)
{
    space_write(fuzz.ports, port, 1, v);
}

static inline void outl(uint16_t port, uint32_t v)
{
    space_write(fuzz.ports, port, 4, v);
}

static inline void config_write(unsigned devfn, unsigned at, unsigned width, uint32_t v)
{
    outl(0xcf8, 0x80000000u | devfn << 8 | (at & 0xfc));
    space_write(fuzz.ports, 0xcfc + (at & 3), width, v);
}

static inline uint32_t config_read(unsigned devfn, unsigned at, unsigned width)
{
    outl(0xcf8, 0x80000000u | devfn << 8 | (at & 0xfc));
    return (uint32_t)space_read(fuzz.ports, 0xcfc + (at & 3), width);
}

/* A wire for a card that the target plugs; to be made after the board. */
static inline struct link *fuzz_wire(void)
{
    struct link *l = link_new("net1");

    link_host_attach(l, &fuzz_link_ops, l);
    return l;
}

/* devfn of the first function whose ids, device above vendor, are these. */
static inline unsigned fuzz_slot(const char *cls, uint32_t ids)
{
    for (unsigned fn = 0; fn < 256; fn += 8) {
        if (config_read(fn, 0, 4) == ids) {
            return fn;
        }
    }
    fuzz_fail(cls, "is not on the bus");
    return 0;
}

/* A burst of count accesses. */
static inline void fuzz_block(struct space *s, uint64_t addr, unsigned width, uint32_t count,
                              bool write, struct fuzz_in *in)
{
    uint8_t buf[8 * 1024];

    count = MIN(MAX(count, 1), (uint32_t)sizeof(buf) / width);
    if (write) {
        in_bytes(in, buf, count * width);
    }
    space_access(s, addr, width, count, write, buf);
}

static inline void fuzz_step(uint8_t n)
{
    /* 1 ns to a bit more than 1 s */
    clock_step(fuzz.clock, UINT64_C(1) << (n % 31));
    fuzz_loop();
}

static inline void fuzz_frame(struct fuzz_in *in)
{
    uint8_t frame[LINK_FRAME_MAX];
    uint32_t len = in16(in) % (LINK_FRAME_MAX + 1);

    memset(frame, 0, sizeof(frame));
    in_bytes(in, frame, MIN(len, (uint32_t)in8(in)));
    if (len) {
        link_deliver(fuzz.link, frame, len);
    }
    fuzz_loop();
}

static inline void fuzz_ram_write(struct fuzz_in *in)
{
    uint8_t buf[64];
    uint64_t addr = in_n(in, 3) % FUZZ_RAM;
    uint32_t n = in_bytes(in, buf, in8(in) % 64 + 1);

    ram_write(fuzz.mem, addr, buf, n);
}

static inline void fuzz_input(struct fuzz_in *in)
{
    uint8_t how = in8(in);

    if (how < 0x80) {
        input_key((uint16_t)(in8(in) | (how & 1 ? 0xe000 : 0)), how & 2);
    } else if (how < 0xf0) {
        input_motion((int32_t)in32(in), (int32_t)in32(in), (int8_t)in8(in));
    } else if (how < 0xf8) {
        input_buttons(in8(in));
    } else {
        input_release_all();
    }
    fuzz_loop();
}

static inline void fuzz_line(struct fuzz_in *in)
{
    struct line *l = fuzz.lines[in8(in) % 4];
    uint8_t how = in8(in), buf[32];

    if (how < 0xe0) {
        line_deliver(l, buf, in_bytes(in, buf, how % 32 + 1));
    } else if (how < 0xf0) {
        line_host_modem(l, in8(in));
    } else {
        line_host_event(l, how % 3 == 0 ? LINE_OPENED : how % 3 == 1 ? LINE_CLOSED : LINE_BREAK);
    }
    fuzz_loop();
}

static inline void fuzz_screen(uint8_t how)
{
    surface_refresh(how & 1);
    if (how & 2) {
        g_free(surface_text());
    }
}

static inline void fuzz_disk_mood(uint8_t how)
{
    if (how < 0x80) {
        fuzz.mood = how % DISK_MOODS;
    } else {
        fuzz_release();
    }
}

/* A port or address near one that a device decodes. */
static inline uint64_t fuzz_port(struct fuzz_in *in)
{
    const struct region *r = fuzz.port_regions[in8(in) % fuzz.nports];

    return r->base + in8(in) % MIN(r->size, 256u);
}

static inline uint64_t fuzz_address(struct fuzz_in *in)
{
    const struct region *r = fuzz.mem_regions[in8(in) % fuzz.nmem];

    return r->base + in_n(in, 3) % r->size;
}

static inline void fuzz_access(struct space *s, uint64_t addr, uint8_t how, struct fuzz_in *in)
{
    unsigned width = 1u << (how & 3);

    if (how & 8) {
        fuzz_block(s, addr, width, in8(in), how & 4, in);
    } else if (how & 4) {
        space_write(s, addr, width, in_n(in, width));
    } else {
        space_read(s, addr, width);
    }
}

/* One operation on anything. */
static inline void fuzz_op(struct fuzz_in *in)
{
    uint8_t op = in8(in), how = op >> 4;

    switch (op & 15) {
    case 0:
    case 1:
    case 2:
    case 3:
        fuzz_access(fuzz.ports, fuzz_port(in), how, in);
        break;
    case 4:
        fuzz_access(fuzz.ports, in16(in), how, in);
        break;
    case 5:
    case 6:
        fuzz_access(fuzz.mem, fuzz_address(in), how, in);
        break;
    case 7:
        if (how & 1) {
            unsigned devfn = in8(in), at = in8(in);

            config_write(devfn & 0x1f, at, 1u << (how >> 1 & 3) & 7, in32(in));
        } else {
            config_read(in8(in), in8(in), 4);
        }
        break;
    case 8:
        fuzz_step(in8(in));
        break;
    case 9:
        fuzz_ram_write(in);
        break;
    case 10:
        fuzz_frame(in);
        break;
    case 11:
        fuzz_input(in);
        break;
    case 12:
        fuzz_line(in);
        break;
    case 13:
        fuzz_screen(how);
        break;
    case 14:
        fuzz_disk_mood(in8(in));
        break;
    default:
        if (how < 4) {
            pc_intr_ack(fuzz.pc);
        } else if (how < 8) {
            pc_ioapic_eoi(fuzz.pc, in8(in));
        } else if (how < 12) {
            fuzz_save_load(fuzz_device(in8(in)));
        } else if (how < 15) {
            device_reset(fuzz_device(in8(in)));
        } else {
            device_reset_all();
        }
        break;
    }
}

#endif
