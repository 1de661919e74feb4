/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NE2000: its memory map, remote DMA, and the EEPROM. */
#include "tests/unit/ne2000-rig.h"

const struct device_class *const device_classes[] = {&ne2k_isa_class, &ne2k_pci_class, NULL};

/* -- remote DMA -- */

static void test_prom_is_rom(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t zero[64] = {0}, prom[32];

    out(r, 0xe, 0x49);
    dma_put(r, 0, zero, 64);
    dma_put(r, 0x8000, zero, 64);
    dma_get(r, 0, prom, 32);
    check_prom_bytes(prom, 'W');
    rig_free(r);
}

static void test_ram_alias(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t a[16], b[16];

    out(r, 0xe, 0x49);
    for (unsigned i = 0; i < 16; i++) {
        a[i] = (uint8_t)(0xa0 + i);
    }
    dma_put(r, 0x4100, a, 16);
    dma_get(r, 0xc100, b, 16);
    g_assert_cmpmem(a, 16, b, 16);
    rig_free(r);
}

/* ram=32: from 4000h to BFFFh, nothing repeated, the PROM around it; as QEMU's. */
static void test_ram_32k(void)
{
    static const char *const props[] = {"ram", "32", NULL};
    struct rig *r = rig_new(props);
    uint8_t a[2], got[256], prom[32];

    out(r, 0xe, 0x49);
    for (unsigned page = 0; page < 256; page++) {
        a[0] = (uint8_t)page;
        a[1] = (uint8_t)~page;
        dma_put(r, page << 8, a, 2);
    }
    for (unsigned page = 0; page < 256; page++) {
        dma_get(r, page << 8, got, 2);
        if (page >= 0x40 && page < 0xc0) {
            g_assert_cmphex(got[0], ==, page);
            g_assert_cmphex(got[1], ==, (uint8_t)~page);
        } else {
            g_assert_cmphex(got[0], ==, rig_mac[0]);
        }
    }
    dma_get(r, 0xc000, prom, 32);
    check_prom_bytes(prom, 'W');
    /* a ring across 8000h, and a frame out of its far end */
    rig_open(r);
    out(r, 0, 0x21);
    out(r, 1, 0x7e);
    out(r, 2, 0xc0);
    out(r, 3, 0x7e);
    set_paged(r, 1, 7, 0x7f);
    out(r, 0, 0x22);
    deliver(r, 600, rig_mac, 5);
    g_assert_cmphex(paged(r, 1, 7), ==, 0x82);
    dma_get(r, 0x7f00, got, 4);
    g_assert_cmphex(got[1], ==, 0x82);
    dma_get(r, 0x8000, got, 256);
    for (unsigned i = 0; i < 256; i++) {
        g_assert_cmphex(got[i], ==, ((i + 252) * 7 + 5) & 0xff);
    }
    send_one(r, 0x7f, 604);
    wire_done(r);
    g_assert_cmpmem((const uint8_t *)g_bytes_get_data(r->sent->pdata[0], NULL) + 256, 256, got,
                    256);
    send_one(r, 0xbf, 260); /* then the PROM */
    wire_done(r);
    g_assert_cmphex(((const uint8_t *)g_bytes_get_data(r->sent->pdata[1], NULL))[256], ==, 0x52);
    rig_free(r);
}

/* -- the EEPROM behind page 3's 9346CR -- */

static bool ee_clock(struct rig *r, bool di)
{
    out(r, 1, 0x88u | (di ? 2 : 0));
    out(r, 1, 0x8cu | (di ? 2 : 0));
    return in(r, 1) & 1;
}

static void ee_command(struct rig *r, unsigned bits, unsigned value)
{
    out(r, 1, 0x80); /* chip select falls */
    ee_clock(r, false);
    for (unsigned i = bits; i--;) {
        ee_clock(r, value >> i & 1);
    }
}

static unsigned ee_word(struct rig *r)
{
    unsigned v = 0;

    for (unsigned i = 0; i < 16; i++) {
        v = v << 1 | ee_clock(r, false);
    }
    return v;
}

static unsigned ee_read(struct rig *r, unsigned address)
{
    ee_command(r, 9, 0x180 | address);
    g_assert_cmphex(in(r, 1) & 1, ==, 0); /* a zero goes ahead */
    return ee_word(r);
}

static void ee_write(struct rig *r, unsigned command, unsigned value)
{
    ee_command(r, 25, command << 16 | value);
    out(r, 1, 0x80);
    out(r, 1, 0x88);
    g_assert_cmphex(in(r, 1) & 1, ==, 1); /* ready */
}

static void test_eeprom(void)
{
    struct rig *r = rig_new(NULL);
    unsigned mac = rig_on_pci ? 1 : 2;

    out(r, 0, 0xe1);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(ee_read(r, mac + i), ==, rig_mac[2 * i] | rig_mac[2 * i + 1] << 8);
    }
    if (rig_on_pci) {
        g_assert_cmphex(ee_read(r, 59), ==, 0x8029);
        g_assert_cmphex(ee_word(r), ==, 0x10ec); /* sequential */
    } else {
        g_assert_cmphex(ee_read(r, 0) & 0xff, ==, 0x80); /* CONFIG1 */
    }
    ee_read(r, 63);
    g_assert_cmphex(ee_word(r), ==, ee_read(r, 0)); /* and round */
    ee_write(r, 0x140 | 20, 0x1234);                /* not enabled */
    g_assert_cmphex(ee_read(r, 20), ==, 0);
    ee_command(r, 9, 0x130); /* EWEN */
    ee_write(r, 0x140 | 20, 0x1234);
    g_assert_cmphex(ee_read(r, 20), ==, 0x1234);
    ee_command(r, 9, 0x1c0 | 20); /* ERASE */
    out(r, 1, 0x80);
    g_assert_cmphex(ee_read(r, 20), ==, 0xffff);
    ee_write(r, 0x110, 0x4242); /* WRAL */
    g_assert_cmphex(ee_read(r, 63), ==, 0x4242);
    g_assert_cmphex(ee_read(r, 0), ==, 0x4242);
    out(r, 1, 0x40); /* auto-load: CONFIG3 is the fourth byte here, the second there */
    g_assert_cmphex(in(r, 1), ==, 0x00);
    g_assert_cmphex(in(r, 6), ==, 0x42);
    ee_command(r, 9, 0x120); /* ERAL */
    out(r, 1, 0x80);
    g_assert_cmphex(ee_read(r, 5), ==, 0xffff);
    ee_command(r, 9, 0x100); /* EWDS */
    ee_write(r, 0x140 | 5, 0);
    g_assert_cmphex(ee_read(r, 5), ==, 0xffff);
    ee_command(r, 5, 0x14); /* given up half way */
    out(r, 1, 0x80);
    g_assert_cmphex(ee_read(r, 5), ==, 0xffff);
    rig_reset(r);
    out(r, 0, 0xe1);
    g_assert_cmphex(ee_read(r, 5), ==, 0xffff);
    out(r, 1, 0xc0);
    g_assert_cmphex(in(r, 1), ==, 0xc0); /* the output shows in programming mode only */
    g_assert_null(device_check(r->dev));
    rig_free(r);
}

static void test_rdc(void)
{
    struct rig *r = rig_new(NULL);

    out(r, 0xe, 0x49);
    out(r, 0, 0x22);
    dma_setup(r, 0x4000, 5, 0x0a); /* odd count in word mode */
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(in(r, 7) & 0x40, ==, 0);
        inw(r, 0x10);
    }
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0x40);
    out(r, 7, 0x40);
    g_assert_cmphex(inw(r, 0x10), ==, 0xffff); /* past the count: nothing, and no new RDC */
    outw(r, 0x10, 0x1234);
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0);
    g_assert_cmphex(in(r, 8), ==, 6); /* CRDA */
    g_assert_cmphex(in(r, 9), ==, 0x40);
    dma_setup(r, 0x4000, 8, 0x12);
    out(r, 0, 0x22); /* abort: no RDC */
    outw(r, 0x10, 0x1234);
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0);
    dma_setup(r, 0x4000, 0, 0x12);
    g_assert_cmphex(in(r, 7) & 0x40, ==, 0x40);
    rig_free(r);
}

/* Linux' NE_RW_BUGFIX: a read of 42h bytes is begun, not ended, and a write follows. */
static void test_dummy_read(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t a[4] = {1, 2, 3, 4}, b[4];

    out(r, 0xe, 0x49);
    dma_setup(r, 0x42, 0x42, 0x0a);
    stub_inb(r->stub, DATA);
    dma_put(r, 0x4000, a, 4);
    dma_get(r, 0x4000, b, 4);
    g_assert_cmpmem(a, 4, b, 4);
    rig_free(r);
}

static void test_dma_wrap(void)
{
    struct rig *r = rig_new(NULL);
    uint8_t page[256], got[512];

    rig_open(r);
    memset(page, 0x55, sizeof(page));
    dma_put(r, 0x7f00, page, 256);
    memset(page, 0x66, sizeof(page));
    dma_put(r, RX_START << 8, page, 256);
    dma_get(r, 0x7f00, got, 512);
    g_assert_cmphex(got[255], ==, 0x55);
    g_assert_cmphex(got[256], ==, 0x66);
    g_assert_cmpmem(got + 256, 256, page, 256);
    rig_free(r);
}

/* Bursts and single cycles are one thing: two cards, the same work, the same answers. */
static void test_bulk_equals_single(void)
{
    struct rig *r = rig_new(NULL);
    struct ne2000 *n = r->core;
    struct ne2000_state *a = g_new(struct ne2000_state, 1), *b = g_new(struct ne2000_state, 1);
    uint8_t one[2048], two[2048];

    for (unsigned round = 0; round < 3000; round++) {
        bool write = g_test_rand_bit();
        unsigned step = g_test_rand_bit() ? 2 : 1;
        unsigned bytes = (unsigned)g_test_rand_int_range(1, 1024) * step;

        n->s->dcr = (uint8_t)(step - 1);
        n->s->pstart = (uint8_t)g_test_rand_int_range(0, 256);
        n->s->pstop = (uint8_t)g_test_rand_int_range(0, 256);
        n->s->rsar = (uint16_t)g_test_rand_int_range(0, 65536);
        n->s->rbcr = (uint16_t)g_test_rand_int_range(1, 3000);
        n->s->dma = write ? NE2000_DMA_WRITE : NE2000_DMA_READ;
        n->s->isr = 0;
        for (unsigned i = 0; i < bytes; i++) {
            one[i] = two[i] = (uint8_t)g_test_rand_int();
        }
        *a = *n->s;
        if (write) {
            ne2000_data_write_bulk(n, one, bytes);
        } else {
            ne2000_data_read_bulk(n, one, bytes);
        }
        *b = *n->s;
        *n->s = *a;
        for (unsigned i = 0; i < bytes; i += step) {
            if (write) {
                ne2000_data_write(n, step, (uint16_t)(two[i] | two[i + step - 1] << 8));
            } else {
                uint16_t v = ne2000_data_read(n, step);

                memcpy(two + i, &v, step);
            }
        }
        g_assert_cmpmem(one, bytes, two, bytes);
        g_assert_cmpmem(b, sizeof(*b), n->s, sizeof(*n->s));
    }
    g_free(a);
    g_free(b);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_add("dma/prom-is-rom", test_prom_is_rom);
    rig_add("dma/ram-alias", test_ram_alias);
    rig_add("dma/ram-32k", test_ram_32k);
    rig_add("eeprom", test_eeprom);
    rig_add("dma/rdc", test_rdc);
    rig_add("dma/dummy-read", test_dummy_read);
    rig_add("dma/wrap", test_dma_wrap);
    rig_add("dma/bulk-equals-single", test_bulk_equals_single);
    return g_test_run();
}
