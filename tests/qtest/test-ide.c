/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PIIX3's IDE: a disk by PIO and by bus-master DMA, a CD-ROM by packets. */
#include "tests/qtest/libqtest.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define CMD 0x1f0
#define CTL 0x3f6
#define IDE_DEVFN 0x09
#define BM 0xc000

#define BSY 0x80
#define DRDY 0x40
#define DF 0x20
#define DRQ 0x08
#define ERR 0x01

#define ABRT 0x04
#define IDNF 0x10

#define SECTORS 16384u /* 8 MiB */
#define CD_BLOCKS 64u

struct world {
    struct qtest *q;
    char *image;
};

static uint8_t pattern(uint32_t lba, unsigned at)
{
    return (uint8_t)(lba * 7 + (lba >> 8) + at);
}

static char *make_image(uint32_t blocks, unsigned size)
{
    g_autofree uint8_t *data = g_malloc((gsize)blocks * size);
    char *path = NULL;
    int fd = g_file_open_tmp("ide-XXXXXX", &path, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    for (uint32_t lba = 0; lba < blocks; lba++) {
        for (unsigned i = 0; i < size; i++) {
            data[(gsize)lba * size + i] = pattern(lba, i);
        }
    }
    g_assert_true(g_file_set_contents(path, (char *)data, (gssize)blocks * size, NULL));
    return path;
}

static bool begin(struct world *w)
{
    w->image = make_image(SECTORS, 512);
    w->q = qtest_start("-m 16 -drive file=%s,if=ide,index=0,format=raw,cache=writeback", w->image);
    if (w->q) {
        qtest_irq_watch(w->q);
        return true;
    }
    g_unlink(w->image);
    g_free(w->image);
    return false;
}

static void end(struct world *w)
{
    qtest_quit(w->q);
    g_unlink(w->image);
    g_free(w->image);
}

/* Poll the alternate status, which does not acknowledge. The host's disk takes host time. */
static uint8_t wait(struct qtest *q, uint16_t ctl)
{
    uint8_t s;

    for (int i = 0; (s = qtest_inb(q, ctl)) & BSY; i++) {
        g_assert_cmpint(i, <, 200000); /* 40 seconds */
        qtest_clock_step(q, 100000);
        if (i > 100) {
            g_usleep(200);
        }
    }
    return s;
}

static void command(struct qtest *q, uint8_t cmd, uint32_t lba, uint8_t count, uint8_t drive)
{
    wait(q, CTL);
    qtest_outb(q, CMD + 6, (uint8_t)(0xe0 | drive << 4 | (lba >> 24 & 15)));
    wait(q, CTL);
    qtest_outb(q, CMD + 2, count);
    qtest_outb(q, CMD + 3, lba & 0xff);
    qtest_outb(q, CMD + 4, lba >> 8 & 0xff);
    qtest_outb(q, CMD + 5, lba >> 16 & 0xff);
    qtest_outb(q, CMD + 7, cmd);
}

static void test_identify(void)
{
    struct world w;
    uint16_t id[256];
    char model[41] = {0};

    if (!begin(&w)) {
        return;
    }
    g_assert_cmphex(wait(w.q, CTL) & (BSY | DRDY), ==, DRDY);
    command(w.q, 0xec, 0, 0, 0);
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR | DF), ==, DRQ);
    g_assert_true(qtest_irq(w.q, 14));
    qtest_inb(w.q, CMD + 7); /* reading the status acknowledges */
    g_assert_false(qtest_irq(w.q, 14));
    for (unsigned i = 0; i < 256; i++) {
        id[i] = qtest_inw(w.q, CMD);
    }
    g_assert_cmphex(wait(w.q, CTL) & DRQ, ==, 0);
    g_assert_cmphex(id[0] & 0x8000, ==, 0);
    g_assert_cmpuint(id[60] | (uint32_t)id[61] << 16, ==, SECTORS);
    g_assert_cmphex(id[49] & 0x0300, ==, 0x0300); /* LBA and DMA */
    g_assert_cmpuint((uint32_t)id[1] * id[3] * id[6], <=, SECTORS);
    g_assert_cmpuint(id[1], >, 0);
    for (unsigned i = 0; i < 20; i++) {
        model[2 * i] = (char)(id[27 + i] >> 8);
        model[2 * i + 1] = (char)id[27 + i];
    }
    g_assert_true(g_str_has_suffix(g_strchomp(model), "HARDDISK"));
    end(&w);
}

static void test_pio_read(void)
{
    struct world w;

    if (!begin(&w)) {
        return;
    }
    command(w.q, 0x20, 5000, 3, 0);
    for (uint32_t s = 0; s < 3; s++) {
        g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, DRQ);
        qtest_inb(w.q, CMD + 7);
        for (unsigned i = 0; i < 512; i += 2) {
            uint16_t v = qtest_inw(w.q, CMD);

            g_assert_cmphex(v & 0xff, ==, pattern(5000 + s, i));
            g_assert_cmphex(v >> 8, ==, pattern(5000 + s, i + 1));
        }
    }
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, 0);
    /* by cylinder, head and sector; 32-bit reads of the data port */
    command(w.q, 0xec, 0, 0, 0);
    wait(w.q, CTL);
    {
        uint16_t id[256];
        uint32_t lba;

        for (unsigned i = 0; i < 256; i += 2) {
            uint32_t v = qtest_inl(w.q, CMD);

            id[i] = (uint16_t)v;
            id[i + 1] = (uint16_t)(v >> 16);
        }
        lba = (2u * id[3] + 3u) * id[6] + 4u - 1u;
        qtest_outb(w.q, CMD + 6, 0xa3);
        qtest_outb(w.q, CMD + 2, 1);
        qtest_outb(w.q, CMD + 3, 4);
        qtest_outb(w.q, CMD + 4, 2);
        qtest_outb(w.q, CMD + 5, 0);
        qtest_outb(w.q, CMD + 7, 0x20);
        g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, DRQ);
        for (unsigned i = 0; i < 512; i += 4) {
            uint32_t v = qtest_inl(w.q, CMD);

            g_assert_cmphex(v & 0xff, ==, pattern(lba, i));
            g_assert_cmphex(v >> 24, ==, pattern(lba, i + 3));
        }
    }
    end(&w);
}

static void test_pio_write(void)
{
    struct world w;
    g_autofree char *data = NULL;
    gsize len;

    if (!begin(&w)) {
        return;
    }
    command(w.q, 0x30, 77, 2, 0);
    for (unsigned s = 0; s < 2; s++) {
        g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, DRQ);
        for (unsigned i = 0; i < 512; i += 2) {
            qtest_outw(w.q, CMD, (uint16_t)(0xa500 | (s << 4) | (i >> 5)));
        }
    }
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR | DF), ==, 0);
    g_assert_true(qtest_irq(w.q, 14));
    command(w.q, 0xe7, 0, 0, 0); /* flush */
    g_assert_cmphex(wait(w.q, CTL) & (ERR | DF), ==, 0);
    command(w.q, 0x20, 78, 1, 0);
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, DRQ);
    g_assert_cmphex(qtest_inw(w.q, CMD), ==, 0xa510);
    qtest_quit(w.q);
    g_assert_true(g_file_get_contents(w.image, &data, &len, NULL));
    g_assert_cmpuint(len, ==, SECTORS * 512);
    g_assert_cmphex((uint8_t)data[77 * 512 + 1], ==, 0xa5);
    g_assert_cmphex((uint8_t)data[78 * 512], ==, 0x10);
    g_assert_cmphex((uint8_t)data[76 * 512], ==, pattern(76, 0));
    g_assert_cmphex((uint8_t)data[79 * 512], ==, pattern(79, 0));
    g_unlink(w.image);
    g_free(w.image);
}

static void bm_setup(struct qtest *q)
{
    qtest_pci_writel(q, IDE_DEVFN, 0x20, BM);
    qtest_pci_writew(q, IDE_DEVFN, 0x04, 0x0005);
}

/* A PRD table at 0x1000 of two pieces, the second with the end mark. */
static void prd(struct qtest *q, uint32_t a, uint16_t alen, uint32_t b, uint16_t blen)
{
    qtest_writel(q, 0x1000, a);
    qtest_writel(q, 0x1004, alen);
    qtest_writel(q, 0x1008, b);
    qtest_writel(q, 0x100c, 0x80000000u | blen);
    qtest_outl(q, BM + 4, 0x1000);
}

static uint8_t bm_wait(struct qtest *q)
{
    uint8_t s;

    for (int i = 0; ((s = qtest_inb(q, BM + 2)) & 0x05) == 0x01; i++) {
        g_assert_cmpint(i, <, 200000); /* 40 seconds */
        qtest_clock_step(q, 100000);
        if (i > 100) {
            g_usleep(200);
        }
    }
    return s;
}

static void test_dma(void)
{
    struct world w;
    uint8_t buf[2048];

    if (!begin(&w)) {
        return;
    }
    bm_setup(w.q);
    /* read 4 sectors, in two pieces that no sector ends at */
    prd(w.q, 0x10000, 700, 0x20000, 2048 - 700);
    qtest_outb(w.q, BM + 0, 0x08);
    qtest_outb(w.q, BM + 2, 0x06);
    command(w.q, 0xc8, 9000, 4, 0);
    qtest_outb(w.q, BM + 0, 0x09);
    g_assert_cmphex(bm_wait(w.q) & 0x07, ==, 0x04);
    g_assert_true(qtest_irq(w.q, 14));
    g_assert_cmphex(qtest_inb(w.q, CMD + 7) & (BSY | DRQ | ERR), ==, 0);
    qtest_outb(w.q, BM + 0, 0x08);
    qtest_outb(w.q, BM + 2, 0x04);
    g_assert_cmphex(qtest_inb(w.q, BM + 2) & 0x07, ==, 0);
    qtest_memread(w.q, 0x10000, buf, 700);
    qtest_memread(w.q, 0x20000, buf + 700, 2048 - 700);
    for (unsigned i = 0; i < 2048; i++) {
        g_assert_cmphex(buf[i], ==, pattern(9000 + i / 512, i % 512));
    }
    /* write them elsewhere, from the same memory */
    prd(w.q, 0x10000, 700, 0x20000, 2048 - 700);
    qtest_outb(w.q, BM + 0, 0x00);
    qtest_outb(w.q, BM + 2, 0x06);
    command(w.q, 0xca, 100, 4, 0);
    qtest_outb(w.q, BM + 0, 0x01);
    g_assert_cmphex(bm_wait(w.q) & 0x07, ==, 0x04);
    qtest_inb(w.q, CMD + 7);
    qtest_outb(w.q, BM + 0, 0x00);
    command(w.q, 0x20, 102, 1, 0);
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, DRQ);
    g_assert_cmphex(qtest_inw(w.q, CMD), ==, pattern(9002, 0) | pattern(9002, 1) << 8);
    end(&w);
}

/* A table without an end, a table in nowhere, a table too short: no crash, no hang. */
static void test_bad_prd(void)
{
    struct world w;

    if (!begin(&w)) {
        return;
    }
    bm_setup(w.q);
    for (unsigned i = 0; i < 8192; i++) { /* 64 KiB of entries of 65536 bytes, none the last */
        if (i % 1024 == 0) {
            qtest_memset(w.q, 0x10000 + i * 8, 0, 8192);
        }
    }
    qtest_outl(w.q, BM + 4, 0x10000);
    qtest_outb(w.q, BM + 2, 0x06);
    command(w.q, 0xc8, 0, 4, 0);
    qtest_outb(w.q, BM + 0, 0x09);
    qtest_clock_step(w.q, 100000000);
    qtest_outb(w.q, BM + 0, 0x00);
    qtest_inb(w.q, CMD + 7);
    qtest_outl(w.q, BM + 4, 0xfffffff0);
    qtest_outb(w.q, BM + 2, 0x06);
    command(w.q, 0xc8, 0, 4, 0);
    qtest_outb(w.q, BM + 0, 0x09);
    qtest_clock_step(w.q, 100000000);
    qtest_outb(w.q, BM + 0, 0x00);
    prd(w.q, 0x20000, 4, 0x30000, 4);
    qtest_outb(w.q, BM + 2, 0x06);
    command(w.q, 0xc8, 0, 4, 0);
    qtest_outb(w.q, BM + 0, 0x09);
    qtest_clock_step(w.q, 100000000);
    qtest_outb(w.q, BM + 0, 0x00);
    /* a software reset, and all is well again */
    qtest_outb(w.q, CTL, 0x04);
    qtest_clock_step(w.q, 1000000);
    qtest_outb(w.q, CTL, 0x00);
    qtest_clock_step(w.q, 5000000);
    g_assert_cmphex(wait(w.q, CTL) & (BSY | DRQ), ==, 0);
    command(w.q, 0x20, 3, 1, 0);
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, DRQ);
    g_assert_cmphex(qtest_inw(w.q, CMD) & 0xff, ==, pattern(3, 0));
    end(&w);
}

static void test_errors(void)
{
    struct world w;

    if (!begin(&w)) {
        return;
    }
    /* past the end */
    command(w.q, 0x20, SECTORS, 1, 0);
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, ERR);
    g_assert_cmphex(qtest_inb(w.q, CMD + 1) & (IDNF | ABRT), !=, 0);
    /* no such command */
    command(w.q, 0x84, 0, 0, 0);
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, ERR);
    g_assert_cmphex(qtest_inb(w.q, CMD + 1) & ABRT, ==, ABRT);
    /* IDENTIFY PACKET DEVICE is not for disks, and leaves no signature of one */
    command(w.q, 0xa1, 0, 0, 0);
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, ERR);
    /* diagnostic */
    command(w.q, 0x90, 0, 0, 0);
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, 0);
    g_assert_cmphex(qtest_inb(w.q, CMD + 1), ==, 0x01);
    g_assert_cmphex(qtest_inb(w.q, CMD + 2), ==, 0x01);
    g_assert_cmphex(qtest_inb(w.q, CMD + 3), ==, 0x01);
    g_assert_cmphex(qtest_inb(w.q, CMD + 4), ==, 0x00);
    g_assert_cmphex(qtest_inb(w.q, CMD + 5), ==, 0x00);
    /* nobody is the slave */
    qtest_outb(w.q, CMD + 6, 0xb0);
    g_assert_cmphex(qtest_inb(w.q, CMD + 7), ==, 0x00);
    end(&w);
}

/* nIEN keeps the line down. */
static void test_nien(void)
{
    struct world w;

    if (!begin(&w)) {
        return;
    }
    qtest_outb(w.q, CTL, 0x02);
    command(w.q, 0xec, 0, 0, 0);
    g_assert_cmphex(wait(w.q, CTL) & (DRQ | ERR), ==, DRQ);
    g_assert_false(qtest_irq(w.q, 14));
    end(&w);
}

#define CD 0x170
#define CDCTL 0x376

static void packet(struct qtest *q, const uint8_t p[12], uint16_t limit)
{
    wait(q, CDCTL);
    qtest_outb(q, CD + 6, 0xa0);
    qtest_outb(q, CD + 1, 0);
    qtest_outb(q, CD + 4, limit & 0xff);
    qtest_outb(q, CD + 5, limit >> 8);
    qtest_outb(q, CD + 7, 0xa0);
    g_assert_cmphex(wait(q, CDCTL) & (DRQ | ERR), ==, DRQ);
    for (unsigned i = 0; i < 12; i += 2) {
        qtest_outw(q, CD, (uint16_t)(p[i] | p[i + 1] << 8));
    }
}

/* The whole answer, piece by piece as DRQ comes. */
static unsigned packet_data(struct qtest *q, uint8_t *to, unsigned max)
{
    unsigned got = 0;

    while (wait(q, CDCTL) & DRQ) {
        unsigned n = qtest_inb(q, CD + 4) | (unsigned)qtest_inb(q, CD + 5) << 8;

        g_assert_cmpuint(n, >, 0);
        qtest_inb(q, CD + 7);
        for (unsigned i = 0; i < n; i += 2) {
            uint16_t v = qtest_inw(q, CD);

            if (got < max) {
                to[got++] = (uint8_t)v;
            }
            if (got < max && i + 1 < n) {
                to[got++] = (uint8_t)(v >> 8);
            }
        }
    }
    return got;
}

static void test_cdrom(void)
{
    static const uint8_t ready[12] = {0x00};
    static const uint8_t sense[12] = {0x03, 0, 0, 0, 18};
    static const uint8_t inquiry[12] = {0x12, 0, 0, 0, 36};
    static const uint8_t capacity[12] = {0x25};
    static const uint8_t read10[12] = {0x28, 0, 0, 0, 0, 5, 0, 0, 3};
    static const uint8_t beyond[12] = {0x28, 0, 0, 0, 0, 200, 0, 0, 1};
    g_autofree char *image = NULL;
    g_autofree uint8_t *buf = g_malloc0(8192);
    struct qtest *q;

    if (!qtest_has_option("-cdrom")) {
        return;
    }
    image = make_image(CD_BLOCKS, 2048);
    q = qtest_start("-m 16 -cdrom %s", image);

    if (!q) {
        g_unlink(image);
        return;
    }
    qtest_outb(q, CD + 6, 0xa0);
    wait(q, CDCTL);
    qtest_outb(q, CDCTL, 0x04);
    qtest_clock_step(q, 1000000);
    qtest_outb(q, CDCTL, 0x00);
    qtest_clock_step(q, 5000000);
    wait(q, CDCTL);
    g_assert_cmphex(qtest_inb(q, CD + 4), ==, 0x14); /* the signature of a packet device */
    g_assert_cmphex(qtest_inb(q, CD + 5), ==, 0xeb);
    qtest_outb(q, CD + 7, 0xa1);
    g_assert_cmphex(wait(q, CDCTL) & (DRQ | ERR), ==, DRQ);
    g_assert_cmphex(qtest_inw(q, CD) & 0xdf00, ==, 0x8500); /* ATAPI, CD-ROM */
    for (unsigned i = 1; i < 256; i++) {
        qtest_inw(q, CD);
    }
    /* after power-on there is a unit attention to be fetched */
    for (int i = 0; i < 3; i++) {
        packet(q, ready, 0);
        if (!(wait(q, CDCTL) & ERR)) {
            break;
        }
        packet(q, sense, 18);
        packet_data(q, buf, 18);
    }
    packet(q, ready, 0);
    g_assert_cmphex(wait(q, CDCTL) & (DRQ | ERR), ==, 0);
    packet(q, inquiry, 36);
    g_assert_cmpuint(packet_data(q, buf, 36), ==, 36);
    g_assert_cmphex(buf[0], ==, 0x05);
    g_assert_cmphex(buf[1], ==, 0x80);
    packet(q, capacity, 8);
    g_assert_cmpuint(packet_data(q, buf, 8), ==, 8);
    g_assert_cmpuint((uint32_t)buf[2] << 8 | buf[3], ==, CD_BLOCKS - 1);
    g_assert_cmpuint((uint32_t)buf[6] << 8 | buf[7], ==, 2048);
    packet(q, read10, 2048);
    g_assert_cmpuint(packet_data(q, buf, 8192), ==, 3 * 2048);
    for (unsigned i = 0; i < 3 * 2048; i++) {
        g_assert_cmphex(buf[i], ==, pattern(5 + i / 2048, i % 2048));
    }
    packet(q, beyond, 2048);
    g_assert_cmphex(wait(q, CDCTL) & (DRQ | ERR), ==, ERR);
    packet(q, sense, 18);
    g_assert_cmpuint(packet_data(q, buf, 18), ==, 18);
    g_assert_cmphex(buf[2] & 0x0f, ==, 0x05); /* illegal request */
    g_assert_cmphex(buf[12], ==, 0x21);       /* block out of range */
    qtest_quit(q);
    g_unlink(image);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ide/identify", test_identify);
    g_test_add_func("/ide/pio-read", test_pio_read);
    g_test_add_func("/ide/pio-write", test_pio_write);
    g_test_add_func("/ide/dma", test_dma);
    g_test_add_func("/ide/bad-prd", test_bad_prd);
    g_test_add_func("/ide/errors", test_errors);
    g_test_add_func("/ide/nien", test_nien);
    g_test_add_func("/ide/cdrom", test_cdrom);
    return g_test_run();
}
