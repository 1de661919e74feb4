/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where -drive, -hdX and -device ide-hd put a disk, and what it says of itself there. */
#include "tests/qtest/libqtest.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define SECTORS 16384u

static const uint16_t bases[] = {0x1f0, 0x170};
static char *images[4];

static void make_images(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(images); i++) {
        int fd = g_file_open_tmp("drive-XXXXXX", &images[i], NULL);

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(ftruncate(fd, (off_t)SECTORS * 512 + (off_t)i * 512), ==, 0);
        close(fd);
    }
}

static void remove_images(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(images); i++) {
        g_unlink(images[i]);
        g_free(images[i]);
    }
}

/* IDENTIFY DEVICE by PIO; false where no drive answers. */
static bool identify(struct qtest *q, unsigned index, uint16_t id[256])
{
    uint16_t base = bases[index / 2];
    uint8_t status;

    qtest_outb(q, base + 6, (uint8_t)(0xa0 | index % 2 << 4));
    qtest_outb(q, base + 7, 0xec);
    for (int i = 0; (status = qtest_inb(q, base + 7)) & 0x80; i++) {
        g_assert_cmpint(i, <, 1000);
        qtest_clock_step(q, 100000);
    }
    if (!(status & 0x08)) {
        return false;
    }
    for (unsigned i = 0; i < 256; i++) {
        id[i] = (uint16_t)qtest_inw(q, base);
    }
    return true;
}

/* What each place must hold: the image's number, or -1. Sizes tell them apart. */
static void expect(struct qtest *q, const int at[4])
{
    for (unsigned i = 0; i < 4; i++) {
        uint16_t id[256] = {0};
        bool there = identify(q, i, id);

        g_assert_cmpint(there, ==, at[i] >= 0);
        if (there) {
            g_assert_cmpuint(id[60] | (uint32_t)id[61] << 16, ==, SECTORS + (unsigned)at[i]);
        }
    }
}

static void test_letters(void)
{
    struct qtest *q =
        qtest_start("-hda %s -hdb %s -hdc %s -hdd %s", images[0], images[1], images[2], images[3]);

    if (q) {
        expect(q, (const int[]){0, 1, 2, 3});
        qtest_quit(q);
    }
}

/* if=none drives go where their devices say, in whatever order. */
static void test_devices(void)
{
    struct qtest *q =
        qtest_start("-drive if=none,id=a,format=raw,file=%s -drive if=none,id=b,format=raw,file=%s "
                    "-device ide-hd,drive=a,bus=ide.1,unit=1 -device ide-hd,drive=b,bus=ide.0",
                    images[0], images[1]);

    if (q) {
        expect(q, (const int[]){1, -1, -1, 0});
        qtest_quit(q);
    }
}

/* A bus without a unit: the next place on it. */
static void test_next_place(void)
{
    struct qtest *q = qtest_start("-hda %s -drive if=none,id=a,format=raw,file=%s "
                                  "-device ide-hd,drive=a,bus=ide.0",
                                  images[0], images[1]);

    if (q) {
        expect(q, (const int[]){0, 1, -1, -1});
        qtest_quit(q);
    }
}

/* Without an index: the first place that is free when its turn comes, as with QEMU. */
static void test_index(void)
{
    struct qtest *q = qtest_start("-drive file=%s,format=raw,index=3 "
                                  "-drive file=%s,format=raw,index=0 -drive file=%s,format=raw",
                                  images[0], images[1], images[2]);

    if (q) {
        expect(q, (const int[]){1, 2, -1, 0});
        qtest_quit(q);
    }
}

/* A geometry of the user's own, as old disks of old guests want it. */
static void test_geometry(void)
{
    struct qtest *q =
        qtest_start("-drive if=none,id=a,format=raw,file=%s "
                    "-device ide-hd,drive=a,bus=ide.0,cyls=128,heads=8,secs=16,serial=X42",
                    images[0]);
    uint16_t id[256];

    if (q) {
        g_assert_true(identify(q, 0, id));
        g_assert_cmpuint(id[1], ==, 128);
        g_assert_cmpuint(id[3], ==, 8);
        g_assert_cmpuint(id[6], ==, 16);
        g_assert_cmphex(id[10], ==, 'X' << 8 | '4');
        qtest_quit(q);
    }
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    make_images();
    g_test_add_func("/drives/letters", test_letters);
    g_test_add_func("/drives/devices", test_devices);
    g_test_add_func("/drives/next-place", test_next_place);
    g_test_add_func("/drives/index", test_index);
    g_test_add_func("/drives/geometry", test_geometry);
    status = g_test_run();
    remove_images();
    return status;
}
