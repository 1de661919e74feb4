/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NE2000: what broke other models of it, one test each. */
#include "tests/unit/ne2000-rig.h"

const struct device_class *const device_classes[] = {&ne2k_isa_class, &ne2k_pci_class, NULL};

/* Everything a guest can set up wrongly, then frames, from both sides. */
static void torture(struct rig *r, unsigned pstart, unsigned pstop, unsigned bnry, unsigned curr,
                    unsigned len)
{
    out(r, 0, 0x21);
    out(r, 1, pstart);
    out(r, 2, pstop);
    out(r, 3, bnry);
    set_paged(r, 1, 7, curr);
    out(r, 0xc, 0x1e);
    out(r, 0xd, 0);
    out(r, 0, 0x22);
    deliver(r, len, rig_mac, curr);
    deliver(r, len, rig_mac, curr);
    g_assert_null(device_check(r->dev));
}

static void cve_2007_1321(void) /* receive registers taken as signed numbers */
{
    struct rig *r = rig_wire();

    for (unsigned v = 0x70; v <= 0x90; v++) {
        torture(r, v, v ^ 0xff, 0xff - v, v, 1514);
        torture(r, 0xff - v, v, v, 0x80, 60);
    }
    rig_free(r);
}

static void cve_2007_5729(void) /* transmit count beyond the MTU */
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    for (unsigned len = 1; len < 65536; len += len < 2200 ? 1 : 997) {
        guint before = r->sent->len;

        send_one(r, len & 0xff, len);
        wire_done(r);
        g_assert_cmphex(in(r, 0), ==, 0x22);
        g_assert_cmpuint(r->sent->len - before, ==, len <= 1518);
    }
    rig_free(r);
}

static void cve_2015_5278(void) /* receive without end when the ring has no room */
{
    struct rig *r = rig_wire();

    for (unsigned v = 0; v < 256; v++) {
        torture(r, v, v, v, v, 1514);
        torture(r, v, v + 1, v, v, 1514);
    }
    rig_free(r);
}

static void cve_2015_5279(void) /* ring pointers outside the memory */
{
    struct rig *r = rig_wire();

    for (unsigned i = 0; i < 20000; i++) {
        torture(r, g_test_rand_int() & 0xff, g_test_rand_int() & 0xff, g_test_rand_int() & 0xff,
                g_test_rand_int() & 0xff, (unsigned)g_test_rand_int_range(1, 2049));
    }
    rig_free(r);
}

static void cve_2015_8743(void) /* wide accesses at the end of the memory */
{
    static const unsigned ends[] = {0x3fff, 0x4000, 0x7ffe, 0x7fff, 0x8000, 0xbfff, 0xfffe, 0xffff};
    struct rig *r = rig_new(NULL);
    uint8_t buf[8 * 40];

    for (unsigned e = 0; e < G_N_ELEMENTS(ends); e++) {
        for (unsigned port = BASE; port < BASE + 32; port++) {
            for (unsigned width = 1; width <= 8; width *= 2) {
                for (unsigned mode = 0; mode < 4; mode++) {
                    memset(buf, 0x5a, sizeof(buf));
                    out(r, 0, 0x22);
                    out(r, 0xe, mode & 1);
                    dma_setup(r, ends[e], 0xffff, mode & 2 ? 0x12 : 0x0a);
                    space_access(r->stub->board.ports, port, width, 1, mode & 2, buf);
                    space_access(r->stub->board.ports, port, width, 40, mode & 2, buf);
                }
            }
        }
    }
    rig_free(r);
}

static void cve_2016_2841(void) /* PSTOP not above PSTART */
{
    struct rig *r = rig_wire();

    for (unsigned start = 0; start < 256; start += 5) {
        for (unsigned stop = 0; stop < 256; stop += 3) {
            torture(r, start, stop, stop, start, 1514);
            torture(r, start, stop, start, stop, 1514);
        }
    }
    rig_free(r);
}

static void cve_2018_10839(void) /* size truncated to a smaller type */
{
    struct rig *r = rig_wire();

    for (unsigned len = 1; len <= LINK_FRAME_MAX; len++) {
        rig_open(r);
        out(r, 0xc, 0x1e);
        deliver(r, len, rig_mac, 1);
        if (len >= 14 && len <= 1518) {
            uint8_t *at = r->core->s->ram + 0xd00;

            g_assert_cmpuint(at[2] | at[3] << 8, ==, len + 4);
        } else {
            g_assert_cmphex(in(r, 7), ==, 0);
        }
    }
    rig_free(r);
}

/* CVE-2021-3416 is its class: a looped frame that re-enters the receiver. */
static void cve_2021_3416(void)
{
    struct rig *r = rig_new(NULL);

    rig_open(r);
    make_frame(r->core->s->ram, 60, rig_mac, 0);
    for (unsigned mode = 0; mode < 8; mode++) {
        loop_once(r, mode, 1500);
        g_assert_cmphex(paged(r, 1, 7), ==, RX_START + 1); /* never into the ring */
    }
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_add("cve_2007_1321", cve_2007_1321);
    rig_add("cve_2007_5729", cve_2007_5729);
    rig_add("cve_2015_5278", cve_2015_5278);
    rig_add("cve_2015_5279", cve_2015_5279);
    rig_add("cve_2015_8743", cve_2015_8743);
    rig_add("cve_2016_2841", cve_2016_2841);
    rig_add("cve_2018_10839", cve_2018_10839);
    rig_add("cve_2021_3416", cve_2021_3416);
    return g_test_run();
}
