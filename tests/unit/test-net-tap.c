/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev tap and bridge. What needs an interface runs in a network namespace of its own, which takes
 * rights; without them those tests say SKIP.
 */
#include "tests/unit/net-rig.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

static bool own_network(void)
{
    static int got = -1;

    if (got < 0) {
        got = unshare(CLONE_NEWNET) == 0 && access("/dev/net/tun", R_OK | W_OK) == 0;
    }
    if (!got) {
        g_test_skip("no rights for a network namespace and /dev/net/tun");
    }
    return got;
}

/* The host's side of an interface: up, and a socket for its frames. */
static int host_side(const char *name)
{
    struct ifreq r;
    struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));

    g_assert_cmpint(fd, >=, 0);
    memset(&r, 0, sizeof(r));
    g_strlcpy(r.ifr_name, name, IFNAMSIZ);
    g_assert_cmpint(ioctl(fd, SIOCGIFFLAGS, &r), ==, 0);
    r.ifr_flags |= IFF_UP;
    g_assert_cmpint(ioctl(fd, SIOCSIFFLAGS, &r), ==, 0);
    g_assert_cmpint(ioctl(fd, SIOCGIFINDEX, &r), ==, 0);
    ll.sll_ifindex = r.ifr_ifindex;
    g_assert_cmpint(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), ==, 0);
    return fd;
}

static void exchange(struct card *c, int host)
{
    uint8_t f[1514] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 1, 2, 3, 0x88, 0xb5};
    uint8_t got[2048];
    ssize_t n = 0;

    for (unsigned len = 60; len <= 1514; len += 727) {
        unsigned before = c->frames;

        f[20] = (uint8_t)(len & 0xff);
        g_assert_cmpint(send(host, f, len, 0), ==, (ssize_t)len);
        WAIT(c->frames > before && c->last[12] == 0x88 && c->last_len == len &&
             c->last[20] == (len & 0xff));
        g_assert_true(link_send(c->link, f, len));
        WAIT((n = recv(host, got, sizeof(got), 0)) > 13 && got[12] == 0x88);
        g_assert_cmpint(n, ==, (ssize_t)len);
    }
}

static void test_ifname(void)
{
    struct card c;
    char *text;
    int host;

    if (!own_network()) {
        return;
    }
    card_new(&c, "tap,id=n,ifname=nbt0,script=no,downscript=no,vhost=off");
    text = link_describe(c.link);
    g_assert_cmpstr(text, ==, "tap,ifname=nbt0");
    g_free(text);
    expect_error("tap,id=m,ifname=nbt0,script=no", "ifname=nbt0", "another program");
    card_send(&c, 60, 1); /* the interface is down: lost */
    settle_loop();
    g_assert_true(link_carrier(c.link));
    host = host_side("nbt0");
    exchange(&c, host);
    close(host);
    link_free_all();
    g_assert_cmpuint(if_nametoindex("nbt0"), ==, 0);
    expect_error("tap,id=n,ifname=lo,script=no", "ifname=lo", "not a tap interface");
    card_new(&c, "tap,id=n,script=no,downscript=no"); /* a name of the kernel's choice */
    g_assert_cmpuint(if_nametoindex("tap0"), !=, 0);
    link_free_all();
}

/* A flood from the host into a guest that takes nothing is the kernel's to drop. */
static void test_flood(void)
{
    struct card c;
    uint8_t f[1000] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 1, 2, 3, 0x88, 0xb5};
    int host;

    if (!own_network()) {
        return;
    }
    card_new(&c, "tap,id=n,ifname=nbt0,script=no,downscript=no");
    host = host_side("nbt0");
    c.busy = true;
    for (unsigned i = 0; i < 3000; i++) {
        if (send(host, f, sizeof(f), 0) < 0) {
            g_assert_cmpint(errno, ==, ENOBUFS);
        }
        loop_iterate(false);
    }
    c.busy = false;
    link_ready(c.link);
    settle_loop();
    g_assert_cmpuint(c.frames, >=, LINK_RX_FRAMES);
    g_assert_cmpuint(c.frames, <, 3000);
    exchange(&c, host);
    close(host);
    link_free_all();
}

/* fd=, with and without the header that libvirt asks for. */
static void test_fd(void)
{
    for (int header = 0; own_network() && header < 2; header++) {
        struct ifreq r = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (header ? IFF_VNET_HDR : 0))};
        int fd = open("/dev/net/tun", O_RDWR), host;
        struct card c;

        g_strlcpy(r.ifr_name, "nbt1", IFNAMSIZ);
        g_assert_cmpint(ioctl(fd, TUNSETIFF, &r), ==, 0);
        card_new(&c, "tap,id=n,fd=%d", fd);
        host = host_side("nbt1");
        exchange(&c, host);
        close(host);
        link_free_all();
    }
}

static char *write_script(const char *name, const char *text)
{
    char *path = rig_path(name);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
    return path;
}

static void test_scripts(void)
{
    g_autofree char *log = rig_path("log"), *said = NULL;
    g_autofree char *up_text = g_strdup_printf("#!/bin/sh\necho up $1 $# >%s\n", log);
    g_autofree char *down_text = g_strdup_printf("#!/bin/sh\necho down $1 >>%s\n", log);
    g_autofree char *up = write_script("up", up_text), *down = write_script("down", down_text);
    g_autofree char *bad = write_script("bad", "#!/bin/sh\nexit 3\n");
    g_autofree char *refused = g_strdup_printf("tap,id=n,ifname=nbt2,script=%s", bad);
    struct card c;

    if (own_network()) {
        card_new(&c, "tap,id=n,ifname=nbt2,script=%s,downscript=%s", up, down);
        link_free_all();
        g_assert_true(g_file_get_contents(log, &said, NULL, NULL));
        g_assert_cmpstr(said, ==, "up nbt2 1\ndown nbt2\n");
        expect_error(refused, bad, "ended with code 3");
        expect_error("tap,id=n,ifname=nbt2,script=/nowhere/up", "/nowhere/up", "script=no");
        g_assert_cmpuint(if_nametoindex("nbt2"), ==, 0);
        g_unlink(log);
    }
    g_unlink(up);
    g_unlink(down);
    g_unlink(bad);
    rig_end();
}

/* Helpers that fail, give nothing, or give something else. */
static void test_helper(void)
{
    g_autofree char *bad = write_script("bad", "#!/bin/sh\nexit 4\n");
    g_autofree char *silent = write_script("silent", "#!/bin/sh\necho $@ >$0.log\nexit 0\n");
    g_autofree char *log = g_strconcat(silent, ".log", NULL), *said = NULL;
    g_autofree char *one = g_strdup_printf("bridge,id=n,br=br7,helper=%s", bad);
    g_autofree char *two = g_strdup_printf("tap,id=n,br=br7,helper=%s", silent);
    g_autofree char *three = g_strdup_printf("tap,id=n,helper=%s --br=br8", silent);

    expect_error(one, "br=br7", "ended with code 4");
    expect_error(two, "br=br7", "gives no interface");
    g_assert_true(g_file_get_contents(log, &said, NULL, NULL));
    g_assert_cmpstr(said, ==, "--fd=3 --br=br7\n");
    expect_error(three, "br=br0", "gives no interface");
    expect_error("bridge,id=n,helper=/nowhere/helper", "/nowhere/helper", "qemu-system-common");
    g_unlink(bad);
    g_unlink(silent);
    g_unlink(log);
    rig_end();
}

static void test_errors(void)
{
    static const struct {
        const char *text, *a, *b;
    } bad[] = {
        {"tap,id=n,fd=999", "fd=999", "not open"},
        {"tap,id=n,fd=x", "fd=x", "number"},
        {"tap,id=n,fd=0", "fd=0", "not"},
        {"tap,id=n,fd=3,ifname=a", "fd=", "without ifname="},
        {"tap,id=n,helper=/x,script=no", "helper=", "without script="},
        {"tap,id=n,vhost=on", "vhost=on", "no card"},
        {"tap,id=n,vhostfd=4", "vhostfd=", "no vhost"},
        {"tap,id=n,queues=2", "queues=2", "1 to 1"},
        {"tap,id=n,ifnam=tap0,script=no", "ifnam", "did you mean \"ifname\""},
        {"tap,id=n,ifname=a-name-that-is-too-long,script=no", "ifname=", "1 to 15"},
        {"bridge,id=n,bridge=br0", "bridge", "unknown word"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        expect_error(bad[i].text, bad[i].a, bad[i].b);
        g_assert_null(link_find("n"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    loop_init();
    g_test_add_func("/net/tap/ifname", test_ifname);
    g_test_add_func("/net/tap/flood", test_flood);
    g_test_add_func("/net/tap/fd", test_fd);
    g_test_add_func("/net/tap/scripts", test_scripts);
    g_test_add_func("/net/tap/helper", test_helper);
    g_test_add_func("/net/tap/errors", test_errors);
    return g_test_run();
}
