/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hw/pc/linuxboot.c: what is accepted as a kernel, where the pieces go, what the header is told. */
#include "hw/pc/linuxboot.h"

#include "hw/pc/fw_cfg.h"
#include "tests/unit/stub-board.h"

#include <glib/gstdio.h>
#include <string.h>

const struct device_class *const device_classes[] = {&fw_cfg_class, NULL};

#define MIB (UINT64_C(1) << 20)
#define SECTS 3u
#define SETUP_LEN ((SECTS + 1) * 512)

struct rig {
    struct stub *s;
    struct pc_linux l;
    uint8_t kernel[200000];
    gsize kernel_len, initrd_len;
};

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v & 0xffff);
    put16(p + 2, v >> 16);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)(p[0] | p[1] << 8 | p[2] << 16) | (uint32_t)p[3] << 24;
}

/* A good kernel of the given protocol. */
static struct rig *start(unsigned version)
{
    struct rig *r = g_new0(struct rig, 1);

    r->s = stub_new(0);
    fw_cfg_new(&r->s->board, NULL);
    r->kernel_len = 100000;
    memset(r->kernel, 0x77, sizeof(r->kernel));
    memset(r->kernel, 0, SETUP_LEN);
    r->kernel[0x1f1] = SECTS;
    put16(r->kernel + 0x1fe, 0xaa55);
    memcpy(r->kernel + 0x202, "HdrS", 4);
    put16(r->kernel + 0x206, version);
    r->kernel[0x211] = 1;
    put32(r->kernel + 0x22c, 0x7fffffff);
    put32(r->kernel + 0x238, 2047);
    put32(r->kernel + 0x258, 16 << 20);
    put32(r->kernel + 0x260, 8 << 20);
    r->l.kernel_file = "bzImage";
    r->l.initrd_file = "initrd.gz";
    return r;
}

static void stop(struct rig *r)
{
    stub_free(r->s);
    g_free(r);
}

static bool load(struct rig *r, uint64_t ram, char **message)
{
    GError *error = NULL;
    g_autofree uint8_t *zeros = g_malloc0(r->initrd_len + 1);
    bool ok;

    r->l.kernel = g_bytes_new(r->kernel, r->kernel_len);
    r->l.initrd = r->initrd_len ? g_bytes_new(zeros, r->initrd_len) : NULL;
    ok = linuxboot_add(r->s->board.fw_cfg, &r->l, ram, &error);
    g_bytes_unref(r->l.kernel);
    g_clear_pointer(&r->l.initrd, g_bytes_unref);
    g_assert_cmpint(ok, ==, error == NULL);
    if (message) {
        *message = error ? g_strdup(error->message) : NULL;
    }
    g_clear_error(&error);
    return ok;
}

static void item(struct rig *r, uint16_t key, void *data, unsigned len)
{
    space_write(r->s->board.ports, 0x510, 2, key);
    for (unsigned i = 0; i < len; i++) {
        ((uint8_t *)data)[i] = stub_inb(r->s, 0x511);
    }
}

static uint32_t item32(struct rig *r, uint16_t key)
{
    uint8_t b[4];

    item(r, key, b, 4);
    return get32(b);
}

static void test_modern(void)
{
    struct rig *r = start(0x20f);
    uint8_t setup[SETUP_LEN], text[64];
    uint32_t initrd;

    r->initrd_len = 3000001;
    r->l.append = "root=/dev/sda vga=0x317 quiet";
    g_assert_true(load(r, 128 * MIB, NULL));
    g_assert_cmphex(item32(r, FW_CFG_SETUP_ADDR), ==, 0x10000);
    g_assert_cmphex(item32(r, FW_CFG_SETUP_SIZE), ==, SETUP_LEN);
    g_assert_cmphex(item32(r, FW_CFG_CMDLINE_ADDR), ==, 0x20000);
    g_assert_cmpuint(item32(r, FW_CFG_CMDLINE_SIZE), ==, strlen(r->l.append) + 1);
    item(r, FW_CFG_CMDLINE_DATA, text, sizeof(text));
    g_assert_cmpstr((const char *)text, ==, r->l.append);
    g_assert_cmphex(item32(r, FW_CFG_KERNEL_ADDR), ==, 0x100000);
    g_assert_cmpuint(item32(r, FW_CFG_KERNEL_SIZE), ==, r->kernel_len - SETUP_LEN);
    g_assert_cmphex(item32(r, FW_CFG_KERNEL_DATA), ==, 0x77777777);
    initrd = item32(r, FW_CFG_INITRD_ADDR);
    g_assert_cmpuint(initrd % 4096, ==, 0);
    g_assert_cmpuint(initrd + r->initrd_len, <=, 128 * MIB - 0x40000);
    g_assert_cmpuint(initrd + r->initrd_len, >, 128 * MIB - 0x40000 - 4096);
    g_assert_cmpuint(item32(r, FW_CFG_INITRD_SIZE), ==, r->initrd_len);
    item(r, FW_CFG_SETUP_DATA, setup, sizeof(setup));
    g_assert_cmphex(setup[0x210], ==, 0xff);
    g_assert_cmphex(setup[0x211], ==, 0x81);
    g_assert_cmphex(get32(setup + 0x218), ==, initrd);
    g_assert_cmpuint(get32(setup + 0x21c), ==, r->initrd_len);
    g_assert_cmphex(get32(setup + 0x224) & 0xffff, ==, 0xfe00);
    g_assert_cmphex(get32(setup + 0x228), ==, 0x20000);
    g_assert_cmphex(setup[0x1fa] | setup[0x1fb] << 8, ==, 0x317);
    stop(r);
}

/* The RAM disk stays below what the kernel can reach, and below 4 GiB. */
static void test_initrd_max(void)
{
    struct rig *r = start(0x203);

    r->initrd_len = 1000;
    put32(r->kernel + 0x22c, 0x1fffff);
    g_assert_true(load(r, 8192 * MIB, NULL));
    g_assert_cmphex(item32(r, FW_CFG_INITRD_ADDR), ==, 0x1ff000);
    stop(r);
    r = start(0x202);
    r->initrd_len = 1000;
    g_assert_true(load(r, 8192 * MIB, NULL));
    g_assert_cmphex(item32(r, FW_CFG_INITRD_ADDR), ==, 0x37fff000);
    stop(r);
    r = start(0x20f);
    r->initrd_len = 1000;
    put32(r->kernel + 0x22c, 0xffffffff);
    g_assert_true(load(r, 8192 * MIB, NULL));
    g_assert_cmphex(item32(r, FW_CFG_INITRD_ADDR), ==, 0xe0000000 - 0x41000);
    stop(r);
}

static void test_old(void)
{
    struct rig *r = start(0x201);
    uint8_t setup[SETUP_LEN];

    r->l.append = "root=300";
    g_assert_true(load(r, 16 * MIB, NULL));
    g_assert_cmphex(item32(r, FW_CFG_SETUP_ADDR), ==, 0x90000);
    g_assert_cmphex(item32(r, FW_CFG_CMDLINE_ADDR), ==, 0x99ff0);
    g_assert_cmphex(item32(r, FW_CFG_KERNEL_ADDR), ==, 0x100000);
    item(r, FW_CFG_SETUP_DATA, setup, sizeof(setup));
    g_assert_cmphex(get32(setup + 0x20), ==, 0x9ff0a33f);
    g_assert_cmphex(get32(setup + 0x228), ==, 0);
    stop(r);
    r = start(0x200);
    r->kernel[0x211] = 0; /* a zImage */
    g_assert_true(load(r, 4 * MIB, NULL));
    g_assert_cmphex(item32(r, FW_CFG_SETUP_ADDR), ==, 0x90000);
    g_assert_cmphex(item32(r, FW_CFG_KERNEL_ADDR), ==, 0x10000);
    stop(r);
}

static void refuse(struct rig *r, uint64_t ram, const char *part)
{
    g_autofree char *message = NULL;

    g_assert_false(load(r, ram, &message));
    if (!strstr(message, part)) {
        g_error("\"%s\" does not say \"%s\"", message, part);
    }
    stop(r);
}

static void test_errors(void)
{
    g_autofree char *long_line = g_strnfill(3000, 'x');
    struct rig *r = start(0x20f);

    r->kernel_len = 100;
    refuse(r, 128 * MIB, "-kernel bzImage: not a Linux kernel");
    r = start(0x20f);
    r->kernel[0x1fe] = 0;
    refuse(r, 128 * MIB, "boot flag");
    r = start(0x20f);
    r->kernel[0x202] = 'h';
    refuse(r, 128 * MIB, "HdrS");
    r = start(0x105);
    refuse(r, 128 * MIB, "2.00");
    r = start(0x20f);
    r->kernel[0x1f1] = 255;
    refuse(r, 128 * MIB, "cut off");
    r = start(0x20f);
    r->kernel[0x1f1] = 150;
    refuse(r, 128 * MIB, "setup code");
    r = start(0x20f);
    r->l.append = long_line;
    refuse(r, 128 * MIB, "at most 2047");
    r = start(0x205);
    r->l.append = long_line;
    refuse(r, 128 * MIB, "at most 255");
    r = start(0x20f); /* unpacks at 16 MiB */
    refuse(r, 16 * MIB, "with -m");
    r = start(0x20f);
    r->initrd_len = 10 << 20;
    refuse(r, 32 * MIB, "-initrd initrd.gz");
    r = start(0x201);
    r->initrd_len = 1;
    refuse(r, MIB, "-m");
}

/* Any header either gives a machine that fits into RAM, or a message. */
static void test_random(void)
{
    GRand *rand = g_rand_new_with_seed(5);

    for (unsigned i = 0; i < 2000; i++) {
        struct rig *r = start(0x200 + g_rand_int(rand) % 16);
        uint64_t ram = MIB << g_rand_int(rand) % 13;

        for (unsigned n = g_rand_int(rand) % 6; n; n--) {
            r->kernel[0x1f1 + g_rand_int(rand) % 0x73] = (uint8_t)g_rand_int(rand);
        }
        memcpy(r->kernel + 0x202, "HdrS", 4);
        put16(r->kernel + 0x1fe, 0xaa55);
        r->initrd_len = g_rand_int(rand) % 100000;
        if (load(r, ram, NULL)) {
            uint64_t low = ram < 3584 * MIB ? ram : 3584 * MIB;
            uint64_t at = item32(r, FW_CFG_INITRD_ADDR);

            g_assert_cmpuint(at + item32(r, FW_CFG_INITRD_SIZE), <=, low);
            g_assert_true(r->initrd_len == 0 || at >= 0x100000);
            g_assert_cmpuint(item32(r, FW_CFG_SETUP_ADDR) + item32(r, FW_CFG_SETUP_SIZE), <,
                             item32(r, FW_CFG_CMDLINE_ADDR));
        }
        stop(r);
    }
    g_rand_free(rand);
}

/* The option ROM: sums, headers, and the same bytes as its source gives. */
static void test_rom(void)
{
    struct rig *r = start(0x20f);
    uint8_t dir[64], rom[512], total = 0, pnp = 0;
    uint16_t key = 0;

    g_assert_true(load(r, 128 * MIB, NULL));
    space_write(r->s->board.ports, 0x510, 2, 0x19);
    for (unsigned i = 0; i < 4; i++) {
        stub_inb(r->s, 0x511);
    }
    for (unsigned i = 0; i < 64; i++) {
        dir[i] = stub_inb(r->s, 0x511);
    }
    g_assert_cmpstr((const char *)dir + 8, ==, "genroms/linuxboot.bin");
    key = (uint16_t)(dir[4] << 8 | dir[5]);
    item(r, key, rom, sizeof(rom));
    for (unsigned i = 0; i < 512; i++) {
        total = (uint8_t)(total + rom[i]);
    }
    g_assert_cmpuint(total, ==, 0);
    g_assert_cmpuint(rom[2] * 512, ==, sizeof(rom));
    g_assert_cmpmem(rom + rom[0x1a], 4, "$PnP", 4);
    for (unsigned i = 0; i < 32; i++) {
        pnp = (uint8_t)(pnp + rom[rom[0x1a] + i]);
    }
    g_assert_cmpuint(pnp, ==, 0);
    stop(r);
}

static void test_rom_source(void)
{
    g_autofree char *nasm = g_find_program_in_path("nasm");
    g_autofree char *dir = g_dir_make_tmp("vmx-rom-XXXXXX", NULL);
    g_autofree char *out = g_build_filename(dir, "rom", NULL);
    g_autofree char *source =
        g_canonicalize_filename(__FILE__ "/../../../hw/pc/linuxboot.asm", NULL);
    const char *argv[] = {nasm, "-f", "bin", "-o", out, source, NULL};
    g_autofree char *data = NULL;
    gsize len = 0;
    int status = 0;

    if (!nasm || !g_file_test(source, G_FILE_TEST_EXISTS)) {
        g_test_skip(nasm ? "the source is not here" : "nasm is not installed");
    } else {
        g_assert_true(g_spawn_sync(NULL, (char **)(void *)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                                   NULL, NULL, &status, NULL));
        g_assert_cmpint(status, ==, 0);
        g_assert_true(g_file_get_contents(out, &data, &len, NULL));
        g_assert_cmpmem(data, len, linuxboot_rom, LINUXBOOT_ROM_SIZE);
        g_assert_cmpint(g_unlink(out), ==, 0);
    }
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/linuxboot/modern", test_modern);
    g_test_add_func("/linuxboot/initrd-max", test_initrd_max);
    g_test_add_func("/linuxboot/old", test_old);
    g_test_add_func("/linuxboot/errors", test_errors);
    g_test_add_func("/linuxboot/random", test_random);
    g_test_add_func("/linuxboot/rom", test_rom);
    g_test_add_func("/linuxboot/rom-source", test_rom_source);
    return g_test_run();
}
