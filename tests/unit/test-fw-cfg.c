/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hw/pc/fw_cfg.c and port92.c: selector, data, directory, DMA; A20 and reset. */
#include "hw/pc/fw_cfg.h"
#include "hw/pc/port92.h"

#include "core/power.h"
#include "tests/unit/stub-board.h"

#include <string.h>

#define RAM (UINT64_C(1) << 20)

const struct device_class *const device_classes[] = {&fw_cfg_class, &port92_class, NULL};

static struct stub *start(void)
{
    struct stub *s = stub_new(RAM);

    g_assert_nonnull(fw_cfg_new(&s->board, NULL));
    device_reset_all();
    return s;
}

static struct device *device_of(struct stub *s)
{
    (void)s;
    return g_ptr_array_index(device_list(), 0);
}

static void select_key(struct stub *s, uint16_t key)
{
    space_write(s->board.ports, 0x510, 2, key);
}

static void read_bytes(struct stub *s, void *buf, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        ((uint8_t *)buf)[i] = stub_inb(s, 0x511);
    }
}

static void test_items(void)
{
    struct stub *s = start();
    struct fw_cfg *fw = s->board.fw_cfg;
    uint8_t buf[8];

    select_key(s, 0);
    read_bytes(s, buf, 6);
    g_assert_cmpmem(buf, 6, "QEMU\0\0", 6);
    select_key(s, 1);
    read_bytes(s, buf, 4);
    g_assert_cmpmem(buf, 4, "\3\0\0\0", 4);
    fw_cfg_add_u16(fw, 5, 0x1234);
    fw_cfg_add_u64(fw, 3, 0x0102030405060708);
    fw_cfg_add_u32(fw, 0x8002, 7);
    fw_cfg_add_string(fw, 0x15, "abc");
    fw_cfg_add_u32(fw, 0x3fff, 1); /* beyond the table: ignored */
    select_key(s, 5);
    read_bytes(s, buf, 3);
    g_assert_cmpmem(buf, 3, "\x34\x12\0", 3);
    select_key(s, 0x4003); /* the write-channel bit makes no difference */
    read_bytes(s, buf, 8);
    g_assert_cmpmem(buf, 8, "\x8\x7\x6\x5\x4\x3\x2\x1", 8);
    select_key(s, 0x8002);
    g_assert_cmphex(stub_inb(s, 0x511), ==, 7);
    select_key(s, 2);
    g_assert_cmphex(stub_inb(s, 0x511), ==, 0);
    /* nothing is writable */
    select_key(s, 0);
    stub_outb(s, 0x511, 'x');
    stub_outb(s, 0x510, 1);
    read_bytes(s, buf, 4);
    g_assert_cmpmem(buf, 4, "QEMU", 4);
    g_assert_cmphex(space_read(s->board.ports, 0x510, 2), ==, 0);
    stub_free(s);
}

/* Every selector there is, read past any end: zeros, no access beyond. */
static void test_all_keys(void)
{
    struct stub *s = start();
    static uint8_t buf[200];

    for (unsigned i = 0; i < FW_CFG_FILES; i++) {
        g_autofree char *name = g_strdup_printf("opt/%u", i);

        g_assert_true(fw_cfg_add_file(s->board.fw_cfg, name, "xyz", 3));
    }
    g_assert_false(fw_cfg_add_file(s->board.fw_cfg, "opt/full", "x", 1));
    for (unsigned key = 0; key < 65536; key++) {
        unsigned n = key & 0x3fff;
        bool file = n >= 0x20 && n < 0x20 + FW_CFG_FILES && !(key & 0x8000);

        select_key(s, (uint16_t)key);
        space_access(s->board.ports, 0x511, 1, sizeof(buf), false, buf);
        if (file) {
            g_assert_cmpmem(buf, 4, "xyz\0", 4);
        }
        if (n != FW_CFG_FILE_DIR || (key & 0x8000)) {
            for (unsigned i = 4; i < sizeof(buf); i++) {
                g_assert_cmphex(buf[i], ==, 0);
            }
        }
        for (unsigned i = 0; i < 3; i++) {
            space_write(s->board.ports, 0x511, 1, 0xff);
        }
        g_assert_null(device_check(device_of(s)));
    }
    stub_free(s);
}

static void test_directory(void)
{
    struct stub *s = start();
    struct fw_cfg *fw = s->board.fw_cfg;
    static const char *const names[] = {"bootorder", "etc/e820", "opt/Z", "opt/a"};
    uint8_t dir[4 + 4 * 64 + 4];
    char name[FW_CFG_NAME + 1];

    memset(name, 'n', sizeof(name) - 1);
    name[FW_CFG_NAME] = 0;
    g_assert_false(fw_cfg_add_file(fw, name, "", 0)); /* 56 characters */
    g_assert_false(fw_cfg_add_file(fw, "", "", 0));
    g_assert_true(fw_cfg_add_file(fw, "opt/a", "1", 1));
    g_assert_true(fw_cfg_add_file(fw, "etc/e820", "22", 2));
    g_assert_true(fw_cfg_add_file(fw, "opt/Z", "333", 3));
    g_assert_true(fw_cfg_add_file(fw, "bootorder", NULL, 0));
    g_assert_false(fw_cfg_add_file(fw, "opt/a", "4", 1));
    select_key(s, 0x19);
    read_bytes(s, dir, sizeof(dir));
    g_assert_cmpmem(dir, 4, "\0\0\0\4", 4);
    for (unsigned i = 0; i < 4; i++) {
        static const uint8_t sizes[] = {0, 2, 3, 1};
        const uint8_t *e = dir + 4 + 64 * i;
        uint8_t head[8] = {0, 0, 0, sizes[i], 0, (uint8_t)(0x20 + i), 0, 0};

        g_assert_cmpmem(e, 8, head, 8);
        g_assert_cmpstr((const char *)e + 8, ==, names[i]);
    }
    g_assert_cmpmem(dir + sizeof(dir) - 4, 4, "\0\0\0\0", 4);
    select_key(s, 0x22);
    read_bytes(s, dir, 4);
    g_assert_cmpmem(dir, 4, "333\0", 4);
    stub_free(s);
}

/* -- DMA -- */

static uint32_t be32(uint32_t v)
{
    return GUINT32_TO_BE(v);
}

/* Run a command laid out at `at`; returns its control word afterwards. */
static uint32_t dma(struct stub *s, uint64_t at, uint32_t control, uint32_t len, uint64_t addr)
{
    uint32_t cmd[4] = {be32(control), be32(len), be32((uint32_t)(addr >> 32)),
                       be32((uint32_t)addr)};

    ram_write(s->board.mem, at, cmd, sizeof(cmd));
    space_write(s->board.ports, 0x514, 4, GUINT32_SWAP_LE_BE((uint32_t)(at >> 32)));
    space_write(s->board.ports, 0x518, 4, GUINT32_SWAP_LE_BE((uint32_t)at));
    ram_read(s->board.mem, at, cmd, 4);
    return be32(cmd[0]);
}

static void test_dma(void)
{
    struct stub *s = start();
    struct fw_cfg *fw = s->board.fw_cfg;
    uint8_t *ram = s->ram->host;

    g_assert_cmphex(space_read(s->board.ports, 0x514, 4), ==, 0x554d4551);
    g_assert_cmphex(space_read(s->board.ports, 0x518, 4), ==, 0x47464320);
    g_assert_cmphex(space_read(s->board.ports, 0x514, 1), ==, 'Q');
    g_assert_true(fw_cfg_add_file(fw, "opt/x", "0123456789", 10));
    memset(ram + 0x2000, 0xee, 0x100);
    g_assert_cmphex(dma(s, 0x1000, 0x20 << 16 | 0x08 | 0x02, 4, 0x2000), ==, 0);
    g_assert_cmpmem(ram + 0x2000, 5, "0123\xee", 5);
    g_assert_cmphex(dma(s, 0x1000, 0x04, 2, 0), ==, 0); /* skip */
    g_assert_cmphex(dma(s, 0x1000, 0x02, 8, 0x2000), ==, 0);
    g_assert_cmpmem(ram + 0x2000, 9, "6789\0\0\0\0\xee", 9);
    g_assert_cmphex(dma(s, 0x1000, 0x10, 4, 0x2000), ==, 1); /* write */
    g_assert_cmphex(dma(s, 0x1000, 0, 4, 0x2000), ==, 0);
    g_assert_cmphex(dma(s, 0x1000, 0x04, UINT32_MAX, 0), ==, 0);
    g_assert_cmphex(stub_inb(s, 0x511), ==, 0);
    /* the data port goes on where DMA stopped */
    g_assert_cmphex(dma(s, 0x1000, 0x20 << 16 | 0x0a, 3, 0x2000), ==, 0);
    g_assert_cmphex(stub_inb(s, 0x511), ==, '3');
    stub_free(s);
}

static void test_hostile_dma(void)
{
    struct stub *s = start();

    g_assert_true(fw_cfg_add_file(s->board.fw_cfg, "opt/x", "0123456789", 10));
    /* too many zeros, bus errors, wrap */
    g_assert_cmphex(dma(s, 0x1000, 0x20 << 16 | 0x0a, UINT32_MAX, 0x2000), ==, 1);
    g_assert_cmphex(dma(s, 0x1000, 0x3fffu << 16 | 0x0a, 64, RAM - 32), ==, 1);
    g_assert_cmphex(dma(s, 0x1000, 0x20 << 16 | 0x0a, 10, 0xe0000000), ==, 1);
    g_assert_cmphex(dma(s, 0x1000, 0x20 << 16 | 0x0a, 10, UINT64_MAX - 4), ==, 1);
    g_assert_cmphex(dma(s, 0x1000, 0xffffffff, 10, UINT64_MAX), ==, 1);
    /* a command that is not in RAM, or only begins there */
    dma(s, 0xe0000000, 0x0a, 10, 0);
    dma(s, UINT64_MAX - 3, 0x0a, 10, 0);
    g_assert_cmphex(dma(s, RAM - 8, 0x0a, 10, 0), ==, 1);
    /* over its own command */
    dma(s, 0x1000, 0x20 << 16 | 0x0a, 16, 0x1000);
    /* narrow writes start nothing */
    for (unsigned i = 0; i < 8; i++) {
        space_write(s->board.ports, (uint16_t)(0x514 + i), 1, 0xff);
        space_write(s->board.ports, (uint16_t)(0x514 + i), 2, 0xffff);
    }
    g_assert_null(device_check(device_of(s)));
    stub_free(s);
}

static void test_state(void)
{
    struct stub *s = start();
    g_autoptr(GByteArray) a = g_byte_array_new();
    struct device *d = device_of(s);

    g_assert_cmpuint(state_layout_gap(d->cls->state), ==, SIZE_MAX);
    select_key(s, 0);
    stub_inb(s, 0x511);
    device_save(d, a);
    device_reset(d);
    g_assert_cmphex(stub_inb(s, 0x511), ==, 'Q');
    g_assert_true(device_load(d, a->data, a->len, NULL));
    g_assert_cmphex(stub_inb(s, 0x511), ==, 'E');
    stub_free(s);
}

/* -- port 92h -- */

static unsigned resets;
static bool a20;

static void on_power(void *opaque, enum power_request what, int code)
{
    (void)opaque;
    (void)code;
    resets += what == POWER_RESET;
}

static void on_a20(void *opaque, unsigned n, bool level)
{
    (void)opaque;
    (void)n;
    a20 = level;
}

static void test_port92(void)
{
    struct stub *s = start();
    struct irq_line line;

    irq_line_init(&line, on_a20, NULL, 0);
    g_assert_nonnull(port92_new(&s->board, &line, NULL));
    power_listen(on_power, NULL);
    g_assert_cmphex(stub_inb(s, 0x92), ==, 0);
    stub_outb(s, 0x92, 2);
    g_assert_true(a20);
    stub_outb(s, 0x92, 3);
    stub_outb(s, 0x92, 3);
    g_assert_cmpuint(resets, ==, 1);
    g_assert_cmphex(stub_inb(s, 0x92), ==, 3);
    device_reset_all();
    g_assert_false(a20);
    g_assert_cmphex(stub_inb(s, 0x92), ==, 0);
    stub_outb(s, 0x92, 1);
    g_assert_cmpuint(resets, ==, 2);
    power_listen(NULL, NULL);
    stub_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fw_cfg/items", test_items);
    g_test_add_func("/fw_cfg/all-keys", test_all_keys);
    g_test_add_func("/fw_cfg/directory", test_directory);
    g_test_add_func("/fw_cfg/dma", test_dma);
    g_test_add_func("/fw_cfg/hostile-dma", test_hostile_dma);
    g_test_add_func("/fw_cfg/state", test_state);
    g_test_add_func("/port92", test_port92);
    return g_test_run();
}
