/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI network card on a bare board with RAM: BAR 0 at C000h, BAR 1 at E0000000h, bus master on;
 * a back end that records what the guest sends.
 */
#ifndef TESTS_UNIT_NIC_RING_RIG_H
#define TESTS_UNIT_NIC_RING_RIG_H

#include "core/link.h"
#include "hw/pci/pci.h"
#include "tests/unit/stub-board.h"

#include <string.h>

#define PORT 0xc000u
#define MMIO UINT64_C(0xe0000000)
#define RIG_RAM (UINT64_C(2) << 20)

static const uint8_t rig_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const uint8_t rig_all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct rig {
    struct stub *stub;
    struct link *link;
    struct pci_device *dev;
    GPtrArray *sent; /* GBytes */
    bool deaf;       /* the back end leaves frames in the link */
};

static inline void rig_pending(void *opaque)
{
    struct rig *r = opaque;
    const uint8_t *frame;
    uint32_t len;

    while (!r->deaf && (frame = link_take(r->link, &len)) != NULL) {
        g_ptr_array_add(r->sent, g_bytes_new(frame, len));
        link_take_done(r->link);
    }
}

static inline void rig_loop(void)
{
    while (loop_iterate(false)) {
    }
}

static inline void rig_hear(struct rig *r)
{
    r->deaf = false;
    rig_pending(r);
    rig_loop();
}

static inline uint32_t rig_cfg(struct rig *r, unsigned at, unsigned width)
{
    return pci_config_read(r->stub->board.pci, r->dev->devfn, at, width);
}

static inline void rig_set_cfg(struct rig *r, unsigned at, unsigned width, uint32_t v)
{
    pci_config_write(r->stub->board.pci, r->dev->devfn, at, width, v);
}

static inline void rig_place(struct rig *r)
{
    rig_set_cfg(r, PCI_BAR0, 4, PORT);
    rig_set_cfg(r, PCI_BAR0 + 4, 4, (uint32_t)MMIO);
    rig_set_cfg(r, PCI_COMMAND, 2, 7);
}

static inline GBytes *rig_firmware(void *opaque, const char *name, GError **error)
{
    static const uint8_t rom[512] = {0x55, 0xaa, 1};

    (void)opaque;
    if (!g_str_has_suffix(name, ".rom")) {
        g_set_error(error, DEVICE_ERROR, 0, "%s: not there", name);
        return NULL;
    }
    return g_bytes_new_static(rom, sizeof(rom));
}

/* props: "name", "value", ..., NULL */
static inline struct rig *rig_new(const struct device_class *cls, const char *const *props)
{
    static const struct link_host_ops ops = {.pending = rig_pending};
    struct rig *r = g_new0(struct rig, 1);
    struct device *d = device_new(cls, NULL);
    GError *error = NULL;

    r->stub = stub_new(RIG_RAM);
    r->stub->board.pci = pci_bus_new(&r->stub->board);
    r->stub->board.firmware = rig_firmware;
    r->sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    r->link = link_new("net0");
    link_host_attach(r->link, &ops, r);
    g_assert_true(device_set(d, "netdev", "net0", NULL));
    for (; props && *props; props += 2) {
        g_assert_true(device_set(d, props[0], props[1], &error));
    }
    device_realize(d, &r->stub->board, &error);
    g_assert_no_error(error);
    device_reset(d);
    r->dev = (struct pci_device *)d;
    rig_place(r);
    return r;
}

static inline struct rig *rig_wire(const struct device_class *cls)
{
    static const char *const props[] = {"hold-ms", "0", NULL};

    return rig_new(cls, props);
}

static inline void rig_check(struct rig *r)
{
    g_assert_cmpstr(device_check(&r->dev->dev), ==, NULL);
}

static inline void rig_free(struct rig *r)
{
    struct pci_bus *bus = r->stub->board.pci;

    rig_check(r);
    device_free(&r->dev->dev);
    link_free_all();
    stub_free(r->stub);
    pci_bus_free(bus);
    g_ptr_array_free(r->sent, TRUE);
    g_free(r);
}

static inline uint32_t in(struct rig *r, unsigned reg, unsigned width)
{
    return (uint32_t)space_read(r->stub->board.ports, PORT + reg, width);
}

static inline void out(struct rig *r, unsigned reg, unsigned width, uint32_t value)
{
    space_write(r->stub->board.ports, PORT + reg, width, value);
}

static inline uint8_t *ram(struct rig *r, uint64_t at)
{
    return r->stub->ram->host + at;
}

static inline uint32_t peek(struct rig *r, uint64_t at)
{
    uint32_t v;

    memcpy(&v, ram(r, at), sizeof(v));
    return v;
}

static inline void poke(struct rig *r, uint64_t at, uint32_t v)
{
    memcpy(ram(r, at), &v, sizeof(v));
}

/* A frame with recognisable content. */
static inline void make_frame(uint8_t *f, uint32_t len, const uint8_t *dst, unsigned seed)
{
    for (uint32_t i = 0; i < len; i++) {
        f[i] = (uint8_t)(i * 7 + seed);
    }
    memcpy(f, dst, 6);
}

static inline bool deliver(struct rig *r, uint32_t len, const uint8_t *dst, unsigned seed)
{
    uint8_t f[LINK_FRAME_MAX];

    make_frame(f, len, dst, seed);
    return link_deliver(r->link, f, len);
}

static inline bool irq(struct rig *r)
{
    return r->dev->pci->intx != 0;
}

static inline const uint8_t *sent(struct rig *r, guint n, gsize *len)
{
    rig_loop();
    g_assert_cmpuint(n, <, r->sent->len);
    return g_bytes_get_data(g_ptr_array_index(r->sent, n), len);
}

/* The FCS, one bit at a time, as 802.3 defines it. */
static inline uint32_t slow_fcs(const uint8_t *p, uint32_t len)
{
    uint32_t crc = UINT32_MAX;

    for (uint32_t i = 0; i < len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bool one = (crc ^ (p[i] >> bit)) & 1;

            crc = crc >> 1 ^ (one ? 0xedb88320u : 0);
        }
    }
    return ~crc;
}

#endif
