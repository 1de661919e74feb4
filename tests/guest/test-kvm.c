/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The KVM backend against a real /dev/kvm: little 16-bit guests that poke a test device, and what
 * must have come of it.
 */
#include "accel/accel.h"
#include "core/device.h"
#include "core/loop.h"
#include "tests/guest/kvm-guests.h"
#include "tests/guest/kvm-rig.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* This test links no board. */
const struct device_class *const device_classes[] = {NULL};

static void check_pio(struct rig *g)
{
    static const uint8_t want[] = {0xf1, 0, 0xf1, 0xf2, 0xf1, 0xf2, 0xf3, 0xf4};

    assert_entry(g, 0, REG, 1, 0x12);
    assert_entry(g, 1, REG, 2, 0x3456);
    assert_entry(g, 2, REG, 4, 0x789abcde);
    g_assert_cmpmem(g->ram->host + 0x3000, 8, want, 8);
}

static void test_pio(void)
{
    struct rig *g = rig_new(IRQCHIP_ON, 1);

    LOAD(g, prog_pio);
    run_to_end(g);
    check_pio(g);
    rig_free(g);
}

static void test_strings(void)
{
    struct rig *g = rig_new(IRQCHIP_ON, 1);
    const uint8_t *in = g->ram->host + 0x4000;
    unsigned at = 0;

    LOAD(g, prog_str);
    run_to_end(g);
    for (unsigned i = 0; i < 3000 + 2000 + 2800; i++) {
        g_assert_cmphex(in[i], ==, (uint8_t)(i * 7));
    }
    g_assert_cmpuint(g->fifo, ==, 7800);
    for (unsigned i = 0; i < 50; i++) {
        assert_entry(g, i, FIFO, 1, in[at]);
        at += 1;
    }
    for (unsigned i = 50; i < 90; i++) {
        assert_entry(g, i, FIFO, 2, in[at] | in[at + 1] << 8);
        at += 2;
    }
    for (unsigned i = 90; i < 120; i++) {
        uint32_t v;

        memcpy(&v, in + at, 4);
        assert_entry(g, i, FIFO, 4, v);
        at += 4;
    }
    rig_free(g);
}

static void test_mmio(void)
{
    struct rig *g = rig_new(IRQCHIP_ON, 1);
    static const uint8_t want[] = {0x12, 0, 0x56, 0x34, 0xde, 0xbc, 0x9a, 0x78};

    LOAD(g, prog_mmio);
    run_to_end(g);
    g_assert_cmpmem(g->mmio, 8, want, 8);
    g_assert_cmpmem(g->ram->host + 0x3000, 8, want, 8);
    g_assert_cmphex(g->ram->host[0x3008], ==, 0xa5); /* ROM: read, written, read */
    g_assert_cmphex(g->ram->host[0x3009], ==, 0xa5);
    g_assert_cmphex(g->rom->host[0x10], ==, 0xa5);
    rig_free(g);
}

static void test_coalesced(void)
{
    struct rig *g = rig_new(IRQCHIP_ON, 1);

    LOAD(g, prog_coal);
    for (unsigned i = 0; i < 200; i++) {
        g->ram->host[0x3000 + i] = (uint8_t)(i ^ 0x5a);
    }
    run_to_end(g);
    for (unsigned i = 0; i < 400; i++) { /* more than the ring holds, then one that exits */
        assert_entry(g, i, LATE, 2, i);
    }
    assert_entry(g, 400, REG + 4, 1, 0x77);
    for (unsigned i = 0; i < 200; i++) {
        assert_entry(g, 401 + i, LATE, 1, i ^ 0x5a);
    }
    assert_entry(g, 601, DONE, 1, 0x42);
    g_assert_cmpuint(g->blocks, >, 0);
    g_assert_cmpuint(g->blocks, <, 50); /* bursts, not single writes */
    for (unsigned i = 0; i < 128; i++) {
        g_assert_cmphex(g->mmio[0x800 + i], ==, i & 1 ? 0x41 : 0x42);
    }
    rig_free(g);
}

/* A region that leaves its ports to another: what is written there reaches the new one. */
static void test_zone_left(void)
{
    static const struct region_ops plain = {
        .read = dev_read, .write = dev_write, .valid = 7, .impl = 7};
    struct rig *g = rig_new(IRQCHIP_ON, 1);
    struct region moved = {.name = "moved",
                           .dev = &g->dev,
                           .opaque = g,
                           .ops = &plain,
                           .size = 0x40,
                           .prio = PRIO_FIXED};

    LOAD(g, prog_coal);
    space_unmap(&g->ports_r);
    g_assert_true(space_map(g->ports, &moved, REG, NULL));
    run_to_end(g);
    for (unsigned i = 0; i < 400; i++) {
        assert_entry(g, i, LATE, 2, i);
    }
    assert_entry(g, 400, REG + 4, 1, 0x77);
    g_assert_cmpuint(g->blocks, ==, 0);
    space_unmap(&moved);
    rig_free(g);
}

static void irq_in_mode(enum accel_irqchip chips)
{
    struct rig *g = rig_new(chips, 1);

    LOAD(g, prog_irq);
    g->ram->host[0xf00] = chips != IRQCHIP_OFF;
    if (chips != IRQCHIP_ON) { /* the PIC is ours: a line that is up before LINT0 opens */
        g->ops->set_intr(g->a, false);
    }
    g->ops->resume(g->a);
    await(g, &g->ready);
    if (chips == IRQCHIP_ON) {
        g->ops->set_gsi(g->a, 5, true);
    } else {
        g->ops->set_intr(g->a, true);
    }
    await(g, &g->ready_nmi);
    g->ops->nmi(g->a);
    await(g, &g->done);
    g->ops->pause(g->a);
    assert_entry(g, 0, READY, 1, 0);
    assert_entry(g, 1, REG + 4, 1, 0x55);
    assert_entry(g, 2, READY_NMI, 1, 0);
    assert_entry(g, 3, REG + 4, 1, 0x66);
    g_assert_cmpuint(g->acks, ==, chips == IRQCHIP_ON ? 0 : 1);
    rig_free(g);
}

/* A line that is high before the start, and again after a reset, reaches the guest. */
static void test_irq_early(void)
{
    struct rig *g = rig_new_lines(IRQCHIP_ON, 1, 1u << 5);

    LOAD(g, prog_irq);
    g->ram->host[0xf00] = 2; /* level-triggered: kept over ICW1 */
    for (unsigned i = 0; i < 2; i++) {
        g->n = 0;
        g->ready = g->ready_nmi = g->done = false;
        g->ram->host[0x3000] = 0;
        g->ops->resume(g->a);
        await(g, &g->ready_nmi);
        g->ops->pause(g->a);
        assert_entry(g, 0, READY, 1, 0);
        assert_entry(g, 1, REG + 4, 1, 0x55);
        assert_entry(g, 2, READY_NMI, 1, 0);
        g->ops->reset(g->a);
    }
    rig_free(g);
}

/* A guest sees a local APIC where there is one, also after a reset. */
static void test_apic(gconstpointer mode)
{
    struct rig *g = rig_new(GPOINTER_TO_UINT(mode), 1);
    bool apic = GPOINTER_TO_UINT(mode) != IRQCHIP_OFF;

    LOAD(g, prog_cpuid);
    for (unsigned i = 0; i < 2; i++) {
        g->n = 0;
        run_to_end(g);
        g_assert_cmpuint(g->n, ==, 2);
        g_assert_cmpint((g->log[0].value >> 9) & 1, ==, apic);
        g->ops->reset(g->a);
    }
    rig_free(g);
}

static void test_irq(gconstpointer mode)
{
    irq_in_mode(GPOINTER_TO_UINT(mode));
}

static void test_triple_fault(void)
{
    struct rig *g = rig_new(IRQCHIP_ON, 1);

    LOAD(g, prog_triple);
    g->ops->resume(g->a);
    g_mutex_lock(&g->lock);
    while (!g->stops) {
        g_cond_wait(&g->cond, &g->lock);
    }
    g_mutex_unlock(&g->lock);
    g_assert_cmpint(g->why, ==, STOP_TRIPLE_FAULT);
    g_assert_nonnull(strstr(g->detail, "RIP="));
    g->ops->pause(g->a);
    g->ops->reset(g->a);
    g->stops = 0;
    LOAD(g, prog_pio);
    run_to_end(g);
    check_pio(g);
    g_assert_cmpuint(g->stops, ==, 0);
    rig_free(g);
}

static uint32_t counter(const struct rig *g)
{
    uint32_t v;

    memcpy(&v, g->ram->host + 0x3000, 4);
    return v;
}

static void test_pause(gconstpointer mode)
{
    struct rig *g = rig_new(GPOINTER_TO_UINT(mode), 1);
    uint32_t before = 0;

    LOAD(g, prog_loop);
    for (unsigned i = 0; i < 100; i++) {
        struct accel_regs regs;
        uint32_t now;
        unsigned late = 0;

        g->n = 0;
        g->ops->resume(g->a);
        while (counter(g) < before + 20) {
            g_thread_yield();
        }
        g_assert_true(g->ops->get_regs(g->a, 0, &regs)); /* while it runs */
        g->ops->pause(g->a);
        now = counter(g);
        for (unsigned k = 0; k < g->n; k++) {
            late += g->log[k].offset == LATE - REG;
        }
        if (g->n < LOG) { /* every write made is delivered; one may be under way */
            g_assert_cmpint(ABS((int)(now - before) - (int)late), <=, 1);
        }
        g_assert_cmpuint(counter(g), ==, now);
        before = now;
    }
    rig_free(g);
}

/* Field by field: there is padding between. */
static void assert_same_regs(const struct accel_regs *a, const struct accel_regs *b)
{
    g_assert_cmpmem(a->gpr, sizeof(a->gpr), b->gpr, sizeof(b->gpr));
    g_assert_cmphex(a->rip, ==, b->rip);
    g_assert_cmphex(a->rflags, ==, b->rflags);
    for (unsigned i = 0; i < G_N_ELEMENTS(a->seg); i++) {
        g_assert_cmphex(a->seg[i].base, ==, b->seg[i].base);
        g_assert_cmphex(a->seg[i].limit, ==, b->seg[i].limit);
        g_assert_cmphex(a->seg[i].flags, ==, b->seg[i].flags);
        g_assert_cmphex(a->seg[i].selector, ==, b->seg[i].selector);
    }
    g_assert_cmphex(a->cr0, ==, b->cr0);
    g_assert_cmphex(a->cr3, ==, b->cr3);
    g_assert_cmphex(a->cr4, ==, b->cr4);
    g_assert_cmphex(a->efer, ==, b->efer);
    g_assert_cmpint(a->halted, ==, b->halted);
}

static void test_reset(void)
{
    struct rig *g = rig_new(IRQCHIP_ON, 2);
    struct accel_regs first, again;

    g_assert_true(g->ops->get_regs(g->a, 0, &first));
    g_assert_cmphex(first.rip, ==, 0xfff0);
    g_assert_cmphex(first.seg[1].base, ==, 0xffff0000);
    g_assert_cmphex(first.seg[1].selector, ==, 0xf000);
    g_assert_cmphex(first.gpr[2] & 0xf00, !=, 0); /* EDX: the signature's family */
    LOAD(g, prog_pio);
    for (unsigned i = 0; i < 3; i++) {
        g->n = 0;
        memset(g->ram->host + 0x3000, 0, 8);
        run_to_end(g);
        check_pio(g);
        g->ops->reset(g->a);
        g->ops->reset(g->a);
        g_assert_true(g->ops->get_regs(g->a, 0, &again));
        assert_same_regs(&first, &again);
    }
    rig_free(g);
}

static void test_two_cpus(void)
{
    struct rig *g = rig_new(IRQCHIP_ON, 2);

    g_assert_cmpuint(g->ops->cpus(g->a), ==, 2);
    g_assert_cmpint(g->ops->cpu_thread(g->a, 0), >, 0);
    g_assert_cmpint(g->ops->cpu_thread(g->a, 0), !=, g->ops->cpu_thread(g->a, 1));
    LOAD(g, prog_smp);
    memcpy(g->ram->host + 0x2000, prog_ap, sizeof(prog_ap));
    run_to_end(g);
    assert_entry(g, 0, REG + 4, 1, 0xa1);
    g->ops->reset(g->a);
    g->n = 0;
    g->ram->host[0x3000] = 0;
    run_to_end(g);
    assert_entry(g, 0, REG + 4, 1, 0xa1);
    rig_free(g);
}

static void test_dirty(void)
{
    struct rig *g = rig_new(IRQCHIP_ON, 1);
    uint64_t bits[1] = {0};

    LOAD(g, prog_dirty);
    g->hold = true;
    g->ops->resume(g->a);
    await(g, &g->done);
    g->ops->dirty_log(g->a, g->vram, bits);
    g_assert_cmphex(bits[0], ==, 1 << 0 | 1 << 5 | 1 << 15);
    bits[0] = 0;
    g->ops->dirty_log(g->a, g->vram, bits);
    g_assert_cmphex(bits[0], ==, 0);
    g->ops->dirty_log(g->a, g->ram, bits); /* not logged */
    g_assert_cmphex(bits[0], ==, 0);
    g->done = false;
    g->hold = false;
    await(g, &g->done);
    g->ops->pause(g->a);
    g->ops->dirty_log(g->a, g->vram, bits);
    g_assert_cmphex(bits[0], ==, 1 << 3);
    rig_free(g);
}

static void test_save(gconstpointer mode)
{
    struct rig *g = rig_new(GPOINTER_TO_UINT(mode), 1);
    g_autoptr(GByteArray) blob = g_byte_array_new();
    struct accel_regs was, now;
    GError *error = NULL;

    LOAD(g, prog_regs);
    run_to_end(g);
    g_assert_true(g->ops->get_regs(g->a, 0, &was));
    g_assert_cmphex(was.gpr[6], ==, 0x77778888);
    g->ops->save(g->a, blob);
    g->ops->reset(g->a);
    g_assert_true(g->ops->get_regs(g->a, 0, &now));
    g_assert_cmphex(now.gpr[6], ==, 0);
    /* nothing but the whole is taken, and nothing changes then */
    for (guint len = 0; len < blob->len; len += 1 + len / 16) {
        g_assert_false(g->ops->load(g->a, blob->data, len, &error));
        g_clear_error(&error);
    }
    for (guint at = 0; at < 24; at++) {
        blob->data[at] ^= 0x40;
        g_assert_false(g->ops->load(g->a, blob->data, blob->len, &error));
        g_clear_error(&error);
        blob->data[at] ^= 0x40;
    }
    g_assert_true(g->ops->get_regs(g->a, 0, &now));
    g_assert_cmphex(now.rip, ==, 0xfff0);
    g_assert_true(g->ops->load(g->a, blob->data, blob->len, &error));
    g_assert_no_error(error);
    g_assert_true(g->ops->get_regs(g->a, 0, &now));
    assert_same_regs(&was, &now);
    g->ops->resume(g->a); /* it goes on spinning where it was */
    g->ops->pause(g->a);
    g_assert_true(g->ops->get_regs(g->a, 0, &now));
    assert_same_regs(&was, &now);
    rig_free(g);
}

static void test_errors(void)
{
    struct accel_config cfg = {.cpus = 2, .irqchip = IRQCHIP_OFF};
    GError *error = NULL;

    g_assert_null(accel_kvm.create(&cfg, &error));
    g_assert_nonnull(strstr(error->message, "-smp 2"));
    g_clear_error(&error);
    cfg.cpus = 1;
    cfg.cpu_model = "Nehalen";
    g_assert_null(accel_kvm.create(&cfg, &error));
    g_assert_nonnull(strstr(error->message, "Nehalem"));
    g_clear_error(&error);
}

int main(int argc, char **argv)
{
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        printf("1..0 # SKIP /dev/kvm: %s\n", g_strerror(errno));
        return 0;
    }
    close(fd);
    g_test_init(&argc, &argv, NULL);
    loop_init();
    space_reader_register();
    g_test_add_func("/kvm/pio", test_pio);
    g_test_add_func("/kvm/strings", test_strings);
    g_test_add_func("/kvm/mmio", test_mmio);
    g_test_add_func("/kvm/coalesced", test_coalesced);
    g_test_add_func("/kvm/zone-left", test_zone_left);
    g_test_add_data_func("/kvm/apic/on", GUINT_TO_POINTER(IRQCHIP_ON), test_apic);
    g_test_add_data_func("/kvm/apic/split", GUINT_TO_POINTER(IRQCHIP_SPLIT), test_apic);
    g_test_add_data_func("/kvm/apic/off", GUINT_TO_POINTER(IRQCHIP_OFF), test_apic);
    g_test_add_data_func("/kvm/irq/on", GUINT_TO_POINTER(IRQCHIP_ON), test_irq);
    g_test_add_data_func("/kvm/irq/split", GUINT_TO_POINTER(IRQCHIP_SPLIT), test_irq);
    g_test_add_data_func("/kvm/irq/off", GUINT_TO_POINTER(IRQCHIP_OFF), test_irq);
    g_test_add_func("/kvm/irq/early", test_irq_early);
    g_test_add_func("/kvm/triple-fault", test_triple_fault);
    g_test_add_data_func("/kvm/pause/on", GUINT_TO_POINTER(IRQCHIP_ON), test_pause);
    g_test_add_data_func("/kvm/pause/off", GUINT_TO_POINTER(IRQCHIP_OFF), test_pause);
    g_test_add_func("/kvm/reset", test_reset);
    g_test_add_func("/kvm/two-cpus", test_two_cpus);
    g_test_add_func("/kvm/dirty-log", test_dirty);
    g_test_add_data_func("/kvm/save/on", GUINT_TO_POINTER(IRQCHIP_ON), test_save);
    g_test_add_data_func("/kvm/save/split", GUINT_TO_POINTER(IRQCHIP_SPLIT), test_save);
    g_test_add_data_func("/kvm/save/off", GUINT_TO_POINTER(IRQCHIP_OFF), test_save);
    g_test_add_func("/kvm/errors", test_errors);
    return g_test_run();
}
