/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NE2000 on ISA and on PCI: the probes of Linux ne.c and FreeBSD ed, and frames both ways over a
 * stream. The PCI card is put at 300h and at IRQ 9, so that the rest is the same.
 */
#include "tests/qtest/libqtest.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define IO 0x300
#define CR (IO + 0x00)
#define DATA (IO + 0x10)
#define RESET (IO + 0x1f)
#define IRQ 9

/* page 0, writing */
#define PSTART (IO + 1)
#define PSTOP (IO + 2)
#define BNRY (IO + 3)
#define TPSR (IO + 4)
#define TBCR0 (IO + 5)
#define TBCR1 (IO + 6)
#define ISR (IO + 7)
#define RSAR0 (IO + 8)
#define RSAR1 (IO + 9)
#define RBCR0 (IO + 10)
#define RBCR1 (IO + 11)
#define RCR (IO + 12)
#define TCR (IO + 13)
#define DCR (IO + 14)
#define IMR (IO + 15)

#define ISR_PRX 0x01
#define ISR_PTX 0x02
#define ISR_RDC 0x40
#define ISR_RST 0x80

#define TX_PAGE 0x40
#define RX_START 0x46
#define RX_STOP 0x80

static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

static bool on_pci; /* which card the running test is about */

static uint32_t config_read(struct qtest *q, unsigned devfn, unsigned at)
{
    qtest_outl(q, 0xcf8, 0x80000000u | devfn << 8 | at);
    return qtest_inl(q, 0xcfc);
}

static void config_write(struct qtest *q, unsigned devfn, unsigned at, uint32_t value)
{
    qtest_outl(q, 0xcf8, 0x80000000u | devfn << 8 | at);
    qtest_outl(q, 0xcfc, value);
}

/* As firmware does: BAR 0, I/O on, and the interrupt of slot 3, PIRQC, to IRQ 9. */
static void plug_pci(struct qtest *q)
{
    g_assert_cmphex(config_read(q, 3 << 3, 0), ==, 0x802910ec);
    g_assert_cmphex(config_read(q, 3 << 3, 8) >> 16, ==, 0x0200);
    g_assert_cmphex(config_read(q, 3 << 3, 0x3c) >> 8 & 0xff, ==, 1);
    config_write(q, 3 << 3, 0x10, IO);
    config_write(q, 3 << 3, 0x04, 1);
    config_write(q, 1 << 3, 0x60, 0x80008080u | IRQ << 16);
}

static struct qtest *begin(const char *netdev)
{
    struct qtest *q =
        qtest_start("-m 16 -nodefaults %s -device %s,netdev=n0,mac=52:54:00:12:34:56",
                    netdev ? netdev : "-netdev user,id=n0",
                    on_pci ? "ne2k_pci,addr=3,romfile=" : "ne2k_isa,iobase=0x300,irq=9");

    if (q) {
        qtest_irq_watch(q);
        if (on_pci) {
            plug_pci(q);
        }
        qtest_outb(q, RESET, qtest_inb(q, RESET)); /* the reset of every driver */
        for (int i = 0; !(qtest_inb(q, ISR) & ISR_RST); i++) {
            g_assert_cmpint(i, <, 100);
            qtest_clock_step(q, 1000000);
        }
    }
    return q;
}

static void remote(struct qtest *q, uint16_t addr, uint16_t len, uint8_t cmd)
{
    qtest_outb(q, CR, 0x22);
    qtest_outb(q, ISR, ISR_RDC);
    qtest_outb(q, RBCR0, len & 0xff);
    qtest_outb(q, RBCR1, (uint8_t)(len >> 8));
    qtest_outb(q, RSAR0, addr & 0xff);
    qtest_outb(q, RSAR1, (uint8_t)(addr >> 8));
    qtest_outb(q, CR, cmd);
}

static void put(struct qtest *q, uint16_t addr, const uint8_t *data, uint16_t len)
{
    remote(q, addr, len, 0x12);
    for (unsigned i = 0; i < len; i += 2) {
        qtest_outw(q, DATA, (uint16_t)(data[i] | data[i + 1] << 8));
    }
    g_assert_cmphex(qtest_inb(q, ISR) & ISR_RDC, ==, ISR_RDC);
    qtest_outb(q, ISR, ISR_RDC);
}

static void get(struct qtest *q, uint16_t addr, uint8_t *data, uint16_t len)
{
    remote(q, addr, len, 0x0a);
    for (unsigned i = 0; i < len; i += 2) {
        uint16_t v = qtest_inw(q, DATA);

        data[i] = (uint8_t)v;
        data[i + 1] = (uint8_t)(v >> 8);
    }
    g_assert_cmphex(qtest_inb(q, ISR) & ISR_RDC, ==, ISR_RDC);
    qtest_outb(q, ISR, ISR_RDC);
}

/* ne_probe1(): stop, page 1 and back, the counter clears when read; then the PROM, doubled. */
static void test_linux_probe(void)
{
    struct qtest *q = begin(NULL);
    uint8_t prom[32];
    uint8_t saved;

    if (!q) {
        return;
    }
    g_assert_cmphex(qtest_inb(q, IO), !=, 0xff);
    qtest_outb(q, CR, 0x61);
    saved = qtest_inb(q, IO + 0x0d);
    qtest_outb(q, IO + 0x0d, 0xff);
    qtest_outb(q, CR, 0x20);
    qtest_inb(q, IO + 0x0d);
    g_assert_cmphex(qtest_inb(q, IO + 0x0d), ==, 0);
    (void)saved;
    qtest_outb(q, ISR, 0xff);
    qtest_outb(q, CR, 0x21);
    qtest_outb(q, DCR, 0x48);
    qtest_outb(q, RBCR0, 0);
    qtest_outb(q, RBCR1, 0);
    qtest_outb(q, IMR, 0);
    qtest_outb(q, ISR, 0xff);
    qtest_outb(q, RCR, 0x20);
    qtest_outb(q, TCR, 0x02);
    qtest_outb(q, RBCR0, 32);
    qtest_outb(q, RBCR1, 0);
    qtest_outb(q, RSAR0, 0);
    qtest_outb(q, RSAR1, 0);
    qtest_outb(q, CR, 0x0a);
    for (unsigned i = 0; i < 32; i++) {
        prom[i] = qtest_inb(q, DATA);
    }
    for (unsigned i = 0; i < 32; i += 2) {
        g_assert_cmphex(prom[i], ==, prom[i + 1]); /* a word-wide card */
    }
    for (unsigned i = 0; i < 6; i++) {
        g_assert_cmphex(prom[2 * i], ==, mac[i]);
    }
    g_assert_cmphex(prom[28], ==, 0x57);
    g_assert_cmphex(prom[30], ==, 0x57);
    qtest_quit(q);
}

/* ed_probe_Novell_generic(): a pattern written into the buffer by words comes back. */
static void test_freebsd_probe(void)
{
    static const uint8_t text[] = "THIS is A memory TEST pattern\0\0";
    struct qtest *q = begin(NULL);
    uint8_t back[32];

    if (!q) {
        return;
    }
    qtest_outb(q, CR, 0x21);
    qtest_clock_step(q, 5000000);
    g_assert_cmphex(qtest_inb(q, CR) & 0x03, ==, 0x01);
    g_assert_cmphex(qtest_inb(q, ISR) & ISR_RST, ==, ISR_RST);
    qtest_outb(q, RCR, 0x20);
    qtest_outb(q, DCR, 0x49); /* word wide, 8-byte FIFO, no loopback */
    qtest_outb(q, PSTART, 0x40);
    qtest_outb(q, PSTOP, 0x80);
    put(q, 0x4000, text, sizeof(text));
    get(q, 0x4000, back, 32);
    g_assert_cmpint(memcmp(text, back, 32), ==, 0);
    /* 16 KiB of buffer: every page keeps its own */
    for (unsigned page = 0x40; page < 0x80; page++) {
        uint8_t b[2] = {(uint8_t)page, (uint8_t)~page};

        put(q, (uint16_t)(page << 8), b, 2);
    }
    for (unsigned page = 0x40; page < 0x80; page++) {
        get(q, (uint16_t)(page << 8), back, 2);
        g_assert_cmphex(back[0], ==, page);
        g_assert_cmphex(back[1], ==, (uint8_t)~page);
    }
    qtest_quit(q);
}

/* As NS8390_init() leaves it. */
static void start(struct qtest *q, uint8_t rcr, uint8_t tcr)
{
    qtest_outb(q, CR, 0x21);
    qtest_outb(q, DCR, 0x49);
    qtest_outb(q, RBCR0, 0);
    qtest_outb(q, RBCR1, 0);
    qtest_outb(q, RCR, 0x20);
    qtest_outb(q, TCR, 0x02);
    qtest_outb(q, PSTART, RX_START);
    qtest_outb(q, BNRY, RX_STOP - 1);
    qtest_outb(q, PSTOP, RX_STOP);
    qtest_outb(q, ISR, 0xff);
    qtest_outb(q, IMR, 0x3f);
    qtest_outb(q, CR, 0x61);
    for (unsigned i = 0; i < 6; i++) {
        qtest_outb(q, (uint16_t)(IO + 1 + i), mac[i]);
        qtest_outb(q, (uint16_t)(IO + 8 + i), 0xff);
    }
    qtest_outb(q, IO + 7, RX_START);
    qtest_outb(q, CR, 0x22);
    qtest_outb(q, TCR, tcr);
    qtest_outb(q, RCR, rcr);
}

static void transmit(struct qtest *q, const uint8_t *frame, uint16_t len)
{
    put(q, TX_PAGE << 8, frame, len);
    qtest_outb(q, TPSR, TX_PAGE);
    qtest_outb(q, TBCR0, len & 0xff);
    qtest_outb(q, TBCR1, (uint8_t)(len >> 8));
    qtest_outb(q, CR, 0x26);
}

static uint8_t current_page(struct qtest *q)
{
    uint8_t curr;

    qtest_outb(q, CR, 0x62);
    curr = qtest_inb(q, IO + 7);
    qtest_outb(q, CR, 0x22);
    return curr;
}

/* A stream peer: frames with a 4-byte length in front. */
struct peer {
    char *dir, *path;
    int listener, fd;
};

static void peer_open(struct peer *p)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    p->dir = g_dir_make_tmp("ne2k-XXXXXX", NULL);
    p->path = g_build_filename(p->dir, "net.sock", NULL);
    g_strlcpy(a.sun_path, p->path, sizeof(a.sun_path));
    p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(p->listener, (struct sockaddr *)&a, sizeof(a)), ==, 0);
    g_assert_cmpint(listen(p->listener, 1), ==, 0);
    p->fd = -1;
}

static struct qtest *peer_start(struct peer *p)
{
    struct qtest *q;
    g_autofree char *netdev = NULL;

    *p = (struct peer){.listener = -1, .fd = -1};
    if (!qtest_has_option("stream")) {
        return NULL;
    }
    peer_open(p);
    netdev =
        g_strdup_printf("-netdev stream,id=n0,server=off,addr.type=unix,addr.path=%s", p->path);
    q = begin(netdev);
    if (q) {
        struct pollfd wait = {.fd = p->listener, .events = POLLIN};

        g_assert_cmpint(poll(&wait, 1, 20000), ==, 1);
        p->fd = accept(p->listener, NULL, NULL);
        g_assert_cmpint(p->fd, >=, 0);
    }
    return q;
}

static void peer_close(struct peer *p)
{
    if (p->listener < 0) {
        return;
    }
    if (p->fd >= 0) {
        close(p->fd);
    }
    close(p->listener);
    g_unlink(p->path);
    g_rmdir(p->dir);
    g_free(p->path);
    g_free(p->dir);
}

static void peer_read(struct peer *p, void *buf, size_t len)
{
    uint8_t *to = buf;

    while (len) {
        struct pollfd wait = {.fd = p->fd, .events = POLLIN};
        ssize_t n;

        g_assert_cmpint(poll(&wait, 1, 20000), ==, 1);
        n = read(p->fd, to, len);
        g_assert_cmpint(n, >, 0);
        to += n;
        len -= (size_t)n;
    }
}

static bool peer_has_data(struct peer *p)
{
    struct pollfd wait = {.fd = p->fd, .events = POLLIN};

    return poll(&wait, 1, 50) == 1;
}

static void peer_write(struct peer *p, const uint8_t *frame, uint32_t len)
{
    uint32_t be = GUINT32_TO_BE(len);

    g_assert_cmpint(write(p->fd, &be, 4), ==, 4);
    g_assert_cmpint(write(p->fd, frame, len), ==, (ssize_t)len);
}

static void make_frame(uint8_t *f, const uint8_t *to, unsigned len)
{
    memcpy(f, to, 6);
    memcpy(f + 6, mac, 6);
    f[12] = 0x88;
    f[13] = 0xb5;
    for (unsigned i = 14; i < len; i++) {
        f[i] = (uint8_t)(i * 3 + 1);
    }
}

static void test_transmit(void)
{
    static const uint8_t other[6] = {0x52, 0x54, 0x00, 0xaa, 0xbb, 0xcc};
    struct peer p;
    struct qtest *q = peer_start(&p);
    uint8_t frame[100], got[100];
    uint32_t len;

    if (q) {
        make_frame(frame, other, sizeof(frame));
        start(q, 0x04, 0x00);
        transmit(q, frame, sizeof(frame));
        qtest_irq_wait(q, IRQ, 100);
        g_assert_cmphex(qtest_inb(q, ISR) & ISR_PTX, ==, ISR_PTX);
        g_assert_cmphex(qtest_inb(q, CR) & 0x04, ==, 0); /* TXP is down again */
        g_assert_cmphex(qtest_inb(q, IO + 4) & 0x01, ==, 0x01);
        qtest_outb(q, ISR, ISR_PTX);
        g_assert_false(qtest_irq(q, IRQ));
        for (int i = 0; !peer_has_data(&p); i++) { /* sent before the far end was there: again */
            g_assert_cmpint(i, <, 6000);
            transmit(q, frame, sizeof(frame));
            qtest_clock_step(q, 10000000);
            g_usleep(i < 20 ? 0 : 10000);
        }
        peer_read(&p, &len, 4);
        g_assert_cmpuint(GUINT32_FROM_BE(len), ==, sizeof(frame));
        peer_read(&p, got, sizeof(got));
        g_assert_cmpint(memcmp(frame, got, sizeof(frame)), ==, 0);
        qtest_quit(q);
    }
    peer_close(&p);
}

static void test_receive(void)
{
    static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t stranger[6] = {0x52, 0x54, 0x00, 0x99, 0x99, 0x99};
    struct peer p;
    struct qtest *q = peer_start(&p);
    uint8_t frame[300], got[304], head[4];

    if (q) {
        start(q, 0x04, 0x00);
        make_frame(frame, stranger, sizeof(frame)); /* not for us: not taken */
        peer_write(&p, frame, sizeof(frame));
        make_frame(frame, mac, sizeof(frame));
        peer_write(&p, frame, sizeof(frame));
        for (int i = 0; !(qtest_irq(q, IRQ)); i++) {
            g_assert_cmpint(i, <, 60000);
            g_usleep(1000);
            qtest_clock_step(q, 100000);
        }
        g_assert_cmphex(qtest_inb(q, ISR) & ISR_PRX, ==, ISR_PRX);
        qtest_outb(q, ISR, ISR_PRX);
        g_assert_cmphex(current_page(q), ==, RX_START + 2);
        get(q, RX_START << 8, head, 4);
        g_assert_cmphex(head[0] & 0x01, ==, 0x01);
        g_assert_cmphex(head[1], ==, RX_START + 2);
        g_assert_cmpuint(head[2] | head[3] << 8, ==, sizeof(frame) + 4);
        get(q, (RX_START << 8) + 4, got, sizeof(frame));
        g_assert_cmpint(memcmp(frame, got, sizeof(frame)), ==, 0);
        qtest_outb(q, BNRY, RX_START + 1);
        /* broadcast is taken as RCR says; a short one is padded to 60 bytes */
        make_frame(frame, broadcast, 40);
        peer_write(&p, frame, 40);
        for (int i = 0; !(qtest_irq(q, IRQ)); i++) {
            g_assert_cmpint(i, <, 60000);
            g_usleep(1000);
            qtest_clock_step(q, 100000);
        }
        get(q, (RX_START + 2) << 8, head, 4);
        g_assert_cmphex(head[1], ==, RX_START + 3);
        g_assert_cmpuint(head[2] | head[3] << 8, ==, 64);
        qtest_quit(q);
    }
    peer_close(&p);
}

/* ARP to the router of user networking: out through the transmitter, back into the ring. */
static void test_arp(void)
{
    static const uint8_t router[4] = {10, 0, 2, 2}, self[4] = {10, 0, 2, 15};
    struct qtest *q = begin(NULL);
    uint8_t f[64] = {0}, head[4];

    if (!q) {
        return;
    }
    start(q, 0x04, 0x00);
    memset(f, 0xff, 6);
    memcpy(f + 6, mac, 6);
    memcpy(f + 12, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 10);
    memcpy(f + 22, mac, 6);
    memcpy(f + 28, self, 4);
    memcpy(f + 38, router, 4);
    for (int i = 0; current_page(q) == RX_START; i++) {
        g_assert_cmpint(i, <, 60000);
        if (i % 200 == 0) { /* the network behind may still be starting */
            transmit(q, f, 60);
            qtest_clock_step(q, 1000000);
            qtest_irq_wait(q, IRQ, 100); /* the answer may be here, too */
            g_assert_cmphex(qtest_inb(q, ISR) & ISR_PTX, ==, ISR_PTX);
            qtest_outb(q, ISR, ISR_PTX);
        }
        g_usleep(1000);
        qtest_clock_step(q, 100000);
    }
    g_assert_cmphex(qtest_inb(q, ISR) & ISR_PRX, ==, ISR_PRX);
    g_assert_true(qtest_irq(q, IRQ));
    get(q, RX_START << 8, head, 4);
    g_assert_cmphex(head[0] & 0x01, ==, 0x01);
    g_assert_cmphex(head[1], ==, RX_START + 1);
    get(q, (RX_START << 8) + 4, f, 60);
    g_assert_cmpint(memcmp(f, mac, 6), ==, 0);
    g_assert_cmphex(f[21], ==, 2); /* a reply */
    g_assert_cmpint(memcmp(f + 28, router, 4), ==, 0);
    qtest_outb(q, ISR, 0xff);
    g_assert_false(qtest_irq(q, IRQ));
    qtest_quit(q);
}

/* More frames than the ring holds: the overflow is told, nothing before BNRY is overwritten. */
static void test_ring_full(void)
{
    struct peer p;
    struct qtest *q = peer_start(&p);
    uint8_t frame[1000], head[4];
    unsigned pages = 0;

    if (q) {
        start(q, 0x04, 0x00);
        qtest_outb(q, BNRY, RX_START);
        make_frame(frame, mac, sizeof(frame));
        for (unsigned i = 0; i < 30; i++) {
            peer_write(&p, frame, sizeof(frame));
        }
        for (unsigned i = 0, still = 0; still < 200; i++) { /* all that has room */
            uint8_t before = current_page(q);

            g_assert_cmpuint(i, <, 60000);
            g_usleep(1000);
            qtest_clock_step(q, 1000000);
            still = before == RX_START || before != current_page(q) ? 0 : still + 1;
        }
        for (unsigned page = RX_START; page != current_page(q); page = head[1]) {
            get(q, (uint16_t)(page << 8), head, 4);
            g_assert_cmpuint(head[2] | head[3] << 8, ==, sizeof(frame) + 4);
            g_assert_cmpuint(head[1], >=, RX_START);
            g_assert_cmpuint(head[1], <, RX_STOP);
            pages += 4;
            g_assert_cmpuint(pages, <=, RX_STOP - RX_START);
        }
        g_assert_cmpuint(pages, >=, 40);
        qtest_quit(q);
    }
    peer_close(&p);
}

/* Internal loopback: the transmitter says that it is done, and nothing is answered. */
static void test_loopback(void)
{
    struct qtest *q = begin(NULL);
    uint8_t frame[64];

    if (!q) {
        return;
    }
    make_frame(frame, mac, sizeof(frame));
    start(q, 0x04, 0x02);
    transmit(q, frame, sizeof(frame));
    qtest_irq_wait(q, IRQ, 100);
    g_assert_cmphex(qtest_inb(q, ISR) & ISR_PTX, ==, ISR_PTX);
    g_assert_cmphex(qtest_inb(q, CR) & 0x04, ==, 0);
    qtest_quit(q);
}

/* Remote DMA over the end of the ring, at addresses that nothing answers, of lengths of all. */
static void test_odd_dma(void)
{
    struct qtest *q = begin(NULL);

    if (!q) {
        return;
    }
    start(q, 0x04, 0x00);
    for (unsigned addr = 0; addr < 0x10000; addr += 0x777) {
        remote(q, (uint16_t)addr, 0xffff, 0x0a);
        qtest_inw(q, DATA);
        qtest_inl(q, DATA);
        remote(q, (uint16_t)addr, 3, 0x12);
        qtest_outl(q, DATA, 0x12345678);
        qtest_outl(q, DATA, 0x12345678);
    }
    qtest_outb(q, PSTART, 0xff);
    qtest_outb(q, PSTOP, 0x00);
    qtest_outb(q, TPSR, 0xff);
    qtest_outb(q, TBCR0, 0xff);
    qtest_outb(q, TBCR1, 0xff);
    qtest_outb(q, CR, 0x26);
    qtest_clock_step(q, 100000000);
    qtest_outb(q, RESET, qtest_inb(q, RESET));
    qtest_clock_step(q, 10000000);
    g_assert_cmphex(qtest_inb(q, ISR) & ISR_RST, ==, ISR_RST);
    qtest_quit(q);
}

/* With dwords, and the chip's identity. */
static void test_pci(void)
{
    struct qtest *q = begin(NULL);

    if (!q) {
        return;
    }
    g_assert_cmphex(qtest_inb(q, IO + 10), ==, qtest_is_qemu() ? 0xff : 0x50);
    qtest_outb(q, DCR, 0x49);
    remote(q, 0x4000, 8, 0x12);
    qtest_outl(q, DATA, 0x44332211);
    qtest_outl(q, DATA, 0x88776655);
    remote(q, 0x4000, 8, 0x0a);
    g_assert_cmphex(qtest_inl(q, DATA), ==, 0x44332211);
    g_assert_cmphex(qtest_inl(q, DATA), ==, 0x88776655);
    g_assert_cmphex(qtest_inb(q, ISR) & ISR_RDC, ==, ISR_RDC);
    qtest_quit(q);
}

static void run(gconstpointer test)
{
    on_pci = g_str_has_prefix(g_test_get_path(), "/ne2000/pci/");
    ((void (*)(void))test)();
}

/* A test of both cards. */
static void add(const char *name, void (*test)(void))
{
    g_autofree char *isa = g_strdup_printf("/ne2000/isa/%s", name);
    g_autofree char *pci = g_strdup_printf("/ne2000/pci/%s", name);

    g_test_add_data_func(isa, (void *)test, run);
    g_test_add_data_func(pci, (void *)test, run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("linux-probe", test_linux_probe);
    add("freebsd-probe", test_freebsd_probe);
    add("transmit", test_transmit);
    add("receive", test_receive);
    add("arp", test_arp);
    add("ring-full", test_ring_full);
    add("loopback", test_loopback);
    add("odd-dma", test_odd_dma);
    g_test_add_data_func("/ne2000/pci/card", (void *)test_pci, run);
    return g_test_run();
}
