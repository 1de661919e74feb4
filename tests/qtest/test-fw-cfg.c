/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware configuration device as SeaBIOS reads it: by port and by DMA. */
#include "tests/qtest/libqtest.h"

#include <string.h>

#define SELECT 0x510
#define DATA 0x511
#define DMA_HIGH 0x514
#define DMA_LOW 0x518

#define KEY_SIGNATURE 0x00
#define KEY_ID 0x01
#define KEY_RAM_SIZE 0x03
#define KEY_NB_CPUS 0x05
#define KEY_FILE_DIR 0x19

#define DMA_ERROR 0x01u
#define DMA_READ 0x02u
#define DMA_SKIP 0x04u
#define DMA_SELECT 0x08u
#define DMA_WRITE 0x10u

struct file {
    uint32_t size;
    uint16_t key;
    char name[57];
};

static void get(struct qtest *q, uint16_t key, void *data, size_t len)
{
    uint8_t *to = data;

    qtest_outw(q, SELECT, key);
    for (size_t i = 0; i < len; i++) {
        to[i] = qtest_inb(q, DATA);
    }
}

/* The directory's entry of a name; false if there is none. */
static bool find(struct qtest *q, const char *name, struct file *out)
{
    uint32_t count;

    get(q, KEY_FILE_DIR, &count, 4);
    count = GUINT32_FROM_BE(count);
    g_assert_cmpuint(count, >=, 1);
    g_assert_cmpuint(count, <=, 256);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t e[64];

        for (size_t k = 0; k < sizeof(e); k++) {
            e[k] = qtest_inb(q, DATA);
        }
        out->size = (uint32_t)e[0] << 24 | (uint32_t)e[1] << 16 | (uint32_t)e[2] << 8 | e[3];
        out->key = (uint16_t)(e[4] << 8 | e[5]);
        memcpy(out->name, e + 8, 56);
        out->name[56] = 0;
        if (strcmp(out->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Start a DMA of a descriptor at 0x1000; returns its control word after it. */
static uint32_t dma(struct qtest *q, uint32_t control, uint32_t len, uint64_t addr)
{
    uint32_t words[4] = {GUINT32_TO_BE(control), GUINT32_TO_BE(len),
                         GUINT32_TO_BE((uint32_t)(addr >> 32)), GUINT32_TO_BE((uint32_t)addr)};

    qtest_memwrite(q, 0x1000, words, sizeof(words));
    qtest_outl(q, DMA_HIGH, 0);
    qtest_outl(q, DMA_LOW, GUINT32_TO_BE(0x1000));
    qtest_memread(q, 0x1000, words, 4);
    return GUINT32_FROM_BE(words[0]);
}

static void test_keys(void)
{
    struct qtest *q = qtest_start("-m 16 -smp 1");
    uint32_t id;
    uint64_t ram;
    uint16_t cpus;
    char sig[5] = {0};

    if (!q) {
        return;
    }
    get(q, KEY_SIGNATURE, sig, 4);
    g_assert_cmpstr(sig, ==, "QEMU");
    g_assert_cmphex(qtest_inb(q, DATA), ==, 0); /* past the end */
    get(q, KEY_ID, &id, 4);
    g_assert_cmphex(id & 3, ==, 3); /* port and DMA interface */
    get(q, KEY_RAM_SIZE, &ram, 8);
    g_assert_cmpuint(ram, ==, 16 << 20);
    get(q, KEY_NB_CPUS, &cpus, 2);
    g_assert_cmpuint(cpus, ==, 1);
    /* a key that nobody has */
    get(q, 0x3fff, &id, 4);
    g_assert_cmphex(id, ==, 0);
    qtest_quit(q);
}

static void test_files(void)
{
    struct qtest *q = qtest_start("-m 16 -fw_cfg name=opt/org.test/text,string=hello");
    struct file f;
    char text[8] = {0};

    if (!q) {
        return;
    }
    g_assert_true(find(q, "opt/org.test/text", &f));
    g_assert_cmpuint(f.size, ==, 5);
    g_assert_cmphex(f.key, >=, 0x20);
    get(q, f.key, text, 7);
    g_assert_cmpstr(text, ==, "hello");
    g_assert_true(find(q, "etc/e820", &f));
    g_assert_cmpuint(f.size % 20, ==, 0);
    g_assert_true(find(q, "bootorder", &f));
    g_assert_false(find(q, "no/such/file", &f));
    qtest_quit(q);
}

static void test_dma(void)
{
    struct qtest *q = qtest_start("-m 16 -fw_cfg name=opt/org.test/text,string=hello-dma");
    struct file f;
    char buf[16] = {0};

    if (!q) {
        return;
    }
    g_assert_cmphex(qtest_inl(q, DMA_HIGH), ==, GUINT32_TO_BE(0x51454d55)); /* "QEMU" */
    g_assert_cmphex(qtest_inl(q, DMA_LOW), ==, GUINT32_TO_BE(0x20434647));  /* " CFG" */
    g_assert_true(find(q, "opt/org.test/text", &f));
    g_assert_cmphex(dma(q, (uint32_t)f.key << 16 | DMA_SELECT | DMA_SKIP, 6, 0), ==, 0);
    g_assert_cmphex(dma(q, DMA_READ, 8, 0x2000), ==, 0);
    qtest_memread(q, 0x2000, buf, 8);
    g_assert_cmpstr(buf, ==, "dma"); /* and zeros after the end */
    g_assert_cmphex(dma(q, (uint32_t)f.key << 16 | DMA_SELECT | DMA_READ, 5, 0x2000), ==, 0);
    qtest_memread(q, 0x2000, buf, 5);
    g_assert_cmpint(memcmp(buf, "hello", 5), ==, 0);
    /* what cannot be: into nothing, and writes to a read-only item */
    g_assert_cmphex(dma(q, (uint32_t)f.key << 16 | DMA_SELECT | DMA_READ, 4, 0x7ffffffff000) &
                        DMA_ERROR,
                    ==, DMA_ERROR);
    g_assert_cmphex(dma(q, (uint32_t)f.key << 16 | DMA_SELECT | DMA_WRITE, 4, 0x2000) & DMA_ERROR,
                    ==, DMA_ERROR);
    get(q, f.key, buf, 5);
    g_assert_cmpint(memcmp(buf, "hello", 5), ==, 0);
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fw-cfg/keys", test_keys);
    g_test_add_func("/fw-cfg/files", test_files);
    g_test_add_func("/fw-cfg/dma", test_dma);
    return g_test_run();
}
