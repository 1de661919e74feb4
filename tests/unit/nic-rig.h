/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI network card in slot 4 of a bare board with 1 MiB of RAM, its BARs placed and bus mastering
 * on, with a back end that records what the guest sends.
 */
#ifndef TESTS_UNIT_NIC_RIG_H
#define TESTS_UNIT_NIC_RIG_H

#include "core/link.h"
#include "hw/pci/pci.h"
#include "tests/unit/stub-board.h"

#include <string.h>

#define NIC_RAM (1u << 20)
#define NIC_FN (4u * 8u)
#define NIC_MEM 0xe0000000u
#define NIC_IO 0xc000u

static const uint8_t nic_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const uint8_t nic_all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct nic {
    struct stub *stub;
    struct link *link;
    struct device *dev;
    GPtrArray *sent; /* GBytes */
    bool deaf;       /* the back end leaves frames in the link */
    bool irq;
    unsigned raised;
};

static inline void nic_pirq(void *opaque, unsigned n, bool level)
{
    struct nic *r = opaque;

    (void)n;
    r->irq = level;
    r->raised += level;
}

static inline void nic_pending(void *opaque)
{
    struct nic *r = opaque;
    const uint8_t *frame;
    uint32_t len;

    while (!r->deaf && (frame = link_take(r->link, &len)) != NULL) {
        g_ptr_array_add(r->sent, g_bytes_new(frame, len));
        link_take_done(r->link);
    }
}

static inline void nic_close(void *opaque)
{
    (void)opaque;
}

static inline void nic_loop(void)
{
    while (loop_iterate(false)) {
    }
}

static inline uint32_t nic_cfg(struct nic *r, unsigned at, unsigned width)
{
    return pci_config_read(r->stub->board.pci, NIC_FN, at, width);
}

static inline void nic_set_cfg(struct nic *r, unsigned at, unsigned width, uint32_t v)
{
    pci_config_write(r->stub->board.pci, NIC_FN, at, width, v);
}

/* Memory BARs from NIC_MEM up, 1 MiB apart; I/O BARs from NIC_IO, 256 ports apart. */
static inline void nic_place(struct nic *r)
{
    for (unsigned i = 0; i < PCI_BARS; i++) {
        nic_set_cfg(r, PCI_BAR0 + 4 * i, 4, UINT32_MAX);
        if (nic_cfg(r, PCI_BAR0 + 4 * i, 4) & 1) {
            nic_set_cfg(r, PCI_BAR0 + 4 * i, 4, NIC_IO + 256 * i);
        } else {
            nic_set_cfg(r, PCI_BAR0 + 4 * i, 4, NIC_MEM + (i << 20));
        }
    }
    nic_set_cfg(r, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static inline GBytes *nic_firmware(void *opaque, const char *name, GError **error)
{
    (void)opaque;
    (void)name;
    (void)error;
    return g_bytes_new_take(g_malloc0(4096), 4096);
}

static inline struct nic *nic_new(const struct device_class *cls)
{
    static const struct link_host_ops ops = {.pending = nic_pending, .close = nic_close};
    struct nic *r = g_new0(struct nic, 1);
    struct device *d = device_new(cls, NULL);
    GError *error = NULL;

    r->stub = stub_new(NIC_RAM);
    r->stub->board.firmware = nic_firmware;
    r->stub->board.pci = pci_bus_new(&r->stub->board);
    for (unsigned i = 0; i < 4; i++) {
        irq_line_connect(pci_bus_pirq(r->stub->board.pci, i), nic_pirq, r, i);
    }
    r->sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    r->link = link_new("net0");
    link_host_attach(r->link, &ops, r);
    g_assert_true(device_set(d, "netdev", "net0", &error));
    g_assert_true(device_set(d, "addr", "04", &error));
    g_assert_true(device_set(d, "mac", "52:54:00:12:34:56", &error));
    g_assert_true(device_realize(d, &r->stub->board, &error));
    g_assert_no_error(error);
    r->dev = d;
    device_reset(d);
    nic_place(r);
    return r;
}

static inline void nic_free(struct nic *r)
{
    struct pci_bus *bus = r->stub->board.pci;

    g_assert_null(device_check(r->dev));
    device_free(r->dev);
    link_free_all();
    stub_free(r->stub);
    pci_bus_free(bus);
    g_ptr_array_free(r->sent, TRUE);
    g_free(r);
}

static inline uint32_t rd(struct nic *r, uint32_t at)
{
    return (uint32_t)space_read(r->stub->board.mem, NIC_MEM + at, 4);
}

static inline void wr(struct nic *r, uint32_t at, uint32_t v)
{
    space_write(r->stub->board.mem, NIC_MEM + at, 4, v);
}

static inline uint8_t *ram(struct nic *r, uint32_t at)
{
    return r->stub->ram->host + at;
}

static inline void put16(uint8_t *p, uint16_t v)
{
    memcpy(p, &v, 2);
}

static inline void put32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, 4);
}

static inline void put64(uint8_t *p, uint64_t v)
{
    memcpy(p, &v, 8);
}

static inline uint16_t get16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, 2);
    return v;
}

static inline uint32_t get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, 4);
    return v;
}

/* A frame with recognisable content. */
static inline void make_frame(uint8_t *f, unsigned len, const uint8_t *dst, unsigned seed)
{
    for (unsigned i = 0; i < len; i++) {
        f[i] = (uint8_t)(i * 7 + seed);
    }
    memcpy(f, dst, 6);
}

static inline bool deliver(struct nic *r, unsigned len, const uint8_t *dst, unsigned seed)
{
    uint8_t f[LINK_FRAME_MAX];

    make_frame(f, len, dst, seed);
    return link_deliver(r->link, f, len);
}

static inline const uint8_t *sent(struct nic *r, guint i, gsize *len)
{
    nic_loop();
    g_assert_cmpuint(i, <, r->sent->len);
    return g_bytes_get_data(g_ptr_array_index(r->sent, i), len);
}

/* The sum of 16-bit words as the Internet protocols make it; of a correct header: ffffh. */
static inline uint32_t net_sum(const uint8_t *p, unsigned len, uint32_t start)
{
    for (unsigned i = 0; i < len; i++) {
        start += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    }
    while (start >> 16) {
        start = (start & 0xffff) + (start >> 16);
    }
    return start;
}

/* What was saved loads, saves the same, and nothing is left uncovered. */
static inline void nic_save_load(struct nic *r)
{
    g_autoptr(GByteArray) a = g_byte_array_new(), b = g_byte_array_new();
    GError *error = NULL;

    g_assert_cmpuint(state_layout_gap(r->dev->cls->state), ==, SIZE_MAX);
    device_save(r->dev, a);
    g_assert_true(device_load(r->dev, a->data, a->len, &error));
    g_assert_no_error(error);
    device_save(r->dev, b);
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
}

#endif
