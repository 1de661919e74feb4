/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio network card: registers of both interfaces, queues of all kinds, frames. */
#include "tests/fuzz/board.h"

#define MEM 0xe8000000u
#define IO 0xd000u
#define OPS_MAX 600
#define PAGE 0x1000u

static struct link *wire;

static void begin(void)
{
    if (!fuzz.pc) {
        fuzz_board_new();
        wire = fuzz_wire();
        fuzz_plug("virtio-net-pci", "netdev", "net1");
    }
    fuzz_deaf = NULL;
    link_drain(wire);
    fuzz_begin();
}

static void io(unsigned at, unsigned width, uint32_t v)
{
    space_write(fuzz.ports, IO + at, width, v);
}

static void mem(uint32_t at, unsigned width, uint64_t v)
{
    space_write(fuzz.mem, MEM + at, width, v);
}

/* Queues of 16 entries: descriptors at 10000h, available at +800h, used at +C00h. */
static uint32_t queue(unsigned q)
{
    return 0x10000 + q * PAGE;
}

static void setup(struct fuzz_in *in)
{
    uint32_t features = in32(in);

    mem(0x14, 1, 0);
    mem(0x14, 1, 3);
    mem(8, 4, 0);
    mem(0xc, 4, features);
    mem(8, 4, 1);
    mem(0xc, 4, 1);
    mem(0x14, 1, 0xb);
    for (unsigned q = 0; q < 3; q++) {
        mem(0x16, 2, q);
        mem(0x18, 2, 16);
        mem(0x20, 8, queue(q));
        mem(0x28, 8, queue(q) + 0x800);
        mem(0x30, 8, queue(q) + 0xc00);
        mem(0x1c, 2, 1);
    }
    mem(0x14, 1, 0xf);
}

static void legacy(struct fuzz_in *in)
{
    io(18, 1, 0);
    io(18, 1, 3);
    io(4, 4, in32(in));
    for (unsigned q = 0; q < 3; q++) {
        io(14, 2, q);
        io(8, 4, 0x20 + 4 * q);
    }
    io(18, 1, 7);
}

/* One descriptor of a queue's table, or of an indirect one. */
static void describe(struct fuzz_in *in)
{
    uint8_t v = in8(in);
    uint8_t d[16];
    uint64_t addr = 0x40000u + in16(in);
    uint32_t len = in16(in) % 4096;
    uint16_t flags = in8(in) & 7, next = in8(in) % 18;
    uint32_t at = v & 0x80 ? 0x40000u + (v & 31) * 16u : queue(v >> 5 & 3) + (v & 15) * 16u;

    memcpy(d, &addr, 8);
    memcpy(d + 8, &len, 4);
    memcpy(d + 12, &flags, 2);
    memcpy(d + 14, &next, 2);
    ram_write(fuzz.mem, at, d, sizeof(d));
}

static void chain(unsigned q, unsigned i, uint64_t addr, uint32_t len, unsigned flags,
                  unsigned next)
{
    uint8_t d[16];

    memcpy(d, &addr, 8);
    memcpy(d + 8, &len, 4);
    memcpy(d + 12, &(uint16_t){(uint16_t)flags}, 2);
    memcpy(d + 14, &(uint16_t){(uint16_t)next}, 2);
    ram_write(fuzz.mem, queue(q) + 16 * i, d, sizeof(d));
}

/* n times the chain at descriptor 0. */
static void ring(unsigned q, unsigned n)
{
    uint32_t avail = queue(q) + 0x800;
    uint16_t index, head = 0;

    ram_read(fuzz.mem, avail + 2, &index, 2);
    for (; n; n--, index++) {
        ram_write(fuzz.mem, avail + 4 + 2u * (index % 16), &head, 2);
    }
    ram_write(fuzz.mem, avail + 2, &index, 2);
    mem(0x3000 + 4 * q, 2, q);
    fuzz_loop();
}

/* A control command of proper form. */
static void control(struct fuzz_in *in)
{
    uint8_t data[256] = {(uint8_t)(in8(in) % 4), (uint8_t)(in8(in) % 7)};
    uint32_t len = in8(in) % 250;

    in_bytes(in, data + 2, MIN(len, in8(in) % 32u));
    data[3] = data[4] = data[5] = 0; /* counts that may fit */
    ram_write(fuzz.mem, 0x48000, data, sizeof(data));
    chain(2, 0, 0x48000, 2 + len, 1, 1);
    chain(2, 1, 0x47ff0, 1, 2, 0);
    ring(2, 1);
}

/* Frames of proper form, to send or as room to receive. */
static void frames(struct fuzz_in *in)
{
    uint8_t how = in8(in);

    if (how & 0x80) {
        chain(1, 0, 0x40000, 12 + in16(in) % 2100u, 0, 0);
        ring(1, how % 16);
    } else {
        chain(0, 0, 0x50000, 1 + in16(in) % 2100u, 2, 0);
        ring(0, how % 16);
    }
}

/* Put heads into the available ring, and ring the bell. */
static void offer(struct fuzz_in *in)
{
    unsigned q = in8(in) % 3, n = in8(in) % 5;
    uint32_t avail = queue(q) + 0x800;
    uint16_t index;

    ram_read(fuzz.mem, avail + 2, &index, 2);
    for (; n; n--, index++) {
        uint16_t head = in8(in) % 17;

        ram_write(fuzz.mem, avail + 4 + 2u * (index % 16), &head, 2);
    }
    ram_write(fuzz.mem, avail + 2, &index, 2);
    mem(0x3000 + 4 * q, 2, q);
    fuzz_loop();
}

static void frame(struct fuzz_in *in)
{
    uint8_t f[LINK_FRAME_MAX] = {0};
    uint32_t len = in16(in) % LINK_FRAME_MAX + 1;
    uint8_t how = in8(in);

    in_bytes(in, f, MIN(len, how % 32u));
    if (how & 0x40) {
        memset(f, 0xff, 6);
    }
    link_deliver(wire, f, len);
    fuzz_loop();
}

static void op(struct fuzz_in *in, unsigned fn)
{
    uint8_t v = in8(in);

    switch (v & 15) {
    case 0:
    case 1:
        describe(in);
        break;
    case 2:
        control(in);
        break;
    case 3:
        frames(in);
        break;
    case 4:
    case 5:
    case 6:
        offer(in);
        break;
    case 7:
    case 8:
        frame(in);
        break;
    case 9:
        fuzz_access(fuzz.mem, MEM + (v >> 6) * PAGE + in8(in) % 64, v >> 4, in);
        break;
    case 10:
        fuzz_access(fuzz.ports, IO + in8(in) % 32, v >> 4, in);
        break;
    case 11:
        fuzz_step(in8(in));
        break;
    case 12: {
        unsigned at = 0x84 + in8(in) % 20;

        if (v & 0x10) {
            config_write(fn, at, 1u << (v >> 5 & 1), in32(in));
        } else {
            config_write(fn, at & ~3u, 4, in32(in) % 0x4010);
            config_read(fn, 0x94, 4);
        }
        break;
    }
    case 13:
        link_set_carrier(wire, (v & 0x30) != 0x10);
        fuzz_deaf = v >> 6 & 1 ? wire : NULL;
        link_drain(wire);
        fuzz_loop();
        break;
    case 14:
        if (v & 0x10) {
            fuzz_ram_write(in);
        } else if (v & 0x20) {
            legacy(in);
        } else {
            setup(in);
        }
        break;
    default:
        fuzz_save_load(fuzz_device_named("virtio-net-pci"));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};
    unsigned fn;

    begin();
    link_set_carrier(wire, true);
    fn = fuzz_slot("virtio-net-pci", 0x10001af4);
    config_write(fn, PCI_BAR0, 4, IO | 1);
    config_write(fn, PCI_BAR0 + 16, 4, MEM);
    config_write(fn, PCI_COMMAND, 2, 7);
    setup(&in);
    for (unsigned i = 0; in.left && i < OPS_MAX; i++) {
        op(&in, fn);
        fuzz_check(fuzz_device_named("virtio-net-pci"));
    }
    fuzz_end();
    return 0;
}
