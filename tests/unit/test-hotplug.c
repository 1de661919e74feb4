/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI cards that come and go: the slot registers and GPE 1, what the guest can see when, and a
 * thousand rounds of it while two vCPUs and the network do all they can.
 */
#include "core/event_gate.h"
#include "core/loop.h"
#include "core/report.h"
#include "hw/pc/board.h"
#include "hw/pci/pci.h"
#include "hw/pci/piix4_gpe.h"
#include "system/plug.h"

#include <string.h>

#define MIB (UINT64_C(1) << 20)
#define SLOT 5u
#define BIT (UINT32_C(1) << SLOT)
#define BAR_IO 0xc000u
#define BAR_MEM 0xe0000000u

static const char *const models[] = {"ne2k_pci", "e1000", "pcnet", "rtl8139", "virtio-net-pci"};

struct rig {
    struct space *ports, *mem;
    struct clock *clock;
    struct pc *pc;
    bool gsi[BOARD_GSIS];
    unsigned deleted;
    char *last; /* path that DEVICE_DELETED named */
};

static struct ram_block *rig_alloc(void *opaque, const char *name, uint64_t size, GError **error)
{
    (void)opaque;
    return ram_block_new(name, size, error);
}

static GBytes *rig_firmware(void *opaque, const char *name, GError **error)
{
    (void)opaque;
    (void)error;
    return g_str_has_prefix(name, "bios") ? g_bytes_new_take(g_malloc0(65536), 65536)
                                          : g_bytes_new("\x55\xaa\x01", 3);
}

static void rig_gsi(void *opaque, unsigned n, bool level)
{
    ((struct rig *)opaque)->gsi[n] = level;
}

static void rig_event(void *opaque, const char *name, GVariant *data, int64_t time_us)
{
    struct rig *r = opaque;

    (void)time_us;
    if (strcmp(name, "DEVICE_DELETED") == 0) {
        r->deleted++;
        g_free(r->last);
        g_assert_true(g_variant_lookup(data, "path", "s", &r->last));
    }
}

static struct rig *rig_new(bool acpi)
{
    struct rig *r = g_new0(struct rig, 1);
    struct pc_config cfg = {
        .ram_size = 16 * MIB,
        .cpus = 2,
        .intc = PC_INTC_HYPERVISOR,
        .gsi = rig_gsi,
        .ram_alloc = rig_alloc,
        .accel_opaque = r,
        .firmware = rig_firmware,
        .vga = true,
        .no_acpi = !acpi,
    };
    g_autoptr(GError) error = NULL;

    loop_init();
    space_reader_register();
    r->ports = space_new_ports();
    r->mem = space_new_memory();
    r->clock = clock_new(true);
    device_path_from(2);
    r->pc = pc_new(r->ports, r->mem, r->clock, &cfg, &error);
    g_assert_no_error(error);
    pc_finish(r->pc);
    plug_init(r->pc);
    device_reset_all();
    event_listen(rig_event, r);
    return r;
}

static void settle(void)
{
    while (loop_iterate(false)) {
    }
}

static void rig_free(struct rig *r)
{
    pc_free(r->pc);
    settle();
    event_unlisten(rig_event, r);
    link_free_all();
    space_free(r->ports);
    space_free(r->mem);
    clock_free(r->clock);
    space_reader_unregister();
    g_free(r->last);
    g_free(r);
}

static uint32_t inl(struct rig *r, uint16_t port)
{
    return (uint32_t)space_read(r->ports, port, 4);
}

static void outl(struct rig *r, uint16_t port, uint32_t value)
{
    space_write(r->ports, port, 4, value);
}

static uint32_t config(struct rig *r, unsigned slot, unsigned offset)
{
    outl(r, 0xcf8, 0x80000000u | slot << 11 | offset);
    return inl(r, 0xcfc);
}

static bool plug(const char *words, const char *part)
{
    g_autoptr(GError) error = NULL;
    struct keyval *kv = keyval_parse("device_add", words, "driver", NULL);
    bool ok = plug_device(kv, &error);

    keyval_free(kv);
    if (part && !strstr(error->message, part)) {
        g_error("%s: \"%s\" lacks \"%s\"", words, error->message, part);
    }
    return ok;
}

static void unplug(const char *id)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(plug_unplug(device_find(id), &error));
    g_assert_no_error(error);
}

/* All models come, are seen, and go when the guest says so; nothing of them stays. */
static void test_models(void)
{
    struct rig *r = rig_new(true);
    g_autoptr(GPtrArray) before = space_regions(r->ports);

    space_write(r->ports, 0xb2, 1, 0xf1); /* ACPI on */
    space_write(r->ports, PIIX4_GPE_PORT + 2, 1, 1u << PIIX4_GPE_HOTPLUG);
    for (unsigned i = 0; i < G_N_ELEMENTS(models); i++) {
        g_autofree char *words = g_strdup_printf("%s,id=card,addr=%x", models[i], SLOT);
        g_autoptr(GPtrArray) after = NULL;
        g_autofree char *mac = NULL;

        g_assert_cmphex(config(r, SLOT, 0), ==, UINT32_MAX);
        g_assert_true(plug(words, NULL));
        mac = device_get(device_find("card"), "mac");
        g_assert_cmpstr(mac, ==, "52:54:00:12:34:56"); /* is free again each time */
        g_assert_cmphex(config(r, SLOT, 0), !=, UINT32_MAX);
        g_assert_true(r->gsi[9]);
        g_assert_cmphex(space_read(r->ports, PIIX4_GPE_PORT, 1), ==, 1u << PIIX4_GPE_HOTPLUG);
        space_write(r->ports, PIIX4_GPE_PORT, 1, 0xff);
        g_assert_false(r->gsi[9]);
        g_assert_cmphex(inl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_UP), ==, BIT);
        g_assert_cmphex(inl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_UP), ==, 0);

        outl(r, 0xcf8, 0x80000010u | SLOT << 11);
        outl(r, 0xcfc, models[i][1] == '1' ? BAR_MEM : BAR_IO);
        outl(r, 0xcf8, 0x80000004u | SLOT << 11);
        outl(r, 0xcfc, 7);
        unplug("card");
        g_assert_true(r->gsi[9]);
        space_write(r->ports, PIIX4_GPE_PORT, 1, 0xff);
        g_assert_cmphex(inl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_DOWN), ==, BIT);
        g_assert_cmphex(config(r, SLOT, 0), !=, UINT32_MAX);
        outl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_EJECT, BIT);
        g_assert_cmphex(config(r, SLOT, 0), ==, UINT32_MAX); /* at once */
        g_assert_nonnull(device_find("card"));
        g_assert_cmphex(inl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_DOWN), ==, 0);
        settle();
        g_assert_null(device_find("card"));
        g_assert_cmpuint(r->deleted, ==, i + 1);
        g_assert_cmpstr(r->last, ==, "/machine/peripheral/card");
        after = space_regions(r->ports);
        g_assert_cmpuint(after->len, ==, before->len);
    }
    rig_free(r);
}

static void test_registers(void)
{
    struct rig *r = rig_new(true);

    /* host bridge, PIIX3 and VGA stay; narrow accesses read 0 */
    g_assert_cmphex(inl(r, PIIX4_SLOTS_PORT + 0xc), ==, 0xfffffff8u);
    g_assert_cmphex(space_read(r->ports, PIIX4_SLOTS_PORT + 0xc, 1), ==, 0);
    outl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_EJECT, UINT32_MAX);
    settle();
    g_assert_cmphex(config(r, 2, 0), ==, 0x11111234u);
    /* the guest may eject what nobody asked for */
    g_assert_true(plug("rtl8139,id=a,addr=1f", NULL));
    g_assert_true(plug("rtl8139,addr=1e", NULL));
    /* another bus has no slots */
    outl(r, PIIX4_SLOTS_PORT + 0x10, 1);
    outl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_EJECT, UINT32_C(1) << 31);
    g_assert_cmphex(inl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_UP), ==, 0);
    outl(r, PIIX4_SLOTS_PORT + 0x10, 256);
    g_assert_cmphex(inl(r, PIIX4_SLOTS_PORT + 0x10), ==, 0);
    outl(r, PIIX4_SLOTS_PORT + 0x10, 0);
    settle();
    g_assert_cmpuint(r->deleted, ==, 0);
    outl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_EJECT, UINT32_C(3) << 30);
    settle();
    g_assert_cmpuint(r->deleted, ==, 2);
    rig_free(r);
}

static void test_errors(void)
{
    struct rig *r = rig_new(true);
    g_autoptr(GError) error = NULL;

    g_assert_true(plug("rtl8139,id=a,addr=5", NULL));
    plug("rtl8139,id=a", "Duplicate device ID 'a'");
    plug("rtl8139,id=1", "expects an identifier");
    plug("rtl8139,addr=5", "in use by rtl8139,id=a");
    plug("rtl8139,addr=5.1", "already occupied by rtl8139");
    plug("rtl8139,addr=2", "in use by VGA");
    plug("rtl8139,netdev=none", "Property 'rtl8139.netdev' can't find value 'none'");
    plug("rtl8139,color=red", "color");
    plug("rtl8139,bus=pci.1", "Bus 'pci.1' not found");
    plug("rtl8139,bus=isa.0", "can't go on ISA bus");
    plug("VGA", "expects a pluggable device type");
    plug("i8042", "expects a pluggable device type");
    plug("ne2k_isa", "Bus 'isa.0' does not support hotplugging");
    plug("ide-hd", "does not support hotplugging");
    plug("abacus", "'abacus' is not a valid device model name");
    plug("id=b", "Parameter 'driver' is missing");
    unplug("a");
    g_assert_false(plug_unplug(device_find("a"), &error));
    g_assert_nonnull(strstr(error->message, "already in the process of unplug"));
    clock_step(r->clock, 1000000); /* time has passed: the guest may have missed it */
    unplug("a");
    rig_free(r);

    r = rig_new(false);
    g_assert_false(plug("rtl8139", "Bus 'pci.0' does not support hotplugging"));
    rig_free(r);
}

/* -- events that a guest can cause at will -- */

static void count_event(void *opaque)
{
    ++*(unsigned *)opaque;
}

static void test_gate(void)
{
    struct event_gate g;
    int64_t start = g_get_monotonic_time();
    unsigned n = 0, rung;

    loop_init();
    event_gate_init(&g, count_event, &n);
    for (unsigned i = 0; i < 1000; i++) {
        event_gate_ring(&g);
        settle();
    }
    g_assert_cmpuint(n, <=, 1 + (g_get_monotonic_time() - start) / G_USEC_PER_SEC);
    while (n < 2) { /* the last is not lost */
        loop_iterate(true);
    }
    event_gate_ring(&g);
    event_gate_ring(&g);
    event_gate_exit(&g); /* and none comes after this */
    rung = n;
    settle();
    g_assert_cmpuint(n, ==, rung);
}

/* -- under load -- */

static int stop_vcpus;

static void hammer(struct rig *r, GRand *rand)
{
    unsigned slot = 3 + g_rand_int(rand) % 4;
    uint32_t where = g_rand_int(rand);
    uint64_t buf[4] = {where, where, where, where};

    switch (g_rand_int(rand) % 8) {
    case 0: /* BARs where the others are, too */
        outl(r, 0xcf8, 0x80000010u | slot << 11 | (where & 4));
        outl(r, 0xcfc, where & 4 ? BAR_MEM + (slot << 20) : BAR_IO + (slot << 8));
        break;
    case 1:
        outl(r, 0xcf8, 0x80000004u | slot << 11);
        outl(r, 0xcfc, where & 7);
        break;
    case 2:
        outl(r, 0xcf8, 0x80000000u | slot << 11 | (where & 0xfc));
        (where & 0x100 ? (void)inl(r, 0xcfc) : outl(r, 0xcfc, where));
        break;
    case 3:
        space_write(r->mem, BAR_MEM + (slot << 20) + (where & 0x3ffc), 4, where >> 8);
        break;
    case 4:
        space_read(r->mem, BAR_MEM + (slot << 20) + (where & 0x3ffc), 4);
        break;
    case 5:
        space_access(r->ports, BAR_IO + (slot << 8) + (where & 0xff), 1u << where % 3, 4,
                     where & 0x1000, buf);
        break;
    case 6:
        inl(r, (uint16_t)(PIIX4_SLOTS_PORT + (where & 0x1c)));
        break;
    default:
        if (where % 1024 == 0) {
            outl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_EJECT, UINT32_C(1) << slot);
        }
        break;
    }
}

static gpointer vcpu(gpointer opaque)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(GPOINTER_TO_UINT(g_thread_self()) & 1);

    space_reader_register();
    while (!__atomic_load_n(&stop_vcpus, __ATOMIC_RELAXED)) {
        hammer(opaque, rand);
        space_reader_quiescent();
    }
    space_reader_unregister();
    return NULL;
}

static void swallow(void *opaque)
{
    uint32_t len;

    while (link_take(opaque, &len)) {
        link_take_done(opaque);
    }
}

static const struct link_host_ops host_ops = {.pending = swallow};

static struct link *cable(void)
{
    struct link *l = link_new("net");

    g_assert_nonnull(l); /* the name is free, whatever the last one still hangs on */
    link_host_attach(l, &host_ops, l);
    return l;
}

/* A vCPU that has kicked the same thing first may not yet have woken the loop. */
static void wait_gone(void)
{
    while (device_find("card")) {
        settle();
        space_reader_quiescent();
        g_thread_yield();
    }
}

static void test_load(void)
{
    static const uint8_t frame[1514] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct rig *r = rig_new(true);
    unsigned rounds = 1000, idle = 0;
    struct link *l = cable();
    GThread *cpu[2];

    stop_vcpus = 0;
    for (unsigned i = 0; i < 2; i++) {
        cpu[i] = g_thread_new("vcpu", vcpu, r);
    }
    for (unsigned i = 0; i < rounds; i++) {
        g_autofree char *words = g_strdup_printf("%s,id=card,netdev=net,addr=%x",
                                                 models[i % G_N_ELEMENTS(models)], 3 + i % 4);

        if (!device_find("card")) {
            plug(words, NULL);
        }
        for (unsigned n = 0; n < 8; n++) {
            link_deliver(l, frame, 60 + n * 200);
        }
        clock_step(r->clock, 3 * NS_PER_MS);
        settle();
        space_reader_quiescent();
        if (i % 16 == 0) { /* netdev_del, netdev_add; the card keeps the old one */
            link_remove(l);
            l = cable();
        }
        if (device_find("card")) {
            uint32_t bit = UINT32_C(1)
                           << ((struct pci_device *)(void *)device_find("card"))->devfn / 8;

            unplug("card");
            outl(r, PIIX4_SLOTS_PORT + PIIX4_SLOTS_EJECT, bit);
            wait_gone();
        } else {
            idle++;
        }
    }
    __atomic_store_n(&stop_vcpus, 1, __ATOMIC_RELAXED);
    space_reader_offline();
    for (unsigned i = 0; i < 2; i++) {
        g_thread_join(cpu[i]);
    }
    space_reader_online();
    settle();
    g_test_message("%u cards went, %u by the guest alone", r->deleted, idle);
    g_assert_cmpuint(r->deleted, ==, rounds);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_false(irq_line_level(pci_bus_pirq(pc_board(r->pc)->pci, i)));
    }
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hotplug/models", test_models);
    g_test_add_func("/hotplug/registers", test_registers);
    g_test_add_func("/hotplug/errors", test_errors);
    g_test_add_func("/hotplug/event-gate", test_gate);
    g_test_add_func("/hotplug/load", test_load);
    return g_test_run();
}
