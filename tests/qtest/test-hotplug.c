/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cards and networks that come and go by QMP and HMP, with the test as the guest's ACPI: the slot
 * registers at AE00h, GPE 1 at AFE0h.
 */
#include "tests/qtest/libqtest.h"

#include <string.h>

#define UP 0xae00
#define DOWN 0xae04
#define EJECT 0xae08
#define REMOVABLE 0xae0c
#define GPE_STS 0xafe0
#define GPE_EN 0xafe2
#define SLOT 5u
#define BIT (1u << SLOT)
#define SCI 9

/* A part of the answer as JSON, or of a message in it. */
static void expect(struct qtest *q, const char *command, const char *part)
{
    g_autofree char *got = qtest_qmp(q, "%s", command);

    if (!qtest_json_has(got, part) && !strstr(got, part)) {
        g_error("%s was answered %s, which lacks %s", command, got, part);
    }
}

static void expect_hmp(struct qtest *q, const char *line, const char *part)
{
    g_autofree char *got = qtest_hmp(q, "%s", line);

    if (!strstr(got, part)) {
        g_error("%s printed \"%s\", which lacks \"%s\"", line, got, part);
    }
}

static void test_card(void)
{
    struct qtest *q = qtest_start("-m 16 -nodefaults -vga std");
    g_autofree char *event = NULL;

    if (!q) {
        return;
    }
    qtest_irq_watch(q);
    qtest_outb(q, 0xb2, 0xf1);
    qtest_outb(q, GPE_EN, 2);
    g_assert_cmphex(qtest_inl(q, REMOVABLE), ==, 0xfffffff8u);
    qtest_qmp_ok(q, "{'execute':'netdev_add','arguments':{'type':'hubport','id':'n0','hubid':0}}");
    qtest_qmp_ok(q, "{'execute':'device_add','arguments':{'driver':'rtl8139','id':'r0',"
                    "'netdev':'n0','addr':'5','mac':'52:54:00:00:00:05'}}");
    g_assert_true(qtest_irq(q, SCI));
    g_assert_cmphex(qtest_inb(q, GPE_STS), ==, 2);
    qtest_outb(q, GPE_STS, 2);
    g_assert_false(qtest_irq(q, SCI));
    g_assert_cmphex(qtest_inl(q, UP), ==, BIT);
    g_assert_cmphex(qtest_pci_readl(q, SLOT << 3, 0), ==, 0x813910ecu);
    expect_hmp(q, "info qtree", "dev: rtl8139, id \"r0\"");
    expect_hmp(q, "info pci", "device   5");
    expect(q, "{'execute':'qom-list','arguments':{'path':'/machine/peripheral'}}",
           "'type':'child<rtl8139>'");
    expect(q,
           "{'execute':'qom-get','arguments':{'path':'/machine/peripheral/r0',"
           "'property':'hotplugged'}}",
           "'return':true");
    expect(q, "{'execute':'device_add','arguments':{'driver':'rtl8139','netdev':'n0'}}", "in use");
    /* its registers work: a station address in ports that the guest places */
    qtest_pci_writel(q, SLOT << 3, 0x10, 0xc000);
    qtest_pci_writew(q, SLOT << 3, 4, 5);
    g_assert_cmphex(qtest_inb(q, 0xc005), ==, 5);

    qtest_qmp_ok(q, "{'execute':'device_del','arguments':{'id':'r0'}}");
    g_assert_true(qtest_irq(q, SCI));
    g_assert_cmphex(qtest_inl(q, DOWN), ==, BIT);
    g_assert_cmphex(qtest_inb(q, 0xc005), ==, 5); /* until the guest lets go */
    qtest_outl(q, EJECT, BIT);
    event = qtest_qmp_event(q, "DEVICE_DELETED");
    g_assert_true(qtest_json_has(event, "'device':'r0'"));
    g_assert_true(qtest_json_has(event, "'path':'/machine/peripheral/r0'"));
    g_assert_cmphex(qtest_pci_readl(q, SLOT << 3, 0), ==, 0xffffffffu);
    g_assert_cmphex(qtest_inl(q, DOWN), ==, 0);
    expect(q, "{'execute':'device_del','arguments':{'id':'r0'}}", "'class':'DeviceNotFound'");
    /* its network is free again */
    qtest_qmp_ok(q, "{'execute':'device_add','arguments':{'driver':'rtl8139','netdev':'n0'}}");
    qtest_quit(q);
}

/* A reset does not wait for the guest. */
static void test_reset(void)
{
    struct qtest *q = qtest_start("-m 16 -nodefaults");
    g_autofree char *event = NULL, *anonymous = NULL;

    if (!q) {
        return;
    }
    qtest_qmp_ok(q, "{'execute':'device_add','arguments':{'driver':'e1000','id':'e'}}");
    qtest_qmp_ok(q, "{'execute':'device_add','arguments':{'driver':'pcnet'}}");
    qtest_qmp_ok(q, "{'execute':'device_add','arguments':{'driver':'ne2k_pci','id':'stays'}}");
    qtest_qmp_ok(q, "{'execute':'device_del','arguments':{'id':'e'}}");
    qtest_qmp_ok(
        q, "{'execute':'device_del','arguments':{'id':'/machine/peripheral-anon/device[0]'}}");
    qtest_qmp_ok(q, "{'execute':'system_reset'}");
    event = qtest_qmp_event(q, "DEVICE_DELETED");
    anonymous = qtest_qmp_event(q, "DEVICE_DELETED");
    g_assert_true(qtest_json_has(event, "'device':'e'"));
    g_assert_true(qtest_json_has(anonymous, "'path':'/machine/peripheral-anon/device[0]'"));
    g_assert_false(qtest_json_has(anonymous, "'device':"));
    expect(q, "{'execute':'qom-list','arguments':{'path':'/machine/peripheral'}}",
           "'name':'stays'");
    g_assert_cmphex(qtest_inl(q, DOWN), ==, 0);
    qtest_quit(q);
}

static void test_errors(void)
{
    struct qtest *q = qtest_start("-m 16 -nodefaults -device VGA,id=v -device ne2k_isa,id=i");

    if (!q) {
        return;
    }
    expect(q, "{'execute':'device_add','arguments':{'driver':'VGA'}}", "pluggable device type");
    expect(q, "{'execute':'device_add','arguments':{'driver':'ne2k_isa','id':'j'}}",
           "Bus 'isa.0' does not support hotplugging");
    expect(q, "{'execute':'device_add','arguments':{'driver':'e1000','id':'i'}}",
           "Duplicate device ID 'i'");
    expect(q, "{'execute':'device_add','arguments':{}}", "'driver' is missing");
    if (!qtest_is_qemu()) { /* which passes over lists */
        expect(q, "{'execute':'device_add','arguments':{'driver':'e1000','x':[1,{'y':2}]}}",
               "'class':'GenericError'");
    }
    expect(q, "{'execute':'device_add','arguments':{'driver':'e1000','a,b=c':'d'}}",
           "'class':'GenericError'");
    expect(q, "{'execute':'device_del','arguments':{'id':'v'}}",
           "Device 'VGA' does not support hotplugging");
    expect(q, "{'execute':'device_del','arguments':{'id':'i'}}",
           "Bus 'isa.0' does not support hotplugging");
    expect(q, "{'execute':'device_del','arguments':{'id':'/machine'}}",
           "/machine is not a hotpluggable device");
    expect(q, "{'execute':'device_del','arguments':{'id':'/x'}}", "'class':'DeviceNotFound'");
    expect_hmp(q, "device_add e1000,id=h", "");
    expect_hmp(q, "device_add e1000,id=h", "Duplicate device ID 'h'");
    expect_hmp(q, "device_add help", "name \"rtl8139\", bus PCI");
    expect_hmp(q, "device_del nothing", "Device 'nothing' not found");
    qtest_quit(q);

    q = qtest_start("-m 16 -nodefaults -no-acpi -device e1000,id=e");
    expect(q, "{'execute':'device_add','arguments':{'driver':'e1000'}}",
           "Bus 'pci.0' does not support hotplugging");
    expect(q, "{'execute':'device_del','arguments':{'id':'e'}}",
           "Bus 'pci.0' does not support hotplugging");
    qtest_quit(q);
}

/* All back ends, and what is wrong with them. */
static void test_networks(void)
{
    struct qtest *q = qtest_start("-m 16 -nodefaults");
    g_autofree char *path = q ? qtest_path(q, "net") : NULL;

    if (!q) {
        return;
    }
    qtest_qmp_ok(q,
                 "{'execute':'netdev_add','arguments':{'type':'stream','id':'s','server':true,"
                 "'addr':{'type':'unix','path':'%s'}}}",
                 path);
    qtest_qmp_ok(q, "{'execute':'netdev_add','arguments':{'type':'dgram','id':'d',"
                    "'local':{'type':'inet','host':'127.0.0.1','port':'0'},"
                    "'remote':{'type':'inet','host':'127.0.0.1','port':'9'}}}");
    qtest_qmp_ok(q, "{'execute':'netdev_add','arguments':{'type':'socket','id':'o',"
                    "'udp':'127.0.0.1:9','localaddr':'127.0.0.1:0'}}");
    qtest_qmp_ok(q, "{'execute':'netdev_add','arguments':{'type':'hubport','id':'h','hubid':3,"
                    "'netdev':'o'}}");
    expect(q, "{'execute':'netdev_add','arguments':{'type':'hubport','id':'h','hubid':3}}",
           "Duplicate ID 'h'");
    expect(q, "{'execute':'netdev_add','arguments':{'type':'hubport','id':'i'}}",
           "'hubid' is missing");
    expect(q, "{'execute':'netdev_add','arguments':{'type':'hubport','id':'i','hubid':'x'}}",
           "'class':'GenericError'");
    expect(q, "{'execute':'netdev_add','arguments':{'type':'hubport','id':'i i','hubid':1}}",
           "expects an identifier");
    expect(q, "{'execute':'netdev_add','arguments':{'type':'carrier-pigeon','id':'p'}}",
           "does not accept value 'carrier-pigeon'");
    expect(q, "{'execute':'netdev_add','arguments':{'type':'tap','id':'t','fd':'nobody'}}",
           "'class':'GenericError'");
    expect_hmp(q, "netdev_add hubport,id=m,hubid=7", "");
    expect_hmp(q, "info network", "m");
    expect_hmp(q, "netdev_del m", "");
    expect_hmp(q, "netdev_del m", "Device 'm' not found");
    /* the back end of a hub's port goes before the port */
    qtest_qmp_ok(q, "{'execute':'netdev_del','arguments':{'id':'o'}}");
    qtest_qmp_ok(q, "{'execute':'netdev_del','arguments':{'id':'h'}}");
    expect(q, "{'execute':'netdev_del','arguments':{'id':'h'}}", "'class':'DeviceNotFound'");
    /* a card keeps a dead cable, and the name is free */
    qtest_qmp_ok(q, "{'execute':'device_add','arguments':{'driver':'e1000','id':'c',"
                    "'netdev':'d','addr':'5'}}");
    qtest_qmp_ok(q, "{'execute':'netdev_del','arguments':{'id':'d'}}");
    qtest_qmp_ok(q, "{'execute':'netdev_add','arguments':{'type':'hubport','id':'d','hubid':1}}");
    qtest_qmp_ok(q, "{'execute':'set_link','arguments':{'name':'c','up':true}}");
    qtest_pci_writel(q, SLOT << 3, 0x10, 0xe0000000u);
    qtest_pci_writew(q, SLOT << 3, 4, 6);
    g_assert_cmphex(qtest_readl(q, 0xe0000008u) & 2, ==, 0); /* STATUS.LU */
    qtest_qmp_ok(q, "{'execute':'device_del','arguments':{'id':'c'}}");
    qtest_outl(q, EJECT, BIT);
    g_free(qtest_qmp_event(q, "DEVICE_DELETED"));
    qtest_quit(q);
}

/* User networks have a process each; the guest goes on while one starts. */
static void test_user(void)
{
    struct qtest *q = qtest_start("-m 16 -nodefaults");
    g_autofree char *first = NULL;

    if (!q) {
        return;
    }
    first = qtest_qmp(q, "{'execute':'netdev_add','arguments':{'type':'user','id':'u',"
                         "'restrict':true,'dnssearch':[{'str':'a.example'},{'str':'b.example'}]}}");
    if (qtest_json_has(first, "does not accept value 'user'")) {
        g_test_skip("built without user networks");
    } else {
        g_assert_cmpstr(first, ==, "{\"return\": {}}");
        expect_hmp(q, "info usernet", "(u)");
        expect(q, "{'execute':'netdev_add','arguments':{'type':'user','id':'w','net':'nonsense'}}",
               "'class':'GenericError'");
        expect(q, "{'execute':'netdev_add','arguments':{'type':'user','id':'w','frob':1}}",
               "'frob' is unexpected");
        for (int i = 0; i < 3; i++) {
            qtest_qmp_ok(q, "{'execute':'netdev_del','arguments':{'id':'u'}}");
            qtest_qmp_ok(q, "{'execute':'netdev_add','arguments':{'type':'user','id':'u'}}");
        }
    }
    qtest_quit(q);
}

/* Management hears when the guest sets its clock: how far it is from ours. */
static void test_clock(void)
{
    struct qtest *q = qtest_start("-m 16 -nodefaults -rtc base=2020-01-01T00:00:00");
    g_autofree char *event = NULL;

    if (!q) {
        return;
    }
    qtest_outb(q, 0x70, 0x0b);
    qtest_outb(q, 0x71, 0x82); /* SET, 24 hours, BCD */
    qtest_outb(q, 0x70, 0x04);
    qtest_outb(q, 0x71, 0x05); /* five o'clock */
    qtest_outb(q, 0x70, 0x0b);
    qtest_outb(q, 0x71, 0x02);
    event = qtest_qmp_event(q, "RTC_CHANGE");
    g_assert_true(qtest_json_has(event, "'offset':18000") ||
                  qtest_json_has(event, "'offset':17999"));
    g_assert_true(qtest_json_has(event, "'qom-path':'/machine/unattached/device["));
    qtest_quit(q);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hotplug/card", test_card);
    g_test_add_func("/hotplug/reset", test_reset);
    g_test_add_func("/hotplug/errors", test_errors);
    g_test_add_func("/hotplug/networks", test_networks);
    g_test_add_func("/hotplug/user", test_user);
    g_test_add_func("/hotplug/clock", test_clock);
    return g_test_run();
}
