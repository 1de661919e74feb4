/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An NE2000 at 300h on a bare board, with a back end that records what the guest sends. Most tests
 * run twice: with the card for ISA, and with the one for PCI, whose interrupt arrives at 9 as well.
 */
#ifndef TESTS_UNIT_NE2000_RIG_H
#define TESTS_UNIT_NE2000_RIG_H

#include "core/link.h"
#include "hw/net/ne2000_isa.h"
#include "hw/net/ne2000_pci.h"
#include "tests/unit/stub-board.h"

#include <string.h>

#define BASE 0x300u
#define DATA (BASE + 0x10u)
#define RESET (BASE + 0x1fu)
#define RX_START 0x4cu
#define RX_STOP 0x80u

static const uint8_t rig_mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

static bool rig_on_pci; /* which card rig_new() makes */

struct rig {
    struct stub *stub;
    struct link *link;
    struct device *dev;
    struct ne2000 *core;
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

static inline void rig_close(void *opaque)
{
    (void)opaque;
}

/* A bus without a bridge; all four PIRQ lines end at stub->level[9]. */
static inline void rig_bus(struct stub *s)
{
    s->board.pci = pci_bus_new(&s->board);
    for (unsigned i = 0; i < 4; i++) {
        irq_line_connect(pci_bus_pirq(s->board.pci, i), stub_gsi, s, 9);
    }
}

static inline void rig_config(struct rig *r, unsigned at, unsigned width, uint32_t value)
{
    struct pci_device *d = (struct pci_device *)(void *)r->dev;

    pci_config_write(d->bus, d->devfn, at, width, value);
}

/* What firmware does. */
static inline void rig_enable(struct rig *r)
{
    rig_config(r, PCI_BAR0, 4, BASE);
    rig_config(r, PCI_COMMAND, 2, PCI_COMMAND_IO);
}

static inline void rig_reset(struct rig *r)
{
    device_reset(r->dev);
    if (rig_on_pci) {
        rig_enable(r);
    }
}

/* props: "name", "value", ..., NULL */
static inline struct rig *rig_new(const char *const *props)
{
    static const struct link_host_ops ops = {.pending = rig_pending, .close = rig_close};
    struct rig *r = g_new0(struct rig, 1);
    struct device *d = device_new(rig_on_pci ? &ne2k_pci_class : &ne2k_isa_class, NULL);
    GError *error = NULL;

    r->stub = stub_new(0);
    rig_bus(r->stub);
    r->sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    r->link = link_new("net0");
    link_host_attach(r->link, &ops, r);
    g_assert_true(device_set(d, "netdev", "net0", NULL));
    for (; props && *props; props += 2) {
        g_assert_true(device_set(d, props[0], props[1], &error));
    }
    g_assert_true(device_realize(d, &r->stub->board, &error));
    g_assert_no_error(error);
    r->dev = d;
    r->core = rig_on_pci ? &((struct ne2k_pci *)d)->core : &((struct ne2k_isa *)d)->core;
    rig_reset(r);
    return r;
}

static inline struct rig *rig_wire(void)
{
    static const char *const props[] = {"hold-ms", "0", NULL};

    return rig_new(props);
}

static inline void rig_free(struct rig *r)
{
    g_assert_null(device_check(r->dev));
    device_free(r->dev);
    link_free_all();
    while (device_list()->len) {
        device_free(g_ptr_array_index(device_list(), device_list()->len - 1));
    }
    pci_bus_free(r->stub->board.pci);
    stub_free(r->stub);
    g_ptr_array_free(r->sent, TRUE);
    g_free(r);
}

static inline uint8_t in(struct rig *r, unsigned reg)
{
    return stub_inb(r->stub, (uint16_t)(BASE + reg));
}

static inline void out(struct rig *r, unsigned reg, unsigned value)
{
    stub_outb(r->stub, (uint16_t)(BASE + reg), (uint8_t)value);
}

static inline uint16_t inw(struct rig *r, unsigned reg)
{
    return (uint16_t)space_read(r->stub->board.ports, BASE + reg, 2);
}

static inline void outw(struct rig *r, unsigned reg, unsigned value)
{
    space_write(r->stub->board.ports, BASE + reg, 2, value);
}

static inline uint8_t paged(struct rig *r, unsigned page, unsigned reg)
{
    uint8_t v;

    out(r, 0, page << 6);
    v = in(r, reg);
    out(r, 0, 0);
    return v;
}

static inline void set_paged(struct rig *r, unsigned page, unsigned reg, unsigned value)
{
    out(r, 0, page << 6);
    out(r, reg, value);
    out(r, 0, 0);
}

static inline void set_word(struct rig *r, unsigned reg, unsigned value)
{
    out(r, reg, value & 0xff);
    out(r, reg + 1, value >> 8);
}

/* What a driver does to open the card: ring at 4Ch to 80h, words, broadcasts. */
static inline void rig_open(struct rig *r)
{
    out(r, 0x0, 0x21);
    out(r, 0xe, 0x49);
    set_word(r, 0xa, 0);
    out(r, 0xc, 0x04);
    out(r, 0xd, 0x00);
    out(r, 0x4, 0x40);
    out(r, 0x1, RX_START);
    out(r, 0x2, RX_STOP);
    out(r, 0x3, RX_START);
    out(r, 0x7, 0xff);
    out(r, 0xf, 0x00);
    out(r, 0x0, 0x61);
    for (unsigned i = 0; i < 6; i++) {
        out(r, 1 + i, rig_mac[i]);
    }
    out(r, 0x7, RX_START + 1);
    out(r, 0x0, 0x22);
}

static inline void dma_setup(struct rig *r, unsigned addr, unsigned count, unsigned cr)
{
    set_word(r, 0xa, count);
    set_word(r, 0x8, addr);
    out(r, 0x0, cr);
}

/* Remote read by words, in one burst. */
static inline void dma_get(struct rig *r, unsigned addr, uint8_t *buf, unsigned count)
{
    out(r, 0x7, 0x40);
    dma_setup(r, addr, count, 0x0a);
    space_access(r->stub->board.ports, DATA, 2, count / 2, false, buf);
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0x40);
}

static inline void dma_put(struct rig *r, unsigned addr, const uint8_t *buf, unsigned count)
{
    out(r, 0x7, 0x40);
    dma_setup(r, addr, count, 0x12);
    space_access(r->stub->board.ports, DATA, 2, count / 2, true, (void *)(uintptr_t)buf);
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0x40);
}

/* What the PROM holds: the address, each byte twice, and the mark of a slot's width. */
static inline void check_prom_bytes(const uint8_t *prom, char mark)
{
    for (unsigned i = 0; i < 6; i++) {
        g_assert_cmphex(prom[2 * i], ==, rig_mac[i]);
        g_assert_cmphex(prom[2 * i + 1], ==, rig_mac[i]);
    }
    for (unsigned i = 28; i < 32; i++) {
        g_assert_cmphex(prom[i], ==, mark);
    }
}

/* Linux, ne.c and ne2k-pci: a counter that clears when read, reset, the PROM by byte reads. */
static inline void rig_probe(struct rig *r, unsigned dcr, uint8_t prom[32])
{
    g_assert_cmphex(in(r, 0), !=, 0xff);
    out(r, 0, 0x61);
    out(r, 0xd, 0xff);
    out(r, 0, 0x20);
    in(r, 0xd);
    g_assert_cmphex(in(r, 0xd), ==, 0);
    stub_outb(r->stub, RESET, stub_inb(r->stub, RESET));
    g_assert_cmphex(in(r, 7) & 0x80, ==, 0x80);
    out(r, 7, 0xff);
    out(r, 0, 0x21);
    out(r, 0xe, dcr);
    set_word(r, 0xa, 0);
    out(r, 0xf, 0);
    out(r, 7, 0xff);
    out(r, 0xc, 0x20);
    out(r, 0xd, 0x02);
    dma_setup(r, 0, 32, 0x0a);
    for (unsigned i = 0; i < 32; i++) {
        prom[i] = stub_inb(r->stub, DATA);
    }
}

/* A frame to the card with recognisable content. */
static inline void make_frame(uint8_t *f, unsigned len, const uint8_t *dst, unsigned seed)
{
    for (unsigned i = 0; i < len; i++) {
        f[i] = (uint8_t)(i * 7 + seed);
    }
    memcpy(f, dst, 6);
}

static inline bool deliver(struct rig *r, unsigned len, const uint8_t *dst, unsigned seed)
{
    uint8_t f[LINK_FRAME_MAX];

    make_frame(f, len, dst, seed);
    return link_deliver(r->link, f, len);
}

/* The FCS, one bit at a time, as 802.3 defines it. */
static inline uint32_t slow_fcs(const uint8_t *p, unsigned len)
{
    uint32_t crc = UINT32_MAX;

    for (unsigned i = 0; i < len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bool one = (crc ^ (p[i] >> bit)) & 1;

            crc = crc >> 1 ^ (one ? 0xedb88320u : 0);
        }
    }
    return ~crc;
}

static inline void send_one(struct rig *r, unsigned page, unsigned len)
{
    out(r, 4, page);
    set_word(r, 5, len);
    out(r, 0, 0x26);
}

static inline void wire_done(struct rig *r)
{
    clock_step(r->stub->board.clock, NS_PER_MS);
    rig_loop();
}

static inline void loop_once(struct rig *r, unsigned tcr, unsigned len)
{
    out(r, 0, 0x21);
    out(r, 0xe, 0x40);
    out(r, 0xd, tcr);
    out(r, 0xc, 0);
    out(r, 7, 0xff);
    out(r, 0, 0x22);
    send_one(r, 0x40, len);
    wire_done(r);
}

typedef void rig_test(void); /* a function type, as irq_fn is */

struct rig_case {
    rig_test *fn;
    bool pci;
};

static inline void rig_run(gconstpointer opaque)
{
    const struct rig_case *c = opaque;

    rig_on_pci = c->pci;
    c->fn();
    rig_on_pci = false;
}

/* A test of both cards. */
static inline void rig_add(const char *path, rig_test *fn)
{
    for (unsigned pci = 0; pci < 2; pci++) {
        g_autofree char *full = g_strdup_printf("/ne2000/%s/%s", pci ? "pci" : "isa", path);
        struct rig_case *c = g_new(struct rig_case, 1);

        *c = (struct rig_case){fn, pci};
        g_test_add_data_func_full(full, c, rig_run, g_free);
    }
}

#endif
