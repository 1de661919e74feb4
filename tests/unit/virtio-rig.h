/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtio network card and a small driver for it: queues in RAM, both interfaces. */
#ifndef TESTS_UNIT_VIRTIO_RIG_H
#define TESTS_UNIT_VIRTIO_RIG_H

#include "hw/net/virtio_net.h"
#include "tests/unit/nic-rig.h"

#define RX 0u
#define TX 1u
#define CTRL 2u

#define MEM_BASE (4u << 20) /* BAR 4, for rd() and wr() */
#define COMMON(at) (MEM_BASE + (at))
#define ISR_REG (MEM_BASE + 0x1000)
#define DEVICE(at) (MEM_BASE + 0x2000 + (at))
#define NOTIFY(q) (MEM_BASE + 0x3000 + 4 * (q))

#define F_MAC (1u << 5)
#define F_MRG (1u << 15)
#define F_STATUS (1u << 16)
#define F_CTRL (1u << 17)
#define F_CTRL_RX (1u << 18)
#define F_CTRL_VLAN (1u << 19)
#define F_CTRL_MAC (1u << 23)
#define F_ON_EMPTY (1u << 24)
#define F_INDIRECT (1u << 28)
#define F_EVENT (1u << 29)

#define D_NEXT 1u
#define D_WRITE 2u
#define D_INDIRECT 4u

#define BUFFERS 0x80000u

static const uint16_t queue_size[3] = {256, 256, 64};

/* The legacy layout, each queue 32 KiB further. */
static inline uint32_t q_desc(unsigned q)
{
    return 0x10000 + q * 0x8000;
}

static inline uint32_t q_avail(unsigned q)
{
    return q_desc(q) + 16u * queue_size[q];
}

static inline uint32_t q_used(unsigned q)
{
    return (q_avail(q) + 6 + 2u * queue_size[q] + 4095) & ~4095u;
}

static inline uint32_t io_in(struct nic *r, unsigned at, unsigned width)
{
    return (uint32_t)space_read(r->stub->board.ports, NIC_IO + at, width);
}

static inline void io_out(struct nic *r, unsigned at, unsigned width, uint32_t v)
{
    space_write(r->stub->board.ports, NIC_IO + at, width, v);
}

static inline void mem_out(struct nic *r, uint32_t at, unsigned width, uint64_t v)
{
    space_write(r->stub->board.mem, NIC_MEM + at, width, v);
}

static inline uint32_t mem_in(struct nic *r, uint32_t at, unsigned width)
{
    return (uint32_t)space_read(r->stub->board.mem, NIC_MEM + at, width);
}

static inline struct virtio_net_state *net_state(struct nic *r)
{
    return device_state(r->dev);
}

static inline void clear_queues(struct nic *r)
{
    memset(ram(r, q_desc(0)), 0, 0x20000);
}

static inline void legacy_open(struct nic *r, uint32_t features)
{
    clear_queues(r);
    io_out(r, 18, 1, 0);
    io_out(r, 18, 1, 1);
    io_out(r, 18, 1, 3);
    io_out(r, 4, 4, features);
    for (unsigned q = 0; q < 3; q++) {
        io_out(r, 14, 2, q);
        g_assert_cmpuint(io_in(r, 12, 2), ==, queue_size[q]);
        io_out(r, 8, 4, q_desc(q) >> 12);
    }
    io_out(r, 18, 1, 7);
}

static inline void modern_open(struct nic *r, uint32_t features)
{
    clear_queues(r);
    mem_out(r, COMMON(0x14), 1, 0);
    mem_out(r, COMMON(0x14), 1, 1);
    mem_out(r, COMMON(0x14), 1, 3);
    for (unsigned i = 0; i < 2; i++) {
        mem_out(r, COMMON(8), 4, i);
        mem_out(r, COMMON(0xc), 4, i ? 1 : features);
    }
    mem_out(r, COMMON(0x14), 1, 0xb);
    g_assert_cmphex(mem_in(r, COMMON(0x14), 1), ==, 0xb);
    for (unsigned q = 0; q < 3; q++) {
        mem_out(r, COMMON(0x16), 2, q);
        g_assert_cmpuint(mem_in(r, COMMON(0x18), 2), ==, queue_size[q]);
        mem_out(r, COMMON(0x20), 8, q_desc(q));
        mem_out(r, COMMON(0x28), 8, q_avail(q));
        mem_out(r, COMMON(0x30), 8, q_used(q));
        mem_out(r, COMMON(0x1c), 2, 1);
    }
    mem_out(r, COMMON(0x14), 1, 0xf);
}

static inline void set_desc(struct nic *r, unsigned q, unsigned i, uint64_t addr, uint32_t len,
                            unsigned flags, unsigned next)
{
    uint8_t *d = ram(r, q_desc(q) + 16 * i);

    put64(d, addr);
    put32(d + 8, len);
    put16(d + 12, (uint16_t)flags);
    put16(d + 14, (uint16_t)next);
}

static inline void offer_chain(struct nic *r, unsigned q, unsigned head)
{
    uint8_t *avail = ram(r, q_avail(q));
    uint16_t index = get16(avail + 2);

    put16(avail + 4 + 2 * (index % queue_size[q]), (uint16_t)head);
    put16(avail + 2, (uint16_t)(index + 1));
}

static inline void notify(struct nic *r, unsigned q)
{
    io_out(r, 16, 2, q);
}

static inline unsigned used_index(struct nic *r, unsigned q)
{
    return get16(ram(r, q_used(q) + 2));
}

static inline uint32_t used_id(struct nic *r, unsigned q, unsigned i)
{
    return get32(ram(r, q_used(q) + 4 + 8 * (i % queue_size[q])));
}

static inline uint32_t used_len(struct nic *r, unsigned q, unsigned i)
{
    return get32(ram(r, q_used(q) + 8 + 8 * (i % queue_size[q])));
}

/* `n` receive buffers of `len` bytes, in chains of their own from `first` on. */
static inline void give_buffers(struct nic *r, unsigned first, unsigned n, unsigned len)
{
    for (unsigned i = first; i < first + n; i++) {
        set_desc(r, RX, i, BUFFERS + 2048 * i, len, D_WRITE, 0);
        offer_chain(r, RX, i);
    }
}

/* A control command: header and data in one buffer, the status in another; its answer. */
static inline unsigned control(struct nic *r, unsigned cls, unsigned cmd, const void *data,
                               unsigned len)
{
    uint8_t *p = ram(r, 0x60000);

    p[0] = (uint8_t)cls;
    p[1] = (uint8_t)cmd;
    memcpy(p + 2, data, len);
    *ram(r, 0x5fff0) = 0x55;
    set_desc(r, CTRL, 0, 0x60000, 2 + len, D_NEXT, 1);
    set_desc(r, CTRL, 1, 0x5fff0, 1, D_WRITE, 0);
    offer_chain(r, CTRL, 0);
    notify(r, CTRL);
    return *ram(r, 0x5fff0);
}

#endif
